/* Requests and ranks: what a node, a rank and a block-cyclic matrix need, part by part. */
#include "common.h"

/* 0.26 GiB, rounded up to a byte: QUBE's interpreter, as measured. */
#define PYTHON INT64_C(279172875)

static qube_job job_of(int64_t nodes, int64_t ranks_per_node)
{
    DEFAULTS(qube_job, job);
    job.nodes = nodes;
    job.ranks_per_node = ranks_per_node;
    return job;
}

static qube_grid grid_of(int64_t nprow, int64_t npcol, int64_t block, int64_t ranks)
{
    DEFAULTS(qube_grid, grid);
    grid.nprow = nprow;
    grid.npcol = npcol;
    grid.block = block;
    grid.ranks = ranks;
    return grid;
}

static qube_request *request_of(const qube_budget *budget, const qube_job *job)
{
    qube_request *request = NULL;
    CHECK_OK(qube_budget_request(budget, job, &request));
    return request;
}

static qube_ranks *ranks_of(const qube_budget *budget, const qube_grid *grid)
{
    qube_ranks *ranks = NULL;
    CHECK_OK(qube_budget_per_rank(budget, grid, &ranks));
    return ranks;
}

/* arXiv 2605.21149: 138.9 GiB predicted for a process, 139.5 measured; the margin covers that. */
static void calibrated_run(void)
{
    const int64_t peak = INT64_C(120892199488), covariance = INT64_C(8) * 59136 * 59136;
    const qube_harmonic_config config = eclipse_qu();
    qube_budget *budget = harmonic(&config, NULL);
    qube_request *request = request_of(budget, NULL);
    qube_budget_free(budget); /* the request has all that it needs */
    VIEW(qube_request, view, request);
    CHECK(view.resident_bytes == peak + covariance + PYTHON);
    CHECK(view.input_bytes == covariance && view.baseline_bytes == PYTHON);
    CHECK(view.peak_stage == 1 && view.calibrated == 1 && view.n_stages == 4);
    CHECK(view.margin_bytes > peak / 13 && view.margin_bytes < peak / 12); /* 8.1 % */
    CHECK(view.per_node_bytes == view.resident_bytes + view.margin_bytes);
    CHECK(view.per_node_bytes > 1395 * (GIB / 10));
    CHECK(view.own_per_rank_bytes == view.per_node_bytes && view.shared_per_node_bytes == 0);
    CHECK(view.total_bytes == view.per_node_bytes && view.holding == QUBE_HOLDING_REPLICATED);
    CHECK(view.nprow == 0 && view.npcol == 0 && view.block == 0 && view.n_too_large == 0);
    CHECK(view.n_notes > 0);
    CHECK_SAYS(view.notes[0], "very rank holds all matrices");

    const qube_stage_request *basis = &view.stages[1];
    CHECK_TEXT(basis->name, "basis_setup");
    CHECK_TEXT(basis->margin_from, "8.10 %, measured");
    CHECK(basis->peak_bytes == peak && basis->margin_bytes == view.margin_bytes);
    CHECK(basis->per_rank_bytes == view.per_node_bytes && basis->calibrated == 1);
    CHECK(basis->per_node_bytes == view.per_node_bytes && basis->n_parts == 7);
    int64_t sum = 0, persistent = 0;
    for (int64_t k = 0; k < basis->n_parts; ++k) {
        sum += basis->parts[k].bytes;
        persistent += basis->parts[k].kind == QUBE_TERM_PERSISTENT;
        CHECK(basis->parts[k].reserved == 0);
    }
    CHECK(sum == peak && persistent == 4);
    CHECK_TEXT(basis->parts[1].name, "V_N_inv");
    CHECK(basis->parts[1].bytes == INT64_C(8) * 59136 * 33274);
    CHECK(basis->parts[6].kind == QUBE_TERM_TRANSIENT);
    CHECK_TEXT(view.stages[2].margin_from, "3.96 %, measured");
    CHECK(view.stages[0].margin_bytes == (2 * covariance + 1999) / 2000 && view.stages[0].calibrated == 1);
    CHECK(view.stages[0].peak_bytes == 2 * covariance);

    char *text = NULL, expected[64];
    CHECK_OK(qube_request_render(request, QUBE_FORMAT_TABLE, NULL, &text));
    CHECK_SAYS(text, "QUBE memory request, harmonic path...#SBATCH --nodes=1...--mem-per-cpu=");
    qube_text_free(text);
    snprintf(expected, sizeof expected, "\"per_node_bytes\":%lld", (long long)view.per_node_bytes);
    DEFAULTS(qube_render_options, options);
    options.limit_bytes = GIB;
    CHECK_OK(qube_request_render(request, QUBE_FORMAT_JSON, NULL, &text));
    CHECK_SAYS(text, expected);
    qube_text_free(text);
    CHECK_OK(qube_request_render(request, QUBE_FORMAT_SVG, NULL, &text));
    CHECK(says(text, ">baseline</text>") && !says(text, ">limit "));
    qube_text_free(text);
    CHECK_OK(qube_request_render(request, QUBE_FORMAT_SVG, &options, &text));
    CHECK_SAYS(text, ">limit ");
    qube_text_free(text);
    options.limit_bytes = -1;
    CHECK_NOTHING(text, qube_request_render(request, QUBE_FORMAT_SVG, &options, &text),
                  QUBE_ERR_INPUT, "limit_bytes is -1");
    qube_request_free(request);
}

