/* Passes when the header and the library have the version that is given as argument, and a budget,
   a policy and a plan come out right. */
#include <stdio.h>
#include <string.h>

#include <qube_budget.h>

/* 8 n_pix^2 bytes twice, when the covariance is set up. */
static int budget_is_right(void)
{
    qube_harmonic_config config;
    qube_budget *budget = NULL;
    int64_t peak = 0;
    if (qube_harmonic_config_init(&config, sizeof config) != QUBE_OK)
        return 0;
    config.n_pix = 3000;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    const int right = qube_budget_harmonic(&config, &budget) == QUBE_OK &&
                      qube_budget_lifetime_peak(budget, &peak) == QUBE_OK &&
                      peak == INT64_C(16) * 3000 * 3000;
    qube_budget_free(budget);
    return right;
}

/* In batches of 7 a product over K holds 7 columns, 7 rows and the result. */
static int plan_is_right(void)
{
    qube_spaces *letters = NULL;
    qube_network *network = NULL;
    qube_policy *policy = NULL;
    qube_options options;
    qube_plan *plan = NULL;
    int64_t target = 0, peak = 0;
    const int right = qube_spaces_create(&letters) == QUBE_OK &&
                      qube_spaces_add(letters, "i", 3) == QUBE_OK &&
                      qube_spaces_add(letters, "j", 4) == QUBE_OK &&
                      qube_spaces_add(letters, "K", 50) == QUBE_OK &&
                      qube_network_einsum("iK,Kj->ij", letters, &network) == QUBE_OK &&
                      qube_policy_create(&policy) == QUBE_OK &&
                      qube_policy_batch_space(policy, "K", 7) == QUBE_OK &&
                      qube_policy_target(policy, network, "K", &target) == QUBE_OK && target == 7 &&
                      qube_options_init(&options, sizeof options) == QUBE_OK &&
                      (options.objective = QUBE_DENSE_PEAK_BATCHED,
                       qube_optimize(network, policy, &options, &plan) == QUBE_OK) &&
                      qube_plan_peak_bytes(plan, &peak) == QUBE_OK &&
                      peak == 8 * (7 * 3 + 7 * 4 + 12);
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
    qube_spaces_free(letters);
    return right;
}

int main(int argc, char **argv)
{
    char header[64];
    snprintf(header, sizeof header, "%d.%d.%d", QUBE_VERSION_MAJOR, QUBE_VERSION_MINOR,
             QUBE_VERSION_PATCH);
    if (argc != 2 || strcmp(header, argv[1]) != 0 || strcmp(qube_version(), argv[1]) != 0 ||
        qube_abi_version() != QUBE_ABI_VERSION) {
        fprintf(stderr, "header %s (binary interface %d), library %s (%d)\n", header,
                (int)QUBE_ABI_VERSION, qube_version(), (int)qube_abi_version());
        return 1;
    }
    if (!budget_is_right() || !plan_is_right()) {
        char message[256];
        qube_last_error(message, sizeof message);
        fprintf(stderr, "a budget or plan is wrong; last error: %s\n", message);
        return 1;
    }
    return 0;
}
