//! Values as people read them.

use std::time::Duration;

use cobnut_model::UnixMillis;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// `2026-11-22 14:20:06` in the time zone of the server.
pub(crate) fn time(at: UnixMillis) -> String {
    zoned(at, "%Y-%m-%d %H:%M:%S")
}

/// `14:20:06` in the time zone of the server.
pub(crate) fn clock(at: UnixMillis) -> String {
    zoned(at, "%H:%M:%S")
}

/// `2026-11-22` in the time zone of the server.
pub(crate) fn date(at: UnixMillis) -> String {
    zoned(at, "%Y-%m-%d")
}

fn zoned(at: UnixMillis, format: &str) -> String {
    let timestamp = i64::try_from(at.0).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    match timestamp {
        Some(timestamp) if at.0 > 0 => timestamp.to_zoned(TimeZone::system()).strftime(format).to_string(),
        _ => "–".to_owned(),
    }
}

/// Now, for new rows.
pub(crate) fn now() -> UnixMillis {
    UnixMillis(u64::try_from(Timestamp::now().as_millisecond()).unwrap_or_default())
}

/// Memory of a node, which is 0 until it reported some.
pub(crate) fn memory(reported: u64) -> String {
    if reported == 0 { "–".to_owned() } else { bytes(reported) }
}

/// `18.4 MiB`.
fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut scaled = bytes;
    let mut rest = 0;
    while scaled >= 1024 && unit + 1 < UNITS.len() {
        rest = scaled % 1024;
        scaled /= 1024;
        unit += 1;
    }
    if unit == 0 || scaled >= 100 {
        return format!("{scaled} {}", UNITS[unit]);
    }
    format!("{scaled}.{} {}", rest * 10 / 1024, UNITS[unit])
}

/// `3 d 4 h`, `4 h 5 min`, `5 min 6 s`: symbols that need no translation.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// How a node treats clients, for programs and style sheets.
pub(crate) fn drain_state(state: cobnut_xmpp::DrainState) -> &'static str {
    match state {
        cobnut_xmpp::DrainState::Serving => "serving",
        cobnut_xmpp::DrainState::Draining { .. } => "draining",
        cobnut_xmpp::DrainState::Drained { .. } => "drained",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_durations_are_short() {
        for (size, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1536, "1.5 KiB"),
            (19_293_798, "18.3 MiB"),
            (200 << 20, "200 MiB"),
            (u64::MAX, "16777215 TiB"),
        ] {
            assert_eq!(bytes(size), text);
        }
        for (seconds, text) in [(0, "0 s"), (66, "1 min 6 s"), (3700, "1 h 1 min"), (90_000, "1 d 1 h")] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn an_unknown_time_is_a_dash() {
        assert_eq!(time(UnixMillis(0)), "–");
        assert_eq!(time(UnixMillis(u64::MAX)), "–");
        assert_eq!(date(UnixMillis(1_767_225_600_000 + 43_200_000)), "2026-01-01");
    }
}
