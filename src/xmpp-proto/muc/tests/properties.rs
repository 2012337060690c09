//! What holds whatever people send, in whatever order, and wherever the room moves meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use cobnut_model::UnixMillis;
use jid::{FullJid, Jid};
use minidom::Element;
use proptest::prelude::*;

use super::super::*;
use super::support::{ROOM, element};
use crate::stanza::{ElementExt as _, with_to};
use crate::xml::parse_stanza;

const SESSIONS: [&str; 7] = [
    "ann@example.net/a",
    "ann@example.net/b",
    "bob@example.net/a",
    "bob@example.net/b",
    "cyd@example.net/a",
    "dan@example.net/a",
    "dan@example.net/b",
];
const NICKS: [&str; 5] = ["Ann", "ann", "Bob", "Cyd", "D&n"];
const USERS: [&str; 4] = ["ann@example.net", "bob@example.net", "cyd@example.net", "dan@example.net"];

/// Something that happens to the room.
#[derive(Debug, Clone)]
enum Step {
    Stanza(usize, String),
    Lost(usize, Loss),
    Kicked(usize),
    Moved,
}

fn query(ns: &str, kind: &str, inner: &str) -> String {
    format!(
        "<iq type='{kind}' id='q' to='{ROOM}'><query xmlns='http://jabber.org/protocol/muc#{ns}'>{inner}</query></iq>"
    )
}

fn field(var: &str, value: &str) -> String {
    format!("<field var='{var}'><value>{value}</value></field>")
}

fn form(fields: &[String]) -> String {
    query("owner", "set", &format!("<x xmlns='jabber:x:data' type='submit'>{}</x>", fields.concat()))
}

fn presence() -> impl Strategy<Value = String> {
    let nick = prop::sample::select(&NICKS[..]).prop_map(|nick| nick.replace('&', "&amp;"));
    (nick, 0..8_u8).prop_map(|(nick, what)| match what {
        0..=3 => {
            format!("<presence to='{ROOM}/{nick}'><x xmlns='http://jabber.org/protocol/muc'><password>p</password></x></presence>")
        }
        4 => format!("<presence to='{ROOM}/{nick}' id='n'/>"),
        5 => format!("<presence to='{ROOM}'><show>away</show><x xmlns='http://jabber.org/protocol/muc#user'/></presence>"),
        6 => format!("<presence to='{ROOM}/{nick}' type='unavailable'/>"),
        _ => format!("<presence to='{ROOM}/{nick}' type='error'/>"),
    })
}

fn message() -> impl Strategy<Value = String> {
    let nick = prop::sample::select(&NICKS[..]).prop_map(|nick| nick.replace('&', "&amp;"));
    let user = prop::sample::select(&USERS[..]);
    (nick, user, 0..6_u8).prop_map(|(nick, user, what)| match what {
        0 => format!("<message to='{ROOM}' type='groupchat' id='m'><body>hello</body></message>"),
        1 => format!("<message to='{ROOM}' type='groupchat'><subject>what</subject></message>"),
        2 => format!("<message to='{ROOM}/{nick}' type='chat'><body>psst</body></message>"),
        3 => format!("<message to='{ROOM}'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='{user}'/></x></message>"),
        4 => format!(
            "<message to='{ROOM}'><x xmlns='jabber:x:data' type='submit'>{}{}{}</x></message>",
            field("FORM_TYPE", "http://jabber.org/protocol/muc#request"),
            field("muc#roomnick", &nick),
            field("muc#request_allow", "1"),
        ),
        _ => format!("<iq to='{ROOM}/{nick}' type='get' id='v'><query xmlns='jabber:iq:version'/></iq>"),
    })
}

