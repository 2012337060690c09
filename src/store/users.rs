//! Accounts: `ofUser` and everything that goes with one.

use cobnut_model::{ScramKeys, UnixMillis, User};

use crate::archive::DELETE_OWNER;
use crate::backend::{Sql, on_backend, sql};
use crate::error::{is_duplicate, nothing_if_unfit};
use crate::schema::{PrivatePlace, ScramPlace, Shape};
use crate::timestamp::{from_column, to_column};
use crate::{Store, StoreError, credentials};

/// Result of [`Store::create_user`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateUser {
    /// The account exists now.
    Created,
    /// The name was taken already.
    Exists,
}

/// A page of users to ask for.
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    /// Case-insensitive part of username, name or e-mail.
    pub search: Option<String>,
    /// Rows to skip.
    pub offset: u32,
    /// Most rows to return.
    pub limit: u32,
}

/// A page of users, ordered by username.
#[derive(Debug, Clone)]
pub struct UserPage {
    /// Matching rows in all.
    pub total: u64,
    /// The rows of this page.
    pub users: Vec<User>,
}

const SELECT_USER: Sql =
    sql!("SELECT username, name, email, creationDate, modificationDate FROM ofUser WHERE username = ?");
const SELECT_USERS: Sql = sql!(
    "SELECT username, name, email, creationDate, modificationDate FROM ofUser \
    ORDER BY username LIMIT ? OFFSET ?"
);
const COUNT_USERS: Sql = sql!("SELECT COUNT(*) FROM ofUser");
const SEARCH_USERS: Sql = sql!(
    "SELECT username, name, email, creationDate, modificationDate FROM ofUser \
    WHERE LOWER(username) LIKE ? ESCAPE '!' OR LOWER(name) LIKE ? ESCAPE '!' OR LOWER(email) LIKE ? ESCAPE '!' \
    ORDER BY username LIMIT ? OFFSET ?"
);
const COUNT_FOUND_USERS: Sql = sql!(
    "SELECT COUNT(*) FROM ofUser \
    WHERE LOWER(username) LIKE ? ESCAPE '!' OR LOWER(name) LIKE ? ESCAPE '!' OR LOWER(email) LIKE ? ESCAPE '!'"
);
const INSERT_USER: Sql =
    sql!("INSERT INTO ofUser (username, name, email, creationDate, modificationDate) VALUES (?, ?, ?, ?, ?)");
const UPDATE_USER: Sql =
    sql!("UPDATE ofUser SET name = ?, email = ?, modificationDate = ? WHERE username = ?");
pub(crate) const DELETE_USER: Sql = sql!("DELETE FROM ofUser WHERE username = ?");

const DELETE_MEMBERSHIPS: Sql = sql!("DELETE FROM ofGroupUser WHERE username = ?");
/// Everything else that belongs to an account, in every supported schema. `ofRosterGroups` comes before `ofRoster`,
/// by whose rows it is found.
const DELETE_BELONGINGS: &[Sql] = &[
    sql!("DELETE FROM ofRosterGroups WHERE rosterID IN (SELECT rosterID FROM ofRoster WHERE username = ?)"),
    sql!("DELETE FROM ofRoster WHERE username = ?"),
    sql!("DELETE FROM ofUserFlag WHERE username = ?"),
    sql!("DELETE FROM ofUserProp WHERE username = ?"),
    DELETE_MEMBERSHIPS,
    sql!("DELETE FROM ofOffline WHERE username = ?"),
    sql!("DELETE FROM ofVCard WHERE username = ?"),
    sql!("DELETE FROM ofPrivacyList WHERE username = ?"),
    sql!("DELETE FROM ofPresence WHERE username = ?"),
];
const DELETE_PRIVATE: Sql = sql!("DELETE FROM ofPrivate WHERE username = ?");
const DELETE_PRIVATE_FALLBACK: Sql = sql!("DELETE FROM cobnutPrivate WHERE username = ?");

/// What Openfire keeps under the account's address instead of its name.
const SELECT_DOMAIN: Sql = sql!("SELECT propValue FROM ofProperty WHERE name = 'xmpp.domain'");
const DELETE_FROM_ROOMS: &[Sql] =
    &[sql!("DELETE FROM ofMucAffiliation WHERE jid = ?"), sql!("DELETE FROM ofMucMember WHERE jid = ?")];
