//! The files of Openfire's embedded database, and what a first reading tells of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_openfire::Encryption;
use cobnut_openfire::home::EMBEDDED_SCRIPT;
use cobnut_openfire::hsqldb::{DatabaseState, LogChanges, OpenfireRow, PropertyRow, ScriptReader};
use cobnut_store::{Group, GroupMember, SystemProperty};
use indicatif::ProgressBar;

use crate::plan;

/// Messages about single rows that are kept; the rest is counted.
const PROBLEMS_MAX: usize = 20;
/// Size of an account in memory before anything is known of it.
const ACCOUNT_BYTES: u64 = 512;

/// Script, log and state of one database.
pub(super) struct EmbeddedDatabase {
    /// The script.
    pub(super) script: PathBuf,
    /// Bytes of the script.
    pub(super) size: u64,
    /// How its values are encrypted.
    pub(super) encryption: Encryption,
    changes: LogChanges,
}

/// What a first reading found.
#[derive(Default)]
pub(super) struct Overview {
    /// Accounts in the order of the script, with what they will need in memory, in bytes.
    pub(super) accounts: Vec<(String, u64)>,
    /// Groups with members and properties.
    pub(super) groups: Vec<Group>,
    /// System properties in the clear.
    pub(super) properties: Vec<SystemProperty>,
    /// Rows by what they hold, for people.
    pub(super) counts: BTreeMap<&'static str, u64>,
    /// `ofVersion`.
    pub(super) version: Option<i64>,
    /// Whether groups of contacts may stand before the contacts.
    pub(super) has_groups_first: bool,
    /// What is wrong with single rows.
    pub(super) problems: Problems,
}

/// Rows that were left out.
#[derive(Debug, Default)]
pub(super) struct Problems {
    /// The first of them.
    pub(super) texts: Vec<String>,
    /// All of them.
    pub(super) count: u64,
}

impl Problems {
    pub(super) fn add(&mut self, text: String) {
        self.count += 1;
        if self.texts.len() < PROBLEMS_MAX {
            self.texts.push(text);
        }
    }
}

impl EmbeddedDatabase {
    /// Opens the database behind `path`: a home, its `embedded-db`, or the script itself.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let named = find_script(path)?;
        let properties = named.with_extension("properties");
        let state = DatabaseState::parse(&read_if_there(&properties)?.unwrap_or_default());
        if !state.is_text {
            bail!(
                "{}: the script is binary or compressed; start Openfire once, run SET FILES SCRIPT FORMAT TEXT in its \
                 database and stop it",
                properties.display()
            );
        }
        let is_new = state.has_new_files && named.with_extension("script.new").is_file();
        let script = if is_new { named.with_extension("script.new") } else { named.clone() };
        let log = named.with_extension("log");
        let changes = if log.is_file() && !(state.is_clean && properties.is_file()) {
            let columns = LogChanges::columns_of(open(&script)?)
                .with_context(|| format!("read {}", script.display()))?;
            LogChanges::read(open(&log)?, state.is_modern(), columns)
                .with_context(|| format!("read {}", log.display()))?
        } else {
            LogChanges::default()
        };
        let home =
            std::path::absolute(&named).ok().and_then(|file| Some(file.parent()?.parent()?.to_owned()));
        let encryption = home.map(|home| plan::encryption_below(&home)).transpose()?.flatten();
        let size = fs::metadata(&script).with_context(|| format!("read {}", script.display()))?.len();
        Ok(Self { script, size, encryption: encryption.unwrap_or_default(), changes })
    }

    /// Statements of the log that were applied, and whether its last one was cut off.
    pub(super) fn log(&self) -> (u64, bool) {
        (self.changes.statements(), self.changes.is_cut_off())
    }

    /// Whether a program may still use the files: HSQLDB removes its lock when it is stopped.
    pub(super) fn is_locked(&self) -> bool {
        self.script.with_extension("lck").exists()
    }

    /// Reads all rows once. A row that does not fit its table is a problem and not the end.
    pub(super) fn read(
        &self,
        progress: &ProgressBar,
        problems: &mut Problems,
        mut take: impl FnMut(OpenfireRow, u64, &mut Problems),
    ) -> Result<()> {
        let mut reader = ScriptReader::with_changes(open(&self.script)?, self.changes.clone());
        let start = progress.position();
        while let Some(row) = reader.next() {
            let row = row.with_context(|| format!("read {}", self.script.display()))?;
            progress.set_position(start + reader.bytes_read());
            match OpenfireRow::from_row(&row) {
                Some(Ok(read)) => take(read, row.line, problems),
                Some(Err(err)) => problems.add(err.to_string()),
                None => {}
            }
        }
        progress.set_position(start + self.size);
        Ok(())
    }

    /// The first reading.
    pub(super) fn overview(&self, progress: &ProgressBar) -> Result<Overview> {
        let mut overview = Overview::default();
        let mut sizes: HashMap<String, u64> = HashMap::new();
        let mut order = Vec::new();
        let mut groups = Groups::default();
        let mut has_roster_groups = false;
        let mut problems = Problems::default();
        self.read(progress, &mut problems, |row, _, problems| {
            let name = kind(&row);
            if let Some(name) = name {
                *overview.counts.entry(name).or_default() += 1;
            }
            if let Some((owner, bytes)) = weight(&row) {
                *sizes.entry(owner.to_owned()).or_default() += bytes;
            }
            match row {
                OpenfireRow::User(user) => order.push(user.username),
                OpenfireRow::RosterGroup(_) => has_roster_groups = true,
                OpenfireRow::RosterItem(_) => overview.has_groups_first |= has_roster_groups,
                OpenfireRow::Version(version) if version.name == "openfire" => {
                    overview.version = Some(version.version);
                }
                OpenfireRow::Property(property) => match self.property(&property) {
                    Ok(property) => overview.properties.push(property),
                    Err(text) => problems.add(text),
                },
                other => groups.take(other),
            }
        })?;
        let mut known = BTreeSet::new();
        for name in order {
            let bytes = ACCOUNT_BYTES + sizes.remove(&name).unwrap_or_default();
            if known.insert(name.clone()) {
                overview.accounts.push((name, bytes));
            }
        }
        overview.groups = groups.finish();
        overview.problems = problems;
        Ok(overview)
    }

    fn property(&self, row: &PropertyRow) -> std::result::Result<SystemProperty, String> {
        let is_marked = row.encrypted.unwrap_or_default() != 0;
        let value = self.encryption.database_value(&row.name, &row.value, is_marked, row.iv.as_deref());
        let is_encrypted = is_marked || self.encryption.is_listed(&row.name);
        match value {
            Ok(value) => Ok(SystemProperty { name: row.name.clone(), value: Some(value), is_encrypted }),
            Err(err) => Err(format!(
                "the property {} cannot be decrypted ({err}); put conf/security.xml of that installation beside its \
                 embedded-db folder and import again",
                row.name
            )),
        }
    }
}

