/* Budgets through the C interface: every entry, every refusal, no floating-point exception. */
#include <fenv.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "qube_budget.h"

#define GIB ((int64_t)1 << 30)

/* An address that no handle has: what a failed call must replace by NULL. */
static qube_budget *const STALE = (qube_budget *)(uintptr_t)8;

/* The QU run of the ECLIPSE comparison in QUBE's calibration (arXiv 2605.21149). */
static qube_harmonic_config eclipse_qu(void) {
    qube_harmonic_config config;
    CHECK(qube_harmonic_config_init(&config, sizeof config) == QUBE_OK);
    config.n_pix = 59136;
    config.n_modes = 33274;
    config.lmax_signal = 256;
    config.lmax = 128;
    return config;
}

/* QU at nside 64, fsky 0.1, 6 bins of 3 spectra. */
static qube_pixel_direct_config qu_64(void) {
    qube_pixel_direct_config config;
    CHECK(qube_pixel_direct_config_init(&config, sizeof config) == QUBE_OK);
    config.n_pix = 9800;
    config.lmax_signal = 256;
    config.n_bins = 6;
    config.n_params = 18;
    return config;
}

static void layouts_and_defaults(void) {
    qube_harmonic_config harmonic;
    qube_pixel_direct_config pixel;

    /* The layouts are part of the binary interface. */
    CHECK(sizeof(qube_harmonic_config) == 48);
    CHECK(sizeof(qube_pixel_direct_config) == 48);
    CHECK(sizeof(qube_stage) == 64);
    CHECK(sizeof(qube_check) == 56);
    CHECK(offsetof(qube_harmonic_config, release_pixel_projector) == 40);
    CHECK(offsetof(qube_pixel_direct_config, has_switch) == 40);
    CHECK(offsetof(qube_check, fits) == 48);

    memset(&harmonic, 0xff, sizeof harmonic);
    CHECK(qube_harmonic_config_init(&harmonic, sizeof harmonic) == QUBE_OK);
    CHECK(harmonic.struct_size == sizeof harmonic);
    CHECK(harmonic.n_pix == 0 && harmonic.n_modes == 0 && harmonic.lmax_signal == 0);
    CHECK(harmonic.lmax == 0);
    CHECK(harmonic.release_pixel_projector == 1);
    CHECK(harmonic.derivative_cache == 0);

    memset(&pixel, 0xff, sizeof pixel);
    CHECK(qube_pixel_direct_config_init(&pixel, sizeof pixel) == QUBE_OK);
    CHECK(pixel.struct_size == sizeof pixel);
    CHECK(pixel.n_pix == 0 && pixel.lmax_signal == 0 && pixel.n_bins == 0 && pixel.n_params == 0);
    CHECK(pixel.has_switch == 1);
    CHECK(pixel.cache_derivatives == 0);

    CHECK_FAILS(qube_harmonic_config_init(NULL, 48), QUBE_ERR_NULL, "config is NULL");
    CHECK_FAILS(qube_harmonic_config_init(&harmonic, 47), QUBE_ERR_ABI,
                "qube_harmonic_config.struct_size is 47");
    CHECK_FAILS(qube_pixel_direct_config_init(NULL, 48), QUBE_ERR_NULL, "config is NULL");
    CHECK_FAILS(qube_pixel_direct_config_init(&pixel, 0), QUBE_ERR_ABI,
                "qube_pixel_direct_config.struct_size is 0");
}

