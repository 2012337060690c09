//! How far two texts are apart, in slips of the hand, and which of several was meant.

/// Longer texts are not compared: names and values of configurations are shorter.
const CHARS_MAX: usize = 64;

/// Levenshtein distance; two letters that changed places count as one step.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before_last[j - 2] + 1);
            }
            row[j] = best;
        }
        std::mem::swap(&mut before_last, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[b.len()]
}

/// The candidate that was most likely meant by `word`, if one is near enough to say so.
///
/// In this order: the same letters in another case or with other separators (`tcpIp` for `tcp-ip`); at most one slip for every
/// three letters, two in short names at the most; the same words in another order (`name-cluster`). Of two that are equally
/// near the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().take(CHARS_MAX + 1).count();
    if length == 0 || length > CHARS_MAX {
        return None;
    }
    let candidates: Vec<&'a str> = candidates.into_iter().collect();
    let bare = letters(word);
    if !bare.is_empty()
        && let Some(same) = candidates.iter().find(|candidate| letters(candidate) == bare)
    {
        return Some(same);
    }
    let lower = word.to_lowercase();
    let near = candidates
        .iter()
        .filter_map(|candidate| {
            let others = candidate.chars().count();
            let limit = slips_max(length.max(others));
            // The difference in length alone is more: no need to count.
            if length.abs_diff(others) > limit {
                return None;
            }
            let steps = distance(&lower, &candidate.to_lowercase());
            (steps <= limit && steps < others).then_some((steps, *candidate))
        })
        .min_by_key(|(steps, _)| *steps);
    near.map(|(_, candidate)| candidate).or_else(|| {
        let words = sorted_words(word);
        candidates.iter().find(|candidate| words.len() > 1 && sorted_words(candidate) == words).copied()
    })
}

/// How many slips a name of this many letters may have and still be recognised.
fn slips_max(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => (length / 3).min(4),
    }
}

/// Letters and digits alone, in lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn sorted_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> =
        text.split(|character: char| !character.is_alphanumeric()).map(str::to_lowercase).collect();
    words.retain(|word| !word.is_empty());
    words.sort();
    words
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn slips_are_counted() {
        let cases = [
            ("", "", 0),
            ("member", "member", 0),
            ("memeber", "member", 1),
            ("tcpip", "tcp-ip", 1),
            ("mebmer", "member", 1),
            ("192.168.5.11", "192.168.5.1", 1),
            ("abc", "xyz", 3),
            ("", "abc", 3),
            ("ca", "abc", 3),
        ];
        for (one, other, expected) in cases {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn the_meant_name_is_found_and_no_other() {
        let names = [
            "member",
            "members",
            "member-list",
            "tcp-ip",
            "join",
            "port",
            "cluster-name",
            "interface",
            "interfaces",
            "backup-count",
            "async-backup-count",
            "ssl",
            "map",
        ];
        let cases = [
            ("memeber", Some("member")),
            ("Member", Some("member")),
            ("tcpip", Some("tcp-ip")),
            ("tcp_ip", Some("tcp-ip")),
            ("tcpIp", Some("tcp-ip")),
            ("interfces", Some("interfaces")),
            ("name-cluster", Some("cluster-name")),
            ("backup-cuont", Some("backup-count")),
            ("prot", Some("port")),
            ("joni", Some("join")),
            ("sll", Some("ssl")),
            ("mop", Some("map")),
            ("xy", None),
            ("set", None),
            ("something", None),
            ("", None),
            ("queue", None),
        ];
        for (word, expected) in cases {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
        assert_eq!(nearest(&"m".repeat(1000), names), None);
    }
}
