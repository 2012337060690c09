//! From "before" and "after" of one session's availability to the duties of the server.

/// A session's availability, given as its priority, before and after a presence stanza.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresenceChange {
    /// Priority before; `None` while unavailable.
    pub before: Option<i8>,
    /// Priority afterwards; `None` for unavailable.
    pub after: Option<i8>,
}

/// What the server has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent duties, not a state")]
pub struct PresenceEffects {
    /// Tell subscribers and the account's other resources.
    pub is_broadcast: bool,
    /// Tell the session the presence of its contacts, and hand it waiting subscription requests (§4.2.2, §3.1.3).
    pub is_informed: bool,
    /// Hand the session the messages that waited (XEP-0160): it can take messages now and could not before.
    pub gets_offline_messages: bool,
    /// Tell the entities that got directed presence (§4.6.3).
    pub ends_directed: bool,
}

/// The duties that a change brings.
pub fn effects_of(change: PresenceChange) -> PresenceEffects {
    let takes_messages = |priority: Option<i8>| priority.is_some_and(|priority| priority >= 0);
    match (change.before, change.after) {
        // Unavailable twice: only directed presence can be left to end.
        (None, None) => PresenceEffects { ends_directed: true, ..PresenceEffects::default() },
        (Some(_), None) => {
            PresenceEffects { is_broadcast: true, ends_directed: true, ..PresenceEffects::default() }
        }
        (before, Some(_)) => PresenceEffects {
            is_broadcast: true,
            is_informed: before.is_none(),
            gets_offline_messages: takes_messages(change.after) && !takes_messages(before),
            ends_directed: false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duties() {
        // broadcast, informed, offline, directed
        let table = [
            (None, None, [false, false, false, true]),
            (None, Some(0), [true, true, true, false]),
            (None, Some(-1), [true, true, false, false]),
            (Some(-1), Some(5), [true, false, true, false]),
            (Some(0), Some(5), [true, false, false, false]),
            (Some(5), Some(-1), [true, false, false, false]),
            (Some(5), None, [true, false, false, true]),
            (Some(-1), None, [true, false, false, true]),
        ];
        for (before, after, expected) in table {
            let effects = effects_of(PresenceChange { before, after });
            assert_eq!(
                [
                    effects.is_broadcast,
                    effects.is_informed,
                    effects.gets_offline_messages,
                    effects.ends_directed
                ],
                expected,
                "{before:?} {after:?}"
            );
        }
    }
}
