//! A private MariaDB server: own data folder, own port, unprivileged account.

use std::fs::Permissions;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::skip::{find_program, skip};
use crate::supervisor::{Supervisor, choose_port, is_root, prefixed, run_client, wait_until_ready};

/// The account that may do everything, and its password.
const ACCOUNT: &str = "cobnut";

/// Where and how a server is started.
#[derive(Debug, Clone)]
pub struct MariaDbOptions {
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on; 0 for any free one.
    pub port: u16,
    /// A command that runs the server and the client for us, such as `ip netns exec NAME`. Empty for none.
    pub prefix: Vec<String>,
}

impl Default for MariaDbOptions {
    fn default() -> Self {
        Self { bind: Ipv4Addr::LOCALHOST.into(), port: 0, prefix: Vec::new() }
    }
}

/// A running (or stopped) server. It ends and its folder goes with this value, and with this process.
#[derive(Debug)]
pub struct MariaDb {
    folder: PathBuf,
    address: SocketAddr,
    prefix: Vec<String>,
    programs: Programs,
    supervisor: Option<Supervisor>,
}

#[derive(Debug)]
struct Programs {
    server: PathBuf,
    install: PathBuf,
    client: PathBuf,
}

impl MariaDb {
    /// Starts a server on a free port of 127.0.0.1. `None`, with a loud message, if MariaDB is not installed.
    ///
    /// # Panics
    /// If it is installed and does not start, with its log.
    pub fn start() -> Option<Self> {
        Self::start_with(&MariaDbOptions::default())
    }

    /// The same with options.
    pub fn start_with(options: &MariaDbOptions) -> Option<Self> {
        let Some(programs) = Programs::find() else {
            skip("MariaDB", "mariadbd not installed; apt-get install mariadb-server");
            return None;
        };
        match Self::create(options, programs) {
            Ok(server) => Some(server),
            Err(err) => panic!("start a private MariaDB: {err}"),
        }
    }

    fn create(options: &MariaDbOptions, programs: Programs) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("cobnut-mariadb-").tempdir()?.keep();
        // The server's account has to reach its folder inside.
        std::fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
        let address = choose_port(options.bind, options.port)?;
        let mut server = Self { folder, address, prefix: options.prefix.clone(), programs, supervisor: None };
        server.install()?;
        server.run()?;
        Ok(server)
    }

    fn install(&self) -> io::Result<()> {
        let data = self.data_folder();
        std::fs::create_dir(&data)?;
        // A server that starts removes all temporary tables of its folder for them, those of another server, too.
        let temporary = self.temporary_folder();
        std::fs::create_dir(&temporary)?;
        std::fs::set_permissions(&temporary, Permissions::from_mode(0o1777))?;
        let mut install = Command::new(&self.programs.install);
        install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        install.args(account_options()).arg(format!("--datadir={}", data.display()));
        install.arg(format!("--tmpdir={}", temporary.display()));
        let output = install.output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let grants = format!(
            "CREATE USER IF NOT EXISTS '{ACCOUNT}'@'%' IDENTIFIED BY '{ACCOUNT}';\n\
             GRANT ALL ON *.* TO '{ACCOUNT}'@'%' WITH GRANT OPTION;\n"
        );
        std::fs::write(self.folder.join("init.sql"), grants)
    }

    fn run(&mut self) -> io::Result<()> {
        let folder = self.folder.display();
        let data = self.data_folder();
        let mut command = prefixed(&self.prefix, &self.programs.server);
        command.arg("--no-defaults").args(account_options());
        command.arg(format!("--datadir={}", data.display()));
        command.arg(format!("--tmpdir={}", self.temporary_folder().display()));
        command.arg(format!("--socket={}", data.join("socket").display()));
        command.arg(format!("--pid-file={}", data.join("pid").display()));
        command.arg(format!("--init-file={folder}/init.sql"));
        command.arg(format!("--bind-address={}", self.address.ip()));
        command.arg(format!("--port={}", self.address.port()));
        command.args(["--skip-name-resolve", "--skip-log-bin", "--performance-schema=OFF"]);
        command.args(["--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=2"]);
        command.args(["--max-connections=400", "--connect-timeout=600", "--character-set-server=utf8mb4"]);
        self.supervisor = Some(Supervisor::start(&self.folder, "KILL", &command)?);
        wait_until_ready(&self.folder, || self.query("SELECT 1"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of one of its databases, for an account that may do everything.
    pub fn url(&self, database: &str) -> String {
        self.url_as(ACCOUNT, ACCOUNT, database)
    }

    /// The URL of one of its databases for an account that a test made.
    pub fn url_as(&self, account: &str, password: &str, database: &str) -> String {
        format!("mysql://{account}:{password}@{}/{database}", self.address)
    }

    /// Makes an empty database under a name that this process has not used; returns the name.
    pub fn create_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!("CREATE DATABASE {name}"));
        name
    }

    /// Runs statements and returns what they print, columns separated by tabs.
    ///
    /// # Panics
    /// With the server's message if a statement fails.
    pub fn execute(&self, sql: &str) -> String {
        match self.query(sql) {
            Ok(output) => output,
            Err(err) => panic!("run on MariaDB: {err}\n{sql}"),
        }
    }

    fn query(&self, sql: &str) -> io::Result<String> {
        let mut command = prefixed(&self.prefix, &self.programs.client);
        command.args(["--no-defaults", "--batch", "--skip-column-names", "--protocol=TCP"]);
        command.args(["--default-character-set=utf8mb4", "--connect-timeout=60"]);
        command.arg(format!("--host={}", self.address.ip())).arg(format!("--port={}", self.address.port()));
        command.arg(format!("--user={ACCOUNT}")).arg(format!("--password={ACCOUNT}"));
        run_client(&mut command, sql)
    }

    /// Kills the server as a crash would; its data stays.
    pub fn stop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.end(true);
        }
    }

    /// Starts it again after [`MariaDb::stop`], on the same port.
    ///
    /// # Panics
    /// If it does not start, with its log.
    pub fn start_again(&mut self) {
        assert!(self.supervisor.is_none(), "the server is running");
        if let Err(err) = self.run() {
            panic!("start MariaDB again: {err}");
        }
    }

    fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn temporary_folder(&self) -> PathBuf {
        self.folder.join("tmp")
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.end(false);
        }
        // Also when it was stopped, and so has no supervisor that would do it.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Programs {
    fn find() -> Option<Self> {
        Some(Self {
            server: find_program("mariadbd")?,
            install: find_program("mariadb-install-db")?,
            client: find_program("mariadb")?,
        })
    }
}

/// Root has to name another account for the server; everybody else runs it as themselves.
fn account_options() -> Option<&'static str> {
    is_root().then_some("--user=mysql")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_its_data_over_a_crash_and_leaves_nothing_behind() {
        let Some(mut server) = MariaDb::start() else { return };
        let name = server.create_database();
        server.execute(&format!("CREATE TABLE {name}.t (x INT); INSERT INTO {name}.t VALUES (42)"));
        server.stop();
        assert!(server.query("SELECT 1").is_err());
        server.start_again();
        assert_eq!(server.execute(&format!("SELECT x FROM {name}.t")).trim(), "42");
        let folder = server.folder.clone();
        drop(server);
        assert!(!folder.exists());
    }
}
