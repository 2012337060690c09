//! As much of XML Schema as Hazelcast's files use: which elements and attributes there are, and what they hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use roxmltree::{Document, Node};

/// What a text or an attribute may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds {
    Nothing,
    Text,
    Flag,
    Number { min: Option<i64>, max: Option<i64> },
    Decimal,
    Words(Vec<String>),
}

/// An element at its place.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) holds: Holds,
    pub(crate) default: Option<String>,
    pub(crate) repeats: bool,
    pub(crate) open: bool,
    pub(crate) attributes: BTreeMap<String, DeclaredAttribute>,
    pub(crate) children: BTreeMap<String, Declared>,
}

#[derive(Debug, Clone)]
pub(crate) struct DeclaredAttribute {
    pub(crate) holds: Holds,
    pub(crate) default: Option<String>,
    pub(crate) required: bool,
}

/// The declaration of `hazelcast` in a schema file.
pub(crate) fn read(path: &Path) -> Result<Declared> {
    let mut texts = Vec::new();
    let mut next = Some(path.to_path_buf());
    while let Some(path) = next.take() {
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let included = Document::parse(&text)?
            .descendants()
            .find(|node| node.tag_name().name() == "include")
            .and_then(|node| node.attribute("schemaLocation").map(str::to_owned));
        next = included.map(|name| path.with_file_name(name));
        texts.push(text);
    }
    let documents: Vec<Document<'_>> =
        texts.iter().map(|text| Document::parse(text)).collect::<Result<_, _>>()?;
    let mut schema = Schema::default();
    for node in documents.iter().flat_map(|document| document.root_element().children()) {
        if let Some(name) = node.attribute("name") {
            let kind = node.tag_name().name();
            let map = if kind.ends_with("Type") { &mut schema.types } else { &mut schema.others };
            map.insert(name, node);
        }
    }
    let root = schema.others.get("hazelcast").context("no element hazelcast")?;
    schema.element(*root)
}

#[derive(Default)]
struct Schema<'a> {
    types: BTreeMap<&'a str, Node<'a, 'a>>,
    /// Elements, groups and attribute groups.
    others: BTreeMap<&'a str, Node<'a, 'a>>,
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    node.children().find(|child| child.tag_name().name() == name)
}

impl<'a> Schema<'a> {
    fn element(&self, node: Node<'a, 'a>) -> Result<Declared> {
        let mut declared = Declared {
            holds: Holds::Nothing,
            default: node.attribute("default").map(str::to_owned),
            repeats: false,
            open: false,
            attributes: BTreeMap::new(),
            children: BTreeMap::new(),
        };
        if let Some(complex) = child(node, "complexType") {
            self.complex(complex, &mut declared)?;
        } else if let Some(simple) = child(node, "simpleType") {
            declared.holds = self.simple(simple)?;
        } else {
            match node.attribute("type").map(|name| (name, self.types.get(local(name)))) {
                Some((name, Some(found))) if !name.starts_with("xs:") => {
                    if found.tag_name().name() == "simpleType" {
                        declared.holds = self.simple(*found)?;
                    } else {
                        self.complex(*found, &mut declared)?;
                    }
                }
                Some((name, _)) => declared.holds = built_in(local(name)),
                None => declared.holds = Holds::Text,
            }
        }
        Ok(declared)
    }

    /// What a type of this name holds.
    fn named(&self, name: &str) -> Result<Holds> {
        match self.types.get(local(name)).filter(|_| !name.starts_with("xs:")) {
            Some(found) => self.simple(*found),
            None => Ok(built_in(local(name))),
        }
    }

    fn simple(&self, node: Node<'a, 'a>) -> Result<Holds> {
        if let Some(union) = child(node, "union") {
            return self.union(union);
        }
        let Some(restriction) = child(node, "restriction") else { return Ok(Holds::Text) };
        let mut holds = match (child(restriction, "simpleType"), restriction.attribute("base")) {
            (Some(simple), _) => self.simple(simple)?,
            (None, Some(base)) => self.named(base)?,
            (None, None) => Holds::Text,
        };
        let facet = |name: &str| child(restriction, name).and_then(|node| node.attribute("value"));
        if let Holds::Number { min, max } = &mut holds {
            *min = facet("minInclusive").map(str::parse).transpose()?.or(*min);
            *max = facet("maxInclusive").map(str::parse).transpose()?.or(*max);
        }
        Ok(words(restriction).map_or(holds, Holds::Words))
    }

    /// A choice between types is a list of words only if each of them is one.
    fn union(&self, node: Node<'a, 'a>) -> Result<Holds> {
        let named = node.attribute("memberTypes").unwrap_or_default().split_whitespace();
        let mut parts = named.map(|name| self.named(name)).collect::<Result<Vec<_>>>()?;
        for simple in node.children().filter(|child| child.tag_name().name() == "simpleType") {
            parts.push(self.simple(simple)?);
        }
        let mut all = Vec::new();
        for part in parts {
            let Holds::Words(words) = part else { return Ok(Holds::Text) };
            all.extend(words);
        }
        Ok(Holds::Words(all))
    }

