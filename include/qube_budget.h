/**
 * qube_budget: memory budgets, batch policies and contraction plans, before anything is allocated.
 *
 * Conventions of every declaration:
 *  - Calls that can fail return int32_t: QUBE_OK (0), or a QUBE_ERR_ code; qube_last_error() then
 *    has the message of this thread. Results go through the last pointers and are written only on
 *    success; a handle is set to NULL on failure. One exception: a length is also given when the
 *    buffer is too short.
 *  - Handles are made by _create, _build, _parse ... and freed by the _free of their type, which
 *    accepts NULL. Inputs are copied. Nothing else that comes back is to be freed.
 *  - Text is NUL-terminated UTF-8. Text and arrays come out by asking for the length (buffer NULL,
 *    capacity 0) and then filling; lengths of text do not count the NUL, capacities do.
 *  - Structs begin with struct_size, to be set to sizeof the struct (the _init functions do it for
 *    inputs). They only ever grow at the end: fields that the library does not know must be 0.
 *  - int64_t: extents, counts, bytes. double: volumes (elements) and work. int32_t: enumerations
 *    and truth values (0 or 1). Numbers that say which (stage, term, tensor, step) begin at 0.
 *  - Callbacks are called on the calling thread, during the call, with the user pointer they came
 *    with; 0 goes on, anything else ends the call with QUBE_ERR_CALLBACK.
 *  - No call prints, reads the environment, starts a thread that was not asked for (num_threads),
 *    or raises a floating-point exception flag other than "inexact". Calls on different handles
 *    may run on different threads; so may calls that only read one handle (those that take it as
 *    const). A thread that has planned keeps up to 1 MiB of tables for its next plan, until it
 *    ends.
 */


#ifndef QUBE_BUDGET_H
#define QUBE_BUDGET_H

/* Rendered from src/ffi by tests/header.rs: change it there. */

#include <stddef.h>
#include <stdint.h>

/**
 * The call did what it was asked to do.
 */
#define QUBE_OK 0

/**
 * A pointer that must not be NULL is NULL.
 */
#define QUBE_ERR_NULL 1

/**
 * A struct_size that cannot be right, or a struct with fields this library does not know.
 */
#define QUBE_ERR_ABI 2

/**
 * A buffer that is too short; the length needed is given back.
 */
#define QUBE_ERR_BUFFER 3

/**
 * Text that is not UTF-8.
 */
#define QUBE_ERR_UTF8 4

/**
 * A budget input, a count or a truth value outside its range.
 */
#define QUBE_ERR_INPUT 5

/**
 * Two inputs that contradict each other, such as lmax above lmax_signal.
 */
#define QUBE_ERR_CONFLICT 6

/**
 * A number that its type cannot hold, such as a byte count past 2^63 - 1.
 */
#define QUBE_ERR_OVERFLOW 7

/**
 * A stage that the budget does not have.
 */
#define QUBE_ERR_UNKNOWN_STAGE 8

/**
 * The number of a stage, term, tensor or step beyond the last one.
 */
#define QUBE_ERR_POSITION 9

/**
 * An extent below 1.
 */
#define QUBE_ERR_EXTENT 10

/**
 * A power mean that is missing or not a finite positive number, or a domain size that cannot be.
 */
#define QUBE_ERR_POWER_MEAN 11

/**
 * An index that is not in the network.
 */
#define QUBE_ERR_UNKNOWN_INDEX 12

/**
 * A space without an extent in the table.
 */
#define QUBE_ERR_UNKNOWN_SPACE 13

/**
 * A label that is there already, or a thing named twice.
 */
#define QUBE_ERR_DUPLICATE 14

/**
 * Text that is not in the expected form; the message gives the position.
 */
#define QUBE_ERR_PARSE 15

/**
 * A network without tensors.
 */
#define QUBE_ERR_NO_TENSORS 16

/**
 * More tensors, indices or work than the method can take.
 */
#define QUBE_ERR_TOO_LARGE 17

/**
 * A batch target size below 1, or none where one is needed.
 */
#define QUBE_ERR_TARGET 18

/**
 * An option or weight outside its range (NaN always is).
 */
#define QUBE_ERR_OPTION 19

/**
 * A JSON document that says something it cannot mean, or what no document can hold.
 */
#define QUBE_ERR_DOCUMENT 20

/**
 * The operating system did not answer.
 */
#define QUBE_ERR_SYSTEM 21

/**
 * A label that is empty or has control characters, or a space that no index can tell.
 */
#define QUBE_ERR_LABEL 22

/**
 * A callback of the host failed, cancelled the call, or gave a cost that is not finite.
 */
#define QUBE_ERR_CALLBACK 23

/**
 * A plan that its replay does not bear out; the message says what differs.
 */
#define QUBE_ERR_REPLAY 24

/**
 * A limit of the options that leaves no plan at all, or none with the proof that was asked for.
 */
#define QUBE_ERR_LIMIT 25

/**
 * A defect of the library; please report it with the message.
 */
#define QUBE_ERR_PANIC 99

/**
 * Version of the library that this header belongs to, first part.
 */
#define QUBE_VERSION_MAJOR 0

/**
 * Second part.
 */
#define QUBE_VERSION_MINOR 1

/**
 * Third part.
 */
#define QUBE_VERSION_PATCH 0

/**
 * Version of the binary interface: the number in the soname libqube_budget.so.0.
 */
#define QUBE_ABI_VERSION 0

/**
 * Maps of temperature alone.
 */
#define QUBE_FIELDS_T 1

/**
 * Maps of polarisation alone.
 */
#define QUBE_FIELDS_QU 2

/**
 * Maps of both.
 */
#define QUBE_FIELDS_TQU 3

/**
 * ECLIPSE's code for temperature alone.
 */
#define QUBE_ECLIPSE_T 1

/**
 * ECLIPSE's code for polarisation alone.
 */
#define QUBE_ECLIPSE_EB 2

/**
 * ECLIPSE's code for both.
 */
#define QUBE_ECLIPSE_TEB 3

/**
 * Every rank has a copy of all matrices.
 */
#define QUBE_HOLDING_EVERY_RANK 1

/**
 * Every node has one copy of all matrices, which its ranks share.
 */
#define QUBE_HOLDING_EVERY_NODE 2

/**
 * All ranks together have one copy, spread block-cyclically.
 */
#define QUBE_HOLDING_SPREAD 3

/**
 * The line of a job script that asks for the memory of a node (--mem).
 */
#define QUBE_SCRIPT_NODE 1

/**
 * The line of a job script that asks for the memory of a processor (--mem-per-cpu).
 */
#define QUBE_SCRIPT_CPU 2

/**
 * QUBE's harmonic path.
 */
#define QUBE_PATH_HARMONIC 1

/**
 * QUBE's pixel-direct path.
 */
#define QUBE_PATH_PIXEL_DIRECT 2

/**
 * QUBE, harmonic: release V once the kernels are built.
 */
#define QUBE_CHANGE_RELEASE_PROJECTOR 1

/**
 * ECLIPSE: leave the grid and the block to the library.
 */
#define QUBE_CHANGE_BEST_GRID 2

/**
 * QUBE: keep no derivatives in memory.
 */
#define QUBE_CHANGE_NO_DERIVATIVE_CACHE 3

/**
 * ECLIPSE: so many maps in one run.
 */
#define QUBE_CHANGE_MAPS 4

/**
 * ECLIPSE: do not check the inverse.
 */
#define QUBE_CHANGE_NO_INVERSE_CHECK 5

/**
 * QUBE, pixel-direct: the release that never builds S_fixed (has_switch 0).
 */
#define QUBE_CHANGE_NO_SWITCH 6

/**
 * QUBE: so many ranks on a node.
 */
#define QUBE_CHANGE_RANKS_PER_NODE 7

/**
 * ECLIPSE: so many nodes.
 */
#define QUBE_CHANGE_NODES 8

/**
 * QUBE: its other path.
 */
#define QUBE_CHANGE_OTHER_PATH 9

/**
 * QUBE, pixel-direct: so many bins, with as many parameters for each.
 */
#define QUBE_CHANGE_N_BINS 10

/**
 * HEALPix resolution, at a fixed fraction of the sky and fixed multipoles: the largest.
 */
#define QUBE_SIZE_NSIDE 1

/**
 * The largest multipole that is estimated: the largest. Where QUBE's survey names one, it moves up
 * to lmax_signal; where it does not, all are estimated and lmax_signal moves.
 */
#define QUBE_SIZE_LMAX 2

/**
 * Bins of multipoles, with as many parameters for each: the most.
 */
#define QUBE_SIZE_N_BINS 3

/**
 * Maps of ECLIPSE: the most.
 */
#define QUBE_SIZE_MAPS 4

/**
 * Nodes: the fewest, of 2^14 at most.
 */
#define QUBE_SIZE_NODES 5

/**
 * Ranks on each node: the most, of 2^20 at most, of ECLIPSE's 2^10.
 */
#define QUBE_SIZE_RANKS_PER_NODE 6

/**
 * There is an extreme value that fits.
 */
#define QUBE_FOUND_EXTREME 1

/**
 * Not even the least value fits.
 */
#define QUBE_FOUND_NONE 2

/**
 * Every value fits, as nothing that a node holds depends on it.
 */
#define QUBE_FOUND_ANY 3

/**
 * What an index is in a network: contracted, that is summed at some contraction.
 */
#define QUBE_ROLE_CONTRACTED 0

/**
 * What an index is in a network: external, that is open in the result.
 */
#define QUBE_ROLE_EXTERNAL 1

/**
 * Objective: least work. The names are SeQuant's.
 */
#define QUBE_DENSE_FLOPS 0

/**
 * Objective: least storage of operands and results, summed over the contractions.
 */
#define QUBE_DENSE_SIZE 1

/**
 * Objective: least work among the plans whose peak memory is near the least.
 */
#define QUBE_DENSE_PEAK 2

/**
 * Objective: the same, where loops may slice batchable indices.
 */
#define QUBE_DENSE_PEAK_BATCHED 3

/**
 * Objective: least work, and of the plans with that the least peak memory.
 */
#define QUBE_DENSE_TIME_SPACE 4

/**
 * Objective: least work among the plans whose peak fits the policy's threshold, where loops may
 * slice contracted and external indices and what they repeat is charged; then the fewest sliced
 * indices, then the least peak. Where nothing fits: least work, then least peak. A result that a
 * loop around it need not repeat is charged once, and counts in the peak until its first use.
 */
#define QUBE_DENSE_TIME_SPACE_BATCHED 5

/**
 * Objective: the same, but the least peak right after the least work; where nothing fits, the least
 * peak before the least work.
 */
#define QUBE_DENSE_SPACE_TIME_BATCHED 6

/**
 * Objective of plans that qube_optimize_custom made: least under a cost model of the host's own.
 * Apart from the others, which are numbered from 0; qube_optimize does not take it.
 */
#define QUBE_CUSTOM 100

/**
 * A lower bound is one on the cost.
 */
#define QUBE_BOUNDED_COST 0

/**
 * A lower bound is one on the peak, elements.
 */
#define QUBE_BOUNDED_PEAK 1

/**
 * Cache: not to be kept; volatile, or used by persistent nodes only, or the result of the term.
 */
#define QUBE_CACHE_TRANSIENT 0

/**
 * Cache: persistent and taken by a volatile node, so worth keeping for the next replay.
 */
#define QUBE_CACHE_KEEP 1

/**
 * Cache: as QUBE_CACHE_KEEP, but the node only ever exists in slices: a loop around it goes in
 * more than one batch over an index that is open in it.
 */
#define QUBE_CACHE_SLICED 2

/**
 * A memory budget: the stages of a run, each with its named terms in bytes.
 *
 * It never changes once made, so any number of threads may read one at the same time.
 */
typedef struct qube_budget qube_budget;

/**
 * A run on its nodes, against the memory that each of them has.
 *
 * It never changes once made, so any number of threads may read one at the same time.
 */
typedef struct qube_fit qube_fit;

/**
 * What one term contracts: indices, tensors, and the indices open in the result. Never changes.
 */
typedef struct qube_network qube_network;

/**
 * Collects the indices and tensors of a network.
 */
typedef struct qube_network_builder qube_network_builder;

/**
 * An order of contraction with every number that belongs to it.
 */
typedef struct qube_plan qube_plan;

/**
 * The plans of many terms, what they come to together, and what they share.
 */
typedef struct qube_plans qube_plans;

/**
 * Which indices may be sliced, how finely, and which tensors change on every iteration: one object
 * that the optimizer and the run-time evaluator both read. It names spaces and labels, so one
 * policy serves many networks.
 */
typedef struct qube_policy qube_policy;

/**
 * The memory that a run asks for, put on nodes and ranks.
 *
 * It never changes once made, so any number of threads may read one at the same time.
 */
typedef struct qube_request qube_request;

/**
 * A run that questions are asked of: its inputs, and the survey that these follow from where there
 * is one, so that a size can be changed and all others follow.
 *
 * It never changes once made, so any number of threads may read one at the same time.
 */
typedef struct qube_run qube_run;

/**
 * A table of extents by space: i 120, μ̃ 1800, ... (in einsum texts a space is a letter). One
 * table serves many networks.
 */
typedef struct qube_spaces qube_spaces;

/**
 * Inputs of qube_budget_harmonic(). Begin with qube_harmonic_config_init(); 48 bytes.
 */
typedef struct qube_harmonic_config {
    /**
     * sizeof(qube_harmonic_config)
     */
    size_t struct_size;
    /**
     * Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
     * No default.
     */
    int64_t n_pix;
    /**
     * Harmonic modes of all fields together, the sum of (lmax + 1)^2 - lmin^2 over fields; > 0.
     * No default.
     */
    int64_t n_modes;
    /**
     * Largest multipole in the signal covariance; > 0. No default.
     */
    int64_t lmax_signal;
    /**
     * Largest multipole that is estimated, 1 to lmax_signal; 0: absent, the default. Below
     * lmax_signal the switch path is taken, which holds more.
     */
    int64_t lmax;
    /**
     * 1, the default: the pixel projector V is dropped once the kernels are built. 0: it is kept.
     */
    int32_t release_pixel_projector;
    /**
     * 1: derivatives stay in memory in the Fisher stage. 0, the default: they do not.
     */
    int32_t derivative_cache;
} qube_harmonic_config;

/**
 * Inputs of qube_budget_pixel_direct(). Begin with qube_pixel_direct_config_init(); 48 bytes.
 */
typedef struct qube_pixel_direct_config {
    /**
     * sizeof(qube_pixel_direct_config)
     */
    size_t struct_size;
    /**
     * Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
     * No default.
     */
    int64_t n_pix;
    /**
     * Largest multipole in the signal covariance; > 0. No default. Reported; no term has it.
     */
    int64_t lmax_signal;
    /**
     * Bins of multipoles; > 0. No default.
     */
    int64_t n_bins;
    /**
     * Parameters: n_bins times the number of spectra (T: 1, QU: 3, TQU: 6); > 0. No default.
     */
    int64_t n_params;
    /**
     * 1, the default: the release holds S_fixed, as qube-qml before 1.2 does. 0: it does not.
     */
    int32_t has_switch;
    /**
     * 1: binned derivatives stay in memory, which later releases can. 0, the default: they do not.
     */
    int32_t cache_derivatives;
} qube_pixel_direct_config;

/**
 * A stage of a budget, filled by qube_budget_stage(); 64 bytes.
 */
typedef struct qube_stage {
    /**
     * sizeof(qube_stage), set by the caller
     */
    size_t struct_size;
    /**
     * Sum of the terms alive at the stage's peak and when it ends.
     */
    int64_t persistent_bytes;
    /**
     * Sum of the terms alive only at the stage's peak.
     */
    int64_t transient_bytes;
    /**
     * persistent_bytes + transient_bytes.
     */
    int64_t peak_bytes;
    /**
     * Number of persistent terms; they are numbered 0 to n_persistent - 1.
     */
    int64_t n_persistent;
    /**
     * Number of transient terms; they are numbered from n_persistent on.
     */
    int64_t n_transient;
    /**
     * What is held when the stage ends: persistent_bytes and the late terms.
     */
    int64_t end_bytes;
    /**
     * Number of late terms, which are made after the peak and kept; they are numbered from
     * n_persistent + n_transient on. ECLIPSE has some, QUBE's paths have none.
     */
    int64_t n_late;
} qube_stage;

