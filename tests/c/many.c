/* Many terms at once: sums, threads, progress, what is shared, terms that fail, and every refusal. */
#include "common.h"

static const double work = 7.0 * 7 * 11 * 40;

/* g t, the same under other names and in another order, and a third that is another. */
static void terms(qube_network *networks[3])
{
    qube_spaces *spaces = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 7, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "a", 11, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "K", 40, NULL, 0));
    CHECK_OK(qube_network_parse("g{a_1;i_1;K_1} t{a_1;i_2}", spaces, &networks[0]));
    CHECK_OK(qube_network_parse("t{a_5;i_8} g{a_5;i_4;K_3}", spaces, &networks[1]));
    CHECK_OK(qube_network_parse("g{a_1;i_1;K_1} t{a_1;i_1}", spaces, &networks[2]));
    qube_spaces_free(spaces);
}

struct seen {
    int64_t calls, total, stop;
};

static int32_t watch(void *user, const qube_progress *now)
{
    struct seen *seen = user;
    seen->calls += 1;
    seen->total = now->n_terms;
    CHECK(now->struct_size == sizeof *now && now->terms_done == seen->calls && now->states == 0);
    return now->terms_done == seen->stop ? -5 : 0;
}

static void answers(const qube_network *const *all)
{
    DEFAULTS(qube_options, options);
    struct seen seen;
    options.progress = watch;
    options.progress_user = &seen;
    for (int64_t threads = 1; threads <= 4; ++threads) {
        qube_plans *plans = NULL;
        seen = (struct seen){0, 0, -1};
        CHECK_OK(qube_optimize_many(all, 3, NULL, &options, threads, &plans));
        CHECK(seen.calls == 3 && seen.total == 3);
        VIEW(qube_plans, v, plans);
        CHECK(v.cost == 2 * work + 7 * 11 * 40 && v.flops == v.cost && v.savings == work);
        CHECK(v.n_terms == 3 && v.n_failed == 0 && v.peak_term == 0 && v.n_shared == 1);
        CHECK(v.refused_bytes == 0);
        CHECK(v.shared->savings == work && v.shared->n_occurrences == 2);
        CHECK(v.shared->occurrences[0].term == 0 && v.shared->occurrences[0].node == 2);
        CHECK(v.shared->occurrences[1].term == 1 && v.shared->occurrences[1].node == 2);
        double cost = 0, peak = 0;
        for (int k = 0; k < 3; ++k) {
            CHECK(v.terms[k].status == QUBE_OK && v.terms[k].message == NULL);
            CHECK(v.terms[k].reserved == 0);
            cost += view_of(v.terms[k].plan).cost;
            peak = fmax(peak, view_of(v.terms[k].plan).peak_elements);
        }
        CHECK(cost == v.cost && peak == v.peak_elements);
        CHECK(view_of(v.terms[2].plan).cost == 7 * 11 * 40);
        CHECK_OK(qube_plan_verify(v.terms[1].plan, all[1], NULL, NULL));
        qube_plans_free(plans);
    }
    qube_plans *none = NULL;
    CHECK_OK(qube_optimize_many(NULL, 0, NULL, NULL, 1, &none));
    VIEW(qube_plans, v, none);
    CHECK(v.n_terms == 0 && v.terms == NULL && v.peak_term == -1 && v.cost == 0 && v.n_shared == 0);
    qube_plans_free(none);
}

/* A term that cannot be planned leaves the others their plans. */
static void a_term_may_fail(const qube_network *const *all)
{
    qube_network *large = chain(4097, 2);
    const qube_network *const mixed[] = {all[0], large, all[1]};
    for (int64_t threads = 1; threads <= 2; ++threads) {
        qube_plans *plans = NULL;
        if (!CHECK(qube_optimize_many(mixed, 3, NULL, NULL, threads, &plans) == QUBE_OK)) {
            continue;
        }
        VIEW(qube_plans, v, plans);
        CHECK(v.n_terms == 3 && v.n_failed == 1 && v.cost == 2 * work && v.peak_term == 0);
        CHECK(v.terms[1].plan == NULL && v.terms[1].status == QUBE_ERR_TOO_LARGE);
        CHECK_SAYS(v.terms[1].message, "4097...4096");
        CHECK(v.terms[0].plan != NULL && v.terms[2].status == QUBE_OK);
        CHECK(v.n_shared == 1 && v.shared->occurrences[1].term == 2);
        qube_plans_free(plans);
    }
    qube_network_free(large);
}

