/* Options, optimization and plans: what a plan tells, limits and progress, every input that must be
   refused, and values that the reference implementation gave (tests/data says which one that is). */
#include "common.h"

static int has_sequence(const qube_plan *plan, const int64_t *expected, int64_t n)
{
    const qube_plan_view view = view_of(plan);
    return view.n_nodes == n && memcmp(view.sequence, expected, (size_t)n * sizeof *expected) == 0;
}

/* What holds of every plan: the tree, the sequence, lives, sums. */
static void check_plan(const qube_plan *plan)
{
    const qube_plan_view v = view_of(plan);
    double flops = 0, peak = 0;
    int64_t stack[64], depth = 0, opened = 0;
    CHECK(v.n_nodes == 2 * v.n_tensors - 1 && v.nodes[v.n_nodes - 1].parent == -1);
    CHECK((v.gap == 0) == (v.optimal == 1) || v.gap == -1);
    CHECK(v.refused_bytes == 0);
    for (int64_t k = 0; k < v.n_nodes; ++k) {
        const qube_node *node = &v.nodes[k];
        const int is_leaf = node->tensor >= 0;
        CHECK((node->first == -1) == is_leaf && (node->second == -1) == is_leaf);
        CHECK(node->first < k && node->second < k && (node->parent == -1 || node->parent > k));
        CHECK(v.sequence[k] == node->tensor); /* -1 for a contraction */
        if (!is_leaf) {
            CHECK(v.nodes[node->first].parent == k && v.nodes[node->second].parent == k);
            CHECK(depth >= 2 && stack[depth - 1] == node->second && stack[depth - 2] == node->first);
            depth -= 2;
        }
        CHECK(node->open_begin == opened && node->open_end >= opened);
        opened = node->open_end;
        CHECK(node->live_from <= k && (node->live_to >= k || node->is_skipped || is_leaf));
        CHECK((node->loops == NULL) == (node->n_loops == 0) && node->reserved == 0);
        CHECK((node->n_lives == 0) == (node->live_from == -1));
        for (int64_t i = 0; i < node->n_lives; ++i) { /* one after the other, and ever smaller */
            const qube_life *life = &node->lives[i];
            CHECK(life->from == (i == 0 ? node->live_from : life[-1].to + 1) && life->from <= life->to);
            CHECK(i + 1 < node->n_lives || life->to == node->live_to);
            CHECK(i == 0 || life->elements < life[-1].elements);
        }
        flops += node->flops;
        peak = node->live > peak ? node->live : peak;
        if (depth < 64) {
            stack[depth++] = k;
        }
    }
    CHECK(depth == 1 && opened == v.n_open && near(flops, v.flops));
    for (int64_t k = 0; k < v.n_nodes; ++k) {
        double live = 0;
        for (int64_t other = 0; other < v.n_nodes; ++other) {
            for (int64_t i = 0; i < v.nodes[other].n_lives; ++i) {
                const qube_life *life = &v.nodes[other].lives[i];
                live += life->from <= k && k <= life->to ? life->elements : 0;
            }
        }
        /* Where a loop adds to a result, the block that is being made is live beside it. */
        CHECK(v.nodes[k].n_loops > 0 ? live <= v.nodes[k].live : near(live, v.nodes[k].live));
    }
    CHECK(peak == v.peak_elements && v.nodes[v.peak_node].live == peak);
}

/* --- Options --------------------------------------------------------------------------------------- */

