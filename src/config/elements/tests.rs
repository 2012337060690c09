//! The table agrees with itself and with facts that people know by heart, and its page is current.
//!
//! `UPDATE_PAGES=1 cargo test -p cobnut-config` writes the page, to be reviewed like any other change. That the table is
//! whole is proven against Hazelcast's own schemas in `compat-tests/tests/hazelcast_schema`.

use std::collections::BTreeSet;

use super::*;

fn each(of: Known, path: &str, visit: &mut impl FnMut(&str, Known)) {
    visit(path, of);
    for child in of.children() {
        each(child, &format!("{path}/{}", child.info.name), visit);
    }
}

fn all() -> Vec<(String, Known)> {
    let mut found = Vec::new();
    each(element(ROOT).unwrap(), ROOT, &mut |path, known| found.push((path.to_owned(), known)));
    found
}

#[test]
fn every_row_is_reached_once_and_by_its_path() {
    let all = all();
    assert!(all.len() > 1300, "{} elements", all.len());
    for (path, known) in &all {
        let found = element(path).unwrap();
        assert!(std::ptr::eq(found.info, known.info) && found.versions == known.versions, "{path}");
        let names: BTreeSet<_> = known.children().map(|child| child.info.name.to_lowercase()).collect();
        assert_eq!(names.len(), known.children().count(), "{path}: two children of one name");
        let names: BTreeSet<_> = known.attributes().map(|attribute| attribute.info.name).collect();
        assert_eq!(names.len(), known.attributes().count(), "{path}: two attributes of one name");
        assert!(known.versions.since <= known.versions.until, "{path}");
    }
}

#[test]
fn defaults_are_values_of_their_type() {
    let fits = |value: ValueType, text: &str| match value {
        ValueType::Nothing => false,
        ValueType::Text => true,
        ValueType::Flag => matches!(text, "true" | "false"),
        ValueType::Integer { min, max } => text.parse::<i64>().is_ok_and(|number| {
            min.is_none_or(|least| number >= least) && max.is_none_or(|most| number <= most)
        }),
        ValueType::Decimal => text.parse::<f64>().is_ok(),
        ValueType::OneOf(words) => words.contains(&text),
    };
    for (path, known) in all() {
        assert!(
            known.info.default.is_none_or(|text| fits(known.info.value, text)),
            "{path}: {:?}",
            known.info
        );
        for attribute in known.attributes() {
            let info = attribute.info;
            assert!(info.default.is_none_or(|text| fits(info.value, text)), "{path}@{}: {info:?}", info.name);
        }
    }
}

#[test]
fn reasons_end_a_sentence() {
    for (path, known) in all() {
        if let Effect::NoEffect(why) | Effect::Refused(why) = known.effect {
            assert!(!why.ends_with('.') && !why.contains("  ") && why.len() > 20, "{path}: {why}");
        }
    }
}

#[test]
fn well_known_facts_are_found() {
    let versions = |path: &str| element(path).map(|known| known.versions.to_string());
    let cases = [
        ("hazelcast", Some("all")),
        ("hazelcast/group", Some("2.0 – 3.12")),
        ("hazelcast/cluster-name", Some("4.0 +")),
        ("hazelcast/NETWORK/Join/tcp-ip/Member", Some("all")),
        ("hazelcast/network/join/auto-detection", Some("4.1 +")),
        (
            "hazelcast/advanced-network/member-server-socket-endpoint-config/ssl/properties/property",
            Some("3.12 +"),
        ),
        ("hazelcast/quorum", Some("3.5 – 3.12")),
        ("hazelcast/map/eviction", Some("4.0 +")),
        ("hazelcast/network/member", None),
        ("network", None),
        ("", None),
        ("hazelcast/", None),
    ];
    for (path, expected) in cases {
        assert_eq!(versions(path).as_deref(), expected, "{path}");
    }
    let effect = |path: &str| element(path).unwrap().effect;
    assert_eq!(effect("hazelcast/network/join/tcp-ip/member-list/member"), Effect::Obeyed);
    assert!(matches!(effect("hazelcast/network/join/gcp"), Effect::Refused(_)));
    assert!(matches!(effect("hazelcast/map/near-cache/eviction"), Effect::NoEffect(_)));
    let port = element("hazelcast/network/port").unwrap();
    assert_eq!((port.info.default, port.info.repeats), (Some("5701"), false));
    assert_eq!(port.attribute("port-count").unwrap().info.default, Some("100"));
    assert!(port.attribute("Port-Count").is_none() && !port.info.open);
    let names: Vec<_> = children("hazelcast/network/join").map(|child| child.info.name).collect();
    assert!(names.contains(&"multicast") && names.contains(&"kubernetes"), "{names:?}");
    assert_eq!(children("hazelcast/nothing").count(), 0);
    assert!("3.12.13".parse::<Version>().unwrap() > "3.9".parse().unwrap());
    assert!("x".parse::<Version>().is_err() && "5".parse::<Version>().is_err());
}

