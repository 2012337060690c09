//! Rules about ports, blocks and properties.

mod ephemeral_port;
mod heartbeat_ratio;
mod invalid_number;
mod invalid_property;
mod unsupported_block;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &ephemeral_port::RULE,
    &heartbeat_ratio::RULE,
    &invalid_number::RULE,
    &invalid_property::RULE,
    &unsupported_block::RULE,
];
