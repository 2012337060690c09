//! Who may use the console: login, sessions, and proof that a form is ours.
//!
//! Invariant: nothing secret is compared byte by byte with an early exit, logged, or kept in a form that a
//! copy of the process memory map would hand out as a usable cookie.

mod cookies;
mod csrf;
mod password;
mod sessions;
mod throttle;

pub(crate) use cookies::{cookie, expired_cookie, new_cookie, random_token};
pub(crate) use csrf::LoginTokens;
pub(crate) use password::{LoginOutcome, Passwords, keys_fingerprint};
pub(crate) use sessions::{ConsoleSession, ConsoleSessions, Flash, FlashKind};
pub(crate) use throttle::LoginThrottle;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Compares two secrets in a time that depends on neither. Hashing first hides the length as well.
pub(crate) fn secrets_match(given: &str, expected: &str) -> bool {
    Sha256::digest(given).ct_eq(&Sha256::digest(expected)).into()
}
