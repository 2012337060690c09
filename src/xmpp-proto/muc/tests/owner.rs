//! Configuring, inviting, registering, and what a room says about itself.

use super::super::*;
use super::support::{ANN, BOB, CYD, ROOM, Table};

const OWNER: &str = "http://jabber.org/protocol/muc#owner";

fn submit(fields: &[(&str, &str)]) -> String {
    let field = |(var, value): &(&str, &str)| format!("<field var='{var}'><value>{value}</value></field>");
    let fields = fields.iter().map(field).collect::<Vec<_>>().concat();
    format!(
        "<iq type='set' id='1' to='ROOM'><query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='submit'>{fields}</x>\
         </query></iq>"
    )
}

#[test]
fn an_instant_room_opens_with_an_empty_form() {
    let mut table = Table::new();
    table.enter(ANN, "Ann");
    table.send(ANN, &submit(&[]));
    assert_eq!(table.got(ANN), ["iq  (result)"]);
    assert_eq!(table.changes, [Change::Settings]);
    table.enter(BOB, "Bob");
    assert_eq!(table.nick_of(BOB).as_deref(), Some("Bob"));
    table.send(BOB, &submit(&[]));
    assert_eq!(table.got(BOB), ["iq  (error) error=auth/forbidden"]);
}

#[test]
fn a_cancelled_new_room_is_gone() {
    let mut table = Table::new();
    table.enter(ANN, "Ann");
    table.send(
        ANN,
        &format!("<iq type='set' id='1' to='ROOM'><query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='cancel'/></query></iq>"),
    );
    assert_eq!(
        table.got(ANN),
        ["presence /Ann (unavailable) none/none jid=ann@example.net/desk <destroy> 110", "iq  (result)"]
    );
    assert!(table.room.is_discardable());
}

