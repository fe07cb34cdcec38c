/// @file
/// qube_budget for hosts that plan with SeQuant: its names, fields and defaults over qube_budget.hpp.
/// C++20, header only. SeQuant is not included: what a network is, the host says in NetworkTraits.
///
///     host's network ─ lower ─ qube::Network + qube::BatchPolicy ─ qube::optimize ─ qube::Plan
///     host's evaluator ─ to_sequant ─ qube::BatchPolicy
///
/// A host that has SeQuant's own BatchPolicy, CostParams and ObjectiveFunction passes those: any type
/// with their members is taken. One that has not uses the types of this header.
///
/// Conventions, beside those of qube_budget.hpp:
///  - Indices are told apart by ==, and known to the library by their labels. Two that differ and
///    have the same label are an Error that names it (Status::duplicate): the labels must tell all,
///    those of composite indices with their protos (`a_1<i_1,i_2>`).
///  - Callables are called while the network is read, before the library is: once for each index,
///    leaf, or index and k. What they throw leaves the call as it was thrown.
///  - An empty callable means: nothing is batched, nothing is volatile, composites have one size.
#ifndef QUBE_BUDGET_SEQUANT_HPP
#define QUBE_BUDGET_SEQUANT_HPP

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "qube_budget/sequant.hpp needs C++20 or newer (-std=c++20); qube_budget.hpp does with C++17"
#endif

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <qube_budget.hpp>

