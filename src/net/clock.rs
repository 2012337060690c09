//! The wall clock. Kept in one place so that one function answers what happens before 1970 and after the year 2554.

use std::time::{SystemTime, UNIX_EPOCH};

use cobnut_model::UnixMillis;

/// The instant by the clock of this machine, which may jump; 1970 if that clock says something earlier.
pub fn unix_now() -> UnixMillis {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}
