//! What is wrong with the text of a member entry, and what was meant.

mod elements;
mod numeric;
mod repair;
mod slip;
mod tokens;

pub(crate) use elements::slips;
pub(crate) use repair::{Choice, Repair, choose, fix, neighbours};
pub(crate) use slip::{Slip, SlipKind};
pub(crate) use tokens::slip;
