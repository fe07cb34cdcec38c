/**
 * qube_budget: memory budgets, batch policies and contraction plans, before anything is allocated.
 *
 * Conventions
 *  - Calls that can fail return int32_t: QUBE_OK (0), or a QUBE_ERR_ code; qube_last_error() then
 *    has this thread's message. Results go through the last pointers and are written only on
 *    success; a handle is set to NULL on failure.
 *  - Handles are made by one call and freed by the _free of their type, which accepts NULL. Inputs
 *    are copied. What a call made never changes, but for builders, tables of spaces and policies.
 *  - Views: qube_<type>_get() fills a struct with everything that a handle tells. Its pointers and
 *    texts belong to the handle and live until its _free. Set struct_size before the call.
 *  - Documents: qube_<type>_render() makes one, to be freed by qube_text_free(). Nothing is
 *    rendered unasked.
 *  - Structs that a host passes begin with struct_size and are filled by their _init; NULL means
 *    defaults. They grow only at the end: fields that the library does not know must be 0.
 *    Elements of arrays have no struct_size and change only with QUBE_ABI_VERSION.
 *  - Text is NUL-terminated UTF-8. int64_t: extents, counts, bytes, and numbers that say which,
 *    from 0. double: volumes (elements) and work (multiply-add pairs). int32_t: enumerations and
 *    truth values (0 or 1). An array that is empty is NULL with a count of 0.
 *  - Callbacks run on the calling thread, during the call, with the user pointer they came with; 0
 *    goes on, anything else ends the call with QUBE_ERR_CALLBACK.
 *  - No call prints, reads the environment, starts a thread that was not asked for (num_threads),
 *    aborts, or raises a floating-point exception flag other than "inexact". Calls on different
 *    handles may run on different threads; so may calls that only read one handle (const). Equal
 *    input gives equal answers, on every thread count and MPI rank. A thread that has planned
 *    keeps up to 1 MiB of tables for its next plan, until it ends.
 *
 * Glossary
 *  - index, tensor, space, label: as in the network. A label names an index or a tensor.
 *  - node: a leaf or a contraction of a plan, numbered in single assignment, in evaluation order.
 *  - state: what a search expands: a way to contract a set of tensors.
 *  - loop, batch, target, tile: a loop over batches of an index; a batch has at most target
 *    elements, in whole tiles. nest: the loops around a node.
 *  - live: held at a moment. persistent, transient, post-peak: terms of a stage that are live at
 *    its peak and end, at its peak alone, at its end alone.
 *  - replicated, node-shared, block-cyclic: who holds a matrix: every rank, the ranks of a node
 *    together, all ranks together.
 *  - peak: the most that is live at a time. footprint: elements of a tensor or result.
 *  - contracted, external: an index that is summed; one that is open in the result.
 *  - volatile, persistent: a tensor that changes on every iteration, and what depends on it; the
 *    rest.
 */

#ifndef QUBE_BUDGET_H
#define QUBE_BUDGET_H

/* Rendered from src/ffi by tests/header.rs: change it there. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ==============================================================================================
 * Handles: made by one call, freed by the _free of their type
 * ============================================================================================== */

/// A memory budget: the stages of a run, each with its named terms in bytes, and the run itself, so
/// that a size can be changed and all others follow. It never changes once made.
typedef struct qube_budget qube_budget;

/// A pipeline that a document describes. It never changes once made.
typedef struct qube_pipeline qube_pipeline;

/// Takes what a host's code allocates and deallocates, stage by stage. Sizes are those of whole
/// arrays: of a distributed one what all ranks have together.
typedef struct qube_pipeline_builder qube_pipeline_builder;

/// What the ranks of a grid hold. It never changes once made.
typedef struct qube_ranks qube_ranks;

/// The memory that a run asks for, put on nodes and ranks. It never changes once made.
typedef struct qube_request qube_request;

/// A run on its nodes, against the memory that each of them has. It never changes once made.
typedef struct qube_fit qube_fit;

/// The answer to an inverse question. It never changes once made.
typedef struct qube_largest qube_largest;

/// A budget or a request beside what a run of it measured. It never changes once made.
typedef struct qube_comparison qube_comparison;

/// A meter of this process, and its record. One thread at a time may use it.
typedef struct qube_meter qube_meter;

/// A table of extents by space: i 120, μ̃ 1800, ... (in einsum texts a space is a letter). One
/// table serves many networks.
typedef struct qube_spaces qube_spaces;

/// What one term contracts: indices, tensors, and the indices open in the result. Never changes.
typedef struct qube_network qube_network;

/// Collects the indices and tensors of a network.
typedef struct qube_network_builder qube_network_builder;

/// Which indices may be sliced, how finely, and which tensors change on every iteration: one object
/// that the optimizer and the run-time evaluator both read. It names spaces and labels, so one
/// policy serves many networks.
typedef struct qube_policy qube_policy;

/// What a policy rules for one network. It never changes once made.
typedef struct qube_resolved_policy qube_resolved_policy;

/// An order of contraction with every number that belongs to it. It never changes once made.
typedef struct qube_plan qube_plan;

/// The plans of many terms, what they come to together, and what they share. It never changes once
/// made.
typedef struct qube_plans qube_plans;

/* ==============================================================================================
 * Status codes and the calling thread's last message
 * ============================================================================================== */

#define QUBE_OK 0 ///< The call did what it was asked to do.

#define QUBE_ERR_NULL 1 ///< A pointer that must not be NULL is NULL.
/// A struct_size that cannot be right, or a struct with fields that this library does not know.
#define QUBE_ERR_ABI 2
#define QUBE_ERR_UTF8 4 ///< Text that is not UTF-8.
#define QUBE_ERR_INPUT 5 ///< A budget input, a count or a truth value outside its range.
/// Two inputs that contradict each other, such as lmax above lmax_signal.
#define QUBE_ERR_CONFLICT 6
/// A number that its type cannot hold, such as a byte count past 2^63 - 1.
#define QUBE_ERR_OVERFLOW 7
#define QUBE_ERR_UNKNOWN_STAGE 8 ///< A stage that the budget does not have.
#define QUBE_ERR_POSITION 9 ///< The number of a tensor or rank beyond the last one.
#define QUBE_ERR_EXTENT 10 ///< An extent below 1.
/// A power mean that is missing or not a finite positive number, or a domain size that cannot be.
#define QUBE_ERR_POWER_MEAN 11
#define QUBE_ERR_UNKNOWN_INDEX 12 ///< An index that is not in the network.
#define QUBE_ERR_UNKNOWN_SPACE 13 ///< A space without an extent in the table.
#define QUBE_ERR_DUPLICATE 14 ///< A label that is there already, or a thing named twice.
/// Text that is not in the expected form; the message gives the position.
#define QUBE_ERR_PARSE 15
#define QUBE_ERR_NO_TENSORS 16 ///< A network without tensors.
#define QUBE_ERR_TOO_LARGE 17 ///< More tensors, indices or work than the method can take.
#define QUBE_ERR_TARGET 18 ///< A batch target or tile size below 1, or none where one is needed.
#define QUBE_ERR_OPTION 19 ///< An option, weight or format outside its range (NaN always is).
/// A document that says something it cannot mean, or what no document can hold.
#define QUBE_ERR_DOCUMENT 20
#define QUBE_ERR_SYSTEM 21 ///< The operating system refused: threads, or what it tells of memory.
/// A label that is empty or has control characters, or a space that no index can tell.
#define QUBE_ERR_LABEL 22
/// A callback of the host failed, cancelled the call, or gave a cost that is not finite.
#define QUBE_ERR_CALLBACK 23
/// A plan disagrees with an independent recomputation; the message says where.
#define QUBE_ERR_REPLAY 24
#define QUBE_ERR_LIMIT 25 ///< A limit, or memory that could not be had, leaves no plan or no proof.
#define QUBE_ERR_PANIC 99 ///< A defect of the library; please report it with the message.

/// Why the last call that failed on this thread did so.
///
/// The message names the culprit by its label and gives its value and what is allowed. Calls that
/// succeed leave it as it is. Each thread has its own.
///
/// @return the message, valid until this thread's next failing call or its end; "" before any call
///         has failed; never NULL
const char *qube_last_error(void);

/* ==============================================================================================
 * Versions of the library, and the memory of the machine
 * ============================================================================================== */

#define QUBE_VERSION_MAJOR 0 ///< Version of the library that this header belongs to, first part.
#define QUBE_VERSION_MINOR 2 ///< Second part.
#define QUBE_VERSION_PATCH 0 ///< Third part.

/// Version of the binary interface: the number in the soname libqube_budget.so.1.
#define QUBE_ABI_VERSION 1

/// The version of the loaded library.
///
/// @return "major.minor.patch"; never NULL, never to be freed
const char *qube_version(void);

/// The binary interface of the loaded library.
///
/// @return its number; a host compiled against another QUBE_ABI_VERSION must not call anything else
int32_t qube_abi_version(void);

/// How much memory this process may use: the least of the machine's physical memory, the memory
/// limits of the process's control groups (cgroup v1 and v2), and its soft resource limits
/// RLIMIT_AS (ulimit -v) and RLIMIT_DATA (ulimit -d). Swap does not count.
///
/// Reads /proc/self/cgroup, the limits of /sys/fs/cgroup and getrlimit(2) at every call; safe on
/// any thread. Under a scheduler that enforces memory by other means, ask the scheduler instead.
///
/// @param bytes  receives the bytes, 0 or more
/// @param bound  receives the name of what bounds them: "physical memory", "control group
///               (memory.max)", "RLIMIT_AS (ulimit -v)" or "RLIMIT_DATA (ulimit -d)"; never to be
///               freed. NULL: not asked
/// @return QUBE_OK; QUBE_ERR_NULL (bytes), QUBE_ERR_SYSTEM (the system gives no answer)
int32_t qube_memory_limit(int64_t *bytes, const char **bound);

/* ==============================================================================================
 * Documents: formats, options, and their text
 * ============================================================================================== */

/// A table for people: lines of at most 100 columns that end with a newline. The layout may change.
#define QUBE_FORMAT_TABLE 1
/// A JSON document on one line, without a newline. Its field "schema" names its version.
#define QUBE_FORMAT_JSON 2
#define QUBE_FORMAT_SVG 3 ///< A drawing: SVG 1.1, UTF-8, below a megabyte.
#define QUBE_FORMAT_DOT 4 ///< A graph for Graphviz.
/// The line of a job script that asks for the memory, without a newline.
#define QUBE_FORMAT_JOB_SCRIPT 5
/// The same of a processor: Slurm's --mem-per-cpu, LSF's slot.
#define QUBE_FORMAT_JOB_SCRIPT_PER_CPU 6
#define QUBE_FORMAT_SCRIPT 7 ///< A whole job script, to be changed where it names ./program.
#define QUBE_FORMAT_MARKDOWN 8 ///< One sentence and a table in Markdown, for a proposal.
/// Chrome trace events (JSON), for Perfetto: a slice for each stage, a counter of what is held.
#define QUBE_FORMAT_TRACE 9
/// A bar for each stage, for a terminal that shows UTF-8: lines of at most 100 columns.
#define QUBE_FORMAT_BARS 10
#define QUBE_FORMAT_BARS_ASCII 11 ///< The same in ASCII.

/// Options of a document. Begin with qube_render_options_init().
typedef struct qube_render_options {
    size_t struct_size; ///< sizeof(qube_render_options)
    /// Pictures, traces and Markdown of a budget or a request: the limit to show, bytes; 0
    /// (default): none.
    int64_t limit_bytes;
} qube_render_options;

/// Fills options with the defaults.
///
/// @param options      the struct to fill
/// @param struct_size  sizeof *options
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_render_options_init(qube_render_options *options, size_t struct_size);

/// Frees a text that a _render call made.
///
/// @param text  the text; NULL does nothing
void qube_text_free(char *text);

/* ==============================================================================================
 * The inputs of budgets: a run's sizes and switches, or the survey that the sizes follow from
 * ============================================================================================== */

#define QUBE_FIELDS_T 1 ///< Maps of temperature alone.
#define QUBE_FIELDS_QU 2 ///< Maps of polarisation alone.
#define QUBE_FIELDS_TQU 3 ///< Maps of both.

#define QUBE_ECLIPSE_T 1 ///< ECLIPSE's code for temperature alone.
#define QUBE_ECLIPSE_EB 2 ///< ECLIPSE's code for polarisation alone.
#define QUBE_ECLIPSE_TEB 3 ///< ECLIPSE's code for both.

#define QUBE_RELEASE_NEWEST 0 ///< The newest release of qube-qml that budgets follow, 1.3.
#define QUBE_RELEASE_1_1 101 ///< qube-qml 1.1.
#define QUBE_RELEASE_1_2 102 ///< qube-qml 1.2.
#define QUBE_RELEASE_1_3 103 ///< qube-qml 1.3.

/// Inputs of qube_budget_harmonic(). Begin with qube_harmonic_config_init().
typedef struct qube_harmonic_config {
    size_t struct_size; ///< sizeof(qube_harmonic_config)
    /// Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's), 1 or
    /// more; 0 (default): derived from the survey.
    int64_t n_pix;
    /// Harmonic modes of all fields together, the sum of (lmax + 1)^2 - lmin^2 over fields, 1 or
    /// more; 0 (default): derived from the survey.
    int64_t n_modes;
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey, or
    /// none, where lmax is 0, too.
    int64_t lmax_signal;
    /// Largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal. Below
    /// lmax_signal the switch path is taken, which holds more.
    int64_t lmax;
    /// Spectra that are estimated, 1 to 6; 0 (default): those of the survey, or several.
    int64_t n_spectra;
    /// Coordinates that a pixel filter leaves, 1 to n_pix; 0 (default): no filter. Release 1.3.
    int64_t working_dim;
    /// 1: keep the pixel projector V once the kernels are built. 0 (default): release it.
    int32_t keep_pixel_projector;
    /// 1: the caller passes the noise covariance in and holds it, as input of the process. 0
    /// (default): QUBE reads it.
    int32_t covariance_by_caller;
    int32_t model; ///< QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    int32_t release; ///< QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
} qube_harmonic_config;

/// Inputs of qube_budget_pixel_direct(). Begin with qube_pixel_direct_config_init().
typedef struct qube_pixel_direct_config {
    size_t struct_size; ///< sizeof(qube_pixel_direct_config)
    /// Pixels of all fields together, as in qube_harmonic_config; 0 (default): derived from the
    /// survey.
    int64_t n_pix;
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey, or
    /// none. Release 1.1 needs it where lmax is given.
    int64_t lmax_signal;
    /// Largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal. Release 1.1
    /// holds more where it is below lmax_signal; nothing else depends on it.
    int64_t lmax;
    int64_t n_bins; ///< Bins of multipoles, 1 or more; 0 (default): those of the survey.
    /// Parameters: n_bins times n_spectra, 1 or more; 0 (default): derived from these, or from the
    /// survey.
    int64_t n_params;
    /// Spectra that are estimated, 1 to 6; 0 (default): what n_params makes it, or those of the
    /// survey.
    int64_t n_spectra;
    /// Coordinates that a pixel filter leaves, 1 to n_pix; 0 (default): no filter. Release 1.3.
    int64_t working_dim;
    /// 1: keep binned derivatives in memory. Release 1.2 or newer. 0 (default): do not.
    int32_t cache_derivatives;
    int32_t model; ///< QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    int32_t release; ///< QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
    int32_t reserved; ///< 0
} qube_pixel_direct_config;

/// Inputs of qube_budget_traditional(). Begin with qube_traditional_config_init().
typedef struct qube_traditional_config {
    size_t struct_size; ///< sizeof(qube_traditional_config)
    /// Pixels of all fields together, as in qube_harmonic_config; 0 (default): derived from the
    /// survey.
    int64_t n_pix;
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey, or
    /// none. No term depends on it.
    int64_t lmax_signal;
    /// Largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal. Likewise.
    int64_t lmax;
    /// Bins of multipoles, 1 or more; 0 (default): those of the survey, or unknown.
    int64_t n_bins;
    /// Parameters: n_bins times n_spectra, 1 or more; 0 (default): derived from these, or from the
    /// survey.
    int64_t n_params;
    /// Spectra that are estimated, 1 to 6; 0 (default): what n_params makes it, or those of the
    /// survey.
    int64_t n_spectra;
    int32_t model; ///< QUBE_MODEL_HELD: QUBE publishes nothing of this path.
    int32_t release; ///< QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3, which hold the same.
} qube_traditional_config;

/// Inputs of qube_budget_auto(): those of all paths. Begin with qube_auto_config_init().
typedef struct qube_auto_config {
    size_t struct_size; ///< sizeof(qube_auto_config)
    /// As in the configs of the paths; 0 (default) of each: derived from the survey, or absent.
    int64_t n_pix;
    int64_t n_modes; ///< Harmonic modes.
    int64_t lmax_signal; ///< Largest multipole in the signal covariance.
    int64_t lmax; ///< Largest multipole that is estimated.
    int64_t n_bins; ///< Bins of multipoles.
    int64_t n_params; ///< Parameters.
    int64_t n_spectra; ///< Spectra that are estimated.
    int64_t working_dim; ///< Coordinates that a pixel filter leaves.
    /// 1: cross two data splits, which QUBE does on the traditional path alone. 0 (default): no.
    int32_t do_cross;
    /// 1: keep V, if the path is the harmonic one. 0 (default): release it.
    int32_t keep_pixel_projector;
    /// 1: the caller passes the noise covariance in. 0 (default): QUBE reads it.
    int32_t covariance_by_caller;
    /// 1: keep binned derivatives, if the path is the pixel-direct one. 0 (default): do not.
    int32_t cache_derivatives;
    int32_t model; ///< QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    int32_t release; ///< QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
} qube_auto_config;

