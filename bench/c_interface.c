/* Times calls through the C interface for run.py, as a host makes them.
     c_interface budget SECONDS                 predicts a harmonic run, and asks for its peak
     c_interface term SECONDS < NETWORK         builds a network and its policy, plans it under
                                                peak-size-batched, and asks for what it comes to
     c_interface rows SECONDS                   what fortran_interface times, in C: budgets and fits of
                                                each path, plans of chains
   A network is words: the number of indices; of each the label, space, extent, batch target (0: not
   batchable), number of protos and protos, number of power means and means; the number of tensors; of
   each the label, whether it is volatile, number of indices and indices.
   Prints {"seconds":..,"calls":..,"values":[..]}: the time of one call, and what it gave; of rows an
   object a line, {"name":..,"seconds":..,"calls":..,"value":..}. */
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
        check(qube_budget_eclipse(&run, &budget));
    }
    return budget;
}

static double budget_row(int path)
{
    qube_budget *budget = budget_of(path);
    qube_budget_view view = {.struct_size = sizeof view};
    check(qube_budget_get(budget, &view));
    qube_budget_free(budget);
    return (double)view.lifetime_peak_bytes;
}

static double fit_row(int path)
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
    return (double)view.spare_bytes;
}

/* A product of matrices, A(0, 1) A(1, 2) ..., of 10 to 22 rows. */
static double chain_row(int tensors)
{
    char label[256][16];
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
    return view.cost;
}

static void row(const char *name, double (*work)(int), int which, double seconds)
{
    double value = work(which); /* the first call meets cold caches */
    const double begun = now();
    double end = begun;
    long calls = 0;
    while (calls == 0 || end - begun < seconds) {
        value = work(which);
        ++calls;
        end = now();
    }
    printf("{\"name\":\"%s\",\"seconds\":%.9g,\"calls\":%ld,\"value\":%.17g}\n", name,
           (end - begun) / (double)calls, calls, value);
}

static void rows(double seconds)
{
    static const char *const path[] = {"harmonic", "pixel-direct", "eclipse"};
    static const int tensors[] = {5, 8, 20, 200};
    char name[32];
    for (int k = 0; k < 3; ++k) {
        snprintf(name, sizeof name, "budget %s", path[k]);
        row(name, budget_row, k + 1, seconds);
    }
    for (int k = 0; k < 3; ++k) {
        snprintf(name, sizeof name, "fit %s", path[k]);
        row(name, fit_row, k + 1, seconds);
    }
    for (int k = 0; k < 4; ++k) {
        snprintf(name, sizeof name, "chain %d", tensors[k]);
        row(name, chain_row, tensors[k], seconds);
    }
}

static void budget(double values[2])
{
    values[0] = budget_row(QUBE_PATH_HARMONIC);
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
    qube_plan_view summary = {.struct_size = sizeof summary};
    qube_index_rule index;
    qube_tensor_rule tensor;
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
}

int main(int argc, char **argv)
{
    void (*work)(double *) = NULL;
    double values[2] = {0, 0};
    if (argc == 3 && strcmp(argv[1], "rows") == 0) {
        rows(atof(argv[2]));
        return 0;
    } else if (argc == 3 && strcmp(argv[1], "budget") == 0) {
        work = budget;
    } else if (argc == 3 && strcmp(argv[1], "term") == 0) {
        work = term;
        read_network();
    } else {
        fprintf(stderr, "usage: c_interface budget|term|rows SECONDS\n");
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
