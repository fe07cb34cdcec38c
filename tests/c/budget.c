/* Budgets: sizes to the byte, the survey that sizes follow from, documents, measured runs, and every
   refusal. */
#include "common.h"

#include <sys/resource.h>

static const char *const STAGES[] = {"covariance_setup", "basis_setup", "fisher_run", "spectra_run"};

static int64_t sum_of(const qube_stage *stage, int32_t kind)
{
    int64_t sum = 0;
    for (int64_t k = 0; k < stage->n_terms; ++k) {
        const qube_term *term = &stage->terms[k];
        CHECK(term->bytes == 8 * term->copies * term->rows * term->columns && term->reserved == 0);
        CHECK(k == 0 || term->kind >= stage->terms[k - 1].kind);
        sum += term->kind == kind ? term->bytes : 0;
    }
    return sum;
}

static void check_stages(const qube_budget_view *view)
{
    int64_t largest = 0;
    for (int64_t k = 0; k < view->n_stages; ++k) {
        const qube_stage *stage = &view->stages[k];
        CHECK(sum_of(stage, QUBE_TERM_PERSISTENT) == stage->persistent_bytes);
        CHECK(sum_of(stage, QUBE_TERM_TRANSIENT) == stage->transient_bytes);
        CHECK(stage->peak_bytes == stage->persistent_bytes + stage->transient_bytes);
        CHECK(stage->end_bytes == stage->persistent_bytes + sum_of(stage, QUBE_TERM_POST_PEAK));
        CHECK(stage->reserved == 0 && (stage->terms != NULL) == (stage->n_terms > 0));
        if (stage->peak_bytes > largest) {
            largest = stage->peak_bytes;
            CHECK(k <= view->peak_stage);
        }
    }
    CHECK(largest == view->lifetime_peak_bytes);
    CHECK(view->stages[view->peak_stage].peak_bytes == largest);
}

static void harmonic_to_the_byte(void)
{
    const int64_t p = INT64_C(8) * 59136 * 59136, m = INT64_C(8) * 33274 * 33274;
    qube_harmonic_config config = eclipse_qu();
    qube_budget *budget = harmonic(&config, NULL);
    VIEW(qube_budget, view, budget);
    CHECK(view.path == QUBE_PATH_HARMONIC && view.n_stages == 4 && view.peak_stage == 1);
    CHECK(view.model == QUBE_MODEL_HELD && view.published_peak_bytes == INT64_C(120892199488));
    CHECK(view.lifetime_peak_bytes == INT64_C(120892199488));
    CHECK(view.events == NULL && view.n_events == 0);
    CHECK_TEXT(view.release, "qube-qml 1.3");
    CHECK_SAYS(view.note, "n_pix of 2048...n_spectra is unknown");
    check_stages(&view);
    for (int k = 0; k < 4; ++k) {
        CHECK_TEXT(view.stages[k].name, STAGES[k]);
    }
    const qube_stage *basis = &view.stages[1];
    CHECK(basis->persistent_bytes == INT64_C(61432607296) && basis->n_terms == 7);
    const qube_term *v = &basis->terms[1], *s = &basis->terms[5];
    CHECK_TEXT(v->name, "V_N_inv");
    CHECK(v->copies == 1 && v->rows == 59136 && v->columns == 33274);
    CHECK(v->kind == QUBE_TERM_PERSISTENT);
    CHECK_TEXT(s->name, "S_fixed (switch optimisation)");
    CHECK(s->kind == QUBE_TERM_TRANSIENT);
    CHECK(view.stages[2].transient_bytes == 5 * m && view.stages[3].transient_bytes == 5 * m);
    qube_budget_free(budget);

    /* QUBE reads the covariance itself; V is kept; one spectrum. */
    config.covariance_by_caller = 0;
    config.keep_pixel_projector = 1;
    config.n_spectra = 1;
    budget = harmonic(&config, NULL);
    VIEW(qube_budget, kept, budget);
    const int64_t x = INT64_C(8) * 59136 * 33274;
    CHECK(kept.stages[1].persistent_bytes == INT64_C(61432607296) + x);
    CHECK(kept.stages[1].transient_bytes == 2 * p + x);
    CHECK(kept.stages[2].transient_bytes == 4 * m);
    check_stages(&kept);
    qube_budget_free(budget);

    /* No switch, V kept, and no covariance to read: nothing is transient. */
    config.lmax = config.lmax_signal = 0;
    config.covariance_by_caller = 1;
    budget = harmonic(&config, NULL);
    VIEW(qube_budget, whole, budget);
    CHECK(whole.stages[1].transient_bytes == 0);
    qube_budget_free(budget);

    /* What QUBE's own calculator prints, in each release. */
    config = eclipse_qu();
    config.model = QUBE_MODEL_PUBLISHED;
    for (config.release = QUBE_RELEASE_1_1; config.release <= QUBE_RELEASE_1_3; ++config.release) {
        budget = harmonic(&config, NULL);
        VIEW(qube_budget, published, budget);
        CHECK(published.model == QUBE_MODEL_PUBLISHED && published.published_peak_bytes == 0);
        CHECK(published.stages[2].transient_bytes == 0);
        CHECK(published.stages[3].peak_bytes == INT64_C(70289879904));
        qube_budget_free(budget);
    }

    /* A pixel filter: W, of n_pix x r. */
    config.release = QUBE_RELEASE_NEWEST;
    config.working_dim = 40000;
    budget = harmonic(&config, NULL);
    VIEW(qube_budget, filtered, budget);
    CHECK_TEXT(filtered.stages[1].terms[3].name, "W (filter basis, held all run)");
    CHECK(filtered.stages[1].terms[3].rows == 59136 && filtered.stages[1].terms[3].columns == 40000);
    qube_budget_free(budget);
}

