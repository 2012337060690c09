//! The page `LIMITS.md`: every bound of the product, made from `src/model/limits.rs` and the table here.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use cobnut_model::limits;

use super::{ArrivalPolicy, ClientLimits, LoginPolicy, OfflinePolicy, RegistrationPolicy, XmppSettings};

const SOURCE: &str = include_str!("../../model/limits.rs");
const HEAD: &str = "\
# Limits

Made from `src/model/limits.rs` and `src/xmpp/settings/limits_page.rs` by the test in the latter (`UPDATE_PAGES=1`). An address is
the /64 network with IPv6. Properties are system properties (`ofProperty`); they count from the next start of a node.

## What clients meet

| Limit | Default | Property | Beyond it | What it is |
|---|---|---|---|---|
";
const REST: &str = "
## The rest

Inside the server, or answered as the service says that it belongs to.

| Limit | Value | What it is |
|---|---|---|
";

/// Constant, property, and what who exceeds it gets. Stream errors end the connection, stanza errors do not.
const MET: &[(&str, &str, &str)] = &[
    ("STANZA_BYTES_MAX", "xmpp.parser.buffer.size", "stream error `policy-violation`; told by XEP-0478"),
    ("STANZA_BYTES_MAX_UNAUTHENTICATED", "", "stream error `policy-violation`; told by XEP-0478"),
    ("XML_TOKEN_BYTES_MAX", "", "stream error `policy-violation`"),
    ("STANZA_DEPTH_MAX", "", "stream error `policy-violation`"),
    ("STANZA_ELEMENTS_MAX", "", "stream error `policy-violation`"),
    ("SASL_ATTEMPTS_MAX", "xmpp.auth.retries", "stream error `policy-violation` behind the last failure"),
    ("REGISTRATIONS_PER_ADDRESS_MAX", "cobnut.register.per-address", "stanza error `resource-constraint`"),
    (
        "LOGIN_FAILURES_MAX",
        "cobnut.login.failures-per-account-and-address",
        "SASL failure `temporary-auth-failure`",
    ),
    (
        "LOGIN_FAILURES_PER_ADDRESS_MAX",
        "cobnut.login.failures-per-address",
        "SASL failure `temporary-auth-failure`",
    ),
    (
        "LOGIN_FAILURES_PER_ACCOUNT_MAX",
        "cobnut.login.failures-per-account",
        "SASL failure `temporary-auth-failure`",
    ),
    ("LOGIN_FAILURES_WINDOW", "cobnut.login.failures-window", "the count begins again"),
    (
        "ARRIVALS_PER_SECOND",
        "xmpp.ratelimit.newconnections.c2s.permits_per_second",
        "stream error `resource-constraint`; on the port with direct TLS the connection is closed",
    ),
    (
        "ARRIVALS_BURST",
        "xmpp.ratelimit.newconnections.c2s.max_burst",
        "stream error `resource-constraint`; on the port with direct TLS the connection is closed",
    ),
    ("NEGOTIATION_TIMEOUT", "xmpp.client.preauth.timeout", "stream error `connection-timeout`"),
    (
        "CLIENT_IDLE_PING",
        "xmpp.client.idle",
        "a ping, then stream error `connection-timeout`; told by XEP-0478. The property is twice as long",
    ),
    ("CLIENT_QUEUE_STANZAS_MAX", "", "stream error `resource-constraint`"),
    ("CLIENT_WRITE_TIMEOUT", "", "the connection is closed"),
    ("CLIENT_BYTES_PER_SECOND", "", "the client is read more slowly"),
    ("CLIENT_BYTES_BURST", "", "the client is read more slowly"),
    (
        "NEGOTIATIONS_PER_IP_MAX",
        "",
        "stream error `resource-constraint`; on the port with direct TLS the connection is closed",
    ),
    (
        "NEGOTIATIONS_MAX",
        "",
        "stream error `resource-constraint`; on the port with direct TLS the connection is closed",
    ),
    (
        "CONNECTIONS_MAX",
        "",
        "stream error `resource-constraint`; on the port with direct TLS the connection is closed",
    ),
    ("RESOURCES_PER_USER_MAX", "", "stanza error `resource-constraint` to the bind request"),
    ("ROSTER_ITEMS_MAX", "", "stanza error `resource-constraint`"),
    ("ROSTER_TEXT_CHARS_MAX", "", "stanza error `not-acceptable`"),
    ("ROSTER_GROUPS_MAX", "", "stanza error `not-acceptable`"),
    ("OFFLINE_BYTES_MAX", "xmpp.offline.quota", "as `xmpp.offline.type` says: stored, returned or dropped"),
    ("PRIVATE_XML_BYTES_MAX", "", "stanza error `policy-violation`"),
    ("PRIVATE_XML_NAME_CHARS_MAX", "", "stanza error `not-acceptable`"),
    ("PRIVATE_XML_NAMESPACE_CHARS_MAX", "", "stanza error `not-acceptable`"),
    ("VCARD_BYTES_MAX", "", "stanza error `policy-violation`"),
    ("PRESENCE_BYTES_MAX", "", "stanza error `policy-violation`"),
    ("DIRECTED_PRESENCE_MAX", "", "stanza error `resource-constraint`"),
    ("PRIVACY_LISTS_MAX", "", "stanza error `not-acceptable`"),
    ("PRIVACY_RULES_MAX", "", "stanza error `not-acceptable`"),
    ("PRIVACY_NAME_CHARS_MAX", "", "stanza error `not-acceptable`"),
    ("PRIVACY_LIST_BYTES_MAX", "", "stanza error `not-acceptable`"),
    ("SEARCH_TEXT_CHARS_MAX", "", "stanza error `not-acceptable`"),
    ("SEARCH_WILDCARDS_MAX", "", "stanza error `not-acceptable`"),
    ("SEARCHES_PER_ACCOUNT_MAX", "", "stanza error `resource-constraint`"),
    ("SEARCH_PATIENCE", "", "stanza error `resource-constraint`"),
    ("BYTESTREAM_SID_CHARS_MAX", "", "stanza error `bad-request`"),
    ("ROOM_SESSIONS_MAX", "", "stanza error `service-unavailable`"),
    ("ROOM_TEXT_CHARS_MAX", "", "stanza error `policy-violation` for a subject; a reason is shortened"),
    ("ROOM_SUBJECT_BYTES_MAX", "", "stanza error `policy-violation`"),
    ("ROOM_PASSWORD_CHARS_MAX", "", "stanza error `not-acceptable`"),
    ("ROOM_INVITES_MAX", "", "stanza error `policy-violation`"),
    ("ROOM_PEOPLE_MAX", "", "stanza error `resource-constraint`"),
    ("ARCHIVE_LOOKUPS_WAITING_MAX", "", "stanza error `resource-constraint`"),
];

