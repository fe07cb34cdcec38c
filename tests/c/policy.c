/* Batch policies: every entry, and every input that must be refused. */
#include "common.h"

static void answers(void)
{
    const int64_t extents[] = {3, 50, 4};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = NULL;
    int64_t target = -1;
    int32_t is_volatile = -1;

    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == 0);
    CHECK_OK(qube_policy_is_volatile(policy, network, 0, &is_volatile));
    CHECK(is_volatile == 0);

    CHECK_OK(qube_policy_batch_space(policy, "K", 7));
    CHECK_OK(qube_policy_batch_space(policy, "not there", 9));
    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == 7);
    CHECK_OK(qube_policy_target(policy, network, "i", &target));
    CHECK(target == 0);
    /* The index goes before its space, whichever came first; the last word counts. */
    CHECK_OK(qube_policy_batch_index(policy, "K", 5));
    CHECK_OK(qube_policy_batch_space(policy, "K", 8));
    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == 5);
    /* An upper bound may be above the extent. */
    CHECK_OK(qube_policy_batch_index(policy, "K", INT64_MAX));
    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == INT64_MAX);

    CHECK_OK(qube_policy_add_volatile(policy, "Kj"));
    CHECK_OK(qube_policy_add_volatile(policy, "Kj"));
    CHECK_OK(qube_policy_is_volatile(policy, network, 1, &is_volatile));
    CHECK(is_volatile == 1);
    CHECK_OK(qube_policy_is_volatile(policy, network, 0, &is_volatile));
    CHECK(is_volatile == 0);

    CHECK_OK(qube_policy_add_volatile_tensor(policy, 0));
    CHECK_OK(qube_policy_is_volatile(policy, network, 0, &is_volatile));
    CHECK(is_volatile == 1);

    CHECK_OK(qube_policy_space_target(policy, "K", &target));
    CHECK(target == 8);
    CHECK_OK(qube_policy_space_target(policy, "i", &target));
    CHECK(target == 0);
    int32_t on = -1;
    double factor = -1;
    CHECK_OK(qube_policy_persistent_only(policy, &on));
    CHECK_OK(qube_policy_accumulation_factor(policy, &factor));
    CHECK(on == 0 && factor == 0);
    CHECK_OK(qube_policy_set_persistent_only(policy, 1));
    CHECK_OK(qube_policy_set_accumulation_factor(policy, 0.5));
    CHECK_OK(qube_policy_persistent_only(policy, &on));
    CHECK_OK(qube_policy_accumulation_factor(policy, &factor));
    CHECK(on == 1 && factor == 0.5);

    /* One policy serves many networks. */
    qube_network *other = einsum("Kj,iK->ij", "iKj", extents);
    CHECK_OK(qube_policy_is_volatile(policy, other, 0, &is_volatile));
    CHECK(is_volatile == 1);
    qube_network_free(other);

    /* What is written is read again; a clone says the same, and goes its own way. */
    qube_policy *again = NULL, *clone = NULL;
    CHECK_OK(qube_policy_batch_external_space(policy, "i", 2));
    CHECK_OK(qube_policy_batch_external_index(policy, "j", 3));
    CHECK_OK(qube_policy_tile_space(policy, "K", 4));
    CHECK_OK(qube_policy_tile_index(policy, "j", 2));
    CHECK_OK(qube_policy_set_peak_threshold(policy, 4096));
    const char *const json =
        "{\"schema\":\"qube-policy/1\",\"spaces\":{\"K\":8,\"not there\":9},"
        "\"indices\":{\"K\":9223372036854775807},\"external_spaces\":{\"i\":2},"
        "\"external_indices\":{\"j\":3},\"tile_spaces\":{\"K\":4},\"tile_indices\":{\"j\":2},"
        "\"volatile\":[\"Kj\"],\"volatile_tensors\":[0],\"persistent_only\":true,"
        "\"accumulation_factor\":0.5,\"peak_threshold\":4096}";
    CHECK_TEXT(json, qube_policy_json, policy);
    CHECK_OK(qube_policy_from_json(json, &again));
    CHECK_TEXT(json, qube_policy_json, again);
    CHECK_OK(qube_policy_clone(policy, &clone));
    CHECK_OK(qube_policy_set_persistent_only(policy, 0));
    CHECK_TEXT(json, qube_policy_json, clone);
    CHECK_TEXT("batches where contracted: space K in 8 at most, space not there in 9 at most, "
               "index K in 9223372036854775807 at most\n"
               "batches where external: space i in 2 at most, index j in 3 at most\n"
               "tiles: space K of 4, index j of 2\n"
               "volatile: Kj, tensor number 0\n"
               "contracted loops over volatile subtrees: no\naccumulation factor: 0.5\n"
               "peak threshold: 4096 bytes\ncallbacks: none\n",
               qube_policy_report, clone);
    qube_policy_free(again);
    qube_policy_free(clone);

    qube_policy_free(policy);
    qube_policy_free(NULL);
    qube_network_free(network);
}

