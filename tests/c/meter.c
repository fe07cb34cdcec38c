/* Meters, records over ranks, comparisons by rank and with a request, and calibration. */
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

#define MIB INT64_C(1048576)

/* Bytes that a stage allocates and touches. */
#define SIZE (64 * MIB)

static qube_budget *qu(void)
{
    qube_pixel_direct_config config = qu_64();
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_pixel_direct(&config, NULL, &budget));
    return budget;
}

/* Not under tools that hold memory of their own for what a program allocates: scripts/check.sh. */
static int near_to(int64_t value, int64_t expected)
{
    if (getenv("QUBE_TEST_INSTRUMENTED") != NULL) {
        return 1;
    }
    return value == -1 || llabs(value - expected) < 8 * MIB; /* -1: not known on this system */
}

/* A half that is freed shows in the peak and not at the end. */
static void a_stage_is_measured(void)
{
    qube_meter *meter = NULL;
    CHECK_OK(qube_meter_new(3, &meter));
    CHECK_OK(qube_meter_stage(meter, "basis_setup"));
    char *kept = malloc(SIZE), *freed = malloc(SIZE);
    CHECK(kept != NULL && freed != NULL);
    memset(kept, 1, SIZE);
    memset(freed, 1, SIZE);
    volatile char *touched = freed;
    CHECK(touched[SIZE / 2] == 1);
    free(freed);
    CHECK_OK(qube_meter_stage(meter, "fisher_run"));
    CHECK_OK(qube_meter_end(meter));
    VIEW(qube_meter, view, meter);
    CHECK(view.n_stages == 2 && view.n_ranks == 0 && view.baseline_bytes != 0);
    const qube_measured_stage *basis = &view.stages[0];
    CHECK(strcmp(basis->name, "basis_setup") == 0);
    CHECK(near_to(basis->end.bytes, basis->entry.bytes + SIZE));
    CHECK(near_to(basis->peak.bytes, basis->entry.bytes + 2 * SIZE));
    CHECK(basis->peak.least_bytes == -1 && basis->peak.fullest_rank == -1);
    volatile char *still = kept;
    CHECK(still[SIZE - 1] == 1);
    free(kept);

    /* The record is what a comparison reads. */
    char *text = NULL;
    CHECK_OK(qube_meter_render(meter, QUBE_FORMAT_JSON, &text));
    CHECK(strncmp(text, "{\"schema\":\"qube-measured/1\",\"rank\":3,", 36) == 0);
    qube_budget *budget = qu();
    qube_comparison *found = NULL;
    CHECK_OK(qube_budget_compare(budget, text, &found));
    VIEW(qube_comparison, beside, found);
    CHECK(beside.stages[1].end.measured_bytes == basis->end.bytes);
    CHECK(beside.baseline_bytes == view.baseline_bytes);
    qube_comparison_free(found);
    qube_budget_free(budget);
    qube_text_free(text);
    CHECK_FAILS(qube_meter_render(meter, QUBE_FORMAT_SVG, &text), QUBE_ERR_OPTION, "format is 3");
    CHECK_FAILS(qube_meter_end(meter), QUBE_ERR_DOCUMENT, "begin one before it ends");
    CHECK_FAILS(qube_meter_stage(meter, ""), QUBE_ERR_LABEL, "control characters");
    CHECK_FAILS(qube_meter_stage(meter, BAD_UTF8), QUBE_ERR_UTF8, "stage");
    CHECK_FAILS(qube_meter_stage(meter, NULL), QUBE_ERR_NULL, "stage is NULL");
    qube_meter_free(meter);
    CHECK_NOTHING(meter, qube_meter_new(-2, &meter), QUBE_ERR_INPUT, "rank is -2");
    CHECK_NO_FLAGS();
}

/* Rank 1 of two: the other one holds twice as much of everything. */
static int32_t with_a_larger_rank(void *user, int32_t reduction, int64_t *values, int64_t count)
{
    int *calls = user;
    ++*calls;
    for (int64_t k = 0; k < count; ++k) {
        if (reduction == QUBE_REDUCTION_SUM) {
            values[k] *= k == 0 || count == 1 ? 2 : 3; /* the first is the number of ranks */
        }
    }
    return 0;
}

static int32_t failing(void *user, int32_t reduction, int64_t *values, int64_t count)
{
    (void)user, (void)reduction, (void)values, (void)count;
    return 7;
}

