//! Properties of joining, heartbeats, merging and sockets, each with Hazelcast's own default.

use std::time::Duration;

use super::Properties;

/// How silence of a member is judged: `hazelcast.heartbeat.failuredetector.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureDetector {
    /// A fixed limit.
    Deadline,
    /// A limit that follows the heartbeats seen so far.
    PhiAccrual,
}

/// Settings of the phi-accrual failure detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhiAccrual {
    /// `hazelcast.heartbeat.phiaccrual.failuredetector.threshold`: suspicion above which a member counts as dead.
    pub threshold: f64,
    /// `…sample.size`: heartbeats that are remembered.
    pub sample_size: u32,
    /// `…min.std.dev.millis`: the least deviation that is assumed.
    pub min_std_dev: Duration,
}

/// The properties of the `icmp` failure detector in the form of 3.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpProperties {
    /// `hazelcast.icmp.enabled`.
    pub enabled: bool,
    /// `hazelcast.icmp.parallel.mode`.
    pub parallel_mode: bool,
    /// `hazelcast.icmp.timeout`, in milliseconds.
    pub timeout: Duration,
    /// `hazelcast.icmp.interval`, in milliseconds.
    pub interval: Duration,
    /// `hazelcast.icmp.max.attempts`.
    pub max_attempts: u32,
    /// `hazelcast.icmp.ttl`.
    pub ttl: u32,
    /// `hazelcast.icmp.echo.fail.fast.on.startup`.
    pub fail_fast_on_startup: bool,
}

impl Properties {
    /// A property in whole seconds, 0 included, or its default.
    fn seconds_or(&self, name: &str, default: u64) -> Duration {
        Duration::from_secs(self.count_or(name, default))
    }

    /// A property in milliseconds, 0 included, or its default.
    fn millis_or(&self, name: &str, default: u64) -> Duration {
        Duration::from_millis(self.count_or(name, default))
    }

    /// A number that is not negative, or its default.
    fn count_or<T: TryFrom<i32>>(&self, name: &str, default: T) -> T {
        self.number(name)
            .filter(|&number| number >= 0)
            .and_then(|number| T::try_from(number).ok())
            .unwrap_or(default)
    }

    fn flag_or(&self, name: &str, default: bool) -> bool {
        self.flag(name).unwrap_or(default)
    }

