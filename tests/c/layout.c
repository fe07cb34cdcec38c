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
SIZE(qube_stage, 48);
FIELD(qube_stage, struct_size, size_t, 0);
FIELD(qube_stage, persistent_bytes, int64_t, 8);
FIELD(qube_stage, transient_bytes, int64_t, 16);
FIELD(qube_stage, peak_bytes, int64_t, 24);
FIELD(qube_stage, n_persistent, int64_t, 32);
FIELD(qube_stage, n_transient, int64_t, 40);

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

/* qube_options */
SIZE(qube_options, 88);
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
FIELD(qube_options, reserved, int32_t, 84);

/* qube_summary */
SIZE(qube_summary, 104);
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
FIELD(qube_summary, reserved, int32_t, 100);

/* qube_node */
SIZE(qube_node, 112);
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
FIELD(qube_node, reserved, int32_t, 108);

int main(void)
{
    return 0;
}
