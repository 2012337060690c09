//! Where stanzas for rooms go.

use bytes::Bytes;
use cobnut_mesh::{Cluster, Envelope};
use cobnut_model::{NodeId, limits};
use cobnut_xmpp_proto::stanza::{Condition, error_reply};
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, FullJid, Jid};
use minidom::Element;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::host::{Input, Offered, Parcel};
use super::maps::winner;
use super::wire::Wire;
use crate::service::Service;

impl Service {
    /// The member that hosts a room, or is to host it.
    pub(super) fn seat_of(&self, room: &BareJid) -> NodeId {
        let claims = self.muc.rooms.all(&room.to_string());
        if let Some(claim) = winner(&claims) {
            return claim.owner;
        }
        if self.muc.hosted.contains(room) {
            return self.node();
        }
        self.cluster.home_of(room.as_str()).unwrap_or_else(|| self.node())
    }

    /// Sends a stanza of a session of this node, with `from` and `to`, to a room. Waits where too many wait already.
    pub(super) async fn send_to_room(&self, to: &Jid, stanza: &Element) {
        let parcel = Parcel { room: to.to_bare(), hops: 0, stanza: stanza_bytes(stanza) };
        let deadline = Instant::now() + limits::ROOM_HEIR_PATIENCE;
        while Instant::now() < deadline {
            let seat = self.seat_of(&parcel.room);
            if seat == self.node() {
                return self.host_patiently(parcel).await;
            }
            if self.cluster.send(seat, wrap(&parcel)).await.is_ok() {
                return;
            }
            // The member was lost just now, and the room has no other home yet.
            tokio::time::sleep(limits::ROOM_HEIR_PATIENCE / 50).await;
        }
        self.refuse_for_now(&parcel.stanza);
    }

    async fn host_patiently(&self, parcel: Parcel) {
        let stanza = parcel.stanza.clone();
        let is_taken = match self.offer(&parcel.room.clone(), Input::Stanza(parcel)) {
            Offered::Taken => true,
            Offered::TooMany => false,
            Offered::Full(input, queue) => {
                match tokio::time::timeout(limits::ROOM_QUEUE_PATIENCE, queue.reserve()).await {
                    Ok(Ok(place)) => {
                        place.send(input);
                        true
                    }
                    _ => false,
                }
            }
        };
        if !is_taken {
            self.refuse_for_now(&stanza);
        }
    }

    /// Passes a stanza to its room, wherever that is, without waiting: what has no place is refused.
    pub(super) fn pass_to_room(&self, parcel: Parcel) {
        let seat = self.seat_of(&parcel.room);
        let stanza = parcel.stanza.clone();
        let is_taken = if seat == self.node() {
            matches!(self.offer(&parcel.room.clone(), Input::Stanza(parcel)), Offered::Taken)
        } else {
            parcel.hops < limits::ROOM_HOPS_MAX && self.muc.courier.try_send((seat, wrap(&parcel))).is_ok()
        };
        if !is_taken {
            self.refuse_for_now(&stanza);
        }
    }

    fn refuse_for_now(&self, stanza: &Bytes) {
        self.muc.metrics.refused.inc();
        self.refuse_parcel(stanza, Condition::ResourceConstraint);
    }

    /// Answers the sender of a stanza for a room with an error, without waiting.
    pub(super) fn refuse_parcel(&self, stanza: &Bytes, condition: Condition) {
        let Ok(stanza) = parse_stanza(stanza) else { return };
        if matches!(stanza.attr("type"), Some("error" | "result" | "unavailable")) {
            return;
        }
        let sender = stanza.attr("from").and_then(|from| FullJid::new(from).ok());
        let Some(entry) = sender.and_then(|sender| self.cluster.sessions().get(&sender)) else { return };
        let (jid, reply) = (&entry.record.jid, stanza_bytes(&error_reply(&stanza, condition)));
        if entry.member == self.node() {
            self.deliver_here(jid, &reply);
        } else {
            let envelope = Envelope::Stanza { to: vec![jid.clone()], stanza: reply };
            // A sender who hears nothing asks again.
            let _ = self.muc.courier.try_send((entry.member, envelope));
        }
    }

    /// Another member sent something about rooms.
    pub(crate) fn receive_about_rooms(&self, from: NodeId, payload: &[u8]) {
        match Wire::decode(payload) {
            Ok(Wire::Stanza { hops, stanza }) => {
                if let Some(parcel) = Parcel::read(hops, stanza) {
                    self.pass_to_room(parcel);
                } else {
                    warn!(member = %from, "a stanza for a room without a room, dropped");
                }
            }
            Ok(Wire::Piece { transfer, is_last, bytes }) => {
                self.receive_piece(from, transfer, &bytes, is_last);
            }
            Err(err) => {
                warn!(member = %from, %err, "dropped what another member sent; are all members of one release?");
            }
        }
    }

    /// Routes again what a lost member did not confirm. A room that was on its way is still where it came from.
    pub(crate) fn route_about_rooms_again(&self, payload: &[u8]) {
        if let Ok(Wire::Stanza { hops, stanza }) = Wire::decode(payload)
            && let Some(parcel) = Parcel::read(hops, stanza)
        {
            self.pass_to_room(parcel);
        }
    }
}

/// A stanza for the next member.
pub(super) fn wrap(parcel: &Parcel) -> Envelope {
    let wire = Wire::Stanza { hops: parcel.hops.saturating_add(1), stanza: parcel.stanza.clone() };
    Envelope::GroupChat { payload: wire.encode() }
}

/// Sends what the event loop and the rooms leave here, so that they need not wait for members.
pub(super) async fn carry(
    cluster: Cluster,
    mut queue: mpsc::Receiver<(NodeId, Envelope)>,
    token: CancellationToken,
) {
    loop {
        let next = tokio::select! {
            next = queue.recv() => next,
            () = token.cancelled() => return,
        };
        let Some((member, envelope)) = next else { return };
        if let Err(err) = cluster.send(member, envelope).await {
            debug!(%member, %err, "a member is gone that something about a room was for");
        }
    }
}
