//! What the smaller side of a split does with logins.

use anyhow::{Result, bail};
use cobnut_console::EffectiveSetting;

use super::{Properties, Setting, effective};

/// The system property: `serve` or `refuse-logins`.
const MINORITY: &str = "cobnut.cluster.minority";

/// Whether the smaller side of a split refuses logins, as the system property says; both sides serve where it says nothing.
///
/// # Errors
/// A value that is not understood: who set it wants to be on the safe side in a split, and would learn in the split only
/// that he is not.
pub(super) fn minority(properties: &Properties) -> Result<(bool, EffectiveSetting)> {
    let property = properties.get(MINORITY);
    let refuses = match property {
        None | Some("serve") => false,
        Some("refuse-logins") => true,
        Some(other) => bail!(
            "the system property {MINORITY} is `{other}`; write serve (both sides of a split take logins) or refuse-logins \
             (the smaller side takes none)"
        ),
    };
    let origin = if property.is_some() { "ofProperty" } else { "default" };
    let shown = if refuses { "refuse-logins" } else { "serve" };
    Ok((refuses, effective(MINORITY, &Setting::new(shown.to_owned(), origin))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_serve_unless_the_operator_says_otherwise() {
        for (value, expected) in [
            (None, Some((false, "serve", "default"))),
            (Some("serve"), Some((false, "serve", "ofProperty"))),
            (Some(" refuse-logins "), Some((true, "refuse-logins", "ofProperty"))),
            (Some(""), Some((false, "serve", "default"))),
            (Some("refuse"), None),
            (Some("true"), None),
        ] {
            let rows = value.map(|value| cobnut_store::SystemProperty {
                name: MINORITY.to_owned(),
                value: Some(value.to_owned()),
                is_encrypted: false,
            });
            match (minority(&Properties::new(rows.into_iter().collect())), expected) {
                (Ok((refuses, row)), Some(expected)) => {
                    assert_eq!((refuses, row.value.as_str(), row.origin.as_str()), expected, "{value:?}");
                }
                (Err(err), None) => assert!(err.to_string().contains("refuse-logins"), "{err}"),
                (other, expected) => panic!("{value:?} gave {other:?}, expected {expected:?}"),
            }
        }
    }
}
