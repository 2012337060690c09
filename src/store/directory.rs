//! The user directory (XEP-0055): accounts found by what somebody who is not an administrator may ask for.

use std::collections::BTreeSet;

use crate::backend::{Sql, on_backend, sql};
use crate::error::nothing_if_unfit;
use crate::{Store, StoreError};

/// What a directory is asked for. A field that is `None` is not looked at; an account is found by any of the others.
///
/// A value is found anywhere in its field, in any letter case (SQLite folds ASCII letters only); `*` stands for any text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryQuery {
    /// Part of the user name.
    pub username: Option<String>,
    /// Part of the name.
    pub name: Option<String>,
    /// Part of the e-mail address.
    pub email: Option<String>,
    /// Leaves out who has no group in common with this user name.
    pub in_groups_of: Option<String>,
    /// Which of the matches.
    pub page: DirectoryPage,
    /// Most matches to return.
    pub limit: u32,
}

/// Which of the matches, which are ordered by user name, are wanted (XEP-0059).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryPage {
    /// Those from this one on, counted from 0.
    At(u32),
    /// The first after a user name.
    After(String),
    /// The last before a user name.
    Before(String),
    /// The last of all.
    Last,
}

impl Default for DirectoryPage {
    fn default() -> Self {
        Self::At(0)
    }
}

/// What is told of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The user name.
    pub username: String,
    /// The name, unless the account hides it (`name.visible` in `ofUserProp`).
    pub name: Option<String>,
    /// The e-mail address, unless the account hides it (`email.visible`).
    pub email: Option<String>,
}

/// Some of the matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryAnswer {
    /// All matches.
    pub total: u32,
    /// Where the first of `entries` stands among them.
    pub first: u32,
    /// The page.
    pub entries: Vec<DirectoryEntry>,
}

/// Accounts of which one field fits.
macro_rules! fitting {
    () => {
        " FROM ofUser WHERE (LOWER(username) LIKE ? ESCAPE '!' OR LOWER(name) LIKE ? ESCAPE '!' \
        OR LOWER(email) LIKE ? ESCAPE '!')"
    };
}

/// Narrows it down to those who share a group with somebody.
macro_rules! group_mates {
    () => {
        " AND username IN (SELECT theirs.username FROM ofGroupUser mine \
        JOIN ofGroupUser theirs ON theirs.groupName = mine.groupName WHERE mine.username = ?)"
    };
}

/// The statements of one kind of search.
struct Statements {
    count: Sql,
    count_before: Sql,
    count_up_to: Sql,
    select: Sql,
}

const EVERYBODY: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", fitting!())),
    count_before: sql!(concat!("SELECT COUNT(*)", fitting!(), " AND username < ?")),
    count_up_to: sql!(concat!("SELECT COUNT(*)", fitting!(), " AND username <= ?")),
    select: sql!(concat!("SELECT username, name, email", fitting!(), " ORDER BY username LIMIT ? OFFSET ?")),
};
const GROUP_MATES: Statements = Statements {
    count: sql!(concat!("SELECT COUNT(*)", fitting!(), group_mates!())),
    count_before: sql!(concat!("SELECT COUNT(*)", fitting!(), group_mates!(), " AND username < ?")),
    count_up_to: sql!(concat!("SELECT COUNT(*)", fitting!(), group_mates!(), " AND username <= ?")),
    select: sql!(concat!(
        "SELECT username, name, email",
        fitting!(),
        group_mates!(),
        " ORDER BY username LIMIT ? OFFSET ?"
    )),
};
const SELECT_HIDDEN: Sql = sql!(
    "SELECT username, name, propValue FROM ofUserProp \
    WHERE name IN ('name.visible', 'email.visible') AND username >= ? AND username <= ?"
);

/// A search as the statements take it.
struct Search {
    patterns: [Option<String>; 3],
    group_mate: Option<String>,
}

impl Search {
    fn statements(&self) -> &'static Statements {
        if self.group_mate.is_some() { &GROUP_MATES } else { &EVERYBODY }
    }
}

