/* What all types owe alike: structs of any size, NULL everywhere, views that are the same whoever asks
   and when, documents in their formats, and frees of NULL. */
#define _POSIX_C_SOURCE 200809L /* barriers */
#include <pthread.h>

#include "common.h"

/* --- One handle of each type ----------------------------------------------------------------------- */

static struct {
    qube_budget *budget, *eclipse;
    qube_ranks *ranks;
    qube_request *request;
    qube_fit *fit;
    qube_largest *largest;
    qube_comparison *comparison;
    qube_network *network;
    qube_policy *policy;
    qube_resolved_policy *resolved;
    qube_plan *plan;
    qube_plans *plans;
} one;

static void make(void)
{
    const qube_harmonic_config config = eclipse_qu();
    const qube_eclipse_config teb = nside_8();
    const int64_t extents[] = {3, 50, 4};
    DEFAULTS(qube_grid, grid);
    grid.ranks = 4;
    one.budget = harmonic(&config, NULL);
    one.eclipse = eclipse(&teb);
    CHECK_OK(qube_budget_per_rank(one.eclipse, &grid, &one.ranks));
    CHECK_OK(qube_budget_request(one.budget, NULL, &one.request));
    CHECK_OK(qube_budget_fit(one.budget, NULL, GIB, &one.fit));
    CHECK_OK(qube_budget_largest(one.budget, QUBE_SIZE_RANKS_PER_NODE, NULL, 999 * GIB, &one.largest));
    CHECK_OK(qube_budget_compare(one.budget, "basis_setup 5 GiB", &one.comparison));
    one.network = einsum("iK,Kj->ij", "iKj", extents);
    one.policy = batches("K", 7);
    CHECK_OK(qube_policy_resolve(one.policy, one.network, &one.resolved));
    one.plan = plan_of(one.network, one.policy, QUBE_DENSE_PEAK_SIZE_BATCHED);
    const qube_network *const both[] = {one.network, one.network};
    CHECK_OK(qube_optimize_many(both, 2, NULL, NULL, 1, &one.plans));
}

static void free_all(void)
{
    qube_budget_free(one.budget);
    qube_budget_free(one.eclipse);
    qube_ranks_free(one.ranks);
    qube_request_free(one.request);
    qube_fit_free(one.fit);
    qube_largest_free(one.largest);
    qube_comparison_free(one.comparison);
    qube_network_free(one.network);
    qube_policy_free(one.policy);
    qube_resolved_policy_free(one.resolved);
    qube_plan_free(one.plan);
    qube_plans_free(one.plans);

    qube_budget_free(NULL);
    qube_ranks_free(NULL);
    qube_request_free(NULL);
    qube_fit_free(NULL);
    qube_largest_free(NULL);
    qube_comparison_free(NULL);
    qube_spaces_free(NULL);
    qube_network_builder_free(NULL);
    qube_network_free(NULL);
    qube_policy_free(NULL);
    qube_resolved_policy_free(NULL);
    qube_plan_free(NULL);
    qube_plans_free(NULL);
    qube_text_free(NULL);
}

/* --- Structs that a host passes -------------------------------------------------------------------- */

/* Room for any struct, and for what a later header may add. */
typedef union {
    size_t struct_size;
    unsigned char bytes[4200];
    double alignment;
} room;

#define INIT(type, ...) \
    static int32_t init_##type(void *to, size_t size) { return type##_init(to, size); }
#define EACH_INIT(X)                                                                          \
    X(qube_render_options, "options") X(qube_harmonic_config, "config")                       \
    X(qube_pixel_direct_config, "config") X(qube_eclipse_config, "config")                    \
    X(qube_traditional_config, "config") X(qube_auto_config, "config")                        \
    X(qube_survey, "survey") X(qube_job, "job") X(qube_grid, "grid") X(qube_index_rule, "rule") \
    X(qube_tensor_rule, "rule") X(qube_policy_settings, "settings") X(qube_options, "options") \
    X(qube_cost_model, "model")
EACH_INIT(INIT)

