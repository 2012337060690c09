//! Client state indication (XEP-0352) of a bound session: what is held back while nobody looks at the client.

use bytes::Bytes;
use cobnut_xmpp_proto::stream::{ClientState, HeldStanzas, Sifted};
use tokio::time::Instant;

use super::serve::FOREVER;
use super::session::{End, Session};

/// What waits for a client that is not looked at.
pub(super) struct Inactive {
    held: HeldStanzas,
    /// Until when the oldest may wait; `None` while nothing does.
    until: Option<Instant>,
}

impl Session<'_> {
    /// Obeys what the client says. One that says so twice changes nothing; so does one to which it was not offered.
    pub(super) async fn indicate(&mut self, state: ClientState) -> Result<(), End> {
        let policy = &self.context.limits.client_state;
        match state {
            ClientState::Inactive if policy.is_on && policy.holds_back && self.inactive.is_none() => {
                let held = HeldStanzas::new(policy.stanzas);
                self.inactive = Some(Box::new(Inactive { held, until: None }));
                Ok(())
            }
            ClientState::Inactive => Ok(()),
            ClientState::Active => {
                let released = self.release_held().await;
                self.inactive = None;
                released
            }
        }
    }

    /// Takes out what can wait.
    pub(super) fn sift(&mut self, batch: Vec<Bytes>) -> Vec<Bytes> {
        let Some(inactive) = &mut self.inactive else { return batch };
        let metrics = &self.context.metrics;
        let mut ready = Vec::with_capacity(batch.len());
        for stanza in batch {
            match inactive.held.sift(stanza, &mut ready) {
                Sifted::Ready => {}
                Sifted::Held => _ = metrics.held.inc(),
                Sifted::Replaced => {
                    metrics.held.inc();
                    metrics.spared.inc();
                }
            }
        }
        if inactive.held.is_empty() {
            inactive.until = None;
        } else if inactive.until.is_none() {
            inactive.until = Some(Instant::now() + self.context.limits.client_state.hold_max.min(FOREVER));
        }
        ready
    }

    /// Until when the oldest that is held back may wait.
    pub(super) fn held_until(&self) -> Option<Instant> {
        self.inactive.as_ref().and_then(|inactive| inactive.until)
    }

    /// Writes what is held back.
    pub(super) async fn release_held(&mut self) -> Result<(), End> {
        let batch = self.take_held();
        if self.parts_at.is_some() {
            self.unwritten.extend(batch);
            return Ok(());
        }
        self.write_batch(batch).await.map_err(End::Lost)?;
        self.check_unconfirmed()
    }

    /// Keeps what is held back for another connection or another session; this one has ended.
    pub(super) fn keep_held(&mut self) {
        for stanza in self.take_held() {
            self.keep(stanza);
        }
    }

    fn take_held(&mut self) -> Vec<Bytes> {
        let Some(inactive) = &mut self.inactive else { return Vec::new() };
        inactive.until = None;
        inactive.held.release().collect()
    }
}
