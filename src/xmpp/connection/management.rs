//! Stream management (XEP-0198) of a bound session: what the client switches on, asks and acknowledges.

use std::time::Duration;

use bytes::Bytes;
use cobnut_xmpp_proto::stream::{
    Condition, Enabled, Management, ManagementLimits, ManagementRequest, ManagementVersion,
    too_many_unconfirmed,
};
use minidom::Element;

use super::detached::{Managed, Resumable};
use super::session::{End, Session};
use crate::settings::ManagementPolicy;

impl Session<'_> {
    /// Handles an element of stream management.
    pub(super) async fn manage(&mut self, version: ManagementVersion, element: &Element) -> Result<(), End> {
        let is_on = self.context.limits.management.is_on
            && !self.context.service.is_anonymous(&self.bound.jid.to_bare());
        let request = ManagementRequest::read(element);
        let Some(managed) = &mut self.bound.managed else {
            return match request {
                _ if !is_on => self.refuse(version, "feature-not-implemented").await,
                ManagementRequest::Enable { resume, max } => self.enable(version, resume, max).await,
                ManagementRequest::Malformed => self.refuse(version, "bad-request").await,
                _ => self.refuse(version, "unexpected-request").await,
            };
        };
        match request {
            ManagementRequest::Ask => {
                managed.owes_answer = true;
                Ok(())
            }
            ManagementRequest::Handled(handled) => {
                let Err(err) = managed.state.confirm(handled) else { return Ok(()) };
                super::serve::count_error(self.context, self.bound.peer, &err.stream_error());
                let mut out = Vec::new();
                err.write(version, &mut out);
                self.tell(&out).await?;
                Err(End::Told)
            }
            ManagementRequest::Malformed => Err(Condition::BadFormat.into()),
            ManagementRequest::Enable { .. } | ManagementRequest::Resume { .. } => {
                self.refuse(version, "unexpected-request").await
            }
        }
    }

    async fn enable(
        &mut self,
        version: ManagementVersion,
        resume: bool,
        max: Option<u32>,
    ) -> Result<(), End> {
        let policy = self.context.limits.management;
        let state = Management::new(version, limits(&policy));
        let mut enabled = Enabled::default();
        let resumable = resume.then(|| {
            let node = self.context.service.node();
            let listing = self.context.resumptions.list(node, self.bound.jid.to_bare());
            let asked = max.filter(|max| *max > 0).map(|max| Duration::from_secs(max.into()));
            let max = asked.unwrap_or(policy.detach).min(policy.detach);
            enabled.id = Some(listing.id().to_owned());
            enabled.max = policy.tells_max.then_some(max.as_secs());
            // The port that is told is the one with STARTTLS.
            let is_told = policy.tells_location && !self.bound.is_direct_tls;
            enabled.location = is_told.then(|| self.context.service.own_address()).flatten();
            Resumable { listing, max, wanted: None }
        });
        let mut out = Vec::new();
        state.write_enabled(&enabled, &mut out);
        self.bound.managed = Some(Box::new(Managed { state, resumable, owes_answer: false }));
        self.tell(&out).await
    }

    async fn refuse(&mut self, version: ManagementVersion, condition: &str) -> Result<(), End> {
        let mut out = Vec::new();
        version.write_failed(condition, None, &mut out);
        self.tell(&out).await
    }

    /// Answers what the client asked, once for all that it has sent at a time: however often it asks, an answer costs
    /// more than a question.
    pub(super) async fn answer_if_owed(&mut self) -> Result<(), End> {
        let Some(managed) = self.bound.managed.as_mut().filter(|managed| managed.owes_answer) else {
            return Ok(());
        };
        managed.owes_answer = false;
        let mut out = Vec::new();
        managed.state.answer(&mut out);
        self.tell(&out).await
    }

    /// Writes what is no stanza, unless the stream is closed on this side.
    async fn tell(&mut self, bytes: &[u8]) -> Result<(), End> {
        if self.parts_at.is_some() {
            return Ok(());
        }
        self.write(bytes, &mut 0).await.map_err(End::Lost)
    }

    /// Counts a stanza of the client that was handled.
    pub(super) fn count_handled(&mut self) {
        if let Some(managed) = &mut self.bound.managed {
            managed.state.count_handled();
        }
    }

    /// Keeps a stanza that is not written for another connection or another session.
    pub(super) fn keep(&mut self, stanza: Bytes) {
        match &mut self.bound.managed {
            Some(managed) => managed.state.sent(stanza),
            None => self.unwritten.push(stanza),
        }
    }

    /// Notes stanzas that are about to be written. Returns what is asked behind them.
    pub(super) fn note_sent(&mut self, batch: &[Bytes]) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(managed) = &mut self.bound.managed {
            for stanza in batch {
                managed.state.sent(stanza.clone());
            }
            managed.state.ask(&mut out);
        }
        out
    }

    /// Ends the session of a client that reads and never acknowledges.
    pub(super) fn check_unconfirmed(&self) -> Result<(), End> {
        match &self.bound.managed {
            Some(managed) if managed.state.is_over_limit() => Err(too_many_unconfirmed().into()),
            _ => Ok(()),
        }
    }
}

fn limits(policy: &ManagementPolicy) -> ManagementLimits {
    ManagementLimits {
        stanzas: policy.unacked_stanzas,
        bytes: policy.unacked_bytes,
        ask_every: policy.ask_every,
    }
}
