//! Proves the driver over real TCP: forming, healing, refusing, replicating, delivering and leaving.

mod death;
mod formation;
mod replication;
mod strangers;
mod support;
mod switching;
