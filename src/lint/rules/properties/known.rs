//! The properties that Hazelcast members read, 3.12 to 5.5, and those that they no longer read.
//!
//! Names and defaults are those of Hazelcast's own tables of cluster properties; a name that is missing here is not wrong
//! for that, it is only not compared with anything.

use crate::generation::generation;
use crate::{Cluster, Node};

/// What stands before nearly every name.
pub(crate) const PREFIX: &str = "hazelcast.";

/// One property.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Property {
    /// Its name behind [`PREFIX`].
    tail: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// Its value when nobody sets it (the newest version's); empty when it has none or depends on the machine.
    pub(crate) default: &'static str,
}

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A whole number that Java's `Integer` can hold.
    Number {
        /// The least one that Hazelcast accepts.
        least: i32,
    },
    /// `true`; anything else counts as false.
    Boolean,
    /// One of a few words, in their exact letter case.
    Word {
        /// The words.
        words: &'static [&'static str],
        /// What Hazelcast does with another one.
        otherwise: &'static str,
    },
    /// Anything.
    Text,
}

/// A property that some versions do not read any more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Removed {
    /// Its name behind [`PREFIX`].
    tail: &'static str,
    /// The first version that does not read it, as people call it; `None` when no version since 3.0 did.
    pub(crate) gone_in: Option<&'static str>,
    /// What it held while it was read.
    pub(crate) kind: Kind,
    /// What does its work now.
    pub(crate) successor: Successor,
}

/// What does the work of a removed property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Successor {
    /// Another property; the name behind [`PREFIX`].
    Property(&'static str),
    /// An element of the file, as a sentence for the help.
    Element(&'static str),
    /// Nothing: the work is not needed any more.
    Nothing,
}

const NUMBER: Kind = Kind::Number { least: i32::MIN };
const POSITIVE: Kind = Kind::Number { least: 1 };
const STOPS: &str = "Hazelcast does not start: IllegalArgumentException";
const DETECTOR: Kind = Kind::Word { words: &["deadline", "phi-accrual"], otherwise: STOPS };
const SHUTDOWN: Kind = Kind::Word { words: &["TERMINATE", "GRACEFUL"], otherwise: STOPS };
const HEALTH: Kind = Kind::Word { words: &["SILENT", "NOISY", "OFF"], otherwise: STOPS };
const LOGGING: Kind = Kind::Word {
    words: &["jdk", "slf4j", "log4j", "log4j2", "none"],
    otherwise: "Hazelcast then logs through java.util.logging, past Openfire's log files",
};

const fn property(tail: &'static str, kind: Kind, default: &'static str) -> Property {
    Property { tail, kind, default }
}

const fn gone(
    tail: &'static str,
    gone_in: Option<&'static str>,
    kind: Kind,
    successor: Successor,
) -> Removed {
    Removed { tail, gone_in, kind, successor }
}

impl Property {
    /// The whole name.
    pub(crate) fn name(&self) -> String {
        format!("{PREFIX}{}", self.tail)
    }
}

impl Removed {
    /// Whether the version that a node's file is for passes over the property.
    pub(crate) fn is_gone(&self, cluster: &Cluster, node: &Node) -> bool {
        let generation = generation(cluster, node);
        match self.gone_in {
            // Hazelcast 2 read these.
            None => !generation.is_before(3, 0),
            Some(_) => generation.is_from(4, 0),
        }
    }
}

/// The property of a whole name, in its exact letter case as Hazelcast compares names.
pub(crate) fn known(name: &str) -> Option<&'static Property> {
    let tail = name.strip_prefix(PREFIX)?;
    KNOWN.iter().find(|property| property.tail == tail)
}

/// The removed property of a whole name.
pub(crate) fn removed(name: &str) -> Option<&'static Removed> {
    let tail = name.strip_prefix(PREFIX)?;
    REMOVED.iter().find(|property| property.tail == tail)
}

/// What a property of this name holds, whether it is still read or not.
pub(crate) fn kind(name: &str) -> Option<Kind> {
    known(name).map(|property| property.kind).or_else(|| removed(name).map(|property| property.kind))
}

/// All properties that are read.
pub(crate) fn all() -> impl Iterator<Item = &'static Property> {
    KNOWN.iter()
}

