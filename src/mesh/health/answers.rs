//! What each path answers.
//!
//! Like Hazelcast's members, an endpoint group is chosen by how the path begins and a health path must be exact, but for
//! `/hazelcast/health/ready…` and `/hazelcast/rest/cluster…`, of which only the beginning counts.

use std::fmt::Write as _;

use super::{Health, ListedMember, MemberList, Request, Response};
use crate::operation::ProbeForm;
use crate::settings::ProbeGroup;

const HEALTH: &str = "/hazelcast/health";
const CLUSTER: &str = "/hazelcast/rest/cluster";
/// Since 4.0.
const INSTANCE: &str = "/hazelcast/rest/instance";

impl Health {
    /// Hazelcast's name for the state of the node: one that is about to leave is `PASSIVE`.
    fn node_state(self) -> &'static str {
        if self.is_draining { "PASSIVE" } else { "ACTIVE" }
    }
}

/// The endpoint group of a request; `None` for what no group serves, where Hazelcast closes the connection.
pub(super) fn group_of(request: &Request<'_>) -> Option<ProbeGroup> {
    let begins = |prefix: &str| request.path.starts_with(prefix);
    if begins(HEALTH) {
        Some(ProbeGroup::HealthCheck)
    } else if begins(CLUSTER) || (begins(INSTANCE) && request.form == ProbeForm::Json) {
        Some(ProbeGroup::ClusterRead)
    } else {
        None
    }
}

/// The answer to a path that begins with `/hazelcast/health`.
pub(super) fn health(request: &Request<'_>, health: Health) -> Response {
    let rest = request.path.strip_prefix(HEALTH).unwrap_or_default();
    match (request.method, rest) {
        ("GET", "") => summary(request.form, health),
        ("HEAD", "") => Response { headers: head_fields(health), ..empty("200 OK") },
        ("GET", _) => detail(rest, request.form, health),
        _ => empty("404 Not Found"),
    }
}

fn detail(rest: &str, form: ProbeForm, health: Health) -> Response {
    let verdict = |is_good: bool| empty(if is_good { "200 OK" } else { "503 Service Unavailable" });
    let word = |word: &str| match form {
        ProbeForm::Text => short(word.to_owned(), form),
        ProbeForm::Json => short(format!("\"{word}\""), form),
    };
    match rest {
        "/node-state" => word(health.node_state()),
        "/cluster-state" => word("ACTIVE"),
        "/cluster-safe" => verdict(health.is_safe),
        "/migration-queue-size" => short("0".to_owned(), form),
        "/cluster-size" => short(health.size.to_string(), form),
        // Not for new clients; Hazelcast says the same while it shuts down.
        _ if rest.starts_with("/ready") => verdict(!health.is_draining),
        _ => empty("400 Bad Request"),
    }
}

/// The answer to a path of the group that reads the cluster.
pub(super) fn cluster(request: &Request<'_>, list: &MemberList) -> Response {
    match request.method {
        "GET" if request.path.starts_with(INSTANCE) => {
            let body = serde_json::json!({ "name": list.instance }).to_string();
            short(body, ProbeForm::Json)
        }
        "GET" => match request.form {
            ProbeForm::Text => short(members_as_text(list), ProbeForm::Text),
            ProbeForm::Json => short(members_as_json(list), ProbeForm::Json),
        },
        "HEAD" => empty("200 OK"),
        _ => empty("404 Not Found"),
    }
}

fn members_as_text(list: &MemberList) -> String {
    let mut body = format!("\n\nMembers {{size:{}, ver:{}}} [\n", list.members.len(), list.version);
    for ListedMember { id, address, is_self, is_lite, .. } in &list.members {
        let (this, lite) = (if *is_self { " this" } else { "" }, if *is_lite { " lite" } else { "" });
        let _ = writeln!(body, "\tMember [{}]:{} - {id}{this}{lite}", address.ip(), address.port());
    }
    let _ = write!(body, "]\n\nConnectionCount: {}\nAllConnectionCount: {}\n", list.askers, list.connections);
    body
}

fn members_as_json(list: &MemberList) -> String {
    let mut body = "{\"members\":[".to_owned();
    for (index, member) in list.members.iter().enumerate() {
        let ListedMember { id, address, product, is_self, is_lite } = member;
        // Another member says its version itself.
        let product = serde_json::Value::from(product.as_str());
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(
            body,
            "{comma}{{\"address\":\"[{}]:{}\",\"liteMember\":{is_lite},\"localMember\":{is_self},\"uuid\":\"{id}\",\
             \"memberVersion\":{product}}}",
            address.ip(),
            address.port()
        );
    }
    let _ =
        write!(body, "],\"connectionCount\":{},\"allConnectionCount\":{}}}", list.askers, list.connections);
    body
}

fn summary(form: ProbeForm, health: Health) -> Response {
    let Health { size, is_safe, is_alone, is_draining } = health;
    let state = health.node_state();
    let mut body = String::new();
    let content_type = match form {
        ProbeForm::Text => {
            let truth = |is_true: bool| if is_true { "TRUE" } else { "FALSE" };
            let _ = write!(
                body,
                "Hazelcast::NodeState={state}\nHazelcast::ClusterState=ACTIVE\nHazelcast::ClusterSafe={}\n\
                 Hazelcast::MigrationQueueSize=0\nHazelcast::ClusterSize={size}\n",
                truth(is_safe)
            );
            for (name, is_so) in [("UnexpectedlyAlone", is_alone), ("Draining", is_draining)] {
                if is_so {
                    let _ = writeln!(body, "Cobnut::{name}=TRUE");
                }
            }
            "text/plain"
        }
        ProbeForm::Json => {
            let _ = write!(
                body,
                "{{\"nodeState\":\"{state}\",\"clusterState\":\"ACTIVE\",\"clusterSafe\":{is_safe},\
                 \"migrationQueueSize\":0,\"clusterSize\":{size}"
            );
            for (name, is_so) in [("unexpectedlyAlone", is_alone), ("draining", is_draining)] {
                if is_so {
                    let _ = write!(body, ",\"{name}\":true");
                }
            }
            body.push('}');
            "application/json"
        }
    };
    Response { status: "200 OK", content_type: Some(content_type), headers: String::new(), body }
}

fn head_fields(health: Health) -> String {
    let mut fields = format!(
        "Hazelcast-NodeState: {}\r\nHazelcast-ClusterState: ACTIVE\r\nHazelcast-MigrationQueueSize: 0\r\n\
         Hazelcast-ClusterSize: {}\r\n",
        health.node_state(),
        health.size
    );
    for (name, is_so) in [("UnexpectedlyAlone", health.is_alone), ("Draining", health.is_draining)] {
        if is_so {
            let _ = write!(fields, "Cobnut-{name}: true\r\n");
        }
    }
    fields
}

fn short(body: String, form: ProbeForm) -> Response {
    let content_type = (form == ProbeForm::Json).then_some("application/json");
    Response { status: "200 OK", content_type, headers: String::new(), body }
}

fn empty(status: &'static str) -> Response {
    Response { status, content_type: None, headers: String::new(), body: String::new() }
}
