//! Elements, attributes and texts of a file with their places: an owned tree, so that findings can outlive the parser.

use std::ops::Range;

use cobnut_diagnostics::Span;

use crate::scalar::java_trim;
use crate::{Sources, Spanned};

/// How a file was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A whole document with the root `hazelcast`.
    Document,
    /// Elements without that root; they belong below the named path, for example `hazelcast/network`.
    Fragment {
        /// The path that Hazelcast would need around them.
        context: &'static str,
    },
}

/// The notation of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Elements and attributes as written.
    Xml,
    /// Keys, lists and mappings, shown as the elements and attributes that XML has for the same. Fixes that insert tags or
    /// attributes do not fit.
    Yaml,
}

/// Index of an element within its [`Document`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub(crate) usize);

/// The tree of a file.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) sources: Sources,
    pub(crate) form: Form,
    pub(crate) syntax: Syntax,
    /// Keys beside `hazelcast` in YAML.
    pub(crate) beside_root: Vec<Spanned<String>>,
    pub(crate) elements: Vec<Element>,
    pub(crate) roots: Vec<ElementId>,
    /// `xsi:schemaLocation` of the root.
    pub(crate) schema_location: Option<Spanned<String>>,
}

/// One element.
#[derive(Debug, Clone)]
pub struct Element {
    /// Local name as written.
    pub name: String,
    /// The name in the start tag, prefix included.
    pub name_span: Span,
    /// From the start tag to the end tag.
    pub span: Span,
    /// The namespace, if one applies.
    pub namespace: Option<String>,
    /// Attributes without namespace, in the order of the file.
    pub attributes: Vec<Attribute>,
    /// Text directly inside, comments left out.
    pub text: Text,
    /// Elements directly inside.
    pub children: Vec<ElementId>,
    /// The element around it.
    pub parent: Option<ElementId>,
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Local name as written.
    pub name: Spanned<String>,
    /// Value, its span without the quotes.
    pub value: Spanned<String>,
    /// Name, equals sign and quoted value.
    pub span: Span,
}

impl Document {
    /// The texts that the spans count in.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// Whole document or fragment.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The notation of the main file.
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// Keys beside `hazelcast` in YAML: Hazelcast passes over them.
    pub fn beside_root(&self) -> &[Spanned<String>] {
        &self.beside_root
    }

    /// The outermost elements: `hazelcast` alone, or those of a fragment.
    pub fn roots(&self) -> &[ElementId] {
        &self.roots
    }

    /// An element of this document.
    pub fn element(&self, id: ElementId) -> &Element {
        &self.elements[id.0]
    }

    /// All elements in the order of their start tags.
    pub fn ids(&self) -> impl Iterator<Item = ElementId> + use<> {
        (0..self.elements.len()).map(ElementId)
    }

    /// Path of names from the root in lower case; fragments count as if they were wrapped.
    pub fn path(&self, id: ElementId) -> String {
        let mut names = vec![self.element(id).lower_name()];
        let mut at = id;
        while let Some(parent) = self.element(at).parent {
            names.push(self.element(parent).lower_name());
            at = parent;
        }
        if let Form::Fragment { context } = self.form {
            names.push(context.to_owned());
        }
        names.reverse();
        names.join("/")
    }

    /// The elements at a path such as `hazelcast/network/join`.
    pub fn at_path<'a>(&'a self, path: &'a str) -> impl Iterator<Item = ElementId> + 'a {
        // The last name is compared first: building paths is the expensive part.
        let last = path.rsplit('/').next().unwrap_or(path);
        self.ids()
            .filter(move |&id| self.element(id).name.eq_ignore_ascii_case(last) && self.path(id) == path)
    }

    /// The place of a byte range of an element's text.
    pub fn text_span(&self, id: ElementId, range: Range<usize>) -> Span {
        self.element(id).text.locate(&self.sources, range)
    }

