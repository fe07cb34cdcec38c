/// @file
/// The optimization of one term.
#ifndef QUBE_BUDGET_OPTIMIZE_HPP
#define QUBE_BUDGET_OPTIMIZE_HPP

#include "plan.hpp"

namespace qube {

/// Finds the best plan of a network, on the calling thread. qube_optimize() lists the sizes up to
/// which the plan is proven best. The callbacks of the policy run first.
/// @throws Error option, too_large, power_mean, overflow, limit, and those of Policy::resolve();
///         any exception of a callback
[[nodiscard]] inline Plan optimize(const Network &network, const Policy &policy,
                                   const Options &options = {})
{
    const qube_options c = priv::in_c(options);
    return Plan(
        [&](qube_plan **out) { return qube_optimize(network.use(), policy.use(), &c, out); });
}

/// optimize() without a policy: no batches, no volatile tensors.
[[nodiscard]] inline Plan optimize(const Network &network, const Options &options = {})
{
    const qube_options c = priv::in_c(options);
    return Plan([&](qube_plan **out) { return qube_optimize(network.use(), nullptr, &c, out); });
}

} // namespace qube

#endif // QUBE_BUDGET_OPTIMIZE_HPP