static void pixel_direct_to_the_byte(void)
{
    const int64_t p = INT64_C(8) * 9800 * 9800;
    qube_pixel_direct_config config = qu_64();
    qube_budget *budget = pixel_direct(&config, NULL);
    VIEW(qube_budget, view, budget);
    check_stages(&view);
    CHECK(view.path == QUBE_PATH_PIXEL_DIRECT && view.peak_stage == 2);
    CHECK(view.stages[1].persistent_bytes == 2 * p && view.stages[2].peak_bytes == 23 * p);
    CHECK(view.stages[3].peak_bytes == 8 * p && view.published_peak_bytes == 22 * p);
    qube_budget_free(budget);

    /* Parameters from bins and spectra; another release; cached. */
    config.n_params = 0;
    config.n_spectra = 3;
    config.release = QUBE_RELEASE_1_2;
    config.cache_derivatives = 1;
    budget = pixel_direct(&config, NULL);
    VIEW(qube_budget, cached, budget);
    CHECK(cached.stages[2].peak_bytes == 40 * p);
    CHECK_TEXT(cached.release, "qube-qml 1.2");
    qube_budget_free(budget);

    /* 1.1 builds S_fixed below lmax_signal. */
    config = qu_64();
    config.release = QUBE_RELEASE_1_1;
    config.lmax = 128;
    config.model = QUBE_MODEL_PUBLISHED;
    budget = pixel_direct(&config, NULL);
    VIEW(qube_budget, fixed, budget);
    CHECK(fixed.stages[1].peak_bytes == 3 * p && fixed.stages[2].peak_bytes == 23 * p);
    CHECK(fixed.stages[3].peak_bytes == 12 * p);
    qube_budget_free(budget);
}

static void traditional_to_the_byte(void)
{
    const int64_t p = INT64_C(8) * 1624 * 1624, in_p[] = {2, 5, 12, 8};
    DEFAULTS(qube_traditional_config, config);
    config.n_pix = 1624;
    config.n_params = 6;
    qube_budget *budget = traditional(&config, NULL);
    VIEW(qube_budget, view, budget);
    check_stages(&view);
    CHECK(view.path == QUBE_PATH_TRADITIONAL && view.peak_stage == 2 && view.n_stages == 4);
    CHECK_TEXT(view.stages[1].name, "prepare_covariance");
    for (int k = 0; k < 4; ++k) {
        CHECK(view.stages[k].peak_bytes == in_p[k] * p);
    }
    CHECK(view.published_peak_bytes == 0);
    qube_budget_free(budget);
}

