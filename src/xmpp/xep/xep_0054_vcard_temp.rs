//! XEP-0054: vcard-temp. Cards are opaque; size and owner are checked.

use cobnut_model::limits;
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use jid::BareJid;
use minidom::Element;
use xmpp_parsers::ns;

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
        (Target::Server, false) => Err(Condition::ServiceUnavailable),
        (Target::Server | Target::Account(_), true) => Err(Condition::Forbidden),
        (Target::OwnAccount, true) => set(service, &request.account(), request.payload).await,
        (Target::OwnAccount, false) => {
            let card = load(service, &request.account()).await?;
            Ok(Some(card.unwrap_or_else(|| Element::bare(NAME, ns::VCARD))))
        }
        (Target::Account(account), false) => {
            load(service, account).await?.map(Some).ok_or(Condition::ServiceUnavailable)
        }
    }
}

async fn load(service: &Service, account: &BareJid) -> Result<Option<Element>, Condition> {
    let stored = service.store.vcard(Service::username(account)).await.map_err(|err| store_failure(&err))?;
    let card = stored.and_then(|xml| parse_stanza(xml.as_bytes()).ok());
    Ok(card.filter(|card| card.is(NAME, ns::VCARD)))
}

async fn set(service: &Service, account: &BareJid, card: &Element) -> Answer {
    let xml = stanza_bytes(card);
    if xml.len() > limits::VCARD_BYTES_MAX {
        return Err(Condition::PolicyViolation);
    }
    let text = String::from_utf8_lossy(&xml);
    let kept = card.nodes().next().is_some().then_some(text.as_ref());
    service.store.set_vcard(Service::username(account), kept).await.map_err(|err| store_failure(&err))?;
    Ok(None)
}
