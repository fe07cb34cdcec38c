// Who owns what: moves, threads, and that nothing is left behind.
#include "check.hpp"

#include <atomic>
#include <exception>
#include <fstream>
#include <thread>
#include <type_traits>
#include <unistd.h>

namespace {

template <class T> constexpr bool moves_only =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    std::is_nothrow_destructible_v<T>;
static_assert(moves_only<qube::Spaces> && moves_only<qube::NetworkBuilder> && moves_only<qube::Network>);
static_assert(moves_only<qube::Budget> && moves_only<qube::Plan> && moves_only<qube::Plans>);
static_assert(moves_only<qube::Request> && moves_only<qube::Run> && moves_only<qube::Fit>);
static_assert(std::is_copy_constructible_v<qube::BatchPolicy>);
static_assert(moves_only<qube::Case>);
// No handle is made out of nothing but where empty means something.
static_assert(!std::is_default_constructible_v<qube::Network>);
static_assert(!std::is_default_constructible_v<qube::Budget>);
static_assert(!std::is_default_constructible_v<qube::Run>);
static_assert(!std::is_default_constructible_v<qube::Plan>);
// Results and options are plain values.
static_assert(std::is_copy_assignable_v<qube::Stage> && std::is_aggregate_v<qube::Stage>);
static_assert(std::is_copy_assignable_v<qube::Node> && std::is_aggregate_v<qube::Node>);
static_assert(std::is_aggregate_v<qube::Options> && std::is_trivially_copyable_v<qube::Options>);
static_assert(std::is_aggregate_v<qube::HarmonicConfig> && std::is_aggregate_v<qube::PixelDirectConfig>);
// An error can be thrown and caught as any other.
static_assert(std::is_base_of_v<std::runtime_error, qube::Error>);
static_assert(std::is_nothrow_copy_constructible_v<qube::Error>);
// Readers get handles that they cannot change.
static_assert(std::is_same_v<decltype(std::declval<qube::Spaces &>().get()), const qube_spaces *>);
static_assert(std::is_same_v<decltype(std::declval<qube::BatchPolicy &>().get()), const qube_policy *>);

qube::Spaces letters()
{
    qube::Spaces letters;
    letters.add("i", 10).add("j", 20).add("k", 30).add("K", 500);
    return letters;
}

qube::HarmonicConfig config(std::int64_t n_pix)
{
    qube::HarmonicConfig config;
    config.n_pix = n_pix;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    return config;
}

void moves()
{
    qube::Spaces spaces = letters();
    qube::Network one = qube::Network::einsum("iK,Kj->ij", spaces);
    qube::Network other = std::move(one);
    CHECK(other.tensor_count() == 2 && one.get() == nullptr);
    CHECK_THROWS(one.tensor_count(), null_pointer, "network is NULL");
    CHECK_THROWS(qube::optimize(one), null_pointer, "network is NULL");
    one = qube::Network::einsum("i", spaces); // the old name is good for a new network
    CHECK(one.tensor_count() == 1);
    one = std::move(other); // and frees what it had
    CHECK(one.tensor_count() == 2);

    qube::BatchPolicy policy;
    policy.batch_space("K", 7);
    const qube::BatchPolicy moved = std::move(policy);
    CHECK(moved.target(one, "K") == 7);
    qube::BatchPolicy copy = moved;
    copy.batch_space("K", 9);
    CHECK(copy.target(one, "K") == 9 && moved.target(one, "K") == 7);
    copy = moved;
    CHECK(copy.json() == moved.json() && !copy.report().empty());
    CHECK(qube::BatchPolicy::from_json(copy.json()).target(one, "K") == 7);
    CHECK_THROWS(copy = policy, null_pointer, "original is NULL");
    CHECK_THROWS(policy.add_volatile("t"), null_pointer, "policy is NULL");
    CHECK_THROWS(qube::optimize(one, policy), null_pointer, "policy was moved from");

    qube::Plan plan = qube::optimize(one, moved);
    const qube::Plan kept = std::move(plan);
    CHECK(kept.cost() == 10.0 * 20 * 500);
    CHECK_THROWS(plan.json(), null_pointer, "plan is NULL");

    qube::Budget budget = qube::Budget::harmonic(config(3000));
    const qube::Budget sent = std::move(budget);
    CHECK(sent.stage_count() == 4);
    CHECK_THROWS(budget.stages(), null_pointer, "budget is NULL");

    qube::Spaces taken = std::move(spaces);
    CHECK_THROWS(spaces.add("l", 3), null_pointer, "spaces is NULL");
    CHECK_THROWS(qube::Network::einsum("i", spaces), null_pointer, "letters is NULL");
    taken.add("l", 3);

    qube::NetworkBuilder builder;
    qube::NetworkBuilder next = std::move(builder);
    CHECK_THROWS(builder.build(), null_pointer, "builder is NULL");
    CHECK(next.add_index("i", 3).add_tensor("t", {"i"}).build().tensor_count() == 1);

    // A plan outlives all that it was made of.
    const qube::Plan orphan = [] {
        const qube::Spaces table = letters();
        const qube::Network network = qube::Network::einsum("iK,Kj->ij", table);
        return qube::optimize(network);
    }();
    CHECK(orphan.nodes().at(0).label == "iK");

    // An error keeps its message while others come.
    try {
        static_cast<void>(qube::Network::einsum("x", letters()));
    } catch (const qube::Error &first) {
        CHECK_THROWS(qube::Network::einsum("y", letters()), unknown_space, "'y'");
        CHECK(std::string(first.what()).find("'x'") != std::string::npos);
    }
}

// What one thread does: objects of its own, and a shared network, policy and run that it reads.
void work(const qube::Network &network, const qube::BatchPolicy &policy, const qube::Run &run,
          int thread, std::atomic<int> &wrong)
{
    qube::Options options;
    options.objective = qube::Objective::DensePeakSizeBatched;
    const std::string name(1, static_cast<char>('a' + thread));
    const double peak = qube::optimize(network, policy, options).peak_elements();
    for (int round = 0; round < 200; ++round) {
        const qube::Plan plan = qube::optimize(network, policy, options);
        qube::BatchPolicy own;
        own.batch_space("K", 1 + thread);
        const qube::Budget budget = qube::Budget::harmonic(config(3000 + thread));
        bool good = plan.peak_elements() == peak && policy.target(network, "K") == 50 &&
                    own.target(network, "K") == 1 + thread && network.tensor_label(1) == "Kjk" &&
                    budget.stage(0).persistent_bytes == 8LL * (3000 + thread) * (3000 + thread);
        const std::int64_t need = run.budget().request().memory().per_node_bytes;
        good = good && run.fit(need).verdict().fits && !run.fit(need - 1).verdict().fits;
        try { // each thread has its own message
            static_cast<void>(policy.target(network, name));
            good = false;
        } catch (const qube::Error &error) {
            good = good && std::string(error.what()).find("'" + name + "'") != std::string::npos;
        }
        wrong += !good;
    }
}

void threads()
{
    const qube::Spaces spaces = letters();
    const qube::Network network = qube::Network::einsum("iK,Kjk,ij->k", spaces);
    qube::BatchPolicy policy;
    policy.batch_space("K", 50);
    std::atomic<int> wrong{0};
    const qube::Run run = qube::Run::harmonic(config(3000));
    std::thread one([&] { work(network, policy, run, 0, wrong); });
    std::thread two([&] { work(network, policy, run, 1, wrong); });
    one.join();
    two.join();
    CHECK(wrong == 0);
}

// Resident pages of this process.
long resident()
{
    long size = 0, pages = 0;
    std::ifstream("/proc/self/statm") >> size >> pages;
    return pages;
}

// Everything once, failures included.
void everything()
{
    const qube::Spaces spaces = letters();
    const qube::Network network = qube::Network::einsum("iK,Kjk,ij->k", spaces);
    qube::BatchPolicy policy;
    policy.batch_space("K", 50).add_volatile("ij");
    qube::Options options;
    options.objective = qube::Objective::DensePeakSizeBatched;
    const qube::Plan plan = qube::optimize(network, policy, options);
    CHECK(plan.nodes().size() == 5 && plan.frontier().size() >= 1 && plan.json().size() > 100);
    const qube::Budget budget = qube::Budget::harmonic(config(3000));
    CHECK(budget.stages().size() == 4 && budget.table().size() > 100);
    const qube::Run run = qube::Run::harmonic(config(3000));
    const qube::Fit fit = run.fit(1);
    CHECK(!fit.verdict().fits && fit.request().stage_count() == 4 && fit.table().size() > 100);
    CHECK(run.extreme(qube::Size::ranks_per_node, std::int64_t{1} << 40).extreme);
    CHECK_THROWS(run.fit(0), input, "limit_bytes is 0");
    CHECK_THROWS(qube::Network::parse("t{i_1", spaces), parse, "character 6");
    CHECK_THROWS(qube::Network::from_json(R"({"indices":[{"label":"i","extent":3}],"tensors":[]})"),
                 no_tensors, "no tensors");
    options.volatile_weight = -1;
    CHECK_THROWS(qube::optimize(network, policy, options), option, "volatile_weight is -1");
    const auto [read, found] = qube::Network::from_json(
        R"({"indices":[{"label":"i","extent":3}],"tensors":[{"label":"t","indices":["i"]}]})");
    CHECK(read.tensor_count() == 1 && found.target(read, "i") == std::nullopt);
}

void memory()
{
    for (int round = 0; round < 500; ++round) {
        everything(); // the allocator settles
    }
    const long before = resident();
    for (int round = 0; round < 10000; ++round) {
        everything();
    }
    const long grown = (resident() - before) * sysconf(_SC_PAGESIZE);
#ifndef __SANITIZE_ADDRESS__ // it keeps what is freed, and looks for leaks itself
    CHECK(grown < 256 * 1024);
#endif
    if (grown >= 256 * 1024) {
        std::printf("resident memory grew by %ld bytes in 10000 rounds\n", grown);
    }
}

} // namespace

int main()
{
    moves();
    threads();
    memory();
    return checks_done();
}