/// Inputs of qube_budget_eclipse(). Begin with qube_eclipse_config_init().
typedef struct qube_eclipse_config {
    size_t struct_size; ///< sizeof(qube_eclipse_config)
    /// Observed pixels in temperature, 1 or more; 0 (default): none, as EB must have.
    int64_t pix_t;
    /// Observed pixels in polarisation, 1 or more; 0 (default): none, as T must have.
    int64_t pix_p;
    /// Largest multipole of the power spectra, 2 or more; for T 1 or more. No default.
    int64_t lmax;
    int64_t lmax_cov; ///< Largest multipole of the covariance matrix; 0 (default): as lmax.
    int64_t maps; ///< Maps, of each kind where they are crossed, 1 or more; default 1.
    int32_t code; ///< QUBE_ECLIPSE_T, QUBE_ECLIPSE_EB or QUBE_ECLIPSE_TEB. No default.
    int32_t cross; ///< 1: cross the maps with others. 0 (default): do not.
    int32_t check_inverse; ///< 1: check the inverse of the covariance matrix. 0 (default): do not.
    /// 1 (default): compute the Fisher matrix. 0: do not; steps 4 to 6 then do not run.
    int32_t fisher;
    /// QUBE_MODEL_HELD (default): what a run holds; QUBE_MODEL_PRINTED: the totals of its log;
    /// QUBE_MODEL_PUBLISHED: the sums of its guide.
    int32_t model;
    /// 1: the map files of T have Q and U, too. 0 (default): they do not. 0 for EB and TEB.
    int32_t tqu_maps;
    /// HEALPix resolution of the map files, a power of two, 1 to 2^29; 0 (default): the least whose
    /// sphere has as many pixels as are observed. A finer one takes more.
    int64_t nside;
} qube_eclipse_config;

/// What is known of a survey. Sizes that a config leaves at 0 are derived from it; explicit sizes
/// override it, and contradictions are errors. Begin with qube_survey_init(), then set fields and
/// what else is known.
typedef struct qube_survey {
    size_t struct_size; ///< sizeof(qube_survey)
    int64_t nside; ///< HEALPix resolution, a power of two, 1 to 2^29; 0 (default): unknown.
    double fsky; ///< The observed fraction of the sky, above 0, up to 1; 0 (default): unknown.
    /// Observed pixels of one map, such as the number of ones in a mask; of the temperature map for
    /// TQU. Overrides fsky. 0 (default): unknown.
    int64_t n_obs;
    /// Observed pixels of a polarisation map for TQU, where its mask is another one; 0 (default):
    /// the same as n_obs.
    int64_t n_obs_polarisation;
    /// The least multipole, 0 or more for T, 2 or more with polarisation; -1 (default): 2.
    int64_t lmin;
    /// The largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal.
    int64_t lmax;
    /// The largest multipole in the signal covariance; 0 (default): that of the config.
    int64_t lmax_signal;
    int64_t n_bins; ///< Bins of multipoles; 0 (default): unknown. The pixel-direct path needs them.
    /// Spectra that are estimated; 0 (default): all that the fields have (T: 1, QU: 3, TQU: 6).
    int64_t n_spectra;
    int32_t fields; ///< QUBE_FIELDS_T, QUBE_FIELDS_QU or QUBE_FIELDS_TQU. No default.
    /// 1: the mask is a polar cap of whole rings; fsky is at most 1/6. 0 (default): it is not.
    int32_t polar_cap;
} qube_survey;

/// Fills a config with the defaults: what the newest release holds, V released, no sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_harmonic_config_init(qube_harmonic_config *config, size_t struct_size);

/// Fills a config with the defaults: what the newest release holds, derivatives not cached, no
/// sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_pixel_direct_config_init(qube_pixel_direct_config *config, size_t struct_size);

/// Fills a config with the defaults: what the newest release holds, no sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_traditional_config_init(qube_traditional_config *config, size_t struct_size);

/// Fills a config with the defaults: what the newest release holds, not crossed, V released,
/// derivatives not cached, no sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_auto_config_init(qube_auto_config *config, size_t struct_size);

/// Fills a config with the defaults: one map, not crossed, the inverse not checked, with the Fisher
/// matrix. code, lmax and the pixels are 0 and must be set.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_eclipse_config_init(qube_eclipse_config *config, size_t struct_size);

/// Fills a survey with the defaults: nothing is known; fields is 0 and must be set.
///
/// @param survey       the struct to fill
/// @param struct_size  sizeof *survey
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_survey_init(qube_survey *survey, size_t struct_size);

/* ==============================================================================================
 * How a run is put on a machine: nodes and ranks, and the grid of ranks of block-cyclic matrices
 * ============================================================================================== */

#define QUBE_SCHEDULER_SLURM 1 ///< Slurm (sbatch).
#define QUBE_SCHEDULER_PBS 2 ///< PBS (qsub).
#define QUBE_SCHEDULER_LSF 3 ///< LSF (bsub).

/// Nodes and ranks, who shares what, and what a process holds beside the arrays of the budget.
/// Begin with qube_job_init().
typedef struct qube_job {
    size_t struct_size; ///< sizeof(qube_job)
    int64_t nodes; ///< Nodes, 1 to 2^20; default 1.
    int64_t ranks_per_node; ///< Ranks (processes) on each node, 1 to 2^20; default 1.
    /// Processors for each rank, for its threads, 1 to 2^20; default 1. Memory per processor
    /// depends on it.
    int64_t cpus_per_rank;
    /// Rows of ECLIPSE's grid of ranks, 1 to 2^30; 0 (default): the squarest one with blocks of 64,
    /// as are npcol and block. All three or none must be set. Not for QUBE.
    int64_t nprow;
    int64_t npcol; ///< Columns of the grid, likewise.
    int64_t block; ///< Rows and columns of a block, likewise.
    /// Matrices of n_pix^2 that a process of QUBE holds as its input in all stages, 0 or more; -1
    /// (default): 1 on the harmonic path where the caller passes the covariance in, else 0. Not for
    /// ECLIPSE, whose budget has all its arrays.
    int64_t input_matrices;
    /// Bytes of a process before it has any array, 0 or more; -1 (default): 0.26 GiB for QUBE
    /// (Python) and 33.4 MB for ECLIPSE (a rank of MPI), as measured.
    int64_t baseline_bytes;
    /// Bytes that each rank holds beside what budget, input and baseline have, 0 (default) or more:
    /// buffers of MPI, the host's own arrays.
    int64_t resident_bytes;
    /// Processors of a node, 1 to 2^20; 0 (default): not known. The ranks of a node cannot use
    /// more.
    int64_t cores_per_node;
    /// The most bytes that a job may ask for per processor, 1 MiB or more, where a site refuses to
    /// be asked for the memory of a node; 0 (default): no cap. A rank then books as many processors
    /// as its memory takes.
    int64_t mem_per_core_cap;
    /// Per cent to add to every peak, 0 to 1000, taken to hundredths; -1 (default): what measured
    /// runs support, which is nothing where nothing was measured.
    double margin;
    /// 1: the ranks of a node share one copy of QUBE's matrices, inputs included (node-shared).
    /// 0 (default): every rank has its own (replicated). Not for ECLIPSE, whose matrices are
    /// block-cyclic.
    int32_t share_node;
    /// What the lines for a job script are for: QUBE_SCHEDULER_SLURM (default), _PBS or _LSF.
    int32_t scheduler;
    /// Runs that were measured, as calibration: documents of comparisons (qube_comparison_render()
    /// as JSON). Where they have a stage, the largest excess of them is its margin; they serve
    /// budgets of the same program, path and model. NULL (default): none.
    const char *const *calibration;
    int64_t n_calibration; ///< How many there are.
} qube_job;

/// A grid of ranks over which matrices are block-cyclic, as in ScaLAPACK. Begin with
/// qube_grid_init().
typedef struct qube_grid {
    size_t struct_size; ///< sizeof(qube_grid)
    /// Rows of the grid, 1 to 2^30; 0 (default): the squarest grid of ranks, blocks of 64, as are
    /// npcol and block.
    int64_t nprow;
    int64_t npcol; ///< Columns of the grid, likewise.
    int64_t block; ///< Rows and columns of a block, likewise.
    int64_t ranks; ///< Ranks of the run, which must fill the grid; 0 (default): nprow x npcol.
    /// Row of a rank in the grid that is asked about, 0 to nprow - 1; -1 (default): none.
    int64_t myrow;
    int64_t mycol; ///< Its column, likewise.
} qube_grid;

/// Fills a job with the defaults: one rank on one node, nothing shared, the squarest grid, input,
/// baseline and margin as measured.
///
/// @param job          the struct to fill
/// @param struct_size  sizeof *job
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_job_init(qube_job *job, size_t struct_size);

/// Fills a grid with the defaults: no sizes, and no rank that is asked about.
///
/// @param grid         the struct to fill
/// @param struct_size  sizeof *grid
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_grid_init(qube_grid *grid, size_t struct_size);

/* ==============================================================================================
 * Budgets: the stages of a run, each with its named terms in bytes
 * ============================================================================================== */

#define QUBE_TERM_PERSISTENT 1 ///< Live at the stage's peak and when it ends.
#define QUBE_TERM_TRANSIENT 2 ///< Live only at the stage's peak.
#define QUBE_TERM_POST_PEAK 3 ///< Made after the stage's peak and kept.

#define QUBE_LAYOUT_REPLICATED 1 ///< Every rank has all of an array.
#define QUBE_LAYOUT_NODE_SHARED 2 ///< The ranks of a node share one copy.
/// Rows over the process rows and columns over the process columns, in blocks, as ScaLAPACK does.
#define QUBE_LAYOUT_BLOCK_CYCLIC 3
#define QUBE_LAYOUT_ROWS 4 ///< Rows over the process rows; each process column has a copy.
#define QUBE_LAYOUT_COLUMNS 5 ///< Columns over the process columns; each process row has a copy.
/// Panels along a block-cyclic matrix: (local rows + local columns) x block elements. Only of
/// budgets.
#define QUBE_LAYOUT_PANELS 6
#define QUBE_LAYOUT_MESSAGE 7 ///< The largest message between two ranks. Only of budgets.

#define QUBE_HOLDER_EVERY_RANK 1 ///< Every rank has its part.
#define QUBE_HOLDER_FIRST_ROW 2 ///< Only the ranks of the first process row have theirs.
#define QUBE_HOLDER_FIRST_RANK 3 ///< Only the rank at (0, 0) has its part.

#define QUBE_PATH_HARMONIC 1 ///< QUBE's harmonic path.
#define QUBE_PATH_PIXEL_DIRECT 2 ///< QUBE's pixel-direct path.
#define QUBE_PATH_ECLIPSE 3 ///< ECLIPSE.
#define QUBE_PATH_TRADITIONAL 4 ///< QUBE's traditional path.
#define QUBE_PATH_PIPELINE 5 ///< A pipeline of the host's own.

/// What runs were measured to hold: the default, and what everything that decides uses.
#define QUBE_MODEL_HELD 0
#define QUBE_MODEL_PUBLISHED 1 ///< The formulas that a program's authors publish.
#define QUBE_MODEL_PRINTED 2 ///< The totals that a program writes into its log.

/// One array, or several of one kind, by the name that its source gives it.
typedef struct qube_term {
    const char *name; ///< Its name.
    int64_t bytes; ///< Bytes of all copies.
    int64_t copies; ///< Matrices of doubles.
    int64_t rows; ///< Rows of each.
    int64_t columns; ///< Columns of each.
    int64_t element_bytes; ///< Bytes of an element, 8 of a double.
    int32_t kind; ///< QUBE_TERM_PERSISTENT, _TRANSIENT or _POST_PEAK.
    /// QUBE_LAYOUT_REPLICATED to QUBE_LAYOUT_MESSAGE: how it is cut over ranks. Panels and messages
    /// are work arrays whose bytes follow from the grid; bytes is then what one rank alone holds.
    int32_t layout;
    int32_t holder; ///< QUBE_HOLDER_EVERY_RANK to QUBE_HOLDER_FIRST_RANK: which ranks hold it.
    int32_t reserved; ///< 0
} qube_term;

/// A stage of a budget.
typedef struct qube_stage {
    const char *name; ///< Its name, such as "basis_setup".
    const qube_term *terms; ///< Persistent terms, then transient ones, then post-peak ones.
    int64_t n_terms; ///< How many there are.
    int64_t persistent_bytes; ///< Sum of the persistent terms.
    int64_t transient_bytes; ///< Sum of the transient terms.
    int64_t peak_bytes; ///< persistent_bytes + transient_bytes.
    int64_t end_bytes; ///< What is held when the stage ends: persistent and post-peak terms.
    int64_t reserved; ///< 0
} qube_stage;

/// Something that a step allocates or frees.
typedef struct qube_event {
    const char *what; ///< What it is about, such as "+ maps".
    int64_t delta_bytes; ///< Bytes that come, or go (negative).
    int64_t total_bytes; ///< Bytes held after it, over all ranks.
    int32_t step; ///< The step, as the program counts them, from 1.
    int32_t printed; ///< 1: the program prints its total here.
} qube_event;

/// An input of a budget.
typedef struct qube_input {
    const char *name; ///< Its name, as in the config.
    const char *value; ///< Its value in words: a number, "yes", "no", a name, or "absent".
    /// What it was derived from, such as "12 nside^2 fsky"; NULL where it was given.
    const char *from;
} qube_input;

/// Everything that a budget tells, filled by qube_budget_get().
typedef struct qube_budget_view {
    size_t struct_size; ///< sizeof(qube_budget_view), set by the caller
    int64_t lifetime_peak_bytes; ///< The largest peak of all stages, bytes.
    int64_t peak_stage; ///< The stage that has it, the first of several.
    const qube_stage *stages; ///< The stages in the order of the run.
    int64_t n_stages; ///< How many there are, 1 or more.
    const qube_event *events; ///< What ECLIPSE allocates and frees, in order.
    int64_t n_events; ///< How many there are; 0 for QUBE's paths and published sums.
    const qube_input *inputs; ///< The inputs, derived ones included.
    int64_t n_inputs; ///< How many there are.
    const char *release; ///< The release that the formulas are of, such as "1.1".
    const char *note; ///< What to know of these numbers; "" if there is nothing.
    int32_t path; ///< QUBE_PATH_HARMONIC to QUBE_PATH_PIPELINE.
    int32_t model; ///< QUBE_MODEL_HELD, _PUBLISHED or _PRINTED.
    /// The program that it is a budget of: "QUBE", "ECLIPSE", or a pipeline's own name.
    const char *program;
    /// The lifetime peak that the program's own calculator prints for this run; 0 where it has
    /// none, and where the model is not QUBE_MODEL_HELD.
    int64_t published_peak_bytes;
} qube_budget_view;

/// The budget of QUBE's harmonic path, above the baseline of the process.
///
/// Dense matrices of doubles; with p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes a run
/// holds:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x,
///                                                             QUBE reads the covariance: + p
///   fisher_run        as basis_setup                          one spectrum: 4m, several: 5m
///   spectra_run       as basis_setup                          5m
/// @endverbatim
/// "switch" means 0 < lmax < lmax_signal. With model QUBE_MODEL_PUBLISHED the terms of QUBE's own
/// calculator, which has neither the p that is read nor the 4m and 5m, but an m that spectra_run
/// keeps; so do runs with a pixel filter, of which nothing was measured. Measured runs held 0.1 %
/// less to 8.1 % more; below n_pix of 2048 a matrix that was freed may stay with the process.
/// From a survey with n_obs observed pixels, given, or round(12 nside^2 fsky), or those of a polar
/// cap, 2 i (i + 1) with i = floor(nside sqrt(6 fsky)):
/// @verbatim
///   n_pix    T: n_obs      QU: 2 n_obs      TQU: n_obs + 2 n_obs_polarisation
///   n_modes  (lmax + 1)^2 - lmin^2, for QU twice, for TQU three times
/// @endverbatim
/// Source: runs of qube-qml 1.1.0 to 1.3.0; qube.memory_budget (CosmoForge, arXiv 2605.21149);
/// HEALPix.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a value outside its range, a size that nothing tells, an input that the
///         release has not), QUBE_ERR_CONFLICT (lmax above lmax_signal, working_dim above n_pix,
///         sizes that contradict each other or the survey), QUBE_ERR_OVERFLOW (a size, term or sum
///         past 2^63 - 1)
int32_t qube_budget_harmonic(const qube_harmonic_config *config,
                             const qube_survey *survey,
                             qube_budget **budget);

