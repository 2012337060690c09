//! Numbers of messages in the archives of accounts: the time, the member and a counter, so that they sort as the messages
//! were sent, and members need not agree on them.
//!
//! From the highest bit: 0, 41 bits of milliseconds since 2020 (until 2089), 12 bits of the member, 10 bits that count the
//! messages of a millisecond. Two members of a cluster of ten have the same 12 bits once in ninety clusters; they would
//! also have to give numbers for one account in the same millisecond to give the same number twice, and the second
//! message would not be archived then.

use cobnut_model::{NodeId, UnixMillis};

use super::Span;

/// 2020-01-01T00:00:00Z.
const EPOCH_MS: u64 = 1_577_836_800_000;
const COUNTER_BITS: u32 = 10;
const MEMBER_BITS: u32 = 12;
const TIME_BITS: u32 = 41;
/// Bits after the time.
const LOWER_BITS: u32 = COUNTER_BITS + MEMBER_BITS;

/// Gives numbers, each larger than the one before, whatever the clock does.
#[derive(Debug)]
pub struct Numbers {
    member: u64,
    /// Milliseconds since [`EPOCH_MS`] and counter of the last number.
    last: u64,
}

impl Numbers {
    /// For a member.
    pub fn new(member: NodeId) -> Self {
        let mixed = member.0.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { member: (mixed >> 32) & ((1 << MEMBER_BITS) - 1), last: 0 }
    }

    /// The next number. Beyond 1024 in a millisecond those of the next one are taken.
    pub fn next(&mut self, now: UnixMillis) -> i64 {
        let time = now.0.saturating_sub(EPOCH_MS).min((1 << TIME_BITS) - 1);
        self.last = (time << COUNTER_BITS).max(self.last + 1);
        let (time, count) = (self.last >> COUNTER_BITS, self.last & ((1 << COUNTER_BITS) - 1));
        let number = (time << LOWER_BITS) | (self.member << COUNTER_BITS) | count;
        i64::try_from(number & (u64::MAX >> 1)).unwrap_or(i64::MAX)
    }
}

/// When a number was given.
pub fn time_of(number: i64) -> UnixMillis {
    UnixMillis((u64::try_from(number).unwrap_or(0) >> LOWER_BITS) + EPOCH_MS)
}

/// The smallest number of a time.
pub fn numbers_at(at: UnixMillis) -> i64 {
    let time = at.0.saturating_sub(EPOCH_MS).min((1 << TIME_BITS) - 1);
    i64::try_from(time << LOWER_BITS).unwrap_or(i64::MAX)
}

/// A number as the identifier of its message.
pub fn id_of(number: i64) -> String {
    format!("{number:016x}")
}

/// The number behind [`id_of`]; `None` if it is not one.
pub fn number_of(id: &str) -> Option<i64> {
    let number = i64::from_str_radix(id, 16).ok().filter(|number| *number > 0)?;
    (id_of(number) == id).then_some(number)
}

impl Span {
    /// The span as numbers, for archives whose numbers tell the time: after the first and before the second.
    pub fn numbers(&self) -> (i64, i64) {
        let after = match self.after {
            (at, 0) => numbers_at(at).saturating_sub(1),
            (_, number) => number,
        };
        let before = match self.before {
            (at, i64::MAX) => numbers_at(UnixMillis(at.0.saturating_add(1))),
            (_, number) => number,
        };
        (after, before)
    }
}
