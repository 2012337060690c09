//! Typed settings: what the file says, where it says it, and what holds otherwise.

use cobnut_diagnostics::Source;

use crate::{Config, PortRange, parse};

fn read(text: &str) -> Config {
    parse(&Source::new("t.xml", text)).0.expect(text)
}

#[test]
fn network_blocks_are_read_with_their_defaults() {
    let none = read("<hazelcast/>").network;
    assert_eq!(
        (none.symmetric_encryption.salt.as_str(), *none.symmetric_encryption.iteration_count),
        ("thesalt", 19)
    );
    assert!(!*none.ssl.enabled && none.ssl.span.is_none() && none.outbound_ports.restriction().is_none());
    let config = read(
        "<hazelcast><network><public-address> a.example:5701 </public-address><reuse-address>TRUE</reuse-address>\
         <outbound-ports><ports>33000-33002, 40000;x</ports><ports> 9 </ports></outbound-ports>\
         <ssl enabled='true'><factory-class-name>F</factory-class-name><properties><property name='keyStore'>k\
         </property></properties></ssl><symmetric-encryption enabled='true'><algorithm>DES/ECB/PKCS5Padding</algorithm>\
         <password>p</password><iteration-count>7</iteration-count><key>aGk=</key></symmetric-encryption>\
         <socket-interceptor enabled='true'><class-name>I</class-name></socket-interceptor>\
         <failure-detector><icmp enabled='true'><ttl>1</ttl><parallel-mode>false</parallel-mode></icmp></failure-detector>\
         <rest-api enabled='true'><endpoint-group name='DATA' enabled='true'/><endpoint-group name='HEALTH_CHECK'/>\
         </rest-api><memcache-protocol enabled='true'/></network></hazelcast>",
    );
    let network = &config.network;
    assert_eq!(network.public_address.as_ref().unwrap().value, "a.example:5701");
    assert_eq!(config.sources.slice(network.public_address.as_ref().unwrap().span), "a.example:5701");
    assert!(network.reuse_address.unwrap().value);
    let ranges = [(33000, 33002), (40000, 40000), (9, 9)].map(|(first, last)| PortRange { first, last });
    assert_eq!(network.outbound_ports.restriction().unwrap(), ranges);
    let broken = &network.outbound_ports.items[2];
    assert_eq!((broken.text.as_str(), broken.value, config.sources.slice(broken.span)), ("x", None, "x"));
    assert_eq!(network.ssl.properties.value("keyStore").unwrap().value, "k");
    let encryption = &network.symmetric_encryption;
    assert_eq!((encryption.password.as_str(), encryption.salt.as_str()), ("p", "thesalt"));
    assert_eq!((*encryption.iteration_count, *encryption.enabled), (7, true));
    assert_eq!(network.socket_interceptor.class_name.as_ref().unwrap().value, "I");
    assert_eq!((*network.failure_detector.ttl, *network.failure_detector.parallel_mode), (1, false));
    let serves = ["DATA", "HEALTH_CHECK", "CLUSTER_READ", "WAN"].map(|group| network.rest_api.serves(group));
    assert_eq!(serves, [true, false, true, false]);
    assert!(*network.memcache_enabled);
}

#[test]
fn any_outbound_port_beats_all_ranges() {
    for any in ["0", "*"] {
        let text =
            format!("<outbound-ports><ports>33000-33002</ports><ports>{any}</ports></outbound-ports><join/>");
        assert_eq!(read(&text).network.outbound_ports.restriction(), None, "{any}");
    }
}

