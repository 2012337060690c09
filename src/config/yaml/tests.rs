//! YAML says the same as XML, its values keep their places, and what cannot be read is an error with a place.

use std::fmt::Write as _;

use cobnut_diagnostics::Source;
use proptest::prelude::*;

use crate::{Config, Syntax, parse, refusals};

const WHOLE: &str = r#"
hazelcast:
  cluster-name: "prod # one"
  instance-name: n1
  network:
    public-address: 10.0.0.1:5702
    port:
      port: 5710
      auto-increment: False
      port-count: 0x14
    reuse-address: true
    outbound-ports:
      - 33000-35000
      - "37000"
    join:
      auto-detection: { enabled: false }
      multicast:
        enabled: false
        loopback-mode-enabled: true
        multicast-group: 224.2.2.9
        multicast-port: 54328
        multicast-timeout-seconds: 3
        multicast-time-to-live: 16
        trusted-interfaces: [10.0.0.*, 10.0.1.1]
      tcp-ip:
        enabled: TRUE
        connection-timeout-seconds: 7
        member-list:
          - 10.0.0.2   # the other
          - "[fe80::1]:5701"
          - '10.0.0.4:5702'
        members: 10.0.0.5, 10.0.0.6:5703
        interface: 10.0.0.7
      kubernetes:
        enabled: false
        service-dns: x
      discovery-strategies:
        node-filter:
          class: F
        discovery-strategies:
          - class: S
            enabled: false
            properties: { key: value }
    interfaces:
      enabled: true
      interfaces:
        - 10.0.0.1
    ssl:
      enabled: false
      factory-class-name: C
      properties:
        keyStore: ks.jks
        keyStorePassword: "1234"
    symmetric-encryption:
      enabled: false
      algorithm: DES
      iteration-count: 7
    rest-api:
      enabled: true
      endpoint-groups:
        CLUSTER_READ:
          enabled: true
        DATA:
          enabled: false
    memcache-protocol:
      enabled: false
    failure-detector:
      icmp:
        enabled: false
        timeout-milliseconds: 999
  properties:
    hazelcast.heartbeat.interval.seconds: 2
    hazelcast.merge.first.run.delay.seconds: "30"
    hazelcast.socket.bind.any: false
  map:
    default:
      backup-count: 2
      eviction: { eviction-policy: LRU, size: 100, max-size-policy: PER_NODE }
      merge-policy:
        class-name: PassThroughMergePolicy
        batch-size: 50
    "Routing*":
      time-to-live-seconds: 5
  lite-member:
    enabled: false
  partition-group:
    enabled: true
    group-type: CUSTOM
    member-group:
      - [10.0.0.1, 10.0.0.2]
      - - 10.0.0.3
  split-brain-protection:
    q1: { enabled: true, minimum-cluster-size: 2 }
  import:
    - a.yaml
    - b.yaml
"#;

