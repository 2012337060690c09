//! What a check found, for people and for scripts.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};

/// What a line means for the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// It will run, but somebody will miss something.
    Warning,
    /// It will not run.
    Stop,
}

/// One fact.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    pub(super) level: Level,
    pub(super) text: String,
}

/// Facts of one area.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) lines: Vec<Line>,
    /// Figures for scripts.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) facts: Map<String, Value>,
}

impl Section {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, lines: Vec::new(), facts: Map::new() }
    }

    pub(super) fn ok(&mut self, text: impl Into<String>) {
        self.add(Level::Ok, text);
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.add(Level::Note, text);
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.add(Level::Warning, text);
    }

    pub(super) fn stop(&mut self, text: impl Into<String>) {
        self.add(Level::Stop, text);
    }

    pub(super) fn add(&mut self, level: Level, text: impl Into<String>) {
        self.lines.push(Line { level, text: text.into() });
    }

    pub(super) fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }
}

/// Everything that was found.
#[derive(Debug, Clone, Default)]
pub(super) struct Report {
    pub(super) sections: Vec<Section>,
}

impl Report {
    /// Why it will not run.
    pub(super) fn reasons(&self) -> Vec<&str> {
        let lines = self.sections.iter().flat_map(|section| &section.lines);
        lines.filter(|line| line.level == Level::Stop).map(|line| line.text.as_str()).collect()
    }

    fn count(&self, level: Level) -> usize {
        self.sections.iter().flat_map(|section| &section.lines).filter(|line| line.level == level).count()
    }

    /// For scripts.
    pub(super) fn json(&self) -> Value {
        let reasons = self.reasons();
        serde_json::json!({
            "will_run": reasons.is_empty(),
            "reasons": reasons,
            "warnings": self.count(Level::Warning),
            "sections": self.sections,
        })
    }

    /// For people.
    pub(super) fn text(&self, is_colourful: bool) -> String {
        let paint = |level: Level, text: &str| match (is_colourful, level) {
            (true, Level::Ok) => format!("\x1b[32m{text}\x1b[0m"),
            (true, Level::Warning) => format!("\x1b[33m{text}\x1b[0m"),
            (true, Level::Stop) => format!("\x1b[1;31m{text}\x1b[0m"),
            _ => text.to_owned(),
        };
        let reasons = self.reasons();
        let warnings = self.count(Level::Warning);
        let tail = match warnings {
            0 => String::new(),
            1 => ", 1 warning".to_owned(),
            many => format!(", {many} warnings"),
        };
        let mut text = if reasons.is_empty() {
            format!("{}{tail}\n", paint(Level::Ok, "It will run"))
        } else {
            let head = if reasons.len() == 1 { "1 reason" } else { &format!("{} reasons", reasons.len()) };
            format!("{}{tail}\n", paint(Level::Stop, &format!("It will not run: {head}")))
        };
        for reason in &reasons {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {} {reason}", paint(Level::Stop, "STOP"));
        }
        for section in self.sections.iter().filter(|section| !section.lines.is_empty()) {
            let _ = writeln!(text, "\n{}", section.name);
            for line in &section.lines {
                let mark = match line.level {
                    Level::Ok => "ok  ",
                    Level::Note => "    ",
                    Level::Warning => "warn",
                    Level::Stop => "STOP",
                };
                let _ = writeln!(text, "  {} {}", paint(line.level, mark), line.text);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_come_first_and_colours_are_extra() {
        let mut files = Section::new("Files");
        files.ok("conf/openfire.xml");
        files.warn("no security.xml");
        let mut database = Section::new("Database");
        database.stop("it does not answer");
        database.fact("version", 37);
        let report = Report { sections: vec![files, database] };
        assert_eq!(
            report.text(false),
            "It will not run: 1 reason, 1 warning\n  STOP it does not answer\n\nFiles\n  ok   conf/openfire.xml\n  \
             warn no security.xml\n\nDatabase\n  STOP it does not answer\n"
        );
        assert!(report.text(true).contains("\x1b[1;31mSTOP\x1b[0m it does not answer"));
        let json = report.json();
        assert_eq!(json["will_run"], false);
        assert_eq!(json["reasons"][0], "it does not answer");
        assert_eq!(json["sections"][1]["facts"]["version"], 37);
        assert_eq!(json["sections"][0]["lines"][1]["level"], "warning");
    }
}
