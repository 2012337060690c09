use cobnut_model::limits;
use jid::Jid;
use minidom::Element;
use proptest::prelude::*;

use super::*;
use crate::stanza::Condition;

fn element(text: &str) -> Element {
    text.parse().unwrap_or_else(|err| panic!("{err}: {text}"))
}

fn request(inner: &str, is_set: bool) -> Result<PubsubRequest, PubsubError> {
    PubsubRequest::of(&element(&format!("<pubsub xmlns='{NS_PUBSUB}'>{inner}</pubsub>")), is_set)
}

fn owner(inner: &str, is_set: bool) -> Result<OwnerRequest, PubsubError> {
    OwnerRequest::of(&element(&format!("<pubsub xmlns='{NS_OWNER}'>{inner}</pubsub>")), is_set)
}

fn form(kind: &str, form_type: &str, fields: &[(&str, &str)]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>"))
        .collect();
    format!(
        "<x xmlns='jabber:x:data' type='{kind}'><field var='FORM_TYPE'><value>{form_type}</value></field>{}</x>",
        fields.concat()
    )
}

fn configured(config: &NodeConfig, fields: &[(&str, &str)]) -> Result<NodeConfig, PubsubError> {
    let inner = format!("<configure node='n'>{}</configure>", form("submit", NODE_CONFIG, fields));
    let OwnerRequest::Configure { form, .. } = owner(&inner, true)? else { panic!("{inner}") };
    form.config(config)
}

fn options(fields: &[(&str, &str)]) -> PublishOptions {
    let inner = format!(
        "<publish node='n'/><publish-options>{}</publish-options>",
        form("submit", PUBLISH_OPTIONS, fields)
    );
    match request(&inner, true) {
        Ok(PubsubRequest::Publish { options, .. }) => options,
        other => panic!("{other:?}"),
    }
}

#[test]
fn requests_are_read() {
    let node = || "n".to_owned();
    let payload = element("<mood xmlns='http://jabber.org/protocol/mood'/>");
    let publish = |item| PubsubRequest::Publish { node: node(), item, options: PublishOptions::default() };
    let item = |id: Option<&str>, payload| Some(Item { id: id.map(str::to_owned), payload });
    for (inner, is_set, expected) in [
        ("<publish node='n'/>", true, publish(None)),
        ("<publish node='n'><item/></publish>", true, publish(item(None, None))),
        (
            "<publish node='n'><item id='1'><mood xmlns='http://jabber.org/protocol/mood'/></item></publish>",
            true,
            publish(item(Some("1"), Some(payload))),
        ),
        (
            "<retract node='n' notify='true'><item id='1'/></retract>",
            true,
            PubsubRequest::Retract { node: node(), id: "1".to_owned(), is_told: true },
        ),
        ("<items node='n'/>", false, PubsubRequest::Items { node: node(), wanted: Wanted::Newest(None) }),
        (
            "<items node='n' max_items='2'/>",
            false,
            PubsubRequest::Items { node: node(), wanted: Wanted::Newest(Some(2)) },
        ),
        (
            "<items node='n' max_items='2'><item id='b'/><item id='a'/></items>",
            false,
            PubsubRequest::Items {
                node: node(),
                wanted: Wanted::Named(vec!["b".to_owned(), "a".to_owned()]),
            },
        ),
        (
            "<subscribe node='n' jid='a@b/c'/>",
            true,
            PubsubRequest::Subscribe { node: node(), jid: "a@b/c".parse().expect("jid") },
        ),
        (
            "<unsubscribe node='n' jid='a@b'/>",
            true,
            PubsubRequest::Unsubscribe { node: node(), jid: "a@b".parse().expect("jid") },
        ),
        ("<subscriptions/>", false, PubsubRequest::Subscriptions(None)),
        ("<affiliations node='n'/>", false, PubsubRequest::Affiliations(Some(node()))),
    ] {
        assert_eq!(request(inner, is_set), Ok(expected), "{inner}");
    }
    let Ok(PubsubRequest::Create(made)) = request("<create/><configure/>", true) else { panic!("create") };
    assert_eq!(
        (made.node.as_deref(), made.config(&NodeConfig::of_service())),
        (None, Ok(NodeConfig::of_service()))
    );
}

