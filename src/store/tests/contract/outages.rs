//! What only a database server can do: refuse, go away and come back.

use std::net::SocketAddr;
use std::time::Duration;

use cobnut_model::UnixMillis;
use cobnut_net::within;
use cobnut_store::{AddOffline, Health, Store, StoreError, UserQuery};
use cobnut_test_support::{MariaDb, Postgres};
use sqlx::{Connection as _, Row as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::fixture::{both_keys, create, mariadb_server, postgres_server};
use crate::openfire::{self, Flavour};

/// Longer than any outage of these tests lasts, shorter than a person waits.
const PATIENCE: Duration = Duration::from_mins(1);
/// Shorter than the limit of one operation: what is known to be away is not waited for.
const FAST: Duration = Duration::from_secs(9);

/// What the cases ask of a server, whoever made it.
trait Server: Sized {
    fn start() -> Option<Self>;
    fn address(&self) -> SocketAddr;
    fn new_database(&self) -> String;
    fn stop(&mut self);
    fn start_again(&mut self);
}

macro_rules! server {
    ($name:ident) => {
        impl Server for $name {
            fn start() -> Option<Self> {
                Self::start()
            }
            fn address(&self) -> SocketAddr {
                self.address()
            }
            fn new_database(&self) -> String {
                self.url(&self.create_database())
            }
            fn stop(&mut self) {
                self.stop();
            }
            fn start_again(&mut self) {
                self.start_again();
            }
        }
    };
}
server!(MariaDb);
server!(Postgres);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_mariadb_fails_fast_and_comes_back() {
    a_lost_database_fails_fast_and_comes_back::<MariaDb>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_postgres_fails_fast_and_comes_back() {
    a_lost_database_fails_fast_and_comes_back::<Postgres>().await;
}

async fn a_lost_database_fails_fast_and_comes_back<S: Server>() {
    let Some(mut server) = S::start() else { return };
    let store = Store::open(&server.new_database()).await.expect("open");
    create(&store, "bob").await;
    let mut health = store.watch_health();
    assert_eq!(*health.borrow(), Health::Available);

    server.stop();
    let err = within(FAST, store.credentials("bob")).await.expect("fast").expect_err("away");
    assert!(err.is_unavailable(), "{err:?}");
    let is_down = health.wait_for(|health| matches!(health, Health::Unavailable { .. }));
    tokio::time::timeout(PATIENCE, is_down).await.expect("in time").expect("open");
    let ask_often = async {
        for _ in 0..100 {
            assert!(store.user("bob").await.expect_err("away").is_unavailable());
        }
    };
    within(FAST, ask_often).await.expect("fast");
    assert!(store.ping().await.expect_err("away").is_unavailable());

    server.start_again();
    let is_up = health.wait_for(|health| *health == Health::Available);
    tokio::time::timeout(PATIENCE, is_up).await.expect("in time").expect("open");
    let bob = store.credentials("bob").await.expect("credentials").expect("bob");
    assert_eq!(bob.keys, both_keys(7));
    let added = store.add_offline("bob", "<message/>", UnixMillis(1), 1000).await.expect("add");
    assert_eq!(added, AddOffline::Stored);
    store.close().await;
}

#[tokio::test]
async fn an_absent_server_is_unavailable_with_its_reason() {
    // Nothing listens on port 1.
    let err = Store::open("mysql://cobnut:pw@127.0.0.1:1/openfire").await.expect_err("absent");
    let StoreError::Unavailable(source) = err else { panic!("{err:?}") };
    assert!(matches!(source, sqlx::Error::Io(_)), "{source:?}");
}

#[tokio::test]
async fn a_url_that_is_none_is_refused_without_repeating_its_password() {
    for url in ["oracle://scott:tiger@db/openfire", "", "sqlite", "mysql://x:tiger@[::/db"] {
        let err = Store::open(url).await.expect_err("refused");
        assert!(matches!(err, StoreError::Url(_)), "{err:?}");
        assert!(!err.to_string().contains("tiger"), "{err}");
    }
}

#[tokio::test]
async fn a_url_that_can_never_work_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().display();
    let missing = format!("sqlite://{path}/missing.db");
    let is_folder = format!("sqlite://{path}?mode=rwc");
    for (url, reason) in [
        ("mysql://cobnut:pw@127.0.0.1:1", "names no database"),
        ("mysql://cobnut:pw@127.0.0.1:1/", "names no database"),
        ("postgres://cobnut:pw@127.0.0.1:1/", "names no database"),
        (&missing, "?mode=rwc"),
        (&is_folder, "is a folder"),
    ] {
        let err = Store::open(url).await.expect_err("refused");
        assert!(matches!(err, StoreError::Url(_)), "{url}: {err:?}");
        assert!(err.to_string().contains(reason), "{url}: {err}");
    }
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_with_advice() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("junk.db");
    std::fs::write(&file, "not a database, but long enough to look at").expect("write");
    let err = Store::open(&format!("sqlite://{}", file.display())).await.expect_err("refused");
    assert!(matches!(err, StoreError::Connect(_)), "{err:?}");
    assert!(err.advice().is_some(), "{err:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_ends_the_attempt_with_advice() {
    let Some(server) = mariadb_server() else { return };
    let name = server.create_database();
    server.execute("CREATE USER 'locked'@'%' IDENTIFIED BY 'right'");
    let err = Store::open(&server.url_as("locked", "wrong", &name)).await.expect_err("refused");
    assert!(matches!(err, StoreError::Connect(_)), "{err:?}");
    assert!(err.advice().is_some_and(|advice| advice.contains("password")), "{err:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_postgres_refuses_comes_with_advice() {
    let Some(server) = postgres_server() else { return };
    let name = server.create_database();
    server.execute("postgres", "CREATE USER locked PASSWORD 'right'");
    for (url, word) in [
        (server.url_as("locked", "wrong", &name), "password"),
        (server.url("no_such_database"), "create the database"),
        (server.url_as("locked", "right", &name), "grant"),
    ] {
        let err = Store::open(&url).await.expect_err("refused");
        assert!(err.advice().is_some_and(|advice| advice.contains(word)), "{err:?}");
        assert!(!err.is_unavailable(), "{err:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_permission_to_create_tables_the_rest_works() {
    if let Some(server) = mariadb_server() {
        let name = server.create_database();
        let schema = openfire::database(openfire::USUAL, Flavour::MySql);
        server.execute(&format!("USE {name}; {schema}"));
        server.execute(&format!(
            "CREATE USER 'reader'@'%' IDENTIFIED BY 'pw'; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.* TO 'reader'@'%'"
        ));
        nothing_but_our_tables_is_missing(&server.url_as("reader", "pw", &name)).await;
    }
    if let Some(server) = postgres_server() {
        let name = server.create_database();
        server.execute(&name, &openfire::database(openfire::USUAL, Flavour::Postgres));
        server.execute(
            &name,
            "CREATE USER reader PASSWORD 'pw'; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO reader",
        );
        nothing_but_our_tables_is_missing(&server.url_as("reader", "pw", &name)).await;
    }
}

async fn nothing_but_our_tables_is_missing(url: &str) {
    let store = Store::open(url).await.expect("open");
    assert!(store.set_credentials("bob", &both_keys(3)).await.expect("set"));
    let bob = store.credentials("bob").await.expect("credentials").expect("bob");
    assert_eq!(bob.keys, both_keys(3)[..1]);
    assert_eq!(store.private_xml("bob", "a", "b").await.expect("private"), None);
    let err = store.set_private_xml("bob", "a", "b", "<a/>").await.expect_err("no place");
    assert!(err.to_string().contains("grant CREATE"), "{err}");
    assert!(store.delete_user("bob").await.expect("delete"));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_too_long_for_an_old_column_is_over_quota() {
    let Some(server) = mariadb_server() else { return };
    let name = server.create_database();
    server.execute(&format!("USE {name}; {}", openfire::database(openfire::USUAL, Flavour::MySql)));
    let store = Store::open(&server.url(&name)).await.expect("open");
    let long = "x".repeat(70_000);
    let added = store.add_offline("bob", &long, UnixMillis(1), 100_000).await.expect("add");
    assert_eq!(added, AddOffline::QuotaExceeded);
    assert_eq!(store.offline("bob").await.expect("offline").len(), 1);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_connection_of_postgres_is_replaced() {
    let Some(server) = postgres_server() else { return };
    let name = server.create_database();
    let store = Store::open(&server.url(&name)).await.expect("open");
    create(&store, "bob").await;
    server.execute(
        "postgres",
        &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    );
    assert!(store.user("bob").await.expect("user").is_some());
    assert_eq!(*store.watch_health().borrow(), Health::Available);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_connection_is_replaced() {
    let Some(server) = mariadb_server() else { return };
    let name = server.create_database();
    let store = Store::open(&server.url(&name)).await.expect("open");
    create(&store, "bob").await;
    let processes = format!("SELECT id FROM information_schema.processlist WHERE db = '{name}'");
    for id in server.execute(&processes).lines() {
        server.execute(&format!("KILL CONNECTION {id}"));
    }
    assert!(store.user("bob").await.expect("user").is_some());
    assert_eq!(*store.watch_health().borrow(), Health::Available);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_character_sets_and_collations_are_read() {
    let Some(server) = mariadb_server() else { return };
    for charset in
        ["latin1 COLLATE latin1_swedish_ci", "utf8mb3 COLLATE utf8mb3_bin", "utf8mb4 COLLATE utf8mb4_bin"]
    {
        let name = server.create_database();
        server.execute(&format!("ALTER DATABASE {name} CHARACTER SET {charset}"));
        server.execute(&format!("USE {name}; {}", openfire::database(openfire::USUAL, Flavour::MySql)));
        let store = Store::open(&server.url(&name)).await.expect("open");
        assert!(store.update_user("bob", Some("Bob Café"), None).await.expect("update"), "{charset}");
        let found = store.users(&UserQuery { search: Some("CAFÉ".to_owned()), offset: 0, limit: 9 }).await;
        let found = found.expect("users").users;
        assert_eq!(found[0].name.as_deref(), Some("Bob Café"), "{charset}");
        assert!(store.set_credentials("bob", &both_keys(3)).await.expect("set"));
        assert_eq!(store.credentials("bob").await.expect("get").expect("bob").keys, both_keys(3));
        assert_eq!(store.roster("bob").await.expect("roster").len(), 3, "{charset}");
        store.close().await;
        assert!(is_found_by_key(&server.url(&name)).await, "{charset}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn characters_that_a_column_cannot_hold_are_a_clear_error() {
    let Some(server) = mariadb_server() else { return };
    server.execute("CREATE USER 'lax'@'%' IDENTIFIED BY 'pw'; GRANT ALL ON *.* TO 'lax'@'%'");
    for charset in ["latin1", "utf8mb3", "utf8mb4"] {
        let name = server.create_database();
        server.execute(&format!("ALTER DATABASE {name} CHARACTER SET {charset}"));
        let schema = openfire::database(openfire::USUAL, Flavour::MySql);
        server.execute(&format!("USE {name}; {schema}"));
        // Without strict mode the server would store question marks.
        server.execute("SET GLOBAL sql_mode = ''");
        let store = Store::open(&server.url_as("lax", "pw", &name)).await.expect("open");
        let outcome = store.add_offline("bob", "<body>😀</body>", UnixMillis(1), 1000).await;
        let vcard = store.set_vcard("bob", Some("<FN>😀</FN>")).await;
        server.execute("SET GLOBAL sql_mode = DEFAULT");
        if charset == "utf8mb4" {
            assert_eq!(outcome.expect("stored"), AddOffline::Stored);
            vcard.expect("stored");
        } else {
            for err in [outcome.expect_err("refused"), vcard.expect_err("refused")] {
                assert!(err.is_unfit() && err.to_string().contains("utf8mb4"), "{err}");
            }
            assert_eq!(store.offline("bob").await.expect("offline").len(), 1);
        }
        // Looking for what cannot be there finds nothing and is no error.
        assert_eq!(store.user("😀").await.expect("user"), None, "{charset}");
        assert!(store.credentials("😀").await.expect("credentials").is_none(), "{charset}");
        let query = UserQuery { search: Some("😀".to_owned()), offset: 0, limit: 9 };
        assert_eq!(store.users(&query).await.expect("users").total, 0, "{charset}");
        let long = "x".repeat(101);
        assert!(store.update_user("bob", Some(&long), None).await.expect_err("too long").is_unfit());
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collation_lets_nobody_in_under_a_neighbours_name() {
    let Some(server) = mariadb_server() else { return };
    let name = server.create_database();
    server.execute(&format!("ALTER DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"));
    server.execute(&format!("USE {name}; {}", openfire::database(openfire::USUAL, Flavour::MySql)));
    server.execute(&format!("UPDATE {name}.ofUser SET username = 'Sara' WHERE username = 'sara'"));
    let store = Store::open(&server.url(&name)).await.expect("open");
    for (asked, is_there) in [("bob", true), ("bób", false), ("sara", true)] {
        assert_eq!(store.user(asked).await.expect("user").is_some(), is_there, "{asked}");
        assert_eq!(store.credentials(asked).await.expect("credentials").is_some(), is_there, "{asked}");
    }
    store.close().await;
}

/// Whether MySQL looks an account up by the key of its table, although the question comes in another character set.
async fn is_found_by_key(url: &str) -> bool {
    let options = url.parse::<sqlx::mysql::MySqlConnectOptions>().expect("url").charset("utf8mb4");
    let mut connection = sqlx::MySqlConnection::connect_with(&options).await.expect("connect");
    let explain = sqlx::query("EXPLAIN SELECT name FROM ofUser WHERE username = ?").bind("bob");
    let plan = explain.fetch_one(&mut connection).await.expect("plan");
    let key: Option<String> = plan.try_get("key").expect("key");
    key.as_deref() == Some("PRIMARY")
}

/// Forwards connections until it is frozen: then those that are open stay open and carry nothing any more, for ever,
/// and new ones are accepted and carry nothing until it thaws. That is what a host that vanished looks like.
struct Proxy {
    address: SocketAddr,
    frozen: watch::Sender<bool>,
}

impl Proxy {
    async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address");
        let frozen = watch::Sender::new(false);
        let state = frozen.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut frozen = state.subscribe();
                tokio::spawn(async move {
                    if *frozen.borrow() {
                        std::future::pending::<()>().await;
                    }
                    let mut server = TcpStream::connect(target).await.expect("connect");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        () = async { drop(frozen.wait_for(|frozen| *frozen).await) } => {
                            std::future::pending::<()>().await;
                        }
                    }
                });
            }
        });
        Self { address, frozen }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_mariadb_is_an_outage_and_its_connections_are_not_used_again() {
    if let Some(server) = mariadb_server() {
        a_silent_host_is_an_outage_and_its_connections_are_not_used_again(server).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_postgres_is_an_outage_and_its_connections_are_not_used_again() {
    if let Some(server) = postgres_server() {
        a_silent_host_is_an_outage_and_its_connections_are_not_used_again(server).await;
    }
}

async fn a_silent_host_is_an_outage_and_its_connections_are_not_used_again<S: Server>(server: &S) {
    let proxy = Proxy::start(server.address()).await;
    let url = server.new_database();
    let url = url.replace(&server.address().to_string(), &proxy.address.to_string());
    let store = Store::open(&url).await.expect("open");
    create(&store, "bob").await;
    let mut health = store.watch_health();

    proxy.frozen.send_replace(true);
    let asked: Vec<_> = (0..10)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.user("bob").await })
        })
        .collect();
    let answers = async {
        for asked in asked {
            assert!(asked.await.expect("task").expect_err("silent").is_unavailable());
        }
    };
    within(FAST, answers).await.expect("fast");
    let is_down = health.wait_for(|health| *health != Health::Available);
    tokio::time::timeout(PATIENCE, is_down).await.expect("in time").expect("open");

    proxy.frozen.send_replace(false);
    let is_up = health.wait_for(|health| *health == Health::Available);
    tokio::time::timeout(PATIENCE, is_up).await.expect("in time").expect("open");
    let ask_often = async {
        for _ in 0..30 {
            assert!(store.user("bob").await.expect("user").is_some());
        }
    };
    within(FAST, ask_often).await.expect("fast");
    store.close().await;
}
