//! Log in, send text, see what arrives.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::splitter::{Piece, Splitter};
use super::tls::{self, TlsStream};
use crate::{Deadline, Host};

/// How long one step of a login may take (a debug build hashes passwords slowly on a busy machine).
const STEP_LIMIT: Duration = Duration::from_secs(15);
/// How long one read blocks; a wait is made of many.
const READ_SLICE: Duration = Duration::from_millis(50);

/// Who logs in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The domain of the server.
    pub domain: String,
    /// The local part.
    pub user: String,
    /// In clear; sent as SASL PLAIN inside TLS.
    pub password: String,
    /// The resource to ask for.
    pub resource: String,
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream>),
    Closed,
}

impl Wire {
    fn stream(&mut self) -> Result<&mut dyn ReadWrite> {
        match self {
            Self::Plain(stream) => Ok(stream),
            Self::Tls(stream) => Ok(stream.as_mut()),
            Self::Closed => bail!("the connection is closed"),
        }
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// A client session.
pub struct XmppClient {
    wire: Wire,
    splitter: Splitter,
    header: Option<String>,
    jid: String,
    ended: bool,
    bind_took: Duration,
    kept: Vec<String>,
    next_id: u32,
}

impl XmppClient {
    /// Connects, negotiates STARTTLS, authenticates and binds.
    pub fn login(host: &Host, at: SocketAddr, login: &Login) -> Result<Self> {
        Self::login_over(host.connect(at)?, login).with_context(|| format!("log {} in at {at}", login.user))
    }

    /// The same over a connection that the test opened (through a balancer, on the loopback interface).
    pub fn login_over(stream: TcpStream, login: &Login) -> Result<Self> {
        let mut client = Self::open(stream)?;
        client.open_stream(&login.domain, "starttls")?;
        client.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")?;
        client.expect("proceed", |element| element.starts_with("<proceed"))?;
        client.start_tls(&login.domain)?;

        client.open_stream(&login.domain, "<mechanism>PLAIN</mechanism>")?;
        let secret = BASE64_STANDARD.encode(format!("\0{}\0{}", login.user, login.password));
        client.send(&format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"
        ))?;
        let answer = client.expect("a SASL result", |element| {
            element.starts_with("<success") || element.starts_with("<failure")
        })?;
        if answer.starts_with("<failure") {
            bail!("the server refused the login: {answer}");
        }

        client.open_stream(&login.domain, "urn:ietf:params:xml:ns:xmpp-bind")?;
        let asked = Instant::now();
        let answer = client.request(&format!(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{}</resource></bind></iq>",
            login.resource
        ), "bind")?;
        let jid = answer.split_once("<jid>").and_then(|(_, rest)| rest.split_once("</jid>"));
        let (jid, _) = jid.with_context(|| format!("bind was not answered with a JID: {answer}"))?;
        jid.clone_into(&mut client.jid);
        client.bind_took = asked.elapsed();
        Ok(client)
    }

    /// Wraps a connection without sending anything.
    pub fn open(stream: TcpStream) -> Result<Self> {
        stream.set_read_timeout(Some(READ_SLICE)).context("set a read timeout")?;
        stream.set_write_timeout(Some(STEP_LIMIT)).context("set a write timeout")?;
        stream.set_nodelay(true).context("turn off delayed sending")?;
        Ok(Self {
            wire: Wire::Plain(stream),
            splitter: Splitter::default(),
            header: None,
            jid: String::new(),
            ended: false,
            bind_took: Duration::ZERO,
            kept: Vec::new(),
            next_id: 0,
        })
    }

    /// Sends a stream header and waits for features that contain `feature`.
    pub fn open_stream(&mut self, domain: &str, feature: &str) -> Result<String> {
        self.splitter = Splitter::default();
        self.send(&format!(
            "<?xml version='1.0'?><stream:stream to='{domain}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        ))?;
        let features = self.expect("stream features", |element| element.starts_with("<stream:features"))?;
        if !features.contains(feature) {
            bail!("the features do not offer {feature}: {features}");
        }
        Ok(features)
    }

    /// Shakes hands; the server has said that it proceeds.
    pub fn start_tls(&mut self, domain: &str) -> Result<()> {
        let Wire::Plain(stream) = std::mem::replace(&mut self.wire, Wire::Closed) else {
            bail!("TLS is already there");
        };
        // A handshake cannot be read in slices.
        stream.set_read_timeout(Some(STEP_LIMIT)).context("set a read timeout")?;
        let stream = tls::start(stream, domain)?;
        stream.sock.set_read_timeout(Some(READ_SLICE)).context("set a read timeout")?;
        self.wire = Wire::Tls(Box::new(stream));
        Ok(())
    }

    /// The full JID that the server gave.
    pub fn jid(&self) -> &str {
        &self.jid
    }

    /// How long the answer to the bind took.
    pub fn bind_took(&self) -> Duration {
        self.bind_took
    }

    /// Whether the server has ended the stream or the connection, as far as was read.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The JID without its resource.
    pub fn bare_jid(&self) -> &str {
        self.jid.split('/').next().unwrap_or_default()
    }

    /// Sends text as it is.
    pub fn send(&mut self, text: &str) -> Result<()> {
        let stream = self.wire.stream()?;
        stream.write_all(text.as_bytes()).context("send to the server")?;
        stream.flush().context("send to the server")
    }

    /// Asks for the roster, and so for pushes and answers to subscriptions (RFC 6121 §2.2: an interested resource).
    pub fn fetch_roster(&mut self) -> Result<String> {
        self.request("<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>", "roster")
    }

    /// Becomes available.
    pub fn go_online(&mut self) -> Result<()> {
        self.send("<presence/>")
    }

    /// Sends a chat message.
    pub fn message(&mut self, to: &str, body: &str) -> Result<()> {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&format!("<message type='chat' to='{to}' id='m{id}'><body>{body}</body></message>"))
    }

    /// Sends an IQ and waits for its answer; `id` must be the one in `text`.
    pub fn request(&mut self, text: &str, id: &str) -> Result<String> {
        self.send(text)?;
        self.expect(&format!("the answer to {id}"), |element| {
            element.starts_with("<iq") && attribute(element, "id") == Some(id)
        })
    }

    /// A round trip through the server: everything that it sent before has arrived afterwards.
    pub fn sync(&mut self) -> Result<()> {
        self.next_id += 1;
        let id = format!("sync{}", self.next_id);
        let ping = format!("<iq type='get' id='{id}'><ping xmlns='urn:xmpp:ping'/></iq>");
        self.request(&ping, &id).map(|_| ())
    }

    /// Waits for a chat message with this body; others that arrive meanwhile stay readable.
    pub fn wait_for_message(&mut self, body: &str, limit: Duration) -> Result<String> {
        let text = format!("<body>{body}</body>");
        self.wait_for(&format!("the message {body:?}"), limit, |element| {
            element.starts_with("<message") && element.contains(&text)
        })
    }

    /// Waits for a stanza; others that arrive meanwhile stay readable, in order.
    pub fn wait_for(&mut self, what: &str, limit: Duration, wanted: impl Fn(&str) -> bool) -> Result<String> {
        if let Some(index) = self.kept.iter().position(|element| wanted(element)) {
            return Ok(self.kept.remove(index));
        }
        let deadline = Deadline::after(limit);
        while let Some(left) = deadline.left() {
            let Some(element) = self.read_element(left)? else { break };
            if wanted(&element) {
                return Ok(element);
            }
            self.kept.push(element);
        }
        let state = if self.ended { "the server closed the stream" } else { "nothing more came" };
        bail!("{} waited {limit:?} for {what}, {state}; it has {:?}", self.jid, self.kept);
    }

    fn expect(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> Result<String> {
        self.wait_for(what, STEP_LIMIT, wanted)
    }

    /// Takes everything that has arrived (after a [`Self::sync`]) or arrives within `limit`.
    pub fn take_all(&mut self, limit: Duration) -> Result<Vec<String>> {
        let deadline = Deadline::after(limit);
        while let Some(left) = deadline.left() {
            match self.read_element(left)? {
                Some(element) => self.kept.push(element),
                None => break,
            }
        }
        Ok(std::mem::take(&mut self.kept))
    }

    /// Waits for the server to end the connection; returns what came before.
    pub fn wait_for_end(&mut self, limit: Duration) -> Result<Vec<String>> {
        let deadline = Deadline::after(limit);
        while !self.ended {
            let Some(left) = deadline.left() else {
                bail!("{} waited {limit:?} for the end of its stream; it has {:?}", self.jid, self.kept);
            };
            if let Some(element) = self.read_element(left)? {
                self.kept.push(element);
            }
        }
        Ok(std::mem::take(&mut self.kept))
    }

    /// The next element, as it comes; `None` when `limit` passes or the stream has ended.
    pub fn next_element(&mut self, limit: Duration) -> Result<Option<String>> {
        if self.kept.is_empty() { self.read_element(limit) } else { Ok(Some(self.kept.remove(0))) }
    }

    /// The header of the server's stream, if one has come since this was asked.
    pub fn take_header(&mut self) -> Option<String> {
        self.header.take()
    }

    /// Ends the session in good order.
    pub fn close(mut self) -> Result<()> {
        self.send("</stream:stream>")?;
        self.wait_for_end(STEP_LIMIT).map(|_| ())
    }

    /// The next element; `None` when `limit` passes or the stream has ended. Answers the server's pings.
    fn read_element(&mut self, limit: Duration) -> Result<Option<String>> {
        let deadline = Deadline::after(limit);
        loop {
            match self.splitter.next_piece() {
                Some(Piece::Element(element)) => {
                    if element.starts_with("<iq") && element.contains("urn:xmpp:ping") && is_get(&element) {
                        self.answer_ping(&element)?;
                        continue;
                    }
                    return Ok(Some(element));
                }
                Some(Piece::Header(header)) => {
                    self.header = Some(header);
                    continue;
                }
                Some(Piece::End) => {
                    self.ended = true;
                }
                None => {}
            }
            if self.ended || deadline.left().is_none() {
                return Ok(None);
            }
            self.read_some()?;
        }
    }

    fn answer_ping(&mut self, ping: &str) -> Result<()> {
        let id = attribute(ping, "id").unwrap_or_default().to_owned();
        self.send(&format!("<iq type='result' id='{id}'/>"))
    }

    fn read_some(&mut self) -> Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.wire.stream()?.read(&mut chunk) {
            Ok(0) => self.ended = true,
            Ok(count) => self.splitter.push(&chunk[..count]),
            Err(err) => match err.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted => {}
                ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe => {
                    self.ended = true;
                }
                _ => return Err(err).context("read from the server"),
            },
        }
        Ok(())
    }
}

fn is_get(element: &str) -> bool {
    attribute(element, "type") == Some("get")
}

/// The value of an attribute of an element's outermost tag.
pub fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let tag = element.split('>').next()?;
    for quote in ['\'', '"'] {
        let start = format!(" {name}={quote}");
        if let Some((_, rest)) = tag.split_once(&start) {
            return rest.split(quote).next();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_with_either_quote() {
        assert_eq!(attribute("<iq id='1' type=\"get\"><x id='2'/></iq>", "id"), Some("1"));
        assert_eq!(attribute("<iq id='1' type=\"get\"><x id='2'/></iq>", "type"), Some("get"));
        assert_eq!(attribute("<iq><x id='2'/></iq>", "id"), None);
    }
}
