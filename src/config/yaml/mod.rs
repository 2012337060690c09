//! `hazelcast.yaml` into the same [`Document`] that XML gives, with the places of the YAML text.
//!
//! Hazelcast maps its YAML onto the nodes of its XML reader, and so does this: what XML writes as attributes, repeated
//! elements and named elements stands in YAML as keys, lists and mappings, and the table of elements tells which is which.
//! Everything behind it (interpretation, rules) sees no difference but [`Document::syntax`].

mod error;
mod irregular;
mod shape;
#[cfg(test)]
mod tests;
mod tree;

use cobnut_diagnostics::{Diagnostic, Source};

use crate::document::{Document, Form, Syntax};
use crate::{Sources, Spanned};
use tree::{Kind, NodeId, Tree};

/// The key that everything stands under.
const ROOT: &str = "hazelcast";
/// Keys that make the file the configuration of a client.
const CLIENT_ROOTS: [&str; 2] = ["hazelcast-client", "hazelcast-client-failover"];

/// Whether a source is YAML: by its name, and without a telling name by what it begins with.
pub(crate) fn is_yaml(source: &Source) -> bool {
    let extension = source.name().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("yaml" | "yml") => true,
        Some("xml") => false,
        _ => begins_like_yaml(source.text()),
    }
}

/// The first line that says anything is `---`, a directive, or the key that Hazelcast's YAML begins with.
fn begins_like_yaml(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().map(str::trim_end).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| {
        let key = line.split(':').next().unwrap_or_default().trim_matches(['"', '\'']);
        line == "---"
            || line.starts_with("%YAML")
            || line.contains(':') && (key == ROOT || CLIENT_ROOTS.contains(&key))
    })
}

/// Reads a file. In an imported one the top key may be left out.
///
/// # Errors
/// The file is no YAML, repeats a key, leaves a value out, or is something else than a member configuration: Hazelcast refuses
/// each of these.
pub(crate) fn read(source: &Source, is_imported: bool) -> Result<Document, Box<Diagnostic>> {
    let tree = tree::parse(source)?;
    let root = tree.root.ok_or_else(|| Box::new(error::empty(source)))?;
    let Kind::Mapping(pairs) = &tree.node(root).kind else {
        return Err(Box::new(error::root_is_no_mapping(source, tree.node(root).span)));
    };
    let named = |name: &str| pairs.iter().find(|(key, _)| tree.text(*key) == Some(name)).copied();
    let client = CLIENT_ROOTS.into_iter().find_map(named).map(|(key, _)| key);
    let (key, value) = match (named(ROOT), client) {
        (Some(pair), None) => pair,
        (None, None) if is_imported => (root, root),
        (found, client) => return Err(Box::new(wrong_root(source, &tree, found, client, pairs))),
    };
    let mut document = Document {
        sources: Sources::new(source.clone()),
        form: Form::Document,
        syntax: Syntax::Yaml,
        beside_root: if key == root { Vec::new() } else { beside(&tree, key, pairs) },
        elements: Vec::new(),
        roots: Vec::new(),
        schema_location: None,
    };
    shape::fill_in(&mut document, &tree, key, value)?;
    Ok(document)
}

fn beside(tree: &Tree, root: NodeId, pairs: &[(NodeId, NodeId)]) -> Vec<Spanned<String>> {
    let others = pairs.iter().filter(|(key, _)| *key != root);
    others
        .map(|(key, _)| Spanned::new(tree.text(*key).unwrap_or_default().to_owned(), tree.node(*key).span))
        .collect()
}

fn wrong_root(
    source: &Source,
    tree: &Tree,
    member: Option<(NodeId, NodeId)>,
    client: Option<NodeId>,
    pairs: &[(NodeId, NodeId)],
) -> Diagnostic {
    let place = |key: NodeId| tree.node(key).span;
    match (member, client) {
        (Some((key, _)), Some(client)) => error::both_roots(source, place(key), place(client)),
        (_, Some(client)) => error::client_root(source, place(client)),
        (_, None) => {
            let first = pairs
                .first()
                .map_or(tree.root.map_or(0, |root| tree.node(root).span.start), |(key, _)| place(*key).start);
            let span = pairs.first().map_or(cobnut_diagnostics::Span::at(first), |(key, _)| place(*key));
            error::no_root(source, span)
        }
    }
}
