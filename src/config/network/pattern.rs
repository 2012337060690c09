//! Address patterns: what `AddressUtil.getAddressMatcher` accepts and `matchInterface` matches.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::scalar::parse_int;

/// One part of a pattern: an inclusive range; a single value has equal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) first: u16,
    pub(crate) last: u16,
}

impl Part {
    fn covers(self, value: u16) -> bool {
        self.first <= value && value <= self.last
    }

    fn exact(self) -> Option<u16> {
        (self.first == self.last).then_some(self.first)
    }
}

/// A mask for addresses: every part is a number, a range `a-b` or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressPattern(Parts);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Parts {
    V4([Part; 4]),
    V6([Part; 8]),
}

/// The text is no address and no pattern of one; Hazelcast takes it for a host name and drops it from `<interfaces>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IllegalPattern;

impl fmt::Display for IllegalPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an IP address or a pattern of one")
    }
}

impl std::error::Error for IllegalPattern {}

impl AddressPattern {
    /// Reads a pattern as Hazelcast does, leading zeros and a trailing dot included.
    ///
    /// # Errors
    /// Everything that Hazelcast would take for a host name: CIDR, ports, wrong part counts, octets over 255.
    pub fn parse(text: &str) -> Result<Self, IllegalPattern> {
        let colons = text.bytes().filter(|&byte| byte == b':').count();
        let dots = text.bytes().filter(|&byte| byte == b'.').count();
        match (colons, dots) {
            (2.., 0) => parse_v6(text),
            // An IPv4-mapped address: Hazelcast looks at nothing but what follows the last colon.
            (2.., 2..) => parse_v4(text.rsplit(':').next().unwrap_or_default()),
            (0, 2..) => parse_v4(text),
            _ => Err(IllegalPattern),
        }
    }

    /// Whether the address is covered; IPv4 and IPv6 never match each other.
    pub fn matches(&self, address: IpAddr) -> bool {
        match (&self.0, address) {
            (Parts::V4(parts), IpAddr::V4(address)) => {
                parts.iter().zip(address.octets()).all(|(part, octet)| part.covers(u16::from(octet)))
            }
            (Parts::V6(parts), IpAddr::V6(address)) => {
                parts.iter().zip(address.segments()).all(|(part, segment)| part.covers(segment))
            }
            _ => false,
        }
    }

    /// The address, if the pattern leaves only one.
    pub fn exact(&self) -> Option<IpAddr> {
        match &self.0 {
            Parts::V4(parts) => {
                let mut octets = [0_u8; 4];
                for (octet, part) in octets.iter_mut().zip(parts) {
                    *octet = u8::try_from(part.exact()?).ok()?;
                }
                Some(Ipv4Addr::from(octets).into())
            }
            Parts::V6(parts) => {
                let mut segments = [0_u16; 8];
                for (segment, part) in segments.iter_mut().zip(parts) {
                    *segment = part.exact()?;
                }
                Some(Ipv6Addr::from(segments).into())
            }
        }
    }

    /// Whether a part is a range whose end is below its start, so that nothing can match.
    pub fn is_reversed(&self) -> bool {
        let reversed = |parts: &[Part]| parts.iter().any(|part| part.first > part.last);
        match &self.0 {
            Parts::V4(parts) => reversed(parts),
            Parts::V6(parts) => reversed(parts),
        }
    }

    /// The four parts of an IPv4 pattern.
    pub(crate) fn v4(&self) -> Option<&[Part; 4]> {
        match &self.0 {
            Parts::V4(parts) => Some(parts),
            Parts::V6(_) => None,
        }
    }
}

fn parse_v4(text: &str) -> Result<AddressPattern, IllegalPattern> {
    // Java's split drops trailing empty parts, so `192.168.5.1.` has four.
    let mut pieces: Vec<&str> = text.split('.').collect();
    while pieces.last().is_some_and(|piece| piece.is_empty()) {
        pieces.pop();
    }
    let pieces: [&str; 4] = pieces.try_into().map_err(|_| IllegalPattern)?;
    let mut parts = [Part { first: 0, last: 0 }; 4];
    for (part, piece) in parts.iter_mut().zip(pieces) {
        *part = parse_part(piece, u16::from(u8::MAX), parse_int)?;
    }
    Ok(AddressPattern(Parts::V4(parts)))
}

