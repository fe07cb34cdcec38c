/* Passes when the header and the library have the version that is given as argument, and a budget,
   a policy and a plan come out right. */
#include <stdio.h>
#include <string.h>

#include <qube_budget.h>

/* When the basis is set up: two matrices of n_pix^2, two of n_pix n_modes, one of n_modes^2. */
static int budget_is_right(void)
{
    qube_harmonic_config config;
    qube_budget *budget = NULL;
    qube_budget_view view = {.struct_size = sizeof view};
    if (qube_harmonic_config_init(&config, sizeof config) != QUBE_OK)
        return 0;
    config.n_pix = 3000;
    config.n_modes = 1000;
    config.lmax_signal = 64;
    const int right = qube_budget_harmonic(&config, NULL, &budget) == QUBE_OK &&
                      qube_budget_get(budget, &view) == QUBE_OK &&
                      view.lifetime_peak_bytes ==
                          INT64_C(8) * (2 * 3000 * 3000 + 2 * 3000 * 1000 + 1000 * 1000);
    qube_budget_free(budget);
    return right;
}

/* In batches of 7 a product over K holds 7 columns, 7 rows and the result. */
static int plan_is_right(void)
{
    qube_spaces *letters = NULL;
    qube_network *network = NULL;
    qube_policy *policy = NULL;
    qube_index_rule rule;
    qube_options options;
    qube_plan *plan = NULL;
    qube_plan_view view = {.struct_size = sizeof view};
    const int right = qube_spaces_create(&letters) == QUBE_OK &&
                      qube_spaces_add(letters, "i", 3, NULL, 0) == QUBE_OK &&
                      qube_spaces_add(letters, "j", 4, NULL, 0) == QUBE_OK &&
                      qube_spaces_add(letters, "K", 50, NULL, 0) == QUBE_OK &&
                      qube_network_einsum("iK,Kj->ij", letters, &network) == QUBE_OK &&
                      qube_policy_create(&policy) == QUBE_OK &&
                      qube_index_rule_init(&rule, sizeof rule) == QUBE_OK &&
                      (rule.space = "K", rule.target = 7,
                       qube_policy_add_index_rule(policy, &rule) == QUBE_OK) &&
                      qube_options_init(&options, sizeof options) == QUBE_OK &&
                      (options.objective = QUBE_DENSE_PEAK_SIZE_BATCHED,
                       qube_optimize(network, policy, &options, &plan) == QUBE_OK) &&
                      qube_plan_get(plan, &view) == QUBE_OK &&
                      view.peak_bytes == 8 * (7 * 3 + 7 * 4 + 12);
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
        fprintf(stderr, "a budget or plan is wrong; last error: %s\n", qube_last_error());
        return 1;
    }
    return 0;
}
