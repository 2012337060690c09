//! Avatars in both of their forms: the photo of a vCard (XEP-0153), which Spark knows, and published items (XEP-0084). They
//! hold the same picture, and are known by the same hash.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minidom::Element;
use sha1::{Digest as _, Sha1};
use xmpp_parsers::ns;

use crate::stanza::ElementExt as _;

/// The namespace of pictures, and the node that holds them.
pub const NS_DATA: &str = "urn:xmpp:avatar:data";
/// The namespace of what is said of a picture, and the node that holds it.
pub const NS_METADATA: &str = "urn:xmpp:avatar:metadata";
/// What presence says of the photo in a vCard.
const NS_UPDATE: &str = "vcard-temp:x:update";

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Avatar {
    /// For example `image/png`; empty if nobody said.
    pub media_type: String,
    /// The picture itself.
    pub bytes: Vec<u8>,
}

/// What the newest metadata say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// The hash of the picture: the name of its item.
    pub id: String,
    /// Its kind.
    pub media_type: String,
}

impl Avatar {
    /// The photo of a vCard, if it has one that is in the card.
    pub fn of_card(card: &Element) -> Option<Self> {
        let photo = card.get_child("PHOTO", ns::VCARD)?;
        let bytes = decoded(&photo.get_child("BINVAL", ns::VCARD)?.text())?;
        let media_type = photo.get_child("TYPE", ns::VCARD).map(Element::text).unwrap_or_default();
        Some(Self { media_type: media_type.trim().to_owned(), bytes })
    }

    /// The picture that an item holds.
    pub fn of_item(data: &Element, media_type: &str) -> Option<Self> {
        let data = Some(data).filter(|data| data.is("data", NS_DATA))?;
        Some(Self { media_type: media_type.to_owned(), bytes: decoded(&data.text())? })
    }

