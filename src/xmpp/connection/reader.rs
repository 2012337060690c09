//! From bytes to events, no faster than the client may send.

use std::io;

use cobnut_xmpp_proto::xml::{StreamEvent, StreamParser, XmlError, XmlLimits};
use tokio::time::{Instant, sleep_until};

use super::Context;
use super::rate::ByteRate;
use super::socket::Socket;

/// The receiving half of a connection.
pub(super) struct Reader {
    parser: StreamParser,
    /// Bytes that came and were not parsed yet start at `parsed`.
    input: Vec<u8>,
    parsed: usize,
    rate: ByteRate,
    /// Nothing is read before, because the client sent too much.
    paused_until: Option<Instant>,
    /// When the last bytes came.
    pub(super) received_at: Instant,
}

impl Reader {
    pub(super) fn new(context: &Context) -> Self {
        let now = Instant::now();
        Self {
            parser: StreamParser::new(unauthenticated(context)),
            input: Vec::new(),
            parsed: 0,
            rate: ByteRate::new(context.limits.bytes_per_second, context.limits.bytes_burst, now),
            paused_until: None,
            received_at: now,
        }
    }

    /// The next event of what came; `None` when more has to come.
    pub(super) fn next_event(&mut self) -> Result<Option<StreamEvent>, XmlError> {
        let mut rest = self.input.get(self.parsed..).unwrap_or_default();
        let event = self.parser.next_event(&mut rest);
        self.parsed = self.input.len() - rest.len();
        if self.parsed == self.input.len() {
            // An idle connection keeps no buffer.
            self.input = Vec::new();
            self.parsed = 0;
        }
        event
    }

    /// Begins a new stream. What came after the last event belongs to it.
    pub(super) fn restart(&mut self, context: &Context, is_authenticated: bool) {
        let limits = if is_authenticated {
            XmlLimits { stanza_bytes: context.limits.stanza_bytes, depth: context.limits.stanza_depth }
        } else {
            unauthenticated(context)
        };
        self.parser = StreamParser::new(limits);
    }

    /// Whether something came after the last event that is more than white space.
    pub(super) fn has_input(&self) -> bool {
        !self.input.get(self.parsed..).unwrap_or_default().trim_ascii().is_empty()
    }

    /// Forgets what came after the last event.
    pub(super) fn clear(&mut self) {
        self.input = Vec::new();
        self.parsed = 0;
    }

    /// Waits for more bytes; `false` at the end of the connection. Must be called when [`Self::next_event`] has
    /// nothing left.
    ///
    /// Cancel safety: nothing is lost when the future is dropped.
    pub(super) async fn fill(&mut self, socket: &mut Socket, context: &Context) -> io::Result<bool> {
        if let Some(until) = self.paused_until {
            sleep_until(until).await;
            self.paused_until = None;
        }
        let bytes = socket.read().await?;
        let now = Instant::now();
        self.received_at = now;
        self.paused_until = self.rate.take(bytes.len(), now);
        context.metrics.received_bytes.inc_by(bytes.len() as u64);
        self.input = bytes;
        self.parsed = 0;
        Ok(!self.input.is_empty())
    }
}

fn unauthenticated(context: &Context) -> XmlLimits {
    XmlLimits {
        stanza_bytes: context.limits.stanza_bytes_unauthenticated,
        depth: context.limits.stanza_depth,
    }
}
