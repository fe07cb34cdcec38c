/* Options, optimization and plans: every entry, every input that must be refused, and values that the
   reference implementation gave (tests/data says which one that is). */
#include "common.h"

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

/* The best plan under an objective, with defaults for the rest. */
static qube_plan *plan_of(const qube_network *network, const qube_policy *policy, int32_t objective)
{
    qube_options options;
    qube_plan *plan = NULL;
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.objective = objective;
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    return plan;
}

static qube_summary summary_of(const qube_plan *plan)
{
    qube_summary summary = {.struct_size = sizeof summary};
    CHECK_OK(qube_plan_summary(plan, &summary));
    return summary;
}

static qube_node node_of(const qube_plan *plan, int64_t place)
{
    qube_node node = {.struct_size = sizeof node};
    CHECK_OK(qube_plan_node(plan, place, &node));
    return node;
}

static int has_sequence(const qube_plan *plan, const int64_t *expected, size_t n)
{
    int64_t found[64];
    size_t length = 0;
    return n <= 64 && qube_plan_sequence(plan, found, 64, &length) == QUBE_OK && length == n &&
           memcmp(found, expected, n * sizeof *found) == 0;
}

/* Room for a struct that is longer than the library knows. */
union larger {
    size_t struct_size;
    qube_options options;
    qube_summary summary;
    qube_node node;
    unsigned char bytes[4200];
};

static void options(void)
{
    qube_options o;
    union larger large;

    memset(&o, 0xFF, sizeof o);
    CHECK_OK(qube_options_init(&o, sizeof o));
    CHECK(o.struct_size == sizeof o && o.volatile_weight == 1.0 && o.footprint_weight == 0.0);
    CHECK(o.peak_flops_tolerance == 0.10 && o.machine_balance == 0.0 && o.fast_mem_elems == 0.0);
    CHECK(o.block_tiles == 3.0 && o.block_prefactor == 1.0 && o.bytes_per_element == 8);
    CHECK(o.objective == QUBE_DENSE_FLOPS && o.prune_outer_products == 1 && o.use_inner_pow == 1);
    CHECK(o.subnet_cse == 0);
    CHECK_FAILS(qube_options_init(NULL, sizeof o), QUBE_ERR_NULL, "options is NULL");
    const size_t sizes[] = {0, 1, sizeof o - 1, 4097, SIZE_MAX};
    for (int k = 0; k < 5; ++k) {
        memset(&o, 0xEE, sizeof o);
        CHECK_FAILS(qube_options_init(&o, sizes[k]), QUBE_ERR_ABI, "qube_options.struct_size is ");
        CHECK(((unsigned char *)&o)[0] == 0xEE);
    }
    /* A host of a later release: what is not known here becomes 0. */
    memset(&large, 0xEE, sizeof large);
    CHECK_OK(qube_options_init(&large.options, sizeof o + 24));
    CHECK(large.options.struct_size == sizeof o + 24 && large.options.bytes_per_element == 8);
    CHECK(large.bytes[sizeof o] == 0 && large.bytes[sizeof o + 23] == 0);
    CHECK(large.bytes[sizeof o + 24] == 0xEE);
}

static void optimize_refuses(void)
{
    const int64_t extents[] = {3, 4, 5};
    qube_network *network = einsum("ij,jk", "ijk", extents);
    qube_policy *policy = NULL;
    qube_plan *plan = NULL;
    qube_options o;
    union larger large;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_options_init(&o, sizeof o));

    CHECK_FAILS(qube_optimize(network, policy, &o, NULL), QUBE_ERR_NULL, "plan is NULL");
    CHECK_NO_HANDLE(plan, qube_optimize(NULL, policy, &o, &plan), QUBE_ERR_NULL, "network is NULL");
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan)); /* both have defaults */
    qube_plan_free(plan);

#define REFUSED_AS(status, field, value, text)                                           \
    do {                                                                                 \
        qube_options bad = o;                                                            \
        bad.field = (value);                                                             \
        CHECK_NO_HANDLE(plan, qube_optimize(network, policy, &bad, &plan), status, text); \
    } while (0)
