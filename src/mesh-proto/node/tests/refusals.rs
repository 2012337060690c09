//! What both operators read when a node may not join.

use super::{Lab, config};
use crate::handshake::{code_from_number, plain_reason};
use crate::{Config, Output, RefusalCode};

/// What the two nodes told their operators: (which node, by the other side, sentence).
fn sentences(lab: &Lab) -> Vec<(usize, bool, String)> {
    let sentence = |(index, output): &(usize, Output)| match output {
        Output::Refused { reason, by_peer, .. } => Some((*index, *by_peer, reason.clone())),
        _ => None,
    };
    lab.outputs.iter().filter_map(sentence).collect()
}

fn settings(count: &str) -> Vec<(String, String)> {
    vec![("partition count".to_owned(), count.to_owned())]
}

type Spoil = fn(&mut [Config]);
/// What differs as the refused node says it, as the refusing node says it, and what to do.
type Words = (&'static [&'static str], &'static [&'static str], &'static str);

fn cases() -> [(Spoil, Words); 7] {
    [
        (
            |configs| configs[1].wire_versions = (9, 9),
            (&["versions 9 to 9"], &["versions 1 to"], "the same release"),
        ),
        (
            |configs| configs[1].database_id = [9; 16],
            (&["another database"], &["another database"], "the same database"),
        ),
        (
            |configs| configs[1].secret = [9; 32],
            (
                &["does not accept the shared secret"],
                &["cannot prove the shared secret"],
                "write the same password",
            ),
        ),
        (
            |configs| configs[1].cluster_name = "dev".into(),
            (
                &["\"dev\" there", "\"openfire\" on this"],
                &["\"openfire\" there", "\"dev\" on this"],
                "<cluster-name>",
            ),
        ),
        (
            |configs| configs[1].domain = "other.org".into(),
            (&["\"other.org\" there"], &["\"other.org\" on this"], "xmpp.domain"),
        ),
        (
            |configs| {
                configs[1].origin.node = configs[0].origin.node;
                configs[0].rules.id_remedy = "delete /a/node-id".into();
                configs[1].rules.id_remedy = "delete /b/node-id".into();
            },
            (
                &["10.0.0.2:5701 has the same node id", "on this one delete /a/node-id"],
                &["10.0.0.1:5701", "delete /b"],
                "copied",
            ),
        ),
        (
            |configs| {
                configs[0].rules.settings = settings("271");
                configs[1].rules.settings = settings("");
            },
            (
                &["partition count", "\"not set\" there", "\"271\" on this"],
                &["\"271\" there"],
                "the same value",
            ),
        ),
    ]
}

#[test]
fn both_operators_read_what_differs_and_what_to_do() {
    for (spoil, (refused, refusing, remedy)) in cases() {
        let mut configs = vec![config(1, &[2]), config(2, &[])];
        spoil(&mut configs);
        let mut lab = Lab::new(configs);
        lab.pass(1000);
        let told = sentences(&lab);
        assert_eq!(lab.sizes(), [1, 1], "{told:?}");
        for (index, by_peer, facts) in [(0, true, refused), (1, false, refusing)] {
            let own = told.iter().filter(|(node, is_by_peer, _)| (*node, *is_by_peer) == (index, by_peer));
            let own: Vec<&String> = own.map(|(_, _, reason)| reason).collect();
            assert!(!own.is_empty(), "node {index} was told nothing: {told:?}");
            for reason in own {
                assert!(facts.iter().all(|fact| reason.contains(fact)), "{facts:?} in {reason}");
                assert!(reason.contains(remedy), "{remedy} in {reason}");
            }
        }
    }
}

#[test]
fn every_reason_has_a_sentence_and_what_to_do_unless_nothing_has_to_be_done() {
    let codes: Vec<RefusalCode> = (1..=u8::MAX).filter_map(code_from_number).collect();
    assert_eq!(codes.len(), 13);
    for code in codes {
        assert!(!plain_reason(code).is_empty(), "{code:?}");
        assert_eq!(code.remedy().is_empty(), code.is_quiet(), "{code:?}");
    }
}
