//! The commands of XEP-0133 that this server has: what they are called, what they ask, and what was answered.

use cobnut_model::limits;
use jid::Jid;
use minidom::Element;

use super::form::{
    Field, addresses, form_of, lines, optional, required, results, some_text, text, username, usernames,
};
use super::request::SubmittedForm;
use crate::stanza::Condition;

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminCommand {
    /// XEP-0133 §4.1
    AddUser,
    /// §4.2
    DeleteUser,
    /// §4.3
    DisableUser,
    /// §4.4
    ReenableUser,
    /// §4.5
    EndUserSession,
    /// §4.7
    ChangeUserPassword,
    /// §4.8
    GetUserRoster,
    /// §4.9
    GetUserLastLogin,
    /// §4.10
    UserStats,
    /// §4.13
    CountRegistered,
    /// §4.14
    CountDisabled,
    /// §4.15
    CountOnline,
    /// §4.18
    ListRegistered,
    /// §4.19
    ListDisabled,
    /// §4.20
    ListOnline,
    /// §4.23
    Announce,
    /// §4.24
    SetMotd,
    /// §4.25
    EditMotd,
    /// §4.26
    DeleteMotd,
}

/// Which accounts are counted or listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    /// All.
    Registered,
    /// Those that may not log in.
    Disabled,
    /// Those with a session, each once.
    Online,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminRequest {
    /// Make an account.
    AddUser {
        /// Its name, prepared.
        username: String,
        /// Its password, not prepared.
        password: String,
        /// What people call its owner.
        name: Option<String>,
        /// E-mail address.
        email: Option<String>,
    },
    /// Delete accounts, by name.
    DeleteUsers(Vec<String>),
    /// Let accounts log in no more, or again.
    LockUsers {
        /// Their names.
        usernames: Vec<String>,
        /// Whether they are locked from now on.
        is_locked: bool,
    },
    /// End the session of a full JID, all of an account.
    EndSessions(Vec<Jid>),
    /// Replace a password.
    ChangePassword {
        /// The account's name.
        username: String,
        /// The new password, not prepared.
        password: String,
    },
    /// Tell the contacts of an account.
    Roster(String),
    /// Tell when an account was last there.
    LastLogin(String),
    /// Tell about an account.
    Stats(String),
    /// Count accounts.
    Count(Population),
    /// List accounts.
    List {
        /// Which.
        of: Population,
        /// How many at most.
        max: usize,
    },
    /// Tell everybody who is online.
    Announce {
        /// What it is about.
        subject: Option<String>,
        /// What is told.
        body: String,
    },
    /// What everybody is told who logs in; nothing if `None`.
    SetMotd {
        /// The text.
        body: Option<String>,
        /// Whether everybody who is online is told at once.
        is_announced: bool,
    },
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AdminAnswer {
    /// It was done.
    Done,
    /// Fields and their values.
    Fields(Vec<(&'static str, Vec<String>)>),
    /// The roster of an account, as the element of RFC 6121.
    Roster(Element),
}

const PASSWORD: Field = required("password", "text-private", "The password for this account");
const PASSWORD_AGAIN: Field = required("password-verify", "text-private", "Retype the password");
const ACCOUNT: Field = required("accountjid", "jid-single", "The JID of the account");
const ACCOUNTS: Field = required("accountjids", "jid-multi", "The JIDs of the accounts");
const MAX_ITEMS: Field = optional("max_items", "text-single", "How many accounts to list at most");
const SUBJECT: Field = optional("subject", "text-single", "Subject");
const ANNOUNCEMENT: Field = required("announcement", "text-multi", "Announcement");
const MOTD: Field = required("motd", "text-multi", "Message of the day");

/// What there is to know of a command.
struct Facts {
    command: AdminCommand,
    node: &'static str,
    title: &'static str,
    fields: &'static [Field],
}

/// A row of [`COMMANDS`]; `node` with the prefix of XEP-0133.
const fn row(
    command: AdminCommand,
    node: &'static str,
    title: &'static str,
    fields: &'static [Field],
) -> Facts {
    Facts { command, node, title, fields }
}

/// A node of XEP-0133.
macro_rules! node {
    ($name:literal) => {
        concat!("http://jabber.org/protocol/admin#", $name)
    };
}

/// All commands, in the order of the XEP.
const COMMANDS: [Facts; 19] = [
    row(
        AdminCommand::AddUser,
        node!("add-user"),
        "Add a user",
        &[
            ACCOUNT,
            PASSWORD,
            PASSWORD_AGAIN,
            optional("email", "text-single", "E-mail address"),
            optional("given_name", "text-single", "Given name"),
            optional("surname", "text-single", "Family name"),
        ],
    ),
    row(AdminCommand::DeleteUser, node!("delete-user"), "Delete users", &[ACCOUNTS]),
    row(AdminCommand::DisableUser, node!("disable-user"), "Lock users out", &[ACCOUNTS]),
    row(AdminCommand::ReenableUser, node!("reenable-user"), "Let users in again", &[ACCOUNTS]),
    row(AdminCommand::EndUserSession, node!("end-user-session"), "End sessions", &[ACCOUNTS]),
    row(
        AdminCommand::ChangeUserPassword,
        node!("change-user-password"),
        "Change a user's password",
        &[ACCOUNT, PASSWORD],
    ),
    row(AdminCommand::GetUserRoster, node!("get-user-roster"), "See a user's contacts", &[ACCOUNT]),
    row(
        AdminCommand::GetUserLastLogin,
        node!("get-user-lastlogin"),
        "See when a user was last there",
        &[ACCOUNT],
    ),
    row(AdminCommand::UserStats, node!("user-stats"), "See facts about a user", &[ACCOUNT]),
    row(AdminCommand::CountRegistered, node!("get-registered-users-num"), "Count the users", &[]),
    row(
        AdminCommand::CountDisabled,
        node!("get-disabled-users-num"),
        "Count the users who are locked out",
        &[],
    ),
    row(AdminCommand::CountOnline, node!("get-online-users-num"), "Count the users who are online", &[]),
    row(AdminCommand::ListRegistered, node!("get-registered-users-list"), "List the users", &[MAX_ITEMS]),
    row(
        AdminCommand::ListDisabled,
        node!("get-disabled-users-list"),
        "List the users who are locked out",
        &[MAX_ITEMS],
    ),
    row(
        AdminCommand::ListOnline,
        node!("get-online-users-list"),
        "List the users who are online",
        &[MAX_ITEMS],
    ),
    row(AdminCommand::Announce, node!("announce"), "Tell everybody who is online", &[SUBJECT, ANNOUNCEMENT]),
    row(AdminCommand::SetMotd, node!("set-motd"), "Set the message of the day and send it", &[MOTD]),
    row(AdminCommand::EditMotd, node!("edit-motd"), "Change the message of the day", &[MOTD]),
    row(AdminCommand::DeleteMotd, node!("delete-motd"), "Remove the message of the day", &[]),
];

impl AdminCommand {
    /// All of them, in the order of the XEP.
    pub fn all() -> impl Iterator<Item = Self> {
        COMMANDS.iter().map(|facts| facts.command)
    }

    /// The command of a node.
    pub fn of_node(node: &str) -> Option<Self> {
        COMMANDS.iter().find(|facts| facts.node == node).map(|facts| facts.command)
    }

    /// Its node.
    pub fn node(self) -> &'static str {
        self.facts().map_or("", |facts| facts.node)
    }

    /// What people read as its name.
    pub fn title(self) -> &'static str {
        self.facts().map_or("", |facts| facts.title)
    }

    fn facts(self) -> Option<&'static Facts> {
        COMMANDS.iter().find(|facts| facts.command == self)
    }

    /// The form of the command; `None` if there is nothing to fill in.
    pub fn form(self) -> Option<Element> {
        let facts = self.facts().filter(|facts| !facts.fields.is_empty())?;
        Some(form_of(facts.title, facts.fields))
    }

    /// What a command without a form does.
    pub fn at_once(self) -> Option<AdminRequest> {
        Some(match self {
            Self::CountRegistered => AdminRequest::Count(Population::Registered),
            Self::CountDisabled => AdminRequest::Count(Population::Disabled),
            Self::CountOnline => AdminRequest::Count(Population::Online),
            Self::DeleteMotd => AdminRequest::SetMotd { body: None, is_announced: false },
            _ => return None,
        })
    }

    /// What a filled in form asks for. A field that lacks is `bad-request`, two passwords that differ are
    /// `not-acceptable`, what is no account of `domain` is `jid-malformed`.
    pub fn read(self, submitted: &SubmittedForm, domain: &str) -> Result<AdminRequest, Condition> {
        let form = &submitted.0;
        let list = |of| Ok(AdminRequest::List { of, max: max_items(submitted) });
        let one = || username(form, "accountjid", domain);
        let lock = |is_locked| {
            usernames(form, "accountjids", domain)
                .map(|usernames| AdminRequest::LockUsers { usernames, is_locked })
        };
        match self {
            Self::AddUser => add_user(submitted, domain),
            Self::DeleteUser => usernames(form, "accountjids", domain).map(AdminRequest::DeleteUsers),
            Self::DisableUser => lock(true),
            Self::ReenableUser => lock(false),
            Self::EndUserSession => addresses(form, "accountjids").map(AdminRequest::EndSessions),
            Self::ChangeUserPassword => {
                let password = some_text(form, "password")?.to_owned();
                one().map(|username| AdminRequest::ChangePassword { username, password })
            }
            Self::GetUserRoster => one().map(AdminRequest::Roster),
            Self::GetUserLastLogin => one().map(AdminRequest::LastLogin),
            Self::UserStats => one().map(AdminRequest::Stats),
            Self::ListRegistered => list(Population::Registered),
            Self::ListDisabled => list(Population::Disabled),
            Self::ListOnline => list(Population::Online),
            Self::Announce => Ok(AdminRequest::Announce {
                subject: text(form, "subject").map(str::to_owned),
                body: lines(form, "announcement")?,
            }),
            Self::SetMotd | Self::EditMotd => {
                let body = Some(lines(form, "motd")?);
                Ok(AdminRequest::SetMotd { body, is_announced: self == Self::SetMotd })
            }
            Self::CountRegistered | Self::CountDisabled | Self::CountOnline | Self::DeleteMotd => {
                self.at_once().ok_or(Condition::BadRequest)
            }
        }
    }
}

