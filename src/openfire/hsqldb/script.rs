//! The rows of a script, one after the other.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;

use super::lines::Lines;
use super::statement::{Column, SqlValue, Statement, parse};
use super::{LogChanges, ScriptError, ScriptProblem};

/// The schema of all of Openfire's tables.
const SCHEMA: &str = "PUBLIC";
/// Tables whose names begin so are Openfire's.
const PREFIX: &str = "OF";

/// A row of one of Openfire's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name of the table in upper case, for example `OFUSER`.
    pub table: Arc<str>,
    /// Names of the columns in upper case, in the order of the values.
    pub columns: Arc<[String]>,
    /// The values.
    pub values: Vec<SqlValue>,
    /// Line of the statement; 0 for a row that only the log has.
    pub line: u64,
}

impl Row {
    /// The value of a column, in any letter case; `None` if the table has no such column.
    pub fn get(&self, column: &str) -> Option<&SqlValue> {
        let index = self.columns.iter().position(|name| name.eq_ignore_ascii_case(column))?;
        self.values.get(index)
    }
}

/// A table that was created.
#[derive(Debug, Clone)]
struct Table {
    name: Arc<str>,
    columns: Arc<[String]>,
    large_objects: Vec<usize>,
    is_elsewhere: bool,
}

/// What was created so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    tables: HashMap<String, Table>,
    schema: Option<String>,
}

impl Tables {
    pub(super) fn set_schema(&mut self, name: String) {
        self.schema = Some(name);
    }

    /// Whether rows belong to Openfire's tables: the database has some of its own in other schemas.
    pub(super) fn is_in_schema(&self) -> bool {
        self.schema.as_deref().is_none_or(|schema| schema == SCHEMA)
    }

    pub(super) fn create(&mut self, name: &str, columns: Vec<Column>, is_elsewhere: bool) {
        let large_objects = columns.iter().enumerate().filter(|(_, column)| column.is_large_object);
        let large_objects = large_objects.map(|(index, _)| index).collect();
        let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let table = Table { name: name.into(), columns: columns.into(), large_objects, is_elsewhere };
        self.tables.insert(name.to_owned(), table);
    }

    /// A row of a table; `None` if the table is not one of Openfire's.
    pub(super) fn row(
        &self,
        name: &str,
        values: Vec<SqlValue>,
        line: u64,
    ) -> Result<Option<Row>, ScriptProblem> {
        if !self.is_in_schema() || !is_openfire(name) {
            return Ok(None);
        }
        let table = self.tables.get(name).ok_or_else(|| ScriptProblem::UnknownTable(name.to_owned()))?;
        if table.columns.len() != values.len() {
            let (columns, values) = (table.columns.len(), values.len());
            return Err(ScriptProblem::WrongWidth { table: name.to_owned(), columns, values });
        }
        let outside = table.large_objects.iter().find(|&&index| values.get(index) != Some(&SqlValue::Null));
        if let Some(&index) = outside {
            let column = table.columns.get(index).cloned().unwrap_or_default();
            return Err(ScriptProblem::LargeObject { table: name.to_owned(), column });
        }
        Ok(Some(Row { table: table.name.clone(), columns: table.columns.clone(), values, line }))
    }

    /// The first of Openfire's tables whose rows are in another file.
    fn elsewhere(&self, name: &str) -> bool {
        is_openfire(name) && self.tables.get(name).is_some_and(|table| table.is_elsewhere)
    }
}

pub(super) fn is_openfire(table: &str) -> bool {
    table.starts_with(PREFIX)
}

/// Reads the rows of Openfire's tables from a script in text form, changed as the log says.
///
/// The iterator ends after the first error.
pub struct ScriptReader<R> {
    lines: Lines<R>,
    tables: Tables,
    changes: LogChanges,
    is_modern: bool,
    added: Option<std::vec::IntoIter<(String, Vec<SqlValue>)>>,
    has_failed: bool,
}

impl<R: BufRead> ScriptReader<R> {
    /// Reads a script that needs no log: the database was stopped cleanly.
    pub fn new(script: R) -> Self {
        Self::with_changes(script, LogChanges::default())
    }

    /// Reads a script and applies the changes of its log.
    pub fn with_changes(script: R, changes: LogChanges) -> Self {
        let lines = Lines::new(script);
        Self { lines, tables: Tables::default(), changes, is_modern: false, added: None, has_failed: false }
    }

    /// Bytes of the script that were read, for a progress bar.
    pub fn bytes_read(&self) -> u64 {
        self.lines.bytes_read()
    }

    /// Whether a version from 2.0 on wrote the script; right after the first row.
    pub fn is_modern(&self) -> bool {
        self.is_modern
    }

    fn next_row(&mut self) -> Result<Option<Row>, ScriptError> {
        while self.added.is_none() {
            let Some(text) = self.lines.next_statement()? else {
                let mut changes = std::mem::take(&mut self.changes);
                changes.move_tables_into(&mut self.tables);
                self.added = Some(changes.into_added().into_iter());
                break;
            };
            if let Some(row) = self.statement(&text).map_err(|problem| self.lines.error(problem))? {
                return Ok(Some(row));
            }
        }
        self.tables.set_schema(SCHEMA.to_owned());
        let Some(added) = &mut self.added else { return Ok(None) };
        for (table, values) in added.by_ref() {
            let row = self.tables.row(&table, values, 0).map_err(|problem| self.lines.error(problem))?;
            if row.is_some() {
                return Ok(row);
            }
        }
        Ok(None)
    }

    fn statement(&mut self, text: &str) -> Result<Option<Row>, ScriptProblem> {
        // Half of a script may be rows of plugins and of archives, which need not be taken apart.
        let foreign =
            text.strip_prefix("INSERT INTO ").filter(|row| !is_openfire(row) && !row.starts_with(SCHEMA));
        if foreign.is_some() {
            return Ok(None);
        }
        match parse(text)? {
            Statement::CreateTable { table, columns, is_elsewhere } => {
                self.tables.create(&table, columns, is_elsewhere);
                if self.tables.elsewhere(&table) {
                    return Err(ScriptProblem::RowsElsewhere(table));
                }
                Ok(None)
            }
            Statement::SetSchema(name) => {
                self.tables.set_schema(name);
                Ok(None)
            }
            Statement::Insert { table, values } => {
                let row = self.tables.row(&table, values, self.lines.line())?;
                Ok(row.filter(|row| !self.changes.deletes(row)))
            }
            Statement::Other { is_modern } => {
                self.is_modern |= is_modern;
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

impl<R: BufRead> Iterator for ScriptReader<R> {
    type Item = Result<Row, ScriptError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_failed {
            return None;
        }
        let result = self.next_row().transpose();
        self.has_failed = matches!(result, Some(Err(_)));
        result
    }
}
