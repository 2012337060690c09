//! One node: everything composed, started in order, stopped in reverse.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cobnut_console::{ConfigView, Console, ConsoleParts, ConsoleSettings};
use cobnut_mesh::{Cluster, ClusterEvent, NodeIdentity, SharedSecret};
use cobnut_model::{NodeId, User};
use cobnut_net::{Metrics, ServerIdentity, Tasks};
use cobnut_openfire::Encryption;
use cobnut_operations::{ConfigFinding, Operations, OperationsParts};
use cobnut_store::{CreateUser, Store, UserQuery};
use cobnut_xmpp::{Xmpp, XmppParts};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tracing::{info, warn};

use crate::commands::user;
use crate::discovery;
use crate::node_files::{FolderLock, Running, random_text};
use crate::plan::{Plan, Properties, without_password};
use crate::reload::Reload;
use crate::{secret_watch, told};

/// First wait before the database is tried again at start.
const DATABASE_RETRY_MIN: Duration = Duration::from_millis(500);
/// Longest wait before the database is tried again at start.
const DATABASE_RETRY_MAX: Duration = Duration::from_secs(15);
/// Time for clients to be told and tasks to end.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for clients to go to other members when the process is told to end.
const STOP_DRAIN_PATIENCE: Duration = Duration::from_secs(5);

/// A serving node.
pub(crate) struct RunningNode {
    plan: Plan,
    store: Store,
    cluster: Cluster,
    xmpp: Xmpp,
    operations: Operations,
    reload: Arc<Reload>,
    tasks: Tasks,
    _lock: FolderLock,
}

impl RunningNode {
    /// Starts a node: database, cluster, clients, console.
    pub(crate) async fn start(mut plan: Plan) -> Result<Self> {
        plan.files.make()?;
        let lock = plan.files.lock()?;
        let tasks = Tasks::new();
        let metrics = Metrics::new();
        refuse_before_opening(&plan).await?;
        let store = open_store(&plan.database_url.value, &plan.encryption).await?;
        store.register_metrics(&metrics);
        let properties =
            Properties::new(store.system_properties().await.context("read the system properties")?);
        crate::plan::refuse(&properties.refusals())?;
        plan.apply(&properties)?;
        if properties.get("xmpp.domain").is_none() {
            store.set_property("xmpp.domain", Some(&plan.domain.value)).await.context("store the domain")?;
        }
        create_first_admin(&store).await?;
        let admins = plan.admins(&properties);
        warn_without_admin(&store, &admins).await?;

        let identity = server_identity(&plan, &properties)?;
        let client_certificates = plan.client_certificates(&properties)?;
        let (cluster, events) = new_cluster(&plan, &store, &tasks, &metrics).await?;
        if let Some(reason) = plan.obstacle() {
            cluster.refuse_to_enable(reason.to_owned());
        }
        warn_of_saved_choice(&plan);
        if plan.is_clustering_wanted() {
            cluster.enable().await.context("start clustering")?;
        }
        tasks.spawn(
            "database discovery",
            discovery::run(store.clone(), cluster.clone(), tasks.token().clone()),
        );
        let parts = XmppParts {
            store: store.clone(),
            cluster: cluster.clone(),
            events,
            tls: identity.tls(client_certificates)?,
            tasks: tasks.child(),
            metrics: metrics.clone(),
        };
        let xmpp = Xmpp::start(plan.xmpp_settings(&admins), parts).await.context("serve clients")?;
        let config = Arc::new(plan.view());
        let operations = operations(&store, &cluster, &xmpp, &config, &tasks);
        let reload = Arc::new(Reload::new(&plan, cluster.clone()));
        let settings = ConsoleSettings {
            http: plan.listeners.console.value,
            https: plan.listeners.console_tls.value,
            admins,
            api_token: plan.files.api_token()?,
        };
        let parts = ConsoleParts {
            store: store.clone(),
            cluster: cluster.clone(),
            xmpp: xmpp.clone(),
            operations: operations.clone(),
            config,
            reloader: {
                let reload = Arc::clone(&reload);
                Arc::new(move || reload.run())
            },
            tls: identity.tls(None)?.config,
            tasks: tasks.child(),
            metrics,
        };
        let console = Console::start(settings, parts).await.context("serve the console")?;
        let node = Self { plan, store, cluster, xmpp, operations, reload, tasks, _lock: lock };
        node.announce(console.http_addr(), console.https_addr())?;
        Ok(node)
    }

