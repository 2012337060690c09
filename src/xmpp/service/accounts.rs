//! The end of an account, and changes of its password.

use cobnut_store::StoreError;
use cobnut_xmpp_proto::roster::apply_removal;
use cobnut_xmpp_proto::sasl::new_password_keys;
use jid::BareJid;
use tracing::{info, warn};

use super::core::Service;

impl Service {
    /// Deletes an account: ends its sessions, tells its contacts (unsubscribe, unsubscribed), removes it from the store.
    /// Returns whether it existed.
    pub(crate) async fn delete_account(&self, username: &str) -> Result<bool, StoreError> {
        if self.store.user(username).await?.is_none() {
            return Ok(false);
        }
        let Ok(account) = BareJid::new(&format!("{username}@{}", self.domain)) else { return Ok(false) };
        let roster = self.store.roster(username).await?;
        // First the account, so that nobody can log in again while its sessions end.
        let existed = self.store.delete_user(username).await?;
        self.end_sessions_of(&account, "The account was deleted").await;
        for item in roster {
            for stanza in apply_removal(&item) {
                if let Err(err) = self.subscription_on_behalf(&account, &item.jid, stanza).await {
                    warn!(%err, jid = %item.jid, "contact not told of a deleted account");
                }
            }
        }
        info!(jid = %account, "account deleted");
        Ok(existed)
    }

    /// Replaces the password of an account. Returns whether it exists.
    pub(crate) async fn change_password(&self, username: &str, password: String) -> Result<bool, StoreError> {
        // Thousands of hash rounds: not on a thread that serves sockets.
        let keys = tokio::task::spawn_blocking(move || {
            new_password_keys(&password, |salt| rand::Rng::fill_bytes(&mut rand::rng(), salt))
        })
        .await
        .unwrap_or_default();
        if keys.is_empty() {
            return Ok(false);
        }
        self.store.set_credentials(username, &keys).await
    }
}
