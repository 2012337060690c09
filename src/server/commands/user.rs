//! `cobnut user …`: accounts, straight in the database.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use cobnut_model::{ScramKeys, UnixMillis, User};
use cobnut_store::{CreateUser, Store, UserQuery};
use cobnut_xmpp_proto::sasl;
use indicatif::{ProgressBar, ProgressStyle};
use jid::NodePart;

use crate::cli::{PasswordArgs, SourceArgs, UserCommand};
use crate::plan;

/// Rows that `list` asks the database for at once.
const PAGE_ROWS: u32 = 1000;

/// Carries out one command.
pub(crate) async fn run(command: UserCommand) -> Result<()> {
    match command {
        UserCommand::Add { source, password, username, name, email } => {
            let username = prepare(&username)?;
            let store = open(&source).await?;
            let password = read_password(&password, &username)?;
            add(&store, &username, name, email, &password).await?;
            eprint_line(format_args!("created {username}"));
        }
        UserCommand::Import { source, file } => import(&open(&source).await?, &file).await?,
        UserCommand::List { source, search } => list(&open_existing(&source).await?, search).await?,
        UserCommand::Passwd { source, password, username } => {
            let username = prepare(&username)?;
            let store = open_existing(&source).await?;
            if store.user(&username).await?.is_none() {
                bail!("there is no account {username}");
            }
            let password = read_password(&password, &username)?;
            store.set_credentials(&username, &keys(&password)).await?;
            eprint_line(format_args!(
                "changed the password of {username}; sessions that are online stay online"
            ));
        }
        UserCommand::Delete { source, username } => {
            let username = prepare(&username)?;
            if !open_existing(&source).await?.delete_user(&username).await? {
                bail!("there is no account {username}");
            }
            eprint_line(format_args!("deleted {username}"));
        }
    }
    Ok(())
}

/// Creates one account with a display name and a password.
pub(crate) async fn add(
    store: &Store,
    username: &str,
    name: Option<String>,
    email: Option<String>,
    password: &str,
) -> Result<()> {
    let now = now();
    let user = User { username: username.to_owned(), name, email, created_at: now, modified_at: now };
    match store.create_user(&user, &keys(password)).await? {
        CreateUser::Created => Ok(()),
        CreateUser::Exists => {
            bail!("the account {username} exists already; `cobnut user passwd` changes its password")
        }
    }
}

/// For commands that make no sense on a database that would have to be made first.
async fn open_existing(source: &SourceArgs) -> Result<Store> {
    if let Some(missing) = plan::missing_embedded_database(source)? {
        bail!(
            "there is no database {}; --data names the data folder of a node, --database another database",
            missing.display()
        );
    }
    open(source).await
}

async fn open(source: &SourceArgs) -> Result<Store> {
    let url = plan::database_url(source)?.value;
    let encryption = plan::encryption(source)?;
    Store::open_with(&url, encryption)
        .await
        .with_context(|| format!("open the database {}", plan::without_password(&url)))
}

async fn import(store: &Store, file: &Path) -> Result<()> {
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("read {}", file.display()))?;
        Box::new(io::BufReader::new(opened))
    };
    let progress = ProgressBar::new_spinner()
        .with_style(ProgressStyle::with_template("{spinner} {pos} accounts, {per_sec}")?);
    let (mut created, mut existed) = (0_u64, 0_u64);
    for (index, line) in input.lines().enumerate() {
        let line = line.with_context(|| format!("read line {} of {}", index + 1, file.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        let row = Row::parse(&line).with_context(|| format!("line {} of {}", index + 1, file.display()))?;
        match add(store, &row.username, row.name, row.email, &row.password).await {
            Ok(()) => created += 1,
            Err(_) if store.user(&row.username).await?.is_some() => existed += 1,
            Err(err) => return Err(err).with_context(|| format!("line {} of {}", index + 1, file.display())),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    eprint_line(format_args!("created {created} accounts, left {existed} existing ones alone"));
    Ok(())
}

/// One line of an import file.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    username: String,
    password: String,
    name: Option<String>,
    email: Option<String>,
}

impl Row {
    fn parse(line: &str) -> Result<Self> {
        let mut fields = line.split(',').map(str::trim);
        let username = prepare(fields.next().unwrap_or_default())?;
        let password = fields.next().unwrap_or_default().to_owned();
        if password.is_empty() {
            bail!("no password; a line is username,password[,name[,email]]");
        }
        let mut optional = || fields.next().filter(|field| !field.is_empty()).map(str::to_owned);
        let row = Self { username, password, name: optional(), email: optional() };
        if fields.next().is_some() {
            bail!("more than four fields; a line is username,password[,name[,email]]");
        }
        Ok(row)
    }
}

async fn list(store: &Store, search: Option<String>) -> Result<()> {
    let mut query = UserQuery { search, offset: 0, limit: PAGE_ROWS };
    let mut out = io::stdout().lock();
    loop {
        let page = store.users(&query).await?;
        for user in &page.users {
            let (name, email) =
                (user.name.as_deref().unwrap_or_default(), user.email.as_deref().unwrap_or_default());
            writeln!(out, "{}\t{name}\t{email}", user.username)?;
        }
        query.offset += PAGE_ROWS;
        if page.users.is_empty() || u64::from(query.offset) >= page.total {
            return Ok(());
        }
    }
}

/// The wall clock.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default())
}

/// Keys of a new password, salted at random.
pub(crate) fn keys(password: &str) -> Vec<ScramKeys> {
    sasl::new_password_keys(password, |salt| rand::fill(salt))
}

/// The account name as the server keys it (nodeprep), or why it cannot be one.
pub(crate) fn prepare(username: &str) -> Result<String> {
    let prepared = NodePart::new(username.trim())
        .with_context(|| format!("`{username}` cannot be the part of an address before the @"))?;
    Ok(prepared.to_string())
}

fn read_password(args: &PasswordArgs, username: &str) -> Result<String> {
    let password = if let Some(password) = &args.password {
        password.clone()
    } else if args.password_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).context("read the password from standard input")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    } else if io::stdin().is_terminal() {
        let first = rpassword::prompt_password(format!("Password for {username}: "))?;
        if first != rpassword::prompt_password("Again: ")? {
            bail!("the two passwords differ");
        }
        first
    } else {
        bail!("no password: use --password-stdin, or run this on a terminal");
    };
    if password.is_empty() {
        bail!("the password is empty");
    }
    Ok(password)
}

#[expect(clippy::print_stderr, reason = "the answer of a command that has no output")]
fn eprint_line(text: std::fmt::Arguments<'_>) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn import_rows() {
        let full = Row::parse("10023, secret ,Ann,ann@example.net").expect("row");
        assert_eq!((full.username.as_str(), full.password.as_str()), ("10023", "secret"));
        assert_eq!((full.name.as_deref(), full.email.as_deref()), (Some("Ann"), Some("ann@example.net")));
        assert_eq!(Row::parse("Bob,pw").expect("row").username, "bob");
        for bad in ["", "bob", "bob,", "a b,pw", "a,b,c,d,e"] {
            assert!(Row::parse(bad).is_err(), "{bad}");
        }
    }
}
