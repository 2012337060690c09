//! Key and trust stores: which properties name them for which listener, and what applies without.

/// The kinds of connections that Openfire keeps settings for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// Clients on 5222 and 5223.
    Client,
    /// Other servers.
    Server,
    /// BOSH and WebSocket.
    Bosh,
    /// The admin console.
    Console,
    /// External components.
    Component,
    /// Connection managers.
    ConnectionManager,
}

/// What a store is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreKind {
    /// Own keys.
    Identity,
    /// Certificates of others.
    Trust,
}

/// A store as the properties describe it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreSettings {
    /// Path, relative to the home unless absolute.
    pub path: String,
    /// The property that says so; `None` for the default.
    pub path_origin: Option<String>,
    /// Password of the store and of its keys.
    pub password: String,
    /// The property that says so; `None` for the default.
    pub password_origin: Option<String>,
    /// Declared type, which often lies: the first bytes of the file count.
    pub declared_type: String,
}

const DEFAULT_IDENTITY: &str = "resources/security/keystore";
const DEFAULT_TRUST: &str = "resources/security/truststore";
const DEFAULT_CLIENT_TRUST: &str = "resources/security/client.truststore";
/// Openfire's default, and Java's; everybody knows it.
pub const DEFAULT_STORE_PASSWORD: &str = "changeit";
const DEFAULT_TYPE: &str = "jks";

impl ConnectionKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Client, Self::Server, Self::Bosh, Self::Console, Self::Component, Self::ConnectionManager];

    /// Beginnings of property names, the kind's own first; one that is not set falls back to the next.
    pub fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Client => &["xmpp.socket.ssl.client."],
            Self::Server => &["xmpp.socket.ssl."],
            Self::Bosh => &["xmpp.bosh.ssl.client.", "xmpp.socket.ssl.client."],
            Self::Console => &["admin.web.ssl.", "xmpp.socket.ssl.client."],
            Self::Component => &["xmpp.component.", "xmpp.socket.ssl."],
            Self::ConnectionManager => &["xmpp.multiplex.", "xmpp.socket.ssl."],
        }
    }

    /// The store that this kind uses; `property` yields the clear text of a system property.
    pub fn store(self, kind: StoreKind, property: impl Fn(&str) -> Option<String>) -> StoreSettings {
        let find = |names: &[&str]| {
            let wanted =
                names.iter().flat_map(|name| self.prefixes().iter().map(move |prefix| (prefix, name)));
            let mut given = wanted.filter_map(|(prefix, name)| {
                let full = format!("{prefix}{name}");
                let value = property(&full).map(|value| value.trim().to_owned());
                value.filter(|value| !value.is_empty()).map(|value| (value, full))
            });
            given.next()
        };
        let (path, password, declared) = match kind {
            StoreKind::Identity => {
                (find(&["keystore"]), find(&["keypass"]), find(&["identityStoreType", "storeType"]))
            }
            StoreKind::Trust => {
                (find(&["truststore"]), find(&["trustpass"]), find(&["trustStoreType", "storeType"]))
            }
        };
        let (path, path_origin) = or_default(path, self.default_path(kind));
        let (password, password_origin) = or_default(password, DEFAULT_STORE_PASSWORD);
        let (declared_type, _) = or_default(declared, DEFAULT_TYPE);
        StoreSettings { path, path_origin, password, password_origin, declared_type }
    }

    fn default_path(self, kind: StoreKind) -> &'static str {
        match (kind, self) {
            (StoreKind::Identity, _) => DEFAULT_IDENTITY,
            (StoreKind::Trust, Self::Client | Self::Bosh | Self::Console) => DEFAULT_CLIENT_TRUST,
            (StoreKind::Trust, _) => DEFAULT_TRUST,
        }
    }
}

/// Where to look for a store: in containers `resources/security` is a link to `conf/security`, which copies may lack.
pub fn store_paths(path: &str) -> Vec<String> {
    let mut found = vec![path.to_owned()];
    if let Some(name) = path.strip_prefix("resources/security/") {
        found.push(format!("conf/security/{name}"));
    }
    found
}

fn or_default(found: Option<(String, String)>, default: &str) -> (String, Option<String>) {
    found.map_or_else(|| (default.to_owned(), None), |(value, origin)| (value, Some(origin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_property_falls_back() {
        let property = |name: &str| match name {
            "xmpp.socket.ssl.client.keystore" => Some("/etc/of.p12".to_owned()),
            "admin.web.ssl.keypass" => Some("other".to_owned()),
            "xmpp.socket.ssl.storeType" => Some("PKCS12".to_owned()),
            "xmpp.socket.ssl.truststore" => Some(" ".to_owned()),
            _ => None,
        };
        let console = ConnectionKind::Console.store(StoreKind::Identity, property);
        assert_eq!(console.path, "/etc/of.p12");
        assert_eq!(console.path_origin.as_deref(), Some("xmpp.socket.ssl.client.keystore"));
        assert_eq!((console.password.as_str(), console.declared_type.as_str()), ("other", "jks"));
        let server = ConnectionKind::ConnectionManager.store(StoreKind::Trust, property);
        assert_eq!((server.path.as_str(), server.path_origin), (DEFAULT_TRUST, None));
        assert_eq!((server.password.as_str(), server.declared_type.as_str()), ("changeit", "PKCS12"));
        let client = ConnectionKind::Bosh.store(StoreKind::Trust, |_| None);
        assert_eq!(client.path, "resources/security/client.truststore");
        assert_eq!(store_paths(&client.path)[1], "conf/security/client.truststore");
        assert_eq!(store_paths("/x/keystore").len(), 1);
    }
}
