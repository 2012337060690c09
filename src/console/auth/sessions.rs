//! Console sessions of this node, in memory.
//!
//! Sessions are found by the hash of their id, so the ids themselves are known to the browsers only, and a look-up
//! takes the same time however much of an id somebody guessed. Bounded: a new session ends the one idle for longest.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use cobnut_model::limits::{
    CONSOLE_SESSION_IDLE, CONSOLE_SESSION_LIFETIME, CONSOLE_SESSION_RECHECK, CONSOLE_SESSIONS_MAX,
};
use sha2::{Digest, Sha256};

use super::random_token;

type Key = [u8; 32];

/// How a message shown once is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlashKind {
    /// It worked.
    Success,
    /// It did not.
    Error,
}

/// A message for the next page of a session.
#[derive(Debug, Clone)]
pub(crate) struct Flash {
    pub(crate) kind: FlashKind,
    /// Key in the catalogue.
    pub(crate) key: &'static str,
    /// Value of the placeholder `{subject}`.
    pub(crate) subject: String,
}

struct Entry {
    username: String,
    csrf: String,
    keys_fingerprint: Key,
    opened_at: Instant,
    used_at: Instant,
    checked_at: Instant,
    flash: Option<Flash>,
}

/// A copy of what a request needs to know of its session.
#[derive(Debug, Clone)]
pub(crate) struct ConsoleSession {
    key: Key,
    /// Localpart of the account that logged in.
    pub(crate) username: String,
    /// Token of its forms.
    pub(crate) csrf: String,
    /// Names the password that it logged in with.
    pub(crate) keys_fingerprint: [u8; 32],
    /// Whether it is time to compare that with the database.
    pub(crate) needs_recheck: bool,
}

/// All console sessions of this node.
#[derive(Default)]
pub(crate) struct ConsoleSessions {
    entries: Mutex<HashMap<Key, Entry>>,
}

impl ConsoleSessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a session and returns its id for the cookie.
    pub(crate) fn open(&self, username: &str, keys_fingerprint: [u8; 32], now: Instant) -> String {
        let id = random_token();
        let mut entries = self.lock();
        entries.retain(|_, entry| entry.is_alive(now));
        if entries.len() >= CONSOLE_SESSIONS_MAX {
            let idlest = entries.iter().min_by_key(|(_, entry)| entry.used_at).map(|(key, _)| *key);
            idlest.map(|key| entries.remove(&key));
        }
        let entry = Entry {
            username: username.to_owned(),
            csrf: random_token(),
            keys_fingerprint,
            opened_at: now,
            used_at: now,
            checked_at: now,
            flash: None,
        };
        entries.insert(hash(&id), entry);
        id
    }

    /// Finds a living session by the id in its cookie. A page that refreshes itself is no `use_of_it`: it must not
    /// keep the session of somebody who went away.
    pub(crate) fn find(&self, id: &str, use_of_it: bool, now: Instant) -> Option<ConsoleSession> {
        let key = hash(id);
        let mut entries = self.lock();
        let entry = entries.get_mut(&key)?;
        if !entry.is_alive(now) {
            entries.remove(&key);
            return None;
        }
        if use_of_it {
            entry.used_at = now;
        }
        Some(ConsoleSession {
            key,
            username: entry.username.clone(),
            csrf: entry.csrf.clone(),
            keys_fingerprint: entry.keys_fingerprint,
            needs_recheck: now.duration_since(entry.checked_at) >= CONSOLE_SESSION_RECHECK,
        })
    }

    /// Notes that the account of a session still has the password that it logged in with.
    pub(crate) fn rechecked(&self, session: &ConsoleSession, now: Instant) {
        if let Some(entry) = self.lock().get_mut(&session.key) {
            entry.checked_at = now;
        }
    }

    /// The account changed its own password in this session, which therefore goes on.
    pub(crate) fn keep_with(&self, session: &ConsoleSession, keys_fingerprint: [u8; 32]) {
        if let Some(entry) = self.lock().get_mut(&session.key) {
            entry.keys_fingerprint = keys_fingerprint;
        }
    }

    /// Ends a session.
    pub(crate) fn close(&self, session: &ConsoleSession) {
        self.lock().remove(&session.key);
    }

    /// Ends all sessions of an account except `kept`.
    pub(crate) fn close_all_of(&self, username: &str, kept: Option<&ConsoleSession>) {
        self.lock()
            .retain(|key, entry| entry.username != username || kept.is_some_and(|kept| kept.key == *key));
    }

    /// Leaves a message for the next page of a session.
    pub(crate) fn set_flash(&self, session: &ConsoleSession, flash: Flash) {
        if let Some(entry) = self.lock().get_mut(&session.key) {
            entry.flash = Some(flash);
        }
    }

    /// Takes the message left for this page.
    pub(crate) fn take_flash(&self, session: &ConsoleSession) -> Option<Flash> {
        self.lock().get_mut(&session.key).and_then(|entry| entry.flash.take())
    }
}

