//! Streams of clients: negotiation up to a bound resource, and stream errors (RFC 6120 §4 to §7).

mod client_state;
mod error;
mod features;
mod management;
mod negotiation;
mod registration;

pub use client_state::{ClientState, HeldStanzas, Sifted};
pub use error::{Condition, StreamError};
pub use management::{
    Enabled, Management, ManagementLimits, ManagementRequest, ManagementVersion, TooHigh,
    too_many_unconfirmed,
};
pub use negotiation::{
    AccountKeys, Channel, FillRandom, LoginOutcome, Negotiation, NegotiationSettings, Step, StreamLimits,
};
pub use registration::{Registration, RegistrationError};
