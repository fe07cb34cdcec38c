//! Checks that the sizes of a network, and the loops on it, stay within the range of a double.

use super::loops::{Loop, allowed};
use super::magnitude::{check_magnitude, check_tensors};
use super::{Options, Subset};
use crate::Result;
use crate::network::{Network, Volumes};
use crate::policy::ResolvedPolicy;

/// Refuses sizes and numbers of batches whose product leaves the range of a double.
pub(super) fn check_range(
    network: &Network,
    options: &Options,
    volumes: &Volumes,
    loops: &[Loop],
) -> Result<()> {
    if network.tensors().len() > Subset::MOST {
        return check_tensors(network, volumes);
    }
    let repeating = if options.objective.charges_slicing() { loops } else { &[] };
    check_magnitude(volumes, repeating.iter().map(|one| one.batches))
}

/// Refuses missing sizes, and sizes whose product leaves the range of a double.
pub(crate) fn check_sizes(
    network: &Network,
    resolved: &ResolvedPolicy,
    options: &Options,
) -> Result<()> {
    let volumes = Volumes::new(network, options.use_inner_pow)?;
    check_range(network, options, &volumes, &allowed(network, resolved, options.objective)?)
}
