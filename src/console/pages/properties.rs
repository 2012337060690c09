//! System properties as they are in the database.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::chrome::{Chrome, Menu, Tab};
use super::{Page, html};
use crate::app::App;
use crate::visitor::Admin;

/// Words in the name of a property whose value is not shown. Openfire's list, and ours for what it forgot.
const SECRET_WORDS: &[&str] = &["passwd", "password", "cookiekey", "secret", "token", "privatekey"];

struct Row {
    name: String,
    /// Absent when it is not shown.
    value: Option<String>,
}

#[derive(Template)]
#[template(path = "properties.html")]
struct PropertiesPage {
    chrome: Chrome,
    rows: Vec<Row>,
}

pub(super) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Page {
    let mut properties = app.store.properties().await?;
    properties.sort();
    let rows = properties.into_iter().map(|(name, value)| {
        let value = (!is_secret(&name)).then_some(value);
        Row { name, value }
    });
    let rows = rows.collect();
    html(&PropertiesPage {
        rows,
        chrome: Chrome::new(&app, admin, Menu::Properties, "menu.system-properties"),
    })
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden() {
        for name in
            ["ldap.adminPassword", "xmpp.socket.ssl.keypass.passwd", "cobnut.cluster.secret", "apiToken"]
        {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("xmpp.domain"));
    }
}