#[test]
fn maps_are_read_in_the_words_of_every_generation() {
    let config = read(
        "<hazelcast><map name='a'><backup-count>7x</backup-count><time-to-live-seconds>60</time-to-live-seconds>\
         <eviction-policy>LRU</eviction-policy><max-size policy='PER_NODE'>100</max-size><eviction-percentage>25\
         </eviction-percentage><merge-policy>com.hazelcast.map.merge.PutIfAbsentMapMergePolicy</merge-policy></map>\
         <map name='b'><eviction eviction-policy='LFU' max-size-policy='PER_PARTITION' size='9'/><max-size>5</max-size>\
         <merge-policy batch-size='3'>PassThroughMergePolicy</merge-policy><near-cache><eviction size='1000'/>\
         <invalidate-on-change>false</invalidate-on-change></near-cache></map><map/>\
         <replicatedmap name='r'><async-fillup>false</async-fillup></replicatedmap></hazelcast>",
    );
    let [a, b, unnamed] = config.maps.as_slice() else { panic!("three maps") };
    let backups = a.backup_count.as_ref().unwrap();
    assert_eq!(
        (backups.text.as_str(), backups.value, config.sources.slice(backups.span)),
        ("7x", None, "7x")
    );
    assert_eq!(a.time_to_live_seconds.as_ref().unwrap().value, Some(60));
    let eviction = |map: &crate::MapSettings| {
        let of = &map.eviction;
        (
            of.policy.clone().unwrap().value,
            of.max_size_policy.clone().unwrap().value,
            of.size.clone().unwrap().value,
            of.elements_of_3.len(),
        )
    };
    assert_eq!(eviction(a), ("LRU".to_owned(), "PER_NODE".to_owned(), Some(100), 3));
    assert_eq!(eviction(b), ("LFU".to_owned(), "PER_PARTITION".to_owned(), Some(9), 1));
    assert_eq!(a.merge_policy.as_ref().unwrap().simple_name(), "PutIfAbsentMapMergePolicy");
    assert_eq!(b.merge_policy.as_ref().unwrap().batch_size.as_ref().unwrap().value, Some(3));
    let near = b.near_cache.as_ref().unwrap();
    assert_eq!(near.eviction.size.as_ref().unwrap().value, Some(1000));
    assert_eq!(
        (near.invalidate_on_change.as_ref().unwrap().value, unnamed.name.as_str()),
        (Some(false), "default")
    );
    assert_eq!(config.replicated_maps[0].async_fillup.as_ref().unwrap().value, Some(false));
}

#[test]
fn settings_of_the_whole_cluster_are_read() {
    let config = read(
        "<hazelcast xmlns='http://www.hazelcast.com/schema/config' \
         xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
         xsi:schemaLocation='http://www.hazelcast.com/schema/config  https://hazelcast.com/hazelcast-config-3.9.xsd'>\
         <instance-name>one</instance-name><lite-member enabled='true'/><partition-group enabled='true' \
         group-type='CUSTOM'><member-group><interface>10.0.0.*</interface></member-group></partition-group>\
         <quorum name='q' enabled='true'><quorum-size>3</quorum-size></quorum><split-brain-protection name='s'>\
         <minimum-cluster-size>2</minimum-cluster-size></split-brain-protection><management-center enabled='true' \
         update-interval='3'>http://m:8080/x</management-center><wan-replication name='w'/></hazelcast>",
    );
    let location = config.schema_location.as_ref().unwrap();
    assert_eq!((location.tokens.len(), location.version()), (2, Some((3, 9))));
    assert_eq!(
        config.sources.slice(location.tokens[1].span),
        "https://hazelcast.com/hazelcast-config-3.9.xsd"
    );
    assert_eq!(config.instance_name.as_ref().unwrap().value, "one");
    assert!(*config.lite_member && *config.partition_group.enabled);
    assert_eq!(config.partition_group.groups[0][0].value, "10.0.0.*");
    let sizes: Vec<_> = config
        .split_brain_protections
        .iter()
        .map(|block| (block.is_quorum, block.minimum_cluster_size.as_ref().unwrap().value))
        .collect();
    assert_eq!(sizes, [(true, Some(3)), (false, Some(2))]);
    let center = config.management_center.as_ref().unwrap();
    assert_eq!(center.url.as_ref().unwrap().value, "http://m:8080/x");
    assert_eq!(center.update_interval.as_ref().unwrap().value, Some(3));
    assert_eq!(config.wan_replications.len(), 1);
}

#[test]
fn an_advanced_network_is_read_beside_the_plain_one() {
    let config = read(
        "<hazelcast><network><port>1</port></network><advanced-network enabled='true'><join><tcp-ip enabled='true'>\
         <member>a</member></tcp-ip></join><member-server-socket-endpoint-config><port>2</port><ssl enabled='true'/>\
         </member-server-socket-endpoint-config><wan-endpoint-config name='w'/></advanced-network></hazelcast>",
    );
    let advanced = config.advanced_network.as_ref().unwrap();
    assert_eq!((*config.network.port.number, *advanced.network.port.number), (1, 2));
    assert_eq!((advanced.join().tcp_ip.entries.len(), config.network.join.tcp_ip.entries.len()), (1, 0));
    assert!(*advanced.network.ssl.enabled && !*config.network.ssl.enabled);
    assert_eq!(advanced.endpoints[0].value, "wan-endpoint-config");
    assert_eq!(
        config.unused.iter().map(|unused| unused.path.as_str()).collect::<Vec<_>>(),
        ["hazelcast/advanced-network"]
    );
}

