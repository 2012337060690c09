//! Nodes of one database find each other by it.
//!
//! Each node writes where it can be dialled, and dials who else is there. So a cluster forms even if every member list is
//! wrong; and a node that lives on the same database without being in the cluster is an alarm and not a mystery.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use cobnut_mesh::Cluster;
use cobnut_model::{MemberInfo, NodeId};
use cobnut_store::{NodeRow, Store, StoreError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

/// How often a node that has no member looks.
const INTERVAL_ALONE: Duration = Duration::from_secs(2);
/// How often a node that has members looks; one small write and one small read each time.
const INTERVAL_IN_COMPANY: Duration = Duration::from_secs(10);
/// A node that has not written for so many seconds is not there: three times the longest interval.
const GONE_AFTER_S: u64 = 30;
/// So long a node may be there and no member before that is an alarm: the row of one that was killed looks alive for
/// [`GONE_AFTER_S`].
const ALARM_AFTER: Duration = Duration::from_secs(GONE_AFTER_S + 5);
/// Time for the last word to the database at the end.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);
/// Own addresses that are written when the mesh listens on all of them.
const ADDRESSES_MAX: usize = 4;

/// Looks again and again until `token` is cancelled.
pub(crate) async fn run(store: Store, cluster: Cluster, token: CancellationToken) {
    if !store.has_nodes() {
        return;
    }
    let mut watch = Watch::default();
    let me = cluster.identity().node_id;
    let mut is_written = false;
    loop {
        let own = if cluster.is_enabled() { cluster.members() } else { Vec::new() };
        if let Some(address) = own.iter().find(|member| member.is_self).map(|member| member.address) {
            let looked = look(&store, &cluster, me, address, &mut watch.apart).await;
            watch.told(looked);
            is_written = true;
        } else if std::mem::take(&mut is_written) {
            watch.told(store.forget_node(&me.to_string()).await);
        }
        let pause = if own.len() > 1 { INTERVAL_IN_COMPANY } else { INTERVAL_ALONE };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = token.cancelled() => break,
        }
    }
    if is_written {
        // A row that stays is dialled in vain for half a minute, no more.
        let _too_late = tokio::time::timeout(FAREWELL_TIMEOUT, store.forget_node(&me.to_string())).await;
    }
}

/// What was said already.
#[derive(Default)]
struct Watch {
    is_in_trouble: bool,
    /// Nodes that are there and no members, since when, and whether that was said.
    apart: BTreeMap<String, (Instant, bool)>,
}

impl Watch {
    /// Logs a change between working and not.
    fn told(&mut self, outcome: Result<(), StoreError>) {
        match outcome {
            Err(err) if !self.is_in_trouble => {
                self.is_in_trouble = true;
                warn!(%err, "nodes cannot be looked for in the database; members that are known stay members");
            }
            Ok(()) if std::mem::take(&mut self.is_in_trouble) => {
                info!("nodes are looked for in the database again");
            }
            Err(_) | Ok(()) => {}
        }
    }
}

async fn look(
    store: &Store,
    cluster: &Cluster,
    me: NodeId,
    own: SocketAddr,
    apart: &mut BTreeMap<String, (Instant, bool)>,
) -> Result<(), StoreError> {
    let mine = me.to_string();
    let cluster_name = cluster.settings().cluster_name.clone();
    store.note_node(&mine, &written(own), &cluster_name).await?;
    let rows = store.nodes().await?;
    let members = cluster.members();
    let strangers: Vec<&NodeRow> = rows.iter().filter(|row| is_stranger(row, &mine, &members)).collect();
    apart.retain(|node, _| strangers.iter().any(|row| row.node_id == *node));
    for row in strangers {
        let addresses = read(&row.address);
        for address in &addresses {
            cluster.discovered(*address);
        }
        let (since, is_told) = apart.entry(row.node_id.clone()).or_insert((Instant::now(), false));
        if since.elapsed() >= ALARM_AFTER && !*is_told {
            *is_told = true;
            let why = reason(cluster, row, &cluster_name, &addresses);
            warn!(
                node = row.node_id,
                address = row.address,
                why,
                "a node uses this database and is not in this cluster"
            );
            cluster.note_apart(row.address.clone(), why);
        }
    }
    Ok(())
}

/// Whether a row is of a node that is there now and is no member.
fn is_stranger(row: &NodeRow, mine: &str, members: &[MemberInfo]) -> bool {
    row.age_s <= GONE_AFTER_S
        && row.node_id != mine
        && !members.iter().any(|member| member.id.to_string() == row.node_id)
}

fn reason(cluster: &Cluster, row: &NodeRow, cluster_name: &str, addresses: &[SocketAddr]) -> String {
    if row.cluster_name != cluster_name {
        return format!("its cluster name is \"{}\", this node's \"{cluster_name}\"", row.cluster_name);
    }
    let is_it = |peer: SocketAddr| addresses.iter().any(|address| address.ip() == peer.ip());
    match cluster.refusals().into_iter().find(|refusal| is_it(refusal.peer)) {
        Some(refusal) => refusal.reason,
        None => "it cannot be reached; look for a firewall between the two, and whether its <interfaces> or <public-address> \
                 is right"
            .to_owned(),
    }
}

/// An address as it is written: a mesh on all addresses names those of the machine that others can use.
fn written(own: SocketAddr) -> String {
    if !own.ip().is_unspecified() {
        return own.to_string();
    }
    let mut ips: Vec<IpAddr> = if_addrs::get_if_addrs()
        .map(|all| {
            all.iter().filter(|interface| !interface.is_loopback()).map(if_addrs::Interface::ip).collect()
        })
        .unwrap_or_default();
    ips.retain(|ip| ip.is_ipv4() || own.is_ipv6());
    // IPv4 first, and no address that needs a scope.
    ips.retain(|ip| !matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local()));
    ips.sort_by_key(IpAddr::is_ipv6);
    let texts: Vec<String> =
        ips.iter().take(ADDRESSES_MAX).map(|ip| SocketAddr::new(*ip, own.port()).to_string()).collect();
    texts.join(",")
}

fn read(text: &str) -> Vec<SocketAddr> {
    text.split(',').take(ADDRESSES_MAX).filter_map(|one| one.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(node_id: &str, age_s: u64) -> NodeRow {
        let (address, cluster_name) = ("192.168.5.2:5701".to_owned(), "office".to_owned());
        NodeRow { node_id: node_id.to_owned(), address, cluster_name, age_s }
    }

    #[test]
    fn strangers_are_there_now_and_somebody_else() {
        assert!(is_stranger(&row("a", 0), "b", &[]));
        assert!(is_stranger(&row("a", GONE_AFTER_S), "b", &[]));
        assert!(!is_stranger(&row("a", GONE_AFTER_S + 1), "b", &[]));
        assert!(!is_stranger(&row("a", 0), "a", &[]));
    }

    #[test]
    fn addresses_are_read_as_they_are_written() {
        let one: SocketAddr = "192.168.5.1:5701".parse().expect("address");
        assert_eq!(read(&written(one)), [one]);
        let six: SocketAddr = "[2001:db8::1]:5701".parse().expect("address");
        assert_eq!(read(&written(six)), [six]);
        assert_eq!(read("192.168.5.1:5701, nonsense,10.0.0.1:1").len(), 2);
        assert!(read(&"10.0.0.1:1,".repeat(50)).len() <= ADDRESSES_MAX);
        for address in read(&written("0.0.0.0:5701".parse().expect("address"))) {
            assert!(address.port() == 5701 && !address.ip().is_unspecified(), "{address}");
        }
    }
}