fn admin() -> impl Strategy<Value = String> {
    let nick = prop::sample::select(&NICKS[..]).prop_map(|nick| nick.replace('&', "&amp;"));
    let role = prop::sample::select(vec!["none", "visitor", "participant", "moderator"]);
    let affiliation = prop::sample::select(vec!["outcast", "none", "member", "admin", "owner"]);
    let user = prop::sample::select(&USERS[..]);
    (nick, role, affiliation, user, 0..3_u8).prop_map(|(nick, role, affiliation, user, what)| match what {
        0 => query("admin", "set", &format!("<item nick='{nick}' role='{role}'/>")),
        1 => query("admin", "set", &format!("<item jid='{user}' affiliation='{affiliation}'/>")),
        _ => query("admin", "get", &format!("<item affiliation='{affiliation}'/>")),
    })
}

fn owner() -> impl Strategy<Value = String> {
    let flags = prop::sample::select(vec![
        "membersonly",
        "moderatedroom",
        "persistentroom",
        "allowinvites",
        "changesubject",
    ]);
    let shown = prop::sample::subsequence(vec!["moderator", "participant", "visitor"], 0..=3);
    let user = prop::sample::select(&USERS[..]);
    (flags, any::<bool>(), shown, user, 0..6_u8).prop_map(|(flag, is_set, shown, user, what)| match what {
        0 | 1 => form(&[field(&format!("muc#roomconfig_{flag}"), if is_set { "1" } else { "0" })]),
        2 => {
            let values: String =
                shown.iter().fold(String::new(), |all, role| all + "<value>" + role + "</value>");
            form(&[format!("<field var='muc#roomconfig_presencebroadcast'>{values}</field>")])
        }
        3 => form(&[field("muc#roomconfig_whois", if is_set { "anyone" } else { "moderators" })]),
        4 => form(&[field("muc#roomconfig_roomowners", user)]),
        _ => form(&[field("muc#roomconfig_roomadmins", user)]),
    })
}

fn step() -> impl Strategy<Value = Step> {
    let sender = || 0..SESSIONS.len();
    prop_oneof![
        6 => (sender(), presence()).prop_map(|(from, text)| Step::Stanza(from, text)),
        2 => (sender(), message()).prop_map(|(from, text)| Step::Stanza(from, text)),
        // Ann owns the room at first, and half of the orders are hers.
        2 => (prop_oneof![Just(0), sender()], admin()).prop_map(|(from, text)| Step::Stanza(from, text)),
        2 => (prop_oneof![Just(0), sender()], owner()).prop_map(|(from, text)| Step::Stanza(from, text)),
        1 => (sender(), prop_oneof![Just(Loss::Ended), Just(Loss::Unreachable), Just(Loss::Displaced), Just(Loss::Shutdown)])
            .prop_map(|(session, loss)| Step::Lost(session, loss)),
        1 => (0..NICKS.len()).prop_map(Step::Kicked),
        2 => Just(Step::Moved),
    ]
}

/// What a client believes: the others by nickname, with affiliation and role.
type View = BTreeMap<String, (String, String)>;

struct World {
    room: Room,
    views: BTreeMap<String, View>,
    map: BTreeMap<(String, FullJid), OccupantRecord>,
    now: u64,
}

impl World {
    fn new() -> Self {
        let record = RoomRecord {
            lock: Lock::Open,
            ..RoomRecord::new(
                ROOM.parse().unwrap(),
                "ann@example.net".parse().unwrap(),
                RoomConfig { is_persistent: true, can_change_subject: true, ..RoomConfig::default() },
                [1; 32],
                UnixMillis(1000),
            )
        };
        let room = Room::new(record, RoomPolicy::default());
        Self { room, views: BTreeMap::new(), map: BTreeMap::new(), now: 1000 }
    }

