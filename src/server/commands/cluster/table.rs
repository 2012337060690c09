//! What the commands print.

use std::fmt::Write as _;

use serde_json::Value;

/// The members as aligned columns.
pub(crate) fn members(answer: &Value) -> String {
    let mut rows = vec![
        ["", "node", "address", "sessions", "lag", "state", "version", "id"].map(str::to_owned).to_vec(),
    ];
    for member in answer["members"].as_array().into_iter().flatten() {
        let text = |key: &str| member[key].as_str().unwrap_or_default().to_owned();
        rows.push(vec![
            mark(member).to_owned(),
            text("name"),
            text("address"),
            member["sessions"].to_string(),
            member["lag_changes"].as_u64().unwrap_or_default().to_string(),
            state(member).to_owned(),
            text("version"),
            text("id"),
        ]);
    }
    aligned(&rows)
}

/// What reading the configuration again changed.
pub(crate) fn reloaded(answer: &Value) -> String {
    let list = |key: &str| {
        let entries = answer[key].as_array().into_iter().flatten();
        entries.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
    };
    let lines = [
        ("added", "dialled from now on"),
        ("removed", "not dialled any more; members stay"),
        ("need_restart", "changed, too, and needs a restart of the node"),
    ];
    let mut text = String::new();
    for (key, meaning) in lines {
        let entries = list(key);
        if !entries.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{meaning}: {entries}");
        }
    }
    if text.is_empty() { "nothing has changed\n".to_owned() } else { text }
}

fn mark(member: &Value) -> &'static str {
    match (member["oldest"].as_bool(), member["self"].as_bool()) {
        (Some(true), Some(true)) => "oldest, this node",
        (Some(true), _) => "oldest",
        (_, Some(true)) => "this node",
        _ => "",
    }
}

fn state(member: &Value) -> &'static str {
    let is = |key: &str| member[key].as_bool() == Some(true);
    if is("suspect") {
        "suspected"
    } else if member["connected"].as_bool() == Some(false) {
        "reconnecting"
    } else if is("draining") {
        "draining"
    } else if is("lite") {
        "lite"
    } else {
        "ok"
    }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut table = String::new();
    for row in rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        table.push_str(line.join("  ").trim_end());
        table.push('\n');
    }
    table
}

/// The members, how links are protected, and what is wrong.
pub(super) fn status(answer: &Value, has_colours: bool) -> String {
    let mut text = members(answer);
    if answer["enabled"] == Value::Bool(false) {
        text.push_str("clustering is off\n");
    }
    let count = answer["members"].as_array().map_or(0, Vec::len);
    let standing = &answer["standing"];
    let side = match standing["side"].as_str() {
        Some("minority") => format!("minority, {} of {} members", standing["have"], standing["of"]),
        _ => "majority".to_owned(),
    };
    let word = |key: &str| answer[key].as_str().unwrap_or("unknown").to_owned();
    let own = own_report(answer);
    let links = own["links"].as_str().unwrap_or("unknown");
    let _ = writeln!(
        text,
        "\n{count} member{}, {side}; {} sessions; this node is {}; links: {links}",
        if count == 1 { "" } else { "s" },
        answer["sessions"],
        word("state"),
    );
    if let Some(why) = answer["no_logins"].as_str() {
        let _ = writeln!(text, "no logins here: {why}");
    }
    text.push_str(&advice(answer, has_colours, false));
    text
}

fn own_report(answer: &Value) -> &Value {
    let members = answer["report"]["members"].as_array().map(Vec::as_slice).unwrap_or_default();
    let own = members.iter().find(|member| member["is_self"].as_bool() == Some(true));
    own.map_or(&Value::Null, |member| &member["report"])
}

