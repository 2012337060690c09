//! Members with the right secret that break the protocol, and members whose secret is not right any more.

use std::time::Duration;

use anyhow::{Result, ensure};
use compat_tests::{Cluster, cobnut_command, eventually};

use crate::insider::Insider;
use crate::stage::{JOIN_LIMIT, SAY_LIMIT, counter, form, prepare};

/// How long the old secret stays valid, in seconds: nodes look for a new one every five.
const GRACE_SECONDS: &str = "12";
/// How long the old secret may still work on a busy machine.
const VOID_LIMIT: Duration = Duration::from_mins(1);

/// How often an offence is tried on a machine that may stand still for seconds.
const ATTEMPTS: u32 = 3;
const OFFENCES: &str = "cobnut_mesh_turned_away_total{reason=\"member\"}";
const JOURNAL: &str = "cobnut_mesh_happenings_total{kind=\"misbehaved\"}";

/// Two nodes without TLS, so that bytes can be written between them, as one cluster.
fn form_in_the_clear(test: &str) -> Result<Cluster> {
    let mut cluster = prepare(test, ["", ""])?;
    for node in &mut cluster.nodes {
        node.options_mut().extra.push("--mesh-clear".to_owned());
    }
    form(&mut cluster)?;
    Ok(cluster)
}

/// What a proven member must never say, and why.
fn offences() -> Vec<(&'static str, Vec<u8>)> {
    let frame = |kind: u8, version: u8, body: &[u8]| {
        let length = u32::try_from(2 + body.len()).unwrap_or(u32::MAX).to_be_bytes();
        [&length[..], &[kind, version], body].concat()
    };
    vec![
        ("words of another protocol", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("a frame that is far too large", vec![0x7f, 0xff, 0xff, 0xff, 20, 3]),
        ("a kind that nobody knows", frame(99, 3, b"")),
        ("another version than agreed", frame(21, 1, &[1])),
        ("the end of a hello that is over", frame(5, 3, b"")),
        ("a body that does not decode", frame(11, 3, &[0xff; 4])),
        ("a confirmation of what was never sent", frame(21, 3, &[0xff, 0xff, 0xff, 0x7f])),
        ("changes that continue nothing", frame(30, 3, &[0xe8, 7, 0xe9, 7, 0])),
        ("the end of a snapshot that was not begun", frame(32, 3, &[9])),
        ("four gigabytes in twenty bytes", frame(35, 3, &[0xff; 20])),
    ]
}

/// Says it to the first node. Returns whether that counted it and put it into its journal; it cannot if the connection
/// breaks for another reason at that moment, because the machine stands still.
fn offend(cluster: &Cluster, insider: &mut Insider, bytes: &[u8], what: &str) -> Result<bool> {
    let node = &cluster.nodes[0];
    let counted = || -> Result<[u64; 2]> { Ok([counter(node, OFFENCES)?, counter(node, JOURNAL)?]) };
    // It knows the secret, so it may come back after each.
    insider.until("the insider is a member", JOIN_LIMIT, |insider| Ok(insider.links() == 2))?;
    let before = counted()?;
    let conn = insider.say(node.host().socket(5701), bytes)?;
    let ended = format!("{what}: the end of the connection");
    insider.until(&ended, SAY_LIMIT, |insider| Ok(!insider.has(conn)))?;
    Ok(counted()? == before.map(|count| count + 1))
}

#[test]
fn a_member_that_breaks_the_protocol_loses_its_connection_and_harms_nobody() -> Result<()> {
    let test = "a_member_that_breaks_the_protocol_loses_its_connection_and_harms_nobody";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = form_in_the_clear(test)?;
    let mut one = cluster.login(0, "10023", "Spark")?;
    let mut two = cluster.login(1, "10024", "Spark")?;
    cluster.wait_for_sessions(&[one.jid(), two.jid()])?;
    let mut insider = Insider::new(&cluster)?;
    for (what, bytes) in offences() {
        let is_counted = (0..ATTEMPTS).try_fold(false, |is_counted, _| {
            if is_counted { Ok(true) } else { offend(&cluster, &mut insider, &bytes, what) }
        })?;
        ensure!(is_counted, "{what}: neither counted nor in the journal");
        one.message(two.jid(), what)?;
        two.wait_for_message(what, SAY_LIMIT)?;
    }
    drop(insider);
    cluster.wait_until_formed()?;
    let [first, second] = &mut cluster.nodes;
    ensure!(counter(second, OFFENCES)? == 0, "said to one only");
    first.process()?.wait_for_log(&["broke the protocol", "unknown kind 99"], SAY_LIMIT)?;
    one.close()?;
    two.close()
}

#[test]
fn a_member_with_the_previous_secret_is_out_after_the_grace_time() -> Result<()> {
    let test = "a_member_with_the_previous_secret_is_out_after_the_grace_time";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = form_in_the_clear(test)?;
    let mut insider = Insider::new(&cluster)?;
    insider.until("the old member is in", JOIN_LIMIT, |insider| Ok(insider.links() == 2))?;
    let refused = "cobnut_mesh_refusals_total{reason=\"secret\"}";
    ensure!(counter(&cluster.nodes[0], refused)? == 0, "nobody was refused yet");

    let url = cluster.nodes[0].options_mut().database.clone();
    let arguments = ["cluster", "rotate-secret", "--grace", GRACE_SECONDS, "--database", &url];
    let folder = cluster.artifacts().folder().to_owned();
    let output = cobnut_command(Some(cluster.nodes[0].host().as_ref()), &folder, &arguments)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    // It never reads the new one, and tries again and again.
    insider.until("both nodes refuse the old secret", VOID_LIMIT, |insider| {
        let nodes = &cluster.nodes;
        Ok(insider.links() == 0 && counter(&nodes[0], refused)? > 0 && counter(&nodes[1], refused)? > 0)
    })?;
    for node in &mut cluster.nodes {
        node.process()?.wait_for_log(&["cannot prove the shared secret"], SAY_LIMIT)?;
    }
    cluster.wait_until_formed()?;
    eventually("the old member is no member", SAY_LIMIT, || {
        let sizes = [cluster.nodes[0].cluster_size()?, cluster.nodes[1].cluster_size()?];
        Ok((sizes == [2, 2]).then_some(()))
    })?;
    crate::stage::chat(&cluster, "said under the new secret")
}