#define REFUSED(field, value, text) REFUSED_AS(QUBE_ERR_OPTION, field, value, text)
    /* The small ones would underflow in products with small power means. */
    const double no_number[] = {NAN, INFINITY, -INFINITY, -1.0, 2e18, 0.9e-9, 4.9e-324};
    for (int k = 0; k < 7; ++k) {
        REFUSED(volatile_weight, no_number[k], "volatile_weight is ");
        REFUSED(footprint_weight, no_number[k], "footprint_weight is ");
        REFUSED(peak_flops_tolerance, no_number[k], "peak_flops_tolerance is ");
        REFUSED(machine_balance, no_number[k], "machine_balance is ");
        REFUSED(fast_mem_elems, no_number[k], "fast_mem_elems is ");
        REFUSED(block_tiles, no_number[k], "block_tiles is ");
        REFUSED(block_prefactor, no_number[k], "block_prefactor is ");
    }
    REFUSED(volatile_weight, 0.0, "volatile_weight is 0; allowed: 1e-9 to 1e18");
    REFUSED(volatile_weight, NAN, "volatile_weight is NaN");
    REFUSED(footprint_weight, -1.0, "footprint_weight is -1; allowed: 0, or 1e-9 to 1e18");
    REFUSED(bytes_per_element, 0, "bytes_per_element is 0; allowed: 1 to 1024");
    REFUSED(bytes_per_element, 1025, "bytes_per_element is 1025");
    REFUSED(bytes_per_element, -8, "bytes_per_element is -8");
    REFUSED(bytes_per_element, INT64_MIN, "bytes_per_element is -9223372036854775808");
    REFUSED(objective, 7, "objective is 7; allowed: ");
    REFUSED(objective, -1, "objective is -1; allowed: ");
    REFUSED_AS(QUBE_ERR_INPUT, prune_outer_products, 2, "prune_outer_products is 2; allowed: 0 or 1");
    REFUSED_AS(QUBE_ERR_INPUT, prune_outer_products, -1,
               "prune_outer_products is -1"); /* .true. of some compilers */
    REFUSED_AS(QUBE_ERR_INPUT, use_inner_pow, INT32_MIN, "use_inner_pow is -2147483648");
    REFUSED_AS(QUBE_ERR_INPUT, subnet_cse, 2, "subnet_cse is 2; allowed: 0 or 1");
    /* What -finit-real=snan leaves in a number that was never set. */
    const double signaling = signaling_nan();
    REFUSED(volatile_weight, signaling, "volatile_weight is NaN");
    REFUSED(footprint_weight, signaling, "footprint_weight is NaN");
    REFUSED(peak_flops_tolerance, signaling, "peak_flops_tolerance is NaN");
    REFUSED(machine_balance, signaling, "machine_balance is NaN");
    REFUSED(fast_mem_elems, signaling, "fast_mem_elems is NaN");
    REFUSED(block_tiles, signaling, "block_tiles is NaN");
    REFUSED(block_prefactor, signaling, "block_prefactor is NaN");
#undef REFUSED
#undef REFUSED_AS
    CHECK_NO_FLAGS();

    const size_t sizes[] = {0, 8, sizeof o - 1, 4097, SIZE_MAX};
    for (int k = 0; k < 5; ++k) {
        qube_options bad = o;
        bad.struct_size = sizes[k];
        CHECK_NO_HANDLE(plan, qube_optimize(network, policy, &bad, &plan), QUBE_ERR_ABI,
                        "qube_options.struct_size is ");
    }
    memset(&large, 0, sizeof large);
    large.options = o;
    large.options.struct_size = sizeof o + 16;
    CHECK_OK(qube_optimize(network, policy, &large.options, &plan));
    qube_plan_free(plan);
    large.bytes[sizeof o + 15] = 1;
    CHECK_NO_HANDLE(plan, qube_optimize(network, policy, &large.options, &plan), QUBE_ERR_ABI,
                    "qube_options has fields set that this library does not know");
    large.options.struct_size = sizeof o + 15; /* the byte is beyond the struct */
    CHECK_OK(qube_optimize(network, policy, &large.options, &plan));
    qube_plan_free(plan);

    qube_policy_free(policy);
    qube_network_free(network);
}

/* A chain of n tensors, 65 at most, over n + 1 indices of this extent. */
static qube_network *chain(int n, int64_t extent)
{
    qube_network_builder *builder = NULL;
    qube_network *network = NULL;
    static char labels[4098][16];
    CHECK_OK(qube_network_builder_create(&builder));
    for (int k = 0; k <= n; ++k) {
        snprintf(labels[k], sizeof labels[k], "i_%d", k);
        CHECK_OK(qube_network_builder_add_index(builder, labels[k], NULL, extent));
    }
    for (int k = 0; k < n; ++k) {
        const char *const indices[] = {labels[k], labels[k + 1]};
        CHECK_OK(qube_network_builder_add_tensor(builder, "t", indices, 2));
    }
    CHECK_OK(qube_network_builder_build(builder, &network));
    qube_network_builder_free(builder);
    return network;
}

