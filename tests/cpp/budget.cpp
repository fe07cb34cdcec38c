// Budgets through the C++ header.
#include "check.hpp"

#include <algorithm>
#include <limits>

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

// What the C interface fills in.
void defaults()
{
    qube_harmonic_config h;
    CHECK(qube_harmonic_config_init(&h, sizeof h) == QUBE_OK);
    const qube::HarmonicConfig harmonic;
    CHECK(harmonic.n_pix == h.n_pix && harmonic.n_modes == h.n_modes);
    CHECK(harmonic.lmax_signal == h.lmax_signal && harmonic.lmax.value_or(0) == h.lmax);
    CHECK(harmonic.release_pixel_projector == (h.release_pixel_projector != 0));
    CHECK(harmonic.derivative_cache == (h.derivative_cache != 0));
    qube_pixel_direct_config p;
    CHECK(qube_pixel_direct_config_init(&p, sizeof p) == QUBE_OK);
    const qube::PixelDirectConfig direct;
    CHECK(direct.n_pix == p.n_pix && direct.lmax_signal == p.lmax_signal);
    CHECK(direct.n_bins == p.n_bins && direct.n_params == p.n_params);
    CHECK(direct.has_switch == (p.has_switch != 0));
    CHECK(direct.cache_derivatives == (p.cache_derivatives != 0));
}

void harmonic()
{
    qube::HarmonicConfig config;
    config.n_pix = 3000;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    const qube::Budget budget = qube::Budget::harmonic(config);

    // The table of qube_budget_harmonic(), without switch, V released.
    const std::int64_t p = 8LL * 3000 * 3000, x = 8LL * 3000 * 1000, m = 8LL * 1000 * 1000;
    const auto stages = budget.stages();
    CHECK(budget.stage_count() == 4 && stages.size() == 4);
    CHECK(stages.at(0).name == "covariance_setup" && stages.at(3).name == "spectra_run");
    const qube::Stage basis = budget.stage("basis_setup");
    CHECK(basis.name == "basis_setup" && basis.persistent_bytes == p + x + m);
    CHECK(basis.transient_bytes == x && basis.peak_bytes == p + 2 * x + m);
    CHECK(budget.stage(1).peak_bytes == basis.peak_bytes && stages.at(1).terms.size() == basis.terms.size());
    std::int64_t persistent = 0, transient = 0;
    for (const qube::Term &term : basis.terms) {
        CHECK(!term.name.empty() && term.bytes > 0);
        (term.persistent ? persistent : transient) += term.bytes;
    }
    CHECK(persistent == basis.persistent_bytes && transient == basis.transient_bytes);
    CHECK(std::is_partitioned(basis.terms.begin(), basis.terms.end(),
                              [](const qube::Term &term) { return term.persistent; }));

    CHECK(budget.lifetime_peak_bytes() == 2 * p);
    CHECK(budget.peak_stage().name == "covariance_setup");
    CHECK(budget.release().find("qube-qml") == 0);
    CHECK(budget.table().find("basis_setup") != std::string::npos && budget.table().back() == '\n');
    CHECK(budget.json().find("{\"schema\":\"qube-budget/1\"") == 0);
    CHECK(budget.svg().find("<svg ") == 0 && budget.svg().find(">limit ") == std::string::npos);
    CHECK(budget.svg(100 << 20).find(">limit 100.00 MiB</text>") != std::string::npos);

    // Each option does something.
    config.release_pixel_projector = false;
    CHECK(qube::Budget::harmonic(config).stage("fisher_run").persistent_bytes == p + 2 * x + m);
    config.release_pixel_projector = true;
    config.derivative_cache = true;
    CHECK(qube::Budget::harmonic(config).stage("fisher_run").transient_bytes == 5 * m);
    config.lmax = 32;
    CHECK(qube::Budget::harmonic(config).stage("fisher_run").persistent_bytes == p + x + 2 * m);

    // Refusals.
    config.lmax = 0;
    CHECK_THROWS(qube::Budget::harmonic(config), input, "lmax is 0; allowed: 1 or more");
    config.lmax = -1;
    CHECK_THROWS(qube::Budget::harmonic(config), input, "lmax is -1");
    config.lmax = 65;
    CHECK_THROWS(qube::Budget::harmonic(config), conflict, "lmax is 65, but lmax_signal is 64");
    config.lmax.reset();
    config.n_pix = 0;
    CHECK_THROWS(qube::Budget::harmonic(config), input, "n_pix is 0");
    config.n_pix = largest;
    CHECK_THROWS(qube::Budget::harmonic(config), overflow, "too large");
    CHECK_THROWS(budget.stage("no_such"), unknown_stage,
                 "no stage 'no_such'; the stages are: covariance_setup, basis_setup");
    CHECK_THROWS(budget.stage(std::string_view("basis_setup\0x", 13)), parse, "name has a NUL at byte 12");
    CHECK_THROWS(budget.stage("\x80"), utf8, "name is not valid UTF-8");
    CHECK_THROWS(budget.stage(4), position, "stage number 4 does not exist; there are 4");
    CHECK_THROWS(budget.stage(-1), position, "stage number -1");
    CHECK_THROWS(budget.svg(-1), input, "limit_bytes is -1; allowed: 1 or more");
    CHECK(budget.stage(std::string_view("basis_setup, and more", 11)).name == "basis_setup");
}

