//! The task of one room: what comes in is handled one after the other.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use cobnut_model::{NodeId, limits};
use cobnut_xmpp_proto::muc::{Change, Context, LogEntry, Loss, Outcome, Room};
use cobnut_xmpp_proto::xml::parse_stanza;
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, info};

use super::host::{Input, Parcel};
use super::people::{People, groups_of};
use super::settings::RoomsService;
use super::wire::Moved;
use super::writer::Place;
use crate::service::{Service, now};

/// The task. It ends when there is no room any more and nothing waits for one.
pub(super) struct Actor {
    pub(super) service: Arc<Service>,
    pub(super) address: BareJid,
    pub(super) state: State,
    queue: mpsc::Receiver<Input>,
    own_queue: mpsc::Sender<Input>,
}

/// Whether there is a room.
pub(super) enum State {
    /// No: the next stanza loads or makes it.
    Absent,
    /// Yes, and this member is its host.
    Active(Box<Active>),
    /// It was sent to another member, and is kept until that one has it.
    Resigned(Box<Active>, Heir),
}

/// Who is to get a room.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heir {
    pub(super) member: NodeId,
    /// It has the room when its term is beyond this one.
    pub(super) term: u64,
    pub(super) since: Instant,
}

/// A room with what its host knows besides.
pub(super) struct Active {
    pub(super) room: Room,
    pub(super) rooms_service: Arc<RoomsService>,
    pub(super) place: Place,
    /// See [`super::maps::RoomEntry::term`].
    pub(super) term: u64,
    /// Groups that its lists and the service name.
    pub(super) groups: Vec<Jid>,
    /// Whether a map entry says that it is here.
    pub(super) is_published: bool,
    /// Since when nobody is in it.
    empty_since: Option<Instant>,
    /// When to look whether its sessions still exist.
    look_at: Instant,
    /// Sessions that did not exist at the last look.
    missing: BTreeSet<FullJid>,
}

impl Active {
    pub(super) fn new(room: Room, rooms_service: Arc<RoomsService>, term: u64) -> Self {
        let place = Place { service_id: rooms_service.id, room: room.jid().clone() };
        let groups = groups_of(&rooms_service, Some(room.record()));
        Self {
            room,
            rooms_service,
            place,
            term,
            groups,
            is_published: false,
            empty_since: None,
            look_at: Instant::now() + limits::ROOM_SWEEP_PERIOD,
            missing: BTreeSet::new(),
        }
    }
}

impl Actor {
    pub(super) fn new(
        service: Arc<Service>,
        address: BareJid,
        own_queue: mpsc::Sender<Input>,
        queue: mpsc::Receiver<Input>,
    ) -> Self {
        Self { service, address, state: State::Absent, queue, own_queue }
    }

    pub(super) async fn run(mut self) {
        let token = self.service.tasks.token().clone();
        loop {
            let due = self.due();
            tokio::select! {
                biased;
                // The others carry the room on.
                () = token.cancelled() => return,
                input = self.queue.recv() => match input {
                    Some(input) => self.take(input).await,
                    None => return,
                },
                () = tokio::time::sleep_until(due) => self.look_around().await,
            }
            if matches!(self.state, State::Absent)
                && self.service.muc.hosted.end(&self.address, &self.queue, &self.own_queue)
            {
                break;
            }
        }
        // Somebody may have been about to put something in.
        self.queue.close();
        drop(self.own_queue);
        while let Some(input) = self.queue.recv().await {
            if let Input::Stanza(parcel) = input {
                self.service.pass_to_room(parcel);
            }
        }
    }

    async fn take(&mut self, input: Input) {
        self.service.muc.metrics.inputs.inc();
        match input {
            Input::Stanza(parcel) => self.take_stanza(parcel).await,
            Input::Moved { moved, ended } => self.take_over(*moved, &ended).await,
            Input::Remembered(said) => self.remember(said),
            Input::Lost(sessions, loss) => self.lose(&sessions, loss).await,
            Input::HandTo(heir) => self.hand_to(heir).await,
            Input::Rival => self.look_around().await,
        }
    }

