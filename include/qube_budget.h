/**
 * qube_budget predicts how much memory a run needs before it allocates anything, and plans tensor
 * contractions that fit.
 *
 *   Memory of a run   config and survey, pipeline, or builder -> qube_budget
 *                     qube_budget and job -> qube_request, qube_fit, qube_largest, qube_ranks
 *                     qube_budget or qube_request, and measured sizes -> qube_comparison
 *   Contractions      qube_network, qube_policy and options -> qube_plan, qube_plans
 *
 * Contract of every function; its own comment states only what it adds.
 *  - Status. A call that can fail returns int32_t: QUBE_OK (0) or a QUBE_ERR_ code, and
 *    qube_last_error() explains it. Results go through the last pointers, only on success.
 *    @return omits four codes: QUBE_ERR_NULL for a NULL pointer (unless the comment allows NULL),
 *    QUBE_ERR_ABI for a wrong struct_size or a non-zero unknown field, QUBE_ERR_UTF8 for a text,
 *    and QUBE_ERR_OPTION for a format that the type does not offer.
 *  - Handles. One call makes a handle, or sets it to NULL on failure; the _free of its type ends
 *    it and accepts NULL. Inputs are copied. Only builders, meters, tables of spaces and policies
 *    change once made.
 *  - Views. qube_<type>_get() fills a struct with the contents of a handle, up to the caller's
 *    struct_size. Its pointers live until the handle's _free. QUBE_ERR_LIMIT: no memory for them.
 *  - Documents. qube_<type>_render() makes a text, or NULL on failure; qube_text_free() frees it.
 *    Fields of a JSON document may be added, none renamed. NULL options: defaults.
 *  - Structs. Those with struct_size (their sizeof) grow only at the end. _init fills an input with
 *    the defaults. Fields unknown to the library and reserved must be 0. Elements of arrays have no
 *    struct_size, and change only with QUBE_ABI_VERSION.
 *  - Types. Text: UTF-8 with NUL. int64_t: extents, counts, bytes (fields in _bytes), and numbers,
 *    which count from 0. double: volumes (elements) and work (multiply-add pairs). int32_t:
 *    enumerations and truth values, 0 or 1. n_x is the length of array x; an empty one is NULL.
 *  - Callbacks run during the call, on the calling thread, with their user pointer; texts and
 *    structs live until they return. They return 0 to go on; another number ends the call with
 *    QUBE_ERR_CALLBACK. They may call the library, but must neither throw nor longjmp.
 *  - Threads. Different handles may be used by different threads, and one handle by several that
 *    only read it (const); no other thread may use a handle during its _free.
 *  - No call prints, reads the environment, starts a thread without num_threads, aborts, or raises
 *    a floating-point flag other than "inexact". Equal inputs give equal answers on every thread
 *    count and MPI rank. A thread that has planned keeps up to 1 MiB of tables until it ends.
 *
 * Glossary
 *  - index, tensor, space, label: as in the network; a label names an index or a tensor.
 *  - node: a leaf or a contraction of a plan, numbered in single assignment, in evaluation order.
 *  - state: a way to contract a set of tensors, which a search expands.
 *  - loop, batch, target, tile: a loop over batches of an index; a batch has at most target
 *    elements, in whole tiles. nest: the loops around a node.
 *  - live: held at a moment. peak: the most that is live at a time.
 *  - stage, term, event: of a budget. A term is persistent (live at the stage's peak and end),
 *    transient (at its peak only) or post-peak (at its end only).
 *  - baseline: bytes of a process before its first array. margin: bytes added for measured excess.
 *  - replicated, node-shared, block-cyclic: each rank, the ranks of a node together, or all ranks
 *    together hold a matrix.
 *  - held, published, printed: bytes of measured runs, authors' formulas, a program's log.
 *  - contracted, external: an index that is summed, or open in the result.
 *  - volatile, persistent: a tensor that changes on every iteration and all results that depend on
 *    it; the others. footprint: elements of a tensor or result.
 *  - composite index: its extent depends on other indices, its protos.
 */

#ifndef QUBE_BUDGET_H
#define QUBE_BUDGET_H

/* Rendered from src/ffi by tests/header.rs: change it there. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* === Handles ================================================================================= */

typedef struct qube_budget qube_budget; ///< Stages and terms of a run in bytes, with its inputs.
typedef struct qube_pipeline qube_pipeline; ///< A pipeline that a document describes.
typedef struct qube_pipeline_builder qube_pipeline_builder; ///< A host's allocations, by stage.
typedef struct qube_ranks qube_ranks; ///< Bytes of the ranks of a grid.
typedef struct qube_request qube_request; ///< Memory that a run needs on nodes and ranks.
typedef struct qube_fit qube_fit; ///< A run on its nodes against the memory of each node.
typedef struct qube_largest qube_largest; ///< The largest size that fits.
typedef struct qube_comparison qube_comparison; ///< Predicted and measured sizes of a run.
typedef struct qube_meter qube_meter; ///< A meter of this process, and its record.
typedef struct qube_spaces qube_spaces; ///< Extents by space: i 120, μ̃ 1800, ...
typedef struct qube_network qube_network; ///< Indices and tensors of a term, and its open indices.
typedef struct qube_network_builder qube_network_builder; ///< Collects indices and tensors.
typedef struct qube_policy qube_policy; ///< Rules for slicing indices, and volatile tensors.
typedef struct qube_resolved_policy qube_resolved_policy; ///< A policy resolved for one network.
typedef struct qube_plan qube_plan; ///< An order of contraction with all its numbers.
typedef struct qube_plans qube_plans; ///< Plans of terms, and the intermediates that they share.

/* === Status codes, and the last error of a thread ============================================ */

#define QUBE_OK 0 ///< Success.

#define QUBE_ERR_NULL 1 ///< A pointer that must not be NULL is NULL.
#define QUBE_ERR_ABI 2 ///< struct_size is wrong, or a field unknown to this library is not 0.
#define QUBE_ERR_UTF8 4 ///< Text is not UTF-8.
#define QUBE_ERR_INPUT 5 ///< A budget input, a count or a truth value is out of range.
#define QUBE_ERR_CONFLICT 6 ///< Two inputs contradict each other, such as lmax > lmax_signal.
#define QUBE_ERR_OVERFLOW 7 ///< A number exceeds its type, such as more than 2^63 - 1 bytes.
#define QUBE_ERR_UNKNOWN_STAGE 8 ///< The budget has no such stage.
#define QUBE_ERR_POSITION 9 ///< The number of a tensor or rank is beyond the last one.
#define QUBE_ERR_EXTENT 10 ///< An extent is below 1.
#define QUBE_ERR_POWER_MEAN 11 ///< A power mean is missing, not finite or not above 0, or a domain
    ///< size is impossible.
#define QUBE_ERR_UNKNOWN_INDEX 12 ///< The network has no such index.
#define QUBE_ERR_UNKNOWN_SPACE 13 ///< The table has no extent for a space.
#define QUBE_ERR_DUPLICATE 14 ///< A label exists already, or something is named twice.
#define QUBE_ERR_PARSE 15 ///< Text breaks its grammar; the message gives the position.
#define QUBE_ERR_NO_TENSORS 16 ///< The network has no tensors.
#define QUBE_ERR_TOO_LARGE 17 ///< Tensors, indices or work exceed the method's limits.
#define QUBE_ERR_TARGET 18 ///< A batch target or tile is below 1, or missing.
#define QUBE_ERR_OPTION 19 ///< An option, weight or format is out of range; NaN always is.
#define QUBE_ERR_DOCUMENT 20 ///< A document is invalid, or a document cannot hold the object.
#define QUBE_ERR_SYSTEM 21 ///< The operating system refused threads, or figures of memory.
#define QUBE_ERR_LABEL 22 ///< A label is empty or has control characters; no index has this space.
#define QUBE_ERR_CALLBACK 23 ///< A callback failed or cancelled, or its cost is not finite.
#define QUBE_ERR_REPLAY 24 ///< A plan disagrees with an independent recomputation.
#define QUBE_ERR_LIMIT 25 ///< A limit or refused memory leaves no plan, no proof or no view.
#define QUBE_ERR_PANIC 99 ///< A defect of the library; please report the message.

/// Explains this thread's last failure: the culprit by its label, its value, and what is allowed.
/// Calls that succeed leave the message as it is.
/// @return the message, valid until this thread's next failure or its end; "" before the first
///         failure; never NULL
const char *qube_last_error(void);

/* === Versions of the library, and the memory of the machine ================================== */

#define QUBE_VERSION_MAJOR 0 ///< Version of the library with this header: major part.
#define QUBE_VERSION_MINOR 2 ///< Minor part.
#define QUBE_VERSION_PATCH 0 ///< Patch part.

#define QUBE_ABI_VERSION 1 ///< Version of the binary interface: that of libqube_budget.so.1.

/// Returns the version of the loaded library.
/// @return "major.minor.patch", static, never NULL
const char *qube_version(void);

/// Returns the version of the loaded library's binary interface.
/// @return its number; if it differs from QUBE_ABI_VERSION, call no other function
int32_t qube_abi_version(void);

/// Reads how much memory this process may use: the least of the physical memory, the limits of its
/// control groups (cgroup v1 and v2), and its soft limits RLIMIT_AS (ulimit -v) and RLIMIT_DATA
/// (ulimit -d). Swap does not count. Every call reads /proc/self/cgroup, /sys/fs/cgroup and
/// getrlimit(2). If a scheduler enforces memory by other means, ask the scheduler.
/// @param bytes  the limit, 0 or more
/// @param bound  the name of that limit, static: "physical memory", "control group (memory.max)",
///               "RLIMIT_AS (ulimit -v)" or "RLIMIT_DATA (ulimit -d)"; may be NULL
/// @return QUBE_OK; QUBE_ERR_SYSTEM (the system gives no figure)
int32_t qube_memory_limit(int64_t *bytes, const char **bound);

/* === Documents: formats, options, text ======================================================= */

#define QUBE_FORMAT_TABLE 1 ///< Table for people: lines of at most 100 columns, each with a
    ///< newline; the layout may change.
#define QUBE_FORMAT_JSON 2 ///< JSON on one line, without a newline; schema names its version.
#define QUBE_FORMAT_SVG 3 ///< Drawing: SVG 1.1, UTF-8, below a megabyte.
#define QUBE_FORMAT_DOT 4 ///< Graph for Graphviz.
#define QUBE_FORMAT_JOB_SCRIPT 5 ///< Job script line that requests the memory, without a newline.
#define QUBE_FORMAT_JOB_SCRIPT_PER_CPU 6 ///< The same per processor: --mem-per-cpu, LSF's slot.
#define QUBE_FORMAT_SCRIPT 7 ///< Whole job script; replace ./program in it.
#define QUBE_FORMAT_MARKDOWN 8 ///< A sentence and a table in Markdown, for a proposal.
#define QUBE_FORMAT_TRACE 9 ///< Chrome trace events (JSON): a slice per stage, a counter of bytes
    ///< held; for Perfetto.
#define QUBE_FORMAT_BARS 10 ///< A bar per stage in UTF-8, lines of at most 100 columns.
#define QUBE_FORMAT_BARS_ASCII 11 ///< The same in ASCII.

/// Options of a document.
typedef struct qube_render_options {
    size_t struct_size;
    int64_t limit_bytes; ///< Limit shown in pictures, traces and Markdown; 0 (default): none.
} qube_render_options;

/// Fills options with the defaults.
/// @param options      the struct to fill
/// @param struct_size  sizeof *options
/// @return QUBE_OK
int32_t qube_render_options_init(qube_render_options *options, size_t struct_size);

/// Frees the text of a _render call.
/// @param text  NULL does nothing
void qube_text_free(char *text);

/* === Surveys, from which the sizes of a run are derived ====================================== */

#define QUBE_FIELDS_T 1 ///< Temperature maps.
#define QUBE_FIELDS_QU 2 ///< Polarisation maps.
#define QUBE_FIELDS_TQU 3 ///< Both.

/// The known facts of a survey. Sizes that a config leaves at 0 are derived from it; explicit sizes
/// override it, and contradictions are errors. With the observed pixels n_obs, or else round(12
/// nside^2 fsky), or of a polar cap 2 i (i + 1) with i = floor(nside sqrt(6 fsky)):
/// @verbatim
///   n_pix    T: n_obs      QU: 2 n_obs      TQU: n_obs + 2 n_obs_polarisation
///   n_modes  (lmax + 1)^2 - lmin^2, for QU twice, for TQU three times
/// @endverbatim
/// Set fields, which has no default, and all other known facts.
/// Source: HEALPix.
typedef struct qube_survey {
    size_t struct_size;
    int64_t nside; ///< HEALPix resolution, a power of two, 1 to 2^29; 0 (default): unknown.
    double fsky; ///< Observed fraction of the sky, above 0, up to 1; 0 (default): unknown.
    int64_t n_obs; ///< Observed pixels (ones in the mask) of one map, TQU: of temperature;
        ///< overrides fsky. 0 (default): unknown.
    int64_t n_obs_polarisation; ///< TQU: observed pixels of a polarisation map; 0 (default): n_obs.
    int64_t lmin; ///< Least multipole: T 0 or more, with polarisation 2 or more; -1 (default): 2.
    int64_t lmax; ///< Largest estimated multipole, 1 to lmax_signal; 0 (default): lmax_signal.
    int64_t lmax_signal; ///< Largest multipole of the signal covariance; 0 (default): the config's.
    int64_t n_bins; ///< Bins of multipoles, for the pixel-direct path; 0 (default): unknown.
    int64_t n_spectra; ///< Estimated spectra; 0 (default): all of the fields (T 1, QU 3, TQU 6).
    int32_t fields; ///< QUBE_FIELDS_T, _QU or _TQU; no default.
    int32_t polar_cap; ///< 1: the mask is a polar cap of whole rings, fsky at most 1/6. 0: no.
} qube_survey;

/// Fills a survey with the defaults.
/// @param survey       the struct to fill
/// @param struct_size  sizeof *survey
/// @return QUBE_OK
int32_t qube_survey_init(qube_survey *survey, size_t struct_size);

/* === QUBE: inputs of its paths, and their budgets ============================================ */

#define QUBE_RELEASE_NEWEST 0 ///< The newest release of qube-qml that budgets follow, 1.3.
#define QUBE_RELEASE_1_1 101 ///< qube-qml 1.1.
#define QUBE_RELEASE_1_2 102 ///< qube-qml 1.2.
#define QUBE_RELEASE_1_3 103 ///< qube-qml 1.3.

/// Inputs of qube_budget_auto(), for all paths. Sizes are 1 or more; 0 (default): derived from the
/// survey, or absent. The configs of single paths have a part of these fields, with the same
/// meaning. working_dim is at most n_pix. V is the pixel projector, of use until the kernels are
/// built.
typedef struct qube_auto_config {
    size_t struct_size;
    int64_t n_pix; ///< Pixels of all fields together, as in qube_survey.
    int64_t n_modes; ///< Harmonic modes of all fields together, as in qube_survey.
    int64_t lmax_signal; ///< Largest multipole of the signal covariance.
    int64_t lmax; ///< Largest estimated multipole, 1 to lmax_signal; 0 (default): lmax_signal.
    int64_t n_bins; ///< Bins of multipoles.
    int64_t n_params; ///< Parameters: n_bins n_spectra.
    int64_t n_spectra; ///< Estimated spectra, 1 to 6.
    int64_t working_dim; ///< Coordinates that a pixel filter leaves (release 1.3); 0 (default): no
        ///< filter.
    int32_t do_cross; ///< 1: cross two data splits, only on the traditional path. 0 (default).
    int32_t keep_pixel_projector; ///< Harmonic path, 1: keep V after the kernels. 0 (default): free
        ///< it.
    int32_t covariance_by_caller; ///< Harmonic path, 1: the caller passes the noise covariance and
        ///< holds it as input of the process. 0 (default): QUBE reads it.
    int32_t cache_derivatives; ///< Pixel-direct, release 1.2 on, 1: keep binned derivatives. 0: no.
    int32_t model; ///< QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    int32_t release; ///< QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
} qube_auto_config;

