//! Who may ask the archive of a room (XEP-0313 §4, §8), and about what.

use jid::{BareJid, Jid};
use minidom::Element;

use super::super::outcome::Outcome;
use super::super::record::Lock;
use super::super::{Affiliation, Context, Role, Room};
use super::id::ArchiveIds;
use crate::mam::{self, Question};
use crate::stanza::Condition;

/// Whose messages are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// Whoever had this nickname.
    Nick(String),
    /// A person, whatever the nickname was; only for those who see real addresses.
    User(BareJid),
}

/// A question for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveRequest {
    /// Whose; everybody's if it does not say.
    pub speaker: Option<Speaker>,
    /// Which messages.
    pub question: Question,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// For messages.
    Messages(Box<ArchiveRequest>),
    /// Where the archive begins and ends (§5).
    Ends,
}

/// A question that the store has to look up; its methods write the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveLookup {
    /// Who asks.
    pub from: Jid,
    /// What.
    pub asked: Asked,
    /// Whether the one who asks sees real addresses.
    pub(super) sees_addresses: bool,
    pub(super) iq: Element,
    pub(super) room: BareJid,
    pub(super) ids: ArchiveIds,
}

impl Room {
    /// Whether what is said is kept for questions: only rooms that are stored and logged have an archive.
    pub fn has_archive(&self) -> bool {
        let config = &self.record.config;
        let is_stored = config.is_persistent && !matches!(self.record.lock, Lock::Creating(_));
        self.policy.has_archive && is_stored && config.is_logged
    }

    pub(in super::super) fn archive_iq(
        &self,
        from: &Jid,
        iq: &Element,
        payload: &Element,
        context: &Context<'_>,
        out: &mut Outcome,
    ) {
        if !self.has_archive() {
            return out.refuse(from, iq, Condition::ServiceUnavailable);
        }
        let is_get = iq.attr("type") == Some("get");
        let sees_addresses = match self.archive_viewer(from, context) {
            Ok(sees_addresses) => sees_addresses,
            Err(condition) => return out.refuse(from, iq, condition),
        };
        let asked = match (payload.name(), is_get) {
            ("query", true) => return out.reply(from, iq, Some(mam::form())),
            ("query", false) => {
                let request = self.read_archive_request(payload, sees_addresses);
                request.map(|request| Asked::Messages(Box::new(request)))
            }
            ("metadata", true) => Ok(Asked::Ends),
            // Rooms have no preferences: the owner says whether a room is logged.
            ("prefs", _) => Err(Condition::FeatureNotImplemented),
            _ => Err(Condition::BadRequest),
        };
        match asked {
            Ok(asked) => out.lookups.push(ArchiveLookup {
                from: from.clone(),
                asked,
                sees_addresses,
                iq: iq.clone(),
                room: self.record.room.clone(),
                ids: self.archive_ids(),
            }),
            Err(condition) => out.refuse(from, iq, condition),
        }
    }

    /// Who could not enter may not read either (XEP-0313 §8). Says whether they see real addresses.
    fn archive_viewer(&self, from: &Jid, context: &Context<'_>) -> Result<bool, Condition> {
        let affiliation = self.affiliation_of(&from.to_bare(), context);
        let role = self.occupants.of(from).map(|(occupant, _)| occupant.role);
        let config = &self.record.config;
        let needs_more = config.is_members_only || config.password.is_some() || self.is_locked();
        let is_stranger = role.is_none() && affiliation < Affiliation::Member;
        if affiliation == Affiliation::Outcast || (needs_more && is_stranger) {
            return Err(Condition::Forbidden);
        }
        let is_privileged = role == Some(Role::Moderator) || affiliation >= Affiliation::Admin;
        Ok(config.is_non_anonymous || is_privileged)
    }

    fn read_archive_request(
        &self,
        query: &Element,
        sees_addresses: bool,
    ) -> Result<ArchiveRequest, Condition> {
        let question = mam::read(query, |id| self.archive_number(id))?;
        let speaker = question.with.as_ref().map(|with| self.speaker(with, sees_addresses)).transpose()?;
        Ok(ArchiveRequest { speaker, question })
    }

    fn speaker(&self, with: &Jid, sees_addresses: bool) -> Result<Speaker, Condition> {
        let user = with.to_bare();
        match with.resource() {
            Some(nick) if user == self.record.room => Ok(Speaker::Nick(nick.as_str().to_owned())),
            _ if sees_addresses => Ok(Speaker::User(user)),
            _ => Err(Condition::Forbidden),
        }
    }
}
