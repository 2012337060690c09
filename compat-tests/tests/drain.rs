//! A node with a hundred clients is drained while two hundred people write to each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{
    Deadline, Discovery, Door, Fleet, FleetOptions, Voice, XmppClient, check_ring, cobnut_command,
};

const NODES: usize = 2;
const PEOPLE: usize = 200;
/// Threads that play the people, each an equal part of them.
const TROUPES: usize = 8;
/// How long a fleet may take to form.
const FORM_LIMIT: Duration = Duration::from_secs(40);
/// How long everybody may take to come in, and everybody to be moved.
const CROWD_LIMIT: Duration = Duration::from_secs(90);
/// How long what is under way at the end may take to arrive.
const LAST_LIMIT: Duration = Duration::from_mins(1);

/// What the people have done so far, for the one who waits for it.
#[derive(Default)]
struct Tally {
    online: AtomicUsize,
    sent: AtomicUsize,
    heard: AtomicUsize,
    has_stopped: AtomicUsize,
    is_over: AtomicBool,
    may_leave: AtomicBool,
}

/// One user, who writes to the next one and goes where the server says.
struct Person {
    voice: Voice,
    node: usize,
    client: Option<XmppClient>,
    /// Addresses that the server named when it ended a stream.
    sent_to: Vec<String>,
}

