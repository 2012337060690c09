//! A session whose connection is gone and whose client may come back (XEP-0198 §5).
//!
//! It stays bound: others see it, and what they send waits here. It ends like any session when its time is over, when
//! it holds too much, when somebody ends it or the node stops; then all that waits finds another way.

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use cobnut_xmpp_proto::stream::Management;
use tokio::time::{Instant, sleep_until};

use super::Context;
use super::negotiate::Bound;
use super::resumption::{Detached, Listing, TakeOver};
use crate::service::Outbound;

/// The stream management of one session.
pub(super) struct Managed {
    pub(super) state: Management,
    /// If the session can be resumed.
    pub(super) resumable: Option<Resumable>,
    /// The client asked what was handled and was not answered yet.
    pub(super) owes_answer: bool,
}

/// What a session needs to be resumed.
pub(super) struct Resumable {
    pub(super) listing: Listing,
    /// How long it waits without a connection.
    pub(super) max: Duration,
    /// Who wants to have it.
    pub(super) wanted: Option<TakeOver>,
}

impl Managed {
    /// Waits until another connection wants the session, for ever if it cannot be resumed.
    ///
    /// Cancel safety: nothing is lost when the future is dropped.
    pub(super) async fn wanted(managed: Option<&mut Box<Self>>) {
        let Some(resumable) = managed.and_then(|managed| managed.resumable.as_mut()) else {
            return std::future::pending().await;
        };
        if resumable.wanted.is_none() {
            // Never `None`: the list holds a sender while the session is in it.
            resumable.wanted = resumable.listing.requests.recv().await;
        }
    }
}

/// A session that waits, with its place among them.
pub(super) struct Waiting {
    bound: Bound,
    place: Detached,
}

/// What becomes of a session without a connection.
pub(super) enum Parked {
    /// It waits.
    Waiting(Box<Waiting>),
    /// It went to the connection that wanted it.
    Taken,
    /// It cannot wait.
    Over(Bound),
}

/// Hands a session over that another connection wants, or lets it wait.
pub(super) fn park(context: &Context, mut bound: Bound) -> Parked {
    let Some(resumable) = bound.managed.as_mut().and_then(|managed| managed.resumable.as_mut()) else {
        return Parked::Over(bound);
    };
    let may_wait = context.service.is_bound(&bound.jid, &bound.outbox)
        && context.service.drain_state().is_serving()
        && !context.shutdown.is_cancelled();
    if !may_wait {
        return Parked::Over(bound);
    }
    let wanted = resumable.wanted.take();
    if let Some(request) = wanted {
        match hand_over(bound, request) {
            Ok(()) => return Parked::Taken,
            Err(kept) => bound = kept,
        }
    }
    match context.resumptions.detach(&bound.jid.to_bare(), context.limits.connections) {
        Some(place) => Parked::Waiting(Box::new(Waiting { bound, place })),
        None => Parked::Over(bound),
    }
}

/// Gives the session to the connection that wants it; back if the client counts wrongly or is gone again.
fn hand_over(mut bound: Bound, request: TakeOver) -> Result<(), Bound> {
    let Some(managed) = bound.managed.as_mut() else { return Err(bound) };
    let Some(id) = managed.resumable.as_ref().map(|resumable| resumable.listing.id().to_owned()) else {
        return Err(bound);
    };
    // What waits in the queue is sent with the rest by the new connection.
    let mut answer = Vec::new();
    if let Err(err) = managed.state.resume(&id, request.handled, &mut answer) {
        let _gone_again = request.reply.send(Err(err));
        return Err(bound);
    }
    managed.owes_answer = false;
    bound.answer = answer;
    match request.reply.send(Ok(bound)) {
        Err(Ok(mut bound)) => {
            // Written anew for whoever asks next.
            bound.answer = Vec::new();
            Err(bound)
        }
        Ok(()) | Err(Err(_)) => Ok(()),
    }
}

/// Keeps a session until its client comes back or it has to end.
pub(super) async fn wait(context: &Context, waiting: Waiting) {
    let Waiting { mut bound, place } = waiting;
    let Some(max) = bound.managed.as_ref().and_then(|managed| Some(managed.resumable.as_ref()?.max)) else {
        return end(context, bound, Vec::new()).await;
    };
    let until = Instant::now() + max;
    let counted = WithoutConnection::new(context);
    while let Some(request) = keep(context, &mut bound, until).await {
        match hand_over(bound, request) {
            Ok(()) => return,
            Err(kept) => bound = kept,
        }
    }
    drop((counted, place));
    context.metrics.management.expired.inc();
    end(context, bound, Vec::new()).await;
}

/// Collects what comes for the session. Returns who wants it, `None` if it is over.
async fn keep(context: &Context, bound: &mut Bound, until: Instant) -> Option<TakeOver> {
    let Bound { managed, queue, .. } = bound;
    let Managed { state, resumable, .. } = managed.as_deref_mut()?;
    let resumable = resumable.as_mut()?;
    let mut over = pin!(sleep_until(until));
    loop {
        tokio::select! {
            () = context.shutdown.cancelled() => return None,
            request = resumable.listing.requests.recv() => return request,
            item = queue.recv() => match item {
                Some(Outbound::Stanza(stanza)) => {
                    state.sent(stanza);
                    if state.is_over_limit() {
                        return None;
                    }
                }
                Some(Outbound::Close(_) | Outbound::Move) | None => return None,
            },
            () = over.as_mut() => return None,
        }
    }
}

/// Counts a session for as long as it waits.
struct WithoutConnection<'a>(&'a Context);

impl<'a> WithoutConnection<'a> {
    fn new(context: &'a Context) -> Self {
        context.metrics.management.detached.inc();
        Self(context)
    }
}

impl Drop for WithoutConnection<'_> {
    fn drop(&mut self) {
        self.0.metrics.management.detached.dec();
    }
}

/// Ends a session for good: what its client has not confirmed goes another way, with `unwritten` behind it.
pub(super) async fn end(context: &Context, mut bound: Bound, unwritten: Vec<Bytes>) {
    // From here on whoever wants to send learns that nobody is there.
    bound.queue.close();
    let mut rest = Vec::new();
    if let Some(mut managed) = bound.managed.take() {
        if let Some(resumable) = managed.resumable.as_mut() {
            resumable.listing.handled = managed.state.handled();
        }
        rest = managed.state.take_unconfirmed();
        context.metrics.management.unconfirmed.inc_by(rest.len() as u64);
    }
    rest.extend(unwritten);
    while let Ok(item) = bound.queue.try_recv() {
        if let Outbound::Stanza(stanza) = item {
            rest.push(stanza);
        }
    }
    context.service.closed(&bound.jid, &bound.outbox, rest).await;
}
