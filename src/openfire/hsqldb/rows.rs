//! Rows of Openfire's tables as values with names.
//!
//! Columns that came or went with schema versions are optional; those that every version has are not.

use thiserror::Error;

use super::{Row, SqlValue};

/// A row of a table that an import needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenfireRow {
    /// `ofUser`
    User(UserRow),
    /// `ofUserScram`, from schema version 39 on.
    UserScram(UserScram),
    /// `ofUserProp`
    UserProperty(UserProperty),
    /// `ofUserFlag`
    UserFlag(UserFlag),
    /// `ofRoster`
    RosterItem(RosterItem),
    /// `ofRosterGroups`
    RosterGroup(RosterGroup),
    /// `ofVCard`
    VCard(VCardRow),
    /// `ofOffline`
    OfflineMessage(OfflineMessage),
    /// `ofPrivate`, up to schema version 28.
    PrivateData(PrivateData),
    /// `ofGroup`
    Group(GroupRow),
    /// `ofGroupProp`
    GroupProperty(GroupProperty),
    /// `ofGroupUser`
    GroupMember(GroupMember),
    /// `ofProperty`
    Property(PropertyRow),
    /// `ofID`
    Id(IdRow),
    /// `ofVersion`
    Version(VersionRow),
}

/// A row that does not fit its table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: a row of {table} has {problem} in column {column}")]
pub struct RowError {
    /// Line of the row in the script.
    pub line: u64,
    /// Name of the table.
    pub table: String,
    /// Name of the column.
    pub column: &'static str,
    /// What is there instead of a value.
    pub problem: &'static str,
}

macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $column:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl $name {
            fn read(row: &Row) -> Result<Self, RowError> {
                Ok(Self { $($field: FromColumn::read(row, $column)?,)* })
            }
        }
    };
}

row!(
    /// An account. Dates are milliseconds since 1970 in 15 digits.
    UserRow {
        /// Name without domain.
        username: String = "username",
        /// SCRAM-SHA-1, Base64; versions 22 to 39.
        stored_key: Option<String> = "storedKey",
        /// SCRAM-SHA-1, Base64; versions 22 to 39.
        server_key: Option<String> = "serverKey",
        /// Base64; versions 22 to 39.
        salt: Option<String> = "salt",
        /// Rounds; versions 22 to 39.
        iterations: Option<i64> = "iterations",
        /// Clear text.
        plain_password: Option<String> = "plainPassword",
        /// Blowfish under the property `passwordKey`.
        encrypted_password: Option<String> = "encryptedPassword",
        /// Full name.
        name: Option<String> = "name",
        /// Mail address.
        email: Option<String> = "email",
        /// When it was made.
        creation_date: String = "creationDate",
        /// When it was changed.
        modification_date: String = "modificationDate",
    }
);
row!(
    /// Keys of one SCRAM mechanism.
    UserScram {
        /// Account.
        username: String = "username",
        /// `SCRAM-SHA-1`
        mechanism: String = "mechanism",
        /// Base64.
        stored_key: String = "storedKey",
        /// Base64.
        server_key: String = "serverKey",
        /// Base64.
        salt: Option<String> = "salt",
        /// Rounds.
        iterations: i64 = "iterations",
    }
);
row!(
    /// A free property of an account.
    UserProperty {
        /// Account.
        username: String = "username",
        /// Name.
        name: String = "name",
        /// Value.
        value: String = "propValue",
    }
);
row!(
    /// A flag of an account, such as `lockout`.
    UserFlag {
        /// Account.
        username: String = "username",
        /// Name.
        name: String = "name",
        /// From when, 15 digits; absent means always.
        start_time: Option<String> = "startTime",
        /// Until when; absent means forever.
        end_time: Option<String> = "endTime",
    }
);
row!(
    /// A contact.
    RosterItem {
        /// Number of the item.
        id: i64 = "rosterID",
        /// Owner.
        username: String = "username",
        /// Bare JID of the contact.
        jid: String = "jid",
        /// Subscription: -1 remove, 0 none, 1 to, 2 from, 3 both.
        sub: i64 = "sub",
        /// What the owner asked: -1 nothing, 0 subscribe, 1 unsubscribe.
        ask: i64 = "ask",
        /// What the contact asked: -1 nothing, 1 subscribe, 2 unsubscribe.
        recv: i64 = "recv",
        /// Name of the contact.
        nick: Option<String> = "nick",
        /// The waiting request of the contact; from version 33 on.
        stanza: Option<String> = "stanza",
    }
);
row!(
    /// A group that a contact is in.
    RosterGroup {
        /// Number of the item.
        roster_id: i64 = "rosterID",
        /// Place among the groups of the item.
        rank: i64 = "rank",
        /// Name.
        name: String = "groupName",
    }
);
row!(
    /// A vCard.
    VCardRow {
        /// Account.
        username: String = "username",
        /// XML.
        vcard: String = "vcard",
    }
);
row!(
    /// A message that waits for its recipient.
    OfflineMessage {
        /// Account.
        username: String = "username",
        /// Number of the message.
        id: i64 = "messageID",
        /// When it came, 15 digits.
        creation_date: String = "creationDate",
        /// Characters of the XML.
        size: i64 = "messageSize",
        /// XML.
        stanza: String = "stanza",
    }
);
row!(
    /// Private XML of an account.
    PrivateData {
        /// Account.
        username: String = "username",
        /// Name of the element.
        name: String = "name",
        /// Namespace of the element.
        namespace: String = "namespace",
        /// XML.
        data: String = "privateData",
    }
);
row!(
    /// A group.
    GroupRow {
        /// Name.
        name: String = "groupName",
        /// Description.
        description: Option<String> = "description",
    }
);
row!(
    /// A property of a group.
    GroupProperty {
        /// Group.
        group: String = "groupName",
        /// Name.
        name: String = "name",
        /// Value.
        value: String = "propValue",
    }
);
row!(
    /// A member of a group.
    GroupMember {
        /// Group.
        group: String = "groupName",
        /// Account name or bare JID.
        username: String = "username",
        /// 1 for an administrator of the group.
        administrator: i64 = "administrator",
    }
);
row!(
    /// A system property.
    PropertyRow {
        /// Name.
        name: String = "name",
        /// Value as stored.
        value: String = "propValue",
        /// 1 if the value is encrypted.
        encrypted: Option<i64> = "encrypted",
        /// Start value of the encryption, Base64.
        iv: Option<String> = "iv",
    }
);
row!(
    /// The next unused number of a kind.
    IdRow {
        /// Kind, for example 18 for contacts.
        kind: i64 = "idType",
        /// Next unused number.
        id: i64 = "id",
    }
);
row!(
    /// Version of a schema.
    VersionRow {
        /// `openfire`, or a plugin.
        name: String = "name",
        /// Version.
        version: i64 = "version",
    }
);

