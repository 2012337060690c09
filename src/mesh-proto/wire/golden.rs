//! The bytes of wire version 1, as nodes in the field write them. A changed line here is a new wire version.

use bytes::{Bytes, BytesMut};

use super::Compressor;
use super::{
    Card, Challenge, Change, Changes, Data, Digest, Frame, Heartbeat, Hello, Identify, Known, MAGIC, Members,
    Part, Received, Refuse, Resume, Seen, Terms, View, Welcome, decode, encode, split,
};
use crate::{Origin, Tally};

fn origin() -> Origin {
    Origin { node: [0xab; 16], incarnation: 300 }
}

fn card() -> Card {
    Card {
        origin: origin(),
        stamp: 7,
        cluster_name: "openfire".into(),
        domain: "d".into(),
        database_id: [0xdb; 16],
        name: "n".into(),
        product: "0.1.0".into(),
        address: "192.168.5.1:5701".parse().expect("address"),
        joined_at: 300,
        latest_joined_at: 301,
        uptime_ms: 1,
        is_settled: true,
        terms: Terms::default(),
    }
}

fn frames() -> Vec<Frame> {
    let change = |value| Change { map: 1, key: Bytes::from_static(b"k"), value };
    vec![
        Frame::Hello(Hello { magic: MAGIC, lowest: 1, highest: 1, nonce: [0x11; 32] }),
        Frame::Challenge(Challenge { version: 1, nonce: [0x22; 32] }),
        Frame::Identify(Identify { card: card(), proof: [0x33; 32] }),
        Frame::Welcome(Welcome { card: card(), proof: [0x44; 32] }),
        Frame::Confirm,
        Frame::Refuse(Refuse { code: 4, detail: "no".into(), origin: Some(origin()) }),
        Frame::Bye,
        Frame::Resume(Resume {
            stream: 5,
            base: 6,
            received: Some(Received { stream: 7, number: 8 }),
            applied: 9,
        }),
        Frame::Heartbeat(Heartbeat { joined_at: 300, applied: 2, memory_bytes: 128 }),
        Frame::Members(Members {
            known: vec![Known { origin: origin(), address: "[::1]:5701".parse().expect("address") }],
        }),
        Frame::Data(Data { number: 1, payload: Bytes::from_static(b"<m/>") }),
        Frame::Ack(300),
        Frame::Changes(Changes {
            after: 1,
            version: 3,
            entries: vec![change(Some(Bytes::from_static(b"v"))), change(None)],
        }),
        Frame::SnapshotBegin,
        Frame::SnapshotEnd(3),
    ]
}

const VIEW_OF_VERSION_3: &str = "000000340d0301ababababababababababababababababac02ac0200c0a80501c52c01\
    ababababababababababababababababac0201bc05";

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn version_1_is_what_it_was() {
    let golden: Vec<&str> = include_str!("golden_v1.txt").lines().collect();
    let mut written = Vec::new();
    for frame in frames() {
        let mut bytes = BytesMut::new();
        encode(&frame, 1, &mut bytes);
        written.push(hex(&bytes));
        let (kind, version, body) = split(&mut bytes, 4096).expect("valid").expect("whole");
        assert_eq!((decode(kind, &body).expect("valid"), version), (frame, 1));
    }
    assert_eq!(written, golden, "\n{}", written.join("\n"));
}

#[test]
fn digests_are_what_they_were() {
    let tally = Tally { count: 300, sum: 1 << 70 };
    let digest = Frame::Digest(Digest { version: 7, maps: vec![(1, tally), (2, Tally::default())] });
    for (frame, golden) in
        [(digest, "000000152102070201ac028080808080808080808001020000"), (Frame::Repair, "000000022202")]
    {
        let mut bytes = BytesMut::new();
        encode(&frame, 2, &mut bytes);
        assert_eq!(hex(&bytes), golden);
        let (kind, version, body) = split(&mut bytes, 4096).expect("valid").expect("whole");
        assert_eq!((decode(kind, &body).expect("valid"), version), (frame, 2));
    }
}

fn seen() -> Seen {
    Seen { origin: origin(), joined_at: 300, address: "192.168.5.1:5701".parse().expect("address") }
}

/// What version 2 adds to version 1, or says otherwise.
fn frames_of_version_2() -> Vec<Frame> {
    let terms = Terms { is_lite: true, settings: vec![("partition count".into(), "271".into())] };
    let card = Card { terms, ..card() };
    vec![
        Frame::Identify(Identify { card: card.clone(), proof: [0x33; 32] }),
        Frame::Welcome(Welcome { card, proof: [0x44; 32] }),
        Frame::View(View { hears: vec![seen()], cannot_reach: vec![origin()], ages_ms: Vec::new() }),
        Frame::Part(Part { detail: "why".into() }),
    ]
}

#[test]
fn version_2_is_what_it_was() {
    let golden: Vec<&str> = include_str!("golden_v2.txt").lines().collect();
    let mut written = Vec::new();
    for frame in frames_of_version_2() {
        let mut bytes = BytesMut::new();
        encode(&frame, 2, &mut bytes);
        written.push(hex(&bytes));
        let (kind, version, body) = split(&mut bytes, 4096).expect("valid").expect("whole");
        assert_eq!((decode(kind, &body).expect("valid"), version), (frame, 2));
    }
    assert_eq!(written, golden, "\n{}", written.join("\n"));
}

/// What version 3 adds: how lately each of a view was heard.
#[test]
fn views_say_how_lately_since_version_3() {
    let frame = Frame::View(View { hears: vec![seen()], cannot_reach: vec![origin()], ages_ms: vec![700] });
    let mut bytes = BytesMut::new();
    encode(&frame, 3, &mut bytes);
    assert_eq!(hex(&bytes), VIEW_OF_VERSION_3);
    let (kind, version, body) = split(&mut bytes, 4096).expect("valid").expect("whole");
    assert_eq!((decode(kind, &body).expect("valid"), version), (frame, 3));
}

/// What version 3 adds: changes that compress well. How well is up to the library, so only the reading is nailed down.
#[test]
fn version_3_is_what_it_was() {
    let entry = |number: u16| Change {
        map: 1,
        key: Bytes::from(format!("user{number}@example.org/Spark")),
        value: Some(Bytes::from_static(b"the same in all")),
    };
    let frame = Frame::Changes(Changes { after: 7, version: 207, entries: (0..200).map(entry).collect() });
    let golden = include_str!("golden_v3.txt").trim();
    let mut written = BytesMut::new();
    Compressor::default().encode(&frame, 3, &mut written);
    let written = hex(&written);
    // Length, kind and version, and how many bytes the body has without compression.
    assert_eq!(written[8..20], golden[8..20], "\n{written}");
    let mut bytes: BytesMut = (0..golden.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&golden[at..at + 2], 16).expect("hexadecimal digits"))
        .collect();
    let (kind, version, body) = split(&mut bytes, 4096).expect("valid").expect("whole");
    assert_eq!((decode(kind, &body).expect("valid"), kind, version), (frame, 35, 3));
}
