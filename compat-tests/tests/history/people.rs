//! Who comes and goes, and who watches.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use compat_tests::{Chance, Door, NodeView, XmppClient, attribute};
use serde_json::Value;

use crate::event::{Millis, Outcome, Recorder, Row, SessionId, What};

/// Everybody does something.
pub(crate) const BUSY: u8 = 0;
/// Everybody comes in for the last time and stays.
pub(crate) const CALM: u8 = 1;
/// Nobody watches any more.
pub(crate) const WATCHED: u8 = 2;
/// Everybody goes home.
pub(crate) const OVER: u8 = 3;

/// Pause between two lookups of an observer.
const LOOKUP_PAUSE: Duration = Duration::from_millis(150);
/// Longest time that somebody listens between two doings, in milliseconds.
const LISTEN_MAX_MS: usize = 120;

/// What all threads share.
pub(crate) struct Scene {
    pub(crate) recorder: Recorder,
    pub(crate) door: Door,
    pub(crate) nodes: usize,
    pub(crate) phase: AtomicU8,
    /// Starts of each node.
    pub(crate) runs: Vec<AtomicU32>,
    /// How many people have come in for the last time.
    pub(crate) settled: AtomicUsize,
    /// Full JIDs that are written to.
    pub(crate) addresses: Vec<String>,
    pub(crate) next_session: AtomicU64,
    pub(crate) next_message: AtomicU64,
}

impl Scene {
    pub(crate) fn phase(&self) -> u8 {
        self.phase.load(Ordering::Relaxed)
    }
}

/// Somebody with an account.
pub(crate) struct Person {
    pub(crate) user: usize,
    /// Writes and is written to; others only quarrel about one full JID.
    pub(crate) is_talkative: bool,
    /// Has a session in the end.
    pub(crate) stays: bool,
    pub(crate) chance: Chance,
}

/// A session of a person.
struct Seat {
    client: XmppClient,
    session: SessionId,
    serial: u32,
}

