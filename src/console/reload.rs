//! Reading the configuration of the node again, as the console and the API ask for it.

use std::sync::Arc;

use serde::Serialize;
use tracing::info;

use crate::app::App;
use crate::error::PageError;

/// What reading the configuration again changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// Entries of the member list that are dialled from now on.
    pub added: Vec<String>,
    /// Entries that are not dialled any more; members stay.
    pub removed: Vec<String>,
    /// Settings that differ from those in force and count after a restart only.
    pub need_restart: Vec<String>,
}

/// Reads the configuration again and puts into force what can be. It may block, for example on a resolver. The error is
/// for the operator; nothing changed then.
pub type Reloader = Arc<dyn Fn() -> Result<Reloaded, String> + Send + Sync>;

impl App {
    /// Reads the configuration again; the inner error is for the operator.
    pub(crate) async fn reload(&self, who: &str) -> Result<Result<Reloaded, String>, PageError> {
        info!(who, "reading the configuration again");
        let reload = Arc::clone(&self.reloader);
        let reading = async move { tokio::task::spawn_blocking(move || reload()).await };
        self.complete("reload", reading).await?.map_err(|err| PageError::Internal(err.to_string()))
    }
}
