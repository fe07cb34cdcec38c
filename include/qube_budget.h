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
 *  - No call prints, reads the environment, starts a thread or raises a floating-point exception
 *    flag other than "inexact". Calls on different handles may run on different threads; so may
 *    calls that only read one handle (those that take it as const).
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
 * A budget input outside its range.
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
 * A power mean that is missing or not a finite positive number.
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
 * A JSON document that says something it cannot mean.
 */
#define QUBE_ERR_DOCUMENT 20

/**
 * The operating system did not answer.
 */
#define QUBE_ERR_SYSTEM 21

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
 * A memory budget: the stages of a run, each with its named terms in bytes.
 *
 * It never changes once made, so any number of threads may read one at the same time.
 */
typedef struct qube_budget qube_budget;

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
 * A stage of a budget, filled by qube_budget_stage(); 48 bytes.
 */
typedef struct qube_stage {
    /**
     * sizeof(qube_stage), set by the caller
     */
    size_t struct_size;
    /**
     * Sum of the terms alive when the stage ends.
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
 * The size of a term, and whether it is persistent.
 *
 * @param budget      the budget
 * @param stage       the stage's number, counted from 0
 * @param term        the term's number in the stage, counted from 0, persistent terms first
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
 * @param term    the term's number in the stage, counted from 0, persistent terms first
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
 * Fields: schema ("qube-budget/1"), path, release, stages (each: name, persistent and transient,
 * which are arrays of {name, bytes}, persistent_bytes, transient_bytes, peak_bytes),
 * lifetime_peak_bytes, peak_stage (its name), inputs (by name: {value, derived}; a value is a
 * number, true, false or null for one that is absent). Fields may be added, none renamed.
 */
int32_t qube_budget_json(const struct qube_budget *budget, char *buf, size_t cap, size_t *length);

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

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* QUBE_BUDGET_H */
