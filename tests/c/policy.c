/* Batch policies: rules, settings, what they come to for a network, and callbacks: who is asked about
   what and in which order, and who frees the user pointer. */
#include "common.h"

static qube_network *product(void)
{
    const int64_t extents[] = {30, 50, 4};
    return einsum("iK,Kj->ij", "iKj", extents);
}

/* A rule on an index, or on a space where label is NULL. */
static int32_t rule_on(qube_policy *policy, const char *label, const char *space, int32_t role,
                       int64_t target, int64_t tile)
{
    DEFAULTS(qube_index_rule, rule);
    rule.label = label;
    rule.space = space;
    rule.role = role;
    rule.target = target;
    rule.tile = tile;
    return qube_policy_add_index_rule(policy, &rule);
}

static int32_t tensor_rule(qube_policy *policy, const char *label, int64_t tensor, int32_t is_volatile)
{
    DEFAULTS(qube_tensor_rule, rule);
    rule.label = label;
    rule.tensor = tensor;
    rule.is_volatile = is_volatile;
    return qube_policy_add_tensor_rule(policy, &rule);
}

static void check_document(const qube_policy *policy, int32_t format, const char *expected)
{
    char *text = NULL;
    CHECK_OK(qube_policy_render(policy, format, &text));
    CHECK_TEXT(text, expected);
    qube_text_free(text);
}

/* How a policy slices the index of this number in the product. */
static qube_resolved_index slicing(const qube_policy *policy, int64_t index)
{
    qube_network *network = product();
    qube_resolved_policy *resolved = NULL;
    CHECK_OK(qube_policy_resolve(policy, network, &resolved));
    qube_network_free(network); /* the answer has all that it needs */
    VIEW(qube_resolved_policy, view, resolved);
    CHECK(view.n_indices == 3 && view.n_tensors == 2 && view.reserved == 0);
    const qube_resolved_index found = view.indices[index];
    CHECK(found.role == (index == 1 ? QUBE_ROLE_CONTRACTED : QUBE_ROLE_EXTERNAL));
    qube_resolved_policy_free(resolved);
    return found;
}

static int is(qube_resolved_index found, int64_t target, int64_t tile, int64_t batch, int64_t batches)
{
    return found.is_batchable == (target > 0) && found.target == target && found.tile == tile &&
           found.batch == batch && found.batches == batches;
}

/* i is external and of 30, K contracted and of 50, j external and of 4. */
static void rules(void)
{
    enum { I, K, J };
    const int32_t external = QUBE_ROLE_EXTERNAL, contracted = QUBE_ROLE_CONTRACTED;
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK(is(slicing(policy, I), 0, 0, 30, 1)); /* nothing said: one batch of everything */

    /* Each role has its own sizes; a space that is not there does nothing. */
    CHECK_OK(rule_on(policy, NULL, "i", contracted, 8, 0));
    CHECK_OK(rule_on(policy, NULL, "nowhere", contracted, 9, 0));
    CHECK(is(slicing(policy, I), 0, 0, 30, 1));
    CHECK_OK(rule_on(policy, NULL, "i", external, 9, 0));
    CHECK_OK(rule_on(policy, NULL, "K", external, 9, 0));
    CHECK(is(slicing(policy, I), 9, 1, 9, 4));
    CHECK(is(slicing(policy, K), 0, 0, 50, 1));

    /* A label overrides its space, whichever came first; a later rule replaces an earlier one. */
    CHECK_OK(rule_on(policy, "i", NULL, external, 10, 0));
    CHECK_OK(rule_on(policy, "i", NULL, external, 11, 0));
    CHECK_OK(rule_on(policy, NULL, "i", external, 12, 0));
    CHECK(is(slicing(policy, I), 11, 1, 11, 3));
    /* Whole tiles, one at least, no more than there is; also with the target in one rule. */
    CHECK_OK(rule_on(policy, NULL, "i", contracted, 0, 4));
    CHECK(is(slicing(policy, I), 11, 4, 8, 4));
    CHECK_OK(rule_on(policy, "i", NULL, external, 0, 15));
    CHECK(is(slicing(policy, I), 11, 15, 15, 2));
    CHECK_OK(rule_on(policy, "i", NULL, external, 11, 31));
    CHECK(is(slicing(policy, I), 11, 31, 30, 1));
    CHECK_OK(rule_on(policy, "K", NULL, contracted, INT64_MAX, 0));
    CHECK(is(slicing(policy, K), INT64_MAX, 1, 50, 1));
    CHECK_OK(rule_on(policy, "K", NULL, contracted, 20, 0));
    CHECK(is(slicing(policy, K), 20, 1, 20, 3));
    qube_policy_free(policy);
}