/* n_modes^3 <= (n_bins + 1) n_pix^3, at equality and beside it; crossing. */
static void the_path_that_qube_takes(void)
{
    DEFAULTS(qube_auto_config, config);
    config.n_pix = 1000;
    config.n_modes = 2000;
    config.n_bins = 7;
    config.n_spectra = 1;
    static const struct {
        int64_t n_bins, working_dim;
        int32_t do_cross, path;
        const char *note;
    } cases[] = {
        {7, 0, 0, QUBE_PATH_HARMONIC, "the harmonic path, by time: n_modes^3 <= (n_bins + 1) n_pix^3"},
        {6, 0, 0, QUBE_PATH_PIXEL_DIRECT, "the pixel-direct path, by time: n_modes^3 > "},
        {7, 999, 0, QUBE_PATH_PIXEL_DIRECT, "(n_bins + 1) working_dim^3"},
        {7, 0, 1, QUBE_PATH_TRADITIONAL, "the traditional path to cross two data splits"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; ++k) {
        config.n_bins = cases[k].n_bins;
        config.working_dim = cases[k].working_dim;
        config.do_cross = cases[k].do_cross;
        qube_budget *budget = automatic(&config, NULL);
        VIEW(qube_budget, view, budget);
        CHECK(view.path == cases[k].path);
        CHECK_SAYS(view.note, cases[k].note);
        qube_budget_free(budget);
    }
    qube_budget *budget;
    config.n_bins = 0;
    config.do_cross = 0;
    CHECK_NOTHING(budget, qube_budget_auto(&config, NULL, &budget), QUBE_ERR_INPUT,
                  "cannot derive n_bins");
}

/* --- Sizes that follow from a survey -------------------------------------------------------------- */

/* QU on a tenth of the sky, in 6 bins. */
static qube_survey qu(void)
{
    DEFAULTS(qube_survey, survey);
    survey.fields = QUBE_FIELDS_QU;
    survey.lmax_signal = 256;
    survey.nside = 64;
    survey.fsky = 0.1;
    survey.lmax = 128;
    survey.n_bins = 6;
    return survey;
}

/* An input has this value, and was derived from `from`, or given where that is NULL. */
static void check_input(const qube_budget *budget, const char *name, const char *value,
                        const char *from)
{
    VIEW(qube_budget, view, budget);
    for (int64_t k = 0; k < view.n_inputs; ++k) {
        if (strcmp(view.inputs[k].name, name) == 0) {
            CHECK_TEXT(view.inputs[k].value, value);
            if (from == NULL) {
                CHECK(view.inputs[k].from == NULL);
            } else {
                CHECK_TEXT(view.inputs[k].from, from);
            }
            return;
        }
    }
    fprintf(stderr, "no input %s\n", name);
    CHECK(0);
}

static void surveys(void)
{
    qube_survey survey = qu();
    qube_budget *budget = harmonic(NULL, &survey);
    check_input(budget, "n_pix", "9830", "2 x round(12 x 64^2 x 0.1)");
    check_input(budget, "n_modes", "33274", "2 x ((128 + 1)^2 - 2^2)");
    check_input(budget, "lmax_signal", "256", NULL);
    check_input(budget, "lmax", "128", NULL);
    check_input(budget, "keep_pixel_projector", "no", NULL);
    qube_budget_free(budget);

    /* Given sizes override what follows, and are told as given. */
    DEFAULTS(qube_harmonic_config, config);
    config.n_pix = 59136;
    config.lmax_signal = 256;
    config.keep_pixel_projector = 1;
    config.covariance_by_caller = 1;
    survey.lmax_signal = 0;
    budget = harmonic(&config, &survey);
    check_input(budget, "n_pix", "59136", NULL);
    check_input(budget, "n_modes", "33274", "2 x ((128 + 1)^2 - 2^2)");
    check_input(budget, "keep_pixel_projector", "yes", NULL);
    check_input(budget, "covariance_by_caller", "yes", NULL);
    check_input(budget, "n_spectra", "3", "all that QU has");
    qube_budget_free(budget);

    /* What is given and agrees is no contradiction; without lmax all multipoles count. */
    survey.lmax = 0;
    config.n_modes = 2 * (257 * 257 - 4);
    budget = harmonic(&config, &survey);
    check_input(budget, "n_modes", "132090", NULL);
    check_input(budget, "lmax", "absent", NULL);
    qube_budget_free(budget);

    survey = qu();
    survey.polar_cap = 1;
    budget = pixel_direct(NULL, &survey);
    check_input(budget, "n_pix", "9800", "2 x 4900 in the 49 rings of a polar cap");
    check_input(budget, "n_params", "18", "6 bins x 3 spectra");
    check_input(budget, "n_bins", "6", NULL);
    check_input(budget, "cache_derivatives", "no", NULL);
    qube_budget_free(budget);
    budget = traditional(NULL, &survey);
    check_input(budget, "n_params", "18", "6 bins x 3 spectra");
    qube_budget_free(budget);
    budget = automatic(NULL, &survey);
    check_input(budget, "n_pix", "9800", "2 x 4900 in the 49 rings of a polar cap");
    qube_budget_free(budget);

    /* A mask's count overrides fsky; two masks; some of the spectra. */
    survey.fields = QUBE_FIELDS_TQU;
    survey.n_obs = 580;
    survey.n_obs_polarisation = 395;
    DEFAULTS(qube_pixel_direct_config, direct);
    direct.n_bins = 6;
    budget = pixel_direct(&direct, &survey);
    check_input(budget, "n_pix", "1370", "580 observed + 2 x 395 observed");
    check_input(budget, "n_params", "36", "6 bins x 6 spectra");
    qube_budget_free(budget);
    survey.n_spectra = 4;
    budget = pixel_direct(&direct, &survey);
    check_input(budget, "n_params", "24", "6 bins x 4 spectra");
    qube_budget_free(budget);
}

/* --- ECLIPSE -------------------------------------------------------------------------------------- */

/* Bytes as the program prints them, in MiB with two decimals. */
static const char *mib(int64_t bytes)
{
    static char text[32];
    snprintf(text, sizeof text, "%.2f", (double)bytes / 1048576.0);
    return text;
}

static const qube_stage *stage_of(const qube_budget_view *view, const char *name)
{
    for (int64_t k = 0; k < view->n_stages; ++k) {
        if (strcmp(view->stages[k].name, name) == 0) {
            return &view->stages[k];
        }
    }
    CHECK(!"the stage is there");
    return view->stages;
}

/* The events of a log add up; step 4 peaks early and ends with products that come after. */
static void eclipse_prints(void)
{
    const qube_eclipse_config config = nside_8_printed();
    qube_budget *budget = eclipse(&config);
    VIEW(qube_budget, view, budget);
    CHECK(view.model == QUBE_MODEL_PRINTED);
    int64_t total = 0;
    size_t printed = 0;
    for (int64_t k = 0; k < view.n_events; ++k) {
        const qube_event *event = &view.events[k];
        total += event->delta_bytes;
        CHECK(event->total_bytes == total && event->step >= 1 && event->step <= 6);
        printed += event->printed == 1;
    }
    CHECK(printed == 19 && total == 0 && view.path == QUBE_PATH_ECLIPSE);
    CHECK_TEXT(view.events[7].what, "+ maps");
    CHECK(view.events[7].step == 3 && view.events[7].delta_bytes == INT64_C(8) * 1370 * 1000);
    CHECK_TEXT(view.stages[view.peak_stage].name, "step_3");
    CHECK_TEXT(mib(view.lifetime_peak_bytes), "47.21");
    CHECK_SAYS(view.note, "the log leaves out what subroutines and ScaLAPACK allocate");
    CHECK_TEXT(view.inputs[0].value, "TEB");
    check_stages(&view);
    const qube_stage *step = stage_of(&view, "step_4");
    CHECK_TEXT(mib(step->peak_bytes), "33.35");
    CHECK_TEXT(mib(step->end_bytes), "17.87");
    CHECK(sum_of(step, QUBE_TERM_POST_PEAK) == INT64_C(16) * (6 * 395 + 3 * 580) * 285);
    CHECK_SAYS(step->terms[step->n_terms - 1].name, "imaginary part");
    qube_budget_free(budget);
}

/* The models of each code: stages and program. */
static void models(void)
{
    for (int32_t code = QUBE_ECLIPSE_T; code <= QUBE_ECLIPSE_TEB; ++code) {
        qube_eclipse_config config = nside_64(code);
        qube_budget *budget = eclipse(&config);
        VIEW(qube_budget, every, budget);
        CHECK(every.model == QUBE_MODEL_HELD && every.n_stages == 7 && every.n_events == 0);
        CHECK_TEXT(every.program, "ECLIPSE");
        CHECK_TEXT(every.stages[6].name, "spectra");
        qube_budget_free(budget);

        config.model = QUBE_MODEL_PUBLISHED;
        budget = eclipse(&config);
        VIEW(qube_budget, view, budget);
        CHECK(view.path == QUBE_PATH_ECLIPSE && view.model == QUBE_MODEL_PUBLISHED);
        CHECK(view.n_stages == 3 && view.n_events == 0);
        qube_budget_free(budget);
    }
}

/* Each field of the config moves what it is about. */
static void eclipse_options(void)
{
    const int64_t d = 1370, maps = 1000, modes = 285, y = 2 * 580 + 8 * 395;
    qube_eclipse_config config = nside_8_printed();
    config.check_inverse = 0;
    config.cross = 1;
    config.lmax_cov = 20;
    qube_budget *budget = eclipse(&config);
    VIEW(qube_budget, view, budget);
    CHECK(view.n_stages == 5 && view.stages[1].peak_bytes == 8 * d * d);
    CHECK(view.stages[0].peak_bytes == 8 * (d * d + y * (21 * 21 - 4)));
    CHECK(view.stages[2].peak_bytes == 8 * (d * d + y * modes + d * maps + 12 * modes * maps));
    qube_budget_free(budget);
    config.fisher = 0;
    budget = eclipse(&config);
    VIEW(qube_budget, without, budget);
    CHECK(without.n_stages == 3);
    qube_budget_free(budget);
}

/* What a run holds: with a finer nside more while maps are read, and who holds what. */
static void eclipse_holds(void)
{
    qube_eclipse_config config = nside_8();
    int64_t peaks[2];
    for (int k = 0; k < 2; ++k) {
        config.nside = k == 0 ? 0 : 16;
        qube_budget *budget = eclipse(&config);
        VIEW(qube_budget, view, budget);
        peaks[k] = stage_of(&view, "step_3")->peak_bytes;
        CHECK_TEXT(view.inputs[3].name, "nside");
        CHECK_TEXT(view.inputs[3].value, k == 0 ? "8" : "16");
        CHECK((view.inputs[3].from != NULL) == (k == 0));
        const qube_stage *spectra = stage_of(&view, "spectra");
        int first = 0, panels = 0, kept = 0;
        for (int64_t t = 0; t < spectra->n_terms; ++t) {
            const qube_term *term = &spectra->terms[t];
            CHECK(term->element_bytes == (term->layout == QUBE_LAYOUT_PANELS ? 12 : 8));
            first += term->holder == QUBE_HOLDER_FIRST_RANK && term->layout == QUBE_LAYOUT_REPLICATED;
            panels += term->layout == QUBE_LAYOUT_PANELS;
            kept += term->layout == QUBE_LAYOUT_MESSAGE && term->bytes == 0;
        }
        CHECK(first == 2 && panels == 1 && kept == 1);
        qube_budget_free(budget);
    }
    CHECK(peaks[1] > peaks[0]);

    /* From a survey: T, Q and U at nside 8, 500 pixels each, 400 in polarisation. */
    DEFAULTS(qube_survey, survey);
    survey.fields = QUBE_FIELDS_TQU;
    survey.nside = 8;
    survey.n_obs = 500;
    survey.n_obs_polarisation = 400;
    config = nside_8();
    config.pix_t = config.pix_p = 0;
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_eclipse(&config, &survey, &budget));
    VIEW(qube_budget, view, budget);
    CHECK_TEXT(view.inputs[1].value, "500");
    CHECK_TEXT(view.inputs[2].value, "400");
    CHECK_SAYS(view.inputs[1].from, "500 observed");
    qube_budget_free(budget);
    survey.fields = QUBE_FIELDS_QU;
    CHECK_NOTHING(budget, qube_budget_eclipse(&config, &survey, &budget), QUBE_ERR_INPUT,
                  "fields is QU with the code TEB");
}