const DELETE_EVENTING: &[Sql] = &[
    sql!("DELETE FROM ofPubsubItem WHERE serviceID = ?"),
    sql!("DELETE FROM ofPubsubSubscription WHERE serviceID = ?"),
    sql!("DELETE FROM ofPubsubAffiliation WHERE serviceID = ?"),
    sql!("DELETE FROM ofPubsubNodeJIDs WHERE serviceID = ?"),
    sql!("DELETE FROM ofPubsubNodeGroups WHERE serviceID = ?"),
    sql!("DELETE FROM ofPubsubDefaultConf WHERE serviceID = ?"),
    sql!("DELETE FROM ofPubsubNode WHERE serviceID = ?"),
];

type UserRow = (String, Option<String>, Option<String>, String, String);

fn user_from_row((username, name, email, created, modified): UserRow) -> User {
    User { username, name, email, created_at: from_column(&created), modified_at: from_column(&modified) }
}

/// The statements that remove what this database keeps under an account's name, the account itself excepted.
pub(crate) fn by_name(shape: Shape) -> impl Iterator<Item = Sql> + Send {
    let private = match shape.private {
        PrivatePlace::Openfire => Some(DELETE_PRIVATE),
        PrivatePlace::Ours => Some(DELETE_PRIVATE_FALLBACK),
        PrivatePlace::Nowhere => None,
    };
    let table_keys = (shape.scram == ScramPlace::Table).then_some(credentials::DELETE_TABLE_KEYS);
    let extra_keys = shape.has_extra_scram.then_some(credentials::DELETE_EXTRA_KEYS);
    DELETE_BELONGINGS.iter().copied().chain([private, table_keys, extra_keys].into_iter().flatten())
}

/// Whether a statement takes the account out of its groups.
pub(crate) fn is_membership(statement: Sql) -> bool {
    statement.questions == DELETE_MEMBERSHIPS.questions
}

/// The statements that remove what this database keeps under an account's address.
fn by_address(shape: Shape) -> impl Iterator<Item = Sql> + Send {
    let rooms = if shape.rooms.is_some() { DELETE_FROM_ROOMS } else { &[] };
    let eventing = if shape.has_pubsub { DELETE_EVENTING } else { &[] };
    rooms.iter().chain(eventing).copied()
}

/// Whether a row that the database found is that of the name asked for. Collations of MySQL take `é` for `e`, and
/// nobody may log in as somebody else's neighbour; letter case does not count, because old tables hold names in both.
pub(crate) fn is_same_name(stored: &str, asked: &str) -> bool {
    stored == asked || stored.to_lowercase() == asked.to_lowercase()
}

