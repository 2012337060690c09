//! XMPP service for clients: connections, and the server side of every XEP.
//!
//! Plain `async` handlers over the store and the cluster. Protocol decisions live in `cobnut-xmpp-proto`.

mod service;
mod settings;

use std::net::SocketAddr;
use std::sync::Arc;

use cobnut_mesh::{Cluster, ClusterEvent};
use cobnut_store::Store;
use jid::{BareJid, FullJid};

pub use settings::{ClientLimits, TlsPolicy, XmppSettings};

/// What the service works with.
pub struct XmppParts {
    /// Accounts, rosters, offline messages.
    pub store: Store,
    /// Sessions and members.
    pub cluster: Cluster,
    /// Events of that cluster.
    pub events: tokio::sync::mpsc::Receiver<ClusterEvent>,
    /// Server side of TLS.
    pub tls: Arc<rustls::ServerConfig>,
    /// Where tasks are registered.
    pub tasks: cobnut_net::Tasks,
    /// Where metrics are registered.
    pub metrics: cobnut_net::Metrics,
}

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port could not be bound.
    #[error("bind the client port {address}")]
    Bind {
        /** The address. */
        address: SocketAddr,
        /** What the system said. */
        #[source]
        source: std::io::Error,
    },
}

/// The running service; cheap to clone. Ends with its [`cobnut_net::Tasks`].
#[derive(Clone)]
pub struct Xmpp {}

#[expect(unused_variables, clippy::unused_async, reason = "signatures first")]
impl Xmpp {
    /// Binds the ports and starts serving.
    pub async fn start(settings: XmppSettings, parts: XmppParts) -> Result<Self, StartError> {
        unimplemented!()
    }
    /// Where the STARTTLS port is bound.
    pub fn c2s_addr(&self) -> Option<SocketAddr> {
        unimplemented!()
    }
    /// Where the direct TLS port is bound.
    pub fn c2s_tls_addr(&self) -> Option<SocketAddr> {
        unimplemented!()
    }
    /// Ends one session, wherever in the cluster it is. Returns whether it was there.
    pub async fn kick(&self, jid: &FullJid, text: &str) -> bool {
        unimplemented!()
    }
    /// Ends all sessions of an account in the cluster with `not-authorized`: its password changed, it was locked or deleted.
    pub async fn end_sessions_of(&self, jid: &BareJid, text: &str) {
        unimplemented!()
    }
    /// Deletes an account: ends its sessions, tells its contacts (unsubscribe, unsubscribed), removes it from the store.
    /// Returns whether it existed.
    pub async fn delete_account(&self, username: &str) -> Result<bool, cobnut_store::StoreError> {
        unimplemented!()
    }
    /// Closes all client streams with `system-shutdown` and waits for them, for at most the shutdown time.
    pub async fn drain(&self) {
        unimplemented!()
    }
}
