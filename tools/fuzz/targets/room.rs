//! Stanzas of several people to a group-chat room: no panic, the room keeps its invariants, and nobody notices that it
//! moves to another member.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};

use cobnut_model::UnixMillis;
use cobnut_xmpp_proto::muc::{Affiliation, Context, Lock, Loss, Role, Room, RoomConfig, RoomPolicy, RoomRecord};
use cobnut_xmpp_proto::xml::parse_stanza;
use jid::{FullJid, Jid};

libfuzzer_sys::fuzz_target!(|data: &[u8]| room(data));

const SENDERS: [&str; 8] = [
    "ann@x/a", "ann@x/b", "bob@x/a", "bob@x/b", "cyd@x/a", "dan@x/a", "eve@x", "x",
];
const LINES_MAX: usize = 64;

/// Lines: a byte that names the sender or an event, then a stanza to `r@c`.
fn room(data: &[u8]) {
    let record = RoomRecord::new(
        "r@c".parse().expect("an address"),
        "ann@x".parse().expect("an address"),
        RoomConfig::default(),
        [1; 32],
        UnixMillis(1000),
    );
    let mut room = Room::new(RoomRecord { lock: Lock::Open, ..record }, RoomPolicy::default());
    let mut twin = room.clone();
    for (number, line) in data.split(|&byte| byte == b'\n').take(LINES_MAX).enumerate() {
        let Some((&event, text)) = line.split_first() else { continue };
        let now = UnixMillis(1000 + number as u64 * 700);
        let id = number.to_string();
        let context = Context::new(now, &id);
        let sender = SENDERS[usize::from(event) % SENDERS.len()];
        match event {
            b'!' => twin = Room::from_parts(twin.parts(), RoomPolicy::default()),
            b'-' => {
                let lost: Vec<FullJid> = SENDERS.iter().filter_map(|jid| jid.parse().ok()).collect();
                let outcome = room.lose_sessions(&lost[..2], Loss::Ended, &context);
                assert_eq!(outcome, twin.lose_sessions(&lost[..2], Loss::Ended, &context));
            }
            b'=' => {
                // A split that heals: those who were lost come back.
                let others = room.occupants();
                let lost: Vec<FullJid> = others.iter().map(|record| record.jid.clone()).skip(1).collect();
                for room in [&mut room, &mut twin] {
                    std::hint::black_box(room.lose_sessions(&lost, Loss::Unreachable, &context));
                }
                assert_eq!(room.merge(others.clone(), &context), twin.merge(others, &context));
            }
            _ => {
                let Ok(stanza) = parse_stanza(text) else { continue };
                let from = Jid::new(sender).expect("an address");
                let outcome = room.handle(&from, &stanza, &context);
                assert_eq!(outcome, twin.handle(&from, &stanza, &context), "a room that moved behaves differently");
                for delivery in outcome.deliver {
                    assert!(!delivery.to.is_empty());
                    parse_stanza(&delivery.stanza).expect("a stanza that can be read");
                }
            }
        }
        check(&room);
    }
}

fn check(room: &Room) {
    let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut sessions = BTreeSet::new();
    for record in room.occupants() {
        assert!(sessions.insert(record.jid.clone()), "a session with two nicknames");
        assert!(record.affiliation > Affiliation::Outcast);
        assert!(record.affiliation < Affiliation::Admin || record.role == Role::Moderator);
        assert!(record.affiliation >= Affiliation::Member || !room.config().is_members_only);
        users.entry(record.nick.to_lowercase()).or_default().insert(record.jid.to_bare().to_string());
    }
    assert!(users.values().all(|users| users.len() == 1), "a nickname of two people");
    let mut people = room.record().people.values();
    assert!(people.any(|listed| listed.affiliation == Affiliation::Owner), "nobody owns the room");
}
