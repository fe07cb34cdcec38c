/// @file
/// Batch policies: the indices that loops may slice, their batches, and the volatile tensors.
#ifndef QUBE_BUDGET_POLICY_HPP
#define QUBE_BUDGET_POLICY_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "network.hpp"

namespace qube {

/// A rule on indices: qube_index_rule. Set label or space, and target, tile or both.
struct IndexRule {
    std::string label;            ///< One index; overrides its space.
    std::string space;            ///< All indices of a space.
    std::int64_t target = 0;      ///< The most elements of a batch; 0: no rule.
    std::int64_t tile = 0;        ///< Elements of a tile; batches have whole tiles. 0: no rule.
    Role role = Role::contracted; ///< The role in which target holds.
};

/// A rule on tensors: qube_tensor_rule. Set label or tensor.
struct TensorRule {
    std::string label;        ///< All tensors of a label.
    std::int64_t tensor = -1; ///< One tensor by number, in any network.
    bool is_volatile = true;  ///< The tensor changes on every iteration; must be true.
};

/// An index, as a callback sees it. Texts are valid during the call.
struct IndexFacts {
    std::string_view label; ///< Unique in the network.
    std::string_view space; ///< The name of its space.
    std::int64_t extent;    ///< Elements; the mean domain size of a composite index.
    Role role;              ///< In the network.
};

/// A tensor, as a callback sees it. The text is valid during the call.
struct TensorFacts {
    std::string_view label; ///< May repeat in the network.
    std::int64_t tensor;    ///< Its number in the network.
};

/// The batches of an index.
struct Batching {
    std::int64_t target = 0; ///< The most elements of a batch, 1 or more.
    std::int64_t tile = 1;   ///< Elements of a tile, 1 or more; batches have whole tiles.
};

/// Settings of a policy beside its rules: qube_policy_settings.
struct PolicySettings {
    /// The most memory of a plan, bytes; 0: unlimited.
    std::int64_t peak_threshold = 0;
    /// The batches of an index without a rule; none: loops must not slice it.
    std::function<std::optional<Batching>(const IndexFacts &)> batchable = {};
    /// Whether a tensor without a rule changes on every iteration.
    std::function<bool(const TensorFacts &)> is_volatile = {};
    /// Part of a batch's contribution that lives beside the accumulator: 0 to 1, or more.
    double accumulation_factor = 0;
    /// No loops over contracted indices around subtrees that hold a volatile tensor.
    bool persistent_only = false;
};

/// The resolved batches of an index of a network.
struct ResolvedIndex : qube_resolved_index {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit ResolvedIndex(const qube_resolved_index &c)
        : qube_resolved_index(c), role(static_cast<Role>(c.role))
    {
    }
    Role role; ///< In the network.
};

class Policy;

/// A policy resolved for one network.
class ResolvedPolicy : public priv::Result<qube_resolved_policy, qube_resolved_policy_view,
                                           qube_resolved_policy_get, qube_resolved_policy_free> {
public:
    /// The indices, by number.
    [[nodiscard]] auto indices() const &
    {
        return range<ResolvedIndex>(&View::indices, &View::n_indices);
    }
    void indices() const && = delete;

    /// The index of a number.
    /// @throws Error position
    [[nodiscard]] ResolvedIndex index(std::int64_t number) const { return indices()[number]; }

    /// Whether the tensor of a number changes on every iteration.
    /// @throws Error position
    [[nodiscard]] bool is_volatile(std::int64_t tensor) const
    {
        const auto v = view();
        return Range<std::int32_t>(v.is_volatile, v.n_tensors)[tensor] != 0;
    }

    /// As in PolicySettings.
    [[nodiscard]] double accumulation_factor() const { return view().accumulation_factor; }
    /// Bytes; 0: unlimited.
    [[nodiscard]] std::int64_t peak_threshold() const { return view().peak_threshold; }
    /// As in PolicySettings.
    [[nodiscard]] bool persistent_only() const { return view().persistent_only != 0; }

    /// Renders a document: table, or json, which Policy::add_json() reads.
    /// @throws Error option
    [[nodiscard]] std::string render(Format format) const
    {
        return document(qube_resolved_policy_render, format);
    }

private:
    friend class Policy;
    template <class Call> explicit ResolvedPolicy(const Call &call) : Result(call) {}
};

/// Not part of the interface.
namespace priv {

using Batchable = decltype(PolicySettings::batchable);
using Volatile = decltype(PolicySettings::is_volatile);

inline std::int32_t batchable(void *user, const char *label, const char *space, std::int64_t extent,
                              std::int32_t role, std::int32_t *is_batchable, std::int64_t *target,
                              std::int64_t *tile) noexcept
{
    return Parked::guarded([&] {
        const IndexFacts facts{label, space, extent, static_cast<Role>(role)};
        if (const auto batching = (*static_cast<const Batchable *>(user))(facts)) {
            *is_batchable = 1;
            *target = batching->target;
            *tile = batching->tile;
        }
        return true;
    });
}

inline std::int32_t is_volatile(void *user, const char *label, std::int64_t tensor,
                                std::int32_t *is_volatile) noexcept
{
    return Parked::guarded([&] {
        *is_volatile = (*static_cast<const Volatile *>(user))(TensorFacts{label, tensor});
        return true;
    });
}

} // namespace priv

/// The indices that loops may slice, their batches, and the tensors that change on every iteration.
/// The optimizer and the evaluator read the same object. It names spaces and labels, so one policy
/// serves many networks. A copy has the same rules and callbacks.
class Policy {
public:
    /// No batches, no volatile tensors.
    Policy() : handle_(priv::make<qube_policy, qube_policy_free>(qube_policy_create)) {}
    /// Copies rules and settings.
    Policy(const Policy &other)
        : handle_(priv::make<qube_policy, qube_policy_free>(
              [&](qube_policy **out) { return qube_policy_clone(other.use(), out); }))
    {
    }
    /// Copies rules and settings.
    Policy &operator=(const Policy &other) { return *this = Policy(other); }
    /// Moves the handle.
    Policy(Policy &&) noexcept = default;
    /// Moves the handle.
    Policy &operator=(Policy &&) noexcept = default;
    ~Policy() = default;

