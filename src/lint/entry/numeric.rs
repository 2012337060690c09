//! Entries of digits and separators: which numbers and separators stand where others should.

use std::net::Ipv4Addr;
use std::ops::Range;

use super::{Repair, Slip, SlipKind};

/// Digits and what stands between them.
struct Runs<'a> {
    token: &'a str,
    runs: Vec<Range<usize>>,
}

/// The slip of an entry that is made of digits and separators only.
pub(super) fn slip(token: &str) -> Option<Slip> {
    let is_part = |character: char| {
        character.is_ascii_digit() || matches!(character, '.' | ':' | ',' | ';' | '-' | ' ')
    };
    if !token.chars().all(is_part) {
        return None;
    }
    let runs = Runs::of(token);
    let octets_fit = runs.values().take(4).all(|value| value <= 255);
    match runs.runs.len() {
        0 => None,
        1..=3 => Some(Slip::new(SlipKind::MissingOctet)),
        4 if octets_fit => Some(runs.rejoined(4)),
        4 if runs.value(3).is_some_and(|port| port > 255) && runs.separator(2).contains(':') => {
            Some(Slip::new(SlipKind::MissingOctet))
        }
        5 if octets_fit && runs.value(4).is_some_and(|port| (1..=65535).contains(&port)) => Some(runs.five()),
        6 if octets_fit && runs.separators_are(3, ".") => Some(runs.six()),
        _ if !octets_fit => Some(runs.out_of_range()),
        _ => Some(Slip::new(SlipKind::ExtraOctet)),
    }
}

