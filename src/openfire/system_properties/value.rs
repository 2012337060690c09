//! Values of system properties: everything is text, and a number means the property's own unit.

use std::time::Duration;

use thiserror::Error;

use crate::{java_bool, java_long};

/// How the text of a property is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` in any letter case is true, everything else is false.
    Boolean,
    /// A whole number.
    Number,
    /// A port from 1 to 65535.
    Port,
    /// A size in bytes; a negative one means no limit.
    Bytes,
    /// A time in milliseconds; a negative one means never.
    Millis,
    /// A time in seconds; a negative one means never.
    Seconds,
    /// A time in minutes.
    Minutes,
    /// A time in days.
    Days,
    /// One of these words, in any letter case.
    Choice(&'static [&'static str]),
    /// Entries between commas or blanks.
    List,
    /// The name of a Java class.
    Class,
    /// Anything.
    Text,
    /// Anything, and not to be shown.
    Secret,
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A switch.
    Boolean(bool),
    /// A number, a port or a size.
    Number(i64),
    /// A time; `None` is never.
    Time(Option<Duration>),
    /// Entries.
    List(Vec<String>),
    /// Text, words of a choice in the catalogue's spelling.
    Text(String),
}

/// A text that is no value of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not {expected}")]
pub struct BadValue {
    /// What would be one.
    pub expected: &'static str,
}

impl Kind {
    /// Reads a text as Openfire does.
    ///
    /// # Errors
    /// The text is no value of this kind.
    pub fn read(self, text: &str) -> Result<Value, BadValue> {
        let trimmed = text.trim();
        let number = |expected| java_long(trimmed).ok_or(BadValue { expected });
        let time = |expected, seconds: u64| {
            let count = number(expected)?;
            Ok(Value::Time(
                u64::try_from(count).ok().map(|count| Duration::from_secs(count.saturating_mul(seconds))),
            ))
        };
        match self {
            Self::Boolean => Ok(Value::Boolean(java_bool(trimmed))),
            Self::Number => number("a whole number").map(Value::Number),
            Self::Bytes => number("a number of bytes").map(Value::Number),
            Self::Port => match java_long(trimmed) {
                Some(port @ 1..=65535) => Ok(Value::Number(port)),
                _ => Err(BadValue { expected: "a port from 1 to 65535" }),
            },
            Self::Millis => {
                let count = number("a number of milliseconds")?;
                Ok(Value::Time(u64::try_from(count).ok().map(Duration::from_millis)))
            }
            Self::Seconds => time("a number of seconds", 1),
            Self::Minutes => time("a number of minutes", 60),
            Self::Days => time("a number of days", 24 * 60 * 60),
            Self::Choice(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(trimmed));
                word.map(|word| Value::Text((*word).to_owned()))
                    .ok_or(BadValue { expected: "one of the known words" })
            }
            Self::List => {
                let entries = trimmed.split(|character: char| character == ',' || character.is_whitespace());
                Ok(Value::List(entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()))
            }
            Self::Class | Self::Text | Self::Secret => Ok(Value::Text(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_read_in_their_own_unit() {
        let time = |seconds| Ok(Value::Time(Some(Duration::from_secs(seconds))));
        assert_eq!(Kind::Millis.read(" 360000 "), time(360));
        assert_eq!(Kind::Seconds.read("30"), time(30));
        assert_eq!(Kind::Minutes.read("2"), time(120));
        assert_eq!(Kind::Days.read("1"), time(86_400));
        assert_eq!(Kind::Millis.read("-1"), Ok(Value::Time(None)));
        assert!(Kind::Millis.read("6 min").is_err() && Kind::Seconds.read("").is_err());
        assert_eq!(Kind::Boolean.read("TRUE "), Ok(Value::Boolean(true)));
        assert_eq!(Kind::Boolean.read("1"), Ok(Value::Boolean(false)));
        assert_eq!(Kind::Port.read("5222"), Ok(Value::Number(5222)));
        assert!(Kind::Port.read("0").is_err() && Kind::Port.read("65536").is_err());
        let list =
            |entries: &[&str]| Ok(Value::List(entries.iter().map(|entry| (*entry).to_owned()).collect()));
        assert_eq!(Kind::List.read("a, b\tc,,"), list(&["a", "b", "c"]));
        let choice = Kind::Choice(&["required", "optional"]);
        assert_eq!(choice.read("Optional"), Ok(Value::Text("optional".to_owned())));
        assert!(choice.read("maybe").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,30}|-?[0-9]{1,25}") {
            for kind in [Kind::Boolean, Kind::Number, Kind::Port, Kind::Bytes, Kind::Millis, Kind::Days, Kind::List, Kind::Text] {
                let _ = kind.read(&text);
            }
        }
    }
}
