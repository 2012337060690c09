//! Whatever the files hold: nothing panics, every place lies in a file at character boundaries, and what was read is read
//! again from the effective tree written out as one file.

use std::fmt::Write as _;

use cobnut_diagnostics::{Diagnostic, Source};
use proptest::prelude::*;

use crate::document::{Document, ElementId, Form};
use crate::{Config, ImportError, Surroundings, parse, parse_with, refusals};

const LOCAL: &str = include_str!("../../../conf/hazelcast.xml");
const SERVER_2: &str = include_str!("../../../conf/article/server2.xml");
/// The plugin's own file, in short.
const CACHE_CONFIG: &str = "<?xml version=\"1.0\"?>\n<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">\n\
    <import resource=\"${openfireHome}/local.xml\"/>\n<config-replacers fail-if-value-missing=\"false\"><replacer \
    class-name=\"com.hazelcast.config.replacer.EncryptionReplacer\"><properties><property name=\"passwordFile\">pw\
    </property></properties></replacer></config-replacers>\n<instance-name>${a}é${b}</instance-name><map name=\"User\">\
    <backup-count>${n}</backup-count><merge-policy batch-size=\"${n}\">P</merge-policy><max-size \
    policy=\"PER_NODE\">&#49;00<!-- ${x --></max-size></map>\n<properties><property name=\"p\">a ${a}, <![CDATA[${b}]]>\
    $ENC{AAAA:1:AAAA}</property></properties></hazelcast>";

struct World {
    imported: Source,
    value: String,
}

impl Surroundings for World {
    fn import(&self, resource: &str) -> Result<Source, ImportError> {
        match resource {
            "/of/local.xml" => Ok(self.imported.clone()),
            "gone" => Err(ImportError::Unreadable("it is a folder".to_owned())),
            _ => Err(ImportError::NotFound { tried: vec![resource.to_owned()] }),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "openfireHome" => Some("/of".to_owned()),
            "n" => Some("3".to_owned()),
            "a" | "b" => Some(self.value.clone()),
            _ => None,
        }
    }

    fn secret_file(&self, path: &str) -> Option<Vec<u8>> {
        (path == "pw").then(|| vec![1, 2, 3])
    }
}

type Edits = Vec<(usize, usize, String)>;

fn edits() -> impl Strategy<Value = Edits> {
    let text = "[<>/&;'\"a1.:\\-!\\[\\] \n\u{feff}：?$\\{\\}]{0,4}|\\$\\{[ab]\\}|<import resource='gone'/>|<!--|\\]\\]>";
    proptest::collection::vec((0_usize..4000, 0_usize..12, text), 0..5)
}

fn edited(text: &str, edits: &Edits) -> String {
    let mut text = text.to_owned();
    for (at, length, with) in edits {
        let start = text.floor_char_boundary(at % (text.len() + 1));
        let end = text.floor_char_boundary((start + length).min(text.len()));
        text.replace_range(start..end, with);
    }
    text
}

fn check(config: Option<&Config>, found: &[Diagnostic]) -> Result<(), TestCaseError> {
    prop_assert!(config.is_some() || !found.is_empty());
    for finding in found {
        prop_assert!(finding.source().text().get(finding.span().range()).is_some());
        prop_assert!(finding.notes().len() + finding.advice().len() > 0 || finding.rule() == "malformed-xml");
    }
    let Some(config) = config else { return Ok(()) };
    let document = &config.document;
    let fits = |span| {
        let place = config.sources.location(span);
        place.source().text().get(place.span().range()).is_some()
            && config.sources.slice(span) == place.text()
    };
    for id in document.ids() {
        let element = document.element(id);
        let raw = config.sources.slice(element.span);
        prop_assert!(raw.starts_with('<') && raw.ends_with('>'), "{}", raw);
        prop_assert!(
            element.attributes.iter().all(|attribute| fits(attribute.value.span) && fits(attribute.span))
        );
        prop_assert!(fits(element.name_span) && fits(document.trimmed_text(id).span));
        let text = element.text.value();
        for (at, character) in text.char_indices() {
            prop_assert!(fits(document.text_span(id, at..at + character.len_utf8())));
        }
        let _path = document.path(id);
        prop_assert!(
            element.children.iter().all(|&child| document.element(child).parent == Some(id) && child > id)
        );
    }
    let _refusals = refusals(config);
    let _targets = config.dial_targets();
    Ok(())
}

