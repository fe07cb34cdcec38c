// Requests, and questions that change a size, through the C++ header.
#include "check.hpp"

#include <cfenv>
#include <limits>

namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t p = 8LL * 9800 * 9800; // a matrix over the pixels of qu()
constexpr std::int64_t x = 8LL * 9800 * 8442; // over its pixels and modes
constexpr std::int64_t m = 8LL * 8442 * 8442; // over its modes

// What the C interface fills in.
void defaults()
{
    qube_job c;
    CHECK(qube_job_init(&c, sizeof c) == QUBE_OK);
    const qube::Job job;
    CHECK(job.nodes == c.nodes && job.ranks_per_node == c.ranks_per_node);
    CHECK(job.cpus_per_rank == c.cpus_per_rank && job.share_node == (c.share_node != 0));
    CHECK(!job.grid && !job.input_matrices && !job.baseline_bytes && !job.margin);
}

// Nothing but the arrays, so that needs are multiples of a matrix.
qube::Job bare()
{
    qube::Job job;
    job.input_matrices = 0;
    job.baseline_bytes = 0;
    job.margin = 0;
    return job;
}

// QU on the polar cap of a tenth of the sky at nside 64: 9800 pixels, 8442 modes, 18 parameters.
qube::Survey qu()
{
    qube::Survey survey;
    survey.fields = qube::Fields::qu;
    survey.nside = 64;
    survey.fsky = 0.1;
    survey.polar_cap = true;
    survey.lmax = 64;
    survey.lmax_signal = 256;
    survey.n_bins = 6;
    return survey;
}

// Derivatives cached: fisher_run holds 5 + 36 matrices.
qube::Run cached()
{
    qube::PixelDirectConfig options;
    options.cache_derivatives = true;
    return qube::Run::pixel_direct(qu(), options);
}

// The QU run of the ECLIPSE comparison in QUBE's calibration.
qube::HarmonicConfig eclipse_qu()
{
    qube::HarmonicConfig config;
    config.n_pix = 59136;
    config.n_modes = 33274;
    config.lmax_signal = 256;
    config.lmax = 128;
    return config;
}

// ECLIPSE's shipped example.
qube::EclipseConfig teb()
{
    qube::EclipseConfig config;
    config.code = qube::EclipseCode::teb;
    config.pix_t = 580;
    config.pix_p = 395;
    config.lmax = 16;
    config.maps = 1000;
    return config;
}

// arXiv 2605.21149: 138.9 GiB predicted for a process, 139.5 measured.
void calibrated_run()
{
    const std::int64_t peak = 120892199488, covariance = 8LL * 59136 * 59136, python = 279172875;
    const qube::Request request = qube::Budget::harmonic(eclipse_qu()).request();
    const qube::Memory memory = request.memory();
    CHECK(memory.resident_bytes == peak + covariance + python);
    CHECK(memory.input_bytes == covariance && memory.baseline_bytes == python);
    CHECK(memory.per_node_bytes == memory.resident_bytes + memory.margin_bytes);
    CHECK(memory.per_node_bytes > 1395 * (1LL << 30) / 10);
    CHECK(memory.total_bytes == memory.per_node_bytes && memory.shared_per_node_bytes == 0);
    CHECK(memory.own_per_rank_bytes == memory.per_node_bytes && memory.stage == "basis_setup");
    CHECK(memory.calibrated && memory.holding == qube::Holding::every_rank && !memory.grid);

    const std::vector<qube::StageMemory> stages = request.stages();
    CHECK(stages.size() == 4 && request.stage_count() == 4);
    const qube::StageMemory &basis = stages.at(1);
    CHECK(basis.name == "basis_setup" && basis.peak_bytes == peak && basis.calibrated);
    CHECK(basis.margin_bytes == memory.margin_bytes && basis.margin_from == "1.04 %, measured");
    CHECK(basis.per_rank_bytes == memory.per_node_bytes);
    CHECK(basis.per_node_bytes == memory.per_node_bytes);
    std::int64_t sum = 0;
    for (const qube::Term &part : basis.parts) {
        sum += part.bytes;
    }
    CHECK(sum == peak && basis.parts.at(1).name == "V_N_inv" && basis.parts.at(1).persistent);
    CHECK(!basis.parts.back().persistent);
    CHECK(!stages.at(2).calibrated && stages.at(2).margin_from == "not calibrated: never measured");

    CHECK(request.job_script().find("#SBATCH --nodes=1 --ntasks-per-node=1 --mem=") == 0);
    CHECK(request.job_script_per_cpu().find(" --mem-per-cpu=") != std::string::npos);
    CHECK(request.notes().at(0).find("Every rank holds all matrices") == 0);
    CHECK(request.table().find("QUBE memory request, harmonic path") == 0);
    CHECK(request.svg().find("<svg ") == 0 && request.svg().find(">limit ") == std::string::npos);
    CHECK(request.svg(std::int64_t{139} << 30).find(">limit 139.00 GiB</text>") != std::string::npos);
    CHECK_THROWS(request.svg(-1), input, "limit_bytes is -1; allowed: 1 or more");
    CHECK(request.json().find("{\"schema\":\"qube-request/1\"") == 0);
    CHECK(request.json().find("\"check\"") == std::string::npos);
    CHECK(request.json(1).find("\"check\":{\"limit_bytes\":1,\"fits\":false") != std::string::npos);
    CHECK_THROWS(request.json(-1), input, "limit_bytes is -1");
    CHECK_THROWS(request.stage(4), position, "stage number 4 does not exist");
}

