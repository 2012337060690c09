//! Members that cannot reach each other although a third reaches both: noticed through the third, and settled in one way
//! by all. `DESIGN.md` states the rule under "Cuts between two of many".

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use cobnut_model::limits::MEMBERS_MAX;

use super::{Node, Peer, Presence, Stage};
use crate::membership::{Vertex, groups};
use crate::timers::Timer;
use crate::wire::{AGES_SINCE, Frame, Part, Seen, VIEWS_SINCE, View};
use crate::{ConnId, LeaveReason, Origin, Output, Timestamp};

/// A cut that comes back within this time is held longer each time: a flapping line does not make a member flap.
const REPEATED_WITHIN_MS: u64 = 10 * 60 * 1000;
/// First hold of a repeated cut; doubled each time.
const HOLD_MS: u64 = 5000;
/// Longest hold of a repeated cut.
const HOLD_MS_MAX: u64 = 60_000;
/// Cuts that are remembered.
const CUTS_MAX: usize = 4 * MEMBERS_MAX;
/// Heartbeats that have to be missing before a member does not count as heard any more.
const FRESH_HEARTBEATS: u64 = 4;
/// Heartbeats for which members that have to part are watched first: the views of all arrive meanwhile.
const PART_HEARTBEATS: u64 = 2;

/// What this node knows about nodes that others reach and it does not.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Nodes that a member hears and that are no members here, since when.
    unlinked: BTreeMap<Origin, Timestamp>,
    /// Nodes that this node lost while it was not stopped itself: they are missed sooner than new ones.
    lost: BTreeSet<Origin>,
    cuts: BTreeMap<Origin, Cut>,
    /// Members that have to go, since when.
    parting: BTreeMap<Origin, Timestamp>,
    published: View,
}

#[derive(Debug)]
struct Cut {
    address: SocketAddr,
    confirmed_at: Timestamp,
    held_until: Timestamp,
    times: u32,
    /// Whether it is still a cut; otherwise only its history counts.
    is_standing: bool,
}

/// What a member says about whom it hears.
#[derive(Debug, Default)]
pub(super) struct HeldView {
    hears: BTreeMap<Origin, Sighting>,
    cannot_reach: BTreeSet<Origin>,
}

/// A node that a member hears.
#[derive(Debug, Clone, Copy)]
struct Sighting {
    seen: Seen,
    /// When the node certainly lived; members before version 3 do not say it.
    alive_at: Option<Timestamp>,
}

impl Node {
    /// A member says whom it hears and whom it cannot reach.
    pub(super) fn on_view(&mut self, now: Timestamp, origin: Origin, view: View) {
        let Some(peer) = self.peers.get_mut(&origin) else { return };
        let ages_ms = view.ages_ms.into_iter().map(Some).chain(std::iter::repeat(None));
        let hears = view.hears.into_iter().take(MEMBERS_MAX).zip(ages_ms);
        let hears = hears.map(|(seen, age_ms)| {
            (seen.origin, Sighting { seen, alive_at: age_ms.map(|age_ms| now.minus(age_ms)) })
        });
        peer.view = HeldView {
            hears: hears.collect(),
            cannot_reach: view.cannot_reach.into_iter().take(CUTS_MAX).collect(),
        };
    }

    /// A member takes its leave because two nodes cannot reach each other.
    pub(super) fn on_part(&mut self, now: Timestamp, origin: Origin, part: &Part) {
        let detail = crate::handshake::printable(&part.detail);
        self.outputs.push_back(Output::CutOff { member: origin, detail });
        self.remove_member(now, origin, LeaveReason::Parted);
    }

    /// Whether a node may not join because it is cut off from somebody here; says from whom.
    pub(super) fn cut_off_from(&self, now: Timestamp, origin: Origin) -> Option<Origin> {
        let held = self.reach.cuts.get(&origin).is_some_and(|cut| cut.is_standing && cut.held_until > now);
        if held {
            return Some(self.config.origin);
        }
        let mut others =
            self.peers.iter().filter(|(other, peer)| **other != origin && self.is_fresh(now, peer));
        others.find(|(_, peer)| peer.view.cannot_reach.contains(&origin)).map(|(other, _)| *other)
    }

    /// The node at an address that this node dialled does not take it back because of a cut: its goodbye was lost.
    pub(super) fn has_parted(&mut self, now: Timestamp, origin: Origin, dialled: Option<SocketAddr>) {
        let peer = self.peers.get(&origin);
        if peer.is_some_and(|peer| Some(peer.member.address) == dialled && peer.attached.is_none()) {
            self.remove_member(now, origin, LeaveReason::Parted);
        }
    }

