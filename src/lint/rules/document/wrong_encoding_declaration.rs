#![doc = include_str!("wrong_encoding_declaration.md")]

use cobnut_diagnostics::{Diagnostic, Edit, Encoding, Fix, Severity, Span, visible};

use crate::{Check, Cluster, Node, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "wrong-encoding-declaration",
    severity: Severity::Error,
    summary: "the XML declaration names another encoding than the file has",
    page: include_str!("wrong_encoding_declaration.md"),
    check: Check::File(check),
};

/// Encodings with one byte for each character: a UTF-8 file without special letters reads the same in them.
const ONE_BYTE: &[&str] = &["iso-8859-", "windows-125", "us-ascii", "latin", "cp125"];

fn check(_cluster: &Cluster, node: &Node, found: &mut Vec<Diagnostic>) {
    let main = node.config.sources.main();
    let Some((start, encoding)) = declared(main.text()) else { return };
    let lower = encoding.to_lowercase();
    let place = Span::new(start, start + encoding.len());
    if main.encoding() != Encoding::Utf8 {
        return;
    }
    let shown = visible(encoding);
    let finding = if lower.starts_with("utf-16") || lower.starts_with("utf-32") {
        RULE.at(node, place, format!("the file says that it is in {shown}, but it is in UTF-8"))
            .note("Java believes the declaration and cannot read the file: Hazelcast does not start")
            .note("cobnut goes by the bytes of the file")
    } else if ONE_BYTE.iter().any(|name| lower.starts_with(name)) {
        let Some(special) = main.text().char_indices().find(|(_, character)| !character.is_ascii()) else {
            return;
        };
        let (at, character) = special;
        let letter = Span::new(at, at + character.len_utf8());
        RULE.at(node, place, format!("the file says that it is in {shown}, but it is in UTF-8"))
            .label(node.config.sources.location(letter), "the first character that shows it")
            .note("Java believes the declaration and reads other characters than these")
            .note("cobnut goes by the bytes of the file")
            .with_severity(Severity::Warning)
    } else {
        return;
    };
    let edit = Edit::replace(node.config.sources.location(place), "UTF-8");
    found.push(finding.fix(Fix::safe("write `UTF-8`", edit)));
}

/// The encoding in the XML declaration, and where it begins.
fn declared(text: &str) -> Option<(usize, &str)> {
    let begin = text.len() - text.trim_start_matches('\u{feff}').len();
    let declaration = text.get(begin..)?.strip_prefix("<?xml")?.split_once("?>")?.0;
    let (before, rest) = declaration.split_once("encoding")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let name = value.get(1..)?.split_once(quote)?.0;
    let skipped = rest.len() - value.len();
    Some((begin + "<?xml".len() + before.len() + "encoding".len() + skipped + 1, name))
}
