//! What the log changes: rows that came and rows that went since the script was written.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::BufRead;

use super::added::AddedRows;
use super::lines::Lines;
use super::script::{Row, Tables, is_openfire};
use super::statement::{Column, SqlValue, Statement, parse};
use super::{ScriptError, ScriptProblem};

/// The net effect of a log.
///
/// Sessions take turns in a log; each has a transaction of its own, whose rows count once it is committed. What no commit
/// follows is left out, as the database itself would.
#[derive(Debug, Clone, Default)]
pub struct LogChanges {
    added: BTreeMap<String, AddedRows>,
    deleted: HashMap<String, Deleted>,
    created: Vec<(String, Vec<Column>, bool)>,
    columns: HashMap<String, Vec<String>>,
    statements: u64,
    is_cut_off: bool,
}

/// Rows of the script that are gone.
#[derive(Debug, Clone, Default)]
struct Deleted {
    is_everything: bool,
    /// Values by the columns that they are compared with.
    by_columns: HashMap<Vec<String>, HashSet<Vec<SqlValue>>>,
}

#[derive(Debug, Clone)]
enum Change {
    Insert(String, Vec<SqlValue>),
    Delete(String, Vec<(String, SqlValue)>),
}

/// A transaction that is under way.
#[derive(Debug, Default)]
struct Session {
    pending: Vec<Change>,
    holds_back: bool,
}

impl LogChanges {
    /// Reads a log. `is_modern` tells that version 2.0 or later wrote it ([`DatabaseState::is_modern`]): those hold every
    /// change back until a commit, older ones only after `SET AUTOCOMMIT FALSE`.
    ///
    /// The columns of a table are needed to apply deletions to rows that the log itself added, so `script_columns` yields
    /// them, in upper case; [`LogChanges::columns_of`] reads them from the script.
    ///
    /// # Errors
    /// A statement that cannot be understood, unless it is the last one and was cut off, or one that changes more than
    /// rows.
    ///
    /// [`DatabaseState::is_modern`]: super::DatabaseState::is_modern
    pub fn read(
        log: impl BufRead,
        is_modern: bool,
        script_columns: HashMap<String, Vec<String>>,
    ) -> Result<Self, ScriptError> {
        let mut changes = Self { columns: script_columns, ..Self::default() };
        let mut lines = Lines::new(log);
        let mut sessions: HashMap<String, Session> = HashMap::new();
        let mut current = String::new();
        let mut tables = Tables::default();
        while let Some(text) = lines.next_statement()? {
            let text = match session_mark(&text) {
                Some((session, rest)) => {
                    session.clone_into(&mut current);
                    rest
                }
                None => text.as_str(),
            };
            let statement = match parse(text) {
                Ok(statement) => statement,
                Err(_) if !lines.ends_in_newline() => {
                    changes.is_cut_off = true;
                    break;
                }
                Err(problem) => return Err(lines.error(problem)),
            };
            changes.statements += 1;
            let session = sessions
                .entry(current.clone())
                .or_insert_with(|| Session { pending: Vec::new(), holds_back: is_modern });
            changes.statement(statement, session, &mut tables).map_err(|problem| lines.error(problem))?;
        }
        Ok(changes)
    }

    /// The columns of Openfire's tables as the script creates them, for [`LogChanges::read`]. Stops before the rows.
    ///
    /// # Errors
    /// As [`ScriptReader`](super::ScriptReader).
    pub fn columns_of(script: impl BufRead) -> Result<HashMap<String, Vec<String>>, ScriptError> {
        let mut found = HashMap::new();
        let mut lines = Lines::new(script);
        while let Some(text) = lines.next_statement()? {
            match parse(&text).map_err(|problem| lines.error(problem))? {
                Statement::CreateTable { table, columns, .. } if is_openfire(&table) => {
                    found.insert(table, columns.into_iter().map(|column| column.name).collect());
                }
                Statement::Insert { table, .. } if is_openfire(&table) => break,
                _ => {}
            }
        }
        Ok(found)
    }

