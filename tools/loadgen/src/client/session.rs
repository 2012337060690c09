//! From a TCP connection to a bound session, and stanzas in and out of it.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use clap::ValueEnum;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::element::{attribute, escape, has, mentions, name, text};
use super::scram::{Exchange, SaltedPasswords};
use super::splitter::{Piece, Splitter};
use super::transport::{TlsMode, Transport};

/// Time from TCP connect to a bound resource. Generous: a flooded server may be far behind.
const LOGIN_TIMEOUT: Duration = Duration::from_mins(1);
/// Time for the server to take our closing tag and the end of the connection.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Space made in a session's buffer before each read; small, because idle sessions keep it.
const READ_BYTES: usize = 4096;
/// A server that sends more than this without completing an element is not one we can measure.
const ELEMENT_BYTES_MAX: usize = 4 << 20;

/// SASL mechanism to log in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mechanism {
    ScramSha1,
    Plain,
}

/// How to log in, the same for all sessions of a run.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) domain: String,
    pub(crate) tls: TlsMode,
    pub(crate) tls_config: Arc<ClientConfig>,
    pub(crate) mechanism: Mechanism,
    pub(crate) salted_passwords: SaltedPasswords,
}

/// Who logs in.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) resource: String,
}

/// Bytes that arrived, and where the next element in them begins.
#[derive(Debug, Default)]
pub(crate) struct Incoming {
    buffer: Vec<u8>,
    splitter: Splitter,
}

impl Incoming {
    /// Waits for the next element and returns where it is; the stream's opening tag is passed over.
    async fn next(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<Range<usize>> {
        loop {
            match self.splitter.next(&self.buffer) {
                Some(Piece::Element(range)) => return Ok(range),
                Some(Piece::Open(_)) => continue,
                Some(Piece::Close) => bail!("the server closed the stream"),
                None => {}
            }
            let done = self.splitter.done();
            self.buffer.drain(..done);
            self.splitter.consumed(done);
            ensure!(self.buffer.len() < ELEMENT_BYTES_MAX, "the server sent an endless element");
            self.buffer.reserve(READ_BYTES);
            let count = from.read_buf(&mut self.buffer).await.context("read from the server")?;
            ensure!(count > 0, "the server closed the connection");
        }
    }

    fn get(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }
}

/// A bound session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) reader: SessionReader,
    pub(crate) writer: SessionWriter,
    /// The full JID the server gave us, escaped for use in an attribute.
    pub(crate) jid: String,
}

/// The receiving half.
#[derive(Debug)]
pub(crate) struct SessionReader {
    half: ReadHalf<Transport>,
    incoming: Incoming,
}

/// The sending half.
#[derive(Debug)]
pub(crate) struct SessionWriter {
    half: WriteHalf<Transport>,
}

impl SessionReader {
    /// The next element.
    pub(crate) async fn next(&mut self) -> Result<&[u8]> {
        let range = self.incoming.next(&mut self.half).await?;
        Ok(self.incoming.get(range))
    }
}

impl SessionWriter {
    /// Sends bytes, at once.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.half.write_all(bytes).await.context("write to the server")?;
        self.half.flush().await.context("flush to the server")
    }
}

impl Session {
    /// Connects, authenticates and binds.
    pub(crate) async fn login(to: SocketAddr, who: &Credentials, how: &Login) -> Result<Self> {
        let negotiated = timeout(LOGIN_TIMEOUT, negotiate(to, who, how)).await;
        negotiated
            .unwrap_or_else(|_| bail!("no session within {LOGIN_TIMEOUT:?}"))
            .with_context(|| format!("log {} in at {to}", who.user))
    }

    /// Sends what clients send first, and leaves the answers to the reader.
    pub(crate) async fn greet(&mut self) -> Result<()> {
        let greeting = "<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq><presence/>";
        self.writer.send(greeting.as_bytes()).await
    }

    /// Does what clients do first: asks for the roster and sends presence.
    pub(crate) async fn become_available(&mut self) -> Result<()> {
        self.greet().await?;
        loop {
            let element = self.reader.next().await?;
            if name(element) == b"iq" && attribute(element, "id") == Some(b"roster") {
                return Ok(());
            }
        }
    }

    /// Ends the stream and the connection in good order.
    pub(crate) async fn close(mut self) {
        let goodbye = async {
            self.writer.send(b"</stream:stream>").await?;
            self.writer.half.shutdown().await.context("shut the connection down")?;
            while self.reader.next().await.is_ok() {}
            anyhow::Ok(())
        };
        // A server that is already gone, or too busy to say goodbye, does not change what was measured.
        let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
    }
}

/// A connection before it is a session.
struct Negotiation<'a> {
    transport: Transport,
    incoming: Incoming,
    domain: &'a str,
}

