//! PLAIN (RFC 4616).

use super::SaslFailure;

/// What the peer sent; the password is not checked yet. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PlainMessage {
    /// Whom the peer wants to act as, if it says so.
    pub authzid: Option<String>,
    /// The account, not yet prepared.
    pub authcid: String,
    /// The password as typed.
    pub password: String,
}

impl std::fmt::Debug for PlainMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PlainMessage({:?}, [redacted])", self.authcid)
    }
}

impl PlainMessage {
    /// Parses `[authzid] NUL authcid NUL password`.
    pub fn parse(message: &[u8]) -> Result<Self, SaslFailure> {
        let text = std::str::from_utf8(message).map_err(|_| SaslFailure::MalformedRequest)?;
        let mut parts = text.split('\0');
        let (Some(authzid), Some(authcid), Some(password), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(SaslFailure::MalformedRequest);
        };
        if authcid.is_empty() || password.is_empty() {
            return Err(SaslFailure::MalformedRequest);
        }
        Ok(Self {
            authzid: (!authzid.is_empty()).then(|| authzid.to_owned()),
            authcid: authcid.to_owned(),
            password: password.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_three_parts() {
        let message = PlainMessage::parse(b"\0tim\0tanstaaftanstaaf").expect("RFC 4616 §4");
        assert_eq!((message.authzid, message.authcid.as_str()), (None, "tim"));
        assert_eq!(message.password, "tanstaaftanstaaf");
        let message = PlainMessage::parse(b"Ursel\0Kurt\0xipj3plmq").expect("RFC 4616 §4");
        assert_eq!(message.authzid.as_deref(), Some("Ursel"));
        for bad in [&b""[..], b"\0", b"\0a", b"\0a\0", b"\0\0b", b"a\0b\0c\0d", b"\0a\0\xff"] {
            assert_eq!(PlainMessage::parse(bad), Err(SaslFailure::MalformedRequest), "{bad:?}");
        }
    }

    #[test]
    fn passwords_are_not_printed() {
        let message = PlainMessage::parse(b"\0tim\0hush").expect("message");
        assert!(!format!("{message:?}").contains("hush"));
    }
}
