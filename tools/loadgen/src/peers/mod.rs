//! Servers to compare with, set up from nothing and run side by side on loopback until interrupted.

mod fill;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::accounts::Accounts;

/// How long a server may take to read its accounts and to listen: ejabberd hashes every password by itself.
const START_LIMIT: Duration = Duration::from_mins(10);
/// Between looks whether it listens.
const LOOK_PAUSE: Duration = Duration::from_millis(200);
/// How long a server may take to end in good order.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Knobs of the servers.
#[derive(Debug, Clone, Args)]
pub(crate) struct PeersArgs {
    /// Where their configurations, data and logs are put. What is there already is used as it is.
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Which servers to run.
    #[arg(
        long = "server",
        value_name = "NAME",
        value_delimiter = ',',
        default_value = "cobnut,ejabberd,prosody"
    )]
    pub(crate) servers: Vec<Peer>,
    /// The client port of the first one; each of the others has the next.
    #[arg(long, value_name = "PORT", default_value_t = 15222)]
    pub(crate) port: u16,
    /// The executable of Cobnut.
    #[arg(long, value_name = "FILE", default_value = "target/release/cobnut")]
    pub(crate) cobnut: PathBuf,
    /// Where Erlang finds ejabberd: what its own start script calls ERL_LIBS.
    #[arg(long, value_name = "DIR", default_value = "/usr/lib/x86_64-linux-gnu")]
    pub(crate) erl_libs: PathBuf,
    /// Keep message archives (XEP-0313) of all accounts.
    #[arg(long)]
    pub(crate) archive: bool,
}

/// A server that can be run. ejabberd and Prosody are those of the distribution's packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    Cobnut,
    Ejabberd,
    Prosody,
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::Cobnut => "cobnut",
            Self::Ejabberd => "ejabberd",
            Self::Prosody => "prosody",
        }
    }
}

/// One server's place.
#[derive(Debug)]
struct Site<'a> {
    peer: Peer,
    folder: PathBuf,
    port: u16,
    domain: &'a str,
    knobs: &'a PeersArgs,
}

/// Sets the servers up, starts them, prints how to name them to the measurements, and waits for Ctrl-C.
pub(crate) async fn run_peers(accounts: &Accounts, domain: &str, knobs: &PeersArgs) -> Result<()> {
    fs::create_dir_all(&knobs.folder).with_context(|| format!("create {}", knobs.folder.display()))?;
    let root = knobs.folder.canonicalize().context("find the folder")?;
    let mut running = Vec::new();
    let mut targets = String::new();
    for (&peer, port) in knobs.servers.iter().zip(knobs.port..) {
        let site = Site { peer, folder: root.join(peer.name()), port, domain, knobs };
        let child = site.start(accounts).await.with_context(|| format!("run {}", peer.name()))?;
        let id = child.id().context("it ended at once")?;
        let _ = write!(targets, " --target {}=127.0.0.1:{port}@{id}", peer.name());
        running.push((peer, child));
    }
    eprint_line(&targets);
    fs::write(root.join("targets"), format!("{}\n", targets.trim())).context("write the targets down")?;
    tokio::signal::ctrl_c().await.context("wait for Ctrl-C")?;
    for (peer, child) in running {
        stop(child).await.with_context(|| format!("stop {}", peer.name()))?;
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "what the operator has to copy into the next command")]
fn eprint_line(targets: &str) {
    eprintln!("running until Ctrl-C:{targets}");
}

async fn stop(mut child: Child) -> Result<()> {
    let id = child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
    if let Some(id) = id {
        rustix::process::kill_process(id, rustix::process::Signal::TERM).context("send SIGTERM")?;
    }
    if tokio::time::timeout(STOP_LIMIT, child.wait()).await.is_err() {
        child.kill().await.context("kill it")?;
    }
    Ok(())
}