#[test]
fn blocks_that_protect_links_are_not_said_to_have_no_effect() {
    let config = read(
        "<hazelcast><network><public-address>a</public-address><outbound-ports><ports>1</ports></outbound-ports>\
         <ssl enabled='true'/><symmetric-encryption enabled='true'/><reuse-address>true</reuse-address></network></hazelcast>",
    );
    let unused: Vec<_> = config.unused.iter().map(|unused| unused.path.as_str()).collect();
    assert_eq!(unused, ["hazelcast/network/reuse-address"]);
}

#[test]
fn auto_detection_means_multicast_where_no_joiner_is_enabled() {
    let service = "<kubernetes enabled='true'><service-dns>pods.example</service-dns></kubernetes>";
    let list = "<tcp-ip enabled='true'><member>10.0.0.1</member></tcp-ip>";
    let cases = [
        ("<auto-detection/>".to_owned(), true),
        ("<auto-detection enabled='TRUE'/>".to_owned(), true),
        (
            "<auto-detection enabled='true'/><multicast enabled='false'/><tcp-ip enabled='false'/>"
                .to_owned(),
            true,
        ),
        ("<auto-detection enabled='false'/>".to_owned(), false),
        ("<auto-detection enabled='false'/><multicast enabled='true'/>".to_owned(), true),
        (format!("<auto-detection/>{list}"), false),
        (format!("<auto-detection/>{service}"), false),
        // Nobody asked for strangers.
        ("<multicast enabled='false'/>".to_owned(), false),
        (String::new(), false),
    ];
    for (join, expected) in cases {
        let config = read(&format!("<hazelcast><network><join>{join}</join></network></hazelcast>"));
        assert_eq!(config.network.join.uses_multicast(), expected, "{join}");
        assert!(config.unused.is_empty(), "{join}: {:?}", config.unused);
    }
}

/// Compared with what Hazelcast 4.2 and 5.3 make of the same attributes.
#[test]
fn blanks_around_values_are_taken_as_hazelcast_takes_them() {
    let config = read(
        "<hazelcast><network><port auto-increment=' false ' port-count=' 7 '> 5 </port><interfaces enabled=' true '/>\
         <ssl enabled=' true '/><symmetric-encryption enabled=' true '/><rest-api enabled=' true '/>\
         <memcache-protocol enabled=' true '/><join><multicast enabled=' true '/><tcp-ip enabled=' true ' \
         connection-timeout-seconds=' 7 '/></join></network><advanced-network enabled=' true '/><lite-member \
         enabled=' true '/><partition-group enabled='1'/><map name=' m '><read-backup-data> true </read-backup-data>\
         <eviction eviction-policy=' LRU' size=' 5 '/></map><properties><property name=' p '> v </property></properties>\
         <cluster-name> c </cluster-name></hazelcast>",
    );
    let network = &config.network;
    assert_eq!((*network.port.auto_increment, *network.port.port_count, *network.port.number), (false, 7, 5));
    let enabled = [
        (*network.interfaces.enabled, false),
        (*network.ssl.enabled, true),
        (*network.symmetric_encryption.enabled, false),
        (*network.rest_api.enabled, true),
        (*network.memcache_enabled, true),
        (*network.join.multicast.enabled, true),
        (*network.join.tcp_ip.enabled, true),
        (*config.advanced_network.as_ref().unwrap().enabled, false),
        (*config.lite_member, true),
        (*config.partition_group.enabled, false),
    ];
    assert!(enabled.iter().all(|(read, hazelcast)| read == hazelcast), "{enabled:?}");
    let map = &config.maps[0];
    assert_eq!((map.name.as_str(), map.read_backup_data.as_ref().unwrap().value), ("m", Some(true)));
    assert_eq!(map.eviction.size.as_ref().unwrap().value, Some(5));
    assert_eq!(map.eviction.policy.as_ref().unwrap().value, "LRU");
    assert_eq!(config.properties.value("p").unwrap().value, "v");
    assert_eq!(config.cluster_name.value, "c");
}
