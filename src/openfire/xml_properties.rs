//! `openfire.xml` and `security.xml` as Openfire's `XMLProperties` reads them: a dotted name is a path of elements.
//!
//! Invariant: every value keeps its place in the text; nothing of the file is dropped, so that a linter can say what
//! Openfire overlooks.

use std::collections::HashMap;

use cobnut_diagnostics::{Diagnostic, Location, Severity, Source, Span};
use roxmltree::{Document, Node, ParsingOptions};

/// Most XML nodes in a file; a real one has a hundred.
const NODES_MAX: u32 = 100_000;
/// Deepest nesting of elements; the deepest real one has five.
const DEPTH_MAX: usize = 64;

/// The properties of one file.
#[derive(Debug, Clone)]
pub struct XmlProperties {
    source: Source,
    root: String,
    root_span: Span,
    properties: Vec<Property>,
    /// Index of the element that Openfire finds for a name: the first one on every level.
    first: HashMap<String, usize>,
}

/// One element below the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Dotted name: the element names on the way from the root, which itself does not count.
    pub name: String,
    /// Text with blanks collapsed as Openfire does it: trimmed, and inner runs become one space.
    pub value: String,
    /// The whole element.
    pub span: Span,
    /// The element's name in its start tag.
    pub name_span: Span,
    /// The text without blanks around it; empty, and just behind the start tag, if there is none.
    pub value_span: Span,
    /// Attributes in the order of the file.
    pub attributes: Vec<PropertyAttribute>,
    /// Whether elements lie within.
    pub has_children: bool,
    /// Whether Openfire reads this element for a single value: only the first of several is looked at, on every level.
    pub is_first: bool,
    parent: Option<usize>,
}

/// An attribute of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyAttribute {
    /// Name without prefix.
    pub name: String,
    /// Value.
    pub value: String,
    /// Where the value stands.
    pub span: Span,
}

impl Property {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|found| found.value.as_str())
    }

    /// Whether the element carries the attribute `encrypted`; its value does not matter.
    ///
    /// The text is ciphertext only if `security.xml` lists the name, too: see [`Encryption::xml_value`].
    ///
    /// [`Encryption::xml_value`]: crate::Encryption::xml_value
    pub fn is_marked_encrypted(&self) -> bool {
        self.attribute("encrypted").is_some()
    }

    /// The last part of the name.
    pub fn last_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

impl XmlProperties {
    /// Reads a file.
    ///
    /// The name of the root element is not checked, as Openfire does not either: see [`XmlProperties::root_name`].
    ///
    /// # Errors
    /// The text is not well-formed, has a document type (Openfire refuses those), or is absurdly large or deep.
    pub fn parse(source: &Source) -> Result<Self, Box<Diagnostic>> {
        let options =
            ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
        let document = Document::parse_with_options(source.text(), options)
            .map_err(|error| Box::new(syntax_error(source, &error)))?;
        let root = document.root_element();
        let mut found = Self {
            source: source.clone(),
            root: root.tag_name().name().to_owned(),
            root_span: name_span(source, root),
            properties: Vec::new(),
            first: HashMap::new(),
        };
        found.collect(root)?;
        Ok(found)
    }

    /// The text that was read.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Name of the root element: `jive` in `openfire.xml`, `security` in `security.xml`.
    pub fn root_name(&self) -> &str {
        &self.root
    }

    /// Where the name of the root element stands.
    pub fn root_location(&self) -> Location {
        self.source.location(self.root_span)
    }

    /// The property that Openfire reads for a dotted name; an empty element is an absent property.
    pub fn get(&self, name: &str) -> Option<&Property> {
        self.element(name).filter(|property| !property.value.is_empty())
    }

