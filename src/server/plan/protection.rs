//! `<ssl>` and `<symmetric-encryption>`: what links between members are protected with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_config::{Spanned, Ssl, SymmetricEncryption};
use cobnut_keystore::Keystore;
use cobnut_mesh::Protection;
use cobnut_net::{MemberTls, MemberTlsOptions, PeerCertificate};
use sha2::{Digest, Sha256};

use super::cluster_config::ClusterConfig;

/// What the file says about protection.
///
/// Relative paths of key stores count from the working directory, as in Java, and then from `home`, the Openfire home, where
/// Openfire's start script would have changed to.
pub(super) fn protection(config: &ClusterConfig, home: Option<&Path>) -> Result<Protection> {
    let network = &config.config.network;
    let mut protection = Protection::default();
    if *network.symmetric_encryption.enabled {
        protection.password = Some(password(&network.symmetric_encryption));
        protection.tls = Some(MemberTls::ephemeral().context("make a key for encrypted links")?);
    }
    if *network.ssl.enabled {
        protection.tls = Some(with_keystores(config, &network.ssl, home)?);
    }
    Ok(protection)
}

/// Everything of the block that members must share to understand each other.
fn password(block: &SymmetricEncryption) -> [u8; 32] {
    let mut digest = Sha256::new();
    let key = block.key.as_ref().map_or("", |key| key.value.as_str());
    let count = block.iteration_count.value.to_string();
    for part in [&block.algorithm.value, &block.salt.value, &block.password.value, &count, key] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().into()
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
}
