//! Roster sets from clients: parsing and validation (RFC 6121 §2.3, §2.5).

use cobnut_model::limits;
use jid::{BareJid, Jid};
use minidom::Element;
use xmpp_parsers::ns;

use crate::stanza::Condition;

/// A valid roster set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RosterSet {
    /// Add a contact, or change name and groups of one.
    Put {
        /// The contact.
        contact: BareJid,
        /// Display name; an empty one counts as none.
        name: Option<String>,
        /// Groups in the order of the client.
        groups: Vec<String>,
    },
    /// Remove a contact.
    Remove {
        /// The contact.
        contact: BareJid,
    },
}

/// Parses the `<query/>` of a roster set.
pub fn parse_set(query: &Element) -> Result<RosterSet, Condition> {
    let mut items = query.children();
    let (Some(item), None) = (items.next(), items.next()) else { return Err(Condition::BadRequest) };
    if !item.is("item", ns::ROSTER) {
        return Err(Condition::BadRequest);
    }
    let jid = item.attr("jid").ok_or(Condition::BadRequest)?;
    let contact = Jid::new(jid).map_err(|_| Condition::JidMalformed)?.into_bare();
    if item.attr("subscription") == Some("remove") {
        return Ok(RosterSet::Remove { contact });
    }
    let name = item.attr("name").filter(|name| !name.is_empty()).map(str::to_owned);
    if name.as_deref().is_some_and(|name| name.chars().count() > limits::ROSTER_TEXT_CHARS_MAX) {
        return Err(Condition::NotAcceptable);
    }
    Ok(RosterSet::Put { contact, name, groups: parse_groups(item)? })
}

fn parse_groups(item: &Element) -> Result<Vec<String>, Condition> {
    let mut groups: Vec<String> = Vec::new();
    for group in item.children().filter(|child| child.is("group", ns::ROSTER)) {
        let group = group.text();
        if group.is_empty() || group.chars().count() > limits::ROSTER_TEXT_CHARS_MAX {
            return Err(Condition::NotAcceptable);
        }
        if groups.contains(&group) {
            return Err(Condition::BadRequest);
        }
        groups.push(group);
        if groups.len() > limits::ROSTER_GROUPS_MAX {
            return Err(Condition::NotAcceptable);
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(items: &str) -> Result<RosterSet, Condition> {
        parse_set(&format!("<query xmlns='jabber:iq:roster'>{items}</query>").parse().unwrap())
    }

    #[test]
    fn valid_sets() {
        let contact: BareJid = "juliet@example.net".parse().unwrap();
        assert_eq!(
            parse(
                "<item jid='Juliet@example.net/x' name='' subscription='both'><group>b</group><group>a</group></item>"
            ),
            Ok(RosterSet::Put {
                contact: contact.clone(),
                name: None,
                groups: vec!["b".to_owned(), "a".to_owned()]
            })
        );
        assert_eq!(
            parse("<item jid='juliet@example.net' subscription='remove'/>"),
            Ok(RosterSet::Remove { contact })
        );
    }

    #[test]
    fn invalid_sets() {
        let long = "x".repeat(limits::ROSTER_TEXT_CHARS_MAX + 1);
        let table = [
            (String::new(), Condition::BadRequest),
            ("<item jid='a@b'/><item jid='c@b'/>".to_owned(), Condition::BadRequest),
            ("<item/>".to_owned(), Condition::BadRequest),
            ("<other jid='a@b'/>".to_owned(), Condition::BadRequest),
            ("<item jid='@b'/>".to_owned(), Condition::JidMalformed),
            ("<item jid='a@b'><group/></item>".to_owned(), Condition::NotAcceptable),
            ("<item jid='a@b'><group>x</group><group>x</group></item>".to_owned(), Condition::BadRequest),
            (format!("<item jid='a@b'><group>{long}</group></item>"), Condition::NotAcceptable),
            (format!("<item jid='a@b' name='{long}'/>"), Condition::NotAcceptable),
        ];
        for (items, condition) in table {
            assert_eq!(parse(&items), Err(condition), "{items}");
        }
    }
}
