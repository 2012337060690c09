//! Parameters of JDBC URLs: those that our driver has, those that mean nothing to it, and those that must not be ignored.

use super::JdbcError;

/// Which Java driver a URL is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Driver {
    MySql,
    MariaDb,
    Postgres,
}

/// A parameter of a JDBC URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Name as written.
    pub name: String,
    /// Value as written.
    pub value: String,
    /// What became of it.
    pub effect: ParameterEffect,
}

/// What becomes of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterEffect {
    /// It is obeyed.
    Obeyed,
    /// Known and without effect, for this reason.
    NoEffect(&'static str),
    /// Not known; without effect.
    Unknown,
}

/// Parameters for sqlx.
pub(super) struct Translated {
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) parameters: Vec<Parameter>,
}

const UNICODE: &str = "the connection always speaks UTF-8";
const TIME: &str = "Openfire stores times as numbers, so time zones play no part";
const SPEED: &str = "it tunes the Java driver";
const POOL: &str = "the pool has time limits of its own";
const KEY_EXCHANGE: &str = "the password is only sent encrypted";

/// Names in lower case, with the reason why they have no effect.
const NO_EFFECT: [(&str, &str); 42] = [
    ("characterencoding", UNICODE),
    ("charactersetresults", UNICODE),
    ("useunicode", UNICODE),
    ("connectioncollation", UNICODE),
    ("charset", UNICODE),
    ("servertimezone", TIME),
    ("connectiontimezone", TIME),
    ("forceconnectiontimezonetosession", TIME),
    ("timezone", TIME),
    ("usetimezone", TIME),
    ("uselegacydatetimecode", TIME),
    ("usejdbccomplianttimezoneshift", TIME),
    ("zerodatetimebehavior", TIME),
    ("rewritebatchedstatements", SPEED),
    ("rewritebatchedinserts", SPEED),
    ("rewritebatchedinsert", SPEED),
    ("cacheprepstmts", SPEED),
    ("prepstmtcachesize", SPEED),
    ("prepstmtcachesqllimit", SPEED),
    ("useserverprepstmts", SPEED),
    ("uselocalsessionstate", SPEED),
    ("cacheserverconfiguration", SPEED),
    ("cacheresultsetmetadata", SPEED),
    ("elidesetautocommits", SPEED),
    ("maintaintimestats", SPEED),
    ("usecompression", SPEED),
    ("preparethreshold", SPEED),
    ("defaultrowfetchsize", SPEED),
    ("tcpkeepalive", SPEED),
    ("tcpnodelay", SPEED),
    ("binarytransfer", SPEED),
    ("stringtype", SPEED),
    ("nullnamepatternmatchesall", SPEED),
    ("connecttimeout", POOL),
    ("sockettimeout", POOL),
    ("logintimeout", POOL),
    ("autoreconnect", "a broken connection is always replaced"),
    ("allowpublickeyretrieval", KEY_EXCHANGE),
    ("targetservertype", "there is one server"),
    ("loadbalancehosts", "there is one server"),
    ("failoverreadonly", "there is one server"),
    ("usealiasmetadatabehavior", SPEED),
];

/// Parameters that name something a Java program reads, which ours cannot.
const REFUSED: [(&str, &str); 7] = [
    (
        "trustcertificatekeystoreurl",
        "it names a Java key store; name the authority as a PEM file with --database and ssl-ca",
    ),
    ("clientcertificatekeystoreurl", "certificates for the database come from PEM files; use --database"),
    ("keystore", "certificates for the database come from PEM files; use --database"),
    ("truststore", "it names a Java key store; name the authority as a PEM file with --database and ssl-ca"),
    ("socketfactory", "it names a Java class; use --database with a plain host"),
    ("sslfactory", "it names a Java class; use sslmode instead"),
    ("authenticationplugins", "it names a Java class; log in with a password"),
];

