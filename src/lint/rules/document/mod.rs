//! Rules about the file as a document: form, names, attributes, text, variables.

mod ambiguous_import;
mod duplicate_element;
mod environment_placeholder;
mod fragment;
mod import_not_found;
mod invalid_boolean;
mod invisible_character_in_value;
mod key_beside_hazelcast;
mod malformed_schema_location;
mod malformed_variable;
mod malformed_xml;
mod malformed_yaml;
mod misplaced_element;
mod missing_attribute;
mod missing_namespace;
mod nested_import;
mod override_without_effect;
mod placeholder;
mod placement;
mod rename;
mod repeated_import;
mod stand_in;
mod stray_text;
mod template_placeholder;
mod undecryptable_value;
mod unknown_attribute;
mod unknown_element;
mod unsupported_replacer;
mod unused_element;
mod variable_default;
mod variable_without_value;
mod wrong_encoding_declaration;
mod wrong_letter_case;
mod wrong_namespace;
mod wrong_root;
mod wrong_yaml_shape;
mod yaml_beside_xml;

pub(super) use rename::rename;

use crate::Rule;

/// The namespace of member files.
const NAMESPACE: &str = "http://www.hazelcast.com/schema/config";

pub(super) static RULES: &[&Rule] = &[
    &ambiguous_import::RULE,
    &duplicate_element::RULE,
    &environment_placeholder::RULE,
    &fragment::RULE,
    &import_not_found::RULE,
    &invalid_boolean::RULE,
    &invisible_character_in_value::RULE,
    &key_beside_hazelcast::RULE,
    &malformed_schema_location::RULE,
    &malformed_variable::RULE,
    &malformed_xml::RULE,
    &malformed_yaml::RULE,
    &misplaced_element::RULE,
    &missing_attribute::RULE,
    &missing_namespace::RULE,
    &nested_import::RULE,
    &override_without_effect::RULE,
    &repeated_import::RULE,
    &stray_text::RULE,
    &template_placeholder::RULE,
    &undecryptable_value::RULE,
    &unknown_attribute::RULE,
    &unknown_element::RULE,
    &unsupported_replacer::RULE,
    &unused_element::RULE,
    &variable_default::RULE,
    &variable_without_value::RULE,
    &wrong_encoding_declaration::RULE,
    &wrong_letter_case::RULE,
    &wrong_namespace::RULE,
    &wrong_root::RULE,
    &wrong_yaml_shape::RULE,
    &yaml_beside_xml::RULE,
];
