//! Links between members with the blocks of the file that protect them: `<ssl>` with key stores that keytool made,
//! `<symmetric-encryption>`, `<public-address>` behind a forwarded port, `<outbound-ports>`.

mod encryption;
mod flood;
mod keystores;
mod ports;
mod relay;
mod rotation;
mod stage;
mod start;
