//! `cobnut demo`: the article's two-node cluster, walked through step by step on real processes and real sockets.

mod client;
mod nodes;
mod screen;
mod walk;

use std::process::ExitCode;

use anyhow::{Context, Result};

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::DemoArgs;
use nodes::DemoFolder;
use screen::Screen;

/// Runs the demo; status 1 when a step failed.
pub(crate) async fn run(args: DemoArgs) -> Result<ExitCode> {
    nodes::check_addresses()?;
    let folder = DemoFolder::make(args.dir.as_deref())?;
    let screen = Screen::new();
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    // Both nodes die with the values that a dropped walk held.
    let walked = tokio::select! {
        walked = walk::walk(&folder, &screen) => walked,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted.context("listen for Ctrl-C")?;
            screen.say("interrupted");
            return Ok(ExitCode::FAILURE);
        }
        _ = terminate.recv() => {
            screen.say("terminated");
            return Ok(ExitCode::FAILURE);
        }
    };
    match walked {
        Ok(cluster) => {
            if args.exit {
                cluster.stop().await;
                screen.say("done");
                return Ok(ExitCode::SUCCESS);
            }
            screen.invitation(&cluster);
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted.context("listen for Ctrl-C")?,
                _ = terminate.recv() => {}
            }
            screen.say("stopping both nodes");
            cluster.stop().await;
            Ok(ExitCode::SUCCESS)
        }
        Err(err) => {
            screen.failed(&err);
            Ok(ExitCode::FAILURE)
        }
    }
}