/// Inputs of qube_budget_harmonic(), as in qube_auto_config.
typedef struct qube_harmonic_config {
    size_t struct_size;
    int64_t n_pix;
    int64_t n_modes;
    int64_t lmax_signal; ///< 0 (default): the survey's; absent if lmax is 0, too.
    int64_t lmax; ///< Below lmax_signal QUBE takes the switch path, which holds more.
    int64_t n_spectra; ///< 0 (default): the survey's, or several.
    int64_t working_dim;
    int32_t keep_pixel_projector;
    int32_t covariance_by_caller;
    int32_t model;
    int32_t release;
} qube_harmonic_config;

/// Inputs of qube_budget_pixel_direct(), as in qube_auto_config.
typedef struct qube_pixel_direct_config {
    size_t struct_size;
    int64_t n_pix;
    int64_t lmax_signal; ///< Release 1.1 needs it where lmax is given.
    int64_t lmax; ///< Below lmax_signal release 1.1 holds more; nothing else depends on it.
    int64_t n_bins;
    int64_t n_params; ///< 0 (default): n_bins n_spectra, or the survey's.
    int64_t n_spectra; ///< 0 (default): n_params / n_bins, or the survey's.
    int64_t working_dim;
    int32_t cache_derivatives;
    int32_t model;
    int32_t release;
    int32_t reserved;
} qube_pixel_direct_config;

/// Inputs of qube_budget_traditional(), as in qube_auto_config.
typedef struct qube_traditional_config {
    size_t struct_size;
    int64_t n_pix;
    int64_t lmax_signal; ///< No term depends on it.
    int64_t lmax; ///< No term depends on it.
    int64_t n_bins; ///< 0 (default): the survey's, or unknown.
    int64_t n_params; ///< 0 (default): n_bins n_spectra, or the survey's.
    int64_t n_spectra; ///< 0 (default): n_params / n_bins, or the survey's.
    int32_t model; ///< QUBE_MODEL_HELD: QUBE publishes nothing of this path.
    int32_t release; ///< All releases hold the same.
} qube_traditional_config;

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
int32_t qube_auto_config_init(qube_auto_config *config, size_t struct_size);

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
int32_t qube_harmonic_config_init(qube_harmonic_config *config, size_t struct_size);

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
int32_t qube_pixel_direct_config_init(qube_pixel_direct_config *config, size_t struct_size);

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
int32_t qube_traditional_config_init(qube_traditional_config *config, size_t struct_size);

/// Budgets QUBE's harmonic path, above the baseline of the process: dense matrices of doubles. With
/// p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes a run holds:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x,
///                                                             QUBE reads the covariance: + p
///   fisher_run        as basis_setup                          one spectrum: 4m, several: 5m
///   spectra_run       as basis_setup                          5m
/// @endverbatim
/// "switch" means 0 < lmax < lmax_signal. QUBE_MODEL_PUBLISHED gives the terms of QUBE's own
/// calculator: without the p that is read and the 4m and 5m, but spectra_run keeps an m. Runs with
/// a pixel filter, which were not measured, use these terms too. Measured runs held 0.1 % less to
/// 8.1 % more; below n_pix = 2048 a freed matrix may stay with the process.
/// Source: runs of qube-qml 1.1.0 to 1.3.0; qube.memory_budget (CosmoForge, arXiv 2605.21149).
/// @param config  the inputs; NULL: defaults, all sizes from the survey
/// @param survey  source of derived sizes; NULL: config has all sizes
/// @param budget  the new budget
/// @return QUBE_OK; QUBE_ERR_INPUT (a value out of range, a size that nothing gives, an input that
///         the release lacks), QUBE_ERR_CONFLICT (lmax above lmax_signal, working_dim above n_pix,
///         sizes that contradict each other or the survey), QUBE_ERR_OVERFLOW
int32_t qube_budget_harmonic(const qube_harmonic_config *config, const qube_survey *survey,
    qube_budget **budget);

/// Budgets QUBE's pixel-direct path, above the baseline of the process: dense n_pix x n_pix
/// matrices of doubles. With n = n_params a run holds, in matrices:
/// @verbatim
///   stage             release 1.1 and 1.2                     release 1.3
///   covariance_setup  2                                       2
///   basis_setup       2; release 1.1, lmax < lmax_signal: 3   2
///   fisher_run        n + 6, derivatives cached: 2n + 4       n + 5, cached: 2n + 3
///   spectra_run       9, cached: n + 7                        8, cached: n + 6
/// @endverbatim
/// QUBE_MODEL_PUBLISHED gives the terms of QUBE's own calculator; runs with a pixel filter, which
/// were not measured, use them too. A covariance that the caller passes is the budget's Cov_T.
/// Source: as qube_budget_harmonic().
/// @param config  as for qube_budget_harmonic()
/// @param survey  as for qube_budget_harmonic()
/// @param budget  the new budget
/// @return as qube_budget_harmonic()
int32_t qube_budget_pixel_direct(const qube_pixel_direct_config *config, const qube_survey *survey,
    qube_budget **budget);

/// Budgets QUBE's traditional path, above the baseline of the process: without a computation basis
/// (basis=False), and every run that crosses two data splits (do_cross). Dense n_pix x n_pix
/// matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   covariance_setup  2           fisher_run   n + 6
///   prepare_covariance  5         spectra_run  8
/// @endverbatim
/// One term of a stage collects the matrices that are not attributed, and says so. A covariance
/// that the caller passes is the budget's Cov_T.
/// Source: a run of qube-qml 1.3.0.
/// @param config  as for qube_budget_harmonic()
/// @param survey  as for qube_budget_harmonic()
/// @param budget  the new budget
/// @return as qube_budget_harmonic(); QUBE_ERR_INPUT for QUBE_MODEL_PUBLISHED, too
int32_t qube_budget_traditional(const qube_traditional_config *config, const qube_survey *survey,
    qube_budget **budget);

/// Budgets the path that QUBE itself takes: traditional with do_cross, else that of
/// qube_path_by_time(), with a pixel filter's working_dim for n_pix. The view's path and note give
/// the path and the reason.
/// @param config  as for qube_budget_harmonic()
/// @param survey  as for qube_budget_harmonic()
/// @param budget  the new budget
/// @return as qube_budget_harmonic()
int32_t qube_budget_auto(const qube_auto_config *config, const qube_survey *survey,
    qube_budget **budget);

/// Gives the path that QUBE takes by its estimate of time, whatever the memory: harmonic if
/// n_modes^3 <= (n_bins + 1) n_pix^3, else pixel-direct. Exact for all sizes.
/// Source: QUBE (CosmoForge), arXiv 2605.21149.
/// @param n_pix    pixels of all fields together, 1 or more
/// @param n_modes  harmonic modes of all fields together, 1 or more
/// @param n_bins   bins of multipoles, 1 or more
/// @param path     QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT
/// @return QUBE_OK; QUBE_ERR_INPUT (a size below 1)
int32_t qube_path_by_time(int64_t n_pix, int64_t n_modes, int64_t n_bins, int32_t *path);

/* === ECLIPSE: its inputs and its budget ====================================================== */

#define QUBE_ECLIPSE_T 1 ///< Temperature.
#define QUBE_ECLIPSE_EB 2 ///< Polarisation.
#define QUBE_ECLIPSE_TEB 3 ///< Both.

/// Inputs of qube_budget_eclipse(). T takes no pix_p and EB no pix_t; a survey may give the others.
typedef struct qube_eclipse_config {
    size_t struct_size;
    int64_t pix_t; ///< Observed pixels in temperature, 1 or more; 0 (default): none.
    int64_t pix_p; ///< Observed pixels in polarisation, 1 or more; 0 (default): none.
    int64_t lmax; ///< Largest multipole of the power spectra, 2 or more, T 1 or more; no default.
    int64_t lmax_cov; ///< Largest multipole of the covariance matrix; 0 (default): lmax.
    int64_t maps; ///< Maps, of each kind where they are crossed, 1 (default) or more.
    int32_t code; ///< QUBE_ECLIPSE_T, _EB or _TEB; no default.
    int32_t cross; ///< 1: cross the maps with others. 0 (default).
    int32_t check_inverse; ///< 1: check the inverse of the covariance matrix. 0 (default).
    int32_t fisher; ///< 1 (default): compute the Fisher matrix. 0: steps 4 to 6 do not run.
    int32_t model; ///< QUBE_MODEL_HELD (default), _PRINTED (its log) or _PUBLISHED (its guide).
    int32_t tqu_maps; ///< 1: the map files of T have Q and U, too. 0 (default), and for EB and TEB.
    int64_t nside; ///< HEALPix resolution of the map files, a power of two, 1 to 2^29; 0 (default):
        ///< the least with the observed pixels. A finer one takes more memory.
} qube_eclipse_config;

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
int32_t qube_eclipse_config_init(qube_eclipse_config *config, size_t struct_size);

/// Budgets ECLIPSE in its stages "step_1" to "step_6" and "spectra", by default with the bytes that
/// a run holds. The budget is that of one rank alone; its terms say how they are laid out on a grid
/// of ranks, and which ranks hold them: see qube_budget_per_rank().
///
/// Matrices of doubles, over t = pix_t, q = pix_p pixels and L = (lmax + 1)^2 - 4 modes (for T
/// alone - 1). The sums of its guide, for comparison:
/// @verbatim
///         step_2 (inverse checked)  step_4                                         step_6
///   TEB   2 (t+2q)^2                t^2 + 2tq + 3q^2 + tL + 4qL + 6(t+2q)L         12L^2 + 16qL
///   EB    2 (2q)^2                  (2q)^2 + 12qL                                  16qL + 6L^2
///   T     2 t^2                     t^2 + 3tL                                      4tL + 2L^2
/// @endverbatim
/// The printed totals come with an event for all that they count. They omit allocations of
/// subroutines and ScaLAPACK: runs held 1.03 to 2.3 times as much. The held bytes follow from the
/// sources and 26 runs on 4 ranks, which held 0.93 to 1.07 times a rank's share.
/// Source: ECLIPSE (CosmoTool), JCAP 07 (2021) 034; User Guide V1.02, Eqs. 6.1 to 6.9; its
/// Example_NSide8, whose printed totals QUBE_MODEL_PRINTED equals.
/// @param config  the inputs
/// @param survey  source of nside and pixels; NULL: config has all sizes
/// @param budget  the new budget
/// @return QUBE_OK; QUBE_ERR_INPUT (a value out of range, pixels missing or not used by the code,
///         sums of the guide without Fisher matrix and check of the inverse), QUBE_ERR_CONFLICT
///         (more pixels than the sphere, a size that contradicts the survey), QUBE_ERR_OVERFLOW
int32_t qube_budget_eclipse(const qube_eclipse_config *config, const qube_survey *survey,
    qube_budget **budget);

/* === Budgets: stages, terms and events of a run, in bytes ==================================== */

#define QUBE_TERM_PERSISTENT 1 ///< Live at the stage's peak and at its end.
#define QUBE_TERM_TRANSIENT 2 ///< Live at the stage's peak only.
#define QUBE_TERM_POST_PEAK 3 ///< Allocated after the stage's peak, live at its end.

#define QUBE_LAYOUT_REPLICATED 1 ///< Every rank has the whole array.
#define QUBE_LAYOUT_NODE_SHARED 2 ///< The ranks of a node share one copy.
#define QUBE_LAYOUT_BLOCK_CYCLIC 3 ///< As in ScaLAPACK: blocks over process rows and columns.
#define QUBE_LAYOUT_ROWS 4 ///< Rows over process rows; each process column has a copy.
#define QUBE_LAYOUT_COLUMNS 5 ///< Columns over process columns; each process row has a copy.
#define QUBE_LAYOUT_PANELS 6 ///< Budgets only: along a block-cyclic matrix, (local rows + local
    ///< columns) x block elements.
#define QUBE_LAYOUT_MESSAGE 7 ///< Budgets only: the largest message between two ranks.

#define QUBE_HOLDER_EVERY_RANK 1 ///< Every rank has its part.
#define QUBE_HOLDER_FIRST_ROW 2 ///< Only ranks of the first process row have their parts.
#define QUBE_HOLDER_FIRST_RANK 3 ///< Only the rank at (0, 0) has its part.

#define QUBE_PATH_HARMONIC 1 ///< QUBE's harmonic path.
#define QUBE_PATH_PIXEL_DIRECT 2 ///< QUBE's pixel-direct path.
#define QUBE_PATH_ECLIPSE 3 ///< ECLIPSE.
#define QUBE_PATH_TRADITIONAL 4 ///< QUBE's traditional path.
#define QUBE_PATH_PIPELINE 5 ///< A pipeline of the host's own.

#define QUBE_MODEL_HELD 0 ///< Bytes of measured runs: the default, the basis of every decision.
#define QUBE_MODEL_PUBLISHED 1 ///< The formulas that the program's authors publish.
#define QUBE_MODEL_PRINTED 2 ///< The totals that the program writes into its log.

/// An array, or several of one kind, under the name that its source uses.
typedef struct qube_term {
    const char *name;
    int64_t bytes; ///< Bytes of all copies.
    int64_t copies; ///< Arrays of this shape.
    int64_t rows; ///< Rows of each.
    int64_t columns; ///< Columns of each.
    int64_t element_bytes; ///< Bytes of an element, 8 for a double.
    int32_t kind; ///< QUBE_TERM_PERSISTENT, _TRANSIENT or _POST_PEAK.
    int32_t layout; ///< QUBE_LAYOUT_REPLICATED to _MESSAGE: its distribution over ranks. Panels and
        ///< messages are work arrays that depend on the grid; bytes is then that of one rank alone.
    int32_t holder; ///< QUBE_HOLDER_EVERY_RANK to _FIRST_RANK: the ranks that hold it.
    int32_t reserved;
} qube_term;

/// A stage of a budget.
typedef struct qube_stage {
    const char *name; ///< Such as "basis_setup".
    const qube_term *terms; ///< Persistent terms, then transient, then post-peak ones.
    int64_t n_terms;
    int64_t persistent_bytes; ///< Sum of the persistent terms.
    int64_t transient_bytes; ///< Sum of the transient terms.
    int64_t peak_bytes; ///< persistent_bytes + transient_bytes.
    int64_t end_bytes; ///< Held at the stage's end: persistent and post-peak terms.
    int64_t reserved;
} qube_stage;

/// An allocation or deallocation in a step.
typedef struct qube_event {
    const char *what; ///< Such as "+ maps".
    int64_t delta_bytes; ///< Bytes allocated, or freed (negative).
    int64_t total_bytes; ///< Bytes held after it, over all ranks.
    int32_t step; ///< The program's own number of the step, from 1.
    int32_t printed; ///< 1: the program prints its total here.
} qube_event;

/// An input of a budget.
typedef struct qube_input {
    const char *name; ///< As in the config.
    const char *value; ///< Its value in words: a number, "yes", "no", a name, or "absent".
    const char *from; ///< What it derives from, such as "12 nside^2 fsky"; NULL: it was given.
} qube_input;

