//! Scripts and logs that HSQLDB wrote, and what becomes of them when they are changed.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const OLD: &str = include_str!("testdata/hsqldb-1.8.script");
const MIDDLE: &str = include_str!("testdata/hsqldb-2.4.script");
const NEW: &str = include_str!("testdata/hsqldb-2.7.script");
const OLD_LOG: &str = include_str!("testdata/hsqldb-1.8-killed.log");
const NEW_LOG: &str = include_str!("testdata/hsqldb-2.7-killed.log");

fn rows(script: &str) -> Vec<OpenfireRow> {
    typed(ScriptReader::new(script.as_bytes()))
}

fn typed(reader: ScriptReader<&[u8]>) -> Vec<OpenfireRow> {
    reader.filter_map(|row| OpenfireRow::from_row(&row.unwrap())).collect::<Result<_, _>>().unwrap()
}

fn with_log(script: &str, log: &str, is_modern: bool) -> Vec<OpenfireRow> {
    let columns = LogChanges::columns_of(script.as_bytes()).unwrap();
    let changes = LogChanges::read(log.as_bytes(), is_modern, columns).unwrap();
    typed(ScriptReader::with_changes(script.as_bytes(), changes))
}

fn users(rows: &[OpenfireRow]) -> BTreeMap<&str, &UserRow> {
    let users = rows.iter().filter_map(|row| match row {
        OpenfireRow::User(user) => Some((user.username.as_str(), user)),
        _ => None,
    });
    users.collect()
}

fn groups(rows: &[OpenfireRow]) -> Vec<&str> {
    let groups = rows.iter().filter_map(|row| match row {
        OpenfireRow::Group(group) => Some(group.name.as_str()),
        _ => None,
    });
    groups.collect()
}

#[test]
fn every_version_tells_the_same() {
    let (old, middle, new) = (rows(OLD), rows(MIDDLE), rows(NEW));
    assert_eq!(old, new);
    assert_eq!(middle, new);
    assert_eq!(new.len(), 16);
    let users = users(&new);
    assert_eq!(users.keys().copied().collect::<Vec<_>>(), ["10023", "admin", "jürgen"]);
    assert_eq!(users["10023"].name.as_deref(), Some("O'Brien \"Bob\" \\ back \\u0041"));
    assert_eq!((users["10023"].iterations, users["admin"].iterations), (Some(4096), None));
    let odd = "Grüße 日本 😀 \t tab\nnewline\r\nCRLF \u{1} ctrl \u{7f}";
    assert_eq!(users["jürgen"].name.as_deref(), Some(odd));
    assert_eq!(
        (users["jürgen"].email.as_deref(), users["admin"].plain_password.as_deref()),
        (Some(""), Some("admin"))
    );
    let contact = RosterItem {
        id: 1,
        username: "10023".to_owned(),
        jid: "jürgen@example.net".to_owned(),
        sub: 3,
        ask: -1,
        recv: -1,
        nick: None,
        stanza: Some("<presence type='subscribe'/>\n".to_owned()),
    };
    assert!(new.contains(&OpenfireRow::RosterItem(contact)));
    let group = RosterGroup { roster_id: 1, rank: 0, name: "Friends; and 'quotes'".to_owned() };
    assert!(new.contains(&OpenfireRow::RosterGroup(group)));
    let key = PropertyRow {
        name: "passwordKey".to_owned(),
        value: "YJ1nKWyrMeGvTKu".to_owned(),
        encrypted: Some(0),
        iv: None,
    };
    assert!(new.contains(&OpenfireRow::Property(key)));
    let empty = PropertyRow {
        name: "empty".to_owned(),
        value: String::new(),
        encrypted: None,
        iv: Some("abc".to_owned()),
    };
    assert!(new.contains(&OpenfireRow::Property(empty)));
    let offline = new.iter().find_map(|row| match row {
        OpenfireRow::OfflineMessage(message) => Some(message.stanza.as_str()),
        _ => None,
    });
    assert_eq!(offline, Some("<message><body>it's; -- /* x */ \\n</body></message>"));
    assert!(new.contains(&OpenfireRow::Version(VersionRow { name: "openfire".to_owned(), version: 34 })));
}

#[test]
fn a_log_is_applied_as_the_database_would() {
    for (script, log, is_modern) in [(OLD, OLD_LOG, false), (NEW, NEW_LOG, true)] {
        let rows = with_log(script, log, is_modern);
        let users = users(&rows);
        assert_eq!(users.keys().copied().collect::<Vec<_>>(), ["10023", "jürgen", "late"]);
        assert_eq!(users["10023"].name.as_deref(), Some("Changed; \n x"));
        assert_eq!(groups(&rows), ["G1", "uncommitted"], "rolled back and open transactions do not count");
        assert!(!rows.iter().any(|row| matches!(row, OpenfireRow::RosterGroup(_))));
    }
}

