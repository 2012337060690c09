//! System properties (`ofProperty`) and the identity of the database that is kept among them.

use tracing::warn;

use crate::backend::{Int, Sql, on_backend, sql};
use crate::error::is_duplicate;
use crate::mesh_secrets::unix_now;
use crate::schema::PropertyColumns;
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
const ROOM_SECRET: &str = "cobnut.muc.secret";
pub(crate) const MESH_SECRET: &str = "cobnut.mesh.secret";

/// A system property as `ofProperty` holds it.
#[derive(Clone, PartialEq, Eq)]
pub struct SystemProperty {
    /// Its name.
    pub name: String,
    /// Its value in the clear; `None` if it is encrypted with a key that we do not have.
    pub value: Option<String>,
    /// Whether Openfire keeps it encrypted: a secret, not to be shown.
    pub is_encrypted: bool,
}

impl std::fmt::Debug for SystemProperty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.is_encrypted { Some("[redacted]") } else { self.value.as_deref() };
        f.debug_struct("SystemProperty").field("name", &self.name).field("value", &value).finish()
    }
}

/// name, value, encrypted, iv.
type PropertyRow = (String, String, Option<Int>, Option<String>);

const SELECT_PROPERTIES: Sql = sql!("SELECT name, propValue, encrypted, iv FROM ofProperty ORDER BY name");
/// Before version 27.
const SELECT_PROPERTIES_NO_IV: Sql =
    sql!("SELECT name, propValue, encrypted, NULL FROM ofProperty ORDER BY name");
/// Before version 26.
const SELECT_CLEAR_PROPERTIES: Sql = sql!("SELECT name, propValue, 0, NULL FROM ofProperty ORDER BY name");
const SELECT_ONE: Sql = sql!("SELECT name, propValue, encrypted, iv FROM ofProperty WHERE name = ?");
const SELECT_ONE_NO_IV: Sql = sql!("SELECT name, propValue, encrypted, NULL FROM ofProperty WHERE name = ?");
const SELECT_ONE_CLEAR: Sql = sql!("SELECT name, propValue, 0, NULL FROM ofProperty WHERE name = ?");
const UPDATE_ENCRYPTED: Sql =
    sql!("UPDATE ofProperty SET propValue = ?, encrypted = 1, iv = ? WHERE name = ?");
const UPDATE_ENCRYPTED_NO_IV: Sql = sql!("UPDATE ofProperty SET propValue = ?, encrypted = 1 WHERE name = ?");
const SELECT_PROPERTY: Sql = sql!("SELECT propValue FROM ofProperty WHERE name = ?");
const INSERT_PROPERTY: Sql = sql!("INSERT INTO ofProperty (name, propValue) VALUES (?, ?)");
const DELETE_PROPERTY: Sql = sql!("DELETE FROM ofProperty WHERE name = ?");

impl Store {
    /// All system properties that are in the clear, ordered by name. Those that Openfire keeps encrypted are secrets
    /// and left out; see [`Store::system_properties`].
    pub async fn properties(&self) -> Result<Vec<(String, String)>, StoreError> {
        let all = self.system_properties().await?.into_iter().filter(|property| !property.is_encrypted);
        Ok(all.filter_map(|property| Some((property.name, property.value?))).collect())
    }

    /// All system properties with decrypted values, ordered by name.
    pub async fn system_properties(&self) -> Result<Vec<SystemProperty>, StoreError> {
        let select = match self.shared.shape.property_columns {
            PropertyColumns::Clear => SELECT_CLEAR_PROPERTIES,
            PropertyColumns::Encrypted => SELECT_PROPERTIES_NO_IV,
            PropertyColumns::EncryptedWithIv => SELECT_PROPERTIES,
        };
        let rows: Vec<PropertyRow> = self
            .run("properties", || async move {
                on_backend!(&self.shared.engine, db => {
                    sqlx::query_as(db.sql(select)).fetch_all(&db.reader()).await
                })
            })
            .await?;
        Ok(rows.into_iter().map(|row| self.property_from_row(row)).collect())
    }

    /// One system property, decrypted if need be.
    pub async fn system_property(&self, name: &str) -> Result<Option<SystemProperty>, StoreError> {
        let select = match self.shared.shape.property_columns {
            PropertyColumns::Clear => SELECT_ONE_CLEAR,
            PropertyColumns::Encrypted => SELECT_ONE_NO_IV,
            PropertyColumns::EncryptedWithIv => SELECT_ONE,
        };
        let row: Option<PropertyRow> = self
            .run("property", || async move {
                on_backend!(&self.shared.engine, db => {
                    sqlx::query_as(db.sql(select)).bind(name).fetch_optional(&db.reader()).await
                })
            })
            .await?;
        Ok(row.map(|row| self.property_from_row(row)))
    }

