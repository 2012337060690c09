//! Openfire's system properties, and our own.

use cobnut_xmpp_proto::routing::Strategy;

use super::values::{
    BadProperty, days, external_host, milliseconds, positive, positive_or_zero, service_name, times, truth,
};
use super::{Addresses, ConflictPolicy, Mechanisms, OfflinePolicy, ServicePolicy, XmppSettings};

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
            "sasl.mechs" => self.mechanisms = Mechanisms::parse(value)?,
            "xmpp.auth.anonymous" => self.anonymous.is_on = truth(value),
            "xmpp.client.login.allowedAnonym" => self.anonymous.from = Addresses::parse(value)?,
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
            "register.inband" => limits.registrations.is_open = truth(value),
            "cobnut.register.per-address" => limits.registrations.per_address = positive(value)?,
            "xmpp.ratelimit.newconnections.c2s.enabled" => limits.arrivals.is_limited = truth(value),
            "xmpp.ratelimit.newconnections.c2s.permits_per_second" => {
                limits.arrivals.per_second = positive(value)?;
            }
            "xmpp.ratelimit.newconnections.c2s.max_burst" => limits.arrivals.burst = positive(value)?,
            "cobnut.login.connections-per-address" => {
                limits.arrivals.per_address = Some(positive_or_zero(value)?).filter(|rate| *rate > 0);
            }
            "cobnut.login.failures-per-account-and-address" => {
                policy.logins.failures_per_pair = positive(value)?;
            }
            "cobnut.login.failures-per-address" => policy.logins.failures_per_address = positive(value)?,
            "cobnut.login.failures-per-account" => policy.logins.failures_per_account = positive(value)?,
            "cobnut.login.failures-window" => policy.logins.window = milliseconds(value)?,
            "xmpp.client.roster.versioning.active" => policy.has_roster_versions = truth(value),
            "register.password" => policy.allows_new_passwords = truth(value),
            _ => return set_service_property(policy, name, value),
        }
        Ok(true)
    }
}

/// The same for the properties of services beside chat.
fn set_service_property(policy: &mut ServicePolicy, name: &str, value: &str) -> Result<bool, BadProperty> {
    match name {
        "plugin.search.serviceName" => policy.search.service_name = service_name(value)?,
        "plugin.search.serviceEnabled" => policy.search.is_on = truth(value),
        "plugin.search.groupOnly" => policy.search.is_within_groups = truth(value),
        "plugin.search.excludedFields" => policy.search.exclude(value),
        "xmpp.proxy.service" => policy.proxy.service_name = service_name(value)?,
        "xmpp.proxy.externalip" => policy.proxy.external_host = external_host(value)?,
        "conversation.messageArchiving" => policy.archive.is_on = truth(value),
        "conversation.maxAge" => policy.archive.keep = days(value)?,
        "conversation.maxRetrievable" => policy.archive.retrievable = days(value)?,
        "xmpp.pep.enabled" => policy.pubsub.serves_accounts = truth(value),
        "xmpp.pubsub.enabled" => policy.pubsub.is_on = truth(value),
        "xmpp.pubsub.service" => policy.pubsub.service_name = service_name(value)?,
        "xmpp.pubsub.create.anyone" => policy.pubsub.anyone_creates = truth(value),
        _ => return Ok(false),
    }
    Ok(true)
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
