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
    const char *const json =
        "{\"schema\":\"qube-policy/1\",\"spaces\":{\"K\":8,\"not there\":9},"
        "\"indices\":{\"K\":9223372036854775807},\"volatile\":[\"Kj\"],"
        "\"volatile_tensors\":[0],\"persistent_only\":true,\"accumulation_factor\":0.5}";
    CHECK_TEXT(json, qube_policy_json, policy);
    CHECK_OK(qube_policy_from_json(json, &again));
    CHECK_TEXT(json, qube_policy_json, again);
    CHECK_OK(qube_policy_clone(policy, &clone));
    CHECK_OK(qube_policy_set_persistent_only(policy, 0));
    CHECK_TEXT(json, qube_policy_json, clone);
    CHECK_TEXT("batches: space K in 8 at most, space not there in 9 at most, "
               "index K in 9223372036854775807 at most\n"
               "volatile: Kj, tensor number 0\n"
               "loops over volatile subtrees: no\naccumulation factor: 0.5\n",
               qube_policy_report, clone);
    qube_policy_free(again);
    qube_policy_free(clone);

    qube_policy_free(policy);
    qube_policy_free(NULL);
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
    refusals();
    CHECK_NO_FLAGS();
    return checks_done();
}
