//! Rules about the choice of the own address.

mod contradicting_own_address;
mod interfaces_not_enabled;
mod interfaces_without_pattern;
mod invalid_interface;
mod invalid_public_address;
mod ipv6_without_property;
mod loopback_interface;
mod own_address_not_listed;
mod template_interface;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &contradicting_own_address::RULE,
    &interfaces_not_enabled::RULE,
    &interfaces_without_pattern::RULE,
    &invalid_interface::RULE,
    &invalid_public_address::RULE,
    &ipv6_without_property::RULE,
    &loopback_interface::RULE,
    &own_address_not_listed::RULE,
    &template_interface::RULE,
];