namespace qube::sequant {

/// What the adapter asks of a host's network; the host specialises it:
///
///     template <> struct qube::sequant::NetworkTraits<MyNetwork> {
///         using Index = MyIndex;   // compares with ==, can be copied
///         using Tensor = MyTensor; // what is_volatile_leaf is asked about
///         static const std::vector<MyTensor> &tensors(const MyNetwork &);   // in their order
///         static std::string tensor_label(const MyTensor &);                // `t`
///         static const std::vector<MyIndex> &indices(const MyTensor &);     // slot by slot
///         static std::string index_label(const MyIndex &);                  // `a_1<i_1,i_2>`
///         static std::string index_space(const MyIndex &);                  // `a`
///         static const std::vector<MyIndex> &protos(const MyIndex &);       // none: a plain index
///     };
///
/// Any range will do for a vector, a value for a reference, and UTF-8 text of any kind for a string.
/// Inside the braces names are looked up in qube::sequant and qube first, so write `::Network` for a
/// type of that name, and `::sequant::Index` for one of SeQuant's.
template <class HostNetwork> struct NetworkTraits;

/// An index of the host.
template <class HostNetwork> using IndexOf = typename NetworkTraits<HostNetwork>::Index;

/// A tensor of the host.
template <class HostNetwork> using TensorOf = typename NetworkTraits<HostNetwork>::Tensor;

/// A network for which NetworkTraits is complete.
template <class N>
concept NetworkLike = std::equality_comparable<IndexOf<N>> && std::copyable<IndexOf<N>> &&
                      requires(const N &network, const TensorOf<N> &tensor,
                               const IndexOf<N> &index) {
                          NetworkTraits<N>::tensors(network);
                          std::string(NetworkTraits<N>::tensor_label(tensor));
                          NetworkTraits<N>::indices(tensor);
                          std::string(NetworkTraits<N>::index_label(index));
                          std::string(NetworkTraits<N>::index_space(index));
                          NetworkTraits<N>::protos(index);
                      };

// --- SeQuant's names, fields and defaults ----------------------------------------------------------

/// DenseFLOPs, DenseSize, DensePeakSize, DensePeakSizeBatched; of SeQuant's newer ones DenseTimeSpace,
/// DenseTimeSpaceBatched, DenseSpaceTimeBatched.
using ObjectiveFunction = qube::Objective;

/// machine_balance 0, fast_mem_elems 0, block_tiles 3, block_prefactor 1.
using RooflineParams = qube::RooflineParams;

/// What contractions cost. The fields mean what those of qube::Options do.
struct CostParams {
    double volatile_weight = 1;
    double footprint_weight = 0;
    double peak_flops_tolerance = 0.10;
    bool prune_outer_products = true;
    RooflineParams roofline = {};
};

/// What may be sliced and what is volatile, as functions of the host's indices and tensors.
template <class HostNetwork> struct BatchPolicy {
    /// Whether loops may slice an index where it is contracted. Empty: none.
    std::function<bool(const IndexOf<HostNetwork> &)> is_batchable_index = {};
    /// The most elements of a batch, 1 or more; asked of batchable indices only.
    std::function<std::size_t(const IndexOf<HostNetwork> &)> batch_target_size = {};
    /// Whether a tensor changes on every iteration. Empty: none.
    std::function<bool(const TensorOf<HostNetwork> &)> is_volatile_leaf = {};
    bool persistent_only = false;   ///< No loops over subtrees that hold a volatile tensor.
    double accumulation_factor = 0; ///< Part of a contribution that lives beside the accumulator.
    /// Whether loops may slice an index where it is external, open in the result. Empty: none.
    std::function<bool(const IndexOf<HostNetwork> &)> is_batchable_external_index = {};
    /// The memory that a plan has to fit, bytes, 1 or more; infinite: open no loop for it. For
    /// DenseTimeSpaceBatched and DenseSpaceTimeBatched.
    double peak_threshold = std::numeric_limits<double>::infinity();
};

/// (index, k): the k-th power mean of the domain sizes of a composite index, (sum over pairs of d^k /
/// pairs)^(1/k); asked for k = 1 to the number of composite indices with the same protos.
template <class HostNetwork>
using InnerPow = std::function<double(const IndexOf<HostNetwork> &, std::size_t)>;

/// Postfix: tensor numbers in the order of the network, and -1 to contract the two results on top.
using EvalSequence = std::vector<int>;

/// Not part of the interface.
namespace detail {

/// The predicate of the contracted role, by SeQuant's newer name or its older one.
template <class Policy> auto &&contracted_predicate(Policy &&policy)
{
    if constexpr (requires { policy.is_batchable_contracted_index; }) {
        return (policy.is_batchable_contracted_index);
    } else {
        return (policy.is_batchable_index);
    }
}

/// A policy that knows of the external role; SeQuant's older one does not.
template <class P>
concept HasExternalRole = requires(const P &p) { p.is_batchable_external_index; };

/// A policy with a threshold on the peak; SeQuant's older one has none.
template <class P>
concept HasPeakThreshold = requires(const P &p) {
    { p.peak_threshold } -> std::convertible_to<double>;
};

/// A policy whose predicate of the contracted role has one name or the other.
template <class P>
concept HasContractedRole = requires(const P &p) { p.is_batchable_contracted_index; } ||
                            requires(const P &p) { static_cast<bool>(p.is_batchable_index); };

} // namespace detail

/// A batch policy: BatchPolicy of this header, or the host's. Instead of is_batchable_index it may have
/// is_batchable_contracted_index; is_batchable_external_index and peak_threshold may be missing.
template <class P, class HostNetwork>
concept BatchPolicyLike =
    detail::HasContractedRole<P> &&
    requires(const P &p, const IndexOf<HostNetwork> &index, const TensorOf<HostNetwork> &tensor) {
        static_cast<bool>(detail::contracted_predicate(p));
        static_cast<bool>(p.batch_target_size);
        static_cast<bool>(p.is_volatile_leaf);
        { detail::contracted_predicate(p)(index) } -> std::convertible_to<bool>;
        { p.batch_target_size(index) } -> std::integral;
        { p.is_volatile_leaf(tensor) } -> std::convertible_to<bool>;
        { p.persistent_only } -> std::convertible_to<bool>;
        { p.accumulation_factor } -> std::convertible_to<double>;
    };

/// Cost parameters: CostParams of this header, or the host's.
template <class C>
concept CostParamsLike = requires(const C &c) {
    { c.volatile_weight } -> std::convertible_to<double>;
    { c.footprint_weight } -> std::convertible_to<double>;
    { c.peak_flops_tolerance } -> std::convertible_to<double>;
    { c.prune_outer_products } -> std::convertible_to<bool>;
    { c.roofline.machine_balance } -> std::convertible_to<double>;
    { c.roofline.fast_mem_elems } -> std::convertible_to<double>;
    { c.roofline.block_tiles } -> std::convertible_to<double>;
    { c.roofline.block_prefactor } -> std::convertible_to<double>;
};

/// An objective: ObjectiveFunction of this header, or the host's.
template <class O>
concept ObjectiveLike = requires {
    O::DenseFLOPs;
    O::DenseSize;
    O::DensePeakSize;
    O::DensePeakSizeBatched;
};

/// A function of the host from indices to extents.
template <class E, class HostNetwork>
concept ExtentsOf = requires(E &extents, const IndexOf<HostNetwork> &index) {
    { extents(index) } -> std::integral;
};

/// Not part of the interface.
namespace detail {

/// SeQuant's newer DenseSpaceTimeBatched goes before DensePeakSizeBatched, which is another name of it
/// there.
template <ObjectiveLike O> [[nodiscard]] qube::Objective objective_of(O objective)
{
    if constexpr (requires { O::DenseTimeSpace; }) {
        if (objective == O::DenseTimeSpace) {
            return Objective::DenseTimeSpace;
        }
    }
    if constexpr (requires { O::DenseTimeSpaceBatched; }) {
        if (objective == O::DenseTimeSpaceBatched) {
            return Objective::DenseTimeSpaceBatched;
        }
    }
    if constexpr (requires { O::DenseSpaceTimeBatched; }) {
        if (objective == O::DenseSpaceTimeBatched) {
            return Objective::DenseSpaceTimeBatched;
        }
    }
    switch (objective) {
    case O::DenseFLOPs: return Objective::DenseFLOPs;
    case O::DenseSize: return Objective::DenseSize;
    case O::DensePeakSize: return Objective::DensePeakSize;
    case O::DensePeakSizeBatched: return Objective::DensePeakSizeBatched;
    default:
        throw Error(Status::option,
                    "objective is " + std::to_string(static_cast<long long>(objective)) +
                        "; allowed: DenseFLOPs, DenseSize, DensePeakSize, DensePeakSizeBatched, "
                        "DenseTimeSpace, DenseTimeSpaceBatched, DenseSpaceTimeBatched");
    }
}

} // namespace detail

/// SeQuant's objective and parameters as options of qube::optimize().
/// @throws Error option (an objective that is none of those named)
template <ObjectiveLike O = ObjectiveFunction, CostParamsLike C = CostParams>
[[nodiscard]] qube::Options options(O objective = O::DenseFLOPs, const C &costs = {})
{
    qube::Options chosen;
    chosen.objective = detail::objective_of(objective);
    chosen.volatile_weight = static_cast<double>(costs.volatile_weight);
    chosen.footprint_weight = static_cast<double>(costs.footprint_weight);
    chosen.peak_flops_tolerance = static_cast<double>(costs.peak_flops_tolerance);
    chosen.roofline.machine_balance = static_cast<double>(costs.roofline.machine_balance);
    chosen.roofline.fast_mem_elems = static_cast<double>(costs.roofline.fast_mem_elems);
    chosen.roofline.block_tiles = static_cast<double>(costs.roofline.block_tiles);
    chosen.roofline.block_prefactor = static_cast<double>(costs.roofline.block_prefactor);
    chosen.prune_outer_products = costs.prune_outer_products;
    return chosen;
}

// --- Lowering --------------------------------------------------------------------------------------

/// A network of the host as the library knows it: what qube::optimize() takes, and what leads back.
template <class HostNetwork> struct Lowered {
    /// A tensor by its label and those of its slots.
    struct Tensor {
        std::string label;
        std::vector<std::string> indices;
    };

    qube::Network network;    ///< Tensors in the order of the host.
    qube::BatchPolicy policy; ///< By labels of indices and tensors; see lower().
    /// The distinct indices, protos included, in the order of network.index().
    std::vector<IndexOf<HostNetwork>> indices;
    std::vector<Tensor> tensors; ///< In the order of the host.

    /// The host's index of a label, such as Loop::index. @throws Error unknown_index
    [[nodiscard]] const IndexOf<HostNetwork> &index(std::string_view label) const
    {
        for (const IndexOf<HostNetwork> &index : indices) {
            if (std::string(NetworkTraits<HostNetwork>::index_label(index)) == label) {
                return index;
            }
        }
        throw Error(Status::unknown_index,
                    "index '" + std::string(label) + "' is not in the network; allowed: those of it");
    }
};

/// Not part of the interface.
namespace detail {

/// A host's count as int64_t.
template <std::integral I>
std::int64_t to_int64(I value, const char *what, const std::string &label)
{
    if (!std::in_range<std::int64_t>(value)) {
        throw Error(Status::overflow, std::string(what) + " of index '" + label + "' is " +
                                          std::to_string(value) + "; allowed: up to 2^63 - 1");
    }
    return static_cast<std::int64_t>(value);
}

/// What the host says of its network: all of it, before the library is called.
template <class HostNetwork> class Reader {
public:
    using Traits = NetworkTraits<HostNetwork>;

    struct Index {
        IndexOf<HostNetwork> host;
        std::string label;
        std::vector<std::string> protos;
        std::int64_t extent = 0;
        std::vector<double> power_means = {};
        std::optional<std::int64_t> target = {};          // where it is contracted
        std::optional<std::int64_t> external_target = {}; // where it is external
    };

    struct Tensor {
        typename Lowered<HostNetwork>::Tensor names;
        bool is_volatile = false;
    };

    template <class Extents, class Policy>
    Reader(const HostNetwork &network, Extents &extents, const Policy &policy,
           const InnerPow<HostNetwork> &inner_pow)
    {
        for (const auto &tensor : Traits::tensors(network)) {
            tensors_.push_back({{std::string(Traits::tensor_label(tensor)), {}}});
            for (const auto &index : Traits::indices(tensor)) {
                tensors_.back().names.indices.push_back(add(index));
            }
            if (policy.is_volatile_leaf) {
                tensors_.back().is_volatile = policy.is_volatile_leaf(tensor);
            }
        }
        // Plain indices first: composite ones refer to them.
        indices_ = std::move(plain_);
        for (Index &index : composite_) {
            indices_.push_back(std::move(index));
        }
        std::map<std::vector<std::string>, std::size_t> same_protos;
        for (const Index &index : indices_) {
            ++same_protos[index.protos];
        }
        for (Index &index : indices_) {
            index.extent = to_int64(extents(index.host), "the extent", index.label);
            if (inner_pow && !index.protos.empty()) {
                for (std::size_t k = 1; k <= same_protos[index.protos]; ++k) {
                    index.power_means.push_back(inner_pow(index.host, k));
                }
            }
            const auto &is_contracted = contracted_predicate(policy);
            const bool contracted = is_contracted && is_contracted(index.host);
            bool external = false;
            if constexpr (HasExternalRole<Policy>) {
                external = policy.is_batchable_external_index &&
                           policy.is_batchable_external_index(index.host);
            }
            if (!contracted && !external) {
                continue;
            }
            if (!policy.batch_target_size) {
                throw Error(Status::target,
                            "index '" + index.label +
                                "' is batchable, but batch_target_size is empty; allowed: a "
                                "callable that gives 1 or more");
            }
            const std::int64_t target =
                to_int64(policy.batch_target_size(index.host), "the target size", index.label);
            index.target = contracted ? std::optional(target) : std::nullopt;
            index.external_target = external ? std::optional(target) : std::nullopt;
        }
    }

    /// Plain ones first, each in the order in which the network first names them.
    [[nodiscard]] const std::vector<Index> &indices() const { return indices_; }

    /// In the order of the host.
    [[nodiscard]] const std::vector<Tensor> &tensors() const { return tensors_; }

private:
    /// Notes an index and its protos where they are new, and gives the index's label.
    std::string add(const IndexOf<HostNetwork> &host)
    {
        std::string label(Traits::index_label(host));
        if (const auto found = places_.find(label); found != places_.end()) {
            const auto &[composite, place] = found->second;
            if (!((composite ? composite_ : plain_)[place].host == host)) {
                throw Error(Status::duplicate, "two different indices have the label '" + label +
                                                   "'; allowed: labels that tell them apart, those "
                                                   "of composite indices with their protos");
            }
            return label;
        }
        std::vector<std::string> protos;
        for (const auto &proto : Traits::protos(host)) {
            protos.push_back(add(proto));
        }
        const bool composite = !protos.empty();
        std::vector<Index> &indices = composite ? composite_ : plain_;
        places_.emplace(label, std::pair(composite, indices.size()));
        indices.push_back({host, label, std::move(protos)});
        return label;
    }

    std::map<std::string, std::pair<bool, std::size_t>> places_; // composite?, place
    std::vector<Index> plain_, composite_, indices_;
    std::vector<Tensor> tensors_;
};

/// A threshold on the peak in whole bytes: what fits one fits the other.
template <class Policy> std::optional<std::int64_t> peak_threshold(const Policy &policy)
{
    if constexpr (HasPeakThreshold<Policy>) {
        const auto bytes = static_cast<double>(policy.peak_threshold);
        if (std::isinf(bytes) && bytes > 0) {
            return std::nullopt;
        }
        if (!(bytes >= 1 && bytes < 0x1p63)) {
            throw Error(Status::option, "peak_threshold is " + std::to_string(bytes) +
                                            "; allowed: 1 to 2^63 - 1 bytes, or infinity");
        }
        return static_cast<std::int64_t>(bytes);
    }
    return std::nullopt;
}

/// What a policy says of the tensors that it was asked about.
class VolatileTensors {
public:
    /// @throws Error conflict: not even the slots tell a volatile tensor from another one
    void add(const std::string &label, const std::vector<std::string> &indices, bool is_volatile)
    {
        const auto [same, first] = by_label_.try_emplace(label, is_volatile);
        if (!first && same->second != is_volatile) {
            same->second.reset();
        }
        const auto [twin, alone] = by_slots_.try_emplace({label, indices}, is_volatile);
        if (!alone && twin->second != is_volatile) {
            throw Error(Status::conflict, "one of two tensors '" + label +
                                              "' with the same slots is volatile; allowed: tensors "
                                              "that differ, or are volatile both");
        }
    }

