/* Times calls through the C interface for run.py, as a host makes them.
     c_interface SECONDS budget PATH      predicts a run, and asks for its peak
     c_interface SECONDS fit PATH         predicts a run, asks whether it fits in 32 GiB and for its
                                          request, and what the limit leaves
     c_interface SECONDS chain N          builds a chain of N tensors, plans it, and asks for its
                                          cost
     c_interface SECONDS term < NETWORK   builds a network and its policy, plans it under
                                          peak-size-batched, and asks for what it comes to
   PATH: harmonic, pixel-direct or eclipse. The C++ and Fortran programs time the same calls.
   A network is words: the number of indices; of each the label, space, extent, batch target (0: not
   batchable), number of protos and protos, number of power means and means; the number of tensors; of
   each the label, whether it is volatile, number of indices and indices.
   Prints {"seconds":..,"calls":..,"values":[..]}: the time of one call, in the first of runs of 1, 2,
   4, .. calls that fills SECONDS; and what a call gave. */
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
        fprintf(stderr, "c_interface: %s\n", qube_last_error());
        exit(1);
    }
}

static qube_budget *budget_of(int path)
{
    qube_budget *budget;
    if (path == QUBE_PATH_HARMONIC) { /* the run of the README */
        qube_harmonic_config run;
        check(qube_harmonic_config_init(&run, sizeof run));
        run.n_pix = 59136, run.n_modes = 33274, run.lmax_signal = 256, run.lmax = 128;
        check(qube_budget_harmonic(&run, NULL, &budget));
    } else if (path == QUBE_PATH_PIXEL_DIRECT) {
        qube_pixel_direct_config run;
        check(qube_pixel_direct_config_init(&run, sizeof run));
        run.n_pix = 9800, run.lmax_signal = 256, run.n_bins = 6, run.n_params = 18;
        check(qube_budget_pixel_direct(&run, NULL, &budget));
    } else {
        qube_eclipse_config run;
        check(qube_eclipse_config_init(&run, sizeof run));
        run.code = QUBE_ECLIPSE_TEB, run.pix_t = 29000, run.pix_p = 27000, run.lmax = 192, run.maps = 1000;
        check(qube_budget_eclipse(&run, NULL, &budget));
    }
    return budget;
}

static int budget(int path, double *values)
{
    qube_budget *budget = budget_of(path);
    qube_budget_view view = {.struct_size = sizeof view};
    check(qube_budget_get(budget, &view));
    qube_budget_free(budget);
    values[0] = (double)view.lifetime_peak_bytes;
    return 1;
}

static int fit(int path, double *values)
{
    qube_budget *budget = budget_of(path);
    qube_fit *fit;
    qube_fit_view view = {.struct_size = sizeof view};
    qube_request_view request = {.struct_size = sizeof request};
    check(qube_budget_fit(budget, NULL, (int64_t)32 << 30, &fit));
    check(qube_fit_get(fit, &view));
    check(qube_request_get(view.request, &request));
    qube_fit_free(fit);
    qube_budget_free(budget);
    values[0] = (double)view.spare_bytes;
    return 1;
}

enum { MOST_CHAIN = 255 };

