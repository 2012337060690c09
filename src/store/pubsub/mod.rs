//! Publish-subscribe (XEP-0060) and personal eventing (XEP-0163): Openfire's `ofPubsub*` tables.
//!
//! A service is known by its name: the sub-domain's first label, or the bare JID of the account whose eventing it is. Each has
//! a root that its nodes hang on; Openfire does not load a service without one.

mod items;
mod last;
mod nodes;
mod people;

pub use items::PubsubItem;
pub use last::LastItem;
pub use nodes::{AddNode, PubsubNode, PubsubRoot};
pub use people::{PubsubAffiliation, PubsubSubscription};
