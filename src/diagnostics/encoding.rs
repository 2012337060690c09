//! Bytes of a file into text and back, in the encodings that Java's XML parser reads and people still use.

use std::fmt;

/// How the bytes of a file were turned into text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16; spans refer to the decoded text, [`Source::encode`](crate::Source::encode) leads back.
    Utf16,
    /// US-ASCII by declaration: any other byte is an error.
    Ascii,
    /// ISO-8859-1 by declaration.
    Latin1,
    /// ISO-8859-15 by declaration: ISO-8859-1 with the euro sign.
    Latin9,
    /// windows-1252 by declaration.
    Windows1252,
}

/// A file that is not text in the encoding that it has or declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    /// Byte offset of the first offending byte.
    pub offset: usize,
    /// Line of that byte, counting from 1.
    pub line: usize,
    /// The byte.
    pub byte: u8,
    /// What is wrong.
    pub problem: DecodeProblem,
}

/// What is wrong with the bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeProblem {
    /// The byte is none of the encoding named.
    InvalidByte(&'static str),
    /// The declaration names an encoding that does not exist, or that is not built in here.
    UnknownEncoding(String),
    /// The declaration names an encoding that the bytes are obviously not in.
    OtherEncoding {
        /// What is declared.
        declared: String,
        /// What the bytes are.
        actual: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, line, byte, problem } = self;
        match problem {
            DecodeProblem::InvalidByte(encoding) => write!(
                f,
                "line {line}: byte 0x{byte:02x} at offset {offset} is not valid {encoding}; save the file as UTF-8"
            ),
            DecodeProblem::UnknownEncoding(name) => write!(
                f,
                "line {line}: the declared encoding `{}` cannot be read; save the file as UTF-8 and declare that",
                crate::visible(name)
            ),
            DecodeProblem::OtherEncoding { declared, actual } => write!(
                f,
                "line {line}: the file is {actual}, but declares the encoding `{}`; write `encoding=\"{actual}\"`",
                crate::visible(declared)
            ),
        }
    }
}

impl std::error::Error for DecodeError {}

/// A decoded file.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) encoding: Encoding,
    pub(crate) byte_order: ByteOrder,
}

/// How UTF-16 is written; of no meaning for other encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ByteOrder {
    pub(crate) is_big_endian: bool,
    /// Whether the file begins with a mark.
    pub(crate) is_marked: bool,
}

/// Windows-1252 where it differs from ISO-8859-1, from byte 0x80; the replacement character stands for no character.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];
/// ISO-8859-15 where it differs from ISO-8859-1.
const LATIN_9: [(u8, char); 8] =
    [(0xA4, '€'), (0xA6, 'Š'), (0xA8, 'š'), (0xB4, 'Ž'), (0xB8, 'ž'), (0xBC, 'Œ'), (0xBD, 'œ'), (0xBE, 'Ÿ')];
/// Longest XML declaration that is looked through, in bytes.
const DECLARATION_BYTES_MAX: usize = 512;

/// The text of a file from its bytes.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Decoded, DecodeError> {
    if let Some(order) = utf16_order(&bytes) {
        return decode_utf16(&bytes, order);
    }
    let declared = declared_encoding(&bytes);
    let encoding = match &declared {
        Some(name) => {
            by_name(name).ok_or_else(|| problem(&bytes, 0, DecodeProblem::UnknownEncoding(name.clone())))?
        }
        None => Encoding::Utf8,
    };
    let byte_order = ByteOrder::default();
    match encoding {
        Encoding::Utf8 => match String::from_utf8(bytes) {
            Ok(text) => Ok(Decoded { text, encoding, byte_order }),
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                Err(problem(error.as_bytes(), offset, DecodeProblem::InvalidByte("UTF-8")))
            }
        },
        Encoding::Utf16 => {
            let declared = declared.unwrap_or_default();
            Err(problem(&bytes, 0, DecodeProblem::OtherEncoding { declared, actual: "UTF-8" }))
        }
        single => {
            // A mark is proof of UTF-8, whatever is declared.
            if bytes.starts_with(b"\xEF\xBB\xBF")
                && let Ok(text) = std::str::from_utf8(&bytes)
            {
                return Ok(Decoded { text: text.to_owned(), encoding: Encoding::Utf8, byte_order });
            }
            let text: Result<String, usize> =
                bytes.iter().enumerate().map(|(at, &byte)| single.character(byte).ok_or(at)).collect();
            match text {
                Ok(text) => Ok(Decoded { text, encoding, byte_order }),
                Err(at) => Err(problem(&bytes, at, DecodeProblem::InvalidByte(single.name()))),
            }
        }
    }
}

