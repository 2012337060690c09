//! The steps of the demo, in the order of the article.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::client::DemoClient;
use super::nodes::{DemoFolder, DemoNode};
use super::screen::Screen;
use crate::commands::{cluster, user};
use crate::node_files::random_text;

/// The domain that both nodes serve.
pub(crate) const DOMAIN: &str = "cobnut.example";
/// Time for the cluster to become what a step waits for.
const CLUSTER_TIMEOUT: Duration = Duration::from_secs(15);
/// How often a step looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Time for a login or a message.
const XMPP_TIMEOUT: Duration = Duration::from_secs(10);

/// The cluster as the walk leaves it.
pub(crate) struct DemoCluster {
    nodes: Vec<DemoNode>,
    folder: std::path::PathBuf,
    /// Password of `admin`.
    pub(crate) admin_password: String,
    /// Username and password of the two users.
    pub(crate) users: Vec<(String, String)>,
}

impl DemoCluster {
    /// The nodes, in order.
    pub(crate) fn nodes(&self) -> &[DemoNode] {
        &self.nodes
    }

    /// Where the files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends both nodes.
    pub(crate) async fn stop(self) {
        for node in self.nodes {
            node.stop().await;
        }
    }
}

/// Walks the article from the lint of its files to the return of a killed node.
pub(crate) async fn walk(folder: &DemoFolder, screen: &Screen) -> Result<DemoCluster> {
    lint(folder, screen)?;
    let admin_password = random_text(12);
    let admin = create_admin(folder, &admin_password);
    screen.step("create the embedded database and the admin account", admin).await?;
    let first = screen.step("start node 1", start(folder, 1)).await?;
    let second = screen.step("start node 2", start(folder, 2)).await?;
    screen.step("enable clustering on both nodes", enable(&first, &second)).await?;
    let formed = screen.step("wait for one cluster", members(&first, 2)).await?;
    screen.detail(&cluster::members(&formed));

    let users: Vec<(String, String)> =
        ["10023", "10024"].map(|name| (name.to_owned(), random_text(8))).into();
    screen.step("create 10023 and 10024 on node 1", create_users(&first, users.clone())).await?;
    screen.step("list the users on node 2", list_users(&second)).await?;

    let mut ann = screen.step("log 10023 in on node 1", log_in(&first, &users[0])).await?;
    let mut bob = screen.step("log 10024 in on node 2", log_in(&second, &users[1])).await?;
    screen.step("both nodes know both sessions", everyone_sees_both(&first, &second)).await?;
    screen
        .step("10023 writes to 10024, node 1 to node 2", chat(&mut ann, &mut bob, "Hello from node 1"))
        .await?;
    screen.step("10024 answers, node 2 to node 1", chat(&mut bob, &mut ann, "Hello from node 2")).await?;

    let pid = second.pid();
    screen
        .step("kill node 2 (SIGKILL)", async { second.kill().await.map(|()| ((), format!("process {pid}"))) })
        .await?;
    screen.step("node 1 notices and carries on", members(&first, 1)).await?;
    let meanwhile = "Are you there?";
    screen.step("10023 writes to 10024, who is gone", write_meanwhile(&mut ann, meanwhile)).await?;
    let mut bob = screen.step("log 10024 in on node 1", log_in(&first, &users[1])).await?;
    screen.step("10024 gets what was sent meanwhile", receive(&mut bob, ann.jid(), meanwhile)).await?;

    let second = screen.step("start node 2 again", start(folder, 2)).await?;
    let whole = screen.step("wait for one cluster", members(&first, 2)).await?;
    screen.detail(&cluster::members(&whole));
    Ok(DemoCluster { nodes: vec![first, second], folder: folder.path().to_owned(), admin_password, users })
}

/// Shows what the linter says about the article's files. The findings are the point, not a failure.
fn lint(folder: &DemoFolder, screen: &Screen) -> Result<()> {
    let begun = std::time::Instant::now();
    let report =
        crate::plan::lint_report(folder.path(), &["server1.xml", "server2.xml"], screen.is_colourful())?;
    screen.say(format_args!("ok {:>7} ms  lint the article's two files", begun.elapsed().as_millis()));
    screen.detail(&report);
    Ok(())
}

