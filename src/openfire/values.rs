//! Booleans and numbers as the Java code of Openfire reads them from text.

/// Java's `Boolean.parseBoolean`: `true` in any letter case, everything else is false, `1` and `yes` included.
pub fn java_bool(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// Java's `Integer.parseInt`; `None` where Openfire takes the default.
pub fn java_int(text: &str) -> Option<i32> {
    cobnut_config::parse_int(text)
}

/// Java's `Long.parseLong` for plain digits; `None` where Openfire takes the default.
pub fn java_long(text: &str) -> Option<i64> {
    // Rust takes the same sign and digits as Java.
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_java_reads_them() {
        assert!(java_bool("TRUE") && !java_bool("1") && !java_bool(" true") && !java_bool("yes"));
        assert_eq!(
            (java_int("-1"), java_int("+5"), java_int("5 "), java_int("")),
            (Some(-1), Some(5), None, None)
        );
        assert_eq!((java_long("99999999999"), java_long("1.0")), (Some(99_999_999_999), None));
    }
}
