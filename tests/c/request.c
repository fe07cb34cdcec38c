/* Requests through the C interface: what a node and a rank need, part by part, and job scripts. */
#include "common.h"

#define GIB INT64_C(1073741824)
/* 0.26 GiB, rounded up to a byte: QUBE's interpreter, as measured. */
#define PYTHON INT64_C(279172875)
#define TEXT_MAX 8192

static qube_job job_of(int64_t nodes, int64_t ranks_per_node) {
    qube_job job;
    CHECK_OK(qube_job_init(&job, sizeof job));
    job.nodes = nodes;
    job.ranks_per_node = ranks_per_node;
    return job;
}

/* The QU run of the ECLIPSE comparison in QUBE's calibration. */
static qube_budget *eclipse_qu(void) {
    qube_harmonic_config config;
    qube_budget *budget = NULL;
    CHECK_OK(qube_harmonic_config_init(&config, sizeof config));
    config.n_pix = 59136;
    config.n_modes = 33274;
    config.lmax_signal = 256;
    config.lmax = 128;
    CHECK_OK(qube_budget_harmonic(&config, &budget));
    return budget;
}

/* QU at nside 64, fsky 0.1, 6 bins of 3 spectra. */
static qube_budget *qu_64(void) {
    qube_pixel_direct_config config;
    qube_budget *budget = NULL;
    CHECK_OK(qube_pixel_direct_config_init(&config, sizeof config));
    config.n_pix = 9800;
    config.lmax_signal = 256;
    config.n_bins = 6;
    config.n_params = 18;
    config.has_switch = 0;
    CHECK_OK(qube_budget_pixel_direct(&config, &budget));
    return budget;
}

/* ECLIPSE at nside 64, as in its guide. */
static qube_budget *teb(void) {
    qube_eclipse_config config;
    qube_budget *budget = NULL;
    CHECK_OK(qube_eclipse_config_init(&config, sizeof config));
    config.code = QUBE_ECLIPSE_TEB;
    config.pix_t = config.pix_p = 29009;
    config.lmax = 192;
    CHECK_OK(qube_budget_eclipse(&config, &budget));
    return budget;
}

static qube_memory memory_of(const qube_request *request) {
    qube_memory memory;
    memory.struct_size = sizeof memory;
    CHECK_OK(qube_request_memory(request, &memory));
    CHECK(memory.struct_size == sizeof memory);
    return memory;
}

static void defaults(void) {
    qube_job job;

    memset(&job, 0x55, sizeof job);
    CHECK_OK(qube_job_init(&job, sizeof job));
    CHECK(job.struct_size == sizeof job && job.nodes == 1 && job.ranks_per_node == 1);
    CHECK(job.cpus_per_rank == 1 && job.nprow == 0 && job.npcol == 0 && job.block == 0);
    CHECK(job.input_matrices == -1 && job.baseline_bytes == -1 && job.margin == -1);
    CHECK(job.share_node == 0 && job.reserved == 0);
    CHECK_FAILS(qube_job_init(NULL, sizeof job), QUBE_ERR_NULL, "job is NULL");
    CHECK_FAILS(qube_job_init(&job, 87), QUBE_ERR_ABI, "qube_job.struct_size is 87");
}

