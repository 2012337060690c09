//! What stands under the cursor: a finding's page, or what an element or attribute is for.

use cobnut_config::elements::{Effect, Known, KnownAttribute, ValueType, element};
use cobnut_config::{Document, ElementId, parse};
use cobnut_diagnostics::{Source, Span};
use cobnut_lint::rule;
use lsp_types::{Hover, HoverContents, MarkupContent, MarkupKind, TextDocumentPositionParams};

use super::convert::{offset, range};
use super::workspace::Workspace;

/// Answers a hover; nothing for a place about which there is nothing to say.
pub(super) fn hover(workspace: &Workspace, place: &TextDocumentPositionParams) -> Option<Hover> {
    let source = workspace.source(&place.text_document.uri)?;
    let at = offset(source, place.position, workspace.encoding);
    let touched = workspace
        .found()
        .iter()
        .filter(|found| found.source() == source && found.span().start <= at && at <= found.span().end);
    let finding = touched.min_by_key(|found| found.span().len());
    let (text, span) = match finding {
        Some(found) => (rule(found.rule())?.page.to_owned(), found.span()),
        None => described(source, at)?,
    };
    Some(Hover {
        contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value: text }),
        range: Some(range(&source.location(span), workspace.encoding)),
    })
}

/// The element or attribute whose name stands there.
fn described(source: &Source, at: usize) -> Option<(String, Span)> {
    let (config, _) = parse(source);
    let document = &config?.document;
    let touches = |span: Span| span.start <= at && at <= span.end;
    document.ids().find_map(|id| {
        let written = document.element(id);
        if touches(written.name_span) {
            return Some((of_element(document, id)?, written.name_span));
        }
        let attribute = written.attributes.iter().find(|attribute| touches(attribute.name.span))?;
        let known = element(&document.path(id))?.attribute(&attribute.name.value)?;
        Some((of_attribute(&known), attribute.name.span))
    })
}

fn of_element(document: &Document, id: ElementId) -> Option<String> {
    let known: Known = element(&document.path(id))?;
    Some(page(
        &format!("`<{}>`", known.info.name),
        known.info.value,
        known.info.default,
        &known.versions.to_string(),
        known.effect,
    ))
}

fn of_attribute(known: &KnownAttribute) -> String {
    page(
        &format!("`{}`", known.info.name),
        known.info.value,
        known.info.default,
        &known.versions.to_string(),
        known.effect,
    )
}

fn page(name: &str, value: ValueType, default: Option<&str>, versions: &str, effect: Effect) -> String {
    let mut text = format!("{name} – Hazelcast {versions}");
    let kind = match value {
        ValueType::Nothing => None,
        ValueType::Text => Some("text".to_owned()),
        ValueType::Flag => Some("`true` or `false`".to_owned()),
        ValueType::Integer { min, max } => Some(bounds(min, max)),
        ValueType::Decimal => Some("a number".to_owned()),
        ValueType::OneOf(words) => {
            Some(words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
        }
    };
    if let Some(kind) = kind {
        text = format!("{text}\n\nValue: {kind}");
        if let Some(default) = default {
            text = format!("{text}; without it `{default}`");
        }
    }
    match effect {
        Effect::Obeyed => format!("{text}\n\nCobnut obeys it."),
        Effect::NoEffect(why) => format!("{text}\n\nWithout effect in Cobnut: {why}"),
        Effect::Refused(why) => format!("{text}\n\nCobnut does not start with it: {why}"),
    }
}

fn bounds(min: Option<i64>, max: Option<i64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("a whole number from {min} to {max}"),
        (Some(min), None) => format!("a whole number, {min} at least"),
        (None, Some(max)) => format!("a whole number, {max} at most"),
        (None, None) => "a whole number".to_owned(),
    }
}