    /// The sentence for a node that may not join because of [`Self::cut_off_from`].
    pub(super) fn cut_off_reason(&self, other: Origin) -> String {
        format!(
            "{} and the joining node could not reach each other lately; it may join as soon as they can",
            self.name_of(other)
        )
    }

    /// A node has just proven that it hears this node and is heard.
    pub(super) fn reached(&mut self, now: Timestamp, origin: Origin) {
        self.reach.unlinked.remove(&origin);
        self.reach.lost.remove(&origin);
        if let Some(cut) = self.reach.cuts.get_mut(&origin).filter(|cut| cut.held_until <= now)
            && std::mem::take(&mut cut.is_standing)
        {
            self.publish_view(now);
        }
    }

    /// A member was removed; `is_cut` when it was because nothing was heard from it.
    pub(super) fn unreached(&mut self, now: Timestamp, origin: Origin, is_cut: bool) {
        self.reach.parting.remove(&origin);
        if is_cut {
            self.reach.unlinked.insert(origin, now);
            self.reach.lost.insert(origin);
            while self.reach.lost.len() > CUTS_MAX {
                self.reach.lost.pop_first();
            }
        }
        self.publish_view(now);
    }

    /// Nothing listens at an address: whoever was there does not run any more.
    pub(super) fn forget_cuts_at(&mut self, now: Timestamp, address: SocketAddr) {
        let before = self.reach.cuts.len();
        self.reach.cuts.retain(|_, cut| cut.address != address);
        if self.reach.cuts.len() != before {
            self.publish_view(now);
        }
    }

    /// This node itself had stopped: what it knows about others is old.
    pub(super) fn forget_doubts(&mut self) {
        self.reach.unlinked.clear();
        self.reach.parting.clear();
    }

    /// Looks for cuts, tells the members what changed, and parts from those that have to go.
    pub(super) fn judge_reach(&mut self, now: Timestamp) {
        self.timers.set(Timer::Reach, now.plus(self.config.heartbeat_interval_ms.max(1)));
        self.confirm_cuts(now);
        self.publish_view(now);
        self.repeat_view(now);
        self.part(now);
    }

    /// The first word about whom this node hears, on a new connection.
    pub(super) fn send_view(&mut self, now: Timestamp, conn: ConnId) {
        let view = self.current_view(now);
        self.queue_view(now, conn, &view);
        if !self.timers.is_set(Timer::Reach) {
            self.timers.set(Timer::Reach, now.plus(self.config.heartbeat_interval_ms.max(1)));
        }
    }

    /// Tells the members whom this node hears if that has changed.
    pub(super) fn publish_view(&mut self, now: Timestamp) {
        if self.presence == Presence::Leaving {
            return;
        }
        let view = self.current_view(now);
        if view == self.reach.published {
            return;
        }
        let conns: Vec<ConnId> =
            self.peers.values().filter_map(|peer| peer.attached.map(|attached| attached.conn)).collect();
        for conn in conns {
            self.queue_view(now, conn, &view);
        }
        self.reach.published = view;
    }

    /// Tells those who do not hear somebody that this node hears how lately it did.
    fn repeat_view(&mut self, now: Timestamp) {
        let view = self.current_view(now);
        let misses_one = |origin: Origin, peer: &Peer| {
            view.hears.iter().any(|seen| seen.origin != origin && !peer.view.hears.contains_key(&seen.origin))
        };
        let missing = self.peers.iter().filter(|(origin, peer)| misses_one(**origin, peer));
        let conns: Vec<ConnId> =
            missing.filter_map(|(_, peer)| peer.attached.map(|attached| attached.conn)).collect();
        for conn in conns {
            if self.conns.get(&conn).is_some_and(|conn| conn.version >= AGES_SINCE) {
                self.queue_view(now, conn, &view);
            }
        }
    }

    fn queue_view(&mut self, now: Timestamp, id: ConnId, view: &View) {
        if self.conns.get(&id).is_some_and(|conn| conn.version >= VIEWS_SINCE) {
            let age_ms = |seen: &Seen| {
                self.peers.get(&seen.origin).map_or(u64::MAX, |peer| now.since(peer.detector.heard_at()))
            };
            let ages_ms = view.hears.iter().map(age_ms).collect();
            self.queue(id, &Frame::View(View { ages_ms, ..view.clone() }));
        }
    }

