/* Cost models of the host's own: the plan's cost against all trees, and every way to fail. */
#include <float.h>

#include "common.h"

#define MOST 6

/* --- What the models count, by hand --------------------------------------------------------------- */

/* A network as letters: tensors[t] are the letters of tensor t, extents by letter from 'a'. */
typedef struct {
    const char *text;
    int n;
    const char *tensors[MOST];
    const char *result;
} term;

static const char NAMES[] = "abcdefghij";
static const int64_t EXTENTS[] = {2, 3, 5, 7, 11, 4, 6, 9, 8, 10};

/* All networks are connected, through letters that are not in the result. */
static const term TERMS[] = {
    {"ab,bc,cd,da->", 4, {"ab", "bc", "cd", "da"}, ""},
    {"abc,cd,bde,e->a", 4, {"abc", "cd", "bde", "e"}, "a"},
    {"ab,bc,cd,de,ef->af", 5, {"ab", "bc", "cd", "de", "ef"}, "af"},
    {"abe,bcf,cdg,dah,efgh->", 5, {"abe", "bcf", "cdg", "dah", "efgh"}, ""},
    {"ab,bc,cd,de,ef,fa->", 6, {"ab", "bc", "cd", "de", "ef", "fa"}, ""},
    {"abi,bcj,cdi,dej,ef,fg->ag", 6, {"abi", "bcj", "cdi", "dej", "ef", "fg"}, "ag"},
};
#define N_TERMS ((int)(sizeof TERMS / sizeof TERMS[0]))

/* Volume of the letters that a set of tensors shares with the rest or with the result; of one tensor,
   all of its letters. The volume of a scalar counts 0. */
static double volume_of(const term *t, unsigned set)
{
    double volume = 1.0;
    for (int k = 0; NAMES[k] != '\0'; ++k) {
        int inside = 0;
        int outside = strchr(t->result, NAMES[k]) != NULL;
        for (int i = 0; i < t->n; ++i) {
            if (strchr(t->tensors[i], NAMES[k]) != NULL) {
                if (set >> i & 1) {
                    inside = 1;
                } else {
                    outside = 1;
                }
            }
        }
        if (inside && (outside || (set & (set - 1)) == 0)) {
            volume *= (double)EXTENTS[k];
        }
    }
    return volume == 1.0 ? 0.0 : volume;
}

/* The least that any tree over the set comes to, trying every tree: kind 0: largest intermediate; kind
   1: sum of squares of the volumes of all results. */
static double best_of_all(const term *t, unsigned set, int kind)
{
    if ((set & (set - 1)) == 0) {
        return 0.0;
    }
    const double own = volume_of(t, set);
    double best = INFINITY;
    for (unsigned left = (set - 1) & set; left != 0; left = (left - 1) & set) {
        const double l = best_of_all(t, left, kind);
        const double r = best_of_all(t, set & ~left, kind);
        const double cost = kind == 0 ? fmax(own, fmax(l, r)) : own * own + l + r;
        best = fmin(best, cost);
    }
    return best;
}

/* --- The models ----------------------------------------------------------------------------------- */

/* What the callbacks count and check, and when they fail. */
typedef struct {
    const term *term;
    int kind;
    unsigned volatile_tensors;
    int calls;
    int fail_at;      /* the call that fails, from 1; 0: none */
    int32_t code;     /* what it returns */
    double add;       /* what value adds to the cost */
} host;

typedef struct {
    double cost;
    double padding;
    unsigned set;
} state;

static int32_t count(host *h)
{
    h->calls++;
    return h->calls == h->fail_at ? h->code : 0;
}

static int is_zero(const void *memory, size_t size)
{
    for (size_t k = 0; k < size; ++k) {
        if (((const unsigned char *)memory)[k] != 0) {
            return 0;
        }
    }
    return 1;
}

static int32_t leaf(void *user, const qube_leaf_facts *facts, void *out)
{
    host *h = user;
    state *s = out;
    const unsigned set = 1u << facts->tensor;
    CHECK(facts->struct_size == sizeof *facts && facts->reserved == 0);
    CHECK(facts->footprint == volume_of(h->term, set));
    CHECK(facts->is_volatile == (int32_t)((h->volatile_tensors & set) != 0));
    CHECK((uintptr_t)out % 16 == 0 && is_zero(out, sizeof *s));
    s->set = set;
    return count(h);
}

