//! How busy this machine is.

/// Load average of the last minute in percent of the processors; 0 where the system does not say.
pub(crate) fn percent() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::fs::read_to_string("/proc/loadavg").ok().and_then(|text| parse(&text, processors)).unwrap_or(0)
}

fn parse(loadavg: &str, processors: usize) -> Option<u32> {
    let (whole, hundredths) = loadavg.split_whitespace().next()?.split_once('.')?;
    let hundredths: u32 = hundredths.get(..2)?.parse().ok()?;
    let load = whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(hundredths)?;
    Some(load / u32::try_from(processors).ok()?.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_first_figure_of_the_kernel() {
        assert_eq!(parse("3.07 1.00 0.50 2/300 4242\n", 2), Some(153));
        assert_eq!(parse("0.00 0.00 0.00 1/1 1\n", 4), Some(0));
        for odd in ["", "x", "1", "1.x 2 3", "-1.00"] {
            assert_eq!(parse(odd, 1), None, "{odd}");
        }
    }
}
