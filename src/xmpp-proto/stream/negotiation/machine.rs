//! A client stream from its first byte to a bound resource (RFC 6120 §4 to §7).
//!
//! Events of the parser go in, bytes for the peer come out, and a [`Step`] says what the driver has to do before the
//! next event. What only the driver knows (keys, passwords, resources) it brings back through the matching method.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cobnut_model::{ScramKeys, ScramMechanism};
use jid::{BareJid, FullJid};
use minidom::Element;

use crate::sasl::{AwaitingProof, ClientFirst, PlainMessage, SaslFailure, prepare_username};
use crate::stream::features::{self, Offer};
use crate::stream::registration::{self, Registration, RegistrationError};
use crate::stream::{Condition, ManagementRequest, ManagementVersion, StreamError};
use crate::xml::{StreamEvent, StreamHeader, XmlWriter, ns};

/// Fills a buffer with random bytes from a cryptographic source.
pub type FillRandom = fn(&mut [u8]);

/// Bytes of randomness in stream ids and nonces.
const RANDOM_BYTES: usize = 18;

/// How streams are negotiated; the same for all connections of a listener.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is one choice of the operator")]
pub struct NegotiationSettings {
    /// The served domain.
    pub domain: String,
    /// Whether STARTTLS is offered on streams that are not encrypted.
    pub offers_tls: bool,
    /// Whether login needs TLS.
    pub requires_tls: bool,
    /// Whether a stream may be opened to any host name.
    pub accepts_any_host: bool,
    /// Failed SASL attempts before the stream is closed.
    pub sasl_attempts: u32,
    /// Mechanisms that are offered and taken, the strongest first: some or all of [`MECHANISMS`](super::super::MECHANISMS).
    pub mechanisms: Vec<&'static str>,
    /// Whether stream management (XEP-0198) is offered.
    pub offers_management: bool,
    /// Whether client state indication (XEP-0352) is offered.
    pub offers_client_state: bool,
    /// Whether clients may make accounts before they log in (XEP-0077).
    pub offers_registration: bool,
}

/// What the driver has to do next. Whatever was appended to `out` is written first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Read on.
    Continue,
    /// Do the TLS handshake, then call [`Negotiation::encrypted`] and go on with a new parser.
    /// Bytes that came with the request belong to nobody and must be refused.
    StartTls,
    /// Go on with a new parser.
    Restart,
    /// Find the keys of an account and call [`Negotiation::keys_found`].
    FindKeys {
        /// The account, prepared.
        username: String,
        /// The mechanism of the keys.
        mechanism: ScramMechanism,
    },
    /// Check a password and call [`Negotiation::password_checked`].
    CheckPassword {
        /// The account, prepared.
        username: String,
        /// The password as typed.
        password: String,
    },
    /// Make an account and call [`Negotiation::registered`].
    Register(Registration),
    /// Bind a resource and call [`Negotiation::bound`].
    Bind {
        /// The account.
        username: String,
        /// The resource that the client asked for.
        resource: Option<String>,
    },
    /// Find a session that lost its connection and call [`Negotiation::resumed`] or [`Negotiation::not_resumed`].
    Resume {
        /// The account.
        username: String,
        /// The id that the client was given.
        id: String,
        /// Stanzas that the client has handled.
        handled: u32,
        /// The version in which it asks.
        version: ManagementVersion,
    },
    /// Close the connection; the stream is closed on both sides.
    Close,
}

/// The keys of an account, or decoys.
#[derive(Debug, Clone)]
pub struct AccountKeys {
    /// Keys of the mechanism that was asked for.
    pub keys: ScramKeys,
    /// Whether the account is locked; only told to whoever proves to know the password.
    pub is_locked_out: bool,
}

/// How an attempt to log in ended, for logs and throttles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginOutcome {
    /// The account, prepared; `None` if the attempt ended before it was named.
    pub username: Option<String>,
    /// Success or what the client was told.
    pub result: Result<(), SaslFailure>,
}

/// The negotiation of one stream.
pub struct Negotiation<'s> {
    settings: &'s NegotiationSettings,
    fill_random: FillRandom,
    is_encrypted: bool,
    /// Whether our header of the current stream is out.
    is_open: bool,
    failed_attempts: u32,
    /// The account that the current attempt names.
    attempting: Option<String>,
    outcome: Option<LoginOutcome>,
    state: State,
}

