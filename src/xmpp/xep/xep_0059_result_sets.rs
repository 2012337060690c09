//! XEP-0059: Result Set Management: a page that is asked for, and what is told of the page that is given.

use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use minidom::Element;
use xmpp_parsers::ns;
use xmpp_parsers::rsm::SetQuery;

/// The `set` of a request, if there is one. The error is for one that cannot be understood.
pub(super) fn requested(payload: &Element) -> Result<Option<SetQuery>, Condition> {
    let Some(set) = payload.get_child("set", ns::RSM) else { return Ok(None) };
    SetQuery::try_from(set.clone()).map(Some).map_err(|_| Condition::BadRequest)
}

/// The `set` of an answer: where the page stands among `count` items, and the identifiers of its ends, if it has any.
pub(super) fn described(count: u32, first: u32, ends: Option<(&str, &str)>) -> Element {
    let text = |name: &str, text: &str| Element::bare(name, ns::RSM).with_text(text);
    let mut set = Element::bare("set", ns::RSM);
    if let Some((first_id, last_id)) = ends {
        set.append_child(text("first", first_id).with_attr("index", first.to_string()));
        set.append_child(text("last", last_id));
    }
    set.with_child(text("count", &count.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(set: &str) -> Result<Option<SetQuery>, Condition> {
        requested(&format!("<query xmlns='a'>{set}</query>").parse().unwrap())
    }

    #[test]
    fn requests_are_read() {
        assert_eq!(asked(""), Ok(None));
        assert_eq!(asked("<set xmlns='other'/>"), Ok(None));
        let page = asked(
            "<set xmlns='http://jabber.org/protocol/rsm'><max>7</max><after>x y</after><index>3</index></set>",
        );
        let page = page.unwrap().unwrap();
        assert_eq!((page.max, page.after.as_deref(), page.index), (Some(7), Some("x y"), Some(3)));
        let last = asked("<set xmlns='http://jabber.org/protocol/rsm'><before/></set>").unwrap().unwrap();
        assert_eq!((last.before.as_deref(), last.max), (Some(""), None));
        for broken in ["<max>-1</max>", "<max/>", "<max>many</max>", "<index>x</index>"] {
            let set = format!("<set xmlns='http://jabber.org/protocol/rsm'>{broken}</set>");
            assert_eq!(asked(&set), Err(Condition::BadRequest), "{broken}");
        }
    }

    #[test]
    fn answers_say_where_the_page_stands() {
        let check = |set: Element, want: &str| assert_eq!(set, want.parse().unwrap());
        check(
            described(30, 10, Some(("k", "t"))),
            "<set xmlns='http://jabber.org/protocol/rsm'><first index='10'>k</first><last>t</last><count>30</count></set>",
        );
        check(described(0, 0, None), "<set xmlns='http://jabber.org/protocol/rsm'><count>0</count></set>");
    }
}
