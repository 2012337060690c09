//! One wrong character in an address of a sound cluster: found whenever it changes what Hazelcast would do, and never
//! called a problem otherwise (a remark about style may be made: a blank for a comma works by accident).
//!
//! What Hazelcast would do is the set of places that the node dials and the address that it takes, or that it does not
//! start. The seeds are fixed; the misses are printed by class with `--nocapture`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use cobnut_config::{Config, DialHost, Outcome, parse};
use cobnut_diagnostics::{Diagnostic, Severity, Source, apply};
use cobnut_lint::lint_cluster;

/// Typos that are tried for each cluster.
const TYPOS: usize = 800;
/// Of the typos that change something, this share must be found.
const FOUND_PER_MILLE: usize = 990;
/// What a finger may hit: the keys around digits, dot and colon twice, and letters.
const KEYS: &str = "0123456789012345678901234567890123456789....::::,,;-- /*loOIabcdefxyz";
/// Rules that report texts which newer Java versions read in another way or refuse, though older ones do not.
const DEPENDS_ON_JAVA: [&str; 2] = ["leading-zero", "stray-dot"];

/// A cluster whose addresses get typos: the text of every node's file, and the address that its machine has.
struct Sound {
    name: &'static str,
    nodes: Vec<(String, &'static str)>,
    /// The elements whose texts are addresses.
    elements: &'static [&'static str],
}

fn sound() -> Vec<Sound> {
    const ADDRESSES: &[&str] = &["member", "interface"];
    let article = [
        include_str!("../../../conf/article/server1.xml"),
        include_str!("../../../conf/article/server2.xml"),
    ];
    let document = |own: &str, members: &str| {
        format!(
            "<hazelcast>\n<cluster-name>chat</cluster-name>\n<network>\n<port auto-increment=\"true\" port-count=\"20\">5701</port>\n<join>\n\
             <multicast enabled=\"false\"/>\n<tcp-ip enabled=\"true\">\n{members}\n</tcp-ip>\n</join>\n{own}\n</network>\n</hazelcast>\n"
        )
    };
    let own =
        |address: &str| format!("<interfaces enabled=\"true\"><interface>{address}</interface></interfaces>");
    let three = "<members>10.20.30.41, 10.20.30.42, 10.20.30.143</members>";
    let listed = "<member>172.16.8.11:5701</member>\n<member>172.16.8.112:5701</member>";
    let named = "<member>chat1.example.org:5701</member>\n<member>chat2.example.org:5701</member>";
    let v6 = "<member>[2001:db8::5:1]:5701</member>\n<member>[2001:db8::5:2]:5701</member>";
    vec![
        Sound {
            name: "the article's pair, mended",
            nodes: vec![
                (article[0].to_owned(), "192.168.5.1"),
                (article[1].replace("192.168.5:1:", "192.168.5.1:"), "192.168.5.2"),
            ],
            elements: ADDRESSES,
        },
        Sound {
            name: "the shipped pair",
            nodes: vec![
                (include_str!("../../../conf/two-nodes/server1.xml").to_owned(), "192.168.5.1"),
                (include_str!("../../../conf/two-nodes/server2.xml").to_owned(), "192.168.5.2"),
            ],
            elements: ADDRESSES,
        },
        Sound {
            name: "three nodes, one list without ports",
            nodes: ["10.20.30.41", "10.20.30.42", "10.20.30.143"]
                .map(|address| (document(&own(address), three), address))
                .into(),
            elements: &["members", "interface"],
        },
        Sound {
            name: "two nodes with host names",
            nodes: vec![(document("", named), "172.16.8.11"), (document("", named), "172.16.8.12")],
            elements: ADDRESSES,
        },
        Sound {
            name: "a pair with IPv6",
            nodes: vec![
                (document(&own("2001:db8::5:1"), v6), "2001:db8::5:1"),
                (document(&own("2001:db8::5:2"), v6), "2001:db8::5:2"),
            ],
            elements: ADDRESSES,
        },
        Sound {
            name: "a pair without interfaces",
            nodes: vec![(document("", listed), "172.16.8.11"), (document("", listed), "172.16.8.112")],
            elements: ADDRESSES,
        },
    ]
}

/// What Hazelcast does with a file on its machine.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// The file or the addresses in it keep the node from starting.
    DoesNotStart,
    /// The address that it takes, and all places that it dials; itself among them, for a file is copied to the next
    /// node. Entries that it gives up on with a warning count as well.
    Runs { own: IpAddr, dialled: BTreeSet<(String, u16)>, given_up: usize },
}

fn meaning(text: &str, machine: &str) -> Meaning {
    let (Some(config), _) = parse(&Source::new("t.xml", text)) else { return Meaning::DoesNotStart };
    let local: [IpAddr; 2] = ["127.0.0.1".parse().unwrap(), machine.parse().unwrap()];
    let stops = |config: &Config| {
        let tcp_ip = &config.network.join.tcp_ip;
        !tcp_ip.empty.is_empty() || tcp_ip.entries.iter().any(|entry| entry.outcome() == Outcome::Stops)
    };
    let Some(own) = config.pick_address(&local).ok().filter(|_| !stops(&config)) else {
        return Meaning::DoesNotStart;
    };
    let mut dialled = BTreeSet::new();
    for target in config.dial_targets() {
        let host = match &target.host {
            DialHost::Address(address) => address.to_string(),
            DialHost::Name(name) => name.clone(),
        };
        dialled.extend(target.ports.iter().map(|&port| (host.clone(), port)));
    }
    let entries = &config.network.join.tcp_ip.entries;
    let given_up = entries.iter().filter(|entry| entry.outcome() == Outcome::Skipped).count();
    Meaning::Runs { own, dialled, given_up }
}

