//! `openfire.properties` beside the script: which version wrote it, and whether the database was stopped cleanly.

/// State of an embedded database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseState {
    /// Version of HSQLDB, for example `1.8.0` or `2.7.1`; empty if the file does not say.
    pub version: String,
    /// Whether it was stopped cleanly: then there is no log to apply.
    pub is_clean: bool,
    /// Whether a new script was written and not yet moved into place: `openfire.script.new` is the valid one.
    pub has_new_files: bool,
    /// Whether the script is in text form; binary and compressed ones are not read.
    pub is_text: bool,
}

impl DatabaseState {
    /// Reads the text of the file, which has the form of Java's properties.
    pub fn parse(text: &str) -> Self {
        let value = |wanted: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
            let mut pairs = lines.filter_map(|line| line.split_once(['=', ':']));
            pairs.find(|(name, _)| name.trim() == wanted).map(|(_, value)| value.trim().to_owned())
        };
        let modified = value("modified").unwrap_or_default();
        Self {
            version: value("version").unwrap_or_default(),
            is_clean: modified.starts_with("no"),
            has_new_files: modified.ends_with("-new-files"),
            is_text: value("hsqldb.script_format").is_none_or(|format| format == "0"),
        }
    }

    /// Whether version 2.0 or later wrote the files.
    pub fn is_modern(&self) -> bool {
        !self.version.starts_with("1.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states() {
        let old = DatabaseState::parse(
            "#HSQL Database Engine 1.8.0.10\nversion=1.8.0\nhsqldb.script_format=3\nmodified=yes\n",
        );
        assert_eq!(
            (old.is_clean, old.is_modern(), old.is_text, old.has_new_files),
            (false, false, false, false)
        );
        let new = DatabaseState::parse("tx_timestamp=68\nmodified=no-new-files\nversion=2.7.1");
        assert_eq!((new.is_clean, new.is_modern(), new.is_text, new.has_new_files), (true, true, true, true));
        assert!(!DatabaseState::parse("").is_clean, "what is not known was not stopped cleanly");
    }
}
