//! Failed handshakes between members in words that tell an operator what to do.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// Why two members could not agree on TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsRefusal {
    /// What is wrong, and what to do about it.
    pub reason: String,
    /// True when the other end said so, false when this node does not want the other.
    pub is_by_peer: bool,
}

impl TlsRefusal {
    /// Reads the error of a handshake, or of the first read after it: with TLS 1.3 whoever dials hears only then what became of
    /// his certificate. `None` for a connection that broke, and for somebody who speaks no TLS at all.
    pub fn of(error: &io::Error) -> Option<Self> {
        let error = error.get_ref()?.downcast_ref::<Error>()?;
        let (is_by_peer, advice) = match error {
            Error::InvalidCertificate(error) => (false, of_certificate(error)),
            Error::NoCertificatesPresented => (
                false,
                "it shows no certificate, and mutualAuthentication is REQUIRED in this node's <ssl>; give it a keyStore",
            ),
            Error::NoApplicationProtocol => (false, OTHER_KIND),
            Error::PeerIncompatible(_) => (
                false,
                "it has no version or cipher of TLS in common with this node; compare protocol in <ssl>",
            ),
            Error::AlertReceived(alert) => (true, of_alert(*alert)?),
            _ => return None,
        };
        Some(Self { reason: format!("{advice} ({error})"), is_by_peer })
    }
}

/// Said on both sides when the two kinds of encryption meet.
const OTHER_KIND: &str = "one of the two nodes has <ssl> with key stores in its file, and the other the encryption that needs no \
                          setting; write the same <ssl> on every node, or on none";

fn of_certificate(error: &CertificateError) -> &'static str {
    match error {
        // The other authority may have the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "nothing in this node's trustStore vouches for its certificate; import that, or the certificate of its authority"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired; renew it, or correct the clocks"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; correct the clocks of both machines"
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "its certificate is not made for TLS servers; members need serverAuth and clientAuth as extended key usage"
        }
        _ => "its certificate is not accepted; look at it with keytool -list -v",
    }
}

fn of_alert(alert: AlertDescription) -> Option<&'static str> {
    Some(match alert {
        AlertDescription::UnknownCA
        | AlertDescription::BadCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::AccessDenied
        | AlertDescription::DecryptError => {
            "it does not accept this node's certificate; import that, or the certificate of its authority, into the trustStore there"
        }
        AlertDescription::NoApplicationProtocol => OTHER_KIND,
        AlertDescription::CertificateExpired => {
            "this node's certificate has expired; renew it in the keyStore, or correct the clocks"
        }
        AlertDescription::CertificateRequired => {
            "it wants a certificate and this node shows none; give this node a keyStore in <ssl>"
        }
        AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure => {
            "it has no version or cipher of TLS in common with this node; compare protocol in <ssl>"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: Error) -> Option<(bool, String)> {
        let refusal = TlsRefusal::of(&io::Error::new(io::ErrorKind::InvalidData, error))?;
        Some((refusal.is_by_peer, refusal.reason))
    }

    #[test]
    fn both_sides_learn_what_to_do() {
        let cases = [
            (Error::InvalidCertificate(CertificateError::UnknownIssuer), false, "this node's trustStore"),
            (Error::InvalidCertificate(CertificateError::Expired), false, "has expired"),
            (Error::NoCertificatesPresented, false, "mutualAuthentication"),
            (Error::AlertReceived(AlertDescription::UnknownCA), true, "trustStore there"),
            (
                Error::AlertReceived(AlertDescription::CertificateExpired),
                true,
                "this node's certificate has expired",
            ),
            (Error::AlertReceived(AlertDescription::CertificateRequired), true, "keyStore"),
            (Error::NoApplicationProtocol, false, "the same <ssl> on every node"),
            (
                Error::AlertReceived(AlertDescription::NoApplicationProtocol),
                true,
                "the same <ssl> on every node",
            ),
        ];
        for (error, by_peer, part) in cases {
            let (is_by_peer, reason) = told(error.clone()).unwrap();
            assert_eq!(is_by_peer, by_peer, "{error}");
            assert!(reason.contains(part), "{reason}");
        }
        assert_eq!(told(Error::AlertReceived(AlertDescription::CloseNotify)), None);
        assert_eq!(TlsRefusal::of(&io::ErrorKind::ConnectionReset.into()), None);
    }
}
