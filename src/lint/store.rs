//! Certificate stores of a node: what is in them, as far as it can be seen without their password.

use cobnut_diagnostics::{Location, Source, Span};
use cobnut_keystore::{CertificateFacts, Content, Keystore, KeystoreError};

/// What Openfire protects its stores with unless it is told otherwise.
pub(crate) const DEFAULT_PASSWORD: &str = "changeit";

/// A certificate store. It has no text, so findings stand at its beginning.
#[derive(Debug)]
pub struct Store {
    /// Its path, without content.
    pub source: Source,
    /// The file.
    pub bytes: Vec<u8>,
    pub(crate) content: StoreContent,
}

/// What could be read of a store.
#[derive(Debug)]
pub(crate) enum StoreContent {
    /// Certificates of others, which are not judged: the shipped stores hold some that expired long ago.
    Trust,
    /// Keys of this node.
    Identity {
        keys: Vec<Key>,
        /// Whether the default password opens it.
        has_default_password: bool,
    },
    /// It has a password of its own, and shows nothing without it.
    Locked,
    /// It is no key store, or a broken one.
    Unreadable(KeystoreError),
}

/// A private key with its certificates.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) alias: String,
    /// Its own certificate first; what cannot be read is left out.
    pub(crate) chain: Vec<CertificateFacts>,
    /// The bytes of its own certificate.
    pub(crate) certificate: Vec<u8>,
    /// The store's password does not open the key.
    pub(crate) is_locked: bool,
}

impl Store {
    pub(crate) fn new(path: &str, bytes: &[u8]) -> Self {
        let source = Source::new(path, "");
        Self { source, bytes: bytes.to_vec(), content: read(path, bytes) }
    }

    /// The place of all findings about it.
    pub fn location(&self) -> Location {
        self.source.location(Span::at(0))
    }

    /// Its keys, if they can be seen.
    pub(crate) fn keys(&self) -> &[Key] {
        match &self.content {
            StoreContent::Identity { keys, .. } => keys,
            _ => &[],
        }
    }
}

fn read(path: &str, bytes: &[u8]) -> StoreContent {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_lowercase();
    if name.contains("trust") {
        return match Keystore::format_of(bytes) {
            Some(_) => StoreContent::Trust,
            None => StoreContent::Unreadable(KeystoreError::UnknownFormat),
        };
    }
    let (store, has_default_password) = match Keystore::open(bytes, DEFAULT_PASSWORD) {
        Err(KeystoreError::WrongPassword) => (Keystore::open_public(bytes), false),
        opened => (opened, true),
    };
    match store {
        Ok(store) => {
            let keys = store
                .entries
                .into_iter()
                .filter_map(|entry| key(entry.alias, entry.content, has_default_password));
            StoreContent::Identity { keys: keys.collect(), has_default_password }
        }
        Err(KeystoreError::WrongPassword) => StoreContent::Locked,
        Err(error) => StoreContent::Unreadable(error),
    }
}

fn key(alias: String, content: Content, is_open: bool) -> Option<Key> {
    let Content::PrivateKey { key, chain } = content else { return None };
    let facts = chain.iter().filter_map(|der| CertificateFacts::read(der).ok()).collect();
    let certificate = chain.into_iter().next().unwrap_or_default();
    Some(Key { alias, chain: facts, certificate, is_locked: is_open && key.is_none() })
}

/// A day as people write it, from seconds since 1970: `2026-12-10`.
pub(crate) fn day(seconds: i64) -> String {
    const SECONDS_PER_DAY: i64 = 86_400;
    // Days since 0000-03-01, in eras of 400 years, so that the leap day is the last of its year.
    let days = seconds.div_euclid(SECONDS_PER_DAY) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days_are_those_of_the_calendar() {
        let cases = [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (1_796_083_200, "2026-12-01"),
            (4_107_542_399, "2100-02-28"),
            (4_107_542_400, "2100-03-01"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(day(seconds), expected, "{seconds}");
        }
    }
}
