//! Openfire's shared groups protocol: the names of roster groups that an administrator manages.
//!
//! Compat: Spark 2.8 asks before its initial presence and waits ten seconds for an answer.

use cobnut_xmpp_proto::stanza::ElementExt as _;
use minidom::Element;

use crate::iq::{Answer, IqRequest};
use crate::service::Service;

/// The namespace of Openfire's extension.
pub(super) const NS: &str = "http://www.jivesoftware.org/protocol/sharedgroup";

/// Answers with the names of the groups that the user sees: Spark lets nobody edit those.
pub(super) async fn answer(service: &Service, request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    let mut answer = Element::bare("sharedgroup", NS);
    if !service.is_anonymous(&request.account()) {
        for name in service.shared_groups().await.names_for(&request.account()) {
            answer.append_child(Element::bare("group", NS).with_text(name));
        }
    }
    Ok(Some(answer))
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    #[tokio::test]
    async fn spark_gets_a_list() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        romeo
            .ask(
                "<iq id='1' type='get'><sharedgroup xmlns='http://www.jivesoftware.org/protocol/sharedgroup'/></iq>",
                "<iq id='1' type='result' from='romeo@example.net' to='romeo@example.net/a'>\
                 <sharedgroup xmlns='http://www.jivesoftware.org/protocol/sharedgroup'/></iq>",
            )
            .await;
    }
}
