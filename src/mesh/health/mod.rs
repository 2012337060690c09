//! Hazelcast's probe endpoints on the member port, in their text form of 3.x and their JSON form since 4.0.
//!
//! Which form is chosen by what the node's file is written for ([`crate::ProbeForm`]); `?format=text` and `?format=json`
//! choose for one request, which Hazelcast does not know. Status, content types and bodies are those of Hazelcast's members:
//! `compat-tests/tests/probes.rs` compares them with real ones and lists the differences that are meant.
//!
//! The health endpoints answer unless the configuration says no; `/hazelcast/rest/cluster`, which names the members, answers
//! only where `<rest-api>` is switched on, because everybody who reaches the port may ask ([`crate::ProbeGroups`]).

mod answers;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::BytesMut;
use cobnut_model::NodeId;
use cobnut_model::limits::MESH_HANDSHAKE_TIMEOUT;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tracing::debug;

use crate::engine::Inner;
use crate::guard::TurnedAway;
use crate::operation::ProbeForm;
use crate::settings::ProbeGroup;

/// Largest request head in bytes.
const REQUEST_BYTES_MAX: usize = 8 << 10;
/// Requests on one connection.
const REQUESTS_MAX: usize = 1000;

/// What the probes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Health {
    size: usize,
    /// No member is suspected or without connection, and this node is not unexpectedly alone.
    is_safe: bool,
    is_alone: bool,
    /// Clients are being sent away.
    is_draining: bool,
}

/// The list of members for `/hazelcast/rest/cluster`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MemberList {
    /// Name of this node.
    instance: String,
    /// Counts the changes of the list, from 1.
    version: u64,
    /// Oldest first.
    members: Vec<ListedMember>,
    /// Connections of those who ask, as Hazelcast counts clients.
    askers: usize,
    /// All connections on the mesh port.
    connections: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ListedMember {
    id: NodeId,
    address: SocketAddr,
    product: String,
    is_self: bool,
    is_lite: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    form: ProbeForm,
    keeps_alive: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Response {
    status: &'static str,
    /// Hazelcast names none where there is no body, and in 3.x for short texts.
    content_type: Option<&'static str>,
    headers: String,
    body: String,
}

impl Inner {
    fn health(&self) -> Health {
        let is_draining = self.operation.is_draining();
        let engine = self.engine();
        let Some(run) = engine.run.as_ref() else {
            return Health { size: 1, is_safe: true, is_alone: false, is_draining };
        };
        let is_alone = run.alone_since.is_some();
        Health {
            size: run.node.members().len(),
            is_safe: run.node.is_calm() && !is_alone,
            is_alone,
            is_draining,
        }
    }

    fn member_list(&self) -> MemberList {
        let version = self.operation.list_version();
        let instance = self.identity.name.clone();
        let askers = self.operation.askers.load(Ordering::Relaxed);
        let engine = self.engine();
        let Some(run) = engine.run.as_ref() else {
            let alone = ListedMember {
                id: self.identity.node_id,
                address: SocketAddr::new(self.settings.bind_ip, self.settings.port),
                product: self.identity.version.clone(),
                is_self: true,
                is_lite: self.settings.membership.is_lite,
            };
            return MemberList { instance, version, members: vec![alone], askers, connections: askers };
        };
        let members = run.node.members().into_iter().map(|member| ListedMember {
            id: NodeId(member.origin.node),
            address: member.address,
            product: member.product,
            is_self: member.origin == run.node.origin(),
            is_lite: member.is_lite,
        });
        MemberList {
            instance,
            version,
            members: members.collect(),
            askers,
            connections: run.conns.len() + askers,
        }
    }
}

/// One connection of somebody who asks, counted while it lives.
struct Asker<'a>(&'a AtomicUsize);

impl<'a> Asker<'a> {
    fn count(askers: &'a AtomicUsize) -> Self {
        askers.fetch_add(1, Ordering::Relaxed);
        Self(askers)
    }
}

impl Drop for Asker<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Answers requests until the client is done.
pub(crate) async fn serve(
    inner: &Arc<Inner>,
    peer: SocketAddr,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mut input: BytesMut,
) {
    let _counted = Asker::count(&inner.operation.askers);
    for _ in 0..REQUESTS_MAX {
        if let Err(why) = inner.guard.may_probe(peer.ip()) {
            return inner.turn_away(peer, why);
        }
        let Ok(Some(head)) = timeout(MESH_HANDSHAKE_TIMEOUT, read_head(&mut stream, &mut input)).await else {
            return;
        };
        let Some(request) = parse(&head, inner.operation.probe_form()) else {
            debug!("closed a connection with a malformed HTTP request on the mesh port");
            return;
        };
        let Some(group) = answers::group_of(&request) else {
            debug!(
                path = request.path,
                "closed a connection that asked for an unknown path on the mesh port"
            );
            return;
        };
        if !inner.guard.probe_groups().serve(group) {
            return inner.turn_away(peer, TurnedAway::Probe);
        }
        let response = match group {
            ProbeGroup::HealthCheck => answers::health(&request, inner.health()),
            ProbeGroup::ClusterRead => answers::cluster(&request, &inner.member_list()),
        };
        let bytes = render(&response, request.method == "HEAD", request.keeps_alive);
        let written = timeout(MESH_HANDSHAKE_TIMEOUT, stream.write_all(bytes.as_bytes())).await;
        if !request.keeps_alive || !matches!(written, Ok(Ok(()))) {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin), input: &mut BytesMut) -> Option<String> {
    loop {
        if let Some(end) = input.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = input.split_to(end + 4);
            return String::from_utf8(head.to_vec()).ok();
        }
        if input.len() > REQUEST_BYTES_MAX || stream.read_buf(input).await.ok()? == 0 {
            return None;
        }
    }
}

fn parse(head: &str, form: ProbeForm) -> Option<Request<'_>> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return None;
    }
    // Any other query belongs to the path for Hazelcast, which then knows no such path.
    let (path, chosen) = match target.split_once('?') {
        Some((path, "format=text")) => (path, Some(ProbeForm::Text)),
        Some((path, "format=json")) => (path, Some(ProbeForm::Json)),
        _ => (target, None),
    };
    let mut keeps_alive = version != "HTTP/1.0";
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim().to_ascii_lowercase();
        if name.eq_ignore_ascii_case("connection") {
            keeps_alive = value.contains("keep-alive") || (keeps_alive && !value.contains("close"));
        } else if name.eq_ignore_ascii_case("content-length") && value != "0" {
            keeps_alive = false;
        }
    }
    Some(Request { method, path, form: chosen.unwrap_or(form), keeps_alive })
}

fn render(response: &Response, is_head: bool, keeps_alive: bool) -> String {
    // Whoever probes the port tells Cobnut from Hazelcast by it; Hazelcast sends no such field.
    let mut text = format!("HTTP/1.1 {}\r\nServer: Cobnut\r\n", response.status);
    let connection = if keeps_alive { "keep-alive" } else { "close" };
    let length = if is_head { 0 } else { response.body.len() };
    if let Some(content_type) = response.content_type.filter(|_| !is_head) {
        let _ = write!(text, "Content-Type: {content_type}\r\n");
    }
    let _ = write!(text, "Content-Length: {length}\r\n{}Connection: {connection}\r\n\r\n", response.headers);
    if !is_head {
        text.push_str(&response.body);
    }
    text
}
