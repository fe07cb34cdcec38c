/* Callbacks of policies and for power means: who is asked about what and in which order, what goes
   before them, what fails and that all works again afterwards, and who frees the user pointer. Under
   valgrind nothing may be lost but what threads leave. */
#include <stdio.h>

#include "common.h"

/* What the callbacks were asked, and how they are to answer. */
struct host {
    char asked[400];
    int calls;
    int fail_at;         /* the call that fails; 0: none */
    int32_t batchable;   /* the answers: */
    int64_t target, tile;
    int32_t is_volatile;
    double mean;
    int freed;
};

static int32_t noted(struct host *host, const char *note)
{
    snprintf(host->asked + strlen(host->asked), sizeof host->asked - strlen(host->asked), "%s; ",
             note);
    return ++host->calls == host->fail_at ? -5 : 0;
}

static int32_t batchable(void *user, const char *label, const char *space, int64_t extent,
                         int32_t role, int32_t *is_batchable, int64_t *target, int64_t *tile)
{
    struct host *host = user;
    char note[80];
    CHECK(*is_batchable == 0 && *target == 0 && *tile == 1);
    snprintf(note, sizeof note, "%s of %s, %d, role %d", label, space, (int)extent, (int)role);
    *is_batchable = host->batchable;
    *target = host->target;
    *tile = host->tile;
    return noted(host, note);
}

static int32_t is_volatile(void *user, const char *label, int64_t tensor, int32_t *answer)
{
    struct host *host = user;
    char note[80];
    CHECK(*answer == 0);
    snprintf(note, sizeof note, "%s, %d", label, (int)tensor);
    *answer = host->is_volatile;
    return noted(host, note);
}

static int32_t inner_pow(void *user, const char *label, const char *space, int64_t extent, int64_t k,
                         double *mean)
{
    struct host *host = user;
    char note[80];
    CHECK(*mean == 0);
    snprintf(note, sizeof note, "%s of %s, %d, k %d", label, space, (int)extent, (int)k);
    *mean = host->mean;
    return noted(host, note);
}

static void free_host(void *user) { ((struct host *)user)->freed++; }

static const struct host answers = {.batchable = 1, .target = 7, .tile = 3, .mean = 13};

#define ALL "i of i, 30, role 1; K of K, 50, role 0; j of j, 4, role 1; iK, 0; Kj, 1; "

/* The host was asked exactly this since the last time. */
#define CHECK_ASKED(host, expected)                 \
    do {                                            \
        CHECK(strcmp((host).asked, expected) == 0); \
        (host).asked[0] = '\0';                     \
        (host).calls = 0;                           \
    } while (0)

static qube_network *product(void)
{
    const int64_t extents[] = {30, 50, 4};
    return einsum("iK,Kj->ij", "iKj", extents);
}

static qube_policy *policy_of(struct host *host)
{
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_set_batchable_callback(policy, batchable, host, free_host));
    CHECK_OK(qube_policy_set_volatile_callback(policy, is_volatile, host, NULL));
    return policy;
}

