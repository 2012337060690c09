//! Commands about accounts and their sessions.

use std::collections::BTreeSet;

use cobnut_model::User;
use cobnut_store::{CreateUser, UserQuery};
use cobnut_xmpp_proto::commands::{AdminAnswer, AdminRequest, Population};
use cobnut_xmpp_proto::roster::item_element;
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, FullJid, Jid};
use jiff::Timestamp;
use minidom::Element;
use xmpp_parsers::ns;

use crate::service::{Service, new_keys, now, store_failure};

const LOCKED_OUT: &str = "The account was locked";
const ENDED: &str = "The session was ended by an administrator";

/// Carries out what is about accounts.
pub(super) async fn administer(service: &Service, wanted: AdminRequest) -> Result<AdminAnswer, Condition> {
    match wanted {
        AdminRequest::AddUser { username, password, name, email } => {
            add(service, username, password, name, email).await
        }
        AdminRequest::DeleteUsers(usernames) => {
            for username in &usernames {
                known(service, username).await?;
            }
            for username in &usernames {
                service.delete_account(username).await.map_err(|err| store_failure(&err))?;
            }
            Ok(AdminAnswer::Done)
        }
        AdminRequest::LockUsers { usernames, is_locked } => lock(service, &usernames, is_locked).await,
        AdminRequest::EndSessions(jids) => end_sessions(service, &jids).await,
        AdminRequest::ChangePassword { username, password } => {
            let changed =
                service.change_password(&username, password).await.map_err(|err| store_failure(&err))?;
            if changed { Ok(AdminAnswer::Done) } else { Err(Condition::ItemNotFound) }
        }
        AdminRequest::Roster(username) => roster(service, &username).await,
        AdminRequest::LastLogin(username) => last_login(service, &username).await,
        AdminRequest::Stats(username) => stats(service, &username).await,
        AdminRequest::Count(of) => count(service, of).await,
        AdminRequest::List { of, max } => list(service, of, max).await,
        AdminRequest::Announce { .. } | AdminRequest::SetMotd { .. } => Err(Condition::FeatureNotImplemented),
    }
}

async fn add(
    service: &Service,
    username: String,
    password: String,
    name: Option<String>,
    email: Option<String>,
) -> Result<AdminAnswer, Condition> {
    let keys = new_keys(password).await;
    if keys.is_empty() {
        return Err(Condition::NotAcceptable);
    }
    let now = now();
    let user = User { username, name, email, created_at: now, modified_at: now };
    match service.store.create_user(&user, &keys).await.map_err(|err| store_failure(&err))? {
        CreateUser::Created => Ok(AdminAnswer::Done),
        CreateUser::Exists => Err(Condition::Conflict),
    }
}

async fn known(service: &Service, username: &str) -> Result<User, Condition> {
    service.store.user(username).await.map_err(|err| store_failure(&err))?.ok_or(Condition::ItemNotFound)
}

async fn lock(service: &Service, usernames: &[String], is_locked: bool) -> Result<AdminAnswer, Condition> {
    for username in usernames {
        let exists = service.store.set_locked_out(username, is_locked).await;
        if !exists.map_err(|err| store_failure(&err))? {
            return Err(Condition::ItemNotFound);
        }
        if is_locked && let Some(account) = account_of(service, username) {
            service.end_sessions_of(&account, LOCKED_OUT).await;
        }
    }
    Ok(AdminAnswer::Done)
}

/// A full JID names one session, a bare one all of the account. Who has none is not found.
async fn end_sessions(service: &Service, jids: &[Jid]) -> Result<AdminAnswer, Condition> {
    let mut was_there = false;
    for jid in jids {
        match FullJid::try_from(jid.clone()) {
            Ok(session) => was_there |= service.kick(&session, ENDED).await,
            Err(_) => {
                for entry in service.cluster.sessions().of(&jid.to_bare()) {
                    was_there |= service.kick(&entry.record.jid, ENDED).await;
                }
            }
        }
    }
    if was_there { Ok(AdminAnswer::Done) } else { Err(Condition::ItemNotFound) }
}

