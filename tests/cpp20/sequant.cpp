// What the adapter asks of a host, what it makes of the answers, and the way back.
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "host.hpp"

namespace {

namespace sq = qube::sequant;
using Policy = sq::BatchPolicy<cc::Network>;
using InnerPow = sq::InnerPow<cc::Network>;

const cc::Extents extents{{"i", 16}, {"μ̃", 170}, {"Κ", 472}, {"a", 12}};

std::size_t extent(const cc::Index &index) { return extents.at(index.space()); }

// Slices Κ; t is volatile.
Policy policy()
{
    return {
        .is_batchable_index = [](const cc::Index &index) { return index.space() == "Κ"; },
        .batch_target_size = [](const cc::Index &) { return std::size_t{236}; },
        .is_volatile_leaf = [](const cc::Tensor &tensor) { return tensor.name == "t"; },
    };
}

cc::Network term()
{
    return cc::network("g{μ̃_1;μ̃_2;Κ_1} C{a_1<i_1>;μ̃_1} C{a_2<i_1>;μ̃_2} g{i_2;i_1;Κ_1} "
                       "t{a_2<i_1>;i_2}");
}

void defaults_are_those_of_sequant()
{
    const sq::CostParams costs;
    CHECK(costs.volatile_weight == 1 && costs.footprint_weight == 0);
    CHECK(costs.peak_flops_tolerance == 0.10 && costs.prune_outer_products);
    CHECK(costs.roofline.machine_balance == 0 && costs.roofline.fast_mem_elems == 0);
    CHECK(costs.roofline.block_tiles == 3 && costs.roofline.block_prefactor == 1);
    const Policy empty;
    CHECK(!empty.is_batchable_index && !empty.batch_target_size && !empty.is_volatile_leaf);
    CHECK(!empty.persistent_only && empty.accumulation_factor == 0);
}

void every_parameter_arrives()
{
    const sq::CostParams costs{.volatile_weight = 2,
                               .footprint_weight = 3,
                               .peak_flops_tolerance = 4,
                               .prune_outer_products = false,
                               .roofline = {5, 6, 7, 8}};
    const qube::Options options = sq::options(sq::ObjectiveFunction::DenseSize, costs);
    CHECK(options.objective == qube::Objective::DenseSize);
    CHECK(options.volatile_weight == 2 && options.footprint_weight == 3);
    CHECK(options.peak_flops_tolerance == 4 && !options.prune_outer_products);
    CHECK(options.roofline.machine_balance == 5 && options.roofline.fast_mem_elems == 6);
    CHECK(options.roofline.block_tiles == 7 && options.roofline.block_prefactor == 8);
    CHECK(options.use_inner_pow && options.bytes_per_element == 8);
    CHECK_THROWS(sq::options(static_cast<sq::ObjectiveFunction>(7)), option, "objective is 7");
}

void one_tensor_and_two()
{
    using enum sq::ObjectiveFunction;
    for (const auto objective : {DenseFLOPs, DenseSize, DensePeakSize, DensePeakSizeBatched}) {
        const auto sequence = [&](const char *text) {
            return sq::single_term_opt(cc::network(text), extent, objective, {}, policy());
        };
        CHECK(sequence("t{a_1;i_1}") == sq::EvalSequence{0});
        CHECK((sequence("g{i_2;i_1;Κ_1} t{a_1;i_2}") == sq::EvalSequence{0, 1, -1}));
    }
    CHECK_THROWS(sq::single_term_opt(cc::Network(), extent), no_tensors, "");
}

void a_network_is_lowered_by_label()
{
    const auto lowered = sq::lower(term(), extent, policy());
    const char *labels[] = {"μ̃_1", "μ̃_2", "Κ_1", "i_1", "i_2", "a_1<i_1>", "a_2<i_1>"};
    CHECK(lowered.network.index_count() == 7 && lowered.indices.size() == 7);
    for (std::size_t i = 0; i < 7; ++i) {
        const qube::Index index = lowered.network.index(static_cast<std::int64_t>(i));
        CHECK(index.label == labels[i] && lowered.indices[i].label() == labels[i]);
        CHECK(index.extent == static_cast<std::int64_t>(extent(lowered.indices[i])));
    }
    CHECK(lowered.network.tensor_count() == 5 && lowered.network.tensor_label(4) == "t");
    CHECK((lowered.tensors[1].indices == std::vector<std::string>{"a_1<i_1>", "μ̃_1"}));
    CHECK(lowered.index("a_1<i_1>") == cc::index("a_1<i_1>"));
    CHECK_THROWS(lowered.index("a_1"), unknown_index, "'a_1'");

    CHECK(lowered.policy.target(lowered.network, "Κ_1") == 236);
    CHECK(lowered.policy.target(lowered.network, "μ̃_1") == std::nullopt);
    CHECK(lowered.policy.is_volatile(lowered.network, 4));
    CHECK(!lowered.policy.is_volatile(lowered.network, 0));

    // The host's own indices are found again by what the plan says.
    const qube::Plan plan =
        qube::optimize(lowered.network, lowered.policy,
                       sq::options(sq::ObjectiveFunction::DensePeakSizeBatched));
    std::size_t loops = 0;
    for (const qube::Node &step : plan.steps()) {
        for (const qube::Loop &loop : step.loops) {
            CHECK(lowered.index(loop.index) == cc::index("Κ_1") && loop.batches == 2);
            ++loops;
        }
    }
    CHECK(loops == 1);
}

void callables_are_asked_once()
{
    std::map<std::string, int> asked;
    Policy counting{
        .is_batchable_index =
            [&](const cc::Index &index) {
                ++asked["batchable " + index.label()];
                return index.space() == "Κ";
            },
        .batch_target_size =
            [&](const cc::Index &index) {
                ++asked["target " + index.label()];
                return std::size_t{236};
            },
        .is_volatile_leaf =
            [&](const cc::Tensor &tensor) {
                ++asked["leaf " + tensor.name];
                return false;
            },
    };
    const auto counted = [&](const cc::Index &index) {
        ++asked["extent " + index.label()];
        return extent(index);
    };
    const InnerPow inner_pow = [&](const cc::Index &index, std::size_t k) {
        ++asked["inner_pow " + index.label() + " " + std::to_string(k)];
        return 12.0 + static_cast<double>(k);
    };
    static_cast<void>(sq::single_term_opt(term(), counted, {}, {}, counting, inner_pow));
    std::map<std::string, int> expected{{"leaf g", 2}, {"leaf C", 2}, {"leaf t", 1}};
    for (const char *label : {"μ̃_1", "μ̃_2", "Κ_1", "i_1", "i_2", "a_1<i_1>", "a_2<i_1>"}) {
        expected[std::string("extent ") + label] = 1;
        expected[std::string("batchable ") + label] = 1;
    }
    expected["target Κ_1"] = 1;
    for (const char *composite : {"a_1<i_1>", "a_2<i_1>"}) { // two have the protos i_1
        expected[std::string("inner_pow ") + composite + " 1"] = 1;
        expected[std::string("inner_pow ") + composite + " 2"] = 1;
    }
    CHECK(asked == expected);
}

void different_indices_with_one_label_are_an_error()
{
    cc::Network network = term();
    cc::Tensor other{"h"};
    other.slots[0] = {cc::Index{"i_2", {}, "another"}};
    network.tensors.push_back(std::make_shared<const cc::Tensor>(other));
    CHECK_THROWS(sq::single_term_opt(network, extent), duplicate, "'i_2'");
    // A proto counts too.
    other.slots[0] = {cc::Index{"a_7", {cc::Index{"i_1", {}, "another"}}}};
    network.tensors.back() = std::make_shared<const cc::Tensor>(other);
    CHECK_THROWS(sq::single_term_opt(network, extent), duplicate, "'i_1'");
}

struct Refusal {
    std::string index;
};

// Runs the call, and gives what index the Refusal names that came out of it.
template <class Call> std::string refused(const Call &call)
{
    try {
        call();
    } catch (const Refusal &refusal) {
        return refusal.index;
    }
    return "";
}

void what_a_callable_throws_keeps_its_type()
{
    const auto refuse = [](const cc::Index &index) -> std::size_t { throw Refusal{index.label()}; };
    const auto plan = [](const Policy &with, const InnerPow &inner_pow = {}) {
        static_cast<void>(sq::single_term_opt(term(), extent, {}, {}, with, inner_pow));
    };
    CHECK(refused([&] { static_cast<void>(sq::single_term_opt(term(), refuse)); }) == "μ̃_1");
    Policy with = policy();
    with.is_batchable_index = refuse;
    CHECK(refused([&] { plan(with); }) == "μ̃_1");
    with = policy();
    with.batch_target_size = refuse;
    CHECK(refused([&] { plan(with); }) == "Κ_1");
    with = policy();
    with.is_volatile_leaf = [](const cc::Tensor &tensor) -> bool { throw Refusal{tensor.name}; };
    CHECK(refused([&] { plan(with); }) == "g");
    CHECK(refused([&] {
              plan(policy(), [](const cc::Index &index, std::size_t) -> double {
                  throw Refusal{index.label()};
              });
          }) == "a_1<i_1>");
}

void empty_callables_batch_nothing()
{
    using enum sq::ObjectiveFunction;
    const qube::Plan plain = sq::plan_single_term(term(), extent, DensePeakSize);
    for (const qube::Plan &plan :
         {sq::plan_single_term(term(), extent, DensePeakSizeBatched),
          sq::plan_single_term(term(), extent, DensePeakSizeBatched, {},
                               Policy{.batch_target_size = [](const cc::Index &) {
                                   return std::size_t{236};
                               }})}) {
        CHECK(plan.sequence() == plain.sequence());
        CHECK(plan.peak_elements() == plain.peak_elements());
        for (const qube::Node &node : plan.nodes()) {
            CHECK(node.loops.empty() && !node.is_volatile);
        }
    }
    const qube::Plan batched = sq::plan_single_term(term(), extent, DensePeakSizeBatched, {},
                                                    policy());
    CHECK(batched.peak_elements() < plain.peak_elements());
}

void what_cannot_be_is_refused_by_name()
{
    const auto plan = [](const Policy &with) {
        return sq::single_term_opt(term(), extent, {}, {}, with);
    };
    Policy with = policy();
    with.batch_target_size = nullptr;
    CHECK_THROWS(plan(with), target, "'Κ_1'");
    with.batch_target_size = [](const cc::Index &) { return std::size_t{0}; };
    CHECK_THROWS(plan(with), target, "'Κ_1'");
    with.batch_target_size = [](const cc::Index &) { return ~std::size_t{0}; };
    CHECK_THROWS(plan(with), overflow, "'Κ_1' is 18446744073709551615");
    with = policy();
    with.accumulation_factor = -1;
    CHECK_THROWS(plan(with), option, "accumulation_factor");

    CHECK_THROWS(sq::single_term_opt(term(), [](const cc::Index &) { return 0; }), extent,
                 "'μ̃_1'");
    CHECK_THROWS(sq::single_term_opt(term(), [](const cc::Index &) { return ~std::size_t{0}; }),
                 overflow, "the extent of index 'μ̃_1'");
    CHECK_THROWS(sq::single_term_opt(term(), extent, {}, {}, policy(),
                                     [](const cc::Index &, std::size_t) { return 0.0; }),
                 power_mean, "'a_1<i_1>'");
    CHECK_THROWS(sq::single_term_opt(term(), extent, {}, {.volatile_weight = 0}), option,
                 "volatile_weight");
}

void tensors_of_one_label_may_differ_in_volatility()
{
    const cc::Network network = cc::network("t{a_1;i_1} t{a_2;i_2} s{i_1;i_2} s{a_1;i_3}");
    const auto is_volatile = [](const cc::Tensor &tensor) {
        return tensor.name == "s" || tensor.slots[0][0].name == "a_2";
    };
    const auto lowered = sq::lower(network, extent, Policy{.is_volatile_leaf = is_volatile});
    const bool expected[] = {false, true, true, true};
    const auto again = sq::to_sequant(lowered.policy, lowered);
    const qube::Plan plan = qube::optimize(lowered.network, lowered.policy);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto number = static_cast<std::int64_t>(i);
        CHECK(lowered.policy.is_volatile(lowered.network, number) == expected[i]);
        CHECK(again.is_volatile_leaf(*network.tensors[i]) == expected[i]);
        for (const qube::Node &node : plan.nodes()) {
            CHECK(node.number != number || node.is_volatile == expected[i]);
        }
    }
    // One that was not there: the label alone does not tell, or does.
    CHECK_THROWS(again.is_volatile_leaf(cc::Tensor{"t"}), position, "'t'");
    CHECK(again.is_volatile_leaf(cc::Tensor{"s"}));

