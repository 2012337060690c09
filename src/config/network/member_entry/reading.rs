//! The steps from text to entries.

use std::net::{IpAddr, Ipv4Addr};

use cobnut_diagnostics::Span;

use super::{EntryElement, EntryPort, Host, MemberEntry};
use crate::AddressPattern;
use crate::scalar::{java_trim, parse_int};

/// Longest host name that DNS can carry, in bytes.
const HOST_NAME_BYTES_MAX: usize = 253;
/// Longest label of a host name, in bytes.
const HOST_LABEL_BYTES_MAX: usize = 63;
/// Java looks at no more than this many characters of an IPv4 literal.
const JAVA_IPV4_CHARS_MAX: usize = 15;

/// A piece of a text and its byte offset there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece<'a> {
    start: usize,
    text: &'a str,
}

/// Splits the trimmed text of an element into entries; `place` maps byte ranges of the text to spans of the file.
pub(crate) fn split_entries(
    text: &str,
    element: EntryElement,
    element_span: Span,
    place: impl Fn(std::ops::Range<usize>) -> Span,
) -> Vec<MemberEntry> {
    let mut entries = Vec::new();
    for token in pieces(text, |character| character == ',') {
        let trimmed = java_trim(token.text);
        if trimmed.is_empty() {
            continue;
        }
        let lead = token.text.find(trimmed).unwrap_or(0);
        for piece in pieces(trimmed, |character| matches!(character, ';' | ' ')) {
            let start = token.start + lead + piece.start;
            let span = place(start..start + piece.text.len());
            entries.push(MemberEntry::new(piece.text, element, span, element_span));
        }
    }
    let shares = entries.len() > 1;
    for entry in &mut entries {
        entry.shares_element = shares;
    }
    entries
}

/// Java's `String.split` at single characters: empty pieces stay, except at the end.
fn pieces(text: &str, is_separator: impl Fn(char) -> bool) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut start = 0;
    for piece in text.split(is_separator) {
        found.push(Piece { start, text: piece });
        // Every separator that is used here takes one byte.
        start += piece.len() + 1;
    }
    while found.last().is_some_and(|piece| piece.text.is_empty()) {
        found.pop();
    }
    found
}

/// `AddressUtil.getAddressHolder`: the number of colons decides.
pub(super) fn split_host_and_port(token: &str) -> (&str, EntryPort) {
    let (first, last) = (token.find(':'), token.rfind(':'));
    match (first, last) {
        (Some(first), Some(last)) if last > first => {
            let (host, port) = split_bracketed(token).unwrap_or((token, EntryPort::Unset));
            (host.split('%').next().unwrap_or_default(), port)
        }
        (Some(colon @ 1..), _) => {
            let (host, port) = token.split_at(colon);
            (host, classify_port(port.get(1..).unwrap_or_default()))
        }
        _ => (token, EntryPort::Unset),
    }
}

/// `[host]` or `[host]:port`; anything else behind the bracket is lost.
fn split_bracketed(token: &str) -> Option<(&str, EntryPort)> {
    let (host, rest) = token.strip_prefix('[')?.split_once(']')?;
    let port = match rest.strip_prefix(':') {
        Some(port) if !port.contains(':') => classify_port(port),
        _ => EntryPort::Unset,
    };
    Some((host, port))
}

fn classify_port(text: &str) -> EntryPort {
    match parse_int(text) {
        None => EntryPort::NotANumber(text.to_owned()),
        Some(-1) => EntryPort::Unset,
        Some(number) => match u16::try_from(number) {
            Ok(port) => EntryPort::Number(port),
            Err(_) => EntryPort::OutOfRange(number),
        },
    }
}

pub(super) fn classify_host(text: &str) -> Host {
    if text.is_empty() {
        return Host::Empty;
    }
    if let Ok(pattern) = AddressPattern::parse(text) {
        return classify_pattern(text, pattern);
    }
    if let Some(address) = java_short_form(text) {
        return Host::ShortForm(address);
    }
    if is_host_name(text) { Host::Name(text.to_owned()) } else { Host::Unresolvable(text.to_owned()) }
}

/// What the joiner makes of something that its matcher took for an address.
fn classify_pattern(text: &str, pattern: AddressPattern) -> Host {
    // The matcher reads full-width digits, the resolver afterwards does not.
    if !text.is_ascii() {
        return Host::Unresolvable(text.to_owned());
    }
    match pattern.exact() {
        Some(IpAddr::V4(address)) => return Host::Ipv4(address),
        Some(IpAddr::V6(address)) => return Host::Ipv6(address),
        None => {}
    }
    let Some([a, b, c, d]) = pattern.v4() else { return Host::UndiallablePattern(pattern) };
    let octet = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
    if [a, b, c].iter().any(|part| part.first != part.last) {
        return Host::UndiallablePattern(pattern);
    }
    Host::Ipv4Range {
        network: [octet(a.first), octet(b.first), octet(c.first)],
        first: octet(d.first),
        last: octet(d.last),
    }
}

/// Java's reading of IPv4 literals with one to three numbers: the last number fills the remaining bytes.
fn java_short_form(text: &str) -> Option<Ipv4Addr> {
    if text.len() > JAVA_IPV4_CHARS_MAX {
        return None;
    }
    let mut numbers = Vec::with_capacity(3);
    for piece in text.split('.') {
        if piece.is_empty() || !piece.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        numbers.push(piece.parse::<u64>().ok()?);
    }
    let (last, leading) = numbers.split_last()?;
    if leading.len() > 2 || leading.iter().any(|&number| number > 255) {
        return None;
    }
    let free_bits = 32 - 8 * u32::try_from(leading.len()).ok()?;
    if *last >= 1 << free_bits {
        return None;
    }
    let high = leading.iter().fold(0_u64, |value, number| value << 8 | number);
    u32::try_from(high << free_bits | last).ok().map(Ipv4Addr::from)
}

/// Whether DNS can be asked for the text: labels of letters, digits, `-` and `_`, the last one with a letter.
fn is_host_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        let is_allowed = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_');
        !label.is_empty()
            && label.len() <= HOST_LABEL_BYTES_MAX
            && label.chars().all(is_allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= HOST_NAME_BYTES_MAX
        && name.split('.').all(is_label)
        // A last label without a letter is a piece of an address; DNS has no such top-level domain.
        && last.chars().any(char::is_alphabetic)
        // No host name has an address in front: it is an address with a slip.
        && !looks_numeric(name)
}

/// Four labels or more of which all but one are numbers, such as `192.168.5.l`.
fn looks_numeric(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    let numeric = labels.iter().filter(|label| label.bytes().all(|byte| byte.is_ascii_digit())).count();
    labels.len() == 4 && numeric == 3 && labels.iter().all(|label| label.len() <= 3)
}
