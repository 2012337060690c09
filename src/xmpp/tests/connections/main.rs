//! Client connections against a real node: TCP and TLS on loopback, SQLite, a cluster of one.

mod certificates;
mod client;
mod client_state;
mod drain;
mod limits;
mod login;
mod management;
mod membership;
mod proxy;
mod registration;
mod server;
