//! The session maps without a cluster.

use std::sync::Arc;

use cobnut_model::NodeId;
use jid::{BareJid, FullJid};

use super::Sessions;
use crate::maps::{Owner, Replica, Tally};
use crate::records::tests::record;

fn owner(tag: u32) -> Owner {
    Owner { node: NodeId([u8::try_from(tag).expect("small"); 16]), tag }
}

#[test]
fn both_lookups_agree_and_counts_follow() {
    let sessions = Sessions::default();
    sessions.put(owner(0), 0, 7, Arc::new(record("a@d/one", 1)));
    sessions.put(owner(1), 0, 7, Arc::new(record("a@d/two", 1)));
    let account = BareJid::new("a@d").expect("jid");
    assert_eq!(sessions.of(&account).len(), 2);
    let wanted = sessions.of_where(&account, |record| record.jid.as_str() == "a@d/two");
    assert_eq!(wanted.iter().map(|entry| entry.member).collect::<Vec<_>>(), [owner(1).node]);
    let mut seen = 0;
    sessions.look_at_account(&FullJid::new("a@d/elsewhere").expect("jid"), |_| seen += 1);
    assert_eq!(seen, 2);
    assert_eq!((sessions.len(), sessions.count_of(owner(1).node)), (2, 1));
    let two = FullJid::new("a@d/two").expect("jid");
    assert_eq!(sessions.get(&two).map(|entry| entry.member), Some(owner(1).node));
    assert!(sessions.remove(owner(0), &two).is_none(), "only the owner removes");
    assert!(sessions.remove(owner(1), &two).is_some());
    assert!(sessions.get(&two).is_none());
    assert!(sessions.is_online(&account));
    assert_eq!(sessions.sweep(owner(0), |_| true).len(), 1);
    assert!(!sessions.is_online(&account) && sessions.is_empty());
}

#[test]
fn the_later_claim_is_seen_whatever_the_order_of_arrival() {
    let jid = FullJid::new("a@d/r").expect("jid");
    for order in [[0, 1], [1, 0]] {
        let sessions = Sessions::default();
        for tag in order {
            sessions.put(owner(tag), 0, 7, Arc::new(record("a@d/r", 10 + u64::from(tag))));
        }
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions.get(&jid).map(|entry| entry.member), Some(owner(1).node));
        sessions.sweep(owner(1), |_| true);
        assert_eq!(sessions.get(&jid).map(|entry| entry.member), Some(owner(0).node));
    }
}

#[test]
fn equal_times_are_settled_by_the_larger_node() {
    let sessions = Sessions::default();
    sessions.put(owner(2), 0, 7, Arc::new(record("a@d/r", 5)));
    sessions.put(owner(1), 0, 7, Arc::new(record("a@d/r", 5)));
    let jid = FullJid::new("a@d/r").expect("jid");
    assert_eq!(sessions.get(&jid).map(|entry| entry.member), Some(owner(2).node));
}

/// Against a plain list of claims: every lookup, the counts and the tallies agree after any sequence of changes.
#[test]
fn it_agrees_with_a_plain_list() {
    use std::collections::BTreeMap;
    let mut dice = 7_u64;
    let mut roll = |below: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % below
    };
    let sessions = Sessions::default();
    // Tag and JID, with the time of binding and the hash.
    let mut plain: BTreeMap<(u32, String), (u64, u64)> = BTreeMap::new();
    for step in 0..20_000_u64 {
        let (tag, text) = (u32::try_from(roll(3)).expect("small"), format!("u{}@d/{}", roll(4), roll(3)));
        let jid = FullJid::new(&text).expect("jid");
        match roll(40) {
            0..=19 => {
                let at = roll(9);
                sessions.put(owner(tag), 0, step, Arc::new(record(&text, at)));
                plain.insert((tag, text), (at, step));
            }
            20..=38 => {
                let is_there = sessions.remove(owner(tag), &jid).is_some();
                assert_eq!(is_there, plain.remove(&(tag, text)).is_some());
            }
            _ => {
                sessions.hide(owner(tag));
                let held = plain.extract_if(.., |key, _| key.0 == tag).count();
                assert_eq!(sessions.sweep(owner(tag), |_| true).len(), held);
            }
        }
        let best =
            plain.iter().filter(|(key, _)| key.1 == jid.as_str()).max_by_key(|(key, at)| (at.0, key.0));
        let seen = sessions.get(&jid).map(|entry| entry.member);
        assert_eq!(seen, best.map(|(key, _)| owner(key.0).node), "step {step}");
        let distinct: std::collections::BTreeSet<&str> = plain.keys().map(|key| key.1.as_str()).collect();
        assert_eq!(sessions.len(), distinct.len());
        let mut tally = Tally::default();
        plain.iter().filter(|(key, _)| key.0 == tag).for_each(|(_, held)| tally.add(held.1));
        assert_eq!(sessions.tally(owner(tag)), tally);
    }
}

/// A member that is gone is not seen from that moment, however long it takes to clear up.
#[test]
fn what_is_hidden_is_not_seen_and_uncovers_what_it_had_taken() {
    let sessions = Sessions::default();
    sessions.put(owner(1), 0, 1, Arc::new(record("a@d/r", 5)));
    sessions.put(owner(2), 0, 2, Arc::new(record("a@d/r", 6)));
    sessions.put(owner(2), 0, 3, Arc::new(record("b@d/r", 6)));
    sessions.hide(owner(2));
    let (a, b) = (FullJid::new("a@d/r").expect("jid"), FullJid::new("b@d/r").expect("jid"));
    assert_eq!(sessions.get(&a).map(|entry| entry.member), Some(owner(1).node));
    assert!(sessions.get(&b).is_none() && !sessions.is_online(&b.to_bare()));
    assert_eq!(sessions.collect(|_| true).len(), 1);
    // The same node comes back before the sweep.
    let again = Owner { node: owner(2).node, tag: 9 };
    sessions.put(again, 0, 4, Arc::new(record("b@d/r", 7)));
    assert_eq!(sessions.sweep(owner(2), |_| true).len(), 2);
    assert_eq!((sessions.len(), sessions.get(&b).map(|entry| entry.member)), (2, Some(again.node)));
}