/* What is written is read again; a clone says the same, and goes its own way. */
static void documents(void)
{
    const char *const json =
        "{\"schema\":\"qube-policy/1\",\"spaces\":{\"K\":8,\"nowhere\":9},"
        "\"indices\":{\"K\":9223372036854775807},\"external_spaces\":{\"i\":2},"
        "\"external_indices\":{\"j\":3},\"tile_spaces\":{\"K\":4},\"tile_indices\":{\"j\":2},"
        "\"volatile\":[\"Kj\"],\"volatile_tensors\":[0],\"persistent_only\":true,"
        "\"accumulation_factor\":0.5,\"peak_threshold\":4096}";
    qube_policy *policy = NULL, *again = NULL, *clone = NULL;
    DEFAULTS(qube_policy_settings, settings);
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(rule_on(policy, NULL, "K", QUBE_ROLE_CONTRACTED, 8, 4));
    CHECK_OK(rule_on(policy, NULL, "nowhere", QUBE_ROLE_CONTRACTED, 9, 0));
    CHECK_OK(rule_on(policy, "K", NULL, QUBE_ROLE_CONTRACTED, INT64_MAX, 0));
    CHECK_OK(rule_on(policy, NULL, "i", QUBE_ROLE_EXTERNAL, 2, 0));
    CHECK_OK(rule_on(policy, "j", NULL, QUBE_ROLE_EXTERNAL, 3, 2));
    CHECK_OK(tensor_rule(policy, "Kj", -1, 1));
    CHECK_OK(tensor_rule(policy, "Kj", -1, 1));
    CHECK_OK(tensor_rule(policy, NULL, 0, 1));
    settings.persistent_only = 1;
    settings.accumulation_factor = 0.5;
    settings.peak_threshold = 4096;
    CHECK_OK(qube_policy_set(policy, &settings));
    check_document(policy, QUBE_FORMAT_JSON, json);
    CHECK_OK(qube_policy_create(&again));
    CHECK_OK(qube_policy_add_json(again, json));
    check_document(again, QUBE_FORMAT_JSON, json);
    CHECK_OK(qube_policy_clone(policy, &clone));
    DEFAULTS(qube_policy_settings, none);
    CHECK_OK(qube_policy_set(policy, &none)); /* rules stay, settings are those of a new policy */
    check_document(clone, QUBE_FORMAT_JSON, json);
    check_document(clone, QUBE_FORMAT_TABLE,
                   "batches where contracted: space K in 8 at most, space nowhere in 9 at most, "
                   "index K in 9223372036854775807 at most\n"
                   "batches where external: space i in 2 at most, index j in 3 at most\n"
                   "tiles: space K of 4, index j of 2\n"
                   "volatile: Kj, tensor number 0\n"
                   "contracted loops over volatile subtrees: no\naccumulation factor: 0.5\n"
                   "peak threshold: 4096 bytes\ncallbacks: none\n");
    char *text = NULL;
    CHECK_OK(qube_policy_render(policy, QUBE_FORMAT_JSON, &text));
    CHECK(says(text, "\"spaces\":{\"K\":8") && !says(text, "4096") && !says(text, "0.5"));
    qube_text_free(text);
    qube_policy_free(again);
    qube_policy_free(policy);

    /* Settings and volatile tensors reach the resolved policy, whose document has labels and numbers. */
    qube_network *network = product();
    qube_resolved_policy *resolved = NULL;
    CHECK_OK(qube_policy_resolve(clone, network, &resolved));
    VIEW(qube_resolved_policy, view, resolved);
    CHECK(view.is_volatile[0] == 1 && view.is_volatile[1] == 1 && view.persistent_only == 1);
    CHECK(view.accumulation_factor == 0.5 && view.peak_threshold == 4096);
    CHECK_OK(qube_resolved_policy_render(resolved, QUBE_FORMAT_JSON, &text));
    CHECK_OK(qube_policy_create(&again));
    CHECK_OK(qube_policy_add_json(again, text));
    check_document(again, QUBE_FORMAT_JSON, text);
    CHECK_SAYS(text, "\"volatile_tensors\":[0,1]");
    qube_text_free(text);
    qube_resolved_policy_free(resolved);
    qube_policy_free(again);
    qube_network_free(network);

    /* A document adds to what is said; a bad one changes nothing. */
    const struct {
        const char *text;
        int32_t status;
        const char *says;
    } bad[] = {
        {BAD_UTF8, QUBE_ERR_UTF8, "text...UTF-8"},
        {"{", QUBE_ERR_DOCUMENT, "line 1 column 1"},
        {"{}", QUBE_ERR_DOCUMENT, "schema"},
        {"{\"schema\":\"x\"}", QUBE_ERR_DOCUMENT, "'x'...qube-policy/1"},
        {"{\"schema\":\"qube-policy/1\",\"spaces\":{\"K\":0}}", QUBE_ERR_TARGET, "space 'K' is 0"},
        {"{\"schema\":\"qube-policy/1\",\"accumulation_factor\":-1}", QUBE_ERR_OPTION,
         "accumulation_factor is -1"},
        {"{\"schema\":\"qube-policy/1\",\"batch\":1}", QUBE_ERR_DOCUMENT, "batch"},
        {"{\"schema\":\"qube-policy/1\",\"peak_threshold\":5,\"tile_indices\":{\"i\":0}}",
         QUBE_ERR_TARGET, "index 'i' is 0"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        CHECK_FAILS(qube_policy_add_json(clone, bad[k].text), bad[k].status, bad[k].says);
    }
    check_document(clone, QUBE_FORMAT_JSON, json);
    CHECK_OK(qube_policy_add_json(clone, "{\"schema\":\"qube-policy/1\",\"tile_spaces\":{\"i\":2},"
                                         "\"peak_threshold\":77}"));
    CHECK_OK(qube_policy_render(clone, QUBE_FORMAT_JSON, &text));
    CHECK_SAYS(text, "\"tile_spaces\":{\"K\":4,\"i\":2}...\"peak_threshold\":77");
    qube_text_free(text);
    qube_policy_free(clone);
}

/* The sizes reach the plan: the same network under the threshold, with and without each of them. */
static void plans(void)
{
    const int64_t extents[] = {40, 60, 40};
    const double whole = 2 * 40 * 60 + 40 * 40;
    const int32_t objective = QUBE_DENSE_TIME_SPACE_BATCHED;
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = batches("K", 10);
    DEFAULTS(qube_policy_settings, settings);
    qube_plan *plan = plan_of(network, policy, objective); /* no threshold: no loop */
    CHECK(view_of(plan).peak_elements == whole && view_of(plan).nodes[2].n_loops == 0);
    qube_plan_free(plan);
    settings.peak_threshold = 8 * 2500;
    CHECK_OK(qube_policy_set(policy, &settings));
    plan = plan_of(network, policy, objective);
    const double contracted = view_of(plan).peak_elements;
    CHECK(contracted < whole && contracted <= 2500 + 1600);
    qube_plan_free(plan);
    /* Tiles round the batch down, from 10 to 9: less is live. */
    CHECK_OK(rule_on(policy, NULL, "K", QUBE_ROLE_CONTRACTED, 0, 9));
    plan = plan_of(network, policy, objective);
    CHECK(view_of(plan).peak_elements == contracted - 2 * 40);
    const qube_loop *loop = view_of(plan).nodes[2].loops;
    CHECK(loop->batch == 9 && loop->batches == 7 && loop->role == QUBE_ROLE_CONTRACTED);
    qube_plan_free(plan);
    qube_policy_free(policy);
    /* The external role alone slices i. */
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(rule_on(policy, NULL, "i", QUBE_ROLE_EXTERNAL, 10, 0));
    settings.peak_threshold = 8 * 5000;
    CHECK_OK(qube_policy_set(policy, &settings));
    plan = plan_of(network, policy, objective);
    CHECK(view_of(plan).peak_elements < whole);
    loop = view_of(plan).nodes[2].loops;
    CHECK_TEXT(view_of(plan).indices[loop->index], "i");
    CHECK(loop->role == QUBE_ROLE_EXTERNAL && loop->reserved == 0);
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
}

static void refusals(void)
{
    const int32_t contracted = QUBE_ROLE_CONTRACTED;
    const struct {
        const char *label, *space;
        int32_t role;
        int64_t target, tile;
        int32_t status;
        const char *says;
    } index[] = {
        {NULL, "K", contracted, 0, 0, QUBE_ERR_TARGET, "space 'K' is 0"},
        {NULL, "K", contracted, -236, 0, QUBE_ERR_TARGET, "target...space 'K' is -236"},
        {NULL, "K", contracted, 5, -7, QUBE_ERR_TARGET, "tile...space 'K' is -7"},
        {NULL, "K", contracted, 0, INT64_MIN, QUBE_ERR_TARGET, "space 'K' is -92233720"},
        {"K_1", NULL, contracted, 0, 0, QUBE_ERR_TARGET, "index 'K_1' is 0"},
        {"K_1", NULL, QUBE_ROLE_EXTERNAL, INT64_MIN, 0, QUBE_ERR_TARGET, "index 'K_1' is -92233720"},
        {"K_1", NULL, contracted, -1, 3, QUBE_ERR_TARGET, "target...index 'K_1' is -1"},
        {"K_1", NULL, 2, 5, 0, QUBE_ERR_OPTION, "role is 2"},
        {"K_1", NULL, -1, 5, 0, QUBE_ERR_OPTION, "role is -1"},
        {"K_1", "K", contracted, 5, 0, QUBE_ERR_OPTION, "label is K_1"},
        {NULL, NULL, contracted, 5, 0, QUBE_ERR_OPTION, "label is NULL"},
        {BAD_UTF8, NULL, contracted, 5, 0, QUBE_ERR_UTF8, "label...UTF-8"},
        {NULL, BAD_UTF8, contracted, 5, 0, QUBE_ERR_UTF8, "space...UTF-8"},
    };
    const struct {
        const char *label;
        int64_t tensor;
        int32_t is_volatile, status;
        const char *says;
    } tensor[] = {
        {NULL, -1, 1, QUBE_ERR_OPTION, "label is NULL"},
        {"t", 0, 1, QUBE_ERR_OPTION, "label is t"},
        {NULL, -2, 1, QUBE_ERR_INPUT, "tensor is -2"},
        {NULL, INT64_MIN, 1, QUBE_ERR_INPUT, "tensor is -92233720"},
        {"t", -1, 0, QUBE_ERR_INPUT, "is_volatile is 0"},
        {"t", -1, 2, QUBE_ERR_INPUT, "is_volatile is 2"},
        {BAD_UTF8, -1, 1, QUBE_ERR_UTF8, "label...UTF-8"},
    };
    qube_policy *policy = NULL;
    char *before = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_render(policy, QUBE_FORMAT_JSON, &before));
    for (size_t k = 0; k < sizeof index / sizeof *index; ++k) {
        CHECK_FAILS(rule_on(policy, index[k].label, index[k].space, index[k].role, index[k].target,
                            index[k].tile),
                    index[k].status, index[k].says);
    }
    for (size_t k = 0; k < sizeof tensor / sizeof *tensor; ++k) {
        CHECK_FAILS(tensor_rule(policy, tensor[k].label, tensor[k].tensor, tensor[k].is_volatile),
                    tensor[k].status, tensor[k].says);
    }
    DEFAULTS(qube_policy_settings, settings);
    const double no_factor[] = {NAN,         INFINITY, -INFINITY, -1.0,           -1e-300,
                                1.0000001e18, 4.9e-324, 0.9e-9,   signaling_nan()};
    for (int k = 0; k < 9; ++k) {
        memcpy(&settings.accumulation_factor, &no_factor[k], sizeof *no_factor);
        CHECK_FAILS(qube_policy_set(policy, &settings), QUBE_ERR_OPTION, "accumulation_factor is ");
    }
    CHECK_NO_FLAGS();
    const double factor[] = {0.0, -0.0, 1e-9, 0.5, 1e18};
    qube_policy *other = NULL;
    CHECK_OK(qube_policy_create(&other));
    for (int k = 0; k < 5; ++k) {
        settings.accumulation_factor = factor[k];
        CHECK_OK(qube_policy_set(other, &settings));
    }
    qube_policy_free(other);
    settings.accumulation_factor = 0.0;
    settings.peak_threshold = -5;
    CHECK_FAILS(qube_policy_set(policy, &settings), QUBE_ERR_OPTION, "peak_threshold is -5");
    settings.peak_threshold = 0;
    const int32_t no_truth[] = {-1, 2, INT32_MIN, INT32_MAX};
    for (int k = 0; k < 4; ++k) {
        settings.persistent_only = no_truth[k];
        CHECK_FAILS(qube_policy_set(policy, &settings), QUBE_ERR_INPUT, "persistent_only is ");
    }
    /* None of the failures has changed the policy. */
    check_document(policy, QUBE_FORMAT_JSON, before);
    qube_text_free(before);

    /* A tensor that is not there is found when a network is. */
    CHECK_OK(tensor_rule(policy, NULL, 2, 1));
    qube_network *network = product();
    qube_resolved_policy *resolved;
    qube_plan *plan;
    CHECK_NOTHING(resolved, qube_policy_resolve(policy, network, &resolved), QUBE_ERR_POSITION,
                  "2 does not exist");
    CHECK_NOTHING(plan, qube_optimize(network, policy, NULL, &plan), QUBE_ERR_POSITION,
                  "2 does not exist");
    qube_network_free(network);
    qube_policy_free(policy);
}

