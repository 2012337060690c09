//! Writing the answer (XEP-0313 §4.2, §4.3, §5).

use cobnut_model::UnixMillis;
use jiff::Timestamp;
use minidom::Element;

use super::{DELAY, FORWARD, MAM, Page, Position, Question, RSM, STANZA_ID};
use crate::stanza::ElementExt as _;
use crate::xml::ns::CLIENT;

/// A message as it is told.
#[derive(Debug)]
pub struct Found<'a> {
    /// The address of the archive.
    pub archive: &'a str,
    /// Its identifier there.
    pub id: &'a str,
    /// When the archive got it.
    pub at: UnixMillis,
}

/// The oldest and the newest message of an archive, unless it is empty.
pub type Ends = Option<(Position, Position)>;

/// One message of the answer, without `to`. What others say of the identifier in this archive is replaced
/// (XEP-0359 §5).
pub fn result(found: &Found<'_>, query_id: Option<&str>, mut said: Element) -> Element {
    for node in said.take_nodes() {
        let is_id = node
            .as_element()
            .is_some_and(|child| child.is("stanza-id", STANZA_ID) && child.attr("by") == Some(found.archive));
        if !is_id {
            said.append_node(node);
        }
    }
    said.append_child(stanza_id(found.archive, found.id));
    let delay = Element::bare("delay", DELAY).with_attr("stamp", stamp(found.at));
    let forwarded = Element::bare("forwarded", FORWARD).with_child(delay).with_child(said);
    let result = Element::bare("result", MAM)
        .with_attr("id", found.id)
        .with_attr_opt("queryid", query_id)
        .with_child(forwarded);
    Element::bare("message", CLIENT).with_attr("from", found.archive).with_child(result)
}

/// The identifier of a message in an archive (XEP-0359 §3.1).
pub(super) fn stanza_id(archive: &str, id: &str) -> Element {
    Element::bare("stanza-id", STANZA_ID).with_attr("by", archive).with_attr("id", id)
}

/// The end of the answer. `first` and `last` are the oldest and the newest, also on a flipped page (XEP-0059 §2.1).
pub fn fin<M>(question: &Question, page: &Page<M>, id_of: impl Fn(&M) -> String) -> Element {
    let mut set = Element::bare("set", RSM);
    let text = |name: &str, text: &str| Element::bare(name, RSM).with_text(text);
    if let (Some(first), Some(last)) = (page.messages.first(), page.messages.last()) {
        let index = page.index.map(|index| index.to_string());
        set.append_child(text("first", &id_of(first)).with_attr_opt("index", index));
        set.append_child(text("last", &id_of(last)));
    }
    if let Some(count) = page.count {
        set.append_child(text("count", &count.to_string()));
    }
    Element::bare("fin", MAM)
        .with_attr_opt("queryid", question.query_id.as_deref())
        .with_attr_opt("complete", page.is_complete.then_some("true"))
        .with_child(set)
}

/// Where an archive begins and ends (§5).
pub fn metadata(ends: Ends, id_of: impl Fn(i64) -> String) -> Element {
    let mut metadata = Element::bare("metadata", MAM);
    if let Some((first, last)) = ends {
        for (name, (at, number)) in [("start", first), ("end", last)] {
            let end = Element::bare(name, MAM).with_attr("id", id_of(number));
            metadata.append_child(end.with_attr("timestamp", stamp(at)));
        }
    }
    metadata
}

/// The preferences that hold for everybody (XEP-0441 §2): everything is kept.
pub fn prefs() -> Element {
    let list = |name: &str| Element::bare(name, MAM);
    Element::bare("prefs", MAM)
        .with_attr("default", "always")
        .with_child(list("always"))
        .with_child(list("never"))
}

/// When, as XEP-0082 wants it.
pub(crate) fn stamp(at: UnixMillis) -> String {
    let at = i64::try_from(at.0).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
