//! Smack's own integration tests for servers, against both nodes.
//!
//! They register accounts, log them in and try what Smack's users do with a server. Once all sessions are on one node, once
//! HAProxy spreads them over both. What does not pass is named with its reason in
//! `compat-tests/smack-integration/expected-failures.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use compat_tests::{Cluster, ClusterOptions, DOMAIN, Host, Need, Process, note, repository_root, target_dir};
use serde::Deserialize;

/// How to install; also what a skip tells the reader to run.
const PREPARE: &str = "compat-tests/smack-integration/prepare.sh, or cargo xtask test";
/// All tests take a minute or two.
const RUN_LIMIT: Duration = Duration::from_mins(10);
/// How long a run that is out of time has to end.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// How often a test may be run until it passes.
const RUNS: u32 = 3;
/// How long Smack waits for an answer; tests of what must not happen wait it out.
const REPLY_MS: u32 = 5000;

/// What became of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Passed,
    /// The server does not announce what it needs.
    Impossible,
    Failed,
}

#[derive(Debug)]
struct TestResult {
    specification: String,
    outcome: Outcome,
    reason: String,
}

/// Results by `Class.method`; of a test that ran on several kinds of connection the worst.
#[derive(Debug, Default)]
struct Results(BTreeMap<String, TestResult>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectations {
    #[serde(default)]
    expect: Vec<Expectation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    result: Outcome,
    reason: String,
    tests: Vec<String>,
}

impl Results {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        let mut results = Self::default();
        for line in text.lines() {
            let mut fields = line.splitn(4, '\t');
            let mut field = || fields.next().with_context(|| format!("a line of four fields: {line}"));
            let outcome = match field()? {
                "passed" => Outcome::Passed,
                "impossible" => Outcome::Impossible,
                "failed" => Outcome::Failed,
                other => anyhow::bail!("unknown result {other}"),
            };
            let (specification, test) = (field()?.to_owned(), field()?.to_owned());
            let result = TestResult { specification, outcome, reason: field()?.to_owned() };
            let is_worse = results.0.get(&test).is_none_or(|known| known.outcome < outcome);
            if is_worse {
                results.0.insert(test, result);
            }
        }
        Ok(results)
    }

    /// What differs from what is expected, a line each. Where only some tests were chosen, the others are not missed.
    fn surprises(&self, expectations: &Expectations, are_chosen: bool) -> Vec<String> {
        let mut surprises = Vec::new();
        for name in expectations.expect.iter().flat_map(|expectation| &expectation.tests) {
            if !are_chosen && !self.0.keys().any(|test| is_named(test, name)) {
                surprises.push(format!("{name}: expected, but there is no such test"));
            }
        }
        for (test, result) in &self.0 {
            let (outcome, reason) = expectations.of(test);
            if result.outcome != outcome {
                let was = result.outcome;
                surprises
                    .push(format!("{test}: {was:?}, expected {outcome:?} {reason}\n    {}", result.reason));
            }
        }
        surprises
    }

    /// The classes of tests that should have passed and failed.
    fn failed_unexpectedly(&self, expectations: &Expectations) -> Vec<String> {
        let failed = self.0.iter().filter(|(test, result)| {
            result.outcome == Outcome::Failed && expectations.of(test).0 == Outcome::Passed
        });
        let mut classes: Vec<String> =
            failed.filter_map(|(test, _)| Some(test.split_once('.')?.0.to_owned())).collect();
        classes.dedup();
        classes
    }

    /// Takes over what passed in a later run, and says so.
    fn mend_with(&mut self, later: Self, run: &str) {
        for (test, result) in later.0 {
            if result.outcome == Outcome::Passed
                && let Some(first) = self.0.insert(test.clone(), result)
                && first.outcome != Outcome::Passed
            {
                note(&format!("SMACK {run}: {test} passed, without the others; before: {}", first.reason));
            }
        }
    }
}

impl Expectations {
    /// What a test is expected to do, and why.
    fn of(&self, test: &str) -> (Outcome, &str) {
        let named =
            self.expect.iter().find(|expectation| expectation.tests.iter().any(|name| is_named(test, name)));
        named.map_or((Outcome::Passed, ""), |named| (named.result, &named.reason))
    }
}

