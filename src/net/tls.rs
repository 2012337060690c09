//! Server certificates: the operator's own, or one generated for the domain.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, SanType};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::ServerIdentity;

/// Why there is no usable certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read or written.
    #[error("access {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("read PEM from {path}: {reason}")]
    Pem {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A certificate for the domain could not be made.
    #[error("generate a certificate for {domain}")]
    Generate {
        /// The XMPP domain.
        domain: String,
        /// What the generator said.
        #[source]
        source: rcgen::Error,
    },
    /// Certificate and key do not work together.
    #[error("use the certificate")]
    Rustls(#[from] rustls::Error),
}

/// Loads `tls/cert.pem` and `tls/key.pem` below `data_dir`. If both are missing, generates a self-signed certificate for `domain` first.
pub fn load_or_generate(data_dir: &Path, domain: &str) -> Result<ServerIdentity, TlsError> {
    let folder = data_dir.join("tls");
    let (cert_path, key_path) = (folder.join("cert.pem"), folder.join("key.pem"));
    if !cert_path.exists() && !key_path.exists() {
        generate(&folder, &cert_path, &key_path, domain)?;
    }
    load(&cert_path, &key_path)
}

fn load(cert_path: &Path, key_path: &Path) -> Result<ServerIdentity, TlsError> {
    let certificates = CertificateDer::pem_file_iter(cert_path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|err| TlsError::Pem { path: cert_path.to_owned(), reason: err.to_string() })?;
    let key = PrivateKeyDer::from_pem_file(key_path)
        .map_err(|err| TlsError::Pem { path: key_path.to_owned(), reason: err.to_string() })?;
    Ok(ServerIdentity::new(certificates, key))
}

fn generate(folder: &Path, cert_path: &Path, key_path: &Path, domain: &str) -> Result<(), TlsError> {
    let generated = |source| TlsError::Generate { domain: domain.to_owned(), source };
    let key = KeyPair::generate().map_err(generated)?;
    let mut params = CertificateParams::new(vec![domain.to_owned()]).map_err(generated)?;
    // Group chat and other services live on subdomains.
    if domain.parse::<std::net::IpAddr>().is_err() {
        let wildcard = format!("*.{domain}").try_into().map_err(generated)?;
        params.subject_alt_names.push(SanType::DnsName(wildcard));
    }
    // Java clients that store the certificate as trusted want its issuer, which is itself, to be a CA.
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, domain);
    params.distinguished_name = name;
    let certificate = params.self_signed(&key).map_err(generated)?;

    fs::create_dir_all(folder).map_err(|source| TlsError::File { path: folder.to_owned(), source })?;
    write_private(key_path, &key.serialize_pem())?;
    fs::write(cert_path, certificate.pem())
        .map_err(|source| TlsError::File { path: cert_path.to_owned(), source })?;
    tracing::info!(domain, path = %cert_path.display(), "generated a self-signed certificate");
    Ok(())
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| TlsError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_generated_once_and_loaded_again() {
        let folder = tempfile::tempdir().expect("folder");
        load_or_generate(folder.path(), "example.net").expect("generate");
        let first = fs::read(folder.path().join("tls/cert.pem")).expect("cert");
        load_or_generate(folder.path(), "example.net").expect("load");
        assert_eq!(first, fs::read(folder.path().join("tls/cert.pem")).expect("cert"));
    }

    #[test]
    fn the_certificate_covers_the_domain_and_its_services() {
        let folder = tempfile::tempdir().expect("folder");
        load_or_generate(folder.path(), "example.net").expect("generate");
        let pem = CertificateDer::from_pem_file(folder.path().join("tls/cert.pem")).expect("cert");
        let (_, certificate) = x509_parser::parse_x509_certificate(&pem).expect("X.509");
        assert!(certificate.is_ca() && certificate.validity().is_valid());
        let names = certificate.subject_alternative_name().expect("readable").expect("present");
        let names: Vec<String> = names.value.general_names.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["DNSName(example.net)", "DNSName(*.example.net)"]);
    }

    #[test]
    fn a_broken_key_is_named() {
        let folder = tempfile::tempdir().expect("folder");
        load_or_generate(folder.path(), "example.net").expect("generate");
        fs::write(folder.path().join("tls/key.pem"), "rubbish").expect("write");
        let err = load_or_generate(folder.path(), "example.net").expect_err("broken");
        assert!(err.to_string().contains("key.pem"), "{err}");
    }
}