/* The external role, tiles and the threshold: what was said, and what it comes to. */
static void sizes(void)
{
    const int64_t extents[] = {30, 50, 4};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = NULL;
    qube_slicing slicing = {.struct_size = sizeof slicing};
    int64_t size = -1;
    CHECK_OK(qube_policy_create(&policy));

    /* Nothing said: one batch of everything. */
    CHECK_OK(qube_policy_slicing(policy, network, "i", &slicing));
    CHECK(slicing.struct_size == sizeof slicing && slicing.is_batchable == 0);
    CHECK(slicing.role == QUBE_ROLE_EXTERNAL && slicing.target == 0 && slicing.tile == 0);
    CHECK(slicing.batch == 30 && slicing.batches == 1);

    /* Each role has its own sizes. */
    CHECK_OK(qube_policy_batch_space(policy, "i", 8));
    CHECK_OK(qube_policy_target(policy, network, "i", &size));
    CHECK(size == 0);
    CHECK_OK(qube_policy_batch_external_space(policy, "i", 9));
    CHECK_OK(qube_policy_batch_external_space(policy, "K", 9));
    CHECK_OK(qube_policy_target(policy, network, "i", &size));
    CHECK(size == 9);
    CHECK_OK(qube_policy_target(policy, network, "K", &size));
    CHECK(size == 0);
    CHECK_OK(qube_policy_batch_external_index(policy, "i", 11));
    CHECK_OK(qube_policy_slicing(policy, network, "i", &slicing));
    CHECK(slicing.is_batchable == 1 && slicing.target == 11 && slicing.tile == 1);
    CHECK(slicing.batch == 11 && slicing.batches == 3);
    /* Whole tiles, one at least, no more than there is. */
    CHECK_OK(qube_policy_tile_space(policy, "i", 4));
    CHECK_OK(qube_policy_slicing(policy, network, "i", &slicing));
    CHECK(slicing.target == 11 && slicing.tile == 4 && slicing.batch == 8 && slicing.batches == 4);
    CHECK_OK(qube_policy_tile_index(policy, "i", 15));
    CHECK_OK(qube_policy_slicing(policy, network, "i", &slicing));
    CHECK(slicing.tile == 15 && slicing.batch == 15 && slicing.batches == 2);
    CHECK_OK(qube_policy_tile_index(policy, "i", 31));
    CHECK_OK(qube_policy_slicing(policy, network, "i", &slicing));
    CHECK(slicing.tile == 31 && slicing.batch == 30 && slicing.batches == 1);
    CHECK_OK(qube_policy_batch_index(policy, "K", 20));
    CHECK_OK(qube_policy_slicing(policy, network, "K", &slicing));
    CHECK(slicing.role == QUBE_ROLE_CONTRACTED && slicing.batch == 20 && slicing.batches == 3);

    /* What was said, without a network. */
    const struct {
        int32_t (*said)(const qube_policy *, const char *, int64_t *);
        const char *name;
        int64_t size;
    } said[] = {
        {qube_policy_space_target, "i", 8},           {qube_policy_space_target, "j", 0},
        {qube_policy_external_space_target, "i", 9},  {qube_policy_external_space_target, "j", 0},
        {qube_policy_index_target, "K", 20},          {qube_policy_index_target, "i", 0},
        {qube_policy_external_index_target, "i", 11}, {qube_policy_external_index_target, "K", 0},
        {qube_policy_space_tile, "i", 4},             {qube_policy_space_tile, "K", 0},
        {qube_policy_index_tile, "i", 31},            {qube_policy_index_tile, "K", 0},
    };
    for (size_t k = 0; k < sizeof said / sizeof *said; ++k) {
        size = -1;
        CHECK_OK(said[k].said(policy, said[k].name, &size));
        CHECK(size == said[k].size);
        CHECK_FAILS(said[k].said(NULL, "i", &size), QUBE_ERR_NULL, "policy is NULL");
        CHECK_FAILS(said[k].said(policy, NULL, &size), QUBE_ERR_NULL, " is NULL");
        CHECK_FAILS(said[k].said(policy, BAD_UTF8, &size), QUBE_ERR_UTF8, "not valid UTF-8");
        CHECK_FAILS(said[k].said(policy, "i", NULL), QUBE_ERR_NULL, " is NULL");
    }

    CHECK_OK(qube_policy_peak_threshold(policy, &size));
    CHECK(size == 0);
    CHECK_OK(qube_policy_set_peak_threshold(policy, 1));
    CHECK_OK(qube_policy_set_peak_threshold(policy, INT64_MAX));
    CHECK_OK(qube_policy_peak_threshold(policy, &size));
    CHECK(size == INT64_MAX);
    CHECK_OK(qube_policy_clear_peak_threshold(policy));
    CHECK_OK(qube_policy_peak_threshold(policy, &size));
    CHECK(size == 0);

    /* A document adds to what is said; a bad one changes nothing. */
    CHECK_OK(qube_policy_add_json(policy, "{\"schema\":\"qube-policy/1\",\"tile_spaces\":{\"i\":2},"
                                          "\"peak_threshold\":77}"));
    CHECK_FAILS(qube_policy_add_json(policy, "{\"schema\":\"qube-policy/1\",\"peak_threshold\":5,"
                                             "\"tile_indices\":{\"i\":0}}"),
                QUBE_ERR_TARGET, "tile size of index 'i' is 0; allowed: 1 or more");
    CHECK_OK(qube_policy_space_tile(policy, "i", &size));
    CHECK(size == 2);
    CHECK_OK(qube_policy_peak_threshold(policy, &size));
    CHECK(size == 77);
    CHECK_OK(qube_policy_space_target(policy, "i", &size));
    CHECK(size == 8);

    qube_policy_free(policy);
    qube_network_free(network);
}

