//! Shared by the formats that are XML.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

/// A writer into memory, behind the XML declaration.
pub(super) fn document(body: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
        .and_then(|()| body(&mut writer))
        .expect("memory takes everything");
    let mut out = String::from_utf8(writer.into_inner()).expect("only text was written");
    out.push('\n');
    out
}

/// Text without the characters that XML 1.0 has no way to write.
pub(super) fn writable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\t' | '\n' | '\r' => character,
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
            _ => character,
        })
        .collect()
}

pub(super) fn text(writer: &mut Writer<Vec<u8>>, text: &str) -> io::Result<()> {
    writer.write_event(Event::Text(BytesText::new(&writable(text))))
}