/* --- Callbacks ------------------------------------------------------------------------------------ */

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
    const size_t used = strlen(host->asked);
    snprintf(host->asked + used, sizeof host->asked - used, "%s; ", note);
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
    memcpy(mean, &host->mean, sizeof *mean);
    return noted(host, note);
}

static void free_host(void *user)
{
    ((struct host *)user)->freed++;
}

static const struct host answers = {.batchable = 1, .target = 7, .tile = 3, .mean = 13};

#define INDICES_ASKED "i of i, 30, role 1; K of K, 50, role 0; j of j, 4, role 1; "
#define ALL INDICES_ASKED "iK, 0; Kj, 1; "

/* The host was asked exactly this since the last time. */
#define CHECK_ASKED(host, expected)           \
    do {                                      \
        CHECK_TEXT((host).asked, expected);   \
        (host).asked[0] = '\0';               \
        (host).calls = 0;                     \
    } while (0)

/* Both callbacks of a host; it frees one of the two user pointers. */
static qube_policy_settings settings_of(struct host *host)
{
    DEFAULTS(qube_policy_settings, settings);
    settings.batchable = batchable;
    settings.batchable_user = host;
    settings.free_batchable_user = free_host;
    settings.is_volatile = is_volatile;
    settings.volatile_user = host;
    return settings;
}

