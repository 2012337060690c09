//! Keeps what members prove to each other as the database says: a rotation reaches every node without a restart.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cobnut_mesh::Cluster;
use cobnut_model::UnixMillis;
use cobnut_net::Tasks;
use cobnut_store::{MeshSecrets, Store};
use tracing::{debug, info};

/// Between two looks into the database; well below the time after which a new secret is proven.
const POLL: Duration = Duration::from_secs(5);
/// The same when somebody could not prove the secret: strangers must not make this node ask all the time.
const POLL_MIN: Duration = Duration::from_millis(500);

/// Takes the secret of the database, and follows it until `tasks` end.
pub(crate) fn follow(store: Store, cluster: Cluster, secrets: MeshSecrets, tasks: &Tasks) {
    apply(&cluster, &secrets);
    let token = tasks.token().clone();
    tasks.spawn("mesh secret", async move {
        let mut known = secrets;
        loop {
            tokio::select! {
                () = tokio::time::sleep(POLL) => {}
                () = cluster.secret_doubted() => {}
                () = token.cancelled() => return,
            }
            match store.mesh_secrets().await {
                Ok(read) if read != known => {
                    let void_from_ms = read.void_from(now()).map(|time| time.0);
                    info!(
                        ?void_from_ms,
                        "the shared secret of the members was rotated; this node knows the new one"
                    );
                    known = read;
                }
                Ok(_) => {}
                // What is known goes on to count, and begins and ends at its times.
                Err(err) => debug!(%err, "cannot look for a new shared secret"),
            }
            apply(&cluster, &known);
            tokio::select! {
                () = tokio::time::sleep(POLL_MIN) => {}
                () = token.cancelled() => return,
            }
        }
    });
}

fn apply(cluster: &Cluster, secrets: &MeshSecrets) {
    let (current, previous) = secrets.at(now());
    cluster.set_secrets(current, previous);
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