impl Site<'_> {
    async fn start(&self, accounts: &Accounts) -> Result<Child> {
        let is_new = !self.folder.exists();
        fs::create_dir_all(self.folder.join("data")).context("create its folder")?;
        self.certify()?;
        let mut command = match self.peer {
            Peer::Cobnut => self.cobnut(accounts, is_new).await?,
            Peer::Ejabberd => self.ejabberd(accounts, is_new)?,
            Peer::Prosody => self.prosody(accounts, is_new)?,
        };
        let log = File::create(self.folder.join("log")).context("create its log")?;
        let errors = log.try_clone().context("share its log")?;
        command.stdin(Stdio::null()).stdout(log).stderr(errors).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("start {command:?}"))?;
        self.wait(&mut child).await?;
        Ok(child)
    }

    /// Waits until it has its accounts and listens.
    async fn wait(&self, child: &mut Child) -> Result<()> {
        let at = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let until = Instant::now() + START_LIMIT;
        loop {
            let log = self.folder.join("log");
            if let Some(status) = child.try_wait().context("look after it")? {
                bail!("it ended with {status}, see {}", log.display());
            }
            let is_filled = self.peer != Peer::Ejabberd || self.folder.join(fill::FILLED).exists();
            if is_filled && TcpStream::connect(at).await.is_ok() {
                return Ok(());
            }
            ensure!(Instant::now() < until, "not serving after {START_LIMIT:?}, see {}", log.display());
            sleep(LOOK_PAUSE).await;
        }
    }

    fn certify(&self) -> Result<()> {
        let names = vec![self.domain.to_owned(), format!("conference.{}", self.domain)];
        let made = rcgen::generate_simple_self_signed(names).context("make a certificate")?;
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        self.write("both.pem", &format!("{certificate}{key}"))?;
        self.write("cert.pem", &certificate)?;
        self.write("key.pem", &key)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))
    }

    /// A configuration with its places filled in.
    fn filled_in(&self, template: &str) -> String {
        let (always, module) = if self.knobs.archive { ("always", ", \"mam\"") } else { ("never", "") };
        template
            .replace("@DOMAIN@", self.domain)
            .replace("@FOLDER@", &self.folder.to_string_lossy())
            .replace("@PORT@", &self.port.to_string())
            .replace("@ARCHIVE_ALWAYS@", always)
            .replace("@ARCHIVE_MODULE@", module)
    }

    fn prosody(&self, accounts: &Accounts, is_new: bool) -> Result<Command> {
        self.write("prosody.cfg.lua", &self.filled_in(include_str!("prosody.cfg.lua")))?;
        if is_new {
            fill::prosody(accounts, self.domain, &self.folder.join("data"))?;
        }
        let mut command = Command::new("prosody");
        command.arg("--config").arg(self.folder.join("prosody.cfg.lua")).arg("-F");
        Ok(command)
    }

    /// Without its control script, which lowers the limit of open files and has its own idea of folders.
    fn ejabberd(&self, accounts: &Accounts, is_new: bool) -> Result<Command> {
        self.write("ejabberd.yml", &self.filled_in(include_str!("ejabberd.yml")))?;
        let mut command = Command::new("erl");
        command
            .env("ERL_LIBS", &self.knobs.erl_libs)
            .env("EJABBERD_CONFIG_PATH", self.folder.join("ejabberd.yml"))
            .env("EJABBERD_LOG_PATH", self.folder.join("ejabberd.log"))
            .env("ERL_CRASH_DUMP", self.folder.join("crash"))
            .args(["-noinput", "+K", "true", "+P", "2000000", "-mnesia", "dir"])
            .arg(quoted(&self.folder, "data"))
            .args(["-s", "ejabberd"]);
        if is_new {
            command.arg("-eval").arg(fill::ejabberd(accounts, self.domain, &self.folder)?);
        }
        Ok(command)
    }

    async fn cobnut(&self, accounts: &Accounts, is_new: bool) -> Result<Command> {
        let executable = self.knobs.cobnut.canonicalize().context("find Cobnut's executable")?;
        let database = self.folder.join("cobnut.db");
        let url = format!("sqlite://{}?mode=rwc", database.display());
        if is_new {
            fill::cobnut(accounts, self.domain, &self.folder, &executable, self.knobs.archive).await?;
        }
        let mut command = Command::new(executable);
        command
            .current_dir(&self.folder)
            .args(["run", "--clustering", "off", "--bind", "127.0.0.1", "--domain", self.domain])
            .args(["--database", &url, "--data", "data"])
            .args(["--c2s-port", &self.port.to_string(), "--console-port", &(self.port + 1000).to_string()]);
        Ok(command)
    }
}

/// Where a file of this name lies, as text in a command for another program.
fn quoted(folder: &Path, name: &str) -> String {
    format!("\"{}\"", folder.join(name).display().to_string().replace('\\', "\\\\").replace('"', "\\\""))
}