fn parse_v6(text: &str) -> Result<AddressPattern, IllegalPattern> {
    let text = text.split('%').next().unwrap_or_default();
    let (head, tail) = match text.split_once("::") {
        Some((_, tail)) if tail.contains("::") => return Err(IllegalPattern),
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    };
    let groups = |text: &str| -> Vec<String> {
        if text.is_empty() { Vec::new() } else { text.split(':').map(str::to_owned).collect() }
    };
    let mut all = groups(head);
    if let Some(tail) = tail {
        let tail = groups(tail);
        let missing = 8_usize.checked_sub(all.len() + tail.len()).ok_or(IllegalPattern)?;
        all.extend(std::iter::repeat_n("0".to_owned(), missing));
        all.extend(tail);
    }
    let groups: [String; 8] = all.try_into().map_err(|_| IllegalPattern)?;
    let mut parts = [Part { first: 0, last: 0 }; 8];
    for (part, group) in parts.iter_mut().zip(&groups) {
        *part = parse_part(group, u16::MAX, |text| {
            let is_hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            is_hex.then(|| i32::from_str_radix(text, 16).ok()).flatten()
        })?;
    }
    Ok(AddressPattern(Parts::V6(parts)))
}

/// `*`, a number up to `max`, or a range with one dash.
fn parse_part(text: &str, max: u16, number: impl Fn(&str) -> Option<i32>) -> Result<Part, IllegalPattern> {
    if text == "*" {
        return Ok(Part { first: 0, last: max });
    }
    let value = |text: &str| {
        let value = number(text).and_then(|value| u16::try_from(value).ok()).ok_or(IllegalPattern)?;
        if value <= max { Ok(value) } else { Err(IllegalPattern) }
    };
    // A dash in front is a sign, not a range: `-1` is neither.
    match text.split_once('-') {
        Some((first, last)) => Ok(Part { first: value(first)?, last: value(last)? }),
        None => value(text).map(|value| Part { first: value, last: value }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_hazelcast() {
        let cases = [
            ("10.3.10.*", "10.3.10.200", true),
            ("10.*.3-5.1-100", "10.9.4.100", true),
            ("10.*.3-5.1-100", "10.9.6.100", false),
            ("10.0.0.9-1", "10.0.0.5", false),
            ("192.168.05.1", "192.168.5.1", true),
            ("192.168.5.1.", "192.168.5.1", true),
            ("*.*.*.*", "8.8.8.8", true),
            ("::1", "::1", true),
            ("fe80::*", "fe80::77", true),
            ("2001:db8:85a3:0:0:8a2e:370:1-f", "2001:db8:85a3::8a2e:370:a", true),
            ("fe80::1%eth0", "fe80::1", true),
            ("::ffff:192.168.5.1", "192.168.5.1", true),
            ("*.*.*.*", "::1", false),
        ];
        for (pattern, address, expected) in cases {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(
                AddressPattern::parse(pattern).unwrap().matches(address),
                expected,
                "{pattern} {address}"
            );
        }
    }

    #[test]
    fn everything_else_is_illegal() {
        for text in [
            "",
            "10.0.0.0/24",
            "10.0.0.1:5701",
            "eth0",
            "10.0.0",
            "10.0.0.256",
            "10.0.0.1.2",
            "10.0.0.-1",
            "10..0.1",
            "1:2:3:4:5:6:7:8:9",
            "::1::",
            "1::2::3",
            "g::1",
            "10.0.0.1-2-3",
            "12345::1",
            "192.168.5:1:5701",
            "*",
        ] {
            assert_eq!(AddressPattern::parse(text), Err(IllegalPattern), "{text:?}");
        }
    }
}
