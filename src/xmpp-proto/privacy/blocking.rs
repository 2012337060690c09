//! The addresses that a list blocks (XEP-0191).

use jid::Jid;

use super::list::{Covers, PrivacyList, Rule, Whom};

impl PrivacyList {
    /// The addresses that are denied everything.
    pub fn blocked(&self) -> impl Iterator<Item = &Jid> {
        self.rules.iter().filter_map(blocked_by)
    }

    /// The list with more addresses blocked, before all other rules. Their number is bounded by the caller.
    #[must_use]
    pub fn with_blocked(&self, addresses: &[Jid]) -> Self {
        let mut rules: Vec<Rule> = Vec::with_capacity(self.rules.len() + addresses.len());
        for address in addresses {
            if !rules.iter().any(|rule| blocked_by(rule) == Some(address)) {
                rules.push(Rule {
                    order: 0,
                    is_allowed: false,
                    whom: Whom::Address(address.clone()),
                    covers: Covers::default(),
                });
            }
        }
        rules.extend(self.without(|address| addresses.contains(address)));
        self.renumbered(rules)
    }

    /// The list with these addresses no longer blocked; all, if there are none.
    #[must_use]
    pub fn with_unblocked(&self, addresses: &[Jid]) -> Self {
        let rules = self.without(|address| addresses.is_empty() || addresses.contains(address));
        self.renumbered(rules.collect())
    }

    fn without(&self, is_unwanted: impl Fn(&Jid) -> bool) -> impl Iterator<Item = Rule> {
        self.rules.iter().filter(move |rule| !blocked_by(rule).is_some_and(&is_unwanted)).cloned()
    }

    fn renumbered(&self, mut rules: Vec<Rule>) -> Self {
        for (order, rule) in (0_u32..).zip(&mut rules) {
            rule.order = order;
        }
        Self { name: self.name.clone(), rules }
    }

    /// How many rules there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }
}

fn blocked_by(rule: &Rule) -> Option<&Jid> {
    match &rule.whom {
        Whom::Address(address) if !rule.is_allowed && rule.covers.everything() => Some(address),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jids(texts: &[&str]) -> Vec<Jid> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn blocked(list: &PrivacyList) -> Vec<String> {
        list.blocked().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses_are_blocked_before_all_else_and_unblocked() {
        let before = "<list xmlns='jabber:iq:privacy' name='l'>\
             <item type='jid' value='a@b' action='allow' order='5'/>\
             <item type='jid' value='c@d' action='deny' order='6'><message/></item>\
             <item type='jid' value='e@f' action='deny' order='7'/></list>";
        let list = PrivacyList::from_request(&before.parse().unwrap()).unwrap();
        assert_eq!(blocked(&list), ["e@f"]);
        let more = list.with_blocked(&jids(&["a@b", "e@f", "a@b", "g"]));
        assert_eq!(blocked(&more), ["a@b", "e@f", "g"]);
        assert_eq!(more.len(), 5);
        let read_again = PrivacyList::from_request(&more.to_element()).unwrap();
        assert_eq!(read_again, more, "orders are unique");
        let fewer = more.with_unblocked(&jids(&["a@b", "nobody@b"]));
        assert_eq!(blocked(&fewer), ["e@f", "g"]);
        let none = fewer.with_unblocked(&[]);
        assert_eq!((blocked(&none).len(), none.len()), (0, 2));
    }
}
