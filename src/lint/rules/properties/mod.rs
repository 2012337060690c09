//! Rules about `<properties>`.

mod blank_in_property_name;
mod duplicate_property;
mod heartbeat_ratio;
mod invalid_property;
pub(crate) mod known;
mod misspelt_property;
mod partition_count_set;
mod removed_property;
mod split_heals_late;
mod unknown_property_value;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &blank_in_property_name::RULE,
    &duplicate_property::RULE,
    &heartbeat_ratio::RULE,
    &invalid_property::RULE,
    &misspelt_property::RULE,
    &partition_count_set::RULE,
    &removed_property::RULE,
    &split_heals_late::RULE,
    &unknown_property_value::RULE,
];
