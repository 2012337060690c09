//! A room, people who send to it, and what each of them got.

use std::collections::BTreeMap;

use cobnut_model::UnixMillis;
use jid::{FullJid, Jid};
use minidom::Element;

use super::super::*;
use crate::stanza::with_to;
use crate::xml::parse_stanza;

pub(super) const ROOM: &str = "den@conference.example.net";
pub(super) const ANN: &str = "ann@example.net/desk";
pub(super) const ANN_PHONE: &str = "ann@example.net/phone";
pub(super) const BOB: &str = "bob@example.net/desk";
pub(super) const CYD: &str = "cyd@example.net/desk";

/// A room and what came out of it since it was last asked.
pub(super) struct Table {
    pub(super) room: Room,
    pub(super) now: u64,
    pub(super) inbox: BTreeMap<String, Vec<Element>>,
    pub(super) changes: Vec<Change>,
    pub(super) occupants: Vec<OccupantChange>,
    pub(super) lookups: Vec<ArchiveLookup>,
    pub(super) sysadmins: Vec<String>,
}

struct Sysadmins<'a>(&'a [String]);

impl Directory for Sysadmins<'_> {
    fn is_sysadmin(&self, user: &jid::BareJid) -> bool {
        self.0.iter().any(|name| name == user.as_str())
    }

    fn is_in_group(&self, group: &Jid, user: &jid::BareJid) -> bool {
        group
            .node()
            .is_some_and(|node| user.node().is_some_and(|user| user.as_str().starts_with(node.as_str())))
    }
}

pub(super) fn element(text: &str) -> Element {
    parse_stanza(text.as_bytes()).unwrap()
}

impl Table {
    /// A room that ann made and nobody has entered.
    pub(super) fn new() -> Self {
        let now = 1_700_000_000_000;
        let record = RoomRecord::new(
            ROOM.parse().unwrap(),
            "ann@example.net".parse().unwrap(),
            RoomConfig::default(),
            [7; 32],
            UnixMillis(now),
        );
        let room = Room::new(record, RoomPolicy::default());
        Self {
            room,
            now,
            inbox: BTreeMap::new(),
            changes: Vec::new(),
            occupants: Vec::new(),
            lookups: Vec::new(),
            sysadmins: Vec::new(),
        }
    }

    /// An open room that ann owns and nobody has entered.
    pub(super) fn open(config: impl FnOnce(&mut RoomConfig)) -> Self {
        let mut table = Self::new();
        table.room.record.lock = Lock::Open;
        config(&mut table.room.record.config);
        table
    }

    /// What `from` sends; `to` is put in as `den@…` where the text says `ROOM`.
    pub(super) fn send(&mut self, from: &str, stanza: &str) {
        self.forget();
        self.now += 1000;
        let stanza = element(&stanza.replace("ROOM", ROOM));
        let from = Jid::new(from).unwrap();
        let stanza = crate::stanza::ElementExt::with_attr(stanza, "from", from.to_string());
        let id = format!("s{}", self.now);
        let sysadmins = Sysadmins(&self.sysadmins);
        let context = Context::new(UnixMillis(self.now), &id).with_directory(&sysadmins);
        let outcome = self.room.handle(&from, &stanza, &context);
        self.take(outcome);
    }

    pub(super) fn act(&mut self, action: impl FnOnce(&mut Room, &Context<'_>) -> Outcome) {
        self.forget();
        self.now += 1000;
        let id = format!("s{}", self.now);
        let outcome = action(&mut self.room, &Context::new(UnixMillis(self.now), &id));
        self.take(outcome);
    }

    fn forget(&mut self) {
        self.inbox.clear();
        self.changes.clear();
        self.occupants.clear();
        self.lookups.clear();
    }

    fn take(&mut self, outcome: Outcome) {
        for delivery in outcome.deliver {
            for to in delivery.to.iter() {
                let stanza = parse_stanza(&with_to(&delivery.stanza, to.as_str())).unwrap();
                self.inbox.entry(to.to_string()).or_default().push(stanza);
            }
        }
        self.changes.extend(outcome.changes);
        self.occupants.extend(outcome.occupants);
        self.lookups.extend(outcome.lookups);
    }

    /// Enters without wanting history.
    pub(super) fn enter(&mut self, from: &str, nick: &str) {
        let text = format!(
            "<presence to='ROOM/{nick}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>"
        );
        self.send(from, &text);
    }

    /// One line for each stanza that somebody got.
    pub(super) fn got(&self, who: &str) -> Vec<String> {
        self.inbox.get(who).into_iter().flatten().map(line).collect()
    }

    /// The stanzas that somebody got.
    pub(super) fn stanzas(&self, who: &str) -> &[Element] {
        self.inbox.get(who).map_or(&[], Vec::as_slice)
    }

    pub(super) fn nick_of(&self, session: &str) -> Option<String> {
        self.room.nick_of(&session.parse::<FullJid>().unwrap()).map(str::to_owned)
    }
}

/// A stanza in one line: what the tests compare.
fn line(stanza: &Element) -> String {
    let mut words = vec![stanza.name().to_owned()];
    let from = stanza.attr("from").unwrap_or_default();
    words.push(from.strip_prefix(ROOM).unwrap_or(from).to_owned());
    if let Some(kind) = stanza.attr("type") {
        words.push(format!("({kind})"));
    }
    for child in stanza.children() {
        match child.name() {
            "error" => {
                let names = child.children().map(Element::name);
                words.push(format!(
                    "error={}/{}",
                    child.attr("type").unwrap_or_default(),
                    names.collect::<Vec<_>>().join(",")
                ));
            }
            "x" if child.ns() == ns::USER => user(child, &mut words),
            "body" | "subject" | "status" | "show" => {
                words.push(format!("{}={}", child.name(), child.text()));
            }
            "delay" => words.push("delayed".to_owned()),
            _ => {}
        }
    }
    words.join(" ")
}

fn user(x: &Element, words: &mut Vec<String>) {
    for child in x.children() {
        match child.name() {
            "item" => {
                let standing = [child.attr("affiliation"), child.attr("role")];
                words.push(standing.into_iter().flatten().collect::<Vec<_>>().join("/"));
                words.extend(child.attr("jid").map(|jid| format!("jid={jid}")));
                words.extend(child.attr("nick").map(|nick| format!("nick={nick}")));
                for detail in child.children() {
                    let text = detail.attr("nick").map_or_else(|| detail.text(), str::to_owned);
                    words.push(format!("{}={text}", detail.name()));
                }
            }
            "status" => words.push(child.attr("code").unwrap_or_default().to_owned()),
            name => words.push(format!("<{name}>")),
        }
    }
}
