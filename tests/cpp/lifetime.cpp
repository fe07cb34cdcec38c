// Who owns what: moves, threads, and that nothing is left behind. Sanitizers and valgrind find
// leaks by themselves; where neither watches, resident memory is looked at.
#include "check.hpp"

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>
#include <type_traits>
#include <unistd.h>

namespace {

template <class T> constexpr bool moves_only =
    !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T> &&
    std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
    std::is_nothrow_destructible_v<T>;
static_assert(moves_only<qube::Spaces> && moves_only<qube::NetworkBuilder>);
static_assert(moves_only<qube::Network> && moves_only<qube::Plan> && moves_only<qube::Plans>);
static_assert(moves_only<qube::Budget> && moves_only<qube::Request> && moves_only<qube::Fit>);
static_assert(moves_only<qube::Largest> && moves_only<qube::Ranks> && moves_only<qube::Comparison>);
static_assert(moves_only<qube::ResolvedPolicy> && moves_only<qube::Case>);
static_assert(std::is_copy_constructible_v<qube::Policy>);
// No handle is made out of nothing but where empty means something.
static_assert(!std::is_default_constructible_v<qube::Network>);
static_assert(!std::is_default_constructible_v<qube::Budget>);
static_assert(!std::is_default_constructible_v<qube::Plan>);
// Inputs and elements are plain values.
static_assert(std::is_aggregate_v<qube::HarmonicConfig> && std::is_aggregate_v<qube::Survey>);
static_assert(std::is_aggregate_v<qube::Options> && std::is_aggregate_v<qube::PolicySettings>);
static_assert(std::is_trivially_copyable_v<qube::Stage> &&
              std::is_trivially_copyable_v<qube::Node>);
static_assert(std::is_base_of_v<std::runtime_error, qube::Error>);
static_assert(std::is_nothrow_copy_constructible_v<qube::Error>);

// An rvalue gives no view that would outlive it.
template <class T, class = void> struct lends_nodes : std::false_type {
};
template <class T> struct lends_nodes<T, std::void_t<decltype(std::declval<T>().nodes())>>
    : std::true_type {
};
static_assert(lends_nodes<const qube::Plan &>::value && !lends_nodes<qube::Plan>::value);

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
    CHECK(other.tensors().size() == 2 && one.get() == nullptr);
    CHECK_THROWS(one.tensors(), null_pointer, "after a move");
    CHECK_THROWS(qube::optimize(one), null_pointer, "after a move");
    one = qube::Network::einsum("i", spaces); // the old name is good for a new network
    CHECK(one.tensors().size() == 1);
    one = std::move(other); // and frees what it had

    qube::Policy policy;
    policy.batch_space("K", 7);
    const qube::Policy moved = std::move(policy);
    qube::Policy copy = moved;
    copy.batch_space("K", 9);
    copy = moved;
    CHECK(copy.render(qube::Format::json) == moved.render(qube::Format::json));
    CHECK_THROWS(copy = policy, null_pointer, "qube::Policy was used after a move");
    CHECK_THROWS(policy.add_volatile("t"), null_pointer, "after a move");
    CHECK_THROWS(qube::optimize(one, policy), null_pointer,
                 "after a move"); // NULL is no policy in C

    qube::Plan plan = qube::optimize(one, moved);
    const auto nodes = plan.nodes();
    const qube::Plan kept = std::move(plan);
    CHECK(kept.cost() == 10.0 * 20 * 500 && nodes.size() == 3 && nodes.back().parent == -1);
    CHECK_THROWS(plan.render(qube::Format::json), null_pointer, "after a move");

    qube::Spaces taken = std::move(spaces);
    CHECK_THROWS(spaces.add("l", 3), null_pointer, "qube::Spaces");
    CHECK_THROWS(qube::Network::einsum("i", spaces), null_pointer, "qube::Spaces");
    qube::NetworkBuilder builder;
    qube::NetworkBuilder next = std::move(builder);
    CHECK_THROWS(builder.build(), null_pointer, "qube::NetworkBuilder");
    next.add_index("i", 3).add_tensor("t", {"i"});
    CHECK(next.build().get() != nullptr);

    // What is lent keeps what lends it, and a plan outlives all that it was made of.
    const qube::Request request = [] {
        return qube::Budget::harmonic(config(3000)).fit(1).request();
    }();
    CHECK(request.stages().size() == 4);
    const qube::Plan orphan = [] {
        std::vector<qube::Network> networks;
        networks.push_back(qube::Network::einsum("iK,Kj->ij", letters()));
        return qube::optimize_many(networks, qube::Policy()).plan(0);
    }();
    CHECK(orphan.tensors()[0] == "iK");

    // An error keeps its message while others come.
    try {
        static_cast<void>(qube::Network::einsum("x", letters()));
    } catch (const qube::Error &first) {
        CHECK_THROWS(qube::Network::einsum("y", letters()), unknown_space, "'y'");
        CHECK(std::string(first.what()).find("'x'") != std::string::npos);
    }
}

