//! Facts about a machine and its network, as pages write them: one fact a line.
//!
//! ```text
//! local 127.0.0.1 192.168.5.1             addresses of this machine
//! here node1                              a node that runs on it
//! name openfire2 192.168.5.2              what a name resolves to; without an address it does not
//! asked 192.168.5.2:5701 refused          who was asked and what came back, see `answer`
//! port node1 192.168.5.1:5701 mesh free   a port of this machine: free, denied WHY, taken ANSWER
//! group node1 224.2.2.3:54327 192.168.5.1 heard-self     or unheard, or error WHY
//! files 1024                              the limit of open files
//! now 0                                   the time, in milliseconds
//! clock 192.168.5.2 -95000                a clock's difference, in milliseconds
//! database node1 db:3306 ANSWER           a database server, or unresolved
//! ```

use std::net::IpAddr;

use cobnut_lint::{Answer, DatabaseServer, Group, LocalPort, PortState, Probed, Purpose, Service};

use super::Block;

/// The facts of an example, if its page has some.
pub(crate) fn probed(blocks: &[Block], which: &str) -> Option<Probed> {
    let kind = format!("probe {which}");
    let block = blocks.iter().find(|block| block.kind == kind)?;
    let mut probed = Probed::default();
    for line in block.text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        add(&mut probed, words[0], &words[1..]);
    }
    Some(probed)
}

fn add(probed: &mut Probed, kind: &str, words: &[&str]) {
    match kind {
        "local" => probed.local.extend(words.iter().map(|word| word.parse::<IpAddr>().unwrap())),
        "here" => probed.here.push(words[0].to_owned()),
        "name" => {
            let addresses = words[1..].iter().map(|word| word.parse().unwrap()).collect();
            probed.names.push((words[0].to_owned(), addresses));
        }
        "asked" => probed.asked.push((words[0].parse().unwrap(), answer(&words[1..]))),
        "port" => probed.ports.push(LocalPort {
            node: words[0].to_owned(),
            address: words[1].parse().unwrap(),
            purpose: match words[2] {
                "mesh" => Purpose::Mesh,
                "clients" => Purpose::Clients,
                "servers" => Purpose::Servers,
                "console" => Purpose::Console,
                other => panic!("unknown purpose {other}"),
            },
            state: match words[3] {
                "free" => PortState::Free,
                "denied" => PortState::Denied(words[4..].join(" ")),
                "taken" => PortState::Taken(answer(&words[4..])),
                other => panic!("unknown state {other}"),
            },
        }),
        "group" => probed.groups.push(Group {
            node: words[0].to_owned(),
            address: words[1].parse().unwrap(),
            interface: words[2].parse().unwrap(),
            error: (words[3] == "error").then(|| words[4..].join(" ")),
            heard_self: words[3] == "heard-self",
            heard: Vec::new(),
        }),
        "files" => probed.open_files = Some(words[0].parse().unwrap()),
        "now" => probed.now_ms = Some(words[0].parse().unwrap()),
        "clock" => probed.clocks.push((words[0].parse().unwrap(), words[1].parse().unwrap())),
        "database" => probed.databases.push(DatabaseServer {
            node: words[0].to_owned(),
            place: words[1].to_owned(),
            answer: (words[2] != "unresolved").then(|| answer(&words[2..])),
        }),
        other => panic!("unknown fact {other}"),
    }
}

fn answer(words: &[&str]) -> Answer {
    let text = words[1..].join(" ");
    let members = words.get(1).map(|word| word.parse().unwrap_or_default());
    match words[0] {
        "refused" => Answer::Refused,
        "timeout" => Answer::TimedOut,
        "failed" => Answer::Failed(text),
        "cobnut" => Answer::Service(Service::Cobnut { members }),
        "hazelcast" => Answer::Service(Service::Hazelcast { members }),
        "http" => Answer::Service(Service::Http(text)),
        "xmpp" => Answer::Service(Service::Xmpp),
        "mysql" => Answer::Service(Service::MySql(text)),
        "postgres" => Answer::Service(Service::Postgres),
        "closed" => Answer::Service(Service::Closed),
        "silent" => Answer::Service(Service::Silent),
        "other" => Answer::Service(Service::Other(text)),
        other => panic!("unknown answer {other}"),
    }
}
