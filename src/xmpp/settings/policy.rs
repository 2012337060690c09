//! What is done with sessions and messages.

use std::time::Duration;

use cobnut_model::limits;
use cobnut_xmpp_proto::routing::Strategy;

use super::{LoginPolicy, ProxyPolicy, PubsubPolicy, SearchPolicy};

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
    /// Whether rosters have versions (RFC 6121 §2.6). Openfire's `xmpp.client.roster.versioning.active`.
    pub has_roster_versions: bool,
    /// Whether clients of a node that is taken out of service are told another member's address (`see-other-host`)
    /// instead of only having to connect again.
    pub redirects_clients: bool,
    /// Who may be found (XEP-0055).
    pub search: SearchPolicy,
    /// What clients are told of the file transfer proxy (XEP-0065).
    pub proxy: ProxyPolicy,
    /// How many wrong passwords are borne.
    pub logins: LoginPolicy,
    /// What is kept of conversations (XEP-0313).
    pub archive: ArchivePolicy,
    /// Publish-subscribe and personal eventing (XEP-0060, XEP-0163).
    pub pubsub: PubsubPolicy,
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
            has_roster_versions: true,
            redirects_clients: true,
            search: SearchPolicy::default(),
            proxy: ProxyPolicy::default(),
            logins: LoginPolicy::default(),
            archive: ArchivePolicy::default(),
            pubsub: PubsubPolicy::default(),
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
