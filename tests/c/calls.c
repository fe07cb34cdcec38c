/* A host reads a whole plan, or a whole budget, by one call. The readers are given a view and no handle,
   so they cannot make another; what they gather is compared with what is known of the answer. */
#include "common.h"

static int calls = 0;
#define COUNTED(call)       \
    do {                    \
        calls++;            \
        CHECK_OK(call);     \
    } while (0)

/* What a host takes out of a plan: a line a node, with labels, extents of loops, sizes and lives. */
static size_t read_plan(const qube_plan_view *v, char *out, size_t room)
{
    size_t used = 0;
#define OUT(...) (used += (size_t)snprintf(out + used, used < room ? room - used : 0, __VA_ARGS__))
    OUT("%.0f %.0f %d\n", v->cost, v->peak_elements, (int)v->optimal);
    for (int64_t at = 0; at < v->n_nodes; ++at) {
        const qube_node *node = &v->nodes[at];
        if (node->tensor >= 0) {
            OUT("%s%d", v->tensors[node->tensor], (int)node->tensor);
        } else {
            OUT("(%d %d)", (int)node->first, (int)node->second);
        }
        for (int64_t k = node->open_begin; k < node->open_end; ++k) {
            OUT(" %s", v->indices[v->open[k]]);
        }
        for (int64_t k = 0; k < node->n_loops; ++k) {
            OUT(" [%s %d x %d]", v->indices[node->loops[k].index], (int)node->loops[k].batches,
                (int)node->loops[k].batch);
        }
        OUT(" %.0f %.0f %.0f %d-%d\n", node->footprint, node->flops, node->live, (int)node->live_from,
            (int)node->live_to);
    }
    for (int64_t k = 0; k < v->n_frontier; ++k) {
        OUT("%.0f %.0f\n", v->frontier[k].peak_elements, v->frontier[k].cost);
    }
    return used;
}

/* Matrices of 3 by 3, the middle index of 300 in batches of 100: 19 contractions. */
static void a_plan_of_20_tensors(void)
{
    char labels[21][8], text[8000];
    qube_network_builder *builder = NULL;
    qube_network *network = NULL;
    CHECK_OK(qube_network_builder_create(&builder));
    for (int k = 0; k <= 20; ++k) {
        snprintf(labels[k], sizeof labels[k], "%c_%d", k == 10 ? 'K' : 'i', k);
        CHECK_OK(qube_network_builder_add_index(builder, labels[k], NULL, k == 10 ? 300 : 3));
    }
    for (int k = 0; k < 20; ++k) {
        const char *const slots[] = {labels[k], labels[k + 1]};
        CHECK_OK(qube_network_builder_add_tensor(builder, "t", slots, 2));
    }
    CHECK_OK(qube_network_builder_build(builder, &network));
    qube_network_builder_free(builder);
    qube_policy *policy = batches("K", 100);
    qube_plan *plan = plan_of(network, policy, QUBE_DENSE_PEAK_SIZE_BATCHED);
    qube_network_free(network);
    qube_policy_free(policy);

    calls = 0;
    qube_plan_view view = {.struct_size = sizeof view};
    COUNTED(qube_plan_get(plan, &view));
    const size_t used = read_plan(&view, text, sizeof text);
    CHECK(calls == 1 && used < sizeof text && view.n_nodes == 39);
    /* 18 products of 3 x 3 x 3, and one over K, whose two tensors are live in slices of 100. */
    CHECK(strncmp(text, "3186 771 1\n", 11) == 0);
    CHECK_SAYS(text, "\nt9 i_9 K_10 900 0 ");
    CHECK_SAYS(text, "[K_10 3 x 100]");
    CHECK_SAYS(text, " i_0 i_20 9 27 ");
    int tensors = 0, lines = 0;
    for (const char *at = text; *at != '\0'; ++at) {
        lines += *at == '\n';
        tensors += at[0] == '\n' && at[1] == 't';
    }
    CHECK(tensors == 20 && lines == 1 + 39 + 1);
    qube_plan_free(plan);
}

/* Every stage, term, event and input of a budget. */
static int64_t read_budget(const qube_budget_view *v)
{
    int64_t words = (int64_t)(strlen(v->release) + strlen(v->note)), bytes = 0;
    for (int64_t k = 0; k < v->n_stages; ++k) {
        words += (int64_t)strlen(v->stages[k].name);
        for (int64_t t = 0; t < v->stages[k].n_terms; ++t) {
            words += (int64_t)strlen(v->stages[k].terms[t].name);
            bytes += v->stages[k].terms[t].kind == QUBE_TERM_POST_PEAK ? 0 : v->stages[k].terms[t].bytes;
        }
        bytes -= v->stages[k].peak_bytes;
    }
    for (int64_t k = 0; k < v->n_events; ++k) {
        words += (int64_t)strlen(v->events[k].what);
        bytes += v->events[k].delta_bytes; /* all that comes goes */
    }
    for (int64_t k = 0; k < v->n_inputs; ++k) {
        words += (int64_t)(strlen(v->inputs[k].name) + strlen(v->inputs[k].value));
        words += v->inputs[k].from != NULL ? (int64_t)strlen(v->inputs[k].from) : 0;
    }
    CHECK(words > 200);
    return bytes;
}

static void budgets(void)
{
    const qube_harmonic_config config = eclipse_qu();
    const qube_eclipse_config teb = nside_8();
    qube_budget *const both[] = {harmonic(&config, NULL), eclipse(&teb)};
    for (int k = 0; k < 2; ++k) {
        calls = 0;
        qube_budget_view view = {.struct_size = sizeof view};
        COUNTED(qube_budget_get(both[k], &view));
        CHECK(read_budget(&view) == 0 && calls == 1);
        qube_budget_free(both[k]);
    }
}

int main(void)
{
    a_plan_of_20_tensors();
    budgets();
    return checks_done();
}
