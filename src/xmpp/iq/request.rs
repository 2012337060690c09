//! A request to the server, as the handlers see it.

use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, FullJid};
use minidom::Element;

/// Whom a request is for, of those for whom the server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// The server: `to` is the domain.
    Server,
    /// The sender's own account: no `to`, or the own bare JID.
    OwnAccount,
    /// Another account of this domain.
    Account(BareJid),
    /// The user search, a sub-domain.
    Search,
    /// The file transfer proxy, a sub-domain.
    Proxy,
    /// The publish-subscribe service, a sub-domain.
    Pubsub,
}

/// An IQ of type `get` or `set`.
#[derive(Debug)]
pub(crate) struct IqRequest<'a> {
    /// The sender.
    pub(crate) from: &'a FullJid,
    /// Whom it is for.
    pub(crate) target: Target,
    /// Whether it is a `set`.
    pub(crate) is_set: bool,
    /// The only child.
    pub(crate) payload: &'a Element,
}

impl IqRequest<'_> {
    /// The sender's account.
    pub(crate) fn account(&self) -> BareJid {
        self.from.to_bare()
    }

    /// The account that the request is about: the addressed one, else the sender's.
    pub(crate) fn subject(&self) -> BareJid {
        match &self.target {
            Target::Account(account) => account.clone(),
            Target::Server | Target::OwnAccount | Target::Search | Target::Proxy | Target::Pubsub => {
                self.account()
            }
        }
    }

    /// Refuses a `set`.
    pub(crate) fn only_get(&self) -> Result<(), Condition> {
        if self.is_set { Err(Condition::NotAllowed) } else { Ok(()) }
    }

    /// Refuses a `get`.
    pub(crate) fn only_set(&self) -> Result<(), Condition> {
        if self.is_set { Ok(()) } else { Err(Condition::BadRequest) }
    }
}

/// The payload of the result, or the condition of the error.
pub(crate) type Answer = Result<Option<Element>, Condition>;
