//! The slip of one entry, looked at alone.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use cobnut_config::{EntryPort, Host, MemberEntry, Outcome, Port};
use cobnut_diagnostics::visible;

use super::{Repair, Slip, SlipKind, numeric};

/// More addresses than this in one range make a slow, scan-like join.
const WIDE_RANGE_ADDRESSES: u32 = 64;

/// What is wrong with an entry, if anything.
pub(crate) fn slip(entry: &MemberEntry, port: &Port) -> Option<Slip> {
    let token = entry.text.as_str();
    if token.contains("${") {
        return Some(Slip::new(SlipKind::Variable));
    }
    if entry.outcome() == Outcome::Dialled {
        return of_dialled(entry, port);
    }
    url(token)
        .or_else(|| invisible(token))
        .or_else(|| full_width(token))
        .or_else(|| brackets(token))
        .or_else(|| patterns(entry))
        .or_else(|| ports(entry))
        .or_else(|| ipv6(token))
        .or_else(|| numeric::slip(token))
        .or_else(|| letters(token))
        .or_else(|| Some(Slip::new(SlipKind::HostName)))
}

/// Entries that Hazelcast dials, but perhaps not where they point.
fn of_dialled(entry: &MemberEntry, port: &Port) -> Option<Slip> {
    let token = entry.text.as_str();
    match &entry.host {
        Host::Ipv4(address) => of_ipv4(entry, *address),
        Host::Ipv6(_) if lost_tail(token).is_some() => behind_bracket(token),
        Host::Ipv6(_) if token.contains('%') => Some(Slip::new(SlipKind::Ipv6Scope)),
        Host::Ipv6(_) if entry.port == EntryPort::Unset && !token.starts_with('[') => {
            let (head, last) = token.rsplit_once(':')?;
            let value: u32 = last.parse().ok()?;
            let listens = u32::from(*port.number)..u32::from(*port.number) + *port.port_count;
            let at = token.len() - last.len() - 1..token.len();
            (last.len() >= 4 && listens.contains(&value)).then(|| {
                let slip = Slip::new(SlipKind::Ipv6Port).at(vec![at]);
                slip.or(Repair::whole(token, format!("[{head}]:{last}"), false))
            })
        }
        Host::Ipv4Range { first, last, .. } => {
            let addresses = u32::from(*last).saturating_sub(u32::from(*first)) + 1;
            (addresses > WIDE_RANGE_ADDRESSES).then(|| Slip::new(SlipKind::WideRange))
        }
        Host::Name(_) => letters(token).or_else(|| letter_as_separator(token)),
        _ => None,
    }
}

fn of_ipv4(entry: &MemberEntry, address: Ipv4Addr) -> Option<Slip> {
    let token = entry.text.as_str();
    // IPv4 inside IPv6 notation is left as it is.
    let (host, port) = match token.split_once(':') {
        Some((_, port)) if port.contains(':') => return None,
        Some((host, port)) => (host, format!(":{port}")),
        None => (token, String::new()),
    };
    if address.is_unspecified() || address.is_multicast() || address.is_broadcast() {
        return Some(Slip::new(SlipKind::NotAHost));
    }
    if host.ends_with('.') {
        let dots = host.trim_end_matches('.').len()..host.len();
        let repair = Repair::by_edits(token, vec![(dots.clone(), String::new())], true);
        return Some(Slip::new(SlipKind::StrayDot).at(vec![dots]).or(repair));
    }
    if host != address.to_string() {
        return Some(Slip::new(SlipKind::LeadingZero).or(Repair::whole(
            token,
            format!("{address}{port}"),
            true,
        )));
    }
    (entry.port == EntryPort::Unset && !port.is_empty()).then(|| Slip::new(SlipKind::PortZero))
}

/// What stands behind the closing bracket and is no port: Hazelcast drops it.
fn lost_tail(token: &str) -> Option<Range<usize>> {
    let close = token.strip_prefix('[')?.find(']')? + 2;
    let tail = token.get(close..)?;
    let is_port = tail.strip_prefix(':').is_some_and(|port| !port.contains(':'));
    (!tail.is_empty() && !is_port).then_some(close..token.len())
}

