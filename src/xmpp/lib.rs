//! XMPP service for clients: connections, and the server side of every XEP.
//!
//! Plain `async` handlers over the store and the cluster. Protocol decisions live in `cobnut-xmpp-proto`.

// With optimisation the compiler lays out whole trees of futures at once: those of three database engines nest deeply.
#![recursion_limit = "256"]

mod archive;
mod bytestreams;
mod connection;
mod iq;
mod listener;
mod messages;
mod metrics;
mod muc;
pub mod passwords;
mod presence;
mod privacy;
mod pubsub;
mod roster;
mod service;
mod settings;
mod throttle;
mod xep;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cobnut_mesh::{Cluster, ClusterEvent, Listener};
use cobnut_model::limits::CLIENT_DRAIN_TIMEOUT;
use cobnut_store::Store;
use cobnut_xmpp_proto::stream::NegotiationSettings;
use jid::{BareJid, FullJid};
use tokio::net::TcpListener;

use crate::bytestreams::PROXY_SERVICE;
use crate::connection::{Accounts, Admission, Context, Resumptions, Security, TlsSide};
use crate::listener::listen;
use crate::metrics::ConnectionMetrics;
use crate::service::{C2S_SERVICE, C2S_TLS_SERVICE, Service};

pub use service::{DrainState, Drained};
pub use settings::{
    Addresses, AnonymousPolicy, ArchivePolicy, ArrivalPolicy, BadProperty, ClientLimits, ClientStatePolicy,
    ConflictPolicy, LoginPolicy, ManagementPolicy, Mechanisms, OfflineCleaning, OfflinePolicy, ProxyPolicy,
    PubsubPolicy, RegistrationPolicy, SearchField, SearchPolicy, ServicePolicy, TlsPolicy, XmppSettings,
};

/// What the service works with.
pub struct XmppParts {
    /// Accounts, rosters, offline messages.
    pub store: Store,
    /// Sessions and members.
    pub cluster: Cluster,
    /// Events of that cluster.
    pub events: tokio::sync::mpsc::Receiver<ClusterEvent>,
    /// Server side of TLS.
    pub tls: cobnut_net::ServerTls,
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
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The domain cannot be the domain of a JID.
    #[error("serve the domain {domain:?}: set xmpp.domain to a host name")]
    Domain {
        /// The domain as configured.
        domain: String,
        /// What is wrong with it.
        #[source]
        source: jid::Error,
    },
}

/// The running service; cheap to clone. Ends with its [`cobnut_net::Tasks`].
#[derive(Clone)]
pub struct Xmpp {
    service: Arc<Service>,
    /// Listeners and connections; ending them is what [`Self::drain`] does.
    connections: cobnut_net::Tasks,
    c2s: Option<SocketAddr>,
    c2s_tls: Option<SocketAddr>,
    proxy: Option<SocketAddr>,
}

impl Xmpp {
    /// Binds the ports and starts serving.
    pub async fn start(settings: XmppSettings, parts: XmppParts) -> Result<Self, StartError> {
        let domain = BareJid::new(&settings.domain)
            .map_err(|source| StartError::Domain { domain: settings.domain.clone(), source })?;
        let c2s = settings.c2s.map(bind).transpose()?;
        let c2s_tls = settings.c2s_tls.map(bind).transpose()?;
        let service = Service::new(
            domain.clone(),
            parts.store.clone(),
            parts.cluster,
            parts.tasks.clone(),
            &parts.metrics,
            settings.policy,
        );
        service.clean_offline_messages(service.policy.cleaning);
        service.clean_archives();
        parts.tasks.spawn("cluster events", Arc::clone(&service).run_events(parts.events));

        let mechanisms = settings.mechanisms.offered_to(&parts.store).await;
        let connections = parts.tasks.child();
        let context = Arc::new(Context {
            negotiation: NegotiationSettings {
                domain: domain.to_string(),
                offers_tls: settings.tls_policy != TlsPolicy::Disabled,
                requires_tls: settings.tls_policy == TlsPolicy::Required,
                accepts_any_host: settings.accepts_any_host,
                sasl_attempts: settings.limits.sasl_attempts,
                mechanisms,
                limits: settings.limits.told(),
                offers_management: settings.limits.management.is_on,
                caps: xep::xep_0115_capabilities::server_caps(&service),
                offers_roster_versions: service.policy.has_roster_versions,
                offers_client_state: settings.limits.client_state.is_on,
                offers_registration: settings.limits.registrations.is_open,
            },
            anonymous: settings.anonymous,
            tls: TlsSide::new(parts.tls),
            service: Arc::clone(&service),
            accounts: Accounts::new(
                parts.store,
                Arc::clone(&service.logins),
                settings.limits.registrations.per_address,
            ),
            admission: Admission::new(&settings.limits),
            resumptions: Arc::new(Resumptions::default()),
            metrics: ConnectionMetrics::register(&parts.metrics),
            shutdown: connections.token().clone(),
            limits: settings.limits,
        });
        let mut xmpp = Self { service, connections, c2s: None, c2s_tls: None, proxy: None };
        // Before the clients come, who ask for it.
        xmpp.proxy = settings.proxy.and_then(|address| xmpp.start_proxy(address));
        if let Some(listener) = c2s {
            xmpp.c2s = listener.local_addr().ok();
            xmpp.listen(listener, Security::StartTls, &context);
        }
        if let Some(listener) = c2s_tls {
            xmpp.c2s_tls = listener.local_addr().ok();
            xmpp.listen(listener, Security::DirectTls, &context);
        }
        xmpp.describe_ports();
        Ok(xmpp)
    }