/**
 * A budget compared with a limit, filled by qube_budget_check(); 56 bytes.
 */
typedef struct qube_check {
    /**
     * sizeof(qube_check), set by the caller
     */
    size_t struct_size;
    /**
     * Limit minus lifetime peak, in bytes; negative: over by so much.
     */
    int64_t spare_bytes;
    /**
     * The first stage whose peak exceeds the limit; -1 if it fits.
     */
    int64_t stage;
    /**
     * How far that stage's peak is beyond the limit, in bytes; 0 if it fits.
     */
    int64_t stage_over_bytes;
    /**
     * The first term of that stage, persistent before transient, with which the running total
     * exceeds the limit; -1 if it fits.
     */
    int64_t term;
    /**
     * The bytes of that term; 0 if it fits.
     */
    int64_t term_bytes;
    /**
     * 1: the lifetime peak is at most the limit. 0: it is not.
     */
    int32_t fits;
    /**
     * 0
     */
    int32_t reserved;
} qube_check;

/**
 * What is known of a survey; sizes of a run that nobody gave follow from it. Begin with
 * qube_survey_init(), then set fields and what else is known; 88 bytes.
 */
typedef struct qube_survey {
    /**
     * sizeof(qube_survey)
     */
    size_t struct_size;
    /**
     * HEALPix resolution, a power of two, 1 to 2^29; 0: absent, the default.
     */
    int64_t nside;
    /**
     * The observed fraction of the sky, above 0, up to 1; 0: absent, the default.
     */
    double fsky;
    /**
     * Observed pixels of one map, such as the number of ones in a mask; of the temperature map for
     * TQU. Wins over fsky. 0: absent, the default.
     */
    int64_t n_obs;
    /**
     * Observed pixels of a polarisation map for TQU, where its mask is another one; 0: absent, the
     * default, the same as n_obs.
     */
    int64_t n_obs_polarisation;
    /**
     * The least multipole, 0 or more for T, 2 or more with polarisation; -1: absent, the default,
     * which counts from 2.
     */
    int64_t lmin;
    /**
     * The largest multipole that is estimated, 1 to lmax_signal; 0: absent, the default, all of
     * them.
     */
    int64_t lmax;
    /**
     * The largest multipole in the signal covariance; 0, the default: that of the config.
     */
    int64_t lmax_signal;
    /**
     * Bins of multipoles; 0: absent, the default. The pixel-direct path needs them.
     */
    int64_t n_bins;
    /**
     * Spectra that are estimated; 0: absent, the default, all that the fields have (T: 1, QU: 3,
     * TQU: 6).
     */
    int64_t n_spectra;
    /**
     * QUBE_FIELDS_T, QUBE_FIELDS_QU or QUBE_FIELDS_TQU. No default.
     */
    int32_t fields;
    /**
     * 1: the mask is a polar cap of whole rings, fsky is at most 1/6. 0, the default: it is not.
     */
    int32_t polar_cap;
} qube_survey;

/**
 * Inputs of qube_budget_eclipse(). Begin with qube_eclipse_config_init(); 64 bytes.
 */
typedef struct qube_eclipse_config {
    /**
     * sizeof(qube_eclipse_config)
     */
    size_t struct_size;
    /**
     * Observed pixels in temperature, > 0; 0, the default: absent, as it must be for EB.
     */
    int64_t pix_t;
    /**
     * Observed pixels in polarisation, > 0; 0, the default: absent, as it must be for T.
     */
    int64_t pix_p;
    /**
     * Largest multipole of the power spectra, 2 or more; for T 1 or more. No default.
     */
    int64_t lmax;
    /**
     * Largest multipole of the covariance matrix; 0, the default: as lmax.
     */
    int64_t lmax_cov;
    /**
     * Maps, of each kind where they are crossed, > 0; 1 by default.
     */
    int64_t maps;
    /**
     * QUBE_ECLIPSE_T, QUBE_ECLIPSE_EB or QUBE_ECLIPSE_TEB. No default.
     */
    int32_t code;
    /**
     * 1: the maps are crossed with others. 0, the default: they are not.
     */
    int32_t cross;
    /**
     * 1: the inverse of the covariance matrix is checked. 0, the default: it is not.
     */
    int32_t check_inverse;
    /**
     * 1, the default: the Fisher matrix is computed. 0: it is not, and steps 4 to 6 do not run.
     */
    int32_t fisher;
} qube_eclipse_config;

/**
 * Something that a step allocates or frees, filled by qube_budget_event(); 32 bytes.
 */
typedef struct qube_event {
    /**
     * sizeof(qube_event), set by the caller
     */
    size_t struct_size;
    /**
     * Bytes that come, or go (negative).
     */
    int64_t delta_bytes;
    /**
     * Bytes held after it, over all ranks.
     */
    int64_t total_bytes;
    /**
     * The step, as the program counts them, from 1.
     */
    int32_t step;
    /**
     * 1: the program prints its total here. 0: it does not.
     */
    int32_t printed;
} qube_event;

/**
 * A grid of ranks over which matrices are spread in blocks, as ScaLAPACK does. Begin with
 * qube_grid_init(); 40 bytes.
 */
typedef struct qube_grid {
    /**
     * sizeof(qube_grid)
     */
    size_t struct_size;
    /**
     * Rows of the grid, 1 to 2^30. No default.
     */
    int64_t nprow;
    /**
     * Columns of the grid, 1 to 2^30. No default.
     */
    int64_t npcol;
    /**
     * Rows and columns of a block, 1 to 2^30. No default.
     */
    int64_t block;
    /**
     * Ranks of the run, to be compared with nprow x npcol; 0, the default: nothing to compare.
     */
    int64_t ranks;
} qube_grid;

/**
 * What one rank holds at the peak of a stage, filled by qube_budget_per_rank(); 32 bytes.
 */
typedef struct qube_rank_stage {
    /**
     * sizeof(qube_rank_stage), set by the caller
     */
    size_t struct_size;
    /**
     * Bytes on the rank that holds most, (0, 0).
     */
    int64_t fullest_bytes;
    /**
     * Bytes on the rank that holds least, the last one.
     */
    int64_t least_bytes;
    /**
     * Bytes of all ranks by their number, rounded up.
     */
    int64_t mean_bytes;
} qube_rank_stage;

/**
 * Nodes and ranks, who shares what, and what a process holds beside the arrays of the budget.
 * Begin with qube_job_init(); 88 bytes.
 */
typedef struct qube_job {
    /**
     * sizeof(qube_job)
     */
    size_t struct_size;
    /**
     * Nodes, 1 to 2^20; 1 by default.
     */
    int64_t nodes;
    /**
     * Ranks (processes) on each node, 1 to 2^20; 1 by default.
     */
    int64_t ranks_per_node;
    /**
     * Processors for each rank, for its threads, 1 to 2^20; 1 by default. Memory per processor
     * depends on it.
     */
    int64_t cpus_per_rank;
    /**
     * Rows of ECLIPSE's grid of ranks, 1 to 2^30; 0, the default: absent. The grid and its block
     * are given all three, or absent all three, which means qube_budget_best_grid(). Not for QUBE.
     */
    int64_t nprow;
    /**
     * Columns of the grid, likewise.
     */
    int64_t npcol;
    /**
     * Rows and columns of a block, likewise.
     */
    int64_t block;
    /**
     * Matrices of n_pix^2 that a process of QUBE holds as its input in all stages, 0 or more; -1,
     * the default: absent, 1, the input covariance. Not for ECLIPSE, whose budget has all its
     * arrays.
     */
    int64_t input_matrices;
    /**
     * Bytes of a process before it has any array, 0 or more; -1, the default: absent, 0.26 GiB for
     * QUBE (Python, as measured) and 0 for ECLIPSE (Fortran).
     */
    int64_t baseline_bytes;
    /**
     * What to add to every peak, in hundredths of a percent, 0 to 100000; -1, the default: absent,
     * what measured runs support, which is nothing where nothing was measured.
     */
    int64_t margin;
    /**
     * 1: the ranks of a node share one copy of QUBE's matrices, inputs included. 0, the default:
     * every rank has its own. Not for ECLIPSE, which spreads its matrices over all ranks.
     */
    int32_t share_node;
    /**
     * 0
     */
    int32_t reserved;
} qube_job;

/**
 * What a request comes to, filled by qube_request_memory(); 120 bytes.
 */
typedef struct qube_memory {
    /**
     * sizeof(qube_memory), set by the caller
     */
    size_t struct_size;
    /**
     * What a node must have.
     */
    int64_t per_node_bytes;
    /**
     * What all nodes together must have.
     */
    int64_t total_bytes;
    /**
     * What the ranks of a node share, margin included; 0 where they share nothing.
     */
    int64_t shared_per_node_bytes;
    /**
     * What each rank has of its own, margin included.
     */
    int64_t own_per_rank_bytes;
    /**
     * The resident size of one process in the stage that asks most, without the margin.
     */
    int64_t resident_bytes;
    /**
     * The margin of one copy in that stage.
     */
    int64_t margin_bytes;
    /**
     * The input that a copy has in all stages.
     */
    int64_t input_bytes;
    /**
     * A process before it has any array.
     */
    int64_t baseline_bytes;
    /**
     * The stage in which a node holds most, margin included; the first where several do.
     */
    int64_t stage;
    /**
     * Rows of the grid over which matrices are spread; 0, as npcol and block, where they are not.
     */
    int64_t nprow;
    /**
     * Columns of the grid.
     */
    int64_t npcol;
    /**
     * Rows and columns of a block.
     */
    int64_t block;
    /**
     * Terms with a matrix of which a rank holds more than 2^31 - 1 elements; 0 is good.
     */
    int64_t n_too_large;
    /**
     * QUBE_HOLDING_EVERY_RANK, QUBE_HOLDING_EVERY_NODE or QUBE_HOLDING_SPREAD.
     */
    int32_t holding;
    /**
     * 1: that stage was compared with measured runs. 0: it was not.
     */
    int32_t calibrated;
} qube_memory;

/**
 * What a stage asks for, filled by qube_request_stage(); 56 bytes.
 */
typedef struct qube_stage_memory {
    /**
     * sizeof(qube_stage_memory), set by the caller
     */
    size_t struct_size;
    /**
     * The peak of one copy; where matrices are spread, of the rank that holds most.
     */
    int64_t peak_bytes;
    /**
     * The margin of one copy.
     */
    int64_t margin_bytes;
    /**
     * One process with all that it reaches: peak, margin, input, baseline; shared or not.
     */
    int64_t per_rank_bytes;
    /**
     * All processes of a node.
     */
    int64_t per_node_bytes;
    /**
     * Parts that are alive at the peak; they are numbered 0 to n_parts - 1.
     */
    int64_t n_parts;
    /**
     * 1: the stage was compared with measured runs. 0: it was not.
     */
    int32_t calibrated;
    /**
     * 0
     */
    int32_t reserved;
} qube_stage_memory;

/**
 * Both of QUBE's paths through one survey, filled by qube_run_paths() and qube_fit_paths(); 56
 * bytes.
 */
typedef struct qube_paths {
    /**
     * sizeof(qube_paths), set by the caller
     */
    size_t struct_size;
    /**
     * Lifetime peak of the harmonic path, one copy; -1: past 2^63 - 1 bytes.
     */
    int64_t harmonic_peak_bytes;
    /**
     * What a node holds on the harmonic path, as in qube_request_memory(); -1: past 2^63 - 1
     * bytes.
     */
    int64_t harmonic_per_node_bytes;
    /**
     * Lifetime peak of the pixel-direct path, likewise.
     */
    int64_t pixel_direct_peak_bytes;
    /**
     * What a node holds on the pixel-direct path, likewise.
     */
    int64_t pixel_direct_per_node_bytes;
    /**
     * The path that QUBE takes, by time: QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT. 0: the run
     * does not tell the sizes of both, and all else here is 0, too.
     */
    int32_t by_time;
    /**
     * 1: a node holds the limit at most on the harmonic path. 0: it holds more.
     */
    int32_t harmonic_fits;
    /**
     * 1: a node holds the limit at most on the pixel-direct path. 0: it holds more.
     */
    int32_t pixel_direct_fits;
    /**
     * 0
     */
    int32_t reserved;
} qube_paths;

/**
 * Whether a run fits, filled by qube_fit_verdict(); 72 bytes.
 */
typedef struct qube_verdict {
    /**
     * sizeof(qube_verdict), set by the caller
     */
    size_t struct_size;
    /**
     * The memory of a node that was asked about.
     */
    int64_t limit_bytes;
    /**
     * What a node leaves of the limit; negative: it is over by so much.
     */
    int64_t spare_bytes;
    /**
     * The first stage in which a node holds more than the limit; -1 if it fits.
     */
    int64_t stage;
    /**
     * How far it is over in that stage; 0 if it fits.
     */
    int64_t stage_over_bytes;
    /**
     * What one copy has of the term that takes it over (qube_fit_term_name()); 0 if it fits.
     */
    int64_t term_bytes;
    /**
     * Single changes that the run admits, the cheapest first; 0 if it fits.
     */
    int64_t n_changes;
    /**
     * The number of the first change that makes it fit, counted from 0; -1: none does, or it fits.
     */
    int64_t cheapest;
    /**
     * 1: a node holds the limit at most. 0: it holds more.
     */
    int32_t fits;
    /**
     * 0
     */
    int32_t reserved;
} qube_verdict;

/**
 * A single change that makes a run smaller, filled by qube_fit_change(); 32 bytes.
 */
typedef struct qube_change {
    /**
     * sizeof(qube_change), set by the caller
     */
    size_t struct_size;
    /**
     * The number that it is about (maps, ranks, nodes, bins), the nearest to the run's own that
     * fits; 0 where it is about none.
     */
    int64_t value;
    /**
     * What a node holds then; -1: past 2^63 - 1 bytes.
     */
    int64_t per_node_bytes;
    /**
     * QUBE_CHANGE_RELEASE_PROJECTOR to QUBE_CHANGE_N_BINS.
     */
    int32_t kind;
    /**
     * 1: it makes the run fit. 0: it does not.
     */
    int32_t fits;
} qube_change;

/**
 * What was found of a size, filled by qube_run_extreme(); 56 bytes.
 */
typedef struct qube_found {
    /**
     * sizeof(qube_found), set by the caller
     */
    size_t struct_size;
    /**
     * The memory of a node that was asked about.
     */
    int64_t limit_bytes;
    /**
     * The extreme value that fits; 0 unless kind is QUBE_FOUND_EXTREME.
     */
    int64_t value;
    /**
     * What a node holds with it, or with any value; 0 if none fits.
     */
    int64_t per_node_bytes;
    /**
     * The value next to it (for nside the next power of two, for nodes one less), which does not
     * fit; if none fits, the least (of nodes, the most that is tried). 0: there is none, or none
     * is tried.
     */
    int64_t next_value;
    /**
     * What a node holds with that; -1: past 2^63 - 1 bytes. 0 where next_value is 0.
     */
    int64_t next_per_node_bytes;
    /**
     * QUBE_SIZE_NSIDE to QUBE_SIZE_RANKS_PER_NODE: what was asked for.
     */
    int32_t size;
    /**
     * QUBE_FOUND_EXTREME, QUBE_FOUND_NONE or QUBE_FOUND_ANY.
     */
    int32_t kind;
} qube_found;

/**
 * How loops may slice an index of a network.
 */
typedef struct qube_slicing {
    /**
     * sizeof(qube_slicing), to be set by the caller
     */
    size_t struct_size;
    /**
     * The most elements of a batch; 0 where the index must not be sliced.
     */
    int64_t target;
    /**
     * A batch has whole tiles of this many elements; 0 where the index must not be sliced.
     */
    int64_t tile;
    /**
     * Elements of a batch: target rounded down to whole tiles, one tile at least, and no more than
     * the extent, which it is where the index must not be sliced. The last batch may be shorter.
     */
    int64_t batch;
    /**
     * How many batches there are; 1 where the index must not be sliced.
     */
    int64_t batches;
    /**
     * QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL
     */
    int32_t role;
    /**
     * 1: loops may slice it.
     */
    int32_t is_batchable;
} qube_slicing;

