//! `<config-replacers>` of one document, and what they make of its texts and attributes.

use std::ops::Range;

use cobnut_diagnostics::Diagnostic;

use super::encryption::{self, Decryption};
use super::findings;
use super::variables::{Reference, Value, references};
use crate::document::{Document, ElementId};
use crate::scalar::java_bool;
use crate::{Properties, Sources, Surroundings};

/// Hazelcast's own class for `${…}`, which may be named as well.
const PROPERTY_CLASS: &str = "com.hazelcast.config.replacer.PropertyReplacer";
/// Set by Openfire itself before it reads the file.
const SET_BY_OPENFIRE: &str = "openfireHome";
/// Longest value that references may grow to, in bytes.
const VALUE_BYTES_MAX: usize = 1 << 20;
/// Most bytes that all references of one configuration may grow to.
pub(super) const EXPANDED_BYTES_MAX: usize = 8 << 20;
/// Most references in one value: each of them moves everything behind it.
const REFERENCES_MAX: usize = 1000;
/// Most findings about references in one configuration.
const FINDINGS_MAX: usize = 200;

/// What replaces references in one document.
pub(super) struct Replacers<'a> {
    around: &'a dyn Surroundings,
    /// With `<config-replacers>`, a missing value is an error unless the file says otherwise.
    fails_if_missing: bool,
    custom: Vec<Replacer>,
    /// A replacer that this crate cannot stand for: its references must not pass for text.
    has_unknown: bool,
    pass: Pass,
}

/// Hazelcast goes over each document, and then over all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    First,
    Last,
}

enum Replacer {
    /// The values are its own properties.
    Properties(Properties),
    Decryption(Result<Decryption, String>),
}

/// What is said about references, and how much they have grown.
#[derive(Default)]
pub(super) struct Account {
    pub(super) found: Vec<Diagnostic>,
    pub(super) expanded: usize,
    /// Rounds of key derivation so far.
    rounds: u32,
}

impl Account {
    /// The second pass over a document meets what the first one left.
    fn report(&mut self, finding: Diagnostic) {
        if self.found.len() < FINDINGS_MAX && !self.found.contains(&finding) {
            self.found.push(finding);
        }
    }
}

impl<'a> Replacers<'a> {
    /// Reads the `config-replacers` of a document; those of an imported one hold for it alone.
    pub(super) fn of(document: &Document, around: &'a dyn Surroundings, account: &mut Account) -> Self {
        let mut replacers = Self {
            around,
            fails_if_missing: false,
            custom: Vec::new(),
            has_unknown: false,
            pass: Pass::First,
        };
        let Some(&block) = document.top_level().find(|&&id| document.element(id).name == "config-replacers")
        else {
            return replacers;
        };
        let fails = document.element(block).attribute("fail-if-value-missing");
        replacers.fails_if_missing =
            fails.is_none_or(|fails| fails.value.value.is_empty() || java_bool(fails.value.value.trim()));
        for &child in &document.element(block).children {
            if document.element(child).lower_name() == "replacer" {
                replacers.add(document, child, account);
            }
        }
        replacers
    }

    fn add(&mut self, document: &Document, id: ElementId, account: &mut Account) {
        let Some(class) = document.element(id).attribute("class-name").map(|class| &class.value) else {
            let place = document.sources().location(document.element(id).name_span);
            account.report(findings::replacer_without_class(place));
            self.has_unknown = true;
            return;
        };
        let mut properties = Properties::default();
        let blocks = document.element(id).children.iter();
        for &block in blocks.filter(|&&block| document.element(block).lower_name() == "properties") {
            for &property in &document.element(block).children {
                if let Some(name) = document.element(property).attribute("name") {
                    properties.push(name.value.clone(), document.trimmed_text(property));
                }
            }
        }
        match class.value.trim() {
            PROPERTY_CLASS => self.custom.push(Replacer::Properties(properties)),
            encryption::CLASS => {
                self.custom.push(Replacer::Decryption(Decryption::new(&properties, self.around)));
            }
            unknown => {
                let place = document.sources().location(class.span);
                account.report(findings::unsupported_replacer(place, unknown));
                self.has_unknown = true;
            }
        }
    }

