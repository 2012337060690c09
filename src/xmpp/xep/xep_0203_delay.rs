//! XEP-0203: Delayed Delivery, the stamp on stored messages.

use cobnut_xmpp_proto::stanza::ElementExt as _;
use jiff::Timestamp;
use minidom::Element;
use xmpp_parsers::ns;

/// The stamp; `at_ms` is milliseconds since 1970.
pub(super) fn element(from: &str, at_ms: u64) -> Element {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    let stamp = at.unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    Element::bare("delay", ns::DELAY).with_attr("from", from).with_attr("stamp", stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stamp_is_utc() {
        let element = element("example.net", 1_000_000_000_123);
        assert_eq!(element.attr("stamp"), Some("2001-09-09T01:46:40.123Z"));
        assert_eq!(element.attr("from"), Some("example.net"));
    }
}
