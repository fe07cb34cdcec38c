/// @file
/// qube_budget for hosts that plan with SeQuant: its names, fields and defaults over
/// qube_budget.hpp. C++20, header only. SeQuant is not included: what a network is, the host says
/// in NetworkTraits.
///
///     host's network ─ lower ─ qube::Network + qube::Policy ─ qube::optimize ─ qube::Plan
///     host's evaluator ─ to_sequant ─ qube::Policy;  its tree ─ annotate ─ qube::Plan
///
/// A host that has SeQuant's own OptimizeOptions, BatchPolicy, CostParams and ObjectiveFunction
/// passes those: any type with their members is taken, of SeQuant's older form and its newer one.
/// One that has not uses the types of this header.
///
/// Conventions, beside those of qube_budget.hpp:
///  - Indices are told apart by ==, and known to the library by their labels. Two that differ and
///    have the same label are an Error that names it (Status::duplicate): the labels must tell all,
///    those of composite indices with their protos (`a_1<i_1,i_2>`).
///  - Labels, spaces and callables are asked while the network is read, before the library is
///    called, once for each distinct index (found by std::hash or hash_value where the index has
///    one, else by ==), leaf, or index and k. What they throw leaves the call as it was thrown.
///  - They are asked on the calling thread only. SeQuant's label() fills a cache without a lock:
///    two threads must not read networks that share Index objects at the same time.
///  - An empty callable means: nothing is batched, nothing is volatile, composites have one size.
///    Without extents nothing can be planned: an empty idx_to_extent is an Error (Status::input).
#ifndef QUBE_BUDGET_SEQUANT_HPP
#define QUBE_BUDGET_SEQUANT_HPP

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "qube_budget/sequant.hpp needs C++20 or newer (-std=c++20); qube_budget.hpp does with C++17"
#endif

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <qube_budget.hpp>

/// Not named after SeQuant's namespace: a host may open qube beside it.
namespace qube::seq {

/// What the adapter asks of a host's network; the host specialises it:
///
///     template <> struct qube::seq::NetworkTraits<MyNetwork> {
///         using Index = MyIndex;   // compares with ==, can be copied
///         using Tensor = MyTensor; // what is_volatile_leaf is asked about
///         static const std::vector<MyTensor> &tensors(const MyNetwork &);   // in their order
///         static std::string tensor_label(const MyTensor &);                // `t`
///         static const std::vector<MyIndex> &indices(const MyTensor &);     // slot by slot
///         static std::string index_label(const MyIndex &);                  // `a_1<i_1,i_2>`
///         static std::string index_space(const MyIndex &);                  // `a`
///         static const std::vector<MyIndex> &protos(const MyIndex &);       // none: a plain index
///         // What may be left out:
///         using EvalSequence = MySequence;                  // default: std::vector<int>
///         static std::size_t extent(const MyIndex &);       // where idx_to_extent is empty
///         static constexpr bool needs_inner_pow = true;     // refuse composites without inner_pow
///     };
///
/// Any range will do for a vector, a value for a reference, and UTF-8 text of any kind for a
/// string. Inside the braces names are looked up in qube::seq and qube first.
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

/// Not part of the interface.
namespace priv {

template <class N> struct SequenceOf {
    using type = std::vector<int>;
};
template <class N>
    requires requires { typename NetworkTraits<N>::EvalSequence; }
struct SequenceOf<N> {
    using type = typename NetworkTraits<N>::EvalSequence;
};

} // namespace priv

/// Postfix: tensor numbers in the order of the network, and -1 to contract the two results on top.
/// The host's type, such as a boost::container::small_vector, or std::vector<int>.
template <class HostNetwork> using EvalSequenceOf = typename priv::SequenceOf<HostNetwork>::type;

// --- SeQuant's names, fields and defaults --------------------------------------------------------

/// The objectives, with SeQuant's names.
enum class ObjectiveFunction {
    DenseFLOPs,
    DenseSize,
    DensePeakSize,
    DensePeakSizeBatched,
    DenseTimeSpace,
    DenseTimeSpaceBatched,
    DenseSpaceTimeBatched,
};

/// Whether results move through a memory of a certain size; qube::Options explains the fields.
struct RooflineParams {
    double machine_balance = 0;
    double fast_mem_elems = 0;
    double block_tiles = 3;
    double block_prefactor = 1;
};

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
    bool batch_spectator_indices = false; ///< Ask about the external role at all.
    /// The memory that a plan has to fit, bytes, 1 or more; infinite: open no loop for it. For
    /// DenseTimeSpaceBatched and DenseSpaceTimeBatched.
    double peak_threshold = std::numeric_limits<double>::infinity();
};

