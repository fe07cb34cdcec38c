/* What a plan says where loops were opened for a threshold on the peak: what they repeat, the role of
   what they slice, the nest in order, what is alive, and that nothing fits. All numbers are by hand:
   ip,pK,Kj,jl->il with i, p, l of 10 and K, j of 100; K and j go in tens, i in fives. */
#include "common.h"

static const char *const POLICY =
    "{\"schema\":\"qube-policy/1\",\"spaces\":{\"K\":10,\"j\":10},\"external_spaces\":{\"i\":5},"
    "\"peak_threshold\":%s}";

static qube_plan *plan_within(const char *threshold, int32_t objective)
{
    const int64_t extents[] = {10, 10, 100, 100, 10};
    char json[300];
    qube_policy *policy = NULL;
    qube_plan *plan = NULL;
    qube_options options;
    qube_network *network = einsum("ip,pK,Kj,jl->il", "ipKjl", extents);
    snprintf(json, sizeof json, POLICY, threshold);
    CHECK_OK(qube_policy_from_json(json, &policy));
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.objective = objective;
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    qube_network_free(network);
    qube_policy_free(policy);
    return plan;
}

static qube_node node_of(const qube_plan *plan, int64_t place)
{
    qube_node node = {.struct_size = sizeof node};
    CHECK_OK(qube_plan_node(plan, place, &node));
    return node;
}

static qube_infeasible infeasible_of(const qube_plan *plan)
{
    qube_infeasible found = {.struct_size = sizeof found};
    CHECK_OK(qube_plan_infeasible(plan, &found));
    return found;
}

/* Nothing fits 1000 bytes: the least peak is 550 elements, by blocks of i, in them j, in them K. The
   sequence is [0, 1, -1, 2, -1, 3, -1]. */
static void nothing_fits(void)
{
    qube_plan *plan = plan_within("1000", QUBE_DENSE_SPACE_TIME_BATCHED);
    CHECK_TEXT("i\nj\nK", qube_plan_node_nest, plan, 2); /* the outermost first */
    CHECK_TEXT("i\nj", qube_plan_node_nest, plan, 4);

    /* ip pK carries K, not the j around it: it is made anew in each of 10 batches. */
    const qube_node repeated = node_of(plan, 2);
    CHECK(repeated.number == 4 && repeated.repetitions == 10.0);
    CHECK(repeated.flops == 10000.0 && repeated.cost == 100000.0);
    CHECK(node_of(plan, 0).repetitions == 1.0 && node_of(plan, 4).repetitions == 1.0);

    const struct {
        int64_t node, loop, batch, batches;
        int32_t role;
        const char *index;
    } loops[] = {
        {4, 0, 10, 10, QUBE_ROLE_CONTRACTED, "K"},
        {6, 0, 5, 2, QUBE_ROLE_EXTERNAL, "i"},
        {6, 1, 10, 10, QUBE_ROLE_CONTRACTED, "j"},
    };
    for (int k = 0; k < 3; ++k) {
        int64_t batch = 0, batches = 0;
        int32_t role = -1;
        CHECK_OK(qube_plan_loop(plan, loops[k].node, loops[k].loop, &batch, &batches));
        CHECK(batch == loops[k].batch && batches == loops[k].batches);
        CHECK_OK(qube_plan_loop_role(plan, loops[k].node, loops[k].loop, &role));
        CHECK(role == loops[k].role);
        CHECK_TEXT(loops[k].index, qube_plan_loop_index, plan, loops[k].node, loops[k].loop);
        /* The loops of the least peak are those of the plan. */
        batch = batches = role = -1;
        CHECK_OK(qube_plan_infeasible_loop(plan, k, &batch, &batches, &role));
        CHECK(batch == loops[k].batch && batches == loops[k].batches && role == loops[k].role);
        CHECK_TEXT(loops[k].index, qube_plan_infeasible_loop_index, plan, k);
    }

    const qube_infeasible found = infeasible_of(plan);
    CHECK(found.is_infeasible == 1 && found.threshold_bytes == 1000 && found.n_loops == 3);
    CHECK(found.least_peak == 550.0 && found.least_peak_bytes == 8 * 550);
    CHECK(found.finest_peak == 130.0 && found.finest_peak_bytes == 8 * 130);
    CHECK(found.reserved == 0);
    qube_plan_free(plan);

    /* Under the other objective the plan is the cheapest one, and says the same of the least peak. */
    plan = plan_within("4399", QUBE_DENSE_TIME_SPACE_BATCHED);
    const qube_infeasible other = infeasible_of(plan);
    CHECK(other.is_infeasible == 1 && other.threshold_bytes == 4399 && other.least_peak == 550.0);
    CHECK(other.n_loops == 3 && node_of(plan, 2).repetitions == 1.0);
    qube_plan_free(plan);
}

