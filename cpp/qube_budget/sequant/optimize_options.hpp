/// @file
/// SeQuant's OptimizeOptions: every field is honoured or refused.
#ifndef QUBE_BUDGET_SEQUANT_OPTIMIZE_OPTIONS_HPP
#define QUBE_BUDGET_SEQUANT_OPTIMIZE_OPTIONS_HPP

#include <concepts>
#include <vector>

#include "annotate.hpp"
#include "plan.hpp"

namespace qube::seq {

/// SeQuant's OptimizeOptions: cost parameters, and the other arguments of its optimize().
template <class O, class HostNetwork>
concept OptimizeOptionsLike =
    priv::HasCosts<O> && BatchPolicyLike<decltype(O::batch_policy), HostNetwork> &&
    ExtentsOf<const decltype(O::idx_to_extent), HostNetwork> && requires(const O &o) {
        requires ObjectiveLike<decltype(O::objective_function)>;
        { o.CSE.subnet } -> std::convertible_to<bool>;
        InnerPow<HostNetwork>(o.inner_pow);
    };

/// Not part of the interface.
namespace priv {

/// Calls with the extents of OptimizeOptions, or with those of NetworkTraits where they are empty.
template <class HostNetwork, class O, class Call>
auto with_extents(const O &options, const Call &call)
{
    if constexpr (requires(const IndexOf<HostNetwork> &index) {
                      { NetworkTraits<HostNetwork>::extent(index) } -> std::integral;
                  }) {
        if (is_empty(options.idx_to_extent)) {
            return call([](const IndexOf<HostNetwork> &index) {
                return NetworkTraits<HostNetwork>::extent(index);
            });
        }
    }
    return call(options.idx_to_extent);
}

/// Refuses term_batch_axes unless the caller takes the annotations.
template <class O> void check_axes(const O &options, bool are_taken)
{
    if constexpr (requires { options.term_batch_axes == nullptr; }) {
        if (options.term_batch_axes != nullptr && !are_taken) {
            throw Error(Status::option, "term_batch_axes is set, but it is keyed by expressions, "
                                        "which are the host's; set it to nullptr, or pass "
                                        "out_axes and enter them there");
        }
    }
}

} // namespace priv

/// Turns SeQuant's OptimizeOptions into options of qube::optimize(). The additive objectives honour
/// CSE.subnet.
/// @throws Error option (an unknown objective; CSE.subnet under another objective)
template <priv::HasCosts O>
    requires requires(const O &o) { o.objective_function; o.CSE.subnet; }
[[nodiscard]] Options options(const O &from)
{
    Options chosen = priv::options_of(from.objective_function, from);
    chosen.subnet_cse = from.CSE.subnet;
    if (chosen.subnet_cse && chosen.objective != Objective::dense_flops &&
        chosen.objective != Objective::dense_size) {
        throw Error(Status::option, "CSE.subnet is set under an objective that counts peaks; "
                                    "set it with DenseFLOPs or DenseSize only");
    }
    return chosen;
}

/// Reads a network under OptimizeOptions; see the other lower().
/// @throws Error as the other lower(); any exception of a callable
template <NetworkLike HostNetwork, OptimizeOptionsLike<HostNetwork> O>
[[nodiscard]] Lowered<HostNetwork> lower(const HostNetwork &network, const O &from)
{
    return priv::with_extents<HostNetwork>(from, [&](const auto &extents) {
        return seq::lower(network, extents, from.batch_policy, from.inner_pow);
    });
}

/// Finds the best order of contraction of one term under SeQuant's OptimizeOptions. CSE.subnet
/// becomes subnet_cse. The extents of NetworkTraits replace an empty idx_to_extent. out_axes
/// replaces term_batch_axes: annotate() fills it under a batched objective, and it is empty under
/// others. reorder concerns sums: see plan_terms().
/// @throws Error as lower() and optimize(); option (CSE.subnet under an objective that counts
///         peaks, term_batch_axes without out_axes); any exception of a callable
template <NetworkLike HostNetwork, OptimizeOptionsLike<HostNetwork> O,
          class Annotations = std::vector<NodeBatchAnnotation<HostNetwork>>>
[[nodiscard]] EvalSequenceOf<HostNetwork>
single_term_opt(const HostNetwork &network, const O &from, Annotations *out_axes = nullptr)
{
    priv::check_axes(from, out_axes != nullptr);
    const Options chosen = seq::options(from);
    const Lowered<HostNetwork> lowered = seq::lower(network, from);
    const Plan plan = optimize(lowered.network, lowered.policy, chosen);
    if (out_axes != nullptr) {
        out_axes->clear();
        if (chosen.objective == Objective::dense_peak_size_batched ||
            chosen.objective == Objective::dense_time_space_batched ||
            chosen.objective == Objective::dense_space_time_batched) {
            annotate(plan, lowered, *out_axes);
        }
    }
    return eval_sequence<EvalSequenceOf<HostNetwork>>(plan);
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_OPTIMIZE_OPTIONS_HPP
