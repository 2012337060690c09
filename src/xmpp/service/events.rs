//! What the cluster tells this node. The loop itself never waits for the database.

use std::collections::HashMap;
use std::sync::Arc;

use cobnut_mesh::{ClusterEvent, Envelope};
use cobnut_model::{MemberInfo, NodeId, SessionRecord};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};

use super::core::Service;
use super::rework::Rework;
use super::seam::StreamError;

/// Stream error conditions that a member may ask for; anything else becomes `policy-violation`.
const CONDITIONS: [&str; 6] = [
    "conflict",
    "not-authorized",
    "policy-violation",
    "resource-constraint",
    "system-shutdown",
    "undefined-condition",
];

impl Service {
    /// Works on cluster events until the channel closes.
    pub(crate) async fn run_events(self: Arc<Self>, mut events: mpsc::Receiver<ClusterEvent>) {
        let mut waiting = HashMap::new();
        while let Some(event) = events.recv().await {
            match event {
                ClusterEvent::Received { from, envelope } => self.receive(from, envelope).await,
                ClusterEvent::Undelivered { to, envelopes } => {
                    info!(member = %to, envelopes = envelopes.len(), "routing again what a lost member did not confirm");
                    for envelope in envelopes {
                        self.route_again(envelope).await;
                    }
                }
                ClusterEvent::MemberJoined(MemberInfo { id, .. }) | ClusterEvent::ForgottenBy(id) => {
                    // Nobody told us what it changed while it was away.
                    self.rosters.outdate_all();
                    self.greet(id, &mut waiting);
                }
                ClusterEvent::MemberLeft { member, sessions, we_left } => {
                    waiting.remove(&member);
                    self.carry_on_after(member, &sessions, we_left);
                    self.bury(member, sessions, we_left);
                }
                ClusterEvent::Superseded { jid } => self.supersede(&jid),
                ClusterEvent::Standing(_) => {}
            }
        }
    }

    async fn receive(&self, from: NodeId, envelope: Envelope) {
        match envelope {
            Envelope::Stanza { to, stanza } => {
                for recipient in to {
                    if !self.deliver_here(&recipient, &stanza) {
                        debug!(member = %from, jid = %recipient, "session gone before its stanza came");
                        self.rework(Rework::Lost { recipient, stanza: stanza.clone() }).await;
                    }
                }
            }
            Envelope::Close { jid, condition, text } => {
                let condition =
                    CONDITIONS.into_iter().find(|&known| known == condition).unwrap_or("policy-violation");
                self.rework(Rework::End { jid, error: StreamError { condition, text } }).await;
            }
            Envelope::RosterChanged { account } => self.rosters.outdate(&account),
            Envelope::RosterPush { account, contact } => self.rework(Rework::Push { account, contact }).await,
            Envelope::GroupChat { payload } => self.receive_about_rooms(from, &payload),
            Envelope::PrivacyChanged { account, push } => {
                self.rework(Rework::Privacy { account, push }).await;
            }
            Envelope::FailedLogins { failures } => self.learn_of_failed_logins(failures),
            Envelope::PresenceProbe { session, observer } => {
                self.rework(Rework::Show { session, observer }).await;
            }
            Envelope::PubsubEvent { node, to, stanza } => self.take_event(&node, &to, &stanza),
        }
    }

    async fn route_again(&self, envelope: Envelope) {
        // Who was to be closed is gone with its member, and so is what it remembered of rosters.
        match envelope {
            Envelope::Stanza { to, stanza } => {
                for recipient in to {
                    self.rework(Rework::Lost { recipient, stanza: stanza.clone() }).await;
                }
            }
            Envelope::GroupChat { payload } => self.route_about_rooms_again(&payload),
            Envelope::Close { .. }
            | Envelope::RosterChanged { .. }
            | Envelope::RosterPush { .. }
            | Envelope::PrivacyChanged { .. }
            | Envelope::PresenceProbe { .. }
            | Envelope::FailedLogins { .. }
            | Envelope::PubsubEvent { .. } => {}
        }
    }

    /// A member was removed: each member tells its own users about the end of the lost sessions. Members need not agree
    /// on who is gone, or when: what a user is told follows what the user's member knows. If it was this node that left
    /// (`is_ours`), the sessions go on elsewhere, and nothing is stored about their end.
    fn bury(self: &Arc<Self>, member: NodeId, sessions: Vec<Arc<SessionRecord>>, is_ours: bool) {
        // A node that stops has parted with its clients before it leaves the cluster, and the others live on.
        if is_ours && self.local.len() == 0 {
            return;
        }
        info!(%member, sessions = sessions.len(), "member lost, its sessions are announced as unavailable");
        let service = Arc::clone(self);
        // A task of its own: there may be very many, and their rosters are asked for at the pace of the database.
        self.tasks.spawn("announce lost sessions", async move {
            for record in sessions {
                service.rework(Rework::Ended { record, is_over: !is_ours }).await;
            }
        });
    }

    /// A member joined, or took us back. After a split a side that noticed told its users that the others are gone, so
    /// everybody on that member who sees one of our sessions is told again.
    fn greet(self: &Arc<Self>, member: NodeId, waiting: &mut HashMap<NodeId, CancellationToken>) {
        let token = self.tasks.token().child_token();
        // The later of two reasons counts: at the first one the member's sessions may be far from known.
        if let Some(former) = waiting.insert(member, token.clone()) {
            former.cancel();
        }
        let service = Arc::clone(self);
        self.tasks.spawn("greet member", async move {
            // The joining member's sessions arrive after the event.
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(cobnut_model::limits::PRESENCE_SETTLE) => {}
            }
            service
                .read_privacy_again(|of_account| of_account.iter().any(|entry| entry.member == member))
                .await;
            service.announce_own_sessions_to(member).await;
            service.hand_over_after_split().await;
        });
    }
}