#define INIT_ROW(type, argument) {#type, argument, sizeof(type), init_##type},
static const struct {
    const char *type, *argument;
    size_t size;
    int32_t (*init)(void *, size_t);
} INITS[] = {EACH_INIT(INIT_ROW)};

static void says_size(const char *type, size_t size, char *text)
{
    snprintf(text, 100, "%s.struct_size is %zu...sizeof(%s)", type, size, type);
}

static void inits(void)
{
    for (size_t k = 0; k < sizeof INITS / sizeof *INITS; ++k) {
        const size_t size = INITS[k].size;
        char text[100];
        room large;
        snprintf(text, sizeof text, "%s is NULL", INITS[k].argument);
        CHECK_FAILS(INITS[k].init(NULL, size), QUBE_ERR_NULL, text);
        const size_t bad[] = {0, 1, size - 1, 4097, SIZE_MAX / 3, SIZE_MAX};
        for (int n = 0; n < 6; ++n) {
            memset(&large, 0xEE, sizeof large);
            says_size(INITS[k].type, bad[n], text);
            CHECK_FAILS(INITS[k].init(&large, bad[n]), QUBE_ERR_ABI, text);
            CHECK(large.bytes[0] == 0xEE && large.bytes[size - 1] == 0xEE);
        }
        /* A host of a later header: what is not known here becomes 0, and nothing behind it changes. */
        memset(&large, 0xEE, sizeof large);
        CHECK_OK(INITS[k].init(&large, size + 24));
        CHECK(large.struct_size == size + 24 && large.bytes[size] == 0);
        CHECK(large.bytes[size + 23] == 0 && large.bytes[size + 24] == 0xEE);
    }
}

static void defaults(void)
{
    DEFAULTS(qube_harmonic_config, h);
    CHECK(h.n_pix == 0 && h.n_modes == 0 && h.lmax_signal == 0 && h.lmax == 0);
    CHECK(h.keep_pixel_projector == 0 && h.covariance_by_caller == 0);
    DEFAULTS(qube_pixel_direct_config, d);
    CHECK(d.n_pix == 0 && d.lmax_signal == 0 && d.n_bins == 0 && d.n_params == 0);
    CHECK(d.release == QUBE_RELEASE_NEWEST && d.cache_derivatives == 0);
    DEFAULTS(qube_traditional_config, plain);
    CHECK(plain.n_pix == 0 && plain.n_params == 0 && plain.model == QUBE_MODEL_HELD);
    DEFAULTS(qube_auto_config, any);
    CHECK(any.n_pix == 0 && any.n_modes == 0 && any.do_cross == 0 && any.model == QUBE_MODEL_HELD);
    DEFAULTS(qube_eclipse_config, e);
    CHECK(e.code == 0 && e.lmax == 0 && e.pix_t == 0 && e.pix_p == 0 && e.lmax_cov == 0);
    CHECK(e.maps == 1 && e.cross == 0 && e.check_inverse == 0 && e.fisher == 1 && e.nside == 0);
    CHECK(e.model == QUBE_MODEL_HELD && e.tqu_maps == 0);
    DEFAULTS(qube_survey, s);
    CHECK(s.fields == 0 && s.polar_cap == 0 && s.nside == 0 && s.fsky == 0.0 && s.n_obs == 0);
    CHECK(s.n_obs_polarisation == 0 && s.lmin == -1 && s.lmax == 0 && s.lmax_signal == 0);
    CHECK(s.n_bins == 0 && s.n_spectra == 0);
    DEFAULTS(qube_job, j);
    CHECK(j.nodes == 1 && j.ranks_per_node == 1 && j.cpus_per_rank == 1 && j.nprow == 0);
    CHECK(j.npcol == 0 && j.block == 0 && j.input_matrices == -1 && j.baseline_bytes == -1);
    CHECK(j.margin == -1.0 && j.share_node == 0 && j.scheduler == QUBE_SCHEDULER_SLURM);
    CHECK(j.resident_bytes == 0 && j.cores_per_node == 0 && j.mem_per_core_cap == 0);
    DEFAULTS(qube_grid, g);
    CHECK(g.nprow == 0 && g.npcol == 0 && g.block == 0 && g.ranks == 0 && g.myrow == -1 &&
          g.mycol == -1);
    DEFAULTS(qube_index_rule, i);
    CHECK(i.label == NULL && i.space == NULL && i.target == 0 && i.tile == 0 &&
          i.role == QUBE_ROLE_CONTRACTED);
    DEFAULTS(qube_tensor_rule, t);
    CHECK(t.label == NULL && t.tensor == -1 && t.is_volatile == 1);
    DEFAULTS(qube_policy_settings, p);
    CHECK(p.accumulation_factor == 0.0 && p.peak_threshold == 0 && p.persistent_only == 0);
    CHECK(p.batchable == NULL && p.batchable_user == NULL && p.free_batchable_user == NULL);
    CHECK(p.is_volatile == NULL && p.volatile_user == NULL && p.free_volatile_user == NULL);
    DEFAULTS(qube_options, o);
    CHECK(o.volatile_weight == 1.0 && o.footprint_weight == 0.0 && o.peak_flops_tolerance == 0.10);
    CHECK(o.machine_balance == 0.0 && o.fast_mem_elems == 0.0 && o.block_tiles == 3.0);
    CHECK(o.block_prefactor == 1.0 && o.bytes_per_element == 8 && o.max_states == 0);
    CHECK(o.max_seconds == 0.0 && o.max_bytes == 0 && o.progress == NULL && o.progress_user == NULL);
    CHECK(o.objective == QUBE_DENSE_FLOPS && o.prune_outer_products == 1 && o.use_inner_pow == 1);
    CHECK(o.subnet_cse == 0 && o.frontier == 0 && o.require_optimal == 0);
    DEFAULTS(qube_cost_model, m);
    CHECK(m.state_size == 0 && m.user == NULL && m.leaf == NULL && m.combine == NULL &&
          m.compare == NULL && m.value == NULL);
}

