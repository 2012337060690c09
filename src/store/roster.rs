//! Rosters: `ofRoster` and `ofRosterGroups`.

use std::str::FromStr;

use cobnut_model::{Ask, RosterItem, Subscription, limits};
use jid::BareJid;
use tracing::warn;

use crate::backend::{Int, Sql, on_backend, sql};
use crate::ids::IdKind;
use crate::{Store, StoreError};

// Back-quotes: `rank` is a reserved word of MySQL 8, and SQLite reads them too. Sorted by us: `stanza` is a TEXT column,
// and MySQL sorts such rows in a temporary table on disk, whose making and dropping costs more than the rest of a login.
const SELECT_ROSTER: Sql = sql!(
    "SELECT r.rosterID, r.jid, r.sub, r.ask, r.recv, r.nick, r.stanza, g.groupName, g.`rank` \
    FROM ofRoster r LEFT JOIN ofRosterGroups g ON g.rosterID = r.rosterID \
    WHERE r.username = ?"
);
const SELECT_ITEM: Sql = sql!(
    "SELECT r.rosterID, r.jid, r.sub, r.ask, r.recv, r.nick, r.stanza, g.groupName, g.`rank` \
    FROM ofRoster r LEFT JOIN ofRosterGroups g ON g.rosterID = r.rosterID \
    WHERE r.username = ? AND r.jid = ?"
);
/// The same for databases before `ofRoster.stanza` (version 33).
const SELECT_ROSTER_NO_STANZA: Sql = sql!(
    "SELECT r.rosterID, r.jid, r.sub, r.ask, r.recv, r.nick, NULL, g.groupName, g.`rank` \
    FROM ofRoster r LEFT JOIN ofRosterGroups g ON g.rosterID = r.rosterID \
    WHERE r.username = ?"
);
const SELECT_ITEM_NO_STANZA: Sql = sql!(
    "SELECT r.rosterID, r.jid, r.sub, r.ask, r.recv, r.nick, NULL, g.groupName, g.`rank` \
    FROM ofRoster r LEFT JOIN ofRosterGroups g ON g.rosterID = r.rosterID \
    WHERE r.username = ? AND r.jid = ?"
);
pub(crate) const INSERT_ITEM: Sql =
    sql!("INSERT INTO ofRoster (sub, ask, recv, nick, rosterID, username, jid) VALUES (?, ?, ?, ?, ?, ?, ?)");
const UPDATE_ITEM: Sql = sql!("UPDATE ofRoster SET sub = ?, ask = ?, recv = ?, nick = ? WHERE rosterID = ?");
pub(crate) const UPDATE_STANZA: Sql = sql!("UPDATE ofRoster SET stanza = ? WHERE rosterID = ?");
const DELETE_ITEM: Sql = sql!("DELETE FROM ofRoster WHERE rosterID = ?");
const DELETE_GROUPS: Sql = sql!("DELETE FROM ofRosterGroups WHERE rosterID = ?");
pub(crate) const INSERT_GROUP: Sql =
    sql!("INSERT INTO ofRosterGroups (rosterID, `rank`, groupName) VALUES (?, ?, ?)");

/// rosterID, jid, sub, ask, recv, nick, stanza, group, rank of the group.
type RosterRow = (Int, String, Int, Int, Int, Option<String>, Option<String>, Option<String>, Option<Int>);

const SUB_NONE: i64 = 0;
const SUB_TO: i64 = 1;
const SUB_FROM: i64 = 2;
const SUB_BOTH: i64 = 3;
const ASK_NONE: i64 = -1;
const ASK_SUBSCRIBE: i64 = 0;
const RECV_NONE: i64 = -1;
const RECV_SUBSCRIBE: i64 = 1;

/// The columns of an item, groups apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ItemColumns {
    pub sub: i64,
    pub ask: i64,
    pub recv: i64,
    pub nick: Option<String>,
    pub stanza: Option<String>,
}

/// Whether an item says anything at all: an invisible one without a request does not.
fn is_worth_a_row(item: &RosterItem) -> bool {
    item.is_visible || item.pending_in.is_some() || item.subscription != Subscription::None
}

/// Openfire has no column for "visible". Its rule is that an item with nothing but an inbound request is not shown;
/// an empty (not NULL) name marks such an item as one that the user put there.
pub(crate) fn to_columns(item: &RosterItem) -> ItemColumns {
    let nick = match &item.name {
        Some(name) => Some(name.clone()),
        None if item.is_visible && item.pending_in.is_some() => Some(String::new()),
        None => None,
    };
    ItemColumns {
        sub: match item.subscription {
            Subscription::None => SUB_NONE,
            Subscription::To => SUB_TO,
            Subscription::From => SUB_FROM,
            Subscription::Both => SUB_BOTH,
        },
        ask: match item.ask {
            Ask::None => ASK_NONE,
            Ask::Subscribe => ASK_SUBSCRIBE,
        },
        recv: if item.pending_in.is_some() { RECV_SUBSCRIBE } else { RECV_NONE },
        nick,
        stanza: item.pending_in.clone().filter(|stanza| !stanza.is_empty()),
    }
}

