// Options, plans and the plans of many terms go to the library and come back as they are in C.
#include "check.hpp"

#include <cstring>
#include <vector>

namespace {

void options_are_marshalled()
{
    qube_options ours = qube::priv::in_c(qube::Options{}), theirs = {};
    CHECK(qube_options_init(&theirs, sizeof theirs) == QUBE_OK);
    ours.progress_user = nullptr; // points to the empty function
    CHECK(std::memcmp(&ours, &theirs, sizeof ours) == 0);
    qube::Options o;
    o.objective = qube::Objective::dense_time_space;
    o.volatile_weight = 2, o.footprint_weight = 3, o.peak_flops_tolerance = 4;
    o.machine_balance = 5, o.fast_mem_elems = 6, o.block_tiles = 7, o.block_prefactor = 8;
    o.bytes_per_element = 9, o.max_states = 10, o.max_seconds = 11, o.max_bytes = 12;
    const qube_options c = qube::priv::in_c(o);
    CHECK(c.objective == QUBE_DENSE_TIME_SPACE && c.volatile_weight == 2);
    CHECK(c.footprint_weight == 3 && c.peak_flops_tolerance == 4 && c.machine_balance == 5);
    CHECK(c.fast_mem_elems == 6 && c.block_tiles == 7 && c.block_prefactor == 8);
    CHECK(c.bytes_per_element == 9 && c.max_states == 10 && c.max_seconds == 11);
    CHECK(c.max_bytes == 12 && c.prune_outer_products == 1 && c.use_inner_pow == 1);
    // One switch at a time.
    const auto switched = [](bool qube::Options::*field) {
        qube::Options options;
        options.*field = !(options.*field);
        return qube::priv::in_c(options);
    };
    CHECK(switched(&qube::Options::prune_outer_products).prune_outer_products == 0);
    CHECK(switched(&qube::Options::use_inner_pow).use_inner_pow == 0);
    CHECK(switched(&qube::Options::subnet_cse).subnet_cse == 1);
    CHECK(switched(&qube::Options::frontier).frontier == 1);
    CHECK(switched(&qube::Options::require_optimal).require_optimal == 1);
}

struct Planned {
    qube::Network network;
    qube::Policy policy;
    qube::Options options;
};

Planned planned()
{
    qube::Spaces spaces;
    spaces.add("i", 16).add("a", 40).add("K", 300);
    qube::PolicySettings settings;
    settings.peak_threshold = 400000;
    qube::Policy policy;
    policy.batch_space("K", 60).batch_space("i", 4, qube::Role::external).add_volatile("t");
    policy.set(settings);
    qube::Options options;
    options.objective = qube::Objective::dense_time_space_batched;
    return {qube::Network::parse("g{i_1;a_1;K_1} g{a_2;i_2;K_1} t{a_1;i_3} t{a_2;i_4}", spaces),
            std::move(policy), options};
}

void plans_come_back()
{
    const auto [network, policy, options] = planned();
    const qube::Plan plan = qube::optimize(network, policy, options);
    qube_plan_view v = {};
    v.struct_size = sizeof v;
    CHECK(qube_plan_get(plan.get(), &v) == QUBE_OK);
    CHECK(plan.cost() == v.cost && plan.flops() == v.flops);
    CHECK(plan.peak_elements() == v.peak_elements && plan.peak_bytes() == v.peak_bytes);
    CHECK(plan.peak_node() == v.peak_node && plan.lower_bound() == v.lower_bound);
    CHECK(plan.gap() == v.gap && plan.seconds() == v.seconds && plan.states() == v.states);
    CHECK(plan.pairs() == v.pairs && plan.method() == v.method);
    CHECK(plan.bytes_per_element() == 8 && plan.optimal() == (v.optimal != 0));
    CHECK(plan.objective() == options.objective && plan.exhaustive() == (v.exhaustive != 0));
    CHECK(plan.bounded() == static_cast<qube::Bounded>(v.bounded));
    CHECK(plan.indices().size() == network.indices().size() && plan.tensors()[3] == "t");
    CHECK(plan.sequence().begin() == v.sequence && plan.sequence().size() == 7);

    const qube_node *n = v.nodes;
    std::size_t loops = 0;
    for (const qube::Node &node : plan.nodes()) {
        CHECK(node.footprint == n->footprint && node.sliced_footprint == n->sliced_footprint);
        CHECK(node.flops == n->flops && node.cost == n->cost);
        CHECK(node.repetitions == n->repetitions && node.live_before == n->live_before);
        CHECK(node.live == n->live && node.live_after == n->live_after);
        CHECK(node.tensor == n->tensor && node.first == n->first && node.second == n->second);
        CHECK(node.parent == n->parent && node.live_from == n->live_from);
        CHECK(node.live_to == n->live_to && node.shared_with == n->shared_with);
        CHECK(node.cache == static_cast<qube::Cache>(n->cache));
        CHECK(node.is_volatile == (n->is_volatile != 0) && node.is_skipped == (n->is_skipped != 0));
        CHECK(plan.open(node).begin() == v.open + n->open_begin);
        CHECK(plan.open(node).end() == v.open + n->open_end);
        const qube_loop *l = n->loops;
        for (const qube::Loop &loop : node.loops) {
            CHECK(loop.index == l->index && loop.batch == l->batch && loop.batches == l->batches);
            CHECK(loop.role == static_cast<qube::Role>(l->role));
            ++l, ++loops;
        }
        // What is live at its turn adds up to it, but for the batch that an external loop puts in.
        double live = 0;
        bool own = false;
        for (const qube::Live &other : plan.live_at(n - v.nodes)) {
            live += other.elements;
            own = own || other.node == n - v.nodes;
        }
        const double batch = node.loops.empty() ? 0 : node.sliced_footprint;
        CHECK(own && live <= node.live && node.live <= live + batch);
        CHECK(node.lives.begin() == n->lives && node.lives.size() > 0);
        // The loops around a node are those of its ancestors.
        const auto nest = plan.nest(n - v.nodes);
        const auto parent = node.parent < 0 ? std::vector<qube::Loop>() : plan.nest(node.parent);
        const std::size_t opened = node.parent < 0 ? 0 : plan.nodes()[node.parent].loops.size();
        CHECK(nest.size() == parent.size() + opened);
        ++n;
    }
    CHECK(n - v.nodes == v.n_nodes && loops > 0);
    CHECK_THROWS(plan.nest(7), position, "element 7");
    CHECK_THROWS(plan.live_at(-1), position, "element -1");

    const qube::Order order = plan.best_order();
    CHECK(order.contractions.size() == 3 && order.peak_elements <= plan.peak_elements());
    CHECK(plan.nodes()[order.peak_node].tensor == -1);

    // Documents and the replay.
    const std::string json = plan.render(qube::Format::json);
    CHECK(qube::Plan::from_json(json).render(qube::Format::json) == json);
    CHECK(plan.render(qube::Format::svg).rfind("<svg", 0) == 0);
    CHECK(plan.render(qube::Format::dot).find("digraph") != std::string::npos);
    CHECK(!plan.render(qube::Format::table).empty());
    plan.verify(network, policy, options);
    CHECK_THROWS(plan.verify(network, options), replay, "");
}

void frontiers_and_thresholds_come_back()
{
    auto [network, policy, options] = planned();
    options.objective = qube::Objective::dense_peak_size;
    options.frontier = true;
    const qube::Plan all = qube::optimize(network, options);
    const auto points = all.frontier();
    CHECK(points.size() > 0 && points[0].peak_elements <= points.back().peak_elements);
    CHECK(!all.infeasible());

    qube::PolicySettings settings;
    settings.peak_threshold = 8;
    policy.set(settings);
    options.objective = qube::Objective::dense_time_space_batched;
    const qube::Plan none = qube::optimize(network, policy, options);
    qube_plan_view v = {};
    v.struct_size = sizeof v;
    CHECK(qube_plan_get(none.get(), &v) == QUBE_OK && v.infeasible != nullptr);
    const auto why = none.infeasible();
    CHECK(why && why->threshold_bytes == 8);
    CHECK(why->least_peak_elements == v.infeasible->least_peak_elements);
    CHECK(why->least_peak_bytes == v.infeasible->least_peak_bytes);
    CHECK(why->finest_peak_elements == v.infeasible->finest_peak_elements);
    CHECK(why->finest_peak_bytes == v.infeasible->finest_peak_bytes);
    CHECK(why->loops.size() == static_cast<std::size_t>(v.infeasible->n_loops));
}

void many_terms_come_back()
{
    qube::Spaces spaces;
    spaces.add("i", 7).add("a", 11).add("K", 40);
    std::vector<qube::Network> terms;
    terms.push_back(qube::Network::parse("g{a_1;i_1;K_1} t{a_1;i_2}", spaces));
    terms.push_back(qube::Network::parse("t{a_5;i_8} g{a_5;i_4;K_3}", spaces));
    const double work = 7.0 * 7 * 11 * 40;
    for (const std::int64_t threads : {1, 2}) {
        const qube::Plans plans = qube::optimize_many(terms, qube::Policy(), {}, threads);
        CHECK(plans.cost() == 2 * work && plans.flops() == 2 * work && plans.n_terms() == 2);
        CHECK(plans.peak_term() == 0 && plans.savings() == work && plans.n_failed() == 0);
        CHECK(plans.peak_elements() == plans.plan(1).peak_elements());
        CHECK(plans.shared().size() == 1 && plans.shared()[0].savings == work);
        CHECK(plans.shared()[0].occurrences[1].term == 1);
        CHECK(plans.shared()[0].occurrences[1].node == 2);
        CHECK_THROWS(plans.plan(2), position, "element 2");
    }
    CHECK(qube::optimize_many(terms, qube::Policy()).status(1) == qube::Status::ok);
    CHECK(qube::optimize_many({}, qube::Policy()).peak_term() == -1);
}

} // namespace

int main()
{
    options_are_marshalled();
    plans_come_back();
    frontiers_and_thresholds_come_back();
    many_terms_come_back();
    return checks_done();
}
