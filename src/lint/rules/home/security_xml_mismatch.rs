#![doc = include_str!("security_xml_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Severity};
use cobnut_openfire::XmlProperties;

use crate::{Check, Cluster, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "security-xml-mismatch",
    severity: Severity::Error,
    summary: "two nodes encrypt with different keys",
    page: include_str!("security_xml_mismatch.md"),
    check: Check::Homes(check),
};

/// What the key is made of, and its value when nothing is written.
const PARTS: [(&str, &str); 4] =
    [("encrypt.algorithm", "Blowfish"), ("encrypt.key.current", ""), (KDF, "sha1"), (SALT, "")];
const KDF: &str = "encrypt.blowfish.kdf";
const SALT: &str = "encrypt.blowfish.salt";

fn check(cluster: &Cluster, found: &mut Vec<Diagnostic>) {
    // A file that does not fit its own `openfire.xml` has findings there.
    let sound = cluster.homes().iter().filter(|home| !home.is_undecryptable);
    let mut homes = sound.filter_map(|home| Some((home, home.security.as_ref()?)));
    let Some((first, expected)) = homes.next() else { return };
    for (home, security) in homes {
        for (name, default) in PARTS {
            // A salt that no key is made of does not matter.
            let is_salted =
                |of: &XmlProperties| of.value(KDF).is_some_and(|kdf| kdf.eq_ignore_ascii_case("pbkdf2"));
            if name == SALT && !is_salted(security) && !is_salted(expected) {
                continue;
            }
            let value = |of: &XmlProperties| of.value(name).unwrap_or(default).to_owned();
            let is_word = matches!(name, "encrypt.algorithm" | KDF);
            let (here, there) = (value(security), value(expected));
            if here == there || is_word && here.eq_ignore_ascii_case(&there) {
                continue;
            }
            let place = |of: &XmlProperties| {
                of.element(name).map_or_else(|| of.root_location(), |property| of.location(property))
            };
            let message = format!("`{name}` of {} differs from that of {}", home.label, first.label);
            found.push(
                RULE.found(place(security), message)
                    .label(place(expected), format!("that of {}", first.label))
                    .note("the nodes share encrypted properties in the database, and cannot read each other's")
                    .help(
                        "copy `security.xml` and the encrypted values of `openfire.xml` from the node that wrote the \
                         properties",
                    ),
            );
            // A second difference is the same mistake.
            break;
        }
    }
}
