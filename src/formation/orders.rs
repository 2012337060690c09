//! All orders of a few things.

/// Every order of `0..count`, in lexicographic order.
pub(crate) fn orders(count: usize) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    let mut order: Vec<usize> = (0..count).collect();
    loop {
        found.push(order.clone());
        if !next(&mut order) {
            return found;
        }
    }
}

/// Steps to the next order; false when this was the last one.
fn next(order: &mut [usize]) -> bool {
    let Some(pivot) = (1..order.len()).rev().find(|&at| order[at - 1] < order[at]) else { return false };
    let Some(greater) = (pivot..order.len()).rev().find(|&at| order[at] > order[pivot - 1]) else {
        return false;
    };
    order.swap(pivot - 1, greater);
    order[pivot..].reverse();
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_orders_once() {
        assert_eq!(orders(0), [Vec::<usize>::new()]);
        assert_eq!(orders(2), [vec![0, 1], vec![1, 0]]);
        let mut six = orders(6);
        assert!(six.is_sorted());
        six.dedup();
        assert_eq!(six.len(), 720);
    }
}