/* At result (4) of the same plan all sizes are slices: ip 5 * 10, pK 10 * 10, (4) 5 * 10, Kj 10 * 10,
   and jl 10 * 10; the results (5) of 5 * 10 and (6) of 10 * 10 are there while loops add to them. */
static void what_is_alive(void)
{
    qube_plan *plan = plan_within("1000", QUBE_DENSE_SPACE_TIME_BATCHED);
    int64_t numbers[8] = {-9, -9, -9, -9, -9, -9, -9, -9};
    double elements[8];
    size_t length = 999;
    const int64_t expected[] = {0, 1, 4, 2, 5, 3, 6};
    const double sizes[] = {50, 100, 50, 100, 50, 100, 100};
    CHECK(node_of(plan, 2).n_alive == 7 && node_of(plan, 2).live == 550.0);
    CHECK_OK(qube_plan_node_alive(plan, 2, NULL, NULL, 0, &length));
    CHECK(length == 7);
    CHECK_FAILS(qube_plan_node_alive(plan, 2, numbers, elements, 6, &length), QUBE_ERR_BUFFER, "holds 6");
    CHECK(numbers[0] == -9 && length == 7);
    CHECK_OK(qube_plan_node_alive(plan, 2, numbers, elements, 7, &length));
    for (int k = 0; k < 7; ++k) {
        CHECK(numbers[k] == expected[k] && elements[k] == sizes[k]);
    }
    CHECK(numbers[7] == -9);
    /* What the entries do not add up to is the block that is being made. */
    CHECK_OK(qube_plan_node_alive(plan, 6, numbers, elements, 8, &length));
    CHECK(length == 3 && numbers[0] == 5 && numbers[1] == 3 && numbers[2] == 6);

    CHECK_FAILS(qube_plan_node_alive(plan, 7, NULL, NULL, 0, &length), QUBE_ERR_POSITION, "node number 7 ");
    CHECK_FAILS(qube_plan_node_alive(plan, -1, NULL, NULL, 0, &length), QUBE_ERR_POSITION, "node number -1 ");
    CHECK_FAILS(qube_plan_node_alive(plan, 2, numbers, NULL, 8, &length), QUBE_ERR_NULL,
                "elements is NULL");
    CHECK_FAILS(qube_plan_node_alive(plan, 2, NULL, elements, 8, &length), QUBE_ERR_NULL,
                "numbers is NULL");
    CHECK_FAILS(qube_plan_node_alive(plan, 2, numbers, elements, 8, NULL), QUBE_ERR_NULL,
                "length is NULL");
    CHECK_FAILS(qube_plan_node_alive(NULL, 2, numbers, elements, 8, &length), QUBE_ERR_NULL,
                "plan is NULL");
    qube_plan_free(plan);
}