impl Person {
    /// Lives until the scene is over.
    pub(crate) fn live(mut self, scene: &Scene) {
        let mut seat: Option<Seat> = None;
        let mut is_settled = false;
        loop {
            seat = seat.and_then(|held| listen(scene, held, self.chance.below(LISTEN_MAX_MS)));
            let phase = scene.phase();
            if phase == OVER {
                return;
            }
            seat = match seat {
                None if phase == BUSY || self.stays => self.come(scene),
                Some(held) if phase == BUSY => self.act(scene, held),
                Some(held) if self.stays && is_settled => probe(scene, held),
                Some(held) if self.stays => change_status(scene, held),
                Some(held) => leave(scene, held),
                None => {
                    std::thread::sleep(LOOKUP_PAUSE);
                    None
                }
            };
            if phase != BUSY && seat.is_some() == self.stays && !is_settled {
                is_settled = true;
                scene.settled.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn come(&mut self, scene: &Scene) -> Option<Seat> {
        let node = self.chance.below(scene.nodes);
        let session = scene.next_session.fetch_add(1, Ordering::Relaxed);
        let begun = scene.recorder.now();
        let jid = format!("user{:06}@example.org/r", self.user);
        match scene.door.login(node, self.user, "r") {
            Ok(client) => {
                let took = Millis::try_from(client.bind_took().as_millis()).unwrap_or(Millis::MAX);
                let asked = scene.recorder.now().saturating_sub(took.saturating_add(1)).max(begun);
                scene.recorder.record(asked, What::Bind { session, node, jid, outcome: Outcome::Ok });
                Some(Seat { client, session, serial: 0 })
            }
            Err(err) => {
                let text = format!("{err:#}");
                let is_refusal = text.contains("connect to") || text.contains("refused the login");
                let outcome = if is_refusal { Outcome::Fail(text) } else { Outcome::Unknown(text) };
                scene.recorder.record(begun, What::Bind { session, node, jid, outcome });
                std::thread::sleep(LOOKUP_PAUSE);
                None
            }
        }
    }

    fn act(&mut self, scene: &Scene, seat: Seat) -> Option<Seat> {
        match self.chance.below(100) {
            0..45 if self.is_talkative => self.write(scene, seat),
            0..75 => change_status(scene, seat),
            75..85 => leave(scene, seat),
            _ => Some(seat),
        }
    }

    fn write(&mut self, scene: &Scene, mut seat: Seat) -> Option<Seat> {
        let to = self.chance.pick(&scene.addresses)?.clone();
        if seat.client.jid() == to {
            return Some(seat);
        }
        let message = scene.next_message.fetch_add(1, Ordering::Relaxed);
        let text = format!(
            "<message type='chat' to='{to}' id='n{message}'><body>message {message}.</body></message>"
        );
        let done = |session, outcome| What::Send { session, to: to.clone(), message, outcome };
        exchange(scene, &mut seat, &text, done).then_some(seat)
    }
}

/// Says something new.
fn change_status(scene: &Scene, mut seat: Seat) -> Option<Seat> {
    seat.serial += 1;
    let serial = seat.serial;
    let text = format!("<presence><status>{}.{serial}</status></presence>", seat.session);
    exchange(scene, &mut seat, &text, |session, outcome| What::Status { session, serial, outcome })
        .then_some(seat)
}

/// Looks whether the session lives.
fn probe(scene: &Scene, mut seat: Seat) -> Option<Seat> {
    let begun = scene.recorder.now();
    match seat.client.sync() {
        Ok(()) => Some(seat),
        Err(err) => {
            lose(scene, &seat, begun, format!("{err:#}"));
            None
        }
    }
}

/// Sends a stanza and waits until the server answers something sent behind it. False when the session is lost.
fn exchange(scene: &Scene, seat: &mut Seat, text: &str, done: impl Fn(SessionId, Outcome) -> What) -> bool {
    let begun = scene.recorder.now();
    let result = seat.client.send(text).and_then(|()| seat.client.sync());
    match result {
        Ok(()) => {
            scene.recorder.record(begun, done(seat.session, Outcome::Ok));
            true
        }
        Err(err) => {
            let why = format!("{err:#}");
            scene.recorder.record(begun, done(seat.session, Outcome::Unknown(why.clone())));
            note_arrivals(scene, seat);
            lose(scene, seat, begun, why);
            false
        }
    }
}

fn leave(scene: &Scene, mut seat: Seat) -> Option<Seat> {
    note_arrivals(scene, &mut seat);
    let (session, begun) = (seat.session, scene.recorder.now());
    let outcome = match seat.client.close() {
        Ok(()) => Outcome::Ok,
        Err(err) => Outcome::Unknown(format!("{err:#}")),
    };
    scene.recorder.record(begun, What::Unbind { session, outcome });
    None
}

fn lose(scene: &Scene, seat: &Seat, begun: Millis, why: String) {
    scene.recorder.record(begun, What::Lost { session: seat.session, why });
}

/// Takes what arrives for some milliseconds.
fn listen(scene: &Scene, mut seat: Seat, for_ms: usize) -> Option<Seat> {
    let begun = scene.recorder.now();
    let limit = Duration::from_millis(u64::try_from(for_ms).unwrap_or_default().max(1));
    match seat.client.take_all(limit) {
        Ok(stanzas) => {
            note(scene, seat.session, &stanzas);
            if !seat.client.has_ended() {
                return Some(seat);
            }
            let error = stanzas.iter().find(|stanza| stanza.starts_with("<stream:error"));
            lose(scene, &seat, begun, error.cloned().unwrap_or_else(|| "the connection ended".to_owned()));
        }
        Err(err) => lose(scene, &seat, begun, format!("{err:#}")),
    }
    None
}

/// Notes what was read while waiting for something else.
fn note_arrivals(scene: &Scene, seat: &mut Seat) {
    if let Ok(stanzas) = seat.client.take_all(Duration::from_millis(1)) {
        note(scene, seat.session, &stanzas);
    }
}

fn note(scene: &Scene, session: SessionId, stanzas: &[String]) {
    for stanza in stanzas.iter().filter(|stanza| stanza.starts_with("<message")) {
        let number = stanza.split_once("<body>message ").and_then(|(_, rest)| rest.split_once('.'));
        let Some(message) = number.and_then(|(number, _)| number.parse().ok()) else { continue };
        let is_back = attribute(stanza, "type") == Some("error");
        let what =
            if is_back { What::Returned { session, message } } else { What::Received { session, message } };
        scene.recorder.record(scene.recorder.now(), what);
    }
}

/// Asks one node for all sessions, again and again.
pub(crate) fn watch(scene: &Scene, node: usize, view: &NodeView, ids: &[String]) {
    while scene.phase() < WATCHED {
        let run = || scene.runs[node].load(Ordering::Relaxed);
        let (begun, before) = (scene.recorder.now(), run());
        let rows = view.sessions().ok().map(|rows| rows.iter().map(|row| row_of(row, ids)).collect());
        // An answer of the run before, read after the node was killed, belongs to neither.
        if before == run() {
            scene.recorder.record(begun, What::Lookup { node, run: before, rows });
        }
        std::thread::sleep(LOOKUP_PAUSE);
    }
}

fn row_of(row: &Value, ids: &[String]) -> Row {
    let text = |field: &str| row[field].as_str().map(str::to_owned);
    let holder = row["node_id"].as_str().and_then(|id| ids.iter().position(|known| known == id));
    Row { jid: text("jid").unwrap_or_default(), holder, status: text("status") }
}
