//! The service behind the connections: what happens to a bound session's stanzas.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_mesh::{Cluster, ClusterEvent};
use cobnut_store::Store;
use jid::{BareJid, FullJid};
use minidom::Element;
use tokio::sync::mpsc;

/// An authenticated stream that wants a resource.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    /// The account.
    pub(crate) user: BareJid,
    /// The resource that the client asked for, not yet prepared; `None` lets the server choose.
    pub(crate) resource: Option<String>,
    /// Where the client connects from.
    pub(crate) remote_ip: IpAddr,
    /// Whether the stream is protected by TLS.
    pub(crate) is_encrypted: bool,
}

/// What is written to a client.
#[derive(Debug, Clone)]
pub(crate) enum Outbound {
    /// One serialised stanza.
    Stanza(Bytes),
    /// A stream error (RFC 6120 §4.9), after which the connection ends.
    Close(StreamError),
}

/// A stream error to be sent: a condition of RFC 6120 §4.9.3 and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamError {
    /// Defined condition, for example `conflict`.
    pub(crate) condition: &'static str,
    /// Text for the person; empty leaves it out.
    pub(crate) text: String,
}

/// The bounded queue towards one client.
pub(crate) type Outbox = mpsc::Sender<Outbound>;

/// The service of one node.
pub(crate) struct Service {}

#[expect(unused_variables, clippy::unused_async, reason = "signatures first")]
impl Service {
    /// A service for `domain`.
    pub(crate) fn new(
        domain: BareJid,
        store: Store,
        cluster: Cluster,
        tasks: cobnut_net::Tasks,
        metrics: &cobnut_net::Metrics,
    ) -> Arc<Self> {
        unimplemented!()
    }

    /// Binds a resource (RFC 6120 §7) after settling conflicts in the whole cluster.
    /// From here on stanzas for the session arrive in `outbox`. The error is a stanza error condition.
    pub(crate) async fn bind(
        self: &Arc<Self>,
        login: Login,
        outbox: Outbox,
    ) -> Result<FullJid, &'static str> {
        unimplemented!()
    }

    /// Handles one `iq`, `message` or `presence` of a bound session; stanzas of one session come in order.
    /// Answers go to the outbox. An error ends the stream.
    pub(crate) async fn handle(&self, session: &FullJid, stanza: Element) -> Result<(), StreamError> {
        unimplemented!()
    }

    /// The connection of a bound session ended. Must be called exactly once; `outbox` tells a session from a later
    /// one with the same full JID. Stanzas that were queued and never written come back in `unwritten`.
    pub(crate) async fn closed(&self, session: &FullJid, outbox: &Outbox, unwritten: Vec<Bytes>) {
        unimplemented!()
    }

    /// Works on cluster events until the channel closes.
    pub(crate) async fn run_events(self: Arc<Self>, events: mpsc::Receiver<ClusterEvent>) {
        unimplemented!()
    }
}
