//! Text into a [`Document`]: whole files and rootless fragments alike.
//!
//! A fragment is parsed inside an element of our own whose length is taken off every offset again, so that places always
//! refer to the text as the user wrote it.

mod context;
mod syntax_error;

use cobnut_diagnostics::{Diagnostic, Severity, Source, Span};
use roxmltree::{Node, ParsingOptions};

use crate::document::{Attribute, Document, Element, ElementId, Form, Syntax, Text};
use crate::{Sources, Spanned, yaml};

/// Most nodes that a configuration may have; a real one has a few hundred.
pub(crate) const NODES_MAX: u32 = 200_000;
/// Deepest nesting of elements; the deepest real one has about ten.
pub(crate) const DEPTH_MAX: usize = 64;

/// What is put in front of a fragment; the line end keeps columns right in the parser's own messages.
const WRAPPER_START: &str = "<fragment xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n";
/// Namespace of `xsi:schemaLocation`.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const WRAPPER_END: &str = "</fragment>";
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Reads a file.
///
/// # Errors
/// The file is not well-formed, or is something else than a member configuration.
pub(crate) fn read(source: &Source) -> Result<Document, Box<Diagnostic>> {
    read_as(source, Role::Main)
}

/// Reads a file that another one imports: Hazelcast does not look at the name of its root.
///
/// # Errors
/// The file is not well-formed.
pub(crate) fn read_imported(source: &Source) -> Result<Document, Box<Diagnostic>> {
    read_as(source, Role::Imported)
}

/// How a file is come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Main,
    Imported,
}

fn read_as(source: &Source, role: Role) -> Result<Document, Box<Diagnostic>> {
    if yaml::is_yaml(source) {
        return yaml::read(source, role == Role::Imported);
    }
    let text = source.text();
    if text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}').is_empty() {
        return Err(Box::new(syntax_error::empty(source)));
    }
    if let Some(error) = syntax_error::before_declaration(source) {
        return Err(Box::new(error));
    }
    let as_document = match parse(text) {
        Ok(parsed) => return read_document(source, &parsed, role),
        Err(error) => error,
    };
    let wrapped = wrap(text);
    match parse(&wrapped) {
        Ok(parsed) => {
            let outer = parsed.root_element();
            let names: Vec<&str> =
                outer.children().filter(Node::is_element).map(|node| node.tag_name().name()).collect();
            let context = match context::of(&names) {
                Some(context) if !matches!(as_document, roxmltree::Error::DtdDetected) => context,
                _ => return Err(Box::new(syntax_error::of_document(source, &as_document))),
            };
            convert(source, outer, WRAPPER_START.len(), Form::Fragment { context })
        }
        Err(in_wrapper) => Err(Box::new(syntax_error::of_either(source, &as_document, &in_wrapper))),
    }
}

fn parse(text: &str) -> Result<roxmltree::Document<'_>, roxmltree::Error> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    roxmltree::Document::parse_with_options(text, options)
}

