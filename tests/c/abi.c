/* Hosts that were built against interface 1 as it was first released: compiling ../abi/qube_budget_1.h
   is the test of all that they were built with; what runs is that the sizes which they pass are taken. */
#include "../abi/qube_budget_1.h"

#include "common.h"

typedef union {
    size_t struct_size;
    unsigned char bytes[4200];
    double alignment;
} room;

/* _init takes the first size, writes nothing behind it, and refuses a smaller one. */
#define INIT(type)                                                                       \
    do {                                                                                 \
        room to;                                                                         \
        memset(&to, 0xEE, sizeof to);                                                    \
        CHECK_OK(type##_init((type *)(void *)&to, type##_size_1));                       \
        CHECK(to.struct_size == type##_size_1 && to.bytes[type##_size_1] == 0xEE);       \
        CHECK(type##_init((type *)(void *)&to, type##_size_1 - 1) == QUBE_ERR_ABI);      \
    } while (0)

/* A view, likewise. */
#define GET(handle, view, get)                                                           \
    do {                                                                                 \
        room to;                                                                         \
        memset(&to, 0xEE, sizeof to);                                                    \
        to.struct_size = view##_size_1;                                                  \
        CHECK_OK(get(handle, (view *)(void *)&to));                                      \
        CHECK(to.struct_size == view##_size_1 && to.bytes[view##_size_1] == 0xEE);       \
        to.struct_size = view##_size_1 - 1;                                              \
        CHECK(get(handle, (view *)(void *)&to) == QUBE_ERR_ABI);                         \
    } while (0)

static void inits(void)
{
    INIT(qube_render_options);
    INIT(qube_harmonic_config);
    INIT(qube_pixel_direct_config);
    INIT(qube_eclipse_config);
    INIT(qube_survey);
    INIT(qube_job);
    INIT(qube_grid);
    INIT(qube_index_rule);
    INIT(qube_tensor_rule);
    INIT(qube_policy_settings);
    INIT(qube_options);
    INIT(qube_cost_model);
}

static void views(void)
{
    const qube_harmonic_config config = eclipse_qu();
    const qube_eclipse_config teb = nside_8();
    const int64_t extents[] = {3, 50, 4};
    qube_budget *budget = harmonic(&config, NULL), *spread = eclipse(&teb);
    qube_ranks *ranks = NULL;
    qube_request *request = NULL;
    qube_fit *fit = NULL;
    qube_largest *largest = NULL;
    qube_comparison *comparison = NULL;
    qube_resolved_policy *resolved = NULL;
    qube_plans *plans = NULL;
    DEFAULTS(qube_grid, grid);
    grid.ranks = 4;
    CHECK_OK(qube_budget_per_rank(spread, &grid, &ranks));
    CHECK_OK(qube_budget_request(budget, NULL, &request));
    CHECK_OK(qube_budget_fit(budget, NULL, GIB, &fit));
    CHECK_OK(qube_budget_largest(budget, QUBE_SIZE_NODES, NULL, GIB, &largest));
    CHECK_OK(qube_budget_compare(budget, "basis_setup 5 GiB", &comparison));
    qube_network *network = einsum("iK,Kj->ij", "iKj", extents);
    qube_policy *policy = batches("K", 7);
    CHECK_OK(qube_policy_resolve(policy, network, &resolved));
    qube_plan *plan = plan_of(network, policy, QUBE_DENSE_FLOPS);
    CHECK_OK(qube_optimize_many(NULL, 0, NULL, NULL, 1, &plans));

    GET(budget, qube_budget_view, qube_budget_get);
    GET(ranks, qube_ranks_view, qube_ranks_get);
    GET(request, qube_request_view, qube_request_get);
    GET(fit, qube_fit_view, qube_fit_get);
    GET(largest, qube_largest_view, qube_largest_get);
    GET(comparison, qube_comparison_view, qube_comparison_get);
    GET(network, qube_network_view, qube_network_get);
    GET(resolved, qube_resolved_policy_view, qube_resolved_policy_get);
    GET(plan, qube_plan_view, qube_plan_get);
    GET(plan, qube_order_view, qube_plan_best_order);
    GET(plans, qube_plans_view, qube_plans_get);

    qube_budget_free(budget);
    qube_budget_free(spread);
    qube_ranks_free(ranks);
    qube_request_free(request);
    qube_fit_free(fit);
    qube_largest_free(largest);
    qube_comparison_free(comparison);
    qube_network_free(network);
    qube_policy_free(policy);
    qube_resolved_policy_free(resolved);
    qube_plan_free(plan);
    qube_plans_free(plans);
}

int main(void)
{
    CHECK(qube_abi_version() == 1);
    inits();
    views();
    return checks_done();
}
