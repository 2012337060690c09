//! `network` and its children.

use super::{
    Reading,
    values::{Trim, in_range},
};
use crate::document::ElementId;
use crate::scalar::{java_trim, parse_int};
use crate::{AddressPattern, Interface, Setting};

/// Blocks of `network_block` that a node obeys.
const OBEYED_BLOCKS: [&str; 4] = ["public-address", "outbound-ports", "ssl", "symmetric-encryption"];

impl Reading<'_> {
    pub(super) fn network_child(&mut self, id: ElementId, name: &str) {
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
            _ => {
                if !OBEYED_BLOCKS.contains(&name) {
                    self.unused(id);
                }
                self.network_block(id, name);
            }
        }
    }

    pub(super) fn port(&mut self, id: ElementId) {
        if let Some(number) = self.number(id).and_then(in_range::<u16>) {
            self.config.network.port.number = number;
        }
        if let Some(flag) = self.flag(id, "auto-increment", Trim::Yes) {
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

    pub(super) fn interfaces_child(&mut self, id: ElementId, name: &str) {
        if name == "interface" {
            let interface = self.interface(id);
            self.config.network.interfaces.patterns.push(interface);
        } else {
            self.unused(id);
        }
    }

    pub(super) fn interface(&self, id: ElementId) -> Interface {
        let text = self.document.trimmed_text(id);
        let pattern = AddressPattern::parse(&text.value);
        Interface { text, pattern }
    }
}