// Every field of the job reaches the library.
void jobs()
{
    const qube::Budget budget = cached().budget(); // 41 matrices
    qube::Job job;
    job.nodes = 3;
    job.ranks_per_node = 4;
    job.cpus_per_rank = 2;
    job.input_matrices = 2;
    job.baseline_bytes = 100;
    job.margin = 1000;
    qube::Memory memory = budget.request(job).memory();
    CHECK(memory.margin_bytes == (41 * p + 9) / 10 && memory.input_bytes == 2 * p);
    CHECK(memory.own_per_rank_bytes == 43 * p + memory.margin_bytes + 100);
    CHECK(memory.per_node_bytes == 4 * memory.own_per_rank_bytes);
    CHECK(memory.total_bytes == 3 * memory.per_node_bytes);
    CHECK(budget.request(job).stage(0).margin_from == "10.00 %, as asked");
    CHECK(budget.request(job).job_script().find("--cpus-per-task=2") != std::string::npos);
    job.share_node = true;
    memory = budget.request(job).memory();
    CHECK(memory.holding == qube::Holding::every_node && memory.own_per_rank_bytes == 100);
    CHECK(memory.per_node_bytes == memory.shared_per_node_bytes + 400);

    qube::EclipseConfig config = teb();
    config.pix_t = config.pix_p = 29009;
    config.lmax = 192;
    const qube::Budget eclipse = qube::Budget::eclipse(config);
    job = {};
    job.ranks_per_node = 16;
    memory = eclipse.request(job).memory();
    const qube::Grid best = eclipse.best_grid(16);
    CHECK(memory.holding == qube::Holding::spread && memory.too_large.empty());
    CHECK(memory.grid && memory.grid->nprow == best.nprow && memory.grid->block == best.block);
    CHECK(memory.grid && memory.grid->npcol == best.npcol && memory.grid->ranks == 16);
    job.grid = best;
    CHECK(eclipse.request(job).memory().per_node_bytes == memory.per_node_bytes);
    job.ranks_per_node = 2;
    job.grid = qube::Grid{1, 2, 64};
    memory = eclipse.request(job).memory();
    bool named = false;
    for (const qube::LocalTooLarge &local : memory.too_large) {
        named |= local.term == "covariance matrix" && local.stage == "step_1" &&
                 local.elements == 87027LL * 43520;
    }
    CHECK(named && memory.grid->block == 64);
}

// The limit is exact, and every change is told with what comes of it.
void fits()
{
    const qube::Run run = cached();
    const qube::Fit good = run.fit(41 * p, bare());
    const qube::Verdict verdict = good.verdict();
    CHECK(verdict.fits && verdict.spare_bytes == 0 && verdict.limit_bytes == 41 * p);
    CHECK(verdict.stage.empty() && verdict.term.empty() && verdict.message.find("Fits: ") == 0);
    CHECK(good.changes().empty() && !good.cheapest() && good.advice().empty());

    const qube::Fit fit = run.fit(23 * p, bare());
    const qube::Verdict over = fit.verdict();
    CHECK(!over.fits && over.spare_bytes == -18 * p && over.stage == "fisher_run");
    CHECK(over.stage_over_bytes == 18 * p && over.term_bytes == 18 * p);
    CHECK(over.term == "cinv_times_dcb (n_params dense pixel matrices)");
    CHECK(over.message.find("Does not fit: ") == 0);
    const std::vector<qube::Change> changes = fit.changes();
    CHECK(changes.size() == 4);
    CHECK(changes.at(0).measure == qube::Measure::no_derivative_cache && !changes.at(0).value);
    CHECK(changes.at(0).per_node_bytes == 23 * p && changes.at(0).fits);
    CHECK(changes.at(1).measure == qube::Measure::no_switch && !changes.at(1).fits);
    CHECK(changes.at(2).measure == qube::Measure::other_path);
    CHECK(changes.at(2).per_node_bytes == 2 * p + 3 * x + 2 * m);
    CHECK(changes.at(3).measure == qube::Measure::n_bins && changes.at(3).value == 3);
    CHECK(changes.at(3).words == "3 bins");
    const std::optional<qube::Change> cheapest = fit.cheapest();
    CHECK(cheapest && cheapest->words == "keep no derivatives in memory");
    CHECK(fit.advice().find("keep no derivatives in memory.") != std::string::npos);
    CHECK(fit.request().memory().per_node_bytes == 41 * p);
    CHECK(fit.table().find("QUBE memory of a node, pixel-direct path") == 0);
    CHECK(fit.json().find("{\"schema\":\"qube-fit/1\"") == 0);

    const qube::Fit margin = qube::Run::harmonic(eclipse_qu()).fit(139LL << 30);
    CHECK(margin.verdict().term == "margin" && margin.verdict().stage == "basis_setup");
    CHECK(margin.advice() == "No single change makes it fit." && !margin.paths());
    CHECK(run.fit(qube::memory_limit(), bare()).verdict().fits == (41 * p <= qube::memory_limit()));

    qube::Job slow = bare(); // a grid that the library would not choose
    slow.grid = qube::Grid{1, 1, 1};
    const std::vector<qube::Change> maps = qube::Run::eclipse(teb()).fit(40 << 20, slow).changes();
    CHECK(maps.size() == 3 && maps.at(0).measure == qube::Measure::best_grid && !maps.at(0).fits);
    CHECK(maps.at(1).measure == qube::Measure::maps && maps.at(1).value.value_or(0) < 1000);
    CHECK(maps.at(2).measure == qube::Measure::nodes && maps.at(2).value == 2);
}

