/* Tables of spaces, builders and networks: what a network tells, and every input that must be refused. */
#include "common.h"

static void spaces(void)
{
    qube_spaces *spaces = NULL;
    const double means[] = {12.0, 13.0};
    const struct {
        const char *space;
        int64_t extent;
        const double *means;
        int64_t n_means;
        int32_t status;
        const char *says;
    } bad[] = {
        {NULL, 3, NULL, 0, QUBE_ERR_NULL, "space is NULL"},
        {BAD_UTF8, 3, NULL, 0, QUBE_ERR_UTF8, "space...UTF-8"},
        {"i", 0, NULL, 0, QUBE_ERR_EXTENT, "space 'i' has extent 0"},
        {"i", INT64_MIN, NULL, 0, QUBE_ERR_EXTENT, "extent -9223372036854775808"},
        {"i_1", 3, NULL, 0, QUBE_ERR_LABEL, "'i_1'"},
        {"i<", 3, NULL, 0, QUBE_ERR_LABEL, "'i<'"},
        {"", 3, NULL, 0, QUBE_ERR_LABEL, "''"},
        {"i\n", 3, NULL, 0, QUBE_ERR_LABEL, "'i\\n'"},
        {"there", 3, NULL, 0, QUBE_ERR_DUPLICATE, "space 'there'"},
        {"there", 3, means, 2, QUBE_ERR_DUPLICATE, "space 'there'"},
        {"a", 0, means, 2, QUBE_ERR_EXTENT, "space 'a' has extent 0"},
        {"a", 12, NULL, 2, QUBE_ERR_NULL, "power_means is NULL"},
        {"a", 12, means, -1, QUBE_ERR_INPUT, "n_power_means is -1"},
        {"a", 12, means, INT64_MAX, QUBE_ERR_INPUT, "n_power_means is 9223372036854775807"},
    };
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "there", INT64_MAX, NULL, 0));
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        CHECK_FAILS(qube_spaces_add(spaces, bad[k].space, bad[k].extent, bad[k].means, bad[k].n_means),
                    bad[k].status, bad[k].says);
    }
    CHECK_FAILS(qube_spaces_add(NULL, "i", 3, NULL, 0), QUBE_ERR_NULL, "spaces is NULL");
    const struct {
        double value;
        const char *says;
    } no_mean[] = {{0.0, "is 0;"},       {-0.0, "is -0;"},      {-12.0, "is -12;"},
                   {NAN, "is NaN;"},     {INFINITY, "is inf;"}, {-INFINITY, "is -inf;"},
                   {signaling_nan(), "is NaN;"}};
    for (size_t k = 0; k < sizeof no_mean / sizeof *no_mean; ++k) {
        char text[60];
        double table[] = {12.0, 0.0};
        memcpy(&table[1], &no_mean[k].value, sizeof *table);
        snprintf(text, sizeof text, "power mean 2 of...'a' %s", no_mean[k].says);
        CHECK_FAILS(qube_spaces_add(spaces, "a", 12, table, 2), QUBE_ERR_POWER_MEAN, text);
    }
    CHECK_NO_FLAGS();
    /* The failures left nothing behind. */
    CHECK_OK(qube_spaces_add(spaces, "a", 12, means, 2));
    CHECK_OK(qube_spaces_add(spaces, "i", 3, NULL, 0));
    qube_spaces_free(spaces);
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
    CHECK_FAILS(qube_power_means(bad, 2, means, 2), QUBE_ERR_POWER_MEAN, "domain size number 2 is -2");
    CHECK_FAILS(qube_power_means(none, 2, means, 2), QUBE_ERR_POWER_MEAN, "domain");
    CHECK_FAILS(qube_power_means(NULL, 0, means, 2), QUBE_ERR_POWER_MEAN, "domain");
    CHECK_FAILS(qube_power_means(domains, -1, means, 2), QUBE_ERR_INPUT, "n_domains is -1");
    CHECK_FAILS(qube_power_means(domains, 2, means, 1025), QUBE_ERR_INPUT, "n_means is 1025");
    CHECK_FAILS(qube_power_means(domains, 2, means, -1), QUBE_ERR_INPUT, "n_means is -1");
    CHECK_FAILS(qube_power_means(NULL, 2, means, 2), QUBE_ERR_NULL, "domains is NULL");
    CHECK_FAILS(qube_power_means(domains, 2, NULL, 2), QUBE_ERR_NULL, "means is NULL");
    CHECK(means[0] == -9);
    CHECK_NO_FLAGS();
}

