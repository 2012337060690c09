//! Finds the comments that silence findings.

use cobnut_diagnostics::{Source, Span};

use crate::distance::nearest;

/// The instructions.
const LINE: &str = "cobnut-ignore";
const FILE: &str = "cobnut-ignore-file";
/// Comments that begin so are for us.
const PREFIX: &str = "cobnut-";

/// One comment.
#[derive(Debug)]
pub(crate) struct Directive {
    /// The whole comment.
    pub(crate) comment: Span,
    /// What it applies to.
    pub(crate) scope: Scope,
    /// The instruction is none that we know, but nearly.
    pub(crate) is_misspelt: bool,
    /// The instruction's word.
    pub(crate) word: Span,
    /// The rules it names.
    pub(crate) names: Vec<Name>,
    /// The comment is all that its lines hold.
    pub(crate) is_alone: bool,
}

/// A rule named in a comment.
#[derive(Debug)]
pub(crate) struct Name {
    /// As written.
    pub(crate) text: String,
    /// Where.
    pub(crate) span: Span,
    /// It has silenced something.
    pub(crate) is_used: bool,
}

/// Where a comment applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everywhere in its file.
    File,
    /// From the first to the last of these lines, which count from 1.
    Lines(usize, usize),
}

/// All directives of a text in their order.
pub(crate) fn scan(source: &Source) -> Vec<Directive> {
    let text = source.text();
    if !text.contains(PREFIX) {
        return Vec::new();
    }
    let is_xml = text.trim_start_matches('\u{feff}').trim_start().starts_with('<');
    let comments = if is_xml { xml_comments(text) } else { hash_comments(text) };
    let spans: Vec<Span> = comments.iter().map(|(comment, _)| *comment).collect();
    comments
        .into_iter()
        .filter_map(|(comment, body)| directive(source, comment, body, &spans, is_xml))
        .collect()
}

/// Comments of XML and what is inside them.
fn xml_comments(text: &str) -> Vec<(Span, Span)> {
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(offset) = text.get(at..).and_then(|rest| rest.find("<!")) {
        let start = at + offset;
        let rest = &text[start..];
        let (open, close) = if rest.starts_with("<!--") {
            ("<!--", "-->")
        } else if rest.starts_with("<![CDATA[") {
            ("<![CDATA[", "]]>")
        } else {
            at = start + 2;
            continue;
        };
        let body = start + open.len();
        let Some(length) = text[body..].find(close) else { break };
        let end = body + length + close.len();
        if open == "<!--" {
            comments.push((Span::new(start, end), Span::new(body, body + length)));
        }
        at = end;
    }
    comments
}

/// Comments that run from a `#` to the end of their line.
fn hash_comments(text: &str) -> Vec<(Span, Span)> {
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        // A `#` within a word is no comment in any of these languages.
        let hash = content.char_indices().find(|&(at, character)| {
            let before = content[..at].chars().next_back();
            character == '#' && before.is_none_or(char::is_whitespace) && content[at..].contains(PREFIX)
        });
        if let Some((at, _)) = hash {
            comments.push((
                Span::new(start + at, start + content.len()),
                Span::new(start + at + 1, start + content.len()),
            ));
        }
        start += line.len();
    }
    comments
}

fn directive(
    source: &Source,
    comment: Span,
    body: Span,
    comments: &[Span],
    is_xml: bool,
) -> Option<Directive> {
    let text = source.slice(body);
    let inner = text.trim_start();
    let start = body.start + text.len() - inner.len();
    if !inner.starts_with(PREFIX) {
        return None;
    }
    let length = inner.find(|c: char| c.is_whitespace() || matches!(c, ':' | ',')).unwrap_or(inner.len());
    let word = &inner[..length];
    let meant = if [LINE, FILE].contains(&word) { Some(word) } else { nearest(word, [LINE, FILE]) };
    let is_alone = is_alone(source, comment);
    let scope = match meant {
        Some(FILE) => Scope::File,
        Some(_) => lines(source, comment, comments, is_alone, is_xml),
        // Another `cobnut-…` word is not ours to judge.
        None => return None,
    };
    Some(Directive {
        comment,
        scope,
        is_misspelt: meant != Some(word),
        word: Span::new(start, start + length),
        names: names(&inner[length..], start + length),
        is_alone,
    })
}

/// The names up to the colon that begins the reason.
fn names(text: &str, start: usize) -> Vec<Name> {
    let list = text.split(':').next().unwrap_or_default();
    let mut names = Vec::new();
    let mut at = 0;
    for part in list.split_inclusive(|c: char| c.is_whitespace() || c == ',') {
        let name = part.trim_end_matches(|c: char| c.is_whitespace() || c == ',');
        if !name.is_empty() {
            let begin = start + at;
            names.push(Name {
                text: name.to_owned(),
                span: Span::new(begin, begin + name.len()),
                is_used: false,
            });
        }
        at += part.len();
    }
    names
}

fn is_alone(source: &Source, comment: Span) -> bool {
    let (first, last) = (source.position(comment.start).line, source.position(comment.end).line);
    let text = source.text();
    let before = text[..comment.start].rsplit('\n').next().unwrap_or_default();
    let after = text[comment.end..].split('\n').next().unwrap_or_default();
    first <= last && before.trim_matches('\u{feff}').trim().is_empty() && after.trim().is_empty()
}

/// The comment's own lines; of a comment that stands alone also the next line that holds something else, up to the end of
/// the start tag that begins there.
fn lines(source: &Source, comment: Span, comments: &[Span], is_alone: bool, is_xml: bool) -> Scope {
    let first = source.position(comment.start).line;
    let mut last = source.position(comment.end).line;
    if !is_alone {
        return Scope::Lines(first, last);
    }
    let text = source.text();
    let mut at = comment.end;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        match comments.iter().find(|other| other.start == at) {
            Some(other) => at = other.end,
            None => break,
        }
    }
    if at < text.len() {
        last = source.position(at).line;
        if is_xml && text[at..].starts_with('<') {
            let end = text[at..].find('>').map_or(text.len(), |end| at + end);
            last = source.position(end).line;
        }
    }
    Scope::Lines(first, last)
}
