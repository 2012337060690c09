//! Two homes of one room become one again after a network split.
//!
//! Each had half of the occupants and took the others for lost. The one that stays home takes those of the other; who
//! was given a nickname later keeps it, as in the replicated map.

use std::collections::BTreeSet;

use jid::{FullJid, Jid};

use super::occupants::{Occupant, Occupants};
use super::outcome::Outcome;
use super::presence::Notice;
use super::{Affiliation, Change, Context, OccupantChange, OccupantRecord, Role, Room};

/// A session that comes from the other home, and what its occupant may see.
type Viewer = (FullJid, Role);

impl Room {
    /// Takes occupants that another home had while members did not see each other. Those that are here already are
    /// passed over; those that may not stay are told so (status 333), and may enter again.
    pub fn merge(&mut self, records: Vec<OccupantRecord>, context: &Context<'_>) -> Outcome {
        let mut out = Outcome::default();
        if self.is_destroyed {
            return out;
        }
        let unknown = records.into_iter().filter(|record| self.occupants.of_session(&record.jid).is_none());
        let incoming = Occupants::from_records(unknown.collect());
        let (accepted, refused): (Vec<&Occupant>, Vec<&Occupant>) =
            incoming.iter().partition(|occupant| self.takes_back(occupant, context));
        let was_empty = self.occupants.is_empty();
        let notice = Notice { codes: vec![333], ..Notice::leaving() };
        for occupant in &accepted {
            if self.occupants.get(&occupant.nick).is_some_and(|other| other.user != occupant.user) {
                self.put_out(&occupant.nick, &notice, &mut out);
            }
        }
        let viewers: Vec<Viewer> = accepted
            .iter()
            .flat_map(|occupant| occupant.sessions.keys().map(|jid| (jid.clone(), occupant.role)))
            .collect();
        for occupant in refused {
            for jid in occupant.sessions.keys() {
                out.occupants.push(OccupantChange::Removed { nick: occupant.nick.clone(), jid: jid.clone() });
            }
            self.tell_self(occupant, occupant.sessions.keys(), &notice, &mut out);
            self.tell_viewers(&viewers, occupant, &notice, &mut out);
        }
        for occupant in &accepted {
            self.insert_again(occupant, &viewers, context, &mut out);
        }
        if was_empty && !accepted.is_empty() {
            out.changes.push(Change::Occupied);
        }
        self.acquaint(&accepted, &viewers, &mut out);
        out
    }

    /// Whether an occupant of the other home may stay.
    fn takes_back(&self, incoming: &Occupant, context: &Context<'_>) -> bool {
        let affiliation = self.affiliation_of(&incoming.user, context);
        let is_stranger = affiliation < Affiliation::Member;
        if affiliation == Affiliation::Outcast || (is_stranger && self.record.config.is_members_only) {
            return false;
        }
        let stamp = |occupant: &Occupant| occupant.shown().map(|(jid, session)| (session.stamp, jid.clone()));
        match self.occupants.get(&incoming.nick) {
            Some(own) => own.user == incoming.user || stamp(incoming) > stamp(own),
            None => true,
        }
    }

    fn insert_again(
        &mut self,
        incoming: &Occupant,
        viewers: &[Viewer],
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        let affiliation = self.affiliation_of(&incoming.user, context);
        let on_entry = affiliation.role_on_entry(self.record.config.is_moderated).unwrap_or(incoming.role);
        let lost_rank = incoming.affiliation >= Affiliation::Admin && affiliation < Affiliation::Admin;
        let is_admin = affiliation >= Affiliation::Admin;
        let role = if lost_rank || is_admin { on_entry } else { incoming.role };
        let nick = self.occupants.get(&incoming.nick).map_or(&incoming.nick, |own| &own.nick).clone();
        if nick != incoming.nick {
            // The same person is here with another spelling.
            for jid in incoming.sessions.keys() {
                out.occupants.push(OccupantChange::Removed { nick: incoming.nick.clone(), jid: jid.clone() });
            }
            let notice = Notice { new_nick: Some(&nick), codes: vec![303], ..Notice::leaving() };
            let is_own = |(jid, _): &&Viewer| incoming.sessions.contains_key(jid);
            let others: Vec<Viewer> = viewers.iter().filter(|viewer| !is_own(viewer)).cloned().collect();
            self.tell_viewers(&others, incoming, &notice, out);
            self.tell_self(incoming, incoming.sessions.keys(), &notice, out);
        }
        for record in incoming.records() {
            self.occupants.insert(OccupantRecord { nick: nick.clone(), affiliation, role, ..record });
        }
    }

    /// Everybody learns of those who came, and those who came of everybody.
    fn acquaint(&self, accepted: &[&Occupant], viewers: &[Viewer], out: &mut Outcome) {
        let came: BTreeSet<&str> = accepted
            .iter()
            .filter_map(|occupant| self.occupants.get(&occupant.nick))
            .map(|occupant| occupant.nick.as_str())
            .collect();
        for nick in &came {
            let Some(occupant) = self.occupants.get(nick) else { continue };
            self.claim(nick, out);
            self.tell_all(occupant, &Notice::default(), out);
            if !self.record.config.shows(occupant.role) {
                // The other home may have shown it.
                let others = viewers.iter().filter(|(jid, _)| !occupant.sessions.contains_key(jid));
                self.tell_viewers(&others.cloned().collect::<Vec<_>>(), occupant, &Notice::leaving(), out);
            }
        }
        let viewers: Vec<Viewer> = viewers
            .iter()
            .filter_map(|(jid, _)| Some((jid.clone(), self.occupants.of_session(jid)?.role)))
            .collect();
        for other in self.occupants.iter().filter(|other| !came.contains(other.nick.as_str())) {
            if self.record.config.shows(other.role) {
                self.tell_viewers(&viewers, other, &Notice::default(), out);
            }
        }
    }

    fn tell_viewers(&self, viewers: &[Viewer], who: &Occupant, notice: &Notice<'_>, out: &mut Outcome) {
        let (seeing, others): (Vec<&Viewer>, Vec<&Viewer>) =
            viewers.iter().partition(|(_, role)| self.sees_addresses(*role));
        let addresses =
            |viewers: Vec<&Viewer>| viewers.into_iter().map(|(jid, _)| Jid::from(jid.clone())).collect();
        self.tell(addresses(seeing), addresses(others), who, notice, out);
    }
}
