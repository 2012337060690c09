//! Maps without a cluster: claims, groups, tallies, entries of maps that are asked for late.

use std::sync::Arc;

use cobnut_mesh_proto::{Tally, entry_hash};
use cobnut_model::{NodeId, UnixMillis};

use super::kind::{Change, Claims, Held, Replicated};
use super::numbers::MapNumber;
use super::registry::Maps;
use super::replica::{Incoming, Owner, Replica};
use super::typed::TypedMap;

struct Each;
impl Replicated for Each {
    const NUMBER: MapNumber = MapNumber::private(1);
    type Key = String;
    type Value = u32;

    fn group(key: &String) -> Option<&str> {
        key.split_once('/').map(|(room, _)| room)
    }
}

struct Latest;
impl Replicated for Latest {
    const NUMBER: MapNumber = MapNumber::private(2);
    const CLAIMS: Claims = Claims::Latest;
    type Key = String;
    type Value = u32;
}

fn owner(tag: u32) -> Owner {
    Owner { node: NodeId([u8::try_from(tag).expect("small"); 16]), tag }
}

/// Puts an entry as if it came over the wire, and returns its hash.
fn put<M>(map: &dyn Replica, from: Owner, epoch: u32, key: &str, at: u64, value: u32) -> (u64, bool)
where
    M: Replicated<Key = String, Value = u32>,
{
    let held = Held::<M> { key: key.to_owned(), claimed_at: UnixMillis(at), value };
    let (key, value) = TypedMap::<M>::encode(&held);
    let hash = entry_hash(M::NUMBER.to_wire(), &key, &value);
    let change = Incoming { owner: from, epoch, key: &key, value: Some(&value), hash };
    (hash, map.apply(&change, owner(0)).expect("readable").is_some())
}

fn sum(hashes: &[u64]) -> Tally {
    Tally { count: hashes.len() as u64, sum: hashes.iter().map(|&hash| u128::from(hash)).sum() }
}

#[test]
fn each_owner_has_its_own_entry_and_takes_it_along() {
    let map = TypedMap::<Each>::default();
    let mut changes = map.subscribe();
    let (one, _) = put::<Each>(&map, owner(1), 0, "room/a", 5, 1);
    let (two, _) = put::<Each>(&map, owner(2), 0, "room/a", 4, 2);
    let (three, _) = put::<Each>(&map, owner(2), 0, "room/b", 4, 3);
    assert_eq!(map.get(&"room/a".to_owned()).map(|entry| *entry.value()), Some(1));
    assert_eq!((map.all_of_key(&"room/a".to_owned()).len(), map.in_group("room").len()), (2, 3));
    assert_eq!((map.tally(owner(1)), map.tally(owner(2))), (sum(&[one]), sum(&[two, three])));
    assert_eq!(map.count_of(owner(2).node), 2);
    map.sweep(owner(2), None);
    assert_eq!((map.in_group("room").len(), map.len(), map.tally(owner(2))), (1, 1, Tally::default()));
    map.sweep(owner(1), None);
    assert!(map.in_group("room").is_empty() && map.groups_are_empty());
    let mut told = Vec::new();
    while let Ok(change) = changes.try_recv() {
        told.push(match change {
            Change::Put(entry) => i64::from(*entry.value()),
            Change::Removed(entry) => -i64::from(*entry.value()),
            Change::Superseded(_) => panic!("nobody loses in this map"),
        });
    }
    told[3..5].sort_unstable();
    assert_eq!(told, [1, 2, 3, -3, -2, -1]);
}

#[test]
fn a_snapshot_keeps_what_it_repeats() {
    let map = TypedMap::<Each>::default();
    put::<Each>(&map, owner(1), 0, "kept", 1, 1);
    put::<Each>(&map, owner(1), 0, "gone", 1, 1);
    let (kept, _) = put::<Each>(&map, owner(1), 1, "kept", 1, 1);
    map.sweep(owner(1), Some(1));
    assert_eq!((map.len(), map.tally(owner(1))), (1, sum(&[kept])));
}

#[test]
fn what_a_lost_member_had_waits_for_its_heir() {
    struct Kept;
    impl Replicated for Kept {
        const NUMBER: MapNumber = MapNumber::private(3);
        const KEEPS_LOST: bool = true;
        type Key = String;
        type Value = u32;
    }
    let map = TypedMap::<Kept>::default();
    for (tag, key, value) in [(1, "a", 1), (1, "b", 2), (2, "a", 3)] {
        put::<Kept>(&map, owner(tag), 0, key, 1, value);
    }
    put::<Kept>(&map, owner(1), 1, "b", 1, 2);
    map.sweep(owner(1), Some(1));
    assert!(map.take_lost().is_empty(), "its owner had removed it");
    map.sweep(owner(1), None);
    map.sweep(owner(2), None);
    let lost: Vec<_> = map.take_lost().iter().map(|entry| (entry.owner, *entry.value())).collect();
    assert_eq!(lost, [(owner(1).node, 2), (owner(2).node, 3)]);
    assert!(map.take_lost().is_empty() && map.len() == 0);

    let other = TypedMap::<Each>::default();
    put::<Each>(&other, owner(1), 0, "a", 1, 1);
    other.sweep(owner(1), None);
    assert!(other.take_lost().is_empty(), "nobody would take it");
}

