//! Who is in a room: occupants by nickname, each with one or several sessions.
//!
//! Invariant: a session has one nickname, a nickname one person.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use cobnut_model::UnixMillis;
use jid::{BareJid, FullJid, Jid};

use super::{Affiliation, OccupantRecord, Role};

/// Nicknames that differ in case only are the same. Compat: Openfire compares them so.
pub(super) fn fold(nick: &str) -> String {
    nick.to_lowercase()
}

/// One session of an occupant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    /// See [`OccupantRecord::presence`].
    pub presence: Bytes,
    /// See [`OccupantRecord::stamp`].
    pub stamp: UnixMillis,
}

/// Presences of an occupant as others see it, with and without its address; made when first needed after a change.
#[derive(Debug, Clone, Default)]
pub(super) struct Faces {
    with_address: OnceLock<Bytes>,
    without: OnceLock<Bytes>,
}

impl Faces {
    pub(super) fn of(&self, with_address: bool) -> &OnceLock<Bytes> {
        if with_address { &self.with_address } else { &self.without }
    }
}

/// One nickname.
#[derive(Debug, Clone)]
pub(super) struct Occupant {
    pub nick: String,
    pub user: BareJid,
    pub affiliation: Affiliation,
    pub role: Role,
    pub sessions: BTreeMap<FullJid, Session>,
    /// Follows from the rest.
    pub faces: Faces,
}

impl Occupant {
    /// The session whose presence the others see.
    pub(super) fn shown(&self) -> Option<(&FullJid, &Session)> {
        self.sessions.iter().max_by_key(|(jid, session)| (session.stamp, *jid))
    }

    pub(super) fn records(&self) -> impl Iterator<Item = OccupantRecord> {
        self.sessions.iter().map(|(jid, session)| OccupantRecord {
            nick: self.nick.clone(),
            jid: jid.clone(),
            affiliation: self.affiliation,
            role: self.role,
            presence: session.presence.clone(),
            stamp: session.stamp,
        })
    }

    pub(super) fn addresses(&self) -> Arc<[Jid]> {
        self.sessions.keys().map(|jid| Jid::from(jid.clone())).collect()
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Occupants {
    by_nick: BTreeMap<String, Occupant>,
    nicks: BTreeMap<FullJid, String>,
    /// All sessions, made when first needed after a change: a message to a thousand shares one list.
    everyone: Option<Arc<[Jid]>>,
    last_stamp: UnixMillis,
}

impl Occupants {
    pub(super) fn from_records(mut records: Vec<OccupantRecord>) -> Self {
        // What two members claimed at the same time may contradict: the later claim wins, as in the map.
        records.sort_by(|a, b| (b.stamp, &b.jid).cmp(&(a.stamp, &a.jid)));
        let mut occupants = Self::default();
        for record in records {
            let taken =
                occupants.get(&record.nick).is_some_and(|occupant| occupant.user != *record.jid.to_bare());
            if !taken && !occupants.nicks.contains_key(&record.jid) {
                occupants.last_stamp = occupants.last_stamp.max(record.stamp);
                occupants.insert(record);
            }
        }
        occupants
    }

    pub(super) fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub(super) fn sessions_len(&self) -> usize {
        self.nicks.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_nick.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Occupant> {
        self.by_nick.values()
    }

    pub(super) fn get(&self, nick: &str) -> Option<&Occupant> {
        self.by_nick.get(&fold(nick))
    }

    pub(super) fn get_mut(&mut self, nick: &str) -> Option<&mut Occupant> {
        let occupant = self.by_nick.get_mut(&fold(nick))?;
        occupant.faces = Faces::default();
        Some(occupant)
    }

    /// The occupant that a session is.
    pub(super) fn of_session(&self, jid: &FullJid) -> Option<&Occupant> {
        self.by_nick.get(self.nicks.get(jid)?)
    }

    /// The occupant that an address is, where it is a session in the room.
    pub(super) fn of(&self, jid: &Jid) -> Option<(&Occupant, &FullJid)> {
        let session = jid.try_as_full().ok()?;
        let (session, nick) = self.nicks.get_key_value(session)?;
        Some((self.by_nick.get(nick)?, session))
    }

    /// All sessions.
    pub(super) fn everyone(&mut self) -> Arc<[Jid]> {
        let nicks = &self.nicks;
        let all = || nicks.keys().map(|jid| Jid::from(jid.clone())).collect();
        Arc::clone(self.everyone.get_or_insert_with(all))
    }

    /// A number that is greater than all before.
    pub(super) fn next_stamp(&mut self, now: UnixMillis) -> UnixMillis {
        self.last_stamp = UnixMillis(now.0.max(self.last_stamp.0.saturating_add(1)));
        self.last_stamp
    }

    /// Adds or replaces a session; all sessions of the nickname get its affiliation and role.
    pub(super) fn insert(&mut self, record: OccupantRecord) {
        let key = fold(&record.nick);
        self.everyone = None;
        self.nicks.insert(record.jid.clone(), key.clone());
        let occupant = self.by_nick.entry(key).or_insert_with(|| Occupant {
            nick: record.nick,
            user: record.jid.to_bare(),
            affiliation: record.affiliation,
            role: record.role,
            sessions: BTreeMap::new(),
            faces: Faces::default(),
        });
        occupant.faces = Faces::default();
        occupant.sessions.insert(record.jid, Session { presence: record.presence, stamp: record.stamp });
    }

    /// Removes a session; returns the occupant as it was before.
    pub(super) fn remove_session(&mut self, jid: &FullJid) -> Option<Occupant> {
        let key = self.nicks.remove(jid)?;
        self.everyone = None;
        let occupant = self.by_nick.get_mut(&key)?;
        let before = occupant.clone();
        occupant.sessions.remove(jid);
        occupant.faces = Faces::default();
        if occupant.sessions.is_empty() {
            self.by_nick.remove(&key);
        }
        Some(before)
    }

    /// Removes an occupant with all its sessions.
    pub(super) fn remove(&mut self, nick: &str) -> Option<Occupant> {
        let occupant = self.by_nick.remove(&fold(nick))?;
        self.everyone = None;
        for jid in occupant.sessions.keys() {
            self.nicks.remove(jid);
        }
        Some(occupant)
    }

    /// Gives an occupant another nickname; returns it as it was before.
    pub(super) fn rename(&mut self, nick: &str, new_nick: &str) -> Option<Occupant> {
        let before = self.by_nick.remove(&fold(nick))?;
        let key = fold(new_nick);
        for jid in before.sessions.keys() {
            self.nicks.insert(jid.clone(), key.clone());
        }
        self.by_nick
            .insert(key, Occupant { nick: new_nick.to_owned(), faces: Faces::default(), ..before.clone() });
        Some(before)
    }
}