static int32_t combine(void *user, const qube_contraction_facts *facts, const void *left,
                       const void *right, void *out)
{
    host *h = user;
    state *s = out;
    const state *l = left, *r = right;
    CHECK(facts->struct_size == sizeof *facts && facts->reserved == 0);
    CHECK(facts->left_tensors == l->set && facts->right_tensors == r->set);
    CHECK((l->set & r->set) == 0 && l->set < r->set);
    CHECK(facts->left_footprint == volume_of(h->term, l->set));
    CHECK(facts->right_footprint == volume_of(h->term, r->set));
    CHECK(facts->left_is_volatile == (int32_t)((h->volatile_tensors & l->set) != 0));
    CHECK(facts->right_is_volatile == (int32_t)((h->volatile_tensors & r->set) != 0));
    CHECK((uintptr_t)out % 16 == 0 && is_zero(out, sizeof *s));
    s->set = l->set | r->set;
    CHECK(facts->footprint == volume_of(h->term, s->set));
    CHECK(facts->is_volatile == (int32_t)((h->volatile_tensors & s->set) != 0));
    CHECK(facts->flops >= facts->footprint);
    s->cost = h->kind == 0 ? fmax(facts->footprint, fmax(l->cost, r->cost))
                           : facts->footprint * facts->footprint + l->cost + r->cost;
    return count(h);
}

static int32_t compare(void *user, const void *a, const void *b, int32_t *order)
{
    const state *x = a, *y = b;
    CHECK(x->set == y->set && *order == 0);
    *order = x->cost < y->cost ? -5 : x->cost > y->cost;
    return count(user);
}

static int32_t value(void *user, const void *s, double *cost)
{
    host *h = user;
    *cost = ((const state *)s)->cost + h->add;
    return count(h);
}

static qube_cost_model model_of(host *h)
{
    DEFAULTS(qube_cost_model, model);
    model.state_size = sizeof(state);
    model.user = h;
    model.leaf = leaf;
    model.combine = combine;
    model.compare = compare;
    model.value = value;
    return model;
}

static qube_network *network_of(const term *t)
{
    return einsum(t->text, NAMES, EXTENTS);
}

static double cost_of(const qube_plan *plan)
{
    const qube_plan_view view = view_of(plan);
    CHECK(view.objective == QUBE_CUSTOM && view.n_frontier == 0);
    CHECK(view.lower_bound == view.cost && view.optimal == 1);
    for (int64_t k = 0; k < view.n_nodes; ++k) {
        CHECK(view.nodes[k].cost == 0);
    }
    return view.cost;
}

/* --- Tests ---------------------------------------------------------------------------------------- */

static void the_plan_is_the_best_of_all_trees(void)
{
    DEFAULTS(qube_options, options);
    qube_policy *policy = NULL;
    options.prune_outer_products = 0;
    options.objective = QUBE_CUSTOM;
    CHECK_OK(qube_policy_create(&policy));
    volatile_tensor(policy, "bc");
    for (int k = 0; k < N_TERMS; ++k) {
        const term *t = &TERMS[k];
        qube_network *network = network_of(t);
        for (int kind = 0; kind < 2; ++kind) {
            host h = {t, kind, 0, 0, 0, 0, 0.0};
            for (int i = 0; i < t->n; ++i) {
                h.volatile_tensors |= (unsigned)(strcmp(t->tensors[i], "bc") == 0) << i;
            }
            const qube_cost_model model = model_of(&h);
            qube_plan *plan = NULL;
            CHECK_OK(qube_optimize_custom(network, policy, &options, &model, &plan));
            const double best = best_of_all(t, (1u << t->n) - 1, kind);
            CHECK(best > 0 && near(cost_of(plan), best));
            CHECK_OK(qube_plan_verify(plan, network, policy, &options));
            qube_plan_free(plan);
        }
        qube_network_free(network);
    }
    qube_policy_free(policy);
}

static int32_t no_progress(void *user, const qube_progress *now)
{
    (void)user, (void)now;
    CHECK(!"progress is not called");
    return 1;
}

