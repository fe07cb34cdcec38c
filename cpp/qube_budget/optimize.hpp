/// @file
/// The optimization of one term.
#ifndef QUBE_BUDGET_OPTIMIZE_HPP
#define QUBE_BUDGET_OPTIMIZE_HPP

#include "plan.hpp"

namespace qube {

/// Finds the best plan of a network on the calling thread, as far as the search goes
/// (qube_optimize() tells how far). Callbacks of the policy are asked first.
/// @throws Error option, too_large, power_mean, overflow, limit, and those of Policy::resolve();
///         what callbacks throw
[[nodiscard]] inline Plan optimize(const Network &network, const Policy &policy,
                                   const Options &options = {})
{
    const qube_options c = priv::in_c(options);
    return Plan(
        [&](qube_plan **out) { return qube_optimize(network.use(), policy.use(), &c, out); });
}

/// The same without a policy: nothing may be sliced, and nothing changes.
[[nodiscard]] inline Plan optimize(const Network &network, const Options &options = {})
{
    const qube_options c = priv::in_c(options);
    return Plan([&](qube_plan **out) { return qube_optimize(network.use(), nullptr, &c, out); });
}

} // namespace qube

#endif // QUBE_BUDGET_OPTIMIZE_HPP
