/* Questions that change a size: does a run fit, what to change, which path, and the largest size. */
#include "common.h"

/* Nothing but the arrays, so that needs are multiples of a matrix. */
static qube_job bare(void)
{
    DEFAULTS(qube_job, job);
    job.input_matrices = 0;
    job.baseline_bytes = 0;
    job.margin = 0;
    return job;
}

/* QU at nside 64 and a polar cap of a tenth of the sky: 9800 pixels, 8442 modes, 18 parameters. */
static qube_survey survey_of(void)
{
    DEFAULTS(qube_survey, survey);
    survey.fields = QUBE_FIELDS_QU;
    survey.nside = 64;
    survey.fsky = 0.1;
    survey.polar_cap = 1;
    survey.lmax = 64;
    survey.lmax_signal = 256;
    survey.n_bins = 6;
    return survey;
}

static const int64_t p = INT64_C(8) * 9800 * 9800;
static const int64_t x = INT64_C(8) * 9800 * 8442;
static const int64_t m = INT64_C(8) * 8442 * 8442;

/* Release 1.2, derivatives cached: fisher_run holds 4 + 36 matrices. */
static qube_budget *cached(void)
{
    const qube_survey survey = survey_of();
    DEFAULTS(qube_pixel_direct_config, config);
    config.release = QUBE_RELEASE_1_2;
    config.cache_derivatives = 1;
    return pixel_direct(&config, &survey);
}

static qube_budget *teb(void)
{
    qube_eclipse_config config = nside_8_printed();
    config.check_inverse = 0;
    return eclipse(&config);
}

static qube_fit *fit_of(const qube_budget *budget, const qube_job *job, int64_t limit)
{
    qube_fit *fit = NULL;
    CHECK_OK(qube_budget_fit(budget, job, limit, &fit));
    return fit;
}

/* The limit is exact, and every change is told with what comes of it. */
static void fits(void)
{
    static const int32_t kinds[4] = {QUBE_CHANGE_NO_DERIVATIVE_CACHE, QUBE_CHANGE_NEWEST_RELEASE,
                                     QUBE_CHANGE_OTHER_PATH, QUBE_CHANGE_N_BINS};
    const int64_t needs[4] = {24 * p, 39 * p, 3 * p + 3 * x + 2 * m, 22 * p};
    const qube_job job = bare();
    qube_budget *budget = cached();
    CHECK(lifetime_peak(budget) == 40 * p);
    qube_fit *fit = fit_of(budget, &job, 40 * p);
    VIEW(qube_fit, yes, fit);
    CHECK(yes.fits == 1 && yes.spare_bytes == 0 && yes.limit_bytes == 40 * p);
    CHECK(yes.stage == -1 && yes.stage_name == NULL && yes.stage_over_bytes == 0);
    CHECK(yes.term_name == NULL && yes.term_bytes == 0);
    CHECK(yes.n_changes == 0 && yes.changes == NULL && yes.cheapest == -1);
    CHECK_TEXT(yes.advice, "");
    CHECK(strncmp(yes.message, "Fits: a node holds ", 19) == 0 && strchr(yes.message, '\n') == NULL);
    qube_fit_free(fit);
    fit = fit_of(budget, &job, 40 * p - 1);
    VIEW(qube_fit, by_one, fit);
    CHECK(by_one.fits == 0 && by_one.spare_bytes == -1 && by_one.stage_over_bytes == 1);
    qube_fit_free(fit);

    /* Three bins hold 4 + 2 x 9 matrices with their derivatives. */
    fit = fit_of(budget, &job, 23 * p);
    qube_budget_free(budget); /* the fit has all that it needs */
    VIEW(qube_fit, no, fit);
    CHECK(no.fits == 0 && no.spare_bytes == -17 * p && no.stage == 2);
    CHECK(no.stage_over_bytes == 17 * p && no.term_bytes == 18 * p);
    CHECK_TEXT(no.stage_name, "fisher_run");
    CHECK_TEXT(no.term_name, "C^-1 dC_b");
    CHECK(no.n_changes == 4 && no.cheapest == 2);
    for (int k = 0; k < 4; ++k) {
        CHECK(no.changes[k].kind == kinds[k] && no.changes[k].per_node_bytes == needs[k]);
        CHECK(no.changes[k].value == (kinds[k] == QUBE_CHANGE_N_BINS ? 3 : 0));
        CHECK(no.changes[k].fits == (needs[k] <= 23 * p));
    }
    CHECK_TEXT(no.changes[3].words, "3 bins");
    CHECK_SAYS(no.advice, "the harmonic path");
    VIEW(qube_request, request, no.request);
    CHECK(request.per_node_bytes == 40 * p && request.peak_stage == 2);

    /* QUBE's own choice looks at time alone. */
    CHECK(no.n_paths == 2 && no.no_paths == NULL && no.path_by_time == QUBE_PATH_HARMONIC);
    CHECK(no.paths[0].path == QUBE_PATH_HARMONIC && no.paths[1].path == QUBE_PATH_PIXEL_DIRECT);
    CHECK(no.paths[0].lifetime_peak_bytes == 3 * p + 3 * x + 2 * m && no.paths[0].fits == 1);
    CHECK(no.paths[0].per_node_bytes == no.paths[0].lifetime_peak_bytes);
    CHECK(no.paths[1].lifetime_peak_bytes == 40 * p && no.paths[1].per_node_bytes == 40 * p);
    CHECK(no.paths[1].fits == 0);

    char *text = NULL;
    CHECK_OK(qube_fit_render(fit, QUBE_FORMAT_TABLE, &text));
    CHECK_SAYS(text, "QUBE memory of a node, pixel-direct path...QUBE's choice, by time");
    qube_text_free(text);
    CHECK_OK(qube_fit_render(fit, QUBE_FORMAT_JSON, &text));
    CHECK_SAYS(text, "{\"schema\":\"qube-fit/2\"...\"change\":\"n_bins\",\"value\":3");
    qube_text_free(text);
    qube_fit_free(fit);
}

