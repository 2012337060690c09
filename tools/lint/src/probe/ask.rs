//! One connection to one address: who is there?

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cobnut_lint::{Answer, Service};

/// How long one connection may take to open, and then to answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);
/// Of an answer, at most this much is read.
const ANSWER_BYTES_MAX: usize = 4096;
/// Of an unknown answer, at most this much is shown.
const SHOWN_CHARS: usize = 32;
/// Hazelcast's members begin with it; who gets it answers with it.
const MEMBER_PROTOCOL: &[u8] = b"HZC";
/// `SSLRequest` of PostgreSQL: length 8, code 80877103.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
const XMPP_OPENING: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";

/// What is expected at an address, so that it is addressed in its language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// A member: the health page first, Hazelcast's greeting if there is none.
    Member,
    /// A web server.
    Http,
    /// A server of XMPP streams.
    Xmpp,
    /// MySQL: it speaks first.
    MySql,
    /// PostgreSQL.
    Postgres,
}

/// What came back, and by how many milliseconds the clock there is ahead.
pub(super) type Asked = (Answer, Option<i64>);

/// Asks; takes at most four times [`TIMEOUT`] and two connections.
pub(super) fn ask(address: SocketAddr, language: Language) -> Asked {
    let health = format!("GET /hazelcast/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let page = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let said: &[u8] = match language {
        Language::Member => health.as_bytes(),
        Language::Http => page.as_bytes(),
        Language::Xmpp => XMPP_OPENING,
        Language::MySql => b"",
        Language::Postgres => &SSL_REQUEST,
    };
    let is_whole = |bytes: &[u8]| language != Language::Member && !bytes.is_empty();
    let bytes = match exchange(address, said, is_whole) {
        Ok(bytes) => bytes,
        Err(answer) => return (answer, None),
    };
    let (service, ahead) = match language {
        Language::Postgres if matches!(bytes.as_deref(), Some(b"S" | b"N")) => (Service::Postgres, None),
        _ => (recognised(bytes.as_deref()), bytes.as_deref().and_then(clock)),
    };
    // Without its health page a Hazelcast member closes the connection; to its own greeting it answers.
    if language == Language::Member
        && matches!(service, Service::Closed | Service::Silent)
        && let Ok(Some(bytes)) = exchange(address, MEMBER_PROTOCOL, |bytes| bytes.len() >= 3)
        && bytes.starts_with(MEMBER_PROTOCOL)
    {
        return (Answer::Service(Service::Hazelcast { members: None }), None);
    }
    (Answer::Service(service), ahead)
}

/// Sends and reads until the other end closes, the answer is whole or the time is up; `None` when nothing at all came in time.
fn exchange(
    address: SocketAddr,
    said: &[u8],
    is_whole: impl Fn(&[u8]) -> bool,
) -> Result<Option<Vec<u8>>, Answer> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT).map_err(|error| match error.kind() {
        ErrorKind::ConnectionRefused => Answer::Refused,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Answer::TimedOut,
        _ => Answer::Failed(error.to_string()),
    })?;
    let until = Instant::now() + TIMEOUT;
    let mut bytes = Vec::new();
    // Who hangs up at once may have said something before.
    let _may_have_hung_up = stream.set_write_timeout(Some(TIMEOUT)).and_then(|()| stream.write_all(said));
    let mut buffer = [0; 1024];
    while bytes.len() < ANSWER_BYTES_MAX && !is_whole(&bytes) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || stream.set_read_timeout(Some(left)).is_err() {
            return Ok((!bytes.is_empty()).then_some(bytes));
        }
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Ok((!bytes.is_empty()).then_some(bytes));
            }
            Err(_) => break,
        }
    }
    Ok(Some(bytes))
}

/// Who said this; `None` is nothing in time, no bytes a closed connection.
fn recognised(bytes: Option<&[u8]>) -> Service {
    let Some(bytes) = bytes else { return Service::Silent };
    let text = String::from_utf8_lossy(bytes);
    if bytes.is_empty() {
        return Service::Closed;
    }
    if bytes.starts_with(MEMBER_PROTOCOL) {
        return Service::Hazelcast { members: None };
    }
    if text.starts_with("HTTP/") {
        return http(&text);
    }
    if text.contains("<stream:") || text.starts_with("<?xml") {
        return Service::Xmpp;
    }
    if let Some(version) = mysql_version(bytes) {
        return Service::MySql(version);
    }
    let shown: String = text.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect();
    Service::Other(shown)
}