pub(super) fn translate(driver: Driver, pairs: &[(String, String)]) -> Result<Translated, JdbcError> {
    let mut translated = Translated { query: Vec::new(), parameters: Vec::new() };
    for (name, value) in pairs {
        let lower = name.to_ascii_lowercase();
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == lower)
            && !value.is_empty()
        {
            return Err(JdbcError::Parameter { name: name.clone(), value: value.clone(), reason });
        }
        let effect = match lower.as_str() {
            "usessl"
            | "usetls"
            | "requiressl"
            | "verifyservercertificate"
            | "sslmode"
            | "ssl"
            | "trustservercertificate"
            | "disablesslhostnameverification" => ParameterEffect::Obeyed,
            "currentschema" if driver == Driver::Postgres => {
                translated.query.push(("options[search_path]", value.clone()));
                ParameterEffect::Obeyed
            }
            "sslrootcert" if driver == Driver::Postgres => {
                translated.query.push(("sslrootcert", value.clone()));
                ParameterEffect::Obeyed
            }
            "serversslcert" if driver == Driver::MariaDb => {
                translated.query.push(("ssl-ca", value.clone()));
                ParameterEffect::Obeyed
            }
            "applicationname" if driver == Driver::Postgres => {
                translated.query.push(("application_name", value.clone()));
                ParameterEffect::Obeyed
            }
            "options" if driver == Driver::Postgres => {
                translated.query.push(("options", value.clone()));
                ParameterEffect::Obeyed
            }
            _ => match NO_EFFECT.iter().find(|(known, _)| *known == lower) {
                Some((_, reason)) => ParameterEffect::NoEffect(reason),
                None => ParameterEffect::Unknown,
            },
        };
        translated.parameters.push(Parameter { name: name.clone(), value: value.clone(), effect });
    }
    if let Some(mode) = tls_mode(driver, pairs)? {
        translated
            .query
            .push((if driver == Driver::Postgres { "sslmode" } else { "ssl-mode" }, mode.to_owned()));
    }
    Ok(translated)
}

