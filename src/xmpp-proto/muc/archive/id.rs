//! Identifiers of archived messages: Openfire's number of the row, found again without a search, and a code that nobody
//! can guess (XEP-0313 §3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::Room;
use super::super::room::mac;

/// Characters of the code.
const CODE_CHARS: usize = 12;

/// Makes and reads the identifiers of one room.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ArchiveIds(pub(super) [u8; 32]);

impl std::fmt::Debug for ArchiveIds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArchiveIds")
    }
}

impl ArchiveIds {
    pub(super) fn id(&self, number: i64) -> String {
        let number = format!("{number:x}");
        let mut code = URL_SAFE_NO_PAD.encode(mac(&self.0, &["archive", &number]));
        code.truncate(CODE_CHARS);
        format!("{number}-{code}")
    }

    pub(super) fn number(&self, id: &str) -> Option<i64> {
        let (number, _) = id.split_once('-')?;
        let number = i64::from_str_radix(number, 16).ok()?;
        (self.id(number) == id).then_some(number)
    }
}

impl Room {
    pub(super) fn archive_ids(&self) -> ArchiveIds {
        ArchiveIds(self.record.occupant_id_key)
    }

    /// The identifier (XEP-0359) of the message with this number in `ofMucConversationLog.messageID`: the one that
    /// occupants see when the message is said, too.
    pub fn archive_id(&self, number: i64) -> String {
        self.archive_ids().id(number)
    }

    /// The number behind [`Self::archive_id`]; `None` if this room did not make it.
    pub fn archive_number(&self, id: &str) -> Option<i64> {
        self.archive_ids().number(id)
    }
}