/// (index, k): the k-th power mean of the domain sizes of a composite index, (sum over pairs of d^k
/// / pairs)^(1/k); asked for k = 1 to the number of composite indices with the same protos.
template <class HostNetwork>
using InnerPow = std::function<double(const IndexOf<HostNetwork> &, std::size_t)>;

/// Whether an index that is sliced is summed, or open in the result.
enum class BatchModeType { Contracted, External };

/// How a contraction is batched; what annotate() fills where the host has no such type.
template <class HostNetwork> struct NodeBatchAnnotation {
    /// Indices that are sliced in it: external ones of loops around it or opened here, that are
    /// open in its result, then contracted ones of loops opened here.
    std::vector<std::pair<IndexOf<HostNetwork>, BatchModeType>> axes = {};
    /// Those of them whose loops open here.
    std::vector<std::pair<IndexOf<HostNetwork>, BatchModeType>> opened_here = {};
    /// How often loops around it make it be carried out.
    std::size_t effective_count = 1;
    /// The objective charged for what loops repeat.
    bool order_aware = false;
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

/// A batch policy: BatchPolicy of this header, or the host's. Instead of is_batchable_index it may
/// have is_batchable_contracted_index; what newer ones add may be missing. Where it has
/// batch_spectator_indices, that must be true for the external role to count.
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

template <class C>
concept HasCosts = requires(const C &c) {
    { c.volatile_weight } -> std::convertible_to<double>;
    { c.footprint_weight } -> std::convertible_to<double>;
    { c.peak_flops_tolerance } -> std::convertible_to<double>;
    { c.prune_outer_products } -> std::convertible_to<bool>;
    { c.roofline.machine_balance } -> std::convertible_to<double>;
    { c.roofline.fast_mem_elems } -> std::convertible_to<double>;
    { c.roofline.block_tiles } -> std::convertible_to<double>;
    { c.roofline.block_prefactor } -> std::convertible_to<double>;
};

template <class C>
concept HasObjective = requires(const C &c) { c.objective_function; };

} // namespace priv

/// Cost parameters: CostParams of this header, or the host's. Not OptimizeOptions, which have the
/// same fields and more, that would be lost.
template <class C>
concept CostParamsLike = priv::HasCosts<C> && !priv::HasObjective<C>;

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

/// SeQuant's OptimizeOptions: cost parameters, and what its optimize() takes beside.
template <class O, class HostNetwork>
concept OptimizeOptionsLike =
    priv::HasCosts<O> && BatchPolicyLike<decltype(O::batch_policy), HostNetwork> &&
    ExtentsOf<const decltype(O::idx_to_extent), HostNetwork> && requires(const O &o) {
        requires ObjectiveLike<decltype(O::objective_function)>;
        { o.CSE.subnet } -> std::convertible_to<bool>;
        InnerPow<HostNetwork>(o.inner_pow);
    };

