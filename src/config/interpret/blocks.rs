//! The blocks of `network` that stand beside `port`, `join` and `interfaces`.

use super::Reading;
use super::values::{Trim, known, set};
use crate::document::ElementId;
use crate::scalar::parse_int;
use crate::{ClassBlock, EndpointGroup, PortRange, Setting, Spanned, Written};

impl Reading<'_> {
    pub(super) fn network_block(&mut self, id: ElementId, name: &str) {
        match name {
            "public-address" => self.config.network.public_address = self.text(id),
            "reuse-address" => self.config.network.reuse_address = known(self.written_bool(id)),
            "outbound-ports" => self.outbound_ports(id),
            "ssl" => self.ssl(id),
            "symmetric-encryption" => self.symmetric_encryption(id),
            "socket-interceptor" => {
                let mut block = self.config.network.socket_interceptor.clone();
                self.class_block(id, &mut block);
                self.config.network.socket_interceptor = block;
            }
            "member-address-provider" => {
                let mut block = self.config.network.member_address_provider.clone();
                self.class_block(id, &mut block);
                self.config.network.member_address_provider = block;
            }
            "failure-detector" => {
                for (child, _) in self.children(id).filter(|(_, name)| name == "icmp") {
                    self.icmp(child);
                }
            }
            "rest-api" => self.rest_api(id),
            "memcache-protocol" => {
                let enabled = self.flag_of(id, "enabled");
                set(&mut self.config.network.memcache_enabled, enabled);
            }
            _ => {}
        }
    }

    fn outbound_ports(&mut self, id: ElementId) {
        let places_of = |child| self.document.element(child).text.places(self.document.sources());
        let mut items = Vec::new();
        for (child, _) in self.children(id).filter(|(_, name)| name == "ports") {
            let (text, places) = (self.document.element(child).text.value(), places_of(child));
            let mut start = 0;
            for piece in text.split([',', ';', ' ', '\t', '\n', '\r']) {
                if !piece.is_empty() {
                    let span = places.span(start..start + piece.len());
                    items.push(Written::read(Spanned::new(piece.to_owned(), span), port_range));
                }
                // Every separator takes one byte.
                start += piece.len() + 1;
            }
        }
        let ports = &mut self.config.network.outbound_ports;
        ports.span = Some(self.document.element(id).span);
        ports.items.extend(items);
    }

    fn ssl(&mut self, id: ElementId) {
        let mut ssl = self.config.network.ssl.clone();
        ssl.span = Some(self.document.element(id).span);
        set(&mut ssl.enabled, self.flag_of(id, "enabled"));
        for (child, name) in self.children(id) {
            match name.as_str() {
                "factory-class-name" => ssl.factory_class_name = self.text(child),
                "properties" => ssl.properties = self.properties_of(child),
                _ => {}
            }
        }
        self.config.network.ssl = ssl;
    }

    fn symmetric_encryption(&mut self, id: ElementId) {
        let mut block = self.config.network.symmetric_encryption.clone();
        block.span = Some(self.document.element(id).span);
        // Hazelcast fills this block in another way than its neighbours, and does not trim here.
        block.enabled = self.flag(id, "enabled", Trim::No).unwrap_or(block.enabled);
        for (child, name) in self.children(id) {
            match name.as_str() {
                "algorithm" => set(&mut block.algorithm, self.text(child)),
                "salt" => set(&mut block.salt, self.text(child)),
                "password" => set(&mut block.password, self.text(child)),
                "iteration-count" => set(&mut block.iteration_count, known(self.written_number(child))),
                "key" => block.key = self.text(child),
                _ => {}
            }
        }
        self.config.network.symmetric_encryption = block;
    }

    fn class_block(&self, id: ElementId, block: &mut ClassBlock) {
        block.span = Some(self.document.element(id).span);
        set(&mut block.enabled, self.flag_of(id, "enabled"));
        for (child, name) in self.children(id) {
            match name.as_str() {
                "class-name" => block.class_name = self.text(child),
                "properties" => block.properties = self.properties_of(child),
                _ => {}
            }
        }
    }

    fn icmp(&mut self, id: ElementId) {
        let mut icmp = self.config.network.failure_detector.clone();
        icmp.span = Some(self.document.element(id).span);
        set(&mut icmp.enabled, self.flag_of(id, "enabled"));
        for (child, name) in self.children(id) {
            let number = || known(self.written_number(child));
            let truth = || known(self.written_bool(child));
            match name.as_str() {
                "timeout-milliseconds" => set(&mut icmp.timeout_milliseconds, number()),
                "interval-milliseconds" => set(&mut icmp.interval_milliseconds, number()),
                "ttl" => set(&mut icmp.ttl, number()),
                "max-attempts" => set(&mut icmp.max_attempts, number()),
                "parallel-mode" => set(&mut icmp.parallel_mode, truth()),
                "fail-fast-on-startup" => set(&mut icmp.fail_fast_on_startup, truth()),
                _ => {}
            }
        }
        self.config.network.failure_detector = icmp;
    }

    fn rest_api(&mut self, id: ElementId) {
        let enabled = self.flag_of(id, "enabled");
        let mut groups = Vec::new();
        for (child, _) in self.children(id).filter(|(_, name)| name == "endpoint-group") {
            let Some(name) = self.text_of(child, "name") else { continue };
            let mut enabled = Setting::implied(false);
            set(&mut enabled, self.flag_of(child, "enabled"));
            groups.push(EndpointGroup { name, enabled, span: self.document.element(child).span });
        }
        let rest_api = &mut self.config.network.rest_api;
        rest_api.span = Some(self.document.element(id).span);
        set(&mut rest_api.enabled, enabled);
        rest_api.groups.extend(groups);
    }
}

/// One item of `outbound-ports`: a port, `a-b`, or `*` and `0` for any.
fn port_range(text: &str) -> Option<PortRange> {
    let port = |text: &str| parse_int(text).and_then(|port| u16::try_from(port).ok());
    if text == "*" {
        return Some(PortRange { first: 0, last: 0 });
    }
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (port(first)?, port(last)?),
        None => (port(text)?, port(text)?),
    };
    (first <= last).then_some(PortRange { first, last })
}
