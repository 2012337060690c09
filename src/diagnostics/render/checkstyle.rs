//! Checkstyle's XML, which many continuous integration servers read.

use super::rule_info::whole_message;
use super::xml::{document, writable};
use crate::{Diagnostic, Source};

/// One `<file>` for each file with findings, in the order of the findings.
pub fn checkstyle(diagnostics: &[Diagnostic]) -> String {
    let mut sources: Vec<&Source> = Vec::new();
    for diagnostic in diagnostics {
        if !sources.contains(&diagnostic.source()) {
            sources.push(diagnostic.source());
        }
    }
    document(|writer| {
        let root = writer.create_element("checkstyle").with_attribute(("version", "10.0"));
        if sources.is_empty() {
            return root.write_empty().map(|_| ());
        }
        root.write_inner_content(|writer| {
            for source in sources {
                let file = writer.create_element("file");
                file.with_attribute(("name", writable(source.name()).as_str())).write_inner_content(
                    |writer| {
                        for found in diagnostics.iter().filter(|found| found.source() == source) {
                            writer
                                .create_element("error")
                                .with_attribute(("line", found.line().to_string().as_str()))
                                .with_attribute(("column", found.column().to_string().as_str()))
                                .with_attribute(("severity", found.severity().name()))
                                .with_attribute(("message", writable(&whole_message(found)).as_str()))
                                .with_attribute(("source", format!("cobnut-lint.{}", found.rule()).as_str()))
                                .write_empty()?;
                        }
                        Ok(())
                    },
                )?;
            }
            Ok(())
        })
        .map(|_| ())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Severity, Span};

    #[test]
    fn files_hold_their_findings() {
        let (one, two) = (Source::new("a&b.xml", "x"), Source::new("c.xml", "y"));
        let found = |source: &Source, message| {
            Diagnostic::new("r", Severity::Warning, source.location(Span::at(0)), message)
        };
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<checkstyle version=\"10.0\">
  <file name=\"a&amp;b.xml\">
    <error line=\"1\" column=\"1\" severity=\"warning\" message=\"`&lt;a>` &quot;\u{fffd}\" source=\"cobnut-lint.r\"/>
  </file>
  <file name=\"c.xml\">
    <error line=\"1\" column=\"1\" severity=\"warning\" message=\"b\" source=\"cobnut-lint.r\"/>
  </file>
</checkstyle>
";
        let text = checkstyle(&[found(&one, "`<a>` \"\u{1}"), found(&two, "b")]).replace("&gt;", ">");
        assert_eq!(text, expected);
        assert!(checkstyle(&[]).ends_with("<checkstyle version=\"10.0\"/>\n"));
    }
}
