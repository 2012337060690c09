//! The accounts that load is made with, and how a server gets them.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::client::{Credentials, escape, salted_password, server_side_keys};

/// Rounds of the keys that we make for a peer: Openfire's and RFC 5802's number, so that all do the same work.
const ITERATIONS: u32 = 4096;
/// One salt for all made accounts: they are no secret, and the client derives its key only once.
const SALT: &str = "loadgen";

/// Accounts `u000001`, `u000002`, … with one password.
#[derive(Debug, Clone, Args)]
pub(crate) struct Accounts {
    /// How many test accounts exist.
    #[arg(long = "users", value_name = "N", default_value_t = 1000, global = true)]
    pub(crate) count: usize,
    /// What their names begin with; a six-digit number follows, from 000001.
    #[arg(long = "user-prefix", value_name = "TEXT", default_value = "u", global = true)]
    pub(crate) prefix: String,
    /// Their password.
    #[arg(long, value_name = "TEXT", default_value = "loadgen", global = true)]
    pub(crate) password: String,
    /// Contacts of each of them, mutual; a server that is set up by loadgen has them in its rosters.
    #[arg(long, value_name = "N", default_value_t = 0, global = true)]
    pub(crate) contacts: usize,
}

impl Accounts {
    pub(crate) fn user(&self, index: usize) -> String {
        format!("{}{:06}", self.prefix, index + 1)
    }

    /// The credentials of session `index`; sessions beyond the number of accounts are further resources.
    pub(crate) fn credentials(&self, index: usize) -> Credentials {
        let count = self.count.max(1);
        Credentials {
            user: self.user(index % count),
            password: self.password.clone(),
            resource: format!("load{}", index / count),
        }
    }

    /// The contacts of account `index`: its neighbours on both sides, in a ring of all accounts, so that who is
    /// somebody's contact has that one as a contact, too.
    fn contacts_of(&self, index: usize) -> impl Iterator<Item = String> {
        let count = self.count;
        let reach = (self.contacts / 2).min(count.saturating_sub(1) / 2);
        let around = (1..=reach).flat_map(move |step| [index + count - step, index + step]);
        around.map(move |contact| self.user(contact % count))
    }

    /// Contacts that each account really has: an even number, and nobody twice.
    pub(crate) fn contacts_each(&self) -> usize {
        self.contacts_of(0).count()
    }

    /// Everybody with each of their contacts.
    pub(crate) fn contact_pairs(&self) -> impl Iterator<Item = (String, String)> {
        (0..self.count).flat_map(|index| {
            let user = self.user(index);
            self.contacts_of(index).map(move |contact| (user.clone(), contact))
        })
    }

    /// Lines that `cobnut user import` reads.
    pub(crate) fn csv(&self) -> String {
        (0..self.count).fold(String::new(), |mut text, index| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{},{}", self.user(index), self.password);
            text
        })
    }

    /// The portable form of XEP-0227 §4.
    pub(crate) fn xep_0227(&self, domain: &str) -> String {
        let domain = escape(domain);
        let users = (0..self.count).fold(String::new(), |mut text, index| {
            let (user, password) = (escape(&self.user(index)), escape(&self.password));
            let _ = write!(text, "<user name='{user}' password='{password}'");
            let items = self.contacts_of(index).fold(String::new(), |mut items, contact| {
                let contact = escape(&contact);
                let _ = write!(items, "<item jid='{contact}@{domain}' subscription='both'/>");
                items
            });
            if items.is_empty() {
                text.push_str("/>\n");
            } else {
                let _ = writeln!(text, "><query xmlns='jabber:iq:roster'>{items}</query></user>");
            }
            text
        });
        format!(
            "<?xml version='1.0'?>\n<server-data xmlns='urn:xmpp:pie:0'>\n<host jid='{domain}'>\n{users}</host>\n\
             </server-data>\n"
        )
    }

    /// The file that Prosody keeps for each account (storage "internal", authentication "internal_hashed").
    fn prosody_file(&self) -> String {
        let salted = salted_password(&self.password, SALT.as_bytes(), ITERATIONS);
        let (stored_key, server_key) = server_side_keys(&salted);
        format!(
            "return {{\n\t[\"iteration_count\"] = {ITERATIONS};\n\t[\"salt\"] = \"{SALT}\";\n\
             \t[\"server_key\"] = \"{}\";\n\t[\"stored_key\"] = \"{}\";\n}};\n",
            hex(&server_key),
            hex(&stored_key)
        )
    }

    /// The file that Prosody keeps for the roster of account `index`.
    fn prosody_roster(&self, index: usize, domain: &str) -> String {
        let items = self.contacts_of(index).fold(String::new(), |mut text, contact| {
            let _ = writeln!(
                text,
                "\t[\"{contact}@{domain}\"] = {{ [\"subscription\"] = \"both\"; [\"groups\"] = {{}}; }};"
            );
            text
        });
        format!("return {{\n\t[false] = {{ [\"version\"] = 1; [\"pending\"] = {{}}; }};\n{items}}};\n")
    }

    pub(crate) fn write_prosody(&self, data: &Path, domain: &str) -> Result<PathBuf> {
        let folder = |name| -> Result<PathBuf> {
            let folder = data.join(prosody_encoded(domain)).join(name);
            fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
            Ok(folder)
        };
        let accounts = folder("accounts")?;
        let rosters = (self.contacts_each() > 0).then(|| folder("roster")).transpose()?;
        let content = self.prosody_file();
        for index in 0..self.count {
            let name = format!("{}.dat", prosody_encoded(&self.user(index)));
            let path = accounts.join(&name);
            fs::write(&path, &content).with_context(|| format!("write {}", path.display()))?;
            if let Some(rosters) = &rosters {
                let path = rosters.join(&name);
                fs::write(&path, self.prosody_roster(index, domain))
                    .with_context(|| format!("write {}", path.display()))?;
            }
        }
        Ok(accounts)
    }
}

