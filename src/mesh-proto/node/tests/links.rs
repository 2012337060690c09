//! What becomes of payloads and streams when the two ends of a link do not agree about their membership.

use super::*;
use crate::Receipt;

/// What node `index` was told to deliver, in order.
fn receipts(lab: &Lab, index: usize) -> Vec<Receipt> {
    let receipt = |(at, output): &(usize, Output)| match output {
        Output::Deliver { receipt, .. } if *at == index => Some(*receipt),
        _ => None,
    };
    lab.outputs.iter().filter_map(receipt).collect()
}

fn position(lab: &Lab, index: usize, wanted: impl Fn(&Output) -> bool) -> Option<usize> {
    lab.outputs.iter().position(|(at, output)| *at == index && wanted(output))
}

#[test]
fn who_was_given_up_is_told_that_the_sender_has_back_what_it_did_not_take() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let (one, two) = (lab.nodes[0].origin(), lab.nodes[1].origin());
    lab.nodes[0].send(two, Bytes::from_static(b"slow to be taken")).expect("member");
    lab.settle();
    let [receipt] = receipts(&lab, 1)[..] else { panic!("one payload") };
    lab.wires.clear();
    let stopped = lab.nodes.pop().expect("two nodes");
    lab.pass(5500);
    assert!(!lab.nodes[0].is_member(two));
    lab.nodes.push(stopped);
    lab.outputs.clear();
    lab.pass(10_000);
    assert_eq!(lab.sizes(), [2, 2]);
    let void = position(&lab, 1, |output| *output == Output::TakenBack(receipt.stream())).expect("told");
    let forgotten = position(&lab, 1, |output| *output == Output::ForgottenBy(one)).expect("told");
    assert!(void < forgotten, "before anything of the new stream");
    // Nothing of the new stream is void.
    lab.nodes[0].send(two, Bytes::from_static(b"of the new stream")).expect("member");
    lab.settle();
    let [later] = receipts(&lab, 1)[..] else { panic!("one payload") };
    assert_ne!(later.stream(), receipt.stream());
    assert_eq!(position(&lab, 1, |output| *output == Output::TakenBack(later.stream())), None);
}

#[test]
fn a_goodbye_says_that_the_sender_has_back_what_was_not_taken() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let two = lab.nodes[1].origin();
    lab.nodes[0].send(two, Bytes::from_static(b"slow to be taken")).expect("member");
    lab.settle();
    let [receipt] = receipts(&lab, 1)[..] else { panic!("one payload") };
    lab.nodes[0].handle_leave(lab.now);
    lab.settle();
    assert!(position(&lab, 1, |output| *output == Output::TakenBack(receipt.stream())).is_some());
}

/// What was handed out for a connection comes back to the sender when its member is given up.
#[test]
fn the_connection_of_a_silent_member_is_cut_off_and_not_emptied() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let two = lab.nodes[1].origin();
    let (&(_, conn), _) = lab.wires.iter().find(|(end, _)| end.0 == 0).expect("connected");
    lab.nodes.truncate(1);
    // The wire swallows everything.
    lab.wires.clear();
    let node = &mut lab.nodes[0];
    node.send(two, Bytes::from_static(b"one")).expect("member");
    let mut ended = Vec::new();
    while node.is_member(two) {
        lab.now = lab.now.plus(10);
        node.handle_timeout(lab.now);
        ended.extend(std::iter::from_fn(|| node.poll_output()));
    }
    assert!(ended.contains(&Output::Abort(conn)) && !ended.contains(&Output::Close(conn)), "{ended:?}");
    assert!(!node.poll_transmit(conn, &mut BytesMut::new(), 1 << 16));
}