/// The bytes of a text in an encoding. What a single-byte encoding does not have becomes a character reference.
pub(crate) fn encode(text: &str, encoding: Encoding, order: ByteOrder) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf16 => {
            let bytes = if order.is_big_endian { u16::to_be_bytes } else { u16::to_le_bytes };
            order.is_marked.then_some(0xFEFF).into_iter().chain(text.encode_utf16()).flat_map(bytes).collect()
        }
        single => {
            let mut bytes = Vec::with_capacity(text.len());
            for character in text.chars() {
                match single.byte(character) {
                    Some(byte) => bytes.push(byte),
                    None => bytes.extend(format!("&#{};", u32::from(character)).bytes()),
                }
            }
            bytes
        }
    }
}

impl Encoding {
    /// The name in XML declarations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Ascii => "US-ASCII",
            Self::Latin1 => "ISO-8859-1",
            Self::Latin9 => "ISO-8859-15",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// Bytes that a character takes in a file.
    pub(crate) fn bytes_of(self, character: char) -> usize {
        match self {
            Self::Utf8 => character.len_utf8(),
            Self::Utf16 => character.len_utf16() * 2,
            Self::Ascii | Self::Latin1 | Self::Latin9 | Self::Windows1252 => 1,
        }
    }

    fn character(self, byte: u8) -> Option<char> {
        let own = match self {
            Self::Ascii if !byte.is_ascii() => return None,
            Self::Latin9 => LATIN_9.iter().find(|(known, _)| *known == byte).map(|(_, character)| *character),
            Self::Windows1252 => {
                byte.checked_sub(0x80).and_then(|at| WINDOWS_1252.get(usize::from(at))).copied()
            }
            _ => None,
        };
        Some(own.unwrap_or(char::from(byte))).filter(|&character| character != '\u{fffd}')
    }

    fn byte(self, character: char) -> Option<u8> {
        if character.is_ascii() {
            return u8::try_from(character).ok();
        }
        (0x80..=0xFF).find(|&byte| self.character(byte) == Some(character))
    }
}

/// Names in any letter case, as Java knows them.
fn by_name(name: &str) -> Option<Encoding> {
    match name.to_ascii_uppercase().as_str() {
        "UTF-8" | "UTF8" => Some(Encoding::Utf8),
        "UTF-16" | "UTF-16LE" | "UTF-16BE" | "UTF16" => Some(Encoding::Utf16),
        "US-ASCII" | "ASCII" | "ISO646-US" => Some(Encoding::Ascii),
        "ISO-8859-1" | "ISO8859-1" | "ISO8859_1" | "ISO_8859-1" | "LATIN1" | "L1" => Some(Encoding::Latin1),
        "ISO-8859-15" | "ISO8859-15" | "ISO8859_15" | "LATIN-9" | "LATIN9" => Some(Encoding::Latin9),
        "WINDOWS-1252" | "CP1252" => Some(Encoding::Windows1252),
        _ => None,
    }
}

fn problem(bytes: &[u8], offset: usize, problem: DecodeProblem) -> DecodeError {
    let before = bytes.get(..offset).unwrap_or_default();
    let line = before.split(|&byte| byte == b'\n').count();
    DecodeError { offset, line, byte: bytes.get(offset).copied().unwrap_or_default(), problem }
}

/// The encoding that an XML declaration names.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let start = body.get(..body.len().min(DECLARATION_BYTES_MAX))?;
    // Only the declaration itself is looked at, and it is ASCII in all of these encodings.
    let start: String = start.iter().map(|&byte| char::from(byte)).collect();
    let declaration = start.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    Some(value.get(1..)?.split(quote).next()?.to_owned())
}

/// UTF-16 shows by its mark, or by a declaration in it.
fn utf16_order(bytes: &[u8]) -> Option<ByteOrder> {
    let (is_big_endian, is_marked) = match bytes.get(..4).unwrap_or(bytes) {
        [0xFE, 0xFF, ..] => (true, true),
        [0xFF, 0xFE, ..] => (false, true),
        [0, b'<', 0, b'?'] => (true, false),
        [b'<', 0, b'?', 0] => (false, false),
        _ => return None,
    };
    Some(ByteOrder { is_big_endian, is_marked })
}

