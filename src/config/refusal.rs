//! What a running server cannot obey.

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::elements::{self, Effect};
use crate::{Config, Joiner, JoinerKind};

/// Everything for which a server must not start: it would obey the file differently from what it says.
///
/// Each finding is an error that names the element. Empty for a file that can be run; mistakes that Hazelcast itself
/// tolerates are not in here.
pub fn refusals(config: &Config) -> Vec<Diagnostic> {
    let mut found = config.reading_errors.clone();
    let is_refused = |joiner: &&Joiner| *joiner.enabled && joiner.used_dns().is_none();
    for joiner in config.network.join.others.iter().filter(is_refused) {
        let name = joiner.kind.name();
        let place = config.sources.location(joiner.enabled.span.unwrap_or(joiner.name_span));
        found.push(
            Diagnostic::new(
                "unsupported-joiner",
                Severity::Error,
                place,
                format!("the joiner `<{name}>` is enabled, but cobnut does not have it"),
            )
            .here("enabled here")
            .note(refused(&joiner_path(joiner.kind)).unwrap_or(KUBERNETES_ITSELF))
            .help(instead(joiner.kind)),
        );
    }
    for block in &config.unused {
        let Some(enabled) = block.enabled.filter(|enabled| enabled.value) else { continue };
        if let Some(why) = refused(&block.path) {
            let name = block.name();
            found.push(
                Diagnostic::new(
                    "unsupported-block",
                    Severity::Error,
                    config.sources.location(enabled.span),
                    format!("`<{name}>` is enabled, but cobnut does not have it"),
                )
                .here("enabled here")
                .note(why)
                .help(format!("set `enabled=\"false\"` on `<{name}>`, or remove it")),
            );
        }
    }
    found.extend(foreign_tls(config));
    found
}

/// What to write in the place of a joiner.
fn instead(kind: JoinerKind) -> String {
    let name = kind.name();
    let strategy = " (a strategy for Kubernetes: `<kubernetes enabled=\"true\">` with a `<service-dns>`)";
    let besides = match kind {
        JoinerKind::Kubernetes => {
            return "write `<service-dns>` with the name of a headless service, whose addresses are the members'; or set \
                    `<kubernetes enabled=\"false\">`: nodes on one database find each other by it"
                .to_owned();
        }
        JoinerKind::DiscoveryStrategy => strategy,
        JoinerKind::Aws | JoinerKind::Gcp | JoinerKind::Azure | JoinerKind::Eureka => "",
    };
    format!(
        "set `<{name} enabled=\"false\">`: nodes on one database find each other by it; or list the members in \
         `<tcp-ip enabled=\"true\">`{besides}"
    )
}

const KUBERNETES_ITSELF: &str = "without a name of DNS it asks Kubernetes' own interface, which cobnut does not; the node would look for no other member";
const UNTRUSTED: &str =
    "it decides how members talk or whom they trust, so the node does not start without it";

/// Why the table of elements refuses what stands at a path.
fn refused(path: &str) -> Option<&'static str> {
    match elements::element(path)?.effect {
        Effect::Refused(why) => Some(why),
        Effect::Obeyed | Effect::NoEffect(_) => None,
    }
}

fn joiner_path(kind: JoinerKind) -> String {
    let name = kind.name();
    match kind {
        JoinerKind::DiscoveryStrategy => format!("hazelcast/network/join/discovery-strategies/{name}"),
        _ => format!("hazelcast/network/join/{name}"),
    }
}

/// TLS by a class of somebody else, or without a key store to take the key from.
fn foreign_tls(config: &Config) -> Option<Diagnostic> {
    let ssl = &config.network.ssl;
    let enabled = ssl.enabled.span.filter(|_| *ssl.enabled)?;
    let finding = |span, message: String| {
        Diagnostic::new("unsupported-block", Severity::Error, config.sources.location(span), message)
    };
    if let Some(class) = &ssl.factory_class_name
        && !OWN_FACTORIES.iter().any(|own| class.value.ends_with(own))
    {
        let message =
            format!("`<ssl>` takes its keys from the class {}, which cobnut does not have", class.value);
        return Some(
            finding(class.span, message).note(UNTRUSTED).help(
                "name a key store in the properties `keyStore` and `keyStorePassword`, without a class",
            ),
        );
    }
    if ssl.properties.value("keyStore").is_none() {
        return Some(
            finding(enabled, "`<ssl>` is enabled and names no key store".to_owned())
                .here("enabled here")
                .note("Hazelcast takes the one that the Java process was started with, which a file does not tell")
                .help("add the properties `keyStore` and `keyStorePassword`"),
        );
    }
    None
}

