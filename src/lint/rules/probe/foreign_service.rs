#![doc = include_str!("foreign_service.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::dialled;
use crate::{Answer, Check, Cluster, Probed, Rule, Service};

pub(crate) static RULE: Rule = Rule {
    name: "foreign-service",
    severity: Severity::Error,
    summary: "at the address of a member something else answers",
    page: include_str!("foreign_service.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for target in dialled(cluster, probed) {
        if target.answers.iter().any(|(_, answer)| answer.is_member()) {
            continue;
        }
        let service = target.answers.iter().find_map(|(address, answer)| match answer {
            Answer::Service(service) => Some((address, service)),
            _ => None,
        });
        let Some((address, service)) = service else { continue };
        let message = format!("{address} is no member: it is answered by {}", service.words());
        let finding = RULE.at(target.node, target.span, message).here(
            target.name.map_or_else(String::new, |name| format!("`{}` is {}", visible(name), address.ip())),
        );
        found.push(match service {
            Service::Closed | Service::Silent => finding
                .with_severity(Severity::Warning)
                .note("a member with TLS or another encryption of its links does that, too")
                .help("look on that machine which program holds the port"),
            _ => finding
                .note("the node dials it each time it joins, in vain")
                .help("compare address and port with the file of the node that is meant"),
        });
    }
}
