/* Surveys through the C interface: the sizes that follow, how each follows, every refusal. */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "qube_budget.h"

static qube_survey survey_of(int32_t fields, int64_t lmax_signal) {
    qube_survey survey;
    CHECK(qube_survey_init(&survey, sizeof survey) == QUBE_OK);
    survey.fields = fields;
    survey.lmax_signal = lmax_signal;
    return survey;
}

/* QU on a tenth of the sky, in 6 bins. */
static qube_survey qu(void) {
    qube_survey survey = survey_of(QUBE_FIELDS_QU, 256);
    survey.nside = 64;
    survey.fsky = 0.1;
    survey.lmax = 128;
    survey.n_bins = 6;
    return survey;
}

/* Checks the value of an input, and that it was computed from `from`, or given where that is "". */
static void check_input(const qube_budget *budget, const char *name, const char *value,
                        const char *from) {
    int64_t count = 0, i;
    char text[256];
    size_t length = 0;

    CHECK(qube_budget_input_count(budget, &count) == QUBE_OK);
    for (i = 0; i < count; i++) {
        CHECK(qube_budget_input_name(budget, i, text, sizeof text, &length) == QUBE_OK);
        if (strcmp(text, name) != 0) {
            continue;
        }
        CHECK(qube_budget_input_value(budget, i, text, sizeof text, &length) == QUBE_OK);
        CHECK(strcmp(text, value) == 0);
        CHECK(qube_budget_input_from(budget, i, text, sizeof text, &length) == QUBE_OK);
        if (strcmp(text, from) != 0) {
            fprintf(stderr, "%s is from \"%s\", expected \"%s\"\n", name, text, from);
        }
        CHECK(strcmp(text, from) == 0 && length == strlen(from));
        return;
    }
    fprintf(stderr, "no input %s\n", name);
    CHECK(0);
}

static void defaults(void) {
    qube_survey survey;

    memset(&survey, 0xff, sizeof survey);
    CHECK(qube_survey_init(&survey, sizeof survey) == QUBE_OK);
    CHECK(survey.struct_size == sizeof survey && survey.fields == 0 && survey.polar_cap == 0);
    CHECK(survey.nside == 0 && survey.fsky == 0.0 && survey.n_obs == 0);
    CHECK(survey.n_obs_polarisation == 0 && survey.lmin == -1 && survey.lmax == 0);
    CHECK(survey.lmax_signal == 0 && survey.n_bins == 0 && survey.n_spectra == 0);
    CHECK_FAILS(qube_survey_init(NULL, sizeof survey), QUBE_ERR_NULL, "survey is NULL");
    CHECK_FAILS(qube_survey_init(&survey, 80), QUBE_ERR_ABI, "qube_survey.struct_size is 80");
}

/* 2 (129^2 - 4) modes; 12 64^2 / 10 pixels, of Q and of U. */
static void harmonic(void) {
    qube_survey survey = qu();
    qube_harmonic_config options;
    qube_budget *budget = NULL;
    qube_stage stage;

    CHECK(qube_budget_harmonic_of_survey(&survey, NULL, &budget) == QUBE_OK);
    check_input(budget, "n_pix", "9830", "2 x round(12 x 64^2 x 0.1)");
    check_input(budget, "n_modes", "33274", "2 x ((128 + 1)^2 - 2^2)");
    check_input(budget, "lmax_signal", "256", "");
    check_input(budget, "lmax", "128", "");
    check_input(budget, "release_pixel_projector", "yes", "");
    qube_budget_free(budget);

    /* Options of the run; sizes that are given win, and are told as given. */
    CHECK(qube_harmonic_config_init(&options, sizeof options) == QUBE_OK);
    options.n_pix = 59136;
    options.lmax_signal = 256;
    options.release_pixel_projector = 0;
    options.derivative_cache = 1;
    survey.lmax_signal = 0;
    stage.struct_size = sizeof stage;
    CHECK(qube_budget_harmonic_of_survey(&survey, &options, &budget) == QUBE_OK);
    check_input(budget, "n_pix", "59136", "");
    check_input(budget, "n_modes", "33274", "2 x ((128 + 1)^2 - 2^2)");
    check_input(budget, "release_pixel_projector", "no", "");
    check_input(budget, "derivative_cache", "yes", "");
    CHECK(qube_budget_stage(budget, 2, &stage) == QUBE_OK);
    CHECK(stage.persistent_bytes == INT64_C(61432607296) + INT64_C(8) * 59136 * 33274);
    CHECK(stage.transient_bytes == INT64_C(40) * 33274 * 33274);
    CHECK(stage.end_bytes == stage.persistent_bytes && stage.n_late == 0);
    qube_budget_free(budget);

    /* What is given and agrees is no contradiction; without lmax all multipoles count. */
    survey.lmax = 0;
    options.n_modes = 2 * (257 * 257 - 4);
    CHECK(qube_budget_harmonic_of_survey(&survey, &options, &budget) == QUBE_OK);
    check_input(budget, "n_modes", "132090", "");
    check_input(budget, "lmax", "absent", "");
    qube_budget_free(budget);
}

