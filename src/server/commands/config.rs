//! `cobnut config …`: what a node would do, without doing it.

use std::io::Write;

use anyhow::Result;
use cobnut_console::EffectiveSetting;
use cobnut_store::{Survey, SystemProperty};
use tracing::error;

use crate::cli::ConfigCommand;
use crate::plan::{self, Plan, Properties};
use crate::told;

/// Carries out one command.
pub(crate) async fn run(command: ConfigCommand) -> Result<()> {
    match command {
        ConfigCommand::Show(args) => {
            let mut plan = Plan::make(args.run)?;
            let properties = Properties::new(stored(&plan).await);
            plan.apply(&properties)?;
            let mut out = std::io::stdout().lock();
            out.write_all(table(&plan.effective(), "").as_bytes())?;
            let without_effect = plan.without_effect(&properties);
            if args.all && !without_effect.is_empty() {
                writeln!(out, "\nset, and without effect:")?;
                let rows: Vec<EffectiveSetting> = without_effect.iter().map(|(row, _)| row.clone()).collect();
                for (line, (_, reason)) in table(&rows, "  ").lines().zip(&without_effect) {
                    writeln!(out, "{line}: {reason}")?;
                }
            }
            Ok(())
        }
    }
}

/// The system properties of the database, as far as there is one that answers.
async fn stored(plan: &Plan) -> Vec<SystemProperty> {
    let url = &plan.database_url.value;
    if plan::missing_sqlite_file(url).is_some() {
        return Vec::new();
    }
    match Survey::of(url, plan.encryption.clone()).await {
        Ok(survey) => survey.properties,
        Err(err) => {
            error!(
                database = plan::without_password(url),
                err = told::causes(&anyhow::Error::new(err)),
                "the database cannot be looked at; what follows is without its properties"
            );
            Vec::new()
        }
    }
}

/// Rows in aligned columns.
fn table(rows: &[EffectiveSetting], indent: &str) -> String {
    let width = |column: fn(&EffectiveSetting) -> &str| {
        rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0)
    };
    let (names, values) = (width(|row| &row.name), width(|row| &row.value));
    let line = |row: &EffectiveSetting| {
        format!("{indent}{:<names$}  {:<values$}  {}\n", row.name, row.value, row.origin)
    };
    rows.iter().map(line).collect()
}
