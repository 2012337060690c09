//! The command itself.

use std::fs;
use std::io::{self, IsTerminal as _, Read, Write};

use cobnut_config::ineffective_overrides;
use cobnut_diagnostics::render::Colour;
use cobnut_diagnostics::{Diagnostic, unified_diff};
use cobnut_lint::{Probed, lint_probed, lint_selected};

use crate::baseline;
use crate::fixes::{Fixed, fixed};
use crate::inputs::{Loaded, Place, load, load_stream};
use crate::listing::{ListFormat, list_rules};
use crate::output::{plural, rendered, summary};
use crate::settings::{Settings, SettingsError, settings};
use crate::{ColourChoice, Format, LintArgs, probe, simulate};

/// Nothing at or above `--fail-on` was found.
pub const EXIT_CLEAN: u8 = 0;
/// Something at or above `--fail-on` was found.
pub const EXIT_FINDINGS: u8 = 1;
/// The arguments make no sense; clap itself ends the process with it.
pub const EXIT_USAGE: u8 = 2;
/// A file could not be read or written.
pub const EXIT_UNREADABLE: u8 = 3;

/// Runs the linter on the process's own streams and returns its exit status.
pub fn lint(args: &LintArgs) -> u8 {
    let colour = match args.color {
        ColourChoice::Always => Colour::Always,
        ColourChoice::Auto
            if args.output.is_none()
                && io::stdout().is_terminal()
                && std::env::var_os("NO_COLOR").is_none() =>
        {
            Colour::Always
        }
        ColourChoice::Auto | ColourChoice::Never => Colour::Never,
    };
    run(args, &mut io::stdin().lock(), &mut io::stdout().lock(), &mut io::stderr().lock(), colour)
}

/// Findings of what was read.
pub fn check(loaded: &Loaded, settings: &Settings) -> Vec<Diagnostic> {
    lint_selected(&loaded.input, &settings.options, &settings.selection)
}

/// Runs the linter: findings go to `stdout`, everything about the run itself to `stderr`.
///
/// Returns the exit status. A stream that is closed early (`| head`) does not change it.
pub fn run(
    args: &LintArgs,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    colour: Colour,
) -> u8 {
    if args.rules.list_rules {
        say(stdout, &list_rules(ListFormat::Names));
        return EXIT_CLEAN;
    }
    if !args.probe.probe_reports.is_empty() {
        return merged(args, stdout, stderr);
    }
    let settings = match settings(args, colour) {
        Ok(settings) => settings,
        Err(SettingsError::Usage(text)) => {
            say(stderr, &text);
            return EXIT_USAGE;
        }
        Err(SettingsError::Unreadable(text)) => {
            say(stderr, &text);
            return EXIT_UNREADABLE;
        }
    };
    let loaded = if args.reading.stdin {
        load_stream(stdin, &args.reading.stdin_name, &settings.variables)
    } else {
        load(&args.paths, &settings.variables, settings.openfire_home.as_deref())
    };
    let mut run = Run { args, settings, stdout, stderr, colour, is_unreadable: !loaded.problems.is_empty() };
    for problem in &loaded.problems {
        run.tell(&format!("error: {problem}"));
    }
    let environment: Vec<String> =
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    for ineffective in ineffective_overrides(environment.iter().map(String::as_str)) {
        run.tell(&format!("note: {ineffective}"));
    }
    for skipped in &loaded.skipped {
        run.tell(&format!("note: {skipped}"));
    }
    run.checked(&loaded)
}

/// Prints who reaches whom.
fn merged(args: &LintArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    match probe::matrix(&args.probe.probe_reports) {
        Ok((text, is_well)) => {
            say(stdout, &text);
            if is_well { EXIT_CLEAN } else { EXIT_FINDINGS }
        }
        Err(error) => {
            say(stderr, &format!("error: {error:#}\n"));
            EXIT_UNREADABLE
        }
    }
}

/// One run: what it was told, and where it speaks.
struct Run<'a> {
    args: &'a LintArgs,
    settings: Settings,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    colour: Colour,
    is_unreadable: bool,
}

