//! XEP-0402: PEP Native Bookmarks, kept in step with those in private storage (XEP-0048), which Spark uses: whichever
//! form a client changes, the other one follows.

use cobnut_model::limits;
use cobnut_xmpp_proto::bookmarks::{
    ItemChange, NS_BOOKMARKS as NODE, NS_STORAGE, changes_for, list_with, of_items,
};
use cobnut_xmpp_proto::pubsub::{AccessModel, Item, NodeConfig, SendLast};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, FullJid};
use minidom::Element;
use tracing::warn;

use crate::pubsub;
use crate::service::{Service, store_failure};

/// What `disco#info` of an account says (XEP-0402 §5).
pub(crate) const FEATURE: &str = "urn:xmpp:bookmarks:1#compat";
/// The element in private storage.
const LIST: &str = "storage";

/// Whether something in private storage is the list of bookmarks.
pub(super) fn is_list(name: &str, namespace: &str) -> bool {
    name == LIST && namespace == NS_STORAGE
}

/// A client has stored a list: items follow.
pub(super) async fn follow_list(service: &Service, from: &FullJid, list: &Element) {
    if !pubsub::is_served_to_accounts(service) {
        return;
    }
    let account = from.to_bare();
    let _turn = service.own_node_turns.of(&account).await;
    if let Err(condition) = publish_list(service, from, list).await {
        warn!(%account, condition = condition.name(), "published bookmarks do not follow those in private storage");
    }
}

async fn publish_list(service: &Service, from: &FullJid, list: &Element) -> Result<(), Condition> {
    let account = from.to_bare();
    let items = service.own_items(&account, NODE).await?.unwrap_or_default();
    for change in changes_for(list, &items) {
        match change {
            ItemChange::Publish(room, payload) => {
                let item = Item { id: Some(room.to_string()), payload: Some(payload) };
                service.publish_own(from, NODE, item, &node_config()).await?;
            }
            ItemChange::Retract(id) => service.retract_own(&account, NODE, &id).await?,
        }
    }
    Ok(())
}

/// A client has changed items: the list follows.
pub(super) async fn follow_items(service: &Service, account: &BareJid) {
    let _turn = service.own_node_turns.of(account).await;
    if let Err(condition) = store_items(service, account).await {
        warn!(%account, condition = condition.name(), "bookmarks in private storage do not follow the published ones");
    }
}

async fn store_items(service: &Service, account: &BareJid) -> Result<(), Condition> {
    let items = service.own_items(account, NODE).await?.unwrap_or_default();
    let before = list_of(service, account).await?;
    let after = list_with(before.as_ref(), &of_items(&items));
    if before.as_ref() == Some(&after) {
        return Ok(());
    }
    let xml = String::from_utf8_lossy(&stanza_bytes(&after)).into_owned();
    let username = Service::username(account);
    let stored = service.store.set_private_xml(username, LIST, NS_STORAGE, &xml).await;
    stored.map_err(|err| store_failure(&err))
}

/// A client asks for items: an account that has none yet may have a list from before.
pub(crate) async fn fill_items(service: &Service, from: &FullJid, node: &str) {
    if node != NODE {
        return;
    }
    let account = from.to_bare();
    let _turn = service.own_node_turns.of(&account).await;
    let filled = async {
        if service.own_items(&account, NODE).await?.is_some() {
            return Ok(());
        }
        match list_of(service, &account).await? {
            Some(list) => publish_list(service, from, &list).await,
            None => Ok(()),
        }
    };
    let filled: Result<(), Condition> = filled.await;
    if let Err(condition) = filled {
        warn!(%account, condition = condition.name(), "bookmarks in private storage are not published");
    }
}

async fn list_of(service: &Service, account: &BareJid) -> Result<Option<Element>, Condition> {
    let stored = service.store.private_xml(Service::username(account), LIST, NS_STORAGE).await;
    let stored = stored.map_err(|err| store_failure(&err))?;
    Ok(stored.and_then(|xml| parse_stanza(xml.as_bytes()).ok()))
}

