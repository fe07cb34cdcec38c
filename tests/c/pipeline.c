/* Pipelines of the host's own: documents with parameters, and builders beside allocations. */
#include "common.h"

static char *read_file(const char *name)
{
    char path[2000];
    snprintf(path, sizeof path, "%s/../../examples/pipelines/%s", getenv("QUBE_TEST_DATA"), name);
    FILE *file = fopen(path, "rb");
    if (!CHECK(file != NULL)) {
        exit(1);
    }
    char *text = calloc(1, 1 << 16);
    CHECK(text != NULL && fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

static qube_pipeline *xqml(void)
{
    char *text = read_file("xqml.json");
    qube_pipeline *pipeline = NULL;
    CHECK_OK(qube_pipeline_parse(text, &pipeline));
    free(text);
    return pipeline;
}

static const qube_parameter_value sizes[] = {{"npix", 768}, {"nbin", 10}};
/* A matrix of (2 x 768)^2 doubles, and one of (2 x 10)^2. */
static const int64_t unit = INT64_C(8) * 1536 * 1536;
static const int64_t small = INT64_C(8) * 20 * 20;

static qube_budget *budget_of(const qube_pipeline *pipeline)
{
    qube_budget *budget = NULL;
    CHECK_OK(qube_budget_pipeline(pipeline, sizes, 2, &budget));
    return budget;
}

static void documents(void)
{
    qube_pipeline *pipeline = xqml();
    VIEW(qube_pipeline, view, pipeline);
    CHECK_TEXT(view.name, "xQML");
    CHECK_SAYS(view.source, "class-telescope/xQML");
    CHECK(view.n_parameters == 6);
    const qube_parameter *npix = &view.parameters[0], *stokes = &view.parameters[1];
    CHECK_TEXT(npix->name, "npix");
    CHECK_TEXT(npix->unit, "pixels");
    CHECK_TEXT(npix->price, "a smaller mask or coarser pixels");
    CHECK(npix->default_value == -1 && npix->least == 1 && npix->most == INT64_MAX);
    CHECK(npix->order == 3 && npix->choices == NULL && npix->is_switch == 0);
    CHECK(stokes->n_choices == 3 && stokes->choices[2] == 3 && stokes->price == NULL);
    CHECK(stokes->default_value == 2 && stokes->order == -1 && view.parameters[4].is_switch == 1);

    qube_budget *budget = budget_of(pipeline);
    qube_pipeline_free(pipeline);
    VIEW(qube_budget, told, budget);
    CHECK(told.path == QUBE_PATH_PIPELINE && told.n_stages == 3);
    CHECK_TEXT(told.program, "xQML");
    CHECK(told.lifetime_peak_bytes == 61 * unit + 2 * small);
    CHECK_TEXT(told.inputs[told.n_inputs - 1].from, "8 * nl * n ^ 2");
    CHECK_TEXT(told.events[0].what, "+ allcosang");

    DEFAULTS(qube_job, job);
    job.ranks_per_node = 2;
    qube_request *request = NULL;
    CHECK_OK(qube_budget_request(budget, &job, &request));
    VIEW(qube_request, asked, request);
    CHECK(asked.per_node_bytes == 2 * (63 * unit + 2 * small));
    qube_request_free(request);

    qube_fit *fit = NULL;
    CHECK_OK(qube_budget_fit(budget, NULL, 50 * unit, &fit));
    VIEW(qube_fit, over, fit);
    CHECK(over.fits == 0 && over.n_changes == 3 && over.cheapest == 0);
    CHECK(over.changes[1].kind == QUBE_CHANGE_PARAMETER && over.changes[1].value == 7);
    CHECK_TEXT(over.changes[1].parameter, "nbin");
    CHECK_TEXT(over.changes[1].words, "nbin 7: wider bins of multipoles");
    qube_fit_free(fit);

    qube_largest *largest = NULL;
    CHECK_OK(qube_budget_largest_parameter(budget, "nbin", NULL, 50 * unit, &largest));
    VIEW(qube_largest, found, largest);
    CHECK(found.kind == QUBE_LARGEST_VALUE && found.size == QUBE_SIZE_PARAMETER);
    CHECK(found.value == 7 && found.next_value == 8 && found.next_per_node_bytes > 50 * unit);
    CHECK_SAYS(found.message, "The largest nbin for ... on a node: 7");
    qube_largest_free(largest);
    CHECK_NOTHING(largest,
                  qube_budget_largest_parameter(budget, "lmax", NULL, GIB, &largest),
                  QUBE_ERR_INPUT, "parameter 'lmax' is not of pipeline 'xQML'");
    CHECK_NOTHING(largest, qube_budget_largest(budget, QUBE_SIZE_LMAX, NULL, GIB, &largest),
                  QUBE_ERR_INPUT, "parameter 'lmax' is not of pipeline 'xQML'");
    CHECK_NOTHING(largest,
                  qube_budget_largest_parameter(budget, "cross", NULL, GIB, &largest),
                  QUBE_ERR_INPUT, "parameter 'cross' is true or false");
    qube_budget_free(budget);
}

static void bad_documents(void)
{
    static const struct {
        const char *json, *says;
        int32_t status;
    } cases[] = {
        {"{}", "missing field `schema`", QUBE_ERR_DOCUMENT},
        {"{\"schema\":\"qube-pipeline/1\",\"name\":\"a\",\"source\":\"\",\"stages\":["
         "{\"name\":\"one\",\"events\":[{\"allocate\":\"a\",\"bytes\":\"2 *\"}]}]}",
         "stages[0].events[0].bytes, character 4 of '2 *': found the end", QUBE_ERR_DOCUMENT},
        {"{\"schema\":\"qube-pipeline/1\",\"name\":\"a\",\"source\":\"\",\"stages\":["
         "{\"name\":\"one\",\"events\":[{\"free\":\"a\"}]}]}",
         "stages[0].events[0].free is 'a', which no event before allocates", QUBE_ERR_DOCUMENT},
        {BAD_UTF8, "json is not UTF-8", QUBE_ERR_UTF8},
        {NULL, "json is NULL", QUBE_ERR_NULL},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        qube_pipeline *pipeline;
        CHECK_NOTHING(pipeline, qube_pipeline_parse(cases[k].json, &pipeline), cases[k].status,
                      cases[k].says);
    }
    /* 4 KB that would come to 9^9^9...; and parentheses without end. */
    char deep[4300] = "{\"schema\":\"qube-pipeline/1\",\"name\":\"a\",\"source\":\"\",\"stages\":[{"
                      "\"name\":\"one\",\"events\":[{\"allocate\":\"a\",\"bytes\":\"";
    const size_t begin = strlen(deep);
    memset(deep + begin, '(', 4000);
    memcpy(deep + begin + 4000, "\"}]}]}", 7);
    qube_pipeline *pipeline;
    CHECK_NOTHING(pipeline, qube_pipeline_parse(deep, &pipeline), QUBE_ERR_DOCUMENT,
                  "nested too deep");
    for (int k = 0; k < 2000; ++k) {
        memcpy(deep + begin + 2 * k, "9*", 2);
    }
    deep[begin + 3999] = '9';
    CHECK_OK(qube_pipeline_parse(deep, &pipeline));
    qube_budget *budget;
    CHECK_NOTHING(budget, qube_budget_pipeline(pipeline, NULL, 0, &budget), QUBE_ERR_OVERFLOW,
                  "stages[0].events[0].bytes, character ... is too large");
    qube_pipeline_free(pipeline);
}

static void bad_values(void)
{
    qube_pipeline *pipeline = xqml();
    static const struct {
        qube_parameter_value values[3];
        int64_t n_values;
        int32_t status;
        const char *says;
    } cases[] = {
        {{{"npix", 768}}, 1, QUBE_ERR_INPUT, "parameter 'nbin' has no value and no default"},
        {{{"npix", 768}, {"nbins", 1}}, 2, QUBE_ERR_INPUT, "parameter 'nbins' is not of pipeline"},
        {{{"npix", 0}}, 1, QUBE_ERR_INPUT, "parameter 'npix' is 0; give 1 or more"},
        {{{"nstokes", 4}}, 1, QUBE_ERR_INPUT, "parameter 'nstokes' is 4; give 1, 2 or 3"},
        {{{"npix", 1}, {"npix", 1}}, 2, QUBE_ERR_DUPLICATE, "parameter 'npix' is given twice"},
        {{{NULL, 1}}, 1, QUBE_ERR_NULL, "values[].name is NULL"},
        {{{"npix", INT64_MAX}, {"nbin", 1}}, 2, QUBE_ERR_OVERFLOW, "derived[0].is"},
        {{{"npix", 1}}, -1, QUBE_ERR_INPUT, "n_values is -1"},
    };
    qube_budget *budget;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
        CHECK_NOTHING(budget,
                      qube_budget_pipeline(pipeline, cases[k].values, cases[k].n_values, &budget),
                      cases[k].status, cases[k].says);
    }
    CHECK_NOTHING(budget, qube_budget_pipeline(pipeline, NULL, 1, &budget), QUBE_ERR_NULL,
                  "values is NULL");
    CHECK_NOTHING(budget, qube_budget_pipeline(NULL, sizes, 2, &budget), QUBE_ERR_NULL, "pipeline");
    qube_pipeline_free(pipeline);
    qube_pipeline_free(NULL);
}

/* The calls stand beside those that allocate. */
static void builders(void)
{
    enum { N = 1000, NB = 64 };
    qube_pipeline_builder *builder = NULL;
    qube_budget *budget = NULL;
    CHECK_OK(qube_pipeline_builder_create("a solver", &builder));
    CHECK_NOTHING(budget, qube_pipeline_builder_budget(builder, &budget), QUBE_ERR_CONFLICT,
                  "'a solver' comes before any stage");
    CHECK_FAILS(qube_pipeline_builder_allocate(builder, "C", 1, N, N, 8, QUBE_LAYOUT_BLOCK_CYCLIC,
                                               QUBE_HOLDER_EVERY_RANK),
                QUBE_ERR_CONFLICT, "'C' comes before any stage");
    CHECK_OK(qube_pipeline_builder_stage(builder, "covariance"));
    CHECK_OK(qube_pipeline_builder_allocate(builder, "C", 1, N, N, 8, QUBE_LAYOUT_BLOCK_CYCLIC,
                                            QUBE_HOLDER_EVERY_RANK));
    double *work = malloc(sizeof *work * N * NB);
    CHECK_OK(qube_pipeline_builder_allocate(builder, "work", 1, N, NB, sizeof *work,
                                            QUBE_LAYOUT_REPLICATED, QUBE_HOLDER_EVERY_RANK));
    free(work);
    CHECK_OK(qube_pipeline_builder_deallocate(builder, "work"));
    CHECK_OK(qube_pipeline_builder_stage(builder, "solve"));
    CHECK_OK(qube_pipeline_builder_allocate(builder, "x", 1, N, 1, 8, QUBE_LAYOUT_REPLICATED,
                                            QUBE_HOLDER_FIRST_RANK));

    CHECK_FAILS(qube_pipeline_builder_deallocate(builder, "work"), QUBE_ERR_CONFLICT,
                "'work' is not held");
    CHECK_FAILS(qube_pipeline_builder_allocate(builder, "x", 1, 1, 1, 8, 1, 1), QUBE_ERR_DUPLICATE,
                "array 'x' is held already");
    CHECK_FAILS(qube_pipeline_builder_allocate(builder, "y", 1, -1, 1, 8, 1, 1), QUBE_ERR_INPUT,
                "rows is -1");
    CHECK_FAILS(qube_pipeline_builder_allocate(builder, "y", 1, 1, 1, 8, 0, 1), QUBE_ERR_INPUT,
                "layout is 0");
    CHECK_FAILS(qube_pipeline_builder_allocate(builder, "y", 1, 1, 1, 8, 1, 4), QUBE_ERR_INPUT,
                "holder is 4");
    CHECK_FAILS(qube_pipeline_builder_allocate(builder, "y", INT64_MAX, INT64_MAX, 8, 8, 1, 1),
                QUBE_ERR_OVERFLOW, "the memory of 'y' on a rank is too large");
    CHECK_FAILS(qube_pipeline_builder_stage(builder, "solve"), QUBE_ERR_DUPLICATE, "stage 'solve'");
    CHECK_FAILS(qube_pipeline_builder_stage(builder, ""), QUBE_ERR_LABEL, "the label ''");
    CHECK_FAILS(qube_pipeline_builder_stage(builder, NULL), QUBE_ERR_NULL, "name is NULL");

    CHECK_OK(qube_pipeline_builder_budget(builder, &budget));
    qube_pipeline_builder_free(builder);
    qube_pipeline_builder_free(NULL);
    VIEW(qube_budget, view, budget);
    CHECK(view.n_stages == 2 && view.peak_stage == 0 && view.n_inputs == 0);
    CHECK(view.stages[0].peak_bytes == 8 * N * N + 8 * N * NB);
    CHECK(view.stages[1].end_bytes == 8 * N * N + 8 * N);
    CHECK_TEXT(view.program, "a solver");

    DEFAULTS(qube_job, job);
    job.ranks_per_node = 4;
    job.baseline_bytes = 0;
    qube_fit *fit = NULL;
    CHECK_OK(qube_budget_fit(budget, &job, GIB, &fit));
    VIEW(qube_fit, fits, fit);
    CHECK(fits.fits == 1);
    qube_fit_free(fit);
    /* Its own arrays are the units: there is no n_pix. */
    qube_comparison *comparison = NULL;
    CHECK_OK(qube_budget_compare(budget, "covariance peak 9 MiB\nsolve 8 MiB", &comparison));
    char *text = NULL;
    CHECK_OK(qube_comparison_render(comparison, QUBE_FORMAT_TABLE, &text));
    CHECK_SAYS(text, "a solver predicted and measured");
    qube_text_free(text);
    qube_comparison_free(comparison);
    qube_largest *largest;
    CHECK_NOTHING(largest, qube_budget_largest_parameter(budget, "n", &job, GIB, &largest),
                  QUBE_ERR_INPUT, "n of a builder's budget, whose sizes are fixed");
    CHECK_OK(qube_budget_largest(budget, QUBE_SIZE_NODES, &job, GIB, &largest));
    qube_largest_free(largest);
    qube_budget_free(budget);
}

int main(void)
{
    feclearexcept(FE_ALL_EXCEPT);
    documents();
    bad_documents();
    bad_values();
    builders();
    CHECK_NO_FLAGS();
    return checks_done();
}
