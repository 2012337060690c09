//! Group chat.

use cobnut_model::UnixMillis;
use cobnut_store::{
    AddRoom, Retirement, Room, RoomAffiliation, RoomLogEntry, RoomLogSpan, RoomPerson, RoomSpeaker,
    RoomSubject, Store, StoreError,
};

use RoomAffiliation::{Admin, Member, Outcast, Owner};

/// A room with nothing but default settings.
fn room(name: &str) -> Room {
    Room {
        id: 0,
        service_id: 1,
        name: name.to_owned(),
        natural_name: "The 会议 room".to_owned(),
        description: None,
        created_at: UnixMillis(1_735_689_600_000),
        modified_at: UnixMillis(1_735_689_600_001),
        locked_since: Some(UnixMillis(1_735_689_600_000)),
        empty_since: None,
        password: None,
        subject: None,
        users_max: 30,
        roles_to_broadcast: 7,
        private_messages: 0,
        can_change_subject: false,
        is_public: true,
        is_moderated: false,
        is_members_only: false,
        can_invite: false,
        can_discover_jid: true,
        is_logged: true,
        is_retired_on_deletion: false,
        is_history_preserved: true,
        is_reserved_nick_required: false,
        can_change_nick: true,
        can_register: true,
    }
}

fn person(address: &str, affiliation: RoomAffiliation, nickname: Option<&str>) -> RoomPerson {
    RoomPerson { address: address.to_owned(), affiliation, nickname: nickname.map(str::to_owned) }
}

async fn add(store: &Store, room: &Room, people: &[RoomPerson]) -> i64 {
    match store.add_room(room, people).await.expect("add") {
        AddRoom::Added(id) => id,
        other => panic!("{}: {other:?}", room.name),
    }
}

fn said(room_id: i64, id: i64, at: u64, body: &str) -> RoomLogEntry {
    RoomLogEntry {
        room_id,
        id,
        sender: "ann@example.org/home".to_owned(),
        nickname: Some("Ann".to_owned()),
        at: UnixMillis(at),
        subject: None,
        body: Some(body.to_owned()),
        stanza: Some(format!("<message><body>{body}</body></message>")),
    }
}

/// On tables of a version of Openfire; `version` is 40 for our own.
pub(crate) async fn life_of_a_room(store: &Store, version: u32) {
    let mut lounge = room("lounge");
    let people = [person("ann@example.org", Owner, Some("Ann")), person("bob@example.org", Member, None)];
    lounge.id = add(store, &lounge, &people).await;
    assert_eq!(store.room(1, "lounge").await.expect("room"), Some(lounge.clone()));
    assert_eq!(store.add_room(&room("lounge"), &[]).await.expect("add"), AddRoom::Exists);
    assert_eq!(store.room(1, "nowhere").await.expect("room"), None);

    "Lounge".clone_into(&mut lounge.natural_name);
    lounge.description = Some("For everybody".to_owned());
    lounge.password = Some("pw".to_owned());
    lounge.locked_since = None;
    lounge.modified_at = UnixMillis(1_735_689_700_000);
    (lounge.users_max, lounge.roles_to_broadcast) = (0, 6);
    lounge.private_messages = if version >= 23 { 2 } else { 0 };
    lounge.is_history_preserved = version < 35;
    lounge.is_retired_on_deletion = version >= 36;
    for flag in [&mut lounge.can_change_subject, &mut lounge.is_moderated, &mut lounge.is_members_only] {
        *flag = true;
    }
    for flag in [&mut lounge.is_public, &mut lounge.can_discover_jid, &mut lounge.can_register] {
        *flag = false;
    }
    assert!(store.update_room(&lounge).await.expect("update"));
    let (text, stanza) = ("x".repeat(101), "<message><subject>long</subject></message>");
    let subject = RoomSubject { text: &text, stanza };
    store.set_room_subject(lounge.id, Some(subject)).await.expect("subject");
    lounge.subject = Some(if version >= 38 { stanza.to_owned() } else { "x".repeat(100) });
    store.set_room_empty(lounge.id, Some(UnixMillis(1_735_689_800_000))).await.expect("empty");
    lounge.empty_since = Some(UnixMillis(1_735_689_800_000));
    assert_eq!(store.room(1, "lounge").await.expect("room"), Some(lounge.clone()));
    store.set_room_empty(lounge.id, None).await.expect("empty");
    store.set_room_subject(lounge.id, None).await.expect("subject");

    store.log_room_messages(&[said(lounge.id, 1, 5, "hi")]).await.expect("log");
    let retirement = Retirement { alternate: Some("hall@conference.example.org".to_owned()), reason: None };
    assert!(store.delete_room(&lounge, Some(&retirement)).await.expect("delete"));
    assert!(!store.delete_room(&lounge, Some(&retirement)).await.expect("delete"));
    assert_eq!(store.room(1, "lounge").await.expect("room"), None);
    assert_eq!(store.room_people(lounge.id).await.expect("people"), []);
    let left = store.room_history(lounge.id, 10, UnixMillis(0)).await.expect("history");
    assert_eq!(left.len(), usize::from(version < 35), "kept unless the room said otherwise");
    let is_retired = store.is_room_retired(1, "lounge").await.expect("retired");
    assert_eq!(is_retired, version >= 36);
    let again = store.add_room(&room("lounge"), &[]).await.expect("add");
    assert_eq!(again == AddRoom::Retired, version >= 36, "{again:?}");
}

