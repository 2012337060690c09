//! Why a script or log cannot be read.

use thiserror::Error;

/// A problem and the line that it is on.
#[derive(Debug, Error)]
#[error("line {line}: {problem}")]
pub struct ScriptError {
    /// Line, counting from 1.
    pub line: u64,
    /// What is wrong there.
    #[source]
    pub problem: ScriptProblem,
}

/// What is wrong.
#[derive(Debug, Error)]
pub enum ScriptProblem {
    /// The file could not be read.
    #[error("the file cannot be read")]
    Io(#[source] std::io::Error),
    /// Not a script in text form.
    #[error(
        "this is no script in text form: it is binary or compressed; start Openfire once, run SET FILES SCRIPT FORMAT TEXT and stop it"
    )]
    NotText,
    /// A statement longer than any that the database writes.
    #[error("a statement is longer than {0} bytes")]
    TooLong(usize),
    /// A statement that cannot be understood.
    #[error("{0}")]
    Syntax(&'static str),
    /// A row of a table that was not created before.
    #[error("there is a row of table {0}, which was not created before")]
    UnknownTable(String),
    /// A row with more or fewer values than its table has columns.
    #[error("a row of table {table} has {values} values for {columns} columns")]
    WrongWidth {
        /// Name of the table.
        table: String,
        /// Columns of the table.
        columns: usize,
        /// Values of the row.
        values: usize,
    },
    /// The rows of a table are in another file.
    #[error(
        "the rows of table {0} are not in the script but in a binary file (a CACHED or TEXT table); turn it into a MEMORY table and stop the database"
    )]
    RowsElsewhere(String),
    /// Values of a column are in another file.
    #[error("the values of column {column} of table {table} are in a binary file of large objects")]
    LargeObject {
        /// Name of the table.
        table: String,
        /// Name of the column.
        column: String,
    },
    /// A change in the log that is more than rows that come and go.
    #[error(
        "the log has the statement {0}, which is not applied; start Openfire once and stop it cleanly, then import again"
    )]
    UnknownChange(String),
}
