//! `<ssl>` with key stores.

use anyhow::{Result, ensure};
use compat_tests::Cluster;

use crate::relay::forward;
use crate::stage::{KEYTOOL, PASSWORD, Stores, assert_apart, chat, configure, document, form, prepare, ssl};

/// Nothing else on the wire looks like this.
const SECRET: &str = "the-chestnut-is-under-the-third-tree";
/// Where the first node can be reached through the relay.
const FORWARDED: &str = "192.168.5.9:5801";

/// Sends [`SECRET`] across a link that passes a relay, and says whether the relay could read it.
fn is_readable_on_the_wire(cluster: &mut Cluster, blocks: [&str; 2]) -> Result<bool> {
    let public = format!("    <public-address>{FORWARDED}</public-address>\n{}", blocks[0]);
    configure(cluster, 0, &document(&[FORWARDED], &public))?;
    configure(cluster, 1, &document(&[FORWARDED], blocks[1]))?;
    let target = cluster.nodes[0].host().socket(5701);
    let recording = forward(&cluster.client_host, 5801, target)?;
    form(cluster)?;
    chat(cluster, SECRET)?;
    ensure!(recording.len() > 1000, "the link passes the relay; it saw {} bytes", recording.len());
    Ok(recording.contains(SECRET) || recording.contains("10024"))
}

#[test]
fn members_of_one_authority_chat_and_a_listener_reads_nothing() -> Result<()> {
    let test = "members_of_one_authority_chat_and_a_listener_reads_nothing";
    if !Cluster::ready(test, &[KEYTOOL]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    let stores = Stores::new(cluster.artifacts().folder())?;
    stores.signed("one", "JKS", &[])?;
    stores.signed("two", "PKCS12", &[])?;
    stores.trusting("trust-one", "PKCS12", &["authority"])?;
    stores.trusting("trust-two", "JKS", &["authority"])?;
    let one = ssl(&stores.path("one"), &stores.path("trust-one"), PASSWORD);
    let two = ssl(&stores.path("two"), &stores.path("trust-two"), PASSWORD);
    let is_readable = is_readable_on_the_wire(&mut cluster, [&one, &two])?;
    ensure!(!is_readable, "the relay read what was said");
    Ok(())
}

#[test]
fn a_listener_reads_nothing_although_no_file_has_a_word_about_protection() -> Result<()> {
    let test = "a_listener_reads_nothing_although_no_file_has_a_word_about_protection";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    let is_readable = is_readable_on_the_wire(&mut cluster, ["", ""])?;
    ensure!(!is_readable, "the relay read what was said");
    Ok(())
}

#[test]
fn a_listener_reads_everything_when_nodes_are_told_to_speak_in_clear() -> Result<()> {
    let test = "a_listener_reads_everything_when_nodes_are_told_to_speak_in_clear";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    for node in &mut cluster.nodes {
        node.options_mut().extra.push("--mesh-clear".to_owned());
    }
    let is_readable = is_readable_on_the_wire(&mut cluster, ["", ""])?;
    ensure!(is_readable, "the relay sees the link, or the tests beside this one prove nothing");
    Ok(())
}

#[test]
fn one_node_that_speaks_in_clear_stays_apart_and_both_say_why() -> Result<()> {
    let test = "one_node_that_speaks_in_clear_stays_apart_and_both_say_why";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    cluster.nodes[1].options_mut().extra.push("--mesh-clear".to_owned());
    assert_apart(&mut cluster, [&["192.168.5.2", "--mesh-clear"], &["192.168.5.1", "--mesh-clear"]])
}

#[test]
fn self_signed_certificates_in_each_others_trust_store_will_do() -> Result<()> {
    let test = "self_signed_certificates_in_each_others_trust_store_will_do";
    if !Cluster::ready(test, &[KEYTOOL]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    let stores = Stores::new(cluster.artifacts().folder())?;
    stores.pair("one", "JKS", &[])?;
    stores.pair("two", "JKS", &[])?;
    stores.trusting("trust-one", "JKS", &["two"])?;
    stores.trusting("trust-two", "JKS", &["one"])?;
    for (index, (own, trust)) in [("one", "trust-one"), ("two", "trust-two")].into_iter().enumerate() {
        let block = ssl(&stores.path(own), &stores.path(trust), PASSWORD);
        configure(&mut cluster, index, &document(&["192.168.5.1", "192.168.5.2"], &block))?;
    }
    form(&mut cluster)?;
    chat(&cluster, SECRET)
}

#[test]
fn a_foreign_an_expired_and_a_missing_certificate_keep_a_node_out_and_both_sides_say_so() -> Result<()> {
    let test = "a_foreign_an_expired_and_a_missing_certificate_keep_a_node_out_and_both_sides_say_so";
    if !Cluster::ready(test, &[KEYTOOL]) {
        return Ok(());
    }
    let mut cluster = prepare(test, ["", ""])?;
    let stores = Stores::new(cluster.artifacts().folder())?;
    stores.signed("one", "PKCS12", &[])?;
    stores.trusting("trust", "PKCS12", &["authority"])?;
    stores.pair("foreign", "PKCS12", &[])?;
    stores.signed("expired", "PKCS12", &["-startdate", "-10d", "-validity", "5"])?;
    let trust = stores.path("trust");
    let block = |own: &str| ssl(&stores.path(own), &trust, PASSWORD);
    // Only the newcomer dials: its own log has to tell what the other end thinks of it.
    configure(&mut cluster, 0, &document(&["192.168.5.1"], &block("one")))?;
    let no_block = String::new();
    for (blocks, ours, theirs) in [
        (
            block("foreign"),
            "nothing in this node's trustStore vouches",
            "does not accept this node's certificate",
        ),
        (block("expired"), "its certificate has expired", "this node's certificate has expired"),
        (no_block, "the same <ssl> on every node", "the same <ssl> on every node"),
    ] {
        configure(&mut cluster, 1, &document(&["192.168.5.1", "192.168.5.2"], &blocks))?;
        let (ours, theirs) = (["192.168.5.2", ours], [theirs]);
        assert_apart(&mut cluster, [&ours, &theirs])?;
        for node in &mut cluster.nodes {
            node.stop()?;
        }
    }
    Ok(())
}
