//! What every crate with sockets needs: named tasks and shutdown, listeners, TLS, logs and metrics.
//!
//! Invariant: no protocol decisions; nothing here is global, so ten nodes can run in one process.

mod any_certificate;
mod client_certificates;
mod clock;
mod listener;
mod member_tls;
mod metrics;
mod patience;
mod server_identity;
mod tasks;
pub mod telemetry;
pub mod tls;
mod tls_refusal;

pub use any_certificate::{client_trusting_any_certificate, client_trusting_any_certificate_with};
pub use client_certificates::ClientCertificates;
pub use clock::unix_now;
pub use listener::{BindOptions, bind};
pub use member_tls::{ByteStream, MemberTls, MemberTlsOptions, PeerCertificate, Secured};
pub use metrics::Metrics;
pub use patience::{OutOfPatience, within};
pub use server_identity::{ServerIdentity, ServerTls};
pub use tasks::Tasks;
pub use tls_refusal::TlsRefusal;
