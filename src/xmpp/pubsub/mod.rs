//! Publish-subscribe (XEP-0060) and personal eventing (XEP-0163) at work. What requests mean and who may do what is decided in
//! `cobnut_xmpp_proto::pubsub`; nodes and items are in the database, so every member answers for all of them.
//!
//! An event goes to who has subscribed, and, from an account, to the sessions of its contacts that want to know of the node.
//! Which sessions want what is only known to the member that holds them: it has read their capabilities (XEP-0115). So a
//! publication is sent once to each member with sessions of contacts, and that member gives it to those who want it.
//!
//! * [`home`] – whose nodes.
//! * [`node`] – a node with everything that a decision about it needs.
//! * [`requests`], [`publish`], [`people`], [`owners`] – what is asked.
//! * [`own`] – what the server keeps in step with the nodes of accounts.
//! * [`tell`] – who is told.
//! * [`interest`] – which sessions want what.
//! * [`last`] – what a session is told when it comes.
//! * [`disco`] – what services and nodes say of themselves.

mod disco;
mod home;
mod interest;
mod last;
mod node;
mod own;
mod owners;
mod people;
mod publish;
mod requests;
mod tell;
#[cfg(test)]
mod tests;

pub(crate) use disco::{info, items, node_info, node_items};
pub(crate) use home::{NAME, address, is_at, is_served, is_served_to_accounts};
pub(crate) use interest::{KnownCaps, SessionInterest};
pub(crate) use requests::{answer, is_about};
