/// @file
/// Extents and power means of the host's indices.
#ifndef QUBE_BUDGET_SEQUANT_EXTENTS_HPP
#define QUBE_BUDGET_SEQUANT_EXTENTS_HPP

#include <concepts>
#include <cstddef>
#include <functional>

#include "traits.hpp"

namespace qube::seq {

/// A power mean by index and k: (sum over pairs of d^k / pairs)^(1/k), d the domain sizes of a
/// composite index. lower() calls it for k = 1 to the number of composite indices with the same
/// protos.
template <class HostNetwork>
using InnerPow = std::function<double(const IndexOf<HostNetwork> &, std::size_t)>;

/// A function of the host from indices to extents.
template <class E, class HostNetwork>
concept ExtentsOf = requires(E &extents, const IndexOf<HostNetwork> &index) {
    { extents(index) } -> std::integral;
};

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_EXTENTS_HPP