    /// The value of a system property; `None` if it is not set or cannot be decrypted.
    pub(crate) async fn property_value(&self, name: &str) -> Result<Option<String>, StoreError> {
        Ok(self.system_property(name).await?.and_then(|property| property.value))
    }

    fn property_from_row(&self, (name, stored, encrypted, iv): PropertyRow) -> SystemProperty {
        let encryption = &self.shared.encryption;
        let is_marked = encrypted.is_some_and(|flag| flag.0 != 0);
        let value = encryption.database_value(&name, &stored, is_marked, iv.as_deref());
        if let Err(err) = &value {
            warn!(property = name, err = %err, "cannot decrypt a system property with the key of conf/security.xml");
        }
        let is_encrypted = is_marked || encryption.is_listed(&name);
        SystemProperty { name, value: value.ok(), is_encrypted }
    }

    /// Sets (`Some`) or removes (`None`) one system property. The last writer wins; as with Openfire, a value that was
    /// encrypted stays so.
    pub async fn set_property(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let columns = self.shared.shape.property_columns;
        if let Some(value) = value
            && columns != PropertyColumns::Clear
            && self.system_property(name).await?.is_some_and(|property| property.is_encrypted)
        {
            return self.set_encrypted_property(name, value).await;
        }
        self.run("set_property", || async move {
            on_backend!(&self.shared.engine, db => {
                let dialect = db.dialect();
                let upsert = if columns == PropertyColumns::Clear {
                    dialect.upsert_property
                } else {
                    dialect.upsert_clear_property
                };
                let query = sqlx::query(if value.is_some() { upsert } else { db.sql(DELETE_PROPERTY) }).bind(name);
                let query = if let Some(value) = value { query.bind(value) } else { query };
                query.execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }

    async fn set_encrypted_property(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let encryption = &self.shared.encryption;
        let has_iv = self.shared.shape.property_columns == PropertyColumns::EncryptedWithIv;
        let (stored, iv) = if has_iv {
            let encrypted = encryption.encrypt(value, rand::random());
            (encrypted.value, encrypted.iv)
        } else {
            (encryption.encrypt_without_iv(value, rand::random()), None)
        };
        let (stored, iv) = (&stored, &iv);
        self.run("set_property", || async move {
            on_backend!(&self.shared.engine, db => {
                let update = if has_iv {
                    sqlx::query(db.sql(UPDATE_ENCRYPTED)).bind(stored).bind(iv)
                } else {
                    sqlx::query(db.sql(UPDATE_ENCRYPTED_NO_IV)).bind(stored)
                };
                update.bind(name).execute(&db.writer()).await.map(drop)
            })
        })
        .await
    }

    /// The domain that Openfire served (`xmpp.domain`), remembered once it is known: it never changes.
    pub(crate) async fn domain(&self) -> Result<Option<String>, StoreError> {
        if let Some(domain) = self.shared.domain.get() {
            return Ok(Some(domain.clone()));
        }
        let domain = self.property_value("xmpp.domain").await?;
        let domain = domain.map(|domain| domain.trim().to_owned()).filter(|domain| !domain.is_empty());
        Ok(domain.map(|domain| self.shared.domain.get_or_init(|| domain).clone()))
    }

    /// The identity shared by all nodes of this database; made by whoever asks first.
    pub async fn cluster_identity(&self) -> Result<ClusterIdentity, StoreError> {
        Ok(ClusterIdentity {
            database_id: self.shared_bytes(DATABASE_ID).await?,
            secret: self.mesh_secrets().await?.at(unix_now()).0,
        })
    }

    /// What makes the identifiers of occupants in rooms (XEP-0421), the same on all nodes and for ever; made by whoever
    /// asks first.
    pub async fn room_secret(&self) -> Result<[u8; 32], StoreError> {
        self.shared_bytes(ROOM_SECRET).await
    }

    /// Random bytes under a name: inserted unless they are there, then read back, so all nodes get the same.
    async fn shared_bytes<const N: usize>(&self, name: &'static str) -> Result<[u8; N], StoreError> {
        let proposal = to_hex(&rand::random::<[u8; N]>());
        let text = self.property_or_insert(name, &proposal).await?;
        from_hex(text.trim()).ok_or_else(|| {
            StoreError::Schema(format!(
                "its property {name} is not {N} bytes in hexadecimal; delete it while all nodes are stopped"
            ))
        })
    }
}

impl Store {
    /// The text of a property: `proposal`, inserted unless it is there, then read back.
    pub(crate) async fn property_or_insert(
        &self,
        name: &'static str,
        proposal: &str,
    ) -> Result<String, StoreError> {
        self.run("shared_property", || async move {
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
        .await
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
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