impl<'a> Runs<'a> {
    fn of(token: &'a str) -> Self {
        let mut runs: Vec<Range<usize>> = Vec::new();
        for (at, _) in token.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()) {
            match runs.last_mut() {
                Some(run) if run.end == at => run.end = at + 1,
                _ => runs.push(at..at + 1),
            }
        }
        Self { token, runs }
    }

    fn text(&self, index: usize) -> &'a str {
        self.runs.get(index).and_then(|run| self.token.get(run.clone())).unwrap_or_default()
    }

    fn value(&self, index: usize) -> Option<u64> {
        self.text(index).parse().ok()
    }

    fn values(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.runs.len()).map(|index| self.value(index).unwrap_or(u64::MAX))
    }

    /// The range between run `index` and the next one.
    fn gap(&self, index: usize) -> Range<usize> {
        match (self.runs.get(index), self.runs.get(index + 1)) {
            (Some(run), Some(next)) => run.end..next.start,
            _ => self.token.len()..self.token.len(),
        }
    }

    fn separator(&self, index: usize) -> &'a str {
        self.token.get(self.gap(index)).unwrap_or_default()
    }

    fn separators_are(&self, count: usize, expected: &str) -> bool {
        (0..count).all(|index| self.separator(index) == expected)
    }

    /// Dots between the first four numbers and a colon before the fifth; nothing at the edges.
    fn rejoined(&self, count: usize) -> Slip {
        let lead = 0..self.runs.first().map_or(0, |run| run.start);
        let trail = self.runs.last().map_or(0, |run| run.end)..self.token.len();
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        if !lead.is_empty() {
            edits.push((lead, String::new()));
        }
        for index in 0..count - 1 {
            let expected = if index < 3 { "." } else { ":" };
            if self.separator(index) != expected {
                edits.push((self.gap(index), expected.to_owned()));
            }
        }
        if !trail.is_empty() {
            edits.push((trail, String::new()));
        }
        let wrong: Vec<&str> = edits.iter().filter_map(|(range, _)| self.token.get(range.clone())).collect();
        let is_doubled_colon = count == 5 && edits.iter().any(|(range, _)| *range == self.gap(3)) && {
            let before_port = self.separator(3);
            before_port.len() > 1 && before_port.chars().all(|character| character == ':')
        };
        let kind = if wrong.iter().all(|text| text.chars().all(|character| character == '.')) {
            // One dot alone before the port is a wrong separator, not a stray dot.
            let only_port = count == 5 && edits.len() == 1 && self.separator(3) == ".";
            if only_port { SlipKind::Separator } else { SlipKind::StrayDot }
        } else if is_doubled_colon && edits.len() == 1 {
            SlipKind::ExtraColon
        } else {
            SlipKind::Separator
        };
        // One slip has one reading; with several, a file has to name the address.
        let is_plain = wrong.iter().all(|text| text.chars().count() == 1);
        let certain =
            edits.len() == 1 && (is_plain || matches!(kind, SlipKind::StrayDot | SlipKind::ExtraColon));
        // `192.168.5:1` may also be a short host with port 1: a file has to name the address.
        let is_short_host = count == 4 && self.separators_are(2, ".") && self.separator(2) == ":";
        let at = edits.iter().map(|(range, _)| range.clone()).collect();
        let certain = certain && !is_short_host;
        Slip::new(kind).at(at).or(Repair::by_edits(self.token, edits, certain))
    }

    fn five(&self) -> Slip {
        let is_octet = self.value(4).is_some_and(|value| value <= 255);
        if is_octet && self.separators_are(4, ".") {
            let mut slip = Slip::new(SlipKind::ExtraOctet).only_known();
            slip.at = self.runs.get(4).cloned().into_iter().collect();
            for dropped in 0..5 {
                let kept: Vec<&str> =
                    (0..5).filter(|&index| index != dropped).map(|index| self.text(index)).collect();
                slip.repairs.push(Repair::whole(self.token, kept.join("."), false));
            }
            slip.repairs.dedup_by(|a, b| a.text == b.text);
            return slip;
        }
        self.rejoined(5)
    }

    /// `a.b.c.d` with two more numbers: two ports, or a fifth octet.
    fn six(&self) -> Slip {
        let host: Vec<&str> = (0..4).map(|index| self.text(index)).collect();
        let host = host.join(".");
        if self.separator(3).contains(':') {
            let mut slip = Slip::new(SlipKind::ExtraColon).at(vec![self.gap(4)]);
            for port in [self.text(4), self.text(5)] {
                slip.repairs.push(Repair::whole(self.token, format!("{host}:{port}"), false));
            }
            slip.repairs.dedup();
            return slip;
        }
        let port = self.text(5);
        let mut slip =
            Slip::new(SlipKind::ExtraOctet).at(self.runs.get(4).cloned().into_iter().collect()).only_known();
        for dropped in 0..5 {
            let kept: Vec<&str> =
                (0..5).filter(|&index| index != dropped).map(|index| self.text(index)).collect();
            slip.repairs.push(Repair::whole(self.token, format!("{}:{port}", kept.join(".")), false));
        }
        slip.repairs.dedup_by(|a, b| a.text == b.text);
        slip
    }

    /// A number above 255: a digit too many, perhaps.
    fn out_of_range(&self) -> Slip {
        let too_large = |index: &usize| self.value(*index).is_none_or(|value| value > 255);
        let wrong: Vec<usize> = (0..self.runs.len().min(4)).filter(too_large).collect();
        let at = wrong.iter().filter_map(|&index| self.runs.get(index).cloned()).collect();
        let mut slip = Slip::new(SlipKind::OctetOutOfRange).at(at).only_known();
        let [index] = wrong.as_slice() else { return slip };
        let Some(run) = self.runs.get(*index) else { return slip };
        for dropped in run.clone() {
            let repair = Repair::by_edits(self.token, vec![(dropped..dropped + 1, String::new())], false);
            let host = repair.text.split(':').next().unwrap_or_default();
            if host.parse::<Ipv4Addr>().is_ok() && !slip.repairs.iter().any(|other| other.text == repair.text)
            {
                slip.repairs.push(repair);
            }
        }
        slip
    }
}
