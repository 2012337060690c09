//! Shared groups: contacts that an administrator puts on rosters, as Openfire's group properties `sharedRoster.*` say.
//!
//! They are not stored with anybody's roster. What a user sees is their own items together with what follows from the groups,
//! which this module works out: who sees whom is a fact about two users, and either of them can be asked.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use cobnut_model::{Ask, RosterItem, Subscription};
use jid::BareJid;

use super::item::empty_item;

/// A group that is shown on rosters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedGroup {
    /// What it is called on rosters. `sharedRoster.displayName`.
    pub display_name: String,
    /// Who is in it.
    pub members: Vec<BareJid>,
    /// Who sees it.
    pub audience: Audience,
}

/// Who sees a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// All users.
    Everybody,
    /// Its members, and these.
    Members(Vec<BareJid>),
}

/// Index of a group.
type Index = usize;

/// All of them, in the form in which questions are answered without looking through groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SharedGroups {
    groups: Vec<SharedGroup>,
    member_of: HashMap<BareJid, Vec<Index>>,
    /// Groups with an audience of their own that an account sees.
    shown_to: HashMap<BareJid, Vec<Index>>,
    for_everybody: Vec<Index>,
    /// What accounts call themselves.
    names: HashMap<BareJid, String>,
}

impl SharedGroups {
    /// From groups and what their members call themselves.
    pub fn new(groups: Vec<SharedGroup>, names: HashMap<BareJid, String>) -> Self {
        let (mut member_of, mut shown_to) = (HashMap::new(), HashMap::new());
        let mut for_everybody = Vec::new();
        let add = |map: &mut HashMap<BareJid, Vec<Index>>, who: &BareJid, index| {
            let of = map.entry(who.clone()).or_default();
            if of.last() != Some(&index) {
                of.push(index);
            }
        };
        for (index, group) in groups.iter().enumerate() {
            for member in &group.members {
                add(&mut member_of, member, index);
            }
            match &group.audience {
                Audience::Everybody => for_everybody.push(index),
                Audience::Members(others) => {
                    let audience: BTreeSet<&BareJid> = group.members.iter().chain(others).collect();
                    for who in audience {
                        add(&mut shown_to, who, index);
                    }
                }
            }
        }
        Self { groups, member_of, shown_to, for_everybody, names }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The names of the groups that an account sees, each once.
    pub fn names_for(&self, account: &BareJid) -> BTreeSet<&str> {
        self.shown(account).map(|index| self.groups[index].display_name.as_str()).collect()
    }

    /// The names of the groups in which an account sees a contact.
    pub fn names_of_contact(&self, account: &BareJid, contact: &BareJid) -> BTreeSet<&str> {
        let shown: BTreeSet<Index> = self.shown(account).collect();
        let of_contact =
            self.member_of.get(contact).into_iter().flatten().filter(|index| shown.contains(index));
        of_contact.map(|index| self.groups[*index].display_name.as_str()).collect()
    }

    /// Whether the groups let `account` see the presence of `contact`.
    pub fn sees(&self, account: &BareJid, contact: &BareJid) -> bool {
        let is_shown = |index: &Index| {
            self.for_everybody.contains(index)
                || self.shown_to.get(account).is_some_and(|shown| shown.contains(index))
        };
        account != contact && self.member_of.get(contact).is_some_and(|of| of.iter().any(is_shown))
    }

    /// Whether all users see an account.
    pub fn is_seen_by_everybody(&self, account: &BareJid) -> bool {
        let of = self.member_of.get(account);
        of.is_some_and(|of| of.iter().any(|index| self.for_everybody.contains(index)))
    }

    /// The item that an account has of a contact, when `own` is what its roster holds.
    pub fn item(&self, account: &BareJid, contact: &BareJid, own: Option<RosterItem>) -> Option<RosterItem> {
        let (sees, is_seen) = (self.sees(account, contact), self.sees(contact, account));
        if !sees && !is_seen {
            return own;
        }
        let mut item = own.unwrap_or_else(|| empty_item(contact));
        item.subscription = match (
            sees || item.subscription.sees_contact(),
            is_seen || item.subscription.is_seen_by_contact(),
        ) {
            (true, true) => Subscription::Both,
            (true, false) => Subscription::To,
            (false, _) => Subscription::From,
        };
        if sees {
            item.ask = Ask::None;
            item.is_visible = true;
            item.name = item.name.or_else(|| self.names.get(contact).cloned());
            for name in self.names_of_contact(account, contact) {
                if item.groups.iter().all(|group| group != name) {
                    item.groups.push(name.to_owned());
                }
            }
        }
        Some(item)
    }

    /// The roster of an account, when `own` is what is stored of it. Who sees it as everybody does has no item for that: see
    /// [`Self::is_seen_by_everybody`].
    pub fn roster(&self, account: &BareJid, own: Vec<RosterItem>) -> Vec<RosterItem> {
        if self.is_empty() {
            return own;
        }
        let mut own: BTreeMap<BareJid, RosterItem> =
            own.into_iter().map(|item| (item.jid.clone(), item)).collect();
        let mut contacts: BTreeSet<BareJid> = own.keys().cloned().collect();
        contacts.extend(self.contacts(account).into_iter().cloned());
        contacts.iter().filter_map(|contact| self.item(account, contact, own.remove(contact))).collect()
    }

    /// Those whose items follow from groups.
    fn contacts(&self, account: &BareJid) -> HashSet<&BareJid> {
        let seen = self.shown(account).flat_map(|index| &self.groups[index].members);
        let of = self.member_of.get(account).into_iter().flatten();
        let seeing = of.flat_map(|index| match &self.groups[*index].audience {
            Audience::Everybody => [].iter().chain(&[]),
            Audience::Members(others) => self.groups[*index].members.iter().chain(others),
        });
        seen.chain(seeing).filter(|contact| *contact != account).collect()
    }

    fn shown(&self, account: &BareJid) -> impl Iterator<Item = Index> {
        let own = self.shown_to.get(account).into_iter().flatten();
        own.chain(&self.for_everybody).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jid(name: &str) -> BareJid {
        BareJid::new(&format!("{name}@d")).expect("jid")
    }

    fn jids(names: &str) -> Vec<BareJid> {
        names.split_whitespace().map(jid).collect()
    }

    fn group(display_name: &str, members: &str, audience: Option<&str>) -> SharedGroup {
        SharedGroup {
            display_name: display_name.to_owned(),
            members: jids(members),
            audience: audience.map_or(Audience::Everybody, |others| Audience::Members(jids(others))),
        }
    }

    /// Support is shown to everybody, Sales to its members, Board to its members and Sales.
    fn office() -> SharedGroups {
        let groups = vec![
            group("Support", "sue sam", None),
            group("Sales", "al bea", Some("")),
            group("Board", "bo", Some("al bea")),
        ];
        SharedGroups::new(groups, HashMap::from([(jid("bea"), "Bea B.".to_owned())]))
    }

    fn shown(
        groups: &SharedGroups,
        who: &str,
        own: Vec<RosterItem>,
    ) -> Vec<(String, Subscription, String, bool)> {
        let roster = groups.roster(&jid(who), own);
        let row = |item: RosterItem| {
            (
                item.jid.node().expect("node").to_string(),
                item.subscription,
                item.groups.join("+"),
                item.is_visible,
            )
        };
        roster.into_iter().map(row).collect()
    }

    fn row(name: &str, subscription: Subscription, group: &str) -> (String, Subscription, String, bool) {
        (name.to_owned(), subscription, group.to_owned(), !group.is_empty())
    }

    #[test]
    fn rosters_follow_from_groups() {
        use Subscription::{Both, From, To};
        let office = office();
        assert_eq!(
            shown(&office, "al", Vec::new()),
            [
                row("bea", Both, "Sales"),
                row("bo", To, "Board"),
                row("sam", To, "Support"),
                row("sue", To, "Support")
            ]
        );
        // Al is seen by nobody but his group: Bo does not see him, and has a hidden item for what he shows.
        assert_eq!(
            shown(&office, "bo", Vec::new()),
            [row("al", From, ""), row("bea", From, ""), row("sam", To, "Support"), row("sue", To, "Support")]
        );
        assert_eq!(shown(&office, "sue", Vec::new()), [row("sam", Both, "Support")]);
        assert_eq!(
            shown(&office, "guest", Vec::new()),
            [row("sam", To, "Support"), row("sue", To, "Support")]
        );
        assert!(office.is_seen_by_everybody(&jid("sue")) && !office.is_seen_by_everybody(&jid("al")));
        assert_eq!(office.names_for(&jid("al")), BTreeSet::from(["Board", "Sales", "Support"]));
        assert_eq!(office.names_for(&jid("guest")), BTreeSet::from(["Support"]));
        assert!(SharedGroups::default().is_empty());
    }

    #[test]
    fn own_items_keep_what_their_user_gave_them() {
        let own = RosterItem {
            name: Some("Boss".to_owned()),
            groups: vec!["Friends".to_owned(), "Board".to_owned()],
            subscription: Subscription::From,
            ask: Ask::Subscribe,
            is_visible: true,
            ..empty_item(&jid("bo"))
        };
        let stranger = RosterItem { is_visible: true, ..empty_item(&jid("zoe")) };
        let roster = office().roster(&jid("al"), vec![own, stranger.clone()]);
        let bo = roster.iter().find(|item| item.jid == jid("bo")).expect("bo");
        assert_eq!(bo.name.as_deref(), Some("Boss"));
        assert_eq!((bo.subscription, bo.ask), (Subscription::Both, Ask::None));
        assert_eq!(bo.groups, ["Friends", "Board"]);
        assert_eq!(roster.iter().find(|item| item.jid == jid("zoe")), Some(&stranger));
        let bea = roster.iter().find(|item| item.jid == jid("bea")).expect("bea");
        assert_eq!(bea.name.as_deref(), Some("Bea B."), "where there is no own name");
    }

    proptest! {
        #[test]
        fn both_ends_agree_on_who_sees_whom(
            groups in proptest::collection::vec(
                ("[AB]", proptest::collection::vec("[a-e]", 0..4), proptest::option::of(proptest::collection::vec("[a-e]", 0..3))),
                0..4,
            ),
        ) {
            let groups: Vec<SharedGroup> = groups
                .iter()
                .map(|(name, members, audience)| group(name, &members.join(" "), audience.as_ref().map(|who| who.join(" ")).as_deref()))
                .collect();
            let all = SharedGroups::new(groups, HashMap::new());
            for one in ["a", "b", "c", "d", "e"].map(jid) {
                let roster = all.roster(&one, Vec::new());
                prop_assert!(roster.iter().all(|item| item.jid != one));
                for other in ["a", "b", "c", "d", "e"].map(jid) {
                    let item = roster.iter().find(|item| item.jid == other);
                    prop_assert_eq!(item.is_some_and(|item| item.subscription.sees_contact()), all.sees(&one, &other));
                    prop_assert_eq!(item.is_some_and(|item| item.is_visible), all.sees(&one, &other));
                    prop_assert_eq!(
                        item.is_some_and(|item| item.subscription.is_seen_by_contact())
                            || (one != other && all.is_seen_by_everybody(&one)),
                        all.sees(&other, &one)
                    );
                    prop_assert_eq!(item.cloned(), all.item(&one, &other, None).filter(|_| item.is_some()));
                }
            }
        }
    }
}