    /// Whether the tensors of a label are volatile; none if they differ, or are not there.
    [[nodiscard]] std::optional<bool> of(const std::string &label) const
    {
        const auto found = by_label_.find(label);
        return found == by_label_.end() ? std::nullopt : found->second;
    }

    [[nodiscard]] std::optional<bool> of(const std::string &label,
                                         const std::vector<std::string> &indices) const
    {
        const auto found = by_slots_.find({label, indices});
        return found == by_slots_.end() ? std::nullopt : std::optional<bool>(found->second);
    }

private:
    std::map<std::string, std::optional<bool>> by_label_;
    std::map<std::pair<std::string, std::vector<std::string>>, bool> by_slots_;
};

} // namespace detail

/// Reads a network of the host, and what its callables say of it.
/// @param idx_to_extent  extent of an index, an integer, 1 or more; of a composite one its mean size
/// @param policy         BatchPolicy of this header or the host's
/// @param inner_pow      sizes of composite indices; empty: their extents
/// @return the network, and a policy that names its indices and tensors by label; where some tensors
///         of a label are volatile and others are not, by number
/// @throws Error duplicate (two indices with one label), extent, target, power_mean, option, overflow
///         (an integer past 2^63 - 1), no_tensors, document (a composite proto); what callables throw
template <NetworkLike HostNetwork, class Extents, class Policy = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<Policy, HostNetwork>
[[nodiscard]] Lowered<HostNetwork>
lower(const HostNetwork &network, Extents &&idx_to_extent, const Policy &policy = {},
      const std::type_identity_t<InnerPow<HostNetwork>> &inner_pow = {})
{
    using Traits = NetworkTraits<HostNetwork>;
    const detail::Reader<HostNetwork> read(network, idx_to_extent, policy, inner_pow);

    qube::NetworkBuilder builder;
    qube::BatchPolicy lowered_policy;
    std::vector<IndexOf<HostNetwork>> indices;
    for (const auto &index : read.indices()) {
        builder.add_composite(index.label, std::string(Traits::index_space(index.host)),
                              index.extent, index.protos, index.power_means);
        if (index.target) {
            lowered_policy.batch_index(index.label, *index.target);
        }
        if (index.external_target) {
            lowered_policy.batch_index(index.label, *index.external_target, Role::External);
        }
        indices.push_back(index.host);
    }

    std::map<std::string, std::pair<bool, bool>> labels; // some are volatile, all are
    for (const auto &tensor : read.tensors()) {
        const auto [entry, first] = labels.try_emplace(tensor.names.label, false, true);
        entry->second.first |= tensor.is_volatile;
        entry->second.second &= tensor.is_volatile;
    }
    std::vector<typename Lowered<HostNetwork>::Tensor> tensors;
    for (const auto &tensor : read.tensors()) {
        if (tensor.is_volatile && !labels.at(tensor.names.label).second) {
            lowered_policy.add_volatile_tensor(qube::detail::count(tensors));
        }
        builder.add_tensor(tensor.names.label, tensor.names.indices);
        tensors.push_back(tensor.names);
    }
    for (const auto &[label, are_volatile] : labels) {
        if (are_volatile.second) {
            lowered_policy.add_volatile(label);
        }
    }
    lowered_policy.set_persistent_only(policy.persistent_only);
    lowered_policy.set_accumulation_factor(static_cast<double>(policy.accumulation_factor));
    lowered_policy.set_peak_threshold(detail::peak_threshold(policy));
    return {builder.build(), std::move(lowered_policy), std::move(indices), std::move(tensors)};
}

// --- Planning --------------------------------------------------------------------------------------

/// The best plan of a network of the host, with its frontier, loops, footprints and report.
/// @throws Error as lower(), options() and qube::optimize() do; what callables throw
template <NetworkLike HostNetwork, class Extents, ObjectiveLike O = ObjectiveFunction,
          CostParamsLike C = CostParams, class Policy = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<Policy, HostNetwork>
[[nodiscard]] qube::Plan
plan_single_term(const HostNetwork &network, Extents &&idx_to_extent, O objective = O::DenseFLOPs,
                 const C &costs = {}, const Policy &policy = {},
                 const std::type_identity_t<InnerPow<HostNetwork>> &inner_pow = {})
{
    const qube::Options chosen = qube::sequant::options(objective, costs);
    const Lowered<HostNetwork> lowered =
        qube::sequant::lower(network, idx_to_extent, policy, inner_pow);
    return qube::optimize(lowered.network, lowered.policy, chosen);
}

/// A plan as SeQuant writes it.
[[nodiscard]] inline EvalSequence eval_sequence(const qube::Plan &plan)
{
    EvalSequence sequence;
    for (const std::int64_t entry : plan.sequence()) {
        sequence.push_back(static_cast<int>(entry)); // numbers of a few tensors
    }
    return sequence;
}

/// The best order to contract a network of the host: plan_single_term() for those who want no more.
/// `{0}` for one tensor, `{0, 1, -1}` for two; of two operands the one with the smaller first tensor
/// is left, but for the peak objectives, where the one to be evaluated first is.
/// @throws Error as plan_single_term(); what callables throw
template <NetworkLike HostNetwork, class Extents, ObjectiveLike O = ObjectiveFunction,
          CostParamsLike C = CostParams, class Policy = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<Policy, HostNetwork>
[[nodiscard]] EvalSequence
single_term_opt(const HostNetwork &network, Extents &&idx_to_extent, O objective = O::DenseFLOPs,
                const C &costs = {}, const Policy &policy = {},
                const std::type_identity_t<InnerPow<HostNetwork>> &inner_pow = {})
{
    return eval_sequence(qube::sequant::plan_single_term(network, idx_to_extent, objective, costs,
                                                         policy, inner_pow));
}

// --- And back --------------------------------------------------------------------------------------

namespace detail {

/// What the callables of to_sequant() answer from. It never changes, so threads may share it.
struct Answers {
    using Targets = std::map<std::string, std::optional<std::int64_t>>;

