// Surveys, ECLIPSE and ranks through the C++ header.
#include "check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

// What the C interface fills in.
void defaults()
{
    qube_survey s;
    CHECK(qube_survey_init(&s, sizeof s) == QUBE_OK);
    const qube::Survey survey;
    CHECK(static_cast<std::int32_t>(survey.fields) == s.fields && survey.lmax_signal == s.lmax_signal);
    CHECK(!survey.nside && !survey.fsky && !survey.n_obs && !survey.n_obs_polarisation);
    CHECK(!survey.lmin && !survey.lmax && !survey.n_bins && !survey.n_spectra);
    CHECK(survey.polar_cap == (s.polar_cap != 0));
    qube_eclipse_config e;
    CHECK(qube_eclipse_config_init(&e, sizeof e) == QUBE_OK);
    const qube::EclipseConfig eclipse;
    CHECK(static_cast<std::int32_t>(eclipse.code) == e.code && eclipse.lmax == e.lmax);
    CHECK(!eclipse.pix_t && !eclipse.pix_p && !eclipse.lmax_cov && eclipse.maps == e.maps);
    CHECK(eclipse.cross == (e.cross != 0) && eclipse.check_inverse == (e.check_inverse != 0));
    CHECK(eclipse.fisher == (e.fisher != 0));
}

qube::Input input(const qube::Budget &budget, const std::string &name)
{
    for (const qube::Input &input : budget.inputs()) {
        if (input.name == name) {
            return input;
        }
    }
    return {};
}

// QU on the polar cap of a tenth of the sky at nside 64, as the published benchmarks have it.
qube::Survey qu()
{
    qube::Survey survey;
    survey.fields = qube::Fields::qu;
    survey.nside = 64;
    survey.fsky = 0.1;
    survey.polar_cap = true;
    survey.lmax = 128;
    survey.lmax_signal = 256;
    survey.n_bins = 6;
    return survey;
}

void surveys()
{
    qube::Survey survey = qu();
    const qube::Budget harmonic = qube::Budget::harmonic(survey);
    CHECK(input(harmonic, "n_pix").value == "9800");
    CHECK(input(harmonic, "n_pix").from == "2 x 4900 in the 49 rings of a polar cap");
    CHECK(input(harmonic, "n_modes").value == "33274");
    CHECK(input(harmonic, "n_modes").from == "2 x ((128 + 1)^2 - 2^2)");
    CHECK(input(harmonic, "lmax").value == "128" && input(harmonic, "lmax").from.empty());
    CHECK(!harmonic.note().empty() && harmonic.events().empty());
    CHECK(harmonic.stage(1).late.empty());
    CHECK(harmonic.stage(1).end_bytes == harmonic.stage(1).persistent_bytes);

    const qube::Budget direct = qube::Budget::pixel_direct(survey);
    CHECK(input(direct, "n_params").value == "18");
    CHECK(direct.stage("fisher_run").peak_bytes == 17671360000);

    // Options, and sizes that are given.
    qube::HarmonicConfig options;
    options.n_pix = 59136;
    options.lmax_signal = 256;
    options.derivative_cache = true;
    survey.lmax_signal = 0;
    const qube::Budget given = qube::Budget::harmonic(survey, options);
    CHECK(input(given, "n_pix").value == "59136" && input(given, "n_pix").from.empty());
    CHECK(given.stage("fisher_run").transient_bytes == 40LL * 33274 * 33274);
    options.n_modes = 33000;
    CHECK_THROWS(qube::Budget::harmonic(survey, options), conflict,
                 "n_modes is 33000, but 2 x ((128 + 1)^2 - 2^2) makes 33274");
    qube::PixelDirectConfig cached;
    cached.lmax_signal = 256;
    cached.has_switch = false;
    cached.cache_derivatives = true;
    CHECK(qube::Budget::pixel_direct(survey, cached).stage("fisher_run").peak_bytes ==
          40LL * 8 * 9800 * 9800);

    // Each field reaches the library.
    survey = qu();
    survey.fields = qube::Fields::tqu;
    survey.n_obs = 580;
    survey.n_obs_polarisation = 395;
    survey.n_spectra = 4;
    CHECK(input(qube::Budget::pixel_direct(survey), "n_pix").value == "1370");
    CHECK(input(qube::Budget::pixel_direct(survey), "n_params").value == "24");
    survey = qu();
    survey.fields = qube::Fields::t;
    survey.lmin = 0;
    CHECK(input(qube::Budget::harmonic(survey), "n_modes").value == std::to_string(129 * 129));
    survey.polar_cap = false;
    CHECK(input(qube::Budget::harmonic(survey), "n_pix").value == "4915");

    // Refusals, of the values too that mean in C that there is none.
    CHECK_THROWS(qube::Budget::harmonic(qube::Survey{}), input, "fields is 0");
    survey = qu();
    survey.fsky = 0.0;
    CHECK_THROWS(qube::Budget::harmonic(survey), input, "fsky is 0; allowed: above 0, up to 1");
    survey.fsky = 1.5;
    CHECK_THROWS(qube::Budget::harmonic(survey), input, "fsky is 1.5");
    survey.fsky = std::nan("");
    CHECK_THROWS(qube::Budget::harmonic(survey), input, "fsky is NaN");
    survey = qu();
    survey.nside = 0;
    CHECK_THROWS(qube::Budget::harmonic(survey), input, "nside is 0; allowed: 1 or more, or no");
    survey.nside = 48;
    CHECK_THROWS(qube::Budget::harmonic(survey), input, "nside is 48; allowed: a power of two");
    survey.nside = 1LL << 20;
    CHECK_THROWS(qube::Budget::harmonic(survey), overflow, "too large");
    survey = qu();
    survey.lmin = -1;
    CHECK_THROWS(qube::Budget::harmonic(survey), input, "lmin is -1; allowed: 0 or more, or no");
    survey.lmin = -2;
    CHECK_THROWS(qube::Budget::harmonic(survey), input, "lmin is -2");
}

