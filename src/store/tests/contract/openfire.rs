//! Databases as Openfire makes them, in any of its schema versions.

const TABLES: &str = include_str!("openfire_tables.sql");
const ROWS: &str = include_str!("openfire_rows.sql");

/// The version that most cases use: Openfire 4.7.4 to 4.9.2.
pub(crate) const USUAL: u32 = 34;
/// The versions of releases that are still in use, and those in between at which something changed that we read.
pub(crate) const VERSIONS: &[u32] = &[22, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40];

/// The engine for which SQL is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    Sqlite,
    MySql,
    Postgres,
}

impl Flavour {
    /// Of the database that a URL names.
    pub(crate) fn of_url(url: &str) -> Self {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("mysql") => Self::MySql,
            Some("postgres") => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::MySql => "mysql",
            Self::Postgres => "postgres",
        }
    }
}

/// The statements that make the tables of a version.
pub(crate) fn tables(version: u32, flavour: Flavour) -> String {
    fill(TABLES, version, flavour)
}

/// The statements that make a database of a version with a few people in it.
pub(crate) fn database(version: u32, flavour: Flavour) -> String {
    tables(version, flavour) + &fill(ROWS, version, flavour)
}

fn fill(text: &str, version: u32, flavour: Flavour) -> String {
    let is_mysql = flavour == Flavour::MySql;
    let is_postgres = flavour == Flavour::Postgres;
    let pick = |postgres, others| if is_postgres { postgres } else { others };
    // Version 35 brought the second of these columns, version 36 the first.
    let (columns, values) = match version {
        36.. => ("retireOnDeletion, preserveHistOnDel,", "1, 0,"),
        35 => ("preserveHistOnDel,", "0,"),
        _ => ("", ""),
    };
    let lines: Vec<&str> = text.lines().filter_map(|line| counts(line, version, flavour)).collect();
    lines
        .join("\n")
        .replace("$VERSION", &version.to_string())
        .replace("$RETIREVALUES", values)
        .replace("$RETIRE", columns)
        .replace("$ID", pick("INTEGER", "BIGINT"))
        .replace("$LONG", "BIGINT")
        .replace("$FLAG", pick("INTEGER", "TINYINT"))
        .replace("$MEDIUM", if is_mysql { "MEDIUMTEXT" } else { "TEXT" })
        .replace("$VALUE", pick("VARCHAR(4000)", "TEXT"))
        .replace("$PRINCIPAL", pick("VARCHAR(4000)", "TEXT"))
        .replace("$ADDRESS", pick("VARCHAR(1024)", "TEXT"))
        .replace("$KEY", if is_mysql { "(70)" } else { "" })
        .replace("$ENGINE", if is_mysql { " ENGINE = InnoDB" } else { "" })
        .replace('`', pick("", "`"))
}

/// The line without its mark, if it counts.
fn counts(line: &str, version: u32, flavour: Flavour) -> Option<&str> {
    let Some((line, mark)) = line.split_once(" --@ ") else { return Some(line) };
    let holds = |word: &str| match word.split_once('-') {
        Some((first, "")) => version >= first.parse().expect("a version"),
        Some(("", last)) => version <= last.parse().expect("a version"),
        _ => word == flavour.name(),
    };
    mark.split_whitespace().all(holds).then_some(line)
}