/// The budget of QUBE's pixel-direct path, above the baseline of the process.
///
/// Dense n_pix x n_pix matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   stage             release 1.1 and 1.2                     release 1.3
///   covariance_setup  2                                       2
///   basis_setup       2; release 1.1, lmax < lmax_signal: 3   2
///   fisher_run        n + 6, derivatives cached: 2n + 4       n + 5, cached: 2n + 3
///   spectra_run       9, cached: n + 7                        8, cached: n + 6
/// @endverbatim
/// With model QUBE_MODEL_PUBLISHED the terms of QUBE's own calculator; so do runs with a pixel
/// filter, of which nothing was measured. A covariance that the caller passes in is the budget's
/// Cov_T. n_pix follows from a survey as in qube_budget_harmonic(); n_params is n_bins n_spectra.
/// Source: as qube_budget_harmonic().
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic()
int32_t qube_budget_pixel_direct(const qube_pixel_direct_config *config,
                                 const qube_survey *survey,
                                 qube_budget **budget);

/// The budget of QUBE's traditional path, above the baseline of the process: without a computation
/// basis (basis=False), and of every run that crosses two data splits (do_cross).
///
/// Dense n_pix x n_pix matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   covariance_setup  2           fisher_run   n + 6
///   prepare_covariance  5         spectra_run  8
/// @endverbatim
/// Not all of them are attributed: the rest is one term of a stage that says so. A covariance that
/// the caller passes in is the budget's Cov_T. Sizes follow from a survey as in
/// qube_budget_pixel_direct(). Source: a run of qube-qml 1.3.0.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic(); QUBE_ERR_INPUT for QUBE_MODEL_PUBLISHED: nothing is published
int32_t qube_budget_traditional(const qube_traditional_config *config,
                                const qube_survey *survey,
                                qube_budget **budget);

/// The budget of the path that QUBE itself takes: traditional with do_cross, else as
/// qube_path_by_time(). The view's path and note say which, and why. A pixel filter's working_dim
/// takes the place of n_pix in that rule.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic()
int32_t qube_budget_auto(const qube_auto_config *config,
                         const qube_survey *survey,
                         qube_budget **budget);

/// The budget of ECLIPSE: what a run holds in its stages "step_1" to "step_6" and "spectra", by
/// default. Its terms say how they lie on a grid of ranks, and which ranks hold them: see
/// qube_budget_per_rank(). The budget itself is that of one rank alone.
///
/// Matrices of doubles, over t = pix_t, q = pix_p, D = t + 2q pixels, L = (lmax + 1)^2 - 4 modes
/// (for T alone - 1), M maps. The sums of its guide, for comparison:
/// @verbatim
///         step_2 (inverse checked)  step_4                                         step_6
///   TEB   2 (t+2q)^2                t^2 + 2tq + 3q^2 + tL + 4qL + 6(t+2q)L         12L^2 + 16qL
///   EB    2 (2q)^2                  (2q)^2 + 12qL                                  16qL + 6L^2
///   T     2 t^2                     t^2 + 3tL                                      4tL + 2L^2
/// @endverbatim
/// The totals that its log prints, with an event for all that it counts, leave out what its
/// subroutines and ScaLAPACK allocate: runs held 1.03 to 2.3 times as much. What is held follows
/// from its sources and 26 runs on 4 ranks, which held 0.93 to 1.07 times what a rank is given.
/// Source: ECLIPSE (CosmoTool), JCAP 07 (2021) 034; User Guide V1.02, Eqs. 6.1 to 6.9, and its
/// Example_NSide8, whose printed totals QUBE_MODEL_PRINTED equals.
///
/// @param config  the inputs
/// @param survey  what nside and the pixels are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a value outside its range, pixels that the code needs and has not, or
///         does not use; the sums of the guide without Fisher matrix and check of the inverse),
///         QUBE_ERR_CONFLICT (more pixels than the sphere has, a size that contradicts the survey),
///         QUBE_ERR_OVERFLOW (a size, term or sum past 2^63 - 1)
int32_t qube_budget_eclipse(const qube_eclipse_config *config,
                            const qube_survey *survey,
                            qube_budget **budget);

/// Frees a budget.
///
/// @param budget  the budget, in use by no other thread; NULL does nothing
void qube_budget_free(qube_budget *budget);

/// Everything that a budget tells.
///
/// @param budget  the budget
/// @param view    receives it; its struct_size must be set. What it points to lives as long as the
///                budget
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_budget_get(const qube_budget *budget, qube_budget_view *view);

/// A budget as a document.
///
/// The JSON document has schema ("qube-budget/2"), path, release, inputs (by name: value, derived,
/// and from, what from), for ECLIPSE events (each: step, what, delta_bytes, total_bytes, printed)
/// and published (the sums of its guide, as stages),
/// stages (each: name, persistent, transient, post_peak where there are any, which are arrays of
/// {name, bytes}, persistent_bytes, transient_bytes, peak_bytes, end_bytes), lifetime_peak_bytes,
/// peak_stage, note. Fields may be added, none renamed.
///
/// @param budget   the budget
/// @param format   QUBE_FORMAT_TABLE, _JSON, _SVG (the stages as stacked bars), _MARKDOWN, _TRACE,
///                 _BARS or _BARS_ASCII
/// @param options  a limit to show; NULL: none
/// @param text     receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_OPTION (format), QUBE_ERR_INPUT (a negative limit)
int32_t qube_budget_render(const qube_budget *budget,
                           int32_t format,
                           const qube_render_options *options,
                           char **text);

/// The path that QUBE takes, by the time that it expects: harmonic if n_modes^3 <= (n_bins + 1)
/// n_pix^3, else pixel-direct. It never looks at memory. Exact for all sizes.
/// Source: QUBE (CosmoForge), arXiv 2605.21149.
///
/// @param n_pix    pixels of all fields together, 1 or more
/// @param n_modes  harmonic modes of all fields together, 1 or more
/// @param n_bins   bins of multipoles, 1 or more
/// @param path     receives QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (a size below 1)
int32_t qube_path_by_time(int64_t n_pix, int64_t n_modes, int64_t n_bins, int32_t *path);

/* ==============================================================================================
 * Pipelines of the host's own: documents, and budgets with values of their parameters
 * ============================================================================================== */

/// A number or a switch that the budget of a pipeline depends on.
typedef struct qube_parameter {
    const char *name; ///< Its name.
    const char *what; ///< What it is, in words; "" where the document does not say.
    const char *unit; ///< What it is counted in; "" where the document does not say.
    int64_t default_value; ///< Its value where none is given; -1: one must be given.
    int64_t least; ///< The least value that it may have.
    int64_t most; ///< The largest one.
    int64_t multiple_of; ///< Every value is a multiple of this; 1 of any.
    /// The only values that it may have, in ascending order; NULL: all from least to most.
    const int64_t *choices;
    int64_t n_choices; ///< How many there are.
    /// What it costs to reduce it; NULL: it must not be reduced to make a run fit.
    const char *price;
    int64_t order; ///< When it is reduced: those of a lower number first; -1 where it must not be.
    int32_t is_switch; ///< 1: it is a switch, 0 or 1.
    int32_t reserved; ///< 0
} qube_parameter;

/// Everything that a pipeline's document tells of it, filled by qube_pipeline_get().
typedef struct qube_pipeline_view {
    size_t struct_size; ///< sizeof(qube_pipeline_view), set by the caller
    const char *name; ///< The name of the program.
    const char *source; ///< Where its formulas are from.
    const qube_parameter *parameters; ///< The parameters, in the order of the document.
    int64_t n_parameters; ///< How many there are.
} qube_pipeline_view;

/// A value of a parameter.
typedef struct qube_parameter_value {
    const char *name; ///< The name of the parameter.
    int64_t value; ///< Its value; of a switch, 0 or 1.
} qube_parameter_value;

/// Reads a pipeline document: JSON, schema "qube-pipeline/1", described in docs/pipelines.md.
///
/// It names parameters, sizes that follow from them as exact integer expressions, and stages with
/// what each allocates and frees. It has at most 1 MiB, 1000 parameters, 1000 derived sizes, 250
/// stages and 1000 events; an expression has at most 4096 bytes, nested at most 64 deep.
///
/// @param json      the document
/// @param pipeline  receives the pipeline, to be freed by qube_pipeline_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (what it cannot mean, with its
///         place), QUBE_ERR_OVERFLOW (a number past 2^127 - 1), QUBE_ERR_TOO_LARGE
int32_t qube_pipeline_parse(const char *json, qube_pipeline **pipeline);

/// Frees a pipeline. Budgets of it stay valid.
///
/// @param pipeline  the pipeline, in use by no other thread; NULL does nothing
void qube_pipeline_free(qube_pipeline *pipeline);

/// Everything that a pipeline's document tells of it.
///
/// @param pipeline  the pipeline
/// @param view      receives it; its struct_size must be set. What it points to lives as long as
///                  the pipeline
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_pipeline_get(const qube_pipeline *pipeline, qube_pipeline_view *view);

/// The budget of a pipeline. Everything can be asked of it that can be asked of a built-in one, and
/// the largest value of a parameter by qube_budget_largest_parameter().
///
/// @param pipeline  the pipeline
/// @param values    values of parameters, each at most once; the rest have their defaults
/// @param n_values  how many there are
/// @param budget    receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_INPUT (n_values, a parameter that the
///         pipeline does not have, a value outside its range, one that is missing, a size below 0),
///         QUBE_ERR_DUPLICATE (a parameter given twice), QUBE_ERR_OVERFLOW (a size, term or sum
///         past 2^63 - 1), QUBE_ERR_DOCUMENT (what the document cannot mean with these values: a
///         remainder, a division by 0, an array freed that is not held or allocated twice)
int32_t qube_budget_pipeline(const qube_pipeline *pipeline,
                             const qube_parameter_value *values,
                             int64_t n_values,
                             qube_budget **budget);

/* ==============================================================================================
 * Budgets from calls beside those that allocate, for hosts that compute their sizes themselves
 * ============================================================================================== */

/// Makes a builder without stages.
///
/// @param name     the program, as reports call it: 1 to 50 bytes
/// @param builder  receives the builder, to be freed by qube_pipeline_builder_free(); NULL on
///                 failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL
int32_t qube_pipeline_builder_create(const char *name, qube_pipeline_builder **builder);

/// Frees a builder. Budgets that it made stay valid.
///
/// @param builder  the builder, in use by no other thread; NULL does nothing
void qube_pipeline_builder_free(qube_pipeline_builder *builder);

