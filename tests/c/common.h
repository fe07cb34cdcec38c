/* What the tests share: inputs whose answers are known, and flags that a host may trap. */
#ifndef QUBE_TEST_COMMON_H
#define QUBE_TEST_COMMON_H

#include <fenv.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "check.h"

#define GIB INT64_C(1073741824)

/* Not UTF-8: a lone continuation byte. */
#define BAD_UTF8 "x\x80y"

/* Inexact is harmless. */
#define TRAPPED (FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW)

#define CHECK_NO_FLAGS()               \
    do {                               \
        CHECK(fetestexcept(TRAPPED) == 0); \
        feclearexcept(FE_ALL_EXCEPT);  \
    } while (0)

/* A view of a handle: VIEW(qube_plan, v, plan). */
#define VIEW(type, view, handle)                         \
    type##_view view = {.struct_size = sizeof view};     \
    CHECK_OK(type##_get(handle, &view))

/* A struct with its defaults: DEFAULTS(qube_job, job). */
#define DEFAULTS(type, name) \
    type name;               \
    CHECK_OK(type##_init(&name, sizeof name))

/* Comparing it raises FE_INVALID; copying it does not. */
static inline double signaling_nan(void)
{
    const uint64_t bits = UINT64_C(0x7FF0000000000001);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

/* --- Runs ----------------------------------------------------------------------------------------- */

/* The QU run of the ECLIPSE comparison in QUBE's calibration (arXiv 2605.21149), whose caller holds the
   covariance. */
static inline qube_harmonic_config eclipse_qu(void)
{
    DEFAULTS(qube_harmonic_config, config);
    config.n_pix = 59136;
    config.n_modes = 33274;
    config.lmax_signal = 256;
    config.lmax = 128;
    config.covariance_by_caller = 1;
    return config;
}

/* QU at nside 64, fsky 0.1, 6 bins of 3 spectra. */
static inline qube_pixel_direct_config qu_64(void)
{
    DEFAULTS(qube_pixel_direct_config, config);
    config.n_pix = 9800;
    config.lmax_signal = 256;
    config.n_bins = 6;
    config.n_params = 18;
    return config;
}

/* ECLIPSE's shipped example, Example_NSide8, which checks the inverse. */
static inline qube_eclipse_config nside_8(void)
{
    DEFAULTS(qube_eclipse_config, config);
    config.code = QUBE_ECLIPSE_TEB;
    config.lmax = 16;
    config.pix_t = 580;
    config.pix_p = 395;
    config.maps = 1000;
    config.check_inverse = 1;
    return config;
}

/* NSide 64 of ECLIPSE's guide: 29009 pixels, lmax 192. */
/* The same, as its log prints it. */
static inline qube_eclipse_config nside_8_printed(void)
{
    qube_eclipse_config config = nside_8();
    config.model = QUBE_MODEL_PRINTED;
    return config;
}

static inline qube_eclipse_config nside_64(int32_t code)
{
    DEFAULTS(qube_eclipse_config, config);
    config.code = code;
    config.lmax = 192;
    config.pix_t = code == QUBE_ECLIPSE_EB ? 0 : 29009;
    config.pix_p = code == QUBE_ECLIPSE_T ? 0 : 29009;
    config.check_inverse = 1;
    return config;
}

static inline qube_budget *harmonic(const qube_harmonic_config *config, const qube_survey *survey)
{
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_harmonic(config, survey, &budget));
    return budget;
}

static inline qube_budget *pixel_direct(const qube_pixel_direct_config *config,
                                        const qube_survey *survey)
{
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_pixel_direct(config, survey, &budget));
    return budget;
}

static inline qube_budget *traditional(const qube_traditional_config *config,
                                       const qube_survey *survey)
{
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_traditional(config, survey, &budget));
    return budget;
}

static inline qube_budget *automatic(const qube_auto_config *config, const qube_survey *survey)
{
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_auto(config, survey, &budget));
    return budget;
}

static inline qube_budget *eclipse(const qube_eclipse_config *config)
{
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_eclipse(config, NULL, &budget));
    return budget;
}

static inline int64_t lifetime_peak(const qube_budget *budget)
{
    VIEW(qube_budget, view, budget);
    return view.lifetime_peak_bytes;
}

/* --- Networks ------------------------------------------------------------------------------------- */

/* A table of einsum letters: "ij" with extents 2, 3. */
static inline qube_spaces *letters(const char *names, const int64_t *extents)
{
    qube_spaces *spaces = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    for (int k = 0; names[k] != '\0'; ++k) {
        const char name[2] = {names[k], '\0'};
        CHECK_OK(qube_spaces_add(spaces, name, extents[k], NULL, 0));
    }
    return spaces;
}

/* A network from an einsum text. */
static inline qube_network *einsum(const char *text, const char *names, const int64_t *extents)
{
    qube_network *network = NULL;
    qube_spaces *spaces = letters(names, extents);
    CHECK_OK(qube_network_einsum(text, spaces, &network));
    qube_spaces_free(spaces);
    return network;
}

/* A chain of n tensors over n + 1 indices of this extent. */
static inline qube_network *chain(int n, int64_t extent)
{
    qube_network_builder *builder = NULL;
    qube_network *network = NULL;
    char(*labels)[16] = malloc((size_t)(n + 1) * sizeof *labels);
    CHECK_OK(qube_network_builder_create(&builder));
    for (int k = 0; k <= n; ++k) {
        snprintf(labels[k], sizeof labels[k], "i_%d", k);
        CHECK_OK(qube_network_builder_add_index(builder, labels[k], NULL, extent));
    }
    for (int k = 0; k < n; ++k) {
        const char *const indices[] = {labels[k], labels[k + 1]};
        CHECK_OK(qube_network_builder_add_tensor(builder, "t", indices, 2));
    }
    CHECK_OK(qube_network_builder_build(builder, &network));
    qube_network_builder_free(builder);
    free(labels);
    return network;
}

/* A policy with one rule: a space goes in batches of at most target, where it is contracted. */
static inline qube_policy *batches(const char *space, int64_t target)
{
    qube_policy *policy = NULL;
    CHECK_OK(qube_policy_create(&policy));
    DEFAULTS(qube_index_rule, rule);
    rule.space = space;
    rule.target = target;
    CHECK_OK(qube_policy_add_index_rule(policy, &rule));
    return policy;
}

/* A policy that holds a tensor for volatile. */
static inline void volatile_tensor(qube_policy *policy, const char *label)
{
    DEFAULTS(qube_tensor_rule, rule);
    rule.label = label;
    CHECK_OK(qube_policy_add_tensor_rule(policy, &rule));
}

/* The best plan under an objective, with defaults for the rest. */
static inline qube_plan *plan_of(const qube_network *network, const qube_policy *policy,
                                 int32_t objective)
{
    qube_plan *plan = NULL;
    DEFAULTS(qube_options, options);
    options.objective = objective;
    CHECK_OK(qube_optimize(network, policy, &options, &plan));
    return plan;
}

static inline qube_plan_view view_of(const qube_plan *plan)
{
    VIEW(qube_plan, view, plan);
    return view;
}

#endif
