//! Maps as the rules look at them: settings with their places, in the spelling of any version.

use cobnut_config::{Document, ElementId, Spanned, parse_int};
use cobnut_diagnostics::Span;

use crate::Node;

/// One `<map>` of a file.
#[derive(Debug, Clone, Copy)]
pub(in crate::rules) struct Map<'a> {
    pub(super) document: &'a Document,
    pub(super) id: ElementId,
}

/// When entries are thrown away: `<eviction …/>`, or up to 3.12 `<eviction-policy>` and `<max-size>`.
#[derive(Debug, Clone, Default)]
pub(super) struct Eviction {
    pub(super) policy: Option<Spanned<String>>,
    pub(super) size_policy: Option<Spanned<String>>,
    pub(super) size: Option<Spanned<i32>>,
    /// The start tag of `<eviction>`.
    pub(super) tag: Option<Span>,
}

/// The maps of a file, in its order.
pub(in crate::rules) fn maps(node: &Node) -> impl Iterator<Item = Map<'_>> {
    let document = &node.config.document;
    document.at_path("hazelcast/map").map(move |id| Map { document, id })
}

impl<'a> Map<'a> {
    pub(in crate::rules) fn name(self) -> Option<&'a Spanned<String>> {
        self.document.element(self.id).attribute("name").map(|attribute| &attribute.value)
    }

    /// Its name for messages.
    pub(in crate::rules) fn label(self) -> String {
        self.name().map_or_else(|| "<map>".to_owned(), |name| format!("map `{}`", name.value))
    }

    /// The place of its name, or of its element's.
    pub(in crate::rules) fn span(self) -> Span {
        self.name().map_or(self.document.element(self.id).name_span, |name| name.span)
    }

    pub(super) fn child(self, name: &str) -> Option<ElementId> {
        let children = &self.document.element(self.id).children;
        children.iter().copied().find(|&child| self.document.element(child).name.eq_ignore_ascii_case(name))
    }

    /// The near cache, which has the same kind of settings.
    pub(super) fn near_cache(self) -> Option<Self> {
        self.child("near-cache").map(|id| Self { id, ..self })
    }

    pub(in crate::rules) fn text(self, name: &str) -> Option<Spanned<String>> {
        let text = self.document.trimmed_text(self.child(name)?);
        (!text.value.is_empty()).then_some(text)
    }

    pub(in crate::rules) fn number(self, name: &str) -> Option<Spanned<i32>> {
        let text = self.text(name)?;
        parse_int(&text.value).map(|number| Spanned::new(number, text.span))
    }

    /// Its eviction as one text, built-in values filled in.
    pub(in crate::rules) fn eviction_text(self) -> String {
        let Eviction { policy, size_policy, size, .. } = self.eviction();
        let text = |text: Option<Spanned<String>>, built_in: &str| {
            text.map_or_else(|| built_in.to_owned(), |text| text.value)
        };
        let size = size.map_or(0, |size| size.value);
        format!("{} {} {size}", text(policy, "NONE"), text(size_policy, "PER_NODE"))
    }

    pub(super) fn eviction(self) -> Eviction {
        let attribute = |id: ElementId, name: &str| {
            self.document.element(id).attribute(name).map(|attribute| attribute.value.clone())
        };
        let number = |text: Spanned<String>| {
            parse_int(text.value.trim()).map(|number| Spanned::new(number, text.span))
        };
        if let Some(id) = self.child("eviction") {
            return Eviction {
                policy: attribute(id, "eviction-policy"),
                size_policy: attribute(id, "max-size-policy"),
                size: attribute(id, "size").and_then(number),
                tag: Some(self.document.start_tag(id)),
            };
        }
        Eviction {
            policy: self.text("eviction-policy"),
            size_policy: self.child("max-size").and_then(|id| attribute(id, "policy")),
            size: self.number("max-size"),
            tag: None,
        }
    }
}

impl Eviction {
    /// Whether entries are ever chosen; without a policy they are not.
    pub(super) fn is_on(&self) -> bool {
        self.policy.as_ref().is_some_and(|policy| !policy.value.trim().eq_ignore_ascii_case("NONE"))
    }
}