/* The sizes reach the plan: the same network under the threshold, with and without each of them. */
static void plans(void)
{
    const int64_t extents[] = {40, 60, 40};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = NULL;
    qube_plan *plan = NULL;
    qube_options options;
    qube_summary summary = {.struct_size = sizeof summary};
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.objective = QUBE_DENSE_TIME_SPACE_BATCHED;
    CHECK_OK(qube_policy_create(&policy));
    const double whole = 2 * 40 * 60 + 40 * 40;
    /* No threshold: no loop. A threshold, and nothing to slice: no loop either. */
    CHECK_OK(qube_policy_batch_space(policy, "K", 10));
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    CHECK_OK(qube_plan_summary(plan, &summary));
    CHECK(summary.peak_elements == whole);
    qube_plan_free(plan);
    CHECK_OK(qube_policy_set_peak_threshold(policy, 8 * 2500));
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    CHECK_OK(qube_plan_summary(plan, &summary));
    CHECK(summary.peak_elements < whole && summary.peak_elements <= 2500 + 1600);
    const double contracted = summary.peak_elements;
    qube_plan_free(plan);
    /* Tiles round the batch down, from 10 to 9: less is alive. */
    CHECK_OK(qube_policy_tile_space(policy, "K", 9));
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    CHECK_OK(qube_plan_summary(plan, &summary));
    CHECK(summary.peak_elements == contracted - 2 * 40);
    int64_t batch = 0, batches = 0;
    CHECK_OK(qube_plan_loop(plan, summary.n_nodes - 1, 0, &batch, &batches));
    CHECK(batch == 9 && batches == 7);
    qube_plan_free(plan);
    qube_policy_free(policy);
    /* The external role alone slices i. */
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_batch_external_space(policy, "i", 10));
    CHECK_OK(qube_policy_set_peak_threshold(policy, 8 * 5000));
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    CHECK_OK(qube_plan_summary(plan, &summary));
    CHECK(summary.peak_elements < whole);
    CHECK_TEXT("i", qube_plan_loop_index, plan, summary.n_nodes - 1, 0);
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
}

