//! Looking up what was said in a room (XEP-0313), beside its task: a large page holds up nobody who talks.

use std::collections::BTreeMap;

use cobnut_model::{UnixMillis, limits};
use cobnut_store::{RoomLogEntry, RoomLogSpan, RoomSpeaker, StoreError};
use cobnut_xmpp_proto::mam::{Page, Span, select};
use cobnut_xmpp_proto::muc::{ArchiveLookup, ArchiveRequest, Archived, Asked, Outcome, Speaker};
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, Jid};

use super::stored::said_from;
use super::writer::Place;
use crate::service::{Service, store_failure};

/// A room's archive in the database.
struct Archive<'a> {
    service: &'a Service,
    room: &'a BareJid,
    room_id: i64,
}

impl Service {
    /// Answers a question when it is its turn, or refuses it at once if too many wait.
    pub(super) fn look_up_in_room(&self, place: Place, lookup: ArchiveLookup) {
        let Some(service) = self.handle_for_task() else { return };
        self.tasks.spawn("room archive", async move {
            let outcome = match service.archive.lookups.enter() {
                Some(place_in_line) => {
                    let outcome = service.answer_from_archive(&place, &lookup).await;
                    let outcome = outcome.unwrap_or_else(|condition| lookup.refuse(condition));
                    service.send_archived(outcome).await;
                    drop(place_in_line);
                    return;
                }
                None => lookup.refuse(Condition::ResourceConstraint),
            };
            service.send_archived(outcome).await;
        });
    }

    async fn answer_from_archive(&self, place: &Place, lookup: &ArchiveLookup) -> Result<Outcome, Condition> {
        // Who asks wants to read what was said a moment ago.
        if !self.muc.writer.flushed(place, limits::ARCHIVE_WRITE_PATIENCE).await {
            return Err(Condition::ResourceConstraint);
        }
        let _turn = self.archive.lookups.turn().await;
        self.look_up(place, lookup).await.map_err(|err| store_failure(&err))
    }

    async fn look_up(&self, place: &Place, lookup: &ArchiveLookup) -> Result<Outcome, StoreError> {
        let name = place.room.node().map_or("", |node| node.as_str());
        let Some(room) = self.store.room(place.service_id, name).await? else {
            return Ok(lookup.refuse(Condition::ItemNotFound));
        };
        let archive = Archive { service: self, room: &place.room, room_id: room.id };
        match &lookup.asked {
            Asked::Messages(request) => Ok(lookup.answer(request, archive.page(request).await?)),
            Asked::Ends => {
                let (first, last) = (archive.end(false).await?, archive.end(true).await?);
                Ok(lookup.answer_ends(first.zip(last)))
            }
        }
    }

    async fn send_archived(&self, outcome: Outcome) {
        for delivery in outcome.deliver {
            for to in delivery.to.iter().filter_map(|to| to.try_as_full().ok()) {
                self.deliver_gently(to, &delivery.stanza).await;
            }
        }
    }
}

impl Archive<'_> {
    /// `None` if a message that the question names does not exist.
    async fn page(&self, request: &ArchiveRequest) -> Result<Option<Page<Archived>>, StoreError> {
        let question = &request.question.clone().since(self.service.retrievable_since());
        let landmarks = self.numbered(&question.landmarks()).await?;
        let times: BTreeMap<i64, UnixMillis> =
            landmarks.iter().map(|message| (message.number, message.entry.at)).collect();
        if let Some(numbers) = &question.filter.numbers {
            let named = self.numbered(numbers).await?;
            let is_about = |message: &Archived| request.is_about(message);
            return Ok(select(&named, question, &times, Archived::position, size_of, is_about));
        }
        let (Some(whole), Some(span)) = (question.whole(&times), question.span(&times)) else {
            return Ok(None);
        };
        let speaker = request.speaker.as_ref();
        let count = self.service.store.room_archive_count(&self.span(speaker, &whole)).await?;
        let found = self.service.store.room_archive(&self.span(speaker, &span)).await?;
        Ok(Some(question.page(self.read(found), Some(count), size_of)))
    }

    /// The place of the first or the last message.
    async fn end(&self, is_last: bool) -> Result<Option<(UnixMillis, i64)>, StoreError> {
        let span = Span::end(is_last, self.service.retrievable_since());
        let found = self.service.store.room_archive(&self.span(None, &span)).await?;
        Ok(found.first().map(|row| (row.at, row.id)))
    }

    async fn numbered(&self, numbers: &[i64]) -> Result<Vec<Archived>, StoreError> {
        Ok(self.read(self.service.store.room_archive_numbered(self.room_id, numbers).await?))
    }

    fn read(&self, rows: Vec<RoomLogEntry>) -> Vec<Archived> {
        let archived = |mut row: RoomLogEntry| {
            if Jid::new(&row.sender).is_err() {
                // A row that went missing here would look like the end of the archive.
                row.sender = self.room.to_string();
            }
            let number = row.id;
            said_from(self.room, row).map(|entry| Archived { number, entry })
        };
        rows.into_iter().filter_map(archived).collect()
    }

    fn span(&self, speaker: Option<&Speaker>, span: &Span) -> RoomLogSpan {
        let speaker = speaker.map(|speaker| match speaker {
            Speaker::Nick(nick) => RoomSpeaker::Nickname(nick.clone()),
            Speaker::User(user) => RoomSpeaker::User(user.to_string()),
        });
        RoomLogSpan {
            room_id: self.room_id,
            speaker,
            after: span.after,
            before: span.before,
            is_newest_first: span.is_newest_first,
            limit: u32::try_from(span.limit).unwrap_or(u32::MAX),
        }
    }
}

fn size_of(message: &Archived) -> usize {
    message.entry.stanza.len()
}