void pixel_direct()
{
    qube::PixelDirectConfig config;
    config.n_pix = 3000;
    config.lmax_signal = 64;
    config.n_bins = 10;
    config.n_params = 30;
    const std::int64_t p = 8LL * 3000 * 3000;
    const qube::Budget budget = qube::Budget::pixel_direct(config);
    CHECK(budget.stage("fisher_run").persistent_bytes == 4 * p);
    CHECK(budget.stage("fisher_run").transient_bytes == 31 * p);
    CHECK(budget.lifetime_peak_bytes() == 35 * p && budget.peak_stage().name == "fisher_run");
    config.has_switch = false;
    CHECK(qube::Budget::pixel_direct(config).stage("fisher_run").persistent_bytes == 3 * p);
    config.cache_derivatives = true;
    CHECK(qube::Budget::pixel_direct(config).stage("fisher_run").persistent_bytes == 33 * p);
    config.n_bins = -2;
    CHECK_THROWS(qube::Budget::pixel_direct(config), input, "n_bins is -2");
    config.n_bins = 10;
    config.n_params = largest;
    CHECK_THROWS(qube::Budget::pixel_direct(config), overflow, "too large");
}

void comparison()
{
    qube::HarmonicConfig config;
    config.n_pix = 3000;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    const qube::Budget budget = qube::Budget::harmonic(config);
    // p = 72000000, which covariance_setup ends with.
    const std::string run = "baseline 8000000\ncovariance_setup 80000000\nlifetime peak 188000000";
    CHECK(budget.compare(run).find("furthest apart: +25.0 %, peak of 'lifetime'\n") !=
          std::string::npos);
    CHECK(budget.compare_json(run).find("{\"schema\":\"qube-compare/1\"") == 0);
    CHECK(budget.compare_json(run).find("\"above_baseline_bytes\":72000000") != std::string::npos);
    CHECK_THROWS(budget.compare("basis_setup -1"), document, "line 1: the size '-1' cannot be read");
    CHECK_THROWS(budget.compare_json("{\"stages\":1}"), document, "line 1 column 11");
    CHECK_THROWS(budget.compare("step_1 5"), unknown_stage, "no stage 'step_1'; the stages are: ");
    CHECK_THROWS(budget.compare(std::string_view("step_1\0", 7)), parse, "measured has a NUL");
}

void checks()
{
    qube::HarmonicConfig config;
    config.n_pix = 3000;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    const qube::Budget budget = qube::Budget::harmonic(config);
    const std::int64_t peak = budget.lifetime_peak_bytes();

    const qube::Check equal = budget.check(peak);
    CHECK(equal.fits && equal.spare_bytes == 0 && equal.stage.empty() && equal.term.empty());
    CHECK(equal.stage_over_bytes == 0 && equal.term_bytes == 0 && !equal.message.empty());
    const qube::Check over = budget.check(peak - 1);
    CHECK(!over.fits && over.spare_bytes == -1 && over.stage == "covariance_setup");
    CHECK(over.stage_over_bytes == 1 && over.term == budget.stage(0).terms.back().name);
    CHECK(over.term_bytes == 8LL * 3000 * 3000);
    CHECK(over.message.find("covariance_setup") != std::string::npos);
    CHECK_THROWS(budget.check(0), input, "is 0");
    CHECK(qube::memory_limit() > 0);
}

} // namespace

int main()
{
    CHECK(qube::version() == std::string(qube_version()));
    defaults();
    harmonic();
    pixel_direct();
    comparison();
    checks();
    return checks_done();
}
