// Meters, comparisons by rank and with a request, and calibration: C++ says what C says.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.hpp"

namespace {

constexpr std::int64_t size = 64 << 20;

/// A run whose arrays of n_pix^2 are as large as what the test allocates: 8 x 2896^2 = 64 MiB.
qube::Budget budget()
{
    qube::HarmonicConfig config;
    config.n_pix = 2896;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    return qube::Budget::harmonic(config);
}

void a_stage_is_measured()
{
    qube::Meter meter(3);
    meter.stage("covariance_setup");
    {
        std::vector<char> array(size, 1);
        CHECK(array[size / 2] == 1);
    }
    meter.end();
    const qube::MeasuredStage stage = meter.stages()[0];
    CHECK(stage.name == "covariance_setup" && meter.n_ranks() == 0);
    CHECK(stage.peak.bytes == -1 || stage.peak.bytes - stage.entry.bytes > size * 9 / 10);
    // Sanitizers keep what is freed: scripts/check.sh.
    const bool instrumented = std::getenv("QUBE_TEST_INSTRUMENTED") != nullptr;
    CHECK(instrumented || stage.end.bytes == -1 || stage.end.bytes - stage.entry.bytes < size / 2);
    const std::string json = meter.json();
    CHECK(json.find("\"rank\":3") != std::string::npos);
    const qube::Comparison beside = budget().compare(json);
    CHECK(beside.stages()[0].peak.measured_bytes == stage.peak.bytes);
    CHECK_THROWS(meter.end(), document, "begin one before it ends");
    CHECK_THROWS(meter.stage(""), label, "control characters");
    CHECK_THROWS(qube::Meter(-2), input, "rank is -2");
}

void ranks_are_reduced()
{
    qube::Meter meter(0);
    meter.stage("a");
    meter.end();
    const std::int64_t own = meter.stages()[0].end.bytes;
    // A second rank that holds the same and one more.
    int calls = 0;
    meter.reduce([&](qube::Reduction how, std::int64_t *values, std::int64_t count) {
        ++calls;
        for (std::int64_t k = 0; k < count; ++k) {
            if (how == qube::Reduction::sum) {
                values[k] *= 2;
            }
        }
    });
    CHECK(calls == 5 && meter.n_ranks() == 2);
    const qube::MeasuredFigure end = meter.stages()[0].end;
    CHECK(end.bytes == own && end.least_bytes == own && end.fullest_rank == 0);
    CHECK(end.sum_bytes == 2 * own);

    bool thrown = false;
    try {
        qube::Meter other(0);
        other.reduce([](qube::Reduction, std::int64_t *, std::int64_t) {
            throw std::runtime_error("the network is down");
        });
    } catch (const std::runtime_error &error) {
        thrown = std::string(error.what()) == "the network is down";
    }
    CHECK(thrown);
    qube::Meter nobody;
    CHECK_THROWS(nobody.reduce([](qube::Reduction, std::int64_t *, std::int64_t) {}), input,
                 "rank is -1");
}

void ranks_and_requests_are_compared()
{
    const qube::Budget run = budget();
    const std::vector<std::string> logs = {"baseline 5\nbasis_setup peak 500 MiB",
                                           "rank 3\nbaseline 5\nbasis_setup peak 400 MiB"};
    const qube::Comparison ranks = run.compare(logs);
    CHECK(ranks.ranks().size() == 2 && ranks.ranks()[1].rank == 3 && ranks.ranks()[1].row == -1);
    CHECK(ranks.ranks()[1].stages[1].peak.measured_bytes == 400 << 20);
    CHECK(ranks.stages()[1].peak.measured_bytes == 500 << 20);
    CHECK(!ranks.within_request() && ranks.units().size() == 3 && ranks.units()[1].symbol == "m");
    CHECK(ranks.differences().size() > 0 && ranks.differences()[0].stage == "basis_setup");
    qube::Grid grid;
    grid.nprow = 1;
    grid.npcol = 2;
    grid.block = 64;
    CHECK_THROWS(run.compare(logs, grid), position, "rank 3 does not exist");

    const qube::Request request = run.request();
    const qube::Comparison within = request.compare({"lifetime peak 300 MiB"});
    CHECK(within.within_request() == true);
    CHECK(within.lifetime_peak().requested_bytes == request.per_node_bytes());
    CHECK(request.compare({"lifetime peak 300 GiB"}).within_request() == false);

    // What was measured is the margin of the next request: twice what is predicted.
    const std::int64_t peak = run.stage("basis_setup").peak_bytes;
    const std::string log = "baseline 0\nbasis_setup peak " + std::to_string(2 * peak);
    qube::Job job;
    job.calibration = {run.compare(log).render(qube::Format::json)};
    const qube::Request calibrated = run.request(job);
    const auto stages = calibrated.stages();
    CHECK(stages[1].margin_bytes == stages[1].peak_bytes);
    CHECK(std::string(stages[1].margin_from).find("from records") != std::string::npos);
    job.calibration = {"{}"};
    CHECK_THROWS(run.request(job), document, "record of a run for calibration");
}

} // namespace

int main()
{
    a_stage_is_measured();
    ranks_are_reduced();
    ranks_and_requests_are_compared();
    return checks_done();
}
