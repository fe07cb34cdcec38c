// Policies in C++: roles, tiles and the threshold, callbacks that are asked in order and keep the type of
// what they throw, the policy that is left when they have spoken, and power means by callback.
#include "check.hpp"

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using qube::Role;

qube::Network product()
{
    qube::Spaces letters;
    letters.add("i", 40).add("K", 60).add("j", 40);
    return qube::Network::einsum("iK,Kj->ij", letters);
}

void sizes_by_role()
{
    const qube::Network network = product();
    qube::BatchPolicy policy;
    policy.batch_space("K", 20)
        .batch_index("K", 15)
        .batch_space("i", 8, Role::External)
        .batch_index("j", 9, Role::External)
        .tile_space("K", 4)
        .tile_index("j", 3)
        .set_peak_threshold(1 << 20);
    CHECK(policy.space_target("K") == 20 && policy.index_target("K") == 15);
    CHECK(!policy.space_target("i") && policy.space_target("i", Role::External) == 8);
    CHECK(!policy.index_target("j") && policy.index_target("j", Role::External) == 9);
    CHECK(policy.space_tile("K") == 4 && !policy.space_tile("j"));
    CHECK(policy.index_tile("j") == 3 && !policy.index_tile("K"));
    CHECK(policy.peak_threshold() == 1 << 20);
    CHECK(!policy.set_peak_threshold(std::nullopt).peak_threshold());

    const qube::Slicing k = policy.slicing(network, "K");
    CHECK(k.is_batchable && k.role == Role::Contracted && k.target == 15 && k.tile == 4);
    CHECK(k.batch == 12 && k.batches == 5);
    const qube::Slicing i = policy.slicing(network, "i");
    CHECK(i.is_batchable && i.role == Role::External && i.target == 8 && i.tile == 1);
    CHECK(policy.target(network, "j") == 9);
    const qube::Slicing none = qube::BatchPolicy().slicing(network, "j");
    CHECK(!none.is_batchable && none.role == Role::External && none.target == 0);
    CHECK(none.batch == 40 && none.batches == 1);
    CHECK(!qube::BatchPolicy().target(network, "j"));

    const qube::BatchPolicy again = qube::BatchPolicy::from_json(policy.json());
    CHECK(again.report() == policy.report());
    CHECK(again.report().find("batches where external: space i in 8 at most, index j in 9 at most") !=
          std::string::npos);
    qube::BatchPolicy more;
    more.batch_space("μ̃", 5).add_json(policy.json());
    CHECK(more.space_target("μ̃") == 5 && more.index_tile("j") == 3);
}

void refusals()
{
    qube::BatchPolicy policy;
    CHECK_THROWS(policy.batch_space("i", 0, Role::External), target,
                 "batch target size of space 'i' is 0; allowed: 1 or more");
    CHECK_THROWS(policy.batch_index("i", -1, Role::External), target, "index 'i' is -1");
    CHECK_THROWS(policy.tile_space("i", 0), target, "tile size of space 'i' is 0");
    CHECK_THROWS(policy.tile_index("i", -3), target, "tile size of index 'i' is -3");
    CHECK_THROWS(policy.set_peak_threshold(0), option,
                 "peak_threshold is 0; allowed: 1 or more bytes");
    CHECK_THROWS(policy.set_peak_threshold(-8), option, "peak_threshold is -8");
    CHECK_THROWS(policy.add_json("{}"), document, "its schema is ''");
    CHECK_THROWS(policy.slicing(product(), "k"), unknown_index, "'k', which is not there");
    const qube::BatchPolicy kept = std::move(policy);
    CHECK_THROWS(policy.set_batchable_callback([](const qube::IndexFacts &) {
        return std::optional<qube::Batching>();
    }),
                 null_pointer, "policy is NULL");
}