    // A policy by number is for networks that have the number.
    const auto smaller = sq::lower(cc::network("t{a_1;i_1}"), extent);
    CHECK_THROWS(qube::optimize(smaller.network, lowered.policy), position, "1");

    // By label and slots two tensors cannot be told apart.
    bool first = true;
    const auto twins = sq::lower(cc::network("t{a_1;i_1} t{a_1;i_1}"), extent,
                                 Policy{.is_volatile_leaf = [&](const cc::Tensor &) {
                                     return std::exchange(first, false);
                                 }});
    CHECK_THROWS(sq::to_sequant(twins.policy, twins), conflict, "'t'");
}

void our_policy_answers_as_theirs()
{
    Policy theirs;
    {
        const auto lowered = sq::lower(term(), extent);
        qube::BatchPolicy ours;
        ours.batch_space("Κ", 236).batch_index("μ̃_2", 40).add_volatile("t");
        ours.set_persistent_only(true).set_accumulation_factor(0.5);
        theirs = sq::to_sequant(ours, lowered);
    } // it outlives what it was made from
    CHECK(theirs.persistent_only && theirs.accumulation_factor == 0.5);
    CHECK(theirs.is_batchable_index(cc::index("Κ_1")));
    CHECK(theirs.batch_target_size(cc::index("Κ_1")) == 236);
    CHECK(theirs.batch_target_size(cc::index("μ̃_2")) == 40);
    CHECK(!theirs.is_batchable_index(cc::index("μ̃_1")));
    CHECK(!theirs.is_batchable_index(cc::index("a_1<i_1>")));
    CHECK_THROWS(theirs.batch_target_size(cc::index("μ̃_1")), target, "'μ̃_1'");
    CHECK(theirs.is_volatile_leaf(cc::Tensor{"t"}) && !theirs.is_volatile_leaf(cc::Tensor{"g"}));
    // Renamed indices are answered by their space, others not at all.
    CHECK(theirs.batch_target_size(cc::index("Κ_17")) == 236);
    CHECK(!theirs.is_batchable_index(cc::index("μ̃_17")));
    CHECK_THROWS(theirs.is_batchable_index(cc::index("x_1")), unknown_index, "'x_1'");
    CHECK_THROWS(theirs.is_volatile_leaf(cc::Tensor{"u"}), position, "'u'");

    // And there again: the same plan.
    using enum sq::ObjectiveFunction;
    const auto lowered = sq::lower(term(), extent, policy());
    const auto again = sq::to_sequant(lowered.policy, lowered);
    const qube::Plan direct =
        sq::plan_single_term(term(), extent, DensePeakSizeBatched, {}, policy());
    const qube::Plan round = sq::plan_single_term(term(), extent, DensePeakSizeBatched, {}, again);
    CHECK(direct.sequence() == round.sequence() && direct.peak_elements() == round.peak_elements());
}

