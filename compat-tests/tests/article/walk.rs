//! The article's walk through the real console in a real browser: Server > Clustering, Enabled, save; create the
//! users on one console, see them on the other; they chat from different nodes.

use anyhow::{Context as _, Result, ensure};
use compat_tests::{
    ADMIN_PASSWORD, Browser, Cluster, ClusterOptions, DOMAIN, Login, XmppClient, record_timing,
};
use serde_json::{Value, json};

use crate::conversation::{befriend, chat};

const USERS: [(&str, &str); 2] = [("10023", "Spark-23-pass"), ("10024", "Spark-24-pass")];

/// A console seen through the browser.
struct Console<'a> {
    browser: &'a Browser,
    url: String,
}

impl Console<'_> {
    fn run(&self, action: &str, screenshot: &str, fields: &Value) -> Result<Value> {
        let mut input = json!({ "url": self.url, "username": "admin", "password": ADMIN_PASSWORD });
        let target = input.as_object_mut().context("an object")?;
        target.extend(fields.as_object().context("the fields of an action are an object")?.clone());
        self.browser.run(action, &format!("article-{screenshot}"), input)
    }

    /// The texts of the rows of a table.
    fn values(report: &Value, table: &str, field: &str) -> Result<Vec<String>> {
        let rows = report[table].as_array().with_context(|| format!("no {table} in {report}"))?;
        Ok(rows.iter().filter_map(|row| row[field].as_str().map(str::to_owned)).collect())
    }
}

#[test]
fn the_walk_through_the_console() -> Result<()> {
    let test = "the_walk_through_the_console";
    if !Cluster::ready(test, &Browser::NEEDS) {
        return Ok(());
    }
    let options = ClusterOptions { clustering: Some(false), users: Vec::new(), ..ClusterOptions::default() };
    let mut cluster = Cluster::prepare(test, &options)?;
    for node in &mut cluster.nodes {
        node.start()?;
    }
    let browser = Browser::new(&cluster.client_host, cluster.artifacts());
    let consoles =
        [0, 1].map(|node: usize| Console { browser: &browser, url: cluster.nodes[node].console_url() });

    enable_clustering(&consoles)?;
    let took = cluster.wait_until_formed()?;
    record_timing("article: one cluster after Enabled was saved on both consoles", took);
    show_nodes(&consoles)?;
    create_users(&consoles)?;
    chat_and_show_sessions(&cluster, &consoles)?;

    // The choice is kept: the nodes were started with clustering off, and still are after a restart.
    for node in &mut cluster.nodes {
        node.stop()?;
        node.start()?;
    }
    cluster.wait_until_formed()?;
    Ok(())
}

fn enable_clustering(consoles: &[Console<'_>; 2]) -> Result<()> {
    for (number, console) in (1..).zip(consoles) {
        let report =
            console.run("clustering", &format!("{number}-enabled"), &json!({ "choice": "enabled" }))?;
        ensure!(report["checked"] == true, "Enabled is chosen after saving on node {number}: {report}");
    }
    Ok(())
}

fn show_nodes(consoles: &[Console<'_>; 2]) -> Result<()> {
    for (number, console) in (1..).zip(consoles) {
        let report = console.run("nodes", &format!("{number}-nodes"), &json!({ "count": 2 }))?;
        let mut addresses = Console::values(&report, "nodes", "address")?;
        addresses.sort();
        ensure!(
            addresses == ["192.168.5.1:5701", "192.168.5.2:5701"],
            "console {number} shows the nodes {addresses:?}"
        );
    }
    Ok(())
}

fn create_users(consoles: &[Console<'_>; 2]) -> Result<()> {
    for (user, password) in USERS {
        let fields = json!({
            "newUser": user, "newName": format!("Extension {user}"),
            "newEmail": format!("{user}@{DOMAIN}"), "newPassword": password,
        });
        consoles[0].run("createUser", &format!("1-create-{user}"), &fields)?;
    }
    let report = consoles[1].run("users", "2-users", &json!({}))?;
    let names = Console::values(&report, "users", "username")?;
    for (user, _) in USERS {
        ensure!(names.iter().any(|name| name == user), "console 2 does not show {user}: {names:?}");
    }
    Ok(())
}

fn chat_and_show_sessions(cluster: &Cluster, consoles: &[Console<'_>; 2]) -> Result<()> {
    let login = |node: usize| {
        let (user, password) = USERS[node];
        let login = Login {
            domain: DOMAIN.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            resource: "Spark".to_owned(),
        };
        XmppClient::login(&cluster.client_host, cluster.nodes[node].host().socket(5222), &login)
    };
    let (mut one, mut two) = (login(0)?, login(1)?);
    befriend(&mut one, &mut two)?;
    chat(&mut one, &mut two, "from server 1 to server 2")?;
    for (number, console) in (1..).zip(consoles) {
        let report = console.run("page", &format!("{number}-sessions"), &json!({ "path": "/sessions" }))?;
        let text = report["text"].as_str().unwrap_or_default();
        for (user, _) in USERS {
            ensure!(text.contains(user), "console {number} does not show the session of {user}: {text}");
        }
    }
    consoles[0].run("page", "1-clustering-chinese", &json!({ "path": "/clustering", "locale": "zh-CN" }))?;
    one.close()?;
    two.close()
}
