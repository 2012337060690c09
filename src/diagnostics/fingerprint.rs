//! A name for a finding that outlives edits elsewhere in its file.

use std::collections::HashMap;

use crate::Diagnostic;

/// One fingerprint for each finding, 16 hexadecimal digits: rule, file, text of the line, and the how-manieth it is of those.
///
/// `file_key` gives the file's name as it is to be remembered, for example relative to some folder.
pub fn fingerprints(diagnostics: &[Diagnostic], file_key: impl Fn(&Diagnostic) -> String) -> Vec<String> {
    let mut seen: HashMap<u64, u64> = HashMap::new();
    let fingerprint = |diagnostic: &Diagnostic| {
        let line = diagnostic.source().line_text(diagnostic.line()).unwrap_or_default();
        let mut hash = Fnv::new();
        for part in [diagnostic.rule(), &file_key(diagnostic), line.trim()] {
            hash.write(part.as_bytes());
            // A separator that no text holds: `ab` `c` is not `a` `bc`.
            hash.write(&[0xFF]);
        }
        let count = seen.entry(hash.0).or_insert(0);
        *count += 1;
        hash.write(&count.to_be_bytes());
        format!("{:016x}", hash.0)
    };
    diagnostics.iter().map(fingerprint).collect()
}

/// FNV-1a with 64 bits: the same on every machine and in every version, which `std`'s hasher does not promise.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Severity, Source, Span};

    fn of(text: &str, starts: &[usize], rule: &'static str) -> Vec<String> {
        let source = Source::new("a.xml", text);
        let found: Vec<Diagnostic> = starts
            .iter()
            .map(|&at| Diagnostic::new(rule, Severity::Error, source.location(Span::at(at)), "m"))
            .collect();
        fingerprints(&found, |found| found.source().name().to_owned())
    }

    #[test]
    fn moved_and_indented_lines_keep_their_fingerprint() {
        let before = of("one\ntwo\n", &[4], "r");
        assert_eq!(before, of("zero\none\n   two\n", &[10], "r"));
        assert_ne!(before, of("one\ntwo!\n", &[4], "r"));
        assert_ne!(before, of("one\ntwo\n", &[4], "s"));
    }

    #[test]
    fn equal_lines_are_told_apart() {
        let twice = of("x\nx\n", &[0, 2], "r");
        assert_ne!(twice[0], twice[1]);
        assert_eq!(twice[0].len(), 16);
    }

    #[test]
    fn the_hash_is_the_published_one() {
        let mut hash = Fnv::new();
        hash.write(b"foobar");
        assert_eq!(hash.0, 0x8594_4171_f739_67e8);
    }
}