#[test]
fn requests_of_owners_are_read() {
    let node = || "n".to_owned();
    for (inner, is_set, expected) in [
        ("<default/>", false, OwnerRequest::Default),
        ("<configure node='n'/>", false, OwnerRequest::Configuration(node())),
        ("<delete node='n'/>", true, OwnerRequest::Delete(node())),
        ("<purge node='n'/>", true, OwnerRequest::Purge(node())),
        ("<subscriptions node='n'/>", false, OwnerRequest::Subscriptions(node())),
        ("<affiliations node='n'/>", false, OwnerRequest::Affiliations(node())),
        (
            "<affiliations node='n'><affiliation jid='a@b' affiliation='publisher'/></affiliations>",
            true,
            OwnerRequest::Affiliate {
                node: node(),
                people: vec![("a@b".parse().expect("jid"), Affiliation::Publisher)],
            },
        ),
    ] {
        assert_eq!(owner(inner, is_set), Ok(expected), "{inner}");
    }
    let left = format!("<configure node='n'>{}</configure>", form("cancel", NODE_CONFIG, &[]));
    assert_eq!(owner(&left, true), Ok(OwnerRequest::LeaveConfiguration));
}

#[test]
fn what_is_asked_wrongly_is_refused_with_the_reason() {
    let long = "x".repeat(101);
    for (inner, is_set, condition, detail) in [
        ("", true, Condition::BadRequest, None),
        ("<publish node='n'/>", false, Condition::BadRequest, None),
        ("<dance node='n'/>", true, Condition::BadRequest, None),
        ("<publish/>", true, Condition::BadRequest, Some(Detail::NodeidRequired)),
        ("<items node=''/>", false, Condition::BadRequest, Some(Detail::NodeidRequired)),
        (&format!("<items node='{long}'/>"), false, Condition::NotAcceptable, None),
        ("<items node='n' max_items='many'/>", false, Condition::BadRequest, None),
        ("<retract node='n'/>", true, Condition::BadRequest, Some(Detail::ItemRequired)),
        ("<retract node='n'><item/></retract>", true, Condition::BadRequest, Some(Detail::ItemRequired)),
        (
            "<publish node='n'><item><a xmlns='x'/><b xmlns='x'/></item></publish>",
            true,
            Condition::BadRequest,
            Some(Detail::InvalidPayload),
        ),
        (
            "<publish node='n'><item/><item/></publish>",
            true,
            Condition::FeatureNotImplemented,
            Some(Detail::Unsupported("multi-items")),
        ),
        (&format!("<publish node='n'><item id='{long}'/></publish>"), true, Condition::NotAcceptable, None),
        ("<subscribe node='n'/>", true, Condition::BadRequest, Some(Detail::InvalidJid)),
        ("<subscribe node='n' jid='@'/>", true, Condition::BadRequest, Some(Detail::InvalidJid)),
        (
            "<options node='n'/>",
            false,
            Condition::FeatureNotImplemented,
            Some(Detail::Unsupported("subscription-options")),
        ),
    ] {
        assert_eq!(request(inner, is_set), Err(PubsubError { condition, detail }), "{inner}");
    }
    for (inner, is_set, condition, detail) in [
        ("<configure/>", false, Condition::BadRequest, Some(Detail::NodeidRequired)),
        ("<configure node='n'/>", true, Condition::BadRequest, None),
        ("<affiliations node='n'/>", true, Condition::BadRequest, None),
        (
            "<affiliations node='n'><affiliation jid='a@b' affiliation='king'/></affiliations>",
            true,
            Condition::BadRequest,
            None,
        ),
        (
            "<affiliations node='n'><affiliation affiliation='owner'/></affiliations>",
            true,
            Condition::BadRequest,
            Some(Detail::InvalidJid),
        ),
    ] {
        assert_eq!(owner(inner, is_set), Err(PubsubError { condition, detail }), "{inner}");
    }
    let error = PubsubError::unsupported("multi-items").to_element();
    let told = element(
        "<error xmlns='jabber:client' type='cancel'>\
         <feature-not-implemented xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
         <unsupported xmlns='http://jabber.org/protocol/pubsub#errors' feature='multi-items'/></error>",
    );
    assert_eq!(error, told);
}

#[test]
fn a_form_comes_back_as_the_configuration_that_it_showed() {
    let mut changed = NodeConfig::of_account();
    changed.title = "Mood".to_owned();
    changed.access = AccessModel::Roster;
    changed.roster_groups = vec!["Friends".to_owned(), "Work".to_owned()];
    changed.publish = PublishModel::Subscribers;
    changed.send_last = SendLast::Never;
    changed.items_max = 7;
    for config in [NodeConfig::of_service(), NodeConfig::of_account(), changed] {
        let shown = String::from(&config.to_form("form")).replacen("type='form'", "type='submit'", 1);
        let inner = format!("<configure node='n'>{shown}</configure>");
        let Ok(OwnerRequest::Configure { form, .. }) = owner(&inner, true) else { panic!("{inner}") };
        assert_eq!(form.config(&NodeConfig::of_service()), Ok(config));
    }
}

