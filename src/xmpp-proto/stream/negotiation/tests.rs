//! Negotiations as transcripts: what the client writes, what comes back.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cobnut_model::ScramMechanism;
use jid::FullJid;

use super::*;
use crate::caps::Caps;
use crate::sasl::{BindingKind, ChannelBinding, Mechanism, SaslFailure, derive};
use crate::stream::{RegistrationError, StreamError};
use crate::xml::{StreamParser, XmlLimits};

const OPEN: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
                    to='example.org' version='1.0'>";
const HEADER: &str = "<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns=\"jabber:client\" \
                      xmlns:stream=\"http://etherx.jabber.org/streams\" from=\"example.org\" \
                      id=\"BwcHBwcHBwcHBwcHBwcHBwcH\" version=\"1.0\" xml:lang=\"en\">";
const LOGIN: &str = "<mechanisms xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"><mechanism>SCRAM-SHA-512</mechanism>\
                     <mechanism>SCRAM-SHA-256</mechanism>\
                     <mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms>";
/// What is told of the bounds of a stream before a login.
const LIMITS: &str = "<limits xmlns=\"urn:xmpp:stream-limits:0\"><max-bytes>4000</max-bytes></limits>";
const NOT_AUTHORIZED: &str =
    "<failure xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"><not-authorized/></failure>";

fn sevens(bytes: &mut [u8]) {
    bytes.fill(7);
}

fn settings() -> NegotiationSettings {
    NegotiationSettings {
        domain: "example.org".into(),
        offers_tls: true,
        requires_tls: false,
        accepts_any_host: false,
        sasl_attempts: 3,
        mechanisms: Mechanism::ALL.to_vec(),
        limits: StreamLimits {
            bytes_unauthenticated: 4000,
            bytes: 8000,
            idle: Some(Duration::from_secs(90)),
        },
        offers_management: true,
        caps: Some(Caps { node: "urn:x".into(), ver: "abc=".into(), is_verifiable: true }),
        offers_roster_versions: true,
        offers_client_state: true,
        offers_registration: false,
    }
}

/// A driver that knows the account `user` with the password `pencil`, which may be locked.
struct Driver<'s> {
    negotiation: Negotiation<'s>,
    parser: StreamParser,
    locked: bool,
    store_is_away: bool,
    closed: bool,
}

impl<'s> Driver<'s> {
    fn new(settings: &'s NegotiationSettings, is_encrypted: bool) -> Self {
        Self {
            negotiation: Negotiation::new(settings, Channel { is_encrypted, ..Channel::default() }, sevens),
            parser: parser(),
            locked: false,
            store_is_away: false,
            closed: false,
        }
    }

    /// Everything that the server answers to `input`; stops at the end of the stream.
    fn send(&mut self, input: &str) -> String {
        assert!(!self.closed, "the stream is closed already");
        self.send_bytes(input.as_bytes())
    }

    fn send_bytes(&mut self, input: &[u8]) -> String {
        let mut out = Vec::new();
        let mut rest = input;
        while !self.closed {
            let step = match self.parser.next_event(&mut rest) {
                Ok(Some(event)) => self.negotiation.handle(event, &mut out),
                Ok(None) => break,
                Err(err) => Err((&err).into()),
            };
            self.perform(step, &mut out);
        }
        String::from_utf8(out).expect("UTF-8")
    }

