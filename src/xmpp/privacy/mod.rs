//! Privacy lists (XEP-0016) and blocking (XEP-0191) at work.
//!
//! Each list is judged by the member that holds the session whose list it is: what the user sends when it leaves the
//! session, what comes when it is given to the session. So nobody else has to know which list a session has chosen.
//! Presence is the exception: other members have it in their maps and tell it. They know of a session that it may hide
//! ([`SessionRecord::hides_presence`](cobnut_model::SessionRecord::hides_presence)) and ask its member to show it.
//!
//! * [`lists`] – the lists of accounts with sessions here, and their changes.
//! * [`session`] – which list counts for a session.
//! * [`filter`] – what passes.
//! * [`show`] – who is told when a change hides or shows somebody.

mod filter;
mod lists;
mod session;
mod show;

pub(crate) use lists::ListsCache;
pub(crate) use session::SessionPrivacy;
pub(crate) use show::Sight;
