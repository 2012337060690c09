//! Rules about ports and blocks of `<network>`.

mod enterprise_feature;
mod ephemeral_port;
mod icmp_timeout_above_interval;
mod invalid_number;
mod invalid_outbound_ports;
mod narrow_outbound_ports;
mod network_beside_advanced_network;
mod pinned_port_with_auto_increment;
mod port_of_a_service;
mod port_range_overflow;
mod repeated_endpoint;
mod unsupported_block;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &enterprise_feature::RULE,
    &ephemeral_port::RULE,
    &icmp_timeout_above_interval::RULE,
    &invalid_number::RULE,
    &invalid_outbound_ports::RULE,
    &narrow_outbound_ports::RULE,
    &network_beside_advanced_network::RULE,
    &pinned_port_with_auto_increment::RULE,
    &port_of_a_service::RULE,
    &port_range_overflow::RULE,
    &repeated_endpoint::RULE,
    &unsupported_block::RULE,
];
