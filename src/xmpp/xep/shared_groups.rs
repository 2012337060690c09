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