fn behind_bracket(token: &str) -> Option<Slip> {
    let tail = lost_tail(token)?;
    let written = token.get(tail.clone())?;
    let slip = Slip::new(SlipKind::Brackets).at(vec![tail.clone()]);
    let digits = written.trim_start_matches(|character: char| !character.is_ascii_digit());
    // `%eth0:5701` has a digit that belongs to the scope.
    let port = digits.rsplit(':').next().and_then(|port| port.parse::<u16>().ok()).filter(|&port| port > 0);
    Some(match port {
        Some(port) => slip.or(Repair::by_edits(token, vec![(tail, format!(":{port}"))], false)),
        None => slip,
    })
}

fn url(token: &str) -> Option<Slip> {
    if let Some((scheme, rest)) = token.split_once("://") {
        let host = rest.split('/').next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
        let at = 0..scheme.len() + "://".len();
        return Some(Slip::new(SlipKind::Url).at(vec![at]).or(Repair::whole(token, host, true)));
    }
    let (host, tail) = token.split_once('/')?;
    let at = host.len()..token.len();
    if !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Slip::new(SlipKind::Cidr).at(vec![at]));
    }
    Some(Slip::new(SlipKind::Url).at(vec![at]).or(Repair::whole(token, host, true)))
}

fn invisible(token: &str) -> Option<Slip> {
    let hidden = matches_of(token, |character| {
        visible(character.encode_utf8(&mut [0; 4])).starts_with('\\') && character != '\\'
    });
    if hidden.is_empty() {
        return None;
    }
    let edits = hidden.iter().map(|range| (range.clone(), String::new())).collect();
    Some(Slip::new(SlipKind::Invisible).at(hidden).or(Repair::by_edits(token, edits, true)))
}

/// The ASCII character that an East Asian one was meant to be.
fn narrow(character: char) -> Option<char> {
    match character {
        '。' => Some('.'),
        '、' => Some(','),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
        _ => None,
    }
}

fn full_width(token: &str) -> Option<Slip> {
    let wide = matches_of(token, |character| narrow(character).is_some());
    if wide.is_empty() {
        return None;
    }
    let edits: Vec<(Range<usize>, String)> = token
        .char_indices()
        .filter_map(|(at, character)| Some((at..at + character.len_utf8(), narrow(character)?.to_string())))
        .collect();
    let narrowed = Repair::by_edits(token, edits, true);
    let slip = Slip::new(SlipKind::FullWidth).at(wide);
    if MemberEntry::from_text(&narrowed.text).outcome().is_dialled() {
        return Some(slip.or(narrowed));
    }
    // A second slip beside the wide characters: both are mended, but a person looks.
    let repairs = numeric::slip(&narrowed.text).map(|slip| slip.repairs).unwrap_or_default();
    Some(repairs.into_iter().fold(slip, |slip, repair| slip.or(Repair::whole(token, repair.text, false))))
}

fn brackets(token: &str) -> Option<Slip> {
    let at = matches_of(token, |character| matches!(character, '[' | ']'));
    if at.is_empty() {
        return None;
    }
    let bare: String = token.chars().filter(|character| !matches!(character, '[' | ']')).collect();
    let slip = Slip::new(SlipKind::Brackets).at(at);
    let is_v4 = matches!(MemberEntry::from_text(&bare).host, Host::Ipv4(_) | Host::Name(_));
    if is_v4 {
        return Some(slip.or(Repair::whole(token, bare, true)));
    }
    let closed = format!("[{bare}]");
    let with_port = bare.rsplit_once(':').map(|(host, port)| format!("[{host}]:{port}"));
    let slip = slip.or(Repair::whole(token, closed, false));
    // `[::1:5701` may have lost its bracket before the port or at the end.
    Some(match with_port.filter(|_| bare.rsplit(':').next().is_some_and(|last| last.len() >= 4)) {
        Some(text) => slip.or(Repair::whole(token, text, false)),
        None => slip,
    })
}

fn patterns(entry: &MemberEntry) -> Option<Slip> {
    match &entry.host {
        Host::UndiallablePattern(_) => Some(Slip::new(SlipKind::RangeOutsideLastOctet)),
        Host::Ipv4Range { first, last, .. } if first > last => {
            let text = entry.text.replacen(&format!("{first}-{last}"), &format!("{last}-{first}"), 1);
            Some(Slip::new(SlipKind::ReversedRange).or(Repair::whole(&entry.text, text, true)))
        }
        _ => None,
    }
}

