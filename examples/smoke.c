/* The smallest program: one budget, one policy, one plan. A build that links qube_budget runs it to
   check that header and library belong together. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <qube_budget.h>

/* A call that fails ends the program with the library's message. */
#define CHECK(call)                                                               \
    do {                                                                          \
        if ((call) != QUBE_OK) {                                                  \
            fprintf(stderr, "smoke: line %d: %s\n", __LINE__, qube_last_error()); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

static void budget(void)
{
    qube_harmonic_config config;
    qube_budget *budget;
    qube_budget_view view = {.struct_size = sizeof view};
    CHECK(qube_harmonic_config_init(&config, sizeof config));
    config.n_pix = 12288; /* the full sky at nside 32 */
    config.n_modes = 4221;
    config.lmax_signal = 64;
    CHECK(qube_budget_harmonic(&config, NULL, &budget));
    CHECK(qube_budget_get(budget, &view));
    printf("budget: the harmonic path of %" PRId64 " pixels peaks at %" PRId64 " bytes\n",
           config.n_pix, view.lifetime_peak_bytes);
    qube_budget_free(budget);
}

static void policy_and_plan(void)
{
    static const int64_t extents[] = {100, 100, 100, 5000};
    static const char *const letters[] = {"i", "j", "a", "K"};
    qube_spaces *spaces;
    qube_network *network;
    qube_policy *policy;
    qube_index_rule rule;
    qube_options options;
    qube_plan *plan;
    qube_plan_view view = {.struct_size = sizeof view};

    CHECK(qube_spaces_create(&spaces));
    for (int k = 0; k < 4; ++k)
        CHECK(qube_spaces_add(spaces, letters[k], extents[k], NULL, 0));
    CHECK(qube_network_einsum("iaK,jaK->ij", spaces, &network));

    CHECK(qube_policy_create(&policy));
    CHECK(qube_index_rule_init(&rule, sizeof rule));
    rule.space = "K";
    rule.target = 500;
    CHECK(qube_policy_add_index_rule(policy, &rule));

    CHECK(qube_options_init(&options, sizeof options));
    options.objective = QUBE_DENSE_PEAK_SIZE_BATCHED;
    CHECK(qube_optimize(network, policy, &options, &plan));
    CHECK(qube_plan_get(plan, &view));
    for (int64_t node = 0; node < view.n_nodes; ++node)
        for (int64_t k = 0; k < view.nodes[node].n_loops; ++k)
            printf("policy: index %s is sliced into batches of %" PRId64 "\n",
                   view.indices[view.nodes[node].loops[k].index], view.nodes[node].loops[k].batch);
    printf("plan: %.0f multiply-add pairs, peak %" PRId64 " bytes\n", view.flops, view.peak_bytes);

    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
    qube_spaces_free(spaces);
}

int main(void)
{
    budget();
    policy_and_plan();
    return 0;
}
