//! Whom a member list of one text makes a node dial: Hazelcast's own joiner, asked in a running member, and ours.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use cobnut_config::{DialHost, Outcome, parse};
use cobnut_diagnostics::Source;
use compat_tests::hazelcast::{Question, RELEASES, Release};
use compat_tests::{Artifacts, ready};

/// All that a name can be resolved to here.
const HOSTS: [(&str, &str); 3] = [("localhost", "127.0.0.1"), ("node1", "10.9.9.1"), ("node_1", "10.9.9.2")];

/// Texts of `<member>`; tab and newline are written `\t` and `\n`.
const TEXTS: &str = include_str!("../../hazelcast/members.txt");

/// Where we differ, and why.
const DIFFERENCES: &[Difference] = &[
    Difference {
        text: "192.168.5.1:0",
        releases: &["3.12.5", "4.2.8", "5.3.7", "5.5.0"],
        _reason: "Hazelcast dials port 0, where nobody can listen; we do not try",
    },
    Difference { text: "192.168.5.1; 192.168.5.2", releases: &["5.3.7", "5.5.0"], _reason: RUNS },
    Difference { text: "192.168.5.1  192.168.5.2", releases: &["5.3.7", "5.5.0"], _reason: RUNS },
];

const RUNS: &str = "since 5.0 runs of separators count as one; until then the empty entry between two is the loopback address";

struct Difference {
    text: &'static str,
    releases: &'static [&'static str],
    _reason: &'static str,
}

/// What a side dials, as `address port`; `None` when it does not start.
type Dialled = Option<BTreeSet<String>>;

fn ours(text: &str) -> Result<Dialled> {
    let text = text.replace("\\t", "\t").replace("\\n", "\n");
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let file = format!(
        "<hazelcast><network><join><tcp-ip enabled=\"true\"><member>{escaped}</member></tcp-ip></join></network></hazelcast>"
    );
    let config = parse(&Source::new("t.xml", file)).0.context("no configuration")?;
    let list = &config.network.join.tcp_ip;
    if !list.empty.is_empty() || list.entries.iter().any(|entry| entry.outcome() == Outcome::Stops) {
        return Ok(None);
    }
    let mut dialled = BTreeSet::new();
    for target in config.dial_targets() {
        let host = match &target.host {
            DialHost::Address(address) => Some(address.to_string()),
            DialHost::Name(name) => {
                HOSTS.iter().find(|(known, _)| known == name).map(|(_, address)| (*address).to_owned())
            }
        };
        let Some(host) = host else { continue };
        dialled.extend(target.ports.iter().map(|port| format!("{host} {port}")));
    }
    Ok(Some(dialled))
}

/// Java's way to write an address, in ours.
fn plain(dialled: &str) -> Result<String> {
    let (host, port) = dialled.split_once(' ').context("no port")?;
    let host = host.split('%').next().unwrap_or(host);
    let address: std::net::IpAddr = host.parse().with_context(|| dialled.to_owned())?;
    Ok(format!("{address} {port}"))
}

fn compare(release: Release) -> Result<()> {
    let test = format!("candidates_{}", release.0);
    if !ready(&test, &release.needs()) {
        return Ok(());
    }
    let artifacts = Artifacts::new(&test)?;
    let hosts = artifacts.path("hosts");
    let lines = HOSTS.map(|(name, address)| format!("{address} {name}\n"));
    fs::write(&hosts, lines.concat())?;
    let texts: Vec<String> = TEXTS.lines().map(str::to_owned).collect();
    ensure!(texts.len() > 60, "only {} texts", texts.len());
    let question = Question {
        class: "Candidates",
        // No test asks the machine's resolver.
        options: &[format!("-Djdk.net.hosts.file={}", hosts.display())],
        arguments: &[],
        folder: artifacts.folder(),
        log: &artifacts.path("hazelcast.log"),
    };
    let answers = release.ask(&question, &texts)?;
    ensure!(answers.len() == texts.len(), "{} answers to {} texts", answers.len(), texts.len());
    let mut wrong = Vec::new();
    for (text, answer) in texts.iter().zip(&answers) {
        let theirs: Dialled = match answer["dialled"].as_array() {
            Some(dialled) => {
                Some(dialled.iter().filter_map(|one| one.as_str()).map(plain).collect::<Result<_>>()?)
            }
            None => None,
        };
        let our = ours(text)?;
        let is_listed =
            DIFFERENCES.iter().any(|listed| listed.text == text && listed.releases.contains(&release.0));
        if (our != theirs) != is_listed {
            wrong.push(format!("{text:?}: we dial {our:?}, Hazelcast {theirs:?}, {}", answer["refused"]));
        }
    }
    ensure!(wrong.is_empty(), "Hazelcast {}:\n{}", release.0, wrong.join("\n"));
    Ok(())
}

#[test]
fn candidates_are_hazelcasts() -> Result<()> {
    let wrong: Vec<String> =
        RELEASES.into_iter().filter_map(|release| compare(release).err()).map(|e| e.to_string()).collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
