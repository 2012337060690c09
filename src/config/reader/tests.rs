//! Forms of files, places of values, and errors for what cannot be read.

use cobnut_diagnostics::{Source, Span};
use proptest::prelude::*;

use super::*;
use crate::parse as parse_config;

const SERVER_2: &str = include_str!("../../../conf/article/server2.xml");

fn error(text: &str) -> (usize, usize, String) {
    let found = read(&Source::new("t.xml", text)).expect_err(text);
    (found.line(), found.column(), found.message().to_owned())
}

#[test]
fn the_articles_fragment_is_read_with_the_places_of_its_text() {
    let source = Source::new("server2.xml", SERVER_2);
    let (config, found) = parse_config(&source);
    assert!(found.is_empty(), "{found:?}");
    let config = config.unwrap();
    assert_eq!(config.document.form(), Form::Fragment { context: "hazelcast/network" });
    let entries: Vec<_> = config
        .network
        .join
        .tcp_ip
        .entries
        .iter()
        .map(|entry| (entry.text.as_str(), source.slice(entry.span), source.position(entry.span.start)))
        .map(|(text, slice, at)| (text, slice, at.line, at.column))
        .collect();
    assert_eq!(
        entries,
        [("192.168.5:1:5701", "192.168.5:1:5701", 7, 17), ("192.168.5.2:5701", "192.168.5.2:5701", 8, 17),]
    );
    assert_eq!(config.network.interfaces.exact_address().unwrap().0.to_string(), "192.168.5.2");
    assert_eq!(
        config
            .pick_address(&["127.0.0.1".parse().unwrap(), "192.168.5.2".parse().unwrap()])
            .unwrap()
            .to_string(),
        "192.168.5.2"
    );
    assert!(*config.network.join.tcp_ip.enabled && !*config.network.join.multicast.enabled);
    assert_eq!((config.network.join.multicast.port.value, config.unused.len()), (54327, 0));
}

#[test]
fn whole_documents_of_any_era_are_read() {
    for root in [
        "<hazelcast>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\">",
        "\u{feff}<?xml version='1.0'?><!-- c --><hazelcast xmlns='urn:any' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b'>",
    ] {
        let text = format!(
            "{root}<group><name> prod </name><password>x</password></group><network><port auto-increment=\"FALSE\" \
             port-count=\"7\"> 5710 </port></network><map name='m'/><properties><property \
             name='hazelcast.heartbeat.interval.seconds'>2</property></properties><import resource='a.xml'/></hazelcast>"
        );
        let source = Source::new("t.xml", text);
        let config = parse_config(&source).0.expect(root);
        assert_eq!(
            (config.cluster_name.value.as_str(), *config.network.port.number),
            ("prod", 5710),
            "{root}"
        );
        assert_eq!(config.cluster_name.span.map(|span| source.slice(span)), Some("prod"));
        assert!(!*config.network.port.auto_increment);
        assert_eq!(*config.network.port.port_count, 7);
        assert_eq!(config.properties.heartbeat_interval().unwrap().as_secs(), 2);
        assert_eq!(config.imports.iter().map(|i| i.value.as_str()).collect::<Vec<_>>(), ["a.xml"]);
        assert_eq!(config.unused.iter().map(|u| u.path.as_str()).collect::<Vec<_>>(), ["hazelcast/map"]);
    }
}

