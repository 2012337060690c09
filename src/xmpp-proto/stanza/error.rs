//! Stanza errors (RFC 6120 §8.3).

use minidom::Element;
use xmpp_parsers::ns;

use super::ElementExt;

/// The defined conditions that this server uses (RFC 6120 §8.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// The stanza does not make sense.
    BadRequest,
    /// The name is taken.
    Conflict,
    /// The service exists, this part of it does not.
    FeatureNotImplemented,
    /// The sender may not do that.
    Forbidden,
    /// Something failed here and may work later.
    InternalServerError,
    /// The thing asked for does not exist.
    ItemNotFound,
    /// An address cannot be parsed.
    JidMalformed,
    /// The stanza is understood and does not meet our criteria.
    NotAcceptable,
    /// Nobody may do that.
    NotAllowed,
    /// Credentials are missing or wrong.
    NotAuthorized,
    /// A local policy forbids it, usually a size.
    PolicyViolation,
    /// The recipient is not online.
    RecipientUnavailable,
    /// Only those who registered may do that.
    RegistrationRequired,
    /// The domain is not one we can reach.
    RemoteServerNotFound,
    /// Not possible now, for lack of something.
    ResourceConstraint,
    /// There is no such service or session.
    ServiceUnavailable,
    /// Not now: something else would have to come first.
    UnexpectedRequest,
}

impl Condition {
    /// The element name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::Conflict => "conflict",
            Self::FeatureNotImplemented => "feature-not-implemented",
            Self::Forbidden => "forbidden",
            Self::InternalServerError => "internal-server-error",
            Self::ItemNotFound => "item-not-found",
            Self::JidMalformed => "jid-malformed",
            Self::NotAcceptable => "not-acceptable",
            Self::NotAllowed => "not-allowed",
            Self::NotAuthorized => "not-authorized",
            Self::PolicyViolation => "policy-violation",
            Self::RecipientUnavailable => "recipient-unavailable",
            Self::RegistrationRequired => "registration-required",
            Self::RemoteServerNotFound => "remote-server-not-found",
            Self::ResourceConstraint => "resource-constraint",
            Self::ServiceUnavailable => "service-unavailable",
            Self::UnexpectedRequest => "unexpected-request",
        }
    }

    /// The error type that RFC 6120 associates with the condition; `wait` where trying later makes sense.
    pub fn error_type(self) -> &'static str {
        match self {
            Self::BadRequest | Self::JidMalformed | Self::NotAcceptable | Self::PolicyViolation => "modify",
            Self::Forbidden | Self::NotAuthorized | Self::RegistrationRequired => "auth",
            Self::InternalServerError | Self::ResourceConstraint | Self::RecipientUnavailable => "wait",
            Self::Conflict
            | Self::FeatureNotImplemented
            | Self::ItemNotFound
            | Self::NotAllowed
            | Self::RemoteServerNotFound
            | Self::ServiceUnavailable
            | Self::UnexpectedRequest => "cancel",
        }
    }

    /// The `<error/>` child.
    pub fn to_element(self) -> Element {
        Element::bare("error", ns::JABBER_CLIENT)
            .with_attr("type", self.error_type())
            .with_child(Element::bare(self.name(), ns::XMPP_STANZAS))
    }
}

/// The error reply to a stanza: same name and id, swapped addresses. Messages carry their payload back, so that a
/// client can show which one failed.
pub fn error_reply(stanza: &Element, condition: Condition) -> Element {
    error_reply_with(stanza, condition.to_element())
}

/// The error reply to a stanza with a certain `<error/>`.
pub fn error_reply_with(stanza: &Element, error: Element) -> Element {
    let mut reply = Element::bare(stanza.name(), ns::JABBER_CLIENT)
        .with_attr("type", "error")
        .with_attr_opt("id", stanza.attr("id"))
        .with_attr_opt("from", stanza.attr("to"))
        .with_attr_opt("to", stanza.attr("from"));
    if stanza.name() == "message" {
        for child in stanza.children().filter(|child| !child.is("error", ns::JABBER_CLIENT)) {
            reply.append_child(child.clone());
        }
    }
    reply.with_child(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_keeps_the_id_and_swaps_the_addresses() {
        let stanza: Element =
            "<message xmlns='jabber:client' from='a@b/c' to='d@b' id='7' type='chat'><body>x</body></message>"
                .parse()
                .unwrap();
        let expected: Element = "<message xmlns='jabber:client' from='d@b' to='a@b/c' id='7' type='error'><body>x</body>\
             <error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
            .parse()
            .unwrap();
        assert_eq!(error_reply(&stanza, Condition::ServiceUnavailable), expected);
    }
}
