//! How a failure is told to the operator: its causes without repetitions, and what to do about it.

use std::io;

use cobnut_store::StoreError;

/// The causes of an error, outermost first.
pub(crate) fn causes(err: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in err.chain() {
        let text = cause.to_string();
        // Libraries that name their source in their own text would say it twice.
        if told.ends_with(&text) {
            continue;
        }
        if !told.is_empty() {
            told.push_str(": ");
        }
        told.push_str(&text);
    }
    told
}

/// What can be done about an error whose text does not say it.
pub(crate) fn advice(err: &anyhow::Error) -> Option<&'static str> {
    err.chain().find_map(|cause| {
        if let Some(err) = cause.downcast_ref::<StoreError>() {
            return err.advice();
        }
        match cause.downcast_ref::<io::Error>()?.kind() {
            io::ErrorKind::AddrInUse => Some(
                "another program has this port: a second node, or an Openfire that still runs? Stop it, or choose \
                 another port (--c2s-port, --console-port, --mesh-port) or address (--bind)",
            ),
            io::ErrorKind::AddrNotAvailable => {
                Some("this machine has no such address; correct --bind or the configuration")
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("talk to the database: {source}")]
    struct Repeating {
        source: io::Error,
    }

    #[test]
    fn causes_that_repeat_their_source_are_told_once() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "refused");
        let err = anyhow::Error::new(Repeating { source: refused }).context("start");
        assert_eq!(causes(&err), "start: talk to the database: refused");
        assert_eq!(advice(&err), None);
    }

    #[test]
    fn a_port_in_use_and_a_foreign_address_come_with_advice() {
        let check = |kind: io::ErrorKind, word: &str| {
            let err = anyhow::Error::new(io::Error::from(kind)).context("bind the client port");
            assert!(advice(&err).is_some_and(|advice| advice.contains(word)), "{kind}");
        };
        check(io::ErrorKind::AddrInUse, "--c2s-port");
        check(io::ErrorKind::AddrNotAvailable, "--bind");
    }
}
