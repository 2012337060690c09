//! Members as processes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command as Process, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::commands::Command;
use crate::{CompareArgs, System};

/// How members of a system are started.
#[derive(Debug)]
pub(crate) struct Launcher {
    system: System,
    heap: String,
    value_bytes: usize,
    /// `lib` and our compiled class.
    class_path: String,
}

impl Launcher {
    /// Compiles the Java member into `scratch` if the system needs it.
    pub(crate) fn new(system: System, arguments: &CompareArgs, scratch: &Path) -> Result<Self> {
        let class_path = match system {
            System::Cobnut | System::Clear | System::Uncompressed => String::new(),
            System::Replicated | System::Imap => compile(&arguments.hazelcast, scratch)?,
        };
        Ok(Self { system, heap: arguments.heap.clone(), value_bytes: arguments.value_bytes, class_path })
    }

    /// Starts the member on one of `ports`; returns when it serves.
    pub(crate) fn start(&self, port: u16, ports: &[u16]) -> Result<Member> {
        let list = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
        let (port, value_bytes) = (port.to_string(), self.value_bytes.to_string());
        let mut process = match self.system {
            System::Cobnut | System::Clear | System::Uncompressed => {
                let mut process = Process::new(std::env::current_exe().context("find this program")?);
                process.args(["member", "--port", &port, "--ports", &list, "--value-bytes", &value_bytes]);
                process.args((self.system == System::Clear).then_some("--clear"));
                process.args((self.system == System::Uncompressed).then_some("--wire=2"));
                process
            }
            System::Replicated | System::Imap => {
                let kind = if self.system == System::Imap { "imap" } else { "replicated" };
                let mut process = Process::new("java");
                process.arg(format!("-Xmx{}", self.heap));
                process.args(["-cp", &self.class_path, "MapMember", kind, &port, &list, &value_bytes]);
                process
            }
        };
        let mut child = process
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("start {}", process.get_program().display()))?;
        let input = child.stdin.take().context("the input of a member")?;
        let output = BufReader::new(child.stdout.take().context("the output of a member")?);
        let mut member = Member { child, input, output };
        member.answer().context("a member did not start")?;
        Ok(member)
    }
}

fn compile(hazelcast: &Path, scratch: &Path) -> Result<String> {
    let lib = hazelcast.join("lib");
    ensure!(
        lib.is_dir(),
        "{} is not there: compat-tests/hazelcast/prepare.sh fetches Hazelcast",
        lib.display()
    );
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("hazelcast/MapMember.java");
    let jars = format!("{}/*", lib.display());
    let status = Process::new("javac")
        .args(["-nowarn", "-cp", &jars, "-d"])
        .arg(scratch)
        .arg(&source)
        .status()
        .context("run javac (a JDK)")?;
    ensure!(status.success(), "javac could not compile {}", source.display());
    Ok(format!("{jars}:{}", scratch.display()))
}

/// Ports that are free now.
pub(crate) fn free_ports(count: usize) -> Result<Vec<u16>> {
    let listeners: Vec<TcpListener> = (0..count)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)).context("find a free port"))
        .collect::<Result<_>>()?;
    listeners.iter().map(|listener| Ok(listener.local_addr().context("a port")?.port())).collect()
}

/// A running member; killed when dropped.
#[derive(Debug)]
pub(crate) struct Member {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Member {
    /// Tells it something; [`Self::answer`] waits for it.
    pub(crate) fn tell(&mut self, command: Command) -> Result<()> {
        writeln!(self.input, "{command}").with_context(|| format!("tell a member: {command}"))
    }

    /// The answer to what it was told first and has not answered yet.
    pub(crate) fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).context("read the answer of a member")?;
        ensure!(!line.is_empty(), "a member ended");
        serde_json::from_str(&line).with_context(|| format!("a member said {line:?}"))
    }

    /// Tells it something and waits until it is done; the number that it answers.
    pub(crate) fn ask(&mut self, command: Command, field: &str) -> Result<u64> {
        self.tell(command)?;
        self.number(field)
    }

    /// A number of the next answer.
    pub(crate) fn number(&mut self, field: &str) -> Result<u64> {
        let answer = self.answer()?;
        answer.get(field).and_then(Value::as_u64).with_context(|| format!("no {field} in {answer}"))
    }

    /// Ends it without a word.
    pub(crate) fn kill(&mut self) -> Result<()> {
        self.child.kill().context("kill a member")?;
        self.child.wait().context("wait for a member").map(|_| ())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ended_already = self.kill();
    }
}
