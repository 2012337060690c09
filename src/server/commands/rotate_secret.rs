//! `cobnut cluster rotate-secret`: a new shared secret for the members, straight in the database.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use cobnut_store::{RotateSecret, Store};

use crate::cli::RotateArgs;
use crate::commands::user;
use crate::plan;

/// Carries out the command.
pub(crate) async fn run(args: RotateArgs) -> Result<ExitCode> {
    if let Some(missing) = plan::missing_embedded_database(&args.source)? {
        bail!(
            "there is no database {}; --data names the data folder of a node, --database another database",
            missing.display()
        );
    }
    let url = plan::database_url(&args.source)?.value;
    let store = Store::open_with(&url, plan::encryption(&args.source)?)
        .await
        .with_context(|| format!("open the database {}", plan::without_password(&url)))?;
    let now = user::now();
    let outcome = store.rotate_mesh_secret(now, args.grace.saturating_mul(1000), args.force).await;
    store.close().await;
    let seconds = |time: cobnut_model::UnixMillis| time.0.saturating_sub(now.0) / 1000;
    match outcome.context("write the new secret")? {
        RotateSecret::Begun { proven_from, void_from } => {
            let mut out = std::io::stdout().lock();
            writeln!(
                out,
                "running nodes learn the new secret within seconds and prove it in {} s; the old one is void in {} s, and who \
                 has not seen the database until then is refused",
                seconds(proven_from),
                seconds(void_from)
            )?;
            Ok(ExitCode::SUCCESS)
        }
        RotateSecret::UnderWay { void_from } => bail!(
            "an earlier rotation is under way, and its old secret is valid for another {} s; wait, or let --force void it now",
            seconds(void_from)
        ),
    }
}
