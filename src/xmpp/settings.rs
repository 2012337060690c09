//! What an operator can set about client connections.

use std::net::SocketAddr;
use std::time::Duration;

use cobnut_model::limits;
use cobnut_xmpp_proto::routing::Strategy;
use cobnut_xmpp_proto::stream::MECHANISMS;

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

/// What the operator chose for sessions and messages; the defaults are Openfire's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePolicy {
    /// Which resources get a message that names none.
    pub routing: Strategy,
    /// What happens to two sessions with one resource.
    pub conflict: ConflictPolicy,
    /// What happens to messages for absent users.
    pub offline: OfflinePolicy,
    /// What happens to messages that nobody fetches.
    pub cleaning: OfflineCleaning,
    /// Names of the accounts that administer the server (XEP-0133). Openfire's `admin.authorizedJIDs`.
    pub admins: Vec<String>,
    /// Whether clients may change their password (XEP-0077). Openfire's `register.password`.
    pub allows_new_passwords: bool,
    /// Whether clients of a node that is taken out of service are told another member's address (`see-other-host`)
    /// instead of only having to connect again.
    pub redirects_clients: bool,
    /// Who may be found (XEP-0055).
    pub search: SearchPolicy,
    /// What clients are told of the file transfer proxy (XEP-0065).
    pub proxy: ProxyPolicy,
    /// What is kept of conversations (XEP-0313).
    pub archive: ArchivePolicy,
}

impl Default for ServicePolicy {
    fn default() -> Self {
        Self {
            routing: Strategy::default(),
            conflict: ConflictPolicy::default(),
            offline: OfflinePolicy::default(),
            cleaning: OfflineCleaning::default(),
            admins: vec!["admin".to_owned()],
            allows_new_passwords: true,
            redirects_clients: true,
            search: SearchPolicy::default(),
            proxy: ProxyPolicy::default(),
            archive: ArchivePolicy::default(),
        }
    }
}

/// Openfire's `xmpp.session.conflict-limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictPolicy {
    /// 0: the new session takes the place of the old one.
    #[default]
    TakeOver,
    /// -1: the new one is refused.
    Refuse,
    /// From 1 on: that many attempts are refused, the next takes over.
    RefuseFirst(u32),
}

/// Openfire's `xmpp.offline.type` and `xmpp.offline.quota`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfflinePolicy {
    /// Whether messages are stored at all.
    pub stores: bool,
    /// Whether the sender is told of a message that is not stored.
    pub bounces: bool,
    /// Characters that one account may hold, if the type looks at them.
    pub quota: usize,
    /// Whether the type looks at the quota: `store` alone keeps everything.
    pub is_limited: bool,
}

/// Openfire's `xmpp.offline.autoclean.*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfflineCleaning {
    /// Whether old messages are deleted.
    pub is_on: bool,
    /// How often one member of the cluster looks for them.
    pub every: Duration,
    /// How long they are kept.
    pub keep: Duration,
}

impl Default for OfflineCleaning {
    fn default() -> Self {
        Self { is_on: false, every: Duration::from_mins(30), keep: Duration::from_hours(24 * 365) }
    }
}

impl OfflinePolicy {
    /// Characters that one account may hold.
    pub fn effective_quota(self) -> usize {
        if self.is_limited { self.quota } else { usize::MAX }
    }
}

impl Default for OfflinePolicy {
    fn default() -> Self {
        Self { stores: true, bounces: true, quota: limits::OFFLINE_BYTES_MAX, is_limited: true }
    }
}

/// The user search, as Openfire's plugin for it is set up (`plugin.search.*`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPolicy {
    /// The sub-domain without the domain. `plugin.search.serviceName`.
    pub service_name: String,
    /// Whether clients may search. `plugin.search.serviceEnabled`.
    pub is_on: bool,
    /// Whether only those are found who have a group in common with the searcher. `plugin.search.groupOnly`.
    pub is_within_groups: bool,
    /// What can be searched and is told, in this order; the rest is `plugin.search.excludedFields`.
    pub fields: Vec<SearchField>,
}

