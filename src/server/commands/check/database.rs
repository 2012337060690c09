//! What a check says of the database and of what is in it.

use std::time::Duration;

use cobnut_openfire::Encryption;
use cobnut_openfire::system_properties::{self, Effect, Kind};
use cobnut_store::{Backend, Origin, Survey, SystemProperty};

use super::report::Section;
use crate::{plan, told};

/// Longest look at a database.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Properties of one kind that are named one by one.
const NAMES_MAX: usize = 30;

/// Looks at the database; `None` if it cannot be looked at.
pub(super) async fn look(url: &str, encryption: Encryption, section: &mut Section) -> Option<Survey> {
    let shown = plan::without_password(url);
    section.fact("url", shown.clone());
    if let Some(file) = plan::missing_sqlite_file(url) {
        section.ok(format!(
            "{} does not exist yet; it is made at the first start, with an account `admin`",
            file.display()
        ));
        return None;
    }
    match tokio::time::timeout(TIMEOUT, Survey::of(url, encryption)).await {
        Ok(Ok(survey)) => {
            section.ok(format!("{shown} answers: {} {}", name(survey.backend), survey.server));
            Some(survey)
        }
        Ok(Err(err)) => {
            let advice = err.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
            let err = anyhow::Error::new(err);
            section.stop(format!("the database {shown} cannot be used: {}{advice}", told::causes(&err)));
            None
        }
        Err(_) => {
            section.stop(format!("the database {shown} does not answer within {} s", TIMEOUT.as_secs()));
            None
        }
    }
}

fn name(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "SQLite",
        Backend::MySql => "MySQL or MariaDB",
        Backend::Postgres => "PostgreSQL",
    }
}

/// Tables, version and rights.
pub(super) fn shape(survey: &Survey, section: &mut Section) {
    section.fact("server", survey.server.clone());
    section.fact("schema_version", survey.version);
    match (survey.origin, survey.version) {
        (Origin::Empty, _) => {
            section.ok("it has no tables yet; they are made at the first start, with an account `admin`");
        }
        (Origin::Cobnut, _) => section.ok("its tables were made by Cobnut"),
        (Origin::Openfire, Some(version)) => section.ok(format!(
            "Openfire's tables, schema version {version}; none of them is changed, and ofVersion stays as it is"
        )),
        (Origin::Openfire, None) => {
            section.warn("Openfire's tables without a version; the columns decide, and ofVersion stays as it is");
        }
    }
    if !survey.missing_tables.is_empty() {
        section.stop(format!("tables are missing: {}", survey.missing_tables.join(", ")));
    }
    for odd in &survey.oddities {
        let is_there = if odd.is_missing { "is missing" } else { "is there and should not be" };
        section.warn(format!(
            "{}.{} {is_there} in this version: was an upgrade interrupted?",
            odd.table, odd.column
        ));
    }
    if !survey.rights.can_write {
        section.stop(
            "the database account may not write; grant it INSERT, UPDATE and DELETE on Openfire's tables",
        );
    }
    if !survey.rights.can_create {
        let text = "the database account may not create tables: keys for SCRAM-SHA-256 and some private XML have no place";
        if survey.origin == Origin::Empty { section.stop(text) } else { section.warn(text) }
    }
    if !survey.is_unicode_complete() {
        section.warn(format!(
            "texts are kept in the character set {}: messages with emoji and rare characters are refused",
            survey.character_set
        ));
    }
}

