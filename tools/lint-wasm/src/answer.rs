//! What the page is told.

use cobnut_diagnostics::render::{Colour, full, to_json};
use cobnut_diagnostics::{Diagnostic, Location, Source};
use serde_json::{Value, json};

use crate::request::{Checked, Request};
use crate::utf16::units;

/// Answers a request `{"files": [{"name", "text", "node"?}]}`.
///
/// The answer is `{"findings": […], "skipped": [index…]}`, or `{"error": "…"}` for a request that cannot be read. A
/// finding has the fields of `cobnut-lint --format json`, and besides `here` (what is said of the marked text), `full` (as
/// the command line prints it) and `place`; labels and edits have a `place`, too: the index of the file and the range in it
/// in UTF-16 units, which is how text fields count.
pub fn answer(request: &str) -> String {
    let value = match Request::read(request) {
        Ok(request) => told(&request.check()),
        Err(error) => json!({ "error": error }),
    };
    value.to_string()
}

fn told(checked: &Checked) -> Value {
    let findings: Vec<Value> = checked.found.iter().map(|found| finding(found, &checked.sources)).collect();
    json!({ "findings": findings, "skipped": checked.skipped })
}

fn finding(found: &Diagnostic, sources: &[Source]) -> Value {
    let mut value = to_json(found);
    value["here"] = found.primary().text.as_str().into();
    value["full"] = full(std::slice::from_ref(found), Colour::Never).into();
    value["place"] = place(found.location(), sources);
    for (index, label) in found.labels().iter().enumerate() {
        value["labels"][index]["place"] = place(&label.location, sources);
    }
    if let Some(fix) = found.suggested_fix() {
        for (index, edit) in fix.edits.iter().enumerate() {
            value["fix"]["edits"][index]["place"] = place(&edit.location, sources);
        }
    }
    value
}

/// `null` for a text that is not among the files, for example one that was imported.
fn place(location: &Location, sources: &[Source]) -> Value {
    let source = location.source();
    let Some(file) = sources.iter().position(|known| known == source) else { return Value::Null };
    let unit = |offset| units(source.text(), offset);
    json!({ "file": file, "start": unit(location.span().start), "end": unit(location.span().end) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../../conf/article/server1.xml");
    const TYPO: &str = include_str!("../../../conf/article/server2.xml");

    fn ask(files: &Value) -> Value {
        serde_json::from_str(&answer(&json!({ "files": files }).to_string())).expect("JSON")
    }

    fn rules(answer: &Value) -> Vec<&str> {
        let findings = answer["findings"].as_array().expect("findings");
        findings.iter().filter_map(|found| found["rule"].as_str()).collect()
    }

    #[test]
    fn the_article_is_answered_as_the_command_line_does_and_the_fix_mends_it() {
        let files = json!([{"name": "server1.xml", "text": GOOD}, {"name": "server2.xml", "text": TYPO}]);
        let answer = ask(&files);
        let expected: Value =
            serde_json::from_str(include_str!("../../lint/tests/snapshots/article.json")).expect("JSON");
        let findings = answer["findings"].as_array().expect("findings");
        assert_eq!(findings.len(), expected.as_array().map_or(0, Vec::len));
        for (found, expected) in findings.iter().zip(expected.as_array().into_iter().flatten()) {
            for (field, value) in expected.as_object().expect("object") {
                if !["labels", "fix"].contains(&field.as_str()) {
                    assert_eq!(&found[field], value, "{field}");
                }
            }
        }
        let typo = findings.iter().find(|found| found["rule"] == "misplaced-separator").expect("the typo");
        assert!(typo["full"].as_str().is_some_and(|full| full.contains("192.168.5:1:5701")), "{typo}");
        assert_eq!(typo["place"]["file"], 1);
        let edit = &typo["fix"]["edits"][0];
        assert_eq!(edit["place"], json!({"file": 1, "start": 201, "end": 202}));
        let mut mended = TYPO.to_owned();
        mended.replace_range(201..202, edit["replacement"].as_str().expect("text"));
        let answer =
            ask(&json!([{"name": "server1.xml", "text": GOOD}, {"name": "server2.xml", "text": mended}]));
        assert!(rules(&answer).iter().all(|rule| *rule == "fragment"), "{answer}");
    }

    #[test]
    fn places_count_as_text_fields_do() {
        let text = TYPO.replacen("<join>", "<join><!-- 😀 -->", 1);
        let answer = ask(&json!([{"name": "a.xml", "text": text}]));
        let typo = answer["findings"]
            .as_array()
            .and_then(|all| all.iter().find(|found| found["rule"] == "misplaced-separator").cloned());
        let place = typo.expect("the typo")["place"].clone();
        let units: Vec<u16> = text.encode_utf16().collect();
        let at = |name: &str| usize::try_from(place[name].as_u64().expect("number")).expect("small");
        assert_eq!(String::from_utf16_lossy(&units[at("start")..at("end")]), "192.168.5:1:5701");
    }

    #[test]
    fn a_second_file_of_the_same_node_is_not_another_node() {
        let apart = ask(&json!([{"name": "a", "text": GOOD}, {"name": "b.xml", "text": GOOD}]));
        assert!(rules(&apart).contains(&"same-address"), "{apart}");
        let together = ask(&json!([
            {"name": "a", "text": GOOD, "node": "this"}, {"name": "b.xml", "text": GOOD, "node": "this"}
        ]));
        assert_eq!(rules(&together), ["fragment", "fragment"], "{together}");
    }

    #[test]
    fn what_is_no_configuration_is_named_and_what_cannot_be_read_is_an_error() {
        let answer =
            ask(&json!([{"name": "notes.txt", "text": "call me"}, {"name": "a.xml", "text": "<join>"}]));
        assert_eq!(answer["skipped"], json!([0]));
        assert!(!rules(&answer).is_empty());
        for bad in ["", "[]", "{\"files\": 1}"] {
            let answer: Value = serde_json::from_str(&super::answer(bad)).expect("JSON");
            assert!(answer["error"].is_string(), "{bad}");
        }
        let many: Vec<Value> =
            (0..300).map(|number| json!({"name": number.to_string(), "text": ""})).collect();
        assert!(ask(&many.into())["error"].as_str().is_some_and(|error| error.contains("256")));
    }
}
