//! Resident memory of this process.

/// In bytes; 0 where the system does not say.
pub(crate) fn resident_bytes() -> u64 {
    // `status` gives kibibytes; `statm` would need the page size.
    std::fs::read_to_string("/proc/self/status").ok().and_then(|text| parse(&text)).unwrap_or(0)
}

fn parse(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_line_of_the_kernel() {
        assert_eq!(parse("Name:\tx\nVmRSS:\t    2048 kB\nThreads:\t1\n"), Some(2048 * 1024));
        assert_eq!(parse("Name:\tx\n"), None);
    }
}