// What one thread does: objects of its own, and a shared network, policy, plan and budget.
void work(const qube::Network &network, const qube::Policy &policy, const qube::Plan &plan,
          const qube::Budget &budget, int thread, std::atomic<int> &wrong)
{
    qube::Options options;
    options.objective = qube::Objective::dense_peak_size_batched;
    const std::string name(1, static_cast<char>('a' + thread));
    for (int round = 0; round < 100; ++round) {
        const double peak = qube::optimize(network, policy, options).peak_elements();
        qube::Policy own;
        own.batch_space("K", 1 + thread);
        const std::int64_t need = budget.request().per_node_bytes();
        bool good = plan.peak_elements() == peak && plan.nodes().size() == 5 &&
                    policy.resolve(network).index(network.number_of("K")).target == 50 &&
                    own.resolve(network).index(network.number_of("K")).target == 1 + thread &&
                    budget.fit(need).fits() && !budget.fit(need - 1).fits();
        try { // each thread has its own message
            static_cast<void>(qube::Network::einsum(name, qube::Spaces()));
            good = false;
        } catch (const qube::Error &error) {
            good = good && std::string(error.what()).find("'" + name + "'") != std::string::npos;
        }
        wrong += !good;
    }
}

void threads()
{
    const qube::Network network = qube::Network::einsum("iK,Kjk,ij->k", letters());
    qube::Policy policy;
    policy.batch_space("K", 50);
    qube::Options options;
    options.objective = qube::Objective::dense_peak_size_batched;
    const qube::Plan plan = qube::optimize(network, policy, options);
    const qube::Budget budget = qube::Budget::harmonic(config(3000));
    std::atomic<int> wrong{0};
    std::thread one([&] { work(network, policy, plan, budget, 0, wrong); });
    std::thread two([&] { work(network, policy, plan, budget, 1, wrong); });
    one.join();
    two.join();
    CHECK(wrong == 0);
}

// Everything once, failures and callbacks included.
void everything()
{
    const qube::Spaces spaces = letters();
    const qube::Network network = qube::Network::einsum("iK,Kjk,ij->k", spaces);
    const std::string word(100, 'x');
    qube::PolicySettings settings;
    settings.batchable = [word](const qube::IndexFacts &) {
        return word.empty() ? std::nullopt : std::optional(qube::Batching{50});
    };
    settings.is_volatile = [word](const qube::TensorFacts &) { return word.empty(); };
    qube::Policy policy;
    policy.set(settings).add_volatile("ij");
    const qube::Policy copy = policy;
    policy.set({});
    qube::Options options;
    options.objective = qube::Objective::dense_peak_size_batched;
    const qube::Plan plan = qube::optimize(network, copy, options);
    CHECK(plan.nodes().size() == 5 && plan.render(qube::Format::json).size() > 100);
    const qube::Budget budget = qube::Budget::harmonic(config(3000));
    CHECK(budget.stages().size() == 4 && !budget.fit(1).fits());
    CHECK(budget.largest(qube::Size::ranks_per_node, std::int64_t{1} << 40).value() > 0);
    CHECK_THROWS(budget.fit(0), input, "limit_bytes is 0");
    CHECK_THROWS(qube::Network::parse("t{i_1", spaces), parse, "character 6");
    CHECK_THROWS(qube::Network::from_json("{}"), document, "");
    settings.accumulation_factor = -1; // the functions stay ours
    CHECK_THROWS(policy.set(settings), option, "accumulation_factor is -1");
    options.progress = [word](const qube::Progress &) { return false; };
    CHECK(qube::optimize(network, copy, options).cost() > 0);
}

// Bytes of this process that are resident.
long resident()
{
    long size = 0, pages = 0;
    std::ifstream("/proc/self/statm") >> size >> pages;
    return pages * sysconf(_SC_PAGESIZE);
}

// Whether another allocator is in place, which keeps what is freed: a sanitizer's or valgrind's.
bool is_watched()
{
    std::ifstream maps("/proc/self/maps");
    const std::string text{std::istreambuf_iterator<char>(maps), {}};
    for (const char *name : {"vgpreload", "libasan", "libtsan"}) {
        if (text.find(name) != std::string::npos) {
            return true;
        }
    }
#ifdef __has_feature // clang links them in
    return __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||
           __has_feature(thread_sanitizer);
#else
    return false;
#endif
}

void memory()
{
    const bool watched = is_watched();
    for (int round = 0; round < 200; ++round) {
        everything(); // the allocator settles
    }
    const long before = resident();
    for (int round = 0; !watched && round < 2000; ++round) {
        everything();
    }
    CHECK(watched || resident() - before < 256 * 1024);
}

} // namespace

int main()
{
    moves();
    threads();
    memory();
    return checks_done();
}
