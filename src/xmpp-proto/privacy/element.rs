//! Lists as elements, from clients and in the database.

use cobnut_model::{Subscription, limits};
use jid::Jid;
use minidom::Element;

use super::NS_PRIVACY;
use super::list::{Covers, PrivacyList, Rule, Whom};
use crate::stanza::{Condition, ElementExt as _};

impl PrivacyList {
    /// Reads a `list` that a client sent (XEP-0016 §2.1). A rule that cannot be understood, or two with the same order,
    /// are `bad-request`, more rules than [`limits::PRIVACY_RULES_MAX`] `not-acceptable`.
    pub fn from_request(list: &Element) -> Result<Self, Condition> {
        let name = list.attr("name").filter(|name| !name.is_empty()).ok_or(Condition::BadRequest)?;
        if name.chars().count() > limits::PRIVACY_NAME_CHARS_MAX {
            return Err(Condition::NotAcceptable);
        }
        if list.children().count() > limits::PRIVACY_RULES_MAX {
            return Err(Condition::NotAcceptable);
        }
        let rules: Option<Vec<Rule>> = list.children().map(rule).collect();
        let mut rules = rules.ok_or(Condition::BadRequest)?;
        rules.sort_by_key(|rule| rule.order);
        if rules.windows(2).any(|pair| matches!(pair, [a, b] if a.order == b.order)) {
            return Err(Condition::BadRequest);
        }
        Ok(Self { name: name.to_owned(), rules })
    }

    /// Reads a list as it is stored, and how many of its rules cannot be understood and are left out.
    pub fn from_stored(name: &str, list: &Element) -> (Self, usize) {
        let items = list.children().take(limits::PRIVACY_RULES_MAX);
        let mut rules: Vec<Rule> = items.filter_map(rule).collect();
        let lost = list.children().count() - rules.len();
        rules.sort_by_key(|rule| rule.order);
        (Self { name: name.to_owned(), rules }, lost)
    }

    /// The list with its rules, as it is told and stored.
    pub fn to_element(&self) -> Element {
        let mut list = Element::bare("list", NS_PRIVACY).with_attr("name", &self.name);
        for rule in &self.rules {
            list.append_child(item(rule));
        }
        list
    }
}

fn rule(item: &Element) -> Option<Rule> {
    if item.name() != "item" {
        return None;
    }
    let value = item.attr("value");
    let whom = match item.attr("type") {
        None => Whom::Anybody,
        Some("jid") => Whom::Address(Jid::new(value?).ok()?),
        Some("group") => Whom::Group(value.filter(|value| !value.is_empty())?.to_owned()),
        Some("subscription") => Whom::Subscription(match value? {
            "both" => Subscription::Both,
            "to" => Subscription::To,
            "from" => Subscription::From,
            "none" => Subscription::None,
            _ => return None,
        }),
        Some(_) => return None,
    };
    let mut covers = Covers::default();
    for child in item.children() {
        match child.name() {
            "message" => covers.message = true,
            "iq" => covers.iq = true,
            "presence-in" => covers.presence_in = true,
            "presence-out" => covers.presence_out = true,
            _ => return None,
        }
    }
    let is_allowed = match item.attr("action")? {
        "allow" => true,
        "deny" => false,
        _ => return None,
    };
    Some(Rule { order: item.attr("order")?.trim().parse().ok()?, is_allowed, whom, covers })
}