fn http(text: &str) -> Service {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let members = ["\"clusterSize\":", "Hazelcast::ClusterSize="].iter().find_map(|key| {
        let rest = body.split_once(key)?.1.trim_start();
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    });
    let name = field(head, "server").unwrap_or_default();
    // Nodes before that field were told by another of our health page.
    if name == "Cobnut" || body.contains("\"unexpectedlyAlone\"") {
        return Service::Cobnut { members };
    }
    if members.is_some() || body.contains("\"nodeState\"") || body.contains("Hazelcast::NodeState") {
        return Service::Hazelcast { members };
    }
    Service::Http(name.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect())
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The version in the first packet of MySQL's protocol 10; its error packet (too many connections, host not allowed) has none.
fn mysql_version(bytes: &[u8]) -> Option<String> {
    let (header, packet) = bytes.split_at_checked(4)?;
    let length = usize::from(header[0]) | usize::from(header[1]) << 8 | usize::from(header[2]) << 16;
    if header[3] != 0 || length == 0 || packet.len() > length {
        return None;
    }
    match packet.split_first()? {
        (10, rest) => {
            let version = rest.split(|&byte| byte == 0).next()?;
            Some(String::from_utf8_lossy(version).chars().filter(|c| !c.is_control()).take(64).collect())
        }
        (255, _) => Some("that refuses this machine".to_owned()),
        _ => None,
    }
}

/// By how many milliseconds the clock of an HTTP server is ahead, by its `Date`.
fn clock(bytes: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(bytes);
    let (head, _) = text.split_once("\r\n\r\n").filter(|_| text.starts_with("HTTP/"))?;
    let there = http_date(field(head, "date")?)?;
    // Half a second: the date is cut to whole ones.
    Some(there * 1000 + 500 - now_ms())
}

/// Milliseconds since 1970.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7) in seconds since 1970.
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let month = i64::try_from(MONTHS.iter().position(|name| name == month)?).ok()? + 1;
    let (day, year): (i64, i64) = (day.parse().ok()?, year.parse().ok()?);
    if !(1970..=9999).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    let clock: Vec<i64> = time.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [hours, minutes, seconds] = clock.as_slice() else { return None };
    if !(0..24).contains(hours) || !(0..60).contains(minutes) || !(0..=60).contains(seconds) {
        return None;
    }
    // Days since 1970 of a Gregorian date, with years that begin in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    Some(days * 86_400 + hours * 3600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn greetings_are_recognised() {
        let cobnut = b"HTTP/1.1 200 OK\r\nServer: Cobnut\r\n\r\n{\"clusterSize\":2}";
        let hazelcast = b"HTTP/1.1 200 OK\r\n\r\nHazelcast::NodeState=ACTIVE\nHazelcast::ClusterSize=3\n";
        let cases: [(Option<&[u8]>, Service); 10] = [
            (None, Service::Silent),
            (Some(b""), Service::Closed),
            (Some(b"HZC"), Service::Hazelcast { members: None }),
            (Some(cobnut), Service::Cobnut { members: Some(2) }),
            (Some(hazelcast), Service::Hazelcast { members: Some(3) }),
            (Some(b"HTTP/1.1 404 No\r\nServer: nginx\r\n\r\n"), Service::Http("nginx".to_owned())),
            (Some(b"<?xml version='1.0'?><stream:stream>"), Service::Xmpp),
            (Some(b"\x0b\0\0\x008.0.36\0abcd"), Service::Other("8.0.36abcd".to_owned())),
            (Some(b"\x0c\0\0\0\x0a8.0.36\0abcd"), Service::MySql("8.0.36".to_owned())),
            (Some(b"SSH-2.0-OpenSSH\r\n"), Service::Other("SSH-2.0-OpenSSH".to_owned())),
        ];
        for (bytes, expected) in cases {
            assert_eq!(recognised(bytes), expected);
        }
    }

    #[test]
    fn dates_are_read() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        for wrong in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "x 1 Jan 99999999999 1:1:1 GMT",
        ] {
            assert_eq!(http_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hazelcast_without_its_health_page_is_known_by_its_greeting() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
        let address = listener.local_addr().expect("address");
        let server = std::thread::spawn(move || {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().expect("accept");
                let mut first = [0; 3];
                stream.read_exact(&mut first).expect("read");
                if first == MEMBER_PROTOCOL {
                    stream.write_all(MEMBER_PROTOCOL).expect("write");
                }
            }
        });
        let (answer, _) = ask(address, Language::Member);
        assert_eq!(answer, Answer::Service(Service::Hazelcast { members: None }));
        server.join().expect("server");
        assert_eq!(ask(address, Language::Member).0, Answer::Refused);
    }
}
