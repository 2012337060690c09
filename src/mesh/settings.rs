//! Who this node is, what the configuration says about the mesh, and what the database shares.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use cobnut_mesh_proto::Detection;
use cobnut_model::NodeId;
use cobnut_net::MemberTls;

use crate::multicast::MulticastSettings;

/// Who this node is; the same for its whole run.
#[derive(Debug, Clone)]
pub struct NodeIdentity {
    /// Stable id.
    pub node_id: NodeId,
    /// Host name.
    pub name: String,
    /// XMPP domain; members of one cluster serve the same one.
    pub domain: String,
    /// Product version.
    pub version: String,
}

/// What the configuration says about the mesh.
#[derive(Debug, Clone)]
pub struct MeshSettings {
    /// `<cluster-name>` or `<group><name>`; must be equal on all members.
    pub cluster_name: String,
    /// Address to listen on and to be known by.
    pub bind_ip: IpAddr,
    /// First port to try; 0 takes any free one.
    pub port: u16,
    /// How many ports to try upwards, at least 1 (`auto-increment` off).
    pub port_tries: u16,
    /// What other members are told to dial instead of the own address (`<public-address>`); port 0 stands for the bound one.
    pub public_address: Option<SocketAddr>,
    /// Local ports that connections to other members start from, first and last (`<outbound-ports>`); empty means any.
    pub outbound_ports: Vec<(u16, u16)>,
    /// Entries of `<tcp-ip>` at the start, already parsed: a host name or address, and the ports to try in order.
    pub candidates: Vec<Candidate>,
    /// `hazelcast.heartbeat.interval.seconds`.
    pub heartbeat_interval: Duration,
    /// Silence after which a member is suspected.
    pub suspect_after: Duration,
    /// Silence after which a member is dead (`hazelcast.max.no.heartbeat.seconds`).
    pub dead_after: Duration,
    /// Rules of membership.
    pub membership: MembershipSettings,
    /// `<multicast>`, if it is enabled.
    pub multicast: Option<MulticastSettings>,
    /// How links are protected.
    pub protection: Protection,
}

/// Rules of membership that have a usual value.
#[derive(Debug, Clone, Default)]
pub struct MembershipSettings {
    /// `hazelcast.heartbeat.failuredetector.type` with its parameters.
    pub detection: Detection,
    /// `<minimum-cluster-size>` of the file's split-brain protection (`<quorum-size>` before Hazelcast 4): with fewer
    /// members this node refuses logins. 0 demands none.
    pub members_min: usize,
    /// What the operator does to give this node another id, with the file, for the sentence about two nodes with one id.
    pub id_remedy: String,
    /// Settings by name that Hazelcast wants equal on all members, in words for the operator; an empty text stands for
    /// "not set".
    pub settings: Vec<(String, String)>,
    /// Whether the smaller side of a split refuses logins (system property `cobnut.cluster.minority`).
    pub minority_refuses_logins: bool,
    /// Time to make one connection (`connection-timeout-seconds` of `<tcp-ip>`); `None` leaves it to the mesh.
    pub connect_timeout: Option<Duration>,
    /// The newest version of the wire format that this node offers to others; `None` offers all that it knows.
    pub newest_wire: Option<u8>,
    /// `<lite-member enabled="true"/>`: takes part and routes, but carries no sessions and homes nothing.
    pub is_lite: bool,
}

/// Why this node takes no logins although it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginObstacle {
    /// The configuration makes it a lite member.
    LiteMember,
    /// It stands on the smaller side of a split, or has fewer members than the configuration demands.
    Minority {
        /// Members in touch, this node included.
        have: usize,
        /// Members that there should be.
        of: usize,
    },
}

impl std::fmt::Display for LoginObstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::LiteMember => f.write_str("this node is a lite member and takes no logins"),
            Self::Minority { have, of } => {
                write!(f, "this node is in touch with {have} of {of} members only and takes no logins")
            }
        }
    }
}

/// Whether somebody at an address may ask for the health.
pub type MayProbe = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// A group of Hazelcast's HTTP endpoints on the mesh port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeGroup {
    /// `HEALTH_CHECK`: `/hazelcast/health…`, sizes and states.
    HealthCheck,
    /// `CLUSTER_READ`: `/hazelcast/rest/cluster` and `/hazelcast/rest/instance`, names and addresses of the members.
    ClusterRead,
}

/// Which groups are served (`<rest-api>`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProbeGroups {
    /// Whether [`ProbeGroup::HealthCheck`] is.
    pub health_check: bool,
    /// Whether [`ProbeGroup::ClusterRead`] is.
    pub cluster_read: bool,
}

impl Default for ProbeGroups {
    /// Health only: whoever reaches the port may ask, and it tells no more than the size and state of the cluster.
    fn default() -> Self {
        Self { health_check: true, cluster_read: false }
    }
}

impl ProbeGroups {
    /// Whether a group is served.
    pub fn serve(self, group: ProbeGroup) -> bool {
        match group {
            ProbeGroup::HealthCheck => self.health_check,
            ProbeGroup::ClusterRead => self.cluster_read,
        }
    }
}

/// How links are protected, beside the proof of the database's secret.
#[derive(Clone, Default)]
pub struct Protection {
    /// TLS on every link; without it nobody who uses it can join, and the other way round.
    pub tls: Option<MemberTls>,
    /// A further secret that all members share (`<symmetric-encryption>`, `<group><password>` where that counts), proven
    /// together with the database's.
    pub password: Option<[u8; 32]>,
    /// Who may ask for the health on the mesh port; everybody where it is not limited.
    pub probes: Option<MayProbe>,
    /// What they may ask for.
    pub probe_groups: ProbeGroups,
}

impl std::fmt::Debug for Protection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Protection")
            .field("tls", &self.tls.is_some())
            .field("password", &self.password.map(|_| "[redacted]"))
            .field("limits_probes", &self.probes.is_some())
            .field("probe_groups", &self.probe_groups)
            .finish()
    }
}

/// One address to dial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Host name or IP address text.
    pub host: String,
    /// Ports to try, in order.
    pub ports: Vec<u16>,
}

/// What all members share through the database.
#[derive(Clone)]
pub struct SharedSecret {
    /// Names the database.
    pub database_id: [u8; 16],
    /// Proves access to it.
    pub secret: [u8; 32],
}

impl std::fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedSecret([redacted])")
    }
}
