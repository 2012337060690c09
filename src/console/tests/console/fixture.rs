//! A running console, and a browser small enough to lie when a test wants it to.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cobnut_console::{ConfigView, Console, ConsoleParts, ConsoleSettings, Reloaded};
use cobnut_mesh::{Candidate, Cluster, MeshSettings, NodeIdentity, SharedSecret};
use cobnut_model::{Jids, NodeId, PresenceState, SessionRecord, Show, UnixMillis, User};
use cobnut_net::{Metrics, Tasks, tls};
use cobnut_operations::{Operations, OperationsParts};
use cobnut_store::Store;
use cobnut_xmpp::{Xmpp, XmppParts, XmppSettings};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const DOMAIN: &str = "example.net";
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const TOKEN: &str = "token-of-this-machine";

/// A node with nothing but a console.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    pub(crate) https: SocketAddr,
    pub(crate) store: Store,
    pub(crate) cluster: Cluster,
    pub(crate) tasks: Tasks,
    pub(crate) folder: tempfile::TempDir,
    /// What the configuration says when it is read again; otherwise nothing has changed.
    pub(crate) next_reload: Arc<Mutex<Option<Result<Reloaded, String>>>>,
}

impl Node {
    pub(crate) async fn start() -> Self {
        Self::start_with(ConfigView::default()).await
    }

    pub(crate) async fn start_with(config: ConfigView) -> Self {
        Self::start_expecting(config, Vec::new()).await
    }

    /// A node whose configuration names these members.
    pub(crate) async fn start_expecting(config: ConfigView, candidates: Vec<Candidate>) -> Self {
        Self::start_on(None, config, candidates).await
    }

    /// A node on a database of its own, or on another one.
    pub(crate) async fn start_on(
        database: Option<String>,
        config: ConfigView,
        candidates: Vec<Candidate>,
    ) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let (tasks, metrics) = (Tasks::new(), Metrics::new());
        let own = tls::load_or_generate(folder.path(), DOMAIN).expect("certificate");
        let tls = own.tls(None).expect("TLS");
        let own = || format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
        let database = database.unwrap_or_else(own);
        let store = Store::open(&database).await.expect("store");
        add_user(&store, "admin", None).await;
        let (cluster, events) = Cluster::new(
            identity(),
            MeshSettings { candidates, ..mesh_settings() },
            SharedSecret { database_id: [1; 16], secret: [2; 32] },
            folder.path().join("clustering"),
            tasks.clone(),
            &metrics,
        );
        let mut settings = XmppSettings::new(DOMAIN);
        (settings.c2s, settings.c2s_tls) = (None, None);
        let parts = XmppParts {
            store: store.clone(),
            cluster: cluster.clone(),
            events,
            tls: tls.clone(),
            tasks: tasks.clone(),
            metrics: metrics.clone(),
        };
        let xmpp = Xmpp::start(settings, parts).await.expect("xmpp");
        let any = Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let admins =
            vec!["admin".to_owned(), format!("second@{DOMAIN}"), "other@elsewhere.example".to_owned()];
        let settings = ConsoleSettings { http: any, https: any, admins, api_token: TOKEN.to_owned() };
        let operations = Operations::start(OperationsParts {
            cluster: cluster.clone(),
            xmpp: xmpp.clone(),
            store: store.clone(),
            findings: Vec::new(),
            tasks: tasks.clone(),
        });
        let next_reload: Arc<Mutex<Option<Result<Reloaded, String>>>> = Arc::default();
        let reloads = Arc::clone(&next_reload);
        let reloader =
            move || reloads.lock().expect("reload").take().unwrap_or_else(|| Ok(Reloaded::default()));
        let parts = ConsoleParts {
            operations,
            store: store.clone(),
            cluster: cluster.clone(),
            xmpp,
            config: Arc::new(config),
            reloader: Arc::new(reloader),
            tls: tls.config,
            tasks: tasks.clone(),
            metrics,
        };
        let console = Console::start(settings, parts).await.expect("console");
        let (address, https) = (console.http_addr().expect("http"), console.https_addr().expect("https"));
        Self { address, https, store, cluster, tasks, folder, next_reload }
    }

    /// A browser that has not logged in.
    pub(crate) fn browser(&self) -> Browser {
        Browser { address: self.address, cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// A browser that is logged in as `admin`.
    pub(crate) async fn admin(&self) -> Browser {
        let mut browser = self.browser();
        let answer = browser.log_in("admin", PASSWORD).await;
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{}", answer.body);
        browser
    }

    /// A client session of this node.
    pub(crate) fn add_session(&self, jid: &str) {
        self.cluster.publish(SessionRecord {
            jid: jid.parse().expect("jid"),
            bound_at: UnixMillis(1_767_225_600_000),
            remote_ip: IpAddr::V4(Ipv4Addr::new(192, 168, 5, 77)),
            is_encrypted: true,
            presence: Some(PresenceState::new(5, Show::Away, Some("<b>lunch</b>"), b"")),
            is_interested: true,
            has_carbons: false,
            directed_to: Jids::default(),
            active_at: UnixMillis(1_767_225_600_000),
            hides_presence: false,
            is_anonymous: false,
        });
    }
}

fn identity() -> NodeIdentity {
    NodeIdentity {
        node_id: NodeId([7; 16]),
        name: "node-one".to_owned(),
        domain: DOMAIN.to_owned(),
        version: "1.2.3".to_owned(),
    }
}

fn mesh_settings() -> MeshSettings {
    MeshSettings {
        cluster_name: "openfire".to_owned(),
        bind_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        port_tries: 1,
        candidates: Vec::new(),
        heartbeat_interval: Duration::from_secs(1),
        suspect_after: Duration::from_secs(3),
        dead_after: Duration::from_secs(5),
        public_address: None,
        outbound_ports: Vec::new(),
        membership: cobnut_mesh::MembershipSettings::default(),
        multicast: None,
        protection: cobnut_mesh::Protection::default(),
    }
}

/// Makes an account with [`PASSWORD`].
pub(crate) async fn add_user(store: &Store, username: &str, name: Option<&str>) {
    let keys = cobnut_xmpp_proto::sasl::new_password_keys(PASSWORD, |bytes| rand::fill(bytes));
    let user = User {
        username: username.to_owned(),
        name: name.map(str::to_owned),
        email: None,
        created_at: UnixMillis(1),
        modified_at: UnixMillis(1),
    };
    store.create_user(&user, &keys).await.expect("create");
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|err| panic!("{err}: {}", self.body))
    }

    /// The token of the first form on the page.
    pub(crate) fn csrf(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").expect("a form with a token");
        rest.split_once('"').expect("end").0.to_owned()
    }
}