/* arXiv 2605.21149: 138.9 GiB predicted for a process, 139.5 measured; the margin covers that. */
static void calibrated_run(void) {
    const int64_t peak = INT64_C(120892199488), covariance = INT64_C(8) * 59136 * 59136;
    qube_budget *budget = eclipse_qu();
    qube_request *request = NULL;
    qube_memory memory;
    qube_stage_memory stage;
    int64_t count = 0, bytes = 0, sum = 0, part;
    int32_t persistent = -1, persistents = 0;

    CHECK_OK(qube_budget_request(budget, NULL, &request));
    memory = memory_of(request);
    CHECK(memory.resident_bytes == peak + covariance + PYTHON);
    CHECK(memory.input_bytes == covariance && memory.baseline_bytes == PYTHON);
    CHECK(memory.stage == 1 && memory.calibrated == 1);
    CHECK(memory.margin_bytes > peak / 100 && memory.margin_bytes < peak / 90); /* 1.03 % */
    CHECK(memory.per_node_bytes == memory.resident_bytes + memory.margin_bytes);
    CHECK(memory.per_node_bytes > INT64_C(1395) * GIB / 10);
    CHECK(memory.own_per_rank_bytes == memory.per_node_bytes && memory.shared_per_node_bytes == 0);
    CHECK(memory.total_bytes == memory.per_node_bytes);
    CHECK(memory.holding == QUBE_HOLDING_EVERY_RANK);
    CHECK(memory.nprow == 0 && memory.npcol == 0 && memory.block == 0 && memory.n_too_large == 0);

    CHECK_OK(qube_request_stage_count(request, &count));
    CHECK(count == 4);
    CHECK_TEXT("basis_setup", qube_request_stage_name, request, memory.stage);
    CHECK_TEXT("1.04 %, measured", qube_request_margin_from, request, 1);
    CHECK_TEXT("not calibrated: never measured", qube_request_margin_from, request, 2);
    stage.struct_size = sizeof stage;
    CHECK_OK(qube_request_stage(request, 1, &stage));
    CHECK(stage.peak_bytes == peak && stage.margin_bytes == memory.margin_bytes);
    CHECK(stage.per_rank_bytes == memory.per_node_bytes);
    CHECK(stage.per_node_bytes == memory.per_node_bytes && stage.calibrated == 1);
    for (part = 0; part < stage.n_parts; part++) {
        CHECK_OK(qube_request_part(request, 1, part, &bytes, &persistent));
        sum += bytes;
        persistents += persistent;
    }
    CHECK(sum == peak && persistents == 4 && stage.n_parts == 7);
    CHECK_TEXT("V_N_inv", qube_request_part_name, request, 1, 1);
    CHECK_OK(qube_request_part(request, 1, 1, &bytes, &persistent));
    CHECK(bytes == INT64_C(8) * 59136 * 33274 && persistent == 1);
    CHECK_OK(qube_request_stage(request, 0, &stage));
    CHECK(stage.margin_bytes == 0 && stage.calibrated == 0 && stage.peak_bytes == 2 * covariance);

    qube_budget_free(budget); /* the request has all that it needs */
    CHECK_TEXT("spectra_run", qube_request_stage_name, request, 3);
    qube_request_free(request);
    qube_request_free(NULL);
}

/* Every field of the job moves what it is about. */
static void jobs(void) {
    const int64_t p = INT64_C(8) * 9800 * 9800;
    const int64_t peak = 22 * p; /* fisher_run: 4 matrices and 18 */
    qube_budget *budget = qu_64();
    qube_request *request = NULL;
    qube_memory memory;
    qube_job job = job_of(3, 4);

    job.cpus_per_rank = 2;
    job.input_matrices = 0;
    job.baseline_bytes = 100;
    job.margin = 1000;
    CHECK_OK(qube_budget_request(budget, &job, &request));
    memory = memory_of(request);
    CHECK(memory.margin_bytes == (peak + 9) / 10 && memory.input_bytes == 0);
    CHECK(memory.own_per_rank_bytes == peak + memory.margin_bytes + 100);
    CHECK(memory.per_node_bytes == 4 * memory.own_per_rank_bytes);
    CHECK(memory.total_bytes == 3 * memory.per_node_bytes);
    CHECK_TEXT("10.00 %, as asked", qube_request_margin_from, request, 0);
    CHECK_TEXT("#SBATCH --nodes=3 --ntasks-per-node=4 --cpus-per-task=2 --mem=70928M",
               qube_request_job_script, request, QUBE_SCRIPT_NODE);
    CHECK_TEXT("#SBATCH --nodes=3 --ntasks-per-node=4 --cpus-per-task=2 --mem-per-cpu=8866M",
               qube_request_job_script, request, QUBE_SCRIPT_CPU);
    qube_request_free(request);

    job.share_node = 1;
    job.input_matrices = 2;
    CHECK_OK(qube_budget_request(budget, &job, &request));
    memory = memory_of(request);
    CHECK(memory.holding == QUBE_HOLDING_EVERY_NODE && memory.own_per_rank_bytes == 100);
    CHECK(memory.input_bytes == 2 * p);
    CHECK(memory.shared_per_node_bytes == peak + memory.margin_bytes + 2 * p);
    CHECK(memory.per_node_bytes == memory.shared_per_node_bytes + 400);
    qube_request_free(request);

    /* Without a margin that was asked for, what was measured: up to 11.44 % without a cache. */
    CHECK_OK(qube_budget_request(budget, NULL, &request));
    CHECK_TEXT("11.44 %, measured", qube_request_margin_from, request, 2);
    CHECK_TEXT("none: runs held less", qube_request_margin_from, request, 3);
    qube_request_free(request);
    qube_budget_free(budget);
}

