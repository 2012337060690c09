//! Exactly once and in order, wherever the connection is cut: a stream between two ends, with bytes on the way in both
//! directions that a cut loses, an application that takes payloads when it likes, and confirmations that come late.

use std::collections::VecDeque;

use bytes::Bytes;

use super::{ReceiveStream, SendStream, WINDOW_BYTES, WINDOW_FRAMES, cost};
use crate::entropy::Entropy;

const SCHEDULES: u64 = 200;
const STEPS: u64 = 600;
/// As large as the window: only one of these is under way.
const LARGE_BYTES: usize = WINDOW_BYTES;

/// Both ends and the connection between them.
struct Ends {
    send: SendStream,
    receive: ReceiveStream,
    /// On the way to the receiver.
    payloads: VecDeque<(u64, Bytes)>,
    /// On the way to the sender.
    confirmations: VecDeque<u64>,
    /// Numbers that the payloads themselves carry, in the order in which they came.
    delivered: Vec<u64>,
    pushed: u64,
    cost_pushed: usize,
    cost_freed: usize,
}

impl Ends {
    fn new() -> Self {
        Self {
            send: SendStream::new(7),
            receive: ReceiveStream::new(7, 1),
            payloads: VecDeque::new(),
            confirmations: VecDeque::new(),
            delivered: Vec::new(),
            pushed: 0,
            cost_pushed: 0,
            cost_freed: 0,
        }
    }

    fn push(&mut self, large: &Bytes, is_large: bool) {
        self.pushed += 1;
        // Large ones share their bytes; which one it is follows from those around it.
        let payload = if is_large { large.clone() } else { Bytes::from(self.pushed.to_string()) };
        self.cost_pushed += cost(payload.len());
        self.send.push(payload);
    }

    fn arrive(&mut self) {
        let Some((number, payload)) = self.payloads.pop_front() else { return };
        if self.receive.take(number).expect("an honest sender") {
            if payload.len() < LARGE_BYTES {
                assert_eq!(payload, number.to_string().as_bytes(), "under its own number");
            }
            self.delivered.push(number);
        }
    }

    /// The application takes what came, up to some payload.
    fn take(&mut self, entropy: &mut Entropy) {
        let waiting = self.receive.received - self.receive.accepted;
        self.receive.accept(self.receive.accepted + entropy.between(0, waiting));
        self.confirmations.push_back(self.receive.accepted);
    }

    fn confirm(&mut self) {
        let Some(number) = self.confirmations.pop_front() else { return };
        assert!(number <= self.receive.accepted);
        self.cost_freed += self.send.confirm(number).expect("an honest receiver");
    }

    /// Everything under way is lost, and both ends say where they stand.
    fn cut(&mut self) {
        self.payloads.clear();
        self.confirmations.clear();
        self.send.rewind(Some(self.receive.received)).expect("an honest receiver");
    }

    fn check(&self) {
        assert!(self.delivered.iter().copied().eq(1..=self.delivered.len() as u64), "once and in order");
        let load = self.send.load();
        assert!(load.sent_payloads <= WINDOW_FRAMES);
        assert!(load.sent_bytes < 2 * WINDOW_BYTES, "one payload more than the window at most");
        let unconfirmed = self.send.len() as u64;
        assert!(self.pushed - unconfirmed <= self.receive.accepted, "only what was taken is forgotten");
    }
}

#[test]
fn every_payload_arrives_once_and_in_order_wherever_the_connection_is_cut() {
    let large = Bytes::from(vec![0; LARGE_BYTES]);
    for seed in 0..SCHEDULES {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut entropy = Entropy::new(key);
        let mut ends = Ends::new();
        for _ in 0..STEPS {
            match entropy.between(0, 99) {
                0..=24 => ends.push(&large, false),
                25 => ends.push(&large, true),
                // More than a window at once.
                26 if seed % 20 == 0 => (0..WINDOW_FRAMES).for_each(|_| ends.push(&large, false)),
                27..=59 => ends.payloads.extend(ends.send.next()),
                60..=79 => ends.arrive(),
                80..=88 => ends.take(&mut entropy),
                89..=96 => ends.confirm(),
                97..=99 => ends.cut(),
                _ => {}
            }
            ends.check();
        }
        while ends.send.len() > 0 {
            ends.payloads.extend(ends.send.next());
            ends.arrive();
            ends.receive.accept(ends.receive.received);
            ends.confirmations.push_back(ends.receive.accepted);
            ends.confirm();
            ends.check();
        }
        assert_eq!(ends.delivered.len() as u64, ends.pushed, "seed {seed}");
        assert_eq!(ends.cost_freed, ends.cost_pushed, "seed {seed}");
    }
}