    /// Statements that were read.
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// Whether the last statement was cut off and left out: the machine stopped while it was written.
    pub fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }

    /// Whether a row of the script is gone.
    pub fn deletes(&self, row: &Row) -> bool {
        let Some(deleted) = self.deleted.get(&*row.table) else { return false };
        deleted.is_everything
            || deleted.by_columns.iter().any(|(columns, values)| {
                let own: Option<Vec<SqlValue>> =
                    columns.iter().map(|column| row.get(column).cloned()).collect();
                own.is_some_and(|own| values.contains(&own))
            })
    }

    /// Rows that came, by table.
    pub(super) fn into_added(self) -> Vec<(String, Vec<SqlValue>)> {
        let tables = self.added.into_iter();
        tables.flat_map(|(table, rows)| rows.into_rows().map(move |values| (table.clone(), values))).collect()
    }

    /// Tables that came.
    pub(super) fn move_tables_into(&mut self, tables: &mut Tables) {
        for (table, columns, is_elsewhere) in self.created.drain(..) {
            tables.create(&table, columns, is_elsewhere);
        }
    }

    fn statement(
        &mut self,
        statement: Statement,
        session: &mut Session,
        tables: &mut Tables,
    ) -> Result<(), ScriptProblem> {
        let change = match statement {
            Statement::SetSchema(name) => {
                tables.set_schema(name);
                return Ok(());
            }
            Statement::Insert { table, values } if is_openfire(&table) && tables.is_in_schema() => {
                Change::Insert(table, values)
            }
            Statement::Delete { table, conditions } if is_openfire(&table) && tables.is_in_schema() => {
                Change::Delete(table, conditions)
            }
            Statement::CreateTable { table, columns, is_elsewhere } => {
                self.columns
                    .insert(table.clone(), columns.iter().map(|column| column.name.clone()).collect());
                self.created.push((table, columns, is_elsewhere));
                return Ok(());
            }
            Statement::Change { what, table } if is_openfire(&table) => {
                return Err(ScriptProblem::UnknownChange(what));
            }
            Statement::SetAutocommit(is_on) => {
                session.holds_back = !is_on;
                if is_on {
                    self.commit(session);
                }
                return Ok(());
            }
            Statement::Commit => {
                self.commit(session);
                return Ok(());
            }
            Statement::Rollback => {
                session.pending.clear();
                return Ok(());
            }
            _ => return Ok(()),
        };
        session.pending.push(change);
        if !session.holds_back {
            self.commit(session);
        }
        Ok(())
    }

    fn commit(&mut self, session: &mut Session) {
        for change in session.pending.drain(..) {
            match change {
                Change::Insert(table, values) => self.added.entry(table).or_default().insert(values),
                Change::Delete(table, conditions) => self.delete(table, conditions),
            }
        }
    }

    /// A row is either one that the log added, or one of the script.
    fn delete(&mut self, table: String, mut conditions: Vec<(String, SqlValue)>) {
        if conditions.is_empty() {
            self.added.entry(table.clone()).or_default().clear();
            self.deleted.entry(table).or_default().is_everything = true;
            return;
        }
        conditions.sort_by(|one, other| one.0.cmp(&other.0));
        let (names, values): (Vec<String>, Vec<SqlValue>) = conditions.into_iter().unzip();
        let columns = self.columns.get(&table);
        let position = |name: &String| columns?.iter().position(|column| column == name);
        let positions: Option<Vec<usize>> = names.iter().map(position).collect();
        let added = self.added.get_mut(&table).zip(positions);
        if added.is_some_and(|(added, positions)| added.delete(&positions, &values)) {
            return;
        }
        self.deleted.entry(table).or_default().by_columns.entry(names).or_default().insert(values);
    }
}

/// `/*C2*/` in front of a statement: from here on, statements are those of session 2.
fn session_mark(text: &str) -> Option<(&str, &str)> {
    let (session, rest) = text.strip_prefix("/*C")?.split_once("*/")?;
    Some((session, rest))
}
