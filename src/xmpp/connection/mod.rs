//! Client connections: one task for each, from accept to the last byte.
//!
//! The protocol up to a bound resource is decided in `cobnut_xmpp_proto::stream`; what stanzas do is decided by the
//! [`Service`]. Here are sockets, time and limits.
//! A session outlives its connection where the client wants to resume it; see `detached`.
//! Invariant: after a successful bind `Service::closed` is called exactly once, whatever happens.

mod admission;
mod client_state;
mod credentials;
mod detached;
mod management;
mod negotiate;
mod rate;
mod reader;
mod resumption;
mod serve;
mod session;
mod socket;
mod tls;

use std::sync::Arc;

use cobnut_xmpp_proto::stream::NegotiationSettings;
use tokio_util::sync::CancellationToken;

pub(crate) use admission::{Admission, ConnectionSlot, NegotiationSlot};
pub(crate) use credentials::Accounts;
pub(crate) use resumption::Resumptions;
pub(crate) use serve::{Security, serve};
pub(crate) use tls::TlsSide;

use crate::metrics::ConnectionMetrics;
use crate::service::Service;
use crate::settings::{AnonymousPolicy, ClientLimits};

/// What all connections of one node share.
pub(crate) struct Context {
    /// Bounds of each connection.
    pub(crate) limits: ClientLimits,
    /// How streams are negotiated on the STARTTLS port.
    pub(crate) negotiation: NegotiationSettings,
    /// Who may log in without an account.
    pub(crate) anonymous: AnonymousPolicy,
    /// Server side of TLS.
    pub(crate) tls: TlsSide,
    /// Where stanzas go.
    pub(crate) service: Arc<Service>,
    /// Who may log in.
    pub(crate) accounts: Accounts,
    /// How many connections there may be.
    pub(crate) admission: Arc<Admission>,
    /// Sessions that can be resumed.
    pub(crate) resumptions: Arc<Resumptions>,
    /// Counters.
    pub(crate) metrics: ConnectionMetrics,
    /// Cancelled when clients shall be sent away.
    pub(crate) shutdown: CancellationToken,
}

#[cfg(test)]
mod tests;
