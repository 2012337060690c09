//! Refusals: the operators of both sides are told what differs and what to do about it.

use std::net::SocketAddr;

use super::Node;
use crate::handshake::{Objection, code_from_number, code_to_number, plain_reason, printable};
use crate::wire::{Frame, Refuse};
use crate::{ConnId, Origin, Output, RefusalCode, Timestamp};

impl Node {
    /// Refuses the peer and tells both operators. `proven` names the peer once its proof was right.
    pub(super) fn refuse(
        &mut self,
        now: Timestamp,
        id: ConnId,
        proven: Option<Origin>,
        objection: &Objection,
    ) {
        let Some(conn) = self.conns.get(&id) else { return };
        let (peer, dialled) = (conn.remote, conn.dialled);
        let refuse = Refuse {
            code: code_to_number(objection.code),
            detail: objection.theirs.clone(),
            origin: proven.map(|_| self.config.origin),
        };
        self.queue(id, &Frame::Refuse(refuse));
        let (code, reason) = (objection.code, self.told(objection.code, &objection.ours));
        if let Some(address) = dialled.filter(|_| !code.passes_by_itself()) {
            self.book.refused(address, reason.clone());
        }
        self.outputs.push_back(Output::Refused { peer, code, reason, by_peer: false });
        self.drop_conn(now, id, None);
    }

    /// The peer refused us.
    pub(super) fn refused(&mut self, now: Timestamp, id: ConnId, refuse: Refuse) {
        let Some(conn) = self.conns.get(&id) else { return };
        let (peer, dialled) = (conn.remote, conn.dialled);
        let Some(code) = code_from_number(refuse.code) else {
            return self.protocol_error(now, id, format!("refused for unknown reason {}", refuse.code));
        };
        let reason = match printable(&refuse.detail) {
            detail if detail.is_empty() => plain_reason(code).to_owned(),
            detail => detail,
        };
        let reason = self.told(code, &reason);
        if let Some(address) = dialled {
            match code {
                RefusalCode::Myself => self.book.is_self(address),
                RefusalCode::Duplicate => {
                    refuse.origin.into_iter().for_each(|origin| self.book.answered(address, origin));
                }
                RefusalCode::Leaving | RefusalCode::CutOff => {}
                _ => self.book.refused(address, format!("refused: {reason}")),
            }
        }
        self.outputs.push_back(Output::Refused { peer, code, reason, by_peer: true });
        self.drop_conn(now, id, None);
        if let Some(origin) = refuse.origin.filter(|_| code == RefusalCode::CutOff) {
            self.has_parted(now, origin, dialled);
        }
    }

    /// The sentences for a refusal after the proof, of the node with this name and address.
    pub(super) fn objection(
        &self,
        now: Timestamp,
        (origin, address): (Origin, SocketAddr),
        code: RefusalCode,
    ) -> Objection {
        match code {
            RefusalCode::CutOff => match self.cut_off_from(now, origin) {
                Some(other) => {
                    let reason = self.cut_off_reason(other);
                    Objection { code, ours: reason.clone(), theirs: reason }
                }
                None => plain_objection(code),
            },
            RefusalCode::NodeId => self.same_id(origin, address),
            _ => plain_objection(code),
        }
    }

    /// Two live nodes have one id: this node and the other end, or a member and the other end.
    fn same_id(&self, origin: Origin, address: SocketAddr) -> Objection {
        let code = RefusalCode::NodeId;
        let holder = self.peers.values().find(|peer| peer.member.origin.node == origin.node);
        let (ours, theirs) = match holder {
            Some(holder) if origin.node != self.config.origin.node => (
                format!("the nodes at {address} and {} have the same node id", holder.member.address),
                format!("the node at {} has the same node id as this node", holder.member.address),
            ),
            _ => (
                format!("the node at {address} has the same node id as this node"),
                format!("the node at {} has the same node id as this node", self.config.address),
            ),
        };
        Objection { code, ours, theirs }
    }

    /// What differs, and what to do on this node.
    fn told(&self, code: RefusalCode, what: &str) -> String {
        let remedy = code.remedy();
        let own = &self.config.rules.id_remedy;
        if code == RefusalCode::NodeId && !own.is_empty() {
            format!("{what}; {remedy}: on this one {own}")
        } else if remedy.is_empty() {
            what.to_owned()
        } else {
            format!("{what}; {remedy}")
        }
    }
}

pub(super) fn plain_objection(code: RefusalCode) -> Objection {
    let reason = plain_reason(code).to_owned();
    Objection { code, ours: reason.clone(), theirs: reason }
}
