//! What the demo prints: one line per step with its time, on stdout.

use std::fmt::Display;
use std::future::Future;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use anyhow::{Context, Result};

use super::walk::DemoCluster;
use crate::told;

/// The demo's output.
pub(crate) struct Screen {
    out: std::io::Stdout,
    started: Instant,
    is_colourful: bool,
}

impl Screen {
    /// Colours on terminals only, and not when `NO_COLOR` is set.
    pub(crate) fn new() -> Self {
        let is_colourful = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { out: std::io::stdout(), started: Instant::now(), is_colourful }
    }

    /// Whether to use colours.
    pub(crate) fn is_colourful(&self) -> bool {
        self.is_colourful
    }

    /// Runs one step and prints what it came to and how long it took.
    pub(crate) async fn step<T>(
        &self,
        title: &str,
        step: impl Future<Output = Result<(T, String)>>,
    ) -> Result<T> {
        let begun = Instant::now();
        let (value, outcome) = step.await.with_context(|| title.to_owned())?;
        let took = begun.elapsed();
        self.print(format_args!("{} {:>7} ms  {title}: {outcome}", self.paint("32", "ok"), took.as_millis()));
        Ok(value)
    }

    /// Prints a line between steps.
    pub(crate) fn say(&self, text: impl Display) {
        self.print(format_args!("{text}"));
    }

    /// Prints text below a step, indented.
    pub(crate) fn detail(&self, text: &str) {
        for line in text.lines() {
            self.print(format_args!("              {line}"));
        }
    }

    /// Prints why the walk ended early.
    pub(crate) fn failed(&self, err: &anyhow::Error) {
        self.print(format_args!("{} {}", self.paint("31", "failed"), told::causes(err)));
    }

    /// Prints where everything is, for somebody who wants to go on by hand.
    pub(crate) fn invitation(&self, cluster: &DemoCluster) {
        self.print(format_args!(
            "\nThe cluster is up after {:.1} s. Try it:\n",
            self.started.elapsed().as_secs_f32()
        ));
        for node in cluster.nodes() {
            self.print(format_args!(
                "  node {}   console {}   Spark: server {} (Advanced: host {}, port {})",
                node.number,
                self.paint("36", &format!("http://{}", node.console())),
                super::walk::DOMAIN,
                node.c2s().ip(),
                node.c2s().port(),
            ));
        }
        self.print(format_args!("\n  console login   admin / {}", cluster.admin_password));
        for (username, password) in &cluster.users {
            self.print(format_args!("  Spark login     {username} / {password}"));
        }
        self.print(format_args!("  files           {}", cluster.folder().display()));
        self.print(format_args!("\nSpark: accept all certificates (Advanced). Ctrl-C stops both nodes."));
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.is_colourful { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn print(&self, line: std::fmt::Arguments<'_>) {
        let mut out = self.out.lock();
        // A reader that went away must not end the demo half way.
        drop(writeln!(out, "{line}").and_then(|()| out.flush()));
    }
}