    /// Text of [`XmlProperties::get`].
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name).map(|property| property.value.as_str())
    }

    /// The element for a dotted name, empty ones included.
    pub fn element(&self, name: &str) -> Option<&Property> {
        self.first.get(name).and_then(|&index| self.properties.get(index))
    }

    /// Every value of a repeated element, as in `encrypt.property.name`; empty ones are left out.
    pub fn get_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> + 'a {
        let parent = name.rsplit_once('.').map(|(parent, _)| parent);
        let wanted = parent.map(|parent| self.first.get(parent).copied());
        self.iter().filter(move |property| {
            let below = match wanted {
                None => property.parent.is_none(),
                Some(parent) => parent.is_some() && property.parent == parent,
            };
            below && property.name == name && !property.value.is_empty()
        })
    }

    /// The elements right below a name, in the order of the file.
    pub fn children<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Property> + 'a {
        let parent = self.first.get(name).copied();
        self.iter().filter(move |property| parent.is_some() && property.parent == parent)
    }

    /// Every element in the order of the file, with and without text.
    pub fn iter(&self) -> std::slice::Iter<'_, Property> {
        self.properties.iter()
    }

    /// Where the value of a property stands, or the element if it has none.
    pub fn location(&self, property: &Property) -> Location {
        let span = if property.value_span.is_empty() { property.span } else { property.value_span };
        self.source.location(span)
    }

    /// A switch: the value as a Java boolean, or `default` when absent.
    pub fn is_true(&self, name: &str, default: bool) -> bool {
        self.value(name).map_or(default, crate::java_bool)
    }

    fn collect(&mut self, root: Node<'_, '_>) -> Result<(), Box<Diagnostic>> {
        // Document order: a parent precedes its children, so no recursion is needed.
        let mut indexes: HashMap<roxmltree::NodeId, (usize, usize)> = HashMap::new();
        for node in root.descendants().filter(|node| node.is_element() && *node != root) {
            let above = node.parent_element().and_then(|parent| indexes.get(&parent.id()).copied());
            let (parent, depth) = match above {
                Some((parent, depth)) => (Some(parent), depth + 1),
                None => (None, 1),
            };
            if depth > DEPTH_MAX {
                let place = self.source.location(name_span(&self.source, node));
                let message = format!("elements are nested more than {DEPTH_MAX} deep");
                return Err(Box::new(Diagnostic::new("openfire-syntax", Severity::Error, place, message)));
            }
            indexes.insert(node.id(), (self.properties.len(), depth));
            let property = self.property(node, parent);
            if property.is_first {
                self.first.insert(property.name.clone(), self.properties.len());
            }
            self.properties.push(property);
        }
        Ok(())
    }

    fn property(&self, node: Node<'_, '_>, parent: Option<usize>) -> Property {
        let above = parent.and_then(|parent| self.properties.get(parent));
        let last = node.tag_name().name();
        let name = above.map_or_else(|| last.to_owned(), |above| format!("{}.{last}", above.name));
        // A name with a dot in it cannot be asked for: Openfire splits what it looks for at every dot.
        let is_first = above.is_none_or(|above| above.is_first)
            && !last.contains('.')
            && !self.first.contains_key(&name);
        let text: String = node.children().filter(Node::is_text).filter_map(|text| text.text()).collect();
        let attributes = node.attributes().map(|attribute| PropertyAttribute {
            name: attribute.name().to_owned(),
            value: attribute.value().to_owned(),
            span: attribute.range_value().into(),
        });
        Property {
            value: collapse(&text),
            span: node.range().into(),
            name_span: name_span(&self.source, node),
            value_span: value_span(&self.source, node),
            attributes: attributes.collect(),
            has_children: node.children().any(|child| child.is_element()),
            is_first,
            name,
            parent,
        }
    }
}