    /// Replaces the references in all attributes and texts of a document. What the last pass leaves is reported.
    pub(super) fn apply(&mut self, document: &mut Document, account: &mut Account, pass: Pass) {
        self.pass = pass;
        for id in document.ids() {
            self.in_attributes(document, id, account);
            self.in_text(document, id, account);
        }
    }

    fn in_attributes(&self, document: &mut Document, id: ElementId, account: &mut Account) {
        for index in 0..document.element(id).attributes.len() {
            let value = &document.element(id).attributes[index].value;
            if !may_refer(&value.value) {
                continue;
            }
            let is_plain = document.sources().slice(value.span) == value.value;
            let places = value.value.char_indices().flat_map(|(at, character)| {
                let length = character.len_utf8();
                let own =
                    cobnut_diagnostics::Span::new(value.span.start + at, value.span.start + at + length);
                std::iter::repeat_n(if is_plain { own } else { value.span }, length)
            });
            let before = Value { text: value.value.clone(), places: places.collect() };
            if let Some(after) = self.replaced(before, document.sources(), account) {
                document.elements[id.0].attributes[index].value.value = after.text;
            }
        }
    }

    fn in_text(&self, document: &mut Document, id: ElementId, account: &mut Account) {
        let text = &document.element(id).text;
        if !may_refer(&text.value) {
            return;
        }
        let places = text.places(document.sources()).bytes;
        let ends = text.pieces.iter().skip(1).map(|piece| piece.value_start).chain([text.value.len()]);
        let mut after = Value { text: String::new(), places: Vec::new() };
        let (mut starts, mut is_changed) = (Vec::new(), false);
        let mut start = 0;
        // A comment ends a text for Hazelcast: no reference reaches across it.
        for end in ends {
            let (Some(part), Some(own)) = (text.value.get(start..end), places.get(start..end)) else {
                return;
            };
            let before = Value { text: part.to_owned(), places: own.to_vec() };
            starts.push(after.text.len());
            let replaced = self.replaced(before.clone(), document.sources(), account);
            is_changed |= replaced.is_some();
            let part = replaced.unwrap_or(before);
            after.text.push_str(&part.text);
            after.places.extend(part.places);
            start = end;
        }
        if is_changed {
            let text = &mut document.elements[id.0].text;
            text.value = after.text;
            text.replaced = Some(after.places);
            for (piece, start) in text.pieces.iter_mut().zip(starts) {
                piece.value_start = start;
            }
        }
    }

    /// The value after all replacers, in their order; `None` if nothing changed.
    fn replaced(&self, mut value: Value, sources: &Sources, account: &mut Account) -> Option<Value> {
        let before = value.text.clone();
        if self.pass == Pass::First && self.fails_if_missing {
            self.report_missing(&value, sources, account);
        }
        self.by(&mut value, "${", sources, account, &|name, _| {
            self.around.variable(name).ok_or(Missing::Silent)
        });
        for replacer in &self.custom {
            match replacer {
                Replacer::Properties(own) => {
                    let lookup = |name: &str| own.value(name).map(|value| value.value.clone());
                    self.by(&mut value, "${", sources, account, &|name, _| {
                        lookup(name).ok_or(Missing::Silent)
                    });
                }
                Replacer::Decryption(Ok(decryption)) => {
                    let lookup = |name: &str, rounds: &mut u32| {
                        decryption.decrypt(name, rounds).map_err(|reason| Missing::Because(reason.into()))
                    };
                    self.by(&mut value, "$ENC{", sources, account, &lookup);
                }
                Replacer::Decryption(Err(reason)) => {
                    let lookup = |_: &str, _: &mut u32| Err(Missing::Because(reason.clone()));
                    self.by(&mut value, "$ENC{", sources, account, &lookup);
                }
            }
        }
        if self.pass == Pass::Last {
            self.report_leftovers(&value, sources, account);
        }
        (value.text != before).then_some(value)
    }

