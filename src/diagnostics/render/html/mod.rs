//! One self-contained page: summary, filters, findings with their frames. It loads nothing and reads well without scripts.

mod ansi;

use std::fmt::Write as _;

use super::rule_info::RuleLookup;
use crate::render::{Colour, full};
use crate::{Diagnostic, Severity, Source};

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// A report over `files`, those without findings included.
pub fn html(diagnostics: &[Diagnostic], files: &[Source], rules: RuleLookup<'_>) -> String {
    let mut body = String::new();
    head(&mut body, diagnostics, files);
    let mut sources: Vec<&Source> = Vec::new();
    for source in diagnostics.iter().map(Diagnostic::source) {
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    for source in &sources {
        let _infallible = write!(body, "<section class=\"file\">\n<h2>{}</h2>\n", escape(source.name()));
        for found in diagnostics.iter().filter(|found| found.source() == *source) {
            finding(&mut body, found, rules);
        }
        body.push_str("</section>\n");
    }
    let clean: Vec<&Source> = files.iter().filter(|file| !sources.contains(file)).collect();
    if !clean.is_empty() {
        body.push_str("<section class=\"clean\">\n<h2>Without findings</h2>\n<ul>\n");
        for file in clean {
            let _infallible = writeln!(body, "<li>{}</li>", escape(file.name()));
        }
        body.push_str("</ul>\n</section>\n");
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Configuration findings</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n{body}<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// Title, numbers and filters.
fn head(body: &mut String, diagnostics: &[Diagnostic], files: &[Source]) {
    let count = |severity| diagnostics.iter().filter(|found| found.severity() == severity).count();
    let fixable = diagnostics.iter().filter(|found| found.suggested_fix().is_some()).count();
    let numbers = [
        ("error", count(Severity::Error), "errors"),
        ("warning", count(Severity::Warning), "warnings"),
        ("info", count(Severity::Info), "notes"),
    ];
    body.push_str("<header>\n<h1>Configuration findings</h1>\n<div class=\"numbers\" role=\"group\" aria-label=\"Show\">\n");
    for (class, number, word) in numbers {
        let _infallible = writeln!(
            body,
            "<label class=\"{class}\"><input type=\"checkbox\" name=\"severity\" value=\"{class}\" checked>\
             <b>{number}</b> {word}</label>"
        );
    }
    let _infallible = writeln!(
        body,
        "</div>\n<p class=\"files\">Files: {}; findings with a fix: {fixable}</p>\n\
         <p><input type=\"search\" id=\"filter\" placeholder=\"Filter by rule, file or text\" aria-label=\"Filter\">\
         <span id=\"shown\" role=\"status\"></span></p>\n</header>",
        files.len()
    );
    if diagnostics.is_empty() {
        body.push_str("<p class=\"empty\">Nothing was found.</p>\n");
    }
}

fn finding(body: &mut String, found: &Diagnostic, rules: RuleLookup<'_>) {
    let frame = full(std::slice::from_ref(found), Colour::Always);
    // The heading says what the first line of the frame says.
    let frame = frame.split_once('\n').map_or(frame.as_str(), |(_, rest)| rest);
    let frame = ansi::to_html(frame.trim_end());
    let _infallible = write!(
        body,
        "<article class=\"{severity}\" data-severity=\"{severity}\">\n\
         <h3><span class=\"badge\">{severity}</span> {message}</h3>\n\
         <p class=\"place\">{place} <code>{rule}</code></p>\n<pre>{frame}</pre>\n",
        severity = found.severity(),
        message = inline(found.message()),
        place = escape(&format!("{}:{}:{}", found.source().name(), found.line(), found.column())),
        rule = escape(found.rule()),
    );
    if let Some(rule) = rules(found.rule()) {
        let _infallible = writeln!(
            body,
            "<details><summary>About this rule: {}</summary><pre class=\"page\">{}</pre></details>",
            inline(rule.summary),
            escape(rule.page.trim_end())
        );
    }
    body.push_str("</article>\n");
}

/// Text with its `code` set as such.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let parts: Vec<&str> = text.split('`').collect();
    for (index, part) in parts.iter().enumerate() {
        // A backquote without its partner stays what it is.
        match (index % 2 == 1, index + 1 == parts.len()) {
            (true, false) => {
                let _infallible = write!(out, "<code>{}</code>", escape(part));
            }
            (true, true) => {
                let _infallible = write!(out, "`{}", escape(part));
            }
            (false, _) => out.push_str(&escape(part)),
        }
    }
    out
}

/// Text that is safe between tags and in quoted attributes.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;
    use crate::render::RuleInfo;

    #[test]
    fn nothing_from_a_file_becomes_markup() {
        let source = Source::new("<img src=x>.xml", "<script>alert(1)</script>");
        let found =
            Diagnostic::new("r", Severity::Error, source.location(Span::new(0, 8)), "bad `<script>` \"x\"");
        let page = html(&[found], std::slice::from_ref(&source), &|_| None);
        assert_eq!(page.matches("<script>").count(), 1, "the page's own");
        assert!(!page.contains("<img"), "{page}");
        assert!(page.contains("bad <code>&lt;script&gt;</code> &quot;x&quot;"), "{page}");
    }

    #[test]
    fn the_page_loads_nothing_from_elsewhere() {
        let source = Source::new("a.xml", "x");
        let rule = RuleInfo { name: "r", summary: "odd `x`", page: "# r\n" };
        let found = Diagnostic::new("r", Severity::Info, source.location(Span::new(0, 1)), "m");
        let clean = Source::new("clean.xml", "y");
        let page = html(&[found], &[source, clean], &|_| Some(rule));
        for part in ["src=", "href=", "@import", "url(", "http"] {
            assert!(!page.contains(part), "{part}");
        }
        assert!(page.contains("<li>clean.xml</li>") && page.contains("odd <code>x</code>"), "{page}");
        assert!(html(&[], &[], &|_| None).contains("Nothing was found"));
    }

    #[test]
    fn backquotes_are_paired() {
        assert_eq!(inline("a `b` c ` d"), "a <code>b</code> c ` d");
        assert_eq!(inline("`"), "`");
    }
}
