/// @file
/// Rules of lowered terms, collected into one policy. Not part of the interface.
#ifndef QUBE_BUDGET_SEQUANT_RULES_HPP
#define QUBE_BUDGET_SEQUANT_RULES_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <qube_budget.hpp>

namespace qube::seq {

namespace priv {

/// Rules on the indices and tensors of one network, or of several networks under one policy.
class Rules {
public:
    /// Notes a batch target of an index in a role; none: not batchable.
    void batch(const std::string &label, Role role, std::optional<std::int64_t> target)
    {
        const auto [found, is_new] = targets_.try_emplace({label, role}, target);
        if (!is_new && found->second != target) {
            throw Error(Status::conflict, "index '" + label +
                                              "' has other batches in another term; give "
                                              "answers that depend on space and label alone");
        }
    }

    /// Notes whether a tensor is volatile.
    void tensor(const std::string &label, std::size_t number, bool is_volatile)
    {
        auto &[some, all] = by_label_.try_emplace(label, false, true).first->second;
        some |= is_volatile;
        all &= is_volatile;
        if (is_volatile) {
            volatile_.emplace_back(label, number);
        }
    }

    /// The policy. It names tensors by label where all of the label agree, else by number, which
    /// only a single term allows.
    [[nodiscard]] Policy policy(const PolicySettings &settings, std::size_t terms) const
    {
        Policy policy;
        for (const auto &[index, target] : targets_) {
            if (target) {
                policy.batch_index(index.first, *target, index.second);
            }
        }
        for (const auto &[label, is] : by_label_) {
            if (is.second) {
                policy.add_volatile(label);
            } else if (is.first && terms > 1) {
                throw Error(Status::conflict, "some tensors '" + label +
                                                  "' of the terms are volatile and some are not; "
                                                  "give labels that tell them apart");
            }
        }
        for (const auto &[label, number] : volatile_) {
            if (!by_label_.at(label).second) {
                policy.add_volatile_tensor(static_cast<std::int64_t>(number));
            }
        }
        policy.set(settings);
        return policy;
    }

private:
    std::map<std::pair<std::string, Role>, std::optional<std::int64_t>> targets_;
    std::map<std::string, std::pair<bool, bool>> by_label_; // whether some, all are volatile
    std::vector<std::pair<std::string, std::size_t>> volatile_; // label, number
};

} // namespace priv

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_RULES_HPP
