//! System properties (`ofProperty`) that a node obeys.

use std::collections::BTreeMap;

use cobnut_openfire::system_properties;
use cobnut_store::SystemProperty;
use cobnut_xmpp::{TlsPolicy, XmppSettings};
use jid::BareJid;
use tracing::warn;

use super::Setting;
use super::listeners::{Listener, Listeners};

/// All properties of the database.
pub(crate) struct Properties(BTreeMap<String, String>);

impl Properties {
    /// From the rows of the table; those that cannot be decrypted count as absent.
    pub(crate) fn new(rows: Vec<SystemProperty>) -> Self {
        Self(rows.into_iter().filter_map(|row| Some((row.name, row.value?))).collect())
    }

    /// Every property whose value would have to mean something else here: name and reason.
    pub(crate) fn refusals(&self) -> Vec<String> {
        let refused = self.0.iter().filter_map(|(name, value)| {
            let reason = system_properties::find(name)?.refusal(value)?;
            Some(format!("the system property {name} is {value}: {reason}"))
        });
        refused.collect()
    }

    /// The trimmed text of a property; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// What the properties say about client connections. Ports named on the command line stay.
    pub(crate) fn apply_to_clients(
        &self,
        xmpp: &mut XmppSettings,
        listeners: &mut Listeners,
        ports_are_fixed: bool,
    ) {
        match self.get("xmpp.client.tls.policy") {
            None => {}
            Some("required") => xmpp.tls_policy = TlsPolicy::Required,
            Some("optional") => xmpp.tls_policy = TlsPolicy::Optional,
            Some("disabled") => xmpp.tls_policy = TlsPolicy::Disabled,
            Some(other) => {
                warn!(value = other, "xmpp.client.tls.policy is none of required, optional, disabled");
            }
        }
        for (name, value) in &self.0 {
            if let Err(err) = xmpp.set_property(name, value) {
                warn!(property = name, value, %err, "a property is not obeyed");
            }
        }
        if ports_are_fixed {
            return;
        }
        self.apply_port("xmpp.socket.plain.active", "xmpp.socket.plain.port", &mut listeners.c2s);
        self.apply_port("xmpp.socket.ssl.active", "xmpp.socket.ssl.port", &mut listeners.c2s_tls);
    }

    /// Accounts of this domain in `admin.authorizedJIDs`, or `admin`.
    pub(crate) fn admins(&self, domain: &str) -> Vec<String> {
        let listed: Vec<String> = self
            .get("admin.authorizedJIDs")
            .unwrap_or_default()
            .split(',')
            .filter_map(|entry| entry.trim().parse::<BareJid>().ok())
            .filter(|jid| jid.domain().as_str() == domain)
            .filter_map(|jid| jid.node().map(ToString::to_string))
            .collect();
        if listed.is_empty() { vec!["admin".to_owned()] } else { listed }
    }

    fn apply_port(&self, active: &str, port: &str, listener: &mut Listener) {
        // Openfire reads booleans with Java's parser: everything but "true" is false.
        if self.get(active).is_some_and(|value| !value.eq_ignore_ascii_case("true")) {
            *listener = Setting::new(None, format!("property {active}"));
        }
        let (Some(text), Some(address)) = (self.get(port), listener.value.as_mut()) else { return };
        if let Ok(number) = text.parse() {
            address.set_port(number);
            listener.origin = format!("property {port}");
        } else {
            warn!(property = port, value = text, "not a port; the default is used");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn properties(rows: &[(&str, &str)]) -> Properties {
        let rows = rows.iter().map(|(name, value)| SystemProperty {
            name: (*name).to_owned(),
            value: Some((*value).to_owned()),
            is_encrypted: false,
        });
        Properties::new(rows.collect())
    }

    #[test]
    fn admins_are_those_of_this_domain_or_admin() {
        let check = |value: &str, expected: &[&str]| {
            assert_eq!(
                properties(&[("admin.authorizedJIDs", value)]).admins("example.net"),
                expected,
                "{value}"
            );
        };
        check("", &["admin"]);
        check("ann@example.net, bob@elsewhere.org,,not a jid", &["ann"]);
        check("bob@elsewhere.org", &["admin"]);
    }

    #[test]
    fn other_providers_are_refused_by_name() {
        let class = "org.jivesoftware.openfire.ldap.LdapUserProvider";
        let refusals = properties(&[("provider.user.className", class), ("xmpp.domain", "x")]).refusals();
        assert_eq!(refusals.len(), 1);
        assert!(
            refusals[0].contains("provider.user.className") && refusals[0].contains(class),
            "{refusals:?}"
        );
    }

    #[test]
    fn ports_and_switches_of_the_client_listeners() {
        let rows = [("xmpp.socket.plain.port", "15222"), ("xmpp.socket.ssl.active", "false")];
        let address = || Setting::new(Some(SocketAddr::from(([127, 0, 0, 1], 5222))), "default");
        let mut listeners =
            Listeners { c2s: address(), c2s_tls: address(), console: address(), console_tls: address() };
        let mut xmpp = XmppSettings::new("example.net".to_owned());
        properties(&rows).apply_to_clients(&mut xmpp, &mut listeners, false);
        assert_eq!(listeners.c2s.value.map(|a| a.port()), Some(15222));
        assert_eq!(listeners.c2s.origin, "property xmpp.socket.plain.port");
        assert_eq!(listeners.c2s_tls.value, None);
    }
}