/**
 * Whether loops may slice an index, and into which batches. It is called by calls that are given
 * the policy and a network, on their thread: qube_optimize(), qube_optimize_custom(),
 * qube_optimize_many() (for all terms before the first is planned), qube_policy_slicing(),
 * _target(), _is_volatile() and _resolve(). They ask once about every index of the network, in its
 * order, of which the policy says nothing by label or space in its role; then about the tensors.
 * It may call the library, but must neither throw nor longjmp, nor change or free the policy. Calls
 * on several threads that share a policy may call it at the same time.
 *
 * @param user          what was given to qube_policy_set_batchable_callback()
 * @param label         the label of the index, valid during the call
 * @param space         its space, valid during the call
 * @param extent        elements; of a composite index the mean domain size
 * @param role          QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL, what the index is in the network
 * @param is_batchable  0 before; 1: loops may slice it
 * @param target        0 before; where it is batchable the most elements of a batch, 1 or more
 * @param tile          1 before; where it is batchable the elements of a tile, 1 or more; what the
 *                      policy says of tiles by label or space goes before it
 * @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
 */
typedef int32_t (*qube_batchable_callback)(void *user,
                                           const char *label,
                                           const char *space,
                                           int64_t extent,
                                           int32_t role,
                                           int32_t *is_batchable,
                                           int64_t *target,
                                           int64_t *tile);

/**
 * Frees the user pointer of a callback, when the last object that holds the callback is freed or
 * gets another one; on the thread that does so. It must neither throw nor longjmp.
 */
typedef void (*qube_free_user)(void *user);

/**
 * Whether a tensor changes on every iteration. It is called as qube_batchable_callback is, once for
 * every tensor, in the order of the network, that is not volatile by label or number.
 *
 * @param user         what was given to qube_policy_set_volatile_callback()
 * @param label        the label of the tensor, valid during the call
 * @param tensor       its number in the network, from 0
 * @param is_volatile  0 before; 1: it changes on every iteration
 * @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
 */
typedef int32_t (*qube_volatile_callback)(void *user,
                                          const char *label,
                                          int64_t tensor,
                                          int32_t *is_volatile);

/**
 * A power mean of the domain sizes of a composite index: (sum over pairs of d^k / pairs)^(1/k). It
 * is called when a network is built or read, on that thread: for every composite index without
 * power means, in the order of the network, with k = 1 to the number of composite indices of the
 * network that have the same protos. It may call the library, but must neither throw nor longjmp,
 * nor change or free the builder or table that holds it.
 *
 * @param user    what was given with the callback
 * @param label   the label of the index with its protos, valid during the call
 * @param space   its space, valid during the call
 * @param extent  its mean domain size, elements
 * @param k       the order, 1 or more
 * @param mean    0 before; to be set, elements, finite and above 0
 * @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
 */
typedef int32_t (*qube_inner_pow_callback)(void *user,
                                           const char *label,
                                           const char *space,
                                           int64_t extent,
                                           int64_t k,
                                           double *mean);

/**
 * Options of an optimization. qube_options_init fills in the defaults, which are SeQuant's.
 */
typedef struct qube_options {
    /**
     * sizeof(qube_options)
     */
    size_t struct_size;
    /**
     * How often a contraction that depends on a volatile tensor is carried out, for one of those
     * that do not; 1e-9 to 1e18, default 1. The additive objectives count at least 1.
     */
    double volatile_weight;
    /**
     * Cost of one element of an intermediate's footprint, additive objectives only; 0, or
     * 1e-9 to 1e18, default 0.
     */
    double footprint_weight;
    /**
     * How far above the least peak a plan may be to save work, as a fraction, _PEAK and
     * _PEAK_BATCHED only; 0, or 1e-9 to 1e18, default 0.10.
     */
    double peak_flops_tolerance;
    /**
     * Roofline, all objectives but the additive ones: multiply-add pairs that take as long as
     * moving one element (8 F / B for F pairs and B bytes a second); 0 (default): off. All four: 0,
     * or 1e-9 to 1e18.
     */
    double machine_balance;
    /**
     * Roofline: elements of fast memory; 0 (default): operands and result are moved once.
     */
    double fast_mem_elems;
    /**
     * Roofline: blocks that fast memory holds at a time; default 3.
     */
    double block_tiles;
    /**
     * Roofline: factor of the blocked traffic; default 1.
     */
    double block_prefactor;
    /**
     * Bytes of one element, 1 to 1024; default 8.
     */
    int64_t bytes_per_element;
    /**
     * QUBE_DENSE_FLOPS (default), _SIZE, _PEAK, _PEAK_BATCHED, _TIME_SPACE, _TIME_SPACE_BATCHED or
     * _SPACE_TIME_BATCHED
     */
    int32_t objective;
    /**
     * 1 (default): search connected subsets only; 0: outer products too. A network that is not
     * connected is always searched with them.
     */
    int32_t prune_outer_products;
    /**
     * 1 (default): size composite indices by their power means; 0: by their extents.
     */
    int32_t use_inner_pow;
    /**
     * 1: pay for intermediates that are equal up to a renaming of indices once within the term,
     * additive objectives only; 0 (default): each time. The first is computed, the others are
     * shared with it: see qube_node. Tensors of one label are one tensor, here.
     */
    int32_t subnet_cse;
    /**
     * 1: find all points (peak, cost) among which the plan is chosen, where the peak counts, which
     * takes longer; 0 (default): the chosen one only. The plan is the same.
     */
    int32_t frontier;
    /**
     * 1: refuse plans that are not proven best in the space searched (QUBE_ERR_LIMIT);
     * 0 (default): take the best plan so far where a search stops at a limit.
     */
    int32_t require_optimal;
    /**
     * Limit: labels that the search closes, ways to contract a set of tensors that it goes on from;
     * 0 (default): none. See qube_optimize() for what happens at a limit.
     */
    int64_t max_states;
    /**
     * Limit: seconds, 1e-9 to 1e9; 0 (default): none. The plan then depends on the machine, and may
     * differ between MPI ranks.
     */
    double max_seconds;
    /**
     * Limit: bytes of the tables of the search, up to 2^37; 0 (default): 1 GiB.
     */
    int64_t max_bytes;
} qube_options;

/**
 * How far the search for one plan has come: called on the calling thread of
 * qube_optimize_with_progress(), before the first label is closed, and then after every 256 labels,
 * or some milliseconds of a search without them. It may call the library, but must neither throw
 * nor longjmp.
 *
 * @param user         what was given to qube_optimize_with_progress()
 * @param labels       labels closed so far
 * @param bounded      what the next two are: QUBE_BOUNDED_COST or QUBE_BOUNDED_PEAK; where the peak
 *                     counts, the least peak is searched first
 * @param value        the least that a plan is known to come to; DBL_MAX where none is known
 * @param lower_bound  what no plan goes below
 * @return 0 to go on; anything else stops the search, as a limit does, with the best plan so far
 */
typedef int32_t (*qube_search_progress)(void *user,
                                        int64_t labels,
                                        int32_t bounded,
                                        double value,
                                        double lower_bound);

/**
 * What a plan comes to. Sizes are elements, work is multiply-add pairs.
 */
typedef struct qube_summary {
    /**
     * sizeof(qube_summary), to be set by the caller
     */
    size_t struct_size;
    /**
     * What the objective charges for the plan.
     */
    double cost;
    /**
     * Work, unweighted.
     */
    double flops;
    /**
     * The most elements alive at a time; qube_plan_peak_bytes gives bytes.
     */
    double peak_elements;
    /**
     * What no plan in the space searched goes below: the peak or the cost, as bounded says. It is
     * the peak for _PEAK and _PEAK_BATCHED, and where nothing fits _SPACE_TIME_BATCHED; else the
     * cost, of plans that fit. Where a search for the peak stopped once the least one was known,
     * it is the cost, of plans as near to that peak as the tolerance allows.
     */
    double lower_bound;
    /**
     * Wall-clock time of the optimization.
     */
    double seconds;
    int64_t n_tensors;
    /**
     * Tensors and contractions: 2 n_tensors - 1.
     */
    int64_t n_nodes;
    /**
     * The node at which the peak is.
     */
    int64_t peak_node;
    /**
     * Points of the frontier: 0 for additive objectives, else 1, or all with that option.
     */
    int64_t n_frontier;
    /**
     * As in qube_options: what turns elements into bytes.
     */
    int64_t bytes_per_element;
    /**
     * As in qube_options.
     */
    int32_t objective;
    /**
     * 1: outer products were searched too.
     */
    int32_t exhaustive;
    /**
     * 1: proven best in the space that was searched; under a custom model, if it is monotone.
     */
    int32_t optimal;
    /**
     * What lower_bound is about: QUBE_BOUNDED_COST or QUBE_BOUNDED_PEAK.
     */
    int32_t bounded;
    /**
     * By how much the plan may exceed the best one in the space searched, as a fraction: 0 where it
     * is proven best; -1 where the bound is far too low to tell.
     */
    double gap;
    /**
     * Labels that the search closed, and how often it looked at one for what goes with another;
     * of a subset DP, solutions in its table and steps; 0 for searches without labels.
     */
    int64_t labels;
    int64_t looks;
} qube_summary;

/**
 * A tensor of the term, or the result of a contraction. Sizes are elements, work is multiply-add
 * pairs. Numbers are in single assignment: tensors are 0 to n - 1 as in the network, the k-th
 * contraction is n + k.
 */
typedef struct qube_node {
    /**
     * sizeof(qube_node), to be set by the caller
     */
    size_t struct_size;
    /**
     * Volume of the tensor, and as the enclosing loops slice it.
     */
    double footprint;
    double sliced_footprint;
    /**
     * Work of the contraction, and what the objective charges for it; 0 for a tensor. A custom
     * model prices whole plans: the cost is 0.
     */
    double flops;
    double cost;
    /**
     * Elements alive before, at and after the node's turn.
     */
    double live_before;
    double live;
    double live_after;
    /**
     * The node's own number, and the numbers of its operands in the order of their evaluation;
     * -1 for a tensor.
     */
    int64_t number;
    int64_t first;
    int64_t second;
    /**
     * Loops opened around the evaluation of both operands.
     */
    int64_t n_loops;
    /**
     * 1: a tensor of the term; 0: a contraction.
     */
    int32_t is_leaf;
    /**
     * 1: depends on a volatile tensor.
     */
    int32_t is_volatile;
    /**
     * What a cache that outlives one evaluation is to do with it: QUBE_CACHE_TRANSIENT, _KEEP or
     * _SLICED.
     */
    int32_t cache;
    /**
     * 1: not evaluated, because it stands below a node that is shared with another; else 0. A
     * tensor that is skipped is never taken, and does not count as alive.
     */
    int32_t is_skipped;
    /**
     * With subnet_cse: the number of the contraction, evaluated before, whose result this one is
     * too, up to a renaming of indices. Nothing is computed or copied for it, and what is below
     * it is skipped. That result lives until its last use. The k-th of the open indices
     * (qube_plan_node_open) of the two correspond. -1: shared with none.
     */
    int64_t shared_with;
    /**
     * How often loops around a contraction make it be carried out again; 1 if they do not. Charged
     * by the objectives with a threshold on the peak, and 1 under the others.
     */
    double repetitions;
    /**
     * What is alive at the node's turn, itself included: qube_plan_node_alive.
     */
    int64_t n_alive;
} qube_node;

/**
 * Whether nothing fits a threshold on the peak, and what there is to do about it.
 */
typedef struct qube_infeasible {
    /**
     * sizeof(qube_infeasible), to be set by the caller
     */
    size_t struct_size;
    /**
     * The threshold of the policy, bytes; 0 where the plan fits it, or had none.
     */
    int64_t threshold_bytes;
    /**
     * The least peak of all schedules, elements: a threshold that could be met; of a plan that is
     * not proven best, the least that was found. 0 where the plan fits.
     */
    double least_peak;
    /**
     * The least peak if every batch were a single tile, elements: whether finer batches would do.
     * -1 where that search was out of reach; 0 where the plan fits.
     */
    double finest_peak;
    /**
     * Both in bytes, rounded up to whole elements; -1 from 2^53 elements on, where a double no
     * longer counts each, and where there is no such peak.
     */
    int64_t least_peak_bytes;
    int64_t finest_peak_bytes;
    /**
     * Loops of a schedule that reaches the least peak: qube_plan_infeasible_loop.
     */
    int64_t n_loops;
    /**
     * 1: nothing fits, or nothing was found that does, where the plan is not proven best; the plan
     * is what comes nearest under its objective. 0: it fits, or there was no threshold.
     */
    int32_t is_infeasible;
    /**
     * 0
     */
    int32_t reserved;
} qube_infeasible;

/**
 * What is known of a tensor of the network.
 */
typedef struct qube_leaf_facts {
    /**
     * sizeof(qube_leaf_facts) as the library knows it
     */
    size_t struct_size;
    /**
     * The tensor's number in the network, from 0.
     */
    int64_t tensor;
    /**
     * Its volume, elements.
     */
    double footprint;
    /**
     * 1: it changes on every iteration.
     */
    int32_t is_volatile;
    /**
     * 0
     */
    int32_t reserved;
} qube_leaf_facts;

/**
 * What is known of the contraction of two operands. Volumes are elements.
 */
typedef struct qube_contraction_facts {
    /**
     * sizeof(qube_contraction_facts) as the library knows it
     */
    size_t struct_size;
    /**
     * The tensors below each operand: bit t is tensor t. The right one has the highest of both.
     */
    uint64_t left_tensors;
    uint64_t right_tensors;
    /**
     * Volumes of the operands and of the result.
     */
    double left_footprint;
    double right_footprint;
    double footprint;
    /**
     * Work, multiply-add pairs: the volume over all indices open in an operand.
     */
    double flops;
    /**
     * 1: the operand, or the result, depends on a tensor that changes on every iteration.
     */
    int32_t left_is_volatile;
    int32_t right_is_volatile;
    int32_t is_volatile;
    /**
     * 0
     */
    int32_t reserved;
} qube_contraction_facts;

/**
 * A cost of the host's own: what is kept of a set of tensors (its state), how the states of two
 * sets combine, and which of two is better. One best state is kept for each set, so combining must
 * be monotone: a better state of an operand never makes a worse state of the result.
 *
 * A state is state_size bytes of memory of the library, aligned to 16, zero when it is to be
 * filled. It is never copied or moved, and nothing is called when it is dropped: what it points to
 * is the host's to free.
 *
 * The callbacks are called by qube_optimize_custom only, during the call, on the calling thread;
 * what they are given is theirs until they return. Each returns 0 to go on; any other number ends
 * the search with QUBE_ERR_CALLBACK, and the message names the callback and the number. They may
 * call the library, but must neither throw nor longjmp. All four must be set.
 */
typedef struct qube_cost_model {
    /**
     * sizeof(qube_cost_model)
     */
    size_t struct_size;
    /**
     * Bytes of a state, 1 to 4096; at most 2^27 for the states of all sets together.
     */
    size_t state_size;
    /**
     * Handed to each callback as it is; may be NULL.
     */
    void *user;
    /**
     * Fills the state of a tensor.
     */
    int32_t (*leaf)(void *user, const struct qube_leaf_facts *facts, void *state);
    /**
     * Fills the state of a result from those of its operands.
     */
    int32_t (*combine)(void *user,
                       const struct qube_contraction_facts *facts,
                       const void *left,
                       const void *right,
                       void *state);
    /**
     * Sets order below 0 where a is better than b, above 0 where it is worse, and 0 where they are
     * equal, as it is before. Both are of the same set of tensors.
     */
    int32_t (*compare)(void *user, const void *a, const void *b, int32_t *order);
    /**
     * Sets cost to what a state costs, a finite number; asked of the whole plan, once.
     */
    int32_t (*value)(void *user, const void *state, double *cost);
} qube_cost_model;

/**
 * Called on the calling thread after each term of qube_optimize_many().
 *
 * @param user   what was given to qube_optimize_many()
 * @param done   terms that have been planned
 * @param total  terms there are
 * @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
 */
typedef int32_t (*qube_progress)(void *user, int64_t done, int64_t total);

/**
 * What the plans of many terms come to. Sizes are elements, work is multiply-add pairs.
 */
