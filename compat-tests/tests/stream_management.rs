//! Real clients that are not ours lose their connections, and take up their sessions again (XEP-0198).
//!
//! The walks are written in the clients' own languages, `slixmpp/resumption.py` and `smack/Resumption.java` in
//! `compat-tests/clients`: three times the connection is cut under the client, while messages come for it from the other
//! node, and each must arrive once and in order.

use anyhow::Result;
use compat_tests::{Cluster, ClusterOptions, Walk, WalkProgram};

#[test]
fn slixmpp_resumes_its_session() -> Result<()> {
    let program = WalkProgram::Slixmpp("resumption.py");
    walk("slixmpp_resumes_its_session", program, &["enabled", "login-b", "roster", "resumed"])
}

#[test]
fn smack_resumes_its_session() -> Result<()> {
    let program = WalkProgram::Smack("Resumption.java");
    walk("smack_resumes_its_session", program, &["login", "enabled", "resumed"])
}

fn walk(test: &str, program: WalkProgram, steps: &[&str]) -> Result<()> {
    if !Cluster::ready(test, &program.needs()) {
        return Ok(());
    }
    let mut cluster = Cluster::start(test, &ClusterOptions::default())?;
    Walk::start(&cluster, program)?.finish(steps)?;
    for node in &mut cluster.nodes {
        node.process()?.assert_running()?;
    }
    Ok(())
}