    fn current_view(&self, now: Timestamp) -> View {
        let heard = self.peers.values().filter(|peer| self.is_fresh(now, peer));
        let hears = heard.map(|peer| Seen {
            origin: peer.member.origin,
            joined_at: peer.member.joined_at,
            address: peer.member.address,
        });
        let standing = self.reach.cuts.iter().filter(|(_, cut)| cut.is_standing);
        let cannot_reach = standing.map(|(&origin, _)| origin).collect();
        View { hears: hears.collect(), cannot_reach, ages_ms: Vec::new() }
    }

    /// Whether a member was heard so lately that it certainly lived a moment ago.
    fn is_fresh(&self, now: Timestamp, peer: &Peer) -> bool {
        let limit_ms = self.config.heartbeat_interval_ms.saturating_mul(FRESH_HEARTBEATS);
        let silence_ms = now.since(peer.detector.heard_at());
        peer.attached.is_some() && !peer.member.is_suspect && silence_ms < limit_ms.max(1)
    }

    /// Nodes that a member hears and that are no members of this node, each with the last time that it certainly lived.
    fn known_strangers(&self, now: Timestamp) -> BTreeMap<Origin, (Seen, Timestamp)> {
        let own = self.config.origin.node;
        // Who dies is heard by a member for so long, and what a member said before it fell silent counts for so long.
        let staleness = 2 * FRESH_HEARTBEATS + 1;
        let oldest = now.minus(self.config.heartbeat_interval_ms.saturating_mul(staleness));
        let views = self.peers.values().filter(|peer| self.is_fresh(now, peer)).map(|peer| &peer.view);
        let mut strangers = BTreeMap::new();
        for Sighting { seen, alive_at } in views.flat_map(|view| view.hears.values()) {
            if seen.origin.node == own || self.peers.contains_key(&seen.origin) {
                continue;
            }
            let alive_at = alive_at.unwrap_or(oldest);
            let known = strangers.entry(seen.origin).or_insert((*seen, alive_at));
            known.1 = known.1.max(alive_at);
        }
        strangers
    }

    /// A node that certainly lived for long enough after this node began to miss it is cut off from it. Words of others that
    /// are old, about a node that has died meanwhile, do not count.
    fn confirm_cuts(&mut self, now: Timestamp) {
        let known = self.known_strangers(now);
        self.reach.unlinked.retain(|origin, _| known.contains_key(origin));
        let heartbeat_ms = self.config.heartbeat_interval_ms;
        // Silence has lasted for the time of death already, and what others hear is told with a delay of two heartbeats.
        let of_lost_ms = self.config.dead_after_ms.saturating_sub(heartbeat_ms.saturating_mul(2));
        let of_lost_ms = of_lost_ms.max(heartbeat_ms.saturating_mul(3));
        let of_new_ms = self.config.dead_after_ms.saturating_mul(2).max(of_lost_ms);
        for (origin, (seen, alive_at)) in known {
            let since = *self.reach.unlinked.entry(origin).or_insert(now);
            let patience_ms = if self.reach.lost.contains(&origin) { of_lost_ms } else { of_new_ms };
            let is_standing = self.reach.cuts.get(&origin).is_some_and(|cut| cut.is_standing);
            let is_cut = alive_at.since(since) >= patience_ms || mutated!(CutTooSoon);
            if !is_standing && is_cut {
                self.confirm_cut(now, &seen);
            }
        }
    }

    fn confirm_cut(&mut self, now: Timestamp, seen: &Seen) {
        let (origin, address) = (seen.origin, seen.address);
        let earlier = self.reach.cuts.get(&origin);
        let earlier = earlier.filter(|cut| now.since(cut.confirmed_at) < REPEATED_WITHIN_MS);
        let times = earlier.map_or(0, |cut| cut.times.saturating_add(1));
        let hold_ms = match times {
            0 => 0,
            repeated => HOLD_MS.saturating_mul(1 << (repeated - 1).min(8)).min(HOLD_MS_MAX),
        };
        let held_until = now.plus(hold_ms);
        let cut = Cut { address, confirmed_at: now, held_until, times, is_standing: true };
        self.reach.cuts.insert(origin, cut);
        while self.reach.cuts.len() > CUTS_MAX {
            let oldest = self.reach.cuts.iter().min_by_key(|(_, cut)| cut.confirmed_at);
            let Some(oldest) = oldest.map(|(&origin, _)| origin) else { break };
            self.reach.cuts.remove(&oldest);
        }
        let detail = format!("this node cannot reach the node at {address}, which other members reach");
        self.outputs.push_back(Output::CutOff { member: origin, detail });
    }