mod page {
    #![expect(clippy::disallowed_methods, reason = "only the product is free of files, its page is a file")]

    use std::fmt::Write as _;
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    const INTRODUCTION: &str = "\
# Hazelcast's elements, and what Cobnut does with them

Every element and attribute of the member schema, 2.0 to 5.7. Made from the tables beside this file; write it anew with
`UPDATE_PAGES=1 cargo test -p cobnut-config`.

* **versions**: the schema versions that know it; empty means those of the element around it.
* **holds**: the type, then the value that counts when nothing is written. `…` marks what may repeat.
* **effect**: *obeyed*; *no effect*, with the reason; *refused*: a server does not start while it is enabled. Empty means
  as for the element around it.

Elements marked *open* take children of any name.
";

    fn holds(value: ValueType, default: Option<&str>) -> String {
        let mut text = match value {
            ValueType::Nothing => String::new(),
            ValueType::Text => "text".to_owned(),
            ValueType::Flag => "true, false".to_owned(),
            ValueType::Decimal => "decimal number".to_owned(),
            ValueType::Integer { min: None, max: None } => "number".to_owned(),
            ValueType::Integer { min, max } => {
                let end = |bound: Option<i64>| bound.map_or_else(String::new, |bound| bound.to_string());
                format!("{} … {}", end(min), end(max)).trim().to_owned()
            }
            ValueType::OneOf(words) => words.join(", "),
        };
        if let Some(default) = default {
            let _ = write!(text, "; `{default}`");
        }
        text
    }

    fn effect(effect: Effect) -> String {
        match effect {
            Effect::Obeyed => "obeyed".to_owned(),
            Effect::NoEffect(why) => format!("no effect: {why}"),
            Effect::Refused(why) => format!("refused: {why}"),
        }
    }

    /// The rows of an element and of everything inside; `around` is the element that it stands in.
    fn rows(page: &mut String, path: &str, known: Known, around: Known) {
        let other = |is_other: bool, text: String| if is_other { text } else { String::new() };
        let info = known.info;
        let marks =
            format!("{}{}", if info.repeats { " …" } else { "" }, if info.open { " (open)" } else { "" });
        let _ = writeln!(
            page,
            "| `{path}`{marks} | {} | {} | {} |",
            other(known.versions != around.versions, known.versions.to_string()),
            holds(info.value, info.default),
            other(known.effect != around.effect, effect(known.effect)),
        );
        for attribute in known.attributes() {
            let _ = writeln!(
                page,
                "| `{path}@{}`{} | {} | {} | {} |",
                attribute.info.name,
                if attribute.info.required { " (required)" } else { "" },
                other(attribute.versions != known.versions, attribute.versions.to_string()),
                holds(attribute.info.value, attribute.info.default),
                other(attribute.effect != known.effect, effect(attribute.effect)),
            );
        }
        for child in known.children() {
            rows(page, &format!("{path}/{}", child.info.name), child, known);
        }
    }

    fn page() -> String {
        let mut page = INTRODUCTION.to_owned();
        let root = element(ROOT).unwrap();
        let mut names: Vec<Known> = root.children().collect();
        names.sort_by_key(|known| known.info.name);
        for known in names {
            let _ = write!(
                page,
                "\n## {}\n\nVersions: {}. Effect: {}.\n\n| path | versions | holds | effect |\n|---|---|---|---|\n",
                known.info.name,
                known.versions,
                effect(known.effect),
            );
            rows(&mut page, known.info.name, known, known);
            if known.info.name == "properties" {
                page.push_str("\nThose that decide about members:\n\n| property | effect |\n|---|---|\n");
                for (name, what) in crate::properties::EFFECTS {
                    let _ = writeln!(page, "| `{name}` | {} |", effect(*what));
                }
            }
        }
        page
    }

    #[test]
    fn the_page_is_current() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("elements/ELEMENTS.md");
        let page = page();
        if std::env::var_os("UPDATE_PAGES").is_some() {
            fs::write(&path, &page).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "{} is old: run with UPDATE_PAGES=1", path.display());
    }
}
