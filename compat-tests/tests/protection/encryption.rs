//! `<symmetric-encryption>`.

use anyhow::Result;
use compat_tests::Cluster;

use crate::stage::{assert_apart, chat, form, prepare};

fn block(password: &str) -> String {
    format!(
        "    <symmetric-encryption enabled=\"true\">\n      <algorithm>PBEWithMD5AndDES</algorithm>\n      \
         <salt>pepper</salt>\n      <password>{password}</password>\n      \
         <iteration-count>19</iteration-count>\n    </symmetric-encryption>"
    )
}

#[test]
fn the_same_password_makes_one_cluster() -> Result<()> {
    let test = "the_same_password_makes_one_cluster";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let same = block("walnut");
    let mut cluster = prepare(test, [&same, &same])?;
    form(&mut cluster)?;
    chat(&cluster, "said behind a password")
}

#[test]
fn another_password_keeps_nodes_apart_and_both_say_why() -> Result<()> {
    let test = "another_password_keeps_nodes_apart_and_both_say_why";
    if !Cluster::ready(test, &[]) {
        return Ok(());
    }
    let mut cluster = prepare(test, [&block("walnut"), &block("almond")])?;
    assert_apart(&mut cluster, [&["192.168.5.2", "<symmetric-encryption>"], &["192.168.5.1", "secret"]])
}
