//! What comes out of small sets of files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use cobnut_config::parse;
use cobnut_diagnostics::Source;
use cobnut_formation::{
    Forecast, Generation, Happening, Names, NodeModel, Outcome, Played, Rules, Scenario, forecast,
};

const SERVER_1: &str = include_str!("../../../conf/article/server1.xml");
const SERVER_2: &str = include_str!("../../../conf/article/server2.xml");

fn models(files: &[(&str, &str)], generation: Generation) -> Vec<NodeModel> {
    let configs: Vec<_> =
        files.iter().map(|(label, text)| (*label, parse(&Source::new(*label, *text)).0.unwrap())).collect();
    let files: Vec<_> = configs.iter().map(|(label, config)| (*label, config)).collect();
    NodeModel::of_files(&files, generation, &Names::default()).unwrap()
}

fn member_file(own: &str, members: &[&str], extra: &str) -> String {
    let members: Vec<String> = members.iter().map(|member| format!("<member>{member}</member>")).collect();
    let members = members.concat();
    format!(
        "<hazelcast>{extra}<network><join><multicast enabled='false'/><tcp-ip enabled='true'>{members}</tcp-ip></join>\
         <interfaces enabled='true'><interface>{own}</interface></interfaces></network></hazelcast>"
    )
}

fn with_scenario<'a>(forecast: &'a Forecast, scenario: &Scenario) -> &'a Played {
    forecast.played.iter().find(|played| played.scenario == *scenario).unwrap()
}

fn is_one(played: &Played) -> bool {
    matches!(played.outcome, Outcome::One { .. })
}

#[test]
fn the_article_splits_when_server_1_starts_first_or_server_2_restarts() {
    let nodes = models(&[("server1", SERVER_1), ("server2", SERVER_2)], Generation::V3);
    let found = forecast(&nodes, Rules::Hazelcast);
    assert!(is_one(with_scenario(&found, &Scenario::Order(vec![1, 0]))));
    let split = with_scenario(&found, &Scenario::Order(vec![0, 1]));
    let Outcome::Split { clusters, healed_after, at_least, reasons } = &split.outcome else {
        panic!("{split:?}")
    };
    assert_eq!(clusters, &[vec![0], vec![1]]);
    assert_eq!(
        (*healed_after, *at_least),
        (None, 300_000),
        "server 2 would have to go over and knows nobody"
    );
    assert!(reasons[0].contains("192.168.5:1:5701"), "{reasons:?}");
    assert!(reasons[1].contains("server2 would have to go over to server1"), "{reasons:?}");
    let restart = |node| Scenario::Restart { order: vec![1, 0], node };
    assert!(is_one(with_scenario(&found, &restart(0))));
    assert!(!is_one(with_scenario(&found, &restart(1))));
}

#[test]
fn since_5_2_the_split_of_the_article_heals_at_the_second_masters_search() {
    let nodes = models(&[("server1", SERVER_1), ("server2", SERVER_2)], Generation::V5);
    let found = forecast(&nodes, Rules::Hazelcast);
    let split = with_scenario(&found, &Scenario::Order(vec![0, 1]));
    let Outcome::Split { healed_after: Some(healed), reasons, .. } = &split.outcome else {
        panic!("{split:?}")
    };
    assert!((300_000..=310_000).contains(healed), "{healed}");
    assert!(reasons[1].contains("server2 goes over to server1"), "{reasons:?}");
}

#[test]
fn by_our_rules_the_article_is_one_cluster_in_every_scenario() {
    let nodes = models(&[("server1", SERVER_1), ("server2", SERVER_2)], Generation::V5);
    let found = forecast(&nodes, Rules::Cobnut);
    assert_eq!(found.played.len(), 2 + 1 + 4);
    assert!(found.played.iter().all(is_one), "{found:#?}");
}

#[test]
fn a_sound_pair_joins_within_seconds_in_every_scenario() {
    let list = ["10.0.0.1:5701", "10.0.0.2:5701"];
    let (one, two) = (member_file("10.0.0.1", &list, ""), member_file("10.0.0.2", &list, ""));
    for generation in [Generation::V3, Generation::V5] {
        let found = forecast(&models(&[("one", &one), ("two", &two)], generation), Rules::Hazelcast);
        for played in &found.played {
            let Outcome::One { after } = played.outcome else { panic!("{played:#?}") };
            assert!((5_000..=25_000).contains(&after), "{:?}: {after}", played.scenario);
        }
    }
}

