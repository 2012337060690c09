//! XEP-0199: XMPP Ping, to the server and to the own account.

use cobnut_xmpp_proto::stanza::Condition;

use crate::iq::{Answer, IqRequest, Target};

/// Answers a ping.
pub(super) fn answer(request: &IqRequest<'_>) -> Answer {
    request.only_get()?;
    if matches!(request.target, Target::Account(_)) {
        return Err(Condition::ServiceUnavailable);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use crate::service::tests::fixture::World;

    #[tokio::test]
    async fn the_server_and_the_own_account_answer() {
        let world = World::single().await;
        let mut romeo = world.login("romeo@example.net/a").await;
        for (to, from) in [(" to='example.net'", "example.net"), ("", "romeo@example.net")] {
            romeo
                .ask(
                    &format!("<iq id='1' type='get'{to}><ping xmlns='urn:xmpp:ping'/></iq>"),
                    &format!("<iq id='1' type='result' from='{from}' to='romeo@example.net/a'/>"),
                )
                .await;
        }
    }
}
