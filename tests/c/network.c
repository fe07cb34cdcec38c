/* Tables of spaces, builders and networks: every entry, and every input that must be refused. */
#include "common.h"

static void spaces_refuse(void)
{
    qube_spaces *spaces = NULL;
    const double means[] = {12.0, 13.0};

    CHECK_FAILS(qube_spaces_create(NULL), QUBE_ERR_NULL, "spaces is NULL");
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_FAILS(qube_spaces_add(NULL, "i", 3), QUBE_ERR_NULL, "spaces is NULL");
    CHECK_FAILS(qube_spaces_add(spaces, NULL, 3), QUBE_ERR_NULL, "space is NULL");
    CHECK_FAILS(qube_spaces_add(spaces, BAD_UTF8, 3), QUBE_ERR_UTF8, "space is not valid UTF-8");
    CHECK_FAILS(qube_spaces_add(spaces, "i", 0), QUBE_ERR_EXTENT,
                "space 'i' has extent 0; allowed: 1 or more");
    CHECK_FAILS(qube_spaces_add(spaces, "i", -7), QUBE_ERR_EXTENT, "extent -7");
    CHECK_FAILS(qube_spaces_add(spaces, "i", INT64_MIN), QUBE_ERR_EXTENT, "-9223372036854775808");
    CHECK_OK(qube_spaces_add(spaces, "i", 3)); /* the failures left nothing behind */
    CHECK_FAILS(qube_spaces_add(spaces, "i", 3), QUBE_ERR_DUPLICATE, "space 'i' is in the table already");
    CHECK_OK(qube_spaces_add(spaces, "huge", INT64_MAX));

    CHECK_FAILS(qube_spaces_add_composite(NULL, "a", 12, means, 2), QUBE_ERR_NULL, "spaces is NULL");
    CHECK_FAILS(qube_spaces_add_composite(spaces, NULL, 12, means, 2), QUBE_ERR_NULL, "space is NULL");
    CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, NULL, 2), QUBE_ERR_NULL,
                "power_means is NULL");
    CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, means, -1), QUBE_ERR_INPUT,
                "n_power_means is -1; allowed: 0 to");
    CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, means, INT64_MAX), QUBE_ERR_INPUT,
                "n_power_means is 9223372036854775807");
    CHECK_FAILS(qube_spaces_add_composite(spaces, BAD_UTF8, 12, means, 2), QUBE_ERR_UTF8, "space");
    CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 0, means, 2), QUBE_ERR_EXTENT, "space 'a'");
    CHECK_FAILS(qube_spaces_add_composite(spaces, "i", 12, means, 2), QUBE_ERR_DUPLICATE, "space 'i'");
    const struct {
        double value;
        const char *text;
    } bad[] = {{0.0, "is 0;"},       {-0.0, "is -0;"},     {-12.0, "is -12;"},
               {NAN, "is NaN;"},     {INFINITY, "is inf;"}, {-INFINITY, "is -inf;"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        const double table[] = {12.0, bad[k].value};
        CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, table, 2), QUBE_ERR_POWER_MEAN,
                    bad[k].text);
        CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, table, 2), QUBE_ERR_POWER_MEAN,
                    "power mean 2 of ");
        CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, table, 2), QUBE_ERR_POWER_MEAN,
                    "'a' is ");
        CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, table, 2), QUBE_ERR_POWER_MEAN,
                    "allowed: finite and above 0");
    }
    const double signaling[] = {signaling_nan()};
    CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, signaling, 1), QUBE_ERR_POWER_MEAN,
                "'a' is NaN");
    CHECK_NO_FLAGS();
    CHECK_OK(qube_spaces_add_composite(spaces, "a", 12, means, 2));
    CHECK_OK(qube_spaces_add_composite(spaces, "b", 12, NULL, 0));
    CHECK_FAILS(qube_spaces_add_composite(spaces, "a", 12, means, 2), QUBE_ERR_DUPLICATE, "space 'a'");
    qube_spaces_free(spaces);
    qube_spaces_free(NULL);
}

