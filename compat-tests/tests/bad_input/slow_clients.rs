//! Slow-loris clients: many connections that dribble a byte at a time and never finish.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{Cluster, Deadline, record_timing};

use crate::bystanders::Bystanders;

/// Connections on each port.
const CONNECTIONS: usize = 40;
/// The negotiation limits are a minute for clients and five seconds for members; then comes a margin.
const END_LIMIT: Duration = Duration::from_secs(90);
/// Pause between two bytes.
const DRIBBLE: Duration = Duration::from_millis(250);

/// True while the server keeps it.
fn is_open(stream: &mut TcpStream, byte: u8) -> bool {
    if stream.write_all(&[byte]).is_err() {
        return false;
    }
    let mut chunk = [0; 256];
    match stream.read(&mut chunk) {
        Ok(0) => false,
        Ok(_) => true,
        Err(err) => err.kind() == ErrorKind::WouldBlock,
    }
}

#[test]
fn slow_clients_are_cut_and_hurt_nobody() -> Result<()> {
    let test = "slow_clients_are_cut_and_hurt_nobody";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut bystanders = Bystanders::start(test)?;
    let attacker = bystanders.cluster.client_host.clone();
    let node = bystanders.cluster.nodes[0].host().clone();
    let mut open = Vec::new();
    for port in [5222, 5223, 5701] {
        for _ in 0..CONNECTIONS {
            let stream = attacker.connect(node.socket(port))?;
            stream.set_nonblocking(true)?;
            open.push((port, stream));
        }
    }
    let header = b"<?xml version='1.0'?><stream:stream to='example.org' ";
    let mut bytes = header.iter().chain(std::iter::repeat(&b' '));
    let deadline = Deadline::after(END_LIMIT);
    let mut rounds = 0_u32;
    while !open.is_empty() {
        ensure!(
            deadline.left().is_some(),
            "{} slow connections are still open after {END_LIMIT:?}",
            open.len()
        );
        let byte = *bytes.next().unwrap_or(&b' ');
        open.retain_mut(|(_, stream)| is_open(stream, byte));
        if rounds.is_multiple_of(20) {
            bystanders.chat()?;
        }
        rounds += 1;
        // The slowness is the attack.
        std::thread::sleep(DRIBBLE);
    }
    record_timing("bad input: the last slow client was cut after", deadline.elapsed());
    bystanders.assert_unharmed()
}