pub(crate) async fn a_room_lives_and_is_gone(store: Store) {
    life_of_a_room(&store, 40).await;
    assert!(!store.update_room(&room("never")).await.expect("update"), "there is no such room");
}

pub(crate) async fn of_many_who_make_a_room_one_succeeds(store: Store) {
    let tasks = (0..8).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.add_room(&room("race"), &[]).await.expect("add") })
    });
    let mut added = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        match task.await.expect("task") {
            AddRoom::Added(id) => added.push(id),
            other => assert_eq!(other, AddRoom::Exists),
        }
    }
    assert_eq!(added.len(), 1);
    assert_eq!(store.room(1, "race").await.expect("room").expect("race").id, added[0]);
}

pub(crate) async fn people_are_on_one_list_and_keep_their_nickname(store: Store) {
    let id = add(&store, &room("lists"), &[person("ann@example.org", Owner, None)]).await;
    let changes = [
        (Some(Member), Some("Bob"), vec![person("bob@example.org", Member, Some("Bob"))]),
        // Openfire keeps nicknames of those in charge in the list of members, too.
        (
            Some(Admin),
            Some("Bobby"),
            vec![person("bob@example.org", Admin, None), person("bob@example.org", Member, Some("Bobby"))],
        ),
        (Some(Owner), None, vec![person("bob@example.org", Owner, None)]),
        (Some(Outcast), None, vec![person("bob@example.org", Outcast, None)]),
        (Some(Member), None, vec![person("bob@example.org", Member, None)]),
        (None, None, vec![]),
    ];
    for (affiliation, nickname, want) in changes {
        store.set_room_person(id, "bob@example.org", affiliation, nickname).await.expect("set");
        let mut found = store.room_people(id).await.expect("people");
        found.retain(|person| person.address != "ann@example.org");
        assert_eq!(found, want);
    }
    assert_eq!(store.room_people(id).await.expect("people"), [person("ann@example.org", Owner, None)]);
}

pub(crate) async fn the_newest_of_what_was_said_is_found_in_order(store: Store) {
    let id = add(&store, &room("talk"), &[]).await;
    let other = add(&store, &room("elsewhere"), &[]).await;
    let numbers = store.take_room_message_ids(4).await.expect("numbers");
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    let entries = [
        said(id, numbers[0], 10, "first"),
        said(id, numbers[1], 20, "same time, later"),
        said(other, numbers[2], 15, "in another room"),
        said(id, numbers[3], 20, "the last 再见"),
    ];
    // As several members write: not in the order of time.
    store.log_room_messages(&[entries[3].clone(), entries[2].clone()]).await.expect("log");
    store.log_room_messages(&[entries[1].clone(), entries[0].clone()]).await.expect("log");
    store.log_room_messages(&[]).await.expect("log");
    let [first, second, _, last] = entries;
    let all = store.room_history(id, 25, UnixMillis(0)).await.expect("history");
    assert_eq!(all, [first, second.clone(), last.clone()]);
    assert_eq!(store.room_history(id, 25, UnixMillis(11)).await.expect("history"), [second, last]);
    assert_eq!(store.room_history(id, 2, UnixMillis(0)).await.expect("history").len(), 2);
}

/// What [`Store::room_archive`] has to find, as a search in a list.
fn within(entries: &[RoomLogEntry], span: &RoomLogSpan) -> Vec<i64> {
    let place = |entry: &RoomLogEntry| (entry.at, entry.id);
    let mut found: Vec<&RoomLogEntry> =
        entries.iter().filter(|entry| entry.room_id == span.room_id).collect();
    found.retain(|entry| {
        let is_theirs = match &span.speaker {
            None => true,
            Some(RoomSpeaker::Nickname(nickname)) => entry.nickname.as_ref() == Some(nickname),
            Some(RoomSpeaker::User(user)) => entry.sender.split('/').next() == Some(user),
        };
        is_theirs && entry.body.is_some() && place(entry) > span.after && place(entry) < span.before
    });
    found.sort_by_key(|entry| place(entry));
    if span.is_newest_first {
        found.reverse();
    }
    found.iter().map(|entry| entry.id).collect()
}