static void domain_sizes(void)
{
    const int64_t domains[] = {1, 7}, huge[] = {INT64_MAX, 1, 0}, bad[] = {3, -2}, none[] = {0, 0};
    double means[1024] = {-9, -9, -9};
    CHECK_OK(qube_power_means(domains, 2, means, 2));
    CHECK(means[0] == 4 && means[1] == 5 && means[2] == -9);
    CHECK_OK(qube_power_means(domains, 2, NULL, 0));
    CHECK_OK(qube_power_means(huge, 3, means, 1024));
    CHECK(means[0] > 3.0e18 && means[1023] < 9.3e18);
    means[0] = -9;
    CHECK_FAILS(qube_power_means(bad, 2, means, 2), QUBE_ERR_POWER_MEAN,
                "the domain size number 2 is -2; allowed: 0 or more");
    CHECK_FAILS(qube_power_means(none, 2, means, 2), QUBE_ERR_POWER_MEAN, "one domain above 0");
    CHECK_FAILS(qube_power_means(NULL, 0, means, 2), QUBE_ERR_POWER_MEAN, "one domain above 0");
    CHECK_FAILS(qube_power_means(domains, -1, means, 2), QUBE_ERR_INPUT, "n_domains is -1");
    CHECK_FAILS(qube_power_means(domains, 2, means, 1025), QUBE_ERR_INPUT, "n_means is 1025");
    CHECK_FAILS(qube_power_means(NULL, 2, means, 2), QUBE_ERR_NULL, "domains is NULL");
    CHECK_FAILS(qube_power_means(domains, 2, NULL, 2), QUBE_ERR_NULL, "means is NULL");
    CHECK(means[0] == -9);
    CHECK_NO_FLAGS();
}