impl<'a> IntoIterator for &'a XmlProperties {
    type Item = &'a Property;
    type IntoIter = std::slice::Iter<'a, Property>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// dom4j's `getTextTrim`: words between Java's `StringTokenizer` blanks, joined by one space.
fn collapse(text: &str) -> String {
    let words = text.split([' ', '\t', '\n', '\r', '\u{c}']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

fn name_span(source: &Source, node: Node<'_, '_>) -> Span {
    let start = node.range().start + 1;
    let rest = source.text().get(start..).unwrap_or_default();
    let length = rest
        .find(|character: char| character.is_whitespace() || matches!(character, '>' | '/'))
        .unwrap_or(rest.len());
    Span::new(start, start + length)
}

/// The text of an element without blanks and comments around it; of one with elements within, the first piece of text.
fn value_span(source: &Source, node: Node<'_, '_>) -> Span {
    let Some(first) = node.first_child() else { return Span::at(node.range().end) };
    let start = first.range().start;
    let end = if node.children().any(|child| child.is_element()) {
        let is_value = |child: &Node<'_, '_>| {
            child.is_text() && child.text().is_some_and(|text| !text.trim_ascii().is_empty())
        };
        return node
            .children()
            .find(is_value)
            .map_or(Span::at(start), |text| trimmed(source, text.range().into()));
    } else {
        let whole = source.text().get(..node.range().end).unwrap_or_default();
        whole.rfind("</").unwrap_or(whole.len())
    };
    trimmed(source, Span::new(start, end))
}

fn trimmed(source: &Source, span: Span) -> Span {
    let mut raw = source.slice(span);
    let mut start = span.start;
    loop {
        let before = raw.len();
        raw = raw.trim_ascii_end();
        let inner = raw.trim_ascii_start();
        start += raw.len() - inner.len();
        raw = inner;
        // Within CDATA, the signs of a comment are text.
        if !raw.contains("<![CDATA[") {
            if let Some(length) = raw.strip_prefix("<!--").and_then(|rest| rest.find("-->")) {
                let length = length + "<!---->".len();
                (start, raw) = (start + length, raw.get(length..).unwrap_or_default());
            }
            if raw.ends_with("-->") {
                raw = raw.get(..raw.rfind("<!--").unwrap_or(0)).unwrap_or_default();
            }
        }
        if raw.len() == before {
            return Span::new(start, start + raw.len());
        }
    }
}

fn syntax_error(source: &Source, error: &roxmltree::Error) -> Diagnostic {
    let position = error.pos();
    let line = source.line_text(position.row as usize).unwrap_or_default();
    let line_start = line.as_ptr() as usize - source.text().as_ptr() as usize;
    let mark = usize::from(position.row == 1 && line.starts_with('\u{feff}'));
    let column = (position.col as usize).saturating_sub(1) + mark;
    let offset = line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset);
    let is_open = matches!(error, roxmltree::Error::UnclosedRootNode);
    let place = if line.is_empty() || is_open { source.text().len() } else { line_start + offset };
    let found = |message: String| {
        Diagnostic::new("openfire-syntax", Severity::Error, source.location(Span::at(place)), message)
    };
    if source.text().trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}').is_empty() {
        return found("the file is empty".to_owned())
            .note("Openfire then shows its setup page as on the first start")
            .help("restore the file from a backup; an unclean stop may have left it beside as .tmp or .bak");
    }
    if matches!(error, roxmltree::Error::DtdDetected) {
        return found("the file has a document type (`<!DOCTYPE`)".to_owned())
            .note("Openfire refuses such files, and so does this program")
            .help("remove the document type");
    }
    found(format!("the file is not well-formed XML: {error}"))
        .note("neither Openfire nor this program can start with it")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> XmlProperties {
        XmlProperties::parse(&Source::new("conf/openfire.xml", text)).unwrap()
    }

    #[test]
    fn a_dotted_name_is_a_path_of_first_elements() {
        let found = parse(
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x -->\n<jive>\n\
             <adminConsole><!-- y -->\n  <port> 90<!-- z -->90 </port><securePort/></adminConsole>\n\
             <database><a>1</a></database><database><b>2</b><a>3</a></database>\n\
             <x:locale xmlns:x=\"u\">en <![CDATA[& so]]>\n on</x:locale><dotted.name>v</dotted.name>\n</jive>",
        );
        assert_eq!(found.root_name(), "jive");
        assert_eq!(found.root_location().start().line, 3);
        let port = found.get("adminConsole.port").unwrap();
        assert_eq!(port.value, "9090");
        assert_eq!(found.location(port).text(), "90<!-- z -->90");
        assert_eq!((found.location(port).start().line, found.location(port).start().column), (5, 10));
        assert!(
            found.get("adminConsole.securePort").is_none()
                && found.element("adminConsole.securePort").is_some()
        );
        assert_eq!(found.value("database.a"), Some("1"));
        assert_eq!(found.value("database.b"), None, "Openfire looks into the first `database` only");
        assert_eq!(found.value("locale"), Some("en & so on"));
        assert_eq!(found.value("dotted.name"), None);
        let overlooked: Vec<_> = found.iter().filter(|p| !p.is_first).map(|p| p.name.as_str()).collect();
        assert_eq!(overlooked, ["database", "database.b", "database.a", "dotted.name"]);
        assert!(found.element("database").unwrap().has_children);
        assert_eq!(
            found.children("adminConsole").map(Property::last_name).collect::<Vec<_>>(),
            ["port", "securePort"]
        );
    }

