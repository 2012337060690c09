//! Links between members with the blocks of the file that protect them: `<ssl>` with key stores that keytool made,
//! `<symmetric-encryption>`, `<public-address>` behind a forwarded port, `<outbound-ports>`; and those who attack them from outside
//! and from inside.

mod encryption;
mod flood;
mod insider;
mod keystores;
mod misconduct;
mod ports;
mod relay;
mod replay;
mod rotation;
mod stage;
mod start;