static void builder_refuses(void)
{
    qube_network_builder *builder = NULL;
    qube_network *network = NULL;
    const char *const i_1[] = {"i_1"}, *const i_9[] = {"i_9"}, *const a_1[] = {"a_1<i_1>"};
    const char *const twice[] = {"i_1", "i_1"}, *const hole[] = {"i_1", NULL};
    const char *const bad_text[] = {"i_1", BAD_UTF8};
    const double means[] = {12.0}, nan[] = {NAN};

    CHECK_FAILS(qube_network_builder_create(NULL), QUBE_ERR_NULL, "builder is NULL");
    CHECK_OK(qube_network_builder_create(&builder));

    CHECK_FAILS(qube_network_builder_add_index(NULL, "i_1", NULL, 3), QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_network_builder_add_index(builder, NULL, NULL, 3), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_network_builder_add_index(builder, BAD_UTF8, NULL, 3), QUBE_ERR_UTF8,
                "label is not valid UTF-8");
    CHECK_FAILS(qube_network_builder_add_index(builder, "i_1", BAD_UTF8, 3), QUBE_ERR_UTF8,
                "space is not valid UTF-8");
    CHECK_FAILS(qube_network_builder_add_index(builder, "i_1", NULL, 0), QUBE_ERR_EXTENT,
                "index 'i_1' has extent 0; allowed: 1 or more");
    CHECK_FAILS(qube_network_builder_add_index(builder, "i_1", NULL, -3), QUBE_ERR_EXTENT, "extent -3");
    CHECK_OK(qube_network_builder_add_index(builder, "i_1", NULL, 3));
    CHECK_FAILS(qube_network_builder_add_index(builder, "i_1", "other", 4), QUBE_ERR_DUPLICATE,
                "index 'i_1' is in the network already");

    CHECK_FAILS(qube_network_builder_add_composite(NULL, "a", NULL, 12, i_1, 1, means, 1),
                QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_network_builder_add_composite(builder, NULL, NULL, 12, i_1, 1, means, 1),
                QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, NULL, 1, means, 1),
                QUBE_ERR_NULL, "protos is NULL");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, i_1, 1, NULL, 1),
                QUBE_ERR_NULL, "power_means is NULL");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, hole, 2, means, 1),
                QUBE_ERR_NULL, "protos is NULL");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, bad_text, 2, means, 1),
                QUBE_ERR_UTF8, "protos is not valid UTF-8");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, i_1, -1, means, 1),
                QUBE_ERR_INPUT, "n_protos is -1");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, i_1, 1, means, -1),
                QUBE_ERR_INPUT, "n_power_means is -1");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 0, i_1, 1, means, 1),
                QUBE_ERR_EXTENT, "index 'a' has extent 0");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, i_1, 1, nan, 1),
                QUBE_ERR_POWER_MEAN, "power mean 1 of index 'a' is NaN; allowed: finite and above 0");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, i_9, 1, means, 1),
                QUBE_ERR_UNKNOWN_INDEX,
                "index 'a' names index 'i_9', which is not there; the indices are: i_1");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "a", NULL, 12, twice, 2, means, 1),
                QUBE_ERR_DUPLICATE, "proto 'i_1' stands twice");
    CHECK_FAILS(qube_network_builder_add_composite(builder, "i_1", NULL, 12, NULL, 0, NULL, 0),
                QUBE_ERR_DUPLICATE, "index 'i_1'");
    CHECK_OK(qube_network_builder_add_composite(builder, "a_1<i_1>", NULL, 12, i_1, 1, means, 1));
    CHECK_FAILS(qube_network_builder_add_composite(builder, "b", NULL, 12, a_1, 1, NULL, 0),
                QUBE_ERR_DOCUMENT, "'b' has the composite proto 'a_1<i_1>'; allowed: plain");

    CHECK_FAILS(qube_network_builder_add_tensor(NULL, "t", i_1, 1), QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, NULL, i_1, 1), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, "t", NULL, 1), QUBE_ERR_NULL,
                "indices is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, "t", hole, 2), QUBE_ERR_NULL,
                "indices is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, "t", i_1, -1), QUBE_ERR_INPUT,
                "n_indices is -1");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, "t", i_1, INT64_MAX), QUBE_ERR_INPUT,
                "n_indices is 9223372036854775807");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, BAD_UTF8, i_1, 1), QUBE_ERR_UTF8, "label");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, "t", bad_text, 2), QUBE_ERR_UTF8, "indices");
    CHECK_FAILS(qube_network_builder_add_tensor(builder, "t", i_9, 1), QUBE_ERR_UNKNOWN_INDEX,
                "tensor 't' names index 'i_9', which is not there; the indices are: i_1, a_1<i_1>");

    /* None of these has added a tensor. */
    CHECK_NO_HANDLE(network, qube_network_builder_build(builder, &network), QUBE_ERR_NO_TENSORS,
                    "no tensors; allowed: 1 or more");
    CHECK_FAILS(qube_network_builder_build(builder, NULL), QUBE_ERR_NULL, "network is NULL");
    CHECK_NO_HANDLE(network, qube_network_builder_build(NULL, &network), QUBE_ERR_NULL,
                    "builder is NULL");

    CHECK_OK(qube_network_builder_add_index(builder, "k", NULL, 5));
    CHECK_OK(qube_network_builder_add_tensor(builder, "t", i_1, 1));
    const char *const k[] = {"k"};
    CHECK_FAILS(qube_network_builder_set_targets(NULL, k, 1), QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_network_builder_set_targets(builder, NULL, 1), QUBE_ERR_NULL, "targets is NULL");
    CHECK_FAILS(qube_network_builder_set_targets(builder, hole, 2), QUBE_ERR_NULL, "targets is NULL");
    CHECK_FAILS(qube_network_builder_set_targets(builder, k, -1), QUBE_ERR_INPUT,
                "n_targets is -1");
    CHECK_FAILS(qube_network_builder_set_targets(builder, bad_text, 2), QUBE_ERR_UTF8, "targets");
    CHECK_FAILS(qube_network_builder_set_targets(builder, i_9, 1), QUBE_ERR_UNKNOWN_INDEX,
                "'i_9', which is not there; the indices are: i_1, a_1<i_1>, k");
    CHECK_FAILS(qube_network_builder_set_targets(builder, twice, 2), QUBE_ERR_DUPLICATE,
                "target 'i_1' is listed twice");
    CHECK_OK(qube_network_builder_set_targets(builder, k, 1));
    CHECK_NO_HANDLE(network, qube_network_builder_build(builder, &network), QUBE_ERR_UNKNOWN_INDEX,
                    "'k'");

    /* The builder is still good, and can be built twice. */
    qube_network *again = NULL;
    CHECK_OK(qube_network_builder_set_targets(builder, NULL, 0));
    CHECK_OK(qube_network_builder_build(builder, &network));
    CHECK_OK(qube_network_builder_build(builder, &again));
    CHECK(network != again);
    qube_network_free(again);
    qube_network_builder_free(builder);
    qube_network_builder_free(NULL);

    /* The network does not need its builder. */
    int64_t n = 0;
    CHECK_OK(qube_network_tensor_count(network, &n));
    CHECK(n == 1);
    CHECK_OK(qube_network_index_count(network, &n));
    CHECK(n == 3);
    CHECK_TEXT("t", qube_network_tensor_label, network, 0);
    CHECK_TEXT("a_1<i_1>", qube_network_index_label, network, 1);
    CHECK_OK(qube_network_index_extent(network, 1, &n));
    CHECK(n == 12);
    qube_network_free(network);
}

