//! Comparing what is held of a member's entries with what the member says it has.
//!
//! Both should always be equal: this is the net below mistakes of ours. What does not agree is an alarm for the operator
//! and is read again from the member.

use std::sync::Arc;

use cobnut_mesh_proto::{Node, Origin, Tally};
use tracing::error;

use crate::engine::{Inner, Run};
use crate::journal::JournalKind;
use crate::maps::MapNumber;

impl Inner {
    /// A member says what its entries amount to at the version that is applied here.
    pub(crate) fn compare(self: &Arc<Self>, run: &mut Run, origin: Origin, maps: &[(u16, Tally)]) {
        let Some(peer) = run.peers.get(&origin) else { return };
        // What a snapshot did not repeat is still being removed: the next digest comes soon.
        if peer.clearing > 0 {
            return;
        }
        let said = |number: MapNumber| {
            let row = maps.iter().find(|(map, _)| *map == number.to_wire());
            row.map_or(Tally::default(), |row| row.1)
        };
        let others = maps.iter().map(|(map, _)| MapNumber::from_wire(*map));
        let numbers = self.numbers().into_iter().chain(others);
        let wrong = numbers.filter(|number| !peer.unreadable.contains(number)).find_map(|number| {
            let (held, said) = (self.with_replica(number, |replica| replica.tally(peer.owner)), said(number));
            (held != said).then_some((number, held, said))
        });
        let Some((number, held, said)) = wrong else { return };
        let member = peer.owner.node;
        error!(
            %member, name = %peer.name, map = %number, held = held.count, member_has = said.count,
            "the copy of this member's entries is not what the member has; reading all of them again. This is a mistake \
             in the program, please report it"
        );
        self.metrics.divergences.inc();
        let text = format!("{number}: {} entries here, {} there; all are read again", held.count, said.count);
        self.note(run, JournalKind::Diverged, origin, text);
        run.node.handle_divergence(origin);
    }

    /// Compares the log of this node with what its maps hold: it is what all others are told.
    pub(crate) fn compare_own(&self, node: &Node) {
        for number in self.numbers() {
            let held = self.with_replica(number, |replica| replica.tally(self.me()));
            let logged = node.own_tally(number.to_wire());
            if held != logged {
                error!(
                    map = %number, held = held.count, logged = logged.count,
                    "what this node tells the other members of its entries is not what it has. This is a mistake in the \
                     program, please report it; switching clustering off and on on this node repairs it"
                );
                self.metrics.divergences.inc();
            }
        }
    }