/* ECLIPSE's matrices are spread: parts are those of the fullest rank. */
static void spread(void) {
    qube_budget *budget = teb();
    qube_request *request = NULL;
    qube_memory memory;
    qube_stage_memory stage;
    qube_rank_stage held;
    qube_grid grid;
    qube_job job = job_of(4, 16);
    int64_t number = -1, term = -1, elements = -1, which;
    char text[64];
    size_t length = 0;

    CHECK_OK(qube_budget_request(budget, &job, &request));
    memory = memory_of(request);
    grid.struct_size = sizeof grid;
    CHECK_OK(qube_budget_best_grid(budget, 64, &grid));
    CHECK(memory.nprow == grid.nprow && memory.npcol == grid.npcol && memory.block == grid.block);
    CHECK(memory.holding == QUBE_HOLDING_SPREAD && memory.n_too_large == 0);
    CHECK(memory.input_bytes == 0 && memory.baseline_bytes == 0 && memory.margin_bytes == 0);
    stage.struct_size = sizeof stage;
    held.struct_size = sizeof held;
    CHECK_OK(qube_request_stage(request, memory.stage, &stage));
    CHECK_OK(qube_budget_per_rank(budget, &grid, memory.stage, &held));
    CHECK(stage.peak_bytes == held.fullest_bytes && stage.per_rank_bytes == held.fullest_bytes);
    CHECK(memory.per_node_bytes == 16 * held.fullest_bytes);
    qube_request_free(request);

    job = job_of(1, 2);
    job.nprow = 1;
    job.npcol = 2;
    job.block = 64;
    CHECK_OK(qube_budget_request(budget, &job, &request));
    memory = memory_of(request);
    CHECK(memory.nprow == 1 && memory.npcol == 2 && memory.block == 64);
    CHECK(memory.n_too_large > 0);
    for (which = 0; which < memory.n_too_large; which++) {
        CHECK_OK(qube_request_too_large(request, which, &number, &term, &elements));
        CHECK(elements > INT32_MAX && number >= 0);
        CHECK_OK(qube_request_too_large_name(request, which, text, sizeof text, &length));
        if (strcmp(text, "covariance matrix") == 0) { /* 87027 rows, half of them in columns */
            CHECK(number == 0 && elements == INT64_C(87027) * 43520);
            break;
        }
    }
    CHECK(which < memory.n_too_large);
    CHECK_TEXT("covariance matrix", qube_budget_term_name, budget, number, term);
    which = memory.n_too_large;
    CHECK_FAILS(qube_request_too_large(request, which, &number, &term, &elements),
                QUBE_ERR_POSITION, "too large term number");
    CHECK_FAILS(qube_request_too_large_name(request, -1, NULL, 0, &length), QUBE_ERR_POSITION,
                "too large term number -1");
    CHECK_FAILS(qube_request_too_large(request, 0, &number, &term, NULL), QUBE_ERR_NULL,
                "elements is NULL");
    CHECK_FAILS(qube_request_too_large(request, 0, NULL, &term, &elements), QUBE_ERR_NULL,
                "stage is NULL");
    qube_request_free(request);
    qube_budget_free(budget);
}

