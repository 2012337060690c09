//! `${name}` and its relatives in texts and attributes.

use std::ops::Range;

use cobnut_diagnostics::Span;

/// A reference such as `${name}` in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// From the dollar sign to the brace.
    pub(super) whole: Range<usize>,
    /// What stands between the braces.
    pub(super) name: Range<usize>,
}

/// The references of a text that begin with `start` (`${`, `$ENC{`) and, if one of them never ends, where it begins.
///
/// The first closing brace ends a reference, and nothing nests, as in Hazelcast.
pub(super) fn references(text: &str, start: &str) -> (Vec<Reference>, Option<usize>) {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(begin) = text.get(at..).and_then(|rest| rest.find(start)).map(|offset| at + offset) {
        let name = begin + start.len();
        let Some(end) = text.get(name..).and_then(|rest| rest.find('}')).map(|offset| name + offset) else {
            return (found, Some(begin));
        };
        found.push(Reference { whole: begin..end + 1, name: name..end });
        at = end + 1;
    }
    (found, None)
}

/// A text in which references are replaced, with the place of each of its bytes.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) text: String,
    /// One for each byte: the place of its character, or of the whole reference that it came from.
    pub(super) places: Vec<Span>,
}

impl Value {
    /// The place of a byte range.
    pub(super) fn place(&self, range: Range<usize>) -> Span {
        let first = self.places.get(range.start).copied().unwrap_or_default();
        let last = range.end.checked_sub(1).and_then(|last| self.places.get(last)).copied().unwrap_or(first);
        Span::new(first.start, last.end)
    }

    /// Puts `with` in place of a byte range; all of it stands where the range stood.
    pub(super) fn replace(&mut self, range: Range<usize>, with: &str) {
        let place = self.place(range.clone());
        self.places.splice(range.clone(), std::iter::repeat_n(place, with.len()));
        self.text.replace_range(range, with);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_end_at_the_first_brace() {
        let names = |text: &str| {
            let (found, open) = references(text, "${");
            (found.iter().map(|r| text[r.name.clone()].to_owned()).collect::<Vec<_>>(), open)
        };
        let cases: [(&str, &[&str], Option<usize>); 7] = [
            ("a${x}b${y}", &["x", "y"], None),
            ("${port:5701}", &["port:5701"], None),
            ("${a${b}}", &["a${b"], None),
            ("${}", &[""], None),
            ("$ {x} $x {x}", &[], None),
            ("${x} ${y", &["x"], Some(5)),
            ("ü${é}：${", &["é"], Some(10)),
        ];
        for (text, expected, open) in cases {
            assert_eq!(names(text), (expected.iter().map(ToString::to_string).collect(), open), "{text}");
        }
    }

    #[test]
    fn replaced_bytes_stand_where_the_reference_stood() {
        let places = (10..17).map(|at| Span::new(at, at + 1)).collect();
        let mut value = Value { text: "a${x}bc".to_owned(), places };
        value.replace(1..5, "12");
        assert_eq!((value.text.as_str(), value.places.len()), ("a12bc", 5));
        assert_eq!(value.place(1..2), Span::new(11, 15));
        assert_eq!(value.place(2..4), Span::new(11, 16));
        value.replace(1..3, "");
        assert_eq!((value.text.as_str(), value.place(0..2)), ("abc", Span::new(10, 16)));
    }
}