    fn nonempty(&self, name: &str) -> Option<String> {
        let value = self.value(name)?.value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// `hazelcast.heartbeat.failuredetector.type`; `None` for a word that Hazelcast does not know and does not start on.
    pub fn failure_detector(&self) -> Option<FailureDetector> {
        match self.value("hazelcast.heartbeat.failuredetector.type").map(|value| value.value.trim()) {
            None | Some("deadline") => Some(FailureDetector::Deadline),
            Some("phi-accrual") => Some(FailureDetector::PhiAccrual),
            Some(_) => None,
        }
    }

    /// The properties of the phi-accrual failure detector.
    pub fn phi_accrual(&self) -> PhiAccrual {
        let name = |last: &str| format!("hazelcast.heartbeat.phiaccrual.failuredetector.{last}");
        let threshold = self.value(&name("threshold")).and_then(|value| value.value.trim().parse().ok());
        PhiAccrual {
            threshold: threshold.filter(|value: &f64| value.is_finite() && *value > 0.0).unwrap_or(10.0),
            sample_size: self.count_or(&name("sample.size"), 200),
            min_std_dev: self.millis_or(&name("min.std.dev.millis"), 100),
        }
    }

    /// The `hazelcast.icmp.*` properties.
    pub fn icmp(&self) -> IcmpProperties {
        IcmpProperties {
            enabled: self.flag_or("hazelcast.icmp.enabled", false),
            parallel_mode: self.flag_or("hazelcast.icmp.parallel.mode", true),
            timeout: self.millis_or("hazelcast.icmp.timeout", 1000),
            interval: self.millis_or("hazelcast.icmp.interval", 1000),
            max_attempts: self.count_or("hazelcast.icmp.max.attempts", 3),
            ttl: self.count_or("hazelcast.icmp.ttl", 0),
            fail_fast_on_startup: self.flag_or("hazelcast.icmp.echo.fail.fast.on.startup", true),
        }
    }

    /// `hazelcast.max.no.master.confirmation.seconds` (removed in 4.0).
    pub fn max_no_master_confirmation(&self) -> Duration {
        self.seconds_or("hazelcast.max.no.master.confirmation.seconds", 150)
    }

    /// `hazelcast.master.confirmation.interval.seconds` (3.x).
    pub fn master_confirmation_interval(&self) -> Duration {
        self.seconds_or("hazelcast.master.confirmation.interval.seconds", 30)
    }

    /// `hazelcast.connection.monitor.interval`: failures of a connection closer together than this count as one.
    pub fn connection_monitor_interval(&self) -> Duration {
        self.millis_or("hazelcast.connection.monitor.interval", 100)
    }

    /// `hazelcast.connection.monitor.max.faults`: failures after which a member is suspected.
    pub fn connection_monitor_max_faults(&self) -> u32 {
        self.count_or("hazelcast.connection.monitor.max.faults", 3)
    }

    /// `hazelcast.wait.seconds.before.join`: how long the master collects joiners.
    pub fn wait_before_join(&self) -> Duration {
        self.seconds_or("hazelcast.wait.seconds.before.join", 5)
    }

    /// `hazelcast.max.wait.seconds.before.join`: the same while more arrive.
    pub fn max_wait_before_join(&self) -> Duration {
        self.seconds_or("hazelcast.max.wait.seconds.before.join", 20)
    }

    /// `hazelcast.max.join.seconds`: how long joining may take in all.
    pub fn max_join(&self) -> Duration {
        self.seconds_or("hazelcast.max.join.seconds", 300)
    }

    /// `hazelcast.max.join.merge.target.seconds`: the same for joining again during a merge.
    pub fn max_join_merge_target(&self) -> Duration {
        self.seconds_or("hazelcast.max.join.merge.target.seconds", 20)
    }

    /// `hazelcast.merge.next.run.delay.seconds`: how often Hazelcast looks for a split after the first time.
    pub fn merge_next_run_delay(&self) -> Duration {
        self.seconds_or("hazelcast.merge.next.run.delay.seconds", 120)
    }

    /// `hazelcast.mastership.claim.timeout.seconds` (3.9 and later).
    pub fn mastership_claim_timeout(&self) -> Duration {
        self.seconds_or("hazelcast.mastership.claim.timeout.seconds", 120)
    }

    /// `hazelcast.member.list.publish.interval.seconds`.
    pub fn member_list_publish_interval(&self) -> Duration {
        self.seconds_or("hazelcast.member.list.publish.interval.seconds", 60)
    }

    /// `hazelcast.connect.all.wait.seconds`: how long a joiner waits for connections to all members.
    pub fn connect_all_wait(&self) -> Duration {
        self.seconds_or("hazelcast.connect.all.wait.seconds", 120)
    }

    /// `hazelcast.initial.min.cluster.size`: members that a start waits for.
    pub fn initial_min_cluster_size(&self) -> u32 {
        self.count_or("hazelcast.initial.min.cluster.size", 0)
    }

    /// `hazelcast.initial.wait.seconds`: how long a start waits in any case.
    pub fn initial_wait(&self) -> Duration {
        self.seconds_or("hazelcast.initial.wait.seconds", 0)
    }

    /// `hazelcast.stale.join.prevention.duration.seconds`.
    pub fn stale_join_prevention(&self) -> Duration {
        self.seconds_or("hazelcast.stale.join.prevention.duration.seconds", 30)
    }

    /// `hazelcast.tcp.join.previously.joined.member.address.retention.seconds` (5.x).
    pub fn joined_address_retention(&self) -> Duration {
        self.seconds_or("hazelcast.tcp.join.previously.joined.member.address.retention.seconds", 14_400)
    }

    /// `hazelcast.local.publicAddress`: what others are told to dial, whatever `<public-address>` says.
    pub fn public_address(&self) -> Option<String> {
        self.nonempty("hazelcast.local.publicAddress")
    }

    /// `hazelcast.prefer.ipv4.stack`.
    pub fn prefer_ipv4(&self) -> bool {
        self.flag_or("hazelcast.prefer.ipv4.stack", true)
    }

    /// `hazelcast.socket.server.bind.any`, else `hazelcast.socket.bind.any`: whether to listen on every address.
    pub fn server_bind_any(&self) -> bool {
        self.flag("hazelcast.socket.server.bind.any").or(self.bind_any()).unwrap_or(true)
    }

    /// `hazelcast.socket.client.bind.any`, else `hazelcast.socket.bind.any`: whether to dial from any address.
    pub fn client_bind_any(&self) -> bool {
        self.flag("hazelcast.socket.client.bind.any").or(self.bind_any()).unwrap_or(true)
    }

    /// `hazelcast.socket.client.bind`: whether to choose the address that is dialled from at all.
    pub fn client_bind(&self) -> bool {
        self.flag_or("hazelcast.socket.client.bind", true)
    }

    /// `hazelcast.socket.connect.timeout.seconds`; zero waits as long as the system does.
    pub fn connect_timeout(&self) -> Duration {
        self.seconds_or("hazelcast.socket.connect.timeout.seconds", 10)
    }

    /// `hazelcast.socket.keep.alive`.
    pub fn keep_alive(&self) -> bool {
        self.flag_or("hazelcast.socket.keep.alive", true)
    }

    /// `hazelcast.socket.no.delay`.
    pub fn no_delay(&self) -> bool {
        self.flag_or("hazelcast.socket.no.delay", true)
    }

    /// `hazelcast.multicast.group`: the group, whatever `<multicast-group>` says.
    pub fn multicast_group(&self) -> Option<String> {
        self.nonempty("hazelcast.multicast.group")
    }

    /// `hazelcast.discovery.enabled`: in 3.x, whether `<discovery-strategies>` are used.
    pub fn discovery_enabled(&self) -> bool {
        self.flag_or("hazelcast.discovery.enabled", false)
    }

    /// `hazelcast.partition.count` as members compare it: the text itself, unset and 271 being different.
    pub fn partition_count(&self) -> Option<String> {
        self.nonempty("hazelcast.partition.count")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::properties::tests::properties;

    #[test]
    fn what_is_not_set_or_no_number_has_hazelcasts_default() {
        let read = properties(&[
            ("hazelcast.max.join.seconds", "30s"),
            ("hazelcast.merge.next.run.delay.seconds", "-1"),
            ("hazelcast.connection.monitor.max.faults", " 7 "),
            ("hazelcast.initial.wait.seconds", "0"),
            ("hazelcast.heartbeat.phiaccrual.failuredetector.threshold", "8.5"),
            ("hazelcast.heartbeat.phiaccrual.failuredetector.sample.size", "0x1"),
        ]);
        assert_eq!(read.max_join(), Duration::from_mins(5));
        assert_eq!(read.merge_next_run_delay(), Duration::from_mins(2));
        assert_eq!(read.connection_monitor_max_faults(), 7);
        assert_eq!(read.initial_wait(), Duration::ZERO);
        let expected =
            PhiAccrual { threshold: 8.5, sample_size: 200, min_std_dev: Duration::from_millis(100) };
        assert_eq!(read.phi_accrual(), expected);
    }

    #[test]
    fn failure_detectors_are_named_exactly() {
        let detector =
            |text: &str| properties(&[("hazelcast.heartbeat.failuredetector.type", text)]).failure_detector();
        assert_eq!(properties(&[]).failure_detector(), Some(FailureDetector::Deadline));
        assert_eq!(detector("phi-accrual"), Some(FailureDetector::PhiAccrual));
        assert_eq!(detector("phi"), None);
    }

    #[test]
    fn one_property_sets_both_directions_of_binding_unless_they_are_named() {
        let read = properties(&[
            ("hazelcast.socket.bind.any", "false"),
            ("hazelcast.socket.client.bind.any", "TRUE"),
        ]);
        assert_eq!((read.server_bind_any(), read.client_bind_any()), (false, true));
        assert!(properties(&[]).server_bind_any());
    }
}