    fn perform(&mut self, step: Result<Step, StreamError>, out: &mut Vec<u8>) {
        let next = match step {
            Ok(Step::Continue) => return,
            Ok(Step::Close) => return self.closed = true,
            Ok(Step::StartTls) => {
                self.negotiation.encrypted(Channel { is_encrypted: true, ..Channel::default() });
                return self.parser = parser();
            }
            Ok(Step::Restart) => return self.parser = parser(),
            Ok(Step::FindKeys { username, mechanism }) => {
                let password = if username == "user" { "pencil" } else { "nobody knows" };
                let keys = derive(password, mechanism, b"salt", 1);
                let found = AccountKeys { keys, is_locked_out: self.locked };
                let found =
                    if self.store_is_away { Err(SaslFailure::TemporaryAuthFailure) } else { Ok(found) };
                self.negotiation.keys_found(found, out)
            }
            Ok(Step::CheckPassword { username, password }) => {
                let is_right = username == "user" && password == "pencil";
                let checked = if is_right { Ok(()) } else { Err(SaslFailure::NotAuthorized) };
                self.negotiation.password_checked(checked, out)
            }
            Ok(Step::CheckAccount { username }) => {
                let checked = match username.as_str() {
                    "user" if self.locked => Err(SaslFailure::AccountDisabled),
                    "user" => Ok(()),
                    _ => Err(SaslFailure::NotAuthorized),
                };
                self.negotiation.password_checked(checked, out)
            }
            Ok(Step::Register(account)) => {
                let made = if account.username == "user" { Err(RegistrationError::Exists) } else { Ok(()) };
                self.negotiation.registered(made, out)
            }
            Ok(Step::Bind { username, resource, is_anonymous }) => {
                assert_eq!(is_anonymous, username != "user");
                let resource = resource.unwrap_or_else(|| "chosen".into());
                let jid = FullJid::new(&format!("{username}@example.org/{resource}")).expect("jid");
                let bound = if resource == "taken" { Err("conflict") } else { Ok(&jid) };
                self.negotiation.bound(bound, out)
            }
            Ok(Step::Resume { username, id, handled, version }) => {
                assert_eq!((username.as_str(), handled), ("user", 7));
                if id != "known" {
                    return self.negotiation.not_resumed(version, Some(3), out);
                }
                self.negotiation.resumed();
                return out.extend_from_slice(b"resumed");
            }
            Err(error) => {
                self.negotiation.fail(&error, out);
                return self.closed = true;
            }
        };
        self.perform(next, out);
    }
}

fn parser() -> StreamParser {
    StreamParser::new(XmlLimits { stanza_bytes: 4000, depth: 8 })
}

fn auth(mechanism: &str, message: &str) -> String {
    format!(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{}</auth>",
        STANDARD.encode(message)
    )
}

fn error(condition: &str, text: &str) -> String {
    let text = if text.is_empty() {
        String::new()
    } else {
        format!("<text xmlns=\"urn:ietf:params:xml:ns:xmpp-streams\" xml:lang=\"en\">{text}</text>")
    };
    format!(
        "<stream:error><{condition} xmlns=\"urn:ietf:params:xml:ns:xmpp-streams\"/>{text}</stream:error></stream:stream>"
    )
}

#[test]
fn a_client_logs_in_with_plain_after_starttls() {
    let settings = settings();
    let mut driver = Driver::new(&settings, false);
    assert_eq!(
        driver.send(OPEN),
        format!(
            "{HEADER}<stream:features><starttls xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>{LOGIN}{LIMITS}</stream:features>"
        )
    );
    assert_eq!(
        driver.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        "<proceed xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/>"
    );
    assert_eq!(driver.send(OPEN), format!("{HEADER}<stream:features>{LOGIN}{LIMITS}</stream:features>"));
    assert_eq!(
        driver.send(&auth("PLAIN", "\0User\0pencil")),
        "<success xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>"
    );
    // Compat: Smack repeats the id of the stream before, and some clients begin with a line break.
    assert_eq!(
        driver.send(
            "\n<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='abc' from='user@example.org' \
             xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>"
        ),
        format!(
            "{}<stream:features><bind xmlns=\"urn:ietf:params:xml:ns:xmpp-bind\"/>\
             <session xmlns=\"urn:ietf:params:xml:ns:xmpp-session\"><optional/></session>\
             <c xmlns=\"http://jabber.org/protocol/caps\" hash=\"sha-1\" node=\"urn:x\" ver=\"abc=\"/>\
             <ver xmlns=\"urn:xmpp:features:rosterver\"/><csi xmlns=\"urn:xmpp:csi:0\"/>\
             <sm xmlns=\"urn:xmpp:sm:2\"/><sm xmlns=\"urn:xmpp:sm:3\"/><limits xmlns=\"urn:xmpp:stream-limits:0\">\
             <max-bytes>8000</max-bytes><idle-seconds>90</idle-seconds></limits></stream:features>",
            HEADER.replace("xml:lang=\"en\"", "xml:lang=\"en\" to=\"user@example.org\"")
        )
    );
    assert_eq!(
        driver.send(
            "<iq id='b' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>taken</resource></bind></iq>"
        ),
        "<iq type=\"error\" id=\"b\"><error type=\"cancel\">\
         <conflict xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/></error></iq>"
    );
    assert_eq!(
        driver.send("<iq id='c' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"),
        "<iq type=\"result\" id=\"c\"><bind xmlns=\"urn:ietf:params:xml:ns:xmpp-bind\">\
         <jid>user@example.org/chosen</jid></bind></iq>"
    );
}