typedef struct qube_totals {
    /**
     * sizeof(qube_totals), to be set by the caller
     */
    size_t struct_size;
    /**
     * Sum of the plans' costs.
     */
    double cost;
    /**
     * Sum of their work, unweighted.
     */
    double flops;
    /**
     * The largest peak.
     */
    double peak_elements;
    /**
     * What the terms' cost would fall by if each shared intermediate were computed once.
     */
    double savings;
    int64_t n_terms;
    /**
     * The first term that has the largest peak; -1 without terms.
     */
    int64_t peak_term;
    /**
     * Shared intermediates.
     */
    int64_t n_shared;
} qube_totals;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Copies the message of the last call that failed on this thread.
 *
 * @param buf  receives at most cap bytes, NUL-terminated, cut if need be; may be NULL if cap is 0
 * @param cap  bytes that buf can hold
 * @return the length of the whole message in bytes, without the NUL; 0 when no call has failed yet
 *
 * A message names the culprit by its label and gives its value and what is allowed. Later calls
 * that succeed leave it as it is. Each thread has its own.
 */
size_t qube_last_error(char *buf, size_t cap);

/**
 * The version of the library that is loaded, "major.minor.patch". Never NULL, never to be freed.
 */
const char *qube_version(void);

/**
 * The binary interface of the library that is loaded. A host that was compiled against another one
 * (QUBE_ABI_VERSION of its header) must not call anything else.
 */
int32_t qube_abi_version(void);

/**
 * How much memory this process may use: the least of the machine's physical memory and the memory
 * limits of the process's control groups (cgroup v1 and v2). Swap does not count.
 *
 * @param bytes  receives the bytes, 1 or more
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_SYSTEM (the system does not tell)
 *
 * Reads /proc/self/cgroup and the limits of /sys/fs/cgroup at every call; safe on any thread.
 * Under a scheduler that enforces memory by other means than control groups, ask the scheduler
 * instead.
 */
int32_t qube_memory_limit(int64_t *bytes);

/**
 * Fills a config with the defaults: V released, no derivative cache, no lmax; the sizes are 0 and
 * must be set.
 *
 * @param config  the struct to fill
 * @param size    sizeof *config
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
 */
int32_t qube_harmonic_config_init(struct qube_harmonic_config *config, size_t size);

/**
 * Fills a config with the defaults: S_fixed held, derivatives not cached; the sizes are 0 and must
 * be set.
 *
 * @param config  the struct to fill
 * @param size    sizeof *config
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
 */
int32_t qube_pixel_direct_config_init(struct qube_pixel_direct_config *config, size_t size);

/**
 * The budget of QUBE's harmonic path, above the baseline of the process.
 *
 * @param config  the inputs
 * @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
 *         QUBE_ERR_INPUT (a size below 1, a negative lmax, a truth value other than 0 and 1),
 *         QUBE_ERR_CONFLICT (lmax above lmax_signal), QUBE_ERR_OVERFLOW (a term or sum past
 *         2^63 - 1 bytes)
 *
 * Dense matrices of doubles; with p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes:
 * @verbatim
 *   stage             persistent                              transient
 *   covariance_setup  p                                       p
 *   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x
 *   fisher_run        as basis_setup                          derivative cache: 5m
 *   spectra_run       as basis_setup, + m                     none
 * @endverbatim
 * "switch" means 0 < lmax < lmax_signal. Measured runs were 0 to 5 % above these numbers. Below
 * n_pix of about 2400 they say nothing: the allocator and the interpreter outweigh the matrices.
 * Source: QUBE (CosmoForge), qube.memory_budget, arXiv 2605.21149.
 */
int32_t qube_budget_harmonic(const struct qube_harmonic_config *config, struct qube_budget **out);

/**
 * The budget of QUBE's pixel-direct path, above the baseline of the process.
 *
 * @param config  the inputs
 * @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
 *         QUBE_ERR_INPUT (a size below 1, a truth value other than 0 and 1),
 *         QUBE_ERR_OVERFLOW (a term or sum past 2^63 - 1 bytes)
 *
 * Dense matrices of doubles; with p = 8 n_pix^2 bytes:
 * @verbatim
 *   stage             persistent                              transient
 *   covariance_setup  p                                       p
 *   basis_setup       2p, has_switch: + p                     none
 *   fisher_run        as basis_setup, + p,                    p + n_params p
 *                     derivatives cached: + n_params p
 *   spectra_run       as fisher_run, + p                      p + n_bins p
 * @endverbatim
 * Measured runs were 0 to 5 % above these numbers, but 11 % above in fisher_run without cache;
 * spectra_run is known to be up to 20 % high. Below n_pix of about 2400 they say nothing.
 * Source: QUBE (CosmoForge), qube.memory_budget, arXiv 2605.21149.
 */
int32_t qube_budget_pixel_direct(const struct qube_pixel_direct_config *config,
                                 struct qube_budget **out);

/**
 * Frees a budget.
 *
 * @param budget  the budget, in use by no other thread; NULL does nothing
 */
void qube_budget_free(struct qube_budget *budget);

/**
 * How many stages there are.
 *
 * @param budget  the budget
 * @param count   receives the number, 1 or more
 * @return QUBE_OK; QUBE_ERR_NULL
 */
int32_t qube_budget_stage_count(const struct qube_budget *budget, int64_t *count);

/**
 * The number of the stage with a given name.
 *
 * @param budget  the budget
 * @param name    the exact name, such as "basis_setup"
 * @param stage   receives the number, counted from 0
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_UNKNOWN_STAGE (the message lists
 *         the names)
 */
int32_t qube_budget_find_stage(const struct qube_budget *budget, const char *name, int64_t *stage);

/**
 * The name of a stage.
 *
 * @param budget  the budget
 * @param stage   the stage's number, counted from 0
 * @param buf     receives the name; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_stage_name(const struct qube_budget *budget,
                               int64_t stage,
                               char *buf,
                               size_t cap,
                               size_t *length);

/**
 * The sums of a stage.
 *
 * @param budget  the budget
 * @param stage   the stage's number, counted from 0
 * @param out     receives the sums; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
 */
int32_t qube_budget_stage(const struct qube_budget *budget, int64_t stage, struct qube_stage *out);

/**
 * The size of a term, and whether it is alive when the stage ends.
 *
 * @param budget      the budget
 * @param stage       the stage's number, counted from 0
 * @param term        the term's number in the stage, counted from 0: persistent terms, transient
 *                    ones, late ones
 * @param bytes       receives its bytes
 * @param persistent  receives 1 if it is alive when the stage ends, 0 if only at the stage's peak
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION
 */
int32_t qube_budget_term(const struct qube_budget *budget,
                         int64_t stage,
                         int64_t term,
                         int64_t *bytes,
                         int32_t *persistent);

/**
 * The name of a term, as its source names the array.
 *
 * @param budget  the budget
 * @param stage   the stage's number, counted from 0
 * @param term    the term's number in the stage, as in qube_budget_term()
 * @param buf     receives the name; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_term_name(const struct qube_budget *budget,
                              int64_t stage,
                              int64_t term,
                              char *buf,
                              size_t cap,
                              size_t *length);

/**
 * The largest peak of all stages.
 *
 * @param budget  the budget
 * @param bytes   receives the bytes
 * @return QUBE_OK; QUBE_ERR_NULL
 */
int32_t qube_budget_lifetime_peak(const struct qube_budget *budget, int64_t *bytes);

/**
 * The stage with the largest peak; the first one where several have it.
 *
 * @param budget  the budget
 * @param stage   receives its number, counted from 0
 * @return QUBE_OK; QUBE_ERR_NULL
 */
int32_t qube_budget_peak_stage(const struct qube_budget *budget, int64_t *stage);

/**
 * The budget as a table for people: inputs, stages with their terms, GiB (2^30 bytes) and bytes.
 * Lines are at most 100 columns and end with a newline. The layout may change between releases.
 *
 * @param budget  the budget
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_table(const struct qube_budget *budget, char *buf, size_t cap, size_t *length);

/**
 * The budget as a JSON document on one line, without a newline.
 *
 * @param budget  the budget
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 *
 * Fields: schema ("qube-budget/1"), path, release, stages (each: name, persistent, transient and,
 * if there are any, late, which are arrays of {name, bytes}, persistent_bytes, transient_bytes,
 * peak_bytes, end_bytes), lifetime_peak_bytes, peak_stage (its name), inputs (by name: {value,
 * derived} and from where it is; a value is a number, true, false, a name, or null for one that is
 * absent), note; of ECLIPSE also trace (each: step, event, delta_bytes, total_bytes, printed) and
 * published (stages as the guide sums them up). Fields may be added, none renamed.
 */
int32_t qube_budget_json(const struct qube_budget *budget, char *buf, size_t cap, size_t *length);

/**
 * The budget as a drawing, an SVG document in UTF-8: a bar for each stage with its arrays stacked
 * in it, their names and sizes, and the limit as a line where it is not far above the peak. Equal
 * budgets give equal bytes.
 *
 * @param budget       the budget
 * @param limit_bytes  the limit in bytes, 1 or more; 0: none
 * @param buf          receives the text; NULL with cap 0 to ask for the length only
 * @param cap          bytes that buf can hold
 * @param length       receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
 *         is given too)
 */
int32_t qube_budget_svg(const struct qube_budget *budget,
                        int64_t limit_bytes,
                        char *buf,
                        size_t cap,
                        size_t *length);

/**
 * Compares the budget with a limit: whether it fits, and if not, which stage and term first exceed
 * it. A peak equal to the limit fits.
 *
 * @param budget       the budget
 * @param limit_bytes  the limit in bytes, 1 or more, such as qube_memory_limit() gives
 * @param out          receives the comparison; its struct_size must be set
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size),
 *         QUBE_ERR_INPUT
 */
int32_t qube_budget_check(const struct qube_budget *budget,
                          int64_t limit_bytes,
                          struct qube_check *out);

/**
 * The same comparison in words: one paragraph, no newline.
 *
 * @param budget       the budget
 * @param limit_bytes  the limit in bytes, 1 or more
 * @param buf          receives the text; NULL with cap 0 to ask for the length only
 * @param cap          bytes that buf can hold
 * @param length       receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
 *         is given too)
 */
int32_t qube_budget_check_message(const struct qube_budget *budget,
                                  int64_t limit_bytes,
                                  char *buf,
                                  size_t cap,
                                  size_t *length);

/**
 * The release whose memory use the budget follows, such as "qube-qml 1.1".
 *
 * @param budget  the budget
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_release(const struct qube_budget *budget,
                            char *buf,
                            size_t cap,
                            size_t *length);

/**
 * How far the numbers were compared with runs, in words: "not checked against a run" at worst.
 *
 * @param budget  the budget
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_note(const struct qube_budget *budget, char *buf, size_t cap, size_t *length);

/**
 * How many inputs the budget was computed from.
 *
 * @param budget  the budget
 * @param count   receives the number
 * @return QUBE_OK; QUBE_ERR_NULL
 */
int32_t qube_budget_input_count(const struct qube_budget *budget, int64_t *count);

/**
 * The name of an input, such as "n_modes".
 *
 * @param budget  the budget
 * @param input   the input's number, counted from 0
 * @param buf     receives the name; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_input_name(const struct qube_budget *budget,
                               int64_t input,
                               char *buf,
                               size_t cap,
                               size_t *length);

/**
 * The value of an input as text: digits, "yes" or "no", a name such as "TEB", or "absent".
 *
 * @param budget  the budget
 * @param input   the input's number, counted from 0
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_input_value(const struct qube_budget *budget,
                                int64_t input,
                                char *buf,
                                size_t cap,
                                size_t *length);

/**
 * What an input was computed from, such as "2 x ((128 + 1)^2 - 2^2)"; empty if it was given.
 *
 * @param budget  the budget
 * @param input   the input's number, counted from 0
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_input_from(const struct qube_budget *budget,
                               int64_t input,
                               char *buf,
                               size_t cap,
                               size_t *length);

/**
 * Fills a survey with the defaults: nothing is known; fields is 0 and must be set.
 *
 * @param survey  the struct to fill
 * @param size    sizeof *survey
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
 */
int32_t qube_survey_init(struct qube_survey *survey, size_t size);

/**
 * The budget of QUBE's harmonic path, of sizes that follow from a survey. qube_budget_input_from()
 * tells which these are, and how each follows.
 *
 * @param survey   the survey
 * @param options  the options of the run, and sizes that are known: what is not 0 counts as given.
 *                 NULL: defaults
 * @param out      receives the budget, to be freed by qube_budget_free(); NULL on failure
 * @return QUBE_OK; as qube_budget_harmonic(), and
 *         QUBE_ERR_INPUT (a value outside its range, such as an nside that is no power of two;
 *         nothing to compute a size from),
 *         QUBE_ERR_CONFLICT (a size that was given is not what the others make of it),
 *         QUBE_ERR_OVERFLOW (a size past 2^63 - 1)
 *
 * With n_obs observed pixels of one map:
 * @verbatim
 *   n_pix    T: n_obs      QU: 2 n_obs      TQU: n_obs + 2 n_obs_polarisation
 *   n_modes  (lmax_eff + 1)^2 - lmin^2, for QU twice, for TQU three times
 * @endverbatim
 * n_obs is given, or round(12 nside^2 fsky), or that of a polar cap, 2 i (i + 1) with
 * i = floor(nside sqrt(6 fsky)), as the masks of the published benchmarks are. lmax_eff is lmax,
 * or lmax_signal where lmax is absent. Source: QUBE (CosmoForge), arXiv 2605.21149; HEALPix.
 */
int32_t qube_budget_harmonic_of_survey(const struct qube_survey *survey,
                                       const struct qube_harmonic_config *options,
                                       struct qube_budget **out);

/**
 * The budget of QUBE's pixel-direct path, of sizes that follow from a survey.
 * qube_budget_input_from() tells which these are, and how each follows.
 *
 * @param survey   the survey
 * @param options  the options of the run, and sizes that are known: what is not 0 counts as given.
 *                 NULL: defaults
 * @param out      receives the budget, to be freed by qube_budget_free(); NULL on failure
 * @return as qube_budget_harmonic_of_survey()
 *
 * n_pix is as for qube_budget_harmonic_of_survey(); n_params is n_bins n_spectra. An n_params that
 * is given need not be that, as not all spectra may be estimated, unless n_spectra is given too.
 */
int32_t qube_budget_pixel_direct_of_survey(const struct qube_survey *survey,
                                           const struct qube_pixel_direct_config *options,
                                           struct qube_budget **out);

/**
 * Fills a config with the defaults: one map, not crossed, the inverse not checked, with the Fisher
 * matrix. code, lmax and the pixels are 0 and must be set.
 *
 * @param config  the struct to fill
 * @param size    sizeof *config
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
 */
int32_t qube_eclipse_config_init(struct qube_eclipse_config *config, size_t size);

/**
 * The budget of ECLIPSE, step by step as it allocates and frees, summed over all ranks: stages
 * "step_1", "step_2" ..., and an event for everything that comes or goes (qube_budget_event()).
 *
 * @param config  the inputs
 * @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
 *         QUBE_ERR_INPUT (a value outside its range, pixels that the code needs and has not, or
 *         has no use for), QUBE_ERR_OVERFLOW (a size, term or sum past 2^63 - 1)
 *
 * Matrices of doubles, over t = pix_t, q = pix_p, D = t + 2q pixels, L = (lmax + 1)^2 - 4 modes
 * (for T alone - 1), Lc the same with lmax_cov, M maps. What the first steps of TEB hold at their
 * peaks; the later ones are close to their published sums, and EB and T have fewer parts:
 * @verbatim
 *   step_1  D^2 + 2 t Lc + 8 q Lc
 *   step_2  D^2, the inverse checked: twice
 *   step_3  D^2 + 2 t L + 8 q L + D M + 6 L M
 *           crossed: D^2 + 2 t L + 8 q L + the larger of 2 D M + 6 L M and D M + 12 L M
 * @endverbatim
 * The totals of TEB are those that the program prints for its shipped example; EB and T were not
 * checked against a run: qube_budget_note() says so.
 * Source: ECLIPSE (CosmoTool), JCAP 07 (2021) 034; User Guide V1.02 and its Example_NSide8.
 */
int32_t qube_budget_eclipse(const struct qube_eclipse_config *config, struct qube_budget **out);

/**
 * The same as ECLIPSE's guide sums it up: the steps that it has sums for, without events. The sums
 * leave out step 3, which grows with the number of maps.
 *
 * @param config  the inputs
 * @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
 * @return as qube_budget_eclipse(); QUBE_ERR_INPUT too where neither the inverse is checked nor
 *         the Fisher matrix computed: the guide has no sum for anything else
 *
 * @verbatim
 *         step_2 (inverse checked)  step_4                                         step_6
 *   TEB   2 (t+2q)^2                t^2 + 2tq + 3q^2 + tL + 4qL + 6(t+2q)L         12L^2 + 16qL
 *   EB    2 (2q)^2                  (2q)^2 + 12qL                                  16qL + 6L^2
 *   T     2 t^2                     t^2 + 3tL                                      4tL + 2L^2
 * @endverbatim
 * Source: ECLIPSE's User Guide V1.02, Eqs. 6.1 to 6.9.
 */