/// Numbers that look random and are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

/// Byte ranges of the texts of the elements.
fn addresses(text: &str, elements: &[&str]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    for element in elements {
        let open = format!("<{element}>");
        let mut at = 0;
        while let Some(start) = text[at..].find(&open).map(|start| at + start + open.len()) {
            at = start + text[start..].find('<').unwrap();
            found.push(start..at);
        }
    }
    found
}

/// One typo: its class, and the file with it.
fn typo(text: &str, place: std::ops::Range<usize>, numbers: &mut Numbers) -> (&'static str, String) {
    let keys: Vec<char> = KEYS.chars().collect();
    let mut address: Vec<char> = text[place.clone()].chars().collect();
    let key = keys[numbers.below(keys.len())];
    let class = match numbers.below(4) {
        0 => {
            address.remove(numbers.below(address.len()));
            "a character left out"
        }
        1 => {
            address.insert(numbers.below(address.len() + 1), key);
            "a character too many"
        }
        2 => {
            let at = numbers.below(address.len());
            address[at] = key;
            "another character"
        }
        _ => {
            let at = numbers.below(address.len() - 1);
            address.swap(at, at + 1);
            "two characters changed places"
        }
    };
    let mut changed = text.to_owned();
    changed.replace_range(place, &address.into_iter().collect::<String>());
    (class, changed)
}

/// Rule, file and severity.
type Kind = (String, String, Severity);

fn sources(files: &[String]) -> Vec<(Source, String)> {
    let named = files.iter().enumerate().map(|(index, text)| (format!("node{index}.xml"), text));
    named.map(|(name, text)| (Source::new(name.as_str(), text.as_str()), name)).collect()
}

/// One file with all fixes of all findings.
fn mended(files: &[String], node: usize) -> String {
    let files = sources(files);
    let found = lint_cluster(&files);
    apply(&files[node].0, found.iter().filter_map(Diagnostic::suggested_fix)).0
}

/// How often each rule reports something in each file.
fn findings(files: &[String]) -> BTreeMap<Kind, usize> {
    let mut counts = BTreeMap::new();
    for finding in lint_cluster(&sources(files)) {
        let kind = (finding.rule().to_owned(), finding.source().name().to_owned(), finding.severity());
        *counts.entry(kind).or_default() += 1;
    }
    counts
}

#[test]
fn a_typo_is_found_when_it_matters_and_only_then() {
    let (mut total, mut missed_total) = (0, 0);
    for (number, cluster) in sound().into_iter().enumerate() {
        let texts: Vec<String> = cluster.nodes.iter().map(|(text, _)| text.clone()).collect();
        let before = findings(&texts);
        let mut numbers = Numbers(2_026 + u64::try_from(number).unwrap());
        let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        let (mut mattered, mut harmless, mut restored) = (0, 0, 0);
        for _ in 0..TYPOS {
            let node = numbers.below(texts.len());
            let (text, machine) = &cluster.nodes[node];
            let places = addresses(text, cluster.elements);
            let place = places[numbers.below(places.len())].clone();
            let (class, changed) = typo(text, place.clone(), &mut numbers);
            if changed == *text {
                continue;
            }
            let end = place.end + changed.len() - text.len();
            let shown = format!("{} -> {}", &text[place.clone()], &changed[place.start..end]);
            let mut files = texts.clone();
            files[node].clone_from(&changed);
            let after = findings(&files);
            let is_new = |key: &Kind| after[key] > before.get(key).copied().unwrap_or(0);
            let new: Vec<&Kind> = after.keys().filter(|key| is_new(key)).collect();
            if meaning(&changed, machine) == meaning(text, machine) {
                harmless += 1;
                let noise: Vec<_> = new
                    .iter()
                    .filter(|(rule, _, severity)| {
                        *severity > Severity::Info && !DEPENDS_ON_JAVA.contains(&rule.as_str())
                    })
                    .collect();
                assert!(noise.is_empty(), "{}: {shown}: changes nothing, but {noise:?}", cluster.name);
            } else {
                mattered += 1;
                if new.is_empty() {
                    missed.entry(class).or_default().push(shown);
                } else if meaning(&mended(&files, node), machine) == meaning(text, machine) {
                    restored += 1;
                }
            }
        }
        let count: usize = missed.values().map(Vec::len).sum();
        println!(
            "{}: {mattered} typos matter, {count} of them missed, {restored} undone by the fixes; {harmless} do not matter",
            cluster.name
        );
        for (class, shown) in &missed {
            let different: BTreeSet<&String> = shown.iter().collect();
            println!("  {class}: {} missed", shown.len());
            different.iter().take(12).for_each(|typo| println!("    {typo}"));
        }
        assert!(mattered > TYPOS / 2 && harmless > 0, "{}: the typos are no test", cluster.name);
        total += mattered;
        missed_total += count;
    }
    println!("all: {total} typos matter, {missed_total} of them missed");
    assert!((total - missed_total) * 1000 >= total * FOUND_PER_MILLE, "{missed_total} of {total} missed");
}
