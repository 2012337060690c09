//! Changes in fewer bytes: a frame of changes that is large enough is written as the number of bytes that its body has,
//! and that body as one block of LZ4. Since version 3.
//!
//! What a member that joins or catches up is sent are full frames, and entries resemble each other. LZ4 costs less
//! than the encryption of what it saves. Each frame stands for itself: no state between frames that two ends could
//! disagree about.

use bytes::{Buf, BufMut, BytesMut};
use cobnut_model::limits::MESH_FRAME_BYTES_MAX;
use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size};

use super::Frame;
use super::frame::{HEADER_BYTES, WireError, encode};

/// The version since which changes may come compressed.
pub(crate) const COMPRESSION_SINCE: u8 = 3;
/// Kind of the frame: changes, compressed.
pub(super) const COMPRESSED_CHANGES: u8 = 35;
/// Smaller bodies are sent as they are, in bytes: a single change has nothing to gain.
const PLAIN_BYTES_MIN: usize = 4096;
/// Bytes that one compressed byte can stand for at most, in this format. Who announces more is not believed.
const EXPANSION_MAX: usize = 255;

/// Size of a frame before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Written {
    /// Bytes of the frame as it is without compression.
    pub(crate) plain: usize,
    /// Bytes that were written; fewer if the frame is compressed.
    pub(crate) written: usize,
}

impl Written {
    pub(crate) fn is_compressed(self) -> bool {
        self.written < self.plain
    }
}

/// What compressing needs, kept from frame to frame.
#[derive(Default)]
pub(crate) struct Compressor {
    table: CompressTable,
    packed: Vec<u8>,
}

impl Compressor {
    /// Appends a frame to `out`, compressed if it may be and that pays.
    pub(crate) fn encode(&mut self, frame: &Frame, version: u8, out: &mut BytesMut) -> Written {
        let start = out.len();
        encode(frame, version, out);
        let plain = out.len() - start;
        if version >= COMPRESSION_SINCE && matches!(frame, Frame::Changes(_)) {
            self.compress(start, version, out);
        }
        Written { plain, written: out.len() - start }
    }

    /// Replaces the frame at `start`, the last one, if that saves at least an eighth of it.
    fn compress(&mut self, start: usize, version: u8, out: &mut BytesMut) {
        let Some(body) = out.get(start + HEADER_BYTES..).filter(|body| body.len() >= PLAIN_BYTES_MIN) else {
            return;
        };
        let plain = body.len();
        let Ok(announced) = u32::try_from(plain) else { return };
        self.packed.resize(get_maximum_output_size(plain), 0);
        // There is room for the worst case, so this does not fail; if it did, the frame would go as it is.
        let Ok(packed) = compress_into_with_table(body, &mut self.packed, &mut self.table) else { return };
        let Some(packed) = self.packed.get(..packed).filter(|packed| packed.len() < plain - plain / 8) else {
            return;
        };
        let length = (HEADER_BYTES - 4) + size_of::<u32>() + packed.len();
        let Ok(length) = u32::try_from(length) else { return };
        out.truncate(start);
        out.put_u32(length);
        out.put_u8(COMPRESSED_CHANGES);
        out.put_u8(version);
        out.put_u32(announced);
        out.put_slice(packed);
        if self.packed.capacity() > 2 * get_maximum_output_size(1 << 16) {
            // One huge entry; do not keep room for it.
            self.packed = Vec::new();
        }
    }
}

