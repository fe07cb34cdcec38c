/// @file
/// Plans of one term, from an objective, cost parameters and a policy.
#ifndef QUBE_BUDGET_SEQUANT_PLAN_HPP
#define QUBE_BUDGET_SEQUANT_PLAN_HPP

#include <cstdint>
#include <type_traits>
#include <vector>

#include "costs.hpp"
#include "lower.hpp"

namespace qube::seq {

/// Finds the best plan of a host's network, with frontier, loops, footprints and report.
/// @throws Error as lower(), options() and qube::optimize(); any exception of a callable
template <NetworkLike HostNetwork, class Extents, ObjectiveLike O = ObjectiveFunction,
          CostParamsLike C = CostParams, class P = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<P, HostNetwork>
[[nodiscard]] Plan plan_single_term(const HostNetwork &network, Extents &&idx_to_extent,
                                    O objective = O::DenseFLOPs, const C &costs = {},
                                    const P &policy = {},
                                    const std::type_identity_t<InnerPow<HostNetwork>> &means = {})
{
    const Options chosen = seq::options(objective, costs);
    const Lowered<HostNetwork> lowered = seq::lower(network, idx_to_extent, policy, means);
    return optimize(lowered.network, lowered.policy, chosen);
}

/// A plan in SeQuant's form: in any container of int with push_back().
template <class Sequence = std::vector<int>> [[nodiscard]] Sequence eval_sequence(const Plan &plan)
{
    Sequence sequence;
    for (const std::int64_t entry : plan.sequence()) {
        sequence.push_back(static_cast<typename Sequence::value_type>(entry)); // a few thousand
    }
    return sequence;
}

/// Finds the best order of contraction of a host's network: plan_single_term() without the plan.
/// The order is `{0}` for one tensor and `{0, 1, -1}` for two. The left operand is the one with the
/// smaller first tensor; under the peak objectives, the one evaluated first.
/// @throws Error as plan_single_term(); any exception of a callable
template <NetworkLike HostNetwork, class Extents, ObjectiveLike O = ObjectiveFunction,
          CostParamsLike C = CostParams, class P = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<P, HostNetwork>
[[nodiscard]] EvalSequenceOf<HostNetwork>
single_term_opt(const HostNetwork &network, Extents &&idx_to_extent, O objective = O::DenseFLOPs,
                const C &costs = {}, const P &policy = {},
                const std::type_identity_t<InnerPow<HostNetwork>> &inner_pow = {})
{
    return eval_sequence<EvalSequenceOf<HostNetwork>>(seq::plan_single_term(
        network, idx_to_extent, objective, costs, policy, inner_pow));
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_PLAN_HPP