static void refusals(void)
{
    const int64_t extents[] = {3, 50};
    qube_network *network = einsum("iK,K->i", "iK", extents);
    qube_policy *policy = NULL;
    int64_t target = -7;
    int32_t is_volatile = -7;

    CHECK_FAILS(qube_policy_create(NULL), QUBE_ERR_NULL, "policy is NULL");
    CHECK_OK(qube_policy_create(&policy));

    CHECK_FAILS(qube_policy_batch_space(NULL, "K", 5), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_batch_space(policy, NULL, 5), QUBE_ERR_NULL, "space is NULL");
    CHECK_FAILS(qube_policy_batch_space(policy, BAD_UTF8, 5), QUBE_ERR_UTF8, "space is not valid UTF-8");
    CHECK_FAILS(qube_policy_batch_space(policy, "K", 0), QUBE_ERR_TARGET,
                "batch target size of space 'K' is 0; allowed: 1 or more");
    CHECK_FAILS(qube_policy_batch_space(policy, "K", -236), QUBE_ERR_TARGET, "is -236");
    CHECK_FAILS(qube_policy_batch_index(NULL, "K", 5), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_batch_index(policy, NULL, 5), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_policy_batch_index(policy, BAD_UTF8, 5), QUBE_ERR_UTF8, "label is not valid UTF-8");
    CHECK_FAILS(qube_policy_batch_index(policy, "K_1", 0), QUBE_ERR_TARGET,
                "batch target size of index 'K_1' is 0; allowed: 1 or more");
    CHECK_FAILS(qube_policy_batch_index(policy, "K_1", INT64_MIN), QUBE_ERR_TARGET, "-922337203685477");
    const struct {
        int32_t (*set)(qube_policy *, const char *, int64_t);
        const char *size, *name;
    } setters[] = {
        {qube_policy_batch_external_space, "batch target size of space", "space"},
        {qube_policy_batch_external_index, "batch target size of index", "label"},
        {qube_policy_tile_space, "tile size of space", "space"},
        {qube_policy_tile_index, "tile size of index", "label"},
    };
    for (size_t k = 0; k < sizeof setters / sizeof *setters; ++k) {
        const int64_t no_size[] = {0, -1, INT64_MIN};
        for (int n = 0; n < 3; ++n) {
            CHECK_FAILS(setters[k].set(policy, "K", no_size[n]), QUBE_ERR_TARGET, setters[k].size);
        }
        CHECK_FAILS(setters[k].set(policy, "K", -7), QUBE_ERR_TARGET, "'K' is -7; allowed: 1 or more");
        CHECK_FAILS(setters[k].set(NULL, "K", 1), QUBE_ERR_NULL, "policy is NULL");
        CHECK_FAILS(setters[k].set(policy, NULL, 1), QUBE_ERR_NULL, setters[k].name);
        CHECK_FAILS(setters[k].set(policy, BAD_UTF8, 1), QUBE_ERR_UTF8, setters[k].name);
    }
    CHECK_FAILS(qube_policy_set_peak_threshold(policy, 0), QUBE_ERR_OPTION,
                "peak_threshold is 0; allowed: 1 or more bytes");
    CHECK_FAILS(qube_policy_set_peak_threshold(policy, -5), QUBE_ERR_OPTION, "is -5");
    CHECK_FAILS(qube_policy_set_peak_threshold(NULL, 5), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_clear_peak_threshold(NULL), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_peak_threshold(NULL, &target), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_peak_threshold(policy, NULL), QUBE_ERR_NULL, "bytes is NULL");
    CHECK_FAILS(qube_policy_add_json(NULL, "{}"), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_add_json(policy, NULL), QUBE_ERR_NULL, "text is NULL");
    CHECK_FAILS(qube_policy_add_json(policy, "{}"), QUBE_ERR_DOCUMENT, "its schema is ''");
    qube_slicing slicing = {.struct_size = sizeof slicing, .target = -7};
    CHECK_FAILS(qube_policy_slicing(NULL, network, "K", &slicing), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_slicing(policy, NULL, "K", &slicing), QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_policy_slicing(policy, network, NULL, &slicing), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_policy_slicing(policy, network, "K", NULL), QUBE_ERR_NULL, "slicing is NULL");
    CHECK_FAILS(qube_policy_slicing(policy, network, "k", &slicing), QUBE_ERR_UNKNOWN_INDEX, "'k'");
    slicing.struct_size = 8;
    CHECK_FAILS(qube_policy_slicing(policy, network, "K", &slicing), QUBE_ERR_ABI,
                "qube_slicing.struct_size is 8");
    CHECK(slicing.target == -7);
    CHECK_FAILS(qube_policy_add_volatile(NULL, "t"), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_add_volatile(policy, NULL), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_policy_add_volatile(policy, BAD_UTF8), QUBE_ERR_UTF8, "label is not valid UTF-8");

    CHECK_FAILS(qube_policy_set_persistent_only(NULL, 1), QUBE_ERR_NULL, "policy is NULL");
    const int32_t no_truth[] = {-1, 2, INT32_MIN, INT32_MAX};
    for (int k = 0; k < 4; ++k) {
        CHECK_FAILS(qube_policy_set_persistent_only(policy, no_truth[k]), QUBE_ERR_INPUT,
                    "allowed: 0 or 1");
    }
    CHECK_FAILS(qube_policy_set_persistent_only(policy, -1), QUBE_ERR_INPUT, "persistent_only is -1");
    CHECK_OK(qube_policy_set_persistent_only(policy, 1));
    CHECK_OK(qube_policy_set_persistent_only(policy, 0));

    CHECK_FAILS(qube_policy_set_accumulation_factor(NULL, 1.0), QUBE_ERR_NULL, "policy is NULL");
    const double no_factor[] = {NAN, INFINITY, -INFINITY, -1.0, -1e-300, 1.0000001e18, 4.9e-324, 0.9e-9};
    for (int k = 0; k < 8; ++k) {
        CHECK_FAILS(qube_policy_set_accumulation_factor(policy, no_factor[k]), QUBE_ERR_OPTION,
                    "allowed: 0, or 1e-9 to 1e18");
    }
    CHECK_FAILS(qube_policy_set_accumulation_factor(policy, NAN), QUBE_ERR_OPTION,
                "accumulation_factor is NaN");
    CHECK_FAILS(qube_policy_set_accumulation_factor(policy, signaling_nan()), QUBE_ERR_OPTION,
                "accumulation_factor is NaN");
    CHECK_NO_FLAGS();
    const double factor[] = {0.0, -0.0, 1e-9, 0.5, 1e18};
    for (int k = 0; k < 5; ++k) {
        CHECK_OK(qube_policy_set_accumulation_factor(policy, factor[k]));
    }

    CHECK_FAILS(qube_policy_target(NULL, network, "K", &target), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_target(policy, NULL, "K", &target), QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_policy_target(policy, network, NULL, &target), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_policy_target(policy, network, "K", NULL), QUBE_ERR_NULL, "target is NULL");
    CHECK_FAILS(qube_policy_target(policy, network, BAD_UTF8, &target), QUBE_ERR_UTF8, "label");
    CHECK_FAILS(qube_policy_target(policy, network, "k", &target), QUBE_ERR_UNKNOWN_INDEX,
                "'k', which is not there; the indices are: i, K");
    qube_policy *none;
    CHECK_NO_HANDLE(none, qube_policy_clone(NULL, &none), QUBE_ERR_NULL, "original is NULL");
    CHECK_FAILS(qube_policy_clone(policy, NULL), QUBE_ERR_NULL, "policy is NULL");
    CHECK_NO_HANDLE(none, qube_policy_from_json(NULL, &none), QUBE_ERR_NULL, "text is NULL");
    CHECK_NO_HANDLE(none, qube_policy_from_json("{", &none), QUBE_ERR_DOCUMENT, "line 1 column 1");
    CHECK_NO_HANDLE(none, qube_policy_from_json("{\"schema\":\"x\"}", &none), QUBE_ERR_DOCUMENT,
                    "its schema is 'x'; allowed: 'qube-policy/1'");
    CHECK_NO_HANDLE(none,
                    qube_policy_from_json("{\"schema\":\"qube-policy/1\",\"spaces\":{\"K\":0}}",
                                          &none),
                    QUBE_ERR_TARGET, "space 'K' is 0; allowed: 1 or more");
    CHECK_NO_HANDLE(none,
                    qube_policy_from_json(
                        "{\"schema\":\"qube-policy/1\",\"accumulation_factor\":-1}", &none),
                    QUBE_ERR_OPTION, "accumulation_factor is -1");
    CHECK_NO_HANDLE(none, qube_policy_from_json("{\"schema\":\"qube-policy/1\",\"batch\":1}", &none),
                    QUBE_ERR_DOCUMENT, "batch");
    size_t length = 99;
    CHECK_FAILS(qube_policy_json(NULL, NULL, 0, &length), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_report(NULL, NULL, 0, &length), QUBE_ERR_NULL, "policy is NULL");
    CHECK(length == 99);
    CHECK_FAILS(qube_policy_space_target(NULL, "K", &target), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_space_target(policy, NULL, &target), QUBE_ERR_NULL, "space is NULL");
    CHECK_FAILS(qube_policy_space_target(policy, "K", NULL), QUBE_ERR_NULL, "target is NULL");
    CHECK_FAILS(qube_policy_space_target(policy, BAD_UTF8, &target), QUBE_ERR_UTF8, "space");
    CHECK_FAILS(qube_policy_persistent_only(NULL, &is_volatile), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_persistent_only(policy, NULL), QUBE_ERR_NULL, "on is NULL");
    double given = -7;
    CHECK_FAILS(qube_policy_accumulation_factor(NULL, &given), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_accumulation_factor(policy, NULL), QUBE_ERR_NULL, "factor is NULL");
    CHECK_FAILS(qube_policy_add_volatile_tensor(NULL, 0), QUBE_ERR_NULL, "policy is NULL");
    CHECK_FAILS(qube_policy_add_volatile_tensor(policy, -1), QUBE_ERR_INPUT, "-1");
    CHECK(given == -7);
    CHECK_FAILS(qube_policy_is_volatile(NULL, network, 0, &is_volatile), QUBE_ERR_NULL,
                "policy is NULL");
    CHECK_FAILS(qube_policy_is_volatile(policy, NULL, 0, &is_volatile), QUBE_ERR_NULL,
                "network is NULL");
    CHECK_FAILS(qube_policy_is_volatile(policy, network, 0, NULL), QUBE_ERR_NULL,
                "is_volatile is NULL");
    CHECK_FAILS(qube_policy_is_volatile(policy, network, 2, &is_volatile), QUBE_ERR_POSITION,
                "tensor number 2 does not exist; there are 2, counted from 0");
    CHECK_FAILS(qube_policy_is_volatile(policy, network, -1, &is_volatile), QUBE_ERR_POSITION, "-1");
    CHECK(target == -7 && is_volatile == -7); /* written only on success */

    /* None of the failures has changed the policy. */
    CHECK_OK(qube_policy_target(policy, network, "K", &target));
    CHECK(target == 0);
    qube_policy_free(policy);
    qube_network_free(network);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    answers();
    sizes();
    plans();
    refusals();
    CHECK_NO_FLAGS();
    return checks_done();
}
