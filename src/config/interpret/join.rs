//! `join` and its children.

use super::{
    Reading,
    values::{Trim, in_range},
};
use crate::document::ElementId;
use crate::network::split_entries;
use crate::scalar::{java_trim, parse_int};
use crate::{DEFAULT_PORT, EntryElement, Joiner, JoinerKind, ServiceDns, Setting, Spanned};

impl Reading<'_> {
    pub(super) fn join_child(&mut self, id: ElementId, name: &str) {
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
            "auto-detection" => {
                let enabled = self.flag_in_any_case(id, "enabled").unwrap_or(Setting::implied(true));
                self.config.network.join.auto_detection = Some(enabled);
            }
            "discovery-strategies" => self.each_child(id, Self::strategies_child),
            _ => match JoinerKind::from_name(name) {
                Some(kind) => self.joiner(id, kind),
                None => self.unused(id),
            },
        }
    }

    pub(super) fn strategies_child(&mut self, id: ElementId, name: &str) {
        match name {
            "discovery-strategy" => self.joiner(id, JoinerKind::DiscoveryStrategy),
            _ => self.unused(id),
        }
    }

    pub(super) fn joiner(&mut self, id: ElementId, kind: JoinerKind) {
        let element = self.document.element(id);
        let enabled = self.flag_in_any_case(id, "enabled").unwrap_or(Setting::implied(false));
        self.config.network.join.others.push(Joiner {
            kind,
            span: element.span,
            name_span: element.name_span,
            enabled,
            service_dns: (kind == JoinerKind::Kubernetes).then(|| self.service_dns(id)).flatten(),
        });
    }

    /// `service-dns` and `service-port` of `kubernetes`; an empty name is none.
    fn service_dns(&self, joiner: ElementId) -> Option<ServiceDns> {
        let child = |name: &str| {
            let mut children = self.document.element(joiner).children.iter().copied();
            children.find(|&child| self.document.element(child).lower_name() == name)
        };
        let name = self.document.trimmed_text(child("service-dns")?);
        let port = child("service-port").and_then(|id| self.number(id)).and_then(in_range::<u16>);
        let port = port.filter(|port| **port > 0).unwrap_or(Setting::implied(DEFAULT_PORT));
        (!name.value.is_empty()).then_some(ServiceDns { name, port })
    }

    pub(super) fn multicast_child(&mut self, id: ElementId, name: &str) {
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

    pub(super) fn trusted_child(&mut self, id: ElementId, name: &str) {
        if name == "interface" {
            let interface = self.interface(id);
            self.config.network.join.multicast.trusted_interfaces.push(interface);
        } else {
            self.unused(id);
        }
    }

    pub(super) fn tcp_ip_child(&mut self, id: ElementId, name: &str) {
        match name {
            "member" => self.entries(id, EntryElement::Member),
            "members" => self.entries(id, EntryElement::Members),
            "interface" => self.entries(id, EntryElement::Interface),
            "required-member" => self.entries(id, EntryElement::RequiredMember),
            "member-list" => self.each_child(id, Self::member_list_child),
            _ => self.unused(id),
        }
    }

    pub(super) fn member_list_child(&mut self, id: ElementId, name: &str) {
        match name {
            "member" => self.entries(id, EntryElement::MemberList),
            _ => self.unused(id),
        }
    }

    pub(super) fn entries(&mut self, id: ElementId, element: EntryElement) {
        let span = self.document.element(id).span;
        let value = self.document.element(id).text.value();
        let trimmed = java_trim(value);
        let lead = value.find(trimmed).unwrap_or(0);
        let places = self.document.element(id).text.places(self.document.sources());
        let place = |range: std::ops::Range<usize>| places.span(lead + range.start..lead + range.end);
        let entries = split_entries(trimmed, element, span, place);
        let tcp_ip = &mut self.config.network.join.tcp_ip;
        // Separators alone are no entry and no mistake for Hazelcast, nor is a required member without text.
        if trimmed.is_empty() && element != EntryElement::RequiredMember {
            tcp_ip.empty.push(span);
        }
        tcp_ip.entries.extend(entries);
    }
}
