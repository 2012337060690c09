//! The table of elements against Hazelcast's own schemas, 2.0 to 5.7, taken out of its jars by
//! `compat-tests/hazelcast-schema/prepare.sh`.

mod schema;
mod shipped_files;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result, ensure};
use cobnut_config::elements::{Effect, Known, ROOT, ValueType, Version, element};
use compat_tests::{Need, ready, target_dir};
use schema::{Declared, Holds, read};

/// Where `prepare.sh` unpacks, below the target directory.
const UNPACKED: &str = "compat-hazelcast-schema";
const NEEDS: [Need; 1] = [Need::TargetFile(
    "compat-hazelcast-schema/unpacked-from",
    "compat-tests/hazelcast-schema/prepare.sh, or cargo xtask test",
)];
/// The schema versions that Hazelcast has shipped; 2.2 had none of its own.
const SHIPPED: &str = "2.0 2.1 2.3 2.4 2.5 3.0 3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9 3.10 3.11 3.12 4.0 4.1 4.2 5.0 5.1 5.2 \
                       5.3 5.4 5.5 5.6 5.7";

/// Elements that held something else in old versions than the table says: path, and up to which version.
const CHANGED: &[(&str, &str)] = &[
    ("hazelcast/management-center", "4.0"),
    ("hazelcast/map/indexes/index", "3.12"),
    ("hazelcast/map/query-caches/query-cache/indexes/index", "3.12"),
    ("hazelcast/map/max-size", "2.5"),
    ("hazelcast/map/near-cache/max-size", "2.5"),
    ("hazelcast/map/storage-type", "2.5"),
    ("hazelcast/serialization/serializers/serializer", "3.2"),
    ("hazelcast/wan-replication", "3.12"),
];

/// Defaults of the schema that Hazelcast's code does not use: how the path ends, and what the schema claims. The first is for
/// an empty element, which the code refuses; the others are for a block that is there without the attribute.
const UNUSED_DEFAULTS: &[(&str, &str)] = &[
    ("/interface", "127.0.0.1"),
    ("/endpoint", "127.0.0.1"),
    ("/member", "127.0.0.1"),
    ("/aws@enabled", "true"),
    ("/azure@enabled", "true"),
    ("/eureka@enabled", "true"),
    ("/gcp@enabled", "true"),
    ("/kubernetes@enabled", "true"),
    ("/multicast@enabled", "true"),
    ("hazelcast/map/eviction@eviction-policy", "LRU"),
    ("hazelcast/map/metadata-policy", "OFF"),
];

/// One schema file: its version, the jar that it came in, and what it declares.
struct Shipped {
    version: Version,
    jar: String,
    root: Declared,
}

impl Shipped {
    fn name(&self) -> String {
        format!("schema {} of hazelcast {}", self.version, self.jar)
    }
}

/// All schemas of all jars, by version.
fn shipped() -> Result<Vec<Shipped>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(target_dir().join(UNPACKED))? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            let Some(version) = name.strip_prefix("hazelcast-config-").and_then(|n| n.strip_suffix(".xsd"))
            else {
                continue;
            };
            let version: Version = version.parse().with_context(|| name.clone())?;
            let root = read(&file.path()).with_context(|| file.path().display().to_string())?;
            found.push(Shipped { version, jar: folder.file_name().to_string_lossy().into_owned(), root });
        }
    }
    found.sort_by_key(|schema| schema.version);
    let versions: BTreeSet<Version> = found.iter().map(|schema| schema.version).collect();
    let expected: BTreeSet<Version> = SHIPPED.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    ensure!(versions == expected, "schemas of other versions than expected: {versions:?}");
    Ok(found)
}

/// Calls `visit` with the path, the declaration and the table's row of everything that a schema declares.
fn compare(declared: &Declared, path: &str, visit: &mut impl FnMut(&str, &Declared, Option<Known>)) {
    visit(path, declared, element(path));
    for (name, child) in &declared.children {
        compare(child, &format!("{path}/{name}"), visit);
    }
}