/// The LIKE pattern for a part, with `!` as the escape character (a backslash means different things to engines).
fn like_pattern(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for character in part.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

impl Store {
    /// One account.
    pub async fn user(&self, username: &str) -> Result<Option<User>, StoreError> {
        let found = self.repeatable("user", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(SELECT_USER)).bind(username);
                let mut connection = db.warm().await?;
                let row: Option<UserRow> = query.fetch_optional(&mut *connection).await?;
                db.keep(connection);
                Ok(row.filter(|row| is_same_name(&row.0, username)).map(user_from_row))
            })
        });
        nothing_if_unfit(found.await)
    }

    /// A page of accounts.
    ///
    /// Two statements: an account made between them may be counted and not listed. SQLite folds the case of ASCII
    /// letters only.
    pub async fn users(&self, query: &UserQuery) -> Result<UserPage, StoreError> {
        let search = query.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let (total, rows) = match search {
            Some(search) => self.find_users(&like_pattern(search), query).await?,
            None => self.all_users(query).await?,
        };
        let users = rows.into_iter().map(user_from_row).collect();
        Ok(UserPage { total: u64::try_from(total).unwrap_or(0), users })
    }

    async fn all_users(&self, page: &UserQuery) -> Result<(i64, Vec<UserRow>), StoreError> {
        self.run("users", || async move {
            on_backend!(&self.shared.engine, db => {
                let total: i64 = sqlx::query_scalar(db.sql(COUNT_USERS)).fetch_one(&db.reader()).await?;
                let rows = sqlx::query_as(db.sql(SELECT_USERS)).bind(i64::from(page.limit)).bind(i64::from(page.offset));
                Ok((total, rows.fetch_all(&db.reader()).await?))
            })
        })
        .await
    }

    async fn find_users(&self, pattern: &str, page: &UserQuery) -> Result<(i64, Vec<UserRow>), StoreError> {
        let found = self.run("find_users", || async move {
            on_backend!(&self.shared.engine, db => {
                let count = sqlx::query_scalar(db.sql(COUNT_FOUND_USERS)).bind(pattern).bind(pattern).bind(pattern);
                let total: i64 = count.fetch_one(&db.reader()).await?;
                let rows = sqlx::query_as(db.sql(SEARCH_USERS)).bind(pattern).bind(pattern).bind(pattern);
                let rows = rows.bind(i64::from(page.limit)).bind(i64::from(page.offset));
                Ok((total, rows.fetch_all(&db.reader()).await?))
            })
        });
        nothing_if_unfit(found.await)
    }

    /// Makes an account in one transaction. Of several nodes that make the same name at once, one succeeds.
    pub async fn create_user(&self, user: &User, keys: &[ScramKeys]) -> Result<CreateUser, StoreError> {
        let shape = &self.shared.shape;
        self.run("create_user", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                let insert = sqlx::query(db.sql(INSERT_USER))
                    .bind(&user.username)
                    .bind(&user.name)
                    .bind(&user.email)
                    .bind(to_column(user.created_at))
                    .bind(to_column(user.modified_at));
                match insert.execute(&mut *tx).await {
                    Err(err) if is_duplicate(&err) => return Ok(CreateUser::Exists),
                    outcome => outcome?,
                };
                credentials::replace_keys!(db, tx, shape, &user.username, keys);
                tx.commit().await?;
                Ok(CreateUser::Created)
            })
        })
        .await
    }

    /// Changes name and e-mail. Returns whether the account exists.
    pub async fn update_user(
        &self,
        username: &str,
        name: Option<&str>,
        email: Option<&str>,
    ) -> Result<bool, StoreError> {
        let modified: UnixMillis = cobnut_net::unix_now();
        self.run("update_user", || async move {
            on_backend!(&self.shared.engine, db => {
                let update = sqlx::query(db.sql(UPDATE_USER)).bind(name).bind(email).bind(to_column(modified)).bind(username);
                Ok(update.execute(&db.writer()).await?.rows_affected() > 0)
            })
        })
        .await
    }

    /// Removes an account and everything that belongs to it, in one transaction. Returns whether it existed.
    ///
    /// The account's entry on other people's rosters is theirs and stays.
    pub async fn delete_user(&self, username: &str) -> Result<bool, StoreError> {
        let shape = self.shared.shape;
        self.run("delete_user", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                sqlx::query(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                for statement in by_name(shape) {
                    sqlx::query(db.sql(statement)).bind(username).execute(&mut *tx).await?;
                }
                if shape.has_archive {
                    sqlx::query(db.sql(DELETE_OWNER)).bind(username).execute(&mut *tx).await?;
                }
                let domain: Option<String> = sqlx::query_scalar(db.sql(SELECT_DOMAIN)).fetch_optional(&mut *tx).await?;
                if let Some(domain) = domain {
                    let address = format!("{username}@{}", domain.trim());
                    for statement in by_address(shape) {
                        sqlx::query(db.sql(statement)).bind(&address).execute(&mut *tx).await?;
                    }
                }
                let deleted = sqlx::query(db.sql(DELETE_USER)).bind(username).execute(&mut *tx).await?.rows_affected();
                tx.commit().await?;
                Ok(deleted > 0)
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_their_part_literally() {
        for (part, want) in [("bob", "%bob%"), ("BOB", "%bob%"), ("50%_!", "%50!%!_!!%"), ("李", "%李%")] {
            assert_eq!(like_pattern(part), want);
        }
    }
}