/* Each call that reads a struct, with what else it needs. What it makes goes to *made. */
static void *made;
#define READ(name, type, call)                          \
    static int32_t read_##name(const void *from)        \
    {                                                   \
        const type *in = from;                          \
        return call;                                    \
    }
#define MADE(type) ((type **)(void *)&made)
READ(harmonic, qube_harmonic_config, qube_budget_harmonic(in, NULL, MADE(qube_budget)))
READ(pixel_direct, qube_pixel_direct_config, qube_budget_pixel_direct(in, NULL, MADE(qube_budget)))
READ(traditional, qube_traditional_config, qube_budget_traditional(in, NULL, MADE(qube_budget)))
READ(automatic, qube_auto_config, qube_budget_auto(in, NULL, MADE(qube_budget)))
READ(eclipse, qube_eclipse_config, qube_budget_eclipse(in, NULL, MADE(qube_budget)))
READ(survey, qube_survey, qube_budget_harmonic(NULL, in, MADE(qube_budget)))
READ(survey_direct, qube_survey, qube_budget_pixel_direct(NULL, in, MADE(qube_budget)))
READ(request, qube_job, qube_budget_request(one.budget, in, MADE(qube_request)))
READ(fit, qube_job, qube_budget_fit(one.budget, in, GIB, MADE(qube_fit)))
READ(largest, qube_job,
     qube_budget_largest(one.budget, QUBE_SIZE_NODES, in, GIB, MADE(qube_largest)))
READ(grid, qube_grid, qube_budget_per_rank(one.eclipse, in, MADE(qube_ranks)))
READ(render_budget, qube_render_options,
     qube_budget_render(one.budget, QUBE_FORMAT_SVG, in, MADE(char)))
READ(render_request, qube_render_options,
     qube_request_render(one.request, QUBE_FORMAT_SVG, in, MADE(char)))
READ(index_rule, qube_index_rule, qube_policy_add_index_rule(one.policy, in))
READ(tensor_rule, qube_tensor_rule, qube_policy_add_tensor_rule(one.policy, in))
READ(settings, qube_policy_settings, qube_policy_set(one.policy, in))
READ(optimize, qube_options, qube_optimize(one.network, NULL, in, MADE(qube_plan)))
READ(many, qube_options, qube_optimize_many(NULL, 0, NULL, in, 1, MADE(qube_plans)))
READ(custom, qube_options, qube_optimize_custom(one.network, NULL, in, NULL, MADE(qube_plan)))
READ(verify, qube_options, qube_plan_verify(one.plan, one.network, one.policy, in))
READ(model, qube_cost_model, qube_optimize_custom(one.network, NULL, NULL, in, MADE(qube_plan)))

