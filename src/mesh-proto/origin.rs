//! One run of one node.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A node and its incarnation: who wrote an entry, who holds a link end.
///
/// A node that restarts keeps its id and gets another incarnation; nothing of the earlier run survives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// Stable id of the node.
    pub node: [u8; 16],
    /// Start of the run, in milliseconds since 1970.
    pub incarnation: u64,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.node {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "@{}", self.incarnation)
    }
}
