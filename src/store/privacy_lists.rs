//! Privacy lists (XEP-0016): `ofPrivacyList`, as Openfire reads and writes it.

use crate::backend::{Int, Sql, on_backend, sql};
use crate::{Store, StoreError};

/// A privacy list as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPrivacyList {
    /// Its name, unique among the account's lists.
    pub name: String,
    /// Whether it counts when no other was chosen.
    pub is_default: bool,
    /// The element `<list/>`.
    pub xml: String,
}

/// name, isDefault, list.
type ListRow = (String, Int, String);

const SELECT_LISTS: Sql =
    sql!("SELECT name, isDefault, list FROM ofPrivacyList WHERE username = ? ORDER BY name");
pub(crate) const INSERT_LIST: Sql =
    sql!("INSERT INTO ofPrivacyList (username, name, isDefault, list) VALUES (?, ?, ?, ?)");
const UPDATE_LIST: Sql =
    sql!("UPDATE ofPrivacyList SET isDefault = ?, list = ? WHERE username = ? AND name = ?");
const DELETE_LIST: Sql = sql!("DELETE FROM ofPrivacyList WHERE username = ? AND name = ?");

impl Store {
    /// All lists of an account, by name.
    pub async fn privacy_lists(&self, username: &str) -> Result<Vec<StoredPrivacyList>, StoreError> {
        let rows = self.repeatable("privacy_lists", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut connection = db.warm().await?;
                let rows: Vec<ListRow> =
                    sqlx::query_as(db.sql(SELECT_LISTS)).bind(username).fetch_all(&mut *connection).await?;
                db.keep(connection);
                Ok(rows)
            })
        });
        Ok(rows.await?.into_iter().map(from_row).collect())
    }

    /// Reads the lists of an account, lets `change` say which there are from now on, and writes the difference, as one
    /// transaction: concurrent changes from several nodes are applied one after the other. `change` may be called again.
    pub async fn update_privacy_lists<R, F>(&self, username: &str, change: F) -> Result<R, StoreError>
    where
        F: Fn(&[StoredPrivacyList]) -> (Vec<StoredPrivacyList>, R) + Send + Sync,
        R: Send,
    {
        let change = &change;
        self.run("update_privacy_lists", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                sqlx::query(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                let rows: Vec<ListRow> =
                    sqlx::query_as(db.sql(SELECT_LISTS)).bind(username).fetch_all(&mut *tx).await?;
                let before: Vec<StoredPrivacyList> = rows.into_iter().map(from_row).collect();
                let (after, result) = change(&before);
                let is_kept = |list: &StoredPrivacyList| after.iter().any(|kept| kept.name == list.name);
                for gone in before.iter().filter(|list| !is_kept(list)) {
                    sqlx::query(db.sql(DELETE_LIST)).bind(username).bind(&gone.name).execute(&mut *tx).await?;
                }
                for list in after.iter().filter(|list| !before.contains(list)) {
                    let is_default = i32::from(list.is_default);
                    let write = if before.iter().any(|held| held.name == list.name) {
                        sqlx::query(db.sql(UPDATE_LIST)).bind(is_default).bind(&list.xml).bind(username).bind(&list.name)
                    } else {
                        sqlx::query(db.sql(INSERT_LIST)).bind(username).bind(&list.name).bind(is_default).bind(&list.xml)
                    };
                    write.execute(&mut *tx).await?;
                }
                tx.commit().await?;
                Ok(result)
            })
        })
        .await
    }
}

fn from_row((name, Int(is_default), xml): ListRow) -> StoredPrivacyList {
    StoredPrivacyList { name, is_default: is_default != 0, xml }
}
