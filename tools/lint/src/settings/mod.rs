//! What a run is told: the settings file first, the command line over it.

mod file;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use cobnut_diagnostics::render::{Colour, full};
use cobnut_diagnostics::{Severity, Source};
use cobnut_lint::{Level, Options, Selection, Target};

use crate::{FailOn, LintArgs, ReadingArgs, RuleArgs};
use file::FileSettings;

/// The name that is searched for.
const FILE_NAME: &str = "cobnut-lint.toml";

/// Everything that a run depends on beside the files.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which rules run, at which level.
    pub selection: Selection,
    /// What the rules assume.
    pub options: Options,
    /// The least severe finding that counts as a failure.
    pub fail_on: Severity,
    /// Values of `${…}`.
    pub variables: Vec<(String, String)>,
    /// What `${openfireHome}` means in files that lie in no Openfire home.
    pub openfire_home: Option<PathBuf>,
}

impl Default for Settings {
    /// No settings file and no arguments; certificates are judged as of now.
    fn default() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok();
        Self {
            selection: Selection::default(),
            options: Options {
                target: Target::Auto,
                now: now.and_then(|now| i64::try_from(now.as_secs()).ok()),
            },
            fail_on: Severity::Error,
            variables: Vec::new(),
            openfire_home: None,
        }
    }
}

/// Why there are no settings; the text is ready to be printed.
#[derive(Debug)]
pub(crate) enum SettingsError {
    /// The settings file or the arguments make no sense.
    Usage(String),
    /// The settings file could not be read.
    Unreadable(String),
}

/// The settings of a run.
pub(crate) fn settings(args: &LintArgs, colour: Colour) -> Result<Settings, SettingsError> {
    let unreadable = |error: anyhow::Error| SettingsError::Unreadable(format!("error: {error:#}\n"));
    let path = match &args.rules.config {
        Some(path) => Some(path.clone()),
        None => search(args.paths.first().map_or(Path::new("."), PathBuf::as_path)),
    };
    let file = match path {
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(&path).with_context(|| name.clone()).map_err(unreadable)?;
            let source = Source::new(name, text);
            file::read(&source).map_err(|found| SettingsError::Usage(full(&found, colour)))?
        }
        None => FileSettings::default(),
    };
    merge(file, &args.rules, &args.reading, args.fail_on)
        .map_err(|error| SettingsError::Usage(format!("error: {error:#}\n")))
}

/// The settings of a folder, without arguments; a settings file that makes no sense counts as none.
pub(crate) fn of_folder(folder: &Path) -> Settings {
    let text = search(folder)
        .and_then(|path| Some((path.display().to_string(), std::fs::read_to_string(path).ok()?)));
    let file = text.and_then(|(name, text)| file::read(&Source::new(name, text)).ok()).unwrap_or_default();
    merge(file, &RuleArgs::default(), &ReadingArgs::default(), None).unwrap_or_default()
}

/// The settings file in the folder of the path or above it.
fn search(path: &Path) -> Option<PathBuf> {
    // A pattern has no folder of its own: the first folder that exists counts.
    let start = path.ancestors().find(|folder| folder.as_os_str().is_empty() || folder.exists())?;
    let start = if start.as_os_str().is_empty() { Path::new(".") } else { start };
    let whole = std::fs::canonicalize(start).ok()?;
    let found = whole.ancestors().map(|folder| folder.join(FILE_NAME)).find(|file| file.is_file())?;
    // The short name, when it is the one that the user sees.
    let here =
        std::env::current_dir().ok().and_then(|here| found.strip_prefix(here).ok().map(Path::to_owned));
    Some(here.unwrap_or(found))
}

fn merge(
    file: FileSettings,
    rules: &RuleArgs,
    reading: &ReadingArgs,
    fail_on: Option<FailOn>,
) -> Result<Settings> {
    let mut settings = Settings::default();
    let selection = &mut settings.selection;
    let select = if rules.select.is_empty() { &file.select } else { &rules.select };
    select.iter().try_for_each(|name| selection.select(name))?;
    file.ignore.iter().chain(&rules.ignore).try_for_each(|name| selection.ignore(name))?;
    let levels: Vec<&(String, Level)> = file.severity.iter().chain(&rules.severity).collect();
    levels.into_iter().try_for_each(|(name, level)| selection.set_level(name, *level))?;
    settings.options.target = reading.target.map(Target::from).or(file.target).unwrap_or_default();
    let fail_on = fail_on.map(FailOn::severity);
    settings.fail_on = fail_on.or(file.fail_on).unwrap_or(Severity::Error);
    settings.variables.clone_from(&reading.define);
    for (name, value) in file.variables {
        if !settings.variables.iter().any(|(known, _)| *known == name) {
            settings.variables.push((name, value));
        }
    }
    settings.openfire_home = reading.openfire_home.clone().or(file.openfire_home);
    Ok(settings)
}
