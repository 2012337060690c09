//! A cursor over big-endian bytes that names the offset of every damage.

use crate::KeystoreError;

/// Reads a file from the front to the back.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// The next `length` bytes, named `what` in the error.
    pub(crate) fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8], KeystoreError> {
        let end = self.offset.checked_add(length).filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            let (left, offset) = (self.remaining(), self.offset);
            let reason = format!("{what} takes {length} bytes, and {left} are left");
            return Err(KeystoreError::Damaged { offset, reason });
        };
        let taken = &self.bytes[self.offset..end];
        self.offset = end;
        Ok(taken)
    }

    pub(crate) fn byte(&mut self, what: &str) -> Result<u8, KeystoreError> {
        Ok(self.take(1, what)?[0])
    }

    pub(crate) fn u16(&mut self, what: &str) -> Result<u16, KeystoreError> {
        let mut bytes = [0; 2];
        bytes.copy_from_slice(self.take(2, what)?);
        Ok(u16::from_be_bytes(bytes))
    }

    pub(crate) fn u32(&mut self, what: &str) -> Result<u32, KeystoreError> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.take(4, what)?);
        Ok(u32::from_be_bytes(bytes))
    }

    /// A length in four bytes and that many bytes.
    pub(crate) fn block(&mut self, what: &str) -> Result<&'a [u8], KeystoreError> {
        let length = self.u32(what)?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX), what)
    }

    /// Text as Java's `writeUTF` writes it: a length in two bytes, then UTF-16 units in up to three bytes each.
    pub(crate) fn java_text(&mut self, what: &str) -> Result<String, KeystoreError> {
        let length = self.u16(what)?;
        let start = self.offset;
        let bytes = self.take(usize::from(length), what)?;
        from_modified_utf8(bytes).ok_or_else(|| {
            let reason = format!("{what} is no text in the encoding of Java");
            KeystoreError::Damaged { offset: start, reason }
        })
    }
}

fn from_modified_utf8(bytes: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        let low = |byte: u8| (byte & 0xC0 == 0x80).then_some(u16::from(byte & 0x3F));
        let (unit, tail) = match (first, tail) {
            (..0x80, _) => (u16::from(first), tail),
            (0xC0..=0xDF, [second, tail @ ..]) => (u16::from(first & 0x1F) << 6 | low(*second)?, tail),
            (0xE0..=0xEF, [second, third, tail @ ..]) => {
                (u16::from(first & 0x0F) << 12 | low(*second)? << 6 | low(*third)?, tail)
            }
            _ => return None,
        };
        units.push(unit);
        rest = tail;
    }
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn java_texts() {
        let read = |bytes: &[u8]| Reader::new(bytes).java_text("an alias");
        assert_eq!(read(b"\0\x02ab").as_deref(), Ok("ab"));
        assert_eq!(read(b"\0\x02\xC3\xA4").as_deref(), Ok("ä"));
        assert_eq!(read(b"\0\x02\xC0\x80").as_deref(), Ok("\0"));
        assert_eq!(read(b"\0\x06\xED\xA0\xBD\xED\xB8\x80").as_deref(), Ok("😀"));
        for broken in [&b"\0\x03ab"[..], b"\0", b"\0\x01\xC3", b"\0\x02\xC3\x41", b"\0\x01\xFF"] {
            assert!(matches!(read(broken), Err(KeystoreError::Damaged { .. })), "{broken:?}");
        }
    }
}