static void limits(void)
{
    qube_plan *plan = NULL;
    int64_t bytes = -1;

    qube_network *network = chain(64, 2);
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK(summary_of(plan).n_tensors == 64 && summary_of(plan).n_nodes == 127);
    CHECK(summary_of(plan).cost == 63 * 8.0);
    qube_plan_free(plan);
    qube_network_free(network);

    /* Beyond exact search: the same, without proof. */
    network = chain(65, 2);
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK(summary_of(plan).n_tensors == 65 && summary_of(plan).cost == 64 * 8.0);
    CHECK(!summary_of(plan).optimal && summary_of(plan).lower_bound < 64 * 8.0);
    qube_plan_free(plan);
    qube_network_free(network);

    network = chain(4097, 2);
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, NULL, &plan), QUBE_ERR_TOO_LARGE,
                    "tensors of the network: 4097; allowed: at most 4096");
    qube_network_free(network);

    qube_options fitting;
    qube_policy *threshold = NULL;
    CHECK_OK(qube_options_init(&fitting, sizeof fitting));
    fitting.objective = QUBE_DENSE_SPACE_TIME_BATCHED;
    CHECK_OK(qube_policy_create(&threshold));
    CHECK_OK(qube_policy_set_peak_threshold(threshold, 4096));
    network = chain(17, 2);
    CHECK_OK(qube_optimize(network, threshold, &fitting, &plan));
    CHECK(summary_of(plan).n_tensors == 17 && summary_of(plan).peak_elements * 8 <= 4096);
    qube_plan_free(plan);
    qube_network_free(network);
    qube_policy_free(threshold);

    /* 13 indices of 2^63 - 1: their product has no place in a double with weights on top. */
    network = chain(12, INT64_MAX);
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, NULL, &plan), QUBE_ERR_OVERFLOW,
                    "the product of all extents is too large to be represented: 2^819; allowed: ");
    qube_network_free(network);
    CHECK_NO_FLAGS();

    /* 11 have; the plan is fine, its peak is no number of bytes. */
    network = chain(10, INT64_MAX);
    for (int32_t objective = QUBE_DENSE_FLOPS; objective <= QUBE_DENSE_PEAK_BATCHED; ++objective) {
        plan = plan_of(network, NULL, objective);
        CHECK(near(summary_of(plan).peak_elements, 11 * ldexp(1.0, 126)));
        CHECK(near(summary_of(plan).flops, 9 * ldexp(1.0, 189)));
        CHECK_FAILS(qube_plan_peak_bytes(plan, &bytes), QUBE_ERR_OVERFLOW,
                    "elements; allowed: fewer than 2^53 elements");
        CHECK(bytes == -1);
        size_t length = 0;
        CHECK_OK(qube_plan_json(plan, NULL, 0, &length));
        char *json = malloc(length + 1);
        CHECK_OK(qube_plan_json(plan, json, length + 1, &length));
        CHECK(strstr(json, "\"peak_bytes\":null") != NULL);
        free(json);
        CHECK_OK(qube_plan_svg(plan, NULL, 0, &length));
        CHECK_OK(qube_plan_dot(plan, NULL, 0, &length));
        qube_plan_free(plan);
        CHECK_NO_FLAGS();
    }
    qube_network_free(network);

    /* The last number of elements that is counted, and the next: 2^53 could be 2^53 + 1, rounded. */
    const int64_t next = INT64_C(1) << 53, exact = next - 1;
    network = einsum("i", "i", &exact);
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK_OK(qube_plan_peak_bytes(plan, &bytes));
    CHECK(bytes == 8 * exact);
    qube_plan_free(plan);
    qube_options wide;
    CHECK_OK(qube_options_init(&wide, sizeof wide));
    wide.bytes_per_element = 1024; /* 2^63 - 1024 bytes */
    CHECK_OK(qube_optimize(network, NULL, &wide, &plan));
    CHECK_OK(qube_plan_peak_bytes(plan, &bytes));
    CHECK(bytes == 1024 * exact && summary_of(plan).bytes_per_element == 1024);
    qube_plan_free(plan);
    qube_network_free(network);
    network = einsum("i", "i", &next);
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK_FAILS(qube_plan_peak_bytes(plan, &bytes), QUBE_ERR_OVERFLOW, "9007199254740992 elements");
    qube_plan_free(plan);
    qube_network_free(network);

    /* All weights at their largest, on extents near the limit. Their smallest raise no flag either. */
    network = chain(10, INT64_MAX);
    qube_options o;
    CHECK_OK(qube_options_init(&o, sizeof o));
    o.volatile_weight = o.footprint_weight = o.peak_flops_tolerance = 1e18;
    o.machine_balance = o.block_tiles = o.block_prefactor = 1e18;
    o.fast_mem_elems = 1e-9;
    o.bytes_per_element = 1024;
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_add_volatile(policy, "t"));
    CHECK_OK(qube_policy_batch_space(policy, "i", INT64_MAX - 1));
    CHECK_OK(qube_policy_set_accumulation_factor(policy, 1e18));
    for (o.objective = QUBE_DENSE_FLOPS; o.objective <= QUBE_DENSE_PEAK_BATCHED; ++o.objective) {
        CHECK_OK(qube_optimize(network, policy, &o, &plan));
        CHECK(isfinite(summary_of(plan).cost));
        qube_plan_free(plan);
        CHECK_NO_FLAGS();
    }
    qube_network_free(network);

    /* Power means of 1e-100, twice in a product, times the smallest weights. */
    const double tiny[] = {1e-100, 1.1e-100};
    qube_spaces *spaces = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 1));
    CHECK_OK(qube_spaces_add_composite(spaces, "a", 12, tiny, 2));
    CHECK_OK(qube_network_parse("t{a_1<i_1>,a_2<i_1>} u{a_1<i_1>}", spaces, &network));
    qube_spaces_free(spaces);
    o.volatile_weight = o.footprint_weight = o.peak_flops_tolerance = 1e-9;
    o.machine_balance = o.block_tiles = o.block_prefactor = 1e-9;
    o.fast_mem_elems = 1e18;
    CHECK_OK(qube_policy_set_accumulation_factor(policy, 1e-9));
    for (o.objective = QUBE_DENSE_FLOPS; o.objective <= QUBE_DENSE_PEAK_BATCHED; ++o.objective) {
        CHECK_OK(qube_optimize(network, policy, &o, &plan));
        CHECK(summary_of(plan).cost > 0);
        size_t length = 0;
        CHECK_OK(qube_plan_svg(plan, NULL, 0, &length));
        CHECK_OK(qube_plan_dot(plan, NULL, 0, &length));
        qube_plan_free(plan);
        CHECK_NO_FLAGS();
    }
    qube_policy_free(policy);
    qube_network_free(network);
}

static void power_means(void)
{
    const double two[] = {12.0, 13.0};
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    qube_plan *plan = NULL;
    qube_options o;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 5));
    CHECK_OK(qube_spaces_add_composite(spaces, "a", 12, two, 2));
    CHECK_OK(qube_network_parse("g{a_1<i_1>,a_2<i_1>,a_3<i_1>}", spaces, &network));
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, NULL, &plan), QUBE_ERR_POWER_MEAN,
                    "power mean 3 of index 'a_1<i_1>' is missing; allowed: a table as long as");
    CHECK_OK(qube_options_init(&o, sizeof o));
    o.use_inner_pow = 0; /* the extent instead */
    CHECK_OK(qube_optimize(network, NULL, &o, &plan));
    CHECK(summary_of(plan).peak_elements == 5 * 12.0 * 12.0 * 12.0);
    qube_plan_free(plan);
    qube_network_free(network);
    CHECK_OK(qube_network_parse("g{a_1<i_1>,a_2<i_1>}", spaces, &network));
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK(summary_of(plan).peak_elements == 5 * 13.0 * 13.0);
    qube_plan_free(plan);
    qube_network_free(network);
    qube_spaces_free(spaces);
}

