//! `cobnut` without any argument: one node, an embedded database, and a password that is shown once.

use std::fs;
use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Host, Lab, Login, Need, Process, XmppClient, cobnut_binary, eventually, ready};
use serde_json::Value;

/// How long a start of a debug build may take.
const START_LIMIT: Duration = Duration::from_secs(30);
/// What stands before the password.
const BEFORE_PASSWORD: &str = "admin / ";

fn start(lab: &Lab, host: &Host) -> Result<Process> {
    let mut command = host.command(cobnut_binary()?);
    command.current_dir(lab.artifacts().folder());
    let mut process = Process::spawn("cobnut", lab.artifacts(), command)?;
    let at = (Ipv4Addr::LOCALHOST, 5222).into();
    if let Err(err) = host.wait_for_port(at, START_LIMIT) {
        process.assert_running()?;
        return Err(err.context(process.log_tail()));
    }
    Ok(process)
}

#[test]
fn the_first_start_prints_a_working_password_once() -> Result<()> {
    let test = "the_first_start_prints_a_working_password_once";
    if !ready(test, &[Need::Namespaces]) {
        return Ok(());
    }
    let mut lab = Lab::new(test)?;
    let host = lab.host("single", Ipv4Addr::new(192, 168, 5, 1))?;
    let mut process = start(&lab, &host)?;
    let line = process.wait_for_log(&[BEFORE_PASSWORD], START_LIMIT)?;
    let (_, password) = line.split_once(BEFORE_PASSWORD).context("the line of the password")?;

    let running_path = lab.artifacts().path("data/running.json");
    let (running, _) = eventually("the node's note where it runs", START_LIMIT, || {
        let text = fs::read_to_string(&running_path)?;
        Ok(serde_json::from_str::<Value>(&text).ok())
    })?;
    let login = Login {
        domain: running["domain"].as_str().context("the domain of the node")?.to_owned(),
        user: "admin".to_owned(),
        password: password.trim().to_owned(),
        resource: "first".to_owned(),
    };
    let at = (Ipv4Addr::LOCALHOST, 5222).into();
    XmppClient::login(&host, at, &login)?.close()?;
    ensure!(process.terminate(START_LIMIT)?.success(), "it stops in good order; {}", process.log_tail());

    let mark = process.log_mark();
    let second = start(&lab, &host)?;
    XmppClient::login(&host, at, &login)?.close()?;
    ensure!(!second.log_since(mark).contains(BEFORE_PASSWORD), "the password is shown once");
    Ok(())
}
