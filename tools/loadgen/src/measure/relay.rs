//! What the network and the scheduler cost alone: the ping-pong over bare TCP, through processes that only copy.
//!
//! A message between users of one node passes one process, between nodes two. A server cannot be faster than that,
//! so these rows say how much of a latency is the server's own.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::ping_pong::PingPongArgs;
use super::stage::spinner;
use crate::numbers::Latencies;
use crate::report::{Outcome, Row};
use crate::target::Placement;

/// Bytes that a chat message has around its text.
const ENVELOPE_BYTES: usize = 80;
/// Exchanges before counting begins.
const WARM_UP_EXCHANGES: usize = 100;
/// Connections that a relay keeps at the same time.
const RELAY_CONNECTIONS_MAX: usize = 1024;

/// Copies bytes between everybody who connects and `to`, until standard input ends; prints its port first.
pub(crate) async fn run_relay(to: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
    let announced = format!("{}\n", listener.local_addr().context("read the port")?);
    tokio::io::stdout().write_all(announced.as_bytes()).await.context("announce the port")?;
    let mut connections = JoinSet::new();
    let mut stdin = tokio::io::stdin();
    let mut ignored = [0; 64];
    loop {
        tokio::select! {
            accepted = listener.accept(), if connections.len() < RELAY_CONNECTIONS_MAX => {
                let (mut from, _) = accepted.context("accept")?;
                connections.spawn(async move {
                    let mut to = connect(to).await?;
                    from.set_nodelay(true)?;
                    tokio::io::copy_bidirectional(&mut from, &mut to).await?;
                    anyhow::Ok(())
                });
            }
            // How a connection ended is the business of those at its ends.
            Some(_) = connections.join_next() => {}
            read = stdin.read(&mut ignored) => if read.unwrap_or(0) == 0 { return Ok(()) },
        }
    }
}

async fn connect(to: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(to).await.with_context(|| format!("connect to {to}"))?;
    stream.set_nodelay(true).context("set TCP_NODELAY")?;
    Ok(stream)
}

/// Measures the ping-pong through as many relays as a message passes nodes.
pub(crate) async fn relay(placement: Placement, knobs: &PingPongArgs) -> Result<Row> {
    let end = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
    let mut front = end.local_addr().context("read the port")?;
    let hops = match placement {
        Placement::SameNode => 1,
        Placement::AcrossNodes => 2,
    };
    let mut processes = Vec::new();
    for _ in 0..hops {
        let (process, address) = start_relay(front).await?;
        processes.push(process);
        front = address;
    }
    let shown = spinner(&format!("bare TCP relay, {}", placement.label()));
    let message: Arc<[u8]> = vec![b'x'; knobs.size + ENVELOPE_BYTES].into();
    let until = Instant::now() + Duration::from_secs(knobs.seconds);
    let mut pairs = JoinSet::new();
    for _ in 0..knobs.pairs {
        let one = connect(front).await?;
        let (other, _) = end.accept().await.context("accept the relayed connection")?;
        other.set_nodelay(true).context("set TCP_NODELAY")?;
        pairs.spawn(exchange(one, other, Arc::clone(&message), until));
    }
    let mut latencies = Latencies::new()?;
    while let Some(done) = pairs.join_next().await {
        latencies.add(&done.context("run a pair")??)?;
    }
    for mut process in processes {
        process.kill().await.context("end a relay")?;
    }
    shown.finish_and_clear();
    let (messages, latency) = (latencies.count(), latencies.summary());
    let outcome = Outcome::PingPong { placement, messages, latency, cpu_us: None };
    Ok(Row { target: "bare TCP relay".to_owned(), outcome })
}

async fn start_relay(to: SocketAddr) -> Result<(Child, SocketAddr)> {
    let program = std::env::current_exe().context("find our own program")?;
    let mut process = Command::new(program)
        .args(["relay", &to.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("start a relay")?;
    let stdout = process.stdout.take().context("read from a relay")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await.context("read a relay's port")?;
    let address = line.trim().parse().with_context(|| format!("a relay announced {line:?}"))?;
    Ok((process, address))
}

async fn exchange(
    mut one: TcpStream,
    mut other: TcpStream,
    message: Arc<[u8]>,
    until: Instant,
) -> Result<Latencies> {
    let mut latencies = Latencies::new()?;
    let mut received = vec![0; message.len()];
    let mut exchanges = 0;
    while Instant::now() < until {
        let there = Instant::now();
        one.write_all(&message).await.context("write")?;
        other.read_exact(&mut received).await.context("read")?;
        let back = Instant::now();
        other.write_all(&message).await.context("write back")?;
        one.read_exact(&mut received).await.context("read back")?;
        exchanges += 1;
        if exchanges > WARM_UP_EXCHANGES {
            latencies.record(back - there);
            latencies.record(back.elapsed());
        }
    }
    Ok(latencies)
}
