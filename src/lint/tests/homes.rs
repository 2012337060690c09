//! Openfire homes: sound ones are clean, and the article's database on server 1 is found where each node looks for it.

use cobnut_diagnostics::{Diagnostic, Severity, Source};
use cobnut_lint::{Input, NodeInput, Options, lint};
use proptest::prelude::*;

/// What Openfire writes at the end of its setup, with the encrypted credentials of a default `security.xml`.
const OPENFIRE_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<jive>
  <adminConsole>
    <!-- Disable either port by setting the value to -1 -->
    <port>9090</port>
    <securePort>9091</securePort>
  </adminConsole>
  <locale>en</locale>
  <connectionProvider>
    <className>org.jivesoftware.database.DefaultConnectionProvider</className>
  </connectionProvider>
  <database>
    <defaultProvider>
      <driver>com.mysql.cj.jdbc.Driver</driver>
      <serverURL>jdbc:mysql://DATABASE:3306/openfire?rewriteBatchedStatements=true&amp;characterEncoding=UTF-8</serverURL>
      <username encrypted="true">10d847caed2654fbb1fe6cefac0f381893323ae6b5eea27d31503d5880091fca</username>
      <password encrypted="true">30c1893796e0110fc4607c8b1bca0d0e54f10b270c4615d3</password>
      <testSQL>select 1</testSQL>
      <testBeforeUse>false</testBeforeUse>
      <testAfterUse>false</testAfterUse>
      <testTimeout>500</testTimeout>
      <timeBetweenEvictionRuns>30000</timeBetweenEvictionRuns>
      <minIdleTime>900000</minIdleTime>
      <maxWaitTime>500</maxWaitTime>
      <minConnections>5</minConnections>
      <maxConnections>25</maxConnections>
      <connectionTimeout>1.0</connectionTimeout>
    </defaultProvider>
  </database>
  <setup>true</setup>
  <fqdn>NAME</fqdn>
  <clustering>
    <enabled>true</enabled>
  </clustering>
</jive>
"#;

const SECURITY_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<security>
  <encrypt>
    <algorithm>Blowfish</algorithm>
    <key>
      <current/>
    </key>
    <property>
      <name>database.defaultProvider.username</name>
      <name>database.defaultProvider.password</name>
    </property>
  </encrypt>
</security>
"#;

const HAZELCAST: [&str; 2] = [
    include_str!("../../../conf/two-nodes/server1.xml"),
    include_str!("../../../conf/two-nodes/server2.xml"),
];

/// Two nodes whose database is where each says it is.
fn cluster(databases: [&str; 2], edit: impl Fn(usize, String) -> String) -> Input {
    let node = |index: usize| {
        let label = format!("server{}", index + 1);
        let file = |path: &str, text: String| Source::new(format!("{label}/{path}"), text);
        let openfire = OPENFIRE_XML.replace("DATABASE", databases[index]).replace("NAME", &label);
        let hazelcast = file("conf/hazelcast-local-config.xml", HAZELCAST[index].to_owned());
        let mut node = NodeInput::of_file(hazelcast, label.clone());
        node.openfire_xml = Some(file("conf/openfire.xml", edit(index, openfire)));
        node.security_xml = Some(file("conf/security.xml", SECURITY_XML.to_owned()));
        node.file_names = vec!["conf/openfire.xml".to_owned(), "conf/security.xml".to_owned()];
        node
    };
    Input { nodes: vec![node(0), node(1)], balancers: Vec::new() }
}

fn notable(input: &Input) -> Vec<String> {
    let found = lint(input, &Options::default());
    let notable = found.iter().filter(|found| found.severity() > Severity::Info);
    notable.map(Diagnostic::to_string).collect()
}

#[test]
fn a_sound_cluster_is_clean() {
    assert_eq!(notable(&cluster(["192.168.5.1", "192.168.5.1"], |_, text| text)), Vec::<String>::new());
}

