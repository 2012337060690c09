//! A client that writes and reads text, so that tests see every byte.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cobnut_net::client_trusting_any_certificate;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rustls::SupportedProtocolVersion;
use rustls::pki_types::ServerName;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::server::{DOMAIN, Server};

pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='example.org' \
                               version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>";
const SASL: &str = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

pub(crate) struct Client {
    wire: Box<dyn Wire>,
    received: String,
    /// What a login may be bound to, by name.
    pub(crate) bindings: Vec<(&'static str, Vec<u8>)>,
}

impl Client {
    pub(crate) async fn connect(server: &Server) -> Self {
        Self::connect_to(server.c2s()).await
    }

    /// A plain connection to any port.
    pub(crate) async fn connect_to(address: SocketAddr) -> Self {
        Self::over(Box::new(tcp(address).await))
    }

    /// A connection that soon blocks its sender when it is not read.
    pub(crate) async fn connect_with_small_buffers(server: &Server) -> Self {
        let socket = TcpSocket::new_v4().expect("socket");
        socket.set_recv_buffer_size(4096).expect("buffer");
        Self::over(Box::new(socket.connect(server.c2s()).await.expect("connect")))
    }

    pub(crate) async fn connect_tls(server: &Server) -> Self {
        let wire = tcp(server.c2s_tls()).await;
        Self::over_tls(connector().connect(name(), wire).await.expect("TLS"))
    }

    /// The same with one version of TLS.
    pub(crate) async fn connect_tls_with(
        server: &Server,
        version: &'static SupportedProtocolVersion,
    ) -> Self {
        Self::connect_tls_as(server, cobnut_net::client_trusting_any_certificate_with(&[version], None)).await
    }

    /// The same with a configuration of one's own.
    pub(crate) async fn connect_tls_as(server: &Server, config: rustls::ClientConfig) -> Self {
        let wire = tcp(server.c2s_tls()).await;
        let connector = TlsConnector::from(Arc::new(config));
        Self::over_tls(connector.connect(name(), wire).await.expect("TLS"))
    }

    /// Whether the handshake fails. With TLS 1.3 a client learns that by reading.
    pub(crate) async fn is_refused_with(server: &Server, config: rustls::ClientConfig) -> bool {
        let wire = tcp(server.c2s_tls()).await;
        match TlsConnector::from(Arc::new(config)).connect(name(), wire).await {
            Ok(mut stream) => {
                let _gone = stream.write_all(OPEN.as_bytes()).await;
                !matches!(stream.read(&mut [0]).await, Ok(1))
            }
            Err(_) => true,
        }
    }

    fn over(wire: Box<dyn Wire>) -> Self {
        Self { wire, received: String::new(), bindings: Vec::new() }
    }

    fn over_tls<W: Wire + 'static>(stream: TlsStream<W>) -> Self {
        let connection = stream.get_ref().1;
        let certificate = &connection.peer_certificates().expect("certificate")[0];
        let exported = connection.export_keying_material([0; 32], b"EXPORTER-Channel-Binding", None);
        let bindings = vec![
            ("tls-exporter", Vec::from(exported.expect("handshake"))),
            ("tls-server-end-point", Sha256::digest(certificate).to_vec()),
        ];
        Self { bindings, ..Self::over(Box::new(stream)) }
    }

    /// Negotiates to a bound resource over STARTTLS.
    pub(crate) async fn login(server: &Server, user: &str, resource: &str) -> Self {
        let mut client = Self::connect(server).await;
        client.open().await;
        let mut client = client.start_tls().await;
        client.open().await;
        let answer = client.plain(user, "secret").await;
        assert!(answer.contains("<success"), "{answer}");
        client.open().await;
        let answer = client.bind(resource).await;
        assert!(answer.contains(&format!("<jid>{user}@{DOMAIN}/{resource}</jid>")), "{answer}");
        client
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.wire.write_all(text.as_bytes()).await.expect("write");
        self.wire.flush().await.expect("flush");
    }