    /// Serves until the process is asked to end, then stops in order: clients, cluster, the rest.
    pub(crate) async fn serve(self) -> Result<()> {
        let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
        let mut hang_up = signal(SignalKind::hangup()).context("listen for SIGHUP")?;
        loop {
            tokio::select! {
                pressed = tokio::signal::ctrl_c() => {
                    pressed.context("listen for SIGINT")?;
                    break;
                }
                _ = terminate.recv() => break,
                () = self.operations.stopped() => break,
                _ = hang_up.recv() => {
                    // Names are resolved on the way, which may take long.
                    let reload = Arc::clone(&self.reload);
                    tokio::task::spawn_blocking(move || reload.run());
                }
            }
        }
        info!("stopping");
        self.plan.files.withdraw();
        self.send_clients_elsewhere().await;
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, self.xmpp.drain()).await.is_err() {
            warn!("some clients did not take the end of their stream");
        }
        self.cluster.disable().await;
        if !self.tasks.shut_down(SHUTDOWN_TIMEOUT).await {
            warn!(running = ?self.tasks.running(), "tasks did not end in time");
        }
        self.store.close().await;
        Ok(())
    }

    /// Clients of a cluster have somewhere to go: they are sent there before the end, unless the process is told a second
    /// time to end.
    async fn send_clients_elsewhere(&self) {
        if self.cluster.members().len() < 2 || !self.xmpp.drain_state().is_serving() {
            return;
        }
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            drained = self.xmpp.drain_clients(STOP_DRAIN_PATIENCE) => {
                info!(moved = drained.moved, closed = drained.closed, "clients were sent to other members");
            }
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }

    /// Says on the log and in the data folder where this node serves.
    fn announce(&self, console: Option<SocketAddr>, console_tls: Option<SocketAddr>) -> Result<()> {
        let running = Running {
            pid: std::process::id(),
            domain: self.plan.domain.value.clone(),
            c2s: self.xmpp.c2s_addr(),
            c2s_tls: self.xmpp.c2s_tls_addr(),
            proxy: self.xmpp.proxy_addr(),
            console,
            console_tls,
            mesh: self.cluster.local_addr(),
        };
        let shown = |address: Option<SocketAddr>| {
            address.map_or_else(|| "off".to_owned(), |address| address.to_string())
        };
        info!(
            domain = running.domain,
            c2s = shown(running.c2s),
            c2s_tls = shown(running.c2s_tls),
            proxy = shown(running.proxy),
            console = shown(running.console),
            console_tls = shown(running.console_tls),
            mesh = shown(running.mesh),
            "ready"
        );
        self.plan.files.announce(&running)
    }
}

/// Refuses the properties of an installation before anything is made in its database. What cannot be looked at now is
/// judged when it is opened.
async fn refuse_before_opening(plan: &Plan) -> Result<()> {
    if !plan.has_home() {
        return Ok(());
    }
    let looked = Store::look_into(&plan.database_url.value, plan.encryption.clone()).await;
    let Ok(Some(store)) = looked else { return Ok(()) };
    let properties = store.system_properties().await;
    store.close().await;
    match properties {
        Ok(rows) => crate::plan::refuse(&Properties::new(rows).refusals()),
        Err(_) => Ok(()),
    }
}

/// Opens the database; one that is away is tried again and again, one that is wrong ends the start.
async fn open_store(url: &str, encryption: &Encryption) -> Result<Store> {
    let mut wait = DATABASE_RETRY_MIN;
    loop {
        match Store::open_with(url, encryption.clone()).await {
            Ok(store) => return Ok(store),
            Err(err) if err.is_unavailable() => {
                warn!(
                    database = without_password(url),
                    err = told::causes(&anyhow::Error::new(err)),
                    retry_after_ms = wait.as_millis(),
                    "the database is away"
                );
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(DATABASE_RETRY_MAX);
            }
            Err(err) => {
                return Err(err).with_context(|| format!("open the database {}", without_password(url)));
            }
        }
    }
}

/// The certificate of the home, or the one in the data folder, which is made if there is none.
fn server_identity(plan: &Plan, properties: &Properties) -> Result<ServerIdentity> {
    match plan.home_certificate(properties) {
        Some(Ok(certificate)) => {
            for remark in certificate.remarks(&plan.domain.value, user::now()) {
                warn!(store = %certificate.path.display(), "{remark}");
            }
            return Ok(certificate.identity());
        }
        Some(Err(reason)) => {
            warn!(
                reason,
                "the key store of the home cannot be used; a certificate of the data folder is used instead"
            );
        }
        None => {}
    }
    Ok(cobnut_net::tls::load_or_generate(plan.files.folder(), &plan.domain.value)?)
}

