/// @file
/// Reads a host's network and calls its callables. Not part of the interface.
#ifndef QUBE_BUDGET_SEQUANT_READER_HPP
#define QUBE_BUDGET_SEQUANT_READER_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "extents.hpp"
#include "lowered.hpp"
#include "policy.hpp"
#include "rules.hpp"

namespace qube::seq {

/// Not part of the interface.
namespace priv {

/// A host's count as int64_t.
template <std::integral I>
std::int64_t to_int64(I value, const char *what, const std::string &label)
{
    if (!std::in_range<std::int64_t>(value)) {
        throw Error(Status::overflow, std::string(what) + " of index '" + label + "' is " +
                                          std::to_string(value) + "; give at most 2^63 - 1");
    }
    return static_cast<std::int64_t>(value);
}

/// An index with std::hash.
template <class I>
concept StdHashed = requires(const I &index) { std::hash<I>{}(index); };

/// An index with hash_value, found by argument-dependent lookup.
template <class I>
concept AdlHashed = requires(const I &index) {
    { hash_value(index) } -> std::convertible_to<std::size_t>;
};

/// Calls the hash of the host's index.
struct Hash {
    template <class I> std::size_t operator()(const I &index) const
    {
        if constexpr (StdHashed<I>) {
            return std::hash<I>{}(index);
        } else {
            return static_cast<std::size_t>(hash_value(index));
        }
    }
};

/// Numbers distinct indices: by hash where the index has one, else by comparison.
template <class I> class Numbers {
public:
    /// The number of an index, and whether it is new.
    std::pair<std::size_t, bool> of(const I &index)
    {
        if constexpr (is_hashed) {
            const auto [found, is_new] = known_.try_emplace(index, known_.size());
            return {found->second, is_new};
        } else {
            const auto found = std::find(known_.begin(), known_.end(), index);
            const auto number = static_cast<std::size_t>(found - known_.begin());
            const bool is_new = found == known_.end();
            if (is_new) {
                known_.push_back(index);
            }
            return {number, is_new};
        }
    }

private:
    static constexpr bool is_hashed = StdHashed<I> || AdlHashed<I>;
    std::conditional_t<is_hashed,
                       std::unordered_map<I, std::size_t,
                                          std::conditional_t<is_hashed, Hash, std::hash<int>>>,
                       std::vector<I>>
        known_;
};

/// Reads a host's network: all of it before the first call of the library.
template <class HostNetwork> class Reader {
    using Traits = NetworkTraits<HostNetwork>;

public:
    /// Numbers the indices, plain ones first, because composite ones refer to them.
    explicit Reader(const HostNetwork &network)
    {
        for (const auto &tensor : Traits::tensors(network)) {
            tensors_.push_back({std::string(Traits::tensor_label(tensor)), {}});
            for (const auto &index : Traits::indices(tensor)) {
                tensors_.back().indices.push_back(add(index));
            }
        }
        std::vector<std::size_t> place(found_.size());
        for (const bool composite : {false, true}) {
            for (std::size_t k = 0; k < found_.size(); ++k) {
                if (found_[k].protos.empty() != composite) {
                    place[k] = order_.size();
                    order_.push_back(k);
                }
            }
        }
        for (auto &tensor : tensors_) {
            for (std::size_t &index : tensor.indices) {
                index = place[index];
            }
        }
    }

    /// Builds the network, and notes the rules of its indices and tensors.
    template <class Extents, class P>
    [[nodiscard]] Lowered<HostNetwork> lower(const HostNetwork &network, Extents &extents,
                                             const P &policy,
                                             const InnerPow<HostNetwork> &inner_pow, Rules &rules)
    {
        if (is_empty(extents)) {
            throw Error(Status::input, "idx_to_extent is empty; give a function from an index "
                                       "to its extent");
        }
        std::size_t number = 0;
        for (const auto &tensor : Traits::tensors(network)) {
            rules.tensor(tensors_[number].label, number,
                         policy.is_volatile_leaf && policy.is_volatile_leaf(tensor));
            ++number;
        }
        std::map<std::vector<std::size_t>, std::size_t> same_protos;
        for (const Found &index : found_) {
            ++same_protos[index.protos];
        }
        NetworkBuilder builder;
        for (const std::size_t k : order_) {
            const Found &index = found_[k];
            const std::int64_t extent = to_int64(extents(index.host), "the extent", index.label);
            std::vector<double> means;
            std::vector<std::string_view> protos;
            if (!index.protos.empty()) {
                means = power_means(index, inner_pow, same_protos[index.protos]);
                for (const std::size_t proto : index.protos) {
                    protos.push_back(found_[proto].label);
                }
            }
            batch(index, policy, rules);
            builder.add_composite(index.label, index.space, extent, protos, means);
        }
        std::vector<std::string_view> slots;
        for (const auto &tensor : tensors_) {
            slots.clear();
            for (const std::size_t index : tensor.indices) {
                slots.push_back(found_[order_[index]].label);
            }
            builder.add_tensor(tensor.label, slots);
        }
        Lowered<HostNetwork> lowered{builder.build(), Policy(), {}, {}, {}, std::move(tensors_)};
        for (const std::size_t k : order_) {
            lowered.indices.push_back(std::move(found_[k].host));
            lowered.labels.push_back(std::move(found_[k].label));
            lowered.spaces.push_back(std::move(found_[k].space));
        }
        return lowered;
    }

private:
    /// A distinct index.
    struct Found {
        IndexOf<HostNetwork> host;
        std::string label, space;
        std::vector<std::size_t> protos;
    };

    /// The number of an index, in the order of discovery. Notes a new index and its protos.
    std::size_t add(const IndexOf<HostNetwork> &host)
    {
        const auto [number, is_new] = numbers_.of(host);
        if (!is_new) {
            return number;
        }
        found_.push_back({host, std::string(Traits::index_label(host)),
                          std::string(Traits::index_space(host)), {}});
        if (!labels_.try_emplace(found_.back().label, number).second) {
            throw Error(Status::duplicate, "two different indices have the label '" +
                                               found_.back().label +
                                               "'; give labels that tell them apart, those of "
                                               "composite indices with their protos");
        }
        std::vector<std::size_t> protos;
        for (const auto &proto : Traits::protos(host)) {
            protos.push_back(add(proto));
        }
        found_[number].protos = std::move(protos);
        return number;
    }

    /// Power means of order 1 to `orders` of a composite index; empty without inner_pow.
    std::vector<double> power_means(const Found &index, const InnerPow<HostNetwork> &inner_pow,
                                    std::size_t orders) const
    {
        if constexpr (requires { Traits::needs_inner_pow; }) {
            if (Traits::needs_inner_pow && !inner_pow) {
                throw Error(Status::power_mean, "index '" + index.label +
                                                    "' is composite, but inner_pow is empty; "
                                                    "give a function that gives power means");
            }
        }
        std::vector<double> means;
        for (std::size_t k = 1; inner_pow && k <= orders; ++k) {
            means.push_back(inner_pow(index.host, k));
        }
        return means;
    }

    /// Notes the batches of an index in both roles.
    template <class P> static void batch(const Found &index, const P &policy, Rules &rules)
    {
        const auto &is_contracted = contracted_predicate(policy);
        const bool contracted = is_contracted && is_contracted(index.host);
        bool external = false;
        if constexpr (HasExternalRole<P>) {
            bool asked = true;
            if constexpr (HasSpectatorSwitch<P>) {
                asked = policy.batch_spectator_indices;
            }
            external = asked && policy.is_batchable_external_index &&
                       policy.is_batchable_external_index(index.host);
        }
        std::optional<std::int64_t> target;
        if (contracted || external) {
            if (!policy.batch_target_size) {
                throw Error(Status::target, "index '" + index.label +
                                                "' is batchable, but batch_target_size is empty; "
                                                "give a callable that gives 1 or more");
            }
            target = to_int64(policy.batch_target_size(index.host), "the target size", index.label);
        }
        rules.batch(index.label, Role::contracted, contracted ? target : std::nullopt);
        rules.batch(index.label, Role::external, external ? target : std::nullopt);
    }

    Numbers<IndexOf<HostNetwork>> numbers_;
    std::unordered_map<std::string, std::size_t> labels_;
    std::vector<Found> found_;
    std::vector<std::size_t> order_; // plain indices first
    std::vector<typename Lowered<HostNetwork>::Tensor> tensors_;
};

} // namespace priv

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_READER_HPP
