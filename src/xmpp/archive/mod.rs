//! Message archives (XEP-0313): what those of rooms and of accounts have in common.

mod lookups;

use self::lookups::Lookups;

/// Archives on one node.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    /// Questions that are being answered.
    pub(crate) lookups: Lookups,
}
