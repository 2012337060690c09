//! How session records and envelopes travel: wire types apart from the domain types, encoded with postcard.
//!
//! The bytes are opaque to `cobnut-mesh-proto`. A change here is a change of the wire version.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use cobnut_model::{Jids, PresenceState, SessionRecord, Show, UnixMillis};
use jid::{BareJid, FullJid, Jid};
use serde::{Deserialize, Serialize};

use crate::events::{Envelope, FailedLogins};
use crate::maps::MapNumber;
use crate::requests::Topic;

/// What a payload of a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Carried {
    /// For sessions.
    Envelope(Envelope),
    /// A question to the member itself.
    Request { topic: Topic, id: u64, body: Bytes },
    /// The answer to one.
    Answer { id: u64, body: Bytes },
}

/// Replicated map that holds client sessions; the key is the full JID.
pub(crate) const SESSIONS_MAP: u16 = MapNumber::SESSIONS.to_wire();

/// A peer sent an entry or envelope that cannot be understood.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("not a record of this wire version")]
    Malformed(#[from] postcard::Error),
    #[error("not a JID")]
    Jid(#[from] jid::Error),
    #[error("unknown value {0} of show")]
    Show(u8),
    #[error("unknown topic {0} of a question")]
    Topic(u8),
}

#[derive(Serialize, Deserialize)]
struct SessionWire<'a> {
    jid: &'a str,
    bound_at: u64,
    remote_ip: IpAddr,
    is_encrypted: bool,
    #[serde(borrow)]
    presence: Option<PresenceWire<'a>>,
    is_interested: bool,
    has_carbons: bool,
    #[serde(borrow)]
    directed_to: Vec<&'a str>,
    active_at: u64,
}

#[derive(Serialize, Deserialize)]
struct PresenceWire<'a> {
    priority: i8,
    show: u8,
    status: Option<&'a str>,
    #[serde(serialize_with = "in_one_piece")]
    stanza: &'a [u8],
}

/// Follows a session that [hides its presence](SessionRecord::hides_presence).
const HIDES_PRESENCE: u8 = 1;
/// Follows an [anonymous](SessionRecord::is_anonymous) session, behind the other mark.
const IS_ANONYMOUS: u8 = 2;

/// The same bytes as one by one, faster.
fn in_one_piece<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

#[derive(Serialize, Deserialize)]
enum EnvelopeWire {
    Stanza { to: Vec<String>, stanza: Bytes },
    Close { jid: String, condition: String, text: String },
    // What follows is dropped, with a line in the log, by members that do not know it yet.
    Request { id: u64, body: Bytes },
    Answer { id: u64, body: Bytes },
    RosterChanged { account: String },
    Question { topic: u8, id: u64, body: Bytes },
    RosterPush { account: String, contact: String },
    GroupChat { payload: Bytes },
    PrivacyChanged { account: String, push: Bytes },
    PresenceProbe { session: String, observer: String },
    FailedLogins { failures: Vec<FailedLoginsWire> },
    PubsubEvent { node: String, to: Vec<String>, stanza: Bytes },
}

#[derive(Serialize, Deserialize)]
struct FailedLoginsWire {
    username: String,
    network: IpAddr,
    forgets: bool,
    failures: u32,
}

pub(crate) fn encode_session(record: &SessionRecord) -> Bytes {
    let wire = SessionWire {
        jid: record.jid.as_str(),
        bound_at: record.bound_at.0,
        remote_ip: record.remote_ip,
        is_encrypted: record.is_encrypted,
        presence: record.presence.as_ref().map(|presence| PresenceWire {
            priority: presence.priority,
            show: show_to_number(presence.show),
            status: presence.status(),
            stanza: presence.stanza(),
        }),
        is_interested: record.is_interested,
        has_carbons: record.has_carbons,
        directed_to: record.directed_to.iter().map(Jid::as_str).collect(),
        active_at: record.active_at.0,
    };
    let mut bytes = postcard::to_stdvec(&wire).expect("these types always serialise");
    // Behind what members of earlier releases read, and only where it says something.
    if record.hides_presence {
        bytes.push(HIDES_PRESENCE);
    }
    if record.is_anonymous {
        bytes.push(IS_ANONYMOUS);
    }
    bytes.into()
}