    /// The room as a member sees it that has lost touch with all sessions but `kept`.
    fn half(&self, kept: &[&str]) -> Result<Self, TestCaseError> {
        let map = self.map.clone();
        let mut half = Self { room: moved(&self.room), views: self.views.clone(), map, now: self.now };
        half.views.retain(|session, _| kept.contains(&session.as_str()));
        let lost: Vec<FullJid> = SESSIONS
            .iter()
            .filter(|session| !kept.contains(session))
            .map(|session| session.parse().unwrap())
            .collect();
        let outcome =
            half.room.lose_sessions(&lost, Loss::Unreachable, &Context::new(UnixMillis(self.now), "s"));
        half.take(&outcome);
        half.check()?;
        Ok(half)
    }

    fn step(&mut self, step: &Step) -> Outcome {
        // Every other step comes within the same millisecond.
        self.now += u64::from(self.now.is_multiple_of(2)) * 1500 + 1;
        let id = format!("id{}", self.now);
        let context = Context::new(UnixMillis(self.now), &id);
        match step {
            Step::Stanza(from, text) => {
                let stanza = element(text).with_attr("from", SESSIONS[*from]);
                self.room.handle(&Jid::new(SESSIONS[*from]).unwrap(), &stanza, &context)
            }
            Step::Lost(session, loss) => {
                let session: FullJid = SESSIONS[*session].parse().unwrap();
                if matches!(loss, Loss::Ended | Loss::Unreachable) {
                    self.views.remove(session.as_str());
                }
                self.room.lose_sessions(&[session], *loss, &context)
            }
            Step::Kicked(nick) => self.room.kick(NICKS[*nick], Some("why"), &context),
            Step::Moved => Outcome::default(),
        }
    }

    fn take(&mut self, outcome: &Outcome) {
        for change in &outcome.occupants {
            match change {
                OccupantChange::Set(record) => {
                    self.map.insert((record.nick.clone(), record.jid.clone()), record.clone());
                }
                OccupantChange::Removed { nick, jid } => {
                    self.map.remove(&(nick.clone(), jid.clone()));
                }
            }
        }
        for delivery in &outcome.deliver {
            for to in delivery.to.iter() {
                let stanza = parse_stanza(&with_to(&delivery.stanza, to.as_str())).unwrap();
                if stanza.is("presence", "jabber:client") {
                    self.see(to, &stanza);
                }
            }
        }
    }

