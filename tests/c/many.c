/* Many terms at once: sums, threads, progress, what is shared, and every refusal. */
#include "common.h"

static const int64_t extents[] = {7, 11, 40};

/* g t, the same under other names and in another order, and a third that is another. */
static void terms(qube_network *networks[3])
{
    qube_spaces *spaces = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", extents[0]));
    CHECK_OK(qube_spaces_add(spaces, "a", extents[1]));
    CHECK_OK(qube_spaces_add(spaces, "K", extents[2]));
    CHECK_OK(qube_network_parse("g{a_1;i_1;K_1} t{a_1;i_2}", spaces, &networks[0]));
    CHECK_OK(qube_network_parse("t{a_5;i_8} g{a_5;i_4;K_3}", spaces, &networks[1]));
    CHECK_OK(qube_network_parse("g{a_1;i_1;K_1} t{a_1;i_1}", spaces, &networks[2]));
    qube_spaces_free(spaces);
}

struct seen {
    int64_t calls, total, stop;
};

static int32_t watch(void *user, int64_t done, int64_t total)
{
    struct seen *seen = user;
    seen->calls += 1;
    CHECK(done == seen->calls);
    seen->total = total;
    return done == seen->stop ? -5 : 0;
}

static void answers(void)
{
    qube_network *networks[3];
    terms(networks);
    const double work = 7.0 * 7 * 11 * 40;
    for (int64_t threads = 1; threads <= 4; ++threads) {
        qube_plans *plans = NULL;
        struct seen seen = {0, 0, -1};
        const qube_network *const all[] = {networks[0], networks[1], networks[2]};
        CHECK_OK(qube_optimize_many(all, 3, NULL, NULL, threads, watch, &seen, &plans));
        CHECK(seen.calls == 3 && seen.total == 3);
        qube_totals totals = {.struct_size = sizeof totals};
        CHECK_OK(qube_plans_totals(plans, &totals));
        CHECK(totals.cost == 2 * work + 7 * 11 * 40 && totals.flops == totals.cost);
        CHECK(totals.n_terms == 3 && totals.peak_term == 0 && totals.n_shared == 1);
        CHECK(totals.savings == work);
        double savings = -1;
        CHECK_OK(qube_plans_shared(plans, 0, &savings));
        CHECK(savings == work);
        int64_t place_terms[2] = {-9, -9}, nodes[2] = {-9, -9};
        size_t length = 0;
        CHECK_OK(qube_plans_shared_places(plans, 0, NULL, NULL, 0, &length));
        CHECK(length == 2);
        CHECK_OK(qube_plans_shared_places(plans, 0, place_terms, nodes, 2, &length));
        CHECK(place_terms[0] == 0 && place_terms[1] == 1 && nodes[0] == 2 && nodes[1] == 2);

        /* A plan taken out outlives the rest. */
        qube_plan *plan = NULL;
        CHECK_OK(qube_plans_plan(plans, 2, &plan));
        qube_plans_free(plans);
        qube_summary summary = {.struct_size = sizeof summary};
        CHECK_OK(qube_plan_summary(plan, &summary));
        CHECK(summary.cost == 7 * 11 * 40 && summary.n_tensors == 2);
        qube_plan_free(plan);
    }
    for (int k = 0; k < 3; ++k) {
        qube_network_free(networks[k]);
    }
    qube_plans *none = NULL;
    CHECK_OK(qube_optimize_many(NULL, 0, NULL, NULL, 1, NULL, NULL, &none));
    qube_totals totals = {.struct_size = sizeof totals};
    CHECK_OK(qube_plans_totals(none, &totals));
    CHECK(totals.n_terms == 0 && totals.peak_term == -1 && totals.cost == 0);
    qube_plans_free(none);
    qube_plans_free(NULL);
}