/// Whatever the order of arrival, the same claim is seen, and subscribers hear only of what is seen.
#[test]
fn the_latest_claim_is_seen_in_every_order() {
    let key = "x".to_owned();
    for order in [[1, 2, 3], [3, 2, 1], [2, 1, 3], [3, 1, 2]] {
        let map = TypedMap::<Latest>::default();
        let mut changes = map.subscribe();
        for tag in order {
            // 2 and 3 are of one moment: the larger node id wins.
            put::<Latest>(&map, owner(tag), 0, "x", u64::from(tag.min(2)), tag);
        }
        assert_eq!(map.all_of_key(&key).iter().map(|entry| *entry.value()).collect::<Vec<_>>(), [3]);
        let mut seen = None;
        while let Ok(change) = changes.try_recv() {
            if let Change::Put(entry) = change {
                assert!(seen.replace(*entry.value()) < Some(*entry.value()), "{order:?}");
            }
        }
        assert_eq!(seen, Some(3));
        map.sweep(owner(3), None);
        assert_eq!(map.get(&key).map(|entry| *entry.value()), Some(2));
    }
}

#[test]
fn an_own_entry_that_loses_is_withdrawn() {
    let map = TypedMap::<Latest>::default();
    let own = Held { key: "x".to_owned(), claimed_at: UnixMillis(5), value: 0 };
    map.insert(owner(0), 0, 1, Arc::new(own));
    let mut changes = map.subscribe();
    assert!(!put::<Latest>(&map, owner(1), 0, "x", 4, 1).1, "an earlier claim changes nothing");
    assert_eq!(map.get(&"x".to_owned()).map(|entry| *entry.value()), Some(0));
    assert!(put::<Latest>(&map, owner(1), 0, "x", 6, 2).1);
    assert!(map.own(&"x".to_owned()).is_none());
    assert_eq!(map.tally(owner(0)), Tally::default());
    assert!(matches!(changes.try_recv(), Ok(Change::Put(entry)) if *entry.value() == 2));
    assert!(matches!(changes.try_recv(), Ok(Change::Superseded(entry)) if *entry.value() == 0));
}

#[test]
fn entries_wait_for_the_feature_that_reads_them() {
    let maps = Maps::default();
    let raw = maps.of(Each::NUMBER);
    let (hash, _) = put::<Each>(&*raw, owner(1), 3, "early", 1, 7);
    put::<Each>(&*raw, owner(2), 3, "gone", 1, 7);
    raw.sweep(owner(2), None);
    assert_eq!(raw.tally(owner(1)), sum(&[hash]));
    let typed = maps.typed::<Each>(owner(0));
    assert_eq!((typed.len(), typed.tally(owner(1))), (1, sum(&[hash])));
    assert_eq!(typed.get(&"early".to_owned()).map(|entry| *entry.value()), Some(7));
    assert!(Arc::ptr_eq(&typed, &maps.typed::<Each>(owner(0))), "one map for each number");
    assert_eq!(maps.of(Each::NUMBER).tally(owner(1)).count, 1);
}

/// What cannot be read is left out, and so is what stood there before.
#[test]
fn rubbish_is_refused_and_never_kept() {
    let map = TypedMap::<Each>::default();
    put::<Each>(&map, owner(1), 0, "x", 1, 1);
    let (key, _) = TypedMap::<Each>::encode(&Held { key: "x".into(), claimed_at: UnixMillis(1), value: 1 });
    let apply = |key: &[u8], value: &[u8]| {
        let change = Incoming { owner: owner(1), epoch: 0, key, value: Some(value), hash: 1 };
        map.apply(&change, owner(0)).is_err()
    };
    assert!(apply(&[0xff; 12], b"x") && apply(&key, &[0xff]));
    assert_eq!((map.len(), map.tally(owner(1))), (0, Tally::default()));
}

#[test]
#[should_panic(expected = "belongs to another type")]
fn one_number_for_two_types_is_a_mistake_that_shows_at_once() {
    struct Other;
    impl Replicated for Other {
        const NUMBER: MapNumber = Each::NUMBER;
        type Key = u8;
        type Value = u8;
    }
    let maps = Maps::default();
    maps.typed::<Each>(owner(0));
    maps.typed::<Other>(owner(0));
}