struct Limit {
    name: &'static str,
    value: String,
    text: String,
}

/// Every constant of the source with its comment.
fn all() -> Vec<Limit> {
    let mut text = String::new();
    let mut found = Vec::new();
    for line in SOURCE.lines() {
        if let Some(comment) = line.strip_prefix("///") {
            text.push_str(comment);
        } else if let Some(constant) = line.strip_prefix("pub const ") {
            let (name, rest) = constant.split_once(": ").expect("a type");
            let (_, value) = rest.split_once(" = ").expect("a value on the same line");
            let text = std::mem::take(&mut text).trim().replace("[`", "`").replace("`]", "`");
            found.push(Limit { name, value: readable(name, value.trim_end_matches(';')), text });
        } else {
            text.clear();
        }
    }
    found
}

/// `64 << 10` and `Duration::from_mins(3)` as people write them.
fn readable(name: &str, value: &str) -> String {
    if let Some((count, shift)) = value.split_once(" << ") {
        if !name.contains("BYTES") {
            let number = count.parse::<u64>().expect("a number") << shift.parse::<u32>().expect("a number");
            return number.to_string();
        }
        let unit = match shift {
            "10" => "KiB",
            "20" => "MiB",
            other => panic!("no unit for a shift by {other}"),
        };
        return format!("{count} {unit}");
    }
    match value.strip_prefix("Duration::from_").and_then(|rest| rest.trim_end_matches(')').split_once('(')) {
        Some(("millis", count)) => format!("{count} ms"),
        Some(("secs", count)) => format!("{count} s"),
        Some(("mins", count)) => format!("{count} min"),
        Some(("hours", count)) => format!("{count} h"),
        Some((unit, _)) => panic!("no unit for {unit}"),
        None => value.replace('_', ""),
    }
}

