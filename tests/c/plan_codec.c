/* Plans that come back: what the command line wrote (tests/data/plan.json), what this library wrote, and
   what must be refused. */
#include "common.h"

static char *file(const char *name)
{
    char path[2000];
    snprintf(path, sizeof path, "%s/%s", getenv("QUBE_TEST_DATA"), name);
    FILE *stream = fopen(path, "rb");
    CHECK(stream != NULL);
    if (stream == NULL) {
        exit(1);
    }
    char *text = calloc(1, 1 << 20);
    CHECK(fread(text, 1, (1 << 20) - 1, stream) > 0);
    fclose(stream);
    return text;
}

static char *json_of(const qube_plan *plan)
{
    size_t length = 0;
    CHECK_OK(qube_plan_json(plan, NULL, 0, &length));
    char *json = malloc(length + 1);
    CHECK_OK(qube_plan_json(plan, json, length + 1, &length));
    return json;
}

/* The term of water14 in plan.c, without options but the objective. */
static void of_the_command_line(void)
{
    qube_plan *plan = NULL;
    char *text = file("plan.json");
    CHECK_OK(qube_plan_from_json(text, &plan));
    qube_summary summary = {.struct_size = sizeof summary};
    CHECK_OK(qube_plan_summary(plan, &summary));
    CHECK(summary.n_tensors == 11 && summary.objective == QUBE_DENSE_PEAK_BATCHED);
    CHECK(summary.peak_elements == 140738948.0 && summary.bytes_per_element == 8);
    int64_t sequence[21];
    size_t length = 0;
    CHECK_OK(qube_plan_sequence(plan, sequence, 21, &length));
    CHECK(length == 21 && sequence[20] == -1);
    /* The same again, but for the newline and for the name of the case, which is not the plan's. */
    char *json = json_of(plan);
    const char *schema = strstr(text, "\"schema\"");
    CHECK(schema != NULL && strncmp(json + 1, schema, strlen(json + 1)) == 0);
    free(json);
    free(text);
    qube_plan_free(plan);
}

static void bytes(void)
{
    const int64_t extents[] = {3, 50, 4};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_plan *plan = NULL, *again = NULL;
    CHECK_OK(qube_optimize(network, NULL, NULL, &plan));
    qube_network_free(network);
    size_t length = 0, written = 0;
    CHECK_OK(qube_plan_to_bytes(plan, NULL, 0, &length));
    uint8_t *data = malloc(length);
    CHECK_FAILS(qube_plan_to_bytes(plan, data, length - 1, &written), QUBE_ERR_BUFFER, "allowed: ");
    CHECK_OK(qube_plan_to_bytes(plan, data, length, &written));
    CHECK(written == length);
    CHECK_OK(qube_plan_from_bytes(data, (int64_t)length, &again));
    char *json = json_of(plan), *same = json_of(again);
    CHECK(strcmp(json, same) == 0);
    free(same);
    qube_plan_free(again);

    /* No part of it is a plan. */
    for (size_t part = 0; part < length; ++part) {
        CHECK_NO_HANDLE(again, qube_plan_from_bytes(data, (int64_t)part, &again), QUBE_ERR_DOCUMENT,
                        "the document is not a valid plan: ");
    }
    CHECK_NO_HANDLE(again, qube_plan_from_bytes(NULL, 0, &again), QUBE_ERR_DOCUMENT, "QUBEPLAN");
    CHECK_NO_HANDLE(again, qube_plan_from_bytes(NULL, 1, &again), QUBE_ERR_NULL, "bytes is NULL");
    CHECK_NO_HANDLE(again, qube_plan_from_bytes(data, -1, &again), QUBE_ERR_INPUT, "count is -1");
    CHECK_FAILS(qube_plan_from_bytes(data, (int64_t)length, NULL), QUBE_ERR_NULL, "plan is NULL");
    data[8] = 2; /* the version */
    CHECK_NO_HANDLE(again, qube_plan_from_bytes(data, (int64_t)length, &again), QUBE_ERR_DOCUMENT,
                    "its version is 2; allowed: 1");
    CHECK_FAILS(qube_plan_to_bytes(NULL, data, length, &written), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_to_bytes(plan, NULL, 1, &written), QUBE_ERR_NULL, "out is NULL");
    CHECK_FAILS(qube_plan_to_bytes(plan, NULL, 0, NULL), QUBE_ERR_NULL, "length is NULL");
    free(data);

    CHECK_NO_HANDLE(again, qube_plan_from_json(NULL, &again), QUBE_ERR_NULL, "text is NULL");
    CHECK_FAILS(qube_plan_from_json(json, NULL), QUBE_ERR_NULL, "plan is NULL");
    CHECK_NO_HANDLE(again, qube_plan_from_json("\xff", &again), QUBE_ERR_UTF8, "text is not valid");
    CHECK_NO_HANDLE(again, qube_plan_from_json("{}", &again), QUBE_ERR_DOCUMENT, "missing field");
    strstr(json, "qube-plan/1")[10] = '2';
    CHECK_NO_HANDLE(again, qube_plan_from_json(json, &again), QUBE_ERR_DOCUMENT,
                    "its schema is 'qube-plan/2'; allowed: 'qube-plan/1'");
    free(json);
    qube_plan_free(plan);
}