static void too_many_loops(void)
{
    qube_network *network = chain(16, 2); /* 17 indices, of which 15 are contracted */
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_batch_space(policy, "i", 1));
    qube_plan_free(plan_of(network, policy, QUBE_DENSE_PEAK)); /* does not look at them */
    qube_plan_free(plan_of(network, policy, QUBE_DENSE_PEAK_BATCHED));
    qube_network_free(network);

    /* 33 indices between two tensors. */
    qube_network_builder *builder = NULL;
    qube_plan *plan = NULL;
    qube_options o;
    char labels[33][16];
    const char *indices[33];
    CHECK_OK(qube_network_builder_create(&builder));
    for (int k = 0; k < 33; ++k) {
        snprintf(labels[k], sizeof labels[k], "i_%d", k);
        indices[k] = labels[k];
        CHECK_OK(qube_network_builder_add_index(builder, indices[k], NULL, 2));
    }
    CHECK_OK(qube_network_builder_add_tensor(builder, "s", indices, 33));
    CHECK_OK(qube_network_builder_add_tensor(builder, "t", indices, 33));
    CHECK_OK(qube_network_builder_build(builder, &network));
    CHECK_OK(qube_options_init(&o, sizeof o));
    o.objective = QUBE_DENSE_PEAK_BATCHED;
    CHECK_NO_HANDLE(plan, qube_optimize(network, policy, &o, &plan), QUBE_ERR_TOO_LARGE,
                    "batchable indices of the network: 33; allowed: at most 32");
    qube_network_free(network);
    qube_network_builder_free(builder);
    qube_policy_free(policy);
}

/* Sequences, costs and peaks of tests/data/edge.json, flops and peak, weights at their defaults. */
static void corner_cases(void)
{
    const struct {
        const char *text, *names;
        int64_t extents[4];
        double cost, peak;
        size_t n;
        int64_t sequence[7];
    } cases[] = {
        /* one_tensor, two_tensors, trace_in_tensor, hyper3_all, all_rank0, all_extent1 */
        {"ab", "ab", {3, 4}, 0, 12, 1, {0}},
        {"ab,bc", "abc", {3, 4, 5}, 60, 47, 3, {0, 1, -1}},
        {"abb,ac,cd", "abcd", {3, 4, 5, 6}, 90, 62, 5, {0, 1, -1, 2, -1}},
        {"ab,ac,ad->bcd", "abcd", {9, 4, 5, 6}, 1260, 354, 5, {0, 1, -1, 2, -1}},
        {",,", "", {0}, 0, 0, 5, {0, 1, -1, 2, -1}},
        {"ab,bc,c", "abc", {1, 1, 1}, 0, 0, 5, {0, 1, -1, 2, -1}},
        /* By hand: a scalar alone; a trace alone counts its one index; targets that both carry
           (Hadamard); indices that one tensor carries and the result does not (i and j, work ijk);
           the same on one tensor, of which there is nothing to contract. */
        {"->", "", {0}, 0, 0, 1, {0}},
        {"ii", "i", {7}, 0, 7, 1, {0}},
        {"ij,ij->ij", "ij", {3, 4}, 12, 36, 3, {0, 1, -1}},
        {"ij,k->k", "ijk", {3, 4, 5}, 60, 22, 3, {0, 1, -1}},
        {"ij->i", "ij", {3, 4}, 0, 12, 1, {0}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        qube_network *network = einsum(cases[k].text, cases[k].names, cases[k].extents);
        qube_plan *plan = plan_of(network, NULL, QUBE_DENSE_FLOPS);
        const qube_summary flops = summary_of(plan);
        CHECK(flops.cost == cases[k].cost && flops.flops == cases[k].cost);
        CHECK(flops.n_frontier == 0 && flops.objective == QUBE_DENSE_FLOPS && flops.optimal == 1);
        CHECK(has_sequence(plan, cases[k].sequence, cases[k].n));
        qube_plan_free(plan);
        for (int32_t objective = QUBE_DENSE_PEAK; objective <= QUBE_DENSE_PEAK_BATCHED; ++objective) {
            plan = plan_of(network, NULL, objective);
            const qube_summary peak = summary_of(plan);
            CHECK(peak.peak_elements == cases[k].peak && peak.lower_bound == cases[k].peak);
            CHECK(peak.cost == cases[k].cost && peak.n_frontier == 1);
            CHECK(peak.n_nodes == (int64_t)cases[k].n && 2 * peak.n_tensors == peak.n_nodes + 1);
            qube_plan_free(plan);
        }
        qube_network_free(network);
    }

    /* batch_hyper3: K is on all three tensors and goes in slices of 5. */
    const int64_t extents[] = {50, 4, 5, 6};
    qube_network *network = einsum("Kab,Kbc,Kac->", "Kabc", extents);
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_batch_space(policy, "K", 5));
    qube_plan *plan = plan_of(network, policy, QUBE_DENSE_PEAK_BATCHED);
    CHECK(summary_of(plan).peak_elements == 470 && summary_of(plan).cost == 7000);
    qube_plan_free(plan);
    plan = plan_of(network, policy, QUBE_DENSE_PEAK);
    CHECK(summary_of(plan).peak_elements == 4700);
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
}

