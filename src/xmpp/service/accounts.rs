//! The end of an account, and changes of its password.

use cobnut_model::ScramKeys;
use cobnut_store::StoreError;
use cobnut_xmpp_proto::roster::apply_removal;
use cobnut_xmpp_proto::sasl::new_password_keys;
use jid::BareJid;
use tracing::{info, warn};

use super::core::Service;

/// What the client of a deleted account is told.
const DELETED: &str = "The account was deleted";

impl Service {
    /// Deletes an account: ends its sessions, tells its contacts (unsubscribe, unsubscribed), removes it from the store.
    /// Returns whether it existed.
    pub(crate) async fn delete_account(&self, username: &str) -> Result<bool, StoreError> {
        if self.store.user(username).await?.is_none() {
            return Ok(false);
        }
        let Ok(account) = BareJid::new(&format!("{username}@{}", self.domain)) else { return Ok(false) };
        // First the contacts, while the sessions are there: whoever saw one sees it leave, and sees it once, because
        // the sessions end without a roster.
        for item in self.store.roster(username).await? {
            self.change_roster_item(&account, &item.jid, |_| (None, ())).await?;
            for stanza in apply_removal(&item) {
                if let Err(err) = self.subscription_on_behalf(&account, &item.jid, stanza).await {
                    warn!(%err, jid = %item.jid, "contact not told of a deleted account");
                }
            }
        }
        self.end_sessions_of(&account, DELETED).await;
        let existed = self.store.delete_user(username).await?;
        self.groups.outdate();
        // Whoever logged in while the account was being deleted.
        self.end_sessions_of(&account, DELETED).await;
        info!(jid = %account, "account deleted");
        Ok(existed)
    }

    /// Replaces the password of an account. Returns whether it exists.
    pub(crate) async fn change_password(&self, username: &str, password: String) -> Result<bool, StoreError> {
        let keys = new_keys(password).await;
        if keys.is_empty() {
            return Ok(false);
        }
        self.store.set_credentials(username, &keys).await
    }
}

/// Keys of a new password; none if it cannot be prepared.
pub(crate) async fn new_keys(password: String) -> Vec<ScramKeys> {
    // Thousands of hash rounds: not on a thread that serves sockets.
    let made = tokio::task::spawn_blocking(move || new_password_keys(&password, rand::fill));
    made.await.unwrap_or_default()
}
