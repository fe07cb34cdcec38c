// Optimization and plans through the C++ header. Also compiled as C++20 and C++23.
#include "check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

// What the C interface fills in.
void defaults()
{
    qube_options c;
    CHECK(qube_options_init(&c, sizeof c) == QUBE_OK);
    const qube::Options options;
    CHECK(static_cast<std::int32_t>(options.objective) == c.objective);
    CHECK(options.volatile_weight == c.volatile_weight);
    CHECK(options.footprint_weight == c.footprint_weight);
    CHECK(options.peak_flops_tolerance == c.peak_flops_tolerance);
    CHECK(options.roofline.machine_balance == c.machine_balance);
    CHECK(options.roofline.fast_mem_elems == c.fast_mem_elems);
    CHECK(options.roofline.block_tiles == c.block_tiles);
    CHECK(options.roofline.block_prefactor == c.block_prefactor);
    CHECK(options.prune_outer_products == (c.prune_outer_products != 0));
    CHECK(options.use_inner_pow == (c.use_inner_pow != 0));
    CHECK(options.bytes_per_element == c.bytes_per_element);
    CHECK(options.subnet_cse == (c.subnet_cse != 0));
}

// "ij,jk,kl" with extents 10, 20, 30, 40: by hand, left to right is best.
qube::Network chain()
{
    qube::Spaces letters;
    letters.add("i", 10).add("j", 20).add("k", 30).add("l", 40);
    return qube::Network::einsum("ij,jk,kl", letters);
}

void additive()
{
    const qube::Network network = chain();
    const qube::Plan plan = qube::optimize(network);
    CHECK(plan.cost() == 10.0 * 20 * 30 + 10.0 * 30 * 40 && plan.flops() == plan.cost());
    CHECK((plan.sequence() == std::vector<std::int64_t>{0, 1, -1, 2, -1}));
    CHECK((plan.pairs() == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 1}, {3, 2}}));
    CHECK(plan.frontier().empty());

    const auto nodes = plan.nodes();
    CHECK(nodes.size() == 5 && nodes.at(1).is_leaf && nodes.at(1).label == "jk" && nodes.at(1).number == 1);
    CHECK((nodes.at(1).open == std::vector<std::string>{"j", "k"}) && nodes.at(1).footprint == 600);
    const auto steps = plan.steps();
    CHECK(steps.size() == 2 && steps.at(0).number == 3 && steps.at(1).number == 4);
    CHECK(steps.at(1).first == 3 && steps.at(1).second == 2 && !steps.at(1).is_leaf);
    CHECK((steps.at(1).open == std::vector<std::string>{"i", "l"}) && steps.at(1).label.empty());
    CHECK(steps.at(1).flops == 12000 && steps.at(1).loops.empty() && steps.at(1).nest.empty());
    // In the beginning all three tensors are there: 200 + 600 + 1200.
    CHECK(steps.at(0).live_before == 2000 && steps.at(0).live == 2300);
    CHECK(plan.peak_elements() == 2300 && plan.peak_bytes() == 8 * 2300);
    const qube::Summary summary = plan.summary();
    CHECK(summary.peak_node == 2 && summary.n_tensors == 3 && summary.optimal && !summary.exhaustive);
    CHECK(summary.lower_bound == plan.cost() && summary.seconds >= 0);
    CHECK(summary.objective == qube::Objective::DenseFLOPs);
    CHECK(plan.json().find("\"sequence\":[0,1,-1,2,-1]") != std::string::npos);
    static_cast<void>(plan.report());

    // Each option does something.
    qube::Options options;
    options.bytes_per_element = 16;
    CHECK(qube::optimize(network, options).peak_bytes() == 16 * 2300);
    options.footprint_weight = 2;
    CHECK(qube::optimize(network, options).cost() == 18000 + 2 * (300 + 400));
    options.prune_outer_products = false;
    CHECK(qube::optimize(network, options).summary().exhaustive);
    options.objective = qube::Objective::DenseSize;
    options.footprint_weight = 0;
    CHECK(qube::optimize(network, options).cost() == (200 + 600 + 300) + (300 + 1200 + 400));
    options.objective = qube::Objective::DensePeakSize;
    options.roofline.machine_balance = 1000;
    CHECK(qube::optimize(network, options).cost() == 1000 * 3000.0);
    options.volatile_weight = 3;
    qube::BatchPolicy policy;
    policy.add_volatile("kl");
    CHECK(qube::optimize(network, policy, options).cost() == 1000 * (1100.0 + 3 * 1900));
}

