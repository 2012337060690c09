//! System properties as they are in the database, what becomes of them, and the defaults of those that are not set.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use cobnut_openfire::system_properties::{self, Effect, Kind, SystemProperty};

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
    is_set: bool,
    is_obeyed: bool,
    /// Why it has no effect; empty if there is nothing to say.
    reason: &'static str,
}

impl Row {
    /// A row of the database.
    fn stored(property: cobnut_store::SystemProperty) -> Self {
        let known = system_properties::find(&property.name);
        let is_hidden = property.is_encrypted
            || is_secret(&property.name)
            || known.is_some_and(|known| known.kind == Kind::Secret);
        let (is_obeyed, reason) = match known.map(|known| known.effect) {
            Some(Effect::NoEffect(reason)) => (false, reason),
            Some(Effect::Obeyed | Effect::RefusedUnless(..)) => (true, ""),
            // Ours.
            None => (property.name.starts_with("cobnut."), ""),
        };
        let value = property.value.filter(|_| !is_hidden);
        Self { name: property.name, value, is_set: true, is_obeyed, reason }
    }

    /// What applies because nobody set it.
    fn default(known: &SystemProperty) -> Option<Self> {
        let is_listed = known.effect == Effect::Obeyed && known.kind != Kind::Secret;
        let value = known.default.filter(|_| is_listed)?.to_owned();
        let name = known.name.to_owned();
        Some(Self { name, value: Some(value), is_set: false, is_obeyed: true, reason: "" })
    }
}

#[derive(Template)]
#[template(path = "properties.html")]
struct PropertiesPage {
    chrome: Chrome,
    rows: Vec<Row>,
}

pub(super) async fn show(State(app): State<Arc<App>>, admin: Admin) -> Page {
    let mut rows: Vec<Row> = app.store.system_properties().await?.into_iter().map(Row::stored).collect();
    let defaults: Vec<Row> = system_properties::all()
        .filter(|known| !rows.iter().any(|row| row.name == known.name))
        .filter_map(Row::default)
        .collect();
    rows.extend(defaults);
    rows.sort_by(|one, other| one.name.cmp(&other.name));
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

    #[test]
    fn rows_tell_what_becomes_of_them() {
        let row = |name: &str, is_encrypted: bool| {
            let (name, value) = (name.to_owned(), Some("x".to_owned()));
            Row::stored(cobnut_store::SystemProperty { name, value, is_encrypted })
        };
        assert!(row("xmpp.client.idle", false).is_obeyed && row("xmpp.client.idle", false).value.is_some());
        assert!(!row("xmpp.pubsub.flush.max", false).reason.is_empty());
        assert!(!row("plugin.own", false).is_obeyed);
        assert_eq!(row("plugin.own", true).value, None, "what is encrypted is a secret");
        assert_eq!(row("passwordKey", false).value, None);
        let idle = system_properties::find("xmpp.client.idle").and_then(Row::default).expect("a default");
        assert!(!idle.is_set && idle.value.as_deref() == Some("360000"));
        assert!(system_properties::find("xmpp.pubsub.flush.max").and_then(Row::default).is_none());
    }
}
