/// @file
/// Options of an optimization, and its progress.
#ifndef QUBE_BUDGET_OPTIONS_HPP
#define QUBE_BUDGET_OPTIONS_HPP

#include <cstdint>
#include <functional>

#include "handle.hpp"

namespace qube {

/// The objectives. qube_budget.h explains each in full.
enum class Objective : std::int32_t {
    dense_flops = QUBE_DENSE_FLOPS,         ///< Least work.
    dense_size = QUBE_DENSE_SIZE,           ///< Least storage of operands and results.
    dense_peak_size = QUBE_DENSE_PEAK_SIZE, ///< Least work near the least peak memory.
    /// dense_peak_size with loops over batches.
    dense_peak_size_batched = QUBE_DENSE_PEAK_SIZE_BATCHED,
    dense_time_space = QUBE_DENSE_TIME_SPACE, ///< Least work, then least peak.
    /// Least work among plans that fit the policy's threshold, with loops over batches; then the
    /// fewest sliced indices, then the least peak.
    dense_time_space_batched = QUBE_DENSE_TIME_SPACE_BATCHED,
    /// dense_time_space_batched with the least peak before the fewest sliced indices.
    dense_space_time_batched = QUBE_DENSE_SPACE_TIME_BATCHED,
    custom = QUBE_CUSTOM, ///< Of plans from optimize_custom().
};

/// The quantity of a lower bound.
enum class Bounded : std::int32_t {
    cost = QUBE_BOUNDED_COST, ///< The cost.
    peak = QUBE_BOUNDED_PEAK, ///< The peak, elements.
};

/// The progress of an optimization.
struct Progress : qube_progress {
    /// Takes an element of C.
    /// Takes an element of C.
    explicit Progress(const qube_progress &c)
        : qube_progress(c), bounded(static_cast<Bounded>(c.bounded))
    {
    }
    Bounded bounded; ///< The quantity of value and lower_bound.
};

/// Options of an optimization. Names and defaults are those of qube_options, which explains them in
/// full.
struct Options {
    Objective objective = Objective::dense_flops; ///< The objective.
    /// Evaluations of a volatile contraction per evaluation of a persistent one.
    double volatile_weight = 1;
    double footprint_weight = 0; ///< Cost of an element of an intermediate; additive objectives.
    /// The fraction by which a plan may exceed the least peak to save work; dense_peak_size and its
    /// batched form.
    double peak_flops_tolerance = 0.10;
    /// Roofline: multiply-add pairs per move of an element; 0: off. Not for additive objectives.
    double machine_balance = 0;
    double fast_mem_elems = 0;          ///< Roofline: elements of fast memory.
    double block_tiles = 3;             ///< Roofline: blocks in fast memory.
    double block_prefactor = 1;         ///< Roofline: factor of the blocked traffic.
    std::int64_t bytes_per_element = 8; ///< 1 to 1024.
    std::int64_t max_states = 0;        ///< Limit on states expanded; 0: none.
    double max_seconds = 0;             ///< Limit on seconds; 0: none.
    std::int64_t max_bytes = 0;         ///< Limit on bytes of search tables; 0: 1 GiB.
    bool prune_outer_products = true;   ///< Search connected subsets only.
    bool use_inner_pow = true;          ///< Size composite indices by their power means.
    bool subnet_cse = false;            ///< Pay for equal intermediates once; additive objectives.
    bool frontier = false;              ///< Find all points (peak, cost).
    bool require_optimal = false;       ///< Refuse plans that are not proven best.
    /// Reports progress, on the calling thread. false stops the search with the best plan so far.
    /// optimize_many() reports after each term, and false ends the call.
    std::function<bool(const Progress &)> progress = {};
};

/// Not part of the interface.
namespace priv {

inline std::int32_t progress(void *user, const qube_progress *c) noexcept
{
    return Parked::guarded(
        [&] { return (*static_cast<const decltype(Options::progress) *>(user))(Progress(*c)); });
}

/// Options for C, valid as long as `o`. In the order of the C struct.
inline qube_options in_c(const Options &o)
{
    return {sizeof(qube_options), o.volatile_weight, o.footprint_weight, o.peak_flops_tolerance,
            o.machine_balance, o.fast_mem_elems, o.block_tiles, o.block_prefactor,
            o.bytes_per_element, o.max_states, o.max_seconds, o.max_bytes,
            o.progress ? progress : nullptr,
            const_cast<decltype(Options::progress) *>(&o.progress),
            static_cast<std::int32_t>(o.objective), o.prune_outer_products, o.use_inner_pow,
            o.subnet_cse, o.frontier, o.require_optimal};
}

} // namespace priv

} // namespace qube

#endif // QUBE_BUDGET_OPTIONS_HPP
