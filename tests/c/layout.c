/* The layout of every struct of the header, with 8-byte pointers: a change breaks hosts that are built
   already, and needs a new QUBE_ABI_VERSION. New fields go to the end of a struct. Compiling is the
   test. */
#include <stddef.h>
#include <stdint.h>

#include <qube_budget.h>

_Static_assert(QUBE_ABI_VERSION == 0, "the layouts below are those of binary interface 0");
_Static_assert(sizeof(size_t) == 8, "64 bits");

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has another size")
#define FIELD(type, field, kind, offset)                                                       \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " stands elsewhere");   \
    _Static_assert(_Generic(((type *)0)->field, kind: 1, default: 0), #type "." #field " is no " #kind)

/* qube_harmonic_config */
SIZE(qube_harmonic_config, 48);
FIELD(qube_harmonic_config, struct_size, size_t, 0);
FIELD(qube_harmonic_config, n_pix, int64_t, 8);
FIELD(qube_harmonic_config, n_modes, int64_t, 16);
FIELD(qube_harmonic_config, lmax_signal, int64_t, 24);
FIELD(qube_harmonic_config, lmax, int64_t, 32);
FIELD(qube_harmonic_config, release_pixel_projector, int32_t, 40);
FIELD(qube_harmonic_config, derivative_cache, int32_t, 44);

/* qube_pixel_direct_config */
SIZE(qube_pixel_direct_config, 48);
FIELD(qube_pixel_direct_config, struct_size, size_t, 0);
FIELD(qube_pixel_direct_config, n_pix, int64_t, 8);
FIELD(qube_pixel_direct_config, lmax_signal, int64_t, 16);
FIELD(qube_pixel_direct_config, n_bins, int64_t, 24);
FIELD(qube_pixel_direct_config, n_params, int64_t, 32);
FIELD(qube_pixel_direct_config, has_switch, int32_t, 40);
FIELD(qube_pixel_direct_config, cache_derivatives, int32_t, 44);

/* qube_stage */
SIZE(qube_stage, 64);
FIELD(qube_stage, struct_size, size_t, 0);
FIELD(qube_stage, persistent_bytes, int64_t, 8);
FIELD(qube_stage, transient_bytes, int64_t, 16);
FIELD(qube_stage, peak_bytes, int64_t, 24);
FIELD(qube_stage, n_persistent, int64_t, 32);
FIELD(qube_stage, n_transient, int64_t, 40);
FIELD(qube_stage, end_bytes, int64_t, 48);
FIELD(qube_stage, n_late, int64_t, 56);

/* qube_check */
SIZE(qube_check, 56);
FIELD(qube_check, struct_size, size_t, 0);
FIELD(qube_check, spare_bytes, int64_t, 8);
FIELD(qube_check, stage, int64_t, 16);
FIELD(qube_check, stage_over_bytes, int64_t, 24);
FIELD(qube_check, term, int64_t, 32);
FIELD(qube_check, term_bytes, int64_t, 40);
FIELD(qube_check, fits, int32_t, 48);
FIELD(qube_check, reserved, int32_t, 52);

/* qube_survey */
SIZE(qube_survey, 88);
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

/* qube_eclipse_config */
SIZE(qube_eclipse_config, 64);
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

/* qube_event */
SIZE(qube_event, 32);
FIELD(qube_event, struct_size, size_t, 0);
FIELD(qube_event, delta_bytes, int64_t, 8);
FIELD(qube_event, total_bytes, int64_t, 16);
FIELD(qube_event, step, int32_t, 24);
FIELD(qube_event, printed, int32_t, 28);

/* qube_grid */
SIZE(qube_grid, 40);
FIELD(qube_grid, struct_size, size_t, 0);
FIELD(qube_grid, nprow, int64_t, 8);
FIELD(qube_grid, npcol, int64_t, 16);
FIELD(qube_grid, block, int64_t, 24);
FIELD(qube_grid, ranks, int64_t, 32);

/* qube_rank_stage */
SIZE(qube_rank_stage, 32);
FIELD(qube_rank_stage, struct_size, size_t, 0);
FIELD(qube_rank_stage, fullest_bytes, int64_t, 8);
FIELD(qube_rank_stage, least_bytes, int64_t, 16);
FIELD(qube_rank_stage, mean_bytes, int64_t, 24);

/* qube_job */
SIZE(qube_job, 88);
FIELD(qube_job, struct_size, size_t, 0);
FIELD(qube_job, nodes, int64_t, 8);
FIELD(qube_job, ranks_per_node, int64_t, 16);
FIELD(qube_job, cpus_per_rank, int64_t, 24);
FIELD(qube_job, nprow, int64_t, 32);
FIELD(qube_job, npcol, int64_t, 40);
FIELD(qube_job, block, int64_t, 48);
FIELD(qube_job, input_matrices, int64_t, 56);
FIELD(qube_job, baseline_bytes, int64_t, 64);
FIELD(qube_job, margin, int64_t, 72);
FIELD(qube_job, share_node, int32_t, 80);
FIELD(qube_job, reserved, int32_t, 84);

/* qube_memory */
SIZE(qube_memory, 120);
FIELD(qube_memory, struct_size, size_t, 0);
FIELD(qube_memory, per_node_bytes, int64_t, 8);
FIELD(qube_memory, total_bytes, int64_t, 16);
FIELD(qube_memory, shared_per_node_bytes, int64_t, 24);
FIELD(qube_memory, own_per_rank_bytes, int64_t, 32);
FIELD(qube_memory, resident_bytes, int64_t, 40);
FIELD(qube_memory, margin_bytes, int64_t, 48);
FIELD(qube_memory, input_bytes, int64_t, 56);
FIELD(qube_memory, baseline_bytes, int64_t, 64);
FIELD(qube_memory, stage, int64_t, 72);
FIELD(qube_memory, nprow, int64_t, 80);
FIELD(qube_memory, npcol, int64_t, 88);
FIELD(qube_memory, block, int64_t, 96);
FIELD(qube_memory, n_too_large, int64_t, 104);
FIELD(qube_memory, holding, int32_t, 112);
FIELD(qube_memory, calibrated, int32_t, 116);

/* qube_stage_memory */
SIZE(qube_stage_memory, 56);
FIELD(qube_stage_memory, struct_size, size_t, 0);
FIELD(qube_stage_memory, peak_bytes, int64_t, 8);
FIELD(qube_stage_memory, margin_bytes, int64_t, 16);
FIELD(qube_stage_memory, per_rank_bytes, int64_t, 24);
FIELD(qube_stage_memory, per_node_bytes, int64_t, 32);
FIELD(qube_stage_memory, n_parts, int64_t, 40);
FIELD(qube_stage_memory, calibrated, int32_t, 48);
FIELD(qube_stage_memory, reserved, int32_t, 52);

/* qube_paths */
SIZE(qube_paths, 56);
FIELD(qube_paths, struct_size, size_t, 0);
FIELD(qube_paths, harmonic_peak_bytes, int64_t, 8);
FIELD(qube_paths, harmonic_per_node_bytes, int64_t, 16);
FIELD(qube_paths, pixel_direct_peak_bytes, int64_t, 24);
FIELD(qube_paths, pixel_direct_per_node_bytes, int64_t, 32);
FIELD(qube_paths, by_time, int32_t, 40);
FIELD(qube_paths, harmonic_fits, int32_t, 44);
FIELD(qube_paths, pixel_direct_fits, int32_t, 48);
FIELD(qube_paths, reserved, int32_t, 52);

/* qube_verdict */
SIZE(qube_verdict, 72);
FIELD(qube_verdict, struct_size, size_t, 0);
FIELD(qube_verdict, limit_bytes, int64_t, 8);
FIELD(qube_verdict, spare_bytes, int64_t, 16);
FIELD(qube_verdict, stage, int64_t, 24);
FIELD(qube_verdict, stage_over_bytes, int64_t, 32);
FIELD(qube_verdict, term_bytes, int64_t, 40);
FIELD(qube_verdict, n_changes, int64_t, 48);
FIELD(qube_verdict, cheapest, int64_t, 56);
FIELD(qube_verdict, fits, int32_t, 64);
FIELD(qube_verdict, reserved, int32_t, 68);

/* qube_change */
SIZE(qube_change, 32);
FIELD(qube_change, struct_size, size_t, 0);
FIELD(qube_change, value, int64_t, 8);
FIELD(qube_change, per_node_bytes, int64_t, 16);
FIELD(qube_change, kind, int32_t, 24);
FIELD(qube_change, fits, int32_t, 28);

/* qube_found */
SIZE(qube_found, 56);
FIELD(qube_found, struct_size, size_t, 0);
FIELD(qube_found, limit_bytes, int64_t, 8);
FIELD(qube_found, value, int64_t, 16);
FIELD(qube_found, per_node_bytes, int64_t, 24);
FIELD(qube_found, next_value, int64_t, 32);
FIELD(qube_found, next_per_node_bytes, int64_t, 40);
FIELD(qube_found, size, int32_t, 48);
FIELD(qube_found, kind, int32_t, 52);

/* qube_slicing */
SIZE(qube_slicing, 48);
FIELD(qube_slicing, struct_size, size_t, 0);
FIELD(qube_slicing, target, int64_t, 8);
FIELD(qube_slicing, tile, int64_t, 16);
FIELD(qube_slicing, batch, int64_t, 24);
FIELD(qube_slicing, batches, int64_t, 32);
FIELD(qube_slicing, role, int32_t, 40);
FIELD(qube_slicing, is_batchable, int32_t, 44);

/* qube_options */
SIZE(qube_options, 120);
FIELD(qube_options, struct_size, size_t, 0);
FIELD(qube_options, volatile_weight, double, 8);
FIELD(qube_options, footprint_weight, double, 16);
FIELD(qube_options, peak_flops_tolerance, double, 24);
FIELD(qube_options, machine_balance, double, 32);
FIELD(qube_options, fast_mem_elems, double, 40);
FIELD(qube_options, block_tiles, double, 48);
FIELD(qube_options, block_prefactor, double, 56);
FIELD(qube_options, bytes_per_element, int64_t, 64);
FIELD(qube_options, objective, int32_t, 72);
FIELD(qube_options, prune_outer_products, int32_t, 76);
FIELD(qube_options, use_inner_pow, int32_t, 80);
FIELD(qube_options, subnet_cse, int32_t, 84);
FIELD(qube_options, frontier, int32_t, 88);
FIELD(qube_options, require_optimal, int32_t, 92);
FIELD(qube_options, max_states, int64_t, 96);
FIELD(qube_options, max_seconds, double, 104);
FIELD(qube_options, max_bytes, int64_t, 112);

/* qube_summary */
SIZE(qube_summary, 128);
FIELD(qube_summary, struct_size, size_t, 0);
FIELD(qube_summary, cost, double, 8);
FIELD(qube_summary, flops, double, 16);
FIELD(qube_summary, peak_elements, double, 24);
FIELD(qube_summary, lower_bound, double, 32);
FIELD(qube_summary, seconds, double, 40);
FIELD(qube_summary, n_tensors, int64_t, 48);
FIELD(qube_summary, n_nodes, int64_t, 56);
FIELD(qube_summary, peak_node, int64_t, 64);
FIELD(qube_summary, n_frontier, int64_t, 72);
FIELD(qube_summary, bytes_per_element, int64_t, 80);
FIELD(qube_summary, objective, int32_t, 88);
FIELD(qube_summary, exhaustive, int32_t, 92);
FIELD(qube_summary, optimal, int32_t, 96);
FIELD(qube_summary, bounded, int32_t, 100);
FIELD(qube_summary, gap, double, 104);
FIELD(qube_summary, labels, int64_t, 112);
FIELD(qube_summary, looks, int64_t, 120);

/* qube_totals */
SIZE(qube_totals, 64);
FIELD(qube_totals, struct_size, size_t, 0);
FIELD(qube_totals, cost, double, 8);
FIELD(qube_totals, flops, double, 16);
FIELD(qube_totals, peak_elements, double, 24);
FIELD(qube_totals, savings, double, 32);
FIELD(qube_totals, n_terms, int64_t, 40);
FIELD(qube_totals, peak_term, int64_t, 48);
FIELD(qube_totals, n_shared, int64_t, 56);

/* qube_node */
SIZE(qube_node, 136);
FIELD(qube_node, struct_size, size_t, 0);
FIELD(qube_node, footprint, double, 8);
FIELD(qube_node, sliced_footprint, double, 16);
FIELD(qube_node, flops, double, 24);
FIELD(qube_node, cost, double, 32);
FIELD(qube_node, live_before, double, 40);
FIELD(qube_node, live, double, 48);
FIELD(qube_node, live_after, double, 56);
FIELD(qube_node, number, int64_t, 64);
FIELD(qube_node, first, int64_t, 72);
FIELD(qube_node, second, int64_t, 80);
FIELD(qube_node, n_loops, int64_t, 88);
FIELD(qube_node, is_leaf, int32_t, 96);
FIELD(qube_node, is_volatile, int32_t, 100);
FIELD(qube_node, cache, int32_t, 104);
FIELD(qube_node, is_skipped, int32_t, 108);
FIELD(qube_node, shared_with, int64_t, 112);
FIELD(qube_node, repetitions, double, 120);
FIELD(qube_node, n_alive, int64_t, 128);

/* qube_infeasible */
SIZE(qube_infeasible, 64);
FIELD(qube_infeasible, struct_size, size_t, 0);
FIELD(qube_infeasible, threshold_bytes, int64_t, 8);
FIELD(qube_infeasible, least_peak, double, 16);
FIELD(qube_infeasible, finest_peak, double, 24);
FIELD(qube_infeasible, least_peak_bytes, int64_t, 32);
FIELD(qube_infeasible, finest_peak_bytes, int64_t, 40);
FIELD(qube_infeasible, n_loops, int64_t, 48);
FIELD(qube_infeasible, is_infeasible, int32_t, 56);
FIELD(qube_infeasible, reserved, int32_t, 60);

/* qube_leaf_facts */
SIZE(qube_leaf_facts, 32);
FIELD(qube_leaf_facts, struct_size, size_t, 0);
FIELD(qube_leaf_facts, tensor, int64_t, 8);
FIELD(qube_leaf_facts, footprint, double, 16);
FIELD(qube_leaf_facts, is_volatile, int32_t, 24);
FIELD(qube_leaf_facts, reserved, int32_t, 28);

/* qube_contraction_facts */
SIZE(qube_contraction_facts, 72);
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

/* qube_cost_model */
typedef int32_t (*leaf_callback)(void *, const qube_leaf_facts *, void *);
typedef int32_t (*combine_callback)(void *, const qube_contraction_facts *, const void *, const void *,
                                    void *);
typedef int32_t (*compare_callback)(void *, const void *, const void *, int32_t *);
typedef int32_t (*value_callback)(void *, const void *, double *);
SIZE(qube_cost_model, 56);
FIELD(qube_cost_model, struct_size, size_t, 0);
FIELD(qube_cost_model, state_size, size_t, 8);
FIELD(qube_cost_model, user, void *, 16);
FIELD(qube_cost_model, leaf, leaf_callback, 24);
FIELD(qube_cost_model, combine, combine_callback, 32);
FIELD(qube_cost_model, compare, compare_callback, 40);
FIELD(qube_cost_model, value, value_callback, 48);

int main(void)
{
    return 0;
}
