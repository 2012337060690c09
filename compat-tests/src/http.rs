//! Just enough HTTP to look at health pages and the JSON API from a lab host.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::Host;

/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// For example 200.
    pub status: u16,
    /// The head, header lines included.
    pub head: String,
    /// The body as text.
    pub body: String,
}

/// `GET path` from `host`; `headers` are whole lines such as `Authorization: Bearer x`.
pub fn get(host: &Host, at: SocketAddr, path: &str, headers: &[&str]) -> Result<Answer> {
    let mut stream = host.connect(at)?;
    stream.set_read_timeout(Some(ANSWER_LIMIT)).context("set a read timeout")?;
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).with_context(|| format!("send GET {path} to {at}"))?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).with_context(|| format!("read the answer to GET {path} of {at}"))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) =
        text.split_once("\r\n\r\n").with_context(|| format!("no HTTP answer from {at}: {text:?}"))?;
    let status = head
        .split_ascii_whitespace()
        .nth(1)
        .and_then(|status| status.parse().ok())
        .with_context(|| format!("no HTTP status in {head:?}"))?;
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}
