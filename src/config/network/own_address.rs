//! Which of its own addresses a node takes: Hazelcast's `DefaultAddressPicker` as a pure function.

use std::net::{IpAddr, Ipv4Addr};

use thiserror::Error;

use crate::{AddressPattern, Host, Interfaces, TcpIp};

/// No own address fits although the file asks for one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PickError {
    /// `<interfaces>` is enabled and no pattern matches an address of this machine.
    #[error(
        "no address of this machine matches <interfaces> ({}); its addresses are {}",
        .patterns.join(", "), list(.local)
    )]
    NoMatchingInterface {
        /// The patterns as written.
        patterns: Vec<String>,
        /// The machine's addresses.
        local: Vec<IpAddr>,
    },
    /// `hazelcast.local.localAddress` names no address of this machine.
    #[error("hazelcast.local.localAddress is {wanted}, which is no address of this machine ({})", list(.local))]
    NotLocal {
        /// The property's value.
        wanted: String,
        /// The machine's addresses.
        local: Vec<IpAddr>,
    },
}

fn list(addresses: &[IpAddr]) -> String {
    addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ")
}

/// [`pick_address_with`] for a member list without host names.
///
/// # Errors
/// `<interfaces>` is enabled and nothing matches.
pub fn pick_address(interfaces: &Interfaces, tcp_ip: &TcpIp, local: &[IpAddr]) -> Result<IpAddr, PickError> {
    pick_address_with(interfaces, tcp_ip, local, |_| Vec::new())
}

