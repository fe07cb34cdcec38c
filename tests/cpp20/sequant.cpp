// What the adapter asks of a host, what it makes of the answers, and the way back.
#include <functional>
#include <tuple>
#include <limits>
#include <optional>
#include <utility>

#include "host.hpp"

namespace {

namespace sq = qube::seq;
using Policy = sq::BatchPolicy<cc::Network>;
using InnerPow = sq::InnerPow<cc::Network>;

const cc::Extents extents{{"i", 16}, {"μ̃", 170}, {"Κ", 472}, {"a", 12}};

std::size_t extent(const cc::Index &index)
{
    return extents.at(index.space());
}

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
    CHECK(!empty.batch_spectator_indices);
    const sq::NodeBatchAnnotation<cc::Network> none;
    CHECK(none.axes.empty() && none.effective_count == 1 && !none.order_aware);
}

void every_parameter_arrives()
{
    const sq::CostParams costs{.volatile_weight = 2,
                               .footprint_weight = 3,
                               .peak_flops_tolerance = 4,
                               .prune_outer_products = false,
                               .roofline = {5, 6, 7, 8}};
    const qube::Options options = sq::options(sq::ObjectiveFunction::DenseSize, costs);
    CHECK(options.objective == qube::Objective::dense_size);
    CHECK(options.volatile_weight == 2 && options.footprint_weight == 3);
    CHECK(options.peak_flops_tolerance == 4 && !options.prune_outer_products);
    CHECK(options.machine_balance == 5 && options.fast_mem_elems == 6);
    CHECK(options.block_tiles == 7 && options.block_prefactor == 8);
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
        CHECK(sequence("t{a_1;i_1}") == cc::EvalSequence{0});
        CHECK((sequence("g{i_2;i_1;Κ_1} t{a_1;i_2}") == cc::EvalSequence{0, 1, -1}));
    }
    CHECK_THROWS(sq::single_term_opt(cc::Network(), extent), no_tensors, "");
}

void a_network_is_lowered_by_label()
{
    const auto lowered = sq::lower(term(), extent, policy());
    const char *labels[] = {"μ̃_1", "μ̃_2", "Κ_1", "i_1", "i_2", "a_1<i_1>", "a_2<i_1>"};
    CHECK(lowered.network.indices().size() == 7 && lowered.indices.size() == 7);
    for (std::size_t i = 0; i < 7; ++i) {
        const auto index = lowered.network.indices()[static_cast<std::int64_t>(i)];
        CHECK(index.label == labels[i] && lowered.indices[i].label() == labels[i]);
        CHECK(index.extent == static_cast<std::int64_t>(extent(lowered.indices[i])));
        CHECK(lowered.labels[i] == labels[i] && lowered.spaces[i] == lowered.indices[i].space());
    }
    CHECK(lowered.network.tensors().size() == 5 && lowered.network.tensors()[4].label == "t");
    CHECK((lowered.tensors[1].indices == std::vector<std::size_t>{5, 0})); // bra, then ket
    CHECK(lowered.index("a_1<i_1>") == cc::index("a_1<i_1>"));
    CHECK_THROWS(lowered.index("a_1"), unknown_index, "'a_1'");
    CHECK_THROWS(lowered.index(7), unknown_index, "number 7");

    const auto resolved = lowered.policy.resolve(lowered.network);
    CHECK(resolved.index(2).target == 236 && !resolved.index(0).is_batchable);
    CHECK(resolved.is_volatile(4) && !resolved.is_volatile(0));

    // The host's own indices are found again by what the plan says.
    const qube::Plan plan = qube::optimize(
        lowered.network, lowered.policy, sq::options(sq::ObjectiveFunction::DensePeakSizeBatched));
    std::size_t loops = 0;
    for (const qube::Node &node : plan.nodes()) {
        for (const qube::Loop &loop : node.loops) {
            CHECK(lowered.index(loop.index) == cc::index("Κ_1") && loop.batches == 2);
            ++loops;
        }
    }
    CHECK(loops == 1);
}

