//! The demo's XMPP client: logs in over STARTTLS, sends and receives chat messages.
//!
//! Trusts any certificate, as the Spark of the article does: the demo's nodes have just made their own.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use cobnut_model::limits;
use cobnut_net::client_trusting_any_certificate;
use cobnut_xmpp_proto::xml::{StreamEvent, StreamParser, XmlLimits};
use minidom::Element;
use quick_xml::escape::escape;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const TLS_NS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
const SASL_NS: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const BIND_NS: &str = "urn:ietf:params:xml:ns:xmpp-bind";
const CLIENT_NS: &str = "jabber:client";
const DELAY_NS: &str = "urn:xmpp:delay";

/// A logged-in client.
pub(crate) struct DemoClient {
    stream: XmlStream<tokio_rustls::client::TlsStream<TcpStream>>,
    jid: String,
    protection: String,
    messages: VecDeque<Message>,
    pings: u32,
}

/// A received chat message.
pub(crate) struct Message {
    /// Full JID of the sender.
    pub(crate) from: String,
    /// Text.
    pub(crate) body: String,
    /// When the server stored it, if it did (XEP-0203).
    pub(crate) delayed_since: Option<String>,
}

impl DemoClient {
    /// Connects, upgrades to TLS, authenticates, binds a resource and becomes available.
    pub(crate) async fn log_in(
        server: SocketAddr,
        domain: &str,
        username: &str,
        password: &str,
    ) -> Result<Self> {
        let mut plain = XmlStream::new(TcpStream::connect(server).await.context("connect")?);
        plain.open(domain).await?;
        plain.send(&format!("<starttls xmlns='{TLS_NS}'/>")).await?;
        plain.expect("proceed", TLS_NS).await?;
        let name = ServerName::try_from(domain.to_owned()).context("use the domain as a server name")?;
        let encrypted = TlsConnector::from(Arc::new(client_trusting_any_certificate()))
            .connect(name, plain.io)
            .await
            .context("start TLS")?;
        let protection = encrypted
            .get_ref()
            .1
            .protocol_version()
            .map_or("TLS".to_owned(), |version| format!("{version:?}"));

        let mut stream = XmlStream::new(encrypted);
        stream.open(domain).await?;
        let credentials = BASE64.encode(format!("\0{username}\0{password}"));
        stream.send(&format!("<auth xmlns='{SASL_NS}' mechanism='PLAIN'>{credentials}</auth>")).await?;
        stream.expect("success", SASL_NS).await?;
        stream.restart();
        stream.open(domain).await?;
        stream
            .send(&format!(
                "<iq type='set' id='bind'><bind xmlns='{BIND_NS}'><resource>demo</resource></bind></iq>"
            ))
            .await?;
        let bound = stream.expect("iq", CLIENT_NS).await?;
        let jid = bound
            .get_child("bind", BIND_NS)
            .and_then(|bind| bind.get_child("jid", BIND_NS))
            .map(Element::text)
            .context("bind a resource")?;
        stream.send("<presence/>").await?;
        Ok(Self { stream, jid, protection, messages: VecDeque::new(), pings: 0 })
    }

    /// The full JID that the server bound.
    pub(crate) fn jid(&self) -> &str {
        &self.jid
    }

    /// TLS version of the stream.
    pub(crate) fn protection(&self) -> &str {
        &self.protection
    }

    /// Sends a chat message.
    pub(crate) async fn send_message(&mut self, to: &str, body: &str) -> Result<()> {
        let (to, body) = (escape(to), escape(body));
        self.stream.send(&format!("<message type='chat' to='{to}'><body>{body}</body></message>")).await
    }

    /// Waits for the next message with a body.
    pub(crate) async fn next_message(&mut self) -> Result<Message> {
        loop {
            if let Some(message) = self.messages.pop_front() {
                return Ok(message);
            }
            let stanza = self.stream.next().await?;
            self.take(&stanza);
        }
    }

    /// Pings the server and waits for the answer (XEP-0199). Messages that arrive meanwhile are kept.
    pub(crate) async fn ping(&mut self) -> Result<()> {
        self.pings += 1;
        let id = format!("ping{}", self.pings);
        self.stream.send(&format!("<iq type='get' id='{id}'><ping xmlns='urn:xmpp:ping'/></iq>")).await?;
        loop {
            let stanza = self.stream.next().await?;
            if stanza.is("iq", CLIENT_NS) && stanza.attr("id") == Some(&id) {
                return Ok(());
            }
            self.take(&stanza);
        }
    }

    fn take(&mut self, stanza: &Element) {
        let Some(body) = stanza.get_child("body", CLIENT_NS).filter(|_| stanza.is("message", CLIENT_NS))
        else {
            return;
        };
        self.messages.push_back(Message {
            from: stanza.attr("from").unwrap_or_default().to_owned(),
            body: body.text(),
            delayed_since: stanza
                .get_child("delay", DELAY_NS)
                .and_then(|delay| delay.attr("stamp"))
                .map(str::to_owned),
        });
    }
}

/// Stanzas over some transport.
struct XmlStream<S> {
    io: S,
    parser: StreamParser,
    received: Vec<u8>,
    events: VecDeque<StreamEvent>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> XmlStream<S> {
    fn new(io: S) -> Self {
        Self { io, parser: new_parser(), received: vec![0; 8192], events: VecDeque::new() }
    }

    /// Forgets the stream so far, as SASL success demands (RFC 6120 §6.4.6).
    fn restart(&mut self) {
        self.parser = new_parser();
    }

    /// Opens the stream and takes the server's header and features.
    async fn open(&mut self, domain: &str) -> Result<Element> {
        self.send(&format!(
            "<stream:stream xmlns='{CLIENT_NS}' xmlns:stream='http://etherx.jabber.org/streams' to='{domain}' version='1.0'>"
        ))
        .await?;
        self.next().await.context("read the stream features")
    }

    async fn send(&mut self, xml: &str) -> Result<()> {
        self.io.write_all(xml.as_bytes()).await?;
        self.io.flush().await.context("write to the server")
    }

    async fn expect(&mut self, name: &str, namespace: &str) -> Result<Element> {
        let element = self.next().await?;
        if !element.is(name, namespace) {
            bail!("expected <{name}/>, got {}", String::from(&element));
        }
        Ok(element)
    }

    /// The next child of the stream element.
    async fn next(&mut self) -> Result<Element> {
        loop {
            match self.events.pop_front() {
                Some(StreamEvent::Header(_)) => continue,
                Some(StreamEvent::Stanza(element)) => return Ok(element),
                Some(StreamEvent::End) => bail!("the server closed the stream"),
                None => {}
            }
            let count = self.io.read(&mut self.received).await.context("read from the server")?;
            if count == 0 {
                bail!("the server closed the connection");
            }
            let mut input = &self.received[..count];
            while let Some(event) = self.parser.next_event(&mut input)? {
                self.events.push_back(event);
            }
        }
    }
}

fn new_parser() -> StreamParser {
    StreamParser::new(XmlLimits { stanza_bytes: limits::STANZA_BYTES_MAX, depth: limits::STANZA_DEPTH_MAX })
}
