//! Which clusters real members form, beside what the simulation foretells.
//!
//! Each case starts and restarts real members on hosts with real addresses and compares the clusters before the first search
//! for other clusters and after the last one with those of the simulation. The files say how long the timers are; both sides
//! obey them.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use cobnut_config::parse;
use cobnut_diagnostics::Source;
use cobnut_formation::{Action, Generation, History, Names, NodeModel, Rules, Step, play};
use compat_tests::hazelcast::{Member, Release};
use compat_tests::{Host, Lab, Need, ready};

/// Between two steps: a virtual machine on a busy computer takes seconds to start and then one to join.
const GAP: u64 = 15_000;
/// How long the clusters are given to settle after the last step, and after the last search.
const SETTLE: u64 = 20_000;
/// First search for other clusters after a start, long enough that all steps are done by then; and each further one.
const FIRST_SEARCH: u64 = 75_000;
const NEXT_SEARCH: u64 = 10_000;

const TIMERS: &str = "<properties>\
    <property name=\"hazelcast.wait.seconds.before.join\">1</property>\
    <property name=\"hazelcast.merge.first.run.delay.seconds\">75</property>\
    <property name=\"hazelcast.merge.next.run.delay.seconds\">10</property>\
    <property name=\"hazelcast.phone.home.enabled\">false</property>";

/// The rules of 3.x and 5.x differ in details, so each case runs on both.
const OLD: Release = Release("3.12.5");
const NEW: Release = Release("5.5.0");

/// One node: the last number of its address and its file.
struct File {
    number: u8,
    text: String,
}

/// A file around a fragment of a network.
fn around(number: u8, network: &str, cluster: Option<&str>, release: Release) -> File {
    let name = cluster.map(|name| match release {
        OLD => format!("<group><name>{name}</name></group>"),
        _ => format!("<cluster-name>{name}</cluster-name>"),
    });
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">\n{}\n\
         {TIMERS}</properties>\n<network>{network}</network>\n</hazelcast>\n",
        name.unwrap_or_default()
    );
    File { number, text }
}

/// A network with a member list and one own address.
fn listing(own: &str, members: &[&str]) -> String {
    let members: Vec<String> = members.iter().map(|member| format!("<member>{member}</member>")).collect();
    let members = members.concat();
    format!(
        "<port auto-increment=\"false\">5701</port><join><multicast enabled=\"false\"/><tcp-ip enabled=\"true\">{members}\
         </tcp-ip></join><interfaces enabled=\"true\"><interface>{own}</interface></interfaces>"
    )
}

fn article(release: Release) -> Vec<File> {
    let files = [
        include_str!("../../../conf/article/server1.xml"),
        include_str!("../../../conf/article/server2.xml"),
    ];
    (1..).zip(files).map(|(number, text)| around(number, text, None, release)).collect()
}

fn starts(order: &[usize]) -> Vec<Step> {
    (0..).zip(order).map(|(at, &node)| Step { at: at * GAP, node, action: Action::Start }).collect()
}

fn then_restart(mut steps: Vec<Step>, node: usize) -> Vec<Step> {
    let at = steps.last().map_or(0, |step| step.at) + GAP;
    steps.push(Step { at, node, action: Action::Stop });
    steps.push(Step { at: at + 5_000, node, action: Action::Start });
    steps
}

