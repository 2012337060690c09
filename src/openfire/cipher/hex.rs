//! Hexadecimal digits, which is how Openfire writes Blowfish values.

/// Lower-case digits, as Openfire writes them.
pub(super) fn encode(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(if value < 10 { b'0' + value } else { b'a' + value - 10 });
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Bytes of pairs of digits in either case; `None` for anything else.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let bytes = pairs.iter().map(|&[high, low]| Some(nibble(high)? << 4 | nibble(low)?));
    bytes.collect::<Option<Vec<_>>>().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits() {
        assert_eq!(encode(&[0, 0x0f, 0xa9, 255]), "000fa9ff");
        assert_eq!(decode("000Fa9ff"), Some(vec![0, 0x0f, 0xa9, 255]));
        assert_eq!(
            (decode(""), decode("0"), decode("0g"), decode("ü")),
            (Some(Vec::new()), None, None, None)
        );
    }
}
