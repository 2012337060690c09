//! Namespaces of group chat.

/// XEP-0045 §7: entering.
pub(super) const MUC: &str = "http://jabber.org/protocol/muc";
/// XEP-0045 §7: what the room says about occupants, and invitations.
pub(super) const USER: &str = "http://jabber.org/protocol/muc#user";
/// XEP-0421.
pub(super) const OCCUPANT_ID: &str = "urn:xmpp:occupant-id:0";
/// XEP-0359.
pub(super) const STANZA_ID: &str = "urn:xmpp:sid:0";
/// XEP-0203.
pub(super) const DELAY: &str = "urn:xmpp:delay";
/// XEP-0045 §9.
pub(super) const ADMIN: &str = "http://jabber.org/protocol/muc#admin";
/// XEP-0045 §10.
pub(super) const OWNER: &str = "http://jabber.org/protocol/muc#owner";
/// XEP-0004.
/// XEP-0077.
pub(super) const REGISTER: &str = "jabber:iq:register";
/// XEP-0030.
pub(super) const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
/// XEP-0030.
pub(super) const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
/// XEP-0054.
pub(super) const VCARD: &str = "vcard-temp";
/// XEP-0249.
pub(super) const CONFERENCE: &str = "jabber:x:conference";