pub(crate) fn decode_session(bytes: &[u8]) -> Result<Arc<SessionRecord>, RecordError> {
    let (wire, rest) = postcard::take_from_bytes::<SessionWire<'_>>(bytes)?;
    let presence = wire.presence.map(|presence| {
        let show = show_from_number(presence.show)?;
        Ok::<_, RecordError>(PresenceState::new(presence.priority, show, presence.status, presence.stanza))
    });
    let directed_to: Result<Jids, jid::Error> = wire.directed_to.iter().map(|text| Jid::new(text)).collect();
    Ok(Arc::new(SessionRecord {
        jid: FullJid::new(wire.jid)?,
        bound_at: UnixMillis(wire.bound_at),
        remote_ip: wire.remote_ip,
        is_encrypted: wire.is_encrypted,
        presence: presence.transpose()?,
        is_interested: wire.is_interested,
        has_carbons: wire.has_carbons,
        directed_to: directed_to?,
        active_at: UnixMillis(wire.active_at),
        hides_presence: rest.contains(&HIDES_PRESENCE),
        is_anonymous: rest.contains(&IS_ANONYMOUS),
    }))
}

/// The key of a session in [`SESSIONS_MAP`].
pub(crate) fn session_key(jid: &FullJid) -> Bytes {
    Bytes::copy_from_slice(jid.as_str().as_bytes())
}

/// The full JID of a key in [`SESSIONS_MAP`].
pub(crate) fn session_of_key(key: &[u8]) -> Option<FullJid> {
    FullJid::new(std::str::from_utf8(key).ok()?).ok()
}

pub(crate) fn encode_carried(carried: &Carried) -> Bytes {
    encode(&match carried {
        Carried::Envelope(envelope) => return encode_envelope(envelope),
        // As members know it that know no topics.
        Carried::Request { topic: Topic::Orders, id, body } => {
            EnvelopeWire::Request { id: *id, body: body.clone() }
        }
        Carried::Request { topic, id, body } => {
            EnvelopeWire::Question { topic: topic.number(), id: *id, body: body.clone() }
        }
        Carried::Answer { id, body } => EnvelopeWire::Answer { id: *id, body: body.clone() },
    })
}

pub(crate) fn encode_envelope(envelope: &Envelope) -> Bytes {
    encode(&match envelope {
        Envelope::Stanza { to, stanza } => EnvelopeWire::Stanza { to: texts(to), stanza: stanza.clone() },
        Envelope::Close { jid, condition, text } => EnvelopeWire::Close {
            jid: jid.as_str().to_owned(),
            condition: condition.clone(),
            text: text.clone(),
        },
        Envelope::RosterChanged { account } => {
            EnvelopeWire::RosterChanged { account: account.as_str().to_owned() }
        }
        Envelope::RosterPush { account, contact } => EnvelopeWire::RosterPush {
            account: account.as_str().to_owned(),
            contact: contact.as_str().to_owned(),
        },
        Envelope::GroupChat { payload } => EnvelopeWire::GroupChat { payload: payload.clone() },
        Envelope::PrivacyChanged { account, push } => {
            EnvelopeWire::PrivacyChanged { account: account.as_str().to_owned(), push: push.clone() }
        }
        Envelope::PresenceProbe { session, observer } => EnvelopeWire::PresenceProbe {
            session: session.as_str().to_owned(),
            observer: observer.as_str().to_owned(),
        },
        Envelope::FailedLogins { failures } => EnvelopeWire::FailedLogins {
            failures: failures
                .iter()
                .map(|failed| FailedLoginsWire {
                    username: failed.username.clone(),
                    network: failed.network,
                    forgets: failed.forgets,
                    failures: failed.failures,
                })
                .collect(),
        },
        Envelope::PubsubEvent { node, to, stanza } => {
            EnvelopeWire::PubsubEvent { node: node.clone(), to: texts(to), stanza: stanza.clone() }
        }
    })
}

fn texts(jids: &[FullJid]) -> Vec<String> {
    jids.iter().map(|jid| jid.as_str().to_owned()).collect()
}

fn full_jids(texts: &[String]) -> Result<Vec<FullJid>, jid::Error> {
    texts.iter().map(|text| FullJid::new(text)).collect()
}

