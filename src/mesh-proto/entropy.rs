//! Deterministic randomness grown from a seed: unpredictable without the seed, repeatable with it.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub(crate) struct Entropy {
    seed: [u8; 32],
    drawn: u64,
}

impl Entropy {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    pub(crate) fn nonce(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.seed).expect("HMAC takes keys of any length");
        mac.update(&self.drawn.to_be_bytes());
        mac.finalize().into_bytes().into()
    }

    pub(crate) fn number(&mut self) -> u64 {
        let nonce = self.nonce();
        let first = nonce.first_chunk().expect("a nonce is longer than a number");
        u64::from_be_bytes(*first)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        let span = high.saturating_sub(low).saturating_add(1);
        low + self.number() % span.max(1)
    }
}
