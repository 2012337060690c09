//! Versions of Hazelcast's member schema.

use std::fmt;
use std::str::FromStr;

/// A version of the member schema: the first two numbers of a Hazelcast version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// First number.
    pub major: u8,
    /// Second number.
    pub minor: u8,
}

impl Version {
    /// The oldest schema that the table covers.
    pub const OLDEST: Self = Self::new(2, 0);
    /// The newest one.
    pub const NEWEST: Self = Self::new(5, 7);

    /// Version `major.minor`.
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    /// Reads `5.3` and takes `5.3.1` for the same.
    ///
    /// # Errors
    /// The first two parts are not numbers below 256.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let mut number = || parts.next().unwrap_or_default().parse();
        Ok(Self { major: number()?, minor: number()? })
    }
}

/// The schema versions that know an element or attribute, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The first.
    pub since: Version,
    /// The last.
    pub until: Version,
}

impl Versions {
    /// Whether `version` is among them.
    pub fn contains(self, version: Version) -> bool {
        self.since <= version && version <= self.until
    }

    /// What both ranges hold; `None` when that is nothing.
    pub(super) fn within(self, outer: Self) -> Option<Self> {
        let both = Self { since: self.since.max(outer.since), until: self.until.min(outer.until) };
        (both.since <= both.until).then_some(both)
    }
}

impl fmt::Display for Versions {
    /// `3.12 – 5.2`, `4.0 +` for what the newest version still has, `all`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.since == Version::OLDEST, self.until == Version::NEWEST) {
            (true, true) => f.write_str("all"),
            (false, true) => write!(f, "{} +", self.since),
            _ if self.since == self.until => self.since.fmt(f),
            _ => write!(f, "{} – {}", self.since, self.until),
        }
    }
}
