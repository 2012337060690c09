//! Texts that stand for a value instead of being one: variables, what other tools write for variables, and the gaps of templates.

use std::ops::Range;

/// A text that stands for a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placeholder {
    /// What it is.
    pub(super) kind: Kind,
    /// Its bytes within the text.
    pub(super) range: Range<usize>,
}

/// Kinds of placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `${name}`, which Hazelcast replaces.
    Variable(String),
    /// `${name:value}` or `${name:-value}`, which it does not understand.
    Default {
        /// The name before the colon.
        name: String,
        /// The value that was meant to be used without another.
        default: String,
    },
    /// `${a${b}}`.
    Nested,
    /// `${name` without its end.
    Unclosed,
    /// `$EXEC{…}` and the like: the prefix.
    Replacer(String),
    /// A variable of a shell or of a tool that writes files: `$HOST`, `%HOST%`, `$(HOST)`, `{{ host }}`, `@HOST@`.
    Foreign(String),
    /// A gap that a template leaves for the operator.
    Gap,
}

/// Words in the samples that people copy.
const GAPS: &[&str] = &[
    "my-access-key",
    "my-secret-key",
    "my-iam-role",
    "my-password",
    "my-ec2-instance",
    "my-username",
    "changeme",
    "change-me",
    "change_me",
    "replace-me",
    "replace_me",
    "replaceme",
    "todo",
    "tbd",
    "fixme",
];
/// Beginnings of such words.
const GAP_STARTS: &[&str] = &["your-", "your_", "my-ip", "ip-of-", "ip_of_", "the.ip.of", "ip.of."];

/// The placeholders of a text in its order.
pub(super) fn placeholders(text: &str) -> Vec<Placeholder> {
    // Addresses and numbers are most of what a file holds, and several rules ask about each of them.
    let is_plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b':' | b'-');
    if text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(is_plain) {
        return Vec::new();
    }
    let mut found = references(text);
    if found.is_empty() {
        found.extend(foreign(text));
    }
    if found.is_empty() {
        found.extend(gaps(text));
    }
    found
}

/// Everything with a brace behind a dollar sign.
fn references(text: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(dollar) = text.get(at..).and_then(|rest| rest.find('$')).map(|index| at + index) {
        at = dollar + 1;
        let rest = text.get(at..).unwrap_or_default();
        let Some(open) = rest.find('{') else { break };
        let prefix = rest.get(..open).unwrap_or_default();
        if !prefix.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
            continue;
        }
        let inside_at = at + open + 1;
        let inside = text.get(inside_at..).unwrap_or_default();
        let Some(end) = inside.find('}') else {
            found.push(Placeholder { kind: Kind::Unclosed, range: dollar..text.trim_end().len() });
            break;
        };
        let name = inside.get(..end).unwrap_or_default();
        let mut last = inside_at + end + 1;
        let kind = if !prefix.is_empty() {
            Kind::Replacer(prefix.to_owned())
        } else if name.contains("${") {
            last += text.get(last..).map_or(0, |rest| rest.len() - rest.trim_start_matches('}').len());
            Kind::Nested
        } else {
            variable(name)
        };
        found.push(Placeholder { kind, range: dollar..last });
        at = last;
    }
    found
}

fn variable(name: &str) -> Kind {
    match name.split_once(":-").or_else(|| name.split_once(':')) {
        Some((name, default)) => Kind::Default { name: name.to_owned(), default: default.to_owned() },
        None => Kind::Variable(name.to_owned()),
    }
}

/// The signs around a foreign variable.
const FOREIGN: &[(&str, &str)] = &[("$(", ")"), ("{{", "}}"), ("%", "%"), ("@", "@"), ("__", "__")];

fn foreign(text: &str) -> Vec<Placeholder> {
    let mut found = Vec::new();
    for (open, close) in FOREIGN {
        let mut at = 0;
        while let Some(start) = text.get(at..).and_then(|rest| rest.find(open)).map(|index| at + index) {
            let inside_at = start + open.len();
            let inside = text.get(inside_at..).unwrap_or_default();
            let Some(end) = inside.find(close) else { break };
            let name = inside.get(..end).unwrap_or_default();
            at = inside_at + end + close.len();
            // These signs are common within ordinary words, so the whole of a value must look like it.
            let is_common = matches!(*open, "@" | "__");
            let is_shouted = start == text.len() - text.trim_start().len() && name == name.to_uppercase();
            if is_name(name.trim(), *open == "{{") && (!is_common || is_shouted) {
                found.push(Placeholder { kind: Kind::Foreign(name.trim().to_owned()), range: start..at });
            }
        }
    }
    if let Some(name) = bare_variable(text) {
        let start = text.find('$').unwrap_or(0);
        let kind = Kind::Foreign(name.to_owned());
        found.push(Placeholder { kind, range: start..start + 1 + name.len() });
    }
    found.sort_by_key(|found| found.range.start);
    found
}

/// `$HOST` or `$HOST:5701`: only at the beginning, because a dollar sign within a name or a password is just that.
fn bare_variable(text: &str) -> Option<&str> {
    let rest = text.trim().strip_prefix('$')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, tail) = rest.split_at_checked(end)?;
    let is_port = tail
        .strip_prefix(':')
        .is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit() || byte == b'$'));
    (is_name(name, false) && (tail.is_empty() || is_port)).then_some(name)
}

