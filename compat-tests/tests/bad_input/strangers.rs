//! A third node that does not belong: wrong cluster name, wrong domain, other database. It does not join, and
//! both sides say why.

use std::fs;
use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, DOMAIN, Node, NodeOptions};

use crate::bystanders::Bystanders;

/// How long both sides have to say it.
const SAY_LIMIT: Duration = Duration::from_secs(15);

fn config(cluster_name: &str) -> String {
    format!(
        "<hazelcast>\n  <cluster-name>{cluster_name}</cluster-name>\n  <network>\n    <join>\n      \
         <multicast enabled=\"false\"/>\n      <tcp-ip enabled=\"true\">\n        \
         <member>192.168.5.1</member>\n        <member>192.168.5.2</member>\n        \
         <member>192.168.5.3</member>\n      </tcp-ip>\n    </join>\n    <interfaces enabled=\"true\">\n      \
         <interface>192.168.5.3</interface>\n    </interfaces>\n  </network>\n</hazelcast>\n"
    )
}

/// How the stranger differs, and what both logs must say about it.
struct Difference {
    name: &'static str,
    cluster_name: &'static str,
    domain: &'static str,
    has_other_database: bool,
    says: &'static str,
}

const DIFFERENCES: [Difference; 3] = [
    Difference {
        name: "wrong-name",
        cluster_name: "somebody-elses",
        domain: DOMAIN,
        has_other_database: false,
        says: "cluster name differs",
    },
    Difference {
        name: "wrong-domain",
        cluster_name: "dev",
        domain: "example.net",
        has_other_database: false,
        says: "XMPP domain differs",
    },
    Difference {
        name: "other-database",
        cluster_name: "dev",
        domain: DOMAIN,
        has_other_database: true,
        says: "another database",
    },
];

#[test]
fn a_stranger_does_not_join_and_both_sides_say_why() -> Result<()> {
    let test = "a_stranger_does_not_join_and_both_sides_say_why";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut bystanders = Bystanders::start(test)?;
    let host = bystanders.cluster.lab().host("three", Ipv4Addr::new(192, 168, 5, 3))?;
    let shared_database = bystanders.cluster.nodes[0].options_mut().database.clone();
    for difference in DIFFERENCES {
        let path = bystanders.cluster.artifacts().path(&format!("{}.xml", difference.name));
        fs::write(&path, config(difference.cluster_name))
            .with_context(|| format!("write {}", path.display()))?;
        let other = bystanders.cluster.other_database();
        let options = NodeOptions {
            config: path,
            database: if difference.has_other_database { other } else { shared_database.clone() },
            domain: difference.domain.to_owned(),
            clustering: None,
            extra: Vec::new(),
        };
        let mark = bystanders.cluster.nodes[0].process()?.log_mark();
        let mut stranger = Node::new(difference.name, &host, bystanders.cluster.artifacts(), options)?;
        stranger.start()?;
        let ours = bystanders.cluster.nodes[0].process()?;
        ours.wait_for_log_since(mark, &["192.168.5.3", difference.says], SAY_LIMIT)?;
        stranger.process()?.wait_for_log(&[difference.says], SAY_LIMIT)?;
        ensure!(stranger.cluster_size()? == 1, "{} joined", difference.name);
        bystanders.assert_unharmed()?;
        stranger.stop()?;
    }
    Ok(())
}
