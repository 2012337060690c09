//! The stage for tests against the real world: network namespaces with real addresses, MariaDB,
//! Cobnut nodes, load balancers and a browser, all started by the test and gone when it ends.
//!
//! A test takes a [`Lab`] (switch, hosts, cables), starts [`Process`]es on its hosts and talks to them with
//! [`XmppClient`], [`http`] and [`Browser`]. Nothing here touches the machine's own network.
//!
//! A part that is missing (no root, no MariaDB) skips the test loudly through [`ready`]; with
//! `COBNUT_REQUIRE_REAL=1` it fails the test instead.

mod artifacts;
mod browser;
mod chance;
mod cluster;
mod disk;
mod fleet;
pub mod hazelcast;
pub mod http;
mod lab;
mod node;
mod node_view;
mod process;
mod requirements;
mod ring;
mod spark;
mod wait;
mod walk;
mod wire;
mod xmpp;

pub use artifacts::{Artifacts, note, record_timing, repository_root, target_dir};
pub use browser::Browser;
pub use chance::Chance;
pub use cluster::{ADMIN_PASSWORD, Cluster, ClusterOptions, DOMAIN};
pub use disk::SmallDisk;
pub use fleet::{Discovery, Door, FLEET_PASSWORD, Fleet, FleetOptions};
pub use lab::{Host, Lab};
pub use node::{Node, NodeOptions, cobnut_binary, cobnut_command, loadgen_binary};
pub use node_view::NodeView;
pub use process::Process;
pub use requirements::{Need, ready};
pub use ring::{Voice, check_ring};
pub use spark::Player;
pub use wait::{Deadline, eventually};
pub use walk::{Walk, WalkProgram};
pub use wire::{Treatment, Wire};
pub use xmpp::{Login, XmppClient, attribute};