    /// Reads until `end` comes; returns everything up to there.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        loop {
            if let Some(index) = self.received.find(end) {
                let rest = self.received.split_off(index + end.len());
                return std::mem::replace(&mut self.received, rest);
            }
            assert!(self.read_more().await, "closed before {end}: {}", self.received);
        }
    }

    /// Reads to the end of the connection.
    pub(crate) async fn until_closed(&mut self) -> String {
        while self.read_more().await {}
        std::mem::take(&mut self.received)
    }

    async fn read_more(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let count = timeout(PATIENCE, self.wire.read(&mut buffer)).await;
        let count = count.unwrap_or_else(|_| panic!("nothing comes after {}", self.received));
        // A reset is an end like any other.
        let count = count.unwrap_or_default();
        self.received.push_str(&String::from_utf8_lossy(&buffer[..count]));
        count > 0
    }

    pub(crate) async fn ask(&mut self, text: &str, end: &str) -> String {
        self.send(text).await;
        self.until(end).await
    }

    pub(crate) async fn open(&mut self) -> String {
        self.ask(OPEN, "</stream:features>").await
    }

    pub(crate) async fn start_tls(mut self) -> Self {
        let request = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
        self.ask(request, "<proceed xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>").await;
        assert_eq!(self.received, "");
        Self::over_tls(connector().connect(name(), self.wire).await.expect("TLS"))
    }

    pub(crate) async fn plain(&mut self, user: &str, password: &str) -> String {
        let message = STANDARD.encode(format!("\0{user}\0{password}"));
        self.send(&format!("<auth {SASL} mechanism='PLAIN'>{message}</auth>")).await;
        self.sasl_end().await
    }

    pub(crate) async fn anonymous(&mut self) -> String {
        self.send(&format!("<auth {SASL} mechanism='ANONYMOUS'>=</auth>")).await;
        self.sasl_end().await
    }

    pub(crate) async fn external(&mut self, authzid: &str) -> String {
        let message = if authzid.is_empty() { "=".to_owned() } else { STANDARD.encode(authzid) };
        self.send(&format!("<auth {SASL} mechanism='EXTERNAL'>{message}</auth>")).await;
        self.sasl_end().await
    }

    /// Reads up to challenge, success or failure.
    async fn sasl_end(&mut self) -> String {
        loop {
            for end in [
                "<success xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>",
                "</success>",
                "</challenge>",
                "</failure>",
            ] {
                if self.received.contains(end) {
                    return self.until(end).await;
                }
            }
            assert!(self.read_more().await, "closed: {}", self.received);
        }
    }

    /// SCRAM as RFC 5802 §3 tells a client, with the check of the server's signature.
    pub(crate) async fn scram(&mut self, mechanism: &str, user: &str, password: &str) -> String {
        self.scram_with(mechanism, ("n,,", &[]), user, password).await
    }

    /// The same, bound to the connection.
    pub(crate) async fn scram_bound(
        &mut self,
        mechanism: &str,
        kind: &str,
        user: &str,
        password: &str,
    ) -> String {
        let known = self.bindings.iter().find(|(known, _)| *known == kind);
        let data = known.map(|(_, data)| data.clone()).unwrap_or_default();
        self.scram_with(mechanism, (&format!("p={kind},,"), &data), user, password).await
    }

    async fn scram_with(
        &mut self,
        mechanism: &str,
        (header, binding): (&str, &[u8]),
        user: &str,
        password: &str,
    ) -> String {
        let bare = format!("n={user},r=clientnonce");
        let first = STANDARD.encode(format!("{header}{bare}"));
        self.send(&format!("<auth {SASL} mechanism='{mechanism}'>{first}</auth>")).await;
        let challenge = self.sasl_end().await;
        if !challenge.contains("<challenge") {
            return challenge;
        }
        let server_first = decode(&challenge);
        let mut attributes = server_first.split(',').map(|attribute| &attribute[2..]);
        let (nonce, salt, iterations) = (
            attributes.next().expect("nonce"),
            STANDARD.decode(attributes.next().expect("salt")).expect("salt"),
            attributes.next().expect("iterations").parse().expect("number"),
        );
        assert!(nonce.starts_with("clientnonce") && nonce.len() > 20);
        let hash = Hash::of(mechanism);
        let salted = hash.stretch(password, &salt, iterations);
        let client_key = hash.hmac(&salted, "Client Key");
        let bound = STANDARD.encode([header.as_bytes(), binding].concat());
        let without_proof = format!("c={bound},r={nonce}");
        let auth_message = format!("{bare},{server_first},{without_proof}");
        let signature = hash.hmac(&hash.digest(&client_key), &auth_message);
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let message = STANDARD.encode(format!("{without_proof},p={}", STANDARD.encode(proof)));
        self.send(&format!("<response {SASL}>{message}</response>")).await;
        let end = self.sasl_end().await;
        if end.contains("</success>") {
            let expected = hash.hmac(&hash.hmac(&salted, "Server Key"), &auth_message);
            assert_eq!(decode(&end), format!("v={}", STANDARD.encode(expected)));
        }
        end
    }

    pub(crate) async fn bind(&mut self, resource: &str) -> String {
        self.ask(
            &format!(
                "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                 <resource>{resource}</resource></bind></iq>"
            ),
            "</iq>",
        )
        .await
    }

    /// Whether the session still answers.
    pub(crate) async fn ping(&mut self, id: &str) -> String {
        self.send(&format!("<iq type='get' id='{id}' to='{DOMAIN}'><ping xmlns='urn:xmpp:ping'/></iq>"))
            .await;
        self.until(&format!("id=\"{id}\"")).await
    }
}

