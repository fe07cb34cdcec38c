/// @file
/// SeQuant's cost parameters, and the options of qube::optimize() that they become.
#ifndef QUBE_BUDGET_SEQUANT_COSTS_HPP
#define QUBE_BUDGET_SEQUANT_COSTS_HPP

#include <concepts>

#include "objective.hpp"

namespace qube::seq {

/// A roofline: results move through a fast memory of limited size. qube::Options explains the
/// fields.
struct RooflineParams {
    double machine_balance = 0; ///< Multiply-add pairs per move of an element; 0: off.
    double fast_mem_elems = 0;  ///< Elements of fast memory.
    double block_tiles = 3;     ///< Blocks in fast memory.
    double block_prefactor = 1; ///< Factor of the blocked traffic.
};

/// The cost of contractions. The fields are those of qube::Options.
struct CostParams {
    double volatile_weight = 1;         ///< Evaluations of a volatile contraction.
    double footprint_weight = 0;        ///< Cost of an element of an intermediate.
    double peak_flops_tolerance = 0.10; ///< Allowed excess over the least peak, a fraction.
    bool prune_outer_products = true;   ///< Search connected subsets only.
    RooflineParams roofline = {};       ///< The roofline.
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

/// Cost parameters: the CostParams of this header or the host's. OptimizeOptions do not match: the
/// adapter would lose their other fields.
template <class C>
concept CostParamsLike = priv::HasCosts<C> && !priv::HasObjective<C>;

/// Not part of the interface.
namespace priv {

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

/// Turns SeQuant's objective and parameters into options of qube::optimize().
/// @throws Error option (an unknown objective)
template <ObjectiveLike O = ObjectiveFunction, CostParamsLike C = CostParams>
[[nodiscard]] Options options(O objective = O::DenseFLOPs, const C &costs = {})
{
    return priv::options_of(objective, costs);
}

} // namespace qube::seq

#endif // QUBE_BUDGET_SEQUANT_COSTS_HPP
