// Limits of a search through the C++ header, and progress that stops it or throws.
#include "check.hpp"

#include <string>

namespace {

// Four rows of eight tensors, bonds h between columns and v between rows.
qube::Network grid()
{
    std::string text;
    for (int at = 0; at < 32; ++at) {
        std::string bonds;
        const auto bond = [&](const char *space, int number) {
            bonds += (bonds.empty() ? "" : ";") + std::string(space) + std::to_string(number);
        };
        if (at % 8 > 0) {
            bond("h_", at - 1);
        }
        if (at % 8 < 7) {
            bond("h_", at);
        }
        if (at >= 8) {
            bond("v_", at - 8);
        }
        if (at < 24) {
            bond("v_", at);
        }
        text += "g{" + bonds + "} ";
    }
    qube::Spaces spaces;
    spaces.add("h", 5).add("v", 3);
    return qube::Network::parse(text, spaces);
}

void limits()
{
    const qube::Network network = grid();
    qube::Options options;
    options.limits.max_states = 40;
    const qube::Summary found = qube::optimize(network, options).summary();
    CHECK(!found.optimal && found.labels == 40 && found.bounded == qube::Quantity::Cost);
    CHECK(found.gap.value() > 0 && found.lower_bound < found.cost && found.looks > 0);
    options.require_optimal = true;
    CHECK_THROWS(qube::optimize(network, options), limit, "max_states is 40");
    options.limits = {};
    const qube::Summary best = qube::optimize(network, options).summary();
    CHECK(best.optimal && best.gap == 0.0 && found.lower_bound <= best.cost);
    options.limits.max_bytes = 100;
    CHECK_THROWS(qube::optimize(network, options), limit, "max_bytes is 100");
    options.limits.max_bytes = -1;
    CHECK_THROWS(qube::optimize(network, options), option, "max_bytes is -1");
    options.limits = {};
    options.limits.max_seconds = -1;
    CHECK_THROWS(qube::optimize(network, options), option, "max_seconds is -1");
    qube::Options at_once;
    at_once.objective = qube::Objective::DensePeakSize;
    at_once.limits.max_seconds = 1e-9;
    const qube::Plan plan = qube::optimize(network, at_once);
    CHECK(plan.summary().bounded == qube::Quantity::Peak && plan.frontier().size() == 1);
}

void progress()
{
    const qube::Network network = grid();
    const qube::BatchPolicy policy;
    std::int64_t labels = -1;
    double bound = 0;
    const qube::Plan stopped =
        qube::optimize_with_progress(network, policy, {}, [&](const qube::SearchProgress &now) {
            CHECK(now.labels > labels && now.lower_bound <= now.value);
            labels = now.labels;
            bound = now.lower_bound;
            return labels == 0;
        });
    CHECK(!stopped.summary().optimal && stopped.summary().labels == labels && labels > 0);
    CHECK(stopped.summary().lower_bound == bound);
    const auto go_on = [](const qube::SearchProgress &) { return true; };
    CHECK(qube::optimize_with_progress(network, policy, {}, go_on).summary().optimal);
    bool caught = false;
    try {
        static_cast<void>(qube::optimize_with_progress(
            network, policy, {}, [](const qube::SearchProgress &) -> bool { throw 17; }));
    } catch (int thrown) {
        caught = thrown == 17;
    }
    CHECK(caught);
    qube::Options proven;
    proven.require_optimal = true;
    const auto stop = [](const qube::SearchProgress &) { return false; };
    CHECK_THROWS(qube::optimize_with_progress(network, policy, proven, stop), callback,
                 "'progress' failed: it returned 1");
}

} // namespace

int main()
{
    limits();
    progress();
    return checks_done();
}
