//! Homes and singleton jobs over real links.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use cobnut_mesh::Fence;
use cobnut_model::NodeId;

use crate::support::{Plan, TestNode, free_port, ip, joined, until};

const JOBS: [&str; 6] = ["one", "two", "three", "four", "five", "six"];

/// Who acts for which job, what was wrong, and the last fence of each.
#[derive(Default)]
struct Ledger {
    acting: BTreeMap<&'static str, NodeId>,
    last: BTreeMap<&'static str, Fence>,
    faults: Vec<String>,
}

type Shared = Arc<Mutex<Ledger>>;

/// Acts from its making to its end.
struct Acting(Shared, &'static str);

impl Acting {
    fn begin(ledger: &Shared, job: &'static str, node: NodeId, fence: Fence) -> Self {
        let mut held = ledger.lock().expect("ledger");
        if let Some(other) = held.acting.insert(job, node) {
            held.faults.push(format!("{node} began {job} while {other} acted"));
        }
        if let Some(last) = held
            .last
            .insert(job, fence)
            .filter(|last| *last >= fence || last.to_string() >= fence.to_string())
        {
            held.faults.push(format!("{job}: fence {fence} came after {last}"));
        }
        Self(Arc::clone(ledger), job)
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        self.0.lock().expect("ledger").acting.remove(self.1);
    }
}

fn employ(node: &TestNode, ledger: &Shared) {
    for job in JOBS {
        let (ledger, id) = (Arc::clone(ledger), node.id());
        node.cluster.singleton(job, move |fence| {
            let acting = Acting::begin(&ledger, job, id, fence);
            async move {
                let _until_dropped = acting;
                std::future::pending::<()>().await;
            }
        });
    }
}

/// Every job is done by its home, on which all nodes agree.
async fn all_done(ledger: &Shared, nodes: &[&TestNode]) {
    until("every job is done by its home", || {
        let held = ledger.lock().expect("ledger");
        JOBS.iter().all(|job| {
            let actor = held.acting.get(job).copied();
            actor.is_some() && nodes.iter().all(|node| node.cluster.home_of(job) == actor)
        })
    })
    .await;
}

#[tokio::test]
async fn one_member_acts_through_joins_drains_and_goodbyes() {
    let ledger = Shared::default();
    let port = free_port(ip(140));
    let one = Plan::new(140).port(port).start().await;
    let two = Plan::new(141).knows(ip(140), port).start().await;
    employ(&one, &ledger);
    employ(&two, &ledger);
    joined(&[&one, &two]).await;
    all_done(&ledger, &[&one, &two]).await;

    let three = Plan::new(142).knows(ip(140), port).start().await;
    employ(&three, &ledger);
    joined(&[&one, &two, &three]).await;
    until("the newcomer is a candidate", || {
        one.cluster.nodes().get(&three.id().0).is_some_and(|entry| entry.value().is_candidate())
    })
    .await;
    all_done(&ledger, &[&one, &two, &three]).await;

    two.cluster.set_draining(true);
    until("it is nobody's home", || JOBS.iter().all(|job| one.cluster.home_of(job) != Some(two.id()))).await;
    all_done(&ledger, &[&one, &two, &three]).await;
    two.cluster.set_draining(false);
    until("it is a home again", || {
        let id = two.id();
        let is_candidate = |node: &TestNode| {
            node.cluster.nodes().get(&id.0).is_some_and(|entry| entry.value().is_candidate())
        };
        is_candidate(&one) && is_candidate(&three)
    })
    .await;
    all_done(&ledger, &[&one, &two, &three]).await;

    three.stop().await;
    joined(&[&one, &two]).await;
    all_done(&ledger, &[&one, &two]).await;
    one.stop().await;
    joined(&[&two]).await;
    all_done(&ledger, &[&two]).await;
    assert!(ledger.lock().expect("ledger").faults.is_empty(), "{:?}", ledger.lock().expect("ledger").faults);
    two.stop().await;
    assert!(ledger.lock().expect("ledger").acting.is_empty());
}

#[tokio::test]
async fn a_lite_member_is_nobodys_home() {
    let port = free_port(ip(143));
    let one = Plan::new(143).port(port).start().await;
    let lite = Plan::new(144).knows(ip(143), port).start().await;
    lite.cluster.describe_node(|record| record.is_lite = true);
    joined(&[&one, &lite]).await;
    until("all agree", || {
        [&one, &lite]
            .iter()
            .all(|node| (0..50).all(|number| node.cluster.home_of(&number.to_string()) == Some(one.id())))
    })
    .await;
    one.stop().await;
    until("there is none", || lite.cluster.home_of("x").is_none()).await;
    lite.stop().await;
}

/// Without clustering a node is its own cluster.
#[tokio::test]
async fn a_node_alone_acts_for_itself() {
    let ledger = Shared::default();
    let one = Plan::new(145).build();
    employ(&one, &ledger);
    all_done(&ledger, &[&one]).await;
    one.stop().await;
    assert!(ledger.lock().expect("ledger").acting.is_empty());
}