/* Every call that takes a policy and a network asks about everything once, in order. */
static void order(void)
{
    struct host host = answers;
    qube_network *network = product();
    qube_policy *policy = policy_of(&host), *resolved = NULL;
    qube_plan *plan = NULL;
    qube_plans *plans = NULL;
    int64_t target = -1;
    int32_t answer = -1;
    qube_slicing slicing = {.struct_size = sizeof slicing};

    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == 7);
    CHECK_ASKED(host, ALL);
    CHECK_OK(qube_policy_slicing(policy, network, "i", &slicing));
    CHECK(slicing.is_batchable == 1 && slicing.batch == 6 && slicing.batches == 5);
    CHECK_ASKED(host, ALL);
    CHECK_OK(qube_policy_is_volatile(policy, network, 1, &answer));
    CHECK(answer == 0);
    CHECK_ASKED(host, ALL);
    host.is_volatile = 1;
    CHECK_OK(qube_policy_is_volatile(policy, network, 1, &answer));
    CHECK(answer == 1);
    CHECK_ASKED(host, ALL);
    CHECK_OK(qube_optimize(network, policy, NULL, &plan));
    qube_plan_free(plan);
    CHECK_ASKED(host, ALL);
    const qube_network *const both[] = {network, network};
    for (int64_t threads = 1; threads <= 2; ++threads) {
        CHECK_OK(qube_optimize_many(both, 2, policy, NULL, threads, NULL, NULL, &plans));
        qube_plans_free(plans);
        CHECK_ASKED(host, ALL ALL);
    }
    CHECK_OK(qube_policy_resolve(policy, network, &resolved));
    CHECK_ASKED(host, ALL);

    /* What is resolved asks nobody, and can be written. */
    CHECK_OK(qube_policy_target(resolved, network, "K", &target));
    CHECK_OK(qube_policy_is_volatile(resolved, network, 0, &answer));
    CHECK(target == 7 && answer == 1);
    CHECK_ASKED(host, "");
    char json[512];
    size_t length;
    CHECK_OK(qube_policy_json(resolved, json, sizeof json, &length));
    CHECK(strstr(json, "\"indices\":{\"K\":7},") != NULL);
    CHECK(strstr(json, "\"external_indices\":{\"i\":7,\"j\":7},") != NULL);
    CHECK(strstr(json, "\"tile_indices\":{\"K\":3,\"i\":3,\"j\":3},") != NULL);
    CHECK(strstr(json, "\"volatile_tensors\":[0,1]") != NULL);
    qube_policy_free(resolved);
    CHECK(host.freed == 0);
    qube_policy_free(policy);
    CHECK(host.freed == 1);
    qube_network_free(network);
}

static void precedence(void)
{
    struct host host = answers;
    qube_network *network = product();
    qube_policy *policy = policy_of(&host);
    int64_t target = -1;
    CHECK_OK(qube_policy_batch_space(policy, "K", 20));
    CHECK_OK(qube_policy_batch_external_index(policy, "i", 10));
    CHECK_OK(qube_policy_batch_space(policy, "j", 2)); /* j is external: it does not count */
    CHECK_OK(qube_policy_add_volatile(policy, "Kj"));
    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == 20);
    CHECK_ASKED(host, "j of j, 4, role 1; iK, 0; ");
    CHECK_OK(qube_policy_add_volatile_tensor(policy, 0));
    CHECK_OK(qube_policy_target(policy, network, "j", &target));
    CHECK(target == 7);
    CHECK_ASKED(host, "j of j, 4, role 1; ");
    host.batchable = 0;
    CHECK_OK(qube_policy_target(policy, network, "j", &target));
    CHECK(target == 0);
    CHECK_ASKED(host, "j of j, 4, role 1; ");
    qube_policy_free(policy);
    qube_network_free(network);
}

/* Clones share the user pointer; the last one frees it, or one that gets another callback. */
static void ownership(void)
{
    struct host host = answers, other = answers;
    qube_network *network = product();
    qube_policy *policy = policy_of(&host), *clone = NULL;
    int64_t target = -1;
    CHECK_OK(qube_policy_clone(policy, &clone));
    qube_policy_free(policy);
    CHECK(host.freed == 0);
    CHECK_OK(qube_policy_target(clone, network, "K", &target));
    CHECK_ASKED(host, ALL);
    CHECK_OK(qube_policy_set_batchable_callback(clone, batchable, &other, free_host));
    CHECK(host.freed == 1);
    CHECK_OK(qube_policy_target(clone, network, "K", &target));
    CHECK_ASKED(other, "i of i, 30, role 1; K of K, 50, role 0; j of j, 4, role 1; ");
    CHECK_ASKED(host, "iK, 0; Kj, 1; ");
    CHECK_OK(qube_policy_set_batchable_callback(clone, NULL, &host, free_host));
    CHECK(host.freed == 1 && other.freed == 1);
    CHECK_OK(qube_policy_set_volatile_callback(clone, NULL, NULL, NULL));
    CHECK_OK(qube_policy_target(clone, network, "K", &target));
    CHECK(target == 0);
    CHECK_ASKED(host, "");
    /* What was refused stays the host's. */
    CHECK_FAILS(qube_policy_set_batchable_callback(NULL, batchable, &host, free_host),
                QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_set_volatile_callback(NULL, is_volatile, &host, free_host),
                QUBE_ERR_NULL, "policy is NULL");
    CHECK(host.freed == 1);
    qube_policy_free(clone);
    qube_network_free(network);
}