/// Accounts and what belongs to them.
pub(super) fn accounts(survey: &Survey, section: &mut Section) {
    if survey.origin == Origin::Empty {
        return;
    }
    let (counts, passwords) = (&survey.counts, &survey.passwords);
    section.ok(format!(
        "{} accounts, {} groups, {} contacts, {} vCards, {} waiting messages, {} rooms",
        counts.users,
        counts.groups,
        counts.roster_items,
        counts.vcards,
        counts.offline_messages,
        counts.rooms
    ));
    let place = if survey.has_scram_table { "ofUserScram" } else { "ofUser" };
    section.note(format!(
        "passwords: {} as SCRAM keys in {place}, {} only encrypted, {} only in clear text",
        passwords.with_keys, passwords.only_encrypted, passwords.only_plain
    ));
    let has_key = survey.property("passwordKey").is_some();
    let unreadable = if has_key { 0 } else { passwords.only_encrypted };
    if unreadable > 0 {
        section.warn(format!(
            "{unreadable} accounts cannot log in: their passwords are encrypted with the property passwordKey, which is \
             missing or cannot be decrypted"
        ));
    }
    if passwords.none > 0 {
        section.warn(format!(
            "{} accounts cannot log in: they have no password; `cobnut user passwd NAME` sets one",
            passwords.none
        ));
    }
    if passwords.plain > 0 {
        section.note(format!("{} passwords can be read by anybody who can read the table", passwords.plain));
    }
    if counts.lockouts > 0 {
        section.note(format!("{} accounts are locked out, or were", counts.lockouts));
    }
    if counts.rooms > 0 {
        section.note("rooms are used as they are, with their lists and their history".to_owned());
    }
    for (name, count) in [
        ("accounts", counts.users),
        ("groups", counts.groups),
        ("roster_items", counts.roster_items),
        ("vcards", counts.vcards),
        ("offline_messages", counts.offline_messages),
        ("rooms", counts.rooms),
        ("lockouts", counts.lockouts),
        ("passwords_with_keys", passwords.with_keys),
        ("passwords_only_encrypted", passwords.only_encrypted),
        ("passwords_only_plain", passwords.only_plain),
        ("cannot_log_in", passwords.none + unreadable),
    ] {
        section.fact(name, count);
    }
}

/// System properties by what becomes of them.
pub(super) fn properties(rows: &[SystemProperty], section: &mut Section) {
    let (mut obeyed, mut unknown) = (Vec::new(), Vec::new());
    let mut without_effect = Vec::new();
    for row in rows {
        let Some(known) = system_properties::find(&row.name) else {
            if !row.name.starts_with("cobnut.") {
                unknown.push(row.name.clone());
            }
            continue;
        };
        let Some(value) = row.value.as_deref() else {
            section.warn(format!(
                "{} cannot be decrypted with the key of conf/security.xml; it counts as not set",
                row.name
            ));
            continue;
        };
        if let Some(reason) = known.refusal(value) {
            section.stop(format!("the system property {} is {value}: {reason}", row.name));
            continue;
        }
        if let Err(err) = known.read(value) {
            let default = known.default.map(|default| format!(" ({default})")).unwrap_or_default();
            section.warn(format!("{} is {value}, which is {err}; its default{default} applies", row.name));
            continue;
        }
        let shown = if row.is_encrypted || known.kind == Kind::Secret { "(hidden)" } else { value };
        match known.effect {
            Effect::Obeyed | Effect::RefusedUnless(..) => obeyed.push(row.name.clone()),
            Effect::NoEffect(_) if known.default == Some(value.trim()) => {}
            Effect::NoEffect(reason) => without_effect.push(format!("{} = {shown}: {reason}", row.name)),
        }
    }
    section.fact("obeyed", obeyed.clone());
    section.fact("without_effect", without_effect.clone());
    section.fact("unknown", unknown.clone());
    if !obeyed.is_empty() {
        section.ok(format!("obeyed: {}", obeyed.join(", ")));
    }
    let more = without_effect.len().saturating_sub(NAMES_MAX);
    for text in without_effect.into_iter().take(NAMES_MAX) {
        section.note(format!("no effect: {text}"));
    }
    if more > 0 {
        section.note(format!("and {more} more without effect; `cobnut config show --all` names them"));
    }
    if !unknown.is_empty() {
        section
            .note(format!("{} others belong to plugins or parts that Cobnut does not have", unknown.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::Level;
    use super::*;

    #[test]
    fn properties_are_sorted_by_what_becomes_of_them() {
        let row = |name: &str, value: Option<&str>| SystemProperty {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            is_encrypted: false,
        };
        let mut section = Section::new("Properties");
        let rows = [
            row("xmpp.domain", Some("example.net")),
            row("xmpp.pubsub.flush.timer", Some("120")),
            row("xmpp.pubsub.flush.max", Some("9")),
            row("xmpp.client.idle", Some("soon")),
            row("provider.auth.className", Some("org.example.Own")),
            row("plugin.x", Some("1")),
            row("passwordKey", None),
        ];
        properties(&rows, &mut section);
        let with = |level: Level| section.lines.iter().filter(|line| line.level == level).count();
        assert_eq!(
            (with(Level::Ok), with(Level::Stop), with(Level::Warning), with(Level::Note)),
            (1, 1, 2, 2)
        );
        assert_eq!(section.facts["obeyed"], serde_json::json!(["xmpp.domain"]));
        assert_eq!(section.facts["unknown"], serde_json::json!(["plugin.x"]));
    }
}
