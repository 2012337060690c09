//! Drives a negotiation: sockets, time, the store and the service for the state machine that decides.

use std::io;
use std::net::SocketAddr;

use cobnut_xmpp_proto::sasl::{SaslFailure, accounts_of_certificate};
use cobnut_xmpp_proto::stream::{
    Channel, Condition, ManagementVersion, Negotiation, RegistrationError, Step, StreamError,
};
use jid::{BareJid, FullJid};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::Context;
use super::detached::Managed;
use super::reader::Reader;
use super::resumption::NotResumed;
use super::socket::Socket;
use crate::service::{Login, Outbound, Outbox};

/// A session that the service knows.
pub(super) struct Bound {
    pub(super) jid: FullJid,
    pub(super) outbox: Outbox,
    pub(super) queue: mpsc::Receiver<Outbound>,
    /// The answer to the bind request, not yet written.
    pub(super) answer: Vec<u8>,
    /// Whether the client came through the port with direct TLS.
    pub(super) is_direct_tls: bool,
    /// Where it connects from.
    pub(super) peer: SocketAddr,
    /// Stream management, where the client has switched it on.
    pub(super) managed: Option<Box<Managed>>,
}

/// Why a negotiation did not end with a session.
pub(super) enum Failure {
    /// Tell the client.
    Stream(StreamError),
    /// The stream was closed on both sides, or the connection is gone.
    Ended,
}

impl From<io::Error> for Failure {
    fn from(err: io::Error) -> Self {
        tracing::debug!(%err, "connection lost during the negotiation");
        Self::Ended
    }
}

impl From<StreamError> for Failure {
    fn from(error: StreamError) -> Self {
        Self::Stream(error)
    }
}

/// What is known of a connection.
fn channel(context: &Context, socket: &Socket, peer: SocketAddr) -> Channel {
    let admits_anonymous = context.anonymous.admits(peer.ip());
    match socket {
        Socket::Tls(stream) => {
            let certified = accounts_of_certificate(&context.tls.names(stream), &context.negotiation.domain);
            let bindings = context.tls.bindings(stream);
            Channel { is_encrypted: true, admits_anonymous, certified, bindings }
        }
        Socket::Plain(_) | Socket::Gone => Channel { admits_anonymous, ..Channel::default() },
    }
}

/// One negotiation.
pub(super) struct Negotiator<'a> {
    pub(super) context: &'a Context,
    pub(super) socket: &'a mut Socket,
    pub(super) reader: &'a mut Reader,
    pub(super) peer: SocketAddr,
    negotiation: Negotiation<'a>,
    out: Vec<u8>,
    deadline: Instant,
    is_direct_tls: bool,
    is_encrypted: bool,
}

impl<'a> Negotiator<'a> {
    pub(super) fn new(
        context: &'a Context,
        socket: &'a mut Socket,
        reader: &'a mut Reader,
        (peer, deadline): (SocketAddr, Instant),
    ) -> Self {
        let is_direct_tls = matches!(socket, Socket::Tls(_));
        let channel = channel(context, socket, peer);
        Self {
            context,
            socket,
            reader,
            peer,
            negotiation: Negotiation::new(&context.negotiation, channel, |bytes| rand::fill(bytes)),
            out: Vec::new(),
            deadline,
            is_direct_tls,
            is_encrypted: is_direct_tls,
        }
    }

    /// Negotiates until a resource is bound. On failure the client has been told.
    pub(super) async fn run(mut self) -> Option<Bound> {
        match self.negotiate().await {
            Ok(bound) => Some(bound),
            Err(Failure::Stream(error)) => {
                self.fail(&error).await;
                None
            }
            Err(Failure::Ended) => {
                let _ = self.write_out().await;
                None
            }
        }
    }

