//! Hazelcast's HTTP endpoints on the member port: a real member and a node of ours read the same file and are asked the same
//! questions, and answer alike but for names, addresses and numbers.
//!
//! Differences that are meant, and therefore not compared: our answers carry `Server` and `Connection`; `Connection: close` is
//! obeyed, which Hazelcast does not do; `?format=text` and `?format=json` choose the form.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::hazelcast::{Member, Release};
use compat_tests::{DOMAIN, Host, Lab, Need, Node, NodeOptions, eventually, ready};
use regex::Regex;

/// How long a virtual machine on a busy computer may take until it is a member.
const START_LIMIT: Duration = Duration::from_secs(50);
/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Paths of both groups, good and bad ones, and what belongs to none.
const PATHS: [&str; 21] = [
    "/hazelcast/health",
    "/hazelcast/health/",
    "/hazelcast/health?x=1",
    "/hazelcast/healthy",
    "/hazelcast/health/node-state",
    "/hazelcast/health/node-state/",
    "/hazelcast/health/cluster-state",
    "/hazelcast/health/cluster-safe",
    "/hazelcast/health/migration-queue-size",
    "/hazelcast/health/cluster-size",
    "/hazelcast/health/cluster-size?x=1",
    "/hazelcast/health/ready",
    "/hazelcast/health/ready/",
    "/hazelcast/health/unknown",
    "/hazelcast/rest/cluster",
    "/hazelcast/rest/cluster/x",
    "/hazelcast/rest/instance",
    "/hazelcast/rest/maps/a/b",
    "/hazelcast/rest/",
    "/hazelcast",
    "/",
];

/// Other requests: method and path.
const OTHERS: [(&str, &str); 8] = [
    ("HEAD", "/hazelcast/health"),
    ("HEAD", "/hazelcast/health/ready"),
    ("HEAD", "/hazelcast/rest/cluster"),
    ("POST", "/hazelcast/health"),
    ("PUT", "/hazelcast/rest/cluster"),
    ("DELETE", "/hazelcast/health"),
    ("OPTIONS", "/hazelcast/health"),
    ("POST", "/hazelcast/rest/cluster"),
];

/// A file that both read: alone on `own`, with this block for the endpoints.
fn file(release: Release, own: Ipv4Addr, rest_api: &str) -> String {
    let short = release.0.rsplit_once('.').unwrap().0;
    format!(
        "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\"\n\
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\n\
         xsi:schemaLocation=\"http://www.hazelcast.com/schema/config\n\
         http://www.hazelcast.com/schema/config/hazelcast-config-{short}.xsd\">\n\
         <properties><property name=\"hazelcast.phone.home.enabled\">false</property>\
         <property name=\"hazelcast.wait.seconds.before.join\">1</property></properties>\n\
         <network><port auto-increment=\"false\">5701</port><join><multicast enabled=\"false\"/><tcp-ip enabled=\"true\">\
         <member>{own}</member></tcp-ip></join><interfaces enabled=\"true\"><interface>{own}</interface></interfaces>\
         {rest_api}</network>\n</hazelcast>\n"
    )
}

/// What an answer says, with what differs between any two members replaced; nothing if the connection was closed.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    status: String,
    content_type: Option<String>,
    fields: Vec<String>,
    body: String,
}

/// Sends a request over a new connection.
fn ask(host: &Arc<Host>, method: &str, path: &str) -> Result<Option<Said>> {
    let mut stream = host.connect(host.socket(5701))?;
    stream.set_read_timeout(Some(ANSWER_LIMIT)).context("set a read timeout")?;
    let request = format!("{method} {path} HTTP/1.1\r\nHost: member\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).with_context(|| format!("ask for {path}"))?;
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(said) = whole(&text)? {
            return Ok(Some(said));
        }
        match stream.read(&mut buffer) {
            Ok(0) if text.is_empty() => return Ok(None),
            Err(err) if err.kind() == ErrorKind::ConnectionReset && text.is_empty() => return Ok(None),
            Ok(0) => anyhow::bail!("the answer to {method} {path} breaks off: {text:?}"),
            Ok(length) => text.push_str(std::str::from_utf8(&buffer[..length]).context("text")?),
            Err(err) => return Err(err).with_context(|| format!("the answer to {method} {path}")),
        }
    }
}

/// The answer, once it is there. A member of 3.12 ends the lines of one head with bare newlines.
fn whole(text: &str) -> Result<Option<Said>> {
    let Some((head, body)) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n")) else {
        return Ok(None);
    };
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default().to_owned();
    let (mut content_type, mut length, mut fields) = (None, 0, Vec::new());
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        match name {
            "Content-Type" => content_type = Some(value.to_owned()),
            "Content-Length" => length = value.parse::<usize>().context("a length")?,
            "Server" | "Connection" => {}
            _ => fields.push(format!("{name}: {value}")),
        }
    }
    Ok((body.len() >= length).then(|| Said { status, content_type, fields, body: nameless(body) }))
}