// One more does not fit; b bins hold 5 + 6 b matrices.
void extremes()
{
    const qube::Run run = cached();
    qube::Found found = run.extreme(qube::Size::n_bins, 23 * p, bare());
    CHECK(found.extreme && found.extreme->value == 3 && found.extreme->per_node_bytes == 23 * p);
    CHECK(found.next && found.next->value == 4 && found.next->per_node_bytes == 29 * p);
    CHECK(!found.any_per_node_bytes && found.message.find("The largest number of bins for ") == 0);
    found = run.extreme(qube::Size::n_bins, p, bare());
    CHECK(!found.extreme && found.next && found.next->value == 1);
    CHECK(found.next && found.next->per_node_bytes == 11 * p);
    found = run.extreme(qube::Size::lmax, 41 * p, bare());
    CHECK(!found.extreme && !found.next && found.any_per_node_bytes == 41 * p);
    CHECK(found.message.find("Any lmax fits ") == 0);
    found = run.extreme(qube::Size::n_bins, largest, bare());
    CHECK(found.next && !found.next->per_node_bytes);
    found = run.extreme(qube::Size::nside, 41 * p - 1, bare());
    CHECK(found.extreme && found.extreme->value == 32 && found.next && found.next->value == 64);
    found = run.extreme(qube::Size::ranks_per_node, 5 * 41 * p, bare());
    CHECK(found.extreme && found.extreme->value == 5);
    found = run.extreme(qube::Size::nodes, 41 * p, bare());
    CHECK(found.extreme && found.extreme->value == 1 && !found.next);
    const qube::Run eclipse = qube::Run::eclipse(teb());
    found = eclipse.extreme(qube::Size::maps, eclipse.budget().lifetime_peak_bytes());
    CHECK(found.extreme && found.extreme->value == 1000);
    found = qube::Run::harmonic(qu()).extreme(qube::Size::lmax, 2 * p + 3 * x + 2 * m, bare());
    CHECK(found.extreme && found.extreme->value == 64);
    CHECK_THROWS(run.extreme(qube::Size::maps, p), input, "maps of the pixel-direct path");
    CHECK_THROWS(run.extreme(qube::Size{}, p), input, "size is 0");
    CHECK_THROWS(run.extreme(qube::Size::lmax, 0), input, "limit_bytes is 0");
}

// QUBE's own choice looks at time alone.
void paths()
{
    const qube::Run run = cached();
    const std::optional<qube::Paths> both = run.paths(20 * p, bare());
    CHECK(both && both->by_time == qube::Path::harmonic);
    CHECK(both && both->harmonic.peak_bytes == 2 * p + 3 * x + 2 * m && both->harmonic.fits);
    CHECK(both && both->pixel_direct.per_node_bytes == 41 * p && !both->pixel_direct.fits);
    const std::optional<qube::Paths> again = run.fit(20 * p, bare()).paths();
    CHECK(again && again->harmonic.per_node_bytes == both->harmonic.per_node_bytes);
    CHECK(!qube::Run::eclipse(teb()).paths(p));
    CHECK_THROWS(run.paths(0), input, "limit_bytes is 0");

    // At nside 2^20 neither path is a number of bytes.
    qube::Survey large = qu();
    large.nside = 1 << 20;
    large.fsky = 1.0;
    large.polar_cap = false;
    const std::optional<qube::Paths> neither = qube::Run::harmonic(large).paths(largest);
    CHECK(neither && !neither->harmonic.peak_bytes && !neither->pixel_direct.per_node_bytes);
    CHECK(neither && !neither->harmonic.fits && !neither->pixel_direct.fits);

    CHECK(qube::path_by_time(1, 2, 7) == qube::Path::harmonic);
    CHECK(qube::path_by_time(1, 2, 6) == qube::Path::pixel_direct);
    CHECK_THROWS(qube::path_by_time(1, 0, 6), input, "n_modes is 0; allowed: 1 or more");
}