/// The effective tree as one file.
fn written(document: &Document) -> String {
    fn escaped(text: &str) -> String {
        let mut escaped = String::new();
        for character in text.chars() {
            match character {
                '<' | '>' | '&' | '\'' | '\t' | '\n' | '\r' => {
                    write!(escaped, "&#{};", u32::from(character)).unwrap();
                }
                _ => escaped.push(character),
            }
        }
        escaped
    }
    fn element(document: &Document, id: ElementId, into: &mut String) {
        let element_ = document.element(id);
        write!(into, "<{}", element_.name).unwrap();
        for attribute in &element_.attributes {
            write!(into, " {}='{}'", attribute.name.value, escaped(&attribute.value.value)).unwrap();
        }
        write!(into, ">{}", escaped(element_.text.value())).unwrap();
        for &child in &element_.children {
            element(document, child, into);
        }
        write!(into, "</{}>", element_.name).unwrap();
    }
    let mut text = String::new();
    for &root in document.roots() {
        element(document, root, &mut text);
    }
    text
}

/// Everything that a configuration says, without places.
fn meaning(config: &Config) -> Vec<String> {
    let document = &config.document;
    let mut said: Vec<String> = document
        .ids()
        .map(|id| {
            let element = document.element(id);
            let attributes: Vec<_> =
                element.attributes.iter().map(|a| (a.name.value.as_str(), a.value.value.as_str())).collect();
            format!("{} {attributes:?} {:?}", document.path(id), document.trimmed_text(id).value)
        })
        .collect();
    said.push(config.cluster_name.value.clone());
    said.extend(
        config
            .dial_targets()
            .iter()
            .map(|target| format!("{target:?}"))
            .filter(|target| !target.contains("span")),
    );
    said.extend(
        config.maps.iter().map(|map| {
            format!("{:?} {:?}", map.name.value, map.backup_count.as_ref().map(|count| count.value))
        }),
    );
    said.extend(config.properties.iter().map(|(name, value)| format!("{}={}", name.value, value.value)));
    said.extend(config.unused.iter().map(|unused| unused.path.clone()));
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_files_never_panic_and_places_fit(
        main in edits(),
        local in edits(),
        fragment in any::<bool>(),
        value in "[a-z0-9. ,é：]{0,12}|\\$\\{[abn]\\}|<&'",
    ) {
        let imported = Source::new("/of/local.xml", edited(if fragment { SERVER_2 } else { LOCAL }, &local));
        let world = World { imported, value };
        let (config, found) = parse_with(&Source::new("main.xml", edited(CACHE_CONFIG, &main)), &world);
        check(config.as_ref(), &found)?;
    }

    #[test]
    fn what_was_read_is_read_again(local in edits(), fragment in any::<bool>(), value in "[a-z0-9. ,é：<&']{0,12}") {
        let imported = Source::new("/of/local.xml", edited(if fragment { SERVER_2 } else { LOCAL }, &local));
        let world = World { imported, value };
        let Some(config) = parse_with(&Source::new("main.xml", CACHE_CONFIG), &world).0 else { return Ok(()) };
        // What is left of references would be looked for again.
        let text = written(&config.document);
        prop_assume!(matches!(config.document.form(), Form::Document) && !text.contains("xml:"));
        let (again, _) = parse(&Source::new("again.xml", text.as_str()));
        prop_assert!(again.is_some(), "{}", text);
        prop_assert_eq!(again.map(|again| meaning(&again)), Some(meaning(&config)));
    }

    /// Whatever can be decoded is written back byte by byte.
    #[test]
    fn bytes_survive_decoding(
        start in prop_oneof![
            Just(Vec::new()), Just(vec![0xFF, 0xFE]), Just(vec![0xFE, 0xFF]), Just(vec![0xEF, 0xBB, 0xBF]),
            "<\\?xml version='1.0' encoding='(ISO-8859-1|ISO-8859-15|windows-1252|US-ASCII|utf-8)'\\?>".prop_map(String::into_bytes),
        ],
        bytes in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        let bytes = [start, bytes].concat();
        if let Ok(source) = Source::decode("a", bytes.clone()) {
            prop_assert_eq!(source.file_offset(source.text().len()), bytes.len());
            prop_assert_eq!(source.encode(), bytes);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(main in "\\PC{0,120}", value in "\\PC{0,20}", imported in "\\PC{0,120}") {
        let world = World { imported: Source::new("/of/local.xml", imported), value };
        for text in [main.clone(), format!("<hazelcast><import resource='${{openfireHome}}/local.xml'/>{main}</hazelcast>")] {
            let (config, found) = parse_with(&Source::new("main.xml", text), &world);
            check(config.as_ref(), &found)?;
        }
    }
}
