//! Slips that take several entries of one element to see: wrong separators between them.

use cobnut_config::{Config, EntryPort, Host, MemberEntry};
use cobnut_diagnostics::Span;

use super::{Repair, Slip, SlipKind, tokens};

/// The slips of all entries of a file, by the index of the entry.
pub(crate) fn slips(config: &Config) -> Vec<(usize, Slip)> {
    let entries = &config.network.join.tcp_ip.entries;
    let mut found: Vec<(usize, Slip)> = Vec::new();
    let mut start = 0;
    while let Some(first) = entries.get(start) {
        let length =
            entries.iter().skip(start).take_while(|entry| entry.element_span == first.element_span).count();
        let group = entries.get(start..start + length).unwrap_or_default();
        found.extend(of_element(config, group).into_iter().map(|(index, slip)| (start + index, slip)));
        start += length;
    }
    found
}

fn of_element(config: &Config, group: &[MemberEntry]) -> Vec<(usize, Slip)> {
    if let Some(found) = line_breaks(config, group) {
        return found;
    }
    let mut found: Vec<(usize, Slip)> = Vec::new();
    let mut index = 0;
    while let Some(entry) = group.get(index) {
        let joined = joined_at_colon(config, group, index)
            .or_else(|| joined_octets(config, group, index))
            .or_else(|| joined_port(config, group, index));
        if let Some((count, slip)) = joined {
            found.push((index, slip));
            found.extend((index + 1..index + count).map(|part| (part, Slip::new(SlipKind::PartOfAnother))));
            index += count;
            continue;
        }
        found.extend(own_slip(config, entry).map(|slip| (index, slip)));
        index += 1;
    }
    separators(config, group, &mut found);
    found
}

fn own_slip(config: &Config, entry: &MemberEntry) -> Option<Slip> {
    if entry.text.is_empty() {
        return None;
    }
    let slip = tokens::slip(entry, &config.network.port)?;
    // Full-width commas separate entries that Hazelcast sees as one.
    if slip.kind == SlipKind::FullWidth && slip.repairs.is_empty() {
        let narrowed = entry.text.replace(['，', '、', '；'], ", ");
        if narrowed.split(", ").all(|piece| MemberEntry::from_text(piece).outcome().is_dialled()) {
            return Some(slip.region(entry.span, narrowed));
        }
    }
    Some(slip)
}

/// Line ends and tabs within entries: Hazelcast does not split there, but at the blanks behind them.
fn line_breaks(config: &Config, group: &[MemberEntry]) -> Option<Vec<(usize, Slip)>> {
    group.iter().find(|entry| entry.text.contains(['\n', '\r', '\t']))?;
    let region = Span::new(group.first()?.span.start, group.last()?.span.end);
    let text = config.sources.slice(region);
    let is_separator = |character: char| character.is_ascii_whitespace() || matches!(character, ',' | ';');
    let pieces: Vec<&str> = text.split(is_separator).filter(|piece| !piece.is_empty()).collect();
    let slip = Slip::new(SlipKind::LineBreak).region(region, pieces.join(", "));
    let others = (1..group.len()).map(|index| (index, Slip::new(SlipKind::PartOfAnother)));
    Some(std::iter::once((0, slip)).chain(others).collect())
}

/// The text between two entries of one element.
fn between<'a>(config: &'a Config, one: &MemberEntry, other: &MemberEntry) -> &'a str {
    config.sources.slice(Span::new(one.span.end, other.span.start))
}

/// `192.168.5.1: 5701`, `192.168.5.1 :5701` and `192.168.5.1 : 5701`: the blanks make two entries or three of one.
fn joined_at_colon(config: &Config, group: &[MemberEntry], index: usize) -> Option<(usize, Slip)> {
    let (one, other) = (group.get(index)?, group.get(index + 1)?);
    let count = if other.text == ":" && group.len() > index + 2 { 3 } else { 2 };
    let parts = group.get(index..index + count)?;
    let at_colon = one.text.ends_with(':') || other.text.starts_with(':');
    let mut blanks = Vec::new();
    for pair in parts.windows(2) {
        let [before, after] = pair else { return None };
        let gap = between(config, before, after);
        if gap.is_empty() || !gap.chars().all(|character| character == ' ') {
            return None;
        }
        let start = before.span.end - one.span.start;
        blanks.push(start..start + gap.len());
    }
    if !at_colon {
        return None;
    }
    let text: String = parts.iter().map(|entry| entry.text.as_str()).collect();
    let edits = blanks.iter().map(|blank| (blank.clone(), String::new())).collect();
    Some((count, Slip::new(SlipKind::BlankAtColon).at(blanks).or(Repair { text, edits, certain: true })))
}

