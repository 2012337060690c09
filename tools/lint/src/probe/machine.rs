//! This machine: its addresses, its limits, its ports, and which of the nodes it is.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};

use cobnut_config::Config;
use cobnut_lint::{Answer, PortState, Probed};
use socket2::{Domain, Socket, Type};

/// The machine's addresses in the order of the operating system.
pub(super) fn addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces.iter().map(if_addrs::Interface::ip).collect()
}

/// How many files a process of this user may open, as far as it may raise its own limit; `None` without a limit.
#[cfg(unix)]
pub(super) fn open_files() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::Nofile).maximum
}

/// Windows has no such limit.
#[cfg(not(unix))]
pub(super) fn open_files() -> Option<u64> {
    None
}

/// Labels of the nodes that run here: as told, the only one, or those that ask for an address of this machine.
pub(super) fn here(nodes: &[(String, Config)], probed: &Probed, told: &[String]) -> Vec<String> {
    if !told.is_empty() {
        let is_told = |label: &str| {
            told.iter()
                .any(|told| label == told || label.trim_end_matches('/').ends_with(&format!("/{told}")))
        };
        return nodes.iter().map(|(label, _)| label).filter(|label| is_told(label)).cloned().collect();
    }
    if let [(only, _)] = nodes {
        return vec![only.clone()];
    }
    let fits = |config: &Config| {
        let fixes = *config.network.interfaces.enabled || config.properties.local_address().is_some();
        let resolve = |name: &str| probed.resolved(name).unwrap_or_default().to_vec();
        fixes && config.pick_address_with(&probed.local, resolve).is_ok()
    };
    nodes.iter().filter(|(_, config)| fits(config)).map(|(label, _)| label.clone()).collect()
}

/// Whether a port can be had; who answers if not. Nothing listens meanwhile, so nobody can connect by accident.
pub(super) fn port(address: SocketAddr, ask: impl FnOnce(SocketAddr) -> Answer) -> PortState {
    let bound = Socket::new(Domain::for_address(address), Type::STREAM, None).and_then(|socket| {
        // Connections of a server that just ended do not hold the port; a listener does.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.bind(&address.into())?;
        // On Linux another listener shows only now, if it allows reuse as well.
        socket.listen(1)
    });
    match bound {
        Ok(()) => PortState::Free,
        Err(error) if error.kind() == ErrorKind::AddrInUse => PortState::Taken(ask(address)),
        Err(error) => PortState::Denied(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    use super::*;

    #[test]
    fn a_listener_takes_its_port_and_gives_it_back() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("address");
        assert_eq!(port(address, |_| Answer::Refused), PortState::Taken(Answer::Refused));
        drop(listener);
        assert_eq!(port(address, |_| Answer::Refused), PortState::Free);
        let elsewhere = "192.0.2.1:5701".parse().expect("address");
        assert!(matches!(port(elsewhere, |_| Answer::Refused), PortState::Denied(_)));
    }

    #[test]
    fn the_node_of_this_machine_is_found_by_its_address() {
        let node = |label: &str, interface: &str| {
            let text = format!("<interfaces enabled='true'><interface>{interface}</interface></interfaces>");
            (label.to_owned(), parse(&Source::new(label, text)).0.expect("a fragment"))
        };
        let nodes = [node("a/one", "192.168.5.1"), node("a/two", "192.168.5.2")];
        let probed = Probed {
            local: vec![IpAddr::from([127, 0, 0, 1]), IpAddr::from([192, 168, 5, 2])],
            ..Probed::default()
        };
        assert_eq!(here(&nodes, &probed, &[]), ["a/two"]);
        assert_eq!(here(&nodes, &probed, &["one".to_owned()]), ["a/one"]);
        assert_eq!(here(&nodes[..1], &probed, &[]), ["a/one"]);
        assert_eq!(here(&nodes, &Probed::default(), &[]), <[String; 0]>::default());
    }
}
