//! SARIF 2.1.0 (OASIS), for code scanning.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::rule_info::{RuleLookup, repository_path, whole_message};
use crate::{Diagnostic, Fix, Location, Safety, Severity, Source, fingerprints};

/// What a path keeps in a URI; everything else is percent-encoded.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One run of `tool_version`, with the rules that found something.
pub fn sarif(diagnostics: &[Diagnostic], rules: RuleLookup<'_>, tool_version: &str) -> String {
    let mut names: Vec<&str> = diagnostics.iter().map(Diagnostic::rule).collect();
    names.sort_unstable();
    names.dedup();
    let prints = fingerprints(diagnostics, |found| repository_path(found.source().name()).to_owned());
    let results: Vec<Value> =
        diagnostics.iter().zip(prints).map(|(found, print)| result(found, &names, &print)).collect();
    let driver = json!({
        "name": "cobnut-lint",
        "semanticVersion": tool_version,
        "rules": names.iter().map(|name| descriptor(name, rules)).collect::<Vec<_>>(),
    });
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    });
    let mut out = serde_json::to_string_pretty(&log).expect("strings and numbers always serialise");
    out.push('\n');
    out
}

fn descriptor(name: &str, rules: RuleLookup<'_>) -> Value {
    match rules(name) {
        Some(rule) => json!({
            "id": name,
            "shortDescription": { "text": rule.summary },
            "help": { "text": rule.page, "markdown": rule.page },
        }),
        None => json!({ "id": name }),
    }
}

fn result(diagnostic: &Diagnostic, names: &[&str], fingerprint: &str) -> Value {
    let level = match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut result = Map::new();
    let mut put = |key: &str, value: Value| result.insert(key.to_owned(), value);
    put("ruleId", json!(diagnostic.rule()));
    if let Ok(index) = names.binary_search(&diagnostic.rule()) {
        put("ruleIndex", json!(index));
    }
    put("level", json!(level));
    put("message", json!({ "text": whole_message(diagnostic) }));
    put("locations", json!([location(diagnostic.location(), &diagnostic.primary().text)]));
    if !diagnostic.labels().is_empty() {
        let related: Vec<Value> =
            diagnostic.labels().iter().map(|label| location(&label.location, &label.text)).collect();
        put("relatedLocations", json!(related));
    }
    put("partialFingerprints", json!({ "cobnutLint/v1": fingerprint }));
    if let Some(fix) = diagnostic.suggested_fix().filter(|fix| fix.safety != Safety::Display) {
        put("fixes", json!([changes(fix)]));
    }
    Value::Object(result)
}

fn location(location: &Location, text: &str) -> Value {
    let mut value = json!({
        "physicalLocation": { "artifactLocation": artifact(location.source()), "region": region(location) },
    });
    if !text.is_empty() {
        value["message"] = json!({ "text": text });
    }
    value
}

fn artifact(source: &Source) -> Value {
    let path = repository_path(source.name());
    let encoded = utf8_percent_encode(path, PATH);
    let uri = if path.starts_with('/') { format!("file://{encoded}") } else { encoded.to_string() };
    json!({ "uri": uri })
}

fn region(location: &Location) -> Value {
    let (start, end) = (location.start(), location.end());
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

fn changes(fix: &Fix) -> Value {
    let mut sources: Vec<&Source> = Vec::new();
    for edit in &fix.edits {
        if !sources.contains(&edit.location.source()) {
            sources.push(edit.location.source());
        }
    }
    let changes: Vec<Value> = sources
        .into_iter()
        .map(|source| {
            let edits = fix.edits.iter().filter(|edit| edit.location.source() == source);
            let replacements: Vec<Value> = edits
                .map(|edit| {
                    json!({
                        "deletedRegion": region(&edit.location),
                        "insertedContent": { "text": edit.replacement },
                    })
                })
                .collect();
            json!({ "artifactLocation": artifact(source), "replacements": replacements })
        })
        .collect();
    json!({ "description": { "text": fix.description }, "artifactChanges": changes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::RuleInfo;
    use crate::{Edit, Span};

    #[test]
    fn results_point_at_rules_places_and_fixes() {
        let source = Source::new("./node 1/ü.xml", "<a>\n<b/></a>");
        let place = source.location(Span::new(4, 8));
        let found = Diagnostic::new("odd", Severity::Info, place.clone(), "odd `b`")
            .label(source.location(Span::new(0, 3)), "in here")
            .fix(Fix::suggestion("remove it", Edit::delete(place.clone())));
        let template = Diagnostic::new("other", Severity::Error, place.clone(), "m")
            .fix(Fix::template("fill in", Edit::delete(place)));
        let rules = |name: &str| {
            (name == "odd").then_some(RuleInfo { name: "odd", summary: "odd elements", page: "# odd\n" })
        };
        let log: Value = serde_json::from_str(&sarif(&[found, template], &rules, "1.2.3")).unwrap();
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][0]["shortDescription"]["text"], "odd elements");
        assert_eq!(run["tool"]["driver"]["rules"][1], json!({ "id": "other" }));
        let result = &run["results"][0];
        assert_eq!((&result["level"], &result["ruleIndex"]), (&json!("note"), &json!(0)));
        let physical = &result["locations"][0]["physicalLocation"];
        assert_eq!(physical["artifactLocation"]["uri"], "node%201/%C3%BC.xml");
        let region = json!({ "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 5 });
        assert_eq!(physical["region"], region);
        assert_eq!(result["relatedLocations"][0]["message"]["text"], "in here");
        let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
        assert_eq!(replacement["deletedRegion"], region);
        assert_eq!(run["results"][1]["fixes"], Value::Null);
    }
}
