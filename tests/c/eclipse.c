/* ECLIPSE through the C interface: what it allocates and frees, the published sums, what a rank holds. */
#include <fenv.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "qube_budget.h"

static qube_eclipse_config config_of(int32_t code, int64_t lmax) {
    qube_eclipse_config config;
    CHECK(qube_eclipse_config_init(&config, sizeof config) == QUBE_OK);
    config.code = code;
    config.lmax = lmax;
    return config;
}

/* ECLIPSE's shipped example, Example_NSide8, which checks the inverse. */
static qube_eclipse_config shipped(void) {
    qube_eclipse_config config = config_of(QUBE_ECLIPSE_TEB, 16);
    config.pix_t = 580;
    config.pix_p = 395;
    config.maps = 1000;
    config.check_inverse = 1;
    return config;
}

/* NSide 64 of the guide: 29009 pixels, lmax 192. */
static qube_eclipse_config nside_64(int32_t code) {
    qube_eclipse_config config = config_of(code, 192);
    config.pix_t = code == QUBE_ECLIPSE_EB ? 0 : 29009;
    config.pix_p = code == QUBE_ECLIPSE_T ? 0 : 29009;
    config.check_inverse = 1;
    return config;
}

static qube_grid grid_of(int64_t nprow, int64_t npcol, int64_t block, int64_t ranks) {
    qube_grid grid;
    CHECK(qube_grid_init(&grid, sizeof grid) == QUBE_OK);
    grid.nprow = nprow;
    grid.npcol = npcol;
    grid.block = block;
    grid.ranks = ranks;
    return grid;
}

/* Bytes as the program prints them, in MiB with two decimals. */
static const char *mib(int64_t bytes) {
    static char text[32];
    snprintf(text, sizeof text, "%.2f", (double)bytes / 1048576.0);
    return text;
}

static void defaults(void) {
    qube_eclipse_config config;
    qube_grid grid;

    memset(&config, 0xff, sizeof config);
    CHECK(qube_eclipse_config_init(&config, sizeof config) == QUBE_OK);
    CHECK(config.struct_size == sizeof config && config.code == 0 && config.lmax == 0);
    CHECK(config.pix_t == 0 && config.pix_p == 0 && config.lmax_cov == 0 && config.maps == 1);
    CHECK(config.cross == 0 && config.check_inverse == 0 && config.fisher == 1);
    CHECK_FAILS(qube_eclipse_config_init(NULL, sizeof config), QUBE_ERR_NULL, "config is NULL");
    CHECK_FAILS(qube_eclipse_config_init(&config, 63), QUBE_ERR_ABI,
                "qube_eclipse_config.struct_size is 63");
    memset(&grid, 0xff, sizeof grid);
    CHECK(qube_grid_init(&grid, sizeof grid) == QUBE_OK);
    CHECK(grid.nprow == 0 && grid.npcol == 0 && grid.block == 0 && grid.ranks == 0);
    CHECK_FAILS(qube_grid_init(NULL, sizeof grid), QUBE_ERR_NULL, "grid is NULL");
    CHECK_FAILS(qube_grid_init(&grid, 39), QUBE_ERR_ABI, "qube_grid.struct_size is 39");
}

