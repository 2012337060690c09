//! The frame around texts that are hard to draw: several files, overlapping places, tabs, wide and combining characters, very
//! long lines, line ends of Windows, UTF-16.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use cobnut_diagnostics::render::{Colour, full};
use cobnut_diagnostics::{Diagnostic, Edit, Fix, Severity, Source, Span};
use snapbox::{assert_data_eq, str};

fn span(source: &Source, text: &str) -> Span {
    let start = source.text().find(text).unwrap();
    Span::new(start, start + text.len())
}

fn at(source: &Source, text: &str) -> Diagnostic {
    Diagnostic::new("some-rule", Severity::Error, source.location(span(source, text)), "the message")
}

fn frame(found: Diagnostic) -> String {
    full(&[found], Colour::Never)
}

#[test]
fn labels_in_three_files() {
    let [one, two, three] = ["one", "two", "three"]
        .map(|name| Source::new(format!("{name}.xml"), format!("<a>\n  <{name}/>\n</a>\n")));
    let found = at(&one, "<one/>")
        .here("here")
        .label(two.location(span(&two, "<two/>")), "second")
        .label(three.location(span(&three, "<three/>")), "third")
        .label(two.location(span(&two, "<a>")), "second again")
        .versions("4.0 and later")
        .fix(
            Fix::changing("empty both", Edit::delete(one.location(span(&one, "<one/>"))))
                .and(Edit::replace(three.location(span(&three, "three")), "3")),
        );
    assert_data_eq!(
        frame(found),
        str![[r"
error[some-rule]: the message
 --> one.xml:2:3
  |
2 |   <one/>
  |   ^^^^^^ here
  |
 ::: two.xml:1:1
  |
1 | <a>
  | --- second again
2 |   <two/>
  |   ------ second
  |
 ::: three.xml:2:3
  |
2 |   <three/>
  |   -------- third
  |
  = versions: 4.0 and later
help: empty both
  |
2 -   <one/>
  |
 --> three.xml:2:4
  |
2 -   <three/>
2 +   <3/>
  |


"]]
    );
}

#[test]
fn overlapping_places() {
    let source = Source::new("a.xml", "<member>192.168.5:1:5701</member>\n");
    let found = at(&source, "192.168.5:1:5701")
        .here("whole entry")
        .label(source.location(span(&source, ":1")), "colon and digit")
        .label(source.location(span(&source, "5:1")), "around it")
        .label(source.location(span(&source, "<member>192.168.5:1:5701</member>")), "element");
    assert_data_eq!(
        frame(found),
        str![[r"
error[some-rule]: the message
 --> a.xml:1:9
  |
1 | <member>192.168.5:1:5701</member>
  | --------^^^^^^^^---^^^^^---------
  | |       |       ||
  | |       |       |colon and digit
  | |       |       around it
  | |       whole entry
  | element


"]]
    );
}

#[test]
fn tabs_and_wide_and_combining_characters() {
    let source = Source::new("a.xml", "\t<m>\t１９２：中</m>q\n<n>e\u{301}e\u{301}</n>y\n");
    let found = at(&source, "：中")
        .here("wide")
        .label(source.location(span(&source, "q")), "behind it")
        .label(source.location(span(&source, "y")), "behind two combined");
    assert_data_eq!(
        // Without its accents: the columns count.
        frame(found).replace('\u{301}', ""),
        str![[r"
error[some-rule]: the message
 --> a.xml:1:9
  |
1 |     <m>    １９２：中</m>q
  |                  ^^^^    - behind it
  |                  |
  |                  wide
2 | <n>ee</n>y
  |          - behind two combined


"]]
    );
}

#[test]
fn a_very_long_line_is_cut_around_its_place() {
    let text = format!("<a>{}<bad/>{}</a>\n", "<good/>".repeat(20_000), "<good/>".repeat(20_000));
    let source = Source::new("a.xml", text);
    let edit = Edit::replace(source.location(span(&source, "bad")), "good");
    let frame = frame(at(&source, "<bad/>").here("this one").fix(Fix::safe("write `good`", edit)));
    assert!(frame.contains("\n1 - ...") && frame.contains("<good/><bad/><good/>"), "{frame}");
    assert!(frame.len() < 2_000, "{} bytes", frame.len());
    assert!(frame.contains("<bad/>") && frame.contains("^^^^^^ this one"), "{frame}");
}

#[test]
fn line_ends_of_windows_leave_no_trace() {
    let source = Source::new("a.xml", "<a>\r\n\t<b/>\r\n</a>\r\n");
    let found = at(&source, "<b/>\r\n").here("x").label(source.location(span(&source, "</a>")), "end");
    let frame =
        frame(found.fix(Fix::safe("remove it", Edit::delete(source.location(span(&source, "<b/>"))))));
    assert!(!frame.contains('\r'), "{frame:?}");
    assert!(frame.contains("a.xml:2:2"), "{frame}");
}

#[test]
fn utf16_is_drawn_as_text() {
    let bytes: Vec<u8> = std::iter::once(0xFEFF_u16)
        .chain("<a>\n<ü b=\"1\"/></a>".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let source = Source::decode("a.xml", bytes).unwrap();
    let frame = frame(at(&source, "b=\"1\"").here("here"));
    assert!(frame.contains("a.xml:2:4") && frame.contains("<ü b=\"1\"/></a>"), "{frame}");
}

#[test]
fn characters_that_repaint_a_terminal_are_shown_harmless() {
    let source = Source::new("a.xml", "<a>\u{1b}[2J\u{202e}</a>\n");
    let frame = frame(at(&source, "</a>").here("end"));
    assert!(!frame.contains('\u{1b}') && !frame.contains('\u{202e}'), "{frame:?}");
}
