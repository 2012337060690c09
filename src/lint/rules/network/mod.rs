//! Rules about ports and blocks of `<network>`.

mod ephemeral_port;
mod invalid_number;
mod port_of_a_service;
mod unsupported_block;

use crate::Rule;

pub(super) static RULES: &[&Rule] =
    &[&ephemeral_port::RULE, &invalid_number::RULE, &port_of_a_service::RULE, &unsupported_block::RULE];
