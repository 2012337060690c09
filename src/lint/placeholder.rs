//! Text that an example or a template left for people to fill in.

/// Beginnings that examples use for what is yours to fill in.
const BEGINNINGS: [&str; 5] = ["my-", "my_", "your-", "your_", "<"];
/// Whole values of examples.
const WORDS: [&str; 11] = [
    "access_key",
    "access-key",
    "secret_key",
    "secret-key",
    "client_id",
    "client_secret",
    "tenant_id",
    "sub_id",
    "changeme",
    "todo",
    "...",
];

/// Whether the text can be nothing but a gap in a template: `{PUBLIC_IP}`, `%HOST%`, `@HOST@`, `__HOST__`.
///
/// `${…}` is a variable, which has rules of its own.
pub(crate) fn is_gap(text: &str) -> bool {
    let inner = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(is_word)
    };
    !text.contains("${")
        && (inner("{", "}")
            || inner("{{", "}}")
            || inner("%", "%")
            || inner("@", "@")
            || inner("__", "__")
            || inner("<", ">"))
}

/// Whether a secret or a credential is still that of an example.
pub(crate) fn is_example_secret(text: &str) -> bool {
    let lower = text.to_lowercase();
    is_gap(text)
        || BEGINNINGS.iter().any(|beginning| lower.starts_with(beginning))
        || WORDS.contains(&lower.as_str())
        || lower.len() > 2 && lower.bytes().all(|byte| byte == b'x')
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | '.' | ' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_example_values_are_told_from_real_ones() {
        for gap in ["{PUBLIC_IP}", "{{ host }}", "%HOST%", "@ip@", "__ADDRESS__"] {
            assert!(is_gap(gap) && is_example_secret(gap), "{gap}");
        }
        for secret in ["my-access-key", "YOUR_SECRET", "CLIENT_ID", "xxxx", "..."] {
            assert!(is_example_secret(secret) && !is_gap(secret), "{secret}");
        }
        for real in ["", "${host}", "192.168.5.1", "AKIAIOSFODNN7", "{}", "fe80::1%eth0", "mycompany"] {
            assert!(!is_gap(real) && !is_example_secret(real), "{real}");
        }
    }
}
