//! Rows that a log added, found again quickly when it deletes them.

use std::collections::HashMap;

use super::statement::SqlValue;

/// Positions of rows by the values of some columns.
type Index = HashMap<Vec<SqlValue>, Vec<usize>>;

/// Rows of one table in the order in which they came; deleted ones leave a gap.
#[derive(Debug, Clone, Default)]
pub(super) struct AddedRows {
    rows: Vec<Option<Vec<SqlValue>>>,
    /// One index for each set of columns that something was deleted by, in practice the primary key.
    indexes: HashMap<Vec<usize>, Index>,
}

impl AddedRows {
    pub(super) fn insert(&mut self, values: Vec<SqlValue>) {
        for (columns, index) in &mut self.indexes {
            if let Some(key) = key(columns, &values) {
                index.entry(key).or_default().push(self.rows.len());
            }
        }
        self.rows.push(Some(values));
    }

    /// Deletes the rows with these values in these columns; false if there is none.
    pub(super) fn delete(&mut self, columns: &[usize], wanted: &[SqlValue]) -> bool {
        let index = self.indexes.entry(columns.to_vec()).or_insert_with(|| {
            let mut index = Index::new();
            for (position, values) in self.rows.iter().enumerate() {
                if let Some(key) = values.as_ref().and_then(|values| key(columns, values)) {
                    index.entry(key).or_default().push(position);
                }
            }
            index
        });
        let positions = index.remove(wanted).unwrap_or_default();
        let mut found = false;
        for position in positions {
            // The row may be gone by way of another index.
            found |= self.rows.get_mut(position).is_some_and(|row| row.take().is_some());
        }
        found
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = Vec<SqlValue>> {
        self.rows.into_iter().flatten()
    }
}

fn key(columns: &[usize], values: &[SqlValue]) -> Option<Vec<SqlValue>> {
    columns.iter().map(|&column| values.get(column).cloned()).collect()
}
