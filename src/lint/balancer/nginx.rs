//! nginx: directives with words and blocks; `stream` passes bytes on, `http` speaks HTTP.

use cobnut_diagnostics::Span;

use super::words::{Word, Words};
use super::{Idle, Listen, Pool, Route, Server, Setup, Software, host_and_port, ports};

/// Deeper blocks are not read.
const MAX_DEPTH: usize = 16;

/// One directive: its words and, for a block, what is inside.
#[derive(Debug, Default)]
struct Directive {
    words: Vec<Word>,
    inside: Vec<Directive>,
}

/// What surrounds a `server`.
#[derive(Clone, Copy)]
struct Around<'a> {
    /// The word `http`, if it is in there.
    http: Option<Span>,
    /// The directives of the block and of the file around it, innermost first.
    outer: [&'a [Directive]; 2],
}

pub(super) fn read(text: &str) -> Setup {
    let mut words = Words::new(text, &[';', '{', '}']);
    let file = block(&mut words, 0);
    let mut setup = Setup { software: Software::Nginx, routes: Vec::new(), pools: Vec::new() };
    for directive in &file {
        let http = directive.name_span().filter(|_| directive.is("http"));
        if http.is_some() || directive.is("stream") {
            let around = Around { http, outer: [&directive.inside, &file] };
            add(&mut setup, &directive.inside, around);
        }
    }
    // A file that is included into `stream` has no such block of its own.
    add(&mut setup, &file, Around { http: None, outer: [&file, &[]] });
    setup
}

fn block(words: &mut Words<'_>, depth: usize) -> Vec<Directive> {
    let mut directives = Vec::new();
    let mut open = Directive::default();
    while let Some(word) = words.next() {
        match word.text.as_str() {
            ";" if word.span.len() == 1 => directives.push(std::mem::take(&mut open)),
            "{" if word.span.len() == 1 => {
                if depth >= MAX_DEPTH {
                    return directives;
                }
                open.inside = block(words, depth + 1);
                directives.push(std::mem::take(&mut open));
            }
            "}" if word.span.len() == 1 => break,
            _ => open.words.push(word),
        }
    }
    directives
}

impl Directive {
    fn is(&self, name: &str) -> bool {
        self.words.first().is_some_and(|word| word.text == name)
    }

    fn name_span(&self) -> Option<Span> {
        self.words.first().map(|word| word.span)
    }

    /// The words behind the name.
    fn values(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }

    fn whole(&self) -> Span {
        let ends = self.words.first().zip(self.words.last());
        ends.map(|(first, last)| Span::new(first.span.start, last.span.end)).unwrap_or_default()
    }
}

fn all<'a>(directives: &'a [Directive], name: &'a str) -> impl Iterator<Item = &'a Directive> {
    directives.iter().filter(move |directive| directive.is(name))
}

/// Adds the servers of a `stream` or `http` block.
fn add(setup: &mut Setup, directives: &[Directive], around: Around<'_>) {
    let first_pool = setup.pools.len();
    for upstream in all(directives, "upstream") {
        let Some(name) = upstream.values().first() else { continue };
        let sticky = upstream.inside.iter().find(|inside| {
            let by_client =
                inside.is("hash") && inside.values().iter().any(|word| word.text.contains("remote"));
            by_client || inside.is("ip_hash") || inside.is("sticky")
        });
        setup.pools.push(Pool {
            name: name.text.clone(),
            span: name.span,
            servers: all(&upstream.inside, "server").filter_map(member).collect(),
            sticky: sticky.map(Directive::whole),
        });
    }
    let pools = first_pool..setup.pools.len();
    for server in all(directives, "server").filter(|server| !server.inside.is_empty()) {
        let listens: Vec<Listen> = all(&server.inside, "listen").flat_map(listens).collect();
        let Some(span) = server.name_span().filter(|_| !listens.is_empty()) else { continue };
        let mut listens = Some(listens);
        let inside = server.inside.iter();
        let locations =
            inside.clone().filter(|inside| inside.is("location")).flat_map(|inside| &inside.inside);
        for pass in inside.chain(locations).filter(|directive| directive.is("proxy_pass")) {
            let Some(pool) = target(setup, pools.clone(), pass, &server.inside, around) else { continue };
            // Further targets of the same sockets say nothing new about the sockets.
            let listens = listens.take().unwrap_or_default();
            let idle = idle(&server.inside, around).into_iter().collect();
            setup.routes.push(Route { span, listens, pool, http: around.http, idle, missing: Vec::new() });
        }
    }
}