enum State {
    /// Nobody yet.
    Anonymous,
    /// PLAIN or SCRAM was chosen without an initial response.
    AwaitingFirst(Mechanism),
    /// Waits for the driver.
    AwaitingKeys {
        username: String,
        first: ClientFirst,
    },
    AwaitingProof {
        username: String,
        is_locked_out: bool,
        exchange: AwaitingProof,
    },
    /// Waits for the driver.
    AwaitingPassword {
        username: String,
    },
    /// Waits for the driver.
    AwaitingAccount {
        id: Option<String>,
    },
    /// Logged in, no resource.
    Authenticated {
        username: String,
    },
    /// Waits for the driver.
    AwaitingBind {
        username: String,
        id: Option<String>,
    },
    /// Done.
    Bound,
}

#[derive(Debug, Clone, Copy)]
enum Mechanism {
    Plain,
    Scram(ScramMechanism),
}

impl<'s> Negotiation<'s> {
    /// A stream on a new connection.
    pub fn new(settings: &'s NegotiationSettings, is_encrypted: bool, fill_random: FillRandom) -> Self {
        Self {
            settings,
            fill_random,
            is_encrypted,
            is_open: false,
            failed_attempts: 0,
            attempting: None,
            outcome: None,
            state: State::Anonymous,
        }
    }

    /// Whether the peer has proved who it is.
    pub fn is_authenticated(&self) -> bool {
        matches!(self.state, State::Authenticated { .. } | State::AwaitingBind { .. } | State::Bound)
    }

    /// How the attempt that the last call decided ended, once.
    pub fn take_outcome(&mut self) -> Option<LoginOutcome> {
        self.outcome.take()
    }

    /// Takes what the parser found. An error must be passed to [`Self::fail`].
    pub fn handle(&mut self, event: StreamEvent, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        match event {
            StreamEvent::Header(header) => self.open(&header, out),
            StreamEvent::Stanza(element) => self.element(&element, out),
            StreamEvent::End => {
                out.extend_from_slice(b"</stream:stream>");
                Ok(Step::Close)
            }
        }
    }

    /// Appends a stream error, after our header if that is not out yet (RFC 6120 §4.9.1.2).
    pub fn fail(&mut self, error: &StreamError, out: &mut Vec<u8>) {
        if !self.is_open {
            self.write_header(None, out);
        }
        error.write(out);
    }

    /// The TLS handshake succeeded.
    pub fn encrypted(&mut self) {
        self.is_encrypted = true;
        self.is_open = false;
    }