/// Groups whose rows come from three tables, in any order.
#[derive(Default)]
struct Groups {
    by_name: BTreeMap<String, Group>,
    members: Vec<(String, GroupMember)>,
    properties: Vec<(String, String, String)>,
}

impl Groups {
    fn take(&mut self, row: OpenfireRow) {
        match row {
            OpenfireRow::Group(row) => {
                let group =
                    Group { name: row.name.clone(), description: row.description, ..Group::default() };
                self.by_name.insert(row.name, group);
            }
            OpenfireRow::GroupMember(row) => {
                let is_administrator = row.administrator != 0;
                self.members.push((row.group, GroupMember { address: row.username, is_administrator }));
            }
            OpenfireRow::GroupProperty(row) => self.properties.push((row.group, row.name, row.value)),
            _ => {}
        }
    }

    fn finish(mut self) -> Vec<Group> {
        for (group, member) in self.members {
            if let Some(group) = self.by_name.get_mut(&group) {
                match group.members.iter_mut().find(|known| known.address == member.address) {
                    Some(known) => known.is_administrator |= member.is_administrator,
                    None => group.members.push(member),
                }
            }
        }
        for (group, name, value) in self.properties {
            if let Some(group) = self.by_name.get_mut(&group) {
                group.properties.insert(name, value);
            }
        }
        self.by_name.into_values().collect()
    }
}

/// What people call the rows of a table; `None` for tables that only help.
fn kind(row: &OpenfireRow) -> Option<&'static str> {
    Some(match row {
        OpenfireRow::User(_) => "accounts",
        OpenfireRow::UserProperty(_) => "user properties",
        OpenfireRow::RosterItem(_) => "contacts",
        OpenfireRow::VCard(_) => "vCards",
        OpenfireRow::OfflineMessage(_) => "offline messages",
        OpenfireRow::PrivateData(_) => "private XML",
        OpenfireRow::Group(_) => "groups",
        OpenfireRow::Property(_) => "system properties",
        _ => return None,
    })
}

/// Whose row it is, and the memory that it takes.
fn weight(row: &OpenfireRow) -> Option<(&str, u64)> {
    let (owner, bytes) = match row {
        OpenfireRow::UserScram(row) => (&row.username, 200),
        OpenfireRow::UserProperty(row) => (&row.username, row.name.len() + row.value.len()),
        OpenfireRow::RosterItem(row) => {
            (&row.username, 200 + row.jid.len() + row.stanza.as_ref().map_or(0, String::len))
        }
        OpenfireRow::VCard(row) => (&row.username, row.vcard.len()),
        OpenfireRow::OfflineMessage(row) => (&row.username, row.stanza.len()),
        OpenfireRow::PrivateData(row) => (&row.username, row.data.len()),
        _ => return None,
    };
    Some((owner, bytes as u64))
}

fn find_script(path: &Path) -> Result<PathBuf> {
    let places = [path.to_owned(), path.join("openfire.script"), path.join(EMBEDDED_SCRIPT)];
    places.into_iter().find(|place| place.is_file()).with_context(|| {
        format!(
            "{}: there is no openfire.script; --hsqldb takes the home of Openfire, its embedded-db folder, or the script",
            path.display()
        )
    })
}

fn read_if_there(path: &Path) -> Result<Option<String>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(err).with_context(|| format!("read {}", path.display())),
    }
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("read {}", path.display()))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}
