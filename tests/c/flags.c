/* No call raises a floating-point exception that a host may trap: every exported function, on inputs that
   divide by zero bounds, stop at once, fit nowhere, overflow or underflow where that can be. First flags
   are cleared before each call and read after it; then the same runs with traps on, as a host that is
   built with -ffpe-trap=invalid,zero,overflow has them, on all threads. (A trap on underflow is stricter
   than the flag: it is sprung by exact results, too.) */
#define _GNU_SOURCE /* feenableexcept */
#include <float.h>
#include <signal.h>
#include <unistd.h>

#include "common.h"

/* --- Calls ---------------------------------------------------------------------------------------- */

static const char *called[400]; /* names, each once */
static int n_called = 0;
static const char *now = "none"; /* the call that runs, and what it is given */
static const char *given = "";
static int line = 0;

static void begin(const char *name, int at)
{
    int k = 0;
    while (k < n_called && strcmp(called[k], name) != 0) {
        k++;
    }
    if (k == n_called && n_called < 400) {
        called[n_called++] = name;
    }
    now = name;
    line = at;
    feclearexcept(FE_ALL_EXCEPT);
}

static int32_t end(int32_t status)
{
    const int raised = fetestexcept(TRAPPED);
    if (raised != 0) {
        fprintf(stderr, "%s:%d: %s(%s) raises%s%s%s%s\n", __FILE__, line, now, given,
                raised & FE_INVALID ? " invalid" : "", raised & FE_DIVBYZERO ? " divide-by-zero" : "",
                raised & FE_OVERFLOW ? " overflow" : "", raised & FE_UNDERFLOW ? " underflow" : "");
        checks_failed++;
    } else {
        checks_passed++;
    }
    feclearexcept(FE_ALL_EXCEPT);
    return status;
}

