//! Openfire's shared groups protocol: the names of roster groups that an administrator manages.
//!
//! Compat: Spark 2.8 asks before its initial presence and waits ten seconds for an answer.

use minidom::Element;

use crate::iq::{Answer, IqRequest};

/// The namespace of Openfire's extension.
pub(super) const NS: &str = "http://www.jivesoftware.org/protocol/sharedgroup";

/// Answers with the groups visible to the user: none, as groups of `ofGroup` are not put on rosters.
pub(super) fn answer(request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    Ok(Some(Element::bare("sharedgroup", NS)))
}