/* scenarios.json, water14_term1: a cluster of 14 water molecules in pair-natural orbitals. */
static void water14(void)
{
    const double means[] = {12, 12, 12, 12};
    const int64_t flops_sequence[] = {0, 1, 7, -1, -1, 2,  3, 5,  -1, -1, 4,
                                      -1, -1, 6, 8, -1, 9, -1, 10, -1, -1};
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    qube_policy *policy = NULL;
    qube_plan *plan = NULL;
    qube_options o;

    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 56));
    CHECK_OK(qube_spaces_add(spaces, "μ̃", 602));
    CHECK_OK(qube_spaces_add(spaces, "Κ", 1652));
    CHECK_OK(qube_spaces_add_composite(spaces, "a", 12, means, 4));
    CHECK_OK(qube_network_parse(
        "g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} g{μ̃_2;μ̃_3;Κ_1} C{a_4<i_1>;μ̃_2} "
        "C{μ̃_3;a_1<i_1,i_2>} t{a_4<i_1>;i_1} t{a_5<i_3>;i_3} t{a_3<i_2>;i_2} "
        "C{μ̃_5;a_5<i_3>} s{μ̃_4;μ̃_5} C{a_2<i_1,i_2>;μ̃_4}",
        spaces, &network));
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_batch_space(policy, "Κ", 236));
    CHECK_OK(qube_policy_add_volatile(policy, "t"));

    plan = plan_of(network, policy, QUBE_DENSE_FLOPS);
    CHECK(summary_of(plan).cost == 78867516448.0);
    CHECK(has_sequence(plan, flops_sequence, 21));
    qube_plan_free(plan);
    plan = plan_of(network, policy, QUBE_DENSE_SIZE);
    CHECK(summary_of(plan).cost == 956503380.0);
    qube_plan_free(plan);
    plan = plan_of(network, policy, QUBE_DENSE_PEAK);
    CHECK(summary_of(plan).peak_elements == 702644096.0);
    qube_plan_free(plan);

    /* volatile_weight 20, batched, without and with the roofline (200, 1e6). */
    const double plain[][2] = {{140738948.0, 1567536455296.0}, {141743840.0, 1558404423296.0},
                               {147954884.0, 1543821609344.0}, {212940560.0, 1293897198720.0},
                               {228221588.0, 1288965901440.0}, {233582496.0, 1005533268096.0},
                               {248863524.0, 991118706816.0}};
    const double roofline[][2] = {{140738948.0, 4010982226048.0}, {442342852.0, 2934620522624.0}};
    CHECK_OK(qube_options_init(&o, sizeof o));
    o.objective = QUBE_DENSE_PEAK_BATCHED;
    o.volatile_weight = 20;
    o.frontier = 1;
    for (int with = 0; with <= 1; ++with) {
        const double(*points)[2] = with ? roofline : plain;
        const size_t n = with ? 2 : 7;
        double peaks[7], costs[7];
        size_t length = 0;
        int64_t bytes = 0;
        o.machine_balance = with ? 200.0 : 0.0;
        o.fast_mem_elems = with ? 1e6 : 0.0;
        CHECK_OK(qube_optimize(network, policy, &o, &plan));
        CHECK_OK(qube_plan_frontier(plan, NULL, NULL, 0, &length));
        CHECK(length == n && summary_of(plan).n_frontier == (int64_t)n);
        CHECK_OK(qube_plan_frontier(plan, peaks, costs, 7, &length));
        for (size_t k = 0; k < n; ++k) {
            CHECK(near(peaks[k], points[k][0]) && near(costs[k], points[k][1]));
        }
        /* The point taken is the cheapest within 10 % of the least peak; the plan achieves it. */
        const size_t taken = with ? 0 : 2;
        const qube_summary summary = summary_of(plan);
        CHECK(near(summary.peak_elements, points[taken][0]) && near(summary.cost, points[taken][1]));
        CHECK(near(summary.lower_bound, points[0][0]) && summary.optimal == 1);
        CHECK_OK(qube_plan_peak_bytes(plan, &bytes));
        CHECK(bytes == 8 * (int64_t)points[taken][0]);
        CHECK(node_of(plan, summary.peak_node).live == summary.peak_elements);

        CHECK_FAILS(qube_plan_frontier(plan, peaks, costs, n - 1, &length), QUBE_ERR_BUFFER, "allowed: ");
        CHECK(length == n);
        qube_plan_free(plan);
    }
    qube_policy_free(policy);
    qube_network_free(network);
    qube_spaces_free(spaces);
}

