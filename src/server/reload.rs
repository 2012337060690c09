//! Reading the member list and the key stores of the links again while the node runs.

use std::sync::Mutex;

use anyhow::Result;
use cobnut_console::Reloaded;
use cobnut_mesh::{Candidate, Cluster, MeshSettings, Protection};
use tracing::{info, warn};

use crate::plan::{MeshSource, Plan};
use crate::told;

/// What a running node does with a changed configuration.
pub(crate) struct Reload {
    source: MeshSource,
    /// In force since the start.
    started_with: MeshSettings,
    cluster: Cluster,
    /// One at a time.
    turn: Mutex<()>,
}

impl Reload {
    pub(crate) fn new(plan: &Plan, cluster: Cluster) -> Self {
        Self { source: plan.mesh_source(), started_with: plan.mesh.clone(), cluster, turn: Mutex::default() }
    }

    /// Reads the configuration again, and says on the log what follows. Blocks while names are resolved.
    ///
    /// # Errors
    /// What is wrong with the configuration; nothing changes then.
    pub(crate) fn run(&self) -> Result<Reloaded, String> {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match self.read() {
            Ok(changes) => {
                tell(&changes);
                Ok(changes)
            }
            Err(err) => {
                let reason = told::causes(&err);
                warn!(
                    err = reason,
                    "the configuration was read again and is not used: nothing changes; correct it and read it once more"
                );
                Err(reason)
            }
        }
    }

    fn read(&self) -> Result<Reloaded> {
        let read = self.source.read_again()?;
        // Renewed key stores count for links that are made from now on, whatever else is wrong: a mistyped member must not
        // keep an old certificate in use. A changed password waits for the restart of all nodes: it would part this one
        // from the others.
        let kept = self.started_with.protection.clone();
        self.cluster.reload_protection(Protection { tls: read.settings.protection.tls.clone(), ..kept });
        read.check()?;
        let (read, before) = (read.settings, self.cluster.candidates());
        let changes = Reloaded {
            added: only_in(&read.candidates, &before),
            removed: only_in(&before, &read.candidates),
            need_restart: need_restart(&self.started_with, &read),
        };
        self.cluster.set_candidates(read.candidates);
        Ok(changes)
    }
}

fn tell(changes: &Reloaded) {
    info!(
        added = changes.added.join(" "),
        removed = changes.removed.join(" "),
        "the member list was read again; members stay; new links use the key stores as they are now"
    );
    if !changes.need_restart.is_empty() {
        warn!(
            settings = changes.need_restart.join(", "),
            "changed in the configuration, too, but needs a restart of this node"
        );
    }
}

/// Entries of `list` that `other` does not have, as an operator would write them.
fn only_in(list: &[Candidate], other: &[Candidate]) -> Vec<String> {
    let new = list.iter().filter(|candidate| !other.contains(candidate));
    new.map(|candidate| match candidate.ports.as_slice() {
        [] => candidate.host.clone(),
        [port] => format!("{}:{port}", candidate.host),
        [first, .., last] => format!("{}:{first}-{last}", candidate.host),
    })
    .collect()
}

fn need_restart(before: &MeshSettings, after: &MeshSettings) -> Vec<String> {
    let multicast = |settings: &MeshSettings| {
        let multicast = settings.multicast.as_ref();
        multicast.map(|it| (it.group, it.port, it.time_to_live, it.loopback))
    };
    let times =
        |settings: &MeshSettings| (settings.heartbeat_interval, settings.suspect_after, settings.dead_after);
    let same = [
        ("cluster-name", before.cluster_name == after.cluster_name),
        ("network/port", (before.port, before.port_tries) == (after.port, after.port_tries)),
        ("network/interfaces", before.bind_ip == after.bind_ip),
        ("network/public-address", before.public_address == after.public_address),
        ("network/outbound-ports", before.outbound_ports == after.outbound_ports),
        ("network/join/multicast", multicast(before) == multicast(after)),
        ("network/ssl", before.protection.tls.is_some() == after.protection.tls.is_some()),
        ("network/symmetric-encryption", before.protection.password == after.protection.password),
        ("heartbeat properties", times(before) == times(after)),
        ("lite-member", before.membership.is_lite == after.membership.is_lite),
        ("split-brain-protection", before.membership.members_min == after.membership.members_min),
    ];
    same.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_and_went_is_named_as_it_is_written() {
        let candidate =
            |host: &str, ports: &[u16]| Candidate { host: host.to_owned(), ports: ports.to_vec() };
        let before = [candidate("10.0.0.1", &[5701]), candidate("two", &[5701, 5702, 5703])];
        let after = [candidate("10.0.0.1", &[5701]), candidate("192.168.5:1:5701", &[])];
        assert_eq!(only_in(&after, &before), ["192.168.5:1:5701"]);
        assert_eq!(only_in(&before, &after), ["two:5701-5703"]);
        assert!(only_in(&before, &before).is_empty());
    }
}