int32_t qube_budget_eclipse_published(const struct qube_eclipse_config *config,
                                      struct qube_budget **out);

/**
 * How many events there are.
 *
 * @param budget  the budget
 * @param count   receives the number; 0 where the source does not tell, as for QUBE's paths
 * @return QUBE_OK; QUBE_ERR_NULL
 */
int32_t qube_budget_event_count(const struct qube_budget *budget, int64_t *count);

/**
 * An event: something that is allocated or freed, or only the program printing its total.
 *
 * @param budget  the budget
 * @param event   the event's number, counted from 0, in the order of the run
 * @param out     receives it; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
 */
int32_t qube_budget_event(const struct qube_budget *budget, int64_t event, struct qube_event *out);

/**
 * What an event is about, such as "+ maps".
 *
 * @param budget  the budget
 * @param event   the event's number, counted from 0
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_budget_event_name(const struct qube_budget *budget,
                               int64_t event,
                               char *buf,
                               size_t cap,
                               size_t *length);

/**
 * Fills a grid with the defaults: all is 0; nprow, npcol and block must be set.
 *
 * @param grid  the struct to fill
 * @param size  sizeof *grid
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
 */
int32_t qube_grid_init(struct qube_grid *grid, size_t size);

/**
 * What a rank holds at the peak of a stage, where all matrices are spread block-cyclically over
 * the grid.
 *
 * @param budget  the budget, of ECLIPSE or of another run that spreads its matrices like that
 * @param grid    the grid
 * @param stage   the stage's number, counted from 0
 * @param out     receives the bytes; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
 *         QUBE_ERR_POSITION, QUBE_ERR_INPUT (a size of the grid outside its range),
 *         QUBE_ERR_CONFLICT (ranks that do not fill the grid), QUBE_ERR_OVERFLOW
 *
 * The rank at (r, c) holds max(1, numroc(rows, block, r, nprow)) max(1, numroc(columns, block, c,
 * npcol)) elements of a matrix. Source: ScaLAPACK Users' Guide, section 4.3.
 */
int32_t qube_budget_per_rank(const struct qube_budget *budget,
                             const struct qube_grid *grid,
                             int64_t stage,
                             struct qube_rank_stage *out);

/**
 * How many terms have a matrix of which one rank holds more than 2^31 - 1 elements, which a
 * ScaLAPACK with 32-bit integers cannot number.
 *
 * @param budget  the budget
 * @param grid    the grid
 * @param count   receives the number; 0 is good
 * @return QUBE_OK; as qube_budget_per_rank()
 */
int32_t qube_budget_too_large_count(const struct qube_budget *budget,
                                    const struct qube_grid *grid,
                                    int64_t *count);

/**
 * One of these terms, where it first occurs.
 *
 * @param budget    the budget
 * @param grid      the grid
 * @param which     0 to qube_budget_too_large_count() - 1
 * @param stage     receives the number of the first stage that has it, counted from 0
 * @param term      receives the term's number in that stage, as in qube_budget_term()
 * @param elements  receives the elements of one matrix on the fullest rank
 * @return QUBE_OK; as qube_budget_per_rank()
 */
int32_t qube_budget_too_large(const struct qube_budget *budget,
                              const struct qube_grid *grid,
                              int64_t which,
                              int64_t *stage,
                              int64_t *term,
                              int64_t *elements);

/**
 * The grid and the block with which the fullest rank holds least, of those that are tried: every
 * way to write the number of ranks as a product, blocks of 16, 32, 64, 128 and 256. Of equal ones
 * the squarest grid, then the largest block.
 *
 * @param budget  the budget
 * @param ranks   the number of ranks, 1 to 2^30
 * @param out     receives the grid; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_INPUT (ranks),
 *         QUBE_ERR_OVERFLOW
 */
int32_t qube_budget_best_grid(const struct qube_budget *budget,
                              int64_t ranks,
                              struct qube_grid *out);

/**
 * Fills a job with the defaults: one rank on one node, nothing shared, the grid left to the
 * library, input, baseline and margin as measured.
 *
 * @param job   the struct to fill
 * @param size  sizeof *job
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
 */
int32_t qube_job_init(struct qube_job *job, size_t size);

/**
 * The memory that a run asks a machine for.
 *
 * @param budget  the budget of the run
 * @param job     nodes and ranks; NULL: defaults, one rank on one node
 * @param out     receives the request, to be freed by qube_request_free(); NULL on failure
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
 *         QUBE_ERR_INPUT (a number of the job outside its range, or one that the code has no use
 *         for), QUBE_ERR_CONFLICT (a grid that the ranks do not fill), QUBE_ERR_OVERFLOW
 *
 * A copy c of the arrays is the stage's peak, its margin and the resident input; b is the baseline
 * of a process. With R ranks on a node, and for ECLIPSE the c of the rank that holds most, a node
 * needs
 * @verbatim
 *   R (c + b)   every rank has a copy, or the matrices are spread
 *   c + R b     the ranks of a node share a copy
 * @endverbatim
 * The margin is the largest excess that was measured in the stage. Source: QUBE (CosmoForge),
 * arXiv 2605.21149: 138.9 GiB predicted in this way for a process, 139.5 measured.
 */
int32_t qube_budget_request(const struct qube_budget *budget,
                            const struct qube_job *job,
                            struct qube_request **out);

/**
 * Frees a request.
 *
 * @param request  the request, in use by no other thread; NULL does nothing
 */
void qube_request_free(struct qube_request *request);

/**
 * What the request comes to.
 *
 * @param request  the request
 * @param out      receives the numbers; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
 */
int32_t qube_request_memory(const struct qube_request *request, struct qube_memory *out);

/**
 * How many stages there are: those of the budget, with the same numbers.
 *
 * @param request  the request
 * @param count    receives the number, 1 or more
 * @return QUBE_OK; QUBE_ERR_NULL
 */
int32_t qube_request_stage_count(const struct qube_request *request, int64_t *count);

/**
 * The name of a stage.
 *
 * @param request  the request
 * @param stage    the stage's number, counted from 0
 * @param buf      receives the name; NULL with cap 0 to ask for the length only
 * @param cap      bytes that buf can hold
 * @param length   receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_request_stage_name(const struct qube_request *request,
                                int64_t stage,
                                char *buf,
                                size_t cap,
                                size_t *length);

/**
 * What a stage asks for.
 *
 * @param request  the request
 * @param stage    the stage's number, counted from 0
 * @param out      receives the numbers; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
 */
int32_t qube_request_stage(const struct qube_request *request,
                           int64_t stage,
                           struct qube_stage_memory *out);

/**
 * Where the margin of a stage is from, in a few words, such as "11.44 %, measured", "10.00 %, as
 * asked" or "not calibrated: never measured".
 *
 * @param request  the request
 * @param stage    the stage's number, counted from 0
 * @param buf      receives the text; NULL with cap 0 to ask for the length only
 * @param cap      bytes that buf can hold
 * @param length   receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_request_margin_from(const struct qube_request *request,
                                 int64_t stage,
                                 char *buf,
                                 size_t cap,
                                 size_t *length);

/**
 * A part of a stage: a term of the budget that is alive at the peak, as one copy has it, or where
 * matrices are spread, as the rank has it that holds most.
 *
 * @param request     the request
 * @param stage       the stage's number, counted from 0
 * @param part        the part's number in the stage, counted from 0
 * @param bytes       receives its bytes
 * @param persistent  receives 1 if it outlives the peak of its stage, 0 if it does not
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION
 */
int32_t qube_request_part(const struct qube_request *request,
                          int64_t stage,
                          int64_t part,
                          int64_t *bytes,
                          int32_t *persistent);

/**
 * The name of a part, as its source names the array.
 *
 * @param request  the request
 * @param stage    the stage's number, counted from 0
 * @param part     the part's number in the stage, counted from 0
 * @param buf      receives the name; NULL with cap 0 to ask for the length only
 * @param cap      bytes that buf can hold
 * @param length   receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_request_part_name(const struct qube_request *request,
                               int64_t stage,
                               int64_t part,
                               char *buf,
                               size_t cap,
                               size_t *length);

/**
 * A matrix of which one rank holds more than 2^31 - 1 elements, which a ScaLAPACK with 32-bit
 * integers cannot number; where it first occurs.
 *
 * @param request   the request
 * @param which     0 to n_too_large - 1 of qube_request_memory()
 * @param stage     receives the number of the first stage that has it, counted from 0
 * @param term      receives the term's number in that stage of the budget, as in
 *                  qube_budget_term()
 * @param elements  receives the elements of one matrix on the fullest rank
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION
 */
int32_t qube_request_too_large(const struct qube_request *request,
                               int64_t which,
                               int64_t *stage,
                               int64_t *term,
                               int64_t *elements);

/**
 * The name of its term, as its source names the array.
 *
 * @param request  the request
 * @param which    0 to n_too_large - 1 of qube_request_memory()
 * @param buf      receives the name; NULL with cap 0 to ask for the length only
 * @param cap      bytes that buf can hold
 * @param length   receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_request_too_large_name(const struct qube_request *request,
                                    int64_t which,
                                    char *buf,
                                    size_t cap,
                                    size_t *length);

/**
 * The request as a line for a job script (SLURM), memory rounded up to whole MiB, such as "#SBATCH
 * --nodes=4 --ntasks-per-node=16 --mem=71254M"; no newline. Take one form or the other, not both.
 *
 * @param request  the request
 * @param form     QUBE_SCRIPT_NODE or QUBE_SCRIPT_CPU
 * @param buf      receives the line; NULL with cap 0 to ask for the length only
 * @param cap      bytes that buf can hold
 * @param length   receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (form), QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_request_job_script(const struct qube_request *request,
                                int32_t form,
                                char *buf,
                                size_t cap,
                                size_t *length);

/**
 * What to know of the numbers, in sentences, one on each line: who holds the matrices, what is not
 * calibrated, what a rank cannot number. Every line ends with a newline.
 *
 * @param request  the request
 * @param buf      receives the text; NULL with cap 0 to ask for the length only
 * @param cap      bytes that buf can hold
 * @param length   receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_request_notes(const struct qube_request *request,
                           char *buf,
                           size_t cap,
                           size_t *length);

/**
 * The request as a table for people: stages with their margins and where these are from, what a
 * rank and a node need, both lines for a job script. Lines are at most 100 columns and end with a
 * newline. The layout may change between releases.
 *
 * @param request  the request
 * @param buf      receives the text; NULL with cap 0 to ask for the length only
 * @param cap      bytes that buf can hold
 * @param length   receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_request_table(const struct qube_request *request,
                           char *buf,
                           size_t cap,
                           size_t *length);

/**
 * The request as a JSON document on one line, without a newline.
 *
 * @param request      the request
 * @param limit_bytes  memory of a node in bytes, 1 or more, to compare with; 0: none
 * @param buf          receives the text; NULL with cap 0 to ask for the length only
 * @param cap          bytes that buf can hold
 * @param length       receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
 *         is given too)
 *
 * Fields: schema ("qube-request/1"), path, release, inputs (as in qube_budget_json()), nodes,
 * ranks_per_node, cpus_per_rank, matrices_held_by ("every rank", "every node" or "spread"), grid
 * (where they are spread: nprow, npcol, block), stages (each: name, peak_bytes, margin_bytes,
 * margin_from, calibrated, per_node_bytes), largest_stage, input_bytes, baseline_bytes,
 * resident_bytes, margin_bytes, calibrated, shared_per_node_bytes, own_per_rank_bytes,
 * per_node_bytes, total_bytes, job_script (two lines), notes (sentences); with a limit also check
 * (limit_bytes, fits, spare_bytes). Fields may be added, none renamed.
 */
int32_t qube_request_json(const struct qube_request *request,
                          int64_t limit_bytes,
                          char *buf,
                          size_t cap,
                          size_t *length);

/**
 * What a node holds as a drawing, an SVG document in UTF-8, of the kind that qube_budget_svg()
 * gives: a bar for each stage, in it the processes, their input, the arrays and the margin, all
 * ranks of a node together. Equal requests give equal bytes.
 *
 * @param request      the request
 * @param limit_bytes  memory of a node in bytes, 1 or more, drawn as a line; 0: none
 * @param buf          receives the text; NULL with cap 0 to ask for the length only
 * @param cap          bytes that buf can hold
 * @param length       receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
 *         is given too)
 */
int32_t qube_request_svg(const struct qube_request *request,
                         int64_t limit_bytes,
                         char *buf,
                         size_t cap,
                         size_t *length);

/**
 * A run on QUBE's harmonic path, of which the sizes are given.
 *
 * @param config  the inputs
 * @param out     receives the run, to be freed by qube_run_free(); NULL on failure
 * @return as qube_budget_harmonic(), but a term or sum past 2^63 - 1 bytes is no error yet: a
 *         smaller size may be asked for
 */
int32_t qube_run_harmonic(const struct qube_harmonic_config *config, struct qube_run **out);

/**
 * A run on QUBE's pixel-direct path, of which the sizes are given.
 *
 * @param config  the inputs
 * @param out     receives the run, to be freed by qube_run_free(); NULL on failure
 * @return as qube_budget_pixel_direct(), but a term or sum past 2^63 - 1 bytes is no error yet
 */
int32_t qube_run_pixel_direct(const struct qube_pixel_direct_config *config, struct qube_run **out);

/**
 * A run of ECLIPSE.
 *
 * @param config  the inputs
 * @param out     receives the run, to be freed by qube_run_free(); NULL on failure
 * @return as qube_budget_eclipse(), but a size, term or sum past 2^63 - 1 is no error yet
 */
int32_t qube_run_eclipse(const struct qube_eclipse_config *config, struct qube_run **out);

/**
 * A run on QUBE's harmonic path, of sizes that follow from a survey.
 *
 * @param survey   the survey; n_bins is of no use to this path, but to the comparison with the
 *                 other
 * @param options  as in qube_budget_harmonic_of_survey(); NULL: defaults
 * @param out      receives the run, to be freed by qube_run_free(); NULL on failure
 * @return as qube_budget_harmonic_of_survey(), but a term or sum past 2^63 - 1 bytes is no error
 *         yet
 */
int32_t qube_run_harmonic_of_survey(const struct qube_survey *survey,
                                    const struct qube_harmonic_config *options,
                                    struct qube_run **out);

/**
 * A run on QUBE's pixel-direct path, of sizes that follow from a survey.
 *
 * @param survey   the survey; lmin and lmax are of no use to this path, but to the comparison with
 *                 the other
 * @param options  as in qube_budget_pixel_direct_of_survey(); NULL: defaults
 * @param out      receives the run, to be freed by qube_run_free(); NULL on failure
 * @return as qube_run_harmonic_of_survey()
 */
int32_t qube_run_pixel_direct_of_survey(const struct qube_survey *survey,
                                        const struct qube_pixel_direct_config *options,
                                        struct qube_run **out);

/**
 * Frees a run.
 *
 * @param run  the run, in use by no other thread; NULL does nothing
 */
void qube_run_free(struct qube_run *run);

/**
 * The budget of the run.
 *
 * @param run  the run
 * @param out  receives the budget, to be freed by qube_budget_free(); NULL on failure
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OVERFLOW (a term or sum past 2^63 - 1 bytes)
 */
int32_t qube_run_budget(const struct qube_run *run, struct qube_budget **out);

/**
 * Both of QUBE's paths: the one that QUBE takes, by time alone, what each of them holds, and which
 * fit. The run's own path has its switches, the other one the published defaults.
 *
 * @param run          the run, made from a survey that tells the sizes of both paths: fields,
 *                     pixels, multipoles and bins
 * @param job          nodes and ranks; NULL: defaults, one rank on one node
 * @param limit_bytes  memory of a node in bytes, 1 or more
 * @param out          receives both; its struct_size must be set. by_time is 0 for a run of
 *                     ECLIPSE and where the run does not tell the sizes of both paths
 * @return QUBE_OK, whether they fit or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown
 *         fields set), QUBE_ERR_INPUT (limit_bytes, a number of the job outside its range, or one
 *         that the code has no use for)
 */
