//! Booleans and numbers as Hazelcast's processor reads them (it disagrees with its own schema in places).

/// Removes what Java's `String.trim` removes: everything up to U+0020 at both ends, and no other blank.
pub(crate) fn java_trim(text: &str) -> &str {
    text.trim_matches(|character: char| character <= ' ')
}

/// Hazelcast's boolean: `true` in any letter case, anything else is false, `1` and `yes` included.
pub(crate) fn java_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// Java's `Integer.parseInt`: an optional sign and decimal digits that fit 32 bits; full-width digits count as digits.
pub fn parse_int(text: &str) -> Option<i32> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    for character in digits.chars() {
        let digit = match character {
            '0'..='9' => u32::from(character) - u32::from('0'),
            '０'..='９' => u32::from(character) - u32::from('０'),
            _ => return None,
        };
        value = value * 10 + i64::from(digit);
        if value > i64::from(i32::MAX) + 1 {
            return None;
        }
    }
    i32::try_from(if negative { -value } else { value }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_javas() {
        let cases = [
            ("5701", Some(5701)),
            ("+5701", Some(5701)),
            ("-1", Some(-1)),
            ("００7", Some(7)),
            ("2147483647", Some(i32::MAX)),
            ("-2147483648", Some(i32::MIN)),
            ("2147483648", None),
            ("99999999999999999999", None),
            ("", None),
            ("+", None),
            ("0x10", None),
            ("5_701", None),
            (" 1", None),
            ("57O1", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_int(text), expected, "{text:?}");
        }
    }

    #[test]
    fn booleans_and_blanks_are_javas() {
        for (text, expected) in
            [("true", true), ("TRUE", true), ("1", false), ("yes", false), (" true", false)]
        {
            assert_eq!(java_bool(text), expected, "{text:?}");
        }
        assert_eq!(java_trim("\t 1\u{a0}\n"), "1\u{a0}");
    }
}
