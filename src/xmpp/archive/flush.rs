//! Waiting until what was sent is written, at whichever member it was sent.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cobnut_mesh::{Request, Topic};
use cobnut_model::{NodeId, limits};
use cobnut_net::within;
use futures::future::join_all;
use tracing::debug;

use crate::service::Service;

/// Ends a question whose patience is counted by the time in which this process runs.
const ASK_BACKSTOP: Duration = Duration::from_mins(1);

/// A member's answer: one byte.
const WRITTEN: u8 = 1;
const NOT_WRITTEN: u8 = 0;

impl Service {
    /// Waits until all members have written what their users sent before. Returns whether this one has; the others are waited
    /// for as long as [`limits::ARCHIVE_MEMBER_PATIENCE`].
    pub(super) async fn archives_written(&self) -> bool {
        let others = self.cluster.members().into_iter().filter(|member| !member.is_self);
        let asking = join_all(others.map(|member| self.ask_to_write(member.id)));
        let (is_written, ()) =
            tokio::join!(self.archive.writer.flushed(limits::ARCHIVE_WRITE_PATIENCE), async {
                asking.await;
            });
        is_written
    }

    async fn ask_to_write(&self, member: NodeId) {
        let asking = self.cluster.ask(member, Topic::Archives, Bytes::new(), ASK_BACKSTOP);
        match within(limits::ARCHIVE_MEMBER_PATIENCE, asking).await {
            Ok(Ok(answer)) if *answer == [WRITTEN] => {}
            Ok(Err(err)) => debug!(%member, %err, "a member did not say that its archives are written"),
            _ => debug!(%member, "a member has not written its archives in time"),
        }
    }

    async fn answer_members(&self, requests: Vec<Request>) {
        let is_written = self.archive.writer.flushed(limits::ARCHIVE_MEMBER_PATIENCE).await;
        let answer = Bytes::copy_from_slice(&[if is_written { WRITTEN } else { NOT_WRITTEN }]);
        let answers = requests.into_iter().map(|request| self.cluster.answer(request, answer.clone()));
        // Longer than that nobody waits for it.
        let _late = tokio::time::timeout(limits::ARCHIVE_MEMBER_PATIENCE, join_all(answers)).await;
    }
}

/// Questions that are answered together.
const TOGETHER_MAX: usize = 64;

/// Answers the other members from now on.
pub(super) fn answer_members(service: &Arc<Service>) {
    let Some(mut requests) = service.cluster.take_requests(Topic::Archives) else { return };
    let (answering, token) = (Arc::downgrade(service), service.tasks.token().clone());
    service.tasks.spawn("archive questions", async move {
        loop {
            let mut together = Vec::new();
            let taken = tokio::select! {
                taken = requests.recv_many(&mut together, TOGETHER_MAX) => taken,
                () = token.cancelled() => return,
            };
            let Some(service) = answering.upgrade().filter(|_| taken > 0) else { return };
            service.answer_members(together).await;
        }
    });
}