static void a_record_is_reduced(void)
{
    const char *names[] = {NULL, "a", NULL};
    const qube_reading readings[] = {
        {100, 100, 1, 0}, {200, 400, 1, 0}, {300, 900, 1, 0}};
    qube_meter *meter = NULL;
    CHECK_OK(qube_meter_of_readings(1, names, readings, 3, &meter));
    VIEW(qube_meter, own, meter);
    CHECK(own.n_stages == 1 && own.baseline_bytes == 100 && own.lifetime_peak.bytes == 900);
    CHECK(own.stages[0].entry.bytes == 200 && own.stages[0].end.bytes == 300);
    CHECK(own.stages[0].peak.bytes == 900);
    CHECK_FAILS(qube_meter_stage(meter, "b"), QUBE_ERR_DOCUMENT, "a meter of readings has ended");

    int calls = 0;
    CHECK_FAILS(qube_meter_reduce(meter, failing, NULL), QUBE_ERR_CALLBACK,
                "'reduce' failed: it returned 7");
    CHECK_FAILS(qube_meter_reduce(meter, NULL, NULL), QUBE_ERR_NULL, "reduce is NULL");
    CHECK_OK(qube_meter_reduce(meter, with_a_larger_rank, &calls));
    CHECK(calls == 5);
    VIEW(qube_meter, all, meter);
    CHECK(all.n_ranks == 2);
    qube_meter_free(meter);

    CHECK_OK(qube_meter_of_readings(-1, names, readings, 3, &meter));
    CHECK_FAILS(qube_meter_reduce(meter, with_a_larger_rank, &calls), QUBE_ERR_INPUT, "rank is -1");
    qube_meter_free(meter);

    /* A mark that cannot be set back: the peak of a stage below an earlier one is not known. */
    const char *three[] = {NULL, "high", "low", NULL};
    const qube_reading rising[] = {
        {100, 100, 0, 0}, {100, 100, 0, 0}, {150, 300, 0, 0}, {120, 300, 0, 0}};
    CHECK_OK(qube_meter_of_readings(-1, three, rising, 4, &meter));
    VIEW(qube_meter, hidden, meter);
    CHECK(hidden.stages[0].peak.bytes == 300 && hidden.stages[1].peak.bytes == -1);
    CHECK(hidden.n_notes >= 2 && strstr(hidden.notes[1], "below an earlier peak: low") != NULL);
    qube_meter_free(meter);

    const qube_reading negative[] = {{-2, 0, 0, 0}};
    const qube_reading truth[] = {{1, 1, 2, 0}};
    CHECK_NOTHING(meter, qube_meter_of_readings(-1, names, negative, 1, &meter), QUBE_ERR_INPUT,
                  "resident_bytes is -2");
    CHECK_NOTHING(meter, qube_meter_of_readings(-1, names, truth, 1, &meter), QUBE_ERR_INPUT,
                  "is_reset is 2");
    CHECK_NOTHING(meter, qube_meter_of_readings(-1, names, readings, 0, &meter), QUBE_ERR_INPUT,
                  "n_borders");
    qube_reading now = {0, 0, 0, 0};
    CHECK_OK(qube_meter_read(&now));
    CHECK(now.resident_bytes == -1 || now.resident_bytes > 100000);
    CHECK_NO_FLAGS();
}

static void ranks_and_requests_are_compared(void)
{
    qube_budget *budget = qu();
    const int64_t p = INT64_C(8) * 9800 * 9800;
    char logs[2][80];
    snprintf(logs[0], sizeof logs[0], "baseline 0\nbasis_setup peak %lld", (long long)(3 * p));
    snprintf(logs[1], sizeof logs[1], "rank 4\nbaseline 0\nbasis_setup peak %lld", (long long)p);
    const char *measured[] = {logs[0], logs[1]};
    qube_comparison *found = NULL;
    CHECK_OK(qube_budget_compare_ranks(budget, NULL, measured, 2, &found));
    VIEW(qube_comparison, ranks, found);
    CHECK(ranks.n_ranks == 2 && ranks.ranks[0].rank == 0 && ranks.ranks[1].rank == 4);
    CHECK(ranks.ranks[0].row == -1 && ranks.ranks[1].stages[1].peak.measured_bytes == p);
    CHECK(ranks.stages[1].peak.measured_bytes == 3 * p && ranks.within_request == -1);
    CHECK(strcmp(ranks.units[0].symbol, "p") == 0 && ranks.units[0].bytes == p);
    /* Two matrices are predicted. */
    CHECK(ranks.stages[1].peak.difference_bytes == p && ranks.n_differences == 1);
    CHECK(strncmp(ranks.differences[0].may_be, "+1.0 p: one array of n_pix^2", 28) == 0);
    qube_comparison_free(found);
    DEFAULTS(qube_grid, grid);
    grid.nprow = 2, grid.npcol = 2, grid.block = 64;
    CHECK_NOTHING(found, qube_budget_compare_ranks(budget, &grid, measured, 2, &found),
                  QUBE_ERR_POSITION, "rank 4 does not exist; give 0 to 3");
    CHECK_NOTHING(found, qube_budget_compare_ranks(budget, NULL, measured, 0, &found),
                  QUBE_ERR_INPUT, "n_measured is 0");

    qube_request *request = NULL;
    CHECK_OK(qube_budget_request(budget, NULL, &request));
    VIEW(qube_request, asked, request);
    const char *life[] = {"lifetime peak 1 GiB"};
    CHECK_OK(qube_request_compare(request, life, 1, &found));
    VIEW(qube_comparison, within, found);
    CHECK(within.within_request == 1);
    CHECK(within.lifetime_peak.requested_bytes == asked.per_node_bytes);
    CHECK(within.lifetime_peak.above_baseline_bytes == GIB);
    qube_comparison_free(found);
    qube_request_free(request);

    /* A run that held half as much again is the margin of the next request. */
    char *record = NULL;
    CHECK_OK(qube_budget_compare_ranks(budget, NULL, measured, 2, &found));
    CHECK_OK(qube_comparison_render(found, QUBE_FORMAT_JSON, &record));
    qube_comparison_free(found);
    const char *records[] = {record};
    DEFAULTS(qube_job, job);
    job.calibration = records;
    job.n_calibration = 1;
    CHECK_OK(qube_budget_request(budget, &job, &request));
    VIEW(qube_request, calibrated, request);
    CHECK(calibrated.stages[1].margin_bytes == p);
    CHECK(strcmp(calibrated.stages[1].margin_from, "50.00 %, from records") == 0);
    qube_request_free(request);
    qube_text_free(record);
    records[0] = "{}";
    CHECK_NOTHING(request, qube_budget_request(budget, &job, &request), QUBE_ERR_DOCUMENT,
                  "record of a run for calibration");
    qube_budget_free(budget);
    CHECK_NO_FLAGS();
}

int main(void)
{
    a_stage_is_measured();
    a_record_is_reduced();
    ranks_and_requests_are_compared();
    return checks_done();
}
