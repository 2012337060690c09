//! XEP-0115: Entity Capabilities of the server itself, told in the stream features (§6.3). A client that has seen the hash before
//! need not ask what the server can. Those of clients are read in `crate::pubsub`.

use cobnut_xmpp_proto::caps::{Caps, verification_hash};
use cobnut_xmpp_proto::stanza::ElementExt as _;
use minidom::Element;

use super::xep_0030_disco;
use crate::iq::{IqRequest, Target};
use crate::service::Service;

/// Which software it is.
const NODE: &str = "urn:cobnut:server";

/// What stands for the server's answer to `disco#info`.
pub(crate) fn server_caps(service: &Service) -> Option<Caps> {
    let ver = verification_hash(&xep_0030_disco::server_info(service))?;
    Some(Caps { node: NODE.to_owned(), ver, is_verifiable: true })
}

/// The answer to who asks what the hash stands for (§6.2); `None` where something else is asked.
pub(super) fn info(service: &Service, request: &IqRequest<'_>) -> Option<Element> {
    let node = request.payload.attr("node").filter(|_| request.target == Target::Server)?;
    // Looked at first, so that other nodes cost nothing.
    node.strip_prefix(NODE)?.strip_prefix('#')?;
    let caps = server_caps(service).filter(|caps| caps.query_node() == node)?;
    let mut info = xep_0030_disco::server_info(service);
    info.put_attr("node", caps.query_node());
    Some(info)
}

#[cfg(test)]
mod tests {
    use cobnut_xmpp_proto::caps::verification_hash;

    use super::*;
    use crate::service::tests::fixture::World;

    const INFO: &str = "http://jabber.org/protocol/disco#info";

    #[tokio::test]
    async fn the_hash_stands_for_the_answer() {
        let world = World::single().await;
        let caps = server_caps(&world.nodes[0].service).expect("nothing is said twice");
        let mut romeo = world.login("romeo@example.net/a").await;
        for (node, is_known) in
            [("", true), (caps.query_node().as_str(), true), ("urn:cobnut:server#old", false)]
        {
            let node_attr = if node.is_empty() { String::new() } else { format!(" node='{node}'") };
            romeo
                .send(&format!(
                    "<iq id='1' type='get' to='example.net'><query xmlns='{INFO}'{node_attr}/></iq>"
                ))
                .await;
            let answer = romeo.receive().await;
            if !is_known {
                assert_eq!(answer.attr("type"), Some("error"));
                continue;
            }
            let query = answer.get_child("query", INFO).expect("answer");
            assert_eq!(query.attr("node").unwrap_or_default(), node);
            assert_eq!(verification_hash(query).as_ref(), Some(&caps.ver));
        }
    }
}