    /// Parts from the members that belong to another group.
    fn part(&mut self, now: Timestamp) {
        let going = self.members_to_part(now);
        self.reach.parting.retain(|origin, _| going.contains_key(origin));
        let patience_ms = self.config.heartbeat_interval_ms.saturating_mul(PART_HEARTBEATS);
        for (origin, detail) in going {
            let since = *self.reach.parting.entry(origin).or_insert(now);
            if now.since(since) < patience_ms {
                continue;
            }
            self.outputs.push_back(Output::CutOff { member: origin, detail: detail.clone() });
            let conn = self.peers.get(&origin).and_then(|peer| peer.attached).map(|attached| attached.conn);
            let conn = conn.filter(|id| {
                self.conns
                    .get(id)
                    .is_some_and(|conn| conn.version >= VIEWS_SINCE && matches!(conn.stage, Stage::Linked(_)))
            });
            if let Some(conn) = conn {
                self.queue(conn, &Frame::Part(Part { detail }));
            }
            self.remove_member(now, origin, LeaveReason::Parted);
        }
    }

    /// Members of another group than this node's, each with the reason.
    fn members_to_part(&self, now: Timestamp) -> BTreeMap<Origin, String> {
        let is_calm = |peer: &Peer| peer.view.cannot_reach.is_empty();
        if self.reach.cuts.values().all(|cut| !cut.is_standing) && self.peers.values().all(is_calm) {
            return BTreeMap::new();
        }
        let me = self.config.origin;
        let mut vertices = vec![Vertex { origin: me, joined_at: self.age.joined_at }];
        vertices.extend(
            self.peers
                .values()
                .filter(|peer| self.is_fresh(now, peer))
                .map(|peer| Vertex { origin: peer.member.origin, joined_at: peer.member.joined_at }),
        );
        let strangers = self.known_strangers(now);
        vertices.extend(
            strangers.values().map(|(seen, _)| Vertex { origin: seen.origin, joined_at: seen.joined_at }),
        );
        let found = groups(&vertices, |one, two| self.is_cut(one, two));
        let own = found.iter().find(|group| group.contains(&me)).cloned().unwrap_or_default();
        let others = found.iter().filter(|group| !group.contains(&me));
        let mut going = BTreeMap::new();
        for group in others {
            for &origin in group.iter().filter(|origin| self.peers.contains_key(origin)) {
                let pair = self.cut_between(&own, group, origin);
                going.insert(origin, pair);
            }
        }
        going
    }

    /// Why `origin` of `group` cannot stay with this node's group.
    fn cut_between(&self, own: &[Origin], group: &[Origin], origin: Origin) -> String {
        let direct = own.iter().find(|&&one| self.is_cut(one, origin)).map(|&one| (one, origin));
        let any = || {
            let mut pairs = own.iter().flat_map(|&one| group.iter().map(move |&two| (one, two)));
            pairs.find(|&(one, two)| self.is_cut(one, two))
        };
        match direct.or_else(any) {
            Some((one, two)) => format!(
                "{} and {} cannot reach each other; they are in one cluster again as soon as they can",
                self.name_of(one),
                self.name_of(two)
            ),
            None => "some members cannot reach each other".to_owned(),
        }
    }

    fn name_of(&self, origin: Origin) -> String {
        if origin == self.config.origin {
            return format!("{} ({})", self.config.name, self.config.address);
        }
        if let Some(peer) = self.peers.get(&origin) {
            return format!("{} ({})", peer.member.name, peer.member.address);
        }
        let seen = self.peers.values().find_map(|peer| peer.view.hears.get(&origin));
        seen.map_or_else(|| format!("{origin:?}"), |known| known.seen.address.to_string())
    }

    /// Whether one of two nodes says that it cannot reach the other. A link that this node has itself is none.
    fn is_cut(&self, one: Origin, two: Origin) -> bool {
        let says = |who: Origin, whom: Origin| {
            if who == self.config.origin {
                return self.reach.cuts.get(&whom).is_some_and(|cut| cut.is_standing)
                    && !self.peers.contains_key(&whom);
            }
            whom != self.config.origin
                && self.peers.get(&who).is_some_and(|peer| peer.view.cannot_reach.contains(&whom))
        };
        says(one, two) || says(two, one)
    }
}
