/// @file
/// The way back: a qube::Policy as callables for the host's evaluator.
#ifndef QUBE_BUDGET_SEQUANT_TO_SEQUANT_HPP
#define QUBE_BUDGET_SEQUANT_TO_SEQUANT_HPP

#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

#include "answers.hpp"

namespace qube::seq {

/// Not part of the interface.
namespace priv {

/// The host's network type of Lowered.
template <class L> struct HostOf;
template <class N> struct HostOf<Lowered<N>> {
    using type = N;
};

/// The policy type to fill: P, or BatchPolicy for void.
template <class P, class HostNetwork>
using PolicyOf = std::conditional_t<std::is_void_v<P>, BatchPolicy<HostNetwork>, P>;

} // namespace priv

/// A policy as callables on the host's indices and tensors: the evaluator then slices what the plan
/// sliced. One policy serves all terms. The callables own their answers: the policy and the
/// networks may be destroyed.
///
/// The label of an index in a role gives its answer. An index that no network has in that role,
/// such as a renamed one, takes the answer of its space, if all indices of the space agree. The
/// label of a tensor gives its answer; where tensors of the label differ, the label and the slots
/// do. Unknown indices are not batchable, unknown tensors not volatile. The target of an index that
/// loops must not slice is the largest number of its type: one batch.
/// @tparam P      void for the BatchPolicy of this header, or the host's type
/// @param policy  the policy
/// @param forest  a range of Lowered
/// @throws Error conflict (a volatile and another tensor with the same label and slots; an index
///         with other batches in another term), position (a policy that names tensors that a
///         network does not have); any exception of the policy's callbacks
template <class P = void, std::ranges::input_range Terms>
[[nodiscard]] auto to_sequant(const Policy &policy, const Terms &forest)
{
    using HostNetwork = typename priv::HostOf<std::ranges::range_value_t<Terms>>::type;
    auto answers = std::make_shared<priv::Answers>();
    PolicySettings settings;
    for (const Lowered<HostNetwork> &lowered : forest) {
        settings = answers->add(policy, lowered);
    }
    return priv::callables<priv::PolicyOf<P, HostNetwork>, HostNetwork>(std::move(answers),
                                                                        settings);
}

/// to_sequant() of one term.
template <class P = void, class HostNetwork>
[[nodiscard]] auto to_sequant(const Policy &policy, const Lowered<HostNetwork> &lowered)
{
    return seq::to_sequant<P>(policy, std::span<const Lowered<HostNetwork>>(&lowered, 1));
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_TO_SEQUANT_HPP
