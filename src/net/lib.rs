//! What every crate with sockets needs: named tasks and shutdown, listeners, TLS, logs and metrics.
//!
//! Invariant: no protocol decisions; nothing here is global, so ten nodes can run in one process.

mod any_certificate;
mod clock;
mod listener;
mod member_tls;
mod metrics;
mod patience;
mod tasks;
pub mod telemetry;
pub mod tls;
mod tls_refusal;

pub use any_certificate::client_trusting_any_certificate;
pub use clock::unix_now;
pub use listener::{BindOptions, bind};
pub use member_tls::{ByteStream, MemberTls, MemberTlsOptions, PeerCertificate, Secured};
pub use metrics::Metrics;
pub use patience::{OutOfPatience, within};
pub use tasks::Tasks;
pub use tls_refusal::TlsRefusal;
