//! Key stores that cannot be used stop the start, with the place in the file and the way out.

use std::fs;

use anyhow::{Result, ensure};
use compat_tests::Cluster;

use crate::stage::{KEYTOOL, PASSWORD, SAY_LIMIT, Stores, configure, document, prepare, ssl};

#[test]
fn key_stores_that_cannot_be_used_stop_the_start_and_relative_paths_count_from_the_working_folder()
-> Result<()> {
    let test =
        "key_stores_that_cannot_be_used_stop_the_start_and_relative_paths_count_from_the_working_folder";
    if !Cluster::ready(test, &[KEYTOOL]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    let stores = Stores::new(cluster.artifacts().folder())?;
    stores.signed("one", "PKCS12", &[])?;
    stores.trusting("trust", "JKS", &["authority"])?;
    let (own, trust) = (stores.path("one"), stores.path("trust"));
    let nowhere = stores.path("nowhere");
    let cases: [(&str, String, &[&str]); 3] = [
        (
            "missing",
            ssl(&nowhere, &trust, PASSWORD),
            &["node1.xml:", "there is no key store", "absolute path"],
        ),
        (
            "wrong password",
            ssl(&own, &trust, "hazel-stork"),
            &["node1.xml:", "open the key store", "password"],
        ),
        ("no key in it", ssl(&trust, &trust, PASSWORD), &["node1.xml:", "holds no private key"]),
    ];
    for (name, block, says) in cases {
        configure(&mut cluster, 0, &document(&["192.168.5.2"], &block))?;
        cluster.nodes[0].launch()?;
        let process = cluster.nodes[0].process()?;
        let status = process.wait_exit(SAY_LIMIT)?;
        ensure!(!status.success(), "{name}: the node ended with {status}");
        let log = process.log();
        for part in says {
            ensure!(log.contains(part), "{name}: {part:?} is not in the log: {log}");
        }
        ensure!(!log.contains("hazel-sto"), "{name}: a password is in the log: {log}");
    }

    // A relative path counts from where the node was started.
    fs::copy(&own, cluster.nodes[0].folder().join("own.store"))?;
    configure(&mut cluster, 0, &document(&["192.168.5.2"], &ssl("own.store", &trust, PASSWORD)))?;
    cluster.nodes[0].start()?;
    cluster.nodes[0].stop()
}
