//! The admin console: pages that work without JavaScript, and a JSON API.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use cobnut_diagnostics::{Diagnostic, Source};

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
    /** For example `network/port`. */
    pub name: String,
    /** As text. */
    pub value: String,
    /** For example `hazelcast.xml:12` or `default`. */
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
    /// Configuration.
    pub config: Arc<ConfigView>,
    /// Server side of TLS for 9091.
    pub tls: Arc<rustls::ServerConfig>,
    /// Where tasks are registered.
    pub tasks: cobnut_net::Tasks,
    /// Shown at `/metrics`.
    pub metrics: cobnut_net::Metrics,
}

/// The running console.
pub struct Console {}

#[expect(unused_variables, clippy::unused_async, reason = "signatures first")]
impl Console {
    /// Binds the ports and starts serving.
    pub async fn start(settings: ConsoleSettings, parts: ConsoleParts) -> std::io::Result<Self> {
        unimplemented!()
    }
    /// Where HTTP is bound.
    pub fn http_addr(&self) -> Option<SocketAddr> {
        unimplemented!()
    }
    /// Where HTTPS is bound.
    pub fn https_addr(&self) -> Option<SocketAddr> {
        unimplemented!()
    }
}