fn ports(entry: &MemberEntry) -> Option<Slip> {
    let token = entry.text.as_str();
    let port = token.rfind(':').map_or(0, |colon| colon + 1)..token.len();
    match &entry.port {
        EntryPort::NotANumber(text) => {
            let slip = Slip::new(SlipKind::InvalidPort).at(vec![port]);
            let digits: String =
                text.chars().map(|character| as_digit(character).unwrap_or(character)).collect();
            let host = token.strip_suffix(text.as_str()).unwrap_or_default();
            let is_mended = !text.is_empty() && digits != *text;
            Some(if is_mended {
                slip.or(Repair::whole(token, format!("{host}{digits}"), true))
            } else {
                slip
            })
        }
        EntryPort::OutOfRange(_) => Some(Slip::new(SlipKind::PortOutOfRange).at(vec![port])),
        EntryPort::Number(0) => Some(Slip::new(SlipKind::PortZero).at(vec![port])),
        _ => None,
    }
}

fn ipv6(token: &str) -> Option<Slip> {
    let is_v6 =
        |character: char| character.is_ascii_hexdigit() || matches!(character, ':' | '.' | '%' | '*' | '-');
    let groups = token.split(':').count();
    let looks_like_v6 = token.contains("::") && !token.contains('.')
        || groups >= 7
        || groups > 3
            && token.contains(|character: char| character.is_ascii_hexdigit() && !character.is_ascii_digit());
    if !token.chars().all(is_v6) || !looks_like_v6 {
        return None;
    }
    if let Some((head, last)) = token.rsplit_once(':')
        && matches!(MemberEntry::from_text(head).host, Host::Ipv6(_))
        && last.parse::<u16>().is_ok()
    {
        let at = head.len()..token.len();
        return Some(Slip::new(SlipKind::Ipv6Port).at(vec![at]).or(Repair::whole(
            token,
            format!("[{head}]:{last}"),
            true,
        )));
    }
    Some(Slip::new(SlipKind::MalformedIpv6))
}

/// The digit that a letter looks like.
fn as_digit(character: char) -> Option<char> {
    match character {
        'O' | 'o' => Some('0'),
        'l' | 'I' | 'i' | '|' => Some('1'),
        _ => None,
    }
}

/// Letters among digits; a name of letters alone is a name.
fn letters(token: &str) -> Option<Slip> {
    let at = matches_of(token, |character| as_digit(character).is_some());
    if at.is_empty() || !token.contains(|character: char| character.is_ascii_digit()) {
        return None;
    }
    let edits: Vec<(Range<usize>, String)> = token
        .char_indices()
        .filter_map(|(start, character)| Some((start..start + 1, as_digit(character)?.to_string())))
        .collect();
    let mended = Repair::by_edits(token, edits, true);
    let is_address =
        |text: &str| matches!(MemberEntry::from_text(text).single_address(), Some(IpAddr::V4(_)));
    if is_address(&mended.text) {
        return Some(Slip::new(SlipKind::Letter).at(at).or(mended));
    }
    // Only with the shape of an address is a second slip assumed.
    let second = numeric::slip(&mended.text)
        .filter(|slip| slip.repairs.iter().any(|repair| is_address(&repair.text)))?;
    let slip = Slip::new(SlipKind::Letter).at(at);
    Some(
        second
            .repairs
            .into_iter()
            .fold(slip, |slip, repair| slip.or(Repair::whole(token, repair.text, false))),
    )
}

/// One letter where a separator belongs: `192.168.5x1:5701`, `192.168.5.1y5701`. As it stands it is a host name.
fn letter_as_separator(token: &str) -> Option<Slip> {
    let letters = matches_of(token, char::is_alphabetic);
    let [at] = letters.as_slice() else { return None };
    let mended =
        [".", ":", ""].map(|with| Repair::by_edits(token, vec![(at.clone(), with.to_owned())], true));
    let is_address = |repair: &Repair| matches!(MemberEntry::from_text(&repair.text).host, Host::Ipv4(_));
    let slip = Slip::new(SlipKind::Letter).at(vec![at.clone()]);
    let slip = mended.into_iter().filter(is_address).fold(slip, Slip::or);
    (!slip.repairs.is_empty()).then_some(slip)
}

/// The ranges of characters that fit.
fn matches_of(token: &str, fits: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    token
        .char_indices()
        .filter(|(_, character)| fits(*character))
        .map(|(at, character)| at..at + character.len_utf8())
        .collect()
}
