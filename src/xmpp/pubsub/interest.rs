//! Which events a session wants: its capabilities say so (XEP-0163 §4.3.2), and its member asks for what they stand for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cobnut_model::limits;
use cobnut_xmpp_proto::caps::{Caps, verification_hash, wanted_nodes};
use cobnut_xmpp_proto::stanza::ElementExt as _;
use cobnut_xmpp_proto::xml::stanza_bytes;
use dashmap::DashMap;
use minidom::Element;
use rand::RngExt as _;
use xmpp_parsers::ns;

use super::home::is_served_to_accounts;
use crate::service::{LocalSession, Service};

/// Names of nodes, in order, each once.
type Nodes = Arc<[String]>;

/// What capabilities stand for, by their hash: only what a hash has been checked for.
#[derive(Debug, Default)]
pub(crate) struct KnownCaps(DashMap<String, Nodes>);

impl KnownCaps {
    fn get(&self, caps: &Caps) -> Option<Nodes> {
        let known = caps.is_verifiable.then(|| self.0.get(&caps.ver))?;
        known.map(|nodes| Arc::clone(&nodes))
    }

    fn put(&self, caps: &Caps, nodes: &Nodes) {
        // There are not that many kinds of clients; whoever makes them up loses what others have asked for.
        if self.0.len() >= limits::CAPS_KNOWN_MAX {
            self.0.clear();
        }
        self.0.insert(caps.ver.clone(), Arc::clone(nodes));
    }
}

/// What one session wants. Nothing until its capabilities are known.
#[derive(Debug, Default)]
pub(crate) struct SessionInterest(Mutex<Option<Box<Interest>>>);

#[derive(Debug)]
struct Interest {
    caps: Caps,
    /// The id of the question that waits for an answer.
    question: Option<String>,
    nodes: Nodes,
}

impl SessionInterest {
    /// Whether the session wants to be told of a node.
    pub(super) fn wants(&self, node: &str) -> bool {
        let interest = self.lock();
        interest.as_ref().is_some_and(|interest| {
            interest.nodes.binary_search_by(|wanted| wanted.as_str().cmp(node)).is_ok()
        })
    }

    /// The session is not there any more, or not yet again.
    pub(crate) fn forget(&self) {
        *self.lock() = None;
    }

    /// Takes capabilities up. Returns whether they are news.
    fn take_up(&self, caps: &Caps) -> bool {
        let mut interest = self.lock();
        if interest.as_ref().is_some_and(|interest| interest.caps == *caps) {
            return false;
        }
        let nodes = interest.take().map_or_else(|| Nodes::from([]), |before| before.nodes);
        *interest = Some(Box::new(Interest { caps: caps.clone(), question: None, nodes }));
        true
    }

    /// Waits for the answer to a question.
    fn ask(&self, id: String) {
        if let Some(interest) = self.lock().as_mut() {
            interest.question = Some(id);
        }
    }

    /// What was asked with `id`, if that is what the session waits for.
    fn answered(&self, id: &str) -> Option<Caps> {
        let mut interest = self.lock();
        let interest = interest.as_mut()?;
        interest.question.take_if(|question| question == id)?;
        Some(interest.caps.clone())
    }

    /// What the capabilities stand for. Returns the nodes that the session has not been told of yet.
    fn learn(&self, caps: &Caps, nodes: &Nodes) -> Vec<String> {
        let mut interest = self.lock();
        let Some(interest) = interest.as_mut().filter(|interest| interest.caps == *caps) else {
            return Vec::new();
        };
        let before = std::mem::replace(&mut interest.nodes, Arc::clone(nodes));
        nodes.iter().filter(|node| before.binary_search(node).is_err()).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<Interest>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Looks at the capabilities in an available presence: what they stand for is known or asked for, and the session is told
    /// of the nodes that are news to it.
    pub(crate) async fn note_caps(&self, session: &Arc<LocalSession>, presence: &Element) {
        let Some(caps) = Caps::of(presence).filter(|_| is_served_to_accounts(self)) else { return };
        if !session.interest.take_up(&caps) {
            return;
        }
        if let Some(nodes) = self.caps.get(&caps) {
            let news = session.interest.learn(&caps, &nodes);
            return self.tell_last_items(session, &news).await;
        }
        let id = format!("caps-{:016x}", rand::rng().random::<u64>());
        let question = Element::bare("iq", ns::JABBER_CLIENT)
            .with_attr("type", "get")
            .with_attr("id", id.as_str())
            .with_attr("from", self.domain_str())
            .with_attr("to", session.jid.to_string())
            .with_child(Element::bare("query", ns::DISCO_INFO).with_attr("node", caps.query_node()));
        session.interest.ask(id);
        self.deliver_unjudged(&session.jid, &stanza_bytes(&question));
    }

    /// Takes the answer of a client to the question for its capabilities. Anything else is left alone.
    pub(crate) async fn take_caps_answer(&self, session: &Arc<LocalSession>, iq: &Element) {
        let Some(caps) = iq.attr("id").and_then(|id| session.interest.answered(id)) else { return };
        let info = iq.get_child("query", ns::DISCO_INFO).filter(|_| iq.attr("type") == Some("result"));
        let Some(info) = info else { return };
        let mut nodes: Vec<String> = wanted_nodes(info)
            .filter(|node| node.chars().count() <= limits::PUBSUB_NODE_CHARS_MAX)
            .map(str::to_owned)
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes.truncate(limits::PUBSUB_WANTED_NODES_MAX);
        let nodes = Nodes::from(nodes);
        if caps.is_verifiable && verification_hash(info).as_ref() == Some(&caps.ver) {
            self.caps.put(&caps, &nodes);
        }
        let news = session.interest.learn(&caps, &nodes);
        self.tell_last_items(session, &news).await;
    }
}
