//! Changes to accounts, for pages and API alike.

use std::sync::Arc;

use cobnut_model::User;
use cobnut_store::CreateUser;
use tracing::info;

use crate::app::App;
use crate::auth::{ConsoleSession, keys_fingerprint};
use crate::display;
use crate::error::PageError;

/// Text for the clients of an account whose password changed; clients show it.
const PASSWORD_CHANGED: &str = "The password of this account was changed.";

/// An account to make; everything in it has been checked.
pub(crate) struct NewAccount {
    pub(crate) username: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) password: String,
}

/// Makes an account.
pub(crate) async fn create(app: &App, account: NewAccount, admin: &str) -> Result<CreateUser, PageError> {
    let NewAccount { username, name, email, password } = account;
    let keys = app.passwords.new_keys(password).await.ok_or(PageError::TimedOut)?;
    let now = display::now();
    let user = User { username, name, email, created_at: now, modified_at: now };
    let created = app.store.create_user(&user, &keys).await?;
    if created == CreateUser::Created {
        info!(jid = user.username, admin, "account created in the console");
    }
    Ok(created)
}

/// Changes a password and ends the sessions of the account, except the console session that does it.
/// Returns whether the account exists.
pub(crate) async fn set_password(
    app: &Arc<App>,
    username: &str,
    password: String,
    by: &ConsoleSession,
) -> Result<bool, PageError> {
    let keys = app.passwords.new_keys(password).await.ok_or(PageError::TimedOut)?;
    let jid = app.jid_of(username).ok_or(PageError::NotFound)?;
    let (owner, username, by) = (Arc::clone(app), username.to_owned(), by.clone());
    let change = async move {
        if !owner.store.set_credentials(&username, &keys).await? {
            return Ok(false);
        }
        info!(jid = username, admin = by.username, "password changed in the console");
        if by.username == username {
            owner.sessions.keep_with(&by, keys_fingerprint(&keys));
        }
        owner.sessions.close_all_of(&username, Some(&by));
        owner.xmpp.end_sessions_of(&jid, PASSWORD_CHANGED).await;
        Ok(true)
    };
    app.complete("change password", change).await?
}

/// Deletes an account and ends its sessions. Returns whether it existed.
pub(crate) async fn delete(app: &Arc<App>, username: &str, admin: &str) -> Result<bool, PageError> {
    let (owner, username, admin) = (Arc::clone(app), username.to_owned(), admin.to_owned());
    let change = async move {
        let existed = owner.xmpp.delete_account(&username).await?;
        if existed {
            info!(jid = username, admin, "account deleted in the console");
            owner.sessions.close_all_of(&username, None);
        }
        Ok(existed)
    };
    app.complete("delete account", change).await?
}
