//! Values by version. Versions only grow and most of them stay for long, so they lie in blocks of 64 without gaps: that takes
//! little more memory than the values themselves, where a tree of single values takes more than twice as much.

use std::collections::BTreeMap;

/// Versions of a block: one for each bit of a word.
const BLOCK: u64 = u64::BITS as u64;

#[derive(Debug)]
pub(super) struct Slots<T> {
    /// By version divided by [`BLOCK`]; none is empty.
    blocks: BTreeMap<u64, Block<T>>,
    len: usize,
}

#[derive(Debug)]
struct Block<T> {
    /// A bit for each version that has a value.
    taken: u64,
    /// Those values in the order of their versions.
    values: Vec<T>,
}

impl<T> Slots<T> {
    pub(super) fn new() -> Self {
        Self { blocks: BTreeMap::new(), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, version: u64) -> Option<&T> {
        let block = self.blocks.get(&(version / BLOCK))?;
        block.values.get(block.place(version)?)
    }

    /// Puts a value at a version that has none.
    pub(super) fn insert(&mut self, version: u64, value: T) {
        let number = version / BLOCK;
        if !self.blocks.contains_key(&number)
            && let Some((_, last)) = self.blocks.last_key_value()
            && last.values.capacity() > last.values.len()
            && let Some(mut last) = self.blocks.last_entry()
        {
            // Nothing is added to it any more.
            last.get_mut().values.shrink_to_fit();
        }
        let block = self.blocks.entry(number).or_insert_with(|| Block { taken: 0, values: Vec::new() });
        debug_assert!(block.place(version).is_none(), "version {version} is taken");
        block.values.insert(block.before(version), value);
        block.taken |= bit(version);
        self.len += 1;
    }

    pub(super) fn remove(&mut self, version: u64) -> Option<T> {
        let number = version / BLOCK;
        let block = self.blocks.get_mut(&number)?;
        let place = block.place(version)?;
        let value = block.values.remove(place);
        block.taken &= !bit(version);
        self.len -= 1;
        if block.values.is_empty() {
            self.blocks.remove(&number);
        } else if block.values.len() * 2 <= block.values.capacity() {
            // Not to the last byte: what is added and removed by turns must not move each time.
            block.values.shrink_to(block.values.len() * 3 / 2);
        }
        Some(value)
    }

    /// All values from a version on, in the order of their versions.
    pub(super) fn from(&self, version: u64) -> impl Iterator<Item = (u64, &T)> {
        let blocks = self.blocks.range(version / BLOCK..);
        let all = blocks.flat_map(|(&number, block)| block.versions(number).zip(&block.values));
        all.skip_while(move |&(at, _)| at < version)
    }
}

impl<T> Block<T> {
    /// Values of earlier versions than this one.
    fn before(&self, version: u64) -> usize {
        (self.taken & (bit(version) - 1)).count_ones() as usize
    }

    fn place(&self, version: u64) -> Option<usize> {
        (self.taken & bit(version) != 0).then(|| self.before(version))
    }

    fn versions(&self, number: u64) -> impl Iterator<Item = u64> + use<T> {
        let mut left = self.taken;
        std::iter::from_fn(move || {
            let lowest = (left != 0).then(|| u64::from(left.trailing_zeros()))?;
            left &= left - 1;
            Some(number * BLOCK + lowest)
        })
    }
}

fn bit(version: u64) -> u64 {
    1 << (version % BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_a_plain_map() {
        for seed in 0..30 {
            let mut entropy = crate::entropy::Entropy::new([seed; 32]);
            let (mut slots, mut plain) = (Slots::new(), BTreeMap::new());
            let mut newest = 0;
            for step in 0..4000_u64 {
                if entropy.between(0, 9) < 6 {
                    // Deletions that are forgotten leave gaps of any size.
                    newest += if entropy.between(0, 50) == 0 { entropy.between(1, 300) } else { 1 };
                    slots.insert(newest, step);
                    plain.insert(newest, step);
                } else {
                    let version = newest.saturating_sub(entropy.between(0, 500));
                    assert_eq!(slots.remove(version), plain.remove(&version), "{version}");
                }
                let version = newest.saturating_sub(entropy.between(0, 200));
                assert_eq!(slots.get(version), plain.get(&version));
                assert_eq!(slots.len(), plain.len());
                if step % 50 == 0 {
                    for from in [0, version, newest, newest + 1, u64::MAX] {
                        let expected = plain.range(from..).map(|(&version, value)| (version, value));
                        assert!(slots.from(from).eq(expected), "from {from}");
                    }
                }
            }
            let left = plain.keys().filter(|&&version| slots.remove(version).is_some());
            assert_eq!(left.count(), plain.len());
            assert!(slots.blocks.is_empty() && slots.len() == 0);
        }
    }

    /// A block in which little is left keeps no room for what is gone.
    #[test]
    fn memory_follows_what_is_there() {
        let mut slots = Slots::new();
        (1..=10_000_u64).for_each(|version| slots.insert(version, [version; 3]));
        let room = |slots: &Slots<[u64; 3]>| -> usize {
            slots.blocks.values().map(|block| block.values.capacity()).sum()
        };
        assert!(room(&slots) < 10_000 + 64, "{}", room(&slots));
        let gone = (1..=10_000_u64).filter(|version| version % 16 != 0);
        assert_eq!(gone.filter_map(|version| slots.remove(version)).count(), 9375);
        assert_eq!(slots.len(), 625);
        assert!(room(&slots) <= 2 * 625, "{}", room(&slots));
    }
}
