//! Rules about the file as a document: form, names, attributes, booleans.

mod duplicate_element;
mod fragment;
mod invalid_boolean;
mod malformed_xml;
mod misplaced_element;
mod placement;
mod stray_text;
mod unknown_attribute;
mod unknown_element;
mod unused_element;
mod wrong_root;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &duplicate_element::RULE,
    &fragment::RULE,
    &invalid_boolean::RULE,
    &malformed_xml::RULE,
    &misplaced_element::RULE,
    &stray_text::RULE,
    &unknown_attribute::RULE,
    &unknown_element::RULE,
    &unused_element::RULE,
    &wrong_root::RULE,
];
