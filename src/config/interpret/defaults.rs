//! What holds for a file that says nothing.

use crate::document::Document;
use crate::schema::{
    DEFAULT_CLUSTER_NAME, DEFAULT_MULTICAST_GROUP, DEFAULT_MULTICAST_PORT, DEFAULT_PORT, DEFAULT_PORT_COUNT,
};
use crate::{
    ClassBlock, Config, Icmp, Interfaces, Join, Multicast, Network, OutboundPorts, PartitionGroup, Port,
    Properties, RestApi, Setting, Ssl, SymmetricEncryption, TcpIp,
};

pub(super) fn defaults(document: Document) -> Config {
    Config {
        sources: document.sources().clone(),
        document,
        cluster_name: Setting::implied(DEFAULT_CLUSTER_NAME.to_owned()),
        group_password: None,
        instance_name: None,
        schema_location: None,
        network: network(),
        advanced_network: None,
        lite_member: Setting::implied(false),
        partition_group: PartitionGroup {
            span: None,
            enabled: Setting::implied(false),
            group_type: None,
            groups: Vec::new(),
        },
        maps: Vec::new(),
        replicated_maps: Vec::new(),
        split_brain_protections: Vec::new(),
        management_center: None,
        wan_replications: Vec::new(),
        properties: Properties::default(),
        imports: Vec::new(),
        unused: Vec::new(),
        reading_errors: Vec::new(),
    }
}

/// `network` as it is when nothing of it is written.
pub(super) fn network() -> Network {
    Network {
        port: Port {
            number: Setting::implied(DEFAULT_PORT),
            auto_increment: Setting::implied(true),
            port_count: Setting::implied(DEFAULT_PORT_COUNT),
        },
        join: join(),
        interfaces: Interfaces { span: None, enabled: Setting::implied(false), patterns: Vec::new() },
        public_address: None,
        reuse_address: None,
        outbound_ports: OutboundPorts::default(),
        ssl: Ssl {
            span: None,
            enabled: Setting::implied(false),
            factory_class_name: None,
            properties: Properties::default(),
        },
        symmetric_encryption: SymmetricEncryption {
            span: None,
            enabled: Setting::implied(false),
            algorithm: Setting::implied("PBEWithMD5AndDES".to_owned()),
            salt: Setting::implied("thesalt".to_owned()),
            password: Setting::implied("thepassword".to_owned()),
            iteration_count: Setting::implied(19),
            key: None,
        },
        socket_interceptor: class_block(),
        member_address_provider: class_block(),
        failure_detector: Icmp {
            span: None,
            enabled: Setting::implied(false),
            timeout_milliseconds: Setting::implied(1000),
            interval_milliseconds: Setting::implied(1000),
            ttl: Setting::implied(255),
            max_attempts: Setting::implied(2),
            parallel_mode: Setting::implied(true),
            fail_fast_on_startup: Setting::implied(true),
        },
        rest_api: RestApi { span: None, enabled: Setting::implied(false), groups: Vec::new() },
        memcache_enabled: Setting::implied(false),
    }
}

fn join() -> Join {
    Join {
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
        auto_detection: None,
        others: Vec::new(),
    }
}

fn class_block() -> ClassBlock {
    ClassBlock {
        span: None,
        enabled: Setting::implied(false),
        class_name: None,
        properties: Properties::default(),
    }
}