/// The address that a node binds and advertises, from the machine's addresses in the operating system's order.
///
/// With `<interfaces>` enabled, the first own address that a pattern matches. Otherwise, with a member list, loopback if the
/// list names `127.0.0.1` or `localhost`, else the first own address that an entry matches. Otherwise the first address that
/// is not loopback. IPv4 goes before IPv6, as with Hazelcast's `hazelcast.prefer.ipv4.stack`.
///
/// # Errors
/// `<interfaces>` is enabled and nothing matches; Hazelcast does not start either.
pub fn pick_address_with(
    interfaces: &Interfaces,
    tcp_ip: &TcpIp,
    local: &[IpAddr],
    resolve: impl Fn(&str) -> Vec<IpAddr>,
) -> Result<IpAddr, PickError> {
    if *interfaces.enabled {
        return first_match(local, |address| interfaces.matches(address))
            .or_else(|| loopback_alias(interfaces, local))
            .ok_or_else(|| PickError::NoMatchingInterface {
                patterns: interfaces.patterns.iter().map(|interface| interface.text.value.clone()).collect(),
                local: local.to_vec(),
            });
    }
    let fallback =
        || first_match(local, |address| !address.is_loopback()).unwrap_or(Ipv4Addr::LOCALHOST.into());
    if !*tcp_ip.enabled {
        return Ok(fallback());
    }
    if tcp_ip.entries.iter().any(names_loopback) {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    let mut masks: Vec<AddressPattern> = Vec::new();
    for entry in &tcp_ip.entries {
        match &entry.host {
            Host::Name(name) => masks.extend(resolve(name).iter().filter_map(exact_mask)),
            Host::Empty => masks.extend(exact_mask(&Ipv4Addr::LOCALHOST.into())),
            Host::ShortForm(address) | Host::Ipv4(address) => masks.extend(exact_mask(&(*address).into())),
            Host::Ipv6(address) => masks.extend(exact_mask(&(*address).into())),
            Host::UndiallablePattern(pattern) => masks.push(pattern.clone()),
            Host::Ipv4Range { network: [a, b, c], first, last } => {
                masks.extend(AddressPattern::parse(&format!("{a}.{b}.{c}.{first}-{last}")));
            }
            Host::Unresolvable(_) => {}
        }
    }
    Ok(first_match(local, |address| masks.iter().any(|mask| mask.matches(address))).unwrap_or_else(fallback))
}

/// The address that `hazelcast.local.localAddress` names.
pub(crate) fn pick_property_address(
    wanted: &str,
    local: &[IpAddr],
    resolve: impl Fn(&str) -> Vec<IpAddr>,
) -> Result<IpAddr, PickError> {
    if matches!(wanted, "127.0.0.1" | "localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    let named = wanted.parse::<IpAddr>().map_or_else(|_| resolve(wanted), |address| vec![address]);
    let is_local = |address: &IpAddr| local.contains(address) || is_loopback_alias(*address, local);
    named
        .into_iter()
        .find(is_local)
        .ok_or_else(|| PickError::NotLocal { wanted: wanted.to_owned(), local: local.to_vec() })
}

fn names_loopback(entry: &crate::MemberEntry) -> bool {
    match &entry.host {
        Host::Name(name) => name == "localhost",
        Host::Ipv4(address) => *address == Ipv4Addr::LOCALHOST,
        _ => false,
    }
}

fn exact_mask(address: &IpAddr) -> Option<AddressPattern> {
    AddressPattern::parse(&address.to_string()).ok()
}

fn first_match(local: &[IpAddr], fits: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut by_family = local.iter().filter(|ip| ip.is_ipv4()).chain(local.iter().filter(|ip| ip.is_ipv6()));
    by_family.find(|&&address| fits(address)).copied()
}

/// Compat: Linux answers on all of 127.0.0.0/8 although interfaces list 127.0.0.1 only; several nodes on one machine use it.
fn loopback_alias(interfaces: &Interfaces, local: &[IpAddr]) -> Option<IpAddr> {
    let exact = interfaces.patterns.iter().filter_map(|interface| interface.pattern.as_ref().ok()?.exact());
    exact.into_iter().find(|&address| is_loopback_alias(address, local))
}

fn is_loopback_alias(address: IpAddr, local: &[IpAddr]) -> bool {
    address.is_ipv4() && address.is_loopback() && local.iter().any(|ip| ip.is_ipv4() && ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use cobnut_diagnostics::Source;

    const LOCAL: [&str; 5] = ["127.0.0.1", "::1", "fe80::7", "10.0.0.7", "192.168.5.2"];

    fn picked(fragment: &str) -> Result<String, PickError> {
        let (config, _) = parse(&Source::new("t.xml", fragment));
        let local: Vec<IpAddr> = LOCAL.iter().map(|text| text.parse().unwrap()).collect();
        let resolve = |name: &str| match name {
            "me" => vec!["192.168.5.2".parse().unwrap()],
            _ => Vec::new(),
        };
        config.unwrap().pick_address_with(&local, resolve).map(|address| address.to_string())
    }

    #[test]
    fn choice_follows_interfaces_then_members_then_order() {
        let interfaces = |text: &str| format!("<join/><interfaces enabled='true'>{text}</interfaces>");
        let tcp_ip = |text: &str| format!("<join><tcp-ip enabled='true'>{text}</tcp-ip></join>");
        let cases = [
            (interfaces("<interface>192.168.5.2</interface>"), "192.168.5.2"),
            (interfaces("<interface>192.168.*.*</interface>"), "192.168.5.2"),
            (interfaces("<interface>eth0</interface><interface>10.0.0.1-9</interface>"), "10.0.0.7"),
            (interfaces("<interface>*.*.*.*</interface>"), "127.0.0.1"),
            (interfaces("<interface>fe80::7</interface>"), "fe80::7"),
            (interfaces("<interface>127.0.5.2</interface>"), "127.0.5.2"),
            (tcp_ip("<member>192.168.5.1,192.168.5.2</member>"), "192.168.5.2"),
            (tcp_ip("<member>10.0.*.7</member>"), "10.0.0.7"),
            (tcp_ip("<member>192.168.5.0-9</member>"), "192.168.5.2"),
            (tcp_ip("<member>me:5701</member>"), "192.168.5.2"),
            (tcp_ip("<member>192.168.5.2</member><member>localhost</member>"), "127.0.0.1"),
            (tcp_ip("<member>8.8.8.8</member>"), "10.0.0.7"),
            (tcp_ip("<member>192.168.5:2:5701</member>"), "10.0.0.7"),
            ("<join/>".to_owned(), "10.0.0.7"),
            (
                "<network/><properties><property name='hazelcast.local.localAddress'>192.168.5.2</property></properties>"
                    .to_owned(),
                "192.168.5.2",
            ),
        ];
        for (fragment, expected) in cases {
            assert_eq!(picked(&fragment).as_deref(), Ok(expected), "{fragment}");
        }
    }

    #[test]
    fn enabled_interfaces_without_a_match_are_an_error_that_lists_both_sides() {
        let error =
            picked("<interfaces enabled='true'><interface>192.168.9.*</interface></interfaces>").unwrap_err();
        let text = error.to_string();
        assert!(text.contains("192.168.9.*") && text.contains("10.0.0.7"), "{text}");
        assert!(picked("<interfaces enabled='true'/>").is_err());
    }
}
