//! EXTERNAL with a certificate (RFC 6120 §6.3.4, XEP-0178).

use super::{SaslFailure, prepare_username};

/// The accounts of `domain` among the names in a certificate, prepared, each once.
pub fn accounts_of_certificate(names: &[String], domain: &str) -> Vec<String> {
    let mut accounts: Vec<String> =
        names.iter().filter_map(|name| prepare_username(name, domain).ok()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// The account that a client logs in to: the one that it names, if its certificate does, too, or else the only one that
/// its certificate names (XEP-0178 §3).
pub fn external_account(message: &[u8], accounts: &[String], domain: &str) -> Result<String, SaslFailure> {
    let authzid = std::str::from_utf8(message).map_err(|_| SaslFailure::MalformedRequest)?;
    if authzid.is_empty() {
        return match accounts {
            [account] => Ok(account.clone()),
            _ => Err(SaslFailure::InvalidAuthzid),
        };
    }
    let named = prepare_username(authzid, domain).map_err(|_| SaslFailure::InvalidAuthzid)?;
    if accounts.contains(&named) { Ok(named) } else { Err(SaslFailure::InvalidAuthzid) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "example.org";

    #[test]
    fn names_of_other_domains_are_nobodys() {
        let names = ["Ann@example.org", "ann", "bob@example.net", "Example CA", ""].map(str::to_owned);
        assert_eq!(accounts_of_certificate(&names, DOMAIN), ["ann"]);
    }

    #[test]
    fn a_client_is_whom_its_certificate_names() {
        let accounts =
            |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        for (message, names, expected) in [
            (&b""[..], &["ann"][..], Ok("ann")),
            (b"ann@example.org", &["ann"], Ok("ann")),
            (b"Ann", &["ann", "bob"], Ok("ann")),
            (b"", &["ann", "bob"], Err(SaslFailure::InvalidAuthzid)),
            (b"", &[], Err(SaslFailure::InvalidAuthzid)),
            (b"bob", &["ann"], Err(SaslFailure::InvalidAuthzid)),
            (b"ann@example.net", &["ann"], Err(SaslFailure::InvalidAuthzid)),
            (b"\xff", &["ann"], Err(SaslFailure::MalformedRequest)),
        ] {
            let found = external_account(message, &accounts(names), DOMAIN);
            assert_eq!(found, expected.map(str::to_owned), "{message:?} {names:?}");
        }
    }
}
