//! How each server gets its accounts and rosters before it is measured: in bulk, since that is not what is measured.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;

use super::quoted;
use crate::accounts::Accounts;

/// What ejabberd leaves behind when it has read its accounts.
pub(super) const FILLED: &str = "filled";
/// Rows in one statement.
const ROWS_PER_STATEMENT: usize = 500;
/// First key of the rosters' rows: far from those that the server gives by itself.
const FIRST_ROSTER_ID: usize = 100_000_000;

pub(super) fn prosody(accounts: &Accounts, domain: &str, data: &Path) -> Result<()> {
    accounts.write_prosody(data, domain).map(drop)
}

/// Returns what ejabberd is told to do once it runs.
pub(super) fn ejabberd(accounts: &Accounts, domain: &str, folder: &Path) -> Result<String> {
    fs::write(folder.join("users.xml"), accounts.xep_0227(domain)).context("write the accounts")?;
    let (users, filled) = (quoted(folder, "users.xml"), quoted(folder, FILLED));
    Ok(format!("ok = ejabberd_piefxis:import_file({users}), ok = file:write_file({filled}, <<>>)."))
}

/// Accounts by Cobnut's own command, rosters by SQL: there is no command that brings accepted contacts.
pub(super) async fn cobnut(
    accounts: &Accounts,
    domain: &str,
    folder: &Path,
    executable: &Path,
    archive: bool,
) -> Result<()> {
    let database = folder.join("cobnut.db");
    fs::write(folder.join("users.csv"), accounts.csv()).context("write the accounts")?;
    let mut import = Command::new(executable);
    import
        .args(["user", "import", "--database", &format!("sqlite://{}?mode=rwc", database.display())])
        .arg(folder.join("users.csv"));
    let status = import.stdin(Stdio::null()).status().await.context("run the import")?;
    ensure!(status.success(), "the import ended with {status}");
    fs::write(folder.join("fill.sql"), sql(accounts, domain, archive)).context("write the rosters")?;
    let mut shell = Command::new("sqlite3");
    shell.arg("-bail").arg(&database).stdin(File::open(folder.join("fill.sql")).context("read the rosters")?);
    let status = shell.status().await.context("run sqlite3, of the package of this name")?;
    ensure!(status.success(), "sqlite3 ended with {status}");
    Ok(())
}

/// Openfire's tables; 3 is a mutual subscription, -1 that nothing is asked for.
fn sql(accounts: &Accounts, domain: &str, archive: bool) -> String {
    let mut text = String::from("BEGIN;\n");
    // Writing to a string cannot fail.
    if archive {
        text +=
            "INSERT INTO ofProperty (name, propValue) VALUES ('conversation.messageArchiving', 'true');\n";
    }
    for (row, (user, contact)) in accounts.contact_pairs().enumerate() {
        let begin = if row % ROWS_PER_STATEMENT == 0 { if row == 0 { "" } else { ";\n" } } else { "," };
        text += begin;
        if row % ROWS_PER_STATEMENT == 0 {
            text += "INSERT INTO ofRoster (rosterID, username, jid, sub, ask, recv) VALUES";
        }
        let id = FIRST_ROSTER_ID + row;
        let _ = write!(text, "\n({id}, '{user}', '{contact}@{domain}', 3, -1, -1)");
    }
    text + ";\nCOMMIT;\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rosters_are_mutual_in_sql() {
        let accounts =
            Accounts { count: 3, prefix: "u".to_owned(), password: "secret".to_owned(), contacts: 2 };
        assert_eq!(
            sql(&accounts, "example.org", false),
            "BEGIN;\nINSERT INTO ofRoster (rosterID, username, jid, sub, ask, recv) VALUES\n\
             (100000000, 'u000001', 'u000003@example.org', 3, -1, -1),\n\
             (100000001, 'u000001', 'u000002@example.org', 3, -1, -1),\n\
             (100000002, 'u000002', 'u000001@example.org', 3, -1, -1),\n\
             (100000003, 'u000002', 'u000003@example.org', 3, -1, -1),\n\
             (100000004, 'u000003', 'u000002@example.org', 3, -1, -1),\n\
             (100000005, 'u000003', 'u000001@example.org', 3, -1, -1);\nCOMMIT;\n"
        );
    }
}
