//! An Openfire installation as text: `openfire.xml`, `security.xml`, encrypted values, where its files lie, system
//! properties and the script of the embedded database.
//!
//! Invariant: pure functions of text; who calls reads the files, asks the database and brings random numbers.

mod cipher;
mod database;
mod encryption;
pub mod home;
pub mod hsqldb;
pub mod system_properties;
mod user_passwords;
mod values;
mod xml_properties;

pub use cipher::{AesCipher, BLOWFISH_IV_LEN, BlowfishCipher, DecryptError, IV_LEN, Kdf};
pub use database::{
    DatabaseSettings, JdbcError, JdbcUrl, Parameter, ParameterEffect, ServerDatabase, jdbc_to_sqlx,
};
pub use encryption::{Algorithm, Encrypted, Encryption};
pub use user_passwords::UserPasswords;
pub use values::{java_bool, java_int, java_long};
pub use xml_properties::{Property, PropertyAttribute, XmlProperties};
