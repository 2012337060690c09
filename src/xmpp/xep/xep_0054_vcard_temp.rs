//! XEP-0054: vcard-temp. Cards are opaque but for their photo, which published avatars follow; size and owner are checked.

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::{BareJid, FullJid};
use minidom::Element;
use xmpp_parsers::ns;

use super::xep_0398_avatars;
use crate::iq::{Answer, IqRequest, Target};
use crate::service::{Service, store_failure};

/// The element name.
const NAME: &str = "vCard";

/// Answers a request. Compat: the own card is an empty one if there is none, anything else breaks Spark 3.1;
/// for somebody else's it is `service-unavailable`, as current Openfire says it.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if request.payload.name() != NAME {
        return Err(Condition::BadRequest);
    }
    match (&request.target, request.is_set) {
        (Target::OwnAccount, true) => set(service, request.from, request.payload).await,
        (Target::OwnAccount, false) => {
            let card = load(service, &request.account()).await?;
            Ok(Some(card.unwrap_or_else(|| Element::bare(NAME, ns::VCARD))))
        }
        (Target::Account(account), false) => {
            load(service, account).await?.map(Some).ok_or(Condition::ServiceUnavailable)
        }
        (_, true) => Err(Condition::Forbidden),
        (_, false) => Err(Condition::ServiceUnavailable),
    }
}

pub(super) async fn load(service: &Service, account: &BareJid) -> Result<Option<Element>, Condition> {
    let stored = service.store.vcard(Service::username(account)).await.map_err(|err| store_failure(&err))?;
    let card = stored.and_then(|xml| parse_stanza(xml.as_bytes()).ok());
    Ok(card.filter(|card| card.is(NAME, ns::VCARD)))
}

async fn set(service: &Service, from: &FullJid, card: &Element) -> Answer {
    let xml = stanza_bytes(card);
    if xml.len() > limits::VCARD_BYTES_MAX {
        return Err(Condition::PolicyViolation);
    }
    let text = String::from_utf8_lossy(&xml);
    let kept = card.nodes().next().is_some().then_some(text.as_ref());
    let account = from.to_bare();
    service.store.set_vcard(Service::username(&account), kept).await.map_err(|err| store_failure(&err))?;
    xep_0398_avatars::follow_card(service, from, card).await;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    use cobnut_model::limits;

    #[tokio::test]
    async fn cards_are_kept_and_shown_to_everybody() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        let mut juliet = world.login("juliet@example.net/b").await;
        let own = |payload: &str| {
            format!(
                "<iq id='1' type='result' from='romeo@example.net' to='romeo@example.net/a'>{payload}</iq>"
            )
        };
        let get = "<iq id='1' type='get'><vCard xmlns='vcard-temp'/></iq>";
        let get_his = "<iq id='1' type='get' to='romeo@example.net'><vCard xmlns='vcard-temp'/></iq>";
        romeo.ask(get, &own("<vCard xmlns='vcard-temp'/>")).await;
        let none = "<iq id='1' type='error' from='romeo@example.net' to='juliet@example.net/b'><error type='cancel'>\
                    <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
        juliet.ask(get_his, none).await;
        let card = "<vCard xmlns='vcard-temp'><FN>Romeo</FN><PHOTO><BINVAL>AAAA</BINVAL></PHOTO></vCard>";
        romeo.ask(&format!("<iq id='1' type='set'>{card}</iq>"), &own("")).await;
        romeo.ask(get, &own(card)).await;
        juliet
            .ask(
                get_his,
                &format!(
                    "<iq id='1' type='result' from='romeo@example.net' to='juliet@example.net/b'>{card}</iq>"
                ),
            )
            .await;
    }

    #[tokio::test]
    async fn other_cards_and_large_ones_are_refused() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        let error = |from: &str, kind: &str, condition: &str| {
            format!(
                "<iq id='1' type='error' from='{from}' to='romeo@example.net/a'><error type='{kind}'>\
                 <{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
            )
        };
        let set =
            "<iq id='1' type='set' to='juliet@example.net'><vCard xmlns='vcard-temp'><FN>x</FN></vCard></iq>";
        romeo.ask(set, &error("juliet@example.net", "auth", "forbidden")).await;
        let photo = "A".repeat(limits::VCARD_BYTES_MAX);
        let large =
            format!("<iq id='1' type='set'><vCard xmlns='vcard-temp'><PHOTO>{photo}</PHOTO></vCard></iq>");
        romeo.ask(&large, &error("romeo@example.net", "modify", "policy-violation")).await;
    }
}