pub(crate) async fn what_was_said_is_found_by_place_and_speaker(store: Store) {
    let id = add(&store, &room("archive"), &[]).await;
    let other = add(&store, &room("beside"), &[]).await;
    let numbers = store.take_room_message_ids(12).await.expect("numbers");
    let speakers =
        [("ann@example.org/home", "Ann"), ("anna@example.org/x", "ann"), ("ann@example.org", "A'nn_%")];
    let entries = numbers.iter().zip(0_u64..).map(|(number, index)| {
        let (sender, nickname) = speakers[usize::try_from(index).expect("small") % 3];
        RoomLogEntry {
            sender: sender.to_owned(),
            nickname: Some(nickname.to_owned()),
            // Three in each millisecond: the number decides. One of another room, and one without a text.
            room_id: if index == 5 { other } else { id },
            body: (index != 7).then(|| format!("{index} 再见")),
            subject: (index == 7).then(|| "only a subject".to_owned()),
            ..said(id, *number, 1_735_689_600_000 + index / 3, "")
        }
    });
    let mut entries: Vec<RoomLogEntry> = entries.collect();
    entries.reverse();
    store.log_room_messages(&entries).await.expect("log");
    let places: Vec<(UnixMillis, i64)> = [(UnixMillis(0), 0), (UnixMillis(999_999_999_999_999), i64::MAX)]
        .into_iter()
        .chain(entries.iter().step_by(2).map(|entry| (entry.at, entry.id)))
        .chain([(UnixMillis(1_735_689_600_002), 0), (UnixMillis(1_735_689_600_002), i64::MAX)])
        .collect();
    let user = |name: &str| Some(RoomSpeaker::User(name.to_owned()));
    let nickname = |name: &str| Some(RoomSpeaker::Nickname(name.to_owned()));
    let speakers =
        [None, user("ann@example.org"), nickname("Ann"), nickname("A'nn_%"), user("nobody@example.org")];
    for (round, speaker) in speakers.into_iter().enumerate() {
        for (after, before) in
            places.iter().flat_map(|after| places.iter().map(move |before| (*after, *before)))
        {
            let is_newest_first = (after.1 ^ before.1 ^ i64::try_from(round).expect("small")) & 1 == 0;
            let mut span = RoomLogSpan {
                room_id: id,
                speaker: speaker.clone(),
                after,
                before,
                is_newest_first,
                limit: 50,
            };
            let want = within(&entries, &span);
            let found = store.room_archive(&span).await.expect("archive");
            assert_eq!(found.iter().map(|entry| entry.id).collect::<Vec<_>>(), want, "{span:?}");
            assert!(found.iter().all(|entry| entries.contains(entry)), "{found:?}");
            assert_eq!(store.room_archive_count(&span).await.expect("count"), want.len() as u64, "{span:?}");
            span.limit = 2;
            let found = store.room_archive(&span).await.expect("archive");
            let start: Vec<i64> = want.into_iter().take(2).collect();
            assert_eq!(found.iter().map(|entry| entry.id).collect::<Vec<_>>(), start, "{span:?}");
        }
    }
    let asked = [numbers[3], numbers[5], numbers[7], i64::MAX];
    let mut found = store.room_archive_numbered(id, &asked).await.expect("numbered");
    found.sort_by_key(|entry| entry.id);
    assert_eq!(found.iter().map(|entry| entry.id).collect::<Vec<_>>(), [numbers[3], numbers[7]]);
}

pub(crate) async fn what_does_not_fit_is_cut_in_the_log_and_refused_in_settings(store: Store) {
    let id = add(&store, &room("long"), &[]).await;
    let body = "é".repeat(40_000);
    let entry = RoomLogEntry {
        nickname: Some("n".repeat(300)),
        subject: Some("s".repeat(300)),
        ..said(id, 1, 1, &body)
    };
    store.log_room_messages(&[entry]).await.expect("log");
    let found = store.room_history(id, 1, UnixMillis(0)).await.expect("history").remove(0);
    assert_eq!((found.nickname.map(|nick| nick.len()), found.stanza), (Some(255), None));
    assert_eq!(found.subject.map(|subject| subject.len()), Some(255));
    assert_eq!(found.body.map(|body| body.len()), Some(65_534));
    // SQLite's columns have no length.
    let long = Room { password: Some("p".repeat(51)), ..room("password") };
    let outcome = store.add_room(&long, &[]).await;
    assert!(matches!(outcome, Ok(AddRoom::Added(_)) | Err(StoreError::Unfit { .. })), "{outcome:?}");
}
