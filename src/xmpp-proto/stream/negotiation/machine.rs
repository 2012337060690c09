//! A client stream from its first byte to a bound resource (RFC 6120 §4 to §7).
//!
//! Events of the parser go in, bytes for the peer come out, and a [`Step`] says what the driver has to do before the
//! next event. What only the driver knows (keys, passwords, resources) it brings back through the matching method.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jid::{BareJid, FullJid};
use minidom::Element;

use super::types::{Channel, FillRandom, LoginOutcome, NegotiationSettings, Step};
use crate::sasl::{AwaitingProof, ClientFirst, Mechanism, SaslFailure};
use crate::stream::features::{self, Offer};
use crate::stream::registration::{self, RegistrationError};
use crate::stream::{Condition, ManagementRequest, ManagementVersion, StreamError};
use crate::xml::{StreamEvent, StreamHeader, XmlWriter, ns};

/// Bytes of randomness in stream ids and nonces.
const RANDOM_BYTES: usize = 18;

/// The negotiation of one stream.
pub struct Negotiation<'s> {
    pub(super) settings: &'s NegotiationSettings,
    pub(super) fill_random: FillRandom,
    pub(super) channel: Channel,
    /// Whether our header of the current stream is out.
    pub(super) is_open: bool,
    pub(super) failed_attempts: u32,
    /// Mechanisms that the client has given up for another one.
    pub(super) fallbacks: usize,
    /// The account that the current attempt names.
    pub(super) attempting: Option<String>,
    pub(super) outcome: Option<LoginOutcome>,
    pub(super) state: State,
}

pub(super) enum State {
    /// Nobody yet.
    Start,
    /// A mechanism was chosen without an initial response.
    AwaitingFirst(Mechanism),
    /// Waits for the driver.
    AwaitingKeys {
        username: String,
        first: ClientFirst,
        /// What the login is bound to.
        binding: Vec<u8>,
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
        is_anonymous: bool,
    },
    /// Waits for the driver.
    AwaitingBind {
        username: String,
        is_anonymous: bool,
        id: Option<String>,
    },
    /// Done.
    Bound,
}

impl<'s> Negotiation<'s> {
    /// A stream on a new connection.
    pub fn new(settings: &'s NegotiationSettings, channel: Channel, fill_random: FillRandom) -> Self {
        Self {
            settings,
            fill_random,
            channel,
            is_open: false,
            failed_attempts: 0,
            fallbacks: 0,
            attempting: None,
            outcome: None,
            state: State::Start,
        }
    }

    /// Whether the peer has proved who it is.
    pub fn is_authenticated(&self) -> bool {
        matches!(self.state, State::Authenticated { .. } | State::AwaitingBind { .. } | State::Bound)
    }

    fn is_anonymous(&self) -> bool {
        matches!(self.state, State::Authenticated { is_anonymous: true, .. })
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
    pub fn encrypted(&mut self, channel: Channel) {
        self.channel = channel;
        self.is_open = false;
    }

    pub(super) fn random_token(&self) -> String {
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
            features::write_session_features(out, self.settings, self.is_anonymous());
        } else {
            let (limits, bindings) = (self.settings.limits, &self.channel.bindings);
            features::write_login_features(out, self.offer(), limits, &self.mechanisms(), bindings);
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

    pub(super) fn offer(&self) -> Offer {
        Offer {
            tls: self.settings.offers_tls && !self.channel.is_encrypted,
            login: self.channel.is_encrypted || !self.settings.requires_tls,
            registration: self.settings.offers_registration
                && (self.channel.is_encrypted || !self.settings.requires_tls),
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
        let State::Authenticated { username, is_anonymous } = &self.state else {
            version.write_failed("unexpected-request", None, out);
            return Step::Continue;
        };
        match ManagementRequest::read(element) {
            _ if !self.settings.offers_management || *is_anonymous => {
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
        self.state = State::Start;
        Step::StartTls
    }

    /// What a client sends that wants an account (XEP-0077 §3.1).
    fn register(&mut self, iq: &Element, out: &mut Vec<u8>) -> Step {
        let domain = self.settings.domain.as_str();
        self.state = State::Start;
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
        let State::AwaitingAccount { id } = std::mem::replace(&mut self.state, State::Start) else {
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
        let (Some(bind), State::Authenticated { username, is_anonymous }) = (bind, &self.state) else {
            return Err(StreamError::new(Condition::NotAuthorized, "bind a resource first"));
        };
        let (username, is_anonymous) = (username.clone(), *is_anonymous);
        let resource = bind.get_child("resource", ns::BIND).map(Element::text);
        let id = iq.attr("id").map(str::to_owned);
        self.state = State::AwaitingBind { username: username.clone(), is_anonymous, id };
        let resource = resource.filter(|resource| !resource.is_empty());
        Ok(Step::Bind { username, is_anonymous, resource })
    }

    /// Answers [`Step::Bind`]: with the address, or with the condition of a stanza error, after which the client may
    /// try again.
    pub fn bound(&mut self, bound: Result<&FullJid, &str>, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        let State::AwaitingBind { username, is_anonymous, id } =
            std::mem::replace(&mut self.state, State::Bound)
        else {
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
                self.state = State::Authenticated { username, is_anonymous };
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