/// For whom accounts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccountFormat {
    /// Lines of name,password on standard output, for `cobnut user import -`.
    Csv,
    /// Prosody's own files, below --data.
    Prosody,
    /// A XEP-0227 document on standard output, for `ejabberdctl import_piefxis`.
    Xep0227,
}

/// Knobs of the account writer.
#[derive(Debug, Clone, Args)]
pub(crate) struct AccountsArgs {
    /// The server that will read them.
    #[arg(long = "for", value_name = "FORM", default_value = "csv")]
    pub(crate) form: AccountFormat,
    /// Data folder of Prosody.
    #[arg(long, value_name = "DIR", required_if_eq("form", "prosody"))]
    pub(crate) data: Option<PathBuf>,
}

/// Writes the accounts where the server finds them.
pub(crate) fn write_accounts(accounts: &Accounts, domain: &str, knobs: &AccountsArgs) -> Result<()> {
    let text = match knobs.form {
        AccountFormat::Csv => accounts.csv(),
        AccountFormat::Xep0227 => accounts.xep_0227(domain),
        AccountFormat::Prosody => {
            let data = knobs.data.as_deref().context("Prosody's accounts need --data")?;
            let folder = accounts.write_prosody(data, domain)?;
            format!("wrote {} accounts to {}\n", accounts.count, folder.display())
        }
    };
    std::io::stdout().lock().write_all(text.as_bytes()).context("write the accounts")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// How Prosody turns a name into the name of a file.
fn prosody_encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02x}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts(count: usize) -> Accounts {
        Accounts { count, prefix: "u".to_owned(), password: "loadgen".to_owned(), contacts: 0 }
    }

    #[test]
    fn who_is_a_contact_has_a_contact() {
        let accounts = Accounts { contacts: 4, ..accounts(9) };
        let pairs: Vec<_> = accounts.contact_pairs().collect();
        assert_eq!((pairs.len(), accounts.contacts_each()), (36, 4));
        for (user, contact) in &pairs {
            assert_ne!(user, contact);
            assert!(pairs.contains(&(contact.clone(), user.clone())), "{user} {contact}");
        }
        assert_eq!(Accounts { contacts: 50, ..accounts }.contacts_each(), 8, "all others, each once");
        assert_eq!(
            Accounts { count: 0, contacts: 2, ..Accounts::clone(&self::accounts(1)) }.contact_pairs().count(),
            0
        );
    }

    #[test]
    fn both_peers_read_the_same_rosters() -> Result<()> {
        let (data, accounts) = (tempfile::tempdir()?, Accounts { contacts: 2, ..accounts(3) });
        accounts.write_prosody(data.path(), "example.org")?;
        let file = fs::read_to_string(data.path().join("example%2eorg/roster/u000002.dat"))?;
        let portable = accounts.xep_0227("example.org");
        for contact in ["u000001", "u000003"] {
            assert!(
                file.contains(&format!("[\"{contact}@example.org\"] = {{ [\"subscription\"] = \"both\"")),
                "{file}"
            );
            assert!(
                portable.contains(&format!("<item jid='{contact}@example.org' subscription='both'/>")),
                "{portable}"
            );
        }
        Ok(())
    }

    #[test]
    fn sessions_beyond_the_accounts_are_further_resources() {
        let accounts = accounts(3);
        let names: Vec<_> = (0..5).map(|index| accounts.credentials(index)).collect();
        let names: Vec<_> = names.iter().map(|who| format!("{}/{}", who.user, who.resource)).collect();
        assert_eq!(
            names,
            ["u000001/load0", "u000002/load0", "u000003/load0", "u000001/load1", "u000002/load1"]
        );
    }

    #[test]
    fn lines_for_import_hold_name_and_password() {
        assert_eq!(accounts(2).csv(), "u000001,loadgen\nu000002,loadgen\n");
    }

    #[test]
    fn the_portable_form_names_everybody() {
        assert_eq!(
            accounts(1).xep_0227("example.org"),
            "<?xml version='1.0'?>\n<server-data xmlns='urn:xmpp:pie:0'>\n<host jid='example.org'>\n\
             <user name='u000001' password='loadgen'/>\n</host>\n</server-data>\n"
        );
    }

    #[test]
    fn prosody_finds_its_files() -> Result<()> {
        let data = tempfile::tempdir()?;
        accounts(2).write_prosody(data.path(), "example.org")?;
        let file = fs::read_to_string(data.path().join("example%2eorg/accounts/u000002.dat"))?;
        assert!(file.starts_with("return {") && file.contains("[\"iteration_count\"] = 4096;"), "{file}");
        // Computed with Python's hashlib and hmac: PBKDF2-HMAC-SHA1("loadgen", "loadgen", 4096), then RFC 5802 §3.
        assert!(file.contains("[\"stored_key\"] = \"573c044771512bb920fe5a075f23bb9fe768c801\";"), "{file}");
        Ok(())
    }
}