/* What the program prints for its shipped example. */
static void printed_totals(void) {
    static const char *const expected[] = {
        "9.39",  "23.71", "14.32", "28.64", "14.32", "14.32", "23.71", "34.17", "47.21", "23.71",
        "33.35", "19.03", "27.96", "32.20", "17.87", "20.68", "21.18", "7.44",  "0.00"};
    const qube_eclipse_config config = shipped();
    qube_budget *budget = NULL;
    qube_event event;
    int64_t count = 0, number = 0, total = 0, i;
    size_t printed = 0, length = 0;
    char text[128];

    CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_event_count(budget, &count) == QUBE_OK);
    event.struct_size = sizeof event;
    for (i = 0; i < count; i++) {
        CHECK(qube_budget_event(budget, i, &event) == QUBE_OK);
        total += event.delta_bytes;
        CHECK(event.total_bytes == total && event.step >= 1 && event.step <= 6);
        if (event.printed) {
            CHECK(printed < 19 && strcmp(mib(event.total_bytes), expected[printed]) == 0);
            printed++;
        }
    }
    CHECK(printed == 19 && total == 0);
    CHECK(qube_budget_event(budget, 7, &event) == QUBE_OK);
    CHECK(event.step == 3 && event.delta_bytes == INT64_C(8) * 1370 * 1000);
    CHECK(qube_budget_event_name(budget, 7, text, sizeof text, &length) == QUBE_OK);
    CHECK(strcmp(text, "+ maps") == 0 && length == 6);

    CHECK(qube_budget_peak_stage(budget, &number) == QUBE_OK);
    CHECK(qube_budget_stage_name(budget, number, text, sizeof text, &length) == QUBE_OK);
    CHECK(strcmp(text, "step_3") == 0);
    CHECK(qube_budget_lifetime_peak(budget, &total) == QUBE_OK);
    CHECK(strcmp(mib(total), "47.21") == 0);
    CHECK(qube_budget_note(budget, text, sizeof text, &length) == QUBE_OK);
    CHECK(strstr(text, "the trace gives all totals that the program prints") == text);
    CHECK(qube_budget_input_value(budget, 0, text, sizeof text, &length) == QUBE_OK);
    CHECK(strcmp(text, "TEB") == 0);
    qube_budget_free(budget);

    CHECK(qube_budget_eclipse_published(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_lifetime_peak(budget, &total) == QUBE_OK);
    CHECK(strcmp(mib(total), "32.20") == 0);
    CHECK(qube_budget_event_count(budget, &count) == QUBE_OK);
    CHECK(count == 0);
    qube_budget_free(budget);
}

/* Step 4 peaks early and ends with products that come after: its late terms. */
static void late_terms(void) {
    const qube_eclipse_config config = shipped();
    qube_budget *budget = NULL;
    qube_stage stage;
    int64_t number = 0, bytes = 0, sum = 0, term, terms;
    int32_t persistent = -1;
    size_t length = 0;
    char text[64];
    union {
        qube_stage known;
        char first[48];
    } former;

    CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_find_stage(budget, "step_4", &number) == QUBE_OK);
    stage.struct_size = sizeof stage;
    CHECK(qube_budget_stage(budget, number, &stage) == QUBE_OK);
    CHECK(strcmp(mib(stage.peak_bytes), "33.35") == 0);
    CHECK(strcmp(mib(stage.end_bytes), "17.87") == 0 && stage.n_late > 0);
    terms = stage.n_persistent + stage.n_transient + stage.n_late;
    for (term = stage.n_persistent + stage.n_transient; term < terms; term++) {
        CHECK(qube_budget_term(budget, number, term, &bytes, &persistent) == QUBE_OK);
        CHECK(persistent == 1);
        sum += bytes;
    }
    CHECK(stage.persistent_bytes + sum == stage.end_bytes);
    CHECK(sum == INT64_C(16) * (6 * 395 + 3 * 580) * 285);
    CHECK(qube_budget_term_name(budget, number, terms - 1, text, sizeof text, &length) == QUBE_OK);
    CHECK(strstr(text, "imaginary part") != NULL);
    CHECK(qube_budget_term(budget, number, stage.n_persistent, &bytes, &persistent) == QUBE_OK);
    CHECK(persistent == 0);
    CHECK_FAILS(qube_budget_term(budget, number, terms, &bytes, &persistent), QUBE_ERR_POSITION,
                "term number");

    /* A host that was built before there were late terms. */
    memset(&former, 0, sizeof former);
    former.known.struct_size = 48;
    CHECK(qube_budget_stage(budget, number, &former.known) == QUBE_OK);
    CHECK(former.known.peak_bytes == stage.peak_bytes && former.known.struct_size == 48);
    CHECK(former.known.end_bytes == 0 && former.known.n_late == 0);
    qube_budget_free(budget);
}

