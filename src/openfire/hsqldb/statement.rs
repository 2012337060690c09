//! The statements that matter in scripts and logs.

use super::ScriptProblem;
use super::lexer::{Lexer, Token};

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SqlValue {
    /// No value.
    Null,
    /// A whole number that fits 64 bits.
    Integer(i64),
    /// Any other number, as written.
    Decimal(String),
    /// Text, and dates and times, which are written like text.
    Text(String),
    /// `TRUE` or `FALSE`.
    Boolean(bool),
    /// Bytes.
    Binary(Vec<u8>),
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// In upper case unless it was quoted.
    pub(super) name: String,
    /// Whether the values are in another file.
    pub(super) is_large_object: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// `is_elsewhere`: the rows are in another file.
    CreateTable {
        table: String,
        columns: Vec<Column>,
        is_elsewhere: bool,
    },
    Insert {
        table: String,
        values: Vec<SqlValue>,
    },
    /// No condition means every row.
    Delete {
        table: String,
        conditions: Vec<(String, SqlValue)>,
    },
    SetSchema(String),
    SetAutocommit(bool),
    Commit,
    Rollback,
    /// Something else about a table: `UPDATE`, `ALTER TABLE`, `DROP TABLE`, `TRUNCATE`; with the words for a message.
    Change {
        what: String,
        table: String,
    },
    /// Whether only versions from 2.0 on write such a statement.
    Other {
        is_modern: bool,
    },
}