/// A field of an account that can be searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SearchField {
    /// The user name.
    Username,
    /// The name.
    Name,
    /// The e-mail address.
    Email,
}

impl SearchField {
    /// All of them, in the order of Openfire's results: Spark goes by it.
    pub const ALL: [Self; 3] = [Self::Username, Self::Name, Self::Email];

    /// The name in forms and in `plugin.search.excludedFields`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Username => "Username",
            Self::Name => "Name",
            Self::Email => "Email",
        }
    }
}

impl SearchPolicy {
    /// Names that are no field of ours are those of other user providers, as in Openfire.
    fn exclude(&mut self, value: &str) {
        let is_listed = |field: &SearchField| {
            value.split([',', ' ', '\t', '\n', '\r']).any(|name| name.eq_ignore_ascii_case(field.name()))
        };
        self.fields = SearchField::ALL.into_iter().filter(|field| !is_listed(field)).collect();
    }
}

impl Default for SearchPolicy {
    fn default() -> Self {
        Self {
            service_name: "search".to_owned(),
            is_on: true,
            is_within_groups: false,
            fields: SearchField::ALL.to_vec(),
        }
    }
}

/// The file transfer proxy (XEP-0065), as Openfire's properties `xmpp.proxy.*` set it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyPolicy {
    /// The sub-domain without the domain. `xmpp.proxy.service`.
    pub service_name: String,
    /// The host that clients are told instead of an address of their node. `xmpp.proxy.externalip`.
    pub external_host: Option<String>,
}

impl Default for ProxyPolicy {
    fn default() -> Self {
        Self { service_name: "proxy".to_owned(), external_host: None }
    }
}

