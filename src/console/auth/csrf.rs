//! Tokens of the login form, where no session exists yet.
//!
//! The token is an HMAC of a random cookie under a key of this process, so nothing has to be kept for visitors.
//! All other forms carry the token of their session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::secrets_match;

/// Makes and checks tokens of the login form.
pub(crate) struct LoginTokens {
    key: [u8; 32],
}

impl LoginTokens {
    /// With a fresh key: tokens end with the process.
    pub(crate) fn new() -> Self {
        let mut key = [0_u8; 32];
        rand::fill(&mut key);
        Self { key }
    }

    /// The token that belongs to a cookie.
    pub(crate) fn token(&self, cookie: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of any length");
        mac.update(cookie.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// Whether `token` belongs to `cookie`.
    pub(crate) fn is_valid(&self, cookie: Option<&str>, token: &str) -> bool {
        cookie.is_some_and(|cookie| secrets_match(token, &self.token(cookie)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_cookie_only() {
        let tokens = LoginTokens::new();
        let token = tokens.token("cookie");
        assert!(tokens.is_valid(Some("cookie"), &token));
        assert!(!tokens.is_valid(Some("other"), &token));
        assert!(!tokens.is_valid(Some("cookie"), ""));
        assert!(!tokens.is_valid(None, &token));
        assert!(!LoginTokens::new().is_valid(Some("cookie"), &token));
    }
}