/* What takes a node over need not be a term of the budget; nothing helps this run. */
static void over_by_the_process(void)
{
    const qube_harmonic_config config = eclipse_qu();
    qube_budget *budget = harmonic(&config, NULL);
    qube_fit *fit = fit_of(budget, NULL, 139 * GIB);
    VIEW(qube_fit, view, fit);
    CHECK(view.fits == 0 && view.stage == 1 && view.n_changes == 0 && view.cheapest == -1);
    CHECK_TEXT(view.term_name, "margin");
    CHECK_SAYS(view.advice, "No single change");
    CHECK(view.n_paths == 0 && view.path_by_time == 0 && view.no_paths == NULL);
    qube_fit_free(fit);
    fit = fit_of(budget, NULL, 1);
    VIEW(qube_fit, least, fit);
    CHECK(least.stage == 0);
    CHECK_TEXT(least.term_name, "baseline");
    qube_fit_free(fit);
    qube_budget_free(budget);

    /* What a survey lacks to compare both paths. */
    qube_survey survey = survey_of();
    survey.n_bins = 0;
    budget = harmonic(NULL, &survey);
    fit = fit_of(budget, NULL, GIB);
    VIEW(qube_fit, lacks, fit);
    CHECK(lacks.n_paths == 0);
    CHECK_SAYS(lacks.no_paths, "n_bins");
    qube_fit_free(fit);
    qube_budget_free(budget);
}

/* Changes of ECLIPSE and of ranks, which are about numbers. */
static void numbers_to_change(void)
{
    const int64_t limit = INT64_C(40) << 20;
    qube_job job = bare();
    job.nprow = job.npcol = job.block = 1;
    qube_budget *budget = teb();
    qube_fit *fit = fit_of(budget, &job, limit);
    VIEW(qube_fit, view, fit);
    CHECK(view.n_changes == 2 && view.cheapest == 0 && view.n_paths == 0);
    CHECK(view.changes[0].kind == QUBE_CHANGE_MAPS && view.changes[0].fits == 1);
    CHECK(view.changes[0].value > 1 && view.changes[0].value < 1000);
    CHECK(view.changes[0].per_node_bytes <= limit);
    CHECK(view.changes[1].kind == QUBE_CHANGE_NODES && view.changes[1].value == 2);
    CHECK(view.changes[1].fits == 1);
    qube_fit_free(fit);
    qube_budget_free(budget);

    /* On a tall grid the first row holds all maps. */
    qube_eclipse_config held = nside_8();
    budget = eclipse(&held);
    job = bare();
    job.ranks_per_node = 4;
    job.nprow = 4;
    job.npcol = 1;
    job.block = 64;
    fit = fit_of(budget, &job, 1);
    VIEW(qube_fit, tall, fit);
    CHECK(tall.changes[0].kind == QUBE_CHANGE_BEST_GRID && tall.changes[0].value == 0);
    CHECK_SAYS(tall.changes[0].words, "a grid of 1 x 4 ranks");
    VIEW(qube_request, asked, tall.request);
    CHECK(tall.changes[0].per_node_bytes < asked.per_node_bytes);
    qube_fit_free(fit);
    qube_budget_free(budget);

    /* In the log of a run without the Fisher matrix the check of the inverse holds most; what the
       run holds is most in step 1, so that it is no change there. */
    qube_eclipse_config checked = nside_8_printed();
    checked.maps = 1;
    checked.fisher = 0;
    budget = eclipse(&checked);
    job = bare();
    fit = fit_of(budget, &job, lifetime_peak(budget) - 1);
    VIEW(qube_fit, inverse, fit);
    int seen = 0;
    for (int64_t k = 0; k < inverse.n_changes; ++k) {
        seen |= inverse.changes[k].kind == QUBE_CHANGE_NO_INVERSE_CHECK;
    }
    CHECK(seen);
    qube_fit_free(fit);
    qube_budget_free(budget);

    const qube_survey survey = survey_of();
    DEFAULTS(qube_harmonic_config, config);
    config.keep_pixel_projector = 1;
    budget = harmonic(&config, &survey);
    CHECK(lifetime_peak(budget) == p + 2 * x + 7 * m); /* fisher_run, with V */
    job = bare();
    job.ranks_per_node = 3;
    fit = fit_of(budget, &job, 2 * lifetime_peak(budget));
    VIEW(qube_fit, ranks, fit);
    CHECK(ranks.changes[0].kind == QUBE_CHANGE_RELEASE_PROJECTOR);
    CHECK(ranks.changes[1].kind == QUBE_CHANGE_RANKS_PER_NODE && ranks.changes[1].value == 2);
    CHECK(ranks.changes[1].fits == 1);
    CHECK_TEXT(ranks.changes[1].words, "2 ranks on a node");
    qube_fit_free(fit);
    qube_budget_free(budget);
}

