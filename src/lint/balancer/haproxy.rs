//! HAProxy: sections of lines, with settings that `defaults` hands down.

use std::collections::BTreeMap;

use cobnut_diagnostics::Span;

use super::words::{Word, Words};
use super::{Idle, Listen, Pool, Route, Server, Setup, Software, host_and_port, ports};

/// Words that begin a section; those that are not read end the one before.
const SECTIONS: [&str; 17] = [
    "global",
    "defaults",
    "frontend",
    "backend",
    "listen",
    "userlist",
    "peers",
    "resolvers",
    "mailers",
    "cache",
    "program",
    "ring",
    "http-errors",
    "fcgi-app",
    "log-forward",
    "crt-store",
    "traces",
];

/// One section: its head, and its lines.
#[derive(Debug, Default)]
struct Section {
    kind: String,
    name: Option<Word>,
    /// The word that names it, or the keyword when it has no name.
    span: Span,
    lines: Vec<Vec<Word>>,
    /// Index of the `defaults` that it inherits from.
    defaults: Option<usize>,
}

pub(super) fn read(text: &str) -> Setup {
    let sections = sections(text);
    let mut setup = Setup { software: Software::HaProxy, routes: Vec::new(), pools: Vec::new() };
    let mut pools: BTreeMap<&str, usize> = BTreeMap::new();
    let mut backends: Vec<usize> = Vec::new();
    for (index, section) in sections.iter().enumerate() {
        if matches!(section.kind.as_str(), "backend" | "listen") {
            if let Some(name) = &section.name {
                pools.insert(name.text.as_str(), setup.pools.len());
            }
            setup.pools.push(pool(&sections, section));
            backends.push(index);
        }
    }
    for section in &sections {
        let listens: Vec<Listen> = section.with("bind").flat_map(|line| listens(line)).collect();
        if listens.is_empty() || !matches!(section.kind.as_str(), "frontend" | "listen") {
            continue;
        }
        let mut targets: Vec<usize> = ["default_backend", "use_backend"]
            .iter()
            .filter_map(|keyword| inherited(&sections, section, |section| section.with(keyword).last()))
            .filter_map(|line| pools.get(line.get(1)?.text.as_str()).copied())
            .collect();
        targets.extend(section.name.as_ref().filter(|_| section.kind == "listen").and_then(|name| {
            pools.get(name.text.as_str()).filter(|&&pool| !setup.pools[pool].servers.is_empty()).copied()
        }));
        targets.dedup();
        let mut listens = Some(listens);
        for pool in targets {
            let back = &sections[backends[pool]];
            let listens = listens
                .take()
                .unwrap_or_else(|| section.with("bind").flat_map(|line| self::listens(line)).collect());
            setup.routes.push(route(&sections, section, back, listens, pool));
        }
    }
    setup
}

fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let (mut anonymous, mut line) = (None, Vec::new());
    let end = Word { text: "\n".to_owned(), span: Span::default() };
    for word in Words::new(text, &['\n']).chain([end]) {
        if word.text != "\n" {
            line.push(word);
            continue;
        }
        let mut words = std::mem::take(&mut line);
        let Some(first) = words.first() else { continue };
        if !SECTIONS.contains(&first.text.as_str()) {
            if let Some(section) = sections.last_mut() {
                section.lines.push(words);
            }
            continue;
        }
        let from = words.iter().position(|word| word.text == "from");
        let defaults = from.and_then(|at| words.get(at + 1)).map(|name| name.text.clone());
        let defaults = match defaults {
            Some(name) => sections.iter().position(|section| section.is_defaults(Some(&name))),
            None => anonymous,
        };
        let name = (words.len() > 1 && from != Some(1)).then(|| words.swap_remove(1));
        let span = name.as_ref().map_or(words[0].span, |name| name.span);
        if words[0].text == "defaults" {
            anonymous = Some(sections.len());
        }
        sections.push(Section { kind: words[0].text.clone(), name, span, lines: Vec::new(), defaults });
    }
    sections
}

impl Section {
    fn is_defaults(&self, name: Option<&str>) -> bool {
        self.kind == "defaults" && self.name.as_ref().map(|word| word.text.as_str()) == name
    }

    /// Its lines that begin with this word.
    fn with<'a>(&'a self, keyword: &'a str) -> impl DoubleEndedIterator<Item = &'a Vec<Word>> {
        self.lines.iter().filter(move |line| line.first().is_some_and(|first| first.text == keyword))
    }
}

/// What a section says, or the defaults that it inherits.
fn inherited<'a, T>(
    sections: &'a [Section],
    section: &'a Section,
    find: impl Fn(&'a Section) -> Option<T>,
) -> Option<T> {
    // Defaults may inherit from earlier defaults, and from those only.
    let mut at = Some(section);
    while let Some(section) = at {
        if let Some(found) = find(section) {
            return Some(found);
        }
        at = section.defaults.and_then(|index| sections.get(index));
    }
    None
}