static void options_refused(void)
{
    const int64_t extents[] = {3, 4, 5};
    qube_network *network = einsum("ij,jk", "ijk", extents);
    qube_plan *plan = NULL;
    DEFAULTS(qube_options, o);
#define REFUSED_AS(status, field, value, pattern)                                      \
    do {                                                                               \
        qube_options bad = o;                                                          \
        bad.field = (value);                                                           \
        CHECK_NOTHING(plan, qube_optimize(network, NULL, &bad, &plan), status, pattern); \
    } while (0)
#define REFUSED(field, value, pattern) REFUSED_AS(QUBE_ERR_OPTION, field, value, pattern)
    /* The small ones would underflow in products with small power means; a signaling NaN is what
       -finit-real=snan leaves in a number that was never set. */
    static const size_t weights[] = {
        offsetof(qube_options, volatile_weight), offsetof(qube_options, footprint_weight),
        offsetof(qube_options, peak_flops_tolerance), offsetof(qube_options, machine_balance),
        offsetof(qube_options, fast_mem_elems), offsetof(qube_options, block_tiles),
        offsetof(qube_options, block_prefactor), offsetof(qube_options, max_seconds)};
    static const char *const names[] = {"volatile_weight", "footprint_weight", "peak_flops_tolerance",
                                        "machine_balance", "fast_mem_elems", "block_tiles",
                                        "block_prefactor", "max_seconds"};
    const double no_number[] = {NAN, INFINITY, -INFINITY, -1.0, 2e18, 0.9e-9, 4.9e-324,
                                signaling_nan()};
    for (int field = 0; field < 8; ++field) {
        for (int k = 0; k < 8; ++k) {
            qube_options bad = o;
            char text[40];
            memcpy((char *)&bad + weights[field], &no_number[k], sizeof *no_number);
            snprintf(text, sizeof text, "%s is ", names[field]);
            CHECK_NOTHING(plan, qube_optimize(network, NULL, &bad, &plan), QUBE_ERR_OPTION, text);
        }
    }
    REFUSED(volatile_weight, 0.0, "volatile_weight is 0");
    REFUSED(footprint_weight, -1.0, "footprint_weight is -1");
    REFUSED(volatile_weight, NAN, "volatile_weight is NaN");
    REFUSED(bytes_per_element, 0, "bytes_per_element is 0");
    REFUSED(bytes_per_element, 1025, "bytes_per_element is 1025");
    REFUSED(bytes_per_element, INT64_MIN, "bytes_per_element is -9223372036854775808");
    REFUSED(objective, 7, "objective is 7");
    REFUSED(objective, -1, "objective is -1");
    REFUSED(objective, QUBE_CUSTOM, "objective is custom");
    REFUSED(objective, QUBE_CUSTOM + 1, "objective is 101");
    REFUSED(max_bytes, -1, "max_bytes is -1");
    REFUSED(max_bytes, (INT64_C(1) << 37) + 1, "max_bytes is 137438953473");
    REFUSED(max_states, INT64_MIN, "max_states is -9223372036854775808");
    REFUSED_AS(QUBE_ERR_INPUT, prune_outer_products, 2, "prune_outer_products is 2");
    REFUSED_AS(QUBE_ERR_INPUT, prune_outer_products, -1, /* .true. of some compilers */
               "prune_outer_products is -1");
    REFUSED_AS(QUBE_ERR_INPUT, use_inner_pow, INT32_MIN, "use_inner_pow is -2147483648");
    REFUSED_AS(QUBE_ERR_INPUT, subnet_cse, 2, "subnet_cse is 2");
    REFUSED_AS(QUBE_ERR_INPUT, frontier, -1, "frontier is -1");
    REFUSED_AS(QUBE_ERR_INPUT, require_optimal, 2, "require_optimal is 2");
    CHECK_NO_FLAGS();
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan)); /* both have defaults */
    qube_plan_free(plan);
    qube_network_free(network);
}

/* --- Sizes that have an end ------------------------------------------------------------------------ */

static void sizes(void)
{
    qube_plan *plan = NULL;
    qube_network *network = chain(64, 2);
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK(view_of(plan).n_tensors == 64 && view_of(plan).cost == 63 * 8.0);
    qube_plan_free(plan);
    qube_network_free(network);

    network = chain(65, 2); /* beyond exact search: the same, without proof */
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK(view_of(plan).n_tensors == 65 && view_of(plan).cost == 64 * 8.0);
    CHECK(!view_of(plan).optimal && view_of(plan).lower_bound < 64 * 8.0);
    qube_plan_free(plan);
    qube_network_free(network);

    network = chain(4097, 2);
    CHECK_NOTHING(plan, qube_optimize(network, NULL, NULL, &plan), QUBE_ERR_TOO_LARGE, "4097...4096");
    qube_network_free(network);

    /* 33 indices between two tensors. */
    qube_network_builder *builder = NULL;
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
    qube_network_builder_free(builder);
    qube_policy *policy = batches("i", 1);
    DEFAULTS(qube_options, batched);
    batched.objective = QUBE_DENSE_PEAK_SIZE_BATCHED;
    CHECK_NOTHING(plan, qube_optimize(network, policy, &batched, &plan), QUBE_ERR_TOO_LARGE,
                  "batchable...33...32");
    qube_policy_free(policy);
    qube_network_free(network);

    /* 13 indices of 2^63 - 1: their product has no place in a double with weights on top. */
    network = chain(12, INT64_MAX);
    CHECK_NOTHING(plan, qube_optimize(network, NULL, NULL, &plan), QUBE_ERR_OVERFLOW,
                  "the product of all extents...2^819");
    qube_network_free(network);

    /* 11 have; the plan is fine, its peak is no number of bytes. */
    network = chain(10, INT64_MAX);
    for (int32_t objective = QUBE_DENSE_FLOPS; objective <= QUBE_DENSE_PEAK_SIZE_BATCHED; ++objective) {
        char *json = NULL;
        plan = plan_of(network, NULL, objective);
        CHECK(near(view_of(plan).peak_elements, 11 * ldexp(1.0, 126)));
        CHECK(near(view_of(plan).flops, 9 * ldexp(1.0, 189)) && view_of(plan).peak_bytes == -1);
        CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_JSON, &json));
        CHECK_SAYS(json, "\"peak_bytes\":null");
        qube_text_free(json);
        qube_plan_free(plan);
        CHECK_NO_FLAGS();
    }
    qube_network_free(network);

    /* The last number of elements that is counted, and the next: 2^53 could be 2^53 + 1, rounded. */
    const int64_t next = INT64_C(1) << 53, exact = next - 1;
    DEFAULTS(qube_options, wide);
    wide.bytes_per_element = 1024; /* 2^63 - 1024 bytes */
    network = einsum("i", "i", &exact);
    CHECK_OK(qube_optimize(network, NULL, &wide, &plan));
    CHECK(view_of(plan).peak_bytes == 1024 * exact && view_of(plan).bytes_per_element == 1024);
    qube_plan_free(plan);
    qube_network_free(network);
    network = einsum("i", "i", &next);
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK(view_of(plan).peak_bytes == -1 && view_of(plan).peak_elements == (double)next);
    qube_plan_free(plan);
    qube_network_free(network);
}

