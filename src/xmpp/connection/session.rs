//! A bound session: stanzas in, stanzas out, silence watched.

use std::io;
use std::pin::pin;

use bytes::Bytes;
use cobnut_model::limits::{CLIENT_DRAIN_TIMEOUT, CLIENT_WRITE_BATCH_BYTES_MAX};
use cobnut_xmpp_proto::stream::{ClientState, Condition, ManagementVersion, StreamError};
use cobnut_xmpp_proto::xml::{StreamEvent, ns, write_stanza};
use minidom::Element;
use tokio::time::{Instant, sleep_until, timeout};

use super::Context;
use super::client_state::Inactive;
use super::detached::Managed;
use super::negotiate::Bound;
use super::reader::Reader;
use super::serve::FOREVER;
use super::socket::Socket;
use crate::service::Outbound;

/// Why a session ended.
pub(super) enum End {
    /// The client closed its stream.
    ByClient,
    /// The client has to be told.
    Error(StreamError),
    /// The client has to be told, and what it has sent until it goes counts.
    Moved(StreamError),
    /// The client was told.
    Told,
    /// The connection is gone.
    Lost(io::Error),
    /// The client goes on over another connection.
    Resumed,
}

impl From<StreamError> for End {
    fn from(error: StreamError) -> Self {
        Self::Error(error)
    }
}

impl From<Condition> for End {
    fn from(condition: Condition) -> Self {
        Self::Error(condition.into())
    }
}

