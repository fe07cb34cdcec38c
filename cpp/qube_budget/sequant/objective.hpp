/// @file
/// SeQuant's objectives.
#ifndef QUBE_BUDGET_SEQUANT_OBJECTIVE_HPP
#define QUBE_BUDGET_SEQUANT_OBJECTIVE_HPP

#include <string>

#include <qube_budget.hpp>
#include "traits.hpp"

namespace qube::seq {

/// The objectives, with SeQuant's names; qube::Objective explains them.
enum class ObjectiveFunction {
    DenseFLOPs,
    DenseSize,
    DensePeakSize,
    DensePeakSizeBatched,
    DenseTimeSpace,
    DenseTimeSpaceBatched,
    DenseSpaceTimeBatched,
};

/// An objective: the ObjectiveFunction of this header or the host's.
template <class O>
concept ObjectiveLike = requires {
    O::DenseFLOPs;
    O::DenseSize;
    O::DensePeakSize;
    O::DensePeakSizeBatched;
};

/// Not part of the interface.
namespace priv {

/// DenseSpaceTimeBatched precedes DensePeakSizeBatched: SeQuant's newer form gives both names to
/// one enumerator.
template <ObjectiveLike O> [[nodiscard]] Objective objective_of(O objective)
{
    if constexpr (requires { O::DenseTimeSpace; }) {
        if (objective == O::DenseTimeSpace) {
            return Objective::dense_time_space;
        }
    }
    if constexpr (requires { O::DenseTimeSpaceBatched; }) {
        if (objective == O::DenseTimeSpaceBatched) {
            return Objective::dense_time_space_batched;
        }
    }
    if constexpr (requires { O::DenseSpaceTimeBatched; }) {
        if (objective == O::DenseSpaceTimeBatched) {
            return Objective::dense_space_time_batched;
        }
    }
    switch (objective) {
    case O::DenseFLOPs: return Objective::dense_flops;
    case O::DenseSize: return Objective::dense_size;
    case O::DensePeakSize: return Objective::dense_peak_size;
    case O::DensePeakSizeBatched: return Objective::dense_peak_size_batched;
    default:
        throw Error(Status::option,
                    "objective is " + std::to_string(static_cast<long long>(objective)) +
                        "; give DenseFLOPs, DenseSize, DensePeakSize, DensePeakSizeBatched, "
                        "DenseTimeSpace, DenseTimeSpaceBatched, DenseSpaceTimeBatched");
    }
}

} // namespace priv

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_OBJECTIVE_HPP