// Lowering is most of the work of a small term, and labels are most of lowering.
void labels_are_asked_once()
{
    const cc::Network network = term();
    cc::Index::labels_asked = 0;
    static_cast<void>(sq::single_term_opt(network, extent, {}, {}, policy()));
    CHECK(cc::Index::labels_asked == 7);
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
    for (const Policy &nothing : {Policy(), Policy{.batch_target_size = [](const cc::Index &) {
                                      return std::size_t{236};
                                  }}}) {
        const qube::Plan plan =
            sq::plan_single_term(term(), extent, DensePeakSizeBatched, {}, nothing);
        CHECK(plan.sequence().to_vector() == plain.sequence().to_vector());
        CHECK(plan.peak_elements() == plain.peak_elements());
        for (const qube::Node &node : plan.nodes()) {
            CHECK(node.loops.empty() && !node.is_volatile);
        }
    }
    const qube::Plan batched =
        sq::plan_single_term(term(), extent, DensePeakSizeBatched, {}, policy());
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
    const std::function<std::size_t(const cc::Index &)> none;
    CHECK_THROWS(sq::single_term_opt(term(), none), input, "idx_to_extent is empty");
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
    const auto resolved = lowered.policy.resolve(lowered.network);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(resolved.is_volatile(static_cast<std::int64_t>(i)) == expected[i]);
        CHECK(again.is_volatile_leaf(*network.tensors[i]) == expected[i]);
    }
    // One that was not there: the label alone does not tell, or does.
    CHECK(!again.is_volatile_leaf(cc::Tensor{"t"}) && again.is_volatile_leaf(cc::Tensor{"s"}));

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

constexpr std::size_t whole = std::numeric_limits<std::size_t>::max(); // one batch

void our_policy_answers_as_theirs()
{
    Policy theirs;
    {
        const auto lowered = sq::lower(term(), extent);
        qube::PolicySettings settings;
        settings.persistent_only = true;
        settings.accumulation_factor = 0.5;
        qube::Policy ours;
        ours.batch_space("Κ", 236).batch_index("μ̃_2", 40).add_volatile("t").set(settings);
        theirs = sq::to_sequant(ours, lowered);
    } // it outlives what it was made from
    CHECK(theirs.persistent_only && theirs.accumulation_factor == 0.5);
    CHECK(theirs.is_batchable_index(cc::index("Κ_1")));
    CHECK(theirs.batch_target_size(cc::index("Κ_1")) == 236);
    CHECK(theirs.batch_target_size(cc::index("μ̃_2")) == 40);
    CHECK(!theirs.is_batchable_index(cc::index("μ̃_1")));
    CHECK(!theirs.is_batchable_index(cc::index("a_1<i_1>")));
    CHECK(theirs.is_volatile_leaf(cc::Tensor{"t"}) && !theirs.is_volatile_leaf(cc::Tensor{"g"}));
    // Renamed indices are answered by their space, where its indices agree; what is not known is
    // no.
    CHECK(theirs.batch_target_size(cc::index("Κ_17")) == 236);
    CHECK(theirs.is_batchable_index(cc::index("Κ_17")));
    for (const char *no : {"μ̃_17", "x_1"}) {
        CHECK(!theirs.is_batchable_index(cc::index(no)));
        CHECK(theirs.batch_target_size(cc::index(no)) == whole);
    }
    CHECK(!theirs.is_volatile_leaf(cc::Tensor{"u"}));

    // And there again: the same plan.
    using enum sq::ObjectiveFunction;
    const auto lowered = sq::lower(term(), extent, policy());
    const auto again = sq::to_sequant(lowered.policy, lowered);
    const qube::Plan direct =
        sq::plan_single_term(term(), extent, DensePeakSizeBatched, {}, policy());
    const qube::Plan round = sq::plan_single_term(term(), extent, DensePeakSizeBatched, {}, again);
    CHECK(direct.sequence().to_vector() == round.sequence().to_vector());
    CHECK(direct.peak_elements() == round.peak_elements());
}