pub(crate) fn decode_carried(bytes: &[u8]) -> Result<Carried, RecordError> {
    Ok(match postcard::from_bytes(bytes)? {
        EnvelopeWire::Stanza { to, stanza } => {
            Carried::Envelope(Envelope::Stanza { to: full_jids(&to)?, stanza })
        }
        EnvelopeWire::Close { jid, condition, text } => {
            Carried::Envelope(Envelope::Close { jid: FullJid::new(&jid)?, condition, text })
        }
        EnvelopeWire::RosterChanged { account } => {
            Carried::Envelope(Envelope::RosterChanged { account: BareJid::new(&account)? })
        }
        EnvelopeWire::Request { id, body } => Carried::Request { topic: Topic::Orders, id, body },
        EnvelopeWire::Question { topic, id, body } => {
            let topic = Topic::of(topic).ok_or(RecordError::Topic(topic))?;
            Carried::Request { topic, id, body }
        }
        EnvelopeWire::RosterPush { account, contact } => Carried::Envelope(Envelope::RosterPush {
            account: BareJid::new(&account)?,
            contact: BareJid::new(&contact)?,
        }),
        EnvelopeWire::GroupChat { payload } => Carried::Envelope(Envelope::GroupChat { payload }),
        EnvelopeWire::PrivacyChanged { account, push } => {
            Carried::Envelope(Envelope::PrivacyChanged { account: BareJid::new(&account)?, push })
        }
        EnvelopeWire::PresenceProbe { session, observer } => Carried::Envelope(Envelope::PresenceProbe {
            session: FullJid::new(&session)?,
            observer: FullJid::new(&observer)?,
        }),
        EnvelopeWire::FailedLogins { failures } => Carried::Envelope(Envelope::FailedLogins {
            failures: failures
                .into_iter()
                .map(|FailedLoginsWire { username, network, forgets, failures }| FailedLogins {
                    username,
                    network,
                    forgets,
                    failures,
                })
                .collect(),
        }),
        EnvelopeWire::PubsubEvent { node, to, stanza } => {
            Carried::Envelope(Envelope::PubsubEvent { node, to: full_jids(&to)?, stanza })
        }
        EnvelopeWire::Answer { id, body } => Carried::Answer { id, body },
    })
}

fn encode(wire: &impl Serialize) -> Bytes {
    postcard::to_stdvec(wire).expect("these types always serialise").into()
}

fn show_to_number(show: Show) -> u8 {
    match show {
        Show::Chat => 0,
        Show::Available => 1,
        Show::Away => 2,
        Show::ExtendedAway => 3,
        Show::DoNotDisturb => 4,
    }
}

