//! Power means of domain sizes, the effective extents of composite indices.

use crate::{Error, Result, quiet};

/// The means of order 1 to `orders` of the domain sizes of all pairs:
/// `means[k - 1] = (sum over pairs of d^k / pairs)^(1/k)`. With them, outer extents times `mean^k` is
/// the true block-sparse volume `sum over pairs of d^k`, where outer is the number of pairs.
///
/// Sizes are 0 or more, one at least above 0; `orders` is the largest number of composite indices with the
/// same protos in a network. Relative error: a few units in the last place.
///
/// ```
/// let means = qube_budget::network::power_means(&[1, 7], 2)?;
/// assert_eq!(means, [4.0, 5.0]); // (1 + 7) / 2 and the root of (1 + 49) / 2
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn power_means(domains: &[i64], orders: usize) -> Result<Vec<f64>> {
    if let Some(at) = domains.iter().position(|&size| size < 0) {
        let label = format!("number {}", at + 1);
        return Err(Error::Domain { label, size: domains[at], allowed: "0 or more" });
    }
    let largest = domains.iter().copied().max().unwrap_or(0);
    if largest == 0 {
        let label = "the largest of all".into();
        return Err(Error::Domain { label, size: 0, allowed: "at least one size above 0" });
    }
    Ok((1..=orders).map(|order| power_mean(domains, largest as f64, order)).collect())
}

/// Powers of sizes relative to the largest, so that none overflows. Negligible terms are skipped, so
/// that none underflows.
fn power_mean(domains: &[i64], largest: f64, order: usize) -> f64 {
    const NEGLIGIBLE: f64 = -200.0;
    let order = order as f64;
    let power = |&size: &i64| {
        let ratio = size as f64 / largest;
        let magnitude = order * quiet::log2(ratio);
        let counts = size > 0 && magnitude > NEGLIGIBLE;
        let power = quiet::operand(counts, ratio).powf(order);
        if counts { power } else { 0.0 }
    };
    let mean = domains.iter().map(power).sum::<f64>() / domains.len() as f64;
    largest * mean.powf(order.recip())
}

/// Refuses means that are not finite positive numbers.
pub(super) fn check_power_means(
    what: &'static str,
    label: &str,
    power_means: &[f64],
) -> Result<()> {
    match power_means.iter().position(|mean| !(mean.is_finite() && *mean > 0.0)) {
        None => Ok(()),
        Some(at) => Err(Error::PowerMean {
            what,
            label: label.into(),
            k: at + 1,
            value: power_means[at].to_string(),
            allowed: "a finite number above 0",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    #[test]
    fn means_are_those_of_the_definition() {
        let domains = [310, 0, 12, 45, 45, 1];
        for (k, mean) in (1..).zip(power_means(&domains, 5).unwrap()) {
            let sum: f64 = domains.iter().map(|&d| (d as f64).powi(k)).sum();
            assert_relative_eq!(mean.powi(k) * 6.0, sum, max_relative = 1e-13);
        }
    }

    #[test]
    fn extremes_stay_in_range() {
        let means = power_means(&[i64::MAX, 1, 1], 1000).unwrap();
        assert!(means.iter().all(|mean| mean.is_finite() && *mean > 0.0));
        assert!(means.windows(2).all(|pair| pair[0] < pair[1]), "they grow with the order");
        assert!(means[999] < i64::MAX as f64);
        assert_eq!(power_means(&[5, 5], 3), Ok(vec![5.0; 3]));
    }

    #[test]
    fn sizes_that_cannot_be_are_named() {
        let message = |domains: &[i64]| power_means(domains, 1).unwrap_err().to_string();
        assert!(message(&[3, -2]).contains("number 2") && message(&[3, -2]).contains("-2"));
        assert!(message(&[0, 0]).contains("above 0") && message(&[]).contains("above 0"));
    }
}
