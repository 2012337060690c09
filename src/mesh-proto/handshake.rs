//! Mutual proof of the shared secret: HMAC-SHA256 over both nonces and all that both sides said about themselves.
//!
//! The secret itself never travels, a recorded exchange proves nothing later (fresh nonces), and one side's proof
//! cannot be sent back to it (the label names the side).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::output::RefusalCode;
use crate::wire::{Card, TERMS_SINCE};
use crate::{Config, Origin};

/// Nonces and versions that both sides saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transcript {
    pub(crate) dialler_nonce: [u8; 32],
    pub(crate) acceptor_nonce: [u8; 32],
    pub(crate) lowest: u8,
    pub(crate) highest: u8,
    pub(crate) version: u8,
}

/// Whose proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Dialler,
    Acceptor,
}

/// The proof of `side`. The acceptor's also covers the dialler's card.
pub(crate) fn prove(secret: &[u8; 32], side: Side, transcript: &Transcript, cards: &[&Card]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(match side {
        Side::Dialler => b"cobnut mesh dialler 1",
        Side::Acceptor => b"cobnut mesh acceptr 1",
    });
    mac.update(&transcript.dialler_nonce);
    mac.update(&transcript.acceptor_nonce);
    mac.update(&[transcript.lowest, transcript.highest, transcript.version]);
    for card in cards {
        let bytes = postcard::to_stdvec(card).expect("cards always serialise");
        mac.update(&(bytes.len() as u64).to_be_bytes());
        mac.update(&bytes);
        if transcript.version >= TERMS_SINCE {
            let bytes = postcard::to_stdvec(&card.terms).expect("terms always serialise");
            mac.update(&(bytes.len() as u64).to_be_bytes());
            mac.update(&bytes);
        }
    }
    mac.finalize().into_bytes().into()
}

/// One secret out of two: who lacks either of them can prove nothing.
pub fn combined(secret: &[u8; 32], password: &[u8; 32]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(b"cobnut mesh password 1");
    mac.update(password);
    mac.finalize().into_bytes().into()
}

/// The secret for one encrypted connection.
pub(crate) fn bound(secret: &[u8; 32], binding: &[u8; 32]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(b"cobnut mesh channel 1");
    mac.update(binding);
    mac.finalize().into_bytes().into()
}

/// Compares in constant time.
pub(crate) fn is_proof(expected: &[u8; 32], got: &[u8; 32]) -> bool {
    bool::from(expected.ct_eq(got))
}

/// A reason to refuse: the code, the sentence for our operator, and the sentence for theirs (empty for a stranger).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Objection {
    pub(crate) code: RefusalCode,
    pub(crate) ours: String,
    pub(crate) theirs: String,
}

/// Judges what a peer says about itself. The database and the proof come first: who fails there learns nothing else.
pub(crate) fn judge(config: &Config, card: &Card, has_proof: bool) -> Option<Objection> {
    if card.database_id != config.database_id {
        let mut ours = "it uses another database than this node".to_owned();
        if card.cluster_name != config.cluster_name {
            ours = format!("{ours}, and another cluster name, \"{}\"", printable(&card.cluster_name));
        }
        return Some(Objection { code: RefusalCode::Database, ours, theirs: String::new() });
    }
    if !has_proof {
        return Some(Objection {
            code: RefusalCode::Secret,
            ours: "it names our database but cannot prove the shared secret: it has an older one (from before the last \
                   rotation, or from a copy of the database), or another password in <symmetric-encryption> or (in files for \
                   Hazelcast up to 3.7) in <group>"
                .to_owned(),
            theirs: String::new(),
        });
    }
    if card.cluster_name != config.cluster_name {
        return Some(differs(
            RefusalCode::ClusterName,
            "cluster name",
            &card.cluster_name,
            &config.cluster_name,
        ));
    }
    if card.domain != config.domain {
        return Some(differs(RefusalCode::Domain, "XMPP domain", &card.domain, &config.domain));
    }
    None
}

/// Judges the settings that Hazelcast wants equal on all members. A setting that one side does not name does not count
/// for nodes of a release that names none at all.
pub(crate) fn judge_settings(config: &Config, card: &Card, version: u8) -> Option<Objection> {
    if version < TERMS_SINCE {
        return None;
    }
    let named = |settings: &[(String, String)], name: &str| {
        settings.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    };
    config.rules.settings.iter().find_map(|(name, ours)| {
        let theirs = named(&card.terms.settings, name)?;
        let shown = |value: &str| if value.is_empty() { "not set".to_owned() } else { value.to_owned() };
        (theirs != *ours).then(|| differs(RefusalCode::Settings, name, &shown(&theirs), &shown(ours)))
    })
}

fn differs(code: RefusalCode, what: &str, theirs: &str, ours: &str) -> Objection {
    let sentence = |there: &str, here: &str| {
        format!("the {what} differs: \"{}\" there, \"{}\" on this node", printable(there), printable(here))
    };
    Objection { code, ours: sentence(theirs, ours), theirs: sentence(ours, theirs) }
}

