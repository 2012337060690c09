//! Numbered, acknowledged payloads between two members, independent of the TCP connection that carries them.
//!
//! A [`SendStream`] lives as long as the receiver is a member; a [`ReceiveStream`] remembers a little longer what it
//! took, so that a sender that did not notice our absence loses and doubles nothing.
//! Invariant: at most [`WINDOW_FRAMES`] payloads are sent and not confirmed.

#[cfg(test)]
mod cuts;

use std::collections::VecDeque;

use bytes::Bytes;
use cobnut_model::limits::MESH_FRAME_BYTES_MAX;

use crate::Origin;

/// Payloads that may be under way or waiting at the receiver, unconfirmed.
pub const WINDOW_FRAMES: usize = 1024;
/// Bytes that may be under way or waiting at the receiver, unconfirmed; one payload may exceed it.
pub(crate) const WINDOW_BYTES: usize = 8 << 20;
/// Largest payload in bytes: a frame minus room for its own fields.
pub const MESSAGE_BYTES_MAX: usize = MESH_FRAME_BYTES_MAX - 64;

/// What a payload takes from the queue of a link: one place for each 8 KiB begun.
pub fn cost(payload_len: usize) -> usize {
    payload_len.div_ceil(8 << 10).max(1)
}

/// Names one delivered payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The sender.
    pub from: Origin,
    pub(crate) stream: u64,
    pub(crate) number: u64,
}

/// Names the payloads that a member sends during one membership at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId {
    /// The sender.
    pub from: Origin,
    pub(crate) number: u64,
}

impl Receipt {
    /// The stream that the payload came with.
    pub fn stream(&self) -> StreamId {
        StreamId { from: self.from, number: self.stream }
    }
}

/// The peer broke the rules of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    #[error("confirmed payload {0}, which was never sent")]
    AckBeyondSent(u64),
    #[error("payload {got} came after {last}")]
    Gap { last: u64, got: u64 },
    #[error("more payloads than the window allows")]
    WindowExceeded,
}

/// Payloads of a stream, those that wait and those that were handed to the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Load {
    pub(crate) queued_payloads: usize,
    pub(crate) queued_bytes: usize,
    pub(crate) sent_payloads: usize,
    pub(crate) sent_bytes: usize,
}

#[derive(Debug)]
pub(crate) struct SendStream {
    pub(crate) id: u64,
    /// Number of the last confirmed payload.
    confirmed: u64,
    /// Number of the last payload handed to the current connection.
    sent: u64,
    sent_bytes: usize,
    /// Payloads `confirmed + 1 ..`.
    pending: VecDeque<Bytes>,
}

impl SendStream {
    pub(crate) fn new(id: u64) -> Self {
        Self { id, confirmed: 0, sent: 0, sent_bytes: 0, pending: VecDeque::new() }
    }

    pub(crate) fn push(&mut self, payload: Bytes) {
        self.pending.push_back(payload);
    }

    /// Number of the first payload that may still be sent.
    pub(crate) fn base(&self) -> u64 {
        self.confirmed + 1
    }

    /// What waits and what is under way.
    pub(crate) fn load(&self) -> Load {
        let bytes: usize = self.pending.iter().map(Bytes::len).sum();
        let sent_payloads = self.under_way();
        Load {
            queued_payloads: self.pending.len() - sent_payloads,
            queued_bytes: bytes.saturating_sub(self.sent_bytes),
            sent_payloads,
            sent_bytes: self.sent_bytes,
        }
    }

    /// Payloads that are not confirmed.
    pub(crate) fn len(&self) -> usize {
        self.pending.len()
    }

    pub(crate) fn has_sendable(&self) -> bool {
        let under_way = self.under_way();
        under_way < self.pending.len()
            && under_way < WINDOW_FRAMES
            && (self.sent_bytes < WINDOW_BYTES || under_way == 0)
    }

    /// The next payload for the connection, with its number.
    pub(crate) fn next(&mut self) -> Option<(u64, Bytes)> {
        if !self.has_sendable() {
            return None;
        }
        let payload = self.pending.get(self.under_way())?.clone();
        self.sent += 1;
        self.sent_bytes += payload.len();
        Some((self.sent, payload))
    }

    /// A new connection: everything that the receiver does not have is to be sent again.
    pub(crate) fn rewind(&mut self, received: Option<u64>) -> Result<(), LinkError> {
        let last = self.confirmed + self.pending.len() as u64;
        let received = received.filter(|_| !mutated!(DuplicateNotDropped)).unwrap_or(0).max(self.confirmed);
        if received > last {
            return Err(LinkError::AckBeyondSent(received));
        }
        if !mutated!(RewindForgotten) {
            self.sent = received;
        }
        self.sent_bytes = self.pending.iter().take(self.under_way()).map(Bytes::len).sum();
        Ok(())
    }

