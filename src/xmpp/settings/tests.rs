use std::time::Duration;

use cobnut_xmpp_proto::routing::Strategy;
use cobnut_xmpp_proto::sasl::Mechanism;

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
    assert_eq!(with("sasl.mechs", "plain").mechanisms.offered(|_| true), [Mechanism::Plain]);
    assert!(!with("register.password", "false").policy.allows_new_passwords);
    assert!(!with("xmpp.client.roster.versioning.active", "false").policy.has_roster_versions);
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
fn properties_of_publish_subscribe_are_obeyed() {
    let pubsub = |name: &str, value: &str| with(name, value).policy.pubsub;
    assert!(!pubsub("xmpp.pep.enabled", "false").serves_accounts);
    assert!(!pubsub("xmpp.pubsub.enabled", "false").is_on);
    assert!(!pubsub("xmpp.pubsub.create.anyone", "false").anyone_creates);
    assert_eq!(pubsub("xmpp.pubsub.service", "Events").service_name, "events");
    assert!(XmppSettings::new("x").set_property("xmpp.pubsub.service", "a.b").is_err());
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
fn clients_are_told_how_long_they_may_be_silent() {
    let told = |value: &str| with("xmpp.client.idle", value).limits.told().idle;
    assert_eq!(XmppSettings::new("x").limits.told().idle, Some(Duration::from_mins(6)));
    assert_eq!(told("90000"), Some(Duration::from_secs(90)));
    assert_eq!(told("-1"), None);
    assert_eq!(with("xmpp.parser.buffer.size", "70000").limits.told().bytes, 70_000);
}

#[test]
fn properties_of_attempts_are_obeyed() {
    let logins = |name: &str, value: &str| with(name, value).policy.logins;
    assert_eq!(logins("cobnut.login.failures-per-account-and-address", "3").failures_per_pair, 3);
    assert_eq!(logins("cobnut.login.failures-per-address", "4").failures_per_address, 4);
    assert_eq!(logins("cobnut.login.failures-per-account", "5").failures_per_account, 5);
    assert_eq!(logins("cobnut.login.failures-window", "1500").window, Duration::from_millis(1500));
    let arrivals = |name: &str, value: &str| with(name, value).limits.arrivals;
    assert!(arrivals("xmpp.ratelimit.newconnections.c2s.enabled", "true").is_limited);
    assert_eq!(arrivals("xmpp.ratelimit.newconnections.c2s.permits_per_second", "7").per_second, 7);
    assert_eq!(arrivals("xmpp.ratelimit.newconnections.c2s.max_burst", "8").burst, 8);
    assert_eq!(arrivals("cobnut.login.connections-per-address", "9").per_address, Some(9));
    assert_eq!(arrivals("cobnut.login.connections-per-address", "0").per_address, None);
}

#[test]
fn nobody_logs_in_without_an_account_unless_the_operator_says_so_and_from_where() {
    let (here, there) = ("10.1.2.3".parse().unwrap(), "192.0.2.1".parse().unwrap());
    let mut settings = XmppSettings::new("example.org");
    settings.set_property("xmpp.client.login.allowedAnonym", "10.1.*.*").unwrap();
    assert!(!settings.anonymous.admits(here));
    settings.set_property("xmpp.auth.anonymous", "TRUE").unwrap();
    assert!(settings.anonymous.admits(here) && !settings.anonymous.admits(there));
    assert!(with("xmpp.auth.anonymous", "true").anonymous.admits(there));
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
        ("sasl.mechs", "GSSAPI, DIGEST-MD5"),
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