/// XEP-0402 §4: for the account alone, and all of them are kept.
fn node_config() -> NodeConfig {
    NodeConfig {
        access: AccessModel::Whitelist,
        items_max: limits::PUBSUB_ITEMS_MAX,
        send_last: SendLast::Never,
        ..NodeConfig::of_account()
    }
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::{Client, World};

    const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
    const NODE: &str = super::NODE;

    async fn request(client: &mut Client, kind: &str, payload: &str) -> minidom::Element {
        client.send(&format!("<iq type='{kind}' id='q'>{payload}</iq>")).await;
        loop {
            let answer = client.receive().await;
            if answer.name() == "iq" {
                assert_eq!(answer.attr("type"), Some("result"), "{payload}");
                return answer;
            }
        }
    }

    fn list(inner: &str) -> String {
        format!(
            "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>{inner}</storage></query>"
        )
    }

    async fn items(client: &mut Client) -> Vec<(String, Option<String>)> {
        let answer =
            request(client, "get", &format!("<pubsub xmlns='{PUBSUB}'><items node='{NODE}'/></pubsub>"))
                .await;
        let items = answer.children().next().unwrap().children().next().unwrap();
        let named = items.children().map(|item| {
            let conference = item.get_child("conference", NODE).unwrap();
            (item.attr("id").unwrap().to_owned(), conference.attr("name").map(str::to_owned))
        });
        named.collect()
    }

    fn bookmark(room: &str, name: &str) -> (String, Option<String>) {
        (room.to_owned(), Some(name.to_owned()))
    }

    #[tokio::test]
    async fn both_forms_follow_each_other() {
        let world = World::clustered(2).await;
        let mut spark = world.login_at(0, "romeo@example.net/spark").await;
        let mut phone = world.login_at(1, "romeo@example.net/phone").await;
        let wiki = "<url name='Wiki' url='https://wiki/'/>";
        let team = "<conference name='Team' jid='team@conference.example.net' autojoin='true'/>";
        request(&mut spark, "set", &list(&format!("{wiki}{team}"))).await;
        assert_eq!(items(&mut phone).await, [bookmark("team@conference.example.net", "Team")]);

        let publish = format!(
            "<pubsub xmlns='{PUBSUB}'><publish node='{NODE}'><item id='new@conference.example.net'>\
             <conference xmlns='{NODE}' name='New'><nick>R</nick></conference></item></publish></pubsub>"
        );
        request(&mut phone, "set", &publish).await;
        let answer = request(&mut spark, "get", &list("")).await;
        let expected = list(&format!(
            "{wiki}{team}<conference name='New' jid='new@conference.example.net'><nick>R</nick></conference>"
        ));
        assert_eq!(*answer.children().next().unwrap(), expected.parse().unwrap());

        let retract = format!(
            "<pubsub xmlns='{PUBSUB}'><retract node='{NODE}'><item id='team@conference.example.net'/></retract></pubsub>"
        );
        request(&mut phone, "set", &retract).await;
        request(&mut spark, "set", &list("<conference name='Other' jid='new@conference.example.net'/>"))
            .await;
        assert_eq!(items(&mut phone).await, [bookmark("new@conference.example.net", "Other")]);
    }

    #[tokio::test]
    async fn a_list_from_before_is_published_when_somebody_asks() {
        let world = World::single().await;
        let xml = "<storage xmlns='storage:bookmarks'><conference name='Old' jid='old@conference.example.net'/></storage>";
        world.store.set_private_xml("romeo", "storage", "storage:bookmarks", xml).await.unwrap();
        let mut phone = world.login("romeo@example.net/phone").await;
        for _ in 0..2 {
            assert_eq!(items(&mut phone).await, [bookmark("old@conference.example.net", "Old")]);
        }
    }
}