static qube_policy *policy_of(struct host *host)
{
    const qube_policy_settings settings = settings_of(host);
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_set(policy, &settings));
    return policy;
}

static void resolve(const qube_policy *policy, const qube_network *network)
{
    qube_resolved_policy *resolved = NULL;
    CHECK_OK(qube_policy_resolve(policy, network, &resolved));
    qube_resolved_policy_free(resolved);
}

/* Every call that takes a policy and a network asks about everything once, in order. */
static void order(void)
{
    struct host host = answers;
    qube_network *network = product();
    qube_policy *policy = policy_of(&host);
    qube_resolved_policy *resolved = NULL;
    qube_plan *plan = NULL;
    qube_plans *plans = NULL;
    host.is_volatile = 1;
    CHECK_OK(qube_optimize(network, policy, NULL, &plan));
    CHECK_ASKED(host, ALL);
    CHECK_OK(qube_plan_verify(plan, network, policy, NULL));
    CHECK_ASKED(host, ALL);
    qube_plan_free(plan);
    const qube_network *const both[] = {network, network};
    for (int64_t threads = 1; threads <= 2; ++threads) {
        CHECK_OK(qube_optimize_many(both, 2, policy, NULL, threads, &plans));
        qube_plans_free(plans);
        CHECK_ASKED(host, ALL ALL);
    }
    CHECK_OK(qube_policy_resolve(policy, network, &resolved));
    CHECK_ASKED(host, ALL);

    /* What is resolved asks no more, and can be written. */
    VIEW(qube_resolved_policy, view, resolved);
    CHECK(is(view.indices[0], 7, 3, 6, 5) && is(view.indices[1], 7, 3, 6, 9));
    CHECK(view.is_volatile[0] == 1 && view.is_volatile[1] == 1);
    char *json = NULL;
    CHECK_OK(qube_resolved_policy_render(resolved, QUBE_FORMAT_JSON, &json));
    CHECK_SAYS(json, "\"indices\":{\"K\":7},...\"external_indices\":{\"i\":7,\"j\":7},..."
                     "\"tile_indices\":{\"K\":3,\"i\":3,\"j\":3},...\"volatile_tensors\":[0,1]");
    qube_text_free(json);
    CHECK_ASKED(host, "");
    qube_policy_free(policy);
    CHECK(host.freed == 1); /* the resolved policy does not hold the callback */
    qube_resolved_policy_free(resolved);
    CHECK(host.freed == 1);
    qube_network_free(network);
}