/// The client side of SCRAM-SHA-1 with one iteration and the salt "salt".
fn scram_final(challenge: &str) -> String {
    bound_final(challenge, "biws")
}

/// The same, bound to a connection.
fn bound_final(challenge: &str, binding: &str) -> String {
    let message = challenge.split(['<', '>']).nth(2).expect("text");
    let server_first = String::from_utf8(STANDARD.decode(message).expect("Base64")).expect("text");
    let nonce = server_first.split(',').next().expect("nonce");
    let keys = derive("pencil", ScramMechanism::Sha1, b"salt", 1);
    let mut salted = [0_u8; 20];
    pbkdf2::pbkdf2_hmac::<sha1::Sha1>(b"pencil", b"salt", 1, &mut salted);
    let sign = |key: &[u8], message: &str| {
        use hmac::{KeyInit as _, Mac as _};
        let mut mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(key).expect("key");
        mac.update(message.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let auth_message = format!("n=user,r=abc,{server_first},c={binding},{nonce}");
    let client_key = sign(&salted, "Client Key");
    let signature = sign(&keys.stored_key, &auth_message);
    let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
    let message = STANDARD.encode(format!("c={binding},{nonce},p={}", STANDARD.encode(proof)));
    format!("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{message}</response>")
}

#[test]
fn a_client_logs_in_with_scram_and_learns_that_the_server_knows_its_keys() {
    let settings = settings();
    let mut driver = Driver::new(&settings, true);
    driver.send(OPEN);
    let challenge = driver.send(&auth("SCRAM-SHA-1", "n,,n=user,r=abc"));
    assert!(challenge.starts_with("<challenge xmlns="), "{challenge}");
    let success = driver.send(&scram_final(&challenge));
    let data = success.split(['<', '>']).nth(2).expect("text");
    assert!(STANDARD.decode(data).expect("Base64").starts_with(b"v="), "{success}");
    assert!(driver.negotiation.is_authenticated());
    assert_eq!(
        driver.negotiation.take_outcome(),
        Some(LoginOutcome { username: Some("user".into()), result: Ok(()) })
    );
}

#[test]
fn a_locked_account_is_told_only_to_its_owner() {
    let settings = settings();
    let mut driver = Driver::new(&settings, true);
    driver.locked = true;
    driver.send(OPEN);
    let challenge = driver.send(&auth("SCRAM-SHA-1", "n,,n=user,r=abc"));
    assert_eq!(
        driver.send(&scram_final(&challenge)),
        "<failure xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"><account-disabled/></failure>"
    );
    let challenge = driver.send(&auth("SCRAM-SHA-1", "n,,n=user,r=abc"));
    let wrong = scram_final(&challenge).replace("<response", "<response a='1'");
    let wrong = wrong.replace(&wrong[wrong.len() - 30..wrong.len() - 20], "AAAAAAAAAA");
    let refused = driver.send(&wrong);
    assert!(!refused.contains("account-disabled"), "{refused}");
}

#[test]
fn the_initial_response_may_come_later() {
    let settings = settings();
    let mut driver = Driver::new(&settings, true);
    driver.send(OPEN);
    assert_eq!(
        driver.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>"),
        "<challenge xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>"
    );
    let message = STANDARD.encode("\0user@example.org\0pencil");
    assert_eq!(
        driver.send(&format!("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{message}</response>")),
        "<success xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>"
    );
}

#[test]
fn failures_are_named_and_counted() {
    let settings = NegotiationSettings { sasl_attempts: 100, ..settings() };
    let mut driver = Driver::new(&settings, true);
    driver.send(OPEN);
    let raw = |mechanism: &str, text: &str| {
        format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='{mechanism}'>{text}</auth>")
    };
    for (sent, condition) in [
        (auth("PLAIN", "\0user\0wrong"), "not-authorized"),
        (auth("PLAIN", "\0nobody\0pencil"), "not-authorized"),
        (auth("PLAIN", "\0user@elsewhere\0pencil"), "not-authorized"),
        (auth("PLAIN", "other\0user\0pencil"), "invalid-authzid"),
        (auth("PLAIN", "user"), "malformed-request"),
        (raw("PLAIN", "="), "malformed-request"),
        (raw("PLAIN", "!!!"), "incorrect-encoding"),
        (raw("X-OTHER", ""), "invalid-mechanism"),
        (raw("SCRAM-SHA-1-PLUS", "YQ=="), "invalid-mechanism"),
        (auth("SCRAM-SHA-1", "p=tls-unique,,n=user,r=a"), "malformed-request"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".into(), "invalid-mechanism"),
        ("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".into(), "malformed-request"),
        ("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".into(), "aborted"),
    ] {
        assert_eq!(
            driver.send(&sent),
            format!("<failure xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"><{condition}/></failure>"),
            "{sent}"
        );
    }
    driver.store_is_away = true;
    assert!(driver.send(&auth("SCRAM-SHA-256", "n,,n=user,r=a")).contains("<temporary-auth-failure/>"));
    assert_eq!(
        driver.negotiation.take_outcome(),
        Some(LoginOutcome { username: Some("user".into()), result: Err(SaslFailure::TemporaryAuthFailure) })
    );
    assert_eq!(driver.negotiation.take_outcome(), None);
    driver.send("<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    assert_eq!(
        driver.negotiation.take_outcome(),
        Some(LoginOutcome { username: None, result: Err(SaslFailure::Aborted) })
    );
    assert!(!driver.negotiation.is_authenticated());
}

#[test]
fn the_third_wrong_password_closes_the_stream() {
    let settings = settings();
    let mut driver = Driver::new(&settings, true);
    driver.send(OPEN);
    assert_eq!(driver.send(&auth("PLAIN", "\0user\0wrong")), NOT_AUTHORIZED);
    assert_eq!(driver.send(&auth("PLAIN", "\0user\0wrong")), NOT_AUTHORIZED);
    assert_eq!(
        driver.send(&auth("PLAIN", "\0user\0wrong")),
        format!("{NOT_AUTHORIZED}{}", error("policy-violation", "too many failed logins"))
    );
    assert!(driver.closed);
}

#[test]
fn where_tls_is_required_nobody_logs_in_without() {
    let settings = NegotiationSettings { requires_tls: true, ..settings() };
    let mut driver = Driver::new(&settings, false);
    assert_eq!(
        driver.send(OPEN),
        format!(
            "{HEADER}<stream:features><starttls xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"><required/></starttls>\
             {LIMITS}</stream:features>"
        )
    );
    assert!(driver.send(&auth("PLAIN", "\0user\0pencil")).contains("<encryption-required/>"));
    driver.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    assert_eq!(driver.send(OPEN), format!("{HEADER}<stream:features>{LOGIN}{LIMITS}</stream:features>"));
}

#[test]
fn starttls_is_refused_where_it_is_not_offered() {
    let without = NegotiationSettings { offers_tls: false, ..settings() };
    let offered = settings();
    for (settings, is_encrypted) in [(&without, false), (&offered, true)] {
        let mut driver = Driver::new(settings, is_encrypted);
        assert_eq!(driver.send(OPEN), format!("{HEADER}<stream:features>{LOGIN}{LIMITS}</stream:features>"));
        assert_eq!(
            driver.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
            "<failure xmlns=\"urn:ietf:params:xml:ns:xmpp-tls\"/></stream:stream>"
        );
    }
}

#[test]
fn only_the_chosen_mechanisms_are_offered_and_taken() {
    let settings =
        NegotiationSettings { mechanisms: vec![Mechanism::Scram(ScramMechanism::Sha1)], ..settings() };
    let mut driver = Driver::new(&settings, true);
    let features = driver.send(OPEN);
    assert!(features.contains("<mechanism>SCRAM-SHA-1</mechanism>"), "{features}");
    assert!(!features.contains("PLAIN") && !features.contains("SHA-256"), "{features}");
    assert!(driver.send(&auth("PLAIN", "\0user\0pencil")).contains("<invalid-mechanism/>"));
    assert!(driver.send(&auth("SCRAM-SHA-256", "n,,n=user,r=abc")).contains("<invalid-mechanism/>"));
    assert!(driver.send(&auth("SCRAM-SHA-1", "n,,n=user,r=abc")).contains("<challenge"));
}

#[test]
fn every_stream_error_comes_after_a_header() {
    let settings = settings();
    for (sent, condition) in [
        ("GET / HTTP/1.1\r\n".to_owned(), "not-well-formed"),
        ("<!DOCTYPE a>".to_owned(), "restricted-xml"),
        ("<a xmlns='b'/>".to_owned(), "invalid-namespace"),
        (OPEN.replace("example.org", "example.net"), "host-unknown"),
        (OPEN.replace(" version='1.0'", ""), "unsupported-version"),
        (OPEN.replace("version='1.0'", "version='0.9'"), "unsupported-version"),
        (format!("{OPEN}<message/>"), "not-authorized"),
        (format!("{OPEN}<iq type='get'/>"), "not-authorized"),
        (format!("{OPEN}<other/>"), "unsupported-stanza-type"),
        (format!("{OPEN}<other xmlns='urn:other'/>"), "unsupported-stanza-type"),
        (format!("{OPEN}<message xmlns='jabber:server'/>"), "invalid-namespace"),
        (format!("{OPEN}<a>{}</a>", "x".repeat(5000)), "policy-violation"),
        (format!("{OPEN}<a></b>"), "not-well-formed"),
    ] {
        let mut driver = Driver::new(&settings, false);
        let answer = driver.send(&sent);
        assert!(answer.starts_with(HEADER), "{sent}: {answer}");
        assert_eq!(answer.matches("<stream:stream").count(), 1, "{sent}: {answer}");
        assert!(answer.contains(&format!("<stream:error><{condition} ")), "{sent}: {answer}");
        assert!(answer.ends_with("</stream:error></stream:stream>") && driver.closed, "{sent}: {answer}");
    }
}

#[test]
fn hosts_are_accepted_as_openfire_does() {
    let any = NegotiationSettings { accepts_any_host: true, ..settings() };
    let strict = settings();
    for (to, strict_accepts) in [
        ("to='example.org'", true),
        ("to='EXAMPLE.org'", true),
        ("to='192.168.5.1'", true),
        ("to='::1'", true),
        ("to='[::1]'", true),
        ("", true),
        ("to='example.net'", false),
        ("to='a b'", false),
    ] {
        let open = OPEN.replace("to='example.org'", to);
        assert!(Driver::new(&any, false).send(&open).contains("<stream:features>"), "{to}");
        assert_eq!(
            Driver::new(&strict, false).send(&open).contains("<stream:features>"),
            strict_accepts,
            "{to}"
        );
    }
}

#[test]
fn stanzas_wait_for_a_resource() {
    let settings = settings();
    for stanza in [
        "<message/>",
        "<iq type='get' id='a'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='get' id='a'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    ] {
        let mut driver = Driver::new(&settings, true);
        driver.send(OPEN);
        driver.send(&auth("PLAIN", "\0user\0pencil"));
        driver.send(OPEN);
        let answer = driver.send(stanza);
        assert!(answer.starts_with("<stream:error><not-authorized "), "{stanza}: {answer}");
    }
}

#[test]
fn a_client_that_leaves_is_answered() {
    let settings = settings();
    let mut driver = Driver::new(&settings, false);
    driver.send(OPEN);
    assert_eq!(driver.send("</stream:stream>"), "</stream:stream>");
    assert!(driver.closed);
    let mut driver = Driver::new(&settings, false);
    driver.send(OPEN);
    let error =
        "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    assert_eq!(driver.send(error), "</stream:stream>");
    assert!(driver.closed);
}

proptest::proptest! {
    /// Elements in any order, whole or cut anywhere, neither log anybody in nor panic.
    #[test]
    fn nobody_gets_in_by_accident(
        picks in proptest::collection::vec((0_usize..10, 0_usize..200), 1..12)
    ) {
        let settings = NegotiationSettings { sasl_attempts: 100, ..settings() };
        let mut driver = Driver::new(&settings, true);
        let elements = [
            OPEN.to_owned(),
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>".to_owned(),
            auth("PLAIN", "\0user\0wrong"),
            auth("SCRAM-SHA-1", "n,,n=user,r=abc"),
            auth("SCRAM-SHA-256", "n,,n=user,r=abc"),
            "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>Yz1iaXdzLHI9YWJjLHA9QUFBQQ==</response>".to_owned(),
            "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned(),
            "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>".to_owned(),
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>".to_owned(),
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>".to_owned(),
        ];
        driver.send(OPEN);
        for (pick, length) in picks {
            if driver.closed {
                break;
            }
            let element = &elements[pick];
            driver.send_bytes(element.as_bytes().get(..length).unwrap_or(element.as_bytes()));
            proptest::prop_assert!(!driver.negotiation.is_authenticated());
        }
    }
}

/// An element of stream management and the condition that it is refused with.
fn refused(element: &str, condition: &str, attributes: &str) -> (String, String) {
    let answer = format!(
        "<failed xmlns=\"urn:xmpp:sm:3\"{attributes}>\
         <{condition} xmlns=\"urn:ietf:params:xml:ns:xmpp-stanzas\"/></failed>"
    );
    (element.replace('?', "xmlns='urn:xmpp:sm:3'"), answer)
}

#[test]
fn a_session_is_resumed_between_login_and_bind_only() {
    let settings = settings();
    let mut driver = Driver::new(&settings, true);
    driver.send(OPEN);
    let early = refused("<resume ? previd='known' h='7'/>", "unexpected-request", "");
    assert_eq!(driver.send(&early.0), early.1);
    driver.send(&auth("PLAIN", "\0user\0pencil"));
    driver.send(OPEN);
    for (element, answer) in [
        refused("<enable ? resume='true'/>", "unexpected-request", ""),
        refused("<r ?/>", "unexpected-request", ""),
        refused("<a ? h='0'/>", "unexpected-request", ""),
        refused("<resume ? h='7'/>", "bad-request", ""),
        refused("<resume ? previd='known' h='-7'/>", "bad-request", ""),
        refused("<resume ? previd='other' h='7'/>", "item-not-found", " h=\"3\""),
    ] {
        assert_eq!(driver.send(&element), answer, "{element}");
    }
    assert_eq!(driver.send("<resume xmlns='urn:xmpp:sm:3' previd='known' h='7'/>"), "resumed");
}

#[test]
fn without_stream_management_nothing_is_resumed_and_a_resource_is_bound() {
    let settings = NegotiationSettings { offers_management: false, ..settings() };
    let mut driver = Driver::new(&settings, true);
    driver.send(OPEN);
    driver.send(&auth("PLAIN", "\0user\0pencil"));
    assert!(!driver.send(OPEN).contains("urn:xmpp:sm"));
    let (element, answer) = refused("<resume ? previd='known' h='7'/>", "feature-not-implemented", "");
    assert_eq!(driver.send(&element), answer);
    let bound = driver.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
    assert!(bound.contains("<jid>user@example.org/chosen</jid>"), "{bound}");
}

#[test]
fn accounts_are_made_before_the_login_where_that_is_allowed() {
    let ask = "<iq type='get' id='1'><query xmlns='jabber:iq:register'/></iq>";
    let make = |name: &str| {
        format!(
            "<iq type='set' id='2' to='example.org'><query xmlns='jabber:iq:register'><username>{name}</username>\
             <password>pencil</password></query></iq>"
        )
    };
    let error = |id: &str, kind: &str, condition: &str| {
        format!(
            r#"<iq from="example.org" id="{id}" type="error"><error type="{kind}"><{condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>"#
        )
    };
    let open = NegotiationSettings { offers_registration: true, ..settings() };
    let mut driver = Driver::new(&open, false);
    let features = driver.send(OPEN);
    assert!(features.contains("<register xmlns=\"http://jabber.org/features/iq-register\"/>"), "{features}");
    let form = driver.send(ask);
    for part in ["id=\"1\" type=\"result\">", "<username/>", "<password/>", "jabber:x:data"] {
        assert!(form.contains(part), "{part} in {form}");
    }
    assert_eq!(driver.send(&make("user")), error("2", "cancel", "conflict"));
    assert_eq!(driver.send(&make("new")), r#"<iq from="example.org" id="2" type="result"/>"#);
    assert_eq!(driver.send(&make("")), error("2", "modify", "not-acceptable"));
    assert!(driver.send(&auth("PLAIN", "\0user\0pencil")).contains("<success"), "the stream goes on");

    let closed = settings();
    let mut driver = Driver::new(&closed, false);
    assert!(!driver.send(OPEN).contains("iq-register"));
    assert_eq!(driver.send(ask), error("1", "auth", "forbidden"));
    assert_eq!(driver.send(&make("new")), error("2", "auth", "forbidden"));

    let over_tls = NegotiationSettings { requires_tls: true, ..open.clone() };
    let mut driver = Driver::new(&over_tls, false);
    assert!(!driver.send(OPEN).contains("iq-register"), "not in clear");
    assert_eq!(driver.send(&make("new")), error("2", "auth", "forbidden"));
    let mut driver = Driver::new(&over_tls, true);
    assert!(driver.send(OPEN).contains("iq-register"));
}

#[test]
fn without_an_account_one_logs_in_under_a_new_name() {
    let settings = settings();
    let mut driver = Driver::new(&settings, true);
    assert!(!driver.send(OPEN).contains("ANONYMOUS"), "not from there");
    assert!(driver.send(&auth("ANONYMOUS", "")).contains("<invalid-mechanism/>"));
    for message in ["", "sirhc"] {
        let mut driver = Driver::new(&settings, true);
        driver.negotiation.channel.admits_anonymous = true;
        assert!(driver.send(OPEN).contains("<mechanism>PLAIN</mechanism><mechanism>ANONYMOUS</mechanism>"));
        let long = "x".repeat(256);
        assert!(driver.send(&auth("ANONYMOUS", &long)).contains("<malformed-request/>"));
        assert_eq!(
            driver.send(&auth("ANONYMOUS", message).replace("></auth>", ">=</auth>")),
            "<success xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\"/>"
        );
        let features = driver.send(OPEN);
        assert!(features.contains("<bind ") && !features.contains("<sm "), "{features}");
        let resumed = driver.send("<resume xmlns='urn:xmpp:sm:3' previd='known' h='7'/>");
        assert!(resumed.contains("<feature-not-implemented "), "{resumed}");
        let bound =
            driver.send("<iq id='c' type='set'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
        assert!(bound.contains(&format!("<jid>{}@example.org/chosen</jid>", "07".repeat(16))), "{bound}");
    }
}

fn with_bindings(settings: &NegotiationSettings) -> Driver<'_> {
    let mut driver = Driver::new(settings, true);
    driver.negotiation.channel.bindings = vec![
        ChannelBinding { kind: BindingKind::TlsExporter, data: b"exported".to_vec() },
        ChannelBinding { kind: BindingKind::TlsServerEndPoint, data: b"certificate".to_vec() },
    ];
    driver
}

#[test]
fn a_login_is_bound_to_its_connection() {
    let settings = settings();
    for (kind, data, is_right) in [
        ("tls-exporter", "exported", true),
        ("tls-server-end-point", "certificate", true),
        ("tls-exporter", "of another connection", false),
        ("tls-server-end-point", "exported", false),
    ] {
        let mut driver = with_bindings(&settings);
        let features = driver.send(OPEN);
        assert!(
            features.contains("<mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-512</mechanism>")
                && features.contains(
                    "</mechanisms><sasl-channel-binding xmlns=\"urn:xmpp:sasl-cb:0\">\
                 <channel-binding type=\"tls-exporter\"/><channel-binding type=\"tls-server-end-point\"/>\
                 </sasl-channel-binding>"
                ),
            "{features}"
        );
        let challenge = driver.send(&auth("SCRAM-SHA-1-PLUS", &format!("p={kind},,n=user,r=abc")));
        let bound = STANDARD.encode(format!("p={kind},,{data}"));
        let end = driver.send(&bound_final(&challenge, &bound));
        assert_eq!(end.contains("</success>"), is_right, "{kind} {data}: {end}");
        assert!(is_right || end.contains("<not-authorized/>"), "{end}");
    }
}

#[test]
fn who_was_kept_from_binding_its_login_is_refused() {
    let settings = NegotiationSettings { sasl_attempts: 100, ..settings() };
    let mut driver = with_bindings(&settings);
    driver.send(OPEN);
    for (mechanism, header, condition) in [
        // RFC 5802 §6: the client would have bound it, had it seen the offer.
        ("SCRAM-SHA-1", "y,,", "malformed-request"),
        ("SCRAM-SHA-1", "p=tls-exporter,,", "malformed-request"),
        ("SCRAM-SHA-1-PLUS", "n,,", "malformed-request"),
        ("SCRAM-SHA-1-PLUS", "y,,", "malformed-request"),
        ("SCRAM-SHA-1-PLUS", "p=tls-unique,,", "invalid-mechanism"),
    ] {
        let answer = driver.send(&auth(mechanism, &format!("{header}n=user,r=abc")));
        assert!(answer.contains(&format!("<{condition}/>")), "{mechanism} {header}: {answer}");
    }
    assert!(driver.send(&auth("SCRAM-SHA-1", "n,,n=user,r=abc")).contains("<challenge"));

    // Where nothing was offered the client is right to say so.
    let unbound =
        NegotiationSettings { mechanisms: vec![Mechanism::Scram(ScramMechanism::Sha1)], ..settings };
    let mut driver = with_bindings(&unbound);
    assert!(!driver.send(OPEN).contains("channel-binding"));
    assert!(driver.send(&auth("SCRAM-SHA-1", "y,,n=user,r=abc")).contains("<challenge"));
}

/// Compat: some clients bind to `tls-unique` with every mechanism that they know before they bind to nothing.
#[test]
fn who_tries_every_mechanism_has_not_guessed_at_passwords() {
    let settings = settings();
    let mut driver = with_bindings(&settings);
    driver.send(OPEN);
    for mechanism in ["SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "X-OTHER"] {
        let answer = driver.send(&auth(mechanism, "p=tls-unique,,n=user,r=abc"));
        assert!(answer.contains("<invalid-mechanism/>") && !driver.closed, "{mechanism}: {answer}");
    }
    assert_eq!(driver.send(&auth("PLAIN", "\0user\0wrong")), NOT_AUTHORIZED);
    let mut tried = 0;
    while !driver.closed {
        driver.send(&auth("X-OTHER", ""));
        tried += 1;
    }
    assert_eq!(tried, Mechanism::ALL.len() - 4 + 2, "not for ever");
}

#[test]
fn a_certificate_logs_in_whom_it_names() {
    let settings = NegotiationSettings { sasl_attempts: 100, ..settings() };
    for (message, certified, is_locked, answer) in [
        ("=", &["user"][..], false, "<success "),
        ("", &["user"], false, "<challenge "),
        ("user@example.org", &["user", "other"], false, "<success "),
        ("=", &["user", "other"], false, "<invalid-authzid/>"),
        ("somebody", &["user"], false, "<invalid-authzid/>"),
        ("=", &["gone"], false, "<not-authorized/>"),
        ("=", &["user"], true, "<account-disabled/>"),
        ("=", &[], false, "<invalid-mechanism/>"),
    ] {
        let mut driver = Driver::new(&settings, true);
        driver.locked = is_locked;
        driver.negotiation.channel.certified = certified.iter().map(|&name| name.to_owned()).collect();
        let features = driver.send(OPEN);
        assert_eq!(features.contains("<mechanism>EXTERNAL</mechanism>"), !certified.is_empty(), "{features}");
        let message = if matches!(message, "" | "=") { message.to_owned() } else { STANDARD.encode(message) };
        let sent =
            format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>{message}</auth>");
        let mut end = driver.send(&sent);
        assert!(end.contains(answer), "{message} {certified:?}: {end}");
        if answer == "<challenge " {
            end = driver.send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>=</response>");
            assert!(end.contains("<success "), "{end}");
        }
    }
}