/// The contents of a budget.
typedef struct qube_budget_view {
    size_t struct_size;
    int64_t lifetime_peak_bytes; ///< The largest peak of all stages.
    int64_t peak_stage; ///< The first stage that has it.
    const qube_stage *stages; ///< The stages in the order of the run, 1 or more.
    int64_t n_stages;
    const qube_event *events; ///< ECLIPSE's allocations and deallocations, in order; else none.
    int64_t n_events;
    const qube_input *inputs; ///< The inputs, derived ones included.
    int64_t n_inputs;
    const char *release; ///< The release that the formulas describe, such as "1.1".
    const char *note; ///< A remark on these numbers; "" if there is none.
    int32_t path; ///< QUBE_PATH_HARMONIC to QUBE_PATH_PIPELINE.
    int32_t model; ///< QUBE_MODEL_HELD, _PUBLISHED or _PRINTED.
    const char *program; ///< The program: "QUBE", "ECLIPSE", or a pipeline's own name.
    int64_t published_peak_bytes; ///< The lifetime peak that the program's own calculator prints
        ///< for this run; 0 if it has none, or if model is not QUBE_MODEL_HELD.
} qube_budget_view;

/// Frees a budget.
/// @param budget  NULL does nothing
void qube_budget_free(qube_budget *budget);

/// Fills the view of a budget.
/// @param budget  the budget
/// @param view    the view, with struct_size set
/// @return QUBE_OK
int32_t qube_budget_get(const qube_budget *budget, qube_budget_view *view);

/// Renders a budget. JSON "qube-budget/2" has path, release, inputs (by name: value, derived,
/// from), for ECLIPSE events (each: step, what, delta_bytes, total_bytes, printed) and published
/// (the sums of its guide, as stages), stages (each: name, the arrays persistent, transient and, if
/// any, post_peak of {name, bytes}, persistent_bytes, transient_bytes, peak_bytes, end_bytes),
/// lifetime_peak_bytes, peak_stage, note.
/// @param budget   the budget
/// @param format   QUBE_FORMAT_TABLE, _JSON, _SVG (the stages as stacked bars), _MARKDOWN, _TRACE,
///                 _BARS or _BARS_ASCII
/// @param options  a limit to show; NULL: none
/// @param text     the new document
/// @return QUBE_OK; QUBE_ERR_INPUT (a negative limit)
int32_t qube_budget_render(const qube_budget *budget, int32_t format,
    const qube_render_options *options, char **text);

/* === Jobs: nodes, ranks, and the grid of block-cyclic matrices =============================== */

#define QUBE_SCHEDULER_SLURM 1 ///< Slurm (sbatch).
#define QUBE_SCHEDULER_PBS 2 ///< PBS (qsub).
#define QUBE_SCHEDULER_LSF 3 ///< LSF (bsub).

/// Nodes and ranks, what ranks share, and what a process holds beside the arrays of the budget.
typedef struct qube_job {
    size_t struct_size;
    int64_t nodes; ///< Nodes, 1 (default) to 2^20.
    int64_t ranks_per_node; ///< Ranks (processes) on each node, 1 (default) to 2^20.
    int64_t cpus_per_rank; ///< Processors per rank, for threads, 1 (default) to 2^20. Memory per
        ///< processor depends on them.
    int64_t nprow; ///< ECLIPSE: rows of the grid of ranks, 1 to 2^30. 0 (default) for nprow, npcol
        ///< and block: the squarest grid with blocks of 64. Set all three or none; QUBE takes none.
    int64_t npcol; ///< ECLIPSE: columns of the grid, likewise.
    int64_t block; ///< ECLIPSE: rows and columns of a block, likewise.
    int64_t input_matrices; ///< QUBE: matrices of n_pix^2 that a process holds as input in all
        ///< stages, 0 or more; -1 (default): 1 on the harmonic path if the caller passes the
        ///< covariance, else 0. Not for ECLIPSE, whose budget has all its arrays.
    int64_t baseline_bytes; ///< Bytes of a process before its first array, 0 or more; -1 (default):
        ///< as measured, QUBE (Python) 0.26 GiB, ECLIPSE (an MPI rank) 33.4 MB.
    int64_t resident_bytes; ///< Other bytes of each rank, 0 (default) or more: MPI buffers, own
        ///< arrays.
    int64_t cores_per_node; ///< Processors of a node, for its ranks, 1 to 2^20; 0 (default):
        ///< unknown.
    int64_t mem_per_core_cap; ///< Site limit on the bytes requested per processor, 1 MiB or more; a
        ///< rank then books as many processors as its memory takes. 0 (default): no limit.
    double margin; ///< Per cent added to every peak, 0 to 1000, taken to hundredths; -1 (default):
        ///< as measured, and nothing where nothing was measured.
    int32_t share_node; ///< QUBE, 1: the ranks of a node share one copy of matrices and inputs
        ///< (node-shared). 0 (default): every rank has its own (replicated). ECLIPSE: 0, its
        ///< matrices are block-cyclic.
    int32_t scheduler; ///< QUBE_SCHEDULER_SLURM (default), _PBS or _LSF, for the job script.
    const char *const *calibration; ///< Measured runs as JSON documents of
        ///< qube_comparison_render(), for budgets of the same program, path and model: the largest
        ///< excess in a stage is its margin. NULL (default): none.
    int64_t n_calibration;
} qube_job;

/// A grid of ranks over which matrices are block-cyclic, as in ScaLAPACK.
typedef struct qube_grid {
    size_t struct_size;
    int64_t nprow; ///< Rows, 1 to 2^30. 0 (default) for nprow, npcol and block: the squarest grid
        ///< of ranks, blocks of 64.
    int64_t npcol; ///< Columns, likewise.
    int64_t block; ///< Rows and columns of a block, likewise.
    int64_t ranks; ///< Ranks of the run, which must fill the grid; 0 (default): nprow npcol.
    int64_t myrow; ///< Process row of a rank to report, 0 to nprow - 1; -1 (default): none.
    int64_t mycol; ///< Its process column, likewise.
} qube_grid;

/// Fills a job with the defaults.
/// @param job          the struct to fill
/// @param struct_size  sizeof *job
/// @return QUBE_OK
int32_t qube_job_init(qube_job *job, size_t struct_size);

/// Fills a grid with the defaults.
/// @param grid         the struct to fill
/// @param struct_size  sizeof *grid
/// @return QUBE_OK
int32_t qube_grid_init(qube_grid *grid, size_t struct_size);

/* === Pipelines: budgets of a host's own program, from a document ============================= */

/// A number or a switch on which the budget of a pipeline depends.
typedef struct qube_parameter {
    const char *name;
    const char *what; ///< Its meaning; "" if the document gives none.
    const char *unit; ///< Its unit; "" if the document gives none.
    int64_t default_value; ///< Its default; -1: a value must be given.
    int64_t least; ///< Its least value.
    int64_t most; ///< Its largest value.
    int64_t multiple_of; ///< Every value is a multiple of this; 1: any.
    const int64_t *choices; ///< Its only values, ascending; NULL: all from least to most.
    int64_t n_choices;
    const char *price; ///< The cost of reducing it; NULL: it must not be reduced to make a run fit.
    int64_t order; ///< Lower numbers are reduced first; -1: it must not be reduced.
    int32_t is_switch; ///< 1: it is a switch, 0 or 1.
    int32_t reserved;
} qube_parameter;

/// The contents of a pipeline's document.
typedef struct qube_pipeline_view {
    size_t struct_size;
    const char *name; ///< The program.
    const char *source; ///< The source of its formulas.
    const qube_parameter *parameters; ///< The parameters, in the order of the document.
    int64_t n_parameters;
} qube_pipeline_view;

/// A value of a parameter.
typedef struct qube_parameter_value {
    const char *name;
    int64_t value; ///< 0 or 1 for a switch.
} qube_parameter_value;