/// Keeps cookies and follows nothing.
#[derive(Clone)]
pub(crate) struct Browser {
    address: SocketAddr,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub(crate) headers: Vec<(String, String)>,
}

impl Browser {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    /// Sends a form as it is, without adding a token.
    pub(crate) async fn post_raw(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("form");
        self.send("POST", path, Some(("application/x-www-form-urlencoded", body))).await
    }

    /// Opens a page and sends its form with the token found there.
    pub(crate) async fn submit(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.get(page).await.csrf();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &csrf));
        self.post_raw(action, &fields).await
    }

    pub(crate) async fn log_in(&mut self, username: &str, password: &str) -> Answer {
        self.submit("/login", "/login", &[("username", username), ("password", password)]).await
    }

    /// Sends JSON with the API token.
    pub(crate) async fn api(&mut self, method: &str, path: &str, body: Option<serde_json::Value>) -> Answer {
        let mut caller = self.clone();
        caller.headers.push(("authorization".to_owned(), format!("Bearer {TOKEN}")));
        caller.send(method, path, body.map(|body| ("application/json", body.to_string()))).await
    }

    pub(crate) async fn send(&mut self, method: &str, path: &str, body: Option<(&str, String)>) -> Answer {
        let stream = TcpStream::connect(self.address).await.expect("connect");
        let request = self.request(method, path, body);
        let answer = exchange(stream, &request).await;
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("cookie");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) fn request(&self, method: &str, path: &str, body: Option<(&str, String)>) -> String {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let mut header = |name: &str, value: &str| request.extend([name, ": ", value, "\r\n"]);
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            header("Cookie", &cookies.join("; "));
        }
        for (name, value) in &self.headers {
            header(name, value);
        }
        let (kind, body) = body.unwrap_or_default();
        if !kind.is_empty() {
            header("Content-Type", kind);
        }
        header("Content-Length", &body.len().to_string());
        request.push_str("\r\n");
        request.push_str(&body);
        request
    }
}

/// Sends one request and reads until the server closes.
pub(crate) async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> Answer {
    let mut bytes = Vec::new();
    let talk = async {
        stream.write_all(request.as_bytes()).await.expect("send");
        // A server may close at once after an answer to a body that it did not read.
        let _reset = stream.read_to_end(&mut bytes).await;
    };
    tokio::time::timeout(Duration::from_secs(30), talk).await.expect("an answer in time");
    let text = String::from_utf8(bytes).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.expect("status"),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        body: body.to_owned(),
    }
}
