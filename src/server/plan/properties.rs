//! System properties (`ofProperty`) that a node obeys.

use std::collections::BTreeMap;

use cobnut_console::EffectiveSetting;
use cobnut_openfire::system_properties::{self, Effect};
use cobnut_store::SystemProperty;
use cobnut_xmpp::{TlsPolicy, XmppSettings};
use jid::BareJid;
use tracing::warn;

use super::listeners::{Listener, Listeners};
use super::{Setting, effective, shown};

/// Properties that decide about rows with other names.
const LISTED_ELSEWHERE: [&str; 7] = [
    "xmpp.domain",
    "xmpp.socket.plain.active",
    "xmpp.socket.plain.port",
    "xmpp.socket.ssl.active",
    "xmpp.socket.ssl.port",
    "xmpp.proxy.enabled",
    "xmpp.proxy.port",
];

/// Why a list of login mechanisms stops the start: offering others would let in whom it keeps out.
fn mechanism_refusal(name: &str, value: &str) -> Option<&'static str> {
    let is_hopeless = name == "sasl.mechs"
        && !value.trim().is_empty()
        && XmppSettings::new("localhost").set_property(name, value).is_err();
    is_hopeless.then_some("the list has no mechanism that is there, such as SCRAM-SHA-1 and PLAIN")
}

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
            let known = system_properties::find(name)?;
            let reason = known.refusal(value).or_else(|| mechanism_refusal(name, value))?;
            Some(format!("the system property {name} is {value}: {reason}"))
        });
        refused.collect()
    }

    /// The trimmed text of a property; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// What is obeyed, set or not, with the listeners left out, which have rows of their own.
    pub(crate) fn effective(&self) -> Vec<EffectiveSetting> {
        let obeyed = system_properties::all().filter(|known| {
            known.effect == Effect::Obeyed
                && !known.name.contains('*')
                && !LISTED_ELSEWHERE.contains(&known.name)
        });
        let row = |known: &'static system_properties::SystemProperty| {
            let default = known.default.unwrap_or("not set");
            match self.get(known.name) {
                Some(value) => match known.read(value) {
                    Ok(_) => effective(known.name, &Setting::new(shown(known, value), "ofProperty")),
                    Err(err) => {
                        let origin = format!("default, because ofProperty has `{value}`, which is {err}");
                        effective(known.name, &Setting::new(default.to_owned(), origin))
                    }
                },
                None => effective(known.name, &Setting::new(default.to_owned(), "default")),
            }
        };
        obeyed.map(row).collect()
    }

    /// What is set and changes nothing, each with the reason. Our own properties are left out.
    pub(crate) fn without_effect(&self) -> Vec<(EffectiveSetting, &'static str)> {
        let rows = self.0.iter().filter(|(name, _)| !name.starts_with("cobnut."));
        let row = |(name, value): (&String, &String)| {
            let (value, reason) = match system_properties::find(name) {
                Some(known) => match known.effect {
                    Effect::NoEffect(reason) => (shown(known, value), reason),
                    _ => return None,
                },
                None => {
                    ("(not shown)".to_owned(), "it belongs to a plugin or a part that Cobnut does not have")
                }
            };
            Some((effective(name, &Setting::new(value, "ofProperty")), reason))
        };
        rows.filter_map(row).collect()
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
        self.apply_switch("xmpp.proxy.enabled", &mut listeners.proxy);
        if ports_are_fixed {
            return;
        }
        self.apply_port("xmpp.proxy.port", &mut listeners.proxy);
        self.apply_switch("xmpp.socket.plain.active", &mut listeners.c2s);
        self.apply_port("xmpp.socket.plain.port", &mut listeners.c2s);
        self.apply_switch("xmpp.socket.ssl.active", &mut listeners.c2s_tls);
        self.apply_port("xmpp.socket.ssl.port", &mut listeners.c2s_tls);
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

    fn apply_switch(&self, active: &str, listener: &mut Listener) {
        // Openfire reads booleans with Java's parser: everything but "true" is false.
        if self.get(active).is_some_and(|value| !value.eq_ignore_ascii_case("true")) {
            *listener = Setting::new(None, format!("property {active}"));
        }
    }

    fn apply_port(&self, port: &str, listener: &mut Listener) {
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
    fn values_come_with_their_origin() {
        let properties = properties(&[
            ("xmpp.client.idle", "60000"),
            ("xmpp.auth.retries", "many"),
            ("passwordKey", "secret"),
            ("xmpp.pubsub.flush.max", "9"),
            ("plugin.own", "1"),
            ("sasl.mechs", "GSSAPI"),
        ]);
        let rows = properties.effective();
        let row = |name: &str| {
            let row = rows.iter().find(|row| row.name == name).expect("listed");
            (row.value.as_str(), row.origin.as_str())
        };
        assert_eq!(row("xmpp.client.idle"), ("60000", "ofProperty"));
        assert_eq!(row("xmpp.client.validate.host"), ("false", "default"));
        assert_eq!(row("passwordKey"), ("(hidden)", "ofProperty"));
        let (value, origin) = row("xmpp.auth.retries");
        assert!(value == "3" && origin.contains("many"), "{value} {origin}");
        let without: Vec<String> = properties.without_effect().into_iter().map(|(row, _)| row.name).collect();
        assert_eq!(without, ["plugin.own", "xmpp.pubsub.flush.max"]);
        assert!(properties.refusals().iter().any(|text| text.contains("sasl.mechs")));
    }

    #[test]
    fn every_obeyed_property_is_known_to_somebody() {
        // Those that are not about connections are looked up by name elsewhere in the server or the store.
        const ELSEWHERE: &[&str] = &[
            "xmpp.client.tls.policy",
            "xmpp.client.cert.policy",
            "xmpp.socket.ssl.client.truststore",
            "xmpp.socket.ssl.client.trustpass",
            "passwordKey",
            "user.scramHashedPasswordOnly",
            "user.usePlainPassword",
            "admin.authorizedJIDs",
            "plugin.motd.enabled",
            "plugin.motd.subject",
            "plugin.motd.message",
            "xmpp.socket.ssl.client.keystore",
            "xmpp.socket.ssl.client.keypass",
        ];
        for known in system_properties::all().filter(|known| known.effect == Effect::Obeyed) {
            if ELSEWHERE.contains(&known.name) || LISTED_ELSEWHERE.contains(&known.name) {
                continue;
            }
            let without = if known.name == "sasl.mechs" { "PLAIN" } else { "" };
            let value = known.default.unwrap_or(without);
            let outcome = XmppSettings::new("example.net").set_property(known.name, value);
            assert_eq!(outcome, Ok(true), "{}", known.name);
        }
    }

    #[test]
    fn ports_and_switches_of_the_client_listeners() {
        let rows = [
            ("xmpp.socket.plain.port", "15222"),
            ("xmpp.socket.ssl.active", "false"),
            ("xmpp.proxy.port", "17777"),
        ];
        let address = || Setting::new(Some(SocketAddr::from(([127, 0, 0, 1], 5222))), "default");
        let listeners = || Listeners {
            c2s: address(),
            c2s_tls: address(),
            proxy: address(),
            console: address(),
            console_tls: address(),
        };
        let mut found = listeners();
        let mut xmpp = XmppSettings::new("example.net".to_owned());
        properties(&rows).apply_to_clients(&mut xmpp, &mut found, false);
        assert_eq!(found.c2s.value.map(|a| a.port()), Some(15222));
        assert_eq!(found.c2s.origin, "property xmpp.socket.plain.port");
        assert_eq!(found.c2s_tls.value, None);
        assert_eq!(found.proxy.value.map(|a| a.port()), Some(17777));

        // The command line says where, the property whether.
        let mut found = listeners();
        let rows = [("xmpp.proxy.enabled", "false"), ("xmpp.socket.plain.port", "15222")];
        properties(&rows).apply_to_clients(&mut xmpp, &mut found, true);
        assert_eq!(found.c2s.value.map(|a| a.port()), Some(5222));
        assert_eq!((found.proxy.value, found.proxy.origin.as_str()), (None, "property xmpp.proxy.enabled"));
    }
}