int32_t qube_run_paths(const struct qube_run *run,
                       const struct qube_job *job,
                       int64_t limit_bytes,
                       struct qube_paths *out);

/**
 * The path that QUBE takes, by the time that it expects: harmonic if n_modes^3 <= (n_bins + 1)
 * n_pix^3, else pixel-direct. It never looks at memory. Exact for all sizes.
 *
 * @param n_pix    pixels of all fields together; > 0
 * @param n_modes  harmonic modes of all fields together; > 0
 * @param n_bins   bins of multipoles; > 0
 * @param path     receives QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (a size below 1)
 *
 * Source: QUBE (CosmoForge), arXiv 2605.21149.
 */
int32_t qube_path_by_time(int64_t n_pix, int64_t n_modes, int64_t n_bins, int32_t *path);

/**
 * Compares what each node holds with the memory that it has, and if that is too little, tries the
 * single changes that make the run smaller.
 *
 * @param run          the run
 * @param job          nodes and ranks; NULL: defaults, one rank on one node
 * @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
 * @param out          receives the answer, to be freed by qube_fit_free(); NULL on failure
 * @return QUBE_OK, whether it fits or not; as qube_budget_request(), QUBE_ERR_INPUT for
 *         limit_bytes too
 *
 * What a node holds is that of qube_request_memory(): peak, input, baseline and margin of all its
 * ranks. Equal to the limit fits. With input_matrices 0, baseline_bytes 0, margin 0 and one rank
 * it is what qube_budget_check() compares.
 *
 * Changes come in a fixed order: what costs nothing (V released, the best grid); time (no
 * derivative cache, fewer maps); a diagnostic (no check of the inverse); another release (without
 * S_fixed); more of the machine (fewer ranks on a node, more nodes); another method (QUBE's other
 * path); what changes the result (fewer bins).
 */
int32_t qube_run_fit(const struct qube_run *run,
                     const struct qube_job *job,
                     int64_t limit_bytes,
                     struct qube_fit **out);

/**
 * Frees a fit.
 *
 * @param fit  the fit, in use by no other thread; NULL does nothing
 */
void qube_fit_free(struct qube_fit *fit);

/**
 * Whether it fits, and if not, where it first goes over.
 *
 * @param fit  the fit
 * @param out  receives the answer; its struct_size must be set
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
 */
int32_t qube_fit_verdict(const struct qube_fit *fit, struct qube_verdict *out);

/**
 * The name of the first stage in which a node holds more than the limit; empty if it fits.
 *
 * @param fit     the fit
 * @param buf     receives the name; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_fit_stage_name(const struct qube_fit *fit, char *buf, size_t cap, size_t *length);

/**
 * What takes a node over the limit in the first stage that is over: the name of a term of the
 * budget, "baseline", "input" or "margin"; empty if it fits. They count in the order baseline,
 * input, persistent terms, transient terms, margin.
 *
 * @param fit     the fit
 * @param buf     receives the name; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_fit_term_name(const struct qube_fit *fit, char *buf, size_t cap, size_t *length);

/**
 * A single change that makes the run smaller.
 *
 * @param fit     the fit
 * @param change  the change's number, counted from 0, the cheapest first
 * @param out     receives it; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
 */
int32_t qube_fit_change(const struct qube_fit *fit, int64_t change, struct qube_change *out);

/**
 * What to do for a change, in words, such as "release V once the kernels are built".
 *
 * @param fit     the fit
 * @param change  the change's number, counted from 0
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_fit_change_words(const struct qube_fit *fit,
                              int64_t change,
                              char *buf,
                              size_t cap,
                              size_t *length);

/**
 * Both of QUBE's paths, as qube_run_paths() compares them, with the job and the limit of the fit.
 *
 * @param fit  the fit
 * @param out  receives both; its struct_size must be set
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
 */
int32_t qube_fit_paths(const struct qube_fit *fit, struct qube_paths *out);

/**
 * The request of the run, which tells the stages and their parts.
 *
 * @param fit  the fit
 * @param out  receives the request, to be freed by qube_request_free(); NULL on failure
 * @return QUBE_OK; QUBE_ERR_NULL
 */
int32_t qube_fit_request(const struct qube_fit *fit, struct qube_request **out);

/**
 * The verdict in words: one paragraph, no newline.
 *
 * @param fit     the fit
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_fit_message(const struct qube_fit *fit, char *buf, size_t cap, size_t *length);

/**
 * What to change, in one sentence, no newline; empty if it fits.
 *
 * @param fit     the fit
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_fit_advice(const struct qube_fit *fit, char *buf, size_t cap, size_t *length);

/**
 * The answer as a table for people: what a node holds, the verdict, all changes and both paths.
 * Lines are at most 100 columns and end with a newline. The layout may change between releases.
 *
 * @param fit     the fit
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 */
int32_t qube_fit_table(const struct qube_fit *fit, char *buf, size_t cap, size_t *length);

/**
 * The answer as a JSON document on one line, without a newline.
 *
 * @param fit     the fit
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
 *
 * Fields: schema ("qube-fit/1"), limit_bytes, fits, spare_bytes, over (null if it fits: stage,
 * over_bytes, term, term_bytes), message, changes (each: change, value where it is about a number,
 * words, per_node_bytes or null where it overflows, fits), cheapest_change (a number of changes,
 * or null), paths (where both are known: by_time, sides, each: path, lifetime_peak_bytes,
 * per_node_bytes, fits), no_paths (where a survey does not tell both, what it lacks), request (as
 * in qube_request_json()). Fields may be added, none renamed.
 */
int32_t qube_fit_json(const struct qube_fit *fit, char *buf, size_t cap, size_t *length);

/**
 * The extreme value of a size with which a node of so much memory suffices: exact, one more (for
 * nside the next power of two, for nodes one less) does not fit. What overflows does not fit.
 *
 * @param run          the run, of which all other sizes stay
 * @param size         QUBE_SIZE_NSIDE to QUBE_SIZE_RANKS_PER_NODE; nside needs a survey with nside
 *                     and fsky, lmax a survey or ECLIPSE, maps ECLIPSE
 * @param job          nodes and ranks; NULL: defaults. The number that is asked for is replaced,
 *                     and then the grid, too
 * @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
 * @param out          receives the answer; its struct_size must be set
 * @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or
 *         unknown fields set), QUBE_ERR_INPUT (limit_bytes, size, one that this run does not have
 *         or that others were given in place of; a number of the job), QUBE_ERR_CONFLICT (a grid
 *         that the ranks do not fill; n_params no multiple of n_bins, where bins are asked for)
 *
 * Takes time logarithmic in the answer, but for nodes and ranks of ECLIPSE, which have no order,
 * as a grid of more ranks may be a worse one: these are tried one by one.
 */
int32_t qube_run_extreme(const struct qube_run *run,
                         int32_t size,
                         const struct qube_job *job,
                         int64_t limit_bytes,
                         struct qube_found *out);

/**
 * The answer in one sentence, no newline.
 *
 * @param found   the answer, as qube_run_extreme() filled it
 * @param buf     receives the text; NULL with cap 0 to ask for the length only
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
 *         QUBE_ERR_INPUT (a number that qube_run_extreme() does not give), QUBE_ERR_BUFFER (length
 *         is given too)
 */
int32_t qube_found_message(const struct qube_found *found, char *buf, size_t cap, size_t *length);

/**
 * The budget beside what a run of it measured, as a table for people: of every stage what it ends
 * with and its peak, predicted and measured, in GiB (2^30 bytes) and in units of n_pix^2 doubles,
 * and how much more was measured than predicted. Lines are at most 100 columns and end with a
 * newline. The layout may change between releases.
 *
 * @param budget    the budget
 * @param measured  what the run measured, resident sizes: a log or a JSON document
 * @param buf       receives the text; NULL with cap 0 to ask for the length only
 * @param cap       bytes that buf can hold
 * @param length    receives the length in bytes, without the NUL
 * @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (what was measured cannot be
 *         read; the message gives the line), QUBE_ERR_UNKNOWN_STAGE (the message lists the names;
 *         beside ECLIPSE's published sums all its steps may be measured),
 *         QUBE_ERR_BUFFER (length is given too)
 *
 * A line of a log is "STAGE SIZE" (when the stage ends), "STAGE peak SIZE" (the largest in it),
 * "baseline SIZE" (before the first stage; it is taken off) or "lifetime peak SIZE" (the largest
 * of the run). A size is in bytes, or a decimal with KiB, MiB, GiB or TiB; # begins a comment. The
 * document has schema ("qube-measured/1"), baseline_bytes, peak_rss_bytes (the largest of the run)
 * and stages (each: name, rss_bytes, peak_rss_bytes); only stages must be there, and of a stage
 * its name and one size.
 */
int32_t qube_budget_compare_table(const struct qube_budget *budget,
                                  const char *measured,
                                  char *buf,
                                  size_t cap,
                                  size_t *length);

/**
 * The same as a JSON document on one line, without a newline.
 *
 * @param budget    the budget
 * @param measured  as in qube_budget_compare_table()
 * @param buf       receives the text; NULL with cap 0 to ask for the length only
 * @param cap       bytes that buf can hold
 * @param length    receives the length in bytes, without the NUL
 * @return QUBE_OK; as qube_budget_compare_table()
 *
 * Fields: schema ("qube-compare/1"), path, release, n_pix, unit_bytes (n_pix^2 doubles),
 * baseline_bytes, stages (each: name, end, peak), lifetime_peak, not_measured (names of stages),
 * of ECLIPSE's published sums not_predicted (names of steps without a sum), note. end, peak and
 * lifetime_peak have predicted_bytes, measured_bytes, above_baseline_bytes, predicted_units,
 * measured_units, difference_percent (of the prediction); what is not known is
 * null. Fields may be added, none renamed.
 */
int32_t qube_budget_compare_json(const struct qube_budget *budget,
                                 const char *measured,
                                 char *buf,
                                 size_t cap,
                                 size_t *length);

/**
 * Makes an empty table.
 *
 * @param spaces  receives the handle
 */
int32_t qube_spaces_create(struct qube_spaces **spaces);

/**
 * Frees a table; NULL is fine. Networks read with it stay valid.
 */
void qube_spaces_free(struct qube_spaces *spaces);

/**
 * Adds a space of plain indices, or of composite ones that all have the same extent.
 *
 * @param space   its name: the labels of its indices up to the first _ or digit
 * @param extent  elements, 1 or more
 * Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_DUPLICATE.
 */
int32_t qube_spaces_add(struct qube_spaces *spaces, const char *space, int64_t extent);

/**
 * Adds a space of composite indices, whose extents depend on their protos.
 *
 * @param space          its name
 * @param extent         mean domain size, elements, 1 or more
 * @param power_means    power_means[k-1] = (sum over pairs of d^k / pairs)^(1/k), elements, of the
 *                       domain sizes d; finite and above 0
 * @param n_power_means  how many there are; a network needs as many as it has composite indices
 *                       with the same protos
 * Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE.
 */
int32_t qube_spaces_add_composite(struct qube_spaces *spaces,
                                  const char *space,
                                  int64_t extent,
                                  const double *power_means,
                                  int64_t n_power_means);

/**
 * Power means of the domain sizes of composite indices, for qube_spaces_add_composite() and
 * qube_network_builder_add_composite(): means[k-1] = (sum over pairs of d^k / pairs)^(1/k).
 *
 * @param domains    domain sizes d of all pairs, elements, 0 or more, one at least above 0
 * @param n_domains  how many there are
 * @param means      receives the means of order 1 to n_means, elements
 * @param n_means    how many are wanted, 0 to 1024: a network needs as many as it has composite
 *                   indices with the same protos
 * Errors: QUBE_ERR_POWER_MEAN, QUBE_ERR_INPUT (n_domains, n_means).
 */
int32_t qube_power_means(const int64_t *domains, int64_t n_domains, double *means, int64_t n_means);

/**
 * Makes an empty builder.
 *
 * @param builder  receives the handle
 */
int32_t qube_network_builder_create(struct qube_network_builder **builder);

/**
 * Frees a builder; NULL is fine. Networks that it built stay valid.
 */
void qube_network_builder_free(struct qube_network_builder *builder);

/**
 * Adds a plain index.
 *
 * @param label   unique in the network, without control characters
 * @param space   its space; NULL: the label up to the first _, digit or <
 * @param extent  elements, 1 or more
 * Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_DUPLICATE.
 */
int32_t qube_network_builder_add_index(struct qube_network_builder *builder,
                                       const char *label,
                                       const char *space,
                                       int64_t extent);

/**
 * Adds a composite index: one whose extent depends on plain indices added before, its protos.
 *
 * @param label          unique in the network, by custom with the protos: a_1<i_1,i_2>
 * @param space          its space; NULL: the label up to the first _, digit or <
 * @param extent         mean domain size, elements, 1 or more
 * @param protos         labels of the protos
 * @param n_protos       how many there are
 * @param power_means    as for qube_spaces_add_composite; NULL with n_power_means 0: those of a
 *                       callback; without one the extent stands for every k
 * @param n_power_means  how many there are
 * Errors: QUBE_ERR_LABEL, QUBE_ERR_EXTENT, QUBE_ERR_POWER_MEAN, QUBE_ERR_DUPLICATE,
 * QUBE_ERR_UNKNOWN_INDEX (a proto), QUBE_ERR_DOCUMENT (a proto that is composite itself).
 */
int32_t qube_network_builder_add_composite(struct qube_network_builder *builder,
                                           const char *label,
                                           const char *space,
                                           int64_t extent,
                                           const char *const *protos,
                                           int64_t n_protos,
                                           const double *power_means,
                                           int64_t n_power_means);

/**
 * Adds a tensor. Tensors are numbered from 0 in the order in which they are added; their labels
 * may repeat. An index may stand twice on one tensor (a trace).
 *
 * @param label      its label, by which policies know it
 * @param indices    labels of the indices in its slots
 * @param n_indices  how many slots there are; 0 for a scalar
 * Errors: QUBE_ERR_UNKNOWN_INDEX.
 */
int32_t qube_network_builder_add_tensor(struct qube_network_builder *builder,
                                        const char *label,
                                        const char *const *indices,
                                        int64_t n_indices);

/**
 * Sets the indices open in the result, as einsum does: they may keep an index that several tensors
 * carry, or leave out one that a single tensor carries. Without this call they are those that
 * occur in exactly one slot of the whole network.
 *
 * @param targets    labels of the indices, each once
 * @param n_targets  how many there are; 0 for a scalar result
 * Errors: QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_DUPLICATE; an index that no tensor carries is found by
 * qube_network_builder_build.
 */
int32_t qube_network_builder_set_targets(struct qube_network_builder *builder,
                                         const char *const *targets,
                                         int64_t n_targets);

/**
 * Builds the network. The builder stays as it is and must still be freed.
 *
 * @param network  receives the handle
 * Errors: QUBE_ERR_NO_TENSORS, QUBE_ERR_UNKNOWN_INDEX (a target that no tensor carries);
 * QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (a callback for power means).
 */
int32_t qube_network_builder_build(const struct qube_network_builder *builder,
                                   struct qube_network **network);

/**
 * Reads a term in the manner of SeQuant: g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} t{a_3<i_2>;i_2}
 * (label, then bra;ket;aux in braces; a composite index has its protos in angle brackets). The
 * result keeps the indices that occur in exactly one slot.
 *
 * @param text     the term
 * @param spaces   extents by space; the space of an index is its label up to the first _ or digit
 * @param network  receives the handle
 * Errors: QUBE_ERR_PARSE (with the position), QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS,
 * QUBE_ERR_DUPLICATE (a proto twice on one index); QUBE_ERR_CALLBACK, QUBE_ERR_POWER_MEAN (a
 * callback for power means).
 */
int32_t qube_network_parse(const char *text,
                           const struct qube_spaces *spaces,
                           struct qube_network **network);

/**
 * Reads an einsum expression: ijk,kl->ijl. Without -> the result keeps the letters that occur
 * once.
 *
 * @param text     the expression; white space does not count
 * @param letters  extents by letter
 * @param network  receives the handle
 * Errors: QUBE_ERR_PARSE (with the position), QUBE_ERR_UNKNOWN_SPACE, QUBE_ERR_NO_TENSORS,
 * QUBE_ERR_UNKNOWN_INDEX (a letter of the result that no operand has), QUBE_ERR_DUPLICATE.
 */
