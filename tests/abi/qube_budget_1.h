/* Binary interface 1, as hosts were built against it. What stands here holds until QUBE_ABI_VERSION is
   another number, which gets a file of its own.

   It does not compile with a header in which a signature, a constant, a callback, or the type or place
   of a field is another. What may come without a new version is added here: a function, a constant, a
   struct, a field at the end of a struct that begins with struct_size. That struct keeps its size here,
   and gets it as its BASELINE in src/ffi. tests/abi.rs sees that all that the header declares is in
   this file; tests/c/abi.c passes the sizes. */
#ifndef QUBE_BUDGET_ABI_1_H
#define QUBE_BUDGET_ABI_1_H

#include <stddef.h>
#include <stdint.h>

#include "qube_budget.h"

_Static_assert(QUBE_ABI_VERSION == 1, "this is binary interface 1");
_Static_assert(sizeof(size_t) == 8 && sizeof(void *) == 8, "for 64 bits");

/* C has no type of a field but by _Generic; a pointer to it keeps qualifiers. */
#define IS(value, type) _Generic((value), type : 1, default : 0)

#define CONSTANT(name, value) _Static_assert((name) == (value), #name " has another value")
#define FUNCTION(name, result, parameters) \
    _Static_assert(IS(&name, result(*) parameters), #name " has another signature")
#define CALLBACK(name, result, parameters) \
    _Static_assert(IS((name)0, result(*) parameters), #name " has another signature")
/* A struct that begins with struct_size: it may grow, and hosts go on to pass this size. */
#define GROWABLE(type, size)                                                \
    _Static_assert(sizeof(type) >= (size), #type " has become smaller");    \
    enum { type##_size_1 = (size) }
/* An element of an array, whose size is the distance of two. */
#define ELEMENT(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")
#define FIELD(type, field, kind, offset)                                                       \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " stands elsewhere");   \
    _Static_assert(IS(&((type *)0)->field, kind *), #type "." #field " has another type")
/* A callback in a struct. */
#define MEMBER(type, field, result, parameters, offset)                                        \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " stands elsewhere");   \
    _Static_assert(IS(((type *)0)->field, result(*) parameters), #type "." #field " has another type")

/* --- Constants ---------------------------------------------------------------------------------- */

CONSTANT(QUBE_OK, 0);

CONSTANT(QUBE_ERR_NULL, 1);
CONSTANT(QUBE_ERR_ABI, 2);
CONSTANT(QUBE_ERR_UTF8, 4);
CONSTANT(QUBE_ERR_INPUT, 5);
CONSTANT(QUBE_ERR_CONFLICT, 6);
CONSTANT(QUBE_ERR_OVERFLOW, 7);
CONSTANT(QUBE_ERR_UNKNOWN_STAGE, 8);
CONSTANT(QUBE_ERR_POSITION, 9);
CONSTANT(QUBE_ERR_EXTENT, 10);
CONSTANT(QUBE_ERR_POWER_MEAN, 11);
CONSTANT(QUBE_ERR_UNKNOWN_INDEX, 12);
CONSTANT(QUBE_ERR_UNKNOWN_SPACE, 13);
CONSTANT(QUBE_ERR_DUPLICATE, 14);
CONSTANT(QUBE_ERR_PARSE, 15);
CONSTANT(QUBE_ERR_NO_TENSORS, 16);
CONSTANT(QUBE_ERR_TOO_LARGE, 17);
CONSTANT(QUBE_ERR_TARGET, 18);
CONSTANT(QUBE_ERR_OPTION, 19);
CONSTANT(QUBE_ERR_DOCUMENT, 20);
CONSTANT(QUBE_ERR_SYSTEM, 21);
CONSTANT(QUBE_ERR_LABEL, 22);
CONSTANT(QUBE_ERR_CALLBACK, 23);
CONSTANT(QUBE_ERR_REPLAY, 24);
CONSTANT(QUBE_ERR_LIMIT, 25);
CONSTANT(QUBE_ERR_PANIC, 99);

CONSTANT(QUBE_VERSION_MAJOR, 0);
CONSTANT(QUBE_VERSION_MINOR, 2);
CONSTANT(QUBE_VERSION_PATCH, 0);

CONSTANT(QUBE_FORMAT_TABLE, 1);
CONSTANT(QUBE_FORMAT_JSON, 2);
CONSTANT(QUBE_FORMAT_SVG, 3);
CONSTANT(QUBE_FORMAT_DOT, 4);
CONSTANT(QUBE_FORMAT_JOB_SCRIPT, 5);
CONSTANT(QUBE_FORMAT_JOB_SCRIPT_PER_CPU, 6);
CONSTANT(QUBE_FORMAT_SCRIPT, 7);
CONSTANT(QUBE_FORMAT_MARKDOWN, 8);
CONSTANT(QUBE_FORMAT_TRACE, 9);
CONSTANT(QUBE_FORMAT_BARS, 10);
CONSTANT(QUBE_FORMAT_BARS_ASCII, 11);

CONSTANT(QUBE_FIELDS_T, 1);
CONSTANT(QUBE_FIELDS_QU, 2);
CONSTANT(QUBE_FIELDS_TQU, 3);

CONSTANT(QUBE_ECLIPSE_T, 1);
CONSTANT(QUBE_ECLIPSE_EB, 2);
CONSTANT(QUBE_ECLIPSE_TEB, 3);

CONSTANT(QUBE_RELEASE_NEWEST, 0);
CONSTANT(QUBE_RELEASE_1_1, 101);
CONSTANT(QUBE_RELEASE_1_2, 102);
CONSTANT(QUBE_RELEASE_1_3, 103);

CONSTANT(QUBE_SCHEDULER_SLURM, 1);
CONSTANT(QUBE_SCHEDULER_PBS, 2);
CONSTANT(QUBE_SCHEDULER_LSF, 3);

CONSTANT(QUBE_TERM_PERSISTENT, 1);
CONSTANT(QUBE_TERM_TRANSIENT, 2);
CONSTANT(QUBE_TERM_POST_PEAK, 3);

CONSTANT(QUBE_LAYOUT_REPLICATED, 1);
CONSTANT(QUBE_LAYOUT_NODE_SHARED, 2);
CONSTANT(QUBE_LAYOUT_BLOCK_CYCLIC, 3);
CONSTANT(QUBE_LAYOUT_ROWS, 4);
CONSTANT(QUBE_LAYOUT_COLUMNS, 5);
CONSTANT(QUBE_LAYOUT_PANELS, 6);
CONSTANT(QUBE_LAYOUT_MESSAGE, 7);

CONSTANT(QUBE_HOLDER_EVERY_RANK, 1);
CONSTANT(QUBE_HOLDER_FIRST_ROW, 2);
CONSTANT(QUBE_HOLDER_FIRST_RANK, 3);

CONSTANT(QUBE_PATH_HARMONIC, 1);
CONSTANT(QUBE_PATH_PIXEL_DIRECT, 2);
CONSTANT(QUBE_PATH_ECLIPSE, 3);
CONSTANT(QUBE_PATH_TRADITIONAL, 4);
CONSTANT(QUBE_PATH_PIPELINE, 5);

CONSTANT(QUBE_MODEL_HELD, 0);
CONSTANT(QUBE_MODEL_PUBLISHED, 1);
CONSTANT(QUBE_MODEL_PRINTED, 2);

CONSTANT(QUBE_HOLDING_REPLICATED, 1);
CONSTANT(QUBE_HOLDING_NODE_SHARED, 2);
CONSTANT(QUBE_HOLDING_BLOCK_CYCLIC, 3);

CONSTANT(QUBE_CHANGE_RELEASE_PROJECTOR, 1);
CONSTANT(QUBE_CHANGE_BEST_GRID, 2);
CONSTANT(QUBE_CHANGE_NO_DERIVATIVE_CACHE, 3);
CONSTANT(QUBE_CHANGE_MAPS, 4);
CONSTANT(QUBE_CHANGE_NO_INVERSE_CHECK, 5);
CONSTANT(QUBE_CHANGE_NEWEST_RELEASE, 6);
CONSTANT(QUBE_CHANGE_RANKS_PER_NODE, 7);
CONSTANT(QUBE_CHANGE_NODES, 8);
CONSTANT(QUBE_CHANGE_OTHER_PATH, 9);
CONSTANT(QUBE_CHANGE_N_BINS, 10);
CONSTANT(QUBE_CHANGE_PARAMETER, 20);

CONSTANT(QUBE_SIZE_NSIDE, 1);
CONSTANT(QUBE_SIZE_LMAX, 2);
CONSTANT(QUBE_SIZE_N_BINS, 3);
CONSTANT(QUBE_SIZE_MAPS, 4);
CONSTANT(QUBE_SIZE_NODES, 5);
CONSTANT(QUBE_SIZE_RANKS_PER_NODE, 6);
CONSTANT(QUBE_SIZE_PARAMETER, 7);

CONSTANT(QUBE_LARGEST_VALUE, 1);
CONSTANT(QUBE_LARGEST_NONE, 2);
CONSTANT(QUBE_LARGEST_ANY, 3);

CONSTANT(QUBE_REDUCTION_LARGEST, 1);
CONSTANT(QUBE_REDUCTION_LEAST, 2);
CONSTANT(QUBE_REDUCTION_SUM, 3);

CONSTANT(QUBE_ROLE_CONTRACTED, 0);
CONSTANT(QUBE_ROLE_EXTERNAL, 1);

CONSTANT(QUBE_DENSE_FLOPS, 0);
CONSTANT(QUBE_DENSE_SIZE, 1);
CONSTANT(QUBE_DENSE_PEAK_SIZE, 2);
CONSTANT(QUBE_DENSE_PEAK_SIZE_BATCHED, 3);
CONSTANT(QUBE_DENSE_TIME_SPACE, 4);
CONSTANT(QUBE_DENSE_TIME_SPACE_BATCHED, 5);
CONSTANT(QUBE_DENSE_SPACE_TIME_BATCHED, 6);

CONSTANT(QUBE_CUSTOM, 100);

CONSTANT(QUBE_BOUNDED_COST, 0);
CONSTANT(QUBE_BOUNDED_PEAK, 1);

CONSTANT(QUBE_CACHE_TRANSIENT, 0);
CONSTANT(QUBE_CACHE_KEEP, 1);
CONSTANT(QUBE_CACHE_SLICED, 2);

/* --- Callbacks ---------------------------------------------------------------------------------- */

CALLBACK(qube_reduce_callback, int32_t, (void *, int32_t, int64_t *, int64_t));
CALLBACK(qube_inner_pow_callback, int32_t,
         (void *, const char *, const char *, int64_t, int64_t, double *));
CALLBACK(qube_free_user, void, (void *));
CALLBACK(qube_batchable_callback, int32_t,
         (void *, const char *, const char *, int64_t, int32_t, int32_t *, int64_t *, int64_t *));
CALLBACK(qube_volatile_callback, int32_t, (void *, const char *, int64_t, int32_t *));
CALLBACK(qube_progress_callback, int32_t, (void *, const qube_progress *));

/* --- Structs ------------------------------------------------------------------------------------ */

GROWABLE(qube_render_options, 16);
FIELD(qube_render_options, struct_size, size_t, 0);
FIELD(qube_render_options, limit_bytes, int64_t, 8);

GROWABLE(qube_harmonic_config, 72);
FIELD(qube_harmonic_config, struct_size, size_t, 0);
FIELD(qube_harmonic_config, n_pix, int64_t, 8);
FIELD(qube_harmonic_config, n_modes, int64_t, 16);
FIELD(qube_harmonic_config, lmax_signal, int64_t, 24);
FIELD(qube_harmonic_config, lmax, int64_t, 32);
FIELD(qube_harmonic_config, n_spectra, int64_t, 40);
FIELD(qube_harmonic_config, working_dim, int64_t, 48);
FIELD(qube_harmonic_config, keep_pixel_projector, int32_t, 56);
FIELD(qube_harmonic_config, covariance_by_caller, int32_t, 60);
FIELD(qube_harmonic_config, model, int32_t, 64);
FIELD(qube_harmonic_config, release, int32_t, 68);

GROWABLE(qube_pixel_direct_config, 80);
FIELD(qube_pixel_direct_config, struct_size, size_t, 0);
FIELD(qube_pixel_direct_config, n_pix, int64_t, 8);
FIELD(qube_pixel_direct_config, lmax_signal, int64_t, 16);
FIELD(qube_pixel_direct_config, lmax, int64_t, 24);
FIELD(qube_pixel_direct_config, n_bins, int64_t, 32);
FIELD(qube_pixel_direct_config, n_params, int64_t, 40);
FIELD(qube_pixel_direct_config, n_spectra, int64_t, 48);
FIELD(qube_pixel_direct_config, working_dim, int64_t, 56);
FIELD(qube_pixel_direct_config, cache_derivatives, int32_t, 64);
FIELD(qube_pixel_direct_config, model, int32_t, 68);
FIELD(qube_pixel_direct_config, release, int32_t, 72);
FIELD(qube_pixel_direct_config, reserved, int32_t, 76);

GROWABLE(qube_traditional_config, 64);
FIELD(qube_traditional_config, struct_size, size_t, 0);
FIELD(qube_traditional_config, n_pix, int64_t, 8);
FIELD(qube_traditional_config, lmax_signal, int64_t, 16);
FIELD(qube_traditional_config, lmax, int64_t, 24);
FIELD(qube_traditional_config, n_bins, int64_t, 32);
FIELD(qube_traditional_config, n_params, int64_t, 40);
FIELD(qube_traditional_config, n_spectra, int64_t, 48);
FIELD(qube_traditional_config, model, int32_t, 56);
FIELD(qube_traditional_config, release, int32_t, 60);

GROWABLE(qube_auto_config, 96);
FIELD(qube_auto_config, struct_size, size_t, 0);
FIELD(qube_auto_config, n_pix, int64_t, 8);
FIELD(qube_auto_config, n_modes, int64_t, 16);
FIELD(qube_auto_config, lmax_signal, int64_t, 24);
FIELD(qube_auto_config, lmax, int64_t, 32);
FIELD(qube_auto_config, n_bins, int64_t, 40);
FIELD(qube_auto_config, n_params, int64_t, 48);
FIELD(qube_auto_config, n_spectra, int64_t, 56);
FIELD(qube_auto_config, working_dim, int64_t, 64);
FIELD(qube_auto_config, do_cross, int32_t, 72);
FIELD(qube_auto_config, keep_pixel_projector, int32_t, 76);
FIELD(qube_auto_config, covariance_by_caller, int32_t, 80);
FIELD(qube_auto_config, cache_derivatives, int32_t, 84);
FIELD(qube_auto_config, model, int32_t, 88);
FIELD(qube_auto_config, release, int32_t, 92);

GROWABLE(qube_eclipse_config, 80);
FIELD(qube_eclipse_config, struct_size, size_t, 0);
FIELD(qube_eclipse_config, pix_t, int64_t, 8);
FIELD(qube_eclipse_config, pix_p, int64_t, 16);
FIELD(qube_eclipse_config, lmax, int64_t, 24);
FIELD(qube_eclipse_config, lmax_cov, int64_t, 32);
FIELD(qube_eclipse_config, maps, int64_t, 40);
FIELD(qube_eclipse_config, code, int32_t, 48);
FIELD(qube_eclipse_config, cross, int32_t, 52);
FIELD(qube_eclipse_config, check_inverse, int32_t, 56);
FIELD(qube_eclipse_config, fisher, int32_t, 60);
FIELD(qube_eclipse_config, model, int32_t, 64);
FIELD(qube_eclipse_config, tqu_maps, int32_t, 68);
FIELD(qube_eclipse_config, nside, int64_t, 72);

GROWABLE(qube_survey, 88);
FIELD(qube_survey, struct_size, size_t, 0);
FIELD(qube_survey, nside, int64_t, 8);
FIELD(qube_survey, fsky, double, 16);
FIELD(qube_survey, n_obs, int64_t, 24);
FIELD(qube_survey, n_obs_polarisation, int64_t, 32);
FIELD(qube_survey, lmin, int64_t, 40);
FIELD(qube_survey, lmax, int64_t, 48);
FIELD(qube_survey, lmax_signal, int64_t, 56);
FIELD(qube_survey, n_bins, int64_t, 64);
FIELD(qube_survey, n_spectra, int64_t, 72);
FIELD(qube_survey, fields, int32_t, 80);
FIELD(qube_survey, polar_cap, int32_t, 84);

GROWABLE(qube_job, 128);
FIELD(qube_job, struct_size, size_t, 0);
FIELD(qube_job, nodes, int64_t, 8);
FIELD(qube_job, ranks_per_node, int64_t, 16);
FIELD(qube_job, cpus_per_rank, int64_t, 24);
FIELD(qube_job, nprow, int64_t, 32);
FIELD(qube_job, npcol, int64_t, 40);
FIELD(qube_job, block, int64_t, 48);
FIELD(qube_job, input_matrices, int64_t, 56);
FIELD(qube_job, baseline_bytes, int64_t, 64);
FIELD(qube_job, resident_bytes, int64_t, 72);
FIELD(qube_job, cores_per_node, int64_t, 80);
FIELD(qube_job, mem_per_core_cap, int64_t, 88);
FIELD(qube_job, margin, double, 96);
FIELD(qube_job, share_node, int32_t, 104);
FIELD(qube_job, scheduler, int32_t, 108);
FIELD(qube_job, calibration, const char *const *, 112);
FIELD(qube_job, n_calibration, int64_t, 120);

GROWABLE(qube_grid, 56);
FIELD(qube_grid, struct_size, size_t, 0);
FIELD(qube_grid, nprow, int64_t, 8);
FIELD(qube_grid, npcol, int64_t, 16);
FIELD(qube_grid, block, int64_t, 24);
FIELD(qube_grid, ranks, int64_t, 32);
FIELD(qube_grid, myrow, int64_t, 40);
FIELD(qube_grid, mycol, int64_t, 48);

ELEMENT(qube_term, 64);
FIELD(qube_term, name, const char *, 0);
FIELD(qube_term, bytes, int64_t, 8);
FIELD(qube_term, copies, int64_t, 16);
FIELD(qube_term, rows, int64_t, 24);
FIELD(qube_term, columns, int64_t, 32);
FIELD(qube_term, element_bytes, int64_t, 40);
FIELD(qube_term, kind, int32_t, 48);
FIELD(qube_term, layout, int32_t, 52);
FIELD(qube_term, holder, int32_t, 56);
FIELD(qube_term, reserved, int32_t, 60);

ELEMENT(qube_stage, 64);
FIELD(qube_stage, name, const char *, 0);
FIELD(qube_stage, terms, const qube_term *, 8);
FIELD(qube_stage, n_terms, int64_t, 16);
FIELD(qube_stage, persistent_bytes, int64_t, 24);
FIELD(qube_stage, transient_bytes, int64_t, 32);
FIELD(qube_stage, peak_bytes, int64_t, 40);
FIELD(qube_stage, end_bytes, int64_t, 48);
FIELD(qube_stage, reserved, int64_t, 56);

ELEMENT(qube_event, 32);
FIELD(qube_event, what, const char *, 0);
FIELD(qube_event, delta_bytes, int64_t, 8);
FIELD(qube_event, total_bytes, int64_t, 16);
FIELD(qube_event, step, int32_t, 24);
FIELD(qube_event, printed, int32_t, 28);

ELEMENT(qube_input, 24);
FIELD(qube_input, name, const char *, 0);
FIELD(qube_input, value, const char *, 8);
FIELD(qube_input, from, const char *, 16);

GROWABLE(qube_budget_view, 112);
FIELD(qube_budget_view, struct_size, size_t, 0);
FIELD(qube_budget_view, lifetime_peak_bytes, int64_t, 8);
FIELD(qube_budget_view, peak_stage, int64_t, 16);
FIELD(qube_budget_view, stages, const qube_stage *, 24);
FIELD(qube_budget_view, n_stages, int64_t, 32);
FIELD(qube_budget_view, events, const qube_event *, 40);
FIELD(qube_budget_view, n_events, int64_t, 48);
FIELD(qube_budget_view, inputs, const qube_input *, 56);
FIELD(qube_budget_view, n_inputs, int64_t, 64);
FIELD(qube_budget_view, release, const char *, 72);
FIELD(qube_budget_view, note, const char *, 80);
FIELD(qube_budget_view, path, int32_t, 88);
FIELD(qube_budget_view, model, int32_t, 92);
FIELD(qube_budget_view, program, const char *, 96);
FIELD(qube_budget_view, published_peak_bytes, int64_t, 104);

ELEMENT(qube_parameter, 96);
FIELD(qube_parameter, name, const char *, 0);
FIELD(qube_parameter, what, const char *, 8);
FIELD(qube_parameter, unit, const char *, 16);
FIELD(qube_parameter, default_value, int64_t, 24);
FIELD(qube_parameter, least, int64_t, 32);
FIELD(qube_parameter, most, int64_t, 40);
FIELD(qube_parameter, multiple_of, int64_t, 48);
FIELD(qube_parameter, choices, const int64_t *, 56);
FIELD(qube_parameter, n_choices, int64_t, 64);
FIELD(qube_parameter, price, const char *, 72);
FIELD(qube_parameter, order, int64_t, 80);
FIELD(qube_parameter, is_switch, int32_t, 88);
FIELD(qube_parameter, reserved, int32_t, 92);

GROWABLE(qube_pipeline_view, 40);
FIELD(qube_pipeline_view, struct_size, size_t, 0);
FIELD(qube_pipeline_view, name, const char *, 8);
FIELD(qube_pipeline_view, source, const char *, 16);
FIELD(qube_pipeline_view, parameters, const qube_parameter *, 24);
FIELD(qube_pipeline_view, n_parameters, int64_t, 32);

ELEMENT(qube_parameter_value, 16);
FIELD(qube_parameter_value, name, const char *, 0);
FIELD(qube_parameter_value, value, int64_t, 8);

ELEMENT(qube_rank_bytes, 40);
FIELD(qube_rank_bytes, name, const char *, 0);
FIELD(qube_rank_bytes, fullest_bytes, int64_t, 8);
FIELD(qube_rank_bytes, least_bytes, int64_t, 16);
FIELD(qube_rank_bytes, mean_bytes, int64_t, 24);
FIELD(qube_rank_bytes, own_bytes, int64_t, 32);

ELEMENT(qube_own_bytes, 16);
FIELD(qube_own_bytes, name, const char *, 0);
FIELD(qube_own_bytes, bytes, int64_t, 8);

ELEMENT(qube_rank_stage, 104);
FIELD(qube_rank_stage, held, qube_rank_bytes, 0);
FIELD(qube_rank_stage, terms, const qube_rank_bytes *, 40);
FIELD(qube_rank_stage, n_terms, int64_t, 48);
FIELD(qube_rank_stage, own_terms, const qube_own_bytes *, 56);
FIELD(qube_rank_stage, n_own_terms, int64_t, 64);
FIELD(qube_rank_stage, fullest_row, int64_t, 72);
FIELD(qube_rank_stage, fullest_column, int64_t, 80);
FIELD(qube_rank_stage, least_row, int64_t, 88);
FIELD(qube_rank_stage, least_column, int64_t, 96);

ELEMENT(qube_local_matrix, 32);
FIELD(qube_local_matrix, name, const char *, 0);
FIELD(qube_local_matrix, stage, int64_t, 8);
FIELD(qube_local_matrix, term, int64_t, 16);
FIELD(qube_local_matrix, elements, int64_t, 24);

GROWABLE(qube_ranks_view, 104);
FIELD(qube_ranks_view, struct_size, size_t, 0);
FIELD(qube_ranks_view, nprow, int64_t, 8);
FIELD(qube_ranks_view, npcol, int64_t, 16);
FIELD(qube_ranks_view, block, int64_t, 24);
FIELD(qube_ranks_view, stages, const qube_rank_stage *, 32);
FIELD(qube_ranks_view, n_stages, int64_t, 40);
FIELD(qube_ranks_view, peak_stage, int64_t, 48);
FIELD(qube_ranks_view, too_large, const qube_local_matrix *, 56);
FIELD(qube_ranks_view, n_too_large, int64_t, 64);
FIELD(qube_ranks_view, best_nprow, int64_t, 72);
FIELD(qube_ranks_view, best_npcol, int64_t, 80);
FIELD(qube_ranks_view, best_block, int64_t, 88);
FIELD(qube_ranks_view, best_fullest_bytes, int64_t, 96);

ELEMENT(qube_part, 32);
FIELD(qube_part, name, const char *, 0);
FIELD(qube_part, bytes, int64_t, 8);
FIELD(qube_part, node_bytes, int64_t, 16);
FIELD(qube_part, kind, int32_t, 24);
FIELD(qube_part, reserved, int32_t, 28);

ELEMENT(qube_stage_request, 72);
FIELD(qube_stage_request, name, const char *, 0);
FIELD(qube_stage_request, margin_from, const char *, 8);
FIELD(qube_stage_request, parts, const qube_part *, 16);
FIELD(qube_stage_request, n_parts, int64_t, 24);
FIELD(qube_stage_request, peak_bytes, int64_t, 32);
FIELD(qube_stage_request, margin_bytes, int64_t, 40);
FIELD(qube_stage_request, per_rank_bytes, int64_t, 48);
FIELD(qube_stage_request, per_node_bytes, int64_t, 56);
FIELD(qube_stage_request, calibrated, int32_t, 64);
FIELD(qube_stage_request, reserved, int32_t, 68);

GROWABLE(qube_request_view, 200);
FIELD(qube_request_view, struct_size, size_t, 0);
FIELD(qube_request_view, per_node_bytes, int64_t, 8);
FIELD(qube_request_view, total_bytes, int64_t, 16);
FIELD(qube_request_view, shared_per_node_bytes, int64_t, 24);
FIELD(qube_request_view, own_per_rank_bytes, int64_t, 32);
FIELD(qube_request_view, resident_bytes, int64_t, 40);
FIELD(qube_request_view, margin_bytes, int64_t, 48);
FIELD(qube_request_view, input_bytes, int64_t, 56);
FIELD(qube_request_view, baseline_bytes, int64_t, 64);
FIELD(qube_request_view, other_resident_bytes, int64_t, 72);
FIELD(qube_request_view, peak_stage, int64_t, 80);
FIELD(qube_request_view, stages, const qube_stage_request *, 88);
FIELD(qube_request_view, n_stages, int64_t, 96);
FIELD(qube_request_view, too_large, const qube_local_matrix *, 104);
FIELD(qube_request_view, n_too_large, int64_t, 112);
FIELD(qube_request_view, notes, const char *const *, 120);
FIELD(qube_request_view, n_notes, int64_t, 128);
FIELD(qube_request_view, summary, const char *, 136);
FIELD(qube_request_view, job_lines, const char *const *, 144);
FIELD(qube_request_view, n_job_lines, int64_t, 152);
FIELD(qube_request_view, cores_per_rank, int64_t, 160);
FIELD(qube_request_view, nprow, int64_t, 168);
FIELD(qube_request_view, npcol, int64_t, 176);
FIELD(qube_request_view, block, int64_t, 184);
FIELD(qube_request_view, holding, int32_t, 192);
FIELD(qube_request_view, calibrated, int32_t, 196);

ELEMENT(qube_change, 40);
FIELD(qube_change, words, const char *, 0);
FIELD(qube_change, parameter, const char *, 8);
FIELD(qube_change, value, int64_t, 16);
FIELD(qube_change, per_node_bytes, int64_t, 24);
FIELD(qube_change, kind, int32_t, 32);
FIELD(qube_change, fits, int32_t, 36);

ELEMENT(qube_path, 24);
FIELD(qube_path, lifetime_peak_bytes, int64_t, 0);
FIELD(qube_path, per_node_bytes, int64_t, 8);
FIELD(qube_path, path, int32_t, 16);
FIELD(qube_path, fits, int32_t, 20);

GROWABLE(qube_fit_view, 144);
FIELD(qube_fit_view, struct_size, size_t, 0);
FIELD(qube_fit_view, limit_bytes, int64_t, 8);
FIELD(qube_fit_view, spare_bytes, int64_t, 16);
FIELD(qube_fit_view, message, const char *, 24);
FIELD(qube_fit_view, advice, const char *, 32);
FIELD(qube_fit_view, stage, int64_t, 40);
FIELD(qube_fit_view, stage_name, const char *, 48);
FIELD(qube_fit_view, stage_over_bytes, int64_t, 56);
FIELD(qube_fit_view, term_name, const char *, 64);
FIELD(qube_fit_view, term_bytes, int64_t, 72);
FIELD(qube_fit_view, changes, const qube_change *, 80);
FIELD(qube_fit_view, n_changes, int64_t, 88);
FIELD(qube_fit_view, cheapest, int64_t, 96);
FIELD(qube_fit_view, paths, const qube_path *, 104);
FIELD(qube_fit_view, n_paths, int64_t, 112);
FIELD(qube_fit_view, no_paths, const char *, 120);
FIELD(qube_fit_view, request, const qube_request *, 128);
FIELD(qube_fit_view, path_by_time, int32_t, 136);
FIELD(qube_fit_view, fits, int32_t, 140);

GROWABLE(qube_largest_view, 64);
FIELD(qube_largest_view, struct_size, size_t, 0);
FIELD(qube_largest_view, limit_bytes, int64_t, 8);
FIELD(qube_largest_view, value, int64_t, 16);
FIELD(qube_largest_view, per_node_bytes, int64_t, 24);
FIELD(qube_largest_view, next_value, int64_t, 32);
FIELD(qube_largest_view, next_per_node_bytes, int64_t, 40);
FIELD(qube_largest_view, message, const char *, 48);
FIELD(qube_largest_view, size, int32_t, 56);
FIELD(qube_largest_view, kind, int32_t, 60);

ELEMENT(qube_figure, 48);
FIELD(qube_figure, predicted_bytes, int64_t, 0);
FIELD(qube_figure, requested_bytes, int64_t, 8);
FIELD(qube_figure, measured_bytes, int64_t, 16);
FIELD(qube_figure, above_baseline_bytes, int64_t, 24);
FIELD(qube_figure, difference_bytes, int64_t, 32);
FIELD(qube_figure, difference_percent, double, 40);

ELEMENT(qube_stage_comparison, 104);
FIELD(qube_stage_comparison, name, const char *, 0);
FIELD(qube_stage_comparison, end, qube_figure, 8);
FIELD(qube_stage_comparison, peak, qube_figure, 56);

ELEMENT(qube_rank_comparison, 96);
FIELD(qube_rank_comparison, rank, int64_t, 0);
FIELD(qube_rank_comparison, row, int64_t, 8);
FIELD(qube_rank_comparison, column, int64_t, 16);
FIELD(qube_rank_comparison, baseline_bytes, int64_t, 24);
FIELD(qube_rank_comparison, stages, const qube_stage_comparison *, 32);
FIELD(qube_rank_comparison, n_stages, int64_t, 40);
FIELD(qube_rank_comparison, lifetime_peak, qube_figure, 48);

ELEMENT(qube_unit, 24);
FIELD(qube_unit, symbol, const char *, 0);
FIELD(qube_unit, words, const char *, 8);
FIELD(qube_unit, bytes, int64_t, 16);

ELEMENT(qube_difference, 32);
FIELD(qube_difference, stage, const char *, 0);
FIELD(qube_difference, may_be, const char *, 8);
FIELD(qube_difference, bytes, int64_t, 16);
FIELD(qube_difference, is_peak, int32_t, 24);
FIELD(qube_difference, reserved, int32_t, 28);

GROWABLE(qube_comparison_view, 176);
FIELD(qube_comparison_view, struct_size, size_t, 0);
FIELD(qube_comparison_view, stages, const qube_stage_comparison *, 8);
FIELD(qube_comparison_view, n_stages, int64_t, 16);
FIELD(qube_comparison_view, not_predicted, const char *const *, 24);
FIELD(qube_comparison_view, n_not_predicted, int64_t, 32);
FIELD(qube_comparison_view, unit_bytes, int64_t, 40);
FIELD(qube_comparison_view, baseline_bytes, int64_t, 48);
FIELD(qube_comparison_view, lifetime_peak, qube_figure, 56);
FIELD(qube_comparison_view, ranks, const qube_rank_comparison *, 104);
FIELD(qube_comparison_view, n_ranks, int64_t, 112);
FIELD(qube_comparison_view, units, const qube_unit *, 120);
FIELD(qube_comparison_view, n_units, int64_t, 128);
FIELD(qube_comparison_view, differences, const qube_difference *, 136);
FIELD(qube_comparison_view, n_differences, int64_t, 144);
FIELD(qube_comparison_view, notes, const char *const *, 152);
FIELD(qube_comparison_view, n_notes, int64_t, 160);
FIELD(qube_comparison_view, within_request, int32_t, 168);
FIELD(qube_comparison_view, reserved, int32_t, 172);

ELEMENT(qube_measured_figure, 32);
FIELD(qube_measured_figure, bytes, int64_t, 0);
FIELD(qube_measured_figure, least_bytes, int64_t, 8);
FIELD(qube_measured_figure, sum_bytes, int64_t, 16);
FIELD(qube_measured_figure, fullest_rank, int64_t, 24);

ELEMENT(qube_measured_stage, 104);
FIELD(qube_measured_stage, name, const char *, 0);
FIELD(qube_measured_stage, entry, qube_measured_figure, 8);
FIELD(qube_measured_stage, end, qube_measured_figure, 40);
FIELD(qube_measured_stage, peak, qube_measured_figure, 72);

GROWABLE(qube_meter_view, 96);
FIELD(qube_meter_view, struct_size, size_t, 0);
FIELD(qube_meter_view, stages, const qube_measured_stage *, 8);
FIELD(qube_meter_view, n_stages, int64_t, 16);
FIELD(qube_meter_view, baseline_bytes, int64_t, 24);
FIELD(qube_meter_view, lifetime_peak, qube_measured_figure, 32);
FIELD(qube_meter_view, cgroup_peak_bytes, int64_t, 64);
FIELD(qube_meter_view, n_ranks, int64_t, 72);
FIELD(qube_meter_view, notes, const char *const *, 80);
FIELD(qube_meter_view, n_notes, int64_t, 88);

ELEMENT(qube_reading, 24);
FIELD(qube_reading, resident_bytes, int64_t, 0);
FIELD(qube_reading, peak_bytes, int64_t, 8);
FIELD(qube_reading, is_reset, int32_t, 16);
FIELD(qube_reading, reserved, int32_t, 20);

ELEMENT(qube_index, 64);
FIELD(qube_index, label, const char *, 0);
FIELD(qube_index, space, const char *, 8);
FIELD(qube_index, extent, int64_t, 16);
FIELD(qube_index, protos, const int64_t *, 24);
FIELD(qube_index, n_protos, int64_t, 32);
FIELD(qube_index, power_means, const double *, 40);
FIELD(qube_index, n_power_means, int64_t, 48);
FIELD(qube_index, role, int32_t, 56);
FIELD(qube_index, reserved, int32_t, 60);

ELEMENT(qube_tensor, 24);
FIELD(qube_tensor, label, const char *, 0);
FIELD(qube_tensor, indices, const int64_t *, 8);
FIELD(qube_tensor, n_indices, int64_t, 16);

GROWABLE(qube_network_view, 64);
FIELD(qube_network_view, struct_size, size_t, 0);
FIELD(qube_network_view, indices, const qube_index *, 8);
FIELD(qube_network_view, n_indices, int64_t, 16);
FIELD(qube_network_view, tensors, const qube_tensor *, 24);
FIELD(qube_network_view, n_tensors, int64_t, 32);
FIELD(qube_network_view, targets, const int64_t *, 40);
FIELD(qube_network_view, n_targets, int64_t, 48);
FIELD(qube_network_view, bytes_per_element, int64_t, 56);

GROWABLE(qube_index_rule, 48);
FIELD(qube_index_rule, struct_size, size_t, 0);
FIELD(qube_index_rule, label, const char *, 8);
FIELD(qube_index_rule, space, const char *, 16);
FIELD(qube_index_rule, target, int64_t, 24);
FIELD(qube_index_rule, tile, int64_t, 32);
FIELD(qube_index_rule, role, int32_t, 40);
FIELD(qube_index_rule, reserved, int32_t, 44);

GROWABLE(qube_tensor_rule, 32);
FIELD(qube_tensor_rule, struct_size, size_t, 0);
FIELD(qube_tensor_rule, label, const char *, 8);
FIELD(qube_tensor_rule, tensor, int64_t, 16);
FIELD(qube_tensor_rule, is_volatile, int32_t, 24);
FIELD(qube_tensor_rule, reserved, int32_t, 28);

GROWABLE(qube_policy_settings, 80);
FIELD(qube_policy_settings, struct_size, size_t, 0);
FIELD(qube_policy_settings, accumulation_factor, double, 8);
FIELD(qube_policy_settings, peak_threshold, int64_t, 16);
FIELD(qube_policy_settings, batchable, qube_batchable_callback, 24);
FIELD(qube_policy_settings, batchable_user, void *, 32);
FIELD(qube_policy_settings, free_batchable_user, qube_free_user, 40);
FIELD(qube_policy_settings, is_volatile, qube_volatile_callback, 48);
FIELD(qube_policy_settings, volatile_user, void *, 56);
FIELD(qube_policy_settings, free_volatile_user, qube_free_user, 64);
FIELD(qube_policy_settings, persistent_only, int32_t, 72);
FIELD(qube_policy_settings, reserved, int32_t, 76);

ELEMENT(qube_resolved_index, 40);
FIELD(qube_resolved_index, target, int64_t, 0);
FIELD(qube_resolved_index, tile, int64_t, 8);
FIELD(qube_resolved_index, batch, int64_t, 16);
FIELD(qube_resolved_index, batches, int64_t, 24);
FIELD(qube_resolved_index, role, int32_t, 32);
FIELD(qube_resolved_index, is_batchable, int32_t, 36);

GROWABLE(qube_resolved_policy_view, 64);
FIELD(qube_resolved_policy_view, struct_size, size_t, 0);
FIELD(qube_resolved_policy_view, indices, const qube_resolved_index *, 8);
FIELD(qube_resolved_policy_view, n_indices, int64_t, 16);
FIELD(qube_resolved_policy_view, is_volatile, const int32_t *, 24);
FIELD(qube_resolved_policy_view, n_tensors, int64_t, 32);
FIELD(qube_resolved_policy_view, accumulation_factor, double, 40);
FIELD(qube_resolved_policy_view, peak_threshold, int64_t, 48);
FIELD(qube_resolved_policy_view, persistent_only, int32_t, 56);
FIELD(qube_resolved_policy_view, reserved, int32_t, 60);

GROWABLE(qube_progress, 56);
FIELD(qube_progress, struct_size, size_t, 0);
FIELD(qube_progress, states, int64_t, 8);
FIELD(qube_progress, value, double, 16);
FIELD(qube_progress, lower_bound, double, 24);
FIELD(qube_progress, terms_done, int64_t, 32);
FIELD(qube_progress, n_terms, int64_t, 40);
FIELD(qube_progress, bounded, int32_t, 48);
FIELD(qube_progress, reserved, int32_t, 52);

GROWABLE(qube_options, 136);
FIELD(qube_options, struct_size, size_t, 0);
FIELD(qube_options, volatile_weight, double, 8);
FIELD(qube_options, footprint_weight, double, 16);
FIELD(qube_options, peak_flops_tolerance, double, 24);
FIELD(qube_options, machine_balance, double, 32);
FIELD(qube_options, fast_mem_elems, double, 40);
FIELD(qube_options, block_tiles, double, 48);
FIELD(qube_options, block_prefactor, double, 56);
FIELD(qube_options, bytes_per_element, int64_t, 64);
FIELD(qube_options, max_states, int64_t, 72);
FIELD(qube_options, max_seconds, double, 80);
FIELD(qube_options, max_bytes, int64_t, 88);
FIELD(qube_options, progress, qube_progress_callback, 96);
FIELD(qube_options, progress_user, void *, 104);
FIELD(qube_options, objective, int32_t, 112);
FIELD(qube_options, prune_outer_products, int32_t, 116);
FIELD(qube_options, use_inner_pow, int32_t, 120);
FIELD(qube_options, subnet_cse, int32_t, 124);
FIELD(qube_options, frontier, int32_t, 128);
FIELD(qube_options, require_optimal, int32_t, 132);

ELEMENT(qube_loop, 32);
FIELD(qube_loop, index, int64_t, 0);
FIELD(qube_loop, batch, int64_t, 8);
FIELD(qube_loop, batches, int64_t, 16);
FIELD(qube_loop, role, int32_t, 24);
FIELD(qube_loop, reserved, int32_t, 28);

ELEMENT(qube_life, 24);
FIELD(qube_life, from, int64_t, 0);
FIELD(qube_life, to, int64_t, 8);
FIELD(qube_life, elements, double, 16);

ELEMENT(qube_node, 184);
FIELD(qube_node, footprint, double, 0);
FIELD(qube_node, sliced_footprint, double, 8);
FIELD(qube_node, flops, double, 16);
FIELD(qube_node, cost, double, 24);
FIELD(qube_node, repetitions, double, 32);
FIELD(qube_node, live_before, double, 40);
FIELD(qube_node, live, double, 48);
FIELD(qube_node, live_after, double, 56);
FIELD(qube_node, tensor, int64_t, 64);
FIELD(qube_node, first, int64_t, 72);
FIELD(qube_node, second, int64_t, 80);
FIELD(qube_node, parent, int64_t, 88);
FIELD(qube_node, live_from, int64_t, 96);
FIELD(qube_node, live_to, int64_t, 104);
FIELD(qube_node, shared_with, int64_t, 112);
FIELD(qube_node, open_begin, int64_t, 120);
FIELD(qube_node, open_end, int64_t, 128);
FIELD(qube_node, loops, const qube_loop *, 136);
FIELD(qube_node, n_loops, int64_t, 144);
FIELD(qube_node, lives, const qube_life *, 152);
FIELD(qube_node, n_lives, int64_t, 160);
FIELD(qube_node, cache, int32_t, 168);
FIELD(qube_node, is_volatile, int32_t, 172);
FIELD(qube_node, is_skipped, int32_t, 176);
FIELD(qube_node, reserved, int32_t, 180);

ELEMENT(qube_point, 16);
FIELD(qube_point, peak_elements, double, 0);
FIELD(qube_point, cost, double, 8);

ELEMENT(qube_infeasible, 56);
FIELD(qube_infeasible, threshold_bytes, int64_t, 0);
FIELD(qube_infeasible, least_peak_elements, double, 8);
FIELD(qube_infeasible, least_peak_bytes, int64_t, 16);
FIELD(qube_infeasible, finest_peak_elements, double, 24);
FIELD(qube_infeasible, finest_peak_bytes, int64_t, 32);
FIELD(qube_infeasible, loops, const qube_loop *, 40);
FIELD(qube_infeasible, n_loops, int64_t, 48);

GROWABLE(qube_plan_view, 224);
FIELD(qube_plan_view, struct_size, size_t, 0);
FIELD(qube_plan_view, cost, double, 8);
FIELD(qube_plan_view, flops, double, 16);
FIELD(qube_plan_view, peak_elements, double, 24);
FIELD(qube_plan_view, peak_bytes, int64_t, 32);
FIELD(qube_plan_view, lower_bound, double, 40);
FIELD(qube_plan_view, gap, double, 48);
FIELD(qube_plan_view, seconds, double, 56);
FIELD(qube_plan_view, states, int64_t, 64);
FIELD(qube_plan_view, pairs, int64_t, 72);
FIELD(qube_plan_view, refused_bytes, int64_t, 80);
FIELD(qube_plan_view, method, const char *, 88);
FIELD(qube_plan_view, nodes, const qube_node *, 96);
FIELD(qube_plan_view, n_nodes, int64_t, 104);
FIELD(qube_plan_view, n_tensors, int64_t, 112);
FIELD(qube_plan_view, peak_node, int64_t, 120);
FIELD(qube_plan_view, open, const int64_t *, 128);
FIELD(qube_plan_view, n_open, int64_t, 136);
FIELD(qube_plan_view, indices, const char *const *, 144);
FIELD(qube_plan_view, n_indices, int64_t, 152);
FIELD(qube_plan_view, tensors, const char *const *, 160);
FIELD(qube_plan_view, sequence, const int64_t *, 168);
FIELD(qube_plan_view, frontier, const qube_point *, 176);
FIELD(qube_plan_view, n_frontier, int64_t, 184);
FIELD(qube_plan_view, infeasible, const qube_infeasible *, 192);
FIELD(qube_plan_view, bytes_per_element, int64_t, 200);
FIELD(qube_plan_view, objective, int32_t, 208);
FIELD(qube_plan_view, exhaustive, int32_t, 212);
FIELD(qube_plan_view, optimal, int32_t, 216);
FIELD(qube_plan_view, bounded, int32_t, 220);

GROWABLE(qube_order_view, 40);
FIELD(qube_order_view, struct_size, size_t, 0);
FIELD(qube_order_view, peak_elements, double, 8);
FIELD(qube_order_view, peak_node, int64_t, 16);
FIELD(qube_order_view, contractions, const int64_t *, 24);
FIELD(qube_order_view, n_contractions, int64_t, 32);

GROWABLE(qube_leaf_facts, 32);
FIELD(qube_leaf_facts, struct_size, size_t, 0);
FIELD(qube_leaf_facts, tensor, int64_t, 8);
FIELD(qube_leaf_facts, footprint, double, 16);
FIELD(qube_leaf_facts, is_volatile, int32_t, 24);
FIELD(qube_leaf_facts, reserved, int32_t, 28);

GROWABLE(qube_contraction_facts, 72);
FIELD(qube_contraction_facts, struct_size, size_t, 0);
FIELD(qube_contraction_facts, left_tensors, uint64_t, 8);
FIELD(qube_contraction_facts, right_tensors, uint64_t, 16);
FIELD(qube_contraction_facts, left_footprint, double, 24);
FIELD(qube_contraction_facts, right_footprint, double, 32);
FIELD(qube_contraction_facts, footprint, double, 40);
FIELD(qube_contraction_facts, flops, double, 48);
FIELD(qube_contraction_facts, left_is_volatile, int32_t, 56);
FIELD(qube_contraction_facts, right_is_volatile, int32_t, 60);
FIELD(qube_contraction_facts, is_volatile, int32_t, 64);
FIELD(qube_contraction_facts, reserved, int32_t, 68);

GROWABLE(qube_cost_model, 56);
FIELD(qube_cost_model, struct_size, size_t, 0);
FIELD(qube_cost_model, state_size, int64_t, 8);
FIELD(qube_cost_model, user, void *, 16);
MEMBER(qube_cost_model, leaf, int32_t, (void *, const qube_leaf_facts *, void *), 24);
MEMBER(qube_cost_model, combine, int32_t,
         (void *, const qube_contraction_facts *, const void *, const void *, void *), 32);
MEMBER(qube_cost_model, compare, int32_t, (void *, const void *, const void *, int32_t *), 40);
MEMBER(qube_cost_model, value, int32_t, (void *, const void *, double *), 48);

ELEMENT(qube_term_plan, 24);
FIELD(qube_term_plan, plan, const qube_plan *, 0);
FIELD(qube_term_plan, message, const char *, 8);
FIELD(qube_term_plan, status, int32_t, 16);
FIELD(qube_term_plan, reserved, int32_t, 20);

ELEMENT(qube_occurrence, 16);
FIELD(qube_occurrence, term, int64_t, 0);
FIELD(qube_occurrence, node, int64_t, 8);

ELEMENT(qube_shared, 24);
FIELD(qube_shared, savings, double, 0);
FIELD(qube_shared, occurrences, const qube_occurrence *, 8);
FIELD(qube_shared, n_occurrences, int64_t, 16);

GROWABLE(qube_plans_view, 96);
FIELD(qube_plans_view, struct_size, size_t, 0);
FIELD(qube_plans_view, cost, double, 8);
FIELD(qube_plans_view, flops, double, 16);
FIELD(qube_plans_view, peak_elements, double, 24);
FIELD(qube_plans_view, savings, double, 32);
FIELD(qube_plans_view, peak_term, int64_t, 40);
FIELD(qube_plans_view, terms, const qube_term_plan *, 48);
FIELD(qube_plans_view, n_terms, int64_t, 56);
FIELD(qube_plans_view, n_failed, int64_t, 64);
FIELD(qube_plans_view, shared, const qube_shared *, 72);
FIELD(qube_plans_view, n_shared, int64_t, 80);
FIELD(qube_plans_view, refused_bytes, int64_t, 88);

/* --- Functions ---------------------------------------------------------------------------------- */

FUNCTION(qube_last_error, const char *, (void));
FUNCTION(qube_version, const char *, (void));
FUNCTION(qube_abi_version, int32_t, (void));
FUNCTION(qube_memory_limit, int32_t, (int64_t *, const char **));
FUNCTION(qube_render_options_init, int32_t, (qube_render_options *, size_t));
FUNCTION(qube_text_free, void, (char *));
FUNCTION(qube_harmonic_config_init, int32_t, (qube_harmonic_config *, size_t));
FUNCTION(qube_pixel_direct_config_init, int32_t, (qube_pixel_direct_config *, size_t));
FUNCTION(qube_traditional_config_init, int32_t, (qube_traditional_config *, size_t));
FUNCTION(qube_auto_config_init, int32_t, (qube_auto_config *, size_t));
FUNCTION(qube_eclipse_config_init, int32_t, (qube_eclipse_config *, size_t));
FUNCTION(qube_survey_init, int32_t, (qube_survey *, size_t));
FUNCTION(qube_job_init, int32_t, (qube_job *, size_t));
FUNCTION(qube_grid_init, int32_t, (qube_grid *, size_t));
FUNCTION(qube_budget_harmonic, int32_t,
         (const qube_harmonic_config *, const qube_survey *, qube_budget **));
FUNCTION(qube_budget_pixel_direct, int32_t,
         (const qube_pixel_direct_config *, const qube_survey *, qube_budget **));
FUNCTION(qube_budget_traditional, int32_t,
         (const qube_traditional_config *, const qube_survey *, qube_budget **));
FUNCTION(qube_budget_auto, int32_t,
         (const qube_auto_config *, const qube_survey *, qube_budget **));
FUNCTION(qube_budget_eclipse, int32_t,
         (const qube_eclipse_config *, const qube_survey *, qube_budget **));
FUNCTION(qube_budget_free, void, (qube_budget *));
FUNCTION(qube_budget_get, int32_t, (const qube_budget *, qube_budget_view *));
FUNCTION(qube_budget_render, int32_t,
         (const qube_budget *, int32_t, const qube_render_options *, char **));
FUNCTION(qube_path_by_time, int32_t, (int64_t, int64_t, int64_t, int32_t *));
FUNCTION(qube_pipeline_parse, int32_t, (const char *, qube_pipeline **));
FUNCTION(qube_pipeline_free, void, (qube_pipeline *));
FUNCTION(qube_pipeline_get, int32_t, (const qube_pipeline *, qube_pipeline_view *));
FUNCTION(qube_budget_pipeline, int32_t,
         (const qube_pipeline *, const qube_parameter_value *, int64_t, qube_budget **));
FUNCTION(qube_pipeline_builder_create, int32_t, (const char *, qube_pipeline_builder **));
FUNCTION(qube_pipeline_builder_free, void, (qube_pipeline_builder *));
FUNCTION(qube_pipeline_builder_stage, int32_t, (qube_pipeline_builder *, const char *));
FUNCTION(qube_pipeline_builder_allocate, int32_t,
         (qube_pipeline_builder *, const char *, int64_t, int64_t, int64_t, int64_t, int32_t,
         int32_t));
FUNCTION(qube_pipeline_builder_deallocate, int32_t, (qube_pipeline_builder *, const char *));
FUNCTION(qube_pipeline_builder_budget, int32_t, (const qube_pipeline_builder *, qube_budget **));
FUNCTION(qube_budget_per_rank, int32_t, (const qube_budget *, const qube_grid *, qube_ranks **));
FUNCTION(qube_ranks_free, void, (qube_ranks *));
FUNCTION(qube_ranks_get, int32_t, (const qube_ranks *, qube_ranks_view *));
FUNCTION(qube_ranks_render, int32_t, (const qube_ranks *, int32_t, char **));
FUNCTION(qube_budget_request, int32_t, (const qube_budget *, const qube_job *, qube_request **));
FUNCTION(qube_request_free, void, (qube_request *));
FUNCTION(qube_request_get, int32_t, (const qube_request *, qube_request_view *));
FUNCTION(qube_request_render, int32_t,
         (const qube_request *, int32_t, const qube_render_options *, char **));
FUNCTION(qube_budget_fit, int32_t, (const qube_budget *, const qube_job *, int64_t, qube_fit **));
FUNCTION(qube_fit_free, void, (qube_fit *));
FUNCTION(qube_fit_get, int32_t, (const qube_fit *, qube_fit_view *));
FUNCTION(qube_fit_render, int32_t, (const qube_fit *, int32_t, char **));
FUNCTION(qube_budget_largest, int32_t,
         (const qube_budget *, int32_t, const qube_job *, int64_t, qube_largest **));
FUNCTION(qube_budget_largest_parameter, int32_t,
         (const qube_budget *, const char *, const qube_job *, int64_t, qube_largest **));
FUNCTION(qube_largest_free, void, (qube_largest *));
FUNCTION(qube_largest_get, int32_t, (const qube_largest *, qube_largest_view *));
FUNCTION(qube_budget_compare, int32_t, (const qube_budget *, const char *, qube_comparison **));
FUNCTION(qube_budget_compare_ranks, int32_t,
         (const qube_budget *, const qube_grid *, const char *const *, int64_t, qube_comparison
         **));
FUNCTION(qube_request_compare, int32_t,
         (const qube_request *, const char *const *, int64_t, qube_comparison **));
FUNCTION(qube_comparison_free, void, (qube_comparison *));
FUNCTION(qube_comparison_get, int32_t, (const qube_comparison *, qube_comparison_view *));
FUNCTION(qube_comparison_render, int32_t, (const qube_comparison *, int32_t, char **));
FUNCTION(qube_meter_new, int32_t, (int64_t, qube_meter **));
FUNCTION(qube_meter_stage, int32_t, (qube_meter *, const char *));
FUNCTION(qube_meter_end, int32_t, (qube_meter *));
FUNCTION(qube_meter_reduce, int32_t, (qube_meter *, qube_reduce_callback, void *));
FUNCTION(qube_meter_get, int32_t, (const qube_meter *, qube_meter_view *));
FUNCTION(qube_meter_render, int32_t, (const qube_meter *, int32_t, char **));
FUNCTION(qube_meter_free, void, (qube_meter *));
FUNCTION(qube_meter_read, int32_t, (qube_reading *));
FUNCTION(qube_meter_of_readings, int32_t,
         (int64_t, const char *const *, const qube_reading *, int64_t, qube_meter **));
FUNCTION(qube_spaces_create, int32_t, (qube_spaces **));
FUNCTION(qube_spaces_free, void, (qube_spaces *));
FUNCTION(qube_spaces_add, int32_t, (qube_spaces *, const char *, int64_t, const double *, int64_t));
FUNCTION(qube_spaces_set_inner_pow_callback, int32_t,
         (qube_spaces *, qube_inner_pow_callback, void *, qube_free_user));
FUNCTION(qube_power_means, int32_t, (const int64_t *, int64_t, double *, int64_t));
FUNCTION(qube_network_builder_create, int32_t, (qube_network_builder **));
FUNCTION(qube_network_builder_free, void, (qube_network_builder *));
FUNCTION(qube_network_builder_add_index, int32_t,
         (qube_network_builder *, const char *, const char *, int64_t));
FUNCTION(qube_network_builder_add_composite, int32_t,
         (qube_network_builder *, const char *, const char *, int64_t, const char *const *,
         int64_t, const double *, int64_t));
FUNCTION(qube_network_builder_add_tensor, int32_t,
         (qube_network_builder *, const char *, const char *const *, int64_t));
FUNCTION(qube_network_builder_set_targets, int32_t,
         (qube_network_builder *, const char *const *, int64_t));
FUNCTION(qube_network_builder_set_inner_pow_callback, int32_t,
         (qube_network_builder *, qube_inner_pow_callback, void *, qube_free_user));
FUNCTION(qube_network_builder_build, int32_t, (const qube_network_builder *, qube_network **));
FUNCTION(qube_network_parse, int32_t, (const char *, const qube_spaces *, qube_network **));
FUNCTION(qube_network_einsum, int32_t, (const char *, const qube_spaces *, qube_network **));
FUNCTION(qube_network_from_json, int32_t, (const char *, qube_network **, qube_policy **));
FUNCTION(qube_network_free, void, (qube_network *));
FUNCTION(qube_network_get, int32_t, (const qube_network *, qube_network_view *));
FUNCTION(qube_index_rule_init, int32_t, (qube_index_rule *, size_t));
FUNCTION(qube_tensor_rule_init, int32_t, (qube_tensor_rule *, size_t));
FUNCTION(qube_policy_settings_init, int32_t, (qube_policy_settings *, size_t));
FUNCTION(qube_policy_create, int32_t, (qube_policy **));
FUNCTION(qube_policy_clone, int32_t, (const qube_policy *, qube_policy **));
FUNCTION(qube_policy_free, void, (qube_policy *));
FUNCTION(qube_policy_set, int32_t, (qube_policy *, const qube_policy_settings *));
FUNCTION(qube_policy_add_index_rule, int32_t, (qube_policy *, const qube_index_rule *));
FUNCTION(qube_policy_add_tensor_rule, int32_t, (qube_policy *, const qube_tensor_rule *));
FUNCTION(qube_policy_add_json, int32_t, (qube_policy *, const char *));
FUNCTION(qube_policy_render, int32_t, (const qube_policy *, int32_t, char **));
FUNCTION(qube_policy_resolve, int32_t,
         (const qube_policy *, const qube_network *, qube_resolved_policy **));
FUNCTION(qube_resolved_policy_free, void, (qube_resolved_policy *));
FUNCTION(qube_resolved_policy_get, int32_t,
         (const qube_resolved_policy *, qube_resolved_policy_view *));
FUNCTION(qube_resolved_policy_render, int32_t, (const qube_resolved_policy *, int32_t, char **));
FUNCTION(qube_options_init, int32_t, (qube_options *, size_t));
FUNCTION(qube_optimize, int32_t,
         (const qube_network *, const qube_policy *, const qube_options *, qube_plan **));
FUNCTION(qube_plan_free, void, (qube_plan *));
FUNCTION(qube_plan_get, int32_t, (const qube_plan *, qube_plan_view *));
FUNCTION(qube_plan_render, int32_t, (const qube_plan *, int32_t, char **));
FUNCTION(qube_plan_from_json, int32_t, (const char *, qube_plan **));
FUNCTION(qube_plan_verify, int32_t,
         (const qube_plan *, const qube_network *, const qube_policy *, const qube_options *));
FUNCTION(qube_plan_best_order, int32_t, (const qube_plan *, qube_order_view *));
FUNCTION(qube_cost_model_init, int32_t, (qube_cost_model *, size_t));
FUNCTION(qube_optimize_custom, int32_t,
         (const qube_network *, const qube_policy *, const qube_options *, const qube_cost_model *,
         qube_plan **));
FUNCTION(qube_optimize_many, int32_t,
         (const qube_network *const *, int64_t, const qube_policy *, const qube_options *, int64_t,
         qube_plans **));
FUNCTION(qube_plans_free, void, (qube_plans *));
FUNCTION(qube_plans_get, int32_t, (const qube_plans *, qube_plans_view *));

#endif
