//! Rules about entries of the member list.

mod blank_in_member;
mod cidr_as_member;
mod duplicate_member;
mod empty_member;
mod extra_colon;
mod extra_octet;
mod full_width_character;
mod interface_as_member;
mod invalid_host_name;
mod invalid_port;
mod invisible_character;
mod ipv6_port_without_brackets;
mod ipv6_scope;
mod leading_zero;
mod letter_in_address;
mod loopback_among_members;
mod malformed_ipv6;
mod member_without_port;
mod misplaced_separator;
mod missing_octet;
mod misused_brackets;
mod mixed_separators;
mod network_address_as_member;
mod not_a_host_address;
mod octet_out_of_range;
mod odd_host_name;
mod port_out_of_range;
mod port_zero;
mod range_outside_last_octet;
mod report;
mod reversed_range;
mod same_host_several_ports;
mod stray_dot;
mod unexpected_port;
mod url_as_member;
mod variable_in_member;
mod wide_range;

use report::report;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &blank_in_member::RULE,
    &cidr_as_member::RULE,
    &duplicate_member::RULE,
    &empty_member::RULE,
    &extra_colon::RULE,
    &extra_octet::RULE,
    &full_width_character::RULE,
    &interface_as_member::RULE,
    &invalid_host_name::RULE,
    &invalid_port::RULE,
    &invisible_character::RULE,
    &ipv6_port_without_brackets::RULE,
    &ipv6_scope::RULE,
    &leading_zero::RULE,
    &letter_in_address::RULE,
    &loopback_among_members::RULE,
    &malformed_ipv6::RULE,
    &member_without_port::RULE,
    &misplaced_separator::RULE,
    &missing_octet::RULE,
    &misused_brackets::RULE,
    &mixed_separators::RULE,
    &network_address_as_member::RULE,
    &not_a_host_address::RULE,
    &octet_out_of_range::RULE,
    &odd_host_name::RULE,
    &port_out_of_range::RULE,
    &port_zero::RULE,
    &range_outside_last_octet::RULE,
    &reversed_range::RULE,
    &same_host_several_ports::RULE,
    &stray_dot::RULE,
    &unexpected_port::RULE,
    &url_as_member::RULE,
    &variable_in_member::RULE,
    &wide_range::RULE,
];