    fn numbers(&self) -> Vec<MapNumber> {
        let mut numbers = vec![MapNumber::SESSIONS];
        numbers.extend(self.maps.all().into_iter().map(|(number, _)| number));
        numbers
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;
    use std::time::Duration;

    use cobnut_model::NodeId;
    use cobnut_net::{Metrics, Tasks};

    use crate::engine::Inner;
    use crate::maps::{MapNumber, Owner};
    use crate::records::tests::record;
    use crate::{
        Candidate, Cluster, JournalKind, MembershipSettings, MeshSettings, NodeIdentity, Protection,
        Replicated, SharedSecret,
    };

    struct Marks;
    impl Replicated for Marks {
        const NUMBER: MapNumber = MapNumber::private(9);
        type Key = u32;
        type Value = u32;
    }

    fn node(last: u8, knows: Option<&Cluster>, tasks: &Tasks, folder: &std::path::Path) -> Cluster {
        let identity = NodeIdentity {
            node_id: NodeId([last; 16]),
            name: format!("node{last}"),
            domain: "d".into(),
            version: "test".into(),
        };
        let candidates = knows
            .and_then(Cluster::local_addr)
            .map(|address| Candidate { host: address.ip().to_string(), ports: vec![address.port()] });
        let settings = MeshSettings {
            cluster_name: "c".into(),
            bind_ip: IpAddr::from([127, 0, 5, last]),
            port: 0,
            port_tries: 1,
            public_address: None,
            outbound_ports: Vec::new(),
            candidates: candidates.into_iter().collect(),
            heartbeat_interval: Duration::from_millis(100),
            suspect_after: Duration::from_secs(3),
            dead_after: Duration::from_secs(5),
            membership: MembershipSettings::default(),
            multicast: None,
            protection: Protection::default(),
        };
        let secret = SharedSecret { database_id: [1; 16], secret: [1; 32] };
        let state = folder.join(format!("{last}.json"));
        let (cluster, mut events) =
            Cluster::new(identity, settings, secret, state, tasks.clone(), &Metrics::new());
        tasks.spawn("test events", async move { while events.recv().await.is_some() {} });
        cluster
    }

    async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
        let begin = std::time::Instant::now();
        while !is_so() {
            assert!(begin.elapsed() < Duration::from_secs(20), "did not happen: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn owner_of(inner: &Inner, node: NodeId) -> Owner {
        let engine = inner.engine();
        let run = engine.run.as_ref().expect("enabled");
        run.peers.values().find(|peer| peer.owner.node == node).expect("a member").owner
    }

    /// Whatever happens to a copy is found, told and made good, and nothing is told without a reason.
    #[tokio::test]
    async fn a_copy_that_is_wrong_is_found_and_read_again() {
        let (tasks, folder) = (Tasks::new(), tempfile::tempdir().expect("folder"));
        let one = node(130, None, &tasks, folder.path());
        one.enable().await.expect("enable");
        let two = node(131, Some(&one), &tasks, folder.path());
        two.enable().await.expect("enable");
        let marks = one.map::<Marks>();
        marks.put_all((0..500).map(|number| (number, number)));
        for number in 0..500 {
            drop(one.publish(record(&format!("u{number}@d/r"), number)));
        }
        let copy = two.map::<Marks>();
        until("replicated", || two.sessions().len() == 500 && copy.len() == 500).await;
        let inner = Arc::clone(two.inner());
        let from = owner_of(&inner, one.identity().node_id);
        let repaired = || {
            let here = |number: MapNumber| inner.with_replica(number, |map| map.tally(from));
            let there =
                |number: MapNumber| one.inner().with_replica(number, |map| map.tally(one.inner().me()));
            here(MapNumber::SESSIONS) == there(MapNumber::SESSIONS)
                && here(Marks::NUMBER) == there(Marks::NUMBER)
        };
        assert!(repaired() && inner.metrics.divergences.get() == 0, "a false alarm");

        let lost = record("u7@d/r", 7).jid;
        assert!(inner.sessions.remove(from, &lost).is_some());
        until("a lost entry is back", || inner.metrics.divergences.get() == 1 && repaired()).await;
        assert!(two.sessions().get(&lost).is_some());

        inner.sessions.put(from, 0, 99, Arc::new(record("ghost@d/r", 1)));
        until("one too many is gone", || inner.metrics.divergences.get() == 2 && repaired()).await;
        assert!(two.sessions().get(&record("ghost@d/r", 1).jid).is_none());

        inner.maps.of(Marks::NUMBER).sweep(from, None);
        until("a whole map is back", || inner.metrics.divergences.get() == 3 && repaired()).await;
        assert_eq!(copy.len(), 500);

        let told = two.journal(0).into_iter().filter(|entry| entry.kind == JournalKind::Diverged).count();
        assert_eq!((told, one.inner().metrics.divergences.get()), (3, 0));
        tasks.shut_down(Duration::from_secs(10)).await;
    }

    /// The log of a node that does not tell what it has is noticed on that node.
    #[tokio::test]
    async fn a_log_that_lacks_an_entry_is_found() {
        let (tasks, folder) = (Tasks::new(), tempfile::tempdir().expect("folder"));
        let one = node(132, None, &tasks, folder.path());
        one.enable().await.expect("enable");
        let inner = Arc::clone(one.inner());
        inner.sessions.put(inner.me(), 0, 5, Arc::new(record("a@d/r", 1)));
        until("noticed", || inner.metrics.divergences.get() > 0).await;
        tasks.shut_down(Duration::from_secs(10)).await;
    }
}