fn from_columns(jid: BareJid, columns: ItemColumns, groups: Vec<String>) -> RosterItem {
    let ItemColumns { sub, ask, recv, nick, stanza } = columns;
    let subscription = match sub {
        SUB_TO => Subscription::To,
        SUB_FROM => Subscription::From,
        SUB_BOTH => Subscription::Both,
        _ => Subscription::None,
    };
    let ask = if ask == ASK_SUBSCRIBE { Ask::Subscribe } else { Ask::None };
    let pending_in = (recv == RECV_SUBSCRIBE).then(|| stanza.unwrap_or_default());
    let is_visible = pending_in.is_none()
        || subscription != Subscription::None
        || ask != Ask::None
        || nick.is_some()
        || !groups.is_empty();
    let name = nick.filter(|nick| !nick.is_empty());
    RosterItem { jid, name, groups, subscription, ask, pending_in, is_visible }
}

/// A contact without groups, as `sub`, `ask` and `recv` of `ofRoster` describe it; what is shown follows Openfire's rule.
pub fn roster_item_from_columns(
    jid: BareJid,
    (sub, ask, recv): (i64, i64, i64),
    nick: Option<String>,
    stanza: Option<String>,
) -> RosterItem {
    from_columns(jid, ItemColumns { sub, ask, recv, nick, stanza }, Vec::new())
}

/// Gathers the rows of each item, one for each group: items by age, groups by rank.
fn items_from_rows(mut rows: Vec<RosterRow>) -> Vec<(i64, RosterItem)> {
    rows.sort_by_key(|row| (row.0.0, row.8.as_ref().map(|rank| rank.0)));
    let mut items: Vec<(i64, RosterItem)> = Vec::new();
    let mut gathered: Option<(i64, String, ItemColumns, Vec<String>)> = None;
    for (Int(id), jid, Int(sub), Int(ask), Int(recv), nick, stanza, group, _) in rows {
        match &mut gathered {
            Some((last, _, _, groups)) if *last == id => groups.extend(group),
            _ => {
                items.extend(gathered.take().and_then(finish_item));
                let columns = ItemColumns { sub, ask, recv, nick, stanza };
                gathered = Some((id, jid, columns, group.into_iter().collect()));
            }
        }
    }
    items.extend(gathered.and_then(finish_item));
    items
}

fn finish_item(
    (id, jid, columns, groups): (i64, String, ItemColumns, Vec<String>),
) -> Option<(i64, RosterItem)> {
    match BareJid::from_str(&jid) {
        Ok(jid) => Some((id, from_columns(jid, columns, groups))),
        Err(err) => {
            warn!(roster_id = id, err = %err, "roster item with an unreadable address skipped");
            None
        }
    }
}

/// What an attempt to change an item came to.
enum Attempt<R> {
    Done(R, bool),
    NeedsId,
}

