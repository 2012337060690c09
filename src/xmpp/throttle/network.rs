//! Whom an address stands for.

use std::net::{IpAddr, Ipv6Addr};

/// What one customer of a provider has: an IPv4 address or an IPv6 /64.
pub(crate) fn client_network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn an_ipv6_network_counts_as_one_client() {
        assert_eq!(client_network(ip("2001:db8::1")), client_network(ip("2001:db8::ffff:2")));
        assert_ne!(client_network(ip("2001:db8::1")), client_network(ip("2001:db8:0:1::1")));
        assert_eq!(client_network(ip("::ffff:10.0.0.1")), ip("10.0.0.1"));
    }
}
