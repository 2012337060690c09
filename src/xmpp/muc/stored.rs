//! Rooms as the database has them, and as the room itself sees them.

use cobnut_model::UnixMillis;
use cobnut_store::{Room as Row, RoomAffiliation, RoomLogEntry, RoomPerson};
use cobnut_xmpp_proto::muc::service::RoomSummary;
use cobnut_xmpp_proto::muc::{
    Affiliation, Listed, Lock, LogEntry, PrivateMessages, Room, RoomConfig, RoomPolicy, RoomRecord, Subject,
};
use jid::{BareJid, Jid};

/// Whether a room is to be in the database.
pub(super) fn is_stored(record: &RoomRecord) -> bool {
    record.config.is_persistent && !matches!(record.lock, Lock::Creating(_))
}

/// The room of a row and its lists. `None` if its name cannot be one.
pub(super) fn record_of(
    row: &Row,
    people: Vec<RoomPerson>,
    service: &BareJid,
    occupant_id_key: [u8; 32],
) -> Option<RoomRecord> {
    let room = BareJid::new(&format!("{}@{service}", row.name)).ok()?;
    let lock = match row.locked_since {
        None => Lock::Open,
        Some(at) if at == row.created_at => Lock::Creating(at),
        Some(at) => Lock::Manual(at),
    };
    let subject = row.subject.as_deref().map(|text| Subject::from_stored(text, &room, row.modified_at));
    let mut record = RoomRecord {
        config: config_of(row),
        people: std::collections::BTreeMap::new(),
        subject,
        created_at: row.created_at,
        modified_at: row.modified_at,
        lock,
        occupant_id_key,
        room,
    };
    for person in people {
        if let Ok(address) = Jid::new(&person.address) {
            record.list(address, affiliation_of(person.affiliation), person.nickname);
        }
    }
    Some(record)
}

fn config_of(row: &Row) -> RoomConfig {
    RoomConfig {
        name: row.natural_name.clone(),
        description: row.description.clone().unwrap_or_default(),
        can_change_subject: row.can_change_subject,
        occupants_max: u32::try_from(row.users_max).unwrap_or(0),
        broadcast: u8::try_from(row.roles_to_broadcast & 7).unwrap_or(7),
        is_public: row.is_public,
        is_persistent: true,
        is_moderated: row.is_moderated,
        is_members_only: row.is_members_only,
        can_invite: row.can_invite,
        password: row.password.clone().filter(|password| !password.is_empty()),
        is_non_anonymous: row.can_discover_jid,
        private_messages: usize::try_from(row.private_messages)
            .ok()
            .and_then(|code| PrivateMessages::ALL.get(code).copied())
            .unwrap_or_default(),
        is_logged: row.is_logged,
        is_reserved_nick_required: row.is_reserved_nick_required,
        can_change_nick: row.can_change_nick,
        can_register: row.can_register,
        is_retired_on_deletion: row.is_retired_on_deletion,
        is_history_preserved: row.is_history_preserved,
    }
}

/// The row of a room. Its number is that of the row that exists, if one does.
pub(super) fn row_of(record: &RoomRecord, service_id: i64, id: i64) -> Row {
    let config = &record.config;
    Row {
        id,
        service_id,
        name: record.room.node().map_or("", |node| node.as_str()).to_owned(),
        natural_name: config.name.clone(),
        description: Some(config.description.clone()),
        created_at: record.created_at,
        modified_at: record.modified_at,
        locked_since: match record.lock {
            Lock::Open => None,
            Lock::Creating(at) | Lock::Manual(at) => Some(at),
        },
        empty_since: None,
        password: config.password.clone(),
        subject: None,
        users_max: config.occupants_max.into(),
        roles_to_broadcast: config.broadcast.into(),
        private_messages: PrivateMessages::ALL
            .iter()
            .position(|allowed| *allowed == config.private_messages)
            .and_then(|code| i64::try_from(code).ok())
            .unwrap_or(0),
        can_change_subject: config.can_change_subject,
        is_public: config.is_public,
        is_moderated: config.is_moderated,
        is_members_only: config.is_members_only,
        can_invite: config.can_invite,
        can_discover_jid: config.is_non_anonymous,
        is_logged: config.is_logged,
        is_retired_on_deletion: config.is_retired_on_deletion,
        is_history_preserved: config.is_history_preserved,
        is_reserved_nick_required: config.is_reserved_nick_required,
        can_change_nick: config.can_change_nick,
        can_register: config.can_register,
    }
}

