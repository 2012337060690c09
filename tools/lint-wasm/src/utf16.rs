//! Places as a text field of a browser counts them: in units of UTF-16.

/// The number of UTF-16 units before a byte offset; an offset within a character counts as its start.
pub(crate) fn units(text: &str, offset: usize) -> usize {
    let offset = text.floor_char_boundary(offset);
    text.get(..offset).unwrap_or_default().chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::units;

    #[test]
    fn characters_beyond_the_basic_plane_count_twice() {
        let text = "a😀ü\nb";
        for (at, expected) in [(0, 0), (1, 1), (2, 1), (5, 3), (7, 4), (8, 5), (99, 6)] {
            assert_eq!(units(text, at), expected, "{at}");
        }
    }
}