    fn complex(&self, node: Node<'a, 'a>, into: &mut Declared) -> Result<()> {
        if node.attribute("mixed") == Some("true") {
            into.holds = Holds::Text;
        }
        for content in node.children() {
            let Some(derived) = content
                .children()
                .find(|child| matches!(child.tag_name().name(), "extension" | "restriction"))
                .filter(|_| content.tag_name().name().ends_with("Content"))
            else {
                continue;
            };
            let base = derived.attribute("base").unwrap_or_default();
            match self.types.get(local(base)).filter(|found| found.tag_name().name() == "complexType") {
                Some(found) => self.complex(*found, into)?,
                None if content.tag_name().name() == "simpleContent" => into.holds = self.named(base)?,
                // Derived from any type: what stands here is all.
                None => {}
            }
            if let Some(words) = words(derived) {
                into.holds = Holds::Words(words);
            }
            self.content(derived, false, into)?;
            self.attributes(derived, into)?;
        }
        self.content(node, false, into)?;
        self.attributes(node, into)
    }

    /// The elements of a type; `many` when something around them repeats.
    fn content(&self, node: Node<'a, 'a>, many: bool, into: &mut Declared) -> Result<()> {
        for part in node.children().filter(Node::is_element) {
            let many = many || part.attribute("maxOccurs").is_some_and(|most| most != "1");
            match part.tag_name().name() {
                "sequence" | "choice" | "all" => self.content(part, many, into)?,
                "group" => {
                    let name = local(part.attribute("ref").unwrap_or_default());
                    let group = self.others.get(name).with_context(|| format!("no group {name}"))?;
                    self.content(*group, many, into)?;
                }
                "any" => into.open = true,
                "element" => {
                    for (name, target) in self.targets(part)? {
                        let mut declared = self.element(target)?;
                        declared.repeats = many || into.children.contains_key(name);
                        into.children.insert(name.to_owned(), declared);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The elements that may stand where a schema writes `<element>`: one that stands for others is replaced by them.
    fn targets(&self, part: Node<'a, 'a>) -> Result<Vec<(&'a str, Node<'a, 'a>)>> {
        let Some(name) = part.attribute("ref").map(local) else {
            let name = part.attribute("name").context("an element without a name")?;
            return Ok(vec![(name, part)]);
        };
        let head = *self.others.get(name).with_context(|| format!("no element {name}"))?;
        let is_substitute =
            |node: &Node<'_, '_>| node.attribute("substitutionGroup").map(local) == Some(name);
        let mut found: Vec<_> = self
            .others
            .iter()
            .filter(|(_, node)| is_substitute(node))
            .map(|(name, node)| (*name, *node))
            .collect();
        if head.attribute("abstract") != Some("true") {
            found.push((head.attribute("name").unwrap_or_default(), head));
        }
        Ok(found)
    }

    fn attributes(&self, node: Node<'a, 'a>, into: &mut Declared) -> Result<()> {
        for part in node.children() {
            if part.tag_name().name() == "attributeGroup" {
                let name = local(part.attribute("ref").unwrap_or_default());
                self.attributes(self.others[name], into)?;
            }
            let Some(name) = part.attribute("name").filter(|_| part.tag_name().name() == "attribute") else {
                continue;
            };
            let holds = match (child(part, "simpleType"), part.attribute("type")) {
                (Some(simple), _) => self.simple(simple)?,
                (None, Some(name)) => self.named(name)?,
                (None, None) => Holds::Text,
            };
            let attribute = DeclaredAttribute {
                holds,
                default: part.attribute("default").map(str::to_owned),
                required: part.attribute("use") == Some("required"),
            };
            into.attributes.insert(name.to_owned(), attribute);
        }
        Ok(())
    }
}

fn words(restriction: Node<'_, '_>) -> Option<Vec<String>> {
    let listed = restriction.children().filter(|child| child.tag_name().name() == "enumeration");
    let words: Vec<String> = listed.filter_map(|node| node.attribute("value").map(str::to_owned)).collect();
    (!words.is_empty()).then_some(words)
}

fn built_in(name: &str) -> Holds {
    let number = |min, max| Holds::Number { min, max };
    match name {
        "boolean" => Holds::Flag,
        "decimal" | "float" | "double" => Holds::Decimal,
        "int" | "integer" | "long" => number(None, None),
        "unsignedInt" | "unsignedLong" | "nonNegativeInteger" => number(Some(0), None),
        "positiveInteger" => number(Some(1), None),
        "unsignedShort" => number(Some(0), Some(65_535)),
        "unsignedByte" => number(Some(0), Some(255)),
        "short" => number(Some(-32_768), Some(32_767)),
        "byte" => number(Some(-128), Some(127)),
        _ => Holds::Text,
    }
}