/* Eqs. 6.1 to 6.9 of the guide for NSide 64, in GiB. */
static void published_sums(void) {
    static const char *const expected[3][3] = {{"12.540", "30.421", "52.876"},
                                               {"50.159", "121.678", "190.811"},
                                               {"112.857", "222.767", "252.823"}};
    int32_t code;
    int64_t i;

    for (code = QUBE_ECLIPSE_T; code <= QUBE_ECLIPSE_TEB; code++) {
        const qube_eclipse_config config = nside_64(code);
        qube_budget *budget = NULL;
        qube_stage stage;
        char text[128];
        size_t length = 0;

        stage.struct_size = sizeof stage;
        CHECK(qube_budget_eclipse_published(&config, &budget) == QUBE_OK);
        for (i = 0; i < 3; i++) {
            CHECK(qube_budget_stage(budget, i, &stage) == QUBE_OK);
            snprintf(text, sizeof text, "%.3f", (double)stage.peak_bytes / 1073741824.0);
            CHECK(strcmp(text, expected[code - 1][i]) == 0);
        }
        qube_budget_free(budget);

        CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
        CHECK(qube_budget_note(budget, text, sizeof text, &length) == QUBE_OK);
        CHECK((strcmp(text, "not checked against a run") == 0) == (code != QUBE_ECLIPSE_TEB));
        qube_budget_free(budget);
    }
}

/* Each field of the config moves what it is about. */
static void options(void) {
    const int64_t d = 1370, maps = 1000, modes = 285, y = 2 * 580 + 8 * 395;
    qube_eclipse_config config = shipped();
    qube_budget *budget = NULL;
    qube_stage stage;
    int64_t count = 0;

    stage.struct_size = sizeof stage;
    config.check_inverse = 0;
    config.cross = 1;
    config.lmax_cov = 20;
    CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_stage(budget, 0, &stage) == QUBE_OK);
    CHECK(stage.peak_bytes == 8 * (d * d + y * (21 * 21 - 4)));
    CHECK(qube_budget_stage(budget, 1, &stage) == QUBE_OK);
    CHECK(stage.peak_bytes == 8 * d * d);
    CHECK(qube_budget_stage(budget, 2, &stage) == QUBE_OK);
    CHECK(stage.peak_bytes == 8 * (d * d + y * modes + d * maps + 12 * modes * maps));
    CHECK(qube_budget_stage_count(budget, &count) == QUBE_OK);
    CHECK(count == 5);
    qube_budget_free(budget);
    config.fisher = 0;
    CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
    CHECK(qube_budget_stage_count(budget, &count) == QUBE_OK);
    CHECK(count == 3);
    qube_budget_free(budget);
}

