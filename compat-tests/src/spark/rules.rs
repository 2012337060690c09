//! What Smack, the library inside Spark, does not forgive in anything that it gets.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use super::pattern::{Values, matches};
use crate::{DOMAIN, attribute};

/// A question that was asked.
#[derive(Debug)]
pub(super) struct Question {
    /// Whom it was put to; `None` without an address.
    pub(super) to: Option<String>,
    pub(super) is_answered: bool,
}

/// Checks what arrived at the session `jid`, and marks the question that it answers.
pub(super) fn check(stanza: &str, jid: &str, questions: &mut BTreeMap<String, Question>) -> Result<()> {
    let from = attribute(stanza, "from");
    if stanza.starts_with("<message") || stanza.starts_with("<presence") {
        ensure!(from.is_some(), "Smack's roster fails when a stanza has no sender: {stanza}");
    }
    if stanza.starts_with("<presence") {
        check_presence(stanza, from.unwrap_or_default())?;
    }
    if !stanza.starts_with("<iq") {
        return Ok(());
    }
    match attribute(stanza, "type") {
        Some("set") => check_push(stanza),
        Some("result" | "error") => {
            let question = attribute(stanza, "id").and_then(|id| questions.get_mut(id));
            if let Some(question) = question {
                ensure!(!question.is_answered, "answered twice: {stanza}");
                let is_trusted = is_trusted(question.to.as_deref(), from, jid);
                ensure!(is_trusted, "Smack throws an answer of this sender away: {stanza}");
                question.is_answered = true;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether Smack takes an answer of `from` to what was asked of `to`.
fn is_trusted(to: Option<&str>, from: Option<&str>, jid: &str) -> bool {
    let bare = jid.split('/').next().unwrap_or_default();
    match to {
        None => from.is_none_or(|from| [jid, bare, DOMAIN].contains(&from)),
        Some(to) if to == bare => from.is_none_or(|from| from == bare),
        Some(to) => from == Some(to),
    }
}

/// Presence of rooms without an item fails in Spark's list of participants.
fn check_presence(presence: &str, from: &str) -> Result<()> {
    let is_occupant = from.contains(&format!("@conference.{DOMAIN}/"));
    if is_occupant && attribute(presence, "type") != Some("error") {
        let item = "<presence><x xmlns='http://jabber.org/protocol/muc#user'><item/></x></presence>";
        ensure!(
            matches(item, presence, &Values::new())?.is_some(),
            "an occupant without an item: {presence}"
        );
    }
    Ok(())
}

fn check_push(push: &str) -> Result<()> {
    let two = "<iq><query xmlns='jabber:iq:roster'><item/><item/></query></iq>";
    ensure!(matches(two, push, &Values::new())?.is_none(), "a roster push of two items: {push}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JID: &str = "alice@example.org/Spark";

    #[test]
    fn answers_come_from_whom_was_asked() {
        for (to, from, is_taken) in [
            (None, None, true),
            (None, Some(JID), true),
            (None, Some("alice@example.org"), true),
            (None, Some("example.org"), true),
            (None, Some("bob@example.org"), false),
            (Some("alice@example.org"), None, true),
            (Some("alice@example.org"), Some("example.org"), false),
            (Some("example.org"), Some("example.org"), true),
            (Some("example.org"), None, false),
        ] {
            assert_eq!(is_trusted(to, from, JID), is_taken, "{to:?} {from:?}");
        }
    }

    #[test]
    fn a_question_is_answered_once() {
        let question = Question { to: None, is_answered: false };
        let mut questions = BTreeMap::from([("1".to_owned(), question)]);
        assert!(check("<iq type='result' id='1'/>", JID, &mut questions).is_ok());
        assert!(questions["1"].is_answered);
        assert!(check("<iq type='result' id='1'/>", JID, &mut questions).is_err());
    }

    #[test]
    fn what_smack_stumbles_over_is_found() {
        let room = "from='team@conference.example.org/bob'";
        for (stanza, is_good) in [
            ("<presence/>".to_owned(), false),
            ("<message from='a@b'/>".to_owned(), true),
            (format!("<presence {room}/>"), false),
            (format!("<presence {room} type='error'/>"), true),
            (
                format!(
                    "<presence {room}><x xmlns='http://jabber.org/protocol/muc#user'><item/></x></presence>"
                ),
                true,
            ),
            ("<iq type='set'><query xmlns='jabber:iq:roster'><item/></query></iq>".to_owned(), true),
            ("<iq type='set'><query xmlns='jabber:iq:roster'><item/><item/></query></iq>".to_owned(), false),
        ] {
            assert_eq!(check(&stanza, JID, &mut BTreeMap::new()).is_ok(), is_good, "{stanza}");
        }
    }
}
