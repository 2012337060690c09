//! Rules about joiners.

mod auto_detection_left_on;
mod commented_join;
mod default_name_with_multicast;
mod discovery_not_enabled;
mod invalid_multicast_group;
mod joiner_without_enabled;
mod multicast_enabled_by_default;
mod multicast_on_loopback;
mod multicast_stays_local;
mod no_joiner_enabled;
mod no_usable_member;
mod placeholder_in_joiner;
mod required_member_beside_members;
mod several_joiners;
mod unsupported_joiner;
mod untrusted_peer;
mod unusable_connection_timeout;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &auto_detection_left_on::RULE,
    &commented_join::RULE,
    &default_name_with_multicast::RULE,
    &discovery_not_enabled::RULE,
    &invalid_multicast_group::RULE,
    &joiner_without_enabled::RULE,
    &multicast_enabled_by_default::RULE,
    &multicast_on_loopback::RULE,
    &multicast_stays_local::RULE,
    &no_joiner_enabled::RULE,
    &no_usable_member::RULE,
    &placeholder_in_joiner::RULE,
    &required_member_beside_members::RULE,
    &several_joiners::RULE,
    &unsupported_joiner::RULE,
    &untrusted_peer::RULE,
    &unusable_connection_timeout::RULE,
];