/* --- The question turned around ------------------------------------------------------------------- */

/* The answer, and its words where they are asked for. */
static qube_largest_view largest_of(const qube_budget *budget, int32_t size, const qube_job *job,
                                    int64_t limit, const char *words)
{
    qube_largest *largest = NULL;
    CHECK_OK(qube_budget_largest(budget, size, job, limit, &largest));
    VIEW(qube_largest, view, largest);
    CHECK(view.size == size && view.limit_bytes == limit && strchr(view.message, '\n') == NULL);
    CHECK_SAYS(view.message, words);
    qube_largest_free(largest);
    view.message = NULL;
    return view;
}

static int is(const qube_largest_view *view, int32_t kind, int64_t value, int64_t per_node,
              int64_t next, int64_t next_per_node)
{
    return view->kind == kind && view->value == value && view->per_node_bytes == per_node &&
           view->next_value == next && view->next_per_node_bytes == next_per_node;
}

/* One more does not fit; b bins hold 4 + 6 b matrices, nside 64 has 9800 pixels and nside 32 2400. */
static void largest(void)
{
    const qube_job job = bare();
    const int64_t needs_32 = INT64_C(40) * 8 * 2400 * 2400;
    const struct {
        int32_t size;
        int64_t limit;
        int32_t kind;
        int64_t value, per_node, next, next_per_node;
        const char *words;
    } cases[] = {
        {QUBE_SIZE_N_BINS, 22 * p, QUBE_LARGEST_VALUE, 3, 22 * p, 4, 28 * p, "bins...15.74 GiB...3, "},
        {QUBE_SIZE_N_BINS, 22 * p - 1, QUBE_LARGEST_VALUE, 2, 16 * p, 3, 22 * p, ""},
        {QUBE_SIZE_N_BINS, p, QUBE_LARGEST_NONE, 0, 0, 1, 10 * p, ""},
        {QUBE_SIZE_LMAX, 40 * p, QUBE_LARGEST_ANY, 0, 40 * p, 0, 0, "Any lmax fits "},
        {QUBE_SIZE_NSIDE, 40 * p - 1, QUBE_LARGEST_VALUE, 32, needs_32, 64, 40 * p, ""},
        {QUBE_SIZE_RANKS_PER_NODE, 245 * p, QUBE_LARGEST_VALUE, 6, 240 * p, 7, 280 * p, ""},
        {QUBE_SIZE_NODES, 40 * p, QUBE_LARGEST_VALUE, 1, 40 * p, 0, 0, ""},
    };
    qube_budget *budget = cached();
    qube_largest_view found;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        found = largest_of(budget, cases[k].size, &job, cases[k].limit, cases[k].words);
        CHECK(is(&found, cases[k].kind, cases[k].value, cases[k].per_node, cases[k].next,
                 cases[k].next_per_node));
    }
    found = largest_of(budget, QUBE_SIZE_NSIDE, &job, INT64_MAX, "overflows");
    CHECK(found.kind == QUBE_LARGEST_VALUE && found.next_value == 2 * found.value);
    CHECK(found.next_per_node_bytes == -1);
    found = largest_of(budget, QUBE_SIZE_N_BINS, &job, INT64_MAX, "bins"); /* one a multipole */
    CHECK(is(&found, QUBE_LARGEST_VALUE, 63, (4 + 6 * 63) * p, 0, 0));
    qube_budget_free(budget);

    const qube_survey survey = survey_of();
    budget = harmonic(NULL, &survey);
    found = largest_of(budget, QUBE_SIZE_LMAX, &job, 3 * p + 3 * x + 2 * m, "lmax");
    CHECK(found.value == 64 && found.next_value == 65);
    qube_budget_free(budget);

    budget = teb();
    const int64_t peak = lifetime_peak(budget);
    found = largest_of(budget, QUBE_SIZE_MAPS, &job, peak, "maps");
    CHECK(is(&found, QUBE_LARGEST_VALUE, 1000, peak, 1001, peak + 8 * (1370 + 6 * 285)));
    found = largest_of(budget, QUBE_SIZE_NODES, &job, peak - 1, "nodes");
    CHECK(found.value == 2 && found.next_value == 1 && found.next_per_node_bytes == peak);
    qube_budget_free(budget);
}

