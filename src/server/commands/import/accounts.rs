//! Accounts put together from the rows of many tables, some at a time.

use std::collections::HashMap;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cobnut_model::{ScramKeys, ScramMechanism, UnixMillis};
use cobnut_openfire::hsqldb::{OpenfireRow, RosterItem, UserRow, UserScram};
use cobnut_store::{ImportAccount, ImportMessage, ImportPassword, ImportPrivate};
use indicatif::ProgressBar;
use jid::BareJid;

use super::source::{EmbeddedDatabase, Problems};

/// `ofRoster.sub` of a contact that is being removed.
const SUB_REMOVE: i64 = -1;
/// `ofUserFlag.name` of a locked account.
const LOCKOUT: &str = "lockout";

/// Reads everything that belongs to these accounts.
pub(super) fn read(
    database: &EmbeddedDatabase,
    names: &[String],
    has_groups_first: bool,
    progress: &ProgressBar,
    problems: &mut Problems,
) -> Result<Vec<ImportAccount>> {
    let mut batch = Batch::default();
    for name in names {
        batch.accounts.insert(name.clone(), Gathered::default());
    }
    let mut ignored = Problems::default();
    // Problems of rows were told at the first reading.
    database.read(progress, &mut ignored, |row, line, _| batch.take(row, line, problems))?;
    if has_groups_first {
        database.read(&ProgressBar::hidden(), &mut ignored, |row, _, _| {
            if let OpenfireRow::RosterGroup(row) = row {
                batch.roster_group(row.roster_id, row.rank, row.name);
            }
        })?;
    }
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        if let Some(gathered) = batch.accounts.remove(name) {
            found.push(gathered.finish());
        }
    }
    Ok(found)
}

/// The accounts of one reading.
#[derive(Default)]
struct Batch {
    accounts: HashMap<String, Gathered>,
    /// Owner of each contact.
    items: HashMap<i64, (String, usize)>,
}

/// One account while its rows come in.
#[derive(Default)]
struct Gathered {
    account: ImportAccount,
    /// Groups of each contact by rank.
    groups: Vec<Vec<(i64, String)>>,
    /// Numbers of the messages, to put them in order.
    messages: Vec<(u64, i64, String)>,
}

impl Batch {
    fn take(&mut self, row: OpenfireRow, line: u64, problems: &mut Problems) {
        match row {
            OpenfireRow::RosterGroup(row) => self.roster_group(row.roster_id, row.rank, row.name),
            OpenfireRow::RosterItem(row) => self.roster_item(row, line, problems),
            OpenfireRow::User(row) => {
                if let Some(gathered) = self.accounts.get_mut(&row.username) {
                    user(&mut gathered.account, row);
                }
            }
            OpenfireRow::UserScram(row) => {
                if let Some(gathered) = self.accounts.get_mut(&row.username) {
                    gathered.account.keys.extend(scram(&row));
                }
            }
            OpenfireRow::OfflineMessage(row) => {
                if let Some(gathered) = self.accounts.get_mut(&row.username) {
                    gathered.messages.push((millis(&row.creation_date).0, row.id, row.stanza));
                }
            }
            other => self.simple(other),
        }
    }

    fn simple(&mut self, row: OpenfireRow) {
        match row {
            OpenfireRow::UserProperty(row) => {
                if let Some(account) = self.account(&row.username) {
                    account.properties.insert(row.name, row.value);
                }
            }
            OpenfireRow::UserFlag(row) if row.name == LOCKOUT => {
                if let Some(account) = self.account(&row.username) {
                    let bound = |text: Option<String>| text.map(|text| millis(&text));
                    account.lockout = Some((bound(row.start_time), bound(row.end_time)));
                }
            }
            OpenfireRow::VCard(row) => {
                if let Some(account) = self.account(&row.username) {
                    account.vcard = Some(row.vcard);
                }
            }
            OpenfireRow::PrivateData(row) => {
                if let Some(account) = self.account(&row.username) {
                    let (name, namespace, xml) = (row.name, row.namespace, row.data);
                    account.private.push(ImportPrivate { name, namespace, xml });
                }
            }
            _ => {}
        }
    }

    fn account(&mut self, name: &str) -> Option<&mut ImportAccount> {
        self.accounts.get_mut(name).map(|gathered| &mut gathered.account)
    }

    fn roster_item(&mut self, row: RosterItem, line: u64, problems: &mut Problems) {
        let Some(gathered) = self.accounts.get_mut(&row.username).filter(|_| row.sub != SUB_REMOVE) else {
            return;
        };
        let Ok(jid) = BareJid::new(&row.jid) else {
            problems.add(format!("line {line}: the contact `{}` of {} is no address", row.jid, row.username));
            return;
        };
        let columns = (row.sub, row.ask, row.recv);
        let item = cobnut_store::roster_item_from_columns(jid, columns, row.nick, row.stanza);
        self.items.insert(row.id, (row.username, gathered.account.roster.len()));
        gathered.account.roster.push(item);
        gathered.groups.push(Vec::new());
    }

    fn roster_group(&mut self, item: i64, rank: i64, name: String) {
        let Some((owner, index)) = self.items.get(&item) else { return };
        let groups = self.accounts.get_mut(owner).and_then(|gathered| gathered.groups.get_mut(*index));
        if let Some(groups) = groups
            && !groups.iter().any(|(_, known)| *known == name)
        {
            groups.push((rank, name));
        }
    }
}

impl Gathered {
    fn finish(mut self) -> ImportAccount {
        for (item, mut groups) in self.account.roster.iter_mut().zip(self.groups) {
            groups.sort();
            item.is_visible |= !groups.is_empty();
            item.groups = groups.into_iter().map(|(_, name)| name).collect();
        }
        self.messages.sort();
        let messages = self.messages.into_iter();
        self.account.offline = messages
            .map(|(stored_at, _, stanza)| ImportMessage { stored_at: UnixMillis(stored_at), stanza })
            .collect();
        self.account
    }
}

fn user(account: &mut ImportAccount, row: UserRow) {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let keys = UserScram {
        username: String::new(),
        mechanism: ScramMechanism::Sha1.name().to_owned(),
        stored_key: row.stored_key.unwrap_or_default(),
        server_key: row.server_key.unwrap_or_default(),
        salt: row.salt,
        iterations: row.iterations.unwrap_or_default(),
    };
    account.keys.extend(scram(&keys));
    account.username = row.username;
    account.name = given(row.name);
    account.email = given(row.email);
    account.created_at = millis(&row.creation_date);
    account.modified_at = millis(&row.modification_date);
    account.readable =
        ImportPassword { plain: given(row.plain_password), encrypted: given(row.encrypted_password) };
}

/// Keys that can be used; Openfire leaves empty columns where it never made any.
fn scram(row: &UserScram) -> Option<ScramKeys> {
    let mechanism = ScramMechanism::ALL.into_iter().find(|mechanism| mechanism.name() == row.mechanism)?;
    let bytes = |text: &str| BASE64.decode(text.trim()).ok().filter(|bytes| !bytes.is_empty());
    Some(ScramKeys {
        mechanism,
        salt: bytes(row.salt.as_deref()?)?,
        iterations: u32::try_from(row.iterations).ok().filter(|rounds| *rounds > 0)?,
        stored_key: bytes(&row.stored_key)?,
        server_key: bytes(&row.server_key)?,
    })
}

/// Openfire's dates: decimal milliseconds, padded.
fn millis(text: &str) -> UnixMillis {
    UnixMillis(text.trim().parse().unwrap_or_default())
}