/// Not part of the interface.
namespace priv {

/// SeQuant's newer DenseSpaceTimeBatched goes before DensePeakSizeBatched, another name of it
/// there.
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

template <ObjectiveLike O, HasCosts C> [[nodiscard]] Options options_of(O objective, const C &costs)
{
    Options chosen;
    chosen.objective = objective_of(objective);
    chosen.volatile_weight = static_cast<double>(costs.volatile_weight);
    chosen.footprint_weight = static_cast<double>(costs.footprint_weight);
    chosen.peak_flops_tolerance = static_cast<double>(costs.peak_flops_tolerance);
    chosen.machine_balance = static_cast<double>(costs.roofline.machine_balance);
    chosen.fast_mem_elems = static_cast<double>(costs.roofline.fast_mem_elems);
    chosen.block_tiles = static_cast<double>(costs.roofline.block_tiles);
    chosen.block_prefactor = static_cast<double>(costs.roofline.block_prefactor);
    chosen.prune_outer_products = costs.prune_outer_products;
    return chosen;
}

} // namespace priv

/// SeQuant's objective and parameters as options of qube::optimize().
/// @throws Error option (an objective that is none of those named)
template <ObjectiveLike O = ObjectiveFunction, CostParamsLike C = CostParams>
[[nodiscard]] Options options(O objective = O::DenseFLOPs, const C &costs = {})
{
    return priv::options_of(objective, costs);
}

// --- Lowering ------------------------------------------------------------------------------------

/// A network of the host as the library knows it: what qube::optimize() takes, and what leads back.
template <class HostNetwork> struct Lowered {
    /// A tensor by its label, and the numbers of the indices in its slots.
    struct Tensor {
        std::string label;
        std::vector<std::size_t> indices;
    };

    Network network;                           ///< Tensors in the order of the host.
    Policy policy;                             ///< By labels of indices and tensors; see lower().
    std::vector<IndexOf<HostNetwork>> indices; ///< By number, as Loop::index has it; protos too.
    std::vector<std::string> labels, spaces;   ///< Of the indices.
    std::vector<Tensor> tensors;               ///< In the order of the host.

    /// The host's index of a number, such as Loop::index. @throws Error unknown_index
    [[nodiscard]] const IndexOf<HostNetwork> &index(std::int64_t number) const
    {
        if (number < 0 || static_cast<std::size_t>(number) >= indices.size()) {
            throw Error(Status::unknown_index, "index number " + std::to_string(number) +
                                                   " is not in the network; give 0 to " +
                                                   std::to_string(indices.size()) + " - 1");
        }
        return indices[static_cast<std::size_t>(number)];
    }

    /// The host's index of a label. @throws Error unknown_index
    [[nodiscard]] const IndexOf<HostNetwork> &index(std::string_view label) const
    {
        return index(network.number_of(label));
    }
};

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

/// A hash of the host's index, where it has one.
template <class I>
concept StdHashed = requires(const I &index) { std::hash<I>{}(index); };
template <class I>
concept AdlHashed = requires(const I &index) {
    { hash_value(index) } -> std::convertible_to<std::size_t>;
};

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

/// Numbers for distinct indices.
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

/// Rules on indices and tensors of one network, or of several that one policy is for.
class Rules {
public:
    void batch(const std::string &label, Role role, std::optional<std::int64_t> target)
    {
        const auto [found, is_new] = targets_.try_emplace({label, role}, target);
        if (!is_new && found->second != target) {
            throw Error(Status::conflict, "index '" + label +
                                              "' has other batches in another term; give "
                                              "answers that depend on space and label alone");
        }
    }

    void tensor(const std::string &label, std::size_t number, bool is_volatile)
    {
        auto &[some, all] = by_label_.try_emplace(label, false, true).first->second;
        some |= is_volatile;
        all &= is_volatile;
        if (is_volatile) {
            volatile_.emplace_back(label, number);
        }
    }

    /// By label where all tensors of it agree, else by number, which a single term has only.
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
    std::map<std::string, std::pair<bool, bool>> by_label_; // some are volatile, all are
    std::vector<std::pair<std::string, std::size_t>> volatile_; // label and number
};

