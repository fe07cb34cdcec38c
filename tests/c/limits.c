/* Limits of a search, what it says when it stops at one, progress that stops it, and every refusal. */
#include "common.h"

/* Four rows of eight tensors, bonds h between columns and v between rows. */
static qube_network *grid(void)
{
    char text[4096];
    size_t used = 0;
    for (int at = 0; at < 32; ++at) {
        const char *separator = "";
        used += (size_t)snprintf(text + used, sizeof text - used, "g{");
        const int bonds[] = {at % 8 > 0 ? at - 1 : -1, at % 8 < 7 ? at : -1, at >= 8 ? at - 8 : -1,
                             at < 24 ? at : -1};
        for (int k = 0; k < 4; ++k) {
            if (bonds[k] >= 0) {
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%c_%d", separator,
                                         k < 2 ? 'h' : 'v', bonds[k]);
                separator = ";";
            }
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "} ");
    }
    qube_spaces *spaces = NULL;
    qube_network *network = NULL;
    CHECK_OK(qube_spaces_create(&spaces));
    CHECK_OK(qube_spaces_add(spaces, "h", 5));
    CHECK_OK(qube_spaces_add(spaces, "v", 3));
    CHECK_OK(qube_network_parse(text, spaces, &network));
    qube_spaces_free(spaces);
    return network;
}

static qube_options defaults(void)
{
    qube_options options;
    CHECK_OK(qube_options_init(&options, sizeof options));
    CHECK(options.max_states == 0 && options.max_seconds == 0 && options.max_bytes == 0);
    CHECK(options.require_optimal == 0 && options.frontier == 0);
    return options;
}

static qube_summary summary_of(const qube_plan *plan)
{
    qube_summary summary = {.struct_size = sizeof summary};
    CHECK_OK(qube_plan_summary(plan, &summary));
    return summary;
}

static void stops_at_limits(const qube_network *network)
{
    qube_options options = defaults();
    qube_plan *plan = NULL;
    CHECK_OK(qube_optimize(network, NULL, &options, &plan));
    const qube_summary best = summary_of(plan);
    CHECK(best.optimal == 1 && best.gap == 0 && best.labels > 100 && best.looks > best.labels);
    CHECK(best.bounded == QUBE_BOUNDED_COST && best.lower_bound == best.cost);
    qube_plan_free(plan);
    double bound = 0;
    for (int64_t labels = 1; labels < best.labels / 2; labels *= 4) {
        options.max_states = labels;
        CHECK_OK(qube_optimize(network, NULL, &options, &plan));
        const qube_summary found = summary_of(plan);
        CHECK(found.labels == labels && found.optimal == 0 && found.gap > 0);
        CHECK(bound <= found.lower_bound && found.lower_bound < best.cost);
        CHECK(best.cost <= found.cost * (1 + 1e-12));
        CHECK(fabs(found.cost / found.lower_bound - 1 - found.gap) < 1e-12);
        CHECK_OK(qube_plan_verify(plan, network, NULL, &options));
        bound = found.lower_bound;
        qube_plan_free(plan);
    }
    options = defaults();
    options.max_seconds = 1e-9;
    options.objective = QUBE_DENSE_PEAK;
    CHECK_OK(qube_optimize(network, NULL, &options, &plan));
    const qube_summary at_once = summary_of(plan);
    CHECK(at_once.labels == 0 && at_once.optimal == 0 && at_once.bounded == QUBE_BOUNDED_PEAK);
    CHECK(at_once.lower_bound > 0 && at_once.lower_bound <= at_once.peak_elements);
    CHECK(at_once.n_frontier == 1);
    qube_plan_free(plan);
    CHECK_NO_FLAGS();
}

