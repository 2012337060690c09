//! Where messages go (RFC 6121 §8.5): a pure decision over a view of the account's sessions.

mod message;

pub use message::{Route, SessionView, Strategy, route_to_account, route_to_lost_session};