async fn roster(service: &Service, username: &str) -> Result<AdminAnswer, Condition> {
    known(service, username).await?;
    let items = service.store.roster(username).await.map_err(|err| store_failure(&err))?;
    let mut query = Element::bare("query", ns::ROSTER);
    for item in items.iter().filter(|item| item.is_visible) {
        query.append_child(item_element(item));
    }
    Ok(AdminAnswer::Roster(query))
}

async fn last_login(service: &Service, username: &str) -> Result<AdminAnswer, Condition> {
    known(service, username).await?;
    let mut fields = address_field(service, username);
    fields.push(("lastlogin", last_seen(service, username).await?));
    Ok(AdminAnswer::Fields(fields))
}

async fn stats(service: &Service, username: &str) -> Result<AdminAnswer, Condition> {
    known(service, username).await?;
    let items = service.store.roster(username).await.map_err(|err| store_failure(&err))?;
    let sessions = account_of(service, username).map(|account| service.cluster.sessions().of(&account));
    let sessions = sessions.unwrap_or_default();
    let mut fields = address_field(service, username);
    fields.push(("ipaddresses", sessions.iter().map(|entry| entry.record.remote_ip.to_string()).collect()));
    fields.push(("rostersize", vec![items.iter().filter(|item| item.is_visible).count().to_string()]));
    fields.push((
        "onlineresources",
        sessions.iter().map(|entry| entry.record.jid.resource().to_string()).collect(),
    ));
    Ok(AdminAnswer::Fields(fields))
}

/// When an account was last there: now, if it has a session. Empty if it never was.
async fn last_seen(service: &Service, username: &str) -> Result<Vec<String>, Condition> {
    let is_here = account_of(service, username)
        .is_some_and(|account| !service.cluster.sessions().of(&account).is_empty());
    let at = if is_here {
        Some(now())
    } else {
        let last = service.store.last_presence(username).await.map_err(|err| store_failure(&err))?;
        last.map(|last| last.offline_at)
    };
    let text = at.and_then(|at| Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok());
    Ok(text.map(|text| text.to_string()).into_iter().collect())
}

async fn count(service: &Service, of: Population) -> Result<AdminAnswer, Condition> {
    let (var, number) = match of {
        Population::Registered => {
            let page = service.store.users(&UserQuery::default()).await.map_err(|err| store_failure(&err))?;
            ("registeredusersnum", usize::try_from(page.total).unwrap_or(usize::MAX))
        }
        Population::Disabled => ("disabledusersnum", locked_out(service).await?.len()),
        Population::Online => ("onlineusersnum", online(service).len()),
    };
    Ok(AdminAnswer::Fields(vec![(var, vec![number.to_string()])]))
}

async fn list(service: &Service, of: Population, max: usize) -> Result<AdminAnswer, Condition> {
    let (var, names) = match of {
        Population::Registered => {
            let query = UserQuery { limit: u32::try_from(max).unwrap_or(u32::MAX), ..UserQuery::default() };
            let page = service.store.users(&query).await.map_err(|err| store_failure(&err))?;
            ("registereduserjids", page.users.into_iter().map(|user| user.username).collect())
        }
        Population::Disabled => ("disableduserjids", locked_out(service).await?),
        Population::Online => ("onlineuserjids", online(service).into_iter().collect::<Vec<String>>()),
    };
    let addresses = names.into_iter().take(max).map(|name| format!("{name}@{}", service.domain)).collect();
    Ok(AdminAnswer::Fields(vec![(var, addresses)]))
}

async fn locked_out(service: &Service) -> Result<Vec<String>, Condition> {
    service.store.locked_out_users().await.map_err(|err| store_failure(&err))
}

/// The names of the accounts that have a session anywhere.
fn online(service: &Service) -> BTreeSet<String> {
    let sessions = service.cluster.sessions().collect(|record| record.presence.is_some());
    sessions.iter().map(|entry| Service::username(&entry.record.jid.to_bare()).to_owned()).collect()
}

fn account_of(service: &Service, username: &str) -> Option<BareJid> {
    BareJid::new(&format!("{username}@{}", service.domain)).ok()
}

fn address_field(service: &Service, username: &str) -> Vec<(&'static str, Vec<String>)> {
    vec![("accountjid", vec![format!("{username}@{}", service.domain)])]
}
