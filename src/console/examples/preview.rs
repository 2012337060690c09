//! The consoles of three nodes with sample data, for looking at, on PORT and the two after it:
//! `cargo run -p cobnut-console --example preview [PORT]`.
//!
//! Log in as `admin` with the password `preview`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cobnut_console::{ConfigView, Console, ConsoleParts, ConsoleSettings, EffectiveSetting};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, Span};
use cobnut_mesh::{Candidate, Cluster, ClusterEvent, MeshSettings, NodeIdentity, SharedSecret};
use cobnut_model::{Jids, NodeId, PresenceState, SessionRecord, Show, UnixMillis, User};
use cobnut_net::{Metrics, Tasks, tls};
use cobnut_store::Store;
use cobnut_xmpp::{Xmpp, XmppParts, XmppSettings};
use tokio::sync::mpsc::Receiver;

const DOMAIN: &str = "example.net";
const CONFIG: &str = "\
<join>
    <multicast enabled=\"false\">
        <multicast-group>224.2.2.3</multicast-group>
        <multicast-port>54327</multicast-port>
    </multicast>
    <tcp-ip enabled=\"true\">
        <member>192.168.5:1:5701</member>
        <member>192.168.5.2:5701</member>
    </tcp-ip>
    <aws enabled=\"false\"/>
</join>
<interfaces enabled=\"true\">
    <interface>192.168.5.2</interface>
</interfaces>
";

/// Where the nodes listen for each other; far from 5701, which a real node on this machine may use.
const MESH_PORT: u16 = 15701;
const NODES: u8 = 3;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    cobnut_net::telemetry::init(cobnut_net::telemetry::LogFormat::Text, "info");
    let port: u16 = std::env::args().nth(1).map_or(Ok(9090), |port| port.parse())?;
    let folder = tempfile::tempdir()?;
    let tasks = Tasks::new();
    let database = format!("sqlite://{}?mode=rwc", folder.path().join("preview.db").display());
    let store = Store::open(&database).await?;
    add_users(&store).await?;
    let mut consoles = Vec::new();
    for number in 1..=NODES {
        consoles.push(start_node(number, port, &store, folder.path(), &tasks).await?);
    }
    // A server of another cluster, which is turned away.
    let _stranger = start_cluster(NODES + 1, "somebody-else", &store, folder.path(), &tasks).await?;
    tokio::signal::ctrl_c().await?;
    tasks.shut_down(Duration::from_secs(5)).await;
    Ok(())
}

async fn start_node(
    number: u8,
    first_port: u16,
    store: &Store,
    folder: &Path,
    tasks: &Tasks,
) -> anyhow::Result<Console> {
    let metrics = Metrics::new();
    let tls = tls::load_or_generate(folder, DOMAIN)?.tls(None)?;
    let (cluster, events) = start_cluster(number, "openfire", store, folder, tasks).await?;
    let mut xmpp_settings = XmppSettings::new(DOMAIN);
    (xmpp_settings.c2s, xmpp_settings.c2s_tls) = (None, None);
    let parts = XmppParts {
        store: store.clone(),
        cluster: cluster.clone(),
        events,
        tls: tls.clone(),
        tasks: tasks.clone(),
        metrics: metrics.clone(),
    };
    let xmpp = Xmpp::start(xmpp_settings, parts).await?;
    add_sessions(&cluster, number)?;
    let port = first_port + u16::from(number) - 1;
    let settings = ConsoleSettings {
        http: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        https: None,
        admins: vec!["admin".to_owned()],
        api_token: "preview".to_owned(),
    };
    let config = Arc::new(config_view());
    let reloader: cobnut_console::Reloader = Arc::new(|| Ok(cobnut_console::Reloaded::default()));
    let (store, tasks) = (store.clone(), tasks.clone());
    let operations = cobnut_operations::Operations::start(cobnut_operations::OperationsParts {
        cluster: cluster.clone(),
        xmpp: xmpp.clone(),
        store: store.clone(),
        findings: Vec::new(),
        tasks: tasks.clone(),
    });
    Ok(Console::start(
        settings,
        ConsoleParts { operations, store, cluster, xmpp, config, reloader, tls: tls.config, tasks, metrics },
    )
    .await?)
}

