//! Carrying bytes between the two ends of an activated stream, as fast as the slower of them reads.

use std::io;
use std::time::Duration;

use cobnut_model::limits;
use prometheus_client::metrics::counter::Counter;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::listener::Slot;

/// One end of a stream.
pub(super) struct End {
    /// The connection.
    pub(super) stream: TcpStream,
    /// What its client sent before it was told that the stream is active.
    pub(super) early: Vec<u8>,
    /// Counts the connection for as long as it is open.
    pub(super) slot: Slot,
}

impl std::fmt::Debug for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("End").field("early", &self.early.len()).finish_non_exhaustive()
    }
}

/// How a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Both sides said that they have nothing more to send.
    Complete,
    /// A side went away, or its connection broke.
    Broken,
    /// Nothing was sent for too long.
    Idle,
    /// The server stops.
    Stopped,
}

/// Carries bytes in both directions until both have ended, one breaks, nothing moves for
/// [`limits::BYTESTREAM_IDLE_TIMEOUT`], or the server stops. Each direction keeps one buffer, and reads only when that is
/// written.
pub(super) async fn relay(one: End, two: End, carried: &Counter, stop: &CancellationToken) -> Ending {
    let (
        End { stream: mut one, early: from_one, slot: _slot },
        End { stream: mut two, early: from_two, slot: _other },
    ) = (one, two);
    let (moved, _) = watch::channel(Instant::now());
    let progress = Progress { carried, moved: &moved };
    let ((read_one, write_one), (read_two, write_two)) = (one.split(), two.split());
    let both = async {
        tokio::try_join!(
            progress.carry(read_one, write_two, from_one),
            progress.carry(read_two, write_one, from_two)
        )
    };
    let stopped = async {
        stop.cancelled().await;
        tokio::time::sleep(limits::BYTESTREAM_DRAIN_TIMEOUT).await;
    };
    tokio::select! {
        done = both => if done.is_ok() { Ending::Complete } else { Ending::Broken },
        () = progress.idle(limits::BYTESTREAM_IDLE_TIMEOUT) => Ending::Idle,
        () = stopped => Ending::Stopped,
    }
}

/// What both directions tell.
#[derive(Clone, Copy)]
struct Progress<'a> {
    carried: &'a Counter,
    /// When bytes were last carried.
    moved: &'a watch::Sender<Instant>,
}

impl Progress<'_> {
    /// Carries one direction to its end, and passes the end on: the other direction may go on.
    async fn carry(self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, early: Vec<u8>) -> io::Result<()> {
        self.pass(&mut to, &early).await?;
        drop(early);
        let mut buffer = vec![0; limits::BYTESTREAM_BUFFER_BYTES];
        loop {
            let count = from.read(&mut buffer).await?;
            if count == 0 {
                // Who has everything may be gone already.
                let _ = to.shutdown().await;
                return Ok(());
            }
            self.pass(&mut to, buffer.get(..count).unwrap_or_default()).await?;
        }
    }

    async fn pass(self, to: &mut WriteHalf<'_>, bytes: &[u8]) -> io::Result<()> {
        if !bytes.is_empty() {
            to.write_all(bytes).await?;
            self.carried.inc_by(bytes.len() as u64);
            self.moved.send_replace(Instant::now());
        }
        Ok(())
    }

    /// Ends when nothing has moved for so long.
    async fn idle(self, limit: Duration) {
        loop {
            let due = *self.moved.borrow() + limit;
            if Instant::now() >= due {
                return;
            }
            sleep_until(due).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    async fn end() -> (End, TcpStream) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        (End { stream, early: Vec::new(), slot: Slot::for_tests() }, client)
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_on_which_nothing_moves_ends() {
        let ((one, _requester), (two, _target)) = (end().await, end().await);
        let begun = Instant::now();
        let ending = relay(one, two, &Counter::default(), &CancellationToken::new()).await;
        assert_eq!(ending, Ending::Idle);
        let took = begun.elapsed();
        assert!(
            (limits::BYTESTREAM_IDLE_TIMEOUT..limits::BYTESTREAM_IDLE_TIMEOUT * 2).contains(&took),
            "{took:?}"
        );
    }
}