// Refusals, of the values too that mean in C that there is none.
void bad_inputs()
{
    const qube::Budget budget = qube::Budget::harmonic(eclipse_qu());
    const qube::Budget eclipse = qube::Budget::eclipse(teb());
    const auto with = [](auto set) {
        qube::Job job;
        set(job);
        return job;
    };
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.nodes = 0; })), input, "nodes is 0");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.ranks_per_node = largest; })), input,
                 "ranks_per_node is 9223372036854775807");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.cpus_per_rank = -1; })), input,
                 "cpus_per_rank is -1");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.input_matrices = -1; })), input,
                 "input_matrices is -1; allowed: 0 or more, or no value");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.baseline_bytes = -2; })), input,
                 "baseline_bytes is -2");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.margin = -1; })), input,
                 "margin is -1; allowed: 0 to 100000, or no value");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.margin = 100001; })), input,
                 "margin is 100001");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.baseline_bytes = largest; })),
                 overflow, "what a rank holds");
    CHECK_THROWS(budget.request(with([](qube::Job &job) { job.grid = qube::Grid{1, 1, 64}; })),
                 input, "QUBE does not spread its matrices");
    CHECK_THROWS(eclipse.request(with([](qube::Job &job) { job.share_node = true; })), input,
                 "share_node");
    CHECK_THROWS(eclipse.request(with([](qube::Job &job) { job.grid = qube::Grid{}; })), input,
                 "nprow is 0; allowed: 1 or more, or no value");
    CHECK_THROWS(eclipse.request(with([](qube::Job &job) { job.grid = qube::Grid{1, 1, 0}; })),
                 input, "block is 0");
    CHECK_THROWS(eclipse.request(with([](qube::Job &job) { job.grid = qube::Grid{2, 3, 64}; })),
                 conflict, "nodes x ranks_per_node is 1, but nprow x npcol is 6");
    CHECK_THROWS(eclipse.request(with([](qube::Job &job) { job.grid = qube::Grid{1, 1, 64, 2}; })),
                 conflict, "the grid's ranks is 2, but nodes x ranks_per_node is 1");

    CHECK_THROWS(qube::Run::harmonic(qube::HarmonicConfig{}), input, "n_pix is 0");
    CHECK_THROWS(qube::Run::pixel_direct(qube::PixelDirectConfig{}), input, "n_pix is 0");
    CHECK_THROWS(qube::Run::eclipse(qube::EclipseConfig{}), input, "code is 0");
    qube::HarmonicConfig options;
    options.n_modes = 8441;
    CHECK_THROWS(qube::Run::harmonic(qu(), options), conflict,
                 "n_modes is 8441, but 2 x ((64 + 1)^2 - 2^2) makes 8442");
    qube::Survey survey = qu();
    survey.nside = 65;
    CHECK_THROWS(qube::Run::pixel_direct(survey), input, "nside is 65");
    options = eclipse_qu();
    options.n_pix = 1LL << 40; // no error yet: less may be asked for
    const qube::Run wide = qube::Run::harmonic(options);
    CHECK_THROWS(wide.budget(), overflow, "at most 2^63 - 1 bytes");
    CHECK_THROWS(wide.fit(1), overflow, "at most 2^63 - 1 bytes");
    CHECK_THROWS(cached().fit(0), input, "limit_bytes is 0; allowed: 1 or more");

    qube::Run run = cached();
    const qube::Run moved = std::move(run);
    CHECK_THROWS(run.fit(1), null_pointer, "run is NULL");
    CHECK_THROWS(run.budget(), null_pointer, "run is NULL");
    qube::Fit fit = moved.fit(p);
    const qube::Fit kept = std::move(fit);
    CHECK_THROWS(fit.verdict(), null_pointer, "fit is NULL");
    qube::Request request = kept.request();
    const qube::Request other = std::move(request);
    CHECK_THROWS(request.memory(), null_pointer, "request is NULL");
    CHECK(other.stage_count() == 4);
}

} // namespace

int main()
{
    std::feclearexcept(FE_ALL_EXCEPT);
    defaults();
    calibrated_run();
    jobs();
    fits();
    extremes();
    paths();
    bad_inputs();
    CHECK(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW) == 0);
    return checks_done();
}