    /// The element's trimmed text and its place; an empty text stands just behind the start tag.
    pub fn trimmed_text(&self, id: ElementId) -> Spanned<String> {
        let element = self.element(id);
        let range = element.text.trimmed();
        let value = element.text.value.get(range.clone()).unwrap_or_default().to_owned();
        let span = if value.is_empty() { self.content_start(id) } else { self.text_span(id, range) };
        Spanned::new(value, span)
    }

    /// The empty span behind the start tag; for an element without content, its whole tag.
    fn content_start(&self, id: ElementId) -> Span {
        let element = self.element(id);
        let tag = self.start_tag(id);
        if tag.end == element.span.end { element.span } else { Span::at(tag.end) }
    }

    /// The start tag, angle brackets included; the key in YAML.
    pub fn start_tag(&self, id: ElementId) -> Span {
        let element = self.element(id);
        if self.syntax == Syntax::Yaml {
            return element.name_span;
        }
        let text = self.sources.slice(element.span);
        let mut quote = None;
        for (offset, character) in text.char_indices() {
            match (quote, character) {
                (None, '>') => return Span::new(element.span.start, element.span.start + offset + 1),
                (None, '"' | '\'') => quote = Some(character),
                (Some(open), _) if open == character => quote = None,
                _ => {}
            }
        }
        element.span
    }
}

impl Element {
    /// The name in lower case, which is how Hazelcast's processor compares names.
    pub fn lower_name(&self) -> String {
        self.name.to_lowercase()
    }

    /// An attribute by its exact name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.value == name)
    }

    /// An attribute by its name in any letter case.
    pub fn attribute_ignoring_case(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name.value.eq_ignore_ascii_case(name))
    }
}

/// The text of an element, put together from the pieces between comments and child elements.
#[derive(Debug, Clone, Default)]
pub struct Text {
    pub(crate) value: String,
    pub(crate) pieces: Vec<Piece>,
    /// The place of each byte, once variables were replaced: what one stands for lies where it was referred to.
    pub(crate) replaced: Option<Vec<Span>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Piece {
    pub(crate) value_start: usize,
    pub(crate) span: Span,
    pub(crate) kind: PieceKind,
}

/// How the characters in the file become those of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PieceKind {
    /// References, CDATA sections, line ends.
    Xml,
    /// Escapes, doubled quotes, folded lines.
    Yaml,
}

impl Text {
    /// The text with comments removed and references replaced, not trimmed.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The places of its pieces in the file.
    pub fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        self.pieces.iter().map(|piece| piece.span)
    }

    pub(crate) fn push(&mut self, text: &str, span: Span) {
        self.push_as(text, span, PieceKind::Xml);
    }

    pub(crate) fn push_as(&mut self, text: &str, span: Span, kind: PieceKind) {
        self.pieces.push(Piece { value_start: self.value.len(), span, kind });
        self.value.push_str(text);
    }

    fn trimmed(&self) -> Range<usize> {
        let trimmed = java_trim(&self.value);
        let start = self.value.find(trimmed).unwrap_or(0);
        start..start + trimmed.len()
    }

    /// Maps a range of the value to the file: from its first character to the end of its last.
    fn locate(&self, sources: &Sources, range: Range<usize>) -> Span {
        self.places(sources).span(range)
    }

    /// The places of all characters, for callers that look up many ranges of one text.
    pub(crate) fn places(&self, sources: &Sources) -> Places {
        if let Some(bytes) = &self.replaced {
            return Places { bytes: bytes.clone() };
        }
        let mut starts = Vec::with_capacity(self.value.len());
        for (index, piece) in self.pieces.iter().enumerate() {
            let value_end = self.pieces.get(index + 1).map_or(self.value.len(), |next| next.value_start);
            let value = self.value.get(piece.value_start..value_end).unwrap_or_default();
            let raw = sources.slice(piece.span);
            let place = |start, end| starts.push(Span::new(piece.span.start + start, piece.span.start + end));
            match piece.kind {
                PieceKind::Xml => walk(raw, value, place),
                PieceKind::Yaml => walk_yaml(raw, value, place),
            }
            // A reading that came to another length than the parser's: the rest stands at the end of its piece.
            starts.resize(value_end, Span::at(piece.span.end));
        }
        Places { bytes: starts }
    }
}

