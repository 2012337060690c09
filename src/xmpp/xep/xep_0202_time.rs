//! XEP-0202: Entity Time of the server.

use cobnut_xmpp_proto::stanza::{Condition, ElementExt as _};
use jiff::Zoned;
use minidom::Element;
use xmpp_parsers::ns;

use crate::iq::{Answer, IqRequest, Target};

/// Answers a query to the domain.
pub(super) fn answer(request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    if request.target != Target::Server {
        return Err(Condition::ServiceUnavailable);
    }
    Ok(Some(time_at(&Zoned::now())))
}

fn time_at(now: &Zoned) -> Element {
    let utc = now.timestamp().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    let field = |name: &str, text: &str| Element::bare(name, ns::TIME).with_text(text);
    Element::bare("time", ns::TIME)
        .with_child(field("tzo", &now.strftime("%:z").to_string()))
        .with_child(field("utc", &utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_and_utc_are_written_as_xep_0082_wants() {
        let now: Zoned = "2026-11-22T09:15:30.25-05:00[-05:00]".parse().unwrap();
        let expected: Element =
            "<time xmlns='urn:xmpp:time'><tzo>-05:00</tzo><utc>2026-11-22T14:15:30.250Z</utc></time>"
                .parse()
                .unwrap();
        assert_eq!(time_at(&now), expected);
    }
}
