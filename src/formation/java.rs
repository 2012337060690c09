//! Two of Java's habits that decide who leads: `String.hashCode` and the order of texts.

use std::net::{IpAddr, SocketAddr};

/// `String.hashCode` (Java SE API, `java.lang.String`), for texts of ASCII characters.
fn string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Hazelcast's `Address.hashCode`: of several nodes that look for a master together, the one with the smallest claims to be it.
pub(crate) fn address_hash(address: SocketAddr) -> i32 {
    i32::from(address.port()).wrapping_mul(31).wrapping_add(string_hash(&address.ip().to_string()))
}

/// The text by which Hazelcast decides which of two equally large clusters joins the other: the greater one does.
pub(crate) fn merge_text(address: SocketAddr) -> String {
    format!("[{}]:{}", address.ip(), address.port())
}

/// The last number of an address, which spreads the start of multicast joiners.
pub(crate) fn last_number(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(v4) => u32::from(v4.octets()[3]),
        // The digits behind the last dot of an IPv6 text are no number, so Hazelcast takes a random one below 512.
        IpAddr::V6(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_javas() {
        // JDK 17: `"192.168.5.1".hashCode()`
        assert_eq!(string_hash("192.168.5.1"), 55_969_817);
        assert_eq!(string_hash("192.168.5.2"), 55_969_818);
        assert_eq!(string_hash("127.0.5.1"), 1_506_003_010);
        let address = "192.168.5.1:5701".parse().unwrap();
        assert_eq!(address_hash(address), 31_i32.wrapping_mul(5701).wrapping_add(55_969_817));
        assert_eq!(merge_text(address), "[192.168.5.1]:5701");
        assert!(
            merge_text("192.168.5.10:5701".parse().unwrap())
                < merge_text("192.168.5.9:5701".parse().unwrap())
        );
    }
}
