//! Runs an import.

use cobnut_model::limits;

use super::writes::{
    Numbers, Statement, Value, Writes, account_writes, group_writes, item_writes, property_writes,
    remove_writes,
};
use super::{Existing, ImportAccount, ImportReport};
use crate::backend::on_backend;
use crate::ids::IdKind;
use crate::schema::PrivatePlace;
use crate::{Group, Store, StoreError, SystemProperty};

impl Store {
    /// Stores accounts with all that belongs to them. Their groups and properties of the server come separately.
    ///
    /// Fails only when the database is away; what it will not take is in [`ImportReport::failed`].
    pub async fn import_accounts(
        &self,
        accounts: &[ImportAccount],
        existing: Existing,
    ) -> Result<ImportReport, StoreError> {
        let mut report = ImportReport::default();
        let mut batch: Vec<(&ImportAccount, bool)> = Vec::new();
        let mut rows = 0;
        for account in accounts {
            let is_known = self.user(&account.username).await?.is_some();
            if is_known && existing == Existing::Skip {
                report.skipped += 1;
                continue;
            }
            if !batch.is_empty() && rows + rows_of(account) > limits::IMPORT_ROWS_PER_TRANSACTION {
                self.import_batch(&batch, &mut report).await?;
                batch.clear();
                rows = 0;
            }
            rows += rows_of(account);
            if !account.private.is_empty() && self.shared.shape.private == PrivatePlace::Nowhere {
                report.without_private.push(account.username.clone());
            }
            batch.push((account, is_known));
        }
        self.import_batch(&batch, &mut report).await?;
        Ok(report)
    }

    /// Stores groups with members and properties.
    pub async fn import_groups(
        &self,
        groups: &[Group],
        existing: Existing,
    ) -> Result<ImportReport, StoreError> {
        let mut report = ImportReport::default();
        for group in groups {
            let is_known = self.group(&group.name).await?.is_some();
            if is_known && existing == Existing::Skip {
                report.skipped += 1;
                continue;
            }
            let outcome = self.write_all("import_group", &group_writes(group, is_known)).await;
            settle(&mut report, &group.name, is_known, outcome)?;
        }
        Ok(report)
    }

    /// Stores system properties. Values come in the clear; those that were encrypted are encrypted again as this
    /// database's `security.xml` wants it.
    pub async fn import_properties(
        &self,
        properties: &[SystemProperty],
        existing: Existing,
    ) -> Result<ImportReport, StoreError> {
        let known = self.system_properties().await?;
        let mut report = ImportReport::default();
        for property in properties {
            let is_known = known.iter().any(|known| known.name == property.name);
            if is_known && existing == Existing::Skip {
                report.skipped += 1;
                continue;
            }
            let Some(value) = &property.value else {
                let reason = "its value cannot be decrypted with the key of conf/security.xml".to_owned();
                report.failed.push((property.name.clone(), reason));
                continue;
            };
            let writes = property_writes(self.shared.shape, &self.shared.encryption, property, value);
            let outcome = self.write_all("import_property", &writes).await;
            settle(&mut report, &property.name, is_known, outcome)?;
        }
        Ok(report)
    }

    /// Stores accounts in one transaction, or one by one if that fails for another reason than a lost database.
    async fn import_batch(
        &self,
        batch: &[(&ImportAccount, bool)],
        report: &mut ImportReport,
    ) -> Result<(), StoreError> {
        match self.import_together(batch).await {
            Ok(()) => {
                for (_, is_known) in batch {
                    report.count(*is_known);
                }
                Ok(())
            }
            Err(err) if err.is_unavailable() => Err(err),
            Err(_) => {
                for one in batch {
                    let outcome = self.import_together(std::slice::from_ref(one)).await;
                    settle(report, &one.0.username, one.1, outcome)?;
                }
                Ok(())
            }
        }
    }

    async fn import_together(&self, batch: &[(&ImportAccount, bool)]) -> Result<(), StoreError> {
        let sum = |count: fn(&ImportAccount) -> usize| batch.iter().map(|(account, _)| count(account)).sum();
        let mut numbers = Numbers {
            roster: self.take_ids(IdKind::RosterItem, sum(|account| account.roster.len())).await?,
            offline: self.take_ids(IdKind::OfflineMessage, sum(|account| account.offline.len())).await?,
        };
        let mut writes = Writes::default();
        for (account, is_known) in batch {
            if *is_known {
                remove_writes(&mut writes, self.shared.shape, &account.username);
            }
            account_writes(&mut writes, self.shared.shape, account, &mut numbers);
            if !account.private.is_empty()
                && let Some(service) = self.eventing_service(&account.username).await?
            {
                item_writes(&mut writes, &service, account);
            }
        }
        self.write_all("import_accounts", &writes).await
    }

    /// Runs statements as one transaction.
    async fn write_all(&self, query: &'static str, writes: &Writes<'_>) -> Result<(), StoreError> {
        if writes.0.is_empty() {
            return Ok(());
        }
        self.run_within(limits::IMPORT_TRANSACTION_TIMEOUT, query, || async move {
            on_backend!(&self.shared.engine, db => {
                let mut tx = db.begin().await?;
                for write in &writes.0 {
                    let mut statement = sqlx::query(match write.statement {
                        Statement::Shared(sql) => db.sql(sql),
                        Statement::Own(pick) => pick(db.dialect()),
                    });
                    for value in &write.values {
                        statement = match value {
                            Value::Text(text) => statement.bind(text.as_deref()),
                            Value::Number(number) => statement.bind(*number),
                        };
                    }
                    statement.execute(&mut *tx).await?;
                }
                tx.commit().await
            })
        })
        .await
    }
}

/// Enters the outcome of one thing; only a lost database ends the import.
fn settle(
    report: &mut ImportReport,
    name: &str,
    is_known: bool,
    outcome: Result<(), StoreError>,
) -> Result<(), StoreError> {
    match outcome {
        Ok(()) => report.count(is_known),
        Err(err) if err.is_unavailable() => return Err(err),
        Err(StoreError::Unfit { reason, source, .. }) => {
            report.failed.push((name.to_owned(), format!("{reason}: {source}")));
        }
        Err(StoreError::Query { source, .. }) => report.failed.push((name.to_owned(), source.to_string())),
        Err(err) => report.failed.push((name.to_owned(), err.to_string())),
    }
    Ok(())
}

fn rows_of(account: &ImportAccount) -> usize {
    let roster: usize = account.roster.iter().map(|item| 2 + item.groups.len()).sum();
    4 + account.properties.len() + account.offline.len() + account.private.len() + roster
}