/// Settings of a host's policy; its threshold in whole bytes: what fits one fits the other.
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

/// Whether a callable of the host can be called at all.
template <class F> bool is_empty(const F &function)
{
    if constexpr (requires { function.operator bool(); }) { // std::function and its like
        return !function;
    } else {
        return false;
    }
}

/// Reads what the host says of its network, all of it before the library is called.
template <class HostNetwork> class Reader {
    using Traits = NetworkTraits<HostNetwork>;

public:
    explicit Reader(const HostNetwork &network)
    {
        for (const auto &tensor : Traits::tensors(network)) {
            tensors_.push_back({std::string(Traits::tensor_label(tensor)), {}});
            for (const auto &index : Traits::indices(tensor)) {
                tensors_.back().indices.push_back(add(index));
            }
        }
        // Plain indices first: composite ones refer to them.
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
    struct Found {
        IndexOf<HostNetwork> host;
        std::string label, space;
        std::vector<std::size_t> protos;
    };

    /// The number of an index, in the order of finding; notes it and its protos where they are new.
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
    std::vector<std::size_t> order_; // plain ones first
    std::vector<typename Lowered<HostNetwork>::Tensor> tensors_;
};

} // namespace priv

/// Reads a network of the host, and what its callables say of it.
/// @param idx_to_extent  extent of an index, 1 or more; of a composite one its mean size
/// @param policy         BatchPolicy of this header or the host's
/// @param inner_pow      sizes of composite indices; empty: their extents, unless NetworkTraits
///                       needs them
/// @return the network, and a policy that names its indices and tensors by label; where some
///         tensors of a label are volatile and others are not, by number
/// @throws Error input (no extents), duplicate (two indices with one label), extent, target,
///         power_mean, option, overflow (an integer past 2^63 - 1), no_tensors, document (a
///         composite proto); what callables throw
template <NetworkLike HostNetwork, class Extents, class P = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<P, HostNetwork>
[[nodiscard]] Lowered<HostNetwork>
lower(const HostNetwork &network, Extents &&idx_to_extent, const P &policy = {},
      const std::type_identity_t<InnerPow<HostNetwork>> &inner_pow = {})
{
    priv::Rules rules;
    Lowered<HostNetwork> lowered = priv::Reader<HostNetwork>(network).lower(
        network, idx_to_extent, policy, inner_pow, rules);
    lowered.policy = rules.policy(priv::settings_of(policy), 1);
    return lowered;
}

// --- Planning ------------------------------------------------------------------------------------

/// The best plan of a network of the host, with its frontier, loops, footprints and report.
/// @throws Error as lower(), options() and qube::optimize() do; what callables throw
template <NetworkLike HostNetwork, class Extents, ObjectiveLike O = ObjectiveFunction,
          CostParamsLike C = CostParams, class P = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<P, HostNetwork>
[[nodiscard]] Plan plan_single_term(const HostNetwork &network, Extents &&idx_to_extent,
                                    O objective = O::DenseFLOPs, const C &costs = {},
                                    const P &policy = {},
                                    const std::type_identity_t<InnerPow<HostNetwork>> &means = {})
{
    const Options chosen = seq::options(objective, costs);
    const Lowered<HostNetwork> lowered = seq::lower(network, idx_to_extent, policy, means);
    return optimize(lowered.network, lowered.policy, chosen);
}

/// A plan as SeQuant writes it, in any container of int that can be filled at its end.
template <class Sequence = std::vector<int>> [[nodiscard]] Sequence eval_sequence(const Plan &plan)
{
    Sequence sequence;
    for (const std::int64_t entry : plan.sequence()) {
        sequence.push_back(static_cast<typename Sequence::value_type>(entry)); // a few thousand
    }
    return sequence;
}

