//! What all measurements share: how to log in, as whom, and how to show progress.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::accounts::Accounts;
use crate::client::{Login, Session};
use crate::numbers::micros_each;

/// Logins under way at the same time while a measurement sets itself up.
const SETUP_CONCURRENCY: usize = 32;

/// How to log in, and as whom.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) login: Login,
    pub(crate) accounts: Accounts,
}

impl Stage {
    /// Opens these sessions (a node and an account number each) and makes them available, in this order.
    pub(crate) async fn open(
        self: &Arc<Self>,
        wanted: &[(SocketAddr, usize)],
        title: &str,
    ) -> Result<Vec<Session>> {
        let progress = progress_bar(u64::try_from(wanted.len()).unwrap_or(u64::MAX), title);
        let gate = Arc::new(Semaphore::new(SETUP_CONCURRENCY));
        let mut logins = JoinSet::new();
        for (index, &(node, account)) in wanted.iter().enumerate() {
            let (stage, gate) = (Arc::clone(self), Arc::clone(&gate));
            logins.spawn(async move {
                let _permit = gate.acquire_owned().await.context("wait for a turn")?;
                let mut session =
                    Session::login(node, &stage.accounts.credentials(account), &stage.login).await?;
                session.become_available().await?;
                anyhow::Ok((index, session))
            });
        }
        let mut sessions = Vec::with_capacity(wanted.len());
        while let Some(done) = logins.join_next().await {
            sessions.push(done.context("log in")??);
            progress.inc(1);
        }
        progress.finish_and_clear();
        sessions.sort_unstable_by_key(|(index, _)| *index);
        Ok(sessions.into_iter().map(|(_, session)| session).collect())
    }

    /// Fails when a measurement wants more accounts than there are.
    pub(crate) fn require_accounts(&self, wanted: usize) -> Result<()> {
        let there = self.accounts.count;
        ensure!(wanted <= there, "this takes {wanted} accounts and --users says there are {there}");
        Ok(())
    }
}

/// A progress bar for a known number of things; silent when standard error is no terminal.
pub(crate) fn progress_bar(length: u64, title: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}");
    let bar = ProgressBar::new(length).with_message(title.to_owned());
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

/// A spinner for the time of a measurement.
pub(crate) fn spinner(title: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message(title.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Microseconds of CPU time for each of `count` things, if there are processes to ask.
pub(crate) fn cpu_each(processes: &[u32], used: Duration, count: u64) -> Option<f64> {
    (!processes.is_empty() && count > 0).then(|| micros_each(used, count))
}