static void precedence(void)
{
    struct host host = answers;
    qube_network *network = product();
    qube_policy *policy = policy_of(&host);
    CHECK_OK(rule_on(policy, NULL, "K", QUBE_ROLE_CONTRACTED, 20, 0));
    CHECK_OK(rule_on(policy, "i", NULL, QUBE_ROLE_EXTERNAL, 10, 0));
    CHECK_OK(rule_on(policy, NULL, "j", QUBE_ROLE_CONTRACTED, 2, 0)); /* j is external */
    CHECK_OK(tensor_rule(policy, "Kj", -1, 1));
    CHECK(slicing(policy, 1).target == 20);
    CHECK_ASKED(host, "j of j, 4, role 1; iK, 0; ");
    CHECK_OK(tensor_rule(policy, NULL, 0, 1));
    CHECK(slicing(policy, 2).target == 7);
    CHECK_ASKED(host, "j of j, 4, role 1; ");
    host.batchable = 0;
    CHECK(is(slicing(policy, 2), 0, 0, 4, 1));
    CHECK_ASKED(host, "j of j, 4, role 1; ");
    qube_policy_free(policy);
    qube_network_free(network);
}

/* Clones share the user pointer; the last one frees it, or one that gets other settings. */
static void ownership(void)
{
    struct host host = answers, other = answers;
    qube_network *network = product();
    qube_policy *policy = policy_of(&host), *clone = NULL;
    CHECK_OK(qube_policy_clone(policy, &clone));
    qube_policy_free(policy);
    CHECK(host.freed == 0);
    resolve(clone, network);
    CHECK_ASKED(host, ALL);
    qube_policy_settings settings = settings_of(&other);
    settings.volatile_user = &host;
    CHECK_OK(qube_policy_set(clone, &settings));
    CHECK(host.freed == 1 && other.freed == 0);
    resolve(clone, network);
    CHECK_ASKED(other, INDICES_ASKED);
    CHECK_ASKED(host, "iK, 0; Kj, 1; ");

    /* What was refused stays the host's, and the policy keeps what it had. */
    settings = settings_of(&host);
    settings.free_volatile_user = free_host;
    settings.persistent_only = 2;
    CHECK_FAILS(qube_policy_set(clone, &settings), QUBE_ERR_INPUT, "persistent_only is 2");
    settings.persistent_only = 0;
    CHECK_FAILS(qube_policy_set(NULL, &settings), QUBE_ERR_NULL, "policy is NULL");
    CHECK(host.freed == 1 && other.freed == 0);
    resolve(clone, network);
    CHECK_ASKED(other, INDICES_ASKED);
    CHECK_ASKED(host, "iK, 0; Kj, 1; ");

    DEFAULTS(qube_policy_settings, none);
    none.batchable_user = &host; /* does not count without a callback */
    none.free_batchable_user = free_host;
    CHECK_OK(qube_policy_set(clone, &none));
    CHECK(host.freed == 1 && other.freed == 1);
    CHECK(slicing(clone, 1).target == 0);
    CHECK_ASKED(host, "");
    qube_policy_free(clone);
    CHECK(host.freed == 1 && other.freed == 1);
    qube_network_free(network);
}

