//! Who waits for which stream: at most two connections for each hash, until both are taken together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::hash::StreamHash;
use super::relay::End;

/// What a waiting connection is told to do when its stream is activated.
#[derive(Debug)]
pub(super) enum Part {
    /// Hand the own end to the other connection.
    Give(oneshot::Sender<End>),
    /// Take the other end and relay.
    Take(oneshot::Receiver<End>),
}

/// The connections that wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Registry {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    streams: HashMap<StreamHash, Vec<Waiter>>,
    /// Numbers given so far.
    numbers: u64,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    tell: oneshot::Sender<Part>,
}

/// What a stream lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lack {
    /// Nobody is here for it.
    Both,
    /// One side only is here.
    One,
}

/// A place for one connection; given up when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    registry: Registry,
    hash: StreamHash,
    number: u64,
    /// What the connection is to do, once it is known.
    pub(super) part: oneshot::Receiver<Part>,
}

impl Registry {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more connection; `None` when two are there already.
    pub(super) fn join(&self, hash: StreamHash) -> Option<Place> {
        let mut waiting = self.waiting();
        waiting.numbers = waiting.numbers.wrapping_add(1);
        let number = waiting.numbers;
        let waiters = waiting.streams.entry(hash).or_default();
        if waiters.len() >= 2 {
            return None;
        }
        let (tell, part) = oneshot::channel();
        waiters.push(Waiter { number, tell });
        Some(Place { registry: self.clone(), hash, number, part })
    }

    /// Takes both connections and tells them to begin.
    pub(super) fn activate(&self, hash: StreamHash) -> Result<(), Lack> {
        let mut waiting = self.waiting();
        let waiters = waiting.streams.get_mut(&hash).ok_or(Lack::Both)?;
        // Whoever has just hung up is not there any more.
        waiters.retain(|waiter| !waiter.tell.is_closed());
        match waiters.as_slice() {
            [_, _] => {}
            [_] => return Err(Lack::One),
            _ => {
                waiting.streams.remove(&hash);
                return Err(Lack::Both);
            }
        }
        let pair = waiting.streams.remove(&hash).unwrap_or_default();
        drop(waiting);
        let (give, take) = oneshot::channel();
        let parts = [Part::Take(take), Part::Give(give)];
        let told = pair.into_iter().zip(parts).map(|(waiter, part)| waiter.tell.send(part).is_ok());
        // When one of them hangs up in this very moment, the other finds the channel between them closed.
        if told.filter(|is_told| *is_told).count() == 2 { Ok(()) } else { Err(Lack::One) }
    }

    /// Connections that wait.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting().streams.values().map(Vec::len).sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut waiting = self.registry.waiting();
        if let Some(waiters) = waiting.streams.get_mut(&self.hash) {
            waiters.retain(|waiter| waiter.number != self.number);
            if waiters.is_empty() {
                waiting.streams.remove(&self.hash);
            }
        }
    }
}
