//! Blocks whose YAML follows no general pattern.

use cobnut_diagnostics::Diagnostic;

use super::shape::Shaping;
use super::tree::{Kind, NodeId};
use crate::document::ElementId;
use crate::elements::Known;

type Outcome = Result<(), Box<Diagnostic>>;
type Pair = (NodeId, NodeId);

impl Shaping<'_> {
    /// Reads a key of an irregular block; `None` when the key is a regular one.
    pub(super) fn irregular(&mut self, id: ElementId, known: Known, (key, value): Pair) -> Option<Outcome> {
        let span = self.tree.node(key).span;
        let written = self.tree.text(key)?;
        match (known.info.name, written) {
            ("client-permissions", _) => {
                let suffix = if written == "all" { "permissions" } else { "permission" };
                let child = known.child(&format!("{written}-{suffix}"))?;
                Some(self.known_child(id, child, span, value))
            }
            ("serialization", "global-serializer" | "serializers") => {
                let list = known.child("serializers")?;
                Some(self.serializers(id, list, (key, value)))
            }
            ("predicate", _) if self.tree.text(value).is_some() => {
                self.attribute(id, "type", span, key);
                self.text(id, value);
                Some(Ok(()))
            }
            ("hazelcast", "event-journal" | "merkle-tree") => {
                let journal = known.child(written)?;
                Some(self.pairs(value)?.into_iter().try_for_each(|(kind, names)| {
                    let kind = format!("{}Name", self.tree.text(kind).unwrap_or_default());
                    self.named_inside(id, journal, &kind, names)
                }))
            }
            ("user-code-namespaces", "name-spaces") => {
                let namespace = known.child("namespace")?;
                let names = self.pairs(value)?;
                Some(names.into_iter().try_for_each(|pair| self.namespace(id, namespace, pair)))
            }
            _ => {
                let inner = super::shape::repeated_child(known).filter(|_| known.child(written).is_none())?;
                if known.attribute(written).is_some() || inner.attribute("name").is_some() {
                    return None;
                }
                if inner.child("name").is_some() {
                    return Some(self.named_inside_one(id, inner, "name", (key, value)));
                }
                // Names of attributes and the like: the key is the text.
                let is_text = inner.info.children.is_empty() && !inner.info.attributes.is_empty();
                let pairs = self.pairs(value).filter(|_| is_text)?;
                Some(self.element(Some(id), inner.info.name, span, value).and_then(|inner_id| {
                    self.text(inner_id, key);
                    pairs
                        .into_iter()
                        .try_for_each(|(key, value)| self.fill_pair(inner_id, Some(inner), key, value))
                }))
            }
        }
    }

    /// The global serializer stands beside the list of the others.
    fn serializers(&mut self, parent: ElementId, list: Known, (key, value): Pair) -> Outcome {
        let span = self.tree.node(key).span;
        let mut there = self.document.element(parent).children.iter().copied();
        let id = match there.find(|&child| self.document.element(child).name == list.info.name) {
            Some(id) => id,
            None => self.element(Some(parent), list.info.name, span, value)?,
        };
        match self.tree.text(key).and_then(|name| list.child(name).map(|known| (name, known))) {
            Some((name, known)) => self.child(id, name, span, Some(known), value).map(drop),
            None => self.fill(id, Some(list), value),
        }
    }

    /// Several elements, each with a child that holds its key.
    pub(super) fn named_inside(
        &mut self,
        parent: ElementId,
        known: Known,
        name: &str,
        value: NodeId,
    ) -> Outcome {
        let pairs = self.pairs(value).unwrap_or_default();
        pairs.into_iter().try_for_each(|pair| self.named_inside_one(parent, known, name, pair))
    }

    fn named_inside_one(
        &mut self,
        parent: ElementId,
        known: Known,
        name: &str,
        (key, value): Pair,
    ) -> Outcome {
        let span = self.tree.node(key).span;
        let id = self.element(Some(parent), known.info.name, span, value)?;
        let name_id = self.element(Some(id), name, span, key)?;
        self.text(name_id, key);
        self.fill(id, Some(known), value)
    }

    /// A list of resources, whose kind is a key of each.
    fn namespace(&mut self, parent: ElementId, known: Known, (key, value): Pair) -> Outcome {
        let span = self.tree.node(key).span;
        let id = self.element(Some(parent), known.info.name, span, value)?;
        self.attribute(id, "name", span, key);
        let Kind::Sequence(items) = &self.tree.node(value).kind else { return Ok(()) };
        for &item in items {
            let pairs = self.pairs(item).unwrap_or_default();
            let kind = pairs.iter().find(|(key, _)| self.tree.text(*key) == Some("resource-type"));
            let Some(kind) = kind.and_then(|(_, kind)| self.tree.text(*kind)) else { continue };
            let name = kind.to_lowercase().replace('_', "-");
            let resource = self.element(Some(id), &name, self.tree.node(item).span, item)?;
            for (key, value) in
                pairs.into_iter().filter(|(key, _)| self.tree.text(*key) != Some("resource-type"))
            {
                self.fill_pair(resource, known.child(&name), key, value)?;
            }
        }
        Ok(())
    }

    /// The pairs of a mapping.
    fn pairs(&self, value: NodeId) -> Option<Vec<Pair>> {
        match &self.tree.node(value).kind {
            Kind::Mapping(pairs) => Some(pairs.clone()),
            Kind::Scalar { .. } | Kind::Sequence(_) => None,
        }
    }

    /// Whether a mapping holds nothing but further mappings: names with what they name.
    pub(super) fn holds_mappings(&self, pairs: &[Pair]) -> bool {
        pairs.iter().all(|(_, value)| matches!(self.tree.node(*value).kind, Kind::Mapping(_)))
    }
}