#[test]
fn configurations_are_bounded() {
    let config = NodeConfig::of_account();
    let refused = Err(PubsubError::new(Condition::NotAcceptable, Detail::InvalidOptions));
    for (var, value) in [
        ("pubsub#max_items", "0"),
        ("pubsub#max_items", "1001"),
        ("pubsub#max_items", "-1"),
        ("pubsub#max_payload_size", "1048577"),
        ("pubsub#access_model", "secret"),
        ("pubsub#publish_model", "nobody"),
        ("pubsub#send_last_published_item", "always"),
        ("pubsub#persist_items", "maybe"),
        ("pubsub#title", &"x".repeat(51)),
    ] {
        assert_eq!(configured(&config, &[(var, value)]), refused, "{var} {value}");
    }
    let most =
        configured(&config, &[("pubsub#max_items", "max"), ("pubsub#colour", "red")]).expect("known fields");
    assert_eq!(most, NodeConfig { items_max: 1000, ..config });
}

#[test]
fn publishers_get_the_node_that_they_want_or_nothing_is_published() {
    let private =
        [("pubsub#persist_items", "true"), ("pubsub#access_model", "whitelist"), ("pubsub#max_items", "max")];
    let made = options(&private).new_node(&NodeConfig::of_account()).expect("a node");
    assert_eq!((made.access, made.items_max), (AccessModel::Whitelist, 1000));
    assert_eq!(options(&private).check(&made), Ok(()));
    let not_met = Err(PubsubError::new(Condition::Conflict, Detail::PreconditionNotMet));
    assert_eq!(options(&private).check(&NodeConfig::of_account()), not_met);
    assert_eq!(options(&[("pubsub#colour", "red")]).check(&made), not_met);
    assert_eq!(options(&[("pubsub#access_model", "secret")]).check(&made), not_met);
    assert_eq!(options(&[]).check(&made), Ok(()));
    assert_eq!(PublishOptions::default().check(&made), Ok(()));
}

#[test]
fn who_may_see_a_node() {
    let groups = ["Friends".to_owned()];
    let nobody = Asker::default();
    let contact = Asker { sees_presence: true, roster_groups: &groups, ..nobody };
    let member = Asker { affiliation: Affiliation::Member, ..nobody };
    let subscribed = Asker { is_subscribed: true, ..nobody };
    let refused = |condition, detail| Err(PubsubError::new(condition, detail));
    for (access, asker, expected) in [
        (AccessModel::Open, nobody, Ok(())),
        (AccessModel::Presence, contact, Ok(())),
        (
            AccessModel::Presence,
            nobody,
            refused(Condition::NotAuthorized, Detail::PresenceSubscriptionRequired),
        ),
        (AccessModel::Roster, contact, Ok(())),
        (AccessModel::Roster, subscribed, refused(Condition::NotAuthorized, Detail::NotInRosterGroup)),
        (AccessModel::Whitelist, member, Ok(())),
        (AccessModel::Whitelist, contact, refused(Condition::NotAllowed, Detail::ClosedNode)),
        (AccessModel::Authorize, subscribed, Ok(())),
        (AccessModel::Authorize, contact, refused(Condition::NotAuthorized, Detail::NotSubscribed)),
    ] {
        let config = NodeConfig { access, roster_groups: groups.to_vec(), ..NodeConfig::of_account() };
        assert_eq!(may_read(&config, asker), expected, "{access:?} {asker:?}");
        for affiliation in [Affiliation::Owner, Affiliation::Publisher] {
            assert_eq!(may_read(&config, Asker { affiliation, ..nobody }), Ok(()));
        }
        for affiliation in [Affiliation::Outcast, Affiliation::PublishOnly] {
            assert_eq!(may_read(&config, Asker { affiliation, ..contact }), Err(Condition::Forbidden.into()));
        }
    }
}

#[test]
fn who_may_change_a_node() {
    for affiliation in Affiliation::ALL {
        assert_eq!(Affiliation::from_name(affiliation.name()), Some(affiliation));
        let asker = Asker { affiliation, is_subscribed: true, ..Asker::default() };
        let publishes =
            matches!(affiliation, Affiliation::Owner | Affiliation::Publisher | Affiliation::PublishOnly);
        let is_out = affiliation == Affiliation::Outcast;
        for (publish, is_allowed) in [
            (PublishModel::Publishers, publishes),
            (PublishModel::Subscribers, !is_out),
            (PublishModel::Open, !is_out),
        ] {
            let config = NodeConfig { publish, ..NodeConfig::of_service() };
            assert_eq!(may_publish(&config, asker).is_ok(), is_allowed, "{affiliation:?} {publish:?}");
        }
        let is_owner = affiliation == Affiliation::Owner;
        assert_eq!(may_configure(asker).is_ok(), is_owner);
        assert_eq!(may_retract(asker, false).is_ok(), is_owner);
        assert_eq!(may_retract(asker, true).is_ok(), !is_out);
    }
}

