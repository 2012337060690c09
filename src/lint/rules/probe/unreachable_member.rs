#![doc = include_str!("unreachable_member.md")]

use cobnut_diagnostics::{Diagnostic, Severity, visible};

use super::dialled;
use crate::{Answer, Check, Cluster, Probed, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "unreachable-member",
    severity: Severity::Error,
    summary: "a member cannot be reached from this machine",
    page: include_str!("unreachable_member.md"),
    check: Check::Probe(check),
};

fn check(cluster: &Cluster, probed: &Probed, found: &mut Vec<Diagnostic>) {
    for target in dialled(cluster, probed) {
        // Without a port several are tried, and one answer is enough.
        if target.answers.iter().any(|(_, answer)| matches!(answer, Answer::Service(_))) {
            continue;
        }
        let refused = target.answers.iter().find(|(_, answer)| matches!(answer, Answer::Refused));
        let Some((address, answer)) = refused.or(target.answers.first()) else { continue };
        let others = target.answers.len() - 1;
        let more = if others > 0 { format!(" (nor do the next {others})") } else { String::new() };
        let message = match answer {
            Answer::Refused if others > 0 => {
                format!("{address} and the next {others} ports refuse the connection")
            }
            _ => format!("{address} {}{more}", answer.words()),
        };
        let finding = RULE.at(target.node, target.span, message).here(
            target.name.map_or_else(String::new, |name| format!("`{}` is {}", visible(name), address.ip())),
        );
        found.push(match answer {
            Answer::Refused => finding
                .with_severity(Severity::Warning)
                .note("the machine is there, but nobody listens on that port")
                .help("fine if that node is not started yet; otherwise compare the port, and the address it took"),
            _ => finding
                .note("the members cannot connect: no such machine, it is off, or a firewall drops the packets")
                .help("check the address, then the firewalls between both machines for this port, in both directions"),
        });
    }
}