/// Ends the stage before, if there is one, and begins the next. A call that fails changes nothing.
///
/// @param builder  the builder
/// @param name     the stage: 1 to 20 bytes
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_DUPLICATE (a name that
///         another stage has), QUBE_ERR_TOO_LARGE (more than 1000 stages, allocations and
///         deallocations)
int32_t qube_pipeline_builder_stage(qube_pipeline_builder *builder, const char *name);

/// Allocates arrays in the stage: copies x rows x columns elements. A call that fails changes
/// nothing.
///
/// @param builder        the builder
/// @param name           the array, which is not allocated: 1 to 46 bytes
/// @param copies         arrays of this shape, 0 or more
/// @param rows           rows of each, 0 or more
/// @param columns        columns of each, 0 or more; 1 for a vector
/// @param element_bytes  bytes of an element, 0 or more; 8 for a double
/// @param layout         QUBE_LAYOUT_REPLICATED to QUBE_LAYOUT_COLUMNS: how it is cut over ranks
/// @param holder         QUBE_HOLDER_EVERY_RANK to QUBE_HOLDER_FIRST_RANK: which ranks hold it
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_INPUT (a number outside
///         its range), QUBE_ERR_CONFLICT (no stage yet), QUBE_ERR_DUPLICATE (a name that is
///         allocated), QUBE_ERR_OVERFLOW (past 2^63 - 1 bytes), QUBE_ERR_TOO_LARGE (more than 1000
///         stages, allocations and deallocations)
int32_t qube_pipeline_builder_allocate(qube_pipeline_builder *builder,
                                       const char *name,
                                       int64_t copies,
                                       int64_t rows,
                                       int64_t columns,
                                       int64_t element_bytes,
                                       int32_t layout,
                                       int32_t holder);

/// Deallocates what was allocated under a name. A call that fails changes nothing.
///
/// @param builder  the builder
/// @param name     the array
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_CONFLICT (it is not allocated),
///         QUBE_ERR_TOO_LARGE (more than 1000 stages, allocations and deallocations)
int32_t qube_pipeline_builder_deallocate(qube_pipeline_builder *builder, const char *name);

/// The budget of the calls so far. It answers what a built-in one does, but no question that varies
/// a size, as its sizes are fixed: nodes and ranks alone.
///
/// @param builder  the builder, which can go on
/// @param budget   receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_CONFLICT (no stage yet), QUBE_ERR_OVERFLOW
int32_t qube_pipeline_builder_budget(const qube_pipeline_builder *builder, qube_budget **budget);

/* ==============================================================================================
 * What the ranks of a process grid hold, where all matrices are block-cyclic
 * ============================================================================================== */

/// What ranks hold of a term, or of all terms at the peak of a stage.
typedef struct qube_rank_bytes {
    const char *name; ///< The name of the term or stage.
    int64_t fullest_bytes; ///< Bytes on the rank that holds most in the stage.
    int64_t least_bytes; ///< Bytes on the rank that holds least in the stage.
    int64_t mean_bytes; ///< Bytes of all ranks by their number, rounded up.
    int64_t own_bytes; ///< Bytes on the rank that was asked about; -1 where none was.
} qube_rank_bytes;

/// A term on one rank.
typedef struct qube_own_bytes {
    const char *name; ///< Its name.
    int64_t bytes; ///< Its bytes there.
} qube_own_bytes;

/// A stage on the ranks of a grid.
typedef struct qube_rank_stage {
    qube_rank_bytes held; ///< At the stage's peak on each rank.
    /// The terms that are live at the peak of all ranks together, in the order of the budget. A
    /// rank that peaks at another moment holds more than these come to.
    const qube_rank_bytes *terms;
    int64_t n_terms; ///< How many there are.
    /// What the rank that was asked about holds at its own worst moment, term by term.
    const qube_own_bytes *own_terms;
    int64_t n_own_terms; ///< How many there are; 0 where no rank was asked about.
    /// The rank that holds most, the first of several: its process row, from 0.
    int64_t fullest_row;
    int64_t fullest_column; ///< Its process column.
    int64_t least_row; ///< The rank that holds least, the last of several: its process row.
    int64_t least_column; ///< Its process column.
} qube_rank_stage;

/// A matrix of which one rank holds more than 2^31 - 1 elements, which a ScaLAPACK with 32-bit
/// integers cannot number.
typedef struct qube_local_matrix {
    const char *name; ///< The term.
    int64_t stage; ///< The first stage that has it.
    int64_t term; ///< The term's number in that stage.
    int64_t elements; ///< Elements of one matrix on the rank that holds most.
} qube_local_matrix;

/// Everything that is known of ranks, filled by qube_ranks_get().
typedef struct qube_ranks_view {
    size_t struct_size; ///< sizeof(qube_ranks_view), set by the caller
    int64_t nprow; ///< Rows of the grid.
    int64_t npcol; ///< Columns of the grid.
    int64_t block; ///< Rows and columns of a block.
    const qube_rank_stage *stages; ///< The stages of the budget, in its order.
    int64_t n_stages; ///< How many there are.
    int64_t peak_stage; ///< The stage in which the fullest rank holds most, the first of several.
    /// Matrices too large for a ScaLAPACK with 32-bit integers.
    const qube_local_matrix *too_large;
    int64_t n_too_large; ///< How many there are; 0 is good.
    /// Rows of the best grid of as many ranks, of those that are tried: every way to write the
    /// number of ranks as a product, blocks of 16, 32, 64, 128 and 256. The fullest rank holds
    /// least there; of equal ones it is the squarest, then the one with the largest block.
    int64_t best_nprow;
    int64_t best_npcol; ///< Its columns.
    int64_t best_block; ///< Rows and columns of its blocks.
    int64_t best_fullest_bytes; ///< What the fullest rank holds there.
} qube_ranks_view;

/// What each rank holds at the peak of each stage, where all matrices are block-cyclic over a grid,
/// and the best grid of as many ranks.
///
/// The rank at (r, c) holds max(1, numroc(rows, block, r, nprow)) max(1, numroc(columns, block, c,
/// npcol)) elements of a matrix. Source: ScaLAPACK Users' Guide, section 4.3.
///
/// @param budget  the budget, of ECLIPSE or of another run with block-cyclic matrices
/// @param grid    the grid, or only a number of ranks, for which the squarest grid with blocks of
///                64 is taken; and the rank that is asked about, if any
/// @param ranks   receives the ranks, to be freed by qube_ranks_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a size of the grid outside its range), QUBE_ERR_CONFLICT (ranks that do
///         not fill the grid), QUBE_ERR_POSITION (a rank outside the grid), QUBE_ERR_OVERFLOW
int32_t qube_budget_per_rank(const qube_budget *budget, const qube_grid *grid, qube_ranks **ranks);

/// Frees ranks.
///
/// @param ranks  the ranks, in use by no other thread; NULL does nothing
void qube_ranks_free(qube_ranks *ranks);

/// Everything that is known of ranks.
///
/// @param ranks  the ranks
/// @param view   receives it; its struct_size must be set. What it points to lives as long as the
///               ranks
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory),
///         QUBE_ERR_OVERFLOW
int32_t qube_ranks_get(const qube_ranks *ranks, qube_ranks_view *view);

/// What ranks hold as a document.
///
/// @param ranks   the ranks
/// @param format  QUBE_FORMAT_TABLE
/// @param text    receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format)
int32_t qube_ranks_render(const qube_ranks *ranks, int32_t format, char **text);

/* ==============================================================================================
 * Requests: the memory that a run asks a machine for, put on nodes and ranks
 * ============================================================================================== */

#define QUBE_HOLDING_REPLICATED 1 ///< Every rank holds all matrices.
#define QUBE_HOLDING_NODE_SHARED 2 ///< The ranks of a node share one copy of all matrices.
#define QUBE_HOLDING_BLOCK_CYCLIC 3 ///< All ranks together hold one copy, block-cyclic.

/// A term that is live at the peak of a stage, as one copy has it; of block-cyclic matrices, as the
/// rank has it that holds most.
typedef struct qube_part {
    const char *name; ///< The name of the term.
    int64_t bytes; ///< Its bytes.
    int64_t node_bytes; ///< What the ranks of the fullest node have of it, shared copies once.
    int32_t kind; ///< QUBE_TERM_PERSISTENT or _TRANSIENT.
    int32_t reserved; ///< 0
} qube_part;

/// What a stage asks for.
typedef struct qube_stage_request {
    const char *name; ///< The name of the stage.
    /// Where its margin is from: "11.44 %, measured", "10.00 %, as asked", "not calibrated ...".
    const char *margin_from;
    const qube_part *parts; ///< What is live at the peak.
    int64_t n_parts; ///< How many parts there are.
    /// The peak of one copy; of block-cyclic matrices, of the rank that holds most.
    int64_t peak_bytes;
    int64_t margin_bytes; ///< The margin of one copy.
    /// One process with all that it reaches: peak, margin, input, baseline; shared or not.
    int64_t per_rank_bytes;
    int64_t per_node_bytes; ///< All processes of a node.
    int32_t calibrated; ///< 1: the stage was compared with measured runs.
    int32_t reserved; ///< 0
} qube_stage_request;

/// Everything that a request tells, filled by qube_request_get().
typedef struct qube_request_view {
    size_t struct_size; ///< sizeof(qube_request_view), set by the caller
    int64_t per_node_bytes; ///< What a node must have.
    int64_t total_bytes; ///< What all nodes together must have.
    /// What the ranks of a node share, margin included; 0 where they share nothing.
    int64_t shared_per_node_bytes;
    int64_t own_per_rank_bytes; ///< What each rank has of its own, margin included.
    /// The resident size of one process in the stage that asks most, without the margin.
    int64_t resident_bytes;
    int64_t margin_bytes; ///< The margin of one copy in that stage.
    int64_t input_bytes; ///< The input that a copy has in all stages.
    int64_t baseline_bytes; ///< A process before it has any array.
    int64_t other_resident_bytes; ///< What each rank holds beside, as the job says.
    /// The stage in which a node holds most, margin included; the first of several.
    int64_t peak_stage;
    const qube_stage_request *stages; ///< The stages of the budget, in its order.
    int64_t n_stages; ///< How many there are.
    /// Matrices too large for a ScaLAPACK with 32-bit integers.
    const qube_local_matrix *too_large;
    int64_t n_too_large; ///< How many there are; 0 is good.
    const char *const *notes; ///< What to know of these numbers, a line each.
    int64_t n_notes; ///< How many lines there are.
    const char *summary; ///< What a node needs, in one sentence.
    /// Lines of a job script that ask for the memory, the one to use first.
    const char *const *job_lines;
    int64_t n_job_lines; ///< How many there are.
    int64_t cores_per_rank; ///< Processors that a rank books, for its threads or for its memory.
    /// Rows of the grid of block-cyclic matrices; 0, as npcol and block, for others.
    int64_t nprow;
    int64_t npcol; ///< Columns of the grid.
    int64_t block; ///< Rows and columns of a block.
    int32_t holding; ///< QUBE_HOLDING_REPLICATED, _NODE_SHARED or _BLOCK_CYCLIC.
    int32_t calibrated; ///< 1: peak_stage was compared with measured runs.
} qube_request_view;

/// The memory that a run asks a machine for.
///
/// A copy c of the arrays is the stage's peak, its margin and the resident input; b is the baseline
/// of a process. With R ranks on a node, a node needs
/// @verbatim
///   R (c + b)            replicated matrices
///   c + R b              node-shared matrices
///   sum of its c + b     block-cyclic matrices: ranks fill nodes in order, row by row of the grid
/// @endverbatim
/// The fullest node counts; of more than 1024 nodes of ECLIPSE a bound that none exceeds is given.
/// Without a grid it is the squarest one, blocks of 64. The margin is the largest excess that was
/// measured in the stage; of a rank of ECLIPSE 30 % of its arrays below 100 MB, 10 % above 300 MB,
/// in between in proportion. Source: QUBE (CosmoForge),
/// arXiv 2605.21149: 138.9 GiB predicted in this way without a margin, 139.5 measured.
///
/// @param budget   the budget of the run
/// @param job      nodes and ranks; NULL: defaults, one rank on one node
/// @param request  receives the request, to be freed by qube_request_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a number of the job outside its range, or one that the code does not
///         use), QUBE_ERR_CONFLICT (a grid that the ranks do not fill), QUBE_ERR_OVERFLOW
int32_t qube_budget_request(const qube_budget *budget, const qube_job *job, qube_request **request);

/// Frees a request.
///
/// @param request  the request, in use by no other thread; NULL does nothing
void qube_request_free(qube_request *request);

/// Everything that a request tells.
///
/// @param request  the request
/// @param view     receives it; its struct_size must be set. What it points to lives as long as the
///                 request
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_request_get(const qube_request *request, qube_request_view *view);

/// A request as a document.
///
/// The JSON document has schema ("qube-request/2"), path, release, inputs (as in
/// qube_budget_render()), nodes, ranks_per_node, cpus_per_rank, holding ("replicated",
/// "node-shared" or "block-cyclic"), grid (of block-cyclic matrices: nprow, npcol, block), stages
/// (each: name, peak_bytes, margin_bytes, margin_from, calibrated, per_node_bytes), peak_stage,
/// input_bytes, baseline_bytes, other_resident_bytes, resident_bytes, margin_bytes, calibrated,
/// shared_per_node_bytes, own_per_rank_bytes, per_node_bytes, total_bytes, scheduler,
/// cores_per_rank, job_script (lines, of which a script has one), script (a whole one), summary (a
/// sentence), notes. Fields may be added, none renamed.
///
/// @param request  the request
/// @param format   QUBE_FORMAT_TABLE, _JSON, _SVG (what a node holds), _JOB_SCRIPT,
///                 _JOB_SCRIPT_PER_CPU (not for PBS), _SCRIPT, _MARKDOWN, _TRACE, _BARS or
///                 _BARS_ASCII
/// @param options  a limit to show; NULL: none
/// @param text     receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_OPTION (format), QUBE_ERR_INPUT (a negative limit), QUBE_ERR_OVERFLOW
int32_t qube_request_render(const qube_request *request,
                            int32_t format,
                            const qube_render_options *options,
                            char **text);

/* ==============================================================================================
 * Fits: a run on its nodes against the memory that each has, and what would make it fit
 * ============================================================================================== */

#define QUBE_CHANGE_RELEASE_PROJECTOR 1 ///< QUBE, harmonic: release V once the kernels are built.
#define QUBE_CHANGE_BEST_GRID 2 ///< ECLIPSE: leave the grid and the block to the library.
#define QUBE_CHANGE_NO_DERIVATIVE_CACHE 3 ///< QUBE: keep no derivatives in memory.
#define QUBE_CHANGE_MAPS 4 ///< ECLIPSE: this many maps in one run.
#define QUBE_CHANGE_NO_INVERSE_CHECK 5 ///< ECLIPSE: do not check the inverse.
#define QUBE_CHANGE_NEWEST_RELEASE 6 ///< QUBE, pixel-direct: the newest release.
#define QUBE_CHANGE_RANKS_PER_NODE 7 ///< QUBE: this many ranks on a node.
#define QUBE_CHANGE_NODES 8 ///< ECLIPSE: this many nodes.
#define QUBE_CHANGE_OTHER_PATH 9 ///< QUBE: its other path.
/// QUBE, pixel-direct: this many bins, with as many parameters for each.
#define QUBE_CHANGE_N_BINS 10
#define QUBE_CHANGE_PARAMETER 20 ///< A pipeline: a parameter, at the price that its document names.

/// A single change that makes a run smaller.
typedef struct qube_change {
    const char *words; ///< In a few words, such as "keep no derivatives in memory".
    const char *parameter; ///< The parameter of a pipeline that is changed; NULL: none is.
    /// The number that it is about (maps, ranks, nodes, bins, a parameter), the nearest to the
    /// run's own that fits; 0 where it is about none.
    int64_t value;
    int64_t per_node_bytes; ///< What a node holds then; -1: past 2^63 - 1 bytes.
    int32_t kind; ///< QUBE_CHANGE_RELEASE_PROJECTOR to QUBE_CHANGE_PARAMETER.
    int32_t fits; ///< 1: it makes the run fit.
} qube_change;

/// One of QUBE's paths through a survey.
typedef struct qube_path {
    int64_t lifetime_peak_bytes; ///< Lifetime peak of one copy; -1: past 2^63 - 1 bytes.
    /// What a node holds, with inputs, baseline and margin; -1: past 2^63 - 1 bytes.
    int64_t per_node_bytes;
    int32_t path; ///< QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT.
    int32_t fits; ///< 1: a node holds the limit at most.
} qube_path;

/// Everything that a fit tells, filled by qube_fit_get().
typedef struct qube_fit_view {
    size_t struct_size; ///< sizeof(qube_fit_view), set by the caller
    int64_t limit_bytes; ///< The memory of a node that was asked about.
    int64_t spare_bytes; ///< What a node leaves of the limit; negative: it is over by that much.
    const char *message; ///< The answer in one sentence, without a newline.
    const char *advice; ///< What to change, in one sentence; "" if it fits.
    int64_t stage; ///< The first stage in which a node holds more than the limit; -1 if it fits.
    const char *stage_name; ///< Its name; NULL if it fits.
    int64_t stage_over_bytes; ///< How far the node is over in that stage; 0 if it fits.
    /// The term that takes it over, or "baseline", "input", "margin"; NULL if it fits.
    const char *term_name;
    int64_t term_bytes; ///< What one copy has of that; 0 if it fits.
    const qube_change *changes; ///< Single changes that the run admits, the cheapest first.
    int64_t n_changes; ///< How many there are; 0 if it fits.
    int64_t cheapest; ///< The first change that makes it fit; -1: none does, or it fits.
    /// QUBE's harmonic and pixel-direct path, the run's own with its switches, the other one with
    /// the published defaults.
    const qube_path *paths;
    int64_t n_paths; ///< 2; or 0 for ECLIPSE, and where the sizes of one are unknown.
    /// What the survey lacks to compare both paths; NULL where nothing, or without a survey.
    const char *no_paths;
    const qube_request *request; ///< What the run asks for: borrowed, lives as long as the fit.
    /// The path that QUBE takes, by time: QUBE_PATH_HARMONIC or _PIXEL_DIRECT; 0 without paths.
    int32_t path_by_time;
    int32_t fits; ///< 1: a node holds the limit at most.
} qube_fit_view;

/// Compares what each node holds, as in qube_budget_request(), with the memory that it has; if it
/// is over, tries the single changes.
///
/// @param budget       the budget of the run, of which all sizes stay
/// @param job          nodes and ranks; NULL: defaults, one rank on one node
/// @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
/// @param fit          receives the fit, to be freed by qube_fit_free(); NULL on failure
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown
///         fields set), QUBE_ERR_INPUT (limit_bytes, a number of the job outside its range, one
///         that the code does not use, published sums), QUBE_ERR_CONFLICT (a grid that the ranks do
///         not fill), QUBE_ERR_OVERFLOW
int32_t qube_budget_fit(const qube_budget *budget,
                        const qube_job *job,
                        int64_t limit_bytes,
                        qube_fit **fit);

/// Frees a fit.
///
/// @param fit  the fit, in use by no other thread; NULL does nothing
void qube_fit_free(qube_fit *fit);

/// Everything that a fit tells.
///
/// @param fit   the fit
/// @param view  receives it; its struct_size must be set. What it points to lives as long as the
///              fit
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size),
///         QUBE_ERR_LIMIT (no memory)
int32_t qube_fit_get(const qube_fit *fit, qube_fit_view *view);

/// A fit as a document: what a node holds, the answer, all changes and both paths.
///
/// The JSON document has schema ("qube-fit/2"), limit_bytes, fits, spare_bytes, over (null if it
/// fits: stage, over_bytes, term, term_bytes), message, changes (each: change, value where it is
/// about a number, words, per_node_bytes or null where it overflows, fits), cheapest_change (a
/// number of changes, or null), paths (where both are known: by_time, sides), no_paths (what the
/// survey lacks), request (as qube_request_render() has it). Fields may be added, none renamed.
///
/// @param fit     the fit
/// @param format  QUBE_FORMAT_TABLE, _JSON or _MARKDOWN
/// @param text    receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_OPTION (format)
int32_t qube_fit_render(const qube_fit *fit, int32_t format, char **text);

/* ==============================================================================================
 * The question turned around: the largest size of a run, or the fewest nodes, that fits
 * ============================================================================================== */

/// HEALPix resolution, at a fixed fraction of the sky and fixed multipoles: the largest.
#define QUBE_SIZE_NSIDE 1
/// The largest multipole that is estimated: the largest. Where QUBE's survey names one, it moves up
/// to lmax_signal; where it does not, all are estimated and lmax_signal moves.
#define QUBE_SIZE_LMAX 2
#define QUBE_SIZE_N_BINS 3 ///< Bins of multipoles, with as many parameters for each: the most.
#define QUBE_SIZE_MAPS 4 ///< Maps of ECLIPSE: the most.
#define QUBE_SIZE_NODES 5 ///< Nodes: the fewest, of 2^14 at most.
/// Ranks on each node: the most, of 2^20 at most, of ECLIPSE's 2^10.
#define QUBE_SIZE_RANKS_PER_NODE 6
/// A parameter of a pipeline: the largest. Asked for by qube_budget_largest_parameter().
#define QUBE_SIZE_PARAMETER 7

#define QUBE_LARGEST_VALUE 1 ///< One value is the last that fits.
#define QUBE_LARGEST_NONE 2 ///< Not even the least value fits.
#define QUBE_LARGEST_ANY 3 ///< Every value fits: nothing that a node holds depends on it.

/// The answer to an inverse question, filled by qube_largest_get().
typedef struct qube_largest_view {
    size_t struct_size; ///< sizeof(qube_largest_view), set by the caller
    int64_t limit_bytes; ///< The memory of a node that was asked about.
    int64_t value; ///< The last value that fits; 0 unless kind is QUBE_LARGEST_VALUE.
    int64_t per_node_bytes; ///< What a node holds with it, or with any value; 0 if none fits.
    /// The value next to it (for nside the next power of two, for nodes one less), which does not
    /// fit; if none fits, the least (of nodes, the most that is tried). 0: there is none, or none
    /// is tried.
    int64_t next_value;
    /// What a node holds with that; -1: past 2^63 - 1 bytes. 0 where next_value is 0.
    int64_t next_per_node_bytes;
    const char *message; ///< The answer in one sentence, without a newline.
    int32_t size; ///< QUBE_SIZE_NSIDE to QUBE_SIZE_PARAMETER: what was asked for.
    int32_t kind; ///< QUBE_LARGEST_VALUE, _NONE or _ANY.
} qube_largest_view;

/// The largest value of a size (of nodes: the fewest) for which the memory of a node suffices. It
/// is exact: one more (for nside the next power of two, for nodes one less) does not fit. What
/// overflows does not fit.
///
/// Takes time logarithmic in the answer, but for nodes and ranks of ECLIPSE, which have no order,
/// as a grid of more ranks may be a worse one: these are tried one by one.
///
/// @param budget       the budget of the run, of which all other sizes stay
/// @param size         QUBE_SIZE_NSIDE to QUBE_SIZE_RANKS_PER_NODE; nside needs a survey with nside
///                     and fsky, lmax a survey or ECLIPSE, maps ECLIPSE
/// @param job          nodes and ranks; NULL: defaults. The number that is asked for is replaced,
///                     and then the grid, too
/// @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
/// @param largest      receives the answer, to be freed by qube_largest_free(); NULL on failure
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or
///         unknown fields set), QUBE_ERR_INPUT (limit_bytes, size, one that this run does not have
///         or that others were given in place of; a number of the job; published sums),
///         QUBE_ERR_CONFLICT (a grid that the ranks do not fill; n_params no multiple of n_bins,
///         where bins are asked for)
int32_t qube_budget_largest(const qube_budget *budget,
                            int32_t size,
                            const qube_job *job,
                            int64_t limit_bytes,
                            qube_largest **largest);