static void refusals(const qube_network *const *all)
{
    const qube_network *const hole[] = {all[0], NULL};
    qube_plans *plans;
    DEFAULTS(qube_options, options);
    struct seen seen = {0, 0, 2};
    options.progress = watch;
    options.progress_user = &seen;
    for (int64_t threads = 1; threads <= 2; ++threads) {
        seen.calls = 0;
        CHECK_NOTHING(plans, qube_optimize_many(all, 3, NULL, &options, threads, &plans),
                      QUBE_ERR_CALLBACK, "'progress'...-5");
        CHECK(seen.calls == 2);
    }
    CHECK_NOTHING(plans, qube_optimize_many(hole, 2, NULL, NULL, 1, &plans), QUBE_ERR_NULL,
                  "a network is NULL");
    CHECK_NOTHING(plans, qube_optimize_many(NULL, 2, NULL, NULL, 1, &plans), QUBE_ERR_NULL,
                  "networks is NULL");
    CHECK_NOTHING(plans, qube_optimize_many(all, -1, NULL, NULL, 1, &plans), QUBE_ERR_INPUT,
                  "n_networks is -1");
    CHECK_NOTHING(plans, qube_optimize_many(all, INT64_MAX, NULL, NULL, 1, &plans), QUBE_ERR_INPUT,
                  "n_networks is 9223372036854775807");
    const int64_t no_threads[] = {0, -1, 1025, INT64_MAX};
    for (int k = 0; k < 4; ++k) {
        CHECK_NOTHING(plans, qube_optimize_many(all, 3, NULL, NULL, no_threads[k], &plans),
                      QUBE_ERR_INPUT, "num_threads is ");
    }
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.volatile_weight = NAN; /* no matter which term, or whether there is one */
    CHECK_NOTHING(plans, qube_optimize_many(all, 3, NULL, &options, 1, &plans), QUBE_ERR_OPTION,
                  "volatile_weight is NaN");
    CHECK_NOTHING(plans, qube_optimize_many(NULL, 0, NULL, &options, 1, &plans), QUBE_ERR_OPTION,
                  "volatile_weight is NaN");
    options.frontier = 2;
    CHECK_NOTHING(plans, qube_optimize_many(all, 3, NULL, &options, 1, &plans), QUBE_ERR_INPUT,
                  "frontier is 2");
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.objective = 7;
    CHECK_NOTHING(plans, qube_optimize_many(all, 3, NULL, &options, 1, &plans), QUBE_ERR_OPTION,
                  "objective is 7");
    options.objective = QUBE_DENSE_FLOPS;
    options.volatile_weight = 0;
    CHECK_NOTHING(plans, qube_optimize_many(all, 3, NULL, &options, 1, &plans), QUBE_ERR_OPTION,
                  "volatile_weight is 0");
    /* After all that, the networks are as good as new. */
    CHECK_OK(qube_optimize_many(all, 3, NULL, NULL, 2, &plans));
    qube_plans_free(plans);
}

int main(void)
{
    qube_network *networks[3];
    feclearexcept(FE_ALL_EXCEPT);
    terms(networks);
    const qube_network *const all[] = {networks[0], networks[1], networks[2]};
    answers(all);
    refusals(all);
    a_term_may_fail(all);
    for (int k = 0; k < 3; ++k) {
        qube_network_free(networks[k]);
    }
    CHECK_NO_FLAGS();
    return checks_done();
}
