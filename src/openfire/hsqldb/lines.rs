//! Lines of a file of any size, and the escapes within them.

use std::io::BufRead;

use super::{STATEMENT_BYTES_MAX, ScriptError, ScriptProblem};

/// Reads statement by statement; a statement spans lines only while a quotation is open.
pub(super) struct Lines<R> {
    reader: R,
    line: u64,
    bytes_read: u64,
    ends_in_newline: bool,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 0, bytes_read: 0, ends_in_newline: true, buffer: Vec::new() }
    }

    /// Number of the last line of the last statement.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// Whether the last line was ended; one that was not may have been cut off.
    pub(super) fn ends_in_newline(&self) -> bool {
        self.ends_in_newline
    }

    pub(super) fn error(&self, problem: ScriptProblem) -> ScriptError {
        ScriptError { line: self.line.max(1), problem }
    }

    /// The next statement with its escapes undone, empty lines left out; `None` at the end.
    pub(super) fn next_statement(&mut self) -> Result<Option<String>, ScriptError> {
        loop {
            self.buffer.clear();
            if !self.read_line()? {
                return Ok(None);
            }
            // The database itself escapes line ends in texts; somebody who edited the file may not have.
            let mut open = quotation_behind(None, &self.buffer);
            while open == Some(b'\'') {
                self.buffer.push(b'\n');
                let seen = self.buffer.len();
                if !self.read_line()? {
                    break;
                }
                open = quotation_behind(open, self.buffer.get(seen..).unwrap_or_default());
            }
            if self.buffer.contains(&0) || self.buffer.starts_with(&[0x1F, 0x8B]) {
                return Err(self.error(ScriptProblem::NotText));
            }
            if !self.buffer.trim_ascii().is_empty() {
                return Ok(Some(unescape(&self.buffer)));
            }
        }
    }

    /// Appends a line without its end; false at the end of the file.
    fn read_line(&mut self) -> Result<bool, ScriptError> {
        let mut has_line = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(err) if err.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(err) => return Err(self.error(ScriptProblem::Io(err))),
            };
            if chunk.is_empty() {
                self.ends_in_newline &= !has_line;
                break;
            }
            if !has_line {
                self.line += 1;
                has_line = true;
                self.ends_in_newline = true;
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(chunk.len(), |end| end + 1);
            self.buffer.extend_from_slice(&chunk[..end.unwrap_or(taken)]);
            self.reader.consume(taken);
            self.bytes_read += taken as u64;
            if self.buffer.len() > STATEMENT_BYTES_MAX {
                return Err(self.error(ScriptProblem::TooLong(STATEMENT_BYTES_MAX)));
            }
            if end.is_some() {
                self.ends_in_newline = true;
                break;
            }
        }
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(has_line)
    }
}

/// The quotation mark that is open behind some bytes, given the one that is open before them.
///
/// A doubled quotation mark closes and opens at once, so counting is enough; names may hold apostrophes.
fn quotation_behind(mut open: Option<u8>, bytes: &[u8]) -> Option<u8> {
    for byte in bytes.iter().copied().filter(|byte| matches!(byte, b'\'' | b'"')) {
        match open {
            None => open = Some(byte),
            Some(mark) if mark == byte => open = None,
            Some(_) => {}
        }
    }
    open
}

/// Undoes `\uXXXX`. A backslash before anything else is a backslash; one before `u` is always written as an escape.
fn unescape(bytes: &[u8]) -> String {
    // The database writes nothing but ASCII; edited files may hold UTF-8, and old ones Latin-1.
    let text = std::str::from_utf8(bytes)
        .map_or_else(|_| bytes.iter().map(|byte| char::from(*byte)).collect(), str::to_owned);
    if !text.contains("\\u") {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("\\u") {
        let digits =
            rest.get(at + 2..at + 6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(unit) = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) else {
            flush(&mut units, &mut plain);
            plain.push_str(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        };
        if at > 0 {
            flush(&mut units, &mut plain);
            plain.push_str(&rest[..at]);
        }
        units.push(unit);
        rest = &rest[at + 6..];
    }
    flush(&mut units, &mut plain);
    plain.push_str(rest);
    plain
}

/// Characters beyond the first 65 536 are two escapes.
fn flush(units: &mut Vec<u16>, plain: &mut String) {
    plain.extend(char::decode_utf16(units.drain(..)).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes() {
        let check = |written: &str, text: &str| assert_eq!(unescape(written.as_bytes()), text);
        check("j\\u00fcrgen \\ud83d\\ude00!", "jürgen 😀!");
        check("back \\ slash \\n \\u005cu0041", "back \\ slash \\n \\u0041");
        check("\\u \\u12 \\u12g4 \\ud83d", "\\u \\u12 \\u12g4 \u{fffd}");
        check("ü", "ü");
        assert_eq!(unescape(b"\xFC"), "ü");
    }

    #[test]
    fn statements_end_at_lines_outside_of_texts() {
        let mut lines = Lines::new("A\r\n\n'it''s\nopen' B\n\"O'Brien\" C\nD".as_bytes());
        let mut found = Vec::new();
        while let Some(statement) = lines.next_statement().unwrap() {
            found.push((lines.line(), statement));
        }
        let expected = [(1, "A"), (4, "'it''s\nopen' B"), (5, "\"O'Brien\" C"), (6, "D")]
            .map(|(n, s)| (n, s.to_owned()));
        assert_eq!(found, expected);
        assert!(!lines.ends_in_newline());
        assert_eq!(lines.bytes_read(), 32);
        let error = Lines::new(&b"\x1F\x8B\x08"[..]).next_statement().unwrap_err();
        assert!(matches!(error.problem, ScriptProblem::NotText));
    }

    proptest! {
        #[test]
        fn escaped_text_comes_back(text in any::<String>()) {
            let escaped: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            prop_assert_eq!(unescape(escaped.concat().as_bytes()), text);
        }

        #[test]
        fn any_bytes_are_lines(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut lines = Lines::new(bytes.as_slice());
            while let Ok(Some(statement)) = lines.next_statement() {
                prop_assert!(statement.len() <= bytes.len() * 3);
            }
        }
    }
}