// The threshold and the external role reach the plan.
void plans_under_a_threshold()
{
    const qube::Network network = product();
    qube::BatchPolicy policy;
    policy.batch_space("i", 10, Role::External);
    qube::Options options;
    for (const auto objective :
         {qube::Objective::DenseTimeSpaceBatched, qube::Objective::DenseSpaceTimeBatched}) {
        options.objective = objective;
        policy.set_peak_threshold(std::nullopt);
        const double whole = qube::optimize(network, policy, options).peak_elements();
        policy.set_peak_threshold(static_cast<std::int64_t>(whole * 8) - 1);
        const qube::Plan plan = qube::optimize(network, policy, options);
        CHECK(plan.summary().objective == objective);
        CHECK(plan.peak_elements() < whole);
        CHECK(plan.steps().back().loops.size() == 1);
        CHECK(plan.steps().back().loops[0].index == "i" && plan.steps().back().loops[0].batch == 10);
    }
}

// --- Callbacks ------------------------------------------------------------------------------------

struct Asked {
    std::vector<std::string> notes;
    std::thread::id thread = std::this_thread::get_id();
    int throw_at = 0; // the question that throws, from 1
};

struct Refused { // no std::exception
    std::string note;
};

qube::BatchPolicy asking(const std::shared_ptr<Asked> &asked)
{
    const auto noted = [asked](const std::string &note) {
        CHECK(std::this_thread::get_id() == asked->thread);
        asked->notes.push_back(note);
        if (static_cast<int>(asked->notes.size()) == asked->throw_at) {
            throw Refused{note};
        }
    };
    qube::BatchPolicy policy;
    policy
        .set_batchable_callback(
            [noted](const qube::IndexFacts &index) -> std::optional<qube::Batching> {
                noted(std::string(index.label) + " of " + std::string(index.space) + ", " +
                      std::to_string(index.extent) +
                      (index.role == Role::External ? " external" : " contracted"));
                if (index.label == "j") {
                    return std::nullopt;
                }
                return qube::Batching{7, 3};
            })
        .set_volatile_callback([noted](const qube::TensorFacts &tensor) {
            noted(std::string(tensor.label) + " " + std::to_string(tensor.tensor));
            return tensor.tensor == 1;
        });
    return policy;
}

const std::vector<std::string> all = {"i of i, 40 external", "K of K, 60 contracted",
                                      "j of j, 40 external", "iK 0", "Kj 1"};

void each_is_asked_about_once()
{
    const auto asked = std::make_shared<Asked>();
    const qube::Network network = product();
    {
        const qube::BatchPolicy policy = asking(asked);
        const std::vector<std::function<void(const qube::BatchPolicy &)>> calls = {
            [&](const qube::BatchPolicy &p) { CHECK(p.slicing(network, "i").batch == 6); },
            [&](const qube::BatchPolicy &p) { CHECK(!p.target(network, "j")); },
            [&](const qube::BatchPolicy &p) { CHECK(p.is_volatile(network, 1)); },
            [&](const qube::BatchPolicy &p) { CHECK(qube::optimize(network, p).cost() > 0); },
            [&](const qube::BatchPolicy &p) { CHECK(!p.resolved(network).space_target("i")); },
        };
        for (const auto &call : calls) {
            call(policy);
            CHECK(asked->notes == all);
            asked->notes.clear();
            call(qube::BatchPolicy(policy)); // a copy shares them
            CHECK(asked->notes == all);
            asked->notes.clear();
            // Each question throws once. The type is kept, and nothing is asked after.
            for (asked->throw_at = 1; asked->throw_at <= 5; ++asked->throw_at) {
                std::string thrown;
                try {
                    call(policy);
                } catch (const Refused &refused) {
                    thrown = refused.note;
                }
                CHECK(thrown == all[static_cast<std::size_t>(asked->throw_at) - 1]);
                CHECK(static_cast<int>(asked->notes.size()) == asked->throw_at);
                asked->notes.clear();
            }
            asked->throw_at = 0;
        }
        std::vector<qube::Network> terms;
        terms.push_back(product());
        terms.push_back(product());
        for (std::int64_t threads = 1; threads <= 2; ++threads) {
            CHECK(qube::optimize_many(terms, policy, {}, threads).totals().n_terms == 2);
            CHECK(asked->notes.size() == 10);
            asked->notes.clear();
            asked->throw_at = 7;
            bool caught = false;
            try {
                static_cast<void>(qube::optimize_many(terms, policy, {}, threads));
            } catch (const Refused &refused) {
                caught = refused.note == all[1];
            }
            CHECK(caught && asked->notes.size() == 7);
            asked->notes.clear();
            asked->throw_at = 0;
        }
    }
    CHECK(asked.use_count() == 1); // the functions went with the last policy
}

