//! Properties that matter to an operator, in the database and in `openfire.xml`: what they mean, and what this product
//! does with them.

mod access;
mod bootstrap;
mod clients;
mod cluster;
mod description;
mod federation;
mod services;
mod value;

pub use description::{Effect, SystemProperty};
pub use value::{BadValue, Kind, Value};

/// Every system property of the catalogue (`ofProperty`), by area.
pub fn all() -> impl Iterator<Item = &'static SystemProperty> {
    [
        access::PROPERTIES,
        clients::PROPERTIES,
        services::PROPERTIES,
        federation::PROPERTIES,
        cluster::PROPERTIES,
    ]
    .into_iter()
    .flatten()
}

/// The system property of that name; names with a `*` in the catalogue stand for every text in its place.
pub fn find(name: &str) -> Option<&'static SystemProperty> {
    all()
        .find(|property| property.name == name)
        .or_else(|| all().find(|property| property.is_pattern_of(name)))
}

/// Every property of the catalogue that belongs into `openfire.xml`. Others may stand there, too: Openfire moves them into
/// the database.
pub fn in_openfire_xml() -> impl Iterator<Item = &'static SystemProperty> {
    bootstrap::PROPERTIES.iter()
}

/// The property of `openfire.xml` of that name.
pub fn find_in_openfire_xml(name: &str) -> Option<&'static SystemProperty> {
    let exact = in_openfire_xml().find(|property| property.name == name);
    exact.or_else(|| in_openfire_xml().find(|property| property.is_pattern_of(name)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_defaults_are_values() {
        let mut names = BTreeSet::new();
        for (is_xml, property) in
            all().map(|row| (false, row)).chain(in_openfire_xml().map(|row| (true, row)))
        {
            assert!(names.insert((is_xml, property.name)), "{} is listed twice", property.name);
            assert!(!property.meaning.is_empty() && !property.meaning.ends_with('.'), "{}", property.name);
            if let Some(default) = property.default {
                assert!(property.read(default).is_ok(), "{} = {default}", property.name);
                assert_eq!(property.refusal(default), None, "{} = {default}", property.name);
            }
        }
        assert!(names.len() > 150, "{}", names.len());
    }

    #[test]
    fn patterns_stand_for_every_name() {
        assert_eq!(find("cache.userCache.size").map(|found| found.name), Some("cache.*.size"));
        assert_eq!(find("cache.a.b.maxLifetime").map(|found| found.name), Some("cache.*.maxLifetime"));
        assert!(find("cache.size").is_none() && find("no.such.property").is_none());
        assert!(find("xmpp.client.idle").is_some() && find("adminConsole.port").is_none());
        assert!(find_in_openfire_xml("adminConsole.port").is_some());
        assert_eq!(
            find_in_openfire_xml("autosetup.users.user1.name").map(|found| found.name),
            Some("autosetup.*")
        );
    }

    #[test]
    fn other_providers_are_refused_by_name() {
        let refusal = |name: &str, value: &str| find(name).unwrap().refusal(value);
        let name = "provider.auth.className";
        assert_eq!(refusal(name, "org.jivesoftware.openfire.auth.DefaultAuthProvider"), None);
        assert_eq!(refusal(name, ""), None);
        assert!(refusal(name, "org.jivesoftware.openfire.ldap.LdapAuthProvider").is_some());
        assert!(
            refusal("provider.user.className", "org.jivesoftware.openfire.user.JDBCUserProvider").is_some()
        );
        assert_eq!(refusal("xmpp.client.idle", "1"), None);
    }
}