/* --- Refusals ------------------------------------------------------------------------------------- */

static void refusals(void)
{
    qube_budget *budget = cached(), *spread = teb();
    qube_fit *fit;
    qube_largest *found;
    qube_job job = bare();
    const int64_t no_limit[] = {0, -1, INT64_MIN};
    for (int k = 0; k < 3; ++k) {
        CHECK_NOTHING(fit, qube_budget_fit(budget, &job, no_limit[k], &fit), QUBE_ERR_INPUT,
                      "limit_bytes is ");
        CHECK_NOTHING(found, qube_budget_largest(budget, QUBE_SIZE_LMAX, &job, no_limit[k], &found),
                      QUBE_ERR_INPUT, "limit_bytes is ");
    }
    const int32_t no_size[] = {0, 7, -1, INT32_MIN};
    for (int k = 0; k < 4; ++k) {
        char text[40];
        snprintf(text, sizeof text, "size is %d", (int)no_size[k]);
        CHECK_NOTHING(found, qube_budget_largest(budget, no_size[k], &job, p, &found), QUBE_ERR_INPUT,
                      text);
    }
    CHECK_NOTHING(found, qube_budget_largest(budget, QUBE_SIZE_MAPS, &job, p, &found), QUBE_ERR_INPUT,
                  "maps of the pixel-direct path");
    CHECK_NOTHING(found, qube_budget_largest(spread, QUBE_SIZE_N_BINS, NULL, p, &found),
                  QUBE_ERR_INPUT, "bins of eclipse");
    job.nodes = 0;
    CHECK_NOTHING(fit, qube_budget_fit(budget, &job, p, &fit), QUBE_ERR_INPUT, "nodes is 0");
    CHECK_NOTHING(found, qube_budget_largest(budget, QUBE_SIZE_LMAX, &job, p, &found), QUBE_ERR_INPUT,
                  "nodes is 0");
    job = bare();
    job.nprow = job.npcol = job.block = 2;
    CHECK_NOTHING(fit, qube_budget_fit(budget, &job, p, &fit), QUBE_ERR_INPUT, "grid");
    CHECK_NOTHING(found, qube_budget_largest(budget, QUBE_SIZE_LMAX, &job, p, &found), QUBE_ERR_INPUT,
                  "grid");
    job.input_matrices = job.baseline_bytes = -1;
    job.margin = -1;
    CHECK_NOTHING(fit, qube_budget_fit(spread, &job, p, &fit), QUBE_ERR_CONFLICT,
                  "nodes x ranks_per_node is 1, but nprow x npcol is 4");
    job = bare();
    job.baseline_bytes = INT64_MAX;
    CHECK_NOTHING(fit, qube_budget_fit(budget, &job, p, &fit), QUBE_ERR_OVERFLOW, "too large");
    qube_budget_free(budget);
    qube_budget_free(spread);

    /* Sizes that were given without a survey. */
    qube_pixel_direct_config given = qu_64();
    budget = pixel_direct(&given, NULL);
    CHECK_NOTHING(found, qube_budget_largest(budget, QUBE_SIZE_NSIDE, NULL, p, &found), QUBE_ERR_INPUT,
                  "nside");
    qube_budget_free(budget);

}

/* What this process may use is a limit like any other. */
static void this_machine(void)
{
    const qube_job job = bare();
    int64_t limit = 0;
    CHECK_OK(qube_memory_limit(&limit, NULL));
    qube_budget *budget = cached();
    qube_fit *fit = fit_of(budget, &job, limit);
    VIEW(qube_fit, view, fit);
    CHECK(view.fits == (40 * p <= limit));
    qube_fit_free(fit);
    qube_budget_free(budget);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    fits();
    over_by_the_process();
    numbers_to_change();
    largest();
    refusals();
    this_machine();
    CHECK_NO_FLAGS();
    return checks_done();
}
