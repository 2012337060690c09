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
    /// The opposite of Openfire's `xmpp.client.validate.host`, with its default: they are.
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
            accepts_any_host: true,
            limits: ClientLimits::default(),
        }
    }
}

/// The value of a property that cannot be obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct BadProperty {
    /// What the value should be.
    pub expected: &'static str,
}

/// A duration beyond which nothing is ever waited for.
const NEVER: Duration = Duration::from_hours(24 * 365);

impl XmppSettings {
    /// Obeys one of Openfire's system properties. Returns whether it is one that this crate knows; on an error the
    /// setting stays as it was. Durations are in milliseconds, -1 switches them off.
    pub fn set_property(&mut self, name: &str, value: &str) -> Result<bool, BadProperty> {
        let limits = &mut self.limits;
        match name {
            "xmpp.auth.retries" => limits.sasl_attempts = positive(value)?,
            "xmpp.client.idle" => limits.idle_ping = milliseconds(value)? / 2,
            "xmpp.client.idle.ping" => limits.pings_idle_clients = truth(value),
            "xmpp.client.preauth.timeout" => limits.negotiation_timeout = milliseconds(value)?,
            "xmpp.parser.buffer.size" => limits.stanza_bytes = positive(value)?,
            "xmpp.client.validate.host" => self.accepts_any_host = !truth(value),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn positive<N: std::str::FromStr + PartialOrd + From<u8>>(value: &str) -> Result<N, BadProperty> {
    let number = value.trim().parse().ok().filter(|number| *number >= N::from(1));
    number.ok_or(BadProperty { expected: "a number from 1 upwards" })
}

fn milliseconds(value: &str) -> Result<Duration, BadProperty> {
    match value.trim().parse::<i64>().map(u64::try_from) {
        Ok(Ok(number)) if number > 0 => Ok(Duration::from_millis(number).min(NEVER)),
        Ok(Err(_)) => Ok(NEVER),
        _ => Err(BadProperty { expected: "a number of milliseconds, or -1" }),
    }
}

/// Openfire reads booleans with Java's parser: everything but "true" is false.
fn truth(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("true")
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
    /// Whether silent clients are pinged before the stream is closed. Openfire's `xmpp.client.idle.ping`.
    pub pings_idle_clients: bool,
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
            pings_idle_clients: true,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> XmppSettings {
        let mut settings = XmppSettings::new("example.org");
        assert_eq!(settings.set_property(name, value), Ok(true), "{name} {value}");
        settings
    }

    #[test]
    fn properties_of_openfire_are_obeyed() {
        assert_eq!(with("xmpp.auth.retries", "5").limits.sasl_attempts, 5);
        assert_eq!(with("xmpp.client.idle", "60000").limits.idle_ping, Duration::from_secs(30));
        assert!(with("xmpp.client.idle", "-1").limits.idle_ping > Duration::from_hours(24 * 30));
        assert!(!with("xmpp.client.idle.ping", "no").limits.pings_idle_clients);
        assert_eq!(
            with("xmpp.client.preauth.timeout", "1000").limits.negotiation_timeout,
            Duration::from_secs(1)
        );
        assert_eq!(with("xmpp.parser.buffer.size", " 2097152 ").limits.stanza_bytes, 2 << 20);
        assert!(with("xmpp.client.validate.host", "false").accepts_any_host);
        assert!(!with("xmpp.client.validate.host", "TRUE").accepts_any_host);
    }

    #[test]
    fn what_cannot_be_obeyed_changes_nothing() {
        let mut settings = XmppSettings::new("example.org");
        for (name, value) in [
            ("xmpp.auth.retries", "0"),
            ("xmpp.auth.retries", "many"),
            ("xmpp.client.idle", "0"),
            ("xmpp.client.idle", ""),
            ("xmpp.parser.buffer.size", "-1"),
        ] {
            assert!(settings.set_property(name, value).is_err(), "{name} {value}");
        }
        assert_eq!(settings.limits.sasl_attempts, 3);
        assert_eq!(settings.set_property("xmpp.domain", "x"), Ok(false));
    }
}