    /// Drops payloads up to `number`; returns their cost.
    pub(crate) fn confirm(&mut self, number: u64) -> Result<usize, LinkError> {
        if number > self.sent {
            return Err(LinkError::AckBeyondSent(number));
        }
        let mut freed = 0;
        while self.confirmed < number {
            let Some(payload) = self.pending.pop_front() else { break };
            self.confirmed += 1;
            self.sent_bytes = self.sent_bytes.saturating_sub(payload.len());
            freed += cost(payload.len());
        }
        Ok(freed)
    }

    pub(crate) fn into_unconfirmed(self) -> Vec<Bytes> {
        self.pending.into()
    }

    fn under_way(&self) -> usize {
        usize::try_from(self.sent.saturating_sub(self.confirmed)).unwrap_or(usize::MAX)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReceiveStream {
    pub(crate) id: u64,
    /// Last payload handed to the driver.
    pub(crate) received: u64,
    /// Last payload that the driver confirmed.
    pub(crate) accepted: u64,
}

impl ReceiveStream {
    /// The stream as its sender describes it on a new connection.
    pub(crate) fn new(id: u64, base: u64) -> Self {
        let before = base.saturating_sub(1);
        Self { id, received: before, accepted: before }
    }

    /// Whether a payload is new (`true`) or known already.
    pub(crate) fn take(&mut self, number: u64) -> Result<bool, LinkError> {
        if number <= self.received {
            return Ok(mutated!(DuplicateNotDropped));
        }
        if number != self.received + 1 {
            return Err(LinkError::Gap { last: self.received, got: number });
        }
        if self.received - self.accepted >= WINDOW_FRAMES as u64 {
            return Err(LinkError::WindowExceeded);
        }
        self.received = number;
        Ok(true)
    }

    pub(crate) fn accept(&mut self, number: u64) {
        self.accepted = self.accepted.max(number.min(self.received));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(count: usize) -> SendStream {
        let mut stream = SendStream::new(9);
        for number in 0..count {
            stream.push(Bytes::from(vec![u8::try_from(number % 251).expect("byte"); 10]));
        }
        stream
    }

    #[test]
    fn what_was_not_received_is_sent_again() {
        let mut stream = filled(5);
        while stream.next().is_some() {}
        stream.confirm(2).expect("sent");
        stream.rewind(Some(3)).expect("known");
        assert_eq!(stream.next().map(|(number, _)| number), Some(4));
        assert_eq!(stream.next().map(|(number, _)| number), Some(5));
        assert!(stream.next().is_none());
        stream.rewind(None).expect("known");
        assert_eq!(stream.next().map(|(number, _)| number), Some(3));
        assert_eq!(stream.into_unconfirmed().len(), 3);
    }

    #[test]
    fn the_load_tells_what_waits_from_what_is_under_way() {
        let mut stream = filled(5);
        stream.next();
        stream.next();
        let load = |queued_payloads, queued_bytes, sent_payloads, sent_bytes| Load {
            queued_payloads,
            queued_bytes,
            sent_payloads,
            sent_bytes,
        };
        assert_eq!(stream.load(), load(3, 30, 2, 20));
        stream.confirm(1).expect("sent");
        assert_eq!(stream.load(), load(3, 30, 1, 10));
        stream.rewind(None).expect("known");
        assert_eq!(stream.load(), load(4, 40, 0, 0));
    }

    #[test]
    fn the_window_stops_the_sender() {
        let mut stream = filled(WINDOW_FRAMES + 1);
        let sent = std::iter::from_fn(|| stream.next()).count();
        assert_eq!(sent, WINDOW_FRAMES);
        assert_eq!(stream.confirm(1), Ok(1));
        assert!(stream.next().is_some() && stream.next().is_none());
    }

    #[test]
    fn a_large_payload_passes_alone() {
        let mut stream = SendStream::new(1);
        stream.push(Bytes::from(vec![0; WINDOW_BYTES + 1]));
        stream.push(Bytes::from_static(b"next"));
        assert!(stream.next().is_some());
        assert!(stream.next().is_none());
        stream.confirm(1).expect("sent");
        assert!(stream.next().is_some());
    }

    #[test]
    fn lies_are_noticed() {
        let mut stream = filled(2);
        assert_eq!(stream.confirm(1), Err(LinkError::AckBeyondSent(1)));
        assert_eq!(stream.rewind(Some(3)), Err(LinkError::AckBeyondSent(3)));
        let mut receiver = ReceiveStream::new(1, 1);
        assert_eq!(receiver.take(1), Ok(true));
        assert_eq!(receiver.take(1), Ok(false));
        assert_eq!(receiver.take(3), Err(LinkError::Gap { last: 1, got: 3 }));
        for number in 2..=WINDOW_FRAMES as u64 {
            assert_eq!(receiver.take(number), Ok(true));
        }
        assert_eq!(receiver.take(WINDOW_FRAMES as u64 + 1), Err(LinkError::WindowExceeded));
        receiver.accept(u64::MAX);
        assert_eq!(receiver.accepted, receiver.received);
    }

    #[test]
    fn cost_counts_begun_blocks() {
        for (len, expected) in [(0, 1), (1, 1), (8192, 1), (8193, 2), (1 << 20, 128)] {
            assert_eq!(cost(len), expected, "{len}");
        }
    }
}