static void power_means(void)
{
    const double two[] = {12.0, 13.0};
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    qube_plan *plan = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 5, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "a", 12, two, 2));
    CHECK_OK(qube_network_parse("g{a_1<i_1>,a_2<i_1>,a_3<i_1>}", spaces, &network));
    CHECK_NOTHING(plan, qube_optimize(network, NULL, NULL, &plan), QUBE_ERR_POWER_MEAN,
                  "power mean 3 of index 'a_1<i_1>' is missing");
    DEFAULTS(qube_options, o);
    o.use_inner_pow = 0; /* the extent instead */
    CHECK_OK(qube_optimize(network, NULL, &o, &plan));
    CHECK(view_of(plan).peak_elements == 5 * 12.0 * 12.0 * 12.0);
    qube_plan_free(plan);
    qube_network_free(network);
    CHECK_OK(qube_network_parse("g{a_1<i_1>,a_2<i_1>}", spaces, &network));
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK(view_of(plan).peak_elements == 5 * 13.0 * 13.0);
    qube_plan_free(plan);
    qube_network_free(network);
    qube_spaces_free(spaces);
}

/* --- Answers ---------------------------------------------------------------------------------------- */

/* Sequences, costs and peaks of tests/data/edge.json, flops and peak, weights at their defaults. */
static void corner_cases(void)
{
    const struct {
        const char *text, *names;
        int64_t extents[4];
        double cost, peak;
        int64_t n;
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
        const qube_plan_view flops = view_of(plan);
        CHECK(flops.cost == cases[k].cost && flops.flops == cases[k].cost && flops.optimal == 1);
        CHECK(flops.n_frontier == 0 && flops.frontier == NULL && flops.objective == QUBE_DENSE_FLOPS);
        CHECK(has_sequence(plan, cases[k].sequence, cases[k].n));
        check_plan(plan);
        qube_plan_free(plan);
        for (int32_t o = QUBE_DENSE_PEAK_SIZE; o <= QUBE_DENSE_PEAK_SIZE_BATCHED; ++o) {
            plan = plan_of(network, NULL, o);
            const qube_plan_view peak = view_of(plan);
            CHECK(peak.peak_elements == cases[k].peak && peak.lower_bound == cases[k].peak);
            CHECK(peak.cost == cases[k].cost && peak.n_frontier == 1 && peak.objective == o);
            CHECK(peak.frontier->peak_elements == cases[k].peak);
            CHECK(peak.frontier->cost == cases[k].cost && peak.bounded == QUBE_BOUNDED_PEAK);
            check_plan(plan);
            qube_plan_free(plan);
        }
        qube_network_free(network);
    }

    /* batch_hyper3: K is on all three tensors and goes in slices of 5. */
    const int64_t extents[] = {50, 4, 5, 6};
    qube_network *network = einsum("Kab,Kbc,Kac->", "Kabc", extents);
    qube_policy *policy = batches("K", 5);
    qube_plan *plan = plan_of(network, policy, QUBE_DENSE_PEAK_SIZE_BATCHED);
    CHECK(view_of(plan).peak_elements == 470 && view_of(plan).cost == 7000);
    qube_plan_free(plan);
    plan = plan_of(network, policy, QUBE_DENSE_PEAK_SIZE);
    CHECK(view_of(plan).peak_elements == 4700);
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
}