/// The best order to contract a network of the host: plan_single_term() for those who want no more.
/// `{0}` for one tensor, `{0, 1, -1}` for two; of two operands the one with the smaller first
/// tensor is left, but for the peak objectives, where the one to be evaluated first is.
/// @throws Error as plan_single_term(); what callables throw
template <NetworkLike HostNetwork, class Extents, ObjectiveLike O = ObjectiveFunction,
          CostParamsLike C = CostParams, class P = BatchPolicy<HostNetwork>>
    requires ExtentsOf<Extents, HostNetwork> && BatchPolicyLike<P, HostNetwork>
[[nodiscard]] EvalSequenceOf<HostNetwork>
single_term_opt(const HostNetwork &network, Extents &&idx_to_extent, O objective = O::DenseFLOPs,
                const C &costs = {}, const P &policy = {},
                const std::type_identity_t<InnerPow<HostNetwork>> &inner_pow = {})
{
    return eval_sequence<EvalSequenceOf<HostNetwork>>(seq::plan_single_term(
        network, idx_to_extent, objective, costs, policy, inner_pow));
}

/// How each contraction of a plan is batched, left first and in post-order, as SeQuant's evaluator
/// takes it: replaces what is in axes. An element has axes, pairs of an index and a mode with the
/// enumerators Contracted and External; opened_here, effective_count and order_aware are filled
/// where it has them (see NodeBatchAnnotation).
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

/// Not part of the interface.
namespace priv {

/// Calls with the extents of OptimizeOptions, or with those of NetworkTraits.
template <class HostNetwork, class O, class Call>
auto with_extents(const O &options, const Call &call)
{
    if constexpr (requires(const IndexOf<HostNetwork> &index) {
                      { NetworkTraits<HostNetwork>::extent(index) } -> std::integral;
                  }) {
        if (is_empty(options.idx_to_extent)) {
            return call([](const IndexOf<HostNetwork> &index) {
                return NetworkTraits<HostNetwork>::extent(index);
            });
        }
    }
    return call(options.idx_to_extent);
}

/// What optimize() is to tell through term_batch_axes, it must be able to.
template <class O> void check_axes(const O &options, bool are_taken)
{
    if constexpr (requires { options.term_batch_axes == nullptr; }) {
        if (options.term_batch_axes != nullptr && !are_taken) {
            throw Error(Status::option, "term_batch_axes is set, but it is keyed by expressions, "
                                        "which are the host's; set it to nullptr, or pass "
                                        "out_axes and enter them there");
        }
    }
}

} // namespace priv

/// SeQuant's OptimizeOptions as options of qube::optimize(). CSE.subnet is honoured by the additive
/// objectives.
/// @throws Error option (an objective that is none of those named; CSE.subnet under another one)
template <priv::HasCosts O>
    requires requires(const O &o) { o.objective_function; o.CSE.subnet; }
[[nodiscard]] Options options(const O &from)
{
    Options chosen = priv::options_of(from.objective_function, from);
    chosen.subnet_cse = from.CSE.subnet;
    if (chosen.subnet_cse && chosen.objective != Objective::dense_flops &&
        chosen.objective != Objective::dense_size) {
        throw Error(Status::option, "CSE.subnet is set under an objective that counts peaks; "
                                    "set it with DenseFLOPs or DenseSize only");
    }
    return chosen;
}

/// Reads a network as OptimizeOptions say; see the other lower().
template <NetworkLike HostNetwork, OptimizeOptionsLike<HostNetwork> O>
[[nodiscard]] Lowered<HostNetwork> lower(const HostNetwork &network, const O &from)
{
    return priv::with_extents<HostNetwork>(from, [&](const auto &extents) {
        return seq::lower(network, extents, from.batch_policy, from.inner_pow);
    });
}

