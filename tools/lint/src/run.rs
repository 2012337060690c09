//! The command itself.

use std::io::{self, IsTerminal as _, Read, Write};

use cobnut_diagnostics::render::{self, Colour};
use cobnut_diagnostics::{Diagnostic, Source, unified_diff};
use cobnut_lint::lint_cluster;

use crate::fixes::{fixed, pairs, write};
use crate::inputs::{Input, read_all, read_stream};
use crate::{ColourChoice, Format, LintArgs};

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
        ColourChoice::Auto if io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() => {
            Colour::Always
        }
        ColourChoice::Auto | ColourChoice::Never => Colour::Never,
    };
    run(args, &mut io::stdin().lock(), &mut io::stdout().lock(), &mut io::stderr().lock(), colour)
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
    let (inputs, errors) = if args.stdin {
        match read_stream(stdin) {
            Ok(input) => (vec![input], Vec::new()),
            Err(error) => (Vec::new(), vec![format!("{error:#}")]),
        }
    } else {
        read_all(&args.paths)
    };
    for error in &errors {
        say(stderr, &format!("error: {error}\n"));
    }
    let mut is_unreadable = !errors.is_empty();
    let found = if args.diff {
        print_diff(&inputs, stdout);
        lint_cluster(&pairs(&inputs))
    } else if args.fix {
        let (files, count) = fixed(&inputs);
        is_unreadable |= !write_back(&inputs, &files, count, stdout, stderr);
        lint_cluster(&files)
    } else {
        lint_cluster(&pairs(&inputs))
    };
    if !args.diff {
        // With --stdin --fix the standard output carries the fixed text alone.
        let out: &mut dyn Write = if args.fix && args.stdin { &mut *stderr } else { &mut *stdout };
        say(out, &rendered(args.format, &found, colour));
        if args.format == Format::Full {
            say(stderr, &summary(&found, inputs.len()));
        }
    }
    if is_unreadable {
        return EXIT_UNREADABLE;
    }
    let is_failure = found.iter().any(|diagnostic| diagnostic.severity() >= args.fail_on.severity());
    if is_failure { EXIT_FINDINGS } else { EXIT_CLEAN }
}

fn rendered(format: Format, found: &[Diagnostic], colour: Colour) -> String {
    match format {
        Format::Full => render::full(found, colour),
        Format::Concise => render::concise(found),
        Format::Json => render::json(found),
    }
}

fn summary(found: &[Diagnostic], files: usize) -> String {
    use cobnut_diagnostics::Severity;
    let count = |severity| found.iter().filter(|diagnostic| diagnostic.severity() == severity).count();
    let plural = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    format!(
        "{}, {}, {} in {}\n",
        plural(count(Severity::Error), "error"),
        plural(count(Severity::Warning), "warning"),
        plural(count(Severity::Info), "note"),
        plural(files, "file")
    )
}

fn print_diff(inputs: &[Input], stdout: &mut dyn Write) {
    let (files, _) = fixed(inputs);
    for (input, (source, _)) in inputs.iter().zip(&files) {
        say(stdout, &unified_diff(input.source.name(), input.source.text(), source.text()));
    }
}

/// Writes the changed files; false if one could not be written.
fn write_back(
    inputs: &[Input],
    files: &[(Source, String)],
    count: usize,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> bool {
    let mut all_written = true;
    let mut changed = 0;
    for (input, (source, _)) in inputs.iter().zip(files) {
        let Some(path) = &input.path else {
            say(stdout, source.text());
            continue;
        };
        if source == &input.source {
            continue;
        }
        match write(path, source.text()) {
            Ok(()) => changed += 1,
            Err(error) => {
                all_written = false;
                say(stderr, &format!("error: {error:#}\n"));
            }
        }
    }
    if changed > 0 {
        say(stderr, &format!("fixed {count} in {changed} file{}\n", if changed == 1 { "" } else { "s" }));
    }
    all_written
}

/// A reader that went away is no failure of the linter.
fn say(stream: &mut dyn Write, text: &str) {
    let _reader_may_be_gone = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}