/* scenarios.json, water14_term1: a cluster of 14 water molecules in pair-natural orbitals. */
static void water14(void)
{
    const double means[] = {12, 12, 12, 12};
    const int64_t sequence[] = {0, 1, 7, -1, -1, 2, 3, 5, -1, -1, 4, -1, -1, 6, 8, -1, 9, -1, 10, -1, -1};
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    qube_plan *plan = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 56, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "μ̃", 602, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "Κ", 1652, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "a", 12, means, 4));
    CHECK_OK(qube_network_parse(
        "g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} g{μ̃_2;μ̃_3;Κ_1} C{a_4<i_1>;μ̃_2} "
        "C{μ̃_3;a_1<i_1,i_2>} t{a_4<i_1>;i_1} t{a_5<i_3>;i_3} t{a_3<i_2>;i_2} "
        "C{μ̃_5;a_5<i_3>} s{μ̃_4;μ̃_5} C{a_2<i_1,i_2>;μ̃_4}",
        spaces, &network));
    qube_spaces_free(spaces);
    qube_policy *policy = batches("Κ", 236);
    volatile_tensor(policy, "t");

    plan = plan_of(network, policy, QUBE_DENSE_FLOPS);
    CHECK(view_of(plan).cost == 78867516448.0 && has_sequence(plan, sequence, 21));
    check_plan(plan);
    qube_plan_free(plan);
    plan = plan_of(network, policy, QUBE_DENSE_SIZE);
    CHECK(view_of(plan).cost == 956503380.0);
    qube_plan_free(plan);
    plan = plan_of(network, policy, QUBE_DENSE_PEAK_SIZE);
    CHECK(view_of(plan).peak_elements == 702644096.0);
    qube_plan_free(plan);

    /* volatile_weight 20, batched, without and with the roofline (200, 1e6). */
    const double plain[][2] = {{140738948.0, 1567536455296.0}, {141743840.0, 1558404423296.0},
                               {147954884.0, 1543821609344.0}, {212940560.0, 1293897198720.0},
                               {228221588.0, 1288965901440.0}, {233582496.0, 1005533268096.0},
                               {248863524.0, 991118706816.0}};
    const double roofline[][2] = {{140738948.0, 4010982226048.0}, {442342852.0, 2934620522624.0}};
    DEFAULTS(qube_options, o);
    o.objective = QUBE_DENSE_PEAK_SIZE_BATCHED;
    o.volatile_weight = 20;
    o.frontier = 1;
    for (int with = 0; with <= 1; ++with) {
        const double(*points)[2] = with ? roofline : plain;
        const int64_t n = with ? 2 : 7;
        o.machine_balance = with ? 200 : 0;
        o.fast_mem_elems = with ? 1e6 : 0;
        CHECK_OK(qube_optimize(network, policy, &o, &plan));
        const qube_plan_view view = view_of(plan);
        CHECK(view.n_frontier == n);
        for (int64_t k = 0; k < n && k < view.n_frontier; ++k) {
            CHECK(near(view.frontier[k].peak_elements, points[k][0]));
            CHECK(near(view.frontier[k].cost, points[k][1]));
        }
        /* The point taken is the cheapest within 10 % of the least peak; the plan achieves it. */
        const int taken = with ? 0 : 2;
        CHECK(near(view.peak_elements, points[taken][0]) && near(view.cost, points[taken][1]));
        CHECK(near(view.lower_bound, points[0][0]) && view.optimal == 1);
        CHECK(view.peak_bytes == 8 * (int64_t)points[taken][0]);
        check_plan(plan);
        qube_plan_free(plan);
    }
    qube_policy_free(policy);
    qube_network_free(network);
}

static void check_open(const qube_plan_view *view, int64_t at, const char *expected)
{
    char found[64] = "";
    for (int64_t k = view->nodes[at].open_begin; k < view->nodes[at].open_end; ++k) {
        strcat(found, view->indices[view->open[k]]);
    }
    CHECK_TEXT(found, expected);
}

/* One loop over K around the only contraction; the last batch is shorter. */
static void nodes(void)
{
    const int64_t extents[] = {3, 50, 4};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = batches("K", 7);
    volatile_tensor(policy, "Kj");
    DEFAULTS(qube_policy_settings, settings);
    settings.accumulation_factor = 0.5;
    CHECK_OK(qube_policy_set(policy, &settings));
    qube_plan *plan = plan_of(network, policy, QUBE_DENSE_PEAK_SIZE_BATCHED);
    qube_network_free(network); /* the plan needs neither */
    qube_policy_free(policy);
    const qube_plan_view v = view_of(plan);
    const qube_node *a = &v.nodes[0], *b = &v.nodes[1], *c = &v.nodes[2];
    check_plan(plan);
    CHECK(v.n_indices == 3 && v.n_tensors == 2 && v.peak_elements == 67 && v.peak_node == 2);
    CHECK(v.exhaustive == 0 && v.seconds >= 0 && v.infeasible == NULL && v.peak_bytes == 8 * 67);
    CHECK_TEXT(v.tensors[a->tensor], "iK");
    CHECK(a->tensor == 0 && a->is_volatile == 0 && a->flops == 0 && a->cost == 0 && a->parent == 2);
    CHECK(a->cache == QUBE_CACHE_SLICED && a->is_skipped == 0); /* feeds node 2, seven K at a time */
    CHECK(a->footprint == 150 && a->sliced_footprint == 21 && a->shared_with == -1);
    CHECK(a->live_from == 0 && a->live_to == 2 && a->repetitions == 1 && a->n_loops == 0);
    check_open(&v, 0, "iK");
    CHECK_TEXT(v.tensors[b->tensor], "Kj");
    CHECK(b->is_volatile == 1 && b->cache == QUBE_CACHE_TRANSIENT);
    CHECK(b->footprint == 200 && b->sliced_footprint == 28);
    CHECK(c->tensor == -1 && c->first == 0 && c->second == 1 && c->is_volatile == 1);
    CHECK(c->flops == 600 && c->cost == 600 && c->footprint == 12 && c->sliced_footprint == 12);
    CHECK(c->live_before == 49 && c->live == 49 + 12 + 6 && c->live_after == 12);
    CHECK(c->live_to == 2 && c->n_loops == 1 && c->loops->role == QUBE_ROLE_CONTRACTED);
    CHECK_TEXT(v.indices[c->loops->index], "K");
    CHECK(c->loops->batch == 7 && c->loops->batches == 8);
    check_open(&v, 2, "ij");

    char *text = NULL;
    CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_JSON, &text));
    CHECK_SAYS(text, "\"objective\":\"peak-batched\"");
    CHECK_SAYS(text, "\"sequence\":[0,1,-1]");
    CHECK(strchr(text, '\n') == NULL);
    qube_text_free(text);
    CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_SVG, &text));
    CHECK_SAYS(text, ">K in 8 batches of 7</text>");
    qube_text_free(text);
    CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_DOT, &text));
    CHECK_SAYS(text, "n0 -> n2");
    CHECK_SAYS(text, "K in 8 batches of 7");
    qube_text_free(text);
    CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_TABLE, &text));
    CHECK_SAYS(text, "2 tensors");
    qube_text_free(text);
    qube_plan_free(plan);
}