/// The best order to contract one term under SeQuant's OptimizeOptions, all of which is honoured or
/// refused: CSE.subnet as subnet_cse; the extents of NetworkTraits where idx_to_extent is empty;
/// term_batch_axes by out_axes, which annotate() fills under a batched objective and which is empty
/// under others. reorder is about sums: see plan_terms().
/// @throws Error as lower() and optimize(); option (CSE.subnet under an objective that counts
///         peaks, term_batch_axes without out_axes); what callables throw
template <NetworkLike HostNetwork, OptimizeOptionsLike<HostNetwork> O,
          class Annotations = std::vector<NodeBatchAnnotation<HostNetwork>>>
[[nodiscard]] EvalSequenceOf<HostNetwork>
single_term_opt(const HostNetwork &network, const O &from, Annotations *out_axes = nullptr)
{
    priv::check_axes(from, out_axes != nullptr);
    const Options chosen = seq::options(from);
    const Lowered<HostNetwork> lowered = seq::lower(network, from);
    const Plan plan = optimize(lowered.network, lowered.policy, chosen);
    if (out_axes != nullptr) {
        out_axes->clear();
        if (chosen.objective == Objective::dense_peak_size_batched ||
            chosen.objective == Objective::dense_time_space_batched ||
            chosen.objective == Objective::dense_space_time_batched) {
            annotate(plan, lowered, *out_axes);
        }
    }
    return eval_sequence<EvalSequenceOf<HostNetwork>>(plan);
}

/// The terms of a sum, lowered and planned under one policy.
template <class HostNetwork> struct Forest {
    std::vector<Lowered<HostNetwork>> terms; ///< Their policies are copies of the one policy.
    Policy policy;
    Plans plans; ///< Of the terms, in their order.

    /// The order of the summands in which those that share intermediates stand together, what
    /// ReorderSum::Reorder asks for: groups by their first term, terms in their own order.
    [[nodiscard]] std::vector<std::size_t> order() const
    {
        std::vector<std::size_t> group(terms.size());
        for (std::size_t k = 0; k < group.size(); ++k) {
            group[k] = k;
        }
        const auto first_of = [&](std::int64_t term) {
            auto at = static_cast<std::size_t>(term);
            while (group[at] != at) {
                at = group[at] = group[group[at]];
            }
            return at;
        };
        for (const Shared &shared : plans.shared()) {
            for (const Occurrence &occurrence : shared.occurrences) {
                const std::size_t one = first_of(shared.occurrences[0].term);
                const std::size_t other = first_of(occurrence.term);
                group[std::max(one, other)] = std::min(one, other);
            }
        }
        std::vector<std::size_t> order(group.size());
        for (std::size_t k = 0; k < order.size(); ++k) {
            group[k] = first_of(static_cast<std::int64_t>(k));
            order[k] = k;
        }
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return group[a] < group[b]; });
        return order;
    }
};

/// Plans the terms of a sum under SeQuant's OptimizeOptions and one policy; Forest::order() answers
/// reorder. A term that fails does not end the call: Plans::plan() of it throws.
/// @throws Error as single_term_opt(); option (term_batch_axes, unless axes_are_taken: annotate()
///         tells them); conflict (tensors of one label of which some are volatile, an index with
///         other batches in another term)
template <std::ranges::input_range Networks,
          NetworkLike HostNetwork = std::ranges::range_value_t<Networks>,
          OptimizeOptionsLike<HostNetwork> O>
[[nodiscard]] Forest<HostNetwork> plan_terms(const Networks &networks, const O &from,
                                             bool axes_are_taken = false,
                                             std::int64_t num_threads = 1)
{
    priv::check_axes(from, axes_are_taken);
    const Options chosen = seq::options(from);
    priv::Rules rules;
    std::vector<Lowered<HostNetwork>> terms;
    std::vector<Network> lowered;
    for (const HostNetwork &network : networks) {
        terms.push_back(priv::with_extents<HostNetwork>(from, [&](const auto &extents) {
            return priv::Reader<HostNetwork>(network).lower(network, extents, from.batch_policy,
                                                            from.inner_pow, rules);
        }));
    }
    Policy policy = rules.policy(priv::settings_of(from.batch_policy), terms.size());
    for (auto &term : terms) {
        term.policy = policy;
        lowered.push_back(std::move(term.network));
    }
    Plans plans = optimize_many(lowered, policy, chosen, num_threads);
    for (std::size_t k = 0; k < terms.size(); ++k) {
        terms[k].network = std::move(lowered[k]);
    }
    return {std::move(terms), std::move(policy), std::move(plans)};
}

