//! Memory per idle session: the server's memory before and after many clients came and fell silent.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use tokio::task::JoinSet;

use super::stage::{Stage, spinner};
use crate::process::Memory;
use crate::report::{Outcome, Row};
use crate::target::Target;

/// Sessions opened and closed before the first look, so that one-time allocations are not counted.
const WARM_UP_SESSIONS: usize = 64;
/// Sessions of one account; servers limit them.
const RESOURCES_PER_ACCOUNT_MAX: usize = 16;

/// Knobs of the memory measurement.
#[derive(Debug, Clone, Args)]
pub(crate) struct IdleArgs {
    /// Sessions to open, spread over the nodes.
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub(crate) sessions: usize,
    /// Seconds of silence before each look at the memory.
    #[arg(long, value_name = "S", default_value_t = 3)]
    pub(crate) settle: u64,
}

/// Opens the sessions, asks for their rosters, sends their presence, waits, and looks.
pub(crate) async fn idle(target: &Target, stage: &Arc<Stage>, knobs: &IdleArgs) -> Result<Row> {
    ensure!(!target.processes.is_empty(), "{}: memory takes @PID in the target", target.name);
    stage.require_accounts(knobs.sessions.div_ceil(RESOURCES_PER_ACCOUNT_MAX))?;
    let settle = Duration::from_secs(knobs.settle);
    let places = |count: usize| -> Vec<_> {
        let node =
            |index: usize| index.checked_rem(target.nodes.len()).and_then(|node| target.nodes.get(node));
        (0..count).filter_map(|index| Some((*node(index)?, index))).collect()
    };

    let title = format!("{}: warm-up", target.name);
    for session in stage.open(&places(WARM_UP_SESSIONS.min(knobs.sessions)), &title).await? {
        session.close().await;
    }
    tokio::time::sleep(settle).await;
    let before = Memory::of(&target.processes)?;

    let sessions = stage.open(&places(knobs.sessions), &format!("{}: idle sessions", target.name)).await?;
    let count = sessions.len();
    let mut drains = JoinSet::new();
    for mut session in sessions {
        // Whatever still arrives is read; a session that the server closes ends its task with an error.
        drains.spawn(async move {
            let end = loop {
                if let Err(err) = session.reader.next().await {
                    break err;
                }
            };
            anyhow::Error::context(end, "an idle session ended")
        });
    }
    let shown = spinner(&format!("{}: silence", target.name));
    if let Ok(Some(ended)) = tokio::time::timeout(settle, drains.join_next()).await {
        return Err(ended.context("watch an idle session")?);
    }
    let after = Memory::of(&target.processes)?;
    shown.finish_and_clear();
    drains.shutdown().await;
    let outcome = Outcome::Idle { sessions: u64::try_from(count).unwrap_or(u64::MAX), before, after };
    Ok(Row { target: target.name.clone(), outcome })
}
