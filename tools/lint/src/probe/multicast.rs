//! One packet into a multicast group, and who else sends one.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use cobnut_lint::Group;
use socket2::{Domain, Protocol, Socket, Type};

use super::ask::now_ms;

/// How long others are listened to: long enough for somebody to press Enter on two machines.
pub(super) const LISTENING: Duration = Duration::from_secs(4);
/// Begins our packets. Hazelcast and Cobnut see another version than theirs and pass over it.
const MARK: &str = "cobnut-probe 1 ";
/// Of other probes, at most this many are told.
const HEARD_MAX: usize = 16;

/// Joins the group on the interface of this address, sends one packet, answers the first of each other probe with one more,
/// and listens. Also tells by how many milliseconds the others' clocks are ahead.
pub(super) fn listen(
    node: &str,
    group: Ipv4Addr,
    port: u16,
    interface: Ipv4Addr,
) -> (Group, Vec<(IpAddr, i64)>) {
    let mut found = Group {
        node: node.to_owned(),
        address: SocketAddr::from((group, port)),
        interface: interface.into(),
        error: None,
        heard_self: false,
        heard: Vec::new(),
    };
    let mut clocks = Vec::new();
    if let Err(error) = exchange(&mut found, &mut clocks, group, port, interface) {
        found.error = Some(error.to_string());
    }
    (found, clocks)
}

fn exchange(
    found: &mut Group,
    clocks: &mut Vec<(IpAddr, i64)>,
    group: Ipv4Addr,
    port: u16,
    interface: Ipv4Addr,
) -> io::Result<()> {
    let socket = open(group, port, interface)?;
    let own = std::process::id();
    let to = SocketAddr::from((group, port));
    send(&socket, to, own)?;
    let until = Instant::now() + LISTENING;
    let mut buffer = [0; 256];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        socket.set_read_timeout(Some(left))?;
        let (count, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Ok(());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let Some((process, time)) = read(&buffer[..count]) else { continue };
        if from.ip() == IpAddr::V4(interface) && process == own {
            found.heard_self = true;
        } else if !found.heard.contains(&from.ip()) && found.heard.len() < HEARD_MAX {
            found.heard.push(from.ip());
            clocks.push((from.ip(), time - now_ms()));
            // Whoever began later has not heard the first packet.
            send(&socket, to, own)?;
        }
    }
}

fn open(group: Ipv4Addr, port: u16, interface: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    // A node of this machine may hold the port for the same group.
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddrV4::new(if cfg!(windows) { interface } else { group }, port).into())?;
    socket.join_multicast_v4(&group, &interface)?;
    socket.set_multicast_if_v4(&interface)?;
    socket.set_multicast_loop_v4(true)?;
    Ok(socket.into())
}

fn send(socket: &UdpSocket, to: SocketAddr, process: u32) -> io::Result<()> {
    socket.send_to(format!("{MARK}{process} {}", now_ms()).as_bytes(), to).map(|_| ())
}

/// Process and time of one of our packets.
fn read(packet: &[u8]) -> Option<(u32, i64)> {
    let (process, time) = std::str::from_utf8(packet).ok()?.strip_prefix(MARK)?.split_once(' ')?;
    let time = time.parse().ok().filter(|time| (0..=i64::MAX / 2).contains(time))?;
    Some((process.parse().ok()?, time))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_packets_are_read() {
        assert_eq!(read(b"cobnut-probe 1 77 1000"), Some((77, 1000)));
        for other in
            [&b"\x04\0\0\0"[..], b"", b"cobnut-probe 1 77", b"cobnut-probe 1 x 1", b"cobnut-probe 1 1 -5"]
        {
            assert_eq!(read(other), None);
        }
    }
}