static void harmonic_to_the_byte(void) {
    static const char *const stages[] = {"covariance_setup", "basis_setup", "fisher_run",
                                         "spectra_run"};
    qube_harmonic_config config = eclipse_qu();
    qube_budget *budget = NULL;
    int64_t count = 0, number = 0, bytes = 0, term = 0, i = 0;
    int32_t persistent = -1;
    qube_stage stage;
    char text[128];
    size_t length = 0;

    stage.struct_size = sizeof stage;
    CHECK(qube_budget_harmonic(&config, &budget) == QUBE_OK);
    CHECK(budget != NULL);
    CHECK(qube_budget_stage_count(budget, &count) == QUBE_OK);
    CHECK(count == 4);
    for (i = 0; i < count; i++) {
        CHECK(qube_budget_stage_name(budget, i, text, sizeof text, &length) == QUBE_OK);
        CHECK(strcmp(text, stages[i]) == 0 && length == strlen(text));
        CHECK(qube_budget_find_stage(budget, stages[i], &number) == QUBE_OK);
        CHECK(number == i);
    }

    CHECK(qube_budget_stage(budget, 1, &stage) == QUBE_OK);
    CHECK(stage.struct_size == sizeof stage);
    CHECK(stage.persistent_bytes == INT64_C(61432607296));
    CHECK(stage.peak_bytes == INT64_C(120892199488));
    CHECK(stage.peak_bytes == stage.persistent_bytes + stage.transient_bytes);
    CHECK(stage.n_persistent == 4 && stage.n_transient == 3);

    /* The terms, by number, come to the sums. */
    {
        int64_t sums[2] = {0, 0};
        for (term = 0; term < stage.n_persistent + stage.n_transient; term++) {
            CHECK(qube_budget_term(budget, 1, term, &bytes, &persistent) == QUBE_OK);
            CHECK(persistent == (term < stage.n_persistent));
            sums[persistent] += bytes;
        }
        CHECK(sums[1] == stage.persistent_bytes);
        CHECK(sums[0] == stage.transient_bytes);
    }
    CHECK(qube_budget_term(budget, 1, 1, &bytes, &persistent) == QUBE_OK);
    CHECK(bytes == INT64_C(8) * 59136 * 33274 && persistent == 1);
    CHECK(qube_budget_term_name(budget, 1, 1, text, sizeof text, &length) == QUBE_OK);
    CHECK(strcmp(text, "V_N_inv") == 0);
    CHECK(qube_budget_term_name(budget, 1, 5, text, sizeof text, &length) == QUBE_OK);
    CHECK(strcmp(text, "S_fixed (switch optimisation)") == 0);

    CHECK(qube_budget_stage(budget, 3, &stage) == QUBE_OK);
    CHECK(stage.peak_bytes == INT64_C(70289879904));
    CHECK(qube_budget_lifetime_peak(budget, &bytes) == QUBE_OK);
    CHECK(bytes == INT64_C(120892199488));
    CHECK(qube_budget_peak_stage(budget, &number) == QUBE_OK);
    CHECK(number == 1);
    CHECK(qube_budget_release(budget, text, sizeof text, &length) == QUBE_OK);
    CHECK(strcmp(text, "qube-qml 1.1") == 0);
    qube_budget_free(budget);

    /* Each switch of the config moves what it is about. */
    config.release_pixel_projector = 0;
    config.derivative_cache = 1;
    CHECK(qube_budget_harmonic(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_stage(budget, 1, &stage) == QUBE_OK);
    CHECK(stage.persistent_bytes == INT64_C(61432607296) + INT64_C(8) * 59136 * 33274);
    CHECK(qube_budget_stage(budget, 2, &stage) == QUBE_OK);
    CHECK(stage.transient_bytes == INT64_C(40) * 33274 * 33274);
    qube_budget_free(budget);

    /* Without lmax: no switch. */
    config.lmax = 0;
    CHECK(qube_budget_harmonic(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_stage(budget, 1, &stage) == QUBE_OK);
    CHECK(stage.n_transient == 0);
    qube_budget_free(budget);
    qube_budget_free(NULL);
}

static void pixel_direct_to_the_byte(void) {
    const int64_t matrix = INT64_C(8) * 9800 * 9800;
    qube_pixel_direct_config config = qu_64();
    qube_budget *budget = NULL;
    qube_stage stage;
    char text[32];
    size_t length = 0;

    stage.struct_size = sizeof stage;
    CHECK(qube_budget_pixel_direct(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_stage(budget, 1, &stage) == QUBE_OK);
    CHECK(stage.persistent_bytes == INT64_C(2304960000));
    CHECK(qube_budget_stage(budget, 2, &stage) == QUBE_OK);
    CHECK(stage.peak_bytes == INT64_C(17671360000));
    CHECK(qube_budget_stage(budget, 3, &stage) == QUBE_OK);
    CHECK(stage.peak_bytes == INT64_C(9219840000));
    qube_budget_free(budget);

    config.has_switch = 0;
    config.cache_derivatives = 1;
    CHECK(qube_budget_pixel_direct(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_stage(budget, 2, &stage) == QUBE_OK);
    CHECK(stage.peak_bytes == 40 * matrix);
    CHECK(qube_budget_release(budget, text, sizeof text, &length) == QUBE_OK);
    CHECK(strcmp(text, "qube-qml 1.2") == 0);
    qube_budget_free(budget);
}

/* The call with one field of a good config changed fails, names the field, and leaves NULL. */
#define REFUSES(kind, good, field, value, status, text)                    \
    do {                                                                   \
        qube_##kind##_config config_ = good();                             \
        qube_budget *budget_ = STALE;                                      \
        config_.field = (value);                                           \
        CHECK_FAILS(qube_budget_##kind(&config_, &budget_), status, text); \
        CHECK(budget_ == NULL);                                            \
    } while (0)

static void bad_inputs(void) {
    qube_budget *budget = STALE;
    qube_harmonic_config harmonic = eclipse_qu();
    qube_pixel_direct_config pixel = qu_64();

    REFUSES(harmonic, eclipse_qu, n_pix, 0, QUBE_ERR_INPUT, "n_pix is 0; allowed: 1 or more");
    REFUSES(harmonic, eclipse_qu, n_pix, INT64_MIN, QUBE_ERR_INPUT,
            "n_pix is -9223372036854775808");
    REFUSES(harmonic, eclipse_qu, n_modes, -1, QUBE_ERR_INPUT, "n_modes is -1");
    REFUSES(harmonic, eclipse_qu, lmax_signal, 0, QUBE_ERR_INPUT, "lmax_signal is 0");
    REFUSES(harmonic, eclipse_qu, lmax, -1, QUBE_ERR_INPUT, "lmax is -1");
    REFUSES(harmonic, eclipse_qu, lmax, 257, QUBE_ERR_CONFLICT,
            "lmax is 257, but lmax_signal is 256");
    REFUSES(harmonic, eclipse_qu, release_pixel_projector, 2, QUBE_ERR_INPUT,
            "release_pixel_projector is 2; allowed: 0 or 1");
    REFUSES(harmonic, eclipse_qu, derivative_cache, -1, QUBE_ERR_INPUT, "derivative_cache is -1");
    REFUSES(harmonic, eclipse_qu, n_pix, INT64_C(4000000000), QUBE_ERR_OVERFLOW, "term 'Cov_T'");
    REFUSES(harmonic, eclipse_qu, n_modes, INT64_MAX, QUBE_ERR_OVERFLOW, "term 'V_N_inv'");
    REFUSES(harmonic, eclipse_qu, n_pix, INT64_C(1000000000), QUBE_ERR_OVERFLOW,
            "stage 'covariance_setup'");

    REFUSES(pixel_direct, qu_64, n_pix, 0, QUBE_ERR_INPUT, "n_pix is 0");
    REFUSES(pixel_direct, qu_64, lmax_signal, 0, QUBE_ERR_INPUT, "lmax_signal is 0");
    REFUSES(pixel_direct, qu_64, n_bins, 0, QUBE_ERR_INPUT, "n_bins is 0");
    REFUSES(pixel_direct, qu_64, n_params, -3, QUBE_ERR_INPUT, "n_params is -3");
    REFUSES(pixel_direct, qu_64, has_switch, 2, QUBE_ERR_INPUT, "has_switch is 2; allowed: 0 or 1");
    REFUSES(pixel_direct, qu_64, cache_derivatives, 7, QUBE_ERR_INPUT, "cache_derivatives is 7");
    REFUSES(pixel_direct, qu_64, n_params, INT64_MAX, QUBE_ERR_OVERFLOW, "term 'cinv_times_dcb");

    REFUSES(harmonic, eclipse_qu, struct_size, 0, QUBE_ERR_ABI,
            "qube_harmonic_config.struct_size is 0");
    REFUSES(harmonic, eclipse_qu, struct_size, 47, QUBE_ERR_ABI, "struct_size is 47");
    REFUSES(harmonic, eclipse_qu, struct_size, SIZE_MAX, QUBE_ERR_ABI, "allowed: sizeof(");
    REFUSES(pixel_direct, qu_64, struct_size, 40, QUBE_ERR_ABI,
            "qube_pixel_direct_config.struct_size is 40");

    CHECK_FAILS(qube_budget_harmonic(NULL, &budget), QUBE_ERR_NULL, "config is NULL");
    CHECK(budget == NULL);
    budget = STALE;
    CHECK_FAILS(qube_budget_pixel_direct(NULL, &budget), QUBE_ERR_NULL, "config is NULL");
    CHECK(budget == NULL);
    CHECK_FAILS(qube_budget_harmonic(&harmonic, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_budget_pixel_direct(&pixel, NULL), QUBE_ERR_NULL, "out is NULL");
}

/* A host built against a later header, whose structs are longer. */
static void structs_of_a_later_release(void) {
    struct {
        qube_harmonic_config known;
        int64_t unknown;
    } config;
    struct {
        qube_check known;
        int64_t unknown;
    } check;
    qube_budget *budget = STALE;

    CHECK(qube_harmonic_config_init(&config.known, sizeof config) == QUBE_OK);
    CHECK(config.known.struct_size == sizeof config);
    CHECK(config.unknown == 0);
    config.known.n_pix = 100;
    config.known.n_modes = 10;
    config.known.lmax_signal = 8;
    config.unknown = 1;
    CHECK_FAILS(qube_budget_harmonic(&config.known, &budget), QUBE_ERR_ABI,
                "qube_harmonic_config has fields set that this library does not know");
    CHECK(budget == NULL);
    config.unknown = 0;
    CHECK(qube_budget_harmonic(&config.known, &budget) == QUBE_OK);

    memset(&check, 0xff, sizeof check);
    check.known.struct_size = sizeof check;
    CHECK(qube_budget_check(budget, GIB, &check.known) == QUBE_OK);
    CHECK(check.known.struct_size == sizeof check);
    CHECK(check.known.fits == 1 && check.unknown == 0);
    qube_budget_free(budget);
}

static void bad_questions(void) {
    qube_harmonic_config config = eclipse_qu();
    qube_budget *budget = NULL;
    int64_t number = -7, bytes = -7;
    int32_t persistent = -7;
    size_t length = 0;
    char text[8];
    qube_stage stage;
    qube_check check;

    CHECK(qube_budget_harmonic(&config, &budget) == QUBE_OK);

    CHECK_FAILS(qube_budget_find_stage(budget, "fisher", &number), QUBE_ERR_UNKNOWN_STAGE,
                "no stage 'fisher'; the stages are: covariance_setup, basis_setup, fisher_run, ");
    CHECK_FAILS(qube_budget_find_stage(budget, "\xff", &number), QUBE_ERR_UTF8, "name");
    CHECK_FAILS(qube_budget_find_stage(budget, NULL, &number), QUBE_ERR_NULL, "name is NULL");
    CHECK_FAILS(qube_budget_find_stage(budget, "basis_setup", NULL), QUBE_ERR_NULL,
                "stage is NULL");
    CHECK_FAILS(qube_budget_find_stage(NULL, "basis_setup", &number), QUBE_ERR_NULL,
                "budget is NULL");
    CHECK_FAILS(qube_budget_stage_count(NULL, &number), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_stage_count(budget, NULL), QUBE_ERR_NULL, "count is NULL");
    CHECK_FAILS(qube_budget_lifetime_peak(NULL, &bytes), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_lifetime_peak(budget, NULL), QUBE_ERR_NULL, "bytes is NULL");
    CHECK_FAILS(qube_budget_peak_stage(NULL, &number), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_peak_stage(budget, NULL), QUBE_ERR_NULL, "stage is NULL");

    CHECK_FAILS(qube_budget_stage_name(budget, 4, NULL, 0, &length), QUBE_ERR_POSITION,
                "stage number 4 does not exist; there are 4");
    CHECK_FAILS(qube_budget_stage_name(budget, -1, NULL, 0, &length), QUBE_ERR_POSITION,
                "stage number -1");
    CHECK_FAILS(qube_budget_stage_name(NULL, 0, NULL, 0, &length), QUBE_ERR_NULL, "budget is NULL");

    stage.struct_size = sizeof stage;
    stage.peak_bytes = -7;
    CHECK_FAILS(qube_budget_stage(budget, 4, &stage), QUBE_ERR_POSITION, "stage number 4");
    CHECK_FAILS(qube_budget_stage(budget, 0, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_budget_stage(NULL, 0, &stage), QUBE_ERR_NULL, "budget is NULL");
    stage.struct_size = 8;
    CHECK_FAILS(qube_budget_stage(budget, 0, &stage), QUBE_ERR_ABI, "qube_stage.struct_size is 8");
    stage.struct_size = SIZE_MAX / 3; /* as uninitialised memory has it: must not be written to */
    CHECK_FAILS(qube_budget_stage(budget, 0, &stage), QUBE_ERR_ABI, "qube_stage.struct_size is ");
    CHECK(stage.peak_bytes == -7);

    CHECK_FAILS(qube_budget_term(budget, 9, 0, &bytes, &persistent), QUBE_ERR_POSITION,
                "stage number 9");
    CHECK_FAILS(qube_budget_term(budget, 0, 2, &bytes, &persistent), QUBE_ERR_POSITION,
                "term number 2 does not exist; there are 2");
    CHECK_FAILS(qube_budget_term(budget, 0, INT64_MIN, &bytes, &persistent), QUBE_ERR_POSITION,
                "term");
    CHECK_FAILS(qube_budget_term(budget, 0, INT64_MAX, &bytes, &persistent), QUBE_ERR_POSITION,
                "term");
    CHECK_FAILS(qube_budget_term(budget, 0, 0, NULL, &persistent), QUBE_ERR_NULL, "bytes is NULL");
    CHECK_FAILS(qube_budget_term(budget, 0, 0, &bytes, NULL), QUBE_ERR_NULL, "persistent is NULL");
    CHECK_FAILS(qube_budget_term(NULL, 0, 0, &bytes, &persistent), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_term_name(budget, 0, 2, NULL, 0, &length), QUBE_ERR_POSITION,
                "term number 2");
    CHECK_FAILS(qube_budget_term_name(NULL, 0, 0, NULL, 0, &length), QUBE_ERR_NULL,
                "budget is NULL");

    check.struct_size = sizeof check;
    CHECK_FAILS(qube_budget_check(budget, 0, &check), QUBE_ERR_INPUT,
                "limit_bytes is 0; allowed: 1 or more");
    CHECK_FAILS(qube_budget_check(budget, INT64_MIN, &check), QUBE_ERR_INPUT,
                "limit_bytes is -92233720");
    CHECK_FAILS(qube_budget_check(budget, 1, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_budget_check(NULL, 1, &check), QUBE_ERR_NULL, "budget is NULL");
    check.struct_size = 55;
    CHECK_FAILS(qube_budget_check(budget, 1, &check), QUBE_ERR_ABI, "qube_check.struct_size is 55");
    CHECK_FAILS(qube_budget_check_message(budget, -1, NULL, 0, &length), QUBE_ERR_INPUT,
                "limit_bytes is -1");

    /* Outputs of calls that failed are as they were. */
    CHECK(number == -7 && bytes == -7 && persistent == -7);

    /* Short buffers: nothing is written, the length needed is told. */
    memset(text, '#', sizeof text);
    CHECK_FAILS(qube_budget_stage_name(budget, 1, text, sizeof text, &length), QUBE_ERR_BUFFER,
                "the buffer holds 8; allowed: 12 or more");
    CHECK(length == strlen("basis_setup") && text[0] == '#');
    CHECK_FAILS(qube_budget_release(budget, text, sizeof text, &length), QUBE_ERR_BUFFER,
                "13 or more");
    CHECK(length == strlen("qube-qml 1.1"));
    CHECK_FAILS(qube_budget_release(budget, text, 0, &length), QUBE_ERR_BUFFER, "13 or more");
    CHECK_FAILS(qube_budget_release(budget, NULL, 8, &length), QUBE_ERR_NULL, "buf is NULL");
    CHECK_FAILS(qube_budget_release(budget, text, sizeof text, NULL), QUBE_ERR_NULL,
                "length is NULL");
    CHECK_FAILS(qube_budget_release(NULL, text, sizeof text, &length), QUBE_ERR_NULL,
                "budget is NULL");
    CHECK_FAILS(qube_budget_table(budget, text, sizeof text, &length), QUBE_ERR_BUFFER, "holds 8");
    CHECK_FAILS(qube_budget_table(NULL, text, sizeof text, &length), QUBE_ERR_NULL,
                "budget is NULL");
    CHECK_FAILS(qube_budget_json(budget, text, sizeof text, &length), QUBE_ERR_BUFFER, "holds 8");
    CHECK_FAILS(qube_budget_json(NULL, text, sizeof text, &length), QUBE_ERR_NULL,
                "budget is NULL");
    CHECK_FAILS(qube_budget_svg(budget, 0, text, sizeof text, &length), QUBE_ERR_BUFFER, "holds 8");
    CHECK_FAILS(qube_budget_svg(NULL, 0, text, sizeof text, &length), QUBE_ERR_NULL,
                "budget is NULL");
    CHECK_FAILS(qube_budget_svg(budget, -1, NULL, 0, &length), QUBE_ERR_INPUT,
                "limit_bytes is -1; allowed: 1 or more");
    CHECK_FAILS(qube_budget_term_name(budget, 1, 0, text, sizeof text, &length), QUBE_ERR_BUFFER,
                "holds 8");
    CHECK_FAILS(qube_budget_check_message(budget, 1, text, sizeof text, &length), QUBE_ERR_BUFFER,
                "holds 8");
    CHECK_FAILS(qube_budget_check_message(NULL, 1, text, sizeof text, &length), QUBE_ERR_NULL,
                "budget");
    qube_budget_free(budget);

    CHECK_FAILS(qube_memory_limit(NULL), QUBE_ERR_NULL, "bytes is NULL");
}

static void fits_or_not(void) {
    const int64_t peak = INT64_C(120892199488);
    qube_harmonic_config config = eclipse_qu();
    qube_budget *budget = NULL;
    qube_check check;
    char text[512];
    size_t length = 0;

    CHECK(qube_budget_harmonic(&config, &budget) == QUBE_OK);
    memset(&check, 0xff, sizeof check);
    check.struct_size = sizeof check;
    CHECK(qube_budget_check(budget, peak, &check) == QUBE_OK);
    CHECK(check.fits == 1 && check.spare_bytes == 0 && check.reserved == 0);
    CHECK(check.stage == -1 && check.term == -1);
    CHECK(check.stage_over_bytes == 0 && check.term_bytes == 0);

    CHECK(qube_budget_check(budget, peak - 1, &check) == QUBE_OK);
    CHECK(check.fits == 0 && check.spare_bytes == -1);
    CHECK(check.stage == 1 && check.stage_over_bytes == 1);
    CHECK(check.term == 6 && check.term_bytes == INT64_C(8) * 59136 * 33274);

    CHECK(qube_budget_check(budget, 50 * GIB, &check) == QUBE_OK);
    CHECK(check.fits == 0 && check.spare_bytes == 50 * GIB - peak);
    CHECK(check.stage == 0 && check.term == 1);
    CHECK(check.stage_over_bytes == INT64_C(16) * 59136 * 59136 - 50 * GIB);
    CHECK(check.term_bytes == INT64_C(8) * 59136 * 59136);
    CHECK(qube_budget_check_message(budget, 50 * GIB, text, sizeof text, &length) == QUBE_OK);
    CHECK(length == strlen(text));
    CHECK(strstr(text, "Stage 'covariance_setup' is the first over") != NULL);
    CHECK(strstr(text, "Cov_T (asfortranarray copy on read)") != NULL);
    CHECK(strstr(text, "Stage 'basis_setup' has the largest peak.") != NULL);

    CHECK(qube_budget_check(budget, INT64_MAX, &check) == QUBE_OK);
    CHECK(check.fits == 1 && check.spare_bytes == INT64_MAX - peak);
    qube_budget_free(budget);
}

static void table_and_document(void) {
    qube_pixel_direct_config config = qu_64();
    qube_budget *budget = NULL;
    char text[8192];
    size_t asked = 0, length = 0;

    CHECK(qube_budget_pixel_direct(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_table(budget, NULL, 0, &asked) == QUBE_OK);
    CHECK(asked < sizeof text);
    CHECK(qube_budget_table(budget, text, asked + 1, &length) == QUBE_OK);
    CHECK(length == asked && strlen(text) == length);
    CHECK(strstr(text,
          "lifetime peak: 16.46 GiB (17671360000 bytes), in stage 'fisher_run'\n") != NULL);

    CHECK(qube_budget_json(budget, NULL, 0, &asked) == QUBE_OK);
    CHECK(qube_budget_json(budget, text, sizeof text, &length) == QUBE_OK);
    CHECK(length == asked && strlen(text) == length);
    CHECK(strstr(text, "{\"schema\":\"qube-budget/1\",\"path\":\"pixel-direct\",") == text);
    CHECK(strstr(text,
          "\"lifetime_peak_bytes\":17671360000,\"peak_stage\":\"fisher_run\"") != NULL);
    qube_budget_free(budget);
}

static void drawing(void) {
    static char text[32768];
    qube_pixel_direct_config config = qu_64();
    qube_budget *budget = NULL;
    size_t asked = 0, length = 0;

    CHECK(qube_budget_pixel_direct(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_svg(budget, 0, NULL, 0, &asked) == QUBE_OK);
    CHECK(asked < sizeof text);
    CHECK(qube_budget_svg(budget, 0, text, sizeof text, &length) == QUBE_OK);
    CHECK(length == asked && strlen(text) == length && strncmp(text, "<svg ", 5) == 0);
    CHECK(strstr(text, ">16.46 GiB</text>") != NULL && strstr(text, ">limit ") == NULL);
    CHECK(qube_budget_svg(budget, INT64_C(16) << 30, text, sizeof text, &length) == QUBE_OK);
    CHECK(length > asked && strstr(text, ">limit 16.00 GiB</text>") != NULL);
    CHECK(qube_budget_svg(budget, 1, text, sizeof text, &length) == QUBE_OK);
    CHECK(qube_budget_svg(budget, INT64_MAX, text, sizeof text, &length) == QUBE_OK);
    qube_budget_free(budget);
}

static void predicted_and_measured(void) {
    qube_pixel_direct_config config = qu_64();
    qube_budget *budget = NULL;
    char text[8192];
    size_t asked = 0, length = 0;
    /* p = 768320000: fisher_run holds 4p when it ends, 23p at its peak. */
    const char *run = "baseline 1000 # interpreter\nfisher_run 3073281000\n"
                      "fisher_run peak 16.60 GiB\n";

    CHECK(qube_budget_pixel_direct(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_compare_table(budget, run, NULL, 0, &asked) == QUBE_OK);
    CHECK(asked < sizeof text);
    CHECK(qube_budget_compare_table(budget, run, text, asked + 1, &length) == QUBE_OK);
    CHECK(length == asked && strlen(text) == length);
    CHECK(strstr(text, "furthest apart: +0.9 %, peak of 'fisher_run'\n") != NULL);
    CHECK(strstr(text, "not measured: covariance_setup, basis_setup, spectra_run\n") != NULL);

    CHECK(qube_budget_compare_json(budget, run, NULL, 0, &asked) == QUBE_OK);
    CHECK(qube_budget_compare_json(budget, run, text, sizeof text, &length) == QUBE_OK);
    CHECK(length == asked && strlen(text) == length);
    CHECK(strncmp(text, "{\"schema\":\"qube-compare/1\",", 27) == 0);
    CHECK(strstr(text, "\"end\":{\"predicted_bytes\":3073280000,\"measured_bytes\":3073281000,"
                       "\"above_baseline_bytes\":3073280000,\"predicted_units\":4.0,"
                       "\"measured_units\":4.0,\"difference_percent\":0.0}") != NULL);
    CHECK(qube_budget_compare_json(budget, "{\"stages\":[{\"name\":\"basis_setup\","
                                   "\"rss_bytes\":7}]}", text, sizeof text, &length) == QUBE_OK);
    CHECK(strstr(text, "\"baseline_bytes\":null") != NULL);

    CHECK_FAILS(qube_budget_compare_table(budget, run, text, 8, &length), QUBE_ERR_BUFFER,
                "holds 8");
    CHECK_FAILS(qube_budget_compare_json(budget, run, text, 8, &length), QUBE_ERR_BUFFER,
                "holds 8");
    CHECK_FAILS(qube_budget_compare_table(NULL, run, NULL, 0, &length), QUBE_ERR_NULL,
                "budget is NULL");
    CHECK_FAILS(qube_budget_compare_json(budget, NULL, NULL, 0, &length), QUBE_ERR_NULL,
                "measured is NULL");
    CHECK_FAILS(qube_budget_compare_json(budget, "\x80", NULL, 0, &length), QUBE_ERR_UTF8,
                "measured is not valid UTF-8");
    CHECK_FAILS(qube_budget_compare_table(budget, "\nfisher_run 5 GB", NULL, 0, &length),
                QUBE_ERR_DOCUMENT, "line 2: the size '5 GB' cannot be read: the unit 'GB'");
    CHECK_FAILS(qube_budget_compare_table(budget, "", NULL, 0, &length), QUBE_ERR_DOCUMENT,
                "it has no figure of any stage");
    CHECK_FAILS(qube_budget_compare_json(budget, "step_1 5", NULL, 0, &length),
                QUBE_ERR_UNKNOWN_STAGE,
                "no stage 'step_1'; the stages are: covariance_setup, basis_setup");
    qube_budget_free(budget);
}

static void library_and_machine(void) {
    char text[64];
    int64_t bytes = 0;

    CHECK(qube_memory_limit(&bytes) == QUBE_OK);
    CHECK(bytes > 0);
    snprintf(text, sizeof text, "%d.%d.%d", QUBE_VERSION_MAJOR, QUBE_VERSION_MINOR,
             QUBE_VERSION_PATCH);
    CHECK(strcmp(qube_version(), text) == 0);
    CHECK(qube_abi_version() == QUBE_ABI_VERSION);

    /* A message that does not fit is cut, and its whole length told. */
    CHECK(qube_memory_limit(NULL) == QUBE_ERR_NULL);
    CHECK(qube_last_error(text, 6) == strlen("bytes is NULL; allowed: a valid pointer"));
    CHECK(strcmp(text, "bytes") == 0);
    CHECK(qube_last_error(NULL, 0) == strlen("bytes is NULL; allowed: a valid pointer"));
}

int main(void) {
    /* No call has failed yet. */
    CHECK(qube_last_error(NULL, 0) == 0);
    feclearexcept(FE_ALL_EXCEPT);
    layouts_and_defaults();
    harmonic_to_the_byte();
    pixel_direct_to_the_byte();
    bad_inputs();
    structs_of_a_later_release();
    bad_questions();
    fits_or_not();
    table_and_document();
    drawing();
    predicted_and_measured();
    library_and_machine();
    CHECK(fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW) == 0);
    return checks_done();
}