/* D = 1370 in blocks of 150 on 2 x 2 ranks: 750 x 750 on the first. */
static void ranks(void) {
    qube_eclipse_config config = shipped();
    qube_grid grid = grid_of(2, 2, 150, 4), best;
    qube_budget *budget = NULL;
    qube_rank_stage held, other;
    int64_t count = -1, stage = -1, term = -1, elements = -1, bytes = 0, r, i;
    int32_t persistent = 0;
    char text[64];
    size_t length = 0;

    config.check_inverse = 0;
    CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
    held.struct_size = sizeof held;
    CHECK(qube_budget_per_rank(budget, &grid, 1, &held) == QUBE_OK);
    CHECK(held.fullest_bytes == 8 * 750 * 750 && strcmp(mib(held.fullest_bytes), "4.29") == 0);
    CHECK(held.mean_bytes == 2 * 1370 * 1370 && strcmp(mib(held.mean_bytes), "3.58") == 0);
    CHECK(held.least_bytes == 8 * 620 * 620);
    CHECK(qube_budget_too_large_count(budget, &grid, &count) == QUBE_OK);
    CHECK(count == 0);

    /* No grid of 12 ranks and no block of those that are tried does better than the best. */
    best.struct_size = sizeof best;
    CHECK(qube_budget_best_grid(budget, 12, &best) == QUBE_OK);
    CHECK(best.nprow * best.npcol == 12 && best.ranks == 12);
    CHECK(qube_budget_per_rank(budget, &best, 2, &held) == QUBE_OK); /* step_3 has the peak */
    other.struct_size = sizeof other;
    for (r = 1; r <= 12; r++) {
        for (i = 16; i <= 256; i *= 2) {
            grid = grid_of(r, 12 / r, i, 0);
            if (12 % r == 0) {
                CHECK(qube_budget_per_rank(budget, &grid, 2, &other) == QUBE_OK);
                CHECK(held.fullest_bytes <= other.fullest_bytes);
            }
        }
    }

    grid = grid_of(2, 3, 64, 4);
    held.fullest_bytes = -7;
    CHECK_FAILS(qube_budget_per_rank(budget, &grid, 1, &held), QUBE_ERR_CONFLICT,
                "ranks is 4, but nprow x npcol is 6; allowed: as many ranks as the grid has places");
    CHECK_FAILS(qube_budget_too_large_count(budget, &grid, &count), QUBE_ERR_CONFLICT, "ranks is 4");
    grid = grid_of(2, 3, 64, 6);
    CHECK_FAILS(qube_budget_per_rank(budget, &grid, 5, &held), QUBE_ERR_POSITION,
                "stage number 5 does not exist; there are 5");
    CHECK_FAILS(qube_budget_per_rank(NULL, &grid, 1, &held), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_per_rank(budget, NULL, 1, &held), QUBE_ERR_NULL, "grid is NULL");
    CHECK_FAILS(qube_budget_per_rank(budget, &grid, 1, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_budget_too_large(budget, &grid, 0, &stage, &term, &elements),
                QUBE_ERR_POSITION, "too large term number 0 does not exist; there are 0");
    CHECK_FAILS(qube_budget_too_large_count(budget, &grid, NULL), QUBE_ERR_NULL, "count is NULL");
    grid = grid_of(0, 3, 64, 0);
    CHECK_FAILS(qube_budget_per_rank(budget, &grid, 1, &held), QUBE_ERR_INPUT, "nprow is 0");
    grid = grid_of(2, -3, 64, 0);
    CHECK_FAILS(qube_budget_per_rank(budget, &grid, 1, &held), QUBE_ERR_INPUT, "npcol is -3");
    grid = grid_of(2, 3, INT64_MAX, 0);
    CHECK_FAILS(qube_budget_per_rank(budget, &grid, 1, &held), QUBE_ERR_INPUT, "block is 92233");
    CHECK(held.fullest_bytes == -7);
    CHECK_FAILS(qube_budget_best_grid(budget, 0, &best), QUBE_ERR_INPUT, "ranks is 0");
    CHECK_FAILS(qube_budget_best_grid(budget, 12, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_budget_best_grid(NULL, 12, &best), QUBE_ERR_NULL, "budget is NULL");
    qube_budget_free(budget);

    /* A rank with more than 2^31 - 1 elements of one matrix. */
    config = nside_64(QUBE_ECLIPSE_TEB);
    CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
    grid = grid_of(1, 2, 64, 2);
    CHECK(qube_budget_too_large_count(budget, &grid, &count) == QUBE_OK);
    CHECK(count > 0);
    for (i = 0; i < count; i++) {
        CHECK(qube_budget_too_large(budget, &grid, i, &stage, &term, &elements) == QUBE_OK);
        CHECK(qube_budget_term(budget, stage, term, &bytes, &persistent) == QUBE_OK);
        CHECK(elements > INT32_MAX && elements <= bytes / 8);
        CHECK(qube_budget_term_name(budget, stage, term, text, sizeof text, &length) == QUBE_OK);
        if (strcmp(text, "covariance matrix") == 0) {
            CHECK(stage == 0);
            break;
        }
    }
    CHECK(i < count);
    CHECK_FAILS(qube_budget_too_large(budget, &grid, 0, NULL, &term, &elements), QUBE_ERR_NULL,
                "stage is NULL");
    qube_budget_free(budget);
}

/* The call with one field of a good config changed fails, names the field, and leaves NULL. */
#define REFUSES(field, value, status, text)                                 \
    do {                                                                    \
        qube_eclipse_config config_ = shipped();                            \
        qube_budget *budget_ = (qube_budget *)(uintptr_t)8;                 \
        config_.field = (value);                                            \
        CHECK_FAILS(qube_budget_eclipse(&config_, &budget_), status, text); \
        CHECK(budget_ == NULL);                                             \
        budget_ = (qube_budget *)(uintptr_t)8;                              \
        CHECK_FAILS(qube_budget_eclipse_published(&config_, &budget_), status, text); \
        CHECK(budget_ == NULL);                                             \
    } while (0)

static void bad_inputs(void) {
    qube_eclipse_config config = shipped();
    qube_budget *budget = NULL;
    qube_event event;
    int64_t count = -7;
    size_t length = 0;
    char text[4];

    REFUSES(code, 0, QUBE_ERR_INPUT, "code is 0; allowed: QUBE_ECLIPSE_T (1)");
    REFUSES(code, QUBE_ECLIPSE_T, QUBE_ERR_INPUT, "pix_p is 395 with the code T");
    REFUSES(pix_t, 0, QUBE_ERR_INPUT, "pix_t is not known; allowed: 1 or more; T needs pix_t");
    REFUSES(pix_p, -1, QUBE_ERR_INPUT, "pix_p is -1; allowed: 1 or more");
    REFUSES(lmax, 1, QUBE_ERR_INPUT, "lmax is 1; allowed: 2 or more");
    REFUSES(lmax_cov, -3, QUBE_ERR_INPUT, "lmax_cov is -3");
    REFUSES(maps, 0, QUBE_ERR_INPUT, "maps is 0; allowed: 1 or more");
    REFUSES(cross, 2, QUBE_ERR_INPUT, "cross is 2; allowed: 0 or 1");
    REFUSES(check_inverse, -1, QUBE_ERR_INPUT, "check_inverse is -1");
    REFUSES(fisher, 7, QUBE_ERR_INPUT, "fisher is 7");
    REFUSES(pix_t, INT64_MAX, QUBE_ERR_OVERFLOW, "too large");
    REFUSES(lmax, INT64_MAX, QUBE_ERR_OVERFLOW, "too large");
    REFUSES(struct_size, 63, QUBE_ERR_ABI, "qube_eclipse_config.struct_size is 63");
    config.check_inverse = 0;
    config.fisher = 0;
    CHECK_FAILS(qube_budget_eclipse_published(&config, &budget), QUBE_ERR_INPUT,
                "what the guide sums up is not known");
    CHECK_FAILS(qube_budget_eclipse(NULL, &budget), QUBE_ERR_NULL, "config is NULL");
    CHECK_FAILS(qube_budget_eclipse_published(NULL, &budget), QUBE_ERR_NULL, "config is NULL");
    CHECK_FAILS(qube_budget_eclipse(&config, NULL), QUBE_ERR_NULL, "out is NULL");

    CHECK(qube_budget_eclipse(&config, &budget) == QUBE_OK);
    event.struct_size = sizeof event;
    CHECK_FAILS(qube_budget_event_count(NULL, &count), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_event_count(budget, NULL), QUBE_ERR_NULL, "count is NULL");
    CHECK_FAILS(qube_budget_event(budget, 99, &event), QUBE_ERR_POSITION,
                "event number 99 does not exist; there are 8");
    CHECK_FAILS(qube_budget_event(budget, -1, &event), QUBE_ERR_POSITION, "event number -1");
    CHECK_FAILS(qube_budget_event(budget, 0, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_budget_event_name(budget, 99, NULL, 0, &length), QUBE_ERR_POSITION, "event");
    CHECK_FAILS(qube_budget_event_name(budget, 0, text, sizeof text, &length), QUBE_ERR_BUFFER,
                "the buffer holds 4");
    event.struct_size = 31;
    CHECK_FAILS(qube_budget_event(budget, 0, &event), QUBE_ERR_ABI, "qube_event.struct_size is 31");
    CHECK(count == -7);
    qube_budget_free(budget);
}

int main(void) {
    feclearexcept(FE_ALL_EXCEPT);
    defaults();
    printed_totals();
    late_terms();
    published_sums();
    options();
    ranks();
    bad_inputs();
    CHECK(fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW) == 0);
    return checks_done();
}
