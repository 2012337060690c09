//! What an entry is, and what Hazelcast does with it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cobnut_diagnostics::Span;

use super::reading::{classify_host, split_host_and_port};
use crate::AddressPattern;

/// The element that an entry was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryElement {
    /// `member`, directly in `tcp-ip`.
    Member,
    /// `members`.
    Members,
    /// `member-list/member`.
    MemberList,
    /// `required-member`.
    RequiredMember,
    /// `interface` in `tcp-ip`: an old alias of `member`.
    Interface,
}

/// One entry of the member list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberEntry {
    /// The entry as Hazelcast sees it; empty when separators stand side by side.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// The whole element that holds it.
    pub element_span: Span,
    /// Whether the element holds other entries as well.
    pub shares_element: bool,
    /// Which element that is.
    pub element: EntryElement,
    /// What Hazelcast takes for the host.
    pub host: Host,
    /// What Hazelcast takes for the port.
    pub port: EntryPort,
}

/// What Hazelcast takes the host part of an entry for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Nothing between two separators; Java resolves it to the loopback address.
    Empty,
    /// An IPv4 address.
    Ipv4(Ipv4Addr),
    /// IPv4 addresses that differ in the last octet; `first > last` means none at all.
    Ipv4Range {
        /// The first three octets.
        network: [u8; 3],
        /// First value of the last octet.
        first: u8,
        /// Last value of the last octet.
        last: u8,
    },
    /// A pattern with a wildcard or a range before the last octet (or in IPv6): it matches own addresses, but cannot be dialled.
    UndiallablePattern(AddressPattern),
    /// An IPv6 address; a scope is dropped.
    Ipv6(Ipv6Addr),
    /// Fewer than four numbers: Java fills the gap with zeros, `192.168.5` is 192.168.0.5.
    ShortForm(Ipv4Addr),
    /// A host name that DNS can be asked for.
    Name(String),
    /// Text that no resolver accepts; Hazelcast warns and skips the entry.
    Unresolvable(String),
}

/// What Hazelcast takes for the port of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPort {
    /// None is given (`-1` counts as none).
    Unset,
    /// A port that can be put into an address; 0 never connects.
    Number(u16),
    /// A number outside 0…65535: Hazelcast stops when it joins.
    OutOfRange(i32),
    /// No number: Hazelcast does not start.
    NotANumber(String),
}

/// What Hazelcast does with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It dials what is written.
    Dialled,
    /// It dials another address than the one that is written, silently.
    DialledElsewhere(Ipv4Addr),
    /// It takes the entry for the loopback address.
    Loopback,
    /// It dials nothing, silently.
    Nothing,
    /// It dials a port that no one can listen on.
    NeverConnects,
    /// It warns that the host name cannot be resolved and skips the entry.
    Skipped,
    /// It does not start, or stops when it joins.
    Stops,
}

impl Outcome {
    /// Whether the entry leads to the host that is written.
    pub fn is_dialled(self) -> bool {
        self == Self::Dialled
    }
}

impl MemberEntry {
    /// An entry from its text alone, without a place in a file.
    pub fn from_text(text: &str) -> Self {
        Self::new(text, EntryElement::Member, Span::default(), Span::default())
    }

    pub(super) fn new(text: &str, element: EntryElement, span: Span, element_span: Span) -> Self {
        let (host, port) = split_host_and_port(text);
        Self {
            text: text.to_owned(),
            span,
            element_span,
            shares_element: false,
            element,
            host: classify_host(host),
            port,
        }
    }

    /// What Hazelcast does with the entry.
    pub fn outcome(&self) -> Outcome {
        match (&self.port, &self.host) {
            // The range is checked only when a socket address is built, which needs a resolved host.
            (EntryPort::OutOfRange(_), Host::Unresolvable(_) | Host::UndiallablePattern(_)) => {
                Outcome::Skipped
            }
            (EntryPort::NotANumber(_) | EntryPort::OutOfRange(_), _) => Outcome::Stops,
            (_, Host::Unresolvable(_) | Host::UndiallablePattern(_)) => Outcome::Skipped,
            (_, Host::Ipv4Range { first, last, .. }) if first > last => Outcome::Nothing,
            (EntryPort::Number(0), _) => Outcome::NeverConnects,
            (_, Host::ShortForm(address)) => Outcome::DialledElsewhere(*address),
            (_, Host::Empty) => Outcome::Loopback,
            (_, Host::Ipv4(_) | Host::Ipv4Range { .. } | Host::Ipv6(_) | Host::Name(_)) => Outcome::Dialled,
        }
    }

    /// The address, if the entry is one address and not a name, a range or a mistake.
    pub fn single_address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            _ => None,
        }
    }

    /// The port that is written and can be dialled.
    pub fn written_port(&self) -> Option<u16> {
        match self.port {
            EntryPort::Number(port) if port > 0 => Some(port),
            _ => None,
        }
    }

    /// Whether the entry reaches an address: equal, or within its range. Names are not resolved.
    pub fn reaches(&self, address: IpAddr) -> bool {
        match (&self.host, address) {
            _ if !self.outcome().is_dialled() => false,
            (Host::Ipv4Range { network, first, last }, IpAddr::V4(v4)) => {
                let [a, b, c, d] = v4.octets();
                *network == [a, b, c] && (*first..=*last).contains(&d)
            }
            _ => self.single_address() == Some(address),
        }
    }
}
