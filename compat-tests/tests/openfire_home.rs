//! An Openfire installation taken over as it lies: its home, its database server, its people with their old passwords.

#[path = "../../src/store/tests/contract/openfire.rs"]
#[expect(dead_code, reason = "the store's own tests use the rest")]
mod openfire;

use std::collections::BTreeMap;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use cobnut_test_support::{MariaDb, MariaDbOptions, Postgres, PostgresOptions};
use compat_tests::{
    Host, Lab, Login, Need, Process, XmppClient, cobnut_binary, cobnut_command, ready, repository_root,
};
use openfire::Flavour;
use serde_json::Value;

const START_LIMIT: Duration = Duration::from_secs(30);
/// Schema version of Openfire 4.8.
const VERSION: u32 = 35;
/// `openfire`, encrypted with AES under the key in [`SECURITY`].
const ENCRYPTED_PASSWORD: &str = "4m9CLWvzypCuxEWH/O3tyw==";
const SECURITY: &str = "<security><encrypt><algorithm>AES</algorithm>\
    <key><current>e3puB/5uHOtTBHRQO9AJfg==</current></key>\
    <property><name>database.defaultProvider.password</name></property></encrypt></security>";

/// A home with an encrypted password and the two-file layout of the plugin.
fn make_home(folder: &Path, jdbc: &str, extra: &str) -> Result<PathBuf> {
    let home = folder.join("openfire");
    fs::create_dir_all(home.join("conf"))?;
    fs::create_dir_all(home.join("plugins/hazelcast/classes"))?;
    fs::write(
        home.join("conf/openfire.xml"),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<jive>\n  <adminConsole>\n    <port>9090</port>\n    \
             <securePort>9091</securePort>\n  </adminConsole>\n  <connectionProvider>\n    \
             <className>org.jivesoftware.database.DefaultConnectionProvider</className>\n  </connectionProvider>\n  \
             <database>\n    <defaultProvider>\n      <serverURL>{jdbc}</serverURL>\n      \
             <username>operator</username>\n      <password encrypted=\"true\">{ENCRYPTED_PASSWORD}</password>\n    \
             </defaultProvider>\n  </database>\n  <setup>true</setup>\n  {extra}\n</jive>\n"
        ),
    )?;
    fs::write(home.join("conf/security.xml"), SECURITY)?;
    fs::write(
        home.join("plugins/hazelcast/classes/hazelcast-cache-config.xml"),
        "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\"><network><join><multicast enabled=\"false\"/>\
         <tcp-ip enabled=\"true\"><member>127.0.0.1:5701</member></tcp-ip></join></network></hazelcast>\n",
    )?;
    Ok(home)
}