/* X = A B is there twice: by hand, 10 * 20 * 10 for X once and 10 * 10 * 10 for X X. */
static void sharing(void)
{
    qube_spaces *spaces;
    qube_network *network;
    qube_plan *plan;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 10, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "a", 20, NULL, 0));
    CHECK_OK(qube_network_parse("A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3}", spaces, &network));
    DEFAULTS(qube_options, o);
    o.subnet_cse = 1;
    CHECK_OK(qube_optimize(network, NULL, &o, &plan));
    const qube_plan_view v = view_of(plan);
    CHECK(v.cost == 3000 && v.flops == 3000 && v.lower_bound == 3000);
    /* A, B and X; the other two tensors are never taken. */
    CHECK(v.optimal == 1 && v.peak_elements == 500 && v.peak_node == 2);
    for (int64_t at = 0; at < v.n_nodes; ++at) {
        const int skipped = at == 3 || at == 4;
        CHECK(v.nodes[at].shared_with == (at == 5 ? 2 : -1));
        CHECK(v.nodes[at].is_skipped == skipped);
        CHECK(!skipped || (v.nodes[at].live_from == -1 && v.nodes[at].live_to == -1));
    }
    CHECK(v.nodes[5].flops == 0 && v.nodes[5].live == 100 && v.nodes[2].live_to == 6);
    check_open(&v, 2, "i_1i_2");
    check_open(&v, 5, "i_2i_3");
    qube_order_view order = {.struct_size = sizeof order};
    CHECK_OK(qube_plan_best_order(plan, &order));
    CHECK(order.n_contractions == 2 && order.contractions[0] == 2 && order.contractions[1] == 6);
    qube_plan_free(plan);
    o.objective = QUBE_DENSE_PEAK_SIZE;
    CHECK_NOTHING(plan, qube_optimize(network, NULL, &o, &plan), QUBE_ERR_OPTION, "subnet_cse is on");
    qube_network_free(network);
    qube_spaces_free(spaces);
}

/* tests/data/interleave.json: 21660 depth-first. In turns 20182, the least of all schedules. */
static void best_order(void)
{
    const int64_t extents[] = {13, 60, 2, 30, 13, 30, 30, 2, 5, 30, 3};
    qube_network *network = einsum("abi,acg,bj,cdhk,dek,efg->fhij", "abcdefghijk", extents);
    qube_plan *plan = plan_of(network, NULL, QUBE_DENSE_PEAK_SIZE);
    qube_order_view order = {.struct_size = sizeof order};
    qube_network_free(network);
    const qube_plan_view v = view_of(plan);
    CHECK(v.peak_elements == 21660);
    CHECK_OK(qube_plan_best_order(plan, &order));
    CHECK(order.n_contractions == 5 && order.peak_elements == 20182);
    /* Each operand comes before what takes it, and nothing twice. */
    double live = 0, highest = 0;
    int64_t made = 0;
    for (int64_t at = 0; at < v.n_nodes; ++at) {
        made |= v.nodes[at].tensor >= 0 ? (int64_t)1 << at : 0;
        live += v.nodes[at].tensor >= 0 ? v.nodes[at].footprint : 0;
    }
    for (int64_t k = 0; k < order.n_contractions; ++k) {
        const int64_t at = order.contractions[k];
        const qube_node *node = &v.nodes[at];
        const int64_t operands = (int64_t)1 << node->first | (int64_t)1 << node->second;
        CHECK((made & operands) == operands && (made >> at & 1) == 0);
        made |= (int64_t)1 << at;
        live += node->footprint;
        CHECK(at != order.peak_node || live == 20182);
        highest = live > highest ? live : highest;
        live -= v.nodes[node->first].footprint + v.nodes[node->second].footprint;
    }
    CHECK(highest == 20182);
    qube_plan_free(plan);

    network = einsum("ij->ij", "ij", extents); /* nothing to contract */
    plan = plan_of(network, NULL, QUBE_DENSE_FLOPS);
    CHECK_OK(qube_plan_best_order(plan, &order));
    CHECK(order.n_contractions == 0 && order.contractions == NULL && order.peak_node == 0);
    CHECK(order.peak_elements == 13 * 60);
    qube_plan_free(plan);
    qube_network_free(network);
}

/* --- Thresholds on the peak ------------------------------------------------------------------------ */