/// Every sentence with its reason and remedy, then who hears whom, and what happened last.
pub(super) fn diagnosis(answer: &Value, has_colours: bool) -> String {
    let mut text = advice(answer, has_colours, true);
    if text.is_empty() {
        text.push_str("nothing is wrong that this node and the other members can see\n");
    }
    text.push_str("\nwho hears whom\n");
    for member in answer["report"]["members"].as_array().into_iter().flatten() {
        let heard: Vec<String> = member["report"]["hears"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|heard| {
                let how = match (heard["is_connected"].as_bool(), heard["is_suspect"].as_bool()) {
                    (_, Some(true)) => " (silent)",
                    (Some(false), _) => " (reconnecting)",
                    _ => "",
                };
                format!("{}{how}", heard["name"].as_str().unwrap_or_default())
            })
            .collect();
        let name = member["name"].as_str().unwrap_or_default();
        let heard = if heard.is_empty() { "nobody".to_owned() } else { heard.join(", ") };
        let _ = writeln!(text, "  {name}: {heard}");
    }
    text.push_str("\nwhat happened last, as this node saw it\n");
    for entry in own_report(answer)["journal"].as_array().into_iter().flatten().take(20) {
        let part = |key: &str| entry[key].as_str().unwrap_or_default();
        let _ = writeln!(
            text,
            "  {}  {} {} {}",
            time(entry["at_ms"].as_u64().unwrap_or_default()),
            part("kind"),
            part("subject"),
            part("text")
        );
    }
    text
}

fn time(at_ms: u64) -> String {
    let millis = i64::try_from(at_ms).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis).map(|at| at.to_string()).unwrap_or_default()
}

fn advice(answer: &Value, has_colours: bool, is_long: bool) -> String {
    let mut text = String::new();
    for advice in answer["advice"].as_array().into_iter().flatten() {
        let part = |key: &str| advice[key].as_str().unwrap_or_default();
        let severity = part("severity");
        let _ = writeln!(text, "{}: {}", coloured(severity, has_colours), part("what"));
        if is_long || severity == "error" {
            let _ = writeln!(text, "  why: {}\n  what to do: {}", part("why"), part("remedy"));
        }
    }
    text
}

fn coloured(severity: &str, has_colours: bool) -> String {
    let colour = match severity {
        "error" => "31",
        "warning" => "33",
        _ => "36",
    };
    if has_colours { format!("\x1b[{colour}m{severity}\x1b[0m") } else { severity.to_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer() -> Value {
        json!({
            "enabled": true, "sessions": 12, "state": "serving",
            "standing": { "side": "minority", "have": 1, "of": 2 },
            "members": [{ "name": "one", "address": "127.0.5.1:5701", "sessions": 12, "version": "0.1.0", "id": "a",
                "oldest": true, "self": true, "connected": true, "lag_changes": 3 }],
            "alone": null, "no_logins": "too few members",
            "advice": [{ "severity": "error", "what": "one is alone", "why": "nobody answers", "remedy": "start the others" }],
            "report": { "members": [{ "name": "one", "is_self": true, "report": { "links": "TLS",
                "hears": [{ "name": "two", "is_connected": false }],
                "journal": [{ "at_ms": 0, "kind": "joined", "subject": "two", "text": "" }] } }] },
        })
    }

    #[test]
    fn members_are_aligned() {
        assert_eq!(
            members(&answer()),
            "                   node  address         sessions  lag  state  version  id\n\
             oldest, this node  one   127.0.5.1:5701  12        3    ok     0.1.0    a\n"
        );
    }

    #[test]
    fn what_was_read_again_is_told_in_lines() {
        let answer = json!({ "added": ["192.168.5.2:5701", "three"], "removed": [], "need_restart": ["cluster-name"] });
        assert_eq!(
            reloaded(&answer),
            "dialled from now on: 192.168.5.2:5701 three\n\
             changed, too, and needs a restart of the node: cluster-name\n"
        );
        assert_eq!(
            reloaded(&json!({ "added": [], "removed": [], "need_restart": [] })),
            "nothing has changed\n"
        );
    }

    #[test]
    fn trouble_is_named_with_reason_and_remedy() {
        let text = status(&answer(), false);
        for expected in [
            "1 member, minority, 1 of 2 members; 12 sessions; this node is serving; links: TLS\n",
            "no logins here: too few members\n",
            "error: one is alone\n  why: nobody answers\n  what to do: start the others\n",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        assert!(status(&answer(), true).contains("\u{1b}[31merror\u{1b}[0m"));
    }

    #[test]
    fn a_diagnosis_says_who_hears_whom_and_what_happened() {
        let text = diagnosis(&answer(), false);
        assert!(text.contains("  one: two (reconnecting)\n"), "{text}");
        assert!(text.contains("  1970-01-01T00:00:00Z  joined two"), "{text}");
    }
}
