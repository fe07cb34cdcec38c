/// @file
/// Answers of a policy by label and space, for the callables of to_sequant(). Not part of the
/// interface.
#ifndef QUBE_BUDGET_SEQUANT_ANSWERS_HPP
#define QUBE_BUDGET_SEQUANT_ANSWERS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "lowered.hpp"
#include "policy.hpp"

namespace qube::seq {

namespace priv {

/// Answers of a policy for some networks. They never change, so threads may share them.
class Answers {
public:
    /// The most elements of a batch; none: not batchable.
    using Target = std::optional<std::int64_t>;

    /// Resolves a policy for a network, which calls its callbacks once, and notes the answers.
    /// @return the settings, without callbacks
    template <class HostNetwork>
    PolicySettings add(const Policy &policy, const Lowered<HostNetwork> &lowered)
    {
        const ResolvedPolicy resolved = policy.resolve(lowered.network);
        for (std::size_t k = 0; k < lowered.labels.size(); ++k) {
            const ResolvedIndex index = resolved.index(static_cast<std::int64_t>(k));
            const Target target = index.is_batchable ? Target(index.target) : std::nullopt;
            const auto [label, is_new] =
                by_label_.try_emplace({index.role, lowered.labels[k]}, target);
            if (!is_new && label->second != target) {
                throw Error(Status::conflict, "index '" + lowered.labels[k] +
                                                  "' has other batches in another term; give "
                                                  "answers that depend on space and label alone");
            }
            const auto [space, is_first] =
                by_space_.try_emplace({index.role, lowered.spaces[k]}, target);
            if (!is_first && space->second != target) {
                space->second = std::nullopt; // its indices differ: renamed ones are unknown
            }
        }
        for (std::size_t k = 0; k < lowered.tensors.size(); ++k) {
            const auto &tensor = lowered.tensors[k];
            const bool is_volatile = resolved.is_volatile(static_cast<std::int64_t>(k));
            const auto [label, is_first] = tensors_.try_emplace(tensor.label, is_volatile);
            if (!is_first && label->second != is_volatile) {
                label->second.reset();
            }
            std::vector<std::string> slots;
            for (const std::size_t index : tensor.indices) {
                slots.push_back(lowered.labels[index]);
            }
            const auto [twin, is_alone] =
                by_slots_.try_emplace({tensor.label, std::move(slots)}, is_volatile);
            if (!is_alone && twin->second != is_volatile) {
                throw Error(Status::conflict,
                            "one of two tensors '" + tensor.label +
                                "' with the same slots is volatile; give tensors that differ, "
                                "or are volatile both");
            }
        }
        PolicySettings settings;
        settings.accumulation_factor = resolved.accumulation_factor();
        settings.peak_threshold = resolved.peak_threshold();
        settings.persistent_only = resolved.persistent_only();
        return settings;
    }

    /// The batches of an index in a role: by label, else by space.
    [[nodiscard]] Target target(Role role, const std::string &label, const std::string &space) const
    {
        if (const auto found = by_label_.find({role, label}); found != by_label_.end()) {
            return found->second;
        }
        const auto found = by_space_.find({role, space});
        return found == by_space_.end() ? std::nullopt : found->second;
    }

    /// Whether a tensor is volatile: by label, else by label and slots().
    template <class Slots>
    [[nodiscard]] bool is_volatile(const std::string &label, const Slots &slots) const
    {
        const auto found = tensors_.find(label);
        if (found == tensors_.end() || found->second) {
            return found != tensors_.end() && *found->second;
        }
        const auto twin = by_slots_.find({label, slots()});
        return twin != by_slots_.end() && twin->second;
    }

    /// Whether loops may slice any index where it is external.
    [[nodiscard]] bool has_external() const
    {
        return std::any_of(by_label_.begin(), by_label_.end(), [](const auto &entry) {
            return entry.first.first == Role::external && entry.second;
        });
    }

private:
    std::map<std::pair<Role, std::string>, Target> by_label_, by_space_;
    std::map<std::string, std::optional<bool>> tensors_; // none: see by_slots_
    std::map<std::pair<std::string, std::vector<std::string>>, bool> by_slots_;
};

/// The policy type `Result` with callables that own the answers.
template <class Result, class HostNetwork>
[[nodiscard]] Result callables(std::shared_ptr<const Answers> answers,
                               const PolicySettings &settings)
{
    using Traits = NetworkTraits<HostNetwork>;
    static_assert(BatchPolicyLike<Result, HostNetwork>);
    const auto target = [answers](Role role, const IndexOf<HostNetwork> &index) {
        return answers->target(role, std::string(Traits::index_label(index)),
                               std::string(Traits::index_space(index)));
    };
    const auto is_batchable = [target](Role role) {
        return [target, role](const IndexOf<HostNetwork> &index) {
            return target(role, index).has_value();
        };
    };
    Result result;
    contracted_predicate(result) = is_batchable(Role::contracted);
    if constexpr (HasExternalRole<Result>) {
        result.is_batchable_external_index = is_batchable(Role::external);
    }
    if constexpr (HasSpectatorSwitch<Result>) {
        result.batch_spectator_indices = answers->has_external();
    }
    if constexpr (HasPeakThreshold<Result>) {
        if (settings.peak_threshold > 0) {
            result.peak_threshold =
                static_cast<decltype(result.peak_threshold)>(settings.peak_threshold);
        }
    }
    using Size = std::remove_cvref_t<decltype(result.batch_target_size(
        std::declval<const IndexOf<HostNetwork> &>()))>;
    result.batch_target_size = [target](const IndexOf<HostNetwork> &index) -> Size {
        const auto own = target(Role::contracted, index);
        const auto size = own ? own : target(Role::external, index);
        // An index that loops must not slice is one batch, like a size that the type cannot hold.
        return size && std::in_range<Size>(*size) ? static_cast<Size>(*size)
                                                  : std::numeric_limits<Size>::max();
    };
    result.is_volatile_leaf = [answers](const TensorOf<HostNetwork> &tensor) {
        return answers->is_volatile(std::string(Traits::tensor_label(tensor)), [&tensor] {
            std::vector<std::string> labels;
            for (const auto &index : Traits::indices(tensor)) {
                labels.emplace_back(Traits::index_label(index));
            }
            return labels;
        });
    };
    result.persistent_only = settings.persistent_only;
    result.accumulation_factor =
        static_cast<decltype(result.accumulation_factor)>(settings.accumulation_factor);
    return result;
}

} // namespace priv

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_ANSWERS_HPP
