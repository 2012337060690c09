//! One Cobnut node on a lab host.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::artifacts::profile_dir;
use crate::{Artifacts, Host, NodeView, Process, eventually, http, repository_root, target_dir};

/// How long a debug build may take from start to a listening 5222.
const START_LIMIT: Duration = Duration::from_secs(30);
/// How long an orderly stop may take.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Port of XMPP clients.
const C2S_PORT: u16 = 5222;
/// Port of the mesh and of the Hazelcast health pages.
const MESH_PORT: u16 = 5701;
/// Port of the console.
const CONSOLE_PORT: u16 = 9090;

/// How to start a node.
#[derive(Debug, Clone)]
pub struct NodeOptions {
    /// The Hazelcast XML file, used where it lies.
    pub config: PathBuf,
    /// The database URL.
    pub database: String,
    /// The XMPP domain.
    pub domain: String,
    /// `--clustering on|off`; `None` leaves it to the file and to what the operator saved.
    pub clustering: Option<bool>,
    /// Further arguments.
    pub extra: Vec<String>,
}

/// A node: its host, its folder and, while it runs, its process.
#[derive(Debug)]
pub struct Node {
    name: String,
    host: Arc<Host>,
    options: NodeOptions,
    artifacts: Artifacts,
    folder: PathBuf,
    process: Option<Process>,
}

impl Node {
    /// Prepares a node without starting it; its working folder is `NAME/` of the artifacts.
    pub fn new(name: &str, host: &Arc<Host>, artifacts: &Artifacts, options: NodeOptions) -> Result<Self> {
        let folder = artifacts.path(name);
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self {
            name: name.to_owned(),
            host: Arc::clone(host),
            options,
            artifacts: artifacts.clone(),
            folder,
            process: None,
        })
    }

    /// Starts the process and waits until it serves clients.
    pub fn start(&mut self) -> Result<()> {
        self.launch()?;
        self.wait_until_serving()
    }

    /// Starts the process and returns at once.
    pub fn launch(&mut self) -> Result<()> {
        let mut command = self.host.command(cobnut_binary()?);
        command.current_dir(&self.folder).arg("run").arg("--config").arg(&self.options.config).args([
            "--database",
            &self.options.database,
            "--domain",
            &self.options.domain,
        ]);
        if let Some(clustering) = self.options.clustering {
            command.args(["--clustering", if clustering { "on" } else { "off" }]);
        }
        command.args(&self.options.extra);
        self.process = Some(Process::spawn(&self.name, &self.artifacts, command)?);
        Ok(())
    }

    /// Waits until the ports of clients and console are open.
    pub fn wait_until_serving(&mut self) -> Result<()> {
        let ports = [C2S_PORT, CONSOLE_PORT].map(|port| self.host.socket(port));
        let host = Arc::clone(&self.host);
        let process = self.process()?;
        let (ended, _) = eventually(&format!("{} serving clients", process.name()), START_LIMIT, || {
            if !process.is_running() {
                return Ok(Some(true));
            }
            for at in ports {
                host.connect(at)?;
            }
            Ok(Some(false))
        })
        .with_context(|| process.log_tail())?;
        if ended {
            process.assert_running()?;
        }
        Ok(())
    }

    /// The running process.
    pub fn process(&mut self) -> Result<&mut Process> {
        self.process.as_mut().with_context(|| format!("{} is not running", self.name))
    }

    /// Stops it in good order.
    pub fn stop(&mut self) -> Result<()> {
        let status = self.process()?.terminate(STOP_LIMIT)?;
        self.process = None;
        if !status.success() {
            bail!("{} ended with {status} after SIGTERM", self.name);
        }
        Ok(())
    }

    /// Kills it without notice.
    pub fn kill(&mut self) -> Result<()> {
        self.process()?.kill()?;
        self.process = None;
        Ok(())
    }

    /// The name given at creation.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its host.
    pub fn host(&self) -> &Arc<Host> {
        &self.host
    }

    /// Its working folder.
    pub fn folder(&self) -> &PathBuf {
        &self.folder
    }

    /// How it is started; changes count from the next start.
    pub fn options_mut(&mut self) -> &mut NodeOptions {
        &mut self.options
    }

    /// `http://ADDRESS:9090`.
    pub fn console_url(&self) -> String {
        format!("http://{}:{CONSOLE_PORT}", self.host.address())
    }

    /// Members it sees, from the health page; an error while clustering is off or the node is down.
    pub fn cluster_size(&self) -> Result<usize> {
        let answer =
            http::get(&self.host, self.host.socket(MESH_PORT), "/hazelcast/health/cluster-size", &[])?;
        if answer.status != 200 {
            bail!("the health page of {} answered {}", self.name, answer.head);
        }
        let size = answer.body.trim().trim_matches('"');
        size.parse().with_context(|| format!("cluster size {:?} of {}", answer.body, self.name))
    }

    /// A look at it that other threads can take, whatever happens to the process meanwhile.
    pub fn view(&self) -> NodeView {
        NodeView::new(&self.name, &self.host, &self.folder, CONSOLE_PORT)
    }

    /// `GET /api/v1/PATH` of its console, with the token from its data folder.
    pub fn api(&self, path: &str) -> Result<Value> {
        self.view().api(path)
    }

    /// The value of one metric, all its labels together.
    pub fn metric(&self, name: &str) -> Result<f64> {
        self.view().metric(name)
    }

    /// All client sessions of the cluster as this node knows them: full JID and id of the node that holds it, sorted.
    pub fn sessions(&self) -> Result<Vec<(String, String)>> {
        let answer = self.api("sessions")?;
        let sessions = answer["sessions"].as_array().with_context(|| format!("no sessions in {answer}"))?;
        let field = |session: &Value, name: &str| session[name].as_str().unwrap_or_default().to_owned();
        let mut pairs: Vec<_> =
            sessions.iter().map(|session| (field(session, "jid"), field(session, "node_id"))).collect();
        pairs.sort();
        Ok(pairs)
    }

    /// Waits until it sees this many members.
    pub fn wait_for_cluster_size(&mut self, size: usize, limit: Duration) -> Result<Duration> {
        let what = format!("{} seeing {size} members", self.name);
        let waited = eventually(&what, limit, || {
            let seen = self.cluster_size()?;
            if seen == size { Ok(Some(())) } else { bail!("it sees {seen}") }
        });
        match waited {
            Ok(((), took)) => Ok(took),
            Err(err) => Err(err.context(self.process()?.log_tail())),
        }
    }
}

