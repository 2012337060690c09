//! The life of a connection up to its proof, and its end.

use std::net::SocketAddr;

use bytes::BytesMut;
use cobnut_model::limits::{MEMBERS_MAX, MESH_FRAME_BYTES_MAX, MESH_HANDSHAKE_TIMEOUT};

use super::refusals::plain_objection;
use super::{Node, Presence, Stage};
use crate::handshake::{self, Objection, Side, Transcript, is_proof, prove};
use crate::timers::Timer;
use crate::wire::{self, Card, Challenge, Frame, Hello, Identify, Terms, Welcome};
use crate::{ConnId, Output, RefusalCode, Timestamp};

/// Largest frame before the proof, in bytes.
const HANDSHAKE_FRAME_BYTES_MAX: usize = 4096;
/// What is said of a frame that comes out of turn.
const MISPLACED: &str = "a frame that does not belong here in the hello";

impl Node {
    /// A connection was accepted.
    pub fn handle_incoming(&mut self, now: Timestamp, remote: SocketAddr) -> ConnId {
        let conn = self.add_conn(remote, None, Stage::AwaitHello);
        self.watch_handshake(now, conn);
        conn
    }

    /// The connection is encrypted: the secret is proven over `binding`, which only its two ends know, so that nobody in between
    /// can pass a proof on. Comes before the first byte.
    pub fn handle_secured(&mut self, id: ConnId, binding: [u8; 32]) {
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.binding = Some(binding);
        }
    }

    /// The secret was rotated: from now on `current` is proven, and `previous` are believed too. Connections that were proven
    /// with another one are ended; their links are resumed by whoever can prove one of these.
    pub fn set_secrets(&mut self, now: Timestamp, current: [u8; 32], previous: Vec<[u8; 32]>) {
        if self.config.secret == current && self.previous_secrets == previous {
            return;
        }
        self.config.secret = current;
        self.previous_secrets = previous;
        let is_void = |secret: &[u8; 32]| *secret != current && !self.previous_secrets.contains(secret);
        let void = self.conns.iter().filter(|(_, conn)| conn.secret.as_ref().is_some_and(is_void));
        let void: Vec<ConnId> = void.map(|(id, _)| *id).collect();
        for id in void {
            self.drop_conn(now, id, Some("the shared secret was rotated".to_owned()));
        }
    }

    /// What is proven on a connection with a secret.
    fn bound_to(&self, id: ConnId, secret: &[u8; 32]) -> [u8; 32] {
        match self.conns.get(&id).and_then(|conn| conn.binding) {
            Some(binding) => handshake::bound(secret, &binding),
            None => *secret,
        }
    }

    /// Which of the secrets that are believed a dialler has proven.
    fn proven_secret(&self, id: ConnId, transcript: &Transcript, identify: &Identify) -> Option<[u8; 32]> {
        let known = std::iter::once(&self.config.secret).chain(&self.previous_secrets);
        let mut proven = known.filter(|secret| {
            let key = self.bound_to(id, secret);
            is_proof(&prove(&key, Side::Dialler, transcript, &[&identify.card]), &identify.proof)
        });
        proven.next().copied()
    }

    /// Bytes arrived. Whole frames are taken off `input`; what is left belongs to a later frame.
    pub fn handle_bytes(&mut self, now: Timestamp, id: ConnId, input: &mut BytesMut) {
        loop {
            let Some(conn) = self.conns.get(&id) else { return };
            let bytes_max = match conn.stage {
                Stage::Closing => {
                    input.clear();
                    return;
                }
                Stage::Linked(_) => MESH_FRAME_BYTES_MAX,
                _ => HANDSHAKE_FRAME_BYTES_MAX,
            };
            let before = input.len();
            let outcome = match wire::split(input, bytes_max) {
                Ok(None) => return self.heard_part(now, id, !input.is_empty()),
                Ok(Some((kind, version, body))) => {
                    self.counters.bytes_received += (before - input.len()) as u64;
                    self.handle_raw(now, id, kind, version, &body)
                }
                Err(err) => Err(err.to_string()),
            };
            if let Err(what) = outcome {
                self.protocol_error(now, id, what);
            }
        }
    }

    /// A frame of some megabytes takes longer than a member may be silent where the line is slow: its parts are life, too.
    fn heard_part(&mut self, now: Timestamp, id: ConnId, is_part: bool) {
        if let Some(Stage::Linked(origin)) = self.conns.get(&id).map(|conn| &conn.stage)
            && is_part
            && !mutated!(HeartbeatNotCounted)
        {
            self.heard(now, *origin);
        }
    }

    /// The connection is gone. `why` is for the operator.
    pub fn handle_closed(&mut self, now: Timestamp, id: ConnId, why: &str) {
        let Some(conn) = self.conns.get(&id) else { return };
        let was_handshake = !matches!(conn.stage, Stage::Linked(_) | Stage::Closing);
        let peer = conn.remote;
        // Who wants TLS has no words for whom it does not understand.
        let hint = if conn.binding.is_none() {
            "; perhaps it encrypts links and this node was started with --mesh-clear"
        } else {
            ""
        };
        let trouble =
            was_handshake.then(|| format!("it answered, but hung up during the hello ({why}){hint}"));
        if was_handshake && conn.dialled.is_none() {
            self.outputs.push_back(Output::Nonsense {
                peer,
                what: format!("hung up during the hello: {why}"),
                member: None,
            });
        }
        self.drop_conn(now, id, trouble);
        if !mutated!(ConnectionsLeak) {
            self.conns.remove(&id);
        }
    }

    pub(super) fn watch_handshake(&mut self, now: Timestamp, id: ConnId) {
        let patience = u64::try_from(MESH_HANDSHAKE_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
        self.timers.set(Timer::Handshake(id), now.plus(patience));
    }

    pub(super) fn handshake_too_slow(&mut self, now: Timestamp, id: ConnId) {
        let Some(conn) = self.conns.get(&id) else { return };
        match conn.stage {
            Stage::Linked(origin) => return self.resume_too_slow(now, origin, id),
            Stage::Closing => return,
            _ => {}
        }
        let peer = conn.remote;
        if !matches!(conn.stage, Stage::Dialling) {
            self.outputs.push_back(Output::Nonsense {
                peer,
                what: "no complete hello in time".to_owned(),
                member: None,
            });
        }
        self.drop_conn(now, id, Some("it does not answer".to_owned()));
    }

    /// Ends a connection: what is queued as urgent is still written.
    pub(super) fn drop_conn(&mut self, now: Timestamp, id: ConnId, trouble: Option<String>) {
        let Some(conn) = self.conns.get_mut(&id) else { return };
        let stage = std::mem::replace(&mut conn.stage, Stage::Closing);
        let dialled = conn.dialled;
        self.timers.cancel(Timer::Handshake(id));
        match stage {
            Stage::Closing => return,
            Stage::Linked(origin) => self.link_broken(now, origin, id),
            _ => {
                if let Some(address) = dialled {
                    self.book.finished(address, id, trouble);
                    self.dial_later(now, address);
                }
            }
        }
        self.outputs.push_back(Output::Close(id));
    }

    pub(super) fn queue(&mut self, id: ConnId, frame: &Frame) {
        if let Some(conn) = self.conns.get_mut(&id) {
            wire::encode(frame, conn.version, &mut conn.urgent);
            self.wake(id);
        }
    }

    pub(super) fn say_hello(&mut self, now: Timestamp, id: ConnId) {
        let nonce = self.entropy.nonce();
        let (lowest, highest) = self.config.wire_versions;
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.stage = Stage::AwaitChallenge { nonce };
        }
        self.watch_handshake(now, id);
        self.queue(id, &Frame::Hello(Hello { magic: wire::MAGIC, lowest, highest, nonce }));
    }

    pub(super) fn protocol_error(&mut self, now: Timestamp, id: ConnId, what: String) {
        if let Some(conn) = self.conns.get(&id) {
            let member = if let Stage::Linked(origin) = conn.stage { Some(origin) } else { None };
            self.outputs.push_back(Output::Nonsense { peer: conn.remote, what: what.clone(), member });
        }
        self.drop_conn(now, id, Some(what));
    }

    fn handle_raw(
        &mut self,
        now: Timestamp,
        id: ConnId,
        kind: u8,
        version: u8,
        body: &[u8],
    ) -> Result<(), String> {
        let Some(conn) = self.conns.get_mut(&id) else { return Ok(()) };
        if let Stage::Linked(origin) = conn.stage {
            if version != conn.version {
                return Err(wire::WireError::Version { got: version, expected: conn.version }.to_string());
            }
            let frame = wire::decode(kind, body).map_err(|err| err.to_string())?;
            self.counters.frames_received += 1;
            return self.handle_link_frame(now, origin, id, frame);
        }
        let Some(frame) = wire::decode_hello(kind, body).map_err(|err| err.to_string())? else {
            return Err(MISPLACED.to_owned());
        };
        let stage = std::mem::replace(&mut conn.stage, Stage::AwaitHello);
        match (stage, frame) {
            (stage, Frame::Refuse(refuse)) => {
                conn.stage = stage;
                self.refused(now, id, refuse);
                Ok(())
            }
            (Stage::AwaitHello, Frame::Hello(hello)) => self.on_hello(now, id, &hello),
            (Stage::AwaitChallenge { nonce }, Frame::Challenge(challenge)) => {
                self.on_challenge(now, id, nonce, &challenge)
            }
            (Stage::AwaitIdentify { transcript }, Frame::Identify(identify)) => {
                self.on_identify(now, id, &transcript, identify);
                Ok(())
            }
            (Stage::AwaitWelcome { transcript, mine }, Frame::Welcome(welcome)) => {
                self.on_welcome(now, id, &transcript, *mine, welcome);
                Ok(())
            }
            (Stage::AwaitConfirm { mine, theirs }, Frame::Confirm) => {
                if let Err(code) = self.attach(now, id, *mine, *theirs, false) {
                    self.refuse(now, id, None, &plain_objection(code));
                }
                Ok(())
            }
            (stage, _) => {
                conn.stage = stage;
                Err(MISPLACED.to_owned())
            }
        }
    }

    fn on_hello(&mut self, now: Timestamp, id: ConnId, hello: &Hello) -> Result<(), String> {
        if hello.magic != wire::MAGIC {
            return Err("not a hello of this protocol".to_owned());
        }
        let (lowest, highest) = self.config.wire_versions;
        let version = highest.min(hello.highest);
        if version < lowest.max(hello.lowest) {
            let ours = format!(
                "it speaks versions {} to {} of the protocol, this node {lowest} to {highest}",
                hello.lowest, hello.highest
            );
            let theirs = format!("it speaks versions {lowest} to {highest} of the protocol only");
            self.refuse(now, id, None, &Objection { code: RefusalCode::Version, ours, theirs });
            return Ok(());
        }
        let nonce = self.entropy.nonce();
        let transcript = Transcript {
            dialler_nonce: hello.nonce,
            acceptor_nonce: nonce,
            lowest: hello.lowest,
            highest: hello.highest,
            version,
        };
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.version = version;
            conn.stage = Stage::AwaitIdentify { transcript };
        }
        self.queue(id, &Frame::Challenge(Challenge { version, nonce }));
        Ok(())
    }

    fn on_challenge(
        &mut self,
        now: Timestamp,
        id: ConnId,
        nonce: [u8; 32],
        challenge: &Challenge,
    ) -> Result<(), String> {
        let (lowest, highest) = self.config.wire_versions;
        if !(lowest..=highest).contains(&challenge.version) {
            return Err(format!("it chose version {}, which was not offered", challenge.version));
        }
        let transcript = Transcript {
            dialler_nonce: nonce,
            acceptor_nonce: challenge.nonce,
            lowest,
            highest,
            version: challenge.version,
        };
        let card = self.own_card(now);
        let secret = self.config.secret;
        let proof = prove(&self.bound_to(id, &secret), Side::Dialler, &transcript, &[&card]);
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.secret = Some(secret);
            conn.version = challenge.version;
            conn.stage = Stage::AwaitWelcome { transcript, mine: Box::new(card.clone()) };
        }
        self.queue(id, &Frame::Identify(Identify { card, proof }));
        Ok(())
    }

    fn on_identify(&mut self, now: Timestamp, id: ConnId, transcript: &Transcript, identify: Identify) {
        let proven = self.proven_secret(id, transcript, &identify);
        let theirs = identify.card;
        let judged = handshake::judge(&self.config, &theirs, proven.is_some())
            .or_else(|| handshake::judge_settings(&self.config, &theirs, transcript.version));
        let secret = match (judged, proven) {
            (None, Some(secret)) => secret,
            (Some(objection), _) => return self.refuse(now, id, None, &objection),
            (None, None) => return self.refuse(now, id, None, &plain_objection(RefusalCode::Secret)),
        };
        self.reached(now, theirs.origin);
        let mine = self.own_card(now);
        if let Err(code) = self.may_attach(now, &mine, &theirs, false) {
            let objection = self.objection(now, (theirs.origin, theirs.address), code);
            return self.refuse(now, id, Some(theirs.origin), &objection);
        }
        // With the one that the dialler knows, which may be the one before.
        let proof = prove(&self.bound_to(id, &secret), Side::Acceptor, transcript, &[&theirs, &mine]);
        let welcome = Frame::Welcome(Welcome { card: mine.clone(), proof });
        if let Some(conn) = self.conns.get_mut(&id) {
            conn.secret = Some(secret);
            conn.stage = Stage::AwaitConfirm { mine: Box::new(mine), theirs: Box::new(theirs) };
        }
        self.queue(id, &welcome);
    }

    fn on_welcome(
        &mut self,
        now: Timestamp,
        id: ConnId,
        transcript: &Transcript,
        mine: Card,
        welcome: Welcome,
    ) {
        let theirs = welcome.card;
        let secret = self.conns.get(&id).and_then(|conn| conn.secret).unwrap_or(self.config.secret);
        let expected = prove(&self.bound_to(id, &secret), Side::Acceptor, transcript, &[&mine, &theirs]);
        let has_proof = is_proof(&expected, &welcome.proof);
        let objection = handshake::judge(&self.config, &theirs, has_proof)
            .or_else(|| handshake::judge_settings(&self.config, &theirs, transcript.version));
        if let Some(objection) = objection {
            return self.refuse(now, id, None, &objection);
        }
        self.reached(now, theirs.origin);
        let (origin, address) = (theirs.origin, theirs.address);
        if let Some(address) = self.conns.get(&id).and_then(|conn| conn.dialled) {
            self.book.answered(address, origin);
        }
        if let Err(code) = self.may_attach(now, &mine, &theirs, true) {
            let objection = self.objection(now, (origin, address), code);
            return self.refuse(now, id, Some(origin), &objection);
        }
        self.queue(id, &Frame::Confirm);
        if let Err(code) = self.attach(now, id, mine, theirs, true) {
            let objection = self.objection(now, (origin, address), code);
            self.refuse(now, id, Some(origin), &objection);
        }
    }

    /// Whether a proven peer may be attached; changes nothing.
    pub(super) fn may_attach(
        &self,
        now: Timestamp,
        mine: &Card,
        theirs: &Card,
        is_ours: bool,
    ) -> Result<(), RefusalCode> {
        let origin = theirs.origin;
        if origin == self.config.origin {
            return Err(RefusalCode::Myself);
        }
        if origin.node == self.config.origin.node || self.has_living_double(now, theirs) {
            return Err(RefusalCode::NodeId);
        }
        if self.presence == Presence::Leaving {
            return Err(RefusalCode::Leaving);
        }
        if self.has_later_run(now, origin) {
            return Err(RefusalCode::Duplicate);
        }
        let Some(peer) = self.peers.get(&origin) else {
            if self.cut_off_from(now, origin).is_some() {
                return Err(RefusalCode::CutOff);
            }
            return if self.peers.len() + 1 >= MEMBERS_MAX { Err(RefusalCode::Full) } else { Ok(()) };
        };
        let Some(held) = peer.attached else { return Ok(()) };
        let stamps = (mine.stamp, theirs.stamp);
        let us = self.config.origin;
        if handshake::is_better(stamps, is_ours, held.stamps, held.is_ours, us, origin) {
            Ok(())
        } else {
            Err(RefusalCode::Duplicate)
        }
    }

    fn own_card(&mut self, now: Timestamp) -> Card {
        self.stamp += 1;
        let latest = self.peers.values().map(|peer| peer.member.joined_at).max().unwrap_or(0);
        Card {
            origin: self.config.origin,
            stamp: self.stamp,
            cluster_name: self.config.cluster_name.clone(),
            domain: self.config.domain.clone(),
            database_id: self.config.database_id,
            name: self.config.name.clone(),
            product: self.config.product.clone(),
            address: self.config.address,
            joined_at: self.age.joined_at,
            latest_joined_at: latest.max(self.age.joined_at),
            uptime_ms: now.since(self.age.started),
            is_settled: self.age.is_settled,
            terms: Terms { is_lite: self.config.rules.is_lite, settings: self.config.rules.settings.clone() },
        }
    }
}
