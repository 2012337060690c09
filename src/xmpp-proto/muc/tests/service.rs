//! The service: its settings, its list of rooms, and the search.

use std::collections::BTreeMap;

use minidom::Element;

use super::super::service::*;
use super::super::*;
use super::support::element;
use crate::stanza::Condition;

fn settings(lines: &[(&str, &str)]) -> ServiceSettings {
    let properties = lines.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ServiceSettings::from_properties(&properties.collect::<BTreeMap<_, _>>())
}

#[test]
fn properties_are_read_as_openfire_writes_them() {
    let default = ServiceSettings::default();
    assert_eq!(default.room, RoomConfig::default());
    assert_eq!((default.policy.history_messages, default.idle_kick_ms), (25, None));
    let ann = "ann@example.net".parse().unwrap();
    let bob = "bob@example.net".parse().unwrap();
    let nobody = |_: &jid::Jid| false;
    assert!(default.may_create(&bob, false, nobody) && !default.is_sysadmin(&bob, nobody));
    let own = settings(&[
        ("create.anyone", "true"),
        ("create.jid", "ann@example.net, ops@example.net/0123456789abcdef"),
        ("sysadmin.jid", "root@example.net"),
        ("room.persistent", "TRUE"),
        ("room.maxUsers", "many"),
        ("history.type", "all"),
        ("tasks.user.idle", "-1"),
    ]);
    assert!(own.may_create(&ann, true, nobody) && !own.may_create(&bob, true, nobody));
    assert!(own.may_create(&bob, true, |group| group.as_str().starts_with("ops@")));
    assert!(own.may_create(&"root@example.net".parse().unwrap(), true, nobody));
    assert!(own.room.is_persistent);
    assert_eq!((own.room.occupants_max, own.policy.history_messages, own.idle_kick_ms), (30, 1000, None));
    let registered =
        settings(&[("create.anyone", "true"), ("create.all-registered", "true"), ("history.type", "none")]);
    assert!(registered.may_create(&bob, true, nobody) && !registered.may_create(&bob, false, nobody));
    assert_eq!(registered.policy.history_messages, 0);
}

fn summary(name: &str) -> RoomSummary {
    RoomSummary {
        room: format!("{name}@conference.example.net").parse().unwrap(),
        title: name.to_uppercase(),
        description: String::new(),
        subject: format!("about {name}"),
        occupants: u32::try_from(name.len()).unwrap(),
        occupants_max: 30,
        is_public: true,
        is_members_only: false,
        is_password_protected: name.len() > 2,
        is_locked: false,
    }
}

#[test]
fn hidden_rooms_are_shown_to_their_own() {
    let settings = settings(&[("discover.locked", "false"), ("discover.membersOnly", "false")]);
    let hide: [fn(&mut RoomSummary); 3] =
        [|room| room.is_public = false, |room| room.is_locked = true, |room| room.is_members_only = true];
    for hide in hide {
        let mut room = summary("a");
        assert!(room.is_shown(Affiliation::None, &settings));
        hide(&mut room);
        assert!(
            !room.is_shown(Affiliation::None, &settings) && !room.is_shown(Affiliation::Outcast, &settings)
        );
        assert!(room.is_shown(Affiliation::Member, &settings));
    }
}

/// The rooms of an answer, and what it says of the page.
fn listed(set: &str) -> Result<String, Condition> {
    let rooms = ["d", "b", "a", "c", "e"].map(summary);
    let query = element(&format!("<query xmlns='http://jabber.org/protocol/disco#items'>{set}</query>"));
    let answer = service_items(&query, &rooms)?;
    let local = |jid: &str| jid.split('@').next().unwrap_or_default().to_owned();
    let mut words: Vec<String> = Vec::new();
    for child in answer.children() {
        match child.name() {
            "item" => words.push(local(child.attr("jid").unwrap())),
            _ => words.extend(child.children().map(|part| {
                let index = part.attr("index").map(|index| format!("@{index}")).unwrap_or_default();
                format!("{}={}{index}", part.name(), local(&part.text()))
            })),
        }
    }
    Ok(words.join(" "))
}

#[test]
fn rooms_are_listed_page_by_page() {
    let rsm = |inner: &str| format!("<set xmlns='http://jabber.org/protocol/rsm'>{inner}</set>");
    let id = |name: &str| format!("{name}@conference.example.net");
    for (set, expected) in [
        (String::new(), "a b c d e"),
        (rsm("<max>2</max>"), "a b first=a@0 last=b count=5"),
        (rsm(&format!("<max>2</max><after>{}</after>", id("b"))), "c d first=c@2 last=d count=5"),
        (rsm(&format!("<max>2</max><after>{}</after>", id("bb"))), "c d first=c@2 last=d count=5"),
        (rsm("<max>2</max><before/>"), "d e first=d@3 last=e count=5"),
        (rsm(&format!("<max>2</max><before>{}</before>", id("d"))), "b c first=b@1 last=c count=5"),
        (rsm("<max>2</max><index>4</index>"), "e first=e@4 last=e count=5"),
        (rsm("<max>2</max><index>9</index>"), "count=5"),
        (rsm("<max>0</max>"), "count=5"),
    ] {
        assert_eq!(listed(&set).as_deref(), Ok(expected), "{set}");
    }
    assert_eq!(listed(&rsm("<max>-1</max>")), Err(Condition::BadRequest));
}

#[test]
fn a_search_finds_what_fits() {
    let rooms = ["hall", "ha", "den"].map(summary);
    let search = |fields: &[(&str, &str)]| {
        let field =
            |(var, value): &(&str, &str)| format!("<field var='{var}'><value>{value}</value></field>");
        let fields = fields.iter().map(field).collect::<Vec<_>>().concat();
        let query = format!(
            "<query xmlns='jabber:iq:search'><x xmlns='jabber:x:data' type='submit'>{fields}</x></query>"
        );
        let answer = search_rooms(&element(&query), &rooms)?;
        let form = answer.children().next().unwrap().clone();
        let items = form.children().filter(|child| child.name() == "item");
        Ok(items
            .map(|item| {
                let field = item.children().next().unwrap();
                field.children().next().unwrap().text()
            })
            .collect::<Vec<_>>()
            .join(" "))
    };
    for (fields, expected) in [
        (vec![("name", "Ha")], Ok("HALL HA".to_owned())),
        (vec![("name", "ha"), ("name_is_exact_match", "1")], Ok("HA".to_owned())),
        (vec![("subject", "DEN")], Ok("DEN".to_owned())),
        (vec![("num_users", "3")], Ok("DEN HALL".to_owned())),
        (vec![("name", "ha"), ("include_password_protected", "0")], Ok("HA".to_owned())),
        (vec![("num_max_users", "10")], Ok(String::new())),
        (vec![("num_users", "x")], Err(Condition::NotAcceptable)),
        (vec![], Err(Condition::BadRequest)),
    ] {
        let found = search(&fields);
        let sorted = |text: String| {
            let mut words: Vec<_> = text.split(' ').map(str::to_owned).collect();
            words.sort();
            words
        };
        assert_eq!(found.map(sorted), expected.map(sorted), "{fields:?}");
    }
    assert!(search_form().children().any(|child: &Element| child.name() == "x"));
}
