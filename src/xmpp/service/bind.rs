//! Resource binding (RFC 6120 §7) with Openfire's policies for conflicts, in the whole cluster; by default the newcomer wins.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use cobnut_model::{Jids, SessionRecord, limits};
use jid::{BareJid, FullJid};
use rand::RngExt as _;
use tracing::debug;

use super::core::{Service, now};
use super::local::LocalSession;
use super::seam::{Login, Outbound, Outbox, StreamError};
use crate::settings::ConflictPolicy;

/// Resources in conflict that are counted at the same time; beyond it counting begins again.
const CONFLICTS_MAX: usize = 10_000;
/// Characters of a resource that the server makes up: 80 random bits.
const RESOURCE_HEX_DIGITS: usize = 20;

impl Service {
    /// Binds a resource (RFC 6120 §7) after settling conflicts in the whole cluster.
    /// From here on stanzas for the session arrive in `outbox`. The error is a stanza error condition.
    pub(crate) async fn bind(
        self: &Arc<Self>,
        login: Login,
        outbox: Outbox,
    ) -> Result<FullJid, &'static str> {
        let jid = full_jid(&login.user, login.resource.as_deref())?;
        let held = self.cluster.sessions().of(&login.user);
        let previous = held.iter().find(|entry| entry.record.jid == jid);
        if previous.is_none() && held.len() >= limits::RESOURCES_PER_USER_MAX {
            return Err("resource-constraint");
        }
        if !self.may_take(&jid, previous.is_some()) {
            return Err("conflict");
        }
        let bound_at = now();
        if previous.is_some_and(|entry| entry.member == self.node()) {
            self.end_local(&jid, conflict()).await;
        }
        self.drain.session_begun();
        let session = Arc::new(LocalSession::new(jid.clone(), outbox));
        let record = SessionRecord {
            jid: jid.clone(),
            bound_at,
            remote_ip: login.remote_ip,
            is_encrypted: login.is_encrypted,
            presence: None,
            is_interested: false,
            has_carbons: false,
            directed_to: Jids::default(),
            active_at: bound_at,
            hides_presence: false,
            is_anonymous: login.is_anonymous,
        };
        let (raced, seen) = self.local.begin(Arc::clone(&session), || self.cluster.publish(record));
        // Nothing was sent to or by the session yet.
        self.apply_privacy_to(&session).await;
        if let Some(raced) = raced {
            self.push_close(&raced, conflict());
        }
        // The member that held the session closes it when it sees our claim. We announce its end, so that nobody can
        // see "unavailable" after the new session's presence.
        if let Some(entry) = previous.filter(|entry| entry.member != self.node()) {
            self.announce_end(&entry.record).await;
        }
        // The user may tell others who are on other members; until then they could not write to the session.
        if !seen.wait().await {
            debug!(%jid, "session bound before every member knows it");
        }
        // The login itself has its line already, with the address that it came from.
        debug!(%jid, "session bound");
        Ok(jid)
    }

    /// Whether a newcomer gets a resource, which `is_taken` by another session (`xmpp.session.conflict-limit`).
    fn may_take(&self, jid: &FullJid, is_taken: bool) -> bool {
        let refusals = match self.policy.conflict {
            ConflictPolicy::TakeOver => return true,
            ConflictPolicy::Refuse => return !is_taken,
            ConflictPolicy::RefuseFirst(refusals) => refusals,
        };
        let mut conflicts = self.conflicts.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_taken {
            conflicts.remove(jid);
            return true;
        }
        if conflicts.len() >= CONFLICTS_MAX && !conflicts.contains_key(jid) {
            conflicts.clear();
        }
        let refused = conflicts.entry(jid.clone()).or_default();
        if *refused < refusals {
            *refused += 1;
            return false;
        }
        conflicts.remove(jid);
        true
    }

    /// Queues a stream error for a session that is no longer registered.
    pub(super) fn push_close(&self, session: &Arc<LocalSession>, error: StreamError) {
        let Err(refused) = session.outbox.try_send(Outbound::Close(error)) else { return };
        if let tokio::sync::mpsc::error::TrySendError::Full(close) = refused {
            let outbox = session.outbox.clone();
            // Ends when the client reads again or its connection gives up, which it does after CLIENT_WRITE_TIMEOUT.
            self.tasks.spawn("close slow client", async move {
                let _closed_meanwhile = outbox.send(close).await;
            });
        }
    }
}

/// The stream error for whoever loses its resource (RFC 6120 §4.9.3.3). Compat: Spark does not reconnect after it.
pub(super) fn conflict() -> StreamError {
    StreamError { condition: "conflict", text: "Replaced by a new login".to_owned() }
}

fn full_jid(user: &BareJid, resource: Option<&str>) -> Result<FullJid, &'static str> {
    if let Some(resource) = resource.filter(|resource| !resource.is_empty()) {
        return user.with_resource_str(resource).map_err(|_| "bad-request");
    }
    let mut made_up = String::with_capacity(RESOURCE_HEX_DIGITS);
    for _ in 0..RESOURCE_HEX_DIGITS / 2 {
        let byte: u8 = rand::rng().random();
        write!(made_up, "{byte:02x}").expect("writing to a String cannot fail");
    }
    user.with_resource_str(&made_up).map_err(|_| "internal-server-error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_prepared_or_made_up() {
        let user: BareJid = "10023@example.net".parse().unwrap();
        assert_eq!(full_jid(&user, Some("Spark")).unwrap().as_str(), "10023@example.net/Spark");
        assert_eq!(full_jid(&user, Some("a\u{7}b")), Err("bad-request"));
        assert_eq!(full_jid(&user, Some(&"x".repeat(1024))), Err("bad-request"));
        let made_up = full_jid(&user, None).unwrap();
        assert_eq!(made_up.resource().as_str().len(), RESOURCE_HEX_DIGITS);
        assert_ne!(made_up, full_jid(&user, Some("")).unwrap());
    }
}
