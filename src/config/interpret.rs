//! From elements to typed configuration, as Hazelcast's processor reads them with validation off: names in any letter case,
//! settings of a repeated element added to those of the first, unknown elements passed over.

use cobnut_diagnostics::{Diagnostic, Source, Span};

use crate::document::{Document, ElementId, Form};
use crate::network::split_entries;
use crate::scalar::{java_bool, java_trim, parse_int};
use crate::schema::{
    DEFAULT_CLUSTER_NAME, DEFAULT_MULTICAST_GROUP, DEFAULT_MULTICAST_PORT, DEFAULT_PORT, DEFAULT_PORT_COUNT,
};
use crate::{
    AddressPattern, Config, EntryElement, Interface, Interfaces, Join, Joiner, JoinerKind, Multicast,
    Network, Port, Properties, Setting, Spanned, TcpIp, UnusedElement, reader,
};

/// Reads a configuration as leniently as Hazelcast.
///
/// Returns the configuration, or `None` when the file cannot be read at all, and what stood in the way of reading it.
/// Mistakes in a readable file are found by the lint rules, not here.
pub fn parse(source: &Source) -> (Option<Config>, Vec<Diagnostic>) {
    match reader::read(source) {
        Ok(document) => (Some(interpret(document)), Vec::new()),
        Err(error) => (None, vec![*error]),
    }
}