/// The largest value of a parameter of a pipeline for which the memory of a node suffices.
///
/// What a node holds need not grow with a parameter. Choices are tried one by one, from the
/// largest. A range is searched from the run's own value by doubled steps and bisection: the answer
/// fits, and the next value does not. What overflows, or makes a size negative, does not fit.
///
/// @param budget       the budget of a pipeline, of which all other parameters stay
/// @param name         the parameter, which is no switch
/// @param job          nodes and ranks; NULL: defaults
/// @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
/// @param largest      receives the answer, to be freed by qube_largest_free(); NULL on failure
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_ABI
///         (struct_size, or unknown fields set), QUBE_ERR_INPUT (limit_bytes, a parameter that this
///         run does not have, a switch, a budget of a builder, a number of the job),
///         QUBE_ERR_CONFLICT (a grid that the ranks do not fill), QUBE_ERR_DOCUMENT (what the
///         document cannot mean with a value that is tried: give it the field multiple_of)
int32_t qube_budget_largest_parameter(const qube_budget *budget,
                                      const char *name,
                                      const qube_job *job,
                                      int64_t limit_bytes,
                                      qube_largest **largest);

/// Frees an answer.
///
/// @param largest  the answer, in use by no other thread; NULL does nothing
void qube_largest_free(qube_largest *largest);

/// Everything that an answer tells.
///
/// @param largest  the answer
/// @param view     receives it; its struct_size must be set. What it points to lives as long as the
///                 answer
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size),
///         QUBE_ERR_LIMIT (no memory)
int32_t qube_largest_get(const qube_largest *largest, qube_largest_view *view);

/* ==============================================================================================
 * Predicted and measured, side by side: a budget against what a run of it held
 * ============================================================================================== */

/// One size, predicted and perhaps measured.
typedef struct qube_figure {
    /// What the budget says; -1 where it says nothing: published sums are of peaks. Beside a
    /// request the resident size without the margin.
    int64_t predicted_bytes;
    int64_t requested_bytes; ///< What is requested, margin included; -1 beside a budget.
    /// The resident size, the baseline in it; -1 where it was not measured.
    int64_t measured_bytes;
    /// The resident size above the baseline, negative below it; 0 where it was not measured.
    int64_t above_baseline_bytes;
    int64_t difference_bytes; ///< How much more was measured than predicted; 0 where not measured.
    double difference_percent; ///< The same in per cent of the prediction.
} qube_figure;

/// A stage, predicted and measured.
typedef struct qube_stage_comparison {
    const char *name; ///< The name of the stage.
    qube_figure end; ///< What is held when the stage ends.
    qube_figure peak; ///< The most that is held in it.
} qube_stage_comparison;

/// A rank, predicted and measured.
typedef struct qube_rank_comparison {
    int64_t rank; ///< Its number; -1: the one that holds least, of a record of all ranks.
    int64_t row; ///< Its row in the grid; -1 without a grid.
    int64_t column; ///< Its column, likewise.
    int64_t baseline_bytes; ///< What it held before the first stage; -1 where it was not measured.
    const qube_stage_comparison *stages; ///< The stages of the budget, in its order.
    int64_t n_stages; ///< How many there are.
    qube_figure lifetime_peak; ///< The largest of its run.
} qube_rank_comparison;

/// A unit of the pipeline's own formulas: an array that was missed shows as a 1 in one of them.
typedef struct qube_unit {
    const char *symbol; ///< "p", "m", "x", ...
    const char *words; ///< The product that it is: "n_modes^2".
    int64_t bytes; ///< Its bytes; on a grid, a rank's share.
} qube_unit;

/// A figure that differs from its prediction by 2 per cent or more.
typedef struct qube_difference {
    const char *stage; ///< The name of the stage; "lifetime" for the run.
    /// What it may be: "+4.0 m: four arrays of n_modes^2 that the budget does not name".
    const char *may_be;
    int64_t bytes; ///< How much more was measured than predicted.
    int32_t is_peak; ///< 1: of the peak; 0: of the end.
    int32_t reserved; ///< 0
} qube_difference;

/// Everything that a comparison tells, filled by qube_comparison_get().
typedef struct qube_comparison_view {
    size_t struct_size; ///< sizeof(qube_comparison_view), set by the caller
    /// The stages of the budget, in its order; of several ranks the largest of each figure.
    const qube_stage_comparison *stages;
    int64_t n_stages; ///< How many there are.
    /// Steps that were measured and that the prediction does not have.
    const char *const *not_predicted;
    int64_t n_not_predicted; ///< How many there are.
    int64_t unit_bytes; ///< The bytes of the first unit, n_pix^2 doubles; 0 where there is none.
    /// What the process held before the first stage; -1 where it was not measured.
    int64_t baseline_bytes;
    qube_figure lifetime_peak; ///< The largest of the run.
    /// Rank by rank, where several were measured or a grid was given.
    const qube_rank_comparison *ranks;
    int64_t n_ranks; ///< How many there are.
    const qube_unit *units; ///< The pipeline's own units.
    int64_t n_units; ///< How many there are.
    /// Figures that differ from their prediction, and what each may be.
    const qube_difference *differences;
    int64_t n_differences; ///< How many there are.
    const char *const *notes; ///< What to know of this run's figures, a line each.
    int64_t n_notes; ///< How many lines there are.
    /// Beside a request 1: all that was measured is within it, 0: it is not; -1: beside a budget.
    int32_t within_request;
    int32_t reserved; ///< 0
} qube_comparison_view;

/// Puts what a run measured beside its budget. What was measured is the text of
/// - a log, a figure a line: "STAGE SIZE" (when the stage ends), "STAGE entry SIZE", "STAGE peak
///   SIZE" (the largest in it), "baseline SIZE" (before the first stage; it is taken off) or
///   "lifetime peak SIZE" (the largest of the run). A size is in bytes, or a decimal with KiB, MiB,
///   GiB or TiB, or with kB, MB, GB or TB, which are powers of 1024 unless a line "mb 1000" says
///   otherwise. "rank N", or "row N" and "column N", say which rank it was; # begins a comment;
/// - a document with schema ("qube-measured/1"), baseline_bytes, peak_rss_bytes (the largest of the
///   run) and stages (each: name, entry_rss_bytes, rss_bytes, peak_rss_bytes); only stages must be
///   there, and of a stage its name and one size. A meter writes it: qube_meter_render();
/// - the profile that QUBE's benchmarks write, whose MB are 2^20 bytes. A stage ends with the entry
///   of the next one, as its exit is sampled within;
/// - what sacct prints (MaxRSS), or /usr/bin/time -v: the largest of the run.
///
/// @param budget      the budget
/// @param measured    what the run measured, resident sizes
/// @param comparison  receives the comparison, to be freed by qube_comparison_free(); NULL on
///                    failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (what was measured cannot be
///         read; the message gives the line), QUBE_ERR_UNKNOWN_STAGE (the message lists the names;
///         beside ECLIPSE's published sums all its steps may be measured), QUBE_ERR_OVERFLOW
int32_t qube_budget_compare(const qube_budget *budget,
                            const char *measured,
                            qube_comparison **comparison);

/// The same rank by rank. A record that names no rank is that of rank 0, 1, 2 and on, in order;
/// ranks of a grid are numbered row by row. One record of all ranks (qube_meter_reduce()) has its
/// fullest and its least beside those of the grid.
///
/// @param budget      the budget
/// @param grid        the grid of block-cyclic matrices; NULL: each rank holds all of the budget
/// @param measured    n_measured records, each as for qube_budget_compare()
/// @param n_measured  how many there are, 1 or more
/// @param comparison  receives the comparison, to be freed by qube_comparison_free(); NULL on
///                    failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_ABI (struct_size, or unknown fields
///         set), QUBE_ERR_INPUT (n_measured, or a size of the grid outside its range),
///         QUBE_ERR_DOCUMENT and QUBE_ERR_UNKNOWN_STAGE (as for qube_budget_compare()),
///         QUBE_ERR_POSITION (a rank that the grid does not have), QUBE_ERR_DUPLICATE (two records
///         of one rank), QUBE_ERR_CONFLICT (a record of all ranks of another grid),
///         QUBE_ERR_OVERFLOW
int32_t qube_budget_compare_ranks(const qube_budget *budget,
                                  const qube_grid *grid,
                                  const char *const *measured,
                                  int64_t n_measured,
                                  qube_comparison **comparison);

/// Puts the resident sizes that a run measured beside its request: what a rank holds at the peak of
/// a stage with its input and its baseline, without and with the margin. Nothing is taken off what
/// was measured.
///
/// @param request     the request
/// @param measured    n_measured records, each as for qube_budget_compare()
/// @param n_measured  how many there are, 1 or more
/// @param comparison  receives the comparison, to be freed by qube_comparison_free(); NULL on
///                    failure
/// @return as for qube_budget_compare_ranks()
int32_t qube_request_compare(const qube_request *request,
                             const char *const *measured,
                             int64_t n_measured,
                             qube_comparison **comparison);

/// Frees a comparison.
///
/// @param comparison  the comparison, in use by no other thread; NULL does nothing
void qube_comparison_free(qube_comparison *comparison);

/// Everything that a comparison tells.
///
/// @param comparison  the comparison
/// @param view        receives it; its struct_size must be set. What it points to lives as long as
///                    the comparison
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_comparison_get(const qube_comparison *comparison, qube_comparison_view *view);

/// A comparison as a document: of every stage what it ends with and its peak, predicted and
/// measured, in GiB (2^30 bytes) and in units of n_pix^2 doubles, the difference, and what it may
/// be in each unit of the pipeline; the same of each rank.
///
/// The JSON document has schema ("qube-compare/1"), path, program, release, model, against
/// ("budget" or "request"), n_pix, unit_bytes, units (each: symbol, words, bytes), baseline_bytes,
/// stages (each: name, end, peak), lifetime_peak, beside a request within_request, of ranks grid
/// and ranks (each: rank, row, column, baseline_bytes, stages, lifetime_peak), differences (each:
/// stage, figure, bytes, units, may_be), not_measured (names of stages), not_predicted, notes. end,
/// peak and lifetime_peak have predicted_bytes, beside a request requested_bytes, measured_bytes,
/// above_baseline_bytes, predicted_units, measured_units, difference_bytes, difference_percent;
/// what is not known is null. Fields may be added, none renamed. qube_job.calibration reads it.
///
/// @param comparison  the comparison
/// @param format      QUBE_FORMAT_TABLE, _JSON, _MARKDOWN, _TRACE (predicted and measured as two
///                    tracks), _BARS or _BARS_ASCII
/// @param text        receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format)
int32_t qube_comparison_render(const qube_comparison *comparison, int32_t format, char **text);

/* ==============================================================================================
 * Meters: what a run really holds, stage by stage, read at run time
 * ============================================================================================== */

#define QUBE_REDUCTION_LARGEST 1 ///< The largest value of all ranks.
#define QUBE_REDUCTION_LEAST 2 ///< The least.
#define QUBE_REDUCTION_SUM 3 ///< The sum.

/// Replaces values by those of all ranks, as MPI_Allreduce does in place with MPI_INT64_T. It is
/// called on the calling thread, during the call, and must neither throw nor longjmp.
///
/// @param user       user of qube_meter_reduce()
/// @param reduction  QUBE_REDUCTION_LARGEST, _LEAST or _SUM
/// @param values     the values, to be replaced
/// @param n_values   how many there are, the same on all ranks
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
typedef int32_t (*qube_reduce_callback)(void *user,
                                        int32_t reduction,
                                        int64_t *values,
                                        int64_t n_values);

/// A resident size that was read.
typedef struct qube_measured_figure {
    /// Of this process, or the largest of all ranks after qube_meter_reduce(); -1: not known.
    int64_t bytes;
    int64_t least_bytes; ///< The least of all ranks; -1: not reduced, or not known on each.
    int64_t sum_bytes; ///< The sum of all ranks, likewise.
    int64_t fullest_rank; ///< The rank that holds the largest, the first of several, likewise.
} qube_measured_figure;

/// What was read of a stage.
typedef struct qube_measured_stage {
    const char *name; ///< The name of the stage.
    qube_measured_figure entry; ///< When it began.
    qube_measured_figure end; ///< When it ended.
    qube_measured_figure peak; ///< The largest in it.
} qube_measured_stage;

/// Everything that a meter tells, filled by qube_meter_get().
typedef struct qube_meter_view {
    size_t struct_size; ///< sizeof(qube_meter_view), set by the caller
    /// The stages that have ended, in the order in which they began.
    const qube_measured_stage *stages;
    int64_t n_stages; ///< How many there are.
    int64_t baseline_bytes; ///< What the process held when the meter was made; -1: not known.
    qube_measured_figure lifetime_peak; ///< The largest of the life of the process.
    /// The largest of the process's control group: of all its processes, with the pages of files
    /// that they read; -1: no group tells it.
    int64_t cgroup_peak_bytes;
    int64_t n_ranks; ///< How many ranks the figures are of; 0 before qube_meter_reduce().
    const char *const *notes; ///< What this system cannot read, and the consequences, a line each.
    int64_t n_notes; ///< How many lines there are.
} qube_meter_view;

/// What qube_meter_read() found at a border of two stages.
typedef struct qube_reading {
    int64_t resident_bytes; ///< The resident size; -1: not known.
    /// The largest since the mark was set back, or of the life of the process; -1: not known.
    int64_t peak_bytes;
    int32_t is_reset; ///< 1: the kernel's high-water mark was set back to the resident size here.
    int32_t reserved; ///< 0
} qube_reading;

/// A meter of this process. What it holds now is the baseline.
///
/// The meter reads /proc/self/status (VmRSS, VmHWM) at each border and sets the mark VmHWM back
/// through /proc/self/clear_refs, so that the mark at the next border is the peak between. Where it
/// cannot be set back it only rises, and the peak of a stage below an earlier one is not known;
/// without /proc the peak is that of getrusage. The notes of the view say what is not known. No
/// thread is started; a border takes some 50 microseconds.
///
/// @param rank   the number of this rank, for its record, 0 or more; -1: none
/// @param meter  receives the meter, to be freed by qube_meter_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (rank)
int32_t qube_meter_new(int64_t rank, qube_meter **meter);

/// Marks a border: the stage before ends, and this one begins. A stage that is entered again keeps
/// its first entry, its last end and the larger peak.
///
/// @param meter  the meter; views of it end here
/// @param stage  the name of the stage, as in the budget; UTF-8 without control characters
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL (the name), QUBE_ERR_TOO_LARGE
///         (more than 4096 stages), QUBE_ERR_DOCUMENT (a meter of readings has ended)
int32_t qube_meter_stage(qube_meter *meter, const char *stage);

/// Marks the end of the last stage.
///
/// @param meter  the meter; views of it end here
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_DOCUMENT (no stage has begun, or a meter of readings)
int32_t qube_meter_end(qube_meter *meter);

/// Makes the record one of all ranks: of each figure the largest, the least, the sum, and the rank
/// that holds most. Each rank calls it, after the same stages; the library sends nothing itself.
/// Five reductions in the same order on each rank, also where the ranks marked different stages,
/// which is an error on all of them.
///
/// @param meter   the meter, made with the number of its rank; views of it end here
/// @param reduce  the reduction
/// @param user    passed to it
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (a meter without a rank), QUBE_ERR_CALLBACK
///         (the reduction failed), QUBE_ERR_DOCUMENT (the ranks marked different stages)
int32_t qube_meter_reduce(qube_meter *meter, qube_reduce_callback reduce, void *user);

/// Everything that a meter tells.
///
/// @param meter  the meter
/// @param view   receives it; its struct_size must be set. What it points to lives until the meter
///               marks another border, is reduced or freed
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_meter_get(const qube_meter *meter, qube_meter_view *view);

/// The record as a document, which qube_budget_compare() reads.
///
/// The JSON document has schema ("qube-measured/1"), rank, host, baseline_bytes, peak_rss_bytes (of
/// the life of the process), cgroup_peak_bytes, stages (each: name, entry_rss_bytes, rss_bytes at
/// its end, peak_rss_bytes) and notes; what is not known is absent. Of all ranks it has ranks, the
/// largest figures, and beside each an object (entry_rss_ranks, rss_ranks, peak_rss_ranks) with
/// least_bytes, sum_bytes and fullest_rank. Fields may be added, none renamed.
///
/// @param meter   the meter
/// @param format  QUBE_FORMAT_JSON
/// @param text    receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format)
int32_t qube_meter_render(const qube_meter *meter, int32_t format, char **text);

/// Frees a meter.
///
/// @param meter  the meter, in use by no other thread; NULL does nothing
void qube_meter_free(qube_meter *meter);

/// Reads this process as a meter does, and sets the high-water mark back. For hosts that keep the
/// readings themselves, and make a meter of them in the end by qube_meter_of_readings().
///
/// @param reading  receives what was found
/// @return QUBE_OK; QUBE_ERR_NULL
int32_t qube_meter_read(qube_reading *reading);

/// A meter that has ended, of readings that a host kept: the first is the start of the meter, each
/// further one a border.
///
/// @param rank        the number of this rank, 0 or more; -1: none
/// @param stages      n_readings names of the stages that begin; NULL where one ends and no other
///                    begins, and for the first
/// @param readings    n_readings readings of qube_meter_read()
/// @param n_readings  how many there are, 1 or more
/// @param meter       receives the meter, to be freed by qube_meter_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (rank, n_readings, a negative size),
///         QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_TOO_LARGE, QUBE_ERR_DOCUMENT (as for
///         qube_meter_stage() and qube_meter_end())
int32_t qube_meter_of_readings(int64_t rank,
                               const char *const *stages,
                               const qube_reading *readings,
                               int64_t n_readings,
                               qube_meter **meter);