void labels_before_spaces_before_callbacks()
{
    const auto asked = std::make_shared<Asked>();
    const qube::Network network = product();
    qube::BatchPolicy policy = asking(asked);
    policy.batch_space("K", 20).batch_index("i", 10, Role::External).add_volatile("Kj");
    CHECK(policy.target(network, "K") == 20);
    CHECK((asked->notes == std::vector<std::string>{all[2], all[3]}));
    policy.tile_space("j", 2);
    policy.set_batchable_callback([](const qube::IndexFacts &) -> std::optional<qube::Batching> {
        return qube::Batching{7, 3};
    });
    CHECK(policy.slicing(network, "j").tile == 2);
    policy.set_batchable_callback({}).set_volatile_callback(nullptr);
    CHECK(asked.use_count() == 1);
    CHECK(!policy.target(network, "j") && !policy.is_volatile(network, 0));
}

void resolved_policies_can_be_written()
{
    const auto asked = std::make_shared<Asked>();
    const qube::Network network = product();
    qube::BatchPolicy policy = asking(asked);
    policy.set_accumulation_factor(0.5);
    CHECK_THROWS(policy.json(), document,
                 "the policy has the callback 'batchable', which a document cannot hold");
    CHECK(policy.report().find("\ncallbacks: batchable, volatile\n") != std::string::npos);
    const qube::BatchPolicy resolved = policy.resolved(network);
    asked->notes.clear();
    const qube::BatchPolicy read = qube::BatchPolicy::from_json(resolved.json());
    for (const char *const label : {"i", "K", "j"}) {
        const qube::Slicing a = policy.slicing(network, label), b = read.slicing(network, label);
        CHECK(a.is_batchable == b.is_batchable && a.target == b.target && a.tile == b.tile);
    }
    CHECK(read.is_volatile(network, 1) && !read.is_volatile(network, 0));
    CHECK(read.accumulation_factor() == 0.5);
    CHECK(asked->notes.size() == 15); // by policy alone
}

void answers_that_cannot_be()
{
    const qube::Network network = product();
    qube::BatchPolicy policy;
    const auto batching = [&policy](std::int64_t target, std::int64_t tile) {
        policy.set_batchable_callback(
            [=](const qube::IndexFacts &) { return std::optional(qube::Batching{target, tile}); });
    };
    batching(0, 1);
    CHECK_THROWS(qube::optimize(network, policy), target, "batch target size of index 'i' is 0");
    batching(-5, 1);
    CHECK_THROWS(policy.target(network, "K"), target, "batch target size of index 'i' is -5");
    batching(5, 0);
    CHECK_THROWS(policy.resolved(network), target, "tile size of index 'i' is 0");
    batching(5, 1);
    CHECK(policy.target(network, "K") == 5);
}