/// The text inside our own element; mark and declaration become blanks of the same length.
fn wrap(text: &str) -> String {
    let mut wrapped = String::with_capacity(WRAPPER_START.len() + text.len() + WRAPPER_END.len());
    wrapped.push_str(WRAPPER_START);
    let unmarked = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let declaration =
        if unmarked.starts_with("<?xml") { unmarked.find("?>").map_or(0, |end| end + 2) } else { 0 };
    let blanked = text.len() - unmarked.len() + declaration;
    // A line end within the declaration stays, for the line numbers of the parser's messages.
    wrapped.extend(text.bytes().take(blanked).map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    wrapped.push_str(text.get(blanked..).unwrap_or_default());
    wrapped.push_str(WRAPPER_END);
    wrapped
}

fn read_document(
    source: &Source,
    parsed: &roxmltree::Document<'_>,
    role: Role,
) -> Result<Document, Box<Diagnostic>> {
    let root = parsed.root_element();
    let name = root.tag_name().name();
    let raw_name =
        source.text().get(qualified_name(source.text(), root.range().start).range()).unwrap_or_default();
    if raw_name == "hazelcast" {
        return convert(source, parsed.root(), 0, Form::Document);
    }
    if let Some(context) = context::of(&[name]).filter(|_| name != "hazelcast") {
        return convert(source, parsed.root(), 0, Form::Fragment { context });
    }
    if role == Role::Imported {
        return convert(source, parsed.root(), 0, Form::Document);
    }
    Err(Box::new(wrong_root(source, raw_name, qualified_name(source.text(), root.range().start))))
}

fn wrong_root(source: &Source, raw_name: &str, span: Span) -> Diagnostic {
    let message = format!("the root element is `<{raw_name}>`, not `<hazelcast>`");
    let found = Diagnostic::new("wrong-root", Severity::Error, source.location(span), message).note(format!(
        "Hazelcast: Invalid root element in xml configuration! Expected: <hazelcast>, Actual: <{raw_name}>."
    ));
    match raw_name {
        "hazelcast-client" | "hazelcast-client-failover" => {
            found.help("this is the configuration of a Hazelcast client; a server needs the member's file")
        }
        _ if raw_name.ends_with(":hazelcast") => found
            .help("write `<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">` without a prefix"),
        "beans" => {
            found.help("this is a Spring file; copy what is inside `<hz:config>` into a file of its own")
        }
        _ => {
            found.help("name the Hazelcast member configuration, for example conf/hazelcast-local-config.xml")
        }
    }
}

/// The name in the start tag at `start`, prefix included.
fn qualified_name(text: &str, start: usize) -> Span {
    let rest = text.get(start + 1..).unwrap_or_default();
    let length = rest
        .find(|character: char| character.is_whitespace() || matches!(character, '>' | '/'))
        .unwrap_or(rest.len());
    Span::new(start + 1, start + 1 + length)
}

/// Copies the tree below `outer`, moving every offset back by `shift`.
fn convert(
    source: &Source,
    outer: Node<'_, '_>,
    shift: usize,
    form: Form,
) -> Result<Document, Box<Diagnostic>> {
    let mut document = Document {
        sources: Sources::new(source.clone()),
        form,
        syntax: Syntax::Xml,
        beside_root: Vec::new(),
        elements: Vec::new(),
        roots: Vec::new(),
        schema_location: None,
    };
    let place = |range: std::ops::Range<usize>| {
        Span::new(range.start.saturating_sub(shift), range.end.saturating_sub(shift))
    };
    let root = outer.children().find(Node::is_element);
    document.schema_location = root.and_then(|root| {
        let mut attributes = root.attributes();
        let location = attributes.find(|attribute| {
            attribute.namespace() == Some(SCHEMA_INSTANCE) && attribute.name() == "schemaLocation"
        })?;
        Some(Spanned::new(location.value().to_owned(), place(location.range_value())))
    });
    // Document order: a parent always precedes its children, so no recursion is needed.
    let mut ids = std::collections::HashMap::new();
    for node in outer.descendants().filter(|node| node.is_element() && *node != outer) {
        let id = ElementId(document.elements.len());
        ids.insert(node.id(), id);
        let parent = node.parent().and_then(|parent| ids.get(&parent.id()).copied());
        let span = place(node.range());
        let element = Element {
            name: node.tag_name().name().to_owned(),
            name_span: qualified_name(source.text(), span.start),
            span,
            namespace: node.tag_name().namespace().map(str::to_owned),
            attributes: attributes(node, place),
            text: Text::default(),
            children: Vec::new(),
            parent,
        };
        document.elements.push(element);
        match parent {
            Some(parent) => document.elements[parent.0].children.push(id),
            None => document.roots.push(id),
        }
        if depth(&document, id) > DEPTH_MAX {
            return Err(Box::new(syntax_error::too_deep(source, span)));
        }
        let text = text(&document, id, node, place);
        document.elements[id.0].text = text;
    }
    Ok(document)
}

pub(crate) fn depth(document: &Document, id: ElementId) -> usize {
    std::iter::successors(Some(id), |&id| document.element(id).parent).take(DEPTH_MAX + 1).count()
}

fn attributes(node: Node<'_, '_>, place: impl Fn(std::ops::Range<usize>) -> Span) -> Vec<Attribute> {
    node.attributes()
        .filter(|attribute| attribute.namespace().is_none())
        .map(|attribute| Attribute {
            name: Spanned::new(attribute.name().to_owned(), place(attribute.range_qname())),
            value: Spanned::new(attribute.value().to_owned(), place(attribute.range_value())),
            span: place(attribute.range()),
        })
        .collect()
}

/// The texts between the child nodes. Their places are taken from the neighbours, because the parser merges CDATA sections
/// into one node whose range covers only the first of them.
fn text(
    document: &Document,
    id: ElementId,
    node: Node<'_, '_>,
    place: impl Fn(std::ops::Range<usize>) -> Span,
) -> Text {
    let mut text = Text::default();
    let element = document.element(id);
    let mut start = document.start_tag(id).end;
    for child in node.children() {
        if child.is_text() {
            let next = child.next_sibling().map(|next| place(next.range()).start);
            let end_tag = || {
                let inside = document.sources.slice(element.span).rfind("</").unwrap_or(0);
                element.span.start + inside
            };
            text.push(child.text().unwrap_or_default(), Span::new(start, next.unwrap_or_else(end_tag)));
        } else {
            start = place(child.range()).end;
        }
    }
    text
}

#[cfg(test)]
mod tests;