/// Hazelcast's own factories, which read key stores.
const OWN_FACTORIES: [&str; 2] = ["BasicSSLContextFactory", "OpenSSLEngineFactory"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use cobnut_diagnostics::Source;

    fn refused(fragment: &str) -> Vec<(&'static str, String)> {
        let (config, _) = parse(&Source::new("t.xml", fragment));
        refusals(&config.unwrap())
            .iter()
            .map(|found| (found.rule(), found.location().text().to_owned()))
            .collect()
    }

    #[test]
    fn only_what_cannot_be_obeyed_is_refused() {
        assert_eq!(
            refused("<join><aws enabled='false'/><gcp/><multicast enabled='false'/></join><port/>"),
            []
        );
        assert_eq!(
            refused("<join><tcp-ip enabled='true'><member>192.168.5:1:5701</member></tcp-ip></join>"),
            []
        );
        let both =
            "<join><multicast enabled='true'/><tcp-ip enabled='true'><member>a</member></tcp-ip></join>";
        assert_eq!(refused(both), []);
        assert_eq!(refused("<join><multicast enabled='true'/></join>"), []);
        let service = "<service-dns>cobnut.example.svc.cluster.local</service-dns>";
        assert_eq!(refused(&format!("<join><kubernetes enabled='true'>{service}</kubernetes></join>")), []);
        assert_eq!(refused("<join/><symmetric-encryption enabled='true'/>"), []);
        let store = "<properties><property name='keyStore'>k.jks</property></properties>";
        assert_eq!(refused(&format!("<ssl enabled='true'>{store}</ssl><join/>")), []);
        let class = "<factory-class-name>org.example.Mine</factory-class-name>";
        assert_eq!(
            refused(&format!("<ssl enabled='true'>{class}{store}</ssl><join/>")),
            [("unsupported-block", "org.example.Mine".to_owned())]
        );
        assert_eq!(refused("<ssl enabled='false'/><join/><rest-api enabled='true'/>"), []);
        let cases = [
            ("<join><aws enabled='true'/></join>", "unsupported-joiner"),
            (
                "<join><discovery-strategies><discovery-strategy class='x' enabled='TRUE'/></discovery-strategies></join>",
                "unsupported-joiner",
            ),
            ("<join><gcp enabled='true'/></join>", "unsupported-joiner"),
            ("<join><azure enabled='true'/></join>", "unsupported-joiner"),
            ("<join><eureka enabled='true'/></join>", "unsupported-joiner"),
            // Without a name of DNS it would ask Kubernetes itself.
            (
                "<join><kubernetes enabled='true'><service-name>x</service-name></kubernetes></join>",
                "unsupported-joiner",
            ),
            (
                "<join><kubernetes enabled='true'><service-dns> </service-dns></kubernetes></join>",
                "unsupported-joiner",
            ),
            ("<ssl enabled='true'/><join/>", "unsupported-block"),
            ("<hazelcast><advanced-network enabled='true'/></hazelcast>", "unsupported-block"),
            ("<hazelcast><security enabled='true'/></hazelcast>", "unsupported-block"),
            ("<socket-interceptor enabled='true'/><port/>", "unsupported-block"),
        ];
        for (text, rule) in cases {
            let found = refused(text);
            assert_eq!(found.iter().map(|(rule, _)| *rule).collect::<Vec<_>>(), [rule], "{text}");
            assert!(found.iter().all(|(_, place)| place.eq_ignore_ascii_case("true")), "{text}: {found:?}");
        }
    }

    #[test]
    fn each_joiner_of_a_cloud_is_refused_with_what_to_write_instead() {
        for (name, instead) in [
            ("aws", "`<tcp-ip enabled=\"true\">`"),
            ("gcp", "`<tcp-ip enabled=\"true\">`"),
            ("azure", "`<tcp-ip enabled=\"true\">`"),
            ("eureka", "`<tcp-ip enabled=\"true\">`"),
            ("kubernetes", "`<service-dns>`"),
            ("discovery-strategy", "`<service-dns>`"),
        ] {
            let joiner = format!("<{name} class='x' enabled='true'/>");
            let joiner = if name == "discovery-strategy" {
                format!("<discovery-strategies>{joiner}</discovery-strategies>")
            } else {
                joiner
            };
            let (config, _) = parse(&Source::new("t.xml", format!("<join>{joiner}</join>")));
            let found = refusals(&config.unwrap());
            let advice: Vec<&str> = found.iter().flat_map(Diagnostic::advice).map(String::as_str).collect();
            let [advice] = advice[..] else { panic!("{name}: {advice:?}") };
            for said in
                [instead, &format!("<{name} enabled=\"false\">"), "nodes on one database find each other"]
            {
                assert!(advice.contains(said), "{name}: `{said}` is not in: {advice}");
            }
            assert!(found[0].message().contains(&format!("`<{name}>`")) && !found[0].notes().is_empty());
        }
    }
}