pub(super) fn parse(text: &str) -> Result<Statement, ScriptProblem> {
    let mut parser = Parser { lexer: Lexer::new(text), peeked: None };
    let Some(first) = parser.next()? else { return Ok(Statement::Other { is_modern: false }) };
    let Token::Word { text: verb, is_quoted: false } = first else {
        return Err(ScriptProblem::Syntax("a statement does not begin with a word"));
    };
    match verb.as_str() {
        "INSERT" => parser.insert(),
        "DELETE" => parser.delete(),
        "CREATE" => parser.create(),
        "SET" => parser.set(),
        "COMMIT" => Ok(Statement::Commit),
        // What a session did not commit ends with it.
        "DISCONNECT" => Ok(Statement::Rollback),
        // Savepoints leave the transaction open.
        "ROLLBACK" if !parser.skips_word("TO")? => Ok(Statement::Rollback),
        "UPDATE" | "TRUNCATE" | "MERGE" => parser.change(&verb),
        "ALTER" | "DROP" if parser.skips_word("TABLE")? => parser.change(&format!("{verb} TABLE")),
        "ALTER" => Ok(Statement::Other { is_modern: parser.skips_word("SEQUENCE")? }),
        _ => Ok(Statement::Other { is_modern: false }),
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    peeked: Option<Token>,
}

impl Parser<'_> {
    fn next(&mut self) -> Result<Option<Token>, ScriptProblem> {
        match self.peeked.take() {
            Some(token) => Ok(Some(token)),
            None => self.lexer.next(),
        }
    }

    fn peek(&mut self) -> Result<Option<&Token>, ScriptProblem> {
        if self.peeked.is_none() {
            self.peeked = self.lexer.next()?;
        }
        Ok(self.peeked.as_ref())
    }

    fn skips_word(&mut self, wanted: &str) -> Result<bool, ScriptProblem> {
        let is_next = self.peek()?.is_some_and(|token| token.is_word(wanted));
        if is_next {
            self.peeked = None;
        }
        Ok(is_next)
    }

    fn skips_sign(&mut self, wanted: char) -> Result<bool, ScriptProblem> {
        let is_next = self.peek()? == Some(&Token::Sign(wanted));
        if is_next {
            self.peeked = None;
        }
        Ok(is_next)
    }

    fn word(&mut self, problem: &'static str) -> Result<String, ScriptProblem> {
        match self.next()? {
            Some(Token::Word { text, .. }) => Ok(text),
            _ => Err(ScriptProblem::Syntax(problem)),
        }
    }

    /// A name without the schema in front of it.
    fn table(&mut self) -> Result<String, ScriptProblem> {
        let mut name = self.word("the name of a table is missing")?;
        while self.skips_sign('.')? {
            name = self.word("the name of a table is missing")?;
        }
        Ok(name)
    }

    fn change(&mut self, what: &str) -> Result<Statement, ScriptProblem> {
        self.skips_word("TABLE")?;
        self.skips_word("INTO")?;
        let table = self.table()?;
        Ok(Statement::Change { what: format!("{what} {table}"), table })
    }

    fn value(&mut self) -> Result<SqlValue, ScriptProblem> {
        let token = self.next()?.ok_or(ScriptProblem::Syntax("a value is missing"))?;
        Ok(match token {
            Token::Text(text) => SqlValue::Text(text),
            Token::Binary(bytes) => SqlValue::Binary(bytes),
            Token::Number(text) => text.parse().map_or_else(|_| SqlValue::Decimal(text), SqlValue::Integer),
            Token::Word { text, is_quoted: false } => match text.as_str() {
                "NULL" => SqlValue::Null,
                "TRUE" => SqlValue::Boolean(true),
                "FALSE" => SqlValue::Boolean(false),
                // `DATE '…'` and `TIMESTAMP '…'`
                _ => match self.next()? {
                    Some(Token::Text(text)) => SqlValue::Text(text),
                    _ => return Err(ScriptProblem::Syntax("a value is neither text nor number")),
                },
            },
            _ => return Err(ScriptProblem::Syntax("a value is neither text nor number")),
        })
    }

    fn insert(&mut self) -> Result<Statement, ScriptProblem> {
        if !self.skips_word("INTO")? {
            return Err(ScriptProblem::Syntax("INSERT without INTO"));
        }
        let table = self.table()?;
        if !self.skips_word("VALUES")? || !self.skips_sign('(')? {
            return Err(ScriptProblem::Syntax("INSERT without VALUES"));
        }
        let mut values = Vec::new();
        loop {
            values.push(self.value()?);
            if self.skips_sign(')')? {
                return Ok(Statement::Insert { table, values });
            }
            if !self.skips_sign(',')? {
                return Err(ScriptProblem::Syntax("the values of a row are not separated by commas"));
            }
        }
    }

    fn delete(&mut self) -> Result<Statement, ScriptProblem> {
        if !self.skips_word("FROM")? {
            return Err(ScriptProblem::Syntax("DELETE without FROM"));
        }
        let table = self.table()?;
        let mut conditions = Vec::new();
        if self.peek()?.is_none() {
            return Ok(Statement::Delete { table, conditions });
        }
        if !self.skips_word("WHERE")? {
            return Err(ScriptProblem::Syntax("DELETE with something else than WHERE"));
        }
        loop {
            let column = self.word("the name of a column is missing")?;
            let value = if self.skips_word("IS")? {
                if !self.skips_word("NULL")? {
                    return Err(ScriptProblem::Syntax("IS without NULL"));
                }
                SqlValue::Null
            } else if self.skips_sign('=')? {
                self.value()?
            } else {
                return Err(ScriptProblem::Syntax("DELETE with something else than equal values"));
            };
            conditions.push((column, value));
            if self.peek()?.is_none() {
                return Ok(Statement::Delete { table, conditions });
            }
            if !self.skips_word("AND")? {
                return Err(ScriptProblem::Syntax("DELETE with something else than AND"));
            }
        }
    }

    fn set(&mut self) -> Result<Statement, ScriptProblem> {
        if self.skips_word("SCHEMA")? {
            return Ok(Statement::SetSchema(self.word("the name of a schema is missing")?));
        }
        if self.skips_word("AUTOCOMMIT")? {
            return Ok(Statement::SetAutocommit(self.skips_word("TRUE")?));
        }
        let is_modern = self.skips_word("DATABASE")? || self.skips_word("FILES")?;
        Ok(Statement::Other { is_modern })
    }

    fn create(&mut self) -> Result<Statement, ScriptProblem> {
        let mut is_elsewhere = false;
        while !self.skips_word("TABLE")? {
            match self.next()? {
                Some(Token::Word { text, .. }) if matches!(text.as_str(), "CACHED" | "TEXT") => {
                    is_elsewhere = true;
                }
                Some(Token::Word { text, .. })
                    if matches!(text.as_str(), "MEMORY" | "GLOBAL" | "TEMP" | "TEMPORARY") => {}
                _ => return Ok(Statement::Other { is_modern: false }),
            }
        }
        let table = self.table()?;
        if !self.skips_sign('(')? {
            return Err(ScriptProblem::Syntax("CREATE TABLE without columns"));
        }
        let mut columns = Vec::new();
        loop {
            let is_last = self.definition(&mut columns)?;
            if is_last {
                return Ok(Statement::CreateTable { table, columns, is_elsewhere });
            }
        }
    }

    /// A column or a constraint, up to the comma or the closing parenthesis; true behind the latter.
    fn definition(&mut self, columns: &mut Vec<Column>) -> Result<bool, ScriptProblem> {
        let cut_off = ScriptProblem::Syntax("CREATE TABLE is cut off");
        let Some(Token::Word { text, is_quoted }) = self.next()? else { return Err(cut_off) };
        let is_constraint =
            !is_quoted && matches!(text.as_str(), "CONSTRAINT" | "PRIMARY" | "UNIQUE" | "FOREIGN" | "CHECK");
        if !is_constraint {
            let kind = self.word("the type of a column is missing")?;
            let is_large_object = matches!(kind.as_str(), "CLOB" | "BLOB")
                || kind == "CHARACTER" && self.skips_word("LARGE")?
                || kind == "BINARY" && self.skips_word("LARGE")?;
            columns.push(Column { name: text, is_large_object });
        }
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                None => return Err(cut_off),
                Some(Token::Sign('(')) => depth += 1,
                Some(Token::Sign(')')) if depth == 0 => return Ok(true),
                Some(Token::Sign(')')) => depth -= 1,
                Some(Token::Sign(',')) if depth == 0 => return Ok(false),
                Some(_) => {}
            }
        }
    }
}