/* A product of matrices, A(0, 1) A(1, 2) ..., of 10 to 22 rows. */
static int chain(int tensors, double *values)
{
    char label[MOST_CHAIN + 1][16];
    qube_network_builder *builder;
    qube_network *network;
    qube_plan *plan;
    qube_plan_view view = {.struct_size = sizeof view};
    check(qube_network_builder_create(&builder));
    for (int i = 0; i <= tensors; ++i) {
        snprintf(label[i], sizeof label[i], "i_%d", i);
        check(qube_network_builder_add_index(builder, label[i], NULL, 10 + 7 * i % 13));
    }
    for (int i = 0; i < tensors; ++i) {
        check(qube_network_builder_add_tensor(builder, "A", (const char *[]){label[i], label[i + 1]}, 2));
    }
    check(qube_network_builder_build(builder, &network));
    qube_network_builder_free(builder);
    check(qube_optimize(network, NULL, NULL, &plan));
    check(qube_plan_get(plan, &view));
    qube_plan_free(plan);
    qube_network_free(network);
    values[0] = view.cost;
    return 1;
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

static int term(int unused, double *values)
{
    qube_network_builder *builder;
    qube_network *network;
    qube_policy *policy;
    qube_options options;
    qube_plan *plan;
    qube_plan_view summary = {.struct_size = sizeof summary};
    qube_index_rule index;
    qube_tensor_rule tensor;
    (void)unused;
    check(qube_network_builder_create(&builder));
    check(qube_policy_create(&policy));
    for (int64_t k = 0; k < network_in.n_indices; ++k) {
        check(qube_network_builder_add_composite(
            builder, network_in.index[k].label, network_in.index[k].space,
            network_in.index[k].extent, (const char *const *)network_in.index[k].protos.word,
            network_in.index[k].protos.n, network_in.index[k].means, network_in.index[k].n_means));
        if (network_in.index[k].target > 0) {
            check(qube_index_rule_init(&index, sizeof index));
            index.label = network_in.index[k].label;
            index.target = network_in.index[k].target;
            check(qube_policy_add_index_rule(policy, &index));
        }
    }
    for (int64_t k = 0; k < network_in.n_tensors; ++k) {
        check(qube_network_builder_add_tensor(
            builder, network_in.tensor[k].label,
            (const char *const *)network_in.tensor[k].indices.word,
            network_in.tensor[k].indices.n));
        if (network_in.tensor[k].is_volatile) {
            check(qube_tensor_rule_init(&tensor, sizeof tensor));
            tensor.label = network_in.tensor[k].label;
            check(qube_policy_add_tensor_rule(policy, &tensor));
        }
    }
    check(qube_network_builder_build(builder, &network));
    qube_network_builder_free(builder);
    check(qube_options_init(&options, sizeof options));
    options.objective = QUBE_DENSE_PEAK_SIZE_BATCHED;
    check(qube_optimize(network, policy, &options, &plan));
    check(qube_plan_get(plan, &summary));
    values[0] = summary.peak_elements;
    values[1] = summary.cost;
    qube_plan_free(plan);
    qube_policy_free(policy);
    qube_network_free(network);
    return 2;
}

/* 0: none of them. */
static int path_of(const char *word)
{
    static const char *const path[] = {"", "harmonic", "pixel-direct", "eclipse"};
    int k = QUBE_PATH_ECLIPSE;
    while (k > 0 && strcmp(word, path[k]) != 0) {
        --k;
    }
    return k;
}

static int tensors_of(const char *word)
{
    const int n = atoi(word);
    return n <= MOST_CHAIN ? n : 0;
}

static void time_calls(int (*work)(int, double *), int which, double seconds)
{
    double values[2], passed = 0;
    int n = 0;
    long calls = 1;
    for (;; calls *= 2) {
        const double begun = now();
        for (long call = 0; call < calls; ++call) {
            n = work(which, values);
        }
        passed = now() - begun;
        if (passed >= seconds) {
            break;
        }
    }
    printf("{\"seconds\":%.9g,\"calls\":%ld,\"values\":[%.17g", passed / (double)calls, calls,
           values[0]);
    if (n == 2) {
        printf(",%.17g", values[1]);
    }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*which)(const char *);
        int (*work)(int which, double *values); /* returns how many values it gives */
    } works[] = {{"budget", path_of, budget}, {"fit", path_of, fit}, {"chain", tensors_of, chain}};
    if (argc == 3 && strcmp(argv[2], "term") == 0) {
        read_network();
        time_calls(term, 0, atof(argv[1]));
        return 0;
    }
    for (size_t k = 0; argc == 4 && k < sizeof works / sizeof *works; ++k) {
        const int which = works[k].which(argv[3]);
        if (strcmp(argv[2], works[k].name) == 0 && which > 0) {
            time_calls(works[k].work, which, atof(argv[1]));
            return 0;
        }
    }
    fprintf(stderr, "usage: c_interface SECONDS budget|fit PATH, chain N, or term < NETWORK\n");
    return 2;
}