#define CALL(name, ...) (begin(#name, __LINE__), end(name(__VA_ARGS__)))
#define DO(name, ...)             \
    do {                          \
        begin(#name, __LINE__);   \
        name(__VA_ARGS__);        \
        end(0);                   \
    } while (0)

static void trapped(int signal_number)
{
    char text[300];
    const int length = snprintf(text, sizeof text, "%s:%d: %s(%s) is trapped, signal %d\n", __FILE__,
                                line, now, given, signal_number);
    if (write(2, text, (size_t)length) != length) {
        _exit(2);
    }
    _exit(1);
}

/* --- Documents and views ---------------------------------------------------------------------------- */

/* Renders in every format that the type has, and in one that it has not. */
#define RENDER(call)                                                                       \
    for (int32_t format = QUBE_FORMAT_TABLE; format <= QUBE_FORMAT_BARS_ASCII + 1; ++format) { \
        char *text = NULL;                                                                 \
        (void)(call);                                                                      \
        DO(qube_text_free, text);                                                          \
    }

#define LOOK(type, handle)                              \
    do {                                                \
        type##_view view = {.struct_size = sizeof view}; \
        CALL(type##_get, handle, &view);                \
    } while (0)

/* --- Budgets ---------------------------------------------------------------------------------------- */

static void questions(const qube_budget *budget)
{
    static const int64_t limits[] = {1, GIB, INT64_MAX};
    static const double margins[] = {-1, 0, 0.004, 1000, NAN, -0.0};
    static const char *const measured[] = {"step_1 peak 0", "baseline 1 GiB\ncovariance_setup 1",
                                           "lifetime peak 0\nbasis_setup peak 0", "basis_setup 1e999 GiB"};
    LOOK(qube_budget, budget);
    for (int k = 0; k < 3; ++k) {
        DEFAULTS(qube_render_options, options);
        options.limit_bytes = limits[k];
        RENDER(CALL(qube_budget_render, budget, format, k > 0 ? &options : NULL, &text));
    }
    for (int k = 0; k < 6; ++k) {
        qube_request *request = NULL;
        DEFAULTS(qube_job, job);
        job.margin = margins[k];
        if (CALL(qube_budget_request, budget, &job, &request) == QUBE_OK) {
            LOOK(qube_request, request);
            DEFAULTS(qube_render_options, options);
            options.limit_bytes = 1;
            RENDER(CALL(qube_request_render, request, format, &options, &text));
        }
        DO(qube_request_free, request);
    }
    for (int k = 0; k < 3; ++k) {
        qube_fit *fit = NULL;
        if (CALL(qube_budget_fit, budget, NULL, limits[k], &fit) == QUBE_OK) {
            LOOK(qube_fit, fit);
            RENDER(CALL(qube_fit_render, fit, format, &text));
        }
        DO(qube_fit_free, fit);
        for (int32_t size = QUBE_SIZE_NSIDE; size <= QUBE_SIZE_RANKS_PER_NODE + 1; ++size) {
            qube_largest *largest = NULL;
            if (CALL(qube_budget_largest, budget, size, NULL, limits[k], &largest) == QUBE_OK) {
                LOOK(qube_largest, largest);
            }
            DO(qube_largest_free, largest);
        }
    }
    for (int k = 0; k < 4; ++k) {
        qube_comparison *comparison = NULL;
        if (CALL(qube_budget_compare, budget, measured[k], &comparison) == QUBE_OK) {
            LOOK(qube_comparison, comparison);
            RENDER(CALL(qube_comparison_render, comparison, format, &text));
        }
        DO(qube_comparison_free, comparison);
        if (CALL(qube_budget_compare_ranks, budget, NULL, &measured[k], 1, &comparison) == QUBE_OK) {
            LOOK(qube_comparison, comparison);
        }
        DO(qube_comparison_free, comparison);
        qube_request *request = NULL;
        if (CALL(qube_budget_request, budget, NULL, &request) == QUBE_OK &&
            CALL(qube_request_compare, request, &measured[k], 1, &comparison) == QUBE_OK) {
            LOOK(qube_comparison, comparison);
            RENDER(CALL(qube_comparison_render, comparison, format, &text));
            DO(qube_comparison_free, comparison);
        }
        DO(qube_request_free, request);
    }
    for (int64_t ranks = 1; ranks <= 7; ranks += 6) {
        qube_ranks *found = NULL;
        qube_grid grid;
        CALL(qube_grid_init, &grid, sizeof grid);
        grid.ranks = ranks;
        grid.myrow = grid.mycol = 0;
        if (CALL(qube_budget_per_rank, budget, &grid, &found) == QUBE_OK) {
            LOOK(qube_ranks, found);
            RENDER(CALL(qube_ranks_render, found, format, &text));
        }
        DO(qube_ranks_free, found);
    }
}

static int32_t as_it_is(void *user, int32_t reduction, int64_t *values, int64_t n_values)
{
    (void)user, (void)reduction, (void)values, (void)n_values;
    return 0;
}

static void meters(void)
{
    static const qube_reading readings[] = {
        {0, 0, 1, 0}, {0, INT64_MAX, 1, 0}, {INT64_MAX, -1, 0, 0}, {-1, -1, 0, 0}};
    static const char *const stages[] = {NULL, "a", "a", NULL};
    qube_reading reading;
    qube_meter *meter = NULL;
    CALL(qube_meter_read, &reading);
    if (CALL(qube_meter_new, 0, &meter) == QUBE_OK) {
        CALL(qube_meter_stage, meter, "a");
        CALL(qube_meter_end, meter);
        CALL(qube_meter_reduce, meter, as_it_is, NULL);
        LOOK(qube_meter, meter);
        RENDER(CALL(qube_meter_render, meter, format, &text));
    }
    DO(qube_meter_free, meter);
    for (int64_t n = 0; n <= 4; ++n) {
        if (CALL(qube_meter_of_readings, 0, stages, readings, n, &meter) == QUBE_OK) {
            LOOK(qube_meter, meter);
            CALL(qube_meter_reduce, meter, as_it_is, NULL);
            LOOK(qube_meter, meter);
        }
        DO(qube_meter_free, meter);
    }
}

static void budgets(void)
{
    /* By pixels and modes: usual, the least, too many. */
    static const int64_t sizes[][2] = {{59136, 33274}, {1, 1}, {INT64_C(1) << 31, 5}, {INT64_MAX, INT64_MAX}};
    for (int k = 0; k < 4; ++k) {
        qube_budget *budget = NULL;
        qube_harmonic_config config;
        CALL(qube_harmonic_config_init, &config, sizeof config);
        config.n_pix = sizes[k][0];
        config.n_modes = sizes[k][1];
        config.lmax_signal = 256;
        if (CALL(qube_budget_harmonic, &config, NULL, &budget) == QUBE_OK) {
            questions(budget);
        }
        DO(qube_budget_free, budget);
        qube_pixel_direct_config direct;
        CALL(qube_pixel_direct_config_init, &direct, sizeof direct);
        direct.n_pix = sizes[k][0];
        direct.lmax_signal = 256;
        direct.n_bins = direct.n_params = k == 1 ? 1 : 6;
        if (CALL(qube_budget_pixel_direct, &direct, NULL, &budget) == QUBE_OK) {
            questions(budget);
        }
        DO(qube_budget_free, budget);
        qube_traditional_config traditional;
        CALL(qube_traditional_config_init, &traditional, sizeof traditional);
        traditional.n_pix = sizes[k][0];
        traditional.n_bins = traditional.n_params = direct.n_bins;
        if (CALL(qube_budget_traditional, &traditional, NULL, &budget) == QUBE_OK) {
            questions(budget);
        }
        DO(qube_budget_free, budget);
        qube_auto_config any;
        CALL(qube_auto_config_init, &any, sizeof any);
        any.n_pix = sizes[k][0];
        any.n_modes = sizes[k][1];
        any.n_bins = any.n_params = direct.n_bins;
        if (CALL(qube_budget_auto, &any, NULL, &budget) == QUBE_OK) {
            questions(budget);
        }
        DO(qube_budget_free, budget);
    }
    const double fractions[] = {0.1, 1, 1e-5, 1e-300, 4.9e-324, 0, NAN, INFINITY, signaling_nan()};
    for (int k = 0; k < 9; ++k) {
        for (int32_t fields = QUBE_FIELDS_T; fields <= QUBE_FIELDS_TQU; ++fields) {
            for (int cap = 0; cap <= 1; ++cap) {
                qube_budget *budget = NULL;
                qube_survey survey;
                CALL(qube_survey_init, &survey, sizeof survey);
                survey.fields = fields;
                survey.nside = 64;
                memcpy(&survey.fsky, &fractions[k], sizeof survey.fsky);
                survey.polar_cap = cap;
                survey.lmax = 64;
                survey.lmax_signal = 128;
                survey.n_bins = 6;
                if (CALL(qube_budget_harmonic, NULL, &survey, &budget) == QUBE_OK && fields == 2) {
                    questions(budget);
                }
                DO(qube_budget_free, budget);
                if (CALL(qube_budget_pixel_direct, NULL, &survey, &budget) == QUBE_OK && fields == 2) {
                    questions(budget);
                }
                DO(qube_budget_free, budget);
            }
        }
    }
    for (int model = QUBE_MODEL_HELD; model <= QUBE_MODEL_PRINTED; ++model) {
        qube_budget *budget = NULL;
        qube_eclipse_config config;
        CALL(qube_eclipse_config_init, &config, sizeof config);
        config.code = QUBE_ECLIPSE_TEB;
        config.pix_t = 580;
        config.pix_p = 395;
        config.lmax = 16;
        config.maps = 1000;
        config.model = model;
        CHECK_OK(CALL(qube_budget_eclipse, &config, NULL, &budget));
        questions(budget);
        DO(qube_budget_free, budget);
    }
    int32_t path = 0;
    CALL(qube_path_by_time, INT64_MAX, INT64_MAX, INT64_MAX, &path);
    CALL(qube_path_by_time, 0, 1, 1, &path);
    int64_t bytes = 0;
    CALL(qube_memory_limit, &bytes, NULL);
    DO(qube_version, );
    DO(qube_abi_version, );
    DO(qube_last_error, );
    qube_render_options options;
    CALL(qube_render_options_init, &options, sizeof options);
    qube_job job;
    CALL(qube_job_init, &job, sizeof job);
}

/* --- Networks --------------------------------------------------------------------------------------- */

enum { N_NETWORKS = 11 };
static struct {
    const char *what;
    qube_network *network;
} all[N_NETWORKS];

static int32_t mean_of(void *user, const char *label, const char *space, int64_t extent, int64_t k,
                       double *mean)
{
    (void)label, (void)space, (void)extent, (void)k;
    memcpy(mean, user, sizeof *mean);
    return 0;
}

static void add(int at, const char *what, const char *text, const char *names, const int64_t *extents)
{
    qube_spaces *spaces = NULL;
    CHECK_OK(CALL(qube_spaces_create, &spaces));
    for (int k = 0; names[k] != '\0'; ++k) {
        const char name[2] = {names[k], '\0'};
        CHECK_OK(CALL(qube_spaces_add, spaces, name, extents[k], NULL, 0));
    }
    all[at].what = what;
    CHECK_OK(CALL(qube_network_einsum, text, spaces, &all[at].network));
    DO(qube_spaces_free, spaces);
}

static void networks(void)
{
    static const int64_t small[] = {2, 3, 5, 7, 11, 4, 6, 9, 8, 10}, ones[] = {1, 1, 1, 1};
    static const int64_t product[] = {10, 10, 100, 100, 10};
    add(0, "scalars", ",,,", "", small);
    add(1, "extents of 1", "ab,bc,c", "abc", ones);
    add(2, "a ring", "ab,bc,cd,de,ea->", "abcde", small);
    add(3, "a product of four", "ip,pK,Kj,jl->il", "ipKjl", product);
    add(4, "apart", "ab,cd,ef->", "abcdef", small);
    add(5, "a tensor", "ab->a", "ab", small);
    add(6, "a dense network", "abef,bcgh,cdeg,dafh,eg,fh->", "abcdefgh", small);
    all[7].what = "the largest extents";
    all[7].network = chain(10, INT64_MAX);
    all[8].what = "a chain of 20";
    all[8].network = chain(20, 3);
    all[9].what = "a chain of 66";
    all[9].network = chain(66, 2);

    /* Power means of 1e-100, twice in a product: by a table, and by a callback. */
    const double tiny[] = {1e-100, 1.1e-100};
    qube_spaces *spaces = NULL;
    CHECK_OK(CALL(qube_spaces_create, &spaces));
    CHECK_OK(CALL(qube_spaces_add, spaces, "i", 1, NULL, 0));
    CHECK_OK(CALL(qube_spaces_add, spaces, "a", 12, tiny, 2));
    all[10].what = "tiny power means";
    CHECK_OK(CALL(qube_network_parse, "t{a_1<i_1>,a_2<i_1>} u{a_1<i_1>}", spaces, &all[10].network));
    DO(qube_spaces_free, spaces);
    const double answers[] = {1e-300, 1e300, 4.9e-324, 0, -1, NAN, INFINITY, signaling_nan()};
    for (int k = 0; k < 8; ++k) {
        double answer;
        qube_network *network = NULL;
        memcpy(&answer, &answers[k], sizeof answer);
        CHECK_OK(CALL(qube_spaces_create, &spaces));
        CHECK_OK(CALL(qube_spaces_add, spaces, "i", 1, NULL, 0));
        CHECK_OK(CALL(qube_spaces_add, spaces, "a", 12, NULL, 0));
        CALL(qube_spaces_add, spaces, "b", 12, &answers[k], 1);
        CHECK_OK(CALL(qube_spaces_set_inner_pow_callback, spaces, mean_of, &answer, NULL));
        if (CALL(qube_network_parse, "t{a_1<i_1>,a_2<i_1>} u{a_1<i_1>}", spaces, &network) == QUBE_OK) {
            qube_plan *plan = NULL;
            LOOK(qube_network, network);
            CALL(qube_optimize, network, NULL, NULL, &plan);
            DO(qube_plan_free, plan);
        }
        DO(qube_network_free, network);
        DO(qube_spaces_free, spaces);

        qube_network_builder *builder = NULL;
        const char *const protos[] = {"i"}, *const slots[] = {"a", "i"};
        CHECK_OK(CALL(qube_network_builder_create, &builder));
        CHECK_OK(CALL(qube_network_builder_set_inner_pow_callback, builder, mean_of, &answer, NULL));
        CHECK_OK(CALL(qube_network_builder_add_index, builder, "i", NULL, 1));
        CALL(qube_network_builder_add_composite, builder, "c", NULL, 12, protos, 1, &answers[k], 1);
        CHECK_OK(CALL(qube_network_builder_add_composite, builder, "a", NULL, 12, protos, 1, NULL, 0));
        CHECK_OK(CALL(qube_network_builder_add_tensor, builder, "t", slots, 2));
        CHECK_OK(CALL(qube_network_builder_set_targets, builder, slots, 2));
        CALL(qube_network_builder_build, builder, &network);
        DO(qube_network_builder_free, builder);
        DO(qube_network_free, network);
    }
    static const char *const numbers[] = {"1e308", "1e-400", "4.9e-324", "1e99999999999", "-0"};
    for (int k = 0; k < 5; ++k) {
        char text[300];
        qube_network *network = NULL;
        qube_policy *policy = NULL;
        snprintf(text, sizeof text,
                 "{\"indices\":[{\"label\":\"i\",\"extent\":3},{\"label\":\"a\",\"extent\":3,"
                 "\"protos\":[\"i\"],\"power_means\":[%s]}],\"tensors\":[{\"label\":\"t\","
                 "\"indices\":[\"a\"],\"volatile\":true}]}",
                 numbers[k]);
        CALL(qube_network_from_json, text, &network, &policy);
        DO(qube_network_free, network);
        DO(qube_policy_free, policy);
    }
    const int64_t domains[] = {INT64_MAX, 1, 0};
    double means[1024];
    CALL(qube_power_means, domains, 3, means, 1024);
    CALL(qube_power_means, domains + 2, 1, means, 2);
}

/* --- Policies --------------------------------------------------------------------------------------- */

enum { N_POLICIES = 6 };
static struct {
    const char *what;
    qube_policy *policy;
} rules[N_POLICIES];

static int32_t any_volatile(void *user, const char *label, int64_t tensor, int32_t *is_volatile)
{
    (void)user, (void)label;
    *is_volatile = tensor % 2 == 0;
    return 0;
}

static int32_t all_batchable(void *user, const char *label, const char *space, int64_t extent,
                             int32_t role, int32_t *is_batchable, int64_t *target, int64_t *tile)
{
    (void)user, (void)label, (void)space, (void)role;
    *is_batchable = extent > 6;
    *target = 1;
    *tile = 1;
    return 0;
}

static qube_policy *policy_of(double accumulation_factor, int64_t peak_threshold)
{
    qube_policy *policy = NULL;
    qube_policy_settings settings;
    CHECK_OK(CALL(qube_policy_create, &policy));
    CHECK_OK(CALL(qube_policy_settings_init, &settings, sizeof settings));
    settings.accumulation_factor = accumulation_factor;
    settings.peak_threshold = peak_threshold;
    settings.batchable = all_batchable;
    settings.is_volatile = any_volatile;
    CHECK_OK(CALL(qube_policy_set, policy, &settings));
    return policy;
}

static void policies(void)
{
    rules[0].what = "no policy";
    rules[1].what = "free batches";
    rules[1].policy = policy_of(0, 0);
    rules[2].what = "accumulation at its largest, threshold 1";
    rules[2].policy = policy_of(1e18, 1);
    rules[3].what = "accumulation at its least, any threshold";
    rules[3].policy = policy_of(1e-9, INT64_MAX);
    rules[4].what = "threshold 4400";
    rules[4].policy = policy_of(0.5, 4400);
    rules[5].what = "rules, persistent only";
    qube_index_rule index;
    qube_tensor_rule tensor;
    CALL(qube_index_rule_init, &index, sizeof index);
    CALL(qube_tensor_rule_init, &tensor, sizeof tensor);
    index.space = "K";
    index.target = 10;
    index.tile = 3;
    tensor.tensor = 0;
    CHECK_OK(CALL(qube_policy_clone, rules[4].policy, &rules[5].policy));
    CHECK_OK(CALL(qube_policy_set, rules[5].policy,
                  &(qube_policy_settings){.struct_size = sizeof(qube_policy_settings),
                                          .peak_threshold = 20000, .persistent_only = 1}));
    CHECK_OK(CALL(qube_policy_add_index_rule, rules[5].policy, &index));
    CHECK_OK(CALL(qube_policy_add_tensor_rule, rules[5].policy, &tensor));
    CALL(qube_policy_add_json, rules[5].policy,
         "{\"schema\":\"qube-policy/1\",\"accumulation_factor\":1e-300}");
    const double no_factor[] = {NAN, INFINITY, 4.9e-324, -1, signaling_nan()};
    for (int k = 0; k < 5; ++k) {
        DEFAULTS(qube_policy_settings, settings);
        memcpy(&settings.accumulation_factor, &no_factor[k], sizeof *no_factor);
        CHECK(CALL(qube_policy_set, rules[5].policy, &settings) == QUBE_ERR_OPTION);
    }
    for (int k = 1; k < N_POLICIES; ++k) {
        RENDER(CALL(qube_policy_render, rules[k].policy, format, &text));
    }
}

/* --- Plans ------------------------------------------------------------------------------------------ */

enum { N_OPTIONS = 9 };

static const char *options_of(int at, qube_options *options)
{
    CHECK_OK(CALL(qube_options_init, options, sizeof *options));
    switch (at) {
    case 0:
        return "defaults";
    case 1:
        options->max_states = 1;
        return "max_states 1";
    case 2:
        options->max_seconds = 1e-9;
        options->frontier = 1;
        return "max_seconds 1e-9, frontier";
    case 3:
        options->max_bytes = 1;
        return "max_bytes 1";
    case 4:
        options->volatile_weight = options->footprint_weight = options->peak_flops_tolerance = 1e18;
        options->machine_balance = options->block_tiles = options->block_prefactor = 1e18;
        options->fast_mem_elems = 1e-9;
        options->bytes_per_element = 1024;
        return "the largest weights";
    case 5:
        options->volatile_weight = options->footprint_weight = options->peak_flops_tolerance = 1e-9;
        options->machine_balance = options->block_tiles = options->block_prefactor = 1e-9;
        options->fast_mem_elems = 1e18;
        options->frontier = 1;
        return "the least weights, frontier";
    case 6:
        options->peak_flops_tolerance = 0;
        options->prune_outer_products = 0;
        options->max_states = 2;
        return "outer products, max_states 2";
    case 7:
        options->subnet_cse = 1;
        options->use_inner_pow = 0;
        return "subnet_cse";
    default:
        options->require_optimal = 1;
        options->max_states = 1;
        return "require_optimal, max_states 1";
    }
}

static int32_t stop(void *user, const qube_progress *progress)
{
    (void)progress;
    return ++*(int *)user > 1;
}

static void all_of(const qube_plan *plan)
{
    LOOK(qube_plan, plan);
    qube_order_view order = {.struct_size = sizeof order};
    CALL(qube_plan_best_order, plan, &order);
    RENDER(CALL(qube_plan_render, plan, format, &text));
    char *json = NULL;
    qube_plan *again = NULL;
    CHECK_OK(CALL(qube_plan_render, plan, QUBE_FORMAT_JSON, &json));
    CHECK_OK(CALL(qube_plan_from_json, json, &again));
    LOOK(qube_plan, again);
    DO(qube_plan_free, again);
    DO(qube_text_free, json);
}

static void plans(void)
{
    for (int n = 0; n < N_NETWORKS; ++n) {
        const int large = n >= 8 && n <= 9;
        LOOK(qube_network, all[n].network);
        for (int r = 0; r < N_POLICIES; ++r) {
            qube_resolved_policy *resolved = NULL;
            if (r > 0 && CALL(qube_policy_resolve, rules[r].policy, all[n].network, &resolved) == QUBE_OK) {
                LOOK(qube_resolved_policy, resolved);
                RENDER(CALL(qube_resolved_policy_render, resolved, format, &text));
            }
            DO(qube_resolved_policy_free, resolved);
            for (int o = 0; o < N_OPTIONS; ++o) {
                for (int32_t objective = 0; objective <= QUBE_DENSE_SPACE_TIME_BATCHED; ++objective) {
                    if (large && (r % 2 == 1 || o == 0 || o > (n == 9 ? 1 : 3))) {
                        continue; /* a long search, of the same divisions */
                    }
                    char text[200];
                    int calls = 0;
                    qube_options options;
                    qube_plan *plan = NULL;
                    const char *const what = options_of(o, &options);
                    snprintf(text, sizeof text, "%s; %s; objective %d; %s", all[n].what, rules[r].what,
                             (int)objective, what);
                    given = text;
                    options.objective = objective;
                    if (o == 6) {
                        options.progress = stop;
                        options.progress_user = &calls;
                    }
                    if (CALL(qube_optimize, all[n].network, rules[r].policy, &options, &plan) == QUBE_OK) {
                        all_of(plan);
                        CALL(qube_plan_verify, plan, all[n].network, rules[r].policy, &options);
                    }
                    DO(qube_plan_free, plan);
                    given = "";
                }
            }
        }
    }
}

/* --- Custom models, and many terms ------------------------------------------------------------------- */

static int32_t leaf(void *user, const qube_leaf_facts *facts, void *state)
{
    (void)user;
    *(double *)state = facts->footprint;
    return 0;
}

static int32_t combine(void *user, const qube_contraction_facts *facts, const void *left,
                       const void *right, void *state)
{
    const double least = facts->left_footprint < facts->right_footprint ? facts->left_footprint
                                                                        : facts->right_footprint;
    (void)user;
    *(double *)state = *(const double *)left + *(const double *)right + least;
    return 0;
}

static int32_t compare(void *user, const void *a, const void *b, int32_t *order)
{
    const double x = *(const double *)a, y = *(const double *)b;
    (void)user;
    *order = (x > y) - (x < y);
    return 0;
}

/* What user points to, or the state's own cost. */
static int32_t value(void *user, const void *state, double *cost)
{
    memcpy(cost, user != NULL ? user : state, sizeof *cost);
    return 0;
}

static void models(void)
{
    double costs[] = {0, -DBL_MAX, DBL_MAX, 4.9e-324, NAN, INFINITY, signaling_nan()};
    for (int n = 0; n < N_NETWORKS; ++n) {
        for (int k = -1; k < 7; ++k) {
            for (int64_t states = 0; states <= 1; ++states) {
                qube_cost_model model;
                qube_options options;
                qube_plan *plan = NULL;
                char text[100];
                snprintf(text, sizeof text, "%s; cost %d; max_states %d", all[n].what, k, (int)states);
                given = text;
                CALL(qube_cost_model_init, &model, sizeof model);
                model.state_size = sizeof(double);
                model.user = k < 0 ? NULL : &costs[k];
                model.leaf = leaf;
                model.combine = combine;
                model.compare = compare;
                model.value = value;
                CALL(qube_options_init, &options, sizeof options);
                options.max_states = states;
                if (CALL(qube_optimize_custom, all[n].network, rules[4].policy, &options, &model, &plan) ==
                    QUBE_OK) {
                    all_of(plan);
                    CALL(qube_plan_verify, plan, all[n].network, rules[4].policy, &options);
                }
                DO(qube_plan_free, plan);
                given = "";
            }
        }
    }
}

static void many(void)
{
    const qube_network *const terms[] = {all[0].network, all[1].network, all[2].network, all[2].network,
                                         all[3].network, all[10].network, all[7].network};
    for (int64_t threads = 1; threads <= 2; ++threads) {
        for (int o = 0; o < N_OPTIONS; ++o) {
            qube_options options;
            qube_plans *found = NULL;
            given = options_of(o, &options);
            options.objective = o % 2 == 1 ? QUBE_DENSE_SPACE_TIME_BATCHED : QUBE_DENSE_FLOPS;
            if (CALL(qube_optimize_many, terms, 7, rules[4].policy, &options, threads, &found) == QUBE_OK) {
                LOOK(qube_plans, found);
            }
            DO(qube_plans_free, found);
            given = "";
        }
    }
}

/* A document with a size that is no parameter of a built-in run, and calls of a builder. */
static void pipelines(void)
{
    static const char document[] =
        "{\"schema\":\"qube-pipeline/1\",\"name\":\"a\",\"source\":\"b\",\"parameters\":[{\"name\":"
        "\"n\",\"default\":5}],\"stages\":[{\"name\":\"one\",\"events\":[{\"allocate\":\"c\",\"rows\":"
        "\"n\",\"columns\":\"n\"}]}],\"measured\":[{\"stage\":\"one\",\"predicted_bytes\":1,"
        "\"measured_bytes\":2,\"source\":\"\"}]}";
    static const int64_t values[] = {0, 1, 100000, INT64_MAX};
    qube_pipeline *pipeline = NULL;
    CALL(qube_pipeline_parse, document, &pipeline);
    LOOK(qube_pipeline, pipeline);
    for (int k = 0; k < 4; ++k) {
        const qube_parameter_value value = {"n", values[k]};
        qube_budget *budget = NULL;
        if (CALL(qube_budget_pipeline, pipeline, &value, 1, &budget) == QUBE_OK) {
            qube_largest *largest = NULL;
            questions(budget);
            if (CALL(qube_budget_largest_parameter, budget, "n", NULL, GIB, &largest) == QUBE_OK) {
                LOOK(qube_largest, largest);
            }
            DO(qube_largest_free, largest);
        }
        DO(qube_budget_free, budget);
    }
    DO(qube_pipeline_free, pipeline);

    qube_pipeline_builder *builder = NULL;
    qube_budget *budget = NULL;
    CALL(qube_pipeline_builder_create, "a", &builder);
    CALL(qube_pipeline_builder_stage, builder, "one");
    for (int k = 0; k < 4; ++k) {
        CALL(qube_pipeline_builder_allocate, builder, "c", 1, values[k], values[k], 8,
             QUBE_LAYOUT_BLOCK_CYCLIC, QUBE_HOLDER_EVERY_RANK);
        CALL(qube_pipeline_builder_budget, builder, &budget);
        questions(budget);
        DO(qube_budget_free, budget);
        CALL(qube_pipeline_builder_deallocate, builder, "c");
    }
    DO(qube_pipeline_builder_free, builder);
}

static void walk(void)
{
    memset(all, 0, sizeof all);
    memset(rules, 0, sizeof rules);
    budgets();
    meters();
    pipelines();
    networks();
    policies();
    plans();
    models();
    many();
    for (int k = 0; k < N_NETWORKS; ++k) {
        DO(qube_network_free, all[k].network);
    }
    for (int k = 0; k < N_POLICIES; ++k) {
        DO(qube_policy_free, rules[k].policy);
    }
}

/* Every function that the library exports was called, and nothing that it does not. */
static void every_function(void)
{
    char path[2000], name[200];
    int listed = 0;
    snprintf(path, sizeof path, "%s/../abi/symbols.txt", getenv("QUBE_TEST_DATA"));
    FILE *symbols = fopen(path, "r");
    if (!CHECK(symbols != NULL)) {
        return;
    }
    while (fscanf(symbols, "%199s", name) == 1) {
        int found = 0;
        for (int k = 0; k < n_called; ++k) {
            found |= strcmp(called[k], name) == 0;
        }
        if (!found) {
            fprintf(stderr, "not called: %s\n", name);
        }
        CHECK(found);
        listed++;
    }
    fclose(symbols);
    CHECK(listed == n_called && listed > 80);
}

int main(void)
{
    walk();
    every_function();
#ifdef __GLIBC__
    if (checks_failed == 0) {
        signal(SIGFPE, trapped);
        feclearexcept(FE_ALL_EXCEPT);
        CHECK(feenableexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW) != -1);
        walk();
        fedisableexcept(FE_ALL_EXCEPT);
    }
#endif
    return checks_done();
}
