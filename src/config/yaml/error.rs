//! What Hazelcast cannot read, with a place, the reason and what to write instead.

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, Span};

use crate::reader::{DEPTH_MAX, NODES_MAX};

const RULE: &str = "malformed-yaml";

fn finding(source: &Source, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(RULE, Severity::Error, source.location(span), message)
        .note("Hazelcast cannot read the file either and does not start")
}

pub(super) fn empty(source: &Source) -> Diagnostic {
    finding(source, Span::at(0), "the file is empty").help("restore it; a deployment may have cut it off")
}

pub(super) fn root_is_no_mapping(source: &Source, span: Span) -> Diagnostic {
    finding(source, first_line(source, span), "the file is no mapping with the key `hazelcast`")
        .help("put everything below `hazelcast:`, indented by two blanks")
}

pub(super) fn second_document(source: &Source, span: Span) -> Diagnostic {
    finding(source, span, "a second document begins here")
        .help("keep one document: remove the `---` and what follows")
}

pub(super) fn circular_alias(source: &Source, span: Span) -> Diagnostic {
    finding(source, span, "the alias stands inside of what it stands for").help("write the value out")
}

pub(super) fn too_deep(source: &Source, span: Span) -> Diagnostic {
    finding(source, span, format!("lists and mappings are nested more than {DEPTH_MAX} deep"))
}

pub(super) fn too_many(source: &Source, span: Span) -> Diagnostic {
    finding(source, span, format!("the file holds more than {NODES_MAX} values"))
        .help("check the aliases: each one repeats everything that its anchor names")
}

pub(super) fn too_much_text(source: &Source, span: Span) -> Diagnostic {
    finding(source, span, "the texts of the file together are too long")
        .help("check the aliases: each one repeats everything that its anchor names")
}

pub(super) fn key_is_no_scalar(source: &Source, span: Span) -> Diagnostic {
    finding(source, first_line(source, span), "a list or mapping stands where a key is expected")
        .help("put the key in quotes if it contains brackets or braces")
}

pub(super) fn duplicate_key(source: &Source, key: &str, first: Span, second: Span) -> Diagnostic {
    finding(source, second, format!("the key `{key}` stands twice"))
        .label(source.location(first), "the first one")
        .help("put the settings of both below one key")
}

pub(super) fn null(source: &Source, span: Span, name: &str) -> Diagnostic {
    finding(source, span, format!("`{name}` has no value"))
        .note("it is read as null; often the lines below are not indented")
        .help("indent what belongs to it, or remove it")
}

pub(super) fn list_for_text(source: &Source, span: Span, name: &str) -> Diagnostic {
    finding(source, first_line(source, span), format!("a list stands where `{name}` needs a text"))
        .help("`[` begins a list: put an IPv6 address in quotes, such as \"[fe80::1]:5701\"")
}

pub(super) fn mapping_for_text(source: &Source, span: Span, name: &str) -> Diagnostic {
    let span = first_line(source, span);
    let found = finding(source, span, format!("a mapping stands where `{name}` needs a text"));
    match source.slice(span).split_once(": ") {
        Some((before, after)) if !after.trim().is_empty() && !after.contains(": ") => {
            let joined = format!("{before}:{}", after.trim_start());
            let description = format!("a colon with a blank behind makes a mapping: write `{joined}`");
            found.fix(Fix::suggestion(description, Edit::replace(source.location(span), joined)))
        }
        _ => found.help("a colon with a blank behind makes a mapping; put the value in quotes"),
    }
}

pub(super) fn client_root(source: &Source, span: Span) -> Diagnostic {
    Diagnostic::new("wrong-root", Severity::Error, source.location(span), "the top key is that of a client")
        .note("Hazelcast: No mapping with hazelcast key is found in the provided configuration")
        .help("this is the configuration of a Hazelcast client; a server needs the member's file")
}

pub(super) fn both_roots(source: &Source, member: Span, client: Span) -> Diagnostic {
    let message = "the file is for a member and for a client";
    Diagnostic::new("wrong-root", Severity::Error, source.location(client), message)
        .label(source.location(member), "the member's part")
        .note("Hazelcast demands exactly one of [hazelcast] and [hazelcast-client] (4.2 and later)")
        .help("move the client's part into a file of its own")
}

pub(super) fn no_root(source: &Source, span: Span) -> Diagnostic {
    Diagnostic::new("wrong-root", Severity::Error, source.location(span), "there is no top key `hazelcast`")
        .note("Hazelcast: No mapping with hazelcast key is found in the provided configuration")
        .help("put everything below `hazelcast:`, indented by two blanks")
}

/// A parser's error in the operator's terms.
pub(super) fn syntax(source: &Source, at: usize, info: &str) -> Diagnostic {
    let text = source.text();
    let at = text.floor_char_boundary(at.min(text.len()));
    if let Some(tab) = tab_before(text, at) {
        return finding(source, Span::new(tab, tab + 1), "a tab indents this line; YAML allows only blanks")
            .help("replace the tabs at the beginning of the lines by blanks");
    }
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |line| line + 1);
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |line| at + line);
    let line = text.get(start..end).unwrap_or_default();
    let here =
        Span::new(at, at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8));
    if info.contains("anchor") || info.contains("alias") {
        return finding(source, here, "`*` begins an alias, and nothing has that name")
            .help("put a name or pattern with `*` in quotes");
    }
    if info.contains("recursion") {
        return too_deep(source, here);
    }
    let found = finding(source, here, format!("the YAML is malformed: {info}"));
    if line.contains('[') {
        found.help("`[` begins a list: put an IPv6 address in quotes, such as \"[fe80::1]:5701\"")
    } else {
        found.help("check the indentation and the quotes of this line and of the one before")
    }
}

/// A tab among the blanks that begin the line of `at`, or the line before.
fn tab_before(text: &str, at: usize) -> Option<usize> {
    let mut end = text.get(at..)?.find('\n').map_or(text.len(), |line| at + line);
    for _ in 0..2 {
        let start = text.get(..end)?.rfind('\n').map_or(0, |line| line + 1);
        let line = text.get(start..end)?;
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        if let Some(tab) = line.get(..blanks)?.find('\t') {
            return Some(start + tab);
        }
        end = start.checked_sub(1)?;
    }
    None
}

/// The part of a span on its first line.
fn first_line(source: &Source, span: Span) -> Span {
    let text = source.slice(span);
    Span::new(span.start, span.start + text.find(['\n', '\r']).unwrap_or(text.len()))
}