/// Plays the steps with real members and in the simulation, and compares.
fn compare(case: &str, release: Release, files: &[File], steps: &[Step]) -> Result<()> {
    let test = format!("{case}_{}", release.0);
    let needs: Vec<Need> = [Need::Namespaces].into_iter().chain(release.needs()).collect();
    if !ready(&test, &needs) {
        return Ok(());
    }
    let last_step = steps.last().map_or(0, |step| step.at);
    let before_search = last_step + SETTLE;
    ensure!(before_search < FIRST_SEARCH, "the steps are done before the first search");
    let end = last_step + FIRST_SEARCH + NEXT_SEARCH + SETTLE;
    let foretold = foretell(release, files, steps, end);

    let mut lab = Lab::new(&test)?;
    let hosts: Vec<Arc<Host>> = files
        .iter()
        .map(|file| lab.host(&format!("h{}", file.number), Ipv4Addr::new(192, 168, 5, file.number)))
        .collect::<Result<_>>()?;
    let mut members: Vec<Option<Member>> = files.iter().map(|_| None).collect();
    let begin = Instant::now();
    let wait_until = |at: u64| {
        // The members have timers of their own: there is nothing to wait for but the time.
        std::thread::sleep(Duration::from_millis(at).saturating_sub(begin.elapsed()));
    };
    for step in steps {
        wait_until(step.at);
        members[step.node] = match step.action {
            Action::Start => {
                Some(Member::start(release, &hosts[step.node], lab.artifacts(), &files[step.node].text)?)
            }
            Action::Stop => None,
        };
    }
    for (moment, at) in [("before the first search", before_search), ("after the searches", end)] {
        wait_until(at);
        let seen = clusters_seen(&hosts, &mut members);
        let expected: BTreeSet<BTreeSet<usize>> =
            foretold.at(at).iter().map(|cluster| cluster.iter().copied().collect()).collect();
        ensure!(
            seen == expected,
            "{test}, {moment}: Hazelcast has {seen:?}, the simulation {expected:?}\n{foretold:#?}"
        );
    }
    Ok(())
}

fn foretell(release: Release, files: &[File], steps: &[Step], end: u64) -> History {
    let configs: Vec<_> = files
        .iter()
        .map(|file| {
            (format!("h{}", file.number), parse(&Source::new("hazelcast.xml", file.text.as_str())).0.unwrap())
        })
        .collect();
    let labelled: Vec<_> = configs.iter().map(|(label, config)| (label.as_str(), config)).collect();
    let generation = if release == OLD { Generation::V3 } else { Generation::V5 };
    let addresses = files
        .iter()
        .map(|file| (format!("h{}", file.number), Ipv4Addr::new(192, 168, 5, file.number).into()));
    let names = Names { nodes: addresses.collect(), ..Names::default() };
    play(&NodeModel::of_files(&labelled, generation, &names).unwrap(), Rules::Hazelcast, steps, end)
}

/// The clusters as the members see them: a node in the list of another one that does not have it in its own counts once for each.
fn clusters_seen(hosts: &[Arc<Host>], members: &mut [Option<Member>]) -> BTreeSet<BTreeSet<usize>> {
    let number_of = |address: &str| {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        hosts.iter().position(|known| known.address().to_string() == host)
    };
    let views = members.iter_mut().flatten().map(Member::members).filter(|view| !view.is_empty());
    views.map(|view| view.iter().filter_map(|address| number_of(address)).collect()).collect()
}

/// Runs a case on the old and the new release at the same time.
fn on_both(case: &str, files: impl Fn(Release) -> Vec<File> + Sync, steps: &[Step]) -> Result<()> {
    std::thread::scope(|scope| {
        let files = &files;
        let runs =
            [OLD, NEW].map(|release| scope.spawn(move || compare(case, release, &files(release), steps)));
        runs.into_iter().try_for_each(|run| run.join().ok().context("a case panicked")?)
    })
}

#[test]
fn article_with_server_1_first() -> Result<()> {
    on_both("article_with_server_1_first", article, &starts(&[0, 1]))
}

#[test]
fn article_with_server_2_first() -> Result<()> {
    on_both("article_with_server_2_first", article, &starts(&[1, 0]))
}

#[test]
fn article_with_server_2_restarted() -> Result<()> {
    on_both("article_with_server_2_restarted", article, &then_restart(starts(&[1, 0]), 1))
}

#[test]
fn article_with_server_1_restarted() -> Result<()> {
    on_both("article_with_server_1_restarted", article, &then_restart(starts(&[1, 0]), 0))
}

const BOTH: [&str; 2] = ["192.168.5.1:5701", "192.168.5.2:5701"];

#[test]
fn names_that_differ() -> Result<()> {
    let files = |release| {
        vec![
            around(1, &listing("192.168.5.1", &BOTH), Some("a"), release),
            around(2, &listing("192.168.5.2", &BOTH), Some("b"), release),
        ]
    };
    on_both("names_that_differ", files, &starts(&[0, 1]))
}