#[test]
fn rows_of_a_log_can_go_again() {
    let log = "/*C1*/SET SCHEMA PUBLIC\nINSERT INTO OFGROUP VALUES('a',NULL)\nINSERT INTO OFGROUP VALUES('b',NULL)\n\
               COMMIT\n/*C2*/INSERT INTO OFGROUP VALUES('c',NULL)\n/*C1*/DELETE FROM OFGROUP WHERE GROUPNAME='a' AND DESCRIPTION IS NULL\n\
               COMMIT\n/*C2*/COMMIT\nDELETE FROM OFGROUP WHERE GROUPNAME='b'\n";
    assert_eq!(groups(&with_log(NEW, log, true)), ["G1", "b", "c"]);
    let log = "DELETE FROM OFGROUP\nINSERT INTO OFGROUP VALUES('z','')\n";
    assert_eq!(groups(&with_log(OLD, log, false)), ["z"]);
    let log = "/*C7*/SET AUTOCOMMIT FALSE\nINSERT INTO OFGROUP VALUES('lost','')\nDISCONNECT\nCOMMIT\n";
    assert_eq!(groups(&with_log(OLD, log, false)), ["G1"]);
    let log = "CREATE MEMORY TABLE PUBLIC.OFNEW(A INTEGER)\nINSERT INTO OFNEW VALUES(1)\nCOMMIT\n";
    let changes =
        LogChanges::read(log.as_bytes(), true, LogChanges::columns_of(NEW.as_bytes()).unwrap()).unwrap();
    let last = ScriptReader::with_changes(NEW.as_bytes(), changes).last().unwrap().unwrap();
    assert_eq!((&*last.table, last.get("a")), ("OFNEW", Some(&SqlValue::Integer(1))));
}

#[test]
fn a_log_that_was_cut_off_loses_its_last_line_only() {
    let cut = &NEW_LOG[..NEW_LOG.find("'Changed").unwrap()];
    let columns = LogChanges::columns_of(NEW.as_bytes()).unwrap();
    let changes = LogChanges::read(cut.as_bytes(), true, columns.clone()).unwrap();
    assert!(changes.is_cut_off());
    let rows = typed(ScriptReader::with_changes(NEW.as_bytes(), changes));
    let users = users(&rows);
    assert_eq!(users.keys().copied().collect::<Vec<_>>(), ["10023", "admin", "jürgen", "late"]);
    let broken = "INSERT INTO OFGROUP VALUES('x'\nCOMMIT\n";
    let error = LogChanges::read(broken.as_bytes(), true, columns.clone()).unwrap_err();
    assert!(matches!(error, ScriptError { line: 1, problem: ScriptProblem::Syntax(_) }), "{error}");
    for change in
        ["ALTER TABLE PUBLIC.OFUSER ADD COLUMN X INTEGER", "UPDATE OFUSER SET NAME='x'", "DROP TABLE OFUSER"]
    {
        let error = LogChanges::read(format!("{change}\n").as_bytes(), true, columns.clone()).unwrap_err();
        assert!(error.to_string().contains("OFUSER, which is not applied"), "{error}");
    }
}

#[test]
fn what_is_not_in_the_script_is_refused() {
    let check = |script: &str, line: u64, needle: &str| {
        let error = ScriptReader::new(script.as_bytes()).find_map(Result::err).unwrap();
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().contains(needle), "{error}");
    };
    check(&OLD.replace("CREATE MEMORY TABLE OFVCARD", "CREATE CACHED TABLE OFVCARD"), 7, "OFVCARD");
    check(&NEW.replace("VCARD VARCHAR(16777216)", "VCARD CLOB(16M)"), 68, "large objects");
    check(
        &OLD.replace("CREATE MEMORY TABLE OFID", "CREATE MEMORY TABLE XFID"),
        32,
        "OFID, which was not created",
    );
    check(&OLD.replace("OFID VALUES(18,6)", "OFID VALUES(18)"), 32, "1 values for 2 columns");
    check(&OLD.replace("OFID VALUES(18,6)", "OFID VALUES(18;6)"), 32, "commas");
    check("\u{1f}\0\0", 1, "binary");
    assert_eq!(ScriptReader::new(&b""[..]).count(), 0);
}