#[test]
fn the_bigger_half_wins_and_the_smaller_goes_over_if_it_knows_the_way() {
    // Node 3 is listed by nobody and lists only node 1; started first it is alone until the others, who do not know it, are
    // found by it.
    let one = member_file("10.0.0.1", &["10.0.0.2:5701"], "");
    let two = member_file("10.0.0.2", &["10.0.0.1:5701"], "");
    let three = member_file("10.0.0.3", &["10.0.0.1:5701"], "");
    let found = forecast(
        &models(&[("one", &one), ("two", &two), ("three", &three)], Generation::V3),
        Rules::Hazelcast,
    );
    assert!(is_one(with_scenario(&found, &Scenario::Order(vec![0, 1, 2]))));
    let late = with_scenario(&found, &Scenario::Order(vec![2, 0, 1]));
    let Outcome::Split { healed_after: Some(healed), .. } = late.outcome else { panic!("{late:#?}") };
    assert!((270_000..=320_000).contains(&healed), "{healed}");
    let merged = late
        .history
        .occurrences
        .iter()
        .any(|seen| seen.node == 2 && matches!(seen.what, Happening::Merging { .. }));
    assert!(merged, "the smaller one goes over");
    // With node 2 as the others' master the search of node 3 finds node 1, which is no master and does not answer.
    let behind = with_scenario(&found, &Scenario::Order(vec![2, 1, 0]));
    assert!(matches!(behind.outcome, Outcome::Split { healed_after: None, .. }), "{behind:#?}");
}

#[test]
fn other_names_stay_apart_and_other_joiners_stop() {
    let list = ["10.0.0.1:5701", "10.0.0.2:5701"];
    let one = member_file("10.0.0.1", &list, "<cluster-name>a</cluster-name>");
    let two = member_file("10.0.0.2", &list, "<cluster-name>b</cluster-name>");
    let found = forecast(&models(&[("one", &one), ("two", &two)], Generation::V5), Rules::Hazelcast);
    let Outcome::Split { reasons, .. } = &found.played[0].outcome else { panic!("{found:#?}") };
    assert!(reasons[0].contains("`b`") && reasons[0].contains("`a`"), "{reasons:?}");

    let two = member_file(
        "10.0.0.2",
        &list,
        "<properties><property name='hazelcast.partition.count'>271</property></properties>",
    );
    let one = member_file("10.0.0.1", &list, "");
    let found = forecast(&models(&[("one", &one), ("two", &two)], Generation::V5), Rules::Hazelcast);
    let Outcome::Incomplete { gave_up, .. } = &found.played[0].outcome else { panic!("{found:#?}") };
    assert_eq!(gave_up[0].0, 1);
    assert!(gave_up[0].1.contains("Incompatible partition count! expected: null, found: 271"), "{gave_up:?}");
}

#[test]
fn multicast_nodes_find_each_other_even_when_they_start_together() {
    let file = |own: &str| {
        format!(
            "<hazelcast><network><join><multicast enabled='true'/></join><interfaces enabled='true'><interface>{own}\
             </interface></interfaces></network></hazelcast>"
        )
    };
    let (one, two, three) = (file("10.0.0.1"), file("10.0.0.2"), file("10.0.0.3"));
    let nodes = models(&[("one", &one), ("two", &two), ("three", &three)], Generation::V3);
    let found = forecast(&nodes, Rules::Hazelcast);
    assert!(found.played.iter().all(is_one), "{found:#?}");
}

#[test]
fn a_required_member_decides_alone() {
    let list = ["10.0.0.1:5701", "10.0.0.2:5701"];
    let one = member_file("10.0.0.1", &list, "");
    let two = one.replace("10.0.0.1</interface>", "10.0.0.2</interface>").replace(
        "<tcp-ip enabled='true'>",
        "<tcp-ip enabled='true'><required-member>10.0.0.1:5701</required-member>",
    );
    let found = forecast(&models(&[("one", &one), ("two", &two)], Generation::V5), Rules::Hazelcast);
    assert!(is_one(with_scenario(&found, &Scenario::Order(vec![1, 0]))), "{found:#?}");
}

#[test]
fn six_nodes_are_played_in_every_order() {
    let addresses: Vec<String> = (1..=6).map(|n| format!("10.0.0.{n}:5701")).collect();
    let list: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let files: Vec<(String, String)> =
        (1..=6).map(|n| (format!("node{n}"), member_file(&format!("10.0.0.{n}"), &list, ""))).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(label, text)| (label.as_str(), text.as_str())).collect();
    let found = forecast(&models(&files, Generation::V5), Rules::Hazelcast);
    assert_eq!(found.played.len(), 720 + 1 + 720 * 6);
    assert!(found.played.iter().all(is_one));
}

