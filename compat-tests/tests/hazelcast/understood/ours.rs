//! What our reader understood, in the words in which the Java program says what Hazelcast did.

use std::collections::{BTreeMap, BTreeSet};

use cobnut_config::{
    ClassBlock, Config, EntryElement, JoinerKind, MapSettings, OutboundPorts, Properties, RepeatedMaps,
    Spanned, Written,
};
use serde_json::{Value, json};

/// Endpoint groups of any release.
const GROUPS: [&str; 8] =
    ["CLUSTER_READ", "CLUSTER_WRITE", "HEALTH_CHECK", "HOT_RESTART", "PERSISTENCE", "WAN", "DATA", "CP"];

/// Fields by name. What the file does not write and we have no default of our own for is missing: Hazelcast's default holds.
pub(crate) type Fields = BTreeMap<String, Value>;

/// All fields of a configuration.
pub(crate) fn understood(config: &Config, repeated: RepeatedMaps) -> Fields {
    let mut said = Fields::new();
    let mut say = |name: &str, value: Value| drop(said.insert(name.to_owned(), value));
    say("cluster-name", text(&config.cluster_name.value));
    say("lite-member", text(*config.lite_member));
    say("properties", properties(&config.properties));
    say("instance-name", config.instance_name.as_ref().map_or(Value::Null, |name| text(&name.value)));
    say("partition-group.enabled", text(*config.partition_group.enabled));
    optional(&mut say, "partition-group.type", config.partition_group.group_type.as_ref());
    say(
        "partition-group.groups",
        config.partition_group.groups.iter().map(|group| set(group.iter().map(|text| &text.value))).collect(),
    );
    network(config, &mut say);
    join(config, &mut say);
    blocks(config, &mut say);
    let names: BTreeSet<&String> = config.maps.iter().map(|map| &map.name.value).collect();
    let maps: serde_json::Map<String, Value> = names
        .into_iter()
        .filter_map(|name| Some((name.clone(), map(&config.map(name, repeated)?))))
        .collect();
    say("maps", Value::Object(maps));
    said
}

fn network(config: &Config, say: &mut impl FnMut(&str, Value)) {
    let network = &config.network;
    say("port", text(*network.port.number));
    say("port.auto-increment", text(*network.port.auto_increment));
    say("port.port-count", text(*network.port.port_count));
    optional(say, "reuse-address", network.reuse_address.as_ref());
    say(
        "public-address",
        network.public_address.as_ref().map_or(Value::Null, |address| text(&address.value)),
    );
    say("outbound-ports", outbound(&network.outbound_ports));
    say("interfaces.enabled", text(*network.interfaces.enabled));
    say("interfaces", set(network.interfaces.patterns.iter().map(|pattern| &pattern.text.value)));
    say("memcache-protocol", text(*network.memcache_enabled));
    say("rest-api", text(*network.rest_api.enabled));
    say("rest-api.groups", set(GROUPS.into_iter().filter(|group| network.rest_api.serves(group))));
}

fn outbound(ports: &OutboundPorts) -> Value {
    if ports.items.iter().any(|item| item.value.is_none()) {
        return text("fails");
    }
    let ranges = ports.restriction().unwrap_or_default();
    let all: BTreeSet<u16> = ranges.iter().flat_map(|range| range.first..=range.last).collect();
    all.into_iter().map(text).collect()
}

fn join(config: &Config, say: &mut impl FnMut(&str, Value)) {
    let join = &config.network.join;
    let multicast = &join.multicast;
    // When it is not written it is on up to 3.12 and off later; the rule multicast-enabled-by-default tells it.
    if multicast.enabled.span.is_some() {
        say("multicast.enabled", text(*multicast.enabled));
    }
    say("multicast.group", text(&multicast.group.value));
    say("multicast.port", text(*multicast.port));
    say("multicast.time-to-live", text(*multicast.time_to_live));
    say("multicast.timeout-seconds", text(*multicast.timeout_seconds));
    optional(say, "multicast.loopback-mode", multicast.loopback_mode.as_ref());
    say(
        "multicast.trusted-interfaces",
        set(multicast.trusted_interfaces.iter().map(|pattern| &pattern.text.value)),
    );
    let list = &join.tcp_ip;
    say("tcp-ip.enabled", text(*list.enabled));
    say("tcp-ip.connection-timeout-seconds", text(*list.connection_timeout_seconds));
    say("tcp-ip.required-member", list.required_member().map_or(Value::Null, |entry| text(&entry.text)));
    let members = list.entries.iter().filter(|entry| entry.element != EntryElement::RequiredMember);
    say("tcp-ip.members", members.map(|entry| text(&entry.text)).collect());
    for kind in
        [JoinerKind::Aws, JoinerKind::Gcp, JoinerKind::Azure, JoinerKind::Kubernetes, JoinerKind::Eureka]
    {
        let is_enabled = join.others.iter().any(|joiner| joiner.kind == kind && *joiner.enabled);
        say(&format!("{}.enabled", kind.name()), text(is_enabled));
    }
}