/// One bound session on its connection.
pub(super) struct Session<'a> {
    pub(super) context: &'a Context,
    pub(super) socket: &'a mut Socket,
    pub(super) reader: &'a mut Reader,
    pub(super) bound: &'a mut Bound,
    /// Stanzas that were taken from the queue and not written.
    pub(super) unwritten: &'a mut Vec<Bytes>,
    /// Where the client said that nobody looks at it: what it need not get now.
    pub(super) inactive: Option<Box<Inactive>>,
    /// The id of our last ping and when it was sent.
    ping: Option<(String, Instant)>,
    /// Until when the client may go by itself. Nothing more is written: the stream is closed on this side.
    pub(super) parts_at: Option<Instant>,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        context: &'a Context,
        socket: &'a mut Socket,
        reader: &'a mut Reader,
        bound: &'a mut Bound,
        unwritten: &'a mut Vec<Bytes>,
    ) -> Self {
        Self { context, socket, reader, bound, unwritten, inactive: None, ping: None, parts_at: None }
    }

    /// Serves the session to its end.
    pub(super) async fn run(mut self) -> End {
        let answer = std::mem::take(&mut self.bound.answer);
        if let Err(err) = self.write(&answer, &mut 0).await {
            return End::Lost(err);
        }
        let end = match self.serve().await {
            Ok(never) => match never {},
            Err(End::Moved(error)) => self.part(error).await,
            Err(end) => end,
        };
        self.keep_held();
        end
    }

    /// Tells the client to go, and handles what it has sent before it read that: the stream is closed when both sides
    /// have closed it (RFC 6120 §4.4).
    async fn part(&mut self, error: StreamError) -> End {
        super::serve::count_error(self.context, self.bound.peer, &error);
        let mut out = Vec::new();
        if let Some(managed) = &mut self.bound.managed {
            // What the client acknowledges before it goes is not sent again elsewhere.
            managed.state.ask_now(&mut out);
        }
        error.write(&mut out);
        if let Err(err) = self.write(&out, &mut 0).await {
            return End::Lost(err);
        }
        self.parts_at = Some(Instant::now() + CLIENT_DRAIN_TIMEOUT.min(self.context.limits.write_timeout));
        match self.serve().await {
            Ok(never) => match never {},
            Err(_) => End::Told,
        }
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, End> {
        let mut idle = pin!(sleep_until(self.idle_deadline()));
        loop {
            while let Some(event) = self.reader.next_event().map_err(|err| StreamError::from(&err))? {
                // On the heap, so that an idle session does not carry the space for work on a stanza.
                Box::pin(self.event(event)).await?;
            }
            self.answer_if_owed().await?;
            if self.idle_deadline() < idle.deadline() {
                idle.as_mut().reset(self.idle_deadline());
            }
            tokio::select! {
                () = self.context.shutdown.cancelled() => return Err(Condition::SystemShutdown.into()),
                () = Managed::wanted(self.bound.managed.as_mut()) => return Err(End::Resumed),
                item = self.bound.queue.recv() => self.deliver(item).await?,
                filled = self.reader.fill(self.socket, self.context) => match filled {
                    Ok(true) => {}
                    Ok(false) => return Err(End::Lost(io::ErrorKind::UnexpectedEof.into())),
                    Err(err) => return Err(End::Lost(err)),
                },
                () = idle.as_mut() => {
                    // The timer is not moved with every byte that comes; whoever wakes up looks at the clock.
                    self.watch_silence().await?;
                    idle.as_mut().reset(self.idle_deadline());
                }
            }
        }
    }

    /// When there is something to do if nothing happens.
    fn idle_deadline(&self) -> Instant {
        if let Some(parts_at) = self.parts_at {
            return parts_at;
        }
        let allowed = self.context.limits.idle_ping.min(FOREVER);
        let silent = self.reader.received_at + if self.awaits_life() { allowed * 2 } else { allowed };
        self.held_until().map_or(silent, |until| until.min(silent))
    }

    /// Whether nothing came since the last ping. Anything is a sign of life, not only the answer.
    fn awaits_life(&self) -> bool {
        let pinged = self.ping.as_ref().is_some_and(|(_, sent_at)| self.reader.received_at < *sent_at);
        pinged || !self.context.limits.pings_idle_clients
    }

    /// Compat: Openfire's `xmpp.client.idle`; Spark says nothing for half an hour but answers pings.
    async fn watch_silence(&mut self) -> Result<(), End> {
        if self.parts_at.is_some() {
            return Err(End::Told);
        }
        if self.held_until().is_some_and(|until| until <= Instant::now()) {
            self.release_held().await?;
        }
        let silence = self.reader.received_at.elapsed();
        let allowed = self.context.limits.idle_ping;
        if self.awaits_life() {
            if silence >= allowed.saturating_mul(2) {
                if self.bound.managed.as_ref().is_some_and(|managed| managed.resumable.is_some()) {
                    // The network may be away for a while; a stream error would be the end of the session.
                    return Err(End::Lost(io::ErrorKind::TimedOut.into()));
                }
                return Err(StreamError::new(Condition::ConnectionTimeout, "silent for too long").into());
            }
        } else if silence >= allowed {
            self.send_ping().await?;
        }
        Ok(())
    }

    async fn send_ping(&mut self) -> Result<(), End> {
        let id = format!("ping-{:016x}", rand::random::<u64>());
        let mut ping = Element::builder("iq", ns::CLIENT).append(Element::bare("ping", ns::PING)).build();
        let attributes = [
            ("type", "get"),
            ("id", &id),
            ("from", &self.context.negotiation.domain),
            ("to", self.bound.jid.as_str()),
        ];
        for (name, value) in attributes {
            cobnut_xmpp_proto::stanza::ElementExt::put_attr(&mut ping, name, value);
        }
        self.ping = Some((id, Instant::now()));
        self.write_element(&ping).await
    }

    async fn event(&mut self, event: StreamEvent) -> Result<(), End> {
        match event {
            StreamEvent::Stanza(stanza) => self.stanza(stanza).await,
            StreamEvent::End => Err(End::ByClient),
            // A second opening tag is the child of the first, so the parser reports it as a stanza.
            StreamEvent::Header(_) => Err(Condition::BadFormat.into()),
        }
    }

    async fn stanza(&mut self, stanza: Element) -> Result<(), End> {
        if stanza.is("error", ns::STREAM) {
            tracing::debug!(jid = %self.bound.jid, error = ?stanza, "the client ends its stream with an error");
            return Err(End::ByClient);
        }
        if let Some(version) = ManagementVersion::of(&stanza) {
            return self.manage(version, &stanza).await;
        }
        if let Some(state) = ClientState::of(&stanza) {
            return self.indicate(state).await;
        }
        if !matches!(stanza.name(), "iq" | "message" | "presence") {
            return Err(Condition::UnsupportedStanzaType.into());
        }
        if stanza.ns() != ns::CLIENT {
            return Err(Condition::InvalidNamespace.into());
        }
        if stanza.name() == "iq" {
            let is_ours = self.ping.as_ref().is_some_and(|(id, _)| stanza.attr("id") == Some(id));
            if is_ours && is_reply(&stanza) {
                self.ping = None;
                self.count_handled();
                return Ok(());
            }
        }
        self.handle(stanza).await
    }

    /// Hands a stanza to the service and keeps writing meanwhile, because the work may fill the queue.
    async fn handle(&mut self, stanza: Element) -> Result<(), End> {
        let service = std::sync::Arc::clone(&self.context.service);
        let jid = self.bound.jid.clone();
        if !service.is_bound(&jid, &self.bound.outbox) {
            // Another login took the resource; the stream error that says so is in the queue.
            return Ok(());
        }
        let mut work = pin!(service.handle(&jid, stanza));
        let mut lost = None;
        let handled = loop {
            tokio::select! {
                biased;
                handled = work.as_mut() => break handled,
                Some(item) = self.bound.queue.recv() => {
                    if lost.is_none() {
                        lost = self.deliver(Some(item)).await.err();
                    } else if let Outbound::Stanza(bytes) = item {
                        // Work that has begun is finished, but nobody is there to read.
                        self.keep(bytes);
                    }
                }
            }
        };
        self.count_handled();
        if let Some(end) = lost {
            return Err(end);
        }
        handled.map_err(|error| StreamError { condition: error.condition, text: error.text }.into())
    }

    /// Writes an item of the queue, and what else is waiting, as one batch.
    async fn deliver(&mut self, first: Option<Outbound>) -> Result<(), End> {
        if self.parts_at.is_some() {
            // Kept for another session; another login may end this one for good.
            return match first {
                Some(Outbound::Stanza(stanza)) => {
                    self.unwritten.push(stanza);
                    Ok(())
                }
                Some(Outbound::Close(_)) => Err(End::Told),
                Some(Outbound::Move) | None => Ok(()),
            };
        }
        let (batch, close) = self.collect(first);
        let batch = self.sift(batch);
        if let Err(err) = self.write_batch(batch).await {
            // Who was told to end the session must not find it waiting for its client.
            return Err(close.unwrap_or(End::Lost(err)));
        }
        close.map_or_else(|| self.check_unconfirmed(), Err)
    }

    /// Writes stanzas; what does not get out is kept.
    pub(super) async fn write_batch(&mut self, batch: Vec<Bytes>) -> io::Result<()> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut written = 0;
        let asked = self.note_sent(&batch);
        let result = match batch.as_slice() {
            [single] if asked.is_empty() => self.write(single, &mut written).await,
            several => self.write(&[several.concat(), asked].concat(), &mut written).await,
        };
        if result.is_err() {
            self.keep_unwritten(batch, written);
        }
        result
    }

    /// Takes what is waiting, up to a batch, and the end if it is in there.
    fn collect(&mut self, first: Option<Outbound>) -> (Vec<Bytes>, Option<End>) {
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut next = first;
        loop {
            match next {
                Some(Outbound::Stanza(stanza)) => {
                    bytes += stanza.len();
                    batch.push(stanza);
                }
                Some(Outbound::Close(error)) => {
                    let error = StreamError { condition: error.condition, text: error.text };
                    return (batch, Some(End::Error(error)));
                }
                Some(Outbound::Move) => {
                    let error = self.context.service.elsewhere(self.bound.is_direct_tls);
                    let error = StreamError { condition: error.condition, text: error.text };
                    return (batch, Some(End::Moved(error)));
                }
                None => return (batch, None),
            }
            next = if bytes < CLIENT_WRITE_BATCH_BYTES_MAX { self.bound.queue.try_recv().ok() } else { None };
        }
    }

    fn keep_unwritten(&mut self, batch: Vec<Bytes>, written: usize) {
        if self.bound.managed.is_some() {
            // They wait to be acknowledged, written or not.
            return;
        }
        let mut end = 0;
        for stanza in batch {
            end += stanza.len();
            if end > written {
                self.unwritten.push(stanza);
            }
        }
    }

    async fn write_element(&mut self, stanza: &Element) -> Result<(), End> {
        let mut bytes = Vec::new();
        write_stanza(stanza, &mut bytes);
        if let Some(managed) = &mut self.bound.managed {
            managed.state.sent(Bytes::from(bytes.clone()));
        }
        self.write(&bytes, &mut 0).await.map_err(End::Lost)
    }

    pub(super) async fn write(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        let result = tokio::select! {
            biased;
            result = timeout(self.context.limits.write_timeout, self.socket.write(bytes, written)) => result,
            // The client is elsewhere already; this connection may be stuck for long.
            () = Managed::wanted(self.bound.managed.as_mut()) => Ok(Err(io::ErrorKind::Interrupted.into())),
        };
        self.context.metrics.sent_bytes.inc_by(*written as u64);
        result.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

fn is_reply(iq: &Element) -> bool {
    matches!(iq.attr("type"), Some("result" | "error"))
}