async fn tcp(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("connect")
}

fn decode(element: &str) -> String {
    let text = element.split(['<', '>']).nth(2).expect("text");
    String::from_utf8(STANDARD.decode(text).expect("Base64")).expect("text")
}

#[derive(Clone, Copy)]
enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

/// Evaluates an expression with the type of the hash under a name.
macro_rules! with_hash {
    ($which:expr, $hash:ident => $body:expr) => {
        match $which {
            Hash::Sha1 => {
                type $hash = Sha1;
                $body
            }
            Hash::Sha256 => {
                type $hash = Sha256;
                $body
            }
            Hash::Sha512 => {
                type $hash = Sha512;
                $body
            }
        }
    };
}

impl Hash {
    fn of(mechanism: &str) -> Self {
        match mechanism.trim_end_matches("-PLUS") {
            "SCRAM-SHA-1" => Self::Sha1,
            "SCRAM-SHA-256" => Self::Sha256,
            "SCRAM-SHA-512" => Self::Sha512,
            other => panic!("{other} has no hash"),
        }
    }

    fn stretch(self, password: &str, salt: &[u8], iterations: u32) -> Vec<u8> {
        with_hash!(self, H => {
            let mut salted = vec![0; <H as Digest>::output_size()];
            pbkdf2::pbkdf2_hmac::<H>(password.as_bytes(), salt, iterations, &mut salted);
            salted
        })
    }

    fn hmac(self, key: &[u8], message: &str) -> Vec<u8> {
        with_hash!(self, H => {
            let mut mac = Hmac::<H>::new_from_slice(key).expect("key");
            mac.update(message.as_bytes());
            mac.finalize().into_bytes().to_vec()
        })
    }

    fn digest(self, bytes: &[u8]) -> Vec<u8> {
        with_hash!(self, H => H::digest(bytes).to_vec())
    }
}

fn name() -> ServerName<'static> {
    ServerName::try_from(DOMAIN).expect("name")
}

fn connector() -> TlsConnector {
    TlsConnector::from(Arc::new(client_trusting_any_certificate()))
}