/* --- Documents, and measured runs ----------------------------------------------------------------- */

static void documents(void)
{
    const qube_pixel_direct_config config = qu_64();
    qube_budget *budget = pixel_direct(&config, NULL);
    char *text = NULL;
    CHECK_OK(qube_budget_render(budget, QUBE_FORMAT_TABLE, NULL, &text));
    CHECK_SAYS(text, "lifetime peak: 16.46 GiB (17671360000 bytes), in stage 'fisher_run'\n");
    qube_text_free(text);
    CHECK_OK(qube_budget_render(budget, QUBE_FORMAT_JSON, NULL, &text));
    CHECK(strncmp(text, "{\"schema\":\"qube-budget/2\",\"path\":\"pixel-direct\",", 48) == 0);
    CHECK_SAYS(text, "\"lifetime_peak_bytes\":17671360000,\"peak_stage\":\"fisher_run\"");
    CHECK(strchr(text, '\n') == NULL);
    qube_text_free(text);

    DEFAULTS(qube_render_options, options);
    CHECK(options.limit_bytes == 0);
    const int64_t limits[] = {0, INT64_C(16) << 30, 1, INT64_MAX};
    for (int k = 0; k < 4; ++k) {
        options.limit_bytes = limits[k];
        CHECK_OK(qube_budget_render(budget, QUBE_FORMAT_SVG, &options, &text));
        CHECK(strncmp(text, "<svg ", 5) == 0 && says(text, ">16.46 GiB</text>"));
        CHECK(says(text, ">limit ") == (k > 0));
        CHECK(k != 1 || says(text, ">limit 16.00 GiB</text>"));
        qube_text_free(text);
    }
    options.limit_bytes = -1;
    CHECK_NOTHING(text, qube_budget_render(budget, QUBE_FORMAT_SVG, &options, &text),
                  QUBE_ERR_INPUT, "limit_bytes is -1");
    qube_budget_free(budget);
}

