//! Repeatable chance: the same seed makes the same faults.

/// A small generator of numbers (SplitMix64), the same for ever, so that a seed in an old log still replays.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Begins at this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.number() % bound).unwrap_or_default()
    }

    /// True in `percent` of a hundred cases.
    pub fn is_lucky(&mut self, percent: u8) -> bool {
        self.below(100) < usize::from(percent)
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_the_same_for_ever() {
        let mut chance = Chance::new(0);
        assert_eq!(chance.number(), 0xe220_a839_7b1d_cdaf);
        let hits = (0..10_000).filter(|_| chance.is_lucky(30)).count();
        assert!((2_700..3_300).contains(&hits), "{hits}");
        assert_eq!(chance.pick::<u8>(&[]), None);
    }
}