const SAME: &str = r#"<hazelcast xmlns="http://www.hazelcast.com/schema/config">
<cluster-name>prod # one</cluster-name><instance-name>n1</instance-name>
<network><public-address>10.0.0.1:5702</public-address>
<port auto-increment="false" port-count="20">5710</port><reuse-address>true</reuse-address>
<outbound-ports><ports>33000-35000</ports><ports>37000</ports></outbound-ports>
<join><auto-detection enabled="false"/>
<multicast enabled="false" loopbackModeEnabled="true"><multicast-group>224.2.2.9</multicast-group>
<multicast-port>54328</multicast-port><multicast-timeout-seconds>3</multicast-timeout-seconds>
<multicast-time-to-live>16</multicast-time-to-live>
<trusted-interfaces><interface>10.0.0.*</interface><interface>10.0.1.1</interface></trusted-interfaces></multicast>
<tcp-ip enabled="true" connection-timeout-seconds="7"><member-list><member>10.0.0.2</member>
<member>[fe80::1]:5701</member><member>10.0.0.4:5702</member></member-list>
<members>10.0.0.5, 10.0.0.6:5703</members><interface>10.0.0.7</interface></tcp-ip>
<kubernetes enabled="false"><service-dns>x</service-dns></kubernetes>
<discovery-strategies><node-filter class="F"/><discovery-strategy class="S" enabled="false"><properties>
<property name="key">value</property></properties></discovery-strategy></discovery-strategies></join>
<interfaces enabled="true"><interface>10.0.0.1</interface></interfaces>
<ssl enabled="false"><factory-class-name>C</factory-class-name><properties><property name="keyStore">ks.jks</property>
<property name="keyStorePassword">1234</property></properties></ssl>
<symmetric-encryption enabled="false"><algorithm>DES</algorithm><iteration-count>7</iteration-count></symmetric-encryption>
<rest-api enabled="true"><endpoint-group name="CLUSTER_READ" enabled="true"/><endpoint-group name="DATA" enabled="false"/>
</rest-api><memcache-protocol enabled="false"/>
<failure-detector><icmp enabled="false"><timeout-milliseconds>999</timeout-milliseconds></icmp></failure-detector></network>
<properties><property name="hazelcast.heartbeat.interval.seconds">2</property>
<property name="hazelcast.merge.first.run.delay.seconds">30</property>
<property name="hazelcast.socket.bind.any">false</property></properties>
<map name="default"><backup-count>2</backup-count><eviction eviction-policy="LRU" size="100" max-size-policy="PER_NODE"/>
<merge-policy batch-size="50">PassThroughMergePolicy</merge-policy></map>
<map name="Routing*"><time-to-live-seconds>5</time-to-live-seconds></map><lite-member enabled="false"/>
<partition-group enabled="true" group-type="CUSTOM"><member-group><interface>10.0.0.1</interface><interface>10.0.0.2</interface>
</member-group><member-group><interface>10.0.0.3</interface></member-group></partition-group>
<split-brain-protection name="q1" enabled="true"><minimum-cluster-size>2</minimum-cluster-size></split-brain-protection>
<import resource="a.yaml"/><import resource="b.yaml"/></hazelcast>"#;

fn config(name: &str, text: &str) -> Config {
    let (config, found) = parse(&Source::new(name, text));
    config.unwrap_or_else(|| panic!("{text}: {found:?}"))
}

/// Everything that a document says, without places.
fn outline(config: &Config) -> Vec<String> {
    let document = &config.document;
    document
        .ids()
        .map(|id| {
            let element = document.element(id);
            let mut attributes: Vec<_> = element
                .attributes
                .iter()
                .map(|attribute| format!(" {}={}", attribute.name.value, attribute.value.value))
                .collect();
            attributes.sort();
            format!("{}{} {}", document.path(id), attributes.concat(), document.trimmed_text(id).value)
        })
        .collect()
}

#[test]
fn every_shape_means_what_xml_means() {
    let (yaml, xml) = (config("hazelcast.yaml", WHOLE), config("hazelcast.xml", SAME));
    let (mut left, mut right) = (outline(&yaml), outline(&xml));
    left.sort();
    right.sort();
    assert_eq!(left, right);
    assert_eq!((yaml.document.syntax(), xml.document.syntax()), (Syntax::Yaml, Syntax::Xml));
    let targets = |config: &Config| -> Vec<_> {
        config.dial_targets().into_iter().map(|target| (target.host, target.ports)).collect()
    };
    assert_eq!(targets(&yaml), targets(&xml));
    assert_eq!(yaml.network.outbound_ports.items.len(), 2);
    assert_eq!(
        yaml.imports.iter().map(|import| import.value.as_str()).collect::<Vec<_>>(),
        ["a.yaml", "b.yaml"]
    );
    assert_eq!(refusals(&yaml), []);
}

