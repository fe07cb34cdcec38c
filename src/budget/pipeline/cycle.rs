//! An order of derived sizes in which each needs only those before it, in time and memory in the names
//! that they have (Kahn's algorithm); or sizes that need each other.

use rustc_hash::FxHashMap;

/// `needs[k]` are the names in the formula of `names[k]`; those that are no derived size do not count. On
/// failure, the numbers of a cycle, each needing the next and the last one the first.
pub(super) fn ordered(names: &[&str], needs: &[Vec<&str>]) -> Result<Vec<usize>, Vec<usize>> {
    let number: FxHashMap<&str, usize> =
        names.iter().enumerate().map(|(number, name)| (*name, number)).collect();
    let needs: Vec<Vec<usize>> = needs
        .iter()
        .map(|needs| needs.iter().filter_map(|name| number.get(name).copied()).collect())
        .collect();
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut needed_by = vec![Vec::new(); needs.len()];
    for (of, needs) in needs.iter().enumerate() {
        needs.iter().for_each(|&need| needed_by[need].push(of));
    }
    let mut order: Vec<usize> = (0..needs.len()).filter(|&of| open[of] == 0).collect();
    let mut done = 0;
    while let Some(&of) = order.get(done) {
        done += 1;
        for &user in &needed_by[of] {
            open[user] -= 1;
            if open[user] == 0 {
                order.push(user);
            }
        }
    }
    if order.len() == needs.len() {
        return Ok(order);
    }
    // Each that is left needs one that is left: following these comes back to one.
    let left = |of: &usize| open[*of] > 0;
    let mut path: Vec<usize> = (0..needs.len()).find(left).into_iter().collect();
    let mut seen_at = vec![None; needs.len()];
    while let Some(&last) = path.last() {
        if let Some(begin) = seen_at[last] {
            path.pop();
            return Err(path.split_off(begin));
        }
        seen_at[last] = Some(path.len() - 1);
        match needs[last].iter().copied().find(left) {
            Some(next) => path.push(next),
            None => break,
        }
    }
    Err(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_needs() {
        let names = ["c", "a", "b"];
        let needs = [vec!["a", "b"], vec!["n"], vec!["a", "a"]];
        assert_eq!(ordered(&names, &needs), Ok(vec![1, 2, 0]));
    }

    #[test]
    fn a_cycle_is_told_without_what_leads_to_it() {
        let names = ["lead", "a", "b", "c", "fine"];
        let needs = [vec!["a"], vec!["fine", "b"], vec!["c"], vec!["a"], vec!["n"]];
        assert_eq!(ordered(&names, &needs), Err(vec![1, 2, 3]));
        assert_eq!(ordered(&["a"], &[vec!["a"]]), Err(vec![0]));
    }
}