    /// The hash by which both forms know it (XEP-0084 §4.1, XEP-0153 §4.1).
    pub fn id(&self) -> String {
        Sha1::digest(&self.bytes).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The payload of the item that holds it.
    pub fn data(&self) -> Element {
        Element::bare("data", NS_DATA).with_text(&STANDARD.encode(&self.bytes))
    }

    /// The payload of the item that tells of it (XEP-0084 §4.2).
    pub fn metadata(&self) -> Element {
        // Compat: many cards do not say what their photo is; who shows it looks at the bytes.
        let media_type = if self.media_type.is_empty() { "image/png" } else { &self.media_type };
        let info = Element::bare("info", NS_METADATA)
            .with_attr("bytes", self.bytes.len().to_string())
            .with_attr("id", self.id())
            .with_attr("type", media_type);
        Element::bare("metadata", NS_METADATA).with_child(info)
    }
}

/// What is said where there is no picture.
pub fn no_metadata() -> Element {
    Element::bare("metadata", NS_METADATA)
}

/// The picture that metadata tell of: the first that can be had from the item of its name.
pub fn announced(metadata: &Element) -> Option<Announced> {
    let is_here = |info: &&Element| info.is("info", NS_METADATA) && info.attr("url").is_none();
    let info = metadata.children().find(is_here)?;
    let media_type = info.attr("type").unwrap_or_default().to_owned();
    Some(Announced { id: info.attr("id").filter(|id| !id.is_empty())?.to_owned(), media_type })
}

/// A vCard with another photo, or none; everything else stays as and where it is.
pub fn card_with(card: Option<&Element>, avatar: Option<&Avatar>) -> Element {
    let mut new = Element::bare("vCard", ns::VCARD);
    for child in card.into_iter().flat_map(Element::children) {
        if !child.is("PHOTO", ns::VCARD) {
            new.append_child(child.clone());
        }
    }
    if let Some(avatar) = avatar {
        let part = |name: &str, text: &str| Element::bare(name, ns::VCARD).with_text(text);
        let mut photo = Element::bare("PHOTO", ns::VCARD);
        if !avatar.media_type.is_empty() {
            photo.append_child(part("TYPE", &avatar.media_type));
        }
        photo.append_child(part("BINVAL", &STANDARD.encode(&avatar.bytes)));
        new.append_child(photo);
    }
    new
}

/// Whether a client says for itself what its photo is, or that it has none (XEP-0153 §3).
pub fn says_photo(presence: &Element) -> bool {
    presence.get_child("x", NS_UPDATE).is_some_and(|update| update.has_child("photo", NS_UPDATE))
}

/// The presence with the hash of a photo in the place of what it said before (XEP-0398 §4).
pub fn with_photo(presence: &Element, id: Option<&str>) -> Element {
    let mut new = presence.clone();
    while new.remove_child("x", NS_UPDATE).is_some() {}
    let mut photo = Element::bare("photo", NS_UPDATE);
    if let Some(id) = id {
        photo.append_text_node(id);
    }
    new.append_child(Element::bare("x", NS_UPDATE).with_child(photo));
    new
}

/// Base64 with the line breaks that clients put into it; nothing is no picture.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn element(text: &str) -> Element {
        text.parse().unwrap_or_else(|err| panic!("{err}: {text}"))
    }

    fn card(inner: &str) -> Element {
        element(&format!("<vCard xmlns='vcard-temp'>{inner}</vCard>"))
    }

    /// SHA-1 of "abc".
    const ID: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    #[test]
    fn a_photo_becomes_items() {
        let avatar = Avatar::of_card(&card(
            "<FN>Ann</FN><PHOTO><TYPE>image/gif</TYPE><BINVAL>\n  YW\n  Jj </BINVAL></PHOTO>",
        ));
        let avatar = avatar.expect("photo");
        assert_eq!((avatar.id().as_str(), avatar.bytes.as_slice()), (ID, &b"abc"[..]));
        assert_eq!(avatar.data(), element("<data xmlns='urn:xmpp:avatar:data'>YWJj</data>"));
        let metadata = format!(
            "<metadata xmlns='{NS_METADATA}'><info bytes='3' id='{ID}' type='image/gif'/></metadata>"
        );
        assert_eq!(avatar.metadata(), element(&metadata));
        assert_eq!(Avatar::of_item(&avatar.data(), "image/gif"), Some(avatar));
        for none in [
            "",
            "<PHOTO/>",
            "<PHOTO><EXTVAL>https://x/</EXTVAL></PHOTO>",
            "<PHOTO><BINVAL> </BINVAL></PHOTO>",
            "<PHOTO><BINVAL>!</BINVAL></PHOTO>",
        ] {
            assert_eq!(Avatar::of_card(&card(none)), None, "{none}");
        }
    }

    #[test]
    fn items_become_a_photo_and_the_rest_of_the_card_stays() {
        let metadata = format!(
            "<metadata xmlns='{NS_METADATA}'><info id='x' url='https://x/' type='image/png'/><info id='{ID}' type='image/gif'/></metadata>"
        );
        let told = announced(&element(&metadata)).expect("told");
        assert_eq!((told.id.as_str(), told.media_type.as_str()), (ID, "image/gif"));
        assert_eq!(announced(&no_metadata()), None);
        let avatar = Avatar { media_type: told.media_type, bytes: b"abc".to_vec() };
        let photo = "<PHOTO><TYPE>image/gif</TYPE><BINVAL>YWJj</BINVAL></PHOTO>";
        let before = card("<FN>Ann</FN><PHOTO><BINVAL>AAAA</BINVAL></PHOTO><DESC>x</DESC>");
        assert_eq!(
            card_with(Some(&before), Some(&avatar)),
            card(&format!("<FN>Ann</FN><DESC>x</DESC>{photo}"))
        );
        assert_eq!(card_with(Some(&before), None), card("<FN>Ann</FN><DESC>x</DESC>"));
        assert_eq!(card_with(None, Some(&avatar)), card(photo));
    }

    #[test]
    fn presence_says_the_hash_once() {
        let presence = |inner: &str| element(&format!("<presence xmlns='jabber:client'>{inner}</presence>"));
        let update = |inner: &str| format!("<x xmlns='vcard-temp:x:update'>{inner}</x>");
        let said = presence(&update("<photo>old</photo>"));
        assert!(says_photo(&said) && says_photo(&presence(&update("<photo/>"))));
        assert!(!says_photo(&presence("")) && !says_photo(&presence(&update(""))));
        let new = presence(&format!("<show>away</show>{}", update("<photo>new</photo>")));
        assert_eq!(with_photo(&presence("<show>away</show>"), Some("new")), new);
        assert_eq!(with_photo(&presence(&format!("{}<show>away</show>", update(""))), Some("new")), new);
        assert_eq!(with_photo(&said, None), presence(&update("<photo/>")));
    }

    proptest! {
        #[test]
        fn a_picture_survives_both_forms(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            let avatar = Avatar { media_type: "image/png".to_owned(), bytes };
            let shown = Avatar::of_card(&card_with(None, Some(&avatar))).expect("photo");
            prop_assert_eq!(&shown, &avatar);
            let told = announced(&avatar.metadata()).expect("told");
            prop_assert_eq!(&told.id, &avatar.id());
            prop_assert_eq!(Avatar::of_item(&avatar.data(), &told.media_type), Some(avatar));
        }
    }
}