/* Documents; progress, which a custom model does not report; a limit, at which nothing is proven. */
static void plans_print_and_stop(void)
{
    host h = {&TERMS[2], 0, 0, 0, 0, 0, 0.0};
    const qube_cost_model model = model_of(&h);
    qube_network *network = network_of(h.term);
    qube_plan *plan = NULL;
    char *text = NULL;
    DEFAULTS(qube_options, options);
    options.progress = no_progress;
    CHECK_OK(qube_optimize_custom(network, NULL, &options, &model, &plan));
    CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_TABLE, &text));
    CHECK_SAYS(text, "custom plan of 5 tensors\n");
    qube_text_free(text);
    CHECK_OK(qube_plan_render(plan, QUBE_FORMAT_JSON, &text));
    CHECK_SAYS(text, "\"objective\":\"custom\"");
    qube_text_free(text);
    qube_plan_free(plan);

    options.max_states = 1;
    CHECK_OK(qube_optimize_custom(network, NULL, &options, &model, &plan));
    const qube_plan_view stopped = view_of(plan);
    CHECK(stopped.optimal == 0 && stopped.lower_bound == -DBL_MAX && stopped.gap == -1);
    qube_plan_free(plan);
    options.require_optimal = 1;
    CHECK_NOTHING(plan, qube_optimize_custom(network, NULL, &options, &model, &plan), QUBE_ERR_LIMIT,
                  "max_states is 1");
    qube_network_free(network);
}

/* Each call fails once; the handles go on to work. */
static void a_callback_may_fail(void)
{
    host h = {&TERMS[0], 1, 0, 0, 0, 0, 0.0};
    const qube_cost_model model = model_of(&h);
    qube_network *network = network_of(h.term);
    qube_plan *plan = NULL;
    CHECK_OK(qube_optimize_custom(network, NULL, NULL, &model, &plan));
    const int calls = h.calls;
    const double best = cost_of(plan);
    const char *names[] = {"leaf' failed: it returned -7", "combine' failed: it returned -7",
                           "compare' failed: it returned -7", "value' failed: it returned -7"};
    int seen[4] = {0, 0, 0, 0};
    qube_plan_free(plan);
    h.code = -7;
    for (int at = 1; at <= calls; ++at) {
        h.calls = 0;
        h.fail_at = at;
        CHECK_NOTHING(plan, qube_optimize_custom(network, NULL, NULL, &model, &plan),
                      QUBE_ERR_CALLBACK, "the callback '");
        CHECK(h.calls == at);
        for (int k = 0; k < 4; ++k) {
            seen[k] += says(qube_last_error(), names[k]);
        }
    }
    CHECK(seen[0] >= 4 && seen[1] > 4 && seen[2] > 1 && seen[3] == 1);
    CHECK(seen[0] + seen[1] + seen[2] + seen[3] == calls);
    h.fail_at = 0;
    CHECK_OK(qube_optimize_custom(network, NULL, NULL, &model, &plan));
    CHECK(cost_of(plan) == best);
    qube_plan_free(plan);
    qube_network_free(network);
}

static int32_t forgets(void *user, const void *s, double *cost)
{
    (void)user, (void)s, (void)cost;
    return 0;
}

static int32_t signals(void *user, const void *s, double *cost)
{
    const double nan = signaling_nan();
    (void)user, (void)s;
    memcpy(cost, &nan, sizeof nan);
    return 0;
}

static void bad_models(void)
{
    host h = {&TERMS[0], 0, 0, 0, 0, 0, 0.0};
    const qube_cost_model good = model_of(&h);
    qube_cost_model model;
    qube_network *network = network_of(h.term);
    qube_plan *plan = NULL;
#define REFUSED(status, text)                                                                  \
    CHECK_NOTHING(plan, qube_optimize_custom(network, NULL, NULL, &model, &plan), status, text)
    model = good, model.leaf = NULL;
    REFUSED(QUBE_ERR_NULL, "leaf is NULL");
    model = good, model.combine = NULL;
    REFUSED(QUBE_ERR_NULL, "combine is NULL");
    model = good, model.compare = NULL;
    REFUSED(QUBE_ERR_NULL, "compare is NULL");
    model = good, model.value = NULL;
    REFUSED(QUBE_ERR_NULL, "value is NULL");
    model = good, model.state_size = 0;
    REFUSED(QUBE_ERR_OPTION, "state_size is 0");
    model = good, model.state_size = 4097;
    REFUSED(QUBE_ERR_OPTION, "state_size is 4097");
    model = good, model.state_size = INT64_MIN;
    REFUSED(QUBE_ERR_OPTION, "state_size is -9223372036854775808");
    CHECK(h.calls == 0);
    model = good, model.value = forgets;
    REFUSED(QUBE_ERR_CALLBACK, "'value' failed: it gave NaN");
    model = good, model.value = signals;
    REFUSED(QUBE_ERR_CALLBACK, "it gave NaN");
    model = good;
    h.add = -INFINITY;
    REFUSED(QUBE_ERR_CALLBACK, "it gave -infinity");
    CHECK_NO_FLAGS();

    DEFAULTS(qube_options, options);
    options.objective = QUBE_CUSTOM + 1;
    CHECK_NOTHING(plan, qube_optimize_custom(network, NULL, &options, &good, &plan), QUBE_ERR_OPTION,
                  "objective is 101");
    options.objective = QUBE_DENSE_FLOPS; /* checked, but not used */
    options.volatile_weight = -1;
    CHECK_NOTHING(plan, qube_optimize_custom(network, NULL, &options, &good, &plan), QUBE_ERR_OPTION,
                  "volatile_weight is -1");
    qube_network_free(network);
    network = chain(17, 2);
    CHECK_NOTHING(plan, qube_optimize_custom(network, NULL, NULL, &good, &plan), QUBE_ERR_TOO_LARGE,
                  "17...16");
    qube_network_free(network);
    CHECK_NO_FLAGS();
}

