//! System properties (`ofProperty`) and the identity of the database that is kept among them.

use crate::backend::{Sql, on_backend, sql};
use crate::error::is_duplicate;
use crate::{Store, StoreError};

/// What all nodes of one database share and nobody else knows.
#[derive(Clone)]
pub struct ClusterIdentity {
    /// Names the database; not secret.
    pub database_id: [u8; 16],
    /// Proves access to the database; never logged.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for ClusterIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClusterIdentity({}, [redacted])", to_hex(&self.database_id))
    }
}

const DATABASE_ID: &str = "cobnut.database.id";
const MESH_SECRET: &str = "cobnut.mesh.secret";

const SELECT_PROPERTIES: Sql = sql!("SELECT name, propValue FROM ofProperty ORDER BY name");
const SELECT_CLEAR_PROPERTIES: Sql =
    sql!("SELECT name, propValue FROM ofProperty WHERE encrypted IS NULL OR encrypted = 0 ORDER BY name");
const SELECT_PROPERTY: Sql = sql!("SELECT propValue FROM ofProperty WHERE name = ?");
const INSERT_PROPERTY: Sql = sql!("INSERT INTO ofProperty (name, propValue) VALUES (?, ?)");
const DELETE_PROPERTY: Sql = sql!("DELETE FROM ofProperty WHERE name = ?");

impl Store {
    /// All system properties that are in the clear, ordered by name. Those that Openfire encrypted are left out:
    /// their text is not their value.
    pub async fn properties(&self) -> Result<Vec<(String, String)>, StoreError> {
        let select = if self.shared.shape.has_encrypted_properties {
            SELECT_CLEAR_PROPERTIES
        } else {
            SELECT_PROPERTIES
        };
        self.run("properties", || async move {
            on_backend!(&self.shared.engine, db => sqlx::query_as(db.sql(select)).fetch_all(&db.reader()).await)
        })
        .await
    }

    /// Sets (`Some`) or removes (`None`) one system property. The last writer wins; a value that Openfire had
    /// encrypted is in the clear afterwards.
    pub async fn set_property(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let has_encrypted = self.shared.shape.has_encrypted_properties;
        self.run("set_property", || async move {
            on_backend!(&self.shared.engine, db => {
                let dialect = db.dialect();
                let upsert =
                    if has_encrypted { dialect.upsert_clear_property } else { dialect.upsert_property };
                let query = sqlx::query(if value.is_some() { upsert } else { db.sql(DELETE_PROPERTY) }).bind(name);
                let query = if let Some(value) = value { query.bind(value) } else { query };
                query.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }

    /// The domain that Openfire served (`xmpp.domain`), remembered once it is known: it never changes.
    pub(crate) async fn domain(&self) -> Result<Option<String>, StoreError> {
        if let Some(domain) = self.shared.domain.get() {
            return Ok(Some(domain.clone()));
        }
        let domain: Option<String> = self
            .run("domain", || async move {
                on_backend!(&self.shared.engine, db => {
                    let query = sqlx::query_scalar(db.sql(SELECT_PROPERTY)).bind("xmpp.domain");
                    query.fetch_optional(&db.reader()).await
                })
            })
            .await?;
        let domain = domain.map(|domain| domain.trim().to_owned()).filter(|domain| !domain.is_empty());
        Ok(domain.map(|domain| self.shared.domain.get_or_init(|| domain).clone()))
    }

    /// The identity shared by all nodes of this database; made by whoever asks first.
    pub async fn cluster_identity(&self) -> Result<ClusterIdentity, StoreError> {
        Ok(ClusterIdentity {
            database_id: self.shared_bytes(DATABASE_ID).await?,
            secret: self.shared_bytes(MESH_SECRET).await?,
        })
    }

    /// Random bytes under a name: inserted unless they are there, then read back, so all nodes get the same.
    async fn shared_bytes<const N: usize>(&self, name: &'static str) -> Result<[u8; N], StoreError> {
        let proposal = to_hex(&rand::random::<[u8; N]>());
        let proposal = proposal.as_str();
        let text: String = self
            .run("cluster_identity", || async move {
                on_backend!(&self.shared.engine, db => {
                    let select = || sqlx::query_scalar(db.sql(SELECT_PROPERTY)).bind(name);
                    if let Some(text) = select().fetch_optional(&db.reader()).await? {
                        return Ok(text);
                    }
                    let insert = sqlx::query(db.sql(INSERT_PROPERTY)).bind(name).bind(proposal);
                    match insert.execute(&db.writer()).await {
                        Err(err) if !is_duplicate(&err) => return Err(err),
                        _ => {}
                    }
                    select().fetch_one(&db.reader()).await
                })
            })
            .await?;
        from_hex(text.trim()).ok_or_else(|| {
            StoreError::Schema(format!(
                "its property {name} is not {N} bytes in hexadecimal; delete it while all nodes are stopped"
            ))
        })
    }
}

fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_round_trips_and_refuses_other_text() {
        assert_eq!(from_hex::<3>(&to_hex(&[0, 0x7f, 0xff])), Some([0, 0x7f, 0xff]));
        for text in ["", "00", "00zz11", "0011223", "€€"] {
            assert_eq!(from_hex::<3>(text), None, "{text:?}");
        }
    }
}