fn decode_utf16(bytes: &[u8], order: ByteOrder) -> Result<Decoded, DecodeError> {
    let unit = if order.is_big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
    let (pairs, rest) = bytes.get(if order.is_marked { 2 } else { 0 }..).unwrap_or_default().as_chunks();
    let units: Vec<u16> = pairs.iter().map(|&pair| unit(pair)).collect();
    // Half a character at the end could not be written back.
    let text = String::from_utf16(&units).ok().filter(|_| rest.is_empty());
    let text = text.ok_or_else(|| problem(bytes, 0, DecodeProblem::InvalidByte("UTF-16")))?;
    match declared_encoding(text.as_bytes()) {
        Some(declared) if by_name(&declared) != Some(Encoding::Utf16) => {
            Err(problem(bytes, 0, DecodeProblem::OtherEncoding { declared, actual: "UTF-16" }))
        }
        _ => Ok(Decoded { text, encoding: Encoding::Utf16, byte_order: order }),
    }
}

#[cfg(test)]
mod tests {
    use crate::Source;

    fn declared(name: &str, bytes: &[u8]) -> Vec<u8> {
        [format!("<?xml version='1.0' encoding='{name}'?>\n<a>").as_bytes(), bytes, b"</a>"].concat()
    }

    /// Compared with what the parser of Java 17 makes of the same bytes.
    #[test]
    fn declared_encodings_are_read_as_java_reads_them() {
        let cases: [(&str, &[u8], Option<&str>); 14] = [
            ("ISO-8859-1", &[0xE4, 0x80], Some("ä\u{80}")),
            ("latin1", &[0xE4], Some("ä")),
            ("ISO-8859-15", &[0xE4, 0xA4], Some("ä€")),
            ("US-ASCII", b"A", Some("A")),
            ("ascii", &[0xE4], None),
            ("windows-1252", &[0xE4, 0x80], Some("ä€")),
            ("Cp1252", &[0x93, 0x94], Some("“”")),
            ("cp-1252", b"A", None),
            ("windows-1252", &[0x81], None),
            ("UTF8", "ä".as_bytes(), Some("ä")),
            ("utf-8", &[0xE4, 0x80], None),
            ("UTF-16", b"A", None),
            ("UTF-16LE", b"A", None),
            ("nonsense", b"A", None),
        ];
        for (name, bytes, expected) in cases {
            let bytes = declared(name, bytes);
            let read = Source::decode("a.xml", bytes.clone());
            let text = read
                .as_ref()
                .ok()
                .and_then(|source| source.text().split(['<', '>']).rev().nth(2).map(str::to_owned));
            assert_eq!(text.as_deref(), expected, "{name}");
            if let Ok(source) = read {
                assert_eq!(source.encode(), bytes, "{name}");
            }
        }
    }

    #[test]
    fn the_message_says_what_to_do() {
        let message = |bytes: Vec<u8>| Source::decode("a", bytes).unwrap_err().to_string();
        assert!(
            message(declared("US-ASCII", &[b'\n', 0xE4]))
                .starts_with("line 3: byte 0xe4 at offset 46 is not valid US-ASCII")
        );
        assert!(message(declared("nonsense", b"")).contains("`nonsense` cannot be read"));
        assert!(message(declared("UTF-16", b"")).contains("is UTF-8, but declares the encoding `UTF-16`"));
        let wide: Vec<u8> =
            "\u{feff}<?xml encoding='UTF-8'?>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(message(wide).contains("is UTF-16, but declares"));
    }

    #[test]
    fn what_an_encoding_does_not_have_is_written_as_a_reference() {
        let source = Source::decode("a", declared("ISO-8859-1", &[0xE4])).unwrap();
        let after = source.with_text(source.text().replace('ä', "ü€"));
        assert_eq!(after.encode(), declared("ISO-8859-1", b"\xFC&#8364;"));
    }

    #[test]
    fn utf16_without_a_mark_is_known_by_its_declaration() {
        let text = "<?xml version='1.0'?><a>ä</a>";
        for order in [u16::to_be_bytes, u16::to_le_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
            let source = Source::decode("a", bytes.clone()).unwrap();
            assert_eq!((source.text(), source.encode()), (text, bytes));
        }
    }

    #[test]
    fn offsets_lead_back_to_the_bytes_of_the_file() {
        let bytes = declared("ISO-8859-1", &[0xE4, b'x']);
        let source = Source::decode("a", bytes.clone()).unwrap();
        let at = source.text().find('x').unwrap();
        assert_eq!(bytes.get(source.file_offset(at)), Some(&b'x'));
        let wide: Vec<u8> = "\u{feff}<ä😀x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let source = Source::decode("a", wide.clone()).unwrap();
        assert_eq!(wide.get(source.file_offset(source.text().find('x').unwrap())), Some(&b'x'));
        assert_eq!(Source::new("a", "äx").file_offset(2), 2);
    }
}
