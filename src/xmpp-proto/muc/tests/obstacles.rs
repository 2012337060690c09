//! Who may not enter, may not use a nickname, or may not speak to somebody, and what they are told.

use super::super::*;
use super::support::{ANN, BOB, CYD, Table};

/// Bob enters as `nick` and gets the error, or nothing.
fn bob_enters(table: &mut Table, nick: &str, inner: &str) -> String {
    table.send(
        BOB,
        &format!(
            "<presence to='ROOM/{nick}'><x xmlns='http://jabber.org/protocol/muc'>{inner}</x></presence>"
        ),
    );
    table
        .got(BOB)
        .into_iter()
        .find_map(|line| line.split_once("error=").map(|(_, error)| error.to_owned()))
        .unwrap_or_default()
}

fn list(table: &mut Table, address: &str, affiliation: Affiliation, nickname: Option<&str>) {
    table.room.record.list(address.parse().unwrap(), affiliation, nickname.map(str::to_owned));
}

/// Name, what is prepared, the nickname, what is in the presence, and the expected error.
type Obstacle<'t> = (&'t str, fn(&mut Table), &'t str, &'t str, &'t str);

fn members_by_group(table: &mut Table) {
    table.room.record.config.is_members_only = true;
    list(table, "bo@example.net/0123456789abcdef", Affiliation::Member, None);
}

fn own_nickname(table: &mut Table) {
    table.room.record.config.is_reserved_nick_required = true;
    list(table, "bob@example.net", Affiliation::Member, Some("Bobby"));
}

fn locked(table: &mut Table) {
    table.room.record.lock = Lock::Manual(cobnut_model::UnixMillis(1));
}

fn password(table: &mut Table) {
    table.room.record.config.password = Some("nut".to_owned());
}

fn taken_by_cyd(table: &mut Table) {
    list(table, "cyd@example.net", Affiliation::Member, Some("Bob"));
}

fn banned(table: &mut Table) {
    list(table, "bob@example.net", Affiliation::Outcast, None);
}

#[test]
fn entering() {
    let long = "n".repeat(256);
    let nothing: fn(&mut Table) = |_| {};
    let full: fn(&mut Table) = |table| table.room.record.config.occupants_max = 1;
    let members_only: fn(&mut Table) = |table| table.room.record.config.is_members_only = true;
    let table: [Obstacle<'_>; 12] = [
        ("free", nothing, "Bob", "", ""),
        ("full", full, "Bob", "", "cancel/service-unavailable"),
        ("locked", locked, "Bob", "", "cancel/item-not-found"),
        ("taken", nothing, "ANN", "", "cancel/conflict"),
        ("registered", taken_by_cyd, "bob", "", "cancel/conflict"),
        ("password", password, "Bob", "<password>Nut</password>", "auth/not-authorized"),
        ("password given", password, "Bob", "<password>nut</password>", ""),
        ("banned", banned, "Bob", "", "auth/forbidden"),
        ("stranger", members_only, "Bob", "", "auth/registration-required"),
        ("member by group", members_by_group, "Bob", "", ""),
        ("other nickname", own_nickname, "Bob", "", "modify/not-acceptable"),
        ("long nickname", nothing, &long, "", "modify/not-acceptable"),
    ];
    for (name, prepare, nick, inner, expected) in table {
        let mut table = Table::open(|_| {});
        table.enter(ANN, "Ann");
        prepare(&mut table);
        assert_eq!(bob_enters(&mut table, nick, inner), expected, "{name}");
        assert_eq!(table.nick_of(BOB).is_some(), expected.is_empty(), "{name}");
    }
}

#[test]
fn administrators_of_the_service_own_every_room() {
    let mut table = Table::open(|config| {
        config.is_members_only = true;
        config.password = Some("nut".to_owned());
    });
    table.sysadmins.push("bob@example.net".to_owned());
    assert_eq!(bob_enters(&mut table, "Bob", ""), "");
    assert!(table.got(BOB)[0].starts_with("presence /Bob owner/moderator"));
    table.room.policy.sysadmins_need_password = true;
    table.send(BOB, "<presence to='ROOM/Bob' type='unavailable'/>");
    assert_eq!(bob_enters(&mut table, "Bob", ""), "auth/not-authorized");
}

