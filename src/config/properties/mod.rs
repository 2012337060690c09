//! `<properties>`: Hazelcast's named switches, read by name.

mod effects;
mod membership;

use std::time::Duration;

#[cfg(test)]
pub(crate) use effects::EFFECTS;
pub use effects::property_effect;
pub use membership::{FailureDetector, IcmpProperties, PhiAccrual};

use crate::Spanned;
use crate::scalar::{java_bool, parse_int};

/// `hazelcast.tcp.join.port.try.count` when it is not set.
const JOIN_PORT_TRY_COUNT: u32 = 3;
/// `hazelcast.merge.first.run.delay.seconds` when it is not set.
const MERGE_FIRST_RUN_DELAY: Duration = Duration::from_mins(5);

/// The properties of one file, in its order; of two with one name the last counts.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    entries: Vec<(Spanned<String>, Spanned<String>)>,
}

impl Properties {
    pub(crate) fn push(&mut self, name: Spanned<String>, value: Spanned<String>) {
        self.entries.push((name, value));
    }

    /// All entries as (name, value), in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&Spanned<String>, &Spanned<String>)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }

    /// The effective value of a property.
    pub fn value(&self, name: &str) -> Option<&Spanned<String>> {
        self.entries.iter().rev().find(|(entry, _)| entry.value == name).map(|(_, value)| value)
    }

    /// A numeric property; `None` when it is missing or not a number that Java would read.
    pub fn number(&self, name: &str) -> Option<i32> {
        parse_int(self.value(name)?.value.trim())
    }

    /// A boolean property.
    pub fn flag(&self, name: &str) -> Option<bool> {
        Some(java_bool(self.value(name)?.value.trim()))
    }

    /// A property in whole seconds, at least one.
    fn seconds(&self, name: &str) -> Option<Duration> {
        let seconds = u64::try_from(self.number(name)?).ok()?;
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }

    /// `hazelcast.heartbeat.interval.seconds`, if the file sets it.
    pub fn heartbeat_interval(&self) -> Option<Duration> {
        self.seconds("hazelcast.heartbeat.interval.seconds")
    }

    /// `hazelcast.max.no.heartbeat.seconds`, if the file sets it: silence after which a member counts as dead.
    pub fn max_no_heartbeat(&self) -> Option<Duration> {
        self.seconds("hazelcast.max.no.heartbeat.seconds")
    }

    /// `hazelcast.merge.first.run.delay.seconds`: how long Hazelcast leaves a split alone before it looks for one.
    pub fn merge_first_run_delay(&self) -> Duration {
        self.seconds("hazelcast.merge.first.run.delay.seconds").unwrap_or(MERGE_FIRST_RUN_DELAY)
    }

    /// `hazelcast.tcp.join.port.try.count`: ports that are dialled for a member without a port.
    pub fn join_port_try_count(&self) -> u32 {
        let count =
            self.number("hazelcast.tcp.join.port.try.count").and_then(|count| u32::try_from(count).ok());
        count.filter(|&count| count > 0).unwrap_or(JOIN_PORT_TRY_COUNT)
    }

    /// `hazelcast.local.localAddress`: the own address, whatever `<interfaces>` says.
    pub fn local_address(&self) -> Option<String> {
        let value = self.value("hazelcast.local.localAddress")?.value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// `hazelcast.socket.bind.any`: whether to listen on every address and only advertise the picked one (Hazelcast's default).
    pub fn bind_any(&self) -> Option<bool> {
        self.flag("hazelcast.socket.bind.any")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cobnut_diagnostics::Span;

    pub(super) fn properties(entries: &[(&str, &str)]) -> Properties {
        let mut properties = Properties::default();
        for (name, value) in entries {
            let spanned = |text: &str| Spanned::new(text.to_owned(), Span::default());
            properties.push(spanned(name), spanned(value));
        }
        properties
    }

    #[test]
    fn heartbeats_are_seconds_and_the_last_entry_counts() {
        let read = properties(&[
            ("hazelcast.heartbeat.interval.seconds", "5"),
            ("hazelcast.heartbeat.interval.seconds", " 2 "),
            ("hazelcast.max.no.heartbeat.seconds", "10s"),
        ]);
        assert_eq!(read.heartbeat_interval(), Some(Duration::from_secs(2)));
        assert_eq!(read.max_no_heartbeat(), None);
        assert_eq!(properties(&[("hazelcast.max.no.heartbeat.seconds", "-3")]).max_no_heartbeat(), None);
    }

    #[test]
    fn defaults_are_hazelcasts() {
        let none = properties(&[]);
        assert_eq!(none.join_port_try_count(), 3);
        assert_eq!(none.merge_first_run_delay(), Duration::from_mins(5));
        assert_eq!((none.local_address(), none.bind_any()), (None, None));
        assert_eq!(properties(&[("hazelcast.tcp.join.port.try.count", "0")]).join_port_try_count(), 3);
    }
}
