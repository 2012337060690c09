//! Hazelcast's probe endpoints on the member port, in their 3.x text and 4+ JSON forms.
//!
//! JSON is the default; a request that accepts `text/plain` and not JSON, or asks with `?format=text`, gets the text.
//! Nothing here tells a stranger more than the state and size of the cluster.

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::BytesMut;
use cobnut_model::limits::MESH_HANDSHAKE_TIMEOUT;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tracing::debug;

use crate::engine::Inner;

/// Largest request head in bytes.
const REQUEST_BYTES_MAX: usize = 8 << 10;
/// Requests on one connection.
const REQUESTS_MAX: usize = 1000;

/// What the probes tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) size: usize,
    /// No member is suspected or without connection, and this node is not unexpectedly alone.
    pub(crate) is_safe: bool,
    pub(crate) is_alone: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    wants_text: bool,
    keeps_alive: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Response {
    status: &'static str,
    content_type: &'static str,
    headers: String,
    body: String,
}

impl Inner {
    fn health(&self) -> Health {
        let engine = self.engine();
        let Some(run) = engine.run.as_ref() else {
            return Health { size: 1, is_safe: true, is_alone: false };
        };
        let is_alone = run.alone_since.is_some();
        Health { size: run.node.members().len(), is_safe: run.node.is_calm() && !is_alone, is_alone }
    }
}