static void nodes(void)
{
    /* One loop over K around the only contraction; the last batch is shorter. */
    const int64_t extents[] = {3, 50, 4};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_batch_space(policy, "K", 7));
    CHECK_OK(qube_policy_add_volatile(policy, "Kj"));
    CHECK_OK(qube_policy_set_accumulation_factor(policy, 0.5));
    qube_plan *plan = plan_of(network, policy, QUBE_DENSE_PEAK_BATCHED);
    qube_network_free(network); /* the plan needs neither */
    qube_policy_free(policy);

    qube_node node = node_of(plan, 0);
    CHECK(node.number == 0 && node.first == -1 && node.second == -1 && node.n_loops == 0);
    CHECK(node.is_leaf == 1 && node.is_volatile == 0 && node.flops == 0 && node.cost == 0);
    CHECK(node.cache == QUBE_CACHE_SLICED && node.is_skipped == 0); /* feeds node 2, seven K at a time */
    CHECK(node.footprint == 150 && node.sliced_footprint == 21);
    CHECK_TEXT("iK", qube_plan_node_label, plan, 0);
    CHECK_TEXT("i\nK", qube_plan_node_open, plan, 0);
    CHECK_TEXT("K", qube_plan_node_nest, plan, 0);

    node = node_of(plan, 1);
    CHECK(node.number == 1 && node.is_leaf == 1 && node.is_volatile == 1);
    CHECK(node.cache == QUBE_CACHE_TRANSIENT);
    CHECK(node.footprint == 200 && node.sliced_footprint == 28);
    CHECK_TEXT("Kj", qube_plan_node_label, plan, 1);

    node = node_of(plan, 2);
    CHECK(node.number == 2 && node.first == 0 && node.second == 1 && node.n_loops == 1);
    CHECK(node.is_leaf == 0 && node.is_volatile == 1 && node.flops == 600 && node.cost == 600);
    CHECK(node.footprint == 12 && node.sliced_footprint == 12);
    CHECK(node.live_before == 49 && node.live == 49 + 12 + 6 && node.live_after == 12);
    CHECK_TEXT("", qube_plan_node_label, plan, 2);
    CHECK_TEXT("i\nj", qube_plan_node_open, plan, 2);
    CHECK_TEXT("", qube_plan_node_nest, plan, 2);
    CHECK_TEXT("K", qube_plan_loop_index, plan, 2, 0);
    int64_t batch = 0, batches = 0;
    CHECK_OK(qube_plan_loop(plan, 2, 0, &batch, &batches));
    CHECK(batch == 7 && batches == 8);
    CHECK(summary_of(plan).peak_elements == 67 && summary_of(plan).peak_node == 2);
    CHECK(summary_of(plan).exhaustive == 0 && summary_of(plan).seconds >= 0);

    size_t length = 0;
    CHECK_OK(qube_plan_json(plan, NULL, 0, &length));
    char *json = malloc(length + 1);
    CHECK_OK(qube_plan_json(plan, json, length + 1, &length));
    CHECK(strlen(json) == length && strchr(json, '\n') == NULL);
    CHECK(strncmp(json, "{\"schema\":\"qube-plan/1\",\"objective\":\"peak-batched\"", 50) == 0);
    CHECK(strstr(json, "\"sequence\":[0,1,-1]") != NULL);
    CHECK(strstr(json, "{\"index\":\"K\",\"role\":\"contracted\",\"batch\":7,\"batches\":8}") != NULL);
    CHECK_FAILS(qube_plan_json(plan, json, length, &length), QUBE_ERR_BUFFER, "allowed: ");
    free(json);

    char drawing[8000];
    CHECK_OK(qube_plan_svg(plan, NULL, 0, &length));
    CHECK_OK(qube_plan_svg(plan, drawing, sizeof drawing, &length));
    CHECK(strlen(drawing) == length && strncmp(drawing, "<svg ", 5) == 0);
    CHECK(strstr(drawing, ">K in 8 batches of 7</text>") != NULL);
    CHECK_FAILS(qube_plan_svg(plan, drawing, length, &length), QUBE_ERR_BUFFER, "allowed: ");
    CHECK_OK(qube_plan_dot(plan, drawing, sizeof drawing, &length));
    CHECK(strlen(drawing) == length && strncmp(drawing, "digraph plan {", 14) == 0);
    CHECK(strstr(drawing, "n0 -> n2") != NULL && strstr(drawing, "\"K in 8 batches of 7\"") != NULL);
    CHECK_FAILS(qube_plan_dot(plan, drawing, length, &length), QUBE_ERR_BUFFER, "allowed: ");
    qube_plan_free(plan);
    qube_plan_free(NULL);
}

