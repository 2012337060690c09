//! Where and how clients are served.

use std::net::SocketAddr;

use cobnut_xmpp_proto::stream::MECHANISMS;

use super::{ClientLimits, ServicePolicy};

/// Where and how clients are served.
#[derive(Debug, Clone)]
pub struct XmppSettings {
    /// The served domain.
    pub domain: String,
    /// Plain port with STARTTLS, 5222; `None` switches it off.
    pub c2s: Option<SocketAddr>,
    /// Direct TLS port, 5223; `None` switches it off.
    pub c2s_tls: Option<SocketAddr>,
    /// Port of the file transfer proxy (XEP-0065), 7777; `None` switches it off.
    pub proxy: Option<SocketAddr>,
    /// Openfire's `xmpp.client.tls.policy`.
    pub tls_policy: TlsPolicy,
    /// Whether streams to any host name are accepted, not only to the domain or an IP address.
    /// The opposite of Openfire's `xmpp.client.validate.host`, with its default: they are.
    pub accepts_any_host: bool,
    /// SASL mechanisms that are offered, the strongest first. Openfire's `sasl.mechs`.
    pub mechanisms: Vec<&'static str>,
    /// What is done with sessions and messages.
    pub policy: ServicePolicy,
    /// Bounds of one connection and of all of them.
    pub limits: ClientLimits,
}

impl XmppSettings {
    /// Serves `domain` with the defaults and without any port.
    pub fn new(domain: impl Into<String>) -> Self {
        Self {
            domain: domain.into(),
            c2s: None,
            c2s_tls: None,
            proxy: None,
            tls_policy: TlsPolicy::default(),
            accepts_any_host: true,
            mechanisms: MECHANISMS.to_vec(),
            policy: ServicePolicy::default(),
            limits: ClientLimits::default(),
        }
    }
}

/// Whether clients must, may or cannot use STARTTLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TlsPolicy {
    /// Login only after TLS.
    Required,
    /// Openfire's default: offered, and login works without it.
    #[default]
    Optional,
    /// Never offered.
    Disabled,
}