    async fn negotiate(&mut self) -> Result<Bound, Failure> {
        loop {
            let step = match self.reader.next_event() {
                Ok(Some(event)) => {
                    // Said when the client has said something: one that is still writing would not read it.
                    if let Some(error) = self.context.service.turned_away(self.is_direct_tls) {
                        return Err(StreamError { condition: error.condition, text: error.text }.into());
                    }
                    self.negotiation.handle(event, &mut self.out)
                }
                Ok(None) => {
                    self.write_out().await?;
                    self.read().await?;
                    continue;
                }
                Err(err) => Err((&err).into()),
            };
            if let Some(bound) = self.perform(step).await? {
                return Ok(bound);
            }
        }
    }

    async fn read(&mut self) -> Result<(), Failure> {
        let fill = timeout_at(self.deadline, self.reader.fill(self.socket, self.context));
        tokio::select! {
            () = self.context.shutdown.cancelled() => Err(StreamError::from(Condition::SystemShutdown).into()),
            filled = fill => match filled {
                Ok(Ok(true)) => Ok(()),
                Ok(Ok(false)) => Err(Failure::Ended),
                Ok(Err(err)) => Err(err.into()),
                Err(_) => Err(StreamError::new(Condition::ConnectionTimeout, "the login took too long").into()),
            },
        }
    }