/* By hand: ip,pK,Kj,jl->il with i, p, l of 10 and K, j of 100; K and j go in tens, i in fives. */
static qube_plan *plan_within(int64_t threshold, int32_t objective)
{
    const int64_t extents[] = {10, 10, 100, 100, 10};
    qube_network *network = einsum("ip,pK,Kj,jl->il", "ipKjl", extents);
    qube_policy *policy = batches("K", 10);
    CHECK_OK(qube_policy_add_json(policy, "{\"schema\":\"qube-policy/1\",\"spaces\":{\"j\":10},"
                                          "\"external_spaces\":{\"i\":5}}"));
    DEFAULTS(qube_policy_settings, settings);
    settings.peak_threshold = threshold;
    CHECK_OK(qube_policy_set(policy, &settings));
    qube_plan *plan = plan_of(network, policy, objective);
    qube_network_free(network);
    qube_policy_free(policy);
    return plan;
}

static void check_loops(const qube_plan_view *view, const qube_loop *loops, int64_t n,
                        const char *expected)
{
    char found[80] = "";
    for (int64_t k = 0; k < n; ++k) {
        const size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s %d x %d %s; ", view->indices[loops[k].index],
                 (int)loops[k].batches, (int)loops[k].batch,
                 loops[k].role == QUBE_ROLE_EXTERNAL ? "external" : "contracted");
    }
    CHECK_TEXT(found, expected);
}

/* The least peak is 550 elements, by blocks of i, in them j, in them K. */
static void thresholds(void)
{
    qube_plan *plan = plan_within(1000, QUBE_DENSE_SPACE_TIME_BATCHED);
    const qube_plan_view v = view_of(plan);
    const int64_t sequence[] = {0, 1, -1, 2, -1, 3, -1};
    CHECK(has_sequence(plan, sequence, 7));
    check_plan(plan);
    /* ip pK carries K, not the j around it: it is made anew in each of 10 batches. */
    CHECK(v.nodes[2].repetitions == 10 && v.nodes[2].flops == 10000 && v.nodes[2].cost == 100000);
    CHECK(v.nodes[0].repetitions == 1 && v.nodes[4].repetitions == 1);
    check_loops(&v, v.nodes[4].loops, v.nodes[4].n_loops, "K 10 x 10 contracted; ");
    check_loops(&v, v.nodes[6].loops, v.nodes[6].n_loops, "i 2 x 5 external; j 10 x 10 contracted; ");
    CHECK(v.infeasible != NULL && v.infeasible->threshold_bytes == 1000);
    check_loops(&v, v.infeasible->loops, v.infeasible->n_loops,
                "K 10 x 10 contracted; i 2 x 5 external; j 10 x 10 contracted; ");
    CHECK(v.infeasible->least_peak_elements == 550 && v.infeasible->least_peak_bytes == 8 * 550);
    CHECK(v.infeasible->finest_peak_elements == 130 && v.infeasible->finest_peak_bytes == 8 * 130);
    /* Live at node 2: ip 50, pK 100, itself 50, Kj 100, the sums of nodes 4 and 6, 50 and 100, and
       jl 100; all tensors from the start. */
    CHECK(v.nodes[2].live == 550);
    const double sizes[] = {50, 100, 50, 100, 50, 100, 100};
    for (int64_t at = 0; at < v.n_nodes; ++at) {
        double live = 0;
        for (int64_t k = 0; k < v.nodes[at].n_lives; ++k) {
            const qube_life *life = &v.nodes[at].lives[k];
            live += life->from <= 2 && 2 <= life->to ? life->elements : 0;
        }
        CHECK(live == sizes[at]);
    }
    qube_plan_free(plan);

    /* Under the other objective the plan is the cheapest one, and says the same of the least peak. */
    plan = plan_within(4399, QUBE_DENSE_TIME_SPACE_BATCHED);
    const qube_plan_view other = view_of(plan);
    CHECK(other.infeasible != NULL && other.infeasible->threshold_bytes == 4399);
    CHECK(other.infeasible->least_peak_elements == 550 && other.infeasible->n_loops == 3);
    CHECK(other.nodes[2].repetitions == 1);
    qube_plan_free(plan);

    /* Exactly the least peak; and no threshold at all, which opens no loop. */
    plan = plan_within(4400, QUBE_DENSE_SPACE_TIME_BATCHED);
    CHECK(view_of(plan).infeasible == NULL && view_of(plan).peak_elements == 550);
    qube_plan_free(plan);
    plan = plan_within(0, QUBE_DENSE_TIME_SPACE_BATCHED);
    const qube_plan_view free = view_of(plan);
    CHECK(free.infeasible == NULL);
    for (int64_t at = 0; at < 7; ++at) {
        CHECK(free.nodes[at].n_loops == 0 && free.nodes[at].repetitions == 1);
    }
    qube_plan_free(plan);

    /* From 2^53 elements on a double does not count each: bytes are not given rather than rounded. */
    const int64_t last = (INT64_C(1) << 53) - 1;
    const int64_t extents[] = {last, last + 1, last + 2, INT64_MAX};
    for (int k = 0; k < 4; ++k) {
        qube_network *network = einsum("i->i", "i", &extents[k]);
        qube_policy *policy = batches("i", 1);
        DEFAULTS(qube_policy_settings, settings);
        settings.peak_threshold = 1;
        CHECK_OK(qube_policy_set(policy, &settings));
        plan = plan_of(network, policy, QUBE_DENSE_SPACE_TIME_BATCHED);
        const qube_plan_view large = view_of(plan);
        CHECK(large.infeasible != NULL);
        CHECK(large.infeasible->least_peak_elements == (double)extents[k]);
        CHECK(large.infeasible->least_peak_bytes == (k == 0 ? 8 * last : -1));
        CHECK(large.infeasible->finest_peak_bytes == large.infeasible->least_peak_bytes);
        CHECK(large.infeasible->n_loops == 0 && large.infeasible->loops == NULL);
        CHECK(large.peak_bytes == large.infeasible->least_peak_bytes);
        qube_plan_free(plan);
        qube_policy_free(policy);
        qube_network_free(network);
    }
    CHECK_NO_FLAGS();
}