/// Every file below a folder with its bytes, the folder `cobnut` apart, which belongs to the node.
fn contents(home: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![home.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path == home.join("cobnut") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

fn check(host: &Host, home: &Path, more: &[&str]) -> Result<(i32, Value, String)> {
    let home = home.to_string_lossy();
    let arguments = [&["check", "--home", &home, "--format", "json"], more].concat();
    let output = cobnut_command(Some(host), Path::new("/"), &arguments)?;
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let report = serde_json::from_slice(&output.stdout).with_context(|| text.clone())?;
    Ok((output.status.code().unwrap_or(-1), report, text))
}

fn serve(lab: &Lab, host: &Arc<Host>, arguments: &[&str]) -> Result<Process> {
    let mut command = host.command(cobnut_binary()?);
    command.current_dir(lab.artifacts().folder()).args(["run"]).args(arguments);
    let mut process = Process::spawn("cobnut", lab.artifacts(), command)?;
    if let Err(err) = host.wait_for_port((Ipv4Addr::LOCALHOST, 5222).into(), START_LIMIT) {
        process.assert_running()?;
        return Err(err.context(process.log_tail()));
    }
    Ok(process)
}

fn log_in(host: &Host, domain: &str, user: &str, password: &str) -> Result<XmppClient> {
    let login = Login {
        domain: domain.to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
        resource: "desk".to_owned(),
    };
    XmppClient::login(host, (Ipv4Addr::LOCALHOST, 5222).into(), &login)
}

/// What the servers of both kinds are asked for.
struct Server<'a> {
    jdbc: String,
    /// Runs statements in the database.
    execute: &'a dyn Fn(&str) -> String,
    /// The definitions of Openfire's tables.
    definitions: &'a dyn Fn() -> String,
    flavour: Flavour,
}

/// The whole walk: refused while something is wrong, then checked, served, and left as it was.
fn is_taken_over(lab: &Lab, host: &Arc<Host>, server: &Server<'_>) -> Result<()> {
    (server.execute)(&openfire::database(VERSION, server.flavour));
    let before = (server.definitions)();
    let home = make_home(lab.artifacts().folder(), &server.jdbc, "")?;
    let files = contents(&home)?;

    let (status, report, text) = check(host, &home, &[])?;
    ensure!(status == 0 && report["will_run"] == true, "it would run:\n{text}");
    let section = |name: &str| {
        let sections = report["sections"].as_array().into_iter().flatten();
        sections.filter(|section| section["name"] == name).map(|section| &section["facts"]).next()
    };
    let accounts = section("Accounts").with_context(|| text.clone())?;
    ensure!(accounts["accounts"] == 5 && accounts["passwords_only_encrypted"] == 1, "{text}");
    ensure!(section("Database").is_some_and(|facts| facts["schema_version"] == VERSION), "{text}");
    ensure!((server.definitions)() == before, "looking changes nothing");
    ensure!(!home.join("cobnut").exists(), "nothing is written beside the files");

    let arguments = ["--home", &home.to_string_lossy(), "--clustering", "off"];
    let mut process = serve(lab, host, &arguments)?;
    // One account with a clear password, one with an encrypted one.
    for (user, password) in [("paula", "sesame"), ("erik", "password")] {
        log_in(host, "example.org", user, password)?.close()?;
    }
    ensure!(log_in(host, "example.org", "erik", "other").is_err(), "another password is refused");
    ensure!(process.terminate(START_LIMIT)?.success(), "{}", process.log_tail());
    ensure!((server.definitions)() == before, "serving changes no table of Openfire");
    ensure!(contents(&home)? == files, "serving changes no file of Openfire");
    Ok(())
}

/// What stops a start, and what a check says of it, with the database that works otherwise.
fn is_refused(lab: &Lab, host: &Arc<Host>, server: &Server<'_>) -> Result<()> {
    let class = "org.jivesoftware.openfire.ldap.LdapAuthProvider";
    (server.execute)(&format!(
        "INSERT INTO ofProperty (name, propValue) VALUES ('provider.auth.className', '{class}')"
    ));
    let home = make_home(lab.artifacts().folder(), &server.jdbc, "")?;
    let (status, report, text) = check(host, &home, &[])?;
    ensure!(status == 1 && report["reasons"].as_array().is_some_and(|reasons| reasons.len() == 1), "{text}");
    ensure!(
        report["reasons"][0].as_str().is_some_and(|text| text.contains("provider.auth.className")),
        "{text}"
    );
    let run = ["run", "--home", &home.to_string_lossy(), "--clustering", "off"];
    let output = cobnut_command(Some(host), Path::new("/"), &run)?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success() && text.contains("provider.auth.className"), "{text}");
    ensure!(!home.join("cobnut/running.json").exists(), "it did not serve");

    let extra = format!("<provider><auth><className>{class}</className></auth></provider>");
    let home = make_home(lab.artifacts().folder(), &server.jdbc, &extra)?;
    let (status, report, text) = check(host, &home, &["--skip-ports"])?;
    ensure!(status == 1, "{text}");
    ensure!(
        report["reasons"][0]
            .as_str()
            .is_some_and(|text| text.contains("openfire.xml:18: provider.auth.className")),
        "{text}"
    );
    Ok(())
}

