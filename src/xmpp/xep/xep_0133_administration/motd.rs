//! The message of the day: what everybody is told who comes online. In the properties of Openfire's MOTD plugin.

use std::sync::{PoisonError, RwLock};

use cobnut_model::limits;
use cobnut_store::StoreError;
use tokio::time::Instant;
use tracing::warn;

use crate::service::Service;

const ENABLED: &str = "plugin.motd.enabled";
const SUBJECT: &str = "plugin.motd.subject";
const MESSAGE: &str = "plugin.motd.message";

/// Subject and text.
type Message = (Option<String>, String);

/// What the database said, and when.
#[derive(Debug, Clone)]
struct Read {
    at: Instant,
    message: Option<Message>,
}

/// The message as last read.
#[derive(Debug, Default)]
pub(crate) struct Motd {
    read: RwLock<Option<Read>>,
    reading: tokio::sync::Mutex<()>,
}

impl Motd {
    fn last(&self) -> Option<Read> {
        self.read.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn fresh(&self) -> Option<Read> {
        self.last().filter(|read| read.at.elapsed() < limits::MOTD_FRESH_TIME)
    }

    fn remember(&self, message: Option<Message>) {
        *self.read.write().unwrap_or_else(PoisonError::into_inner) =
            Some(Read { at: Instant::now(), message });
    }
}

impl Service {
    /// The message of the day. Read once a minute, by whoever comes first; other members show a change as late.
    pub(super) async fn motd(&self) -> Option<Message> {
        if let Some(read) = self.motd.fresh() {
            return read.message;
        }
        let _turn = self.motd.reading.lock().await;
        if let Some(read) = self.motd.fresh() {
            return read.message;
        }
        let message = match self.read_motd().await {
            Ok(message) => message,
            Err(err) => {
                warn!(%err, "message of the day not read again, it stays as it was");
                self.motd.last().and_then(|read| read.message)
            }
        };
        self.motd.remember(message.clone());
        message
    }

    async fn read_motd(&self) -> Result<Option<Message>, StoreError> {
        let property = async |name| {
            let property = self.store.system_property(name).await?;
            Ok::<_, StoreError>(
                property.and_then(|property| property.value).filter(|value| !value.trim().is_empty()),
            )
        };
        // Nobody but the plugin and we write these, so one alone is as good as none.
        let is_on = property(ENABLED).await?.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        if !is_on {
            return Ok(None);
        }
        let Some(body) = property(MESSAGE).await? else { return Ok(None) };
        Ok(Some((property(SUBJECT).await?, body)))
    }

    /// Sets the message of the day, or none.
    pub(super) async fn set_motd(&self, body: Option<&str>) -> Result<(), StoreError> {
        if let Some(body) = body {
            self.store.set_property(MESSAGE, Some(body)).await?;
        }
        self.store.set_property(ENABLED, Some(if body.is_some() { "true" } else { "false" })).await?;
        let message = self.read_motd().await?;
        self.motd.remember(message);
        Ok(())
    }
}
