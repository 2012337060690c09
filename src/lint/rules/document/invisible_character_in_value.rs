#![doc = include_str!("invisible_character_in_value.md")]

use std::ops::Range;

use cobnut_diagnostics::{Diagnostic, Edit, Fix, Safety, Severity, visible};

use crate::values::{Use, Value, values};
use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "invisible-character-in-value",
    severity: Severity::Warning,
    summary: "a value holds a character that nobody sees, or a full-width one",
    page: include_str!("invisible_character_in_value.md"),
    check: Check::File(check),
};

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    for value in values(&node.config.document) {
        let is_container =
            value.attribute.is_none() && !node.config.document.element(value.element).children.is_empty();
        // Members have rules of their own; text between elements is stray anyway.
        if value.usage() == Use::Member || is_container {
            continue;
        }
        let odd = odd_characters(&value);
        if !odd.is_empty() {
            found.push(finding(node, &value, &odd));
        }
    }
}

/// The characters that do not belong there, each with what was meant.
fn odd_characters(value: &Value<'_>) -> Vec<(Range<usize>, String)> {
    let usage = value.usage();
    let is_strict = matches!(usage, Use::Number | Use::Interface | Use::Boolean);
    let characters = value.text.char_indices();
    let odd = characters.filter_map(|(at, character)| {
        let replacement = match character {
            '\n' | '\r' | '\t' => return None,
            _ if is_wide_blank(character) => {
                let before = value.text.get(..at).is_some_and(|text| text.ends_with(|c: char| c > ' '));
                let behind = value.text.get(at + character.len_utf8()..);
                let is_between = before && behind.is_some_and(|text| text.starts_with(|c: char| c > ' '));
                if is_between && !is_strict { " ".to_owned() } else { String::new() }
            }
            _ if visible(character.encode_utf8(&mut [0; 4])).starts_with("\\u") => String::new(),
            // The block of full-width characters repeats ASCII in its order.
            '\u{ff01}'..='\u{ff5e}' if is_strict => {
                char::from_u32(u32::from(character) - 0xfee0).map(String::from).unwrap_or_default()
            }
            '\u{3002}' if is_strict => ".".to_owned(),
            _ => return None,
        };
        Some((at..at + character.len_utf8(), replacement))
    });
    odd.collect()
}

fn is_wide_blank(character: char) -> bool {
    matches!(character, '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

fn finding(node: &Node, value: &Value<'_>, odd: &[(Range<usize>, String)]) -> Diagnostic {
    let source = &node.config.sources;
    let name = value.name();
    let shown = visible(value.text.trim_matches(|character| character <= ' '));
    let names: Vec<String> =
        odd.iter().filter_map(|(range, _)| value.text.get(range.clone())?.chars().next()).map(code).collect();
    let message = format!("the value of {name} holds {}: `{shown}`", listed(&names));
    let follows = match value.usage() {
        Use::Interface => {
            "Hazelcast removes only ordinary blanks, and drops the entry with a warning that looks perfectly right"
        }
        Use::Number => "Hazelcast refuses the file without saying where: the text is not a number",
        Use::Boolean => "Hazelcast refuses the file without saying where: the text is not true or false",
        _ => {
            "Hazelcast removes only ordinary blanks and compares texts character by character: it looks the same as without, but is another text"
        }
    };
    let found = RULE.at(node, value.whole(), message).note(follows);
    if !value.has_places() {
        return found.help("write the value anew");
    }
    let edits = odd
        .iter()
        .map(|(range, meant)| Edit::replace(source.location(value.place(range.clone())), meant.as_str()));
    let deletes = odd.iter().all(|(_, meant)| meant.is_empty());
    let description = if deletes { "delete it" } else { "write ordinary characters" };
    found.fix(Fix { description: description.to_owned(), safety: Safety::Safe, edits: edits.collect() })
}

fn code(character: char) -> String {
    let name = match character {
        '\u{a0}' => "a no-break space",
        '\u{200b}' => "a zero-width space",
        '\u{feff}' => "a byte order mark",
        '\u{ad}' => "a soft hyphen",
        '\u{3000}' | '\u{3002}' | '\u{ff01}'..='\u{ff5e}' => "a full-width character",
        _ if is_wide_blank(character) => "an unusual blank",
        _ => "an invisible character",
    };
    format!("{name} (U+{:04X})", u32::from(character))
}

fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, rest @ ..] => format!("{one} and {} more of the kind", rest.len()),
    }
}