void one_policy_answers_for_a_forest()
{
    // In the second term Κ_1 is external, and there is a space that the first has not.
    std::vector<sq::Lowered<cc::Network>> forest;
    forest.push_back(sq::lower(term(), extent));
    forest.push_back(sq::lower(cc::network("g{μ̃_1;i_1;Κ_1} t{a_1;i_1}"), extent));
    qube::Policy ours;
    ours.batch_space("Κ", 9, qube::Role::external).batch_space("a", 5, qube::Role::external);
    ours.batch_space("Κ", 236).add_volatile("t");
    const Policy theirs = sq::to_sequant(ours, forest);
    CHECK(theirs.batch_spectator_indices);
    CHECK(theirs.is_batchable_index(cc::index("Κ_1")));
    CHECK(theirs.is_batchable_external_index(cc::index("Κ_1")));
    CHECK(theirs.is_batchable_external_index(cc::index("a_9")));
    CHECK(!theirs.is_batchable_index(cc::index("a_9")));
    CHECK(theirs.batch_target_size(cc::index("a_1")) == 5);
    CHECK(theirs.is_volatile_leaf(cc::Tensor{"t"}) && !theirs.is_volatile_leaf(cc::Tensor{"g"}));
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
    CHECK(plan.sequence().to_vector() == same.sequence().to_vector());
    CHECK(plan.cost() == same.cost());
    CHECK(plan.objective() == qube::Objective::dense_peak_size_batched);

    const auto lowered = sq::lower(term(), extent, policy());
    const auto back = sq::to_sequant<own::BatchPolicy>(lowered.policy, lowered);
    CHECK(back.is_batchable_index(cc::index("Κ_1")));
    CHECK(back.batch_target_size(cc::index("Κ_1")) == 236);
    qube::Policy large;
    large.batch_space("Κ", 1 + std::int64_t{std::numeric_limits<int>::max()});
    const auto too_large = sq::to_sequant<own::BatchPolicy>(large, lowered);
    CHECK(too_large.batch_target_size(cc::index("Κ_1")) == std::numeric_limits<int>::max());
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
    bool batch_spectator_indices = false;
};

enum class BatchModeType { Contracted, External };

struct NodeBatchAnnotation {
    std::vector<std::pair<cc::Index, BatchModeType>> axes, opened_here;
    std::size_t effective_count = 1;
    bool order_aware = false;
};

enum class ReorderSum { Reorder, NoReorder };

struct CSEOptions {
    bool subnet = false;
};

struct OptimizeOptions {
    ObjectiveFunction objective_function = ObjectiveFunction::DenseFLOPs;
    ReorderSum reorder = ReorderSum::Reorder;
    CSEOptions CSE = {};
    std::function<std::size_t(const cc::Index &)> idx_to_extent = {};
    std::function<double(const cc::Index &, std::size_t)> inner_pow = {};
    BatchPolicy batch_policy = {};
    double volatile_weight = 1, peak_flops_tolerance = 0.10, footprint_weight = 0;
    own::Roofline roofline = {};
    std::shared_ptr<std::map<const void *, std::vector<NodeBatchAnnotation>>> term_batch_axes = {};
    bool prune_outer_products = true;
};

} // namespace newer

// Κ is sliced where it is contracted, all other spaces where they are external.
newer::BatchPolicy newer_policy()
{
    newer::BatchPolicy policy;
    policy.is_batchable_contracted_index = [](const cc::Index &i) { return i.space() == "Κ"; };
    policy.is_batchable_external_index = [](const cc::Index &i) { return i.space() != "Κ"; };
    policy.batch_target_size = [](const cc::Index &i) { return i.space() == "Κ" ? 236u : 4u; };
    policy.is_volatile_leaf = ::policy().is_volatile_leaf;
    policy.batch_spectator_indices = true;
    return policy;
}

