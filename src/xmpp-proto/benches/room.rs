//! What a group-chat room costs: `cargo bench -p cobnut-xmpp-proto --bench room`.
//!
//! One room as Openfire makes it, on one core and without any transport. Prints and fails on nothing: rates depend on
//! the machine and on who else uses it. `COBNUT_BENCH_OCCUPANTS` changes the number of occupants (1,000).

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints figures and ends at the first failure"
)]

use std::time::Instant;

use cobnut_model::UnixMillis;
use cobnut_xmpp_proto::muc::{Context, Lock, Outcome, Room, RoomConfig, RoomPolicy, RoomRecord};
use cobnut_xmpp_proto::xml::parse_stanza;
use jid::Jid;

const ROOM: &str = "den@conference.example.org";

fn main() {
    let occupants: u64 =
        std::env::var("COBNUT_BENCH_OCCUPANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1000);
    let mut room = room();
    let before = Instant::now();
    let mut presences = 0;
    for number in 0..occupants {
        presences += recipients(&send(&mut room, number, &enter(number)));
    }
    report("enter, all one after the other", before, occupants, presences);

    let message = "<message to='den@conference.example.org' type='groupchat' id='purple1234'><body>A message of a \
                   usual length, as people type it.</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>";
    repeat("message to all", &mut room, occupants, message);
    let status =
        "<presence to='den@conference.example.org'><show>away</show><priority>0</priority></presence>";
    repeat("status of one", &mut room, occupants, status);

    let before = Instant::now();
    let parts = room.parts();
    let moved = Room::from_parts(parts, RoomPolicy::default());
    report("hand the room over", before, 1, moved.occupant_count());
}

fn room() -> Room {
    let config = RoomConfig { occupants_max: 0, ..RoomConfig::default() };
    let record = RoomRecord::new(
        ROOM.parse().unwrap(),
        "user0@example.org".parse().unwrap(),
        config,
        [3; 32],
        UnixMillis(1_700_000_000_000),
    );
    Room::new(RoomRecord { lock: Lock::Open, ..record }, RoomPolicy::default())
}

fn enter(number: u64) -> String {
    format!(
        "<presence to='{ROOM}/Nick {number}' id='abcde-12'><priority>1</priority><c xmlns='http://jabber.org/protocol/caps' \
         hash='sha-1' node='http://www.igniterealtime.org/projects/smack' ver='os2Kusj3WEOivn5n4iFr/ZEO8ls='/>\
         <x xmlns='http://jabber.org/protocol/muc'/></presence>"
    )
}

fn send(room: &mut Room, number: u64, text: &str) -> Outcome {
    let from = Jid::new(&format!("user{number}@example.org/Spark 3.0.2")).unwrap();
    let id = format!("8e4bd5a0-{number:012}");
    let stanza = parse_stanza(text.as_bytes()).unwrap();
    room.handle(&from, &stanza, &Context::new(UnixMillis(1_700_000_000_000 + number), &id))
}

/// Stanzas that reach somebody.
fn recipients(outcome: &Outcome) -> usize {
    outcome.deliver.iter().map(|delivery| delivery.to.len()).sum()
}

fn repeat(what: &str, room: &mut Room, occupants: u64, text: &str) {
    let before = Instant::now();
    let mut reached = 0;
    for number in 0..occupants {
        reached += recipients(&send(room, number, text));
    }
    report(what, before, occupants, reached);
}

fn report(what: &str, before: Instant, inputs: u64, reached: usize) {
    let elapsed = before.elapsed();
    let micros = elapsed.as_micros() / u128::from(inputs.max(1));
    println!("{what}: {micros} µs each, {reached} deliveries in {} ms", elapsed.as_millis());
}
