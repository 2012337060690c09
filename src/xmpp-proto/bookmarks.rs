//! Bookmarks of rooms in both of their forms: one list in private storage (XEP-0048), which Spark reads and writes as a
//! whole, and one published item for each room (XEP-0402).

use jid::BareJid;
use minidom::Element;

use crate::stanza::ElementExt as _;

/// The namespace of the list.
pub const NS_STORAGE: &str = "storage:bookmarks";
/// The namespace of an item, and the node that holds them.
pub const NS_BOOKMARKS: &str = "urn:xmpp:bookmarks:1";

/// A bookmark of a room.
#[derive(Debug, Clone, PartialEq)]
pub struct Bookmark {
    /// The room.
    pub room: BareJid,
    /// What people call it.
    pub name: Option<String>,
    /// Whether clients enter it when they start.
    pub is_entered: bool,
    /// Under which nickname.
    pub nick: Option<String>,
    /// Its password.
    pub password: Option<String>,
    /// What only items can hold (XEP-0402 §3).
    pub extensions: Option<Element>,
}

/// How items have to change.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemChange {
    /// An item is published.
    Publish(BareJid, Element),
    /// An item is taken back: its name, as it was found.
    Retract(String),
}

impl Bookmark {
    /// The bookmark that an item holds; `None` for what is none. Its name is the room's address.
    pub fn of_item(id: &str, payload: &Element) -> Option<Self> {
        let conference = Some(payload).filter(|payload| payload.is("conference", NS_BOOKMARKS))?;
        let bookmark = Self::read(BareJid::new(id).ok()?, conference, NS_BOOKMARKS);
        Some(Self { extensions: conference.get_child("extensions", NS_BOOKMARKS).cloned(), ..bookmark })
    }

    fn of_list_entry(entry: &Element) -> Option<Self> {
        let conference = Some(entry).filter(|entry| entry.is("conference", NS_STORAGE))?;
        Some(Self::read(BareJid::new(conference.attr("jid")?).ok()?, conference, NS_STORAGE))
    }

    fn read(room: BareJid, conference: &Element, namespace: &str) -> Self {
        let text = |name: &str| {
            let text = conference.get_child(name, namespace).map(Element::text);
            text.filter(|text| !text.is_empty())
        };
        Self {
            room,
            name: conference.attr("name").filter(|name| !name.is_empty()).map(str::to_owned),
            is_entered: matches!(conference.attr("autojoin"), Some("true" | "1")),
            nick: text("nick"),
            password: text("password"),
            extensions: None,
        }
    }

    fn to_item(&self) -> Element {
        let mut conference =
            Element::bare("conference", NS_BOOKMARKS).with_attr_opt("name", self.name.as_deref());
        self.write(&mut conference, NS_BOOKMARKS);
        if let Some(extensions) = &self.extensions {
            conference.append_child(extensions.clone());
        }
        conference
    }

    fn to_list_entry(&self) -> Element {
        // Compat: a bookmark without a name breaks the menu of Spark 3.0.
        let room = self.room.as_str();
        let name = self.name.as_deref().or_else(|| room.split('@').next()).unwrap_or(room);
        let mut conference =
            Element::bare("conference", NS_STORAGE).with_attr("name", name).with_attr("jid", room);
        self.write(&mut conference, NS_STORAGE);
        conference
    }

    fn write(&self, conference: &mut Element, namespace: &'static str) {
        if self.is_entered {
            conference.put_attr("autojoin", "true");
        }
        for (name, text) in [("nick", &self.nick), ("password", &self.password)] {
            if let Some(text) = text {
                conference.append_child(Element::bare(name, namespace).with_text(text));
            }
        }
    }

    /// Whether both say the same of a room, as far as a list can say it.
    fn is_as_in_list(&self, other: &Self) -> bool {
        // The name that a list was given because there was none does not count as one.
        let name = |bookmark: &Self| bookmark.to_list_entry().attr("name").map(str::to_owned);
        let facts = |bookmark: &Self| {
            (bookmark.is_entered, bookmark.nick.clone(), bookmark.password.clone(), name(bookmark))
        };
        self.room == other.room && facts(self) == facts(other)
    }
}

