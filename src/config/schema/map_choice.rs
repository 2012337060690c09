//! Which `map` element holds for a map of a given name.

use super::{Config, DEFAULT_MAP, Eviction, MapSettings};

/// What two `map` elements of one name come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepeatedMaps {
    /// The later adds to the earlier and overrides it (4.0 and later).
    Add,
    /// The later replaces the earlier (3.x).
    Replace,
}

impl Config {
    /// The settings of the map `name`: those of its own element, else of the pattern that fits best, else of `default`.
    ///
    /// As in Hazelcast, a pattern has one `*` and counts for as many characters as it fixes, what stands behind an `@` does
    /// not belong to the name, and a named map inherits nothing from `default`. Of two patterns that fit equally well, on
    /// which Hazelcast fails, the first is taken. `None` leaves Hazelcast's own defaults.
    pub fn map(&self, name: &str, repeated: RepeatedMaps) -> Option<MapSettings> {
        let name = name.split('@').next().unwrap_or(name);
        let chosen = self.maps.iter().find(|map| map.name.value == name).or_else(|| {
            let fitting =
                self.maps.iter().filter_map(|map| Some((fixed_characters(&map.name.value, name)?, map)));
            // `max_by_key` would take the last of equals.
            fitting.rev().max_by_key(|(fixed, _)| *fixed).map(|(_, map)| map)
        });
        let chosen =
            &chosen.or_else(|| self.maps.iter().find(|map| map.name.value == DEFAULT_MAP))?.name.value;
        let mut same = self.maps.iter().filter(|map| map.name.value == *chosen).cloned();
        match repeated {
            RepeatedMaps::Add => same.reduce(MapSettings::overridden_by),
            RepeatedMaps::Replace => same.next_back(),
        }
    }
}

/// How many characters of `name` a pattern with one `*` fixes; `None` if it does not fit or is none.
fn fixed_characters(pattern: &str, name: &str) -> Option<usize> {
    let (before, behind) = pattern.split_once('*')?;
    let fits = !behind.contains('*') && name.strip_prefix(before)?.ends_with(behind);
    fits.then_some(before.len() + behind.len())
}

impl MapSettings {
    /// These settings with everything that `later` writes in their place.
    fn overridden_by(self, later: Self) -> Self {
        Self {
            name: self.name,
            span: later.span,
            in_memory_format: later.in_memory_format.or(self.in_memory_format),
            statistics_enabled: later.statistics_enabled.or(self.statistics_enabled),
            per_entry_stats_enabled: later.per_entry_stats_enabled.or(self.per_entry_stats_enabled),
            metadata_policy: later.metadata_policy.or(self.metadata_policy),
            cache_deserialized_values: later.cache_deserialized_values.or(self.cache_deserialized_values),
            backup_count: later.backup_count.or(self.backup_count),
            async_backup_count: later.async_backup_count.or(self.async_backup_count),
            read_backup_data: later.read_backup_data.or(self.read_backup_data),
            time_to_live_seconds: later.time_to_live_seconds.or(self.time_to_live_seconds),
            max_idle_seconds: later.max_idle_seconds.or(self.max_idle_seconds),
            eviction: self.eviction.overridden_by(later.eviction),
            merge_policy: later.merge_policy.or(self.merge_policy),
            near_cache: later.near_cache.or(self.near_cache),
            split_brain_protection: later.split_brain_protection.or(self.split_brain_protection),
        }
    }
}

impl Eviction {
    fn overridden_by(self, later: Self) -> Self {
        Self {
            element: later.element.or(self.element),
            policy: later.policy.or(self.policy),
            max_size_policy: later.max_size_policy.or(self.max_size_policy),
            size: later.size.or(self.size),
            comparator_class_name: later.comparator_class_name.or(self.comparator_class_name),
            percentage: later.percentage.or(self.percentage),
            min_check_millis: later.min_check_millis.or(self.min_check_millis),
            elements_of_3: [self.elements_of_3, later.elements_of_3].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use cobnut_diagnostics::Source;

    fn config(maps: &[(&str, &str)]) -> Config {
        let maps: Vec<String> =
            maps.iter().map(|(name, inside)| format!("<map name='{name}'>{inside}</map>")).collect();
        parse(&Source::new("t.xml", format!("<hazelcast>{}</hazelcast>", maps.concat()))).0.unwrap()
    }

    fn chosen(config: &Config, name: &str) -> Option<String> {
        config.map(name, RepeatedMaps::Add).map(|map| map.name.value)
    }

    #[test]
    fn the_closest_element_is_taken() {
        let config = config(&[
            ("default", ""),
            ("Routing*", ""),
            ("*Cache", ""),
            ("Routing Users*", ""),
            ("a*b*", ""),
            ("User", ""),
        ]);
        let cases = [
            ("User", "User"),
            ("User@1", "User"),
            ("Routing Servers", "Routing*"),
            ("Routing Users Cache", "Routing Users*"),
            ("VCard Cache", "*Cache"),
            ("Cach", "default"),
            ("axbx", "default"),
            ("Roster", "default"),
        ];
        for (name, expected) in cases {
            assert_eq!(chosen(&config, name).as_deref(), Some(expected), "{name}");
        }
        assert_eq!(chosen(&super::tests::config(&[("User", "")]), "Roster"), None);
        assert_eq!(chosen(&super::tests::config(&[("a*", ""), ("*b", "")]), "ab").as_deref(), Some("a*"));
        // The prefix and the suffix may not overlap.
        assert_eq!(chosen(&super::tests::config(&[("aba*ba", "")]), "aba"), None);
    }

    #[test]
    fn repeated_elements_add_up_or_replace_each_other() {
        let config = config(&[
            ("User", "<backup-count>2</backup-count><time-to-live-seconds>9</time-to-live-seconds>"),
            ("User", "<time-to-live-seconds>5</time-to-live-seconds><eviction size='7'/>"),
        ]);
        let read = |repeated| {
            let map = config.map("User", repeated).unwrap();
            let number = |value: Option<crate::Written<i32>>| value.and_then(|value| value.value);
            (number(map.backup_count), number(map.time_to_live_seconds), number(map.eviction.size))
        };
        assert_eq!(read(RepeatedMaps::Add), (Some(2), Some(5), Some(7)));
        assert_eq!(read(RepeatedMaps::Replace), (None, Some(5), Some(7)));
    }
}
