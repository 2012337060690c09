//! Accepts client connections.

use std::sync::Arc;
use std::time::Duration;

use cobnut_net::Tasks;
use cobnut_xmpp_proto::stream::{Channel, Condition, Negotiation, StreamError};
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
            refuse(&stream, security, &context);
            continue;
        };
        // Small stanzas must not wait for each other's acknowledgement.
        let _ = stream.set_nodelay(true);
        let context = Arc::clone(&context);
        tasks.spawn("client", serve(context, stream, peer, security, slots));
    }
}

/// Says why if that is possible without waiting.
fn refuse(stream: &TcpStream, security: Security, context: &Context) {
    if security == Security::StartTls {
        let mut out = Vec::new();
        let error = StreamError::new(Condition::ResourceConstraint, "too many connections");
        Negotiation::new(&context.negotiation, Channel::default(), |bytes| rand::fill(bytes))
            .fail(&error, &mut out);
        let _ = stream.try_write(&out);
    }
}