    fn random_token(&self) -> String {
        let mut bytes = [0_u8; RANDOM_BYTES];
        (self.fill_random)(&mut bytes);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn write_header(&mut self, to: Option<&str>, out: &mut Vec<u8>) {
        features::write_header(out, &self.settings.domain, &self.random_token(), to);
        self.is_open = true;
    }

    fn open(&mut self, header: &StreamHeader, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        let from = header.from.as_deref().and_then(|from| BareJid::new(from).ok());
        self.write_header(from.as_ref().map(|from| from.as_str()), out);
        let major = header.version.as_deref().and_then(|version| version.split('.').next()?.parse().ok());
        if major.is_none_or(|major: u32| major < 1) {
            return Err(StreamError::new(Condition::UnsupportedVersion, "this server speaks XMPP 1.0"));
        }
        if !self.serves(header.to.as_deref()) {
            return Err(Condition::HostUnknown.into());
        }
        if self.is_authenticated() {
            features::write_session_features(out, self.settings);
        } else {
            features::write_login_features(out, self.offer(), &self.settings.mechanisms);
        }
        Ok(Step::Continue)
    }

    /// Compat: people type the address of the server where Spark asks for the domain, and Openfire lets them in.
    fn serves(&self, to: Option<&str>) -> bool {
        let Some(to) = to else { return true };
        let address = to.trim_start_matches('[').trim_end_matches(']');
        self.settings.accepts_any_host
            || BareJid::new(to).is_ok_and(|to| to.as_str() == self.settings.domain)
            || address.parse::<std::net::IpAddr>().is_ok()
    }

    fn offer(&self) -> Offer {
        Offer {
            tls: self.settings.offers_tls && !self.is_encrypted,
            login: self.is_encrypted || !self.settings.requires_tls,
            registration: self.settings.offers_registration
                && (self.is_encrypted || !self.settings.requires_tls),
        }
    }

    fn element(&mut self, element: &Element, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        if let Some(version) = ManagementVersion::of(element) {
            return Ok(self.manage(version, element, out));
        }
        let namespace = element.ns();
        match (namespace.as_str(), element.name()) {
            (ns::STREAM, "error") => {
                out.extend_from_slice(b"</stream:stream>");
                Ok(Step::Close)
            }
            (ns::TLS, "starttls") if !self.is_authenticated() => Ok(self.start_tls(out)),
            (ns::SASL, "auth") if !self.is_authenticated() => self.auth(element, out),
            (ns::SASL, "response") if !self.is_authenticated() => self.response(element, out),
            (ns::SASL, "abort") if !self.is_authenticated() => self.refuse(SaslFailure::Aborted, out),
            (ns::CLIENT, "iq") if self.is_authenticated() => self.bind_request(element),
            (ns::CLIENT, "iq") if element.has_child("query", ns::REGISTER) => Ok(self.register(element, out)),
            // RFC 6120 §4.9.3.12: a stanza before authentication or before a resource is bound.
            (ns::CLIENT, "iq" | "message" | "presence") => {
                Err(StreamError::new(Condition::NotAuthorized, "log in and bind a resource first"))
            }
            (ns::CLIENT | ns::TLS | ns::SASL, _) => Err(Condition::UnsupportedStanzaType.into()),
            (_, "iq" | "message" | "presence") => Err(Condition::InvalidNamespace.into()),
            _ => Err(Condition::UnsupportedStanzaType.into()),
        }
    }

    /// Before a resource is bound, an earlier session can be resumed, and nothing else (XEP-0198 §3 and §5).
    fn manage(&mut self, version: ManagementVersion, element: &Element, out: &mut Vec<u8>) -> Step {
        let State::Authenticated { username } = &self.state else {
            version.write_failed("unexpected-request", None, out);
            return Step::Continue;
        };
        match ManagementRequest::read(element) {
            _ if !self.settings.offers_management => {
                version.write_failed("feature-not-implemented", None, out);
            }
            ManagementRequest::Resume { id, handled } => {
                return Step::Resume { username: username.clone(), id, handled, version };
            }
            ManagementRequest::Malformed => version.write_failed("bad-request", None, out),
            _ => version.write_failed("unexpected-request", None, out),
        }
        Step::Continue
    }

    /// Answers [`Step::Resume`]: the session goes on here, and its own answer follows.
    pub fn resumed(&mut self) {
        self.state = State::Bound;
    }

    /// Answers [`Step::Resume`]: there is no such session, of which perhaps `handled` is still known. The client may bind
    /// a resource.
    pub fn not_resumed(&self, version: ManagementVersion, handled: Option<u32>, out: &mut Vec<u8>) {
        version.write_failed("item-not-found", handled, out);
    }

    fn start_tls(&mut self, out: &mut Vec<u8>) -> Step {
        let mut xml = XmlWriter::new(out);
        if !self.offer().tls {
            // RFC 6120 §5.4.2.2: failure, then the end of the stream.
            xml.empty("failure", &[("xmlns", ns::TLS)]);
            xml.end("stream:stream");
            return Step::Close;
        }
        xml.empty("proceed", &[("xmlns", ns::TLS)]);
        self.state = State::Anonymous;
        Step::StartTls
    }

    fn auth(&mut self, element: &Element, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        if !self.offer().login {
            return self.refuse(SaslFailure::EncryptionRequired, out);
        }
        self.attempting = None;
        let mechanism = match element.attr("mechanism") {
            Some(name) if !self.settings.mechanisms.contains(&name) => {
                return self.refuse(SaslFailure::InvalidMechanism, out);
            }
            Some("PLAIN") => Mechanism::Plain,
            Some(name) => match features::scram_mechanism(name) {
                Some(mechanism) => Mechanism::Scram(mechanism),
                None => return self.refuse(SaslFailure::InvalidMechanism, out),
            },
            None => return self.refuse(SaslFailure::InvalidMechanism, out),
        };
        match decode(element) {
            Ok(Some(message)) => self.first_message(mechanism, &message, out),
            Ok(None) => {
                self.state = State::AwaitingFirst(mechanism);
                XmlWriter::new(out).empty("challenge", &[("xmlns", ns::SASL)]);
                Ok(Step::Continue)
            }
            Err(failure) => self.refuse(failure, out),
        }
    }

    fn response(&mut self, element: &Element, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        let message = match decode(element) {
            Ok(message) => message.unwrap_or_default(),
            Err(failure) => return self.refuse(failure, out),
        };
        match std::mem::replace(&mut self.state, State::Anonymous) {
            State::AwaitingFirst(mechanism) => self.first_message(mechanism, &message, out),
            State::AwaitingProof { username, is_locked_out, exchange } => match exchange.verify(&message) {
                Ok(_) if is_locked_out => self.refuse(SaslFailure::AccountDisabled, out),
                Ok(verified) => Ok(self.succeed(username, &verified.server_final, out)),
                Err(failure) => self.refuse(failure, out),
            },
            _ => self.refuse(SaslFailure::MalformedRequest, out),
        }
    }

    fn first_message(
        &mut self,
        mechanism: Mechanism,
        message: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Step, StreamError> {
        let step = match mechanism {
            Mechanism::Plain => self.plain(message),
            Mechanism::Scram(mechanism) => self.scram(mechanism, message),
        };
        step.or_else(|failure| self.refuse(failure, out))
    }

    fn plain(&mut self, message: &[u8]) -> Result<Step, SaslFailure> {
        let message = PlainMessage::parse(message)?;
        let username = self.account(&message.authcid, message.authzid.as_deref())?;
        self.state = State::AwaitingPassword { username: username.clone() };
        Ok(Step::CheckPassword { username, password: message.password })
    }

    fn scram(&mut self, mechanism: ScramMechanism, message: &[u8]) -> Result<Step, SaslFailure> {
        let first = ClientFirst::parse(message)?;
        let username = self.account(&first.username, first.authzid.as_deref())?;
        self.state = State::AwaitingKeys { username: username.clone(), first };
        Ok(Step::FindKeys { username, mechanism })
    }

    /// Nobody may act as somebody else.
    fn account(&mut self, authcid: &str, authzid: Option<&str>) -> Result<String, SaslFailure> {
        let domain = self.settings.domain.as_str();
        let username = prepare_username(authcid, domain).map_err(|_| SaslFailure::NotAuthorized)?;
        self.attempting = Some(username.clone());
        match authzid.map(|authzid| prepare_username(authzid, domain)) {
            Some(acting) if acting.as_ref() != Ok(&username) => Err(SaslFailure::InvalidAuthzid),
            _ => Ok(username),
        }
    }

    /// Answers [`Step::FindKeys`].
    pub fn keys_found(
        &mut self,
        found: Result<AccountKeys, SaslFailure>,
        out: &mut Vec<u8>,
    ) -> Result<Step, StreamError> {
        let State::AwaitingKeys { username, first } = std::mem::replace(&mut self.state, State::Anonymous)
        else {
            return Err(Condition::InternalServerError.into());
        };
        match found {
            Ok(AccountKeys { keys, is_locked_out }) => {
                let (exchange, challenge) = first.with_keys(keys, &self.random_token());
                self.state = State::AwaitingProof { username, is_locked_out, exchange };
                let challenge = STANDARD.encode(challenge);
                XmlWriter::new(out).text_element("challenge", &[("xmlns", ns::SASL)], &challenge);
                Ok(Step::Continue)
            }
            Err(failure) => self.refuse(failure, out),
        }
    }

    /// Answers [`Step::CheckPassword`].
    pub fn password_checked(
        &mut self,
        checked: Result<(), SaslFailure>,
        out: &mut Vec<u8>,
    ) -> Result<Step, StreamError> {
        let State::AwaitingPassword { username } = std::mem::replace(&mut self.state, State::Anonymous)
        else {
            return Err(Condition::InternalServerError.into());
        };
        match checked {
            Ok(()) => Ok(self.succeed(username, &[], out)),
            Err(failure) => self.refuse(failure, out),
        }
    }

    fn succeed(&mut self, username: String, data: &[u8], out: &mut Vec<u8>) -> Step {
        self.attempting = None;
        self.outcome = Some(LoginOutcome { username: Some(username.clone()), result: Ok(()) });
        self.state = State::Authenticated { username };
        self.is_open = false;
        let mut xml = XmlWriter::new(out);
        if data.is_empty() {
            xml.empty("success", &[("xmlns", ns::SASL)]);
        } else {
            xml.text_element("success", &[("xmlns", ns::SASL)], &STANDARD.encode(data));
        }
        Step::Restart
    }

    fn refuse(&mut self, failure: SaslFailure, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        self.state = State::Anonymous;
        self.failed_attempts = self.failed_attempts.saturating_add(1);
        self.outcome = Some(LoginOutcome { username: self.attempting.take(), result: Err(failure) });
        let mut xml = XmlWriter::new(out);
        xml.start("failure", &[("xmlns", ns::SASL)]);
        xml.empty(failure.condition(), &[]);
        xml.end("failure");
        if self.failed_attempts >= self.settings.sasl_attempts {
            // RFC 6120 §6.4.5 leaves the number of retries to the server.
            return Err(StreamError::new(Condition::PolicyViolation, "too many failed logins"));
        }
        Ok(Step::Continue)
    }

    /// What a client sends that wants an account (XEP-0077 §3.1).
    fn register(&mut self, iq: &Element, out: &mut Vec<u8>) -> Step {
        let domain = self.settings.domain.as_str();
        self.state = State::Anonymous;
        let wanted = if self.offer().registration {
            registration::read(iq, domain)
        } else {
            Err(RegistrationError::Closed)
        };
        match wanted {
            Ok(Some(registration)) => {
                self.state = State::AwaitingAccount { id: iq.attr("id").map(str::to_owned) };
                return Step::Register(registration);
            }
            Ok(None) => registration::write_form(iq.attr("id"), domain, out),
            Err(error) => registration::write_error(iq.attr("id"), domain, error, out),
        }
        Step::Continue
    }

    /// Answers [`Step::Register`]. The client may log in, or ask for another account.
    pub fn registered(
        &mut self,
        made: Result<(), RegistrationError>,
        out: &mut Vec<u8>,
    ) -> Result<Step, StreamError> {
        let State::AwaitingAccount { id } = std::mem::replace(&mut self.state, State::Anonymous) else {
            return Err(Condition::InternalServerError.into());
        };
        let domain = self.settings.domain.as_str();
        match made {
            Ok(()) => registration::write_success(id.as_deref(), domain, out),
            Err(error) => registration::write_error(id.as_deref(), domain, error, out),
        }
        Ok(Step::Continue)
    }

    fn bind_request(&mut self, iq: &Element) -> Result<Step, StreamError> {
        let bind = iq.get_child("bind", ns::BIND).filter(|_| iq.attr("type") == Some("set"));
        let (Some(bind), State::Authenticated { username }) = (bind, &self.state) else {
            return Err(StreamError::new(Condition::NotAuthorized, "bind a resource first"));
        };
        let username = username.clone();
        let resource = bind.get_child("resource", ns::BIND).map(Element::text);
        self.state = State::AwaitingBind { username: username.clone(), id: iq.attr("id").map(str::to_owned) };
        Ok(Step::Bind { username, resource: resource.filter(|resource| !resource.is_empty()) })
    }

    /// Answers [`Step::Bind`]: with the address, or with the condition of a stanza error, after which the client may
    /// try again.
    pub fn bound(&mut self, bound: Result<&FullJid, &str>, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        let State::AwaitingBind { username, id } = std::mem::replace(&mut self.state, State::Bound) else {
            return Err(Condition::InternalServerError.into());
        };
        let mut xml = XmlWriter::new(out);
        let mut attributes = vec![("type", if bound.is_ok() { "result" } else { "error" })];
        attributes.extend(id.as_deref().map(|id| ("id", id)));
        xml.start("iq", &attributes);
        match bound {
            Ok(jid) => {
                xml.start("bind", &[("xmlns", ns::BIND)]);
                xml.text_element("jid", &[], jid.as_str());
                xml.end("bind");
            }
            Err(condition) => {
                self.state = State::Authenticated { username };
                xml.start("error", &[("type", stanza_error_type(condition))]);
                xml.empty(condition, &[("xmlns", ns::STANZA_ERRORS)]);
                xml.end("error");
            }
        }
        xml.end("iq");
        Ok(Step::Continue)
    }
}

/// The error type that RFC 6120 §8.3.3 gives to a condition.
fn stanza_error_type(condition: &str) -> &'static str {
    match condition {
        "bad-request" | "jid-malformed" | "not-acceptable" => "modify",
        "resource-constraint" | "internal-server-error" => "wait",
        _ => "cancel",
    }
}

/// The content of a SASL element: `None` if there is none, empty for `=` (RFC 6120 §6.4.2).
fn decode(element: &Element) -> Result<Option<Vec<u8>>, SaslFailure> {
    match element.text().trim() {
        "" => Ok(None),
        "=" => Ok(Some(Vec::new())),
        text => STANDARD.decode(text).map(Some).map_err(|_| SaslFailure::IncorrectEncoding),
    }
}
