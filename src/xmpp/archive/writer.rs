//! Writes rows of archives: one task for each node, in order, again and again while the database is away. What does not find
//! a place in the queue is counted and not archived.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cobnut_model::limits;
use cobnut_store::{ArchiveRow, StoreError};
use cobnut_xmpp_proto::privacy::Traffic;
use jid::{BareJid, Jid};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::metrics::ArchiveMetrics;
use crate::service::Service;

/// A message on its way into an archive.
#[derive(Debug)]
pub(super) struct Row {
    /// Whose archive.
    pub(super) owner: BareJid,
    /// Its number there.
    pub(super) number: i64,
    /// With whom it was exchanged, as addressed.
    pub(super) other: Jid,
    /// Whether the owner got it, and did not send it.
    pub(super) is_received: bool,
    /// Shared between the two archives of a message.
    pub(super) stanza: Bytes,
}

impl Row {
    fn stored(&self) -> ArchiveRow {
        ArchiveRow {
            owner: Service::username(&self.owner).to_owned(),
            number: self.number,
            peer: self.other.to_bare().to_string(),
            resource: self.other.resource().map(|resource| resource.as_str().to_owned()).unwrap_or_default(),
            stanza: String::from_utf8_lossy(&self.stanza).into_owned(),
        }
    }
}

#[derive(Debug)]
enum Write {
    Row(Row, OwnedSemaphorePermit),
    /// Tells when everything before is written or given up.
    Barrier(oneshot::Sender<()>),
}

/// The reader's end, for [`run`].
#[derive(Debug)]
pub(crate) struct Queue(mpsc::Receiver<Write>);

/// The queue to the task.
#[derive(Debug)]
pub(super) struct Writer {
    queue: mpsc::Sender<Write>,
    bytes: Arc<Semaphore>,
    metrics: ArchiveMetrics,
}

impl Writer {
    pub(super) fn new(metrics: ArchiveMetrics) -> (Self, Queue) {
        let (queue, reader) = mpsc::channel(limits::ARCHIVE_WRITES_MAX);
        let bytes = Arc::new(Semaphore::new(limits::ARCHIVE_WRITES_BYTES_MAX));
        (Self { queue, bytes, metrics }, Queue(reader))
    }

    /// Queues a row, or drops it where too many wait.
    pub(super) fn put(&self, row: Row) {
        let bytes = u32::try_from(row.stanza.len()).unwrap_or(u32::MAX);
        let place = Arc::clone(&self.bytes).try_acquire_many_owned(bytes);
        let is_queued = place.is_ok_and(|place| self.queue.try_send(Write::Row(row, place)).is_ok());
        if !is_queued {
            self.metrics.dropped.inc();
        }
    }

    /// Waits until what was queued before is written. Returns whether that is so.
    pub(super) async fn flushed(&self, patience: Duration) -> bool {
        let (tell, told) = oneshot::channel();
        let asking = async { self.queue.send(Write::Barrier(tell)).await.is_ok() && told.await.is_ok() };
        tokio::time::timeout(patience, asking).await.unwrap_or(false)
    }
}

/// The task. Ends when the server stops, after what is queued then, if the database takes it in time.
pub(super) async fn run(service: Arc<Service>, queue: Queue, token: CancellationToken) {
    let mut queue = queue.0;
    let mut writing = Writing { service, token: token.clone(), last_moment: None };
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            taken = queue.recv_many(&mut batch, limits::ARCHIVE_BATCH_MAX) => {
                if taken == 0 {
                    return;
                }
                writing.write_all(&mut batch).await;
            }
            () = token.cancelled(), if !queue.is_closed() => {
                // Connections may still send something while they end.
                tokio::task::yield_now().await;
                queue.close();
            }
        }
    }
}

struct Writing {
    service: Arc<Service>,
    token: CancellationToken,
    /// When the process does not wait any longer.
    last_moment: Option<Instant>,
}

impl Writing {
    async fn write_all(&mut self, batch: &mut Vec<Write>) {
        let mut rows: Vec<Row> = Vec::with_capacity(batch.len());
        let mut places = Vec::with_capacity(batch.len());
        let mut barriers = Vec::new();
        for write in batch.drain(..) {
            match write {
                Write::Row(row, place) => {
                    rows.push(row);
                    places.push(place);
                }
                // What is written beyond the barrier does no harm to who waits at it.
                Write::Barrier(tell) => barriers.push(tell),
            }
        }
        if !self.write(&rows).await {
            self.service.archive.metrics.dropped.inc_by(rows.len() as u64);
        }
        for tell in barriers {
            // Who waited may have given up.
            let _ = tell.send(());
        }
    }

    /// Repeats until the database has taken the rows: those that are there already stay as they are. Returns whether it has;
    /// it never will if it refuses them, or if the server stops before.
    async fn write(&mut self, rows: &[Row]) -> bool {
        let mut pause = limits::STORE_RETRY_PAUSE;
        let mut is_told = false;
        loop {
            match self.try_write(rows).await {
                Ok(()) => {
                    if is_told {
                        info!("the database answers again, archives are being written");
                    }
                    return true;
                }
                Err(err) if !err.is_unavailable() => {
                    warn!(%err, "messages cannot be archived together, trying each");
                    self.write_each(rows).await;
                    return true;
                }
                Err(err) => {
                    if !std::mem::replace(&mut is_told, true) {
                        warn!(%err, "archives wait for the database");
                    }
                }
            }
            if self.token.is_cancelled() {
                let last = *self
                    .last_moment
                    .get_or_insert_with(|| Instant::now() + limits::ARCHIVE_WRITE_LAST_PATIENCE);
                if Instant::now() >= last {
                    warn!("archives lack messages: the database did not answer before the server stopped");
                    return false;
                }
                pause = limits::STORE_RETRY_PAUSE;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.token.cancelled(), if !self.token.is_cancelled() => {}
            }
            pause = (pause * 2).min(limits::ARCHIVE_WRITE_PAUSE_MAX);
        }
    }

    /// One message that the database refuses must not take others with it.
    async fn write_each(&self, rows: &[Row]) {
        for row in rows {
            if let Err(err) = self.try_write(std::slice::from_ref(row)).await {
                warn!(%err, "a message is not archived");
                self.service.archive.metrics.dropped.inc();
            }
        }
    }

    async fn try_write(&self, rows: &[Row]) -> Result<(), StoreError> {
        let mut stored = Vec::with_capacity(rows.len());
        let mut judged: HashMap<(&BareJid, &Jid), bool> = HashMap::new();
        for row in rows {
            let key = (&row.owner, &row.other);
            let is_unwanted = match judged.get(&key) {
                _ if !row.is_received => false,
                Some(is_unwanted) => *is_unwanted,
                None => self.is_unwanted(row).await?,
            };
            if row.is_received {
                judged.insert(key, is_unwanted);
            }
            if !is_unwanted {
                stored.push(row.stored());
            }
        }
        self.service.store.add_to_archives(&stored).await?;
        self.service.archive.metrics.written.inc_by(stored.len() as u64);
        Ok(())
    }

    /// As with Openfire's plugin, what the default privacy list of somebody keeps out is not in their archive either.
    async fn is_unwanted(&self, row: &Row) -> Result<bool, StoreError> {
        self.service.default_list_blocks(&row.owner, Traffic::MessageIn, &row.other).await
    }
}