impl Person {
    fn come_in(&mut self, door: &Door, tally: &Tally) -> Result<()> {
        let mut client = door.login(self.node, self.voice.number, "Spark")?;
        client.go_online()?;
        client.sync()?;
        self.client = Some(client);
        tally.online.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn write(&mut self, tally: &Tally) {
        if self.client.as_mut().is_some_and(|client| self.voice.write(client)) {
            tally.sent.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads what has come; goes elsewhere if the server says so.
    fn listen(&mut self, door: &Door, tally: &Tally) -> Result<()> {
        let client = self.client.as_mut().context("a client")?;
        let elements = client.take_all(Duration::from_millis(1))?;
        let has_ended = client.has_ended() || elements.iter().any(|element| element.contains("stream:error"));
        self.note(&elements, tally);
        if !has_ended {
            return Ok(());
        }
        if let Some(client) = self.client.take() {
            tally.online.fetch_sub(1, Ordering::Relaxed);
            // Whoever is told to go closes its stream, too: the server has read everything before.
            let _closed_already = client.close();
        }
        self.node = (self.node + 1) % NODES;
        self.come_in(door, tally)
    }

    fn note(&mut self, elements: &[String], tally: &Tally) {
        for element in elements {
            if let Some((_, rest)) = element.split_once("<see-other-host") {
                let address = rest.split_once('>').and_then(|(_, rest)| rest.split_once('<'));
                self.sent_to.push(address.map_or("", |(address, _)| address).to_owned());
            } else if self.voice.note(element) {
                tally.heard.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Plays some of the people until everything that anybody wrote has arrived.
fn play(mut people: Vec<Person>, door: &Door, tally: &Tally) -> Result<Vec<Person>> {
    for person in &mut people {
        person.come_in(door, tally)?;
    }
    let mut is_writing = true;
    while !tally.may_leave.load(Ordering::Relaxed) {
        let is_over = tally.is_over.load(Ordering::Relaxed);
        for person in &mut people {
            if !is_over {
                person.write(tally);
            }
            person.listen(door, tally)?;
        }
        if is_over && is_writing {
            is_writing = false;
            tally.has_stopped.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(people)
}

fn crowd(fleet: &Fleet, tally: &Arc<Tally>) -> Vec<JoinHandle<Result<Vec<Person>>>> {
    let person = |number: usize| Person {
        voice: Voice::new(number, PEOPLE),
        node: number % NODES,
        client: None,
        sent_to: Vec::new(),
    };
    let troupe = |troupe: usize| {
        let people: Vec<Person> = (troupe..PEOPLE).step_by(TROUPES).map(person).collect();
        let (door, tally) = (fleet.door(), Arc::clone(tally));
        thread::spawn(move || play(people, &door, &tally))
    };
    (0..TROUPES).map(troupe).collect()
}

/// Waits until something is so; whoever has ended early says why.
fn until(
    what: &str,
    limit: Duration,
    crowd: &[JoinHandle<Result<Vec<Person>>>],
    is_so: impl Fn() -> Result<bool>,
) -> Result<()> {
    let deadline = Deadline::after(limit);
    while !is_so()? {
        ensure!(!crowd.iter().any(JoinHandle::is_finished), "somebody gave up; waited for: {what}");
        ensure!(deadline.pause(), "waited {limit:?} for: {what}");
    }
    Ok(())
}

#[test]
fn a_drained_node_loses_no_message_and_sends_its_clients_to_another() -> Result<()> {
    let test = "a_drained_node_loses_no_message_and_sends_its_clients_to_another";
    if !Fleet::ready(test) {
        return Ok(());
    }
    let options = FleetOptions {
        nodes: NODES,
        discovery: Discovery::TcpIp,
        users: PEOPLE,
        wire: None,
        properties: Vec::new(),
    };
    let fleet = Fleet::start(test, &options, FORM_LIMIT)?;
    let tally = Arc::new(Tally::default());
    let crowd = crowd(&fleet, &tally);
    let outcome = drain(&fleet, &tally, &crowd);
    // Also after a failure: nobody waits for the others then.
    tally.is_over.store(true, Ordering::Relaxed);
    tally.may_leave.store(true, Ordering::Relaxed);
    let mut people = Vec::new();
    for troupe in crowd {
        people.extend(troupe.join().map_err(|_| anyhow::anyhow!("a troupe panicked"))??);
    }
    outcome?;
    people.sort_by_key(|person| person.voice.number);
    check(&fleet, &people)
}

/// Everybody comes in, the first node is drained, everybody writes on for a while, and all that was written arrives.
fn drain(fleet: &Fleet, tally: &Tally, crowd: &[JoinHandle<Result<Vec<Person>>>]) -> Result<()> {
    let everybody = || Ok(tally.online.load(Ordering::Relaxed) == PEOPLE);
    until("everybody is online", CROWD_LIMIT, crowd, everybody)?;
    let node = &fleet.nodes[0];
    let arguments = ["cluster", "drain", "--timeout", "40"];
    let output = cobnut_command(Some(node.host().as_ref()), node.folder(), &arguments)?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let left = node.sessions()?;
    ensure!(left.is_empty(), "sessions are left on the drained node: {left:?}");
    until("everybody is online again", CROWD_LIMIT, crowd, everybody)?;
    let before = tally.sent.load(Ordering::Relaxed);
    let written = || Ok(tally.sent.load(Ordering::Relaxed) >= before + PEOPLE);
    until("everybody has written again", CROWD_LIMIT, crowd, written)?;
    tally.is_over.store(true, Ordering::Relaxed);
    let all = || Ok(tally.has_stopped.load(Ordering::Relaxed) == TROUPES);
    until("nobody writes any more", CROWD_LIMIT, crowd, all)?;
    let arrived = || Ok(tally.heard.load(Ordering::Relaxed) >= tally.sent.load(Ordering::Relaxed));
    until("what was written arrives", LAST_LIMIT, crowd, arrived)
}

/// Every message reached its reader once, none came back, and who was on the drained node was told where to go.
fn check(fleet: &Fleet, people: &[Person]) -> Result<()> {
    let other = fleet.nodes[1].host().socket(5222).to_string();
    check_ring(&people.iter().map(|person| &person.voice).collect::<Vec<_>>())?;
    for Person { voice, sent_to, .. } in people {
        let expected: &[String] =
            if voice.number.is_multiple_of(NODES) { std::slice::from_ref(&other) } else { &[] };
        ensure!(sent_to == expected, "user {} was sent to {sent_to:?}", voice.number);
    }
    Ok(())
}
