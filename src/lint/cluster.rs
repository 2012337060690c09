//! The nodes that are looked at together, and the addresses that their files name.

use std::net::IpAddr;
use std::sync::OnceLock;

use cobnut_config::{Config, MemberEntry};
use cobnut_diagnostics::{Location, Span};

use crate::entry::{Slip, SlipKind, slips};
use crate::generation::Generation;
use crate::table::Places;
use crate::{Balancer, Home, NodeInput, Options};

/// One node's file.
#[derive(Debug)]
pub struct Node {
    /// How messages name the node: a folder or a file.
    pub label: String,
    /// What its file says.
    pub config: Config,
    /// All that was given of it.
    pub input: NodeInput,
    slips: Vec<(usize, Slip)>,
    /// Filled when it is first asked for: most files have nothing to mend.
    known: OnceLock<Vec<Known>>,
    /// Rules across nodes ask for it once for each pair of nodes.
    own: OnceLock<Option<(IpAddr, Span)>>,
    /// Likewise.
    places: OnceLock<Places>,
    generation: OnceLock<Generation>,
}

/// All nodes.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Node>,
    complete: bool,
    homes: Vec<Home>,
    balancers: Vec<Balancer>,
    /// What the rules assume.
    pub options: Options,
}

/// An address that some file names, and where.
#[derive(Debug, Clone)]
pub struct Known {
    /// The address.
    pub address: IpAddr,
    /// The port that is written with it.
    pub port: Option<u16>,
    /// The place.
    pub location: Location,
    /// What the place says about it, as a label.
    pub reason: String,
}

impl Node {
    pub(crate) fn new(input: NodeInput, config: Config) -> Self {
        let slips = slips(&config);
        Self {
            label: input.label.clone(),
            config,
            input,
            slips,
            known: OnceLock::new(),
            own: OnceLock::new(),
            places: OnceLock::new(),
            generation: OnceLock::new(),
        }
    }

    /// The versions that its file is meant for, inferred when they are first asked for.
    pub(crate) fn generation(&self, infer: impl FnOnce() -> Generation) -> &Generation {
        self.generation.get_or_init(infer)
    }

    /// The elements of its file in the table of all that Hazelcast knows.
    pub(crate) fn places(&self) -> &Places {
        self.places.get_or_init(|| Places::new(&self.config.document))
    }

    /// The address that this node will take, as far as its file fixes it, and where it does.
    pub fn own_address(&self) -> Option<(IpAddr, Span)> {
        *self.own.get_or_init(|| self.find_own_address())
    }

    fn find_own_address(&self) -> Option<(IpAddr, Span)> {
        if let Some(property) = self.config.properties.value("hazelcast.local.localAddress")
            && let Ok(address) = property.value.parse()
        {
            return Some((address, property.span));
        }
        self.config.network.interfaces.exact_address()
    }

    /// Every entry of the member list, with what is wrong with its text.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&MemberEntry, Option<&Slip>)> {
        self.config.network.join.tcp_ip.entries.iter().enumerate().map(|(index, entry)| {
            (entry, self.slips.iter().find(|(at, _)| *at == index).map(|(_, slip)| slip))
        })
    }

    /// The entries with a slip of this kind.
    pub(crate) fn slipped(&self, kind: SlipKind) -> impl Iterator<Item = (&MemberEntry, &Slip)> {
        self.entries()
            .filter_map(move |(entry, slip)| slip.filter(|slip| slip.kind == kind).map(|slip| (entry, slip)))
    }
}

impl Cluster {
    pub(crate) fn new(nodes: Vec<Node>, complete: bool, options: Options) -> Self {
        Self { nodes, complete, homes: Vec::new(), balancers: Vec::new(), options }
    }

    /// Adds what stands beside the Hazelcast files.
    pub(crate) fn beside(self, homes: Vec<Home>, balancers: Vec<Balancer>) -> Self {
        Self { homes, balancers, ..self }
    }

    /// Openfire's own files of every node in the order given, of those without a Hazelcast file too.
    pub fn homes(&self) -> &[Home] {
        &self.homes
    }

    /// Load balancer configurations.
    pub fn balancers(&self) -> &[Balancer] {
        &self.balancers
    }

    /// The nodes in the order given.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether every file could be read, so that what no file names is really missing.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// All nodes but one.
    pub(crate) fn peers<'a>(&'a self, node: &'a Node) -> impl Iterator<Item = &'a Node> {
        self.nodes.iter().filter(move |peer| !std::ptr::eq(*peer, node))
    }

    /// Addresses that the files name, seen from `node`: the best evidence first.
    ///
    /// Own addresses of other nodes, then this node's own, then what this node lists, then what the others list.
    pub(crate) fn known_addresses<'a>(&self, node: &'a Node) -> &'a [Known] {
        node.known.get_or_init(|| self.collect_known(node))
    }

    fn collect_known(&self, node: &Node) -> Vec<Known> {
        let own = |of: &Node, reason: String| {
            let location = |span| of.config.sources.location(span);
            of.own_address().map(|(address, span)| Known {
                address,
                port: None,
                location: location(span),
                reason,
            })
        };
        let listed = |of: &Node, reason: String| -> Vec<Known> {
            let entries = of.config.network.join.tcp_ip.entries.iter();
            entries
                .filter(|entry| entry.outcome().is_dialled())
                .filter_map(|entry| {
                    Some(Known {
                        address: entry.single_address()?,
                        port: entry.written_port(),
                        location: of.config.sources.location(entry.span),
                        reason: reason.clone(),
                    })
                })
                .collect()
        };
        let mut known = Vec::new();
        for peer in self.peers(node) {
            known.extend(own(peer, format!("the address of {}", peer.label)));
        }
        known.extend(own(node, "this node's own address".to_owned()));
        known.extend(listed(node, "listed here".to_owned()));
        for peer in self.peers(node) {
            known.extend(listed(peer, format!("listed by {}", peer.label)));
        }
        known
    }
}
