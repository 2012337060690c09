//! The parser's errors as findings with a place, a reason in the user's terms and, where there is only one, the fix.

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, Span};
use roxmltree::{Error, TextPos};

use super::{DEPTH_MAX, WRAPPER_START};

const RULE: &str = "malformed-xml";

fn finding(source: &Source, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(RULE, Severity::Error, source.location(span), message)
        .note("Hazelcast cannot read the file either and does not start")
}

pub(super) fn empty(source: &Source) -> Diagnostic {
    finding(source, Span::at(0), "the file is empty").help("restore it; a deployment may have cut it off")
}

pub(super) fn too_deep(source: &Source, span: Span) -> Diagnostic {
    let name = Span::new(span.start, span.start + 1);
    finding(source, name, format!("elements are nested more than {DEPTH_MAX} deep"))
}

/// Blanks in front of `<?xml`, which every XML parser refuses.
pub(super) fn before_declaration(source: &Source) -> Option<Diagnostic> {
    let text = source.text();
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let start = text.len() - body.len();
    let blanks = body.len() - body.trim_start().len();
    if blanks == 0 || !body.trim_start().starts_with("<?xml ") {
        return None;
    }
    let span = Span::new(start, start + blanks);
    let declaration = Span::new(span.end, span.end + "<?xml".len());
    Some(
        finding(source, declaration, "something stands before the XML declaration")
            .here("must be the very first characters of the file")
            .fix(Fix::safe("delete the blanks before `<?xml`", Edit::delete(source.location(span)))),
    )
}

/// Both readings failed: the one that came further saw more of what the user meant.
pub(super) fn of_either(source: &Source, as_document: &Error, in_wrapper: &Error) -> Diagnostic {
    let document_at = offset(source, as_document, 0);
    // An error of the wrapper may lie behind the end of the text.
    let wrapper_at = offset(source, in_wrapper, 1).map(|at| at.min(source.text().len()));
    let ends_early = matches!(in_wrapper, Error::UnexpectedCloseTag(_, actual, _) if actual == "fragment");
    if ends_early || matches!(as_document, Error::UnclosedRootNode | Error::UnexpectedEndOfStream) {
        return unclosed(source);
    }
    if matches!(as_document, Error::DtdDetected) || document_at >= wrapper_at {
        of_document(source, as_document)
    } else {
        describe(source, in_wrapper, wrapper_at.unwrap_or(0))
    }
}

pub(super) fn of_document(source: &Source, error: &Error) -> Diagnostic {
    match error {
        Error::UnclosedRootNode | Error::UnexpectedEndOfStream => unclosed(source),
        _ => describe(source, error, offset(source, error, 0).unwrap_or(0)),
    }
}

/// Byte offset of an error; `None` for errors without a place. Lines of a wrapped text are one too high.
fn offset(source: &Source, error: &Error, extra_lines: u32) -> Option<usize> {
    debug_assert_eq!(WRAPPER_START.matches('\n').count(), 1, "one line is taken off");
    if matches!(error, Error::UnclosedRootNode | Error::UnexpectedEndOfStream) {
        return Some(source.text().len());
    }
    let TextPos { row, col } = error.pos();
    let line = usize::try_from(row.saturating_sub(extra_lines)).ok()?.max(1);
    let before: usize = source.text().split_inclusive('\n').take(line - 1).map(str::len).sum();
    let rest = source.text().get(before..)?;
    let column = usize::try_from(col.saturating_sub(1)).ok()?;
    Some(before + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at))
}

fn describe(source: &Source, error: &Error, at: usize) -> Diagnostic {
    let text = source.text();
    if let Some(found) = typographic_quotes(source, at).or_else(|| typographic_dashes(source, at)) {
        return found;
    }
    let here = Span::new(at, next_boundary(text, at));
    match error {
        Error::DtdDetected => {
            let start = text.find("<!DOCTYPE").unwrap_or(0);
            finding(source, Span::new(start, start + "<!DOCTYPE".len()), "a document type is not allowed")
                .note("document types can pull in other files; Hazelcast refuses them, too")
                .help("remove the `<!DOCTYPE …>`")
        }
        Error::UnexpectedCloseTag(expected, actual, _) => {
            let tag = Span::new(
                at,
                text.get(at..).and_then(|rest| rest.find('>')).map_or(here.end, |end| at + end + 1),
            );
            let found =
                finding(source, tag, format!("`</{actual}>` stands where `</{expected}>` is expected"));
            match open_elements(text, at).last() {
                Some(&(open, _)) => found.label(source.location(open), "opened here and never closed"),
                None => found,
            }
        }
        Error::InvalidComment(_) => {
            // The parser names the comment; people need the place of the hyphens in it.
            let start = text.get(..at + "<!--".len()).and_then(|before| before.rfind("<!--")).unwrap_or(at);
            let inside = start + "<!--".len();
            let hyphens =
                text.get(inside..).and_then(|rest| rest.find("--")).map_or(at, |found| inside + found);
            finding(source, Span::new(hyphens, hyphens + 2), "`--` is not allowed inside a comment")
                .label(source.location(Span::new(start, start + 4)), "the comment starts here")
                .help(
                    "a comment cannot hold another comment: end the outer one first, or delete the inner one",
                )
        }
        Error::MalformedEntityReference(_) | Error::UnknownEntityReference(..) => {
            finding(source, here, "`&` begins a reference that XML does not know")
                .help("write `&amp;` for the character itself")
        }
        Error::DuplicatedAttribute(name, _) => {
            finding(source, here, format!("the attribute `{name}` is written twice")).help("keep one of them")
        }
        Error::UnknownNamespace(prefix, _) => {
            finding(source, here, format!("the prefix `{prefix}` is not declared"))
                .help(format!("declare it with `xmlns:{prefix}=\"…\"`, or remove it"))
        }
        Error::NodesLimitReached | Error::AttributesLimitReached | Error::NamespacesLimitReached => {
            finding(source, Span::at(0), "the file has more elements than any configuration needs")
        }
        Error::UnknownToken(_) | Error::NoRootNode => finding(source, here, "this is not XML")
            .help("the file must hold elements, such as `<hazelcast>…</hazelcast>`"),
        other => finding(source, here, format!("malformed XML: {}", reason(other))),
    }
}

