// Plans of the adapter are those of SeQuant: the same sequences, and the same costs or peaks.
//
// Networks and numbers are from tests/data/scenarios.json, cc_pno_ccsd.json and cc_cs_ccsd.json, which
// were computed with SeQuant 3168a655 (2026-08-20). Each case below has its name there.
#include <cmath>

#include "host.hpp"

namespace {

using enum qube::seq::ObjectiveFunction;
using cc::EvalSequence;
using qube::seq::CostParams;

constexpr qube::seq::RooflineParams roofline{.machine_balance = 200, .fast_mem_elems = 1e6};

struct Result {
    qube::seq::ObjectiveFunction objective;
    CostParams costs = {};
    bool inner_pow = true; // given; else empty
    bool persistent_only = false;
    double accumulation_factor = 0;
    double value; // the cost, for peak objectives the least peak
    EvalSequence sequence;
};

struct Term {
    std::string name;
    cc::Network network;
    cc::Extents extents;
    std::size_t target; // of Κ; t is volatile
    std::vector<double> power_means;
    std::vector<Result> results;
};

void check(const Term &term)
{
    const auto extent = [&](const cc::Index &index) { return term.extents.at(index.space()); };
    for (const Result &result : term.results) {
        const qube::seq::BatchPolicy<cc::Network> policy{
            .is_batchable_index = [](const cc::Index &index) { return index.space() == "Κ"; },
            .batch_target_size = [&](const cc::Index &) { return term.target; },
            .is_volatile_leaf = [](const cc::Tensor &tensor) { return tensor.name == "t"; },
            .persistent_only = result.persistent_only,
            .accumulation_factor = result.accumulation_factor,
        };
        qube::seq::InnerPow<cc::Network> inner_pow;
        if (result.inner_pow) {
            inner_pow = [&](const cc::Index &, std::size_t k) { return term.power_means.at(k - 1); };
        }
        const EvalSequence sequence = qube::seq::single_term_opt(
            term.network, extent, result.objective, result.costs, policy, inner_pow);
        CHECK(sequence == result.sequence);

        const qube::Plan plan = qube::seq::plan_single_term(
            term.network, extent, result.objective, result.costs, policy, inner_pow);
        const bool additive = result.objective == DenseFLOPs || result.objective == DenseSize;
        const double value = additive ? plan.cost() : plan.lower_bound();
        CHECK(std::abs(value - result.value) <= 1e-12 * result.value);
        if (checks_failed > 0) {
            fprintf(stderr, "in result %d of %s\n",
                    static_cast<int>(&result - term.results.data()), term.name.c_str());
            return;
        }
    }
}

} // namespace