/// The pool that a `proxy_pass` names, or a new one for an address that stands there.
fn target(
    setup: &mut Setup,
    pools: std::ops::Range<usize>,
    pass: &Directive,
    server: &[Directive],
    around: Around<'_>,
) -> Option<usize> {
    let word = pass.values().first().filter(|word| !word.text.contains('$'))?;
    let bare = word.text.split_once("://").map_or(word.text.as_str(), |(_, rest)| rest);
    let bare = bare.split('/').next().unwrap_or(bare);
    let skipped = word.text.find(bare).unwrap_or(0);
    let known = pools.clone().find(|&index| setup.pools[index].name == bare);
    let settings = [server, around.outer[0], around.outer[1]];
    let is_on = |name: &'static str| {
        let found = settings.iter().find_map(|directives| all(directives, name).last())?;
        found.values().first().filter(|value| value.text == "on").map(|_| found.whole())
    };
    let index = known.unwrap_or_else(|| {
        let span = Span::new(word.span.start + skipped, word.span.start + skipped + bare.len());
        let word = Word { text: bare.to_owned(), span };
        let servers = server_of(&word, &[]).into_iter().collect();
        setup.pools.push(Pool { name: bare.to_owned(), span, servers, sticky: None });
        setup.pools.len() - 1
    });
    if around.http.is_none() {
        let (proxy, tls) = (is_on("proxy_protocol"), is_on("proxy_ssl"));
        for server in &mut setup.pools[index].servers {
            server.proxy = server.proxy.or(proxy);
            server.tls = server.tls.or(tls);
        }
    }
    Some(index)
}

fn member(directive: &Directive) -> Option<Server> {
    let server = server_of(directive.values().first()?, directive.values())?;
    Some(Server { line: directive.whole(), ..server })
}

fn server_of(address: &Word, words: &[Word]) -> Option<Server> {
    let (host, port) = host_and_port(&address.text);
    let has = |text: &str| words.iter().any(|word| word.text == text);
    Some(Server {
        host: address.text.get(host.clone())?.to_owned(),
        host_span: Span::new(address.span.start + host.start, address.span.start + host.end),
        port: port.and_then(|port| port.parse().ok()),
        span: address.span,
        line: address.span,
        // nginx leaves out a server that refused a connection, unless it is told not to count.
        is_checked: !has("max_fails=0"),
        proxy: None,
        tls: None,
        is_off: has("down"),
    })
}

fn listens(directive: &Directive) -> Vec<Listen> {
    let Some(address) = directive.values().first() else { return Vec::new() };
    let find = |text: &str| directive.values().iter().find(|word| word.text == text).map(|word| word.span);
    if find("udp").is_some() {
        return Vec::new();
    }
    let (host, port) = host_and_port(&address.text);
    // A word without a colon is a port, or an address on HTTP's port.
    let port = port.unwrap_or_else(|| address.text.get(host).unwrap_or_default());
    ports(port).into_iter().map(|port| Listen { port, span: address.span, tls: find("ssl") }).collect()
}

/// `proxy_timeout` of the server, or of what surrounds it; without one it is ten minutes.
fn idle(server: &[Directive], around: Around<'_>) -> Option<Idle> {
    if around.http.is_some() {
        return None;
    }
    let settings = [server, around.outer[0], around.outer[1]];
    let found = settings.iter().find_map(|directives| all(directives, "proxy_timeout").last())?;
    let value = found.values().first()?;
    let millis = millis(&value.text)?;
    Some(Idle { name: "proxy_timeout", millis, span: value.span })
}

/// Numbers with units, one behind the other; seconds without one.
fn millis(text: &str) -> Option<u64> {
    let (mut total, mut rest) = (0_u64, text.trim());
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let factor = match unit {
            "ms" => 1,
            "" | "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return None,
        };
        total = total.checked_add(number.parse::<u64>().ok()?.checked_mul(factor)?)?;
        rest = behind.trim_start();
    }
    (!text.is_empty()).then_some(total)
}
