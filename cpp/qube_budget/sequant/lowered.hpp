/// @file
/// The result of lowering: a network and policy of qube, and the way back to the host.
#ifndef QUBE_BUDGET_SEQUANT_LOWERED_HPP
#define QUBE_BUDGET_SEQUANT_LOWERED_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <qube_budget.hpp>
#include "traits.hpp"

namespace qube::seq {

/// A host's network as input of qube::optimize(), with the host's index of each number.
template <class HostNetwork> struct Lowered {
    /// A tensor's label, and the numbers of the indices in its slots.
    struct Tensor {
        std::string label;                ///< As NetworkTraits gives it.
        std::vector<std::size_t> indices; ///< Numbers, slot by slot.
    };

    Network network;                           ///< Tensors in the host's order.
    Policy policy;                             ///< By labels of indices and tensors; see lower().
    std::vector<IndexOf<HostNetwork>> indices; ///< By number, as in Loop::index; protos included.
    std::vector<std::string> labels;           ///< Of the indices.
    std::vector<std::string> spaces;           ///< Of the indices.
    std::vector<Tensor> tensors;               ///< In the host's order.

    /// The host's index of a number, such as Loop::index.
    /// @throws Error unknown_index
    [[nodiscard]] const IndexOf<HostNetwork> &index(std::int64_t number) const
    {
        if (number < 0 || static_cast<std::size_t>(number) >= indices.size()) {
            throw Error(Status::unknown_index, "index number " + std::to_string(number) +
                                                   " is not in the network; give 0 to " +
                                                   std::to_string(indices.size()) + " - 1");
        }
        return indices[static_cast<std::size_t>(number)];
    }

    /// The host's index of a label.
    /// @throws Error unknown_index
    [[nodiscard]] const IndexOf<HostNetwork> &index(std::string_view label) const
    {
        return index(network.number_of(label));
    }
};

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_LOWERED_HPP
