//! A new shared secret while the cluster runs, and bytes of a real join that somebody repeats.

use bytes::{Bytes, BytesMut};

use super::{Lab, address, config};
use crate::{ConnId, Output, RefusalCode, Timestamp};

const OLD: [u8; 32] = [2; 32];
const NEW: [u8; 32] = [3; 32];

fn broken_links(lab: &Lab) -> usize {
    lab.outputs
        .iter()
        .filter(|(_, output)| matches!(output, Output::Link { is_connected: false, .. }))
        .count()
}

fn removed(lab: &Lab) -> usize {
    lab.outputs.iter().filter(|(_, output)| matches!(output, Output::MemberLeft { .. })).count()
}

#[test]
fn a_rotation_breaks_no_link_until_the_old_secret_is_void_and_loses_nothing_then() {
    let mut lab = Lab::new(vec![config(1, &[2, 3]), config(2, &[3]), config(3, &[])]);
    lab.pass(2000);
    assert_eq!(lab.sizes(), [3, 3, 3]);
    let origins: Vec<_> = lab.nodes.iter().map(super::super::Node::origin).collect();
    // One after the other learns of the new secret and proves it; whoever joins meanwhile is believed with either.
    for index in 0..3 {
        let now = lab.now;
        lab.nodes[index].set_secrets(now, OLD, vec![NEW]);
        lab.pass(500);
    }
    for index in 0..3 {
        let now = lab.now;
        lab.nodes[index].set_secrets(now, NEW, vec![OLD]);
        lab.pass(500);
    }
    assert_eq!((broken_links(&lab), removed(&lab)), (0, 0), "{:?}", lab.outputs);
    // The grace time ends everywhere while there is something under way.
    lab.nodes[0].send(origins[1], Bytes::from_static(b"kept")).expect("member");
    for index in 0..3 {
        let now = lab.now;
        lab.nodes[index].set_secrets(now, NEW, Vec::new());
    }
    lab.pass(3000);
    assert_eq!(lab.sizes(), [3, 3, 3]);
    assert_eq!(removed(&lab), 0, "{:?}", lab.outputs);
    assert!(broken_links(&lab) > 0, "what was proven with the void secret is proven again");
    let delivered = lab.outputs.iter().filter(|(_, output)| matches!(output, Output::Deliver { .. })).count();
    assert_eq!(delivered, 1);
}

#[test]
fn members_of_different_generations_meet_while_both_are_believed() {
    for (dialler, acceptor) in [(OLD, NEW), (NEW, OLD)] {
        let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
        lab.nodes[0].set_secrets(Timestamp(0), dialler, vec![acceptor]);
        lab.nodes[1].set_secrets(Timestamp(0), acceptor, vec![dialler]);
        lab.pass(1000);
        assert_eq!(lab.sizes(), [2, 2]);
    }
}

#[test]
fn a_member_with_the_previous_secret_is_refused_once_that_is_void_and_both_say_so() {
    for stale_dials in [true, false] {
        let (first, second): (&[u8], &[u8]) = if stale_dials { (&[2], &[]) } else { (&[], &[1]) };
        let mut lab = Lab::new(vec![config(1, first), config(2, second)]);
        lab.nodes[1].set_secrets(Timestamp(0), NEW, Vec::new());
        lab.pass(1000);
        assert_eq!(lab.sizes(), [1, 1]);
        let mut refusals = lab.refusals();
        refusals.sort_unstable();
        let (refused, refusing) = if stale_dials { (0, 1) } else { (1, 0) };
        let mut expected = [(refused, RefusalCode::Secret, true), (refusing, RefusalCode::Secret, false)];
        expected.sort_unstable();
        assert_eq!(refusals, expected);
    }
}

#[test]
fn a_listener_that_repeats_the_answers_of_a_real_member_is_refused() {
    let mut lab = Lab::new(vec![config(1, &[]), config(2, &[])]);
    let [member, caller] = &mut lab.nodes[..] else { panic!("two nodes") };
    let now = Timestamp(0);
    // First a real join, of which the member's half is recorded, then the same half said again to a new dial.
    let mut record: Vec<BytesMut> = Vec::new();
    for round in 0..2 {
        let dialling = ConnId(70 + round);
        caller.conns.insert(
            dialling,
            super::super::Conn {
                remote: address(1),
                dialled: None,
                stage: super::super::Stage::Dialling,
                version: 1,
                urgent: BytesMut::new(),
                is_awake: false,
                binding: None,
                secret: None,
            },
        );
        caller.handle_connected(now, dialling);
        if round == 0 {
            let accepted = member.handle_incoming(now, address(2));
            for _ in 0..3 {
                let mut bytes = BytesMut::new();
                caller.poll_transmit(dialling, &mut bytes, 1 << 16);
                member.handle_bytes(now, accepted, &mut bytes);
                let mut answer = BytesMut::new();
                member.poll_transmit(accepted, &mut answer, 1 << 16);
                record.push(answer.clone());
                caller.handle_bytes(now, dialling, &mut answer);
            }
            assert!(caller.is_proven(dialling), "the first time it is true");
            while caller.poll_output().is_some() {}
        } else {
            for mut bytes in record.clone() {
                caller.handle_bytes(now, dialling, &mut bytes);
            }
            assert!(!caller.is_proven(dialling));
            let refusals = std::iter::from_fn(|| caller.poll_output())
                .filter(|output| matches!(output, Output::Refused { code: RefusalCode::Secret, .. }));
            assert_eq!(refusals.count(), 1);
        }
    }
}
