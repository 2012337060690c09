//! Rules about the REST and memcache endpoints on the member port.

mod dangerous_endpoint_group;
mod endpoint_group_without_rest_api;
mod rest_switched_off_by_openfire;
mod unknown_endpoint_group;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &dangerous_endpoint_group::RULE,
    &endpoint_group_without_rest_api::RULE,
    &rest_switched_off_by_openfire::RULE,
    &unknown_endpoint_group::RULE,
];