static void refusals(void)
{
    qube_network *networks[3];
    terms(networks);
    const qube_network *const all[] = {networks[0], networks[1], networks[2]};
    const qube_network *const hole[] = {networks[0], NULL};
    qube_plans *plans;
    struct seen seen = {0, 0, 2};
    CHECK_NO_HANDLE(plans, qube_optimize_many(all, 3, NULL, NULL, 1, watch, &seen, &plans),
                    QUBE_ERR_CALLBACK, "'progress' failed: it returned -5; allowed: 0, to go on");
    seen.calls = 0;
    CHECK_NO_HANDLE(plans, qube_optimize_many(all, 3, NULL, NULL, 2, watch, &seen, &plans),
                    QUBE_ERR_CALLBACK, "'progress' failed: it returned -5");
    CHECK(seen.calls == 2);
    CHECK_NO_HANDLE(plans, qube_optimize_many(hole, 2, NULL, NULL, 1, NULL, NULL, &plans),
                    QUBE_ERR_NULL, "a network is NULL");
    CHECK_NO_HANDLE(plans, qube_optimize_many(NULL, 2, NULL, NULL, 1, NULL, NULL, &plans),
                    QUBE_ERR_NULL, "networks is NULL");
    CHECK_NO_HANDLE(plans, qube_optimize_many(all, -1, NULL, NULL, 1, NULL, NULL, &plans),
                    QUBE_ERR_INPUT, "n_networks is -1");
    const int64_t no_threads[] = {0, -1, 1025, INT64_MAX};
    for (int k = 0; k < 4; ++k) {
        CHECK_NO_HANDLE(plans,
                        qube_optimize_many(all, 3, NULL, NULL, no_threads[k], NULL, NULL, &plans),
                        QUBE_ERR_INPUT, "allowed: 1 to 1024");
    }
    CHECK_FAILS(qube_optimize_many(all, 3, NULL, NULL, 1, NULL, NULL, NULL), QUBE_ERR_NULL,
                "plans is NULL");
    qube_options options;
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.volatile_weight = NAN;
    CHECK_NO_HANDLE(plans, qube_optimize_many(all, 3, NULL, &options, 1, NULL, NULL, &plans),
                    QUBE_ERR_OPTION, "term 0: volatile_weight is NaN");

    /* After all that, the networks are as good as new. */
    CHECK_OK(qube_optimize_many(all, 3, NULL, NULL, 1, NULL, NULL, &plans));
    qube_totals totals = {.struct_size = 8};
    double savings = -7;
    int64_t place[1] = {-7};
    size_t length = 99;
    qube_plan *plan;
    CHECK_FAILS(qube_plans_totals(plans, &totals), QUBE_ERR_ABI, "qube_totals.struct_size is 8");
    totals.struct_size = sizeof totals;
    CHECK_FAILS(qube_plans_totals(NULL, &totals), QUBE_ERR_NULL, "plans is NULL");
    CHECK_FAILS(qube_plans_totals(plans, NULL), QUBE_ERR_NULL, "totals is NULL");
    CHECK_NO_HANDLE(plan, qube_plans_plan(plans, 3, &plan), QUBE_ERR_POSITION,
                    "term number 3 does not exist; there are 3, counted from 0");
    CHECK_NO_HANDLE(plan, qube_plans_plan(NULL, 0, &plan), QUBE_ERR_NULL, "plans is NULL");
    CHECK_FAILS(qube_plans_plan(plans, 0, NULL), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plans_shared(plans, 1, &savings), QUBE_ERR_POSITION,
                "shared intermediate number 1");
    CHECK_FAILS(qube_plans_shared(plans, 0, NULL), QUBE_ERR_NULL, "savings is NULL");
    CHECK_FAILS(qube_plans_shared(NULL, 0, &savings), QUBE_ERR_NULL, "plans is NULL");
    CHECK_FAILS(qube_plans_shared_places(plans, 0, place, place, 1, &length), QUBE_ERR_BUFFER,
                "the buffer holds 1; allowed: 2 or more");
    CHECK(length == 2 && place[0] == -7 && savings == -7);
    CHECK_FAILS(qube_plans_shared_places(plans, 0, NULL, place, 1, &length), QUBE_ERR_NULL,
                "terms is NULL");
    CHECK_FAILS(qube_plans_shared_places(plans, 0, place, NULL, 1, &length), QUBE_ERR_NULL,
                "nodes is NULL");
    CHECK_FAILS(qube_plans_shared_places(plans, -1, place, place, 1, &length), QUBE_ERR_POSITION, "-1");
    CHECK_FAILS(qube_plans_shared_places(NULL, 0, place, place, 1, &length), QUBE_ERR_NULL,
                "plans is NULL");
    CHECK_FAILS(qube_plans_shared_places(plans, 0, place, place, 1, NULL), QUBE_ERR_NULL,
                "length is NULL");
    qube_plans_free(plans);
    for (int k = 0; k < 3; ++k) {
        qube_network_free(networks[k]);
    }
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    answers();
    refusals();
    CHECK_NO_FLAGS();
    return checks_done();
}