int32_t qube_network_einsum(const char *text,
                            const struct qube_spaces *letters,
                            struct qube_network **network);

/**
 * Reads a JSON document:
 * {"indices":[{"label":"i_1","extent":56},{"label":"a_1<i_1>","space":"a","extent":12,
 * "protos":["i_1"],"power_means":[12.0]},{"label":"Κ_1","extent":1652,"batchable":true,
 * "target":236}],"tensors":[{"label":"t","indices":["a_1<i_1>","i_1"],"volatile":true}],
 * "targets":["i_1"]}. Without "targets" the result keeps the indices that occur in one slot.
 *
 * @param text     the document
 * @param network  receives the handle
 * @param policy   receives a policy with what the document says of batches and volatile tensors;
 *                 NULL: not wanted
 * Errors: QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, and those of the builder. On
 * failure both handles are NULL.
 */
int32_t qube_network_from_json(const char *text,
                               struct qube_network **network,
                               struct qube_policy **policy);

/**
 * Frees a network; NULL is fine. Plans made from it stay valid.
 */
void qube_network_free(struct qube_network *network);

/**
 * How many tensors there are.
 */
int32_t qube_network_tensor_count(const struct qube_network *network, int64_t *count);

/**
 * The label of a tensor.
 *
 * @param tensor  its number, from 0
 * @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_network_tensor_label(const struct qube_network *network,
                                  int64_t tensor,
                                  char *buf,
                                  size_t cap,
                                  size_t *length);

/**
 * How many indices there are, those that are only protos included.
 */
int32_t qube_network_index_count(const struct qube_network *network, int64_t *count);

/**
 * The label of an index.
 *
 * @param index   its number, from 0
 * @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_network_index_label(const struct qube_network *network,
                                 int64_t index,
                                 char *buf,
                                 size_t cap,
                                 size_t *length);

/**
 * The extent of an index, elements; of a composite one the mean domain size.
 *
 * @param index   its number, from 0
 * @param extent  receives the extent
 * Errors: QUBE_ERR_POSITION.
 */
int32_t qube_network_index_extent(const struct qube_network *network,
                                  int64_t index,
                                  int64_t *extent);

/**
 * Makes a policy that batches nothing and calls no tensor volatile.
 *
 * @param policy  receives the handle
 */
int32_t qube_policy_create(struct qube_policy **policy);

/**
 * Makes a policy from what qube_policy_json() wrote.
 *
 * @param text    the document, schema qube-policy/1
 * @param policy  receives the handle
 * Errors: QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, QUBE_ERR_OPTION.
 */
int32_t qube_policy_from_json(const char *text, struct qube_policy **policy);

/**
 * Makes a policy that says the same as another, with the same callbacks.
 *
 * @param original  the other
 * @param policy    receives the handle
 */
int32_t qube_policy_clone(const struct qube_policy *original, struct qube_policy **policy);

/**
 * Frees a policy; NULL is fine.
 */
void qube_policy_free(struct qube_policy *policy);

/**
 * Lets loops slice the contracted indices of a space.
 *
 * @param space   the space; one that a network does not have does nothing there
 * @param target  the most elements of a batch, 1 or more
 * Errors: QUBE_ERR_TARGET.
 */
int32_t qube_policy_batch_space(struct qube_policy *policy, const char *space, int64_t target);

/**
 * Lets loops slice one index where it is contracted; goes before what its space says.
 *
 * @param label   the label of the index
 * @param target  the most elements of a batch, 1 or more
 * Errors: QUBE_ERR_TARGET.
 */
int32_t qube_policy_batch_index(struct qube_policy *policy, const char *label, int64_t target);

/**
 * Lets loops slice the external indices of a space: those open in the result, which is then put
 * together block by block. The objectives _TIME_SPACE_BATCHED and _SPACE_TIME_BATCHED do so.
 *
 * @param space   the space; one that a network does not have does nothing there
 * @param target  the most elements of a batch, 1 or more
 * Errors: QUBE_ERR_TARGET.
 */
int32_t qube_policy_batch_external_space(struct qube_policy *policy,
                                         const char *space,
                                         int64_t target);

/**
 * Lets loops slice one index where it is external; goes before what its space says.
 *
 * @param label   the label of the index
 * @param target  the most elements of a batch, 1 or more
 * Errors: QUBE_ERR_TARGET.
 */
int32_t qube_policy_batch_external_index(struct qube_policy *policy,
                                         const char *label,
                                         int64_t target);

/**
 * Says that the indices of a space come in tiles: a batch is rounded down to whole tiles, and has
 * one at least.
 *
 * @param space  the space
 * @param tile   elements of a tile, 1 or more; where nothing is said, 1
 * Errors: QUBE_ERR_TARGET.
 */
int32_t qube_policy_tile_space(struct qube_policy *policy, const char *space, int64_t tile);

/**
 * Says that one index comes in tiles; goes before what its space says.
 *
 * @param label  the label of the index
 * @param tile   elements of a tile, 1 or more
 * Errors: QUBE_ERR_TARGET.
 */
int32_t qube_policy_tile_index(struct qube_policy *policy, const char *label, int64_t tile);

/**
 * Says that the tensors of this label change on every iteration.
 */
int32_t qube_policy_add_volatile(struct qube_policy *policy, const char *label);

/**
 * Says that one tensor changes on every iteration, where others of its label do not. The policy
 * then fits networks that have such a tensor only; prefer labels in one that serves many.
 *
 * @param tensor  its number in the network, from 0; qube_optimize() refuses one beyond the last
 * Errors: QUBE_ERR_INPUT (a negative number).
 */
int32_t qube_policy_add_volatile_tensor(struct qube_policy *policy, int64_t tensor);

/**
 * Whether to decline loops over subtrees that hold a volatile tensor.
 *
 * @param on  1 or 0; 0 in a new policy
 * Errors: QUBE_ERR_INPUT.
 */
int32_t qube_policy_set_persistent_only(struct qube_policy *policy, int32_t on);

/**
 * How much of a batch's contribution lives beside the accumulator while it is added.
 *
 * @param factor  0 (in a new policy): nothing; 1: all of it; 0, or 1e-9 to 1e18
 * Errors: QUBE_ERR_OPTION (NaN and negative numbers too).
 */
int32_t qube_policy_set_accumulation_factor(struct qube_policy *policy, double factor);

/**
 * The memory that a plan has to fit: what the objectives _TIME_SPACE_BATCHED and
 * _SPACE_TIME_BATCHED slice for. Without one, as in a new policy, they open no loop. The other
 * objectives do not read it.
 *
 * @param bytes  1 or more
 * Errors: QUBE_ERR_OPTION.
 */
int32_t qube_policy_set_peak_threshold(struct qube_policy *policy, int64_t bytes);

/**
 * Takes the peak threshold back: memory is unlimited.
 */
int32_t qube_policy_clear_peak_threshold(struct qube_policy *policy);

/**
 * Adds what a document says, as if it were said now by the functions above; what the document
 * leaves out stays as it is.
 *
 * @param text  the document, schema qube-policy/1, as qube_policy_json() writes it
 * Errors: QUBE_ERR_DOCUMENT (with line and column), QUBE_ERR_TARGET, QUBE_ERR_OPTION; then nothing
 * has been added.
 */
int32_t qube_policy_add_json(struct qube_policy *policy, const char *text);

/**
 * The policy as a JSON document on one line, schema qube-policy/1.
 *
 * @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_BUFFER, QUBE_ERR_DOCUMENT (the policy has a callback, which no document can
 * hold; see qube_policy_resolve()).
 */
int32_t qube_policy_json(const struct qube_policy *policy, char *buf, size_t cap, size_t *length);

/**
 * The policy for people, a line for each of its parts.
 *
 * @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_policy_report(const struct qube_policy *policy, char *buf, size_t cap, size_t *length);

/**
 * What the policy says of a space: of all its contracted indices without a target of their own.
 *
 * @param space   the space
 * @param target  receives the most elements of a batch, or 0 where nothing is said
 * Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
 */
int32_t qube_policy_space_target(const struct qube_policy *policy,
                                 const char *space,
                                 int64_t *target);

/**
 * What qube_policy_batch_external_space() has said of a space.
 *
 * @param space   the space
 * @param target  receives the most elements of a batch, or 0 where nothing is said
 * Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
 */
int32_t qube_policy_external_space_target(const struct qube_policy *policy,
                                          const char *space,
                                          int64_t *target);

/**
 * What qube_policy_batch_index() has said of a label.
 *
 * @param label   the label of an index
 * @param target  receives the most elements of a batch, or 0 where nothing is said
 * Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
 */
int32_t qube_policy_index_target(const struct qube_policy *policy,
                                 const char *label,
                                 int64_t *target);

/**
 * What qube_policy_batch_external_index() has said of a label.
 *
 * @param label   the label of an index
 * @param target  receives the most elements of a batch, or 0 where nothing is said
 * Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
 */
int32_t qube_policy_external_index_target(const struct qube_policy *policy,
                                          const char *label,
                                          int64_t *target);

/**
 * What qube_policy_tile_space() has said of a space.
 *
 * @param space  the space
 * @param tile   receives the elements of a tile, or 0 where nothing is said
 * Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
 */
int32_t qube_policy_space_tile(const struct qube_policy *policy, const char *space, int64_t *tile);

/**
 * What qube_policy_tile_index() has said of a label.
 *
 * @param label  the label of an index
 * @param tile   receives the elements of a tile, or 0 where nothing is said
 * Errors: QUBE_ERR_NULL, QUBE_ERR_UTF8.
 */
int32_t qube_policy_index_tile(const struct qube_policy *policy, const char *label, int64_t *tile);

/**
 * What qube_policy_set_persistent_only() has set.
 *
 * @param on  receives 1 or 0
 */
int32_t qube_policy_persistent_only(const struct qube_policy *policy, int32_t *on);

/**
 * What qube_policy_set_accumulation_factor() has set.
 *
 * @param factor  receives the factor
 */
int32_t qube_policy_accumulation_factor(const struct qube_policy *policy, double *factor);

/**
 * What qube_policy_set_peak_threshold() has set.
 *
 * @param bytes  receives the threshold, or 0 where there is none
 */
int32_t qube_policy_peak_threshold(const struct qube_policy *policy, int64_t *bytes);

/**
 * What the policy says of an index in the role that it has in a network, callbacks included: what
 * an evaluator asks before it slices. Callbacks are asked about the whole network; for many
 * questions about one network, resolve the policy first.
 *
 * @param label    the label of the index in the network
 * @param slicing  the struct to fill; its struct_size must be set
 * Errors: QUBE_ERR_UNKNOWN_INDEX, QUBE_ERR_ABI, QUBE_ERR_POSITION (a volatile tensor that the
 * network does not have); QUBE_ERR_CALLBACK, QUBE_ERR_TARGET (what a callback said).
 */
int32_t qube_policy_slicing(const struct qube_policy *policy,
                            const struct qube_network *network,
                            const char *label,
                            struct qube_slicing *slicing);

/**
 * The most elements that a batch of an index may have: qube_policy_slicing() for those who want no
 * more.
 *
 * @param label   the label of the index in the network
 * @param target  receives the target, or 0 where the index must not be sliced
 * Errors: those of qube_policy_slicing().
 */
int32_t qube_policy_target(const struct qube_policy *policy,
                           const struct qube_network *network,
                           const char *label,
                           int64_t *target);

/**
 * Whether a tensor changes on every iteration.
 *
 * @param tensor       its number in the network, from 0
 * @param is_volatile  receives 1 or 0
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_CALLBACK, QUBE_ERR_TARGET (what a callback said).
 */
int32_t qube_policy_is_volatile(const struct qube_policy *policy,
                                const struct qube_network *network,
                                int64_t tensor,
                                int32_t *is_volatile);

/**
 * Makes a policy of what another says of one network, by index label and tensor number. It says the
 * same there, has no callbacks, and can be written as JSON.
 *
 * @param policy    the other
 * @param network   the network
 * @param resolved  receives the handle
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_CALLBACK, QUBE_ERR_TARGET (what a callback said).
 */
int32_t qube_policy_resolve(const struct qube_policy *policy,
                            const struct qube_network *network,
                            struct qube_policy **resolved);

/**
 * Sets the callback that says of an index whether loops may slice it, where the policy says nothing
 * of it by label or space. Clones of the policy share it.
 *
 * @param callback   NULL: none, as in a new policy; then user and free_user do not count
 * @param user       handed to the callback as it is; may be NULL
 * @param free_user  frees user; NULL: user is the host's, and outlives all policies with the
 *                   callback. After a failure user is the host's in any case.
 */
int32_t qube_policy_set_batchable_callback(struct qube_policy *policy,
                                           qube_batchable_callback callback,
                                           void *user,
                                           qube_free_user free_user);

/**
 * Sets the callback that says of a tensor whether it changes on every iteration, where the policy
 * does not say so by label or number. Clones of the policy share it.
 *
 * @param callback   NULL: none, as in a new policy; then user and free_user do not count
 * @param user       handed to the callback as it is; may be NULL
 * @param free_user  as for qube_policy_set_batchable_callback()
 */
int32_t qube_policy_set_volatile_callback(struct qube_policy *policy,
                                          qube_volatile_callback callback,
                                          void *user,
                                          qube_free_user free_user);

/**
 * Sets the callback that gives the power means of the builder's composite indices that are added
 * without, when the network is built.
 *
 * @param callback   NULL: none, as in a new builder; then the extent stands for every k, and user
 *                   and free_user do not count
 * @param user       handed to the callback as it is; may be NULL
 * @param free_user  frees user when the builder is freed or gets another callback; NULL: user is
 *                   the host's, and outlives the builder. After a failure it is the host's in any
 *                   case. Networks do not hold the callback.
 */
int32_t qube_network_builder_set_inner_pow_callback(struct qube_network_builder *builder,
                                                    qube_inner_pow_callback callback,
                                                    void *user,
                                                    qube_free_user free_user);

/**
 * Sets the callback that gives the power means of composite indices whose spaces have none in the
 * table, when a term is read with it.
 *
 * @param callback   NULL: none, as in a new table; then the extent stands for every k, and user and
 *                   free_user do not count
 * @param user       handed to the callback as it is; may be NULL
 * @param free_user  as for qube_network_builder_set_inner_pow_callback()
 */
int32_t qube_spaces_set_inner_pow_callback(struct qube_spaces *spaces,
                                           qube_inner_pow_callback callback,
                                           void *user,
                                           qube_free_user free_user);

/**
 * Fills options with the defaults.
 *
 * @param options      the struct to fill
 * @param struct_size  sizeof(qube_options) as the caller knows it
 * Errors: QUBE_ERR_ABI.
 */
int32_t qube_options_init(struct qube_options *options, size_t struct_size);

/**
 * Finds the best plan of a network, on the calling thread: proven best in the space searched. Of 64
 * tensors at most for work, storage and peaks (QUBE_DENSE_FLOPS, _SIZE, _PEAK, _TIME_SPACE;
 * QUBE_DENSE_PEAK_BATCHED where slicing is free: nothing is charged for accumulation, and no
 * volatile tensors keep loops away), as far as trees do not compete too much; of 16 where slicing
 * is not free, and under the objectives with a threshold on the peak. There, of 17 to 64 tensors,
 * a good plan is found: loops are chosen on trees of easier searches, which bound what is least.
 * Of more than 64 tensors, up to 4096, a good plan is found by greedy trees, annealing and exact
 * windows, without loops for a threshold on the peak, sharing, and slicing that is not free: the
 * summary says that it is not proven best. That takes about a second for a hundred tensors, and
 * some ten for a thousand.
 * At a limit of the options a search stops with the best plan so far: the summary then says that it
 * is not proven best, what no plan goes below, and how far the best one may be. Built in are 1 GiB,
 * and from 31 tensors on one or two seconds' worth of steps; with up to 30 tensors some ten
 * seconds' worth, and QUBE_ERR_TOO_LARGE if nothing is proven then and no limit was set.
 * With subnet_cse the search is repeated for decisions on what to share, within a limit on the
 * work: the summary says whether the plan is proven best, and what no plan goes below.
 *
 * @param network  what to contract
 * @param policy   what may be sliced; NULL: nothing
 * @param options  objective and weights; NULL: the defaults
 * @param plan     receives the handle
 * Errors: QUBE_ERR_TOO_LARGE (tensors, batchable indices or table), QUBE_ERR_OPTION,
 * QUBE_ERR_ABI, QUBE_ERR_POWER_MEAN (a table shorter than the network needs), QUBE_ERR_OVERFLOW
 * (the product of all extents leaves 2^-700 to 2^700; with more than 64 tensors, the elements of
 * a tensor or the work of a contraction exceed 2^700), QUBE_ERR_LIMIT (a limit that leaves no plan,
 * or none with the proof that require_optimal asks for); those of qube_policy_resolve().
 */
