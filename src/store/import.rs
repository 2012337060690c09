//! Bringing accounts, groups and properties in from elsewhere, many at a time.
//!
//! An account comes with all that belongs to it or not at all; several small ones share a transaction, whose size is
//! bounded. What a batch cannot take is tried again account by account, so that one bad row costs one account.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cobnut_model::{RosterItem, ScramKeys, UnixMillis, limits};

use crate::backend::{Dialect, Sql, on_backend, sql};
use crate::credentials::{self, split_keys};
use crate::ids::IdKind;
use crate::schema::{PrivatePlace, PropertyColumns, ScramPlace, Shape};
use crate::timestamp::to_column;
use crate::{Group, LastPresence, Store, StoreError, SystemProperty, offline, private_xml, roster, users};

/// An account with everything that belongs to it.
#[derive(Debug, Clone, Default)]
pub struct ImportAccount {
    /// Its name, prepared as Openfire stores it: lower case, without the domain.
    pub username: String,
    /// What people read as the name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it was changed last.
    pub modified_at: UnixMillis,
    /// Keys, at most one set per mechanism.
    pub keys: Vec<ScramKeys>,
    /// Passwords that Openfire kept readable. The encrypted one needs the property `passwordKey` of its database.
    pub readable: ImportPassword,
    /// Free-form properties.
    pub properties: BTreeMap<String, String>,
    /// The vCard.
    pub vcard: Option<String>,
    /// The contacts.
    pub roster: Vec<RosterItem>,
    /// Messages that wait, oldest first.
    pub offline: Vec<ImportMessage>,
    /// Private storage.
    pub private: Vec<ImportPrivate>,
    /// Privacy lists.
    pub privacy_lists: Vec<ImportPrivacyList>,
    /// What is left of the last session.
    pub last_presence: Option<LastPresence>,
    /// Whether the account is locked out, and between which instants; a missing one is no bound.
    pub lockout: Option<(Option<UnixMillis>, Option<UnixMillis>)>,
}

/// Passwords of an [`ImportAccount`] that are not only hashes.
#[derive(Clone, Default)]
pub struct ImportPassword {
    /// `ofUser.plainPassword`.
    pub plain: Option<String>,
    /// `ofUser.encryptedPassword`.
    pub encrypted: Option<String>,
}

impl std::fmt::Debug for ImportPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A message that waits for an account.
#[derive(Debug, Clone)]
pub struct ImportMessage {
    /// When it was stored.
    pub stored_at: UnixMillis,
    /// The serialised stanza.
    pub stanza: String,
}

/// A piece of private storage (XEP-0049).
#[derive(Debug, Clone)]
pub struct ImportPrivate {
    /// Name of its root element.
    pub name: String,
    /// Namespace of its root element.
    pub namespace: String,
    /// The element.
    pub xml: String,
}

/// A privacy list (XEP-0016).
#[derive(Debug, Clone)]
pub struct ImportPrivacyList {
    /// Its name.
    pub name: String,
    /// Whether it counts when no other was chosen.
    pub is_default: bool,
    /// The element `<list/>`.
    pub xml: String,
}

/// What to do with something that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it as it is.
    Skip,
    /// Remove it, with what belongs to it, and put the imported one in its place. Groups keep their members.
    Replace,
}

/// What became of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Made anew.
    pub created: u64,
    /// Put in the place of others.
    pub replaced: u64,
    /// Left out, because they were there.
    pub skipped: u64,
    /// Names of what could not be stored, each with the reason.
    pub failed: Vec<(String, String)>,
    /// Accounts whose private storage was left out, because the database has no place for it.
    pub without_private: Vec<String>,
}

impl ImportReport {
    /// Adds the figures of another part of the same import.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.replaced += other.replaced;
        self.skipped += other.skipped;
        self.failed.extend(other.failed);
        self.without_private.extend(other.without_private);
    }

    fn count(&mut self, is_known: bool) {
        *if is_known { &mut self.replaced } else { &mut self.created } += 1;
    }
}

const INSERT_USER: Sql = sql!(
    "INSERT INTO ofUser (username, name, email, creationDate, modificationDate, plainPassword, encryptedPassword) \
     VALUES (?, ?, ?, ?, ?, ?, ?)"
);
const INSERT_LOCKOUT: Sql =
    sql!("INSERT INTO ofUserFlag (username, name, startTime, endTime) VALUES (?, 'lockout', ?, ?)");
