//! Proves the driver over real TCP: forming, healing, refusing, replicating, delivering and leaving.

mod death;
mod discovery;
mod encryption;
mod formation;
mod homes;
mod maps;
mod replication;
mod requests;
mod rotation;
mod strangers;
mod stuck;
mod support;
mod switching;
