//! Listening sockets.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// How a listening socket is made.
#[derive(Debug, Clone, Copy)]
pub struct BindOptions {
    /// Connections that the system holds until they are accepted.
    pub backlog: i32,
}

impl Default for BindOptions {
    fn default() -> Self {
        Self { backlog: 1024 }
    }
}

/// Binds a TCP listener. The address may be bound again right after a restart (`SO_REUSEADDR`); an IPv6 wildcard
/// also takes IPv4 connections.
///
/// Must be called inside a tokio runtime.
pub fn bind(address: SocketAddr, options: BindOptions) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(options.backlog)?;
    TcpListener::from_std(socket.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let first = bind("127.0.0.1:0".parse().expect("address"), BindOptions::default()).expect("bind");
        let taken = first.local_addr().expect("address");
        let err = bind(taken, BindOptions::default()).expect_err("taken");
        assert_eq!(err.kind(), io::ErrorKind::AddrInUse);
    }
}
