//! The service itself: what it holds, and small questions that everybody asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use cobnut_mesh::{Cluster, SessionEntry};
use cobnut_model::{NodeId, UnixMillis};
use cobnut_store::{Store, StoreError};
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, FullJid};
use tokio::sync::mpsc;
use tracing::warn;

use super::drain::Drain;
use super::local::LocalSessions;
use super::metrics::ServiceMetrics;
use super::rework::{self, Rework};
use super::turns::Turns;
use crate::archive::{self, Archive};
use crate::bytestreams::Bytestreams;
use crate::muc::{self, Muc};
use crate::privacy::ListsCache;
use crate::pubsub::KnownCaps;
use crate::roster::{self, GroupsCache, RosterCache};
use crate::settings::ServicePolicy;
use crate::throttle::{self, LoginThrottle};
use crate::xep::xep_0055_search::Search;
use crate::xep::xep_0133_administration::Motd;

/// The service of one node.
pub(crate) struct Service {
    /// The served domain.
    pub(crate) domain: BareJid,
    /// Accounts, rosters, offline messages.
    pub(crate) store: Store,
    /// Sessions and members.
    pub(crate) cluster: Cluster,
    /// Where tasks are registered.
    pub(crate) tasks: cobnut_net::Tasks,
    /// Sessions of this node.
    pub(crate) local: LocalSessions,
    /// Rosters as last read, for when the database is away.
    pub(crate) rosters: RosterCache,
    /// Shared groups as last read.
    pub(crate) groups: GroupsCache,
    /// Roster pushes of an account, one after the other.
    pub(crate) push_turns: Turns,
    /// Privacy lists of accounts with sessions here.
    pub(crate) lists: ListsCache,
    /// What the capabilities of clients stand for.
    pub(crate) caps: KnownCaps,
    /// What an account's nodes and what else it keeps follow each other in, one after the other.
    pub(crate) own_node_turns: Turns,
    /// Changes of the privacy lists of an account, one after the other.
    pub(crate) privacy_turns: Turns,
    /// What is counted.
    pub(crate) metrics: ServiceMetrics,
    /// Whether clients are sent away.
    pub(crate) drain: Drain,
    /// When this node started to serve.
    pub(crate) started: Instant,
    pub(super) rework: Vec<mpsc::Sender<Rework>>,
    /// What the operator chose.
    pub(crate) policy: ServicePolicy,
    /// What everybody is told who comes online.
    pub(crate) motd: Motd,
    /// The user search.
    pub(crate) search: Search,
    /// The file transfer proxy.
    pub(crate) bytestreams: Bytestreams,
    /// Group chat.
    pub(crate) muc: Muc,
    /// Message archives.
    pub(crate) archive: Archive,
    /// Wrong passwords, here and at other members.
    pub(crate) logins: Arc<LoginThrottle>,
    /// Binds of a resource that were refused because it was in use, while its session lives.
    pub(super) conflicts: Mutex<HashMap<FullJid, u32>>,
    itself: Weak<Service>,
}

impl Service {
    /// A service for `domain`.
    pub(crate) fn new(
        domain: BareJid,
        store: Store,
        cluster: Cluster,
        tasks: cobnut_net::Tasks,
        metrics: &cobnut_net::Metrics,
        policy: ServicePolicy,
    ) -> Arc<Self> {
        let (senders, receivers) = rework::queues();
        let (muc, muc_queues) = Muc::new(&cluster, metrics);
        let (archive, archive_queue) = Archive::new(&cluster, metrics);
        let service = Arc::new_cyclic(|itself| Self {
            domain,
            store,
            cluster,
            tasks,
            local: LocalSessions::default(),
            rosters: RosterCache::default(),
            groups: GroupsCache::default(),
            push_turns: Turns::default(),
            lists: ListsCache::default(),
            caps: KnownCaps::default(),
            own_node_turns: Turns::default(),
            privacy_turns: Turns::default(),
            metrics: ServiceMetrics::register(metrics),
            drain: Drain::default(),
            started: Instant::now(),
            rework: senders,
            motd: Motd::default(),
            search: Search::default(),
            bytestreams: Bytestreams::register(metrics),
            muc,
            archive,
            logins: Arc::new(LoginThrottle::new(policy.logins)),
            policy,
            conflicts: Mutex::default(),
            itself: Weak::clone(itself),
        });
        rework::start(&service, receivers);
        muc::start(&service, muc_queues);
        roster::start(&service);
        archive::start(&service, archive_queue);
        throttle::start(&service);
        service
    }

    /// The domain as text.
    pub(crate) fn domain_str(&self) -> &str {
        self.domain.as_str()
    }

    /// A handle for a task of its own; `None` while the service is being dropped.
    pub(crate) fn handle_for_task(&self) -> Option<Arc<Self>> {
        self.itself.upgrade()
    }

    /// This node.
    pub(crate) fn node(&self) -> NodeId {
        self.cluster.identity().node_id
    }

    /// Whether the JID belongs to the served domain.
    pub(crate) fn is_ours(&self, jid: &BareJid) -> bool {
        jid.domain() == self.domain.domain()
    }

    /// The available sessions of an account in the whole cluster.
    pub(crate) fn available_sessions(&self, account: &BareJid) -> Vec<SessionEntry> {
        self.cluster.sessions().of_where(account, |record| record.presence.is_some())
    }

    /// Whether nobody's account is behind the sessions of that name (RFC 4505). Nothing may be kept under it.
    pub(crate) fn is_anonymous(&self, account: &BareJid) -> bool {
        !self.cluster.sessions().of_where(account, |record| record.is_anonymous).is_empty()
    }

    /// The localpart of an account of this domain, the name under which the store knows it.
    pub(crate) fn username(account: &BareJid) -> &str {
        account.node().map_or("", |node| node.as_str())
    }
}

/// The wall clock.
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Logs a failed question to the store and says what the client is told: to try later, or that it asks
/// for something that cannot be stored.
pub(crate) fn store_failure(err: &StoreError) -> Condition {
    warn!(%err, source = err_source(err), "store failed while a stanza was handled");
    if err.is_unavailable() {
        Condition::ResourceConstraint
    } else if err.is_unfit() {
        Condition::NotAcceptable
    } else {
        Condition::InternalServerError
    }
}

fn err_source(err: &StoreError) -> String {
    std::error::Error::source(err).map(ToString::to_string).unwrap_or_default()
}
