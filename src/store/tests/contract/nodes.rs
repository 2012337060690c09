//! The nodes that use a database.

use cobnut_store::{NodeRow, Store};

use crate::fixture::{Database, execute};

fn told(rows: &[NodeRow]) -> Vec<(&str, &str, &str)> {
    rows.iter().map(|row| (row.node_id.as_str(), row.address.as_str(), row.cluster_name.as_str())).collect()
}

pub(crate) async fn nodes_know_of_each_other(store: Store) {
    assert!(store.has_nodes());
    assert_eq!(store.nodes().await.expect("read"), []);
    store.note_node("b", "192.168.5.2:5701", "office").await.expect("write");
    store.note_node("a", "192.168.5.1:5701", "office").await.expect("write");
    store.note_node("b", "192.168.5.2:5702,10.0.0.2:5702", "other").await.expect("write again");
    let nodes = store.nodes().await.expect("read");
    assert_eq!(
        told(&nodes),
        [("a", "192.168.5.1:5701", "office"), ("b", "192.168.5.2:5702,10.0.0.2:5702", "other")]
    );
    assert!(nodes.iter().all(|node| node.age_s < 3600), "{nodes:?}");
    store.forget_node("a").await.expect("forget");
    assert_eq!(store.nodes().await.expect("read").len(), 1);
}

/// Rows of nodes that are long gone go with the next one that is there; a missing table costs only this.
pub(crate) async fn a_database_without_a_place_for_nodes_is_used_all_the_same(database: Database) {
    let store = database.open().await;
    execute(
        &database.url,
        "INSERT INTO cobnutNode (nodeID, address, clusterName, seenAt) VALUES ('old', 'x', 'x', 1)",
    )
    .await;
    assert_eq!(store.nodes().await.expect("read").len(), 1);
    store.note_node("new", "127.0.0.1:1", "office").await.expect("write");
    let nodes = store.nodes().await.expect("read");
    assert_eq!(told(&nodes), [("new", "127.0.0.1:1", "office")]);
    execute(&database.url, "DROP TABLE cobnutNode").await;
    assert!(store.note_node("new", "127.0.0.1:1", "office").await.is_err());
    assert!(store.properties().await.is_ok());
    store.close().await;
}
