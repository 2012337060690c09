//! Where a stanza goes by its `to` attribute (RFC 6120 §8.1.1, RFC 6121 §8).

use jid::{BareJid, FullJid, Jid};

/// What an address means to this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// The served domain itself.
    Server,
    /// A resource of the domain; there are none.
    ServerResource,
    /// An account of this domain.
    Account(BareJid),
    /// A session of an account of this domain.
    Session(FullJid),
    /// Any other domain, sub-domains of ours included.
    Foreign(Jid),
}

/// Classifies an address. `domain` is the served domain.
pub fn destination(to: &str, domain: &str) -> Result<Destination, jid::Error> {
    let jid = Jid::new(to)?;
    if jid.domain().as_str() != domain {
        return Ok(Destination::Foreign(jid));
    }
    Ok(match (jid.node().is_some(), jid.try_into_full()) {
        (false, Ok(_)) => Destination::ServerResource,
        (false, Err(_)) => Destination::Server,
        (true, Ok(full)) => Destination::Session(full),
        (true, Err(bare)) => Destination::Account(bare),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let check = |to: &str| destination(to, "example.net").ok();
        assert_eq!(check("example.net"), Some(Destination::Server));
        assert_eq!(check("EXAMPLE.net"), Some(Destination::Server));
        assert_eq!(check("example.net/x"), Some(Destination::ServerResource));
        assert_eq!(
            check("Romeo@example.net"),
            Some(Destination::Account("romeo@example.net".parse().unwrap()))
        );
        assert_eq!(
            check("romeo@example.net/A"),
            Some(Destination::Session("romeo@example.net/A".parse().unwrap()))
        );
        assert_eq!(
            check("conference.example.net"),
            Some(Destination::Foreign("conference.example.net".parse().unwrap()))
        );
        for bad in ["", "@", "a@", "@example.net", "a b@example.net", "a@example.net/"] {
            assert_eq!(check(bad), None, "{bad}");
        }
    }
}