/* --- Limits of a search, and progress --------------------------------------------------------------- */

/* Four rows of eight tensors, bonds h between columns and v between rows. */
static qube_network *grid(void)
{
    char text[4096];
    size_t used = 0;
    for (int at = 0; at < 32; ++at) {
        const char *separator = "";
        used += (size_t)snprintf(text + used, sizeof text - used, "g{");
        const int bonds[] = {at % 8 > 0 ? at - 1 : -1, at % 8 < 7 ? at : -1, at >= 8 ? at - 8 : -1,
                             at < 24 ? at : -1};
        for (int k = 0; k < 4; ++k) {
            if (bonds[k] >= 0) {
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%c_%d", separator,
                                         k < 2 ? 'h' : 'v', bonds[k]);
                separator = ";";
            }
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "} ");
    }
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "h", 5, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "v", 3, NULL, 0));
    CHECK_OK(qube_network_parse(text, spaces, &network));
    qube_spaces_free(spaces);
    return network;
}

static void stops_at_limits(const qube_network *network)
{
    DEFAULTS(qube_options, options);
    qube_plan *plan = plan_of(network, NULL, QUBE_DENSE_FLOPS);
    const qube_plan_view best = view_of(plan);
    const double cost = best.cost;
    const int64_t states = best.states;
    CHECK(best.optimal == 1 && best.gap == 0 && states > 100 && best.pairs > states);
    CHECK(best.bounded == QUBE_BOUNDED_COST && best.lower_bound == cost && strlen(best.method) > 0);
    qube_plan_free(plan);
    double bound = 0;
    for (options.max_states = 1; options.max_states < states / 2; options.max_states *= 4) {
        CHECK_OK(qube_optimize(network, NULL, &options, &plan));
        const qube_plan_view found = view_of(plan);
        CHECK(found.states == options.max_states && found.optimal == 0 && found.gap > 0);
        CHECK(bound <= found.lower_bound && found.lower_bound < cost);
        CHECK(cost <= found.cost * (1 + 1e-12));
        CHECK(fabs(found.cost / found.lower_bound - 1 - found.gap) < 1e-12);
        CHECK_OK(qube_plan_verify(plan, network, NULL, &options));
        bound = found.lower_bound;
        qube_plan_free(plan);
    }
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.max_seconds = 1e-9;
    options.objective = QUBE_DENSE_PEAK_SIZE;
    CHECK_OK(qube_optimize(network, NULL, &options, &plan));
    const qube_plan_view at_once = view_of(plan);
    CHECK(at_once.states == 0 && at_once.optimal == 0 && at_once.bounded == QUBE_BOUNDED_PEAK);
    CHECK(at_once.lower_bound > 0 && at_once.lower_bound <= at_once.peak_elements);
    CHECK(at_once.n_frontier == 1);
    qube_plan_free(plan);

    CHECK_OK(qube_options_init(&options, sizeof options));
    options.require_optimal = 1;
    options.max_states = 10;
    CHECK_NOTHING(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_LIMIT,
                  "max_states is 10");
    options.max_states = 0;
    options.max_bytes = 100;
    CHECK_NOTHING(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_LIMIT,
                  "max_bytes is 100");
    CHECK_NO_FLAGS();
}

struct seen {
    int calls, stop;
    qube_progress last;
};

static int32_t watch(void *user, const qube_progress *now)
{
    struct seen *seen = user;
    CHECK(now->struct_size == sizeof *now && now->reserved == 0);
    CHECK(seen->calls == 0 || now->states > seen->last.states);
    CHECK(now->lower_bound <= now->value && now->terms_done == 0 && now->n_terms == 1);
    seen->calls++;
    seen->last = *now;
    return seen->calls == seen->stop ? -5 : 0;
}

static void progress(const qube_network *network)
{
    qube_plan *plan = NULL;
    struct seen seen = {.stop = 2};
    DEFAULTS(qube_options, options);
    options.progress = watch;
    options.progress_user = &seen;
    CHECK_OK(qube_optimize(network, NULL, &options, &plan));
    const qube_plan_view found = view_of(plan);
    CHECK(seen.calls == 2 && seen.last.bounded == QUBE_BOUNDED_COST);
    CHECK(found.optimal == 0 && found.states == seen.last.states);
    CHECK(found.lower_bound == seen.last.lower_bound);
    CHECK(found.cost <= seen.last.value * (1 + 1e-12));
    qube_plan_free(plan);

    seen = (struct seen){.stop = -1};
    CHECK_OK(qube_optimize(network, NULL, &options, &plan));
    CHECK(seen.calls > 2 && view_of(plan).optimal == 1);
    CHECK(view_of(plan).cost <= seen.last.value * (1 + 1e-12));
    qube_plan_free(plan);

    seen = (struct seen){.stop = 1};
    options.require_optimal = 1;
    CHECK_NOTHING(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_CALLBACK,
                  "'progress'...-5");
    CHECK_NO_FLAGS();
}

