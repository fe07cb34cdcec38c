/// @file
/// Plans of the terms of a sum under one policy.
#ifndef QUBE_BUDGET_SEQUANT_FOREST_HPP
#define QUBE_BUDGET_SEQUANT_FOREST_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <utility>
#include <vector>

#include "optimize_options.hpp"
#include "rules.hpp"

namespace qube::seq {

/// The terms of a sum, lowered and planned under one policy.
template <class HostNetwork> struct Forest {
    std::vector<Lowered<HostNetwork>> terms; ///< Each with a copy of the policy.
    Policy policy;                           ///< Of all terms.
    Plans plans;                             ///< Of the terms, in their order.

    /// The order of summands for ReorderSum::Reorder: terms that share intermediates are adjacent.
    /// Groups follow their first term; terms keep their order in a group.
    [[nodiscard]] std::vector<std::size_t> order() const
    {
        std::vector<std::size_t> group(terms.size());
        for (std::size_t k = 0; k < group.size(); ++k) {
            group[k] = k;
        }
        const auto first_of = [&](std::int64_t term) {
            auto at = static_cast<std::size_t>(term);
            while (group[at] != at) {
                at = group[at] = group[group[at]];
            }
            return at;
        };
        for (const Shared &shared : plans.shared()) {
            for (const Occurrence &occurrence : shared.occurrences) {
                const std::size_t one = first_of(shared.occurrences[0].term);
                const std::size_t other = first_of(occurrence.term);
                group[std::max(one, other)] = std::min(one, other);
            }
        }
        std::vector<std::size_t> order(group.size());
        for (std::size_t k = 0; k < order.size(); ++k) {
            group[k] = first_of(static_cast<std::int64_t>(k));
            order[k] = k;
        }
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return group[a] < group[b]; });
        return order;
    }
};

/// Plans the terms of a sum under SeQuant's OptimizeOptions and one policy. Forest::order() serves
/// reorder. A term that fails does not end the call: its Plans::plan() throws.
/// @param networks        the terms
/// @param from            SeQuant's OptimizeOptions
/// @param axes_are_taken  the caller fills term_batch_axes by annotate()
/// @param num_threads     as in qube::optimize_many()
/// @throws Error as single_term_opt(); option (term_batch_axes without axes_are_taken); conflict
///         (volatile and other tensors of one label, an index with other batches in another term)
template <std::ranges::input_range Networks,
          NetworkLike HostNetwork = std::ranges::range_value_t<Networks>,
          OptimizeOptionsLike<HostNetwork> O>
[[nodiscard]] Forest<HostNetwork> plan_terms(const Networks &networks, const O &from,
                                             bool axes_are_taken = false,
                                             std::int64_t num_threads = 1)
{
    priv::check_axes(from, axes_are_taken);
    const Options chosen = seq::options(from);
    priv::Rules rules;
    std::vector<Lowered<HostNetwork>> terms;
    std::vector<Network> lowered;
    for (const HostNetwork &network : networks) {
        terms.push_back(priv::with_extents<HostNetwork>(from, [&](const auto &extents) {
            return priv::Reader<HostNetwork>(network).lower(network, extents, from.batch_policy,
                                                            from.inner_pow, rules);
        }));
    }
    Policy policy = rules.policy(priv::settings_of(from.batch_policy), terms.size());
    for (auto &term : terms) {
        term.policy = policy;
        lowered.push_back(std::move(term.network));
    }
    Plans plans = optimize_many(lowered, policy, chosen, num_threads);
    for (std::size_t k = 0; k < terms.size(); ++k) {
        terms[k].network = std::move(lowered[k]);
    }
    return {std::move(terms), std::move(policy), std::move(plans)};
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_FOREST_HPP
