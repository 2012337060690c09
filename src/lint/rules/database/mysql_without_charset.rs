#![doc = include_str!("mysql_without_charset.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Severity};

use super::SERVER_URL;
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "mysql-without-charset",
    severity: Severity::Info,
    summary: "the URL of a MySQL database names no character set",
    page: include_str!("mysql_without_charset.md"),
    check: Check::Home(check),
};

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let Some(url) = home.property(SERVER_URL).filter(|url| url.value.starts_with("jdbc:mysql:")) else {
        return;
    };
    let driver = home.property("database.defaultProvider.driver").map(|driver| driver.value.as_str());
    let is_named = url.value.contains("characterEncoding=") || url.value.contains("useUnicode=true");
    let is_old = driver == Some("com.mysql.jdbc.Driver");
    if is_named
        || home.openfire.as_ref().is_some_and(|openfire| openfire.is_true("database.mysql.useUnicode", false))
    {
        return;
    }
    let Some(place) = home.place(url) else { return };
    let finding = RULE.found(place, "the URL names no character set");
    let finding = if is_old {
        let note = "this driver takes that of the machine: other scripts may be stored as question marks";
        finding.with_severity(Severity::Warning).note(note)
    } else {
        finding.note("this driver takes that of the database server; cobnut always uses UTF-8")
    };
    let mark = if url.value.contains('?') { "&amp;" } else { "?" };
    let text = format!("{}{mark}characterEncoding=UTF-8", url.value.replace('&', "&amp;"));
    let fix = home.rewrite(url, &text).map(|edit| Fix::suggestion("add `characterEncoding=UTF-8`", edit));
    found.push(finding.fix(fix));
}
