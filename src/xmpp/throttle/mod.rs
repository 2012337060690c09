//! Who tries too often: wrong passwords, new accounts, new connections.
//!
//! * [`logins`] – wrong passwords, counted by account and by network, on all members together.
//! * [`share`] – how members tell each other of them.
//! * [`registrations`] – accounts that clients make.
//! * [`arrivals`] – new connections.

mod arrivals;
mod counts;
mod logins;
mod network;
mod registrations;
mod share;

pub(crate) use arrivals::Arrivals;
pub(crate) use logins::LoginThrottle;
pub(crate) use network::client_network;
pub(crate) use registrations::RegistrationThrottle;
pub(crate) use share::start;

#[cfg(test)]
mod tests;