impl OpenfireRow {
    /// A row as what its table holds; `None` for a table that no import needs.
    ///
    /// # Errors
    /// A value is missing or of another kind.
    pub fn from_row(row: &Row) -> Option<Result<Self, RowError>> {
        Some(match &*row.table {
            "OFUSER" => UserRow::read(row).map(Self::User),
            "OFUSERSCRAM" => UserScram::read(row).map(Self::UserScram),
            "OFUSERPROP" => UserProperty::read(row).map(Self::UserProperty),
            "OFUSERFLAG" => UserFlag::read(row).map(Self::UserFlag),
            "OFROSTER" => RosterItem::read(row).map(Self::RosterItem),
            "OFROSTERGROUPS" => RosterGroup::read(row).map(Self::RosterGroup),
            "OFVCARD" => VCardRow::read(row).map(Self::VCard),
            "OFOFFLINE" => OfflineMessage::read(row).map(Self::OfflineMessage),
            "OFPRIVATE" => PrivateData::read(row).map(Self::PrivateData),
            "OFGROUP" => GroupRow::read(row).map(Self::Group),
            "OFGROUPPROP" => GroupProperty::read(row).map(Self::GroupProperty),
            "OFGROUPUSER" => GroupMember::read(row).map(Self::GroupMember),
            "OFPROPERTY" => PropertyRow::read(row).map(Self::Property),
            "OFID" => IdRow::read(row).map(Self::Id),
            "OFVERSION" => VersionRow::read(row).map(Self::Version),
            _ => return None,
        })
    }
}

/// A value of a column.
trait FromColumn: Sized {
    fn read(row: &Row, column: &'static str) -> Result<Self, RowError>;
}

impl FromColumn for Option<String> {
    fn read(row: &Row, column: &'static str) -> Result<Self, RowError> {
        Ok(match row.get(column) {
            None | Some(SqlValue::Null) => None,
            // `CHAR` columns are filled up with blanks.
            Some(SqlValue::Text(text)) if column == "iv" => {
                Some(text.trim_end().to_owned()).filter(|iv| !iv.is_empty())
            }
            Some(SqlValue::Text(text) | SqlValue::Decimal(text)) => Some(text.clone()),
            Some(SqlValue::Integer(number)) => Some(number.to_string()),
            Some(SqlValue::Boolean(value)) => Some(value.to_string()),
            Some(SqlValue::Binary(_)) => return Err(error(row, column, "bytes")),
        })
    }
}

impl FromColumn for Option<i64> {
    fn read(row: &Row, column: &'static str) -> Result<Self, RowError> {
        match row.get(column) {
            None | Some(SqlValue::Null) => Ok(None),
            Some(SqlValue::Integer(number)) => Ok(Some(*number)),
            Some(SqlValue::Boolean(value)) => Ok(Some(i64::from(*value))),
            Some(SqlValue::Text(text)) => {
                text.trim().parse().map(Some).map_err(|_| error(row, column, "text that is no number"))
            }
            Some(_) => Err(error(row, column, "something else than a whole number")),
        }
    }
}

impl FromColumn for String {
    fn read(row: &Row, column: &'static str) -> Result<Self, RowError> {
        <Option<Self>>::read(row, column)?.ok_or_else(|| error(row, column, "no value"))
    }
}

impl FromColumn for i64 {
    fn read(row: &Row, column: &'static str) -> Result<Self, RowError> {
        <Option<Self>>::read(row, column)?.ok_or_else(|| error(row, column, "no value"))
    }
}

fn error(row: &Row, column: &'static str, problem: &'static str) -> RowError {
    RowError { line: row.line, table: row.table.to_string(), column, problem }
}
