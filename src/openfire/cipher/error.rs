//! Why a stored value cannot be turned into clear text.

use thiserror::Error;

/// What is wrong with an encrypted value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DecryptError {
    /// It is not hexadecimal (Blowfish) or Base64 (AES), or has an impossible length.
    #[error("the stored text is no encrypted value: {0}")]
    NotCiphertext(&'static str),
    /// It was encrypted with another key or was changed.
    #[error("the key does not fit")]
    WrongKey,
}
