//! The element `<command/>`, read and written (XEP-0050 §2.4).

use minidom::Element;

use super::NS_COMMANDS;
use crate::data_form::Form;
use crate::stanza::{Condition, ElementExt as _};

/// What a client wants of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandRequest {
    /// To begin: the form, or the result where there is nothing to fill in.
    Begin,
    /// To have it done with what is in the form.
    Submit(SubmittedForm),
    /// To leave it.
    Cancel,
}

/// What a client has filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedForm(pub(super) Form);

impl CommandRequest {
    /// Reads a request. A step back, and a step on without a form, are `bad-request` (XEP-0050 §4.4 `bad-action`,
    /// `bad-payload`), as is an action that does not exist.
    pub fn of(command: &Element) -> Result<Self, Condition> {
        let form = Form::within(command);
        match (command.attr("action").unwrap_or("execute"), form) {
            ("cancel", _) => Ok(Self::Cancel),
            ("execute" | "next" | "complete", Some(form)) if form.kind == "cancel" => Ok(Self::Cancel),
            ("execute" | "next" | "complete", Some(form)) => Ok(Self::Submit(SubmittedForm(form))),
            ("execute", None) => Ok(Self::Begin),
            _ => Err(Condition::BadRequest),
        }
    }
}

/// The answer that asks for a form to be filled in.
pub fn executing(node: &str, session: &str, form: Element) -> Element {
    let actions = Element::bare("actions", NS_COMMANDS)
        .with_attr("execute", "complete")
        .with_child(Element::bare("complete", NS_COMMANDS));
    answer(node, session, "executing").with_child(actions).with_child(form)
}

/// The answer that ends a command that was carried out.
pub fn completed(node: &str, session: &str, result: Option<Element>) -> Element {
    let answer = answer(node, session, "completed");
    match result {
        Some(result) => answer.with_child(result),
        None => answer,
    }
}

/// The answer that ends a command that was left.
pub fn canceled(node: &str, session: &str) -> Element {
    answer(node, session, "canceled")
}

fn answer(node: &str, session: &str, status: &str) -> Element {
    Element::bare("command", NS_COMMANDS)
        .with_attr("node", node)
        .with_attr("sessionid", session)
        .with_attr("status", status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_apart() {
        let form = |kind: &str| format!("<x xmlns='jabber:x:data' type='{kind}'/>");
        let submitted = |kind: &str| {
            let command = format!("<c xmlns='x'>{}</c>", form(kind)).parse().expect("xml");
            Ok(CommandRequest::Submit(SubmittedForm(Form::within(&command).expect("form"))))
        };
        for (action, inner, expected) in [
            ("", String::new(), Ok(CommandRequest::Begin)),
            ("action='execute'", String::new(), Ok(CommandRequest::Begin)),
            ("action='execute'", form("submit"), submitted("submit")),
            ("action='complete'", form("submit"), submitted("submit")),
            ("action='next'", form("submit"), submitted("submit")),
            ("action='complete'", form("cancel"), Ok(CommandRequest::Cancel)),
            ("action='cancel'", String::new(), Ok(CommandRequest::Cancel)),
            ("action='complete'", String::new(), Err(Condition::BadRequest)),
            ("action='prev'", form("submit"), Err(Condition::BadRequest)),
            ("action='dance'", String::new(), Err(Condition::BadRequest)),
        ] {
            let text = format!("<command xmlns='{NS_COMMANDS}' node='n' {action}>{inner}</command>");
            assert_eq!(CommandRequest::of(&text.parse().expect("xml")), expected, "{text}");
        }
    }
}
