//! The demo's processes: two nodes started from the article's files.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::walk::DOMAIN;
use crate::api::Api;
use crate::node_files::{NodeFiles, Running};

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

/// Where the demo keeps its files.
pub(crate) struct DemoFolder {
    path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl DemoFolder {
    /// A given folder, or a temporary one; with both configurations in it.
    pub(crate) fn make(given: Option<&Path>) -> Result<Self> {
        let temporary = match given {
            Some(_) => None,
            None => Some(tempfile::Builder::new().prefix("cobnut-demo-").tempdir()?),
        };
        let path =
            temporary.as_ref().map(tempfile::TempDir::path).or(given).context("choose a folder")?.to_owned();
        fs::create_dir_all(&path)?;
        let folder = Self { path: path.canonicalize()?, _temporary: temporary };
        for number in 1..=2 {
            let text = ARTICLE[number - 1].replace(ARTICLE_NET, DEMO_NET);
            fs::write(folder.config(number), text)?;
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
        format!("sqlite://{}?mode=rwc", self.path.join("shared.db").display())
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
        let files = NodeFiles::open(&folder.data(number))?;
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
    fn addresses_are_mapped_and_the_typo_is_kept() {
        let folder = DemoFolder::make(None).expect("folder");
        let second = fs::read_to_string(folder.config(2)).expect("server 2");
        assert!(second.contains("<member>127.0.5:1:5701</member>"), "{second}");
        assert!(second.contains("<interface>127.0.5.2</interface>"), "{second}");
        assert!(!second.contains(ARTICLE_NET), "{second}");
    }
}
