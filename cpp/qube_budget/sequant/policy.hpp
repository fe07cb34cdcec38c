/// @file
/// SeQuant's batch policy: callables on the host's indices and tensors.
#ifndef QUBE_BUDGET_SEQUANT_POLICY_HPP
#define QUBE_BUDGET_SEQUANT_POLICY_HPP

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>

#include <qube_budget.hpp>
#include "traits.hpp"

namespace qube::seq {

/// The indices that loops may slice and the tensors that are volatile, as callables on the host's
/// types. An empty predicate answers "none".
template <class HostNetwork> struct BatchPolicy {
    /// Whether loops may slice an index where it is contracted.
    std::function<bool(const IndexOf<HostNetwork> &)> is_batchable_index = {};
    /// The most elements of a batch, 1 or more; called for batchable indices only.
    std::function<std::size_t(const IndexOf<HostNetwork> &)> batch_target_size = {};
    /// Whether a tensor changes on every iteration.
    std::function<bool(const TensorOf<HostNetwork> &)> is_volatile_leaf = {};
    bool persistent_only = false;   ///< No loops over subtrees that hold a volatile tensor.
    double accumulation_factor = 0; ///< Part of a contribution that lives beside the accumulator.
    /// Whether loops may slice an index where it is external, open in the result.
    std::function<bool(const IndexOf<HostNetwork> &)> is_batchable_external_index = {};
    bool batch_spectator_indices = false; ///< Call is_batchable_external_index at all.
    /// The most memory of a plan, bytes, 1 or more; infinite: no limit. DenseTimeSpaceBatched and
    /// DenseSpaceTimeBatched open loops to fit it.
    double peak_threshold = std::numeric_limits<double>::infinity();
};

/// Not part of the interface.
namespace priv {

/// The predicate of the contracted role, by SeQuant's newer name or its older one.
template <class Policy> auto &&contracted_predicate(Policy &&policy)
{
    if constexpr (requires { policy.is_batchable_contracted_index; }) {
        return (policy.is_batchable_contracted_index);
    } else {
        return (policy.is_batchable_index);
    }
}

template <class P>
concept HasExternalRole = requires(const P &p) { p.is_batchable_external_index; };

template <class P>
concept HasSpectatorSwitch = requires(const P &p) {
    { p.batch_spectator_indices } -> std::convertible_to<bool>;
};

template <class P>
concept HasPeakThreshold = requires(const P &p) {
    { p.peak_threshold } -> std::convertible_to<double>;
};

template <class P>
concept HasContractedRole = requires(const P &p) { p.is_batchable_contracted_index; } ||
                            requires(const P &p) { static_cast<bool>(p.is_batchable_index); };

} // namespace priv

/// A batch policy: the BatchPolicy of this header or the host's. is_batchable_contracted_index may
/// stand for is_batchable_index. Members of newer SeQuant are optional. Where
/// batch_spectator_indices exists, it must be true for the external role to count.
template <class P, class HostNetwork>
concept BatchPolicyLike =
    priv::HasContractedRole<P> &&
    requires(const P &p, const IndexOf<HostNetwork> &index, const TensorOf<HostNetwork> &tensor) {
        static_cast<bool>(priv::contracted_predicate(p));
        static_cast<bool>(p.batch_target_size);
        static_cast<bool>(p.is_volatile_leaf);
        { priv::contracted_predicate(p)(index) } -> std::convertible_to<bool>;
        { p.batch_target_size(index) } -> std::integral;
        { p.is_volatile_leaf(tensor) } -> std::convertible_to<bool>;
        { p.persistent_only } -> std::convertible_to<bool>;
        { p.accumulation_factor } -> std::convertible_to<double>;
    };

/// Not part of the interface.
namespace priv {

/// Whether a callable of the host is empty; only types like std::function can be.
template <class F> bool is_empty(const F &function)
{
    if constexpr (requires { function.operator bool(); }) {
        return !function;
    } else {
        return false;
    }
}

/// The settings of a host's policy. The threshold becomes whole bytes; a plan has whole bytes, so
/// it fits both or neither.
template <class P> PolicySettings settings_of(const P &policy)
{
    PolicySettings settings;
    settings.persistent_only = policy.persistent_only;
    settings.accumulation_factor = static_cast<double>(policy.accumulation_factor);
    if constexpr (HasPeakThreshold<P>) {
        const auto bytes = static_cast<double>(policy.peak_threshold);
        if (std::isinf(bytes) && bytes > 0) {
            return settings;
        }
        if (!(bytes >= 1 && bytes < 0x1p63)) {
            throw Error(Status::option, "peak_threshold is " + std::to_string(bytes) +
                                            "; give 1 to 2^63 - 1 bytes, or infinity");
        }
        settings.peak_threshold = static_cast<std::int64_t>(bytes);
    }
    return settings;
}

} // namespace priv

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_POLICY_HPP