    async fn take_stanza(&mut self, parcel: Parcel) {
        if let State::Resigned(_, heir) = &self.state {
            return self.forward(heir.member, parcel).await;
        }
        let Ok(stanza) = parse_stanza(&parcel.stanza) else {
            debug!(room = %self.address, "a stanza for a room cannot be read, dropped");
            return;
        };
        let Some(from) = stanza.attr("from").and_then(|from| Jid::new(from).ok()) else { return };
        if matches!(self.state, State::Absent)
            && let Some((moved, ended)) = self.service.take_orphan(&self.address).await
        {
            self.take_over(moved, &ended).await;
        }
        if matches!(self.state, State::Absent) {
            match self.load_for(&from, &stanza).await {
                Ok(active) => self.state = State::Active(Box::new(active)),
                Err(condition) => return self.service.refuse_parcel(&parcel.stanza, condition),
            }
        }
        let number = self.number_for(&stanza).await;
        self.apply_with(number, |room, context| room.handle(&from, &stanza, context)).await;
    }

    /// A number for what may be said in a room with an archive.
    async fn number_for(&self, stanza: &Element) -> Option<i64> {
        let State::Active(active) = &self.state else { return None };
        let may_say = stanza.name() == "message" && stanza.attr("type") == Some("groupchat");
        if may_say && active.room.has_archive() {
            self.service.next_room_message_number().await
        } else {
            None
        }
    }