    std::map<std::string, Role> roles;              // by label
    std::map<Role, Targets> targets, space_targets; // by label and by space
    VolatileTensors volatile_tensors;

    [[nodiscard]] std::optional<std::int64_t> target(Role role, const std::string &label,
                                                     const std::string &space) const
    {
        const Targets &by_label = targets.at(role), &by_space = space_targets.at(role);
        if (const auto found = by_label.find(label); found != by_label.end()) {
            return found->second;
        }
        if (const auto found = by_space.find(space); found != by_space.end()) {
            return found->second;
        }
        throw Error(Status::unknown_index,
                    "index '" + label + "' of space '" + space +
                        "' was asked about; allowed: indices of the network, and of its spaces");
    }

    /// In the role that the index has in the network, else in any.
    [[nodiscard]] std::optional<std::int64_t> target(const std::string &label,
                                                     const std::string &space) const
    {
        const auto found = roles.find(label);
        const Role own = found == roles.end() ? Role::Contracted : found->second;
        const Role other = own == Role::Contracted ? Role::External : Role::Contracted;
        const std::optional<std::int64_t> size = target(own, label, space);
        return size ? size : target(other, label, space);
    }

    template <class Slots>
    [[nodiscard]] bool is_volatile(const std::string &label, const Slots &slots) const
    {
        if (const std::optional<bool> all = volatile_tensors.of(label)) {
            return *all;
        }
        if (const std::optional<bool> one = volatile_tensors.of(label, slots())) {
            return *one;
        }
        throw Error(Status::position, "tensor '" + label +
                                          "' was asked about; allowed: those of the network");
    }
};

} // namespace detail

/// A policy as callables, for an evaluator that asks about indices and tensors of the host: what
/// slices there is what was planned with. They keep what they need, so the policy, the lowered network
/// and the host's may go.
///
/// An index is answered by its label; one that the network does not have, such as a renamed one, by
/// its space; either role by what the policy says for it. A tensor is answered by its label; where tensors of the label differ in volatility, by
/// that and its slots. Other questions throw Error (unknown_index, position), and so does the target of
/// an index that must not be sliced (target).
/// @tparam Policy  BatchPolicy of this header, or the host's
/// @throws Error conflict (two tensors of which one is volatile, that have the same label and slots),
///         position (a policy that names tensors that the network does not have)
template <class Policy = void, class HostNetwork>
[[nodiscard]] auto to_sequant(const qube::BatchPolicy &policy, const Lowered<HostNetwork> &lowered)
{
    using Traits = NetworkTraits<HostNetwork>;
    using Result = std::conditional_t<std::is_void_v<Policy>, BatchPolicy<HostNetwork>, Policy>;
    static_assert(BatchPolicyLike<Result, HostNetwork>);

    // Callbacks of the policy are asked here, once.
    const qube::BatchPolicy resolved = policy.resolved(lowered.network);
    auto answers = std::make_shared<detail::Answers>();
    for (const Role role : {Role::Contracted, Role::External}) {
        detail::Answers::Targets &targets = answers->targets[role];
        detail::Answers::Targets &space_targets = answers->space_targets[role];
        for (const IndexOf<HostNetwork> &index : lowered.indices) {
            const std::string label(Traits::index_label(index));
            const std::string space(Traits::index_space(index));
            const std::optional<std::int64_t> by_space = policy.space_target(space, role);
            const std::optional<std::int64_t> by_label = policy.index_target(label, role);
            const qube::Slicing slicing = resolved.slicing(lowered.network, label);
            answers->roles.emplace(label, slicing.role);
            space_targets.emplace(space, by_space);
            targets.emplace(label, slicing.role == role
                                       ? qube::detail::optional_size(slicing.target)
                                       : (by_label ? by_label : by_space));
        }
    }
    for (std::size_t number = 0; number < lowered.tensors.size(); ++number) {
        const auto &tensor = lowered.tensors[number];
        answers->volatile_tensors.add(
            tensor.label, tensor.indices,
            resolved.is_volatile(lowered.network, static_cast<std::int64_t>(number)));
    }

    Result result;
    const auto is_batchable = [answers](Role role) {
        return [answers, role](const IndexOf<HostNetwork> &index) {
            return answers
                ->target(role, std::string(Traits::index_label(index)),
                         std::string(Traits::index_space(index)))
                .has_value();
        };
    };
    detail::contracted_predicate(result) = is_batchable(Role::Contracted);
    if constexpr (detail::HasExternalRole<Result>) {
        result.is_batchable_external_index = is_batchable(Role::External);
    }
    if constexpr (detail::HasPeakThreshold<Result>) {
        if (const std::optional<std::int64_t> bytes = policy.peak_threshold()) {
            result.peak_threshold = static_cast<decltype(result.peak_threshold)>(*bytes);
        }
    }
    using Size = decltype(result.batch_target_size(lowered.indices.front()));
    result.batch_target_size = [answers](const IndexOf<HostNetwork> &index) -> Size {
        const std::string label(Traits::index_label(index));
        const auto target = answers->target(label, std::string(Traits::index_space(index)));
        if (!target) {
            throw Error(Status::target, "index '" + label +
                                            "' must not be sliced and has no target size; allowed: "
                                            "those that are batchable in a role");
        }
        if (!std::in_range<Size>(*target)) {
            throw Error(Status::overflow, "the target size of index '" + label + "' is " +
                                              std::to_string(*target) + "; allowed: up to " +
                                              std::to_string(std::numeric_limits<Size>::max()));
        }
        return static_cast<Size>(*target);
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
    result.persistent_only = policy.persistent_only();
    result.accumulation_factor =
        static_cast<decltype(result.accumulation_factor)>(policy.accumulation_factor());
    return result;
}

} // namespace qube::sequant

#endif // QUBE_BUDGET_SEQUANT_HPP
