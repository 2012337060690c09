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
    lab.stop_the_second_until_it_is_given_up();
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

/// The only link of a node, as its state machine holds it.
fn only_peer(node: &mut Node) -> &mut crate::node::Peer {
    node.peers.values_mut().next().expect("a member")
}

fn break_connection(lab: &mut Lab) {
    let (&(one, ours), &(two, theirs)) = lab.wires.iter().next().expect("connected");
    lab.wires.clear();
    for (index, conn) in [(one, ours), (two, theirs)] {
        lab.nodes[index].handle_closed(lab.now, conn, "cut");
    }
}

/// What a virtual machine that is restored from a snapshot has forgotten.
#[test]
fn a_sender_that_was_restored_begins_a_new_stream() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let (one, two) = (lab.nodes[0].origin(), lab.nodes[1].origin());
    for _ in 0..3 {
        lab.nodes[0].send(two, Bytes::from_static(b"before")).expect("member");
    }
    lab.settle();
    let peer = only_peer(&mut lab.nodes[0]);
    peer.send = crate::link::SendStream::new(peer.send.id);
    lab.nodes[0].send(two, Bytes::from_static(b"not sent yet")).expect("member");
    lab.outputs.clear();
    break_connection(&mut lab);
    lab.pass(3000);
    let left = Output::MemberLeft {
        member: two,
        reason: LeaveReason::Unresumable,
        unconfirmed: vec![Bytes::from_static(b"not sent yet")],
    };
    assert_eq!(lab.outputs.iter().filter(|(_, output)| *output == left).count(), 1, "{:?}", lab.outputs);
    assert!(position(&lab, 1, |output| *output == Output::ForgottenBy(one)).is_some());
    assert!(!lab.outputs.iter().any(|(_, output)| matches!(output, Output::Nonsense { .. })));
    assert_eq!(lab.sizes(), [2, 2]);
    lab.nodes[0].send(two, Bytes::from_static(b"after")).expect("member");
    lab.settle();
    assert_eq!(receipts(&lab, 1).len(), 1);
}

#[test]
fn a_receiver_that_was_restored_goes_on_behind_what_it_had_confirmed() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let (one, two) = (lab.nodes[0].origin(), lab.nodes[1].origin());
    let before = lab.nodes[1].streams[&one];
    for _ in 0..3 {
        lab.nodes[0].send(two, Bytes::from_static(b"before")).expect("member");
    }
    lab.settle();
    for receipt in receipts(&lab, 1) {
        lab.nodes[1].handle_accepted(receipt);
    }
    lab.settle();
    assert_eq!(lab.nodes[0].unconfirmed(), 0);
    lab.nodes[1].streams.insert(one, before);
    lab.outputs.clear();
    break_connection(&mut lab);
    lab.pass(1000);
    lab.nodes[0].send(two, Bytes::from_static(b"after")).expect("member");
    lab.settle();
    assert_eq!(receipts(&lab, 1).len(), 1);
    assert!(!lab.outputs.iter().any(|(_, output)| matches!(output, Output::Nonsense { .. })));
}

/// A connection on which only heartbeats come looks alive and carries nothing.
#[test]
fn a_member_that_does_not_say_where_its_streams_stand_gets_another_connection_then_new_streams() {
    // In version 2 digests come with the heartbeats, and those are refused on such a connection at once.
    let old = |config: Config| Config { wire_versions: (1, 1), ..config };
    let mut lab = Lab::new(vec![old(config(1, &[2])), old(config(2, &[]))]);
    lab.pass(1000);
    let two = lab.nodes[1].origin();
    for failed_before in 0..3 {
        let now = lab.now;
        let peer = only_peer(&mut lab.nodes[0]);
        peer.resumes_failed = failed_before;
        let attached = peer.attached.as_mut().expect("connected");
        attached.is_resumed = false;
        let conn = attached.conn;
        lab.nodes[0].watch_handshake(now, conn);
        lab.outputs.clear();
        lab.pass(6500);
        let outputs: Vec<&Output> =
            lab.outputs.iter().filter(|(at, _)| *at == 0).map(|(_, output)| output).collect();
        let is_removed = outputs
            .iter()
            .any(|output| matches!(output, Output::MemberLeft { reason: LeaveReason::Unresumable, .. }));
        let is_linked_again = outputs.contains(&&Output::Link { member: two, is_connected: true });
        assert_eq!((is_removed, is_linked_again), (failed_before == 2, failed_before < 2), "{outputs:?}");
        assert_eq!(lab.sizes(), [2, 2]);
        assert_eq!(only_peer(&mut lab.nodes[0]).resumes_failed, 0);
    }
}