#[test]
fn the_form_has_openfires_fields_in_its_order() {
    let mut table = Table::new();
    table.enter(ANN, "Ann");
    table.send(ANN, &format!("<iq type='get' id='1' to='ROOM'><query xmlns='{OWNER}'/></iq>"));
    let form = table.stanzas(ANN)[0].children().next().unwrap().children().next().unwrap().clone();
    let fields = form.children().filter(|child| child.name() == "field");
    let names: Vec<String> = fields
        .map(|field| {
            let name = field.attr("var").unwrap_or("-").replace("muc#roomconfig_", "");
            format!("{name}:{}", field.attr("type").unwrap_or_default())
        })
        .collect();
    let expected = "FORM_TYPE:hidden roomname:text-single roomdesc:text-single changesubject:boolean \
         maxusers:list-single presencebroadcast:list-multi publicroom:boolean persistentroom:boolean \
         {http://igniterealtime.org}retireondel:boolean moderatedroom:boolean membersonly:boolean -:fixed \
         allowinvites:boolean passwordprotectedroom:boolean -:fixed roomsecret:text-private whois:list-single \
         allowpm:list-single enablelogging:boolean {http://igniterealtime.org}preservehistondel:boolean \
         x-reservednick:boolean x-canchangenick:boolean -:fixed x-registration:boolean -:fixed roomadmins:jid-multi \
         -:fixed roomowners:jid-multi";
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn settings_change_what_they_name_and_nothing_else() {
    let mut table = Table::open(|config| config.name = "Old".to_owned());
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.send(
        ANN,
        &submit(&[
            ("muc#roomconfig_persistentroom", "1"),
            ("muc#roomconfig_roomsecret", "nut"),
            ("muc#roomconfig_whois", "moderators"),
        ]),
    );
    assert_eq!(table.got(BOB), ["message  (groupchat) 104 173"]);
    let config = table.room.config().clone();
    assert_eq!((config.name.as_str(), config.password.as_deref()), ("Old", Some("nut")));
    assert!(config.is_persistent && !config.is_non_anonymous);
    table.enter(CYD, "Cyd");
    assert_eq!(table.got(CYD), ["presence /Cyd (error) error=auth/not-authorized"]);
    table.send(CYD, "<presence to='ROOM/Cyd'><x xmlns='http://jabber.org/protocol/muc'><password>nut</password></x></presence>");
    assert_eq!(table.nick_of(CYD).as_deref(), Some("Cyd"));
    for (var, value) in [
        ("muc#roomconfig_maxusers", "many"),
        ("muc#roomconfig_persistentroom", "maybe"),
        ("muc#roomconfig_whois", "me"),
        ("muc#roomconfig_allowpm", "me"),
        ("muc#roomconfig_presencebroadcast", "king"),
    ] {
        table.send(ANN, &submit(&[(var, value)]));
        assert_eq!(table.got(ANN), ["iq  (error) error=modify/not-acceptable"], "{var}");
    }
    table.send(ANN, &submit(&[("muc#roomconfig_roomowners", "")]));
    assert_eq!(table.got(ANN), ["iq  (error) error=cancel/conflict"]);
    table.send(ANN, &submit(&[("muc#roomconfig_roomowners", "bob@example.net")]));
    assert_eq!(table.got(CYD), ["presence /Ann member/participant", "presence /Bob owner/moderator"]);
    assert_eq!(table.got(BOB)[0], "presence /Ann member/participant");
    table.send(BOB, &submit(&[("muc#roomconfig_membersonly", "1")]));
    assert_eq!(
        table.got(CYD),
        [
            "message  (groupchat) 104",
            "presence /Cyd (unavailable) none/none jid=cyd@example.net/desk 110 322",
        ]
    );
}

#[test]
fn invitations_carry_the_inviter_and_the_password() {
    let mut table = Table::open(|config| {
        config.is_members_only = true;
        config.password = Some("nut".to_owned());
    });
    table.send(ANN, "<presence to='ROOM/Ann'><x xmlns='http://jabber.org/protocol/muc'><password>nut</password></x></presence>");
    table.send(
        ANN,
        "<message to='ROOM'><x xmlns='http://jabber.org/protocol/muc#user'><invite to='bob@example.net'>\
         <reason>tea</reason></invite></x></message>",
    );
    let invitation = table.stanzas("bob@example.net").last().unwrap();
    let expected = format!(
        "<message xmlns='jabber:client' from='{ROOM}' to='bob@example.net'><x xmlns='http://jabber.org/protocol/muc#user'>\
         <invite from='{ANN}'><reason>tea</reason></invite><password>nut</password></x>\
         <x xmlns='jabber:x:conference' jid='{ROOM}' password='nut' reason='tea'/></message>"
    );
    assert_eq!(*invitation, expected.parse().unwrap());
    let listed = table.room.record().people.values().map(|listed| listed.affiliation).collect::<Vec<_>>();
    assert_eq!(listed, [Affiliation::Owner, Affiliation::Member]);
    table.send(
        BOB,
        &format!("<message to='ROOM'><x xmlns='http://jabber.org/protocol/muc#user'><decline to='{ANN}'/></x></message>"),
    );
    assert_eq!(table.got(ANN), ["message  <decline>"]);
    table.send(CYD, "<message to='ROOM'><x xmlns='http://jabber.org/protocol/muc#user'><decline to='eve@example.net'/></x></message>");
    assert_eq!(table.got("eve@example.net"), Vec::<String>::new());
}

#[test]
fn a_registered_nickname_is_nobody_elses() {
    let mut table = Table::open(|_| {});
    let form = "<iq type='set' id='1' to='ROOM'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>\
         <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field>\
         <field var='muc#register_roomnick'><value>Bobby</value></field></x></query></iq>";
    table.send(BOB, form);
    assert_eq!(table.got(BOB), ["iq  (result)"]);
    table.send(CYD, form);
    assert_eq!(table.got(CYD), ["iq  (error) error=cancel/conflict"]);
    table.enter(CYD, "bobby");
    assert_eq!(table.got(CYD), ["presence /bobby (error) error=cancel/conflict"]);
    let info = "<iq type='get' id='1' to='ROOM'><query xmlns='http://jabber.org/protocol/disco#info' node='x-roomuser-item'/></iq>";
    table.send(BOB, info);
    let identity = table.stanzas(BOB)[0].children().next().unwrap().children().next().unwrap().clone();
    assert_eq!(identity.attr("name"), Some("Bobby"));
    table.send(
        BOB,
        "<iq type='set' id='1' to='ROOM'><query xmlns='jabber:iq:register'><remove/></query></iq>",
    );
    table.enter(CYD, "bobby");
    assert_eq!(table.nick_of(CYD).as_deref(), Some("bobby"));
}

#[test]
fn questions_between_occupants_find_their_way_back() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.send(ANN, "<iq type='get' id='v1' to='ROOM/Bob'><query xmlns='jabber:iq:version'/></iq>");
    let id = table.stanzas(BOB)[0].attr("id").unwrap().to_owned();
    assert_eq!(table.got(BOB), ["iq /Ann (get)"]);
    table.send(BOB, &format!("<iq type='result' id='{id}' to='ROOM/Ann'/>"));
    assert_eq!(table.got(ANN), ["iq /Bob (result)"]);
    assert_eq!(table.stanzas(ANN)[0].attr("id"), Some("v1"));
    table.send(BOB, "<iq type='result' id='0123456789abcdefv1' to='ROOM/Ann'/>");
    assert!(table.inbox.is_empty());
    table.send(ANN, "<iq type='get' id='v2' to='ROOM/Bob'><vCard xmlns='vcard-temp'/></iq>");
    let id = table.stanzas("bob@example.net")[0].attr("id").unwrap().to_owned();
    table.send("bob@example.net", &format!("<iq type='result' id='{id}' to='ROOM/Ann'/>"));
    assert_eq!(table.got(ANN), ["iq /Bob (result)"]);
    table.send(ANN, "<iq type='get' id='p' to='ROOM/Ann'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert_eq!(table.got(ANN), ["iq /Ann (result)"]);
    table.send(CYD, "<iq type='get' id='p' to='ROOM/Ann'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert_eq!(table.got(CYD), ["iq /Ann (error) error=modify/not-acceptable"]);
}

/// What hides a room, and how many occupants a stranger sees.
type Hidden = (fn(&mut RoomConfig), usize);

#[test]
fn who_could_not_look_inside_does_not_learn_who_is_there() {
    let items =
        "<iq type='get' id='1' to='ROOM'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>";
    let hide: [Hidden; 4] = [
        (|_| {}, 2),
        (|config| config.is_public = false, 0),
        (|config| config.is_members_only = true, 0),
        (|config| config.password = Some("nut".to_owned()), 0),
    ];
    for (hide, expected) in hide {
        let mut table = Table::open(|_| {});
        table.enter(ANN, "Ann");
        table.enter(BOB, "Bob");
        hide(&mut table.room.record.config);
        for (who, expected) in [(CYD, expected), (BOB, 2), ("ann@example.net/x", 2)] {
            table.send(who, items);
            let query = table.stanzas(who)[0].children().next().unwrap();
            assert_eq!(query.children().count(), expected, "{who}");
        }
    }
}

#[test]
fn lists_are_bounded() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    for number in 1..cobnut_model::limits::ROOM_PEOPLE_MAX - 1 {
        let address = format!("user{number}@example.net").parse().unwrap();
        table.room.record.list(address, Affiliation::Member, None);
    }
    let order = |names: &[&str]| {
        let item = |name: &&str| format!("<item jid='{name}@example.net' affiliation='member'/>");
        let items = names.iter().map(item).collect::<Vec<_>>().concat();
        format!(
            "<iq type='set' id='1' to='ROOM'><query xmlns='http://jabber.org/protocol/muc#admin'>{items}</query></iq>"
        )
    };
    table.send(ANN, &order(&["bob", "cyd"]));
    assert_eq!(table.got(ANN), ["iq  (error) error=wait/resource-constraint"]);
    table.send(ANN, &order(&["bob", "user1"]));
    assert_eq!(table.got(ANN), ["iq  (result)"]);
    assert_eq!(table.room.record().people.len(), cobnut_model::limits::ROOM_PEOPLE_MAX);
}

#[test]
fn destroying_tells_everybody_where_to_go() {
    let mut table = Table::open(|config| config.is_persistent = true);
    table.enter(ANN, "Ann");
    table.enter(BOB, "Bob");
    table.send(
        ANN,
        &format!("<iq type='set' id='1' to='ROOM'><query xmlns='{OWNER}'><destroy jid='new@conference.example.net'><reason>moved</reason></destroy></query></iq>"),
    );
    assert_eq!(
        table.got(BOB),
        ["presence /Bob (unavailable) none/none jid=bob@example.net/desk <destroy> 110"]
    );
    let [Change::Destroyed { alternate, reason }] = table.changes.as_slice() else {
        panic!("{:?}", table.changes)
    };
    assert_eq!(alternate.as_ref().map(jid::Jid::as_str), Some("new@conference.example.net"));
    assert_eq!(reason.as_deref(), Some("moved"));
    table.enter(BOB, "Bob");
    assert_eq!(table.got(BOB), ["presence /Bob (error) error=cancel/item-not-found"]);
}

#[test]
fn a_destroyed_room_stays_destroyed_when_it_moves() {
    let mut table = Table::open(|_| {});
    table.enter(ANN, "Ann");
    table.act(|room, _| room.destroy(None, None, None));
    table.room = Room::from_parts(table.room.parts(), RoomPolicy::default());
    table.enter(BOB, "Bob");
    assert_eq!(table.got(BOB), ["presence /Bob (error) error=cancel/item-not-found"]);
    assert!(table.room.is_discardable());
}
