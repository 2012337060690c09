//! Looking up what an account sent and got.

use std::collections::BTreeMap;

use cobnut_model::UnixMillis;
use cobnut_store::{ArchiveRow, ArchiveSpan, StoreError};
use cobnut_xmpp_proto::mam::{Ends, Page, Position, Question, Span, select, time_of};
use cobnut_xmpp_proto::stanza::Condition;
use jid::{BareJid, Jid};

use crate::service::{Service, now, store_failure};

impl Service {
    /// Answers a question to the archive of an account; `None` if a message that it names does not exist.
    pub(crate) async fn archive_page(
        &self,
        account: &BareJid,
        question: &Question,
    ) -> Result<Option<Page<ArchiveRow>>, Condition> {
        self.await_archives().await?;
        let _turn = self.archive.lookups.turn().await;
        self.page_of(Self::username(account), question).await.map_err(|err| store_failure(&err))
    }

    /// Where the archive of an account begins and ends.
    pub(crate) async fn archive_ends(&self, account: &BareJid) -> Result<Ends, Condition> {
        self.await_archives().await?;
        let _turn = self.archive.lookups.turn().await;
        let owner = Self::username(account);
        let (first, last) = tokio::join!(self.end_of(owner, false), self.end_of(owner, true));
        let (first, last) = first.and_then(|first| Ok((first, last?))).map_err(|err| store_failure(&err))?;
        Ok(first.zip(last))
    }

    /// Who asks wants to read what was sent a moment ago.
    async fn await_archives(&self) -> Result<(), Condition> {
        self.archive.metrics.questions.inc();
        if self.archives_written().await { Ok(()) } else { Err(Condition::ResourceConstraint) }
    }

    /// Since when the operator lets people read archives, those of rooms included.
    pub(crate) fn retrievable_since(&self) -> Option<UnixMillis> {
        let retrievable = self.policy.archive.retrievable?;
        let ms = u64::try_from(retrievable.as_millis()).unwrap_or(u64::MAX);
        Some(UnixMillis(now().0.saturating_sub(ms)))
    }

    async fn page_of(
        &self,
        owner: &str,
        question: &Question,
    ) -> Result<Option<Page<ArchiveRow>>, StoreError> {
        let question = question.clone().since(self.retrievable_since());
        let landmarks = self.store.archived_numbered(owner, &question.landmarks()).await?;
        let times: BTreeMap<i64, UnixMillis> =
            landmarks.iter().map(|row| (row.number, time_of(row.number))).collect();
        if let Some(numbers) = &question.filter.numbers {
            let named = self.store.archived_numbered(owner, numbers).await?;
            let is_with = |row: &ArchiveRow| is_with(row, question.with.as_ref());
            return Ok(select(&named, &question, &times, place, size_of, is_with));
        }
        let (Some(whole), Some(span)) = (question.whole(&times), question.span(&times)) else {
            return Ok(None);
        };
        let with = question.with.as_ref();
        let count = self.store.archived_count(&row_span(owner, with, &whole)).await?;
        let found = self.store.archived(&row_span(owner, with, &span)).await?;
        Ok(Some(question.page(found, Some(count), size_of)))
    }

    async fn end_of(&self, owner: &str, is_last: bool) -> Result<Option<Position>, StoreError> {
        let span = Span::end(is_last, self.retrievable_since());
        Ok(self.store.archived(&row_span(owner, None, &span)).await?.first().map(place))
    }
}

fn place(row: &ArchiveRow) -> Position {
    (time_of(row.number), row.number)
}

fn size_of(row: &ArchiveRow) -> usize {
    row.stanza.len()
}

fn is_with(row: &ArchiveRow, with: Option<&Jid>) -> bool {
    with.is_none_or(|with| {
        with.to_bare().as_str() == row.peer
            && with.resource().is_none_or(|resource| resource.as_str() == row.resource)
    })
}

fn row_span(owner: &str, with: Option<&Jid>, span: &Span) -> ArchiveSpan {
    let (after, before) = span.numbers();
    let with = with.map(|with| {
        let resource = with.resource().map(|resource| resource.as_str().to_owned());
        (with.to_bare().to_string(), resource)
    });
    ArchiveSpan {
        owner: owner.to_owned(),
        with,
        after,
        before,
        is_newest_first: span.is_newest_first,
        limit: u32::try_from(span.limit).unwrap_or(u32::MAX),
    }
}