/// The list with other bookmarks of rooms; whatever else is in it stays as and where it is. Entries that say the same
/// as before stay, too: they may hold what only their client understands.
pub fn list_with(list: Option<&Element>, bookmarks: &[Bookmark]) -> Element {
    let mut new = Element::bare("storage", NS_STORAGE);
    let mut missing: Vec<&Bookmark> = bookmarks.iter().collect();
    for entry in list.into_iter().flat_map(Element::children) {
        let Some(held) = Bookmark::of_list_entry(entry) else {
            new.append_child(entry.clone());
            continue;
        };
        let Some(index) = missing.iter().position(|bookmark| bookmark.room == held.room) else { continue };
        let bookmark = missing.remove(index);
        let is_same = bookmark.is_as_in_list(&held);
        new.append_child(if is_same { entry.clone() } else { bookmark.to_list_entry() });
    }
    for bookmark in missing {
        new.append_child(bookmark.to_list_entry());
    }
    new
}

/// What has to become of items, by their names, so that they say what a list says. Items keep what a list cannot hold.
pub fn changes_for(list: &Element, items: &[(String, Element)]) -> Vec<ItemChange> {
    let mut wanted: Vec<Bookmark> = Vec::new();
    for bookmark in list.children().filter_map(Bookmark::of_list_entry) {
        // The first of two about one room counts, as with clients.
        if wanted.iter().all(|held| held.room != bookmark.room) {
            wanted.push(bookmark);
        }
    }
    let held: Vec<(&String, Option<Bookmark>)> =
        items.iter().map(|(id, payload)| (id, Bookmark::of_item(id, payload))).collect();
    let mut changes = Vec::new();
    for bookmark in &wanted {
        let before =
            held.iter().find_map(|(_, held)| held.as_ref().filter(|held| held.room == bookmark.room));
        if before.is_some_and(|before| before.is_as_in_list(bookmark)) {
            continue;
        }
        let extensions = before.and_then(|before| before.extensions.clone());
        let item = Bookmark { extensions, ..bookmark.clone() }.to_item();
        changes.push(ItemChange::Publish(bookmark.room.clone(), item));
    }
    for (id, held) in held {
        // What is no bookmark is somebody else's affair.
        if held.is_some_and(|held| wanted.iter().all(|bookmark| bookmark.room != held.room)) {
            changes.push(ItemChange::Retract(id.clone()));
        }
    }
    changes
}

