//! How the servers are started so that none outlives the process that wanted it.

use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A first start writes the system tables' caches and may share its disk with other tests.
const START_PATIENCE: Duration = Duration::from_secs(90);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Runs the server named by `$@` until standard input ends, then sends it a signal that ends it at once and, unless
/// the last word was `keep`, removes its folder. So the server ends with the process that holds the other end, even
/// one that is killed.
const SCRIPT: &str = r#"folder=$1; signal=$2; shift 2
"$@" >>"$folder/log" 2>&1 &
server=$!
read -r word
kill -"$signal" "$server" 2>/dev/null
wait "$server" 2>/dev/null
[ "$word" = keep ] || rm -rf "$folder""#;

/// The process that watches a server for us.
#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
}

impl Supervisor {
    /// Starts `server`, whose output goes to `log` in its folder. `signal` ends it as a crash would.
    pub(crate) fn start(folder: &Path, signal: &str, server: &Command) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(folder).arg(signal);
        command.arg(server.get_program()).args(server.get_args());
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C and `timeout` signal the group of the test; the supervisor has to live on to clean up.
        command.process_group(0);
        Ok(Self { child: command.spawn()? })
    }

    /// Ends the server, and removes its folder unless that is to be kept.
    pub(crate) fn end(mut self, is_kept: bool) {
        if let Some(mut input) = self.child.stdin.take() {
            // A supervisor that is gone already has done its work.
            drop(input.write_all(if is_kept { b"keep\n" } else { b"\n" }));
        }
        drop(self.child.wait());
    }
}

/// Asks until the server answers; the error has the server's log.
pub(crate) fn wait_until_ready(folder: &Path, ask: impl Fn() -> io::Result<String>) -> io::Result<()> {
    let deadline = Instant::now() + START_PATIENCE;
    loop {
        match ask() {
            Ok(_) => return Ok(()),
            Err(err) if Instant::now() > deadline => {
                let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("{err}\n{log}")));
            }
            Err(_) => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

/// Runs a client, feeds it `sql` and returns what it prints.
pub(crate) fn run_client(client: &mut Command, sql: &str) -> io::Result<String> {
    client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = client.spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(sql.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}

/// A program run by a command such as `ip netns exec NAME`, if there is one.
pub(crate) fn prefixed(prefix: &[String], program: &Path) -> Command {
    match prefix.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Whether we are root: servers refuse to run as root, so it has to name another account.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A port that was free a moment ago, unless one is named.
pub(crate) fn choose_port(bind: IpAddr, port: u16) -> io::Result<SocketAddr> {
    let port = if port == 0 { TcpListener::bind((bind, 0))?.local_addr()?.port() } else { port };
    Ok(SocketAddr::new(bind, port))
}
