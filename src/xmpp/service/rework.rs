//! Work that other members or dead connections leave behind, done in order for each recipient.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use bytes::Bytes;
use cobnut_model::{SessionRecord, limits};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::parse_stanza;
use jid::{BareJid, FullJid};
use tokio::sync::mpsc;
use tracing::{debug, warn};

use super::core::Service;
use super::seam::StreamError;

/// One piece of work.
#[derive(Debug)]
pub(crate) enum Rework {
    /// A stanza was on its way to a session that is gone.
    Lost {
        /// The session.
        recipient: FullJid,
        /// The stanza.
        stanza: Bytes,
    },
    /// A session was lost with its member.
    Ended {
        /// The session.
        record: Arc<SessionRecord>,
        /// Whether it does not go on in a cluster that this node left.
        is_over: bool,
    },
    /// Another member changed a roster item of an account that has sessions here.
    Push {
        /// Whose roster.
        account: BareJid,
        /// Which item.
        contact: BareJid,
    },
    /// A session's privacy list kept a stanza out whose sender is to know.
    Refused {
        /// The session.
        recipient: FullJid,
        /// The stanza.
        stanza: Bytes,
    },
    /// Another member changed the privacy lists of an account that has sessions here.
    Privacy {
        /// Whose lists.
        account: BareJid,
        /// The IQ for their clients, or nothing.
        push: Bytes,
    },
    /// Another member asks to show a session of this node to somebody.
    Show {
        /// Whose presence.
        session: FullJid,
        /// Who would see it.
        observer: FullJid,
    },
    /// The account of a session of this node has published another avatar.
    Avatar {
        /// The session.
        session: FullJid,
    },
    /// Another member wants a session of this node to end.
    End {
        /// The session.
        jid: FullJid,
        /// Why.
        error: StreamError,
    },
}

impl Rework {
    fn account(&self) -> BareJid {
        match self {
            Self::Lost { recipient, .. } | Self::Refused { recipient, .. } => recipient.to_bare(),
            Self::Show { session, .. } | Self::Avatar { session } => session.to_bare(),
            Self::Ended { record, .. } => record.jid.to_bare(),
            Self::End { jid, .. } => jid.to_bare(),
            Self::Push { account, .. } | Self::Privacy { account, .. } => account.clone(),
        }
    }
}

/// One bounded queue for each shard; who adds to a full one waits.
pub(super) fn queues() -> (Vec<mpsc::Sender<Rework>>, Vec<mpsc::Receiver<Rework>>) {
    (0..limits::REROUTE_SHARDS).map(|_| mpsc::channel(limits::REROUTE_QUEUE_MAX)).unzip()
}

/// Starts a task for each queue. They end with the service's tasks, after what is queued then is done.
pub(super) fn start(service: &Arc<Service>, receivers: Vec<mpsc::Receiver<Rework>>) {
    for mut receiver in receivers {
        let service = Arc::downgrade(service);
        let Some(strong) = service.upgrade() else { return };
        let token = strong.tasks.token().clone();
        strong.tasks.spawn("rework", async move {
            loop {
                let work = tokio::select! {
                    biased;
                    work = receiver.recv() => work,
                    // Nothing can be added any more; what was added before is still done.
                    () = token.cancelled(), if !receiver.is_closed() => {
                        receiver.close();
                        continue;
                    }
                };
                let (Some(work), Some(service)) = (work, service.upgrade()) else { return };
                service.do_rework_in_time(work).await;
            }
        });
    }
}

/// Which of [`limits::REROUTE_SHARDS`] an account belongs to.
pub(super) fn shard_of(account: &BareJid) -> usize {
    let mut hasher = DefaultHasher::new();
    account.as_str().hash(&mut hasher);
    usize::try_from(hasher.finish() % limits::REROUTE_SHARDS as u64).unwrap_or_default()
}

impl Service {
    /// Queues work behind earlier work for the same account.
    pub(crate) async fn rework(&self, work: Rework) {
        let Some(queue) = self.rework.get(shard_of(&work.account())) else { return };
        self.drain.rework_begun();
        if let Err(mpsc::error::SendError(work)) = queue.send(work).await {
            // The queues are closed because the server stops; order no longer matters.
            self.do_rework_in_time(work).await;
        }
    }

    /// Queues work that may be left undone where too much of it waits.
    pub(crate) fn rework_soon(&self, work: Rework) {
        let Some(queue) = self.rework.get(shard_of(&work.account())) else { return };
        self.drain.rework_begun();
        if queue.try_send(work).is_err() {
            drop(self.drain.rework_under_way());
        }
    }

    /// Two members whose queues are full could wait for each other for ever; then one piece of work is given up.
    async fn do_rework_in_time(&self, work: Rework) {
        let account = work.account();
        let _counted = self.drain.rework_under_way();
        if tokio::time::timeout(limits::REROUTE_TIMEOUT, self.do_rework(work)).await.is_err() {
            warn!(jid = %account, "work for an account given up, other members or the database are too slow");
        }
    }

    async fn do_rework(&self, work: Rework) {
        match work {
            Rework::Lost { recipient, stanza } => self.route_lost(&recipient, &stanza).await,
            Rework::End { jid, error } => {
                self.end_local(&jid, error).await;
            }
            Rework::Push { account, contact } => self.push_here(&account, &contact).await,
            Rework::Privacy { account, push } => self.obey_changed_privacy(&account, &push).await,
            Rework::Show { session, observer } => self.show_if_allowed(&session, &observer).await,
            Rework::Avatar { session } => self.announce_avatar(&session).await,
            Rework::Refused { recipient, stanza } => {
                if let Ok(stanza) = parse_stanza(&stanza) {
                    debug!(jid = %recipient.to_bare(), "a stanza was kept out by a privacy list");
                    self.bounce(&stanza, Condition::ServiceUnavailable).await;
                }
            }
            Rework::Ended { record, is_over } => {
                // The user may have logged in here with the same full JID already.
                let is_back = self
                    .cluster
                    .sessions()
                    .get(&record.jid)
                    .is_some_and(|entry| entry.record.presence.is_some());
                if !is_back {
                    self.announce_end_here(&record, is_over).await;
                }
            }
        }
    }

    /// Decides again about a stanza whose recipient is gone (RFC 6121 §8.5.3.2).
    async fn route_lost(&self, recipient: &FullJid, stanza: &Bytes) {
        // Presence for a session that is gone interests nobody; requests wait in the roster.
        if stanza.starts_with(b"<presence") {
            return;
        }
        self.metrics.rerouted.inc();
        let stanza = match parse_stanza(stanza) {
            Ok(stanza) => stanza,
            Err(err) => {
                warn!(%err, "stanza from the queues cannot be read");
                return;
            }
        };
        match stanza.name() {
            "message" => self.reroute_message(recipient, stanza).await,
            "iq" => self.bounce(&stanza, Condition::ServiceUnavailable).await,
            _ => {}
        }
    }
}