impl AdminAnswer {
    /// The form with the results, if there are any.
    pub fn into_form(self) -> Option<Element> {
        match self {
            Self::Done => None,
            Self::Fields(fields) => Some(results(fields.into_iter().map(|(var, values)| {
                let kind = if var.ends_with("jids") { "jid-multi" } else { "text-multi" };
                (var, if values.len() > 1 || kind == "jid-multi" { kind } else { "text-single" }, values)
            }))),
            Self::Roster(roster) => {
                let mut form = results([]);
                form.append_child(roster);
                Some(form)
            }
        }
    }
}

fn add_user(submitted: &SubmittedForm, domain: &str) -> Result<AdminRequest, Condition> {
    let form = &submitted.0;
    let password = some_text(form, "password")?;
    if form.value("password-verify").is_some_and(|again| again != password) {
        return Err(Condition::NotAcceptable);
    }
    let names: Vec<&str> = ["given_name", "surname"].iter().filter_map(|var| text(form, var)).collect();
    Ok(AdminRequest::AddUser {
        username: username(form, "accountjid", domain)?,
        password: password.to_owned(),
        name: Some(names.join(" ")).filter(|name| !name.is_empty()),
        email: text(form, "email").map(str::to_owned),
    })
}

/// How many accounts are wanted; what is no number, "none" for example, is as many as there may be.
fn max_items(submitted: &SubmittedForm) -> usize {
    let wanted = text(&submitted.0, "max_items").and_then(|text| text.trim().parse().ok());
    wanted.unwrap_or(limits::ADMIN_LIST_MAX).min(limits::ADMIN_LIST_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_form::Form;

    fn submitted(fields: &[(&str, &str)]) -> SubmittedForm {
        let fields: Vec<String> = fields
            .iter()
            .map(|(var, values)| {
                let values: Vec<String> =
                    values.split('|').map(|text| format!("<value>{text}</value>")).collect();
                format!("<field var='{var}'>{}</field>", values.concat())
            })
            .collect();
        let text = format!("<c xmlns='x'><x xmlns='jabber:x:data' type='submit'>{}</x></c>", fields.concat());
        SubmittedForm(Form::within(&text.parse().expect("xml")).expect("form"))
    }

    fn read(command: AdminCommand, fields: &[(&str, &str)]) -> Result<AdminRequest, Condition> {
        command.read(&submitted(fields), "example.net")
    }

    #[test]
    fn every_command_is_found_by_its_node_and_asks_or_does() {
        for command in AdminCommand::all() {
            assert_eq!(AdminCommand::of_node(command.node()), Some(command));
            assert_eq!(command.form().is_none(), command.at_once().is_some(), "{command:?}");
            assert!(!command.title().is_empty());
        }
        assert_eq!(AdminCommand::of_node("http://jabber.org/protocol/admin"), None);
    }

    #[test]
    fn accounts_are_asked_for_by_their_addresses() {
        let names = || vec!["ann".to_owned(), "bob".to_owned()];
        let two = [("accountjids", "Ann@example.net|bob@example.net")];
        assert_eq!(read(AdminCommand::DeleteUser, &two), Ok(AdminRequest::DeleteUsers(names())));
        for (command, is_locked) in [(AdminCommand::DisableUser, true), (AdminCommand::ReenableUser, false)] {
            assert_eq!(read(command, &two), Ok(AdminRequest::LockUsers { usernames: names(), is_locked }));
        }
        for (fields, condition) in [
            (vec![], Condition::BadRequest),
            (vec![("accountjids", "")], Condition::BadRequest),
            (vec![("accountjids", "ann@elsewhere.net")], Condition::JidMalformed),
        ] {
            assert_eq!(read(AdminCommand::DeleteUser, &fields), Err(condition), "{fields:?}");
        }
        let full = [("accountjids", "ann@example.net/Spark")];
        let jids = vec!["ann@example.net/Spark".parse().expect("jid")];
        assert_eq!(read(AdminCommand::EndUserSession, &full), Ok(AdminRequest::EndSessions(jids)));
    }

    #[test]
    fn a_new_account_needs_a_name_and_the_same_password_twice() {
        let new = |fields: &[(&str, &str)]| {
            let with_name = [&[("accountjid", "ann@example.net")], fields].concat();
            read(AdminCommand::AddUser, &with_name)
        };
        let added = |name: Option<&str>, email: Option<&str>| {
            Ok(AdminRequest::AddUser {
                username: "ann".to_owned(),
                password: "pw".to_owned(),
                name: name.map(str::to_owned),
                email: email.map(str::to_owned),
            })
        };
        assert_eq!(new(&[("password", "pw")]), added(None, None));
        let all = [
            ("password", "pw"),
            ("password-verify", "pw"),
            ("given_name", "Ann"),
            ("surname", "Lee"),
            ("email", "a@b"),
        ];
        assert_eq!(new(&all), added(Some("Ann Lee"), Some("a@b")));
        assert_eq!(new(&[("password", "pw"), ("password-verify", "wp")]), Err(Condition::NotAcceptable));
        assert_eq!(new(&[]), Err(Condition::BadRequest));
        assert_eq!(read(AdminCommand::AddUser, &[("password", "pw")]), Err(Condition::BadRequest));
    }

    #[test]
    fn lists_are_bounded_and_texts_have_lines() {
        for (asked, max) in [
            ("3", 3),
            ("none", limits::ADMIN_LIST_MAX),
            ("99999999", limits::ADMIN_LIST_MAX),
            ("-1", limits::ADMIN_LIST_MAX),
        ] {
            let list = read(AdminCommand::ListOnline, &[("max_items", asked)]);
            assert_eq!(list, Ok(AdminRequest::List { of: Population::Online, max }), "{asked}");
        }
        let announced = read(AdminCommand::Announce, &[("announcement", "one|two")]);
        assert_eq!(announced, Ok(AdminRequest::Announce { subject: None, body: "one\ntwo".to_owned() }));
        assert_eq!(read(AdminCommand::Announce, &[("announcement", " ")]), Err(Condition::BadRequest));
        let motd = |is_announced| Ok(AdminRequest::SetMotd { body: Some("x".to_owned()), is_announced });
        assert_eq!(read(AdminCommand::SetMotd, &[("motd", "x")]), motd(true));
        assert_eq!(read(AdminCommand::EditMotd, &[("motd", "x")]), motd(false));
    }
}
