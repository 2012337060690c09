//! Runs named steps, shows progress with times, and sums up at the end.

use std::io::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// How a step ended.
pub(crate) enum Outcome {
    /// Everything it should do was done and passed.
    Passed,
    /// It passed, but these parts could not run; each entry is "what because why".
    PassedExcept(Vec<String>),
}

struct Line {
    step: String,
    took: Duration,
    error: Option<String>,
}

/// Collects how the steps went.
pub(crate) struct Report {
    total: usize,
    strict: bool,
    started: Instant,
    lines: Vec<Line>,
    skipped: Vec<String>,
}

impl Report {
    /// For this many steps; `strict` makes every skip a failure.
    pub(crate) fn new(total: usize, strict: bool) -> Self {
        Self { total, strict, started: Instant::now(), lines: Vec::new(), skipped: Vec::new() }
    }

    /// Runs one step.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) {
        let number = self.lines.len() + 1;
        say(&format!("=== [{number}/{}] {name}", self.total));
        let started = Instant::now();
        let result = work();
        let took = started.elapsed();
        let error = match result {
            Ok(Outcome::Passed) => None,
            Ok(Outcome::PassedExcept(parts)) => {
                self.skipped.extend(parts);
                None
            }
            Err(err) => Some(format!("{err:#}")),
        };
        let verdict = error.as_ref().map_or_else(|| "done".to_owned(), |err| format!("FAILED: {err}"));
        say(&format!("=== [{number}/{}] {name}: {verdict} ({})", self.total, seconds(took)));
        self.lines.push(Line { step: name.to_owned(), took, error });
    }

    /// Prints the summary; true when all is well.
    pub(crate) fn finish(self) -> bool {
        let failed = self.lines.iter().filter(|line| line.error.is_some()).count();
        say("");
        for line in &self.lines {
            let verdict = if line.error.is_some() { "FAILED" } else { "ok" };
            say(&format!("{verdict:>7}  {:>8}  {}", seconds(line.took), line.step));
        }
        for line in &self.lines {
            if let Some(error) = &line.error {
                say(&format!("FAILED: {}: {error}", line.step));
            }
        }
        for skipped in &self.skipped {
            say(&format!("SKIPPED: {skipped}"));
        }
        if !self.skipped.is_empty() && self.strict {
            say("Skipped parts are failures here (CI=true or --strict).");
        }
        let good = failed == 0 && (self.skipped.is_empty() || !self.strict);
        say(&format!(
            "{} after {}: {} of {} steps passed, {} parts skipped",
            if good { "PASSED" } else { "FAILED" },
            seconds(self.started.elapsed()),
            self.lines.len() - failed,
            self.lines.len(),
            self.skipped.len(),
        ));
        good
    }
}

/// One line on standard output, at once.
pub(crate) fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    // A closed pipe or a full disk does not end the run; it shows in the next step's own output.
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}

/// Runs a command with its output shown; anything but status 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = display(command);
    say(&format!("$ {shown}"));
    let status = command.status().with_context(|| format!("start {shown}"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

fn display(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|argument| argument.to_string_lossy().into_owned()));
    if let Some(name) = words.first().and_then(|program| program.rsplit('/').next()).map(str::to_owned) {
        words[0] = name;
    }
    words.join(" ")
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finish(strict: bool, outcomes: Vec<Result<Outcome>>) -> bool {
        let mut report = Report::new(outcomes.len(), strict);
        for outcome in outcomes {
            report.step("a step", || outcome);
        }
        report.finish()
    }

    #[test]
    fn a_skip_fails_only_where_everything_must_run() {
        let skipped = || vec![Ok(Outcome::Passed), Ok(Outcome::PassedExcept(vec!["x because y".to_owned()]))];
        assert!(finish(false, skipped()));
        assert!(!finish(true, skipped()));
        assert!(finish(true, vec![Ok(Outcome::Passed)]));
    }

    #[test]
    fn one_failure_fails_everything() {
        assert!(!finish(false, vec![Err(anyhow::anyhow!("broken")), Ok(Outcome::Passed)]));
    }

    #[test]
    fn the_status_of_a_command_counts() {
        assert!(run(&mut Command::new("true")).is_ok());
        assert!(run(&mut Command::new("false")).is_err());
        assert!(run(&mut Command::new("/no/such/program")).is_err());
    }
}
