//! `tools/rolling-restart.sh` against three real nodes while their users chat: a restart, and an upgrade from nodes that
//! speak the previous version of the wire format.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use compat_tests::{
    Deadline, Discovery, Door, Fleet, FleetOptions, Node, Voice, XmppClient, check_ring, cobnut_binary,
    repository_root,
};

const NODES: usize = 3;
const PEOPLE: usize = 12;
/// How long a fleet may take to form.
const FORM_LIMIT: Duration = Duration::from_secs(40);
/// How long the whole walk may take.
const WALK_LIMIT: Duration = Duration::from_mins(4);
/// How long the last messages may take.
const LAST_LIMIT: Duration = Duration::from_secs(30);
/// Pause between two messages of a person.
const PAUSE: Duration = Duration::from_millis(100);

/// One user, who writes to the next one and goes to another node when told to.
struct Person {
    voice: Voice,
    node: usize,
    door: Door,
    client: Option<XmppClient>,
    moves: usize,
}

impl Person {
    fn come_in(&mut self) -> Result<()> {
        let deadline = Deadline::after(LAST_LIMIT);
        loop {
            match self.door.login(self.node, self.voice.number, "Spark").and_then(|mut client| {
                client.go_online()?;
                Ok(client)
            }) {
                Ok(client) => {
                    self.client = Some(client);
                    return Ok(());
                }
                Err(err) if deadline.left().is_none() => return Err(err),
                Err(_) => self.node = (self.node + 1) % NODES,
            }
            thread::sleep(PAUSE);
        }
    }

    /// Reads what has come; goes elsewhere if the server says so.
    fn listen(&mut self) -> Result<()> {
        let Some(client) = self.client.as_mut() else { return self.come_in() };
        let elements = client.take_all(PAUSE)?;
        let has_ended = client.has_ended() || elements.iter().any(|element| element.contains("stream:error"));
        for element in &elements {
            self.voice.note(element);
        }
        if has_ended && let Some(client) = self.client.take() {
            // Whoever is told to go closes its stream, too: the server has read everything before.
            let _closed_already = client.close();
            self.moves += 1;
            self.node = (self.node + 1) % NODES;
            self.come_in()?;
        }
        Ok(())
    }

    fn write(&mut self) {
        if let Some(client) = self.client.as_mut() {
            self.voice.write(client);
        }
    }

    fn live(mut self, is_over: &AtomicBool) -> Result<Self> {
        self.come_in()?;
        while !is_over.load(Ordering::Relaxed) {
            self.write();
            self.listen()?;
        }
        // Everybody has stopped writing soon after; what is under way arrives.
        let deadline = Deadline::after(Duration::from_secs(10));
        while deadline.left().is_some() {
            self.listen()?;
        }
        Ok(self)
    }
}