int32_t qube_optimize(const struct qube_network *network,
                      const struct qube_policy *policy,
                      const struct qube_options *options,
                      struct qube_plan **plan);

/**
 * As qube_optimize(), with reports on the way and a way to stop.
 *
 * @param network   what to contract
 * @param policy    what may be sliced; NULL: nothing
 * @param options   objective, weights and limits; NULL: the defaults
 * @param progress  called on the calling thread; NULL: nobody
 * @param user      given to progress as it is
 * @param plan      receives the handle
 * Errors: those of qube_optimize(); QUBE_ERR_CALLBACK, stopped by progress with require_optimal.
 */
int32_t qube_optimize_with_progress(const struct qube_network *network,
                                    const struct qube_policy *policy,
                                    const struct qube_options *options,
                                    qube_search_progress progress,
                                    void *user,
                                    struct qube_plan **plan);

/**
 * Frees a plan; NULL is fine.
 */
void qube_plan_free(struct qube_plan *plan);

/**
 * What the plan comes to.
 *
 * @param summary  the struct to fill; its struct_size must be set
 * Errors: QUBE_ERR_ABI.
 */
int32_t qube_plan_summary(const struct qube_plan *plan, struct qube_summary *summary);

/**
 * The peak in bytes, rounded up to whole elements.
 *
 * @param bytes  receives the bytes
 * Errors: QUBE_ERR_OVERFLOW from 2^53 elements on, where a double no longer counts each.
 */
int32_t qube_plan_peak_bytes(const struct qube_plan *plan, int64_t *bytes);

/**
 * The sequence: tensor numbers, and -1 to contract the two results on top of the stack.
 *
 * @param out     receives the entries; NULL with cap 0: only the length is wanted
 * @param cap     entries that out can hold
 * @param length  receives the number of entries: 2 n_tensors - 1
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_sequence(const struct qube_plan *plan, int64_t *out, size_t cap, size_t *length);

/**
 * The points (peak, cost) at the root by increasing peak: the plan's alone, unless the options
 * asked for the frontier; none for additive objectives.
 *
 * @param peaks   receives the peaks, elements; NULL with cap 0: only the length is wanted
 * @param costs   receives the costs; as peaks
 * @param cap     doubles that each of the two can hold
 * @param length  receives the number of points
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_frontier(const struct qube_plan *plan,
                           double *peaks,
                           double *costs,
                           size_t cap,
                           size_t *length);

/**
 * The order of the plan's contractions that holds least: also one that the sequence cannot express,
 * because it begins one operand before the other is done (Liu 1987, the best order of a given
 * tree). It is the plan's own where none holds less; other trees are not looked at. The
 * contractions inside a loop follow each other, and end with the one that opens it. In loops that
 * open further loops, and where results are shared, the plan's order is kept.
 *
 * @param out        receives the places of the contractions (qube_plan_node) in that order, without
 *                   those that are shared or skipped; NULL with cap 0: only the length and the peak
 *                   are wanted
 * @param cap        places that out can hold
 * @param length     receives the number of contractions: n_tensors - 1 unless results are shared
 * @param peak       receives the most elements alive at a time in that order: at most
 *                   peak_elements
 * @param peak_node  receives the place of the contraction at which that is; 0 for a single tensor
 * Time O(n^2) for n tensors.
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_best_order(const struct qube_plan *plan,
                             int64_t *out,
                             size_t cap,
                             size_t *length,
                             double *peak,
                             int64_t *peak_node);

/**
 * A node of the plan. Nodes are in the order of their evaluation, the entries of the sequence.
 *
 * @param node  its place, from 0 to n_nodes - 1
 * @param out   the struct to fill; its struct_size must be set
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_ABI.
 */
int32_t qube_plan_node(const struct qube_plan *plan, int64_t node, struct qube_node *out);

/**
 * The label of a node's tensor; empty for a contraction.
 *
 * @param node    its place, from 0
 * @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_plan_node_label(const struct qube_plan *plan,
                             int64_t node,
                             char *buf,
                             size_t cap,
                             size_t *length);

/**
 * The labels of a node's open indices, with a newline between each two. They are in the order of
 * the network; those of a node that is shared with another, in the order of their counterparts
 * there.
 *
 * @param node    its place, from 0
 * @param buf     receives the labels and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_plan_node_open(const struct qube_plan *plan,
                            int64_t node,
                            char *buf,
                            size_t cap,
                            size_t *length);

/**
 * The labels of the indices that loops around a node slice, the outermost first, with a newline
 * between each two.
 *
 * @param node    its place, from 0
 * @param buf     receives the labels and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_plan_node_nest(const struct qube_plan *plan,
                            int64_t node,
                            char *buf,
                            size_t cap,
                            size_t *length);

/**
 * What is alive at a node's turn, by increasing place: tensors and results that are not yet
 * consumed, the node itself, and results that loops around it add to. What qube_node.live has
 * beyond the sum is the contribution of a batch that lives beside its accumulator, or the block
 * that is being made.
 *
 * @param node      its place, from 0
 * @param numbers   receives the numbers (qube_node.number); NULL with cap 0: only the length is
 *                  wanted
 * @param elements  receives the elements of each, as the loops that have been entered slice it; as
 *                  numbers
 * @param cap       entries that each of the two can hold
 * @param length    receives how many are alive: n_alive
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_plan_node_alive(const struct qube_plan *plan,
                             int64_t node,
                             int64_t *numbers,
                             double *elements,
                             size_t cap,
                             size_t *length);

/**
 * A loop that a node opens around the evaluation of both operands; the outermost is the first.
 *
 * @param node     the node's place, from 0
 * @param loop     the loop's number, from 0 to n_loops - 1
 * @param batch    receives the elements of a batch; the last one may be shorter
 * @param batches  receives how many batches there are
 * Errors: QUBE_ERR_POSITION.
 */
int32_t qube_plan_loop(const struct qube_plan *plan,
                       int64_t node,
                       int64_t loop,
                       int64_t *batch,
                       int64_t *batches);

/**
 * The label of the index that a loop slices.
 *
 * @param node    the node's place, from 0
 * @param loop    the loop's number, from 0 to n_loops - 1
 * @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_plan_loop_index(const struct qube_plan *plan,
                             int64_t node,
                             int64_t loop,
                             char *buf,
                             size_t cap,
                             size_t *length);

/**
 * What is sliced by a loop that a node opens: the role of its index in the network.
 *
 * @param node  the node's place, from 0
 * @param loop  the loop's number, from 0 to n_loops - 1
 * @param role  receives QUBE_ROLE_CONTRACTED: the batches add to the result; or
 *              QUBE_ROLE_EXTERNAL: each makes a block of it
 * Errors: QUBE_ERR_POSITION.
 */
int32_t qube_plan_loop_role(const struct qube_plan *plan,
                            int64_t node,
                            int64_t loop,
                            int32_t *role);

/**
 * Whether nothing fits the threshold on the peak that the policy gave, under the objectives that
 * read it (QUBE_DENSE_TIME_SPACE_BATCHED, QUBE_DENSE_SPACE_TIME_BATCHED).
 *
 * @param out  the struct to fill; its struct_size must be set
 * Errors: QUBE_ERR_ABI.
 */
int32_t qube_plan_infeasible(const struct qube_plan *plan, struct qube_infeasible *out);

/**
 * A loop of a schedule that reaches the least peak, where nothing fits.
 *
 * @param loop     its number, from 0 to n_loops - 1 of qube_infeasible
 * @param batch    receives the elements of a batch; the last one may be shorter
 * @param batches  receives how many batches there are
 * @param role     receives QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL
 * Errors: QUBE_ERR_POSITION.
 */
int32_t qube_plan_infeasible_loop(const struct qube_plan *plan,
                                  int64_t loop,
                                  int64_t *batch,
                                  int64_t *batches,
                                  int32_t *role);

/**
 * The label of the index that such a loop slices.
 *
 * @param loop    its number, from 0 to n_loops - 1 of qube_infeasible
 * @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_plan_infeasible_loop_index(const struct qube_plan *plan,
                                        int64_t loop,
                                        char *buf,
                                        size_t cap,
                                        size_t *length);

/**
 * The plan as text for people: steps, footprints, live memory, the peak.
 *
 * @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_report(const struct qube_plan *plan, char *buf, size_t cap, size_t *length);

/**
 * The plan as a JSON document on one line, schema qube-plan/1.
 *
 * @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_json(const struct qube_plan *plan, char *buf, size_t cap, size_t *length);

/**
 * Live memory over the plan as a drawing, an SVG document in UTF-8: a column for each node, what is
 * alive stacked in it, the loops as bands, the peak and what is alive there. Equal plans give equal
 * bytes.
 *
 * @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_svg(const struct qube_plan *plan, char *buf, size_t cap, size_t *length);

/**
 * The contraction tree in the DOT language of Graphviz, in UTF-8: open indices, footprints and
 * work, the loops as frames around what they repeat, the peak. Equal plans give equal bytes.
 *
 * @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
 * @param cap     bytes that buf can hold
 * @param length  receives the length in bytes without the NUL
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_dot(const struct qube_plan *plan, char *buf, size_t cap, size_t *length);

/**
 * Begins a cost model: sets struct_size, and everything else to 0 and NULL, for the host to set.
 *
 * @param model        the struct to fill
 * @param struct_size  sizeof(qube_cost_model) as the caller knows it
 * Errors: QUBE_ERR_ABI.
 */
int32_t qube_cost_model_init(struct qube_cost_model *model, size_t struct_size);

/**
 * Finds the best plan of a network of 16 tensors at most under a cost model of the host's own, on
 * the calling thread: the best one if the model is monotone. Among splits of a set whose states
 * are equal the last one counts. The plan has the objective QUBE_CUSTOM and as its cost the
 * model's value; its nodes have none. A search that a limit of the options stops gives the plan
 * that the model likes best of those of little work, storage and peak memory; nothing is known then
 * of what no plan goes below, and the lower bound is -DBL_MAX.
 *
 * @param network  what to contract
 * @param policy   what is volatile (no loops are opened); NULL: nothing
 * @param options  NULL: the defaults. The objective, the weights and the roofline are checked but
 *                 not used: the model says what counts
 * @param model    the callbacks
 * @param plan     receives the handle
 * Errors: those of qube_optimize; QUBE_ERR_CALLBACK (a callback returned a number other than 0, or
 * value gave a cost that is not finite), QUBE_ERR_NULL (a callback, too), QUBE_ERR_OPTION
 * (state_size), QUBE_ERR_TOO_LARGE (all states together).
 */
int32_t qube_optimize_custom(const struct qube_network *network,
                             const struct qube_policy *policy,
                             const struct qube_options *options,
                             const struct qube_cost_model *model,
                             struct qube_plan **plan);

/**
 * Plans every term of a residual with one policy and one set of options.
 *
 * @param networks     the terms
 * @param n_networks   how many there are; 0 is fine
 * @param policy       what may be sliced; NULL: nothing
 * @param options      objective and weights; NULL: the defaults
 * @param num_threads  threads that compute: 1, the calling thread alone; more, up to 1024, are
 *                     started for this call. The answer does not depend on it.
 * @param progress     called on the calling thread after each term; may be NULL
 * @param user         given to progress as it is
 * @param plans        receives the handle
 * Errors: QUBE_ERR_CALLBACK, QUBE_ERR_INPUT (num_threads), QUBE_ERR_SYSTEM (threads that do not
 * start), and those of qube_optimize(); their message names the first term, in order, that has one.
 */
int32_t qube_optimize_many(const struct qube_network *const *networks,
                           int64_t n_networks,
                           const struct qube_policy *policy,
                           const struct qube_options *options,
                           int64_t num_threads,
                           qube_progress progress,
                           void *user,
                           struct qube_plans **plans);

/**
 * Frees the plans; NULL is fine. Plans taken from it stay valid.
 */
void qube_plans_free(struct qube_plans *plans);

/**
 * What the plans come to.
 *
 * @param totals  the struct to fill; its struct_size must be set
 * Errors: QUBE_ERR_ABI.
 */
int32_t qube_plans_totals(const struct qube_plans *plans, struct qube_totals *totals);

/**
 * The plan of a term, as a handle of its own.
 *
 * @param term  its number, from 0 in the order of the networks
 * @param plan  receives the handle, to be freed with qube_plan_free()
 * Errors: QUBE_ERR_POSITION.
 */
int32_t qube_plans_plan(const struct qube_plans *plans, int64_t term, struct qube_plan **plan);

/**
 * What a shared intermediate would save, if it were computed at the first place where it is met
 * and kept. Intermediates are shared when they are equal up to a renaming of indices (same tensor
 * labels, spaces, extents, protos, connections and open slots), equally volatile, and whole: not
 * sliced by a loop around them. Those within a shared one are not listed again.
 *
 * @param shared   its number, from 0, the largest saving first
 * @param savings  receives what the terms' cost would fall by
 * Errors: QUBE_ERR_POSITION.
 */
int32_t qube_plans_shared(const struct qube_plans *plans, int64_t shared, double *savings);

/**
 * Where a shared intermediate is met: terms and nodes of their plans, in order.
 *
 * @param shared  its number, from 0
 * @param terms   receives the terms; NULL with cap 0: only the length is wanted
 * @param nodes   receives the nodes of their plans; as terms
 * @param cap     numbers that each of the two can hold
 * @param length  receives the number of places
 * Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
 */
int32_t qube_plans_shared_places(const struct qube_plans *plans,
                                 int64_t shared,
                                 int64_t *terms,
                                 int64_t *nodes,
                                 size_t cap,
                                 size_t *length);

/**
 * Reads a plan that qube_plan_json or the command line (qube plan --json) wrote, on this host or
 * another. It is equal to the one that was written. The document is checked: its sequence spells a
 * tree, and its numbers agree with each other. Fields that are not known are passed over.
 *
 * @param text  the document
 * @param plan  receives the handle
 * Errors: QUBE_ERR_DOCUMENT, with the reason.
 */
int32_t qube_plan_from_json(const char *text, struct qube_plan **plan);

/**
 * The plan as bytes, to be sent or stored: they carry a version, and mean the same on every host.
 *
 * @param out     receives the bytes; NULL with cap 0: only the length is wanted
 * @param cap     bytes that out can hold
 * @param length  receives the number of bytes
 * Errors: QUBE_ERR_BUFFER.
 */
int32_t qube_plan_to_bytes(const struct qube_plan *plan, uint8_t *out, size_t cap, size_t *length);

/**
 * Reads a plan that qube_plan_to_bytes wrote; checked as by qube_plan_from_json.
 *
 * @param bytes  the bytes; NULL is fine when count is 0
 * @param count  how many there are
 * @param plan   receives the handle
 * Errors: QUBE_ERR_DOCUMENT, with the reason.
 */
int32_t qube_plan_from_bytes(const uint8_t *bytes, int64_t count, struct qube_plan **plan);

/**
 * Replays a plan by code that shares nothing with the search, and compares all that it says of
 * itself: of each node the tensors, open indices, sizes, work, cost, loops and their batches, what
 * is alive before, at and after it, and the advice to a cache; the sums, the peak and where it is;
 * and whether it fits the policy's threshold on the peak. Numbers agree to 1e-12 relative. For
 * plans that were read, sent or stored, and for hosts that trust no search.
 *
 * @param plan     the plan
 * @param network  the network that it was made for
 * @param policy   the policy; NULL: nothing is sliced or volatile
 * @param options  objective and weights; NULL: the defaults
 *
 * What the plan says of other plans is not looked at: that it is the best one, the frontier, the
 * lower bound, and what would fit where nothing does. Under a custom model the cost is the model's,
 * and not looked at either; the objective of the options is then not read. Time O(n^3) for n
 * tensors.
 * Errors: QUBE_ERR_REPLAY, and the message says what differs first; those of qube_optimize for
 * options, sizes and policies.
 */
int32_t qube_plan_verify(const struct qube_plan *plan,
                         const struct qube_network *network,
                         const struct qube_policy *policy,
                         const struct qube_options *options);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* QUBE_BUDGET_H */
