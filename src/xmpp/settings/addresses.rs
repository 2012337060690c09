//! Lists of addresses as Openfire's properties hold them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::BadProperty;

/// Addresses from which something is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses(Vec<Network>);

/// Addresses whose bits under the mask are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    bits: u128,
    mask: u128,
}

impl Addresses {
    /// Reads addresses, networks (`10.0.0.0/8`) and IPv4 addresses whose parts may be `*`, separated by commas or white
    /// space.
    pub(super) fn parse(value: &str) -> Result<Self, BadProperty> {
        let entries = value.split([',', ' ', '\t', '\n', '\r']).filter(|entry| !entry.is_empty());
        let networks: Option<Vec<Network>> = entries.map(Network::parse).collect();
        networks
            .map(Self)
            .ok_or(BadProperty { expected: "addresses, with * for any part of an IPv4 address" })
    }

    /// Whether the list has no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an entry fits.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let bits = bits(ip);
        self.0.iter().any(|network| bits & network.mask == network.bits)
    }
}

impl Network {
    fn parse(entry: &str) -> Option<Self> {
        if entry.contains('*') {
            return Self::with_stars(entry);
        }
        let (address, length) = match entry.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (entry, None),
        };
        let ip: IpAddr = address.parse().ok()?;
        let width = if ip.is_ipv4() { Ipv4Addr::BITS } else { Ipv6Addr::BITS };
        let host = width.checked_sub(length.unwrap_or(width))?;
        let mask = u128::MAX.checked_shl(host).unwrap_or_default();
        Some(Self { bits: bits(ip) & mask, mask })
    }

    fn with_stars(entry: &str) -> Option<Self> {
        let parts: Vec<&str> = entry.split('.').collect();
        let parts: [&str; 4] = parts.try_into().ok()?;
        let (mut octets, mut mask) = ([0; 4], [u8::MAX; 4]);
        for (index, part) in parts.into_iter().enumerate() {
            if part == "*" {
                mask[index] = 0;
            } else {
                octets[index] = part.parse().ok()?;
            }
        }
        // The bits before an IPv4 address are the same for all of them.
        let mask = u128::MAX << Ipv4Addr::BITS | u128::from(u32::from_be_bytes(mask));
        Some(Self { bits: bits(Ipv4Addr::from(octets).into()), mask })
    }
}

fn bits(ip: IpAddr) -> u128 {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_fit_what_they_say() {
        let list = Addresses::parse("192.0.2.1, 10.*.*.7\n172.16.0.0/12 2001:db8::/32").expect("list");
        for (address, is_in) in [
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.2.2", false),
            ("10.1.2.7", true),
            ("10.1.2.8", false),
            ("11.1.2.7", false),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(list.contains(address.parse().expect("address")), is_in, "{address}");
        }
        let everybody = Addresses::parse("*.*.*.* ::/0").expect("list");
        assert!(everybody.contains("203.0.113.9".parse().expect("address")));
        assert!(
            !Addresses::parse("*.*.*.*").expect("list").contains("2001:db8::1".parse().expect("address"))
        );
        assert!(Addresses::parse(" , ").expect("list").is_empty());
        for bad in ["10.*", "*", "10.0.0.0/33", "10.0.0.*/8", "example.org", "::1/129", "10.0.0.256"] {
            assert!(Addresses::parse(bad).is_err(), "{bad}");
        }
    }
}