impl Store {
    /// All roster items, invisible ones included. One statement, so items and groups fit together.
    pub async fn roster(&self, username: &str) -> Result<Vec<RosterItem>, StoreError> {
        let select =
            if self.shared.shape.has_roster_stanza { SELECT_ROSTER } else { SELECT_ROSTER_NO_STANZA };
        let rows = self.repeatable("roster", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut connection = db.warm().await?;
                let rows = sqlx::query_as(db.sql(select)).bind(username).fetch_all(&mut *connection).await?;
                db.keep(connection);
                Ok(rows)
            })
        });
        Ok(items_from_rows(rows.await?).into_iter().map(|(_, item)| item).collect())
    }

    /// One roster item.
    pub async fn roster_item(
        &self,
        username: &str,
        contact: &BareJid,
    ) -> Result<Option<RosterItem>, StoreError> {
        let select = if self.shared.shape.has_roster_stanza { SELECT_ITEM } else { SELECT_ITEM_NO_STANZA };
        let rows = self.repeatable("roster_item", || async move {
            on_backend!(&self.shared.engine, db => {
                let query = sqlx::query_as(db.sql(select)).bind(username).bind(contact.as_str());
                let mut connection = db.warm().await?;
                let rows = query.fetch_all(&mut *connection).await?;
                db.keep(connection);
                Ok(rows)
            })
        });
        Ok(items_from_rows(rows.await?).into_iter().next().map(|(_, item)| item))
    }

    /// Reads one item, lets `change` decide what becomes of it, and writes that, as one transaction:
    /// concurrent changes of one item from several nodes are applied one after the other.
    /// `change` gets the current item (`None`: not on the roster) and returns the new one (`None`: remove) with a result.
    /// It may be called again when the database asks for a retry.
    pub async fn update_roster_item<R, F>(
        &self,
        username: &str,
        contact: &BareJid,
        change: F,
    ) -> Result<R, StoreError>
    where
        F: Fn(Option<RosterItem>) -> (Option<RosterItem>, R) + Send + Sync,
        R: Send,
    {
        let mut spare_id = None;
        loop {
            match self.try_update_item(username, contact, &change, spare_id).await? {
                Attempt::Done(result, used_id) => {
                    let unused = spare_id.filter(|_| !used_id);
                    self.shared.ids.put_back(IdKind::RosterItem, unused);
                    return Ok(result);
                }
                // Taking a number is a transaction of its own, so it cannot be done in the middle of this one.
                Attempt::NeedsId => spare_id = Some(self.take_id(IdKind::RosterItem).await?),
            }
        }
    }

    async fn try_update_item<R, F>(
        &self,
        username: &str,
        contact: &BareJid,
        change: &F,
        spare_id: Option<i64>,
    ) -> Result<Attempt<R>, StoreError>
    where
        F: Fn(Option<RosterItem>) -> (Option<RosterItem>, R) + Send + Sync,
        R: Send,
    {
        let has_stanza = self.shared.shape.has_roster_stanza;
        let select = if has_stanza { SELECT_ITEM } else { SELECT_ITEM_NO_STANZA };
        self.run("update_roster_item", || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                sqlx::query(db.dialect().lock_user).bind(username).fetch_optional(&mut *tx).await?;
                let rows: Vec<RosterRow> =
                    sqlx::query_as(db.sql(select)).bind(username).bind(contact.as_str()).fetch_all(&mut *tx).await?;
                // Openfire does not keep the pair unique; the oldest row counts and the others go.
                let mut row_ids: Vec<i64> = rows.iter().map(|row| row.0.0).collect();
                row_ids.sort_unstable();
                row_ids.dedup();
                let current = items_from_rows(rows).into_iter().next().map(|(_, item)| item);
                let (next, result) = change(current.clone());
                let next = next.filter(is_worth_a_row);
                if next == current {
                    return Ok(Attempt::Done(result, false));
                }
                let kept = next.as_ref().and(row_ids.first().copied());
                for id in row_ids.iter().filter(|id| Some(**id) != kept) {
                    sqlx::query(db.sql(DELETE_GROUPS)).bind(id).execute(&mut *tx).await?;
                    sqlx::query(db.sql(DELETE_ITEM)).bind(id).execute(&mut *tx).await?;
                }
                if let Some(item) = next {
                    let Some(id) = kept.or(spare_id) else { return Ok(Attempt::NeedsId) };
                    let columns = to_columns(&item);
                    let sql = if kept.is_some() { UPDATE_ITEM } else { INSERT_ITEM };
                    let write = sqlx::query(db.sql(sql)).bind(columns.sub).bind(columns.ask).bind(columns.recv);
                    let write = write.bind(&columns.nick).bind(id);
                    let write =
                        if kept.is_some() { write } else { write.bind(username).bind(contact.as_str()) };
                    write.execute(&mut *tx).await?;
                    if has_stanza {
                        sqlx::query(db.sql(UPDATE_STANZA)).bind(&columns.stanza).bind(id).execute(&mut *tx).await?;
                    }
                    if current.is_none_or(|current| current.groups != item.groups) {
                        sqlx::query(db.sql(DELETE_GROUPS)).bind(id).execute(&mut *tx).await?;
                        let ranks = 0_i64..;
                        for (rank, group) in ranks.zip(item.groups.iter().take(limits::ROSTER_GROUPS_MAX)) {
                            let insert = sqlx::query(db.sql(INSERT_GROUP)).bind(id).bind(rank).bind(group);
                            insert.execute(&mut *tx).await?;
                        }
                    }
                }
                tx.commit().await?;
                Ok(Attempt::Done(result, kept.is_none()))
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_survive_their_columns() {
        let subscriptions = [Subscription::None, Subscription::To, Subscription::From, Subscription::Both];
        for subscription in subscriptions {
            for ask in [Ask::None, Ask::Subscribe] {
                for pending_in in [None, Some(String::new()), Some("<presence/>".to_owned())] {
                    for name in [None, Some("Bob".to_owned())] {
                        let jid = BareJid::from_str("bob@example.org").expect("jid");
                        let item = RosterItem {
                            jid: jid.clone(),
                            name,
                            groups: Vec::new(),
                            subscription,
                            ask,
                            pending_in: pending_in.clone(),
                            is_visible: true,
                        };
                        assert_eq!(from_columns(jid, to_columns(&item), Vec::new()), item);
                    }
                }
            }
        }
    }

    #[test]
    fn an_item_with_nothing_but_a_request_is_invisible() {
        let jid = BareJid::from_str("bob@example.org").expect("jid");
        let columns = ItemColumns { sub: 0, ask: -1, recv: 1, nick: None, stanza: None };
        let item = from_columns(jid.clone(), columns, Vec::new());
        assert!(!item.is_visible);
        assert_eq!(item.pending_in.as_deref(), Some(""));
        assert_eq!(from_columns(jid, to_columns(&item), Vec::new()), item);
    }
}
