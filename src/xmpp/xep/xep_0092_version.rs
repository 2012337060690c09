//! XEP-0092: Software Version of the server.

use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use minidom::Element;
use xmpp_parsers::ns;

use crate::iq::{Answer, IqRequest, Target};
use crate::service::Service;

/// Answers a query to the domain.
pub(super) fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    if request.target != Target::Server {
        return Err(Condition::ServiceUnavailable);
    }
    let field = |name: &str, text: &str| Element::bare(name, ns::VERSION).with_text(text);
    Ok(Some(
        Element::bare("query", ns::VERSION)
            .with_child(field("name", "Cobnut"))
            .with_child(field("version", &service.cluster.identity().version))
            .with_child(field("os", std::env::consts::OS)),
    ))
}