/* Documents say the same as the numbers. */
static void texts(void) {
    qube_budget *budget = eclipse_qu();
    qube_request *request = NULL;
    char text[TEXT_MAX], expected[64], *drawing;
    size_t length = 0;

    CHECK_OK(qube_budget_request(budget, NULL, &request));
    CHECK_OK(qube_request_table(request, text, sizeof text, &length));
    CHECK(strstr(text, "QUBE memory request, harmonic path") == text && text[length - 1] == '\n');
    CHECK(strstr(text, "#SBATCH --nodes=1 --ntasks-per-node=1 --mem-per-cpu=") != NULL);
    CHECK_OK(qube_request_notes(request, text, sizeof text, &length));
    CHECK(strstr(text, "Every rank holds all matrices; more nodes do not make that less.\n") ==
          text);
    CHECK(text[length - 1] == '\n');
    CHECK_OK(qube_request_json(request, 0, text, sizeof text, &length));
    CHECK(strstr(text, "{\"schema\":\"qube-request/1\"") == text && text[length - 1] == '}');
    snprintf(expected, sizeof expected, "\"per_node_bytes\":%lld",
             (long long)memory_of(request).per_node_bytes);
    CHECK(strstr(text, expected) != NULL && strstr(text, "\"check\"") == NULL);
    CHECK_OK(qube_request_json(request, GIB, text, sizeof text, &length));
    CHECK(strstr(text, "\"check\":{\"limit_bytes\":1073741824,\"fits\":false") != NULL);
    CHECK_FAILS(qube_request_json(request, -1, text, sizeof text, &length), QUBE_ERR_INPUT,
                "limit_bytes is -1; allowed: 1 or more");
    CHECK_FAILS(qube_request_json(request, 0, text, 9, &length), QUBE_ERR_BUFFER, "holds 9");
    CHECK_OK(qube_request_svg(request, 0, NULL, 0, &length));
    drawing = malloc(length + 1);
    CHECK(drawing != NULL);
    CHECK_OK(qube_request_svg(request, 0, drawing, length + 1, &length));
    CHECK(strstr(drawing, "<svg ") == drawing && strstr(drawing, ">limit ") == NULL);
    CHECK(strstr(drawing, ">processes without arrays</text>") != NULL);
    free(drawing);
    CHECK_FAILS(qube_request_svg(request, 0, text, 9, &length), QUBE_ERR_BUFFER, "holds 9");
    CHECK_FAILS(qube_request_svg(request, -1, NULL, 0, &length), QUBE_ERR_INPUT,
                "limit_bytes is -1; allowed: 1 or more");
    CHECK_FAILS(qube_request_svg(NULL, 0, NULL, 0, &length), QUBE_ERR_NULL, "request is NULL");
    CHECK_FAILS(qube_request_table(request, text, 9, &length), QUBE_ERR_BUFFER, "holds 9");
    CHECK_FAILS(qube_request_notes(request, text, sizeof text, NULL), QUBE_ERR_NULL,
                "length is NULL");
    qube_request_free(request);
    qube_budget_free(budget);
}

/* A request with one field of a good job changed fails, names the field, and leaves NULL. */
#define REFUSES(budget, field, value, status, text)                                     \
    do {                                                                                \
        qube_job job_ = job_of(2, 3);                                                   \
        qube_request *request_;                                                         \
        job_.field = (value);                                                           \
        CHECK_NO_HANDLE(request_, qube_budget_request(budget, &job_, &request_), status, \
                        text);                                                          \
    } while (0)

