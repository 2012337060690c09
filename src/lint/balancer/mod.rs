//! Configurations of load balancers: who listens where, and which servers stand behind it.
//!
//! HAProxy's and nginx's files come out as the same [`Setup`], so that a rule is written once. Only what the rules ask for
//! is read; whatever else a file holds is passed over, and nothing is refused: that is the balancer's own business.

mod haproxy;
mod nginx;
mod words;

use std::net::IpAddr;

use cobnut_diagnostics::{Location, Source, Span};

/// Ports on which clients speak XMPP: 5222 begins in clear text (STARTTLS), 5223 with TLS.
pub(crate) const CLIENT_PORTS: [u16; 2] = [STARTTLS_PORT, TLS_PORT];
/// Clients that begin in clear text.
pub(crate) const STARTTLS_PORT: u16 = 5222;
/// Clients that begin with TLS.
pub(crate) const TLS_PORT: u16 = 5223;

/// One load balancer.
#[derive(Debug)]
pub struct Balancer {
    /// Its file.
    pub source: Source,
    pub(crate) setup: Setup,
}

/// Which program a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Software {
    HaProxy,
    Nginx,
}

/// What a file sets up.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) software: Software,
    pub(crate) routes: Vec<Route>,
    pub(crate) pools: Vec<Pool>,
}

/// Sockets that clients connect to, and the servers behind them.
#[derive(Debug)]
pub(crate) struct Route {
    /// The word that names the section, or the directive.
    pub(crate) span: Span,
    pub(crate) listens: Vec<Listen>,
    /// Index of the servers behind it.
    pub(crate) pool: usize,
    /// Where the route is made one for HTTP.
    pub(crate) http: Option<Span>,
    /// Settings that cut a connection on which nothing happens.
    pub(crate) idle: Vec<Idle>,
    /// Settings of that kind that the program wants and the file lacks.
    pub(crate) missing: Vec<&'static str>,
}

/// A listening socket.
#[derive(Debug)]
pub(crate) struct Listen {
    pub(crate) port: u16,
    pub(crate) span: Span,
    /// Where TLS is ended here.
    pub(crate) tls: Option<Span>,
}

/// A time after which a silent connection is cut.
#[derive(Debug)]
pub(crate) struct Idle {
    pub(crate) name: &'static str,
    pub(crate) millis: u64,
    /// The time as written.
    pub(crate) span: Span,
}

/// Servers that stand for each other.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) name: String,
    /// The word that names it.
    pub(crate) span: Span,
    pub(crate) servers: Vec<Server>,
    /// Where clients are bound to one server.
    pub(crate) sticky: Option<Span>,
}

/// One server.
#[derive(Debug)]
pub(crate) struct Server {
    /// Host as written, without port and brackets.
    pub(crate) host: String,
    pub(crate) host_span: Span,
    pub(crate) port: Option<u16>,
    /// Host and port.
    pub(crate) span: Span,
    /// From the first word of its line to the last.
    pub(crate) line: Span,
    /// Whether the program notices that it is dead.
    pub(crate) is_checked: bool,
    /// Where it is made to get a PROXY header.
    pub(crate) proxy: Option<Span>,
    /// Where the connection to it is made a TLS one.
    pub(crate) tls: Option<Span>,
    /// Marked as gone by hand.
    pub(crate) is_off: bool,
}

impl Balancer {
    pub(crate) fn new(source: &Source) -> Self {
        let setup = match software(source.text()) {
            Software::HaProxy => haproxy::read(source.text()),
            Software::Nginx => nginx::read(source.text()),
        };
        Self { source: source.clone(), setup }
    }

    pub(crate) fn at(&self, span: Span) -> Location {
        self.source.location(span)
    }
}

/// nginx ends its lines with a semicolon or a brace, HAProxy does not.
fn software(text: &str) -> Software {
    let lines = || {
        let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        lines.filter(|line| !line.is_empty() && *line != "}")
    };
    let closed = lines().filter(|line| line.ends_with([';', '{', '}'])).count();
    if closed * 2 > lines().count() { Software::Nginx } else { Software::HaProxy }
}

impl Setup {
    /// Routes on which clients speak XMPP, by the port that they come in on or go out to.
    pub(crate) fn client_routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| self.is_for_clients(route))
    }

    /// Servers behind those routes, each pool once.
    pub(crate) fn client_pools(&self) -> impl Iterator<Item = &Pool> {
        let is_for_clients =
            |index: usize| self.client_routes().any(|route| route.pool == index && route.http.is_none());
        let pools = self.pools.iter().enumerate();
        pools.filter(move |(index, _)| is_for_clients(*index)).map(|(_, pool)| pool)
    }

    fn is_for_clients(&self, route: &Route) -> bool {
        route.listens.iter().any(|listen| CLIENT_PORTS.contains(&listen.port))
            || self.pools[route.pool].servers.iter().any(Server::is_for_clients)
    }
}

impl Server {
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    fn is_for_clients(&self) -> bool {
        self.port.is_some_and(|port| CLIENT_PORTS.contains(&port))
    }
}

/// `host:port`, `[host]:port`, `host`, `*:port`, `:port`: the host with its place in `word`, and the port as written.
fn host_and_port(word: &str) -> (std::ops::Range<usize>, Option<&str>) {
    if let Some(close) = word.find(']').filter(|_| word.starts_with('[')) {
        return (1..close, word.get(close + 1..).and_then(|rest| rest.strip_prefix(':')));
    }
    match word.rsplit_once(':') {
        Some((host, port)) => (0..host.len(), Some(port)),
        None => (0..word.len(), None),
    }
}

/// More ports than this in one range are no listener for clients.
const MOST_PORTS: u16 = 64;

/// `5222` or `5222-5224`.
fn ports(text: &str) -> Vec<u16> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) if last.checked_sub(first).is_some_and(|more| more < MOST_PORTS) => {
            (first..=last).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
