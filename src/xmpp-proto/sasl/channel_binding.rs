//! Channel binding: a login that is worth something on its own TLS connection only (RFC 5802 §6).

/// A value that both ends of a TLS connection know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindingKind {
    /// Derived from the keys of the connection, with TLS 1.3 (RFC 9266).
    TlsExporter,
    /// The hash of the server's certificate (RFC 5929 §4).
    TlsServerEndPoint,
}

impl BindingKind {
    /// The name that IANA has registered.
    pub fn name(self) -> &'static str {
        match self {
            Self::TlsExporter => "tls-exporter",
            Self::TlsServerEndPoint => "tls-server-end-point",
        }
    }
}

/// One such value of a connection.
#[derive(Clone, PartialEq, Eq)]
pub struct ChannelBinding {
    /// What it is.
    pub kind: BindingKind,
    /// The value.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for ChannelBinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChannelBinding({}, [redacted])", self.kind.name())
    }
}