/// The parser's message without its own position, which would be off in fragments.
fn reason(error: &Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at ").map_or(text.as_str(), |(reason, _)| reason).to_owned()
}

/// A file that ends before its elements do.
fn unclosed(source: &Source) -> Diagnostic {
    let text = source.text();
    let end = Span::at(text.trim_end().len());
    let Some((open, name)) = open_elements(text, text.len()).pop() else {
        return finding(source, end, "the file ends in the middle of a tag")
            .help("restore the rest of the file; a deployment may have cut it off");
    };
    finding(source, open, format!("`<{name}>` is never closed"))
        .here("opened here")
        .label(source.location(end), "the file ends here")
        .help(format!("add `</{name}>`, or restore the rest of the file if it was cut off"))
}

/// Quotes from a word processor around an attribute.
fn typographic_quotes(source: &Source, at: usize) -> Option<Diagnostic> {
    let text = source.text();
    let start = text.get(..at)?.rfind('<')?;
    let end = text.get(at..)?.find('>').map_or(text.len(), |end| at + end);
    let quotes: Vec<Span> = text
        .get(start..end)?
        .char_indices()
        .filter(|(_, character)| matches!(character, '“' | '”' | '„' | '‟' | '″' | '‘' | '’' | '‚'))
        .map(|(offset, character)| Span::new(start + offset, start + offset + character.len_utf8()))
        .collect();
    let first = *quotes.first()?;
    let edits = quotes.iter().map(|&quote| Edit::replace(source.location(quote), "\"")).collect();
    let fix = Fix {
        description: "write straight quotes".to_owned(),
        safety: cobnut_diagnostics::Safety::Safe,
        edits,
    };
    Some(
        finding(source, first, "typographic quotes instead of straight ones")
            .note("word processors and web pages change `\"` into quotes that XML does not know")
            .fix(fix),
    )
}

/// Dashes from a word processor in a name, or around a comment, where they stand for two hyphens.
fn typographic_dashes(source: &Source, at: usize) -> Option<Diagnostic> {
    let is_dash =
        |character: char| matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{ff0d}');
    let text = source.text();
    let behind = text.get(at..)?.chars().next().map_or(at, |character| at + character.len_utf8());
    let start = text.get(..behind)?.rfind('<')?;
    let end = text.get(start..)?.find('>').map(|end| start + end)?;
    let tag = text.get(start..end)?;
    let is_comment = tag.get(1..).is_some_and(|inside| inside.starts_with('!'));
    let mut edits = Vec::new();
    let mut first = None;
    let mut offset = 0;
    while let Some(found) = tag.get(offset..)?.find(is_dash).map(|found| offset + found) {
        let rest = tag.get(found..)?;
        let length = rest.len() - rest.trim_start_matches(is_dash).len();
        let place = Span::new(start + found, start + found + length);
        let is_mark = found == "<!".len() || found + length == tag.len();
        // Within quotes it is a value like any other.
        let is_quoted = tag.get(..found)?.matches(['"', '\'']).count() % 2 == 1;
        if is_mark && is_comment || !is_comment && !is_quoted {
            let hyphens =
                if is_comment { "--".to_owned() } else { "-".repeat(rest.get(..length)?.chars().count()) };
            edits.push(Edit::replace(source.location(place), hyphens));
            first.get_or_insert(place);
        }
        offset = found + length;
    }
    let safety = cobnut_diagnostics::Safety::Safe;
    Some(
        finding(source, first?, "a typographic dash instead of a hyphen")
            .note("word processors and web pages change `-` and `--` into dashes that XML does not know")
            .fix(Fix { description: "write hyphens".to_owned(), safety, edits }),
    )
}

fn next_boundary(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(at, |character| at + character.len_utf8())
}

/// The start tags before `limit` whose elements are still open there, outermost first.
fn open_elements(text: &str, limit: usize) -> Vec<(Span, &str)> {
    let mut open: Vec<(Span, &str)> = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..limit).and_then(|rest| rest.find('<')).map(|found| at + found) {
        let rest = text.get(start..).unwrap_or_default();
        let end_of = |end: &str| rest.find(end).map_or(text.len(), |found| start + found + end.len());
        if rest.starts_with("<!--") {
            at = end_of("-->");
        } else if rest.starts_with("<![CDATA[") {
            at = end_of("]]>");
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            at = end_of(">");
        } else {
            at = end_of(">");
            let tag = text.get(start..at).unwrap_or_default();
            let body = tag.trim_start_matches(['<', '/']);
            let name =
                body.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default();
            if tag.starts_with("</") {
                if let Some(index) = open.iter().rposition(|(_, opened)| *opened == name) {
                    open.truncate(index);
                }
            } else if !tag.ends_with("/>") && tag.ends_with('>') && !name.is_empty() {
                open.push((Span::new(start, start + 1 + name.len()), name));
            }
        }
    }
    open
}
