//! From elements to typed configuration, as Hazelcast's processor reads them with validation off: names in any letter case,
//! settings of a repeated element added to those of the first, unknown elements passed over.

mod blocks;
mod cluster;
mod defaults;
mod join;
mod maps;
mod network;
mod values;

use cobnut_diagnostics::{Diagnostic, Severity, Source, Span};

use crate::document::{Document, ElementId, Form};
use crate::{Alone, Config, SchemaLocation, Setting, Spanned, Surroundings, UnusedElement, effective};
use defaults::defaults;

/// Reads a configuration as leniently as Hazelcast.
///
/// Returns the configuration, or `None` when the file cannot be read at all, and what stood in the way of reading it.
/// Mistakes in a readable file are found by the lint rules, not here.
pub fn parse(source: &Source) -> (Option<Config>, Vec<Diagnostic>) {
    parse_with(source, &Alone)
}

/// [`parse`] with the imports, variables and secrets that surround the file.
///
/// Findings may come beside a configuration: a variable without value, an import that is not there. Those that are errors
/// are also kept in [`Config::reading_errors`], so that no server starts on less than the file says.
pub fn parse_with(source: &Source, around: &dyn Surroundings) -> (Option<Config>, Vec<Diagnostic>) {
    let (document, found) = effective::read(source, around);
    let config = document.map(|document| {
        let mut config = interpret(document);
        let errors = found.iter().filter(|finding| finding.severity() == Severity::Error);
        config.reading_errors = errors.cloned().collect();
        config
    });
    (config, found)
}

fn interpret(document: Document) -> Config {
    let mut config = defaults(document);
    let document = config.document.clone();
    let roots = document.roots().to_vec();
    config.schema_location = document.schema_location.clone().map(|text| schema_location(&document, text));
    let mut reading = Reading { document: &document, config: &mut config };
    match document.form() {
        Form::Document => {
            for &root in &roots {
                reading.each_child(root, Reading::root_child);
            }
        }
        Form::Fragment { context } => {
            // Members or interfaces without their element can only be meant to be used.
            let first = roots.first().map(|&id| document.element(id).span);
            match context {
                "hazelcast/network/join/tcp-ip" => {
                    reading.config.network.join.tcp_ip.enabled = Setting { value: true, span: first };
                }
                "hazelcast/network/interfaces" => {
                    reading.config.network.interfaces.enabled = Setting { value: true, span: first };
                }
                _ => {}
            }
            for id in roots {
                reading.named(id, reader_of(context));
            }
        }
    }
    config
}

/// The pieces of a schema location. Blanks within it are one byte each in the file, unless it holds references.
fn schema_location(document: &Document, text: Spanned<String>) -> SchemaLocation {
    let is_plain = document.sources().slice(text.span) == text.value;
    let mut tokens = Vec::new();
    let mut start = 0;
    for token in text.value.split([' ', '\t', '\n', '\r']) {
        if !token.is_empty() {
            let at = text.span.start + start;
            let span = if is_plain { Span::new(at, at + token.len()) } else { text.span };
            tokens.push(Spanned::new(token.to_owned(), span));
        }
        start += token.len() + 1;
    }
    SchemaLocation { text, tokens }
}

/// What reads the outermost elements of a fragment.
fn reader_of<'a>(context: &str) -> Read<'a> {
    match context {
        "hazelcast/network" => Reading::network_child,
        "hazelcast/network/join" => Reading::join_child,
        "hazelcast/network/join/tcp-ip" => Reading::tcp_ip_child,
        "hazelcast/network/interfaces" => Reading::interfaces_child,
        _ => Reading::root_child,
    }
}

/// Reads one element by its name in lower case.
type Read<'a> = fn(&mut Reading<'a>, ElementId, &str);

/// One pass over a document, filling in the configuration.
struct Reading<'a> {
    document: &'a Document,
    config: &'a mut Config,
}

impl<'a> Reading<'a> {
    fn each_child(&mut self, id: ElementId, read: Read<'a>) {
        for &child in &self.document.element(id).children {
            self.named(child, read);
        }
    }

    fn named(&mut self, id: ElementId, read: Read<'a>) {
        let name = self.document.element(id).lower_name();
        read(self, id, &name);
    }

    fn root_child(&mut self, id: ElementId, name: &str) {
        match name {
            "cluster-name" => self.cluster_name(id),
            "group" => self.each_child(id, Self::group_child),
            "network" => self.each_child(id, Self::network_child),
            "properties" => self.each_child(id, Self::property),
            "import" => {
                if let Some(resource) = self.document.element(id).attribute("resource") {
                    self.config.imports.push(resource.value.clone());
                }
            }
            // The reader has obeyed it already.
            "config-replacers" => {}
            "instance-name" => {
                self.config.instance_name = Some(self.document.trimmed_text(id));
            }
            _ => {
                self.unused(id);
                self.cluster_block(id, name);
            }
        }
    }

    fn group_child(&mut self, id: ElementId, name: &str) {
        match name {
            "name" => self.cluster_name(id),
            "password" => self.config.group_password = Some(self.document.trimmed_text(id)),
            _ => self.unused(id),
        }
    }

    fn cluster_name(&mut self, id: ElementId) {
        let Spanned { value, span } = self.document.trimmed_text(id);
        if !value.is_empty() {
            self.config.cluster_name = Setting::written(value, span);
        }
    }

    fn property(&mut self, id: ElementId, name: &str) {
        match self.text_of(id, "name") {
            Some(key) if name == "property" => {
                self.config.properties.push(key, self.document.trimmed_text(id));
            }
            _ => self.unused(id),
        }
    }

    fn unused(&mut self, id: ElementId) {
        let element = self.document.element(id);
        let enabled = self.flag_in_any_case(id, "enabled");
        self.config.unused.push(UnusedElement {
            path: self.document.path(id),
            span: element.span,
            name_span: element.name_span,
            enabled: enabled.and_then(|flag| flag.span.map(|span| Spanned::new(flag.value, span))),
        });
    }
}

#[cfg(test)]
mod tests;