/// What the parameters say about TLS together; `None` leaves it to the default, which tries TLS and goes on without.
fn tls_mode(driver: Driver, pairs: &[(String, String)]) -> Result<Option<&'static str>, JdbcError> {
    let value = |wanted: &str| {
        pairs.iter().rfind(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    if let Some(mode) = value("sslMode") {
        let lower = mode.to_ascii_lowercase().replace('_', "-");
        let known = match (driver, lower.as_str()) {
            (Driver::Postgres, "disable") => "disable",
            (Driver::Postgres, "allow") => "allow",
            (Driver::Postgres, "prefer") => "prefer",
            (Driver::Postgres, "require") => "require",
            (Driver::Postgres, "verify-ca") => "verify-ca",
            (Driver::Postgres, "verify-full") => "verify-full",
            (_, "disable" | "disabled") => "DISABLED",
            (_, "preferred") => "PREFERRED",
            (_, "required" | "trust") => "REQUIRED",
            (_, "verify-ca") => "VERIFY_CA",
            (_, "verify-full" | "verify-identity") => "VERIFY_IDENTITY",
            _ => {
                let (name, value) = ("sslMode".to_owned(), mode.to_owned());
                return Err(JdbcError::Parameter { name, value, reason: "no such mode of TLS is known" });
            }
        };
        return Ok(Some(known));
    }
    // The switches are true without a value, as in `?ssl`.
    let is_on = |name| value(name).map(|value| value.is_empty() || value.eq_ignore_ascii_case("true"));
    if driver == Driver::Postgres {
        return Ok(is_on("ssl").map(|on| if on { "verify-full" } else { "disable" }));
    }
    let wanted = is_on("useSSL").or_else(|| is_on("useTls")).or_else(|| is_on("ssl"));
    let required = is_on("requireSSL") == Some(true);
    Ok(match wanted {
        Some(false) => Some("DISABLED"),
        None if driver == Driver::MySql && !required => None,
        _ if is_on("trustServerCertificate") == Some(true) => Some("REQUIRED"),
        // MariaDB's driver verifies whenever TLS is asked for; MySQL's only if told so.
        Some(true) if driver == Driver::MariaDb && is_on("disableSslHostnameVerification") == Some(true) => {
            Some("VERIFY_CA")
        }
        Some(true) if driver == Driver::MariaDb => Some("VERIFY_IDENTITY"),
        _ if is_on("verifyServerCertificate") == Some(true) => Some("VERIFY_CA"),
        _ if required => Some("REQUIRED"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::jdbc_to_sqlx;
    use super::*;

    fn query(jdbc: &str) -> String {
        let found = jdbc_to_sqlx(jdbc, None, None).unwrap().url;
        found.split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    }

    #[test]
    fn switches_of_tls() {
        let my = |parameters: &str| query(&format!("jdbc:mysql://h/d?{parameters}"));
        assert_eq!(my("useSSL=false"), "ssl-mode=DISABLED");
        assert_eq!(my("useSSL=true"), "");
        assert_eq!(my("useSSL=true&requireSSL=true"), "ssl-mode=REQUIRED");
        assert_eq!(my("requireSSL=TRUE"), "ssl-mode=REQUIRED");
        assert_eq!(my("useSSL=true&verifyServerCertificate=true"), "ssl-mode=VERIFY_CA");
        assert_eq!(my("sslMode=VERIFY_IDENTITY&useSSL=false"), "ssl-mode=VERIFY_IDENTITY");
        assert_eq!(my("sslMode=DISABLED"), "ssl-mode=DISABLED");
        assert_eq!(my("serverTimezone=UTC"), "");
        let maria = |parameters: &str| query(&format!("jdbc:mariadb://h/d?{parameters}"));
        assert_eq!(maria("useSsl=true"), "ssl-mode=VERIFY_IDENTITY");
        assert_eq!(maria("useSsl=true&trustServerCertificate=true"), "ssl-mode=REQUIRED");
        assert_eq!(
            maria("sslMode=verify-ca&serverSslCert=/etc/ca.pem"),
            "ssl-ca=%2Fetc%2Fca.pem&ssl-mode=VERIFY_CA"
        );
        assert_eq!(maria("sslMode=trust"), "ssl-mode=REQUIRED");
        let pg = |parameters: &str| query(&format!("jdbc:postgresql://h/d?{parameters}"));
        assert_eq!(pg("sslmode=require&sslrootcert=ca.pem"), "sslrootcert=ca.pem&sslmode=require");
        assert_eq!(pg("ssl"), "sslmode=verify-full");
        assert_eq!(pg("ssl=false&ApplicationName=of"), "application_name=of&sslmode=disable");
    }

    #[test]
    fn every_parameter_is_accounted_for() {
        let jdbc = "jdbc:mysql://h/d?rewriteBatchedStatements=true&characterSetResults=UTF-8&useSSL=true&serverTimezone=Europe/Berlin&nonsense=1";
        let found = jdbc_to_sqlx(jdbc, None, None).unwrap();
        let effects: Vec<_> = found.parameters.iter().map(|p| (p.name.as_str(), p.effect)).collect();
        let expected = [
            ("rewriteBatchedStatements", ParameterEffect::NoEffect(SPEED)),
            ("characterSetResults", ParameterEffect::NoEffect(UNICODE)),
            ("useSSL", ParameterEffect::Obeyed),
            ("serverTimezone", ParameterEffect::NoEffect(TIME)),
            ("nonsense", ParameterEffect::Unknown),
        ];
        assert_eq!(effects, expected);
    }

    #[test]
    fn java_classes_and_stores_are_refused() {
        for parameter in ["trustCertificateKeyStoreUrl=file:/x", "sslfactory=a.B", "sslMode=maybe"] {
            let error = jdbc_to_sqlx(&format!("jdbc:mysql://h/d?{parameter}"), None, None).unwrap_err();
            assert!(matches!(error, JdbcError::Parameter { .. }), "{error}");
        }
    }
}
