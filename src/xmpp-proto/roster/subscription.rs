//! The subscription state machine of RFC 6121, Appendix A.
//!
//! A state is a subscription and two pending flags. Invariant: nothing is pending in a direction that is subscribed.

use cobnut_model::Subscription;

/// The four stanzas that manage subscriptions (RFC 6121 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionStanza {
    /// The sender wants to see the recipient's presence.
    Subscribe,
    /// The sender lets the recipient see its presence.
    Subscribed,
    /// The sender no longer wants to see the recipient's presence.
    Unsubscribe,
    /// The sender denies or cancels the recipient's subscription.
    Unsubscribed,
}

impl SubscriptionStanza {
    /// The value of `type`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Subscribed => "subscribed",
            Self::Unsubscribe => "unsubscribe",
            Self::Unsubscribed => "unsubscribed",
        }
    }
}

/// A state of RFC 6121 §A.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SubscriptionState {
    /// Who sees whom.
    pub subscription: Subscription,
    /// The user asked and the contact has not answered.
    pub is_pending_out: bool,
    /// The contact asked and the user has not answered.
    pub is_pending_in: bool,
}

/// What to do with a stanza that the user sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outbound {
    /// Whether it is routed to the contact.
    pub is_routed: bool,
    /// The state afterwards.
    pub state: SubscriptionState,
}

/// What to do with a stanza that arrives from the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inbound {
    /// Whether the user's resources get it.
    pub is_delivered: bool,
    /// Whether the server answers `subscribed` because the contact has the subscription already (§3.1.3).
    pub is_confirmed: bool,
    /// The state afterwards.
    pub state: SubscriptionState,
}

fn subscription(to: bool, from: bool) -> Subscription {
    match (to, from) {
        (false, false) => Subscription::None,
        (true, false) => Subscription::To,
        (false, true) => Subscription::From,
        (true, true) => Subscription::Both,
    }
}

/// Handles a stanza from the user (§A.2).
pub fn outbound(state: SubscriptionState, stanza: SubscriptionStanza) -> Outbound {
    let (to, from) = (state.subscription.sees_contact(), state.subscription.is_seen_by_contact());
    let changed = |to, from, is_pending_out, is_pending_in| SubscriptionState {
        subscription: subscription(to, from),
        is_pending_out,
        is_pending_in,
    };
    match stanza {
        // Routed in every state: it repairs the contact's side if the two ever disagree.
        SubscriptionStanza::Subscribe => {
            Outbound { is_routed: true, state: changed(to, from, !to, state.is_pending_in) }
        }
        SubscriptionStanza::Unsubscribe => {
            Outbound { is_routed: true, state: changed(false, from, false, state.is_pending_in) }
        }
        SubscriptionStanza::Subscribed if state.is_pending_in => {
            Outbound { is_routed: true, state: changed(to, true, state.is_pending_out, false) }
        }
        SubscriptionStanza::Subscribed => Outbound { is_routed: false, state },
        SubscriptionStanza::Unsubscribed => Outbound {
            is_routed: from || state.is_pending_in,
            state: changed(to, false, state.is_pending_out, false),
        },
    }
}

