//! Rendezvous hashing: which of a set of members acts for a key.

use std::hash::Hasher;

/// The node of `nodes` that acts for `key`. All who know the same nodes get the same answer, whatever their order;
/// a node that leaves moves only its own keys.
pub fn responsible<'a>(key: &[u8], nodes: impl IntoIterator<Item = &'a [u8; 16]>) -> Option<[u8; 16]> {
    nodes.into_iter().max_by_key(|node| (score(key, node), **node)).copied()
}

/// FNV-1a over key and node, finished with the mixer of SplitMix64 so that similar ids spread.
fn score(key: &[u8], node: &[u8; 16]) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.write(key);
    hash.write(&[0]);
    hash.write(node);
    let mut mixed = hash.finish();
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter_and_load_spreads() {
        let nodes: Vec<[u8; 16]> = (0..4_u8).map(|byte| [byte; 16]).collect();
        let mut counts = [0_usize; 4];
        for number in 0..4000_u32 {
            let key = number.to_string();
            let chosen = responsible(key.as_bytes(), &nodes).expect("nodes");
            assert_eq!(responsible(key.as_bytes(), nodes.iter().rev()), Some(chosen));
            counts[usize::from(chosen[0])] += 1;
        }
        assert!(counts.iter().all(|&count| (800..1200).contains(&count)), "{counts:?}");
        assert_eq!(responsible(b"key", &[]), None);
    }

    #[test]
    fn a_node_that_leaves_moves_only_its_own_keys() {
        let nodes: Vec<[u8; 16]> = (0..5_u8).map(|byte| [byte; 16]).collect();
        for number in 0..500_u32 {
            let key = number.to_be_bytes();
            let chosen = responsible(&key, &nodes).expect("nodes");
            if chosen != nodes[4] {
                assert_eq!(responsible(&key, &nodes[..4]), Some(chosen));
            }
        }
    }
}
