//! Rules about ports, blocks and properties.

mod ephemeral_port;
mod heartbeat_ratio;
mod invalid_number;
mod invalid_property;
mod port_of_a_service;
mod unsupported_block;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &ephemeral_port::RULE,
    &heartbeat_ratio::RULE,
    &invalid_number::RULE,
    &invalid_property::RULE,
    &port_of_a_service::RULE,
    &unsupported_block::RULE,
];
