//! XEP-0313: Message Archive Management, for the archive of the own account; rooms answer for theirs.
//!
//! Preferences (XEP-0441) are those of the operator: everything is kept, and whoever asks for something else is told so.

use cobnut_store::ArchiveRow;
use cobnut_xmpp_proto::mam::{self, Found, MAM, id_of, number_of, time_of};
use cobnut_xmpp_proto::stanza::Condition;
use cobnut_xmpp_proto::xml::{parse_stanza, stanza_bytes};
use tracing::warn;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::Service;

/// The namespace.
pub(super) const NS: &str = MAM;

/// What `disco#info` of an account lists while conversations are kept.
pub(super) const FEATURES: &[&str] = &[MAM, mam::MAM_EXTENDED, "urn:xmpp:sid:0"];

/// Whether accounts have archives.
pub(super) fn is_served(service: &Service) -> bool {
    service.policy.archive.is_on && service.store.has_archive()
}

/// Answers a request to an archive.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    if !is_served(service) {
        return Err(Condition::ServiceUnavailable);
    }
    match request.target {
        Target::OwnAccount => {}
        Target::Account(_) => return Err(Condition::Forbidden),
        _ => return Err(Condition::ServiceUnavailable),
    }
    match (request.payload.name(), request.is_set) {
        ("query", false) => Ok(Some(mam::form())),
        ("query", true) => query(service, request).await,
        ("metadata", false) => {
            let ends = service.archive_ends(&request.account()).await?;
            Ok(Some(mam::metadata(ends, id_of)))
        }
        ("prefs", true) if !is_preference(request) => Err(Condition::BadRequest),
        ("prefs", _) => Ok(Some(mam::prefs())),
        _ => Err(Condition::BadRequest),
    }
}

fn is_preference(request: &IqRequest<'_>) -> bool {
    matches!(request.payload.attr("default"), Some("always" | "never" | "roster"))
}

/// Sends the messages of a page, and answers with its end.
async fn query(service: &Service, request: &IqRequest<'_>) -> Answer {
    let question = mam::read(request.payload, number_of)?;
    let _place = service.archive.lookups.enter().ok_or(Condition::ResourceConstraint)?;
    let account = request.account();
    let page = service.archive_page(&account, &question).await?.ok_or(Condition::ItemNotFound)?;
    let mut messages: Vec<&ArchiveRow> = page.messages.iter().collect();
    if question.is_flipped {
        messages.reverse();
    }
    let Some(session) = service.local.get(request.from) else { return Err(Condition::ServiceUnavailable) };
    for row in messages {
        let Ok(said) = parse_stanza(row.stanza.as_bytes()) else {
            warn!(%account, number = row.number, "an archived message cannot be read, left out");
            continue;
        };
        let id = id_of(row.number);
        let found = Found { archive: account.as_str(), id: &id, at: time_of(row.number) };
        let result = mam::result(&found, question.query_id.as_deref(), said);
        session.push_gently(&stanza_bytes(&result)).await;
    }
    Ok(Some(mam::fin(&question, &page, |row| id_of(row.number))))
}
