//! The cluster, caches and key stores.

use super::Kind::{Boolean, Bytes, Millis, Number, Seconds, Secret, Text};
use super::SystemProperty;
use super::description::Effect::{NoEffect, Obeyed};
use super::description::row;

const CACHE: &str = "nodes keep what they need in memory without such caches";
const RETRY: &str = "a node never gives up looking for the others";
const TASKS: &str = "nodes do not run tasks on each other";
const PROBES: &str = "the health endpoints are answered unless the cluster configuration says no; there is no memcache and no JMX";
const STORES: &str = "clients and console get the certificate of the store for clients; other listeners are not part of this version";

pub(super) const PROPERTIES: &[SystemProperty] = &[
    row(
        "clustering.enabled",
        Boolean,
        "false",
        "cluster with other nodes; belongs into openfire.xml",
        NoEffect("only openfire.xml counts, as in Openfire"),
    ),
    row(
        "cluster-monitor.service-enabled",
        Boolean,
        "true",
        "tell administrators of nodes that come and go",
        NoEffect("the console, the log and the metrics do so"),
    ),
    row(
        "hazelcast.config.xml.filename",
        Text,
        "hazelcast-cache-config.xml",
        "name of the Hazelcast file",
        NoEffect("the default name is read in this version; use --config"),
    ),
    row(
        "hazelcast.config.xml.directory",
        Text,
        "",
        "folder with it; conf without it",
        NoEffect("the default folder is read in this version; use --config"),
    ),
    row("hazelcast.startup.retry.count", Number, "1", "attempts to start the cluster", NoEffect(RETRY)),
    row("hazelcast.startup.retry.seconds", Seconds, "10", "time between them", NoEffect(RETRY)),
    row("hazelcast.startup.delay.seconds", Seconds, "5", "time before the first one", NoEffect(RETRY)),
    row("hazelcast.max.execution.seconds", Seconds, "30", "longest wait for another node", NoEffect(TASKS)),
    row(
        "hazelcast.executor.service.name",
        Text,
        "openfire::cluster::executor",
        "name of the executor",
        NoEffect(TASKS),
    ),
    row("hazelcast.config.jmx.enabled", Boolean, "false", "JMX", NoEffect(PROBES)),
    row("hazelcast.config.rest.enabled", Boolean, "false", "health endpoints", NoEffect(PROBES)),
    row("hazelcast.config.memcache.enabled", Boolean, "false", "memcache protocol", NoEffect(PROBES)),
    row("cache.*.size", Bytes, "", "size of a cache", NoEffect(CACHE)),
    row("cache.*.maxLifetime", Millis, "", "age of what is in a cache", NoEffect(CACHE)),
    row(
        "cache.checks.consistency.enabled",
        Boolean,
        "false",
        "check the routing tables",
        NoEffect("they are compared whenever two nodes connect"),
    ),
    row(
        "xmpp.socket.ssl.keystore",
        Text,
        "resources/security/keystore",
        "store of own keys",
        NoEffect(STORES),
    ),
    row("xmpp.socket.ssl.keypass", Secret, "changeit", "its password", NoEffect(STORES)),
    row(
        "xmpp.socket.ssl.truststore",
        Text,
        "resources/security/truststore",
        "store of trusted certificates",
        NoEffect(STORES),
    ),
    row("xmpp.socket.ssl.trustpass", Secret, "changeit", "its password", NoEffect(STORES)),
    row(
        "xmpp.socket.ssl.storeType",
        Text,
        "jks",
        "declared type of both",
        NoEffect("the first bytes of a store tell its type"),
    ),
    row("xmpp.socket.ssl.client.keystore", Text, "", "store of own keys for clients", Obeyed),
    row("xmpp.socket.ssl.client.keypass", Secret, "", "its password", Obeyed),
    row(
        "xmpp.socket.ssl.client.truststore",
        Text,
        "resources/security/client.truststore",
        "store of certificates that clients are trusted by",
        Obeyed,
    ),
    row("xmpp.socket.ssl.client.trustpass", Secret, "", "its password", Obeyed),
    row("cert.storewatcher.enabled", Boolean, "true", "read stores again when they change", NoEffect(STORES)),
];