/* The polar caps of the published benchmarks, by T, QU and TQU. */
static void polar_caps(void) {
    static const int64_t n_obs[][2] = {{16, 312}, {32, 1200}, {64, 4900}};
    static const int64_t maps[] = {1, 2, 3}; /* of T, QU, TQU */
    size_t i;
    int32_t fields;

    for (i = 0; i < 3; i++) {
        for (fields = QUBE_FIELDS_T; fields <= QUBE_FIELDS_TQU; fields++) {
            qube_survey survey = survey_of(fields, 100);
            qube_budget *budget = NULL;
            int64_t bytes = 0;
            const int64_t n_pix = maps[fields - 1] * n_obs[i][1];
            int32_t persistent = 0;

            survey.nside = n_obs[i][0];
            survey.fsky = 0.1;
            survey.polar_cap = 1;
            CHECK(qube_budget_harmonic_of_survey(&survey, NULL, &budget) == QUBE_OK);
            CHECK(qube_budget_term(budget, 0, 0, &bytes, &persistent) == QUBE_OK);
            CHECK(bytes == 8 * n_pix * n_pix);
            qube_budget_free(budget);
        }
    }
}

static void pixel_direct(void) {
    qube_survey survey = qu();
    qube_pixel_direct_config options;
    qube_budget *budget = NULL;

    survey.polar_cap = 1;
    CHECK(qube_budget_pixel_direct_of_survey(&survey, NULL, &budget) == QUBE_OK);
    check_input(budget, "n_pix", "9800", "2 x 4900 in the 49 rings of a polar cap");
    check_input(budget, "n_params", "18", "6 bins x 3 spectra");
    check_input(budget, "n_bins", "6", "");
    check_input(budget, "has_switch", "yes", "");
    qube_budget_free(budget);

    /* A mask's count wins over fsky; two masks. */
    survey.fields = QUBE_FIELDS_TQU;
    survey.n_obs = 580;
    survey.n_obs_polarisation = 395;
    CHECK(qube_pixel_direct_config_init(&options, sizeof options) == QUBE_OK);
    options.n_bins = 6;
    options.has_switch = 0;
    options.cache_derivatives = 1;
    CHECK(qube_budget_pixel_direct_of_survey(&survey, &options, &budget) == QUBE_OK);
    check_input(budget, "n_pix", "1370", "580 observed + 2 x 395 observed");
    check_input(budget, "n_params", "36", "6 bins x 6 spectra");
    check_input(budget, "has_switch", "no", "");
    check_input(budget, "cache_derivatives", "yes", "");
    qube_budget_free(budget);

    /* Some of the spectra. */
    survey.n_spectra = 4;
    CHECK(qube_budget_pixel_direct_of_survey(&survey, &options, &budget) == QUBE_OK);
    check_input(budget, "n_params", "24", "6 bins x 4 spectra");
    qube_budget_free(budget);
}

