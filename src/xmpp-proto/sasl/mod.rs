//! The server side of SASL: what is kept of a password, and the exchanges that prove it.
//!
//! Pure: nothing here reads a store or draws random numbers. An exchange that needs the keys of an account is a
//! state that waits for them.

mod anonymous;
mod channel_binding;
mod credentials;
mod external;
mod failure;
mod mechanism;
mod plain;
mod scram;
mod username;

pub use anonymous::{ANONYMOUS_NAME_BYTES, anonymous_name, check_trace};
pub use channel_binding::{BindingKind, ChannelBinding};
pub use credentials::{
    DEFAULT_ITERATIONS, SALT_BYTES, decoy_keys, derive, new_password_keys, password_keys, verify_password,
};
pub use external::{accounts_of_certificate, external_account};
pub use failure::SaslFailure;
pub use mechanism::Mechanism;
pub use plain::PlainMessage;
pub use scram::{AwaitingProof, ClientFirst, Gs2Flag, Verified};
pub use username::{BadUsername, prepare_username};