#[test]
fn an_installation_on_mariadb_is_taken_over_unchanged() -> Result<()> {
    let test = "an_installation_on_mariadb_is_taken_over_unchanged";
    if !ready(test, &[Need::Namespaces]) {
        return Ok(());
    }
    let mut lab = Lab::new(test)?;
    let host = lab.host("single", Ipv4Addr::new(192, 168, 5, 1))?;
    let options = MariaDbOptions { prefix: host.prefix(), ..MariaDbOptions::default() };
    let Some(server) = MariaDb::start_with(&options) else { return Ok(()) };
    let name = server.create_database();
    server.execute(&format!(
        "CREATE USER 'operator'@'%' IDENTIFIED BY 'openfire'; GRANT ALL ON {name}.* TO 'operator'@'%'"
    ));
    let definitions = || {
        let tables = server.execute(&format!("SHOW TABLES FROM {name}"));
        let own = tables.lines().filter(|table| !table.starts_with("cobnut"));
        own.map(|table| server.execute(&format!("SHOW CREATE TABLE {name}.{table}"))).collect::<String>()
            + &server.execute(&format!("SELECT name, version FROM {name}.ofVersion ORDER BY name"))
    };
    let execute = |sql: &str| server.execute(&format!("USE {name};\n{sql}"));
    let jdbc = format!(
        "jdbc:mysql://{}/{name}?rewriteBatchedStatements=true&amp;characterEncoding=UTF-8",
        server.address()
    );
    let taken = Server { jdbc, execute: &execute, definitions: &definitions, flavour: Flavour::MySql };
    is_taken_over(&lab, &host, &taken)?;
    is_refused(&lab, &host, &taken)
}

#[test]
fn an_installation_on_postgresql_is_taken_over_unchanged() -> Result<()> {
    let test = "an_installation_on_postgresql_is_taken_over_unchanged";
    if !ready(test, &[Need::Namespaces]) {
        return Ok(());
    }
    let mut lab = Lab::new(test)?;
    let host = lab.host("single", Ipv4Addr::new(192, 168, 5, 1))?;
    let options = PostgresOptions { prefix: host.prefix(), ..PostgresOptions::default() };
    let Some(server) = Postgres::start_with(&options) else { return Ok(()) };
    let name = server.create_database();
    server.execute(
        &name,
        &format!(
            "CREATE USER operator PASSWORD 'openfire' SUPERUSER; ALTER DATABASE {name} OWNER TO operator"
        ),
    );
    let definitions = || {
        let dump = server.dump_schema(&name);
        // The dump has a random word in it since a security fix of 2025, and our own tables.
        let lines = dump.lines().filter(|line| !line.starts_with('\\'));
        lines.collect::<Vec<_>>().join("\n")
            + &server.execute(&name, "SELECT name, version FROM ofVersion ORDER BY name")
    };
    let without_ours = || {
        server.execute(&name, "DROP TABLE IF EXISTS cobnutUserScram; DROP TABLE IF EXISTS cobnutPrivate; DROP TABLE IF EXISTS cobnutNode; DROP TABLE IF EXISTS cobnutArchive");
        definitions()
    };
    let execute = |sql: &str| server.execute(&name, sql);
    let jdbc = format!("jdbc:postgresql://{}/{name}", server.address());
    let taken = Server { jdbc, execute: &execute, definitions: &without_ours, flavour: Flavour::Postgres };
    is_taken_over(&lab, &host, &taken)?;
    is_refused(&lab, &host, &taken)
}

/// The files of an embedded database, as HSQLDB wrote them.
fn embedded(folder: &Path) -> Result<PathBuf> {
    let source = repository_root().join("src/openfire/hsqldb/testdata/hsqldb-2.7.script");
    let home = folder.join("old");
    fs::create_dir_all(home.join("embedded-db"))?;
    fs::copy(source, home.join("embedded-db/openfire.script"))?;
    Ok(home)
}

