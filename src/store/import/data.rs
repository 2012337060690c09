//! What is brought in, and what came of it.

use std::collections::BTreeMap;

use cobnut_model::{RosterItem, ScramKeys, UnixMillis};

use crate::{LastPresence, StoredPrivacyList};

/// An account with everything that belongs to it.
#[derive(Debug, Clone, Default)]
pub struct ImportAccount {
    /// Its name, prepared as Openfire stores it: lower case, without the domain.
    pub username: String,
    /// What people read as the name.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// When it was made.
    pub created_at: UnixMillis,
    /// When it was changed last.
    pub modified_at: UnixMillis,
    /// Keys, at most one set per mechanism.
    pub keys: Vec<ScramKeys>,
    /// Passwords that Openfire kept readable. The encrypted one needs the property `passwordKey` of its database.
    pub readable: ImportPassword,
    /// Free-form properties.
    pub properties: BTreeMap<String, String>,
    /// The vCard.
    pub vcard: Option<String>,
    /// The contacts.
    pub roster: Vec<RosterItem>,
    /// Messages that wait, oldest first.
    pub offline: Vec<ImportMessage>,
    /// Private storage.
    pub private: Vec<ImportPrivate>,
    /// Privacy lists.
    pub privacy_lists: Vec<StoredPrivacyList>,
    /// What is left of the last session.
    pub last_presence: Option<LastPresence>,
    /// Whether the account is locked out, and between which instants; a missing one is no bound.
    pub lockout: Option<(Option<UnixMillis>, Option<UnixMillis>)>,
}

/// Passwords of an [`ImportAccount`] that are not only hashes.
#[derive(Clone, Default)]
pub struct ImportPassword {
    /// `ofUser.plainPassword`.
    pub plain: Option<String>,
    /// `ofUser.encryptedPassword`.
    pub encrypted: Option<String>,
}

impl std::fmt::Debug for ImportPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A message that waits for an account.
#[derive(Debug, Clone)]
pub struct ImportMessage {
    /// When it was stored.
    pub stored_at: UnixMillis,
    /// The serialised stanza.
    pub stanza: String,
}

/// A piece of private storage (XEP-0049).
#[derive(Debug, Clone)]
pub struct ImportPrivate {
    /// Name of its root element.
    pub name: String,
    /// Namespace of its root element.
    pub namespace: String,
    /// The element.
    pub xml: String,
}

/// What to do with something that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it as it is.
    Skip,
    /// Remove it, with what belongs to it, and put the imported one in its place. Groups keep their members.
    Replace,
}

/// What became of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Made anew.
    pub created: u64,
    /// Put in the place of others.
    pub replaced: u64,
    /// Left out, because they were there.
    pub skipped: u64,
    /// Names of what could not be stored, each with the reason.
    pub failed: Vec<(String, String)>,
    /// Accounts whose private storage was left out, because the database has no place for it.
    pub without_private: Vec<String>,
}

impl ImportReport {
    /// Adds the figures of another part of the same import.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.replaced += other.replaced;
        self.skipped += other.skipped;
        self.failed.extend(other.failed);
        self.without_private.extend(other.without_private);
    }

    pub(super) fn count(&mut self, is_known: bool) {
        *if is_known { &mut self.replaced } else { &mut self.created } += 1;
    }
}
