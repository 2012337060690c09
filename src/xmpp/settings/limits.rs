//! Bounds of one connection and of all of them.

use std::time::Duration;

use cobnut_model::limits;
use cobnut_xmpp_proto::stream::StreamLimits;

use super::ArrivalPolicy;
use super::values::NEVER;

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
    /// How fast connections may come.
    pub arrivals: ArrivalPolicy,
    /// Stream management.
    pub management: ManagementPolicy,
    /// Client state indication.
    pub client_state: ClientStatePolicy,
    /// Accounts that clients make themselves.
    pub registrations: RegistrationPolicy,
}

impl ClientLimits {
    /// What clients are told of them.
    pub(crate) fn told(&self) -> StreamLimits {
        StreamLimits {
            bytes_unauthenticated: self.stanza_bytes_unauthenticated,
            bytes: self.stanza_bytes,
            // Half of it without a ping, as in Openfire.
            idle: Some(self.idle_ping).filter(|idle| *idle < NEVER / 2).map(|idle| idle * 2),
        }
    }
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
            arrivals: ArrivalPolicy::default(),
            management: ManagementPolicy::default(),
            client_state: ClientStatePolicy::default(),
            registrations: RegistrationPolicy::default(),
        }
    }
}

/// Accounts that clients make before they log in (XEP-0077).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationPolicy {
    /// Whether they may. Openfire's `register.inband`, but off where the property is not set: a server that the internet
    /// reaches would be full of spammers' accounts.
    pub is_open: bool,
    /// How many one network may ask for in [`limits::REGISTRATION_WINDOW`].
    pub per_address: u32,
}

impl Default for RegistrationPolicy {
    fn default() -> Self {
        Self { is_open: false, per_address: limits::REGISTRATIONS_PER_ADDRESS_MAX }
    }
}

/// Stream management (XEP-0198); the defaults are Openfire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagementPolicy {
    /// Whether it is offered. Openfire's `stream.management.active`.
    pub is_on: bool,
    /// Stanzas after which a client is asked what arrived. Openfire's `stream.management.requestFrequency`.
    pub ask_every: u32,
    /// Stanzas that may wait to be acknowledged. Openfire's `stream.management.max-unacked`.
    pub unacked_stanzas: usize,
    /// Their bytes.
    pub unacked_bytes: usize,
    /// How long a session waits for its client. Openfire's `xmpp.session.detach.timeout`.
    pub detach: Duration,
    /// Whether clients are told which address to come back to. Openfire's `stream.management.location.enabled`.
    pub tells_location: bool,
    /// Whether clients are told how long they can come back. Openfire's `stream.management.max-server.enabled`.
    pub tells_max: bool,
}

impl Default for ManagementPolicy {
    fn default() -> Self {
        Self {
            is_on: true,
            ask_every: 5,
            unacked_stanzas: 10_000,
            unacked_bytes: UNACKED_BYTES_MAX,
            detach: Duration::from_mins(10),
            tells_location: true,
            tells_max: true,
        }
    }
}

/// Bytes of stanzas that may wait for one client to acknowledge them.
const UNACKED_BYTES_MAX: usize = 4 << 20;

/// Client state indication (XEP-0352); the defaults are Openfire's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientStatePolicy {
    /// Whether it is offered. Openfire's `xmpp.client.csi.enabled`.
    pub is_on: bool,
    /// Whether anything is held back from inactive clients. Openfire's `xmpp.client.csi.delay.enabled`.
    pub holds_back: bool,
    /// How long at most. Openfire's `xmpp.client.csi.delay.max-duration`.
    pub hold_max: Duration,
    /// How many stanzas at most. Openfire's `xmpp.client.csi.delay.queue.capacity`.
    pub stanzas: usize,
}

impl Default for ClientStatePolicy {
    fn default() -> Self {
        Self { is_on: true, holds_back: true, hold_max: Duration::from_mins(10), stanzas: 500 }
    }
}