// A callback may call the library, whose callbacks may throw.
void callbacks_within_callbacks()
{
    const qube::Network network = product();
    qube::BatchPolicy inner, outer;
    inner.set_volatile_callback(
        [](const qube::TensorFacts &) -> bool { throw std::domain_error("inner"); });
    int caught = 0;
    outer.set_volatile_callback([&](const qube::TensorFacts &tensor) {
        try {
            static_cast<void>(qube::optimize(network, inner));
        } catch (const std::domain_error &) {
            ++caught;
        }
        return tensor.tensor == 0;
    });
    CHECK(outer.is_volatile(network, 0) && caught == 2);
    outer.set_volatile_callback(
        [&](const qube::TensorFacts &) { return inner.is_volatile(network, 0); });
    bool through = false;
    try {
        static_cast<void>(outer.is_volatile(network, 0));
    } catch (const std::domain_error &) {
        through = true;
    }
    CHECK(through);
    // Through the C interface there is nobody to throw to: a status and a message.
    qube_plan *plan = nullptr;
    CHECK(qube_optimize(network.get(), inner.get(), nullptr, &plan) == QUBE_ERR_CALLBACK);
    CHECK(plan == nullptr);
    // That is over: what fails next is not taken for it.
    outer.set_volatile_callback({}).set_batchable_callback(
        [](const qube::IndexFacts &) { return std::optional(qube::Batching{0}); });
    CHECK_THROWS(outer.target(network, "K"), target, "is 0");
}

// --- Power means ----------------------------------------------------------------------------------

constexpr const char *pairs = "g{a_1<i_1>;a_2<i_1>} t{a_1<i_1>;i_1} t{a_2<i_1>;i_1}";

void power_means_by_space()
{
    std::vector<std::string> asked;
    double bad = 13;
    qube::Spaces spaces, tabulated;
    spaces.add("i", 5).add("a", 12).set_inner_pow_callback(
        [&](const qube::CompositeFacts &index, std::int64_t k) {
            asked.push_back(std::string(index.label) + " " + std::string(index.space) + " " +
                            std::to_string(index.extent) + " " + std::to_string(k));
            return k == 2 ? bad : 12.5;
        });
    tabulated.add("i", 5).add("a", 12, {12.5, 13});
    const double cost = qube::optimize(qube::Network::parse(pairs, spaces)).cost();
    CHECK((asked == std::vector<std::string>{"a_1<i_1> a 12 1", "a_1<i_1> a 12 2",
                                             "a_2<i_1> a 12 1", "a_2<i_1> a 12 2"}));
    CHECK(cost == qube::optimize(qube::Network::parse(pairs, tabulated)).cost());
    for (const double wrong : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::infinity()}) {
        bad = wrong;
        CHECK_THROWS(qube::Network::parse(pairs, spaces), power_mean,
                     "power mean 2 of index 'a_1<i_1>' is ");
    }
    bad = 13;
    CHECK(qube::optimize(qube::Network::parse(pairs, spaces)).cost() == cost);
    spaces.set_inner_pow_callback({});
    CHECK(qube::optimize(qube::Network::parse(pairs, spaces)).cost() != cost);
}

void power_means_by_hand()
{
    const auto owned = std::make_shared<int>(0);
    qube::NetworkBuilder builder;
    builder.add_index("i", 5)
        .add_composite("a<i>", std::nullopt, 12, {"i"})
        .add_tensor("t", {"a<i>", "i"})
        .set_inner_pow_callback([owned](const qube::CompositeFacts &, std::int64_t k) -> double {
            if (++*owned == 1) {
                throw Refused{"mean " + std::to_string(k)};
            }
            return 13;
        });
    std::string thrown;
    try {
        static_cast<void>(builder.build());
    } catch (const Refused &refused) {
        thrown = refused.note;
    }
    CHECK(thrown == "mean 1");
    CHECK(builder.build().index_count() == 2 && *owned == 2);
    builder = qube::NetworkBuilder();
    CHECK(owned.use_count() == 1);
}

} // namespace

int main()
{
    sizes_by_role();
    refusals();
    plans_under_a_threshold();
    each_is_asked_about_once();
    labels_before_spaces_before_callbacks();
    resolved_policies_can_be_written();
    answers_that_cannot_be();
    callbacks_within_callbacks();
    power_means_by_space();
    power_means_by_hand();
    return checks_done();
}