/* A network tells every index, every tensor's slots in their order, and what is open in the result. */
static void what_a_network_tells(void)
{
    qube_network_builder *builder = NULL;
    qube_network *network = NULL;
    const double means[] = {12.0, 12.5};
    const char *const protos[] = {"i_1", "i_2"};
    const char *const t[] = {"x", "a_1<i_1,i_2>", "i_1"}, *const u[] = {"i_1", "x", "i_1"};
    const char *const targets[] = {"i_1", "a_1<i_1,i_2>"};
    CHECK_OK(qube_network_builder_create(&builder));
    CHECK_OK(qube_network_builder_add_index(builder, "i_1", NULL, 3));
    CHECK_OK(qube_network_builder_add_index(builder, "i_2", "virt", 4));
    CHECK_OK(qube_network_builder_add_composite(builder, "a_1<i_1,i_2>", NULL, 12, protos, 2, means, 2));
    CHECK_OK(qube_network_builder_add_index(builder, "x", NULL, 5));
    CHECK_OK(qube_network_builder_add_tensor(builder, "t", t, 3));
    CHECK_OK(qube_network_builder_add_tensor(builder, "t", u, 3)); /* a trace; labels may repeat */
    CHECK_OK(qube_network_builder_add_tensor(builder, "s", NULL, 0)); /* a scalar */
    CHECK_OK(qube_network_builder_set_targets(builder, targets, 2));
    CHECK_OK(qube_network_builder_build(builder, &network));
    qube_network_builder_free(builder); /* the network does not need its builder */
    VIEW(qube_network, view, network);
    CHECK(view.n_indices == 4 && view.n_tensors == 3 && view.n_targets == 2);
    const struct {
        const char *label, *space;
        int64_t extent, n_protos, n_means;
        int32_t role;
    } indices[] = {{"i_1", "i", 3, 0, 0, QUBE_ROLE_EXTERNAL},
                   {"i_2", "virt", 4, 0, 0, QUBE_ROLE_CONTRACTED},
                   {"a_1<i_1,i_2>", "a", 12, 2, 2, QUBE_ROLE_EXTERNAL},
                   {"x", "x", 5, 0, 0, QUBE_ROLE_CONTRACTED}};
    for (int k = 0; k < 4; ++k) {
        const qube_index *index = &view.indices[k];
        CHECK_TEXT(index->label, indices[k].label);
        CHECK_TEXT(index->space, indices[k].space);
        CHECK(index->extent == indices[k].extent && index->n_protos == indices[k].n_protos);
        CHECK(index->n_power_means == indices[k].n_means && index->reserved == 0);
        if (k != 1) { /* a proto that no tensor carries has no role to speak of */
            CHECK(index->role == indices[k].role);
        }
        CHECK((index->protos == NULL) == (index->n_protos == 0));
        CHECK((index->power_means == NULL) == (index->n_power_means == 0));
    }
    CHECK(view.indices[2].protos[0] == 0 && view.indices[2].protos[1] == 1);
    CHECK(view.indices[2].power_means[1] == 12.5);
    const int64_t slots[][3] = {{3, 2, 0}, {0, 3, 0}};
    CHECK_TEXT(view.tensors[0].label, "t");
    CHECK_TEXT(view.tensors[2].label, "s");
    for (int k = 0; k < 2; ++k) {
        CHECK(view.tensors[k].n_indices == 3);
        CHECK(memcmp(view.tensors[k].indices, slots[k], sizeof slots[k]) == 0);
    }
    CHECK(view.tensors[2].n_indices == 0 && view.tensors[2].indices == NULL);
    CHECK(view.targets[0] == 0 && view.targets[1] == 2);
    qube_network_free(network);
}

