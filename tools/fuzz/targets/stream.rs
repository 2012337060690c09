//! Bytes of a client: the same stanzas come out however TCP cuts them, and no stanza is larger than its limit.
#![no_main]

use cobnut_xmpp_proto::stream::{ManagementRequest, ManagementVersion};
use cobnut_xmpp_proto::xml::{StreamEvent, StreamParser, XmlError, XmlLimits, write_stanza};

libfuzzer_sys::fuzz_target!(|data: &[u8]| stream(data));

const LIMITS: XmlLimits = XmlLimits { stanza_bytes: 4096, depth: 8 };

fn stream(data: &[u8]) {
    let Some((&step, data)) = data.split_first() else { return };
    let whole = events(&[data]);
    let pieces: Vec<&[u8]> = data.chunks(usize::from(step) + 1).collect();
    let cut = events(&pieces);
    // An error may be noticed only with the next bytes.
    assert_eq!(whole.0, cut.0, "the events depend on where the bytes are cut");
    for event in whole.0 {
        let StreamEvent::Stanza(stanza) = event else { continue };
        if ManagementVersion::of(&stanza).is_some() {
            std::hint::black_box(ManagementRequest::read(&stanza));
        }
        // What is written is read again as what it was.
        let mut written = b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>".to_vec();
        write_stanza(&stanza, &mut written);
        let again = events(&[&written]);
        if let (Some(StreamEvent::Stanza(read)), None) = (again.0.get(1), &again.1) {
            assert_eq!(*read, stanza);
        }
    }
}

fn events(pieces: &[&[u8]]) -> (Vec<StreamEvent>, Option<XmlError>) {
    let mut parser = StreamParser::new(LIMITS);
    let mut events = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            match parser.next_event(&mut input) {
                Ok(Some(event)) => {
                    let is_end = event == StreamEvent::End;
                    events.push(event);
                    if is_end {
                        return (events, None);
                    }
                }
                Ok(None) => break,
                Err(err) => return (events, Some(err)),
            }
        }
    }
    (events, None)
}