fn route(sections: &[Section], front: &Section, back: &Section, listens: Vec<Listen>, pool: usize) -> Route {
    let mode = |section| inherited(sections, section, |section| section.with("mode").last()?.get(1));
    let http = [front, back].into_iter().filter_map(mode).find(|word| word.text == "http");
    let client = inherited(sections, front, |section| timeout(section, "client"));
    let server = inherited(sections, back, |section| timeout(section, "server"));
    let connect = inherited(sections, back, |section| timeout(section, "connect"));
    let tunnel = inherited(sections, back, |section| timeout(section, "tunnel"));
    let wanted = [("timeout connect", connect), ("timeout client", client), ("timeout server", server)];
    let missing = wanted.iter().filter(|(_, found)| found.is_none()).map(|(name, _)| *name).collect();
    // Once a TCP connection stands, `timeout tunnel` takes the place of the other two.
    let [_, client, server] = wanted;
    let cutting = match tunnel {
        Some(tunnel) => vec![("timeout tunnel", Some(tunnel))],
        None => vec![client, server],
    };
    let idle = cutting.into_iter().filter_map(|(name, word)| {
        let word = word?;
        let millis = millis(&word.text).filter(|&millis| millis > 0)?;
        Some(Idle { name, millis, span: word.span })
    });
    Route { span: front.span, listens, pool, http: http.map(|word| word.span), idle: idle.collect(), missing }
}

fn timeout<'a>(section: &'a Section, what: &str) -> Option<&'a Word> {
    let line = section.with("timeout").rfind(|line| line.get(1).is_some_and(|word| word.text == what))?;
    line.get(2)
}

/// A number with a unit; milliseconds without one.
fn millis(text: &str) -> Option<u64> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    match unit {
        "us" => Some(number / 1000),
        "" | "ms" => Some(number),
        "s" => number.checked_mul(1000),
        "m" => number.checked_mul(60_000),
        "h" => number.checked_mul(3_600_000),
        "d" => number.checked_mul(86_400_000),
        _ => None,
    }
}

fn listens(line: &[Word]) -> Vec<Listen> {
    let Some(addresses) = line.get(1) else { return Vec::new() };
    let tls = line.iter().skip(2).find(|word| word.text == "ssl").map(|word| word.span);
    let listen = |port| Listen { port, span: addresses.span, tls };
    let each = addresses.text.split(',').filter_map(|address| host_and_port(address).1);
    each.flat_map(ports).map(listen).collect()
}

fn pool(sections: &[Section], section: &Section) -> Pool {
    let shared: Vec<&Vec<Word>> = section
        .defaults
        .and_then(|index| sections.get(index))
        .into_iter()
        .chain([section])
        .flat_map(|section| section.with("default-server"))
        .collect();
    let sticky = section.lines.iter().find_map(|line| {
        let words: Vec<&str> = line.iter().take(2).map(|word| word.text.as_str()).collect();
        let last = line.last()?.span;
        match words.as_slice() {
            ["stick-table" | "cookie", ..] | ["stick", _] | ["balance", "source"] => {
                Some(Span::new(line.first()?.span.start, last.end))
            }
            _ => None,
        }
    });
    Pool {
        name: section.name.as_ref().map(|name| name.text.clone()).unwrap_or_default(),
        span: section.span,
        servers: section.with("server").filter_map(|line| server(line, &shared)).collect(),
        sticky,
    }
}

const PROXY: [&str; 4] = ["send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn"];
const NO_PROXY: [&str; 4] =
    ["no-send-proxy", "no-send-proxy-v2", "no-send-proxy-v2-ssl", "no-send-proxy-v2-ssl-cn"];

/// `server NAME ADDRESS[:PORT] …`, after the `default-server` lines of its section.
fn server(line: &[Word], shared: &[&Vec<Word>]) -> Option<Server> {
    let address = line.get(2)?;
    let bare = address.text.trim_start_matches("ipv4@").trim_start_matches("ipv6@");
    let skipped = address.text.len() - bare.len();
    let (host, port) = host_and_port(bare);
    let start = address.span.start + skipped;
    // The last word of a kind counts: `no-check` takes a `check` back.
    let last = |on: &[&str], off: &[&str]| {
        let words = shared.iter().flat_map(|line| line.iter().skip(1)).chain(line.iter().skip(3));
        let mut known =
            words.filter(|word| on.contains(&word.text.as_str()) || off.contains(&word.text.as_str()));
        known.next_back().filter(|word| on.contains(&word.text.as_str())).map(|word| word.span)
    };
    Some(Server {
        host: bare.get(host.clone())?.to_owned(),
        host_span: Span::new(start + host.start, start + host.end),
        port: port.and_then(|port| port.parse().ok()),
        span: address.span,
        line: Span::new(line.first()?.span.start, line.last()?.span.end),
        is_checked: last(&["check"], &["no-check"]).is_some(),
        proxy: last(&PROXY, &NO_PROXY),
        tls: last(&["ssl"], &["no-ssl"]),
        is_off: last(&["disabled"], &["enabled"]).is_some(),
    })
}