/* Each call of a callback fails once; nothing is asked after it, and the policy works again. */
static void failures(void)
{
    static const char *const messages[] = {
        "'batchable' failed: it returned -5 for index 'i'",
        "'batchable' failed: it returned -5 for index 'K'",
        "'batchable' failed: it returned -5 for index 'j'",
        "'volatile' failed: it returned -5 for tensor 'iK' (number 0 from 0)",
        "'volatile' failed: it returned -5 for tensor 'Kj' (number 1 from 0)",
    };
    struct host host = answers;
    qube_network *network = product();
    const qube_network *const both[] = {network, network};
    qube_policy *policy = policy_of(&host);
    qube_resolved_policy *resolved;
    qube_plan *plan;
    qube_plans *plans;
    char *text;
    for (int at = 1; at <= 5; ++at) {
        host.fail_at = at;
        host.calls = 0;
        CHECK_NOTHING(plan, qube_optimize(network, policy, NULL, &plan), QUBE_ERR_CALLBACK,
                      messages[at - 1]);
        CHECK(host.calls == at);
        host.calls = 0;
        CHECK_NOTHING(resolved, qube_policy_resolve(policy, network, &resolved), QUBE_ERR_CALLBACK,
                      messages[at - 1]);
        host.calls = -5; /* in the second term */
        CHECK_NOTHING(plans, qube_optimize_many(both, 2, policy, NULL, 2, &plans), QUBE_ERR_CALLBACK,
                      "term 1...the callback '");
        CHECK(host.calls == at);
    }
    host.fail_at = 0;
    resolve(policy, network);

    /* Answers that cannot be. */
    const struct {
        int32_t batchable, is_volatile;
        int64_t target, tile;
        int32_t status;
        const char *says;
    } bad[] = {
        {1, 0, 0, 1, QUBE_ERR_TARGET, "target size of index 'i' is 0"},
        {1, 0, INT64_MIN, 1, QUBE_ERR_TARGET, "index 'i' is -922337"},
        {1, 0, 7, -1, QUBE_ERR_TARGET, "tile size of index 'i' is -1"},
        {2, 0, 7, 1, QUBE_ERR_CALLBACK, "'batchable' failed: it set 2 for index 'i'"},
        {0, -1, 7, 1, QUBE_ERR_CALLBACK, "'volatile' failed: it set -1 for tensor 'iK'"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        host.batchable = bad[k].batchable;
        host.is_volatile = bad[k].is_volatile;
        host.target = bad[k].target;
        host.tile = bad[k].tile;
        CHECK_NOTHING(resolved, qube_policy_resolve(policy, network, &resolved), bad[k].status,
                      bad[k].says);
    }

    /* A document cannot hold them. */
    CHECK_NOTHING(text, qube_policy_render(policy, QUBE_FORMAT_JSON, &text), QUBE_ERR_DOCUMENT,
                  "'batchable'");
    CHECK_OK(qube_policy_render(policy, QUBE_FORMAT_TABLE, &text));
    CHECK_SAYS(text, "callbacks: batchable, volatile\n");
    qube_text_free(text);
    qube_policy_free(policy);

    /* A label that C cannot take; documents can have one. */
    host = answers;
    policy = policy_of(&host);
    qube_network_free(network);
    CHECK_OK(qube_network_from_json("{\"indices\":[{\"label\":\"i\",\"extent\":3}],\"tensors\":"
                                    "[{\"label\":\"t\\u0000\",\"indices\":[\"i\"]}]}",
                                    &network, NULL));
    CHECK_NOTHING(plan, qube_optimize(network, policy, NULL, &plan), QUBE_ERR_LABEL, "'t\\0'");
    CHECK_ASKED(host, "i of i, 3, role 1; ");
    qube_policy_free(policy);
    qube_network_free(network);
}

/* --- Power means ---------------------------------------------------------------------------------- */

#define PAIRS "g{a_1<i_1>;a_2<i_1>} t{a_1<i_1>;i_1} t{a_2<i_1>;i_1}"

static double cost_of(const qube_network *network)
{
    qube_plan *plan = plan_of(network, NULL, QUBE_DENSE_FLOPS);
    const double cost = view_of(plan).cost;
    qube_plan_free(plan);
    return cost;
}

static qube_spaces *pairs(const double *means, int64_t n_means)
{
    qube_spaces *spaces = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 5, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "a", 12, means, n_means));
    return spaces;
}