void newer_names_are_taken()
{
    using O = newer::ObjectiveFunction;
    using Q = qube::Objective;
    const std::pair<O, Q> objectives[] = {
        {O::DenseFLOPs, Q::dense_flops},
        {O::DenseSpaceTime, Q::dense_peak_size},
        {O::DensePeakSizeBatched, Q::dense_space_time_batched},
        {O::DenseTimeSpace, Q::dense_time_space},
        {O::DenseTimeSpaceBatched, Q::dense_time_space_batched},
    };
    for (const auto &[theirs, ours] : objectives) {
        CHECK(sq::options(theirs).objective == ours);
    }
    CHECK(sq::options(sq::ObjectiveFunction::DenseSpaceTimeBatched).objective ==
          Q::dense_space_time_batched);
    CHECK_THROWS(sq::options(static_cast<O>(9)), option, "objective is 9; give DenseFLOPs");

    newer::BatchPolicy host = newer_policy();
    host.peak_threshold = 1e6 + 0.5;
    const auto lowered = sq::lower(term(), extent, host);
    const auto resolved = lowered.policy.resolve(lowered.network);
    CHECK(resolved.index(2).target == 236 && resolved.index(2).role == qube::Role::contracted);
    CHECK(resolved.index(3).target == 4 && resolved.index(3).role == qube::Role::external);
    CHECK(!resolved.index(0).is_batchable && resolved.peak_threshold() == 1000000);

    // And back: each role has its own answers, by label or space; no μ̃ is external here.
    const auto back = sq::to_sequant<newer::BatchPolicy>(lowered.policy, lowered);
    CHECK(back.batch_spectator_indices && back.peak_threshold == 1e6);
    for (const cc::Index &index : lowered.indices) {
        CHECK(back.is_batchable_contracted_index(index) ==
              host.is_batchable_contracted_index(index));
        CHECK(back.is_batchable_external_index(index) ==
              (host.is_batchable_external_index(index) && index.space() != "μ̃"));
    }
    const auto none = sq::to_sequant<newer::BatchPolicy>(qube::Policy(), lowered);
    CHECK(!none.batch_spectator_indices);
    CHECK(none.peak_threshold == std::numeric_limits<double>::infinity());

    // The external role is opt-in.
    host.batch_spectator_indices = false;
    const auto without = sq::lower(term(), extent, host);
    CHECK(!without.policy.resolve(without.network).index(3).is_batchable);

    // Callbacks of our policy have spoken before.
    int asked = 0;
    qube::PolicySettings settings;
    settings.batchable = [&asked](const qube::IndexFacts &) {
        ++asked;
        return std::optional<qube::Batching>(qube::Batching{3});
    };
    qube::Policy ours;
    ours.batch_space("i", 9).set(settings);
    const auto spoken = sq::to_sequant<newer::BatchPolicy>(ours, lowered);
    const int once = asked;
    CHECK(once == 6); // of 7 indices, one is contracted and of space i
    CHECK(spoken.batch_target_size(cc::index("Κ_1")) == 3 && asked == once);

    for (const double bad : {0.0, -1.0, 0x1p63, std::numeric_limits<double>::quiet_NaN(),
                             -std::numeric_limits<double>::infinity()}) {
        host.peak_threshold = bad;
        CHECK_THROWS(sq::lower(term(), extent, host), option, "peak_threshold is ");
    }
}

newer::OptimizeOptions newer_options(newer::ObjectiveFunction objective)
{
    newer::OptimizeOptions options;
    options.objective_function = objective;
    options.idx_to_extent = extent;
    options.batch_policy = newer_policy();
    return options;
}

// Passed for cost parameters they would lose what they say of CSE and of batches.
static_assert(!sq::CostParamsLike<newer::OptimizeOptions> && sq::CostParamsLike<own::CostParams>);

