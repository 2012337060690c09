//! What links between members are protected with: TLS that nobody has to set up, or what `<ssl>`, `<symmetric-encryption>` and
//! the group's password say.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_config::{Config, SchemaLocation, Spanned, Ssl};
use cobnut_keystore::Keystore;
use cobnut_mesh::Protection;
use cobnut_net::{MemberTls, MemberTlsOptions, PeerCertificate};
use sha2::{Digest, Sha256};

use super::cluster_config::ClusterConfig;

/// Up to this version of its schema, Hazelcast compared the passwords of groups.
const LAST_WITH_GROUP_PASSWORD: (u32, u32) = (3, 7);

/// TLS on every link unless `is_clear`, and what the file adds to it.
///
/// Relative paths of key stores count from the working directory, as in Java, and then from `home`, the Openfire home, where
/// Openfire's start script would have changed to.
pub(super) fn protection(config: &ClusterConfig, home: Option<&Path>, is_clear: bool) -> Result<Protection> {
    let network = &config.config.network;
    let password = password(&config.config);
    if *network.ssl.enabled {
        let tls = with_keystores(config, &network.ssl, home)?;
        return Ok(Protection { tls: Some(tls), password, ..Protection::default() });
    }
    if is_clear && !*network.symmetric_encryption.enabled {
        return Ok(Protection { tls: None, password, ..Protection::default() });
    }
    let tls = MemberTls::ephemeral().context("make a key for encrypted links")?;
    Ok(Protection { tls: Some(tls), password, ..Protection::default() })
}

/// What members must share beside the database: `<symmetric-encryption>`, and the password of the group in a file for a
/// Hazelcast that compared it.
fn password(config: &Config) -> Option<[u8; 32]> {
    let mut parts: Vec<&str> = Vec::new();
    let block = &config.network.symmetric_encryption;
    let count = block.iteration_count.value.to_string();
    if *block.enabled {
        let key = block.key.as_ref().map_or("", |key| key.value.as_str());
        parts.extend([
            block.algorithm.value.as_str(),
            block.salt.value.as_str(),
            block.password.value.as_str(),
            count.as_str(),
            key,
        ]);
    }
    let version = config.schema_location.as_ref().and_then(SchemaLocation::version);
    if let Some(password) = config
        .group_password
        .as_ref()
        .filter(|_| version.is_some_and(|version| version <= LAST_WITH_GROUP_PASSWORD))
    {
        parts.extend(["group", password.value.as_str()]);
    }
    if parts.is_empty() {
        return None;
    }
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    Some(digest.finalize().into())
}

fn with_keystores(config: &ClusterConfig, ssl: &Ssl, home: Option<&Path>) -> Result<MemberTls> {
    let property = |name: &str| ssl.properties.value(name);
    let text = |name: &str| property(name).map(|value| value.value.trim().to_owned()).unwrap_or_default();
    let own = property("keyStore").with_context(|| {
        let at = ssl.span.map_or(String::new(), |span| config.place(span));
        format!("{at}: <ssl> names no keyStore, and this node cannot encrypt its links without a key")
    })?;
    let own_store = open(config, own, &text("keyStorePassword"), home)?;
    let Some((key, chain)) = own_store.private_key() else {
        bail!(
            "{}: the key store {} holds no private key that its password opens",
            config.place(own.span),
            own.value
        );
    };
    let trusted = match property("trustStore") {
        Some(trust) => {
            let store = open(config, trust, &text("trustStorePassword"), home)?;
            store.trusted().map(<[u8]>::to_vec).collect()
        }
        // Java falls back to the certificates of its own installation; members trust each other's by the key store alone.
        None => own_store.trusted().map(<[u8]>::to_vec).chain(chain.iter().cloned()).collect(),
    };
    let peer_certificate = match text("mutualAuthentication").to_ascii_uppercase().as_str() {
        "REQUIRED" => PeerCertificate::Required,
        "OPTIONAL" => PeerCertificate::Optional,
        _ => PeerCertificate::NotAsked,
    };
    let protocol = text("protocol");
    let options = MemberTlsOptions {
        chain: chain.to_vec(),
        key: key.to_vec(),
        trusted,
        peer_certificate,
        has_tls12: protocol != "TLSv1.3",
    };
    MemberTls::new(options)
        .with_context(|| format!("{}: use the key store {}", config.place(own.span), own.value))
}

fn open(
    config: &ClusterConfig,
    path: &Spanned<String>,
    password: &str,
    home: Option<&Path>,
) -> Result<Keystore> {
    let (name, at) = (path.value.trim(), config.place(path.span));
    let found = find(name, home).with_context(|| {
        let looked = home.map_or(String::new(), |home| format!(" or in {}", home.display()));
        format!(
            "{at}: there is no key store {name} in the working directory{looked}; write its absolute path, or switch <ssl> off \
             on every node"
        )
    })?;
    let bytes = fs::read(&found).with_context(|| {
        format!("{at}: read the key store {}; let the account of this node read it", found.display())
    })?;
    Keystore::open(&bytes, password).with_context(|| {
        format!("{at}: open the key store {}; try it with keytool -list -keystore", found.display())
    })
}

fn find(name: &str, home: Option<&Path>) -> Option<PathBuf> {
    let candidates = [Some(PathBuf::from(name)), home.map(|home| home.join(name))];
    candidates.into_iter().flatten().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use cobnut_config::parse;
    use cobnut_diagnostics::Source;

    use super::*;

    #[test]
    fn a_relative_key_store_is_looked_for_in_the_home_too() {
        let home = tempfile::tempdir().expect("folder");
        let store = home.path().join("member-of-a-test.p12");
        fs::write(&store, "x").expect("write");
        assert_eq!(find("member-of-a-test.p12", Some(home.path())), Some(store.clone()));
        assert_eq!(find("member-of-a-test.p12", None), None);
        let absolute = store.display().to_string();
        assert_eq!(find(&absolute, None), Some(store));
        assert_eq!(find("", Some(home.path())), None, "a folder is no key store");
    }

    fn password_of(schema: &str, blocks: &str) -> Option<[u8; 32]> {
        let text = format!(
            "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:schemaLocation=\"http://www.hazelcast.com/schema/config hazelcast-config-{schema}.xsd\">{blocks}</hazelcast>"
        );
        password(&parse(&Source::new("hazelcast.xml", text)).0.expect("a configuration"))
    }

    #[test]
    fn a_groups_password_counts_where_hazelcast_compared_it() {
        let group = |password: &str| format!("<group><name>a</name><password>{password}</password></group>");
        let old = password_of("3.7", &group("x"));
        assert!(old.is_some());
        assert_eq!(old, password_of("2.5", &group("x")));
        assert_ne!(old, password_of("3.7", &group("y")));
        assert_eq!(password_of("3.8", &group("x")), None);
        assert_eq!(password_of("3.7", "<group><name>a</name></group>"), None);
    }

    #[test]
    fn symmetric_encryption_adds_a_secret_of_its_own() {
        let block = |enabled: bool, password: &str| {
            format!(
                "<network><symmetric-encryption enabled=\"{enabled}\"><password>{password}</password>\
                 </symmetric-encryption></network>"
            )
        };
        let one = password_of("3.12", &block(true, "x"));
        assert!(one.is_some());
        assert_ne!(one, password_of("3.12", &block(true, "y")));
        assert_eq!(password_of("3.12", &block(false, "x")), None);
        let group = "<group><password>g</password></group>";
        assert_ne!(one, password_of("3.7", &format!("{group}{}", block(true, "x"))));
    }
}
