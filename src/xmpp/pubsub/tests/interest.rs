//! What clients say of themselves (XEP-0115), and what is believed.

use super::*;

/// A hash of nothing but one feature, and the presence that says it.
const VER: &str = "pZDT4/OEXd3lRzHra00QSZYF7u8=";

async fn come(client: &mut Client) {
    let jid = client.jid.clone();
    let c =
        format!("<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://psi' ver='{VER}'/>");
    client.send(&format!("<presence>{c}</presence>")).await;
    client.expect(&format!("<presence from='{jid}' to='{jid}'>{c}</presence>")).await;
}

#[tokio::test]
async fn one_client_answers_for_all_of_its_kind() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    let feature = format!("{MOOD}+notify");
    come(&mut romeo).await;
    answer_caps(&mut romeo, &[&feature]).await;
    assert!(romeo.service.local.get(&romeo.jid).unwrap().interest.wants(MOOD));
    let mut juliet = world.login(JULIET).await;
    come(&mut juliet).await;
    juliet.expect_nothing().await;
    assert!(juliet.service.local.get(&juliet.jid).unwrap().interest.wants(MOOD));
}

#[tokio::test]
async fn a_wrong_answer_counts_for_its_client_alone() {
    let world = World::single().await;
    let mut romeo = world.login(ROMEO).await;
    come(&mut romeo).await;
    answer_caps(&mut romeo, &["other+notify"]).await;
    let interest = &romeo.service.local.get(&romeo.jid).unwrap().interest;
    assert!(interest.wants("other") && !interest.wants(MOOD));
    let mut juliet = world.login(JULIET).await;
    come(&mut juliet).await;
    answer_caps(&mut juliet, &["x"]).await;
    assert!(!juliet.service.local.get(&juliet.jid).unwrap().interest.wants("other"));
    // An answer that nobody asked for says nothing.
    juliet
        .send(&format!(
            "<iq type='result' id='caps-1' to='example.net'><query xmlns='http://jabber.org/protocol/disco#info'>\
             <feature var='{MOOD}+notify'/></query></iq>"
        ))
        .await;
    juliet.expect_nothing().await;
    assert!(!juliet.service.local.get(&juliet.jid).unwrap().interest.wants(MOOD));
}