/// The lists of a room as rows.
pub(super) fn people_of(record: &RoomRecord) -> Vec<RoomPerson> {
    let person = |(address, listed): (&Jid, &Listed)| {
        let affiliation = stored_affiliation(listed.affiliation)?;
        Some(RoomPerson { address: address.to_string(), affiliation, nickname: listed.nickname.clone() })
    };
    record.people.iter().filter_map(person).collect()
}

/// What lists show of a stored room that nobody is in.
pub(super) fn summary_of(record: RoomRecord) -> RoomSummary {
    Room::new(record, RoomPolicy::default()).summary()
}

pub(super) fn said_from(room: &BareJid, row: RoomLogEntry) -> Option<LogEntry> {
    let sender = Jid::new(&row.sender).ok()?;
    let texts = (row.subject, row.body);
    Some(LogEntry::from_stored(room, sender, row.nickname, row.at, texts, row.stanza.as_deref()))
}

pub(super) fn said_row(entry: &LogEntry, room_id: i64, id: i64) -> RoomLogEntry {
    RoomLogEntry {
        room_id,
        id,
        sender: entry.sender.to_string(),
        nickname: entry.nick.clone(),
        at: entry.at,
        subject: entry.subject.clone(),
        body: entry.body.clone(),
        stanza: std::str::from_utf8(&entry.stanza).ok().map(str::to_owned),
    }
}

fn affiliation_of(stored: RoomAffiliation) -> Affiliation {
    match stored {
        RoomAffiliation::Owner => Affiliation::Owner,
        RoomAffiliation::Admin => Affiliation::Admin,
        RoomAffiliation::Member => Affiliation::Member,
        RoomAffiliation::Outcast => Affiliation::Outcast,
    }
}

pub(super) fn stored_affiliation(affiliation: Affiliation) -> Option<RoomAffiliation> {
    Some(match affiliation {
        Affiliation::Owner => RoomAffiliation::Owner,
        Affiliation::Admin => RoomAffiliation::Admin,
        Affiliation::Member => RoomAffiliation::Member,
        Affiliation::Outcast => RoomAffiliation::Outcast,
        Affiliation::None => return None,
    })
}

/// The oldest that is read of what was said: no limit, as in Openfire.
pub(super) const SINCE_EVER: UnixMillis = UnixMillis(0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_comes_back_from_the_database_as_it_was() {
        let mut record = RoomRecord::new(
            "lounge@conference.example.net".parse().unwrap(),
            "romeo@example.net".parse().unwrap(),
            RoomConfig {
                is_persistent: true,
                is_moderated: true,
                can_register: false,
                occupants_max: 7,
                broadcast: 5,
                password: Some("open".to_owned()),
                private_messages: PrivateMessages::Moderators,
                ..RoomConfig::default()
            },
            [7; 32],
            UnixMillis(5000),
        );
        assert!(!is_stored(&record), "its owner has not finished");
        let user = |name: &str| Jid::new(&format!("{name}@example.net")).unwrap();
        record.list(user("nurse"), Affiliation::Admin, Some("N".to_owned()));
        record.list(user("juliet"), Affiliation::Member, Some("J".to_owned()));
        record.list(user("tybalt"), Affiliation::Outcast, None);
        for lock in [Lock::Open, Lock::Creating(UnixMillis(5000)), Lock::Manual(UnixMillis(6000))] {
            record.lock = lock;
            let row = row_of(&record, 1, 42);
            assert_eq!((row.id, row.service_id, row.name.as_str()), (42, 1, "lounge"));
            let service = "conference.example.net".parse().unwrap();
            let people = people_of(&record);
            // `ofMucMember` has a line for those with a nickname, too.
            let members = people.iter().filter(|person| person.nickname.is_some()).cloned();
            let members = members.map(|person| RoomPerson { affiliation: RoomAffiliation::Member, ..person });
            let lines = people.iter().cloned().chain(members).collect();
            assert_eq!(record_of(&row, lines, &service, [7; 32]).unwrap(), record);
        }
    }
}