fn nameless(body: &str) -> String {
    let rules = [
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r"192\.168\.5\.[0-9]+", "ADDRESS"),
        (r#""memberVersion":"[0-9]+\.[0-9]+\.[0-9]+""#, "VERSION"),
        (r#""name":"[^"]+""#, "NAME"),
        // Each question is a connection, and old ones are forgotten when they are noticed to be closed.
        (r#"(onnectionCount"?: ?)[0-9]+"#, "${1}COUNT"),
    ];
    rules.iter().fold(body.to_owned(), |body, (pattern, name)| {
        Regex::new(pattern).unwrap().replace_all(&body, *name).into_owned()
    })
}

/// Starts a member and a node with the same file; what both say to each question.
fn compare(test: &str, release: Release, rest_api: &str) -> Result<Vec<(String, Option<Said>)>> {
    let needs: Vec<Need> = [Need::Namespaces].into_iter().chain(release.needs()).collect();
    if !ready(test, &needs) {
        return Ok(Vec::new());
    }
    let mut lab = Lab::new(test)?;
    let [theirs, ours] = [1, 2].map(|number| Ipv4Addr::new(192, 168, 5, number));
    let (theirs, ours) = (lab.host("hazelcast", theirs)?, lab.host("cobnut", ours)?);
    let mut member =
        Member::start(release, &theirs, lab.artifacts(), &file(release, theirs.address(), rest_api))?;
    let config = lab.artifacts().path("cobnut.xml");
    fs::write(&config, file(release, ours.address(), rest_api)).context("write the file")?;
    let options = NodeOptions {
        config,
        database: format!("sqlite://{}?mode=rwc", lab.artifacts().path("cobnut.db").display()),
        domain: DOMAIN.to_owned(),
        clustering: Some(true),
        extra: Vec::new(),
    };
    let mut node = Node::new("node", &ours, lab.artifacts(), options)?;
    node.start()?;
    eventually("the member is in its cluster", START_LIMIT, || {
        ensure!(member.process().is_running(), "{}", member.process().log_tail());
        Ok(member.is_in_cluster().then_some(()))
    })?;

    let questions = PATHS.iter().map(|path| ("GET", *path)).chain(OTHERS);
    let mut said = Vec::new();
    let mut differences = Vec::new();
    for (method, path) in questions {
        let (their, our) = (ask(&theirs, method, path)?, ask(&ours, method, path)?);
        if their != our {
            differences.push(format!("{method} {path}:\n  Hazelcast {their:?}\n  Cobnut    {our:?}"));
        }
        said.push((format!("{method} {path}"), our));
    }
    ensure!(differences.is_empty(), "{}", differences.join("\n"));
    node.stop()?;
    Ok(said)
}

/// Answers among these whose question begins so.
fn answered(said: &[(String, Option<Said>)], begin: &str) -> usize {
    said.iter().filter(|(question, said)| question.starts_with(begin) && said.is_some()).count()
}

#[test]
fn a_file_for_3_12_is_answered_as_by_its_members() -> Result<()> {
    let test = "a_file_for_3_12_is_answered_as_by_its_members";
    let said = compare(test, Release("3.12.5"), "<rest-api enabled=\"true\"/>")?;
    ensure!(said.is_empty() || answered(&said, "GET /hazelcast/rest") == 2, "{said:#?}");
    ensure!(said.is_empty() || answered(&said, "GET /hazelcast/health") == 14, "{said:#?}");
    Ok(())
}

#[test]
fn a_file_for_5_5_is_answered_as_by_its_members() -> Result<()> {
    let test = "a_file_for_5_5_is_answered_as_by_its_members";
    let said = compare(test, Release("5.5.0"), "<rest-api enabled=\"true\"/>")?;
    ensure!(said.is_empty() || answered(&said, "GET /hazelcast/rest") == 3, "{said:#?}");
    ensure!(said.is_empty() || answered(&said, "GET /hazelcast/health") == 14, "{said:#?}");
    Ok(())
}

#[test]
fn a_group_that_is_switched_off_is_not_answered() -> Result<()> {
    let test = "a_group_that_is_switched_off_is_not_answered";
    let rest_api =
        "<rest-api enabled=\"true\"><endpoint-group name=\"HEALTH_CHECK\" enabled=\"false\"/></rest-api>";
    let said = compare(test, Release("5.5.0"), rest_api)?;
    ensure!(said.is_empty() || answered(&said, "GET /hazelcast/rest") == 3, "{said:#?}");
    ensure!(answered(&said, "GET /hazelcast/health") == 0, "{said:#?}");
    Ok(())
}
