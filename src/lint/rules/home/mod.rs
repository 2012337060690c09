//! Rules about `openfire.xml` and `security.xml`.

mod autosetup_left_behind;
mod clear_database_password;
mod clustering_not_enabled;
mod console_port_clash;
mod console_without_tls;
mod domain_mismatch;
mod encrypted_but_not_listed;
mod encrypted_without_key;
mod invalid_openfire_value;
mod key_change_pending;
mod misspelt_openfire_property;
mod one_time_token_left;
mod openfire_master_key;
mod openfire_syntax;
mod openfire_undecryptable;
mod refused_openfire_setting;
mod repeated_openfire_property;
mod same_fqdn;
mod same_listen_address;
mod same_node_id;
mod security_xml_mismatch;
mod setup_not_finished;

use std::collections::BTreeMap;

use cobnut_diagnostics::Location;

use crate::Rule;
use crate::{Cluster, Home};

pub(super) static RULES: &[&Rule] = &[
    &autosetup_left_behind::RULE,
    &clear_database_password::RULE,
    &clustering_not_enabled::RULE,
    &console_port_clash::RULE,
    &console_without_tls::RULE,
    &domain_mismatch::RULE,
    &encrypted_but_not_listed::RULE,
    &encrypted_without_key::RULE,
    &invalid_openfire_value::RULE,
    &key_change_pending::RULE,
    &misspelt_openfire_property::RULE,
    &one_time_token_left::RULE,
    &openfire_master_key::RULE,
    &openfire_syntax::RULE,
    &openfire_undecryptable::RULE,
    &refused_openfire_setting::RULE,
    &repeated_openfire_property::RULE,
    &same_fqdn::RULE,
    &same_listen_address::RULE,
    &same_node_id::RULE,
    &security_xml_mismatch::RULE,
    &setup_not_finished::RULE,
];

/// Nodes that have the same value of a property as an earlier one: the property, the node, and the earlier node.
fn copied<'a>(
    cluster: &'a Cluster,
    names: &[&'static str],
    is_own: impl Fn(&str) -> bool,
) -> Vec<(&'static str, &'a Home, &'a Home)> {
    let mut found = Vec::new();
    for name in names {
        let mut seen: BTreeMap<String, &Home> = BTreeMap::new();
        for home in cluster.homes() {
            let value = home.property(name).map(|property| property.value.to_lowercase());
            let Some(value) = value.filter(|value| is_own(value)) else { continue };
            match seen.get(&value) {
                Some(first) => found.push((*name, home, *first)),
                None => drop(seen.insert(value, home)),
            }
        }
    }
    found
}

fn place(home: &Home, name: &str) -> Option<Location> {
    home.place(home.property(name)?)
}