    /// Adds a rule on indices. A later rule replaces an earlier one on the same label or space. A
    /// rule on a label overrides one on its space.
    /// @throws Error target, option, label
    Policy &add_index_rule(const IndexRule &rule)
    {
        const std::string label = priv::c_text(rule.label, "label");
        const std::string space = priv::c_text(rule.space, "space");
        return add(label.empty() ? nullptr : label.c_str(), space.empty() ? nullptr : space.c_str(),
                   rule.target, rule.tile, rule.role);
    }

    /// Adds a rule on tensors.
    /// @throws Error option, input
    Policy &add_tensor_rule(const TensorRule &rule)
    {
        const std::string label = priv::c_text(rule.label, "label");
        qube_tensor_rule c = {};
        c.struct_size = sizeof c;
        c.label = label.empty() ? nullptr : label.c_str();
        c.tensor = rule.tensor;
        c.is_volatile = rule.is_volatile;
        priv::check(qube_policy_add_tensor_rule(mine(), &c));
        return *this;
    }

    /// Lets loops slice the indices of a space in a role, in batches of at most target elements.
    /// @throws Error target, label
    Policy &batch_space(std::string_view space, std::int64_t target, Role role = Role::contracted)
    {
        return add(nullptr, priv::c_text(space, "space").c_str(), target, 0, role);
    }
    /// Lets loops slice an index in a role, in batches of at most target elements.
    /// @throws Error target, label
    Policy &batch_index(std::string_view label, std::int64_t target, Role role = Role::contracted)
    {
        return add(priv::c_text(label, "label").c_str(), nullptr, target, 0, role);
    }

