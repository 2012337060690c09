//! How both ends name a stream (XEP-0065 §5.3.2): SHA-1 over its name and their addresses.

use std::fmt;

use sha1::{Digest as _, Sha1};

/// Hexadecimal digits of a hash.
pub(super) const DIGITS: usize = 40;
const BYTES: usize = DIGITS / 2;

/// The hash of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StreamHash([u8; BYTES]);

impl StreamHash {
    /// The hash of the stream `sid` that `requester` opens to `target`, both full JIDs.
    pub(crate) fn of(sid: &str, requester: &str, target: &str) -> Self {
        let mut hasher = Sha1::new();
        for part in [sid, requester, target] {
            hasher.update(part.as_bytes());
        }
        Self(hasher.finalize().into())
    }

    /// From hexadecimal digits of either case; `None` if it is anything else.
    pub(super) fn from_hex(digits: &[u8]) -> Option<Self> {
        let mut bytes = [0; BYTES];
        let pairs = digits.chunks_exact(2);
        if digits.len() != DIGITS {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            let &[high, low] = pair else { return None };
            *byte = (value(high)? << 4) | value(low)?;
        }
        Some(Self(bytes))
    }

    /// As members tell each other.
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// From what a member told.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

fn value(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

impl fmt::Debug for StreamHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_clients_compute() {
        let hash = StreamHash::of("vxf9n471bn46", "romeo@example.net/a", "juliet@example.net/b");
        let text = format!("{hash:?}");
        // As `sha1sum` prints it.
        assert_eq!(text, "3e07961aff96d53721f42091cd0d31a8f215bc35");
        assert_eq!(StreamHash::from_hex(text.as_bytes()), Some(hash));
        assert_eq!(StreamHash::from_hex(text.to_uppercase().as_bytes()), Some(hash));
        assert_eq!(StreamHash::from_bytes(hash.as_bytes()), Some(hash));
        for wrong in ["", "00", &text[1..], &format!("{text}00"), &text.replace(['0', '1', '2'], "g")] {
            assert_eq!(StreamHash::from_hex(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
