//! Children of the root that concern the cluster as a whole.

use super::Reading;
use super::defaults::network;
use super::values::{Trim, set};
use crate::document::ElementId;
use crate::{AdvancedNetwork, ManagementCenter, Setting, Spanned, SplitBrainProtection, WanReplication};

impl Reading<'_> {
    pub(super) fn cluster_block(&mut self, id: ElementId, name: &str) {
        match name {
            "map" => self.map(id),
            "replicatedmap" => self.replicated_map(id),
            "advanced-network" => self.advanced_network(id),
            "partition-group" => self.partition_group(id),
            "split-brain-protection" | "quorum" => self.split_brain_protection(id, name == "quorum"),
            "management-center" => self.management_center(id),
            "wan-replication" => {
                let (name, span) = (self.text_of(id, "name"), self.document.element(id).span);
                self.config.wan_replications.push(WanReplication { name, span });
            }
            "lite-member" => {
                let enabled = self.flag_of(id, "enabled");
                set(&mut self.config.lite_member, enabled);
            }
            _ => {}
        }
    }

    fn partition_group(&mut self, id: ElementId) {
        let mut groups = Vec::new();
        for (child, _) in self.children(id).filter(|(_, name)| name == "member-group") {
            let interfaces = self.children(child).filter(|(_, name)| name == "interface");
            groups.push(interfaces.map(|(interface, _)| self.document.trimmed_text(interface)).collect());
        }
        let (enabled, group_type) = (self.flag_of(id, "enabled"), self.text_of(id, "group-type"));
        let block = &mut self.config.partition_group;
        block.span = Some(self.document.element(id).span);
        set(&mut block.enabled, enabled);
        block.group_type = group_type.or(block.group_type.take());
        block.groups.extend(groups);
    }

    fn split_brain_protection(&mut self, id: ElementId, is_quorum: bool) {
        let mut block = SplitBrainProtection {
            name: self.text_of(id, "name"),
            enabled: Setting::implied(false),
            minimum_cluster_size: None,
            protect_on: None,
            span: self.document.element(id).span,
            is_quorum,
        };
        set(&mut block.enabled, self.flag_of(id, "enabled"));
        for (child, name) in self.children(id) {
            match name.as_str() {
                "minimum-cluster-size" | "quorum-size" => {
                    block.minimum_cluster_size = Some(self.written_number(child));
                }
                "protect-on" | "quorum-type" => block.protect_on = self.text(child),
                _ => {}
            }
        }
        self.config.split_brain_protections.push(block);
    }

    fn management_center(&mut self, id: ElementId) {
        let mut block = ManagementCenter {
            span: self.document.element(id).span,
            enabled: self.flag_of(id, "enabled"),
            url: self.text(id),
            update_interval: self.number_of(id, "update-interval"),
            scripting_enabled: self.flag_of(id, "scripting-enabled"),
            console_enabled: self.flag_of(id, "console-enabled"),
            data_access_enabled: self.flag_of(id, "data-access-enabled"),
            trusted_interfaces: Vec::new(),
        };
        for (child, name) in self.children(id) {
            match name.as_str() {
                "url" => block.url = self.text(child),
                "trusted-interfaces" => {
                    let interfaces = self.children(child).filter(|(_, name)| name == "interface");
                    block
                        .trusted_interfaces
                        .extend(interfaces.map(|(interface, _)| self.document.trimmed_text(interface)));
                }
                _ => {}
            }
        }
        self.config.management_center = Some(block);
    }

    /// Its children have the shape of those of `network`, so the same code reads them into a network of its own.
    fn advanced_network(&mut self, id: ElementId) {
        let enabled = self.flag(id, "enabled", Trim::No).unwrap_or(Setting::implied(false));
        let plain = std::mem::replace(&mut self.config.network, network());
        let reported = self.config.unused.len();
        let mut endpoints = Vec::new();
        for (child, name) in self.children(id) {
            match name.as_str() {
                "join" | "member-address-provider" | "failure-detector" => self.network_child(child, &name),
                "member-server-socket-endpoint-config" => self.each_child(child, Self::network_child),
                _ => endpoints.push(Spanned::new(name, self.document.element(child).name_span)),
            }
        }
        // The whole block is reported as one.
        self.config.unused.truncate(reported);
        let network = Box::new(std::mem::replace(&mut self.config.network, plain));
        let span = self.document.element(id).span;
        self.config.advanced_network = Some(AdvancedNetwork { span, enabled, network, endpoints });
    }
}