static void means_by_space(void)
{
    struct host host = answers;
    const double means[] = {13, 13};
    qube_spaces *spaces = pairs(NULL, 0), *tabulated = pairs(means, 2);
    qube_network *network = NULL, *same = NULL;
    CHECK_OK(qube_spaces_set_inner_pow_callback(spaces, inner_pow, &host, free_host));
    CHECK_OK(qube_network_parse(PAIRS, spaces, &network));
    CHECK_ASKED(host, "a_1<i_1> of a, 12, k 1; a_1<i_1> of a, 12, k 2; "
                      "a_2<i_1> of a, 12, k 1; a_2<i_1> of a, 12, k 2; ");
    CHECK_OK(qube_network_parse(PAIRS, tabulated, &same));
    CHECK(cost_of(network) == cost_of(same));
    qube_network_free(same);
    /* A table overrides the callback. */
    CHECK_OK(qube_spaces_set_inner_pow_callback(tabulated, inner_pow, &host, NULL));
    CHECK_OK(qube_network_parse(PAIRS, tabulated, &same));
    CHECK_ASKED(host, "");
    qube_network_free(same);
    qube_spaces_free(tabulated);

    for (int at = 1; at <= 4; ++at) {
        host.calls = 0;
        host.fail_at = at;
        CHECK_NOTHING(same, qube_network_parse(PAIRS, spaces, &same), QUBE_ERR_CALLBACK,
                      at == 2 ? "'inner_pow' failed: it returned -5 for index 'a_1<i_1>' and k = 2"
                              : "'inner_pow' failed: it returned -5 for index 'a_");
        CHECK(host.calls == at);
    }
    host.fail_at = 0;
    const double no_mean[] = {0, -1, NAN, INFINITY, -INFINITY, signaling_nan()};
    for (int k = 0; k < 6; ++k) {
        memcpy(&host.mean, &no_mean[k], sizeof host.mean);
        CHECK_NOTHING(same, qube_network_parse(PAIRS, spaces, &same), QUBE_ERR_POWER_MEAN,
                      "power mean 1 of index 'a_1<i_1>' is ");
    }
    CHECK_NO_FLAGS();
    host.mean = 13;
    CHECK_OK(qube_network_parse(PAIRS, spaces, &same));
    CHECK(cost_of(network) == cost_of(same));
    qube_network_free(same);
    CHECK(host.freed == 0);
    CHECK_FAILS(qube_spaces_set_inner_pow_callback(NULL, inner_pow, &host, free_host), QUBE_ERR_NULL,
                "spaces is NULL");
    CHECK(host.freed == 0);
    CHECK_OK(qube_spaces_set_inner_pow_callback(spaces, NULL, &host, free_host));
    CHECK(host.freed == 1);
    CHECK_OK(qube_network_parse(PAIRS, spaces, &same));
    CHECK(cost_of(network) != cost_of(same));
    qube_network_free(same);
    qube_network_free(network);
    qube_spaces_free(spaces);
    CHECK(host.freed == 1);
}

