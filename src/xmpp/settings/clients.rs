//! Where and how clients are served.

use std::net::SocketAddr;

use super::{Addresses, ClientLimits, Mechanisms, ServicePolicy};

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
    /// SASL mechanisms that are enabled. Openfire's `sasl.mechs`.
    pub mechanisms: Mechanisms,
    /// Logins without an account.
    pub anonymous: AnonymousPolicy,
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
            mechanisms: Mechanisms::default(),
            anonymous: AnonymousPolicy::default(),
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

/// Logins without an account (RFC 4505); off unless the operator says otherwise, as in Openfire.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnonymousPolicy {
    /// Whether they are possible. Openfire's `xmpp.auth.anonymous`.
    pub is_on: bool,
    /// From where; from everywhere if it is empty. Openfire's `xmpp.client.login.allowedAnonym`.
    pub from: Addresses,
}

impl AnonymousPolicy {
    /// Whether somebody without an account may log in from there.
    pub fn admits(&self, ip: std::net::IpAddr) -> bool {
        self.is_on && (self.from.is_empty() || self.from.contains(ip))
    }
}