/* NULL: whether it means defaults, or which argument it is. */
static const struct {
    const char *type, *null;
    int makes;
    size_t size;
    int32_t (*read)(const void *);
} READS[] = {
#define ROW(name, type, null, makes) {#type, null, makes, sizeof(type), read_##name}
    ROW(harmonic, qube_harmonic_config, "", 1),
    ROW(pixel_direct, qube_pixel_direct_config, "", 1),
    ROW(traditional, qube_traditional_config, "", 1),
    ROW(automatic, qube_auto_config, "", 1),
    ROW(eclipse, qube_eclipse_config, "config is NULL", 1),
    ROW(survey, qube_survey, "", 1),
    ROW(survey_direct, qube_survey, "", 1),
    ROW(request, qube_job, "", 1),
    ROW(fit, qube_job, "", 1),
    ROW(largest, qube_job, "", 1),
    ROW(grid, qube_grid, "grid is NULL", 1),
    ROW(render_budget, qube_render_options, "", 1),
    ROW(render_request, qube_render_options, "", 1),
    ROW(index_rule, qube_index_rule, "rule is NULL", 0),
    ROW(tensor_rule, qube_tensor_rule, "rule is NULL", 0),
    ROW(settings, qube_policy_settings, "settings is NULL", 0),
    ROW(optimize, qube_options, "", 1),
    ROW(many, qube_options, "", 1),
    ROW(custom, qube_options, "", 1),
    ROW(verify, qube_options, "", 0),
    ROW(model, qube_cost_model, "model is NULL", 1),
};

static void inputs(void)
{
    for (size_t k = 0; k < sizeof READS / sizeof *READS; ++k) {
        const size_t size = READS[k].size;
        const size_t bad[] = {0, 1, size - 1, 4097, SIZE_MAX / 3, SIZE_MAX};
        char text[100];
        room in;
        if (*READS[k].null != '\0') {
            made = POISON;
            CHECK_FAILS(READS[k].read(NULL), QUBE_ERR_NULL, READS[k].null);
            CHECK(made == (READS[k].makes ? NULL : POISON));
        }
        for (int n = 0; n < 6; ++n) {
            memset(&in, 0, sizeof in);
            in.struct_size = bad[n];
            says_size(READS[k].type, bad[n], text);
            made = POISON;
            CHECK_FAILS(READS[k].read(&in), QUBE_ERR_ABI, text);
            CHECK(made == (READS[k].makes ? NULL : POISON));
        }
        /* A host of a later header that sets what is not known here, in its last byte. */
        memset(&in, 0, sizeof in);
        in.struct_size = size + 16;
        in.bytes[size + 15] = 1;
        snprintf(text, sizeof text, "%s sets fields...struct_size is %zu", READS[k].type, size + 16);
        made = POISON;
        CHECK_FAILS(READS[k].read(&in), QUBE_ERR_ABI, text);
        CHECK(made == (READS[k].makes ? NULL : POISON));
        /* That byte is beyond the struct: whatever is wrong with zeros, it is no longer the tail. */
        in.struct_size = size + 15;
        made = NULL;
        if (READS[k].read(&in) == QUBE_ERR_ABI) {
            CHECK(!says(qube_last_error(), "sets fields"));
        }
        CHECK(made == NULL || READS[k].makes);
        /* Documents may be made with zeros. */
        if (READS[k].size == sizeof(qube_render_options)) {
            qube_text_free(made);
        } else {
            CHECK(made == NULL);
        }
    }

    /* Reserved words. */
    DEFAULTS(qube_index_rule, index);
    index.reserved = -1;
    CHECK_FAILS(qube_policy_add_index_rule(one.policy, &index), QUBE_ERR_ABI,
                "qube_index_rule.reserved is -1");
    DEFAULTS(qube_tensor_rule, tensor);
    tensor.reserved = 1;
    CHECK_FAILS(qube_policy_add_tensor_rule(one.policy, &tensor), QUBE_ERR_ABI,
                "qube_tensor_rule.reserved is 1");
    DEFAULTS(qube_policy_settings, settings);
    settings.reserved = 1;
    CHECK_FAILS(qube_policy_set(one.policy, &settings), QUBE_ERR_ABI,
                "qube_policy_settings.reserved is 1");
}