// A host's own types, with SeQuant's names but not those of the adapter.
namespace own {

enum class ObjectiveFunction { DensePeakSizeBatched, DensePeakSize, DenseSize, DenseFLOPs };

struct Roofline {
    float machine_balance = 0, fast_mem_elems = 0, block_tiles = 3, block_prefactor = 1;
};

struct CostParams {
    double volatile_weight = 1, footprint_weight = 0, peak_flops_tolerance = 0.10;
    bool prune_outer_products = true;
    Roofline roofline;
    int something_newer = 0;
};

struct BatchPolicy {
    std::function<bool(const cc::Index &)> is_batchable_index;
    std::function<int(const cc::Index &)> batch_target_size;
    std::function<bool(const cc::Tensor &)> is_volatile_leaf;
    bool persistent_only = false;
    float accumulation_factor = 0;
};

} // namespace own

void a_host_may_pass_its_own_types()
{
    own::BatchPolicy host;
    host.is_batchable_index = [](const cc::Index &index) { return index.space() == "Κ"; };
    host.batch_target_size = [](const cc::Index &) { return 236; };
    host.is_volatile_leaf = policy().is_volatile_leaf;
    own::CostParams costs;
    costs.volatile_weight = 100;
    const auto int_extent = [](const cc::Index &index) { return static_cast<int>(extent(index)); };
    const qube::Plan plan = sq::plan_single_term(
        term(), int_extent, own::ObjectiveFunction::DensePeakSizeBatched, costs, host);
    const qube::Plan same =
        sq::plan_single_term(term(), extent, sq::ObjectiveFunction::DensePeakSizeBatched,
                             {.volatile_weight = 100}, policy());
    CHECK(plan.sequence() == same.sequence() && plan.cost() == same.cost());
    CHECK(plan.summary().objective == qube::Objective::DensePeakSizeBatched);

    const auto lowered = sq::lower(term(), extent, policy());
    const auto back = sq::to_sequant<own::BatchPolicy>(lowered.policy, lowered);
    CHECK(back.is_batchable_index(cc::index("Κ_1")));
    CHECK(back.batch_target_size(cc::index("Κ_1")) == 236);
    qube::BatchPolicy large;
    large.batch_space("Κ", 1 + std::int64_t{std::numeric_limits<int>::max()});
    const auto too_large = sq::to_sequant<own::BatchPolicy>(large, lowered);
    CHECK_THROWS(too_large.batch_target_size(cc::index("Κ_1")), overflow, "'Κ_1' is 2147483648");
}