/* --- Plans that come back --------------------------------------------------------------------------- */

static char *file(const char *name)
{
    char path[2000];
    snprintf(path, sizeof path, "%s/%s", getenv("QUBE_TEST_DATA"), name);
    FILE *stream = fopen(path, "rb");
    if (!CHECK(stream != NULL)) {
        exit(1);
    }
    char *text = calloc(1, 1 << 20);
    CHECK(fread(text, 1, (1 << 20) - 1, stream) > 0);
    fclose(stream);
    return text;
}

static char *json_of(const qube_plan *plan)
{
    char *json = NULL;
    CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_JSON, &json));
    return json;
}

static void round_trips(void)
{
    /* What the command line wrote: the term of water14, without options but the objective. */
    qube_plan *plan = NULL, *again;
    char *text = file("plan.json");
    CHECK_OK(qube_plan_from_json(text, &plan));
    const qube_plan_view v = view_of(plan);
    CHECK(v.n_tensors == 11 && v.objective == QUBE_DENSE_PEAK_SIZE_BATCHED);
    CHECK(v.peak_elements == 140738948.0 && v.bytes_per_element == 8 && v.sequence[20] == -1);
    check_plan(plan);
    /* The same again, but for the newline and for the name of the case, which is not the plan's. */
    char *json = json_of(plan);
    const char *schema = strstr(text, "\"schema\"");
    CHECK(schema != NULL && strncmp(json + 1, schema, strlen(json + 1)) == 0);
    qube_plan_free(plan);
    free(text);

    CHECK_FAILS(qube_plan_from_json(json, NULL), QUBE_ERR_NULL, "plan is NULL");
    CHECK_NOTHING(again, qube_plan_from_json(NULL, &again), QUBE_ERR_NULL, "text is NULL");
    CHECK_NOTHING(again, qube_plan_from_json(BAD_UTF8, &again), QUBE_ERR_UTF8, "text...UTF-8");
    CHECK_NOTHING(again, qube_plan_from_json("{}", &again), QUBE_ERR_DOCUMENT, "");
    CHECK_NOTHING(again, qube_plan_from_json("{\"schema\":", &again), QUBE_ERR_DOCUMENT, "line 1");
    strstr(json, "qube-plan/")[10] = '9';
    CHECK_NOTHING(again, qube_plan_from_json(json, &again), QUBE_ERR_DOCUMENT, "qube-plan/9");
    qube_text_free(json);
}

/* Another cost in the document is caught, as are another network, policy and options. */
static void verification(void)
{
    const int64_t extents[] = {3, 50, 4}, others[] = {3, 50, 5};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_network *other = einsum("iK,Kj->ij", "iKj", others);
    qube_policy *policy = batches("K", 7);
    DEFAULTS(qube_options, options);
    options.objective = QUBE_DENSE_PEAK_SIZE_BATCHED;
    qube_plan *plan = NULL, *tampered = NULL;
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    CHECK_OK(qube_plan_verify(plan, network, policy, &options));
    CHECK_FAILS(qube_plan_verify(plan, other, policy, &options), QUBE_ERR_REPLAY, "the plan says");
    CHECK_FAILS(qube_plan_verify(plan, network, NULL, &options), QUBE_ERR_REPLAY, "'K'");
    CHECK_FAILS(qube_plan_verify(plan, network, policy, NULL), QUBE_ERR_REPLAY, "objective");
    options.bytes_per_element = 4;
    CHECK_FAILS(qube_plan_verify(plan, network, policy, &options), QUBE_ERR_REPLAY,
                "bytes_per_element...8...4");
    options.bytes_per_element = 0;
    CHECK_FAILS(qube_plan_verify(plan, network, policy, &options), QUBE_ERR_OPTION,
                "bytes_per_element is 0");
    options.bytes_per_element = 8;
    options.frontier = 2;
    CHECK_FAILS(qube_plan_verify(plan, network, policy, &options), QUBE_ERR_INPUT, "frontier is 2");
    options.frontier = 0;
    char *json = json_of(plan);
    memcpy(strstr(json, "\"cost\":600"), "\"cost\":599", 10);
    CHECK_OK(qube_plan_from_json(json, &tampered));
    CHECK_FAILS(qube_plan_verify(tampered, network, policy, &options), QUBE_ERR_REPLAY, "599...600");
    qube_text_free(json);
    qube_plan_free(tampered);
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(other);
    qube_network_free(network);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    options_refused();
    sizes();
    power_means();
    corner_cases();
    water14();
    nodes();
    sharing();
    best_order();
    thresholds();
    qube_network *network = grid();
    stops_at_limits(network);
    progress(network);
    qube_network_free(network);
    round_trips();
    verification();
    CHECK_NO_FLAGS();
    return checks_done();
}
