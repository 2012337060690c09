//! The exchange of SASL messages (RFC 6120 §6).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cobnut_model::ScramMechanism;
use minidom::Element;

use super::machine::{Negotiation, State};
use super::types::{AccountKeys, LoginOutcome, Step};
use crate::sasl::{
    ANONYMOUS_NAME_BYTES, ClientFirst, Gs2Flag, Mechanism, PlainMessage, SaslFailure, anonymous_name,
    check_trace, external_account, prepare_username,
};
use crate::stream::{Condition, StreamError};
use crate::xml::{XmlWriter, ns};

impl Negotiation<'_> {
    /// What may be used on this connection, the strongest first.
    pub(super) fn mechanisms(&self) -> Vec<Mechanism> {
        let is_possible = |mechanism: &Mechanism| match mechanism {
            Mechanism::Scram(_) | Mechanism::Plain => true,
            Mechanism::External => !self.channel.certified.is_empty(),
            Mechanism::ScramPlus(_) => !self.channel.bindings.is_empty(),
            Mechanism::Anonymous => self.channel.admits_anonymous,
        };
        self.settings.mechanisms.iter().copied().filter(is_possible).collect()
    }

    pub(super) fn auth(&mut self, element: &Element, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        if !self.offer().login {
            return self.refuse(SaslFailure::EncryptionRequired, out);
        }
        self.attempting = None;
        let named = element.attr("mechanism").and_then(Mechanism::of);
        let Some(mechanism) = named.filter(|mechanism| self.mechanisms().contains(mechanism)) else {
            return self.refuse(SaslFailure::InvalidMechanism, out);
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

    pub(super) fn response(&mut self, element: &Element, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        let message = match decode(element) {
            Ok(message) => message.unwrap_or_default(),
            Err(failure) => return self.refuse(failure, out),
        };
        match std::mem::replace(&mut self.state, State::Start) {
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
            Mechanism::Anonymous => return self.anonymous(message, out),
            Mechanism::External => self.external(message),
            Mechanism::Plain => self.plain(message),
            Mechanism::Scram(mechanism) => self.scram(mechanism, false, message),
            Mechanism::ScramPlus(mechanism) => self.scram(mechanism, true, message),
        };
        step.or_else(|failure| self.refuse(failure, out))
    }

    /// Nobody has to be asked: the name is new.
    fn anonymous(&mut self, message: &[u8], out: &mut Vec<u8>) -> Result<Step, StreamError> {
        if let Err(failure) = check_trace(message) {
            return self.refuse(failure, out);
        }
        let mut random = [0; ANONYMOUS_NAME_BYTES];
        (self.fill_random)(&mut random);
        let step = self.succeed(anonymous_name(random), &[], out);
        if let State::Authenticated { is_anonymous, .. } = &mut self.state {
            *is_anonymous = true;
        }
        Ok(step)
    }

    fn external(&mut self, message: &[u8]) -> Result<Step, SaslFailure> {
        let username = external_account(message, &self.channel.certified, &self.settings.domain)?;
        self.attempting = Some(username.clone());
        self.state = State::AwaitingPassword { username: username.clone() };
        Ok(Step::CheckAccount { username })
    }

    fn plain(&mut self, message: &[u8]) -> Result<Step, SaslFailure> {
        let message = PlainMessage::parse(message)?;
        let username = self.account(&message.authcid, message.authzid.as_deref())?;
        self.state = State::AwaitingPassword { username: username.clone() };
        Ok(Step::CheckPassword { username, password: message.password })
    }

    fn scram(
        &mut self,
        mechanism: ScramMechanism,
        is_bound: bool,
        message: &[u8],
    ) -> Result<Step, SaslFailure> {
        let first = ClientFirst::parse(message)?;
        let binding = self.binding(&first.flag, is_bound)?;
        let username = self.account(&first.username, first.authzid.as_deref())?;
        self.state = State::AwaitingKeys { username: username.clone(), first, binding };
        Ok(Step::FindKeys { username, mechanism })
    }

    /// The value that a login is bound to; empty if it is not.
    fn binding(&self, flag: &Gs2Flag, is_bound: bool) -> Result<Vec<u8>, SaslFailure> {
        let is_offered = || self.mechanisms().iter().any(|known| matches!(known, Mechanism::ScramPlus(_)));
        match flag {
            Gs2Flag::Bound(kind) if is_bound => {
                let known = self.channel.bindings.iter().find(|binding| binding.kind.name() == kind);
                // Another mechanism may do. Compat: some clients bind to tls-unique, which TLS 1.3 does not have.
                known.map(|binding| binding.data.clone()).ok_or(SaslFailure::InvalidMechanism)
            }
            // RFC 5802 §6: somebody has hidden our offer from the client.
            Gs2Flag::NotOffered if !is_bound && is_offered() => Err(SaslFailure::MalformedRequest),
            Gs2Flag::NotOffered | Gs2Flag::Unsupported if !is_bound => Ok(Vec::new()),
            _ => Err(SaslFailure::MalformedRequest),
        }
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
        let State::AwaitingKeys { username, first, binding } =
            std::mem::replace(&mut self.state, State::Start)
        else {
            return Err(Condition::InternalServerError.into());
        };
        match found {
            Ok(AccountKeys { keys, is_locked_out }) => {
                let (exchange, challenge) = first.with_keys(keys, &self.random_token(), &binding);
                self.state = State::AwaitingProof { username, is_locked_out, exchange };
                let challenge = STANDARD.encode(challenge);
                XmlWriter::new(out).text_element("challenge", &[("xmlns", ns::SASL)], &challenge);
                Ok(Step::Continue)
            }
            Err(failure) => self.refuse(failure, out),
        }
    }

    /// Answers [`Step::CheckPassword`] and [`Step::CheckAccount`].
    pub fn password_checked(
        &mut self,
        checked: Result<(), SaslFailure>,
        out: &mut Vec<u8>,
    ) -> Result<Step, StreamError> {
        let State::AwaitingPassword { username } = std::mem::replace(&mut self.state, State::Start) else {
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
        self.state = State::Authenticated { username, is_anonymous: false };
        self.is_open = false;
        let mut xml = XmlWriter::new(out);
        if data.is_empty() {
            xml.empty("success", &[("xmlns", ns::SASL)]);
        } else {
            xml.text_element("success", &[("xmlns", ns::SASL)], &STANDARD.encode(data));
        }
        Step::Restart
    }

    pub(super) fn refuse(&mut self, failure: SaslFailure, out: &mut Vec<u8>) -> Result<Step, StreamError> {
        self.state = State::Start;
        // Who tries one mechanism after the other has not guessed at anything.
        if failure == SaslFailure::InvalidMechanism && self.fallbacks < Mechanism::ALL.len() {
            self.fallbacks += 1;
        } else {
            self.failed_attempts = self.failed_attempts.saturating_add(1);
        }
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
}

/// The content of a SASL element: `None` if there is none, empty for `=` (RFC 6120 §6.4.2).
fn decode(element: &Element) -> Result<Option<Vec<u8>>, SaslFailure> {
    match element.text().trim() {
        "" => Ok(None),
        "=" => Ok(Some(Vec::new())),
        text => STANDARD.decode(text).map(Some).map_err(|_| SaslFailure::IncorrectEncoding),
    }
}