/// Message archives, as Openfire's Monitoring plugin is set up (`conversation.*`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ArchivePolicy {
    /// Whether what accounts write to each other is kept. `conversation.messageArchiving`.
    pub is_on: bool,
    /// How long; for ever if it does not say. `conversation.maxAge`.
    pub keep: Option<Duration>,
    /// How far back questions may go, those to rooms included. `conversation.maxRetrievable`.
    pub retrievable: Option<Duration>,
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
        let (limits, policy) = (&mut self.limits, &mut self.policy);
        match name {
            "xmpp.auth.retries" => limits.sasl_attempts = positive(value)?,
            "xmpp.client.idle" => limits.idle_ping = milliseconds(value)? / 2,
            "xmpp.client.idle.ping" => limits.pings_idle_clients = truth(value),
            "xmpp.client.preauth.timeout" => limits.negotiation_timeout = milliseconds(value)?,
            "xmpp.parser.buffer.size" => limits.stanza_bytes = positive(value)?,
            "xmpp.client.validate.host" => self.accepts_any_host = !truth(value),
            "sasl.mechs" => self.mechanisms = mechanisms(value)?,
            "xmpp.session.conflict-limit" => policy.conflict = conflict(value)?,
            "route.all-resources" => {
                // The other property says more.
                if policy.routing != Strategy::All {
                    policy.routing =
                        if truth(value) { Strategy::AllOfHighestPriority } else { Strategy::Best };
                }
            }
            "route.really-all-resources" => {
                if truth(value) {
                    policy.routing = Strategy::All;
                }
            }
            "xmpp.offline.type" => offline_type(value, &mut policy.offline)?,
            "xmpp.offline.quota" => policy.offline.quota = positive_or_zero(value)?,
            "xmpp.offline.autoclean.enabled" => policy.cleaning.is_on = truth(value),
            "xmpp.offline.autoclean.checkinterval" => policy.cleaning.every = times(value, 60)?,
            "xmpp.offline.autoclean.daystolive" => policy.cleaning.keep = times(value, 24 * 3600)?,
            "stream.management.active" => limits.management.is_on = truth(value),
            "stream.management.requestFrequency" => limits.management.ask_every = positive(value)?,
            "stream.management.max-unacked" => limits.management.unacked_stanzas = positive(value)?,
            "stream.management.location.enabled" => limits.management.tells_location = truth(value),
            "stream.management.max-server.enabled" => limits.management.tells_max = truth(value),
            "xmpp.session.detach.timeout" => limits.management.detach = milliseconds(value)?,
            "xmpp.client.csi.enabled" => limits.client_state.is_on = truth(value),
            "xmpp.client.csi.delay.enabled" => limits.client_state.holds_back = truth(value),
            "xmpp.client.csi.delay.max-duration" => limits.client_state.hold_max = milliseconds(value)?,
            "xmpp.client.csi.delay.queue.capacity" => limits.client_state.stanzas = positive_or_zero(value)?,
            "plugin.search.serviceName" => policy.search.service_name = service_name(value)?,
            "plugin.search.serviceEnabled" => policy.search.is_on = truth(value),
            "plugin.search.groupOnly" => policy.search.is_within_groups = truth(value),
            "plugin.search.excludedFields" => policy.search.exclude(value),
            "xmpp.proxy.service" => policy.proxy.service_name = service_name(value)?,
            "xmpp.proxy.externalip" => policy.proxy.external_host = external_host(value)?,
            "conversation.messageArchiving" => policy.archive.is_on = truth(value),
            "conversation.maxAge" => policy.archive.keep = days(value)?,
            "conversation.maxRetrievable" => policy.archive.retrievable = days(value)?,
            "register.inband" => limits.registrations.is_open = truth(value),
            "cobnut.register.per-address" => limits.registrations.per_address = positive(value)?,
            "register.password" => policy.allows_new_passwords = truth(value),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// The mechanisms of a list that we have. SCRAM-SHA-256, which Openfire lacks, comes with the weaker form.
fn mechanisms(value: &str) -> Result<Vec<&'static str>, BadProperty> {
    let listed = |name: &str| {
        let mut names = value.split([',', ' ', '\t', '\n']).map(str::trim);
        names.any(|listed| listed.eq_ignore_ascii_case(name))
    };
    let found: Vec<&'static str> = MECHANISMS
        .into_iter()
        .filter(|name| listed(name) || (*name == "SCRAM-SHA-256" && listed("SCRAM-SHA-1")))
        .collect();
    if found.is_empty() {
        return Err(BadProperty { expected: "a list with PLAIN, SCRAM-SHA-1 or SCRAM-SHA-256" });
    }
    Ok(found)
}

fn conflict(value: &str) -> Result<ConflictPolicy, BadProperty> {
    match value.trim().parse::<i32>().map(|limit| (limit, u32::try_from(limit))) {
        Ok((0, _)) => Ok(ConflictPolicy::TakeOver),
        Ok((_, Ok(refusals))) => Ok(ConflictPolicy::RefuseFirst(refusals)),
        Ok((-1, _)) => Ok(ConflictPolicy::Refuse),
        _ => Err(BadProperty { expected: "-1, 0 or a number of attempts" }),
    }
}

fn offline_type(value: &str, policy: &mut OfflinePolicy) -> Result<(), BadProperty> {
    let (stores, bounces, is_limited) = match value.trim().to_ascii_lowercase().as_str() {
        "bounce" => (false, true, true),
        "drop" => (false, false, true),
        "store" => (true, true, false),
        "store_and_bounce" => (true, true, true),
        "store_and_drop" => (true, false, true),
        _ => {
            return Err(BadProperty { expected: "bounce, drop, store, store_and_bounce or store_and_drop" });
        }
    };
    (policy.stores, policy.bounces, policy.is_limited) = (stores, bounces, is_limited);
    Ok(())
}

