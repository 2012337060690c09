//! The statements that store an account, a group or a property.

use std::borrow::Cow;

use cobnut_model::{RosterItem, UnixMillis, limits};
use cobnut_openfire::Encryption;

use super::ImportAccount;
use crate::backend::{Dialect, Sql, sql};
use crate::credentials::{self, split_keys};
use crate::schema::{PrivatePlace, PropertyColumns, ScramPlace, Shape};
use crate::timestamp::to_column;
use crate::{Group, SystemProperty, offline, privacy_lists, private_xml, roster, users};

const INSERT_USER: Sql = sql!(
    "INSERT INTO ofUser (username, name, email, creationDate, modificationDate, plainPassword, encryptedPassword) \
     VALUES (?, ?, ?, ?, ?, ?, ?)"
);
const INSERT_LOCKOUT: Sql =
    sql!("INSERT INTO ofUserFlag (username, name, startTime, endTime) VALUES (?, 'lockout', ?, ?)");
const INSERT_GROUP: Sql = sql!("INSERT INTO ofGroup (groupName, description) VALUES (?, ?)");
const INSERT_MEMBER: Sql =
    sql!("INSERT INTO ofGroupUser (groupName, username, administrator) VALUES (?, ?, ?)");
const INSERT_GROUP_PROPERTY: Sql =
    sql!("INSERT INTO ofGroupProp (groupName, name, propValue) VALUES (?, ?, ?)");
const DELETE_GROUP: [Sql; 3] = [
    sql!("DELETE FROM ofGroupProp WHERE groupName = ?"),
    sql!("DELETE FROM ofGroupUser WHERE groupName = ?"),
    sql!("DELETE FROM ofGroup WHERE groupName = ?"),
];
const DELETE_PROPERTY: Sql = sql!("DELETE FROM ofProperty WHERE name = ?");
const INSERT_PROPERTY: Sql = sql!("INSERT INTO ofProperty (name, propValue) VALUES (?, ?)");
const INSERT_ENCRYPTED: Sql =
    sql!("INSERT INTO ofProperty (name, propValue, iv, encrypted) VALUES (?, ?, ?, 1)");
const INSERT_ENCRYPTED_NO_IV: Sql =
    sql!("INSERT INTO ofProperty (name, propValue, encrypted) VALUES (?, ?, 1)");

/// A value to bind.
pub(super) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Number(i64),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(text: &'a Option<String>) -> Self {
        Self::Text(text.as_deref().map(Cow::Borrowed))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }
}

impl From<UnixMillis> for Value<'_> {
    fn from(at: UnixMillis) -> Self {
        to_column(at).into()
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// Whose text a statement is.
#[derive(Clone, Copy)]
pub(super) enum Statement {
    Shared(Sql),
    Own(fn(&Dialect) -> &'static str),
}

/// A statement with its values.
pub(super) struct Write<'a> {
    pub(super) statement: Statement,
    pub(super) values: Vec<Value<'a>>,
}

/// Statements of one transaction, in their order.
#[derive(Default)]
pub(super) struct Writes<'a>(pub(super) Vec<Write<'a>>);

impl<'a> Writes<'a> {
    fn push<const N: usize>(&mut self, statement: Sql, values: [Value<'a>; N]) {
        self.0.push(Write { statement: Statement::Shared(statement), values: values.into() });
    }

    fn push_own<const N: usize>(&mut self, pick: fn(&Dialect) -> &'static str, values: [Value<'a>; N]) {
        self.0.push(Write { statement: Statement::Own(pick), values: values.into() });
    }
}

/// Identifiers that were taken for a batch.
pub(super) struct Numbers {
    pub(super) roster: std::ops::Range<i64>,
    pub(super) offline: std::ops::Range<i64>,
}

pub(super) fn remove_writes<'a>(writes: &mut Writes<'a>, shape: Shape, username: &'a str) {
    writes.push_own(|dialect| dialect.lock_user, [username.into()]);
    for statement in users::by_name(shape).filter(|statement| !users::is_membership(*statement)) {
        writes.push(statement, [username.into()]);
    }
    writes.push(users::DELETE_USER, [username.into()]);
}

