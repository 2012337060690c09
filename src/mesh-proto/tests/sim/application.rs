//! What the application of one process knows: its own entries, its copies of the others', what it sent. It checks on
//! the spot what it is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::{BufMut, Bytes, BytesMut};
use cobnut_mesh_proto::{Origin, Standing, StreamId, Tally, entry_hash};

pub(crate) type Key = (u16, Bytes);

/// An entry at its owner.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own {
    /// Number of its last change, over all changes of the process.
    pub(crate) number: u64,
    /// Number of the change that made it: it has been there ever since.
    pub(crate) born: u64,
    /// When it was last changed.
    pub(crate) at: u64,
    /// Version of the node's log with that change.
    pub(crate) version: u64,
}

/// An entry at a reader.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) number: u64,
    /// The epoch in which it was last seen.
    epoch: u64,
    pub(crate) hash: u64,
}

/// A reader's copy of one origin's entries.
#[derive(Default)]
pub(crate) struct Replica {
    epoch: u64,
    /// All entries are being repeated.
    pub(crate) is_in_snapshot: bool,
    /// When it was spoilt, if that is not known to be made good.
    pub(crate) spoilt_at: Option<u64>,
    pub(crate) entries: BTreeMap<Key, Shown>,
}

/// An entry that a reader does not show any more.
pub(crate) struct Vanished {
    pub(crate) key: Key,
    pub(crate) number: u64,
}

pub(crate) struct Application {
    pub(crate) me: Origin,
    pub(crate) own: BTreeMap<Key, Own>,
    /// When entries were removed that are not there now.
    pub(crate) removed: BTreeMap<Key, u64>,
    last_number: u64,
    pub(crate) copies: BTreeMap<Origin, Replica>,
    pub(crate) members: BTreeSet<Origin>,
    /// Whose sessions the users here were told of, by greetings.
    pub(crate) greeted_by: BTreeSet<Origin>,
    /// The highest number of each entry that was ever shown here, and whether it was removed after.
    seen: BTreeMap<(Origin, Key), (u64, bool)>,
    pub(crate) is_alone: bool,
    /// Members whose connection broke and was not made again.
    pub(crate) unlinked: BTreeSet<Origin>,
    pub(crate) standing: Standing,
    /// Numbers and costs of what members have not confirmed.
    pub(crate) outgoing: BTreeMap<Origin, VecDeque<(u64, usize)>>,
    /// Payloads are taken one after the other: when the last one is.
    pub(crate) accepts_until: u64,
    /// Streams of which nothing more is to be taken: their senders have back what was not confirmed.
    pub(crate) void: BTreeSet<StreamId>,
    /// Who said goodbye.
    pub(crate) heard_goodbye: BTreeSet<Origin>,
}

impl Application {
    pub(crate) fn new(me: Origin) -> Self {
        Self {
            me,
            own: BTreeMap::new(),
            removed: BTreeMap::new(),
            last_number: 0,
            copies: BTreeMap::new(),
            members: BTreeSet::new(),
            greeted_by: BTreeSet::new(),
            seen: BTreeMap::new(),
            is_alone: false,
            unlinked: BTreeSet::new(),
            standing: Standing::default(),
            outgoing: BTreeMap::new(),
            accepts_until: 0,
            void: BTreeSet::new(),
            heard_goodbye: BTreeSet::new(),
        }
    }

    /// Puts an own entry that the node calls `version`; returns its value.
    pub(crate) fn put(&mut self, key: Key, now: u64, version: u64, padding: usize) -> Bytes {
        self.last_number += 1;
        let number = self.last_number;
        let born = self.own.get(&key).map_or(number, |own| own.born);
        self.removed.remove(&key);
        self.own.insert(key, Own { number, born, at: now, version });
        let mut value = BytesMut::with_capacity(8 + padding);
        value.put_u64(number);
        value.put_bytes(number.to_le_bytes()[0], padding);
        value.freeze()
    }

    /// Removes an own entry; returns whether it was there.
    pub(crate) fn remove(&mut self, key: &Key, now: u64) -> bool {
        let is_there = self.own.remove(key).is_some();
        if is_there {
            self.removed.insert(key.clone(), now);
        }
        is_there
    }

    pub(crate) fn joined(&mut self, origin: Origin) -> Result<(), String> {
        if !self.members.insert(origin) {
            return Err(format!("{:?} announced {origin:?} twice", self.me));
        }
        self.unlinked.remove(&origin);
        self.copies.insert(origin, Replica::default());
        self.outgoing.entry(origin).or_default();
        Ok(())
    }

    /// A member is gone: with it go its entries and what its users were told. Returns what it had not confirmed.
    pub(crate) fn left(&mut self, origin: Origin) -> Result<Vec<u64>, String> {
        if !self.members.remove(&origin) {
            return Err(format!("{:?} lost {origin:?}, whom it did not have", self.me));
        }
        self.copies.remove(&origin);
        self.greeted_by.remove(&origin);
        let outgoing = self.outgoing.remove(&origin).unwrap_or_default();
        Ok(outgoing.into_iter().map(|(number, _)| number).collect())
    }

