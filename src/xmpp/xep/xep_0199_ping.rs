//! XEP-0199: XMPP Ping, to the server and to the own account.

use cobnut_xmpp_proto::stanza::Condition;

use crate::iq::{Answer, IqRequest, Target};

/// Answers a ping.
pub(super) fn answer(request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::ServiceUnavailable);
    }
    Ok(None)
}