/// How the script reaches the nodes: a program that enters the node's network and folder.
fn write_runner(fleet: &Fleet, path: &Path) -> Result<()> {
    let mut script = "#!/bin/sh\ncase $1 in\n".to_owned();
    for (number, node) in fleet.nodes.iter().enumerate() {
        let prefix = node.host().prefix().join(" ");
        let (number, folder) = (number + 1, node.folder().display());
        writeln!(script, "node{number}) cd '{folder}' && exec {prefix} sh -c \"$2\" ;;")?;
    }
    script.push_str("*) exit 9 ;;\nesac\n");
    fs::write(path, script)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// Does what a service manager would when the script asks for a restart; `arguments` are the node's from then on.
fn serve_restarts(fleet: &mut Fleet, arguments: &[&str]) -> Result<()> {
    for node in &mut fleet.nodes {
        let request = node.folder().join("restart-request");
        if request.exists() {
            restart(node, arguments)?;
            fs::remove_file(&request)?;
        }
    }
    Ok(())
}

fn restart(node: &mut Node, arguments: &[&str]) -> Result<()> {
    node.stop()?;
    node.options_mut().extra = arguments.iter().map(|&argument| argument.to_owned()).collect();
    node.start()
}

/// The versions of the wire format that the nodes' links speak, each once.
fn wire_versions(fleet: &Fleet) -> Result<BTreeSet<u64>> {
    let mut versions = BTreeSet::new();
    for node in &fleet.nodes {
        let cluster = node.api("cluster")?;
        let members = cluster["members"].as_array().context("members")?;
        versions.extend(members.iter().filter_map(|member| member["wire_version"].as_u64()));
    }
    Ok(versions)
}

#[test]
fn nodes_are_restarted_one_by_one_while_people_chat() -> Result<()> {
    let test = "nodes_are_restarted_one_by_one_while_people_chat";
    if !Fleet::ready(test) {
        return Ok(());
    }
    let mut fleet = start(test)?;
    walk(&mut fleet, &[])
}

#[test]
fn nodes_of_the_previous_wire_version_are_upgraded_one_by_one_while_people_chat() -> Result<()> {
    let test = "nodes_of_the_previous_wire_version_are_upgraded_one_by_one_while_people_chat";
    if !Fleet::ready(test) {
        return Ok(());
    }
    let mut fleet = start(test)?;
    let newest = wire_versions(&fleet)?;
    let newest = newest.into_iter().max().context("links")?;
    let previous = (newest - 1).to_string();
    for node in &mut fleet.nodes {
        restart(node, &["--mesh-wire", &previous])?;
    }
    fleet.wait_until_formed(FORM_LIMIT)?;
    ensure!(wire_versions(&fleet)? == BTreeSet::from([newest - 1]), "all speak the previous version");
    walk(&mut fleet, &[])?;
    ensure!(wire_versions(&fleet)? == BTreeSet::from([newest]), "all speak the newest version");
    Ok(())
}

fn start(test: &str) -> Result<Fleet> {
    let options = FleetOptions {
        nodes: NODES,
        discovery: Discovery::TcpIp,
        users: PEOPLE,
        wire: None,
        properties: Vec::new(),
    };
    Fleet::start(test, &options, FORM_LIMIT)
}

/// Restarts the nodes one after the other with `arguments` by the script, while people chat.
fn walk(fleet: &mut Fleet, arguments: &[&str]) -> Result<()> {
    let runner = fleet.artifacts().path("on.sh");
    write_runner(fleet, &runner)?;
    let is_over = Arc::new(AtomicBool::new(false));
    let people: Vec<_> = (0..PEOPLE)
        .map(|number| {
            let person = Person {
                voice: Voice::new(number, PEOPLE),
                node: number % NODES,
                door: fleet.door(),
                client: None,
                moves: 0,
            };
            let is_over = Arc::clone(&is_over);
            thread::spawn(move || person.live(&is_over))
        })
        .collect();
    thread::sleep(PAUSE * 10);
    let log = fs::File::create(fleet.artifacts().path("rolling-restart.log"))?;
    let mut script = Command::new("sh")
        .arg(repository_root().join("tools/rolling-restart.sh"))
        .args(["--run", &format!("{} {{}}", runner.display())])
        .args(["--cobnut", &cobnut_binary()?.display().to_string()])
        .args(["--restart", "touch restart-request; while [ -e restart-request ]; do sleep 0.1; done"])
        .args(["--timeout", "20", "--wait", "60", "node1", "node2", "node3"])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("run the script")?;
    let deadline = Deadline::after(WALK_LIMIT);
    let status = loop {
        if let Some(status) = script.try_wait()? {
            break status;
        }
        if !deadline.pause() {
            script.kill()?;
            bail!("the rolling restart took longer than {WALK_LIMIT:?}");
        }
        serve_restarts(fleet, arguments)?;
    };
    is_over.store(true, Ordering::Relaxed);
    let people: Vec<Person> = people
        .into_iter()
        .map(|person| person.join().map_err(|_| anyhow::anyhow!("a person panicked"))?)
        .collect::<Result<_>>()?;
    let log = fs::read_to_string(fleet.artifacts().path("rolling-restart.log"))?;
    ensure!(status.success(), "the script ended with {status}:\n{log}");
    ensure!(log.contains("all 3 nodes were restarted"), "{log}");
    ensure!(people.iter().map(|person| person.moves).sum::<usize>() >= PEOPLE, "everybody was moved");
    check_ring(&people.iter().map(|person| &person.voice).collect::<Vec<_>>())
}