#[test]
fn a_large_frame_on_a_slow_line_is_life_while_it_comes() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let one = lab.nodes[0].origin();
    lab.nodes[1].send(one, Bytes::from(vec![7; 1 << 20])).expect("member");
    let wires = std::mem::take(&mut lab.wires);
    let ((_, theirs), (_, ours)) = wires.into_iter().find(|(from, _)| from.0 == 1).expect("connected");
    let mut frame = BytesMut::new();
    while lab.nodes[1].poll_transmit(theirs, &mut frame, 1 << 22) {
        if frame.len() > 1 << 20 {
            break;
        }
    }
    lab.nodes.truncate(1);
    lab.outputs.clear();
    // Twelve seconds, more than twice the time of death.
    let (mut input, part) = (BytesMut::new(), frame.len().div_ceil(12));
    while !frame.is_empty() {
        let length = part.min(frame.len());
        input.extend_from_slice(&frame.split_to(length));
        let now = lab.now;
        lab.nodes[0].handle_bytes(now, ours, &mut input);
        lab.pass(1000);
    }
    assert_eq!(receipts(&lab, 0).len(), 1);
    assert_eq!(position(&lab, 0, |output| matches!(output, Output::Suspected { .. })), None);
    lab.pass(6000);
    assert_eq!(lab.sizes(), [1], "then it is silent");
}

#[test]
fn a_member_that_takes_nothing_is_reported_once_and_when_it_takes_again() {
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let two = lab.nodes[1].origin();
    lab.nodes[0].send(two, Bytes::from_static(b"stays in its queue")).expect("member");
    lab.pass(8000);
    assert_eq!(position(&lab, 0, |output| matches!(output, Output::Stuck { .. })), None);
    lab.pass(30_000);
    assert_eq!((lab.nodes[0].stuck_members(), lab.nodes[1].stuck_members()), (1, 0));
    let [receipt] = receipts(&lab, 1)[..] else { panic!("one payload") };
    lab.nodes[1].handle_accepted(receipt);
    lab.pass(2000);
    let stuck = lab.outputs.iter().filter_map(|(_, output)| match output {
        Output::Stuck { member, is_stuck, unconfirmed } => Some((*member, *is_stuck, *unconfirmed)),
        _ => None,
    });
    assert_eq!(stuck.collect::<Vec<_>>(), [(two, true, 1), (two, false, 0)]);
    assert_eq!(lab.nodes[0].stuck_members(), 0);
}

/// What a reader that comes back slowly finds first, batch by batch, is what keeps the link alive; a snapshot does not hold
/// up payloads.
#[test]
fn heartbeats_go_first_and_bulk_shares_each_batch_with_payloads() {
    use crate::wire::{self, Frame};
    const BATCH_BYTES: usize = 4096;
    let mut lab = Lab::new(vec![config(1, &[2]), config(2, &[])]);
    lab.pass(1000);
    let (one, two) = (lab.nodes[0].origin(), lab.nodes[1].origin());
    lab.nodes[1].send(one, Bytes::from_static(b"to be confirmed")).expect("member");
    lab.settle();
    let [receipt] = receipts(&lab, 0)[..] else { panic!("one payload") };
    let (&(_, conn), _) = lab.wires.iter().find(|(end, _)| end.0 == 0).expect("connected");
    let node = &mut lab.nodes[0];
    for number in 0..200_u32 {
        node.put(1, Bytes::from(number.to_string()), Bytes::from(vec![1; 100]));
        node.send(two, Bytes::from(vec![2; 100])).expect("member");
    }
    node.handle_accepted(receipt);
    // Classes of the frames of each batch; a heartbeat is due before every other batch.
    for batch in 0..6 {
        let is_beat = batch % 2 == 0;
        if is_beat {
            lab.now = lab.now.plus(1000);
            node.handle_timeout(lab.now);
        }
        let mut bytes = BytesMut::new();
        assert!(node.poll_transmit(conn, &mut bytes, BATCH_BYTES));
        assert!(bytes.len() < 2 * BATCH_BYTES, "{} bytes", bytes.len());
        let mut classes = Vec::new();
        while let Some((kind, _, body)) = wire::split(&mut bytes, 1 << 20).expect("valid") {
            classes.push(match wire::decode(kind, &body).expect("valid") {
                Frame::Heartbeat(_) | Frame::View(_) | Frame::Members(_) => 0,
                Frame::Ack(_) => 1,
                Frame::Changes(_) => 2,
                Frame::Data(_) => 3,
                other => panic!("{other:?}"),
            });
        }
        assert!(classes.is_sorted(), "{classes:?}");
        assert_eq!(classes.contains(&0), is_beat, "{classes:?}");
        assert_eq!(classes.contains(&1), batch == 0, "{classes:?}");
        assert!(classes.contains(&2) && classes.contains(&3), "{classes:?}");
    }
}