    async fn write_out(&mut self) -> io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out);
        // A client that reads nothing may take until the deadline, and an error after the deadline still gets a chance.
        let grace = Instant::now()
            + self.context.limits.write_timeout.min(cobnut_model::limits::CLIENT_DRAIN_TIMEOUT);
        let written = timeout_at(self.deadline.max(grace), self.socket.write(&out, &mut 0)).await;
        self.context.metrics.sent_bytes.inc_by(out.len() as u64);
        written.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }

    async fn fail(&mut self, error: &StreamError) {
        super::serve::count_error(self.context, self.peer, error);
        self.negotiation.fail(error, &mut self.out);
        let _ = self.write_out().await;
    }

    /// Does what the state machine asks for, and what it asks for after that.
    async fn perform(&mut self, step: Result<Step, StreamError>) -> Result<Option<Bound>, Failure> {
        let mut step = step;
        loop {
            self.note_outcome();
            step = match step? {
                Step::Continue => return Ok(None),
                Step::Close => return Err(Failure::Ended),
                Step::Restart => {
                    self.reader.restart(self.context, self.negotiation.is_authenticated());
                    return Ok(None);
                }
                Step::StartTls => {
                    self.start_tls().await?;
                    return Ok(None);
                }
                Step::FindKeys { username, mechanism } => {
                    let keys = self.context.accounts.keys(&username, mechanism, self.peer.ip());
                    let found = self.in_time(keys).await;
                    self.negotiation.keys_found(found, &mut self.out)
                }
                Step::CheckPassword { username, password } => {
                    let check = self.context.accounts.check_password(&username, password, self.peer.ip());
                    let checked = self.in_time(check).await;
                    self.negotiation.password_checked(checked, &mut self.out)
                }
                Step::CheckAccount { username } => {
                    let checked = self.in_time(self.context.accounts.check_account(&username)).await;
                    self.negotiation.password_checked(checked, &mut self.out)
                }
                Step::Register(wanted) => {
                    let register = self.context.accounts.register(wanted, self.peer.ip());
                    let made = timeout_at(self.deadline, register).await;
                    let made = made.unwrap_or(Err(RegistrationError::Later));
                    self.context.metrics.registration(made.err());
                    self.negotiation.registered(made, &mut self.out)
                }
                Step::Bind { username, is_anonymous, resource } => {
                    return self.bind(&username, is_anonymous, resource).await;
                }
                Step::Resume { username, id, handled, version } => {
                    return self.resume(&username, (&id, handled), version).await;
                }
            };
        }
    }

    /// A store that does not answer is a store that is away.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T, SaslFailure>>) -> Result<T, SaslFailure> {
        timeout_at(self.deadline, work).await.unwrap_or(Err(SaslFailure::TemporaryAuthFailure))
    }

    fn note_outcome(&mut self) {
        let Some(outcome) = self.negotiation.take_outcome() else { return };
        let label = outcome.result.as_ref().map_or_else(|failure| failure.condition(), |()| "ok");
        let username = outcome.username.as_deref().unwrap_or_default();
        self.context.metrics.login(self.peer, username, label);
        if let Some(username) = &outcome.username {
            self.context.accounts.finished(username, self.peer.ip(), outcome.result);
        }
    }

    async fn start_tls(&mut self) -> Result<(), Failure> {
        // Anything behind the request was sent in clear, perhaps by somebody else, and would be taken for
        // something said under TLS (CVE-2011-0411).
        if self.reader.has_input() {
            return Err(StreamError::new(Condition::PolicyViolation, "nothing may follow starttls").into());
        }
        self.reader.clear();
        self.write_out().await?;
        super::serve::start_tls(self.context, self.socket, self.deadline).await?;
        self.is_encrypted = true;
        self.negotiation.encrypted(channel(self.context, self.socket, self.peer));
        self.reader.restart(self.context, false);
        Ok(())
    }

    /// Not bounded by the deadline: a session that was handed over must not be lost.
    async fn resume(
        &mut self,
        username: &str,
        (id, handled): (&str, u32),
        version: ManagementVersion,
    ) -> Result<Option<Bound>, Failure> {
        let Ok(user) = BareJid::new(&format!("{username}@{}", self.context.negotiation.domain)) else {
            return Err(StreamError::from(Condition::InternalServerError).into());
        };
        let (service, metrics) = (&self.context.service, &self.context.metrics.management);
        let taken = self.context.resumptions.take_over(service.node(), &user, id, handled).await;
        match taken {
            Ok(mut bound) => {
                metrics.resumed.inc();
                self.negotiation.resumed();
                (bound.is_direct_tls, bound.peer) = (self.is_direct_tls, self.peer);
                // What was said before comes first.
                let rest = std::mem::take(&mut self.out);
                bound.answer.splice(..0, rest);
                let (remote_ip, is_encrypted) = (self.peer.ip(), self.is_encrypted);
                service.cluster.update(&bound.jid, |record| {
                    (record.remote_ip, record.is_encrypted) = (remote_ip, is_encrypted);
                });
                tracing::debug!(jid = %bound.jid, "session resumed");
                Ok(Some(bound))
            }
            Err(NotResumed::NotFound(known)) => {
                metrics.failed.inc();
                self.negotiation.not_resumed(version, known, &mut self.out);
                Ok(None)
            }
            Err(NotResumed::TooHigh(err)) => {
                metrics.failed.inc();
                super::serve::count_error(self.context, self.peer, &err.stream_error());
                err.write(version, &mut self.out);
                Err(Failure::Ended)
            }
        }
    }

    /// Not bounded by the deadline: a bind that was given up half-way would leave a session without a connection.
    async fn bind(
        &mut self,
        username: &str,
        is_anonymous: bool,
        resource: Option<String>,
    ) -> Result<Option<Bound>, Failure> {
        let Ok(user) = BareJid::new(&format!("{username}@{}", self.context.negotiation.domain)) else {
            return Err(StreamError::from(Condition::InternalServerError).into());
        };
        let (outbox, queue) = mpsc::channel(self.context.limits.queue_stanzas.max(1));
        let (remote_ip, is_encrypted) = (self.peer.ip(), self.is_encrypted);
        let login = Login { user, resource, remote_ip, is_encrypted, is_anonymous };
        let bound = self.context.service.bind(login, outbox.clone()).await;
        let written = self.negotiation.bound(bound.as_ref().map_err(|condition| *condition), &mut self.out);
        match bound {
            // The answer is written by whoever closes the session if writing fails.
            Ok(jid) => {
                let answer = std::mem::take(&mut self.out);
                let (is_direct_tls, peer) = (self.is_direct_tls, self.peer);
                Ok(Some(Bound { jid, outbox, queue, answer, is_direct_tls, peer, managed: None }))
            }
            Err(condition) => {
                tracing::debug!(condition, "resource refused");
                written?;
                Ok(None)
            }
        }
    }
}