/// A whole number of units of so many seconds.
fn times(value: &str, seconds: u64) -> Result<Duration, BadProperty> {
    let count: u32 = positive(value)?;
    Ok(Duration::from_secs(u64::from(count) * seconds))
}

/// A number of days; none for 0.
fn days(value: &str) -> Result<Option<Duration>, BadProperty> {
    let days: u32 = value.trim().parse().map_err(|_| BadProperty { expected: "a number of days, or 0" })?;
    Ok((days > 0).then(|| Duration::from_secs(u64::from(days) * 24 * 3600)))
}

fn positive_or_zero(value: &str) -> Result<usize, BadProperty> {
    value.trim().parse().map_err(|_| BadProperty { expected: "a number from 0 upwards" })
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

/// The first label of a sub-domain.
fn service_name(value: &str) -> Result<String, BadProperty> {
    let name = value.trim().to_ascii_lowercase();
    let is_label = !name.is_empty()
        && name.len() <= 63
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    if is_label { Ok(name) } else { Err(BadProperty { expected: "one label of a host name" }) }
}

/// An address, or a name of which clients find the address; nothing if it is empty.
fn external_host(value: &str) -> Result<Option<String>, BadProperty> {
    let host = value.trim();
    let is_name = host.len() <= 253
        && host.split('.').all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    if host.is_empty() {
        return Ok(None);
    }
    if is_name || host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(Some(host.to_owned()));
    }
    Err(BadProperty { expected: "one address or host name, without a port" })
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
    /// Stream management.
    pub management: ManagementPolicy,
    /// Client state indication.
    pub client_state: ClientStatePolicy,
    /// Accounts that clients make themselves.
    pub registrations: RegistrationPolicy,
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

/// Bytes of stanzas that may wait for one client to acknowledge them.
const UNACKED_BYTES_MAX: usize = 4 << 20;

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
            management: ManagementPolicy::default(),
            client_state: ClientStatePolicy::default(),
            registrations: RegistrationPolicy::default(),
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
        assert_eq!(with("sasl.mechs", "plain, DIGEST-MD5").mechanisms, ["PLAIN"]);
        assert_eq!(with("sasl.mechs", "SCRAM-SHA-1").mechanisms, ["SCRAM-SHA-256", "SCRAM-SHA-1"]);
        assert!(!with("register.password", "false").policy.allows_new_passwords);
        assert!(with("register.inband", "true").limits.registrations.is_open);
        assert_eq!(with("cobnut.register.per-address", "3").limits.registrations.per_address, 3);
        for (value, policy) in [
            ("0", ConflictPolicy::TakeOver),
            ("-1", ConflictPolicy::Refuse),
            ("2", ConflictPolicy::RefuseFirst(2)),
        ] {
            assert_eq!(with("xmpp.session.conflict-limit", value).policy.conflict, policy);
        }
    }

    #[test]
    fn properties_of_the_file_transfer_proxy_are_obeyed() {
        let proxy = |name: &str, value: &str| with(name, value).policy.proxy;
        assert_eq!(proxy("xmpp.proxy.service", " Transfer ").service_name, "transfer");
        for (value, host) in [
            ("", None),
            (" files.example.org ", Some("files.example.org")),
            ("192.0.2.7", Some("192.0.2.7")),
            ("2001:db8::7", Some("2001:db8::7")),
        ] {
            assert_eq!(proxy("xmpp.proxy.externalip", value).external_host.as_deref(), host, "{value}");
        }
        let mut settings = XmppSettings::new("example.org");
        for value in ["192.0.2.7:7777", "a b", "a..b", "http://x", "'/>"] {
            assert!(settings.set_property("xmpp.proxy.externalip", value).is_err(), "{value}");
        }
        assert_eq!(settings.policy.proxy, ProxyPolicy::default());
    }

    #[test]
    fn properties_of_archives_are_obeyed() {
        let archive = |name: &str, value: &str| with(name, value).policy.archive;
        assert!(!XmppSettings::new("example.org").policy.archive.is_on);
        assert!(archive("conversation.messageArchiving", "true").is_on);
        assert!(!archive("conversation.messageArchiving", "yes").is_on);
        assert_eq!(archive("conversation.maxAge", "0").keep, None);
        assert_eq!(archive("conversation.maxAge", " 7 ").keep, Some(Duration::from_hours(7 * 24)));
        let retrievable = archive("conversation.maxRetrievable", "1").retrievable;
        assert_eq!(retrievable, Some(Duration::from_hours(24)));
        for value in ["-1", "many", "1.5"] {
            assert!(XmppSettings::new("x").set_property("conversation.maxAge", value).is_err(), "{value}");
        }
    }

    #[test]
    fn properties_of_stream_management_are_obeyed() {
        let management = |name: &str, value: &str| with(name, value).limits.management;
        assert!(!management("stream.management.active", "false").is_on);
        assert_eq!(management("stream.management.requestFrequency", "9").ask_every, 9);
        assert_eq!(management("stream.management.max-unacked", "50").unacked_stanzas, 50);
        assert!(!management("stream.management.location.enabled", "false").tells_location);
        assert!(!management("stream.management.max-server.enabled", "false").tells_max);
        assert_eq!(management("xmpp.session.detach.timeout", "60000").detach, Duration::from_mins(1));
        let mut settings = XmppSettings::new("example.org");
        for name in ["stream.management.requestFrequency", "stream.management.max-unacked"] {
            assert!(settings.set_property(name, "0").is_err(), "{name}");
        }
    }

    #[test]
    fn the_stronger_routing_wins_in_any_order() {
        for names in [
            ["route.all-resources", "route.really-all-resources"],
            ["route.really-all-resources", "route.all-resources"],
        ] {
            let mut settings = XmppSettings::new("example.org");
            for name in names {
                assert_eq!(settings.set_property(name, "true"), Ok(true));
            }
            assert_eq!(settings.policy.routing, Strategy::All, "{names:?}");
        }
        assert_eq!(with("route.all-resources", "true").policy.routing, Strategy::AllOfHighestPriority);
        assert_eq!(with("route.all-resources", "false").policy.routing, Strategy::Best);
    }

    #[test]
    fn offline_types_store_and_bounce_as_their_names_say() {
        for (name, stores, bounces, is_limited) in [
            ("bounce", false, true, true),
            ("drop", false, false, true),
            ("store", true, true, false),
            ("STORE_AND_BOUNCE", true, true, true),
            ("store_and_drop", true, false, true),
        ] {
            let policy = with("xmpp.offline.type", name).policy.offline;
            assert_eq!(
                (policy.stores, policy.bounces, policy.is_limited),
                (stores, bounces, is_limited),
                "{name}"
            );
        }
        assert_eq!(with("xmpp.offline.quota", "5").policy.offline.quota, 5);
        let cleaning = |name: &str, value: &str| with(name, value).policy.cleaning;
        assert!(cleaning("xmpp.offline.autoclean.enabled", "true").is_on);
        assert_eq!(cleaning("xmpp.offline.autoclean.checkinterval", "5").every, Duration::from_mins(5));
        assert_eq!(cleaning("xmpp.offline.autoclean.daystolive", "7").keep, Duration::from_hours(7 * 24));
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
            ("sasl.mechs", "GSSAPI, EXTERNAL"),
            ("xmpp.session.conflict-limit", "-2"),
            ("xmpp.offline.type", "keep"),
            ("xmpp.offline.quota", "much"),
            ("xmpp.offline.autoclean.checkinterval", "0"),
            ("xmpp.offline.autoclean.daystolive", "-3"),
        ] {
            assert!(settings.set_property(name, value).is_err(), "{name} {value}");
        }
        assert_eq!(settings.limits.sasl_attempts, 3);
        assert_eq!(settings.set_property("xmpp.domain", "x"), Ok(false));
    }
}