// SeQuant's newer names: a predicate for each role, a threshold, and renamed objectives.
namespace newer {

enum class ObjectiveFunction {
    DenseFLOPs,
    DenseSize,
    DenseSpaceTime,
    DenseSpaceTimeBatched,
    DenseTimeSpace,
    DenseTimeSpaceBatched,
    DensePeakSize = DenseSpaceTime,
    DensePeakSizeBatched = DenseSpaceTimeBatched,
};

struct BatchPolicy {
    using Predicate = std::function<bool(const cc::Index &)>;
    Predicate is_batchable_contracted_index = [](const cc::Index &) { return false; };
    Predicate is_batchable_external_index = [](const cc::Index &) { return false; };
    Predicate is_batchable_index() const { return is_batchable_contracted_index; }
    std::function<std::size_t(const cc::Index &)> batch_target_size = {};
    std::function<bool(const cc::Tensor &)> is_volatile_leaf = {};
    bool persistent_only = false;
    double accumulation_factor = 0;
    double peak_threshold = std::numeric_limits<double>::infinity();
};

} // namespace newer

void newer_names_are_taken()
{
    using O = newer::ObjectiveFunction;
    const std::pair<O, qube::Objective> objectives[] = {
        {O::DenseFLOPs, qube::Objective::DenseFLOPs},
        {O::DenseSpaceTime, qube::Objective::DensePeakSize},
        {O::DensePeakSizeBatched, qube::Objective::DenseSpaceTimeBatched},
        {O::DenseTimeSpace, qube::Objective::DenseTimeSpace},
        {O::DenseTimeSpaceBatched, qube::Objective::DenseTimeSpaceBatched},
    };
    for (const auto &[theirs, ours] : objectives) {
        CHECK(sq::options(theirs).objective == ours);
    }
    CHECK(sq::options(sq::ObjectiveFunction::DenseSpaceTimeBatched).objective ==
          qube::Objective::DenseSpaceTimeBatched);
    CHECK(sq::options(sq::ObjectiveFunction::DensePeakSizeBatched).objective ==
          qube::Objective::DensePeakSizeBatched);
    CHECK_THROWS(sq::options(static_cast<O>(9)), option, "objective is 9; allowed: DenseFLOPs");

    newer::BatchPolicy host;
    host.is_batchable_contracted_index = [](const cc::Index &i) { return i.space() == "Κ"; };
    host.is_batchable_external_index = [](const cc::Index &i) { return i.space() != "Κ"; };
    host.batch_target_size = [](const cc::Index &i) { return i.space() == "Κ" ? 236u : 4u; };
    host.is_volatile_leaf = policy().is_volatile_leaf;
    host.peak_threshold = 1e6 + 0.5;
    const auto lowered = sq::lower(term(), extent, host);
    CHECK(lowered.policy.index_target("Κ_1") == 236);
    CHECK(!lowered.policy.index_target("Κ_1", qube::Role::External));
    CHECK(lowered.policy.index_target("i_2", qube::Role::External) == 4);
    CHECK(!lowered.policy.index_target("i_2"));
    CHECK(lowered.policy.peak_threshold() == 1000000);

    // And back: each role has its own answers, by label and by space.
    const auto back = sq::to_sequant<newer::BatchPolicy>(lowered.policy, lowered);
    for (const cc::Index &index : lowered.indices) {
        CHECK(back.is_batchable_contracted_index(index) ==
              host.is_batchable_contracted_index(index));
        CHECK(back.is_batchable_external_index(index) == host.is_batchable_external_index(index));
        CHECK(back.batch_target_size(index) == host.batch_target_size(index));
    }
    CHECK(back.peak_threshold == 1e6);
    qube::BatchPolicy ours;
    ours.batch_space("i", 7, qube::Role::External).batch_space("i", 9);
    const auto by_space = sq::to_sequant<newer::BatchPolicy>(ours, lowered);
    CHECK(by_space.is_batchable_external_index(cc::index("i_17")));
    CHECK(by_space.is_batchable_contracted_index(cc::index("i_17")));
    CHECK(by_space.peak_threshold == std::numeric_limits<double>::infinity());
    const auto i_2 = ours.slicing(lowered.network, "i_2");
    CHECK(static_cast<std::int64_t>(by_space.batch_target_size(cc::index("i_2"))) == i_2.target);

    // Callbacks of our policy have spoken before.
    int asked = 0;
    ours.set_batchable_callback([&asked](const qube::IndexFacts &) {
        ++asked;
        return std::optional<qube::Batching>(qube::Batching{3});
    });
    const auto spoken = sq::to_sequant<newer::BatchPolicy>(ours, lowered);
    const int once = asked;
    CHECK(once == 5); // of 7 indices, two are of space i
    CHECK(spoken.batch_target_size(cc::index("Κ_1")) == 3 && asked == once);

    for (const double bad : {0.0, -1.0, 0x1p63, std::numeric_limits<double>::quiet_NaN(),
                             -std::numeric_limits<double>::infinity()}) {
        host.peak_threshold = bad;
        CHECK_THROWS(sq::lower(term(), extent, host), option, "peak_threshold is ");
    }
    Policy adapters = policy();
    adapters.is_batchable_external_index = [](const cc::Index &i) { return i.space() == "i"; };
    adapters.peak_threshold = 4096;
    CHECK(sq::lower(term(), extent, adapters).policy.peak_threshold() == 4096);
}