async fn negotiate(to: SocketAddr, who: &Credentials, how: &Login) -> Result<Session> {
    let mut transport = Transport::connect(to).await?;
    if how.tls == TlsMode::Direct {
        transport = transport.upgrade(Arc::clone(&how.tls_config), &how.domain).await?;
    }
    let mut negotiation = Negotiation { transport, incoming: Incoming::default(), domain: &how.domain };
    let mut features = negotiation.open().await?;
    if how.tls == TlsMode::Starttls {
        negotiation = negotiation.starttls(&features, how).await?;
        features = negotiation.open().await?;
    }
    match how.mechanism {
        Mechanism::Plain => negotiation.plain(&features, who).await?,
        Mechanism::ScramSha1 => negotiation.scram(&features, who, &how.salted_passwords).await?,
    }
    negotiation.open().await?;
    let jid = negotiation.bind(&who.resource).await?;
    let (read, write) = tokio::io::split(negotiation.transport);
    Ok(Session {
        reader: SessionReader { half: read, incoming: negotiation.incoming },
        writer: SessionWriter { half: write },
        jid,
    })
}

impl Negotiation<'_> {
    async fn send(&mut self, text: &str) -> Result<()> {
        self.transport.write_all(text.as_bytes()).await.context("write to the server")?;
        self.transport.flush().await.context("flush to the server")
    }

    async fn next(&mut self) -> Result<Vec<u8>> {
        let range = self.incoming.next(&mut self.transport).await?;
        Ok(self.incoming.get(range).to_vec())
    }

    /// Opens a new stream and returns the features.
    async fn open(&mut self) -> Result<Vec<u8>> {
        self.incoming = Incoming::default();
        let header = format!(
            "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>",
            escape(self.domain)
        );
        self.send(&header).await?;
        let features = self.next().await?;
        ensure!(name(&features) == b"stream:features", "expected features, got {}", show(&features));
        Ok(features)
    }

    async fn starttls(mut self, features: &[u8], how: &Login) -> Result<Self> {
        ensure!(has(features, "starttls"), "the server offers no STARTTLS: {}", show(features));
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>").await?;
        let answer = self.next().await?;
        ensure!(name(&answer) == b"proceed", "STARTTLS failed: {}", show(&answer));
        let transport = self.transport.upgrade(Arc::clone(&how.tls_config), &how.domain).await?;
        Ok(Self { transport, ..self })
    }

    async fn plain(&mut self, features: &[u8], who: &Credentials) -> Result<()> {
        let response = BASE64.encode(format!("\0{}\0{}", who.user, who.password));
        self.authenticate(features, "PLAIN", &response).await?;
        let answer = self.next().await?;
        ensure!(name(&answer) == b"success", "PLAIN failed: {}", show(&answer));
        Ok(())
    }

    async fn scram(&mut self, features: &[u8], who: &Credentials, cache: &SaltedPasswords) -> Result<()> {
        let mut exchange = Exchange::new(&who.user, BASE64.encode(rand::random::<[u8; 18]>()));
        self.authenticate(features, "SCRAM-SHA-1", &BASE64.encode(exchange.first())).await?;
        let challenge = self.sasl_text("challenge").await?;
        let response = exchange.answer(&challenge, &who.password, cache)?;
        let response = BASE64.encode(response);
        self.send(&format!("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{response}</response>"))
            .await?;
        let last = self.sasl_text("success").await?;
        exchange.verify(&last)
    }

    async fn authenticate(&mut self, features: &[u8], mechanism: &str, response: &str) -> Result<()> {
        let offered = mentions(features, &format!(">{mechanism}<"));
        ensure!(offered, "the server offers no {mechanism}: {}", show(features));
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{response}</auth>"
        );
        self.send(&auth).await
    }

    async fn sasl_text(&mut self, expected: &str) -> Result<String> {
        let answer = self.next().await?;
        ensure!(name(&answer) == expected.as_bytes(), "expected {expected}, got {}", show(&answer));
        let encoded = text(&answer, expected).with_context(|| format!("{expected} without text"))?;
        let decoded =
            BASE64.decode(encoded.trim_ascii()).with_context(|| format!("decode the {expected}"))?;
        String::from_utf8(decoded).with_context(|| format!("read the {expected}"))
    }

    async fn bind(&mut self, resource: &str) -> Result<String> {
        let request = format!(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <resource>{}</resource></bind></iq>",
            escape(resource)
        );
        self.send(&request).await?;
        let answer = self.next().await?;
        let jid = text(&answer, "jid").with_context(|| format!("binding failed: {}", show(&answer)))?;
        let jid = std::str::from_utf8(jid).context("read the bound JID")?;
        Ok(jid.replace('\'', "&apos;").replace('"', "&quot;"))
    }
}

fn show(element: &[u8]) -> String {
    String::from_utf8_lossy(element).into_owned()
}