static void plan_refuses(void)
{
    const int64_t extents[] = {3, 50, 4};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_batch_space(policy, "K", 7));
    qube_plan *plan = plan_of(network, policy, QUBE_DENSE_PEAK_BATCHED);
    qube_policy_free(policy);
    qube_network_free(network);

    qube_summary summary = {.struct_size = sizeof summary};
    qube_node node = {.struct_size = sizeof node};
    int64_t number = -9, other = -9, sequence[4] = {-9, -9, -9, -9};
    double peaks[2] = {-9, -9}, costs[2] = {-9, -9};
    size_t length = 99;
    char buf[4] = "###";

    CHECK_FAILS(qube_plan_summary(NULL, &summary), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_summary(plan, NULL), QUBE_ERR_NULL, "summary is NULL");
    CHECK_FAILS(qube_plan_peak_bytes(NULL, &number), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_peak_bytes(plan, NULL), QUBE_ERR_NULL, "bytes is NULL");
    CHECK_FAILS(qube_plan_sequence(NULL, sequence, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_sequence(plan, sequence, 4, NULL), QUBE_ERR_NULL, "length is NULL");
    CHECK_FAILS(qube_plan_sequence(plan, NULL, 4, &length), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_plan_frontier(NULL, peaks, costs, 2, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_frontier(plan, peaks, costs, 2, NULL), QUBE_ERR_NULL, "length is NULL");
    CHECK_FAILS(qube_plan_frontier(plan, NULL, costs, 2, &length), QUBE_ERR_NULL, "peaks is NULL");
    CHECK_FAILS(qube_plan_frontier(plan, peaks, NULL, 2, &length), QUBE_ERR_NULL, "costs is NULL");
    CHECK(peaks[0] == -9 && costs[0] == -9 && sequence[0] == -9);
    CHECK_FAILS(qube_plan_node(NULL, 0, &node), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_node(plan, 0, NULL), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_plan_node_label(NULL, 0, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_node_open(NULL, 0, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_node_nest(NULL, 0, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_loop(NULL, 2, 0, &number, &other), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_loop(plan, 2, 0, NULL, &other), QUBE_ERR_NULL, "batch is NULL");
    CHECK_FAILS(qube_plan_loop(plan, 2, 0, &number, NULL), QUBE_ERR_NULL, "batches is NULL");
    CHECK_FAILS(qube_plan_loop_index(NULL, 2, 0, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_report(NULL, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_report(plan, NULL, 4, &length), QUBE_ERR_NULL, "buf is NULL");
    CHECK_FAILS(qube_plan_report(plan, NULL, 0, NULL), QUBE_ERR_NULL, "length is NULL");
    CHECK_FAILS(qube_plan_json(NULL, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_json(plan, NULL, 4, &length), QUBE_ERR_NULL, "buf is NULL");
    CHECK_FAILS(qube_plan_json(plan, NULL, 0, NULL), QUBE_ERR_NULL, "length is NULL");
    CHECK_FAILS(qube_plan_svg(NULL, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_svg(plan, NULL, 4, &length), QUBE_ERR_NULL, "buf is NULL");
    CHECK_FAILS(qube_plan_svg(plan, NULL, 0, NULL), QUBE_ERR_NULL, "length is NULL");
    CHECK_FAILS(qube_plan_dot(NULL, buf, 4, &length), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_dot(plan, NULL, 4, &length), QUBE_ERR_NULL, "buf is NULL");
    CHECK_FAILS(qube_plan_dot(plan, NULL, 0, NULL), QUBE_ERR_NULL, "length is NULL");

    const int64_t places[] = {-1, 3, INT64_MIN, INT64_MAX};
    for (int k = 0; k < 4; ++k) {
        const int64_t at = places[k];
        CHECK_FAILS(qube_plan_node(plan, at, &node), QUBE_ERR_POSITION, "there are 3, counted from 0");
        CHECK_FAILS(qube_plan_node_label(plan, at, buf, 4, &length), QUBE_ERR_POSITION, "node number ");
        CHECK_FAILS(qube_plan_node_open(plan, at, buf, 4, &length), QUBE_ERR_POSITION, "node number ");
        CHECK_FAILS(qube_plan_node_nest(plan, at, buf, 4, &length), QUBE_ERR_POSITION, "node number ");
        CHECK_FAILS(qube_plan_loop(plan, at, 0, &number, &other), QUBE_ERR_POSITION, "node number ");
        CHECK_FAILS(qube_plan_loop_index(plan, at, 0, buf, 4, &length), QUBE_ERR_POSITION, "node number ");
        CHECK_FAILS(qube_plan_loop(plan, 2, at, &number, &other), QUBE_ERR_POSITION, "loop number ");
        CHECK_FAILS(qube_plan_loop_index(plan, 2, at, buf, 4, &length), QUBE_ERR_POSITION,
                    "there are 1, counted from 0");
    }
    CHECK_FAILS(qube_plan_loop(plan, 0, 0, &number, &other), QUBE_ERR_POSITION,
                "loop number 0 does not exist; there are 0");
    CHECK(number == -9 && other == -9 && strcmp(buf, "###") == 0);

    length = 99;
    CHECK_OK(qube_plan_sequence(plan, NULL, 0, &length));
    CHECK(length == 3);
    length = 99;
    CHECK_FAILS(qube_plan_sequence(plan, sequence, 2, &length), QUBE_ERR_BUFFER,
                "the buffer holds 2; allowed: 3 or more");
    CHECK(length == 3 && sequence[0] == -9);
    CHECK_OK(qube_plan_sequence(plan, sequence, 3, &length));
    CHECK(length == 3 && sequence[2] == -1 && sequence[3] == -9);

    /* Result structs: too short, too long, of an older and of a later host. */
    qube_node older = {.struct_size = offsetof(qube_node, cache), .cache = -9, .is_skipped = -9};
    CHECK_OK(qube_plan_node(plan, 2, &older));
    CHECK(older.number == 2 && older.cache == -9 && older.is_skipped == -9);
    const size_t sizes[] = {0, 8, 4097, SIZE_MAX};
    for (int k = 0; k < 4; ++k) {
        summary.struct_size = node.struct_size = sizes[k];
        summary.cost = node.cost = -9;
        CHECK_FAILS(qube_plan_summary(plan, &summary), QUBE_ERR_ABI, "qube_summary.struct_size is ");
        CHECK_FAILS(qube_plan_node(plan, 0, &node), QUBE_ERR_ABI, "qube_node.struct_size is ");
        CHECK(summary.cost == -9 && node.cost == -9);
    }
    union larger large;
    memset(&large, 0xEE, sizeof large);
    large.struct_size = sizeof summary + 8;
    CHECK_OK(qube_plan_summary(plan, &large.summary));
    CHECK(large.struct_size == sizeof summary + 8 && large.summary.n_tensors == 2);
    CHECK(large.bytes[sizeof summary] == 0 && large.bytes[sizeof summary + 7] == 0);
    CHECK(large.bytes[sizeof summary + 8] == 0xEE);
    memset(&large, 0xEE, sizeof large);
    large.struct_size = sizeof node + 8;
    CHECK_OK(qube_plan_node(plan, 2, &large.node));
    CHECK(large.struct_size == sizeof node + 8 && large.node.number == 2);
    CHECK(large.bytes[sizeof node + 7] == 0 && large.bytes[sizeof node + 8] == 0xEE);
    qube_plan_free(plan);
}

/* X = A B is there twice: by hand, 10 * 20 * 10 for X once and 10 * 10 * 10 for X X. */
static void sharing(void)
{
    qube_spaces *spaces;
    qube_network *network;
    qube_plan *plan;
    qube_options o;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 10));
    CHECK_OK(qube_spaces_add(spaces, "a", 20));
    CHECK_OK(qube_network_parse("A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3}", spaces, &network));
    CHECK_OK(qube_options_init(&o, sizeof o));
    o.subnet_cse = 1;
    CHECK_OK(qube_optimize(network, NULL, &o, &plan));
    qube_summary summary = {.struct_size = sizeof summary};
    CHECK_OK(qube_plan_summary(plan, &summary));
    CHECK(summary.cost == 3000 && summary.flops == 3000 && summary.lower_bound == 3000);
    /* A, B and X; the other two tensors are never taken. */
    CHECK(summary.optimal == 1 && summary.peak_elements == 500 && summary.peak_node == 2);
    for (int64_t at = 0; at < summary.n_nodes; ++at) {
        const qube_node node = node_of(plan, at);
        CHECK(node.shared_with == (at == 5 ? 4 : -1));
        CHECK(node.is_skipped == (at == 3 || at == 4));
    }
    CHECK(node_of(plan, 5).flops == 0 && node_of(plan, 5).live == 100);
    CHECK_TEXT("i_1\ni_2", qube_plan_node_open, plan, 2);
    CHECK_TEXT("i_2\ni_3", qube_plan_node_open, plan, 5);
    qube_plan_free(plan);
    o.objective = QUBE_DENSE_PEAK;
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &o, &plan), QUBE_ERR_OPTION,
                    "subnet_cse is on with the objective peak; allowed: on with flops and size only");
    qube_network_free(network);
    qube_spaces_free(spaces);
}

/* tests/data/interleave.json: 21660 depth-first. In turns 20182, the least of all schedules. */
static void best_order(void)
{
    const int64_t extents[] = {13, 60, 2, 30, 13, 30, 30, 2, 5, 30, 3};
    qube_network *network = einsum("abi,acg,bj,cdhk,dek,efg->fhij", "abcdefghijk", extents);
    qube_plan *plan = plan_of(network, NULL, QUBE_DENSE_PEAK);
    int64_t places[8] = {-9, -9, -9, -9, -9, -9, -9, -9}, peak_node = -9;
    double peak = -9;
    size_t length = 99;
    qube_network_free(network);
    CHECK(summary_of(plan).peak_elements == 21660);
    CHECK_OK(qube_plan_best_order(plan, NULL, 0, &length, &peak, &peak_node));
    CHECK(length == 5 && peak == 20182 && places[0] == -9);
    peak = peak_node = -9;
    CHECK_FAILS(qube_plan_best_order(plan, places, 4, &length, &peak, &peak_node), QUBE_ERR_BUFFER,
                "the buffer holds 4; allowed: 5 or more");
    CHECK(length == 5 && peak == -9 && peak_node == -9 && places[0] == -9);
    CHECK_OK(qube_plan_best_order(plan, places, 8, &length, &peak, &peak_node));
    CHECK(length == 5 && peak == 20182 && places[5] == -9);
    /* Each operand comes before what takes it, and nothing twice. */
    double live = 0, highest = 0;
    int64_t made = 0;
    for (int64_t at = 0; at < 11; ++at) {
        const qube_node node = node_of(plan, at);
        made |= node.is_leaf ? (int64_t)1 << node.number : 0;
        live += node.is_leaf ? node.footprint : 0;
    }
    CHECK(made == 63);
    for (size_t k = 0; k < length; ++k) {
        const qube_node node = node_of(plan, places[k]);
        const int64_t operands = (int64_t)1 << node.first | (int64_t)1 << node.second;
        CHECK((made & operands) == operands && (made >> node.number & 1) == 0);
        made |= (int64_t)1 << node.number;
        live += node.footprint;
        CHECK(places[k] != peak_node || live == 20182);
        highest = live > highest ? live : highest;
        for (int64_t at = 0; at < 11; ++at) {
            const qube_node other = node_of(plan, at);
            live -= operands >> other.number & 1 ? other.footprint : 0;
        }
    }
    CHECK(highest == 20182);

    CHECK_FAILS(qube_plan_best_order(NULL, places, 8, &length, &peak, &peak_node), QUBE_ERR_NULL,
                "plan is NULL");
    CHECK_FAILS(qube_plan_best_order(plan, NULL, 8, &length, &peak, &peak_node), QUBE_ERR_NULL,
                "out is NULL");
    CHECK_FAILS(qube_plan_best_order(plan, places, 8, NULL, &peak, &peak_node), QUBE_ERR_NULL,
                "length is NULL");
    CHECK_FAILS(qube_plan_best_order(plan, places, 8, &length, NULL, &peak_node), QUBE_ERR_NULL,
                "peak is NULL");
    CHECK_FAILS(qube_plan_best_order(plan, places, 8, &length, &peak, NULL), QUBE_ERR_NULL,
                "peak_node is NULL");
    qube_plan_free(plan);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    options();
    optimize_refuses();
    limits();
    power_means();
    too_many_loops();
    corner_cases();
    water14();
    nodes();
    sharing();
    best_order();
    plan_refuses();
    CHECK_NO_FLAGS();
    return checks_done();
}