void batched()
{
    qube::Spaces letters;
    letters.add("i", 3).add("j", 4).add("K", 50);
    const qube::Network network = qube::Network::einsum("iK,Kj->ij", letters);
    qube::BatchPolicy policy;
    policy.batch_space("K", 7);
    qube::Options options;
    options.objective = qube::Objective::DensePeakSizeBatched;
    const qube::Plan plan = qube::optimize(network, policy, options);
    CHECK(plan.peak_elements() == 7 * 3 + 7 * 4 + 12);
    const qube::Node step = plan.steps().at(0);
    CHECK(step.loops.size() == 1 && step.loops[0].index == "K");
    CHECK(step.loops[0].batch == 7 && step.loops[0].batches == 8);
    const qube::Node leaf = plan.nodes().at(0);
    CHECK(leaf.footprint == 150 && leaf.sliced_footprint == 21);
    const std::string json = plan.json();
    CHECK(qube::Plan::from_json(json).json() == json && qube::Plan::from_bytes(plan.to_bytes()).json() == json);
    CHECK(qube::Plan::from_json(json).svg() == plan.svg());
    plan.verify(network, policy, options);
    qube::optimize(network).verify(network);
    CHECK_THROWS(plan.verify(network, options), replay, "'K', which is not batchable");
    CHECK_THROWS(plan.verify(network, policy), replay, "the objective: the plan says peak-batched");
    std::string tampered = json;
    tampered.replace(tampered.find("\"cost\":600"), 10, "\"cost\":599");
    CHECK_THROWS(qube::Plan::from_json(tampered).verify(network, policy, options), replay,
                 "the cost: the plan says 599, the replay gives 600");
    CHECK_THROWS(qube::Plan::from_json(json.substr(1)), document, "the document is not a valid plan: ");
    CHECK_THROWS(qube::Plan::from_bytes({}), document, "QUBEPLAN");
    CHECK(plan.svg().find(">K in 8 batches of 7</text>") != std::string::npos);
    CHECK(plan.dot().find("label=\"K in 8 batches of 7\"") != std::string::npos);
    CHECK(leaf.cache == qube::Cache::Transient); // nothing changes between replays
    policy.add_volatile("Kj");
    CHECK(qube::optimize(network, policy, options).nodes().at(0).cache == qube::Cache::Sliced);
    CHECK(qube::optimize(network, policy).nodes().at(0).cache == qube::Cache::Keep);
    CHECK((leaf.nest == std::vector<std::string>{"K"}));
    CHECK(plan.frontier().size() == 1 && plan.frontier()[0].peak == 61 && plan.frontier()[0].cost == 600);

#if __cplusplus >= 202002L
    CHECK(qube::optimize(network, policy, {.objective = qube::Objective::DensePeakSizeBatched})
              .peak_elements() == 61);
    CHECK(qube::optimize(network, {.objective = qube::Objective::DenseSize, .footprint_weight = 1}).cost() ==
          150 + 200 + 12 + 12);
    CHECK(qube::Budget::harmonic({.n_pix = 3000, .n_modes = 1000, .lmax_signal = 64, .lmax = 32})
              .stage_count() == 4);
#endif
}

// X = A B is there twice: by hand, 10 * 20 * 10 for X once and 10 * 10 * 10 for X X.
void sharing()
{
    qube::Spaces spaces;
    spaces.add("i", 10).add("a", 20);
    const qube::Network network = qube::Network::parse("A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3}", spaces);
    CHECK(qube::optimize(network).cost() == 5000);
    qube::Options options;
    options.subnet_cse = true;
    const qube::Plan plan = qube::optimize(network, options);
    CHECK(plan.cost() == 3000 && plan.peak_elements() == 500);
    const auto nodes = plan.nodes();
    CHECK(nodes.at(2).number == 4 && nodes.at(2).shared_with == -1 && !nodes.at(2).is_skipped);
    CHECK(nodes.at(3).is_skipped && nodes.at(4).is_skipped);
    CHECK(nodes.at(5).shared_with == 4 && !nodes.at(5).is_skipped && nodes.at(5).cost == 0);
    CHECK(plan.report().find("(4) renamed -> (5)") != std::string::npos);
    options.objective = qube::Objective::DensePeakSize;
    CHECK_THROWS(qube::optimize(network, options), option, "subnet_cse is on with the objective peak");
}

