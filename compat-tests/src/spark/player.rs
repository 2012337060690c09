//! Plays a transcript: sends what clients sent, and waits for what they need.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::mem;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use roxmltree::Document;

use super::pattern::{self, Values};
use super::rules::{self, Question};
use super::scram;
use super::script::{self, Line, SPARK, Step};
use crate::{Cluster, DOMAIN, Deadline, XmppClient, attribute};

/// How long an answer may take on a slow machine. Spark gives up after 10 s; that is not measured here.
const ANSWER_LIMIT: Duration = Duration::from_secs(40);

/// Plays transcripts one after the other, with the same people.
pub struct Player<'a> {
    cluster: &'a mut Cluster,
    people: BTreeMap<String, Person>,
    values: Values,
    /// What the server has said to have, in its order.
    items: Vec<String>,
    /// What was waited for last.
    last: String,
    /// Everything said, for who has to find out why a play failed.
    record: String,
}

struct Person {
    client: XmppClient,
    /// Their address; empty before they have a session.
    jid: String,
    /// What arrived and was not waited for yet, with its place in the order of arrival.
    inbox: Vec<(usize, String)>,
    arrived: usize,
    /// The place of what was waited for last.
    seen: usize,
    questions: BTreeMap<String, Question>,
    pings: usize,
}

impl<'a> Player<'a> {
    /// Nobody is connected yet.
    pub fn new(cluster: &'a mut Cluster) -> Self {
        Self {
            cluster,
            people: BTreeMap::new(),
            values: Values::new(),
            items: Vec::new(),
            last: String::new(),
            record: String::new(),
        }
    }

    /// Plays a transcript. Afterwards each question of Spark's has been answered, whether the transcript says so or not.
    pub fn play(&mut self, transcript: &Path) -> Result<()> {
        let name = transcript.display();
        let text = fs::read_to_string(transcript).with_context(|| format!("read {name}"))?;
        let lines = script::read(&text).with_context(|| name.to_string())?;
        let played = self.play_lines(&lines).and_then(|()| self.wait_for_all_answers());
        fs::write(self.cluster.artifacts().path("conversation.txt"), &self.record)?;
        played.with_context(|| format!("{name}; the conversation is in conversation.txt"))
    }

    fn play_lines(&mut self, lines: &[Line]) -> Result<()> {
        lines
            .iter()
            .try_for_each(|line| self.step(&line.step).with_context(|| format!("line {}", line.number)))
    }