    /// One replacer over one value.
    fn by(
        &self,
        value: &mut Value,
        start: &str,
        sources: &Sources,
        account: &mut Account,
        lookup: &dyn Fn(&str, &mut u32) -> Result<String, Missing>,
    ) {
        let (found, _) = references(&value.text, start);
        if let Some(Reference { whole, .. }) = found.get(REFERENCES_MAX) {
            account.report(findings::too_large(sources.location(value.place(whole.clone()))));
            return;
        }
        // From the last to the first, so that the ranges in front stay right.
        for Reference { whole, name } in found.into_iter().rev() {
            if crosses_cdata(sources.slice(value.place(whole.clone()))) {
                continue;
            }
            match lookup(value.text.get(name).unwrap_or_default(), &mut account.rounds) {
                Ok(with) => {
                    account.expanded += with.len();
                    if value.text.len() + with.len() > VALUE_BYTES_MAX
                        || account.expanded > EXPANDED_BYTES_MAX
                    {
                        account.report(findings::too_large(sources.location(value.place(whole))));
                        return;
                    }
                    value.replace(whole, &with);
                }
                Err(Missing::Silent) => {}
                Err(Missing::Because(reason)) => {
                    let place = sources.location(value.place(whole));
                    account.report(findings::undecryptable(place, &reason, self.fails_if_missing));
                }
            }
        }
    }

    fn knows(&self, name: &str) -> bool {
        if self.fails_if_missing {
            // Hazelcast asks Java's properties first, and fails before it comes to the others.
            return self.around.variable(name).is_some();
        }
        let is_own =
            |replacer: &Replacer| matches!(replacer, Replacer::Properties(own) if own.value(name).is_some());
        self.around.variable(name).is_some() || self.custom.iter().any(is_own)
    }

    /// References that no replacer has a value for.
    fn report_missing(&self, value: &Value, sources: &Sources, account: &mut Account) {
        for Reference { whole, name } in references(&value.text, "${").0 {
            let name = value.text.get(name).unwrap_or_default();
            if !self.knows(name) && name != SET_BY_OPENFIRE {
                let place = sources.location(value.place(whole));
                account.report(findings::unresolved(place, name, self.fails_if_missing));
            }
        }
    }

    /// What stays of references after the last pass.
    fn report_leftovers(&self, value: &Value, sources: &Sources, account: &mut Account) {
        let place = |range: Range<usize>| sources.location(value.place(range));
        if self.around.knows_variables() || self.fails_if_missing {
            self.report_missing(value, sources, account);
        }
        for Reference { whole, name } in references(&value.text, "${").0 {
            let name = value.text.get(name).unwrap_or_default();
            if self.knows(name) {
                account.report(findings::too_indirect(place(whole), name));
            }
        }
        let (_, open) = references(&value.text, "${");
        if let Some(open) = open {
            account.report(findings::unclosed(place(open..open + 2)));
        }
        if self.has_unknown {
            for range in foreign_references(&value.text) {
                account.report(findings::foreign_reference(place(range)));
            }
        }
    }
}

/// Why a reference has no value.
enum Missing {
    /// Another replacer may know it.
    Silent,
    Because(String),
}

/// For Hazelcast a CDATA section is a text of its own: no reference reaches across its ends.
fn crosses_cdata(raw: &str) -> bool {
    raw.contains("<![CDATA[") || raw.contains("]]>")
}

fn may_refer(text: &str) -> bool {
    text.contains('$') && text.contains('{')
}

/// References of replacers that are not Hazelcast's own: `$PREFIX{…}`.
fn foreign_references(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices('$') {
        let rest = text.get(start + 1..).unwrap_or_default();
        let brace = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let prefix = rest.get(..brace).unwrap_or_default();
        let is_reference = !prefix.is_empty() && rest.get(brace..).is_some_and(|rest| rest.starts_with('{'));
        if is_reference && prefix != "ENC" {
            let end = rest.find('}').map_or(text.len(), |end| start + 1 + end + 1);
            found.push(start..end);
        }
    }
    found
}
