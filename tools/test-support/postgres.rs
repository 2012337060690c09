//! A private PostgreSQL server: own data folder, own port, unprivileged account.

use std::fs::Permissions;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::skip::{find_program, skip};
use crate::supervisor::{Supervisor, choose_port, is_root, prefixed, run_client, wait_until_ready};

/// The account that may do everything, and its password.
const ACCOUNT: &str = "cobnut";
/// Where Debian keeps the programs of each major version.
const DEBIAN_FOLDER: &str = "/usr/lib/postgresql";
/// Ends a server at once, without writing anything down, and still frees its shared memory.
const IMMEDIATE_SHUTDOWN: &str = "QUIT";

/// Where and how a server is started.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Address to listen on.
    pub bind: IpAddr,
    /// Port to listen on; 0 for any free one.
    pub port: u16,
    /// A command that runs the server and the client for us, such as `ip netns exec NAME`. Empty for none.
    pub prefix: Vec<String>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { bind: Ipv4Addr::LOCALHOST.into(), port: 0, prefix: Vec::new() }
    }
}

/// A running (or stopped) server. It ends and its folder goes with this value, and with this process.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    address: SocketAddr,
    prefix: Vec<String>,
    programs: PathBuf,
    supervisor: Option<Supervisor>,
}

impl Postgres {
    /// Starts a server on a free port of 127.0.0.1. `None`, with a loud message, if PostgreSQL is not installed.
    ///
    /// # Panics
    /// If it is installed and does not start, with its log.
    pub fn start() -> Option<Self> {
        Self::start_with(&PostgresOptions::default())
    }

    /// The same with options.
    pub fn start_with(options: &PostgresOptions) -> Option<Self> {
        let Some(programs) = find_programs() else {
            skip("PostgreSQL", "postgres and initdb not installed; apt-get install postgresql");
            return None;
        };
        match Self::create(options, programs) {
            Ok(server) => Some(server),
            Err(err) => panic!("start a private PostgreSQL: {err}"),
        }
    }

    fn create(options: &PostgresOptions, programs: PathBuf) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("cobnut-postgres-").tempdir()?.keep();
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
        let password = self.folder.join("password");
        std::fs::write(&password, ACCOUNT)?;
        std::fs::create_dir(&data)?;
        if is_root() {
            let account = std::fs::metadata(DEBIAN_HOME).ok();
            let owner = account.map(|home| std::os::unix::fs::MetadataExt::uid(&home));
            std::os::unix::fs::chown(&data, owner, None)?;
        }
        let mut install = self.as_account("initdb");
        install.args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--auth=scram-sha-256"]);
        install.arg(format!("--username={ACCOUNT}")).arg(format!("--pwfile={}", password.display()));
        install.arg(format!("--pgdata={}", data.display()));
        // initdb wants to be somewhere that its account may enter.
        let output = install.current_dir("/").output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(())
    }

    fn run(&mut self) -> io::Result<()> {
        let data = self.data_folder();
        let mut server = prefixed(&self.prefix, &PathBuf::from("env"));
        let program = self.as_account("postgres");
        server.arg(program.get_program()).args(program.get_args());
        server.arg("-D").arg(&data).arg("-k").arg(&data);
        server.args(["-h", &self.address.ip().to_string(), "-p", &self.address.port().to_string()]);
        for setting in
            ["fsync=off", "shared_buffers=16MB", "max_connections=400", "log_min_messages=warning", "jit=off"]
        {
            server.args(["-c", setting]);
        }
        self.supervisor = Some(Supervisor::start(&self.folder, IMMEDIATE_SHUTDOWN, &server)?);
        wait_until_ready(&self.folder, || self.query("postgres", "SELECT 1"))
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
        format!("postgres://{account}:{password}@{}/{database}", self.address)
    }

    /// Makes an empty database under a name that this process has not used; returns the name.
    pub fn create_database(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        // A copy of template1 fails while anybody is connected to that one; nobody is to template0.
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        name
    }

    /// Runs statements in a database and returns what they print, columns separated by tabs.
    ///
    /// # Panics
    /// With the server's message if a statement fails.
    pub fn execute(&self, database: &str, sql: &str) -> String {
        match self.query(database, sql) {
            Ok(output) => output,
            Err(err) => panic!("run on PostgreSQL: {err}\n{sql}"),
        }
    }

    /// The definition of everything in a database, as `pg_dump` writes it.
    ///
    /// # Panics
    /// With the program's message if it fails.
    pub fn dump_schema(&self, database: &str) -> String {
        let mut client = prefixed(&self.prefix, &self.programs.join("pg_dump"));
        client.args(["--schema-only", "--no-owner"]);
        self.connect_to(&mut client, database);
        match run_client(&mut client, "") {
            Ok(output) => output,
            Err(err) => panic!("dump a database of PostgreSQL: {err}"),
        }
    }

    fn query(&self, database: &str, sql: &str) -> io::Result<String> {
        let mut client = prefixed(&self.prefix, &self.programs.join("psql"));
        client.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--field-separator=\t"]);
        client.args(["--set=ON_ERROR_STOP=1", "--file=-"]);
        self.connect_to(&mut client, database);
        run_client(&mut client, sql)
    }

    fn connect_to(&self, client: &mut Command, database: &str) {
        client.arg(format!("--host={}", self.address.ip())).arg(format!("--port={}", self.address.port()));
        client.arg(format!("--username={ACCOUNT}")).arg(format!("--dbname={database}"));
        client.env("PGPASSWORD", ACCOUNT).env("PGCONNECT_TIMEOUT", "60").env("PGCLIENTENCODING", "UTF8");
    }

    /// Ends the server as a crash would; its data stays.
    pub fn stop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.end(true);
        }
    }

    /// Starts it again after [`Postgres::stop`], on the same port.
    ///
    /// # Panics
    /// If it does not start, with its log.
    pub fn start_again(&mut self) {
        assert!(self.supervisor.is_none(), "the server is running");
        if let Err(err) = self.run() {
            panic!("start PostgreSQL again: {err}");
        }
    }

    /// One of the server's programs, run by an account that it accepts.
    fn as_account(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        }
    }

    fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }
}

/// Belongs to the account that Debian makes for the server.
const DEBIAN_HOME: &str = "/var/lib/postgresql";

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.end(false);
        }
        // Also when it was stopped, and so has no supervisor that would do it.
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// The folder with the server's programs, of the newest version: Debian has them outside `PATH`.
fn find_programs() -> Option<PathBuf> {
    let is_complete =
        |folder: &Path| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).is_file());
    let versions = std::fs::read_dir(DEBIAN_FOLDER).into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.split('.').next()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, folder)| is_complete(folder))
        .collect();
    versions.sort();
    let in_path = find_program("initdb").and_then(|program| program.parent().map(Path::to_path_buf));
    versions.pop().map(|(_, folder)| folder).or(in_path.filter(|folder| is_complete(folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_keeps_its_data_over_a_crash_and_leaves_nothing_behind() {
        let Some(mut server) = Postgres::start() else { return };
        let name = server.create_database();
        server.execute(&name, "CREATE TABLE t (x INT); INSERT INTO t VALUES (42)");
        server.stop();
        assert!(server.query(&name, "SELECT 1").is_err());
        server.start_again();
        assert_eq!(server.execute(&name, "SELECT x FROM t").trim(), "42");
        assert!(server.dump_schema(&name).contains("CREATE TABLE public.t"));
        let folder = server.folder.clone();
        drop(server);
        assert!(!folder.exists());
    }
}
