//! What the operator is told: every happening in the cluster goes to the log and to the journal from here.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use cobnut_mesh_proto::{LeaveReason, Origin, Output, Standing};
use cobnut_model::NodeId;
use tracing::{info, warn};

use crate::engine::{Inner, Run};
use crate::events::ClusterEvent;
use crate::journal::JournalKind;
use crate::settings::LoginObstacle;

impl Inner {
    /// Writes an output that changes nothing but what the operator knows to the log and the journal.
    pub(crate) fn happened(&self, run: &Run, output: &Output) {
        match output {
            Output::Suspected { member, is_suspect: true } => {
                warn!(member = %NodeId(member.node), "nothing heard from member, suspecting it");
                self.note(run, JournalKind::Suspected, *member, String::new());
            }
            Output::Suspected { member, is_suspect: false } => {
                info!(member = %NodeId(member.node), "suspected member was heard again");
                self.note(run, JournalKind::HeardAgain, *member, String::new());
            }
            Output::Link { member, is_connected: true } => {
                info!(member = %NodeId(member.node), "link to member resumed");
                self.note(run, JournalKind::LinkBack, *member, String::new());
            }
            Output::Link { member, is_connected: false } => {
                info!(member = %NodeId(member.node), "connection to member broke");
                self.note(run, JournalKind::LinkLost, *member, String::new());
            }
            Output::Stuck { member, is_stuck, unconfirmed } => {
                self.stuck(run, *member, *is_stuck, *unconfirmed);
            }
            Output::Paused { gap_ms } => {
                warn!(
                    gap_ms,
                    "this node itself had stopped; nobody is judged by what was not heard meanwhile"
                );
                let text = format!("stopped for {}", seconds(*gap_ms));
                self.journal.note(JournalKind::Paused, None, String::new(), text);
            }
            Output::SplitSuspected { lost } => {
                let names: Vec<String> = lost.iter().map(|node| NodeId(*node).to_string()).collect();
                let text = format!("{} members fell silent at once: {}", lost.len(), names.join(", "));
                warn!(lost = lost.len(), members = names.join(", "), "the network may be split");
                self.journal.note(JournalKind::Split, None, String::new(), text);
            }
            Output::Healed { member, away_ms } => {
                info!(member = %NodeId(member.node), away_ms, "a lost member is back");
                self.note(run, JournalKind::Healed, *member, format!("back after {}", seconds(*away_ms)));
            }
            Output::CutOff { member, detail } => {
                warn!(member = %NodeId(member.node), %detail, "two nodes of the cluster cannot reach each other");
                self.note(run, JournalKind::CutOff, *member, detail.clone());
            }
            Output::Nonsense { peer, what, member: Some(member) } => {
                let id = NodeId(member.node);
                warn!(member = %id, peer_addr = %peer, %what, "a member broke the protocol, making a new connection");
                self.note(run, JournalKind::Misbehaved, *member, what.clone());
            }
            Output::Nonsense { peer, what, member: None } => {
                tracing::debug!(peer_addr = %peer, %what, "closed a connection on the mesh port");
            }
            Output::NameTrouble { entry, error: Some(error) } => {
                warn!(member_entry = %entry, err = %error, "member entry cannot be used, trying again regularly");
            }
            Output::NameTrouble { entry, error: None } => {
                info!(member_entry = %entry, "member entry resolves now");
            }
            _ => {}
        }
    }

    fn stuck(&self, run: &Run, origin: Origin, is_stuck: bool, unconfirmed: usize) {
        let member = NodeId(origin.node);
        if is_stuck {
            warn!(
                %member, unconfirmed,
                "member answers heartbeats but takes no stanzas; those to its users wait. See what its process is busy with; \
                 restarting it sends them another way"
            );
            self.note(run, JournalKind::Stuck, origin, format!("{unconfirmed} stanzas wait for it"));
        } else {
            info!(%member, "member takes stanzas again");
            self.note(run, JournalKind::TakesAgain, origin, String::new());
        }
    }

    /// A journal entry about a node that is or was a member.
    pub(crate) fn note(&self, run: &Run, kind: JournalKind, origin: Origin, text: String) {
        let members = run.node.members();
        let name = members.into_iter().find(|member| member.origin.node == origin.node);
        let name = name.map_or(String::new(), |member| member.name);
        self.journal.note(kind, Some(NodeId(origin.node)), name, text);
    }

    pub(crate) fn note_left(&self, member: NodeId, name: String, reason: LeaveReason) {
        let kind = if reason == LeaveReason::Left { JournalKind::Left } else { JournalKind::Lost };
        if reason != LeaveReason::WeLeave {
            self.journal.note(kind, Some(member), name, reason.to_string());
        }
    }

    /// This node changed sides.
    pub(crate) fn standing_changed(&self, standing: Standing) {
        self.set_standing(standing);
        let text = match standing {
            Standing::Majority => {
                info!("this node stands with the majority of the cluster again");
                "with the majority again".to_owned()
            }
            Standing::Minority { have, of } => {
                let refuses = self.login_obstacle().is_some();
                warn!(have, of, refuses_logins = refuses, "this node stands in the minority of the cluster");
                let consequence = if refuses { "logins are refused" } else { "serving on" };
                format!("in touch with {have} of {of} members, {consequence}")
            }
        };
        self.journal.note(JournalKind::Standing, None, String::new(), text);
        self.queue.push(ClusterEvent::Standing(standing), None);
    }

    pub(crate) fn set_standing(&self, standing: Standing) {
        *self.standing.write().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    /// Clustering was switched on or off: what the configuration says about members counts from now on, or no more.
    pub(crate) fn take_part(self: &Arc<Self>, is_on: bool) {
        let is_lite = is_on && self.settings.membership.is_lite;
        self.is_on.store(is_on, Ordering::Relaxed);
        self.describe_node(|record| record.is_lite = is_lite);
        if is_lite {
            info!("this node is a lite member: it sends clients to other members and takes no logins");
        }
    }

    pub(crate) fn login_obstacle(&self) -> Option<LoginObstacle> {
        let rules = &self.settings.membership;
        // A node for itself serves whatever the file says about members.
        if !self.is_on.load(Ordering::Relaxed) {
            return None;
        }
        if rules.is_lite {
            return Some(LoginObstacle::LiteMember);
        }
        match *self.standing.read().unwrap_or_else(PoisonError::into_inner) {
            Standing::Minority { have, of } if rules.minority_refuses_logins || have < rules.members_min => {
                Some(LoginObstacle::Minority { have, of })
            }
            Standing::Minority { .. } | Standing::Majority => None,
        }
    }
}

fn seconds(ms: u64) -> String {
    let (whole, tenths) = (ms / 1000, ms % 1000 / 100);
    format!("{whole}.{tenths} s")
}