/// Answers requests until the client is done.
pub(crate) async fn serve(
    inner: &Arc<Inner>,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mut input: BytesMut,
) {
    for _ in 0..REQUESTS_MAX {
        let Ok(Some(head)) = timeout(MESH_HANDSHAKE_TIMEOUT, read_head(&mut stream, &mut input)).await else {
            return;
        };
        let Some(request) = parse(&head) else {
            debug!("closed a connection with a malformed HTTP request on the mesh port");
            return;
        };
        let Some(response) = answer(&request, inner.health()) else {
            debug!(
                path = request.path,
                "closed a connection that asked for an unknown path on the mesh port"
            );
            return;
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

fn parse(head: &str) -> Option<Request<'_>> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return None;
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut wants_text = query.split('&').any(|pair| pair == "format=text");
    let mut keeps_alive = version != "HTTP/1.0";
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim().to_ascii_lowercase();
        if name.eq_ignore_ascii_case("accept") {
            wants_text |= value.contains("text/plain") && !value.contains("json");
        } else if name.eq_ignore_ascii_case("connection") {
            keeps_alive = value.contains("keep-alive") || (keeps_alive && !value.contains("close"));
        } else if name.eq_ignore_ascii_case("content-length") && value != "0" {
            keeps_alive = false;
        }
    }
    Some(Request { method, path, wants_text, keeps_alive })
}

/// The answer; `None` for a path that no endpoint group serves, where Hazelcast closes the connection.
fn answer(request: &Request<'_>, health: Health) -> Option<Response> {
    let rest = request.path.strip_prefix("/hazelcast/health")?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    if !matches!(request.method, "GET" | "HEAD") {
        return Some(plain("405 Method Not Allowed", String::new()));
    }
    let quoted = |value: &str| if request.wants_text { value.to_owned() } else { format!("\"{value}\"") };
    let verdict = |is_good: bool| if is_good { "200 OK" } else { "503 Service Unavailable" };
    let value = |body: String| Response { content_type: content_type(request), ..plain("200 OK", body) };
    Some(match rest.trim_end_matches('/') {
        "" => Response { headers: head_fields(health), ..value(summary(request.wants_text, health)) },
        "/node-state" | "/cluster-state" => value(quoted("ACTIVE")),
        "/cluster-safe" => plain(verdict(health.is_safe), String::new()),
        "/ready" => plain("200 OK", String::new()),
        "/migration-queue-size" => value("0".to_owned()),
        "/cluster-size" => value(health.size.to_string()),
        _ => plain("400 Bad Request", String::new()),
    })
}

fn summary(wants_text: bool, health: Health) -> String {
    let Health { size, is_safe, is_alone } = health;
    if wants_text {
        let safe = if is_safe { "TRUE" } else { "FALSE" };
        let mut text = format!(
            "Hazelcast::NodeState=ACTIVE\nHazelcast::ClusterState=ACTIVE\nHazelcast::ClusterSafe={safe}\n\
             Hazelcast::MigrationQueueSize=0\nHazelcast::ClusterSize={size}\n"
        );
        if is_alone {
            text.push_str("Cobnut::UnexpectedlyAlone=TRUE\n");
        }
        return text;
    }
    let alone = if is_alone { ",\"unexpectedlyAlone\":true" } else { "" };
    format!(
        "{{\"nodeState\":\"ACTIVE\",\"clusterState\":\"ACTIVE\",\"clusterSafe\":{is_safe},\
         \"migrationQueueSize\":0,\"clusterSize\":{size}{alone}}}"
    )
}

fn head_fields(health: Health) -> String {
    let mut fields = format!(
        "Hazelcast-NodeState: ACTIVE\r\nHazelcast-ClusterState: ACTIVE\r\nHazelcast-MigrationQueueSize: 0\r\n\
         Hazelcast-ClusterSize: {}\r\n",
        health.size
    );
    if health.is_alone {
        fields.push_str("Cobnut-UnexpectedlyAlone: true\r\n");
    }
    fields
}

fn content_type(request: &Request<'_>) -> &'static str {
    if request.wants_text { "text/plain" } else { "application/json" }
}

fn plain(status: &'static str, body: String) -> Response {
    Response { status, content_type: "text/plain", headers: String::new(), body }
}

fn render(response: &Response, is_head: bool, keeps_alive: bool) -> String {
    // Whoever probes the port tells Cobnut from Hazelcast by it; Hazelcast sends no such field.
    let mut text = format!("HTTP/1.1 {}\r\nServer: Cobnut\r\n", response.status);
    let connection = if keeps_alive { "keep-alive" } else { "close" };
    let length = if is_head { 0 } else { response.body.len() };
    let _ = write!(
        text,
        "Content-Type: {}\r\nContent-Length: {length}\r\n{}Connection: {connection}\r\n\r\n",
        response.content_type, response.headers
    );
    if !is_head {
        text.push_str(&response.body);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Health = Health { size: 2, is_safe: true, is_alone: false };
    const LONELY: Health = Health { size: 1, is_safe: false, is_alone: true };

    fn ask(head: &str, health: Health) -> Option<(String, String)> {
        let request = parse(head)?;
        answer(&request, health).map(|response| (response.status.to_owned(), response.body))
    }

    #[test]
    fn endpoints_answer_in_both_forms() {
        let text = "Accept: text/plain\r\n";
        let cases = [
            ("/node-state", "", "200 OK", "\"ACTIVE\""),
            ("/node-state", text, "200 OK", "ACTIVE"),
            ("/cluster-state", text, "200 OK", "ACTIVE"),
            ("/cluster-size", "", "200 OK", "2"),
            ("/cluster-size", text, "200 OK", "2"),
            ("/migration-queue-size", "", "200 OK", "0"),
            ("/cluster-safe", "", "200 OK", ""),
            ("/ready", "", "200 OK", ""),
            ("/unknown", "", "400 Bad Request", ""),
            (
                "",
                "",
                "200 OK",
                "{\"nodeState\":\"ACTIVE\",\"clusterState\":\"ACTIVE\",\"clusterSafe\":true,\"migrationQueueSize\":0,\"clusterSize\":2}",
            ),
            (
                "?format=text",
                "",
                "200 OK",
                "Hazelcast::NodeState=ACTIVE\nHazelcast::ClusterState=ACTIVE\nHazelcast::ClusterSafe=TRUE\nHazelcast::MigrationQueueSize=0\nHazelcast::ClusterSize=2\n",
            ),
        ];
        for (path, header, status, body) in cases {
            let head = format!("GET /hazelcast/health{path} HTTP/1.1\r\nHost: x\r\n{header}\r\n");
            assert_eq!(ask(&head, GOOD), Some((status.to_owned(), body.to_owned())), "{head}");
        }
    }

    #[test]
    fn a_lonely_node_says_so() {
        let get = |path: &str| ask(&format!("GET /hazelcast/health{path} HTTP/1.1\r\n\r\n"), LONELY);
        assert_eq!(get("/cluster-safe").map(|(status, _)| status), Some("503 Service Unavailable".into()));
        assert!(get("").is_some_and(|(_, body)| body.contains("\"unexpectedlyAlone\":true")));
        assert!(get("?format=text").is_some_and(|(_, body)| body.contains("UnexpectedlyAlone=TRUE")));
    }

    #[test]
    fn other_paths_and_rubbish_get_no_answer() {
        for head in [
            "GET /hazelcast/rest/cluster HTTP/1.1\r\n\r\n",
            "GET /hazelcast/healthy HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET\r\n\r\n",
            "GET x HTTP/1.1\r\n\r\n",
            "\r\n\r\n",
        ] {
            assert_eq!(ask(head, GOOD), None, "{head:?}");
        }
    }

    #[test]
    fn head_gives_fields_and_no_body() {
        let request = parse("HEAD /hazelcast/health HTTP/1.1\r\n\r\n").expect("request");
        let text = render(&answer(&request, GOOD).expect("answer"), true, true);
        assert!(text.contains("Hazelcast-ClusterSize: 2\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    }
}
