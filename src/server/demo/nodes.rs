//! The demo's processes: two nodes started from the article's files.

use std::fs::{self, File};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::walk::DOMAIN;
use crate::api::Api;
use crate::node_files::{NodeFiles, Running, sqlite_url};

/// The article's two configurations as printed, typo included.
const ARTICLE: [&str; 2] =
    [include_str!("../../../conf/article/server1.xml"), include_str!("../../../conf/article/server2.xml")];
/// The network of the article.
const ARTICLE_NET: &str = "192.168.5";
/// What stands for it on this machine.
const DEMO_NET: &str = "127.0.5";
/// Time for a node to serve.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How often the demo looks whether a node serves.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Time for a node to end when asked.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The default ports, all of which the demo's nodes use.
const PORTS: [u16; 6] = [5222, 5223, 5701, 7777, 9090, 9091];

/// Says before anything starts that an address of the demo is missing or taken, and what to do about it.
pub(crate) fn check_addresses() -> Result<()> {
    for number in 1..=2 {
        for port in PORTS {
            check_address(&format!("{DEMO_NET}.{number}:{port}"))?;
        }
    }
    Ok(())
}

fn check_address(address: &str) -> Result<()> {
    match TcpListener::bind(address) {
        Ok(_free) => Ok(()),
        Err(err) => match err.kind() {
            io::ErrorKind::AddrInUse => bail!(
                "{address}, which the demo needs, is taken: by another demo, or by a server that listens on all \
                 addresses? Stop it and try again"
            ),
            io::ErrorKind::AddrNotAvailable => bail!(
                "this machine has no address for {address}, which the demo needs; Linux has all of 127.0.0.0/8, \
                 elsewhere `ifconfig lo0 alias` adds {DEMO_NET}.1 and {DEMO_NET}.2"
            ),
            _ => Err(err).with_context(|| format!("listen on {address}")),
        },
    }
}

/// Where the demo keeps its files.
pub(crate) struct DemoFolder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl DemoFolder {
    /// A given folder, or a temporary one; with both configurations in it.
    pub(crate) fn make(given: Option<&Path>) -> Result<Self> {
        let temporary = if given.is_some() {
            None
        } else {
            let made = tempfile::Builder::new().prefix("cobnut-demo-").tempdir();
            Some(made.context("make a temporary folder for the demo; --dir names another place")?)
        };
        let path =
            temporary.as_ref().map(tempfile::TempDir::path).or(given).context("choose a folder")?.to_owned();
        fs::create_dir_all(&path).with_context(|| format!("make the demo's folder {}", path.display()))?;
        let folder = Self { path: path.canonicalize()?, _temporary: temporary };
        for number in 1..=2 {
            let text = ARTICLE[number - 1].replace(ARTICLE_NET, DEMO_NET);
            let config = folder.config(number);
            fs::write(&config, text).with_context(|| format!("write {}", config.display()))?;
        }
        Ok(folder)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Configuration of node `number`.
    pub(crate) fn config(&self, number: usize) -> PathBuf {
        self.path.join(format!("server{number}.xml"))
    }

    /// The database of both nodes.
    pub(crate) fn database_url(&self) -> String {
        sqlite_url(&self.path.join("shared.db"))
    }

    fn data(&self, number: usize) -> PathBuf {
        self.path.join(format!("node{number}"))
    }
}

/// One running node.
pub(crate) struct DemoNode {
    /// 1 or 2, as in the article.
    pub(crate) number: usize,
    child: Child,
    running: Running,
    token: String,
}

impl DemoNode {
    /// Starts node `number` and waits until it serves.
    pub(crate) async fn start(folder: &DemoFolder, number: usize) -> Result<Self> {
        let log_path = folder.path().join(format!("node{number}.log"));
        let log = File::options().create(true).append(true).open(&log_path)?;
        let files = NodeFiles::at(&folder.data(number))?;
        files.withdraw();
        let mut child = Command::new(std::env::current_exe().context("find this program")?)
            .arg("run")
            .arg("--config")
            .arg(folder.config(number))
            .arg("--data")
            .arg(files.folder())
            .args(["--database", &folder.database_url()])
            .args(["--domain", DOMAIN])
            .args(["--bind", &format!("{DEMO_NET}.{number}")])
            .args(["--clustering", "off"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("start a node")?;
        let deadline = Instant::now() + START_TIMEOUT;
        let running = loop {
            if let Some(status) = child.try_wait()? {
                bail!("node {number} ended with {status}:\n{}", tail(&log_path));
            }
            if let Some(running) = files.running()? {
                break running;
            }
            if Instant::now() > deadline {
                bail!(
                    "node {number} does not serve after {} s:\n{}",
                    START_TIMEOUT.as_secs(),
                    tail(&log_path)
                );
            }
            sleep(LOOK_EVERY).await;
        };
        Ok(Self { number, child, running, token: files.api_token()? })
    }

    /// Process id.
    pub(crate) fn pid(&self) -> u32 {
        self.running.pid
    }

    /// Where clients connect.
    pub(crate) fn c2s(&self) -> SocketAddr {
        self.running.c2s.expect("the demo never switches the client port off")
    }

    /// Where the console is.
    pub(crate) fn console(&self) -> SocketAddr {
        self.running.console.expect("the demo never switches the console off")
    }

    /// The API of this node. Its calls block: use them from [`tokio::task::spawn_blocking`] or [`ask`].
    fn api(&self) -> Api {
        Api::new(self.console(), self.token.clone())
    }

    /// Calls the API without blocking the demo.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Api) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let api = self.api();
        tokio::task::spawn_blocking(move || call(&api)).await.context("ask a node")?
    }

    /// Ends the node at once, as a power cut would.
    pub(crate) async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("kill a node")
    }

    /// Asks the node to end, and insists if it does not.
    pub(crate) async fn stop(mut self) {
        if let Some(pid) = self.child.id() {
            let asked = Command::new("kill").arg(pid.to_string()).status().await;
            if asked.is_ok_and(|status| status.success())
                && tokio::time::timeout(STOP_TIMEOUT, self.child.wait()).await.is_ok()
            {
                return;
            }
        }
        drop(self.child.kill().await);
    }
}

/// The last lines of a log, for a message.
fn tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_taken_or_missing_is_told() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = taken.local_addr().expect("address").to_string();
        let err = check_address(&address).expect_err("taken").to_string();
        assert!(err.contains(&address) && err.contains("taken"), "{err}");
        drop(taken);
        check_address(&address).expect("free");
        // TEST-NET-1 belongs to nobody.
        let err = check_address("192.0.2.1:5222").expect_err("missing").to_string();
        assert!(err.contains("no address"), "{err}");
    }

    #[test]
    fn addresses_are_mapped_and_the_typo_is_kept() {
        let folder = DemoFolder::make(None).expect("folder");
        let second = fs::read_to_string(folder.config(2)).expect("server 2");
        assert!(second.contains("<member>127.0.5:1:5701</member>"), "{second}");
        assert!(second.contains("<interface>127.0.5.2</interface>"), "{second}");
        assert!(!second.contains(ARTICLE_NET), "{second}");
    }
}
