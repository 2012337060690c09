//! The numbers of the maps, as they are on the wire: one table, and a number that is taken twice does not compile.

use std::fmt;

/// Number of a replicated map; the same on all members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MapNumber(u16);

macro_rules! map_numbers {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $text:literal;)+) => {
        impl MapNumber {
            $($(#[$doc])* pub const $name: Self = Self($number);)+

            /// Its name in logs and metrics.
            pub fn name(self) -> &'static str {
                match self.0 {
                    $($number => $text,)+
                    _ => "other",
                }
            }
        }

        /// Two maps with one number would be two variants with one discriminant.
        #[expect(dead_code, clippy::upper_case_acronyms, reason = "only its discriminants are of interest")]
        #[repr(u16)]
        enum Unique { $($name = $number),+ }
    };
}

map_numbers! {
    /// Client sessions and their presence.
    SESSIONS = 1, "sessions";
    /// What each node says about itself.
    NODES = 2, "nodes";
    /// Occupants of group-chat rooms.
    OCCUPANTS = 3, "occupants";
    /// External components and where they are connected.
    COMPONENTS = 4, "components";
    /// Which member acts for a singleton job.
    TENURES = 5, "tenures";
    /// Group-chat rooms and where they are.
    ROOMS = 6, "rooms";
}

/// First of the numbers that this table never gives away.
const PRIVATE: u16 = 0xff00;

impl MapNumber {
    /// One of 256 numbers for tests and for features outside this repository.
    pub const fn private(number: u8) -> Self {
        Self(PRIVATE | number as u16)
    }

    /// The number on the wire.
    pub(crate) const fn to_wire(self) -> u16 {
        self.0
    }

    pub(crate) const fn from_wire(number: u16) -> Self {
        Self(number)
    }
}

impl fmt::Display for MapNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0, self.name())
    }
}