    fn step(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Connect { who, node } => {
                let at = self.node(*node)?.host().socket(5222);
                let client = XmppClient::open(self.cluster.client_host.connect(at)?)?;
                self.meet(who, client);
            }
            Step::LogIn { who, node, resource } => {
                let client = self.cluster.login(*node, who, resource)?;
                self.meet(who, client);
            }
            Step::StartTls { who } => self.person(who)?.client.start_tls(DOMAIN)?,
            Step::LogOut { who } => {
                let person = self.people.remove(who).with_context(|| format!("{who} is not there"))?;
                person.client.close()?;
            }
            Step::Break { who } => {
                self.people.remove(who).with_context(|| format!("{who} is not there"))?;
            }
            Step::Kill { node } => {
                self.node(*node)?;
                self.cluster.nodes[*node].kill()?;
            }
            Step::EachItem { until, lines } => self.each_item(until.as_deref(), lines)?,
            Step::Send { who, text } => self.send(who, text)?,
            Step::Receive { who, template, is_later } => self.receive(who, template, *is_later)?,
            Step::Never { who, template } => self.never(who, template)?,
        }
        Ok(())
    }

    fn node(&self, node: usize) -> Result<&crate::Node> {
        self.cluster.nodes.get(node).with_context(|| format!("there is no node {}", node + 1))
    }

    fn meet(&mut self, who: &str, client: XmppClient) {
        let jid = client.jid().to_owned();
        let person = Person {
            client,
            jid,
            inbox: Vec::new(),
            arrived: 0,
            seen: 0,
            questions: BTreeMap::new(),
            pings: 0,
        };
        self.people.insert(who.to_owned(), person);
    }

    fn person(&mut self, who: &str) -> Result<&mut Person> {
        self.people.get_mut(who).with_context(|| format!("{who} is not there"))
    }

    fn each_item(&mut self, until: Option<&str>, lines: &[Line]) -> Result<()> {
        ensure!(!self.items.is_empty(), "the server has said of no items");
        for (turn, item) in self.items.clone().into_iter().enumerate() {
            self.values.insert("item".to_owned(), item);
            self.values.insert("turn".to_owned(), (turn + 1).to_string());
            self.play_lines(lines)?;
            let Some(feature) = until else { continue };
            let template = format!(
                "<iq><query xmlns='http://jabber.org/protocol/disco#info'><feature var='{feature}'/></query></iq>"
            );
            if pattern::matches(&template, &self.last, &self.values)?.is_some() {
                break;
            }
        }
        Ok(())
    }

    fn send(&mut self, who: &str, text: &str) -> Result<()> {
        self.prepare_scram(who, text)?;
        let text = pattern::fill(text, &self.values)?;
        let _ = writeln!(self.record, "{who} C: {text}");
        let person = self.person(who)?;
        // Before it has a session, the transcript waits for what matters.
        let is_question = text.starts_with("<iq") && matches!(attribute(&text, "type"), Some("get" | "set"));
        if is_question && !person.jid.is_empty() {
            let id = attribute(&text, "id").context("a question without an id")?.to_owned();
            let question = Question { to: attribute(&text, "to").map(str::to_owned), is_answered: false };
            ensure!(person.questions.insert(id, question).is_none(), "asked before: {text}");
        }
        person.client.send(&text)
    }

    /// Works out what stands for the client's side of SCRAM.
    fn prepare_scram(&mut self, who: &str, text: &str) -> Result<()> {
        let nonce = format!("nonce-of-{who}");
        let mut set = |name: &str, value: String| self.values.insert(name.to_owned(), value);
        if text.contains("{scram-first}") {
            set("scram-first", scram::first(who, &nonce));
        }
        if text.contains("{scram-proof}") {
            let challenge = self.values.remove("challenge").context("a challenge")?;
            let proof = scram::prove(who, self.cluster.password(who)?, &nonce, &challenge)?;
            self.values.insert("scram-proof".to_owned(), proof.message);
            self.values.insert("scram-verifier".to_owned(), proof.verifier);
        }
        Ok(())
    }

    fn receive(&mut self, who: &str, template: &str, is_later: bool) -> Result<()> {
        let values = mem::take(&mut self.values);
        let person = self.people.get_mut(who).with_context(|| format!("{who} is not there"))?;
        let found = person.wait_for(who, template, is_later, &values, &mut self.record);
        self.values = values;
        let (stanza, mut values) = found?;
        if let Some(jid) = values.remove("jid") {
            person.jid = jid;
        }
        self.values = values;
        if who == SPARK && attribute(&stanza, "from") == Some(DOMAIN) && stanza.starts_with("<iq") {
            let items = items(&stanza)?;
            if !items.is_empty() {
                self.items = items;
            }
        }
        self.last = stanza;
        Ok(())
    }

    /// What the server has sent before the answer to a ping is looked at.
    fn never(&mut self, who: &str, template: &str) -> Result<()> {
        let values = self.values.clone();
        let person = self.people.get_mut(who).with_context(|| format!("{who} is not there"))?;
        person.pings += 1;
        let id = format!("ping-{who}-{}", person.pings);
        person
            .client
            .send(&format!("<iq type='get' to='{DOMAIN}' id='{id}'><ping xmlns='urn:xmpp:ping'/></iq>"))?;
        let answer = format!("<iq type='result' id='{id}'/>");
        person.wait_for(who, &answer, false, &values, &mut self.record)?;
        for (_, stanza) in &person.inbox {
            let is_there = pattern::matches(template, stanza, &values)?.is_some();
            ensure!(!is_there, "{who} got {stanza}");
        }
        Ok(())
    }

    /// Every request gets an answer: each that does not costs Spark ten seconds.
    fn wait_for_all_answers(&mut self) -> Result<()> {
        let Some(person) = self.people.get_mut(SPARK) else { return Ok(()) };
        let deadline = Deadline::after(ANSWER_LIMIT);
        loop {
            let open: Vec<&String> = person
                .questions
                .iter()
                .filter(|(_, question)| !question.is_answered)
                .map(|(id, _)| id)
                .collect();
            if open.is_empty() {
                return Ok(());
            }
            let left = deadline.left().with_context(|| format!("{open:?} were not answered"))?;
            person.read(SPARK, left, &mut self.record)?;
        }
    }
}

impl Person {
    /// The first stanza that is what the template wants, taken out of the inbox, with the values afterwards.
    fn wait_for(
        &mut self,
        who: &str,
        template: &str,
        is_later: bool,
        values: &Values,
        record: &mut String,
    ) -> Result<(String, Values)> {
        let deadline = Deadline::after(ANSWER_LIMIT);
        let mut looked_at = 0;
        loop {
            while let Some((place, stanza)) = self.inbox.get(looked_at) {
                let may_be = !is_later || *place > self.seen;
                if may_be && let Some(values) = pattern::matches(template, stanza, values)? {
                    self.seen = *place;
                    return Ok((self.inbox.remove(looked_at).1, values));
                }
                looked_at += 1;
            }
            let left = deadline.left();
            let is_read = left.is_some_and(|_| !self.client.has_ended());
            if !is_read {
                bail!("{who} waited for {template}\nand has {:#?}", self.inbox);
            }
            self.read(who, left.unwrap_or_default(), record)?;
        }
    }

    /// Takes what arrives next, if anything does.
    fn read(&mut self, who: &str, limit: Duration, record: &mut String) -> Result<()> {
        let next = self.client.next_element(limit)?;
        let header = self.client.take_header();
        for element in header.into_iter().chain(next) {
            let _ = writeln!(record, "{who} S: {element}");
            if who == SPARK && !self.jid.is_empty() {
                rules::check(&element, &self.jid, &mut self.questions)?;
            }
            self.arrived += 1;
            self.inbox.push((self.arrived, element));
        }
        Ok(())
    }
}

/// The addresses in an answer to `disco#items`; none in other answers.
fn items(answer: &str) -> Result<Vec<String>> {
    let document = Document::parse(answer).with_context(|| format!("the answer {answer}"))?;
    let item = ("http://jabber.org/protocol/disco#items", "item");
    let items = document.descendants().filter(|node| node.has_tag_name(item));
    Ok(items.filter_map(|item| item.attribute("jid")).map(str::to_owned).collect())
}