void optimize_options_are_honoured_or_refused()
{
    using enum newer::ObjectiveFunction;
    // Two of the factors are equal: shared, they are paid for once.
    const auto pairs = cc::network("g{i_1;a_1} g{a_1;i_2} g{i_2;a_3} g{a_3;i_3}");
    newer::OptimizeOptions options = newer_options(DenseFLOPs);
    CHECK(sq::single_term_opt(pairs, options) == sq::single_term_opt(pairs, extent));
    options.CSE.subnet = true;
    CHECK(sq::options(options).subnet_cse);
    const auto shared = qube::optimize(sq::lower(pairs, options).network, sq::options(options));
    CHECK(shared.cost() < sq::plan_single_term(pairs, extent).cost());
    options.objective_function = DenseSpaceTime;
    CHECK_THROWS(sq::single_term_opt(pairs, options), option, "CSE.subnet");

    options = newer_options(DenseFLOPs);
    options.volatile_weight = 7;
    options.roofline.machine_balance = 3;
    CHECK(sq::options(options).volatile_weight == 7 && sq::options(options).machine_balance == 3);
    options.idx_to_extent = nullptr;
    CHECK_THROWS(sq::single_term_opt(pairs, options), input, "idx_to_extent is empty");

    options = newer_options(DenseFLOPs);
    options.term_batch_axes = std::make_shared<decltype(options.term_batch_axes)::element_type>();
    CHECK_THROWS(sq::single_term_opt(pairs, options), option, "term_batch_axes is set");
    std::vector<newer::NodeBatchAnnotation> axes(9);
    static_cast<void>(sq::single_term_opt(pairs, options, &axes));
    CHECK(axes.empty()); // nothing is sliced under this objective
}

void annotations_say_which_loops_slice_a_contraction()
{
    using Mode = newer::BatchModeType;
    newer::OptimizeOptions options = newer_options(newer::ObjectiveFunction::DenseTimeSpaceBatched);
    options.batch_policy.peak_threshold = 1.3e7;
    std::vector<newer::NodeBatchAnnotation> axes;
    const cc::EvalSequence sequence = sq::single_term_opt(term(), options, &axes);
    const auto lowered = sq::lower(term(), options);
    const auto plan = qube::optimize(lowered.network, lowered.policy, sq::options(options));
    CHECK(sequence == sq::eval_sequence<cc::EvalSequence>(plan));

    // One for each -1, in the order of the sequence.
    std::size_t at = 0, contracted = 0, external = 0;
    std::int64_t number = 0;
    for (const qube::Node &node : plan.nodes()) {
        CHECK(plan.sequence()[number] == node.tensor);
        if (node.tensor < 0) {
            const auto &annotation = axes.at(at++);
            CHECK(annotation.order_aware);
            CHECK(static_cast<double>(annotation.effective_count) == node.repetitions);
            CHECK(annotation.opened_here.size() == node.loops.size());
            for (const auto &[index, mode] : annotation.axes) {
                const bool opened =
                    std::find(annotation.opened_here.begin(), annotation.opened_here.end(),
                              std::pair(index, mode)) != annotation.opened_here.end();
                CHECK(opened || mode == Mode::External);
                ++(mode == Mode::External ? external : contracted);
                // What carries an external loop is open in it.
                const auto open = plan.open(node);
                CHECK(mode == Mode::Contracted ||
                      std::find(open.begin(), open.end(),
                                lowered.network.number_of(index.label())) != open.end());
            }
        }
        ++number;
    }
    CHECK(at == axes.size() && at == 4 && contracted + external > 0);

    // An older host's type has axes alone; ours are filled where the host has none.
    struct Older {
        std::vector<std::pair<cc::Index, Mode>> axes;
    };
    std::vector<Older> older;
    sq::annotate(plan, lowered, older);
    CHECK(older.size() == 4 && older[3].axes == axes[3].axes);
    std::vector<sq::NodeBatchAnnotation<cc::Network>> own;
    static_cast<void>(sq::single_term_opt(term(), options, &own));
    CHECK(own.size() == 4 && own[3].opened_here.size() == axes[3].opened_here.size());
}