#[test]
fn somebody_who_believes_to_be_there_is_told_otherwise() {
    let mut table = Table::open(|_| {});
    table.send(BOB, "<presence to='ROOM/Bob'/>");
    assert_eq!(table.got(BOB), ["presence /Bob (error) error=modify/not-acceptable"]);
    table.send(BOB, "<presence to='ROOM'><show>away</show></presence>");
    assert_eq!(table.got(BOB), ["presence  (error) error=modify/jid-malformed"]);
    table.enter(ANN, "Ann");
    table.got(ANN);
    // Also with the nickname of somebody else, who is not concerned.
    for nick in ["Bob", "Ann"] {
        table.send(BOB, &format!("<presence id='7' to='ROOM/{nick}' type='unavailable'/>"));
        assert_eq!(table.stanzas(BOB)[0].attr("id"), Some("7"));
        assert_eq!(table.got(BOB), [format!("presence /{nick} (unavailable) none/none 110")]);
        assert_eq!(table.got(ANN), Vec::<String>::new());
    }
    table.inbox.clear();
    for silent in [
        "<presence to='ROOM' type='unavailable'/>",
        "<presence to='ROOM/Bob' type='error'/>",
        "<message to='ROOM' type='error'/>",
    ] {
        table.send(BOB, silent);
        assert!(table.inbox.is_empty(), "{silent}");
    }
    let large = "x".repeat(40_000);
    table.send(BOB, &format!("<presence to='ROOM/Bob'><status>{large}</status><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
    assert!(table.got(BOB)[0].ends_with("modify/policy-violation"));
}

#[test]
fn nicknames_change_only_where_they_may() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.send(BOB, "<presence to='ROOM/Ann'/>");
    assert_eq!(table.got(BOB), ["presence /Ann (error) error=cancel/conflict"]);
    table.send(BOB, "<presence to='ROOM/BOB'/>");
    assert_eq!(table.nick_of(BOB).as_deref(), Some("BOB"));
    table.room.record.config.can_change_nick = false;
    table.send(BOB, "<presence to='ROOM/Bobby'/>");
    assert_eq!(table.got(BOB), ["presence /Bobby (error) error=modify/not-acceptable"]);
}

#[test]
fn private_messages_are_for_those_who_may_send_them() {
    for (allowed, expected) in [
        (PrivateMessages::Anyone, "message /Bob (chat) body=x"),
        (PrivateMessages::Participants, "message /Bob (chat) body=x"),
        (PrivateMessages::Moderators, ""),
        (PrivateMessages::Nobody, ""),
    ] {
        let mut table = Table::open(|config| config.private_messages = allowed);
        table.enter(ANN, "Ann");
        table.enter(BOB, "Bob");
        table.send(BOB, "<message to='ROOM/Ann' type='chat'><body>x</body></message>");
        assert_eq!(table.got(ANN).join(" "), expected, "{allowed:?}");
        assert_eq!(table.got(BOB).len(), usize::from(expected.is_empty()), "{allowed:?}");
    }
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    table.send(ANN, "<message to='ROOM/Cyd' type='chat'><body>x</body></message>");
    assert_eq!(table.got(ANN), ["message /Cyd (error) body=x error=cancel/item-not-found"]);
    table.send(CYD, "<message to='ROOM/Ann' type='chat'><body>x</body></message>");
    assert_eq!(table.got(CYD), ["message /Ann (error) body=x error=modify/not-acceptable"]);
}

#[test]
fn the_operator_acts_from_outside() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.act(|room, context| room.set_subject("News", context));
    assert_eq!(table.got(BOB), ["message  (groupchat) subject=News"]);
    assert!(
        matches!(table.changes.as_slice(), [Change::Subject, Change::Said { entry, .. }] if entry.nick.is_none())
    );
    table.act(|room, context| room.set_locked(true, context));
    assert_eq!(table.changes, [Change::Settings]);
    table.enter(CYD, "Cyd");
    assert_eq!(table.got(CYD), ["presence /Cyd (error) error=cancel/item-not-found"]);
    table.act(|room, context| room.kick("bob", None, context));
    assert_eq!(table.got(ANN), ["presence /Bob (unavailable) none/none jid=bob@example.net/desk 307"]);
    let ann = "ann@example.net".parse().unwrap();
    table.act(|room, context| {
        assert!(room.appoint(&ann, Affiliation::None, None, context).is_err());
        Outcome::default()
    });
}

#[test]
fn a_group_that_loses_somebody_takes_its_rights_along() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    list(&mut table, "bo@example.net/0123456789abcdef", Affiliation::Admin, None);
    table.enter(BOB, "Bob");
    assert_eq!(table.got(ANN), ["presence /Bob admin/moderator jid=bob@example.net/desk"]);
    // `act` knows of no groups.
    table.act(Room::reconsider);
    assert_eq!(table.got(ANN), ["presence /Bob none/participant jid=bob@example.net/desk"]);
}
