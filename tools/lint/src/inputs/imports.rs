//! Files that a configuration imports.

use std::path::{Path, PathBuf};

use cobnut_diagnostics::Source;

/// The resources that a file imports, as written, in their order.
///
/// A search in the text, not a reading of it: an import in a comment costs a look-up and has no other effect.
pub(super) fn resources(source: &Source) -> Vec<String> {
    let text = source.text();
    if text.trim_start_matches('\u{feff}').trim_start().starts_with('<') {
        return of_xml(text);
    }
    of_yaml(text)
}

fn of_xml(text: &str) -> Vec<String> {
    let tags = text.split('<').skip(1).filter_map(|tag| {
        let (name, rest) = tag.split_once(char::is_whitespace)?;
        (name.rsplit(':').next() == Some("import")).then(|| rest.split('>').next().unwrap_or_default())
    });
    tags.filter_map(|attributes| {
        let value = attributes.split_once("resource")?.1.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        Some(value.get(1..)?.split(quote).next()?.trim().to_owned())
    })
    .collect()
}

fn of_yaml(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines().skip_while(|line| !line.trim().starts_with("import:"));
    let Some(first) = lines.next() else { return found };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let inline = first.trim().trim_start_matches("import:").trim().trim_matches(['[', ']']);
    let below = lines.take_while(|line| line.trim_start().starts_with('-') && indent(line) >= indent(first));
    let items = inline.split(',').chain(below.map(|line| line.trim_start().trim_start_matches('-')));
    found.extend(
        items.map(|item| item.trim().trim_matches(['"', '\'']).to_owned()).filter(|item| !item.is_empty()),
    );
    found
}

/// The password files that `EncryptionReplacer`s name, as written; like the imports a search in the text.
pub(super) fn password_files(source: &Source) -> Vec<String> {
    let behind = source.text().split("passwordFile").skip(1);
    behind
        .filter_map(|rest| {
            let rest = rest.trim_start_matches(['"', '\'']).trim_start();
            let value = match (rest.strip_prefix('>'), rest.strip_prefix(':')) {
                (Some(text), _) => text.split('<').next(),
                (None, Some(line)) => line.lines().next(),
                (None, None) => None,
            };
            Some(value?.trim().trim_matches(['"', '\'']).to_owned()).filter(|value| !value.is_empty())
        })
        .collect()
}

/// The text with its `${…}` replaced, as far as they are known.
pub(super) fn replaced(text: &str, variables: &[(String, String)]) -> String {
    variables.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
}

/// Where a resource may be: as a path of its own, then beside the file that imports it.
pub(super) fn candidates(resource: &str, importing: &Path) -> Vec<PathBuf> {
    let path = resource.strip_prefix("file:").unwrap_or(resource);
    let beside = |name: &str| importing.parent().unwrap_or(Path::new("")).join(name);
    match path.strip_prefix("classpath:") {
        Some(name) => vec![beside(name)],
        None => vec![PathBuf::from(path), beside(path)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_in_both_languages() {
        let of = |name: &str, text: &str| resources(&Source::new(name, text));
        let xml = "<hazelcast>\n<import\n resource = \"${openfireHome}/a.xml\"/><hz:import resource='b.xml'/><imported resource=\"c\"/>";
        assert_eq!(of("a.xml", xml), ["${openfireHome}/a.xml", "b.xml"]);
        let yaml = "hazelcast:\n  import:\n    - \"a.yaml\"\n    - b.yaml\n  network:\n    - c\n";
        assert_eq!(of("a.yaml", yaml), ["a.yaml", "b.yaml"]);
        assert_eq!(of("a.yaml", "hazelcast:\n  import: [a.yaml, 'b.yaml']\n"), ["a.yaml", "b.yaml"]);
        assert_eq!(of("a.yaml", "hazelcast: {}\n"), [""; 0]);
    }

    #[test]
    fn password_files_are_found_in_both_languages() {
        let of = |text: &str| password_files(&Source::new("a", text));
        assert_eq!(
            of("<property name=\"passwordFile\">${openfireHome}/secret</property>"),
            ["${openfireHome}/secret"]
        );
        assert_eq!(of("properties:\n  passwordFile: \"secret\"\n  cipherAlgorithm: AES\n"), ["secret"]);
        assert_eq!(of("<property name=\"passwordFile\"/>"), [""; 0]);
    }

    #[test]
    fn variables_are_replaced_where_they_are_known() {
        let variables = [("home".to_owned(), "/opt".to_owned())];
        assert_eq!(replaced("${home}/${other}/x", &variables), "/opt/${other}/x");
        assert_eq!(candidates("classpath:x.xml", Path::new("a/b.xml")), [PathBuf::from("a/x.xml")]);
    }
}
