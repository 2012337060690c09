//! Rules about key stores and the certificates in them.

mod certificate_for_other_domain;
mod certificate_mismatch;
mod certificate_not_yet_valid;
mod default_keystore_password;
mod expired_certificate;
mod incomplete_chain;
mod key_with_other_password;
mod unreadable_keystore;
mod weak_certificate;

use crate::Rule;

pub(super) static RULES: &[&Rule] = &[
    &certificate_for_other_domain::RULE,
    &certificate_mismatch::RULE,
    &certificate_not_yet_valid::RULE,
    &default_keystore_password::RULE,
    &expired_certificate::RULE,
    &incomplete_chain::RULE,
    &key_with_other_password::RULE,
    &unreadable_keystore::RULE,
    &weak_certificate::RULE,
];
