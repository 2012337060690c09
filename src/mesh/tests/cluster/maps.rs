//! Typed maps over real links.

use cobnut_mesh::{Change, Claims, MapNumber, NodeRecord, Replicated};
use tokio::sync::broadcast::error::RecvError;

use crate::support::{Plan, TestNode, free_port, ip, joined, until};

struct Marks;
impl Replicated for Marks {
    const NUMBER: MapNumber = MapNumber::private(7);
    type Key = u32;
    type Value = String;
}

/// Who has a name, grouped by the part before the slash.
struct Names;
impl Replicated for Names {
    const NUMBER: MapNumber = MapNumber::private(8);
    const CLAIMS: Claims = Claims::Latest;
    type Key = String;
    type Value = String;

    fn group(key: &String) -> Option<&str> {
        key.split_once('/').map(|(group, _)| group)
    }
}

async fn pair(one: u8, two: u8) -> (TestNode, TestNode) {
    let port = free_port(ip(two));
    let first = Plan::new(one).knows(ip(two), port).start().await;
    let second = Plan::new(two).port(port).start().await;
    joined(&[&first, &second]).await;
    (first, second)
}

#[tokio::test]
async fn entries_reach_members_that_ask_late_and_vanish_with_their_owner() {
    let (one, two) = pair(120, 121).await;
    let marks = one.cluster.map::<Marks>();
    marks.put_all((0..3000).map(|number| (number, format!("mark {number}"))));
    assert!(marks.update(&7, |value| value.push('!')));
    assert!(!marks.update(&9999, |_| ()));
    assert_eq!(marks.remove(&8).map(|entry| entry.value().clone()), Some("mark 8".to_owned()));
    // The last change before: once it is there, everything is.
    one.cluster.publish(crate::support::record("a@d/r", 1));
    until("replicated", || two.cluster.sessions().len() == 1).await;
    let copy = two.cluster.map::<Marks>();
    assert_eq!((copy.len(), copy.count_of(one.id()), copy.of_owner(two.id()).len()), (2999, 2999, 0));
    assert_eq!(copy.get(&7).map(|entry| entry.value().clone()), Some("mark 7!".to_owned()));
    assert!(copy.get(&8).is_none());
    assert!(copy.own(&7).is_none() && copy.remove(&7).is_none(), "only the owner writes");
    copy.put(7, "mine".to_owned());
    until("both have theirs", || marks.all(&7).len() == 2).await;
    one.stop().await;
    until("only its own is left", || copy.entries().len() == 1).await;
    assert_eq!(copy.get(&7).map(|entry| entry.owner), Some(two.id()));
    two.stop().await;
}

#[tokio::test]
async fn what_was_written_while_clustering_was_off_is_published() {
    let port = free_port(ip(123));
    let one = Plan::new(122).knows(ip(123), port).build();
    one.cluster.map::<Marks>().put(1, "early".to_owned());
    one.cluster.enable().await.expect("enable");
    let two = Plan::new(123).port(port).start().await;
    let copy = two.cluster.map::<Marks>();
    until("there", || copy.len() == 1).await;
    one.cluster.disable().await;
    until("gone", || copy.is_empty()).await;
    assert_eq!(one.cluster.map::<Marks>().len(), 1, "a node keeps its own entries");
    one.cluster.enable().await.expect("enable again");
    until("there again", || copy.len() == 1).await;
    one.stop().await;
    two.stop().await;
}

/// A subscriber that does not keep up is told so and can read the map anew.
#[tokio::test]
async fn subscribers_hear_of_changes_or_that_they_missed_some() {
    let (one, two) = pair(124, 125).await;
    let copy = two.cluster.map::<Marks>();
    let mut changes = copy.subscribe();
    one.cluster.map::<Marks>().put(1, "x".to_owned());
    let change = tokio::time::timeout(crate::support::PATIENCE, changes.recv()).await.expect("in time");
    assert!(matches!(change, Ok(Change::Put(entry)) if *entry.key() == 1));
    one.cluster.map::<Marks>().put_all((0..6000).map(|number| (number, "y".to_owned())));
    until("replicated", || copy.len() == 6000).await;
    assert!(matches!(changes.recv().await, Err(RecvError::Lagged(_))));
    one.stop().await;
    two.stop().await;
}

/// Two halves gave one name away: after the split everybody sees the later claim, and the other one is told.
#[tokio::test]
async fn a_name_is_taken_by_the_later_claim() {
    let port = free_port(ip(127));
    let one = Plan::new(126).knows(ip(127), port).build();
    let two = Plan::new(127).port(port).build();
    let key = "room/ann".to_owned();
    let (first, second) = (one.cluster.map::<Names>(), two.cluster.map::<Names>());
    let mut told = first.subscribe();
    first.put(key.clone(), "ann@d/1".to_owned());
    while second.own(&key).is_none_or(|own| own.claimed_at() <= first.own(&key).expect("put").claimed_at()) {
        second.remove(&key);
        second.put(key.clone(), "eve@d/2".to_owned());
    }
    one.cluster.enable().await.expect("enable");
    two.cluster.enable().await.expect("enable");
    joined(&[&one, &two]).await;
    until("all see the later one", || {
        [&first, &second].iter().all(|map| {
            let seen = map.in_group("room");
            seen.len() == 1 && seen[0].value() == "eve@d/2"
        })
    })
    .await;
    let is_superseded =
        |change: Change<Names>| matches!(change, Change::Superseded(entry) if entry.value() == "ann@d/1");
    assert!(std::iter::from_fn(|| told.try_recv().ok()).any(is_superseded));
    // Who lost and asks again takes it back, whatever the clocks say.
    first.put(key.clone(), "ann@d/1".to_owned());
    until("taken back", || second.get(&key).is_some_and(|entry| entry.owner == one.id())).await;
    assert!(second.own(&key).is_none());
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn every_node_says_what_it_is() {
    let (one, two) = pair(128, 129).await;
    two.cluster.describe_node(|record| record.is_lite = true);
    until("known", || one.cluster.nodes().get(&two.id().0).is_some_and(|entry| entry.value().is_lite)).await;
    let entry = one.cluster.nodes().get(&two.id().0).expect("known");
    let NodeRecord { version, started_at_ms, listeners, .. } = entry.value();
    assert_eq!((version.as_str(), entry.owner), ("test", two.id()));
    assert!(*started_at_ms > 0);
    assert_eq!((listeners[0].service.as_str(), listeners[0].address), ("mesh", two.address()));
    two.cluster.publish(crate::support::record("a@d/r", 1));
    until("its sessions are told", || {
        one.cluster.nodes().get(&two.id().0).is_some_and(|entry| entry.value().sessions == 1)
    })
    .await;
    let id = two.id();
    two.stop().await;
    until("forgotten", || one.cluster.nodes().get(&id.0).is_none()).await;
    one.stop().await;
}
