//! The message catalogue: one JSON file of `locales/` per language, compiled in.
//!
//! Invariant: messages are plain text and are escaped like everything else; a placeholder is a name in braces.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::Arc;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "locales/"]
struct Locales;

/// The language of visitors whose browser names none of ours.
const FALLBACK: &str = "en";

/// One language.
#[derive(Debug)]
pub(crate) struct Messages {
    /// BCP 47 tag, the name of the file.
    pub(crate) tag: String,
    messages: HashMap<String, String>,
}

impl Messages {
    /// What the language calls itself.
    pub(crate) fn name(&self) -> &str {
        self.text("language.name")
    }

    /// A message without placeholders. A test proves that every key exists in every language.
    pub(crate) fn text<'a>(&'a self, key: &'a str) -> &'a str {
        self.messages.get(key).map_or(key, String::as_str)
    }

    /// A message with its placeholders filled.
    pub(crate) fn fill(&self, key: &str, values: &[(&str, &dyn Display)]) -> String {
        let mut rest = self.text(key);
        let mut filled = String::with_capacity(rest.len() + 32);
        // One pass, so that a value that looks like a placeholder stays as it is.
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            match values.iter().find(|(key, _)| *key == name) {
                Some((_, value)) => filled.push_str(&value.to_string()),
                None => filled.extend(["{", name, "}"]),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// All languages.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue {
    languages: Arc<BTreeMap<String, Arc<Messages>>>,
}

impl Catalogue {
    /// Reads the compiled-in files.
    pub(crate) fn load() -> Self {
        let languages = Locales::iter().filter_map(|file| {
            let tag = file.strip_suffix(".json")?.to_owned();
            let messages = serde_json::from_slice(&Locales::get(&file)?.data)
                .expect("the catalogue is checked by a test");
            Some((tag.clone(), Arc::new(Messages { tag, messages })))
        });
        Self { languages: Arc::new(languages.collect()) }
    }

    /// All languages, ordered by tag.
    pub(crate) fn languages(&self) -> impl Iterator<Item = &Arc<Messages>> {
        self.languages.values()
    }

    /// The language of a tag, exactly.
    pub(crate) fn by_tag(&self, tag: &str) -> Option<&Arc<Messages>> {
        self.languages.get(tag)
    }

    /// The language a visitor gets: the chosen one, else the best of `Accept-Language` (RFC 9110 §12.5.4), else English.
    pub(crate) fn choose(&self, chosen: Option<&str>, accept_language: Option<&str>) -> Arc<Messages> {
        let chosen = chosen.and_then(|tag| self.by_tag(tag));
        let found = chosen.or_else(|| accept_language.and_then(|header| self.negotiate(header)));
        Arc::clone(found.unwrap_or_else(|| self.by_tag(FALLBACK).expect("English is always there")))
    }

    fn negotiate(&self, header: &str) -> Option<&Arc<Messages>> {
        // A browser sends a handful; the rest of a longer list is somebody trying to keep us busy.
        let mut wanted: Vec<(&str, f32)> = header.split(',').take(20).filter_map(parse_range).collect();
        wanted.sort_by(|left, right| right.1.total_cmp(&left.1));
        wanted.iter().find_map(|(range, _)| self.lookup(range))
    }

    /// The same tag, else one of the same primary language.
    fn lookup(&self, range: &str) -> Option<&Arc<Messages>> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = self.languages.values().find(|language| language.tag.eq_ignore_ascii_case(range));
        exact.or_else(|| self.languages.values().find(|language| primary(&language.tag) == primary(range)))
    }
}

/// A language range and its weight; `None` for those that are excluded or no range.
fn parse_range(item: &str) -> Option<(&str, f32)> {
    let mut parts = item.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let weight =
        parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
    (weight > 0.0).then_some((range, weight))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    fn placeholders(message: &str) -> BTreeSet<&str> {
        message.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
    }

    fn sources(folder: &Path, found: &mut String) {
        for entry in fs::read_dir(folder).expect("folder").map(|entry| entry.expect("entry").path()) {
            if entry.is_dir() && !entry.ends_with("locales") && !entry.ends_with("examples") {
                sources(&entry, found);
            } else if entry.extension().is_some_and(|ext| ext == "rs" || ext == "html") {
                found.push_str(&fs::read_to_string(&entry).expect("text"));
            }
        }
    }

    /// Every text in quotes that looks like a key: words joined by dots, the first a section of the catalogue.
    fn keys_in(source: &str, sections: &BTreeSet<&str>) -> BTreeSet<String> {
        let is_key = |text: &&str| {
            text.split_once('.').is_some_and(|(section, rest)| {
                sections.contains(section)
                    && !rest.is_empty()
                    && rest != "html"
                    && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
            })
        };
        source.split('"').filter(is_key).map(str::to_owned).collect()
    }

    #[test]
    fn every_language_has_every_key_with_the_same_placeholders() {
        let catalogue = Catalogue::load();
        let english = catalogue.by_tag(FALLBACK).expect("English");
        assert!(catalogue.by_tag("zh-CN").is_some());
        for language in catalogue.languages() {
            let keys = |language: &Messages| language.messages.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(keys(english), keys(language), "keys of {}", language.tag);
            for (key, message) in &language.messages {
                assert_eq!(
                    placeholders(english.text(key)),
                    placeholders(message),
                    "placeholders of {key} in {}",
                    language.tag
                );
                assert!(!message.trim().is_empty(), "{key} in {} is empty", language.tag);
            }
        }
    }

    #[test]
    fn keys_in_use_and_keys_of_the_catalogue_are_the_same() {
        let catalogue = Catalogue::load();
        let english = catalogue.by_tag(FALLBACK).expect("English");
        let keys: BTreeSet<String> = english.messages.keys().cloned().collect();
        let sections: BTreeSet<&str> = keys.iter().filter_map(|key| key.split('.').next()).collect();
        let mut source = String::new();
        sources(Path::new(env!("CARGO_MANIFEST_DIR")), &mut source);
        let used = keys_in(&source, &sections);
        let missing: Vec<_> = used.difference(&keys).collect();
        let unused: Vec<_> = keys.difference(&used).collect();
        assert!(missing.is_empty(), "used but not in the catalogue: {missing:?}");
        assert!(unused.is_empty(), "in the catalogue but not used: {unused:?}");
    }

    #[test]
    fn the_language_follows_choice_then_browser_then_english() {
        let catalogue = Catalogue::load();
        for (chosen, accept, expected) in [
            (None, None, "en"),
            (None, Some("zh-CN,zh;q=0.9,en;q=0.8"), "zh-CN"),
            (None, Some("zh"), "zh-CN"),
            (None, Some("ZH-cn"), "zh-CN"),
            (None, Some("de-DE, en;q=0.5, zh;q=0.7"), "zh-CN"),
            (None, Some("zh;q=0, en"), "en"),
            (None, Some("de"), "en"),
            (None, Some(";;q=x,,"), "en"),
            (Some("zh-CN"), Some("en"), "zh-CN"),
            (Some("../etc"), Some("zh"), "zh-CN"),
        ] {
            assert_eq!(catalogue.choose(chosen, accept).tag, expected, "{chosen:?} {accept:?}");
        }
    }

    #[test]
    fn placeholders_are_filled_once() {
        let messages = HashMap::from([("k".to_owned(), "{a} and {b}, {c} {".to_owned())]);
        let language = Messages { tag: "x".to_owned(), messages };
        assert_eq!(language.fill("k", &[("a", &"{b}"), ("b", &2)]), "{b} and 2, {c} {");
    }
}
