//! `cobnut import …`: accounts from Openfire's embedded database into the configured one.
//!
//! The script is read several times, once for an overview and then for some accounts at a time, so memory stays bounded
//! however large it is. Each account is stored whole or not at all; a run that was interrupted is simply started again.

mod accounts;
mod passwords;
mod source;

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use cobnut_store::{Existing, ImportReport, Store};
use indicatif::{ProgressBar, ProgressStyle};
use tracing::warn;

use crate::cli::ImportArgs;
use crate::plan;
use passwords::Passwords;
use source::{EmbeddedDatabase, Overview, Problems};

/// Accounts that are read at once.
const ACCOUNTS_MAX: usize = 5_000;
/// What the accounts that are read at once may take in memory; a larger one is read alone.
const BYTES_MAX: u64 = 32 << 20;

/// What became of everything.
#[derive(Default)]
struct Summary {
    accounts: ImportReport,
    groups: ImportReport,
    properties: ImportReport,
    /// Accounts that have no password which works.
    without_password: u64,
}

/// Carries out the command. Status 1 when something could not be stored.
pub(crate) async fn run(args: ImportArgs) -> Result<ExitCode> {
    let database = EmbeddedDatabase::open(&args.hsqldb)?;
    if database.is_locked() {
        warn!(
            script = %database.script.display(),
            "Openfire may still run on these files, or was killed; what it does from now on is not imported"
        );
    }
    let progress = progress(database.size)?;
    let overview = database.overview(&progress)?;
    let url = target(&args)?;
    let encryption = plan::encryption(&args.source)?;
    let shown = plan::without_password(&url);
    let store = if args.dry_run {
        match plan::missing_sqlite_file(&url) {
            Some(_) => None,
            None => Store::look_into(&url, encryption.clone()).await.context(format!("open {shown}"))?,
        }
    } else {
        Some(Store::open_with(&url, encryption.clone()).await.context(format!("open {shown}"))?)
    };
    let existing = if args.replace { Existing::Replace } else { Existing::Skip };
    let mut import = Import { database, overview, existing, progress, problems: Problems::default() };
    let known_key = match &store {
        Some(store) => store.system_property(passwords::key_name()).await?.and_then(|found| found.value),
        None => None,
    };
    let key = passwords::key_after(&import.overview.properties, known_key.as_deref(), args.replace);
    let passwords =
        Passwords::new(&import.overview.properties, &import.database.encryption, key, &encryption);
    let summary = match &store {
        Some(store) if !args.dry_run => import.store(store, &passwords).await?,
        other => import.count(other.as_ref(), &passwords).await?,
    };
    import.progress.finish_and_clear();
    if let Some(store) = store {
        store.close().await;
    }
    let text = import.tell(&summary, &shown, args.dry_run);
    std::io::stdout().lock().write_all(text.as_bytes())?;
    let failed = [&summary.accounts, &summary.groups, &summary.properties];
    let is_complete = failed.iter().all(|report| report.failed.is_empty());
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where the data goes; a home may name the very database that is imported.
fn target(args: &ImportArgs) -> Result<String> {
    let url = plan::database_url(&args.source).context(
        "the database to import into; --database names it, for example mysql://USER:PASSWORD@HOST/DATABASE",
    )?;
    if url.value.is_empty() {
        bail!("--database is empty");
    }
    Ok(url.value)
}

fn progress(size: u64) -> Result<ProgressBar> {
    // Drawn on a terminal only.
    let style = ProgressStyle::with_template("{bar:30} {bytes}/{total_bytes} {msg} {eta}")?;
    Ok(ProgressBar::new(size).with_style(style).with_message("reading"))
}

/// One run.
struct Import {
    database: EmbeddedDatabase,
    overview: Overview,
    existing: Existing,
    progress: ProgressBar,
    problems: Problems,
}

impl Import {
    /// Stores everything. The properties come first: without their `passwordKey` the passwords are worth nothing.
    async fn store(&mut self, store: &Store, passwords: &Passwords) -> Result<Summary> {
        let mut summary = Summary {
            properties: store.import_properties(&self.overview.properties, self.existing).await?,
            ..Summary::default()
        };
        let wanted = self.wanted(Some(store), &mut summary).await?;
        let batches = batches(&wanted);
        self.progress.inc_length(self.database.size * batches.len() as u64);
        self.progress.set_message("storing");
        for names in batches {
            let mut accounts = self.read(&names)?;
            for account in &mut accounts {
                summary.without_password += u64::from(!passwords.carry_over(account));
            }
            summary.accounts.add(store.import_accounts(&accounts, self.existing).await?);
        }
        summary.groups = store.import_groups(&self.overview.groups, self.existing).await?;
        Ok(summary)
    }

    /// Finds out what storing would do.
    async fn count(&mut self, store: Option<&Store>, passwords: &Passwords) -> Result<Summary> {
        let mut summary = Summary::default();
        let wanted = self.wanted(store, &mut summary).await?;
        let batches = batches(&wanted);
        self.progress.inc_length(self.database.size * batches.len() as u64);
        for names in batches {
            for mut account in self.read(&names)? {
                let is_known = match store {
                    Some(store) => store.user(&account.username).await?.is_some(),
                    None => false,
                };
                summary.accounts.replaced += u64::from(is_known);
                summary.accounts.created += u64::from(!is_known);
                summary.without_password += u64::from(!passwords.carry_over(&mut account));
            }
        }
        let known = match store {
            Some(store) => store.system_properties().await?,
            None => Vec::new(),
        };
        for property in &self.overview.properties {
            let is_known = known.iter().any(|known| known.name == property.name);
            self.enter(&mut summary.properties, is_known);
        }
        for group in &self.overview.groups {
            let is_known = match store {
                Some(store) => store.group(&group.name).await?.is_some(),
                None => false,
            };
            self.enter(&mut summary.groups, is_known);
        }
        Ok(summary)
    }

    fn enter(&self, report: &mut ImportReport, is_known: bool) {
        match (is_known, self.existing) {
            (false, _) => report.created += 1,
            (true, Existing::Replace) => report.replaced += 1,
            (true, Existing::Skip) => report.skipped += 1,
        }
    }

    /// Accounts that are to be read: those that are there already are left out, unless they are replaced.
    async fn wanted(&self, store: Option<&Store>, summary: &mut Summary) -> Result<Vec<(String, u64)>> {
        let mut wanted = Vec::new();
        for (name, bytes) in &self.overview.accounts {
            if self.existing == Existing::Skip
                && let Some(store) = store
                && store.user(name).await?.is_some()
            {
                summary.accounts.skipped += 1;
                continue;
            }
            wanted.push((name.clone(), *bytes));
        }
        Ok(wanted)
    }

    fn read(&mut self, names: &[String]) -> Result<Vec<cobnut_store::ImportAccount>> {
        let is_double = self.overview.has_groups_first;
        accounts::read(&self.database, names, is_double, &self.progress, &mut self.problems)
    }

    /// The summary for people.
    fn tell(&self, summary: &Summary, target: &str, is_dry: bool) -> String {
        let mut text = String::new();
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        let (statements, is_cut_off) = self.database.log();
        let version = self.overview.version.map_or_else(|| "?".to_owned(), |version| version.to_string());
        line(format!("from  {} (schema version {version})", self.database.script.display()));
        if statements > 0 {
            let end = if is_cut_off { "; its last, unfinished one is left out" } else { "" };
            line(format!("      and {statements} statements of its log{end}"));
        }
        line(format!("into  {target}{}", if is_dry { " (dry run: nothing is written)" } else { "" }));
        for (name, count) in &self.overview.counts {
            line(format!("  {count:>8} {name} read"));
        }
        for (name, report) in [
            ("accounts", &summary.accounts),
            ("groups", &summary.groups),
            ("system properties", &summary.properties),
        ] {
            let would = if is_dry { "would be " } else { "" };
            line(format!(
                "{name}: {} {would}created, {} {would}replaced, {} {would}left as they are",
                report.created, report.replaced, report.skipped
            ));
            for (what, reason) in &report.failed {
                line(format!("  not stored: {what}: {reason}"));
            }
        }
        if !summary.accounts.without_private.is_empty() {
            let count = summary.accounts.without_private.len();
            line(format!("private XML of {count} accounts is left out: the target has no place for it"));
        }
        if summary.without_password > 0 {
            line(format!(
                "{} accounts have no password that can be used; `cobnut user passwd NAME` sets one",
                summary.without_password
            ));
        }
        let left_out = self.overview.problems.count + self.problems.count;
        for problem in self.overview.problems.texts.iter().chain(&self.problems.texts) {
            line(format!("  left out: {problem}"));
        }
        if left_out > 0 {
            line(format!("{left_out} rows were left out"));
        }
        text
    }
}

/// Names in portions that fit into memory.
fn batches(accounts: &[(String, u64)]) -> Vec<Vec<String>> {
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for (name, size) in accounts {
        bytes += size;
        match batches.last_mut() {
            Some(batch) if batch.len() < ACCOUNTS_MAX && bytes <= BYTES_MAX => batch.push(name.clone()),
            _ => {
                batches.push(vec![name.clone()]);
                bytes = *size;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_are_bounded_by_number_and_size() {
        let of = |count: usize, size: u64| {
            let accounts: Vec<(String, u64)> = (0..count).map(|number| (number.to_string(), size)).collect();
            batches(&accounts).iter().map(Vec::len).collect::<Vec<_>>()
        };
        assert_eq!(of(0, 1), Vec::<usize>::new());
        assert_eq!(of(ACCOUNTS_MAX + 1, 1), [ACCOUNTS_MAX, 1]);
        assert_eq!(of(3, BYTES_MAX), [1, 1, 1]);
        assert_eq!(of(3, BYTES_MAX / 2), [2, 1]);
        assert_eq!(of(2, BYTES_MAX * 2), [1, 1]);
    }
}