async fn start_cluster(
    number: u8,
    cluster_name: &str,
    store: &Store,
    folder: &Path,
    tasks: &Tasks,
) -> anyhow::Result<(Cluster, Receiver<ClusterEvent>)> {
    let identity = NodeIdentity {
        node_id: NodeId([number; 16]),
        name: format!("chat{number}.{DOMAIN}"),
        domain: DOMAIN.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let address = |number: u8| Ipv4Addr::new(127, 0, 9, number);
    let candidates =
        (1..=NODES).map(|number| Candidate { host: address(number).to_string(), ports: vec![MESH_PORT] });
    let settings = MeshSettings {
        cluster_name: cluster_name.to_owned(),
        bind_ip: IpAddr::V4(address(number)),
        port: MESH_PORT,
        port_tries: 1,
        candidates: candidates.collect(),
        heartbeat_interval: Duration::from_secs(1),
        suspect_after: Duration::from_secs(3),
        dead_after: Duration::from_secs(5),
        public_address: None,
        outbound_ports: Vec::new(),
        membership: cobnut_mesh::MembershipSettings::default(),
        multicast: None,
        protection: cobnut_mesh::Protection::default(),
    };
    let state_file = folder.join(format!("clustering-{number}"));
    let secret = secret(store).await?;
    let started = Cluster::new(identity, settings, secret, state_file, tasks.clone(), &Metrics::new());
    started.0.enable().await?;
    Ok(started)
}

async fn secret(store: &Store) -> anyhow::Result<SharedSecret> {
    let identity = store.cluster_identity().await?;
    Ok(SharedSecret { database_id: identity.database_id, secret: identity.secret })
}

async fn add_users(store: &Store) -> anyhow::Result<()> {
    let add = async |username: &str, name: Option<&str>, password: &str| {
        let keys = cobnut_xmpp_proto::sasl::new_password_keys(password, |bytes| rand::fill(bytes));
        let user = User {
            username: username.to_owned(),
            name: name.map(str::to_owned),
            email: name.map(|_| format!("{username}@mail.example.net")),
            created_at: UnixMillis(1_767_225_600_000),
            modified_at: UnixMillis(1_767_225_600_000),
        };
        store.create_user(&user, &keys).await
    };
    add("admin", Some("Administrator"), "preview").await?;
    add("10023", Some("张三 (采购部)"), "preview").await?;
    add("10024", Some("Li Si"), "preview").await?;
    add("eve", Some("<script>alert('x')</script>"), "preview").await?;
    for number in 0..40 {
        add(&format!("user{number:02}"), None, "preview").await?;
    }
    store.set_property("xmpp.domain", Some(DOMAIN)).await?;
    store.set_property("ldap.adminPassword", Some("never shown")).await?;
    Ok(())
}

fn add_sessions(cluster: &Cluster, node: u8) -> anyhow::Result<()> {
    let shows = [Show::Available, Show::Away, Show::DoNotDisturb, Show::Chat, Show::ExtendedAway];
    for (number, user) in ["10023", "10024", "eve", "user01", "user02", "user03"]
        .into_iter()
        .enumerate()
        .filter(|(number, _)| number % usize::from(NODES) + 1 == usize::from(node))
    {
        let jid = format!("{user}@{DOMAIN}/Spark 3.0.2").parse()?;
        let presence = shows
            .get(number)
            .map(|&show| PresenceState::new(1, show, (number == 2).then_some("<b>in a meeting</b>"), b""));
        cluster.publish(SessionRecord {
            jid,
            bound_at: UnixMillis(1_767_225_600_000 + 60_000 * number as u64),
            remote_ip: IpAddr::V4(Ipv4Addr::new(192, 168, 5, 100)),
            is_encrypted: number != 4,
            presence,
            is_interested: true,
            has_carbons: false,
            directed_to: Jids::default(),
            active_at: UnixMillis(1_767_225_600_000),
            hides_presence: false,
            is_anonymous: false,
        });
    }
    Ok(())
}

fn config_view() -> ConfigView {
    let source = Source::new("hazelcast-local-config.xml", CONFIG);
    let entry = "192.168.5:1:5701";
    let start = CONFIG.find(entry).unwrap_or_default();
    let location = source.location(Span::new(start, start + entry.len()));
    let finding = Diagnostic::new(
        "misplaced-separator",
        Severity::Error,
        location.clone(),
        "the member address has a colon where a dot belongs",
    )
    .here("Hazelcast takes `192.168.5` for a host name, which cannot be resolved")
    .note("Harmless when this server starts first; two clusters of one node each when the other one does.")
    .help("write the address with dots, and one colon before the port")
    .fix(Fix::safe("write 192.168.5.1:5701", Edit::replace(location, "192.168.5.1:5701")));
    let interface =
        source.location(Span::new(CONFIG.find("<interface>").unwrap_or_default(), CONFIG.len() - 15));
    let note = Diagnostic::new(
        "example",
        Severity::Info,
        interface,
        "this element selects the address to listen on",
    );
    let setting = |name: &str, value: &str, origin: &str| EffectiveSetting {
        name: name.to_owned(),
        value: value.to_owned(),
        origin: origin.to_owned(),
    };
    ConfigView {
        sources: vec![("conf/hazelcast-local-config.xml".into(), Arc::new(source))],
        findings: vec![finding, note],
        effective: vec![
            setting("cluster-name", "dev", "default"),
            setting("network/port", "5701", "default"),
            setting(
                "network/join/tcp-ip/member-list",
                "192.168.5.1:5701 192.168.5.2:5701",
                "hazelcast-local-config.xml:7",
            ),
            setting("network/interfaces", "192.168.5.2", "hazelcast-local-config.xml:13"),
        ],
    }
}
