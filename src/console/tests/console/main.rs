//! The console over real HTTP on loopback, with a real store and a cluster of one: what a browser, a script and an
//! attacker see.

mod api;
mod clustering;
mod config_editor;
mod fixture;
mod guards;
mod languages;
mod login;
mod orders;
mod serving;
mod sessions;
mod users;
