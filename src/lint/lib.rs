//! Rules over parsed configuration: one file alone, and all nodes' files together.
//!
//! A rule is one `.rs` file and one `.md` page of the same name; the page is documentation, the text of `explain` and the
//! rule's test. Invariant: pure, no files and no sockets; the same input gives the same findings in the same order.

/// A browser shows findings, not the rules' pages: without them the module that it loads is a sixth smaller.
#[cfg(target_arch = "wasm32")]
macro_rules! include_str {
    ($page:literal) => {
        ""
    };
}

mod balancer;
mod cluster;
mod consequence;
mod distance;
mod engine;
mod entry;
mod generation;
mod home;
mod input;
mod insertion;
mod kind;
mod placeholder;
mod precedence;
mod probed;
mod rule;
mod rules;
mod selection;
mod store;
mod suppression;
mod surroundings;
mod table;
mod tag;
mod values;
mod yaml_fixes;

pub use balancer::Balancer;
pub use cluster::{Cluster, Known, Node};
pub use distance::nearest;
pub use engine::{lint, lint_cluster, lint_file, lint_probed, lint_selected, read};
pub use home::Home;
pub use input::{Input, NodeInput, Options, Target};
pub use kind::{Kind, is_archive, is_keystore, kind};
pub use probed::{
    Answer, DatabaseServer, Group, LocalPort, PortState, Probed, Purpose, Service, database_place, home_value,
};
pub use rule::{Check, Rule};
pub use rules::{group, groups, public_host, rule, rules};
pub use selection::{Level, Selection, UnknownName};
pub use store::Store;