// --- And back ------------------------------------------------------------------------------------

/// Not part of the interface.
namespace priv {

/// What the callables of to_sequant() answer from. It never changes, so threads may share it.
class Answers {
public:
    using Target = std::optional<std::int64_t>;

    /// Notes what a policy rules for a network, and gives its settings, without callbacks, which
    /// are asked here, once.
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
                space->second = std::nullopt; // its indices differ: a renamed one is not known
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

    [[nodiscard]] Target target(Role role, const std::string &label, const std::string &space) const
    {
        if (const auto found = by_label_.find({role, label}); found != by_label_.end()) {
            return found->second;
        }
        const auto found = by_space_.find({role, space});
        return found == by_space_.end() ? std::nullopt : found->second;
    }

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

    /// Whether an index may be sliced where it is external.
    [[nodiscard]] bool has_external() const
    {
        return std::any_of(by_label_.begin(), by_label_.end(), [](const auto &entry) {
            return entry.first.first == Role::external && entry.second;
        });
    }

private:
    std::map<std::pair<Role, std::string>, Target> by_label_, by_space_;
    std::map<std::string, std::optional<bool>> tensors_; // none: by the slots
    std::map<std::pair<std::string, std::vector<std::string>>, bool> by_slots_;
};

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
        // What must not be sliced, and what does not fit the type, is one batch.
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

/// What lowered networks have: one, or a range of them.
template <class L> struct HostOf;
template <class N> struct HostOf<Lowered<N>> {
    using type = N;
};

template <class P, class HostNetwork>
using PolicyOf = std::conditional_t<std::is_void_v<P>, BatchPolicy<HostNetwork>, P>;

} // namespace priv

/// A policy as callables, for an evaluator that asks about indices and tensors of the host: what
/// slices there is what was planned with. One for all terms: `forest` is a range of Lowered. They
/// keep what they need, so the policy and the networks may go.
///
/// An index is answered by its label in a role; one that no network has in that role, such as a
/// renamed one, by its space, where all indices of the space agree. A tensor is answered by its
/// label; where tensors of the label differ in volatility, by that and its slots. What is not known
/// is no: not batchable, not volatile. The target of an index that must not be sliced is the
/// largest number, which means one batch.
/// @tparam P  BatchPolicy of this header (void), or the host's
/// @throws Error conflict (two tensors, one of them volatile, that have the same label and slots;
///         an index with other batches in another term), position (a policy that names tensors that
///         a network does not have); what callbacks of the policy throw
template <class P = void, std::ranges::input_range Terms>
[[nodiscard]] auto to_sequant(const Policy &policy, const Terms &forest)
{
    using HostNetwork = typename priv::HostOf<std::ranges::range_value_t<Terms>>::type;
    auto answers = std::make_shared<priv::Answers>();
    PolicySettings settings;
    for (const Lowered<HostNetwork> &lowered : forest) {
        settings = answers->add(policy, lowered);
    }
    return priv::callables<priv::PolicyOf<P, HostNetwork>, HostNetwork>(std::move(answers),
                                                                        settings);
}

/// The same for one term.
template <class P = void, class HostNetwork>
[[nodiscard]] auto to_sequant(const Policy &policy, const Lowered<HostNetwork> &lowered)
{
    return seq::to_sequant<P>(policy, std::span<const Lowered<HostNetwork>>(&lowered, 1));
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_HPP
