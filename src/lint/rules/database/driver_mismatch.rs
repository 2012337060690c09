#![doc = include_str!("driver_mismatch.md")]

use cobnut_diagnostics::{Diagnostic, Fix, Severity};
use cobnut_openfire::jdbc_to_sqlx;

use super::{SERVER_URL, is_embedded};
use crate::{Check, Cluster, Home, Rule};

pub(crate) static RULE: Rule = Rule {
    name: "driver-mismatch",
    severity: Severity::Error,
    summary: "the driver does not belong to the URL",
    page: include_str!("driver_mismatch.md"),
    check: Check::Home(check),
};

/// Drivers by the start of their name, and the URLs that they take.
const DRIVERS: [(&str, &[&str]); 5] = [
    ("com.mysql.", &["jdbc:mysql:"]),
    ("org.mariadb.", &["jdbc:mariadb:", "jdbc:mysql:"]),
    ("org.postgresql.", &["jdbc:postgresql:"]),
    ("org.hsqldb.", &["jdbc:hsqldb:"]),
    ("oracle.jdbc.", &["jdbc:oracle:"]),
];

fn check(_cluster: &Cluster, home: &Home, found: &mut Vec<Diagnostic>) {
    let driver = home.property("database.defaultProvider.driver");
    let (Some(driver), Some(url)) = (driver, home.property(SERVER_URL)) else { return };
    let Some((_, schemes)) = DRIVERS.iter().find(|(name, _)| driver.value.starts_with(name)) else { return };
    // A URL that cannot be used has a finding of its own.
    let is_unusable = !is_embedded(home, url) && jdbc_to_sqlx(&url.value, None, None).is_err();
    if is_unusable || schemes.iter().any(|scheme| url.value.starts_with(scheme)) {
        return;
    }
    let (Some(place), Some(url_place)) = (home.place(driver), home.place(url)) else { return };
    let finding = RULE
        .found(place, format!("this driver takes `{}…`", schemes[0]))
        .label(url_place, "the URL is another one")
        .note("Openfire does not start: \"No suitable driver\"; cobnut goes by the URL");
    let meant = match url.value.split(':').nth(1) {
        Some("mysql") => "com.mysql.cj.jdbc.Driver",
        Some("mariadb") => "org.mariadb.jdbc.Driver",
        Some("postgresql") => "org.postgresql.Driver",
        _ => {
            found.push(finding);
            return;
        }
    };
    let fix = home.rewrite(driver, meant).map(|edit| Fix::suggestion(format!("write `{meant}`"), edit));
    found.push(finding.fix(fix));
}