fn import(host: &Host, home: &Path, url: &str, more: &[&str]) -> Result<String> {
    let home = home.to_string_lossy();
    let arguments = [&["import", "--hsqldb", &home, "--database", url], more].concat();
    let output: Output = cobnut_command(Some(host), Path::new("/"), &arguments)?;
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{text}");
    Ok(text)
}

fn is_imported(lab: &Lab, host: &Arc<Host>, url: &str) -> Result<()> {
    let home = embedded(lab.artifacts().folder())?;
    let text = import(host, &home, url, &["--dry-run"])?;
    ensure!(text.contains("accounts: 3 would be created, 0 would be replaced"), "{text}");
    let text = import(host, &home, url, &[])?;
    ensure!(text.contains("accounts: 3 created, 0 replaced, 0 left"), "{text}");
    let again = import(host, &home, url, &[])?;
    ensure!(again.contains("accounts: 0 created, 0 replaced, 3 left"), "{again}");
    let dry = import(host, &home, url, &["--dry-run", "--replace"])?;
    ensure!(dry.contains("accounts: 0 would be created, 3 would be replaced"), "{dry}");

    let data = lab.artifacts().path("data");
    let arguments = ["--database", url, "--data", &data.to_string_lossy(), "--domain", "example.net"];
    let mut process = serve(lab, host, &arguments)?;
    log_in(host, "example.net", "admin", "admin")?.close()?;
    // An encrypted password, whose key came along.
    let mut client = log_in(host, "example.net", "10023", "password")?;
    let roster = client.fetch_roster()?;
    ensure!(roster.contains("j\u{fc}rgen@example.net") && roster.contains("Friends; and"), "{roster}");
    client.go_online()?;
    client.wait_for("the message that waited", START_LIMIT, |stanza| stanza.contains("it's; -- /* x */"))?;
    client.close()?;
    ensure!(process.terminate(START_LIMIT)?.success(), "{}", process.log_tail());
    Ok(())
}

#[test]
fn an_embedded_database_comes_into_sqlite() -> Result<()> {
    let test = "an_embedded_database_comes_into_sqlite";
    if !ready(test, &[Need::Namespaces]) {
        return Ok(());
    }
    let mut lab = Lab::new(test)?;
    let host = lab.host("single", Ipv4Addr::new(192, 168, 5, 1))?;
    let url = format!("sqlite://{}?mode=rwc", lab.artifacts().path("new.db").display());
    is_imported(&lab, &host, &url)
}

#[test]
fn an_embedded_database_comes_into_postgresql() -> Result<()> {
    let test = "an_embedded_database_comes_into_postgresql";
    if !ready(test, &[Need::Namespaces]) {
        return Ok(());
    }
    let mut lab = Lab::new(test)?;
    let host = lab.host("single", Ipv4Addr::new(192, 168, 5, 1))?;
    let options = PostgresOptions { prefix: host.prefix(), ..PostgresOptions::default() };
    let Some(server) = Postgres::start_with(&options) else { return Ok(()) };
    let url = server.url(&server.create_database());
    is_imported(&lab, &host, &url)
}

#[test]
fn a_home_with_an_embedded_database_names_the_way_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let home = embedded(folder.path())?;
    fs::create_dir_all(home.join("conf"))?;
    fs::write(
        home.join("conf/openfire.xml"),
        "<jive>\n<connectionProvider>\n<className>org.jivesoftware.database.EmbeddedConnectionProvider</className>\n\
         </connectionProvider></jive>",
    )?;
    for command in ["check", "run"] {
        let output = cobnut_command(None, folder.path(), &[command, "--home", &home.to_string_lossy()])?;
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.code() == Some(1), "{command}: {text}");
        ensure!(
            text.contains("openfire.xml:3") && text.contains("cobnut import --hsqldb"),
            "{command}: {text}"
        );
    }
    Ok(())
}
