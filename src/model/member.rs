//! Who takes part in a cluster.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::UnixMillis;

/// The identity of a node. It is made once, kept beside the node's data and stable across restarts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub [u8; 16]);

impl fmt::Display for NodeId {
    /// Writes the id in the form of a UUID, as Openfire shows node ids.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 32 hexadecimal digits, with or without hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a node id is 32 hexadecimal digits, hyphens allowed")]
pub struct ParseNodeIdError;

impl FromStr for NodeId {
    type Err = ParseNodeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0_u8; 16];
        let mut digits = 0_usize;
        for character in text.chars().filter(|&character| character != '-') {
            let value = character.to_digit(16).ok_or(ParseNodeIdError)?;
            let byte = bytes.get_mut(digits / 2).ok_or(ParseNodeIdError)?;
            *byte = (*byte << 4) | u8::try_from(value).map_err(|_| ParseNodeIdError)?;
            digits += 1;
        }
        if digits == 32 { Ok(Self(bytes)) } else { Err(ParseNodeIdError) }
    }
}

/// One row of the table of nodes, as the console and `cobnut cluster status` show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberInfo {
    /// Stable identity.
    pub id: NodeId,
    /// Host name of the machine.
    pub name: String,
    /// The address that other members dial.
    pub address: SocketAddr,
    /// When this member joined the cluster that we see.
    pub joined_at: UnixMillis,
    /// Whether this member has been in the cluster longest. Exactly one member is.
    pub is_oldest: bool,
    /// Whether this is the node that answers.
    pub is_self: bool,
    /// Client sessions that it holds.
    pub sessions: usize,
    /// Resident memory in bytes, as last reported.
    pub memory_bytes: u64,
    /// Product version.
    pub version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_id_round_trips_and_rejects_other_text() {
        let id = NodeId([7, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(id.to_string(), "07ff0001-0203-0405-0607-08090a0b0c0d");
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "07ff", "07ff0001-0203-0405-0607-08090a0b0c0d00", "zzff00010203040506070809-0a0b0c0d"]
        {
            assert_eq!(bad.parse::<NodeId>(), Err(ParseNodeIdError), "{bad}");
        }
    }
}
