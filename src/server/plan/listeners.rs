//! Where clients and browsers connect.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};

use super::Setting;
use super::openfire_home::OpenfireHome;
use crate::cli::RunArgs;

/// Port of clients with STARTTLS.
const C2S_PORT: u16 = 5222;
/// Port of clients with direct TLS.
const C2S_TLS_PORT: u16 = 5223;
/// What people read for the file transfer proxy, the one listener that a node can do without.
pub(crate) const PROXY_NAME: &str = "file transfer proxy";
/// Port of the file transfer proxy.
const PROXY_PORT: u16 = 7777;
/// Port of the console over HTTP.
const CONSOLE_PORT: u16 = 9090;
/// Port of the console over HTTPS.
const CONSOLE_TLS_PORT: u16 = 9091;

/// A listener; `None` is off.
pub(crate) type Listener = Setting<Option<SocketAddr>>;

/// The listeners of a node, the mesh apart.
#[derive(Debug, Clone)]
pub(crate) struct Listeners {
    /// Clients with STARTTLS.
    pub(crate) c2s: Listener,
    /// Clients with direct TLS.
    pub(crate) c2s_tls: Listener,
    /// File transfer proxy.
    pub(crate) proxy: Listener,
    /// Console over HTTP.
    pub(crate) console: Listener,
    /// Console over HTTPS.
    pub(crate) console_tls: Listener,
}

impl Listeners {
    /// From command line and home; the database may still move the client ports.
    pub(super) fn new(args: &RunArgs, home: Option<&OpenfireHome>, bind: IpAddr) -> Result<Self> {
        let console_ip =
            match home.and_then(|home| home.property("adminConsole.interface").map(|p| (home, p))) {
                Some((home, property)) if args.bind.is_none() => home.address(property)?,
                _ => bind,
            };
        let (c2s, c2s_tls, proxy) = if let Some(port) = args.c2s_port {
            let (c2s, c2s_tls) = chosen_ports(port, "--c2s-port");
            let proxy = later_port(port, PROXY_PORT - C2S_PORT);
            (c2s, c2s_tls, Setting::new(Some(proxy), "--c2s-port"))
        } else {
            let default = |port| Setting::new(Some(port), "default");
            (default(C2S_PORT), default(C2S_TLS_PORT), default(PROXY_PORT))
        };
        let (console, console_tls) = match args.console_port {
            Some(port) => chosen_ports(port, "--console-port"),
            None => (
                home_port(home, "adminConsole.port", CONSOLE_PORT)?,
                home_port(home, "adminConsole.securePort", CONSOLE_TLS_PORT)?,
            ),
        };
        Ok(Self {
            c2s: at(bind, c2s),
            c2s_tls: at(bind, c2s_tls),
            proxy: at(bind, proxy),
            console: at(console_ip, console),
            console_tls: at(console_ip, console_tls),
        })
    }

    /// All of them with the names that people read.
    pub(crate) fn named(&self) -> [(&'static str, &Listener); 5] {
        [
            ("clients (STARTTLS)", &self.c2s),
            ("clients (direct TLS)", &self.c2s_tls),
            (PROXY_NAME, &self.proxy),
            ("console (HTTP)", &self.console),
            ("console (HTTPS)", &self.console_tls),
        ]
    }
}

fn at(ip: IpAddr, port: Setting<Option<u16>>) -> Listener {
    Setting { value: port.value.map(|port| SocketAddr::new(ip, port)), origin: port.origin }
}

/// An explicitly chosen port and the TLS port that belongs to it: the next number, or any free one for 0.
fn chosen_ports(port: u16, flag: &str) -> (Setting<Option<u16>>, Setting<Option<u16>>) {
    (Setting::new(Some(port), flag), Setting::new(Some(later_port(port, 1)), flag))
}

/// The port so many numbers later, or any free one for 0.
fn later_port(port: u16, numbers: u16) -> u16 {
    if port == 0 { 0 } else { port.checked_add(numbers).unwrap_or(0) }
}

/// A port that a home may set; zero and less switch it off.
fn home_port(home: Option<&OpenfireHome>, name: &str, default: u16) -> Result<Setting<Option<u16>>> {
    let Some((home, property)) = home.and_then(|home| home.property(name).map(|property| (home, property)))
    else {
        return Ok(Setting::new(Some(default), "default"));
    };
    let origin = home.origin(property);
    let invalid = || format!("use `{}` of {origin} as a port", property.value);
    let number: i64 = property.value.parse().with_context(invalid)?;
    let port = if number <= 0 { None } else { Some(u16::try_from(number).with_context(invalid)?) };
    Ok(Setting::new(port, origin))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn an_explicit_port_moves_its_tls_port() {
        let args = RunArgs { c2s_port: Some(6222), console_port: Some(0), ..RunArgs::default() };
        let made = Listeners::new(&args, None, Ipv4Addr::LOCALHOST.into()).expect("listeners");
        assert_eq!(made.c2s_tls.value.map(|address| address.port()), Some(6223));
        assert_eq!(made.proxy.value.map(|address| address.port()), Some(8777));
        assert_eq!(made.console_tls.value.map(|address| address.port()), Some(0));
        assert_eq!(made.console_tls.origin, "--console-port");
    }
}