#[test]
fn a_row_that_does_not_fit_names_its_column() {
    let script = OLD
        .replace("OFID VALUES(18,6)", "OFID VALUES('x',6)")
        .replace("OFGROUP VALUES('G1'", "OFGROUP VALUES(NULL");
    let errors: Vec<String> = ScriptReader::new(script.as_bytes())
        .filter_map(|row| OpenfireRow::from_row(&row.unwrap())?.err())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(
        errors,
        [
            "line 30: a row of OFGROUP has no value in column groupName",
            "line 32: a row of OFID has text that is no number in column idType"
        ]
    );
}

/// Makes a large script while it is read, so that only the reader's own memory counts.
struct Endless {
    head: &'static [u8],
    left: usize,
    line: Vec<u8>,
    at: usize,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let from = if self.head.is_empty() { &self.line[self.at..] } else { self.head };
        let length = from.len().min(buffer.len());
        buffer[..length].copy_from_slice(&from[..length]);
        if self.head.is_empty() {
            self.at += length;
        } else {
            self.head = &self.head[length..];
        }
        if self.at == self.line.len() && self.left > 0 {
            (self.at, self.left) = (0, self.left - 1);
        }
        Ok(length)
    }
}

#[test]
fn a_large_script_streams() {
    let head = b"CREATE MEMORY TABLE OFGROUP(GROUPNAME VARCHAR(50) NOT NULL,DESCRIPTION VARCHAR(255))\n";
    let line = format!("INSERT INTO OFGROUP VALUES('{}','d')\n", "x".repeat(50)).into_bytes();
    let script = Endless { head, left: 50_000, line, at: 0 };
    let mut reader = ScriptReader::new(std::io::BufReader::new(script));
    assert_eq!(reader.by_ref().flatten().count(), 50_001);
    assert!(reader.bytes_read() > 4_000_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn changed_scripts_are_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        with_log in any::<bool>(),
    ) {
        let mut script = OLD.as_bytes().to_vec();
        let mut log = OLD_LOG.as_bytes().to_vec();
        for (place, value) in changes {
            let target = if with_log { &mut log } else { &mut script };
            let place = place.index(target.len());
            target[place] = value;
        }
        let columns = LogChanges::columns_of(script.as_slice()).unwrap_or_default();
        let changes = LogChanges::read(log.as_slice(), false, columns).unwrap_or_default();
        for row in ScriptReader::with_changes(script.as_slice(), changes).flatten() {
            let _ = OpenfireRow::from_row(&row);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(
        text in "(CREATE TABLE OFX\\(A INTEGER\\)\n|INSERT INTO OFX VALUES\\(1\\)\n|DELETE FROM OFX|WHERE A=1|COMMIT\n|/\\*C1\\*/|'|\"|\\(|\\)|,| |\n|\\\\u00|é){0,25}",
    ) {
        let changes = LogChanges::read(text.as_bytes(), true, LogChanges::columns_of(text.as_bytes()).unwrap_or_default());
        let rows = ScriptReader::with_changes(text.as_bytes(), changes.unwrap_or_default()).count();
        prop_assert!(rows <= text.len());
    }

    #[test]
    fn values_come_back(texts in proptest::collection::vec(proptest::option::of(any::<String>()), 1..5)) {
        // Written as the database writes: quotes doubled, everything but printable ASCII as an escape.
        let escape = |text: &str| -> String {
            let units = text.replace('\'', "''").encode_utf16().collect::<Vec<_>>();
            let written = units.iter().enumerate().map(|(index, &unit)| match char::from_u32(u32::from(unit)) {
                Some('\\') if units.get(index + 1) == Some(&u16::from(b'u')) => "\\u005c".to_owned(),
                Some(character @ ' '..='~') => character.to_string(),
                _ => format!("\\u{unit:04x}"),
            });
            written.collect()
        };
        let columns: Vec<String> = (0..texts.len()).map(|index| format!("C{index} VARCHAR(9)")).collect();
        let values = texts.iter().map(|text| text.as_ref().map_or("NULL".to_owned(), |text| format!("'{}'", escape(text))));
        let values = values.collect::<Vec<_>>().join(",");
        let script = format!("CREATE MEMORY TABLE OFX({})\nINSERT INTO OFX VALUES({values})\n", columns.join(","));
        let row = ScriptReader::new(script.as_bytes()).next().unwrap().unwrap();
        let expected: Vec<SqlValue> = texts.into_iter().map(|text| text.map_or(SqlValue::Null, SqlValue::Text)).collect();
        prop_assert_eq!(row.values, expected);
    }
}