/* --- Sizes of states ------------------------------------------------------------------------------ */

/* Every byte of a state is the host's: leaves fill it with their number, results check and add. */
static int32_t fill(void *user, const qube_leaf_facts *facts, void *out)
{
    memset(out, (int)facts->tensor + 1, (size_t)*(const int64_t *)user);
    return 0;
}

static int32_t add(void *user, const qube_contraction_facts *facts, const void *left, const void *right,
                   void *out)
{
    const unsigned char *l = left, *r = right;
    (void)facts;
    for (int64_t k = 0; k < *(const int64_t *)user; ++k) {
        ((unsigned char *)out)[k] = (unsigned char)(l[k] + r[k]);
    }
    return 0;
}

static int32_t same(void *user, const void *a, const void *b, int32_t *order)
{
    (void)order;
    CHECK(memcmp(a, b, (size_t)*(const int64_t *)user) == 0);
    return 0;
}

static int32_t first_byte(void *user, const void *s, double *cost)
{
    const unsigned char *bytes = s;
    for (int64_t k = 0; k < *(const int64_t *)user; ++k) {
        CHECK(bytes[k] == bytes[0]);
    }
    *cost = bytes[0];
    return 0;
}

static void states_have_any_size(void)
{
    const int64_t sizes[] = {1, 15, 16, 17, 100, 4096};
    qube_network *network = network_of(&TERMS[5]);
    for (int k = 0; k < 6; ++k) {
        int64_t size = sizes[k];
        const qube_cost_model model = {sizeof model, size, &size, fill, add, same, first_byte};
        qube_plan *plan = NULL;
        CHECK_OK(qube_optimize_custom(network, NULL, NULL, &model, &plan));
        CHECK(cost_of(plan) == 1 + 2 + 3 + 4 + 5 + 6);
        qube_plan_free(plan);
    }
    qube_network_free(network);
}

/* 2^16 - 1 sets with 4096 bytes each are more than 2^27 bytes; nothing is called. */
static void all_states_together_are_bounded(void)
{
    host h = {&TERMS[0], 0, 0, 0, 0, 0, 0.0};
    qube_cost_model model = model_of(&h);
    qube_network *star = einsum("a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a->", NAMES, EXTENTS);
    qube_plan *plan = NULL;
    model.state_size = 4096;
    CHECK_NOTHING(plan, qube_optimize_custom(star, NULL, NULL, &model, &plan), QUBE_ERR_TOO_LARGE,
                    "268431360...134217728");
    CHECK(h.calls == 0);
    qube_network_free(star);
}

/* One and two tensors have a plan, and a value, too. */
static void small_networks(void)
{
    int64_t size = 8;
    const qube_cost_model model = {sizeof model, size, &size, fill, add, same, first_byte};
    const char *texts[] = {"ab->ab", "ab,bc->ac"};
    for (int k = 0; k < 2; ++k) {
        qube_network *network = einsum(texts[k], NAMES, EXTENTS);
        qube_plan *plan = NULL;
        CHECK_OK(qube_optimize_custom(network, NULL, NULL, &model, &plan));
        CHECK(cost_of(plan) == (k == 0 ? 1 : 3));
        qube_plan_free(plan);
        qube_network_free(network);
    }
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    the_plan_is_the_best_of_all_trees();
    plans_print_and_stop();
    a_callback_may_fail();
    bad_models();
    states_have_any_size();
    all_states_together_are_bounded();
    small_networks();
    CHECK_NO_FLAGS();
    return checks_done();
}
