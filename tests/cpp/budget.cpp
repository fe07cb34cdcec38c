// Budgets and what follows from them: every struct goes to the library and comes back as it is in
// C.
#include "check.hpp"

#include <cstring>
#include <memory>

namespace {

// The defaults are those that the library fills in.
template <class C, class Config, class Init> bool defaults_agree(Init init)
{
    C ours = qube::priv::in_c(Config{}), theirs = {};
    return init(&theirs, sizeof theirs) == QUBE_OK && std::memcmp(&ours, &theirs, sizeof ours) == 0;
}

void configs_are_marshalled()
{
    CHECK((defaults_agree<qube_harmonic_config, qube::HarmonicConfig>(qube_harmonic_config_init)));
    CHECK((defaults_agree<qube_pixel_direct_config, qube::PixelDirectConfig>(
        qube_pixel_direct_config_init)));
    CHECK((defaults_agree<qube_eclipse_config, qube::EclipseConfig>(qube_eclipse_config_init)));
    CHECK((defaults_agree<qube_survey, qube::Survey>(qube_survey_init)));
    CHECK((defaults_agree<qube_job, qube::Job>(qube_job_init)));
    CHECK((defaults_agree<qube_grid, qube::Grid>(qube_grid_init)));

    CHECK((defaults_agree<qube_traditional_config, qube::TraditionalConfig>(
        qube_traditional_config_init)));
    CHECK((defaults_agree<qube_auto_config, qube::AutoConfig>(qube_auto_config_init)));

    const auto model = qube::Model::published;
    const auto release = qube::Release::v1_2;
    const auto h = qube::priv::in_c(
        qube::HarmonicConfig{1, 2, 3, 4, 5, 6, true, false, model, release});
    CHECK(h.n_pix == 1 && h.n_modes == 2 && h.lmax_signal == 3 && h.lmax == 4);
    CHECK(h.n_spectra == 5 && h.working_dim == 6 && h.keep_pixel_projector == 1);
    CHECK(h.covariance_by_caller == 0 && h.model == QUBE_MODEL_PUBLISHED);
    CHECK(h.release == QUBE_RELEASE_1_2);
    const auto p = qube::priv::in_c(
        qube::PixelDirectConfig{1, 2, 3, 4, 5, 6, 7, true, model, release});
    CHECK(p.n_pix == 1 && p.lmax_signal == 2 && p.lmax == 3 && p.n_bins == 4 && p.n_params == 5);
    CHECK(p.n_spectra == 6 && p.working_dim == 7 && p.cache_derivatives == 1);
    CHECK(p.model == QUBE_MODEL_PUBLISHED && p.release == QUBE_RELEASE_1_2);
    const auto t = qube::priv::in_c(qube::TraditionalConfig{1, 2, 3, 4, 5, 6, model, release});
    CHECK(t.n_pix == 1 && t.lmax_signal == 2 && t.lmax == 3 && t.n_bins == 4 && t.n_params == 5);
    CHECK(t.n_spectra == 6 && t.model == QUBE_MODEL_PUBLISHED && t.release == QUBE_RELEASE_1_2);
    const auto a = qube::priv::in_c(
        qube::AutoConfig{1, 2, 3, 4, 5, 6, 7, 8, true, false, true, false, model, release});
    CHECK(a.n_pix == 1 && a.n_modes == 2 && a.lmax_signal == 3 && a.lmax == 4 && a.n_bins == 5);
    CHECK(a.n_params == 6 && a.n_spectra == 7 && a.working_dim == 8 && a.do_cross == 1);
    CHECK(a.keep_pixel_projector == 0 && a.covariance_by_caller == 1);
    CHECK(a.cache_derivatives == 0 && a.model == QUBE_MODEL_PUBLISHED);
    CHECK(a.release == QUBE_RELEASE_1_2);
    const auto e = qube::priv::in_c(
        qube::EclipseConfig{
        qube::EclipseCode::teb, 1, 2, 3, 4, 5, true, false, false, model, true, 6});
    CHECK(e.code == QUBE_ECLIPSE_TEB && e.pix_t == 1 && e.pix_p == 2 && e.lmax == 3);
    CHECK(e.lmax_cov == 4 && e.maps == 5 && e.cross == 1 && e.check_inverse == 0);
    CHECK(e.fisher == 0 && e.model == QUBE_MODEL_PUBLISHED && e.tqu_maps == 1 && e.nside == 6);
    CHECK(qube::priv::in_c(qube::EclipseConfig{{}, 0, 0, 0, 0, 1, false, true}).check_inverse == 1);
    const auto s =
        qube::priv::in_c(qube::Survey{qube::Fields::qu, 1, 0.5, true, 2, 3, 4, 5, 6, 7, 8});
    CHECK(s.fields == QUBE_FIELDS_QU && s.nside == 1 && s.fsky == 0.5 && s.polar_cap == 1);
    CHECK(s.n_obs == 2 && s.n_obs_polarisation == 3 && s.lmin == 4 && s.lmax == 5);
    CHECK(s.lmax_signal == 6 && s.n_bins == 7 && s.n_spectra == 8);
    const auto j = qube::priv::in_c(qube::Job{1, 2, 3, true, 4, 5, 6, 7, 8, 9, 10, 11, 12, qube::Scheduler::lsf, {}});
    CHECK(j.nodes == 1 && j.ranks_per_node == 2 && j.cpus_per_rank == 3 && j.share_node == 1);
    CHECK(j.nprow == 4 && j.npcol == 5 && j.block == 6 && j.input_matrices == 7);
    CHECK(j.baseline_bytes == 8 && j.margin == 9 && j.resident_bytes == 10);
    CHECK(j.cores_per_node == 11 && j.mem_per_core_cap == 12 && j.scheduler == QUBE_SCHEDULER_LSF);
    const auto g = qube::priv::in_c(qube::Grid{1, 2, 3, 4, 5, 6});
    CHECK(g.nprow == 1 && g.npcol == 2 && g.block == 3 && g.ranks == 4);
    CHECK(g.myrow == 5 && g.mycol == 6);
}

// QUBE at nside 64, a tenth of the sky.
qube::Budget derived()
{
    qube::Survey survey;
    survey.fields = qube::Fields::qu;
    survey.nside = 64;
    survey.fsky = 0.1;
    survey.lmax = 128;
    survey.lmax_signal = 256;
    survey.n_bins = 6;
    qube::PixelDirectConfig config;
    config.cache_derivatives = true;
    return qube::Budget::pixel_direct(config, survey);
}

qube::Budget eclipse()
{
    qube::EclipseConfig config;
    config.code = qube::EclipseCode::teb;
    config.pix_t = config.pix_p = 29009;
    config.lmax = 192;
    config.maps = 1000;
    return qube::Budget::eclipse(config);
}

void budgets_come_back()
{
    for (const qube::Budget *budget : {new qube::Budget(derived()), new qube::Budget(eclipse())}) {
        const std::unique_ptr<const qube::Budget> owned(budget);
        qube_budget_view v = {};
        v.struct_size = sizeof v;
        CHECK(qube_budget_get(budget->get(), &v) == QUBE_OK);
        CHECK(budget->lifetime_peak_bytes() == v.lifetime_peak_bytes);
        CHECK(budget->stages().size() == static_cast<std::size_t>(v.n_stages) && v.n_stages > 1);
        CHECK(budget->peak_stage().name == v.stages[v.peak_stage].name);
        CHECK(budget->path() == static_cast<qube::Path>(v.path));
        CHECK(budget->release() == v.release && budget->note() == v.note);
        const qube_stage *s = v.stages;
        for (const qube::Stage &stage : budget->stages()) {
            CHECK(stage.name == s->name && stage.peak_bytes == s->peak_bytes);
            CHECK(stage.persistent_bytes == s->persistent_bytes);
            CHECK(stage.transient_bytes == s->transient_bytes && stage.end_bytes == s->end_bytes);
            CHECK(budget->stage(stage.name).peak_bytes == s->peak_bytes);
            const qube_term *t = s->terms;
            for (const qube::Term &term : stage.terms) {
                CHECK(term.name == t->name && term.bytes == t->bytes && term.copies == t->copies);
                CHECK(term.rows == t->rows && term.columns == t->columns);
                CHECK(term.kind == static_cast<qube::TermKind>(t->kind));
                ++t;
            }
            CHECK(t - s->terms == s->n_terms);
            ++s;
        }
        const qube_input *i = v.inputs;
        for (const qube::Input &input : budget->inputs()) {
            CHECK(input.name == i->name && input.value == i->value);
            CHECK(input.from == (i->from == nullptr ? "" : i->from));
            ++i;
        }
        CHECK(i - v.inputs == v.n_inputs && v.n_inputs > 0);
        const qube_event *e = v.events;
        for (const qube::Event &event : budget->events()) {
            CHECK(event.what == e->what && event.delta_bytes == e->delta_bytes);
            CHECK(event.total_bytes == e->total_bytes && event.step == e->step);
            CHECK(event.printed == (e->printed != 0));
            ++e;
        }
        CHECK(e - v.events == v.n_events);
    }
    CHECK(eclipse().path() == qube::Path::eclipse);
    qube::TraditionalConfig traditional;
    traditional.n_pix = 1624;
    traditional.n_params = 6;
    const qube::Budget crossed = qube::Budget::traditional(traditional);
    CHECK(crossed.path() == qube::Path::traditional && crossed.model() == qube::Model::held);
    CHECK(crossed.lifetime_peak_bytes() == 12 * 8 * std::int64_t{1624} * 1624);
    CHECK(crossed.published_peak_bytes() == 0);
    qube::AutoConfig any;
    any.n_pix = 1000;
    any.n_modes = 2000;
    any.n_bins = 7;
    any.n_spectra = 1;
    CHECK(qube::Budget::automatic(any).path() == qube::Path::harmonic);
    any.n_bins = 6;
    CHECK(qube::Budget::automatic(any).path() == qube::Path::pixel_direct);
    CHECK(qube::Budget::automatic(any).published_peak_bytes() > 0);
    any.do_cross = true;
    CHECK(qube::Budget::automatic(any).path() == qube::Path::traditional);
    CHECK(qube::path_by_time(1000, 10, 1) == qube::Path::harmonic);
    CHECK(qube::path_by_time(10, 1000, 1) == qube::Path::pixel_direct);
}

void documents_are_rendered()
{
    const qube::Budget budget = derived();
    CHECK(budget.render(qube::Format::table).find("fisher_run") != std::string::npos);
    CHECK(budget.render(qube::Format::json).find("qube-budget/2") != std::string::npos);
    const std::string plain = budget.render(qube::Format::svg);
    CHECK(plain.rfind("<svg", 0) == 0 && plain != budget.render(qube::Format::svg, 1 << 30));
    CHECK_THROWS(budget.render(qube::Format::dot), option, "format");
    CHECK(budget.request().render(qube::Format::job_script).find("--mem=") != std::string::npos);
    CHECK(budget.request().render(qube::Format::job_script_per_cpu).find("--mem-per-cpu=") !=
          std::string::npos);
    qube::Job job;
    job.scheduler = qube::Scheduler::pbs;
    job.cpus_per_rank = 3;
    job.resident_bytes = 1 << 30;
    const qube::Request pbs = budget.request(job);
    CHECK(pbs.other_resident_bytes() == 1 << 30 && pbs.cores_per_rank() == 3);
    CHECK(pbs.job_lines().size() == 1 && pbs.job_lines()[0].rfind("#PBS -l select=1:ncpus=3:", 0) == 0);
    CHECK(pbs.render(qube::Format::script).find("mpiexec -n 1 ./program") != std::string::npos);
    CHECK_THROWS(pbs.render(qube::Format::job_script_per_cpu), option, "PBS");
    CHECK(pbs.render(qube::Format::markdown).find(" on a node (1 node, 1 rank") != std::string::npos);
    CHECK(pbs.summary().rfind("The run holds at most ", 0) == 0);
    job.cores_per_node = 64;
    job.mem_per_core_cap = std::int64_t{1} << 28;
    CHECK_THROWS(budget.request(job), conflict, "cores_per_node is 64");
    CHECK(budget.render(qube::Format::bars_ascii).find("###") != std::string::npos);
    CHECK(budget.render(qube::Format::bars).find("\u2588") != std::string::npos);
    CHECK(budget.render(qube::Format::trace).find("qube-trace/1") != std::string::npos);
    CHECK(budget.fit(1).render(qube::Format::markdown).find("Does not fit") != std::string::npos);
    CHECK(budget.fit(1).render(qube::Format::json).find("qube-fit/2") != std::string::npos);
}

void requests_and_fits_come_back()
{
    const qube::Budget budget = derived();
    qube::Job job;
    job.ranks_per_node = 2;
    const std::int64_t limit = std::int64_t{48} << 30;
    const qube::Fit fit = budget.fit(limit, job);
    qube_fit_view f = {};
    f.struct_size = sizeof f;
    CHECK(qube_fit_get(fit.get(), &f) == QUBE_OK);
    CHECK(!fit.fits() && fit.limit_bytes() == limit && fit.spare_bytes() == f.spare_bytes);
    CHECK(fit.message() == f.message && fit.advice() == f.advice && f.stage >= 0);
    const auto over = fit.over();
    CHECK(over && over->stage == f.stage && over->stage_name == f.stage_name);
    CHECK(over->stage_bytes == f.stage_over_bytes && over->term_name == f.term_name);
    CHECK(over->term_bytes == f.term_bytes);
    const qube_change *c = f.changes;
    for (const qube::Change &change : fit.changes()) {
        CHECK(change.words == c->words && change.value == c->value);
        CHECK(change.per_node_bytes == c->per_node_bytes && change.fits == (c->fits != 0));
        CHECK(change.kind == static_cast<qube::ChangeKind>(c->kind));
        ++c;
    }
    CHECK(c - f.changes == f.n_changes && f.n_changes > 0);
    CHECK(fit.cheapest()->words == f.changes[f.cheapest].words);
    CHECK(fit.paths().size() == 2 && fit.no_paths().empty());
    CHECK(fit.paths()[1].path == qube::Path::pixel_direct &&
          fit.paths()[1].fits == f.paths[1].fits);
    CHECK(fit.paths()[0].per_node_bytes == f.paths[0].per_node_bytes);
    CHECK(fit.paths()[0].lifetime_peak_bytes == f.paths[0].lifetime_peak_bytes);
    CHECK(fit.path_by_time() == static_cast<qube::Path>(f.path_by_time));
    const qube::Fit fitting = budget.fit(std::int64_t{1} << 40, job);
    CHECK(fitting.fits() && !fitting.over() && !fitting.cheapest() && fitting.advice().empty());

    const qube::Request request = budget.request(job);
    qube_request_view r = {};
    r.struct_size = sizeof r;
    CHECK(qube_request_get(request.get(), &r) == QUBE_OK);
    CHECK(request.per_node_bytes() == r.per_node_bytes && request.total_bytes() == r.total_bytes);
    CHECK(request.shared_per_node_bytes() == r.shared_per_node_bytes);
    CHECK(request.own_per_rank_bytes() == r.own_per_rank_bytes);
    CHECK(request.resident_bytes() == r.resident_bytes && request.margin_bytes() == r.margin_bytes);
    CHECK(request.input_bytes() == r.input_bytes && request.baseline_bytes() == r.baseline_bytes);
    CHECK(request.holding() == qube::Holding::replicated && request.grid().nprow == r.nprow);
    CHECK(request.calibrated() == (r.calibrated != 0) && request.too_large().empty());
    CHECK(request.notes().size() == static_cast<std::size_t>(r.n_notes));
    CHECK(request.peak_stage().name == r.stages[r.peak_stage].name);
    const qube_stage_request *s = r.stages;
    for (const qube::StageRequest &stage : request.stages()) {
        CHECK(stage.name == s->name && stage.margin_from == s->margin_from);
        CHECK(stage.peak_bytes == s->peak_bytes && stage.margin_bytes == s->margin_bytes);
        CHECK(stage.per_rank_bytes == s->per_rank_bytes);
        CHECK(stage.per_node_bytes == s->per_node_bytes);
        CHECK(stage.calibrated == (s->calibrated != 0));
        CHECK(stage.parts.size() == static_cast<std::size_t>(s->n_parts));
        CHECK(stage.parts[0].name == s->parts[0].name);
        CHECK(stage.parts[0].bytes == s->parts[0].bytes);
        CHECK(stage.parts[0].kind == static_cast<qube::TermKind>(s->parts[0].kind));
        ++s;
    }

    const qube::Largest largest = budget.largest(qube::Size::n_bins, limit, job);
    CHECK(largest.kind() == qube::LargestKind::value && largest.size() == qube::Size::n_bins);
    CHECK(largest.value() == 4 && largest.next_value() == 5 && largest.limit_bytes() == limit);
    CHECK(largest.per_node_bytes() <= limit && limit < largest.next_per_node_bytes());
    CHECK(largest.message().find("bins") != std::string::npos);
}

void ranks_and_comparisons_come_back()
{
    const qube::Budget budget = eclipse();
    qube::Grid grid;
    grid.ranks = 12;
    grid.nprow = 3;
    grid.npcol = 4;
    grid.block = 64;
    grid.myrow = 1;
    grid.mycol = 2;
    const qube::Ranks ranks = budget.per_rank(grid);
    qube_ranks_view v = {};
    v.struct_size = sizeof v;
    CHECK(qube_ranks_get(ranks.get(), &v) == QUBE_OK);
    CHECK(ranks.grid().nprow == 3 && ranks.grid().npcol == 4 && ranks.grid().block == 64);
    CHECK(ranks.best_grid().nprow == v.best_nprow && ranks.best_grid().npcol == v.best_npcol);
    CHECK(ranks.best_grid().block == v.best_block);
    CHECK(ranks.best_fullest_bytes() == v.best_fullest_bytes);
    CHECK(ranks.peak_stage().held.name == v.stages[v.peak_stage].held.name);
    const qube::RankBytes held = ranks.stages()[0].held, term = ranks.stages()[0].terms[0];
    CHECK(held.fullest_bytes == v.stages[0].held.fullest_bytes);
    CHECK(held.least_bytes == v.stages[0].held.least_bytes);
    CHECK(held.mean_bytes == v.stages[0].held.mean_bytes);
    CHECK(held.own_bytes == v.stages[0].held.own_bytes && held.own_bytes > 0);
    CHECK(term.name == v.stages[0].terms[0].name);
    CHECK(ranks.too_large().size() == static_cast<std::size_t>(v.n_too_large));
    CHECK(!ranks.render(qube::Format::table).empty());
    qube::Grid one;
    one.ranks = 1;
    qube::EclipseConfig config;
    config.code = qube::EclipseCode::t;
    config.pix_t = 50000;
    config.lmax = 200;
    const qube::Ranks whole = qube::Budget::eclipse(config).per_rank(one);
    CHECK(whole.too_large()[0].elements >= std::int64_t{50000} * 50000);
    CHECK(whole.stages()[whole.too_large()[0].stage].held.own_bytes == -1);

    const qube::Comparison comparison =
        derived().compare("baseline 100 MiB\nfisher_run peak 40 GiB\nfisher_run 20 GiB\n");
    qube_comparison_view c = {};
    c.struct_size = sizeof c;
    CHECK(qube_comparison_get(comparison.get(), &c) == QUBE_OK);
    CHECK(comparison.baseline_bytes() == 100 << 20 && comparison.unit_bytes() == c.unit_bytes);
    CHECK(comparison.lifetime_peak().predicted_bytes == c.lifetime_peak.predicted_bytes);
    CHECK(comparison.not_predicted().empty());
    const qube::StageComparison stage = comparison.stages()[2];
    CHECK(stage.name == "fisher_run" && stage.peak.measured_bytes == std::int64_t{40} << 30);
    CHECK(stage.end.measured_bytes == std::int64_t{20} << 30);
    CHECK(stage.peak.above_baseline_bytes == c.stages[2].peak.above_baseline_bytes);
    CHECK(stage.peak.difference_percent == c.stages[2].peak.difference_percent);
    CHECK(comparison.render(qube::Format::json).find("qube-compare/1") != std::string::npos);
}

} // namespace

int main()
{
    configs_are_marshalled();
    budgets_come_back();
    documents_are_rendered();
    requests_and_fits_come_back();
    ranks_and_comparisons_come_back();
    std::string bound;
    CHECK(qube::memory_limit() > 0 && qube::memory_limit(&bound) > 0 && !bound.empty());
    CHECK(!qube::version().empty());
    return checks_done();
}
