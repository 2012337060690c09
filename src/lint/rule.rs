//! What a rule is.

use cobnut_diagnostics::{Diagnostic, Severity, Span};

use crate::{Balancer, Cluster, Home, Node, Probed};

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name: the bad pattern, in words with hyphens.
    pub name: &'static str,
    /// How much its findings usually matter; a single finding may differ.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Its page: what it finds, why it matters, an example and what to write instead.
    pub page: &'static str,
    /// How it looks.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// The reader finds it while it parses.
    Reader,
    /// The engine finds it when all other rules have run.
    Engine,
    /// One node's file; the other nodes may serve to tell what was meant.
    File(fn(&Cluster, &Node, &mut Vec<Diagnostic>)),
    /// All nodes' files together; called with two nodes or more.
    Cluster(fn(&Cluster, &mut Vec<Diagnostic>)),
    /// Openfire's own files of one node.
    Home(fn(&Cluster, &Home, &mut Vec<Diagnostic>)),
    /// Openfire's own files of all nodes together; called with two or more.
    Homes(fn(&Cluster, &mut Vec<Diagnostic>)),
    /// The configuration of one load balancer.
    Balancer(fn(&Cluster, &Balancer, &mut Vec<Diagnostic>)),
    /// All files beside what was found out about the machine and its network; called when somebody looked.
    Probe(fn(&Cluster, &Probed, &mut Vec<Diagnostic>)),
}

impl Check {
    /// Whether there is something to look at: rules across nodes need two of them, rules about the network somebody who looked.
    pub(crate) fn can_find(self, cluster: &Cluster, is_probed: bool) -> bool {
        match self {
            Self::Cluster(_) => cluster.nodes().len() > 1,
            Self::Homes(_) => cluster.homes().len() > 1,
            Self::Probe(_) => is_probed,
            Self::Reader | Self::Engine | Self::File(_) | Self::Home(_) | Self::Balancer(_) => true,
        }
    }
}

impl Rule {
    /// A finding of this rule.
    pub(crate) fn at(&self, node: &Node, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.name, self.severity, node.config.sources.location(span), message)
    }
}