/// Names without [`PREFIX`].
const UNPREFIXED: &[&str] = &["tcp.channels.per.connection"];

/// Whether Hazelcast reads a property of exactly this name, in some version.
pub(crate) fn is_read(name: &str) -> bool {
    known(name).is_some() || removed(name).is_some() || UNPREFIXED.contains(&name)
}

/// Sorted by name.
#[rustfmt::skip]
static KNOWN: &[Property] = &[
    property("aggregation.accumulation.parallel.evaluation", Kind::Boolean, "true"),
    property("alto.enabled", Kind::Boolean, "false"),
    property("alto.eventloop.count", NUMBER, ""),
    property("application.validation.token", Kind::Text, ""),
    property("async.join.strategy.enabled", Kind::Boolean, "true"),
    property("backpressure.backoff.timeout.millis", NUMBER, "60000"),
    property("backpressure.enabled", Kind::Boolean, "false"),
    property("backpressure.max.concurrent.invocations.per.partition", NUMBER, "100"),
    property("backpressure.syncwindow", NUMBER, "100"),
    property("cache.invalidation.batch.enabled", Kind::Boolean, "true"),
    property("cache.invalidation.batch.size", NUMBER, "100"),
    property("cache.invalidation.batchfrequency.seconds", NUMBER, "10"),
    property("client.cleanup.period.millis", NUMBER, "10000"),
    property("client.cleanup.timeout.millis", NUMBER, "120000"),
    property("client.endpoint.remove.delay.seconds", NUMBER, "60"),
    property("client.max.no.heartbeat.seconds", NUMBER, "300"),
    property("client.protocol.max.message.bytes", NUMBER, "4096"),
    property("clientengine.blocking.thread.count", NUMBER, "-1"),
    property("clientengine.query.thread.count", NUMBER, "-1"),
    property("clientengine.thread.count", NUMBER, "-1"),
    property("cluster.shutdown.timeout.seconds", NUMBER, "900"),
    property("cluster.version.auto.upgrade.enabled", Kind::Boolean, "false"),
    property("cluster.version.auto.upgrade.min.cluster.size", NUMBER, "1"),
    property("concurrent.window.ms", NUMBER, "100"),
    property("config.schema.validation.enabled", Kind::Boolean, "true"),
    property("connect.all.wait.seconds", NUMBER, "120"),
    property("connection.monitor.interval", NUMBER, "100"),
    property("connection.monitor.max.faults", NUMBER, "3"),
    property("data.search.dynamic.config.first.enabled", Kind::Boolean, "false"),
    property("diagnostics.directory", Kind::Text, ""),
    property("diagnostics.enabled", Kind::Boolean, "false"),
    property("diagnostics.filename.prefix", Kind::Text, ""),
    property("diagnostics.invocation.sample.period.seconds", NUMBER, "0"),
    property("diagnostics.invocation.slow.threshold.seconds", NUMBER, "5"),
    property("diagnostics.max.rolled.file.count", NUMBER, "10"),
    property("diagnostics.max.rolled.file.size.mb", Kind::Text, "50"),
    property("diagnostics.memberinfo.period.seconds", NUMBER, "60"),
    property("diagnostics.metric.level", Kind::Text, "Mandatory"),
    property("diagnostics.metrics.period.seconds", NUMBER, "60"),
    property("diagnostics.pending.invocations.period.seconds", NUMBER, "0"),
    property("diagnostics.slowoperations.period.seconds", NUMBER, "60"),
    property("diagnostics.stdout", Kind::Text, ""),
    property("discovery.enabled", Kind::Boolean, "false"),
    property("discovery.public.ip.enabled", Kind::Boolean, "false"),
    property("enterprise.license.key", Kind::Text, ""),
    property("event.queue.capacity", NUMBER, "1000000"),
    property("event.queue.timeout.millis", NUMBER, "250"),
    property("event.sync.timeout.millis", NUMBER, "5000"),
    property("event.thread.count", NUMBER, "5"),
    property("graceful.shutdown.max.wait", NUMBER, "600"),
    property("hd.global.index.enabled", Kind::Boolean, "true"),
    property("health.monitoring.delay.seconds", NUMBER, "20"),
    property("health.monitoring.level", HEALTH, "SILENT"),
    property("health.monitoring.threshold.cpu.percentage", NUMBER, "70"),
    property("health.monitoring.threshold.memory.percentage", NUMBER, "70"),
    property("heartbeat.failuredetector.type", DETECTOR, "deadline"),
    property("heartbeat.interval.seconds", NUMBER, "5"),
    property("heartbeat.phiaccrual.failuredetector.min.std.dev.millis", NUMBER, "100"),
    property("heartbeat.phiaccrual.failuredetector.sample.size", NUMBER, "200"),
    property("heartbeat.phiaccrual.failuredetector.threshold", Kind::Text, "10"),
    property("icmp.echo.fail.fast.on.startup", Kind::Boolean, "true"),
    property("icmp.enabled", Kind::Boolean, "false"),
    property("icmp.interval", NUMBER, "1000"),
    property("icmp.max.attempts", NUMBER, "3"),
    property("icmp.parallel.mode", Kind::Boolean, "true"),
    property("icmp.timeout", NUMBER, "1000"),
    property("icmp.ttl", NUMBER, "0"),
    property("ignoreXxeProtectionFailures", Kind::Boolean, "false"),
    property("index.copy.behavior", Kind::Text, "COPY_ON_READ"),
    property("init.cluster.version", Kind::Text, ""),
    property("initial.min.cluster.size", NUMBER, "0"),
    property("initial.wait.seconds", NUMBER, "0"),
    property("invocation.max.retry.count", NUMBER, "250"),
    property("invocation.retry.pause.millis", NUMBER, "500"),
    property("io.balancer.interval.seconds", NUMBER, "20"),
    property("io.input.thread.count", NUMBER, "3"),
    property("io.output.thread.count", NUMBER, "3"),
    property("io.thread.count", NUMBER, "3"),
    property("io.write.through", Kind::Boolean, "true"),
    property("jcache.provider.type", Kind::Text, ""),
    property("jet.custom.lib.dir", Kind::Text, "custom-lib"),
    property("jet.idle.cooperative.max.microseconds", NUMBER, "500"),
    property("jet.idle.cooperative.min.microseconds", NUMBER, "25"),
    property("jet.idle.noncooperative.max.microseconds", NUMBER, "5000"),
    property("jet.idle.noncooperative.min.microseconds", NUMBER, "25"),
    property("jet.job.results.max.size", NUMBER, "1000"),
    property("jet.job.results.ttl.seconds", Kind::Text, "604800"),
    property("jet.job.scan.period", NUMBER, "5000"),
    property("jmx", Kind::Boolean, "false"),
    property("jmx.update.interval.seconds", NUMBER, "5"),
    property("local.localAddress", Kind::Text, ""),
    property("local.publicAddress", Kind::Text, ""),
    property("lock.max.lease.time.seconds", Kind::Text, ""),
    property("logging.details.enabled", Kind::Boolean, "true"),
    property("logging.emoji.enabled", Kind::Boolean, "true"),
    property("logging.type", LOGGING, "jdk"),
    property("map.eviction.batch.size", NUMBER, "1"),
    property("map.expiry.delay.seconds", NUMBER, "10"),
    property("map.invalidation.batch.enabled", Kind::Boolean, "true"),
    property("map.invalidation.batch.size", NUMBER, "100"),
    property("map.invalidation.batchfrequency.seconds", NUMBER, "10"),
    property("map.load.chunk.size", NUMBER, "1000"),
    property("map.replica.scheduled.task.delay.seconds", NUMBER, "10"),
    property("map.write.behind.queue.capacity", NUMBER, "50000"),
    property("mastership.claim.timeout.seconds", NUMBER, "120"),
    property("max.join.merge.target.seconds", NUMBER, "20"),
    property("max.join.seconds", NUMBER, "300"),
    property("max.no.heartbeat.seconds", NUMBER, "60"),
    property("max.wait.seconds.before.join", NUMBER, "20"),
    property("mc.executor.thread.count", NUMBER, "2"),
    property("mc.max.visible.instance.count", NUMBER, "100"),
    property("mc.max.visible.slow.operations.count", NUMBER, "10"),
    property("mc.url.change.enabled", Kind::Boolean, "true"),
    property("member.list.publish.interval.seconds", NUMBER, "60"),
    property("member.naming.moby.enabled", Kind::Boolean, "true"),
    property("merge.first.run.delay.seconds", NUMBER, "300"),
    property("merge.next.run.delay.seconds", NUMBER, "120"),
    property("metrics.collection.frequency", NUMBER, "5"),
    property("metrics.datastructures.enabled", Kind::Boolean, "true"),
    property("metrics.debug.enabled", Kind::Boolean, "false"),
    property("metrics.enabled", Kind::Boolean, "true"),
    property("metrics.jmx.enabled", Kind::Boolean, "true"),
    property("metrics.level", Kind::Text, "Mandatory"),
    property("metrics.mc.enabled", Kind::Boolean, "true"),
    property("metrics.mc.retention", NUMBER, "5"),
    property("migration.min.delay.on.member.removed.seconds", NUMBER, "5"),
    property("multicast.group", Kind::Text, ""),
    property("multicast.socket.set.interface", Kind::Text, ""),
    property("network.stats.refresh.interval.seconds", NUMBER, "3"),
    property("nio.tcp.spoofing.checks", Kind::Boolean, "false"),
    property("operation.backup.timeout.millis", NUMBER, "5000"),
    property("operation.call.timeout.millis", NUMBER, "60000"),
    property("operation.fail.on.indeterminate.state", Kind::Boolean, "false"),
    property("operation.generic.thread.count", NUMBER, ""),
    property("operation.priority.generic.thread.count", NUMBER, "1"),
    property("operation.response.thread.count", NUMBER, "2"),
    property("operation.thread.count", NUMBER, ""),
    property("partial.member.disconnection.resolution.algorithm.timeout.seconds", NUMBER, "5"),
    property("partial.member.disconnection.resolution.heartbeat.count", NUMBER, "0"),
    property("partition.backup.sync.interval", NUMBER, "30"),
    property("partition.count", POSITIVE, "271"),
    property("partition.max.parallel.migrations", NUMBER, "10"),
    property("partition.max.parallel.replications", NUMBER, "10"),
    property("partition.migration.chunks.enabled", Kind::Boolean, "true"),
    property("partition.migration.chunks.max.migrating.data.in.mb", NUMBER, "250"),
    property("partition.migration.fragments.enabled", Kind::Boolean, "true"),
    property("partition.migration.interval", NUMBER, "0"),
    property("partition.migration.stale.read.disabled", Kind::Boolean, "false"),
    property("partition.migration.timeout", NUMBER, "300"),
    property("partition.table.send.interval", NUMBER, "15"),
    property("partitioning.strategy.class", Kind::Text, ""),
    property("persistence.auto.cluster.state", Kind::Boolean, "true"),
    property("persistence.auto.cluster.state.strategy", Kind::Text, "NO_MIGRATION"),
    property("phone.home.enabled", Kind::Boolean, "true"),
    property("prefer.ipv4.stack", Kind::Boolean, "true"),
    property("query.max.local.partition.limit.for.precheck", NUMBER, "3"),
    property("query.optimizer.type", Kind::Text, "RULES"),
    property("query.predicate.parallel.evaluation", Kind::Boolean, "false"),
    property("query.result.size.limit", NUMBER, "-1"),
    property("security.recommendations", Kind::Text, ""),
    property("serialization.version", NUMBER, ""),
    property("shutdownhook.enabled", Kind::Boolean, "true"),
    property("shutdownhook.policy", SHUTDOWN, "TERMINATE"),
    property("slow.invocation.detector.threshold.millis", NUMBER, "-1"),
    property("slow.operation.detector.enabled", Kind::Boolean, "true"),
    property("slow.operation.detector.log.purge.interval.seconds", NUMBER, "300"),
    property("slow.operation.detector.log.retention.seconds", NUMBER, "3600"),
    property("slow.operation.detector.stacktrace.logging.enabled", Kind::Boolean, "false"),
    property("slow.operation.detector.threshold.millis", NUMBER, "10000"),
    property("socket.bind.any", Kind::Boolean, "true"),
    property("socket.buffer.direct", Kind::Boolean, "false"),
    property("socket.client.bind", Kind::Boolean, "true"),
    property("socket.client.bind.any", Kind::Boolean, "true"),
    property("socket.client.buffer.direct", Kind::Boolean, "false"),
    property("socket.client.receive.buffer.size", NUMBER, "-1"),
    property("socket.client.send.buffer.size", NUMBER, "-1"),
    property("socket.connect.timeout.seconds", NUMBER, "10"),
    property("socket.keep.alive", Kind::Boolean, "true"),
    property("socket.linger.seconds", NUMBER, "-1"),
    property("socket.no.delay", Kind::Boolean, "true"),
    property("socket.receive.buffer.size", NUMBER, "128"),
    property("socket.send.buffer.size", NUMBER, "128"),
    property("socket.server.bind.any", Kind::Boolean, "true"),
    property("sql.experimental.custom.types.enabled", Kind::Boolean, "false"),
    property("stale.join.prevention.duration.seconds", NUMBER, "30"),
    property("tcp.join.port.try.count", POSITIVE, "3"),
    property("tcp.join.previously.joined.member.address.retention.seconds", NUMBER, "14400"),
    property("tpc.enabled", Kind::Boolean, "false"),
    property("tpc.eventloop.count", NUMBER, ""),
    property("wait.seconds.before.join", NUMBER, "5"),
    property("wan.consumer.ack.delay.backoff.init", NUMBER, "1"),
    property("wan.consumer.ack.delay.backoff.max", NUMBER, "100"),
    property("wan.consumer.ack.delay.backoff.multiplier", Kind::Text, "1.5"),
    property("wan.consumer.invocation.threshold", NUMBER, "50000"),
];