    /// Starts the file transfer proxy. Chat does not depend on it, so a port that is taken stops nothing else.
    fn start_proxy(&self, address: SocketAddr) -> Option<SocketAddr> {
        let started = cobnut_net::bind(address, cobnut_net::BindOptions::default())
            .and_then(|listener| bytestreams::start(listener, &self.service, &self.connections));
        match started {
            Ok(address) => Some(address),
            Err(err) => {
                tracing::warn!(
                    %address,
                    %err,
                    "the file transfer proxy of this node is off, because its port cannot be bound: clients of this \
                     node that cannot reach each other send files through another member, or in small pieces through \
                     the chat connection; end what holds the port, or set the system property xmpp.proxy.port, and \
                     restart the node"
                );
                None
            }
        }
    }

    fn listen(&self, listener: TcpListener, security: Security, context: &Arc<Context>) {
        let listening = listen(listener, security, Arc::clone(context), self.connections.clone());
        self.connections.spawn("client listener", listening);
    }

    /// Where the STARTTLS port is bound.
    pub fn c2s_addr(&self) -> Option<SocketAddr> {
        self.c2s
    }

    /// Where the direct TLS port is bound.
    pub fn c2s_tls_addr(&self) -> Option<SocketAddr> {
        self.c2s_tls
    }

    /// Where the file transfer proxy is bound.
    pub fn proxy_addr(&self) -> Option<SocketAddr> {
        self.proxy
    }

    /// Ends one session, wherever in the cluster it is. Returns whether it was there.
    pub async fn kick(&self, jid: &FullJid, text: &str) -> bool {
        self.service.kick(jid, text).await
    }

    /// Ends all sessions of an account in the cluster with `not-authorized`: its password changed, it was locked or deleted.
    pub async fn end_sessions_of(&self, jid: &BareJid, text: &str) {
        self.service.end_sessions_of(jid, text).await;
    }

    /// Deletes an account: ends its sessions, tells its contacts (unsubscribe, unsubscribed), removes it from the store.
    /// Returns whether it existed.
    pub async fn delete_account(&self, username: &str) -> Result<bool, cobnut_store::StoreError> {
        self.service.delete_account(username).await
    }

    /// Takes no new clients and sends those of this node to other members, or away when there is none; waits until they
    /// are gone and everything that was accepted from them or for them is delivered, handed over, stored or returned.
    /// Connections that are left after `patience` are closed. Until [`Self::welcome_clients`] new clients are turned away.
    pub async fn drain_clients(&self, patience: Duration) -> Drained {
        self.service.drain_clients(patience).await
    }

    /// Ends [`Self::drain_clients`]: clients may log in again.
    pub fn welcome_clients(&self) {
        self.service.welcome_clients();
    }

    /// Whether clients are welcome.
    pub fn drain_state(&self) -> DrainState {
        self.service.drain_state()
    }

    /// Sessions whose connection this node holds.
    pub fn sessions_here(&self) -> usize {
        self.service.session_count()
    }

    /// Tells the other members where this node serves clients, so that they can send theirs here.
    fn describe_ports(&self) {
        let ports = [(C2S_SERVICE, self.c2s), (C2S_TLS_SERVICE, self.c2s_tls), (PROXY_SERVICE, self.proxy)];
        self.service.cluster.describe_node(|record| {
            record.listeners.retain(|listener| ports.iter().all(|(service, _)| listener.service != *service));
            record.listeners.extend(ports.into_iter().filter_map(|(service, address)| {
                Some(Listener { service: service.to_owned(), address: address? })
            }));
        });
    }

    /// Closes all client streams with `system-shutdown` and waits for them, for at most the shutdown time.
    pub async fn drain(&self) {
        if !self.connections.shut_down(CLIENT_DRAIN_TIMEOUT * 2).await {
            tracing::warn!("some clients did not take note of the shutdown in time");
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    cobnut_net::bind(address, cobnut_net::BindOptions::default())
        .map_err(|source| StartError::Bind { address, source })
}