/* --- Views ---------------------------------------------------------------------------------------- */

#define EACH_VIEW(X)                                                                          \
    X(qube_budget, qube_budget_view, qube_budget_get, one.budget, "budget")                   \
    X(qube_ranks, qube_ranks_view, qube_ranks_get, one.ranks, "ranks")                        \
    X(qube_request, qube_request_view, qube_request_get, one.request, "request")              \
    X(qube_fit, qube_fit_view, qube_fit_get, one.fit, "fit")                                  \
    X(qube_largest, qube_largest_view, qube_largest_get, one.largest, "largest")              \
    X(qube_comparison, qube_comparison_view, qube_comparison_get, one.comparison, "comparison") \
    X(qube_network, qube_network_view, qube_network_get, one.network, "network")              \
    X(qube_resolved_policy, qube_resolved_policy_view, qube_resolved_policy_get, one.resolved, \
      "resolved")                                                                             \
    X(qube_plan, qube_plan_view, qube_plan_get, one.plan, "plan")                             \
    X(qube_plan, qube_order_view, qube_plan_best_order, one.plan, "plan")                     \
    X(qube_plans, qube_plans_view, qube_plans_get, one.plans, "plans")

#define GETTER(handle, view, function, value, name) \
    static int32_t get_##view(const void *from, void *to) { return function(from, to); }
EACH_VIEW(GETTER)

typedef struct {
    const char *view, *name;
    size_t size;
    int32_t (*get)(const void *, void *);
    const void *handle;
} viewed;

enum { N_VIEWS = 11, N_THREADS = 4 };

/* What all threads wait for, so that the first requests for a view come at once. */
static pthread_barrier_t start;

typedef struct {
    const viewed *of;
    room to;
    int32_t status;
} asked;

static void *ask(void *data)
{
    asked *a = data;
    a->to.struct_size = a->of->size;
    pthread_barrier_wait(&start);
    a->status = a->of->get(a->of->handle, &a->to);
    return NULL;
}

static void views(void)
{
#define VIEW_ROW(handle, view, function, value, name) {#view, name, sizeof(view), get_##view, value},
    const viewed all[N_VIEWS] = {EACH_VIEW(VIEW_ROW)};
    for (int k = 0; k < N_VIEWS; ++k) {
        const size_t size = all[k].size;
        char text[100];
        room first, large;

        /* The first requests, from several threads at once: the same view, the same pointers. */
        static asked answers[N_THREADS];
        pthread_t threads[N_THREADS];
        CHECK(pthread_barrier_init(&start, NULL, N_THREADS) == 0);
        for (int n = 0; n < N_THREADS; ++n) {
            memset(&answers[n], 0, sizeof answers[n]);
            answers[n].of = &all[k];
            CHECK(pthread_create(&threads[n], NULL, ask, &answers[n]) == 0);
        }
        for (int n = 0; n < N_THREADS; ++n) {
            CHECK(pthread_join(threads[n], NULL) == 0 && answers[n].status == QUBE_OK);
            CHECK(memcmp(&answers[n].to, &answers[0].to, size) == 0);
        }
        pthread_barrier_destroy(&start);

        memset(&first, 0, sizeof first);
        first.struct_size = size;
        CHECK_OK(all[k].get(all[k].handle, &first));
        CHECK(first.struct_size == size && memcmp(&first, &answers[0].to, size) == 0);

        snprintf(text, sizeof text, "%s is NULL", all[k].name);
        CHECK_FAILS(all[k].get(NULL, &first), QUBE_ERR_NULL, text);
        CHECK_FAILS(all[k].get(all[k].handle, NULL), QUBE_ERR_NULL, "view is NULL");
        CHECK(memcmp(&first, &answers[0].to, size) == 0);
        const size_t bad[] = {0, 1, size - 1, 4097, SIZE_MAX / 3, SIZE_MAX};
        for (int n = 0; n < 6; ++n) {
            memset(&large, 0xEE, sizeof large);
            large.struct_size = bad[n];
            says_size(all[k].view, bad[n], text);
            CHECK_FAILS(all[k].get(all[k].handle, &large), QUBE_ERR_ABI, text);
            CHECK(large.struct_size == bad[n] && large.bytes[8] == 0xEE &&
                  large.bytes[size - 1] == 0xEE);
        }
        memset(&large, 0xEE, sizeof large);
        large.struct_size = size + 24;
        CHECK_OK(all[k].get(all[k].handle, &large));
        CHECK(large.struct_size == size + 24);
        CHECK(memcmp(large.bytes + 8, first.bytes + 8, size - 8) == 0);
        CHECK(large.bytes[size] == 0 && large.bytes[size + 23] == 0 && large.bytes[size + 24] == 0xEE);
    }
}