fn blocks(config: &Config, say: &mut impl FnMut(&str, Value)) {
    let network = &config.network;
    say("ssl.enabled", text(*network.ssl.enabled));
    optional(say, "ssl.class", network.ssl.factory_class_name.as_ref());
    say("ssl.properties", properties(&network.ssl.properties));
    let mut class = |name: &str, block: &ClassBlock| {
        say(&format!("{name}.enabled"), text(*block.enabled));
        optional(say, &format!("{name}.class"), block.class_name.as_ref());
        say(&format!("{name}.properties"), properties(&block.properties));
    };
    class("socket-interceptor", &network.socket_interceptor);
    class("member-address-provider", &network.member_address_provider);
    let cipher = &network.symmetric_encryption;
    if cipher.span.is_some() {
        say("symmetric-encryption.enabled", text(*cipher.enabled));
        say("symmetric-encryption.algorithm", text(&cipher.algorithm.value));
        say("symmetric-encryption.salt", text(&cipher.salt.value));
        say("symmetric-encryption.password", text(&cipher.password.value));
        say("symmetric-encryption.iteration-count", text(*cipher.iteration_count));
        say("symmetric-encryption.key", cipher.key.as_ref().map_or(Value::Null, |key| text(&key.value)));
    }
    let icmp = &network.failure_detector;
    if icmp.span.is_some() {
        say("icmp.enabled", text(*icmp.enabled));
        say("icmp.timeout-milliseconds", text(*icmp.timeout_milliseconds));
        say("icmp.interval-milliseconds", text(*icmp.interval_milliseconds));
        say("icmp.ttl", text(*icmp.ttl));
        say("icmp.max-attempts", text(*icmp.max_attempts));
        say("icmp.parallel-mode", text(*icmp.parallel_mode));
        say("icmp.fail-fast-on-startup", text(*icmp.fail_fast_on_startup));
    }
}

fn map(map: &MapSettings) -> Value {
    let mut said = serde_json::Map::new();
    let mut say = |name: &str, value: Value| drop(said.insert(name.to_owned(), value));
    optional(&mut say, "in-memory-format", map.in_memory_format.as_ref());
    written(&mut say, "statistics-enabled", map.statistics_enabled.as_ref());
    written(&mut say, "read-backup-data", map.read_backup_data.as_ref());
    written(&mut say, "backup-count", map.backup_count.as_ref());
    written(&mut say, "async-backup-count", map.async_backup_count.as_ref());
    written(&mut say, "time-to-live-seconds", map.time_to_live_seconds.as_ref());
    written(&mut say, "max-idle-seconds", map.max_idle_seconds.as_ref());
    optional(&mut say, "eviction.policy", map.eviction.policy.as_ref());
    if let Some(policy) = &map.eviction.max_size_policy {
        // Hazelcast reads it in any case.
        say("eviction.max-size-policy", text(policy.value.to_ascii_uppercase()));
    }
    if let Some(size) = &map.eviction.size {
        // Both mean that there is no limit.
        say("eviction.size", text(size.value.map_or(-1, |size| if size == 0 { i32::MAX } else { size })));
    }
    if let Some(policy) = &map.merge_policy {
        say("merge-policy", text(&policy.name.value));
        written(&mut say, "merge-policy.batch-size", policy.batch_size.as_ref());
    }
    Value::Object(said)
}

fn text(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

fn set(texts: impl Iterator<Item = impl ToString>) -> Value {
    let sorted: BTreeSet<String> = texts.map(|text| text.to_string()).collect();
    json!(sorted)
}

fn optional<T: ToString>(say: &mut impl FnMut(&str, Value), name: &str, value: Option<&Spanned<T>>) {
    if let Some(value) = value {
        say(name, text(value.value.to_string()));
    }
}

fn written<T: ToString>(say: &mut impl FnMut(&str, Value), name: &str, value: Option<&Written<T>>) {
    if let Some(value) = value {
        say(
            name,
            value
                .value
                .as_ref()
                .map_or_else(|| text(format!("unreadable: {}", value.text)), |value| text(value.to_string())),
        );
    }
}

fn properties(properties: &Properties) -> Value {
    let all: BTreeMap<&str, &str> =
        properties.iter().map(|(name, value)| (name.value.as_str(), value.value.as_str())).collect();
    json!(all)
}
