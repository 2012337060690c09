//! What every page and every API call works with.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use cobnut_mesh::Cluster;
use cobnut_model::limits::{CONSOLE_REQUEST_TIMEOUT, USERNAME_CHARS_MAX};
use cobnut_net::{Metrics, Tasks};
use cobnut_operations::Operations;
use cobnut_store::Store;
use cobnut_xmpp::Xmpp;
use jid::{BareJid, NodePart};

use crate::auth::{ConsoleSessions, LoginThrottle, LoginTokens, Passwords};
use crate::error::PageError;
use crate::i18n::Catalogue;
use crate::metrics::ConsoleMetrics;
use crate::{ConfigView, ConsoleParts, ConsoleSettings, Reloader};

/// The state of the console.
pub(crate) struct App {
    pub(crate) store: Store,
    pub(crate) cluster: Cluster,
    pub(crate) xmpp: Xmpp,
    pub(crate) operations: Operations,
    pub(crate) config: Arc<ConfigView>,
    pub(crate) reloader: Reloader,
    pub(crate) registry: Metrics,
    pub(crate) metrics: ConsoleMetrics,
    pub(crate) catalogue: Catalogue,
    pub(crate) sessions: ConsoleSessions,
    pub(crate) login_tokens: LoginTokens,
    pub(crate) throttle: LoginThrottle,
    pub(crate) passwords: Passwords,
    pub(crate) api_token: String,
    pub(crate) started_at: Instant,
    admins: Vec<String>,
    tasks: Tasks,
}

impl App {
    pub(crate) fn new(settings: &ConsoleSettings, parts: ConsoleParts) -> Self {
        let domain = &parts.cluster.identity().domain;
        let admins = settings.admins.iter().filter_map(|admin| local_username(admin, domain)).collect();
        Self {
            metrics: ConsoleMetrics::register(&parts.metrics),
            store: parts.store,
            cluster: parts.cluster,
            xmpp: parts.xmpp,
            operations: parts.operations,
            config: parts.config,
            reloader: parts.reloader,
            registry: parts.metrics,
            catalogue: Catalogue::load(),
            sessions: ConsoleSessions::default(),
            login_tokens: LoginTokens::new(),
            throttle: LoginThrottle::default(),
            passwords: Passwords::new(),
            api_token: settings.api_token.clone(),
            started_at: Instant::now(),
            admins,
            tasks: parts.tasks,
        }
    }

    /// The served domain.
    pub(crate) fn domain(&self) -> &str {
        &self.cluster.identity().domain
    }

    /// Whether an account, by its prepared name, may log in here.
    pub(crate) fn is_admin(&self, username: &str) -> bool {
        self.admins.iter().any(|admin| admin == username)
    }

    /// The prepared localpart of what a person typed as a name, with or without our domain.
    pub(crate) fn local_username(&self, typed: &str) -> Option<String> {
        local_username(typed, self.domain())
    }

    /// The address of an account of this domain.
    pub(crate) fn jid_of(&self, username: &str) -> Option<BareJid> {
        format!("{username}@{}", self.domain()).parse().ok()
    }

    /// Runs a change to its end even if the browser hangs up meanwhile, so that a change of several steps is
    /// either made or not.
    pub(crate) async fn complete<T, F>(&self, name: &'static str, change: F) -> Result<T, PageError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (done, result) = tokio::sync::oneshot::channel();
        self.tasks.spawn(name, async move {
            if let Ok(value) = tokio::time::timeout(CONSOLE_REQUEST_TIMEOUT, change).await {
                // Nobody listens any more when the browser hung up.
                let _unheard = done.send(value);
            }
        });
        result.await.map_err(|_| PageError::TimedOut)
    }
}

/// Why a name cannot be a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsernameError {
    Empty,
    TooLong,
    Forbidden,
}

/// Prepares a new username (RFC 7622 §3.3 through RFC 6122 nodeprep) and checks that Openfire's column holds it.
pub(crate) fn new_username(typed: &str) -> Result<String, UsernameError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(UsernameError::Empty);
    }
    let prepared = NodePart::new(typed).map_err(|_| UsernameError::Forbidden)?.to_string();
    if prepared.chars().count() > USERNAME_CHARS_MAX {
        return Err(UsernameError::TooLong);
    }
    Ok(prepared)
}

fn local_username(typed: &str, our_domain: &str) -> Option<String> {
    let typed = typed.trim();
    let name = match typed.split_once('@') {
        Some((name, domain)) if domain.eq_ignore_ascii_case(our_domain) => name,
        Some(_) => return None,
        None => typed,
    };
    NodePart::new(name).ok().map(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admins_are_local_accounts_with_or_without_the_domain() {
        for (typed, expected) in [
            ("admin", Some("admin")),
            (" Admin ", Some("admin")),
            ("admin@example.net", Some("admin")),
            ("admin@EXAMPLE.net", Some("admin")),
            ("admin@example.org", None),
            ("", None),
            ("a b", None),
        ] {
            assert_eq!(local_username(typed, "example.net").as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn usernames_are_prepared_and_checked() {
        assert_eq!(new_username("10023"), Ok("10023".to_owned()));
        assert_eq!(new_username("Jürgen"), Ok("jürgen".to_owned()));
        assert_eq!(new_username("张三"), Ok("张三".to_owned()));
        assert_eq!(new_username("  "), Err(UsernameError::Empty));
        for bad in ["a b", "a@b", "a/b", "a'b", "a\"b", "<a>", "a&b", "a:b", "a\u{7}"] {
            assert_eq!(new_username(bad), Err(UsernameError::Forbidden), "{bad}");
        }
        assert_eq!(new_username(&"ü".repeat(64)).map(|name| name.chars().count()), Ok(64));
        assert_eq!(new_username(&"a".repeat(65)), Err(UsernameError::TooLong));
    }
}