static void it_fits(void)
{
    /* Exactly the least peak; and no threshold at all, which opens no loop. */
    qube_plan *plan = plan_within("4400", QUBE_DENSE_SPACE_TIME_BATCHED);
    int64_t batch = -9, batches = -9;
    int32_t role = -9;
    size_t length = 0;
    qube_infeasible found = infeasible_of(plan);
    CHECK(found.is_infeasible == 0 && found.threshold_bytes == 0 && found.n_loops == 0);
    CHECK(found.least_peak == 0.0 && found.least_peak_bytes == 0 && found.finest_peak == 0.0);
    CHECK(found.finest_peak_bytes == 0);
    CHECK_FAILS(qube_plan_infeasible_loop(plan, 0, &batch, &batches, &role), QUBE_ERR_POSITION,
                "loop number 0 ");
    CHECK_FAILS(qube_plan_infeasible_loop_index(plan, 0, NULL, 0, &length), QUBE_ERR_POSITION,
                "loop number 0 ");
    CHECK(batch == -9 && batches == -9 && role == -9);
    CHECK_FAILS(qube_plan_loop_role(plan, 0, 0, &role), QUBE_ERR_POSITION, "loop number 0 ");
    CHECK_FAILS(qube_plan_loop_role(plan, 6, 0, NULL), QUBE_ERR_NULL, "role is NULL");
    CHECK_FAILS(qube_plan_loop_role(NULL, 6, 0, &role), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_infeasible(NULL, &found), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_infeasible(plan, NULL), QUBE_ERR_NULL, "out is NULL");
    found.struct_size = 8;
    CHECK_FAILS(qube_plan_infeasible(plan, &found), QUBE_ERR_ABI, "qube_infeasible.struct_size is 8");
    /* A host from before repetitions: nothing is written beyond what it knows. */
    qube_node older = {.struct_size = offsetof(qube_node, repetitions), .repetitions = -9.0,
                       .n_alive = -9};
    CHECK_OK(qube_plan_node(plan, 2, &older));
    CHECK(older.number >= 0 && older.repetitions == -9.0 && older.n_alive == -9);
    qube_plan_free(plan);

    plan = plan_within("null", QUBE_DENSE_TIME_SPACE_BATCHED);
    CHECK(infeasible_of(plan).is_infeasible == 0);
    for (int64_t place = 0; place < 7; ++place) {
        CHECK(node_of(plan, place).n_loops == 0 && node_of(plan, place).repetitions == 1.0);
    }
    qube_plan_free(plan);
}

/* From 2^53 elements on a double does not count each: bytes are not given rather than rounded. */
static void beyond_what_a_double_counts(void)
{
    const int64_t last = (INT64_C(1) << 53) - 1;
    const int64_t extents[] = {last, last + 1, last + 2, INT64_MAX};
    for (int k = 0; k < 4; ++k) {
        qube_network *network = einsum("i->i", "i", &extents[k]);
        qube_policy *policy = NULL;
        qube_plan *plan = NULL;
        qube_options options;
        CHECK_OK(qube_policy_from_json("{\"schema\":\"qube-policy/1\",\"peak_threshold\":1}",
                                       &policy));
        CHECK_OK(qube_options_init(&options, sizeof options));
        options.objective = QUBE_DENSE_SPACE_TIME_BATCHED;
        CHECK_OK(qube_optimize(network, policy, &options, &plan));
        const qube_infeasible found = infeasible_of(plan);
        CHECK(found.is_infeasible == 1 && found.least_peak == (double)extents[k]);
        CHECK(found.least_peak_bytes == (k == 0 ? 8 * last : -1));
        CHECK(found.finest_peak_bytes == found.least_peak_bytes && found.n_loops == 0);
        int64_t bytes = -9;
        if (k == 0) {
            CHECK_OK(qube_plan_peak_bytes(plan, &bytes));
            CHECK(bytes == 8 * last);
        } else {
            CHECK_FAILS(qube_plan_peak_bytes(plan, &bytes), QUBE_ERR_OVERFLOW, "2^53");
            CHECK(bytes == -9);
        }
        qube_plan_free(plan);
        qube_policy_free(policy);
        qube_network_free(network);
    }
    CHECK_NO_FLAGS();
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    nothing_fits();
    what_is_alive();
    it_fits();
    beyond_what_a_double_counts();
    CHECK_NO_FLAGS();
    return checks_done();
}
