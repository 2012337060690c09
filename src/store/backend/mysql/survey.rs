//! What the server tells about itself.

use super::MySqlBackend;
use crate::survey::{Rights, Surroundings};

const SELECT_VERSION: &str = "SELECT CAST(VERSION() AS CHAR)";
/// Of the column that holds what people write; of the database while there is none.
const SELECT_CHARACTER_SET: &str = "SELECT CAST(COALESCE(\
    (SELECT character_set_name FROM information_schema.columns WHERE table_schema = DATABASE() \
        AND LOWER(table_name) = 'ofoffline' AND LOWER(column_name) = 'stanza'), \
    (SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = DATABASE())) AS CHAR)";
/// One line for each right that was given, as the statement that would give it.
const SHOW_GRANTS: &str = "SHOW GRANTS";

impl MySqlBackend {
    /// Version, character set and rights.
    pub(crate) async fn surroundings(&self) -> Result<Surroundings, sqlx::Error> {
        let server: String = sqlx::query_scalar(SELECT_VERSION).fetch_one(&self.reader()).await?;
        let character_set: Option<String> =
            sqlx::query_scalar(SELECT_CHARACTER_SET).fetch_one(&self.reader()).await?;
        let grants: Vec<String> = sqlx::query_scalar(SHOW_GRANTS).fetch_all(&self.reader()).await?;
        let database = self.options.get_database().unwrap_or_default();
        Ok(Surroundings {
            server,
            character_set: character_set.unwrap_or_default(),
            rights: rights_from_grants(&grants, database),
        })
    }
}

/// Rights on all tables of a database. Rights on single tables do not count as the right to write.
fn rights_from_grants(grants: &[String], database: &str) -> Rights {
    let may = |right: &str| grants.iter().any(|grant| gives(grant, right, database));
    Rights {
        can_write: ["SELECT", "INSERT", "UPDATE", "DELETE"].into_iter().all(may),
        can_create: may("CREATE"),
    }
}

/// Whether `GRANT right, right ON place TO somebody` gives a right on the database.
fn gives(grant: &str, right: &str, database: &str) -> bool {
    let Some((rights, rest)) = grant.strip_prefix("GRANT ").and_then(|rest| rest.split_once(" ON ")) else {
        return false;
    };
    let Some((place, _)) = rest.split_once(" TO ") else { return false };
    let Some(place) = place.strip_suffix(".*") else { return false };
    let place = place.trim_matches('`');
    let is_here = place == "*" || matches_pattern(place, database);
    let mut rights = rights.split(',').map(str::trim);
    is_here && rights.any(|given| given == "ALL PRIVILEGES" || given == right)
}

/// One sign of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Anything,
    One,
    This(char),
}

/// MySQL's patterns of database names: `%` any text, `_` any character, a backslash before one of them the sign itself.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let mut signs = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        signs.push(match character {
            '%' => Sign::Anything,
            '_' => Sign::One,
            '\\' => Sign::This(characters.next_if(|next| ['%', '_'].contains(next)).unwrap_or(character)),
            character => Sign::This(character),
        });
    }
    // Which beginnings of the pattern match what was read of the name so far.
    let mut reached = vec![false; signs.len() + 1];
    reached[0] = true;
    skip_anything(&signs, &mut reached);
    for character in name.chars() {
        let mut next = vec![false; signs.len() + 1];
        for (at, sign) in signs.iter().enumerate().filter(|(at, _)| reached[*at]) {
            match sign {
                Sign::Anything => next[at] = true,
                Sign::One => next[at + 1] = true,
                Sign::This(wanted) => next[at + 1] |= *wanted == character,
            }
        }
        skip_anything(&signs, &mut next);
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}

/// What stands before "anything" reaches what stands behind it.
fn skip_anything(signs: &[Sign], reached: &mut [bool]) {
    for (at, sign) in signs.iter().enumerate() {
        reached[at + 1] |= reached[at] && *sign == Sign::Anything;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_are_read() {
        let check = |grants: &[&str], can_write, can_create| {
            let grants: Vec<String> = grants.iter().map(|grant| (*grant).to_owned()).collect();
            assert_eq!(rights_from_grants(&grants, "my_of"), Rights { can_write, can_create }, "{grants:?}");
        };
        check(&["GRANT ALL PRIVILEGES ON *.* TO `of`@`%` WITH GRANT OPTION"], true, true);
        check(
            &["GRANT USAGE ON *.* TO `of`@`%`", "GRANT ALL PRIVILEGES ON `my\\_of`.* TO `of`@`%`"],
            true,
            true,
        );
        check(&["GRANT SELECT, INSERT, UPDATE, DELETE ON `my_of`.* TO `of`@`%`"], true, false);
        check(&["GRANT ALL PRIVILEGES ON `other`.* TO `of`@`%`"], false, false);
        check(&["GRANT SELECT, CREATE ON `my%`.* TO `of`@`%`"], false, true);
        check(&["GRANT INSERT ON `my_of`.`ofUser` TO `of`@`%`", "nonsense", ""], false, false);
    }

    #[test]
    fn patterns_of_names() {
        for (pattern, name, want) in [
            ("my\\_of", "my_of", true),
            ("my\\_of", "myXof", false),
            ("my_of", "myXof", true),
            ("%", "", true),
            ("a%c", "abbc", true),
            ("a%c", "abb", false),
            ("ä_", "äö", true),
            ("", "a", false),
        ] {
            assert_eq!(matches_pattern(pattern, name), want, "{pattern} {name}");
        }
    }
}
