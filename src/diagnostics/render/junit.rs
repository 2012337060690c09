//! JUnit's XML: one suite for each file, one case for each finding.

use std::io;

use quick_xml::Writer;

use super::rule_info::whole_message;
use super::xml::{document, text, writable};
use crate::{Diagnostic, Severity, Source};

/// Findings at or above `fail_on` are failures, the others passed cases with their text as output. A file without findings
/// is one passed case, so that a report shows what was looked at.
pub fn junit(diagnostics: &[Diagnostic], files: &[Source], fail_on: Severity) -> String {
    let mut sources: Vec<&Source> = files.iter().collect();
    for diagnostic in diagnostics {
        if !sources.contains(&diagnostic.source()) {
            sources.push(diagnostic.source());
        }
    }
    let is_failure = |found: &&Diagnostic| found.severity() >= fail_on;
    let failures = diagnostics.iter().filter(is_failure).count();
    let suites: Vec<(&Source, Vec<&Diagnostic>)> = sources
        .into_iter()
        .map(|source| (source, diagnostics.iter().filter(|found| found.source() == source).collect()))
        .collect();
    let tests: usize = suites.iter().map(|(_, found)| found.len().max(1)).sum();
    document(|writer| {
        let root = writer
            .create_element("testsuites")
            .with_attribute(("name", "cobnut-lint"))
            .with_attribute(("tests", tests.to_string().as_str()))
            .with_attribute(("failures", failures.to_string().as_str()));
        if suites.is_empty() {
            return root.write_empty().map(|_| ());
        }
        root.write_inner_content(|writer| {
            suites.iter().try_for_each(|(source, found)| suite(writer, source, found, fail_on))
        })
        .map(|_| ())
    })
}

fn suite(
    writer: &mut Writer<Vec<u8>>,
    source: &Source,
    found: &[&Diagnostic],
    fail_on: Severity,
) -> io::Result<()> {
    let name = writable(source.name());
    let failures = found.iter().filter(|found| found.severity() >= fail_on).count();
    let element = writer
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("tests", found.len().max(1).to_string().as_str()))
        .with_attribute(("failures", failures.to_string().as_str()))
        .with_attribute(("errors", "0"));
    element
        .write_inner_content(|writer| {
            if found.is_empty() {
                writer
                    .create_element("testcase")
                    .with_attribute(("name", "no findings"))
                    .with_attribute(("classname", name.as_str()))
                    .write_empty()?;
            }
            found.iter().try_for_each(|found| case(writer, &name, found, fail_on))
        })
        .map(|_| ())
}

fn case(writer: &mut Writer<Vec<u8>>, file: &str, found: &Diagnostic, fail_on: Severity) -> io::Result<()> {
    let place = format!("{}:{}:{}", found.rule(), found.line(), found.column());
    let body = format!("{file}:{}:{}: {}", found.line(), found.column(), whole_message(found));
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", place.as_str()))
        .with_attribute(("classname", file))
        .with_attribute(("line", found.line().to_string().as_str()));
    element
        .write_inner_content(|writer| {
            let inner = if found.severity() >= fail_on {
                writer
                    .create_element("failure")
                    .with_attribute(("type", found.severity().name()))
                    .with_attribute(("message", writable(found.message()).as_str()))
            } else {
                writer.create_element("system-out")
            };
            inner.write_inner_content(|writer| text(writer, &body)).map(|_| ())
        })
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Span;

    #[test]
    fn suites_count_what_they_hold() {
        let (one, two) = (Source::new("a.xml", "x"), Source::new("b.xml", "y"));
        let found = |severity| Diagnostic::new("r", severity, one.location(Span::at(0)), "<bad>");
        let text = junit(
            &[found(Severity::Error), found(Severity::Info)],
            &[one.clone(), two.clone()],
            Severity::Error,
        );
        assert!(text.contains("<testsuites name=\"cobnut-lint\" tests=\"3\" failures=\"1\">"), "{text}");
        assert!(
            text.contains("<testsuite name=\"a.xml\" tests=\"2\" failures=\"1\" errors=\"0\">"),
            "{text}"
        );
        assert!(text.contains("<testcase name=\"no findings\" classname=\"b.xml\"/>"), "{text}");
        let read = quick_xml::Reader::from_str(&text);
        assert_eq!(count(read, "failure"), 1);
        assert_eq!(count(quick_xml::Reader::from_str(&text), "system-out"), 1);
        assert!(junit(&[], &[], Severity::Error).ends_with("failures=\"0\"/>\n"));
    }

    fn count(mut reader: quick_xml::Reader<&[u8]>, name: &str) -> usize {
        let mut count = 0;
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Start(start) if start.name().as_ref() == name => count += 1,
                quick_xml::events::Event::Eof => return count,
                _ => {}
            }
        }
    }
}
