// Pipelines of the host's own, from C++.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "check.hpp"

namespace {

constexpr std::int64_t GIB = std::int64_t(1) << 30;
// A matrix of (2 x 768)^2 doubles, and one of (2 x 10)^2.
constexpr std::int64_t unit = std::int64_t(8) * 1536 * 1536;
constexpr std::int64_t small = std::int64_t(8) * 20 * 20;

qube::Pipeline xqml()
{
    const std::string data = std::getenv("QUBE_TEST_DATA");
    std::ifstream file(data + "/../../examples/pipelines/xqml.json");
    std::stringstream text;
    text << file.rdbuf();
    return qube::Pipeline::parse(text.str());
}

void documents()
{
    const qube::Pipeline pipeline = xqml();
    CHECK(pipeline.name() == "xQML");
    const auto parameters = pipeline.parameters();
    CHECK(parameters.size() == 6 && parameters[0].name == "npix");
    CHECK(!parameters[0].default_value && parameters[1].default_value == 2);
    CHECK(parameters[1].choices.size() == 3 && parameters[1].price.empty());
    CHECK(parameters[5].is_switch && parameters[5].order == 1);

    const qube::Budget budget = pipeline.budget({{"npix", 768}, {"nbin", 10}});
    CHECK(budget.path() == qube::Path::pipeline);
    CHECK(budget.lifetime_peak_bytes() == 61 * unit + 2 * small);
    CHECK(budget.peak_stage().name == "get_covariance");
    CHECK(budget.request().per_node_bytes() == 63 * unit + 2 * small);

    const qube::Fit fit = budget.fit(50 * unit);
    CHECK(!fit.fits() && fit.changes().size() == 3);
    CHECK(fit.changes()[1].kind == qube::ChangeKind::parameter);
    CHECK(fit.changes()[1].parameter == "nbin" && fit.changes()[1].value == 7);

    const qube::Largest largest = budget.largest("nbin", 50 * unit);
    CHECK(largest.size() == qube::Size::parameter);
    CHECK(largest.value() == 7 && largest.next_value() == 8);
    CHECK_THROWS(budget.largest("lmax", GIB), input, "parameter 'lmax' is not of pipeline 'xQML'");
    CHECK_THROWS(pipeline.budget(), input, "parameter 'npix' has no value and no default");
    CHECK_THROWS(pipeline.budget({{"npix", 1}, {"npix", 2}}), duplicate, "is given twice");
    CHECK_THROWS(qube::Pipeline::parse("{"), document, "not a valid pipeline");
}

void builders()
{
    constexpr std::int64_t n = 1000;
    qube::PipelineBuilder builder("a solver");
    builder.stage("covariance")
        .allocate("C", {n, n, 1, 8, qube::Layout::block_cyclic})
        .allocate("work", {n, 64})
        .deallocate("work")
        .stage("solve");
    qube::Allocation x;
    x.rows = n;
    x.holder = qube::Holder::first_rank;
    builder.allocate("x", x);
    const qube::Budget budget = builder.budget();
    CHECK(budget.stage("covariance").peak_bytes == 8 * n * n + 8 * 64 * n);
    CHECK(budget.stage("solve").end_bytes == 8 * n * n + 8 * n);
    CHECK_THROWS(builder.deallocate("work"), conflict, "'work' is not held");
    CHECK_THROWS(builder.allocate("x", x), duplicate, "array 'x' is held already");
    CHECK_THROWS(budget.largest("n", GIB), input, "whose sizes are fixed");
    qube::PipelineBuilder moved = std::move(builder);
    CHECK_THROWS(builder.stage("after"), null_pointer, "used after a move");
    const qube::Budget longer = moved.stage("after").budget();
    CHECK(longer.stages().size() == 3);
}

} // namespace

int main()
{
    documents();
    builders();
    return checks_done();
}