    /// Sets the elements of a tile of a space: batches have whole tiles.
    /// @throws Error target, label
    Policy &tile_space(std::string_view space, std::int64_t tile)
    {
        return add(nullptr, priv::c_text(space, "space").c_str(), 0, tile, Role::contracted);
    }
    /// Sets the elements of a tile of an index: batches have whole tiles.
    /// @throws Error target, label
    Policy &tile_index(std::string_view label, std::int64_t tile)
    {
        return add(priv::c_text(label, "label").c_str(), nullptr, 0, tile, Role::contracted);
    }

    /// Marks the tensors of a label as volatile: they change on every iteration.
    /// @throws Error input
    Policy &add_volatile(std::string_view label)
    {
        return add_tensor_rule({std::string(label), -1, true});
    }
    /// Marks a tensor as volatile, by its number.
    /// @throws Error input
    Policy &add_volatile_tensor(std::int64_t tensor) { return add_tensor_rule({{}, tensor, true}); }

    /// Sets all settings. Rules stay.
    /// @throws Error option
    Policy &set(const PolicySettings &settings)
    {
        auto batchable = priv::owned(settings.batchable);
        auto is_volatile = priv::owned(settings.is_volatile);
        qube_policy_settings c = {};
        c.struct_size = sizeof c;
        c.accumulation_factor = settings.accumulation_factor;
        c.peak_threshold = settings.peak_threshold;
        c.persistent_only = settings.persistent_only;
        if (batchable) {
            c.batchable = priv::batchable;
            c.batchable_user = batchable.get();
            c.free_batchable_user = priv::drop<priv::Batchable>;
        }
        if (is_volatile) {
            c.is_volatile = priv::is_volatile;
            c.volatile_user = is_volatile.get();
            c.free_volatile_user = priv::drop<priv::Volatile>;
        }
        priv::check(qube_policy_set(mine(), &c));
        static_cast<void>(batchable.release()); // the library's from now on
        static_cast<void>(is_volatile.release());
        return *this;
    }

    /// Adds the rules and settings of a document, schema "qube-policy/1".
    /// @throws Error document, target, option
    Policy &add_json(std::string_view text)
    {
        priv::check(qube_policy_add_json(mine(), priv::c_text(text, "text").c_str()));
        return *this;
    }

    /// Renders a document: table (in words) or json.
    /// @throws Error option, document (a policy with callbacks, in JSON: resolve it first)
    [[nodiscard]] std::string render(Format format) const
    {
        return priv::rendered([&](char **text) {
            return qube_policy_render(use(), static_cast<std::int32_t>(format), text);
        });
    }

    /// Resolves the policy for one network, which calls its callbacks.
    /// @throws Error position, target; any exception of a callback
    [[nodiscard]] ResolvedPolicy resolve(const Network &network) const
    {
        return ResolvedPolicy([&](qube_resolved_policy **out) {
            return qube_policy_resolve(use(), network.use(), out);
        });
    }

    /// The handle for calls of the C interface.
    /// @throws Error null_pointer
    [[nodiscard]] const qube_policy *use() const { return handle_.use("Policy"); }

private:
    friend class Network;
    explicit Policy(qube_policy *owned) noexcept : handle_(owned) {}

    [[nodiscard]] qube_policy *mine() const { return handle_.use("Policy"); }

    Policy &add(const char *label, const char *space, std::int64_t target, std::int64_t tile,
                Role role)
    {
        qube_index_rule c = {};
        c.struct_size = sizeof c;
        c.label = label;
        c.space = space;
        c.target = target;
        c.tile = tile;
        c.role = static_cast<std::int32_t>(role);
        priv::check(qube_policy_add_index_rule(mine(), &c));
        return *this;
    }

    priv::Owner<qube_policy, qube_policy_free> handle_;
};

/// A network, and the policy in its document.
struct Case {
    Network network; ///< The network.
    Policy policy;   ///< Its batches and volatile tensors.
};

inline Case Network::from_json(std::string_view text)
{
    const std::string c = priv::c_text(text, "text");
    qube_policy *policy = nullptr;
    Network network(
        [&](qube_network **out) { return qube_network_from_json(c.c_str(), out, &policy); });
    return Case{std::move(network), Policy(policy)};
}

} // namespace qube

#endif // QUBE_BUDGET_POLICY_HPP
