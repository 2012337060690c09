//! Terminal colours into elements with classes.

use std::fmt::Write as _;

/// The text with its SGR sequences as `<span>` elements; other escape sequences do not occur in our frames.
pub(super) fn to_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut classes: Vec<String> = Vec::new();
    let mut is_open = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(&super::escape(before));
        let Some((codes, tail)) = after.split_once('m') else {
            rest = after;
            continue;
        };
        for code in codes.split(';') {
            match code {
                "" | "0" => classes.clear(),
                code => classes.push(format!("s{code}")),
            }
        }
        if std::mem::take(&mut is_open) {
            out.push_str("</span>");
        }
        // The sequences of one place come one by one: an element opens when text follows.
        if !classes.is_empty() && !tail.starts_with("\u{1b}[") {
            let _infallible = write!(out, "<span class=\"{}\">", classes.join(" "));
            is_open = true;
        }
        rest = tail;
    }
    out.push_str(&super::escape(rest));
    if is_open {
        out.push_str("</span>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn sequences_become_elements() {
        let cases = [
            ("plain <b>", "plain &lt;b&gt;"),
            ("\u{1b}[1m\u{1b}[91merror\u{1b}[0m: x", "<span class=\"s1 s91\">error</span>: x"),
            ("\u{1b}[1;94ma\u{1b}[0m", "<span class=\"s1 s94\">a</span>"),
            ("\u{1b}[1mopen", "<span class=\"s1\">open</span>"),
            ("a\u{1b}[", "a"),
        ];
        for (text, expected) in cases {
            assert_eq!(to_html(text), expected, "{text:?}");
        }
    }
}