fn show_from_number(number: u8) -> Result<Show, RecordError> {
    Ok(match number {
        0 => Show::Chat,
        1 => Show::Available,
        2 => Show::Away,
        3 => Show::ExtendedAway,
        4 => Show::DoNotDisturb,
        other => return Err(RecordError::Show(other)),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn record(jid: &str, bound_at: u64) -> SessionRecord {
        SessionRecord {
            jid: FullJid::new(jid).expect("jid"),
            bound_at: UnixMillis(bound_at),
            remote_ip: "10.0.0.1".parse().expect("address"),
            is_encrypted: true,
            presence: None,
            is_interested: false,
            has_carbons: false,
            directed_to: Jids::default(),
            active_at: UnixMillis(bound_at),
            hides_presence: false,
            is_anonymous: false,
        }
    }

    #[test]
    fn records_round_trip() {
        let mut full = record("a@d/r", 7);
        full.directed_to = std::iter::once(Jid::new("room@conference.d").expect("jid")).collect();
        for show in [Show::Chat, Show::Available, Show::Away, Show::ExtendedAway, Show::DoNotDisturb] {
            full.presence = Some(PresenceState::new(-3, show, Some("午休"), b"<presence/>"));
            assert_eq!(*decode_session(&encode_session(&full)).expect("decode"), full);
        }
        assert_eq!(session_of_key(&session_key(&full.jid)), Some(full.jid));
    }

    /// As members of every release write and read it.
    #[test]
    fn a_session_is_the_bytes_that_it_was() {
        let mut full = record("a@d/r", 300);
        full.presence = Some(PresenceState::new(-3, Show::Away, Some("h\u{e9}"), b"<presence/>"));
        full.directed_to = std::iter::once(Jid::new("b@d").expect("jid")).collect();
        let parts: [&[u8]; 8] = [
            b"\x05a@d/r",
            b"\xac\x02",
            b"\0\x0a\0\0\x01",
            b"\x01",
            b"\x01\xfd\x02\x01\x03h\xc3\xa9\x0b<presence/>",
            b"\0\0",
            b"\x01\x03b@d",
            b"\xac\x02",
        ];
        assert_eq!(encode_session(&full), parts.concat());
        full.presence = None;
        assert_eq!(encode_session(&full)[14..], *b"\0\0\0\x01\x03b@d\xac\x02");
        full.hides_presence = true;
        assert_eq!(encode_session(&full)[14..], *b"\0\0\0\x01\x03b@d\xac\x02\x01");
        assert_eq!(*decode_session(&encode_session(&full)).expect("decode"), full);
        full.is_anonymous = true;
        assert_eq!(encode_session(&full)[14..], *b"\0\0\0\x01\x03b@d\xac\x02\x01\x02");
        full.hides_presence = false;
        assert_eq!(encode_session(&full)[14..], *b"\0\0\0\x01\x03b@d\xac\x02\x02");
        assert_eq!(*decode_session(&encode_session(&full)).expect("decode"), full);
    }

    fn failed_logins() -> Envelope {
        let network = [192, 0, 2, 1].into();
        let failed = FailedLogins { username: "a".into(), network, forgets: true, failures: 7 };
        Envelope::FailedLogins { failures: vec![failed] }
    }

    #[test]
    fn envelopes_round_trip_and_rubbish_is_an_error() {
        let jid = FullJid::new("a@d/r").expect("jid");
        for envelope in [
            Envelope::Stanza { to: vec![jid.clone()], stanza: Bytes::from_static(b"<message/>") },
            Envelope::Close { jid, condition: "conflict".into(), text: String::new() },
            Envelope::RosterChanged { account: BareJid::new("a@d").expect("jid") },
            Envelope::RosterPush {
                account: BareJid::new("a@d").expect("jid"),
                contact: BareJid::new("b@d").expect("jid"),
            },
            Envelope::GroupChat { payload: Bytes::from_static(b"\0<presence/>") },
            Envelope::PrivacyChanged {
                account: BareJid::new("a@d").expect("jid"),
                push: Bytes::from_static(b"<iq/>"),
            },
            Envelope::PresenceProbe {
                session: FullJid::new("a@d/r").expect("jid"),
                observer: FullJid::new("b@d/r").expect("jid"),
            },
            failed_logins(),
            Envelope::PubsubEvent {
                node: "mood".into(),
                to: vec![FullJid::new("a@d/r").expect("jid")],
                stanza: Bytes::from_static(b"<message/>"),
            },
        ] {
            let carried = Carried::Envelope(envelope);
            assert_eq!(decode_carried(&encode_carried(&carried)).expect("decode"), carried);
        }
        let body = Bytes::from_static(b"{}");
        for carried in [
            Carried::Request { topic: Topic::Orders, id: 7, body: body.clone() },
            Carried::Request { topic: Topic::Bytestreams, id: 7, body: body.clone() },
            Carried::Request { topic: Topic::Archives, id: 7, body: body.clone() },
            Carried::Answer { id: 7, body },
        ] {
            assert_eq!(decode_carried(&encode_carried(&carried)).expect("decode"), carried);
        }
        let question = Carried::Request { topic: Topic::Archives, id: 7, body: Bytes::from_static(b"ab") };
        assert_eq!(encode_carried(&question).as_ref(), b"\x05\x02\x07\x02ab");
        let told = encode_carried(&Carried::Envelope(failed_logins()));
        assert_eq!(told.as_ref(), b"\x0a\x01\x01a\0\xc0\0\x02\x01\x01\x07");
        let event = Envelope::PubsubEvent {
            node: "n".into(),
            to: vec![FullJid::new("a@d/r").expect("jid")],
            stanza: Bytes::from_static(b"x"),
        };
        assert_eq!(encode_envelope(&event).as_ref(), b"\x0b\x01n\x01\x05a@d/r\x01x");
        assert!(decode_carried(&[9, 9, 9]).is_err());
        assert!(decode_session(b"").is_err());
    }
}