/// Handles a stanza from the contact (§A.3).
pub fn inbound(state: SubscriptionState, stanza: SubscriptionStanza) -> Inbound {
    let (to, from) = (state.subscription.sees_contact(), state.subscription.is_seen_by_contact());
    let next = |to, from, is_pending_out, is_pending_in| SubscriptionState {
        subscription: subscription(to, from),
        is_pending_out,
        is_pending_in,
    };
    match stanza {
        SubscriptionStanza::Subscribe if from => Inbound { is_delivered: false, is_confirmed: true, state },
        SubscriptionStanza::Subscribe => Inbound {
            is_delivered: !state.is_pending_in,
            is_confirmed: false,
            state: next(to, from, state.is_pending_out, true),
        },
        SubscriptionStanza::Subscribed if state.is_pending_out => Inbound {
            is_delivered: true,
            is_confirmed: false,
            state: next(true, from, false, state.is_pending_in),
        },
        SubscriptionStanza::Subscribed => Inbound { is_delivered: false, is_confirmed: false, state },
        SubscriptionStanza::Unsubscribe => Inbound {
            is_delivered: from || state.is_pending_in,
            is_confirmed: false,
            state: next(to, false, state.is_pending_out, false),
        },
        SubscriptionStanza::Unsubscribed => Inbound {
            is_delivered: to || state.is_pending_out,
            is_confirmed: false,
            state: next(false, from, false, state.is_pending_in),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The nine states in the order of the RFC's tables, by short names.
    const STATES: [&str; 9] = ["N", "N+O", "N+I", "N+OI", "T", "T+I", "F", "F+O", "B"];

    fn state(name: &str) -> SubscriptionState {
        let (subscription, pending) = name.split_once('+').unwrap_or((name, ""));
        SubscriptionState {
            subscription: match subscription {
                "N" => Subscription::None,
                "T" => Subscription::To,
                "F" => Subscription::From,
                _ => Subscription::Both,
            },
            is_pending_out: pending.contains('O'),
            is_pending_in: pending.contains('I'),
        }
    }

    /// Rows are the columns "route or deliver" and "new state" of the RFC's tables, `+` for MUST and `-` for MUST NOT.
    fn check(expected: [&str; 9], decide: impl Fn(SubscriptionState) -> (bool, SubscriptionState)) {
        for (before, expected) in STATES.iter().zip(expected) {
            let (verdict, after) = expected.split_at(1);
            assert_eq!(decide(state(before)), (verdict == "+", state(after)), "{before}");
        }
    }

    fn sent(stanza: SubscriptionStanza) -> impl Fn(SubscriptionState) -> (bool, SubscriptionState) {
        move |state| {
            let outcome = outbound(state, stanza);
            (outcome.is_routed, outcome.state)
        }
    }

    fn received(stanza: SubscriptionStanza) -> impl Fn(SubscriptionState) -> (bool, SubscriptionState) {
        move |state| {
            let outcome = inbound(state, stanza);
            (outcome.is_delivered, outcome.state)
        }
    }

    #[test]
    fn outbound_tables() {
        use SubscriptionStanza::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};
        check(["+N+O", "+N+O", "+N+OI", "+N+OI", "+T", "+T+I", "+F+O", "+F+O", "+B"], sent(Subscribe));
        check(["+N", "+N", "+N+I", "+N+I", "+N", "+N+I", "+F", "+F", "+F"], sent(Unsubscribe));
        check(["-N", "-N+O", "+F", "+F+O", "-T", "+B", "-F", "-F+O", "-B"], sent(Subscribed));
        check(["-N", "-N+O", "+N", "+N+O", "-T", "+T", "+N", "+N+O", "+T"], sent(Unsubscribed));
    }

    #[test]
    fn inbound_tables() {
        use SubscriptionStanza::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};
        check(["+N+I", "+N+OI", "-N+I", "-N+OI", "+T+I", "-T+I", "-F", "-F+O", "-B"], received(Subscribe));
        check(["-N", "-N+O", "+N", "+N+O", "-T", "+T", "+N", "+N+O", "+T"], received(Unsubscribe));
        check(["-N", "+T", "-N+I", "+T+I", "-T", "-T+I", "-F", "+B", "-B"], received(Subscribed));
        check(["-N", "+N", "-N+I", "+N+I", "+N", "+N+I", "-F", "+F", "+F"], received(Unsubscribed));
    }

    #[test]
    fn a_request_that_was_granted_before_is_confirmed() {
        for name in STATES {
            let confirmed = inbound(state(name), SubscriptionStanza::Subscribe).is_confirmed;
            assert_eq!(confirmed, name.starts_with(['F', 'B']), "{name}");
        }
    }

    #[test]
    fn two_sides_that_follow_the_tables_agree() {
        use SubscriptionStanza::{Subscribe, Subscribed, Unsubscribe, Unsubscribed};
        let stanzas = [Subscribe, Subscribed, Unsubscribe, Unsubscribed];
        // Every conversation of five stanzas, sent by either side in any order.
        for script in 0..8_usize.pow(5) {
            let mut sides = [SubscriptionState::default(); 2];
            for step in 0..5_u32 {
                let choice = script / 8_usize.pow(step) % 8;
                let (sender, stanza) = (choice % 2, stanzas[choice / 2]);
                let out = outbound(sides[sender], stanza);
                sides[sender] = out.state;
                if out.is_routed {
                    let answer = inbound(sides[1 - sender], stanza);
                    sides[1 - sender] = answer.state;
                    if answer.is_confirmed {
                        sides[sender] = inbound(sides[sender], Subscribed).state;
                    }
                }
            }
            for (one, other) in [(0, 1), (1, 0)] {
                assert_eq!(
                    sides[one].subscription.sees_contact(),
                    sides[other].subscription.is_seen_by_contact(),
                    "{script}"
                );
                assert_eq!(sides[one].is_pending_out, sides[other].is_pending_in, "{script}");
            }
        }
    }
}
