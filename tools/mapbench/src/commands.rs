//! What a member is told, a line each. It answers each with a line of JSON when it is done.

use std::fmt;

use anyhow::{Context as _, Result, bail};

/// One command. Keys are numbers: `userN@example.org/Spark`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Wait until the cluster has so many members.
    Members(u64),
    /// Put so many entries from a number on.
    Fill { from: u64, count: u64 },
    /// Change so many entries from a number on.
    Stamp { from: u64, count: u64, stamp: u64 },
    /// Wait until the map has so many entries.
    Size(u64),
    /// Wait until all these entries have been changed.
    All { from: u64, count: u64, stamp: u64 },
    /// Wait until one entry has been changed.
    Await { key: u64, stamp: u64 },
    /// Change one entry; answers when that began.
    Put { key: u64, stamp: u64 },
    /// CPU time used so far.
    Usage,
    /// Memory that the entries hold.
    Memory,
    /// Bytes sent to other members so far. Only ours know.
    Sent,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Members(count) => write!(f, "members {count}"),
            Self::Fill { from, count } => write!(f, "fill {from} {count}"),
            Self::Stamp { from, count, stamp } => write!(f, "stamp {from} {count} {stamp}"),
            Self::Size(count) => write!(f, "size {count}"),
            Self::All { from, count, stamp } => write!(f, "all {from} {count} {stamp}"),
            Self::Await { key, stamp } => write!(f, "await {key} {stamp}"),
            Self::Put { key, stamp } => write!(f, "put {key} {stamp}"),
            Self::Usage => write!(f, "usage"),
            Self::Memory => write!(f, "memory"),
            Self::Sent => write!(f, "sent"),
        }
    }
}

impl std::str::FromStr for Command {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let numbers: Vec<u64> = words
            .map(|word| word.parse().with_context(|| format!("{word:?} in {line:?}")))
            .collect::<Result<_>>()?;
        Ok(match (name, numbers.as_slice()) {
            ("members", &[count]) => Self::Members(count),
            ("fill", &[from, count]) => Self::Fill { from, count },
            ("stamp", &[from, count, stamp]) => Self::Stamp { from, count, stamp },
            ("size", &[count]) => Self::Size(count),
            ("all", &[from, count, stamp]) => Self::All { from, count, stamp },
            ("await", &[key, stamp]) => Self::Await { key, stamp },
            ("put", &[key, stamp]) => Self::Put { key, stamp },
            ("usage", &[]) => Self::Usage,
            ("memory", &[]) => Self::Memory,
            ("sent", &[]) => Self::Sent,
            _ => bail!("unknown command {line:?}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_they_are_written() -> Result<()> {
        for command in [
            Command::Members(3),
            Command::Fill { from: 1, count: 2 },
            Command::Stamp { from: 1, count: 2, stamp: 3 },
            Command::Size(9),
            Command::All { from: 1, count: 2, stamp: 3 },
            Command::Await { key: 1, stamp: 2 },
            Command::Put { key: 1, stamp: 2 },
            Command::Usage,
            Command::Memory,
            Command::Sent,
        ] {
            assert_eq!(command.to_string().parse::<Command>()?, command);
        }
        assert!("fill 1".parse::<Command>().is_err());
        assert!("size x".parse::<Command>().is_err());
        Ok(())
    }
}