#[test]
fn the_database_of_server_1_may_be_called_localhost_there_and_nowhere_else() {
    let rules = |databases| {
        let found = lint(&cluster(databases, |_, text| text), &Options::default());
        found
            .iter()
            .filter(|found| found.severity() > Severity::Info)
            .map(Diagnostic::rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(rules(["localhost", "192.168.5.1"]), Vec::<&str>::new());
    assert_eq!(rules(["127.0.0.1", "192.168.5.1"]), Vec::<&str>::new());
    assert_eq!(rules(["localhost", "db.example.org"]), Vec::<&str>::new());
    assert_eq!(rules(["192.168.5.1", "localhost"]), ["database-mismatch"]);
    assert_eq!(rules(["localhost", "192.168.5.9"]), ["database-mismatch"]);
    assert_eq!(rules(["192.168.5.1", "192.168.5.2"]), ["database-mismatch"]);
    assert_eq!(rules(["db1.example.org", "db2.example.org"]), ["database-mismatch"]);
    assert_eq!(rules(["localhost", "localhost"]), ["local-databases"]);
}

#[test]
fn rules_across_nodes_look_into_imported_files() {
    let mut input = cluster(["192.168.5.1", "192.168.5.1"], |_, text| text);
    for (index, node) in input.nodes.iter_mut().enumerate() {
        let local = node.hazelcast.take().unwrap();
        let count =
            ["", "<properties><property name=\"hazelcast.partition.count\">271</property></properties>"]
                [index];
        let local =
            Source::new(local.name(), local.text().replace("</hazelcast>", &format!("{count}</hazelcast>")));
        let resource = "/opt/openfire/conf/hazelcast-local-config.xml";
        node.imports.push((resource.to_owned(), local));
        let text = format!(
            "<hazelcast xmlns=\"http://www.hazelcast.com/schema/config\"><import resource=\"{resource}\"/></hazelcast>"
        );
        node.hazelcast = Some(Source::new(format!("server{}/hazelcast-cache-config.xml", index + 1), text));
    }
    let found = lint(&input, &Options::default());
    let mismatch = found.iter().find(|found| found.rule() == "partition-count-mismatch").unwrap();
    assert_eq!(mismatch.source().name(), "server2/conf/hazelcast-local-config.xml");
}

#[test]
fn one_slip_is_one_finding() {
    let cases = [
        ("<enabled>true</enabled>", "<enabeld>true</enabeld>", "misspelt-openfire-property"),
        ("<enabled>true</enabled>", "<enabled>on</enabled>", "invalid-openfire-value"),
        ("<fqdn>server2</fqdn>", "<sasl><mechz>PLAIN</mechz></sasl>", "misspelt-openfire-property"),
        ("<fqdn>server2</fqdn>", "<sasl><mechs>PLAIN</mechs></sasl>", ""),
        ("<setup>true</setup>", "<setup>false</setup>", "setup-not-finished"),
        ("<securePort>9091", "<securePort>9090", "console-port-clash"),
        ("<minConnections>5<", "<minConnections>50<", "swapped-pool-bounds"),
        ("com.mysql.cj.jdbc.Driver", "org.postgresql.Driver", "driver-mismatch"),
        ("<fqdn>server2</fqdn>", "<oneTimeAccessToken>x</oneTimeAccessToken>", "one-time-token-left"),
        ("30c1893796e0110f", "30c1893796e0110e", ""),
        ("jdbc:mysql:", "jdbc:oracle:", "unusable-database-url"),
        ("</jive>", "", "openfire-syntax"),
    ];
    for (from, to, expected) in cases {
        let input = cluster(["192.168.5.1", "192.168.5.1"], |index, text| {
            assert!(index == 0 || text.contains(from), "{from}");
            if index == 1 { text.replacen(from, to, 1) } else { text }
        });
        let found = lint(&input, &Options::default());
        let mut rules: Vec<&str> = found
            .iter()
            .filter(|found| found.severity() > Severity::Info)
            .map(Diagnostic::rule)
            .filter(|rule| *rule != "openfire-undecryptable")
            .collect();
        rules.sort_unstable();
        let mut expected: Vec<&str> = expected.split_whitespace().collect();
        expected.sort_unstable();
        assert_eq!(rules, expected, "{to}: {found:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn mutated_files_are_judged_without_panic(
        edits in proptest::collection::vec((0_usize..1800, 0_usize..8, "[<>/&;'\" a0:=?#{}\\-\n]{0,4}"), 1..6),
        store in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mutate = |text: String| {
            let mut text = text;
            for (at, length, with) in &edits {
                let (start, end) = (text.floor_char_boundary(*at), text.floor_char_boundary(at + length));
                text.replace_range(start..end, with);
            }
            text
        };
        let mut input = cluster(["192.168.5.1", "localhost"], |_, text| mutate(text));
        input.nodes[0].security_xml = Some(Source::new("security.xml", mutate(SECURITY_XML.to_owned())));
        for magic in [&[][..], &[0xFE, 0xED, 0xFE, 0xED, 0, 0, 0, 2], &[0x30, 0x82]] {
            let bytes = [magic, &store].concat();
            input.nodes[1].keystores.push(("resources/security/keystore".to_owned(), bytes));
        }
        for text in [include_str!("../../../conf/haproxy.cfg"), include_str!("../../../conf/nginx-stream.conf")] {
            input.balancers.push(Source::new("balancer", mutate(text.to_owned())));
        }
        let found = lint(&input, &Options { now: Some(0), ..Options::default() });
        for finding in &found {
            let span = finding.span();
            prop_assert!(span.end <= finding.source().text().len(), "{finding}");
        }
    }
}