    /// Of a stream of a member nothing more may be taken.
    pub(crate) fn taken_back(&mut self, stream: StreamId) {
        self.void.insert(stream);
    }

    /// The connection to a member was made again, or broke.
    pub(crate) fn linked(&mut self, member: Origin, is_connected: bool) {
        if is_connected {
            self.unlinked.remove(&member);
        } else {
            self.unlinked.insert(member);
        }
    }

    /// A member's entry changed. Numbers of an entry only grow, and what was removed does not come back.
    pub(crate) fn entry(
        &mut self,
        origin: Origin,
        key: Key,
        value: Option<Bytes>,
    ) -> Result<Option<Vanished>, String> {
        let me = self.me;
        let copy = self.copy_of(origin)?;
        let Some(value) = value else {
            let removed = copy.entries.remove(&key);
            return Ok(removed.map(|shown| self.vanished(origin, key, shown.number)));
        };
        let number = number_of(&value).ok_or_else(|| format!("{me:?} got a mangled value of {origin:?}"))?;
        let shown = Shown { number, epoch: copy.epoch, hash: entry_hash(key.0, &key.1, &value) };
        copy.entries.insert(key.clone(), shown);
        match self.seen.insert((origin, key.clone()), (number, false)) {
            Some((last, is_removed)) if number < last || (is_removed && number == last) => Err(format!(
                "{me:?} was shown change {number} of {key:?} of {origin:?} after change {last} (removed since: {is_removed})"
            )),
            _ => Ok(None),
        }
    }

    pub(crate) fn snapshot_begins(&mut self, origin: Origin) -> Result<(), String> {
        let copy = self.copy_of(origin)?;
        copy.epoch += 1;
        copy.is_in_snapshot = true;
        Ok(())
    }

    /// What a snapshot did not repeat is gone.
    pub(crate) fn snapshot_ends(&mut self, origin: Origin) -> Result<Vec<Vanished>, String> {
        let copy = self.copy_of(origin)?;
        copy.is_in_snapshot = false;
        let epoch = copy.epoch;
        let stale = copy.entries.iter().filter(|(_, shown)| shown.epoch != epoch);
        let stale: Vec<(Key, u64)> = stale.map(|(key, shown)| (key.clone(), shown.number)).collect();
        copy.entries.retain(|_, shown| shown.epoch == epoch);
        Ok(stale.into_iter().map(|(key, number)| self.vanished(origin, key, number)).collect())
    }

    /// Whether the copy of an origin amounts to something else than the origin says; an error if nobody spoilt it.
    pub(crate) fn differs(&mut self, origin: Origin, maps: &[(u16, Tally)]) -> Result<bool, String> {
        let me = self.me;
        let copy = self.copy_of(origin)?;
        let mut held: BTreeMap<u16, Tally> = BTreeMap::new();
        for ((map, _), shown) in &copy.entries {
            held.entry(*map).or_default().add(shown.hash);
        }
        let differs = held.into_iter().collect::<Vec<_>>() != maps;
        if differs && copy.spoilt_at.is_none() {
            return Err(format!("{me:?} raised a false alarm about its copy of {origin:?}"));
        }
        copy.spoilt_at = copy.spoilt_at.filter(|_| differs);
        Ok(differs)
    }

    /// A mistake in the driver, or a bit that fell over: a copy loses an entry, has another value, or one too many.
    pub(crate) fn spoil(&mut self, origin: Origin, now: u64, how: u64) {
        let Some(copy) = self.copies.get_mut(&origin) else { return };
        copy.spoilt_at = Some(now);
        let first = copy.entries.keys().next().cloned();
        match (how % 3, first) {
            (0, Some(key)) => drop(copy.entries.remove(&key)),
            (1, Some(key)) => copy.entries.get_mut(&key).into_iter().for_each(|shown| shown.hash ^= 1),
            _ => {
                let shown = Shown { number: 0, epoch: copy.epoch, hash: 1 };
                copy.entries.insert((1, Bytes::from_static(b"spoilt")), shown);
            }
        }
    }

    fn vanished(&mut self, origin: Origin, key: Key, number: u64) -> Vanished {
        self.seen.insert((origin, key.clone()), (number, true));
        Vanished { key, number }
    }

    fn copy_of(&mut self, origin: Origin) -> Result<&mut Replica, String> {
        let me = self.me;
        self.copies
            .get_mut(&origin)
            .ok_or_else(|| format!("{me:?} got an entry of {origin:?}, who is no member"))
    }
}

fn number_of(value: &Bytes) -> Option<u64> {
    let number = u64::from_be_bytes(*value.first_chunk()?);
    let filler = number.to_le_bytes()[0];
    value[8..].iter().all(|&byte| byte == filler).then_some(number)
}