fn item(rule: &Rule) -> Element {
    let (kind, value) = match &rule.whom {
        Whom::Anybody => (None, None),
        Whom::Address(jid) => (Some("jid"), Some(jid.to_string())),
        Whom::Group(group) => (Some("group"), Some(group.clone())),
        Whom::Subscription(subscription) => {
            let value = match subscription {
                Subscription::Both => "both",
                Subscription::To => "to",
                Subscription::From => "from",
                Subscription::None => "none",
            };
            (Some("subscription"), Some(value.to_owned()))
        }
    };
    let mut item = Element::bare("item", NS_PRIVACY)
        .with_attr_opt("type", kind)
        .with_attr_opt("value", value)
        .with_attr("action", if rule.is_allowed { "allow" } else { "deny" })
        .with_attr("order", rule.order.to_string());
    let Covers { message, iq, presence_in, presence_out } = rule.covers;
    let kinds =
        [(message, "message"), (iq, "iq"), (presence_in, "presence-in"), (presence_out, "presence-out")];
    for (_, name) in kinds.into_iter().filter(|(is_covered, _)| *is_covered) {
        item.append_child(Element::bare(name, NS_PRIVACY));
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(items: &str) -> Element {
        format!("<list xmlns='jabber:iq:privacy' name='work'>{items}</list>").parse().unwrap()
    }

    #[test]
    fn lists_come_back_as_they_were_sent_but_in_order() {
        let sent = element(
            "<item type='group' value='Work' action='allow' order='2'><message/><presence-in/></item>\
             <item type='jid' value='a@b/c' action='deny' order='1'><iq/><presence-out/></item>\
             <item type='subscription' value='none' action='deny' order='7'/><item action='allow' order='9'/>",
        );
        let want = element(
            "<item type='jid' value='a@b/c' action='deny' order='1'><iq/><presence-out/></item>\
             <item type='group' value='Work' action='allow' order='2'><message/><presence-in/></item>\
             <item type='subscription' value='none' action='deny' order='7'/><item action='allow' order='9'/>",
        );
        let list = PrivacyList::from_request(&sent).unwrap();
        assert_eq!((list.name(), list.to_element()), ("work", want.clone()));
        assert_eq!(PrivacyList::from_stored("work", &want), (list, 0));
    }

    #[test]
    fn what_cannot_be_understood_is_refused_but_left_out_of_what_is_stored() {
        for item in [
            "<item action='deny'/>",
            "<item order='1'/>",
            "<item action='maybe' order='1'/>",
            "<item action='deny' order='-1'/>",
            "<item action='deny' order='x'/>",
            "<item type='jid' action='deny' order='1'/>",
            "<item type='jid' value='@' action='deny' order='1'/>",
            "<item type='group' value='' action='deny' order='1'/>",
            "<item type='subscription' value='much' action='deny' order='1'/>",
            "<item type='moon' value='full' action='deny' order='1'/>",
            "<item action='deny' order='1'><presence/></item>",
            "<rule action='deny' order='1'/>",
        ] {
            assert_eq!(PrivacyList::from_request(&element(item)), Err(Condition::BadRequest), "{item}");
            let good = "<item action='allow' order='5'/>";
            let (list, lost) = PrivacyList::from_stored("work", &element(&format!("{item}{good}")));
            assert_eq!((list.rules.len(), lost), (1, 1), "{item}");
        }
        let twice = element("<item action='deny' order='1'/><item action='allow' order='1'/>");
        assert_eq!(PrivacyList::from_request(&twice), Err(Condition::BadRequest));
    }

    #[test]
    fn names_and_rules_are_bounded() {
        let named = |name: &str| {
            let list = format!("<list xmlns='jabber:iq:privacy' name='{name}'/>");
            PrivacyList::from_request(&list.parse().unwrap()).map(|_| ())
        };
        assert_eq!(named(&"x".repeat(limits::PRIVACY_NAME_CHARS_MAX)), Ok(()));
        assert_eq!(named(&"x".repeat(limits::PRIVACY_NAME_CHARS_MAX + 1)), Err(Condition::NotAcceptable));
        assert_eq!(named(""), Err(Condition::BadRequest));
        let rules = |count: usize| -> String {
            let items: Vec<String> =
                (0..count).map(|order| format!("<item action='deny' order='{order}'/>")).collect();
            items.concat()
        };
        let list = |count| PrivacyList::from_request(&element(&rules(count))).map(|_| ());
        assert_eq!(list(limits::PRIVACY_RULES_MAX), Ok(()));
        assert_eq!(list(limits::PRIVACY_RULES_MAX + 1), Err(Condition::NotAcceptable));
    }
}
