/* The smallest program: one budget, one policy, one plan. A build that links qube_budget runs it to
   see that header and library fit. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <qube_budget.h>

/* A call that fails ends the program with the library's message. */
#define CHECK(call)                                                        \
    do {                                                                   \
        if ((call) != QUBE_OK) {                                           \
            char message[512];                                             \
            qube_last_error(message, sizeof message);                      \
            fprintf(stderr, "smoke: line %d: %s\n", __LINE__, message);    \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

static void budget(void)
{
    qube_harmonic_config config;
    qube_budget *budget;
    int64_t peak;
    CHECK(qube_harmonic_config_init(&config, sizeof config));
    config.n_pix = 12288; /* the full sky at nside 32 */
    config.n_modes = 4221;
    config.lmax_signal = 64;
    CHECK(qube_budget_harmonic(&config, &budget));
    CHECK(qube_budget_lifetime_peak(budget, &peak));
    printf("budget: the harmonic path of %" PRId64 " pixels peaks at %" PRId64 " bytes\n",
           config.n_pix, peak);
    qube_budget_free(budget);
}

static void policy_and_plan(void)
{
    static const int64_t extents[] = {100, 100, 100, 5000};
    static const char *const letters[] = {"i", "j", "a", "K"};
    qube_spaces *spaces;
    qube_network *network;
    qube_policy *policy;
    qube_options options;
    qube_plan *plan;
    int64_t target, peak;
    qube_summary summary = {.struct_size = sizeof summary};

    CHECK(qube_spaces_create(&spaces));
    for (int k = 0; k < 4; ++k)
        CHECK(qube_spaces_add(spaces, letters[k], extents[k]));
    CHECK(qube_network_einsum("iaK,jaK->ij", spaces, &network));

    CHECK(qube_policy_create(&policy));
    CHECK(qube_policy_batch_space(policy, "K", 500));
    CHECK(qube_policy_target(policy, network, "K", &target));
    printf("policy: index K is sliced into batches of %" PRId64 "\n", target);

    CHECK(qube_options_init(&options, sizeof options));
    options.objective = QUBE_DENSE_PEAK_BATCHED;
    CHECK(qube_optimize(network, policy, &options, &plan));
    CHECK(qube_plan_summary(plan, &summary));
    CHECK(qube_plan_peak_bytes(plan, &peak));
    printf("plan: %.0f multiply-add pairs, peak %" PRId64 " bytes\n", summary.flops, peak);

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
