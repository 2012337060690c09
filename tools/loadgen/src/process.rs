//! CPU time and memory of the server's processes, from `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// CPU time used so far by these processes, all threads together.
///
/// User and system time are taken as one: the kernel measures their sum and only estimates the shares. The sum is
/// reported in ticks of 10 ms, so measure seconds, not milliseconds.
pub(crate) fn cpu_time(processes: &[u32]) -> Result<Duration> {
    let ticks_per_second = rustix::param::clock_ticks_per_second();
    processes.iter().try_fold(Duration::ZERO, |sum, id| {
        let path = format!("/proc/{id}/stat");
        let stat = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
        let one = parse_stat(&stat, ticks_per_second).with_context(|| format!("understand {path}"))?;
        Ok(sum + one)
    })
}

fn parse_stat(stat: &str, ticks_per_second: u64) -> Option<Duration> {
    // The second field is a name in parentheses that may itself hold blanks and parentheses.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let ticks = fields.next()?.ok()?.checked_add(fields.next()?.ok()?)?;
    Some(Duration::from_millis(ticks.checked_mul(1000)?.checked_div(ticks_per_second)?))
}

/// Memory in bytes, all processes together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Memory {
    /// Resident pages, shared ones counted fully.
    pub(crate) resident: u64,
    /// Pages that no other process has: what would be free if the server ended.
    pub(crate) private: u64,
    /// Resident anonymous pages: heap and stacks.
    pub(crate) anonymous: u64,
}

impl Memory {
    /// Of these processes, now.
    pub(crate) fn of(processes: &[u32]) -> Result<Self> {
        processes.iter().try_fold(Self::default(), |sum, id| {
            let path = format!("/proc/{id}/smaps_rollup");
            let rollup = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
            let one = Self::parse(&rollup).with_context(|| format!("understand {path}"))?;
            Ok(Self {
                resident: sum.resident + one.resident,
                private: sum.private + one.private,
                anonymous: sum.anonymous + one.anonymous,
            })
        })
    }

    fn parse(rollup: &str) -> Option<Self> {
        let bytes = |name: &str| -> Option<u64> {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
            let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
            kilobytes.checked_mul(1024)
        };
        Some(Self {
            resident: bytes("Rss")?,
            private: bytes("Private_Clean")?.checked_add(bytes("Private_Dirty")?)?,
            anonymous: bytes("Anonymous")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_read_behind_the_strangest_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 250 75 0 0 20 0 4 0 100 1000 10";
        assert_eq!(parse_stat(stat, 100), Some(Duration::from_millis(3250)));
        assert_eq!(parse_stat("42 (x) S 1", 100), None);
        assert_eq!(parse_stat("", 100), None);
    }

    #[test]
    fn memory_is_read() {
        let rollup = "55d0-7fff ---p 00000000 00:00 0 [rollup]\nRss:    2048 kB\nPss:  2000 kB\n\
                      Private_Clean:  10 kB\nPrivate_Dirty:  1000 kB\nAnonymous:   900 kB\n";
        let expected = Memory { resident: 2048 << 10, private: 1010 << 10, anonymous: 900 << 10 };
        assert_eq!(Memory::parse(rollup), Some(expected));
        assert_eq!(Memory::parse("Rss: x kB"), None);
    }

    #[test]
    fn our_own_process_can_be_read() -> Result<()> {
        let own = [std::process::id()];
        assert!(Memory::of(&own)?.resident > 0);
        cpu_time(&own)?;
        assert!(cpu_time(&[u32::MAX]).is_err());
        Ok(())
    }
}
