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

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    #[tokio::test]
    async fn the_server_names_itself() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo
            .ask(
                "<iq id='1' type='get' to='example.net'><query xmlns='jabber:iq:version'/></iq>",
                "<iq id='1' type='result' from='example.net' to='romeo@example.net/a'><query xmlns='jabber:iq:version'>\
                 <name>Cobnut</name><version>1.2.3</version><os>*</os></query></iq>",
            )
            .await;
    }
}
