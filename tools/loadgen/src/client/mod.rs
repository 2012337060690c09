//! A light XMPP client: just enough to log in and move stanzas, at as little cost per stanza as possible.

mod element;
mod scram;
mod session;
mod splitter;
mod transport;

pub(crate) use element::{attribute, escape, mentions, name};
pub(crate) use scram::{SaltedPasswords, salted_password, server_side_keys};
pub(crate) use session::{Credentials, Login, Mechanism, Session, SessionReader, SessionWriter};
pub(crate) use transport::{TlsMode, client_config};