/* Borrowed handles are handles: their views and documents are those of the same made by hand. */
static void borrowed(void)
{
    VIEW(qube_fit, fit, one.fit);
    VIEW(qube_request, lent, fit.request);
    VIEW(qube_request, own, one.request);
    CHECK(lent.per_node_bytes == own.per_node_bytes && lent.stages != own.stages);
    char *text = NULL, *same = NULL;
    CHECK_OK(qube_request_render(fit.request, QUBE_FORMAT_TABLE, NULL, &text));
    CHECK_OK(qube_request_render(one.request, QUBE_FORMAT_TABLE, NULL, &same));
    CHECK_TEXT(text, same);
    qube_text_free(text);
    qube_text_free(same);
    VIEW(qube_plans, plans, one.plans);
    CHECK(plans.n_terms == 2 && plans.n_failed == 0);
    for (int64_t k = 0; k < plans.n_terms; ++k) {
        CHECK(plans.terms[k].status == QUBE_OK && plans.terms[k].message == NULL);
        CHECK(view_of(plans.terms[k].plan).cost == 600);
        CHECK_OK(qube_plan_verify(plans.terms[k].plan, one.network, NULL, NULL));
    }
}

/* --- Documents ------------------------------------------------------------------------------------ */

#define RENDER(type, ...)                                                   \
    static int32_t render_##type(const void *from, int32_t format, char **text) \
    {                                                                       \
        return __VA_ARGS__;                                                 \
    }
RENDER(qube_budget, qube_budget_render(from, format, NULL, text))
RENDER(qube_request, qube_request_render(from, format, NULL, text))
RENDER(qube_ranks, qube_ranks_render(from, format, text))
RENDER(qube_fit, qube_fit_render(from, format, text))
RENDER(qube_comparison, qube_comparison_render(from, format, text))
RENDER(qube_policy, qube_policy_render(from, format, text))
RENDER(qube_resolved_policy, qube_resolved_policy_render(from, format, text))
RENDER(qube_plan, qube_plan_render(from, format, text))

/* How a document of each format begins; NULL: the type has none. */
typedef struct {
    const char *name;
    int32_t (*render)(const void *, int32_t, char **);
    const void *handle;
    const char *begins[11];
} rendered;