static void check_script(const qube_request *request, int32_t format, const char *expected)
{
    char *text = NULL;
    CHECK_OK(qube_request_render(request, format, NULL, &text));
    CHECK_TEXT(text, expected);
    qube_text_free(text);
}

static int64_t mib(int64_t bytes)
{
    return bytes / (1 << 20) + (bytes % (1 << 20) != 0);
}

/* The job lines of other schedulers, of a cap per processor, and what a rank holds beside. The job has
   3 nodes with 4 ranks of 2 processors. */
static void schedulers(const qube_budget *budget, qube_job job, int64_t per_node)
{
    char expected[200];
    job.scheduler = QUBE_SCHEDULER_PBS;
    job.resident_bytes = 7;
    qube_request *request = request_of(budget, &job);
    VIEW(qube_request, pbs, request);
    CHECK(pbs.per_node_bytes == per_node + 4 * 7 && pbs.other_resident_bytes == 7);
    snprintf(expected, sizeof expected,
             "#PBS -l select=3:ncpus=8:mpiprocs=4:mem=%lldmb:ompthreads=2",
             (long long)mib(pbs.per_node_bytes));
    check_script(request, QUBE_FORMAT_JOB_SCRIPT, expected);
    char *text = NULL;
    CHECK_NOTHING(text, qube_request_render(request, QUBE_FORMAT_JOB_SCRIPT_PER_CPU, NULL, &text),
                  QUBE_ERR_OPTION, "format is 6...PBS");
    qube_request_free(request);

    /* A cap with which each rank takes three processors more than its two. */
    job.scheduler = QUBE_SCHEDULER_LSF;
    job.mem_per_core_cap = mib(pbs.per_node_bytes / 20) << 20;
    job.cores_per_node = 64;
    request = request_of(budget, &job);
    VIEW(qube_request, lsf, request);
    CHECK(lsf.n_job_lines == 1 && lsf.cores_per_rank == 5);
    snprintf(expected, sizeof expected,
             "#BSUB -n 60 -R \"span[ptile=20] rusage[mem=%lldMB/task]\" -M %lldMB",
             (long long)mib((lsf.per_node_bytes + 19) / 20),
             (long long)mib(lsf.stages[lsf.peak_stage].per_rank_bytes));
    check_script(request, QUBE_FORMAT_JOB_SCRIPT, expected);
    check_script(request, QUBE_FORMAT_JOB_SCRIPT_PER_CPU, expected);
    CHECK_SAYS(lsf.notes[lsf.n_notes - 2], "leaves 12 of 20 on a node idle");
    qube_request_free(request);

    job.cores_per_node = 19;
    CHECK_NOTHING(request, qube_budget_request(budget, &job, &request), QUBE_ERR_CONFLICT,
                  "makes a rank book is 20, but cores_per_node is 19");
    job.scheduler = 4;
    CHECK_NOTHING(request, qube_budget_request(budget, &job, &request), QUBE_ERR_INPUT,
                  "scheduler is 4");
    job.scheduler = QUBE_SCHEDULER_SLURM;
    job.cores_per_node = 7;
    CHECK_NOTHING(request, qube_budget_request(budget, &job, &request), QUBE_ERR_CONFLICT,
                  "ranks_per_node x cpus_per_rank is 8, but cores_per_node is 7");
    job.cores_per_node = 0;
    job.mem_per_core_cap = 1;
    CHECK_NOTHING(request, qube_budget_request(budget, &job, &request), QUBE_ERR_INPUT,
                  "mem_per_core_cap is 1");
    job.mem_per_core_cap = 0;
    job.resident_bytes = -1;
    CHECK_NOTHING(request, qube_budget_request(budget, &job, &request), QUBE_ERR_INPUT,
                  "resident_bytes is -1");
}

