//! What the cluster tells this node. The loop itself never waits for the database.

use std::sync::Arc;

use cobnut_mesh::{ClusterEvent, Envelope};
use cobnut_model::{NodeId, SessionRecord};
use tokio::sync::mpsc;
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
        while let Some(event) = events.recv().await {
            match event {
                ClusterEvent::Received { from, envelope } => self.receive(from, envelope).await,
                ClusterEvent::Undelivered { to, envelopes } => {
                    info!(member = %to, envelopes = envelopes.len(), "routing again what a lost member did not confirm");
                    for envelope in envelopes {
                        self.route_again(envelope).await;
                    }
                }
                ClusterEvent::MemberJoined(member) => self.greet(member.id),
                ClusterEvent::MemberLeft { member, sessions } => self.bury(member, sessions),
                ClusterEvent::Superseded { jid } => self.supersede(&jid),
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
        }
    }

    async fn route_again(&self, envelope: Envelope) {
        // Who was to be closed is gone with its member.
        if let Envelope::Stanza { to, stanza } = envelope {
            for recipient in to {
                self.rework(Rework::Lost { recipient, stanza: stanza.clone() }).await;
            }
        }
    }

    /// A member was removed: exactly one member announces the end of each of its sessions.
    fn bury(self: &Arc<Self>, member: NodeId, sessions: Vec<Arc<SessionRecord>>) {
        info!(%member, sessions = sessions.len(), "member lost, its sessions are announced as unavailable");
        let service = Arc::clone(self);
        // A task of its own: there may be very many, and their rosters are asked for at the pace of the database.
        self.tasks.spawn("announce lost sessions", async move {
            for record in sessions {
                if service.cluster.is_responsible(record.jid.as_str()) {
                    service.rework(Rework::Ended(record)).await;
                }
            }
        });
    }

    /// A member joined. After a split both sides told their users that the others are gone, so everybody on the new
    /// member who sees one of our sessions is told again.
    fn greet(self: &Arc<Self>, member: NodeId) {
        let service = Arc::clone(self);
        self.tasks.spawn("greet member", async move {
            let token = service.tasks.token().clone();
            // The joining member's sessions arrive after the event.
            tokio::select! {
                () = token.cancelled() => return,
                () = tokio::time::sleep(cobnut_model::limits::PRESENCE_SETTLE) => {}
            }
            service.announce_own_sessions_to(member).await;
        });
    }
}