/// The LIKE pattern for a part, with `!` as the escape character (a backslash means different things to engines).
fn pattern(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    // Several stars in a row mean no more than one, and cost the database much more.
    let mut is_open = true;
    for character in part.to_lowercase().chars() {
        if character == '*' {
            is_open = true;
            continue;
        }
        if std::mem::take(&mut is_open) {
            pattern.push('%');
        }
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl Store {
    /// A page of the accounts that fit.
    ///
    /// Up to four statements, each a snapshot of its own: an account made between them may be counted and not listed.
    /// The counts read the whole table.
    pub async fn search_directory(&self, query: &DirectoryQuery) -> Result<DirectoryAnswer, StoreError> {
        let patterns = [&query.username, &query.name, &query.email]
            .map(|part| part.as_deref().filter(|part| !part.is_empty()).map(pattern));
        if patterns.iter().all(Option::is_none) {
            return Ok(DirectoryAnswer::default());
        }
        let search = &Search { patterns, group_mate: query.in_groups_of.clone() };
        let found = self.run("search_directory", || async move {
            let total = self.count_found(search.statements().count, search, None).await?;
            let (first, limit) = self.first_of_page(search, query, total).await?;
            let rows = self.rows_found(search, first, limit).await?;
            let hidden = match (rows.first(), rows.last()) {
                (Some(first), Some(last)) => self.hidden_between(&first.0, &last.0).await?,
                _ => BTreeSet::new(),
            };
            Ok(DirectoryAnswer { total, first, entries: entries(rows, &hidden) })
        });
        nothing_if_unfit(found.await)
    }

    /// Where the page begins and how long it may be.
    async fn first_of_page(
        &self,
        search: &Search,
        query: &DirectoryQuery,
        total: u32,
    ) -> Result<(u32, u32), sqlx::Error> {
        let statements = search.statements();
        let end = match &query.page {
            DirectoryPage::At(first) => return Ok((*first, query.limit)),
            DirectoryPage::After(username) => {
                let first = self.count_found(statements.count_up_to, search, Some(username)).await?;
                return Ok((first, query.limit));
            }
            DirectoryPage::Before(username) => {
                self.count_found(statements.count_before, search, Some(username)).await?
            }
            DirectoryPage::Last => total,
        };
        let first = end.saturating_sub(query.limit);
        Ok((first, end - first))
    }

    async fn count_found(
        &self,
        statement: Sql,
        search: &Search,
        bound: Option<&str>,
    ) -> Result<u32, sqlx::Error> {
        let [username, name, email] = &search.patterns;
        let count: i64 = on_backend!(&self.shared.engine, db => {
            let mut query = sqlx::query_scalar(db.sql(statement)).bind(username).bind(name).bind(email);
            for further in search.group_mate.as_deref().into_iter().chain(bound) {
                query = query.bind(further);
            }
            query.fetch_one(&db.reader()).await?
        });
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn rows_found(&self, search: &Search, first: u32, limit: u32) -> Result<Vec<Row>, sqlx::Error> {
        let [username, name, email] = &search.patterns;
        on_backend!(&self.shared.engine, db => {
            let mut query = sqlx::query_as(db.sql(search.statements().select)).bind(username).bind(name).bind(email);
            if let Some(group_mate) = &search.group_mate {
                query = query.bind(group_mate);
            }
            query.bind(i64::from(limit)).bind(i64::from(first)).fetch_all(&db.reader()).await
        })
    }

    /// What accounts from one to another hide: user name and property.
    async fn hidden_between(
        &self,
        first: &str,
        last: &str,
    ) -> Result<BTreeSet<(String, String)>, sqlx::Error> {
        let rows: Vec<(String, String, Option<String>)> = on_backend!(&self.shared.engine, db => {
            sqlx::query_as(db.sql(SELECT_HIDDEN)).bind(first).bind(last).fetch_all(&db.reader()).await?
        });
        // Java's parser: everything but "true" is false.
        let is_hidden = |value: &Option<String>| !value.as_deref().unwrap_or("").eq_ignore_ascii_case("true");
        let hidden = rows.into_iter().filter(|(.., value)| is_hidden(value));
        Ok(hidden.map(|(username, property, _)| (username, property)).collect())
    }
}

type Row = (String, Option<String>, Option<String>);

fn entries(rows: Vec<Row>, hidden: &BTreeSet<(String, String)>) -> Vec<DirectoryEntry> {
    let is_shown = |username: &str, property: &str| {
        hidden.is_empty() || !hidden.contains(&(username.to_owned(), property.to_owned()))
    };
    let entry = |(username, name, email): Row| DirectoryEntry {
        name: name.filter(|_| is_shown(&username, "name.visible")),
        email: email.filter(|_| is_shown(&username, "email.visible")),
        username,
    };
    rows.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_know_the_star_only() {
        for (part, want) in [
            ("Bob", "%bob%"),
            ("b*b", "%b%b%"),
            ("**bob*", "%bob%"),
            ("*", "%"),
            ("50%_!", "%50!%!_!!%"),
            ("50%*x", "%50!%%x%"),
            ("50%", "%50!%%"),
            ("!*", "%!!%"),
            ("李", "%李%"),
        ] {
            assert_eq!(pattern(part), want, "{part}");
        }
    }
}