/* Every field of the job moves what it is about. */
static void jobs(void)
{
    const int64_t p = INT64_C(8) * 9800 * 9800, peak = 22 * p; /* fisher_run, published: 4 matrices and 18 */
    qube_pixel_direct_config config = qu_64();
    config.model = QUBE_MODEL_PUBLISHED;
    qube_budget *budget = pixel_direct(&config, NULL);
    qube_job job = job_of(3, 4);
    job.cpus_per_rank = 2;
    job.input_matrices = 0;
    job.baseline_bytes = 100;
    job.margin = 10;
    qube_request *request = request_of(budget, &job);
    VIEW(qube_request, view, request);
    CHECK(view.margin_bytes == (peak + 9) / 10 && view.input_bytes == 0);
    CHECK(view.own_per_rank_bytes == peak + view.margin_bytes + 100);
    CHECK(view.per_node_bytes == 4 * view.own_per_rank_bytes);
    CHECK(view.total_bytes == 3 * view.per_node_bytes);
    CHECK_TEXT(view.stages[0].margin_from, "10.00 %, as asked");
    check_script(request, QUBE_FORMAT_JOB_SCRIPT,
                 "#SBATCH --nodes=3 --ntasks-per-node=4 --cpus-per-task=2 --mem=70928M");
    check_script(request, QUBE_FORMAT_JOB_SCRIPT_PER_CPU,
                 "#SBATCH --nodes=3 --ntasks-per-node=4 --cpus-per-task=2 --mem-per-cpu=8866M");
    CHECK(view.n_job_lines == 2 && view.cores_per_rank == 2 && view.other_resident_bytes == 0);
    CHECK_SAYS(view.job_lines[1], "#SBATCH --nodes=3 --ntasks-per-node=4 --cpus-per-task=2 --mem-per-cpu=");
    CHECK_SAYS(view.summary, "The run holds at most ...(3 nodes, 4 ranks per node, stage fisher_run)");
    const int64_t bare = view.per_node_bytes;
    qube_request_free(request);
    schedulers(budget, job, bare);

    job.share_node = 1;
    job.input_matrices = 2;
    request = request_of(budget, &job);
    VIEW(qube_request, shared, request);
    CHECK(shared.holding == QUBE_HOLDING_NODE_SHARED && shared.own_per_rank_bytes == 100);
    CHECK(shared.input_bytes == 2 * p);
    CHECK(shared.shared_per_node_bytes == peak + shared.margin_bytes + 2 * p);
    CHECK(shared.per_node_bytes == shared.shared_per_node_bytes + 400);
    qube_request_free(request);

    /* A margin in hundredths of a per cent: 0.006 is 0.01, 0.004 is none. */
    job = job_of(1, 1);
    job.margin = 0.006;
    request = request_of(budget, &job);
    VIEW(qube_request, fine, request);
    CHECK(fine.margin_bytes == (peak + 9999) / 10000);
    qube_request_free(request);

    /* What was measured, of what runs hold; of the published formulas nothing. */
    request = request_of(budget, NULL);
    VIEW(qube_request, formulas, request);
    CHECK_TEXT(formulas.stages[2].margin_from, "not calibrated: never measured");
    qube_request_free(request);
    qube_budget_free(budget);
    config.model = QUBE_MODEL_HELD;
    budget = pixel_direct(&config, NULL);
    request = request_of(budget, NULL);
    VIEW(qube_request, measured, request);
    CHECK_TEXT(measured.stages[2].margin_from, "2.16 %, measured");
    CHECK_TEXT(measured.stages[3].margin_from, "0.25 %, measured");
    CHECK(measured.input_bytes == 0); /* the caller's covariance would be Cov_T */
    qube_request_free(request);
    qube_budget_free(budget);
}