// scenarios.json, water14_term1, peak-batched with volatile_weight 20 and the roofline (200, 1e6).
void water14()
{
    qube::Spaces spaces;
    spaces.add("i", 56).add("μ̃", 602).add("Κ", 1652).add("a", 12, {12, 12, 12, 12});
    const qube::Network network = qube::Network::parse(
        "g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} g{μ̃_2;μ̃_3;Κ_1} C{a_4<i_1>;μ̃_2} "
        "C{μ̃_3;a_1<i_1,i_2>} t{a_4<i_1>;i_1} t{a_5<i_3>;i_3} t{a_3<i_2>;i_2} "
        "C{μ̃_5;a_5<i_3>} s{μ̃_4;μ̃_5} C{a_2<i_1,i_2>;μ̃_4}",
        spaces);
    qube::BatchPolicy policy;
    policy.batch_space("Κ", 236).add_volatile("t");
    qube::Options options;
    options.objective = qube::Objective::DensePeakSizeBatched;
    options.volatile_weight = 20;
    options.roofline.machine_balance = 200;
    options.roofline.fast_mem_elems = 1e6;
    options.frontier = true;
    const qube::Plan plan = qube::optimize(network, policy, options);
    const auto frontier = plan.frontier();
    CHECK(frontier.size() == 2);
    CHECK(frontier.at(0).peak == 140738948.0 && frontier.at(1).peak == 442342852.0);
    CHECK(std::abs(frontier.at(0).cost / 4010982226048.0 - 1) < 1e-12);
    CHECK(std::abs(frontier.at(1).cost / 2934620522624.0 - 1) < 1e-12);
    CHECK(plan.peak_bytes() == 8 * 140738948LL);
}

// tests/data/interleave.json: 21660 depth-first. In turns 20182, the least of all schedules.
void best_order()
{
    qube::Spaces letters;
    letters.add("a", 13).add("b", 60).add("c", 2).add("d", 30).add("e", 13).add("f", 30).add("g", 30);
    letters.add("h", 2).add("i", 5).add("j", 30).add("k", 3);
    const qube::Network network = qube::Network::einsum("abi,acg,bj,cdhk,dek,efg->fhij", letters);
    qube::Options options;
    options.objective = qube::Objective::DensePeakSize;
    const qube::Plan plan = qube::optimize(network, options);
    const qube::Order order = plan.best_order();
    CHECK(plan.peak_elements() == 21660 && order.peak_elements == 20182);
    // Operands come before what takes them, but not one after the other.
    const std::vector<qube::Node> nodes = plan.nodes();
    CHECK(order.nodes.size() == 5 && order.nodes.back() == 10);
    std::vector<std::int64_t> numbers;
    for (const std::int64_t place : order.nodes) {
        const qube::Node &node = nodes.at(static_cast<std::size_t>(place));
        for (const std::int64_t operand : {node.first, node.second}) {
            CHECK(operand < 6 || std::count(numbers.begin(), numbers.end(), operand) == 1);
        }
        numbers.push_back(node.number);
    }
    CHECK(!std::is_sorted(order.nodes.begin(), order.nodes.end()));
    CHECK(std::count(order.nodes.begin(), order.nodes.end(), order.peak_node) == 1);
    // A chain has no choice.
    const qube::Order only = qube::optimize(chain()).best_order();
    CHECK((only.nodes == std::vector<std::int64_t>{2, 4}) && only.peak_elements == 2300 && only.peak_node == 2);
}

void refusals()
{
    const qube::Network network = chain();
    qube::Options options;
    options.volatile_weight = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS(qube::optimize(network, options), option, "volatile_weight is NaN");
    options = {};
    options.bytes_per_element = 0;
    CHECK_THROWS(qube::optimize(network, options), option, "bytes_per_element is 0; allowed: 1 to 1024");
    options = {};
    options.objective = static_cast<qube::Objective>(7);
    CHECK_THROWS(qube::optimize(network, options), option, "objective is 7");

    qube::Spaces letters;
    letters.add("i", std::numeric_limits<std::int64_t>::max()).add("j", 3);
    const qube::Plan huge = qube::optimize(qube::Network::einsum("ij", letters));
    CHECK_THROWS(huge.peak_bytes(), overflow, "elements; allowed: fewer than 2^53 elements");
    std::string text = "j";
    for (int tensor = 1; tensor < 4097; ++tensor) {
        text += ",j";
    }
    const qube::Network many = qube::Network::einsum(text, letters);
    CHECK_THROWS(qube::optimize(many), too_large, "tensors of the network: 4097; allowed: at most 4096");
}

} // namespace

int main()
{
    defaults();
    additive();
    batched();
    sharing();
    water14();
    best_order();
    refusals();
    return checks_done();
}