static void network_refuses(void)
{
    const int64_t extents[] = {3, 4};
    qube_network *network = einsum("ij,j->i", "ij", extents);
    int64_t n = -5;
    size_t length = 77;
    char buf[8] = "#######";

    CHECK_FAILS(qube_network_tensor_count(NULL, &n), QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_network_tensor_count(network, NULL), QUBE_ERR_NULL, "count is NULL");
    CHECK_FAILS(qube_network_index_count(NULL, &n), QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_network_index_count(network, NULL), QUBE_ERR_NULL, "count is NULL");
    CHECK_FAILS(qube_network_tensor_label(NULL, 0, buf, 8, &length), QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_network_index_label(NULL, 0, buf, 8, &length), QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_network_index_extent(NULL, 0, &n), QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_network_index_extent(network, 0, NULL), QUBE_ERR_NULL, "extent is NULL");
    const int64_t bad[] = {-1, 2, INT64_MIN, INT64_MAX};
    for (int k = 0; k < 4; ++k) {
        CHECK_FAILS(qube_network_tensor_label(network, bad[k], buf, 8, &length), QUBE_ERR_POSITION,
                    "does not exist; there are 2, counted from 0");
        CHECK_FAILS(qube_network_index_label(network, bad[k], buf, 8, &length), QUBE_ERR_POSITION,
                    "index number ");
        CHECK_FAILS(qube_network_index_extent(network, bad[k], &n), QUBE_ERR_POSITION, "index number ");
    }
    CHECK(n == -5 && length == 77 && strcmp(buf, "#######") == 0);
    CHECK_TEXT("ij", qube_network_tensor_label, network, 0);
    CHECK_TEXT("j", qube_network_index_label, network, 1);
    qube_network_free(network);
    qube_network_free(NULL);
}

/* A table for coupled-cluster terms. */
static qube_spaces *cc_spaces(void)
{
    const double means[] = {12.0, 12.0};
    qube_spaces *spaces = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 56));
    CHECK_OK(qube_spaces_add(spaces, "μ̃", 602));
    CHECK_OK(qube_spaces_add_composite(spaces, "a", 12, means, 2));
    return spaces;
}

