#![doc = include_str!("clear_mesh_on_public_address.md")]

use std::net::IpAddr;

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "clear-mesh-on-public-address",
    severity: Severity::Warning,
    summary: "with Hazelcast the members talk in the clear over public addresses",
    page: include_str!("clear_mesh_on_public_address.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let network = &node.config.network;
    let is_encrypted = *network.ssl.enabled || *network.symmetric_encryption.enabled;
    let tcp_ip = &network.join.tcp_ip;
    if is_encrypted || !*tcp_ip.enabled {
        return;
    }
    // Beside a private own address, a public member is a slip rather than a plan.
    let public = if let Some((own, span)) = node.own_address() {
        is_public(own).then_some((own, span))
    } else {
        let members: Vec<_> =
            tcp_ip.members().filter_map(|entry| Some((entry.single_address()?, entry.span))).collect();
        let all = members.iter().all(|(address, _)| is_public(*address));
        members.first().copied().filter(|_| all && members.len() > 1)
    };
    let Some((address, span)) = public else { return };
    found.push(
        RULE.at(node, span, format!("the members talk in the clear, and {address} is a public address"))
            .note("messages can be read on the way, and whoever reaches the port and knows the cluster's name is let in by Hazelcast; cobnut encrypts its links without being told")
            .help("connect the nodes by a private network or a VPN, and let a firewall keep the port for the nodes alone"),
    );
}

/// Whether an address is reached from everywhere. Those for documentation are nobody's.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let is_carriers = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_documentation()
                || is_carriers)
        }
        IpAddr::V6(v6) => {
            let is_documentation = v6.segments()[..2] == [0x2001, 0x0db8];
            let is_reserved =
                is_documentation || v6.is_loopback() || v6.is_unspecified() || v6.is_multicast();
            !(is_reserved || v6.is_unique_local() || v6.is_unicast_link_local())
        }
    }
}