#[test]
fn values_keep_their_places() {
    let text = "hazelcast:\r\n  cluster-name: 'it''s'\r\n  network:\r\n    port: {port: 0x1645}\r\n    join:\r\n      tcp-ip:\r\n        \
                members: \"10.0.0.1,\\u0020 10.0.0.2:57\\\r\n          01, b\"\r\n        member-list: [ä.example,\r\n          'c']\r\n  \
                properties:\r\n    a: >-\r\n      one\r\n      two\r\n";
    let source = Source::new("h.yml", text);
    let config = parse(&source).0.unwrap();
    let entries: Vec<_> = config.network.join.tcp_ip.entries.iter().collect();
    let read: Vec<_> = entries.iter().map(|entry| (entry.text.as_str(), source.slice(entry.span))).collect();
    assert_eq!(
        read,
        [
            ("10.0.0.1", "10.0.0.1"),
            ("10.0.0.2:5701", "10.0.0.2:57\\\r\n          01"),
            ("b", "b"),
            ("ä.example", "ä.example"),
            ("c", "c"),
        ]
    );
    assert_eq!(config.cluster_name.value, "it's");
    assert_eq!(config.cluster_name.span.map(|span| source.slice(span)), Some("it''s"));
    assert_eq!(*config.network.port.number, 5701);
    assert_eq!(config.network.port.number.span.map(|span| source.slice(span)), Some("0x1645"));
    assert_eq!(config.properties.value("a").map(|value| value.value.as_str()), Some("one two"));
}

#[test]
fn aliases_stand_for_their_anchors() {
    let text = "hazelcast:\n  network: &net\n    join:\n      tcp-ip:\n        enabled: &on true\n        member-list: [10.0.0.2]\n    interfaces:\n      enabled: *on\n";
    let config = config("h.yaml", text);
    assert!(*config.network.interfaces.enabled && *config.network.join.tcp_ip.enabled);
    assert_eq!(config.dial_targets().len(), 1);
}

#[test]
fn yaml_is_known_by_name_or_by_its_beginning() {
    let text = "# ours\n---\nhazelcast:\n  cluster-name: a\n";
    for name in ["h.yaml", "H.YML", "<stdin>", "config"] {
        assert_eq!(config(name, text).cluster_name.value, "a", "{name}");
    }
    assert!(parse(&Source::new("h.xml", text)).0.is_none());
    assert_eq!(config("<stdin>", "\u{feff}hazelcast: {cluster-name: b}").cluster_name.value, "b");
    assert_eq!(config("<stdin>", "<hazelcast/>").document.syntax(), Syntax::Xml);
    assert_eq!(config("<stdin>", "<!-- hazelcast: x --><hazelcast/>").document.syntax(), Syntax::Xml);
}

#[test]
fn keys_beside_the_root_are_kept_for_the_rules() {
    let config = config("h.yaml", "hazelcast:\n  cluster-name: a\nmap:\n  x: {}\n");
    assert_eq!(
        config.document.beside_root().iter().map(|key| key.value.as_str()).collect::<Vec<_>>(),
        ["map"]
    );
    assert_eq!(config.maps.len(), 0);
}

#[test]
fn what_cannot_be_read_is_an_error_with_a_place() {
    let cases = [
        ("", 1, 1, "empty"),
        ("# nothing\n", 1, 1, "empty"),
        ("- hazelcast\n", 1, 1, "no mapping with the key"),
        ("network:\n  port: 1\n", 1, 1, "no top key"),
        ("hazelcast-client:\n  a: b\n", 1, 1, "of a client"),
        ("hazelcast:\n  a: b\nhazelcast-client:\n  a: b\n", 3, 1, "for a member and for a client"),
        ("hazelcast:\n", 1, 1, "`hazelcast` has no value"),
        ("hazelcast:\n  network:\n  join:\n    a: b\n", 2, 3, "`network` has no value"),
        ("hazelcast:\n  a: 1\n  b: 2\n  a: 3\n", 4, 3, "`a` stands twice"),
        ("hazelcast:\n  network:\n\tport: 1\n", 3, 1, "a tab indents"),
        ("hazelcast:\n  map:\n    *abc: {}\n", 3, 5, "begins an alias"),
        (
            "hazelcast:\n  network:\n    join:\n      tcp-ip:\n        member-list:\n          - [fe80::1]:5701\n",
            6,
            22,
            "malformed",
        ),
        (
            "hazelcast:\n  network:\n    join:\n      tcp-ip:\n        member-list:\n          - [fe80::1]\n",
            6,
            13,
            "a list stands where `member` needs a text",
        ),
        (
            "hazelcast:\n  network:\n    join:\n      tcp-ip:\n        member-list:\n          - 10.0.0.1: 5701\n",
            6,
            13,
            "a mapping stands where `member`",
        ),
        ("hazelcast: &a\n  b: *a\n", 2, 6, "inside of what it stands for"),
        ("hazelcast:\n  a: b\n---\nhazelcast:\n", 3, 1, "second document"),
        ("hazelcast:\n  \"a: b\n", 2, 3, "malformed"),
        ("hazelcast:\n  a: b\n c: d\n", 3, 2, "malformed"),
        ("hazelcast:\n  ? [a]\n  : b\n", 2, 5, "where a key is expected"),
    ];
    for (text, line, column, part) in cases {
        let (config, found) = parse(&Source::new("h.yaml", text));
        assert!(config.is_none() && found.len() == 1, "{text:?}: {found:?}");
        let at = (found[0].line(), found[0].column());
        assert!(found[0].message().contains(part), "{text:?}: {}", found[0].message());
        assert_eq!(at, (line, column), "{text:?}: {}", found[0].message());
    }
}