/// Sorted by name.
static REMOVED: &[Removed] = &[
    gone("executor.client.thread.count", None, NUMBER, Successor::Property("clientengine.thread.count")),
    gone(
        "http.healthcheck.enabled",
        Some("4.0"),
        Kind::Boolean,
        Successor::Element("enable `<rest-api>` with its endpoint group HEALTH_CHECK"),
    ),
    gone("local.address", None, Kind::Text, Successor::Property("local.localAddress")),
    gone(
        "mancenter.enabled",
        Some("4.0"),
        Kind::Boolean,
        Successor::Element(
            "the management center connects to the members by itself; see `<management-center>`",
        ),
    ),
    gone("map.partition.count", None, NUMBER, Successor::Property("partition.count")),
    gone("master.confirmation.interval.seconds", Some("4.0"), NUMBER, Successor::Nothing),
    gone("mastership.claim.member.list.version.increment", Some("4.0"), NUMBER, Successor::Nothing),
    gone(
        "max.no.master.confirmation.seconds",
        Some("4.0"),
        NUMBER,
        Successor::Property("max.no.heartbeat.seconds"),
    ),
    gone("max.operation.timeout", None, NUMBER, Successor::Property("operation.call.timeout.millis")),
    gone(
        "memcache.enabled",
        Some("4.0"),
        Kind::Boolean,
        Successor::Element("write `<memcache-protocol enabled=\"true\"/>` in `<network>`"),
    ),
    gone(
        "rest.enabled",
        Some("4.0"),
        Kind::Boolean,
        Successor::Element(
            "write `<rest-api enabled=\"true\"/>` in `<network>` with the endpoint groups that are needed",
        ),
    ),
    gone("version.check.enabled", Some("4.0"), Kind::Boolean, Successor::Property("phone.home.enabled")),
];

#[cfg(test)]
mod tests {
    use cobnut_config::parse_int;

    use super::*;

    #[test]
    fn the_tables_are_sorted_and_defaults_fit_their_kinds() {
        assert!(KNOWN.is_sorted_by(|a, b| a.tail < b.tail));
        assert!(REMOVED.is_sorted_by(|a, b| a.tail < b.tail));
        for property in KNOWN.iter().filter(|property| !property.default.is_empty()) {
            let fits = match property.kind {
                Kind::Number { least } => parse_int(property.default).is_some_and(|number| number >= least),
                Kind::Boolean => matches!(property.default, "true" | "false"),
                Kind::Word { words, .. } => words.contains(&property.default),
                Kind::Text => true,
            };
            assert!(fits, "{property:?}");
        }
        for property in REMOVED {
            assert!(known(&format!("{PREFIX}{}", property.tail)).is_none(), "{property:?}");
            if let Successor::Property(tail) = property.successor {
                assert!(known(&format!("{PREFIX}{tail}")).is_some(), "{property:?}");
            }
        }
    }
}
