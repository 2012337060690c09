//! What a running server cannot obey.

use cobnut_diagnostics::{Diagnostic, Severity};

use crate::elements::{self, Effect};
use crate::{Config, JoinerKind};

/// Everything for which a server must not start: it would obey the file differently from what it says.
///
/// Each finding is an error that names the element. Empty for a file that can be run; mistakes that Hazelcast itself
/// tolerates are not in here.
pub fn refusals(config: &Config) -> Vec<Diagnostic> {
    let mut found = config.reading_errors.clone();
    for joiner in config.network.join.others.iter().filter(|joiner| *joiner.enabled) {
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
            .note(refused(&joiner_path(joiner.kind)).unwrap_or(UNTRUSTED))
            .help(format!(
                "list the members in `<tcp-ip enabled=\"true\">` and set `<{name} enabled=\"false\">`"
            )),
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
}