static void term_texts(void)
{
    qube_spaces *spaces = cc_spaces();
    qube_network *network = NULL;
    int64_t n = 0;

    const char *const good[] = {"C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2}", "C{a_3<i_2>;μ̃_1}*t{a_3<i_2>;i_2}",
                                "  C { a_3 < i_2 > ; μ̃_1 }\n t{;;a_3<i_2>,i_2}  "};
    for (size_t k = 0; k < sizeof good / sizeof *good; ++k) {
        CHECK_OK(qube_network_parse(good[k], spaces, &network));
        CHECK_OK(qube_network_tensor_count(network, &n));
        CHECK(n == 2);
        CHECK_OK(qube_network_index_count(network, &n));
        CHECK(n == 3);
        CHECK_TEXT("C", qube_network_tensor_label, network, 0);
        CHECK_TEXT("a_3<i_2>", qube_network_index_label, network, 1);
        CHECK_TEXT("μ̃_1", qube_network_index_label, network, 2);
        CHECK_OK(qube_network_index_extent(network, 2, &n));
        CHECK(n == 602);
        qube_network_free(network);
    }

    CHECK_FAILS(qube_network_parse("t{i_1}", spaces, NULL), QUBE_ERR_NULL, "network is NULL");
    CHECK_NO_HANDLE(network, qube_network_parse(NULL, spaces, &network), QUBE_ERR_NULL, "text is NULL");
    CHECK_NO_HANDLE(network, qube_network_parse("t{i_1}", NULL, &network), QUBE_ERR_NULL,
                    "spaces is NULL");
    CHECK_NO_HANDLE(network, qube_network_parse("t{" BAD_UTF8 "}", spaces, &network), QUBE_ERR_UTF8,
                    "text is not valid UTF-8");

    const struct {
        const char *text;
        int32_t status;
        const char *message;
    } bad[] = {
        {"", QUBE_ERR_NO_TENSORS, "no tensors"},
        {" \t\n", QUBE_ERR_NO_TENSORS, "no tensors"},
        {"t", QUBE_ERR_PARSE, "character 2: found the end of the text, expected '{'"},
        {"t{i_1", QUBE_ERR_PARSE, "character 6: found the end of the text, expected ',', ';' or '}'"},
        {"t{i_1 i_2}", QUBE_ERR_PARSE, "character 7: found 'i', expected ',', ';' or '}'"},
        {"t{i_1,}", QUBE_ERR_PARSE, "character 7: found '}', expected the label of an index"},
        {"t{,i_1}", QUBE_ERR_PARSE, "character 3: found ',', expected the label of an index"},
        {"{i_1}", QUBE_ERR_PARSE, "character 1: found '{', expected the label of a tensor"},
        {"t{i_1}}", QUBE_ERR_PARSE, "character 7: found '}', expected the label of a tensor"},
        {"t{i_1} *", QUBE_ERR_PARSE, "character 9: found the end of the text, expected a tensor after"},
        {"t{i_1} * * t{i_1}", QUBE_ERR_PARSE, "character 10: found '*'"},
        {"* t{i_1}", QUBE_ERR_PARSE, "character 1: found '*'"},
        {"t{a_1<>}", QUBE_ERR_PARSE, "character 7: found '>', expected the label of a proto index"},
        {"t{a_1<i_1}", QUBE_ERR_PARSE, "character 10: found '}', expected ',' or '>'"},
        {"t{a_1<i_1<i_2>>}", QUBE_ERR_PARSE, "character 10: found '<', expected ',' or '>'"},
        {"μ̃{μ̃_1 μ̃_2}", QUBE_ERR_PARSE, "character 9: found 'μ'"}, /* characters, not bytes */
        {"t{x_1}", QUBE_ERR_UNKNOWN_SPACE,
         "index 'x_1' is of space 'x', which has no extent; the spaces are: a, i, μ̃"},
        {"t{a_1<x_1>}", QUBE_ERR_UNKNOWN_SPACE, "index 'x_1' is of space 'x'"},
        {"t{x_1<i_1>}", QUBE_ERR_UNKNOWN_SPACE, "index 'x_1<i_1>' is of space 'x'"},
        {"t{a_1<i_1,i_1>}", QUBE_ERR_DUPLICATE, "proto 'i_1' stands twice"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        CHECK_NO_HANDLE(network, qube_network_parse(bad[k].text, spaces, &network), bad[k].status,
                        bad[k].message);
    }
    qube_spaces_free(spaces);
}

static void einsum_texts(void)
{
    const int64_t extents[] = {3, 4, 5};
    qube_spaces *spaces = letters("ijk", extents);
    qube_network *network = NULL;
    int64_t n = 0;

    CHECK_OK(qube_network_einsum(" i j , j k -> i k ", spaces, &network));
    CHECK_OK(qube_network_tensor_count(network, &n));
    CHECK(n == 2);
    CHECK_TEXT("jk", qube_network_tensor_label, network, 1);
    qube_network_free(network);
    CHECK_OK(qube_network_einsum("ij,", spaces, &network)); /* the second operand is a scalar */
    CHECK_TEXT("", qube_network_tensor_label, network, 1);
    qube_network_free(network);

    CHECK_FAILS(qube_network_einsum("ij,jk", spaces, NULL), QUBE_ERR_NULL, "network is NULL");
    CHECK_NO_HANDLE(network, qube_network_einsum(NULL, spaces, &network), QUBE_ERR_NULL, "text is NULL");
    CHECK_NO_HANDLE(network, qube_network_einsum("ij", NULL, &network), QUBE_ERR_NULL,
                    "letters is NULL");
    const struct {
        const char *text;
        int32_t status;
        const char *message;
    } bad[] = {
        {BAD_UTF8, QUBE_ERR_UTF8, "text is not valid UTF-8"},
        {"", QUBE_ERR_NO_TENSORS, "no tensors"},
        {"  ", QUBE_ERR_NO_TENSORS, "no tensors"},
        {"ij-jk", QUBE_ERR_PARSE, "character 4: found 'j', expected '>'"},
        {"ij->", QUBE_OK, ""},
        {"ij;jk", QUBE_ERR_PARSE, "character 3: found ';', expected a letter, ',', '->' or the end"},
        {"ij,j1", QUBE_ERR_PARSE, "character 5: found '1'"},
        {"ij->i->j", QUBE_ERR_PARSE, "character 6: found '-'"},
        {"ij->i,j", QUBE_ERR_PARSE, "character 6: found ','"},
        {"ij,jx->i", QUBE_ERR_UNKNOWN_SPACE, "'x', which has no extent; the spaces are: i, j, k"},
        {"ij->ik", QUBE_ERR_UNKNOWN_INDEX, "'k', which is not there; the indices are: i, j"},
        {"ij->ii", QUBE_ERR_DUPLICATE, "target 'i' is listed twice"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        if (bad[k].status == QUBE_OK) {
            CHECK_OK(qube_network_einsum(bad[k].text, spaces, &network));
            qube_network_free(network);
        } else {
            CHECK_NO_HANDLE(network, qube_network_einsum(bad[k].text, spaces, &network), bad[k].status,
                            bad[k].message);
        }
    }
    qube_spaces_free(spaces);
}

#define INDICES "\"indices\":[{\"label\":\"i\",\"extent\":3},{\"label\":\"j\",\"extent\":4}]"
#define TENSORS "\"tensors\":[{\"label\":\"t\",\"indices\":[\"i\",\"j\"]}]"

static void json_documents(void)
{
    qube_network *network = NULL;
    qube_policy *policy = NULL;
    int64_t n = 0;
    int32_t is_volatile = -1;

    /* The document of the header, with a proto behind the index that depends on it. */
    CHECK_OK(qube_network_from_json(
        "{\"indices\":[{\"label\":\"a_1<i_1>\",\"space\":\"a\",\"extent\":12,\"protos\":[\"i_1\"],"
        "\"power_means\":[12.0]},{\"label\":\"i_1\",\"extent\":56},"
        "{\"label\":\"Κ_1\",\"extent\":1652,\"batchable\":true,\"target\":236}],"
        "\"tensors\":[{\"label\":\"t\",\"indices\":[\"a_1<i_1>\",\"i_1\"],\"volatile\":true},"
        "{\"label\":\"g\",\"indices\":[\"Κ_1\"]}],\"targets\":[\"i_1\"]}",
        &network, &policy));
    CHECK_OK(qube_network_index_count(network, &n));
    CHECK(n == 3);
    CHECK_OK(qube_policy_target(policy, network, "Κ_1", &n));
    CHECK(n == 236);
    CHECK_OK(qube_policy_target(policy, network, "i_1", &n));
    CHECK(n == 0);
    CHECK_OK(qube_policy_is_volatile(policy, network, 0, &is_volatile));
    CHECK(is_volatile == 1);
    CHECK_OK(qube_policy_is_volatile(policy, network, 1, &is_volatile));
    CHECK(is_volatile == 0);
    qube_policy_free(policy);
    qube_network_free(network);

    /* Without the policy. */
    CHECK_OK(qube_network_from_json("{" INDICES "," TENSORS "}", &network, NULL));
    qube_network_free(network);
    CHECK_NO_HANDLE(network, qube_network_from_json("{", &network, NULL), QUBE_ERR_DOCUMENT, "line 1");

    policy = POISON;
    CHECK_FAILS(qube_network_from_json("{" INDICES "," TENSORS "}", NULL, &policy), QUBE_ERR_NULL,
                "network is NULL");
    CHECK(policy == NULL);

    const struct {
        const char *text;
        int32_t status;
        const char *message;
    } bad[] = {
        {NULL, QUBE_ERR_NULL, "text is NULL"},
        {"{\"name\":\"" BAD_UTF8 "\"}", QUBE_ERR_UTF8, "text is not valid UTF-8"},
        {"", QUBE_ERR_DOCUMENT, "line 1 column 0"},
        {"{" INDICES ",\n" TENSORS ",}", QUBE_ERR_DOCUMENT, "line 2 column "},
        {"{" INDICES "," TENSORS "} x", QUBE_ERR_DOCUMENT, "trailing characters"},
        {"[]", QUBE_ERR_DOCUMENT, "line 1"},
        {"{" TENSORS "}", QUBE_ERR_DOCUMENT, "missing field `indices`"},
        {"{" INDICES "}", QUBE_ERR_DOCUMENT, "missing field `tensors`"},
        {"{" INDICES "," INDICES "," TENSORS "}", QUBE_ERR_DOCUMENT, "duplicate field `indices`"},
        {"{" INDICES "," TENSORS ",\"target\":[]}", QUBE_ERR_DOCUMENT, "unknown field `target`"},
        {"{\"cases\":[{" INDICES "," TENSORS "}]}", QUBE_ERR_DOCUMENT, "unknown field `cases`"},
        {"{\"indices\":[{\"label\":\"i\",\"extend\":3}]," TENSORS "}", QUBE_ERR_DOCUMENT,
         "unknown field `extend`"},
        {"{\"indices\":[{\"label\":\"i\"}]," TENSORS "}", QUBE_ERR_DOCUMENT, "missing field `extent`"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":\"3\"}]," TENSORS "}", QUBE_ERR_DOCUMENT, "line 1"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":3.5}]," TENSORS "}", QUBE_ERR_DOCUMENT, "3.5"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":9223372036854775808}]," TENSORS "}",
         QUBE_ERR_DOCUMENT, "9223372036854775808"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":0}]," TENSORS "}", QUBE_ERR_EXTENT,
         "index 'i' has extent 0"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":-4}]," TENSORS "}", QUBE_ERR_EXTENT,
         "index 'i' has extent -4"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":3},{\"label\":\"i\",\"extent\":3}]," TENSORS "}",
         QUBE_ERR_DUPLICATE, "index 'i'"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":3}]," TENSORS "}", QUBE_ERR_UNKNOWN_INDEX,
         "tensor 't' names index 'j'"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":3,\"protos\":[\"k\"]}]," TENSORS "}",
         QUBE_ERR_UNKNOWN_INDEX, "index 'i' names index 'k'"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":3,\"power_means\":[-1]}]," TENSORS "}",
         QUBE_ERR_POWER_MEAN, "power mean 1 of index 'i' is -1"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":3,\"batchable\":true}]," TENSORS "}",
         QUBE_ERR_TARGET, "index 'i' is missing; allowed: 1 or more"},
        {"{\"indices\":[{\"label\":\"i\",\"extent\":3,\"batchable\":true,\"target\":0}]," TENSORS "}",
         QUBE_ERR_TARGET, "index 'i' is 0; allowed: 1 or more"},
        {"{" INDICES ",\"tensors\":[{\"label\":\"t\",\"index\":[]}]}", QUBE_ERR_DOCUMENT,
         "unknown field `index`"},
        {"{" INDICES ",\"tensors\":[]}", QUBE_ERR_NO_TENSORS, "no tensors"},
        {"{" INDICES "," TENSORS ",\"targets\":[\"k\"]}", QUBE_ERR_UNKNOWN_INDEX, "'k'"},
        {"{" INDICES "," TENSORS ",\"targets\":[\"i\",\"i\"]}", QUBE_ERR_DUPLICATE, "target 'i'"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        policy = POISON;
        CHECK_NO_HANDLE(network, qube_network_from_json(bad[k].text, &network, &policy), bad[k].status,
                        bad[k].message);
        CHECK(policy == NULL);
    }
}

/* Numbers that a careless reader would overflow or underflow on. */
static void json_numbers(void)
{
    const struct {
        const char *number;
        int32_t status;
    } cases[] = {
        {"1e308", QUBE_OK},
        {"1.7976931348623157e308", QUBE_OK},
        {"9e308", QUBE_ERR_DOCUMENT},
        {"1e400", QUBE_ERR_DOCUMENT},
        {"-1e400", QUBE_ERR_DOCUMENT},
        {"1e99999999999999999999", QUBE_ERR_DOCUMENT},
        {"123456789012345678901234567890e300", QUBE_ERR_DOCUMENT},
        {"123456789012345678901234567890", QUBE_OK},
        {"2.2250738585072014e-308", QUBE_OK},
        {"2.2250738585072011e-308", QUBE_OK}, /* the largest subnormal */
        {"4.9e-324", QUBE_OK},
        {"1e-400", QUBE_ERR_POWER_MEAN}, /* rounds to 0 */
        {"1e-99999999999999999999", QUBE_ERR_POWER_MEAN},
        {"0e99999999999999999999", QUBE_ERR_POWER_MEAN},
        {"0.0000000000000000000000000000000000001", QUBE_OK},
        {"-0.0", QUBE_ERR_POWER_MEAN},
        {"-0", QUBE_ERR_POWER_MEAN},
        {"0", QUBE_ERR_POWER_MEAN},
        {"NaN", QUBE_ERR_DOCUMENT},
        {"1.", QUBE_ERR_DOCUMENT},
        {".5", QUBE_ERR_DOCUMENT},
        {"01", QUBE_ERR_DOCUMENT},
        {"18446744073709551615", QUBE_OK},
        {"18446744073709551616", QUBE_OK},
    };
    CHECK_NO_FLAGS();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        char text[512];
        qube_network *network = NULL;
        snprintf(text, sizeof text,
                 "{\"indices\":[{\"label\":\"i\",\"extent\":3},{\"label\":\"a\",\"extent\":3,"
                 "\"protos\":[\"i\"],\"power_means\":[%s]}],"
                 "\"tensors\":[{\"label\":\"t\",\"indices\":[\"a\"]}]}",
                 cases[k].number);
        const int32_t status = qube_network_from_json(text, &network, NULL);
        if (status != cases[k].status || fetestexcept(TRAPPED) != 0) {
            fprintf(stderr, "power mean %s: status %d, flags %x\n", cases[k].number, (int)status,
                    (unsigned)fetestexcept(TRAPPED));
        }
        CHECK(status == cases[k].status);
        CHECK_NO_FLAGS();
        if (status == QUBE_OK) {
            /* Whether a plan can be made of it or not, no flag is raised. */
            qube_plan *plan = NULL;
            const int32_t planned = qube_optimize(network, NULL, NULL, &plan);
            CHECK(planned == QUBE_OK || planned == QUBE_ERR_OVERFLOW);
            CHECK_NO_FLAGS();
            qube_plan_free(plan);
        }
        qube_network_free(network);
        /* In a field that is passed over, and where an integer is due. */
        snprintf(text, sizeof text, "{" INDICES "," TENSORS ",\"results\":[%s]}", cases[k].number);
        network = NULL;
        qube_network_from_json(text, &network, NULL);
        qube_network_free(network);
        snprintf(text, sizeof text, "{\"indices\":[{\"label\":\"i\",\"extent\":%s}]," TENSORS "}",
                 cases[k].number);
        CHECK(qube_network_from_json(text, &network, NULL) != QUBE_OK && network == NULL);
        CHECK_NO_FLAGS();
    }
}

/* Deep nesting must not run the stack over. */
static void json_nesting(void)
{
    enum { DEPTH = 100000 };
    static char text[DEPTH + 64];
    qube_network *network = NULL;
    memset(text, '[', DEPTH);
    CHECK_NO_HANDLE(network, qube_network_from_json(text, &network, NULL), QUBE_ERR_DOCUMENT, "line 1");
    const char begin[] = "{\"results\":";
    memcpy(text, begin, sizeof begin - 1);
    CHECK_NO_HANDLE(network, qube_network_from_json(text, &network, NULL), QUBE_ERR_DOCUMENT, "line 1");
}

/* A message is kept per thread until the next failure, and is cut between characters. */
static void messages(void)
{
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    char buf[64];
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_FAILS(qube_network_parse("t{μ̃_1}", spaces, &network), QUBE_ERR_UNKNOWN_SPACE,
                "index 'μ̃_1' is of space 'μ̃', which has no extent; the spaces are: none");
    const size_t length = qube_last_error(NULL, 0);
    CHECK_OK(qube_spaces_add(spaces, "i", 3));
    CHECK(qube_last_error(NULL, 0) == length && length > 40);
    for (size_t cap = 1; cap <= 16; ++cap) {
        memset(buf, '#', sizeof buf);
        CHECK(qube_last_error(buf, cap) == length);
        CHECK(strlen(buf) < cap && buf[cap] == '#');
        const char *const whole = "index 'μ̃_1' is of space";
        const size_t kept = strlen(buf);
        CHECK(strncmp(buf, whole, kept) == 0 && ((unsigned char)whole[kept] & 0xC0) != 0x80);
    }
    qube_spaces_free(spaces);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    spaces_refuse();
    domain_sizes();
    builder_refuses();
    network_refuses();
    term_texts();
    einsum_texts();
    json_documents();
    json_numbers();
    json_nesting();
    messages();
    CHECK_NO_FLAGS();
    return checks_done();
}
