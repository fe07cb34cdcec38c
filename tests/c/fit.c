/* Questions that change a size, through the C interface: does a run fit, what to change, the largest
   size that does, which path. */
#include "common.h"

#define TEXT_MAX 8192

/* Nothing but the arrays, so that needs are multiples of a matrix. */
static qube_job bare(void) {
    qube_job job;
    CHECK_OK(qube_job_init(&job, sizeof job));
    job.input_matrices = 0;
    job.baseline_bytes = 0;
    job.margin = 0;
    return job;
}

/* QU at nside 64 and a polar cap of a tenth of the sky: 9800 pixels, 8442 modes, 18 parameters. */
static qube_survey survey_of(void) {
    qube_survey survey;
    CHECK_OK(qube_survey_init(&survey, sizeof survey));
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

/* Derivatives cached: fisher_run holds 5 + 36 matrices. */
static qube_run *cached(void) {
    const qube_survey survey = survey_of();
    qube_pixel_direct_config options;
    qube_run *run = NULL;
    CHECK_OK(qube_pixel_direct_config_init(&options, sizeof options));
    options.cache_derivatives = 1;
    CHECK_OK(qube_run_pixel_direct_of_survey(&survey, &options, &run));
    return run;
}

static qube_eclipse_config teb(void) {
    qube_eclipse_config config;
    CHECK_OK(qube_eclipse_config_init(&config, sizeof config));
    config.code = QUBE_ECLIPSE_TEB;
    config.pix_t = 580;
    config.pix_p = 395;
    config.lmax = 16;
    config.maps = 1000;
    return config;
}

static qube_verdict verdict_of(const qube_fit *fit) {
    qube_verdict verdict;
    verdict.struct_size = sizeof verdict;
    CHECK_OK(qube_fit_verdict(fit, &verdict));
    CHECK(verdict.struct_size == sizeof verdict && verdict.reserved == 0);
    return verdict;
}

static qube_change change_of(const qube_fit *fit, int64_t number) {
    qube_change change;
    change.struct_size = sizeof change;
    CHECK_OK(qube_fit_change(fit, number, &change));
    return change;
}

static qube_found extreme_of(const qube_run *run, int32_t size, const qube_job *job, int64_t limit) {
    qube_found found;
    found.struct_size = sizeof found;
    CHECK_OK(qube_run_extreme(run, size, job, limit, &found));
    CHECK(found.size == size && found.limit_bytes == limit);
    return found;
}

static int64_t lifetime_peak(const qube_run *run) {
    qube_budget *budget = NULL;
    int64_t bytes = -1;
    CHECK_OK(qube_run_budget(run, &budget));
    CHECK_OK(qube_budget_lifetime_peak(budget, &bytes));
    qube_budget_free(budget);
    return bytes;
}

/* All five ways to make a run, each with the budget of the config that it came from. */
static void runs(void) {
    const qube_survey survey = survey_of();
    const qube_eclipse_config eclipse = teb();
    qube_harmonic_config harmonic;
    qube_pixel_direct_config direct;
    qube_run *run = NULL;
    qube_budget *budget = NULL;
    char text[64];
    int64_t bytes = -1;
    size_t length = 0;

    CHECK_OK(qube_harmonic_config_init(&harmonic, sizeof harmonic));
    harmonic.n_pix = 59136;
    harmonic.n_modes = 33274;
    harmonic.lmax_signal = 256;
    harmonic.lmax = 128;
    CHECK_OK(qube_run_harmonic(&harmonic, &run));
    CHECK(lifetime_peak(run) == INT64_C(120892199488));
    qube_run_free(run);

    CHECK_OK(qube_pixel_direct_config_init(&direct, sizeof direct));
    direct.n_pix = 9800;
    direct.lmax_signal = 256;
    direct.n_bins = 6;
    direct.n_params = 18;
    CHECK_OK(qube_run_pixel_direct(&direct, &run));
    CHECK(lifetime_peak(run) == 23 * p);
    qube_run_free(run);

    CHECK_OK(qube_run_eclipse(&eclipse, &run));
    CHECK_OK(qube_budget_eclipse(&eclipse, &budget));
    CHECK_OK(qube_budget_lifetime_peak(budget, &bytes));
    CHECK(lifetime_peak(run) == bytes);
    qube_budget_free(budget);
    qube_run_free(run);

    /* V kept, so that it counts twice at the peak: by itself and in the product with S_fixed. */
    CHECK_OK(qube_harmonic_config_init(&harmonic, sizeof harmonic));
    harmonic.release_pixel_projector = 0;
    CHECK_OK(qube_run_harmonic_of_survey(&survey, &harmonic, &run));
    CHECK(lifetime_peak(run) == 2 * p + 3 * x + 2 * m);
    CHECK_OK(qube_run_budget(run, &budget));
    qube_run_free(run); /* the budget has all that it needs, derivations included */
    CHECK_OK(qube_budget_input_from(budget, 1, text, sizeof text, &length));
    CHECK(strcmp(text, "2 x ((64 + 1)^2 - 2^2)") == 0);
    qube_budget_free(budget);

    run = cached();
    CHECK(lifetime_peak(run) == 41 * p);
    qube_run_free(run);
    qube_run_free(NULL);
}

/* The limit is exact, and every change is told with what comes of it. */
static void fits(void) {
    static const int32_t kinds[4] = {QUBE_CHANGE_NO_DERIVATIVE_CACHE, QUBE_CHANGE_NO_SWITCH,
                                     QUBE_CHANGE_OTHER_PATH, QUBE_CHANGE_N_BINS};
    const int64_t needs[4] = {23 * p, 40 * p, 2 * p + 3 * x + 2 * m, 23 * p};
    const qube_job job = bare();
    qube_run *run = cached();
    qube_fit *fit = NULL;
    qube_request *request = NULL;
    qube_verdict verdict;
    qube_change change;
    qube_memory memory;
    char text[TEXT_MAX];
    size_t length = 0;
    int64_t i;

    CHECK_OK(qube_run_fit(run, &job, 41 * p, &fit));
    verdict = verdict_of(fit);
    CHECK(verdict.fits == 1 && verdict.spare_bytes == 0 && verdict.limit_bytes == 41 * p);
    CHECK(verdict.stage == -1 && verdict.stage_over_bytes == 0 && verdict.term_bytes == 0);
    CHECK(verdict.n_changes == 0 && verdict.cheapest == -1);
    CHECK_TEXT("", qube_fit_stage_name, fit);
    CHECK_TEXT("", qube_fit_term_name, fit);
    CHECK_TEXT("", qube_fit_advice, fit);
    CHECK_OK(qube_fit_message(fit, text, sizeof text, &length));
    CHECK(strstr(text, "Fits: a node holds ") == text);
    qube_fit_free(fit);

    /* Three bins hold 5 + 2 x 9 matrices with their derivatives. */
    CHECK_OK(qube_run_fit(run, &job, 23 * p, &fit));
    verdict = verdict_of(fit);
    CHECK(verdict.fits == 0 && verdict.spare_bytes == -18 * p);
    CHECK(verdict.stage == 2 && verdict.stage_over_bytes == 18 * p);
    CHECK(verdict.term_bytes == 18 * p && verdict.n_changes == 4 && verdict.cheapest == 0);
    CHECK_TEXT("fisher_run", qube_fit_stage_name, fit);
    CHECK_TEXT("cinv_times_dcb (n_params dense pixel matrices)", qube_fit_term_name, fit);
    for (i = 0; i < 4; i++) {
        change = change_of(fit, i);
        CHECK(change.kind == kinds[i] && change.per_node_bytes == needs[i]);
        CHECK(change.value == (kinds[i] == QUBE_CHANGE_N_BINS ? 3 : 0));
        CHECK(change.fits == (needs[i] <= 23 * p));
    }
    CHECK_TEXT("3 bins", qube_fit_change_words, fit, 3);
    CHECK_TEXT("Cheapest single change with which it fits: keep no derivatives in memory.",
               qube_fit_advice, fit);

    CHECK_OK(qube_fit_request(fit, &request));
    qube_run_free(run);
    CHECK_OK(qube_fit_table(fit, text, sizeof text, &length));
    CHECK(strstr(text, "QUBE memory of a node, pixel-direct path") == text);
    CHECK(strstr(text, "QUBE's choice, by time") != NULL && text[length - 1] == '\n');
    CHECK_OK(qube_fit_json(fit, text, sizeof text, &length));
    CHECK(strstr(text, "{\"schema\":\"qube-fit/1\"") == text);
    CHECK(strstr(text, "\"change\":\"n_bins\",\"value\":3") != NULL);
    qube_fit_free(fit);
    memory.struct_size = sizeof memory;
    CHECK_OK(qube_request_memory(request, &memory));
    CHECK(memory.per_node_bytes == 41 * p && memory.stage == 2);
    qube_request_free(request);
    qube_fit_free(NULL);
}

/* What takes a node over need not be a term of the budget; nothing helps this run. */
static void over_by_the_process(void) {
    qube_harmonic_config config;
    qube_run *run = NULL;
    qube_fit *fit = NULL;
    qube_verdict verdict;

    CHECK_OK(qube_harmonic_config_init(&config, sizeof config));
    config.n_pix = 59136;
    config.n_modes = 33274;
    config.lmax_signal = 256;
    config.lmax = 128;
    CHECK_OK(qube_run_harmonic(&config, &run));
    CHECK_OK(qube_run_fit(run, NULL, INT64_C(139) << 30, &fit));
    verdict = verdict_of(fit);
    CHECK(verdict.fits == 0 && verdict.stage == 1 && verdict.n_changes == 0);
    CHECK(verdict.cheapest == -1);
    CHECK_TEXT("margin", qube_fit_term_name, fit);
    CHECK_TEXT("No single change makes it fit.", qube_fit_advice, fit);
    qube_fit_free(fit);
    CHECK_OK(qube_run_fit(run, NULL, 1, &fit));
    CHECK(verdict_of(fit).stage == 0);
    CHECK_TEXT("baseline", qube_fit_term_name, fit);
    qube_fit_free(fit);
    qube_run_free(run);
}

/* Changes of ECLIPSE and of ranks, which are about numbers. */
static void numbers_to_change(void) {
    const qube_eclipse_config eclipse = teb();
    const qube_survey survey = survey_of();
    qube_job job = bare();
    qube_run *run = NULL;
    qube_fit *fit = NULL;
    qube_change change;

    CHECK_OK(qube_run_eclipse(&eclipse, &run));
    job.nprow = job.npcol = job.block = 1;
    CHECK_OK(qube_run_fit(run, &job, INT64_C(40) << 20, &fit));
    CHECK(verdict_of(fit).n_changes == 3);
    change = change_of(fit, 0);
    CHECK(change.kind == QUBE_CHANGE_BEST_GRID && change.value == 0 && change.fits == 0);
    change = change_of(fit, 1);
    CHECK(change.kind == QUBE_CHANGE_MAPS && change.value > 1 && change.value < 1000);
    CHECK(change.fits == 1 && change.per_node_bytes <= INT64_C(40) << 20);
    CHECK(verdict_of(fit).cheapest == 1);
    change = change_of(fit, 2);
    CHECK(change.kind == QUBE_CHANGE_NODES && change.value == 2 && change.fits == 1);
    qube_fit_free(fit);
    qube_run_free(run);

    CHECK_OK(qube_run_harmonic_of_survey(&survey, NULL, &run));
    job = bare();
    job.ranks_per_node = 3;
    CHECK_OK(qube_run_fit(run, &job, 2 * lifetime_peak(run), &fit));
    change = change_of(fit, 0);
    CHECK(change.kind == QUBE_CHANGE_RANKS_PER_NODE && change.value == 2 && change.fits == 1);
    CHECK_TEXT("2 ranks on a node", qube_fit_change_words, fit, 0);
    qube_fit_free(fit);
    qube_run_free(run);
}

/* One more does not fit; b bins hold 5 + 6 b matrices. */
static void extremes(void) {
    const qube_eclipse_config eclipse = teb();
    const qube_survey survey = survey_of();
    qube_job job = bare();
    qube_run *run = cached();
    qube_found found;
    qube_harmonic_config overflowing;
    char text[512];
    size_t length = 0;

    found = extreme_of(run, QUBE_SIZE_N_BINS, &job, 23 * p);
    CHECK(found.kind == QUBE_FOUND_EXTREME && found.value == 3 && found.per_node_bytes == 23 * p);
    CHECK(found.next_value == 4 && found.next_per_node_bytes == 29 * p);
    CHECK_OK(qube_found_message(&found, text, sizeof text, &length));
    CHECK(strstr(text, "The largest number of bins for 16.46 GiB on a node: 3, ") == text);
    found = extreme_of(run, QUBE_SIZE_N_BINS, &job, 23 * p - 1);
    CHECK(found.value == 2 && found.next_value == 3 && found.next_per_node_bytes == 23 * p);
    found = extreme_of(run, QUBE_SIZE_N_BINS, &job, p);
    CHECK(found.kind == QUBE_FOUND_NONE && found.value == 0 && found.per_node_bytes == 0);
    CHECK(found.next_value == 1 && found.next_per_node_bytes == 11 * p);
    found = extreme_of(run, QUBE_SIZE_LMAX, &job, 41 * p);
    CHECK(found.kind == QUBE_FOUND_ANY && found.value == 0 && found.per_node_bytes == 41 * p);
    CHECK(found.next_value == 0 && found.next_per_node_bytes == 0);
    CHECK_OK(qube_found_message(&found, text, sizeof text, &length));
    CHECK(strstr(text, "Any lmax fits ") == text);

    /* nside 64 has 9800 pixels; with 32 there are 2400. */
    found = extreme_of(run, QUBE_SIZE_NSIDE, &job, 41 * p - 1);
    CHECK(found.value == 32 && found.per_node_bytes == INT64_C(41) * 8 * 2400 * 2400);
    CHECK(found.next_value == 64 && found.next_per_node_bytes == 41 * p);
    found = extreme_of(run, QUBE_SIZE_RANKS_PER_NODE, &job, 41 * p * 5 + 40 * p);
    CHECK(found.value == 5 && found.next_value == 6 && found.next_per_node_bytes == 6 * 41 * p);
    found = extreme_of(run, QUBE_SIZE_NODES, &job, 41 * p);
    CHECK(found.value == 1 && found.next_value == 0 && found.next_per_node_bytes == 0);
    found = extreme_of(run, QUBE_SIZE_N_BINS, &job, INT64_MAX);
    CHECK(found.kind == QUBE_FOUND_EXTREME && found.next_value == found.value + 1);
    CHECK(found.next_per_node_bytes == -1);
    CHECK_OK(qube_found_message(&found, text, sizeof text, &length));
    CHECK(strstr(text, "which overflows, does not fit.") != NULL);
    CHECK_FAILS(qube_run_extreme(run, QUBE_SIZE_MAPS, &job, p, &found), QUBE_ERR_INPUT,
                "maps of the pixel-direct path; allowed: nside, lmax, n-bins, nodes");
    qube_run_free(run);

    CHECK_OK(qube_run_harmonic_of_survey(&survey, NULL, &run));
    found = extreme_of(run, QUBE_SIZE_LMAX, &job, 2 * p + 3 * x + 2 * m);
    CHECK(found.value == 64 && found.next_value == 65);
    qube_run_free(run);

    CHECK_OK(qube_run_eclipse(&eclipse, &run));
    found = extreme_of(run, QUBE_SIZE_MAPS, NULL, lifetime_peak(run));
    CHECK(found.kind == QUBE_FOUND_EXTREME && found.value == 1000 && found.next_value == 1001);
    CHECK(found.next_per_node_bytes == found.per_node_bytes + 8 * (1370 + 6 * 285));
    found = extreme_of(run, QUBE_SIZE_NODES, NULL, lifetime_peak(run) - 1);
    CHECK(found.value == 2 && found.next_value == 1);
    CHECK(found.next_per_node_bytes == lifetime_peak(run));
    CHECK_FAILS(qube_run_extreme(run, QUBE_SIZE_N_BINS, NULL, p, &found), QUBE_ERR_INPUT,
                "n-bins of eclipse; allowed: lmax, maps, nodes or ranks-per-node");
    qube_run_free(run);

    /* A run that overflows is none to start, but one to ask for less. */
    CHECK_OK(qube_harmonic_config_init(&overflowing, sizeof overflowing));
    overflowing.n_pix = INT64_C(1) << 40;
    overflowing.n_modes = overflowing.lmax_signal = 5;
    CHECK_OK(qube_run_harmonic(&overflowing, &run));
    found = extreme_of(run, QUBE_SIZE_RANKS_PER_NODE, &job, INT64_MAX);
    CHECK(found.kind == QUBE_FOUND_NONE && found.next_value == 1);
    CHECK(found.next_per_node_bytes == -1);
    qube_run_free(run);
}

/* QUBE's own choice looks at time alone. */
static void paths(void) {
    const qube_job job = bare();
    qube_job wrong = bare();
    const qube_eclipse_config eclipse = teb();
    qube_run *run = cached();
    qube_fit *fit = NULL;
    qube_paths both, again;
    int32_t path = -1;

    both.struct_size = again.struct_size = sizeof both;
    CHECK_OK(qube_run_paths(run, &job, 20 * p, &both));
    CHECK(both.by_time == QUBE_PATH_HARMONIC && both.reserved == 0);
    CHECK(both.harmonic_peak_bytes == 2 * p + 3 * x + 2 * m);
    CHECK(both.harmonic_per_node_bytes == both.harmonic_peak_bytes && both.harmonic_fits == 1);
    CHECK(both.pixel_direct_peak_bytes == 41 * p);
    CHECK(both.pixel_direct_per_node_bytes == 41 * p && both.pixel_direct_fits == 0);
    CHECK_OK(qube_run_fit(run, &job, 20 * p, &fit));
    CHECK_OK(qube_fit_paths(fit, &again));
    CHECK(memcmp(&both, &again, sizeof both) == 0);
    qube_fit_free(fit);
    CHECK_FAILS(qube_run_paths(run, &job, 0, &both), QUBE_ERR_INPUT, "limit_bytes is 0");
    CHECK_FAILS(qube_run_paths(run, &job, p, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_run_paths(NULL, &job, p, &both), QUBE_ERR_NULL, "run is NULL");
    again.struct_size = 55;
    CHECK_FAILS(qube_run_paths(run, &job, p, &again), QUBE_ERR_ABI, "struct_size is 55");
    qube_run_free(run);

    CHECK_OK(qube_run_eclipse(&eclipse, &run));
    CHECK_OK(qube_run_paths(run, NULL, p, &both));
    CHECK(both.by_time == 0 && both.harmonic_peak_bytes == 0 && both.pixel_direct_fits == 0);
    wrong.nodes = 0;
    CHECK_FAILS(qube_run_paths(run, &wrong, p, &both), QUBE_ERR_INPUT, "nodes is 0");
    wrong = bare();
    wrong.share_node = 1;
    CHECK_FAILS(qube_run_paths(run, &wrong, p, &both), QUBE_ERR_INPUT, "share_node");
    qube_run_free(run);

    /* 8 = (1 + 1) 4, at equality; then one mode more, and the largest numbers. */
    CHECK_OK(qube_path_by_time(4, 4, 1, &path));
    CHECK(path == QUBE_PATH_HARMONIC);
    CHECK_OK(qube_path_by_time(1, 2, 7, &path));
    CHECK(path == QUBE_PATH_HARMONIC);
    CHECK_OK(qube_path_by_time(1, 2, 6, &path));
    CHECK(path == QUBE_PATH_PIXEL_DIRECT);
    CHECK_OK(qube_path_by_time(INT64_MAX, INT64_MAX, INT64_MAX, &path));
    CHECK(path == QUBE_PATH_HARMONIC);
    path = -7;
    CHECK_FAILS(qube_path_by_time(0, 4, 1, &path), QUBE_ERR_INPUT, "n_pix is 0; allowed: ");
    CHECK_FAILS(qube_path_by_time(4, -4, 1, &path), QUBE_ERR_INPUT, "n_modes is -4");
    CHECK_FAILS(qube_path_by_time(4, 4, 0, &path), QUBE_ERR_INPUT, "n_bins is 0");
    CHECK_FAILS(qube_path_by_time(4, 4, 1, NULL), QUBE_ERR_NULL, "path is NULL");
    CHECK(path == -7);
}

/* A changed number of an answer, which the library did not fill. */
#define MESSAGE_REFUSES(field, value_, status, text)                              \
    do {                                                                          \
        qube_found found_ = extreme_of(run, QUBE_SIZE_N_BINS, &job, 23 * p);      \
        size_t length_ = 0;                                                       \
        found_.field = (value_);                                                  \
        CHECK_FAILS(qube_found_message(&found_, NULL, 0, &length_), status, text); \
    } while (0)

static void bad_inputs(void) {
    const qube_survey survey = survey_of();
    qube_job job = bare();
    qube_run *run = cached(), *none;
    qube_fit *fit = NULL;
    qube_request *request;
    qube_budget *budget;
    qube_verdict verdict;
    qube_change change;
    qube_found found;
    qube_harmonic_config config;
    qube_pixel_direct_config direct;
    qube_eclipse_config eclipse = teb();
    qube_survey wrong = survey;
    size_t length = 0;

    /* Inputs are refused where they are given. */
    CHECK_OK(qube_harmonic_config_init(&config, sizeof config));
    CHECK_NO_HANDLE(none, qube_run_harmonic(&config, &none), QUBE_ERR_INPUT, "n_pix is 0");
    CHECK_NO_HANDLE(none, qube_run_harmonic(NULL, &none), QUBE_ERR_NULL, "config is NULL");
    CHECK_FAILS(qube_run_harmonic(&config, NULL), QUBE_ERR_NULL, "out is NULL");
    config.n_modes = 8441;
    CHECK_NO_HANDLE(none, qube_run_harmonic_of_survey(&survey, &config, &none), QUBE_ERR_CONFLICT,
                    "n_modes is 8441");
    CHECK_OK(qube_pixel_direct_config_init(&direct, sizeof direct));
    direct.cache_derivatives = 2;
    CHECK_NO_HANDLE(none, qube_run_pixel_direct(&direct, &none), QUBE_ERR_INPUT,
                    "cache_derivatives is 2");
    wrong.nside = 65;
    CHECK_NO_HANDLE(none, qube_run_pixel_direct_of_survey(&wrong, NULL, &none), QUBE_ERR_INPUT,
                    "nside is 65");
    CHECK_NO_HANDLE(none, qube_run_pixel_direct_of_survey(NULL, NULL, &none), QUBE_ERR_NULL,
                    "survey is NULL");
    eclipse.maps = 0;
    CHECK_NO_HANDLE(none, qube_run_eclipse(&eclipse, &none), QUBE_ERR_INPUT, "maps is 0");
    eclipse.struct_size = 1;
    CHECK_NO_HANDLE(none, qube_run_eclipse(&eclipse, &none), QUBE_ERR_ABI, "struct_size is 1");
    CHECK_NO_HANDLE(budget, qube_run_budget(NULL, &budget), QUBE_ERR_NULL, "run is NULL");

    /* 12 x 2^40 pixels of the whole sky are a number, but no matrix of them is. */
    wrong = survey;
    wrong.nside = INT64_C(1) << 20;
    wrong.fsky = 1;
    wrong.polar_cap = 0;
    CHECK_OK(qube_run_harmonic_of_survey(&wrong, NULL, &none));
    CHECK_NO_HANDLE(budget, qube_run_budget(none, &budget), QUBE_ERR_OVERFLOW,
                    "allowed: at most 2^63 - 1 bytes");
    CHECK_NO_HANDLE(fit, qube_run_fit(none, NULL, p, &fit), QUBE_ERR_OVERFLOW,
                    "allowed: at most 2^63 - 1 bytes");
    qube_run_free(none);

    CHECK_NO_HANDLE(fit, qube_run_fit(run, &job, 0, &fit), QUBE_ERR_INPUT,
                    "limit_bytes is 0; allowed: 1 or more");
    CHECK_NO_HANDLE(fit, qube_run_fit(run, &job, -1, &fit), QUBE_ERR_INPUT, "limit_bytes is -1");
    CHECK_NO_HANDLE(fit, qube_run_fit(NULL, &job, p, &fit), QUBE_ERR_NULL, "run is NULL");
    CHECK_FAILS(qube_run_fit(run, &job, p, NULL), QUBE_ERR_NULL, "out is NULL");
    job.nodes = 0;
    CHECK_NO_HANDLE(fit, qube_run_fit(run, &job, p, &fit), QUBE_ERR_INPUT, "nodes is 0");
    CHECK_FAILS(qube_run_extreme(run, QUBE_SIZE_LMAX, &job, p, &found), QUBE_ERR_INPUT,
                "nodes is 0");
    job = bare();
    job.nprow = job.npcol = job.block = 2;
    CHECK_NO_HANDLE(fit, qube_run_fit(run, &job, p, &fit), QUBE_ERR_INPUT,
                    "QUBE does not spread its matrices");

    job = bare();
    CHECK_OK(qube_run_fit(run, &job, 23 * p, &fit));
    CHECK_FAILS(qube_fit_verdict(fit, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_fit_verdict(NULL, &verdict), QUBE_ERR_NULL, "fit is NULL");
    verdict.struct_size = 71;
    CHECK_FAILS(qube_fit_verdict(fit, &verdict), QUBE_ERR_ABI, "struct_size is 71");
    change.struct_size = sizeof change;
    CHECK_FAILS(qube_fit_change(fit, 4, &change), QUBE_ERR_POSITION,
                "change number 4 does not exist; there are 4");
    CHECK_FAILS(qube_fit_change(fit, 0, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_fit_change_words(fit, -1, NULL, 0, &length), QUBE_ERR_POSITION,
                "change number -1");
    CHECK_FAILS(qube_fit_stage_name(NULL, NULL, 0, &length), QUBE_ERR_NULL, "fit is NULL");
    CHECK_FAILS(qube_fit_message(fit, NULL, 0, NULL), QUBE_ERR_NULL, "length is NULL");
    CHECK_FAILS(qube_fit_table(NULL, NULL, 0, &length), QUBE_ERR_NULL, "fit is NULL");
    CHECK_FAILS(qube_fit_json(NULL, NULL, 0, &length), QUBE_ERR_NULL, "fit is NULL");
    CHECK_NO_HANDLE(request, qube_fit_request(NULL, &request), QUBE_ERR_NULL, "fit is NULL");
    qube_fit_free(fit);

    found.struct_size = sizeof found;
    found.value = -7;
    CHECK_FAILS(qube_run_extreme(run, 0, &job, p, &found), QUBE_ERR_INPUT,
                "size is 0; allowed: QUBE_SIZE_NSIDE (1) to QUBE_SIZE_RANKS_PER_NODE (6)");
    CHECK_FAILS(qube_run_extreme(run, 7, &job, p, &found), QUBE_ERR_INPUT, "size is 7");
    CHECK_FAILS(qube_run_extreme(run, QUBE_SIZE_LMAX, &job, 0, &found), QUBE_ERR_INPUT,
                "limit_bytes is 0");
    CHECK_FAILS(qube_run_extreme(run, QUBE_SIZE_LMAX, &job, p, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_run_extreme(NULL, QUBE_SIZE_LMAX, &job, p, &found), QUBE_ERR_NULL,
                "run is NULL");
    CHECK(found.value == -7);
    found.struct_size = 8;
    CHECK_FAILS(qube_run_extreme(run, QUBE_SIZE_LMAX, &job, p, &found), QUBE_ERR_ABI,
                "struct_size is 8");
    CHECK_FAILS(qube_found_message(NULL, NULL, 0, &length), QUBE_ERR_NULL, "found is NULL");
    MESSAGE_REFUSES(kind, 0, QUBE_ERR_INPUT, "kind is 0; allowed: QUBE_FOUND_EXTREME (1)");
    MESSAGE_REFUSES(size, 9, QUBE_ERR_INPUT, "size is 9");
    MESSAGE_REFUSES(limit_bytes, 0, QUBE_ERR_INPUT, "limit_bytes is 0");
    MESSAGE_REFUSES(value, 0, QUBE_ERR_INPUT, "value is 0; allowed: 1 or more");
    MESSAGE_REFUSES(next_value, -1, QUBE_ERR_INPUT, "next_value is -1");
    MESSAGE_REFUSES(per_node_bytes, -1, QUBE_ERR_INPUT, "per_node_bytes is -1; allowed: 0 or more");
    MESSAGE_REFUSES(next_per_node_bytes, -2, QUBE_ERR_INPUT, "next_per_node_bytes is -2");
    MESSAGE_REFUSES(struct_size, 55, QUBE_ERR_ABI, "qube_found.struct_size is 55");
    qube_run_free(run);
}

/* What this process may use is a limit like any other. */
static void this_machine(void) {
    qube_run *run = cached();
    qube_fit *fit = NULL;
    qube_job job = bare();
    int64_t limit = 0;

    CHECK_OK(qube_memory_limit(&limit));
    CHECK_OK(qube_run_fit(run, &job, limit, &fit));
    CHECK(verdict_of(fit).fits == (41 * p <= limit));
    qube_fit_free(fit);
    qube_run_free(run);
}

int main(void) {
    feclearexcept(FE_ALL_EXCEPT);
    runs();
    fits();
    over_by_the_process();
    numbers_to_change();
    extremes();
    paths();
    bad_inputs();
    this_machine();
    CHECK_NO_FLAGS();
    return checks_done();
}