#[test]
fn fragments_find_their_context() {
    let cases = [
        ("<tcp-ip enabled='true'><member>a</member></tcp-ip>", "hazelcast/network/join", 1),
        ("<member>a</member>\n<member>b, c</member>", "hazelcast/network/join/tcp-ip", 3),
        (
            "<network><join><tcp-ip enabled='true'><member>a</member></tcp-ip></join></network>",
            "hazelcast",
            1,
        ),
        (
            "<?xml version='1.0'?>\n<join><tcp-ip enabled='true'><interface>a</interface></tcp-ip></join><port>1</port>",
            "hazelcast/network",
            1,
        ),
        ("\u{feff}<!-- x --><interfaces/><join/>", "hazelcast/network", 0),
        ("<interface>10.0.0.1</interface>", "hazelcast/network/interfaces", 0),
    ];
    for (text, context, targets) in cases {
        let config = parse_config(&Source::new("t.xml", text)).0.expect(text);
        assert_eq!(config.document.form(), Form::Fragment { context }, "{text}");
        assert_eq!(config.dial_targets().len(), targets, "{text}");
    }
}

/// Every name that a row of the table of contexts holds is told to the same place, alone and with its neighbours.
#[test]
fn every_kind_of_fragment_finds_its_context() {
    let rows: [(&str, &[&str]); 4] = [
        (
            "hazelcast/network/join",
            &[
                "multicast",
                "tcp-ip",
                "aws",
                "gcp",
                "azure",
                "kubernetes",
                "eureka",
                "auto-detection",
                "discovery-strategies",
            ],
        ),
        (
            "hazelcast/network",
            &[
                "port",
                "public-address",
                "reuse-address",
                "outbound-ports",
                "join",
                "interfaces",
                "ssl",
                "socket-interceptor",
                "symmetric-encryption",
                "member-address-provider",
                "failure-detector",
                "rest-api",
                "memcache-protocol",
                "tpc-socket",
            ],
        ),
        ("hazelcast/network/join/tcp-ip", &["member", "members", "member-list", "required-member"]),
        ("hazelcast", &["network", "group", "cluster-name", "map", "properties", "import", "lite-member"]),
    ];
    let context = |text: &str| read(&Source::new("t.xml", text)).expect(text).form();
    for (expected, names) in rows {
        let all: Vec<String> = names.iter().map(|name| format!("<{name}/>")).collect();
        let mut texts = all.clone();
        texts.push(all.concat());
        texts.push(all.iter().rev().cloned().collect::<Vec<_>>().join("\n<!-- -->\n"));
        texts.push(format!("<?xml version='1.0' encoding='UTF-8'?>\n{}", all.concat()));
        for text in texts {
            assert_eq!(context(&text), Form::Fragment { context: expected }, "{text}");
        }
    }
    assert_eq!(
        context("<interface>a</interface><member>b</member>"),
        Form::Fragment { context: "hazelcast/network/join/tcp-ip" }
    );
    for mixed in ["<join/><cluster-name/>", "<member/><port/>", "<unheard-of/><join/>"] {
        assert!(read(&Source::new("t.xml", mixed)).is_err(), "{mixed}");
    }
}

#[test]
fn values_keep_their_places_through_comments_references_and_line_ends() {
    let text = "<tcp-ip>\r\n<members>\r\n 10.0.0.<!-- -->1:5701,\r\n &#49;0.0.0.2, <![CDATA[10.0.0.3]]> , n<![CDATA[o]]>de4</members></tcp-ip>";
    let source = Source::new("t.xml", text);
    let config = parse_config(&source).0.unwrap();
    let entries = &config.network.join.tcp_ip.entries;
    let read: Vec<_> = entries.iter().map(|entry| (entry.text.as_str(), source.slice(entry.span))).collect();
    assert_eq!(
        read,
        [
            ("10.0.0.1:5701", "10.0.0.<!-- -->1:5701"),
            ("10.0.0.2", "&#49;0.0.0.2"),
            ("10.0.0.3", "10.0.0.3"),
            ("node4", "n<![CDATA[o]]>de4"),
        ]
    );
}