void a_tensor_by_number_from_c()
{
    qube_policy *policy = nullptr;
    CHECK(qube_policy_create(&policy) == QUBE_OK);
    CHECK(qube_policy_add_volatile_tensor(policy, 0) == QUBE_OK);
    CHECK_FAILS(qube_policy_add_volatile_tensor(policy, -1), QUBE_ERR_INPUT, "tensor is -1");
    CHECK_FAILS(qube_policy_add_volatile_tensor(nullptr, 0), QUBE_ERR_NULL, "policy");
    std::int32_t on = -1;
    double factor = -1;
    CHECK(qube_policy_persistent_only(policy, &on) == QUBE_OK && on == 0);
    CHECK(qube_policy_accumulation_factor(policy, &factor) == QUBE_OK && factor == 0);
    CHECK_FAILS(qube_policy_persistent_only(policy, nullptr), QUBE_ERR_NULL, "on");
    CHECK_FAILS(qube_policy_accumulation_factor(policy, nullptr), QUBE_ERR_NULL, "factor");
    qube_policy_free(policy);
}

} // namespace

int main()
{
    defaults_are_those_of_sequant();
    every_parameter_arrives();
    one_tensor_and_two();
    a_network_is_lowered_by_label();
    callables_are_asked_once();
    different_indices_with_one_label_are_an_error();
    what_a_callable_throws_keeps_its_type();
    empty_callables_batch_nothing();
    what_cannot_be_is_refused_by_name();
    tensors_of_one_label_may_differ_in_volatility();
    our_policy_answers_as_theirs();
    a_host_may_pass_its_own_types();
    newer_names_are_taken();
    a_tensor_by_number_from_c();
    return checks_done();
}
