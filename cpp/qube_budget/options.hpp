/// @file
/// Options of an optimization, and its progress.
#ifndef QUBE_BUDGET_OPTIONS_HPP
#define QUBE_BUDGET_OPTIONS_HPP

#include <cstdint>
#include <functional>

#include "handle.hpp"

namespace qube {

/// What a plan is to be least in; qube_budget.h explains each.
enum class Objective : std::int32_t {
    dense_flops = QUBE_DENSE_FLOPS,
    dense_size = QUBE_DENSE_SIZE,
    dense_peak_size = QUBE_DENSE_PEAK_SIZE,
    dense_peak_size_batched = QUBE_DENSE_PEAK_SIZE_BATCHED,
    dense_time_space = QUBE_DENSE_TIME_SPACE,
    dense_time_space_batched = QUBE_DENSE_TIME_SPACE_BATCHED,
    dense_space_time_batched = QUBE_DENSE_SPACE_TIME_BATCHED,
    custom = QUBE_CUSTOM, ///< Of plans that optimize_custom() made.
};

/// What a lower bound is about.
enum class Bounded : std::int32_t { cost = QUBE_BOUNDED_COST, peak = QUBE_BOUNDED_PEAK };

/// How far an optimization has come.
struct Progress : qube_progress {
    explicit Progress(const qube_progress &c)
        : qube_progress(c), bounded(static_cast<Bounded>(c.bounded))
    {
    }
    Bounded bounded; ///< What value and lower_bound are.
};

/// Options of an optimization, with the names and defaults of qube_options, which explains them.
struct Options {
    Objective objective = Objective::dense_flops;
    double volatile_weight = 1;
    double footprint_weight = 0;
    double peak_flops_tolerance = 0.10;
    double machine_balance = 0, fast_mem_elems = 0; ///< Roofline, as the next two.
    double block_tiles = 3, block_prefactor = 1;
    std::int64_t bytes_per_element = 8;
    std::int64_t max_states = 0; ///< Limits; 0: none.
    double max_seconds = 0;
    std::int64_t max_bytes = 0;
    bool prune_outer_products = true;
    bool use_inner_pow = true;
    bool subnet_cse = false;
    bool frontier = false;
    bool require_optimal = false;
    /// Called on the calling thread while a search runs; true: go on, false: stop with the best
    /// plan so far; of optimize_many() after each term, where false ends the call.
    std::function<bool(const Progress &)> progress = {};
};

namespace priv {

inline std::int32_t progress(void *user, const qube_progress *c) noexcept
{
    return Parked::guarded(
        [&] { return (*static_cast<const decltype(Options::progress) *>(user))(Progress(*c)); });
}

/// The options live longer than these.
inline qube_options in_c(const Options &o)
{
    return {sizeof(qube_options),
            o.volatile_weight,
            o.footprint_weight,
            o.peak_flops_tolerance,
            o.machine_balance,
            o.fast_mem_elems,
            o.block_tiles,
            o.block_prefactor,
            o.bytes_per_element,
            o.max_states,
            o.max_seconds,
            o.max_bytes,
            o.progress ? progress : nullptr,
            const_cast<decltype(Options::progress) *>(&o.progress),
            static_cast<std::int32_t>(o.objective),
            o.prune_outer_products,
            o.use_inner_pow,
            o.subnet_cse,
            o.frontier,
            o.require_optimal};
}

} // namespace priv

} // namespace qube

#endif // QUBE_BUDGET_OPTIONS_HPP
