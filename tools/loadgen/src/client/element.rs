//! The little that load needs to know of an element: its name, one attribute, the text of one child.

/// The name of the element, with its prefix as written.
pub(crate) fn name(element: &[u8]) -> &[u8] {
    let inner = element.get(1..).unwrap_or_default();
    let end = inner.iter().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'>'));
    inner.get(..end.unwrap_or(inner.len())).unwrap_or_default()
}

/// The raw value of an attribute of the outermost tag.
pub(crate) fn attribute<'a>(element: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let mut rest = element.get(1 + name(element).len()..)?;
    loop {
        let start = rest.iter().position(|byte| !byte.is_ascii_whitespace())?;
        rest = rest.get(start..)?;
        if matches!(rest.first()?, b'>' | b'/') {
            return None;
        }
        let equals = rest.iter().position(|byte| *byte == b'=')?;
        let key = rest.get(..equals)?.trim_ascii();
        rest = rest.get(equals + 1..)?;
        let open = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
        let quote = *rest.get(open)?;
        rest = rest.get(open + 1..)?;
        let close = rest.iter().position(|byte| *byte == quote)?;
        if key == wanted.as_bytes() {
            return rest.get(..close);
        }
        rest = rest.get(close + 1..)?;
    }
}

/// The text of the first element called `wanted` (the outermost included), up to its first tag.
pub(crate) fn text<'a>(element: &'a [u8], wanted: &str) -> Option<&'a [u8]> {
    let tag = element.get(find_tag(element, wanted)?..)?;
    let end = tag.iter().position(|byte| *byte == b'>')?;
    if end > 0 && tag.get(end - 1) == Some(&b'/') {
        return Some(&[]);
    }
    let inner = tag.get(end + 1..)?;
    inner.get(..inner.iter().position(|byte| *byte == b'<')?)
}

/// Whether an element of this name is in there.
pub(crate) fn has(element: &[u8], wanted: &str) -> bool {
    find_tag(element, wanted).is_some()
}

/// Whether this text occurs anywhere, for namespaces and mechanism names.
pub(crate) fn mentions(element: &[u8], text: &str) -> bool {
    element.windows(text.len()).any(|window| window == text.as_bytes())
}

fn find_tag(element: &[u8], wanted: &str) -> Option<usize> {
    (0..element.len()).find(|&at| element.get(at) == Some(&b'<') && name(&element[at..]) == wanted.as_bytes())
}

/// Escapes text for an attribute or for character data.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &[u8] =
        br#"<message id='m/1>' to="a@b/c" type = 'chat'><thread/><body>hi &amp; you</body></message>"#;

    #[test]
    fn names_attributes_and_texts_are_found() {
        assert_eq!(name(MESSAGE), b"message");
        assert_eq!(name(b"<presence/>"), b"presence");
        assert_eq!(attribute(MESSAGE, "id"), Some(b"m/1>".as_slice()));
        assert_eq!(attribute(MESSAGE, "to"), Some(b"a@b/c".as_slice()));
        assert_eq!(attribute(MESSAGE, "type"), Some(b"chat".as_slice()));
        assert_eq!(attribute(MESSAGE, "from"), None);
        assert_eq!(attribute(b"<iq", "id"), None);
        assert_eq!(text(MESSAGE, "body"), Some(b"hi &amp; you".as_slice()));
        assert_eq!(text(MESSAGE, "thread"), Some(b"".as_slice()));
        assert_eq!(text(b"<success>abc</success>", "success"), Some(b"abc".as_slice()));
        assert_eq!(text(MESSAGE, "subject"), None);
        assert!(has(MESSAGE, "thread") && !has(MESSAGE, "thre"));
        assert!(mentions(MESSAGE, "you</body>") && !mentions(b"", "x"));
    }

    #[test]
    fn text_is_escaped_for_both_places() {
        assert_eq!(escape("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&apos;");
    }
}
