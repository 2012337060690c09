//! A MariaDB server for one test, on a host of the lab, with its own empty data folder.

use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::requirements::find_program;
use crate::{Artifacts, Host, Process};

/// How long the server may take to accept connections.
const START_LIMIT: Duration = Duration::from_mins(1);
/// The database account of the nodes.
const USER: &str = "cobnut";
/// Its password.
const PASSWORD: &str = "hazel";

/// A running MariaDB.
#[derive(Debug)]
pub struct MariaDb {
    process: Process,
    address: Ipv4Addr,
    // Removed after the process is gone: fields are dropped in this order.
    _folder: TempDir,
}

impl MariaDb {
    /// Starts it at port 3306 of `host` with these empty databases.
    pub fn start(host: &Host, artifacts: &Artifacts, databases: &[&str]) -> Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("cobnut-mariadb-").tempdir().context("make a data folder")?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))
            .context("open the data folder")?;
        let data = folder.path().join("data");
        let account = account()?;
        run(Command::new("install").args(["-d", "-o", &account]).arg(&data))?;

        let installer = find_program("mariadb-install-db").context("mariadb-install-db is not installed")?;
        run(Command::new(installer)
            .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg(format!("--user={account}"))
            .arg(format!("--datadir={}", data.display())))?;

        let script = folder.path().join("init.sql");
        fs::write(&script, init_script(databases)).context("write the init script")?;
        let process = Process::spawn("mariadb", artifacts, server_command(host, &folder, &account)?)?;
        let mut server = Self { process, address: host.address(), _folder: folder };
        if let Err(err) = host.wait_for_port(host.socket(3306), START_LIMIT) {
            server.process.assert_running()?;
            return Err(err.context(server.process.log_tail()));
        }
        Ok(server)
    }

    /// The URL of one of the databases, as `--database` takes it.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://{USER}:{PASSWORD}@{}:3306/{database}", self.address)
    }

    /// The server process, for tests that stop the database.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }
}

fn server_command(host: &Host, folder: &TempDir, account: &str) -> Result<Command> {
    let program = find_program("mariadbd").context("mariadbd is not installed")?;
    let mut command = host.command(program);
    command
        .arg("--no-defaults")
        .arg(format!("--user={account}"))
        .arg(format!("--datadir={}", folder.path().join("data").display()))
        .arg(format!("--socket={}", folder.path().join("data/socket").display()))
        .arg(format!("--pid-file={}", folder.path().join("data/pid").display()))
        .arg(format!("--init-file={}", folder.path().join("init.sql").display()))
        .arg(format!("--bind-address={}", host.address()))
        .args(["--port=3306", "--skip-name-resolve", "--skip-log-bin"])
        // Small and quick: this server lives for one test.
        .args([
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=8M",
            "--innodb-flush-log-at-trx-commit=0",
        ]);
    Ok(command)
}

fn init_script(databases: &[&str]) -> String {
    let user = format!(
        "CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';
"
    );
    let create = databases.iter().map(|database| {
        format!(
            "CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4;
\
             GRANT ALL ON `{database}`.* TO '{USER}'@'%';
"
        )
    });
    std::iter::once(user).chain(create).collect()
}

/// The unprivileged account to run as: MariaDB refuses to run as root.
fn account() -> Result<String> {
    let accounts = fs::read_to_string("/etc/passwd").context("read /etc/passwd")?;
    let exists = |name: &str| accounts.lines().any(|line| line.split(':').next() == Some(name));
    ["mysql", "nobody"]
        .into_iter()
        .find(|name| exists(name))
        .map(str::to_owned)
        .context("neither the account mysql nor nobody exists")
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lab, Need, ready};

    #[test]
    fn a_database_server_starts_on_a_lab_host() -> Result<()> {
        let needs = [Need::Namespaces, Need::Program("mariadbd", "mariadb-server")];
        if !ready("a_database_server_starts_on_a_lab_host", &needs) {
            return Ok(());
        }
        let mut lab = Lab::new("mariadb_selftest")?;
        let host = lab.host("one", Ipv4Addr::new(192, 168, 5, 1))?;
        let mut server = MariaDb::start(&host, lab.artifacts(), &["cobnut"])?;
        assert_eq!(server.url("cobnut"), "mysql://cobnut:hazel@192.168.5.1:3306/cobnut");
        server.process().assert_running()
    }
}
