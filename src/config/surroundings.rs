//! What a configuration takes from outside of its own text, asked for through a trait: this crate opens no files.

use cobnut_diagnostics::Source;

/// Where imports, variables and secrets come from.
pub trait Surroundings {
    /// The text behind `<import resource="…"/>`, variables replaced already.
    ///
    /// Hazelcast looks for a file relative to the working directory, then for a URL, then on the class path; the prefix
    /// `classpath:` means the class path alone. The name of the returned source tells whether a resource was imported before.
    ///
    /// # Errors
    /// Nothing can be looked up here, or the resource is not there or is no text.
    fn import(&self, resource: &str) -> Result<Source, ImportError>;

    /// The value of `${name}`; Hazelcast takes it from Java's system properties.
    fn variable(&self, name: &str) -> Option<String>;

    /// The bytes of the password file that an `EncryptionReplacer` names.
    fn secret_file(&self, path: &str) -> Option<Vec<u8>>;

    /// Whether a variable without value is worth a finding: not where nothing can be known of variables at all.
    fn knows_variables(&self) -> bool {
        true
    }
}

/// Why an import gave no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Nothing can be looked up here, so nothing is known of the resource.
    #[error("imports cannot be followed here")]
    Unavailable,
    /// It was looked for in these places and is in none of them.
    #[error("not found; looked for {}", tried.join(", "))]
    NotFound {
        /// The places, as messages name them.
        tried: Vec<String>,
    },
    /// It is there and cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

/// Nothing around: a text on its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct Alone;

impl Surroundings for Alone {
    fn import(&self, _resource: &str) -> Result<Source, ImportError> {
        Err(ImportError::Unavailable)
    }

    fn variable(&self, _name: &str) -> Option<String> {
        None
    }

    fn secret_file(&self, _path: &str) -> Option<Vec<u8>> {
        None
    }

    fn knows_variables(&self) -> bool {
        false
    }
}
