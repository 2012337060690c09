//! Identifiers of archived messages: Openfire's number of the row, found again without a search, and a code that nobody
//! can guess (XEP-0313 §3).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::Room;

/// Characters of the code.
const CODE_CHARS: usize = 12;

impl Room {
    /// The identifier (XEP-0359) of the message with this number in `ofMucConversationLog.messageID`. Given as
    /// [`super::super::Context::stanza_id`], it is the one that occupants see when the message is said.
    pub fn archive_id(&self, number: i64) -> String {
        let number = format!("{number:x}");
        let mut code = URL_SAFE_NO_PAD.encode(self.mac(&["archive", &number]));
        code.truncate(CODE_CHARS);
        format!("{number}-{code}")
    }

    /// The number behind [`Self::archive_id`]; `None` if this room did not make it.
    pub fn archive_number(&self, id: &str) -> Option<i64> {
        let (number, _) = id.split_once('-')?;
        let number = i64::from_str_radix(number, 16).ok()?;
        (self.archive_id(number) == id).then_some(number)
    }
}