/* ==============================================================================================
 * Tables of spaces, and what the domain sizes of composite indices come to
 * ============================================================================================== */

/// A power mean of the domain sizes of a composite index: (sum over pairs of d^k / pairs)^(1/k). It
/// is called when a network is built or read, on that thread: for every composite index without
/// power means, in the order of the network, with k = 1 to the number of composite indices of the
/// network that have the same protos. It may call the library, but must neither throw nor longjmp,
/// nor change or free the builder or table that holds it.
///
/// @param user    what was given with the callback
/// @param label   the label of the index with its protos, valid during the call
/// @param space   its space, valid during the call
/// @param extent  its mean domain size, elements
/// @param k       the order, 1 or more
/// @param mean    0 before; to be set, elements, finite and above 0
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
typedef int32_t (*qube_inner_pow_callback)(void *user,
                                           const char *label,
                                           const char *space,
                                           int64_t extent,
                                           int64_t k,
                                           double *mean);

/// Frees the user pointer of a callback, when the last object that holds the callback is freed or
/// gets another one; on the thread that does so. It must neither throw nor longjmp.
typedef void (*qube_free_user)(void *user);

/// Makes an empty table.
///
/// @param spaces  receives the table, to be freed by qube_spaces_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL
int32_t qube_spaces_create(qube_spaces **spaces);

/// Frees a table. Networks that were read with it stay valid.
///
/// @param spaces  the table, in use by no other thread; NULL does nothing
void qube_spaces_free(qube_spaces *spaces);

/// Adds a space.
///
/// @param spaces         the table
/// @param space          its name: the labels of its indices up to the first _ or digit
/// @param extent         elements, 1 or more; of composite indices the mean domain size
/// @param power_means    power_means[k-1] = (sum over pairs of d^k / pairs)^(1/k), elements, of the
///                       domain sizes d of composite indices; finite and above 0. NULL: plain
///                       indices, composite ones whose extents are all the same, or those of a
///                       callback
/// @param n_power_means  how many there are; a network needs as many as it has composite indices
///                       with the same protos
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_EXTENT,
///         QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE, QUBE_ERR_INPUT (n_power_means)
int32_t qube_spaces_add(qube_spaces *spaces,
                        const char *space,
                        int64_t extent,
                        const double *power_means,
                        int64_t n_power_means);

/// Sets the callback that gives the power means of composite indices whose spaces have none in the
/// table, when a term is read with it.
///
/// @param spaces     the table
/// @param callback   NULL: none, as in a new table; then the extent stands for every k, and user
///                   and free_user do not count
/// @param user       handed to the callback as it is; may be NULL
/// @param free_user  frees user when the table is freed or gets another callback; NULL: user is the
///                   host's, and outlives the table. After a failure it is the host's in any case.
///                   Networks do not hold the callback.
/// @return QUBE_OK; QUBE_ERR_NULL
int32_t qube_spaces_set_inner_pow_callback(qube_spaces *spaces,
                                           qube_inner_pow_callback callback,
                                           void *user,
                                           qube_free_user free_user);

/// Power means of the domain sizes of composite indices, for qube_spaces_add() and
/// qube_network_builder_add_composite(): means[k-1] = (sum over pairs of d^k / pairs)^(1/k).
///
/// @param domains    domain sizes d of all pairs, elements, 0 or more, one at least above 0
/// @param n_domains  how many there are
/// @param means      receives the means of order 1 to n_means, elements
/// @param n_means    how many are wanted, 0 to 1024: a network needs as many as it has composite
///                   indices with the same protos
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POWER_MEAN, QUBE_ERR_INPUT (n_domains, n_means)
int32_t qube_power_means(const int64_t *domains, int64_t n_domains, double *means, int64_t n_means);

/* ==============================================================================================
 * Networks and their builder
 * ============================================================================================== */

/// What an index is in a network: contracted, that is summed at some contraction.
#define QUBE_ROLE_CONTRACTED 0
/// What an index is in a network: external, that is open in the result.
#define QUBE_ROLE_EXTERNAL 1

/// An index of a network. Its number is its place among the indices of the view.
typedef struct qube_index {
    const char *label; ///< Its label.
    const char *space; ///< Its space.
    int64_t extent; ///< Elements; of a composite index the mean domain size.
    const int64_t *protos; ///< Numbers of the indices that its extent depends on.
    int64_t n_protos; ///< How many there are; 0 for a plain index.
    const double *power_means; ///< Power means of its domain sizes, of order 1 and up.
    int64_t n_power_means; ///< How many there are.
    int32_t role; ///< QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL.
    int32_t reserved; ///< 0
} qube_index;

/// A tensor of a network.
typedef struct qube_tensor {
    const char *label; ///< Its label.
    const int64_t *indices; ///< Numbers of the indices in its slots, in their order.
    int64_t n_indices; ///< How many slots there are; 0 for a scalar.
} qube_tensor;

/// Everything that a network tells, filled by qube_network_get().
typedef struct qube_network_view {
    size_t struct_size; ///< sizeof(qube_network_view), set by the caller
    const qube_index *indices; ///< The indices, those that are only protos included.
    int64_t n_indices; ///< How many there are.
    const qube_tensor *tensors; ///< The tensors.
    int64_t n_tensors; ///< How many there are, 1 or more.
    const int64_t *targets; ///< Numbers of the indices open in the result, increasing.
    int64_t n_targets; ///< How many there are; 0 for a scalar.
    /// What the network's document says, for the options; 0: nothing, or not of a document.
    int64_t bytes_per_element;
} qube_network_view;

/// Makes an empty builder.
///
/// @param builder  receives the builder, to be freed by qube_network_builder_free(); NULL on
///                 failure
/// @return QUBE_OK; QUBE_ERR_NULL
int32_t qube_network_builder_create(qube_network_builder **builder);

/// Frees a builder. Networks that it built stay valid.
///
/// @param builder  the builder, in use by no other thread; NULL does nothing
void qube_network_builder_free(qube_network_builder *builder);

/// Adds a plain index.
///
/// @param builder  the builder
/// @param label    unique in the network, without control characters
/// @param space    its space; NULL: the label up to the first _, digit or <
/// @param extent   elements, 1 or more
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_EXTENT,
///         QUBE_ERR_DUPLICATE, QUBE_ERR_TOO_LARGE (more than 2^20 indices)
int32_t qube_network_builder_add_index(qube_network_builder *builder,
                                       const char *label,
                                       const char *space,
                                       int64_t extent);

/// Adds a composite index: one whose extent depends on plain indices added before, its protos.
///
/// @param builder        the builder
/// @param label          unique in the network, by custom with the protos: a_1<i_1,i_2>
/// @param space          its space; NULL: the label up to the first _, digit or <
/// @param extent         mean domain size, elements, 1 or more
/// @param protos         labels of the protos
/// @param n_protos       how many there are
/// @param power_means    as for qube_spaces_add(); NULL with n_power_means 0: those of a callback;
///                       without one the extent stands for every k
/// @param n_power_means  how many there are
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_EXTENT,
///         QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE, QUBE_ERR_UNKNOWN_INDEX (a proto),
///         QUBE_ERR_DOCUMENT (a proto that is composite itself), QUBE_ERR_INPUT (a count),
///         QUBE_ERR_TOO_LARGE
int32_t qube_network_builder_add_composite(qube_network_builder *builder,
                                           const char *label,
                                           const char *space,
                                           int64_t extent,
                                           const char *const *protos,
                                           int64_t n_protos,
                                           const double *power_means,
                                           int64_t n_power_means);

/// Adds a tensor. Tensors are numbered from 0 in the order in which they are added; their labels
/// may repeat. An index may stand twice on one tensor (a trace).
///
/// @param builder    the builder
/// @param label      its label, by which policies know it
/// @param indices    labels of the indices in its slots
/// @param n_indices  how many slots there are; 0 for a scalar
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_INPUT
///         (n_indices)
int32_t qube_network_builder_add_tensor(qube_network_builder *builder,
                                        const char *label,
                                        const char *const *indices,
                                        int64_t n_indices);

/// Sets the indices open in the result, as einsum does: they may keep an index that several tensors
/// carry, or leave out one that a single tensor carries. Without this call they are those that
/// occur in exactly one slot of the whole network.
///
/// @param builder    the builder
/// @param targets    labels of the indices, each once
/// @param n_targets  how many there are; 0 for a scalar result
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_DUPLICATE,
///         QUBE_ERR_INPUT (n_targets). An index that no tensor carries is found by
///         qube_network_builder_build().
int32_t qube_network_builder_set_targets(qube_network_builder *builder,
                                         const char *const *targets,
                                         int64_t n_targets);

/// Sets the callback that gives the power means of the builder's composite indices that are added
/// without, when the network is built.
///
/// @param builder    the builder
/// @param callback   NULL: none, as in a new builder; then the extent stands for every k, and user
///                   and free_user do not count
/// @param user       handed to the callback as it is; may be NULL
/// @param free_user  as for qube_spaces_set_inner_pow_callback()
/// @return QUBE_OK; QUBE_ERR_NULL
int32_t qube_network_builder_set_inner_pow_callback(qube_network_builder *builder,
                                                    qube_inner_pow_callback callback,
                                                    void *user,
                                                    qube_free_user free_user);

/// Builds the network. The builder stays as it is and must still be freed.
///
/// @param builder  the builder
/// @param network  receives the network, to be freed by qube_network_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_NO_TENSORS, QUBE_ERR_UNKNOWN_INDEX (a target that no
///         tensor carries), QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (a callback for power means)
int32_t qube_network_builder_build(const qube_network_builder *builder, qube_network **network);

/// Reads a term in the manner of SeQuant: g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2}
/// (label, then bra;ket;aux in braces; a composite index has its protos in angle brackets). The
/// result keeps the indices that occur in exactly one slot.
///
/// @param text     the term
/// @param spaces   extents by space; the space of an index is its label up to the first _ or digit
/// @param network  receives the network, to be freed by qube_network_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_PARSE (with the position),
///         QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS, QUBE_ERR_DUPLICATE (a proto twice on one
///         index), QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (a callback for power means)
int32_t qube_network_parse(const char *text, const qube_spaces *spaces, qube_network **network);

/// Reads an einsum expression: ijk,kl->ijl. Any character but white space and , - > . is an index.
/// Without -> the result keeps those that occur once.
///
/// @param text     the expression; white space does not count
/// @param letters  extents by letter
/// @param network  receives the network, to be freed by qube_network_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_PARSE (with the position),
///         QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS, QUBE_ERR_UNKNOWN_INDEX (a letter of the
///         result that no operand has), QUBE_ERR_DUPLICATE
int32_t qube_network_einsum(const char *text, const qube_spaces *letters, qube_network **network);

/// Reads a JSON document:
/// {"indices":[{"label":"i_1","extent":56},{"label":"a_1<i_1>","space":"a","extent":12,
/// "protos":["i_1"],"power_means":[12.0]},{"label":"Κ_1","extent":1652,"batchable":true,
/// "target":236}],"tensors":[{"label":"t","indices":["a_1<i_1>","i_1"],"volatile":true}],
/// "targets":["i_1"]}. Without "targets" the result keeps the indices that occur in one slot. A
/// "bytes_per_element" is checked, and told by the view: pass it in the options.
///
/// @param text     the document
/// @param network  receives the network, to be freed by qube_network_free(); NULL on failure
/// @param policy   receives a policy with what the document says of batches and volatile tensors,
///                 to be freed by qube_policy_free(); NULL on failure. The argument may be NULL:
///                 not wanted
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (with line and column),
///         QUBE_ERR_TARGET, and those of the builder
int32_t qube_network_from_json(const char *text, qube_network **network, qube_policy **policy);

/// Frees a network. Plans made from it stay valid.
///
/// @param network  the network, in use by no other thread; NULL does nothing
void qube_network_free(qube_network *network);

/// Everything that a network tells.
///
/// @param network  the network
/// @param view     receives it; its struct_size must be set. What it points to lives as long as the
///                 network
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory),
///         QUBE_ERR_LABEL (a label with a NUL, which documents may have and C text not)
int32_t qube_network_get(const qube_network *network, qube_network_view *view);

/* ==============================================================================================
 * Batch policies: which indices may be sliced, how finely, and which tensors change
 * ============================================================================================== */

/// A rule on indices. A rule on a label overrides one on its space; a later rule replaces an
/// earlier one on the same thing. Begin with qube_index_rule_init().
typedef struct qube_index_rule {
    size_t struct_size; ///< sizeof(qube_index_rule)
    const char *label; ///< The index that the rule is on; NULL (default): a space.
    /// The space that the rule is on; NULL (default): an index. One that a network does not have
    /// does nothing there.
    const char *space;
    /// Loops may slice it: the most elements of a batch, 1 or more; 0 (default): nothing is said.
    int64_t target;
    /// A batch has whole tiles of this many elements, one at least, in either role; 0 (default):
    /// nothing is said, which means 1.
    int64_t tile;
    /// Where target holds: QUBE_ROLE_CONTRACTED (default), or QUBE_ROLE_EXTERNAL: open in the
    /// result, which is then put together block by block, as _TIME_SPACE_BATCHED and
    /// _SPACE_TIME_BATCHED do.
    int32_t role;
    int32_t reserved; ///< 0
} qube_index_rule;

/// A rule on tensors. Begin with qube_tensor_rule_init().
typedef struct qube_tensor_rule {
    size_t struct_size; ///< sizeof(qube_tensor_rule)
    /// The label of the tensors that the rule is on; NULL (default): one tensor by its number.
    const char *label;
    /// The number of the tensor that the rule is on, in any network; -1 (default): a label.
    int64_t tensor;
    /// 1 (default): it changes on every iteration. 0 is refused: what no rule names is persistent.
    int32_t is_volatile;
    int32_t reserved; ///< 0
} qube_tensor_rule;

/// Whether loops may slice an index, and into which batches. It is called by calls that are given
/// the policy and a network, on their thread: qube_optimize(), qube_optimize_custom(),
/// qube_optimize_many() (for all terms before the first is planned), qube_plan_verify() and
/// qube_policy_resolve(). They ask once about every index of the network, in its order, of which no
/// rule says anything by label or space in its role; then about the tensors. It may call the
/// library, but must neither throw nor longjmp, nor change or free the policy. Calls on several
/// threads that share a policy may call it at the same time.
///
/// @param user          batchable_user of the settings
/// @param label         the label of the index, valid during the call
/// @param space         its space, valid during the call
/// @param extent        elements; of a composite index the mean domain size
/// @param role          QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL, what the index is in the
///                      network
/// @param is_batchable  0 before; 1: loops may slice it
/// @param target        0 before; where it is batchable the most elements of a batch, 1 or more
/// @param tile          1 before; where it is batchable the elements of a tile, 1 or more; rules on
///                      tiles by label or space override it
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
typedef int32_t (*qube_batchable_callback)(void *user,
                                           const char *label,
                                           const char *space,
                                           int64_t extent,
                                           int32_t role,
                                           int32_t *is_batchable,
                                           int64_t *target,
                                           int64_t *tile);

/// Whether a tensor changes on every iteration. It is called as qube_batchable_callback is, once
/// for every tensor, in the order of the network, that is not volatile by label or number.
///
/// @param user         volatile_user of the settings
/// @param label        the label of the tensor, valid during the call
/// @param tensor       its number in the network, from 0
/// @param is_volatile  0 before; 1: it changes on every iteration
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
typedef int32_t (*qube_volatile_callback)(void *user,
                                          const char *label,
                                          int64_t tensor,
                                          int32_t *is_volatile);

/// Settings of a policy beside its rules. Begin with qube_policy_settings_init().
typedef struct qube_policy_settings {
    size_t struct_size; ///< sizeof(qube_policy_settings)
    /// How much of a batch's contribution lives beside the accumulator while it is added: 0
    /// (default): nothing; 1: all of it. 0, or 1e-9 to 1e18.
    double accumulation_factor;
    /// The memory that a plan has to fit, bytes, for _TIME_SPACE_BATCHED and _SPACE_TIME_BATCHED; 0
    /// (default): unlimited.
    int64_t peak_threshold;
    /// Which indices loops may slice, where no rule says so; NULL (default): none.
    qube_batchable_callback batchable;
    void *batchable_user; ///< Handed to batchable as it is; may be NULL.
    /// Frees batchable_user; NULL (default): it is the host's, and outlives all policies with it.
    qube_free_user free_batchable_user;
    /// Which tensors change on every iteration, where no rule says so; NULL (default): none.
    qube_volatile_callback is_volatile;
    void *volatile_user; ///< Handed to is_volatile as it is; may be NULL.
    qube_free_user free_volatile_user; ///< As free_batchable_user.
    /// 1: no loops over contracted indices around subtrees that hold a volatile tensor. 0
    /// (default): there, too.
    int32_t persistent_only;
    int32_t reserved; ///< 0
} qube_policy_settings;

/// Fills a rule with the defaults: nothing is named, nothing is said.
///
/// @param rule         the struct to fill
/// @param struct_size  sizeof *rule
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_index_rule_init(qube_index_rule *rule, size_t struct_size);

