//! The configuration form (XEP-0045 §10.2): Openfire's fields in Openfire's order.

use cobnut_model::limits;
use jid::Jid;
use minidom::Element;

use super::{Affiliation, Listed, PrivateMessages, Role, RoomConfig, RoomRecord};
use crate::data_form::{Form, FormWriter};
use crate::stanza::Condition;

pub(super) const ROOM_CONFIG: &str = "http://jabber.org/protocol/muc#roomconfig";
const RETIRE: &str = "{http://igniterealtime.org}muc#roomconfig_retireondel";
const PRESERVE: &str = "{http://igniterealtime.org}muc#roomconfig_preservehistondel";

/// What a submitted form changes besides the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submitted {
    pub config: RoomConfig,
    /// The whole list of administrators, if the form named it.
    pub admins: Option<Vec<jid::BareJid>>,
    /// The whole list of owners, if the form named it.
    pub owners: Option<Vec<jid::BareJid>>,
}

/// The form for an owner, filled in. Compat: Spark refuses a form that lacks one of the fields that it sets, or that
/// has booleans of another type.
pub(super) fn write(record: &RoomRecord) -> Element {
    let config = &record.config;
    let mut form = FormWriter::new("form", ROOM_CONFIG);
    form.text("title", "Room configuration");
    form.text("instructions", &format!("Settings of the room {}", record.room));
    form.field("muc#roomconfig_roomname", "text-single", Some("Name of the room"), [config.name.as_str()]);
    form.field("muc#roomconfig_roomdesc", "text-single", Some("Description"), [config.description.as_str()]);
    form.flag("muc#roomconfig_changesubject", "Occupants may change the subject", config.can_change_subject);
    write_numbers(config, &mut form);
    form.flag("muc#roomconfig_publicroom", "List the room in directories", config.is_public);
    form.flag("muc#roomconfig_persistentroom", "Keep the room when nobody is in it", config.is_persistent);
    form.flag(RETIRE, "Never use the name again after the room was destroyed", config.is_retired_on_deletion);
    form.flag("muc#roomconfig_moderatedroom", "Only people with voice may speak", config.is_moderated);
    form.flag("muc#roomconfig_membersonly", "Only members may enter", config.is_members_only);
    form.fixed("By default only administrators may invite people into a members-only room.");
    form.flag("muc#roomconfig_allowinvites", "Occupants may invite others", config.can_invite);
    let is_protected = config.password.is_some();
    form.flag("muc#roomconfig_passwordprotectedroom", "A password is needed to enter", is_protected);
    form.fixed("If a password is needed, it has to be given here.");
    let password = config.password.as_deref();
    form.field("muc#roomconfig_roomsecret", "text-private", Some("Password"), password);
    write_choices(config, &mut form);
    form.flag("muc#roomconfig_enablelogging", "Keep what is said", config.is_logged);
    form.flag(PRESERVE, "Keep it after the room was destroyed", config.is_history_preserved);
    let reserved = config.is_reserved_nick_required;
    form.flag("x-muc#roomconfig_reservednick", "Members have to use their registered nickname", reserved);
    form.flag(
        "x-muc#roomconfig_canchangenick",
        "Occupants may change their nickname",
        config.can_change_nick,
    );
    form.fixed("People can ask the room to register them, with a nickname.");
    form.flag("x-muc#roomconfig_registration", "People may register with the room", config.can_register);
    form.fixed("Administrators of the room, each by the address of the account.");
    write_people(record, Affiliation::Admin, "muc#roomconfig_roomadmins", "Administrators", &mut form);
    form.fixed("Owners of the room, each by the address of the account; somebody has to stay owner.");
    write_people(record, Affiliation::Owner, "muc#roomconfig_roomowners", "Owners", &mut form);
    form.finish()
}

fn write_numbers(config: &RoomConfig, form: &mut FormWriter) {
    let max = config.occupants_max.to_string();
    let mut numbers =
        vec![("10", "10"), ("20", "20"), ("30", "30"), ("40", "40"), ("50", "50"), ("None", "0")];
    if !numbers.iter().any(|(_, value)| *value == max) {
        numbers.push((&max, &max));
    }
    let label = Some("Most occupants");
    form.options("muc#roomconfig_maxusers", "list-single", label, [max.as_str()], &numbers);
    let shown = Role::ALL.into_iter().rev().filter(|role| config.shows(*role)).map(Role::name);
    let roles = [("Moderator", "moderator"), ("Participant", "participant"), ("Visitor", "visitor")];
    let label = Some("Roles whose presence is broadcast");
    form.options("muc#roomconfig_presencebroadcast", "list-multi", label, shown, &roles);
}

fn write_choices(config: &RoomConfig, form: &mut FormWriter) {
    let whois = if config.is_non_anonymous { "anyone" } else { "moderators" };
    let choices = [("Moderators", "moderators"), ("Anyone", "anyone")];
    let label = Some("Who sees the real addresses of occupants");
    form.options("muc#roomconfig_whois", "list-single", label, [whois], &choices);
    let choices = [
        ("Anyone", "anyone"),
        ("Moderators", "moderators"),
        ("Participants", "participants"),
        ("None", "none"),
    ];
    let allowed = config.private_messages.name();
    let label = Some("Who may send private messages");
    form.options("muc#roomconfig_allowpm", "list-single", label, [allowed], &choices);
}

