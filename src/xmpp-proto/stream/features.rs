//! What the server writes to open a stream and to offer the next steps (RFC 6120 §4.3 and §4.7).

use std::time::Duration;

use super::{ManagementVersion, NegotiationSettings, StreamLimits};
use crate::sasl::{ChannelBinding, Mechanism};
use crate::xml::{XmlWriter, ns};

/// Appends our stream header. `to` is the peer as it introduced itself.
pub(super) fn write_header(out: &mut Vec<u8>, domain: &str, id: &str, to: Option<&str>) {
    out.extend_from_slice(b"<?xml version='1.0' encoding='UTF-8'?>");
    let mut attributes = vec![
        ("xmlns", ns::CLIENT),
        ("xmlns:stream", ns::STREAM),
        ("from", domain),
        ("id", id),
        ("version", "1.0"),
        ("xml:lang", "en"),
    ];
    attributes.extend(to.map(|to| ("to", to)));
    XmlWriter::new(out).start("stream:stream", &attributes);
}

/// What can be done before authentication.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    /// STARTTLS is possible.
    pub(super) tls: bool,
    /// Login is possible; if not, STARTTLS is required first.
    pub(super) login: bool,
    /// An account can be made.
    pub(super) registration: bool,
}

/// Appends the features before authentication.
pub(super) fn write_login_features(
    out: &mut Vec<u8>,
    offer: Offer,
    limits: StreamLimits,
    mechanisms: &[Mechanism],
    bindings: &[ChannelBinding],
) {
    let mut xml = XmlWriter::new(out);
    xml.start("stream:features", &[]);
    if offer.tls && offer.login {
        xml.empty("starttls", &[("xmlns", ns::TLS)]);
    } else if offer.tls {
        xml.start("starttls", &[("xmlns", ns::TLS)]);
        xml.empty("required", &[]);
        xml.end("starttls");
    }
    if offer.login {
        xml.start("mechanisms", &[("xmlns", ns::SASL)]);
        for mechanism in mechanisms {
            xml.text_element("mechanism", &[], mechanism.name());
        }
        xml.end("mechanisms");
        if mechanisms.iter().any(|mechanism| matches!(mechanism, Mechanism::ScramPlus(_))) {
            // XEP-0440: otherwise clients have to guess.
            xml.start("sasl-channel-binding", &[("xmlns", ns::CHANNEL_BINDING)]);
            for binding in bindings {
                xml.empty("channel-binding", &[("type", binding.kind.name())]);
            }
            xml.end("sasl-channel-binding");
        }
    }
    if offer.registration {
        xml.empty("register", &[("xmlns", ns::REGISTER_FEATURE)]);
    }
    write_limits(&mut xml, limits.bytes_unauthenticated, None);
    xml.end("stream:features");
}

/// Appends the features after authentication. What an `is_anonymous` session was is gone with its connection, so it cannot
/// be resumed.
pub(super) fn write_session_features(out: &mut Vec<u8>, settings: &NegotiationSettings, is_anonymous: bool) {
    let mut xml = XmlWriter::new(out);
    xml.start("stream:features", &[]);
    xml.empty("bind", &[("xmlns", ns::BIND)]);
    // Compat: Smack sends the obsolete session request unless it is marked optional.
    xml.start("session", &[("xmlns", ns::SESSION)]);
    xml.empty("optional", &[]);
    xml.end("session");
    if let Some(caps) = &settings.caps {
        let hash = [("xmlns", ns::CAPS), ("hash", "sha-1"), ("node", &caps.node), ("ver", &caps.ver)];
        xml.empty("c", &hash);
    }
    if settings.offers_roster_versions && !is_anonymous {
        xml.empty("ver", &[("xmlns", ns::ROSTER_VERSIONS)]);
    }
    if settings.offers_client_state {
        xml.empty("csi", &[("xmlns", ns::CLIENT_STATE)]);
    }
    if settings.offers_management && !is_anonymous {
        for version in ManagementVersion::ALL {
            xml.empty("sm", &[("xmlns", version.namespace())]);
        }
    }
    write_limits(&mut xml, settings.limits.bytes, settings.limits.idle);
    xml.end("stream:features");
}

/// XEP-0478: what would end the stream.
fn write_limits(xml: &mut XmlWriter<'_>, bytes: usize, idle: Option<Duration>) {
    xml.start("limits", &[("xmlns", ns::STREAM_LIMITS)]);
    xml.text_element("max-bytes", &[], &bytes.to_string());
    if let Some(idle) = idle {
        xml.text_element("idle-seconds", &[], &idle.as_secs().to_string());
    }
    xml.end("limits");
}