const INSERT_PRIVACY_LIST: Sql =
    sql!("INSERT INTO ofPrivacyList (username, name, isDefault, list) VALUES (?, ?, ?, ?)");
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
enum Value<'a> {
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
enum Statement {
    Shared(Sql),
    Own(fn(&Dialect) -> &'static str),
}

/// A statement with its values.
struct Write<'a> {
    statement: Statement,
    values: Vec<Value<'a>>,
}

/// Statements of one transaction, in their order.
#[derive(Default)]
struct Writes<'a>(Vec<Write<'a>>);

impl<'a> Writes<'a> {
    fn push<const N: usize>(&mut self, statement: Sql, values: [Value<'a>; N]) {
        self.0.push(Write { statement: Statement::Shared(statement), values: values.into() });
    }

    fn push_own<const N: usize>(&mut self, pick: fn(&Dialect) -> &'static str, values: [Value<'a>; N]) {
        self.0.push(Write { statement: Statement::Own(pick), values: values.into() });
    }
}

/// Identifiers that were taken for a batch.
struct Numbers {
    roster: std::ops::Range<i64>,
    offline: std::ops::Range<i64>,
}

impl Store {
    /// Stores accounts with all that belongs to them. Their groups and properties of the server come separately.
    ///
    /// Fails only when the database is away; what it will not take is in [`ImportReport::failed`].
    pub async fn import_accounts(
        &self,
        accounts: &[ImportAccount],
        existing: Existing,
    ) -> Result<ImportReport, StoreError> {
        let mut report = ImportReport::default();
        let mut batch: Vec<(&ImportAccount, bool)> = Vec::new();
        let mut rows = 0;
        for account in accounts {
            let is_known = self.user(&account.username).await?.is_some();
            if is_known && existing == Existing::Skip {
                report.skipped += 1;
                continue;
            }
            if !batch.is_empty() && rows + rows_of(account) > limits::IMPORT_ROWS_PER_TRANSACTION {
                self.import_batch(&batch, &mut report).await?;
                batch.clear();
                rows = 0;
            }
            rows += rows_of(account);
            if !account.private.is_empty() && self.shared.shape.private == PrivatePlace::Nowhere {
                report.without_private.push(account.username.clone());
            }
            batch.push((account, is_known));
        }
        self.import_batch(&batch, &mut report).await?;
        Ok(report)
    }

    /// Stores groups with members and properties.
    pub async fn import_groups(
        &self,
        groups: &[Group],
        existing: Existing,
    ) -> Result<ImportReport, StoreError> {
        let mut report = ImportReport::default();
        for group in groups {
            let is_known = self.group(&group.name).await?.is_some();
            if is_known && existing == Existing::Skip {
                report.skipped += 1;
                continue;
            }
            let outcome = self.write_all("import_group", &group_writes(group, is_known)).await;
            settle(&mut report, &group.name, is_known, outcome)?;
        }
        Ok(report)
    }

    /// Stores system properties. Values come in the clear; those that were encrypted are encrypted again as this
    /// database's `security.xml` wants it.
    pub async fn import_properties(
        &self,
        properties: &[SystemProperty],
        existing: Existing,
    ) -> Result<ImportReport, StoreError> {
        let known = self.system_properties().await?;
        let mut report = ImportReport::default();
        for property in properties {
            let is_known = known.iter().any(|known| known.name == property.name);
            if is_known && existing == Existing::Skip {
                report.skipped += 1;
                continue;
            }
            let Some(value) = &property.value else {
                let reason = "its value cannot be decrypted with the key of conf/security.xml".to_owned();
                report.failed.push((property.name.clone(), reason));
                continue;
            };
            let writes = self.property_writes(property, value);
            let outcome = self.write_all("import_property", &writes).await;
            settle(&mut report, &property.name, is_known, outcome)?;
        }
        Ok(report)
    }