/* Another cost in the document is caught, as are another network, policy and options. */
static void verification(void)
{
    const int64_t extents[] = {3, 50, 4}, others[] = {3, 50, 5};
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_network *other = einsum("iK,Kj->ij", "iKj", others);
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    CHECK_OK(qube_policy_batch_space(policy, "K", 7));
    qube_options options;
    CHECK_OK(qube_options_init(&options, sizeof options));
    options.objective = QUBE_DENSE_PEAK_BATCHED;
    qube_plan *plan = NULL, *tampered = NULL;
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    CHECK_OK(qube_plan_verify(plan, network, policy, &options));
    CHECK_FAILS(qube_plan_verify(plan, other, policy, &options), QUBE_ERR_REPLAY,
                "node 0: the plan says 49, the replay gives 56");
    CHECK_FAILS(qube_plan_verify(plan, network, NULL, &options), QUBE_ERR_REPLAY,
                "entry 2 loops over 'K', which is not batchable");
    CHECK_FAILS(qube_plan_verify(plan, network, policy, NULL), QUBE_ERR_REPLAY,
                "the objective: the plan says peak-batched, the options say flops");
    options.bytes_per_element = 4;
    CHECK_FAILS(qube_plan_verify(plan, network, policy, &options), QUBE_ERR_REPLAY,
                "bytes_per_element: the plan says 8, the options say 4");
    options.bytes_per_element = 0;
    CHECK_FAILS(qube_plan_verify(plan, network, policy, &options), QUBE_ERR_OPTION, "bytes_per_element");
    CHECK_FAILS(qube_plan_verify(NULL, network, policy, &options), QUBE_ERR_NULL, "plan is NULL");
    CHECK_FAILS(qube_plan_verify(plan, NULL, policy, &options), QUBE_ERR_NULL, "network is NULL");

    options.bytes_per_element = 8;
    char *json = json_of(plan);
    memcpy(strstr(json, "\"cost\":600"), "\"cost\":599", 10);
    CHECK_OK(qube_plan_from_json(json, &tampered));
    CHECK_FAILS(qube_plan_verify(tampered, network, policy, &options), QUBE_ERR_REPLAY,
                "the plan does not stand its replay: the cost: the plan says 599, the replay gives 600");
    free(json);
    qube_plan_free(tampered);
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(other);
    qube_network_free(network);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    of_the_command_line();
    bytes();
    verification();
    CHECK_NO_FLAGS();
    return checks_done();
}