fn interpret(document: Document) -> Config {
    let mut config = defaults(document);
    let document = config.document.clone();
    let roots = document.roots().to_vec();
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

fn defaults(document: Document) -> Config {
    Config {
        sources: document.sources().clone(),
        document,
        cluster_name: Setting::implied(DEFAULT_CLUSTER_NAME.to_owned()),
        group_password: None,
        network: Network {
            port: Port {
                number: Setting::implied(DEFAULT_PORT),
                auto_increment: Setting::implied(true),
                port_count: Setting::implied(DEFAULT_PORT_COUNT),
            },
            join: Join {
                span: None,
                multicast: Multicast {
                    span: None,
                    enabled: Setting::implied(false),
                    group: Setting::implied(DEFAULT_MULTICAST_GROUP.to_owned()),
                    port: Setting::implied(DEFAULT_MULTICAST_PORT),
                    timeout_seconds: Setting::implied(2),
                    time_to_live: Setting::implied(32),
                    trusted_interfaces: Vec::new(),
                    loopback_mode: None,
                },
                tcp_ip: TcpIp {
                    span: None,
                    enabled: Setting::implied(false),
                    connection_timeout_seconds: Setting::implied(5),
                    entries: Vec::new(),
                    empty: Vec::new(),
                },
                others: Vec::new(),
            },
            interfaces: Interfaces { span: None, enabled: Setting::implied(false), patterns: Vec::new() },
        },
        properties: Properties::default(),
        imports: Vec::new(),
        unused: Vec::new(),
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
            _ => self.unused(id),
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
        match self.document.element(id).attribute("name") {
            Some(key) if name == "property" => {
                // Hazelcast trims the text, not the name.
                self.config.properties.push(key.value.clone(), self.document.trimmed_text(id));
            }
            _ => self.unused(id),
        }
    }

    fn network_child(&mut self, id: ElementId, name: &str) {
        match name {
            "port" => self.port(id),
            "join" => {
                self.config.network.join.span = Some(self.document.element(id).span);
                self.each_child(id, Self::join_child);
            }
            "interfaces" => {
                self.config.network.interfaces.span = Some(self.document.element(id).span);
                if let Some(enabled) = self.flag(id, "enabled", Trim::No) {
                    self.config.network.interfaces.enabled = enabled;
                }
                self.each_child(id, Self::interfaces_child);
            }
            _ => self.unused(id),
        }
    }

    fn port(&mut self, id: ElementId) {
        if let Some(number) = self.number(id).and_then(in_range::<u16>) {
            self.config.network.port.number = number;
        }
        if let Some(flag) = self.flag(id, "auto-increment", Trim::No) {
            self.config.network.port.auto_increment = flag;
        }
        let count = self.document.element(id).attribute("port-count").map(|attribute| &attribute.value);
        if let Some(count) =
            count.and_then(|value| parse_int(java_trim(&value.value)).filter(|&count| count > 0))
        {
            let span =
                self.document.element(id).attribute("port-count").map(|attribute| attribute.value.span);
            self.config.network.port.port_count = Setting { value: u32::try_from(count).unwrap_or(1), span };
        }
    }

    fn interfaces_child(&mut self, id: ElementId, name: &str) {
        if name == "interface" {
            let interface = self.interface(id);
            self.config.network.interfaces.patterns.push(interface);
        } else {
            self.unused(id);
        }
    }

    fn interface(&self, id: ElementId) -> Interface {
        let text = self.document.trimmed_text(id);
        let pattern = AddressPattern::parse(&text.value);
        Interface { text, pattern }
    }

    fn join_child(&mut self, id: ElementId, name: &str) {
        match name {
            "multicast" => {
                self.config.network.join.multicast.span = Some(self.document.element(id).span);
                if let Some(enabled) = self.flag_in_any_case(id, "enabled") {
                    self.config.network.join.multicast.enabled = enabled;
                }
                let loopback = self.flag_in_any_case(id, "loopbackmodeenabled");
                self.config.network.join.multicast.loopback_mode =
                    loopback.and_then(|flag| flag.span.map(|span| Spanned::new(flag.value, span)));
                self.each_child(id, Self::multicast_child);
            }
            "tcp-ip" => {
                self.config.network.join.tcp_ip.span = Some(self.document.element(id).span);
                if let Some(enabled) = self.flag(id, "enabled", Trim::Yes) {
                    self.config.network.join.tcp_ip.enabled = enabled;
                }
                let timeout = self.document.element(id).attribute("connection-timeout-seconds");
                if let Some(timeout) = timeout
                    && let Some(seconds) = parse_int(java_trim(&timeout.value.value))
                        .and_then(|seconds| u32::try_from(seconds).ok())
                {
                    self.config.network.join.tcp_ip.connection_timeout_seconds =
                        Setting::written(seconds, timeout.value.span);
                }
                self.each_child(id, Self::tcp_ip_child);
            }
            "discovery-strategies" => self.each_child(id, Self::strategies_child),
            _ => match JoinerKind::from_name(name) {
                Some(kind) => self.joiner(id, kind),
                None => self.unused(id),
            },
        }
    }

    fn strategies_child(&mut self, id: ElementId, name: &str) {
        match name {
            "discovery-strategy" => self.joiner(id, JoinerKind::DiscoveryStrategy),
            _ => self.unused(id),
        }
    }

    fn joiner(&mut self, id: ElementId, kind: JoinerKind) {
        let element = self.document.element(id);
        let enabled = self.flag_in_any_case(id, "enabled").unwrap_or(Setting::implied(false));
        self.config.network.join.others.push(Joiner {
            kind,
            span: element.span,
            name_span: element.name_span,
            enabled,
        });
    }

    fn multicast_child(&mut self, id: ElementId, name: &str) {
        let multicast = &mut self.config.network.join.multicast;
        match name {
            "multicast-group" => {
                let Spanned { value, span } = self.document.trimmed_text(id);
                if !value.is_empty() {
                    multicast.group = Setting::written(value, span);
                }
            }
            "multicast-port" => {
                if let Some(port) = self.number(id).and_then(in_range::<u16>) {
                    self.config.network.join.multicast.port = port;
                }
            }
            "multicast-timeout-seconds" => {
                if let Some(seconds) = self.number(id).and_then(in_range::<u32>) {
                    self.config.network.join.multicast.timeout_seconds = seconds;
                }
            }
            "multicast-time-to-live" | "multicast-time-to-live-seconds" => {
                if let Some(hops) = self.number(id).and_then(in_range::<u8>) {
                    self.config.network.join.multicast.time_to_live = hops;
                }
            }
            "trusted-interfaces" => self.each_child(id, Self::trusted_child),
            _ => self.unused(id),
        }
    }

    fn trusted_child(&mut self, id: ElementId, name: &str) {
        if name == "interface" {
            let interface = self.interface(id);
            self.config.network.join.multicast.trusted_interfaces.push(interface);
        } else {
            self.unused(id);
        }
    }

    fn tcp_ip_child(&mut self, id: ElementId, name: &str) {
        match name {
            "member" => self.entries(id, EntryElement::Member),
            "members" => self.entries(id, EntryElement::Members),
            "interface" => self.entries(id, EntryElement::Interface),
            "required-member" => self.entries(id, EntryElement::RequiredMember),
            "member-list" => self.each_child(id, Self::member_list_child),
            _ => self.unused(id),
        }
    }

    fn member_list_child(&mut self, id: ElementId, name: &str) {
        match name {
            "member" => self.entries(id, EntryElement::MemberList),
            _ => self.unused(id),
        }
    }

    fn entries(&mut self, id: ElementId, element: EntryElement) {
        let span = self.document.element(id).span;
        let value = self.document.element(id).text.value();
        let trimmed = java_trim(value);
        let lead = value.find(trimmed).unwrap_or(0);
        let places = self.document.element(id).text.places(self.document.sources());
        let place = |range: std::ops::Range<usize>| places.span(lead + range.start..lead + range.end);
        let entries = split_entries(trimmed, element, span, place);
        let tcp_ip = &mut self.config.network.join.tcp_ip;
        if entries.is_empty() {
            tcp_ip.empty.push(span);
        }
        tcp_ip.entries.extend(entries);
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

    fn number(&self, id: ElementId) -> Option<Spanned<i32>> {
        let Spanned { value, span } = self.document.trimmed_text(id);
        parse_int(&value).map(|number| Spanned::new(number, span))
    }

    fn flag(&self, id: ElementId, name: &str, trim: Trim) -> Option<Setting<bool>> {
        let value = &self.document.element(id).attribute(name)?.value;
        let text = if trim == Trim::Yes { java_trim(&value.value) } else { &value.value };
        Some(Setting::written(java_bool(text), value.span))
    }

    /// Joiners compare attribute names in lower case and trim the value.
    fn flag_in_any_case(&self, id: ElementId, name: &str) -> Option<Setting<bool>> {
        let value = &self.document.element(id).attribute_ignoring_case(name)?.value;
        Some(Setting::written(java_bool(java_trim(&value.value)), value.span))
    }
}

/// Whether Hazelcast trims an attribute before it compares it with `true`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trim {
    Yes,
    No,
}

/// A number that fits; one that does not leaves the default, as the rules report it.
fn in_range<T: TryFrom<i32>>(number: Spanned<i32>) -> Option<Setting<T>> {
    let span: Span = number.span;
    T::try_from(number.value).ok().map(|value| Setting::written(value, span))
}