/// The bookmarks in items.
pub fn of_items(items: &[(String, Element)]) -> Vec<Bookmark> {
    items.iter().filter_map(|(id, payload)| Bookmark::of_item(id, payload)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn element(text: &str) -> Element {
        text.parse().unwrap_or_else(|err| panic!("{err}: {text}"))
    }

    fn list(inner: &str) -> Element {
        element(&format!("<storage xmlns='{NS_STORAGE}'>{inner}</storage>"))
    }

    fn item(attrs: &str, inner: &str) -> Element {
        element(&format!("<conference xmlns='{NS_BOOKMARKS}'{attrs}>{inner}</conference>"))
    }

    /// Items after changes.
    fn applied(mut items: Vec<(String, Element)>, changes: Vec<ItemChange>) -> Vec<(String, Element)> {
        for change in changes {
            match change {
                ItemChange::Publish(room, payload) => {
                    items.retain(|(id, _)| *id != room.as_str());
                    items.push((room.to_string(), payload));
                }
                ItemChange::Retract(id) => items.retain(|(held, _)| *held != id),
            }
        }
        items
    }

    #[test]
    fn sparks_list_becomes_items() {
        let spark = list(
            "<conference name='Team' jid='team@muc.d' autojoin='true'><nick>al</nick><password>x</password></conference>\
             <url name='Wiki' url='https://wiki/'/><conference jid='plain@muc.d'/><conference jid='@@'/>",
        );
        let team = item(" name='Team' autojoin='true'", "<nick>al</nick><password>x</password>");
        let jid = |text: &str| BareJid::new(text).expect("jid");
        let changes = changes_for(&spark, &[]);
        assert_eq!(
            changes,
            [
                ItemChange::Publish(jid("team@muc.d"), team),
                ItemChange::Publish(jid("plain@muc.d"), item("", "")),
            ]
        );
        let items = applied(Vec::new(), changes);
        assert_eq!(changes_for(&spark, &items), [], "nothing is published twice");
        let without_team = list("<conference jid='plain@muc.d' name='New'/>");
        assert_eq!(
            changes_for(&without_team, &items),
            [
                ItemChange::Publish(jid("plain@muc.d"), item(" name='New'", "")),
                ItemChange::Retract("team@muc.d".to_owned()),
            ]
        );
    }

    #[test]
    fn items_become_sparks_list_and_the_rest_of_it_stays() {
        let before = list(
            "<url name='Wiki' url='https://wiki/'/><conference jid='old@muc.d' name='Old'/>\
             <conference jid='team@muc.d' name='Team' autojoin='1'><nick>al</nick><own xmlns='x'/></conference>",
        );
        let items = [
            ("team@muc.d".to_owned(), item(" name='Team' autojoin='true'", "<nick>al</nick>")),
            ("new@muc.d".to_owned(), item("", "<extensions><a xmlns='b'/></extensions>")),
            ("not a room@@".to_owned(), item("", "")),
            ("other@muc.d".to_owned(), element("<x xmlns='y'/>")),
        ];
        let after = list_with(Some(&before), &of_items(&items));
        let expected = list(
            "<url name='Wiki' url='https://wiki/'/>\
             <conference jid='team@muc.d' name='Team' autojoin='1'><nick>al</nick><own xmlns='x'/></conference>\
             <conference name='new' jid='new@muc.d'/>",
        );
        assert_eq!(after, expected);
        assert_eq!(changes_for(&after, &items), [], "the name that was made up is not published");
        assert_eq!(list_with(None, &[]), list(""));
    }

    #[test]
    fn a_changed_list_keeps_what_only_items_hold() {
        let items = [("r@muc.d".to_owned(), item(" name='A'", "<extensions><a xmlns='b'/></extensions>"))];
        let changes = changes_for(&list("<conference jid='r@muc.d' name='B'/>"), &items);
        let expected = item(" name='B'", "<extensions><a xmlns='b'/></extensions>");
        assert_eq!(changes, [ItemChange::Publish(BareJid::new("r@muc.d").expect("jid"), expected)]);
    }

    fn bookmarks() -> impl Strategy<Value = Vec<Bookmark>> {
        let text = || proptest::option::of("[a-z<&' ]{1,6}");
        let bookmark = ("[a-e]", text(), any::<bool>(), text(), text());
        let bookmark = bookmark.prop_map(|(room, name, is_entered, nick, password)| Bookmark {
            room: BareJid::new(&format!("{room}@muc.d")).expect("jid"),
            name,
            is_entered,
            nick,
            password,
            extensions: None,
        });
        proptest::collection::vec(bookmark, 0..6)
    }

    proptest! {
        #[test]
        fn both_forms_say_the_same_whichever_was_changed(one in bookmarks(), other in bookmarks()) {
            let one = list_with(None, &one);
            let items = applied(Vec::new(), changes_for(&one, &[]));
            let other = list_with(Some(&one), &other);
            let items = applied(items.clone(), changes_for(&other, &items));
            prop_assert_eq!(changes_for(&other, &items), []);
            let again = list_with(Some(&other), &of_items(&items));
            prop_assert_eq!(changes_for(&again, &items), []);
        }
    }
}