/* Each call of a callback fails once; nothing is asked after it, and the policy works again. */
static void failures(void)
{
    static const char *const messages[] = {
        "the callback 'batchable' failed: it returned -5 for index 'i'; allowed: 0, to go on",
        "the callback 'batchable' failed: it returned -5 for index 'K'; allowed: 0, to go on",
        "the callback 'batchable' failed: it returned -5 for index 'j'; allowed: 0, to go on",
        "the callback 'volatile' failed: it returned -5 for tensor 'iK' (number 0 from 0)",
        "the callback 'volatile' failed: it returned -5 for tensor 'Kj' (number 1 from 0)",
    };
    struct host host = answers;
    qube_network *network = product();
    const qube_network *const both[] = {network, network};
    qube_policy *policy = policy_of(&host), *resolved;
    qube_plan *plan = NULL;
    qube_plans *plans;
    int64_t target = -7;
    int32_t answer = -7;
    for (int at = 1; at <= 5; ++at) {
        host.fail_at = at;
        host.calls = 0;
        CHECK_NO_HANDLE(plan, qube_optimize(network, policy, NULL, &plan), QUBE_ERR_CALLBACK,
                        messages[at - 1]);
        CHECK(host.calls == at);
        host.calls = 0;
        CHECK_NO_HANDLE(resolved, qube_policy_resolve(policy, network, &resolved),
                        QUBE_ERR_CALLBACK, messages[at - 1]);
        host.calls = 0;
        CHECK_FAILS(qube_policy_target(policy, network, "K", &target), QUBE_ERR_CALLBACK,
                    messages[at - 1]);
        host.calls = 0;
        CHECK_FAILS(qube_policy_is_volatile(policy, network, 0, &answer), QUBE_ERR_CALLBACK,
                    messages[at - 1]);
        /* In the second term. */
        host.calls = -5;
        CHECK_NO_HANDLE(plans, qube_optimize_many(both, 2, policy, NULL, 2, NULL, NULL, &plans),
                        QUBE_ERR_CALLBACK, "term 1: the callback '");
        CHECK(host.calls == at);
    }
    CHECK(target == -7 && answer == -7);
    host.fail_at = 0;
    CHECK_OK(qube_optimize(network, policy, NULL, &plan));
    qube_plan_free(plan);

    /* Answers that cannot be. */
    host.target = 0;
    CHECK_FAILS(qube_policy_target(policy, network, "K", &target), QUBE_ERR_TARGET,
                "batch target size of index 'i' is 0; allowed: 1 or more");
    host.target = INT64_MIN;
    CHECK_FAILS(qube_policy_target(policy, network, "K", &target), QUBE_ERR_TARGET, "'i' is -922337");
    host.target = 7;
    host.tile = -1;
    CHECK_FAILS(qube_policy_target(policy, network, "K", &target), QUBE_ERR_TARGET,
                "tile size of index 'i' is -1; allowed: 1 or more");
    host.tile = 1;
    host.batchable = 2;
    CHECK_FAILS(qube_policy_target(policy, network, "K", &target), QUBE_ERR_CALLBACK,
                "'batchable' failed: it said 2 of index 'i'; allowed: 0 or 1");
    host.batchable = 0;
    host.is_volatile = -1;
    CHECK_FAILS(qube_policy_target(policy, network, "K", &target), QUBE_ERR_CALLBACK,
                "'volatile' failed: it said -1 of tensor 'iK' (number 0 from 0); allowed: 0 or 1");
    host.is_volatile = 0;
    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == 0);

    /* A document cannot hold them. */
    size_t length = 99;
    CHECK_FAILS(qube_policy_json(policy, NULL, 0, &length), QUBE_ERR_DOCUMENT,
                "the policy has the callback 'batchable', which a document cannot hold; allowed: ");
    CHECK_OK(qube_policy_set_batchable_callback(policy, NULL, NULL, NULL));
    CHECK_FAILS(qube_policy_json(policy, NULL, 0, &length), QUBE_ERR_DOCUMENT, "'volatile'");
    char report[512];
    CHECK_OK(qube_policy_report(policy, report, sizeof report, &length));
    CHECK(strstr(report, "\ncallbacks: volatile\n") != NULL);

    CHECK_NO_HANDLE(resolved, qube_policy_resolve(NULL, network, &resolved), QUBE_ERR_NULL,
                    "policy is NULL");
    CHECK_NO_HANDLE(resolved, qube_policy_resolve(policy, NULL, &resolved), QUBE_ERR_NULL,
                    "network is NULL");
    CHECK_FAILS(qube_policy_resolve(policy, network, NULL), QUBE_ERR_NULL, "resolved is NULL");
    qube_policy_free(policy);
    qube_network_free(network);
}

