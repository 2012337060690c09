//! `map` and `replicatedmap`, in the words of every generation.

use cobnut_diagnostics::Span;

use super::Reading;
use crate::document::ElementId;
use crate::schema::DEFAULT_MAP;
use crate::{Eviction, MapSettings, MergePolicy, NearCache, ReplicatedMapSettings, Spanned};

impl Reading<'_> {
    pub(super) fn map(&mut self, id: ElementId) {
        let mut map = MapSettings::new(self.name_of(id), self.document.element(id).span);
        for (child, name) in self.children(id) {
            match name.as_str() {
                "in-memory-format" => map.in_memory_format = self.text(child),
                "statistics-enabled" => map.statistics_enabled = Some(self.written_bool(child)),
                "per-entry-stats-enabled" => map.per_entry_stats_enabled = Some(self.written_bool(child)),
                "metadata-policy" => map.metadata_policy = self.text(child),
                "cache-deserialized-values" => map.cache_deserialized_values = self.text(child),
                "backup-count" => map.backup_count = Some(self.written_number(child)),
                "async-backup-count" => map.async_backup_count = Some(self.written_number(child)),
                "read-backup-data" => map.read_backup_data = Some(self.written_bool(child)),
                "time-to-live-seconds" => map.time_to_live_seconds = Some(self.written_number(child)),
                "max-idle-seconds" => map.max_idle_seconds = Some(self.written_number(child)),
                "merge-policy" => map.merge_policy = self.merge_policy(child),
                "near-cache" => map.near_cache = Some(self.near_cache(child)),
                "split-brain-protection-ref" | "quorum-ref" => map.split_brain_protection = self.text(child),
                _ => self.eviction(child, &name, &mut map.eviction),
            }
        }
        self.config.maps.push(map);
    }

    pub(super) fn replicated_map(&mut self, id: ElementId) {
        let mut map = ReplicatedMapSettings {
            name: self.name_of(id),
            span: self.document.element(id).span,
            in_memory_format: None,
            async_fillup: None,
            statistics_enabled: None,
            merge_policy: None,
            split_brain_protection: None,
        };
        for (child, name) in self.children(id) {
            match name.as_str() {
                "in-memory-format" => map.in_memory_format = self.text(child),
                "async-fillup" => map.async_fillup = Some(self.written_bool(child)),
                "statistics-enabled" => map.statistics_enabled = Some(self.written_bool(child)),
                "merge-policy" => map.merge_policy = self.merge_policy(child),
                "split-brain-protection-ref" | "quorum-ref" => map.split_brain_protection = self.text(child),
                _ => {}
            }
        }
        self.config.replicated_maps.push(map);
    }

    /// `@name`; without it Hazelcast takes the map of all others.
    fn name_of(&self, id: ElementId) -> Spanned<String> {
        let name = self.text_of(id, "name");
        name.unwrap_or_else(|| Spanned::new(DEFAULT_MAP.to_owned(), self.document.element(id).name_span))
    }

    fn merge_policy(&self, id: ElementId) -> Option<MergePolicy> {
        let name = self.text(id)?;
        Some(MergePolicy { name, batch_size: self.number_of(id, "batch-size") })
    }

    /// Elements that say what makes room. The newer `eviction` wins over those of 3.x, whatever their order.
    fn eviction(&self, id: ElementId, name: &str, eviction: &mut Eviction) {
        let span = self.document.element(id).span;
        let keep_newer = eviction.element.is_some();
        match name {
            "eviction" => {
                eviction.element = Some(span);
                eviction.policy = self.text_of(id, "eviction-policy").or(eviction.policy.take());
                eviction.max_size_policy =
                    self.text_of(id, "max-size-policy").or(eviction.max_size_policy.take());
                eviction.size = self.number_of(id, "size").or(eviction.size.take());
                eviction.comparator_class_name =
                    self.text_of(id, "comparator-class-name").or(eviction.comparator_class_name.take());
                return;
            }
            "eviction-policy" if !keep_newer => eviction.policy = self.text(id),
            "max-size" if !keep_newer => {
                eviction.size = Some(self.written_number(id));
                eviction.max_size_policy = self.text_of(id, "policy");
            }
            "map-eviction-policy-class-name" => eviction.comparator_class_name = self.text(id),
            "eviction-percentage" => eviction.percentage = Some(self.written_number(id)),
            "min-eviction-check-millis" => eviction.min_check_millis = Some(self.written_number(id)),
            "eviction-policy" | "max-size" => {}
            _ => return,
        }
        eviction.elements_of_3.push(span);
    }

    fn near_cache(&self, id: ElementId) -> NearCache {
        let mut near = NearCache {
            span: self.document.element(id).span,
            in_memory_format: None,
            invalidate_on_change: None,
            time_to_live_seconds: None,
            max_idle_seconds: None,
            cache_local_entries: None,
            serialize_keys: None,
            eviction: Eviction::default(),
        };
        for (child, name) in self.children(id) {
            match name.as_str() {
                "in-memory-format" => near.in_memory_format = self.text(child),
                "invalidate-on-change" => near.invalidate_on_change = Some(self.written_bool(child)),
                "time-to-live-seconds" => near.time_to_live_seconds = Some(self.written_number(child)),
                "max-idle-seconds" => near.max_idle_seconds = Some(self.written_number(child)),
                "cache-local-entries" => near.cache_local_entries = Some(self.written_bool(child)),
                "serialize-keys" => near.serialize_keys = Some(self.written_bool(child)),
                _ => self.eviction(child, &name, &mut near.eviction),
            }
        }
        near
    }
}

impl MapSettings {
    /// A map of which nothing but the name is written.
    fn new(name: Spanned<String>, span: Span) -> Self {
        Self {
            name,
            span,
            in_memory_format: None,
            statistics_enabled: None,
            per_entry_stats_enabled: None,
            metadata_policy: None,
            cache_deserialized_values: None,
            backup_count: None,
            async_backup_count: None,
            read_backup_data: None,
            time_to_live_seconds: None,
            max_idle_seconds: None,
            eviction: Eviction::default(),
            merge_policy: None,
            near_cache: None,
            split_brain_protection: None,
        }
    }
}
