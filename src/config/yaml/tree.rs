//! Events of the YAML parser into a tree of scalars, lists and mappings with byte places.

use std::collections::HashMap;

use cobnut_diagnostics::{Diagnostic, Source, Span};
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::error;
use crate::reader::{DEPTH_MAX, NODES_MAX};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Index of a node within its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeId(usize);

/// What a file says, aliases replaced by what they stand for.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// `None` for a file without content.
    pub(super) root: Option<NodeId>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// From its first to its last character, quotes and brackets included.
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) enum Kind {
    Scalar {
        /// As Hazelcast gets it: numbers and truth values in their own notation.
        value: String,
        /// Where the text stands, without quotes and block headers.
        content: Span,
        is_null: bool,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
}

impl Tree {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The text of a scalar.
    pub(super) fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).kind {
            Kind::Scalar { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// A list or mapping that is still open; a mapping's children are keys and values in turn.
struct Open {
    is_mapping: bool,
    start: Span,
    anchor: usize,
    children: Vec<NodeId>,
}

pub(super) fn parse(source: &Source) -> Result<Tree, Box<Diagnostic>> {
    let mut builder = Builder::new(source);
    for event in Parser::new_from_str(builder.text) {
        match event {
            Ok((event, span)) => {
                let span = builder.bytes(span.start.index(), span.end.index());
                builder.event(event, span)?;
            }
            Err(failure) => {
                let at = builder.bytes(failure.marker().index(), failure.marker().index()).start;
                return Err(Box::new(error::syntax(source, at, failure.info())));
            }
        }
    }
    Ok(builder.tree)
}

struct Builder<'a> {
    source: &'a Source,
    /// Without the byte order mark.
    text: &'a str,
    /// The place in the source of each character of `text`.
    offsets: Vec<usize>,
    tree: Tree,
    open: Vec<Open>,
    anchors: HashMap<usize, NodeId>,
    documents: usize,
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source) -> Self {
        let text = source.text().strip_prefix(BYTE_ORDER_MARK).unwrap_or(source.text());
        let mark = source.text().len() - text.len();
        let offsets = text.char_indices().map(|(at, _)| mark + at).collect();
        let tree = Tree { nodes: Vec::new(), root: None };
        Self { source, text, offsets, tree, open: Vec::new(), anchors: HashMap::new(), documents: 0 }
    }

    /// The parser counts characters.
    fn bytes(&self, start: usize, end: usize) -> Span {
        let byte = |index: usize| self.offsets.get(index).copied().unwrap_or(self.source.text().len());
        Span::new(byte(start), byte(end))
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Box<Diagnostic>> {
        match event {
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    return Err(Box::new(error::second_document(self.source, span)));
                }
            }
            Event::Scalar(value, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                let node = self.scalar(&value, style, is_plain, span);
                self.add(node, anchor)?;
            }
            Event::Alias(anchor) => {
                // An alias inside its own anchor would never end; the anchor is known only when its node is complete.
                let Some(&target) = self.anchors.get(&anchor) else {
                    return Err(Box::new(error::circular_alias(self.source, span)));
                };
                self.attach(target, span)?;
            }
            Event::SequenceStart(anchor, _) => self.start(false, anchor, span)?,
            Event::MappingStart(anchor, _) => self.start(true, anchor, span)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn scalar(&self, value: &str, style: ScalarStyle, is_plain: bool, span: Span) -> Node {
        let raw = self.source.slice(span);
        let span = Span::new(span.start, span.start + raw.trim_end().len());
        let content = match style {
            ScalarStyle::Plain => span,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if span.len() >= 2 => {
                Span::new(span.start + 1, span.end - 1)
            }
            // Behind the line with the block's sign.
            _ => {
                let header = raw.find('\n').map_or(raw.len(), |at| at + 1);
                Span::new((span.start + header).min(span.end), span.end)
            }
        };
        let is_null = is_plain && matches!(value, "" | "~" | "null" | "Null" | "NULL");
        let value = if is_plain { plain(value) } else { value.to_owned() };
        Node { kind: Kind::Scalar { value, content, is_null }, span }
    }

    fn start(&mut self, is_mapping: bool, anchor: usize, start: Span) -> Result<(), Box<Diagnostic>> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Box::new(error::too_deep(self.source, start)));
        }
        self.open.push(Open { is_mapping, start, anchor, children: Vec::new() });
        Ok(())
    }

    fn end(&mut self, end: Span) -> Result<(), Box<Diagnostic>> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let start = open.start.start;
        // Block collections end where the next line begins: what counts is their last child.
        let is_flow = self.source.slice(open.start).starts_with(['[', '{']);
        let last = open.children.last().map_or(open.start.end, |&child| self.tree.node(child).span.end);
        let span = Span::new(start, if is_flow { end.end.max(last) } else { last.max(start) });
        let kind = if open.is_mapping {
            let pairs: Vec<_> = open.children.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            self.check_keys(&pairs)?;
            Kind::Mapping(pairs)
        } else {
            Kind::Sequence(open.children)
        };
        self.add(Node { kind, span }, open.anchor)
    }

    /// Each key once, as the parser behind Hazelcast demands.
    fn check_keys(&self, pairs: &[(NodeId, NodeId)]) -> Result<(), Box<Diagnostic>> {
        let mut seen: HashMap<&str, Span> = HashMap::new();
        for (key, _) in pairs {
            let span = self.tree.node(*key).span;
            let Some(text) = self.tree.text(*key) else {
                return Err(Box::new(error::key_is_no_scalar(self.source, span)));
            };
            if let Some(first) = seen.insert(text, span) {
                return Err(Box::new(error::duplicate_key(self.source, text, first, span)));
            }
        }
        Ok(())
    }

    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Box<Diagnostic>> {
        let span = node.span;
        let id = NodeId(self.tree.nodes.len());
        self.tree.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
        self.attach(id, span)
    }

    fn attach(&mut self, id: NodeId, span: Span) -> Result<(), Box<Diagnostic>> {
        if self.tree.nodes.len() > NODES_MAX as usize {
            return Err(Box::new(error::too_many(self.source, span)));
        }
        match self.open.last_mut() {
            Some(open) => open.children.push(id),
            None => self.tree.root = Some(id),
        }
        Ok(())
    }
}

/// An unquoted scalar as Hazelcast gets it: the parser turns what looks like a truth value or a number into one, and
/// Hazelcast turns that into text again.
fn plain(text: &str) -> String {
    match text {
        "True" | "TRUE" => return "true".to_owned(),
        "False" | "FALSE" => return "false".to_owned(),
        _ => {}
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = if let Some(octal) = text.strip_prefix("0o") {
        i64::from_str_radix(octal, 8).ok()
    } else if let Some(hexadecimal) = text.strip_prefix("0x") {
        i64::from_str_radix(hexadecimal, 16).ok()
    } else if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse::<i64>().ok()
    } else {
        None
    };
    number.map_or_else(|| text.to_owned(), |number| number.to_string())
}