impl Entry {
    fn is_alive(&self, now: Instant) -> bool {
        now.duration_since(self.used_at) < CONSOLE_SESSION_IDLE
            && now.duration_since(self.opened_at) < CONSOLE_SESSION_LIFETIME
    }
}

fn hash(id: &str) -> Key {
    Sha256::digest(id).into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn sessions_end_when_idle_and_when_old() {
        let sessions = ConsoleSessions::default();
        let start = Instant::now();
        let id = sessions.open("admin", [0; 32], start);
        let mut now = start;
        let almost_idle = CONSOLE_SESSION_IDLE.saturating_sub(SECOND);
        while now.duration_since(start) + almost_idle < CONSOLE_SESSION_LIFETIME {
            now += almost_idle;
            assert!(sessions.find(&id, true, now).is_some());
        }
        assert!(sessions.find(&id, true, start + CONSOLE_SESSION_LIFETIME).is_none(), "old");

        let id = sessions.open("admin", [0; 32], start);
        assert!(sessions.find(&id, false, start + almost_idle).is_some(), "refreshed");
        assert!(sessions.find(&id, true, start + CONSOLE_SESSION_IDLE).is_none(), "idle");
        assert!(sessions.find(&id, true, start).is_none(), "gone for good");
    }

    #[test]
    fn the_number_of_sessions_is_bounded() {
        let sessions = ConsoleSessions::default();
        let start = Instant::now();
        let first = sessions.open("first", [0; 32], start);
        let second = sessions.open("second", [0; 32], start);
        assert!(sessions.find(&first, true, start + SECOND).is_some());
        for _ in 0..CONSOLE_SESSIONS_MAX - 1 {
            sessions.open("flood", [0; 32], start + SECOND);
        }
        assert!(sessions.find(&second, true, start + SECOND).is_none(), "idle for longest");
        assert!(sessions.find(&first, true, start + SECOND).is_some());
        assert_eq!(sessions.lock().len(), CONSOLE_SESSIONS_MAX);
    }

    #[test]
    fn a_password_change_ends_the_other_sessions() {
        let sessions = ConsoleSessions::default();
        let now = Instant::now();
        let (mine, other) = (sessions.open("a", [0; 32], now), sessions.open("a", [0; 32], now));
        let stranger = sessions.open("b", [0; 32], now);
        let kept = sessions.find(&mine, true, now).expect("session");
        sessions.close_all_of("a", Some(&kept));
        assert!(sessions.find(&mine, true, now).is_some());
        assert!(sessions.find(&other, true, now).is_none());
        assert!(sessions.find(&stranger, true, now).is_some());
    }

    #[test]
    fn a_message_is_shown_once() {
        let sessions = ConsoleSessions::default();
        let now = Instant::now();
        let id = sessions.open("a", [0; 32], now);
        let session = sessions.find(&id, true, now).expect("session");
        let flash = Flash { kind: FlashKind::Success, key: "key", subject: "s".to_owned() };
        sessions.set_flash(&session, flash);
        assert_eq!(sessions.take_flash(&session).expect("message").subject, "s");
        assert!(sessions.take_flash(&session).is_none());
    }
}