#[test]
fn what_cannot_be_read_is_an_error_with_a_place() {
    let cases = [
        ("", 1, 1, "empty"),
        ("  \n", 1, 1, "empty"),
        ("\n<?xml version='1.0'?><hazelcast/>", 2, 1, "before the XML declaration"),
        ("<hazelcast>\n  <network>\n", 2, 3, "`<network>` is never closed"),
        ("<hazelcast>\n  <netw", 1, 1, "never closed"),
        (
            "<join>\n<tcp-ip>\n<member>a<member>\n</tcp-ip>\n</join>",
            4,
            1,
            "stands where `</member>` is expected",
        ),
        ("<join/><interfaces>\n<interface>", 2, 1, "`<interface>` is never closed"),
        ("<join></join>\n<interfaces>\n <a b=c/></interfaces>", 3, 7, "malformed"),
        ("<hazelcast a=“x”/>", 1, 14, "typographic"),
        ("<join>\n<tcp–ip enabled='true'/></join>", 2, 5, "typographic dash"),
        ("<join>\n<tcp-ip a='x–y' a='b'/></join>", 2, 17, "written twice"),
        ("<join>\n<!— members —></join>", 2, 3, "typographic dash"),
        ("<hazelcast>\n<!-- a <!-- b --> -->\n</hazelcast>", 2, 10, "--"),
        ("<hazelcast>a & b</hazelcast>", 1, 14, "&"),
        ("<!DOCTYPE hazelcast>\n<hazelcast/>", 1, 1, "document type"),
        ("<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'b'>]><join/>", 1, 22, "document type"),
        ("<hazelcast-client/>", 1, 2, "hazelcast-client"),
        ("<hz:hazelcast xmlns:hz='http://www.hazelcast.com/schema/config'/>", 1, 2, "hz:hazelcast"),
        ("<installation/>", 1, 2, "installation"),
        ("hello", 1, 1, ""),
        ("<hazelcast/><hazelcast/>", 1, 13, ""),
        ("<join/><unheard-of/>", 1, 8, ""),
    ];
    for (text, line, column, part) in cases {
        let (found_line, found_column, message) = error(text);
        assert!(message.contains(part), "{text:?}: {message}");
        assert_eq!((found_line, found_column), (line, column), "{text:?}: {message}");
    }
}

#[test]
fn nesting_and_size_are_bounded() {
    let deep = format!("{}{}", "<network>".repeat(5000), "</network>".repeat(5000));
    assert!(error(&deep).2.contains("nested"), "deep nesting");
    let wide = format!("<hazelcast>{}</hazelcast>", "<a/>".repeat(300_000));
    assert!(error(&wide).2.contains("more elements"), "many elements");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn mutated_files_never_panic_and_places_fit(
        edits in proptest::collection::vec((0_usize..1200, 0_usize..12, "[<>/&;'\"a1.:\\-!\\[\\] \n\u{feff}：?]{0,4}"), 1..6),
        cut in proptest::option::of(0_usize..1200),
    ) {
        let mut text = SERVER_2.to_owned();
        for (at, length, with) in edits {
            let start = text.floor_char_boundary(at);
            let end = text.floor_char_boundary(start + length);
            text.replace_range(start..end, &with);
        }
        if let Some(cut) = cut {
            text.truncate(text.floor_char_boundary(cut));
        }
        let source = Source::new("t.xml", text.as_str());
        let (config, found) = parse_config(&source);
        prop_assert!(config.is_some() || !found.is_empty());
        for diagnostic in &found {
            prop_assert!(diagnostic.line() <= source.line_count() + 1);
        }
        if let Some(config) = config {
            for id in config.document.ids() {
                let span = config.document.element(id).span;
                prop_assert!(text.get(span.range()).is_some_and(|raw| raw.starts_with('<') && raw.ends_with('>')));
                let _path = config.document.path(id);
                let _text = config.document.trimmed_text(id);
            }
            let _targets = config.dial_targets();
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let source = Source::new("t.xml", text);
        let (_, found) = parse_config(&source);
        for diagnostic in found {
            prop_assert!(source.text().get(Span::new(diagnostic.span().start, diagnostic.span().end).range()).is_some());
        }
    }
}