/// What operators ask of this node.
fn operations(
    store: &Store,
    cluster: &Cluster,
    xmpp: &Xmpp,
    config: &ConfigView,
    tasks: &Tasks,
) -> Operations {
    Operations::start(OperationsParts {
        cluster: cluster.clone(),
        xmpp: xmpp.clone(),
        store: store.clone(),
        findings: config.findings.iter().map(finding).collect(),
        tasks: tasks.child(),
    })
}

/// A finding of the linter as reports carry it.
fn finding(finding: &cobnut_diagnostics::Diagnostic) -> ConfigFinding {
    let location = finding.location();
    let start = location.start();
    ConfigFinding {
        severity: finding.severity().to_string(),
        rule: finding.rule().to_owned(),
        place: format!("{}:{}:{}", location.source().name(), start.line, start.column),
        message: finding.message().to_owned(),
    }
}

/// The handle on the cluster, with the secret that the database holds.
async fn new_cluster(
    plan: &Plan,
    store: &Store,
    tasks: &Tasks,
    metrics: &Metrics,
) -> Result<(Cluster, mpsc::Receiver<ClusterEvent>)> {
    let shared = store.cluster_identity().await.context("read the identity of the database")?;
    let (node_id, id_remedy) = plan.node_id()?;
    let mut mesh = plan.mesh.clone();
    mesh.membership.id_remedy = id_remedy;
    let (cluster, events) = Cluster::new(
        identity(plan, node_id),
        mesh,
        SharedSecret { database_id: shared.database_id, secret: shared.secret },
        plan.files.clustering_choice(),
        tasks.child(),
        metrics,
    );
    cluster.answer_probes_as(plan.probe_form());
    let secrets = store.mesh_secrets().await.context("read the secret of the members")?;
    secret_watch::follow(store.clone(), cluster.clone(), secrets, tasks);
    Ok((cluster, events))
}

/// Says when a choice saved in the console and the configuration differ.
fn warn_of_saved_choice(plan: &Plan) {
    let saved = plan.is_clustering_wanted();
    if saved != plan.clustering.value {
        warn!(
            saved,
            configured = plan.clustering.value,
            origin = plan.clustering.origin,
            file = %plan.files.clustering_choice().display(),
            "the choice saved in the console wins; delete the file to go back to the configuration"
        );
    }
}

fn identity(plan: &Plan, node_id: NodeId) -> NodeIdentity {
    NodeIdentity {
        node_id,
        name: crate::plan::host_name(),
        domain: plan.domain.value.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Creates `admin` with a random password in a database without any account, and prints the password, this once.
async fn create_first_admin(store: &Store) -> Result<()> {
    let any = UserQuery { search: None, offset: 0, limit: 1 };
    if store.users(&any).await.context("look for accounts")?.total > 0 {
        return Ok(());
    }
    let password = random_text(14);
    let now = user::now();
    let admin = User {
        username: "admin".to_owned(),
        name: Some("Administrator".to_owned()),
        email: None,
        created_at: now,
        modified_at: now,
    };
    match store.create_user(&admin, &user::keys(&password)).await {
        Ok(CreateUser::Created) => {
            print_first_password(&password);
            Ok(())
        }
        // Another node of the same database was faster and printed its password.
        Ok(CreateUser::Exists) => Ok(()),
        Err(err) => bail!(anyhow::Error::new(err).context("create the admin account")),
    }
}

/// Says that nobody can log in to the console, for example because the first account was made on the command line.
async fn warn_without_admin(store: &Store, admins: &[String]) -> Result<()> {
    for admin in admins {
        if store.user(admin).await.context("look for the accounts of the console")?.is_some() {
            return Ok(());
        }
    }
    warn!(
        missing = admins.join(" "),
        "nobody can log in to the console; `cobnut user add NAME` makes the missing account"
    );
    Ok(())
}

#[expect(
    clippy::print_stderr,
    reason = "a secret shown once to the operator, which must not go to a log collector"
)]
fn print_first_password(password: &str) {
    eprintln!(
        "\n  The database had no accounts. Created the console login\n\n      admin / {password}\n\n  This is shown once; `cobnut user passwd admin` sets another.\n"
    );
}
