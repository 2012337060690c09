//! Installs what the tests with real software need. Asks the machine's own package clients, by name, and only
//! for what is missing, so that a second run needs neither root nor network.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::report::{Outcome, run, say};
use crate::workspace::{Workspace, find_program};

/// How to see that a Debian package is there without asking dpkg: other ways to install are as good.
#[derive(Clone, Copy)]
enum Trace {
    Program(&'static str),
    File(&'static str),
    PythonModule(&'static str),
}

/// Debian packages, and what shows that each is there.
const PACKAGES: [(&str, Trace); 22] = [
    ("ca-certificates", Trace::File("/etc/ssl/certs/ca-certificates.crt")),
    ("chromium", Trace::Program("chromium")),
    ("default-jdk-headless", Trace::Program("javac")),
    ("dnsmasq-base", Trace::Program("dnsmasq")),
    ("fonts-noto-cjk", Trace::File("/usr/share/fonts/opentype/noto")),
    ("g++", Trace::Program("c++")),
    ("git", Trace::Program("git")),
    ("haproxy", Trace::Program("haproxy")),
    ("iproute2", Trace::Program("ip")),
    ("libnginx-mod-stream", Trace::File("/usr/lib/nginx/modules/ngx_stream_module.so")),
    ("mariadb-server", Trace::Program("mariadbd")),
    ("maven", Trace::Program("mvn")),
    ("mcabber", Trace::Program("mcabber")),
    ("nftables", Trace::Program("nft")),
    ("nginx", Trace::Program("nginx")),
    ("nodejs", Trace::Program("node")),
    ("npm", Trace::Program("npm")),
    ("postgresql", Trace::File("/usr/lib/postgresql")),
    ("profanity", Trace::Program("profanity")),
    ("python3-venv", Trace::PythonModule("ensurepip")),
    ("tmux", Trace::Program("tmux")),
    ("util-linux", Trace::Program("setpriv")),
];

/// Installs what is missing; what it cannot install is reported as skipped, and the tests that need it say so again.
pub(crate) fn install(workspace: &Workspace) -> Outcome {
    wasm_target(workspace);
    let parts: [(&str, Result<()>); 7] = [
        ("the Debian packages of the tests", debian_packages()),
        ("the browser driver", node_packages(workspace, "browser")),
        ("the schemas of report formats", node_packages(workspace, "formats")),
        ("the XMPP clients", xmpp_clients(workspace)),
        ("Smack's integration tests", smack_integration(workspace)),
        ("Hazelcast's schemas", hazelcast_schemas(workspace)),
        ("Hazelcast itself", hazelcast(workspace)),
    ];
    let skipped: Vec<String> = parts
        .into_iter()
        .filter_map(|(what, result)| result.err().map(|err| format!("installing {what} because {err:#}")))
        .collect();
    if skipped.is_empty() { Outcome::Passed } else { Outcome::PassedExcept(skipped) }
}

fn is_there(trace: Trace) -> bool {
    match trace {
        Trace::Program(program) => find_program(program).is_some(),
        Trace::File(path) => Path::new(path).exists(),
        Trace::PythonModule(module) => Command::new("python3")
            .args(["-c", &format!("import {module}")])
            .output()
            .is_ok_and(|output| output.status.success()),
    }
}

fn debian_packages() -> Result<()> {
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, trace)| !is_there(*trace)).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        say("all Debian packages are there");
        return Ok(());
    }
    let list = missing.join(" ");
    if find_program("apt-get").is_none() {
        bail!("these are missing and there is no apt-get: {list}");
    }
    if !rustix::process::geteuid().is_root() {
        bail!("these are missing and installing them needs root: {list}");
    }
    run(&mut apt_get(&["update", "--quiet"]))?;
    let mut command = apt_get(&["install", "--quiet", "--yes", "--no-install-recommends"]);
    run(command.args(&missing))?;
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, trace)| !is_there(*trace)).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        bail!("apt-get succeeded, but these did not bring what was expected: {}", missing.join(" "));
    }
    Ok(())
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // In single-user run level no package starts its service: the tests start servers of their own.
        .env("RUNLEVEL", "1");
    command
}

/// What the console's linter for browsers is compiled for. A toolchain that did not come from rustup brings its own targets.
///
/// The product does without: the configuration page then asks the server, and its test looks at that way alone.
fn wasm_target(workspace: &Workspace) {
    if find_program("rustup").is_none() {
        say("no rustup: the target wasm32-unknown-unknown is the toolchain's own affair");
        return;
    }
    let mut add = Command::new("rustup");
    add.args(["target", "add", "wasm32-unknown-unknown"]).current_dir(workspace.root());
    if let Err(err) = run(&mut add) {
        say(&format!("WARNING: the linter is not built for browsers: {err:#}"));
    }
}

/// What a folder of `compat-tests/` asks for in its lock file.
fn node_packages(workspace: &Workspace, folder: &str) -> Result<()> {
    let folder = workspace.root().join("compat-tests").join(folder);
    let stamp = folder.join("node_modules/.installed-from");
    let lock = fs::read_to_string(folder.join("package-lock.json"))?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        say(&format!("the packages of {} are there", folder.display()));
        return Ok(());
    }
    run(Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"])
        .current_dir(&folder))?;
    fs::write(&stamp, lock)?;
    Ok(())
}

fn xmpp_clients(workspace: &Workspace) -> Result<()> {
    let script = workspace.root().join("compat-tests/clients/prepare.sh");
    run(Command::new("sh").arg(script).env("COMPAT_CLIENTS", workspace.target().join("compat-clients")))
}

fn smack_integration(workspace: &Workspace) -> Result<()> {
    let script = workspace.root().join("compat-tests/smack-integration/prepare.sh");
    let installed = workspace.target().join("compat-smack-integration");
    run(Command::new("sh").arg(script).env("COMPAT_SMACK_INTEGRATION", installed))
}

fn hazelcast_schemas(workspace: &Workspace) -> Result<()> {
    let script = workspace.root().join("compat-tests/hazelcast-schema/prepare.sh");
    let unpacked = workspace.target().join("compat-hazelcast-schema");
    run(Command::new("sh").arg(script).env("COMPAT_SCHEMAS", unpacked))
}

fn hazelcast(workspace: &Workspace) -> Result<()> {
    let script = workspace.root().join("compat-tests/hazelcast/prepare.sh");
    let installed = workspace.target().join("compat-hazelcast");
    run(Command::new("sh").arg(script).env("COMPAT_HAZELCAST", installed))
}