/* D = 1370 in blocks of 150 on 2 x 2 ranks: 750 x 750 on the first, 620 x 620 on the last. */
static void ranks(void)
{
    qube_eclipse_config config = nside_8_printed();
    config.check_inverse = 0;
    qube_budget *budget = eclipse(&config);
    qube_grid grid = grid_of(2, 2, 150, 4);
    grid.myrow = 0;
    grid.mycol = 1;
    qube_ranks *found = ranks_of(budget, &grid);
    VIEW(qube_ranks, view, found);
    CHECK(view.nprow == 2 && view.npcol == 2 && view.block == 150 && view.n_stages == 5);
    CHECK(view.n_too_large == 0 && view.too_large == NULL);
    const qube_rank_stage *step = &view.stages[1];
    CHECK_TEXT(step->held.name, "step_2");
    CHECK(step->held.fullest_bytes == 8 * 750 * 750 && step->held.least_bytes == 8 * 620 * 620);
    CHECK(step->held.mean_bytes == 2 * 1370 * 1370 && step->held.own_bytes == 8 * 750 * 620);
    CHECK(step->fullest_row == 0 && step->fullest_column == 0);
    CHECK(step->least_row == 1 && step->least_column == 1);
    CHECK(step->n_own_terms == 1 && step->own_terms[0].bytes == 8 * 750 * 620);
    CHECK_TEXT(step->own_terms[0].name, "covariance matrix");
    CHECK(step->n_terms == 1 && step->terms[0].fullest_bytes == 8 * 750 * 750);
    CHECK(step->terms[0].least_bytes == 8 * 620 * 620 && step->terms[0].own_bytes == 8 * 750 * 620);
    int64_t largest = 0, apart = 0;
    for (int64_t k = 0; k < view.n_stages; ++k) {
        int64_t fullest = 0, own = 0;
        for (int64_t t = 0; t < view.stages[k].n_terms; ++t) {
            fullest += view.stages[k].terms[t].fullest_bytes;
            own += view.stages[k].terms[t].own_bytes;
        }
        /* Of the terms at the peak of all ranks together; another rank may peak at another moment. */
        const qube_rank_bytes *held = &view.stages[k].held;
        CHECK(fullest == held->fullest_bytes && own <= held->own_bytes);
        apart += own < held->own_bytes;
        largest = held->fullest_bytes > largest ? held->fullest_bytes : largest;
    }
    CHECK(view.stages[view.peak_stage].held.fullest_bytes == largest && apart == 1);
    CHECK(view.best_nprow * view.best_npcol == 4 && view.best_fullest_bytes <= largest);
    qube_ranks_free(found);

    /* No grid of 12 ranks and no block of those that are tried does better than the best. */
    grid = grid_of(0, 0, 0, 12);
    found = ranks_of(budget, &grid);
    VIEW(qube_ranks, best, found);
    CHECK(best.nprow == 3 && best.npcol == 4 && best.block == 64); /* the squarest */
    CHECK(best.best_nprow * best.best_npcol == 12);
    CHECK(best.stages[best.peak_stage].held.fullest_bytes >= best.best_fullest_bytes);
    CHECK(best.stages[0].n_own_terms == 0);
    CHECK(best.stages[0].held.own_bytes == -1 && best.stages[0].terms[0].own_bytes == -1);
    for (int64_t rows = 1; rows <= 12; ++rows) {
        for (int64_t block = 16; block <= 256 && 12 % rows == 0; block *= 2) {
            grid = grid_of(rows, 12 / rows, block, 0);
            qube_ranks *other = ranks_of(budget, &grid);
            VIEW(qube_ranks, held, other);
            CHECK(best.best_fullest_bytes <= held.stages[held.peak_stage].held.fullest_bytes);
            CHECK(held.best_fullest_bytes == best.best_fullest_bytes);
            qube_ranks_free(other);
        }
    }
    char *text = NULL;
    CHECK_OK(qube_ranks_render(found, QUBE_FORMAT_TABLE, &text));
    CHECK_SAYS(text, "step_3");
    qube_text_free(text);
    qube_ranks_free(found);

    const struct {
        qube_grid grid;
        int64_t myrow, mycol;
        int32_t status;
        const char *says;
    } bad[] = {
        {grid_of(2, 3, 64, 4), -1, -1, QUBE_ERR_CONFLICT, "ranks is 4, but nprow x npcol is 6"},
        {grid_of(0, 3, 64, 0), -1, -1, QUBE_ERR_INPUT, "nprow is 0"},
        {grid_of(2, -3, 64, 0), -1, -1, QUBE_ERR_INPUT, "npcol is -3"},
        {grid_of(2, 3, INT64_MAX, 0), -1, -1, QUBE_ERR_INPUT, "block is 9223372036854775807"},
        {grid_of(0, 0, 0, 0), -1, -1, QUBE_ERR_INPUT, "nprow is 0"},
        {grid_of(0, 0, 0, -1), -1, -1, QUBE_ERR_INPUT, "ranks is -1"},
        {grid_of(2, 3, 64, 6), 2, 0, QUBE_ERR_POSITION, "myrow...2 does not exist"},
        {grid_of(2, 3, 64, 6), 0, 3, QUBE_ERR_POSITION, "mycol...3 does not exist"},
        {grid_of(2, 3, 64, 6), 0, -1, QUBE_ERR_POSITION, "mycol...-1 does not exist"},
        {grid_of(2, 3, 64, 6), -1, 0, QUBE_ERR_POSITION, "myrow...-1 does not exist"},
        {grid_of(2, 3, 64, 6), INT64_MIN, 0, QUBE_ERR_POSITION, "myrow...-92233720"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        grid = bad[k].grid;
        grid.myrow = bad[k].myrow;
        grid.mycol = bad[k].mycol;
        CHECK_NOTHING(found, qube_budget_per_rank(budget, &grid, &found), bad[k].status, bad[k].says);
    }
    qube_budget_free(budget);
}

/* ECLIPSE's matrices are block-cyclic: parts are those of the fullest rank. */
static void block_cyclic(void)
{
    qube_eclipse_config config = nside_64(QUBE_ECLIPSE_TEB);
    config.check_inverse = 0;
    qube_budget *budget = eclipse(&config);
    qube_job job = job_of(4, 16);
    qube_request *request = request_of(budget, &job);
    qube_grid grid = grid_of(0, 0, 0, 64);
    qube_ranks *found = ranks_of(budget, &grid);
    VIEW(qube_request, view, request);
    VIEW(qube_ranks, best, found);
    CHECK(view.nprow == best.nprow && view.npcol == best.npcol && view.block == best.block);
    CHECK(view.holding == QUBE_HOLDING_BLOCK_CYCLIC && view.n_too_large == 0);
    CHECK(view.nprow == 8 && view.npcol == 8 && view.block == 64);
    CHECK(view.input_bytes == 0 && view.baseline_bytes == 33400000);
    const qube_stage_request *stage = &view.stages[view.peak_stage];
    CHECK(stage->peak_bytes == best.stages[view.peak_stage].held.fullest_bytes);
    CHECK(stage->margin_bytes == (stage->peak_bytes + 9) / 10); /* above 300 MB a rank */
    CHECK(stage->per_rank_bytes == stage->peak_bytes + stage->margin_bytes + 33400000);
    CHECK(view.per_node_bytes <= 16 * stage->per_rank_bytes); /* the sum of its own ranks */
    CHECK(view.per_node_bytes > 15 * stage->per_rank_bytes);
    qube_ranks_free(found);
    qube_request_free(request);

    /* A rank with more than 2^31 - 1 elements of one matrix: 87027 rows, half of them in columns. */
    job = job_of(1, 2);
    job.nprow = 1;
    job.npcol = 2;
    job.block = 64;
    request = request_of(budget, &job);
    grid = grid_of(1, 2, 64, 2);
    found = ranks_of(budget, &grid);
    VIEW(qube_request, large, request);
    VIEW(qube_ranks, same, found);
    VIEW(qube_budget, whole, budget);
    CHECK(large.nprow == 1 && large.npcol == 2 && large.block == 64);
    CHECK(large.n_too_large > 0 && large.n_too_large == same.n_too_large);
    int seen = 0;
    for (int64_t k = 0; k < large.n_too_large; ++k) {
        const qube_local_matrix *matrix = &large.too_large[k];
        const qube_term *term = &whole.stages[matrix->stage].terms[matrix->term];
        CHECK_TEXT(matrix->name, term->name);
        CHECK_TEXT(matrix->name, same.too_large[k].name);
        CHECK(matrix->elements > INT32_MAX && matrix->elements <= term->bytes / 8);
        CHECK(matrix->elements == same.too_large[k].elements);
        if (strcmp(matrix->name, "covariance matrix") == 0) {
            CHECK(matrix->stage == 0 && matrix->elements == INT64_C(87027) * 43520);
            seen = 1;
        }
    }
    CHECK(seen);
    qube_ranks_free(found);
    qube_request_free(request);
    qube_budget_free(budget);
}

/* A request with one field of a good job changed fails, and names the field. */
#define REFUSES(budget, field, value, status, pattern)                                        \
    do {                                                                                      \
        qube_job job_ = job_of(2, 3);                                                         \
        qube_request *request_;                                                               \
        job_.field = (value);                                                                 \
        CHECK_NOTHING(request_, qube_budget_request(budget, &job_, &request_), status, pattern); \
    } while (0)

static void refusals(void)
{
    const qube_harmonic_config config = eclipse_qu();
    const qube_eclipse_config teb = nside_8();
    qube_budget *qube = harmonic(&config, NULL), *spread = eclipse(&teb);
    REFUSES(qube, nodes, 0, QUBE_ERR_INPUT, "nodes is 0");
    REFUSES(qube, nodes, 1048577, QUBE_ERR_INPUT, "nodes is 1048577");
    REFUSES(qube, ranks_per_node, -1, QUBE_ERR_INPUT, "ranks_per_node is -1");
    REFUSES(qube, cpus_per_rank, INT64_MAX, QUBE_ERR_INPUT, "cpus_per_rank is 9223372036854775807");
    REFUSES(qube, input_matrices, -2, QUBE_ERR_INPUT, "input_matrices is -2");
    REFUSES(qube, baseline_bytes, -2, QUBE_ERR_INPUT, "baseline_bytes is -2");
    REFUSES(qube, margin, -2, QUBE_ERR_INPUT, "margin is -2");
    REFUSES(qube, margin, 1000.01, QUBE_ERR_INPUT, "margin is 1000.01");
    REFUSES(qube, margin, NAN, QUBE_ERR_INPUT, "margin is NaN");
    REFUSES(qube, margin, signaling_nan(), QUBE_ERR_INPUT, "margin is NaN");
    REFUSES(qube, share_node, 2, QUBE_ERR_INPUT, "share_node is 2");
    REFUSES(qube, input_matrices, INT64_MAX, QUBE_ERR_OVERFLOW, "the resident input");
    REFUSES(qube, baseline_bytes, INT64_MAX, QUBE_ERR_OVERFLOW, "the memory of a rank in stage");
    REFUSES(spread, share_node, 1, QUBE_ERR_INPUT, "share_node is");
    REFUSES(spread, input_matrices, 1, QUBE_ERR_INPUT, "input_matrices is");
    REFUSES(spread, nprow, 2, QUBE_ERR_INPUT, "npcol is 0");
    REFUSES(spread, block, 64, QUBE_ERR_INPUT, "nprow is 0");
    qube_job job = job_of(1, 1);
    qube_request *request;
    job.nprow = job.npcol = 2;
    job.block = 64;
    CHECK_NOTHING(request, qube_budget_request(qube, &job, &request), QUBE_ERR_INPUT, "grid");
    CHECK_NOTHING(request, qube_budget_request(spread, &job, &request), QUBE_ERR_CONFLICT,
                  "nodes x ranks_per_node is 1, but nprow x npcol is 4");
    qube_budget_free(qube);
    qube_budget_free(spread);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    calibrated_run();
    jobs();
    ranks();
    block_cyclic();
    refusals();
    CHECK_NO_FLAGS();
    return checks_done();
}