/* The call with one field of a good survey changed fails, names the field, and leaves NULL. */
#define REFUSES(path, field, value, status, text)                                              \
    do {                                                                                       \
        qube_survey survey_ = qu();                                                            \
        qube_budget *budget_ = (qube_budget *)(uintptr_t)8;                                    \
        survey_.field = (value);                                                               \
        CHECK_FAILS(qube_budget_##path##_of_survey(&survey_, NULL, &budget_), status, text);   \
        CHECK(budget_ == NULL);                                                                \
    } while (0)

/* The same with a field of the options. */
#define CONTRADICTS(path, field, value, status, text)                                            \
    do {                                                                                         \
        const qube_survey survey_ = qu();                                                        \
        qube_##path##_config options_;                                                           \
        qube_budget *budget_ = (qube_budget *)(uintptr_t)8;                                      \
        CHECK(qube_##path##_config_init(&options_, sizeof options_) == QUBE_OK);                 \
        options_.field = (value);                                                                \
        CHECK_FAILS(qube_budget_##path##_of_survey(&survey_, &options_, &budget_), status, text); \
        CHECK(budget_ == NULL);                                                                  \
    } while (0)

static void bad_inputs(void) {
    qube_survey survey = qu();
    qube_budget *budget = NULL;

    REFUSES(harmonic, fields, 0, QUBE_ERR_INPUT, "fields is 0; allowed: QUBE_FIELDS_T (1)");
    REFUSES(harmonic, fields, 4, QUBE_ERR_INPUT, "fields is 4");
    REFUSES(harmonic, polar_cap, 2, QUBE_ERR_INPUT, "polar_cap is 2; allowed: 0 or 1");
    REFUSES(harmonic, nside, 48, QUBE_ERR_INPUT, "nside is 48; allowed: a power of two");
    REFUSES(harmonic, nside, -64, QUBE_ERR_INPUT, "nside is -64");
    REFUSES(harmonic, nside, INT64_C(1) << 30, QUBE_ERR_INPUT, "nside is 1073741824");
    REFUSES(harmonic, nside, INT64_C(1) << 20, QUBE_ERR_OVERFLOW, "term 'Cov_T' is too large");
    REFUSES(harmonic, nside, 0, QUBE_ERR_INPUT,
            "n_pix is not known; allowed: n_pix, n_obs, or nside and fsky");
    REFUSES(harmonic, fsky, 0.0, QUBE_ERR_INPUT, "n_pix is not known");
    REFUSES(harmonic, fsky, 1.5, QUBE_ERR_INPUT, "fsky is 1.5; allowed: above 0, up to 1");
    REFUSES(harmonic, fsky, -0.1, QUBE_ERR_INPUT, "fsky is -0.1");
    REFUSES(harmonic, fsky, NAN, QUBE_ERR_INPUT, "fsky is NaN");
    REFUSES(harmonic, fsky, INFINITY, QUBE_ERR_INPUT, "fsky is inf");
    REFUSES(harmonic, fsky, 1e-310, QUBE_ERR_INPUT, "less than a pixel");
    REFUSES(harmonic, n_obs, -1, QUBE_ERR_INPUT, "n_obs is -1; allowed: 1 or more");
    REFUSES(harmonic, n_obs, 49153, QUBE_ERR_CONFLICT,
            "n_obs is 49153, but the number of pixels at this nside is 49152");
    REFUSES(harmonic, n_obs_polarisation, 5, QUBE_ERR_INPUT,
            "n_obs_polarisation is 5 with the fields QU");
    REFUSES(harmonic, lmin, 1, QUBE_ERR_INPUT, "lmin is 1");
    REFUSES(harmonic, lmin, -2, QUBE_ERR_INPUT, "lmin is -2");
    REFUSES(harmonic, lmin, 129, QUBE_ERR_INPUT, "lmin is 129");
    REFUSES(harmonic, lmax, 257, QUBE_ERR_CONFLICT, "lmax is 257, but lmax_signal is 256");
    REFUSES(harmonic, lmax, -1, QUBE_ERR_INPUT, "lmax is -1");
    REFUSES(harmonic, lmax_signal, 0, QUBE_ERR_INPUT, "lmax_signal is 0; allowed: 1 or more");
    REFUSES(pixel_direct, n_bins, 0, QUBE_ERR_INPUT, "n_bins is not known");
    REFUSES(pixel_direct, n_bins, -6, QUBE_ERR_INPUT, "n_bins is -6; allowed: 1 or more");
    REFUSES(pixel_direct, n_spectra, -3, QUBE_ERR_INPUT, "n_spectra is -3");
    REFUSES(pixel_direct, n_bins, INT64_MAX, QUBE_ERR_OVERFLOW, "n_params is too large");
    REFUSES(pixel_direct, struct_size, 87, QUBE_ERR_ABI, "qube_survey.struct_size is 87");

    /* What is given and wrong: both are told. */
    CONTRADICTS(harmonic, n_modes, 33000, QUBE_ERR_CONFLICT,
                "n_modes is 33000, but 2 x ((128 + 1)^2 - 2^2) makes 33274");
    CONTRADICTS(harmonic, n_modes, -1, QUBE_ERR_INPUT, "n_modes is -1; allowed: 1 or more");
    CONTRADICTS(harmonic, n_pix, -1, QUBE_ERR_INPUT, "n_pix is -1; allowed: 1 or more");
    CONTRADICTS(harmonic, lmax, 127, QUBE_ERR_CONFLICT,
                "lmax is 127, but that of the survey is 128; allowed: the same, or only one");
    CONTRADICTS(harmonic, lmax_signal, 255, QUBE_ERR_CONFLICT,
                "lmax_signal is 255, but that of the survey is 256");
    CONTRADICTS(harmonic, derivative_cache, 3, QUBE_ERR_INPUT, "derivative_cache is 3");
    CONTRADICTS(harmonic, struct_size, 3, QUBE_ERR_ABI, "qube_harmonic_config.struct_size is 3");
    CONTRADICTS(pixel_direct, n_bins, 7, QUBE_ERR_CONFLICT,
                "n_bins is 7, but that of the survey is 6");
    CONTRADICTS(pixel_direct, lmax_signal, 8, QUBE_ERR_CONFLICT, "lmax_signal is 8");
    CONTRADICTS(pixel_direct, n_params, -2, QUBE_ERR_INPUT, "n_params is -2");
    CONTRADICTS(pixel_direct, has_switch, -1, QUBE_ERR_INPUT, "has_switch is -1");
    survey.n_obs = 4900;
    {
        qube_harmonic_config options;
        CHECK(qube_harmonic_config_init(&options, sizeof options) == QUBE_OK);
        options.n_pix = 9801;
        CHECK_FAILS(qube_budget_harmonic_of_survey(&survey, &options, &budget), QUBE_ERR_CONFLICT,
                    "n_pix is 9801, but 2 x 4900 observed makes 9800");
    }

    CHECK_FAILS(qube_budget_harmonic_of_survey(NULL, NULL, &budget), QUBE_ERR_NULL,
                "survey is NULL");
    CHECK_FAILS(qube_budget_pixel_direct_of_survey(NULL, NULL, &budget), QUBE_ERR_NULL,
                "survey is NULL");
    CHECK_FAILS(qube_budget_harmonic_of_survey(&survey, NULL, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_budget_pixel_direct_of_survey(&survey, NULL, NULL), QUBE_ERR_NULL,
                "out is NULL");
}

static void bad_questions(void) {
    const qube_survey survey = qu();
    qube_budget *budget = NULL;
    int64_t count = -7;
    char text[8];
    size_t length = 0;

    CHECK(qube_budget_harmonic_of_survey(&survey, NULL, &budget) == QUBE_OK);
    CHECK_FAILS(qube_budget_input_count(NULL, &count), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_input_count(budget, NULL), QUBE_ERR_NULL, "count is NULL");
    CHECK(count == -7);
    CHECK_FAILS(qube_budget_input_name(budget, 6, NULL, 0, &length), QUBE_ERR_POSITION,
                "input number 6 does not exist; there are 6");
    CHECK_FAILS(qube_budget_input_value(budget, -1, NULL, 0, &length), QUBE_ERR_POSITION,
                "input number -1");
    CHECK_FAILS(qube_budget_input_from(budget, 6, NULL, 0, &length), QUBE_ERR_POSITION,
                "input number 6");
    CHECK_FAILS(qube_budget_input_name(NULL, 0, NULL, 0, &length), QUBE_ERR_NULL, "budget");
    CHECK_FAILS(qube_budget_input_value(NULL, 0, NULL, 0, &length), QUBE_ERR_NULL, "budget");
    CHECK_FAILS(qube_budget_input_from(NULL, 0, NULL, 0, &length), QUBE_ERR_NULL, "budget");
    CHECK_FAILS(qube_budget_input_name(budget, 2, text, sizeof text, &length), QUBE_ERR_BUFFER,
                "the buffer holds 8; allowed: 12 or more");
    CHECK_FAILS(qube_budget_input_from(budget, 0, text, sizeof text, &length), QUBE_ERR_BUFFER,
                "holds 8");
    CHECK_FAILS(qube_budget_note(budget, text, sizeof text, &length), QUBE_ERR_BUFFER, "holds 8");
    CHECK_FAILS(qube_budget_note(NULL, text, sizeof text, &length), QUBE_ERR_NULL, "budget");
    qube_budget_free(budget);
}

int main(void) {
    feclearexcept(FE_ALL_EXCEPT);
    defaults();
    harmonic();
    polar_caps();
    pixel_direct();
    bad_inputs();
    bad_questions();
    CHECK(fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW) == 0);
    return checks_done();
}