/// Whether a test is meant by `Class.method`, or by `Class` alone.
fn is_named(test: &str, name: &str) -> bool {
    test.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A table by specification.
impl fmt::Display for Results {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
        for result in self.0.values() {
            table.entry(&result.specification).or_default()[result.outcome as usize] += 1;
        }
        writeln!(f, "| specification | passed | impossible | failed |\n|---|---|---|---|")?;
        let mut sum = [0; 3];
        for (specification, counts) in &table {
            let [passed, impossible, failed] = counts;
            writeln!(f, "| {specification} | {passed} | {impossible} | {failed} |")?;
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        write!(f, "| all | {} | {} | {} |", sum[0], sum[1], sum[2])
    }
}

/// A cluster that keeps what people write, and on which Smack may make its accounts, all of them over a connection that
/// never logs in.
fn start(test: &str) -> Result<Cluster> {
    let mut cluster = Cluster::prepare(test, &ClusterOptions::default())?;
    for (name, value) in [
        ("register.inband", "true".to_owned()),
        ("conversation.messageArchiving", "true".to_owned()),
        ("cobnut.register.per-address", "1000".to_owned()),
        ("xmpp.client.preauth.timeout", RUN_LIMIT.as_millis().to_string()),
    ] {
        let insert =
            format!("INSERT INTO openfire.ofProperty (name, propValue) VALUES ('{name}', '{value}')");
        cluster.database.execute(&insert);
    }
    for node in &mut cluster.nodes {
        node.launch()?;
    }
    for node in &mut cluster.nodes {
        node.wait_until_serving()?;
    }
    cluster.wait_until_formed()?;
    Ok(cluster)
}

/// Runs all tests against an address on port 5222. Some of them do not wait for what the test before them has begun, removing
/// a subscription for example, and fail when it ends in between: what fails unexpectedly is run again without the others,
/// [`RUNS`] times at most. Between two nodes what the previous test has begun arrives later than on one.
fn run(cluster: &mut Cluster, test: &str, target: &Host) -> Result<()> {
    let path = repository_root().join("compat-tests/smack-integration/expected-failures.toml");
    let expectations: Expectations = toml::from_str(&fs::read_to_string(path)?)?;
    let chosen = std::env::var("COBNUT_SMACK_TESTS").ok();
    let mut results = run_suite(cluster, "smack", target, chosen.as_deref())?;
    for run in 2..=RUNS {
        let again = results.failed_unexpectedly(&expectations);
        if again.is_empty() {
            break;
        }
        let later = run_suite(cluster, &format!("smack-{run}"), target, Some(&again.join(",")))?;
        results.mend_with(later, &format!("{test}, run {run}"));
    }
    note(&format!("SMACK {test}\n{results}"));
    fs::write(cluster.artifacts().path("table.md"), results.to_string())?;
    for node in &mut cluster.nodes {
        node.process()?.assert_running()?;
    }
    let surprises = results.surprises(&expectations, chosen.is_some());
    ensure!(surprises.is_empty(), "{} surprises\n{}", surprises.len(), surprises.join("\n"));
    Ok(())
}

/// Runs the tests of some classes, or all.
fn run_suite(cluster: &mut Cluster, name: &str, target: &Host, classes: Option<&str>) -> Result<Results> {
    let installed = target_dir().join("compat-smack-integration");
    let results = cluster.artifacts().path(&format!("{name}-results.txt"));
    let mut command = cluster.client_host.command("java");
    command.arg(format!("-Dresults={}", results.display()));
    let settings = [
        ("service", DOMAIN.to_owned()),
        ("host", target.address().to_string()),
        // See Main.java.
        ("securityMode", "disabled".to_owned()),
        ("replyTimeout", REPLY_MS.to_string()),
        ("enabledConnections", "tcp".to_owned()),
        ("testRunResultProcessors", "Results".to_owned()),
        ("dnsResolver", "javax".to_owned()),
    ];
    command.args(settings.map(|(name, value)| format!("-Dsinttest.{name}={value}")));
    command.args(classes.map(|classes| format!("-Dsinttest.enabledTests={classes}")));
    command.arg("-cp").arg(format!("{0}/classes:{0}/lib/*", installed.display()));
    command.arg("Main");
    let mut process = Process::spawn(name, cluster.artifacts(), command)?;
    // It ends with 2 when a test failed.
    if let Err(err) = process.wait_exit(RUN_LIMIT) {
        let _ = process.terminate(STOP_LIMIT);
        return Err(err.context(process.log_tail()));
    }
    Results::read(&results).with_context(|| process.log_tail())
}

fn needs() -> [Need; 2] {
    [
        Need::Program("java", "default-jdk-headless"),
        Need::TargetFile("compat-smack-integration/installed-from", PREPARE),
    ]
}

#[test]
fn smack_tests_one_node() -> Result<()> {
    let test = "smack_tests_one_node";
    if !Cluster::ready(test, &needs()) {
        return Ok(());
    }
    let mut cluster = start(test)?;
    let target = Arc::clone(cluster.nodes[0].host());
    run(&mut cluster, test, &target)
}

#[test]
fn smack_tests_both_nodes_behind_haproxy() -> Result<()> {
    let test = "smack_tests_both_nodes_behind_haproxy";
    let [java, installed] = needs();
    if !Cluster::ready(test, &[java, installed, Need::Program("haproxy", "haproxy")]) {
        return Ok(());
    }
    let mut cluster = start(test)?;
    let front = cluster.lab().host("front", Ipv4Addr::new(192, 168, 5, 10))?;
    let mut command = front.command("haproxy");
    command.arg("-db").arg("-f").arg(repository_root().join("conf/haproxy.cfg"));
    let mut balancer = Process::spawn("balancer", cluster.artifacts(), command)?;
    if let Err(err) = cluster.client_host.wait_for_port(front.socket(5222), Duration::from_secs(10)) {
        balancer.assert_running()?;
        return Err(err.context(balancer.log_tail()));
    }
    run(&mut cluster, test, &front)?;
    check_spread(&cluster)
}

/// Each node has had a good part of the logins.
fn check_spread(cluster: &Cluster) -> Result<()> {
    let [one, two] =
        [&cluster.nodes[0], &cluster.nodes[1]].map(|node| node.metric("cobnut_client_logins_total"));
    let (one, two) = (one?, two?);
    ensure!(one.min(two) * 4.0 >= one + two, "{one} logins at the first node and {two} at the second");
    Ok(())
}