/// The binary under test: `COBNUT_BIN`, or the one of this build, brought up to date once.
pub fn cobnut_binary() -> Result<PathBuf> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    BINARY
        .get_or_init(|| build_binary("cobnut", "COBNUT_BIN").map_err(|err| format!("{err:#}")))
        .clone()
        .map_err(anyhow::Error::msg)
}

/// The load generator: `COBNUT_LOADGEN_BIN`, or the one of this build, brought up to date.
pub fn loadgen_binary() -> Result<PathBuf> {
    build_binary("loadgen", "COBNUT_LOADGEN_BIN")
}

fn build_binary(package: &str, variable: &str) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(variable) {
        let path = PathBuf::from(path);
        return path.canonicalize().with_context(|| format!("{variable}={}", path.display()));
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", package, "--target-dir"])
        .arg(target_dir())
        .current_dir(repository_root())
        .status()
        .with_context(|| format!("run cargo build --package {package}"))?;
    if !status.success() {
        bail!("cargo build --package {package} failed");
    }
    Ok(profile_dir().join(package))
}

/// Runs `cobnut ARGUMENTS` in `folder` to its end, on `host` or (for commands without a network) on this machine.
pub fn cobnut_command(host: Option<&Host>, folder: &Path, arguments: &[&str]) -> Result<Output> {
    let binary = cobnut_binary()?;
    let mut command = host.map_or_else(|| Command::new(&binary), |host| host.command(&binary));
    command.args(arguments).current_dir(folder);
    command.output().with_context(|| format!("run cobnut {}", arguments.join(" ")))
}
