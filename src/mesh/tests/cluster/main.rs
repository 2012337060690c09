//! Proves the driver over real TCP: forming, healing, refusing, replicating, delivering and leaving.

mod formation;
mod support;