static void means_of_a_builder(void)
{
    struct host host = answers;
    qube_network_builder *b = NULL;
    qube_network *network = NULL, *again = NULL;
    const char *const protos[] = {"i_1"}, *const slots[] = {"a_1<i_1>", "a_2<i_1>", "b<i_1>", "i_1"};
    const double means[] = {12, 12.5, 13};
    CHECK_OK(qube_network_builder_create(&b));
    CHECK_OK(qube_network_builder_add_index(b, "i_1", NULL, 5));
    CHECK_OK(qube_network_builder_add_composite(b, "a_1<i_1>", NULL, 12, protos, 1, NULL, 0));
    CHECK_OK(qube_network_builder_add_composite(b, "b<i_1>", NULL, 12, protos, 1, means, 3));
    CHECK_OK(qube_network_builder_add_composite(b, "a_2<i_1>", "a", 12, protos, 1, NULL, 0));
    CHECK_OK(qube_network_builder_add_tensor(b, "t", slots, 4));
    CHECK_OK(qube_network_builder_set_inner_pow_callback(b, inner_pow, &host, free_host));
    CHECK_ASKED(host, "");
    CHECK_OK(qube_network_builder_build(b, &network));
    CHECK_ASKED(host, "a_1<i_1> of a, 12, k 1; a_1<i_1> of a, 12, k 2; a_1<i_1> of a, 12, k 3; "
                      "a_2<i_1> of a, 12, k 1; a_2<i_1> of a, 12, k 2; a_2<i_1> of a, 12, k 3; ");
    VIEW(qube_network, view, network);
    CHECK(view.indices[1].n_power_means == 3 && view.indices[1].power_means[2] == 13);
    host.fail_at = 1;
    CHECK_NOTHING(again, qube_network_builder_build(b, &again), QUBE_ERR_CALLBACK, "k = 1");
    host.fail_at = 0;
    host.mean = 0;
    CHECK_NOTHING(again, qube_network_builder_build(b, &again), QUBE_ERR_POWER_MEAN,
                  "index 'a_1<i_1>' is 0");
    CHECK_FAILS(qube_network_builder_set_inner_pow_callback(NULL, inner_pow, &host, free_host),
                QUBE_ERR_NULL, "builder is NULL");
    CHECK(host.freed == 0);
    CHECK_OK(qube_network_builder_set_inner_pow_callback(b, NULL, NULL, NULL));
    CHECK(host.freed == 1);
    CHECK_OK(qube_network_builder_build(b, &again)); /* the extent stands for every k */
    VIEW(qube_network, bare, again);
    CHECK(bare.indices[1].n_power_means == 0);
    qube_network_free(again);
    qube_network_builder_free(b);
    CHECK(host.freed == 1);
    CHECK(cost_of(network) == 0); /* stays valid */
    qube_network_free(network);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    rules();
    documents();
    plans();
    refusals();
    order();
    precedence();
    ownership();
    failures();
    means_by_space();
    means_of_a_builder();
    CHECK_NO_FLAGS();
    return checks_done();
}
