//! Which fixes fit a YAML file: many are written for XML and insert tags or attributes.
//!
//! A fix is tried on the text. It stays when the outcome can be read and every setting that it changes is one that Hazelcast
//! knows, with a value without mark-up; everything else in the file must be what it was.

use std::collections::HashMap;

use cobnut_config::{Document, Syntax, elements, parse};
use cobnut_diagnostics::{Diagnostic, Fix, Source, apply};

use crate::Cluster;

/// The findings without the fixes that a YAML file cannot take.
pub(crate) fn keep_fitting(found: Vec<Diagnostic>, cluster: &Cluster) -> Vec<Diagnostic> {
    let documents: HashMap<&Source, Vec<Row>> = cluster
        .nodes()
        .iter()
        .map(|node| &node.config.document)
        .filter(|document| document.syntax() == Syntax::Yaml)
        .map(|document| (document.sources().main(), rows(document)))
        .collect();
    if documents.is_empty() {
        return found;
    }
    let fits = |fix: &Fix| {
        let sources = fix.edits.iter().map(|edit| edit.location.source());
        sources
            .filter_map(|source| documents.get_key_value(source))
            .all(|(source, rows)| fits(source, rows, fix))
    };
    found
        .into_iter()
        .map(|finding| if finding.suggested_fix().is_none_or(fits) { finding } else { finding.fix(None) })
        .collect()
}

/// An element by its path, or an attribute by its element's path and its own name, with its value.
type Row = (String, Option<String>, String);

fn rows(document: &Document) -> Vec<Row> {
    let mut rows = Vec::new();
    for id in document.ids() {
        let path = document.path(id);
        for attribute in &document.element(id).attributes {
            rows.push((path.clone(), Some(attribute.name.value.clone()), attribute.value.value.clone()));
        }
        rows.push((path, None, document.trimmed_text(id).value));
    }
    rows
}

fn fits(source: &Source, before: &[Row], fix: &Fix) -> bool {
    let (text, _) = apply(source, [fix]);
    let (Some(config), _) = parse(&Source::new(source.name(), text)) else { return false };
    let mut left: HashMap<&Row, usize> = HashMap::new();
    for row in before {
        *left.entry(row).or_default() += 1;
    }
    let after = rows(&config.document);
    let changed = after.iter().filter(|row| {
        let count = left.get_mut(row);
        let is_old = count.as_ref().is_some_and(|count| **count > 0);
        if let Some(count) = count {
            *count = count.saturating_sub(1);
        }
        !is_old
    });
    // A value that is folded into its neighbour, or a key that swallows the next line, shows as something unknown.
    changed
        .into_iter()
        .all(|(path, attribute, value)| is_known(path, attribute.as_deref()) && is_plain(value))
}

fn is_known(path: &str, attribute: Option<&str>) -> bool {
    let known = elements::element(path);
    known.is_some_and(|known| attribute.is_none_or(|name| known.attribute(name).is_some()))
}

fn is_plain(value: &str) -> bool {
    !value.contains(['<', '>', '='])
}