void a_sum_is_planned_under_one_policy()
{
    // The first and the third share g t; the second shares nothing.
    const std::vector<cc::Network> terms{cc::network("g{a_1;i_1;Κ_1} t{a_1;i_2}"),
                                         cc::network("s{μ̃_1;i_1} s{μ̃_1;i_2}"),
                                         cc::network("g{a_5;i_7;Κ_3} t{a_5;i_8}")};
    newer::OptimizeOptions options = newer_options(newer::ObjectiveFunction::DenseFLOPs);
    const auto forest = sq::plan_terms(terms, options);
    CHECK(forest.plans.n_failed() == 0 && forest.plans.n_terms() == 3);
    CHECK((forest.order() == std::vector<std::size_t>{0, 2, 1}));
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(sq::eval_sequence<cc::EvalSequence>(forest.plans.plan(
                  static_cast<std::int64_t>(k))) == sq::single_term_opt(terms[k], options));
    }
    CHECK(sq::to_sequant<newer::BatchPolicy>(forest.policy, forest.terms)
              .is_volatile_leaf(cc::Tensor{"t"}));
    options.batch_policy.is_volatile_leaf = [](const cc::Tensor &tensor) {
        return tensor.name == "t" && tensor.slots[1][0].name == "i_8";
    };
    CHECK_THROWS(sq::plan_terms(terms, options), conflict, "'t'");
}

// A network whose composite indices must have power means, and whose extents are known.
struct Strict : cc::Network {};

} // namespace

template <> struct qube::seq::NetworkTraits<Strict> : qube::seq::NetworkTraits<cc::Network> {
    static constexpr bool needs_inner_pow = true;
    static std::size_t extent(const cc::Index &index) { return extents.at(index.space()); }
};

// Opened beside each other, the names of a host and ours are told apart.
namespace sequant {

struct Index {};
struct Tensor {};
struct Network {};
struct BatchPolicy {};
struct CostParams {};
struct RooflineParams {};
struct OptimizeOptions {};
enum class ObjectiveFunction { DenseFLOPs };
struct NodeBatchAnnotation {};
struct Expr {};
using ExprPtr = std::shared_ptr<Expr>;
inline int optimize(const ExprPtr &, const OptimizeOptions &)
{
    return 1;
}
namespace opt {
inline int single_term_opt()
{
    return 2;
}
} // namespace opt

} // namespace sequant

namespace {

void namespaces_may_be_opened_beside_sequants()
{
    using namespace qube;
    using namespace ::sequant;
    const Index index;
    const Tensor tensor;
    const BatchPolicy policy;
    const OptimizeOptions options;
    const NodeBatchAnnotation annotation;
    const ::sequant::CostParams costs;
    const sequant::RooflineParams roofline;
    static_cast<void>(std::tie(index, tensor, policy, options, annotation, costs, roofline));
    CHECK(optimize(ExprPtr(), options) == 1 && opt::single_term_opt() == 2);
    CHECK(optimize(qube::Network::einsum("i", Spaces().add("i", 2))).cost() == 0);
    CHECK(Role::external != Role::contracted);
    CHECK(ObjectiveFunction::DenseFLOPs == ::sequant::ObjectiveFunction::DenseFLOPs);
}

void traits_may_ask_for_power_means_and_give_extents()
{
    const Strict network{term()};
    CHECK_THROWS(sq::single_term_opt(network, extent), power_mean,
                 "'a_1<i_1>' is composite, but inner_pow is empty");
    newer::OptimizeOptions options = newer_options(newer::ObjectiveFunction::DenseFLOPs);
    options.idx_to_extent = nullptr;
    options.inner_pow = [](const cc::Index &, std::size_t) { return 12.0; };
    CHECK(sq::single_term_opt(network, options) ==
          sq::single_term_opt(term(), extent, {}, {}, policy()));
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
    one_policy_answers_for_a_forest();
    labels_are_asked_once();
    optimize_options_are_honoured_or_refused();
    annotations_say_which_loops_slice_a_contraction();
    a_sum_is_planned_under_one_policy();
    namespaces_may_be_opened_beside_sequants();
    traits_may_ask_for_power_means_and_give_extents();
    return checks_done();
}