/// For each byte of a text, the place of its character in the file.
#[derive(Debug)]
pub(crate) struct Places {
    pub(crate) bytes: Vec<Span>,
}

impl Places {
    /// From the first character of the range to the end of its last; an empty range stands before its first.
    pub(crate) fn span(&self, range: Range<usize>) -> Span {
        let behind = self.bytes.last().map_or(0, |last| last.end);
        let start = self.bytes.get(range.start).map_or(behind, |first| first.start);
        if range.is_empty() {
            return Span::at(start);
        }
        Span::new(start, self.bytes.get(range.end - 1).map_or(behind, |last| last.end))
    }
}

/// Calls `place` once for each byte of `value` with the raw characters that its character was made of: references, CDATA
/// sections and line ends differ in length.
fn walk(raw: &str, value: &str, mut place: impl FnMut(usize, usize)) {
    let (mut at, mut in_cdata) = (0, false);
    for character in value.chars() {
        loop {
            let rest = raw.get(at..).unwrap_or_default();
            if !in_cdata && rest.starts_with("<![CDATA[") {
                (at, in_cdata) = (at + "<![CDATA[".len(), true);
            } else if in_cdata && rest.starts_with("]]>") {
                (at, in_cdata) = (at + "]]>".len(), false);
            } else {
                break;
            }
        }
        let rest = raw.get(at..).unwrap_or_default();
        let length = if !in_cdata && rest.starts_with('&') {
            rest.find(';').map_or(rest.len(), |end| end + 1)
        } else if rest.starts_with("\r\n") {
            2
        } else {
            rest.chars().next().map_or(0, char::len_utf8)
        };
        for _ in 0..character.len_utf8() {
            place(at, at + length);
        }
        at += length;
    }
}

/// The same for YAML. Where the two cannot be followed side by side, the rest of the value stands for the rest of the text.
fn walk_yaml(raw: &str, value: &str, mut place: impl FnMut(usize, usize)) {
    let mut at = 0;
    for character in value.chars() {
        let rest = raw.get(at..).unwrap_or_default();
        let mut length = yaml_character(rest, character);
        if length.is_none() {
            // A line that is continued behind `\`, and the next line's indentation: no part of the value.
            let line_end =
                rest.strip_prefix('\\').filter(|rest| rest.starts_with(['\n', '\r'])).unwrap_or(rest);
            let blanks = rest.len() - line_end.trim_start_matches([' ', '\t', '\n', '\r']).len();
            length = yaml_character(rest.get(blanks..).unwrap_or_default(), character);
            at += if length.is_some() { blanks } else { 0 };
        }
        let end = at + length.unwrap_or(raw.len() - at);
        for _ in 0..character.len_utf8() {
            place(at, end);
        }
        // What could not be followed stays at its place.
        at += length.unwrap_or(0);
    }
}

/// How many bytes at the start of `rest` make this character.
fn yaml_character(rest: &str, character: char) -> Option<usize> {
    let first = rest.chars().next()?;
    if rest.starts_with("''") && character == '\'' {
        return Some(2);
    }
    if first == '\\' && character != '\\' || rest.starts_with("\\\\") {
        let digits = match rest.get(1..)?.chars().next()? {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '\n' | '\r' => return None,
            other => return Some(1 + other.len_utf8()),
        };
        return rest
            .is_char_boundary(2 + digits)
            .then_some(2 + digits)
            .filter(|&length| length <= rest.len());
    }
    if matches!(character, ' ' | '\n') && matches!(first, ' ' | '\t' | '\n' | '\r') {
        // A line end with its indentation is folded into one blank, or into a line end.
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        let is_folded = rest.get(..blanks)?.contains('\n');
        return Some(if is_folded { blanks } else { 1 });
    }
    (first == character).then_some(first.len_utf8())
}