async fn create_admin(folder: &DemoFolder, password: &str) -> Result<((), String)> {
    let store = cobnut_store::Store::open(&folder.database_url()).await?;
    if store.user("admin").await?.is_some() {
        store.set_credentials("admin", &user::keys(password)).await?;
    } else {
        user::add(&store, "admin", Some("Administrator".to_owned()), None, password).await?;
    }
    store.close().await;
    Ok(((), folder.database_url()))
}

async fn start(folder: &DemoFolder, number: usize) -> Result<(DemoNode, String)> {
    let node = DemoNode::start(folder, number).await?;
    let told = format!("process {}, clients {}, console http://{}", node.pid(), node.c2s(), node.console());
    Ok((node, told))
}

async fn enable(first: &DemoNode, second: &DemoNode) -> Result<((), String)> {
    for node in [first, second] {
        node.ask(|api| api.put("cluster", &json!({ "enabled": true }))).await?;
    }
    Ok(((), "as Server > Clustering > Enabled does".to_owned()))
}

/// Waits until the node sees `count` members.
async fn members(node: &DemoNode, count: usize) -> Result<(Value, String)> {
    let deadline = Instant::now() + CLUSTER_TIMEOUT;
    loop {
        let answer = node.ask(|api| api.get("cluster")).await?;
        let seen = answer["members"].as_array().map_or(0, Vec::len);
        if seen == count {
            return Ok((answer, format!("{count} member{}", if count == 1 { "" } else { "s" })));
        }
        if Instant::now() > deadline {
            bail!("node {} still sees {seen} members:\n{}", node.number, cluster::members(&answer));
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Waits until the session maps of both nodes hold two available sessions.
async fn everyone_sees_both(first: &DemoNode, second: &DemoNode) -> Result<((), String)> {
    let deadline = Instant::now() + CLUSTER_TIMEOUT;
    for node in [first, second] {
        loop {
            let answer = node.ask(|api| api.get("sessions")).await?;
            let sessions = answer["sessions"].as_array().into_iter().flatten();
            if sessions.filter(|session| !session["presence"].is_null()).count() == 2 {
                break;
            }
            if Instant::now() > deadline {
                bail!("node {} sees {answer}", node.number);
            }
            sleep(LOOK_EVERY).await;
        }
    }
    Ok(((), "replicated".to_owned()))
}

async fn create_users(node: &DemoNode, users: Vec<(String, String)>) -> Result<((), String)> {
    for (username, password) in users {
        node.ask(move |api| api.post("users", &json!({ "username": username, "password": password })))
            .await?;
    }
    Ok(((), "through the console of node 1".to_owned()))
}

async fn list_users(node: &DemoNode) -> Result<((), String)> {
    let answer = node.ask(|api| api.get("users")).await?;
    let names: Vec<&str> = answer["users"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|user| user["username"].as_str())
        .collect();
    for wanted in ["10023", "10024"] {
        if !names.contains(&wanted) {
            bail!("{wanted} is not among {names:?}");
        }
    }
    Ok(((), names.join(", ")))
}

async fn log_in(node: &DemoNode, (username, password): &(String, String)) -> Result<(DemoClient, String)> {
    let login = DemoClient::log_in(node.c2s(), DOMAIN, username, password);
    let client = timeout(XMPP_TIMEOUT, login).await.context("the login takes too long")??;
    let told = format!("{} over {}", client.jid(), client.protection());
    Ok((client, told))
}

async fn chat(from: &mut DemoClient, to: &mut DemoClient, body: &str) -> Result<((), String)> {
    let sender = from.jid().to_owned();
    from.send_message(to.jid(), body).await?;
    receive(to, &sender, body).await
}

async fn receive(client: &mut DemoClient, from: &str, body: &str) -> Result<((), String)> {
    let message =
        timeout(XMPP_TIMEOUT, client.next_message()).await.context("the message does not arrive")??;
    if message.from != from || message.body != body {
        bail!("expected `{body}` from {from}, got `{}` from {}", message.body, message.from);
    }
    let stamp = message.delayed_since.map_or_else(String::new, |stamp| format!(", kept since {stamp}"));
    Ok(((), format!("“{body}”{stamp}")))
}

async fn write_meanwhile(from: &mut DemoClient, body: &str) -> Result<((), String)> {
    from.send_message(&format!("10024@{DOMAIN}"), body).await?;
    // The server answers in order, so an answered ping means that the message before it was accepted.
    timeout(XMPP_TIMEOUT, from.ping()).await.context("node 1 does not answer")??;
    Ok(((), "accepted by node 1".to_owned()))
}
