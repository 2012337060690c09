//! Writes what changes in rooms to the database: one task for each node, in order, again and again while the database is
//! away.
//!
//! What is said may be lost before settings are, and both are counted and named in the log.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cobnut_model::{UnixMillis, limits};
use cobnut_store::{AddRoom, Retirement, RoomLogEntry, RoomSubject, Store, StoreError};
use cobnut_xmpp_proto::muc::{Affiliation, LogEntry, RoomRecord, Subject};
use jid::{BareJid, Jid};
use tokio::sync::{OnceCell, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::metrics::RoomMetrics;
use super::stored::{people_of, row_of, said_row, stored_affiliation};

/// A room in the database, as the writer knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// `ofMucService.serviceID`.
    pub(super) service_id: i64,
    /// Its address.
    pub(super) room: BareJid,
}

/// One change.
#[derive(Debug)]
pub(super) enum Write {
    /// Settings and lock; makes the room with its lists if it is not there.
    Save(Box<RoomRecord>),
    /// The room is no more, or is not to be stored any longer.
    Remove(Box<RoomRecord>, Option<Retirement>),
    /// Somebody's place on the lists.
    Person { address: Jid, affiliation: Affiliation, nickname: Option<String> },
    /// The subject.
    Subject(Option<Subject>),
    /// Since when nobody is there.
    Empty(Option<UnixMillis>),
    /// Something was said, under a number if it went out with one.
    Said(LogEntry, Option<i64>),
    /// The room is not active here any more: another node may remove it and make it anew.
    Forget,
    /// Tells when everything before is written or given up.
    Barrier(oneshot::Sender<()>),
}

/// The queue to the task.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<(Place, Write)>,
    metrics: RoomMetrics,
}

impl Writer {
    /// A queue and its reader, for [`run`].
    pub(super) fn new(metrics: RoomMetrics) -> (Self, mpsc::Receiver<(Place, Write)>) {
        let (queue, reader) = mpsc::channel(limits::ROOM_WRITES_MAX);
        (Self { queue, metrics }, reader)
    }

    /// Queues a change, or drops it where too many wait.
    pub(super) fn put(&self, place: &Place, write: Write) {
        let is_said = matches!(write, Write::Said(..));
        let is_crowded = self.queue.capacity() <= limits::ROOM_WRITES_RESERVED;
        if (is_said && is_crowded) || self.queue.try_send((place.clone(), write)).is_err() {
            self.metrics.writes_dropped.inc();
            // One line for each room that changes would be one for each message.
            if !is_said {
                warn!(room = %place.room, "a change of a room is not stored: too many wait for the database");
            }
        }
    }

    /// Waits until what was queued before is written. Returns whether that is so.
    pub(super) async fn flushed(&self, place: &Place, patience: std::time::Duration) -> bool {
        let (tell, told) = oneshot::channel();
        if self.queue.try_send((place.clone(), Write::Barrier(tell))).is_err() {
            return false;
        }
        matches!(tokio::time::timeout(patience, told).await, Ok(Ok(())))
    }
}

/// The task. Ends when the server stops, after what is queued then, if the database takes it in time.
pub(super) async fn run(
    store: Store,
    metrics: RoomMetrics,
    mut queue: mpsc::Receiver<(Place, Write)>,
    token: CancellationToken,
) {
    let mut writing =
        Writing { store, metrics, ids: HashMap::new(), token: token.clone(), last_moment: None };
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            taken = queue.recv_many(&mut batch, limits::ROOM_LOG_BATCH_MAX) => {
                if taken == 0 {
                    return;
                }
                writing.write_all(std::mem::take(&mut batch)).await;
            }
            () = token.cancelled(), if !queue.is_closed() => {
                // Rooms may still say something while they end.
                tokio::task::yield_now().await;
                queue.close();
            }
        }
    }
}

/// Something said, on its way to the log.
struct Said {
    place: Place,
    entry: LogEntry,
    number: Option<i64>,
}

/// What is written with one transaction.
struct Batch {
    said: Vec<Said>,
    /// For what has none yet.
    numbers: OnceCell<Vec<i64>>,
    was_tried: AtomicBool,
}