// ECLIPSE's shipped example.
qube::EclipseConfig shipped()
{
    qube::EclipseConfig config;
    config.code = qube::EclipseCode::teb;
    config.pix_t = 580;
    config.pix_p = 395;
    config.lmax = 16;
    config.maps = 1000;
    config.check_inverse = true;
    return config;
}

double mib(std::int64_t bytes)
{
    return std::round(static_cast<double>(bytes) / 1048576.0 * 100.0) / 100.0;
}

void eclipse()
{
    const qube::Budget budget = qube::Budget::eclipse(shipped());
    std::vector<double> printed;
    std::int64_t total = 0;
    for (const qube::Event &event : budget.events()) {
        total += event.delta_bytes;
        CHECK(event.total_bytes == total && !event.name.empty() && event.step > 0);
        if (event.printed) {
            printed.push_back(mib(event.total_bytes));
        }
    }
    const std::vector<double> expected = {9.39,  23.71, 14.32, 28.64, 14.32, 14.32, 23.71,
                                          34.17, 47.21, 23.71, 33.35, 19.03, 27.96, 32.20,
                                          17.87, 20.68, 21.18, 7.44,  0.0};
    CHECK(printed == expected);
    CHECK(budget.peak_stage().name == "step_3" && mib(budget.lifetime_peak_bytes()) == 47.21);

    const qube::Stage step = budget.stage("step_4");
    std::int64_t kept = step.persistent_bytes;
    for (const qube::Term &term : step.late) {
        CHECK(term.persistent && !term.name.empty());
        kept += term.bytes;
    }
    CHECK(!step.late.empty() && kept == step.end_bytes && mib(kept) == 17.87);

    const qube::Budget published = qube::Budget::eclipse_published(shipped());
    CHECK(mib(published.lifetime_peak_bytes()) == 32.20 && published.events().empty());

    // Each option does something.
    qube::EclipseConfig config = shipped();
    config.check_inverse = false;
    CHECK(qube::Budget::eclipse(config).stage("step_2").peak_bytes == 8LL * 1370 * 1370);
    config.lmax_cov = 20;
    CHECK(qube::Budget::eclipse(config).stage("step_1").peak_bytes ==
          8LL * (1370 * 1370 + (2 * 580 + 8 * 395) * (21 * 21 - 4)));
    config.cross = true;
    CHECK(qube::Budget::eclipse(config).lifetime_peak_bytes() > budget.lifetime_peak_bytes());
    config.fisher = false;
    CHECK(qube::Budget::eclipse(config).stage_count() == 3);
    CHECK_THROWS(qube::Budget::eclipse_published(config), input, "is not known");
    config = shipped();
    config.pix_t.reset();
    CHECK_THROWS(qube::Budget::eclipse(config), input, "pix_t is not known");
    config.code = qube::EclipseCode::eb;
    CHECK(qube::Budget::eclipse(config).note() == "not checked against a run");
    config.pix_t = 0;
    CHECK_THROWS(qube::Budget::eclipse(config), input, "pix_t is 0; allowed: 1 or more, or no");
    config = shipped();
    config.lmax = largest;
    CHECK_THROWS(qube::Budget::eclipse(config), overflow, "too large");
    CHECK_THROWS(qube::Budget::eclipse(qube::EclipseConfig{}), input, "code is 0");
}

void ranks()
{
    qube::EclipseConfig config = shipped();
    config.check_inverse = false;
    const qube::Budget budget = qube::Budget::eclipse(config);
    const qube::PerRank on_four = budget.per_rank({2, 2, 150, 4});
    CHECK(on_four.stages.size() == 5 && on_four.too_large.empty());
    const qube::RankStage &second = on_four.stages.at(1);
    CHECK(second.name == "step_2" && second.fullest_bytes == 8 * 750 * 750);
    CHECK(mib(second.fullest_bytes) == 4.29 && mib(second.mean_bytes) == 3.58);
    CHECK(second.least_bytes == 8 * 620 * 620);

    const qube::Grid best = budget.best_grid(12);
    CHECK(best.nprow * best.npcol == 12 && best.ranks == 12 && best.block >= 16);
    const auto fullest = [&](const qube::Grid &grid) {
        return budget.per_rank(grid).stages.at(2).fullest_bytes; // step_3 has the peak
    };
    for (const std::int64_t rows : {1, 2, 3, 4, 6, 12}) {
        CHECK(fullest(best) <= fullest({rows, 12 / rows, 64}));
    }

    config.pix_t = config.pix_p = 29009;
    config.lmax = 192;
    const auto large = qube::Budget::eclipse(config).per_rank({1, 2, 64}).too_large;
    CHECK(std::any_of(large.begin(), large.end(), [](const qube::LocalTooLarge &local) {
        return local.term == "covariance matrix" && local.stage == "step_1" &&
               local.elements > 2147483647;
    }));

    CHECK_THROWS(budget.per_rank({2, 3, 64, 4}), conflict, "ranks is 4, but nprow x npcol is 6");
    CHECK_THROWS(budget.per_rank({2, 3, 64, 0}), input, "ranks is 0; allowed: 1 or more, or no");
    CHECK_THROWS(budget.per_rank({0, 3, 64}), input, "nprow is 0");
    CHECK_THROWS(budget.best_grid(0), input, "ranks is 0");
}

} // namespace

int main()
{
    defaults();
    surveys();
    eclipse();
    ranks();
    return checks_done();
}