fn nothing_wrong(wrong: &[String]) -> Result<()> {
    ensure!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn no_element_and_no_attribute_is_missing() -> Result<()> {
    if !ready("no_element_and_no_attribute_is_missing", &NEEDS) {
        return Ok(());
    }
    let (mut wrong, mut count) = (Vec::new(), 0);
    for schema in shipped()? {
        compare(&schema.root, ROOT, &mut |path, declared, known| {
            count += 1 + declared.attributes.len();
            let Some(known) = known.filter(|known| known.versions.contains(schema.version)) else {
                return wrong.push(format!("{}: {path}", schema.name()));
            };
            for name in declared.attributes.keys() {
                let found = known.attribute(name);
                if !found.is_some_and(|attribute| attribute.versions.contains(schema.version)) {
                    wrong.push(format!("{}: {path}@{name}", schema.name()));
                }
            }
            if declared.open && !known.info.open {
                wrong.push(format!("{}: {path} is open", schema.name()));
            }
        });
    }
    ensure!(count > 20_000, "only {count} elements and attributes were compared");
    nothing_wrong(&wrong)
}

#[test]
fn the_table_names_nothing_that_its_versions_do_not_have() -> Result<()> {
    fn check(known: Known, path: &str, schema: &Shipped, declared: &Declared, wrong: &mut Vec<String>) {
        for attribute in known.attributes().filter(|found| found.versions.contains(schema.version)) {
            if !declared.attributes.contains_key(attribute.info.name) {
                wrong.push(format!("{}: {path}@{}", schema.name(), attribute.info.name));
            }
        }
        for child in known.children().filter(|found| found.versions.contains(schema.version)) {
            let path = format!("{path}/{}", child.info.name);
            match declared.children.get(child.info.name) {
                Some(declared) => check(child, &path, schema, declared, wrong),
                // What a plug-in's block may hold is not in the schema.
                None if declared.open => {}
                None => wrong.push(format!("{}: {path}", schema.name())),
            }
        }
    }
    if !ready("the_table_names_nothing_that_its_versions_do_not_have", &NEEDS) {
        return Ok(());
    }
    let root = element(ROOT).context("the root")?;
    let mut wrong = Vec::new();
    for schema in shipped()? {
        check(root, ROOT, &schema, &schema.root, &mut wrong);
    }
    nothing_wrong(&wrong)
}

/// Whether a declared type is what the table says; bounds count only for the newest version, as they were tightened over
/// the years, and lists of words must be part of the table's.
fn agrees(declared: &Holds, table: ValueType, is_newest: bool) -> bool {
    match (declared, table) {
        (Holds::Nothing, ValueType::Nothing)
        | (Holds::Text, ValueType::Text)
        | (Holds::Flag, ValueType::Flag)
        | (Holds::Decimal, ValueType::Decimal) => true,
        (&Holds::Number { min, max }, ValueType::Integer { min: table_min, max: table_max }) => {
            !is_newest || (min, max) == (table_min, table_max)
        }
        (Holds::Words(words), ValueType::OneOf(table)) => {
            words.iter().all(|word| table.contains(&word.as_str()))
        }
        _ => false,
    }
}

fn has_changed(path: &str, version: Version) -> bool {
    CHANGED.iter().any(|(changed, until)| {
        *changed == path && until.parse::<Version>().is_ok_and(|until| version <= until)
    })
}

#[test]
fn types_and_allowed_words_agree() -> Result<()> {
    if !ready("types_and_allowed_words_agree", &NEEDS) {
        return Ok(());
    }
    let mut wrong = Vec::new();
    // A list of words may serve several elements: each word must be in one schema of one of them.
    let mut unseen: BTreeMap<*const &str, BTreeSet<&str>> = BTreeMap::new();
    let mut note = |table: ValueType, declared: &Holds| {
        if let (ValueType::OneOf(table), Holds::Words(words)) = (table, declared) {
            let left = unseen.entry(table.as_ptr()).or_insert_with(|| table.iter().copied().collect());
            left.retain(|word| !words.iter().any(|declared| declared == word));
        }
    };
    for schema in shipped()? {
        compare(&schema.root, ROOT, &mut |path, declared, known| {
            let Some(known) = known else { return };
            note(known.info.value, &declared.holds);
            let is_newest = known.versions.until == schema.version;
            if !agrees(&declared.holds, known.info.value, is_newest) && !has_changed(path, schema.version) {
                wrong.push(format!(
                    "{}: {path}: {:?}, not {:?}",
                    schema.name(),
                    declared.holds,
                    known.info.value
                ));
            }
            for (name, declared) in &declared.attributes {
                let Some(attribute) = known.attribute(name) else { continue };
                note(attribute.info.value, &declared.holds);
                let is_newest = attribute.versions.until == schema.version;
                if !agrees(&declared.holds, attribute.info.value, is_newest) {
                    let holds = &declared.holds;
                    wrong.push(format!(
                        "{}: {path}@{name}: {holds:?}, not {:?}",
                        schema.name(),
                        attribute.info
                    ));
                }
            }
        });
    }
    wrong.extend(
        unseen.values().filter(|words| !words.is_empty()).map(|words| format!("in no schema: {words:?}")),
    );
    nothing_wrong(&wrong)
}

/// Where Hazelcast's code is stricter than its schema: it refuses a second one.
fn is_refused_twice(path: &str) -> bool {
    let depth = path.matches('/').count();
    depth == 1
        || path.ends_with("/tcp-ip/required-member")
        || path.starts_with("hazelcast/advanced-network/") && depth == 2
}

#[test]
fn what_may_repeat_and_what_must_be_there_agrees() -> Result<()> {
    if !ready("what_may_repeat_and_what_must_be_there_agrees", &NEEDS) {
        return Ok(());
    }
    let mut wrong = Vec::new();
    for schema in shipped()? {
        compare(&schema.root, ROOT, &mut |path, declared, known| {
            let Some(known) = known.filter(|known| known.versions.until == schema.version) else { return };
            let is_stricter = declared.repeats && is_refused_twice(path);
            if declared.repeats != known.info.repeats && !is_stricter {
                wrong.push(format!("{}: {path}: repeats: {}", schema.name(), declared.repeats));
            }
            for (name, declared) in &declared.attributes {
                let attribute = known.attribute(name).filter(|found| found.versions.until == schema.version);
                if attribute.is_some_and(|attribute| attribute.info.required != declared.required) {
                    wrong.push(format!("{}: {path}@{name}: required: {}", schema.name(), declared.required));
                }
            }
        });
    }
    nothing_wrong(&wrong)
}

#[test]
fn defaults_agree_where_hazelcasts_code_obeys_its_schema() -> Result<()> {
    if !ready("defaults_agree_where_hazelcasts_code_obeys_its_schema", &NEEDS) {
        return Ok(());
    }
    let mut wrong = BTreeSet::new();
    for schema in shipped()?.into_iter().filter(|schema| schema.version == Version::NEWEST) {
        compare(&schema.root, ROOT, &mut |path, declared, known| {
            let Some(known) = known else { return };
            let mut note = |path: String, declared: Option<&str>, table: Option<&str>| {
                let is_unused = |(end, value): &(&str, &str)| path.ends_with(end) && declared == Some(*value);
                if declared.is_some() && declared != table && !UNUSED_DEFAULTS.iter().any(is_unused) {
                    wrong.insert(format!("{path}: {declared:?}, not {table:?}"));
                }
            };
            note(path.to_owned(), declared.default.as_deref(), known.info.default);
            for (name, attribute) in &declared.attributes {
                let table = known.attribute(name).and_then(|found| found.info.default);
                note(format!("{path}@{name}"), attribute.default.as_deref(), table);
            }
        });
    }
    nothing_wrong(&wrong.into_iter().collect::<Vec<_>>())
}

#[test]
fn every_effect_is_decided() {
    // No schema is needed: what is refused decides how members talk or whom they trust, and can be switched off.
    fn check(known: Known, path: &str, inside_refused: bool) {
        let is_refused = matches!(known.effect, Effect::Refused(_));
        let is_switch = known.attribute("enabled").is_some()
            || known.children().any(|child| child.attribute("enabled").is_some());
        assert!(!is_refused || inside_refused || is_switch, "{path} is refused and cannot be switched off");
        for child in known.children() {
            check(child, &format!("{path}/{}", child.info.name), inside_refused || is_refused);
        }
    }
    if let Some(root) = element(ROOT) {
        check(root, ROOT, false);
    }
}
