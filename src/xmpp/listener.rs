//! Accepts client connections.

use std::sync::Arc;
use std::time::Duration;

use cobnut_net::Tasks;
use tokio::net::{TcpListener, TcpStream};

use crate::connection::{Context, Security, serve};

/// Pause after the system refused to accept, usually because file descriptors ran out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts until the shutdown begins. Each connection is a task of `tasks`.
pub(crate) async fn listen(listener: TcpListener, security: Security, context: Arc<Context>, tasks: Tasks) {
    loop {
        let accepted = tokio::select! {
            () = context.shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(err) => {
                tracing::warn!(%err, "a client connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(slots) = context.admission.admit(peer.ip()) else {
            context.metrics.refused.inc();
            tracing::debug!(%peer, "too many connections");
            refuse(&stream, security);
            continue;
        };
        // Small stanzas must not wait for each other's acknowledgement.
        let _ = stream.set_nodelay(true);
        let context = Arc::clone(&context);
        tasks.spawn("client", serve(context, stream, peer, security, slots));
    }
}

/// Says why if that is possible without waiting.
fn refuse(stream: &TcpStream, security: Security) {
    const TOO_MANY: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' \
        xmlns:stream='http://etherx.jabber.org/streams'><stream:error><resource-constraint \
        xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    if security == Security::StartTls {
        let _ = stream.try_write(TOO_MANY);
    }
}
