//! Pages of long tables.

use cobnut_model::limits::CONSOLE_ROWS_MAX;
use serde::{Deserialize, Deserializer};

use super::chrome::Chrome;

/// Openfire's choices.
const CHOICES: [u32; 5] = [25, 50, 100, 500, CONSOLE_ROWS_MAX];
/// Openfire's default.
const ROWS: u32 = 100;

/// Which page a visitor asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// From 1.
    page: u32,
    pub(super) rows: u32,
}

impl Window {
    pub(super) fn new(page: u32, rows: u32) -> Self {
        let rows = if rows == 0 { ROWS } else { rows.min(CONSOLE_ROWS_MAX) };
        Self { page: page.clamp(1, u32::MAX / CONSOLE_ROWS_MAX), rows }
    }

    /// Rows before this page.
    pub(super) fn offset(self) -> u32 {
        (self.page - 1).saturating_mul(self.rows)
    }
}

/// Links to the neighbours of a page.
pub(super) struct Pager {
    pub(super) range: String,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
    rows: u32,
}

impl Pager {
    /// For `shown` of `total` rows at `path`, keeping `query` in the links.
    pub(super) fn new(
        chrome: &Chrome,
        window: Window,
        (shown, total): (usize, u64),
        path: &str,
        query: &[(&str, &str)],
    ) -> Self {
        let link = |page: u32| {
            let mut pairs: Vec<(&str, String)> = query
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| (*key, (*value).to_owned()))
                .collect();
            pairs.push(("rows", window.rows.to_string()));
            pairs.push(("page", page.to_string()));
            format!("{path}?{}", serde_urlencoded::to_string(pairs).unwrap_or_default())
        };
        let first = u64::from(window.offset()) + u64::from(shown > 0);
        let last = u64::from(window.offset()) + shown as u64;
        let range = if shown == 0 {
            chrome.fill("pager.total", "total", total)
        } else {
            chrome.fill_all("pager.range", &[("first", &first), ("last", &last), ("total", &total)])
        };
        let next = shown > 0 && last < total;
        Self {
            range,
            previous: (window.page > 1).then(|| link(window.page - 1)),
            next: next.then(|| link(window.page + 1)),
            rows: window.rows,
        }
    }

    /// Numbers of rows to choose from, and which is chosen.
    pub(super) fn choices(&self) -> Vec<(u32, bool)> {
        let mut choices = CHOICES.to_vec();
        choices.push(self.rows);
        choices.sort_unstable();
        choices.dedup();
        choices.into_iter().map(|choice| (choice, choice == self.rows)).collect()
    }
}

/// Reads a number of a query leniently: people edit addresses, and nonsense means the default.
pub(super) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    Ok(String::deserialize(deserializer)?.trim().parse().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_within_bounds() {
        for (page, rows, offset, expected) in [
            (0, 0, 0, ROWS),
            (3, 25, 50, 25),
            (1, 9_999_999, 0, CONSOLE_ROWS_MAX),
            (u32::MAX, 1, u32::MAX / CONSOLE_ROWS_MAX - 1, 1),
        ] {
            let window = Window::new(page, rows);
            assert_eq!((window.offset(), window.rows), (offset, expected), "{page} {rows}");
        }
    }
}