/// `192.168.5.1 5701` and `192.168.5.1,5701`: another separator where the colon of the port belongs.
fn joined_port(config: &Config, group: &[MemberEntry], index: usize) -> Option<(usize, Slip)> {
    let (one, other) = (group.get(index)?, group.get(index + 1)?);
    let is_port = other.text.bytes().all(|byte| byte.is_ascii_digit())
        && other.text.parse::<u16>().is_ok_and(|port| port > 0);
    let gap = between(config, one, other);
    if one.single_address().is_none() || one.port != EntryPort::Unset || !is_port || gap.trim().len() > 1 {
        return None;
    }
    let place = one.text.len()..one.text.len() + gap.len();
    let text = format!("{}:{}", one.text, other.text);
    let repair = Repair { text, edits: vec![(place.clone(), ":".to_owned())], certain: true };
    Some((2, Slip::new(SlipKind::Separator).at(vec![place]).or(repair)))
}

/// `192,168,5,1:5701` and `192.168.5,1:5701`: commas between the numbers of one address.
fn joined_octets(config: &Config, group: &[MemberEntry], index: usize) -> Option<(usize, Slip)> {
    let is_numeric = |entry: &&MemberEntry| matches!(entry.host, Host::ShortForm(_));
    let run: Vec<&MemberEntry> = group.iter().skip(index).take_while(is_numeric).take(4).collect();
    for count in (2..=run.len()).rev() {
        let part = run.get(..count)?;
        let single = part.iter().take(count - 1).all(|entry| entry.port == EntryPort::Unset);
        let text = part.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>().join(".");
        if !single || MemberEntry::from_text(&text).single_address().is_none() {
            continue;
        }
        let origin = part.first()?.span.start;
        let gaps = part.windows(2).filter_map(|pair| match pair {
            [one, other] => Some((one.span.end, other.span.start, between(config, one, other))),
            _ => None,
        });
        let mut edits = Vec::new();
        for (start, end, gap) in gaps {
            // Two lists of short numbers with blanks between them are left alone.
            if gap.trim().chars().count() != 1 {
                return None;
            }
            edits.push((start - origin..end - origin, ".".to_owned()));
        }
        let at = edits.iter().map(|(range, _)| range.clone()).collect();
        let certain = edits.len() == 1;
        return Some((count, Slip::new(SlipKind::Separator).at(at).or(Repair { text, edits, certain })));
    }
    None
}

/// Blanks and semicolons between entries: an empty entry, or entries that are separated by accident.
fn separators(config: &Config, group: &[MemberEntry], found: &mut Vec<(usize, Slip)>) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
    let region = Span::new(first.span.start, last.span.end);
    let texts: Vec<&str> =
        group.iter().map(|entry| entry.text.as_str()).filter(|text| !text.is_empty()).collect();
    let list = texts.join(", ");
    let empties: Vec<usize> =
        (0..group.len()).filter(|&at| group.get(at).is_some_and(|entry| entry.text.is_empty())).collect();
    // A region that covers another slip would undo its fix.
    let alone = found.is_empty();
    if let [shown, others @ ..] = empties.as_slice() {
        let slip = Slip::new(SlipKind::EmptyPiece);
        found.push((*shown, if alone { slip.region(region, list) } else { slip }));
        found.extend(others.iter().map(|&at| (at, Slip::new(SlipKind::PartOfAnother))));
        return;
    }
    let by_blank = group.windows(2).position(|pair| match pair {
        [one, other] => between(config, one, other) == " ",
        _ => false,
    });
    if let Some(at) = by_blank.filter(|_| alone) {
        found.push((at + 1, Slip::new(SlipKind::BlankSeparator).region(region, list)));
    }
}
