//! Runs the rules: every file is read once, every rule is called once for what it looks at.

use cobnut_config::{Config, parse_with};
use cobnut_diagnostics::{Diagnostic, Source, sort};

use crate::surroundings::Around;
use crate::{
    Balancer, Check, Cluster, Home, Input, Node, NodeInput, Options, Probed, Selection, precedence, rule,
    rules, suppression, yaml_fixes,
};

/// A node's Hazelcast configuration as the rules see it, and what stood in the way of reading it.
pub fn read(node: &NodeInput) -> (Option<Config>, Vec<Diagnostic>) {
    match &node.hazelcast {
        Some(source) => parse_with(source, &Around::new(node)),
        None => (None, Vec::new()),
    }
}

/// Findings of one file on its own.
pub fn lint_file(source: &Source) -> Vec<Diagnostic> {
    lint_cluster(&[(source.clone(), source.name().to_owned())])
}

/// Findings of the files of all nodes of one cluster, each with the label that messages name the node by.
pub fn lint_cluster(files: &[(Source, String)]) -> Vec<Diagnostic> {
    let nodes = files.iter().map(|(source, label)| NodeInput::of_file(source.clone(), label.as_str()));
    lint(&Input { nodes: nodes.collect(), balancers: Vec::new() }, &Options::default())
}

/// Findings of everything that is known of a cluster.
///
/// Sorted by file in the order given, then by place. A file that cannot be read gives its error and takes no part in the
/// rules across nodes.
pub fn lint(input: &Input, options: &Options) -> Vec<Diagnostic> {
    lint_selected(input, options, &Selection::default())
}

/// The same with the rules that are selected, at the levels chosen for them.
pub fn lint_selected(input: &Input, options: &Options, selection: &Selection) -> Vec<Diagnostic> {
    lint_probed(input, options, selection, None)
}

/// The same beside what was found out about the machine and its network, if somebody looked.
pub fn lint_probed(
    input: &Input,
    options: &Options,
    selection: &Selection,
    probed: Option<&Probed>,
) -> Vec<Diagnostic> {
    let (mut found, mut reading) = (Vec::new(), Vec::new());
    let mut nodes = Vec::new();
    for node in &input.nodes {
        let (config, errors) = read(node);
        reading.extend(errors);
        nodes.extend(config.map(|config| Node::new(node.clone(), config)));
    }
    let complete = nodes.len() == input.nodes.len();
    let homes = input.nodes.iter().map(|node| Home::new(node, &mut found)).collect();
    let cluster = Cluster::new(nodes, complete, *options)
        .beside(homes, input.balancers.iter().map(Balancer::new).collect());
    run(&cluster, selection, probed, &mut found);
    precedence::add_reading(&mut found, reading);
    precedence::settle(&mut found);
    let found = yaml_fixes::keep_fitting(found, &cluster);
    let homes = cluster.homes().iter().flat_map(Home::sources);
    let sources: Vec<Source> = homes.chain(&input.balancers).cloned().collect();
    let found = found.into_iter().filter_map(|found| selection.apply(found)).collect();
    let mut found = suppression::apply(found, &sources, selection, |name| {
        selection.wants(name)
            && rule(name).is_some_and(|rule| rule.check.can_find(&cluster, probed.is_some()))
    });
    sort(&mut found, &sources);
    found.dedup_by(|later, first| is_same(later, first));
    found
}

/// Calls every rule that is wanted for what it looks at.
fn run(cluster: &Cluster, selection: &Selection, probed: Option<&Probed>, found: &mut Vec<Diagnostic>) {
    for rule in rules().iter().filter(|rule| selection.wants(rule.name)) {
        match rule.check {
            Check::File(check) => {
                for node in cluster.nodes() {
                    check(cluster, node, found);
                }
            }
            Check::Cluster(check) if cluster.nodes().len() > 1 => check(cluster, found),
            Check::Home(check) => cluster.homes().iter().for_each(|home| check(cluster, home, found)),
            Check::Homes(check) if cluster.homes().len() > 1 => check(cluster, found),
            Check::Balancer(check) => {
                cluster.balancers().iter().for_each(|file| check(cluster, file, found));
            }
            Check::Probe(check) => probed.into_iter().for_each(|probed| check(cluster, probed, found)),
            Check::Reader | Check::Engine | Check::Cluster(_) | Check::Homes(_) => {}
        }
    }
}

/// A file that several nodes import is looked at once for each of them; what is wrong in it is said once.
fn is_same(later: &Diagnostic, first: &Diagnostic) -> bool {
    later.rule() == first.rule()
        && later.location() == first.location()
        && later.message() == first.message()
        && later.suggested_fix() == first.suggested_fix()
}
