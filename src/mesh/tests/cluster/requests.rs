//! Questions between members.

use std::time::Duration;

use bytes::Bytes;
use cobnut_mesh::{AskError, SendError, Topic};
use cobnut_model::NodeId;

use crate::support::{PATIENCE, Plan, ip, joined};

#[tokio::test]
async fn a_member_answers_another() {
    let one = Plan::new(91).start().await;
    let two = Plan::new(92).knows(ip(91), one.address().port()).start().await;
    joined(&[&one, &two]).await;
    let (first, second) = (NodeId([91; 16]), NodeId([92; 16]));

    // Nobody reads questions there yet.
    let question = Bytes::from_static(b"who are you?");
    let silent = one.cluster.ask(second, Topic::Orders, question.clone(), Duration::from_millis(200)).await;
    assert_eq!(silent, Err(AskError::Silent));

    let mut asked = two.cluster.take_requests(Topic::Orders).expect("the first reader");
    assert!(two.cluster.take_requests(Topic::Orders).is_none(), "one reader only");
    let answering = two.cluster.clone();
    two.tasks.spawn("answers", async move {
        while let Some(request) = asked.recv().await {
            assert_eq!(request.from, first);
            let echo = Bytes::from([b"echo: ", request.body.as_ref()].concat());
            answering.answer(request, echo).await.expect("answered");
        }
    });
    // Nobody reads those about something else.
    let wait = Duration::from_millis(200);
    let silent = one.cluster.ask(second, Topic::Bytestreams, question.clone(), wait).await;
    assert_eq!(silent, Err(AskError::Silent));
    let answer = one.cluster.ask(second, Topic::Orders, question, PATIENCE).await;
    assert_eq!(answer, Ok(Bytes::from_static(b"echo: who are you?")));
    assert!(one.cluster.flush(PATIENCE).await, "the question was confirmed");

    let nobody = one.cluster.ask(NodeId([9; 16]), Topic::Orders, Bytes::new(), PATIENCE).await;
    assert_eq!(nobody, Err(AskError::Send(SendError::NoSuchMember)));
}

#[tokio::test]
async fn who_leaves_keeps_nobody_waiting() {
    let one = Plan::new(93).start().await;
    let two = Plan::new(94).knows(ip(93), one.address().port()).start().await;
    joined(&[&one, &two]).await;
    let mut asked = two.cluster.take_requests(Topic::Orders).expect("reader");
    let leaver = two.cluster.clone();
    two.tasks.spawn("leaves", async move {
        let _question = asked.recv().await;
        leaver.disable().await;
    });
    let answer = one.cluster.ask(NodeId([94; 16]), Topic::Orders, Bytes::from_static(b"?"), PATIENCE).await;
    assert_eq!(answer, Err(AskError::Left));
}