static void bad_inputs(void) {
    qube_budget *qube = eclipse_qu(), *eclipse = teb();
    qube_request *request = NULL;
    qube_job job = job_of(1, 1);
    qube_memory memory;
    qube_stage_memory stage;
    int64_t count = -7, bytes = -7;
    int32_t persistent = -7;
    size_t length = 0;
    struct {
        qube_job known;
        int64_t more;
    } longer;

    REFUSES(qube, nodes, 0, QUBE_ERR_INPUT, "nodes is 0; allowed: 1 to 1048576");
    REFUSES(qube, nodes, 1048577, QUBE_ERR_INPUT, "nodes is 1048577");
    REFUSES(qube, ranks_per_node, -1, QUBE_ERR_INPUT, "ranks_per_node is -1");
    REFUSES(qube, cpus_per_rank, INT64_MAX, QUBE_ERR_INPUT, "cpus_per_rank is 9223372036854775807");
    REFUSES(qube, input_matrices, -2, QUBE_ERR_INPUT, "input_matrices is -2; allowed: 0 or more");
    REFUSES(qube, baseline_bytes, -2, QUBE_ERR_INPUT, "baseline_bytes is -2; allowed: 0 or more");
    REFUSES(qube, margin, -2, QUBE_ERR_INPUT, "margin is -2; allowed: 0 to 100000");
    REFUSES(qube, margin, 100001, QUBE_ERR_INPUT, "margin is 100001");
    REFUSES(qube, share_node, 2, QUBE_ERR_INPUT, "share_node is 2; allowed: 0 or 1");
    REFUSES(qube, reserved, 1, QUBE_ERR_ABI, "qube_job.reserved is 1");
    REFUSES(qube, input_matrices, INT64_MAX, QUBE_ERR_OVERFLOW, "the resident input");
    REFUSES(qube, baseline_bytes, INT64_MAX, QUBE_ERR_OVERFLOW, "what a rank holds in stage");
    REFUSES(qube, struct_size, 80, QUBE_ERR_ABI, "qube_job.struct_size is 80");
    REFUSES(eclipse, share_node, 1, QUBE_ERR_INPUT, "share_node");
    REFUSES(eclipse, input_matrices, 1, QUBE_ERR_INPUT, "ECLIPSE's budget has all its arrays");
    REFUSES(eclipse, nprow, 2, QUBE_ERR_INPUT, "npcol is 0; allowed: 1 to 1073741824");
    REFUSES(eclipse, block, 64, QUBE_ERR_INPUT, "nprow is 0");
    job.nprow = job.npcol = 2;
    job.block = 64;
    CHECK_NO_HANDLE(request, qube_budget_request(qube, &job, &request), QUBE_ERR_INPUT,
                    "QUBE does not spread its matrices");
    CHECK_NO_HANDLE(request, qube_budget_request(eclipse, &job, &request), QUBE_ERR_CONFLICT,
                    "nodes x ranks_per_node is 1, but nprow x npcol is 4");
    CHECK_NO_HANDLE(request, qube_budget_request(NULL, &job, &request), QUBE_ERR_NULL,
                    "budget is NULL");
    CHECK_FAILS(qube_budget_request(qube, NULL, NULL), QUBE_ERR_NULL, "out is NULL");

    /* A host that was built against a later library, and sets what this one does not know. */
    longer.known = job_of(1, 1);
    longer.known.struct_size = sizeof longer;
    longer.more = 0;
    CHECK_OK(qube_budget_request(qube, &longer.known, &request));
    qube_request_free(request);
    longer.more = 1;
    CHECK_NO_HANDLE(request, qube_budget_request(qube, &longer.known, &request), QUBE_ERR_ABI,
                    "qube_job has fields set that this library does not know");

    CHECK_OK(qube_budget_request(qube, NULL, &request));
    memory.struct_size = 119;
    CHECK_FAILS(qube_request_memory(request, &memory), QUBE_ERR_ABI, "struct_size is 119");
    CHECK_FAILS(qube_request_memory(request, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_request_memory(NULL, &memory), QUBE_ERR_NULL, "request is NULL");
    stage.struct_size = sizeof stage;
    CHECK_FAILS(qube_request_stage(request, 4, &stage), QUBE_ERR_POSITION,
                "stage number 4 does not exist; there are 4");
    CHECK_FAILS(qube_request_stage(request, 0, NULL), QUBE_ERR_NULL, "out is NULL");
    stage.struct_size = 0;
    CHECK_FAILS(qube_request_stage(request, 0, &stage), QUBE_ERR_ABI, "struct_size is 0");
    CHECK_FAILS(qube_request_stage_count(request, NULL), QUBE_ERR_NULL, "count is NULL");
    CHECK_FAILS(qube_request_stage_count(NULL, &count), QUBE_ERR_NULL, "request is NULL");
    CHECK_FAILS(qube_request_stage_name(request, -1, NULL, 0, &length), QUBE_ERR_POSITION,
                "stage number -1");
    CHECK_FAILS(qube_request_margin_from(request, 4, NULL, 0, &length), QUBE_ERR_POSITION,
                "stage number 4");
    CHECK_FAILS(qube_request_part(request, 0, 2, &bytes, &persistent), QUBE_ERR_POSITION,
                "part number 2 does not exist; there are 2");
    CHECK_FAILS(qube_request_part(request, 0, 0, &bytes, NULL), QUBE_ERR_NULL,
                "persistent is NULL");
    CHECK_FAILS(qube_request_part(request, 0, 0, NULL, &persistent), QUBE_ERR_NULL,
                "bytes is NULL");
    CHECK_FAILS(qube_request_part_name(request, 0, 2, NULL, 0, &length), QUBE_ERR_POSITION,
                "part number 2");
    CHECK_FAILS(qube_request_job_script(request, 0, NULL, 0, &length), QUBE_ERR_INPUT,
                "form is 0; allowed: QUBE_SCRIPT_NODE (1) or QUBE_SCRIPT_CPU (2)");
    CHECK(count == -7 && bytes == -7 && persistent == -7);
    qube_request_free(request);
    qube_budget_free(qube);
    qube_budget_free(eclipse);
}

int main(void) {
    feclearexcept(FE_ALL_EXCEPT);
    defaults();
    calibrated_run();
    jobs();
    spread();
    texts();
    bad_inputs();
    CHECK_NO_FLAGS();
    return checks_done();
}
