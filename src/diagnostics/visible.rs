//! Text from files, made fit to stand in a message.

use std::fmt::Write as _;

/// Longest piece of a file's text in a message, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// The text with control, invisible and direction-changing characters written as `\u{…}`, cut after 120 characters.
///
/// A value copied from a file may hold a no-break space that nobody can see, or a sequence that repaints a terminal.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN_CHARS_MAX {
            shown.push('…');
            break;
        }
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            _ if is_invisible(character) => {
                let _infallible = write!(shown, "\\u{{{:x}}}", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    shown
}

fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
            | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_become_visible_and_long_texts_short() {
        assert_eq!(visible("192.168.5.1\u{a0}"), "192.168.5.1\\u{a0}");
        assert_eq!(visible("a\nb\t\u{9b}31m\u{202e}"), "a\\nb\\t\\u{9b}31m\\u{202e}");
        assert_eq!(visible("１９２：中"), "１９２：中");
        assert_eq!(visible(&"x".repeat(500)).chars().count(), SHOWN_CHARS_MAX + 1);
    }
}
