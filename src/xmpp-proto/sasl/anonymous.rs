//! ANONYMOUS (RFC 4505).

use std::fmt::Write as _;

use super::SaslFailure;

/// Longest trace in characters (RFC 4505 §2).
const TRACE_CHARS_MAX: usize = 255;
/// Random bytes in a name: nobody meets the name of an account, or of somebody else, by chance.
pub const ANONYMOUS_NAME_BYTES: usize = 16;

/// Checks what the client says about itself, which nobody looks at.
pub fn check_trace(message: &[u8]) -> Result<(), SaslFailure> {
    let trace = std::str::from_utf8(message).map_err(|_| SaslFailure::MalformedRequest)?;
    if trace.chars().count() > TRACE_CHARS_MAX { Err(SaslFailure::MalformedRequest) } else { Ok(()) }
}

/// The localpart of somebody without an account (XEP-0175 §3): the random bytes in hexadecimal.
pub fn anonymous_name(random: [u8; ANONYMOUS_NAME_BYTES]) -> String {
    random.iter().fold(String::new(), |mut name, byte| {
        write!(name, "{byte:02x}").expect("writing to a String cannot fail");
        name
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_short_text_or_nothing() {
        assert_eq!(check_trace(b""), Ok(()));
        assert_eq!(check_trace("sirhc@example.net".as_bytes()), Ok(()));
        assert_eq!(check_trace("ä".repeat(TRACE_CHARS_MAX).as_bytes()), Ok(()));
        assert_eq!(check_trace(&[b'x'; TRACE_CHARS_MAX + 1]), Err(SaslFailure::MalformedRequest));
        assert_eq!(check_trace(b"\xff"), Err(SaslFailure::MalformedRequest));
    }

    #[test]
    fn names_are_prepared_localparts() {
        let name = anonymous_name([0xAB; ANONYMOUS_NAME_BYTES]);
        assert_eq!(name, "ab".repeat(ANONYMOUS_NAME_BYTES));
        assert_eq!(crate::sasl::prepare_username(&name, "example.org").as_deref(), Ok(name.as_str()));
    }
}