#[test]
fn a_loopback_address_in_the_list() -> Result<()> {
    let files = |release| {
        let listed = "<join><multicast enabled=\"false\"/><tcp-ip enabled=\"true\"><member>127.0.0.1</member>\
                      <member>192.168.5.1</member></tcp-ip></join>";
        vec![around(1, &listing("192.168.5.1", &BOTH), None, release), around(2, listed, None, release)]
    };
    // It takes the loopback address for its own, so that nobody else can answer it.
    let test = "a_loopback_address_in_the_list";
    for release in [OLD, NEW] {
        let needs: Vec<Need> = [Need::Namespaces].into_iter().chain(release.needs()).collect();
        if !ready(test, &needs) {
            return Ok(());
        }
        let mut lab = Lab::new(&format!("{test}_{}", release.0))?;
        let host = lab.host("h2", Ipv4Addr::new(192, 168, 5, 2))?;
        let mut member = Member::start(release, &host, lab.artifacts(), &files(release)[1].text)?;
        compat_tests::eventually("a cluster of one", Duration::from_mins(1), || {
            Ok(member.is_in_cluster().then_some(()))
        })?;
        ensure!(member.members() == ["127.0.0.1:5701"], "{:?}", member.members());
        let (config, _) = parse(&Source::new("hazelcast.xml", files(release)[1].text.as_str()));
        let picked = config.unwrap().pick_address(&["127.0.0.1".parse()?, "192.168.5.2".parse()?])?;
        ensure!(picked.is_loopback(), "{picked}");
    }
    Ok(())
}

#[test]
fn an_interface_that_the_host_lacks() -> Result<()> {
    let test = "an_interface_that_the_host_lacks";
    for release in [OLD, NEW] {
        let needs: Vec<Need> = [Need::Namespaces].into_iter().chain(release.needs()).collect();
        if !ready(test, &needs) {
            return Ok(());
        }
        let mut lab = Lab::new(&format!("{test}_{}", release.0))?;
        let host = lab.host("h2", Ipv4Addr::new(192, 168, 5, 2))?;
        let file = around(2, &listing("192.168.9.9", &BOTH), None, release);
        let mut member = Member::start(release, &host, lab.artifacts(), &file.text)?;
        member.process().wait_for_log(&["Hazelcast CANNOT start on this node"], Duration::from_mins(1))?;
        let (config, _) = parse(&Source::new("hazelcast.xml", file.text.as_str()));
        ensure!(config.unwrap().pick_address(&["127.0.0.1".parse()?, "192.168.5.2".parse()?]).is_err());
    }
    Ok(())
}

#[test]
fn a_third_node_that_only_knows_the_first() -> Result<()> {
    let files = |release| {
        vec![
            around(1, &listing("192.168.5.1", &["192.168.5.2:5701"]), None, release),
            around(2, &listing("192.168.5.2", &["192.168.5.1:5701"]), None, release),
            around(3, &listing("192.168.5.3", &["192.168.5.1:5701"]), None, release),
        ]
    };
    // Started first it is alone; it finds the others only if the one that it knows is their master.
    on_both("third_first_then_one", files, &starts(&[2, 0, 1]))?;
    on_both("third_first_then_two", files, &starts(&[2, 1, 0]))
}

#[test]
fn all_at_once() -> Result<()> {
    let all = ["192.168.5.1:5701", "192.168.5.2:5701", "192.168.5.3:5701"];
    let files = |release| {
        (1..=3)
            .map(|number| around(number, &listing(&format!("192.168.5.{number}"), &all), None, release))
            .collect()
    };
    let steps: Vec<Step> = (0..3).map(|node| Step { at: 0, node, action: Action::Start }).collect();
    on_both("all_at_once", files, &steps)
}

#[test]
fn multicast_in_either_order() -> Result<()> {
    let files = |release| {
        let network = |own: &str| {
            format!(
                "<join><multicast enabled=\"true\"/></join><interfaces enabled=\"true\"><interface>{own}</interface>\
                 </interfaces>"
            )
        };
        vec![
            around(1, &network("192.168.5.1"), None, release),
            around(2, &network("192.168.5.2"), None, release),
        ]
    };
    on_both("multicast_in_order", files, &starts(&[0, 1]))
}
