//! The list of all rules.

use std::fmt::Write as _;

use clap::ValueEnum;
use cobnut_lint::{groups, rules};
use serde_json::json;

/// How the rules are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Name, severity and summary, by group
    Text,
    /// The names alone
    Names,
    /// An array of objects, with the pages
    Json,
    /// A table for each group
    Markdown,
}

/// All rules.
pub fn list_rules(format: ListFormat) -> String {
    let mut out = String::new();
    match format {
        ListFormat::Names => {
            for rule in rules() {
                let _infallible = writeln!(out, "{}", rule.name);
            }
        }
        ListFormat::Json => {
            let all = groups().flat_map(|(group, rules)| rules.iter().map(move |rule| (group, rule)));
            let list: Vec<_> = all
                .map(|(group, rule)| {
                    json!({
                        "name": rule.name,
                        "group": group,
                        "severity": rule.severity.name(),
                        "summary": rule.summary,
                        "page": rule.page,
                    })
                })
                .collect();
            out = serde_json::to_string_pretty(&list).expect("strings always serialise");
            out.push('\n');
        }
        ListFormat::Text => {
            for (group, rules) in groups() {
                let _infallible = writeln!(out, "{}{group}", if out.is_empty() { "" } else { "\n" });
                for rule in rules {
                    let (name, severity) = (rule.name, rule.severity.name());
                    let _infallible = writeln!(out, "  {name:<34} {severity:<8} {}", rule.summary);
                }
            }
        }
        ListFormat::Markdown => {
            for (group, rules) in groups() {
                let _infallible = write!(out, "## {group}\n\n| Rule | Severity | Finds |\n|---|---|---|\n");
                for rule in rules {
                    let summary = rule.summary.replace('|', "\\|");
                    let _infallible = writeln!(out, "| `{}` | {} | {summary} |", rule.name, rule.severity);
                }
                out.push('\n');
            }
        }
    }
    out
}
