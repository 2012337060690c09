//! What operators do with a node of the cluster and see of it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use cobnut_model::NodeId;

use crate::cluster::Cluster;
use crate::journal::JournalKind;
use crate::maps::NodeRecord;

/// How Hazelcast of the generation that a file is written for answers probes on the member port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProbeForm {
    /// Text, as up to 3.12.
    Text,
    /// JSON, as from 4.0 on.
    #[default]
    Json,
}

/// The link to one member.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkState {
    /// The member.
    pub member: NodeId,
    /// Whether there is a connection now.
    pub is_connected: bool,
    /// Version of the wire format that the connection speaks; two members speak the newest that both know.
    pub wire_version: Option<u8>,
    /// Whether nothing has been heard of it for the time of suspicion.
    pub is_suspect: bool,
    /// Payloads for it that it has not confirmed, sent or not.
    pub unconfirmed_payloads: usize,
    /// Bytes of those payloads.
    pub unconfirmed_bytes: usize,
    /// Part of the window in use, from 0 to 1.
    pub window_used: f64,
    /// Changes of this node that it has not applied, as last reported.
    pub lag: u64,
}

/// What operators decided for this run of the node.
#[derive(Debug, Default)]
pub(crate) struct Operation {
    is_draining: AtomicBool,
    probe_form: OnceLock<ProbeForm>,
    list_changes: AtomicU64,
    /// Open connections that ask for the health or the members.
    pub(crate) askers: AtomicUsize,
}

impl Operation {
    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// The list of members is another one than before.
    pub(crate) fn list_changed(&self) {
        self.list_changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts the lists of members from 1, as Hazelcast does.
    pub(crate) fn list_version(&self) -> u64 {
        self.list_changes.load(Ordering::Relaxed) + 1
    }

    pub(crate) fn probe_form(&self) -> ProbeForm {
        self.probe_form.get().copied().unwrap_or_default()
    }
}

impl Cluster {
    /// Answers probes on the member port in this form; the first call counts.
    pub fn answer_probes_as(&self, form: ProbeForm) {
        self.inner.operation.probe_form.get_or_init(|| form);
    }

    /// Tells the other members and balancers that ask the member port whether this node sends its clients away. What is done with clients is
    /// not decided here.
    pub fn set_draining(&self, is_draining: bool) {
        if self.inner.operation.is_draining.swap(is_draining, Ordering::Relaxed) != is_draining {
            let kind = if is_draining { JournalKind::Draining } else { JournalKind::Serving };
            self.inner.journal.note(kind, None, String::new(), String::new());
        }
        self.describe_node(|record| record.is_draining = is_draining);
    }

    /// Whether this node sends its clients away.
    pub fn is_draining(&self) -> bool {
        self.inner.operation.is_draining()
    }

    /// What a member says about itself, as far as it is known here.
    pub fn record_of(&self, member: NodeId) -> Option<NodeRecord> {
        self.nodes().get(&member.0).map(|entry| entry.value().clone())
    }

    /// The links to the other members, in the order of node ids.
    pub fn links(&self) -> Vec<LinkState> {
        let engine = self.inner.engine();
        let Some(run) = engine.run.as_ref() else { return Vec::new() };
        let links = run.node.link_figures().into_iter().map(|figures| LinkState {
            member: NodeId(figures.member.node),
            is_connected: figures.is_connected,
            wire_version: figures.wire_version,
            is_suspect: figures.is_suspect,
            unconfirmed_payloads: figures.queued_payloads + figures.unconfirmed_payloads,
            unconfirmed_bytes: figures.queued_bytes + figures.unconfirmed_bytes,
            window_used: figures.window_used,
            lag: figures.lag,
        });
        links.collect()
    }

    /// Version of this node's log of changes.
    pub fn log_version(&self) -> u64 {
        self.inner.engine().run.as_ref().map_or(0, |run| run.node.version())
    }
}
