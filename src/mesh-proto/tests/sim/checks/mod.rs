//! What must hold: on the spot, all the time, and when everything is quiet.

mod bounds;
mod ends;
mod ledger;
mod quiet;
mod removals;
mod settled;

pub(crate) use ends::Ends;
pub(crate) use ledger::{Ledger, payload_number};