/// The body that a compressed one stands for. Nothing is allocated before what it announces is believed.
pub(super) fn decompressed(mut body: &[u8]) -> Result<Vec<u8>, WireError> {
    let announced = body.try_get_u32().map_err(|_short| WireError::TooShort)? as usize;
    // The same limit as for a frame that comes as it is.
    if announced > MESH_FRAME_BYTES_MAX - (HEADER_BYTES - 4) {
        return Err(WireError::TooLong(announced));
    }
    if announced > body.len().saturating_mul(EXPANSION_MAX) {
        return Err(WireError::Announced { announced, packed: body.len() });
    }
    let mut plain = vec![0; announced];
    let got = decompress_into(body, &mut plain).map_err(|_broken| WireError::Compressed)?;
    if got != announced {
        return Err(WireError::Compressed);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{Change, Changes, decode, split};

    /// Changes with `count` entries that resemble each other, as sessions do.
    fn changes(count: u64) -> Frame {
        let entry = |number: u64| Change {
            map: 1,
            key: Bytes::from(format!("user{number}@example.org/Spark")),
            value: (!number.is_multiple_of(9)).then(|| {
                Bytes::from(format!(
                    "<presence from='user{number}@example.org/Spark'><priority>1</priority></presence>"
                ))
            }),
        };
        Frame::Changes(Changes { after: 1, version: 1 + count, entries: (0..count).map(entry).collect() })
    }

    fn written(frame: &Frame, version: u8) -> (BytesMut, Written) {
        let mut out = BytesMut::from(&b"before"[..]);
        let written = Compressor::default().encode(frame, version, &mut out);
        out.advance(6);
        assert_eq!(out.len(), written.written);
        (out, written)
    }

    fn read(mut bytes: BytesMut) -> (u8, Frame) {
        let (kind, _, body) = split(&mut bytes, MESH_FRAME_BYTES_MAX).expect("valid").expect("whole");
        assert!(bytes.is_empty());
        (kind, decode(kind, &body).expect("valid"))
    }

    #[test]
    fn large_changes_become_small_and_come_back() {
        let frame = changes(400);
        let (bytes, sizes) = written(&frame, COMPRESSION_SINCE);
        assert!(sizes.written * 3 < sizes.plain, "{sizes:?}");
        assert_eq!(read(bytes), (COMPRESSED_CHANGES, frame));
    }

    #[test]
    fn earlier_versions_tiny_frames_and_noise_go_as_they_are() {
        let mut entropy = crate::entropy::Entropy::new([7; 32]);
        let noise: Vec<u8> = (0..2000).flat_map(|_| entropy.number().to_le_bytes()).collect();
        let entry = Change { map: 1, key: Bytes::from_static(b"k"), value: Some(Bytes::from(noise)) };
        let noise = Frame::Changes(Changes { after: 0, version: 1, entries: vec![entry] });
        let payload = Bytes::from(vec![b' '; 100_000]);
        let payload = Frame::Data(crate::wire::Data { number: 1, payload });
        for (frame, version) in [
            (changes(400), COMPRESSION_SINCE - 1),
            (changes(400), 1),
            (changes(5), COMPRESSION_SINCE),
            (noise, COMPRESSION_SINCE),
            (payload, COMPRESSION_SINCE),
        ] {
            let mut plain = BytesMut::new();
            encode(&frame, version, &mut plain);
            let (bytes, sizes) = written(&frame, version);
            assert!(bytes == plain && !sizes.is_compressed(), "{sizes:?}");
            assert_eq!(read(bytes).1, frame);
        }
    }

    fn body_of(frame: &Frame) -> Vec<u8> {
        written(frame, COMPRESSION_SINCE).0.split_off(HEADER_BYTES).to_vec()
    }

    /// A body that announces `length`.
    fn announcing(length: usize, packed: &[u8]) -> Vec<u8> {
        let mut body = u32::try_from(length).expect("a length").to_be_bytes().to_vec();
        body.extend_from_slice(packed);
        body
    }

    /// Four gigabytes announced in ten bytes, and four megabytes in twenty: both would be allocated for nothing.
    #[test]
    fn a_bomb_is_refused_before_anything_is_allocated() {
        let zeros = lz4_flex::block::compress(&vec![0; MESH_FRAME_BYTES_MAX + 1]);
        let body = announcing(MESH_FRAME_BYTES_MAX + 1, &zeros);
        assert!(matches!(decompressed(&body), Err(WireError::TooLong(_))));
        let most = u32::MAX as usize;
        assert!(
            matches!(decompressed(&announcing(most, &[0; 6])), Err(WireError::TooLong(length)) if length == most)
        );
        assert!(matches!(
            decompressed(&announcing(4 << 20 >> 1, &[0; 16])),
            Err(WireError::Announced { .. })
        ));
        // What it really holds does not matter where it announces less.
        assert!(matches!(decompressed(&announcing(100, &zeros)), Err(WireError::Compressed)));
    }

    #[test]
    fn wrong_lengths_and_missing_bytes_are_errors() {
        let body = body_of(&changes(400));
        let (length, packed) = body.split_first_chunk::<4>().expect("a length");
        let length = u32::from_be_bytes(*length) as usize;
        assert!(decompressed(&body).is_ok_and(|plain| plain.len() == length));
        for wrong in [0, 1, length - 1, length + 1] {
            assert!(decompressed(&announcing(wrong, packed)).is_err(), "{wrong} instead of {length}");
        }
        for end in 0..body.len() {
            assert!(decompressed(&body[..end]).is_err(), "the first {end} bytes");
        }
        assert!(decode(COMPRESSED_CHANGES, &announcing(0, &[])).is_err(), "nothing is no changes");
    }

    proptest! {
        /// Never a panic, never more than was announced; a spoilt block may still be some block, so what it says can differ.
        #[test]
        fn spoilt_bytes_are_an_error_or_other_changes(at in 0_usize..2000, flip in 1_u8.., count in 40_u64..200) {
            let mut body = body_of(&changes(count));
            let at = at % body.len();
            body[at] ^= flip;
            let announced = u32::from_be_bytes([body[0], body[1], body[2], body[3]]) as usize;
            if let Ok(plain) = decompressed(&body) {
                prop_assert_eq!(plain.len(), announced);
            }
            let _ = decode(COMPRESSED_CHANGES, &body);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(kind in 0_u8..=40, body in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = decode(kind, &body);
            let _ = decode(COMPRESSED_CHANGES, &body);
        }
    }
}