static void documents(void)
{
    const rendered all[] = {
        {"budget", render_qube_budget, one.budget, 
         {"", "{\"schema\":\"qube-budget/2\"", "<svg ", NULL, NULL, NULL, NULL, "",
          "{\"displayTimeUnit\":", "", ""}},
        {"request", render_qube_request, one.request,
         {"QUBE memory request", "{\"schema\":\"qube-request/2\"", "<svg ", NULL, "#SBATCH --nodes=1",
          "#SBATCH --nodes=1", "#!/bin/bash\n# The run holds at most ", "The run holds at most ",
          "{\"displayTimeUnit\":", "", ""}},
        {"ranks", render_qube_ranks, one.ranks, {""}},
        {"fit", render_qube_fit, one.fit, 
         {"QUBE memory of a node", "{\"schema\":\"qube-fit/2\"", NULL, NULL, NULL, NULL, NULL,
          "The run holds at most "}},
        {"comparison", render_qube_comparison, one.comparison,
         {"", "{\"schema\":\"qube-compare/1\"", NULL, NULL, NULL, NULL, NULL, "",
          "{\"displayTimeUnit\":", "", ""}},
        {"policy", render_qube_policy, one.policy,
         {"batches where contracted: space K in 7", "{\"schema\":\"qube-policy/1\""}},
        {"resolved", render_qube_resolved_policy, one.resolved,
         {"batches where contracted: index K in 7", "{\"schema\":\"qube-policy/1\""}},
        {"plan", render_qube_plan, one.plan,
         {"", "{\"schema\":\"qube-plan/", "<svg ", "digraph plan {"}},
    };
    for (size_t k = 0; k < sizeof all / sizeof *all; ++k) {
        char text[100], *document = NULL, *again = NULL;
        const int32_t none[] = {0, -1, 12, INT32_MIN, INT32_MAX};
        for (int32_t format = QUBE_FORMAT_TABLE; format <= QUBE_FORMAT_BARS_ASCII; ++format) {
            const char *begin = all[k].begins[format - 1];
            if (begin == NULL) {
                snprintf(text, sizeof text, "format is %d", (int)format);
                CHECK_NOTHING(document, all[k].render(all[k].handle, format, &document),
                              QUBE_ERR_OPTION, text);
                continue;
            }
            CHECK_OK(all[k].render(all[k].handle, format, &document));
            CHECK_OK(all[k].render(all[k].handle, format, &again));
            CHECK(strncmp(document, begin, strlen(begin)) == 0 && document != again);
            CHECK_TEXT(document, again);
            const size_t length = strlen(document);
            CHECK(length > 0 && length < 1000000);
            CHECK((document[length - 1] == '\n') == (format == QUBE_FORMAT_TABLE ||
                                                     (document[length - 1] == '\n' &&
                                                      format != QUBE_FORMAT_JSON)));
            qube_text_free(document);
            qube_text_free(again);
        }
        for (int n = 0; n < 5; ++n) {
            snprintf(text, sizeof text, "format is %d", (int)none[n]);
            CHECK_NOTHING(document, all[k].render(all[k].handle, none[n], &document), QUBE_ERR_OPTION,
                          text);
        }
        snprintf(text, sizeof text, "%s is NULL", all[k].name);
        CHECK_NOTHING(document, all[k].render(NULL, QUBE_FORMAT_TABLE, &document), QUBE_ERR_NULL,
                      text);
        CHECK_FAILS(all[k].render(all[k].handle, QUBE_FORMAT_TABLE, NULL), QUBE_ERR_NULL,
                    "text is NULL");
    }
}

/* --- NULL for each argument of each constructor ---------------------------------------------------- */