static void builder_refuses(void)
{
    qube_network_builder *b = NULL;
    qube_network *network = NULL, *again = NULL;
    const char *const i_1[] = {"i_1"}, *const i_9[] = {"i_9"}, *const a_1[] = {"a_1<i_1>"};
    const char *const twice[] = {"i_1", "i_1"}, *const hole[] = {"i_1", NULL};
    const char *const bad_text[] = {"i_1", BAD_UTF8}, *const x[] = {"x"};
    const double means[] = {12.0}, nan[] = {NAN};

    CHECK_OK(qube_network_builder_create(&b));
    CHECK_FAILS(qube_network_builder_add_index(NULL, "i_1", NULL, 3), QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_network_builder_add_index(b, NULL, NULL, 3), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_network_builder_add_index(b, BAD_UTF8, NULL, 3), QUBE_ERR_UTF8, "label...UTF-8");
    CHECK_FAILS(qube_network_builder_add_index(b, "i_1", BAD_UTF8, 3), QUBE_ERR_UTF8, "space...UTF-8");
    CHECK_FAILS(qube_network_builder_add_index(b, "", NULL, 3), QUBE_ERR_LABEL, "''");
    CHECK_FAILS(qube_network_builder_add_index(b, "i\t1", NULL, 3), QUBE_ERR_LABEL, "'i\\t1'");
    CHECK_FAILS(qube_network_builder_add_index(b, "i_1", NULL, 0), QUBE_ERR_EXTENT,
                "index 'i_1' has extent 0");
    CHECK_FAILS(qube_network_builder_add_index(b, "i_1", NULL, -3), QUBE_ERR_EXTENT, "extent -3");
    CHECK_OK(qube_network_builder_add_index(b, "i_1", NULL, 3));
    CHECK_FAILS(qube_network_builder_add_index(b, "i_1", "other", 4), QUBE_ERR_DUPLICATE,
                "index 'i_1'");

#define COMPOSITE(label, extent, protos, n_protos, means, n_means) \
    qube_network_builder_add_composite(b, label, NULL, extent, protos, n_protos, means, n_means)
    CHECK_FAILS(qube_network_builder_add_composite(NULL, "a", NULL, 12, i_1, 1, means, 1),
                QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(COMPOSITE(NULL, 12, i_1, 1, means, 1), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(COMPOSITE("a", 12, NULL, 1, means, 1), QUBE_ERR_NULL, "protos is NULL");
    CHECK_FAILS(COMPOSITE("a", 12, i_1, 1, NULL, 1), QUBE_ERR_NULL, "power_means is NULL");
    CHECK_FAILS(COMPOSITE("a", 12, hole, 2, means, 1), QUBE_ERR_NULL, "protos is NULL");
    CHECK_FAILS(COMPOSITE("a", 12, bad_text, 2, means, 1), QUBE_ERR_UTF8, "protos...UTF-8");
    CHECK_FAILS(COMPOSITE("a", 12, i_1, -1, means, 1), QUBE_ERR_INPUT, "n_protos is -1");
    CHECK_FAILS(COMPOSITE("a", 12, i_1, 1, means, -1), QUBE_ERR_INPUT, "n_power_means is -1");
    CHECK_FAILS(COMPOSITE("a", 0, i_1, 1, means, 1), QUBE_ERR_EXTENT, "index 'a' has extent 0");
    CHECK_FAILS(COMPOSITE("a", 12, i_1, 1, nan, 1), QUBE_ERR_POWER_MEAN,
                "power mean 1 of index 'a' is NaN");
    CHECK_FAILS(COMPOSITE("a", 12, i_9, 1, means, 1), QUBE_ERR_UNKNOWN_INDEX,
                "index 'a' names index 'i_9'");
    CHECK_FAILS(COMPOSITE("a", 12, twice, 2, means, 1), QUBE_ERR_DUPLICATE, "'i_1'");
    CHECK_FAILS(COMPOSITE("\x1b", 12, i_1, 1, means, 1), QUBE_ERR_LABEL, "u{1b}");
    CHECK_OK(COMPOSITE("a_1<i_1>", 12, i_1, 1, means, 1));
    CHECK_FAILS(COMPOSITE("a_1<i_1>", 12, i_1, 1, means, 1), QUBE_ERR_DUPLICATE, "index 'a_1<i_1>'");
    CHECK_FAILS(COMPOSITE("b", 12, a_1, 1, means, 1), QUBE_ERR_DOCUMENT, "'a_1<i_1>'");

    CHECK_FAILS(qube_network_builder_add_tensor(NULL, "t", i_1, 1), QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(b, NULL, i_1, 1), QUBE_ERR_NULL, "label is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(b, "t", NULL, 1), QUBE_ERR_NULL, "indices is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(b, "t", hole, 2), QUBE_ERR_NULL, "indices is NULL");
    CHECK_FAILS(qube_network_builder_add_tensor(b, "t", i_1, -1), QUBE_ERR_INPUT, "n_indices is -1");
    CHECK_FAILS(qube_network_builder_add_tensor(b, BAD_UTF8, i_1, 1), QUBE_ERR_UTF8, "label...UTF-8");
    CHECK_FAILS(qube_network_builder_add_tensor(b, "t", bad_text, 2), QUBE_ERR_UTF8, "indices...UTF-8");
    CHECK_FAILS(qube_network_builder_add_tensor(b, "t", i_9, 1), QUBE_ERR_UNKNOWN_INDEX,
                "tensor 't' names index 'i_9'...i_1, a_1<i_1>");

    /* None of these has added a tensor. */
    CHECK_NOTHING(network, qube_network_builder_build(b, &network), QUBE_ERR_NO_TENSORS, "no tensors");
    CHECK_FAILS(qube_network_builder_build(b, NULL), QUBE_ERR_NULL, "network is NULL");
    CHECK_NOTHING(network, qube_network_builder_build(NULL, &network), QUBE_ERR_NULL,
                  "builder is NULL");

    CHECK_OK(qube_network_builder_add_index(b, "x", NULL, 5));
    CHECK_OK(qube_network_builder_add_tensor(b, "t", i_1, 1));
    CHECK_FAILS(qube_network_builder_set_targets(NULL, x, 1), QUBE_ERR_NULL, "builder is NULL");
    CHECK_FAILS(qube_network_builder_set_targets(b, NULL, 1), QUBE_ERR_NULL, "targets is NULL");
    CHECK_FAILS(qube_network_builder_set_targets(b, hole, 2), QUBE_ERR_NULL, "targets is NULL");
    CHECK_FAILS(qube_network_builder_set_targets(b, x, -1), QUBE_ERR_INPUT, "n_targets is -1");
    CHECK_FAILS(qube_network_builder_set_targets(b, bad_text, 2), QUBE_ERR_UTF8, "targets...UTF-8");
    CHECK_FAILS(qube_network_builder_set_targets(b, i_9, 1), QUBE_ERR_UNKNOWN_INDEX, "'i_9'");
    CHECK_FAILS(qube_network_builder_set_targets(b, twice, 2), QUBE_ERR_DUPLICATE, "target 'i_1'");
    CHECK_OK(qube_network_builder_set_targets(b, x, 1));
    CHECK_NOTHING(network, qube_network_builder_build(b, &network), QUBE_ERR_UNKNOWN_INDEX, "'x'");

    /* The builder is still good, and can be built twice. */
    CHECK_OK(qube_network_builder_set_targets(b, NULL, 0));
    CHECK_OK(qube_network_builder_build(b, &network));
    CHECK_OK(qube_network_builder_build(b, &again));
    CHECK(network != again);
    VIEW(qube_network, scalar, network);
    CHECK(scalar.n_targets == 0 && scalar.targets == NULL && scalar.n_indices == 3);
    qube_network_free(network);
    qube_network_free(again);
    qube_network_builder_free(b);
}

static void term_texts(void)
{
    const double means[] = {12.0, 12.0};
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "i", 56, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "μ̃", 602, NULL, 0));
    CHECK_OK(qube_spaces_add(spaces, "a", 12, means, 2));

    const char *const good[] = {"C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2}", "C{a_3<i_2>;μ̃_1}*t{a_3<i_2>;i_2}",
                                "  C { a_3 < i_2 > ; μ̃_1 }\n t{;;a_3<i_2>,i_2}  "};
    for (size_t k = 0; k < sizeof good / sizeof *good; ++k) {
        CHECK_OK(qube_network_parse(good[k], spaces, &network));
        VIEW(qube_network, view, network);
        CHECK(view.n_tensors == 2 && view.n_indices == 3);
        CHECK_TEXT(view.tensors[0].label, "C");
        CHECK_TEXT(view.indices[1].label, "a_3<i_2>");
        CHECK_TEXT(view.indices[2].label, "μ̃_1");
        CHECK(view.indices[2].extent == 602 && view.indices[1].n_protos == 1);
        CHECK(view.n_targets == 2 && view.targets[0] == 0 && view.targets[1] == 2);
        qube_network_free(network);
    }

    CHECK_FAILS(qube_network_parse("t{i_1}", spaces, NULL), QUBE_ERR_NULL, "network is NULL");
    CHECK_NOTHING(network, qube_network_parse("t{i_1}", NULL, &network), QUBE_ERR_NULL,
                  "spaces is NULL");
    const struct {
        const char *text;
        int32_t status;
        const char *says;
    } bad[] = {
        {NULL, QUBE_ERR_NULL, "text is NULL"},
        {"t{" BAD_UTF8 "}", QUBE_ERR_UTF8, "text...UTF-8"},
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
        {"t{x_1}", QUBE_ERR_UNKNOWN_SPACE, "index 'x_1'...space 'x'...a, i, μ̃"},
        {"t{a_1<x_1>}", QUBE_ERR_UNKNOWN_SPACE, "index 'x_1'...space 'x'"},
        {"t{x_1<i_1>}", QUBE_ERR_UNKNOWN_SPACE, "index 'x_1<i_1>'...space 'x'"},
        {"t{a_1<i_1,i_1>}", QUBE_ERR_DUPLICATE, "proto 'i_1'"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        CHECK_NOTHING(network, qube_network_parse(bad[k].text, spaces, &network), bad[k].status,
                      bad[k].says);
    }
    qube_spaces_free(spaces);
}

static void einsum_texts(void)
{
    const int64_t extents[] = {3, 4, 5};
    qube_spaces *spaces = letters("ijk", extents);
    qube_network *network = NULL;
    CHECK_OK(qube_network_einsum(" i j , j k -> i k ", spaces, &network));
    VIEW(qube_network, two, network);
    CHECK(two.n_tensors == 2 && two.n_targets == 2);
    CHECK_TEXT(two.tensors[1].label, "jk");
    qube_network_free(network);
    CHECK_OK(qube_network_einsum("ij,", spaces, &network)); /* the second operand is a scalar */
    VIEW(qube_network, scalar, network);
    CHECK_TEXT(scalar.tensors[1].label, "");
    qube_network_free(network);
    CHECK_OK(qube_network_einsum("ij->", spaces, &network));
    qube_network_free(network);

    CHECK_FAILS(qube_network_einsum("ij,jk", spaces, NULL), QUBE_ERR_NULL, "network is NULL");
    CHECK_NOTHING(network, qube_network_einsum("ij", NULL, &network), QUBE_ERR_NULL, "letters is NULL");
    const struct {
        const char *text;
        int32_t status;
        const char *says;
    } bad[] = {
        {NULL, QUBE_ERR_NULL, "text is NULL"},
        {BAD_UTF8, QUBE_ERR_UTF8, "text...UTF-8"},
        {"", QUBE_ERR_NO_TENSORS, "no tensors"},
        {"  ", QUBE_ERR_NO_TENSORS, "no tensors"},
        {"ij-jk", QUBE_ERR_PARSE, "character 4: found 'j', expected '>'"},
        {"ij->i->j", QUBE_ERR_PARSE, "character 6: found '-'"},
        {"ij->i,j", QUBE_ERR_PARSE, "character 6: found ','"},
        {"ij,jx->i", QUBE_ERR_UNKNOWN_SPACE, "'x'...i, j, k"},
        {"ij->ik", QUBE_ERR_UNKNOWN_INDEX, "'k'...i, j"},
        {"ij->ii", QUBE_ERR_DUPLICATE, "target 'i'"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        CHECK_NOTHING(network, qube_network_einsum(bad[k].text, spaces, &network), bad[k].status,
                      bad[k].says);
    }
    qube_spaces_free(spaces);
}

/* --- JSON ----------------------------------------------------------------------------------------- */

#define INDICES "\"indices\":[{\"label\":\"i\",\"extent\":3},{\"label\":\"j\",\"extent\":4}]"
#define TENSORS "\"tensors\":[{\"label\":\"t\",\"indices\":[\"i\",\"j\"]}]"
#define ONE_INDEX(rest) "{\"indices\":[{\"label\":\"i\"," rest "}]," TENSORS "}"

static void json_documents(void)
{
    qube_network *network = NULL;
    qube_policy *policy = NULL;
    qube_resolved_policy *resolved = NULL;

    /* The document of the header, with a proto behind the index that depends on it. */
    CHECK_OK(qube_network_from_json(
        "{\"indices\":[{\"label\":\"a_1<i_1>\",\"space\":\"a\",\"extent\":12,\"protos\":[\"i_1\"],"
        "\"power_means\":[12.0]},{\"label\":\"i_1\",\"extent\":56},"
        "{\"label\":\"Κ_1\",\"extent\":1652,\"batchable\":true,\"target\":236}],"
        "\"tensors\":[{\"label\":\"t\",\"indices\":[\"a_1<i_1>\",\"i_1\"],\"volatile\":true},"
        "{\"label\":\"g\",\"indices\":[\"Κ_1\"]}],\"targets\":[\"i_1\"]}",
        &network, &policy));
    CHECK_OK(qube_policy_resolve(policy, network, &resolved));
    VIEW(qube_network, view, network);
    VIEW(qube_resolved_policy, rules, resolved);
    CHECK(view.n_indices == 3 && rules.n_indices == 3 && rules.n_tensors == 2);
    CHECK(view.bytes_per_element == 0);
    for (int64_t k = 0; k < 3; ++k) {
        const int is_aux = strcmp(view.indices[k].label, "Κ_1") == 0;
        CHECK(rules.indices[k].target == (is_aux ? 236 : 0));
        CHECK(rules.indices[k].is_batchable == is_aux);
    }
    CHECK(rules.is_volatile[0] == 1 && rules.is_volatile[1] == 0);
    qube_resolved_policy_free(resolved);
    qube_policy_free(policy);
    qube_network_free(network);

    /* Without the policy; of complex numbers. */
    CHECK_OK(qube_network_from_json("{\"bytes_per_element\":16," INDICES "," TENSORS "}", &network, NULL));
    VIEW(qube_network, complex_view, network);
    CHECK(complex_view.bytes_per_element == 16);
    qube_network_free(network);
    CHECK_NOTHING(network, qube_network_from_json("{", &network, NULL), QUBE_ERR_DOCUMENT, "line 1");
    policy = POISON;
    CHECK_FAILS(qube_network_from_json("{" INDICES "," TENSORS "}", NULL, &policy), QUBE_ERR_NULL,
                "network is NULL");
    CHECK(policy == NULL);

    /* A label with a NUL, which no text of C has: the network is fine, its view is not. */
    CHECK_OK(qube_network_from_json("{\"indices\":[{\"label\":\"i\",\"extent\":3}],\"tensors\":"
                                    "[{\"label\":\"t\\u0000\",\"indices\":[\"i\"]}]}",
                                    &network, NULL));
    qube_network_view untouched = {.struct_size = sizeof untouched, .n_tensors = -7};
    CHECK_FAILS(qube_network_get(network, &untouched), QUBE_ERR_LABEL, "'t\\0'");
    CHECK(untouched.n_tensors == -7);
    qube_plan *plan = NULL;
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    qube_plan_view of_plan = {.struct_size = sizeof of_plan, .n_nodes = -7};
    CHECK_FAILS(qube_plan_get(plan, &of_plan), QUBE_ERR_LABEL, "'t\\0'");
    CHECK(of_plan.n_nodes == -7);
    qube_plan_free(plan);
    qube_network_free(network);

    const struct {
        const char *text;
        int32_t status;
        const char *says;
    } bad[] = {
        {NULL, QUBE_ERR_NULL, "text is NULL"},
        {"{\"name\":\"" BAD_UTF8 "\"}", QUBE_ERR_UTF8, "text...UTF-8"},
        {"", QUBE_ERR_DOCUMENT, "line 1 column 0"},
        {"{" INDICES ",\n" TENSORS ",}", QUBE_ERR_DOCUMENT, "line 2 column "},
        {"{" INDICES "," TENSORS "} x", QUBE_ERR_DOCUMENT, "trailing characters"},
        {"[]", QUBE_ERR_DOCUMENT, "line 1"},
        {"{" TENSORS "}", QUBE_ERR_DOCUMENT, "missing field `indices`"},
        {"{" INDICES "}", QUBE_ERR_DOCUMENT, "missing field `tensors`"},
        {"{" INDICES "," INDICES "," TENSORS "}", QUBE_ERR_DOCUMENT, "duplicate field `indices`"},
        {"{" INDICES "," TENSORS ",\"target\":[]}", QUBE_ERR_DOCUMENT, "unknown field `target`"},
        {"{\"cases\":[{" INDICES "," TENSORS "}]}", QUBE_ERR_DOCUMENT, "unknown field `cases`"},
        {ONE_INDEX("\"extend\":3"), QUBE_ERR_DOCUMENT, "unknown field `extend`"},
        {"{\"indices\":[{\"label\":\"i\"}]," TENSORS "}", QUBE_ERR_DOCUMENT, "missing field `extent`"},
        {ONE_INDEX("\"extent\":\"3\""), QUBE_ERR_DOCUMENT, "line 1"},
        {ONE_INDEX("\"extent\":3.5"), QUBE_ERR_DOCUMENT, "3.5"},
        {ONE_INDEX("\"extent\":9223372036854775808"), QUBE_ERR_DOCUMENT, "9223372036854775808"},
        {ONE_INDEX("\"extent\":0"), QUBE_ERR_EXTENT, "index 'i' has extent 0"},
        {ONE_INDEX("\"extent\":-4"), QUBE_ERR_EXTENT, "index 'i' has extent -4"},
        {ONE_INDEX("\"extent\":3},{\"label\":\"i\",\"extent\":3"), QUBE_ERR_DUPLICATE, "index 'i'"},
        {ONE_INDEX("\"extent\":3"), QUBE_ERR_UNKNOWN_INDEX, "tensor 't' names index 'j'"},
        {ONE_INDEX("\"extent\":3,\"protos\":[\"k\"]"), QUBE_ERR_UNKNOWN_INDEX,
         "index 'i' names index 'k'"},
        {ONE_INDEX("\"extent\":3,\"power_means\":[-1]"), QUBE_ERR_POWER_MEAN,
         "power mean 1 of index 'i' is -1"},
        {ONE_INDEX("\"extent\":3,\"batchable\":true"), QUBE_ERR_TARGET, "index 'i' is missing"},
        {ONE_INDEX("\"extent\":3,\"batchable\":true,\"target\":0"), QUBE_ERR_TARGET, "index 'i' is 0"},
        {"{" INDICES ",\"tensors\":[{\"label\":\"t\",\"index\":[]}]}", QUBE_ERR_DOCUMENT,
         "unknown field `index`"},
        {"{" INDICES ",\"tensors\":[]}", QUBE_ERR_NO_TENSORS, "no tensors"},
        {"{" INDICES "," TENSORS ",\"targets\":[\"k\"]}", QUBE_ERR_UNKNOWN_INDEX, "'k'"},
        {"{" INDICES "," TENSORS ",\"targets\":[\"i\",\"i\"]}", QUBE_ERR_DUPLICATE, "target 'i'"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; ++k) {
        policy = POISON;
        CHECK_NOTHING(network, qube_network_from_json(bad[k].text, &network, &policy), bad[k].status,
                      bad[k].says);
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
        /* Where an integer is due. */
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
    CHECK_NOTHING(network, qube_network_from_json(text, &network, NULL), QUBE_ERR_DOCUMENT, "line 1");
    const char begin[] = "{\"results\":";
    memcpy(text, begin, sizeof begin - 1);
    CHECK_NOTHING(network, qube_network_from_json(text, &network, NULL), QUBE_ERR_DOCUMENT, "line 1");
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    spaces();
    domain_sizes();
    what_a_network_tells();
    builder_refuses();
    term_texts();
    einsum_texts();
    json_documents();
    json_numbers();
    json_nesting();
    CHECK_NO_FLAGS();
    return checks_done();
}
