/// @file
/// Batching annotations of the contractions of a plan, as SeQuant's evaluator reads them.
#ifndef QUBE_BUDGET_SEQUANT_ANNOTATE_HPP
#define QUBE_BUDGET_SEQUANT_ANNOTATE_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "lowered.hpp"

namespace qube::seq {

/// The role of a sliced index: summed, or open in the result.
enum class BatchModeType { Contracted, External };

/// The batching of a contraction; for hosts without a type of their own.
template <class HostNetwork> struct NodeBatchAnnotation {
    /// Sliced indices. First the external ones of loops around it or opened here that are open in
    /// its result; then the contracted ones of loops opened here.
    std::vector<std::pair<IndexOf<HostNetwork>, BatchModeType>> axes = {};
    /// Those of the loops that open here.
    std::vector<std::pair<IndexOf<HostNetwork>, BatchModeType>> opened_here = {};
    std::size_t effective_count = 1; ///< Evaluations, by the loops around it.
    bool order_aware = false;        ///< The objective charged repeated work.
};

/// Fills `axes` with the batching of each contraction of a plan, left operand first, in post-order.
/// Old elements go. An element type has `axes`: pairs of an index and a mode with the enumerators
/// Contracted and External. Its opened_here, effective_count and order_aware are optional (see
/// NodeBatchAnnotation).
/// @throws Error unknown_index (a plan of another network)
template <class HostNetwork, class Annotations>
void annotate(const Plan &plan, const Lowered<HostNetwork> &lowered, Annotations &axes)
{
    using Annotation = typename Annotations::value_type;
    using Axis = typename decltype(Annotation::axes)::value_type;
    using Mode = decltype(Axis::second);
    const bool order_aware = plan.objective() == Objective::dense_time_space_batched ||
                             plan.objective() == Objective::dense_space_time_batched;
    const auto axis = [&](const Loop &loop) {
        return Axis(lowered.index(loop.index),
                    loop.role == Role::external ? Mode::External : Mode::Contracted);
    };
    axes.clear();
    std::int64_t number = 0;
    for (const Node &node : plan.nodes()) {
        if (node.tensor < 0) {
            Annotation annotation;
            const auto open = plan.open(node);
            for (const Loop &loop : plan.nest(number)) {
                if (loop.role == Role::external &&
                    std::find(open.begin(), open.end(), loop.index) != open.end()) {
                    annotation.axes.push_back(axis(loop));
                }
            }
            for (const Role role : {Role::external, Role::contracted}) {
                for (const Loop &loop : node.loops) {
                    if (loop.role == role) {
                        annotation.axes.push_back(axis(loop));
                        if constexpr (requires { annotation.opened_here; }) {
                            annotation.opened_here.push_back(axis(loop));
                        }
                    }
                }
            }
            if constexpr (requires { annotation.effective_count; }) {
                annotation.effective_count = static_cast<decltype(annotation.effective_count)>(
                    std::llround(node.repetitions));
            }
            if constexpr (requires { annotation.order_aware; }) {
                annotation.order_aware = order_aware;
            }
            axes.push_back(std::move(annotation));
        }
        ++number;
    }
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_ANNOTATE_HPP
