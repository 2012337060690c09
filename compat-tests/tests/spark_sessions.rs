//! What three generations of Spark say in a session, and what they need to hear, played against two nodes.
//!
//! The conversations are in `compat-tests/spark`, whose README tells how to read them. Spark is on the first node, its contacts
//! are on the second.

use std::path::Path;

use anyhow::Result;
use compat_tests::{Cluster, ClusterOptions, Player, repository_root};

/// Plays transcripts of one generation, after what all of them find.
fn play(test: &str, transcripts: &[&str]) -> Result<()> {
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let users = ["alice", "bob", "carol"].map(|name| (name.to_owned(), format!("{name}-7")));
    let options = ClusterOptions { users: users.to_vec(), ..ClusterOptions::default() };
    let mut cluster = Cluster::start(test, &options)?;
    let mut player = Player::new(&mut cluster);
    let folder = repository_root().join("compat-tests/spark");
    for transcript in [&["before.txt"], transcripts].concat() {
        player.play(&folder.join(Path::new(transcript)))?;
    }
    drop(player);
    cluster.nodes[1].process()?.assert_running()
}

#[test]
fn spark_2_8_3_logs_in_and_works() -> Result<()> {
    play("spark_2_8_3_logs_in_and_works", &["2.8.3/login.txt"])
}

#[test]
fn spark_3_0_2_logs_in_and_works() -> Result<()> {
    play("spark_3_0_2_logs_in_and_works", &["3.0.2/login.txt", "3.0.2/logout.txt"])
}

#[test]
fn spark_3_0_2_goes_on_at_the_other_node_when_its_own_is_killed() -> Result<()> {
    let test = "spark_3_0_2_goes_on_at_the_other_node_when_its_own_is_killed";
    play(test, &["3.0.2/login.txt", "3.0.2/node-lost.txt", "3.0.2/logout.txt"])
}

#[test]
fn spark_3_1_logs_in_and_works() -> Result<()> {
    play("spark_3_1_logs_in_and_works", &["3.1-nightly/login.txt"])
}