static void predicted_and_measured(void)
{
    /* p = 768320000: fisher_run holds 2p when it ends, 23p at its peak. */
    const char *run = "baseline 1000 # interpreter\nfisher_run 1536641000\n"
                      "fisher_run peak 16.60 GiB\n";
    const int64_t p = INT64_C(8) * 9800 * 9800;
    const qube_pixel_direct_config config = qu_64();
    qube_budget *budget = pixel_direct(&config, NULL);
    qube_comparison *found = NULL;
    char *text = NULL;
    CHECK_OK(qube_budget_compare(budget, run, &found));
    VIEW(qube_comparison, view, found);
    CHECK(view.n_stages == 4 && view.unit_bytes == p && view.baseline_bytes == 1000);
    CHECK(view.n_not_predicted == 0 && view.not_predicted == NULL);
    const qube_stage_comparison *fisher = &view.stages[2];
    CHECK_TEXT(fisher->name, "fisher_run");
    CHECK(fisher->end.predicted_bytes == 2 * p && fisher->end.measured_bytes == 1536641000);
    CHECK(fisher->end.above_baseline_bytes == 2 * p && fisher->end.difference_percent == 0.0);
    CHECK(fisher->peak.predicted_bytes == 23 * p && fisher->peak.difference_percent > 0.8 &&
          fisher->peak.difference_percent < 0.9);
    CHECK(view.stages[0].end.measured_bytes == -1 && view.stages[0].end.above_baseline_bytes == 0);
    CHECK(view.stages[0].end.predicted_bytes == p && view.stages[0].end.difference_percent == 0.0);
    CHECK(view.lifetime_peak.predicted_bytes == 23 * p);
    CHECK_OK(qube_comparison_render(found, QUBE_FORMAT_TABLE, &text));
    CHECK_SAYS(text, "not measured: covariance_setup, basis_setup, spectra_run\n");
    CHECK_SAYS(text, "furthest apart: +0.9 %, peak of 'fisher_run'\n");
    qube_text_free(text);
    CHECK_OK(qube_comparison_render(found, QUBE_FORMAT_JSON, &text));
    CHECK(strncmp(text, "{\"schema\":\"qube-compare/1\",", 27) == 0);
    CHECK_SAYS(text, "\"end\":{\"predicted_bytes\":1536640000,\"measured_bytes\":1536641000,"
                     "\"above_baseline_bytes\":1536640000,\"predicted_units\":2.0,"
                     "\"measured_units\":2.0,\"difference_bytes\":0,\"difference_percent\":0.0}");
    qube_text_free(text);
    qube_comparison_free(found);

    CHECK_OK(qube_budget_compare(
        budget, "{\"stages\":[{\"name\":\"basis_setup\",\"rss_bytes\":7}]}", &found));
    VIEW(qube_comparison, bare, found);
    CHECK(bare.baseline_bytes == -1 && bare.stages[1].end.measured_bytes == 7);
    CHECK(bare.stages[1].end.difference_percent < -99.9);
    qube_comparison_free(found);

    const struct {
        const char *measured;
        int32_t status;
        const char *says;
    } bad[] = {
        {NULL, QUBE_ERR_NULL, "measured is NULL"},
        {"\x80", QUBE_ERR_UTF8, "measured...UTF-8"},
        {"\nfisher_run 5 XB", QUBE_ERR_DOCUMENT, "line 2...'5 XB'"},
        {"", QUBE_ERR_DOCUMENT, "no figure of any stage"},
        {"{\"stages\":3}", QUBE_ERR_DOCUMENT, "line 1"},
        {"step_1 5", QUBE_ERR_UNKNOWN_STAGE, "'step_1'...covariance_setup, basis_setup"},
        {"fisher_run 9999999999999 TiB", QUBE_ERR_DOCUMENT, "line 1...9999999999999 TiB"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        CHECK_NOTHING(found, qube_budget_compare(budget, bad[k].measured, &found), bad[k].status,
                      bad[k].says);
    }
    qube_budget_free(budget);

    /* Published sums are of peaks; steps that have none may be measured. */
    qube_eclipse_config published = nside_8();
    published.model = QUBE_MODEL_PUBLISHED;
    budget = eclipse(&published);
    CHECK_OK(qube_budget_compare(budget, "step_3 peak 50 MiB\nstep_4 peak 34 MiB\n", &found));
    VIEW(qube_comparison, steps, found);
    CHECK(steps.n_not_predicted == 1 && steps.stages[0].end.predicted_bytes == -1);
    CHECK_TEXT(steps.not_predicted[0], "step_3");
    qube_comparison_free(found);
    qube_budget_free(budget);
}

/* --- Refusals ------------------------------------------------------------------------------------- */

/* The budget of a good input with one field changed fails, names the field, and leaves NULL. */
#define REFUSES(make, type, good, field, value, status, pattern)        \
    do {                                                                \
        type in_ = good;                                                \
        qube_budget *budget_;                                           \
        in_.field = (value);                                            \
        CHECK_NOTHING(budget_, make, status, pattern);                  \
    } while (0)
#define HARMONIC(field, value, status, pattern)                                              \
    REFUSES(qube_budget_harmonic(&in_, NULL, &budget_), qube_harmonic_config, eclipse_qu(), field, \
            value, status, pattern)
#define DIRECT(field, value, status, pattern)                                                   \
    REFUSES(qube_budget_pixel_direct(&in_, NULL, &budget_), qube_pixel_direct_config, qu_64(),  \
            field, value, status, pattern)
#define ECLIPSE(field, value, status, pattern)                                             \
    REFUSES(qube_budget_eclipse(&in_, NULL, &budget_), qube_eclipse_config, nside_8(), field, value, \
            status, pattern)
#define SURVEY(field, value, status, pattern)                                                  \
    REFUSES(qube_budget_harmonic(NULL, &in_, &budget_), qube_survey, qu(), field, value, status, \
            pattern)
#define SURVEY_DIRECT(field, value, status, pattern)                                             \
    REFUSES(qube_budget_pixel_direct(NULL, &in_, &budget_), qube_survey, qu(), field, value, status, \
            pattern)
/* A field of a config beside a good survey. */
#define BESIDE(path, field, value, status, pattern)                                               \
    do {                                                                                          \
        const qube_survey survey_ = qu();                                                         \
        DEFAULTS(qube_##path##_config, config_);                                                  \
        qube_budget *budget_;                                                                     \
        config_.field = (value);                                                                  \
        CHECK_NOTHING(budget_, qube_budget_##path(&config_, &survey_, &budget_), status, pattern); \
    } while (0)

static void refusals(void)
{
    HARMONIC(n_pix, 0, QUBE_ERR_INPUT, "n_pix is 0");
    HARMONIC(n_pix, INT64_MIN, QUBE_ERR_INPUT, "n_pix is -9223372036854775808");
    HARMONIC(n_modes, -1, QUBE_ERR_INPUT, "n_modes is -1");
    HARMONIC(lmax_signal, 0, QUBE_ERR_INPUT, "lmax_signal beside lmax");
    HARMONIC(lmax_signal, -1, QUBE_ERR_INPUT, "lmax_signal is -1");
    HARMONIC(n_spectra, 7, QUBE_ERR_INPUT, "n_spectra is 7; give 1 to 6");
    HARMONIC(working_dim, 59137, QUBE_ERR_CONFLICT, "working_dim is 59137, but n_pix is 59136");
    HARMONIC(working_dim, (in_.release = QUBE_RELEASE_1_2, 9), QUBE_ERR_INPUT,
             "working_dim is 9 with release 1.2; give release 1.3");
    HARMONIC(model, 3, QUBE_ERR_INPUT, "model is 3");
    HARMONIC(release, 13, QUBE_ERR_INPUT, "release is 13");
    HARMONIC(lmax, -1, QUBE_ERR_INPUT, "lmax is -1");
    HARMONIC(lmax, 257, QUBE_ERR_CONFLICT, "lmax is 257, but lmax_signal is 256");
    HARMONIC(keep_pixel_projector, 2, QUBE_ERR_INPUT, "keep_pixel_projector is 2");
    HARMONIC(covariance_by_caller, -1, QUBE_ERR_INPUT, "covariance_by_caller is -1");
    HARMONIC(n_pix, INT64_C(4000000000), QUBE_ERR_OVERFLOW, "term 'Cov_T'");

    DIRECT(n_pix, 0, QUBE_ERR_INPUT, "n_pix is 0");
    DIRECT(lmax_signal, -1, QUBE_ERR_INPUT, "lmax_signal is -1");
    DIRECT(n_bins, 0, QUBE_ERR_INPUT, "n_bins is 0");
    DIRECT(n_params, -3, QUBE_ERR_INPUT, "n_params is -3");
    DIRECT(n_spectra, 2, QUBE_ERR_CONFLICT, "n_params is 18, but 6 bins x 2 spectra makes 12");
    DIRECT(n_bins, 1000000, QUBE_ERR_CONFLICT, "n_bins is 1000000...number of multipoles is 257");
    DIRECT(cache_derivatives, (in_.release = QUBE_RELEASE_1_1, 1), QUBE_ERR_INPUT,
           "cache_derivatives is on with release 1.1; give release 1.2 or 1.3");
    DIRECT(reserved, 1, QUBE_ERR_ABI, "qube_pixel_direct_config.reserved is 1");
    DIRECT(cache_derivatives, 7, QUBE_ERR_INPUT, "cache_derivatives is 7");

    ECLIPSE(code, 0, QUBE_ERR_INPUT, "code is 0");
    ECLIPSE(pix_t, 0, QUBE_ERR_INPUT, "pix_t");
    ECLIPSE(pix_p, -1, QUBE_ERR_INPUT, "pix_p is -1");
    ECLIPSE(lmax, 1, QUBE_ERR_INPUT, "lmax is 1");
    ECLIPSE(lmax_cov, -3, QUBE_ERR_INPUT, "lmax_cov is -3");
    ECLIPSE(maps, 0, QUBE_ERR_INPUT, "maps is 0");
    ECLIPSE(cross, 2, QUBE_ERR_INPUT, "cross is 2");
    ECLIPSE(check_inverse, -1, QUBE_ERR_INPUT, "check_inverse is -1");
    ECLIPSE(fisher, 7, QUBE_ERR_INPUT, "fisher is 7");
    ECLIPSE(model, 3, QUBE_ERR_INPUT, "model is 3");
    ECLIPSE(tqu_maps, 1, QUBE_ERR_INPUT, "tqu_maps...with the code TEB");
    ECLIPSE(nside, 12, QUBE_ERR_INPUT, "nside is 12");

    SURVEY(fields, 0, QUBE_ERR_INPUT, "fields is 0");
    SURVEY(fields, 4, QUBE_ERR_INPUT, "fields is 4");
    SURVEY(polar_cap, 2, QUBE_ERR_INPUT, "polar_cap is 2");
    SURVEY(nside, 48, QUBE_ERR_INPUT, "nside is 48");
    SURVEY(nside, 0, QUBE_ERR_INPUT, "n_pix");
    SURVEY(fsky, 0.0, QUBE_ERR_INPUT, "n_pix");
    SURVEY(fsky, 1.5, QUBE_ERR_INPUT, "fsky is 1.5");
    SURVEY(fsky, NAN, QUBE_ERR_INPUT, "fsky is NaN");
    SURVEY(fsky, signaling_nan(), QUBE_ERR_INPUT, "fsky is NaN");
    SURVEY(fsky, INFINITY, QUBE_ERR_INPUT, "fsky is inf");
    SURVEY(fsky, 1e-310, QUBE_ERR_INPUT, "fsky");
    SURVEY(n_obs, -1, QUBE_ERR_INPUT, "n_obs is -1");
    SURVEY(n_obs, 49153, QUBE_ERR_CONFLICT, "n_obs is 49153...49152");
    SURVEY(n_obs_polarisation, 5, QUBE_ERR_INPUT, "n_obs_polarisation is 5 with the fields QU");
    SURVEY(lmin, 1, QUBE_ERR_INPUT, "lmin is 1");
    SURVEY(lmin, -2, QUBE_ERR_INPUT, "lmin is -2");
    SURVEY(lmin, 129, QUBE_ERR_INPUT, "lmin is 129");
    SURVEY(lmax, 257, QUBE_ERR_CONFLICT, "lmax is 257, but lmax_signal is 256");
    SURVEY(lmax, -1, QUBE_ERR_INPUT, "lmax is -1");
    SURVEY(lmax_signal, 0, QUBE_ERR_INPUT, "lmax_signal beside lmax");
    SURVEY(n_bins, 1000, QUBE_ERR_CONFLICT, "n_bins is 1000, but the number of multipoles is 127");
    SURVEY(n_spectra, 7, QUBE_ERR_CONFLICT, "n_spectra is 7, but the number of spectra of QU is 3");
    SURVEY_DIRECT(n_bins, 0, QUBE_ERR_INPUT, "n_bins");
    SURVEY_DIRECT(n_bins, -6, QUBE_ERR_INPUT, "n_bins is -6");
    SURVEY_DIRECT(n_spectra, -3, QUBE_ERR_INPUT, "n_spectra is -3");
    SURVEY_DIRECT(n_bins, INT64_MAX, QUBE_ERR_CONFLICT, "n_bins is 9223372036854775807, but...127");

    /* What is given and wrong: both are told. */
    BESIDE(harmonic, n_modes, 33000, QUBE_ERR_CONFLICT, "n_modes is 33000, but 2 x ((128 + 1)^2...33274");
    BESIDE(harmonic, n_modes, -1, QUBE_ERR_INPUT, "n_modes is -1");
    BESIDE(harmonic, n_pix, -1, QUBE_ERR_INPUT, "n_pix is -1");
    BESIDE(harmonic, lmax, 127, QUBE_ERR_CONFLICT, "lmax is 127, but...is 128");
    BESIDE(harmonic, lmax_signal, 255, QUBE_ERR_CONFLICT, "lmax_signal is 255, but...is 256");
    BESIDE(harmonic, keep_pixel_projector, 3, QUBE_ERR_INPUT, "keep_pixel_projector is 3");
    BESIDE(traditional, model, QUBE_MODEL_PUBLISHED, QUBE_ERR_INPUT, "model is published");
    BESIDE(auto, do_cross, 2, QUBE_ERR_INPUT, "do_cross is 2");
    BESIDE(pixel_direct, n_bins, 7, QUBE_ERR_CONFLICT, "n_bins is 7, but...is 6");
    BESIDE(pixel_direct, lmax_signal, 8, QUBE_ERR_CONFLICT, "lmax_signal is 8");
    BESIDE(pixel_direct, n_params, -2, QUBE_ERR_INPUT, "n_params is -2");
    BESIDE(pixel_direct, n_params, 17, QUBE_ERR_CONFLICT, "n_params is 17, but n_bins is 6");

    /* NULL for both: nothing is known. */
    qube_budget *budget;
    CHECK_NOTHING(budget, qube_budget_harmonic(NULL, NULL, &budget), QUBE_ERR_INPUT, "n_pix is 0");
    CHECK_NOTHING(budget, qube_budget_pixel_direct(NULL, NULL, &budget), QUBE_ERR_INPUT,
                  "n_pix is 0");
}

/* 8 = (1 + 1) 4, at equality; then one mode more, and the largest numbers. */
static void path_by_time(void)
{
    const struct {
        int64_t n_pix, n_modes, n_bins;
        int32_t path;
    } cases[] = {{4, 4, 1, QUBE_PATH_HARMONIC},
                 {1, 2, 7, QUBE_PATH_HARMONIC},
                 {1, 2, 6, QUBE_PATH_PIXEL_DIRECT},
                 {INT64_MAX, INT64_MAX, INT64_MAX, QUBE_PATH_HARMONIC}};
    int32_t path = -7;
    for (int k = 0; k < 4; ++k) {
        CHECK_OK(qube_path_by_time(cases[k].n_pix, cases[k].n_modes, cases[k].n_bins, &path));
        CHECK(path == cases[k].path);
    }
    path = -7;
    CHECK_FAILS(qube_path_by_time(0, 4, 1, &path), QUBE_ERR_INPUT, "n_pix is 0");
    CHECK_FAILS(qube_path_by_time(4, -4, 1, &path), QUBE_ERR_INPUT, "n_modes is -4");
    CHECK_FAILS(qube_path_by_time(4, 4, 0, &path), QUBE_ERR_INPUT, "n_bins is 0");
    CHECK_FAILS(qube_path_by_time(4, 4, 1, NULL), QUBE_ERR_NULL, "path is NULL");
    CHECK(path == -7);
}

/* Resource limits count, each with its name, and a limit above the least one changes nothing. */
static void resource_limits(void)
{
    const struct {
        int resource;
        const char *name;
    } cases[] = {{RLIMIT_AS, "RLIMIT_AS (ulimit -v)"}, {RLIMIT_DATA, "RLIMIT_DATA (ulimit -d)"}};
    int64_t before = 0, bytes = 0;
    const char *bound = NULL, *first = NULL;
    CHECK_OK(qube_memory_limit(&before, &first));
    CHECK(first != NULL);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        struct rlimit kept, less;
        CHECK(getrlimit(cases[k].resource, &kept) == 0);
        less = kept;
        less.rlim_cur = (rlim_t)before - 4096;
        CHECK(setrlimit(cases[k].resource, &less) == 0);
        CHECK_OK(qube_memory_limit(&bytes, &bound));
        CHECK(bytes == before - 4096);
        CHECK_TEXT(bound, cases[k].name);
        CHECK(setrlimit(cases[k].resource, &kept) == 0);
    }
    CHECK_OK(qube_memory_limit(&bytes, &bound));
    CHECK(bytes == before);
    CHECK_TEXT(bound, first);
}

static void library_and_machine(void)
{
    char text[64];
    int64_t bytes = 0;
    CHECK_OK(qube_memory_limit(&bytes, NULL));
    CHECK(bytes > 0);
    CHECK_FAILS(qube_memory_limit(NULL, NULL), QUBE_ERR_NULL, "bytes is NULL");
    snprintf(text, sizeof text, "%d.%d.%d", QUBE_VERSION_MAJOR, QUBE_VERSION_MINOR,
             QUBE_VERSION_PATCH);
    CHECK_TEXT(qube_version(), text);
    CHECK(qube_abi_version() == QUBE_ABI_VERSION);
    /* Success leaves the message as it is. */
    CHECK_OK(qube_memory_limit(&bytes, NULL));
    CHECK_SAYS(qube_last_error(), "bytes is NULL");
}

int main(void)
{
    CHECK_TEXT(qube_last_error(), ""); /* no call has failed yet */
    feclearexcept(FE_ALL_EXCEPT);
    harmonic_to_the_byte();
    pixel_direct_to_the_byte();
    traditional_to_the_byte();
    the_path_that_qube_takes();
    surveys();
    eclipse_prints();
    models();
    eclipse_options();
    eclipse_holds();
    documents();
    predicted_and_measured();
    refusals();
    path_by_time();
    resource_limits();
    library_and_machine();
    CHECK_NO_FLAGS();
    return checks_done();
}
