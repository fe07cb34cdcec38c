/* Times calls through the C interface for run.py, as a host makes them.
     c_interface budget SECONDS                 predicts a harmonic run, and asks for its peak
     c_interface term SECONDS < NETWORK         builds a network and its policy, plans it under
                                                peak-batched, and asks for what it comes to
   A network is words: the number of indices; of each the label, space, extent, batch target (0: not
   batchable), number of protos and protos, number of power means and means; the number of tensors; of
   each the label, whether it is volatile, number of indices and indices.
   Prints {"seconds":..,"calls":..,"values":[..]}: the time of one call, and what it gave. */
#include <qube_budget.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void check(int32_t status)
{
    if (status != QUBE_OK) {
        char message[400];
        qube_last_error(message, sizeof message);
        fprintf(stderr, "c_interface: %s\n", message);
        exit(1);
    }
}

/* The run of the README. */
static void budget(double values[2])
{
    qube_harmonic_config run;
    qube_budget *budget;
    int64_t peak;
    check(qube_harmonic_config_init(&run, sizeof run));
    run.n_pix = 59136, run.n_modes = 33274, run.lmax_signal = 256, run.lmax = 128;
    check(qube_budget_harmonic(&run, &budget));
    check(qube_budget_lifetime_peak(budget, &peak));
    qube_budget_free(budget);
    values[0] = (double)peak;
}

enum { MOST_INDICES = 64, MOST_TENSORS = 32, MOST_WORDS = 16 };

/* Labels as the builder takes them. */
struct words {
    int64_t n;
    char *word[MOST_WORDS];
};

static struct {
    int64_t n_indices, n_tensors;
    struct {
        char *label, *space;
        int64_t extent, target, n_means;
        struct words protos;
        double means[MOST_WORDS];
    } index[MOST_INDICES];
    struct {
        char *label;
        int64_t is_volatile;
        struct words indices;
    } tensor[MOST_TENSORS];
} network_in;

static void need(int found)
{
    if (!found) {
        fprintf(stderr, "c_interface: the network ends too early, or is too large\n");
        exit(1);
    }
}

static int64_t number(int64_t most)
{
    int64_t found = 0;
    need(scanf("%" SCNd64, &found) == 1 && found <= most);
    return found;
}

static char *word(void)
{
    char found[128];
    need(scanf("%127s", found) == 1);
    return strdup(found);
}

static struct words words(void)
{
    struct words found = {.n = number(MOST_WORDS)};
    for (int64_t k = 0; k < found.n; ++k) {
        found.word[k] = word();
    }
    return found;
}

static void read_network(void)
{
    network_in.n_indices = number(MOST_INDICES);
    for (int64_t k = 0; k < network_in.n_indices; ++k) {
        network_in.index[k].label = word();
        network_in.index[k].space = word();
        network_in.index[k].extent = number(INT64_MAX);
        network_in.index[k].target = number(INT64_MAX);
        network_in.index[k].protos = words();
        network_in.index[k].n_means = number(MOST_WORDS);
        for (int64_t m = 0; m < network_in.index[k].n_means; ++m) {
            need(scanf("%lf", &network_in.index[k].means[m]) == 1);
        }
    }
    network_in.n_tensors = number(MOST_TENSORS);
    for (int64_t k = 0; k < network_in.n_tensors; ++k) {
        network_in.tensor[k].label = word();
        network_in.tensor[k].is_volatile = number(1);
        network_in.tensor[k].indices = words();
    }
}

static void term(double values[2])
{
    qube_network_builder *builder;
    qube_network *network;
    qube_policy *policy;
    qube_options options;
    qube_plan *plan;
    qube_summary summary = {.struct_size = sizeof summary};
    check(qube_network_builder_create(&builder));
    check(qube_policy_create(&policy));
    for (int64_t k = 0; k < network_in.n_indices; ++k) {
        check(qube_network_builder_add_composite(
            builder, network_in.index[k].label, network_in.index[k].space,
            network_in.index[k].extent, (const char *const *)network_in.index[k].protos.word,
            network_in.index[k].protos.n, network_in.index[k].means, network_in.index[k].n_means));
        if (network_in.index[k].target > 0) {
            check(qube_policy_batch_index(policy, network_in.index[k].label,
                                          network_in.index[k].target));
        }
    }
    for (int64_t k = 0; k < network_in.n_tensors; ++k) {
        check(qube_network_builder_add_tensor(
            builder, network_in.tensor[k].label,
            (const char *const *)network_in.tensor[k].indices.word,
            network_in.tensor[k].indices.n));
        if (network_in.tensor[k].is_volatile) {
            check(qube_policy_add_volatile(policy, network_in.tensor[k].label));
        }
    }
    check(qube_network_builder_build(builder, &network));
    qube_network_builder_free(builder);
    check(qube_options_init(&options, sizeof options));
    options.objective = QUBE_DENSE_PEAK_BATCHED;
    check(qube_optimize(network, policy, &options, &plan));
    check(qube_plan_summary(plan, &summary));
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
    values[0] = summary.peak_elements;
    values[1] = summary.cost;
}

int main(int argc, char **argv)
{
    void (*work)(double *) = NULL;
    double values[2] = {0, 0};
    if (argc == 3 && strcmp(argv[1], "budget") == 0) {
        work = budget;
    } else if (argc == 3 && strcmp(argv[1], "term") == 0) {
        work = term;
        read_network();
    } else {
        fprintf(stderr, "usage: c_interface budget|term SECONDS\n");
        return 2;
    }
    const double seconds = atof(argv[2]);
    long calls = 0;
    work(values); /* the first call meets cold caches */
    const double begun = now();
    double end = begun;
    while (calls == 0 || end - begun < seconds) {
        for (int k = 0; k < 16; ++k) {
            work(values);
        }
        calls += 16;
        end = now();
    }
    printf("{\"seconds\":%.9g,\"calls\":%ld,\"values\":[%.17g,%.17g]}\n", (end - begun) / (double)calls,
           calls, values[0], values[1]);
    return 0;
}
