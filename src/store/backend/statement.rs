//! Statements that every engine understands but for the form of their placeholders.

/// A statement as the engines want it, made by [`sql`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql {
    /// With `?` and back-quoted names, as MySQL and SQLite read it.
    pub questions: &'static str,
    /// With `$1`, `$2` … and without back-quotes, as PostgreSQL reads it.
    pub numbered: &'static str,
}

/// Makes a [`Sql`] of a literal with `?` for each value; the other form is worked out by the compiler.
/// A question mark or a back-quote must not stand inside a quoted text.
macro_rules! sql {
    ($text:expr) => {{
        const QUESTIONS: &str = $text;
        const BYTES: [u8; $crate::backend::numbered_len(QUESTIONS)] =
            $crate::backend::number_placeholders(QUESTIONS);
        const NUMBERED: &str = match std::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("a statement stays UTF-8"),
        };
        $crate::backend::Sql { questions: QUESTIONS, numbered: NUMBERED }
    }};
}
pub(crate) use sql;

/// Digits of the highest number, so that two are enough for every statement.
const PLACEHOLDERS_MAX: u8 = 99;

/// Length of what [`number_placeholders`] makes of a text.
pub(crate) const fn numbered_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut index, mut len, mut number) = (0, 0, 0);
    while index < bytes.len() {
        match bytes[index] {
            b'?' => {
                number += 1;
                assert!(number <= PLACEHOLDERS_MAX, "too many placeholders");
                len += if number < 10 { 2 } else { 3 };
            }
            b'`' => {}
            _ => len += 1,
        }
        index += 1;
    }
    len
}

/// Writes `$1`, `$2` … for each `?` and leaves back-quotes out.
pub(crate) const fn number_placeholders<const N: usize>(text: &str) -> [u8; N] {
    let bytes = text.as_bytes();
    let mut written = [b' '; N];
    let (mut index, mut len, mut number) = (0, 0, 0_u8);
    while index < bytes.len() {
        match bytes[index] {
            b'?' => {
                number += 1;
                written[len] = b'$';
                len += 1;
                if number >= 10 {
                    written[len] = b'0' + number / 10;
                    len += 1;
                }
                written[len] = b'0' + number % 10;
                len += 1;
            }
            b'`' => {}
            byte => {
                written[len] = byte;
                len += 1;
            }
        }
        index += 1;
    }
    written
}

#[cfg(test)]
mod tests {

    #[test]
    fn placeholders_are_numbered() {
        let long = sql!("VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        assert_eq!(long.numbered, "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
        let quoted = sql!("SELECT `rank` FROM t WHERE a = ? ORDER BY `rank`");
        assert_eq!(quoted.numbered, "SELECT rank FROM t WHERE a = $1 ORDER BY rank");
        assert_eq!(quoted.questions, "SELECT `rank` FROM t WHERE a = ? ORDER BY `rank`");
    }
}