#[test]
fn subscribers_are_told_as_the_standard_shows() {
    let payload = element("<mood xmlns='http://jabber.org/protocol/mood'><happy/></mood>");
    for (event, inner) in [
        (
            items_event("n", [("1", Some(&payload)), ("2", None)]),
            "<items node='n'><item id='1'><mood xmlns='http://jabber.org/protocol/mood'><happy/></mood></item>\
             <item id='2'/></items>",
        ),
        (retracted_event("n", "1"), "<items node='n'><retract id='1'/></items>"),
        (purged_event("n"), "<purge node='n'/>"),
        (deleted_event("n"), "<delete node='n'/>"),
    ] {
        let expected = format!(
            "<message xmlns='jabber:client' type='headline' from='a@b'><event xmlns='{NS_EVENT}'>{inner}</event></message>"
        );
        assert_eq!(notification("a@b", event), element(&expected));
    }
    let told = configured_event("n", &NodeConfig::of_service());
    assert!(told.is("configuration", NS_EVENT) && told.has_child("x", "jabber:x:data"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_makes_the_reader_panic(
        name in prop::sample::select(vec![
            "publish", "retract", "items", "subscribe", "unsubscribe", "create", "configure", "subscriptions",
            "affiliations", "options", "default", "delete", "purge", "item", "x",
        ]),
        inner in prop::sample::select(vec![
            "", "<item/>", "<item id='1'/>", "<item id='1'><a xmlns='x'/></item>", "<affiliation/>",
            "<x xmlns='jabber:x:data'/>", "<x xmlns='jabber:x:data' type='submit'><field/></x>",
        ]),
        node in prop::option::of("[ -%(-;=?-~äß]{0,120}"), is_set: bool,
    ) {
        let node = node.map(|node| format!("node='{}'", node.replace('&', "&amp;"))).unwrap_or_default();
        let text = format!("<{name} {node}>{inner}</{name}>");
        let _ = request(&text, is_set);
        let _ = owner(&text, is_set);
    }
}

#[test]
fn publications_have_to_fit_the_node() {
    let service = NodeConfig::of_service();
    let notice = NodeConfig { delivers_payloads: false, ..service.clone() };
    let kept = NodeConfig { delivers_payloads: false, persists: true, ..service.clone() };
    let moods = NodeConfig { payload_type: "http://jabber.org/protocol/mood".to_owned(), ..service.clone() };
    let empty = Item { id: None, payload: None };
    let mood =
        |namespace: &str| Item { id: None, payload: Some(element(&format!("<mood xmlns='{namespace}'/>"))) };
    let full = mood("http://jabber.org/protocol/mood");
    let too_big = usize::try_from(limits::PUBSUB_PAYLOAD_BYTES).expect("small") + 1;
    for (config, item, bytes, refusal) in [
        (&service, None, 0, Some(Detail::ItemRequired)),
        (&service, Some(&empty), 0, Some(Detail::PayloadRequired)),
        (&service, Some(&full), 40, None),
        (&service, Some(&full), too_big, Some(Detail::PayloadTooBig)),
        (&notice, None, 0, None),
        (&notice, Some(&empty), 0, Some(Detail::ItemForbidden)),
        (&kept, None, 0, Some(Detail::ItemRequired)),
        (&kept, Some(&empty), 0, None),
        (&moods, Some(&full), 40, None),
        (&moods, Some(&mood("other")), 40, Some(Detail::InvalidPayload)),
    ] {
        let checked = check_item(config, item, bytes);
        assert_eq!(checked.err().and_then(|err| err.detail), refusal, "{item:?}");
    }
}

#[test]
fn owners_say_who_is_subscribed() {
    let list = |inner: &str| owner(&format!("<subscriptions node='n'>{inner}</subscriptions>"), true);
    let people = vec![
        (Jid::new("a@d").expect("jid"), SubscriptionState::Subscribed),
        (Jid::new("b@d/r").expect("jid"), SubscriptionState::None),
    ];
    assert_eq!(
        list(
            "<subscription jid='a@d' subscription='subscribed'/><subscription jid='b@d/r' subscription='none'/>"
        ),
        Ok(OwnerRequest::Subscribe { node: "n".to_owned(), people })
    );
    for refused in ["", "<subscription jid='a@d' subscription='pending'/>", "<subscription jid='a@d'/>"] {
        assert_eq!(list(refused).map_err(|err| err.condition), Err(Condition::BadRequest), "{refused}");
    }
    assert_eq!(
        list("<subscription subscription='none'/>").map_err(|err| err.detail),
        Err(Some(Detail::InvalidJid))
    );
    let many = "<subscription jid='a@d' subscription='none'/>".repeat(limits::PUBSUB_AFFILIATIONS_MAX + 1);
    assert_eq!(list(&many).map_err(|err| err.condition), Err(Condition::NotAcceptable));
}