    /// What a client makes of a presence.
    fn see(&mut self, to: &Jid, presence: &Element) {
        if presence.attr("type") == Some("error") {
            return;
        }
        let from = Jid::new(presence.attr("from").unwrap()).unwrap();
        let nick = from.resource().unwrap().as_str().to_owned();
        let x = presence.get_child("x", ns::USER).unwrap();
        let item = x.get_child("item", ns::USER).unwrap();
        let has = |code: &str| x.children().any(|child| child.attr("code") == Some(code));
        let is_renamed = has("303");
        let view = self.views.entry(to.to_string()).or_default();
        if presence.attr("type") == Some("unavailable") {
            view.remove(&nick);
            if has("110") && !is_renamed {
                self.views.remove(to.as_str());
            }
        } else {
            let word = |name: &str| item.attr(name).unwrap().to_owned();
            view.insert(nick, (word("affiliation"), word("role")));
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let records = self.room.occupants();
        let mut users_of_nick: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut sessions = BTreeSet::new();
        for record in &records {
            prop_assert!(sessions.insert(record.jid.clone()), "two nicknames for {}", record.jid);
            let users = users_of_nick.entry(record.nick.to_lowercase()).or_default();
            users.insert(record.jid.to_bare().to_string());
            prop_assert!(record.affiliation > Affiliation::Outcast);
            let is_admin = record.affiliation >= Affiliation::Admin;
            prop_assert!(!is_admin || record.role == Role::Moderator, "{record:?}");
            let is_member = record.affiliation >= Affiliation::Member;
            prop_assert!(is_member || !self.room.config().is_members_only, "{record:?}");
        }
        prop_assert!(users_of_nick.values().all(|users| users.len() == 1), "{users_of_nick:?}");
        let owners =
            self.room.record().people.values().filter(|listed| listed.affiliation == Affiliation::Owner);
        prop_assert!(owners.count() > 0, "nobody owns the room");
        let claims: BTreeMap<_, _> = records
            .iter()
            .map(|record| ((record.nick.clone(), record.jid.clone()), record.clone()))
            .collect();
        prop_assert_eq!(&self.map, &claims, "the map of occupants differs from the room");
        for record in &records {
            let seen =
                |other: &&OccupantRecord| other.nick == record.nick || self.room.config().shows(other.role);
            let expected: View = records
                .iter()
                .filter(seen)
                .map(|other| {
                    (other.nick.clone(), (other.affiliation.name().to_owned(), other.role.name().to_owned()))
                })
                .collect();
            prop_assert_eq!(self.views.get(record.jid.as_str()), Some(&expected), "what {} sees", record.jid);
        }
        let viewers: BTreeSet<_> = self.views.keys().cloned().collect();
        let present: BTreeSet<_> = sessions.iter().map(ToString::to_string).collect();
        prop_assert_eq!(viewers, present, "who believes to be in the room");
        Ok(())
    }
}

/// The same room on another member: what lasts and the occupants travel, as bytes.
fn moved(room: &Room) -> Room {
    let bytes = postcard::to_stdvec(&room.parts()).unwrap();
    let mut parts: RoomParts = postcard::from_bytes(&bytes).unwrap();
    parts.occupants.reverse();
    Room::from_parts(parts, RoomPolicy::default())
}

proptest! {
    // The default place for failing seeds would be a folder in `src/`, where every folder is a crate.
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everybody_sees_the_same_room_and_nobody_notices_that_it_moves(steps in prop::collection::vec(step(), 1..60)) {
        let (mut world, mut twin) = (World::new(), World::new());
        for step in &steps {
            if matches!(step, Step::Moved) {
                twin.room = moved(&twin.room);
            }
            let outcome = world.step(step);
            prop_assert_eq!(&outcome, &twin.step(step), "a room that moved behaves differently at {:?}", step);
            world.take(&outcome);
            if let Err(err) = world.check() {
                return Err(TestCaseError::fail(format!("after {step:?}: {err}")));
            }
        }
    }

    #[test]
    fn a_split_room_becomes_one_again(
        before in prop::collection::vec(step(), 0..20),
        left in prop::collection::vec(step(), 0..20),
        right in prop::collection::vec(step(), 0..20),
        sides in prop::array::uniform7(any::<bool>()),
    ) {
        let mut world = World::new();
        for step in &before {
            let outcome = world.step(step);
            world.take(&outcome);
        }
        let of = |side: bool| SESSIONS.into_iter().zip(sides).filter(move |(_, own)| *own == side).map(|(session, _)| session);
        let kept = [of(true).collect::<Vec<_>>(), of(false).collect::<Vec<_>>()];
        let mut halves = [world.half(&kept[0])?, world.half(&kept[1])?];
        for (index, steps) in [&left, &right].into_iter().enumerate() {
            for step in steps {
                let is_other = |session: &usize| sides[*session] == (index == 1);
                if matches!(step, Step::Stanza(session, _) | Step::Lost(session, _) if is_other(session)) {
                    continue;
                }
                let outcome = halves[index].step(step);
                halves[index].take(&outcome);
                halves[index].check()?;
            }
        }
        let [mut home, other] = halves;
        home.map.extend(other.map);
        home.views.extend(other.views);
        let now = UnixMillis(home.now.max(other.now) + 1);
        let outcome = home.room.merge(other.room.occupants(), &Context::new(now, "m"));
        home.take(&outcome);
        home.check()?;
        prop_assert_eq!(home.room.merge(other.room.occupants().into_iter().filter(|record| {
            home.room.nick_of(&record.jid).is_some()
        }).collect(), &Context::new(now, "m")), Outcome::default(), "merging twice changes something");
    }
}