/// Fills a rule with the defaults: volatile, no tensor named.
///
/// @param rule         the struct to fill
/// @param struct_size  sizeof *rule
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_tensor_rule_init(qube_tensor_rule *rule, size_t struct_size);

/// Fills settings with the defaults: those of a new policy.
///
/// @param settings     the struct to fill
/// @param struct_size  sizeof *settings
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_policy_settings_init(qube_policy_settings *settings, size_t struct_size);

/// Makes a policy under which nothing may be sliced, and nothing changes.
///
/// @param policy  receives the policy, to be freed by qube_policy_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL
int32_t qube_policy_create(qube_policy **policy);

/// Makes a policy that rules as another, with the same callbacks.
///
/// @param original  the other
/// @param policy    receives the policy, to be freed by qube_policy_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL
int32_t qube_policy_clone(const qube_policy *original, qube_policy **policy);

/// Frees a policy.
///
/// @param policy  the policy, in use by no other thread; NULL does nothing
void qube_policy_free(qube_policy *policy);

/// Sets all settings of a policy; its rules stay.
///
/// @param policy    the policy
/// @param settings  the settings. A user pointer is the policy's from now on where it comes with a
///                  callback and a function that frees it; after a failure it is the host's
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_OPTION (accumulation_factor, peak_threshold), QUBE_ERR_INPUT (persistent_only)
int32_t qube_policy_set(qube_policy *policy, const qube_policy_settings *settings);

