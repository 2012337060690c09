//! Between our places and findings and the protocol's.

use std::path::{Path, PathBuf};

use cobnut_diagnostics::{Diagnostic, Location, Severity, Source};
use lsp_types::{DiagnosticRelatedInformation, DiagnosticSeverity, NumberOrString, Position, Range, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What of a path stays as it is in a URI (RFC 3986 §3.3).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What columns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// 16-bit units.
    Utf16,
}

/// The path of a `file:` URI.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let path = uri.as_str().strip_prefix("file://")?;
    // An authority is empty or `localhost`; Windows drives stand behind a slash of their own.
    let path = path.strip_prefix("localhost").unwrap_or(path);
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let drive = decoded.strip_prefix('/').filter(|rest| rest.as_bytes().get(1) == Some(&b':'));
    Some(PathBuf::from(drive.unwrap_or(&decoded)))
}

/// The URI of a path; `None` when the path is not absolute.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    let text = path.to_str().filter(|_| path.is_absolute())?.replace('\\', "/");
    let slash = if text.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{}", utf8_percent_encode(&text, PATH)).parse().ok()
}

/// A byte offset as line and column, both from 0.
pub(super) fn position(source: &Source, offset: usize, encoding: Encoding) -> Position {
    let before = source.text().get(..offset).unwrap_or(source.text());
    let line = before.matches('\n').count();
    let rest = before.rsplit('\n').next().unwrap_or_default();
    let column = match encoding {
        Encoding::Utf8 => rest.len(),
        Encoding::Utf16 => rest.encode_utf16().count(),
    };
    Position::new(number(line), number(column))
}

/// Line and column as a byte offset; a column beyond the line is its end.
pub(super) fn offset(source: &Source, position: Position, encoding: Encoding) -> usize {
    let line = usize::try_from(position.line).unwrap_or(usize::MAX);
    let column = usize::try_from(position.character).unwrap_or(usize::MAX);
    let text = source.text();
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let rest = rest.split(['\r', '\n']).next().unwrap_or_default();
    let mut units = 0;
    for (at, character) in rest.char_indices() {
        if units >= column {
            return start + at;
        }
        units += match encoding {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
        };
    }
    start + rest.len()
}

/// A place as a range.
pub(super) fn range(location: &Location, encoding: Encoding) -> Range {
    let (source, span) = (location.source(), location.span());
    Range::new(position(source, span.start, encoding), position(source, span.end, encoding))
}

/// A finding; `uri` names the file of a source.
pub(super) fn diagnostic(
    found: &Diagnostic,
    encoding: Encoding,
    uri: impl Fn(&Source) -> Option<Uri>,
) -> lsp_types::Diagnostic {
    let mut message = found.message().to_owned();
    for line in found.notes().iter().chain(found.advice()) {
        message.push_str("\n• ");
        message.push_str(line);
    }
    let related = found.labels().iter().filter_map(|label| {
        Some(DiagnosticRelatedInformation {
            location: lsp_types::Location::new(
                uri(label.location.source())?,
                range(&label.location, encoding),
            ),
            message: label.text.clone(),
        })
    });
    let related: Vec<DiagnosticRelatedInformation> = related.collect();
    lsp_types::Diagnostic {
        range: range(found.location(), encoding),
        severity: Some(match found.severity() {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Info => DiagnosticSeverity::INFORMATION,
        }),
        code: Some(NumberOrString::String(found.rule().to_owned())),
        source: Some("cobnut-lint".to_owned()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
