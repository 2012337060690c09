//! What clients are told: where the proxy is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use jid::FullJid;

use super::PROXY_SERVICE;
use crate::service::Service;

/// A port that nobody has to listen on: it is only asked which way leads there.
const ANY_PORT: u16 = 9;

impl Service {
    /// Host and port of the proxy that a client of this node is told: that of the node, or that of another member when
    /// the port could not be bound here. Exactly one, because clients tell proxies apart by their JID, and all of ours
    /// have the same.
    pub(crate) fn proxy_for(&self, client: &FullJid) -> Option<(String, u16)> {
        let external = || self.policy.proxy.external_host.clone();
        let Some(own) = self.bytestreams.bound.get() else {
            let other = self.proxy_of_others()?;
            return Some((external().unwrap_or_else(|| other.ip().to_string()), other.port()));
        };
        let host = external().or_else(|| self.own_host(own.ip(), client).map(|ip| ip.to_string()))?;
        Some((host, own.port()))
    }

    /// Whether the cluster has a proxy.
    pub(crate) fn has_any_proxy(&self) -> bool {
        self.bytestreams.bound.get().is_some() || self.proxy_of_others().is_some()
    }

    fn proxy_of_others(&self) -> Option<SocketAddr> {
        let members = self.cluster.members();
        members.iter().filter(|member| !member.is_self).find_map(|member| {
            let record = self.cluster.record_of(member.id)?;
            let port = record.listeners.into_iter().find(|port| port.service == PROXY_SERVICE)?;
            let mut address = port.address;
            if address.ip().is_unspecified() {
                address.set_ip(member.address.ip());
            }
            (!address.ip().is_unspecified()).then_some(address)
        })
    }

    /// An address of this node that others reach: the one that is listened on, or the one from which the client is
    /// reached, or the one that members know. The loopback address only when there is nothing else.
    fn own_host(&self, bound: IpAddr, client: &FullJid) -> Option<IpAddr> {
        if !bound.is_unspecified() {
            return Some(bound);
        }
        let client = self.cluster.sessions().get(client).map(|entry| entry.record.remote_ip);
        let towards_client = client.and_then(|ip| address_towards(ip.to_canonical()));
        let members = self.cluster.members();
        let among_members = members.iter().find(|member| member.is_self).map(|member| member.address.ip());
        let candidates = [towards_client, among_members].into_iter().flatten();
        let usable: Vec<IpAddr> = candidates.filter(|ip| !ip.is_unspecified()).collect();
        usable.iter().find(|ip| !ip.is_loopback()).or(usable.first()).copied()
    }
}

/// The address of this machine from which packets to `ip` go out; nothing is sent.
fn address_towards(ip: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match ip {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((ip, ANY_PORT)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_reaches_itself_over_loopback() {
        let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
        assert_eq!(address_towards(loopback), Some(loopback));
    }
}