static void refusals(const qube_network *network)
{
    qube_plan *plan = NULL;
    qube_options options = defaults();
    options.require_optimal = 1;
    options.max_states = 10;
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_LIMIT,
                    "max_states is 10, and as many labels were closed before the search ended; "
                    "allowed: more, or plans that are not proven best");
    options = defaults();
    options.max_bytes = 100;
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_LIMIT,
                    "max_bytes is 100, and ");
    options.max_bytes = -1;
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_OPTION,
                    "max_bytes is -1; allowed: 0 (1 GiB), or up to 137438953472");
    options = defaults();
    options.max_states = INT64_MIN;
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_OPTION,
                    "max_states is -9223372036854775808; allowed: 0 (no limit), or more");
    const double seconds[] = {-1, 1e-10, 1e10, NAN, signaling_nan(), INFINITY};
    for (size_t k = 0; k < sizeof seconds / sizeof *seconds; ++k) {
        options = defaults();
        memcpy(&options.max_seconds, &seconds[k], sizeof *seconds);
        CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_OPTION,
                        "max_seconds is ");
    }
    options = defaults();
    options.require_optimal = 2;
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_INPUT,
                    "require_optimal is 2; allowed: 0 or 1");
    options = defaults();
    options.frontier = -1;
    CHECK_NO_HANDLE(plan, qube_optimize(network, NULL, &options, &plan), QUBE_ERR_INPUT,
                    "frontier is -1; allowed: 0 or 1");
    CHECK_NO_FLAGS();
}

struct seen {
    int calls, stop;
    int64_t labels;
    int32_t bounded;
    double value, lower_bound;
};

static int32_t watch(void *user, int64_t labels, int32_t bounded, double value, double lower_bound)
{
    struct seen *seen = user;
    CHECK(seen->calls == 0 || labels > seen->labels);
    CHECK(lower_bound <= value);
    *seen = (struct seen){seen->calls + 1, seen->stop, labels, bounded, value, lower_bound};
    return seen->calls == seen->stop ? -5 : 0;
}

static void progress(const qube_network *network)
{
    qube_plan *plan = NULL;
    qube_options options = defaults();
    struct seen seen = {.stop = 2};
    CHECK_OK(qube_optimize_with_progress(network, NULL, &options, watch, &seen, &plan));
    const qube_summary found = summary_of(plan);
    CHECK(seen.calls == 2 && seen.bounded == QUBE_BOUNDED_COST);
    CHECK(found.optimal == 0 && found.labels == seen.labels);
    CHECK(found.lower_bound == seen.lower_bound && found.cost <= seen.value * (1 + 1e-12));
    qube_plan_free(plan);

    seen = (struct seen){.stop = -1};
    CHECK_OK(qube_optimize_with_progress(network, NULL, &options, watch, &seen, &plan));
    CHECK(seen.calls > 2 && summary_of(plan).optimal == 1);
    CHECK(summary_of(plan).cost <= seen.value * (1 + 1e-12));
    qube_plan_free(plan);

    CHECK_OK(qube_optimize_with_progress(network, NULL, NULL, NULL, NULL, &plan));
    CHECK(summary_of(plan).optimal == 1);
    qube_plan_free(plan);

    seen = (struct seen){.stop = 1};
    options.require_optimal = 1;
    CHECK_NO_HANDLE(plan,
                    qube_optimize_with_progress(network, NULL, &options, watch, &seen, &plan),
                    QUBE_ERR_CALLBACK, "'progress' failed: it returned -5");
    CHECK_NO_HANDLE(plan, qube_optimize_with_progress(NULL, NULL, NULL, watch, &seen, &plan),
                    QUBE_ERR_NULL, "network is NULL");
    CHECK_FAILS(qube_optimize_with_progress(network, NULL, NULL, watch, &seen, NULL), QUBE_ERR_NULL,
                "plan is NULL");
    CHECK_NO_FLAGS();
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    qube_network *network = grid();
    stops_at_limits(network);
    refusals(network);
    progress(network);
    qube_network_free(network);
    return checks_done();
}