static void nulls(void)
{
    const qube_harmonic_config config = eclipse_qu();
    const qube_pixel_direct_config direct = qu_64();
    const qube_eclipse_config teb = nside_8();
    DEFAULTS(qube_grid, grid);
    grid.ranks = 4;
    CHECK_FAILS(qube_budget_harmonic(&config, NULL, NULL), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_pixel_direct(&direct, NULL, NULL), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_eclipse(&teb, NULL, NULL), QUBE_ERR_NULL, "budget is NULL");
    CHECK_FAILS(qube_budget_per_rank(one.eclipse, &grid, NULL), QUBE_ERR_NULL, "ranks is NULL");
    CHECK_FAILS(qube_budget_request(one.budget, NULL, NULL), QUBE_ERR_NULL, "request is NULL");
    CHECK_FAILS(qube_budget_fit(one.budget, NULL, 1, NULL), QUBE_ERR_NULL, "fit is NULL");
    CHECK_FAILS(qube_budget_largest(one.budget, 1, NULL, 1, NULL), QUBE_ERR_NULL, "largest is NULL");
    CHECK_FAILS(qube_budget_compare(one.budget, "basis_setup 5", NULL), QUBE_ERR_NULL,
                "comparison is NULL");
    CHECK_FAILS(qube_spaces_create(NULL), QUBE_ERR_NULL, "spaces is NULL");
    CHECK_FAILS(qube_network_builder_create(NULL), QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_policy_create(NULL), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_clone(one.policy, NULL), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_resolve(one.policy, one.network, NULL), QUBE_ERR_NULL, "resolved is NULL");
    CHECK_FAILS(qube_optimize(one.network, NULL, NULL, NULL), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_optimize_custom(one.network, NULL, NULL, NULL, NULL), QUBE_ERR_NULL,
                "plan is NULL");
    CHECK_FAILS(qube_optimize_many(NULL, 0, NULL, NULL, 1, NULL), QUBE_ERR_NULL, "plans is NULL");

    qube_ranks *ranks;
    CHECK_NOTHING(ranks, qube_budget_per_rank(NULL, &grid, &ranks), QUBE_ERR_NULL, "budget is NULL");
    qube_request *request;
    CHECK_NOTHING(request, qube_budget_request(NULL, NULL, &request), QUBE_ERR_NULL, "budget is NULL");
    qube_fit *fit;
    CHECK_NOTHING(fit, qube_budget_fit(NULL, NULL, 1, &fit), QUBE_ERR_NULL, "budget is NULL");
    qube_largest *largest;
    CHECK_NOTHING(largest, qube_budget_largest(NULL, 1, NULL, 1, &largest), QUBE_ERR_NULL,
                  "budget is NULL");
    qube_comparison *comparison;
    CHECK_NOTHING(comparison, qube_budget_compare(NULL, "", &comparison), QUBE_ERR_NULL,
                  "budget is NULL");
    qube_policy *policy;
    CHECK_NOTHING(policy, qube_policy_clone(NULL, &policy), QUBE_ERR_NULL, "original is NULL");
    qube_resolved_policy *resolved;
    CHECK_NOTHING(resolved, qube_policy_resolve(NULL, one.network, &resolved), QUBE_ERR_NULL,
                  "policy is NULL");
    CHECK_NOTHING(resolved, qube_policy_resolve(one.policy, NULL, &resolved), QUBE_ERR_NULL,
                  "network is NULL");
    qube_plan *plan;
    CHECK_NOTHING(plan, qube_optimize(NULL, NULL, NULL, &plan), QUBE_ERR_NULL, "network is NULL");
    CHECK_NOTHING(plan, qube_optimize_custom(NULL, NULL, NULL, NULL, &plan), QUBE_ERR_NULL,
                  "network is NULL");
    CHECK_FAILS(qube_plan_verify(NULL, one.network, NULL, NULL), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_verify(one.plan, NULL, NULL, NULL), QUBE_ERR_NULL, "network is NULL");
    DEFAULTS(qube_index_rule, index);
    DEFAULTS(qube_tensor_rule, tensor);
    DEFAULTS(qube_policy_settings, settings);
    CHECK_FAILS(qube_policy_add_index_rule(NULL, &index), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_add_tensor_rule(NULL, &tensor), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_set(NULL, &settings), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_add_json(NULL, "{}"), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_add_json(one.policy, NULL), QUBE_ERR_NULL, "text is NULL");
}

/* --- Messages ------------------------------------------------------------------------------------- */

static void *fails_elsewhere(void *data)
{
    CHECK_TEXT(qube_last_error(), "");
    CHECK_FAILS(qube_memory_limit(NULL, NULL), QUBE_ERR_NULL, "bytes is NULL");
    return data;
}

static void messages(void)
{
    qube_budget *budget;
    CHECK_NOTHING(budget, qube_budget_harmonic(NULL, NULL, &budget), QUBE_ERR_INPUT, "n_pix is 0");
    char before[400];
    snprintf(before, sizeof before, "%s", qube_last_error());
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, fails_elsewhere, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK_TEXT(qube_last_error(), before);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    make();
    inits();
    defaults();
    inputs();
    views();
    borrowed();
    documents();
    nulls();
    messages();
    free_all();
    CHECK_NO_FLAGS();
    return checks_done();
}