/// Reads a pipeline document, JSON "qube-pipeline/1", described in docs/pipelines.md: parameters,
/// sizes derived from them by exact integer expressions, and stages with what each allocates and
/// frees. Limits: 1 MiB, 1000 parameters, 1000 derived sizes, 250 stages, 1000 events; 4096 bytes
/// and 64 levels of nesting per expression.
/// @param json      the document
/// @param pipeline  the new pipeline
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (with the place), QUBE_ERR_OVERFLOW (a number past 2^127 -
///         1), QUBE_ERR_TOO_LARGE (a limit)
int32_t qube_pipeline_parse(const char *json, qube_pipeline **pipeline);

/// Frees a pipeline. Its budgets stay valid.
/// @param pipeline  NULL does nothing
void qube_pipeline_free(qube_pipeline *pipeline);

/// Fills the view of a pipeline.
/// @param pipeline  the pipeline
/// @param view      the view, with struct_size set
/// @return QUBE_OK
int32_t qube_pipeline_get(const qube_pipeline *pipeline, qube_pipeline_view *view);

/// Budgets a pipeline. Its budget answers all that a built-in one does, and the largest value of a
/// parameter: qube_budget_largest_parameter().
/// @param pipeline  the pipeline
/// @param values    values of parameters, each at most once; the others have their defaults
/// @param n_values  length of values
/// @param budget    the new budget
/// @return QUBE_OK; QUBE_ERR_INPUT (n_values, an unknown or missing parameter, a value out of
///         range, a size below 0), QUBE_ERR_DUPLICATE (a parameter), QUBE_ERR_OVERFLOW,
///         QUBE_ERR_DOCUMENT (with these values: a remainder, a division by 0, an array that is
///         freed but not held or allocated twice)
int32_t qube_budget_pipeline(const qube_pipeline *pipeline, const qube_parameter_value *values,
    int64_t n_values, qube_budget **budget);

/* === Pipeline builders: budgets from calls beside a host's allocations ======================= */

/// Makes a builder without stages. It collects what a host's code allocates and deallocates. Sizes
/// are those of whole arrays: of a distributed array, over all ranks. A call that fails leaves the
/// builder unchanged.
/// @param name     the program, as in reports: 1 to 50 bytes
/// @param builder  the new builder
/// @return QUBE_OK; QUBE_ERR_LABEL
int32_t qube_pipeline_builder_create(const char *name, qube_pipeline_builder **builder);

/// Frees a builder. Its budgets stay valid.
/// @param builder  NULL does nothing
void qube_pipeline_builder_free(qube_pipeline_builder *builder);

/// Begins a stage, and ends the previous one.
/// @param builder  the builder
/// @param name     the stage: 1 to 20 bytes
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_DUPLICATE (the name), QUBE_ERR_TOO_LARGE (more than
///         1000 stages, allocations and deallocations)
int32_t qube_pipeline_builder_stage(qube_pipeline_builder *builder, const char *name);

/// Allocates arrays in the stage: copies x rows x columns elements.
/// @param builder        the builder
/// @param name           the array, not allocated so far: 1 to 46 bytes
/// @param copies         arrays of this shape, 0 or more
/// @param rows           rows of each, 0 or more
/// @param columns        columns of each, 0 or more; 1 for a vector
/// @param element_bytes  bytes of an element, 0 or more; 8 for a double
/// @param layout         its distribution over ranks: QUBE_LAYOUT_REPLICATED to _COLUMNS
/// @param holder         the ranks that hold it: QUBE_HOLDER_EVERY_RANK to _FIRST_RANK
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_INPUT (a number out of range), QUBE_ERR_CONFLICT (no
///         stage yet), QUBE_ERR_DUPLICATE (the name), QUBE_ERR_OVERFLOW, QUBE_ERR_TOO_LARGE (as
///         qube_pipeline_builder_stage())
int32_t qube_pipeline_builder_allocate(qube_pipeline_builder *builder, const char *name,
    int64_t copies, int64_t rows, int64_t columns, int64_t element_bytes, int32_t layout,
    int32_t holder);

/// Deallocates arrays.
/// @param builder  the builder
/// @param name     their name
/// @return QUBE_OK; QUBE_ERR_CONFLICT (not allocated), QUBE_ERR_TOO_LARGE (as
///         qube_pipeline_builder_stage())
int32_t qube_pipeline_builder_deallocate(qube_pipeline_builder *builder, const char *name);

/// Budgets the calls so far. Sizes are fixed: questions may vary nodes and ranks only.
/// @param builder  the builder, which may go on
/// @param budget   the new budget
/// @return QUBE_OK; QUBE_ERR_CONFLICT (no stage yet), QUBE_ERR_OVERFLOW
int32_t qube_pipeline_builder_budget(const qube_pipeline_builder *builder, qube_budget **budget);

/* === Ranks: bytes on each rank of a grid, with block-cyclic matrices ========================= */

/// Bytes of a term, or of all terms at the peak of a stage.
typedef struct qube_rank_bytes {
    const char *name; ///< The term or stage.
    int64_t fullest_bytes; ///< On the rank that holds most in the stage.
    int64_t least_bytes; ///< On the rank that holds least in the stage.
    int64_t mean_bytes; ///< Mean of all ranks, rounded up.
    int64_t own_bytes; ///< On the reported rank; -1 if there is none.
} qube_rank_bytes;

/// A term on one rank.
typedef struct qube_own_bytes {
    const char *name;
    int64_t bytes;
} qube_own_bytes;

/// A stage on the ranks of a grid.
typedef struct qube_rank_stage {
    qube_rank_bytes held; ///< Each rank at its own peak of the stage.
    const qube_rank_bytes *terms; ///< The terms live at the peak of all ranks together, in the
        ///< order of the budget. A rank that peaks at another moment holds more than their sum.
    int64_t n_terms;
    const qube_own_bytes *own_terms; ///< The reported rank at its own peak; none without a rank.
    int64_t n_own_terms;
    int64_t fullest_row; ///< Process row of the rank that holds most, the first of several.
    int64_t fullest_column; ///< Its process column.
    int64_t least_row; ///< Process row of the rank that holds least, the last of several.
    int64_t least_column; ///< Its process column.
} qube_rank_stage;

/// A matrix with more than 2^31 - 1 elements on one rank, too large for a ScaLAPACK with 32-bit
/// integers.
typedef struct qube_local_matrix {
    const char *name; ///< The term.
    int64_t stage; ///< The first stage that has it.
    int64_t term; ///< The term's number in that stage.
    int64_t elements; ///< Elements of one matrix on the rank that holds most.
} qube_local_matrix;

/// Bytes of the ranks of a grid, and the best grid of as many ranks: of all factorizations of their
/// number with blocks of 16, 32, 64, 128 and 256 the one whose fullest rank holds least, then the
/// squarest, then the one with the largest block.
typedef struct qube_ranks_view {
    size_t struct_size;
    int64_t nprow; ///< Rows of the grid.
    int64_t npcol; ///< Columns of the grid.
    int64_t block; ///< Rows and columns of a block.
    const qube_rank_stage *stages; ///< The stages of the budget, in its order.
    int64_t n_stages;
    int64_t peak_stage; ///< The first stage in which the fullest rank holds most.
    const qube_local_matrix *too_large; ///< Matrices too large for 32-bit integers.
    int64_t n_too_large;
    int64_t best_nprow; ///< Rows of the best grid.
    int64_t best_npcol; ///< Its columns.
    int64_t best_block; ///< Rows and columns of its blocks.
    int64_t best_fullest_bytes; ///< Bytes of its fullest rank.
} qube_ranks_view;

/// Computes the bytes of each rank at the peak of each stage, with matrices block-cyclic over a
/// grid, and the best grid of as many ranks. The rank at (r, c) holds max(1, numroc(rows, block, r,
/// nprow)) max(1, numroc(columns, block, c, npcol)) elements of a matrix.
/// Source: ScaLAPACK Users' Guide, section 4.3.
/// @param budget  the budget, with block-cyclic matrices such as ECLIPSE's
/// @param grid    a grid, or a number of ranks alone, and perhaps a rank to report
/// @param ranks   the new handle
/// @return QUBE_OK; QUBE_ERR_INPUT (a size out of range), QUBE_ERR_CONFLICT (ranks do not fill the
///         grid), QUBE_ERR_POSITION (a rank outside the grid), QUBE_ERR_OVERFLOW
int32_t qube_budget_per_rank(const qube_budget *budget, const qube_grid *grid, qube_ranks **ranks);

/// Frees ranks.
/// @param ranks  NULL does nothing
void qube_ranks_free(qube_ranks *ranks);

/// Fills the view of ranks.
/// @param ranks  the ranks
/// @param view   the view, with struct_size set
/// @return QUBE_OK; QUBE_ERR_OVERFLOW
int32_t qube_ranks_get(const qube_ranks *ranks, qube_ranks_view *view);

/// Renders the bytes of ranks.
/// @param ranks   the ranks
/// @param format  QUBE_FORMAT_TABLE
/// @param text    the new document
/// @return QUBE_OK
int32_t qube_ranks_render(const qube_ranks *ranks, int32_t format, char **text);

/* === Requests: the memory that a run needs on nodes and ranks ================================ */

#define QUBE_HOLDING_REPLICATED 1 ///< Every rank holds all matrices.
#define QUBE_HOLDING_NODE_SHARED 2 ///< The ranks of a node share one copy of all matrices.
#define QUBE_HOLDING_BLOCK_CYCLIC 3 ///< All ranks together hold one copy, block-cyclic.

/// A term live at the peak of a stage.
typedef struct qube_part {
    const char *name;
    int64_t bytes; ///< Bytes of one copy; of a block-cyclic matrix, on the rank that holds most.
    int64_t node_bytes; ///< Bytes of the fullest node's ranks, shared copies once.
    int32_t kind; ///< QUBE_TERM_PERSISTENT or _TRANSIENT.
    int32_t reserved;
} qube_part;

/// The request of a stage.
typedef struct qube_stage_request {
    const char *name;
    const char *margin_from; ///< "11.44 %, measured", "10.00 %, as asked", "not calibrated ...".
    const qube_part *parts; ///< The terms live at the peak.
    int64_t n_parts;
    int64_t peak_bytes; ///< Peak of one copy; if block-cyclic, of the rank that holds most.
    int64_t margin_bytes; ///< Margin of one copy.
    int64_t per_rank_bytes; ///< All that a process reaches: peak, margin, input, baseline.
    int64_t per_node_bytes; ///< All processes of a node.
    int32_t calibrated; ///< 1: the stage was compared with measured runs.
    int32_t reserved;
} qube_stage_request;

/// The contents of a request.
typedef struct qube_request_view {
    size_t struct_size;
    int64_t per_node_bytes; ///< Bytes that a node must have.
    int64_t total_bytes; ///< Bytes that all nodes together must have.
    int64_t shared_per_node_bytes; ///< Shared by ranks of a node, with margin; 0: nothing.
    int64_t own_per_rank_bytes; ///< Each rank's own, margin included.
    int64_t resident_bytes; ///< Resident size of one process in peak_stage, without the margin.
    int64_t margin_bytes; ///< Margin of one copy in peak_stage.
    int64_t input_bytes; ///< Input of a copy, in all stages.
    int64_t baseline_bytes; ///< A process before its first array.
    int64_t other_resident_bytes; ///< Other bytes of each rank, from the job's resident_bytes.
    int64_t peak_stage; ///< The first stage in which a node holds most, margin included.
    const qube_stage_request *stages; ///< The stages of the budget, in its order.
    int64_t n_stages;
    const qube_local_matrix *too_large; ///< Matrices too large for 32-bit integers.
    int64_t n_too_large;
    const char *const *notes; ///< Remarks on these numbers, a line each.
    int64_t n_notes;
    const char *summary; ///< The need of a node, in one sentence.
    const char *const *job_lines; ///< Job script lines for the memory, the preferred one first.
    int64_t n_job_lines;
    int64_t cores_per_rank; ///< Processors that a rank books, for its threads or for its memory.
    int64_t nprow; ///< Rows of the grid; 0, as npcol and block, without block-cyclic matrices.
    int64_t npcol; ///< Columns of the grid.
    int64_t block; ///< Rows and columns of a block.
    int32_t holding; ///< QUBE_HOLDING_REPLICATED, _NODE_SHARED or _BLOCK_CYCLIC.
    int32_t calibrated; ///< 1: peak_stage was compared with measured runs.
} qube_request_view;

/// Computes the memory that a run requests. With c the stage's peak, margin and input of one copy,
/// b the baseline of a process and R ranks on a node, a node needs
/// @verbatim
///   R (c + b)            replicated matrices
///   c + R b              node-shared matrices
///   sum of its c + b     block-cyclic matrices: ranks fill nodes in order, row by row of the grid
/// @endverbatim
/// The fullest node counts; above 1024 nodes of ECLIPSE, a bound that no node exceeds. The margin
/// is the largest excess measured in the stage; for a rank of ECLIPSE 30 % of its arrays below 100
/// MB, 10 % above 300 MB, linear in between.
/// Source: QUBE (CosmoForge), arXiv 2605.21149: 138.9 GiB predicted in this way without a margin,
/// 139.5 measured.
/// @param budget   the budget of the run
/// @param job      nodes and ranks; NULL: one rank on one node
/// @param request  the new request
/// @return QUBE_OK; QUBE_ERR_INPUT (a number of the job out of range, or not used by the program),
///         QUBE_ERR_CONFLICT (ranks do not fill the grid), QUBE_ERR_OVERFLOW
int32_t qube_budget_request(const qube_budget *budget, const qube_job *job, qube_request **request);

/// Frees a request.
/// @param request  NULL does nothing
void qube_request_free(qube_request *request);

/// Fills the view of a request.
/// @param request  the request
/// @param view     the view, with struct_size set
/// @return QUBE_OK
int32_t qube_request_get(const qube_request *request, qube_request_view *view);

/// Renders a request. JSON "qube-request/2" has path, release, inputs (as in qube_budget_render()),
/// nodes, ranks_per_node, cpus_per_rank, holding ("replicated", "node-shared" or "block-cyclic"),
/// grid (of block-cyclic matrices: nprow, npcol, block), stages (each: name, peak_bytes,
/// margin_bytes, margin_from, calibrated, per_node_bytes), peak_stage, input_bytes, baseline_bytes,
/// other_resident_bytes, resident_bytes, margin_bytes, calibrated, shared_per_node_bytes,
/// own_per_rank_bytes, per_node_bytes, total_bytes, scheduler, cores_per_rank, job_script
/// (alternative lines), script (a whole one), summary, notes.
/// @param request  the request
/// @param format   QUBE_FORMAT_TABLE, _JSON, _SVG (bytes of a node), _JOB_SCRIPT,
///                 _JOB_SCRIPT_PER_CPU (not for PBS), _SCRIPT, _MARKDOWN, _TRACE, _BARS or
///                 _BARS_ASCII
/// @param options  a limit to show; NULL: none
/// @param text     the new document
/// @return QUBE_OK; QUBE_ERR_INPUT (a negative limit), QUBE_ERR_OVERFLOW
int32_t qube_request_render(const qube_request *request, int32_t format,
    const qube_render_options *options, char **text);

/* === Fits: a run against the memory of its nodes, and changes that make it fit =============== */

#define QUBE_CHANGE_RELEASE_PROJECTOR 1 ///< QUBE, harmonic: release V once the kernels are built.
#define QUBE_CHANGE_BEST_GRID 2 ///< ECLIPSE: leave grid and block to the library.
#define QUBE_CHANGE_NO_DERIVATIVE_CACHE 3 ///< QUBE: keep no derivatives in memory.
#define QUBE_CHANGE_MAPS 4 ///< ECLIPSE: this many maps in one run.
#define QUBE_CHANGE_NO_INVERSE_CHECK 5 ///< ECLIPSE: do not check the inverse.
#define QUBE_CHANGE_NEWEST_RELEASE 6 ///< QUBE, pixel-direct: the newest release.
#define QUBE_CHANGE_RANKS_PER_NODE 7 ///< QUBE: this many ranks on a node.
#define QUBE_CHANGE_NODES 8 ///< ECLIPSE: this many nodes.
#define QUBE_CHANGE_OTHER_PATH 9 ///< QUBE: its other path.
#define QUBE_CHANGE_N_BINS 10 ///< QUBE, pixel-direct: this many bins, each with as many parameters.
#define QUBE_CHANGE_PARAMETER 20 ///< A pipeline: a parameter, at its document's price.

/// A single change that makes a run smaller.
typedef struct qube_change {
    const char *words; ///< In a few words, such as "keep no derivatives in memory".
    const char *parameter; ///< The pipeline's parameter that changes; NULL: none.
    int64_t value; ///< The new number (maps, ranks, nodes, bins, parameter), the nearest to the
        ///< run's own that fits; 0 if the change has none.
    int64_t per_node_bytes; ///< Bytes of a node after it; -1: past 2^63 - 1.
    int32_t kind; ///< QUBE_CHANGE_RELEASE_PROJECTOR to _PARAMETER.
    int32_t fits; ///< 1: it makes the run fit.
} qube_change;

/// One of QUBE's paths for a survey.
typedef struct qube_path {
    int64_t lifetime_peak_bytes; ///< Lifetime peak of one copy; -1: past 2^63 - 1.
    int64_t per_node_bytes; ///< A node with inputs, baseline and margin; -1: past 2^63 - 1.
    int32_t path; ///< QUBE_PATH_HARMONIC or _PIXEL_DIRECT.
    int32_t fits; ///< 1: a node holds at most the limit.
} qube_path;

/// The contents of a fit. If the run fits, stage is -1, its bytes are 0, its texts NULL, and there
/// are no changes.
typedef struct qube_fit_view {
    size_t struct_size;
    int64_t limit_bytes; ///< The limit of a node.
    int64_t spare_bytes; ///< Limit minus bytes of a node; negative: the node exceeds the limit.
    const char *message; ///< The answer in one sentence, without a newline.
    const char *advice; ///< The change to make, in one sentence; "" if it fits.
    int64_t stage; ///< The first stage in which a node exceeds the limit.
    const char *stage_name; ///< Its name.
    int64_t stage_over_bytes; ///< Bytes of the node beyond the limit in that stage.
    const char *term_name; ///< The term that exceeds it, "baseline", "input" or "margin"; or NULL.
    int64_t term_bytes; ///< Its bytes in one copy.
    const qube_change *changes; ///< Changes that the run admits, the cheapest first; or none.
    int64_t n_changes;
    int64_t cheapest; ///< The first change that makes it fit; -1: none.
    const qube_path *paths; ///< QUBE's harmonic and pixel-direct path: the run's own with its
        ///< switches, the other with the published defaults. None for ECLIPSE, or if the sizes of
        ///< one are unknown.
    int64_t n_paths; ///< 2 or 0.
    const char *no_paths; ///< Survey inputs missing for both paths; NULL: none, or no survey.
    const qube_request *request; ///< The request of the run, borrowed from the fit.
    int32_t path_by_time; ///< As qube_path_by_time() for this run; 0 without paths.
    int32_t fits; ///< 1: a node holds at most the limit.
} qube_fit_view;

/// Compares the bytes of each node, as in qube_budget_request(), with its memory. If they exceed
/// it, tries single changes.
/// @param budget       the budget of the run; its sizes stay
/// @param job          nodes and ranks; NULL: one rank on one node
/// @param limit_bytes  memory of a node, 1 or more, such as that of qube_memory_limit()
/// @param fit          the new fit
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_INPUT (limit_bytes, a number of the job out of
///         range or not used by the program, published sums), QUBE_ERR_CONFLICT (ranks do not fill
///         the grid), QUBE_ERR_OVERFLOW
int32_t qube_budget_fit(const qube_budget *budget, const qube_job *job, int64_t limit_bytes,
    qube_fit **fit);

/// Frees a fit.
/// @param fit  NULL does nothing
void qube_fit_free(qube_fit *fit);

/// Fills the view of a fit.
/// @param fit   the fit
/// @param view  the view, with struct_size set
/// @return QUBE_OK
int32_t qube_fit_get(const qube_fit *fit, qube_fit_view *view);

/// Renders a fit. JSON "qube-fit/2" has limit_bytes, fits, spare_bytes, over (null if it fits:
/// stage, over_bytes, term, term_bytes), message, changes (each: change, value if it has one,
/// words, per_node_bytes, null on overflow, fits), cheapest_change (its number, or null), paths (if
/// both are known: by_time, sides), no_paths (what the survey lacks), request (as in
/// qube_request_render()).
/// @param fit     the fit
/// @param format  QUBE_FORMAT_TABLE, _JSON or _MARKDOWN
/// @param text    the new document
/// @return QUBE_OK, whether it fits or not
int32_t qube_fit_render(const qube_fit *fit, int32_t format, char **text);

/* === The largest size, or the fewest nodes, that fits ======================================== */

#define QUBE_SIZE_NSIDE 1 ///< Largest HEALPix resolution, at fixed sky fraction and multipoles.
#define QUBE_SIZE_LMAX 2 ///< Largest estimated multipole. If QUBE's survey gives one, it moves up
    ///< to lmax_signal; else all are estimated and lmax_signal moves.
#define QUBE_SIZE_N_BINS 3 ///< Most bins of multipoles, each with as many parameters.
#define QUBE_SIZE_MAPS 4 ///< Most maps of ECLIPSE.
#define QUBE_SIZE_NODES 5 ///< Fewest nodes, up to 2^14.
#define QUBE_SIZE_RANKS_PER_NODE 6 ///< Most ranks on each node, up to 2^20, for ECLIPSE 2^10.
#define QUBE_SIZE_PARAMETER 7 ///< A pipeline's parameter: qube_budget_largest_parameter().

#define QUBE_LARGEST_VALUE 1 ///< One value is the last that fits.
#define QUBE_LARGEST_NONE 2 ///< Not even the least value fits.
#define QUBE_LARGEST_ANY 3 ///< Every value fits: the bytes of a node do not depend on it.

/// The largest size that fits.
typedef struct qube_largest_view {
    size_t struct_size;
    int64_t limit_bytes; ///< The limit of a node.
    int64_t value; ///< The last value that fits; 0 unless kind is QUBE_LARGEST_VALUE.
    int64_t per_node_bytes; ///< Bytes of a node with it, or with any value; 0 if none fits.
    int64_t next_value; ///< The next value, which does not fit (nside: the next power of two;
        ///< nodes: one less). If none fits, the least (nodes: the most tried). 0: there is none, or
        ///< it was not tried.
    int64_t next_per_node_bytes; ///< Bytes of a node with it; -1: past 2^63 - 1; 0 without it.
    const char *message; ///< The answer in one sentence, without a newline.
    int32_t size; ///< QUBE_SIZE_NSIDE to _PARAMETER.
    int32_t kind; ///< QUBE_LARGEST_VALUE, _NONE or _ANY.
} qube_largest_view;

/// Finds the largest size (of nodes: the fewest) with which a run fits the memory of its nodes.
/// Sizes derived from it follow, all others stay. The answer is exact: the next value does not fit.
/// A value that overflows does not fit. Time is logarithmic in the answer, except for nodes and
/// ranks of ECLIPSE: more ranks may form a worse grid, so these are tried one by one.
/// @param budget       the budget of the run
/// @param size         QUBE_SIZE_NSIDE to _RANKS_PER_NODE; nside needs a survey with nside and
///                     fsky, lmax a survey or ECLIPSE, maps ECLIPSE
/// @param job          nodes and ranks; NULL: one rank on one node. The number in question and the
///                     grid are replaced
/// @param limit_bytes  memory of a node, 1 or more, such as that of qube_memory_limit()
/// @param largest      the new answer
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_INPUT (limit_bytes, size, a size that
///         this run lacks or that other inputs replace, a number of the job, published sums),
///         QUBE_ERR_CONFLICT (ranks do not fill the grid; for bins, n_params is no multiple of
///         n_bins)
int32_t qube_budget_largest(const qube_budget *budget, int32_t size, const qube_job *job,
    int64_t limit_bytes, qube_largest **largest);

/// Finds the largest parameter of a pipeline with which it fits the memory of its nodes. Bytes need
/// not grow with a parameter: choices are tried one by one, from the largest; a range is searched
/// from the run's own value by doubled steps and bisection, so that the answer fits and the next
/// value does not. A value that overflows, or makes a size negative, does not fit.
/// @param budget       the budget of a pipeline; its other parameters stay
/// @param name         the parameter, not a switch
/// @param job          nodes and ranks; NULL: one rank on one node
/// @param limit_bytes  memory of a node, 1 or more, such as that of qube_memory_limit()
/// @param largest      the new answer
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_INPUT (limit_bytes, an unknown parameter,
///         a switch, a builder's budget, a number of the job), QUBE_ERR_CONFLICT (ranks do not fill
///         the grid), QUBE_ERR_DOCUMENT (a tried value makes the document invalid: give the
///         parameter a multiple_of)
int32_t qube_budget_largest_parameter(const qube_budget *budget, const char *name,
    const qube_job *job, int64_t limit_bytes, qube_largest **largest);

/// Frees an answer.
/// @param largest  NULL does nothing
void qube_largest_free(qube_largest *largest);

/// Fills the view of an answer.
/// @param largest  the answer
/// @param view     the view, with struct_size set
/// @return QUBE_OK, whether a value fits or not
int32_t qube_largest_get(const qube_largest *largest, qube_largest_view *view);

/* === Comparisons: predicted and measured sizes =============================================== */

/// A size, predicted and perhaps measured.
typedef struct qube_figure {
    int64_t predicted_bytes; ///< The budget's bytes, -1 if it has none (published sums are of
        ///< peaks); beside a request the resident size without the margin.
    int64_t requested_bytes; ///< Requested, margin included; -1 beside a budget.
    int64_t measured_bytes; ///< Measured resident size, baseline included; -1: not measured.
    int64_t above_baseline_bytes; ///< Measured minus the baseline; 0: not measured.
    int64_t difference_bytes; ///< Measured minus predicted; 0: not measured.
    double difference_percent; ///< The same in per cent of the prediction.
} qube_figure;

/// A stage, predicted and measured.
typedef struct qube_stage_comparison {
    const char *name;
    qube_figure end; ///< Held when the stage ends.
    qube_figure peak; ///< The most held in the stage.
} qube_stage_comparison;

/// A rank, predicted and measured.
typedef struct qube_rank_comparison {
    int64_t rank; ///< Its number; -1: the rank that holds least, in a record of all ranks.
    int64_t row; ///< Its row in the grid; -1 without a grid.
    int64_t column; ///< Its column, likewise.
    int64_t baseline_bytes; ///< Held before the first stage; -1: not measured.
    const qube_stage_comparison *stages; ///< The stages of the budget, in its order.
    int64_t n_stages;
    qube_figure lifetime_peak; ///< The largest of the run.
} qube_rank_comparison;

/// A unit of the pipeline's formulas; an array that a budget misses shows as a difference of 1.
typedef struct qube_unit {
    const char *symbol; ///< "p", "m", "x", ...
    const char *words; ///< Its product: "n_modes^2".
    int64_t bytes; ///< Its bytes; on a grid, a rank's share.
} qube_unit;

/// A figure that differs from its prediction by 2 per cent or more, and its possible cause.
typedef struct qube_difference {
    const char *stage; ///< The stage; "lifetime" for the run.
    const char *may_be; ///< Cause: "+4.0 m: four arrays of n_modes^2 that the budget does not
        ///< name".
    int64_t bytes; ///< Measured minus predicted.
    int32_t is_peak; ///< 1: of the peak; 0: of the end.
    int32_t reserved;
} qube_difference;

/// The contents of a comparison.
typedef struct qube_comparison_view {
    size_t struct_size;
    const qube_stage_comparison *stages; ///< In the order of the budget; the largest of several
        ///< ranks.
    int64_t n_stages;
    const char *const *not_predicted; ///< Steps that were measured but not predicted.
    int64_t n_not_predicted;
    int64_t unit_bytes; ///< The first unit, n_pix^2 doubles; 0: there is none.
    int64_t baseline_bytes; ///< Held before the first stage; -1: not measured.
    qube_figure lifetime_peak; ///< The largest of the run.
    const qube_rank_comparison *ranks; ///< Rank by rank, for several records or a grid.
    int64_t n_ranks;
    const qube_unit *units; ///< The pipeline's own units.
    int64_t n_units;
    const qube_difference *differences; ///< Figures off their predictions, with possible causes.
    int64_t n_differences;
    const char *const *notes; ///< Remarks on this run's figures, a line each.
    int64_t n_notes;
    int32_t within_request; ///< 1: all measurements are within the request; 0: not; -1: no request.
    int32_t reserved;
} qube_comparison_view;

/// Compares measurements of a run with its budget. They are the text of
/// - a log with a figure per line: "STAGE SIZE" (at the stage's end), "STAGE entry SIZE", "STAGE
///   peak SIZE" (the largest in it), "baseline SIZE" (before the first stage; it is subtracted) or
///   "lifetime peak SIZE" (the largest of the run). A size is bytes, or a decimal with KiB, MiB,
///   GiB, TiB, kB, MB, GB or TB, all powers of 1024 unless a line "mb 1000" makes the last four
///   decimal. "rank N", or "row N" and "column N", name the rank; # begins a comment;
/// - JSON "qube-measured/1" with baseline_bytes, peak_rss_bytes (the largest of the run) and stages
///   (each: name, entry_rss_bytes, rss_bytes, peak_rss_bytes); it needs stages only, and of each
///   the name and one size. A meter writes it: qube_meter_render();
/// - the profile of QUBE's benchmarks, whose MB are 2^20 bytes. A stage ends at the entry of the
///   next, as its exit is sampled within;
/// - the output of sacct (MaxRSS) or /usr/bin/time -v: the largest of the run.
///
/// @param budget      the budget
/// @param measured    the measurements, resident sizes
/// @param comparison  the new comparison
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (unreadable measurements, with the line),
///         QUBE_ERR_UNKNOWN_STAGE (with the known names; beside ECLIPSE's published sums all its
///         steps are known), QUBE_ERR_OVERFLOW
int32_t qube_budget_compare(const qube_budget *budget, const char *measured,
    qube_comparison **comparison);

/// Compares measurements rank by rank. Records that name no rank are those of rank 0, 1, 2, ... in
/// order; ranks of a grid are numbered row by row. A record of all ranks (qube_meter_reduce())
/// compares its fullest and least rank with those of the grid.
/// @param budget      the budget
/// @param grid        the grid of block-cyclic matrices; NULL: each rank holds the whole budget
/// @param measured    n_measured records, each as for qube_budget_compare()
/// @param n_measured  length of measured, 1 or more
/// @param comparison  the new comparison
/// @return as qube_budget_compare(); QUBE_ERR_INPUT (n_measured, or a size of the grid out of
///         range), QUBE_ERR_POSITION (a rank outside the grid), QUBE_ERR_DUPLICATE (two records of
///         one rank), QUBE_ERR_CONFLICT (a record of all ranks of another grid)
int32_t qube_budget_compare_ranks(const qube_budget *budget, const qube_grid *grid,
    const char *const *measured, int64_t n_measured, qube_comparison **comparison);

/// Compares measured resident sizes with a request: a rank at the peak of a stage with its input
/// and baseline, without and with the margin. Nothing is subtracted from the measurements.
/// @param request     the request
/// @param measured    n_measured records, each as for qube_budget_compare()
/// @param n_measured  length of measured, 1 or more
/// @param comparison  the new comparison
/// @return as qube_budget_compare_ranks()
int32_t qube_request_compare(const qube_request *request, const char *const *measured,
    int64_t n_measured, qube_comparison **comparison);

/// Frees a comparison.
/// @param comparison  NULL does nothing
void qube_comparison_free(qube_comparison *comparison);

/// Fills the view of a comparison.
/// @param comparison  the comparison
/// @param view        the view, with struct_size set
/// @return QUBE_OK
int32_t qube_comparison_get(const qube_comparison *comparison, qube_comparison_view *view);

/// Renders a comparison: end and peak of every stage, predicted and measured, in GiB (2^30 bytes)
/// and in units of n_pix^2 doubles, the difference, and its possible cause in each unit of the
/// pipeline; the same for each rank. JSON "qube-compare/1" has path, program, release, model,
/// against ("budget" or "request"), n_pix, unit_bytes, units (each: symbol, words, bytes),
/// baseline_bytes, stages (each: name, end, peak), lifetime_peak, beside a request within_request,
/// for ranks grid and ranks (each: rank, row, column, baseline_bytes, stages, lifetime_peak),
/// differences (each: stage, figure, bytes, units, may_be), not_measured (stages), not_predicted,
/// notes. end, peak and lifetime_peak have predicted_bytes, beside a request requested_bytes,
/// measured_bytes, above_baseline_bytes, predicted_units, measured_units, difference_bytes,
/// difference_percent; null: unknown. qube_job.calibration reads it.
/// @param comparison  the comparison
/// @param format      QUBE_FORMAT_TABLE, _JSON, _MARKDOWN, _TRACE (predicted and measured as two
///                    tracks), _BARS or _BARS_ASCII
/// @param text        the new document
/// @return QUBE_OK
int32_t qube_comparison_render(const qube_comparison *comparison, int32_t format, char **text);

/* === Meters: resident sizes of a run, stage by stage ========================================= */

#define QUBE_REDUCTION_LARGEST 1 ///< The largest value of all ranks.
#define QUBE_REDUCTION_LEAST 2 ///< The least.
#define QUBE_REDUCTION_SUM 3 ///< The sum.

/// Replaces values by those of all ranks, as MPI_Allreduce does in place with MPI_INT64_T.
/// @param user       user of qube_meter_reduce()
/// @param reduction  QUBE_REDUCTION_LARGEST, _LEAST or _SUM
/// @param values     the values to replace
/// @param n_values   length of values, the same on all ranks
/// @return 0 to go on
typedef int32_t (*qube_reduce_callback)(void *user, int32_t reduction, int64_t *values,
    int64_t n_values);

/// A measured resident size. Without qube_meter_reduce(), or where a rank does not know it, the
/// figures of all ranks are -1.
typedef struct qube_measured_figure {
    int64_t bytes; ///< Of this process, or the largest of all ranks; -1: unknown.
    int64_t least_bytes; ///< The least of all ranks.
    int64_t sum_bytes; ///< The sum of all ranks.
    int64_t fullest_rank; ///< The first rank that holds the largest.
} qube_measured_figure;

/// A measured stage.
typedef struct qube_measured_stage {
    const char *name;
    qube_measured_figure entry; ///< At its beginning.
    qube_measured_figure end; ///< At its end.
    qube_measured_figure peak; ///< The largest in it.
} qube_measured_stage;

/// The record of a meter.
typedef struct qube_meter_view {
    size_t struct_size;
    const qube_measured_stage *stages; ///< The ended stages, in the order of their beginnings.
    int64_t n_stages;
    int64_t baseline_bytes; ///< Held when the meter was made; -1: unknown.
    qube_measured_figure lifetime_peak; ///< The largest of the life of the process.
    int64_t cgroup_peak_bytes; ///< The largest of the control group, with all its processes and the
        ///< pages of files that they read; -1: unknown.
    int64_t n_ranks; ///< Ranks of the figures; 0 before qube_meter_reduce().
    const char *const *notes; ///< What this system cannot read, and the consequences, by line.
    int64_t n_notes;
} qube_meter_view;

/// A reading at a border of two stages.
typedef struct qube_reading {
    int64_t resident_bytes; ///< The resident size; -1: unknown.
    int64_t peak_bytes; ///< The largest since the mark's reset, or of the process; -1: unknown.
    int32_t is_reset; ///< 1: the kernel's high-water mark was reset to the resident size here.
    int32_t reserved;
} qube_reading;

/// Makes a meter of this process, for one thread at a time; the bytes held now are the baseline. At
/// each border it reads /proc/self/status (VmRSS, VmHWM) and resets the mark VmHWM through
/// /proc/self/clear_refs, so that the mark at the next border is the peak between. A mark that
/// cannot be reset only rises: the peak of a stage below an earlier one is then unknown. Without
/// /proc the peak is that of getrusage. The notes of the view name what is unknown. A border takes
/// some 50 microseconds.
/// @param rank   the number of this rank, for its record, 0 or more; -1: none
/// @param meter  the new meter
/// @return QUBE_OK; QUBE_ERR_INPUT (rank)
int32_t qube_meter_new(int64_t rank, qube_meter **meter);

/// Marks a border: the previous stage ends, and this one begins. A stage that is entered again
/// keeps its first entry, its last end and the larger peak.
/// @param meter  the meter; its views end here
/// @param stage  the stage, as in the budget; without control characters
/// @return QUBE_OK; QUBE_ERR_LABEL (stage), QUBE_ERR_TOO_LARGE (more than 4096 stages),
///         QUBE_ERR_DOCUMENT (a meter of readings has ended)
int32_t qube_meter_stage(qube_meter *meter, const char *stage);

/// Marks the end of the last stage.
/// @param meter  the meter; its views end here
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (no stage has begun, or a meter of readings)
int32_t qube_meter_end(qube_meter *meter);

/// Makes the record one of all ranks: of each figure the largest, the least, the sum, and the
/// fullest rank. Each rank calls it after the same stages; the library itself sends nothing. Every
/// rank does the same five reductions in the same order. If the ranks marked different stages, all
/// of them fail.
/// @param meter   the meter, made with a rank; its views end here
/// @param reduce  the reduction
/// @param user    passed to reduce
/// @return QUBE_OK; QUBE_ERR_INPUT (a meter without a rank), QUBE_ERR_CALLBACK, QUBE_ERR_DOCUMENT
///         (the ranks marked different stages)
int32_t qube_meter_reduce(qube_meter *meter, qube_reduce_callback reduce, void *user);

/// Fills the view of a meter.
/// @param meter  the meter
/// @param view   the view, with struct_size set; valid until the meter's next border, reduction or
///               _free
/// @return QUBE_OK
int32_t qube_meter_get(const qube_meter *meter, qube_meter_view *view);

/// Renders the record, for qube_budget_compare(). JSON "qube-measured/1" has rank, host,
/// baseline_bytes, peak_rss_bytes (of the life of the process), cgroup_peak_bytes, stages (each:
/// name, entry_rss_bytes, rss_bytes at its end, peak_rss_bytes) and notes; unknown figures are
/// absent. A record of all ranks has ranks, the largest figures, and beside each an object
/// (entry_rss_ranks, rss_ranks, peak_rss_ranks) with least_bytes, sum_bytes and fullest_rank.
/// @param meter   the meter
/// @param format  QUBE_FORMAT_JSON
/// @param text    the new document
/// @return QUBE_OK
int32_t qube_meter_render(const qube_meter *meter, int32_t format, char **text);

/// Frees a meter.
/// @param meter  NULL does nothing
void qube_meter_free(qube_meter *meter);

/// Reads this process as a meter does, and resets the high-water mark. For hosts that keep the
/// readings and make a meter of them at the end: qube_meter_of_readings().
/// @param reading  the reading
/// @return QUBE_OK
int32_t qube_meter_read(qube_reading *reading);

/// Makes an ended meter of readings: the first is the start, each further one a border.
/// @param rank        the number of this rank, 0 or more; -1: none
/// @param stages      n_readings names of the stages that begin; NULL for the first reading, and
///                    where a stage ends and none begins
/// @param readings    n_readings readings of qube_meter_read()
/// @param n_readings  length of stages and readings, 1 or more
/// @param meter       the new meter
/// @return QUBE_OK; QUBE_ERR_INPUT (rank, n_readings, a negative size), QUBE_ERR_LABEL,
///         QUBE_ERR_TOO_LARGE, QUBE_ERR_DOCUMENT (as qube_meter_stage() and qube_meter_end())
int32_t qube_meter_of_readings(int64_t rank, const char *const *stages,
    const qube_reading *readings, int64_t n_readings, qube_meter **meter);

/* === Roles of indices ======================================================================== */

#define QUBE_ROLE_CONTRACTED 0 ///< The index is summed at some contraction.
#define QUBE_ROLE_EXTERNAL 1 ///< The index is open in the result.

/* === Spaces: extents, and power means of domain sizes ======================================== */

/// Gives a power mean of the domain sizes d of a composite index, (sum over pairs of d^k /
/// pairs)^(1/k). Building or reading a network calls it for every composite index without power
/// means, in the order of the network, with k = 1 to the number of the network's composite indices
/// with the same protos. It must not change or free the builder or table that holds it.
/// @param user    the user pointer
/// @param label   the label of the index with its protos
/// @param space   its space
/// @param extent  its mean domain size, elements
/// @param k       the order, 1 or more
/// @param mean    is 0; set it to the mean, elements, finite and above 0
/// @return 0 to go on
typedef int32_t (*qube_inner_pow_callback)(void *user, const char *label, const char *space,
    int64_t extent, int64_t k, double *mean);

/// Frees the user pointer of a callback, when the last object that holds the callback is freed or
/// gets another one, on the thread that does so.
typedef void (*qube_free_user)(void *user);

/// Makes an empty table of extents by space, for any number of networks. In einsum texts a space is
/// a letter.
/// @param spaces  the new table
/// @return QUBE_OK
int32_t qube_spaces_create(qube_spaces **spaces);

/// Frees a table. Networks that were read with it stay valid.
/// @param spaces  NULL does nothing
void qube_spaces_free(qube_spaces *spaces);

/// Adds a space.
/// @param spaces         the table
/// @param space          its name: the labels of its indices up to the first _ or digit
/// @param extent         elements, 1 or more; for composite indices the mean domain size
/// @param power_means    power means of the domain sizes, as from qube_power_means(), finite and
///                       above 0. NULL: plain indices, composite indices of one size, or means of a
///                       callback
/// @param n_power_means  length of power_means; a network needs one for each composite index with
///                       the same protos
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE,
///         QUBE_ERR_INPUT (n_power_means)
int32_t qube_spaces_add(qube_spaces *spaces, const char *space, int64_t extent,
    const double *power_means, int64_t n_power_means);

/// Sets the callback for power means that the table lacks, for terms that are read with it.
/// Networks do not hold the callback.
/// @param spaces     the table
/// @param callback   NULL (default): none; the extent then stands for every k, and user and
///                   free_user are ignored
/// @param user       passed to callback; may be NULL
/// @param free_user  frees user when the table is freed or gets another callback; NULL: user is the
///                   host's and must outlive the table. After a failure user is the host's in any
///                   case
/// @return QUBE_OK
int32_t qube_spaces_set_inner_pow_callback(qube_spaces *spaces, qube_inner_pow_callback callback,
    void *user, qube_free_user free_user);

/// Computes power means of domain sizes d, for qube_spaces_add() and
/// qube_network_builder_add_composite(): means[k-1] = (sum over pairs of d^k / pairs)^(1/k).
/// @param domains    domain sizes of all pairs, elements, 0 or more, at least one above 0
/// @param n_domains  length of domains
/// @param means      n_means power means, elements
/// @param n_means    0 to 1024; a network needs one for each composite index with the same protos
/// @return QUBE_OK; QUBE_ERR_POWER_MEAN, QUBE_ERR_INPUT (n_domains, n_means)
int32_t qube_power_means(const int64_t *domains, int64_t n_domains, double *means, int64_t n_means);

/* === Networks and their builders ============================================================= */

/// An index of a network; its number is its place in the view.
typedef struct qube_index {
    const char *label;
    const char *space;
    int64_t extent; ///< Elements; of a composite index the mean domain size.
    const int64_t *protos; ///< Numbers of the indices on which its extent depends, if composite.
    int64_t n_protos;
    const double *power_means; ///< Power means of its domain sizes, of order 1 and up.
    int64_t n_power_means;
    int32_t role; ///< QUBE_ROLE_CONTRACTED or _EXTERNAL.
    int32_t reserved;
} qube_index;

/// A tensor of a network; its number is its place in the view.
typedef struct qube_tensor {
    const char *label;
    const int64_t *indices; ///< Numbers of the indices in its slots, in slot order.
    int64_t n_indices;
} qube_tensor;

/// The contents of a network.
typedef struct qube_network_view {
    size_t struct_size;
    const qube_index *indices; ///< The indices, those that are only protos included.
    int64_t n_indices;
    const qube_tensor *tensors; ///< The tensors, 1 or more.
    int64_t n_tensors;
    const int64_t *targets; ///< Numbers of the indices open in the result, increasing.
    int64_t n_targets;
    int64_t bytes_per_element; ///< From the network's document, for qube_options; 0: it gives none.
} qube_network_view;

/// Makes an empty builder.
/// @param builder  the new builder
/// @return QUBE_OK
int32_t qube_network_builder_create(qube_network_builder **builder);

/// Frees a builder. Its networks stay valid.
/// @param builder  NULL does nothing
void qube_network_builder_free(qube_network_builder *builder);

/// Adds a plain index.
/// @param builder  the builder
/// @param label    unique in the network, without control characters
/// @param space    its space; NULL: the label up to the first _, digit or <
/// @param extent   elements, 1 or more
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_DUPLICATE, QUBE_ERR_TOO_LARGE (more
///         than 2^20 indices)
int32_t qube_network_builder_add_index(qube_network_builder *builder, const char *label,
    const char *space, int64_t extent);

/// Adds a composite index: its extent depends on plain indices added before, its protos.
/// @param builder        the builder
/// @param label          unique in the network, by custom with the protos: a_1<i_1,i_2>
/// @param space          its space; NULL: the label up to the first _, digit or <
/// @param extent         mean domain size, elements, 1 or more
/// @param protos         labels of the protos
/// @param n_protos       length of protos
/// @param power_means    as for qube_spaces_add(); NULL: means of a callback, without one the
///                       extent for every k
/// @param n_power_means  length of power_means
/// @return as qube_network_builder_add_index(); QUBE_ERR_POWER_MEAN, QUBE_ERR_UNKNOWN_INDEX (a
///         proto), QUBE_ERR_DOCUMENT (a composite proto), QUBE_ERR_INPUT (a count)
int32_t qube_network_builder_add_composite(qube_network_builder *builder, const char *label,
    const char *space, int64_t extent, const char *const *protos, int64_t n_protos,
    const double *power_means, int64_t n_power_means);

/// Adds a tensor. Tensors are numbered in the order of these calls; labels may repeat. An index may
/// stand twice on one tensor (a trace).
/// @param builder    the builder
/// @param label      its label, for policies
/// @param indices    labels of the indices in its slots
/// @param n_indices  length of indices; 0 for a scalar
/// @return QUBE_OK; QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_INPUT (n_indices)
int32_t qube_network_builder_add_tensor(qube_network_builder *builder, const char *label,
    const char *const *indices, int64_t n_indices);

/// Sets the indices open in the result, as einsum does: they may include an index of several
/// tensors, or omit one of a single tensor. Without this call they are the indices in exactly one
/// slot of the network.
/// @param builder    the builder
/// @param targets    labels of the indices, each once
/// @param n_targets  length of targets; 0 for a scalar result
/// @return QUBE_OK; QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_DUPLICATE, QUBE_ERR_INPUT (n_targets).
///         qube_network_builder_build() finds an index that no tensor carries
int32_t qube_network_builder_set_targets(qube_network_builder *builder, const char *const *targets,
    int64_t n_targets);

/// Sets the callback for power means of composite indices that were added without, called when the
/// network is built.
/// @param builder    the builder
/// @param callback   as for qube_spaces_set_inner_pow_callback()
/// @param user       passed to callback; may be NULL
/// @param free_user  as for qube_spaces_set_inner_pow_callback()
/// @return QUBE_OK
int32_t qube_network_builder_set_inner_pow_callback(qube_network_builder *builder,
    qube_inner_pow_callback callback, void *user, qube_free_user free_user);

/// Builds the network. The builder stays as it is, and must still be freed.
/// @param builder  the builder
/// @param network  the new network
/// @return QUBE_OK; QUBE_ERR_NO_TENSORS, QUBE_ERR_UNKNOWN_INDEX (a target that no tensor carries),
///         QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (from a callback)
int32_t qube_network_builder_build(const qube_network_builder *builder, qube_network **network);

/// Reads a term in SeQuant's notation: g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2} (a label,
/// then bra;ket;aux in braces; protos of a composite index in angle brackets). The result keeps the
/// indices in exactly one slot.
/// @param text     the term
/// @param spaces   extents by space; the space of an index is its label up to the first _ or digit
/// @param network  the new network
/// @return QUBE_OK; QUBE_ERR_PARSE, QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS, QUBE_ERR_DUPLICATE
///         (a proto twice on one index), QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (from a callback)
int32_t qube_network_parse(const char *text, const qube_spaces *spaces, qube_network **network);

/// Reads an einsum expression: ijk,kl->ijl. Every character except white space, comma, -, > and
/// period is an index. Without -> the result keeps the indices that occur once.
/// @param text     the expression; white space is ignored
/// @param letters  extents by letter
/// @param network  the new network
/// @return QUBE_OK; QUBE_ERR_PARSE, QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS,
///         QUBE_ERR_UNKNOWN_INDEX (a letter of the result that no operand has), QUBE_ERR_DUPLICATE
int32_t qube_network_einsum(const char *text, const qube_spaces *letters, qube_network **network);

/// Reads a JSON document:
/// @verbatim
///   {"indices":[{"label":"i_1","extent":56},
///     {"label":"a_1<i_1>","space":"a","extent":12,"protos":["i_1"],"power_means":[12.0]},
///     {"label":"Κ_1","extent":1652,"batchable":true,"target":236}],
///    "tensors":[{"label":"t","indices":["a_1<i_1>","i_1"],"volatile":true}],"targets":["i_1"]}
/// @endverbatim
/// Without "targets" the result keeps the indices in exactly one slot. "bytes_per_element" is
/// checked and put into the view: pass it on in the options.
/// @param text     the document
/// @param network  the new network
/// @param policy   a new policy with the document's batches and volatile tensors; may be NULL
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, and those of the
///         builder
int32_t qube_network_from_json(const char *text, qube_network **network, qube_policy **policy);

/// Frees a network. Its plans stay valid.
/// @param network  NULL does nothing
void qube_network_free(qube_network *network);

/// Fills the view of a network.
/// @param network  the network
/// @param view     the view, with struct_size set
/// @return QUBE_OK; QUBE_ERR_LABEL (a label with a NUL, from a document)
int32_t qube_network_get(const qube_network *network, qube_network_view *view);

/* === Batch policies: sliced indices, their batches, and volatile tensors ===================== */

/// A rule on indices, by label or by space. Rules on labels override those on spaces; a later rule
/// replaces an earlier one on the same label or space.
typedef struct qube_index_rule {
    size_t struct_size;
    const char *label; ///< The index; NULL (default): by space.
    const char *space; ///< The space, ignored in networks without it; NULL (default): by label.
    int64_t target; ///< The most elements of a batch, 1 or more; 0 (default): no statement.
    int64_t tile; ///< Elements of a tile; a batch has whole tiles, one at least. 0 (default): no
        ///< statement, as 1.
    int32_t role; ///< The role in which target holds: QUBE_ROLE_CONTRACTED (default) or _EXTERNAL,
        ///< whose loops assemble the result block by block (_TIME_SPACE_BATCHED and
        ///< _SPACE_TIME_BATCHED).
    int32_t reserved;
} qube_index_rule;

/// A rule on tensors, by label or by number.
typedef struct qube_tensor_rule {
    size_t struct_size;
    const char *label; ///< The label of the tensors; NULL (default): by number.
    int64_t tensor; ///< The number of one tensor, in any network; -1 (default): by label.
    int32_t is_volatile; ///< 1 (default): volatile. 0 is refused: without a rule it is persistent.
    int32_t reserved;
} qube_tensor_rule;

/// Decides whether loops may slice an index, and into which batches. qube_optimize(),
/// qube_optimize_custom(), qube_optimize_many() (for all terms, before it plans the first),
/// qube_plan_verify() and qube_policy_resolve() call it once for every index of the network without
/// a rule by label or space in its role, in the order of the network; tensors follow. It must not
/// change or free the policy. Threads that share a policy may call it at the same time.
/// @param user          batchable_user of the settings
/// @param label         the label of the index
/// @param space         its space
/// @param extent        elements; of a composite index the mean domain size
/// @param role          QUBE_ROLE_CONTRACTED or _EXTERNAL
/// @param is_batchable  is 0; set it to 1 if loops may slice the index
/// @param target        is 0; set it to the most elements of a batch, 1 or more
/// @param tile          is 1; elements of a tile, 1 or more, unless a rule by label or space sets
///                      them
/// @return 0 to go on
typedef int32_t (*qube_batchable_callback)(void *user, const char *label, const char *space,
    int64_t extent, int32_t role, int32_t *is_batchable, int64_t *target, int64_t *tile);

/// Decides whether a tensor changes on every iteration. It is called as qube_batchable_callback,
/// once for every tensor, in the order of the network, that no rule makes volatile.
/// @param user         volatile_user of the settings
/// @param label        the label of the tensor
/// @param tensor       its number in the network
/// @param is_volatile  is 0; set it to 1 if the tensor changes on every iteration
/// @return 0 to go on
typedef int32_t (*qube_volatile_callback)(void *user, const char *label, int64_t tensor,
    int32_t *is_volatile);

/// Settings of a policy beside its rules.
typedef struct qube_policy_settings {
    size_t struct_size;
    double accumulation_factor; ///< Part of a batch's contribution that lives beside the
        ///< accumulator while it is added, 0 (default): none, 1: all; 0, or 1e-9 to 1e18.
    int64_t peak_threshold; ///< Bytes that a plan has to fit, for _TIME_SPACE_BATCHED and
        ///< _SPACE_TIME_BATCHED; 0 (default): unlimited.
    qube_batchable_callback batchable; ///< Decides on indices without a rule; NULL (default): none.
    void *batchable_user; ///< Passed to batchable; may be NULL.
    qube_free_user free_batchable_user; ///< Frees batchable_user; NULL (default): the host does,
        ///< after all policies with it.
    qube_volatile_callback is_volatile; ///< Decides on tensors without a rule; NULL (default).
    void *volatile_user; ///< Passed to is_volatile; may be NULL.
    qube_free_user free_volatile_user; ///< As free_batchable_user.
    int32_t persistent_only; ///< 1: no contracted loops around volatile tensors. 0 (default).
    int32_t reserved;
} qube_policy_settings;

/// Fills a rule with the defaults.
/// @param rule         the struct to fill
/// @param struct_size  sizeof *rule
/// @return QUBE_OK
int32_t qube_index_rule_init(qube_index_rule *rule, size_t struct_size);

/// Fills a rule with the defaults.
/// @param rule         the struct to fill
/// @param struct_size  sizeof *rule
/// @return QUBE_OK
int32_t qube_tensor_rule_init(qube_tensor_rule *rule, size_t struct_size);

/// Fills settings with the defaults.
/// @param settings     the struct to fill
/// @param struct_size  sizeof *settings
/// @return QUBE_OK
int32_t qube_policy_settings_init(qube_policy_settings *settings, size_t struct_size);

/// Makes a policy that forbids slicing and calls no tensor volatile. Optimizer and run-time
/// evaluator both read a policy. It names spaces and labels, and so serves many networks.
/// @param policy  the new policy
/// @return QUBE_OK
int32_t qube_policy_create(qube_policy **policy);

/// Copies a policy with its callbacks.
/// @param original  the policy to copy
/// @param policy    the new policy
/// @return QUBE_OK
int32_t qube_policy_clone(const qube_policy *original, qube_policy **policy);

/// Frees a policy.
/// @param policy  NULL does nothing
void qube_policy_free(qube_policy *policy);

/// Sets all settings of a policy; its rules stay.
/// @param policy    the policy
/// @param settings  the settings. A user pointer with a callback and a function that frees it
///                  belongs to the policy from now on; after a failure it is the host's
/// @return QUBE_OK; QUBE_ERR_OPTION (accumulation_factor, peak_threshold), QUBE_ERR_INPUT
///         (persistent_only)
int32_t qube_policy_set(qube_policy *policy, const qube_policy_settings *settings);

/// Adds a rule on indices.
/// @param policy  the policy
/// @param rule    an index or a space, and a target, a tile or both
/// @return QUBE_OK; QUBE_ERR_TARGET (a size below 0, or none), QUBE_ERR_OPTION (role; a label and a
///         space, or neither)
int32_t qube_policy_add_index_rule(qube_policy *policy, const qube_index_rule *rule);

/// Adds a rule on tensors.
/// @param policy  the policy
/// @param rule    a label or the number of a tensor
/// @return QUBE_OK; QUBE_ERR_OPTION (a label and a number, or neither), QUBE_ERR_INPUT (a number
///         below 0, is_volatile other than 1)
int32_t qube_policy_add_tensor_rule(qube_policy *policy, const qube_tensor_rule *rule);

/// Adds the rules and settings of a document; they replace those on the same thing.
/// @param policy  the policy; unchanged on failure
/// @param text    JSON "qube-policy/1", as from qube_policy_render()
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, QUBE_ERR_OPTION
int32_t qube_policy_add_json(qube_policy *policy, const char *text);

/// Renders a policy.
/// @param policy  the policy
/// @param format  QUBE_FORMAT_TABLE (in words), or _JSON for qube_policy_add_json()
/// @param text    the new document
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (callbacks have no JSON: resolve the policy first)
int32_t qube_policy_render(const qube_policy *policy, int32_t format, char **text);

/* === Resolved policies: a policy applied to one network ====================================== */

/// The slicing of an index. If it must not be sliced, target and tile are 0, and one batch has its
/// extent.
typedef struct qube_resolved_index {
    int64_t target; ///< The most elements of a batch.
    int64_t tile; ///< Elements of a tile.
    int64_t batch; ///< Elements of a batch: target in whole tiles, at least one, at most the
        ///< extent. The last batch may be shorter.
    int64_t batches; ///< Number of batches.
    int32_t role; ///< QUBE_ROLE_CONTRACTED or _EXTERNAL: its role in the network.
    int32_t is_batchable; ///< 1: loops may slice it.
} qube_resolved_index;

/// The contents of a resolved policy.
typedef struct qube_resolved_policy_view {
    size_t struct_size;
    const qube_resolved_index *indices; ///< By number of the index.
    int64_t n_indices;
    const int32_t *is_volatile; ///< By number of the tensor, 1: it changes on every iteration.
    int64_t n_tensors; ///< Length of is_volatile.
    double accumulation_factor; ///< As in qube_policy_settings.
    int64_t peak_threshold; ///< As in qube_policy_settings.
    int32_t persistent_only; ///< As in qube_policy_settings.
    int32_t reserved;
} qube_resolved_policy_view;

/// Resolves a policy for one network. Callbacks are called now, and never again.
/// @param policy    the policy
/// @param network   the network
/// @param resolved  the new resolved policy
/// @return QUBE_OK; QUBE_ERR_POSITION (a rule on a tensor beyond the last), QUBE_ERR_CALLBACK,
///         QUBE_ERR_TARGET (a size below 1 from a callback)
int32_t qube_policy_resolve(const qube_policy *policy, const qube_network *network,
    qube_resolved_policy **resolved);

/// Frees a resolved policy.
/// @param resolved  NULL does nothing
void qube_resolved_policy_free(qube_resolved_policy *resolved);

/// Fills the view of a resolved policy.
/// @param resolved  the resolved policy
/// @param view      the view, with struct_size set
/// @return QUBE_OK
int32_t qube_resolved_policy_get(const qube_resolved_policy *resolved,
    qube_resolved_policy_view *view);

/// Renders a resolved policy without callbacks: rules by label of the index and number of the
/// tensor.
/// @param resolved  the resolved policy
/// @param format    QUBE_FORMAT_TABLE, or _JSON for qube_policy_add_json()
/// @param text      the new document
/// @return QUBE_OK
int32_t qube_resolved_policy_render(const qube_resolved_policy *resolved, int32_t format,
    char **text);

/* === Options of an optimization: objectives, limits, progress ================================ */

#define QUBE_DENSE_FLOPS 0 ///< Objective (the names are SeQuant's): least work.
#define QUBE_DENSE_SIZE 1 ///< Objective: least storage of operands and results of contractions.
#define QUBE_DENSE_PEAK_SIZE 2 ///< Objective: least work with a peak near the least.
#define QUBE_DENSE_PEAK_SIZE_BATCHED 3 ///< Objective: the same, with loops over batchable indices.
#define QUBE_DENSE_TIME_SPACE 4 ///< Objective: least work, then least peak.
#define QUBE_DENSE_TIME_SPACE_BATCHED 5 ///< Objective: least work with a peak within the policy's
    ///< threshold, then fewest sliced indices, then least peak; if nothing fits, least work, then
    ///< least peak. Loops may slice contracted and external indices, and repeated work is charged.
    ///< A result that a loop around it need not repeat is charged once, and counts in the peak
    ///< until its first use.
#define QUBE_DENSE_SPACE_TIME_BATCHED 6 ///< Objective: the same, but the least peak directly after
    ///< the least work; if nothing fits, least peak, then least work.

#define QUBE_CUSTOM 100 ///< Objective of plans of qube_optimize_custom(); options refuse it.

#define QUBE_BOUNDED_COST 0 ///< The lower bound is one on the cost.
#define QUBE_BOUNDED_PEAK 1 ///< The lower bound is one on the peak, elements.

/// The progress of an optimization.
typedef struct qube_progress {
    size_t struct_size;
    int64_t states; ///< States expanded so far; 0 after a term of many.
    double value; ///< The least value found; DBL_MAX if there is none.
    double lower_bound; ///< No plan goes below it.
    int64_t terms_done; ///< Terms that qube_optimize_many() has planned; 0 for one term.
    int64_t n_terms; ///< Number of terms; 1 for one term.
    int32_t bounded; ///< QUBE_BOUNDED_COST or _PEAK: the quantity of value and lower_bound. If the
        ///< peak counts, the least peak is searched first.
    int32_t reserved;
} qube_progress;

/// Reports progress: of qube_optimize() and qube_optimize_custom() before the first state is
/// expanded, then after every 256 states, or some milliseconds of a search without states; of
/// qube_optimize_many() after each term.
/// @param user      progress_user of the options
/// @param progress  the progress
/// @return 0 to go on; other values stop the search for one plan as a limit does, with the best
///         plan so far, and end qube_optimize_many() with QUBE_ERR_CALLBACK
typedef int32_t (*qube_progress_callback)(void *user, const qube_progress *progress);

/// Options of an optimization; the defaults are SeQuant's. QUBE_DENSE_FLOPS and _SIZE are the
/// additive objectives. The four roofline fields, machine_balance to block_prefactor, are for the
/// others; each is 0, or 1e-9 to 1e18.
typedef struct qube_options {
    size_t struct_size;
    double volatile_weight; ///< Evaluations of a volatile contraction per evaluation of a
        ///< persistent one, 1e-9 to 1e18, default 1; additive objectives count at least 1.
    double footprint_weight; ///< Additive objectives: cost per element of an intermediate's
        ///< footprint; 0 (default), or 1e-9 to 1e18.
    double peak_flops_tolerance; ///< _PEAK_SIZE, _PEAK_SIZE_BATCHED: fraction by which a plan may
        ///< exceed the least peak to save work; 0, or 1e-9 to 1e18, default 0.10.
    double machine_balance; ///< Multiply-add pairs in the time of moving one element (8 F / B for F
        ///< pairs and B bytes per second); 0 (default): no roofline.
    double fast_mem_elems; ///< Elements of fast memory; 0 (default): operands and result move once.
    double block_tiles; ///< Blocks that fast memory holds at a time; default 3.
    double block_prefactor; ///< Factor of the blocked traffic; default 1.
    int64_t bytes_per_element; ///< Bytes of one element, 1 to 1024; default 8.
    int64_t max_states; ///< Limit on expanded states, see qube_optimize(); 0 (default): none.
    double max_seconds; ///< Limit in seconds, 1e-9 to 1e9; 0 (default): none. The plan then depends
        ///< on the machine, and may differ between MPI ranks.
    int64_t max_bytes; ///< Limit on the bytes of search tables, up to 2^37; 0 (default): 1 GiB.
    qube_progress_callback progress; ///< Reports progress; NULL (default): no reports.
    void *progress_user; ///< Passed to progress; may be NULL.
    int32_t objective; ///< QUBE_DENSE_FLOPS (default) to _SPACE_TIME_BATCHED.
    int32_t prune_outer_products; ///< 1 (default): connected subsets only; 0: outer products, too,
        ///< as always if the network is not connected.
    int32_t use_inner_pow; ///< Size of composite indices, 1 (default): power means; 0: extents.
    int32_t subnet_cse; ///< Additive objectives, 1: pay once for intermediates of the term that are
        ///< equal up to a renaming of indices; the first is computed and shared, see qube_node.
        ///< Tensors of one label are then one tensor. 0 (default): pay each time.
    int32_t frontier; ///< 1: if the peak counts, find all points (peak, cost) to choose among,
        ///< which takes longer; 0 (default): the chosen one only. The plan is the same.
    int32_t require_optimal; ///< 1: refuse plans that are not proven best in the space searched
        ///< (QUBE_ERR_LIMIT); 0 (default): at a limit take the best plan so far.
} qube_options;

/// Fills options with the defaults.
/// @param options      the struct to fill
/// @param struct_size  sizeof *options
/// @return QUBE_OK
int32_t qube_options_init(qube_options *options, size_t struct_size);

/* === Plans: nodes, loops, lifetimes, order =================================================== */

#define QUBE_CACHE_TRANSIENT 0 ///< Cache: drop it: volatile, only used by persistent nodes, or the
    ///< result.
#define QUBE_CACHE_KEEP 1 ///< Cache: keep it for the next replay: persistent, used by a volatile
    ///< node.
#define QUBE_CACHE_SLICED 2 ///< Cache: as _KEEP, but the node exists in slices only: a loop around
    ///< it has more than one batch over an index that is open in it.

/// A loop over batches of an index.
typedef struct qube_loop {
    int64_t index; ///< The number of the index.
    int64_t batch; ///< Elements of a batch; the last may be shorter.
    int64_t batches; ///< Number of batches.
    int32_t role; ///< QUBE_ROLE_CONTRACTED: batches add up; _EXTERNAL: each makes a block.
    int32_t reserved;
} qube_loop;

/// An interval of nodes in which a tensor or result is live at one size. A tensor that loops slice
/// further as they are entered has several, each beginning where the one before ends.
typedef struct qube_life {
    int64_t from; ///< The first node.
    int64_t to; ///< The last node.
    double elements; ///< Its size, as the loops around it entered so far slice it.
} qube_life;

/// A node: a tensor of the term, or the result of a contraction. Nodes are numbered in evaluation
/// order, tensors at their use: a node follows its operands, and its subtree ends with it. Sizes
/// are elements, work is multiply-add pairs. live_from and live_to are -1 for a node that is not
/// evaluated; it has no lives.
typedef struct qube_node {
    double footprint; ///< Volume of the tensor or result.
    double sliced_footprint; ///< The same as sliced by the loops around the node.
    double flops; ///< Work of the contraction; 0 for a tensor.
    double cost; ///< The objective's charge; 0 for a tensor, and under a custom model.
    double repetitions; ///< Evaluations of the contraction that loops around it demand, 1 without.
        ///< Objectives with a threshold charge them; it is 1 under the others.
    double live_before; ///< Elements live just before the node.
    double live; ///< Elements live at the node.
    double live_after; ///< Elements live just after the node.
    int64_t tensor; ///< The tensor's number in the network; -1 for a contraction.
    int64_t first; ///< Node of the operand that is evaluated first; -1 for a tensor.
    int64_t second; ///< Node of the other operand; -1 for a tensor.
    int64_t parent; ///< The contraction that uses the node; -1 for the result of the term.
    int64_t live_from; ///< The first node at which it is live: 0 for a tensor; for a contraction
        ///< itself, or the first node below it if loops assemble its result.
    int64_t live_to; ///< The last node at which it is live, its last use.
    int64_t shared_with; ///< With subnet_cse: the earlier contraction whose result is this one,
        ///< too, up to a renaming of indices; the k-th open indices of both correspond. Nothing is
        ///< computed or copied for this node, its subtree is skipped, and that result lives until
        ///< its last use. -1: none.
    int64_t open_begin; ///< Its open indices are view.open[open_begin] to
    int64_t open_end; ///< view.open[open_end - 1].
    const qube_loop *loops; ///< Loops around the evaluation of both operands, outermost first.
    int64_t n_loops;
    const qube_life *lives; ///< Its intervals from live_from to live_to, one for a result.
    int64_t n_lives;
    int32_t cache; ///< QUBE_CACHE_TRANSIENT, _KEEP or _SLICED, across evaluations.
    int32_t is_volatile; ///< 1: it depends on a volatile tensor.
    int32_t is_skipped; ///< 1: below a node with shared_with: never evaluated, used or live.
    int32_t reserved;
} qube_node;

/// A point of the frontier.
typedef struct qube_point {
    double peak_elements;
    double cost;
} qube_point;

/// Why nothing fits a threshold on the peak, and what would. Bytes are -1 from 2^53 elements on,
/// where a double is not exact.
typedef struct qube_infeasible {
    int64_t threshold_bytes; ///< The policy's threshold.
    double least_peak_elements; ///< The least peak of all schedules, if the plan is proven best,
        ///< else of those found.
    int64_t least_peak_bytes; ///< The same in bytes.
    double finest_peak_elements; ///< The least peak with batches of one tile, which shows whether
        ///< finer batches help; -1 if that search was out of reach.
    int64_t finest_peak_bytes; ///< The same in bytes.
    const qube_loop *loops; ///< Loops of a schedule with the least peak.
    int64_t n_loops;
} qube_infeasible;

/// The contents of a plan. Sizes are elements, work is multiply-add pairs.
typedef struct qube_plan_view {
    size_t struct_size;
    double cost; ///< The objective's charge for the plan.
    double flops; ///< Work, unweighted.
    double peak_elements; ///< The most elements live at a time.
    int64_t peak_bytes; ///< The same in bytes, rounded up to whole elements; -1 from 2^53 elements
        ///< on, where a double is not exact.
    double lower_bound; ///< No plan in the space searched goes below it: the peak for _PEAK_SIZE,
        ///< _PEAK_SIZE_BATCHED, and _SPACE_TIME_BATCHED if nothing fits; else the cost of plans
        ///< that fit. If a search for the peak stopped after it found the least one: the cost of
        ///< plans within the tolerance.
    double gap; ///< Fraction by which it may exceed the best plan in the space: 0 if proven best;
        ///< -1 if unknown, with a bound far too low.
    double seconds; ///< Wall-clock time of the optimization.
    int64_t states; ///< Expanded states (subset DP: those in its table); 0: no states.
    int64_t pairs; ///< Pairs of states that it examined, for a subset DP splits.
    int64_t refused_bytes; ///< Bytes that the allocator refused to the search, which stopped it as
        ///< a limit does; 0: none. Only this stop may differ between MPI ranks.
    const char *method; ///< The method that found the plan, in a few words.
    const qube_node *nodes; ///< The 2 n_tensors - 1 nodes in evaluation order; the result is last.
    int64_t n_nodes;
    int64_t n_tensors; ///< Tensors of the term.
    int64_t peak_node; ///< The node of the peak.
    const int64_t *open; ///< Numbers of open indices, by node, in the order of the network.
    int64_t n_open;
    const char *const *indices; ///< Labels of the indices, by number.
    int64_t n_indices;
    const char *const *tensors; ///< Labels of the n_tensors tensors, by number.
    const int64_t *sequence; ///< The plan in reverse Polish notation, n_nodes long: a tensor's
        ///< number, or -1 to contract the two results on top of the stack.
    const qube_point *frontier; ///< Points (peak, cost) at the root by increasing peak: the plan's
        ///< only, unless the options asked for the frontier; none for additive objectives.
    int64_t n_frontier;
    const qube_infeasible *infeasible; ///< Nothing fits the policy's threshold, or nothing that
        ///< fits was found if the plan is not proven best; the plan then comes nearest under its
        ///< objective. NULL: it fits, or there is no threshold.
    int64_t bytes_per_element; ///< As in qube_options: turns elements into bytes.
    int32_t objective; ///< As in qube_options, or QUBE_CUSTOM.
    int32_t exhaustive; ///< 1: outer products were searched, too.
    int32_t optimal; ///< 1: proven best in the space searched, if a custom model is monotone.
    int32_t bounded; ///< The quantity of lower_bound: QUBE_BOUNDED_COST or _PEAK.
} qube_plan_view;

/// The contents of a plan's best order.
typedef struct qube_order_view {
    size_t struct_size;
    double peak_elements; ///< The most elements live at a time in this order, at most the plan's.
    int64_t peak_node; ///< The contraction of that peak; 0 for a single tensor.
    const int64_t *contractions; ///< n_tensors - 1 contractions without shared or skipped ones.
    int64_t n_contractions;
} qube_order_view;

/// Frees a plan.
/// @param plan  NULL does nothing
void qube_plan_free(qube_plan *plan);

/// Fills the view of a plan.
/// @param plan  the plan
/// @param view  the view, with struct_size set
/// @return QUBE_OK; QUBE_ERR_LABEL (a label with a NUL, from a document)
int32_t qube_plan_get(const qube_plan *plan, qube_plan_view *view);

/// Finds the order of the plan's contractions with the least peak, also one that the sequence
/// cannot express because it begins one operand before the other is done.
/// Source: Liu 1987, the best order of a given tree; other trees are not considered, and the plan's
/// own order stays if none has a lower peak. Contractions inside a loop stay together, and end with
/// the one that opens it. In loops with inner loops, and with shared results, the plan's order
/// stays. Time O(n^2) for n tensors at the first call.
/// @param plan  the plan
/// @param view  the view, with struct_size set; valid until the plan's _free
/// @return QUBE_OK
int32_t qube_plan_best_order(const qube_plan *plan, qube_order_view *view);

/* === Documents of plans, and their check ===================================================== */

/// Renders a plan. JSON "qube-plan/2" serves qube_plan_from_json(), and grows linearly with the
/// number of tensors.
/// @param plan    the plan
/// @param format  QUBE_FORMAT_TABLE, _JSON, _SVG (memory against time) or _DOT (the tree)
/// @param text    the new document
/// @return QUBE_OK; QUBE_ERR_LABEL (a label with a NUL)
int32_t qube_plan_render(const qube_plan *plan, int32_t format, char **text);

/// Reads a plan of qube_plan_render() or of the command line (qube plan --json), from any host. It
/// equals the plan that was written. The document is checked: its sequence spells a tree, and its
/// numbers agree with each other. Unknown fields are ignored.
/// @param text  JSON "qube-plan/2"
/// @param plan  the new plan
/// @return QUBE_OK; QUBE_ERR_DOCUMENT
int32_t qube_plan_from_json(const char *text, qube_plan **plan);

/// Recomputes a plan by code independent of the search, and compares the numbers: not the claims
/// about other plans (best, frontier, lower bound, what would fit where nothing does). Under a
/// custom model it compares no cost, and does not read the objective. Time O(n^3) for n tensors.
/// @param plan     the plan
/// @param network  its network
/// @param policy   its policy; NULL: no slicing
/// @param options  its options; NULL: the defaults
/// @return QUBE_OK if they agree; QUBE_ERR_REPLAY if not, with the place; QUBE_ERR_OPTION,
///         QUBE_ERR_INPUT, QUBE_ERR_TOO_LARGE, QUBE_ERR_POWER_MEAN and QUBE_ERR_OVERFLOW as
///         qube_optimize(); those of qube_policy_resolve()
int32_t qube_plan_verify(const qube_plan *plan, const qube_network *network,
    const qube_policy *policy, const qube_options *options);

/* === Optimization of one term ================================================================ */

/// Finds a plan of a network. The plan is proven best in the space searched
/// - up to 64 tensors, for QUBE_DENSE_FLOPS, _SIZE, _PEAK_SIZE, _TIME_SPACE, and _PEAK_SIZE_BATCHED
///   if slicing is free (no charge for accumulation, no loops that volatile tensors forbid), as
///   long as bounds prune most of the search;
/// - up to 16 tensors, if slicing is not free or the peak has a threshold. For 17 to 64 tensors
///   these choose loops on trees of easier searches, which bound the least; the plan is good;
/// - never for 65 to 4096 tensors. Greedy trees, annealing and exact windows give a good plan,
///   without loops for a threshold, sharing, and slicing that is not free: about a second for a
///   hundred tensors, some ten for a thousand.
///
/// At a limit of the options the search stops with the best plan so far. The view then tells that
/// it is not proven best, the lower bound, and the gap. Built-in limits are 1 GiB and, from 31
/// tensors on, one or two seconds' worth of steps; up to 30 tensors some ten seconds' worth, and
/// QUBE_ERR_TOO_LARGE if nothing is proven then and the options set no limit. subnet_cse repeats
/// the search for decisions on sharing, within a limit on the work; the view has the proof and the
/// lower bound.
/// @param network  the network
/// @param policy   the policy; NULL: no slicing
/// @param options  the options; NULL: the defaults
/// @param plan     the new plan
/// @return QUBE_OK; QUBE_ERR_TOO_LARGE (tensors, batchable indices or table), QUBE_ERR_OPTION,
///         QUBE_ERR_INPUT (a truth value), QUBE_ERR_POWER_MEAN (fewer than the network needs),
///         QUBE_ERR_OVERFLOW (the product of all extents leaves 2^-700 to 2^700; above 64 tensors,
///         elements of a tensor or work of a contraction exceed 2^700), QUBE_ERR_LIMIT (a limit or
///         refused memory leaves no plan, or not the proof that require_optimal demands),
///         QUBE_ERR_CALLBACK (stopped by progress with require_optimal), and those of
///         qube_policy_resolve()
int32_t qube_optimize(const qube_network *network, const qube_policy *policy,
    const qube_options *options, qube_plan **plan);

/* === Cost models of the host ================================================================= */

/// A tensor of the network, for a cost model.
typedef struct qube_leaf_facts {
    size_t struct_size;
    int64_t tensor; ///< The tensor's number in the network.
    double footprint; ///< Its volume, elements.
    int32_t is_volatile; ///< 1: it changes on every iteration.
    int32_t reserved;
} qube_leaf_facts;

/// The contraction of two operands, for a cost model. Volumes are elements.
typedef struct qube_contraction_facts {
    size_t struct_size;
    uint64_t left_tensors; ///< Tensors of each operand: bit t is tensor t; right has the highest.
    uint64_t right_tensors;
    double left_footprint; ///< Volumes of the operands and of the result.
    double right_footprint;
    double footprint;
    double flops; ///< Work, multiply-add pairs: the volume over all indices open in an operand.
    int32_t left_is_volatile; ///< 1: the operand or the result depends on a volatile tensor.
    int32_t right_is_volatile;
    int32_t is_volatile;
    int32_t reserved;
} qube_contraction_facts;

/// The host's own cost: the state of a set of tensors, how the states of two sets combine, and
/// which of two states is better. The search keeps one best state per set, so combining must be
/// monotone: a better state of an operand never makes a worse state of the result.
///
/// A state is state_size bytes of library memory, aligned to 16, and zero before it is filled. It
/// is never copied or moved, and dropping it calls nothing: the host frees what it points to.
///
/// Only qube_optimize_custom() calls the four callbacks, which must all be set; their arguments are
/// theirs until they return. A message names the callback that returned another number than 0.
typedef struct qube_cost_model {
    size_t struct_size;
    int64_t state_size; ///< Bytes of a state, 1 to 4096; at most 2^27 for all states together.
    void *user; ///< Passed to each callback; may be NULL.
    /// Fills the state of a tensor.
    int32_t (*leaf)(void *user, const qube_leaf_facts *facts, void *state);
    /// Fills the state of a result from those of its operands.
    int32_t (*combine)(void *user, const qube_contraction_facts *facts, const void *left,
        const void *right, void *state);
    /// Compares two states of one set; sets order (0 before) below 0 if a is better, above 0 if b
    /// is.
    int32_t (*compare)(void *user, const void *a, const void *b, int32_t *order);
    /// Sets cost, finite, to that of a state; called once, for the whole plan.
    int32_t (*value)(void *user, const void *state, double *cost);
} qube_cost_model;

/// Fills a cost model with 0 and NULL, for the host to set.
/// @param model        the struct to fill
/// @param struct_size  sizeof *model
/// @return QUBE_OK
int32_t qube_cost_model_init(qube_cost_model *model, size_t struct_size);

/// Finds the best plan of up to 16 tensors under a monotone cost model of the host. Of splits with
/// equal states the last counts. The plan has objective QUBE_CUSTOM and the model's value as cost;
/// its nodes have none. A search that a limit stops gives, of plans with little work, storage and
/// peak, the one that the model prefers; the lower bound is then unknown, -DBL_MAX.
/// @param network  the network
/// @param policy   gives the volatile tensors (no loops are opened); NULL: none
/// @param options  the options; NULL: the defaults. Objective, weights and roofline are checked but
///                 not used; progress is not called
/// @param model    the cost model
/// @param plan     the new plan
/// @return as qube_optimize(); QUBE_ERR_CALLBACK (a callback, or a cost that is not finite),
///         QUBE_ERR_OPTION (state_size), QUBE_ERR_TOO_LARGE (all states together)
int32_t qube_optimize_custom(const qube_network *network, const qube_policy *policy,
    const qube_options *options, const qube_cost_model *model, qube_plan **plan);

/* === Optimization of many terms ============================================================== */

/// The plan of a term, or why there is none.
typedef struct qube_term_plan {
    const qube_plan *plan; ///< The plan, borrowed from the plans; NULL: none.
    const char *message; ///< Why there is none, as in qube_last_error(); NULL: there is one.
    int32_t status; ///< QUBE_OK, or the status of qube_optimize() for this term.
    int32_t reserved;
} qube_term_plan;

/// An occurrence of a shared intermediate.
typedef struct qube_occurrence {
    int64_t term; ///< The term, in the order of the networks.
    int64_t node; ///< The node of its plan.
} qube_occurrence;

/// An intermediate that terms share: equal up to a renaming of indices (same tensor labels, spaces,
/// extents, protos, connections and open slots), equally volatile, and not sliced by a loop around
/// it. Those within a shared one are not listed again.
typedef struct qube_shared {
    double savings; ///< Cost saved if its first occurrence is computed and kept.
    const qube_occurrence *occurrences; ///< In order.
    int64_t n_occurrences;
} qube_shared;

/// The plans of many terms. Sizes are elements, work is multiply-add pairs; sums are over the terms
/// with plans.
typedef struct qube_plans_view {
    size_t struct_size;
    double cost; ///< Sum of the plans' costs.
    double flops; ///< Sum of their work, unweighted.
    double peak_elements; ///< The largest peak.
    double savings; ///< Cost saved if each shared intermediate is computed once.
    int64_t peak_term; ///< The first term with the largest peak; -1 without plans.
    const qube_term_plan *terms; ///< The terms, in the order of the networks.
    int64_t n_terms;
    int64_t n_failed; ///< Terms without a plan; 0 is good.
    const qube_shared *shared; ///< Shared intermediates, the largest saving first.
    int64_t n_shared;
    int64_t refused_bytes; ///< Bytes refused for the list of shared, which ends early; 0: none.
} qube_plans_view;

/// Plans every term of a residual with one policy and one set of options. A term that fails does
/// not end the call: its status gives the reason.
/// @param networks     the terms
/// @param n_networks   length of networks, 0 or more
/// @param policy       the policy; NULL: no slicing
/// @param options      the options; NULL: the defaults
/// @param num_threads  threads that compute, 1 (the calling thread) to 1024; others are started for
///                     this call and end with it. The answer does not depend on their number
/// @param plans        the new plans
/// @return QUBE_OK, also if terms failed; QUBE_ERR_OPTION, QUBE_ERR_INPUT (n_networks, num_threads,
///         a truth value), QUBE_ERR_CALLBACK (progress, or a callback of the policy),
///         QUBE_ERR_SYSTEM (threads did not start: how many, and why), QUBE_ERR_LIMIT (no memory
///         for the plans)
int32_t qube_optimize_many(const qube_network *const *networks, int64_t n_networks,
    const qube_policy *policy, const qube_options *options, int64_t num_threads,
    qube_plans **plans);

/// Frees plans. Plans borrowed from the view end, too.
/// @param plans  NULL does nothing
void qube_plans_free(qube_plans *plans);

/// Fills the view of plans.
/// @param plans  the plans
/// @param view   the view, with struct_size set
/// @return QUBE_OK
int32_t qube_plans_get(const qube_plans *plans, qube_plans_view *view);

#ifdef __cplusplus
}
#endif

#endif