int main()
{
    check({
        .name = "tetramer_term3",
        .network = cc::network("C{a_3<i_1>;μ̃_1} C{μ̃_2;a_1<i_1>} g{μ̃_1;μ̃_2;Κ_1} g{μ̃_3;i_2;Κ_1} "
                               "C{a_2<i_2>;μ̃_3} t{a_2<i_2>;i_2} t{a_3<i_1>;i_1}"),
        .extents = {{"i", 16}, {"μ̃", 170}, {"Κ", 472}, {"a", 12}},
        .target = 236,
        .power_means = {12, 12, 12, 12},
        .results = {
            {.objective = DenseFLOPs,
             .value = 15484960, .sequence = {0, 6, -1, 2, 3, 4, 5, -1, -1, -1, -1, 1, -1}},
            {.objective = DenseFLOPs, .costs = {.volatile_weight = 100},
             .value = 1441316480, .sequence = {0, 6, -1, 2, 3, 4, -1, 5, -1, -1, -1, 1, -1}},
            {.objective = DenseSize,
             .value = 15098200, .sequence = {0, 6, -1, 2, 3, 4, 5, -1, -1, -1, -1, 1, -1}},
            {.objective = DensePeakSize, .costs = {.volatile_weight = 100, .peak_flops_tolerance = 0},
             .value = 15025664, .sequence = {1, 2, 3, 4, 5, -1, -1, -1, 0, 6, -1, -1, -1}},
            {.objective = DensePeakSize, .costs = {.volatile_weight = 100},
             .value = 15025664, .sequence = {1, 0, 6, -1, 2, 3, 4, -1, 5, -1, -1, -1, -1}},
            {.objective = DensePeakSize, .costs = {.volatile_weight = 100, .roofline = roofline},
             .value = 15025664, .sequence = {1, 0, 6, -1, 2, 3, 4, -1, 5, -1, -1, -1, -1}},
            {.objective = DensePeakSizeBatched,
             .value = 7563344, .sequence = {2, 3, 4, 5, -1, -1, -1, 0, 6, -1, -1, 1, -1}},
            {.objective = DensePeakSizeBatched, .persistent_only = true,
             .value = 12480176, .sequence = {2, 3, 4, -1, -1, 5, -1, 0, 6, -1, -1, 1, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 100,
             .peak_flops_tolerance = 0},
             .value = 7563344, .sequence = {2, 3, 4, 5, -1, -1, -1, 0, 6, -1, -1, 1, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 100},
             .value = 7563344, .sequence = {2, 3, 4, -1, 5, -1, -1, 0, 6, -1, -1, 1, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 100,
             .peak_flops_tolerance = 0, .roofline = roofline}, .persistent_only = true,
             .value = 12480176, .sequence = {2, 3, 4, -1, -1, 1, -1, 0, -1, 5, -1, 6, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 100,
             .roofline = roofline}, .persistent_only = true,
             .value = 12480176, .sequence = {2, 3, 4, -1, -1, 1, -1, 0, -1, 5, -1, 6, -1}},
        },
    });
    check({
        .name = "pno2_R2_51",
        .network = cc::network("g{μ̃_1387;μ̃_1388;Κ_2} C{a_1<i_1,i_2>;μ̃_1387} C{μ̃_1388;a_3<i_1,i_2>} "
                               "g{μ̃_1389;μ̃_1390;Κ_2} C{a_2<i_1,i_2>;μ̃_1389} C{μ̃_1390;a_4<i_1,i_2>} "
                               "t{a_3<i_1,i_2>,a_4<i_1,i_2>;i_1,i_2}"),
        .extents = {{"i", 120}, {"μ̃", 1800}, {"Κ", 4320}, {"a", 42}},
        .target = 72,
        .power_means = {42, 47, 51.5, 55.6},
        .results = {
            {.objective = DenseFLOPs,
             .value = 1.742534669376e+16, .sequence = {0, 1, -1, 2, 6, -1, -1, 3, 5, -1, -1, 4, -1}},
            {.objective = DenseFLOPs, .costs = {.volatile_weight = 20},
             .value = 1.776511398528e+16, .sequence = {0, 1, -1, 2, -1, 6, -1, 3, 4, -1, 5, -1, -1}},
            {.objective = DenseSize,
             .value = 18941777539200, .sequence = {0, 1, -1, 2, 6, -1, 5, -1, -1, 3, -1, 4, -1}},
            {.objective = DensePeakSize, .costs = {.volatile_weight = 20, .peak_flops_tolerance = 0},
             .value = 4857604992000, .sequence = {1, 3, 4, -1, 5, 6, -1, -1, 0, 2, -1, -1, -1}},
            {.objective = DensePeakSize, .costs = {.volatile_weight = 20},
             .value = 4857604992000, .sequence = {4, 3, 5, -1, -1, 6, -1, 1, 0, 2, -1, -1, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 20,
             .peak_flops_tolerance = 0},
             .value = 84171571200, .sequence = {3, 4, -1, 5, 6, -1, -1, 1, 0, 2, -1, -1, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 20},
             .value = 84171571200, .sequence = {1, 0, 2, -1, -1, 4, 3, 5, -1, -1, 6, -1, -1}},
            {.objective = DensePeakSize, .costs = {.volatile_weight = 20, .roofline = roofline},
             .value = 4857604992000, .sequence = {1, 0, 2, -1, -1, 4, 3, 5, -1, -1, -1, 6, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 20, .roofline = roofline},
             .value = 84171571200, .sequence = {1, 0, 2, -1, -1, 4, 3, 5, -1, -1, 6, -1, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 20,
             .roofline = roofline}, .accumulation_factor = 1,
             .value = 84171571200, .sequence = {1, 0, 2, -1, -1, 4, 3, 5, -1, -1, 6, -1, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 20,
             .roofline = roofline}, .persistent_only = true,
             .value = 142226087754.24002, .sequence = {1, 0, 2, -1, -1, 4, 3, 5, -1, -1, -1, 6, -1}},
            {.objective = DenseFLOPs, .costs = {.volatile_weight = 20}, .inner_pow = false,
             .value = 1.750992961536e+16, .sequence = {0, 1, -1, 2, -1, 6, -1, 3, 4, -1, 5, -1, -1}},
            {.objective = DenseSize, .inner_pow = false,
             .value = 18941764723200, .sequence = {0, 1, -1, 2, 6, -1, 5, -1, -1, 3, -1, 4, -1}},
            {.objective = DensePeakSize, .costs = {.volatile_weight = 20, .roofline = roofline},
             .inner_pow = false,
             .value = 4829922432000, .sequence = {1, 0, 2, -1, -1, 4, 3, 5, -1, -1, -1, 6, -1}},
            {.objective = DensePeakSizeBatched, .costs = {.volatile_weight = 20,
             .roofline = roofline}, .inner_pow = false,
             .value = 83710195200, .sequence = {1, 0, 2, -1, -1, 4, 3, 5, -1, -1, -1, 6, -1}},
        },
    });
    check({
        .name = "pno2_R2_16",
        .network = cc::network("f{i_3;i_2} s{μ̃_1221;μ̃_1222} C{a_1<i_1,i_2>;μ̃_1221} "
                               "C{μ̃_1222;a_3<i_1,i_3>} s{μ̃_1223;μ̃_1224} C{a_2<i_1,i_2>;μ̃_1223} "
                               "C{μ̃_1224;a_4<i_1,i_3>} t{a_3<i_1,i_3>,a_4<i_1,i_3>;i_1,i_3}"),
        .extents = {{"i", 120}, {"μ̃", 1800}, {"a", 42}},
        .target = 72,
        .power_means = {42, 47, 51.5, 55.6},
        .results = {
            {.objective = DenseFLOPs,
             .value = 13551442560000, .sequence = {0, 3, 7, -1, 6, -1, -1, 1, 2, -1, -1, 4, 5, -1, -1}},
            {.objective = DenseFLOPs, .costs = {.volatile_weight = 20},
             .value = 21366374400000, .sequence = {0, 1, 2, -1, 3, -1, 7, -1, -1, 4, 5, -1, 6, -1, -1}},
            {.objective = DenseFLOPs, .costs = {.volatile_weight = 20}, .inner_pow = false,
             .value = 20074521600000, .sequence = {0, 7, -1, 1, 2, -1, 3, -1, -1, 4, 5, -1, 6, -1, -1}},
        },
    });
    check({
        .name = "cs2_R1_0",
        .network = cc::network("g{i_2,i_3;a_2,a_3} t{a_1;i_3} t{a_2;i_1} t{a_3;i_2}"),
        .extents = {{"i", 20}, {"a", 200}},
        .target = 72,
        .power_means = {},
        .results = {
            {.objective = DenseSize,
             .value = 16024800, .sequence = {0, 3, -1, 2, -1, 1, -1}},
            {.objective = DensePeakSize,
             .value = 16016000, .sequence = {1, 2, 0, 3, -1, -1, -1}},
            {.objective = DenseFLOPs, .costs = {.prune_outer_products = false},
             .value = 16160000, .sequence = {0, 3, -1, 2, -1, 1, -1}},
            {.objective = DenseFLOPs, .costs = {.volatile_weight = 20, .prune_outer_products = false},
             .value = 323200000, .sequence = {0, 3, -1, 2, -1, 1, -1}},
        },
    });
    return checks_done();
}