fn page() -> String {
    let limits = all();
    let mut page = HEAD.to_owned();
    for (name, property, beyond) in MET {
        let limit = limits.iter().find(|limit| limit.name == *name).expect("a limit that is there");
        let Limit { value, text, .. } = limit;
        let property = if property.is_empty() { String::new() } else { format!("`{property}`") };
        writeln!(page, "| `{name}` | {value} | {property} | {beyond} | {text} |")
            .expect("a String takes all");
    }
    page.push_str(REST);
    for Limit { name, value, text } in &limits {
        if MET.iter().all(|(met, ..)| met != name) {
            writeln!(page, "| `{name}` | {value} | {text} |").expect("a String takes all");
        }
    }
    page
}

#[test]
fn the_page_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("settings/LIMITS.md");
    let page = page();
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::write(&path, &page).expect("write the page");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "{} is old: run with UPDATE_PAGES=1", path.display());
}

#[test]
fn every_limit_says_what_it_is() {
    for limit in all() {
        assert!(!limit.text.is_empty() && !limit.text.contains('|'), "{}", limit.name);
    }
}

/// A property that is named changes the settings, from a default that is the constant.
#[test]
fn properties_are_those_that_set_the_limits() {
    let settings = |name: &str| {
        let mut settings = XmppSettings::new("example.org");
        if !name.is_empty() {
            assert_eq!(settings.set_property(name, "7"), Ok(true), "{name}");
        }
        format!("{settings:?}")
    };
    for (name, property, _) in MET.iter().filter(|(_, property, _)| !property.is_empty()) {
        assert_ne!(settings(property), settings(""), "{name} {property}");
    }
    let (clients, logins, arrivals) =
        (ClientLimits::default(), LoginPolicy::default(), ArrivalPolicy::default());
    assert_eq!(clients.stanza_bytes, limits::STANZA_BYTES_MAX);
    assert_eq!(clients.stanza_bytes_unauthenticated, limits::STANZA_BYTES_MAX_UNAUTHENTICATED);
    assert_eq!(clients.sasl_attempts, limits::SASL_ATTEMPTS_MAX);
    assert_eq!(clients.negotiation_timeout, limits::NEGOTIATION_TIMEOUT);
    assert_eq!(clients.idle_ping, limits::CLIENT_IDLE_PING);
    assert_eq!(RegistrationPolicy::default().per_address, limits::REGISTRATIONS_PER_ADDRESS_MAX);
    assert_eq!(logins.failures_per_pair, limits::LOGIN_FAILURES_MAX);
    assert_eq!(logins.failures_per_address, limits::LOGIN_FAILURES_PER_ADDRESS_MAX);
    assert_eq!(logins.failures_per_account, limits::LOGIN_FAILURES_PER_ACCOUNT_MAX);
    assert_eq!(logins.window, limits::LOGIN_FAILURES_WINDOW);
    assert_eq!(arrivals.per_second, limits::ARRIVALS_PER_SECOND);
    assert_eq!(arrivals.burst, limits::ARRIVALS_BURST);
    assert_eq!(OfflinePolicy::default().quota, limits::OFFLINE_BYTES_MAX);
}