/// What the refused side tells its operator when the other side may not say more.
pub(crate) fn plain_reason(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::Version => "no protocol version in common: the two nodes run too different releases",
        RefusalCode::Database => "the other node uses another database than this node",
        RefusalCode::Secret => {
            "the other node does not accept the shared secret of this node's database, or what <symmetric-encryption> or \
             <group> of this node's file add to it"
        }
        RefusalCode::ClusterName => "the cluster name differs",
        RefusalCode::Domain => "the XMPP domain differs",
        RefusalCode::NodeId => "another live node has the same node id",
        RefusalCode::Full => "the cluster has as many members as it may",
        RefusalCode::Duplicate => "there is a connection between the two already",
        RefusalCode::Myself => "the address is this node's own",
        RefusalCode::Leaving => "the other node is leaving the cluster",
        RefusalCode::Encryption => {
            "one of the two nodes encrypts its links and the other was started with --mesh-clear"
        }
        RefusalCode::CutOff => {
            "it and a member of this cluster cannot reach each other; it may join as soon as they can"
        }
        RefusalCode::Settings => "a setting that has to be equal on all members differs",
    }
}

pub(crate) fn code_to_number(code: RefusalCode) -> u8 {
    match code {
        RefusalCode::Version => 1,
        RefusalCode::Database => 2,
        RefusalCode::Secret => 3,
        RefusalCode::ClusterName => 4,
        RefusalCode::Domain => 5,
        RefusalCode::NodeId => 6,
        RefusalCode::Full => 7,
        RefusalCode::Duplicate => 8,
        RefusalCode::Myself => 9,
        RefusalCode::Leaving => 10,
        RefusalCode::Encryption => 11,
        RefusalCode::CutOff => 12,
        RefusalCode::Settings => 13,
    }
}

pub(crate) fn code_from_number(number: u8) -> Option<RefusalCode> {
    Some(match number {
        1 => RefusalCode::Version,
        2 => RefusalCode::Database,
        3 => RefusalCode::Secret,
        4 => RefusalCode::ClusterName,
        5 => RefusalCode::Domain,
        6 => RefusalCode::NodeId,
        7 => RefusalCode::Full,
        8 => RefusalCode::Duplicate,
        9 => RefusalCode::Myself,
        10 => RefusalCode::Leaving,
        11 => RefusalCode::Encryption,
        12 => RefusalCode::CutOff,
        13 => RefusalCode::Settings,
        _ => return None,
    })
}

/// Text of a peer that is safe to log: no control characters, not endless.
pub(crate) fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(200).collect()
}

/// Of two connections between the same two runs, whether the first is to be kept.
///
/// `(ours, theirs)` are the stamps of both ends; both ends compare the same four numbers. Newer on both ends wins: the
/// older one is dead at the end that made a new one. Crossed stamps are a simultaneous dial: the connection that the
/// smaller origin dialled stays.
pub(crate) fn is_better(
    new: (u64, u64),
    new_is_ours: bool,
    held: (u64, u64),
    held_is_ours: bool,
    us: Origin,
    them: Origin,
) -> bool {
    let newer = new.0 > held.0 && new.1 > held.1;
    let older = new.0 < held.0 && new.1 < held.1;
    if newer || older || new_is_ours == held_is_ours {
        return newer || (!older && new.0 > held.0);
    }
    new_is_ours == (us < them)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip() {
        for number in 1..=13 {
            assert_eq!(code_from_number(number).map(code_to_number), Some(number));
        }
        assert_eq!(code_from_number(0), None);
    }

    #[test]
    fn both_ends_keep_the_same_connection() {
        let us = Origin { node: [1; 16], incarnation: 1 };
        let them = Origin { node: [2; 16], incarnation: 1 };
        for new in [(1, 4), (4, 1), (3, 3), (1, 1), (5, 6)] {
            for held in [(2, 2), (3, 2), (2, 3)] {
                for (new_ours, held_ours) in [(true, false), (false, true)] {
                    if new.0 == held.0 || new.1 == held.1 {
                        continue;
                    }
                    let here = is_better(new, new_ours, held, held_ours, us, them);
                    let there = is_better((new.1, new.0), !new_ours, (held.1, held.0), !held_ours, them, us);
                    assert_eq!(here, there, "{new:?} {held:?}");
                    let swapped = is_better(held, held_ours, new, new_ours, us, them);
                    assert_ne!(here, swapped, "exactly one is kept: {new:?} {held:?}");
                }
            }
        }
    }

    #[test]
    fn proofs_depend_on_everything() {
        let transcript =
            Transcript { dialler_nonce: [1; 32], acceptor_nonce: [2; 32], lowest: 1, highest: 1, version: 1 };
        let base = prove(&[7; 32], Side::Dialler, &transcript, &[]);
        let other = Transcript { acceptor_nonce: [3; 32], ..transcript };
        assert!(is_proof(&base, &prove(&[7; 32], Side::Dialler, &transcript, &[])));
        assert!(!is_proof(&base, &prove(&[8; 32], Side::Dialler, &transcript, &[])));
        assert!(!is_proof(&base, &prove(&[7; 32], Side::Acceptor, &transcript, &[])));
        assert!(!is_proof(&base, &prove(&[7; 32], Side::Dialler, &other, &[])));
    }
}
