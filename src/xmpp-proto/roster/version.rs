//! Versions of rosters (RFC 6121 §2.6): who has the roster already need not be sent it again.
//!
//! A version stands for what the user sees, whichever member works it out: there is no counter that members would have to
//! agree about, and what an administrator changes in the database changes the version, too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use cobnut_model::RosterItem;
use sha2::{Digest as _, Sha256};

use super::item_element;
use crate::xml::stanza_bytes;

/// Bytes of the hash: two rosters of one user with one version are out of the question.
const HASH_BYTES: usize = 15;

/// The version of what is visible of a roster, in whatever order it comes.
pub fn roster_version(roster: &[RosterItem]) -> String {
    let mut items: Vec<&RosterItem> = roster.iter().filter(|item| item.is_visible).collect();
    items.sort_unstable_by(|one, other| one.jid.cmp(&other.jid));
    let mut hash = Sha256::new();
    for item in items {
        hash.update(stanza_bytes(&item_element(item)));
    }
    STANDARD_NO_PAD.encode(&hash.finalize()[..HASH_BYTES])
}

#[cfg(test)]
mod tests {
    use cobnut_model::Subscription;

    use super::*;
    use crate::roster::item::empty_item;

    fn item(name: &str) -> RosterItem {
        let jid = format!("{name}@d").parse().expect("jid");
        RosterItem { is_visible: true, ..empty_item(&jid) }
    }

    #[test]
    fn a_version_stands_for_what_is_seen() {
        let version = roster_version(&[item("a"), item("b")]);
        assert_eq!(version, roster_version(&[item("b"), item("a")]));
        let hidden = RosterItem { is_visible: false, ..item("c") };
        assert_eq!(version, roster_version(&[item("a"), hidden, item("b")]));
        let changes: [fn(&mut RosterItem); 3] = [
            |item| item.name = Some("A".to_owned()),
            |item| item.subscription = Subscription::To,
            |item| item.groups.push("G".to_owned()),
        ];
        for change in changes {
            let mut changed = item("a");
            change(&mut changed);
            assert_ne!(version, roster_version(&[changed, item("b")]));
        }
        assert_ne!(version, roster_version(&[item("a")]));
        assert_eq!(version.len(), 20);
        assert!(!roster_version(&[]).is_empty());
    }
}
