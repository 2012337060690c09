//! Conversations of clients with the service, without sockets: what goes in and what must come out.

pub(crate) mod fixture;

mod cluster;
mod iq;
mod messages;
mod policies;
mod presence;
mod privacy;
mod roster;
mod sessions;
mod shared_groups;
mod subscriptions;