#[test]
fn the_text_of_the_article_says_which_orders_split_for_how_long_and_why() {
    let nodes = models(&[("server1", SERVER_1), ("server2", SERVER_2)], Generation::V3);
    let text = cobnut_formation::render::text(&forecast(&nodes, Rules::Hazelcast));
    assert!(text.contains("two clusters for at least 300 s: server1 | server2"), "{text}");
    assert!(text.contains("SPLIT  server1 first"), "{text}");
    assert!(text.contains("ok     server2 first"), "{text}");
    assert!(
        text.contains("`192.168.5:1:5701`: it is skipped as a host name that cannot be resolved"),
        "{text}"
    );
    let ours = cobnut_formation::render::text(&forecast(&nodes, Rules::Cobnut));
    assert!(ours.contains("every start order; all at once; every single restart"), "{ours}");
}

#[test]
fn pictures_show_every_node_and_are_well_formed() {
    let nodes = models(&[("server<1>", SERVER_1), ("server2", SERVER_2)], Generation::V3);
    let found = forecast(&nodes, Rules::Hazelcast);
    for played in &found.played {
        let drawn = cobnut_formation::render::svg(&found, played);
        let document = roxmltree::Document::parse(&drawn).unwrap();
        let words: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
        assert!(words.contains(&"server<1>") && words.contains(&"server2"), "{drawn}");
    }
    let page = cobnut_formation::render::html(&[found]);
    assert!(page.contains("two clusters for at least 300 s") && !page.contains("server<1>"), "{page}");
}

#[test]
fn timers_of_years_are_not_played_out() {
    let with = |properties: &str| {
        let properties: Vec<String> = properties
            .split_whitespace()
            .filter_map(|setting| setting.split_once('='))
            .map(|(name, value)| format!("<property name='hazelcast.{name}.seconds'>{value}</property>"))
            .collect();
        format!("<properties>{}</properties>", properties.concat())
    };
    let years = i32::MAX;
    for extra in [
        with(&format!("merge.first.run.delay={years} merge.next.run.delay=1")),
        with(&format!("max.join={years} merge.next.run.delay=0 merge.first.run.delay=0")),
        with(&format!(
            "wait.seconds.before.join={years} max.wait.seconds.before.join={years} max.join={years}"
        )),
    ] {
        let files: Vec<(String, String)> = (1..=6)
            .map(|number| {
                // Everybody waits for somebody who never comes.
                let members = [format!("10.0.0.{}", number % 6 + 1), "10.9.9.9".to_owned()];
                let members: Vec<&str> = members.iter().map(String::as_str).collect();
                let file = member_file(&format!("10.0.0.{number}"), &members, &extra);
                (format!("node{number}"), file)
            })
            .collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(l, text)| (l.as_str(), text.as_str())).collect();
        let found = forecast(&models(&files, Generation::V5), Rules::Hazelcast);
        assert!(found.played.len() >= 721, "{}", found.played.len());
        let told = cobnut_formation::render::text(&found);
        let is_cut_off = found.played.iter().any(|played| played.history.is_cut_off);
        assert_eq!(told.contains("not played to their end"), is_cut_off);
        let _page = cobnut_formation::render::html(std::slice::from_ref(&found));
    }
}

#[test]
fn larger_sets_are_played_in_part() {
    let addresses: Vec<String> = (0..30).map(|number| format!("10.0.0.{}", number + 1)).collect();
    let members: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let files: Vec<(String, String)> =
        addresses.iter().map(|own| (own.replace('.', "-"), member_file(own, &members, ""))).collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(label, text)| (label.as_str(), text.as_str())).collect();
    let found = forecast(&models(&files, Generation::V5), Rules::Hazelcast);
    assert_eq!(found.played.len(), 2 + 1 + 15);
    assert!(is_one(with_scenario(&found, &Scenario::Order((0..30).collect()))));
}

#[test]
fn behind_the_last_port_there_is_no_next_one() {
    let file = "<hazelcast><network><port>65535</port><join><multicast enabled='false'/><tcp-ip enabled='true'>\
        <member>127.0.0.1</member></tcp-ip></join><interfaces enabled='true'><interface>127.0.0.1</interface></interfaces>\
        </network></hazelcast>";
    let nodes = models(&[("one", file), ("two", file)], Generation::V5);
    assert!(nodes.iter().all(|node| node.address.port() == 65_535), "{nodes:?}");
}
