//! Whose certificates clients may log in with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cobnut_keystore::Keystore;
use cobnut_net::ClientCertificates;
use cobnut_openfire::home::{ConnectionKind, StoreKind, below_home, store_paths};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tracing::warn;

use super::Properties;

const POLICY: &str = "xmpp.client.cert.policy";
/// Certificates in PEM that count beside Openfire's trust store, in the node's folder.
const OWN_FILE: &str = "tls/clients.pem";

/// Whether clients are asked for certificates, and which are believed: `None` unless `xmpp.client.cert.policy` says so.
///
/// # Errors
/// They are required, and there is none to believe: nobody could log in, or everybody.
pub(crate) fn client_certificates(
    home: Option<&Path>,
    folder: &Path,
    properties: &Properties,
) -> Result<Option<ClientCertificates>> {
    let policy = properties.get(POLICY).map(str::to_ascii_lowercase);
    let are_required = match policy.as_deref() {
        None | Some("disabled") => return Ok(None),
        Some("wanted") => false,
        Some("needed") => true,
        // Not to ask would let everybody in whom a misspelled "needed" was to keep out.
        Some(other) => {
            bail!("the system property {POLICY} is {other}: it must be disabled, wanted or needed")
        }
    };
    let mut trusted = Vec::new();
    if let Some(home) = home {
        match of_home(home, |name| properties.get(name).map(str::to_owned)) {
            Ok(found) => trusted.extend(found),
            Err(reason) => warn!(
                reason,
                "the trust store for clients cannot be used; none of its certificates lets anybody in"
            ),
        }
    }
    trusted.extend(of_file(&folder.join(OWN_FILE))?);
    if trusted.is_empty() {
        warn!("clients are asked for certificates, but none is trusted; put authorities into {OWN_FILE}");
    }
    ClientCertificates::new(trusted, are_required).with_context(|| format!("obey {POLICY}")).map(Some)
}

/// What lies in Openfire's trust store for clients; nothing if there is none.
fn of_home(home: &Path, property: impl Fn(&str) -> Option<String>) -> Result<Vec<Vec<u8>>, String> {
    let settings = ConnectionKind::Client.store(StoreKind::Trust, property);
    let home = home.to_string_lossy();
    let mut places =
        store_paths(&settings.path).into_iter().map(|path| PathBuf::from(below_home(&home, &path)));
    let Some(path) = places.find(|path| path.is_file()) else { return Ok(Vec::new()) };
    let read = || -> Result<Vec<Vec<u8>>, String> {
        let bytes = fs::read(&path).map_err(|err| err.to_string())?;
        let store = Keystore::open(&bytes, &settings.password).map_err(|err| err.to_string())?;
        Ok(store.trusted().map(<[u8]>::to_vec).collect())
    };
    read().map_err(|reason| format!("{}: {reason}", path.display()))
}

fn of_file(path: &Path) -> Result<Vec<Vec<u8>>> {
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("read {}", path.display()))?;
    Ok(certificates.into_iter().map(|certificate| certificate.to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use cobnut_store::SystemProperty;

    use super::*;

    fn judge(policy: Option<&str>, folder: &Path) -> Result<Option<ClientCertificates>> {
        let row = policy.map(|value| SystemProperty {
            name: POLICY.to_owned(),
            value: Some(value.to_owned()),
            is_encrypted: false,
        });
        client_certificates(Some(folder), folder, &Properties::new(row.into_iter().collect()))
    }

    #[test]
    fn clients_are_asked_as_the_policy_says() {
        let folder = tempfile::tempdir().expect("folder");
        assert!(judge(None, folder.path()).expect("default").is_none());
        assert!(judge(Some("disabled"), folder.path()).expect("disabled").is_none());
        assert!(judge(Some("wanted"), folder.path()).expect("wanted").is_some());
        assert!(judge(Some("need"), folder.path()).is_err(), "not a policy");
        assert!(judge(Some("needed"), folder.path()).is_err(), "nothing is trusted");
        let generated = cobnut_net::tls::load_or_generate(folder.path(), "example.org");
        generated.expect("certificate");
        fs::copy(folder.path().join("tls/cert.pem"), folder.path().join(OWN_FILE)).expect("copy");
        assert!(judge(Some("needed"), folder.path()).expect("one is trusted").is_some());
        fs::write(folder.path().join(OWN_FILE), "-----BEGIN CERTIFICATE-----\nrubbish").expect("write");
        assert!(judge(Some("wanted"), folder.path()).is_err(), "a file that cannot be read");
    }
}