/* A label that C cannot take; documents can have one. */
static void text_with_nul(void)
{
    struct host host = answers;
    qube_network *network = NULL;
    qube_policy *policy = policy_of(&host);
    qube_plan *plan;
    CHECK_OK(qube_network_from_json("{\"indices\":[{\"label\":\"i\",\"extent\":3}],\"tensors\":"
                                    "[{\"label\":\"t\\u0000\",\"indices\":[\"i\"]}]}",
                                    &network, NULL));
    CHECK_NO_HANDLE(plan, qube_optimize(network, policy, NULL, &plan), QUBE_ERR_LABEL,
                    "the label 't\\0' of what a callback is asked about is not allowed; allowed: text");
    CHECK_ASKED(host, "i of i, 3, role 1; ");
    qube_policy_free(policy);
    qube_network_free(network);
}

#define PAIRS "g{a_1<i_1>;a_2<i_1>} t{a_1<i_1>;i_1} t{a_2<i_1>;i_1}"

static const char *const means_asked =
    "a_1<i_1> of a, 12, k 1; a_1<i_1> of a, 12, k 2; a_2<i_1> of a, 12, k 1; a_2<i_1> of a, 12, k 2; ";

static double cost_of(const qube_network *network)
{
    qube_plan *plan = NULL;
    qube_summary summary = {.struct_size = sizeof summary};
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    CHECK_OK(qube_plan_summary(plan, &summary));
    qube_plan_free(plan);
    return summary.cost;
}

