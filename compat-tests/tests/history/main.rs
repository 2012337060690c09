//! People log in, change their presence, write to each other and leave, on all nodes, while faults chosen by a seed hit
//! the cluster. Everything that they see is recorded with its times, and a checker that knows nothing but the record
//! proves the promises of ARCHITECTURE.md.
//!
//! `COBNUT_HISTORY_SEED=4711 COBNUT_HISTORY_SECONDS=600 cargo test -p compat-tests --test history -- one_more` plays a
//! seed for a longer time.

mod checker;
mod event;
mod faults;
mod people;
mod run;
mod sessions;
mod timeline;
