//! Imports, variables and replacers as Hazelcast treats them.

use std::collections::HashMap;

use cobnut_diagnostics::{Diagnostic, Severity, Source};

use crate::{Config, ImportError, Surroundings, parse, parse_with, refusals};

#[derive(Default)]
struct World {
    files: HashMap<String, Source>,
    variables: HashMap<String, String>,
}

impl World {
    fn new(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Self {
        let owned = |text: &str| text.to_owned();
        Self {
            files: files.iter().map(|(name, text)| (owned(name), Source::new(*name, *text))).collect(),
            variables: variables.iter().map(|(name, value)| (owned(name), owned(value))).collect(),
        }
    }

    fn read(&self, text: &str) -> (Option<Config>, Vec<Diagnostic>) {
        parse_with(&Source::new("main.xml", text), self)
    }
}

impl Surroundings for World {
    fn import(&self, resource: &str) -> Result<Source, ImportError> {
        self.files
            .get(resource)
            .cloned()
            .ok_or_else(|| ImportError::NotFound { tried: vec![format!("/{resource}")] })
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn secret_file(&self, path: &str) -> Option<Vec<u8>> {
        (path == "pw").then(|| b"secret\n".to_vec())
    }
}

fn summary(found: &[Diagnostic]) -> Vec<String> {
    found
        .iter()
        .map(|finding| {
            let (rule, file) = (finding.rule(), finding.source().name());
            format!("{file}:{}:{} {rule} {}", finding.line(), finding.column(), finding.location().text())
        })
        .collect()
}

#[test]
fn imports_stand_in_place_and_keep_their_file() {
    let world = World::new(
        &[
            (
                "/of/conf/local.xml",
                "<hazelcast>\n<group><name>g</name></group>\n<import resource='net.xml'/></hazelcast>",
            ),
            ("net.xml", "<anything><network><port>5710</port></network></anything>"),
        ],
        &[("openfireHome", "/of")],
    );
    let (config, found) = world.read(
        "<hazelcast><map name='a'/><import resource='${openfireHome}/conf/local.xml'/><properties><property \
         name='hazelcast.max.join.seconds'>9</property></properties></hazelcast>",
    );
    assert_eq!(summary(&found), [""; 0]);
    let config = config.unwrap();
    let document = &config.document;
    let root = document.element(document.roots()[0]);
    let names: Vec<_> = root.children.iter().map(|&id| document.element(id).name.as_str()).collect();
    assert_eq!(names, ["map", "group", "network", "properties"]);
    let place = config.sources.location(config.cluster_name.span.unwrap());
    assert_eq!((place.source().name(), place.start().line, place.text()), ("/of/conf/local.xml", 2, "g"));
    let place = config.sources.location(config.network.port.number.span.unwrap());
    assert_eq!((place.source().name(), place.text(), *config.network.port.number), ("net.xml", "5710", 5710));
    assert_eq!(
        config.sources.iter().map(Source::name).collect::<Vec<_>>(),
        ["main.xml", "/of/conf/local.xml", "net.xml"]
    );
    assert_eq!((config.imports.len(), config.properties.max_join().as_secs()), (0, 9));
    for id in document.ids() {
        let raw = config.sources.slice(document.element(id).span);
        assert!(raw.starts_with('<') && raw.ends_with('>'), "{raw}");
        let parent = document.element(id).parent;
        assert!(parent.is_none_or(|parent| document.element(parent).children.contains(&id)));
    }
}

#[test]
fn an_imported_fragment_gets_the_elements_that_it_lacks() {
    let files = [
        ("join.xml", "<join><tcp-ip enabled='true'><member>a</member></tcp-ip></join>\n<port>7</port>"),
        ("members.xml", "<member>b</member><member>c</member>"),
    ];
    let world = World::new(&files, &[]);
    let read = |name: &str| world.read(&format!("<hazelcast><import resource='{name}'/></hazelcast>"));
    let (config, found) = read("join.xml");
    let config = config.unwrap();
    assert_eq!(summary(&found), ["join.xml:1:2 fragment join"]);
    assert_eq!((config.dial_targets().len(), *config.network.port.number), (1, 7));
    assert_eq!(refusals(&config), []);
    let config = read("members.xml").0.unwrap();
    assert!(*config.network.join.tcp_ip.enabled);
    let entries = &config.network.join.tcp_ip.entries;
    assert_eq!(entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(config.sources.location(entries[1].span).start().column, 27);
}

#[test]
fn imports_that_hazelcast_refuses_are_errors_and_no_server_starts_on_them() {
    let world = World::new(
        &[
            ("a.xml", "<hazelcast><import resource='b.xml'/></hazelcast>"),
            ("b.xml", "<hazelcast><import resource='a.xml'/></hazelcast>"),
            ("c.xml", "<hazelcast/>"),
            ("self.xml", "<hazelcast><import resource='main.xml'/></hazelcast>"),
            ("main.xml", ""),
            ("broken.xml", "<hazelcast>\n<network>"),
            ("other.xml", "<other><import resource='c.xml'/></other>"),
        ],
        &[],
    );
    let cases = [
        ("<import resource='gone.xml'/>", "main.xml:1:30 import-not-found gone.xml"),
        ("<import resource=' '/>", "main.xml:1:13 import-not-found import"),
        ("<import/>", "main.xml:1:13 import-not-found import"),
        ("<import resource='a.xml'/>", "b.xml:1:30 repeated-import a.xml"),
        ("<import resource='c.xml'/><import resource='c.xml'/>", "main.xml:1:56 repeated-import c.xml"),
        ("<import resource='self.xml'/>", "self.xml:1:30 repeated-import main.xml"),
        ("<network><import resource='c.xml'/></network>", "main.xml:1:22 nested-import import"),
        ("<import resource='other.xml'/>", "other.xml:1:9 nested-import import"),
        ("<import resource='broken.xml'/>", "broken.xml:2:1 malformed-xml <network"),
    ];
    for (text, expected) in cases {
        let (config, found) = world.read(&format!("<hazelcast>{text}</hazelcast>"));
        assert_eq!(summary(&found), [expected], "{text}");
        assert_eq!(refusals(&config.expect(text)), found, "{text}");
    }
    let (config, found) =
        parse(&Source::new("t.xml", "<hazelcast><import resource='gone.xml'/></hazelcast>"));
    assert_eq!((config.unwrap().imports.len(), found.len()), (1, 0), "nothing is known of imports");
    let twice = "<hazelcast><import resource='a'/><import resource='a'/></hazelcast>";
    assert_eq!(summary(&parse(&Source::new("t.xml", twice)).1), ["t.xml:1:52 repeated-import a"]);
}

#[test]
fn variables_are_replaced_in_texts_and_attributes_and_keep_their_places() {
    let world = World::new(
        &[],
        &[
            ("ip", "10.0.0.7"),
            ("n", "5"),
            ("on", "true"),
            ("two", "10.0.0.1,10.0.0.2"),
            ("outer", "${n}"),
            ("deep", "${outer}"),
        ],
    );
    let text = "<tcp-ip enabled='${on}'>\n<member> ${ip}:570${n} </member><member>a,${two}</member>\
                <member>&#36;{ip}</member><member>${deep}</member></tcp-ip>";
    let (config, found) = world.read(text);
    let config = config.unwrap();
    assert!(*config.network.join.tcp_ip.enabled);
    let read: Vec<_> = config
        .network
        .join
        .tcp_ip
        .entries
        .iter()
        .map(|entry| (entry.text.as_str(), config.sources.slice(entry.span)))
        .collect();
    let expected = [
        ("10.0.0.7:5705", "${ip}:570${n}"),
        ("a", "a"),
        ("10.0.0.1", "${two}"),
        ("10.0.0.2", "${two}"),
        ("10.0.0.7", "&#36;{ip}"),
        // Two passes, so one more level of what a value refers to.
        ("${n}", "${deep}"),
    ];
    assert_eq!(read, expected);
    assert_eq!(summary(&found), ["main.xml:2:92 variable-without-value ${deep}"]);
}

/// What Hazelcast 4.2 and 5.3 make of the same texts; 3.12 differs in the second case, where it stops after one pass.
#[test]
fn values_become_what_hazelcast_makes_of_them() {
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 11] = [
        ("${x}", &[("x", "1")], "1"),
        ("${x}", &[("x", "${y}"), ("y", "2")], "2"),
        ("${x}", &[("x", "${y}"), ("y", "${z}"), ("z", "3")], "${z}"),
        ("${q}", &[], "${q}"),
        ("${q:5}", &[("q", "1")], "${q:5}"),
        ("${a${x}}", &[("x", "1"), ("a1", "7"), ("a${x", "8")], "8}"),
        ("${<!-- -->x}", &[("x", "1")], "${x}"),
        ("p${x}<!-- c -->${x}", &[("x", "1")], "p11"),
        ("${<![CDATA[x]]>}", &[("x", "1")], "${x}"),
        ("<![CDATA[a${x}]]>&amp;", &[("x", "1")], "a1&"),
        ("a${x}b", &[("x", "")], "ab"),
    ];
    for (text, variables, expected) in cases {
        let world = World::new(&[], variables);
        let text =
            format!("<hazelcast><properties><property name='p'>{text}</property></properties></hazelcast>");
        let config = world.read(&text).0.unwrap();
        assert_eq!(config.properties.value("p").unwrap().value, expected, "{text}");
    }
}

#[test]
fn references_without_value_stay_and_are_reported() {
    let world = World::new(&[], &[]);
    let cases = [
        ("${x}", Some("main.xml:1:20 variable-without-value ${x}"), Severity::Warning),
        ("a${x", Some("main.xml:1:21 malformed-variable ${"), Severity::Warning),
        ("${x<!-- -->}", Some("main.xml:1:20 malformed-variable ${"), Severity::Warning),
        ("${port:5701}", Some("main.xml:1:20 variable-without-value ${port:5701}"), Severity::Warning),
        ("$x {x} $", None, Severity::Warning),
        ("${openfireHome}", None, Severity::Warning),
        ("$EXEC{id}", None, Severity::Warning),
    ];
    for (text, expected, severity) in cases {
        let (config, found) = world.read(&format!("<hazelcast><map n='{text}'/></hazelcast>"));
        if text.contains('<') {
            assert!(config.is_none(), "markup in an attribute");
            continue;
        }
        assert_eq!(summary(&found), expected.into_iter().collect::<Vec<_>>(), "{text}");
        assert!(found.iter().all(|finding| finding.severity() == severity));
        assert_eq!(config.unwrap().maps.len(), 1);
    }
    let strict = "<hazelcast><config-replacers/><cluster-name>${x}</cluster-name></hazelcast>";
    let (config, found) = world.read(strict);
    assert_eq!((found[0].rule(), found[0].severity()), ("variable-without-value", Severity::Error));
    assert_eq!(refusals(&config.unwrap()).len(), 1);
    let lenient = strict.replace("replacers/", "replacers fail-if-value-missing='false'/");
    assert_eq!(world.read(&lenient).1[0].severity(), Severity::Warning);
}

#[test]
fn encrypted_values_are_decrypted_and_other_replacers_are_refused() {
    let world = World::new(&[], &[("salted", "/yYyyP6iAFs=:100")]);
    let with = |class: &str, name: &str| {
        format!(
            "<hazelcast><config-replacers><replacer class-name='{class}'><properties><property name='passwordFile'>pw\
             </property><property name='passwordUserProperties'>false</property><property name='own'>7</property>\
             </properties></replacer></config-replacers><cluster-name>{name}</cluster-name></hazelcast>"
        )
    };
    let encryption = "com.hazelcast.config.replacer.EncryptionReplacer";
    let (config, found) = world.read(&with(encryption, "$ENC{${salted}:+XZxXkFTC53Eh7yiln97cw==}"));
    assert_eq!((config.unwrap().cluster_name.value.as_str(), found.len()), ("pass & wörd", 0));
    let (_, found) = world.read(&with(encryption, "$ENC{/yYyyP6iAFs=:101:+XZxXkFTC53Eh7yiln97cw==}"));
    assert_eq!(
        found.iter().map(|f| (f.rule(), f.severity())).collect::<Vec<_>>(),
        [("undecryptable-value", Severity::Error)]
    );
    let property = with("com.hazelcast.config.replacer.PropertyReplacer", "a${own}");
    let (config, found) = world.read(&property);
    // Java's properties are asked first, and the value is missing there.
    assert_eq!(
        (config.unwrap().cluster_name.value.as_str(), found[0].rule()),
        ("a7", "variable-without-value")
    );
    let (_, found) = world.read(
        &property
            .replace("replacers>", "replacers fail-if-value-missing='false'>")
            .replace("</config-replacers fail-if-value-missing='false'>", "</config-replacers>"),
    );
    assert_eq!(summary(&found), [""; 0]);
    let (config, found) = world.read(&with("com.acme.Exec", "$EXEC{id}"));
    let expected =
        ["main.xml:1:51 unsupported-replacer com.acme.Exec", "main.xml:1:286 unsupported-replacer $EXEC{id}"];
    assert_eq!(
        summary(&found).iter().map(|line| line.split_once(' ').unwrap().1).collect::<Vec<_>>(),
        expected.map(|line| line.split_once(' ').unwrap().1)
    );
    assert_eq!(refusals(&config.unwrap()).len(), 2);
}

#[test]
fn growth_is_bounded() {
    let chain: Vec<(String, String)> = (0..40)
        .map(|at| {
            (format!("{at}.xml"), format!("<hazelcast><import resource='{}.xml'/></hazelcast>", at + 1))
        })
        .collect();
    let files: Vec<(&str, &str)> = chain.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let (_, found) = World::new(&files, &[]).read("<hazelcast><import resource='0.xml'/></hazelcast>");
    assert_eq!(found.iter().map(Diagnostic::rule).collect::<Vec<_>>(), ["malformed-xml"]);

    let many: Vec<(String, String)> =
        (0..100).map(|at| (format!("{at}.xml"), "<hazelcast/>".to_owned())).collect();
    let files: Vec<(&str, &str)> = many.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let imports: Vec<String> = (0..100).map(|at| format!("<import resource='{at}.xml'/>")).collect();
    let imports = imports.concat();
    let (_, found) = World::new(&files, &[]).read(&format!("<hazelcast>{imports}</hazelcast>"));
    assert!(found.iter().all(|finding| finding.rule() == "malformed-xml") && found.len() == 37, "{found:?}");

    let big = "x".repeat(300_000);
    let world = World::new(&[], &[("a", &big), ("b", "${a}${a}${a}${a}${a}${a}")]);
    let text = format!("<hazelcast>{}</hazelcast>", "<map name='${b}'/>".repeat(50));
    let (config, found) = world.read(&text);
    assert!(found.iter().any(|finding| finding.rule() == "malformed-xml"));
    let total: usize = config.unwrap().maps.iter().map(|map| map.name.value.len()).sum();
    assert!(total < super::replacers::EXPANDED_BYTES_MAX + 50_000, "{total}");

    let references =
        format!("<hazelcast><cluster-name>{}</cluster-name></hazelcast>", "${a}".repeat(200_000));
    let (_, found) = World::new(&[], &[("a", "longer")]).read(&references);
    assert_eq!(found.first().map(Diagnostic::rule), Some("malformed-xml"));
}