/// Groups are left out: clients do not know them, and they stay on the list whatever is submitted.
fn write_people(record: &RoomRecord, wanted: Affiliation, var: &str, label: &str, form: &mut FormWriter) {
    let is_wanted = |(address, listed): &(&Jid, &Listed)| listed.affiliation == wanted && address.is_bare();
    let people = record.people.iter().filter(is_wanted).map(|(address, _)| address.as_str());
    form.field(var, "jid-multi", Some(label), people);
}

/// Reads a submitted form. A field that is not there keeps what is set.
pub(super) fn read(form: &Form, current: &RoomConfig) -> Result<Submitted, Condition> {
    let mut config = current.clone();
    read_texts(form, &mut config)?;
    read_flags(form, &mut config)?;
    read_choices(form, &mut config)?;
    read_password(form, &mut config)?;
    let admins = read_people(form, "muc#roomconfig_roomadmins")?;
    let owners = read_people(form, "muc#roomconfig_roomowners")?;
    Ok(Submitted { config, admins, owners })
}

fn read_texts(form: &Form, config: &mut RoomConfig) -> Result<(), Condition> {
    let texts =
        [("muc#roomconfig_roomname", &mut config.name), ("muc#roomconfig_roomdesc", &mut config.description)];
    for (var, text) in texts {
        if let Some(value) = form.value(var) {
            if value.chars().count() > limits::ROOM_NAME_CHARS_MAX {
                return Err(Condition::NotAcceptable);
            }
            value.clone_into(text);
        }
    }
    Ok(())
}

fn read_flags(form: &Form, config: &mut RoomConfig) -> Result<(), Condition> {
    let flags = [
        ("muc#roomconfig_changesubject", &mut config.can_change_subject),
        ("muc#roomconfig_publicroom", &mut config.is_public),
        ("muc#roomconfig_persistentroom", &mut config.is_persistent),
        (RETIRE, &mut config.is_retired_on_deletion),
        ("muc#roomconfig_moderatedroom", &mut config.is_moderated),
        ("muc#roomconfig_membersonly", &mut config.is_members_only),
        ("muc#roomconfig_allowinvites", &mut config.can_invite),
        ("muc#roomconfig_enablelogging", &mut config.is_logged),
        (PRESERVE, &mut config.is_history_preserved),
        ("x-muc#roomconfig_reservednick", &mut config.is_reserved_nick_required),
        ("x-muc#roomconfig_canchangenick", &mut config.can_change_nick),
        ("x-muc#roomconfig_registration", &mut config.can_register),
    ];
    for (var, flag) in flags {
        match form.flag(var) {
            None => {}
            // Compat: Openfire takes a field without a value for set.
            Some(_) if form.value(var) == Some("") => *flag = true,
            Some(value) => *flag = value?,
        }
    }
    Ok(())
}

fn read_choices(form: &Form, config: &mut RoomConfig) -> Result<(), Condition> {
    if let Some(value) = form.value("muc#roomconfig_maxusers") {
        config.occupants_max = match value.trim() {
            "" => RoomConfig::default().occupants_max,
            "none" => 0,
            number => number
                .parse::<i32>()
                .ok()
                .and_then(|max| u32::try_from(max).ok())
                .ok_or(Condition::NotAcceptable)?,
        };
    }
    if let Some(values) = form.values("muc#roomconfig_presencebroadcast") {
        let names = values.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
        let roles: Option<Vec<Role>> = names.map(Role::from_name).collect();
        let roles = roles.ok_or(Condition::NotAcceptable)?;
        config.broadcast = roles.into_iter().fold(0, |bits, role| bits | role.broadcast_bit());
    }
    if let Some(value) = form.value("muc#roomconfig_whois") {
        config.is_non_anonymous = match value.trim() {
            "anyone" => true,
            "moderators" => false,
            _ => return Err(Condition::NotAcceptable),
        };
    }
    if let Some(value) = form.value("muc#roomconfig_allowpm") {
        config.private_messages = PrivateMessages::from_name(value.trim()).ok_or(Condition::NotAcceptable)?;
    }
    Ok(())
}

/// Compat: as in Openfire, a password alone protects the room, and protection needs a password, a new or an old one.
fn read_password(form: &Form, config: &mut RoomConfig) -> Result<(), Condition> {
    let given = form
        .value("muc#roomconfig_roomsecret")
        .map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
    if given.iter().flatten().any(|text| text.chars().count() > limits::ROOM_PASSWORD_CHARS_MAX) {
        return Err(Condition::NotAcceptable);
    }
    match form.value("muc#roomconfig_passwordprotectedroom") {
        Some("0" | "false") => config.password = None,
        Some(_) => {
            let password = given.flatten().or_else(|| config.password.take());
            config.password = Some(password.ok_or(Condition::NotAcceptable)?);
        }
        None => {
            if let Some(password) = given {
                config.password = password;
            }
        }
    }
    Ok(())
}

fn read_people(form: &Form, var: &str) -> Result<Option<Vec<jid::BareJid>>, Condition> {
    let Some(values) = form.values(var) else { return Ok(None) };
    if values.len() > limits::ROOM_PEOPLE_MAX {
        return Err(Condition::ResourceConstraint);
    }
    let addresses = values.iter().map(|value| value.trim()).filter(|value| !value.is_empty());
    let people: Result<Vec<_>, _> = addresses.map(|value| Jid::new(value).map(Jid::into_bare)).collect();
    people.map(Some).map_err(|_| Condition::JidMalformed)
}