    fn property_writes<'a>(&self, property: &'a SystemProperty, value: &'a str) -> Writes<'a> {
        let name = property.name.as_str();
        let encryption = &self.shared.encryption;
        let mut writes = Writes::default();
        writes.push(DELETE_PROPERTY, [name.into()]);
        match self.shared.shape.property_columns {
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

    /// Stores accounts in one transaction, or one by one if that fails for another reason than a lost database.
    async fn import_batch(
        &self,
        batch: &[(&ImportAccount, bool)],
        report: &mut ImportReport,
    ) -> Result<(), StoreError> {
        match self.import_together(batch).await {
            Ok(()) => {
                for (_, is_known) in batch {
                    report.count(*is_known);
                }
                Ok(())
            }
            Err(err) if err.is_unavailable() => Err(err),
            Err(_) => {
                for one in batch {
                    let outcome = self.import_together(std::slice::from_ref(one)).await;
                    settle(report, &one.0.username, one.1, outcome)?;
                }
                Ok(())
            }
        }
    }

    async fn import_together(&self, batch: &[(&ImportAccount, bool)]) -> Result<(), StoreError> {
        let sum = |count: fn(&ImportAccount) -> usize| batch.iter().map(|(account, _)| count(account)).sum();
        let mut numbers = Numbers {
            roster: self.take_ids(IdKind::RosterItem, sum(|account| account.roster.len())).await?,
            offline: self.take_ids(IdKind::OfflineMessage, sum(|account| account.offline.len())).await?,
        };
        let mut writes = Writes::default();
        for (account, is_known) in batch {
            if *is_known {
                remove_writes(&mut writes, self.shared.shape, &account.username);
            }
            account_writes(&mut writes, self.shared.shape, account, &mut numbers);
            if !account.private.is_empty()
                && let Some(service) = self.eventing_service(&account.username).await?
            {
                item_writes(&mut writes, &service, account);
            }
        }
        self.write_all("import_accounts", &writes).await
    }

    /// Runs statements as one transaction.
    async fn write_all(&self, query: &'static str, writes: &Writes<'_>) -> Result<(), StoreError> {
        if writes.0.is_empty() {
            return Ok(());
        }
        self.run_within(limits::IMPORT_TRANSACTION_TIMEOUT, query, || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                for write in &writes.0 {
                    let mut statement = sqlx::query(match write.statement {
                        Statement::Shared(sql) => db.sql(sql),
                        Statement::Own(pick) => pick(db.dialect()),
                    });
                    for value in &write.values {
                        statement = match value {
                            Value::Text(text) => statement.bind(text.as_deref()),
                            Value::Number(number) => statement.bind(*number),
                        };
                    }
                    statement.execute(&mut *tx).await?;
                }
                tx.commit().await
            })
        })
        .await
    }
}

/// Enters the outcome of one thing; only a lost database ends the import.
fn settle(
    report: &mut ImportReport,
    name: &str,
    is_known: bool,
    outcome: Result<(), StoreError>,
) -> Result<(), StoreError> {
    match outcome {
        Ok(()) => report.count(is_known),
        Err(err) if err.is_unavailable() => return Err(err),
        Err(StoreError::Unfit { reason, source, .. }) => {
            report.failed.push((name.to_owned(), format!("{reason}: {source}")));
        }
        Err(StoreError::Query { source, .. }) => report.failed.push((name.to_owned(), source.to_string())),
        Err(err) => report.failed.push((name.to_owned(), err.to_string())),
    }
    Ok(())
}

fn rows_of(account: &ImportAccount) -> usize {
    let roster: usize = account.roster.iter().map(|item| 2 + item.groups.len()).sum();
    4 + account.properties.len() + account.offline.len() + account.private.len() + roster
}

fn remove_writes<'a>(writes: &mut Writes<'a>, shape: Shape, username: &'a str) {
    writes.push_own(|dialect| dialect.lock_user, [username.into()]);
    for statement in users::by_name(shape).filter(|statement| !users::is_membership(*statement)) {
        writes.push(statement, [username.into()]);
    }
    writes.push(users::DELETE_USER, [username.into()]);
}

fn account_writes<'a>(
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
        writes.push(INSERT_PRIVACY_LIST, [who, name, is_default, list.xml.as_str().into()]);
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
fn item_writes<'a>(writes: &mut Writes<'a>, service: &str, account: &'a ImportAccount) {
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

fn group_writes(group: &Group, is_known: bool) -> Writes<'_> {
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
