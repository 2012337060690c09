//! Groups of accounts: `ofGroup`, `ofGroupUser`, `ofGroupProp`.

use std::collections::BTreeMap;

use crate::backend::{Int, Sql, on_backend, sql};
use crate::{Store, StoreError};

/// A group as the console of Openfire shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// `ofGroup.groupName`.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its members, ordered by address.
    pub members: Vec<GroupMember>,
    /// Its properties by name: `sharedRoster.showInRoster` (`nobody`, `everybody`, `onlyGroup`),
    /// `sharedRoster.displayName`, `sharedRoster.groupList` and whatever else was set.
    pub properties: BTreeMap<String, String>,
}

/// Someone in a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupMember {
    /// A user name of this domain, or the bare JID of somebody elsewhere.
    pub address: String,
    /// Whether the console lists them as an administrator of the group.
    pub is_administrator: bool,
}

const SELECT_GROUPS: Sql = sql!("SELECT groupName, description FROM ofGroup ORDER BY groupName");
const SELECT_MEMBERS: Sql =
    sql!("SELECT groupName, username, administrator FROM ofGroupUser ORDER BY groupName, username");
const SELECT_PROPERTIES: Sql = sql!("SELECT groupName, name, propValue FROM ofGroupProp");
const SELECT_GROUP: Sql = sql!("SELECT groupName, description FROM ofGroup WHERE groupName = ?");
const SELECT_GROUP_MEMBERS: Sql = sql!(
    "SELECT groupName, username, administrator FROM ofGroupUser WHERE groupName = ? ORDER BY groupName, username"
);
const SELECT_GROUP_PROPERTIES: Sql =
    sql!("SELECT groupName, name, propValue FROM ofGroupProp WHERE groupName = ?");
const SELECT_GROUPS_OF: Sql =
    sql!("SELECT DISTINCT groupName FROM ofGroupUser WHERE username = ? ORDER BY groupName");

const COUNT_SHARED: Sql = sql!(
    "SELECT COUNT(*) FROM ofGroupProp \
     WHERE name = 'sharedRoster.showInRoster' AND propValue IN ('onlyGroup', 'everybody')"
);
const SELECT_NAMES: Sql = sql!(
    "SELECT DISTINCT u.username, u.name FROM ofUser u JOIN ofGroupUser g ON g.username = u.username \
     WHERE u.name IS NOT NULL AND u.name <> ''"
);

type GroupRow = (String, Option<String>);
type MemberRow = (String, String, Int);
type PropertyRow = (String, String, String);

/// Puts the rows of three tables together. Members and properties of groups that do not exist are left out.
fn assemble(groups: Vec<GroupRow>, members: Vec<MemberRow>, properties: Vec<PropertyRow>) -> Vec<Group> {
    let mut by_name: BTreeMap<String, Group> = groups
        .into_iter()
        .map(|(name, description)| (name.clone(), Group { name, description, ..Group::default() }))
        .collect();
    for (name, address, administrator) in members {
        if let Some(group) = by_name.get_mut(&name) {
            let is_administrator = administrator.0 != 0;
            // The administrator flag is part of the key, so somebody may stand there twice.
            match group.members.iter_mut().find(|member| member.address == address) {
                Some(known) => known.is_administrator |= is_administrator,
                None => group.members.push(GroupMember { address, is_administrator }),
            }
        }
    }
    for (group, name, value) in properties {
        if let Some(group) = by_name.get_mut(&group) {
            group.properties.insert(name, value);
        }
    }
    by_name.into_values().collect()
}

impl Store {
    /// All groups with members and properties, ordered by name.
    ///
    /// Three statements, each a snapshot of its own.
    pub async fn groups(&self) -> Result<Vec<Group>, StoreError> {
        if !self.shared.shape.has_groups {
            return Ok(Vec::new());
        }
        self.run("groups", || async move {
            on_backend!(&self.shared.engine, db => {
                let groups = sqlx::query_as(db.sql(SELECT_GROUPS)).fetch_all(&db.reader()).await?;
                let members = sqlx::query_as(db.sql(SELECT_MEMBERS)).fetch_all(&db.reader()).await?;
                let properties = sqlx::query_as(db.sql(SELECT_PROPERTIES)).fetch_all(&db.reader()).await?;
                Ok(assemble(groups, members, properties))
            })
        })
        .await
    }

    /// All groups, if any of them is shown on rosters; otherwise none. One small statement where none is.
    pub async fn groups_if_shared(&self) -> Result<Vec<Group>, StoreError> {
        if !self.shared.shape.has_groups {
            return Ok(Vec::new());
        }
        let shared: i64 = self
            .run("shared_groups", || async move {
                on_backend!(&self.shared.engine, db => {
                    sqlx::query_scalar(db.sql(COUNT_SHARED)).fetch_one(&db.reader()).await
                })
            })
            .await?;
        if shared == 0 { Ok(Vec::new()) } else { self.groups().await }
    }

    /// What accounts that are in groups call themselves: user names and names.
    pub async fn names_of_group_members(&self) -> Result<Vec<(String, String)>, StoreError> {
        if !self.shared.shape.has_groups {
            return Ok(Vec::new());
        }
        self.run("names_of_group_members", || async move {
            on_backend!(&self.shared.engine, db => {
                sqlx::query_as(db.sql(SELECT_NAMES)).fetch_all(&db.reader()).await
            })
        })
        .await
    }

    /// One group.
    pub async fn group(&self, name: &str) -> Result<Option<Group>, StoreError> {
        if !self.shared.shape.has_groups {
            return Ok(None);
        }
        self.run("group", || async move {
            on_backend!(&self.shared.engine, db => {
                let groups = sqlx::query_as(db.sql(SELECT_GROUP)).bind(name).fetch_all(&db.reader()).await?;
                let members = sqlx::query_as(db.sql(SELECT_GROUP_MEMBERS)).bind(name);
                let members = members.fetch_all(&db.reader()).await?;
                let properties = sqlx::query_as(db.sql(SELECT_GROUP_PROPERTIES)).bind(name);
                Ok(assemble(groups, members, properties.fetch_all(&db.reader()).await?).pop())
            })
        })
        .await
    }

    /// Names of the groups of which an account (by user name) or somebody else (by bare JID) is a member.
    pub async fn groups_of(&self, address: &str) -> Result<Vec<String>, StoreError> {
        self.run("groups_of", || async move {
            on_backend!(&self.shared.engine, db => {
                sqlx::query_scalar(db.sql(SELECT_GROUPS_OF)).bind(address).fetch_all(&db.reader()).await
            })
        })
        .await
    }
}
