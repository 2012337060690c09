//! The configuration of a node as a form.

use cobnut_model::limits;
use minidom::Element;

use super::config::{AccessModel, NodeConfig, PublishModel, SendLast};
use super::error::{Detail, PubsubError};
use super::{META_DATA, NODE_CONFIG, PUBLISH_OPTIONS};
use crate::data_form::{Form, FormWriter};
use crate::stanza::Condition;

/// "As many as there may be" (XEP-0060 §16.4.4 `max_items`).
const MAX: &str = "max";

impl NodeConfig {
    /// The form that an owner fills in, or gets as the default (XEP-0060 §8.2, §8.3).
    pub fn to_form(&self, kind: &'static str) -> Element {
        let mut form = FormWriter::new(kind, NODE_CONFIG);
        let text = |form: &mut FormWriter, var: &str, label: &str, value: &str| {
            form.field(var, "text-single", Some(label), [value]);
        };
        text(&mut form, "pubsub#title", "A friendly name", &self.title);
        text(&mut form, "pubsub#description", "What the node is about", &self.description);
        text(&mut form, "pubsub#type", "The namespace of the payloads", &self.payload_type);
        form.flag("pubsub#deliver_payloads", "Deliver payloads with notifications", self.delivers_payloads);
        form.flag("pubsub#notify_config", "Tell subscribers of a new configuration", self.notifies_config);
        form.flag("pubsub#notify_delete", "Tell subscribers of the end of the node", self.notifies_delete);
        form.flag("pubsub#notify_retract", "Tell subscribers of removed items", self.notifies_retract);
        form.flag("pubsub#persist_items", "Keep items", self.persists);
        text(&mut form, "pubsub#max_items", "How many items to keep", &self.items_max.to_string());
        text(&mut form, "pubsub#max_payload_size", "Bytes of a payload", &self.payload_bytes_max.to_string());
        let choices = |names: &[&'static str]| names.iter().map(|name| (*name, *name)).collect::<Vec<_>>();
        let models = choices(&AccessModel::ALL.map(AccessModel::name));
        let label = Some("Who may subscribe and see items");
        form.options("pubsub#access_model", "list-single", label, [self.access.name()], &models);
        let label = Some("Roster groups that may");
        let groups = self.roster_groups.iter().map(String::as_str);
        form.field("pubsub#roster_groups_allowed", "text-multi", label, groups);
        let models = choices(&PublishModel::ALL.map(PublishModel::name));
        let label = Some("Who may publish");
        form.options("pubsub#publish_model", "list-single", label, [self.publish.name()], &models);
        let when = choices(&SendLast::ALL.map(SendLast::name));
        let label = Some("When to send the last item");
        form.options("pubsub#send_last_published_item", "list-single", label, [self.send_last.name()], &when);
        form.finish()
    }

    /// What everybody may know of a node (XEP-0060 §5.4).
    pub fn meta_data(&self, creator: &str) -> Element {
        let mut form = FormWriter::new("result", META_DATA);
        for (var, label, value) in [
            ("pubsub#title", "A friendly name", self.title.as_str()),
            ("pubsub#description", "What the node is about", &self.description),
            ("pubsub#type", "The namespace of the payloads", &self.payload_type),
            ("pubsub#access_model", "Who may subscribe and see items", self.access.name()),
            ("pubsub#publish_model", "Who may publish", self.publish.name()),
        ] {
            form.field(var, "text-single", Some(label), [value]);
        }
        form.field("pubsub#creator", "jid-single", Some("Who made the node"), [creator]);
        form.finish()
    }

    /// The configuration after an owner has filled in the form; a field that is not there keeps what is set. Unknown
    /// fields are not looked at (XEP-0060 §8.2.4), values out of range are `not-acceptable`.
    pub(super) fn with(&self, form: &Form) -> Result<Self, PubsubError> {
        let mut config = self.clone();
        if !matches!(form.form_type(), NODE_CONFIG | PUBLISH_OPTIONS | "") {
            return Err(PubsubError::new(Condition::BadRequest, Detail::InvalidOptions));
        }
        config.read_texts(form)?;
        config.read_flags(form)?;
        config.read_choices(form)?;
        config.items_max = number(form, "pubsub#max_items", config.items_max, limits::PUBSUB_ITEMS_MAX)?;
        let bytes = config.payload_bytes_max;
        config.payload_bytes_max =
            number(form, "pubsub#max_payload_size", bytes, limits::PUBSUB_PAYLOAD_BYTES_MAX)?;
        Ok(config)
    }

    fn read_texts(&mut self, form: &Form) -> Result<(), PubsubError> {
        let texts = [
            ("pubsub#title", &mut self.title, limits::PUBSUB_TITLE_CHARS_MAX),
            ("pubsub#description", &mut self.description, limits::PUBSUB_DESCRIPTION_CHARS_MAX),
            ("pubsub#type", &mut self.payload_type, limits::PUBSUB_NODE_CHARS_MAX),
        ];
        for (var, text, chars_max) in texts {
            let Some(value) = form.value(var) else { continue };
            if value.chars().count() > chars_max {
                return Err(out_of_range());
            }
            value.clone_into(text);
        }
        if let Some(groups) = form.values("pubsub#roster_groups_allowed") {
            if groups.len() > limits::ROSTER_GROUPS_MAX {
                return Err(out_of_range());
            }
            self.roster_groups = groups.iter().filter(|group| !group.is_empty()).cloned().collect();
        }
        Ok(())
    }

    fn read_flags(&mut self, form: &Form) -> Result<(), PubsubError> {
        let flags = [
            ("pubsub#deliver_payloads", &mut self.delivers_payloads),
            ("pubsub#notify_config", &mut self.notifies_config),
            ("pubsub#notify_delete", &mut self.notifies_delete),
            ("pubsub#notify_retract", &mut self.notifies_retract),
            ("pubsub#persist_items", &mut self.persists),
        ];
        for (var, flag) in flags {
            if let Some(value) = form.flag(var) {
                *flag = value.map_err(|_| out_of_range())?;
            }
        }
        Ok(())
    }

    fn read_choices(&mut self, form: &Form) -> Result<(), PubsubError> {
        if let Some(name) = form.value("pubsub#access_model") {
            self.access = AccessModel::from_name(name).ok_or_else(out_of_range)?;
        }
        if let Some(name) = form.value("pubsub#publish_model") {
            self.publish = PublishModel::from_name(name).ok_or_else(out_of_range)?;
        }
        if let Some(name) = form.value("pubsub#send_last_published_item") {
            self.send_last = SendLast::from_name(name).ok_or_else(out_of_range)?;
        }
        Ok(())
    }

    /// Whether the node is as a publisher wants it to be (XEP-0060 §7.1.5): each field that is understood has to be as it is
    /// set, and none may be unknown.
    pub(super) fn meets(&self, form: &Form) -> Result<(), PubsubError> {
        let not_met = || PubsubError::new(Condition::Conflict, Detail::PreconditionNotMet);
        if form.names().any(|name| name != "FORM_TYPE" && !FIELDS.contains(&name)) {
            return Err(not_met());
        }
        if self.with(form).map_err(|_| not_met())? == *self { Ok(()) } else { Err(not_met()) }
    }
}

/// The fields that are understood.
const FIELDS: &[&str] = &[
    "pubsub#title",
    "pubsub#description",
    "pubsub#type",
    "pubsub#deliver_payloads",
    "pubsub#notify_config",
    "pubsub#notify_delete",
    "pubsub#notify_retract",
    "pubsub#persist_items",
    "pubsub#max_items",
    "pubsub#max_payload_size",
    "pubsub#access_model",
    "pubsub#roster_groups_allowed",
    "pubsub#publish_model",
    "pubsub#send_last_published_item",
];

fn out_of_range() -> PubsubError {
    PubsubError::new(Condition::NotAcceptable, Detail::InvalidOptions)
}

/// A number from 1 to `max`; "max" is the largest. Other than that what is larger is refused.
fn number(form: &Form, var: &str, current: u32, max: u32) -> Result<u32, PubsubError> {
    let Some(text) = form.value(var).map(str::trim) else { return Ok(current) };
    if text == MAX {
        return Ok(max);
    }
    text.parse().ok().filter(|number| (1..=max).contains(number)).ok_or_else(out_of_range)
}
