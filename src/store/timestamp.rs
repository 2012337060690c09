//! Openfire's dates: `CHAR(15)`, decimal milliseconds since 1970, zero-padded.

use cobnut_model::UnixMillis;

/// The column's text for an instant.
pub(crate) fn to_column(at: UnixMillis) -> String {
    format!("{:015}", at.0)
}

/// Reads a column; blanks around the digits are ignored (`CHAR` pads), anything else that is not a number is 1970.
pub(crate) fn from_column(text: &str) -> UnixMillis {
    UnixMillis(text.trim().parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_padded_and_read_back() {
        assert_eq!(to_column(UnixMillis(1_735_689_600_000)), "001735689600000");
        for (text, want) in
            [("001735689600000", 1_735_689_600_000), ("0", 0), ("0              ", 0), ("x", 0)]
        {
            assert_eq!(from_column(text), UnixMillis(want), "{text:?}");
        }
    }
}
