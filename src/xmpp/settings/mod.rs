//! What an operator can set about client connections.

mod addresses;
mod clients;
mod limits;
mod logins;
mod mechanisms;
mod policy;
mod properties;
mod services;
mod values;

pub use addresses::Addresses;
pub use clients::{AnonymousPolicy, TlsPolicy, XmppSettings};
pub use limits::{ClientLimits, ClientStatePolicy, ManagementPolicy, RegistrationPolicy};
pub use logins::{ArrivalPolicy, LoginPolicy};
pub use mechanisms::Mechanisms;
pub use policy::{ArchivePolicy, ConflictPolicy, OfflineCleaning, OfflinePolicy, ServicePolicy};
pub use services::{ProxyPolicy, PubsubPolicy, SearchField, SearchPolicy};
pub use values::BadProperty;

#[cfg(test)]
mod limits_page;
#[cfg(test)]
mod tests;
