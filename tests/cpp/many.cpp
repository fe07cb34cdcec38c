// Many terms at once through the C++ header: sums, what is shared, progress that stops or throws.
#include "check.hpp"

#include <thread>
#include <vector>

namespace {

std::vector<qube::Network> terms()
{
    qube::Spaces spaces;
    spaces.add("i", 7).add("a", 11).add("K", 40);
    std::vector<qube::Network> terms;
    terms.push_back(qube::Network::parse("g{a_1;i_1;K_1} t{a_1;i_2}", spaces));
    terms.push_back(qube::Network::parse("t{a_5;i_8} g{a_5;i_4;K_3}", spaces));
    return terms;
}

void sums_and_what_is_shared()
{
    const double work = 7.0 * 7 * 11 * 40;
    const std::vector<qube::Network> networks = terms();
    for (std::int64_t threads = 1; threads <= 3; ++threads) {
        const qube::Plans plans = qube::optimize_many(networks, qube::BatchPolicy(), {}, threads);
        const qube::Totals totals = plans.totals();
        CHECK(totals.cost == 2 * work && totals.flops == 2 * work && totals.n_terms == 2);
        CHECK(totals.peak_term == 0 && totals.savings == work);
        CHECK(totals.peak_elements == plans.plan(1).peak_elements());
        const std::vector<qube::Shared> shared = plans.shared();
        CHECK(shared.size() == 1 && shared[0].savings == work && shared[0].places.size() == 2);
        CHECK(shared[0].places[1].term == 1 && shared[0].places[1].node == 2);
        CHECK_THROWS(plans.plan(2), position, "term number 2");
    }
    CHECK(!qube::optimize_many({}, qube::BatchPolicy()).totals().peak_term.has_value());
    CHECK_THROWS(qube::optimize_many(networks, qube::BatchPolicy(), {}, 0), input,
                 "num_threads is 0; allowed: 1 to 1024");
}

struct Refusal {
    std::int64_t done;
};

void progress()
{
    const std::vector<qube::Network> networks = terms();
    const qube::BatchPolicy policy;
    for (std::int64_t threads = 1; threads <= 2; ++threads) {
        std::vector<std::int64_t> seen;
        const std::thread::id caller = std::this_thread::get_id();
        const auto go_on = [&](std::int64_t done, std::int64_t total) {
            CHECK(total == 2 && std::this_thread::get_id() == caller);
            seen.push_back(done);
            return true;
        };
        CHECK(qube::optimize_many(networks, policy, {}, threads, go_on).totals().n_terms == 2);
        CHECK(seen == std::vector<std::int64_t>({1, 2}));
        const auto stop = [](std::int64_t, std::int64_t) { return false; };
        CHECK_THROWS(qube::optimize_many(networks, policy, {}, threads, stop), callback,
                     "'progress' failed: it returned 1");
        bool caught = false;
        try {
            static_cast<void>(qube::optimize_many(
                networks, policy, {}, threads,
                [](std::int64_t done, std::int64_t) -> bool { throw Refusal{done}; }));
        } catch (const Refusal &refusal) {
            caught = refusal.done == 1;
        }
        CHECK(caught);
    }
}

} // namespace

int main()
{
    sums_and_what_is_shared();
    progress();
    return checks_done();
}
