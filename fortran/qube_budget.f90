!> Predicts how much memory a run needs before it allocates anything, and plans tensor contractions
!! that fit.
!!
!! This file is the Fortran interface of `libqube_budget`: compile it with your program, and link
!! `-lqube_budget`. It is Fortran 2008 without a preprocessor, and works with any default kinds.
!!
!! **Types.** Inputs and results are plain derived types with the names and components of
!! `include/qube_budget.h`, which explains them in full. They own their data: a program may copy
!! them, and frees nothing. Numbers count from 1, in default integers; 0 means none. Truth values
!! are `logical`. Sizes are `integer(int64)`: extents and batches in elements, memory in bytes.
!! Volumes and work are `real(real64)`: elements and multiply-add pairs. Trailing blanks of text do
!! not count. Lists of labels are texts with blanks between the labels.
!!
!! **Documents.** Results hold numbers and names. `qube_render` makes tables, JSON, SVG, DOT and job
!! scripts from them. Messages and documents of the library count from 0, as their JSON does.
!!
!! **Errors.** Procedures that can fail end with two optional arguments. `stat` becomes `qube_ok` or
!! a `qube_err_` constant. `errmsg` becomes the message, empty on success; it names the culprit, its
!! value, and the allowed values. Without `stat`, a failure prints the message to the error unit and
!! stops the program with exit status 1. After a failure, results have their default values.
!!
!! **Threads.** Several threads may call at once, as long as none changes the arguments of another.
!! Callbacks run in the calling thread and may call this module. Extend the abstract type of a
!! callback; its data are components of the extension. `stat` is 0 on entry of a callback: any other
!! value ends the call with `qube_err_callback`. The module prints nothing else, reads no
!! environment variable, and starts no thread without `num_threads`.
module qube_budget
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_double, c_f_pointer, c_funloc, &
    c_funptr, c_int32_t, c_int64_t, c_loc, c_null_char, c_null_funptr, c_null_ptr, c_ptr, &
    c_size_t, c_sizeof
  use, intrinsic :: iso_fortran_env, only: error_unit, int32, int64, real64
  implicit none
  private

  ! --- Constants --------------------------------------------------------------------------------

  ! begin of constants: written by scripts/fortran_bindings.py
  integer, parameter, public :: qube_ok = 0 !! Success.
  integer, parameter, public :: qube_err_null = 1 !! A pointer that must not be NULL is NULL.
  !> struct_size is wrong, or a field unknown to this library is not 0.
  integer, parameter, public :: qube_err_abi = 2
  integer, parameter, public :: qube_err_utf8 = 4 !! Text is not UTF-8.
  !> A budget input, a count or a truth value is out of range.
  integer, parameter, public :: qube_err_input = 5
  !> Two inputs contradict each other, such as lmax > lmax_signal.
  integer, parameter, public :: qube_err_conflict = 6
  !> A number exceeds its type, such as more than 2^63 - 1 bytes.
  integer, parameter, public :: qube_err_overflow = 7
  integer, parameter, public :: qube_err_unknown_stage = 8 !! The budget has no such stage.
  !> The number of a tensor or rank is beyond the last one.
  integer, parameter, public :: qube_err_position = 9
  integer, parameter, public :: qube_err_extent = 10 !! An extent is below 1.
  !> A power mean is missing, not finite or not above 0, or a domain size is impossible.
  integer, parameter, public :: qube_err_power_mean = 11
  integer, parameter, public :: qube_err_unknown_index = 12 !! The network has no such index.
  integer, parameter, public :: qube_err_unknown_space = 13 !! The table has no extent for a space.
  !> A label exists already, or something is named twice.
  integer, parameter, public :: qube_err_duplicate = 14
  !> Text breaks its grammar; the message gives the position.
  integer, parameter, public :: qube_err_parse = 15
  integer, parameter, public :: qube_err_no_tensors = 16 !! The network has no tensors.
  !> Tensors, indices or work exceed the method's limits.
  integer, parameter, public :: qube_err_too_large = 17
  !> A batch target or tile is below 1, or missing.
  integer, parameter, public :: qube_err_target = 18
  !> An option, weight or format is out of range; NaN always is.
  integer, parameter, public :: qube_err_option = 19
  !> A document is invalid, or a document cannot hold the object.
  integer, parameter, public :: qube_err_document = 20
  !> The operating system refused threads, or figures of memory.
  integer, parameter, public :: qube_err_system = 21
  !> A label is empty or has control characters; no index has this space.
  integer, parameter, public :: qube_err_label = 22
  !> A callback failed or cancelled, or its cost is not finite.
  integer, parameter, public :: qube_err_callback = 23
  !> A plan disagrees with an independent recomputation.
  integer, parameter, public :: qube_err_replay = 24
  !> A limit or refused memory leaves no plan, no proof or no view.
  integer, parameter, public :: qube_err_limit = 25
  !> A defect of the library; please report the message.
  integer, parameter, public :: qube_err_panic = 99
  integer(c_int32_t), parameter :: abi_version = 1
  !> Table for people: lines of at most 100 columns, each with a newline; the layout may change.
  integer, parameter, public :: qube_format_table = 1
  !> JSON on one line, without a newline; schema names its version.
  integer, parameter, public :: qube_format_json = 2
  integer, parameter, public :: qube_format_svg = 3 !! Drawing: SVG 1.1, UTF-8, below a megabyte.
  integer, parameter, public :: qube_format_dot = 4 !! Graph for Graphviz.
  !> Job script line that requests the memory, without a newline.
  integer, parameter, public :: qube_format_job_script = 5
  !> The same per processor: --mem-per-cpu, LSF's slot.
  integer, parameter, public :: qube_format_job_script_per_cpu = 6
  integer, parameter, public :: qube_format_script = 7 !! Whole job script; replace ./program in it.
  !> A sentence and a table in Markdown, for a proposal.
  integer, parameter, public :: qube_format_markdown = 8
  !> Chrome trace events (JSON): a slice per stage, a counter of bytes held; for Perfetto.
  integer, parameter, public :: qube_format_trace = 9
  !> A bar per stage in UTF-8, lines of at most 100 columns.
  integer, parameter, public :: qube_format_bars = 10
  integer, parameter, public :: qube_format_bars_ascii = 11 !! The same in ASCII.
  integer, parameter, public :: qube_fields_t = 1 !! Temperature maps.
  integer, parameter, public :: qube_fields_qu = 2 !! Polarisation maps.
  integer, parameter, public :: qube_fields_tqu = 3 !! Both.
  !> The newest release of qube-qml that budgets follow, 1.3.
  integer, parameter, public :: qube_release_newest = 0
  integer, parameter, public :: qube_release_1_1 = 101 !! qube-qml 1.1.
  integer, parameter, public :: qube_release_1_2 = 102 !! qube-qml 1.2.
  integer, parameter, public :: qube_release_1_3 = 103 !! qube-qml 1.3.
  integer, parameter, public :: qube_eclipse_t = 1 !! Temperature.
  integer, parameter, public :: qube_eclipse_eb = 2 !! Polarisation.
  integer, parameter, public :: qube_eclipse_teb = 3 !! Both.
  integer, parameter, public :: qube_term_persistent = 1 !! Live at the stage's peak and at its end.
  integer, parameter, public :: qube_term_transient = 2 !! Live at the stage's peak only.
  !> Allocated after the stage's peak, live at its end.
  integer, parameter, public :: qube_term_post_peak = 3
  integer, parameter, public :: qube_layout_replicated = 1 !! Every rank has the whole array.
  integer, parameter, public :: qube_layout_node_shared = 2 !! The ranks of a node share one copy.
  !> As in ScaLAPACK: blocks over process rows and columns.
  integer, parameter, public :: qube_layout_block_cyclic = 3
  !> Rows over process rows; each process column has a copy.
  integer, parameter, public :: qube_layout_rows = 4
  !> Columns over process columns; each process row has a copy.
  integer, parameter, public :: qube_layout_columns = 5
  !> Budgets only: along a block-cyclic matrix, (local rows + local columns) x block elements.
  integer, parameter, public :: qube_layout_panels = 6
  !> Budgets only: the largest message between two ranks.
  integer, parameter, public :: qube_layout_message = 7
  integer, parameter, public :: qube_holder_every_rank = 1 !! Every rank has its part.
  !> Only ranks of the first process row have their parts.
  integer, parameter, public :: qube_holder_first_row = 2
  integer, parameter, public :: qube_holder_first_rank = 3 !! Only the rank at (0, 0) has its part.
  integer, parameter, public :: qube_path_harmonic = 1 !! QUBE's harmonic path.
  integer, parameter, public :: qube_path_pixel_direct = 2 !! QUBE's pixel-direct path.
  integer, parameter, public :: qube_path_eclipse = 3 !! ECLIPSE.
  integer, parameter, public :: qube_path_traditional = 4 !! QUBE's traditional path.
  integer, parameter, public :: qube_path_pipeline = 5 !! A pipeline of the host's own.
  !> Bytes of measured runs: the default, the basis of every decision.
  integer, parameter, public :: qube_model_held = 0
  !> The formulas that the program's authors publish.
  integer, parameter, public :: qube_model_published = 1
  !> The totals that the program writes into its log.
  integer, parameter, public :: qube_model_printed = 2
  integer, parameter, public :: qube_scheduler_slurm = 1 !! Slurm (sbatch).
  integer, parameter, public :: qube_scheduler_pbs = 2 !! PBS (qsub).
  integer, parameter, public :: qube_scheduler_lsf = 3 !! LSF (bsub).
  integer, parameter, public :: qube_holding_replicated = 1 !! Every rank holds all matrices.
  !> The ranks of a node share one copy of all matrices.
  integer, parameter, public :: qube_holding_node_shared = 2
  !> All ranks together hold one copy, block-cyclic.
  integer, parameter, public :: qube_holding_block_cyclic = 3
  !> QUBE, harmonic: release V once the kernels are built.
  integer, parameter, public :: qube_change_release_projector = 1
  !> ECLIPSE: leave grid and block to the library.
  integer, parameter, public :: qube_change_best_grid = 2
  !> QUBE: keep no derivatives in memory.
  integer, parameter, public :: qube_change_no_derivative_cache = 3
  integer, parameter, public :: qube_change_maps = 4 !! ECLIPSE: this many maps in one run.
  !> ECLIPSE: do not check the inverse.
  integer, parameter, public :: qube_change_no_inverse_check = 5
  !> QUBE, pixel-direct: the newest release.
  integer, parameter, public :: qube_change_newest_release = 6
  integer, parameter, public :: qube_change_ranks_per_node = 7 !! QUBE: this many ranks on a node.
  integer, parameter, public :: qube_change_nodes = 8 !! ECLIPSE: this many nodes.
  integer, parameter, public :: qube_change_other_path = 9 !! QUBE: its other path.
  !> QUBE, pixel-direct: this many bins, each with as many parameters.
  integer, parameter, public :: qube_change_n_bins = 10
  !> A pipeline: a parameter, at its document's price.
  integer, parameter, public :: qube_change_parameter = 20
  !> Largest HEALPix resolution, at fixed sky fraction and multipoles.
  integer, parameter, public :: qube_size_nside = 1
  !> Largest estimated multipole. If QUBE's survey gives one, it moves up to lmax_signal; else all
  !! are estimated and lmax_signal moves.
  integer, parameter, public :: qube_size_lmax = 2
  !> Most bins of multipoles, each with as many parameters.
  integer, parameter, public :: qube_size_n_bins = 3
  integer, parameter, public :: qube_size_maps = 4 !! Most maps of ECLIPSE.
  integer, parameter, public :: qube_size_nodes = 5 !! Fewest nodes, up to 2^14.
  !> Most ranks on each node, up to 2^20, for ECLIPSE 2^10.
  integer, parameter, public :: qube_size_ranks_per_node = 6
  !> A pipeline's parameter: qube_budget_largest_parameter().
  integer, parameter, public :: qube_size_parameter = 7
  integer, parameter, public :: qube_largest_value = 1 !! One value is the last that fits.
  integer, parameter, public :: qube_largest_none = 2 !! Not even the least value fits.
  !> Every value fits: the bytes of a node do not depend on it.
  integer, parameter, public :: qube_largest_any = 3
  integer, parameter, public :: qube_reduction_largest = 1 !! The largest value of all ranks.
  integer, parameter, public :: qube_reduction_least = 2 !! The least.
  integer, parameter, public :: qube_reduction_sum = 3 !! The sum.
  integer, parameter, public :: qube_role_contracted = 0 !! The index is summed at some contraction.
  integer, parameter, public :: qube_role_external = 1 !! The index is open in the result.
  !> Objective (the names are SeQuant's): least work.
  integer, parameter, public :: qube_dense_flops = 0
  !> Objective: least storage of operands and results of contractions.
  integer, parameter, public :: qube_dense_size = 1
  !> Objective: least work with a peak near the least.
  integer, parameter, public :: qube_dense_peak_size = 2
  !> Objective: the same, with loops over batchable indices.
  integer, parameter, public :: qube_dense_peak_size_batched = 3
  integer, parameter, public :: qube_dense_time_space = 4 !! Objective: least work, then least peak.
  !> Objective: least work with a peak within the policy's threshold, then fewest sliced indices,
  !! then least peak; if nothing fits, least work, then least peak. Loops may slice contracted and
  !! external indices, and repeated work is charged. A result that a loop around it need not repeat
  !! is charged once, and counts in the peak until its first use.
  integer, parameter, public :: qube_dense_time_space_batched = 5
  !> Objective: the same, but the least peak directly after the least work; if nothing fits, least
  !! peak, then least work.
  integer, parameter, public :: qube_dense_space_time_batched = 6
  !> Objective of plans of qube_optimize_custom(); options refuse it.
  integer, parameter, public :: qube_custom = 100
  integer, parameter, public :: qube_bounded_cost = 0 !! The lower bound is one on the cost.
  !> The lower bound is one on the peak, elements.
  integer, parameter, public :: qube_bounded_peak = 1
  !> Cache: drop it: volatile, only used by persistent nodes, or the result.
  integer, parameter, public :: qube_cache_transient = 0
  !> Cache: keep it for the next replay: persistent, used by a volatile node.
  integer, parameter, public :: qube_cache_keep = 1
  !> Cache: as _keep, but the node exists in slices only: a loop around it has more than one batch
  !! over an index that is open in it.
  integer, parameter, public :: qube_cache_sliced = 2
  ! end of constants

  integer(int64), parameter, public :: qube_gib = 1024_int64**3 !! Bytes of a GiB.

  ! --- What C passes ----------------------------------------------------------------------------

  ! begin of structs: written by scripts/fortran_bindings.py
  type, bind(c) :: c_render_options
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: limit_bytes = 0
  end type c_render_options
  type, bind(c) :: c_survey
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: nside = 0
    real(c_double) :: fsky = 0
    integer(c_int64_t) :: n_obs = 0, n_obs_polarisation = 0, lmin = 0, lmax = 0, lmax_signal = 0, &
      n_bins = 0, n_spectra = 0
    integer(c_int32_t) :: fields = 0, polar_cap = 0
  end type c_survey
  type, bind(c) :: c_auto_config
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: n_pix = 0, n_modes = 0, lmax_signal = 0, lmax = 0, n_bins = 0, &
      n_params = 0, n_spectra = 0, working_dim = 0
    integer(c_int32_t) :: do_cross = 0, keep_pixel_projector = 0, covariance_by_caller = 0, &
      cache_derivatives = 0, model = 0, release = 0
  end type c_auto_config
  type, bind(c) :: c_harmonic_config
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: n_pix = 0, n_modes = 0, lmax_signal = 0, lmax = 0, n_spectra = 0, &
      working_dim = 0
    integer(c_int32_t) :: keep_pixel_projector = 0, covariance_by_caller = 0, model = 0, &
      release = 0
  end type c_harmonic_config
  type, bind(c) :: c_pixel_direct_config
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: n_pix = 0, lmax_signal = 0, lmax = 0, n_bins = 0, n_params = 0, &
      n_spectra = 0, working_dim = 0
    integer(c_int32_t) :: cache_derivatives = 0, model = 0, release = 0, reserved = 0
  end type c_pixel_direct_config
  type, bind(c) :: c_traditional_config
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: n_pix = 0, lmax_signal = 0, lmax = 0, n_bins = 0, n_params = 0, &
      n_spectra = 0
    integer(c_int32_t) :: model = 0, release = 0
  end type c_traditional_config
  type, bind(c) :: c_eclipse_config
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: pix_t = 0, pix_p = 0, lmax = 0, lmax_cov = 0, maps = 0
    integer(c_int32_t) :: code = 0, cross = 0, check_inverse = 0, fisher = 0, model = 0, &
      tqu_maps = 0
    integer(c_int64_t) :: nside = 0
  end type c_eclipse_config
  type, bind(c) :: c_term
    type(c_ptr) :: name = c_null_ptr
    integer(c_int64_t) :: bytes = 0, copies = 0, rows = 0, columns = 0, element_bytes = 0
    integer(c_int32_t) :: kind = 0, layout = 0, holder = 0, reserved = 0
  end type c_term
  type, bind(c) :: c_stage
    type(c_ptr) :: name = c_null_ptr, terms = c_null_ptr
    integer(c_int64_t) :: n_terms = 0, persistent_bytes = 0, transient_bytes = 0, peak_bytes = 0, &
      end_bytes = 0, reserved = 0
  end type c_stage
  type, bind(c) :: c_event
    type(c_ptr) :: what = c_null_ptr
    integer(c_int64_t) :: delta_bytes = 0, total_bytes = 0
    integer(c_int32_t) :: step = 0, printed = 0
  end type c_event
  type, bind(c) :: c_input
    type(c_ptr) :: name = c_null_ptr, value = c_null_ptr, from = c_null_ptr
  end type c_input
  type, bind(c) :: c_budget_view
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: lifetime_peak_bytes = 0, peak_stage = 0
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int64_t) :: n_stages = 0
    type(c_ptr) :: events = c_null_ptr
    integer(c_int64_t) :: n_events = 0
    type(c_ptr) :: inputs = c_null_ptr
    integer(c_int64_t) :: n_inputs = 0
    type(c_ptr) :: release = c_null_ptr, note = c_null_ptr
    integer(c_int32_t) :: path = 0, model = 0
    type(c_ptr) :: program = c_null_ptr
    integer(c_int64_t) :: published_peak_bytes = 0
  end type c_budget_view
  type, bind(c) :: c_job
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: nodes = 0, ranks_per_node = 0, cpus_per_rank = 0, nprow = 0, npcol = 0, &
      block = 0, input_matrices = 0, baseline_bytes = 0, resident_bytes = 0, cores_per_node = 0, &
      mem_per_core_cap = 0
    real(c_double) :: margin = 0
    integer(c_int32_t) :: share_node = 0, scheduler = 0
    type(c_ptr) :: calibration = c_null_ptr
    integer(c_int64_t) :: n_calibration = 0
  end type c_job
  type, bind(c) :: c_grid
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: nprow = 0, npcol = 0, block = 0, ranks = 0, myrow = 0, mycol = 0
  end type c_grid
  type, bind(c) :: c_parameter
    type(c_ptr) :: name = c_null_ptr, what = c_null_ptr, unit = c_null_ptr
    integer(c_int64_t) :: default_value = 0, least = 0, most = 0, multiple_of = 0
    type(c_ptr) :: choices = c_null_ptr
    integer(c_int64_t) :: n_choices = 0
    type(c_ptr) :: price = c_null_ptr
    integer(c_int64_t) :: order = 0
    integer(c_int32_t) :: is_switch = 0, reserved = 0
  end type c_parameter
  type, bind(c) :: c_pipeline_view
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: name = c_null_ptr, source = c_null_ptr, parameters = c_null_ptr
    integer(c_int64_t) :: n_parameters = 0
  end type c_pipeline_view
  type, bind(c) :: c_parameter_value
    type(c_ptr) :: name = c_null_ptr
    integer(c_int64_t) :: value = 0
  end type c_parameter_value
  type, bind(c) :: c_rank_bytes
    type(c_ptr) :: name = c_null_ptr
    integer(c_int64_t) :: fullest_bytes = 0, least_bytes = 0, mean_bytes = 0, own_bytes = 0
  end type c_rank_bytes
  type, bind(c) :: c_own_bytes
    type(c_ptr) :: name = c_null_ptr
    integer(c_int64_t) :: bytes = 0
  end type c_own_bytes
  type, bind(c) :: c_rank_stage
    type(c_rank_bytes) :: held
    type(c_ptr) :: terms = c_null_ptr
    integer(c_int64_t) :: n_terms = 0
    type(c_ptr) :: own_terms = c_null_ptr
    integer(c_int64_t) :: n_own_terms = 0, fullest_row = 0, fullest_column = 0, least_row = 0, &
      least_column = 0
  end type c_rank_stage
  type, bind(c) :: c_local_matrix
    type(c_ptr) :: name = c_null_ptr
    integer(c_int64_t) :: stage = 0, term = 0, elements = 0
  end type c_local_matrix
  type, bind(c) :: c_ranks_view
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: nprow = 0, npcol = 0, block = 0
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int64_t) :: n_stages = 0, peak_stage = 0
    type(c_ptr) :: too_large = c_null_ptr
    integer(c_int64_t) :: n_too_large = 0, best_nprow = 0, best_npcol = 0, best_block = 0, &
      best_fullest_bytes = 0
  end type c_ranks_view
  type, bind(c) :: c_part
    type(c_ptr) :: name = c_null_ptr
    integer(c_int64_t) :: bytes = 0, node_bytes = 0
    integer(c_int32_t) :: kind = 0, reserved = 0
  end type c_part
  type, bind(c) :: c_stage_request
    type(c_ptr) :: name = c_null_ptr, margin_from = c_null_ptr, parts = c_null_ptr
    integer(c_int64_t) :: n_parts = 0, peak_bytes = 0, margin_bytes = 0, per_rank_bytes = 0, &
      per_node_bytes = 0
    integer(c_int32_t) :: calibrated = 0, reserved = 0
  end type c_stage_request
  type, bind(c) :: c_request_view
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: per_node_bytes = 0, total_bytes = 0, shared_per_node_bytes = 0, &
      own_per_rank_bytes = 0, resident_bytes = 0, margin_bytes = 0, input_bytes = 0, &
      baseline_bytes = 0, other_resident_bytes = 0, peak_stage = 0
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int64_t) :: n_stages = 0
    type(c_ptr) :: too_large = c_null_ptr
    integer(c_int64_t) :: n_too_large = 0
    type(c_ptr) :: notes = c_null_ptr
    integer(c_int64_t) :: n_notes = 0
    type(c_ptr) :: summary = c_null_ptr, job_lines = c_null_ptr
    integer(c_int64_t) :: n_job_lines = 0, cores_per_rank = 0, nprow = 0, npcol = 0, block = 0
    integer(c_int32_t) :: holding = 0, calibrated = 0
  end type c_request_view
  type, bind(c) :: c_change
    type(c_ptr) :: words = c_null_ptr, parameter = c_null_ptr
    integer(c_int64_t) :: value = 0, per_node_bytes = 0
    integer(c_int32_t) :: kind = 0, fits = 0
  end type c_change
  type, bind(c) :: c_path
    integer(c_int64_t) :: lifetime_peak_bytes = 0, per_node_bytes = 0
    integer(c_int32_t) :: path = 0, fits = 0
  end type c_path
  type, bind(c) :: c_fit_view
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: limit_bytes = 0, spare_bytes = 0
    type(c_ptr) :: message = c_null_ptr, advice = c_null_ptr
    integer(c_int64_t) :: stage = 0
    type(c_ptr) :: stage_name = c_null_ptr
    integer(c_int64_t) :: stage_over_bytes = 0
    type(c_ptr) :: term_name = c_null_ptr
    integer(c_int64_t) :: term_bytes = 0
    type(c_ptr) :: changes = c_null_ptr
    integer(c_int64_t) :: n_changes = 0, cheapest = 0
    type(c_ptr) :: paths = c_null_ptr
    integer(c_int64_t) :: n_paths = 0
    type(c_ptr) :: no_paths = c_null_ptr, request = c_null_ptr
    integer(c_int32_t) :: path_by_time = 0, fits = 0
  end type c_fit_view
  type, bind(c) :: c_largest_view
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: limit_bytes = 0, value = 0, per_node_bytes = 0, next_value = 0, &
      next_per_node_bytes = 0
    type(c_ptr) :: message = c_null_ptr
    integer(c_int32_t) :: size = 0, kind = 0
  end type c_largest_view
  type, bind(c) :: c_figure
    integer(c_int64_t) :: predicted_bytes = 0, requested_bytes = 0, measured_bytes = 0, &
      above_baseline_bytes = 0, difference_bytes = 0
    real(c_double) :: difference_percent = 0
  end type c_figure
  type, bind(c) :: c_stage_comparison
    type(c_ptr) :: name = c_null_ptr
    type(c_figure) :: end, peak
  end type c_stage_comparison
  type, bind(c) :: c_rank_comparison
    integer(c_int64_t) :: rank = 0, row = 0, column = 0, baseline_bytes = 0
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int64_t) :: n_stages = 0
    type(c_figure) :: lifetime_peak
  end type c_rank_comparison
  type, bind(c) :: c_unit
    type(c_ptr) :: symbol = c_null_ptr, words = c_null_ptr
    integer(c_int64_t) :: bytes = 0
  end type c_unit
  type, bind(c) :: c_difference
    type(c_ptr) :: stage = c_null_ptr, may_be = c_null_ptr
    integer(c_int64_t) :: bytes = 0
    integer(c_int32_t) :: is_peak = 0, reserved = 0
  end type c_difference
  type, bind(c) :: c_comparison_view
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int64_t) :: n_stages = 0
    type(c_ptr) :: not_predicted = c_null_ptr
    integer(c_int64_t) :: n_not_predicted = 0, unit_bytes = 0, baseline_bytes = 0
    type(c_figure) :: lifetime_peak
    type(c_ptr) :: ranks = c_null_ptr
    integer(c_int64_t) :: n_ranks = 0
    type(c_ptr) :: units = c_null_ptr
    integer(c_int64_t) :: n_units = 0
    type(c_ptr) :: differences = c_null_ptr
    integer(c_int64_t) :: n_differences = 0
    type(c_ptr) :: notes = c_null_ptr
    integer(c_int64_t) :: n_notes = 0
    integer(c_int32_t) :: within_request = 0, reserved = 0
  end type c_comparison_view
  type, bind(c) :: c_measured_figure
    integer(c_int64_t) :: bytes = 0, least_bytes = 0, sum_bytes = 0, fullest_rank = 0
  end type c_measured_figure
  type, bind(c) :: c_measured_stage
    type(c_ptr) :: name = c_null_ptr
    type(c_measured_figure) :: entry, end, peak
  end type c_measured_stage
  type, bind(c) :: c_meter_view
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: stages = c_null_ptr
    integer(c_int64_t) :: n_stages = 0, baseline_bytes = 0
    type(c_measured_figure) :: lifetime_peak
    integer(c_int64_t) :: cgroup_peak_bytes = 0, n_ranks = 0
    type(c_ptr) :: notes = c_null_ptr
    integer(c_int64_t) :: n_notes = 0
  end type c_meter_view
  type, bind(c) :: c_reading
    integer(c_int64_t) :: resident_bytes = 0, peak_bytes = 0
    integer(c_int32_t) :: is_reset = 0, reserved = 0
  end type c_reading
  type, bind(c) :: c_index
    type(c_ptr) :: label = c_null_ptr, space = c_null_ptr
    integer(c_int64_t) :: extent = 0
    type(c_ptr) :: protos = c_null_ptr
    integer(c_int64_t) :: n_protos = 0
    type(c_ptr) :: power_means = c_null_ptr
    integer(c_int64_t) :: n_power_means = 0
    integer(c_int32_t) :: role = 0, reserved = 0
  end type c_index
  type, bind(c) :: c_tensor
    type(c_ptr) :: label = c_null_ptr, indices = c_null_ptr
    integer(c_int64_t) :: n_indices = 0
  end type c_tensor
  type, bind(c) :: c_network_view
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: indices = c_null_ptr
    integer(c_int64_t) :: n_indices = 0
    type(c_ptr) :: tensors = c_null_ptr
    integer(c_int64_t) :: n_tensors = 0
    type(c_ptr) :: targets = c_null_ptr
    integer(c_int64_t) :: n_targets = 0, bytes_per_element = 0
  end type c_network_view
  type, bind(c) :: c_index_rule
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: label = c_null_ptr, space = c_null_ptr
    integer(c_int64_t) :: target = 0, tile = 0
    integer(c_int32_t) :: role = 0, reserved = 0
  end type c_index_rule
  type, bind(c) :: c_tensor_rule
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: label = c_null_ptr
    integer(c_int64_t) :: tensor = 0
    integer(c_int32_t) :: is_volatile = 0, reserved = 0
  end type c_tensor_rule
  type, bind(c) :: c_policy_settings
    integer(c_size_t) :: struct_size = 0
    real(c_double) :: accumulation_factor = 0
    integer(c_int64_t) :: peak_threshold = 0
    type(c_funptr) :: batchable = c_null_funptr
    type(c_ptr) :: batchable_user = c_null_ptr
    type(c_funptr) :: free_batchable_user = c_null_funptr, is_volatile = c_null_funptr
    type(c_ptr) :: volatile_user = c_null_ptr
    type(c_funptr) :: free_volatile_user = c_null_funptr
    integer(c_int32_t) :: persistent_only = 0, reserved = 0
  end type c_policy_settings
  type, bind(c) :: c_resolved_index
    integer(c_int64_t) :: target = 0, tile = 0, batch = 0, batches = 0
    integer(c_int32_t) :: role = 0, is_batchable = 0
  end type c_resolved_index
  type, bind(c) :: c_resolved_policy_view
    integer(c_size_t) :: struct_size = 0
    type(c_ptr) :: indices = c_null_ptr
    integer(c_int64_t) :: n_indices = 0
    type(c_ptr) :: is_volatile = c_null_ptr
    integer(c_int64_t) :: n_tensors = 0
    real(c_double) :: accumulation_factor = 0
    integer(c_int64_t) :: peak_threshold = 0
    integer(c_int32_t) :: persistent_only = 0, reserved = 0
  end type c_resolved_policy_view
  type, bind(c) :: c_progress
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: states = 0
    real(c_double) :: value = 0, lower_bound = 0
    integer(c_int64_t) :: terms_done = 0, n_terms = 0
    integer(c_int32_t) :: bounded = 0, reserved = 0
  end type c_progress
  type, bind(c) :: c_options
    integer(c_size_t) :: struct_size = 0
    real(c_double) :: volatile_weight = 0, footprint_weight = 0, peak_flops_tolerance = 0, &
      machine_balance = 0, fast_mem_elems = 0, block_tiles = 0, block_prefactor = 0
    integer(c_int64_t) :: bytes_per_element = 0, max_states = 0
    real(c_double) :: max_seconds = 0
    integer(c_int64_t) :: max_bytes = 0
    type(c_funptr) :: progress = c_null_funptr
    type(c_ptr) :: progress_user = c_null_ptr
    integer(c_int32_t) :: objective = 0, prune_outer_products = 0, use_inner_pow = 0, &
      subnet_cse = 0, frontier = 0, require_optimal = 0
  end type c_options
  type, bind(c) :: c_loop
    integer(c_int64_t) :: index = 0, batch = 0, batches = 0
    integer(c_int32_t) :: role = 0, reserved = 0
  end type c_loop
  type, bind(c) :: c_life
    integer(c_int64_t) :: from = 0, to = 0
    real(c_double) :: elements = 0
  end type c_life
  type, bind(c) :: c_node
    real(c_double) :: footprint = 0, sliced_footprint = 0, flops = 0, cost = 0, repetitions = 0, &
      live_before = 0, live = 0, live_after = 0
    integer(c_int64_t) :: tensor = 0, first = 0, second = 0, parent = 0, live_from = 0, &
      live_to = 0, shared_with = 0, open_begin = 0, open_end = 0
    type(c_ptr) :: loops = c_null_ptr
    integer(c_int64_t) :: n_loops = 0
    type(c_ptr) :: lives = c_null_ptr
    integer(c_int64_t) :: n_lives = 0
    integer(c_int32_t) :: cache = 0, is_volatile = 0, is_skipped = 0, reserved = 0
  end type c_node
  type, bind(c) :: c_point
    real(c_double) :: peak_elements = 0, cost = 0
  end type c_point
  type, bind(c) :: c_infeasible
    integer(c_int64_t) :: threshold_bytes = 0
    real(c_double) :: least_peak_elements = 0
    integer(c_int64_t) :: least_peak_bytes = 0
    real(c_double) :: finest_peak_elements = 0
    integer(c_int64_t) :: finest_peak_bytes = 0
    type(c_ptr) :: loops = c_null_ptr
    integer(c_int64_t) :: n_loops = 0
  end type c_infeasible
  type, bind(c) :: c_plan_view
    integer(c_size_t) :: struct_size = 0
    real(c_double) :: cost = 0, flops = 0, peak_elements = 0
    integer(c_int64_t) :: peak_bytes = 0
    real(c_double) :: lower_bound = 0, gap = 0, seconds = 0
    integer(c_int64_t) :: states = 0, pairs = 0, refused_bytes = 0
    type(c_ptr) :: method = c_null_ptr, nodes = c_null_ptr
    integer(c_int64_t) :: n_nodes = 0, n_tensors = 0, peak_node = 0
    type(c_ptr) :: open = c_null_ptr
    integer(c_int64_t) :: n_open = 0
    type(c_ptr) :: indices = c_null_ptr
    integer(c_int64_t) :: n_indices = 0
    type(c_ptr) :: tensors = c_null_ptr, sequence = c_null_ptr, frontier = c_null_ptr
    integer(c_int64_t) :: n_frontier = 0
    type(c_ptr) :: infeasible = c_null_ptr
    integer(c_int64_t) :: bytes_per_element = 0
    integer(c_int32_t) :: objective = 0, exhaustive = 0, optimal = 0, bounded = 0
  end type c_plan_view
  type, bind(c) :: c_order_view
    integer(c_size_t) :: struct_size = 0
    real(c_double) :: peak_elements = 0
    integer(c_int64_t) :: peak_node = 0
    type(c_ptr) :: contractions = c_null_ptr
    integer(c_int64_t) :: n_contractions = 0
  end type c_order_view
  type, bind(c) :: c_leaf_facts
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: tensor = 0
    real(c_double) :: footprint = 0
    integer(c_int32_t) :: is_volatile = 0, reserved = 0
  end type c_leaf_facts
  type, bind(c) :: c_contraction_facts
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: left_tensors = 0, right_tensors = 0
    real(c_double) :: left_footprint = 0, right_footprint = 0, footprint = 0, flops = 0
    integer(c_int32_t) :: left_is_volatile = 0, right_is_volatile = 0, is_volatile = 0, &
      reserved = 0
  end type c_contraction_facts
  type, bind(c) :: c_cost_model
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: state_size = 0
    type(c_ptr) :: user = c_null_ptr
    type(c_funptr) :: leaf = c_null_funptr, combine = c_null_funptr, compare = c_null_funptr, &
      value = c_null_funptr
  end type c_cost_model
  type, bind(c) :: c_term_plan
    type(c_ptr) :: plan = c_null_ptr, message = c_null_ptr
    integer(c_int32_t) :: status = 0, reserved = 0
  end type c_term_plan
  type, bind(c) :: c_occurrence
    integer(c_int64_t) :: term = 0, node = 0
  end type c_occurrence
  type, bind(c) :: c_shared
    real(c_double) :: savings = 0
    type(c_ptr) :: occurrences = c_null_ptr
    integer(c_int64_t) :: n_occurrences = 0
  end type c_shared
  type, bind(c) :: c_plans_view
    integer(c_size_t) :: struct_size = 0
    real(c_double) :: cost = 0, flops = 0, peak_elements = 0, savings = 0
    integer(c_int64_t) :: peak_term = 0
    type(c_ptr) :: terms = c_null_ptr
    integer(c_int64_t) :: n_terms = 0, n_failed = 0
    type(c_ptr) :: shared = c_null_ptr
    integer(c_int64_t) :: n_shared = 0, refused_bytes = 0
  end type c_plans_view
  ! end of structs

  ! --- Types of this file's own -----------------------------------------------------------------

  !> The first failure of a call. Later calls of the library get the NULL of the failed one, and
  !! fail as well, without harm.
  type :: failure
    integer :: status = qube_ok
    character(len=:), allocatable :: message
  end type failure

  !> Texts for C in one allocation, each followed by a NUL.
  type :: c_words
    character(kind=c_char), allocatable :: bytes(:)
    integer, allocatable :: starts(:) !! Where each begins.
    integer :: count = 0, used = 0
    logical :: is_broken = .false. !! A text has a NUL inside, where C would end it.
  contains
    procedure :: add => add_word
    procedure :: add_list => add_words
  end type c_words

  integer, parameter :: a_stage = 1, an_allocation = 2, a_deallocation = 3, a_value = 4

  !> A call of a pipeline's builder, or a value of a parameter.
  type :: pipeline_entry
    integer :: kind = 0, word = 0
    integer(int64) :: copies = 1, rows = 1, columns = 1, element_bytes = 8, value = 0
    integer :: layout = qube_layout_replicated, holder = qube_holder_every_rank
  end type pipeline_entry

  !> A pipeline of the program's own: a document (JSON, schema qube-pipeline/1, docs/pipelines.md)
  !! with values of its parameters, or calls beside the ALLOCATE statements of the program:
  !!
  !!     pipeline = qube_pipeline(name='solver')
  !!     call pipeline%stage('covariance')
  !!     call pipeline%allocate('C', n, n, layout=qube_layout_block_cyclic)
  !!     call pipeline%deallocate('C')
  !!     call qube_budget_of(pipeline, budget)
  !!
  !! Sizes are those of whole arrays: a distributed array has the size of all ranks together.
  !! `qube_budget_of` reports the errors of these calls.
  type, public :: qube_pipeline
    !> The name of the program in reports, 1 to 50 characters. A document has its own.
    character(len=:), allocatable :: name
    character(len=:), allocatable :: json !! The document; then calls allocate nothing.
    type(c_words), private :: words
    type(pipeline_entry), allocatable, private :: entries(:)
    integer, private :: n_entries = 0
  contains
    !> `stage(name)`: ends the last stage, if any, and begins the next. A name has at most 20
    !! characters.
    procedure :: stage => add_stage
    !> `allocate(name, rows [, columns, copies, element_bytes, layout, holder])`: allocates `copies`
    !! arrays (default 1) of rows x columns elements (columns: default 1) in the stage. A name has
    !! at most 46 characters. An element has 8 bytes by default. `layout`, a `qube_layout_`
    !! constant, distributes each array over ranks (default: every rank holds all of it). `holder`,
    !! a `qube_holder_` constant, selects the ranks that hold it (default: every rank). Rows,
    !! columns and copies are int32 or int64.
    generic :: allocate => add_allocation_int64, add_allocation_int32
    !> `deallocate(name)`: deallocates the arrays of this name.
    procedure :: deallocate => add_deallocation
    !> `set(name, value)`: sets a parameter of the document, int32 or int64; a switch to 0 or 1.
    !! Other parameters have their defaults.
    generic :: set => set_parameter_int64, set_parameter_int32
    procedure, private :: add_allocation_int64, add_allocation_int32
    procedure, private :: set_parameter_int64, set_parameter_int32
  end type qube_pipeline

  integer, parameter :: path_of_qube = -1

  !> The inputs of a budget. The library makes the budget from them again in a microsecond.
  type :: budget_inputs
    !> A `qube_path_` constant; `path_of_qube`: QUBE's own choice; 0: none yet.
    integer :: path = 0
    logical :: has_survey = .false.
    type(c_harmonic_config) :: harmonic
    type(c_pixel_direct_config) :: pixel_direct
    type(c_traditional_config) :: traditional
    type(c_auto_config) :: auto
    type(c_eclipse_config) :: eclipse
    type(c_survey) :: survey
    type(qube_pipeline) :: pipeline
  end type budget_inputs

  ! --- Types: inputs of budgets -----------------------------------------------------------------

  !> A run of QUBE's harmonic path. Sizes left at 0 are derived from the survey.
  type, public :: qube_harmonic_config
    !> Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's).
    integer(int64) :: n_pix = 0
    !> Modes of all fields together, the sum of (lmax + 1)**2 - lmin**2 over fields.
    integer(int64) :: n_modes = 0
    integer(int64) :: lmax_signal = 0 !! Largest multipole in the signal covariance.
    !> Largest estimated multipole, 1 to `lmax_signal`; 0: `lmax_signal`. Below `lmax_signal` QUBE
    !! takes the switch path, which holds more.
    integer(int64) :: lmax = 0
    !> Keep the pixel projector V after the kernels are built.
    logical :: keep_pixel_projector = .false.
    !> The caller passes the noise covariance in and holds it; else QUBE reads it.
    logical :: covariance_by_caller = .false.
    !> Estimated spectra; 0: those of the survey, or several.
    integer(int64) :: n_spectra = 0
    !> Coordinates after a pixel filter; 0: no filter.
    integer(int64) :: working_dim = 0
    integer :: model = qube_model_held !! `qube_model_held` or `qube_model_published`.
    integer :: release = qube_release_newest !! A `qube_release_` constant.
  end type qube_harmonic_config

  !> A run of QUBE's pixel-direct path. Sizes left at 0 are derived from the survey.
  type, public :: qube_pixel_direct_config
    integer(int64) :: n_pix = 0 !! Pixels of all fields together, as in `qube_harmonic_config`.
    !> Largest multipole in the signal covariance. Release 1.1 needs it where `lmax` is given.
    integer(int64) :: lmax_signal = 0
    integer(int64) :: n_bins = 0 !! Bins of multipoles.
    !> Parameters; 0: `n_bins` times `n_spectra`, or from the survey.
    integer(int64) :: n_params = 0
    !> Keep binned derivatives in memory. Release 1.2 or newer.
    logical :: cache_derivatives = .false.
    !> Largest estimated multipole; 0: `lmax_signal`. Release 1.1 holds more below it.
    integer(int64) :: lmax = 0
    integer(int64) :: n_spectra = 0 !! Estimated spectra; 0: `n_params` / `n_bins`.
    !> Coordinates after a pixel filter; 0: no filter.
    integer(int64) :: working_dim = 0
    integer :: model = qube_model_held !! `qube_model_held` or `qube_model_published`.
    integer :: release = qube_release_newest !! A `qube_release_` constant.
  end type qube_pixel_direct_config

  !> A run of QUBE's traditional path. Sizes left at 0 are derived from the survey.
  type, public :: qube_traditional_config
    integer(int64) :: n_pix = 0 !! Pixels of all fields together, as in `qube_harmonic_config`.
    integer(int64) :: n_bins = 0 !! Bins of multipoles; 0: those of the survey, or unknown.
    !> Parameters; 0: `n_bins` times `n_spectra`, or from the survey.
    integer(int64) :: n_params = 0
    integer(int64) :: n_spectra = 0 !! Estimated spectra; 0: `n_params` / `n_bins`.
    !> Largest multipole in the signal covariance, and largest estimated one. No term depends on
    !! them.
    integer(int64) :: lmax_signal = 0, lmax = 0
    integer :: model = qube_model_held !! `qube_model_held`.
    integer :: release = qube_release_newest !! A `qube_release_` constant.
  end type qube_traditional_config

  !> A run of QUBE on the path of its own choice, with the inputs of all paths.
  type, public :: qube_auto_config
    integer(int64) :: n_pix = 0, n_modes = 0 !! Pixels and modes of all fields together.
    !> Largest multipole in the signal covariance, and largest estimated one.
    integer(int64) :: lmax_signal = 0, lmax = 0
    integer(int64) :: n_bins = 0, n_params = 0 !! Bins of multipoles and parameters.
    integer(int64) :: n_spectra = 0 !! Estimated spectra.
    integer(int64) :: working_dim = 0 !! Coordinates after a pixel filter; 0: no filter.
    logical :: do_cross = .false. !! Cross two data splits: the traditional path.
    logical :: keep_pixel_projector = .false. !! Harmonic: keep V after the kernels are built.
    logical :: covariance_by_caller = .false. !! Harmonic: the caller passes the covariance in.
    logical :: cache_derivatives = .false. !! Pixel-direct: keep binned derivatives.
    integer :: model = qube_model_held !! `qube_model_held` or `qube_model_published`.
    integer :: release = qube_release_newest !! A `qube_release_` constant.
  end type qube_auto_config

  !> A run of ECLIPSE. Set `code`, `lmax` and the pixels that the code needs.
  type, public :: qube_eclipse_config
    !> Observed pixels in temperature, such as `count(mask)`; 0: none, as EB must have.
    integer(int64) :: pix_t = 0
    integer(int64) :: pix_p = 0 !! Observed pixels in polarisation; 0: none, as T must have.
    !> Largest multipole of the power spectra, 2 or more; for T 1 or more.
    integer(int64) :: lmax = 0
    integer(int64) :: lmax_cov = 0 !! Largest multipole of the covariance matrix; 0: as `lmax`.
    integer(int64) :: maps = 1 !! Maps, 1 or more; of each kind where crossed.
    integer :: code = 0 !! `qube_eclipse_t`, `qube_eclipse_eb` or `qube_eclipse_teb`.
    logical :: cross = .false. !! Cross the maps with others.
    logical :: check_inverse = .false. !! Check the inverse of the covariance matrix.
    logical :: fisher = .true. !! Compute the Fisher matrix; else steps 4 to 6 do not run.
    !> `qube_model_held` (measured runs), `_published` (sums of its guide) or `_printed` (totals of
    !! its log).
    integer :: model = qube_model_held
    logical :: tqu_maps = .false. !! The map files of T also have Q and U.
    !> HEALPix resolution of the map files; 0: the least with enough pixels. A finer one takes more.
    integer(int64) :: nside = 0
  end type qube_eclipse_config

  !> A survey. Sizes that a config leaves at 0 are derived from it; explicit sizes override it, and
  !! contradictions are errors. Set `fields`.
  type, public :: qube_survey
    integer(int64) :: nside = 0 !! HEALPix resolution, a power of two; 0: unknown.
    real(real64) :: fsky = 0 !! The observed fraction of the sky, above 0, up to 1; 0: unknown.
    !> Observed pixels of one map, such as `count(mask)`; of the temperature map for TQU. Overrides
    !! `fsky`. 0: unknown.
    integer(int64) :: n_obs = 0
    !> Observed pixels of a polarisation map for TQU, if its mask differs; 0: as `n_obs`.
    integer(int64) :: n_obs_polarisation = 0
    integer(int64) :: lmin = -1 !! The least multipole; -1: 2.
    integer(int64) :: lmax = 0 !! The largest estimated multipole; 0: `lmax_signal`.
    !> The largest multipole in the signal covariance; 0: that of the config.
    integer(int64) :: lmax_signal = 0
    integer(int64) :: n_bins = 0 !! Bins of multipoles; 0: unknown.
    !> Estimated spectra; 0: all of the fields (T: 1, QU: 3, TQU: 6).
    integer(int64) :: n_spectra = 0
    integer :: fields = 0 !! `qube_fields_t`, `qube_fields_qu` or `qube_fields_tqu`.
    !> The mask is a polar cap of whole rings; then `fsky` is at most 1/6.
    logical :: polar_cap = .false.
  end type qube_survey

  !> The nodes and ranks of a run, and the memory of a process beside the arrays of the budget.
  type, public :: qube_job
    integer(int64) :: nodes = 1 !! Nodes, 1 to 2**20.
    integer(int64) :: ranks_per_node = 1 !! Ranks (processes) on each node, 1 to 2**20.
    integer(int64) :: cpus_per_rank = 1 !! Processors for each rank, for its threads, 1 to 2**20.
    !> Rows of ECLIPSE's grid of ranks, its columns, and the rows and columns of a block; 0: the
    !! squarest one with blocks of 64. All three or none must be set. Not for QUBE.
    integer(int64) :: nprow = 0, npcol = 0, block = 0
    !> Matrices of n_pix**2 that a process of QUBE holds as its input in all stages; -1: 1 on the
    !! harmonic path where the caller passes the covariance in, else 0. Not for ECLIPSE.
    integer(int64) :: input_matrices = -1
    !> Bytes of a process without arrays; -1: 0.26 GiB for QUBE (Python) and
    !! 33.4 MB for ECLIPSE (a rank of MPI), as measured.
    integer(int64) :: baseline_bytes = -1
    !> Other memory of each rank, bytes: buffers of MPI, the host's own arrays.
    integer(int64) :: resident_bytes = 0
    !> Processors of a node, 1 to 2**20, the most for its ranks; 0: unknown.
    integer(int64) :: cores_per_node = 0
    !> The most bytes per processor in a job, 1 MiB or more; 0: no cap. A rank then books as many
    !! processors as its memory needs.
    integer(int64) :: mem_per_core_cap = 0
    !> Per cent added to every peak, 0 to 1000; -1: the margin that measured runs support.
    real(real64) :: margin = -1
    !> The ranks of a node share one copy of QUBE's matrices, inputs included. Not for ECLIPSE.
    logical :: share_node = .false.
    !> The scheduler of the job lines: `qube_scheduler_slurm`, `_pbs` or `_lsf`.
    integer :: scheduler = qube_scheduler_slurm
    type(c_words), private :: calibration
  contains
    !> `add_calibration(document)`: adds a measured run as calibration: a comparison that
    !! `qube_render` wrote as JSON. The margin of a stage is the largest excess of such runs in it.
    !! The calls that take the job check the document.
    procedure :: add_calibration => add_job_calibration
  end type qube_job

  !> A grid of ranks for block-cyclic matrices, as in ScaLAPACK. Set `ranks` alone for the squarest
  !! grid with blocks of 64.
  type, public :: qube_grid
    !> Rows of the grid, its columns, and the rows and columns of a block; 0: the squarest.
    integer(int64) :: nprow = 0, npcol = 0, block = 0
    integer(int64) :: ranks = 0 !! Ranks of the run, which must fill the grid; 0: nprow * npcol.
    !> Row and column of a rank to report, from 0 as BLACS counts; -1: none.
    integer(int64) :: myrow = -1, mycol = -1
  end type qube_grid

  !> Options of a document.
  type, public :: qube_render_options
    !> Pictures, traces and Markdown of a budget or a request: the limit to show, bytes; 0: none.
    integer(int64) :: limit_bytes = 0
  end type qube_render_options

  ! --- Types: budgets, requests, fits, comparisons ----------------------------------------------

  !> Labels, by number, in one allocation.
  type, public :: qube_labels
    integer :: count = 0 !! How many there are.
    character(len=:), allocatable, private :: text
    integer, allocatable, private :: starts(:) !! Where each begins, and one more.
  contains
    !> `label(number)`: the text; empty for an unknown number.
    procedure :: label => label_of
    !> `find(text)`: the first number with this text; 0: none.
    procedure :: find => find_label
  end type qube_labels

  !> One array, or several equal arrays.
  type, public :: qube_term
    character(len=:), allocatable :: name !! As its source names it.
    integer(int64) :: bytes = 0 !! Bytes of all copies.
    !> Matrices of doubles, and the rows and columns of each.
    integer(int64) :: copies = 0, rows = 0, columns = 0
    integer(int64) :: element_bytes = 0 !! Bytes of an element, 8 of a double.
    integer :: kind = 0 !! `qube_term_persistent`, `_transient` or `_post_peak`.
    integer :: layout = 0 !! Its distribution over ranks: a `qube_layout_` constant.
    integer :: holder = 0 !! The ranks that hold it: a `qube_holder_` constant.
  end type qube_term

  !> A stage of a budget.
  type, public :: qube_stage
    character(len=:), allocatable :: name !! Unique in the budget.
    !> Persistent, then transient, then post-peak terms.
    type(qube_term), allocatable :: terms(:)
    !> Sums of the persistent and of the transient terms.
    integer(int64) :: persistent_bytes = 0, transient_bytes = 0
    integer(int64) :: peak_bytes = 0 !! persistent_bytes + transient_bytes
    !> Bytes at the end of the stage: persistent and post-peak terms.
    integer(int64) :: end_bytes = 0
  end type qube_stage

  !> An allocation or deallocation in a step of ECLIPSE.
  type, public :: qube_event
    character(len=:), allocatable :: what !! Its subject, such as "+ maps".
    integer(int64) :: delta_bytes = 0 !! Bytes that come, or go (negative).
    integer(int64) :: total_bytes = 0 !! Bytes held after it, over all ranks.
    integer :: step = 0 !! The step, as the program counts them, from 1.
    logical :: printed = .false. !! The program prints its total here.
  end type qube_event

  !> An input of a budget.
  type, public :: qube_input
    !> Its name, as in the config, and its value in words: a number, "yes", "no", a name, "absent".
    character(len=:), allocatable :: name, value
    !> The source of a derived input, such as "12 nside^2 fsky"; empty for an explicit one.
    character(len=:), allocatable :: from
  end type qube_input

  !> A memory budget: the stages of a run with their terms in bytes, and the inputs of the run.
  !! `qube_budget_of` makes it.
  type, public :: qube_budget_view
    integer(int64) :: lifetime_peak_bytes = 0 !! The largest peak of all stages, bytes.
    integer :: peak_stage = 0 !! The first stage that has it.
    type(qube_stage), allocatable :: stages(:) !! The stages in the order of the run.
    !> ECLIPSE's allocations and deallocations, in order; none for QUBE's paths and published sums.
    type(qube_event), allocatable :: events(:)
    type(qube_input), allocatable :: inputs(:) !! The inputs, derived ones included.
    character(len=:), allocatable :: release !! The release that the formulas describe: "1.1".
    !> The program: QUBE, ECLIPSE, or a pipeline's own name.
    character(len=:), allocatable :: program
    !> A caveat about the numbers; empty: none.
    character(len=:), allocatable :: note
    integer :: path = 0 !! A `qube_path_` constant.
    integer :: model = 0 !! A `qube_model_` constant.
    !> The lifetime peak that the program's own calculator prints; 0: it has none, or the model is
    !! not `qube_model_held`.
    integer(int64) :: published_peak_bytes = 0
    type(budget_inputs), private :: run
  contains
    !> `find_stage(name)`: the number of a stage; 0: none.
    procedure :: find_stage => find_stage
  end type qube_budget_view

  !> The memory of ranks for a term, or for all terms at the peak of a stage.
  type, public :: qube_rank_bytes
    character(len=:), allocatable :: name !! Of the term or stage.
    !> Bytes on the rank that holds most, (0, 0), and on the one that holds least, the last one.
    integer(int64) :: fullest_bytes = 0, least_bytes = 0
    integer(int64) :: mean_bytes = 0 !! Bytes of all ranks by their number, rounded up.
    integer(int64) :: own_bytes = -1 !! Bytes on the rank of `qube_grid`; -1: none.
  end type qube_rank_bytes

  !> A stage on the ranks of a grid.
  type, public :: qube_rank_stage
    type(qube_rank_bytes) :: held !! At the stage's peak on each rank.
    !> The terms live at the peak of all ranks together, in the order of the budget. A rank that
    !! peaks at another moment holds more than their sum.
    type(qube_rank_bytes), allocatable :: terms(:)
  end type qube_rank_stage

  !> A matrix of which one rank holds more than 2**31 - 1 elements, which a ScaLAPACK with 32-bit
  !! integers cannot number.
  type, public :: qube_local_matrix
    character(len=:), allocatable :: name !! Of its term.
    integer :: stage = 0, term = 0 !! The first stage that has it, and the term's number in it.
    integer(int64) :: elements = 0 !! Elements of one matrix on the rank that holds most.
  end type qube_local_matrix

  !> The memory of the ranks of a grid.
  type, public :: qube_ranks_view
    integer(int64) :: nprow = 0, npcol = 0, block = 0 !! The grid.
    type(qube_rank_stage), allocatable :: stages(:) !! The stages of the budget, in its order.
    !> The first stage in which the fullest rank holds most.
    integer :: peak_stage = 0
    !> Matrices too large for a ScaLAPACK with 32-bit integers; none is good.
    type(qube_local_matrix), allocatable :: too_large(:)
    !> The best grid with the same number of ranks, of those tried, and bytes of its fullest rank.
    integer(int64) :: best_nprow = 0, best_npcol = 0, best_block = 0, best_fullest_bytes = 0
    type(budget_inputs), private :: run
    type(c_grid), private :: grid
  end type qube_ranks_view

  !> A term that is live at the peak of a stage, for one copy; for block-cyclic matrices, on the
  !! rank that holds most.
  type, public :: qube_part
    character(len=:), allocatable :: name !! As in the budget.
    integer(int64) :: bytes = 0 !! Of the copy, or of that rank.
    integer :: kind = 0 !! `qube_term_persistent` or `_transient`.
  end type qube_part

  !> The request of a stage.
  type, public :: qube_stage_request
    character(len=:), allocatable :: name !! As in the budget.
    !> The source of its margin: "11.44 %, measured", "10.00 %, as asked", "not calibrated ...".
    character(len=:), allocatable :: margin_from
    type(qube_part), allocatable :: parts(:) !! The terms live at the peak.
    !> The peak of one copy, and its margin; of block-cyclic matrices, of the rank that holds most.
    integer(int64) :: peak_bytes = 0, margin_bytes = 0
    !> One process with the memory that it shares, and all processes of a node.
    integer(int64) :: per_rank_bytes = 0, per_node_bytes = 0
    logical :: calibrated = .false. !! Measured runs support its margin.
  end type qube_stage_request

  !> The memory to request for a run, on nodes and ranks; result of `qube_request`.
  type, public :: qube_request_view
    !> Bytes of a node, and of all nodes together.
    integer(int64) :: per_node_bytes = 0, total_bytes = 0
    !> Bytes that the ranks of a node share, margin included; 0: none.
    integer(int64) :: shared_per_node_bytes = 0
    integer(int64) :: own_per_rank_bytes = 0 !! Bytes that each rank has of its own, with margin.
    !> The resident size of one process in `peak_stage`, without the margin, and that margin.
    integer(int64) :: resident_bytes = 0, margin_bytes = 0
    !> The input of a copy in all stages, and a process without arrays.
    integer(int64) :: input_bytes = 0, baseline_bytes = 0
    integer(int64) :: other_resident_bytes = 0 !! Other memory of each rank, from the job.
    integer(int64) :: cores_per_rank = 0 !! Processors that a rank books.
    character(len=:), allocatable :: summary !! The memory of a node, in one sentence.
    !> Lines of a job script that request the memory, the recommended one first.
    type(qube_labels) :: job_lines
    !> The first stage in which a node holds most, margin included.
    integer :: peak_stage = 0
    type(qube_stage_request), allocatable :: stages(:) !! The stages of the budget, in its order.
    !> Matrices too large for a ScaLAPACK with 32-bit integers; none is good.
    type(qube_local_matrix), allocatable :: too_large(:)
    type(qube_labels) :: notes !! Caveats about the numbers, one sentence a label.
    !> The grid of block-cyclic matrices; 0 for others.
    integer(int64) :: nprow = 0, npcol = 0, block = 0
    integer :: holding = 0 !! `qube_holding_replicated`, `_node_shared` or `_block_cyclic`.
    logical :: calibrated = .false. !! Measured runs support the margin of `peak_stage`.
    type(budget_inputs), private :: run
    type(c_job), private :: job
    type(c_words), private :: calibration
  end type qube_request_view

  !> A single change that makes a run smaller.
  type, public :: qube_change
    !> In a few words, such as "keep no derivatives in memory".
    character(len=:), allocatable :: words
    !> The parameter of a pipeline to change; empty: none.
    character(len=:), allocatable :: parameter
    !> Its number (maps, ranks, nodes, bins, a parameter), the nearest to the run's own that fits;
    !! 0: it has none.
    integer(int64) :: value = 0
    integer(int64) :: per_node_bytes = 0 !! Bytes of a node then; -1: past 2**63 - 1.
    integer :: kind = 0 !! A `qube_change_` constant.
    logical :: fits = .false. !! It makes the run fit.
  end type qube_change

  !> One of QUBE's paths through a survey.
  type, public :: qube_path
    !> Lifetime peak of one copy; -1: past 2**63 - 1 bytes.
    integer(int64) :: lifetime_peak_bytes = 0
    !> Bytes of a node, with inputs, baseline and margin; -1: past 2**63 - 1.
    integer(int64) :: per_node_bytes = 0
    integer :: path = 0 !! `qube_path_harmonic` or `qube_path_pixel_direct`.
    logical :: fits = .false. !! A node holds the limit at most.
  end type qube_path

  !> A run against the memory of its nodes; result of `qube_fit`.
  type, public :: qube_fit_view
    integer(int64) :: limit_bytes = 0 !! The memory of a node, as given.
    !> Bytes that a node leaves of the limit; negative: the excess.
    integer(int64) :: spare_bytes = 0
    !> The answer and the change to make, in a sentence each; no change if it fits.
    character(len=:), allocatable :: message, advice
    !> The first stage in which a node holds more than the limit, and its name; 0 and empty if it
    !! fits.
    integer :: stage = 0
    character(len=:), allocatable :: stage_name !! The name of that stage.
    integer(int64) :: stage_over_bytes = 0 !! The excess of the node in that stage; 0 if it fits.
    !> The term past the limit, or "baseline", "input", "margin"; empty if it fits.
    character(len=:), allocatable :: term_name
    integer(int64) :: term_bytes = 0 !! Bytes of one copy of that term; 0 if it fits.
    !> Single changes that the run admits, cheapest first; none if it fits.
    type(qube_change), allocatable :: changes(:)
    integer :: cheapest = 0 !! The first change that makes it fit; 0: none does, or it fits.
    !> QUBE's harmonic and pixel-direct path; none for ECLIPSE, and where the sizes of one are
    !! unknown.
    type(qube_path), allocatable :: paths(:)
    !> The sizes that a comparison of both paths lacks; empty: none, or no survey.
    character(len=:), allocatable :: no_paths
    type(qube_request_view) :: request !! The request of the run.
    integer :: path_by_time = 0 !! The path that QUBE takes, by time; 0 without paths.
    logical :: fits = .false. !! A node holds the limit at most.
  end type qube_fit_view

  !> The answer to an inverse question; result of `qube_largest`.
  type, public :: qube_largest_view
    integer(int64) :: limit_bytes = 0 !! The memory of a node, as given.
    !> The last value that fits; 0 unless `kind` is `qube_largest_value`.
    integer(int64) :: value = 0
    !> Bytes of a node with it, or with any value; 0 if none fits.
    integer(int64) :: per_node_bytes = 0
    !> The next value, which does not fit; if none fits, the least (of nodes, the most tried). 0:
    !! there is none, or none is tried.
    integer(int64) :: next_value = 0
    !> Bytes of a node with that; -1: past 2**63 - 1. 0 where `next_value` is 0.
    integer(int64) :: next_per_node_bytes = 0
    character(len=:), allocatable :: message !! The answer in one sentence.
    integer :: size = 0 !! The size solved for, a `qube_size_` constant.
    integer :: kind = 0 !! `qube_largest_value`, `qube_largest_none` or `qube_largest_any`.
  end type qube_largest_view

  !> A size: predicted, and measured where the run has it.
  type, public :: qube_figure
    !> The budget's prediction; -1: none (published sums predict peaks only). Beside a request, the
    !! resident size without the margin.
    integer(int64) :: predicted_bytes = -1
    !> The request, margin included; -1 beside a budget.
    integer(int64) :: requested_bytes = -1
    !> The resident size, baseline included; -1: not measured.
    integer(int64) :: measured_bytes = -1
    !> The resident size above the baseline; 0: not measured.
    integer(int64) :: above_baseline_bytes = 0
    !> Measured minus predicted; 0: not measured.
    integer(int64) :: difference_bytes = 0
    real(real64) :: difference_percent = 0 !! The same in per cent of the prediction.
  end type qube_figure

  !> A stage, predicted and measured.
  type, public :: qube_stage_comparison
    character(len=:), allocatable :: name !! As in the budget.
    !> At the end of the stage, and the largest in it.
    type(qube_figure) :: end, peak
  end type qube_stage_comparison

  !> A rank, predicted and measured.
  type, public :: qube_rank_comparison
    !> Its number, from 0 as MPI counts; -1: the rank that holds least, of a record of all ranks.
    integer(int64) :: rank = -1
    !> Its row and column in the grid, from 0 as BLACS counts; -1 without a grid.
    integer(int64) :: row = -1, column = -1
    integer(int64) :: baseline_bytes = -1 !! Before the first stage; -1: not measured.
    type(qube_stage_comparison), allocatable :: stages(:) !! The stages of the budget, in its order.
    type(qube_figure) :: lifetime_peak !! The largest of its run.
  end type qube_rank_comparison

  !> A unit of the pipeline's own formulas. A missing array shows as a 1 in one unit.
  type, public :: qube_unit
    character(len=:), allocatable :: symbol !! `p`, `m`, `x`, ...
    character(len=:), allocatable :: words !! As a product: `n_modes^2`.
    integer(int64) :: bytes = 0 !! Its bytes; on a grid, a rank's share.
  end type qube_unit

  !> A figure that differs from its prediction by 2 per cent or more.
  type, public :: qube_difference
    character(len=:), allocatable :: stage !! The name of the stage; `lifetime` for the run.
    !> A candidate: "+4.0 m: four arrays of n_modes^2 that the budget does not name".
    character(len=:), allocatable :: may_be
    integer(int64) :: bytes = 0 !! Measured minus predicted.
    logical :: is_peak = .false. !! The figure is the stage's peak, else its end.
  end type qube_difference

  !> A budget or request beside a measured run; result of `qube_compare`.
  type, public :: qube_comparison_view
    !> The stages of the budget, in its order; the largest of each figure over the ranks.
    type(qube_stage_comparison), allocatable :: stages(:)
    !> Measured steps that the prediction lacks.
    type(qube_labels) :: not_predicted
    !> Bytes of the first unit, n_pix**2 doubles; 0: none.
    integer(int64) :: unit_bytes = 0
    !> Bytes of the process before the first stage; -1: not measured.
    integer(int64) :: baseline_bytes = -1
    type(qube_figure) :: lifetime_peak !! The largest of the run.
    !> Rank by rank, for several ranks or a grid.
    type(qube_rank_comparison), allocatable :: ranks(:)
    type(qube_unit), allocatable :: units(:) !! The pipeline's own units.
    !> Figures that differ from their prediction, with candidates.
    type(qube_difference), allocatable :: differences(:)
    type(qube_labels) :: notes !! Caveats about this run's figures, a line each.
    logical :: against_request = .false. !! The prediction is a request.
    logical :: within_request = .false. !! Every measured size is within the request.
    type(budget_inputs), private :: run
    type(c_job), private :: job
    type(c_words), private :: calibration
    type(c_grid), private :: grid
    logical, private :: has_grid = .false., is_one = .false.
    type(c_words), private :: measured
  end type qube_comparison_view

  ! --- Types: meters ----------------------------------------------------------------------------

  !> A measured resident size, bytes; -1: unknown.
  type, public :: qube_measured_figure
    !> Of this process, or the largest of all ranks.
    integer(int64) :: bytes = -1
    !> The least and the sum of all ranks, and the rank that holds the largest, from 0 as MPI
    !! counts; -1 of one rank alone.
    integer(int64) :: least_bytes = -1, sum_bytes = -1, fullest_rank = -1
  end type qube_measured_figure

  !> A measured stage.
  type, public :: qube_measured_stage
    character(len=:), allocatable :: name !! As in the budget.
    !> At its begin, at its end, and the largest between them.
    type(qube_measured_figure) :: entry, end, peak
  end type qube_measured_stage

  !> The record of a meter; result of `qube_meter_record`.
  type, public :: qube_record_view
    type(qube_measured_stage), allocatable :: stages(:) !! In the order in which they began.
    integer(int64) :: baseline_bytes = -1 !! At the start of the meter; -1: unknown.
    type(qube_measured_figure) :: lifetime_peak !! The largest of the life of the process.
    !> The largest of the control group: all its processes, with the pages of files that they read;
    !! -1: unknown.
    integer(int64) :: cgroup_peak_bytes = -1
    integer(int64) :: n_ranks = 0 !! Ranks in the figures; 0: this process alone.
    type(qube_labels) :: notes !! Sizes that this system cannot read, and the consequences.
    character(len=:), allocatable, private :: document
  end type qube_record_view

  !> Marks the stages of a run and reads the process at each border: `call meter%start(rank)`,
  !! `call meter%stage('step_6')` at each border, `call meter%end()`, then `qube_meter_record`. It
  !! starts no thread; a border takes some 50 microseconds.
  type, public :: qube_meter
    integer(int64), private :: rank = -1
    integer, private :: n_readings = 0
    type(c_words), private :: names
    integer, allocatable, private :: words(:) !! Of each reading the number of its name; 0: none.
    type(c_reading), allocatable, private :: readings(:)
  contains
    !> `start([rank])`: reads the baseline. `rank` is for the record, from 0 as MPI counts. Another
    !! start discards all readings.
    procedure :: start => start_meter
    !> `stage(name)`: ends the last stage and begins this one, named as in the budget.
    procedure :: stage => mark_stage
    !> `end()`: ends the last stage.
    procedure :: end => end_meter
  end type qube_meter

  !> A reduction over ranks, to be extended by an in-place `MPI_Allreduce`.
  type, abstract, public :: qube_reduction
  contains
    !> `allreduce(reduction, values, stat)`: replaces each of the values by the largest
    !! (`qube_reduction_largest`), the least (`_least`) or the sum (`_sum`) of all ranks.
    procedure(reduce_values), deferred :: allreduce
  end type qube_reduction

  abstract interface
    subroutine reduce_values(self, reduction, values, stat)
      import :: int64, qube_reduction
      class(qube_reduction), intent(inout) :: self
      integer, intent(in) :: reduction
      integer(int64), intent(inout) :: values(:)
      integer, intent(inout) :: stat
    end subroutine reduce_values
  end interface

  ! --- Types: networks --------------------------------------------------------------------------

  !> A composite index, as a callback sees it.
  type, public :: qube_composite_facts
    !> Its label with the protos, `a_1<i_1,i_2>`, and its space.
    character(len=:), allocatable :: label, space
    integer(int64) :: extent = 0 !! Its mean domain size, elements.
  end type qube_composite_facts

  !> Power means of domain sizes that the program computes. Calls with the network run it for every
  !! composite index without power means, in the order of the network, for k = 1 to the number of
  !! composite indices with the same protos.
  type, abstract, public :: qube_inner_pow_callback
  contains
    !> `answer(index, k, mean, stat)`: the k-th power mean, elements, finite and above 0.
    procedure(inner_pow_answer), deferred :: answer
  end type qube_inner_pow_callback

  abstract interface
    subroutine inner_pow_answer(self, index, k, mean, stat)
      import :: qube_composite_facts, qube_inner_pow_callback, real64
      class(qube_inner_pow_callback), intent(inout) :: self
      type(qube_composite_facts), intent(in) :: index
      integer, intent(in) :: k
      real(real64), intent(inout) :: mean
      integer, intent(inout) :: stat
    end subroutine inner_pow_answer
  end interface

  !> A table of extents by space. One table serves many networks: `network%spaces = table`.
  type, public :: qube_spaces
    !> Gives power means of composite indices whose spaces have none. The target belongs to the
    !! program. Null: their extents stand for every k.
    class(qube_inner_pow_callback), pointer :: inner_pow => null()
    type(c_words), private :: names
    integer(c_int64_t), allocatable, private :: extents(:)
    integer, allocatable, private :: means_end(:) !! Where the power means of each end in `means`.
    real(c_double), allocatable, private :: means(:)
  contains
    procedure, private :: add_int32 => add_space_int32
    procedure, private :: add_int64 => add_space_int64
    !> `add(space, extent [, power_means])`: adds a space with its elements. Its name is the part of
    !! its labels before the first `_` or digit; in einsum texts the letter. For composite indices
    !! the extent is the mean domain size, and power means are those of domain sizes. The calls
    !! that take the table check it.
    generic :: add => add_int32, add_int64
  end type qube_spaces

  !> The network of one term, in one of four forms. The calls that take it check it:
  !!
  !! - `term` and `spaces`: `g{p_1;i_3;K_1} C{a_3<i_2>;p_1} t{a_3<i_2>;i_2}`, that is labels, with
  !!   bra;ket;aux in braces; a composite index has its protos in angle brackets;
  !! - `einsum` and `spaces`: `ijk,kl->ijl`, with the letters as spaces;
  !! - `json`: a document with "indices", "tensors" and perhaps "targets";
  !! - by hand: `add_index`, `add_tensor` and perhaps `set_targets`.
  type, public :: qube_network
    !> The term as text; the result keeps the indices that occur in exactly one slot.
    character(len=:), allocatable :: term
    !> The einsum expression; without `->` the result keeps the letters that occur once.
    character(len=:), allocatable :: einsum
    !> The JSON document. Its batches and volatile tensors precede the rules of the policy.
    character(len=:), allocatable :: json
    type(qube_spaces) :: spaces !! Extents for `term` and `einsum`.
    !> By hand: gives power means of composite indices without them. The target belongs to the
    !! program.
    class(qube_inner_pow_callback), pointer :: inner_pow => null()
    !> For each index its label, space (perhaps empty) and protos; for each tensor its label and
    !! slots; last the targets.
    type(c_words), private :: words
    type(network_entry), allocatable, private :: entries(:)
    integer, private :: n_entries = 0
    real(c_double), allocatable, private :: means(:)
  contains
    procedure, private :: add_index_int32 => add_index_int32
    procedure, private :: add_index_int64 => add_index_int64
    !> `add_index(label, extent [, space, protos, power_means])`: adds an index with a unique label.
    !! Its default space is the label before the first `_`, digit or `<`. A composite index has
    !! protos (earlier indices, as `'i_1 i_2'`), its mean domain size as extent, and perhaps power
    !! means.
    generic :: add_index => add_index_int32, add_index_int64
    !> `add_tensor(label, indices)`: adds a tensor with the indices in its slots as `'a_1 i_1'`,
    !! `''` for a scalar. Labels of tensors may repeat.
    procedure :: add_tensor => add_tensor
    !> `set_targets(labels)`: sets the indices of the result, as `'i_1 i_2'`; `''` for a scalar.
    !! Default: those in exactly one slot.
    procedure :: set_targets => set_targets
  end type qube_network

  integer, parameter :: an_index = 1, a_tensor = 2, the_targets = 3

  !> An index, a tensor, or the targets, as added to a network.
  type :: network_entry
    integer :: kind = 0
    integer :: begin = 0, end = 0 !! Its words: begin + 1 to end.
    integer :: means_begin = 0, means_end = 0 !! Its power means, likewise.
    integer(c_int64_t) :: extent = 0
    logical :: has_space = .false.
  end type network_entry

  !> An index of a network.
  type, public :: qube_index
    character(len=:), allocatable :: label, space !! The label is unique.
    integer(int64) :: extent = 0 !! Elements; the mean domain size of a composite index.
    !> Numbers of the indices that its extent depends on; none for a plain index.
    integer, allocatable :: protos(:)
    !> Power means of its domain sizes, from order 1.
    real(real64), allocatable :: power_means(:)
    integer :: role = qube_role_contracted !! `qube_role_contracted` or `qube_role_external`.
  end type qube_index

  !> A tensor of a network.
  type, public :: qube_tensor
    character(len=:), allocatable :: label !! May repeat in the network.
    !> Numbers of the indices, slot by slot; none for a scalar.
    integer, allocatable :: indices(:)
  end type qube_tensor

  !> The contents of a network; result of `qube_network_get`.
  type, public :: qube_network_view
    type(qube_index), allocatable :: indices(:) !! The indices, with those that are only protos.
    type(qube_tensor), allocatable :: tensors(:) !! The tensors.
    !> Numbers of the indices open in the result, increasing; none for a scalar.
    integer, allocatable :: targets(:)
    integer(int64) :: bytes_per_element = 0 !! Of its document, for the options; 0: none.
  end type qube_network_view

  ! --- Types: policies --------------------------------------------------------------------------

  !> An index, as a callback sees it.
  type, public :: qube_index_facts
    character(len=:), allocatable :: label, space !! The label is unique in the network.
    integer(int64) :: extent = 0 !! Elements; the mean domain size of a composite index.
    integer :: role = qube_role_contracted !! `qube_role_contracted` or `qube_role_external`.
  end type qube_index_facts

  !> The answer of a callback about an index.
  type, public :: qube_batching
    logical :: is_batchable = .false. !! Loops may slice it.
    integer(int64) :: target = 0 !! The most elements of a batch, 1 or more.
    !> Elements of a tile, 1 or more; batches have whole tiles. Rules on tiles override it.
    integer(int64) :: tile = 1
  end type qube_batching

  !> Whether loops may slice an index. Calls with the policy and a network run it once for every
  !! index without a rule for its label or space in its role, in the order of the network.
  type, abstract, public :: qube_batchable_callback
  contains
    !> `answer(index, batching, stat)`: sets `batching` if loops may slice the index.
    procedure(batchable_answer), deferred :: answer
  end type qube_batchable_callback

  !> Whether a tensor changes on every iteration. It runs after `qube_batchable_callback`, in the
  !! same calls, for every tensor without a rule.
  type, abstract, public :: qube_volatile_callback
  contains
    !> `answer(label, tensor, is_volatile, stat)`: sets `is_volatile` of a tensor, by its number.
    procedure(volatile_answer), deferred :: answer
  end type qube_volatile_callback

  abstract interface
    subroutine batchable_answer(self, index, batching, stat)
      import :: qube_batchable_callback, qube_batching, qube_index_facts
      class(qube_batchable_callback), intent(inout) :: self
      type(qube_index_facts), intent(in) :: index
      type(qube_batching), intent(inout) :: batching
      integer, intent(inout) :: stat
    end subroutine batchable_answer

    subroutine volatile_answer(self, label, tensor, is_volatile, stat)
      import :: qube_volatile_callback
      class(qube_volatile_callback), intent(inout) :: self
      character(len=*), intent(in) :: label
      integer, intent(in) :: tensor
      logical, intent(inout) :: is_volatile
      integer, intent(inout) :: stat
    end subroutine volatile_answer
  end interface

  integer, parameter :: on_index = 1, on_space = 2, on_label = 3, on_tensor = 4, a_document = 5

  !> A rule of a policy, or a document with many.
  type :: policy_rule
    integer :: kind = 0
    integer :: word = 0 !! The label, space or document.
    integer(c_int64_t) :: target = 0, tile = 0, tensor = 0
    integer :: role = qube_role_contracted
    logical :: is_volatile = .true.
  end type policy_rule

  !> The indices that loops may slice, their batches, and the tensors that change on every
  !! iteration: one object for `qube_optimize` and for the evaluator, which calls `qube_resolve`. It
  !! names spaces and labels, so one policy serves many networks. The calls that take it check it.
  type, public :: qube_policy
    !> Part of a batch's contribution that lives beside the accumulator during the addition: 0 for
    !! none, 1 for all of it. 0, or 1e-9 to 1e18.
    real(real64) :: accumulation_factor = 0
    !> The most memory of a plan, bytes, for `qube_dense_time_space_batched` and
    !! `qube_dense_space_time_batched`; 0: unlimited.
    integer(int64) :: peak_threshold = 0
    !> No loops over contracted indices around subtrees that hold a volatile tensor.
    logical :: persistent_only = .false.
    !> The batches of indices without a rule. The target belongs to the program.
    class(qube_batchable_callback), pointer :: batchable => null()
    !> The volatile tensors among those without a rule. The target belongs to the program.
    class(qube_volatile_callback), pointer :: is_volatile => null()
    type(c_words), private :: words
    type(policy_rule), allocatable, private :: rules(:)
    integer, private :: n_rules = 0
  contains
    procedure, private :: add_index_rule_int32 => add_index_rule_int32
    procedure, private :: add_index_rule_int64 => add_index_rule_int64
    !> `add_index_rule(target [, label, space, tile, role])`: loops may slice the index `label`, or
    !! the indices of `space`, in the role `role` (default: contracted). Batches have at most
    !! `target` elements, in whole tiles of `tile` elements; 0: no rule. A rule on a label overrides
    !! one on its space; a later rule replaces an earlier one.
    generic :: add_index_rule => add_index_rule_int32, add_index_rule_int64
    !> `add_tensor_rule([label, tensor, is_volatile])`: the tensors with a label, or the one with a
    !! number in any network, change on every iteration. `is_volatile` must be .true.
    procedure :: add_tensor_rule => add_tensor_rule
    !> `add_json(text)`: adds a document of `qube_render`. Its rules follow the earlier ones. Its
    !! settings count where the components above have their default values.
    procedure :: add_json => add_policy_json
  end type qube_policy

  !> The resolved batches of an index of a network.
  type, public :: qube_resolved_index
    !> The most elements of a batch; 0: loops must not slice the index.
    integer(int64) :: target = 0
    !> Elements of a tile; batches have whole tiles. 0: loops must not slice the index.
    integer(int64) :: tile = 0
    !> Elements of a batch: `target` rounded down to whole tiles, at least one tile, at most the
    !! extent. The extent if loops must not slice the index.
    integer(int64) :: batch = 0
    integer(int64) :: batches = 0 !! The number of batches.
    integer :: role = qube_role_contracted !! The role of the index in the network.
    logical :: is_batchable = .false. !! Loops may slice it.
  end type qube_resolved_index

  !> The inputs of a resolved policy.
  type :: policy_inputs
    type(qube_network) :: network
    type(qube_policy) :: policy
  end type policy_inputs

  !> A policy resolved for one network; result of `qube_resolve`.
  type, public :: qube_resolved_policy_view
    !> The indices by number; `labels%find(label)` is the number of a label.
    type(qube_resolved_index), allocatable :: indices(:)
    type(qube_labels) :: labels !! Labels of the indices.
    !> Whether a tensor changes on every iteration, by its number.
    logical, allocatable :: is_volatile(:)
    real(real64) :: accumulation_factor = 0 !! As in `qube_policy`.
    integer(int64) :: peak_threshold = 0 !! As in `qube_policy`.
    logical :: persistent_only = .false. !! As in `qube_policy`.
    ! For documents: see render_resolved.
    character(len=:), allocatable, private :: json
    type(policy_inputs), allocatable, private :: inputs
  end type qube_resolved_policy_view

  ! --- Types: options and plans -----------------------------------------------------------------

  !> The progress of an optimization.
  type, public :: qube_progress
    !> States expanded so far; 0 in `qube_optimize_many`.
    integer(int64) :: states = 0
    !> The best known plan (huge(value): none yet), and a lower bound on all plans.
    real(real64) :: value = 0, lower_bound = 0
    !> Planned terms of `qube_optimize_many`, and all of its terms; 0 and 1 for one term.
    integer :: terms_done = 0, n_terms = 0
    !> The quantity of `value` and `lower_bound`: `qube_bounded_cost` or `qube_bounded_peak`.
    integer :: bounded = qube_bounded_cost
  end type qube_progress

  !> Reports on an optimization.
  type, abstract, public :: qube_progress_callback
  contains
    !> `report(progress, stat)`: runs before the first state and then at intervals; in
    !! `qube_optimize_many` after each term. A `stat` other than 0 stops the search for one plan as
    !! a limit does, with the best plan so far; it ends `qube_optimize_many` with
    !! `qube_err_callback`.
    procedure(progress_report), deferred :: report
  end type qube_progress_callback

  abstract interface
    subroutine progress_report(self, progress, stat)
      import :: qube_progress, qube_progress_callback
      class(qube_progress_callback), intent(inout) :: self
      type(qube_progress), intent(in) :: progress
      integer, intent(inout) :: stat
    end subroutine progress_report
  end interface

  !> Options of an optimization. The defaults are SeQuant's.
  type, public :: qube_options
    !> Evaluations of a volatile contraction per evaluation of a persistent one, 1e-9 to 1e18. The
    !! additive objectives (flops, size) count at least 1.
    real(real64) :: volatile_weight = 1
    !> Cost of one element of an intermediate, additive objectives only; 0, or 1e-9 to 1e18.
    real(real64) :: footprint_weight = 0
    !> The fraction by which a plan may exceed the least peak to save work, objectives peak-size and
    !! peak-size-batched only; 0, or 1e-9 to 1e18.
    real(real64) :: peak_flops_tolerance = 0.10_real64
    !> Roofline, every objective except flops and size: multiply-add pairs per move of an element;
    !! 0: off.
    real(real64) :: machine_balance = 0
    !> Roofline, elements of fast memory; 0: operands and result move once.
    real(real64) :: fast_mem_elems = 0
    real(real64) :: block_tiles = 3 !! Roofline, blocks in fast memory at a time.
    real(real64) :: block_prefactor = 1 !! Roofline, factor of the blocked traffic.
    integer(int64) :: bytes_per_element = 8 !! Bytes of one element, 1 to 1024.
    integer(int64) :: max_states = 0 !! The most states expanded; 0: no limit.
    !> The most seconds, 1e-9 to 1e9; 0: no limit. With a limit the plan depends on the machine, and
    !! may differ between MPI ranks.
    real(real64) :: max_seconds = 0
    !> The most bytes of the search's tables, up to 2**37; 0: 1 GiB.
    integer(int64) :: max_bytes = 0
    !> Receives reports. The target belongs to the program.
    class(qube_progress_callback), pointer :: progress => null()
    integer :: objective = qube_dense_flops !! A `qube_dense_` constant.
    !> Search connected subsets only; else outer products too. A disconnected network always has
    !! outer products.
    logical :: prune_outer_products = .true.
    !> Size composite indices by their power means; else by their extents.
    logical :: use_inner_pow = .true.
    !> Pay for intermediates that are equal up to a renaming of indices once within the term,
    !! additive objectives only: see `qube_node%shared_with`.
    logical :: subnet_cse = .false.
    !> Find the frontier, all points (peak, cost), under objectives that count the peak.
    logical :: frontier = .false.
    !> Refuse plans that are not proven best in the space searched (`qube_err_limit`).
    logical :: require_optimal = .false.
  end type qube_options

  !> A loop over batches of an index.
  type, public :: qube_loop
    integer :: index = 0 !! The number of the index: `plan%indices%label(index)` is its label.
    integer(int64) :: batch = 0 !! Elements of a batch; the last one may be shorter.
    integer(int64) :: batches = 0 !! The number of batches.
    !> `qube_role_contracted` (batches add to the result) or `qube_role_external` (each batch makes
    !! a block of it).
    integer :: role = qube_role_contracted
  end type qube_loop

  !> The interval of nodes during which a tensor or result is live at one size.
  type, public :: qube_life
    integer :: from = 0, to = 0 !! The first and the last node.
    real(real64) :: elements = 0 !! Its size, as the loops entered by then slice it.
  end type qube_life

  !> A tensor of the term, or the result of a contraction. Nodes are numbered in the order of their
  !! evaluation: a node follows its operands, and its subtree ends with it. Sizes are in elements,
  !! work in multiply-add pairs.
  type, public :: qube_node
    !> Volume of the tensor or result, and the same as the loops around the node slice it.
    real(real64) :: footprint = 0, sliced_footprint = 0
    !> Work of the contraction, and what the objective charges for it; 0 for a tensor.
    real(real64) :: flops = 0, cost = 0
    !> Evaluations of the contraction, by the loops around it.
    real(real64) :: repetitions = 1
    !> Elements live before, at and after the node's turn.
    real(real64) :: live_before = 0, live = 0, live_after = 0
    integer :: tensor = 0 !! The tensor's number in the network; 0 for a contraction.
    !> The nodes of the operands, in the order of evaluation; 0 for a tensor.
    integer :: first = 0, second = 0
    integer :: parent = 0 !! The contraction of the node; 0 for the term's result.
    !> The first and the last node at whose turn this one is live; 0 where it is not evaluated.
    integer :: live_from = 0, live_to = 0
    !> With `subnet_cse`, an earlier contraction with the same result up to a renaming of indices;
    !! the k-th open indices of the two correspond. 0: none.
    integer :: shared_with = 0
    integer :: open_begin = 1, open_end = 0 !! Its open indices: `plan%open(open_begin:open_end)`.
    !> Loops around the evaluation of both operands, outermost first:
    !! `plan%loops(loops_begin:loops_end)`.
    integer :: loops_begin = 1, loops_end = 0
    !> When it is live, and its sizes: `plan%lives(lives_begin:lives_end)`.
    integer :: lives_begin = 1, lives_end = 0
    !> The advice for a cache that outlives one evaluation, a `qube_cache_` constant.
    integer :: cache = qube_cache_transient
    logical :: is_volatile = .false. !! It depends on a volatile tensor.
    !> It is below a shared node, and not evaluated.
    logical :: is_skipped = .false.
  end type qube_node

  !> A point of the frontier.
  type, public :: qube_point
    real(real64) :: peak_elements = 0, cost = 0 !! Its peak, elements, and its cost.
  end type qube_point

  !> The report that no plan fits the threshold on the peak, with remedies.
  type, public :: qube_infeasible
    integer(int64) :: threshold_bytes = 0 !! The threshold of the policy.
    !> The least peak of all schedules, elements: the least threshold that a plan fits. If the plan
    !! is not proven best, the least peak found.
    real(real64) :: least_peak_elements = 0
    !> The same in bytes; -1 from 2**53 elements, where a real no longer counts each.
    integer(int64) :: least_peak_bytes = 0
    !> The least peak with batches of one tile: it shows whether finer batches help; -1: that search
    !! was out of reach.
    real(real64) :: finest_peak_elements = 0
    integer(int64) :: finest_peak_bytes = 0 !! The same in bytes.
    type(qube_loop), allocatable :: loops(:) !! Of a schedule that reaches the least peak.
  end type qube_infeasible

  !> The inputs of a plan.
  type, extends(policy_inputs) :: plan_inputs
    type(qube_options) :: options
  end type plan_inputs

  !> An order of contraction with its numbers. Sizes are in elements, work in multiply-add pairs.
  type, public :: qube_plan_view
    real(real64) :: cost = 0 !! The cost under the objective.
    real(real64) :: flops = 0 !! Work, unweighted.
    real(real64) :: peak_elements = 0 !! The most live elements.
    !> The same in bytes; -1 from 2**53 elements, where a real no longer counts each.
    integer(int64) :: peak_bytes = 0
    !> A lower bound on the peak or cost of all plans in the space searched; see `bounded`.
    real(real64) :: lower_bound = 0
    !> The fraction by which the plan may exceed the best one; 0: proven best; -1: unknown, because
    !! the bound is far too low.
    real(real64) :: gap = 0
    real(real64) :: seconds = 0 !! Wall-clock time of the optimization.
    !> States expanded, and pairs examined; for a subset DP, states in its table, and splits.
    integer(int64) :: states = 0, pairs = 0
    !> Bytes that the allocator refused, which stopped the search; 0: none.
    integer(int64) :: refused_bytes = 0
    character(len=:), allocatable :: method !! The search method, in a few words.
    !> The nodes, in the order of evaluation; the last is the result of the term.
    type(qube_node), allocatable :: nodes(:)
    integer :: n_tensors = 0 !! Tensors of the term; there are 2 n_tensors - 1 nodes.
    integer :: peak_node = 0 !! The node at the peak.
    !> Numbers of the indices open in each node, node after node, in the order of the network.
    integer, allocatable :: open(:)
    type(qube_loop), allocatable :: loops(:) !! The loops that nodes open, node after node.
    type(qube_life), allocatable :: lives(:) !! The lives of nodes, node after node.
    type(qube_labels) :: indices, tensors !! Labels of the indices and of the tensors, by number.
    !> The plan in reverse Polish notation: tensor numbers, from 1, and -1 to contract the two
    !! results on top of the stack. As many as nodes.
    integer, allocatable :: sequence(:)
    !> The points (peak, cost) at the root by increasing peak: the plan's own, or all with the
    !! option `frontier`; none for additive objectives.
    type(qube_point), allocatable :: frontier(:)
    !> The report that no plan fits the policy's threshold; the plan then comes nearest under its
    !! objective. Not allocated: a plan fits, or there is no threshold.
    type(qube_infeasible), allocatable :: infeasible
    integer(int64) :: bytes_per_element = 0 !! Bytes of an element.
    integer :: objective = qube_dense_flops !! A `qube_dense_` constant, or `qube_custom`.
    logical :: exhaustive = .false. !! The space searched has outer products.
    !> Proven best in the space searched; under a cost model, if the model is monotone.
    logical :: optimal = .false.
    !> The quantity of `lower_bound`: `qube_bounded_cost` or `qube_bounded_peak`.
    integer :: bounded = qube_bounded_cost
    ! For documents: see open_plan.
    character(len=:), allocatable, private :: json
    type(plan_inputs), allocatable, private :: inputs
  contains
    !> `live_at(node)`: the nodes live at the turn of a node.
    procedure :: live_at => live_at
    !> `nest(node)`: the loops around a node, outermost first, as numbers in `loops`.
    procedure :: nest => nest_of
    !> `open_labels(node)`: labels of the indices open in a node, with blanks between them.
    procedure :: open_labels => open_labels
  end type qube_plan_view

  !> The order of a plan's contractions with the least peak; result of `qube_best_order`.
  type, public :: qube_order_view
    !> The most live elements in that order: at most the plan's.
    real(real64) :: peak_elements = 0
    integer :: peak_node = 0 !! The contraction at the peak; 0 for a single tensor.
    !> The contractions in that order, without shared and skipped ones.
    integer, allocatable :: contractions(:)
  end type qube_order_view

  !> The plan of a term, or why there is none.
  type, public :: qube_term_plan
    type(qube_plan_view) :: plan !! The plan, if `status` is `qube_ok`.
    !> `qube_ok`, or the status that `qube_optimize` gives for this term.
    integer :: status = qube_ok
    character(len=:), allocatable :: message !! The reason of a failure; empty with a plan.
  end type qube_term_plan

  !> An occurrence of a shared intermediate.
  type, public :: qube_occurrence
    integer :: term = 0, node = 0 !! The term, and the node of its plan.
  end type qube_occurrence

  !> An intermediate that terms share: equal up to a renaming of indices, equally volatile, and not
  !! sliced by a loop around it. The list omits intermediates within a shared one.
  type, public :: qube_shared
    !> The decrease of the terms' cost if it is computed at its first occurrence and kept.
    real(real64) :: savings = 0
    type(qube_occurrence), allocatable :: occurrences(:) !! Its occurrences, in order.
  end type qube_shared

  !> The plans of many terms, with their sums and shared intermediates.
  type, public :: qube_plans_view
    real(real64) :: cost = 0, flops = 0 !! Sums of the plans' costs and of their work, unweighted.
    !> The largest peak, and the first term that has it; 0 without plans.
    real(real64) :: peak_elements = 0
    integer :: peak_term = 0 !! See `peak_elements`.
    !> The decrease of the cost if each shared intermediate is computed once.
    real(real64) :: savings = 0
    type(qube_term_plan), allocatable :: terms(:) !! The terms, in the order of the networks.
    integer :: n_failed = 0 !! The number of terms without a plan.
    type(qube_shared), allocatable :: shared(:) !! Shared intermediates, largest saving first.
  end type qube_plans_view

  ! --- Types: the program's own cost models -----------------------------------------------------

  !> A tensor of the network, for a cost model.
  type, public :: qube_leaf_facts
    integer :: tensor = 0 !! The tensor's number in the network.
    real(real64) :: footprint = 0 !! Its volume, elements.
    logical :: is_volatile = .false. !! It changes on every iteration.
  end type qube_leaf_facts

  !> A contraction of two operands, for a cost model.
  type, public :: qube_contraction_facts
    !> The tensors below each operand: bit t - 1 (`btest(left_tensors, t - 1)`) is tensor t. The
    !! right one has the highest of both.
    integer(int64) :: left_tensors = 0, right_tensors = 0
    !> Volumes of the operands and of the result, elements.
    real(real64) :: left_footprint = 0, right_footprint = 0, footprint = 0
    real(real64) :: flops = 0 !! Work, multiply-add pairs.
    !> The operand, or the result, depends on a tensor that changes on every iteration.
    logical :: left_is_volatile = .false., right_is_volatile = .false., is_volatile = .false.
  end type qube_contraction_facts

  !> The program's own cost model: the state of a set of tensors (an array of reals), the
  !! combination of two states, and their comparison.
  !!
  !! The search keeps one best state for each set, so `combine` must be monotone: a better state of
  !! an operand never makes a worse state of the result. Of equal states the last one counts.
  type, abstract, public :: qube_cost_model
    !> The number of reals in a state, 1 to 512. A search reads it at its begin.
    integer :: state_length = 1
  contains
    !> `leaf(facts, state, stat)`: the state of a tensor.
    procedure(model_leaf), deferred :: leaf
    !> `combine(facts, left, right, state, stat)`: the state of a result from those of its operands.
    procedure(model_combine), deferred :: combine
    !> `compare(a, b, order, stat)`: sets `order` below 0 if a is better than b, above 0 if it is
    !! worse; it is 0 on entry. Both are states of the same set of tensors.
    procedure(model_compare), deferred :: compare
    !> `value(state, cost, stat)`: the cost of a state, a finite number; runs once, for the plan.
    procedure(model_value), deferred :: value
  end type qube_cost_model

  abstract interface
    subroutine model_leaf(self, facts, state, stat)
      import :: qube_cost_model, qube_leaf_facts, real64
      class(qube_cost_model), intent(inout) :: self
      type(qube_leaf_facts), intent(in) :: facts
      real(real64), intent(inout) :: state(:)
      integer, intent(inout) :: stat
    end subroutine model_leaf

    subroutine model_combine(self, facts, left, right, state, stat)
      import :: qube_contraction_facts, qube_cost_model, real64
      class(qube_cost_model), intent(inout) :: self
      type(qube_contraction_facts), intent(in) :: facts
      real(real64), intent(in) :: left(:), right(:)
      real(real64), intent(inout) :: state(:)
      integer, intent(inout) :: stat
    end subroutine model_combine

    subroutine model_compare(self, a, b, order, stat)
      import :: qube_cost_model, real64
      class(qube_cost_model), intent(inout) :: self
      real(real64), intent(in) :: a(:), b(:)
      integer, intent(inout) :: order
      integer, intent(inout) :: stat
    end subroutine model_compare

    subroutine model_value(self, state, cost, stat)
      import :: qube_cost_model, real64
      class(qube_cost_model), intent(inout) :: self
      real(real64), intent(in) :: state(:)
      real(real64), intent(inout) :: cost
      integer, intent(inout) :: stat
    end subroutine model_value
  end interface

  ! User pointers of callbacks: C hands back the address of one of these.

  type :: inner_pow_box
    class(qube_inner_pow_callback), pointer :: callback => null()
  end type inner_pow_box

  type :: batchable_box
    class(qube_batchable_callback), pointer :: callback => null()
  end type batchable_box

  type :: volatile_box
    class(qube_volatile_callback), pointer :: callback => null()
  end type volatile_box

  type :: reduction_box
    class(qube_reduction), pointer :: callback => null()
  end type reduction_box

  type :: progress_box
    class(qube_progress_callback), pointer :: callback => null()
  end type progress_box

  type :: model_box
    class(qube_cost_model), pointer :: model => null()
    integer :: state_length = 0
  end type model_box

  !> The library's objects of one call, and the targets of their callbacks. It needs the target
  !! attribute, and stays in place until close_call.
  type :: call_of_library
    type(c_ptr) :: network = c_null_ptr, policy = c_null_ptr, options = c_null_ptr
    type(c_options) :: numbers
    type(batchable_box) :: batchable
    type(volatile_box) :: is_volatile
    type(progress_box) :: progress
  end type call_of_library

  ! --- Procedures -------------------------------------------------------------------------------

  public :: qube_version, qube_memory_limit, qube_format_bytes
  public :: qube_budget_of, qube_per_rank, qube_request, qube_fit, qube_largest, qube_compare
  public :: qube_path_by_time, qube_meter_record
  public :: qube_power_means, qube_network_get, qube_resolve
  public :: qube_optimize, qube_optimize_many, qube_optimize_custom
  public :: qube_plan_from_json, qube_verify, qube_best_order
  public :: qube_render

  !> `qube_format_bytes(bytes)`: bytes as text in GiB (2**30 bytes), such as `57.21 GiB`.
  interface qube_format_bytes
    module procedure format_bytes_int32, format_bytes_int64
  end interface qube_format_bytes

  !> `qube_budget_of(config, budget [, survey, stat, errmsg])`: the budget of a run, a
  !! `qube_harmonic_config`, a `qube_pixel_direct_config`, a `qube_traditional_config`, a
  !! `qube_auto_config` (the path that QUBE itself takes), a `qube_eclipse_config` or a
  !! `qube_pipeline`; the last two have no survey. It depends on its arguments alone and does not
  !! communicate: every rank of a parallel program that asks about the same run gets the same
  !! answer. Errors: `qube_err_input`, `qube_err_conflict` (sizes that contradict each other,
  !! calls of a pipeline that are out of order), `qube_err_overflow`; of a pipeline also
  !! `qube_err_document` (what the document cannot mean, with its place), `qube_err_label`,
  !! `qube_err_duplicate`, `qube_err_too_large`.
  interface qube_budget_of
    module procedure budget_of_harmonic, budget_of_pixel_direct, budget_of_traditional
    module procedure budget_of_auto, budget_of_eclipse, budget_of_pipeline
  end interface qube_budget_of

  !> `qube_fit(budget, limit_bytes, fit [, job, stat, errmsg])`: checks a run against nodes with
  !! `limit_bytes` of memory each, 1 or more. `fit%fits` is the answer, true at equality. If the run
  !! does not fit, the result names the stage, the term, and changes; that is no failure. Errors:
  !! those of `qube_request`; `qube_err_input` also for the limit and for published sums.
  interface qube_fit
    module procedure fit_int32, fit_int64
  end interface qube_fit

  !> `qube_largest(budget, size, limit_bytes, largest [, job, stat, errmsg])`: the largest value (of
  !! nodes: the fewest) of a size, a `qube_size_` constant, with which the run fits on nodes of
  !! `limit_bytes`. It is exact: the next value does not fit. All other sizes stay; nodes and ranks
  !! also change the grid of the job. If none fits, `largest%kind` says so; that is no failure.
  !! Errors: those of `qube_request`; `qube_err_input` for the limit and for a size that the run
  !! lacks; `qube_err_conflict` for bins if n_params is no multiple of n_bins.
  !!
  !! `size` may also be the name of a parameter of a pipeline's document. `qube_err_input` for a
  !! parameter that the pipeline lacks.
  interface qube_largest
    module procedure largest_int32, largest_int64
    module procedure largest_parameter_int32, largest_parameter_int64
  end interface qube_largest

  !> `qube_path_by_time(n_pix, n_modes, n_bins, path [, stat, errmsg])`: the path that QUBE takes,
  !! by expected time: `qube_path_harmonic` if n_modes**3 <= (n_bins + 1) n_pix**3, else
  !! `qube_path_pixel_direct`. Memory does not count. Errors: `qube_err_input`, a size below 1.
  interface qube_path_by_time
    module procedure path_by_time_int32, path_by_time_int64
  end interface qube_path_by_time

  !> `qube_power_means(domains, means [, stat, errmsg])`: power means of the domain sizes of
  !! composite indices, means(k) = (sum over pairs of d**k / pairs)**(1/k). Domain sizes are
  !! elements, 0 or more, one at least above 0; means are of order 1 to size(means), at most 1024.
  !! Errors: `qube_err_power_mean`, `qube_err_input`.
  interface qube_power_means
    module procedure power_means_int32, power_means_int64
  end interface qube_power_means

  !> `qube_compare(budget, measured, comparison [, stat, errmsg])`,
  !! `qube_compare(budget, measured(:), comparison [, grid, stat, errmsg])`,
  !! `qube_compare(request, measured(:), comparison [, stat, errmsg])`: compares a measured run with
  !! its budget, rank by rank, or with its request.
  !!
  !! `measured` holds resident sizes, one text for each process: a log of lines `STAGE SIZE` (when
  !! the stage ends), `STAGE peak SIZE` (the largest in it), `baseline SIZE` (before the first
  !! stage) and `lifetime peak SIZE` (the largest of the run), with sizes in bytes or with a unit; a
  !! document (schema "qube-measured/1") of a record by `qube_render`; a profile of QUBE's
  !! benchmarks; the output of sacct or /usr/bin/time -v. `qube_budget.h` has the forms in full.
  !!
  !! The texts name their ranks, or the ranks are 0, 1, 2 and so on. With a grid each rank has its
  !! own prediction; without one each rank holds the whole budget. A request compares resident
  !! sizes, with input and baseline. Errors: `qube_err_document` (an unreadable text; the message
  !! gives the line), `qube_err_unknown_stage` (the message lists the names),
  !! `qube_err_input` (no text), `qube_err_position` (a rank outside the grid),
  !! `qube_err_duplicate` (two of one rank), `qube_err_conflict` (a record of another grid),
  !! `qube_err_overflow`.
  interface qube_compare
    module procedure compare_budget, compare_ranks, compare_request
  end interface qube_compare

  !> `qube_render(result, format, text [, stat, errmsg])`: a document of a result, in one of its
  !! formats:
  !!
  !! - `qube_format_table`: a budget, ranks, a request, a fit, a comparison, a policy, a resolved
  !!   policy, a plan; `_json`: the same but for ranks, and a record;
  !! - `_svg`: a budget, a request, a plan; `_dot`: a plan;
  !! - `_job_script`, `_job_script_per_cpu` (not for PBS) and `_script`: a request;
  !! - `_markdown`: a budget, a request, a fit, a comparison;
  !! - `_trace`, `_bars` and `_bars_ascii`: a budget, a request, a comparison.
  !!
  !! A budget and a request take `options` before `stat`: a limit to show. Results hold no document;
  !! they keep their inputs, and the library makes them again in microseconds. A plan keeps its JSON
  !! document instead if its search took more than a hundredth of a second, or if its inputs do not
  !! determine it (callbacks, a cost model, progress, a limit in seconds). A repeated search reports
  !! its own time. Errors: `qube_err_option` (a format that the result lacks), `qube_err_document`
  !! (a policy with callbacks, in JSON; an empty plan), `qube_err_input` (a negative limit; an empty
  !! budget).
  interface qube_render
    module procedure render_budget, render_ranks, render_request, render_fit, render_comparison, &
      render_record
    module procedure render_policy, render_resolved, render_plan
  end interface qube_render

  ! --- The functions of the library -------------------------------------------------------------

  interface
    pure function c_strlen(text) result(length) bind(c, name='strlen')
      import
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function c_strlen
  end interface

  ! begin of functions: written by scripts/fortran_bindings.py
  interface
    type(c_ptr) function c_last_error() bind(c, name='qube_last_error')
      import
    end function c_last_error
    type(c_ptr) function c_version() bind(c, name='qube_version')
      import
    end function c_version
    integer(c_int32_t) function c_abi_version() bind(c, name='qube_abi_version')
      import
    end function c_abi_version
    integer(c_int32_t) function c_memory_limit(bytes, bound) bind(c, name='qube_memory_limit')
      import
      integer(c_int64_t), intent(inout) :: bytes
      type(c_ptr), intent(out) :: bound
    end function c_memory_limit
    subroutine c_text_free(text) bind(c, name='qube_text_free')
      import
      type(c_ptr), value :: text
    end subroutine c_text_free
    integer(c_int32_t) function c_budget_harmonic(config, survey, budget) &
      bind(c, name='qube_budget_harmonic')
      import
      type(c_ptr), intent(out) :: budget
      type(c_ptr), value :: config, survey
    end function c_budget_harmonic
    integer(c_int32_t) function c_budget_pixel_direct(config, survey, budget) &
      bind(c, name='qube_budget_pixel_direct')
      import
      type(c_ptr), intent(out) :: budget
      type(c_ptr), value :: config, survey
    end function c_budget_pixel_direct
    integer(c_int32_t) function c_budget_traditional(config, survey, budget) &
      bind(c, name='qube_budget_traditional')
      import
      type(c_ptr), intent(out) :: budget
      type(c_ptr), value :: config, survey
    end function c_budget_traditional
    integer(c_int32_t) function c_budget_auto(config, survey, budget) &
      bind(c, name='qube_budget_auto')
      import
      type(c_ptr), intent(out) :: budget
      type(c_ptr), value :: config, survey
    end function c_budget_auto
    integer(c_int32_t) function c_path_by_time(n_pix, n_modes, n_bins, path) &
      bind(c, name='qube_path_by_time')
      import
      integer(c_int32_t), intent(inout) :: path
      integer(c_int64_t), value :: n_pix, n_modes, n_bins
    end function c_path_by_time
    integer(c_int32_t) function c_budget_eclipse(config, survey, budget) &
      bind(c, name='qube_budget_eclipse')
      import
      type(c_ptr), intent(out) :: budget
      type(c_ptr), value :: config, survey
    end function c_budget_eclipse
    subroutine c_budget_free(budget) bind(c, name='qube_budget_free')
      import
      type(c_ptr), value :: budget
    end subroutine c_budget_free
    integer(c_int32_t) function c_budget_get(budget, view) bind(c, name='qube_budget_get')
      import
      type(c_budget_view), intent(inout) :: view
      type(c_ptr), value :: budget
    end function c_budget_get
    integer(c_int32_t) function c_budget_render(budget, format, options, text) &
      bind(c, name='qube_budget_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: budget, options
    end function c_budget_render
    integer(c_int32_t) function c_pipeline_parse(json, pipeline) bind(c, name='qube_pipeline_parse')
      import
      type(c_ptr), intent(out) :: pipeline
      type(c_ptr), value :: json
    end function c_pipeline_parse
    subroutine c_pipeline_free(pipeline) bind(c, name='qube_pipeline_free')
      import
      type(c_ptr), value :: pipeline
    end subroutine c_pipeline_free
    integer(c_int32_t) function c_pipeline_get(pipeline, view) bind(c, name='qube_pipeline_get')
      import
      type(c_pipeline_view), intent(inout) :: view
      type(c_ptr), value :: pipeline
    end function c_pipeline_get
    integer(c_int32_t) function c_budget_pipeline(pipeline, values, n_values, budget) &
      bind(c, name='qube_budget_pipeline')
      import
      integer(c_int64_t), value :: n_values
      type(c_ptr), intent(out) :: budget
      type(c_ptr), value :: pipeline, values
    end function c_budget_pipeline
    integer(c_int32_t) function c_pipeline_builder_create(name, builder) &
      bind(c, name='qube_pipeline_builder_create')
      import
      type(c_ptr), intent(out) :: builder
      type(c_ptr), value :: name
    end function c_pipeline_builder_create
    subroutine c_pipeline_builder_free(builder) bind(c, name='qube_pipeline_builder_free')
      import
      type(c_ptr), value :: builder
    end subroutine c_pipeline_builder_free
    integer(c_int32_t) function c_pipeline_builder_stage(builder, name) &
      bind(c, name='qube_pipeline_builder_stage')
      import
      type(c_ptr), value :: builder, name
    end function c_pipeline_builder_stage
    integer(c_int32_t) function c_pipeline_builder_allocate(builder, name, copies, rows, columns, &
      element_bytes, layout, holder) bind(c, name='qube_pipeline_builder_allocate')
      import
      integer(c_int32_t), value :: layout, holder
      integer(c_int64_t), value :: copies, rows, columns, element_bytes
      type(c_ptr), value :: builder, name
    end function c_pipeline_builder_allocate
    integer(c_int32_t) function c_pipeline_builder_deallocate(builder, name) &
      bind(c, name='qube_pipeline_builder_deallocate')
      import
      type(c_ptr), value :: builder, name
    end function c_pipeline_builder_deallocate
    integer(c_int32_t) function c_pipeline_builder_budget(builder, budget) &
      bind(c, name='qube_pipeline_builder_budget')
      import
      type(c_ptr), intent(out) :: budget
      type(c_ptr), value :: builder
    end function c_pipeline_builder_budget
    integer(c_int32_t) function c_budget_per_rank(budget, grid, ranks) &
      bind(c, name='qube_budget_per_rank')
      import
      type(c_ptr), intent(out) :: ranks
      type(c_ptr), value :: budget, grid
    end function c_budget_per_rank
    subroutine c_ranks_free(ranks) bind(c, name='qube_ranks_free')
      import
      type(c_ptr), value :: ranks
    end subroutine c_ranks_free
    integer(c_int32_t) function c_ranks_get(ranks, view) bind(c, name='qube_ranks_get')
      import
      type(c_ptr), value :: ranks
      type(c_ranks_view), intent(inout) :: view
    end function c_ranks_get
    integer(c_int32_t) function c_ranks_render(ranks, format, text) &
      bind(c, name='qube_ranks_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: ranks
    end function c_ranks_render
    integer(c_int32_t) function c_budget_request(budget, job, request) &
      bind(c, name='qube_budget_request')
      import
      type(c_ptr), intent(out) :: request
      type(c_ptr), value :: budget, job
    end function c_budget_request
    subroutine c_request_free(request) bind(c, name='qube_request_free')
      import
      type(c_ptr), value :: request
    end subroutine c_request_free
    integer(c_int32_t) function c_request_get(request, view) bind(c, name='qube_request_get')
      import
      type(c_ptr), value :: request
      type(c_request_view), intent(inout) :: view
    end function c_request_get
    integer(c_int32_t) function c_request_render(request, format, options, text) &
      bind(c, name='qube_request_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: request, options
    end function c_request_render
    integer(c_int32_t) function c_budget_fit(budget, job, limit_bytes, fit) &
      bind(c, name='qube_budget_fit')
      import
      integer(c_int64_t), value :: limit_bytes
      type(c_ptr), intent(out) :: fit
      type(c_ptr), value :: budget, job
    end function c_budget_fit
    subroutine c_fit_free(fit) bind(c, name='qube_fit_free')
      import
      type(c_ptr), value :: fit
    end subroutine c_fit_free
    integer(c_int32_t) function c_fit_get(fit, view) bind(c, name='qube_fit_get')
      import
      type(c_fit_view), intent(inout) :: view
      type(c_ptr), value :: fit
    end function c_fit_get
    integer(c_int32_t) function c_fit_render(fit, format, text) bind(c, name='qube_fit_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: fit
    end function c_fit_render
    integer(c_int32_t) function c_budget_largest(budget, size, job, limit_bytes, largest) &
      bind(c, name='qube_budget_largest')
      import
      integer(c_int32_t), value :: size
      integer(c_int64_t), value :: limit_bytes
      type(c_ptr), intent(out) :: largest
      type(c_ptr), value :: budget, job
    end function c_budget_largest
    integer(c_int32_t) function c_budget_largest_parameter(budget, name, job, limit_bytes, &
      largest) bind(c, name='qube_budget_largest_parameter')
      import
      integer(c_int64_t), value :: limit_bytes
      type(c_ptr), intent(out) :: largest
      type(c_ptr), value :: budget, name, job
    end function c_budget_largest_parameter
    subroutine c_largest_free(largest) bind(c, name='qube_largest_free')
      import
      type(c_ptr), value :: largest
    end subroutine c_largest_free
    integer(c_int32_t) function c_largest_get(largest, view) bind(c, name='qube_largest_get')
      import
      type(c_largest_view), intent(inout) :: view
      type(c_ptr), value :: largest
    end function c_largest_get
    integer(c_int32_t) function c_budget_compare(budget, measured, comparison) &
      bind(c, name='qube_budget_compare')
      import
      type(c_ptr), intent(out) :: comparison
      type(c_ptr), value :: budget, measured
    end function c_budget_compare
    integer(c_int32_t) function c_budget_compare_ranks(budget, grid, measured, n_measured, &
      comparison) bind(c, name='qube_budget_compare_ranks')
      import
      integer(c_int64_t), value :: n_measured
      type(c_ptr), intent(in) :: measured(*)
      type(c_ptr), intent(out) :: comparison
      type(c_ptr), value :: budget, grid
    end function c_budget_compare_ranks
    integer(c_int32_t) function c_request_compare(request, measured, n_measured, comparison) &
      bind(c, name='qube_request_compare')
      import
      integer(c_int64_t), value :: n_measured
      type(c_ptr), intent(in) :: measured(*)
      type(c_ptr), intent(out) :: comparison
      type(c_ptr), value :: request
    end function c_request_compare
    subroutine c_comparison_free(comparison) bind(c, name='qube_comparison_free')
      import
      type(c_ptr), value :: comparison
    end subroutine c_comparison_free
    integer(c_int32_t) function c_comparison_get(comparison, view) &
      bind(c, name='qube_comparison_get')
      import
      type(c_comparison_view), intent(inout) :: view
      type(c_ptr), value :: comparison
    end function c_comparison_get
    integer(c_int32_t) function c_comparison_render(comparison, format, text) &
      bind(c, name='qube_comparison_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: comparison
    end function c_comparison_render
    integer(c_int32_t) function c_meter_new(rank, meter) bind(c, name='qube_meter_new')
      import
      integer(c_int64_t), value :: rank
      type(c_ptr), intent(out) :: meter
    end function c_meter_new
    integer(c_int32_t) function c_meter_stage(meter, stage) bind(c, name='qube_meter_stage')
      import
      type(c_ptr), value :: meter, stage
    end function c_meter_stage
    integer(c_int32_t) function c_meter_end(meter) bind(c, name='qube_meter_end')
      import
      type(c_ptr), value :: meter
    end function c_meter_end
    integer(c_int32_t) function c_meter_reduce(meter, reduce, user) &
      bind(c, name='qube_meter_reduce')
      import
      type(c_funptr), value :: reduce
      type(c_ptr), value :: meter, user
    end function c_meter_reduce
    integer(c_int32_t) function c_meter_get(meter, view) bind(c, name='qube_meter_get')
      import
      type(c_meter_view), intent(inout) :: view
      type(c_ptr), value :: meter
    end function c_meter_get
    integer(c_int32_t) function c_meter_render(meter, format, text) &
      bind(c, name='qube_meter_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: meter
    end function c_meter_render
    subroutine c_meter_free(meter) bind(c, name='qube_meter_free')
      import
      type(c_ptr), value :: meter
    end subroutine c_meter_free
    integer(c_int32_t) function c_meter_read(reading) bind(c, name='qube_meter_read')
      import
      type(c_reading), intent(inout) :: reading
    end function c_meter_read
    integer(c_int32_t) function c_meter_of_readings(rank, stages, readings, n_readings, meter) &
      bind(c, name='qube_meter_of_readings')
      import
      integer(c_int64_t), value :: rank, n_readings
      type(c_ptr), intent(out) :: stages, meter
      type(c_ptr), value :: readings
    end function c_meter_of_readings
    integer(c_int32_t) function c_spaces_create(spaces) bind(c, name='qube_spaces_create')
      import
      type(c_ptr), intent(out) :: spaces
    end function c_spaces_create
    subroutine c_spaces_free(spaces) bind(c, name='qube_spaces_free')
      import
      type(c_ptr), value :: spaces
    end subroutine c_spaces_free
    integer(c_int32_t) function c_spaces_add(spaces, space, extent, power_means, n_power_means) &
      bind(c, name='qube_spaces_add')
      import
      integer(c_int64_t), value :: extent, n_power_means
      real(c_double), intent(in) :: power_means(*)
      type(c_ptr), value :: spaces, space
    end function c_spaces_add
    integer(c_int32_t) function c_spaces_set_inner_pow_callback(spaces, callback, user, free_user) &
      bind(c, name='qube_spaces_set_inner_pow_callback')
      import
      type(c_funptr), value :: callback, free_user
      type(c_ptr), value :: spaces, user
    end function c_spaces_set_inner_pow_callback
    integer(c_int32_t) function c_power_means(domains, n_domains, means, n_means) &
      bind(c, name='qube_power_means')
      import
      integer(c_int64_t), intent(in) :: domains(*)
      integer(c_int64_t), value :: n_domains, n_means
      real(c_double), intent(inout) :: means(*)
    end function c_power_means
    integer(c_int32_t) function c_network_builder_create(builder) &
      bind(c, name='qube_network_builder_create')
      import
      type(c_ptr), intent(out) :: builder
    end function c_network_builder_create
    subroutine c_network_builder_free(builder) bind(c, name='qube_network_builder_free')
      import
      type(c_ptr), value :: builder
    end subroutine c_network_builder_free
    integer(c_int32_t) function c_network_builder_add_index(builder, label, space, extent) &
      bind(c, name='qube_network_builder_add_index')
      import
      integer(c_int64_t), value :: extent
      type(c_ptr), value :: builder, label, space
    end function c_network_builder_add_index
    integer(c_int32_t) function c_network_builder_add_composite(builder, label, space, extent, &
      protos, n_protos, power_means, n_power_means) &
      bind(c, name='qube_network_builder_add_composite')
      import
      integer(c_int64_t), value :: extent, n_protos, n_power_means
      real(c_double), intent(in) :: power_means(*)
      type(c_ptr), intent(in) :: protos(*)
      type(c_ptr), value :: builder, label, space
    end function c_network_builder_add_composite
    integer(c_int32_t) function c_network_builder_add_tensor(builder, label, indices, n_indices) &
      bind(c, name='qube_network_builder_add_tensor')
      import
      integer(c_int64_t), value :: n_indices
      type(c_ptr), intent(in) :: indices(*)
      type(c_ptr), value :: builder, label
    end function c_network_builder_add_tensor
    integer(c_int32_t) function c_network_builder_set_targets(builder, targets, n_targets) &
      bind(c, name='qube_network_builder_set_targets')
      import
      integer(c_int64_t), value :: n_targets
      type(c_ptr), intent(in) :: targets(*)
      type(c_ptr), value :: builder
    end function c_network_builder_set_targets
    integer(c_int32_t) function c_network_builder_set_inner_pow_callback(builder, callback, user, &
      free_user) bind(c, name='qube_network_builder_set_inner_pow_callback')
      import
      type(c_funptr), value :: callback, free_user
      type(c_ptr), value :: builder, user
    end function c_network_builder_set_inner_pow_callback
    integer(c_int32_t) function c_network_builder_build(builder, network) &
      bind(c, name='qube_network_builder_build')
      import
      type(c_ptr), intent(out) :: network
      type(c_ptr), value :: builder
    end function c_network_builder_build
    integer(c_int32_t) function c_network_parse(text, spaces, network) &
      bind(c, name='qube_network_parse')
      import
      type(c_ptr), intent(out) :: network
      type(c_ptr), value :: text, spaces
    end function c_network_parse
    integer(c_int32_t) function c_network_einsum(text, letters, network) &
      bind(c, name='qube_network_einsum')
      import
      type(c_ptr), intent(out) :: network
      type(c_ptr), value :: text, letters
    end function c_network_einsum
    integer(c_int32_t) function c_network_from_json(text, network, policy) &
      bind(c, name='qube_network_from_json')
      import
      type(c_ptr), intent(out) :: network, policy
      type(c_ptr), value :: text
    end function c_network_from_json
    subroutine c_network_free(network) bind(c, name='qube_network_free')
      import
      type(c_ptr), value :: network
    end subroutine c_network_free
    integer(c_int32_t) function c_network_get(network, view) bind(c, name='qube_network_get')
      import
      type(c_network_view), intent(inout) :: view
      type(c_ptr), value :: network
    end function c_network_get
    integer(c_int32_t) function c_policy_create(policy) bind(c, name='qube_policy_create')
      import
      type(c_ptr), intent(out) :: policy
    end function c_policy_create
    subroutine c_policy_free(policy) bind(c, name='qube_policy_free')
      import
      type(c_ptr), value :: policy
    end subroutine c_policy_free
    integer(c_int32_t) function c_policy_set(policy, settings) bind(c, name='qube_policy_set')
      import
      type(c_ptr), value :: policy, settings
    end function c_policy_set
    integer(c_int32_t) function c_policy_add_index_rule(policy, rule) &
      bind(c, name='qube_policy_add_index_rule')
      import
      type(c_ptr), value :: policy, rule
    end function c_policy_add_index_rule
    integer(c_int32_t) function c_policy_add_tensor_rule(policy, rule) &
      bind(c, name='qube_policy_add_tensor_rule')
      import
      type(c_ptr), value :: policy, rule
    end function c_policy_add_tensor_rule
    integer(c_int32_t) function c_policy_add_json(policy, text) bind(c, name='qube_policy_add_json')
      import
      type(c_ptr), value :: policy, text
    end function c_policy_add_json
    integer(c_int32_t) function c_policy_render(policy, format, text) &
      bind(c, name='qube_policy_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: policy
    end function c_policy_render
    integer(c_int32_t) function c_policy_resolve(policy, network, resolved) &
      bind(c, name='qube_policy_resolve')
      import
      type(c_ptr), intent(out) :: resolved
      type(c_ptr), value :: policy, network
    end function c_policy_resolve
    subroutine c_resolved_policy_free(resolved) bind(c, name='qube_resolved_policy_free')
      import
      type(c_ptr), value :: resolved
    end subroutine c_resolved_policy_free
    integer(c_int32_t) function c_resolved_policy_get(resolved, view) &
      bind(c, name='qube_resolved_policy_get')
      import
      type(c_ptr), value :: resolved
      type(c_resolved_policy_view), intent(inout) :: view
    end function c_resolved_policy_get
    integer(c_int32_t) function c_resolved_policy_render(resolved, format, text) &
      bind(c, name='qube_resolved_policy_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: resolved
    end function c_resolved_policy_render
    subroutine c_plan_free(plan) bind(c, name='qube_plan_free')
      import
      type(c_ptr), value :: plan
    end subroutine c_plan_free
    integer(c_int32_t) function c_plan_get(plan, view) bind(c, name='qube_plan_get')
      import
      type(c_plan_view), intent(inout) :: view
      type(c_ptr), value :: plan
    end function c_plan_get
    integer(c_int32_t) function c_plan_best_order(plan, view) bind(c, name='qube_plan_best_order')
      import
      type(c_order_view), intent(inout) :: view
      type(c_ptr), value :: plan
    end function c_plan_best_order
    integer(c_int32_t) function c_plan_render(plan, format, text) bind(c, name='qube_plan_render')
      import
      integer(c_int32_t), value :: format
      type(c_ptr), intent(out) :: text
      type(c_ptr), value :: plan
    end function c_plan_render
    integer(c_int32_t) function c_plan_from_json(text, plan) bind(c, name='qube_plan_from_json')
      import
      type(c_ptr), intent(out) :: plan
      type(c_ptr), value :: text
    end function c_plan_from_json
    integer(c_int32_t) function c_plan_verify(plan, network, policy, options) &
      bind(c, name='qube_plan_verify')
      import
      type(c_ptr), value :: plan, network, policy, options
    end function c_plan_verify
    integer(c_int32_t) function c_optimize(network, policy, options, plan) &
      bind(c, name='qube_optimize')
      import
      type(c_ptr), intent(out) :: plan
      type(c_ptr), value :: network, policy, options
    end function c_optimize
    integer(c_int32_t) function c_optimize_custom(network, policy, options, model, plan) &
      bind(c, name='qube_optimize_custom')
      import
      type(c_ptr), intent(out) :: plan
      type(c_ptr), value :: network, policy, options, model
    end function c_optimize_custom
    integer(c_int32_t) function c_optimize_many(networks, n_networks, policy, options, &
      num_threads, plans) bind(c, name='qube_optimize_many')
      import
      integer(c_int64_t), value :: n_networks, num_threads
      type(c_ptr), intent(in) :: networks(*)
      type(c_ptr), intent(out) :: plans
      type(c_ptr), value :: policy, options
    end function c_optimize_many
    subroutine c_plans_free(plans) bind(c, name='qube_plans_free')
      import
      type(c_ptr), value :: plans
    end subroutine c_plans_free
    integer(c_int32_t) function c_plans_get(plans, view) bind(c, name='qube_plans_get')
      import
      type(c_plans_view), intent(inout) :: view
      type(c_ptr), value :: plans
    end function c_plans_get
  end interface
  ! end of functions

  ! All procedures are recursive, as in Fortran 2018. So no local variable is static, several
  ! threads may run one at once (gfortran's -fcheck=recursion calls that recursion), and callbacks
  ! may call.

contains

  ! --- Library and machine ----------------------------------------------------------------------

  !> The version of the library that is loaded, "major.minor.patch".
  recursive function qube_version() result(version)
    character(len=:), allocatable :: version

    call get_string(c_version(), version)
  end function qube_version

  !> The memory that this process may use: the least of the machine's physical memory, the memory
  !! limits of its control groups, and its resource limits RLIMIT_AS (ulimit -v) and RLIMIT_DATA
  !! (ulimit -d). Swap does not count. Errors: `qube_err_system`.
  recursive subroutine qube_memory_limit(bytes, bound, stat, errmsg)
    !> The limit in bytes; 0 after a failure.
    integer(int64), intent(out) :: bytes
    !> The name of the limit in force; empty after a failure.
    character(len=:), allocatable, intent(out), optional :: bound
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: name
    character(len=:), allocatable :: text

    bytes = 0
    name = c_null_ptr
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_memory_limit(bytes, name), wrong)
    call get_string(name, text)
    if (present(bound)) call move_alloc(text, bound)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_memory_limit

  pure recursive function format_bytes_int32(bytes) result(text)
    integer(int32), intent(in) :: bytes
    character(len=len_trim(gib(int(bytes, int64)))) :: text

    text = gib(int(bytes, int64))
  end function format_bytes_int32

  pure recursive function format_bytes_int64(bytes) result(text)
    integer(int64), intent(in) :: bytes
    character(len=len_trim(gib(bytes))) :: text

    text = gib(bytes)
  end function format_bytes_int64

  pure recursive function gib(bytes) result(text)
    integer(int64), intent(in) :: bytes
    character(len=32) :: text

    write (text, '(f20.2, a)') real(bytes, real64) / 2.0_real64**30, ' GiB'
    text = adjustl(text)
  end function gib

  ! --- Budgets ----------------------------------------------------------------------------------

  recursive subroutine budget_of_harmonic(config, budget, survey, stat, errmsg)
    type(qube_harmonic_config), intent(in) :: config
    type(qube_budget_view), intent(out) :: budget
    type(qube_survey), intent(in), optional :: survey
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    budget%run%path = qube_path_harmonic
    budget%run%harmonic = c_harmonic_config(struct_size=c_sizeof(budget%run%harmonic), &
      n_pix=config%n_pix, n_modes=config%n_modes, lmax_signal=config%lmax_signal, &
      lmax=config%lmax, n_spectra=config%n_spectra, working_dim=config%working_dim, &
      keep_pixel_projector=truth(config%keep_pixel_projector), &
      covariance_by_caller=truth(config%covariance_by_caller), model=code(config%model), &
      release=code(config%release))
    if (present(survey)) call write_survey(survey, budget%run)
    call make_budget(budget, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine budget_of_harmonic

  recursive subroutine budget_of_pixel_direct(config, budget, survey, stat, errmsg)
    type(qube_pixel_direct_config), intent(in) :: config
    type(qube_budget_view), intent(out) :: budget
    type(qube_survey), intent(in), optional :: survey
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    budget%run%path = qube_path_pixel_direct
    budget%run%pixel_direct = c_pixel_direct_config( &
      struct_size=c_sizeof(budget%run%pixel_direct), n_pix=config%n_pix, &
      lmax_signal=config%lmax_signal, lmax=config%lmax, n_bins=config%n_bins, &
      n_params=config%n_params, n_spectra=config%n_spectra, working_dim=config%working_dim, &
      cache_derivatives=truth(config%cache_derivatives), model=code(config%model), &
      release=code(config%release))
    if (present(survey)) call write_survey(survey, budget%run)
    call make_budget(budget, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine budget_of_pixel_direct

  recursive subroutine budget_of_traditional(config, budget, survey, stat, errmsg)
    type(qube_traditional_config), intent(in) :: config
    type(qube_budget_view), intent(out) :: budget
    type(qube_survey), intent(in), optional :: survey
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    budget%run%path = qube_path_traditional
    budget%run%traditional = c_traditional_config( &
      struct_size=c_sizeof(budget%run%traditional), n_pix=config%n_pix, &
      lmax_signal=config%lmax_signal, lmax=config%lmax, n_bins=config%n_bins, &
      n_params=config%n_params, n_spectra=config%n_spectra, model=code(config%model), &
      release=code(config%release))
    if (present(survey)) call write_survey(survey, budget%run)
    call make_budget(budget, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine budget_of_traditional

  recursive subroutine budget_of_auto(config, budget, survey, stat, errmsg)
    type(qube_auto_config), intent(in) :: config
    type(qube_budget_view), intent(out) :: budget
    type(qube_survey), intent(in), optional :: survey
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    budget%run%path = path_of_qube
    budget%run%auto = c_auto_config(struct_size=c_sizeof(budget%run%auto), n_pix=config%n_pix, &
      n_modes=config%n_modes, lmax_signal=config%lmax_signal, lmax=config%lmax, &
      n_bins=config%n_bins, n_params=config%n_params, n_spectra=config%n_spectra, &
      working_dim=config%working_dim, do_cross=truth(config%do_cross), &
      keep_pixel_projector=truth(config%keep_pixel_projector), &
      covariance_by_caller=truth(config%covariance_by_caller), &
      cache_derivatives=truth(config%cache_derivatives), model=code(config%model), &
      release=code(config%release))
    if (present(survey)) call write_survey(survey, budget%run)
    call make_budget(budget, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine budget_of_auto

  recursive subroutine budget_of_eclipse(config, budget, survey, stat, errmsg)
    type(qube_eclipse_config), intent(in) :: config
    type(qube_budget_view), intent(out) :: budget
    type(qube_survey), intent(in), optional :: survey
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    budget%run%path = qube_path_eclipse
    budget%run%eclipse = c_eclipse_config(struct_size=c_sizeof(budget%run%eclipse), &
      pix_t=config%pix_t, pix_p=config%pix_p, lmax=config%lmax, lmax_cov=config%lmax_cov, &
      maps=config%maps, code=code(config%code), cross=truth(config%cross), &
      check_inverse=truth(config%check_inverse), fisher=truth(config%fisher), &
      model=code(config%model), tqu_maps=truth(config%tqu_maps), nside=config%nside)
    if (present(survey)) call write_survey(survey, budget%run)
    call make_budget(budget, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine budget_of_eclipse

  recursive subroutine budget_of_pipeline(pipeline, budget, stat, errmsg)
    type(qube_pipeline), intent(in) :: pipeline
    type(qube_budget_view), intent(out) :: budget
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    budget%run%path = qube_path_pipeline
    budget%run%pipeline = pipeline
    call make_budget(budget, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine budget_of_pipeline

  recursive subroutine add_stage(self, name)
    class(qube_pipeline), intent(inout) :: self
    character(len=*), intent(in) :: name

    call add_pipeline_entry(self, name, pipeline_entry(kind=a_stage))
  end subroutine add_stage

  recursive subroutine add_allocation_int64(self, name, rows, columns, copies, element_bytes, &
    layout, holder)
    class(qube_pipeline), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: rows
    integer(int64), intent(in), optional :: columns, copies
    integer, intent(in), optional :: element_bytes, layout, holder
    type(pipeline_entry) :: entry

    entry%kind = an_allocation
    entry%rows = rows
    if (present(columns)) entry%columns = columns
    if (present(copies)) entry%copies = copies
    if (present(element_bytes)) entry%element_bytes = element_bytes
    if (present(layout)) entry%layout = layout
    if (present(holder)) entry%holder = holder
    call add_pipeline_entry(self, name, entry)
  end subroutine add_allocation_int64

  recursive subroutine add_allocation_int32(self, name, rows, columns, copies, element_bytes, &
    layout, holder)
    class(qube_pipeline), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in) :: rows
    integer(int32), intent(in), optional :: columns, copies
    integer, intent(in), optional :: element_bytes, layout, holder
    integer(int64) :: wide_columns, wide_copies

    wide_columns = 1
    wide_copies = 1
    if (present(columns)) wide_columns = columns
    if (present(copies)) wide_copies = copies
    call self%add_allocation_int64(name, int(rows, int64), wide_columns, wide_copies, &
      element_bytes, layout, holder)
  end subroutine add_allocation_int32

  recursive subroutine add_deallocation(self, name)
    class(qube_pipeline), intent(inout) :: self
    character(len=*), intent(in) :: name

    call add_pipeline_entry(self, name, pipeline_entry(kind=a_deallocation))
  end subroutine add_deallocation

  recursive subroutine set_parameter_int64(self, name, value)
    class(qube_pipeline), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: value

    call add_pipeline_entry(self, name, pipeline_entry(kind=a_value, value=value))
  end subroutine set_parameter_int64

  recursive subroutine set_parameter_int32(self, name, value)
    class(qube_pipeline), intent(inout) :: self
    character(len=*), intent(in) :: name
    integer(int32), intent(in) :: value

    call self%set_parameter_int64(name, int(value, int64))
  end subroutine set_parameter_int32

  recursive subroutine add_pipeline_entry(pipeline, name, entry)
    class(qube_pipeline), intent(inout) :: pipeline
    character(len=*), intent(in) :: name
    type(pipeline_entry), intent(in) :: entry
    type(pipeline_entry), allocatable :: longer(:)

    if (.not. allocated(pipeline%entries)) allocate (pipeline%entries(16))
    if (pipeline%n_entries == size(pipeline%entries)) then
      allocate (longer(2 * pipeline%n_entries))
      longer(1:pipeline%n_entries) = pipeline%entries
      call move_alloc(longer, pipeline%entries)
    end if
    call pipeline%words%add(name)
    pipeline%n_entries = pipeline%n_entries + 1
    pipeline%entries(pipeline%n_entries) = entry
    pipeline%entries(pipeline%n_entries)%word = pipeline%words%count
  end subroutine add_pipeline_entry

  !> The library's budget of a pipeline, to be freed; NULL after a failure.
  recursive subroutine open_pipeline(pipeline, c_budget, wrong)
    type(qube_pipeline), intent(in), target :: pipeline
    type(c_ptr), intent(inout) :: c_budget
    type(failure), intent(inout) :: wrong
    type(c_words), target :: text

    call check_words(pipeline%words, 'a name of the pipeline', wrong)
    if (allocated(pipeline%json)) then
      call text%add(pipeline%json)
    else if (allocated(pipeline%name)) then
      call text%add(pipeline%name)
    else
      call fail(qube_err_input, 'the pipeline is empty; give it a name or a document (json)', wrong)
    end if
    call check_words(text, 'the pipeline', wrong)
    if (wrong%status /= qube_ok) return
    if (allocated(pipeline%json)) then
      call open_document(pipeline, address(text, 1), c_budget, wrong)
    else
      call open_builder(pipeline, address(text, 1), c_budget, wrong)
    end if
  end subroutine open_pipeline

  recursive subroutine open_document(pipeline, json, c_budget, wrong)
    type(qube_pipeline), intent(in), target :: pipeline
    type(c_ptr), intent(in) :: json
    type(c_ptr), intent(inout) :: c_budget
    type(failure), intent(inout) :: wrong
    type(c_parameter_value), allocatable, target :: values(:)
    type(c_ptr) :: c_pipeline, first
    integer :: i

    allocate (values(pipeline%n_entries))
    do i = 1, pipeline%n_entries
      if (pipeline%entries(i)%kind /= a_value) call fail(qube_err_conflict, &
        'a pipeline with a document allocates nothing by calls; leave one of them out', wrong)
      values(i)%name = address(pipeline%words, pipeline%entries(i)%word)
      values(i)%value = pipeline%entries(i)%value
    end do
    if (wrong%status /= qube_ok) return
    first = c_null_ptr
    if (size(values) > 0) first = c_loc(values)
    call note(c_pipeline_parse(json, c_pipeline), wrong)
    if (wrong%status == qube_ok) call note(c_budget_pipeline(c_pipeline, first, &
      size(values, kind=c_int64_t), c_budget), wrong)
    call c_pipeline_free(c_pipeline)
  end subroutine open_document

  recursive subroutine open_builder(pipeline, name, c_budget, wrong)
    type(qube_pipeline), intent(in), target :: pipeline
    type(c_ptr), intent(in) :: name
    type(c_ptr), intent(inout) :: c_budget
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: builder, word
    integer :: i

    call note(c_pipeline_builder_create(name, builder), wrong)
    do i = 1, pipeline%n_entries
      if (wrong%status /= qube_ok) exit
      associate (entry => pipeline%entries(i))
        word = address(pipeline%words, entry%word)
        select case (entry%kind)
        case (a_stage)
          call note(c_pipeline_builder_stage(builder, word), wrong)
        case (an_allocation)
          call note(c_pipeline_builder_allocate(builder, word, entry%copies, entry%rows, &
            entry%columns, entry%element_bytes, code(entry%layout), code(entry%holder)), wrong)
        case (a_deallocation)
          call note(c_pipeline_builder_deallocate(builder, word), wrong)
        case default
          call fail(qube_err_conflict, &
            'a parameter is set, but the pipeline has no document (json); leave it out', wrong)
        end select
      end associate
    end do
    if (wrong%status == qube_ok) call note(c_pipeline_builder_budget(builder, c_budget), wrong)
    call c_pipeline_builder_free(builder)
  end subroutine open_builder

  recursive subroutine write_survey(survey, run)
    type(qube_survey), intent(in) :: survey
    type(budget_inputs), intent(inout) :: run

    run%has_survey = .true.
    run%survey = c_survey(struct_size=c_sizeof(run%survey), nside=survey%nside, &
      fsky=survey%fsky, n_obs=survey%n_obs, n_obs_polarisation=survey%n_obs_polarisation, &
      lmin=survey%lmin, lmax=survey%lmax, lmax_signal=survey%lmax_signal, n_bins=survey%n_bins, &
      n_spectra=survey%n_spectra, fields=code(survey%fields), polar_cap=truth(survey%polar_cap))
  end subroutine write_survey

  !> The library's budget of a run, to be freed; NULL after a failure.
  recursive subroutine open_budget(run, c_budget, wrong)
    type(budget_inputs), intent(in), target :: run
    type(c_ptr), intent(out) :: c_budget
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: survey

    c_budget = c_null_ptr
    survey = c_null_ptr
    if (run%has_survey) survey = c_loc(run%survey)
    call check_abi(wrong)
    if (wrong%status /= qube_ok) return
    select case (run%path)
    case (qube_path_harmonic)
      call note(c_budget_harmonic(c_loc(run%harmonic), survey, c_budget), wrong)
    case (qube_path_pixel_direct)
      call note(c_budget_pixel_direct(c_loc(run%pixel_direct), survey, c_budget), wrong)
    case (qube_path_traditional)
      call note(c_budget_traditional(c_loc(run%traditional), survey, c_budget), wrong)
    case (path_of_qube)
      call note(c_budget_auto(c_loc(run%auto), survey, c_budget), wrong)
    case (qube_path_eclipse)
      call note(c_budget_eclipse(c_loc(run%eclipse), survey, c_budget), wrong)
    case (qube_path_pipeline)
      call open_pipeline(run%pipeline, c_budget, wrong)
    case default
      call fail(qube_err_input, 'the budget is empty; give one of qube_budget_of', wrong)
    end select
  end subroutine open_budget

  !> Fills a budget from its inputs.
  recursive subroutine make_budget(budget, wrong)
    type(qube_budget_view), intent(inout) :: budget
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: c_budget
    type(c_budget_view) :: view
    type(c_stage), pointer :: stages(:)
    type(c_term), pointer :: terms(:)
    type(c_event), pointer :: events(:)
    type(c_input), pointer :: inputs(:)
    integer :: i, k

    call open_budget(budget%run, c_budget, wrong)
    view%struct_size = c_sizeof(view)
    if (wrong%status == qube_ok) call note(c_budget_get(c_budget, view), wrong)
    if (wrong%status /= qube_ok) then
      call c_budget_free(c_budget)
      budget = qube_budget_view()
      return
    end if
    budget%lifetime_peak_bytes = view%lifetime_peak_bytes
    budget%peak_stage = int(view%peak_stage) + 1
    budget%path = int(view%path)
    budget%model = int(view%model)
    budget%published_peak_bytes = view%published_peak_bytes
    call get_string(view%release, budget%release)
    call get_string(view%program, budget%program)
    call get_string(view%note, budget%note)
    call c_f_pointer(view%stages, stages, [view%n_stages])
    allocate (budget%stages(view%n_stages))
    do i = 1, int(view%n_stages)
      associate (c => stages(i), f => budget%stages(i))
        call get_string(c%name, f%name)
        f%persistent_bytes = c%persistent_bytes
        f%transient_bytes = c%transient_bytes
        f%peak_bytes = c%peak_bytes
        f%end_bytes = c%end_bytes
        call c_f_pointer(c%terms, terms, [c%n_terms])
        allocate (f%terms(c%n_terms))
        do k = 1, int(c%n_terms)
          call get_string(terms(k)%name, f%terms(k)%name)
          f%terms(k)%bytes = terms(k)%bytes
          f%terms(k)%copies = terms(k)%copies
          f%terms(k)%rows = terms(k)%rows
          f%terms(k)%columns = terms(k)%columns
          f%terms(k)%element_bytes = terms(k)%element_bytes
          f%terms(k)%kind = int(terms(k)%kind)
          f%terms(k)%layout = int(terms(k)%layout)
          f%terms(k)%holder = int(terms(k)%holder)
        end do
      end associate
    end do
    call c_f_pointer(view%events, events, [view%n_events])
    allocate (budget%events(view%n_events))
    do i = 1, int(view%n_events)
      call get_string(events(i)%what, budget%events(i)%what)
      budget%events(i)%delta_bytes = events(i)%delta_bytes
      budget%events(i)%total_bytes = events(i)%total_bytes
      budget%events(i)%step = int(events(i)%step)
      budget%events(i)%printed = events(i)%printed /= 0
    end do
    call c_f_pointer(view%inputs, inputs, [view%n_inputs])
    allocate (budget%inputs(view%n_inputs))
    do i = 1, int(view%n_inputs)
      call get_string(inputs(i)%name, budget%inputs(i)%name)
      call get_string(inputs(i)%value, budget%inputs(i)%value)
      call get_string(inputs(i)%from, budget%inputs(i)%from)
    end do
    call c_budget_free(c_budget)
  end subroutine make_budget

  pure recursive function find_stage(self, name) result(number)
    class(qube_budget_view), intent(in) :: self
    character(len=*), intent(in) :: name
    integer :: number

    if (allocated(self%stages)) then
      do number = 1, size(self%stages)
        if (self%stages(number)%name == name) return
      end do
    end if
    number = 0
  end function find_stage

  !> The memory of each rank at the peak of each stage, where all matrices are block-cyclic over a
  !! grid, and the best grid with the same number of ranks. Errors: `qube_err_input`,
  !! `qube_err_conflict` (ranks that do not fill the grid), `qube_err_position` (a rank outside the
  !! grid), `qube_err_overflow`.
  recursive subroutine qube_per_rank(budget, grid, ranks, stat, errmsg)
    !> ECLIPSE, or another run with block-cyclic matrices.
    type(qube_budget_view), intent(in) :: budget
    type(qube_grid), intent(in) :: grid
    type(qube_ranks_view), intent(out) :: ranks
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_ranks
    type(c_ranks_view) :: view
    type(c_rank_stage), pointer :: stages(:)
    type(c_rank_bytes), pointer :: terms(:)
    integer :: i, k

    ranks%run = budget%run
    ranks%grid = c_grid(struct_size=c_sizeof(ranks%grid), nprow=grid%nprow, npcol=grid%npcol, &
      block=grid%block, ranks=grid%ranks, myrow=grid%myrow, mycol=grid%mycol)
    call open_ranks(ranks, c_ranks, wrong)
    view%struct_size = c_sizeof(view)
    if (wrong%status == qube_ok) call note(c_ranks_get(c_ranks, view), wrong)
    if (wrong%status == qube_ok) then
      ranks%nprow = view%nprow
      ranks%npcol = view%npcol
      ranks%block = view%block
      ranks%peak_stage = int(view%peak_stage) + 1
      ranks%best_nprow = view%best_nprow
      ranks%best_npcol = view%best_npcol
      ranks%best_block = view%best_block
      ranks%best_fullest_bytes = view%best_fullest_bytes
      call copy_too_large(view%too_large, view%n_too_large, ranks%too_large)
      call c_f_pointer(view%stages, stages, [view%n_stages])
      allocate (ranks%stages(view%n_stages))
      do i = 1, int(view%n_stages)
        call copy_rank_bytes(stages(i)%held, ranks%stages(i)%held)
        call c_f_pointer(stages(i)%terms, terms, [stages(i)%n_terms])
        allocate (ranks%stages(i)%terms(stages(i)%n_terms))
        do k = 1, int(stages(i)%n_terms)
          call copy_rank_bytes(terms(k), ranks%stages(i)%terms(k))
        end do
      end do
    else
      ranks = qube_ranks_view()
    end if
    call c_ranks_free(c_ranks)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_per_rank

  recursive subroutine open_ranks(ranks, c_ranks, wrong)
    type(qube_ranks_view), intent(in), target :: ranks
    type(c_ptr), intent(out) :: c_ranks
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: c_budget

    c_ranks = c_null_ptr
    call open_budget(ranks%run, c_budget, wrong)
    if (wrong%status == qube_ok) call note(c_budget_per_rank(c_budget, c_loc(ranks%grid), &
      c_ranks), wrong)
    call c_budget_free(c_budget)
  end subroutine open_ranks

  recursive subroutine copy_rank_bytes(c, f)
    type(c_rank_bytes), intent(in) :: c
    type(qube_rank_bytes), intent(inout) :: f

    call get_string(c%name, f%name)
    f%fullest_bytes = c%fullest_bytes
    f%least_bytes = c%least_bytes
    f%mean_bytes = c%mean_bytes
    f%own_bytes = c%own_bytes
  end subroutine copy_rank_bytes

  recursive subroutine copy_too_large(start, count, too_large)
    type(c_ptr), intent(in) :: start
    integer(c_int64_t), intent(in) :: count
    type(qube_local_matrix), allocatable, intent(out) :: too_large(:)
    type(c_local_matrix), pointer :: matrices(:)
    integer :: i

    call c_f_pointer(start, matrices, [count])
    allocate (too_large(count))
    do i = 1, int(count)
      call get_string(matrices(i)%name, too_large(i)%name)
      too_large(i)%stage = int(matrices(i)%stage) + 1
      too_large(i)%term = int(matrices(i)%term) + 1
      too_large(i)%elements = matrices(i)%elements
    end do
  end subroutine copy_too_large

  ! --- Requests, fits, inverse questions, comparisons -------------------------------------------

  !> The memory to request from a machine for a run. Errors: `qube_err_input` (a number of the job
  !! outside its range, or one that the code does not use), `qube_err_conflict` (a grid that the
  !! ranks do not fill), `qube_err_overflow`.
  recursive subroutine qube_request(budget, request, job, stat, errmsg)
    type(qube_budget_view), intent(in) :: budget
    type(qube_request_view), intent(out) :: request
    !> Nodes and ranks; absent: one rank on one node.
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_request

    request%run = budget%run
    call write_job(request%job, job, request%calibration)
    call open_request(request, c_request, wrong)
    if (wrong%status == qube_ok) call copy_request(c_request, request, wrong)
    call c_request_free(c_request)
    if (wrong%status /= qube_ok) request = qube_request_view()
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_request

  recursive subroutine write_job(c, job, calibration)
    type(c_job), intent(out) :: c
    type(qube_job), intent(in), optional :: job
    type(c_words), intent(out), optional :: calibration
    type(qube_job) :: f

    if (present(job)) f = job
    c = c_job(struct_size=c_sizeof(c), nodes=f%nodes, ranks_per_node=f%ranks_per_node, &
      cpus_per_rank=f%cpus_per_rank, nprow=f%nprow, npcol=f%npcol, block=f%block, &
      input_matrices=f%input_matrices, baseline_bytes=f%baseline_bytes, &
      resident_bytes=f%resident_bytes, cores_per_node=f%cores_per_node, &
      mem_per_core_cap=f%mem_per_core_cap, margin=f%margin, share_node=truth(f%share_node), &
      scheduler=int(f%scheduler, c_int32_t))
    if (present(calibration)) calibration = f%calibration
  end subroutine write_job

  recursive subroutine add_job_calibration(self, document)
    class(qube_job), intent(inout) :: self
    character(len=*), intent(in) :: document

    call self%calibration%add(document)
  end subroutine add_job_calibration

  !> Points a job to its documents, which need the target attribute and stay in place.
  recursive subroutine attach(job, calibration, pointers, wrong)
    type(c_job), intent(inout) :: job
    type(c_words), intent(in), target :: calibration
    type(c_ptr), allocatable, target, intent(inout) :: pointers(:)
    type(failure), intent(inout) :: wrong

    call point_to(calibration, 'a document of the calibration', pointers, wrong)
    if (wrong%status /= qube_ok) return
    job%calibration = c_loc(pointers)
    job%n_calibration = calibration%count
  end subroutine attach

  !> Pointers to words, for C: at least one, so that there is an address.
  recursive subroutine point_to(words, what, pointers, wrong)
    type(c_words), intent(in), target :: words
    character(len=*), intent(in) :: what
    type(c_ptr), allocatable, intent(inout) :: pointers(:)
    type(failure), intent(inout) :: wrong
    integer :: i

    allocate (pointers(max(words%count, 1)))
    pointers = c_null_ptr
    call check_words(words, what, wrong)
    if (wrong%status /= qube_ok) return
    do i = 1, words%count
      pointers(i) = address(words, i)
    end do
  end subroutine point_to

  recursive subroutine open_request(request, c_request, wrong)
    type(qube_request_view), intent(in), target :: request
    type(c_ptr), intent(out) :: c_request
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: c_budget
    type(c_ptr), allocatable, target :: pointers(:)
    type(c_job), target :: numbers

    c_request = c_null_ptr
    numbers = request%job
    call attach(numbers, request%calibration, pointers, wrong)
    call open_budget(request%run, c_budget, wrong)
    if (wrong%status == qube_ok) call note(c_budget_request(c_budget, c_loc(numbers), &
      c_request), wrong)
    call c_budget_free(c_budget)
  end subroutine open_request

  recursive subroutine copy_request(c_request, request, wrong)
    type(c_ptr), intent(in) :: c_request
    type(qube_request_view), intent(inout) :: request
    type(failure), intent(inout) :: wrong
    type(c_request_view) :: view
    type(c_stage_request), pointer :: stages(:)
    type(c_part), pointer :: parts(:)
    integer :: i, k

    view%struct_size = c_sizeof(view)
    call note(c_request_get(c_request, view), wrong)
    if (wrong%status /= qube_ok) return
    request%per_node_bytes = view%per_node_bytes
    request%total_bytes = view%total_bytes
    request%shared_per_node_bytes = view%shared_per_node_bytes
    request%own_per_rank_bytes = view%own_per_rank_bytes
    request%resident_bytes = view%resident_bytes
    request%margin_bytes = view%margin_bytes
    request%input_bytes = view%input_bytes
    request%baseline_bytes = view%baseline_bytes
    request%other_resident_bytes = view%other_resident_bytes
    request%cores_per_rank = view%cores_per_rank
    call get_string(view%summary, request%summary)
    call copy_labels(view%job_lines, view%n_job_lines, request%job_lines)
    request%peak_stage = int(view%peak_stage) + 1
    request%nprow = view%nprow
    request%npcol = view%npcol
    request%block = view%block
    request%holding = int(view%holding)
    request%calibrated = view%calibrated /= 0
    call copy_labels(view%notes, view%n_notes, request%notes)
    call copy_too_large(view%too_large, view%n_too_large, request%too_large)
    call c_f_pointer(view%stages, stages, [view%n_stages])
    allocate (request%stages(view%n_stages))
    do i = 1, int(view%n_stages)
      associate (c => stages(i), f => request%stages(i))
        call get_string(c%name, f%name)
        call get_string(c%margin_from, f%margin_from)
        f%peak_bytes = c%peak_bytes
        f%margin_bytes = c%margin_bytes
        f%per_rank_bytes = c%per_rank_bytes
        f%per_node_bytes = c%per_node_bytes
        f%calibrated = c%calibrated /= 0
        call c_f_pointer(c%parts, parts, [c%n_parts])
        allocate (f%parts(c%n_parts))
        do k = 1, int(c%n_parts)
          call get_string(parts(k)%name, f%parts(k)%name)
          f%parts(k)%bytes = parts(k)%bytes
          f%parts(k)%kind = int(parts(k)%kind)
        end do
      end associate
    end do
  end subroutine copy_request

  ! The limit is passed by value, because a program may pass a number of an earlier answer:
  ! call qube_fit(budget, fit%request%per_node_bytes, fit).

  recursive subroutine fit_int64(budget, limit_bytes, fit, job, stat, errmsg)
    type(qube_budget_view), intent(in) :: budget
    integer(int64), value :: limit_bytes
    type(qube_fit_view), intent(out) :: fit
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_fit(budget, limit_bytes, fit, wrong, job)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine fit_int64

  recursive subroutine fit_int32(budget, limit_bytes, fit, job, stat, errmsg)
    type(qube_budget_view), intent(in) :: budget
    integer(int32), value :: limit_bytes
    type(qube_fit_view), intent(out) :: fit
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_fit(budget, int(limit_bytes, int64), fit, wrong, job)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine fit_int32

  recursive subroutine find_fit(budget, limit_bytes, fit, wrong, job)
    type(qube_budget_view), intent(in) :: budget
    integer(int64), intent(in) :: limit_bytes
    type(qube_fit_view), intent(inout) :: fit
    type(failure), intent(inout) :: wrong
    type(qube_job), intent(in), optional :: job
    type(c_ptr) :: c_fit
    type(c_fit_view) :: view
    type(c_change), pointer :: changes(:)
    type(c_path), pointer :: paths(:)
    integer :: i

    fit%request%run = budget%run
    call write_job(fit%request%job, job, fit%request%calibration)
    fit%limit_bytes = limit_bytes
    call open_fit(fit, c_fit, wrong)
    view%struct_size = c_sizeof(view)
    if (wrong%status == qube_ok) call note(c_fit_get(c_fit, view), wrong)
    if (wrong%status == qube_ok) call copy_request(view%request, fit%request, wrong)
    if (wrong%status /= qube_ok) then
      call c_fit_free(c_fit)
      fit = qube_fit_view()
      return
    end if
    fit%spare_bytes = view%spare_bytes
    call get_string(view%message, fit%message)
    call get_string(view%advice, fit%advice)
    fit%stage = int(view%stage) + 1
    call get_string(view%stage_name, fit%stage_name)
    fit%stage_over_bytes = view%stage_over_bytes
    call get_string(view%term_name, fit%term_name)
    fit%term_bytes = view%term_bytes
    fit%cheapest = int(view%cheapest) + 1
    call get_string(view%no_paths, fit%no_paths)
    fit%path_by_time = int(view%path_by_time)
    fit%fits = view%fits /= 0
    call c_f_pointer(view%changes, changes, [view%n_changes])
    allocate (fit%changes(view%n_changes))
    do i = 1, int(view%n_changes)
      call get_string(changes(i)%words, fit%changes(i)%words)
      call get_string(changes(i)%parameter, fit%changes(i)%parameter)
      fit%changes(i)%value = changes(i)%value
      fit%changes(i)%per_node_bytes = changes(i)%per_node_bytes
      fit%changes(i)%kind = int(changes(i)%kind)
      fit%changes(i)%fits = changes(i)%fits /= 0
    end do
    call c_f_pointer(view%paths, paths, [view%n_paths])
    allocate (fit%paths(view%n_paths))
    do i = 1, int(view%n_paths)
      fit%paths(i) = qube_path(paths(i)%lifetime_peak_bytes, paths(i)%per_node_bytes, &
        int(paths(i)%path), paths(i)%fits /= 0)
    end do
    call c_fit_free(c_fit)
  end subroutine find_fit

  recursive subroutine open_fit(fit, c_fit, wrong)
    type(qube_fit_view), intent(in), target :: fit
    type(c_ptr), intent(out) :: c_fit
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: c_budget
    type(c_ptr), allocatable, target :: pointers(:)
    type(c_job), target :: numbers

    c_fit = c_null_ptr
    numbers = fit%request%job
    call attach(numbers, fit%request%calibration, pointers, wrong)
    call open_budget(fit%request%run, c_budget, wrong)
    if (wrong%status == qube_ok) call note(c_budget_fit(c_budget, c_loc(numbers), &
      fit%limit_bytes, c_fit), wrong)
    call c_budget_free(c_budget)
  end subroutine open_fit

  recursive subroutine largest_int64(budget, size, limit_bytes, largest, job, stat, errmsg)
    type(qube_budget_view), intent(in) :: budget
    integer, intent(in) :: size
    integer(int64), value :: limit_bytes
    type(qube_largest_view), intent(out) :: largest
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_largest(budget, size, limit_bytes, largest, wrong, job)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine largest_int64

  recursive subroutine largest_int32(budget, size, limit_bytes, largest, job, stat, errmsg)
    type(qube_budget_view), intent(in) :: budget
    integer, intent(in) :: size
    integer(int32), value :: limit_bytes
    type(qube_largest_view), intent(out) :: largest
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_largest(budget, size, int(limit_bytes, int64), largest, wrong, job)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine largest_int32

  recursive subroutine largest_parameter_int64(budget, size, limit_bytes, largest, job, stat, &
    errmsg)
    type(qube_budget_view), intent(in) :: budget
    character(len=*), intent(in) :: size
    integer(int64), value :: limit_bytes
    type(qube_largest_view), intent(out) :: largest
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_largest(budget, qube_size_parameter, limit_bytes, largest, wrong, job, size)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine largest_parameter_int64

  recursive subroutine largest_parameter_int32(budget, size, limit_bytes, largest, job, stat, &
    errmsg)
    type(qube_budget_view), intent(in) :: budget
    character(len=*), intent(in) :: size
    integer(int32), value :: limit_bytes
    type(qube_largest_view), intent(out) :: largest
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_largest(budget, qube_size_parameter, int(limit_bytes, int64), largest, wrong, job, &
      size)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine largest_parameter_int32

  recursive subroutine find_largest(budget, size, limit_bytes, largest, wrong, job, parameter)
    type(qube_budget_view), intent(in) :: budget
    integer, intent(in) :: size
    integer(int64), intent(in) :: limit_bytes
    type(qube_largest_view), intent(inout) :: largest
    type(failure), intent(inout) :: wrong
    type(qube_job), intent(in), optional :: job
    character(len=*), intent(in), optional :: parameter !! Of a pipeline, whatever `size` is.
    type(c_ptr) :: c_budget, c_largest
    type(c_words), target :: name
    type(c_job), target :: numbers
    type(c_largest_view) :: view
    type(c_words), target :: calibration
    type(c_ptr), allocatable, target :: pointers(:)

    c_largest = c_null_ptr
    call write_job(numbers, job, calibration)
    call attach(numbers, calibration, pointers, wrong)
    call open_budget(budget%run, c_budget, wrong)
    view%struct_size = c_sizeof(view)
    if (present(parameter)) then
      call name%add(parameter)
      call check_words(name, 'the name of a parameter', wrong)
      if (wrong%status == qube_ok) call note(c_budget_largest_parameter(c_budget, &
        address(name, 1), c_loc(numbers), limit_bytes, c_largest), wrong)
    else if (wrong%status == qube_ok) then
      call note(c_budget_largest(c_budget, code(size), c_loc(numbers), limit_bytes, c_largest), &
        wrong)
    end if
    if (wrong%status == qube_ok) call note(c_largest_get(c_largest, view), wrong)
    if (wrong%status == qube_ok) then
      largest%limit_bytes = view%limit_bytes
      largest%value = view%value
      largest%per_node_bytes = view%per_node_bytes
      largest%next_value = view%next_value
      largest%next_per_node_bytes = view%next_per_node_bytes
      call get_string(view%message, largest%message)
      largest%size = int(view%size)
      largest%kind = int(view%kind)
    end if
    call c_largest_free(c_largest)
    call c_budget_free(c_budget)
  end subroutine find_largest

  recursive subroutine compare_budget(budget, measured, comparison, stat, errmsg)
    type(qube_budget_view), intent(in) :: budget
    character(len=*), intent(in) :: measured
    type(qube_comparison_view), intent(out) :: comparison
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    comparison%run = budget%run
    comparison%is_one = .true.
    call comparison%measured%add(measured)
    call fill_comparison(comparison, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine compare_budget

  recursive subroutine compare_ranks(budget, measured, comparison, grid, stat, errmsg)
    type(qube_budget_view), intent(in) :: budget
    character(len=*), intent(in) :: measured(:)
    type(qube_comparison_view), intent(out) :: comparison
    type(qube_grid), intent(in), optional :: grid
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    comparison%run = budget%run
    call add_texts(comparison%measured, measured)
    comparison%has_grid = present(grid)
    if (present(grid)) comparison%grid = c_grid(struct_size=c_sizeof(comparison%grid), &
      nprow=grid%nprow, npcol=grid%npcol, block=grid%block, ranks=grid%ranks, myrow=-1, mycol=-1)
    call fill_comparison(comparison, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine compare_ranks

  recursive subroutine compare_request(request, measured, comparison, stat, errmsg)
    type(qube_request_view), intent(in) :: request
    character(len=*), intent(in) :: measured(:)
    type(qube_comparison_view), intent(out) :: comparison
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    comparison%run = request%run
    comparison%job = request%job
    comparison%calibration = request%calibration
    comparison%against_request = .true.
    call add_texts(comparison%measured, measured)
    call fill_comparison(comparison, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine compare_request

  recursive subroutine add_texts(words, texts)
    type(c_words), intent(inout) :: words
    character(len=*), intent(in) :: texts(:)
    integer :: i

    do i = 1, size(texts)
      call words%add(trim(texts(i)))
    end do
  end subroutine add_texts

  recursive subroutine fill_comparison(comparison, wrong)
    type(qube_comparison_view), intent(inout) :: comparison
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: handle
    type(c_comparison_view) :: view
    type(c_rank_comparison), pointer :: ranks(:)
    type(c_unit), pointer :: units(:)
    type(c_difference), pointer :: differences(:)
    integer :: i

    call open_comparison(comparison, handle, wrong)
    view%struct_size = c_sizeof(view)
    if (wrong%status == qube_ok) call note(c_comparison_get(handle, view), wrong)
    if (wrong%status /= qube_ok) then
      call c_comparison_free(handle)
      comparison = qube_comparison_view()
      return
    end if
    call copy_stage_comparisons(view%stages, view%n_stages, comparison%stages)
    call copy_labels(view%not_predicted, view%n_not_predicted, comparison%not_predicted)
    comparison%unit_bytes = view%unit_bytes
    comparison%baseline_bytes = view%baseline_bytes
    comparison%lifetime_peak = figure(view%lifetime_peak)
    call c_f_pointer(view%ranks, ranks, [view%n_ranks])
    allocate (comparison%ranks(view%n_ranks))
    do i = 1, int(view%n_ranks)
      comparison%ranks(i)%rank = ranks(i)%rank
      comparison%ranks(i)%row = ranks(i)%row
      comparison%ranks(i)%column = ranks(i)%column
      comparison%ranks(i)%baseline_bytes = ranks(i)%baseline_bytes
      call copy_stage_comparisons(ranks(i)%stages, ranks(i)%n_stages, comparison%ranks(i)%stages)
      comparison%ranks(i)%lifetime_peak = figure(ranks(i)%lifetime_peak)
    end do
    call c_f_pointer(view%units, units, [view%n_units])
    allocate (comparison%units(view%n_units))
    do i = 1, int(view%n_units)
      call get_string(units(i)%symbol, comparison%units(i)%symbol)
      call get_string(units(i)%words, comparison%units(i)%words)
      comparison%units(i)%bytes = units(i)%bytes
    end do
    call c_f_pointer(view%differences, differences, [view%n_differences])
    allocate (comparison%differences(view%n_differences))
    do i = 1, int(view%n_differences)
      call get_string(differences(i)%stage, comparison%differences(i)%stage)
      call get_string(differences(i)%may_be, comparison%differences(i)%may_be)
      comparison%differences(i)%bytes = differences(i)%bytes
      comparison%differences(i)%is_peak = differences(i)%is_peak == 1
    end do
    call copy_labels(view%notes, view%n_notes, comparison%notes)
    comparison%within_request = view%within_request == 1
    call c_comparison_free(handle)
  end subroutine fill_comparison

  recursive subroutine copy_stage_comparisons(start, count, stages)
    type(c_ptr), intent(in) :: start
    integer(c_int64_t), intent(in) :: count
    type(qube_stage_comparison), allocatable, intent(out) :: stages(:)
    type(c_stage_comparison), pointer :: found(:)
    integer :: i

    call c_f_pointer(start, found, [count])
    allocate (stages(count))
    do i = 1, int(count)
      call get_string(found(i)%name, stages(i)%name)
      stages(i)%end = figure(found(i)%end)
      stages(i)%peak = figure(found(i)%peak)
    end do
  end subroutine copy_stage_comparisons

  recursive subroutine open_comparison(comparison, handle, wrong)
    type(qube_comparison_view), intent(in), target :: comparison
    type(c_ptr), intent(out) :: handle
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: c_budget, c_request, grid
    type(c_ptr), allocatable, target :: pointers(:), documents(:)
    type(c_job), target :: numbers
    integer(c_int64_t) :: count

    handle = c_null_ptr
    c_request = c_null_ptr
    call point_to(comparison%measured, 'what was measured', pointers, wrong)
    call open_budget(comparison%run, c_budget, wrong)
    count = comparison%measured%count
    grid = c_null_ptr
    if (comparison%has_grid) grid = c_loc(comparison%grid)
    if (comparison%against_request) then
      numbers = comparison%job
      call attach(numbers, comparison%calibration, documents, wrong)
      if (wrong%status == qube_ok) call note(c_budget_request(c_budget, c_loc(numbers), &
        c_request), wrong)
      if (wrong%status == qube_ok) call note(c_request_compare(c_request, pointers, count, &
        handle), wrong)
      call c_request_free(c_request)
    else if (comparison%is_one) then
      if (wrong%status == qube_ok) call note(c_budget_compare(c_budget, pointers(1), handle), wrong)
    else
      if (wrong%status == qube_ok) call note(c_budget_compare_ranks(c_budget, grid, pointers, &
        count, handle), wrong)
    end if
    call c_budget_free(c_budget)
  end subroutine open_comparison

  pure recursive function figure(c) result(f)
    type(c_figure), intent(in) :: c
    type(qube_figure) :: f

    f = qube_figure(c%predicted_bytes, c%requested_bytes, c%measured_bytes, &
      c%above_baseline_bytes, c%difference_bytes, c%difference_percent)
  end function figure

  ! --- Meters -----------------------------------------------------------------------------------

  recursive subroutine start_meter(self, rank)
    class(qube_meter), intent(inout) :: self
    integer, intent(in), optional :: rank
    type(c_words) :: empty

    self%rank = -1
    if (present(rank)) self%rank = rank
    self%n_readings = 0
    self%names = empty
    call mark(self, 0)
  end subroutine start_meter

  recursive subroutine mark_stage(self, name)
    class(qube_meter), intent(inout) :: self
    character(len=*), intent(in) :: name

    if (self%n_readings == 0) call self%start()
    call self%names%add(trim(name))
    call mark(self, self%names%count)
  end subroutine mark_stage

  recursive subroutine end_meter(self)
    class(qube_meter), intent(inout) :: self

    if (self%n_readings == 0) call self%start()
    call mark(self, 0)
  end subroutine end_meter

  !> Reads the process. `qube_meter_record` reports the errors of a border.
  recursive subroutine mark(meter, word)
    class(qube_meter), intent(inout) :: meter
    integer, intent(in) :: word
    type(c_reading), allocatable :: readings(:)
    integer, allocatable :: words(:)
    integer(c_int32_t) :: status
    integer :: n

    if (.not. allocated(meter%words)) allocate (meter%words(64), meter%readings(64))
    n = meter%n_readings
    if (n == size(meter%words)) then
      allocate (words(2*n), readings(2*n))
      words(:n) = meter%words
      readings(:n) = meter%readings
      call move_alloc(words, meter%words)
      call move_alloc(readings, meter%readings)
    end if
    meter%n_readings = n + 1
    meter%words(n + 1) = word
    status = c_meter_read(meter%readings(n + 1))
    if (status /= qube_ok) meter%readings(n + 1) = c_reading(resident_bytes=-1, peak_bytes=-1)
  end subroutine mark

  !> The record of a meter. With a reduction, the record of all ranks, each of which calls it after
  !! the same stages: of every figure the largest, the least, the sum, and the fullest rank. Errors:
  !! `qube_err_label` (the name of a stage), `qube_err_too_large` (more than 4096 stages),
  !! `qube_err_document` (a stage ended that had not begun; the ranks marked different stages),
  !! `qube_err_input` (a reduction of a meter without a rank), `qube_err_callback`.
  recursive subroutine qube_meter_record(meter, record, reduction, stat, errmsg)
    type(qube_meter), intent(in) :: meter
    type(qube_record_view), intent(out) :: record
    class(qube_reduction), intent(inout), optional, target :: reduction
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: handle, document
    type(c_ptr), allocatable :: names(:), stages(:)
    type(c_reading), allocatable, target :: readings(:)
    type(reduction_box), target :: box
    type(c_words), target :: words
    integer :: i

    handle = c_null_ptr
    document = c_null_ptr
    words = meter%names
    call check_abi(wrong)
    call point_to(words, 'the name of a stage', names, wrong)
    allocate (stages(max(meter%n_readings, 1)), readings(max(meter%n_readings, 1)))
    stages = c_null_ptr
    do i = 1, meter%n_readings
      if (meter%words(i) > 0) stages(i) = names(meter%words(i))
      readings(i) = meter%readings(i)
    end do
    if (wrong%status == qube_ok) call note(c_meter_of_readings(meter%rank, stages, &
      c_loc(readings), int(meter%n_readings, c_int64_t), handle), wrong)
    if (present(reduction)) then
      box%callback => reduction
      if (wrong%status == qube_ok) call note(c_meter_reduce(handle, c_funloc(reduce_ranks), &
        c_loc(box)), wrong)
    end if
    if (wrong%status == qube_ok) call copy_record(handle, record, wrong)
    if (wrong%status == qube_ok) call note(c_meter_render(handle, int(qube_format_json, &
      c_int32_t), document), wrong)
    call take_text(document, record%document)
    call c_meter_free(handle)
    if (wrong%status /= qube_ok) record = qube_record_view()
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_meter_record

  recursive subroutine copy_record(handle, record, wrong)
    type(c_ptr), intent(in) :: handle
    type(qube_record_view), intent(inout) :: record
    type(failure), intent(inout) :: wrong
    type(c_meter_view) :: view
    type(c_measured_stage), pointer :: stages(:)
    integer :: i

    view%struct_size = c_sizeof(view)
    call note(c_meter_get(handle, view), wrong)
    if (wrong%status /= qube_ok) return
    call c_f_pointer(view%stages, stages, [view%n_stages])
    allocate (record%stages(view%n_stages))
    do i = 1, int(view%n_stages)
      call get_string(stages(i)%name, record%stages(i)%name)
      record%stages(i)%entry = measured_figure(stages(i)%entry)
      record%stages(i)%end = measured_figure(stages(i)%end)
      record%stages(i)%peak = measured_figure(stages(i)%peak)
    end do
    record%baseline_bytes = view%baseline_bytes
    record%lifetime_peak = measured_figure(view%lifetime_peak)
    record%cgroup_peak_bytes = view%cgroup_peak_bytes
    record%n_ranks = view%n_ranks
    call copy_labels(view%notes, view%n_notes, record%notes)
  end subroutine copy_record

  pure recursive function measured_figure(c) result(f)
    type(c_measured_figure), intent(in) :: c
    type(qube_measured_figure) :: f

    f = qube_measured_figure(c%bytes, c%least_bytes, c%sum_bytes, c%fullest_rank)
  end function measured_figure

  recursive subroutine path_by_time_int64(n_pix, n_modes, n_bins, path, stat, errmsg)
    integer(int64), intent(in) :: n_pix, n_modes, n_bins
    integer, intent(out) :: path
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_path(n_pix, n_modes, n_bins, path, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine path_by_time_int64

  recursive subroutine path_by_time_int32(n_pix, n_modes, n_bins, path, stat, errmsg)
    integer(int32), intent(in) :: n_pix, n_modes, n_bins
    integer, intent(out) :: path
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_path(int(n_pix, int64), int(n_modes, int64), int(n_bins, int64), path, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine path_by_time_int32

  recursive subroutine find_path(n_pix, n_modes, n_bins, path, wrong)
    integer(int64), intent(in) :: n_pix, n_modes, n_bins
    integer, intent(out) :: path
    type(failure), intent(inout) :: wrong
    integer(c_int32_t) :: found

    found = 0
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_path_by_time(n_pix, n_modes, n_bins, found), wrong)
    path = int(found)
  end subroutine find_path

  ! --- Spaces, networks and policies: what programs fill in -------------------------------------

  recursive subroutine add_space_int64(self, space, extent, power_means)
    class(qube_spaces), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int64), intent(in) :: extent
    real(real64), intent(in), optional :: power_means(:)

    if (.not. allocated(self%extents)) allocate (self%extents(0), self%means_end(0), self%means(0))
    call self%names%add(space)
    self%extents = [self%extents, extent]
    if (present(power_means)) self%means = [self%means, power_means]
    self%means_end = [self%means_end, size(self%means)]
  end subroutine add_space_int64

  recursive subroutine add_space_int32(self, space, extent, power_means)
    class(qube_spaces), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int32), intent(in) :: extent
    real(real64), intent(in), optional :: power_means(:)

    call self%add_int64(space, int(extent, int64), power_means)
  end subroutine add_space_int32

  recursive subroutine add_index_int64(self, label, extent, space, protos, power_means)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int64), intent(in) :: extent
    character(len=*), intent(in), optional :: space, protos
    real(real64), intent(in), optional :: power_means(:)
    type(network_entry) :: entry

    entry%kind = an_index
    entry%extent = extent
    entry%begin = self%words%count
    entry%has_space = present(space)
    call self%words%add(label)
    if (present(space)) call self%words%add(space)
    if (present(protos)) call self%words%add_list(protos)
    entry%end = self%words%count
    if (present(power_means)) then
      if (.not. allocated(self%means)) allocate (self%means(0))
      entry%means_begin = size(self%means)
      self%means = [self%means, power_means]
      entry%means_end = size(self%means)
    end if
    call add_entry(self, entry)
  end subroutine add_index_int64

  recursive subroutine add_index_int32(self, label, extent, space, protos, power_means)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int32), intent(in) :: extent
    character(len=*), intent(in), optional :: space, protos
    real(real64), intent(in), optional :: power_means(:)

    call self%add_index_int64(label, int(extent, int64), space, protos, power_means)
  end subroutine add_index_int32

  recursive subroutine add_tensor(self, label, indices)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: label, indices
    type(network_entry) :: entry

    entry%kind = a_tensor
    entry%begin = self%words%count
    call self%words%add(label)
    call self%words%add_list(indices)
    entry%end = self%words%count
    call add_entry(self, entry)
  end subroutine add_tensor

  recursive subroutine set_targets(self, labels)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: labels
    type(network_entry) :: entry

    entry%kind = the_targets
    entry%begin = self%words%count
    call self%words%add_list(labels)
    entry%end = self%words%count
    call add_entry(self, entry)
  end subroutine set_targets

  recursive subroutine add_entry(network, entry)
    class(qube_network), intent(inout) :: network
    type(network_entry), intent(in) :: entry
    type(network_entry), allocatable :: longer(:)

    if (.not. allocated(network%entries)) allocate (network%entries(16))
    if (network%n_entries == size(network%entries)) then
      allocate (longer(2 * network%n_entries))
      longer(1:network%n_entries) = network%entries
      call move_alloc(longer, network%entries)
    end if
    network%n_entries = network%n_entries + 1
    network%entries(network%n_entries) = entry
  end subroutine add_entry

  recursive subroutine add_index_rule_int64(self, target, label, space, tile, role)
    class(qube_policy), intent(inout) :: self
    integer(int64), intent(in) :: target
    character(len=*), intent(in), optional :: label, space
    integer(int64), intent(in), optional :: tile
    integer, intent(in), optional :: role
    type(policy_rule) :: rule

    ! The library refuses a rule on both or on none: on_index has no word then.
    rule%kind = on_index
    if (present(space) .and. .not. present(label)) rule%kind = on_space
    if (present(space) .neqv. present(label)) then
      if (present(label)) call self%words%add(label)
      if (present(space)) call self%words%add(space)
      rule%word = self%words%count
    end if
    rule%target = target
    if (present(tile)) rule%tile = tile
    if (present(role)) rule%role = role
    call add_rule(self, rule)
  end subroutine add_index_rule_int64

  recursive subroutine add_index_rule_int32(self, target, label, space, tile, role)
    class(qube_policy), intent(inout) :: self
    integer(int32), intent(in) :: target
    character(len=*), intent(in), optional :: label, space
    integer(int32), intent(in), optional :: tile
    integer, intent(in), optional :: role
    integer(int64) :: wide

    wide = 0
    if (present(tile)) wide = tile
    call self%add_index_rule_int64(int(target, int64), label, space, wide, role)
  end subroutine add_index_rule_int32

  recursive subroutine add_tensor_rule(self, label, tensor, is_volatile)
    class(qube_policy), intent(inout) :: self
    character(len=*), intent(in), optional :: label
    integer, intent(in), optional :: tensor
    logical, intent(in), optional :: is_volatile
    type(policy_rule) :: rule

    rule%kind = on_tensor
    if (present(label)) then
      call self%words%add(label)
      rule%word = self%words%count
      rule%kind = on_label
    end if
    if (present(tensor)) rule%tensor = tensor
    if (present(label) .and. present(tensor)) rule%kind = 0
    if (present(is_volatile)) rule%is_volatile = is_volatile
    call add_rule(self, rule)
  end subroutine add_tensor_rule

  recursive subroutine add_policy_json(self, text)
    class(qube_policy), intent(inout) :: self
    character(len=*), intent(in) :: text
    type(policy_rule) :: rule

    call self%words%add(text)
    rule%kind = a_document
    rule%word = self%words%count
    call add_rule(self, rule)
  end subroutine add_policy_json

  recursive subroutine add_rule(policy, rule)
    class(qube_policy), intent(inout) :: policy
    type(policy_rule), intent(in) :: rule
    type(policy_rule), allocatable :: longer(:)

    if (.not. allocated(policy%rules)) allocate (policy%rules(8))
    if (policy%n_rules == size(policy%rules)) then
      allocate (longer(2 * policy%n_rules))
      longer(1:policy%n_rules) = policy%rules
      call move_alloc(longer, policy%rules)
    end if
    policy%n_rules = policy%n_rules + 1
    policy%rules(policy%n_rules) = rule
  end subroutine add_rule

  recursive subroutine power_means_int64(domains, means, stat, errmsg)
    integer(int64), intent(in) :: domains(:)
    real(real64), intent(out) :: means(:)
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_means(domains, means, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine power_means_int64

  recursive subroutine power_means_int32(domains, means, stat, errmsg)
    integer(int32), intent(in) :: domains(:)
    real(real64), intent(out) :: means(:)
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_means(int(domains, int64), means, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine power_means_int32

  recursive subroutine find_means(domains, means, wrong)
    integer(int64), intent(in) :: domains(:)
    real(real64), intent(out) :: means(:)
    type(failure), intent(inout) :: wrong

    means = 0
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_power_means(domains, &
      size(domains, kind=c_int64_t), means, size(means, kind=c_int64_t)), wrong)
  end subroutine find_means

  ! --- The library's networks, policies and options ---------------------------------------------

  !> Makes the library's network and, where they are given, its policy and options.
  recursive subroutine open_call(call, network, wrong, policy, options)
    type(call_of_library), intent(inout), target :: call
    type(qube_network), intent(in), target :: network
    type(failure), intent(inout) :: wrong
    type(qube_policy), intent(in), optional :: policy
    type(qube_options), intent(in), optional :: options
    type(c_words), target :: text

    call check_abi(wrong)
    if (wrong%status /= qube_ok) return
    if (allocated(network%json)) then
      call check_forms(network, wrong)
      call text%add(network%json)
      call check_words(text, 'the JSON document', wrong)
      if (wrong%status == qube_ok) call note(c_network_from_json(address(text, 1), call%network, &
        call%policy), wrong)
    else
      call make_network(network, call%network, wrong)
    end if
    if (present(policy)) call open_policy(policy, call, wrong)
    if (present(policy)) call check_tensor_rules(policy, call%network, wrong)
    if (present(options)) call write_options(options, call)
  end subroutine open_call

  recursive subroutine close_call(call)
    type(call_of_library), intent(inout) :: call

    call c_policy_free(call%policy)
    call c_network_free(call%network)
  end subroutine close_call

  recursive subroutine write_options(options, call)
    type(qube_options), intent(in) :: options
    type(call_of_library), intent(inout), target :: call

    call%numbers = c_options(struct_size=c_sizeof(call%numbers), &
      volatile_weight=options%volatile_weight, footprint_weight=options%footprint_weight, &
      peak_flops_tolerance=options%peak_flops_tolerance, &
      machine_balance=options%machine_balance, fast_mem_elems=options%fast_mem_elems, &
      block_tiles=options%block_tiles, block_prefactor=options%block_prefactor, &
      bytes_per_element=options%bytes_per_element, max_states=options%max_states, &
      max_seconds=options%max_seconds, max_bytes=options%max_bytes, &
      objective=code(options%objective), &
      prune_outer_products=truth(options%prune_outer_products), &
      use_inner_pow=truth(options%use_inner_pow), subnet_cse=truth(options%subnet_cse), &
      frontier=truth(options%frontier), require_optimal=truth(options%require_optimal))
    if (associated(options%progress)) then
      call%progress%callback => options%progress
      call%numbers%progress = c_funloc(report_progress)
      call%numbers%progress_user = c_loc(call%progress)
    end if
    call%options = c_loc(call%numbers)
  end subroutine write_options

  !> Refuses a network in more than one form.
  recursive subroutine check_forms(network, wrong)
    type(qube_network), intent(in) :: network
    type(failure), intent(inout) :: wrong
    character(len=:), allocatable :: forms
    logical :: by_hand

    by_hand = network%n_entries > 0
    forms = ''
    if (allocated(network%term)) forms = forms//' and as term'
    if (allocated(network%einsum)) forms = forms//' and as einsum'
    if (allocated(network%json)) forms = forms//' and as json'
    if (by_hand) forms = forms//' and as indices, tensors and targets'
    if (count([allocated(network%term), allocated(network%einsum), allocated(network%json), &
      by_hand]) > 1) then
      call fail(qube_err_conflict, &
        'the network is given'//forms(5:)//'; give one of these', wrong)
    else if (.not. (allocated(network%term) .or. allocated(network%einsum)) .and. &
      (network%spaces%names%count > 0 .or. associated(network%spaces%inner_pow))) then
      call fail(qube_err_conflict, &
        'the network has spaces; give term or einsum with them', wrong)
    else if (associated(network%inner_pow) .and. .not. by_hand) then
      call fail(qube_err_conflict, 'the network has an inner_pow, but is not given as indices '// &
        'and tensors; set the inner_pow of its spaces', wrong)
    end if
  end subroutine check_forms

  !> The library's network of all forms but JSON; NULL after a failure.
  recursive subroutine make_network(network, c_network, wrong)
    type(qube_network), intent(in), target :: network
    type(c_ptr), intent(inout) :: c_network
    type(failure), intent(inout) :: wrong
    type(c_words), target :: text
    type(c_ptr) :: c_spaces
    type(inner_pow_box), target :: box

    call check_forms(network, wrong)
    if (wrong%status /= qube_ok) return
    if (.not. (allocated(network%term) .or. allocated(network%einsum))) then
      call build_network(network, c_network, wrong)
      return
    end if
    box%callback => network%spaces%inner_pow
    call make_spaces(network%spaces, box, c_spaces, wrong)
    if (allocated(network%term)) then
      call text%add(network%term)
    else
      call text%add(network%einsum)
    end if
    call check_words(text, 'the text of the network', wrong)
    if (wrong%status == qube_ok) then
      if (allocated(network%term)) then
        call note(c_network_parse(address(text, 1), c_spaces, c_network), wrong)
      else
        call note(c_network_einsum(address(text, 1), c_spaces, c_network), wrong)
      end if
    end if
    call c_spaces_free(c_spaces)
  end subroutine make_network

  recursive subroutine make_spaces(spaces, box, c_spaces, wrong)
    type(qube_spaces), intent(in), target :: spaces
    type(inner_pow_box), intent(in), target :: box
    type(c_ptr), intent(out) :: c_spaces
    type(failure), intent(inout) :: wrong
    integer :: i, begin

    c_spaces = c_null_ptr
    call check_words(spaces%names, 'the name of a space', wrong)
    if (wrong%status == qube_ok) call note(c_spaces_create(c_spaces), wrong)
    begin = 0
    do i = 1, spaces%names%count
      if (wrong%status /= qube_ok) return
      call note(c_spaces_add(c_spaces, address(spaces%names, i), spaces%extents(i), &
        spaces%means(begin + 1:spaces%means_end(i)), &
        int(spaces%means_end(i) - begin, c_int64_t)), wrong)
      begin = spaces%means_end(i)
    end do
    if (associated(box%callback) .and. wrong%status == qube_ok) &
      call note(c_spaces_set_inner_pow_callback(c_spaces, c_funloc(ask_inner_pow), c_loc(box), &
      c_null_funptr), wrong)
  end subroutine make_spaces

  !> A network from indices, tensors and targets.
  recursive subroutine build_network(network, c_network, wrong)
    type(qube_network), intent(in), target :: network
    type(c_ptr), intent(inout) :: c_network
    type(failure), intent(inout) :: wrong
    type(c_ptr), allocatable :: words(:)
    type(c_ptr) :: builder, space
    type(inner_pow_box), target :: box
    real(c_double) :: no_means(0)
    integer :: i, begin

    call check_words(network%words, 'a label of the network', wrong)
    if (wrong%status /= qube_ok) return
    allocate (words(network%words%count))
    do i = 1, network%words%count
      words(i) = address(network%words, i)
    end do
    call note(c_network_builder_create(builder), wrong)
    do i = 1, network%n_entries
      if (wrong%status /= qube_ok) exit
      associate (entry => network%entries(i))
        begin = entry%begin + 2
        select case (entry%kind)
        case (an_index)
          space = c_null_ptr
          if (entry%has_space) then
            space = words(begin)
            begin = begin + 1
          end if
          if (begin > entry%end .and. entry%means_end == entry%means_begin) then
            call note(c_network_builder_add_index(builder, words(entry%begin + 1), space, &
              entry%extent), wrong)
          else if (entry%means_end > entry%means_begin) then
            call note(c_network_builder_add_composite(builder, words(entry%begin + 1), space, &
              entry%extent, words(begin:entry%end), int(entry%end - begin + 1, c_int64_t), &
              network%means(entry%means_begin + 1:entry%means_end), &
              int(entry%means_end - entry%means_begin, c_int64_t)), wrong)
          else
            call note(c_network_builder_add_composite(builder, words(entry%begin + 1), space, &
              entry%extent, words(begin:entry%end), int(entry%end - begin + 1, c_int64_t), &
              no_means, 0_c_int64_t), wrong)
          end if
        case (a_tensor)
          call note(c_network_builder_add_tensor(builder, words(entry%begin + 1), &
            words(begin:entry%end), int(entry%end - begin + 1, c_int64_t)), wrong)
        case default
          call note(c_network_builder_set_targets(builder, words(entry%begin + 1:entry%end), &
            int(entry%end - entry%begin, c_int64_t)), wrong)
        end select
      end associate
    end do
    if (associated(network%inner_pow) .and. wrong%status == qube_ok) then
      box%callback => network%inner_pow
      call note(c_network_builder_set_inner_pow_callback(builder, c_funloc(ask_inner_pow), &
        c_loc(box), c_null_funptr), wrong)
    end if
    if (wrong%status == qube_ok) call note(c_network_builder_build(builder, c_network), wrong)
    call c_network_builder_free(builder)
  end subroutine build_network

  !> Adds a policy to that of a call, and makes that first if there is none.
  recursive subroutine open_policy(policy, call, wrong)
    type(qube_policy), intent(in), target :: policy
    type(call_of_library), intent(inout), target :: call
    type(failure), intent(inout) :: wrong
    type(c_policy_settings), target :: settings
    logical :: has_documents, has_settings
    integer :: i

    call check_words(policy%words, 'a text of the policy', wrong)
    if (wrong%status /= qube_ok) return
    has_documents = c_associated(call%policy)
    if (.not. has_documents) call note(c_policy_create(call%policy), wrong)
    ! The bits of the factor: comparing a NaN would raise a flag.
    has_settings = transfer(policy%accumulation_factor, 0_int64) /= 0 .or. &
      policy%peak_threshold /= 0 .or. policy%persistent_only
    if (has_settings .or. associated(policy%batchable) .or. &
      associated(policy%is_volatile)) then
      settings%struct_size = c_sizeof(settings)
      settings%accumulation_factor = policy%accumulation_factor
      settings%peak_threshold = policy%peak_threshold
      settings%persistent_only = truth(policy%persistent_only)
      if (associated(policy%batchable)) then
        call%batchable%callback => policy%batchable
        settings%batchable = c_funloc(ask_batchable)
        settings%batchable_user = c_loc(call%batchable)
      end if
      if (associated(policy%is_volatile)) then
        call%is_volatile%callback => policy%is_volatile
        settings%is_volatile = c_funloc(ask_volatile)
        settings%volatile_user = c_loc(call%is_volatile)
      end if
      if (wrong%status == qube_ok) call note(c_policy_set(call%policy, c_loc(settings)), wrong)
    end if
    do i = 1, policy%n_rules
      if (wrong%status /= qube_ok) return
      call open_rule(policy, policy%rules(i), call%policy, wrong)
      has_documents = has_documents .or. policy%rules(i)%kind == a_document
    end do
    if (has_settings .and. has_documents) call repeat_settings(policy, call%policy, wrong)
  end subroutine open_policy

  recursive subroutine open_rule(policy, rule, c_policy, wrong)
    type(qube_policy), intent(in), target :: policy
    type(policy_rule), intent(in) :: rule
    type(c_ptr), intent(in) :: c_policy
    type(failure), intent(inout) :: wrong
    type(c_index_rule), target :: on_indices
    type(c_tensor_rule), target :: on_tensors
    type(c_ptr) :: word

    word = c_null_ptr
    if (rule%word > 0) word = address(policy%words, rule%word)
    select case (rule%kind)
    case (on_index, on_space)
      on_indices%struct_size = c_sizeof(on_indices)
      if (rule%kind == on_index) on_indices%label = word
      if (rule%kind == on_space) on_indices%space = word
      on_indices%target = rule%target
      on_indices%tile = rule%tile
      on_indices%role = code(rule%role)
      if (.not. c_associated(word)) call fail(qube_err_option, 'a rule on indices has a label '// &
        'and a space, or neither; give one of them', wrong)
      if (wrong%status == qube_ok) call note(c_policy_add_index_rule(c_policy, &
        c_loc(on_indices)), wrong)
    case (a_document)
      call note(c_policy_add_json(c_policy, word), wrong)
    case (on_label, on_tensor)
      on_tensors%struct_size = c_sizeof(on_tensors)
      on_tensors%label = word
      on_tensors%tensor = rule%tensor - 1
      if (rule%kind == on_label) on_tensors%tensor = -1
      on_tensors%is_volatile = truth(rule%is_volatile)
      if (rule%kind == on_tensor .and. rule%tensor < 1) call fail(qube_err_position, &
        'a rule is on tensor '//trim(decimal(rule%tensor))//'; give 1 or more', wrong)
      if (wrong%status == qube_ok) call note(c_policy_add_tensor_rule(c_policy, &
        c_loc(on_tensors)), wrong)
    case default
      call fail(qube_err_option, &
        'a rule on tensors has a label and a number; give one of them', wrong)
    end select
  end subroutine open_rule

  !> Repeats settings that are not the defaults after documents, which set all of them.
  recursive subroutine repeat_settings(policy, c_policy, wrong)
    type(qube_policy), intent(in) :: policy
    type(c_ptr), intent(in) :: c_policy
    type(failure), intent(inout) :: wrong
    type(c_words), target :: text
    character(len=:), allocatable :: document
    character(len=32) :: factor

    document = '{"schema":"qube-policy/1"'
    if (policy%persistent_only) document = document//',"persistent_only":true'
    if (transfer(policy%accumulation_factor, 0_int64) /= 0) then
      write (factor, '(es32.16e3)') policy%accumulation_factor
      document = document//',"accumulation_factor":'//trim(adjustl(factor))
    end if
    if (policy%peak_threshold /= 0) document = document//',"peak_threshold":'// &
      trim(decimal(policy%peak_threshold))
    call text%add(document//'}')
    call note(c_policy_add_json(c_policy, address(text, 1)), wrong)
  end subroutine repeat_settings

  !> Checks tensor numbers here, because the library's message counts from 0.
  recursive subroutine check_tensor_rules(policy, c_network, wrong)
    type(qube_policy), intent(in) :: policy
    type(c_ptr), intent(in) :: c_network
    type(failure), intent(inout) :: wrong
    type(c_network_view) :: view
    integer :: i

    if (wrong%status /= qube_ok .or. policy%n_rules == 0) return
    if (all(policy%rules(1:policy%n_rules)%kind /= on_tensor)) return
    view%struct_size = c_sizeof(view)
    call note(c_network_get(c_network, view), wrong)
    do i = 1, policy%n_rules
      if (policy%rules(i)%kind == on_tensor .and. policy%rules(i)%tensor > view%n_tensors) &
        call fail(qube_err_position, 'a rule is on tensor '// &
        trim(decimal(policy%rules(i)%tensor))//'; give 1 to '// &
        trim(decimal(view%n_tensors)), wrong)
    end do
  end subroutine check_tensor_rules

  !> The contents of a network. Errors: those of the network, `qube_err_conflict` (more than
  !! one form), `qube_err_parse`, `qube_err_extent`, `qube_err_unknown_index`,
  !! `qube_err_unknown_space`, `qube_err_duplicate`, `qube_err_no_tensors`, `qube_err_power_mean`,
  !! `qube_err_document`, `qube_err_label`, `qube_err_callback`.
  recursive subroutine qube_network_get(network, view, stat, errmsg)
    type(qube_network), intent(in) :: network
    type(qube_network_view), intent(out) :: view
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(c_network_view) :: c
    type(c_index), pointer :: indices(:)
    type(c_tensor), pointer :: tensors(:)
    real(c_double), pointer :: means(:)
    integer :: i

    call open_call(call, network, wrong)
    c%struct_size = c_sizeof(c)
    if (wrong%status == qube_ok) call note(c_network_get(call%network, c), wrong)
    if (wrong%status == qube_ok) then
      call copy_numbers(c%targets, c%n_targets, view%targets)
      view%bytes_per_element = c%bytes_per_element
      call c_f_pointer(c%indices, indices, [c%n_indices])
      allocate (view%indices(c%n_indices))
      do i = 1, int(c%n_indices)
        call get_string(indices(i)%label, view%indices(i)%label)
        call get_string(indices(i)%space, view%indices(i)%space)
        view%indices(i)%extent = indices(i)%extent
        call copy_numbers(indices(i)%protos, indices(i)%n_protos, view%indices(i)%protos)
        call c_f_pointer(indices(i)%power_means, means, [indices(i)%n_power_means])
        allocate (view%indices(i)%power_means(indices(i)%n_power_means))
        if (indices(i)%n_power_means > 0) view%indices(i)%power_means = means
        view%indices(i)%role = int(indices(i)%role)
      end do
      call c_f_pointer(c%tensors, tensors, [c%n_tensors])
      allocate (view%tensors(c%n_tensors))
      do i = 1, int(c%n_tensors)
        call get_string(tensors(i)%label, view%tensors(i)%label)
        call copy_numbers(tensors(i)%indices, tensors(i)%n_indices, view%tensors(i)%indices)
      end do
    end if
    call close_call(call)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_network_get

  !> Resolves a policy for one network: the batches of each index for the evaluator, and the
  !! volatile tensors. Callbacks run now, and never again. Errors: those of the network;
  !! `qube_err_target`, `qube_err_option`, `qube_err_label`, `qube_err_document` (rules and
  !! documents of the policy), `qube_err_position` (a tensor past the last one),
  !! `qube_err_callback`.
  recursive subroutine qube_resolve(policy, network, resolved, stat, errmsg)
    type(qube_policy), intent(in) :: policy
    type(qube_network), intent(in) :: network
    type(qube_resolved_policy_view), intent(out) :: resolved
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(c_ptr) :: c_resolved, document
    type(c_resolved_policy_view) :: view
    type(c_network_view) :: names
    type(c_resolved_index), pointer :: indices(:)
    integer(c_int32_t), pointer :: is_volatile(:)
    type(c_index), pointer :: named(:)
    type(c_ptr), allocatable :: labels(:)
    integer :: i

    c_resolved = c_null_ptr
    call open_call(call, network, wrong, policy)
    view%struct_size = c_sizeof(view)
    names%struct_size = c_sizeof(names)
    if (wrong%status == qube_ok) call note(c_policy_resolve(call%policy, call%network, &
      c_resolved), wrong)
    if (wrong%status == qube_ok) call note(c_resolved_policy_get(c_resolved, view), wrong)
    if (wrong%status == qube_ok) call note(c_network_get(call%network, names), wrong)
    if (wrong%status == qube_ok) then
      call c_f_pointer(view%indices, indices, [view%n_indices])
      call c_f_pointer(names%indices, named, [view%n_indices])
      allocate (resolved%indices(view%n_indices), labels(view%n_indices))
      do i = 1, int(view%n_indices)
        associate (c => indices(i))
          resolved%indices(i) = qube_resolved_index(c%target, c%tile, c%batch, c%batches, &
            int(c%role), c%is_batchable /= 0)
        end associate
        labels(i) = named(i)%label
      end do
      call make_labels(labels, resolved%labels)
      call c_f_pointer(view%is_volatile, is_volatile, [view%n_tensors])
      allocate (resolved%is_volatile(view%n_tensors))
      if (view%n_tensors > 0) resolved%is_volatile = is_volatile /= 0
      resolved%accumulation_factor = view%accumulation_factor
      resolved%peak_threshold = view%peak_threshold
      resolved%persistent_only = view%persistent_only /= 0
      if (asks(network, policy)) then
        call note(c_resolved_policy_render(c_resolved, code(qube_format_json), document), wrong)
        call take_text(document, resolved%json)
      else
        allocate (resolved%inputs)
        resolved%inputs%network = network
        resolved%inputs%policy = policy
      end if
    end if
    call c_resolved_policy_free(c_resolved)
    call close_call(call)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_resolve

  ! --- Plans ------------------------------------------------------------------------------------

  !> Finds the best plan of a network: proven best for up to 64 tensors under most objectives, a
  !! good one for up to 4096; `qube_budget.h` says which. At a limit of the options the search
  !! stops with the best plan so far, whose `gap` bounds the distance to the best one. Errors: those
  !! of `qube_network_get` and `qube_resolve`; `qube_err_option`, `qube_err_too_large`,
  !! `qube_err_overflow`; `qube_err_limit`, a limit that leaves no plan, or none with the required
  !! proof; `qube_err_callback`, the same for a report that stops the search.
  recursive subroutine qube_optimize(network, plan, policy, options, stat, errmsg)
    !> The network to contract.
    type(qube_network), intent(in) :: network
    !> The plan.
    type(qube_plan_view), intent(out) :: plan
    !> Batches and volatile tensors; absent: none.
    type(qube_policy), intent(in), optional :: policy
    !> Objective, weights, limits and progress; absent: the defaults.
    type(qube_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(c_ptr) :: c_plan

    c_plan = c_null_ptr
    call open_call(call, network, wrong, policy, options)
    if (wrong%status == qube_ok) call note(c_optimize(call%network, call%policy, call%options, &
      c_plan), wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, plan, wrong)
    if (wrong%status == qube_ok) call keep_inputs(c_plan, plan, network, wrong, policy, options)
    call c_plan_free(c_plan)
    call close_call(call)
    if (wrong%status /= qube_ok) plan = qube_plan_view()
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_optimize

  !> Finds the best plan of a network of at most 16 tensors under the program's own cost model. The
  !! plan has the objective `qube_custom` and the model's value as its cost; its nodes have no cost.
  !! The model runs in the calling thread. A limit that stops the search leaves the best plan under
  !! the model among plans of little work, storage and peak; its lower bound is
  !! `-huge(1.0_real64)`. Errors: those of `qube_optimize`; `qube_err_callback` (the
  !! model cancelled, or gave a cost that is not finite), `qube_err_option` (state_length),
  !! `qube_err_too_large` (the states of all sets take more than 2**27 bytes).
  recursive subroutine qube_optimize_custom(network, model, plan, policy, options, stat, errmsg)
    !> The network to contract.
    type(qube_network), intent(in) :: network
    !> The cost to minimise.
    class(qube_cost_model), intent(inout), target :: model
    !> The plan.
    type(qube_plan_view), intent(out) :: plan
    !> Volatile tensors (no loops open); absent: none.
    type(qube_policy), intent(in), optional :: policy
    !> Absent: the defaults. Objective, weights and roofline are checked but not used.
    type(qube_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(c_cost_model), target :: callbacks
    type(model_box), target :: box
    type(c_ptr) :: c_plan, document

    c_plan = c_null_ptr
    box%model => model
    box%state_length = model%state_length
    if (box%state_length < 1 .or. box%state_length > 512) call fail(qube_err_option, &
      'state_length is '//trim(decimal(int(box%state_length, int64)))//'; give 1 to 512', wrong)
    callbacks%struct_size = c_sizeof(callbacks)
    callbacks%state_size = int(box%state_length, c_int64_t) * (storage_size(0.0_real64) / 8)
    callbacks%user = c_loc(box)
    callbacks%leaf = c_funloc(ask_leaf)
    callbacks%combine = c_funloc(ask_combine)
    callbacks%compare = c_funloc(ask_compare)
    callbacks%value = c_funloc(ask_value)
    call open_call(call, network, wrong, policy, options)
    if (wrong%status == qube_ok) call note(c_optimize_custom(call%network, call%policy, &
      call%options, c_loc(callbacks), c_plan), wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, plan, wrong)
    if (wrong%status == qube_ok) then
      call note(c_plan_render(c_plan, code(qube_format_json), document), wrong)
      call take_text(document, plan%json)
    end if
    call c_plan_free(c_plan)
    call close_call(call)
    if (wrong%status /= qube_ok) plan = qube_plan_view()
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_optimize_custom

  !> Plans many terms with one policy and one set of options. A term that fails does not end the
  !! call: its status says why. Errors: those of the networks and of the policy;
  !! `qube_err_option`, `qube_err_input` (num_threads), `qube_err_system` (threads that do not
  !! start), `qube_err_conflict` (a network given as JSON, which has a policy of its own),
  !! `qube_err_callback` (ended by progress).
  recursive subroutine qube_optimize_many(networks, plans, policy, options, num_threads, stat, &
    errmsg)
    !> The terms.
    type(qube_network), intent(in) :: networks(:)
    !> Their plans, in the same order.
    type(qube_plans_view), intent(out) :: plans
    !> Batches and volatile tensors; absent: none.
    type(qube_policy), intent(in), optional :: policy
    !> Objective, weights, limits and progress; absent: the defaults.
    type(qube_options), intent(in), optional :: options
    !> Threads that compute, 1 to 1024; absent or 1: the calling thread alone. The call starts and
    !! ends the others. The answer does not depend on it.
    integer, intent(in), optional :: num_threads
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(c_ptr) :: c_networks(size(networks)), c_plans
    integer(c_int64_t) :: threads
    integer :: i

    c_networks = c_null_ptr
    c_plans = c_null_ptr
    threads = 1
    if (present(num_threads)) threads = num_threads
    call check_abi(wrong)
    do i = 1, size(networks)
      if (allocated(networks(i)%json)) call fail(qube_err_conflict, 'a network is given as '// &
        'json, which has a policy of its own, but one policy is for all; give term, '// &
        'einsum, or indices and tensors', wrong)
      if (wrong%status == qube_ok) call make_network(networks(i), c_networks(i), wrong)
    end do
    if (present(policy)) then
      call open_policy(policy, call, wrong)
      do i = 1, size(networks)
        call check_tensor_rules(policy, c_networks(i), wrong)
      end do
    end if
    if (present(options)) call write_options(options, call)
    if (wrong%status == qube_ok) call note(c_optimize_many(c_networks, &
      size(networks, kind=c_int64_t), call%policy, call%options, threads, c_plans), wrong)
    if (wrong%status == qube_ok) call copy_plans(c_plans, networks, plans, wrong, policy, options)
    call c_plans_free(c_plans)
    call close_call(call)
    do i = 1, size(networks)
      call c_network_free(c_networks(i))
    end do
    if (wrong%status /= qube_ok) plans = qube_plans_view()
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_optimize_many

  recursive subroutine copy_plans(c_plans, networks, plans, wrong, policy, options)
    type(c_ptr), intent(in) :: c_plans
    type(qube_network), intent(in) :: networks(:)
    type(qube_plans_view), intent(inout) :: plans
    type(failure), intent(inout) :: wrong
    type(qube_policy), intent(in), optional :: policy
    type(qube_options), intent(in), optional :: options
    type(c_plans_view) :: view
    type(c_term_plan), pointer :: terms(:)
    type(c_shared), pointer :: shared(:)
    type(c_occurrence), pointer :: occurrences(:)
    integer :: i

    view%struct_size = c_sizeof(view)
    call note(c_plans_get(c_plans, view), wrong)
    if (wrong%status /= qube_ok) return
    plans%cost = view%cost
    plans%flops = view%flops
    plans%peak_elements = view%peak_elements
    plans%peak_term = int(view%peak_term) + 1
    plans%savings = view%savings
    plans%n_failed = int(view%n_failed)
    call c_f_pointer(view%terms, terms, [view%n_terms])
    allocate (plans%terms(view%n_terms))
    do i = 1, int(view%n_terms)
      plans%terms(i)%status = int(terms(i)%status)
      call get_string(terms(i)%message, plans%terms(i)%message)
      if (.not. c_associated(terms(i)%plan)) cycle
      call copy_plan(terms(i)%plan, plans%terms(i)%plan, wrong)
      call keep_inputs(terms(i)%plan, plans%terms(i)%plan, networks(i), wrong, policy, options)
    end do
    call c_f_pointer(view%shared, shared, [view%n_shared])
    allocate (plans%shared(view%n_shared))
    do i = 1, int(view%n_shared)
      plans%shared(i)%savings = shared(i)%savings
      call c_f_pointer(shared(i)%occurrences, occurrences, [shared(i)%n_occurrences])
      allocate (plans%shared(i)%occurrences(shared(i)%n_occurrences))
      plans%shared(i)%occurrences%term = int(occurrences%term) + 1
      plans%shared(i)%occurrences%node = int(occurrences%node) + 1
    end do
  end subroutine copy_plans

  !> A plan from a document that `qube_render` or the command line (qube plan --json) wrote, on this
  !! host or another. It equals the written plan. One rank can plan, and send the text to all
  !! others. Errors: `qube_err_document`, with the reason; `qube_err_parse` (a NUL).
  recursive subroutine qube_plan_from_json(text, plan, stat, errmsg)
    character(len=*), intent(in) :: text
    type(qube_plan_view), intent(out) :: plan
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_plan

    plan%json = text
    call open_plan(plan, c_plan, wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, plan, wrong)
    call c_plan_free(c_plan)
    if (wrong%status /= qube_ok) plan = qube_plan_view()
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_plan_from_json

  !> Recomputes a plan by code that shares nothing with the search, and compares its numbers. It
  !! does not compare claims about other plans (optimality, frontier, lower bound), nor the cost
  !! under the program's own model. Errors: `qube_err_replay`, the plan disagrees; the message says
  !! where; those of `qube_optimize`; `qube_err_document`, an empty plan.
  recursive subroutine qube_verify(plan, network, policy, options, stat, errmsg)
    type(qube_plan_view), intent(in) :: plan
    !> The network of the plan.
    type(qube_network), intent(in) :: network
    !> The policy and options of the plan; absent: as for `qube_optimize`.
    type(qube_policy), intent(in), optional :: policy
    type(qube_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(c_ptr) :: c_plan
    type(qube_plan_view) :: held

    call open_plan(plan, c_plan, wrong)
    call open_call(call, network, wrong, policy, options)
    if (wrong%status == qube_ok) call note(c_plan_verify(c_plan, call%network, call%policy, &
      call%options), wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, held, wrong)
    if (wrong%status == qube_ok) call compare_plans(plan, held, wrong)
    call c_plan_free(c_plan)
    call close_call(call)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_verify

  !> Compares a plan, whose components a program can change, with the verified one.
  recursive subroutine compare_plans(plan, held, wrong)
    type(qube_plan_view), intent(in) :: plan, held
    type(failure), intent(inout) :: wrong
    logical :: same

    same = allocated(plan%sequence) .and. allocated(plan%nodes)
    if (same) same = size(plan%sequence) == size(held%sequence) .and. &
      size(plan%nodes) == size(held%nodes)
    if (same) same = all(plan%sequence == held%sequence) .and. &
      all(equal([plan%cost, plan%flops, plan%peak_elements], &
      [held%cost, held%flops, held%peak_elements])) .and. &
      all(equal(plan%nodes%footprint, held%nodes%footprint)) .and. &
      all(equal(plan%nodes%sliced_footprint, held%nodes%sliced_footprint)) .and. &
      all(equal(plan%nodes%flops, held%nodes%flops)) .and. &
      all(equal(plan%nodes%cost, held%nodes%cost)) .and. &
      all(equal(plan%nodes%live, held%nodes%live))
    if (.not. same) call fail(qube_err_replay, &
      'the plan was changed: its sequence or its numbers are not those that were planned', wrong)
  end subroutine compare_plans

  !> Whether two reals have the same bits; comparing a NaN would raise a flag.
  elemental function equal(a, b) result(answer)
    real(real64), intent(in) :: a, b
    logical :: answer

    answer = transfer(a, 0_int64) == transfer(b, 0_int64)
  end function equal

  !> The order of a plan's contractions with the least peak (Liu 1987, the best order of a given
  !! tree). It may begin one operand before the other is done, which the sequence cannot express. It
  !! is the plan's own order if none has a lower peak. Errors: `qube_err_document`, a plan that
  !! no call made.
  recursive subroutine qube_best_order(plan, order, stat, errmsg)
    type(qube_plan_view), intent(in) :: plan
    type(qube_order_view), intent(out) :: order
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_plan
    type(c_order_view) :: view

    call open_plan(plan, c_plan, wrong)
    view%struct_size = c_sizeof(view)
    if (wrong%status == qube_ok) call note(c_plan_best_order(c_plan, view), wrong)
    if (wrong%status == qube_ok) then
      order%peak_elements = view%peak_elements
      if (view%n_contractions > 0) order%peak_node = int(view%peak_node) + 1
      call copy_numbers(view%contractions, view%n_contractions, order%contractions)
    end if
    call c_plan_free(c_plan)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine qube_best_order

  !> Keeps the source of a plan's documents: its inputs if they make it again soon enough, else its
  !! JSON document.
  recursive subroutine keep_inputs(c_plan, plan, network, wrong, policy, options)
    type(c_ptr), intent(in) :: c_plan
    type(qube_plan_view), intent(inout) :: plan
    type(qube_network), intent(in) :: network
    type(failure), intent(inout) :: wrong
    type(qube_policy), intent(in), optional :: policy
    type(qube_options), intent(in), optional :: options
    !> Seconds of a search from which the document is cheaper than a repetition.
    real(real64), parameter :: long = 0.01_real64
    type(c_ptr) :: document
    logical :: keeps_document

    keeps_document = plan%seconds > long .or. asks(network, policy)
    if (present(options)) keeps_document = keeps_document .or. options%max_seconds > 0 .or. &
      associated(options%progress)
    if (keeps_document) then
      call note(c_plan_render(c_plan, code(qube_format_json), document), wrong)
      call take_text(document, plan%json)
    else
      allocate (plan%inputs)
      plan%inputs%network = network
      if (present(policy)) plan%inputs%policy = policy
      if (present(options)) plan%inputs%options = options
    end if
  end subroutine keep_inputs

  !> Whether a result depends on callbacks.
  pure recursive function asks(network, policy) result(answer)
    type(qube_network), intent(in) :: network
    type(qube_policy), intent(in), optional :: policy
    logical :: answer

    answer = associated(network%inner_pow) .or. associated(network%spaces%inner_pow)
    if (present(policy)) answer = answer .or. associated(policy%batchable) .or. &
      associated(policy%is_volatile)
  end function asks

  !> The library's plan again, to be freed; NULL after a failure.
  recursive subroutine open_plan(plan, c_plan, wrong)
    type(qube_plan_view), intent(in) :: plan
    type(c_ptr), intent(out) :: c_plan
    type(failure), intent(inout) :: wrong
    type(call_of_library), target :: call
    type(c_words), target :: text

    c_plan = c_null_ptr
    call check_abi(wrong)
    if (allocated(plan%json)) then
      call text%add(plan%json)
      call check_words(text, 'the JSON document', wrong)
      if (wrong%status == qube_ok) call note(c_plan_from_json(address(text, 1), c_plan), wrong)
    else if (allocated(plan%inputs)) then
      call open_call(call, plan%inputs%network, wrong, plan%inputs%policy, plan%inputs%options)
      if (wrong%status == qube_ok) call note(c_optimize(call%network, call%policy, call%options, &
        c_plan), wrong)
      call close_call(call)
    else
      call fail(qube_err_document, 'the plan is empty; give one that a call has made', wrong)
    end if
  end subroutine open_plan

  recursive subroutine copy_plan(c_plan, plan, wrong)
    type(c_ptr), intent(in) :: c_plan
    type(qube_plan_view), intent(inout) :: plan
    type(failure), intent(inout) :: wrong
    type(c_plan_view) :: view
    type(c_point), pointer :: points(:)
    type(c_infeasible), pointer :: c

    view%struct_size = c_sizeof(view)
    call note(c_plan_get(c_plan, view), wrong)
    if (wrong%status /= qube_ok) return
    plan%cost = view%cost
    plan%flops = view%flops
    plan%peak_elements = view%peak_elements
    plan%peak_bytes = view%peak_bytes
    plan%lower_bound = view%lower_bound
    plan%gap = view%gap
    plan%seconds = view%seconds
    plan%states = view%states
    plan%pairs = view%pairs
    plan%refused_bytes = view%refused_bytes
    call get_string(view%method, plan%method)
    plan%n_tensors = int(view%n_tensors)
    plan%peak_node = int(view%peak_node) + 1
    plan%bytes_per_element = view%bytes_per_element
    plan%objective = int(view%objective)
    plan%exhaustive = view%exhaustive /= 0
    plan%optimal = view%optimal /= 0
    plan%bounded = int(view%bounded)
    call copy_nodes(view, plan)
    call copy_numbers(view%open, view%n_open, plan%open)
    call copy_numbers(view%sequence, view%n_nodes, plan%sequence)
    where (plan%sequence == 0) plan%sequence = -1 ! what was -1 has become 0
    call copy_labels(view%indices, view%n_indices, plan%indices)
    call copy_labels(view%tensors, view%n_tensors, plan%tensors)
    allocate (plan%frontier(view%n_frontier))
    if (view%n_frontier > 0) then
      call c_f_pointer(view%frontier, points, [view%n_frontier])
      plan%frontier%peak_elements = points%peak_elements
      plan%frontier%cost = points%cost
    end if
    if (c_associated(view%infeasible)) then
      allocate (plan%infeasible)
      call c_f_pointer(view%infeasible, c)
      plan%infeasible%threshold_bytes = c%threshold_bytes
      plan%infeasible%least_peak_elements = c%least_peak_elements
      plan%infeasible%least_peak_bytes = c%least_peak_bytes
      plan%infeasible%finest_peak_elements = c%finest_peak_elements
      plan%infeasible%finest_peak_bytes = c%finest_peak_bytes
      allocate (plan%infeasible%loops(c%n_loops))
      call copy_loops(c%loops, int(c%n_loops), plan%infeasible%loops)
    end if
  end subroutine copy_plan

  recursive subroutine copy_nodes(view, plan)
    type(c_plan_view), intent(in) :: view
    type(qube_plan_view), intent(inout) :: plan
    type(c_node), pointer :: nodes(:)
    integer :: i, n_loops, n_lives, count

    call c_f_pointer(view%nodes, nodes, [view%n_nodes])
    allocate (plan%nodes(view%n_nodes))
    n_loops = 0
    n_lives = 0
    do i = 1, int(view%n_nodes)
      associate (c => nodes(i), f => plan%nodes(i))
        f%footprint = c%footprint
        f%sliced_footprint = c%sliced_footprint
        f%flops = c%flops
        f%cost = c%cost
        f%repetitions = c%repetitions
        f%live_before = c%live_before
        f%live = c%live
        f%live_after = c%live_after
        f%tensor = int(c%tensor) + 1
        f%first = int(c%first) + 1
        f%second = int(c%second) + 1
        f%parent = int(c%parent) + 1
        f%live_from = int(c%live_from) + 1
        f%live_to = int(c%live_to) + 1
        f%shared_with = int(c%shared_with) + 1
        f%open_begin = int(c%open_begin) + 1
        f%open_end = int(c%open_end)
        f%loops_begin = n_loops + 1
        n_loops = n_loops + int(c%n_loops)
        f%loops_end = n_loops
        f%lives_begin = n_lives + 1
        n_lives = n_lives + int(c%n_lives)
        f%lives_end = n_lives
        f%cache = int(c%cache)
        f%is_volatile = c%is_volatile /= 0
        f%is_skipped = c%is_skipped /= 0
      end associate
    end do
    allocate (plan%loops(n_loops), plan%lives(n_lives))
    do i = 1, int(view%n_nodes)
      count = int(nodes(i)%n_loops)
      if (count > 0) call copy_loops(nodes(i)%loops, count, &
        plan%loops(plan%nodes(i)%loops_begin:plan%nodes(i)%loops_end))
      count = int(nodes(i)%n_lives)
      if (count > 0) call copy_lives(nodes(i)%lives, count, &
        plan%lives(plan%nodes(i)%lives_begin:plan%nodes(i)%lives_end))
    end do
  end subroutine copy_nodes

  recursive subroutine copy_lives(start, count, lives)
    type(c_ptr), intent(in) :: start
    integer, intent(in) :: count
    type(qube_life), intent(inout) :: lives(:)
    type(c_life), pointer :: c(:)
    integer :: i

    call c_f_pointer(start, c, [count])
    do i = 1, count
      lives(i) = qube_life(int(c(i)%from) + 1, int(c(i)%to) + 1, c(i)%elements)
    end do
  end subroutine copy_lives

  recursive subroutine copy_loops(start, count, loops)
    type(c_ptr), intent(in) :: start
    integer, intent(in) :: count
    type(qube_loop), intent(inout) :: loops(:)
    type(c_loop), pointer :: c(:)
    integer :: i

    call c_f_pointer(start, c, [count])
    do i = 1, count
      loops(i) = qube_loop(int(c(i)%index) + 1, c(i)%batch, c(i)%batches, int(c(i)%role))
    end do
  end subroutine copy_loops

  pure recursive function live_at(self, node) result(nodes)
    class(qube_plan_view), intent(in) :: self
    integer, intent(in) :: node
    integer :: nodes(count(is_live(self%nodes, node)))
    integer :: i

    nodes = pack([(i, i=1, size(self%nodes))], is_live(self%nodes, node))
  end function live_at

  elemental function is_live(self, node) result(answer)
    type(qube_node), intent(in) :: self
    integer, intent(in) :: node
    logical :: answer

    answer = self%live_from > 0 .and. self%live_from <= node .and. self%live_to >= node
  end function is_live

  pure recursive function nest_of(self, node) result(loops)
    class(qube_plan_view), intent(in) :: self
    integer, intent(in) :: node
    integer :: loops(nest_depth(self, node))
    integer :: above, left, i

    left = size(loops)
    above = self%nodes(node)%parent
    do while (above > 0)
      do i = self%nodes(above)%loops_end, self%nodes(above)%loops_begin, -1
        loops(left) = i
        left = left - 1
      end do
      above = self%nodes(above)%parent
    end do
  end function nest_of

  pure recursive function nest_depth(self, node) result(depth)
    class(qube_plan_view), intent(in) :: self
    integer, intent(in) :: node
    integer :: depth, above

    depth = 0
    above = self%nodes(node)%parent
    do while (above > 0)
      depth = depth + self%nodes(above)%loops_end - self%nodes(above)%loops_begin + 1
      above = self%nodes(above)%parent
    end do
  end function nest_depth

  pure recursive function open_labels(self, node) result(text)
    class(qube_plan_view), intent(in) :: self
    integer, intent(in) :: node
    character(len=open_length(self, node)) :: text
    integer :: i, at

    at = 0
    do i = self%nodes(node)%open_begin, self%nodes(node)%open_end
      if (at > 0) then
        at = at + 1
        text(at:at) = ' '
      end if
      text(at + 1:) = self%indices%label(self%open(i))
      at = at + label_length(self%indices, self%open(i))
    end do
  end function open_labels

  pure recursive function open_length(self, node) result(length)
    class(qube_plan_view), intent(in) :: self
    integer, intent(in) :: node
    integer :: length, i

    length = max(0, self%nodes(node)%open_end - self%nodes(node)%open_begin)
    do i = self%nodes(node)%open_begin, self%nodes(node)%open_end
      length = length + label_length(self%indices, self%open(i))
    end do
  end function open_length

  ! --- Documents --------------------------------------------------------------------------------

  recursive subroutine render_budget(result, format, text, options, stat, errmsg)
    type(qube_budget_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    type(qube_render_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_render_options), target :: numbers
    type(c_ptr) :: handle, document

    document = c_null_ptr
    call write_render_options(numbers, options)
    call open_budget(result%run, handle, wrong)
    if (wrong%status == qube_ok) call note(c_budget_render(handle, code(format), c_loc(numbers), &
      document), wrong)
    call c_budget_free(handle)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_budget

  recursive subroutine render_request(result, format, text, options, stat, errmsg)
    type(qube_request_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    type(qube_render_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_render_options), target :: numbers
    type(c_ptr) :: handle, document

    document = c_null_ptr
    call write_render_options(numbers, options)
    call open_request(result, handle, wrong)
    if (wrong%status == qube_ok) call note(c_request_render(handle, code(format), &
      c_loc(numbers), document), wrong)
    call c_request_free(handle)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_request

  recursive subroutine write_render_options(c, options)
    type(c_render_options), intent(out) :: c
    type(qube_render_options), intent(in), optional :: options

    c%struct_size = c_sizeof(c)
    if (present(options)) c%limit_bytes = options%limit_bytes
  end subroutine write_render_options

  recursive subroutine render_ranks(result, format, text, stat, errmsg)
    type(qube_ranks_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: handle, document

    document = c_null_ptr
    call open_ranks(result, handle, wrong)
    if (wrong%status == qube_ok) call note(c_ranks_render(handle, code(format), document), wrong)
    call c_ranks_free(handle)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_ranks

  recursive subroutine render_fit(result, format, text, stat, errmsg)
    type(qube_fit_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: handle, document

    document = c_null_ptr
    call open_fit(result, handle, wrong)
    if (wrong%status == qube_ok) call note(c_fit_render(handle, code(format), document), wrong)
    call c_fit_free(handle)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_fit

  recursive subroutine render_comparison(result, format, text, stat, errmsg)
    type(qube_comparison_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: handle, document

    document = c_null_ptr
    call open_comparison(result, handle, wrong)
    if (wrong%status == qube_ok) call note(c_comparison_render(handle, code(format), document), &
      wrong)
    call c_comparison_free(handle)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_comparison

  recursive subroutine render_record(result, format, text, stat, errmsg)
    type(qube_record_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    text = ''
    if (format /= qube_format_json) then
      call fail(qube_err_option, 'a record is a document in qube_format_json only', wrong)
    else if (.not. allocated(result%document)) then
      call fail(qube_err_document, 'no call made the record; make it by qube_meter_record', wrong)
    else
      text = result%document
    end if
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_record

  recursive subroutine render_policy(result, format, text, stat, errmsg)
    type(qube_policy), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(c_ptr) :: document

    document = c_null_ptr
    call check_abi(wrong)
    call open_policy(result, call, wrong)
    if (wrong%status == qube_ok) call note(c_policy_render(call%policy, code(format), document), &
      wrong)
    call close_call(call)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_policy

  recursive subroutine render_resolved(result, format, text, stat, errmsg)
    type(qube_resolved_policy_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(call_of_library), target :: call
    type(qube_policy) :: policy
    type(c_ptr) :: handle, document

    handle = c_null_ptr
    document = c_null_ptr
    call check_abi(wrong)
    if (allocated(result%json)) then
      ! Callbacks do not run again: their answers are rules of the document.
      call policy%add_json(result%json)
      call open_policy(policy, call, wrong)
      if (wrong%status == qube_ok) call note(c_policy_render(call%policy, code(format), &
        document), wrong)
    else if (allocated(result%inputs)) then
      call open_call(call, result%inputs%network, wrong, result%inputs%policy)
      if (wrong%status == qube_ok) call note(c_policy_resolve(call%policy, call%network, &
        handle), wrong)
      if (wrong%status == qube_ok) call note(c_resolved_policy_render(handle, code(format), &
        document), wrong)
      call c_resolved_policy_free(handle)
    else
      call fail(qube_err_document, &
        'the resolved policy is empty; give one of qube_resolve', wrong)
    end if
    call close_call(call)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_resolved

  recursive subroutine render_plan(result, format, text, stat, errmsg)
    type(qube_plan_view), intent(in) :: result
    integer, intent(in) :: format
    character(len=:), allocatable, intent(out) :: text
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: handle, document

    document = c_null_ptr
    call open_plan(result, handle, wrong)
    if (wrong%status == qube_ok) call note(c_plan_render(handle, code(format), document), wrong)
    call c_plan_free(handle)
    call take_text(document, text)
    call conclude(wrong, stat)
    if (present(errmsg)) call move_alloc(wrong%message, errmsg)
  end subroutine render_plan

  ! --- Callbacks, without a name outside of this file -------------------------------------------

  recursive function reduce_ranks(user, reduction, start, n_values) result(status) bind(c, name='')
    type(c_ptr), value :: user
    integer(c_int32_t), value :: reduction
    type(c_ptr), value :: start
    integer(c_int64_t), value :: n_values
    integer(c_int32_t) :: status
    type(reduction_box), pointer :: box
    integer(c_int64_t), pointer :: values(:)
    integer :: stat

    call c_f_pointer(user, box)
    call c_f_pointer(start, values, [n_values])
    stat = 0
    call box%callback%allreduce(int(reduction), values, stat)
    status = code(stat)
  end function reduce_ranks

  recursive function report_progress(user, c) result(status) bind(c, name='')
    type(c_ptr), value :: user
    type(c_progress), intent(in) :: c
    integer(c_int32_t) :: status
    type(progress_box), pointer :: box
    type(qube_progress) :: progress
    integer :: stat

    call c_f_pointer(user, box)
    progress = qube_progress(c%states, c%value, c%lower_bound, int(c%terms_done), &
      int(c%n_terms), int(c%bounded))
    stat = 0
    call box%callback%report(progress, stat)
    status = code(stat)
  end function report_progress

  recursive function ask_batchable(user, c_label, c_space, extent, role, is_batchable, &
    batch_target, tile) result(status) bind(c, name='')
    type(c_ptr), value :: user, c_label, c_space
    integer(c_int64_t), value :: extent
    integer(c_int32_t), value :: role
    integer(c_int32_t), intent(inout) :: is_batchable
    integer(c_int64_t), intent(inout) :: batch_target, tile
    integer(c_int32_t) :: status
    type(batchable_box), pointer :: box
    type(qube_index_facts) :: facts
    type(qube_batching) :: batching
    integer :: stat

    call c_f_pointer(user, box)
    call get_string(c_label, facts%label)
    call get_string(c_space, facts%space)
    facts%extent = extent
    facts%role = int(role)
    stat = 0
    call box%callback%answer(facts, batching, stat)
    is_batchable = truth(batching%is_batchable)
    batch_target = batching%target
    tile = batching%tile
    status = code(stat)
  end function ask_batchable

  recursive function ask_volatile(user, c_label, tensor, is_volatile) result(status) &
    bind(c, name='')
    type(c_ptr), value :: user, c_label
    integer(c_int64_t), value :: tensor
    integer(c_int32_t), intent(inout) :: is_volatile
    integer(c_int32_t) :: status
    type(volatile_box), pointer :: box
    character(len=:), allocatable :: label
    logical :: answer
    integer :: stat

    call c_f_pointer(user, box)
    call get_string(c_label, label)
    answer = .false.
    stat = 0
    call box%callback%answer(label, int(tensor) + 1, answer, stat)
    is_volatile = truth(answer)
    status = code(stat)
  end function ask_volatile

  recursive function ask_inner_pow(user, c_label, c_space, extent, k, mean) result(status) &
    bind(c, name='')
    type(c_ptr), value :: user, c_label, c_space
    integer(c_int64_t), value :: extent, k
    real(c_double), intent(inout) :: mean
    integer(c_int32_t) :: status
    type(inner_pow_box), pointer :: box
    type(qube_composite_facts) :: facts
    integer :: stat

    call c_f_pointer(user, box)
    call get_string(c_label, facts%label)
    call get_string(c_space, facts%space)
    facts%extent = extent
    stat = 0
    call box%callback%answer(facts, int(k), mean, stat)
    status = code(stat)
  end function ask_inner_pow

  recursive function ask_leaf(user, c_facts, c_state) result(status) bind(c, name='')
    type(c_ptr), value :: user, c_state
    type(c_leaf_facts), intent(in) :: c_facts
    integer(c_int32_t) :: status
    type(model_box), pointer :: box
    type(qube_leaf_facts) :: facts
    real(real64), pointer :: state(:)
    integer :: stat

    call c_f_pointer(user, box)
    call c_f_pointer(c_state, state, [box%state_length])
    facts = qube_leaf_facts(int(c_facts%tensor) + 1, c_facts%footprint, c_facts%is_volatile /= 0)
    stat = 0
    call box%model%leaf(facts, state, stat)
    status = code(stat)
  end function ask_leaf

  recursive function ask_combine(user, c_facts, c_left, c_right, c_state) result(status) &
    bind(c, name='')
    type(c_ptr), value :: user, c_left, c_right, c_state
    type(c_contraction_facts), intent(in) :: c_facts
    integer(c_int32_t) :: status
    type(model_box), pointer :: box
    type(qube_contraction_facts) :: facts
    real(real64), pointer :: left(:), right(:), state(:)
    integer :: stat

    call c_f_pointer(user, box)
    call c_f_pointer(c_left, left, [box%state_length])
    call c_f_pointer(c_right, right, [box%state_length])
    call c_f_pointer(c_state, state, [box%state_length])
    facts = qube_contraction_facts(c_facts%left_tensors, c_facts%right_tensors, &
      c_facts%left_footprint, c_facts%right_footprint, c_facts%footprint, c_facts%flops, &
      c_facts%left_is_volatile /= 0, c_facts%right_is_volatile /= 0, c_facts%is_volatile /= 0)
    stat = 0
    call box%model%combine(facts, left, right, state, stat)
    status = code(stat)
  end function ask_combine

  recursive function ask_compare(user, c_a, c_b, order) result(status) bind(c, name='')
    type(c_ptr), value :: user, c_a, c_b
    integer(c_int32_t), intent(inout) :: order
    integer(c_int32_t) :: status
    type(model_box), pointer :: box
    real(real64), pointer :: a(:), b(:)
    integer :: answer, stat

    call c_f_pointer(user, box)
    call c_f_pointer(c_a, a, [box%state_length])
    call c_f_pointer(c_b, b, [box%state_length])
    stat = 0
    answer = 0
    call box%model%compare(a, b, answer, stat)
    order = code(answer)
    status = code(stat)
  end function ask_compare

  recursive function ask_value(user, c_state, cost) result(status) bind(c, name='')
    type(c_ptr), value :: user, c_state
    real(c_double), intent(inout) :: cost
    integer(c_int32_t) :: status
    type(model_box), pointer :: box
    real(real64), pointer :: state(:)
    integer :: stat

    call c_f_pointer(user, box)
    call c_f_pointer(c_state, state, [box%state_length])
    stat = 0
    call box%model%value(state, cost, stat)
    status = code(stat)
  end function ask_value

  ! --- Failures ---------------------------------------------------------------------------------

  !> Notes the first failure of a function of the library.
  recursive subroutine note(status, wrong)
    integer(c_int32_t), intent(in) :: status
    type(failure), intent(inout) :: wrong

    if (status == qube_ok .or. wrong%status /= qube_ok) return
    wrong%status = int(status)
    call get_string(c_last_error(), wrong%message)
  end subroutine note

  !> Notes a failure of this file's own, if it is the first.
  recursive subroutine fail(status, message, wrong)
    integer, intent(in) :: status
    character(len=*), intent(in) :: message
    type(failure), intent(inout) :: wrong

    if (wrong%status /= qube_ok) return
    wrong%status = status
    wrong%message = message
  end subroutine fail

  !> Ends a public procedure: sets `stat`, or stops the program after a failure without `stat`. The
  !! message is then allocated for `errmsg`, empty on success. (gfortran 11 and 12 lose the length
  !! of an optional deferred-length argument that is passed on. So each procedure moves it itself.)
  recursive subroutine conclude(wrong, stat)
    type(failure), intent(inout) :: wrong
    integer, intent(out), optional :: stat

    if (.not. allocated(wrong%message)) wrong%message = ''
    if (present(stat)) then
      stat = wrong%status
    else if (wrong%status /= qube_ok) then
      write (error_unit, '(2a)') 'qube_budget: ', wrong%message
      flush (error_unit) ! error stop alone loses the text when the unit is a file
      error stop 1
    end if
  end subroutine conclude

  !> Refuses a library with another binary interface.
  recursive subroutine check_abi(wrong)
    type(failure), intent(inout) :: wrong

    if (c_abi_version() /= abi_version) call fail(qube_err_abi, &
      'the library has the binary interface '//trim(decimal(int(c_abi_version(), int64)))// &
      '; load one with '//trim(decimal(int(abi_version, int64)))//', that of this module', wrong)
  end subroutine check_abi

  ! --- Text, numbers and truth ------------------------------------------------------------------

  !> Adds a text without its trailing blanks.
  recursive subroutine add_word(self, text)
    class(c_words), intent(inout) :: self
    character(len=*), intent(in) :: text
    character(kind=c_char), allocatable :: bytes(:)
    integer, allocatable :: starts(:)
    integer :: i, length

    length = len_trim(text)
    if (.not. allocated(self%bytes)) allocate (self%bytes(max(128, length + 1)), self%starts(16))
    if (self%used + length + 1 > size(self%bytes)) then
      allocate (bytes(2 * (self%used + length + 1)))
      bytes(1:self%used) = self%bytes(1:self%used)
      call move_alloc(bytes, self%bytes)
    end if
    if (self%count == size(self%starts)) then
      allocate (starts(2 * self%count))
      starts(1:self%count) = self%starts
      call move_alloc(starts, self%starts)
    end if
    self%count = self%count + 1
    self%starts(self%count) = self%used + 1
    do i = 1, length
      self%bytes(self%used + i) = text(i:i)
      if (text(i:i) == c_null_char) self%is_broken = .true.
    end do
    self%used = self%used + length + 1
    self%bytes(self%used) = c_null_char
  end subroutine add_word

  !> Adds the words of a text with blanks between them.
  recursive subroutine add_words(self, text)
    class(c_words), intent(inout) :: self
    character(len=*), intent(in) :: text
    integer :: begin, end

    begin = 1
    do while (begin <= len(text))
      if (text(begin:begin) == ' ') then
        begin = begin + 1
        cycle
      end if
      end = index(text(begin:), ' ') - 1
      if (end < 0) end = len(text) - begin + 1
      call self%add(text(begin:begin + end - 1))
      begin = begin + end
    end do
  end subroutine add_words

  !> The address of a text, for C.
  recursive function address(words, number) result(start)
    type(c_words), intent(in), target :: words
    integer, intent(in) :: number
    type(c_ptr) :: start

    start = c_loc(words%bytes(words%starts(number)))
  end function address

  recursive subroutine check_words(words, what, wrong)
    type(c_words), intent(in) :: words
    !> The words' subject, for the message.
    character(len=*), intent(in) :: what
    type(failure), intent(inout) :: wrong

    if (words%is_broken) call fail(qube_err_parse, &
      what//' has a NUL character; give text without', wrong)
  end subroutine check_words

  !> Copies a text of C, which ends with a NUL. NULL becomes an empty text.
  recursive subroutine get_string(start, text)
    type(c_ptr), intent(in) :: start
    character(len=:), allocatable, intent(out) :: text
    character(kind=c_char), pointer :: chars(:)
    integer :: i, length

    length = 0
    if (c_associated(start)) length = int(c_strlen(start))
    allocate (character(len=length) :: text)
    if (length == 0) return
    call c_f_pointer(start, chars, [length])
    do i = 1, length
      text(i:i) = chars(i)
    end do
  end subroutine get_string

  !> Copies and frees a document of the library. NULL becomes an empty text.
  recursive subroutine take_text(start, text)
    type(c_ptr), intent(in) :: start
    character(len=:), allocatable, intent(out) :: text

    call get_string(start, text)
    call c_text_free(start)
  end subroutine take_text

  !> Copies numbers of the library, and counts them from 1.
  recursive subroutine copy_numbers(start, count, numbers)
    type(c_ptr), intent(in) :: start
    integer(c_int64_t), intent(in) :: count
    integer, allocatable, intent(out) :: numbers(:)
    integer(c_int64_t), pointer :: c(:)
    integer :: i

    allocate (numbers(count))
    if (count == 0) return
    call c_f_pointer(start, c, [count])
    do i = 1, int(count)
      numbers(i) = int(c(i)) + 1
    end do
  end subroutine copy_numbers

  recursive subroutine copy_labels(start, count, labels)
    type(c_ptr), intent(in) :: start
    integer(c_int64_t), intent(in) :: count
    type(qube_labels), intent(inout) :: labels
    type(c_ptr), pointer :: texts(:)

    if (count == 0) return
    call c_f_pointer(start, texts, [count])
    call make_labels(texts, labels)
  end subroutine copy_labels

  recursive subroutine make_labels(texts, labels)
    type(c_ptr), intent(in) :: texts(:)
    type(qube_labels), intent(inout) :: labels
    character(kind=c_char), pointer :: chars(:)
    integer :: i, k, length

    labels%count = size(texts)
    allocate (labels%starts(labels%count + 1))
    labels%starts(1) = 1
    do i = 1, labels%count
      labels%starts(i + 1) = labels%starts(i) + int(c_strlen(texts(i)))
    end do
    allocate (character(len=labels%starts(labels%count + 1) - 1) :: labels%text)
    do i = 1, labels%count
      length = labels%starts(i + 1) - labels%starts(i)
      call c_f_pointer(texts(i), chars, [length])
      do k = 1, length
        labels%text(labels%starts(i) + k - 1:labels%starts(i) + k - 1) = chars(k)
      end do
    end do
  end subroutine make_labels

  pure recursive function label_of(self, number) result(text)
    class(qube_labels), intent(in) :: self
    integer, intent(in) :: number
    character(len=label_length(self, number)) :: text

    if (len(text) > 0) text = self%text(self%starts(number):self%starts(number + 1) - 1)
  end function label_of

  pure recursive function label_length(self, number) result(length)
    class(qube_labels), intent(in) :: self
    integer, intent(in) :: number
    integer :: length

    length = 0
    if (number >= 1 .and. number <= self%count) length = &
      self%starts(number + 1) - self%starts(number)
  end function label_length

  pure recursive function find_label(self, text) result(number)
    class(qube_labels), intent(in) :: self
    character(len=*), intent(in) :: text
    integer :: number

    do number = 1, self%count
      if (self%text(self%starts(number):self%starts(number + 1) - 1) == text) return
    end do
    number = 0
  end function find_label

  !> Of fixed length, because gfortran keeps the length of a deferred-length result in a static
  !! variable, which threads would share.
  pure recursive function decimal(number) result(digits)
    integer(int64), intent(in) :: number
    character(len=20) :: digits

    write (digits, '(i0)') number
  end function decimal

  pure recursive function truth(flag) result(number)
    logical, intent(in) :: flag
    integer(c_int32_t) :: number

    number = merge(1_c_int32_t, 0_c_int32_t, flag)
  end function truth

  !> A default integer may be wider than what C takes; what is not 0 must not become 0.
  pure recursive function code(number) result(narrow)
    integer, intent(in) :: number
    integer(c_int32_t) :: narrow

    narrow = int(min(max(int(number, int64), -int(huge(narrow), int64)), &
      int(huge(narrow), int64)), c_int32_t)
  end function code

end module qube_budget