/// A name as variables have it; templates may hold an expression with dots and calls.
fn is_name(name: &str, may_be_expression: bool) -> bool {
    let starts_well =
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || may_be_expression && c == '.');
    let rest = |c: char| {
        c.is_ascii_alphanumeric() || c == '_' || may_be_expression && !matches!(c, '{' | '}' | '<' | '\n')
    };
    starts_well && name.chars().all(rest)
}

fn gaps(text: &str) -> Option<Placeholder> {
    let trimmed = text.trim();
    let start = text.find(trimmed)?;
    let lower = trimmed.to_lowercase();
    let in_signs = [("{", "}"), ("<", ">"), ("[", "]")].iter().any(|(open, close)| {
        let inside = lower.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inside.is_some_and(|name| name.contains(|c: char| c.is_ascii_alphabetic()) && is_words(name))
    });
    let is_gap = in_signs
        || GAPS.contains(&lower.as_str())
        || GAP_STARTS.iter().any(|gap| lower.starts_with(gap))
        || is_blank_address(&lower)
        || (lower.len() >= 3 && lower.chars().all(|c| matches!(c, '?' | '.')) && lower.contains('?'))
        || lower == "...";
    is_gap.then(|| Placeholder { kind: Kind::Gap, range: start..start + trimmed.len() })
}

/// Words such as `MEMBER_LIST` or `ip of server 1`; `::1` in brackets is an address.
fn is_words(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'))
}

/// `x.x.x.x`, `192.168.x.y` and the like, with or without a port: four parts, at least one of which is letters x, y or n.
fn is_blank_address(text: &str) -> bool {
    let host = text.split_once(':').map_or(text, |(host, _)| host);
    let parts: Vec<&str> = host.split('.').collect();
    let is_blank = |part: &&str| {
        !part.is_empty()
            && part.len() <= 3
            && part.bytes().all(|byte| matches!(byte, b'x' | b'y' | b'z' | b'n'))
    };
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.len() == 4
        && parts.iter().any(is_blank)
        && parts.iter().all(|part| is_blank(part) || is_number(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Kind, &str)> {
        let found = placeholders(text).into_iter();
        found.map(|found| (found.kind, text.get(found.range).unwrap())).collect()
    }

    #[test]
    fn variables_are_hazelcasts() {
        let variable = |name: &str| Kind::Variable(name.to_owned());
        assert_eq!(read("${a}/x/${b.c}"), [(variable("a"), "${a}"), (variable("b.c"), "${b.c}")]);
        let default = Kind::Default { name: "ip".to_owned(), default: "10.0.0.1".to_owned() };
        assert_eq!(read("${ip:-10.0.0.1}:5701"), [(default.clone(), "${ip:-10.0.0.1}")]);
        assert_eq!(read("${ip:10.0.0.1}"), [(default, "${ip:10.0.0.1}")]);
        assert_eq!(read(" ${a${b}} "), [(Kind::Nested, "${a${b}}")]);
        assert_eq!(read("x${a "), [(Kind::Unclosed, "${a")]);
        assert_eq!(read("$EXEC{hostname}"), [(Kind::Replacer("EXEC".to_owned()), "$EXEC{hostname}")]);
    }

    #[test]
    fn variables_of_other_tools_are_known_by_their_signs() {
        for (text, name, sign) in [
            ("$HOST", "HOST", "$HOST"),
            ("$HOST:5701", "HOST", "$HOST"),
            ("%COMPUTERNAME%:5701", "COMPUTERNAME", "%COMPUTERNAME%"),
            ("$(hostname)", "hostname", "$(hostname)"),
            ("{{ groups['a'][0] }}", "groups['a'][0]", "{{ groups['a'][0] }}"),
            ("{{.Values.ip}}", ".Values.ip", "{{.Values.ip}}"),
            ("@NODE_IP@", "NODE_IP", "@NODE_IP@"),
            ("__IP__", "IP", "__IP__"),
        ] {
            assert_eq!(read(text), [(Kind::Foreign(name.to_owned()), sign)], "{text}");
        }
    }

    #[test]
    fn gaps_of_templates_are_known_by_their_words() {
        for text in [
            "{MEMBER_LIST}",
            "[your ip]",
            "x.x.x.x",
            "192.168.x.y:5701",
            "the.ip.of.member1",
            "my-access-key",
            "CHANGEME",
            "YOUR_SERVER",
            "???",
            "...",
        ] {
            assert_eq!(read(text), [(Kind::Gap, text)], "{text}");
        }
    }

    #[test]
    fn values_are_no_placeholders() {
        for text in [
            "192.168.5.1",
            "opt-$cacheStats",
            "com.example.Outer$Inner",
            "[fe80::1]",
            "[::1]:5701",
            "10.0.0.*",
            "fe80::1%eth0",
            "a@b",
            "pa$$word",
            "xyz.example.org",
            "100%",
            "{}",
            "my-cluster",
            "[10.0.0.1]",
            "x",
            "user@host@domain.org",
            "__",
            "1.2.3",
            "$5",
            "todo-list",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