/// Adds a rule on indices.
///
/// @param policy  the policy
/// @param rule    an index or a space, and a target, a tile or both
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_UTF8, QUBE_ERR_TARGET (a size below 0, or none at all), QUBE_ERR_OPTION (role,
///         a label and a space, or neither)
int32_t qube_policy_add_index_rule(qube_policy *policy, const qube_index_rule *rule);

/// Adds a rule on tensors.
///
/// @param policy  the policy
/// @param rule    a label or the number of a tensor, and what holds of it
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_UTF8, QUBE_ERR_OPTION (a label and a number, or neither), QUBE_ERR_INPUT (a
///         number below 0, is_volatile other than 1)
int32_t qube_policy_add_tensor_rule(qube_policy *policy, const qube_tensor_rule *rule);

/// Adds what a document says: rules replace those on the same thing, settings that it has replace
/// the policy's.
///
/// @param policy  the policy; unchanged on failure
/// @param text    the document, schema "qube-policy/1", as qube_policy_render() writes it
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (with line and column),
///         QUBE_ERR_TARGET, QUBE_ERR_OPTION
int32_t qube_policy_add_json(qube_policy *policy, const char *text);

/// A policy as a document.
///
/// @param policy  the policy
/// @param format  QUBE_FORMAT_TABLE (in words), or _JSON, which qube_policy_add_json() reads
/// @param text    receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format), QUBE_ERR_DOCUMENT (a policy with
///         callbacks has no JSON: resolve it first)
int32_t qube_policy_render(const qube_policy *policy, int32_t format, char **text);

/* ==============================================================================================
 * Resolved policies: what a policy rules for one network
 * ============================================================================================== */

/// How loops may slice an index of a network.
typedef struct qube_resolved_index {
    int64_t target; ///< The most elements of a batch; 0 where the index must not be sliced.
    /// A batch has whole tiles of this many elements; 0 where the index must not be sliced.
    int64_t tile;
    /// Elements of a batch: target rounded down to whole tiles, one tile at least, and no more than
    /// the extent, which it is where the index must not be sliced. The last batch may be shorter.
    int64_t batch;
    int64_t batches; ///< How many batches there are; 1 where the index must not be sliced.
    int32_t role; ///< QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL: what the index is in the network.
    int32_t is_batchable; ///< 1: loops may slice it.
} qube_resolved_index;

/// Everything that a policy rules for one network, filled by qube_resolved_policy_get().
typedef struct qube_resolved_policy_view {
    size_t struct_size; ///< sizeof(qube_resolved_policy_view), set by the caller
    const qube_resolved_index *indices; ///< By number of the index.
    int64_t n_indices; ///< How many there are.
    const int32_t *is_volatile; ///< By number of the tensor, 1: it changes on every iteration.
    int64_t n_tensors; ///< How many tensors there are.
    double accumulation_factor; ///< As in qube_policy_settings.
    int64_t peak_threshold; ///< As in qube_policy_settings; 0: unlimited.
    int32_t persistent_only; ///< As in qube_policy_settings.
    int32_t reserved; ///< 0
} qube_resolved_policy_view;

/// What a policy rules for one network. Callbacks are asked now, and never again.
///
/// @param policy    the policy
/// @param network   the network
/// @param resolved  receives the answer, to be freed by qube_resolved_policy_free(); NULL on
///                  failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION (a rule on a tensor that is not there),
///         QUBE_ERR_CALLBACK, QUBE_ERR_TARGET (a size below 1 from a callback)
int32_t qube_policy_resolve(const qube_policy *policy,
                            const qube_network *network,
                            qube_resolved_policy **resolved);

/// Frees a resolved policy.
///
/// @param resolved  the resolved policy, in use by no other thread; NULL does nothing
void qube_resolved_policy_free(qube_resolved_policy *resolved);

/// Everything that a policy rules for one network.
///
/// @param resolved  the resolved policy
/// @param view      receives it; its struct_size must be set. What it points to lives as long as
///                  the resolved policy
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_resolved_policy_get(const qube_resolved_policy *resolved,
                                 qube_resolved_policy_view *view);

/// A resolved policy as a document, without callbacks: rules by label of the index and number of
/// the tensor.
///
/// @param resolved  the resolved policy
/// @param format    QUBE_FORMAT_TABLE or _JSON, which qube_policy_add_json() reads
/// @param text      receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format)
int32_t qube_resolved_policy_render(const qube_resolved_policy *resolved,
                                    int32_t format,
                                    char **text);

/* ==============================================================================================
 * Options of an optimization, its progress, and the optimization of one term
 * ============================================================================================== */

#define QUBE_DENSE_FLOPS 0 ///< Objective: least work. The names are SeQuant's.
/// Objective: least storage of operands and results, summed over the contractions.
#define QUBE_DENSE_SIZE 1
/// Objective: least work among the plans whose peak memory is near the least.
#define QUBE_DENSE_PEAK_SIZE 2
/// Objective: the same, where loops may slice batchable indices.
#define QUBE_DENSE_PEAK_SIZE_BATCHED 3
/// Objective: least work, and of the plans with that the least peak memory.
#define QUBE_DENSE_TIME_SPACE 4
/// Objective: least work among the plans whose peak fits the policy's threshold, where loops may
/// slice contracted and external indices and what they repeat is charged; then the fewest sliced
/// indices, then the least peak. Where nothing fits: least work, then least peak. A result that a
/// loop around it need not repeat is charged once, and counts in the peak until its first use.
#define QUBE_DENSE_TIME_SPACE_BATCHED 5
/// Objective: the same, but the least peak right after the least work; where nothing fits, the
/// least peak before the least work.
#define QUBE_DENSE_SPACE_TIME_BATCHED 6

/// Objective of plans that qube_optimize_custom made: least under a cost model of the host's own.
/// Apart from the others, which are numbered from 0; qube_optimize does not take it.
#define QUBE_CUSTOM 100

#define QUBE_BOUNDED_COST 0 ///< A lower bound is one on the cost.
#define QUBE_BOUNDED_PEAK 1 ///< A lower bound is one on the peak, elements.

/// How far an optimization has come.
typedef struct qube_progress {
    size_t struct_size; ///< sizeof(qube_progress) as the library knows it
    int64_t states; ///< States expanded so far in the search for a plan; 0 after a term of many.
    double value; ///< The least that a plan is known to come to; DBL_MAX where none is known.
    double lower_bound; ///< What no plan goes below.
    int64_t terms_done; ///< Terms of qube_optimize_many() that have been planned; 0 for one term.
    int64_t n_terms; ///< Terms there are; 1 for one term.
    /// What value and lower_bound are: QUBE_BOUNDED_COST or QUBE_BOUNDED_PEAK; where the peak
    /// counts, the least peak is searched first.
    int32_t bounded;
    int32_t reserved; ///< 0
} qube_progress;

/// Called on the calling thread of qube_optimize() and qube_optimize_custom() before the first
/// state is expanded, and then after every 256 states, or some milliseconds of a search without
/// them; of qube_optimize_many() after each term. It may call the library, but must neither throw
/// nor longjmp.
///
/// @param user      progress_user of the options
/// @param progress  how far it has come, valid during the call
/// @return 0 to go on; anything else stops the search for one plan as a limit does, with the best
///         plan so far, and ends qube_optimize_many() with QUBE_ERR_CALLBACK
typedef int32_t (*qube_progress_callback)(void *user, const qube_progress *progress);

/// Options of an optimization. Begin with qube_options_init(); the defaults are SeQuant's.
typedef struct qube_options {
    size_t struct_size; ///< sizeof(qube_options)
    /// How often a contraction that depends on a volatile tensor is carried out, for one of those
    /// that do not; 1e-9 to 1e18, default 1. The additive objectives count at least 1.
    double volatile_weight;
    /// Cost of one element of an intermediate's footprint, additive objectives only; 0, or
    /// 1e-9 to 1e18, default 0.
    double footprint_weight;
    /// How far above the least peak a plan may be to save work, as a fraction, _PEAK_SIZE and
    /// _PEAK_SIZE_BATCHED only; 0, or 1e-9 to 1e18, default 0.10.
    double peak_flops_tolerance;
    /// Roofline, all objectives but the additive ones: multiply-add pairs that take as long as
    /// moving one element (8 F / B for F pairs and B bytes a second); 0 (default): off. All four:
    /// 0, or 1e-9 to 1e18.
    double machine_balance;
    /// Roofline: elements of fast memory; 0 (default): operands and result are moved once.
    double fast_mem_elems;
    double block_tiles; ///< Roofline: blocks that fast memory holds at a time; default 3.
    double block_prefactor; ///< Roofline: factor of the blocked traffic; default 1.
    int64_t bytes_per_element; ///< Bytes of one element, 1 to 1024; default 8.
    /// Limit: states that the search expands, ways to contract a set of tensors that it goes on
    /// from; 0 (default): none. See qube_optimize() for what happens at a limit.
    int64_t max_states;
    /// Limit: seconds, 1e-9 to 1e9; 0 (default): none. The plan then depends on the machine, and
    /// may differ between MPI ranks.
    double max_seconds;
    /// Limit: bytes of the tables of the search, up to 2^37; 0 (default): 1 GiB.
    int64_t max_bytes;
    /// Called on the calling thread while a search runs, and after each term of
    /// qube_optimize_many(); NULL (default): no reports.
    qube_progress_callback progress;
    void *progress_user; ///< Handed to progress as it is; may be NULL.
    /// QUBE_DENSE_FLOPS (default), _SIZE, _PEAK_SIZE, _PEAK_SIZE_BATCHED, _TIME_SPACE,
    /// _TIME_SPACE_BATCHED or _SPACE_TIME_BATCHED.
    int32_t objective;
    /// 1 (default): search connected subsets only; 0: outer products too. A network that is not
    /// connected is always searched with them.
    int32_t prune_outer_products;
    /// 1 (default): size composite indices by their power means; 0: by their extents.
    int32_t use_inner_pow;
    /// 1: pay for intermediates that are equal up to a renaming of indices once within the term,
    /// additive objectives only; 0 (default): each time. The first is computed, the others are
    /// shared with it: see qube_node. Tensors of one label are one tensor, here.
    int32_t subnet_cse;
    /// 1: find all points (peak, cost) among which the plan is chosen, where the peak counts, which
    /// takes longer; 0 (default): the chosen one only. The plan is the same.
    int32_t frontier;
    /// 1: refuse plans that are not proven best in the space searched (QUBE_ERR_LIMIT);
    /// 0 (default): take the best plan so far where a search stops at a limit.
    int32_t require_optimal;
} qube_options;

/// Fills options with the defaults.
///
/// @param options      the struct to fill
/// @param struct_size  sizeof *options
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_options_init(qube_options *options, size_t struct_size);

/// Finds the best plan of a network, on the calling thread: proven best in the space searched. Of
/// 64 tensors at most for work, storage and peaks (QUBE_DENSE_FLOPS, _SIZE, _PEAK_SIZE,
/// _TIME_SPACE; QUBE_DENSE_PEAK_SIZE_BATCHED where slicing is free: nothing is charged for
/// accumulation, and no volatile tensors keep loops away), as far as trees do not compete too much;
/// of 16 where slicing is not free, and under the objectives with a threshold on the peak. There,
/// of 17 to 64 tensors, a good plan is found: loops are chosen on trees of easier searches, which
/// bound what is least. Of more than 64 tensors, up to 4096, a good plan is found by greedy trees,
/// annealing and exact windows, without loops for a threshold on the peak, sharing, and slicing
/// that is not free: the summary says that it is not proven best. That takes about a second for a
/// hundred tensors, and some ten for a thousand. At a limit of the options a search stops with the
/// best plan so far: the summary then says that it is not proven best, what no plan goes below, and
/// how far the best one may be. Built in are 1 GiB, and from 31 tensors on one or two seconds'
/// worth of steps; with up to 30 tensors some ten seconds' worth, and QUBE_ERR_TOO_LARGE if nothing
/// is proven then and no limit was set. With subnet_cse the search is repeated for decisions on
/// what to share, within a limit on the work: the summary says whether the plan is proven best, and
/// what no plan goes below.
///
/// @param network  what to contract
/// @param policy   what may be sliced; NULL: nothing
/// @param options  objective, weights, limits and progress; NULL: the defaults
/// @param plan     receives the plan, to be freed by qube_plan_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_TOO_LARGE (tensors, batchable indices or table), QUBE_ERR_OPTION,
///         QUBE_ERR_INPUT (a truth value), QUBE_ERR_POWER_MEAN (a table shorter than the network
///         needs), QUBE_ERR_OVERFLOW (the product of all extents leaves 2^-700 to 2^700; with more
///         than 64 tensors, the elements of a tensor or the work of a contraction exceed 2^700),
///         QUBE_ERR_LIMIT (a limit, or memory that could not be had, leaves no plan, or none with
///         the proof that require_optimal asks for), QUBE_ERR_CALLBACK (stopped by progress with
///         require_optimal), and those of qube_policy_resolve()
int32_t qube_optimize(const qube_network *network,
                      const qube_policy *policy,
                      const qube_options *options,
                      qube_plan **plan);

/* ==============================================================================================
 * Plans: an order of contraction with every number that belongs to it
 * ============================================================================================== */

/// Cache: not to be kept; volatile, or used by persistent nodes only, or the result of the term.
#define QUBE_CACHE_TRANSIENT 0
/// Cache: persistent and taken by a volatile node, so worth keeping for the next replay.
#define QUBE_CACHE_KEEP 1
/// Cache: as QUBE_CACHE_KEEP, but the node only ever exists in slices: a loop around it goes in
/// more than one batch over an index that is open in it.
#define QUBE_CACHE_SLICED 2

/// A loop over batches of an index.
typedef struct qube_loop {
    int64_t index; ///< The number of the index.
    int64_t batch; ///< Elements of a batch; the last one may be shorter.
    int64_t batches; ///< How many batches there are.
    /// QUBE_ROLE_CONTRACTED: the batches add to the result. QUBE_ROLE_EXTERNAL: each makes a block
    /// of it.
    int32_t role;
    int32_t reserved; ///< 0
} qube_loop;

/// From which node to which a tensor or result is live at one size. A tensor that loops slice
/// further as they are entered has several, each beginning where the one before ends.
typedef struct qube_life {
    int64_t from; ///< The first node at which it is live at this size.
    int64_t to; ///< The last one.
    double elements; ///< Its size, as the loops around it that have been entered by then slice it.
} qube_life;

/// A tensor of the term, or the result of a contraction. Nodes are numbered in the order of their
/// evaluation, tensors where they are taken: a node stands behind its operands, and its subtree
/// ends with it. Sizes are elements, work is multiply-add pairs.
typedef struct qube_node {
    double footprint; ///< Volume of the tensor or result.
    double sliced_footprint; ///< The same as the loops around the node slice it.
    double flops; ///< Work of the contraction; 0 for a tensor.
    /// What the objective charges for the contraction; 0 for a tensor. A custom model prices whole
    /// plans: 0.
    double cost;
    /// How often loops around a contraction make it be carried out again; 1 if they do not. Charged
    /// by the objectives with a threshold on the peak, and 1 under the others.
    double repetitions;
    double live_before; ///< Elements live just before the node.
    double live; ///< Elements live at the node.
    double live_after; ///< Elements live just after it.
    int64_t tensor; ///< The tensor's number in the network; -1 for a contraction.
    int64_t first; ///< The node of the operand that is evaluated first; -1 for a tensor.
    int64_t second; ///< The node of the other operand; -1 for a tensor.
    int64_t parent; ///< The contraction that takes the node; -1 for the result of the term.
    /// The first node at which this one is live: 0 for a tensor, which is there from the start;
    /// for a contraction itself, or the first node below it where loops assemble its result. -1
    /// where it is not evaluated.
    int64_t live_from;
    /// The last node at which it is live: the one that uses it last. -1 where it is not evaluated.
    int64_t live_to;
    /// With subnet_cse: the contraction, evaluated before, whose result this one is too, up to a
    /// renaming of indices: the k-th of the open indices of the two correspond. Nothing is computed
    /// or copied for it, what is below it is skipped, and that result lives until its last use. -1:
    /// shared with none.
    int64_t shared_with;
    int64_t open_begin; ///< Where its open indices begin in view.open.
    int64_t open_end; ///< Where they end.
    /// Loops opened around the evaluation of both operands, the outermost first.
    const qube_loop *loops;
    int64_t n_loops; ///< How many there are.
    const qube_life *lives; ///< When it is live, and how large, from live_from to live_to.
    /// How many intervals there are: one for a result, 0 where it is not evaluated.
    int64_t n_lives;
    /// What a cache that outlives one evaluation is to do with it: QUBE_CACHE_TRANSIENT, _KEEP or
    /// _SLICED.
    int32_t cache;
    int32_t is_volatile; ///< 1: it depends on a volatile tensor.
    /// 1: not evaluated, because it stands below a node that is shared with another. A tensor that
    /// is skipped is never taken, and is not live.
    int32_t is_skipped;
    int32_t reserved; ///< 0
} qube_node;

/// A point among which a plan is chosen.
typedef struct qube_point {
    double peak_elements; ///< The peak, elements.
    double cost; ///< The cost.
} qube_point;

/// That nothing fits a threshold on the peak, and what there is to do about it.
typedef struct qube_infeasible {
    int64_t threshold_bytes; ///< The threshold of the policy, bytes.
    /// The least peak of all schedules, elements: a threshold that could be met; of a plan that is
    /// not proven best, the least that was found.
    double least_peak_elements;
    /// The same in bytes; -1 from 2^53 elements on, where a double no longer counts each.
    int64_t least_peak_bytes;
    /// The least peak if every batch were a single tile, elements: whether finer batches would do;
    /// -1 where that search was out of reach.
    double finest_peak_elements;
    int64_t finest_peak_bytes; ///< The same in bytes, as least_peak_bytes.
    const qube_loop *loops; ///< Loops of a schedule that reaches the least peak.
    int64_t n_loops; ///< How many there are.
} qube_infeasible;

/// Everything that a plan tells, filled by qube_plan_get(). Sizes are elements, work is multiply-
/// add pairs.
typedef struct qube_plan_view {
    size_t struct_size; ///< sizeof(qube_plan_view), set by the caller
    double cost; ///< What the objective charges for the plan.
    double flops; ///< Work, unweighted.
    double peak_elements; ///< The most elements live at a time.
    /// The same in bytes, rounded up to whole elements; -1 from 2^53 elements on, where a double no
    /// longer counts each.
    int64_t peak_bytes;
    /// What no plan in the space searched goes below: the peak or the cost, as bounded says. It is
    /// the peak for _PEAK_SIZE and _PEAK_SIZE_BATCHED, and where nothing fits _SPACE_TIME_BATCHED;
    /// else the cost, of plans that fit. Where a search for the peak stopped once the least one was
    /// known, it is the cost, of plans as near to that peak as the tolerance allows.
    double lower_bound;
    /// By how much the plan may exceed the best one in the space searched, as a fraction: 0 where
    /// it is proven best; -1 where the bound is far too low to tell.
    double gap;
    double seconds; ///< Wall-clock time of the optimization.
    /// States that the search expanded; of a subset DP, those in its table; 0 for searches without.
    int64_t states;
    int64_t pairs; ///< Pairs of states that it examined; of a subset DP, splits.
    /// Bytes that the allocator refused to the search, which stopped it as a limit does; 0: none.
    /// This is the one stop that may differ between MPI ranks.
    int64_t refused_bytes;
    const char *method; ///< How the plan was found, in a few words.
    /// The nodes in the order of their evaluation; the last is the result of the term.
    const qube_node *nodes;
    int64_t n_nodes; ///< How many there are: 2 n_tensors - 1.
    int64_t n_tensors; ///< Tensors of the term.
    int64_t peak_node; ///< The node at which the peak is.
    /// Numbers of the indices open in each node, node after node, in the order of the network.
    const int64_t *open;
    int64_t n_open; ///< How many there are.
    const char *const *indices; ///< Labels of the indices, by number.
    int64_t n_indices; ///< How many there are.
    const char *const *tensors; ///< Labels of the tensors, by number.
    /// The plan in reverse Polish notation: tensor numbers, and -1 to contract the two results on
    /// top of the stack. As many as nodes.
    const int64_t *sequence;
    /// The points (peak, cost) at the root by increasing peak: the plan's alone, unless the options
    /// asked for the frontier.
    const qube_point *frontier;
    int64_t n_frontier; ///< How many there are; 0 for additive objectives.
    /// That nothing fits the policy's threshold, or that nothing was found that does, where the
    /// plan is not proven best: the plan then comes nearest under its objective. NULL: it fits, or
    /// there was no threshold.
    const qube_infeasible *infeasible;
    int64_t bytes_per_element; ///< As in qube_options: what turns elements into bytes.
    int32_t objective; ///< As in qube_options, or QUBE_CUSTOM.
    int32_t exhaustive; ///< 1: outer products were searched, too.
    /// 1: proven best in the space that was searched; under a custom model, if it is monotone.
    int32_t optimal;
    int32_t bounded; ///< What lower_bound is about: QUBE_BOUNDED_COST or QUBE_BOUNDED_PEAK.
} qube_plan_view;

/// The order of a plan's contractions that holds least, filled by qube_plan_best_order().
typedef struct qube_order_view {
    size_t struct_size; ///< sizeof(qube_order_view), set by the caller
    double peak_elements; ///< The most elements live at a time in that order: at most the plan's.
    int64_t peak_node; ///< The contraction at which that is; 0 for a single tensor.
    /// The contractions in that order, without those that are shared or skipped.
    const int64_t *contractions;
    int64_t n_contractions; ///< How many there are: n_tensors - 1 unless results are shared.
} qube_order_view;

/// Frees a plan.
///
/// @param plan  the plan, in use by no other thread; NULL does nothing
void qube_plan_free(qube_plan *plan);

/// Everything that a plan tells.
///
/// @param plan  the plan
/// @param view  receives it; its struct_size must be set. What it points to lives as long as the
///              plan
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory),
///         QUBE_ERR_LABEL (a label with a NUL, which documents may have and C text not)
int32_t qube_plan_get(const qube_plan *plan, qube_plan_view *view);

/// A plan as a document.
///
/// The JSON document has schema "qube-plan/2"; qube_plan_from_json() reads it. It grows linearly
/// with the number of tensors; drawings stay below a megabyte.
///
/// @param plan    the plan
/// @param format  QUBE_FORMAT_TABLE, _JSON, _SVG (memory against time) or _DOT (the tree)
/// @param text    receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format), QUBE_ERR_LABEL (a label with a NUL)
int32_t qube_plan_render(const qube_plan *plan, int32_t format, char **text);

/// Reads a plan that qube_plan_render() or the command line (qube plan --json) wrote, on this host
/// or another. It is equal to the one that was written. The document is checked: its sequence
/// spells a tree, and its numbers agree with each other. Fields that are not known are passed over.
///
/// @param text  the document, schema "qube-plan/2"
/// @param plan  receives the plan, to be freed by qube_plan_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT, with the reason
int32_t qube_plan_from_json(const char *text, qube_plan **plan);

/// Recomputes a plan by code that shares nothing with the search, and compares its numbers.
///
/// What the plan says of other plans is not compared: that it is the best one, the frontier, the
/// lower bound, and what would fit where nothing does. Under a custom model the cost is the
/// model's, and not compared either; the objective of the options is then not read. Time O(n^3) for
/// n tensors.
///
/// @param plan     the plan
/// @param network  the network that it was made for
/// @param policy   the policy that it was made under; NULL: nothing may be sliced
/// @param options  the options that it was made with; NULL: the defaults
/// @return QUBE_OK, the plan agrees; QUBE_ERR_REPLAY, it does not: the message says where;
///         QUBE_ERR_NULL, QUBE_ERR_ABI; as for qube_optimize(), QUBE_ERR_OPTION, QUBE_ERR_INPUT,
///         QUBE_ERR_TOO_LARGE, QUBE_ERR_POWER_MEAN, QUBE_ERR_OVERFLOW; those of
///         qube_policy_resolve()
int32_t qube_plan_verify(const qube_plan *plan,
                         const qube_network *network,
                         const qube_policy *policy,
                         const qube_options *options);

/// The order of the plan's contractions that holds least: also one that the sequence cannot
/// express, because it begins one operand before the other is done (Liu 1987, the best order of a
/// given tree). It is the plan's own where none holds less; other trees are not looked at. The
/// contractions inside a loop follow each other, and end with the one that opens it. In loops that
/// open further loops, and where results are shared, the plan's order is kept. Time O(n^2) for n
/// tensors at the first call.
///
/// @param plan  the plan
/// @param view  receives the order; its struct_size must be set. What it points to lives as long as
///              the plan
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_plan_best_order(const qube_plan *plan, qube_order_view *view);

/* ==============================================================================================
 * Cost models of a host's own, and the optimization under one
 * ============================================================================================== */

/// What is known of a tensor of the network.
typedef struct qube_leaf_facts {
    size_t struct_size; ///< sizeof(qube_leaf_facts) as the library knows it
    int64_t tensor; ///< The tensor's number in the network, from 0.
    double footprint; ///< Its volume, elements.
    int32_t is_volatile; ///< 1: it changes on every iteration.
    int32_t reserved; ///< 0
} qube_leaf_facts;

/// What is known of the contraction of two operands. Volumes are elements.
typedef struct qube_contraction_facts {
    size_t struct_size; ///< sizeof(qube_contraction_facts) as the library knows it
    /// The tensors below each operand: bit t is tensor t. The right one has the highest of both.
    uint64_t left_tensors;
    uint64_t right_tensors;
    double left_footprint; ///< Volumes of the operands and of the result.
    double right_footprint;
    double footprint;
    double flops; ///< Work, multiply-add pairs: the volume over all indices open in an operand.
    /// 1: the operand, or the result, depends on a tensor that changes on every iteration.
    int32_t left_is_volatile;
    int32_t right_is_volatile;
    int32_t is_volatile;
    int32_t reserved; ///< 0
} qube_contraction_facts;

/// A cost of the host's own: what is kept of a set of tensors (its state), how the states of two
/// sets combine, and which of two is better. One best state is kept for each set, so combining must
/// be monotone: a better state of an operand never makes a worse state of the result.
///
/// A state is state_size bytes of memory of the library, aligned to 16, zero when it is to be
/// filled. It is never copied or moved, and nothing is called when it is dropped: what it points to
/// is the host's to free.
///
/// The callbacks are called by qube_optimize_custom only, during the call, on the calling thread;
/// what they are given is theirs until they return. Each returns 0 to go on; any other number ends
/// the search with QUBE_ERR_CALLBACK, and the message names the callback and the number. They may
/// call the library, but must neither throw nor longjmp. All four must be set.
typedef struct qube_cost_model {
    size_t struct_size; ///< sizeof(qube_cost_model)
    /// Bytes of a state, 1 to 4096; at most 2^27 for the states of all sets together.
    int64_t state_size;
    void *user; ///< Handed to each callback as it is; may be NULL.
    /// Fills the state of a tensor.
    int32_t (*leaf)(void *user, const qube_leaf_facts *facts, void *state);
    /// Fills the state of a result from those of its operands.
    int32_t (*combine)(void *user,
                       const qube_contraction_facts *facts,
                       const void *left,
                       const void *right,
                       void *state);
    /// Sets order below 0 where a is better than b, above 0 where it is worse, and 0 where they are
    /// equal, as it is before. Both are of the same set of tensors.
    int32_t (*compare)(void *user, const void *a, const void *b, int32_t *order);
    /// Sets cost to what a state costs, a finite number; asked of the whole plan, once.
    int32_t (*value)(void *user, const void *state, double *cost);
} qube_cost_model;

/// Begins a cost model: everything is 0 and NULL, for the host to set.
///
/// @param model        the struct to fill
/// @param struct_size  sizeof *model
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
int32_t qube_cost_model_init(qube_cost_model *model, size_t struct_size);

/// Finds the best plan of a network of 16 tensors at most under a cost model of the host's own, on
/// the calling thread: the best one if the model is monotone. Among splits of a set whose states
/// are equal the last one counts. The plan has the objective QUBE_CUSTOM and as its cost the
/// model's value; its nodes have none. A search that a limit of the options stops gives the plan
/// that the model likes best of those of little work, storage and peak memory; nothing is known
/// then of what no plan goes below, and the lower bound is -DBL_MAX.
///
/// @param network  what to contract
/// @param policy   what is volatile (no loops are opened); NULL: nothing
/// @param options  NULL: the defaults. The objective, the weights and the roofline are checked but
///                 not used: the model says what counts. progress is not called
/// @param model    the callbacks
/// @param plan     receives the plan, to be freed by qube_plan_free(); NULL on failure
/// @return QUBE_OK; those of qube_optimize(); QUBE_ERR_CALLBACK (a callback returned a number other
///         than 0, or value gave a cost that is not finite), QUBE_ERR_NULL (a callback, too),
///         QUBE_ERR_OPTION (state_size), QUBE_ERR_TOO_LARGE (all states together)
int32_t qube_optimize_custom(const qube_network *network,
                             const qube_policy *policy,
                             const qube_options *options,
                             const qube_cost_model *model,
                             qube_plan **plan);

/* ==============================================================================================
 * Many terms at once
 * ============================================================================================== */

/// The plan of a term, or why there is none.
typedef struct qube_term_plan {
    /// The plan: borrowed, lives as long as the plans. NULL where the term has none.
    const qube_plan *plan;
    /// Why there is none, as qube_last_error() would say it; NULL where there is one.
    const char *message;
    int32_t status; ///< QUBE_OK, or what qube_optimize() of this term would return.
    int32_t reserved; ///< 0
} qube_term_plan;

/// Where a shared intermediate is met.
typedef struct qube_occurrence {
    int64_t term; ///< The term, in the order of the networks.
    int64_t node; ///< The node of its plan.
} qube_occurrence;

/// An intermediate that terms share: equal up to a renaming of indices (same tensor labels, spaces,
/// extents, protos, connections and open slots), equally volatile, and whole: not sliced by a loop
/// around it. Those within a shared one are not listed again.
typedef struct qube_shared {
    /// What the terms' cost would fall by if it were computed where it is first met, and kept.
    double savings;
    const qube_occurrence *occurrences; ///< Where it is met, in order.
    int64_t n_occurrences; ///< How many there are.
} qube_shared;

/// Everything that the plans of many terms tell, filled by qube_plans_get(). Sizes are elements,
/// work is multiply-add pairs; sums are over the terms that have plans.
typedef struct qube_plans_view {
    size_t struct_size; ///< sizeof(qube_plans_view), set by the caller
    double cost; ///< Sum of the plans' costs.
    double flops; ///< Sum of their work, unweighted.
    double peak_elements; ///< The largest peak.
    /// What the terms' cost would fall by if each shared intermediate were computed once.
    double savings;
    int64_t peak_term; ///< The first term that has the largest peak; -1 without plans.
    const qube_term_plan *terms; ///< The terms, in the order of the networks.
    int64_t n_terms; ///< How many there are.
    int64_t n_failed; ///< Terms without a plan; 0 is good.
    const qube_shared *shared; ///< Shared intermediates, the largest saving first.
    int64_t n_shared; ///< How many there are.
    /// Bytes that could not be had for the list of what is shared, which then ends early; 0: none.
    int64_t refused_bytes;
} qube_plans_view;

/// Plans every term of a residual with one policy and one set of options. A term that fails does
/// not end the call: its status says why.
///
/// @param networks     the terms
/// @param n_networks   how many there are; 0 is fine
/// @param policy       what may be sliced; NULL: nothing
/// @param options      objective, weights, limits and progress; NULL: the defaults
/// @param num_threads  threads that compute: 1, the calling thread alone; more, up to 1024, are
///                     started for this call, and are gone when it returns. The answer does not
///                     depend on it
/// @param plans        receives the plans, to be freed by qube_plans_free(); NULL on failure
/// @return QUBE_OK, also where terms failed; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown
///         fields set), QUBE_ERR_OPTION, QUBE_ERR_INPUT (n_networks, num_threads, a truth value),
///         QUBE_ERR_CALLBACK (progress, or a callback of the policy), QUBE_ERR_SYSTEM (threads that
///         do not start: how many, and why), QUBE_ERR_LIMIT (no memory for as many plans)
int32_t qube_optimize_many(const qube_network *const *networks,
                           int64_t n_networks,
                           const qube_policy *policy,
                           const qube_options *options,
                           int64_t num_threads,
                           qube_plans **plans);

/// Frees plans, those that the view lends included.
///
/// @param plans  the plans, in use by no other thread; NULL does nothing
void qube_plans_free(qube_plans *plans);

/// Everything that the plans of many terms tell.
///
/// @param plans  the plans
/// @param view   receives it; its struct_size must be set. What it points to lives as long as the
///               plans
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
int32_t qube_plans_get(const qube_plans *plans, qube_plans_view *view);

#ifdef __cplusplus
}
#endif

#endif
