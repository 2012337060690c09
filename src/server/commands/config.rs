//! `cobnut config …`: what a node would do, without doing it.

use std::io::Write;

use anyhow::Result;

use crate::cli::ConfigCommand;
use crate::plan::Plan;

/// Carries out one command.
pub(crate) fn run(command: ConfigCommand) -> Result<()> {
    match command {
        ConfigCommand::Show(args) => {
            let plan = Plan::make(*args)?;
            let settings = plan.effective();
            let width = |column: fn(&cobnut_console::EffectiveSetting) -> &str| {
                settings.iter().map(|setting| column(setting).chars().count()).max().unwrap_or(0)
            };
            let (names, values) = (width(|setting| &setting.name), width(|setting| &setting.value));
            let mut out = std::io::stdout().lock();
            for setting in &settings {
                writeln!(out, "{:<names$}  {:<values$}  {}", setting.name, setting.value, setting.origin)?;
            }
            Ok(())
        }
    }
}
