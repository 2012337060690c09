//! The transcripts in `compat-tests/spark`, whose README has their grammar.

use std::iter::Peekable;
use std::str::Lines;

use anyhow::{Context as _, Result, bail};

/// Who speaks in lines that name nobody.
pub(super) const SPARK: &str = "alice";

/// A line of a transcript and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Counted from 1.
    pub(super) number: usize,
    pub(super) step: Step,
}

/// What happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Opens a connection; nodes are counted from 0.
    Connect {
        who: String,
        node: usize,
    },
    /// The whole way to a session, which is of no interest here.
    LogIn {
        who: String,
        node: usize,
        resource: String,
    },
    StartTls {
        who: String,
    },
    /// Ends the stream.
    LogOut {
        who: String,
    },
    /// The connection is gone without a word.
    Break {
        who: String,
    },
    /// Kills a node.
    Kill {
        node: usize,
    },
    /// The same with each item of the server, until one has a feature.
    EachItem {
        until: Option<String>,
        lines: Vec<Line>,
    },
    Send {
        who: String,
        text: String,
    },
    /// Waits for what a template wants; `is_later` than what was waited for before.
    Receive {
        who: String,
        template: String,
        is_later: bool,
    },
    /// It has not come.
    Never {
        who: String,
        template: String,
    },
}

/// Reads a transcript.
pub(super) fn read(text: &str) -> Result<Vec<Line>> {
    let mut source = Source { lines: text.lines().peekable(), number: 0 };
    let (lines, is_ended) = source.block()?;
    anyhow::ensure!(!is_ended, "line {}: an end of nothing", source.number);
    Ok(lines)
}

struct Source<'a> {
    lines: Peekable<Lines<'a>>,
    number: usize,
}

impl<'a> Source<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.number += 1;
        self.lines.next().map(str::trim)
    }

    /// Lines until the end of the block, and whether it was said.
    fn block(&mut self) -> Result<(Vec<Line>, bool)> {
        let mut lines = Vec::new();
        while let Some(line) = self.next() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line == "end" {
                return Ok((lines, true));
            }
            let number = self.number;
            let step = self.step(line).with_context(|| format!("line {number}: {line}"))?;
            lines.push(Line { number, step });
        }
        Ok((lines, false))
    }

    fn step(&mut self, line: &str) -> Result<Step> {
        let spoken = line.split_once(": ").and_then(|(head, text)| Some((speaker(head)?, text)));
        if let Some(((who, how), text)) = spoken {
            return Ok(said(who, how, self.whole(text)));
        }
        let words: Vec<&str> = line.trim_end_matches(':').split_whitespace().collect();
        let step = match *words.as_slice() {
            [who, "connects", "to", "node", node] => {
                Step::Connect { who: who.to_owned(), node: index(node)? }
            }
            [who, "logs", "in", "at", "node", node, "as", resource] => {
                Step::LogIn { who: who.to_owned(), node: index(node)?, resource: resource.to_owned() }
            }
            [who, "starts", "TLS"] => Step::StartTls { who: who.to_owned() },
            [who, "logs", "out"] => Step::LogOut { who: who.to_owned() },
            [who, "loses", "the", "connection"] => Step::Break { who: who.to_owned() },
            ["node", node, "is", "killed"] => Step::Kill { node: index(node)? },
            ["each", "item"] => self.each_item(None)?,
            ["each", "item", "until", "one", "has", feature] => self.each_item(Some(feature.to_owned()))?,
            _ => bail!("nothing that can be done"),
        };
        Ok(step)
    }

    fn each_item(&mut self, until: Option<String>) -> Result<Step> {
        let (lines, is_ended) = self.block()?;
        anyhow::ensure!(is_ended, "it has no end");
        Ok(Step::EachItem { until, lines })
    }

    /// With the lines that go on with an element.
    fn whole(&mut self, first: &str) -> String {
        let mut text = first.trim().to_owned();
        while self.lines.peek().is_some_and(|line| line.trim_start().starts_with('<')) {
            text.push_str(self.next().unwrap_or_default());
        }
        text
    }
}

#[derive(Clone, Copy)]
enum How {
    Client,
    Server,
    Then,
    Never,
}

fn speaker(head: &str) -> Option<(&str, How)> {
    let (who, how) = match *head.split(' ').collect::<Vec<_>>().as_slice() {
        ["C"] => (SPARK, How::Client),
        ["S"] => (SPARK, How::Server),
        ["S", "then"] => (SPARK, How::Then),
        ["S", "never"] => (SPARK, How::Never),
        [who, "C"] => (who, How::Client),
        [who, "S"] => (who, How::Server),
        [who, "S", "then"] => (who, How::Then),
        [who, "S", "never"] => (who, How::Never),
        _ => return None,
    };
    Some((who, how))
}

fn said(who: &str, how: How, text: String) -> Step {
    let who = who.to_owned();
    match how {
        How::Client => Step::Send { who, text },
        How::Server => Step::Receive { who, template: text, is_later: false },
        How::Then => Step::Receive { who, template: text, is_later: true },
        How::Never => Step::Never { who, template: text },
    }
}

/// The index of a node that people count from 1.
fn index(node: &str) -> Result<usize> {
    node.parse::<usize>()?.checked_sub(1).context("nodes are counted from 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_is_read() {
        let text = "# a comment\n\nalice connects to node 2\nC: <iq to='a: b'>\n     <x/></iq>\nbob S then: <y/>\n\
                    each item until one has muc:\n  C: <z/>\nend\nS never: <e/>\n";
        let steps = read(text).expect("a transcript");
        let (alice, bob) = (SPARK.to_owned(), "bob".to_owned());
        let sent = |text: &str| Step::Send { who: alice.clone(), text: text.to_owned() };
        let expected = [
            (3, Step::Connect { who: alice.clone(), node: 1 }),
            (4, sent("<iq to='a: b'><x/></iq>")),
            (6, Step::Receive { who: bob, template: "<y/>".to_owned(), is_later: true }),
            (
                7,
                Step::EachItem {
                    until: Some("muc".to_owned()),
                    lines: vec![Line { number: 8, step: sent("<z/>") }],
                },
            ),
            (10, Step::Never { who: alice.clone(), template: "<e/>".to_owned() }),
        ];
        assert_eq!(steps, expected.map(|(number, step)| Line { number, step }));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for text in ["alice dances", "node 0 is killed", "each item:\nC: <x/>", "end", "X: <x/>"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