#[test]
fn nesting_size_and_aliases_are_bounded() {
    let message = |text: &str| parse(&Source::new("h.yaml", text)).1[0].message().to_owned();
    assert!(message(&format!("hazelcast: {}", "[".repeat(5000))).contains("nested"));
    assert!(message(&format!("hazelcast: [{}]", "a,".repeat(300_000))).contains("more than"));
    let mut laughs = "hazelcast:\n  a0: &a0 {x: 1}\n".to_owned();
    for level in 1..30 {
        let below = level - 1;
        writeln!(laughs, "  a{level}: &a{level} {{x: *a{below}, y: *a{below}}}").unwrap();
    }
    assert!(message(&laughs).contains("more than"));
    let mut chain = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..60_000 {
        writeln!(chain, "a{level}: &a{level} {{x: *a{}}}", level - 1).unwrap();
    }
    chain.push_str("hazelcast: *a59999\n");
    assert!(message(&chain).contains("nested"));
    let long = "x".repeat(1 << 20);
    let copies = "*t,".repeat(200);
    let texts = format!("t: &t {long}\nhazelcast:\n  properties: {{a: *t}}\n  listeners: [{copies}]\n");
    assert!(message(&texts).contains("too long"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn mutated_files_never_panic_and_places_fit(
        edits in proptest::collection::vec((0_usize..2600, 0_usize..12, "[-:#'\"a1.*&!|>{}\\[\\],\\\\ \t\n\u{feff}ä?]{0,4}"), 1..6),
        cut in proptest::option::of(0_usize..2600),
    ) {
        let mut text = WHOLE.to_owned();
        for (at, length, with) in edits {
            let start = text.floor_char_boundary(at.min(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            text.replace_range(start..end, &with);
        }
        if let Some(cut) = cut {
            text.truncate(text.floor_char_boundary(cut.min(text.len())));
        }
        check(&text)?;
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}", below in any::<bool>()) {
        check(&text)?;
        if below {
            check(&format!("hazelcast:\n  network:\n    port: {text}\n"))?;
        }
    }
}

/// Every place lies in the text, at character boundaries.
fn check(text: &str) -> Result<(), TestCaseError> {
    let source = Source::new("h.yaml", text);
    let (config, found) = parse(&source);
    prop_assert!(config.is_some() || !found.is_empty());
    for diagnostic in &found {
        prop_assert!(text.get(diagnostic.span().range()).is_some(), "{:?}", diagnostic);
    }
    let Some(config) = config else { return Ok(()) };
    for id in config.document.ids() {
        let element = config.document.element(id);
        let mut spans = vec![element.span, element.name_span, config.document.trimmed_text(id).span];
        for attribute in &element.attributes {
            spans.extend([attribute.span, attribute.name.span, attribute.value.span]);
        }
        for (at, character) in element.text.value().char_indices() {
            spans.push(config.document.text_span(id, at..at + character.len_utf8()));
        }
        for span in spans {
            prop_assert!(text.get(span.range()).is_some(), "{:?} in {}", span, element.name);
        }
    }
    let _targets = config.dial_targets();
    Ok(())
}
