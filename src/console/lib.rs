//! The admin console: pages that work without JavaScript, and a JSON API.
//!
//! Reads the session maps, the store and the configuration; changes go through the handles of their owners.
//! Invariant: every form carries the token of its session, every value is escaped, nothing comes from other sites.

// With optimisation the compiler lays out whole trees of futures at once: those of three database engines nest deeply.
#![recursion_limit = "256"]

mod accounts;
mod api;
mod app;
mod assets;
mod auth;
mod display;
mod error;
mod i18n;
mod lint_module;
mod metrics;
mod pages;
mod reload;
mod routes;
mod server;
mod visitor;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use cobnut_diagnostics::{Diagnostic, Source};
use cobnut_net::BindOptions;
use tokio_rustls::TlsAcceptor;
use tracing::info;

pub use self::reload::{Reloaded, Reloader};

/// Where the console listens.
#[derive(Debug, Clone)]
pub struct ConsoleSettings {
    /// 9090.
    pub http: Option<SocketAddr>,
    /// 9091.
    pub https: Option<SocketAddr>,
    /// Accounts that may log in: Openfire's `admin.authorizedJIDs`, or `admin` alone.
    pub admins: Vec<String>,
    /// A bearer token that the command line of this machine uses for the JSON API.
    pub api_token: String,
}

/// What the console shows of the configuration.
#[derive(Debug, Clone, Default)]
pub struct ConfigView {
    /// Files as they were read.
    pub sources: Vec<(PathBuf, Arc<Source>)>,
    /// The linter's findings on them.
    pub findings: Vec<Diagnostic>,
    /// Effective values and where each came from.
    pub effective: Vec<EffectiveSetting>,
}

/// One effective value.
#[derive(Debug, Clone)]
pub struct EffectiveSetting {
    /// For example `network/port`.
    pub name: String,
    /// As text.
    pub value: String,
    /// For example `hazelcast.xml:12` or `default`.
    pub origin: String,
}

/// What the console works with.
pub struct ConsoleParts {
    /// Accounts.
    pub store: cobnut_store::Store,
    /// Members, sessions, the Enabled/Disabled choice.
    pub cluster: cobnut_mesh::Cluster,
    /// Kicks.
    pub xmpp: cobnut_xmpp::Xmpp,
    /// Orders to this node and the others.
    pub operations: cobnut_operations::Operations,
    /// Configuration.
    pub config: Arc<ConfigView>,
    /// Reads the configuration again.
    pub reloader: Reloader,
    /// Server side of TLS for 9091.
    pub tls: Arc<rustls::ServerConfig>,
    /// Where tasks are registered.
    pub tasks: cobnut_net::Tasks,
    /// Shown at `/metrics`.
    pub metrics: cobnut_net::Metrics,
}

/// The running console; it ends with the tasks of its [`ConsoleParts`].
#[derive(Debug)]
pub struct Console {
    http: Option<SocketAddr>,
    https: Option<SocketAddr>,
}

impl Console {
    /// Binds the ports and starts serving.
    ///
    /// # Errors
    /// The port that cannot be bound; the error says which.
    #[expect(clippy::unused_async, reason = "the signature is settled and leaves room for waiting")]
    pub async fn start(settings: ConsoleSettings, parts: ConsoleParts) -> std::io::Result<Self> {
        let bind = |address: Option<SocketAddr>| address.map(bind).transpose();
        let (http, https) = (bind(settings.http)?, bind(settings.https)?);
        let console = Self { http: server::bound(http.as_ref())?, https: server::bound(https.as_ref())? };
        let (tasks, tls) = (parts.tasks.clone(), TlsAcceptor::from(Arc::clone(&parts.tls)));
        let router = routes::router(Arc::new(app::App::new(&settings, parts)));
        if let Some(listener) = http {
            tasks.spawn("console http", server::serve(listener, None, router.clone(), tasks.clone()));
        }
        if let Some(listener) = https {
            tasks.spawn("console https", server::serve(listener, Some(tls), router, tasks.clone()));
        }
        let shown = |address: Option<SocketAddr>| {
            address.map_or_else(|| "off".to_owned(), |address| address.to_string())
        };
        info!(http = shown(console.http), https = shown(console.https), "admin console ready");
        Ok(console)
    }

    /// Where HTTP is bound.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Where HTTPS is bound.
    pub fn https_addr(&self) -> Option<SocketAddr> {
        self.https
    }
}

fn bind(address: SocketAddr) -> std::io::Result<tokio::net::TcpListener> {
    cobnut_net::bind(address, BindOptions::default())
        .map_err(|err| std::io::Error::new(err.kind(), format!("bind the console port {address}: {err}")))
}