pub(super) fn account_writes<'a>(
    writes: &mut Writes<'a>,
    shape: Shape,
    account: &'a ImportAccount,
    numbers: &mut Numbers,
) {
    let username = || Value::from(account.username.as_str());
    let created: [Value<'a>; 2] = [account.created_at.into(), account.modified_at.into()];
    let [created_at, modified_at] = created;
    writes.push(
        INSERT_USER,
        [
            username(),
            (&account.name).into(),
            (&account.email).into(),
            created_at,
            modified_at,
            (&account.readable.plain).into(),
            (&account.readable.encrypted).into(),
        ],
    );
    key_writes(writes, shape, account);
    for (name, value) in &account.properties {
        let values = [username(), name.as_str().into(), value.as_str().into()];
        writes.push_own(|dialect| dialect.upsert_user_property, values);
    }
    if let Some(vcard) = &account.vcard {
        writes.push_own(|dialect| dialect.upsert_vcard, [username(), vcard.as_str().into()]);
    }
    if let Some(last) = &account.last_presence {
        let values = [username(), (&last.stanza).into(), last.offline_at.into()];
        writes.push_own(|dialect| dialect.upsert_presence, values);
    }
    if let Some((start, end)) = account.lockout {
        let bound = |at: Option<UnixMillis>| Value::Text(at.map(to_column).map(Cow::Owned));
        writes.push(INSERT_LOCKOUT, [username(), bound(start), bound(end)]);
    }
    for list in &account.privacy_lists {
        let values = [username(), list.name.as_str().into(), i64::from(list.is_default).into()];
        let [who, name, is_default] = values;
        writes.push(privacy_lists::INSERT_LIST, [who, name, is_default, list.xml.as_str().into()]);
    }
    for (message, id) in account.offline.iter().zip(&mut numbers.offline) {
        let size = i64::try_from(message.stanza.chars().count()).unwrap_or(i64::MAX);
        let values =
            [username(), id.into(), message.stored_at.into(), size.into(), message.stanza.as_str().into()];
        writes.push(offline::INSERT_MESSAGE, values);
    }
    private_writes(writes, shape, account);
    for (item, id) in account.roster.iter().zip(&mut numbers.roster) {
        roster_writes(writes, shape, &account.username, item, id);
    }
}

fn key_writes<'a>(writes: &mut Writes<'a>, shape: Shape, account: &'a ImportAccount) {
    let username = || Value::from(account.username.as_str());
    let split = split_keys(&account.keys);
    if let Some(keys) = split.sha1 {
        let values =
            [keys.stored_key.into(), keys.server_key.into(), keys.salt.into(), keys.iterations.into()];
        let [stored, server, salt, iterations]: [Value<'a>; 4] = values;
        match shape.scram {
            ScramPlace::Table => {
                let values = [stored, server, salt, iterations, keys.mechanism.into(), username()];
                writes.push(credentials::INSERT_TABLE_KEYS, values);
            }
            ScramPlace::Columns => {
                let values = [stored, server, salt, iterations, username()];
                writes.push(credentials::UPDATE_COLUMN_KEYS, values);
            }
        }
    }
    for keys in split.extra.into_iter().filter(|_| shape.has_extra_scram) {
        let values = [
            keys.stored_key.into(),
            keys.server_key.into(),
            keys.salt.into(),
            keys.iterations.into(),
            keys.mechanism.into(),
            username(),
            split.sha1_salt.clone().into(),
        ];
        writes.push(credentials::INSERT_EXTRA_KEYS, values);
    }
}

fn private_writes<'a>(writes: &mut Writes<'a>, shape: Shape, account: &'a ImportAccount) {
    for piece in &account.private {
        let values = [
            account.username.as_str().into(),
            piece.name.as_str().into(),
            piece.namespace.as_str().into(),
            piece.xml.as_str().into(),
        ];
        match shape.private {
            PrivatePlace::Openfire => writes.push_own(|dialect| dialect.upsert_private, values),
            PrivatePlace::Ours => writes.push_own(|dialect| dialect.upsert_private_fallback, values),
            PrivatePlace::Nowhere => {}
        }
    }
}

/// What stands in an eventing node that Openfire made counts before what stands in our table.
pub(super) fn item_writes<'a>(writes: &mut Writes<'a>, service: &str, account: &'a ImportAccount) {
    for piece in &account.private {
        let place = [service.to_owned().into(), piece.namespace.as_str().into()];
        let [service, node]: [Value<'a>; 2] = place;
        writes.push(private_xml::UPDATE_ITEM, [piece.xml.as_str().into(), service, node]);
    }
}

fn roster_writes<'a>(
    writes: &mut Writes<'a>,
    shape: Shape,
    username: &'a str,
    item: &'a RosterItem,
    id: i64,
) {
    let columns = roster::to_columns(item);
    let nick = Value::Text(columns.nick.map(Cow::Owned));
    let values = [
        columns.sub.into(),
        columns.ask.into(),
        columns.recv.into(),
        nick,
        id.into(),
        username.into(),
        item.jid.as_str().into(),
    ];
    writes.push(roster::INSERT_ITEM, values);
    if shape.has_roster_stanza && columns.stanza.is_some() {
        let stanza = Value::Text(columns.stanza.map(Cow::Owned));
        writes.push(roster::UPDATE_STANZA, [stanza, id.into()]);
    }
    for (rank, group) in (0_i64..).zip(item.groups.iter().take(limits::ROSTER_GROUPS_MAX)) {
        writes.push(roster::INSERT_GROUP, [id.into(), rank.into(), group.as_str().into()]);
    }
}

pub(super) fn group_writes(group: &Group, is_known: bool) -> Writes<'_> {
    let name = || Value::from(group.name.as_str());
    let mut writes = Writes::default();
    for statement in DELETE_GROUP.into_iter().filter(|_| is_known) {
        writes.push(statement, [name()]);
    }
    writes.push(INSERT_GROUP, [name(), (&group.description).into()]);
    for member in &group.members {
        let values = [name(), member.address.as_str().into(), i64::from(member.is_administrator).into()];
        writes.push(INSERT_MEMBER, values);
    }
    for (key, value) in &group.properties {
        writes.push(INSERT_GROUP_PROPERTY, [name(), key.as_str().into(), value.as_str().into()]);
    }
    writes
}

/// The statements that put a system property in the place of what was there.
pub(super) fn property_writes<'a>(
    shape: Shape,
    encryption: &Encryption,
    property: &'a SystemProperty,
    value: &'a str,
) -> Writes<'a> {
    let name = property.name.as_str();
    let mut writes = Writes::default();
    writes.push(DELETE_PROPERTY, [name.into()]);
    match shape.property_columns {
        PropertyColumns::EncryptedWithIv if property.is_encrypted => {
            let encrypted = encryption.encrypt(value, rand::random());
            let iv = Value::Text(encrypted.iv.map(Cow::Owned));
            writes.push(INSERT_ENCRYPTED, [name.into(), encrypted.value.into(), iv]);
        }
        PropertyColumns::Encrypted if property.is_encrypted => {
            let stored = encryption.encrypt_without_iv(value, rand::random());
            writes.push(INSERT_ENCRYPTED_NO_IV, [name.into(), stored.into()]);
        }
        _ => writes.push(INSERT_PROPERTY, [name.into(), value.into()]),
    }
    writes
}