struct Writing {
    store: Store,
    metrics: RoomMetrics,
    /// `ofMucRoom.roomID` of rooms that were written.
    ids: HashMap<Place, i64>,
    token: CancellationToken,
    /// When the process does not wait any longer.
    last_moment: Option<Instant>,
}

/// Rooms whose numbers are remembered; beyond it remembering begins again.
const IDS_MAX: usize = 10_000;

impl Writing {
    async fn write_all(&mut self, batch: Vec<(Place, Write)>) {
        let mut said = Vec::new();
        for (place, write) in batch {
            match write {
                Write::Said(entry, number) => said.push(Said { place, entry, number }),
                write => {
                    self.log(std::mem::take(&mut said)).await;
                    self.write(&place, write).await;
                }
            }
        }
        self.log(said).await;
    }

    async fn log(&mut self, said: Vec<Said>) {
        if said.is_empty() {
            return;
        }
        let count = said.len();
        let batch = Arc::new(Batch { said, numbers: OnceCell::new(), was_tried: AtomicBool::new(false) });
        let written = self.insist("what was said in rooms", |writing| {
            let batch = Arc::clone(&batch);
            Box::pin(async move { writing.try_log(&batch).await })
        });
        if written.await.is_some() {
            self.metrics.logged.inc_by(count as u64);
        } else {
            self.metrics.writes_dropped.inc_by(count as u64);
        }
    }

    async fn try_log(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let unnumbered = batch.said.iter().filter(|said| said.number.is_none()).count();
        let taking = || self.store.take_room_message_ids(unnumbered);
        let mut fresh = batch.numbers.get_or_try_init(taking).await?.iter().copied();
        let mut rows = Vec::with_capacity(batch.said.len());
        for said in &batch.said {
            let Some(number) = said.number.or_else(|| fresh.next()) else { continue };
            // A room that is not stored has no log.
            if let Some(room_id) = self.id_of(&said.place).await? {
                rows.push(said_row(&said.entry, room_id, number));
            }
        }
        if batch.was_tried.swap(true, Ordering::Relaxed) {
            self.leave_out_written(&mut rows).await?;
        }
        self.store.log_room_messages(&rows).await
    }

    /// The database may have taken an attempt whose answer was lost, and the table would take everything twice.
    async fn leave_out_written(&self, rows: &mut Vec<RoomLogEntry>) -> Result<(), StoreError> {
        let rooms: BTreeSet<i64> = rows.iter().map(|row| row.room_id).collect();
        for room in rooms {
            let numbers: Vec<i64> = rows.iter().filter(|row| row.room_id == room).map(|row| row.id).collect();
            let written = self.store.room_archive_numbered(room, &numbers).await?;
            let written: BTreeSet<i64> = written.into_iter().map(|row| row.id).collect();
            rows.retain(|row| row.room_id != room || !written.contains(&row.id));
        }
        Ok(())
    }

    async fn write(&mut self, place: &Place, write: Write) {
        if let Write::Barrier(tell) = write {
            // Who waited may have given up.
            let _ = tell.send(());
            return;
        }
        if matches!(write, Write::Forget) {
            self.ids.remove(place);
            return;
        }
        let write = Arc::new(write);
        let what = place.room.to_string();
        let written = self.insist(&what, |writing| {
            let (place, write) = (place.clone(), Arc::clone(&write));
            Box::pin(async move { writing.try_write(&place, &write).await })
        });
        if written.await.is_none() {
            self.metrics.writes_dropped.inc();
        }
    }

