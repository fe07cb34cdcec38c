/// @file
/// Lowering: from a host's network and callables to qube::Network and qube::Policy.
#ifndef QUBE_BUDGET_SEQUANT_LOWER_HPP
#define QUBE_BUDGET_SEQUANT_LOWER_HPP

#include <type_traits>

#include "reader.hpp"

namespace qube::seq {

/// Reads a network of the host and the answers of its callables.
/// @param network        the host's network
/// @param idx_to_extent  extent of an index, 1 or more; the mean size of a composite index
/// @param policy         the BatchPolicy of this header or the host's
/// @param inner_pow      power means of composite indices; empty: their extents, unless
///                       NetworkTraits needs it
/// @return the network, and a policy that names indices and tensors by label, or by number where
///         only some tensors of a label are volatile
/// @throws Error input (no extents), duplicate (two indices with one label), extent, target,
///         power_mean, option, overflow (an integer past 2^63 - 1), no_tensors, document (a
///         composite proto); any exception of a callable
template <NetworkLike HostNetwork, class Extents, class P = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<P, HostNetwork>
[[nodiscard]] Lowered<HostNetwork>
lower(const HostNetwork &network, Extents &&idx_to_extent, const P &policy = {},
      const std::type_identity_t<InnerPow<HostNetwork>> &inner_pow = {})
{
    priv::Rules rules;
    Lowered<HostNetwork> lowered = priv::Reader<HostNetwork>(network).lower(
        network, idx_to_extent, policy, inner_pow, rules);
    lowered.policy = rules.policy(priv::settings_of(policy), 1);
    return lowered;
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_LOWER_HPP