    /// Lets the room do something, and publishes what follows.
    pub(super) async fn apply(&mut self, act: impl FnOnce(&mut Room, &Context<'_>) -> Outcome) {
        self.apply_with(None, act).await;
    }

    async fn apply_with(
        &mut self,
        number: Option<i64>,
        act: impl FnOnce(&mut Room, &Context<'_>) -> Outcome,
    ) {
        let State::Active(active) = &mut self.state else { return };
        let people = self.service.people(&active.rooms_service, &active.groups).await;
        let id = unpredictable_id();
        let outcome = act(&mut active.room, &context(&id, &people).with_number(number));
        let is_used = |change: &Change| matches!(change, Change::Said { number: Some(_), .. });
        if let Some(number) = number.filter(|_| !outcome.changes.iter().any(is_used)) {
            self.service.muc.numbers.put_back(number);
        }
        self.publish(outcome).await;
    }

    /// Carries on a room that another member had, or makes it one with the room that is here.
    async fn take_over(&mut self, moved: Moved, ended: &HashSet<FullJid>) {
        if let State::Resigned(..) = &self.state {
            // It comes back before it was taken.
            self.resume();
        }
        if let State::Active(active) = &mut self.state {
            active.term = active.term.max(moved.term).saturating_add(1);
            active.look_at = Instant::now();
            self.await_sessions(&moved).await;
            info!(room = %self.address, occupants = moved.parts.occupants.len(), "two halves of a room become one");
            self.apply(|room, context| room.merge(moved.parts.occupants, context)).await;
            // The other host learns by the new term that it has nothing left to do.
            self.put_entry();
            self.lose(&ended.iter().cloned().collect::<Vec<_>>(), Loss::Unreachable).await;
            return;
        }
        let Some(rooms_service) = self.service.rooms_service_at(&Jid::from(self.address.clone())).await
        else {
            debug!(room = %self.address, "a room of a service that does not run here, dropped");
            return;
        };
        let room = Room::from_parts(moved.parts, rooms_service.settings.policy.clone());
        let mut active = Active::new(room, rooms_service, moved.term.saturating_add(1));
        active.look_at = Instant::now();
        info!(room = %self.address, occupants = active.room.occupant_count(), "room carried on here");
        let occupants = active.room.occupants();
        self.state = State::Active(Box::new(active));
        self.put_occupants(occupants);
        self.publish(Outcome::default()).await;
        self.lose(&ended.iter().cloned().collect::<Vec<_>>(), Loss::Unreachable).await;
    }

    /// After a split a room may be faster than the sessions of those in it, and what is sent to them would be lost.
    async fn await_sessions(&self, moved: &Moved) {
        let sessions = self.service.cluster.sessions();
        let deadline = Instant::now() + limits::ROOM_SECOND_LOOK;
        while moved.parts.occupants.iter().any(|occupant| sessions.get(&occupant.jid).is_none())
            && Instant::now() < deadline
        {
            tokio::time::sleep(limits::ROOM_SECOND_LOOK / 50).await;
        }
    }

    /// The history of a room that was carried on at once is read from the database.
    fn remember(&mut self, said: Vec<LogEntry>) {
        let State::Active(active) = &mut self.state else { return };
        let mut parts = active.room.parts();
        let since = parts.history.first().map(|entry| entry.at);
        let mut history: Vec<LogEntry> =
            said.into_iter().filter(|entry| since.is_none_or(|since| entry.at < since)).collect();
        history.append(&mut parts.history);
        parts.history = history;
        active.room = Room::from_parts(parts, active.rooms_service.settings.policy.clone());
    }

    /// Sessions are said to be gone.
    async fn lose(&mut self, sessions: &[FullJid], loss: Loss) {
        let State::Active(active) = &self.state else { return };
        let is_gone = |session: &&FullJid| {
            active.room.nick_of(session).is_some() && self.service.cluster.sessions().get(session).is_none()
        };
        let gone: Vec<FullJid> = sessions.iter().filter(is_gone).cloned().collect();
        if !gone.is_empty() {
            self.apply(|room, context| room.lose_sessions(&gone, loss, context)).await;
        }
    }

    /// When to look around next.
    fn due(&self) -> Instant {
        match &self.state {
            State::Absent => Instant::now(),
            State::Resigned(_, heir) => heir.since + limits::ROOM_HANDOVER_PATIENCE,
            State::Active(active) => {
                let idle = active.empty_since.map(|since| since + limits::ROOM_IDLE_TIME);
                idle.map_or(active.look_at, |idle| idle.min(active.look_at))
            }
        }
    }

    async fn look_around(&mut self) {
        self.settle_rivalry().await;
        self.look_for_ghosts().await;
        self.put_away_if_idle().await;
    }

    /// Takes those for lost who were missing at the last look, too.
    async fn look_for_ghosts(&mut self) {
        let service = Arc::clone(&self.service);
        let State::Active(active) = &mut self.state else { return };
        if active.look_at > Instant::now() {
            return;
        }
        let sessions = active.room.occupants().into_iter().map(|occupant| occupant.jid);
        let missing: BTreeSet<FullJid> =
            sessions.filter(|jid| service.cluster.sessions().get(jid).is_none()).collect();
        let lost: Vec<FullJid> = missing.intersection(&active.missing).cloned().collect();
        let again_in =
            if missing.len() > lost.len() { limits::ROOM_SECOND_LOOK } else { limits::ROOM_SWEEP_PERIOD };
        active.look_at = Instant::now() + again_in;
        active.missing = missing;
        self.lose(&lost, Loss::Unreachable).await;
        // Settings of the service may have changed meanwhile.
        let found = self.service.rooms_service_at(&Jid::from(self.address.clone())).await;
        if let (State::Active(active), Some(found)) = (&mut self.state, found) {
            active.groups = groups_of(&found, Some(active.room.record()));
            active.rooms_service = found;
        }
    }

    /// A session that gets something from the room does not exist as far as is known here.
    pub(super) fn suspect(&mut self) {
        if let State::Active(active) = &mut self.state {
            active.look_at = active.look_at.min(Instant::now() + limits::ROOM_SECOND_LOOK);
        }
    }

    /// Remembers since when nobody is there.
    pub(super) fn note_emptiness(&mut self) {
        if let State::Active(active) = &mut self.state {
            let is_empty = active.room.occupant_count() == 0;
            active.empty_since = is_empty.then(|| active.empty_since.unwrap_or_else(Instant::now));
        }
    }

    /// A stored room that nobody is in is read again when it is needed.
    async fn put_away_if_idle(&mut self) {
        let State::Active(active) = &self.state else { return };
        if active.empty_since.is_none_or(|since| since.elapsed() < limits::ROOM_IDLE_TIME) {
            return;
        }
        if self.service.muc.writer.flushed(&active.place, limits::ROOM_WRITE_PATIENCE).await {
            self.forget();
        } else if let State::Active(active) = &mut self.state {
            // What the database does not have yet must not be forgotten here.
            active.empty_since = Some(Instant::now());
        }
    }
}

/// Nobody can guess it, and nobody has used it.
fn unpredictable_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}

fn context<'a>(id: &'a str, people: &'a People) -> Context<'a> {
    Context::new(now(), id).with_directory(people)
}
