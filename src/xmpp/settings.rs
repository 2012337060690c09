//! What an operator can set about client connections.

use std::net::SocketAddr;
use std::time::Duration;

use cobnut_model::limits;

/// Where and how clients are served.
#[derive(Debug, Clone)]
pub struct XmppSettings {
    /// The served domain.
    pub domain: String,
    /// Plain port with STARTTLS, 5222; `None` switches it off.
    pub c2s: Option<SocketAddr>,
    /// Direct TLS port, 5223; `None` switches it off.
    pub c2s_tls: Option<SocketAddr>,
    /// Openfire's `xmpp.client.tls.policy`.
    pub tls_policy: TlsPolicy,
    /// Whether streams to any host name are accepted, not only to the domain or an IP address.
    /// The opposite of Openfire's `xmpp.client.validate.host`.
    pub accepts_any_host: bool,
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
            tls_policy: TlsPolicy::default(),
            accepts_any_host: false,
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

/// Bounds of one connection and of all of them; the defaults are those of [`cobnut_model::limits`].
#[derive(Debug, Clone)]
pub struct ClientLimits {
    /// Largest stanza in bytes.
    pub stanza_bytes: usize,
    /// Largest stanza in bytes before authentication.
    pub stanza_bytes_unauthenticated: usize,
    /// Deepest nesting of elements in one stanza.
    pub stanza_depth: usize,
    /// Failed SASL attempts before the stream is closed.
    pub sasl_attempts: u32,
    /// Time from TCP accept to a bound resource.
    pub negotiation_timeout: Duration,
    /// Silence after which a client is pinged; twice as long closes the stream.
    pub idle_ping: Duration,
    /// Time that one write may take.
    pub write_timeout: Duration,
    /// Bytes per second that one client may send in the long run.
    pub bytes_per_second: u32,
    /// Bytes that one client may send at once on top of the rate.
    pub bytes_burst: u32,
    /// Stanzas waiting to be written to one client.
    pub queue_stanzas: usize,
    /// Connections that may negotiate at the same time from one address.
    pub negotiations_per_ip: usize,
    /// Connections that may negotiate at the same time in all.
    pub negotiations: usize,
    /// Client connections of this node.
    pub connections: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            stanza_bytes: limits::STANZA_BYTES_MAX,
            stanza_bytes_unauthenticated: limits::STANZA_BYTES_MAX_UNAUTHENTICATED,
            stanza_depth: limits::STANZA_DEPTH_MAX,
            sasl_attempts: limits::SASL_ATTEMPTS_MAX,
            negotiation_timeout: limits::NEGOTIATION_TIMEOUT,
            idle_ping: limits::CLIENT_IDLE_PING,
            write_timeout: limits::CLIENT_WRITE_TIMEOUT,
            bytes_per_second: limits::CLIENT_BYTES_PER_SECOND,
            bytes_burst: limits::CLIENT_BYTES_BURST,
            queue_stanzas: limits::CLIENT_QUEUE_STANZAS_MAX,
            negotiations_per_ip: limits::NEGOTIATIONS_PER_IP_MAX,
            negotiations: limits::NEGOTIATIONS_MAX,
            connections: limits::CONNECTIONS_MAX,
        }
    }
}
