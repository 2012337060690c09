//! The smaller side of a split refuses logins where the operator wants it, and serves again after the split.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{DOMAIN, Discovery, Fleet, FleetOptions, Node, XmppClient, eventually};

const NODES: usize = 3;
/// The node whose cable is pulled.
const VICTIM: usize = 2;
/// How long a fleet may take to form.
const FORM_LIMIT: Duration = Duration::from_secs(40);
/// How long anything that follows from a cable may take on a slow machine.
const CHANGE_LIMIT: Duration = Duration::from_secs(40);

/// What a node says to a client that begins to talk to it, from its own machine.
fn answer(node: &Node) -> Result<String> {
    let stream = node.host().connect(node.host().socket(5222))?;
    let mut client = XmppClient::open(stream)?;
    client.send(&format!(
        "<?xml version='1.0'?><stream:stream to='{DOMAIN}' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>"
    ))?;
    client.wait_for("features or an error", CHANGE_LIMIT, |element| {
        element.starts_with("<stream:features") || element.starts_with("<stream:error")
    })
}

fn wait_for_side(node: &Node, side: &str) -> Result<()> {
    eventually(&format!("{} on the side of the {side}", node.name()), CHANGE_LIMIT, || {
        let cluster = node.api("cluster")?;
        ensure!(cluster["standing"]["side"] == side, "{}", cluster["standing"]);
        Ok(Some(()))
    })
    .map(|_| ())
}

#[test]
fn a_node_that_is_cut_off_refuses_logins_and_the_others_serve() -> Result<()> {
    let test = "a_node_that_is_cut_off_refuses_logins_and_the_others_serve";
    if !Fleet::ready(test) {
        return Ok(());
    }
    let options = FleetOptions {
        nodes: NODES,
        discovery: Discovery::TcpIp,
        users: NODES,
        wire: None,
        properties: Vec::new(),
    };
    let mut fleet = Fleet::prepare(test, &options)?;
    fleet.database.execute(
        "INSERT INTO openfire.ofProperty (name, propValue) VALUES ('cobnut.cluster.minority', 'refuse-logins')",
    );
    for node in &mut fleet.nodes {
        node.launch()?;
    }
    for node in &mut fleet.nodes {
        node.wait_until_serving()?;
    }
    fleet.wait_until_formed(FORM_LIMIT)?;
    let before = fleet.login(VICTIM, VICTIM, "before")?;

    fleet.nodes[VICTIM].host().unplug()?;
    wait_for_side(&fleet.nodes[VICTIM], "minority")?;
    let refused = answer(&fleet.nodes[VICTIM])?;
    ensure!(refused.contains("<resource-constraint "), "{refused}");
    ensure!(refused.contains("in touch with 1 of 3 members only"), "{refused}");
    for node in 0..VICTIM {
        wait_for_side(&fleet.nodes[node], "majority")?;
        fleet.login(node, node, "during")?.close().context("a login at the larger side")?;
    }

    fleet.nodes[VICTIM].host().plug_in()?;
    wait_for_side(&fleet.nodes[VICTIM], "majority")?;
    fleet.wait_until_formed(CHANGE_LIMIT)?;
    eventually("a login after the split", CHANGE_LIMIT, || {
        fleet.login(VICTIM, 0, "after")?.close().map(Some)
    })?;
    drop(before);
    Ok(())
}
