//! Hazelcast's probe endpoints on the member port, in their text form of 3.x and their JSON form since 4.0.
//!
//! Which form is chosen by what the node's file is written for ([`crate::ProbeForm`]); `?format=text` and `?format=json`
//! choose for one request, which Hazelcast does not know. Bodies and content types are those of Hazelcast's members; what
//! Hazelcast cannot say stands behind them.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use cobnut_model::limits::MESH_HANDSHAKE_TIMEOUT;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tracing::debug;

use crate::engine::Inner;
use crate::operation::ProbeForm;

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
    /// Clients are being sent away.
    pub(crate) is_draining: bool,
}

impl Health {
    /// Hazelcast's name for the state of the node: one that is about to leave is `PASSIVE`.
    fn node_state(self) -> &'static str {
        if self.is_draining { "PASSIVE" } else { "ACTIVE" }
    }
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
}

/// Answers requests until the client is done.
pub(crate) async fn serve(
    inner: &Arc<Inner>,
    peer: SocketAddr,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    mut input: BytesMut,
) {
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

fn parse(head: &str, form: ProbeForm) -> Option<Request<'_>> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if !version.starts_with("HTTP/1.") || !target.starts_with('/') {
        return None;
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let chosen = query.split('&').find_map(|pair| match pair {
        "format=text" => Some(ProbeForm::Text),
        "format=json" => Some(ProbeForm::Json),
        _ => None,
    });
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

/// The answer; `None` for a path that no endpoint group serves, where Hazelcast closes the connection.
fn answer(request: &Request<'_>, health: Health) -> Option<Response> {
    let rest = request.path.strip_prefix("/hazelcast/health")?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    if !matches!(request.method, "GET" | "HEAD") {
        return Some(empty("405 Method Not Allowed"));
    }
    let verdict = |is_good: bool| if is_good { "200 OK" } else { "503 Service Unavailable" };
    let word = |word: &str| match request.form {
        ProbeForm::Text => short(word.to_owned(), request.form),
        ProbeForm::Json => short(format!("\"{word}\""), request.form),
    };
    Some(match rest.trim_end_matches('/') {
        "" => summary(request.form, health),
        "/node-state" => word(health.node_state()),
        "/cluster-state" => word("ACTIVE"),
        "/cluster-safe" => empty(verdict(health.is_safe)),
        // Not for new clients; Hazelcast says the same while it shuts down.
        "/ready" => empty(verdict(!health.is_draining)),
        "/migration-queue-size" => short("0".to_owned(), request.form),
        "/cluster-size" => short(health.size.to_string(), request.form),
        _ => empty("400 Bad Request"),
    })
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
    Response { status: "200 OK", content_type: Some(content_type), headers: head_fields(health), body }
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

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Health = Health { size: 2, is_safe: true, is_alone: false, is_draining: false };
    const LONELY: Health = Health { size: 1, is_safe: false, is_alone: true, is_draining: false };
    const DRAINING: Health = Health { is_draining: true, ..GOOD };

    fn ask(head: &str, form: ProbeForm, health: Health) -> Option<(String, Option<&'static str>, String)> {
        let request = parse(head, form)?;
        answer(&request, health)
            .map(|response| (response.status.to_owned(), response.content_type, response.body))
    }

    fn get(path: &str, form: ProbeForm, health: Health) -> (String, Option<&'static str>, String) {
        let head = format!("GET /hazelcast/health{path} HTTP/1.1\r\nHost: x\r\n\r\n");
        ask(&head, form, health).expect("an answer")
    }

    #[test]
    fn endpoints_answer_in_both_forms() {
        use ProbeForm::{Json, Text};
        const JSON: Option<&str> = Some("application/json");
        let text_summary = "Hazelcast::NodeState=ACTIVE\nHazelcast::ClusterState=ACTIVE\n\
            Hazelcast::ClusterSafe=TRUE\nHazelcast::MigrationQueueSize=0\nHazelcast::ClusterSize=2\n";
        let json_summary = "{\"nodeState\":\"ACTIVE\",\"clusterState\":\"ACTIVE\",\"clusterSafe\":true,\
            \"migrationQueueSize\":0,\"clusterSize\":2}";
        let cases = [
            ("/node-state", Json, "200 OK", JSON, "\"ACTIVE\""),
            ("/node-state", Text, "200 OK", None, "ACTIVE"),
            ("/cluster-state", Json, "200 OK", JSON, "\"ACTIVE\""),
            ("/cluster-state", Text, "200 OK", None, "ACTIVE"),
            ("/cluster-size", Json, "200 OK", JSON, "2"),
            ("/cluster-size", Text, "200 OK", None, "2"),
            ("/migration-queue-size", Json, "200 OK", JSON, "0"),
            ("/migration-queue-size", Text, "200 OK", None, "0"),
            ("/cluster-safe", Json, "200 OK", None, ""),
            ("/cluster-safe", Text, "200 OK", None, ""),
            ("/ready", Json, "200 OK", None, ""),
            ("/unknown", Json, "400 Bad Request", None, ""),
            ("", Json, "200 OK", JSON, json_summary),
            ("", Text, "200 OK", Some("text/plain"), text_summary),
            ("?format=text", Json, "200 OK", Some("text/plain"), text_summary),
            ("?format=json", Text, "200 OK", JSON, json_summary),
        ];
        for (path, form, status, content_type, body) in cases {
            let expected = (status.to_owned(), content_type, body.to_owned());
            assert_eq!(get(path, form, GOOD), expected, "{path} {form:?}");
        }
    }

    #[test]
    fn a_lonely_node_says_so() {
        assert_eq!(get("/cluster-safe", ProbeForm::Json, LONELY).0, "503 Service Unavailable");
        assert!(get("", ProbeForm::Json, LONELY).2.contains("\"unexpectedlyAlone\":true"));
        assert!(get("", ProbeForm::Text, LONELY).2.contains("Cobnut::UnexpectedlyAlone=TRUE"));
    }

    #[test]
    fn a_draining_node_lives_and_wants_no_new_clients() {
        assert_eq!(get("/ready", ProbeForm::Json, DRAINING).0, "503 Service Unavailable");
        let (status, _, body) = get("/node-state", ProbeForm::Json, DRAINING);
        assert_eq!((status.as_str(), body.as_str()), ("200 OK", "\"PASSIVE\""));
        assert_eq!(get("/node-state", ProbeForm::Text, DRAINING).2, "PASSIVE");
        assert!(get("", ProbeForm::Text, DRAINING).2.contains("Cobnut::Draining=TRUE"));
        assert!(get("", ProbeForm::Json, DRAINING).2.ends_with(",\"draining\":true}"));
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
            assert_eq!(ask(head, ProbeForm::Json, GOOD), None, "{head:?}");
        }
    }

    #[test]
    fn head_gives_fields_and_no_body() {
        let request = parse("HEAD /hazelcast/health HTTP/1.1\r\n\r\n", ProbeForm::Json).expect("request");
        let text = render(&answer(&request, GOOD).expect("answer"), true, true);
        assert!(text.contains("Hazelcast-ClusterSize: 2\r\n") && text.ends_with("\r\n\r\n"), "{text}");
    }
}