    async fn try_write(&mut self, place: &Place, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Save(record) => self.save(place, record).await,
            Write::Remove(record, retirement) => self.remove(place, record, retirement.as_ref()).await,
            Write::Person { address, affiliation, nickname } => {
                let Some(id) = self.id_of(place).await? else { return Ok(()) };
                let affiliation = stored_affiliation(*affiliation);
                self.store.set_room_person(id, address.as_str(), affiliation, nickname.as_deref()).await
            }
            Write::Subject(subject) => {
                let Some(id) = self.id_of(place).await? else { return Ok(()) };
                let text = subject.as_ref().map(Subject::text).unwrap_or_default();
                let stanza = subject.as_ref().and_then(|subject| std::str::from_utf8(&subject.stanza).ok());
                let subject = stanza.map(|stanza| RoomSubject { text: &text, stanza });
                self.store.set_room_subject(id, subject).await
            }
            Write::Empty(since) => {
                let Some(id) = self.id_of(place).await? else { return Ok(()) };
                self.store.set_room_empty(id, *since).await
            }
            Write::Said(..) | Write::Forget | Write::Barrier(_) => Ok(()),
        }
    }

    async fn save(&mut self, place: &Place, record: &RoomRecord) -> Result<(), StoreError> {
        if let Some(id) = self.id_of(place).await? {
            if self.store.update_room(&row_of(record, place.service_id, id)).await? {
                return Ok(());
            }
            // Somebody else removed it meanwhile.
            self.ids.remove(place);
        }
        match self.store.add_room(&row_of(record, place.service_id, 0), &people_of(record)).await? {
            AddRoom::Added(id) => self.remember(place, id),
            AddRoom::Exists => {
                // Another node was faster; the settings are those of the last writer.
                if let Some(id) = self.id_of(place).await? {
                    self.store.update_room(&row_of(record, place.service_id, id)).await?;
                }
                return Ok(());
            }
            AddRoom::Retired => {
                warn!(room = %place.room, "room not stored: its name may not be used again");
                return Ok(());
            }
        }
        let (Some(subject), Some(id)) = (&record.subject, self.ids.get(place).copied()) else {
            return Ok(());
        };
        let text = subject.text();
        let stanza = std::str::from_utf8(&subject.stanza).unwrap_or_default();
        self.store.set_room_subject(id, Some(RoomSubject { text: &text, stanza })).await
    }

    async fn remove(
        &mut self,
        place: &Place,
        record: &RoomRecord,
        retirement: Option<&Retirement>,
    ) -> Result<(), StoreError> {
        let Some(id) = self.id_of(place).await? else { return Ok(()) };
        self.store.delete_room(&row_of(record, place.service_id, id), retirement).await?;
        self.ids.remove(place);
        Ok(())
    }

    async fn id_of(&mut self, place: &Place) -> Result<Option<i64>, StoreError> {
        if let Some(id) = self.ids.get(place) {
            return Ok(Some(*id));
        }
        let name = place.room.node().map_or("", |node| node.as_str());
        let found = self.store.room(place.service_id, name).await?.map(|room| room.id);
        if let Some(id) = found {
            self.remember(place, id);
        }
        Ok(found)
    }

    fn remember(&mut self, place: &Place, id: i64) {
        if self.ids.len() >= IDS_MAX {
            self.ids.clear();
        }
        self.ids.insert(place.clone(), id);
    }

    /// Repeats something until the database has taken it. `None` if it never will, or if the server stops before.
    async fn insist<T>(
        &mut self,
        what: &str,
        attempt: impl for<'a> Fn(&'a mut Self) -> futures::future::BoxFuture<'a, Result<T, StoreError>>,
    ) -> Option<T> {
        let mut pause = limits::STORE_RETRY_PAUSE;
        let mut is_told = false;
        loop {
            match attempt(self).await {
                Ok(done) => {
                    if is_told {
                        info!(what, "the database answers again, changes of rooms are being written");
                    }
                    return Some(done);
                }
                Err(err) if !err.is_unavailable() => {
                    warn!(%err, what, "a change of a room is not stored");
                    return None;
                }
                Err(err) => {
                    if !std::mem::replace(&mut is_told, true) {
                        warn!(%err, what, "changes of rooms wait for the database");
                    }
                }
            }
            if self.token.is_cancelled() {
                let last = *self
                    .last_moment
                    .get_or_insert_with(|| Instant::now() + limits::ROOM_WRITE_LAST_PATIENCE);
                if Instant::now() >= last {
                    warn!(
                        what,
                        "changes of rooms are lost: the database did not answer before the server stopped"
                    );
                    return None;
                }
                pause = limits::STORE_RETRY_PAUSE;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.token.cancelled(), if !self.token.is_cancelled() => {}
            }
            pause = (pause * 2).min(limits::ROOM_WRITE_PAUSE_MAX);
        }
    }
}
