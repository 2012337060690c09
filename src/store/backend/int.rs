//! Whole numbers, however wide the column is.
//!
//! What is BIGINT or TINYINT in Openfire's MySQL tables is INTEGER in its PostgreSQL ones, and that driver refuses to
//! read a column as a number of another width.

use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, MySql, Postgres, Sqlite, Type};

/// A whole number of any width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int(pub i64);

macro_rules! read_as_i64 {
    ($($driver:ident)+) => {$(
        impl Type<$driver> for Int {
            fn type_info() -> <$driver as Database>::TypeInfo {
                <i64 as Type<$driver>>::type_info()
            }

            fn compatible(found: &<$driver as Database>::TypeInfo) -> bool {
                <i64 as Type<$driver>>::compatible(found)
                    || <i32 as Type<$driver>>::compatible(found)
                    || <i16 as Type<$driver>>::compatible(found)
            }
        }

        impl<'r> Decode<'r, $driver> for Int {
            fn decode(value: <$driver as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                <i64 as Decode<'r, $driver>>::decode(value).map(Self)
            }
        }
    )+};
}
read_as_i64!(Sqlite MySql Postgres);
