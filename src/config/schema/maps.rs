//! `map` and `replicatedmap`.

use cobnut_diagnostics::Span;

use crate::{Spanned, Written};

/// One `map` element. What is not written is `None`: a named map does not inherit from the one called `default`.
#[derive(Debug, Clone)]
pub struct MapSettings {
    /// `@name`; may hold one `*`. Hazelcast takes a missing name for `default`.
    pub name: Spanned<String>,
    /// The whole element.
    pub span: Span,
    /// `in-memory-format`.
    pub in_memory_format: Option<Spanned<String>>,
    /// `statistics-enabled`.
    pub statistics_enabled: Option<Written<bool>>,
    /// `per-entry-stats-enabled` (4.2 and later).
    pub per_entry_stats_enabled: Option<Written<bool>>,
    /// `metadata-policy`.
    pub metadata_policy: Option<Spanned<String>>,
    /// `cache-deserialized-values`.
    pub cache_deserialized_values: Option<Spanned<String>>,
    /// `backup-count`.
    pub backup_count: Option<Written<i32>>,
    /// `async-backup-count`.
    pub async_backup_count: Option<Written<i32>>,
    /// `read-backup-data`.
    pub read_backup_data: Option<Written<bool>>,
    /// `time-to-live-seconds`; 0 is for ever.
    pub time_to_live_seconds: Option<Written<i32>>,
    /// `max-idle-seconds`; 0 is for ever.
    pub max_idle_seconds: Option<Written<i32>>,
    /// `eviction` with its attributes (4.0 and later), or the elements of 3.x.
    pub eviction: Eviction,
    /// `merge-policy`.
    pub merge_policy: Option<MergePolicy>,
    /// `near-cache`.
    pub near_cache: Option<NearCache>,
    /// `split-brain-protection-ref`, in 3.x `quorum-ref`.
    pub split_brain_protection: Option<Spanned<String>>,
}

/// Names of a map that the file does not name.
pub(crate) const DEFAULT_MAP: &str = "default";

/// What makes room in a map, in the words of every generation.
#[derive(Debug, Clone, Default)]
pub struct Eviction {
    /// `eviction`.
    pub element: Option<Span>,
    /// `eviction@eviction-policy`, or `eviction-policy` as an element (3.x).
    pub policy: Option<Spanned<String>>,
    /// `eviction@max-size-policy`, or `max-size@policy` (3.x).
    pub max_size_policy: Option<Spanned<String>>,
    /// `eviction@size`, or the text of `max-size` (3.x); 0 is unlimited.
    pub size: Option<Written<i32>>,
    /// `eviction@comparator-class-name`, or `map-eviction-policy-class-name` (3.x).
    pub comparator_class_name: Option<Spanned<String>>,
    /// `eviction-percentage`: 3.x, without effect since 3.7.
    pub percentage: Option<Written<i32>>,
    /// `min-eviction-check-millis`: 3.x, without effect since 3.7.
    pub min_check_millis: Option<Written<i32>>,
    /// Elements that only 3.x and older know: `eviction-policy`, `max-size` and the like.
    pub elements_of_3: Vec<Span>,
}

/// `merge-policy`: which of two entries stays after a split.
#[derive(Debug, Clone)]
pub struct MergePolicy {
    /// The class, with or without its package.
    pub name: Spanned<String>,
    /// `@batch-size`.
    pub batch_size: Option<Written<i32>>,
}

impl MergePolicy {
    /// The class without its package.
    pub fn simple_name(&self) -> &str {
        self.name.value.rsplit('.').next().unwrap_or(&self.name.value)
    }
}

/// `near-cache`.
#[derive(Debug, Clone)]
pub struct NearCache {
    /// The whole element.
    pub span: Span,
    /// `in-memory-format`.
    pub in_memory_format: Option<Spanned<String>>,
    /// `invalidate-on-change`.
    pub invalidate_on_change: Option<Written<bool>>,
    /// `time-to-live-seconds`.
    pub time_to_live_seconds: Option<Written<i32>>,
    /// `max-idle-seconds`.
    pub max_idle_seconds: Option<Written<i32>>,
    /// `cache-local-entries`.
    pub cache_local_entries: Option<Written<bool>>,
    /// `serialize-keys`.
    pub serialize_keys: Option<Written<bool>>,
    /// `eviction`, or the elements of 3.x.
    pub eviction: Eviction,
}

/// One `replicatedmap` element.
#[derive(Debug, Clone)]
pub struct ReplicatedMapSettings {
    /// `@name`.
    pub name: Spanned<String>,
    /// The whole element.
    pub span: Span,
    /// `in-memory-format`.
    pub in_memory_format: Option<Spanned<String>>,
    /// `async-fillup`.
    pub async_fillup: Option<Written<bool>>,
    /// `statistics-enabled`.
    pub statistics_enabled: Option<Written<bool>>,
    /// `merge-policy`.
    pub merge_policy: Option<MergePolicy>,
    /// `split-brain-protection-ref`, in 3.x `quorum-ref`.
    pub split_brain_protection: Option<Spanned<String>>,
}
