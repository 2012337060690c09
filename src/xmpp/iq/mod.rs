//! IQ stanzas (RFC 6120 §8.2.3): every request is answered, here or by the session it is for.

mod handle;
mod request;

pub(crate) use handle::answer_to;
pub(crate) use request::{Answer, IqRequest, Target};