static void means_by_space(void)
{
    struct host host = answers;
    qube_spaces *spaces = NULL, *tabulated = NULL;
    qube_network *network = NULL, *same = NULL;
    const double means[] = {13, 13};
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 5));
    CHECK_OK(qube_spaces_add(spaces, "a", 12));
    CHECK_OK(qube_spaces_set_inner_pow_callback(spaces, inner_pow, &host, free_host));
    CHECK_OK(qube_network_parse(PAIRS, spaces, &network));
    CHECK_ASKED(host, means_asked);
    CHECK_OK(qube_spaces_create(&tabulated));
    CHECK_OK(qube_spaces_add(tabulated, "i", 5));
    CHECK_OK(qube_spaces_add_composite(tabulated, "a", 12, means, 2));
    CHECK_OK(qube_network_parse(PAIRS, tabulated, &same));
    CHECK(cost_of(network) == cost_of(same));
    qube_network_free(same);
    /* A table goes before the callback. */
    CHECK_OK(qube_spaces_set_inner_pow_callback(tabulated, inner_pow, &host, NULL));
    CHECK_OK(qube_network_parse(PAIRS, tabulated, &same));
    CHECK_ASKED(host, "");
    qube_network_free(same);
    qube_spaces_free(tabulated);

    for (int at = 1; at <= 4; ++at) {
        host.calls = 0;
        host.fail_at = at;
        CHECK_NO_HANDLE(same, qube_network_parse(PAIRS, spaces, &same), QUBE_ERR_CALLBACK,
                        at == 2 ? "the callback 'inner_pow' failed: it returned -5 for index "
                                  "'a_1<i_1>' and k = 2; allowed: 0, to go on"
                                : "the callback 'inner_pow' failed: it returned -5 for index 'a_");
        CHECK(host.calls == at);
    }
    host.fail_at = 0;
    const double no_mean[] = {0, -1, NAN, INFINITY, -INFINITY, signaling_nan()};
    for (int k = 0; k < 6; ++k) {
        memcpy(&host.mean, &no_mean[k], sizeof host.mean);
        CHECK_NO_HANDLE(same, qube_network_parse(PAIRS, spaces, &same), QUBE_ERR_POWER_MEAN,
                        "power mean 1 of index 'a_1<i_1>' is ");
    }
    CHECK_NO_FLAGS();
    host.mean = 13;
    CHECK_OK(qube_network_parse(PAIRS, spaces, &same));
    CHECK(cost_of(network) == cost_of(same));
    qube_network_free(same);
    CHECK(host.freed == 0);
    CHECK_OK(qube_spaces_set_inner_pow_callback(spaces, NULL, NULL, NULL));
    CHECK(host.freed == 1);
    CHECK_OK(qube_network_parse(PAIRS, spaces, &same));
    CHECK(cost_of(network) != cost_of(same));
    CHECK_FAILS(qube_spaces_set_inner_pow_callback(NULL, inner_pow, &host, free_host),
                QUBE_ERR_NULL, "spaces is NULL");
    CHECK(host.freed == 1);
    qube_network_free(same);
    qube_network_free(network);
    qube_spaces_free(spaces);
}

static void means_by_hand(void)
{
    struct host host = answers;
    qube_network_builder *builder = NULL;
    qube_network *network = NULL, *again = NULL;
    const char *const protos[] = {"i_1"}, *const slots[] = {"a_1<i_1>", "a_2<i_1>", "b<i_1>", "i_1"};
    const double means[] = {12, 12.5, 13};
    CHECK_OK(qube_network_builder_create(&builder));
    CHECK_OK(qube_network_builder_add_index(builder, "i_1", NULL, 5));
    CHECK_OK(qube_network_builder_add_composite(builder, "a_1<i_1>", NULL, 12, protos, 1, NULL, 0));
    CHECK_OK(qube_network_builder_add_composite(builder, "b<i_1>", NULL, 12, protos, 1, means, 3));
    CHECK_OK(qube_network_builder_add_composite(builder, "a_2<i_1>", "a", 12, protos, 1, NULL, 0));
    CHECK_OK(qube_network_builder_add_tensor(builder, "t", slots, 4));
    CHECK_OK(qube_network_builder_set_inner_pow_callback(builder, inner_pow, &host, free_host));
    CHECK_ASKED(host, "");
    CHECK_OK(qube_network_builder_build(builder, &network));
    CHECK_ASKED(host, "a_1<i_1> of a, 12, k 1; a_1<i_1> of a, 12, k 2; a_1<i_1> of a, 12, k 3; "
                      "a_2<i_1> of a, 12, k 1; a_2<i_1> of a, 12, k 2; a_2<i_1> of a, 12, k 3; ");
    host.fail_at = 1;
    CHECK_NO_HANDLE(again, qube_network_builder_build(builder, &again), QUBE_ERR_CALLBACK, "k = 1");
    host.fail_at = 0;
    CHECK_OK(qube_network_builder_build(builder, &again));
    qube_network_free(again);
    CHECK_FAILS(qube_network_builder_set_inner_pow_callback(NULL, inner_pow, &host, free_host),
                QUBE_ERR_NULL, "builder is NULL");
    CHECK(host.freed == 0);
    qube_network_builder_free(builder);
    CHECK(host.freed == 1);
    CHECK(cost_of(network) == 0); /* stays valid */
    qube_network_free(network);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    order();
    precedence();
    ownership();
    failures();
    text_with_nul();
    means_by_space();
    means_by_hand();
    CHECK_NO_FLAGS();
    return checks_done();
}
