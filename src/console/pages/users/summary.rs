//! User summary: all accounts by page, with a search and who is online where.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use cobnut_model::{NodeId, User};
use cobnut_store::UserQuery;
use serde::Deserialize;

use crate::app::App;
use crate::display;
use crate::pages::chrome::{Chrome, Menu, Tab};
use crate::pages::pager::{Pager, Window, lenient};
use crate::pages::{Page, html};
use crate::visitor::Admin;

struct Row {
    username: String,
    name: String,
    email: String,
    created: String,
    is_admin: bool,
    is_online: bool,
    /// Names of the nodes that hold sessions of the account.
    nodes: String,
}

#[derive(Template)]
#[template(path = "users/summary.html")]
struct SummaryPage {
    chrome: Chrome,
    search: String,
    rows: Vec<Row>,
    pager: Pager,
}

#[derive(Deserialize)]
pub(in crate::pages) struct SummaryQuery {
    #[serde(default)]
    search: String,
    #[serde(default, deserialize_with = "lenient")]
    page: u32,
    #[serde(default, deserialize_with = "lenient")]
    rows: u32,
}

pub(in crate::pages) async fn show(
    State(app): State<Arc<App>>,
    admin: Admin,
    Query(query): Query<SummaryQuery>,
) -> Page {
    let window = Window::new(query.page, query.rows);
    let search = query.search.trim().to_owned();
    let wanted = UserQuery {
        search: (!search.is_empty()).then(|| search.clone()),
        offset: window.offset(),
        limit: window.rows,
    };
    let found = app.store.users(&wanted).await?;
    let chrome = Chrome::new(&app, admin, Menu::Users, "menu.user-summary").refreshing(10);
    let pager =
        Pager::new(&chrome, window, (found.users.len(), found.total), "/users", &[("search", &search)]);
    let names = node_names(&app);
    let rows = found.users.into_iter().map(|user| row(&app, &names, user)).collect();
    html(&SummaryPage { chrome, search, rows, pager })
}

/// Names of the members by id; machines that call themselves the same also by their addresses.
pub(in crate::pages) fn node_names(app: &App) -> BTreeMap<NodeId, String> {
    let members = app.cluster.members();
    distinct_names(members.into_iter().map(|member| (member.id, member.name, member.address)).collect())
}

fn distinct_names(members: Vec<(NodeId, String, SocketAddr)>) -> BTreeMap<NodeId, String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for (_, name, _) in &members {
        *uses.entry(name.clone()).or_default() += 1;
    }
    let is_shared = |name: &String| uses.get(name).is_some_and(|count| *count > 1);
    let shown = |(id, name, address)| {
        let shown = if is_shared(&name) { format!("{name} {address}") } else { name };
        (id, shown)
    };
    members.into_iter().map(shown).collect()
}

fn row(app: &App, names: &BTreeMap<NodeId, String>, user: User) -> Row {
    let sessions = app.jid_of(&user.username).map(|jid| app.cluster.sessions().of(&jid)).unwrap_or_default();
    let mut nodes: Vec<&str> =
        sessions.iter().filter_map(|entry| names.get(&entry.member)).map(String::as_str).collect();
    nodes.sort_unstable();
    nodes.dedup();
    Row {
        is_online: !sessions.is_empty(),
        nodes: nodes.join(", "),
        is_admin: app.is_admin(&user.username),
        name: user.name.unwrap_or_default(),
        email: user.email.unwrap_or_default(),
        created: display::date(user.created_at),
        username: user.username,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_told_apart_by_address() {
        let member = |id: u8, name: &str, address: &str| {
            (NodeId([id; 16]), name.to_owned(), address.parse().expect("address"))
        };
        let names = distinct_names(vec![
            member(1, "vm", "127.0.5.1:5701"),
            member(2, "vm", "127.0.5.2:5701"),
            member(3, "other", "127.0.5.3:5701"),
        ]);
        let names: Vec<&str> = names.values().map(String::as_str).collect();
        assert_eq!(names, ["vm 127.0.5.1:5701", "vm 127.0.5.2:5701", "other"]);
    }
}
