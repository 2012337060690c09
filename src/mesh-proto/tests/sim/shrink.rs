//! Makes a failing schedule smaller: leaves faults out as long as it still fails.

use crate::plan::Plan;

/// Runs that a search may take.
const RUNS_MAX: usize = 400;

/// The faults that are left of a failing plan, and how it fails with them.
pub(crate) fn shrink(
    plan: &Plan,
    error: String,
    run: impl Fn(&Plan) -> Result<(), String>,
) -> (Vec<usize>, String) {
    let (mut kept, mut error) = (plan.faults(), error);
    let mut chunk = kept.len().div_ceil(2);
    let mut runs = 0;
    while chunk > 0 && runs < RUNS_MAX {
        let mut start = 0;
        while start < kept.len() && runs < RUNS_MAX {
            let end = (start + chunk).min(kept.len());
            let fewer: Vec<usize> = kept[..start].iter().chain(&kept[end..]).copied().collect();
            let mut smaller = plan.clone();
            smaller.keep_faults(&fewer);
            runs += 1;
            match run(&smaller) {
                Err(still) => (kept, error) = (fewer, still),
                Ok(()) => start = end,
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
    }
    (kept, error)
}