impl Run<'_> {
    fn checked(&mut self, loaded: &Loaded) -> u8 {
        if self.args.forecast.simulate {
            return self.simulated(loaded);
        }
        if self.args.probe.probe_dry_run {
            say(self.stdout, &probe::dry_run(&loaded.input));
            return if self.is_unreadable { EXIT_UNREADABLE } else { EXIT_CLEAN };
        }
        if self.args.probe.probe {
            let probed = self.probed(loaded);
            let Settings { options, selection, .. } = &self.settings;
            let found = lint_probed(&loaded.input, options, selection, Some(&probed));
            let found = self.without_known(found, true);
            return self.report(&found, loaded);
        }
        if let Some(path) = &self.args.rules.write_baseline {
            let found = check(loaded, &self.settings);
            match baseline::write(path, &found) {
                Ok(()) => {
                    self.tell(&format!("{}: {} written", path.display(), plural(found.len(), "finding")));
                }
                Err(error) => self.fail(&error),
            }
            return if self.is_unreadable { EXIT_UNREADABLE } else { EXIT_CLEAN };
        }
        if self.args.fixes.diff {
            let fixed = self.fixed(loaded);
            let diff: String = fixed
                .changed()
                .map(|file| unified_diff(file.source.name(), file.original.text(), file.source.text()))
                .collect();
            say(self.stdout, &diff);
            let found = self.without_known(check(loaded, &self.settings), false);
            return self.status(&found);
        }
        if !self.args.fixes.fix {
            let found = self.without_known(check(loaded, &self.settings), true);
            return self.report(&found, loaded);
        }
        let fixed = self.fixed(loaded);
        let after = if self.write_back(&fixed) { &fixed.loaded } else { loaded };
        let found = self.without_known(check(after, &self.settings), true);
        self.report(&found, after)
    }

    /// Looks at the machine and its network, and tells what it sees.
    fn probed(&mut self, loaded: &Loaded) -> Probed {
        let (probed, notes) = probe::probe(&loaded.input, &self.args.probe);
        for note in notes {
            self.tell(&format!("probe: {note}"));
        }
        if let Some(path) = &self.args.probe.report
            && let Err(error) = probe::write_report(path, &probed)
        {
            self.fail(&error);
        }
        probed
    }

    /// Prints the forecast and answers with the exit status.
    fn simulated(&mut self, loaded: &Loaded) -> u8 {
        let told = match simulate::forecasts(loaded, &self.args.forecast, self.settings.options.target) {
            Ok(told) => told,
            Err(error) => {
                self.tell(&format!("error: {error:#}"));
                return EXIT_USAGE;
            }
        };
        say(self.stdout, &told.text());
        if let Some(path) = &self.args.forecast.picture
            && let Err(error) = told.draw(path)
        {
            self.fail(&error);
        }
        match (self.is_unreadable, told.is_whole()) {
            (true, _) => EXIT_UNREADABLE,
            (false, true) => EXIT_CLEAN,
            (false, false) => EXIT_FINDINGS,
        }
    }

    /// Prints findings and answers with the exit status.
    fn report(&mut self, found: &[Diagnostic], loaded: &Loaded) -> u8 {
        let text = rendered(self.args.format, found, loaded, self.settings.fail_on, self.colour);
        if let Some(path) = &self.args.output {
            if let Err(error) = fs::write(path, text) {
                self.tell(&format!("error: {}: {error}", path.display()));
                self.is_unreadable = true;
            }
        } else if self.args.fixes.fix && self.args.reading.stdin {
            // With --stdin --fix the standard output carries the fixed text alone.
            say(self.stderr, &text);
        } else {
            say(self.stdout, &text);
        }
        if self.args.format == Format::Full || self.args.output.is_some() {
            say(self.stderr, &summary(found, loaded.files.len()));
        }
        self.status(found)
    }

    fn status(&self, found: &[Diagnostic]) -> u8 {
        if self.is_unreadable {
            return EXIT_UNREADABLE;
        }
        let is_failure = found.iter().any(|diagnostic| diagnostic.severity() >= self.settings.fail_on);
        if is_failure { EXIT_FINDINGS } else { EXIT_CLEAN }
    }

    /// The findings that no baseline lists.
    fn without_known(&mut self, found: Vec<Diagnostic>, is_told: bool) -> Vec<Diagnostic> {
        let Some(path) = &self.args.rules.baseline else { return found };
        match baseline::split(path, found.clone()) {
            Ok(split) => {
                if is_told && split.gone > 0 {
                    let gone = plural(split.gone, "finding");
                    self.tell(&format!("note: {gone} of {} no longer there: write it again", path.display()));
                }
                if is_told && split.known > 0 {
                    let known = plural(split.known, "known finding");
                    self.tell(&format!("note: {known} left out, see {}", path.display()));
                }
                split.new
            }
            Err(error) => {
                self.fail(&error);
                found
            }
        }
    }

    /// The fixes in memory, and what is to be said about those that were left out.
    fn fixed(&mut self, loaded: &Loaded) -> Fixed {
        let known = |found: Vec<Diagnostic>| match &self.args.rules.baseline {
            Some(path) => baseline::split(path, found).map(|split| split.new).unwrap_or_default(),
            None => found,
        };
        let fixed = fixed(loaded, &self.settings, self.args.fixes.unsafe_fixes, &known);
        for name in &fixed.in_archives {
            self.tell(&format!(
                "note: {name}: files in archives are not changed; unpack it and lint the folder"
            ));
        }
        for name in &fixed.protected {
            self.tell(&format!("error: {name}: the file is write-protected; its fixes are not applied"));
        }
        self.is_unreadable |= !fixed.protected.is_empty() && !self.args.fixes.diff;
        fixed
    }

    /// Writes the changed files; false when none was written because one could not be.
    fn write_back(&mut self, fixed: &Fixed) -> bool {
        if self.args.reading.stdin {
            for file in fixed.loaded.files.iter().filter(|file| file.place == Place::Memory) {
                let bytes = file.source.encode();
                let _reader_may_be_gone = self.stdout.write_all(&bytes).and_then(|()| self.stdout.flush());
            }
            return true;
        }
        match fixed.write() {
            Ok(0) => {}
            Ok(changed) => self.tell(&format!("fixed {} in {}", fixed.count, plural(changed, "file"))),
            Err(error) => {
                self.fail(&error);
                self.tell("nothing was changed");
                return false;
            }
        }
        true
    }

    fn fail(&mut self, error: &anyhow::Error) {
        self.tell(&format!("error: {error:#}"));
        self.is_unreadable = true;
    }

    fn tell(&mut self, line: &str) {
        say(self.stderr, &format!("{line}\n"));
    }
}

/// A reader that went away is no failure of the linter.
pub(crate) fn say(stream: &mut dyn Write, text: &str) {
    let _reader_may_be_gone = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}