    #[test]
    fn repeated_elements_are_a_list() {
        let found = parse(
            "<security><encrypt><property><name>a</name><name/><name> b </name></property></encrypt>\
             <top>1</top><top>2</top></security>",
        );
        let list = |name| found.get_all(name).map(|p| p.value.clone()).collect::<Vec<_>>();
        assert_eq!(list("encrypt.property.name"), ["a", "b"]);
        assert_eq!(list("top"), ["1", "2"]);
        assert_eq!(list("missing.name"), Vec::<String>::new());
    }

    #[test]
    fn a_value_has_no_blanks_and_comments_around_it() {
        let check = |inner: &str, place: &str| {
            let found = parse(&format!("<jive><p>{inner}</p></jive>"));
            let property = found.element("p").unwrap();
            assert_eq!(found.source().slice(property.value_span), place, "{inner}");
        };
        check(" <!-- a --> <!-- b --> 90 <!-- c -->", "90");
        check("<!-- only -->", "");
        check("a<!-- b -->c", "a<!-- b -->c");
        check("> <![CDATA[<!--]]>-->", "> <![CDATA[<!--]]>-->");
        check(" x <b>y</b> z", "x");
        check("", "");
    }

    #[test]
    fn attributes_keep_their_place() {
        let found = parse("<jive><p encrypted=\"true\" iv='QQ=='>x</p></jive>");
        let property = found.get("p").unwrap();
        assert!(property.is_marked_encrypted());
        assert_eq!(property.attribute("iv"), Some("QQ=="));
        assert_eq!(found.source().slice(property.attributes[1].span), "QQ==");
        assert_eq!(found.source().slice(property.name_span), "p");
    }

    #[test]
    fn broken_files_are_refused_with_the_place() {
        let check = |text: &str, line: usize, needle: &str| {
            let error = XmlProperties::parse(&Source::new("f", text)).unwrap_err();
            assert_eq!(error.line(), line, "{text:?}: {error}");
            assert!(error.message().contains(needle), "{error}");
        };
        check("", 1, "empty");
        check("\u{feff} \n", 1, "empty");
        check("<jive>\n<a></b>\n</jive>", 2, "not well-formed");
        check("<jive>\n<a>", 2, "not well-formed");
        check("<!DOCTYPE jive [<!ENTITY x \"y\">]>\n<jive>&x;</jive>", 1, "document type");
        check(&format!("{}{}", "<a>".repeat(70), "</a>".repeat(70)), 1, "deep");
        check(&"<a>".repeat(50_000), 1, "");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(<|>|/|a|b|=|\"| |\n|&amp;|<a>|</a>|<!--|-->|<!\\[CDATA\\[|\\]\\]>|ü|\u{feff}){0,60}") {
            let source = Source::new("f", format!("<jive>{text}</jive>"));
            if let Ok(found) = XmlProperties::parse(&source) {
                for property in &found {
                    prop_assert!(found.location(property).span().end <= source.text().len());
                    let only_text = !property.has_children && !found.location(property).text().contains(['<', '&']);
                    if only_text && !property.value.is_empty() {
                        prop_assert_eq!(collapse(found.location(property).text()), property.value.clone());
                    }
                }
            }
            let _ = XmlProperties::parse(&Source::new("f", text));
        }
    }
}
