!> Memory budgets, batch policies and contraction plans, before anything is allocated.
!!
!! The module is the Fortran side of the library `libqube_budget`: this one file, compiled with the
!! program that uses it, and `-lqube_budget`. It is Fortran 2008, and works with any default kinds.
!!
!! Inputs and results are plain derived types: they can be copied, and nothing has to be freed. A
!! procedure hands its input to the library, copies what comes back and frees it there. Sizes are
!! `integer(int64)`: extents and batches in elements, memory in bytes. Volumes and work are
!! `real(real64)`: elements and multiply-add pairs. Numbers that count things (stages, terms,
!! tensors, steps) are default integers from 1. Trailing blanks of text do not count. Lists of
!! labels are texts with blanks between the labels.
!!
!! Procedures that can fail end with two optional arguments. `stat` becomes `qube_ok` or a
!! `qube_err_` constant; `errmsg` becomes the message, which names the culprit, its value and what
!! is allowed, and is empty on success. Without `stat` a failure prints the message to the error
!! unit and stops the program with exit status 1. After a failure the results have their default
!! values.
!!
!! Nothing is printed otherwise, no environment variable is read, no thread is started. Calls from
!! several threads at a time are fine as long as no thread changes what another one reads.
module qube_budget
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_double, c_f_pointer, c_funloc, &
    c_funptr, c_int8_t, c_int32_t, c_int64_t, c_loc, c_null_char, c_null_funptr, c_null_ptr, &
    c_ptr, c_size_t, c_sizeof
  use, intrinsic :: iso_fortran_env, only: error_unit, int8, int32, int64, real64
  implicit none
  private

  ! --- Status -----------------------------------------------------------------------------------

  !> The call did what it was asked to do.
  integer, parameter, public :: qube_ok = 0
  !> A pointer that must not be NULL is NULL; from Fortran this does not occur.
  integer, parameter, public :: qube_err_null = 1
  !> The library has another binary interface than this module.
  integer, parameter, public :: qube_err_abi = 2
  !> A buffer that is too short; from Fortran this does not occur.
  integer, parameter, public :: qube_err_buffer = 3
  !> Text that is not UTF-8.
  integer, parameter, public :: qube_err_utf8 = 4
  !> A budget input outside its range.
  integer, parameter, public :: qube_err_input = 5
  !> Two inputs that contradict each other, such as lmax above lmax_signal.
  integer, parameter, public :: qube_err_conflict = 6
  !> A number that its type cannot hold, such as a byte count past 2^63 - 1.
  integer, parameter, public :: qube_err_overflow = 7
  !> A stage that the budget does not have.
  integer, parameter, public :: qube_err_unknown_stage = 8
  !> The number of a tensor below 1 or beyond the last one.
  integer, parameter, public :: qube_err_position = 9
  !> An extent below 1.
  integer, parameter, public :: qube_err_extent = 10
  !> A power mean that is missing or not a finite positive number.
  integer, parameter, public :: qube_err_power_mean = 11
  !> An index that is not in the network.
  integer, parameter, public :: qube_err_unknown_index = 12
  !> A space without an extent.
  integer, parameter, public :: qube_err_unknown_space = 13
  !> A label that is there already, or a thing named twice.
  integer, parameter, public :: qube_err_duplicate = 14
  !> Text that is not in the expected form; the message gives the position.
  integer, parameter, public :: qube_err_parse = 15
  !> A network without tensors.
  integer, parameter, public :: qube_err_no_tensors = 16
  !> More tensors, indices or work than the method can take.
  integer, parameter, public :: qube_err_too_large = 17
  !> A batch target size below 1, or none where one is needed.
  integer, parameter, public :: qube_err_target = 18
  !> An option or weight outside its range (NaN always is).
  integer, parameter, public :: qube_err_option = 19
  !> A JSON document that says something it cannot mean.
  integer, parameter, public :: qube_err_document = 20
  !> The operating system did not answer.
  integer, parameter, public :: qube_err_system = 21
  !> A label that is empty or has control characters, or a space that no index can tell.
  integer, parameter, public :: qube_err_label = 22
  !> A callback of the host failed, cancelled the call, or gave a cost that is not finite.
  integer, parameter, public :: qube_err_callback = 23
  !> A plan that its replay does not bear out; the message says what differs.
  integer, parameter, public :: qube_err_replay = 24
  !> A limit of the options that leaves no plan at all, or none with the proof that was asked for.
  integer, parameter, public :: qube_err_limit = 25
  !> A defect of the library; please report it with the message.
  integer, parameter, public :: qube_err_panic = 99

  ! --- Objectives -------------------------------------------------------------------------------

  !> Least work.
  integer, parameter, public :: qube_dense_flops = 0
  !> Least storage of operands and results, summed over the contractions.
  integer, parameter, public :: qube_dense_size = 1
  !> Least work among the plans whose peak memory is near the least.
  integer, parameter, public :: qube_dense_peak = 2
  !> The same, where loops may slice batchable indices.
  integer, parameter, public :: qube_dense_peak_batched = 3
  !> Least work, and of the plans with that the least peak memory.
  integer, parameter, public :: qube_dense_time_space = 4
  !> Least work among the plans whose peak fits the policy's `peak_threshold`, where loops may slice
  !! contracted and external indices and what they repeat is charged; then the fewest sliced
  !! indices, then the least peak. Where nothing fits: least work, then least peak.
  integer, parameter, public :: qube_dense_time_space_batched = 5
  !> The same, but the least peak right after the least work; where nothing fits, the least peak
  !! before the least work.
  integer, parameter, public :: qube_dense_space_time_batched = 6
  !> Of plans that `qube_optimize_custom` made: least under a `qube_cost_model`. `qube_optimize`
  !! does not take it.
  integer, parameter, public :: qube_custom = 100

  ! What an index is in a network.
  !> Summed at some contraction.
  integer, parameter, public :: qube_role_contracted = 0
  !> Open in the result.
  integer, parameter, public :: qube_role_external = 1

  ! What a cache that outlives one evaluation of a plan is to do with a tensor or a result.
  !> Not to be kept: it changes, or no volatile step takes it.
  integer, parameter, public :: qube_cache_transient = 0
  !> The same on every replay, and taken by a volatile step: worth keeping.
  integer, parameter, public :: qube_cache_keep = 1
  !> As `qube_cache_keep`, but it only ever exists in slices.
  integer, parameter, public :: qube_cache_sliced = 2

  ! Which maps a survey takes.
  !> Temperature.
  integer, parameter, public :: qube_fields_t = 1
  !> Polarisation.
  integer, parameter, public :: qube_fields_qu = 2
  !> Both.
  integer, parameter, public :: qube_fields_tqu = 3

  ! ECLIPSE's programs.
  !> For temperature.
  integer, parameter, public :: qube_eclipse_t = 1
  !> For polarisation.
  integer, parameter, public :: qube_eclipse_eb = 2
  !> For both.
  integer, parameter, public :: qube_eclipse_teb = 3

  ! Who holds the matrices of a run.
  !> Every rank has a copy of all.
  integer, parameter, public :: qube_holding_every_rank = 1
  !> Every node has a copy of all, which its ranks share.
  integer, parameter, public :: qube_holding_every_node = 2
  !> All ranks together have one copy, spread in blocks.
  integer, parameter, public :: qube_holding_spread = 3

  ! Which line for a job script.
  !> The one that asks for the memory of a node (--mem).
  integer, parameter, public :: qube_script_node = 1
  !> The one that asks for the memory of a processor (--mem-per-cpu).
  integer, parameter, public :: qube_script_cpu = 2

  ! QUBE's paths.
  !> The harmonic path.
  integer, parameter, public :: qube_path_harmonic = 1
  !> The pixel-direct path.
  integer, parameter, public :: qube_path_pixel_direct = 2

  ! What can be changed to make a run smaller.
  !> QUBE, harmonic: release V once the kernels are built.
  integer, parameter, public :: qube_change_release_projector = 1
  !> ECLIPSE: leave the grid and the block to the library.
  integer, parameter, public :: qube_change_best_grid = 2
  !> QUBE: keep no derivatives in memory.
  integer, parameter, public :: qube_change_no_derivative_cache = 3
  !> ECLIPSE: so many maps in one run.
  integer, parameter, public :: qube_change_maps = 4
  !> ECLIPSE: do not check the inverse.
  integer, parameter, public :: qube_change_no_inverse_check = 5
  !> QUBE, pixel-direct: the release that never builds S_fixed (`has_switch` is false).
  integer, parameter, public :: qube_change_no_switch = 6
  !> QUBE: so many ranks on a node.
  integer, parameter, public :: qube_change_ranks_per_node = 7
  !> ECLIPSE: so many nodes.
  integer, parameter, public :: qube_change_nodes = 8
  !> QUBE: its other path.
  integer, parameter, public :: qube_change_other_path = 9
  !> QUBE, pixel-direct: so many bins, with as many parameters for each.
  integer, parameter, public :: qube_change_n_bins = 10

  ! Sizes that can be asked for.
  !> HEALPix resolution, at a fixed fraction of the sky and fixed multipoles: the largest.
  integer, parameter, public :: qube_size_nside = 1
  !> The largest multipole that is estimated: the largest. Where QUBE's run names one, it moves up
  !! to `lmax_signal`; where it does not, all are estimated and `lmax_signal` moves.
  integer, parameter, public :: qube_size_lmax = 2
  !> Bins of multipoles, with as many parameters for each: the most.
  integer, parameter, public :: qube_size_n_bins = 3
  !> Maps of ECLIPSE: the most.
  integer, parameter, public :: qube_size_maps = 4
  !> Nodes: the fewest, of 2**14 at most.
  integer, parameter, public :: qube_size_nodes = 5
  !> Ranks on each node: the most, of 2**20 at most, of ECLIPSE's 2**10.
  integer, parameter, public :: qube_size_ranks_per_node = 6

  ! What was found of a size.
  !> There is an extreme value that fits.
  integer, parameter, public :: qube_found_extreme = 1
  !> Not even the least value fits.
  integer, parameter, public :: qube_found_none = 2
  !> Every value fits, as nothing that a node holds depends on it.
  integer, parameter, public :: qube_found_any = 3

  !> The binary interface that this module is written for.
  integer(c_int32_t), parameter :: abi_version = 0

  ! --- Types: budgets ---------------------------------------------------------------------------

  !> A run that can be asked about: a `qube_harmonic`, a `qube_pixel_direct` or a `qube_eclipse`.
  type, abstract, public :: qube_run
  end type qube_run

  !> What is known of a survey, as a component of a run: sizes that the run leaves 0 follow from it.
  !! A run that sets `fields` has a survey; least needed are `fields` and `n_obs`, a `count(mask)`.
  type, public :: qube_survey
    !> `qube_fields_t`, `qube_fields_qu` or `qube_fields_tqu`; 0: no survey.
    integer :: fields = 0
    !> HEALPix resolution, a power of two; 0: absent.
    integer(int64) :: nside = 0
    !> Observed fraction of the sky, above 0, up to 1; 0: absent.
    real(real64) :: fsky = 0
    !> The mask is a polar cap of whole rings; then `fsky` is 1/6 at most.
    logical :: polar_cap = .false.
    !> Observed pixels of one map, of the temperature map for TQU; wins over `fsky`. 0: absent.
    integer(int64) :: n_obs = 0
    !> Observed pixels of a polarisation map for TQU, where they are others than `n_obs`; 0: absent.
    integer(int64) :: n_obs_polarisation = 0
    !> The least multipole; -1: absent, which is 2.
    integer(int64) :: lmin = -1
    !> Spectra that are estimated; 0: absent, all that the fields have (T: 1, QU: 3, TQU: 6).
    integer(int64) :: n_spectra = 0
    !> Bins of multipoles, which tell a `qube_harmonic` the size of the other path; 0: absent.
    integer(int64) :: n_bins = 0
    !> Largest multipole that is estimated, which tells a `qube_pixel_direct` the size of the other
    !! path; 0: absent.
    integer(int64) :: lmax = 0
  end type qube_survey

  !> A run of QUBE's harmonic path. `lmax_signal` must be set, and `n_pix` and `n_modes`, or
  !! `survey`.
  type, extends(qube_run), public :: qube_harmonic
    !> Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
    integer(int64) :: n_pix = 0
    !> Modes of all fields together, the sum of (lmax + 1)**2 - lmin**2 over the fields; > 0.
    integer(int64) :: n_modes = 0
    !> Largest multipole in the signal covariance; > 0.
    integer(int64) :: lmax_signal = 0
    !> Largest multipole that is estimated, 1 to `lmax_signal`; 0: absent. Below `lmax_signal` the
    !! run holds more.
    integer(int64) :: lmax = 0
    !> The pixel projector V is dropped once the kernels are built.
    logical :: release_pixel_projector = .true.
    !> Derivatives stay in memory in the Fisher stage.
    logical :: derivative_cache = .false.
    !> What `n_pix` and `n_modes` follow from where they are 0. Where they are not they must agree.
    type(qube_survey) :: survey
  end type qube_harmonic

  !> A run of QUBE's pixel-direct path. `lmax_signal` and `n_bins` must be set, and `n_pix` and
  !! `n_params` or `survey`.
  type, extends(qube_run), public :: qube_pixel_direct
    !> Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
    integer(int64) :: n_pix = 0
    !> Largest multipole in the signal covariance; > 0. No term depends on it.
    integer(int64) :: lmax_signal = 0
    !> Bins of multipoles; > 0.
    integer(int64) :: n_bins = 0
    !> Parameters: `n_bins` times the number of spectra (T: 1, QU: 3, TQU: 6); > 0.
    integer(int64) :: n_params = 0
    !> The release holds S_fixed, as qube-qml before 1.2 does.
    logical :: has_switch = .true.
    !> Binned derivatives stay in memory, which later releases can.
    logical :: cache_derivatives = .false.
    !> What `n_pix` and `n_params` follow from where they are 0.
    type(qube_survey) :: survey
  end type qube_pixel_direct

  !> A run of ECLIPSE. `code`, `lmax` and the pixels that the code needs must be set.
  type, extends(qube_run), public :: qube_eclipse
    !> `qube_eclipse_t`, `qube_eclipse_eb` or `qube_eclipse_teb`.
    integer :: code = 0
    !> Observed pixels in temperature, such as `count(mask)`; 0 for EB.
    integer(int64) :: pix_t = 0
    !> Observed pixels in polarisation; 0 for T.
    integer(int64) :: pix_p = 0
    !> Largest multipole of the power spectra, 2 or more; for T 1 or more.
    integer(int64) :: lmax = 0
    !> Largest multipole of the covariance matrix; 0: as `lmax`.
    integer(int64) :: lmax_cov = 0
    !> Maps, of each kind where they are crossed; > 0.
    integer(int64) :: maps = 1
    !> The maps are crossed with others.
    logical :: cross = .false.
    !> The inverse of the covariance matrix is checked.
    logical :: check_inverse = .false.
    !> The Fisher matrix is computed; if not, steps 4 to 6 do not run.
    logical :: fisher = .true.
    !> Only the sums of ECLIPSE's guide, which leave out what grows with the number of maps.
    logical :: published = .false.
  end type qube_eclipse

  !> One array, or group of arrays, of a stage.
  type, public :: qube_term
    !> Its name, as its source names the array.
    character(len=:), allocatable :: name
    !> Its size.
    integer(int64) :: bytes = 0
    !> It is alive when the stage ends; otherwise only at the stage's peak.
    logical :: is_persistent = .true.
  end type qube_term

  !> A stage of a run.
  type, public :: qube_stage
    !> Its name, such as "basis_setup".
    character(len=:), allocatable :: name
    !> Its terms, persistent ones first.
    type(qube_term), allocatable :: terms(:)
    !> Sum of the terms that are alive when the stage ends.
    integer(int64) :: persistent_bytes = 0
    !> Sum of the terms that are alive only at the stage's peak.
    integer(int64) :: transient_bytes = 0
    !> The sum of both.
    integer(int64) :: peak_bytes = 0
    !> Terms that are made after the peak, and kept. QUBE's paths have none.
    type(qube_term), allocatable :: late(:)
    !> What is held when the stage ends: persistent and late terms.
    integer(int64) :: end_bytes = 0
  end type qube_stage

  !> What a prediction was computed from.
  type, public :: qube_input
    !> Its name, such as "n_modes".
    character(len=:), allocatable :: name
    !> Its value: digits, "yes" or "no", a name such as "TEB", or "absent".
    character(len=:), allocatable :: value
    !> What it was computed from itself; empty if it was given.
    character(len=:), allocatable :: from
  end type qube_input

  !> Something that a step of ECLIPSE allocates or frees.
  type, public :: qube_event
    !> The step, as the program counts them.
    integer :: step = 0
    !> What comes or goes, such as "+ maps".
    character(len=:), allocatable :: name
    !> Bytes that come, or go (negative).
    integer(int64) :: delta_bytes = 0
    !> Bytes held after it, over all ranks.
    integer(int64) :: total_bytes = 0
    !> The program prints its total here.
    logical :: is_printed = .false.
  end type qube_event

  !> The memory of a run, stage by stage, above the baseline of the process.
  type, public :: qube_prediction
    !> The stages in the order of the run.
    type(qube_stage), allocatable :: stages(:)
    !> The largest peak of all stages.
    integer(int64) :: lifetime_peak_bytes = 0
    !> The number of the stage that has it; the first one where several have it.
    integer :: peak_stage = 0
    !> What it was computed from, and which of that was computed itself.
    type(qube_input), allocatable :: inputs(:)
    !> What is allocated and freed, in the order of the run; none for QUBE's paths.
    type(qube_event), allocatable :: events(:)
    !> The release whose memory use the prediction follows, such as "qube-qml 1.1".
    character(len=:), allocatable :: release
    !> How far the numbers were compared with runs.
    character(len=:), allocatable :: note
    !> The prediction for people: lines of at most 100 columns that end with `new_line('a')`.
    character(len=:), allocatable :: table
    !> The prediction as a drawing, an SVG document: a bar for each stage, its terms stacked in it.
    character(len=:), allocatable :: svg
    !> The prediction as a JSON document on one line, schema "qube-budget/1".
    character(len=:), allocatable :: json
    ! What was predicted, so that the library can be asked more about it.
    integer, private :: path = 0
    type(qube_harmonic), private :: harmonic
    type(qube_pixel_direct), private :: pixel_direct
    type(qube_eclipse), private :: eclipse
  end type qube_prediction

  !> A grid of ranks over which matrices are spread in blocks, as ScaLAPACK does. `nprow`, `npcol`
  !! and `block` must be set.
  type, public :: qube_grid
    !> Rows of the grid.
    integer(int64) :: nprow = 0
    !> Columns of the grid.
    integer(int64) :: npcol = 0
    !> Rows and columns of a block.
    integer(int64) :: block = 0
    !> Ranks of the run, which must fill the grid; 0: not to be compared.
    integer(int64) :: ranks = 0
  end type qube_grid

  !> What a rank holds at the peak of a stage.
  type, public :: qube_rank_stage
    !> The stage's name.
    character(len=:), allocatable :: name
    !> Bytes on the rank that holds most, (0, 0).
    integer(int64) :: fullest_bytes = 0
    !> Bytes on the rank that holds least, the last one.
    integer(int64) :: least_bytes = 0
    !> Bytes of all ranks by their number, rounded up.
    integer(int64) :: mean_bytes = 0
  end type qube_rank_stage

  !> A term with a matrix of which one rank holds more than 2**31 - 1 elements.
  type, public :: qube_local_too_large
    !> The first stage that has it.
    character(len=:), allocatable :: stage
    !> Its name.
    character(len=:), allocatable :: term
    !> Elements of one matrix on the fullest rank.
    integer(int64) :: elements = 0
  end type qube_local_too_large

  !> A prediction as the ranks of a grid hold it.
  type, public :: qube_rank_prediction
    !> The stages in the order of the run.
    type(qube_rank_stage), allocatable :: stages(:)
    !> The stage in which the fullest rank holds most; the first one where several are equal.
    integer :: peak_stage = 0
    !> What the fullest rank holds there: no rank ever holds more.
    integer(int64) :: fullest_bytes = 0
    !> What a ScaLAPACK with 32-bit integers cannot hold; none is good.
    type(qube_local_too_large), allocatable :: too_large(:)
  end type qube_rank_prediction

  !> A prediction beside what a run measured.
  type, public :: qube_comparison
    !> A table for people: of every stage its end and its peak, predicted and measured.
    character(len=:), allocatable :: table
    !> A JSON document on one line, schema "qube-compare/1".
    character(len=:), allocatable :: json
  end type qube_comparison

  !> A run compared with a memory limit.
  type, public :: qube_check_result
    !> The lifetime peak is at most the limit.
    logical :: fits = .false.
    !> Limit minus lifetime peak; negative: over by so much.
    integer(int64) :: spare_bytes = 0
    !> The first stage whose peak exceeds the limit; empty if the run fits.
    character(len=:), allocatable :: stage
    !> The number of that stage; 0 if the run fits.
    integer :: stage_number = 0
    !> How far that stage's peak is beyond the limit; 0 if the run fits.
    integer(int64) :: stage_over_bytes = 0
    !> The term with which the sum over that stage first exceeds the limit, in the order of
    !! `qube_stage%terms`; empty if the run fits.
    character(len=:), allocatable :: term
    !> The number of that term; 0 if the run fits.
    integer :: term_number = 0
    !> The size of that term; 0 if the run fits.
    integer(int64) :: term_bytes = 0
    !> All this in words, one paragraph.
    character(len=:), allocatable :: message
    !> The stages as a drawing, an SVG document with the limit as a line.
    character(len=:), allocatable :: svg
  end type qube_check_result

  integer, parameter :: path_harmonic = 1, path_pixel_direct = 2, path_eclipse = 3
  character(len=*), parameter :: not_a_run = &
    'the run is of another type; allowed: qube_harmonic, qube_pixel_direct or qube_eclipse'

  ! --- Types: requests and questions ------------------------------------------------------------

  !> How a run is put on a machine: nodes and ranks, who shares what, and what a process holds
  !! beside its arrays. By default one rank on one node.
  type, public :: qube_job
    !> Nodes, 1 to 2**20.
    integer(int64) :: nodes = 1
    !> Ranks (processes) on each node, 1 to 2**20.
    integer(int64) :: ranks_per_node = 1
    !> Processors for each rank, for its threads, 1 to 2**20. Memory per processor depends on it.
    integer(int64) :: cpus_per_rank = 1
    !> Rows of ECLIPSE's grid of ranks. It is given with `npcol` and `block`, or none of them is,
    !! which means what qube_best_grid gives. Not for QUBE.
    integer(int64) :: nprow = 0
    !> Columns of the grid.
    integer(int64) :: npcol = 0
    !> Rows and columns of a block.
    integer(int64) :: block = 0
    !> The ranks of a node share one copy of QUBE's matrices, inputs included. Otherwise every rank
    !! has its own. Not for ECLIPSE, which spreads its matrices over all ranks.
    logical :: share_node = .false.
    !> Matrices of n_pix**2 that a process of QUBE holds as its input in all stages; -1: absent, 1,
    !! the input covariance. Not for ECLIPSE.
    integer(int64) :: input_matrices = -1
    !> Bytes of a process before it has any array; -1: absent, 0.26 GiB for QUBE (Python, as
    !! measured) and 0 for ECLIPSE (Fortran).
    integer(int64) :: baseline_bytes = -1
    !> What to add to every peak, in hundredths of a percent, 0 to 100000; -1: absent, what measured
    !! runs support, which is nothing where nothing was measured.
    integer(int64) :: margin = -1
  end type qube_job

  !> What a stage asks for.
  type, public :: qube_stage_request
    !> Its name.
    character(len=:), allocatable :: name
    !> The terms that are alive at its peak, as one copy has them, or the rank that holds most.
    type(qube_term), allocatable :: parts(:)
    !> Sum of the parts.
    integer(int64) :: peak_bytes = 0
    !> The margin of one copy.
    integer(int64) :: margin_bytes = 0
    !> One process with all that it reaches: peak, margin, input, baseline; shared or not.
    integer(int64) :: per_rank_bytes = 0
    !> All processes of a node.
    integer(int64) :: per_node_bytes = 0
    !> Where the margin is from, such as "11.44 %, measured".
    character(len=:), allocatable :: margin_from
    !> The stage was compared with measured runs.
    logical :: is_calibrated = .false.
  end type qube_stage_request

  !> The memory that a run asks a machine for: absolute resident sizes.
  type, public :: qube_request_result
    !> The stages in the order of the run.
    type(qube_stage_request), allocatable :: stages(:)
    !> The stage in which a node holds most; the first one where several are equal.
    integer :: peak_stage = 0
    !> What a node must have: no node ever holds more, margin included.
    integer(int64) :: per_node_bytes = 0
    !> What all nodes together must have.
    integer(int64) :: total_bytes = 0
    !> What the ranks of a node share, margin included; 0 where they share nothing.
    integer(int64) :: shared_per_node_bytes = 0
    !> What each rank has of its own, margin included.
    integer(int64) :: own_per_rank_bytes = 0
    !> The resident size of one process in `peak_stage`, without the margin.
    integer(int64) :: resident_bytes = 0
    !> The margin of one copy in that stage.
    integer(int64) :: margin_bytes = 0
    !> The input that a copy has in all stages.
    integer(int64) :: input_bytes = 0
    !> A process before it has any array.
    integer(int64) :: baseline_bytes = 0
    !> That stage was compared with measured runs.
    logical :: is_calibrated = .false.
    !> `qube_holding_every_rank`, `qube_holding_every_node` or `qube_holding_spread`.
    integer :: holding = 0
    !> The grid over which matrices are spread; all 0 where they are not.
    type(qube_grid) :: grid
    !> What a ScaLAPACK with 32-bit integers cannot hold; none is good.
    type(qube_local_too_large), allocatable :: too_large(:)
    !> Lines for a job script (SLURM), memory rounded up to MiB: take the one of `qube_script_node`
    !! or that of `qube_script_cpu`, not both.
    character(len=128) :: job_script(2) = ''
    !> What to know of the numbers, in sentences, one on each line.
    character(len=:), allocatable :: notes
    !> The request for people: lines of at most 100 columns that end with `new_line('a')`.
    character(len=:), allocatable :: table
    !> The request as a JSON document on one line, schema "qube-request/1".
    character(len=:), allocatable :: json
    !> What a node holds as a drawing, an SVG document: a bar for each stage; of a fit with the
    !! limit as a line.
    character(len=:), allocatable :: svg
  end type qube_request_result

  !> A single change that makes a run smaller.
  type, public :: qube_change
    !> A `qube_change_` constant.
    integer :: kind = 0
    !> The number that it is about (maps, ranks, nodes, bins), the nearest to the run's own that
    !! fits; 0 where it is about none.
    integer(int64) :: value = 0
    !> What a node holds then; -1: past 2**63 - 1 bytes.
    integer(int64) :: per_node_bytes = 0
    !> It makes the run fit.
    logical :: fits = .false.
    !> What to do, such as "release V once the kernels are built".
    character(len=:), allocatable :: words
  end type qube_change

  !> Both of QUBE's paths through one survey.
  type, public :: qube_paths
    !> The path that QUBE takes, by time alone: `qube_path_harmonic` or `qube_path_pixel_direct`. 0:
    !! the run does not tell the sizes of both, and nothing else here is known.
    integer :: by_time = 0
    !> Lifetime peak of the harmonic path, one copy; -1: past 2**63 - 1 bytes.
    integer(int64) :: harmonic_peak_bytes = 0
    !> What a node holds on it, as a request has it; -1: past 2**63 - 1 bytes.
    integer(int64) :: harmonic_per_node_bytes = 0
    !> A node holds the limit at most on it.
    logical :: harmonic_fits = .false.
    !> The same three of the pixel-direct path.
    integer(int64) :: pixel_direct_peak_bytes = 0
    integer(int64) :: pixel_direct_per_node_bytes = 0
    logical :: pixel_direct_fits = .false.
  end type qube_paths

  !> A run on its nodes, against the memory that each of them has.
  type, public :: qube_fit_result
    !> A node holds the limit at most.
    logical :: fits = .false.
    !> The memory of a node that was asked about.
    integer(int64) :: limit_bytes = 0
    !> What a node leaves of it; negative: it is over by so much.
    integer(int64) :: spare_bytes = 0
    !> The first stage in which a node holds more; empty if it fits.
    character(len=:), allocatable :: stage
    !> The number of that stage; 0 if it fits.
    integer :: stage_number = 0
    !> How far it is over in that stage; 0 if it fits.
    integer(int64) :: stage_over_bytes = 0
    !> What takes it over there: a term, "baseline", "input" or "margin"; empty if it fits.
    character(len=:), allocatable :: term
    !> What one copy has of that; 0 if it fits.
    integer(int64) :: term_bytes = 0
    !> Single changes that the run admits, the cheapest first; none if it fits.
    type(qube_change), allocatable :: changes(:)
    !> The number of the first change that makes it fit; 0: none does, or it fits.
    integer :: cheapest = 0
    !> The request that was compared.
    type(qube_request_result) :: request
    !> Both of QUBE's paths.
    type(qube_paths) :: paths
    !> The verdict in words, one paragraph.
    character(len=:), allocatable :: message
    !> What to change, one sentence; empty if it fits.
    character(len=:), allocatable :: advice
    !> All this for people: lines of at most 100 columns that end with `new_line('a')`.
    character(len=:), allocatable :: table
    !> All this as a JSON document on one line, schema "qube-fit/1".
    character(len=:), allocatable :: json
  end type qube_fit_result

  !> The extreme value of a size.
  type, public :: qube_found
    !> `qube_found_extreme`, `qube_found_none` or `qube_found_any`.
    integer :: kind = 0
    !> The value; 0 unless `kind` is `qube_found_extreme`.
    integer(int64) :: value = 0
    !> What a node holds with it, or with any value; 0 if none fits.
    integer(int64) :: per_node_bytes = 0
    !> The value next to it (for nside the next power of two, for nodes one less), which does not
    !! fit; if none fits, the least (of nodes, the most that is tried). 0: there is none, or none is
    !! tried.
    integer(int64) :: next_value = 0
    !> What a node holds with that; -1: past 2**63 - 1 bytes.
    integer(int64) :: next_per_node_bytes = 0
    !> All this in words, one sentence.
    character(len=:), allocatable :: message
  end type qube_found

  ! --- Types: networks and policies -------------------------------------------------------------

  !> The extent of the indices of one space.
  type, public :: qube_space
    !> Its name: the labels of its indices up to the first `_` or digit (in einsum: the letter).
    character(len=:), allocatable :: name
    !> Elements, 1 or more; for composite indices the mean domain size.
    integer(int64) :: extent = 0
    !> For composite indices: power_means(k) = (sum over pairs of d**k / pairs)**(1/k), elements, of
    !! the domain sizes d. As many as one network has composite indices with the same protos.
    real(real64), allocatable :: power_means(:)
  end type qube_space

  !> A composite index, as a callback is told of it.
  type, public :: qube_composite_facts
    !> Its label with the protos: `a_1<i_1,i_2>`.
    character(len=:), allocatable :: label
    !> Its space.
    character(len=:), allocatable :: space
    !> Its mean domain size, elements.
    integer(int64) :: extent = 0
  end type qube_composite_facts

  !> Power means of domain sizes that the program computes, to be extended. It is asked when a call
  !! is given the network, in the calling thread: about every composite index without power means,
  !! in the order of the network, for k = 1 to the number of those with the same protos.
  type, abstract, public :: qube_inner_pow_callback
  contains
    !> `answer(index, k, mean, stat)`: the k-th power mean, elements, finite and above 0. `stat` is
    !! 0 before; any other value ends the call with `qube_err_callback`.
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
    !> The entries, in the order in which they were added.
    type(qube_space), allocatable :: list(:)
    !> Asked for the power means of composite indices whose spaces have none; the program keeps what
    !! it points to. Null: their extents stand for every k.
    class(qube_inner_pow_callback), pointer :: inner_pow_callback => null()
  contains
    procedure, private :: add_int32 => spaces_add_int32
    procedure, private :: add_int64 => spaces_add_int64
    !> `add(space, extent [, power_means])`; checked when the table is used.
    generic :: add => add_int32, add_int64
  end type qube_spaces

  !> An index of a network that is built by hand.
  type, public :: qube_index
    !> Unique in the network; of a composite index by custom with the protos: `a_1<i_1,i_2>`.
    character(len=:), allocatable :: label
    !> Elements, 1 or more; of a composite index the mean domain size.
    integer(int64) :: extent = 0
    !> Its space; unallocated: the label up to the first `_`, digit or `<`.
    character(len=:), allocatable :: space
    !> Labels of the plain indices that a composite index depends on.
    character(len=:), allocatable :: protos
    !> As in `qube_space`; unallocated: those of a callback; without one the extent stands for every
    !! k.
    real(real64), allocatable :: power_means(:)
  end type qube_index

  !> A tensor of a network that is built by hand.
  type, public :: qube_tensor
    !> Its label, by which policies know it; several tensors may have the same.
    character(len=:), allocatable :: label
    !> The labels of the indices in its slots; none for a scalar.
    character(len=:), allocatable :: indices
  end type qube_tensor

  !> What one term contracts. It is given in one of four forms, and checked when it is used:
  !!
  !! - `term` and `spaces`: `g{p_1;i_3;K_1} C{a_3<i_2>;p_1} t{a_3<i_2>;i_2}`, that is labels, with
  !!   bra;ket;aux in braces; a composite index has its protos in angle brackets;
  !! - `einsum` and `spaces`: `ijk,kl->ijl`, with the letters as spaces;
  !! - `json`: a document with "indices", "tensors" and perhaps "targets";
  !! - by hand: `add_index`, `add_tensor` and perhaps `set_targets`.
  type, public :: qube_network
    !> The term as text; the result keeps the indices that occur in exactly one slot.
    character(len=:), allocatable :: term
    !> The einsum expression; without `->` the result keeps the letters that occur once. The label
    !! of a tensor is its letters.
    character(len=:), allocatable :: einsum
    !> The JSON document. What it says of batches and volatile tensors counts as if the policy said
    !! it too.
    character(len=:), allocatable :: json
    !> Extents for `term` and `einsum`.
    type(qube_spaces) :: spaces
    !> The indices that `add_index` added.
    type(qube_index), allocatable :: indices(:)
    !> The tensors that `add_tensor` added.
    type(qube_tensor), allocatable :: tensors(:)
    !> Labels of the indices open in the result; unallocated: those that occur in exactly one slot.
    character(len=:), allocatable :: targets
    !> By hand: asked for the power means of composite indices without; the program keeps what it
    !! points to.
    class(qube_inner_pow_callback), pointer :: inner_pow_callback => null()
  contains
    procedure, private :: add_index_int32 => network_add_index_int32
    procedure, private :: add_index_int64 => network_add_index_int64
    !> `add_index(label, extent [, space, protos, power_means])`; protos come before what depends on
    !! them.
    generic :: add_index => add_index_int32, add_index_int64
    !> `add_tensor(label, indices)`, the indices as `'a_1 i_1'`; tensors are numbered from 1.
    procedure :: add_tensor => network_add_tensor
    !> `set_targets(labels)`: the indices of the result, as `'i_1 i_2'`; `''` for a scalar.
    procedure :: set_targets => network_set_targets
  end type qube_network

  !> How finely something may be sliced.
  type, public :: qube_batch
    !> A space or the label of an index.
    character(len=:), allocatable :: name
    !> The most elements of a batch, 1 or more.
    integer(int64) :: target = 0
  end type qube_batch

  !> What something comes in.
  type, public :: qube_tile
    !> A space or the label of an index.
    character(len=:), allocatable :: name
    !> Elements of a tile, 1 or more.
    integer(int64) :: size = 0
  end type qube_tile

  !> An index, as a callback is told of it.
  type, public :: qube_index_facts
    !> Its label.
    character(len=:), allocatable :: label
    !> Its space.
    character(len=:), allocatable :: space
    !> Elements; of a composite index the mean domain size.
    integer(int64) :: extent = 0
    !> What it is in the network, a `qube_role_` constant.
    integer :: role = qube_role_contracted
  end type qube_index_facts

  !> What a callback says of an index.
  type, public :: qube_batching
    !> Loops may slice it.
    logical :: is_batchable = .false.
    !> The most elements of a batch, 1 or more.
    integer(int64) :: target = 0
    !> A batch has whole tiles of this many elements, 1 or more. What the policy says of tiles by
    !! label or space goes before it.
    integer(int64) :: tile = 1
  end type qube_batching

  !> Whether loops may slice an index, to be extended. It is asked when a call is given the policy
  !! and a network, in the calling thread: once about every index, in the order of the network, of
  !! which the policy says nothing by label or space in its role. Then the tensors are asked about.
  !! It must not make such a call itself: Fortran procedures are not recursive.
  type, abstract, public :: qube_batchable_callback
  contains
    !> `answer(index, batching, stat)`: sets batching where the index may be sliced. `stat` is 0
    !! before; any other value ends the call with `qube_err_callback`.
    procedure(batchable_answer), deferred :: answer
  end type qube_batchable_callback

  !> Whether a tensor changes on every iteration, to be extended. It is asked as
  !! `qube_batchable_callback` is, once about every tensor that is not volatile by label or number.
  type, abstract, public :: qube_volatile_callback
  contains
    !> `answer(label, tensor, is_volatile, stat)`: tensors are numbered from 1.
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

  !> Which indices may be sliced, how finely, and which tensors change on every iteration: one
  !! object for `qube_optimize` and for the evaluator, which asks it with `qube_slicing_of`,
  !! `qube_target` and `qube_is_volatile`. One policy serves many networks: what a network does not
  !! have is ignored. What is said of an index by label goes before what is said by space, and that
  !! before what a callback says.
  type, public :: qube_batch_policy
    !> Loops may slice the contracted indices of these spaces.
    type(qube_batch), allocatable :: spaces(:)
    !> Loops may slice these indices where they are contracted; goes before what their space says.
    type(qube_batch), allocatable :: indices(:)
    !> Loops may slice the external indices of these spaces, those open in the result, which is then
    !! put together block by block.
    type(qube_batch), allocatable :: external_spaces(:)
    !> Loops may slice these indices where they are external; goes before what their space says.
    type(qube_batch), allocatable :: external_indices(:)
    !> The indices of these spaces come in tiles: a batch is rounded down to whole tiles, and has
    !! one at least.
    type(qube_tile), allocatable :: tile_spaces(:)
    !> These indices come in tiles; goes before what their space says.
    type(qube_tile), allocatable :: tile_indices(:)
    !> Labels of the tensors that change on every iteration.
    character(len=:), allocatable :: volatile_labels
    !> Numbers, from 1, of tensors that do, where others of their label do not. The policy then fits
    !! networks that have such a tensor only.
    integer, allocatable :: volatile_tensors(:)
    !> Whether to decline loops over subtrees that hold a volatile tensor.
    logical :: persistent_only = .false.
    !> How much of a batch's contribution lives beside the accumulator while it is added: 0 nothing,
    !! 1 all of it; 0, or 1e-9 to 1e18.
    real(real64) :: accumulation_factor = 0
    !> The memory that a plan has to fit, bytes, 1 or more: what `qube_dense_time_space_batched` and
    !! `qube_dense_space_time_batched` slice for. Unallocated: unlimited, so that they open no loop.
    integer(int64), allocatable :: peak_threshold
    !> A document that `qube_policy_json` wrote: it counts as if the components said it. They are
    !! read after it; those that have their default value leave what it says.
    character(len=:), allocatable :: json
    !> Asked about the indices of which nothing is said; the program keeps what it points to.
    class(qube_batchable_callback), pointer :: batchable_callback => null()
    !> Asked about the tensors of which nothing is said; the program keeps what it points to.
    class(qube_volatile_callback), pointer :: volatile_callback => null()
  contains
    procedure, private :: batch_space_int32 => policy_batch_space_int32
    procedure, private :: batch_space_int64 => policy_batch_space_int64
    procedure, private :: batch_index_int32 => policy_batch_index_int32
    procedure, private :: batch_index_int64 => policy_batch_index_int64
    procedure, private :: batch_external_space_int32 => policy_batch_external_space_int32
    procedure, private :: batch_external_space_int64 => policy_batch_external_space_int64
    procedure, private :: batch_external_index_int32 => policy_batch_external_index_int32
    procedure, private :: batch_external_index_int64 => policy_batch_external_index_int64
    procedure, private :: tile_space_int32 => policy_tile_space_int32
    procedure, private :: tile_space_int64 => policy_tile_space_int64
    procedure, private :: tile_index_int32 => policy_tile_index_int32
    procedure, private :: tile_index_int64 => policy_tile_index_int64
    !> `batch_space(space, target)`
    generic :: batch_space => batch_space_int32, batch_space_int64
    !> `batch_index(label, target)`
    generic :: batch_index => batch_index_int32, batch_index_int64
    !> `batch_external_space(space, target)`
    generic :: batch_external_space => batch_external_space_int32, batch_external_space_int64
    !> `batch_external_index(label, target)`
    generic :: batch_external_index => batch_external_index_int32, batch_external_index_int64
    !> `tile_space(space, size)`
    generic :: tile_space => tile_space_int32, tile_space_int64
    !> `tile_index(label, size)`
    generic :: tile_index => tile_index_int32, tile_index_int64
    !> `add_volatile(label)`
    procedure :: add_volatile => policy_add_volatile
    !> `add_volatile_tensor(tensor)`, numbered from 1
    procedure :: add_volatile_tensor => policy_add_volatile_tensor
  end type qube_batch_policy

  !> How loops may slice an index of a network.
  type, public :: qube_slicing
    !> They may at all.
    logical :: is_batchable = .false.
    !> What the index is in the network, a `qube_role_` constant.
    integer :: role = qube_role_contracted
    !> The most elements of a batch; 0 where it must not be sliced.
    integer(int64) :: target = 0
    !> A batch has whole tiles of this many elements; 0 where it must not be sliced.
    integer(int64) :: tile = 0
    !> Elements of a batch: `target` rounded down to whole tiles, one tile at least, no more than
    !! the extent, which it is where nothing is sliced. The last batch may be shorter.
    integer(int64) :: batch = 0
    !> How many batches there are.
    integer(int64) :: batches = 0
  end type qube_slicing

  ! --- What a lower bound is about --------------------------------------------------------------

  !> The cost.
  integer, parameter, public :: qube_bounded_cost = 0
  !> The peak, elements.
  integer, parameter, public :: qube_bounded_peak = 1

  ! --- Types: options and plans -----------------------------------------------------------------

  !> Options of an optimization. The defaults are SeQuant's.
  type, public :: qube_options
    !> `qube_dense_flops`, `_size`, `_peak`, `_peak_batched`, `_time_space`, `_time_space_batched`
    !! or `_space_time_batched`.
    integer :: objective = qube_dense_flops
    !> How often a contraction that depends on a volatile tensor is carried out, for one of those
    !! that do not; 1e-9 to 1e18. The additive objectives (flops, size) count at least 1.
    real(real64) :: volatile_weight = 1
    !> Cost of one element of an intermediate, additive objectives only; 0, or 1e-9
    !! to 1e18.
    real(real64) :: footprint_weight = 0
    !> How far above the least peak a plan may be to save work, as a fraction, objectives peak
    !! and peak-batched only; 0, or 1e-9 to 1e18.
    real(real64) :: peak_flops_tolerance = 0.10_real64
    !> Roofline, all objectives but the additive ones: multiply-add pairs that take as long as
    !! moving one element; 0: off.
    real(real64) :: machine_balance = 0
    !> Roofline: elements of fast memory; 0: operands and result are moved once.
    real(real64) :: fast_mem_elems = 0
    !> Roofline: blocks that fast memory holds at a time.
    real(real64) :: block_tiles = 3
    !> Roofline: factor of the blocked traffic.
    real(real64) :: block_prefactor = 1
    !> Bytes of one element, 1 to 1024.
    integer(int64) :: bytes_per_element = 8
    !> Search connected subsets only; otherwise outer products too. A network that is not connected
    !! is always searched with them.
    logical :: prune_outer_products = .true.
    !> Size composite indices by their power means; otherwise by their extents.
    logical :: use_inner_pow = .true.
    !> Pay for intermediates that are equal up to a renaming of indices once within the term,
    !! additive objectives only: see `qube_step%shared_with`. Tensors of one label are one tensor,
    !! here.
    logical :: subnet_cse = .false.
    !> Find all points (peak, cost) among which the plan is chosen, where the peak counts, which
    !! takes longer; otherwise the chosen one only. The plan is the same.
    logical :: frontier = .false.
    !> Refuse plans that are not proven best in the space searched (`qube_err_limit`); otherwise the
    !! best plan so far is taken where a search stops at a limit.
    logical :: require_optimal = .false.
    !> Limit: labels that the search closes, ways to contract a set of tensors; 0: none.
    integer(int64) :: max_states = 0
    !> Limit: seconds, 1e-9 to 1e9; 0: none. The plan then depends on the machine, and may differ
    !! between MPI ranks.
    real(real64) :: max_seconds = 0
    !> Limit: bytes of the tables of the search, up to 2**37; 0: 1 GiB.
    integer(int64) :: max_bytes = 0
  end type qube_options

  !> A loop over batches of an index, around the evaluation of both operands of a step.
  type, public :: qube_loop
    !> The label of the index.
    character(len=:), allocatable :: index
    !> Elements of a batch; the last one may be shorter.
    integer(int64) :: batch = 0
    !> How many batches there are.
    integer(int64) :: batches = 0
    !> `qube_role_contracted`: batches add to the result; `qube_role_external`: each makes a block
    !! of it.
    integer :: role = qube_role_contracted
  end type qube_loop

  !> A tensor or result that is alive at the turn of a tensor or step.
  type, public :: qube_alive
    !> Its number: of a tensor (1 to n) or of a result (n + k).
    integer :: number = 0
    !> Its size, elements, as the loops that have been entered slice it.
    real(real64) :: elements = 0
  end type qube_alive

  !> A tensor of the term, as a plan reads it.
  type, public :: qube_leaf
    !> The tensor's number in the network, from 1.
    integer :: number = 0
    !> The place in `qube_plan%sequence`, from 1.
    integer :: position = 0
    !> The tensor's label.
    character(len=:), allocatable :: label
    !> Labels of its open indices, with blanks between them.
    character(len=:), allocatable :: open
    !> Labels of the indices that the loops around it slice, the outermost first.
    character(len=:), allocatable :: nest
    !> Its volume, elements.
    real(real64) :: footprint = 0
    !> Its volume as the loops around it slice it.
    real(real64) :: sliced_footprint = 0
    !> Elements that are alive before, at and after its turn.
    real(real64) :: live_before = 0, live = 0, live_after = 0
    !> What is alive at its turn, itself included.
    type(qube_alive), allocatable :: alive(:)
    !> It changes on every iteration.
    logical :: is_volatile = .false.
    !> Whether to keep it for the next replay, a `qube_cache_` constant.
    integer :: cache = qube_cache_transient
    !> It is not taken, and does not count as alive: it stands below a step that is shared with
    !! another.
    logical :: is_skipped = .false.
  end type qube_leaf

  !> A contraction of two operands.
  type, public :: qube_step
    !> The number of the result: of n tensors, the k-th contraction is n + k.
    integer :: number = 0
    !> The number of the operand that is evaluated first: a tensor (1 to n) or a result (n + k).
    integer :: first = 0
    !> The number of the operand that is evaluated second.
    integer :: second = 0
    !> The place in `qube_plan%sequence`, from 1.
    integer :: position = 0
    !> Labels of the open indices of the result, with blanks between them.
    character(len=:), allocatable :: open
    !> Labels of the indices that the loops around the step slice, the outermost first.
    character(len=:), allocatable :: nest
    !> Loops that are opened around the evaluation of both operands, outermost first.
    type(qube_loop), allocatable :: loops(:)
    !> Volume of the result, elements.
    real(real64) :: footprint = 0
    !> Volume of the result as the loops around the step slice it.
    real(real64) :: sliced_footprint = 0
    !> Work of the contraction, multiply-add pairs.
    real(real64) :: flops = 0
    !> What the objective charges for it.
    real(real64) :: cost = 0
    !> How often loops around the step make it be carried out again; 1 if they do not. Charged by
    !! the objectives with a threshold on the peak, and 1 under the others.
    real(real64) :: repetitions = 1
    !> Elements that are alive before, at and after the contraction.
    real(real64) :: live_before = 0, live = 0, live_after = 0
    !> What is alive at it, its result included. What `live` has beyond their sum is a batch's
    !! contribution beside its accumulator, or the block that is being made.
    type(qube_alive), allocatable :: alive(:)
    !> It depends on a tensor that changes on every iteration.
    logical :: is_volatile = .false.
    !> Whether to keep the result for the next replay, a `qube_cache_` constant.
    integer :: cache = qube_cache_transient
    !> With `qube_options%subnet_cse`: the number of the step, evaluated before, whose result this
    !! one is too, up to a renaming of indices; 0: none. Nothing is computed or copied for it, and
    !! that result lives until its last use. The k-th labels in the `open` of the two correspond.
    integer :: shared_with = 0
    !> It is not evaluated: it stands below a step that is shared with another.
    logical :: is_skipped = .false.
  end type qube_step

  !> That nothing fits a threshold on the peak, and what there is to do about it.
  type, public :: qube_infeasible
    !> The threshold of the policy.
    integer(int64) :: threshold_bytes = 0
    !> The least peak of all schedules, elements: a threshold that could be met; of a plan that is
    !! not proven best, the least that was found.
    real(real64) :: least_peak = 0
    !> The least peak if every batch were a single tile, elements: whether finer batches would do;
    !! -1 where that search was out of reach.
    real(real64) :: finest_peak = 0
    !> Both in bytes, rounded up to whole elements; -1 from 2**53 elements on, where a real no
    !! longer counts every element, and where there is no such peak.
    integer(int64) :: least_peak_bytes = 0, finest_peak_bytes = 0
    !> Loops of a schedule that reaches the least peak.
    type(qube_loop), allocatable :: loops(:)
  end type qube_infeasible

  !> An order of contraction with every number that belongs to it.
  type, public :: qube_plan
    !> The order, for a machine with a stack: 1 and above push the tensor of that number, -1
    !! contracts the two operands on top. Of n tensors there are 2 n - 1 entries.
    integer, allocatable :: sequence(:)
    !> The tensors in the order in which the sequence reads them.
    type(qube_leaf), allocatable :: leaves(:)
    !> The contractions in order: steps(k) has the number n + k.
    type(qube_step), allocatable :: steps(:)
    !> What memory can be had for what cost, by increasing peak: frontier(1, k) is a peak in
    !! elements, frontier(2, k) the least cost with it. No columns for the objectives flops and
    !! size.
    real(real64), allocatable :: frontier(:, :)
    !> The objective that was minimised, a `qube_dense_` constant.
    integer :: objective = qube_dense_flops
    !> What the objective charges for the plan.
    real(real64) :: cost = 0
    !> Work, multiply-add pairs, unweighted.
    real(real64) :: flops = 0
    !> The most elements alive at a time.
    real(real64) :: peak_elements = 0
    !> The same in bytes; -1 from 2**53 elements on, where a real no longer counts every element.
    integer(int64) :: peak_bytes = 0
    !> What turns elements into bytes.
    integer(int64) :: bytes_per_element = 0
    !> The place in `sequence` at which the peak is.
    integer :: peak_position = 0
    !> It fits the policy's threshold on the peak, or its objective has none. If not, the plan is
    !! what comes nearest, and `infeasible` says more.
    logical :: fits = .true.
    !> What is said where nothing fits; else as it is by default.
    type(qube_infeasible) :: infeasible
    !> Outer products were searched too.
    logical :: exhaustive = .false.
    !> Proven best in the space that was searched.
    logical :: optimal = .false.
    !> What no plan in that space goes below, in what `bounded` says: the peak for the objectives
    !! peak and peak-batched, and where nothing fits space-time-batched; else the cost, of plans
    !! that fit. Where a search for the peak stopped once the least peak was known, it is the cost.
    real(real64) :: lower_bound = 0
    !> `qube_bounded_cost` or `qube_bounded_peak`.
    integer :: bounded = qube_bounded_cost
    !> By how much the plan may exceed the best one in that space, as a fraction: 0 where it is
    !! proven best; -1 where the bound is far too low to tell.
    real(real64) :: gap = 0
    !> Labels that the search closed, and how often it looked at one; of a subset DP, solutions in
    !! its table and steps.
    integer(int64) :: labels = 0, looks = 0
    !> Wall-clock time of the optimization.
    real(real64) :: seconds = 0
    !> The plan for people.
    character(len=:), allocatable :: report
    !> The plan as a JSON document on one line, schema "qube-plan/1"; its numbers begin at 0.
    character(len=:), allocatable :: json
    !> A drawing of live memory over the plan, an SVG document.
    character(len=:), allocatable :: svg
    !> The contraction tree in the DOT language of Graphviz.
    character(len=:), allocatable :: dot
  end type qube_plan

  !> An order in which the steps of a plan can be carried out.
  type, public :: qube_order
    !> The places of the steps in `qube_plan%steps`, from 1.
    integer, allocatable :: steps(:)
    !> The most elements alive at a time.
    real(real64) :: peak_elements = 0
    !> The place in `qube_plan%steps` of the step at which that is; 0 for a single tensor.
    integer :: peak_step = 0
  end type qube_order

  !> An intermediate that many terms compute, or one computes again: equal up to a renaming of
  !! indices, equally volatile, and not sliced by a loop around it.
  type, public :: qube_shared
    !> The terms that compute it, from 1, in order; the first would compute it for all.
    integer, allocatable :: terms(:)
    !> The places in the sequences of their plans, from 1.
    integer, allocatable :: positions(:)
    !> What computing it at the other places costs.
    real(real64) :: savings = 0
  end type qube_shared

  !> What the plans of many terms come to.
  type, public :: qube_totals
    !> Sum of the plans' costs.
    real(real64) :: cost = 0
    !> Sum of their work, multiply-add pairs.
    real(real64) :: flops = 0
    !> The largest peak, elements.
    real(real64) :: peak_elements = 0
    !> The first term that has it; 0 without terms.
    integer :: peak_term = 0
    !> What would come off the cost if each shared intermediate were computed once.
    real(real64) :: savings = 0
    !> The shared intermediates, the largest saving first; those within one are not listed again.
    type(qube_shared), allocatable :: shared(:)
  end type qube_totals

  !> Reports on `qube_optimize_many`, to be extended. Data of the report are components of the
  !! extension.
  type, abstract, public :: qube_progress
  contains
    !> `report(done, total, stat)`: called after each term, in the thread that called
    !! `qube_optimize_many`, whatever `num_threads` is. `stat` is 0 before; any other value ends the
    !! call with `qube_err_callback`.
    procedure(progress_report), deferred :: report
  end type qube_progress

  abstract interface
    subroutine progress_report(self, done, total, stat)
      import :: qube_progress
      class(qube_progress), intent(inout) :: self
      !> Terms that have been planned, and all of them.
      integer, intent(in) :: done, total
      integer, intent(inout) :: stat
    end subroutine progress_report
  end interface

  !> Reports on the search of `qube_optimize`, to be extended. Data of the report are components of
  !! the extension.
  type, abstract, public :: qube_search_progress
  contains
    !> `report(labels, bounded, value, lower_bound, stat)`: called before the first label is closed,
    !! and then now and again, in the thread that called. `stat` is 0 before; any other value stops
    !! the search with the best plan so far, as a limit does.
    procedure(search_report), deferred :: report
  end type qube_search_progress

  abstract interface
    subroutine search_report(self, labels, bounded, value, lower_bound, stat)
      import :: int64, qube_search_progress, real64
      class(qube_search_progress), intent(inout) :: self
      !> Labels closed so far.
      integer(int64), intent(in) :: labels
      !> What the next two are: `qube_bounded_cost` or `qube_bounded_peak`.
      integer, intent(in) :: bounded
      !> The least that a plan is known to come to (huge(value) where none is known), and what no
      !! plan goes below.
      real(real64), intent(in) :: value, lower_bound
      integer, intent(inout) :: stat
    end subroutine search_report
  end interface

  ! --- Types: cost models of one's own ----------------------------------------------------------

  !> What is known of a tensor of the network.
  type, public :: qube_leaf_facts
    !> The tensor's number in the network, from 1.
    integer :: tensor = 0
    !> Its volume, elements.
    real(real64) :: footprint = 0
    !> It changes on every iteration.
    logical :: is_volatile = .false.
  end type qube_leaf_facts

  !> What is known of the contraction of two operands.
  type, public :: qube_contraction_facts
    !> The tensors below each operand: bit t - 1 (`btest(left_tensors, t - 1)`) is tensor t. The
    !! right operand has the highest of both.
    integer(int64) :: left_tensors = 0, right_tensors = 0
    !> Volumes of the operands and of the result, elements.
    real(real64) :: left_footprint = 0, right_footprint = 0, footprint = 0
    !> Work, multiply-add pairs.
    real(real64) :: flops = 0
    !> The operand, or the result, depends on a tensor that changes on every iteration.
    logical :: left_is_volatile = .false., right_is_volatile = .false., is_volatile = .false.
  end type qube_contraction_facts

  !> A cost of the program's own, to be extended: what is kept of a set of tensors (its state, an
  !! array of reals), how the states of two sets combine, and which of two is better. Data of the
  !! model are components of the extension.
  !!
  !! One best state is kept for each set, so `combine` must be monotone: a better state of an
  !! operand never makes a worse state of the result. Where states are equal, the last one met
  !! counts. Every procedure has a `stat`, 0 before: any other value ends the search with
  !! `qube_err_callback`, and the message names the procedure (`less` as compare) and the value.
  type, abstract, public :: qube_cost_model
    !> How many reals a state has, 1 to 512. It is read when a search begins.
    integer :: state_length = 1
  contains
    !> `leaf(facts, state, stat)`: the state of a tensor.
    procedure(model_leaf), deferred :: leaf
    !> `combine(facts, left, right, state, stat)`: the state of a result from those of its operands.
    procedure(model_combine), deferred :: combine
    !> `less(a, b, answer, stat)`: whether state a is better than b, both of the same set.
    procedure(model_less), deferred :: less
    !> `value(state, cost, stat)`: what a state costs, a finite number; asked of the plan, once.
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

    subroutine model_less(self, a, b, answer, stat)
      import :: qube_cost_model, real64
      class(qube_cost_model), intent(inout) :: self
      real(real64), intent(in) :: a(:), b(:)
      logical, intent(inout) :: answer
      integer, intent(inout) :: stat
    end subroutine model_less

    subroutine model_value(self, state, cost, stat)
      import :: qube_cost_model, real64
      class(qube_cost_model), intent(inout) :: self
      real(real64), intent(in) :: state(:)
      real(real64), intent(inout) :: cost
      integer, intent(inout) :: stat
    end subroutine model_value
  end interface

  ! --- Procedures -------------------------------------------------------------------------------

  public :: qube_version, qube_memory_limit, qube_format_bytes, qube_power_means
  public :: qube_predict, qube_find_stage, qube_check, qube_predict_ranks, qube_best_grid
  public :: qube_compare
  public :: qube_request, qube_fit, qube_extreme, qube_compare_paths, qube_path_by_time
  public :: qube_optimize, qube_optimize_custom, qube_optimize_many, qube_read_plan, qube_verify
  public :: qube_best_order
  public :: qube_slicing_of, qube_target, qube_is_volatile
  public :: qube_policy_json, qube_policy_report, qube_read_policy, qube_resolve_policy
  public :: qube_plan_to_bytes, qube_plan_from_bytes

  !> `qube_format_bytes(bytes)`: bytes as text in GiB (2**30 bytes), such as `57.21 GiB`.
  interface qube_format_bytes
    module procedure format_bytes_int32
    module procedure format_bytes_int64
  end interface qube_format_bytes

  !> `qube_predict(problem, prediction, stat, errmsg)`: the memory of a run, a `qube_harmonic`, a
  !! `qube_pixel_direct` or a `qube_eclipse`. It depends on the run alone and does not communicate:
  !! every rank of a parallel program that asks about the same run gets the same answer.
  !! Errors: `qube_err_input`, `qube_err_conflict` (sizes that contradict each other),
  !! `qube_err_overflow`.
  interface qube_predict
    module procedure predict_harmonic
    module procedure predict_pixel_direct
    module procedure predict_eclipse
  end interface qube_predict

  !> `qube_check(problem, limit_bytes, check, stat, errmsg)`: whether a run fits into a limit of 1
  !! byte or more; a peak equal to the limit fits. That it does not fit is no failure: see
  !! `check%fits`.
  !! Errors: `qube_err_input`, `qube_err_conflict`, `qube_err_overflow`.
  interface qube_check
    module procedure check_harmonic_int32
    module procedure check_harmonic_int64
    module procedure check_pixel_direct_int32
    module procedure check_pixel_direct_int64
    module procedure check_eclipse_int32
    module procedure check_eclipse_int64
  end interface qube_check

  !> `qube_best_grid(prediction, ranks, grid, stat, errmsg)`: the grid and block with which the
  !! fullest of so many ranks holds least, of those that are tried: every way to write the number of
  !! ranks as a product, blocks of 16, 32, 64, 128 and 256. `prediction` is what qube_predict gave,
  !! `grid` a `qube_grid`. Errors: `qube_err_input`, `qube_err_overflow`.
  interface qube_best_grid
    module procedure best_grid_int32
    module procedure best_grid_int64
  end interface qube_best_grid

  !> `qube_fit(problem, limit_bytes, fit, job, stat, errmsg)`: whether a run fits on its nodes, each
  !! with memory of 1 byte or more; if not, at which stage, because of which term, and what to
  !! change. Equal to the limit fits. That it does not fit is no failure: see `fit%fits`. `problem`
  !! and `job` are as for qube_request, `fit` is a `qube_fit_result`. Like qube_predict it does not
  !! communicate.
  !! Errors: those of qube_request; `qube_err_input` for the limit too.
  interface qube_fit
    module procedure fit_int32
    module procedure fit_int64
  end interface qube_fit

  !> `qube_extreme(problem, size, limit_bytes, found, job, stat, errmsg)`: the extreme value of a
  !! size, one of the `qube_size_` constants, with which a node of so much memory suffices: exact,
  !! the next one does not fit. All other sizes stay, but the number of the job that is asked for is
  !! replaced, and then its grid, too. That none fits is no failure: see `found%kind`, a
  !! `qube_found`.
  !! Errors: those of qube_request, but a run that overflows is none here; `qube_err_input` for the
  !! limit and for a size that the run does not have (nside needs a survey with nside and fsky, lmax
  !! a survey or ECLIPSE, maps ECLIPSE); `qube_err_conflict` where bins are asked for and n_params
  !! is no multiple of n_bins.
  interface qube_extreme
    module procedure extreme_int32
    module procedure extreme_int64
  end interface qube_extreme

  !> `qube_compare_paths(problem, limit_bytes, paths, job, stat, errmsg)`: both of QUBE's paths: the
  !! one that QUBE takes, by time alone, what each of them holds, and which fit a node of so much
  !! memory. The run's own path has its switches, the other one the published defaults. `problem`
  !! has a survey that tells the sizes of both (fields, pixels, multipoles and bins), `paths` is a
  !! `qube_paths`. Errors: those of qube_request; `qube_err_input` for the limit too.
  interface qube_compare_paths
    module procedure compare_paths_int32
    module procedure compare_paths_int64
  end interface qube_compare_paths

  !> `qube_path_by_time(n_pix, n_modes, n_bins, path, stat, errmsg)`: the path that QUBE takes, by
  !! the time that it expects: `qube_path_harmonic` if n_modes**3 <= (n_bins + 1) * n_pix**3, else
  !! `qube_path_pixel_direct`. It never looks at memory. Exact for all sizes. Errors:
  !! `qube_err_input`, a size below 1.
  interface qube_path_by_time
    module procedure path_by_time_int32
    module procedure path_by_time_int64
  end interface qube_path_by_time

  ! --- The library: structs, as in qube_budget.h ------------------------------------------------

  type, bind(c) :: c_harmonic_config
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: n_pix, n_modes, lmax_signal, lmax
    integer(c_int32_t) :: release_pixel_projector, derivative_cache
  end type c_harmonic_config

  type, bind(c) :: c_pixel_direct_config
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: n_pix, lmax_signal, n_bins, n_params
    integer(c_int32_t) :: has_switch, cache_derivatives
  end type c_pixel_direct_config

  type, bind(c) :: c_survey
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: nside
    real(c_double) :: fsky
    integer(c_int64_t) :: n_obs, n_obs_polarisation, lmin, lmax, lmax_signal, n_bins, n_spectra
    integer(c_int32_t) :: fields, polar_cap
  end type c_survey

  type, bind(c) :: c_eclipse_config
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: pix_t, pix_p, lmax, lmax_cov, maps
    integer(c_int32_t) :: code, cross, check_inverse, fisher
  end type c_eclipse_config

  type, bind(c) :: c_stage
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: persistent_bytes, transient_bytes, peak_bytes, n_persistent, n_transient
    integer(c_int64_t) :: end_bytes, n_late
  end type c_stage

  type, bind(c) :: c_event
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: delta_bytes, total_bytes
    integer(c_int32_t) :: step, printed
  end type c_event

  type, bind(c) :: c_grid
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: nprow, npcol, block, ranks
  end type c_grid

  type, bind(c) :: c_rank_stage
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: fullest_bytes, least_bytes, mean_bytes
  end type c_rank_stage

  type, bind(c) :: c_check
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: spare_bytes, stage, stage_over_bytes, term, term_bytes
    integer(c_int32_t) :: fits, reserved
  end type c_check

  type, bind(c) :: c_job
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: nodes, ranks_per_node, cpus_per_rank, nprow, npcol, block
    integer(c_int64_t) :: input_matrices, baseline_bytes, margin
    integer(c_int32_t) :: share_node, reserved
  end type c_job

  type, bind(c) :: c_memory
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: per_node_bytes = 0, total_bytes = 0, shared_per_node_bytes = 0
    integer(c_int64_t) :: own_per_rank_bytes = 0, resident_bytes = 0, margin_bytes = 0
    integer(c_int64_t) :: input_bytes = 0, baseline_bytes = 0, stage = -1
    integer(c_int64_t) :: nprow = 0, npcol = 0, block = 0, n_too_large = 0
    integer(c_int32_t) :: holding = 0, calibrated = 0
  end type c_memory

  type, bind(c) :: c_stage_memory
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: peak_bytes = 0, margin_bytes = 0, per_rank_bytes = 0, per_node_bytes = 0
    integer(c_int64_t) :: n_parts = 0
    integer(c_int32_t) :: calibrated = 0, reserved = 0
  end type c_stage_memory

  type, bind(c) :: c_verdict
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: limit_bytes = 0, spare_bytes = 0, stage = -1, stage_over_bytes = 0
    integer(c_int64_t) :: term_bytes = 0, n_changes = 0, cheapest = -1
    integer(c_int32_t) :: fits = 0, reserved = 0
  end type c_verdict

  type, bind(c) :: c_change
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: value = 0, per_node_bytes = 0
    integer(c_int32_t) :: kind = 0, fits = 0
  end type c_change

  type, bind(c) :: c_paths
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: harmonic_peak_bytes = 0, harmonic_per_node_bytes = 0
    integer(c_int64_t) :: pixel_direct_peak_bytes = 0, pixel_direct_per_node_bytes = 0
    integer(c_int32_t) :: by_time = 0, harmonic_fits = 0, pixel_direct_fits = 0, reserved = 0
  end type c_paths

  type, bind(c) :: c_found
    integer(c_size_t) :: struct_size = 0
    integer(c_int64_t) :: limit_bytes = 0, value = 0, per_node_bytes = 0
    integer(c_int64_t) :: next_value = 0, next_per_node_bytes = 0
    integer(c_int32_t) :: size = 0, kind = 0
  end type c_found

  type, bind(c) :: c_options
    integer(c_size_t) :: struct_size
    real(c_double) :: volatile_weight, footprint_weight, peak_flops_tolerance
    real(c_double) :: machine_balance, fast_mem_elems, block_tiles, block_prefactor
    integer(c_int64_t) :: bytes_per_element
    integer(c_int32_t) :: objective, prune_outer_products, use_inner_pow, subnet_cse
    integer(c_int32_t) :: frontier, require_optimal
    integer(c_int64_t) :: max_states
    real(c_double) :: max_seconds
    integer(c_int64_t) :: max_bytes
  end type c_options

  type, bind(c) :: c_summary
    integer(c_size_t) :: struct_size
    real(c_double) :: cost, flops, peak_elements, lower_bound, seconds
    integer(c_int64_t) :: n_tensors, n_nodes, peak_node, n_frontier, bytes_per_element
    integer(c_int32_t) :: objective, exhaustive, optimal, bounded
    real(c_double) :: gap
    integer(c_int64_t) :: labels, looks
  end type c_summary

  type, bind(c) :: c_totals
    integer(c_size_t) :: struct_size
    real(c_double) :: cost, flops, peak_elements, savings
    integer(c_int64_t) :: n_terms, peak_term, n_shared
  end type c_totals

  type, bind(c) :: c_node
    integer(c_size_t) :: struct_size
    real(c_double) :: footprint, sliced_footprint, flops, cost, live_before, live, live_after
    integer(c_int64_t) :: number, first, second, n_loops
    integer(c_int32_t) :: is_leaf, is_volatile, cache, is_skipped
    integer(c_int64_t) :: shared_with
    real(c_double) :: repetitions
    integer(c_int64_t) :: n_alive
  end type c_node

  type, bind(c) :: c_slicing
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: batch_target, tile, batch, batches
    integer(c_int32_t) :: role, is_batchable
  end type c_slicing

  type, bind(c) :: c_infeasible
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: threshold_bytes
    real(c_double) :: least_peak, finest_peak
    integer(c_int64_t) :: least_peak_bytes, finest_peak_bytes, n_loops
    integer(c_int32_t) :: is_infeasible, reserved
  end type c_infeasible

  type, bind(c) :: c_leaf_facts
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: tensor
    real(c_double) :: footprint
    integer(c_int32_t) :: is_volatile, reserved
  end type c_leaf_facts

  type, bind(c) :: c_contraction_facts
    integer(c_size_t) :: struct_size
    integer(c_int64_t) :: left_tensors, right_tensors
    real(c_double) :: left_footprint, right_footprint, footprint, flops
    integer(c_int32_t) :: left_is_volatile, right_is_volatile, is_volatile, reserved
  end type c_contraction_facts

  type, bind(c) :: c_cost_model
    integer(c_size_t) :: struct_size, state_size
    type(c_ptr) :: user
    type(c_funptr) :: leaf, combine, compare, value
  end type c_cost_model

  !> What the callbacks get as their user data: the model that is asked.
  type :: model_box
    class(qube_cost_model), pointer :: model => null()
    integer :: state_length = 0
  end type model_box

  type :: batchable_box
    class(qube_batchable_callback), pointer :: callback => null()
  end type batchable_box

  type :: volatile_box
    class(qube_volatile_callback), pointer :: callback => null()
  end type volatile_box

  type :: inner_pow_box
    class(qube_inner_pow_callback), pointer :: callback => null()
  end type inner_pow_box

  type :: progress_box
    class(qube_progress), pointer :: progress => null()
  end type progress_box

  type :: search_box
    class(qube_search_progress), pointer :: progress => null()
  end type search_box

  ! --- The library: functions -------------------------------------------------------------------

  ! Functions that are passed on share an interface. Those that are called have their own, below:
  ! gfortran 12 passes VALUE arguments by reference to a procedure(...) that it calls twice.
  abstract interface
    function gives_text(handle, buf, cap, length) result(status) bind(c)
      import :: c_int32_t, c_ptr, c_size_t
      type(c_ptr), value :: handle, buf
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function gives_text

    function gives_count(handle, count) result(status) bind(c)
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: handle
      integer(c_int64_t), intent(inout) :: count
      integer(c_int32_t) :: status
    end function gives_count

    function gives_text_of(handle, item, buf, cap, length) result(status) bind(c)
      import :: c_int32_t, c_int64_t, c_ptr, c_size_t
      type(c_ptr), value :: handle, buf
      integer(c_int64_t), value :: item
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function gives_text_of

    function gives_text_about(handle, about, buf, cap, length) result(status) bind(c)
      import :: c_char, c_int32_t, c_ptr, c_size_t
      type(c_ptr), value :: handle, buf
      character(kind=c_char), intent(in) :: about(*)
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function gives_text_about

    function gives_text_within(handle, item, part, buf, cap, length) result(status) bind(c)
      import :: c_int32_t, c_int64_t, c_ptr, c_size_t
      type(c_ptr), value :: handle, buf
      integer(c_int64_t), value :: item, part
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function gives_text_within

    function reads_network(text, spaces, network) result(status) bind(c)
      import :: c_char, c_int32_t, c_ptr
      character(kind=c_char), intent(in) :: text(*)
      type(c_ptr), value :: spaces
      type(c_ptr), intent(out) :: network
      integer(c_int32_t) :: status
    end function reads_network

    function sets_callback(handle, callback, user, free_user) result(status) bind(c)
      import :: c_funptr, c_int32_t, c_ptr
      type(c_ptr), value :: handle, user
      type(c_funptr), value :: callback, free_user
      integer(c_int32_t) :: status
    end function sets_callback

    function sets_batch(policy, name, batch_target) result(status) bind(c)
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: policy
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), value :: batch_target
      integer(c_int32_t) :: status
    end function sets_batch
  end interface

  procedure(gives_count), bind(c, name='qube_budget_input_count') :: c_budget_input_count
  procedure(gives_count), bind(c, name='qube_budget_event_count') :: c_budget_event_count
  procedure(gives_text), bind(c, name='qube_budget_release') :: c_budget_release
  procedure(gives_text), bind(c, name='qube_budget_note') :: c_budget_note
  procedure(gives_text), bind(c, name='qube_budget_table') :: c_budget_table
  procedure(gives_text), bind(c, name='qube_budget_json') :: c_budget_json
  procedure(gives_text), bind(c, name='qube_request_notes') :: c_request_notes
  procedure(gives_text), bind(c, name='qube_request_table') :: c_request_table
  procedure(gives_text), bind(c, name='qube_fit_stage_name') :: c_fit_stage_name
  procedure(gives_text), bind(c, name='qube_fit_term_name') :: c_fit_term_name
  procedure(gives_text), bind(c, name='qube_fit_message') :: c_fit_message
  procedure(gives_text), bind(c, name='qube_fit_advice') :: c_fit_advice
  procedure(gives_text), bind(c, name='qube_fit_table') :: c_fit_table
  procedure(gives_text), bind(c, name='qube_fit_json') :: c_fit_json
  procedure(gives_text), bind(c, name='qube_found_message') :: c_found_message
  procedure(gives_text), bind(c, name='qube_plan_report') :: c_plan_report
  procedure(gives_text), bind(c, name='qube_plan_json') :: c_plan_json
  procedure(gives_text), bind(c, name='qube_plan_svg') :: c_plan_svg
  procedure(gives_text), bind(c, name='qube_plan_dot') :: c_plan_dot
  procedure(gives_text_of), bind(c, name='qube_budget_stage_name') :: c_budget_stage_name
  procedure(gives_text_of), bind(c, name='qube_budget_input_name') :: c_budget_input_name
  procedure(gives_text_of), bind(c, name='qube_budget_input_value') :: c_budget_input_value
  procedure(gives_text_of), bind(c, name='qube_budget_input_from') :: c_budget_input_from
  procedure(gives_text_of), bind(c, name='qube_budget_event_name') :: c_budget_event_name
  procedure(gives_text_of), bind(c, name='qube_budget_check_message') :: c_budget_check_message
  procedure(gives_text_of), bind(c, name='qube_budget_svg') :: c_budget_svg
  procedure(gives_text_of), bind(c, name='qube_request_stage_name') :: c_request_stage_name
  procedure(gives_text_of), bind(c, name='qube_request_margin_from') :: c_request_margin_from
  procedure(gives_text_of), bind(c, name='qube_request_too_large_name') :: &
    c_request_too_large_name
  procedure(gives_text_of), bind(c, name='qube_request_json') :: c_request_json
  procedure(gives_text_of), bind(c, name='qube_request_svg') :: c_request_svg
  procedure(gives_text_of), bind(c, name='qube_fit_change_words') :: c_fit_change_words
  procedure(gives_text_of), bind(c, name='qube_plan_node_label') :: c_plan_node_label
  procedure(gives_text_of), bind(c, name='qube_plan_node_open') :: c_plan_node_open
  procedure(gives_text_of), bind(c, name='qube_plan_node_nest') :: c_plan_node_nest
  procedure(gives_text_of), bind(c, name='qube_plan_infeasible_loop_index') :: &
    c_plan_infeasible_loop_index
  procedure(gives_text_about), bind(c, name='qube_budget_compare_table') :: c_budget_compare_table
  procedure(gives_text_about), bind(c, name='qube_budget_compare_json') :: c_budget_compare_json
  procedure(gives_text_within), bind(c, name='qube_budget_term_name') :: c_budget_term_name
  procedure(gives_text_within), bind(c, name='qube_request_part_name') :: c_request_part_name
  procedure(gives_text_within), bind(c, name='qube_plan_loop_index') :: c_plan_loop_index
  procedure(reads_network), bind(c, name='qube_network_parse') :: c_network_parse
  procedure(reads_network), bind(c, name='qube_network_einsum') :: c_network_einsum
  procedure(sets_batch), bind(c, name='qube_policy_batch_space') :: c_policy_batch_space
  procedure(sets_batch), bind(c, name='qube_policy_batch_index') :: c_policy_batch_index
  procedure(sets_batch), bind(c, name='qube_policy_batch_external_space') :: &
    c_policy_batch_external_space
  procedure(sets_batch), bind(c, name='qube_policy_batch_external_index') :: &
    c_policy_batch_external_index
  procedure(sets_batch), bind(c, name='qube_policy_tile_space') :: c_policy_tile_space
  procedure(sets_batch), bind(c, name='qube_policy_tile_index') :: c_policy_tile_index
  procedure(sets_callback), bind(c, name='qube_spaces_set_inner_pow_callback') :: &
    c_spaces_set_inner_pow
  procedure(sets_callback), bind(c, name='qube_network_builder_set_inner_pow_callback') :: &
    c_builder_set_inner_pow
  procedure(gives_text), bind(c, name='qube_policy_json') :: c_policy_json
  procedure(gives_text), bind(c, name='qube_policy_report') :: c_policy_report

  interface
    function c_last_error(buf, cap) result(length) bind(c, name='qube_last_error')
      import :: c_ptr, c_size_t
      type(c_ptr), value :: buf
      integer(c_size_t), value :: cap
      integer(c_size_t) :: length
    end function c_last_error

    function c_version() result(text) bind(c, name='qube_version')
      import :: c_ptr
      type(c_ptr) :: text
    end function c_version

    function c_abi_version() result(version) bind(c, name='qube_abi_version')
      import :: c_int32_t
      integer(c_int32_t) :: version
    end function c_abi_version

    function c_memory_limit(bytes) result(status) bind(c, name='qube_memory_limit')
      import :: c_int32_t, c_int64_t
      integer(c_int64_t), intent(inout) :: bytes
      integer(c_int32_t) :: status
    end function c_memory_limit

    function c_spaces_create(spaces) result(status) bind(c, name='qube_spaces_create')
      import :: c_int32_t, c_ptr
      type(c_ptr), intent(out) :: spaces
      integer(c_int32_t) :: status
    end function c_spaces_create

    function c_builder_create(builder) result(status) bind(c, name='qube_network_builder_create')
      import :: c_int32_t, c_ptr
      type(c_ptr), intent(out) :: builder
      integer(c_int32_t) :: status
    end function c_builder_create

    function c_policy_create(policy) result(status) bind(c, name='qube_policy_create')
      import :: c_int32_t, c_ptr
      type(c_ptr), intent(out) :: policy
      integer(c_int32_t) :: status
    end function c_policy_create

    subroutine c_budget_free(budget) bind(c, name='qube_budget_free')
      import :: c_ptr
      type(c_ptr), value :: budget
    end subroutine c_budget_free

    subroutine c_run_free(run) bind(c, name='qube_run_free')
      import :: c_ptr
      type(c_ptr), value :: run
    end subroutine c_run_free

    subroutine c_request_free(request) bind(c, name='qube_request_free')
      import :: c_ptr
      type(c_ptr), value :: request
    end subroutine c_request_free

    subroutine c_fit_free(fit) bind(c, name='qube_fit_free')
      import :: c_ptr
      type(c_ptr), value :: fit
    end subroutine c_fit_free

    subroutine c_spaces_free(spaces) bind(c, name='qube_spaces_free')
      import :: c_ptr
      type(c_ptr), value :: spaces
    end subroutine c_spaces_free

    subroutine c_builder_free(builder) bind(c, name='qube_network_builder_free')
      import :: c_ptr
      type(c_ptr), value :: builder
    end subroutine c_builder_free

    subroutine c_network_free(network) bind(c, name='qube_network_free')
      import :: c_ptr
      type(c_ptr), value :: network
    end subroutine c_network_free

    subroutine c_policy_free(policy) bind(c, name='qube_policy_free')
      import :: c_ptr
      type(c_ptr), value :: policy
    end subroutine c_policy_free

    subroutine c_plan_free(plan) bind(c, name='qube_plan_free')
      import :: c_ptr
      type(c_ptr), value :: plan
    end subroutine c_plan_free

    function c_budget_stage_count(budget, count) result(status) &
      bind(c, name='qube_budget_stage_count')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      integer(c_int64_t), intent(inout) :: count
      integer(c_int32_t) :: status
    end function c_budget_stage_count

    function c_budget_lifetime_peak(budget, bytes) result(status) &
      bind(c, name='qube_budget_lifetime_peak')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      integer(c_int64_t), intent(inout) :: bytes
      integer(c_int32_t) :: status
    end function c_budget_lifetime_peak

    function c_budget_peak_stage(budget, stage) result(status) &
      bind(c, name='qube_budget_peak_stage')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      integer(c_int64_t), intent(inout) :: stage
      integer(c_int32_t) :: status
    end function c_budget_peak_stage

    function c_network_tensor_count(network, count) result(status) &
      bind(c, name='qube_network_tensor_count')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: network
      integer(c_int64_t), intent(inout) :: count
      integer(c_int32_t) :: status
    end function c_network_tensor_count

    function c_plan_from_json(text, plan) result(status) bind(c, name='qube_plan_from_json')
      import :: c_char, c_int32_t, c_ptr
      character(kind=c_char), intent(in) :: text(*)
      type(c_ptr), intent(out) :: plan
      integer(c_int32_t) :: status
    end function c_plan_from_json

    function c_plan_verify(plan, network, policy, options) result(status) &
      bind(c, name='qube_plan_verify')
      import :: c_int32_t, c_options, c_ptr
      type(c_ptr), value :: plan, network, policy
      type(c_options), intent(in) :: options
      integer(c_int32_t) :: status
    end function c_plan_verify

    function c_plan_to_bytes(plan, out, cap, length) result(status) &
      bind(c, name='qube_plan_to_bytes')
      import :: c_int32_t, c_ptr, c_size_t
      type(c_ptr), value :: plan, out
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function c_plan_to_bytes

    function c_plan_from_bytes(bytes, count, plan) result(status) &
      bind(c, name='qube_plan_from_bytes')
      import :: c_int32_t, c_int64_t, c_int8_t, c_ptr
      integer(c_int8_t), intent(in) :: bytes(*)
      integer(c_int64_t), value :: count
      type(c_ptr), intent(out) :: plan
      integer(c_int32_t) :: status
    end function c_plan_from_bytes

    function c_plan_peak_bytes(plan, bytes) result(status) bind(c, name='qube_plan_peak_bytes')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: plan
      integer(c_int64_t), intent(inout) :: bytes
      integer(c_int32_t) :: status
    end function c_plan_peak_bytes

    function c_harmonic_config_init(config, size) result(status) &
      bind(c, name='qube_harmonic_config_init')
      import :: c_harmonic_config, c_int32_t, c_size_t
      type(c_harmonic_config), intent(inout) :: config
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_harmonic_config_init

    function c_pixel_direct_config_init(config, size) result(status) &
      bind(c, name='qube_pixel_direct_config_init')
      import :: c_int32_t, c_pixel_direct_config, c_size_t
      type(c_pixel_direct_config), intent(inout) :: config
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_pixel_direct_config_init

    function c_budget_harmonic(config, budget) result(status) bind(c, name='qube_budget_harmonic')
      import :: c_harmonic_config, c_int32_t, c_ptr
      type(c_harmonic_config), intent(in) :: config
      type(c_ptr), intent(out) :: budget
      integer(c_int32_t) :: status
    end function c_budget_harmonic

    function c_budget_pixel_direct(config, budget) result(status) &
      bind(c, name='qube_budget_pixel_direct')
      import :: c_int32_t, c_pixel_direct_config, c_ptr
      type(c_pixel_direct_config), intent(in) :: config
      type(c_ptr), intent(out) :: budget
      integer(c_int32_t) :: status
    end function c_budget_pixel_direct

    function c_survey_init(survey, size) result(status) bind(c, name='qube_survey_init')
      import :: c_int32_t, c_size_t, c_survey
      type(c_survey), intent(inout) :: survey
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_survey_init

    function c_budget_harmonic_of_survey(survey, options, budget) result(status) &
      bind(c, name='qube_budget_harmonic_of_survey')
      import :: c_harmonic_config, c_int32_t, c_ptr, c_survey
      type(c_survey), intent(in) :: survey
      type(c_harmonic_config), intent(in) :: options
      type(c_ptr), intent(out) :: budget
      integer(c_int32_t) :: status
    end function c_budget_harmonic_of_survey

    function c_budget_pixel_direct_of_survey(survey, options, budget) result(status) &
      bind(c, name='qube_budget_pixel_direct_of_survey')
      import :: c_int32_t, c_pixel_direct_config, c_ptr, c_survey
      type(c_survey), intent(in) :: survey
      type(c_pixel_direct_config), intent(in) :: options
      type(c_ptr), intent(out) :: budget
      integer(c_int32_t) :: status
    end function c_budget_pixel_direct_of_survey

    function c_eclipse_config_init(config, size) result(status) &
      bind(c, name='qube_eclipse_config_init')
      import :: c_eclipse_config, c_int32_t, c_size_t
      type(c_eclipse_config), intent(inout) :: config
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_eclipse_config_init

    function c_budget_eclipse(config, budget) result(status) bind(c, name='qube_budget_eclipse')
      import :: c_eclipse_config, c_int32_t, c_ptr
      type(c_eclipse_config), intent(in) :: config
      type(c_ptr), intent(out) :: budget
      integer(c_int32_t) :: status
    end function c_budget_eclipse

    function c_budget_eclipse_published(config, budget) result(status) &
      bind(c, name='qube_budget_eclipse_published')
      import :: c_eclipse_config, c_int32_t, c_ptr
      type(c_eclipse_config), intent(in) :: config
      type(c_ptr), intent(out) :: budget
      integer(c_int32_t) :: status
    end function c_budget_eclipse_published

    function c_budget_event(budget, event, told) result(status) bind(c, name='qube_budget_event')
      import :: c_event, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      integer(c_int64_t), value :: event
      type(c_event), intent(inout) :: told
      integer(c_int32_t) :: status
    end function c_budget_event

    function c_budget_per_rank(budget, grid, stage, held) result(status) &
      bind(c, name='qube_budget_per_rank')
      import :: c_grid, c_int32_t, c_int64_t, c_ptr, c_rank_stage
      type(c_ptr), value :: budget
      type(c_grid), intent(in) :: grid
      integer(c_int64_t), value :: stage
      type(c_rank_stage), intent(inout) :: held
      integer(c_int32_t) :: status
    end function c_budget_per_rank

    function c_budget_too_large_count(budget, grid, count) result(status) &
      bind(c, name='qube_budget_too_large_count')
      import :: c_grid, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      type(c_grid), intent(in) :: grid
      integer(c_int64_t), intent(inout) :: count
      integer(c_int32_t) :: status
    end function c_budget_too_large_count

    function c_budget_too_large(budget, grid, which, stage, term, elements) result(status) &
      bind(c, name='qube_budget_too_large')
      import :: c_grid, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      type(c_grid), intent(in) :: grid
      integer(c_int64_t), value :: which
      integer(c_int64_t), intent(inout) :: stage, term, elements
      integer(c_int32_t) :: status
    end function c_budget_too_large

    function c_budget_best_grid(budget, ranks, grid) result(status) &
      bind(c, name='qube_budget_best_grid')
      import :: c_grid, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      integer(c_int64_t), value :: ranks
      type(c_grid), intent(inout) :: grid
      integer(c_int32_t) :: status
    end function c_budget_best_grid

    function c_budget_find_stage(budget, name, stage) result(status) &
      bind(c, name='qube_budget_find_stage')
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      character(kind=c_char), intent(in) :: name(*)
      integer(c_int64_t), intent(inout) :: stage
      integer(c_int32_t) :: status
    end function c_budget_find_stage

    function c_budget_stage(budget, stage, sums) result(status) bind(c, name='qube_budget_stage')
      import :: c_int32_t, c_int64_t, c_ptr, c_stage
      type(c_ptr), value :: budget
      integer(c_int64_t), value :: stage
      type(c_stage), intent(inout) :: sums
      integer(c_int32_t) :: status
    end function c_budget_stage

    function c_budget_term(budget, stage, term, bytes, persistent) result(status) &
      bind(c, name='qube_budget_term')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      integer(c_int64_t), value :: stage, term
      integer(c_int64_t), intent(inout) :: bytes
      integer(c_int32_t), intent(inout) :: persistent
      integer(c_int32_t) :: status
    end function c_budget_term

    function c_budget_check(budget, limit_bytes, check) result(status) &
      bind(c, name='qube_budget_check')
      import :: c_check, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: budget
      integer(c_int64_t), value :: limit_bytes
      type(c_check), intent(inout) :: check
      integer(c_int32_t) :: status
    end function c_budget_check

    function c_run_harmonic(config, run) result(status) bind(c, name='qube_run_harmonic')
      import :: c_harmonic_config, c_int32_t, c_ptr
      type(c_harmonic_config), intent(in) :: config
      type(c_ptr), intent(out) :: run
      integer(c_int32_t) :: status
    end function c_run_harmonic

    function c_run_pixel_direct(config, run) result(status) bind(c, name='qube_run_pixel_direct')
      import :: c_int32_t, c_pixel_direct_config, c_ptr
      type(c_pixel_direct_config), intent(in) :: config
      type(c_ptr), intent(out) :: run
      integer(c_int32_t) :: status
    end function c_run_pixel_direct

    function c_run_harmonic_of_survey(survey, options, run) result(status) &
      bind(c, name='qube_run_harmonic_of_survey')
      import :: c_harmonic_config, c_int32_t, c_ptr, c_survey
      type(c_survey), intent(in) :: survey
      type(c_harmonic_config), intent(in) :: options
      type(c_ptr), intent(out) :: run
      integer(c_int32_t) :: status
    end function c_run_harmonic_of_survey

    function c_run_pixel_direct_of_survey(survey, options, run) result(status) &
      bind(c, name='qube_run_pixel_direct_of_survey')
      import :: c_int32_t, c_pixel_direct_config, c_ptr, c_survey
      type(c_survey), intent(in) :: survey
      type(c_pixel_direct_config), intent(in) :: options
      type(c_ptr), intent(out) :: run
      integer(c_int32_t) :: status
    end function c_run_pixel_direct_of_survey

    function c_run_eclipse(config, run) result(status) bind(c, name='qube_run_eclipse')
      import :: c_eclipse_config, c_int32_t, c_ptr
      type(c_eclipse_config), intent(in) :: config
      type(c_ptr), intent(out) :: run
      integer(c_int32_t) :: status
    end function c_run_eclipse

    function c_job_init(job, size) result(status) bind(c, name='qube_job_init')
      import :: c_int32_t, c_job, c_size_t
      type(c_job), intent(inout) :: job
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_job_init

    function c_budget_request(budget, job, request) result(status) &
      bind(c, name='qube_budget_request')
      import :: c_int32_t, c_job, c_ptr
      type(c_ptr), value :: budget
      type(c_job), intent(in) :: job
      type(c_ptr), intent(out) :: request
      integer(c_int32_t) :: status
    end function c_budget_request

    function c_request_memory(request, memory) result(status) bind(c, name='qube_request_memory')
      import :: c_int32_t, c_memory, c_ptr
      type(c_ptr), value :: request
      type(c_memory), intent(inout) :: memory
      integer(c_int32_t) :: status
    end function c_request_memory

    function c_request_stage_count(request, count) result(status) &
      bind(c, name='qube_request_stage_count')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: request
      integer(c_int64_t), intent(inout) :: count
      integer(c_int32_t) :: status
    end function c_request_stage_count

    function c_request_stage(request, stage, memory) result(status) &
      bind(c, name='qube_request_stage')
      import :: c_int32_t, c_int64_t, c_ptr, c_stage_memory
      type(c_ptr), value :: request
      integer(c_int64_t), value :: stage
      type(c_stage_memory), intent(inout) :: memory
      integer(c_int32_t) :: status
    end function c_request_stage

    function c_request_part(request, stage, part, bytes, persistent) result(status) &
      bind(c, name='qube_request_part')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: request
      integer(c_int64_t), value :: stage, part
      integer(c_int64_t), intent(inout) :: bytes
      integer(c_int32_t), intent(inout) :: persistent
      integer(c_int32_t) :: status
    end function c_request_part

    function c_request_too_large(request, which, stage, term, elements) result(status) &
      bind(c, name='qube_request_too_large')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: request
      integer(c_int64_t), value :: which
      integer(c_int64_t), intent(inout) :: stage, term, elements
      integer(c_int32_t) :: status
    end function c_request_too_large

    function c_request_job_script(request, form, buf, cap, length) result(status) &
      bind(c, name='qube_request_job_script')
      import :: c_int32_t, c_ptr, c_size_t
      type(c_ptr), value :: request, buf
      integer(c_int32_t), value :: form
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function c_request_job_script

    function c_run_fit(run, job, limit_bytes, fit) result(status) bind(c, name='qube_run_fit')
      import :: c_int32_t, c_int64_t, c_job, c_ptr
      type(c_ptr), value :: run
      type(c_job), intent(in) :: job
      integer(c_int64_t), value :: limit_bytes
      type(c_ptr), intent(out) :: fit
      integer(c_int32_t) :: status
    end function c_run_fit

    function c_fit_verdict(fit, verdict) result(status) bind(c, name='qube_fit_verdict')
      import :: c_int32_t, c_ptr, c_verdict
      type(c_ptr), value :: fit
      type(c_verdict), intent(inout) :: verdict
      integer(c_int32_t) :: status
    end function c_fit_verdict

    function c_fit_change(fit, which, change) result(status) bind(c, name='qube_fit_change')
      import :: c_change, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: fit
      integer(c_int64_t), value :: which
      type(c_change), intent(inout) :: change
      integer(c_int32_t) :: status
    end function c_fit_change

    function c_fit_paths(fit, paths) result(status) bind(c, name='qube_fit_paths')
      import :: c_int32_t, c_paths, c_ptr
      type(c_ptr), value :: fit
      type(c_paths), intent(inout) :: paths
      integer(c_int32_t) :: status
    end function c_fit_paths

    function c_fit_request(fit, request) result(status) bind(c, name='qube_fit_request')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: fit
      type(c_ptr), intent(out) :: request
      integer(c_int32_t) :: status
    end function c_fit_request

    function c_run_extreme(run, size, job, limit_bytes, found) result(status) &
      bind(c, name='qube_run_extreme')
      import :: c_found, c_int32_t, c_int64_t, c_job, c_ptr
      type(c_ptr), value :: run
      integer(c_int32_t), value :: size
      type(c_job), intent(in) :: job
      integer(c_int64_t), value :: limit_bytes
      type(c_found), intent(inout) :: found
      integer(c_int32_t) :: status
    end function c_run_extreme

    function c_run_paths(run, job, limit_bytes, paths) result(status) &
      bind(c, name='qube_run_paths')
      import :: c_int32_t, c_int64_t, c_job, c_paths, c_ptr
      type(c_ptr), value :: run
      type(c_job), intent(in) :: job
      integer(c_int64_t), value :: limit_bytes
      type(c_paths), intent(inout) :: paths
      integer(c_int32_t) :: status
    end function c_run_paths

    function c_path_by_time(n_pix, n_modes, n_bins, path) result(status) &
      bind(c, name='qube_path_by_time')
      import :: c_int32_t, c_int64_t
      integer(c_int64_t), value :: n_pix, n_modes, n_bins
      integer(c_int32_t), intent(inout) :: path
      integer(c_int32_t) :: status
    end function c_path_by_time

    function c_spaces_add(spaces, space, extent) result(status) bind(c, name='qube_spaces_add')
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: spaces
      character(kind=c_char), intent(in) :: space(*)
      integer(c_int64_t), value :: extent
      integer(c_int32_t) :: status
    end function c_spaces_add

    function c_spaces_add_composite(spaces, space, extent, power_means, n_power_means) &
      result(status) bind(c, name='qube_spaces_add_composite')
      import :: c_char, c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: spaces
      character(kind=c_char), intent(in) :: space(*)
      integer(c_int64_t), value :: extent, n_power_means
      real(c_double), intent(in) :: power_means(*)
      integer(c_int32_t) :: status
    end function c_spaces_add_composite

    function c_builder_add_composite(builder, label, space, extent, protos, n_protos, &
      power_means, n_power_means) result(status) bind(c, name='qube_network_builder_add_composite')
      import :: c_char, c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: builder, space
      character(kind=c_char), intent(in) :: label(*)
      integer(c_int64_t), value :: extent, n_protos, n_power_means
      type(c_ptr), intent(in) :: protos(*)
      real(c_double), intent(in) :: power_means(*)
      integer(c_int32_t) :: status
    end function c_builder_add_composite

    function c_builder_add_tensor(builder, label, indices, n_indices) result(status) &
      bind(c, name='qube_network_builder_add_tensor')
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: builder
      character(kind=c_char), intent(in) :: label(*)
      type(c_ptr), intent(in) :: indices(*)
      integer(c_int64_t), value :: n_indices
      integer(c_int32_t) :: status
    end function c_builder_add_tensor

    function c_builder_set_targets(builder, targets, n_targets) result(status) &
      bind(c, name='qube_network_builder_set_targets')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: builder
      type(c_ptr), intent(in) :: targets(*)
      integer(c_int64_t), value :: n_targets
      integer(c_int32_t) :: status
    end function c_builder_set_targets

    function c_builder_build(builder, network) result(status) &
      bind(c, name='qube_network_builder_build')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: builder
      type(c_ptr), intent(out) :: network
      integer(c_int32_t) :: status
    end function c_builder_build

    function c_network_from_json(text, network, policy) result(status) &
      bind(c, name='qube_network_from_json')
      import :: c_char, c_int32_t, c_ptr
      character(kind=c_char), intent(in) :: text(*)
      type(c_ptr), intent(out) :: network, policy
      integer(c_int32_t) :: status
    end function c_network_from_json

    function c_policy_add_volatile(policy, label) result(status) &
      bind(c, name='qube_policy_add_volatile')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: policy, label
      integer(c_int32_t) :: status
    end function c_policy_add_volatile

    function c_policy_set_persistent_only(policy, on) result(status) &
      bind(c, name='qube_policy_set_persistent_only')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: policy
      integer(c_int32_t), value :: on
      integer(c_int32_t) :: status
    end function c_policy_set_persistent_only

    function c_policy_set_accumulation_factor(policy, factor) result(status) &
      bind(c, name='qube_policy_set_accumulation_factor')
      import :: c_double, c_int32_t, c_ptr
      type(c_ptr), value :: policy
      real(c_double), value :: factor
      integer(c_int32_t) :: status
    end function c_policy_set_accumulation_factor

    function c_policy_add_volatile_tensor(policy, tensor) result(status) &
      bind(c, name='qube_policy_add_volatile_tensor')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: policy
      integer(c_int64_t), value :: tensor
      integer(c_int32_t) :: status
    end function c_policy_add_volatile_tensor

    function c_policy_set_peak_threshold(policy, bytes) result(status) &
      bind(c, name='qube_policy_set_peak_threshold')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: policy
      integer(c_int64_t), value :: bytes
      integer(c_int32_t) :: status
    end function c_policy_set_peak_threshold

    function c_policy_set_batchable(policy, callback, user, free_user) result(status) &
      bind(c, name='qube_policy_set_batchable_callback')
      import :: c_funptr, c_int32_t, c_ptr
      type(c_ptr), value :: policy, user
      type(c_funptr), value :: callback, free_user
      integer(c_int32_t) :: status
    end function c_policy_set_batchable

    function c_policy_set_volatile(policy, callback, user, free_user) result(status) &
      bind(c, name='qube_policy_set_volatile_callback')
      import :: c_funptr, c_int32_t, c_ptr
      type(c_ptr), value :: policy, user
      type(c_funptr), value :: callback, free_user
      integer(c_int32_t) :: status
    end function c_policy_set_volatile

    function c_policy_add_json(policy, text) result(status) bind(c, name='qube_policy_add_json')
      import :: c_char, c_int32_t, c_ptr
      type(c_ptr), value :: policy
      character(kind=c_char), intent(in) :: text(*)
      integer(c_int32_t) :: status
    end function c_policy_add_json

    function c_policy_resolve(policy, network, resolved) result(status) &
      bind(c, name='qube_policy_resolve')
      import :: c_int32_t, c_ptr
      type(c_ptr), value :: policy, network
      type(c_ptr), intent(out) :: resolved
      integer(c_int32_t) :: status
    end function c_policy_resolve

    function c_policy_slicing(policy, network, label, slicing) result(status) &
      bind(c, name='qube_policy_slicing')
      import :: c_char, c_int32_t, c_ptr, c_slicing
      type(c_ptr), value :: policy, network
      character(kind=c_char), intent(in) :: label(*)
      type(c_slicing), intent(inout) :: slicing
      integer(c_int32_t) :: status
    end function c_policy_slicing

    function c_strlen(text) result(length) bind(c, name='strlen')
      import :: c_ptr, c_size_t
      type(c_ptr), value :: text
      integer(c_size_t) :: length
    end function c_strlen

    function c_policy_target(policy, network, label, batch_target) result(status) &
      bind(c, name='qube_policy_target')
      import :: c_char, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: policy, network
      character(kind=c_char), intent(in) :: label(*)
      integer(c_int64_t), intent(inout) :: batch_target
      integer(c_int32_t) :: status
    end function c_policy_target

    function c_policy_is_volatile(policy, network, tensor, is_volatile) result(status) &
      bind(c, name='qube_policy_is_volatile')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: policy, network
      integer(c_int64_t), value :: tensor
      integer(c_int32_t), intent(inout) :: is_volatile
      integer(c_int32_t) :: status
    end function c_policy_is_volatile

    function c_options_init(options, size) result(status) bind(c, name='qube_options_init')
      import :: c_int32_t, c_options, c_size_t
      type(c_options), intent(inout) :: options
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_options_init

    function c_optimize(network, policy, options, progress, user, plan) result(status) &
      bind(c, name='qube_optimize_with_progress')
      import :: c_funptr, c_int32_t, c_options, c_ptr
      type(c_ptr), value :: network, policy, user
      type(c_options), intent(in) :: options
      type(c_funptr), value :: progress
      type(c_ptr), intent(out) :: plan
      integer(c_int32_t) :: status
    end function c_optimize

    function c_power_means(domains, n_domains, means, n_means) result(status) &
      bind(c, name='qube_power_means')
      import :: c_double, c_int32_t, c_int64_t
      integer(c_int64_t), intent(in) :: domains(*)
      integer(c_int64_t), value :: n_domains, n_means
      real(c_double), intent(inout) :: means(*)
      integer(c_int32_t) :: status
    end function c_power_means

    function c_optimize_many(networks, n_networks, policy, options, num_threads, progress, user, &
      plans) result(status) bind(c, name='qube_optimize_many')
      import :: c_funptr, c_int32_t, c_int64_t, c_options, c_ptr
      type(c_ptr), intent(in) :: networks(*)
      integer(c_int64_t), value :: n_networks, num_threads
      type(c_ptr), value :: policy, user
      type(c_options), intent(in) :: options
      type(c_funptr), value :: progress
      type(c_ptr), intent(out) :: plans
      integer(c_int32_t) :: status
    end function c_optimize_many

    subroutine c_plans_free(plans) bind(c, name='qube_plans_free')
      import :: c_ptr
      type(c_ptr), value :: plans
    end subroutine c_plans_free

    function c_plans_totals(plans, totals) result(status) bind(c, name='qube_plans_totals')
      import :: c_int32_t, c_ptr, c_totals
      type(c_ptr), value :: plans
      type(c_totals), intent(inout) :: totals
      integer(c_int32_t) :: status
    end function c_plans_totals

    function c_plans_plan(plans, term, plan) result(status) bind(c, name='qube_plans_plan')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: plans
      integer(c_int64_t), value :: term
      type(c_ptr), intent(out) :: plan
      integer(c_int32_t) :: status
    end function c_plans_plan

    function c_plans_shared(plans, shared, savings) result(status) &
      bind(c, name='qube_plans_shared')
      import :: c_double, c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: plans
      integer(c_int64_t), value :: shared
      real(c_double), intent(inout) :: savings
      integer(c_int32_t) :: status
    end function c_plans_shared

    function c_plans_shared_places(plans, shared, terms, nodes, cap, length) result(status) &
      bind(c, name='qube_plans_shared_places')
      import :: c_int32_t, c_int64_t, c_ptr, c_size_t
      type(c_ptr), value :: plans, terms, nodes
      integer(c_int64_t), value :: shared
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function c_plans_shared_places
    function c_cost_model_init(model, size) result(status) bind(c, name='qube_cost_model_init')
      import :: c_cost_model, c_int32_t, c_size_t
      type(c_cost_model), intent(inout) :: model
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_cost_model_init

    function c_optimize_custom(network, policy, options, model, plan) result(status) &
      bind(c, name='qube_optimize_custom')
      import :: c_cost_model, c_int32_t, c_options, c_ptr
      type(c_ptr), value :: network, policy
      type(c_options), intent(in) :: options
      type(c_cost_model), intent(in) :: model
      type(c_ptr), intent(out) :: plan
      integer(c_int32_t) :: status
    end function c_optimize_custom

    function c_plan_summary(plan, summary) result(status) bind(c, name='qube_plan_summary')
      import :: c_int32_t, c_ptr, c_summary
      type(c_ptr), value :: plan
      type(c_summary), intent(inout) :: summary
      integer(c_int32_t) :: status
    end function c_plan_summary

    function c_plan_sequence(plan, entries, cap, length) result(status) &
      bind(c, name='qube_plan_sequence')
      import :: c_int32_t, c_int64_t, c_ptr, c_size_t
      type(c_ptr), value :: plan
      integer(c_int64_t), intent(inout) :: entries(*)
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function c_plan_sequence

    function c_plan_frontier(plan, peaks, costs, cap, length) result(status) &
      bind(c, name='qube_plan_frontier')
      import :: c_double, c_int32_t, c_ptr, c_size_t
      type(c_ptr), value :: plan
      real(c_double), intent(inout) :: peaks(*), costs(*)
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function c_plan_frontier

    function c_plan_best_order(plan, nodes, cap, length, peak, peak_node) result(status) &
      bind(c, name='qube_plan_best_order')
      import :: c_double, c_int32_t, c_int64_t, c_ptr, c_size_t
      type(c_ptr), value :: plan
      integer(c_int64_t), intent(inout) :: nodes(*)
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      real(c_double), intent(inout) :: peak
      integer(c_int64_t), intent(inout) :: peak_node
      integer(c_int32_t) :: status
    end function c_plan_best_order

    function c_plan_node(plan, place, node) result(status) bind(c, name='qube_plan_node')
      import :: c_int32_t, c_int64_t, c_node, c_ptr
      type(c_ptr), value :: plan
      integer(c_int64_t), value :: place
      type(c_node), intent(inout) :: node
      integer(c_int32_t) :: status
    end function c_plan_node

    function c_plan_node_alive(plan, place, numbers, elements, cap, length) result(status) &
      bind(c, name='qube_plan_node_alive')
      import :: c_int32_t, c_int64_t, c_ptr, c_size_t
      type(c_ptr), value :: plan, numbers, elements
      integer(c_int64_t), value :: place
      integer(c_size_t), value :: cap
      integer(c_size_t), intent(inout) :: length
      integer(c_int32_t) :: status
    end function c_plan_node_alive

    function c_plan_loop_role(plan, place, loop, role) result(status) &
      bind(c, name='qube_plan_loop_role')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: plan
      integer(c_int64_t), value :: place, loop
      integer(c_int32_t), intent(inout) :: role
      integer(c_int32_t) :: status
    end function c_plan_loop_role

    function c_plan_infeasible(plan, found) result(status) bind(c, name='qube_plan_infeasible')
      import :: c_infeasible, c_int32_t, c_ptr
      type(c_ptr), value :: plan
      type(c_infeasible), intent(inout) :: found
      integer(c_int32_t) :: status
    end function c_plan_infeasible

    function c_plan_infeasible_loop(plan, loop, batch, batches, role) result(status) &
      bind(c, name='qube_plan_infeasible_loop')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: plan
      integer(c_int64_t), value :: loop
      integer(c_int64_t), intent(inout) :: batch, batches
      integer(c_int32_t), intent(inout) :: role
      integer(c_int32_t) :: status
    end function c_plan_infeasible_loop

    function c_plan_loop(plan, place, loop, batch, batches) result(status) &
      bind(c, name='qube_plan_loop')
      import :: c_int32_t, c_int64_t, c_ptr
      type(c_ptr), value :: plan
      integer(c_int64_t), value :: place, loop
      integer(c_int64_t), intent(inout) :: batch, batches
      integer(c_int32_t) :: status
    end function c_plan_loop
  end interface

  ! --- Types: failures and labels ---------------------------------------------------------------

  !> What went wrong first in a call, if anything did.
  !!
  !! Calls of the library that follow a failure do no harm: they get the NULL handle that the failed
  !! call left and fail as well, which no longer counts. So the procedures below simply go on.
  type :: failure
    integer :: status = qube_ok
    character(len=:), allocatable :: message
  end type failure

  !> Labels as C takes them: each ends with a NUL in `bytes`, where `starts` points to them. To be
  !! declared with the target attribute.
  type :: label_list
    character(kind=c_char), allocatable :: bytes(:)
    type(c_ptr), allocatable :: starts(:)
    integer(c_int64_t) :: count = 0
  end type label_list

contains

  ! --- Library and machine ----------------------------------------------------------------------

  !> The version of the library that is loaded, "major.minor.patch".
  function qube_version() result(version)
    character(len=:), allocatable :: version
    character(kind=c_char), pointer :: chars(:)
    integer :: length

    call c_f_pointer(c_version(), chars, [64])
    length = 0
    do while (chars(length + 1) /= c_null_char)
      length = length + 1
    end do
    call fortran_text(chars(1:length), version)
  end function qube_version

  !> How much memory this process may use: the least of the machine's physical memory and the memory
  !! limits of its control groups. Swap does not count. Errors: `qube_err_system`.
  subroutine qube_memory_limit(bytes, stat, errmsg)
    !> The limit in bytes; 0 after a failure.
    integer(int64), intent(out) :: bytes
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    bytes = 0
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_memory_limit(bytes), wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_memory_limit

  function format_bytes_int32(bytes) result(text)
    integer(int32), intent(in) :: bytes
    character(len=:), allocatable :: text

    call write_gib(int(bytes, int64), text)
  end function format_bytes_int32

  function format_bytes_int64(bytes) result(text)
    integer(int64), intent(in) :: bytes
    character(len=:), allocatable :: text

    call write_gib(bytes, text)
  end function format_bytes_int64

  subroutine write_gib(bytes, text)
    integer(int64), intent(in) :: bytes
    character(len=:), allocatable, intent(out) :: text
    character(len=32) :: number

    write (number, '(f20.2)') real(bytes, real64) / 2.0_real64**30
    text = trim(adjustl(number))//' GiB'
  end subroutine write_gib

  ! --- Budgets ----------------------------------------------------------------------------------

  subroutine predict_harmonic(problem, prediction, stat, errmsg)
    type(qube_harmonic), intent(in) :: problem
    type(qube_prediction), intent(out) :: prediction
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    prediction%path = path_harmonic
    prediction%harmonic = problem
    call predict(prediction, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine predict_harmonic

  subroutine predict_pixel_direct(problem, prediction, stat, errmsg)
    type(qube_pixel_direct), intent(in) :: problem
    type(qube_prediction), intent(out) :: prediction
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    prediction%path = path_pixel_direct
    prediction%pixel_direct = problem
    call predict(prediction, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine predict_pixel_direct

  subroutine predict_eclipse(problem, prediction, stat, errmsg)
    type(qube_eclipse), intent(in) :: problem
    type(qube_prediction), intent(out) :: prediction
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    prediction%path = path_eclipse
    prediction%eclipse = problem
    call predict(prediction, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine predict_eclipse

  !> The number of the stage with a given name. Errors: `qube_err_unknown_stage`; the message lists
  !! the names that there are.
  subroutine qube_find_stage(prediction, name, stage_number, stat, errmsg)
    !> What qube_predict gave.
    type(qube_prediction), intent(in) :: prediction
    !> The exact name, such as "basis_setup".
    character(len=*), intent(in) :: name
    !> The place in `prediction%stages`; 0 after a failure.
    integer, intent(out) :: stage_number
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: budget
    character(kind=c_char), allocatable :: c_name(:)
    integer(c_int64_t) :: stage

    stage = -1
    call make_budget(prediction, budget, wrong)
    if (prediction%path == 0) call fail(qube_err_unknown_stage, &
      "there is no stage '"//trim(name)//"': qube_predict has not filled the prediction", wrong)
    call c_text(name, 'the name of a stage', c_name, wrong)
    if (wrong%status == qube_ok) call note(c_budget_find_stage(budget, c_name, stage), wrong)
    call c_budget_free(budget)
    stage_number = 0
    if (wrong%status == qube_ok) stage_number = int(stage) + 1
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_find_stage

  !> A prediction beside what a run of it measured, stage by stage, in GiB and in units of n_pix**2
  !! doubles; how much more was measured, above the baseline, in per cent of the prediction. Errors:
  !! `qube_err_document` (what was measured cannot be read; the message gives the line),
  !! `qube_err_unknown_stage` (the message lists the names).
  subroutine qube_compare(prediction, measured, comparison, stat, errmsg)
    !> What qube_predict gave.
    type(qube_prediction), intent(in) :: prediction
    !> Resident sizes: a JSON document (schema "qube-measured/1"), or a log of lines `STAGE SIZE`
    !! (when the stage ends), `STAGE peak SIZE` (the largest in it), `baseline SIZE` (before the
    !! first stage) and `lifetime peak SIZE` (the largest of the run). Sizes are in bytes or have a
    !! unit: KiB, MiB, GiB, TiB.
    character(len=*), intent(in) :: measured
    !> Both, side by side.
    type(qube_comparison), intent(out) :: comparison
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: budget
    character(kind=c_char), allocatable :: c_measured(:)

    call make_budget_again(prediction, budget, wrong)
    call c_text(measured, 'what was measured', c_measured, wrong)
    if (wrong%status == qube_ok) then
      call get_text_about(c_budget_compare_table, budget, c_measured, comparison%table, wrong)
      call get_text_about(c_budget_compare_json, budget, c_measured, comparison%json, wrong)
    end if
    call c_budget_free(budget)
    if (wrong%status /= qube_ok) comparison = qube_comparison()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_compare

  subroutine check_harmonic_int64(problem, limit_bytes, check, stat, errmsg)
    type(qube_harmonic), intent(in) :: problem
    integer(int64), intent(in) :: limit_bytes
    type(qube_check_result), intent(out) :: check
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(qube_prediction) :: prediction
    type(failure) :: wrong

    prediction%path = path_harmonic
    prediction%harmonic = problem
    call compare(prediction, limit_bytes, check, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine check_harmonic_int64

  subroutine check_harmonic_int32(problem, limit_bytes, check, stat, errmsg)
    type(qube_harmonic), intent(in) :: problem
    integer(int32), intent(in) :: limit_bytes
    type(qube_check_result), intent(out) :: check
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(qube_prediction) :: prediction
    type(failure) :: wrong

    prediction%path = path_harmonic
    prediction%harmonic = problem
    call compare(prediction, int(limit_bytes, int64), check, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine check_harmonic_int32

  subroutine check_pixel_direct_int64(problem, limit_bytes, check, stat, errmsg)
    type(qube_pixel_direct), intent(in) :: problem
    integer(int64), intent(in) :: limit_bytes
    type(qube_check_result), intent(out) :: check
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(qube_prediction) :: prediction
    type(failure) :: wrong

    prediction%path = path_pixel_direct
    prediction%pixel_direct = problem
    call compare(prediction, limit_bytes, check, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine check_pixel_direct_int64

  subroutine check_pixel_direct_int32(problem, limit_bytes, check, stat, errmsg)
    type(qube_pixel_direct), intent(in) :: problem
    integer(int32), intent(in) :: limit_bytes
    type(qube_check_result), intent(out) :: check
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(qube_prediction) :: prediction
    type(failure) :: wrong

    prediction%path = path_pixel_direct
    prediction%pixel_direct = problem
    call compare(prediction, int(limit_bytes, int64), check, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine check_pixel_direct_int32

  subroutine check_eclipse_int64(problem, limit_bytes, check, stat, errmsg)
    type(qube_eclipse), intent(in) :: problem
    integer(int64), intent(in) :: limit_bytes
    type(qube_check_result), intent(out) :: check
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(qube_prediction) :: prediction
    type(failure) :: wrong

    prediction%path = path_eclipse
    prediction%eclipse = problem
    call compare(prediction, limit_bytes, check, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine check_eclipse_int64

  subroutine check_eclipse_int32(problem, limit_bytes, check, stat, errmsg)
    type(qube_eclipse), intent(in) :: problem
    integer(int32), intent(in) :: limit_bytes
    type(qube_check_result), intent(out) :: check
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(qube_prediction) :: prediction
    type(failure) :: wrong

    prediction%path = path_eclipse
    prediction%eclipse = problem
    call compare(prediction, int(limit_bytes, int64), check, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine check_eclipse_int32

  !> What each rank of a grid holds of a prediction, where all matrices are spread over the grid
  !! block-cyclically, as ECLIPSE does. Like qube_predict it does not communicate. Errors:
  !! `qube_err_input`, `qube_err_conflict` (ranks that do not fill the grid), `qube_err_overflow`,
  !! `qube_err_unknown_stage` (qube_predict has not filled the prediction).
  subroutine qube_predict_ranks(prediction, grid, per_rank, stat, errmsg)
    !> What qube_predict gave.
    type(qube_prediction), intent(in) :: prediction
    !> The grid of ranks.
    type(qube_grid), intent(in) :: grid
    !> What they hold.
    type(qube_rank_prediction), intent(out) :: per_rank
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: budget

    call make_budget_again(prediction, budget, wrong)
    if (wrong%status == qube_ok) call copy_per_rank(budget, grid, per_rank, wrong)
    call c_budget_free(budget)
    if (wrong%status /= qube_ok) per_rank = qube_rank_prediction()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_predict_ranks

  subroutine best_grid_int64(prediction, ranks, grid, stat, errmsg)
    type(qube_prediction), intent(in) :: prediction
    integer(int64), intent(in) :: ranks
    type(qube_grid), intent(out) :: grid
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_grid(prediction, ranks, grid, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine best_grid_int64

  subroutine best_grid_int32(prediction, ranks, grid, stat, errmsg)
    type(qube_prediction), intent(in) :: prediction
    integer(int32), intent(in) :: ranks
    type(qube_grid), intent(out) :: grid
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_grid(prediction, int(ranks, int64), grid, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine best_grid_int32

  subroutine find_grid(prediction, ranks, grid, wrong)
    type(qube_prediction), intent(in) :: prediction
    integer(int64), intent(in) :: ranks
    type(qube_grid), intent(out) :: grid
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: budget
    type(c_grid) :: best

    call make_budget_again(prediction, budget, wrong)
    best = c_grid(0, 0, 0, 0, 0)
    best%struct_size = c_sizeof(best)
    if (wrong%status == qube_ok) call note(c_budget_best_grid(budget, ranks, best), wrong)
    call c_budget_free(budget)
    if (wrong%status == qube_ok) grid = qube_grid(best%nprow, best%npcol, best%block, best%ranks)
  end subroutine find_grid

  !> Fills a prediction that knows its problem.
  subroutine predict(prediction, wrong)
    type(qube_prediction), intent(inout) :: prediction
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: budget

    call make_budget(prediction, budget, wrong)
    if (wrong%status == qube_ok) call copy_budget(budget, prediction, wrong)
    call c_budget_free(budget)
    if (wrong%status /= qube_ok) prediction = qube_prediction()
  end subroutine predict

  !> Compares the problem that a prediction knows with a limit.
  subroutine compare(prediction, limit_bytes, check, wrong)
    type(qube_prediction), intent(in) :: prediction
    integer(int64), intent(in) :: limit_bytes
    type(qube_check_result), intent(out) :: check
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: budget

    call make_budget(prediction, budget, wrong)
    if (wrong%status == qube_ok) call copy_check(budget, limit_bytes, check, wrong)
    call c_budget_free(budget)
    if (wrong%status /= qube_ok) check = qube_check_result()
  end subroutine compare

  !> The library's budget of the problem that a prediction knows; NULL if there is none or after a
  !! failure.
  subroutine make_budget(prediction, budget, wrong)
    type(qube_prediction), intent(in) :: prediction
    type(c_ptr), intent(out) :: budget
    type(failure), intent(inout) :: wrong

    budget = c_null_ptr
    call check_abi(wrong)
    if (wrong%status /= qube_ok) return
    select case (prediction%path)
    case (path_harmonic)
      call make_harmonic(prediction%harmonic, budget, wrong)
    case (path_pixel_direct)
      call make_pixel_direct(prediction%pixel_direct, budget, wrong)
    case (path_eclipse)
      call make_eclipse(prediction%eclipse, budget, wrong)
    end select
  end subroutine make_budget

  !> The same for a prediction that a user passes, which must have been filled.
  subroutine make_budget_again(prediction, budget, wrong)
    type(qube_prediction), intent(in) :: prediction
    type(c_ptr), intent(out) :: budget
    type(failure), intent(inout) :: wrong

    call make_budget(prediction, budget, wrong)
    if (prediction%path == 0) call fail(qube_err_unknown_stage, &
      'the prediction has no stages; allowed: one that qube_predict has filled', wrong)
  end subroutine make_budget_again

  subroutine make_harmonic(problem, budget, wrong)
    type(qube_harmonic), intent(in) :: problem
    type(c_ptr), intent(out) :: budget
    type(failure), intent(inout) :: wrong
    type(c_harmonic_config) :: config
    type(c_survey) :: survey

    call write_harmonic(problem, config, wrong)
    if (problem%survey%fields == 0) then
      call note(c_budget_harmonic(config, budget), wrong)
    else
      call write_survey(problem%survey, survey, wrong)
      call note(c_budget_harmonic_of_survey(survey, config, budget), wrong)
    end if
  end subroutine make_harmonic

  subroutine write_harmonic(problem, config, wrong)
    type(qube_harmonic), intent(in) :: problem
    type(c_harmonic_config), intent(out) :: config
    type(failure), intent(inout) :: wrong

    call note(c_harmonic_config_init(config, c_sizeof(config)), wrong)
    config%n_pix = problem%n_pix
    config%n_modes = problem%n_modes
    config%lmax_signal = problem%lmax_signal
    config%lmax = problem%lmax
    config%release_pixel_projector = truth(problem%release_pixel_projector)
    config%derivative_cache = truth(problem%derivative_cache)
  end subroutine write_harmonic

  subroutine make_pixel_direct(problem, budget, wrong)
    type(qube_pixel_direct), intent(in) :: problem
    type(c_ptr), intent(out) :: budget
    type(failure), intent(inout) :: wrong
    type(c_pixel_direct_config) :: config
    type(c_survey) :: survey

    call write_pixel_direct(problem, config, wrong)
    if (problem%survey%fields == 0) then
      call note(c_budget_pixel_direct(config, budget), wrong)
    else
      call write_survey(problem%survey, survey, wrong)
      call note(c_budget_pixel_direct_of_survey(survey, config, budget), wrong)
    end if
  end subroutine make_pixel_direct

  subroutine write_pixel_direct(problem, config, wrong)
    type(qube_pixel_direct), intent(in) :: problem
    type(c_pixel_direct_config), intent(out) :: config
    type(failure), intent(inout) :: wrong

    call note(c_pixel_direct_config_init(config, c_sizeof(config)), wrong)
    config%n_pix = problem%n_pix
    config%lmax_signal = problem%lmax_signal
    config%n_bins = problem%n_bins
    config%n_params = problem%n_params
    config%has_switch = truth(problem%has_switch)
    config%cache_derivatives = truth(problem%cache_derivatives)
  end subroutine write_pixel_direct

  subroutine write_survey(survey, c, wrong)
    type(qube_survey), intent(in) :: survey
    type(c_survey), intent(out) :: c
    type(failure), intent(inout) :: wrong

    call note(c_survey_init(c, c_sizeof(c)), wrong)
    c%fields = code(survey%fields)
    c%nside = survey%nside
    c%fsky = survey%fsky
    c%polar_cap = truth(survey%polar_cap)
    c%n_obs = survey%n_obs
    c%n_obs_polarisation = survey%n_obs_polarisation
    c%lmin = survey%lmin
    c%n_spectra = survey%n_spectra
    c%n_bins = survey%n_bins
    c%lmax = survey%lmax
  end subroutine write_survey

  subroutine make_eclipse(problem, budget, wrong)
    type(qube_eclipse), intent(in) :: problem
    type(c_ptr), intent(out) :: budget
    type(failure), intent(inout) :: wrong
    type(c_eclipse_config) :: config

    call write_eclipse(problem, config, wrong)
    if (problem%published) then
      call note(c_budget_eclipse_published(config, budget), wrong)
    else
      call note(c_budget_eclipse(config, budget), wrong)
    end if
  end subroutine make_eclipse

  subroutine write_eclipse(problem, config, wrong)
    type(qube_eclipse), intent(in) :: problem
    type(c_eclipse_config), intent(out) :: config
    type(failure), intent(inout) :: wrong

    call note(c_eclipse_config_init(config, c_sizeof(config)), wrong)
    config%code = code(problem%code)
    config%pix_t = problem%pix_t
    config%pix_p = problem%pix_p
    config%lmax = problem%lmax
    config%lmax_cov = problem%lmax_cov
    config%maps = problem%maps
    config%cross = truth(problem%cross)
    config%check_inverse = truth(problem%check_inverse)
    config%fisher = truth(problem%fisher)
  end subroutine write_eclipse

  subroutine copy_budget(budget, prediction, wrong)
    type(c_ptr), intent(in) :: budget
    type(qube_prediction), intent(inout) :: prediction
    type(failure), intent(inout) :: wrong
    integer(c_int64_t) :: count, peak_stage
    integer :: i

    count = 0
    peak_stage = -1
    call note(c_budget_stage_count(budget, count), wrong)
    call note(c_budget_lifetime_peak(budget, prediction%lifetime_peak_bytes), wrong)
    call note(c_budget_peak_stage(budget, peak_stage), wrong)
    prediction%peak_stage = int(peak_stage) + 1
    call get_text(c_budget_release, budget, prediction%release, wrong)
    call get_text(c_budget_note, budget, prediction%note, wrong)
    call get_text(c_budget_table, budget, prediction%table, wrong)
    call get_text(c_budget_json, budget, prediction%json, wrong)
    call get_text_of(c_budget_svg, budget, 0_c_int64_t, prediction%svg, wrong)
    allocate (prediction%stages(count))
    do i = 1, int(count)
      call copy_stage(budget, i, prediction%stages(i), wrong)
    end do
    call copy_inputs(budget, prediction%inputs, wrong)
    call copy_events(budget, prediction%events, wrong)
  end subroutine copy_budget

  subroutine copy_inputs(budget, inputs, wrong)
    type(c_ptr), intent(in) :: budget
    type(qube_input), allocatable, intent(out) :: inputs(:)
    type(failure), intent(inout) :: wrong
    integer(c_int64_t) :: count, i

    count = 0
    call note(c_budget_input_count(budget, count), wrong)
    allocate (inputs(count))
    do i = 1, count
      call get_text_of(c_budget_input_name, budget, i - 1, inputs(i)%name, wrong)
      call get_text_of(c_budget_input_value, budget, i - 1, inputs(i)%value, wrong)
      call get_text_of(c_budget_input_from, budget, i - 1, inputs(i)%from, wrong)
    end do
  end subroutine copy_inputs

  subroutine copy_events(budget, events, wrong)
    type(c_ptr), intent(in) :: budget
    type(qube_event), allocatable, intent(out) :: events(:)
    type(failure), intent(inout) :: wrong
    type(c_event) :: told
    integer(c_int64_t) :: count, i

    count = 0
    call note(c_budget_event_count(budget, count), wrong)
    allocate (events(count))
    do i = 1, count
      told = c_event(0, 0, 0, 0, 0)
      told%struct_size = c_sizeof(told)
      call note(c_budget_event(budget, i - 1, told), wrong)
      events(i)%step = int(told%step)
      events(i)%delta_bytes = told%delta_bytes
      events(i)%total_bytes = told%total_bytes
      events(i)%is_printed = told%printed == 1
      call get_text_of(c_budget_event_name, budget, i - 1, events(i)%name, wrong)
    end do
  end subroutine copy_events

  subroutine copy_per_rank(budget, grid, per_rank, wrong)
    type(c_ptr), intent(in) :: budget
    type(qube_grid), intent(in) :: grid
    type(qube_rank_prediction), intent(inout) :: per_rank
    type(failure), intent(inout) :: wrong
    type(c_grid) :: spread
    type(c_rank_stage) :: held
    integer(c_int64_t) :: count, i, stage, term

    spread = c_grid(0, grid%nprow, grid%npcol, grid%block, grid%ranks)
    spread%struct_size = c_sizeof(spread)
    count = 0
    call note(c_budget_stage_count(budget, count), wrong)
    allocate (per_rank%stages(count))
    do i = 1, count
      held = c_rank_stage(0, 0, 0, 0)
      held%struct_size = c_sizeof(held)
      call note(c_budget_per_rank(budget, spread, i - 1, held), wrong)
      call get_text_of(c_budget_stage_name, budget, i - 1, per_rank%stages(i)%name, wrong)
      per_rank%stages(i)%fullest_bytes = held%fullest_bytes
      per_rank%stages(i)%least_bytes = held%least_bytes
      per_rank%stages(i)%mean_bytes = held%mean_bytes
      if (held%fullest_bytes <= per_rank%fullest_bytes) cycle
      per_rank%peak_stage = int(i)
      per_rank%fullest_bytes = held%fullest_bytes
    end do
    count = 0
    call note(c_budget_too_large_count(budget, spread, count), wrong)
    allocate (per_rank%too_large(count))
    do i = 1, count
      stage = 0
      term = 0
      call note(c_budget_too_large(budget, spread, i - 1, stage, term, &
        per_rank%too_large(i)%elements), wrong)
      call get_text_of(c_budget_stage_name, budget, stage, per_rank%too_large(i)%stage, wrong)
      call get_text_within(c_budget_term_name, budget, stage, term, per_rank%too_large(i)%term, &
        wrong)
    end do
  end subroutine copy_per_rank

  subroutine copy_stage(budget, number, stage, wrong)
    type(c_ptr), intent(in) :: budget
    integer, intent(in) :: number
    type(qube_stage), intent(inout) :: stage
    type(failure), intent(inout) :: wrong
    type(c_stage) :: sums
    integer(c_int64_t) :: at, at_peak

    at = int(number, c_int64_t) - 1
    sums = c_stage(0, 0, 0, 0, 0, 0, 0, 0)
    sums%struct_size = c_sizeof(sums)
    call note(c_budget_stage(budget, at, sums), wrong)
    stage%persistent_bytes = sums%persistent_bytes
    stage%transient_bytes = sums%transient_bytes
    stage%peak_bytes = sums%peak_bytes
    call get_text_of(c_budget_stage_name, budget, at, stage%name, wrong)
    stage%end_bytes = sums%end_bytes
    at_peak = sums%n_persistent + sums%n_transient
    call copy_terms(budget, at, 0_c_int64_t, at_peak, stage%terms, wrong)
    call copy_terms(budget, at, at_peak, sums%n_late, stage%late, wrong)
  end subroutine copy_stage

  !> So many terms of a stage from the one after `before`.
  subroutine copy_terms(budget, at, before, count, terms, wrong)
    type(c_ptr), intent(in) :: budget
    integer(c_int64_t), intent(in) :: at, before, count
    type(qube_term), allocatable, intent(out) :: terms(:)
    type(failure), intent(inout) :: wrong
    integer(c_int64_t) :: k, term
    integer(c_int32_t) :: persistent

    allocate (terms(count))
    do k = 1, count
      term = before + k - 1
      persistent = 0
      call note(c_budget_term(budget, at, term, terms(k)%bytes, persistent), wrong)
      terms(k)%is_persistent = persistent == 1
      call get_text_within(c_budget_term_name, budget, at, term, terms(k)%name, wrong)
    end do
  end subroutine copy_terms

  subroutine copy_check(budget, limit_bytes, check, wrong)
    type(c_ptr), intent(in) :: budget
    integer(int64), intent(in) :: limit_bytes
    type(qube_check_result), intent(inout) :: check
    type(failure), intent(inout) :: wrong
    type(c_check) :: verdict

    verdict = c_check(0, 0, -1, 0, -1, 0, 0, 0)
    verdict%struct_size = c_sizeof(verdict)
    call note(c_budget_check(budget, limit_bytes, verdict), wrong)
    check%fits = verdict%fits == 1
    check%spare_bytes = verdict%spare_bytes
    check%stage = ''
    check%stage_number = int(verdict%stage) + 1
    check%stage_over_bytes = verdict%stage_over_bytes
    check%term = ''
    check%term_number = int(verdict%term) + 1
    check%term_bytes = verdict%term_bytes
    if (verdict%stage >= 0) then
      call get_text_of(c_budget_stage_name, budget, verdict%stage, check%stage, wrong)
      call get_text_within(c_budget_term_name, budget, verdict%stage, verdict%term, check%term, &
        wrong)
    end if
    call get_text_of(c_budget_check_message, budget, limit_bytes, check%message, wrong)
    call get_text_of(c_budget_svg, budget, limit_bytes, check%svg, wrong)
  end subroutine copy_check

  ! --- Requests and questions -------------------------------------------------------------------

  !> The memory that a run asks a machine for: the absolute resident size of its processes, that is
  !! peak, resident input, baseline and a margin, in the stage in which a node holds most. Like
  !! qube_predict it does not communicate. Errors: those of qube_predict; `qube_err_input` (a number
  !! of the job outside its range, or one that the code has no use for), `qube_err_conflict` (a grid
  !! that the ranks do not fill).
  subroutine qube_request(problem, request, job, stat, errmsg)
    !> A `qube_harmonic`, a `qube_pixel_direct` or a `qube_eclipse`.
    class(qube_run), intent(in) :: problem
    !> What it asks for.
    type(qube_request_result), intent(out) :: request
    !> Nodes and ranks; absent: one rank on one node.
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: budget, c_request
    type(c_job) :: on

    c_request = c_null_ptr
    call make_budget_of(problem, budget, wrong)
    if (wrong%status == qube_ok) call write_job(job, on, wrong)
    if (wrong%status == qube_ok) call note(c_budget_request(budget, on, c_request), wrong)
    if (wrong%status == qube_ok) call copy_request(c_request, 0_c_int64_t, request, wrong)
    call c_request_free(c_request)
    call c_budget_free(budget)
    if (wrong%status /= qube_ok) request = qube_request_result()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_request

  subroutine fit_int64(problem, limit_bytes, fit, job, stat, errmsg)
    class(qube_run), intent(in) :: problem
    integer(int64), intent(in) :: limit_bytes
    type(qube_fit_result), intent(out) :: fit
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_fit(problem, limit_bytes, fit, job, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine fit_int64

  subroutine fit_int32(problem, limit_bytes, fit, job, stat, errmsg)
    class(qube_run), intent(in) :: problem
    integer(int32), intent(in) :: limit_bytes
    type(qube_fit_result), intent(out) :: fit
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_fit(problem, int(limit_bytes, int64), fit, job, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine fit_int32

  subroutine extreme_int64(problem, size, limit_bytes, found, job, stat, errmsg)
    class(qube_run), intent(in) :: problem
    integer, intent(in) :: size
    integer(int64), intent(in) :: limit_bytes
    type(qube_found), intent(out) :: found
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_extreme(problem, size, limit_bytes, found, job, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine extreme_int64

  subroutine extreme_int32(problem, size, limit_bytes, found, job, stat, errmsg)
    class(qube_run), intent(in) :: problem
    integer, intent(in) :: size
    integer(int32), intent(in) :: limit_bytes
    type(qube_found), intent(out) :: found
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_extreme(problem, size, int(limit_bytes, int64), found, job, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine extreme_int32

  subroutine compare_paths_int64(problem, limit_bytes, paths, job, stat, errmsg)
    class(qube_run), intent(in) :: problem
    integer(int64), intent(in) :: limit_bytes
    type(qube_paths), intent(out) :: paths
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_paths(problem, limit_bytes, paths, job, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine compare_paths_int64

  subroutine compare_paths_int32(problem, limit_bytes, paths, job, stat, errmsg)
    class(qube_run), intent(in) :: problem
    integer(int32), intent(in) :: limit_bytes
    type(qube_paths), intent(out) :: paths
    type(qube_job), intent(in), optional :: job
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_paths(problem, int(limit_bytes, int64), paths, job, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine compare_paths_int32

  subroutine path_by_time_int64(n_pix, n_modes, n_bins, path, stat, errmsg)
    integer(int64), intent(in) :: n_pix, n_modes, n_bins
    integer, intent(out) :: path
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_path(n_pix, n_modes, n_bins, path, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine path_by_time_int64

  subroutine path_by_time_int32(n_pix, n_modes, n_bins, path, stat, errmsg)
    integer(int32), intent(in) :: n_pix, n_modes, n_bins
    integer, intent(out) :: path
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call find_path(int(n_pix, int64), int(n_modes, int64), int(n_bins, int64), path, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine path_by_time_int32

  subroutine find_fit(problem, limit_bytes, fit, job, wrong)
    class(qube_run), intent(in) :: problem
    integer(int64), intent(in) :: limit_bytes
    type(qube_fit_result), intent(out) :: fit
    type(qube_job), intent(in), optional :: job
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: run, c_fit
    type(c_job) :: on

    c_fit = c_null_ptr
    call make_run(problem, run, wrong)
    if (wrong%status == qube_ok) call write_job(job, on, wrong)
    if (wrong%status == qube_ok) call note(c_run_fit(run, on, limit_bytes, c_fit), wrong)
    if (wrong%status == qube_ok) call copy_fit(c_fit, fit, wrong)
    call c_fit_free(c_fit)
    call c_run_free(run)
    if (wrong%status /= qube_ok) fit = qube_fit_result()
  end subroutine find_fit

  subroutine find_extreme(problem, size, limit_bytes, found, job, wrong)
    class(qube_run), intent(in) :: problem
    integer, intent(in) :: size
    integer(int64), intent(in) :: limit_bytes
    type(qube_found), intent(out) :: found
    type(qube_job), intent(in), optional :: job
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: run
    type(c_job) :: on
    type(c_found), target :: told

    call make_run(problem, run, wrong)
    if (wrong%status == qube_ok) call write_job(job, on, wrong)
    told%struct_size = c_sizeof(told)
    if (wrong%status == qube_ok) &
      call note(c_run_extreme(run, code(size), on, limit_bytes, told), wrong)
    if (wrong%status == qube_ok) &
      call get_text(c_found_message, c_loc(told), found%message, wrong)
    call c_run_free(run)
    found%kind = int(told%kind)
    found%value = told%value
    found%per_node_bytes = told%per_node_bytes
    found%next_value = told%next_value
    found%next_per_node_bytes = told%next_per_node_bytes
    if (wrong%status /= qube_ok) found = qube_found()
  end subroutine find_extreme

  subroutine find_paths(problem, limit_bytes, paths, job, wrong)
    class(qube_run), intent(in) :: problem
    integer(int64), intent(in) :: limit_bytes
    type(qube_paths), intent(out) :: paths
    type(qube_job), intent(in), optional :: job
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: run
    type(c_job) :: on
    type(c_paths) :: both

    call make_run(problem, run, wrong)
    if (wrong%status == qube_ok) call write_job(job, on, wrong)
    both%struct_size = c_sizeof(both)
    if (wrong%status == qube_ok) call note(c_run_paths(run, on, limit_bytes, both), wrong)
    call c_run_free(run)
    if (wrong%status == qube_ok) call copy_paths(both, paths)
  end subroutine find_paths

  subroutine find_path(n_pix, n_modes, n_bins, path, wrong)
    integer(int64), intent(in) :: n_pix, n_modes, n_bins
    integer, intent(out) :: path
    type(failure), intent(inout) :: wrong
    integer(c_int32_t) :: found

    found = 0
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_path_by_time(n_pix, n_modes, n_bins, found), wrong)
    path = int(found)
  end subroutine find_path

  !> The library's budget of a run; NULL after a failure.
  subroutine make_budget_of(problem, budget, wrong)
    class(qube_run), intent(in) :: problem
    type(c_ptr), intent(out) :: budget
    type(failure), intent(inout) :: wrong

    budget = c_null_ptr
    call check_abi(wrong)
    if (wrong%status /= qube_ok) return
    select type (problem)
    class is (qube_harmonic)
      call make_harmonic(problem, budget, wrong)
    class is (qube_pixel_direct)
      call make_pixel_direct(problem, budget, wrong)
    class is (qube_eclipse)
      call make_eclipse(problem, budget, wrong)
    class default
      call fail(qube_err_input, not_a_run, wrong)
    end select
  end subroutine make_budget_of

  !> The library's run, to be asked what changes a size; NULL after a failure.
  subroutine make_run(problem, run, wrong)
    class(qube_run), intent(in) :: problem
    type(c_ptr), intent(out) :: run
    type(failure), intent(inout) :: wrong

    run = c_null_ptr
    call check_abi(wrong)
    if (wrong%status /= qube_ok) return
    select type (problem)
    class is (qube_harmonic)
      call make_harmonic_run(problem, run, wrong)
    class is (qube_pixel_direct)
      call make_pixel_direct_run(problem, run, wrong)
    class is (qube_eclipse)
      call make_eclipse_run(problem, run, wrong)
    class default
      call fail(qube_err_input, not_a_run, wrong)
    end select
  end subroutine make_run

  subroutine make_harmonic_run(problem, run, wrong)
    type(qube_harmonic), intent(in) :: problem
    type(c_ptr), intent(out) :: run
    type(failure), intent(inout) :: wrong
    type(c_harmonic_config) :: config
    type(c_survey) :: survey

    call write_harmonic(problem, config, wrong)
    if (problem%survey%fields == 0) then
      call note(c_run_harmonic(config, run), wrong)
    else
      call write_survey(problem%survey, survey, wrong)
      call note(c_run_harmonic_of_survey(survey, config, run), wrong)
    end if
  end subroutine make_harmonic_run

  subroutine make_pixel_direct_run(problem, run, wrong)
    type(qube_pixel_direct), intent(in) :: problem
    type(c_ptr), intent(out) :: run
    type(failure), intent(inout) :: wrong
    type(c_pixel_direct_config) :: config
    type(c_survey) :: survey

    call write_pixel_direct(problem, config, wrong)
    if (problem%survey%fields == 0) then
      call note(c_run_pixel_direct(config, run), wrong)
    else
      call write_survey(problem%survey, survey, wrong)
      call note(c_run_pixel_direct_of_survey(survey, config, run), wrong)
    end if
  end subroutine make_pixel_direct_run

  subroutine make_eclipse_run(problem, run, wrong)
    type(qube_eclipse), intent(in) :: problem
    type(c_ptr), intent(out) :: run
    type(failure), intent(inout) :: wrong
    type(c_eclipse_config) :: config

    run = c_null_ptr
    if (problem%published) then
      call fail(qube_err_input, 'published is true; allowed: false, as the sums of the guide '// &
        'are not what the run holds', wrong)
      return
    end if
    call write_eclipse(problem, config, wrong)
    call note(c_run_eclipse(config, run), wrong)
  end subroutine make_eclipse_run

  subroutine write_job(job, c, wrong)
    type(qube_job), intent(in), optional :: job
    type(c_job), intent(out) :: c
    type(failure), intent(inout) :: wrong

    call note(c_job_init(c, c_sizeof(c)), wrong)
    if (.not. present(job)) return
    c%nodes = job%nodes
    c%ranks_per_node = job%ranks_per_node
    c%cpus_per_rank = job%cpus_per_rank
    c%nprow = job%nprow
    c%npcol = job%npcol
    c%block = job%block
    c%input_matrices = job%input_matrices
    c%baseline_bytes = job%baseline_bytes
    c%margin = job%margin
    c%share_node = truth(job%share_node)
  end subroutine write_job

  !> `limit_bytes` is what a node has, for the drawing and the document; 0: not known.
  subroutine copy_request(c_request, limit_bytes, request, wrong)
    type(c_ptr), intent(in) :: c_request
    integer(c_int64_t), intent(in) :: limit_bytes
    type(qube_request_result), intent(inout) :: request
    type(failure), intent(inout) :: wrong
    type(c_memory) :: memory
    integer(c_int64_t) :: count, i, stage, term

    memory%struct_size = c_sizeof(memory)
    call note(c_request_memory(c_request, memory), wrong)
    request%peak_stage = int(memory%stage) + 1
    request%per_node_bytes = memory%per_node_bytes
    request%total_bytes = memory%total_bytes
    request%shared_per_node_bytes = memory%shared_per_node_bytes
    request%own_per_rank_bytes = memory%own_per_rank_bytes
    request%resident_bytes = memory%resident_bytes
    request%margin_bytes = memory%margin_bytes
    request%input_bytes = memory%input_bytes
    request%baseline_bytes = memory%baseline_bytes
    request%is_calibrated = memory%calibrated == 1
    request%holding = int(memory%holding)
    request%grid = qube_grid(memory%nprow, memory%npcol, memory%block, memory%nprow * memory%npcol)
    count = 0
    call note(c_request_stage_count(c_request, count), wrong)
    allocate (request%stages(count))
    do i = 1, count
      call copy_stage_request(c_request, i - 1, request%stages(i), wrong)
    end do
    allocate (request%too_large(memory%n_too_large))
    do i = 1, memory%n_too_large
      stage = 0
      term = 0
      associate (local => request%too_large(i))
        call note(c_request_too_large(c_request, i - 1, stage, term, local%elements), wrong)
        call get_text_of(c_request_stage_name, c_request, stage, local%stage, wrong)
        call get_text_of(c_request_too_large_name, c_request, i - 1, local%term, wrong)
      end associate
    end do
    do i = 1, size(request%job_script)
      call copy_job_script(c_request, int(i, c_int32_t), request%job_script(i), wrong)
    end do
    call get_text(c_request_notes, c_request, request%notes, wrong)
    call get_text(c_request_table, c_request, request%table, wrong)
    call get_text_of(c_request_json, c_request, limit_bytes, request%json, wrong)
    call get_text_of(c_request_svg, c_request, limit_bytes, request%svg, wrong)
  end subroutine copy_request

  subroutine copy_stage_request(c_request, at, stage, wrong)
    type(c_ptr), intent(in) :: c_request
    integer(c_int64_t), intent(in) :: at
    type(qube_stage_request), intent(inout) :: stage
    type(failure), intent(inout) :: wrong
    type(c_stage_memory) :: memory
    integer(c_int64_t) :: k
    integer(c_int32_t) :: persistent

    memory%struct_size = c_sizeof(memory)
    call note(c_request_stage(c_request, at, memory), wrong)
    stage%peak_bytes = memory%peak_bytes
    stage%margin_bytes = memory%margin_bytes
    stage%per_rank_bytes = memory%per_rank_bytes
    stage%per_node_bytes = memory%per_node_bytes
    stage%is_calibrated = memory%calibrated == 1
    call get_text_of(c_request_stage_name, c_request, at, stage%name, wrong)
    call get_text_of(c_request_margin_from, c_request, at, stage%margin_from, wrong)
    allocate (stage%parts(memory%n_parts))
    do k = 1, memory%n_parts
      persistent = 0
      call note(c_request_part(c_request, at, k - 1, stage%parts(k)%bytes, persistent), wrong)
      stage%parts(k)%is_persistent = persistent == 1
      call get_text_within(c_request_part_name, c_request, at, k - 1, stage%parts(k)%name, wrong)
    end do
  end subroutine copy_stage_request

  subroutine copy_job_script(c_request, form, line, wrong)
    type(c_ptr), intent(in) :: c_request
    integer(c_int32_t), intent(in) :: form
    character(len=*), intent(out) :: line
    type(failure), intent(inout) :: wrong
    character(kind=c_char), target :: buffer(len(line) + 1)
    character(len=:), allocatable :: text
    type(c_ptr) :: start
    integer(c_size_t) :: length

    length = 0
    start = c_loc(buffer)
    call note(c_request_job_script(c_request, form, start, size(buffer, kind=c_size_t), length), &
      wrong)
    if (wrong%status /= qube_ok) length = 0
    call fortran_text(buffer(1:length), text)
    line = text
  end subroutine copy_job_script

  subroutine copy_fit(c_fit, fit, wrong)
    type(c_ptr), intent(in) :: c_fit
    type(qube_fit_result), intent(inout) :: fit
    type(failure), intent(inout) :: wrong
    type(c_verdict) :: verdict
    type(c_change) :: change
    type(c_paths) :: both
    type(c_ptr) :: c_request
    integer(c_int64_t) :: i

    verdict%struct_size = c_sizeof(verdict)
    call note(c_fit_verdict(c_fit, verdict), wrong)
    call note(c_fit_request(c_fit, c_request), wrong)
    call copy_request(c_request, verdict%limit_bytes, fit%request, wrong)
    call c_request_free(c_request)
    fit%fits = verdict%fits == 1
    fit%limit_bytes = verdict%limit_bytes
    fit%spare_bytes = verdict%spare_bytes
    call get_text(c_fit_stage_name, c_fit, fit%stage, wrong)
    fit%stage_number = int(verdict%stage) + 1
    fit%stage_over_bytes = verdict%stage_over_bytes
    call get_text(c_fit_term_name, c_fit, fit%term, wrong)
    fit%term_bytes = verdict%term_bytes
    allocate (fit%changes(verdict%n_changes))
    do i = 1, verdict%n_changes
      change = c_change()
      change%struct_size = c_sizeof(change)
      call note(c_fit_change(c_fit, i - 1, change), wrong)
      fit%changes(i)%kind = int(change%kind)
      fit%changes(i)%value = change%value
      fit%changes(i)%per_node_bytes = change%per_node_bytes
      fit%changes(i)%fits = change%fits == 1
      call get_text_of(c_fit_change_words, c_fit, i - 1, fit%changes(i)%words, wrong)
    end do
    fit%cheapest = int(verdict%cheapest) + 1
    both%struct_size = c_sizeof(both)
    call note(c_fit_paths(c_fit, both), wrong)
    call copy_paths(both, fit%paths)
    call get_text(c_fit_message, c_fit, fit%message, wrong)
    call get_text(c_fit_advice, c_fit, fit%advice, wrong)
    call get_text(c_fit_table, c_fit, fit%table, wrong)
    call get_text(c_fit_json, c_fit, fit%json, wrong)
  end subroutine copy_fit

  subroutine copy_paths(both, paths)
    type(c_paths), intent(in) :: both
    type(qube_paths), intent(out) :: paths

    paths%by_time = int(both%by_time)
    paths%harmonic_peak_bytes = both%harmonic_peak_bytes
    paths%harmonic_per_node_bytes = both%harmonic_per_node_bytes
    paths%harmonic_fits = both%harmonic_fits == 1
    paths%pixel_direct_peak_bytes = both%pixel_direct_peak_bytes
    paths%pixel_direct_per_node_bytes = both%pixel_direct_per_node_bytes
    paths%pixel_direct_fits = both%pixel_direct_fits == 1
  end subroutine copy_paths

  ! --- Spaces, networks and policies: what users fill in ----------------------------------------

  subroutine spaces_add_int64(self, space, extent, power_means)
    class(qube_spaces), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int64), intent(in) :: extent
    real(real64), intent(in), optional :: power_means(:)
    type(qube_space), allocatable :: longer(:)
    integer :: n

    n = 0
    if (allocated(self%list)) n = size(self%list)
    allocate (longer(n + 1))
    if (n > 0) longer(1:n) = self%list
    longer(n + 1)%name = trim(space)
    longer(n + 1)%extent = extent
    if (present(power_means)) longer(n + 1)%power_means = power_means
    call move_alloc(longer, self%list)
  end subroutine spaces_add_int64

  subroutine spaces_add_int32(self, space, extent, power_means)
    class(qube_spaces), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int32), intent(in) :: extent
    real(real64), intent(in), optional :: power_means(:)

    call self%add_int64(space, int(extent, int64), power_means)
  end subroutine spaces_add_int32

  subroutine network_add_index_int64(self, label, extent, space, protos, power_means)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int64), intent(in) :: extent
    character(len=*), intent(in), optional :: space, protos
    real(real64), intent(in), optional :: power_means(:)
    type(qube_index), allocatable :: longer(:)
    integer :: n

    n = 0
    if (allocated(self%indices)) n = size(self%indices)
    allocate (longer(n + 1))
    if (n > 0) longer(1:n) = self%indices
    longer(n + 1)%label = trim(label)
    longer(n + 1)%extent = extent
    if (present(space)) longer(n + 1)%space = trim(space)
    if (present(protos)) longer(n + 1)%protos = trim(protos)
    if (present(power_means)) longer(n + 1)%power_means = power_means
    call move_alloc(longer, self%indices)
  end subroutine network_add_index_int64

  subroutine network_add_index_int32(self, label, extent, space, protos, power_means)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int32), intent(in) :: extent
    character(len=*), intent(in), optional :: space, protos
    real(real64), intent(in), optional :: power_means(:)

    call self%add_index_int64(label, int(extent, int64), space, protos, power_means)
  end subroutine network_add_index_int32

  subroutine network_add_tensor(self, label, indices)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: label
    character(len=*), intent(in) :: indices
    type(qube_tensor), allocatable :: longer(:)
    integer :: n

    n = 0
    if (allocated(self%tensors)) n = size(self%tensors)
    allocate (longer(n + 1))
    if (n > 0) longer(1:n) = self%tensors
    longer(n + 1)%label = trim(label)
    longer(n + 1)%indices = trim(indices)
    call move_alloc(longer, self%tensors)
  end subroutine network_add_tensor

  subroutine network_set_targets(self, labels)
    class(qube_network), intent(inout) :: self
    character(len=*), intent(in) :: labels

    self%targets = trim(labels)
  end subroutine network_set_targets

  subroutine policy_batch_space_int64(self, space, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int64), intent(in) :: target

    call add_batch(self%spaces, space, target)
  end subroutine policy_batch_space_int64

  subroutine policy_batch_space_int32(self, space, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int32), intent(in) :: target

    call add_batch(self%spaces, space, int(target, int64))
  end subroutine policy_batch_space_int32

  subroutine policy_batch_index_int64(self, label, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int64), intent(in) :: target

    call add_batch(self%indices, label, target)
  end subroutine policy_batch_index_int64

  subroutine policy_batch_index_int32(self, label, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int32), intent(in) :: target

    call add_batch(self%indices, label, int(target, int64))
  end subroutine policy_batch_index_int32

  subroutine policy_batch_external_space_int64(self, space, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int64), intent(in) :: target

    call add_batch(self%external_spaces, space, target)
  end subroutine policy_batch_external_space_int64

  subroutine policy_batch_external_space_int32(self, space, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int32), intent(in) :: target

    call add_batch(self%external_spaces, space, int(target, int64))
  end subroutine policy_batch_external_space_int32

  subroutine policy_batch_external_index_int64(self, label, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int64), intent(in) :: target

    call add_batch(self%external_indices, label, target)
  end subroutine policy_batch_external_index_int64

  subroutine policy_batch_external_index_int32(self, label, target)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int32), intent(in) :: target

    call add_batch(self%external_indices, label, int(target, int64))
  end subroutine policy_batch_external_index_int32

  subroutine policy_tile_space_int64(self, space, size)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int64), intent(in) :: size

    call add_tile(self%tile_spaces, space, size)
  end subroutine policy_tile_space_int64

  subroutine policy_tile_space_int32(self, space, size)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: space
    integer(int32), intent(in) :: size

    call add_tile(self%tile_spaces, space, int(size, int64))
  end subroutine policy_tile_space_int32

  subroutine policy_tile_index_int64(self, label, size)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int64), intent(in) :: size

    call add_tile(self%tile_indices, label, size)
  end subroutine policy_tile_index_int64

  subroutine policy_tile_index_int32(self, label, size)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer(int32), intent(in) :: size

    call add_tile(self%tile_indices, label, int(size, int64))
  end subroutine policy_tile_index_int32

  subroutine add_batch(list, name, target)
    type(qube_batch), allocatable, intent(inout) :: list(:)
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: target
    type(qube_batch), allocatable :: longer(:)
    integer :: n

    n = 0
    if (allocated(list)) n = size(list)
    allocate (longer(n + 1))
    if (n > 0) longer(1:n) = list
    longer(n + 1)%name = trim(name)
    longer(n + 1)%target = target
    call move_alloc(longer, list)
  end subroutine add_batch

  subroutine add_tile(list, name, tile_size)
    type(qube_tile), allocatable, intent(inout) :: list(:)
    character(len=*), intent(in) :: name
    integer(int64), intent(in) :: tile_size
    type(qube_tile), allocatable :: longer(:)
    integer :: n

    n = 0
    if (allocated(list)) n = size(list)
    allocate (longer(n + 1))
    if (n > 0) longer(1:n) = list
    longer(n + 1)%name = trim(name)
    longer(n + 1)%size = tile_size
    call move_alloc(longer, list)
  end subroutine add_tile

  subroutine policy_add_volatile_tensor(self, tensor)
    class(qube_batch_policy), intent(inout) :: self
    integer, intent(in) :: tensor

    if (allocated(self%volatile_tensors)) then
      self%volatile_tensors = [self%volatile_tensors, tensor]
    else
      self%volatile_tensors = [tensor]
    end if
  end subroutine policy_add_volatile_tensor

  subroutine policy_add_volatile(self, label)
    class(qube_batch_policy), intent(inout) :: self
    character(len=*), intent(in) :: label

    if (allocated(self%volatile_labels)) then
      self%volatile_labels = self%volatile_labels//' '//trim(label)
    else
      self%volatile_labels = trim(label)
    end if
  end subroutine policy_add_volatile

  ! --- Plans and questions of an evaluator ------------------------------------------------------

  !> Finds the best plan of a network of at most 64 tensors for work, storage and peaks, of at most
  !! 16 where slicing is not free or there is a threshold on the peak; of more, up to 64 with a
  !! threshold and up to 4096 else, a good plan of which less is proven. From 31 tensors on it is
  !! the best one that is found in a second or two.
  !! Errors: those of the network
  !! (`qube_err_parse`, `qube_err_extent`, `qube_err_unknown_index`, `qube_err_unknown_space`,
  !! `qube_err_duplicate`, `qube_err_no_tensors`, `qube_err_power_mean`, `qube_err_document`;
  !! `qube_err_conflict`: more than one form), `qube_err_target`, `qube_err_option`,
  !! `qube_err_too_large` and `qube_err_overflow`; `qube_err_limit`, a limit that leaves no plan, or
  !! none with a proof where that is required, and `qube_err_callback`, the same for a report that
  !! stops the search.
  subroutine qube_optimize(network, plan, policy, options, stat, errmsg, progress)
    !> What to contract.
    type(qube_network), intent(in) :: network
    !> The plan.
    type(qube_plan), intent(out) :: plan
    !> What may be sliced and what is volatile; absent: nothing.
    type(qube_batch_policy), intent(in), optional :: policy
    !> Objective and weights; absent: the defaults.
    type(qube_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    !> What is told how far the search has come; absent: nothing. Last, as it came later.
    class(qube_search_progress), intent(inout), target, optional :: progress
    type(failure) :: wrong
    type(qube_batch_policy) :: no_policy
    type(qube_options) :: defaults
    type(search_box), target :: box
    type(c_funptr) :: callback
    type(c_ptr) :: user

    callback = c_null_funptr
    user = c_null_ptr
    if (present(progress)) then
      box%progress => progress
      callback = c_funloc(report_search)
      user = c_loc(box)
    end if
    if (present(policy) .and. present(options)) then
      call find_plan(network, policy, options, callback, user, plan, wrong)
    else if (present(policy)) then
      call find_plan(network, policy, defaults, callback, user, plan, wrong)
    else if (present(options)) then
      call find_plan(network, no_policy, options, callback, user, plan, wrong)
    else
      call find_plan(network, no_policy, defaults, callback, user, plan, wrong)
    end if
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_optimize

  !> Power means of the domain sizes of composite indices, for the tables of spaces and indices:
  !! means(k) = (sum over pairs of d**k / pairs)**(1/k). Errors: `qube_err_power_mean`.
  subroutine qube_power_means(domains, means, stat, errmsg)
    !> Domain sizes d of all pairs, elements, 0 or more, one at least above 0.
    integer(int64), intent(in) :: domains(:)
    !> The means of order 1 to size(means), at most 1024; 0 after a failure.
    real(real64), intent(out) :: means(:)
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    means = 0
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_power_means(domains, &
      size(domains, kind=c_int64_t), means, size(means, kind=c_int64_t)), wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_power_means

  !> The best plans of many terms, with one policy and one set of options, and what the terms come
  !! to together. Errors: those of `qube_optimize`, whose message names the first term that has one,
  !! counted from 0; `qube_err_input` (num_threads), `qube_err_conflict` (a network given as JSON,
  !! which has a policy of its own), `qube_err_callback` (the report ended the call).
  subroutine qube_optimize_many(networks, plans, totals, policy, options, num_threads, progress, &
    stat, errmsg)
    !> The terms.
    type(qube_network), intent(in) :: networks(:)
    !> Their plans, in the same order.
    type(qube_plan), allocatable, intent(out) :: plans(:)
    type(qube_totals), intent(out) :: totals
    !> What may be sliced and what is volatile; absent: nothing.
    type(qube_batch_policy), intent(in), optional :: policy
    !> Objective and weights; absent: the defaults.
    type(qube_options), intent(in), optional :: options
    !> Threads that compute, 1 to 1024; absent or 1: the calling thread alone. More are started for
    !! this call. The answer does not depend on it.
    integer, intent(in), optional :: num_threads
    !> What is told of every term that has been planned; absent: nothing.
    class(qube_progress), intent(inout), target, optional :: progress
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_options) :: numbers
    type(c_ptr) :: c_networks(size(networks)), c_policy, c_plans, user
    type(c_funptr) :: callback
    type(progress_box), target :: box
    integer(c_int64_t) :: threads
    integer :: i

    c_networks = c_null_ptr
    c_policy = c_null_ptr
    c_plans = c_null_ptr
    callback = c_null_funptr
    user = c_null_ptr
    if (present(progress)) then
      box%progress => progress
      callback = c_funloc(report_progress)
      user = c_loc(box)
    end if
    threads = 1
    if (present(num_threads)) threads = num_threads
    call check_abi(wrong)
    do i = 1, size(networks)
      call make_network(networks(i), c_networks(i), wrong)
    end do
    if (wrong%status == qube_ok) call note(c_policy_create(c_policy), wrong)
    if (wrong%status == qube_ok .and. present(policy)) then
      call fill_policy(policy, c_policy, wrong)
      do i = 1, size(networks)
        call check_volatile_tensors(policy, c_networks(i), wrong)
      end do
    end if
    if (present(options)) then
      call make_options(options, numbers, wrong)
    else
      call make_options(qube_options(), numbers, wrong)
    end if
    if (wrong%status == qube_ok) call note(c_optimize_many(c_networks, &
      size(networks, kind=c_int64_t), c_policy, numbers, threads, callback, user, c_plans), wrong)
    if (wrong%status == qube_ok) call copy_plans(c_plans, plans, totals, wrong)
    call c_plans_free(c_plans)
    call c_policy_free(c_policy)
    do i = 1, size(networks)
      call c_network_free(c_networks(i))
    end do
    if (wrong%status /= qube_ok) then
      totals = qube_totals()
      if (allocated(plans)) deallocate (plans)
    end if
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_optimize_many

  subroutine copy_plans(c_plans, plans, totals, wrong)
    type(c_ptr), intent(in) :: c_plans
    type(qube_plan), allocatable, intent(out) :: plans(:)
    type(qube_totals), intent(inout) :: totals
    type(failure), intent(inout) :: wrong
    type(c_totals) :: numbers
    type(c_ptr) :: c_plan
    integer(c_int64_t) :: i

    numbers = c_totals(0, 0, 0, 0, 0, 0, 0, 0)
    numbers%struct_size = c_sizeof(numbers)
    call note(c_plans_totals(c_plans, numbers), wrong)
    totals%cost = numbers%cost
    totals%flops = numbers%flops
    totals%peak_elements = numbers%peak_elements
    totals%peak_term = int(numbers%peak_term) + 1
    totals%savings = numbers%savings
    allocate (plans(numbers%n_terms), totals%shared(numbers%n_shared))
    do i = 1, numbers%n_terms
      call note(c_plans_plan(c_plans, i - 1, c_plan), wrong)
      if (wrong%status == qube_ok) call copy_plan(c_plan, plans(i), wrong)
      call c_plan_free(c_plan)
    end do
    do i = 1, numbers%n_shared
      call copy_shared(c_plans, i - 1, totals%shared(i), wrong)
    end do
  end subroutine copy_plans

  !> The library counts from 0.
  subroutine copy_shared(c_plans, number, shared, wrong)
    type(c_ptr), intent(in) :: c_plans
    integer(c_int64_t), intent(in) :: number
    type(qube_shared), intent(inout) :: shared
    type(failure), intent(inout) :: wrong
    integer(c_int64_t), allocatable, target :: terms(:), nodes(:)
    type(c_ptr) :: to_terms, to_nodes
    integer(c_size_t) :: length

    length = 0
    call note(c_plans_shared(c_plans, number, shared%savings), wrong)
    call note(c_plans_shared_places(c_plans, number, c_null_ptr, c_null_ptr, 0_c_size_t, length), &
      wrong)
    allocate (terms(length), nodes(length))
    to_terms = c_loc(terms)
    to_nodes = c_loc(nodes)
    call note(c_plans_shared_places(c_plans, number, to_terms, to_nodes, length, length), wrong)
    shared%terms = int(terms) + 1
    shared%positions = int(nodes) + 1
  end subroutine copy_shared

  !> The library's network alone, for a call whose policy comes from elsewhere; NULL where it could
  !! not be made.
  subroutine make_network(network, c_network, wrong)
    type(qube_network), intent(in) :: network
    type(c_ptr), intent(inout) :: c_network
    type(failure), intent(inout) :: wrong

    call check_forms(network, wrong)
    if (wrong%status /= qube_ok) return
    if (allocated(network%json)) then
      call fail(qube_err_conflict, 'a network is given as json, which has a policy of its own, '// &
        'but one policy is for all; allowed: term, einsum, or indices and tensors', wrong)
    else if (allocated(network%term)) then
      call read_text(c_network_parse, network%term, network%spaces, c_network, wrong)
    else if (allocated(network%einsum)) then
      call read_text(c_network_einsum, network%einsum, network%spaces, c_network, wrong)
    else
      call build_network(network, c_network, wrong)
    end if
  end subroutine make_network
  !> Finds the best plan of a network of at most 16 tensors under a cost model of one's own. The
  !! plan has the objective `qube_custom` and the model's value as its cost; its steps have no cost.
  !! The model is asked in the calling thread, during the call. A search that a limit stops gives
  !! the plan that the model likes best of those of little work, storage and peak; nothing is known
  !! then of what no plan goes below, and the lower bound is `-huge(1.0_real64)`.
  !! Errors: those of `qube_optimize`,
  !! `qube_err_callback` (the model cancelled, or gave a cost that is not finite), `qube_err_option`
  !! (state_length), `qube_err_too_large` (the states of all sets take more than 2**27 bytes).
  subroutine qube_optimize_custom(network, model, plan, policy, options, stat, errmsg)
    !> What to contract.
    type(qube_network), intent(in) :: network
    !> What to minimise.
    class(qube_cost_model), intent(inout), target :: model
    !> The plan.
    type(qube_plan), intent(out) :: plan
    !> What is volatile (no loops are opened); absent: nothing.
    type(qube_batch_policy), intent(in), optional :: policy
    !> Absent: the defaults. Objective, weights and roofline are checked but not used.
    type(qube_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(qube_batch_policy) :: no_policy
    type(qube_options) :: defaults

    if (present(policy) .and. present(options)) then
      call find_custom(network, model, policy, options, plan, wrong)
    else if (present(policy)) then
      call find_custom(network, model, policy, defaults, plan, wrong)
    else if (present(options)) then
      call find_custom(network, model, no_policy, options, plan, wrong)
    else
      call find_custom(network, model, no_policy, defaults, plan, wrong)
    end if
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_optimize_custom

  !> Reads a plan from a document: what `plan%json` held, or what the command (qube plan --json)
  !! wrote, on this host or another. Errors: `qube_err_document`, and `qube_err_parse` for a text
  !! with a NUL.
  subroutine qube_read_plan(json, plan, stat, errmsg)
    !> The document.
    character(len=*), intent(in) :: json
    !> The plan; after a failure without any content.
    type(qube_plan), intent(out) :: plan
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_plan
    character(kind=c_char), allocatable :: c_document(:)

    c_plan = c_null_ptr
    call check_abi(wrong)
    call c_text(json, 'the JSON document', c_document, wrong)
    if (wrong%status == qube_ok) call note(c_plan_from_json(c_document, c_plan), wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, plan, wrong)
    call c_plan_free(c_plan)
    if (wrong%status /= qube_ok) plan = qube_plan()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_read_plan

  !> Replays a plan by code that shares nothing with the search, and compares all that it says of
  !! itself: of each tensor and step the open indices, sizes, work, cost, loops and their batches,
  !! what is alive before, at and after it, and the advice to a cache; the sums, the peak and where
  !! it is; and whether it fits the policy's threshold on the peak. Numbers agree to 1e-12 relative.
  !! What is replayed is the document, `plan%json`; the numbers and the sequence beside it are
  !! compared with it. For plans that were read, sent or stored, and for hosts that trust no search.
  !!
  !! What the plan says of other plans is not looked at: that it is the best one, the frontier and
  !! the lower bound. Nor is the cost under a model of one's own.
  !! Errors: `qube_err_replay`, and the message says what differs first; those of `qube_optimize`;
  !! and `qube_err_document` where the document says what no plan can.
  subroutine qube_verify(plan, network, policy, options, stat, errmsg)
    !> The plan.
    type(qube_plan), intent(in) :: plan
    !> The network that it was made for.
    type(qube_network), intent(in) :: network
    !> The policy and the options with which it was made; absent: as for `qube_optimize`.
    type(qube_batch_policy), intent(in), optional :: policy
    type(qube_options), intent(in), optional :: options
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(qube_batch_policy) :: no_policy
    type(qube_options) :: defaults

    if (present(policy) .and. present(options)) then
      call verify_plan(plan, network, policy, options, wrong)
    else if (present(policy)) then
      call verify_plan(plan, network, policy, defaults, wrong)
    else if (present(options)) then
      call verify_plan(plan, network, no_policy, options, wrong)
    else
      call verify_plan(plan, network, no_policy, defaults, wrong)
    end if
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_verify

  !> The order of a plan's steps that holds least: also one that the sequence cannot express,
  !! because it begins one operand before the other is done (Liu 1987, the best order of a given
  !! tree). It is the plan's own where none holds less; other trees are not looked at. The steps
  !! inside a loop follow each other, and end with the one that opens it. In loops that open further
  !! loops, and where results are shared, the plan's order is kept; steps that are shared or skipped
  !! are not in it. What is ordered is the document, `plan%json`.
  !!
  !! Errors: `qube_err_document` for a plan without its document, or with another.
  subroutine qube_best_order(plan, order, stat, errmsg)
    type(qube_plan), intent(in) :: plan
    !> The order; after a failure without any content.
    type(qube_order), intent(out) :: order
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_plan

    call open_plan(plan, c_plan, wrong)
    if (wrong%status == qube_ok) call copy_order(c_plan, order, wrong)
    call c_plan_free(c_plan)
    if (wrong%status /= qube_ok) order = qube_order()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_best_order

  !> The plan of which a document speaks.
  subroutine open_plan(plan, c_plan, wrong)
    type(qube_plan), intent(in) :: plan
    type(c_ptr), intent(out) :: c_plan
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable :: c_document(:)

    c_plan = c_null_ptr
    call check_abi(wrong)
    if (.not. allocated(plan%json)) then
      call fail(qube_err_document, &
        'the plan has no document; allowed: a plan that was made or read', wrong)
      return
    end if
    call c_text(plan%json, 'the JSON document', c_document, wrong)
    if (wrong%status == qube_ok) call note(c_plan_from_json(c_document, c_plan), wrong)
  end subroutine open_plan

  !> The plan as bytes, to be sent or stored: they carry a version, and mean the same on every host.
  !! They say what `plan%json` says. One rank plans, all get it:
  !!
  !!     if (rank == 0) call qube_plan_to_bytes(plan, bytes)
  !!     if (rank == 0) count = size(bytes)
  !!     call MPI_Bcast(count, 1, MPI_INTEGER, 0, comm)
  !!     if (rank /= 0) allocate (bytes(count))
  !!     call MPI_Bcast(bytes, count, MPI_INT8_T, 0, comm)
  !!     if (rank /= 0) call qube_plan_from_bytes(bytes, plan)
  !!
  !! Errors: `qube_err_document` for a plan without its document, or with another.
  subroutine qube_plan_to_bytes(plan, bytes, stat, errmsg)
    type(qube_plan), intent(in) :: plan
    !> The bytes; none after a failure.
    integer(int8), allocatable, intent(out) :: bytes(:)
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_plan

    call open_plan(plan, c_plan, wrong)
    call copy_bytes(c_plan, bytes, wrong)
    call c_plan_free(c_plan)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_plan_to_bytes

  !> Reads a plan from bytes that `qube_plan_to_bytes` gave, here or on another rank or host.
  !! Errors: `qube_err_document`.
  subroutine qube_plan_from_bytes(bytes, plan, stat, errmsg)
    integer(int8), intent(in) :: bytes(:)
    !> The plan; after a failure without any content.
    type(qube_plan), intent(out) :: plan
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_plan

    c_plan = c_null_ptr
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_plan_from_bytes(bytes, size(bytes, kind=c_int64_t), &
      c_plan), wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, plan, wrong)
    call c_plan_free(c_plan)
    if (wrong%status /= qube_ok) plan = qube_plan()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_plan_from_bytes

  subroutine copy_bytes(c_plan, bytes, wrong)
    type(c_ptr), intent(in) :: c_plan
    integer(int8), allocatable, intent(out) :: bytes(:)
    type(failure), intent(inout) :: wrong
    integer(c_int8_t), allocatable, target :: buffer(:)
    type(c_ptr) :: start
    integer(c_size_t) :: length

    length = 0
    if (wrong%status == qube_ok) call note(c_plan_to_bytes(c_plan, c_null_ptr, 0_c_size_t, &
      length), wrong)
    allocate (buffer(length))
    start = c_loc(buffer)
    if (wrong%status == qube_ok) call note(c_plan_to_bytes(c_plan, start, length, length), wrong)
    if (wrong%status == qube_ok) bytes = buffer
    if (.not. allocated(bytes)) allocate (bytes(0))
  end subroutine copy_bytes

  !> How loops may slice an index of a network in the role that it has there: what an evaluator asks
  !! before it slices. Callbacks are asked about the whole network; for many questions about one
  !! network, resolve the policy first. Errors: those of the network and the policy,
  !! `qube_err_unknown_index`, and `qube_err_callback`.
  subroutine qube_slicing_of(policy, network, label, slicing, stat, errmsg)
    type(qube_batch_policy), intent(in) :: policy
    type(qube_network), intent(in) :: network
    !> The label of the index.
    character(len=*), intent(in) :: label
    !> What the policy says of it.
    type(qube_slicing), intent(out) :: slicing
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_slicing) :: numbers
    type(c_ptr) :: c_network, c_policy
    character(kind=c_char), allocatable :: c_label(:)

    numbers = c_slicing(0, 0, 0, 0, 0, 0, 0)
    numbers%struct_size = c_sizeof(numbers)
    call make_pair(network, policy, c_network, c_policy, wrong)
    call c_text(label, 'the label of an index', c_label, wrong)
    if (wrong%status == qube_ok) call note(c_policy_slicing(c_policy, c_network, c_label, &
      numbers), wrong)
    call free_pair(c_network, c_policy)
    if (wrong%status == qube_ok) slicing = qube_slicing(numbers%is_batchable == 1, &
      int(numbers%role), numbers%batch_target, numbers%tile, numbers%batch, numbers%batches)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_slicing_of

  !> The policy as a JSON document on one line, schema "qube-policy/1". Errors: those of the policy;
  !! `qube_err_document`: it has a callback, which no document can hold (see `qube_resolve_policy`).
  subroutine qube_policy_json(policy, json, stat, errmsg)
    type(qube_batch_policy), intent(in) :: policy
    !> The document; empty after a failure.
    character(len=:), allocatable, intent(out) :: json
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call write_policy(c_policy_json, policy, json, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_policy_json

  !> The policy for people, a line for each of its parts. Errors: those of the policy.
  subroutine qube_policy_report(policy, report, stat, errmsg)
    type(qube_batch_policy), intent(in) :: policy
    !> The text, whose lines end with `new_line('a')`; empty after a failure.
    character(len=:), allocatable, intent(out) :: report
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong

    call write_policy(c_policy_report, policy, report, wrong)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_policy_report

  !> Reads a policy that `qube_policy_json` wrote, on this host or another: checks the document and
  !! puts it into `policy%json`. Errors: `qube_err_document`, `qube_err_target`, `qube_err_option`,
  !! and `qube_err_parse` for a text with a NUL.
  subroutine qube_read_policy(json, policy, stat, errmsg)
    !> The document.
    character(len=*), intent(in) :: json
    !> The policy; after a failure an empty one.
    type(qube_batch_policy), intent(out) :: policy
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_policy

    policy%json = json
    call make_policy(policy, c_policy, wrong)
    call c_policy_free(c_policy)
    if (wrong%status /= qube_ok) policy = qube_batch_policy()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_read_policy

  !> What a policy says of one network, as a policy by index label and tensor number, in its `json`:
  !! it says the same there, and has no callbacks. Errors: those of the network and the policy, and
  !! `qube_err_callback`.
  subroutine qube_resolve_policy(policy, network, resolved, stat, errmsg)
    type(qube_batch_policy), intent(in) :: policy
    type(qube_network), intent(in) :: network
    !> The policy; after a failure an empty one.
    type(qube_batch_policy), intent(out) :: resolved
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_network, c_policy, c_resolved

    c_resolved = c_null_ptr
    call make_pair(network, policy, c_network, c_policy, wrong)
    if (wrong%status == qube_ok) call note(c_policy_resolve(c_policy, c_network, c_resolved), wrong)
    if (wrong%status == qube_ok) call get_text(c_policy_json, c_resolved, resolved%json, wrong)
    call c_policy_free(c_resolved)
    call free_pair(c_network, c_policy)
    if (wrong%status /= qube_ok) resolved = qube_batch_policy()
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_resolve_policy

  !> The most elements of a batch of an index. Errors: those of `qube_slicing_of`.
  subroutine qube_target(policy, network, label, target, stat, errmsg)
    type(qube_batch_policy), intent(in) :: policy
    type(qube_network), intent(in) :: network
    !> The label of the index.
    character(len=*), intent(in) :: label
    !> The most elements of a batch; 0 where the index must not be sliced, and after a failure.
    integer(int64), intent(out) :: target
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_network, c_policy
    character(kind=c_char), allocatable :: c_label(:)

    target = 0
    call make_pair(network, policy, c_network, c_policy, wrong)
    call c_text(label, 'the label of an index', c_label, wrong)
    if (wrong%status == qube_ok) call note(c_policy_target(c_policy, c_network, c_label, target), &
      wrong)
    call free_pair(c_network, c_policy)
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_target

  !> Whether a tensor changes on every iteration. Errors: those of the network and the policy,
  !! `qube_err_position` and `qube_err_callback`.
  subroutine qube_is_volatile(policy, network, tensor, answer, stat, errmsg)
    type(qube_batch_policy), intent(in) :: policy
    type(qube_network), intent(in) :: network
    !> The tensor's number in the network, from 1.
    integer, intent(in) :: tensor
    !> Whether it does; false after a failure.
    logical, intent(out) :: answer
    integer, intent(out), optional :: stat
    character(len=:), allocatable, intent(out), optional :: errmsg
    type(failure) :: wrong
    type(c_ptr) :: c_network, c_policy
    integer(c_int64_t) :: count
    integer(c_int32_t) :: is_volatile

    is_volatile = 0
    count = 0
    call make_pair(network, policy, c_network, c_policy, wrong)
    if (wrong%status == qube_ok) call note(c_network_tensor_count(c_network, count), wrong)
    ! The library would count from 0 in its message.
    if (tensor < 1 .or. tensor > count) call fail(qube_err_position, &
      'tensor number '//trim(decimal(int(tensor, int64)))//' does not exist; there are '// &
      trim(decimal(count))//', counted from 1', wrong)
    if (wrong%status == qube_ok) call note(c_policy_is_volatile(c_policy, c_network, &
      int(tensor, c_int64_t) - 1, is_volatile), wrong)
    call free_pair(c_network, c_policy)
    answer = is_volatile == 1
    call conclude(wrong, stat)
    if (present(errmsg)) errmsg = wrong%message
  end subroutine qube_is_volatile

  subroutine find_plan(network, policy, options, callback, user, plan, wrong)
    type(qube_network), intent(in) :: network
    type(qube_batch_policy), intent(in) :: policy
    type(qube_options), intent(in) :: options
    type(c_funptr), intent(in) :: callback
    type(c_ptr), intent(in) :: user
    type(qube_plan), intent(inout) :: plan
    type(failure), intent(inout) :: wrong
    type(c_options) :: numbers
    type(c_ptr) :: c_network, c_policy, c_plan

    c_plan = c_null_ptr
    call make_pair(network, policy, c_network, c_policy, wrong)
    call make_options(options, numbers, wrong)
    if (wrong%status == qube_ok) call note(c_optimize(c_network, c_policy, numbers, &
      callback, user, c_plan), wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, plan, wrong)
    call c_plan_free(c_plan)
    call free_pair(c_network, c_policy)
    if (wrong%status /= qube_ok) plan = qube_plan()
  end subroutine find_plan

  subroutine verify_plan(plan, network, policy, options, wrong)
    type(qube_plan), intent(in) :: plan
    type(qube_network), intent(in) :: network
    type(qube_batch_policy), intent(in) :: policy
    type(qube_options), intent(in) :: options
    type(failure), intent(inout) :: wrong
    type(c_options) :: numbers
    type(c_ptr) :: c_network, c_policy, c_plan
    character(kind=c_char), allocatable :: c_document(:)
    type(qube_plan) :: document

    c_plan = c_null_ptr
    call make_pair(network, policy, c_network, c_policy, wrong)
    call make_options(options, numbers, wrong)
    if (allocated(plan%json)) then
      call c_text(plan%json, 'the JSON document', c_document, wrong)
      if (wrong%status == qube_ok) call note(c_plan_from_json(c_document, c_plan), wrong)
      if (wrong%status == qube_ok) call note(c_plan_verify(c_plan, c_network, c_policy, numbers), &
        wrong)
      if (wrong%status == qube_ok) call copy_plan(c_plan, document, wrong)
      if (wrong%status == qube_ok) call compare_plans(plan, document, wrong)
    else
      call fail(qube_err_replay, 'the plan has no document; allowed: a plan with its json', wrong)
    end if
    call c_plan_free(c_plan)
    call free_pair(c_network, c_policy)
  end subroutine verify_plan

  ! Whether the components of a plan are those of its document.
  subroutine compare_plans(plan, document, wrong)
    type(qube_plan), intent(in) :: plan, document
    type(failure), intent(inout) :: wrong
    logical :: same
    integer :: k

    same = allocated(plan%sequence) .and. allocated(plan%leaves) .and. allocated(plan%steps)
    if (same) same = size(plan%sequence) == size(document%sequence) .and. &
      size(plan%leaves) == size(document%leaves) .and. size(plan%steps) == size(document%steps)
    if (same) same = all(plan%sequence == document%sequence)
    if (.not. same) then
      call fail(qube_err_replay, 'the sequence of the plan is not that of its document', wrong)
      return
    end if
    call agree('the cost', plan%cost, document%cost, wrong)
    call agree('the flops', plan%flops, document%flops, wrong)
    call agree('the peak', plan%peak_elements, document%peak_elements, wrong)
    do k = 1, size(plan%leaves)
      associate (found => plan%leaves(k), read => document%leaves(k))
        call agree('the footprint of a tensor', found%footprint, read%footprint, wrong)
        call agree('the footprint of a tensor as sliced', found%sliced_footprint, &
          read%sliced_footprint, wrong)
        call agree('what is alive at a tensor', found%live, read%live, wrong)
      end associate
    end do
    do k = 1, size(plan%steps)
      associate (found => plan%steps(k), read => document%steps(k))
        call agree('the footprint of a step', found%footprint, read%footprint, wrong)
        call agree('the footprint of a step as sliced', found%sliced_footprint, &
          read%sliced_footprint, wrong)
        call agree('the flops of a step', found%flops, read%flops, wrong)
        call agree('the cost of a step', found%cost, read%cost, wrong)
        call agree('what is alive before a step', found%live_before, read%live_before, wrong)
        call agree('what is alive at a step', found%live, read%live, wrong)
        call agree('what is alive after a step', found%live_after, read%live_after, wrong)
      end associate
    end do
  end subroutine compare_plans

  ! Fails unless two numbers are the same; they come from one text. A NaN is none.
  subroutine agree(name, found, read, wrong)
    character(len=*), intent(in) :: name
    real(real64), intent(in) :: found, read
    type(failure), intent(inout) :: wrong

    if (found >= read .and. found <= read) return
    call fail(qube_err_replay, name//' is not that of the document of the plan', wrong)
  end subroutine agree

  subroutine find_custom(network, model, policy, options, plan, wrong)
    type(qube_network), intent(in) :: network
    class(qube_cost_model), intent(inout), target :: model
    type(qube_batch_policy), intent(in) :: policy
    type(qube_options), intent(in) :: options
    type(qube_plan), intent(inout) :: plan
    type(failure), intent(inout) :: wrong
    type(c_options) :: numbers
    type(c_cost_model) :: callbacks
    type(c_ptr) :: c_network, c_policy, c_plan
    type(model_box), target :: box

    c_plan = c_null_ptr
    box%model => model
    box%state_length = model%state_length
    if (box%state_length < 1 .or. box%state_length > 512) call fail(qube_err_option, &
      'state_length is '//trim(decimal(int(box%state_length, int64)))//'; allowed: 1 to 512', wrong)
    call make_pair(network, policy, c_network, c_policy, wrong)
    call make_options(options, numbers, wrong)
    call make_callbacks(box, callbacks, wrong)
    if (wrong%status == qube_ok) call note(c_optimize_custom(c_network, c_policy, numbers, &
      callbacks, c_plan), wrong)
    if (wrong%status == qube_ok) call copy_plan(c_plan, plan, wrong)
    call c_plan_free(c_plan)
    call free_pair(c_network, c_policy)
    if (wrong%status /= qube_ok) plan = qube_plan()
  end subroutine find_custom

  subroutine make_callbacks(box, callbacks, wrong)
    type(model_box), intent(in), target :: box
    type(c_cost_model), intent(out) :: callbacks
    type(failure), intent(inout) :: wrong

    call note(c_cost_model_init(callbacks, c_sizeof(callbacks)), wrong)
    callbacks%state_size = int(box%state_length, c_size_t)*(storage_size(0.0_real64)/8)
    callbacks%user = c_loc(box)
    callbacks%leaf = c_funloc(ask_leaf)
    callbacks%combine = c_funloc(ask_combine)
    callbacks%compare = c_funloc(ask_compare)
    callbacks%value = c_funloc(ask_value)
  end subroutine make_callbacks

  ! The callbacks. They have no name outside of this file.

  function report_progress(user, done, total) result(status) bind(c, name='')
    type(c_ptr), value :: user
    integer(c_int64_t), value :: done, total
    integer(c_int32_t) :: status
    type(progress_box), pointer :: box
    integer :: stat

    call c_f_pointer(user, box)
    stat = 0
    call box%progress%report(int(done), int(total), stat)
    status = code(stat)
  end function report_progress

  function report_search(user, labels, bounded, value, lower_bound) result(status) &
    bind(c, name='')
    type(c_ptr), value :: user
    integer(c_int64_t), value :: labels
    integer(c_int32_t), value :: bounded
    real(c_double), value :: value, lower_bound
    integer(c_int32_t) :: status
    type(search_box), pointer :: box
    integer :: stat

    call c_f_pointer(user, box)
    stat = 0
    call box%progress%report(labels, int(bounded), value, lower_bound, stat)
    status = code(stat)
  end function report_search

  function ask_leaf(user, c_facts, c_state) result(status) bind(c, name='')
    type(c_ptr), value :: user, c_state
    type(c_leaf_facts), intent(in) :: c_facts
    integer(c_int32_t) :: status
    type(model_box), pointer :: box
    type(qube_leaf_facts) :: facts
    real(real64), pointer :: state(:)
    integer :: stat

    call c_f_pointer(user, box)
    call c_f_pointer(c_state, state, [box%state_length])
    facts%tensor = int(c_facts%tensor) + 1
    facts%footprint = c_facts%footprint
    facts%is_volatile = c_facts%is_volatile /= 0
    stat = 0
    call box%model%leaf(facts, state, stat)
    status = code(stat)
  end function ask_leaf

  function ask_combine(user, c_facts, c_left, c_right, c_state) result(status) bind(c, name='')
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
    facts%left_tensors = c_facts%left_tensors
    facts%right_tensors = c_facts%right_tensors
    facts%left_footprint = c_facts%left_footprint
    facts%right_footprint = c_facts%right_footprint
    facts%footprint = c_facts%footprint
    facts%flops = c_facts%flops
    facts%left_is_volatile = c_facts%left_is_volatile /= 0
    facts%right_is_volatile = c_facts%right_is_volatile /= 0
    facts%is_volatile = c_facts%is_volatile /= 0
    stat = 0
    call box%model%combine(facts, left, right, state, stat)
    status = code(stat)
  end function ask_combine

  function ask_compare(user, c_a, c_b, order) result(status) bind(c, name='')
    type(c_ptr), value :: user, c_a, c_b
    integer(c_int32_t), intent(inout) :: order
    integer(c_int32_t) :: status
    type(model_box), pointer :: box
    real(real64), pointer :: a(:), b(:)
    logical :: answer
    integer :: stat

    call c_f_pointer(user, box)
    call c_f_pointer(c_a, a, [box%state_length])
    call c_f_pointer(c_b, b, [box%state_length])
    stat = 0
    answer = .false.
    call box%model%less(a, b, answer, stat)
    if (answer) then
      order = -1
    else if (stat == 0) then
      call box%model%less(b, a, answer, stat)
      order = truth(answer)
    end if
    status = code(stat)
  end function ask_compare

  function ask_value(user, c_state, cost) result(status) bind(c, name='')
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

  !> A default integer may be wider than what C takes; what is not 0 must not become 0.
  pure function code(stat) result(status)
    integer, intent(in) :: stat
    integer(c_int32_t) :: status

    status = int(min(max(int(stat, int64), -int(huge(status), int64)), int(huge(status), int64)), &
      c_int32_t)
  end function code

  !> The library's network and policy; NULL where they could not be made.
  subroutine make_pair(network, policy, c_network, c_policy, wrong)
    type(qube_network), intent(in) :: network
    type(qube_batch_policy), intent(in) :: policy
    type(c_ptr), intent(out) :: c_network, c_policy
    type(failure), intent(inout) :: wrong

    c_network = c_null_ptr
    c_policy = c_null_ptr
    call check_abi(wrong)
    if (wrong%status /= qube_ok) return
    if (allocated(network%json)) then
      call check_forms(network, wrong)
      if (wrong%status == qube_ok) call read_json(network%json, c_network, c_policy, wrong)
    else
      call make_network(network, c_network, wrong)
      if (wrong%status == qube_ok) call note(c_policy_create(c_policy), wrong)
    end if
    if (wrong%status == qube_ok) call fill_policy(policy, c_policy, wrong)
    if (wrong%status == qube_ok) call check_volatile_tensors(policy, c_network, wrong)
  end subroutine make_pair

  !> The library's policy; NULL where it could not be made.
  subroutine make_policy(policy, c_policy, wrong)
    type(qube_batch_policy), intent(in) :: policy
    type(c_ptr), intent(out) :: c_policy
    type(failure), intent(inout) :: wrong

    c_policy = c_null_ptr
    call check_abi(wrong)
    if (wrong%status == qube_ok) call note(c_policy_create(c_policy), wrong)
    if (wrong%status == qube_ok) call fill_policy(policy, c_policy, wrong)
  end subroutine make_policy

  subroutine write_policy(getter, policy, text, wrong)
    procedure(gives_text) :: getter
    type(qube_batch_policy), intent(in) :: policy
    character(len=:), allocatable, intent(out) :: text
    type(failure), intent(inout) :: wrong
    type(c_ptr) :: c_policy

    call make_policy(policy, c_policy, wrong)
    if (wrong%status == qube_ok) then
      call get_text(getter, c_policy, text, wrong)
    else
      text = ''
    end if
    call c_policy_free(c_policy)
  end subroutine write_policy

  subroutine free_pair(c_network, c_policy)
    type(c_ptr), intent(in) :: c_network, c_policy

    call c_policy_free(c_policy)
    call c_network_free(c_network)
  end subroutine free_pair

  !> A network is given in one form, and nothing of another one is set.
  subroutine check_forms(network, wrong)
    type(qube_network), intent(in) :: network
    type(failure), intent(inout) :: wrong
    character(len=:), allocatable :: forms
    logical :: by_hand

    by_hand = allocated(network%indices) .or. allocated(network%tensors) .or. &
      allocated(network%targets)
    forms = ''
    if (allocated(network%term)) forms = forms//' and as term'
    if (allocated(network%einsum)) forms = forms//' and as einsum'
    if (allocated(network%json)) forms = forms//' and as json'
    if (by_hand) forms = forms//' and as indices, tensors and targets'
    if (count([allocated(network%term), allocated(network%einsum), allocated(network%json), &
      by_hand]) > 1) then
      call fail(qube_err_conflict, &
        'the network is given'//forms(5:)//'; allowed: one of these', wrong)
    else if ((allocated(network%json) .or. by_hand) .and. allocated(network%spaces%list)) then
      call fail(qube_err_conflict, 'the network is given'//forms(5:)// &
        ', but it has spaces too; allowed: spaces with term or einsum', wrong)
    else if ((allocated(network%json) .or. by_hand) .and. &
      associated(network%spaces%inner_pow_callback)) then
      call fail(qube_err_conflict, 'the network is given'//forms(5:)// &
        ', but its spaces have an inner_pow_callback; allowed: with term or einsum', wrong)
    else if (associated(network%inner_pow_callback) .and. .not. by_hand) then
      call fail(qube_err_conflict, 'the network has an inner_pow_callback, but is not given '// &
        'as indices and tensors; allowed: that of its spaces', wrong)
    end if
  end subroutine check_forms

  subroutine read_json(text, c_network, c_policy, wrong)
    character(len=*), intent(in) :: text
    type(c_ptr), intent(inout) :: c_network, c_policy
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable :: c_document(:)

    call c_text(text, 'the JSON document', c_document, wrong)
    if (wrong%status == qube_ok) call note(c_network_from_json(c_document, c_network, c_policy), &
      wrong)
  end subroutine read_json

  !> A network from a text whose extents are in a table.
  subroutine read_text(reader, text, spaces, c_network, wrong)
    procedure(reads_network) :: reader
    character(len=*), intent(in) :: text
    type(qube_spaces), intent(in) :: spaces
    type(c_ptr), intent(inout) :: c_network
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable :: c_expression(:), name(:)
    type(c_ptr) :: c_spaces
    integer :: i

    call note(c_spaces_create(c_spaces), wrong)
    if (allocated(spaces%list)) then
      do i = 1, size(spaces%list)
        associate (space => spaces%list(i))
          call c_text(space%name, 'the name of a space', name, wrong)
          if (allocated(space%power_means)) then
            call note(c_spaces_add_composite(c_spaces, name, space%extent, space%power_means, &
              size(space%power_means, kind=c_int64_t)), wrong)
          else
            call note(c_spaces_add(c_spaces, name, space%extent), wrong)
          end if
        end associate
      end do
    end if
    if (associated(spaces%inner_pow_callback)) call set_inner_pow(c_spaces_set_inner_pow, &
      c_spaces, spaces%inner_pow_callback, wrong)
    call c_text(text, 'the text of the network', c_expression, wrong)
    if (wrong%status == qube_ok) call note(reader(c_expression, c_spaces, c_network), wrong)
    call c_spaces_free(c_spaces)
  end subroutine read_text

  !> A network from indices, tensors and targets.
  subroutine build_network(network, c_network, wrong)
    type(qube_network), intent(in) :: network
    type(c_ptr), intent(inout) :: c_network
    type(failure), intent(inout) :: wrong
    type(label_list), target :: labels
    character(kind=c_char), allocatable :: label(:)
    type(c_ptr) :: builder
    integer :: i

    call note(c_builder_create(builder), wrong)
    if (allocated(network%indices)) then
      do i = 1, size(network%indices)
        call build_index(network%indices(i), builder, wrong)
      end do
    end if
    if (allocated(network%tensors)) then
      do i = 1, size(network%tensors)
        call c_text(network%tensors(i)%label, 'the label of a tensor', label, wrong)
        call c_labels(network%tensors(i)%indices, 'the indices of a tensor', labels, wrong)
        call note(c_builder_add_tensor(builder, label, labels%starts, labels%count), wrong)
      end do
    end if
    if (allocated(network%targets)) then
      call c_labels(network%targets, 'the targets of the network', labels, wrong)
      call note(c_builder_set_targets(builder, labels%starts, labels%count), wrong)
    end if
    if (associated(network%inner_pow_callback)) call set_inner_pow(c_builder_set_inner_pow, &
      builder, network%inner_pow_callback, wrong)
    if (wrong%status == qube_ok) call note(c_builder_build(builder, c_network), wrong)
    call c_builder_free(builder)
  end subroutine build_network

  subroutine build_index(index, builder, wrong)
    type(qube_index), intent(in) :: index
    type(c_ptr), intent(in) :: builder
    type(failure), intent(inout) :: wrong
    type(label_list), target :: protos
    character(kind=c_char), allocatable :: label(:)
    character(kind=c_char), allocatable, target :: space(:)
    real(c_double), allocatable :: means(:)
    type(c_ptr) :: space_start

    call c_text(index%label, 'the label of an index', label, wrong)
    space_start = c_null_ptr
    if (allocated(index%space)) then
      call c_text(index%space, 'the space of an index', space, wrong)
      space_start = c_loc(space)
    end if
    call c_labels(index%protos, 'the protos of an index', protos, wrong)
    allocate (means(0))
    if (allocated(index%power_means)) means = index%power_means
    call note(c_builder_add_composite(builder, label, space_start, index%extent, protos%starts, &
      protos%count, means, size(means, kind=c_int64_t)), wrong)
  end subroutine build_index

  !> Adds what a policy says to one of the library.
  subroutine fill_policy(policy, c_policy, wrong)
    type(qube_batch_policy), intent(in) :: policy
    type(c_ptr), intent(in) :: c_policy
    type(failure), intent(inout) :: wrong
    type(label_list), target :: labels
    character(kind=c_char), allocatable :: c_document(:)
    integer :: i

    if (allocated(policy%json)) then
      call c_text(policy%json, 'the JSON document', c_document, wrong)
      if (wrong%status == qube_ok) call note(c_policy_add_json(c_policy, c_document), wrong)
    end if
    call fill_batches(c_policy_batch_space, policy%spaces, c_policy, wrong)
    call fill_batches(c_policy_batch_index, policy%indices, c_policy, wrong)
    call fill_batches(c_policy_batch_external_space, policy%external_spaces, c_policy, wrong)
    call fill_batches(c_policy_batch_external_index, policy%external_indices, c_policy, wrong)
    call fill_tiles(c_policy_tile_space, policy%tile_spaces, c_policy, wrong)
    call fill_tiles(c_policy_tile_index, policy%tile_indices, c_policy, wrong)
    call c_labels(policy%volatile_labels, 'the label of a volatile tensor', labels, wrong)
    do i = 1, int(labels%count)
      call note(c_policy_add_volatile(c_policy, labels%starts(i)), wrong)
    end do
    call fill_volatile_tensors(policy, c_policy, wrong)
    ! What has its default value leaves what a document says. The factor's bits are looked at:
    ! comparing a signaling NaN would raise a flag.
    if (policy%persistent_only) call note(c_policy_set_persistent_only(c_policy, truth(.true.)), &
      wrong)
    if (transfer(policy%accumulation_factor, 0_int64) /= 0) call note( &
      c_policy_set_accumulation_factor(c_policy, policy%accumulation_factor), wrong)
    if (allocated(policy%peak_threshold)) call note(c_policy_set_peak_threshold(c_policy, &
      policy%peak_threshold), wrong)
    if (associated(policy%batchable_callback)) call set_batchable(c_policy, &
      policy%batchable_callback, wrong)
    if (associated(policy%volatile_callback)) call set_volatile(c_policy, &
      policy%volatile_callback, wrong)
  end subroutine fill_policy

  subroutine fill_batches(setter, batches, c_policy, wrong)
    procedure(sets_batch) :: setter
    type(qube_batch), allocatable, intent(in) :: batches(:)
    type(c_ptr), intent(in) :: c_policy
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable :: name(:)
    integer :: i

    if (.not. allocated(batches)) return
    do i = 1, size(batches)
      call c_text(batches(i)%name, 'the name of what may be batched', name, wrong)
      call note(setter(c_policy, name, batches(i)%target), wrong)
    end do
  end subroutine fill_batches

  subroutine fill_tiles(setter, tiles, c_policy, wrong)
    procedure(sets_batch) :: setter
    type(qube_tile), allocatable, intent(in) :: tiles(:)
    type(c_ptr), intent(in) :: c_policy
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable :: name(:)
    integer :: i

    if (.not. allocated(tiles)) return
    do i = 1, size(tiles)
      call c_text(tiles(i)%name, 'the name of what comes in tiles', name, wrong)
      call note(setter(c_policy, name, tiles(i)%size), wrong)
    end do
  end subroutine fill_tiles

  subroutine fill_volatile_tensors(policy, c_policy, wrong)
    type(qube_batch_policy), intent(in) :: policy
    type(c_ptr), intent(in) :: c_policy
    type(failure), intent(inout) :: wrong
    integer :: i

    if (.not. allocated(policy%volatile_tensors)) return
    do i = 1, size(policy%volatile_tensors)
      if (policy%volatile_tensors(i) < 1) call fail(qube_err_position, 'volatile tensor number '// &
        trim(decimal(int(policy%volatile_tensors(i), int64)))// &
        ' does not exist; they are counted from 1', wrong)
      if (wrong%status == qube_ok) call note(c_policy_add_volatile_tensor(c_policy, &
        int(policy%volatile_tensors(i), c_int64_t) - 1), wrong)
    end do
  end subroutine fill_volatile_tensors

  !> The library would count from 0 in its message.
  subroutine check_volatile_tensors(policy, c_network, wrong)
    type(qube_batch_policy), intent(in) :: policy
    type(c_ptr), intent(in) :: c_network
    type(failure), intent(inout) :: wrong
    integer(c_int64_t) :: count
    integer :: last

    if (.not. allocated(policy%volatile_tensors)) return
    if (size(policy%volatile_tensors) == 0) return
    count = 0
    call note(c_network_tensor_count(c_network, count), wrong)
    last = maxval(policy%volatile_tensors)
    if (last > count) call fail(qube_err_position, 'volatile tensor number '// &
      trim(decimal(int(last, int64)))//' does not exist; there are '//trim(decimal(count))// &
      ', counted from 1', wrong)
  end subroutine check_volatile_tensors

  ! A callback is handed to the library in a box, which the library frees with what holds it.

  subroutine set_batchable(c_policy, callback, wrong)
    type(c_ptr), intent(in) :: c_policy
    class(qube_batchable_callback), pointer, intent(in) :: callback
    type(failure), intent(inout) :: wrong
    type(batchable_box), pointer :: box

    if (wrong%status /= qube_ok) return
    allocate (box)
    box%callback => callback
    call note(c_policy_set_batchable(c_policy, c_funloc(ask_batchable), c_loc(box), &
      c_funloc(free_batchable)), wrong)
    if (wrong%status /= qube_ok) deallocate (box)
  end subroutine set_batchable

  subroutine set_volatile(c_policy, callback, wrong)
    type(c_ptr), intent(in) :: c_policy
    class(qube_volatile_callback), pointer, intent(in) :: callback
    type(failure), intent(inout) :: wrong
    type(volatile_box), pointer :: box

    if (wrong%status /= qube_ok) return
    allocate (box)
    box%callback => callback
    call note(c_policy_set_volatile(c_policy, c_funloc(ask_volatile), c_loc(box), &
      c_funloc(free_volatile)), wrong)
    if (wrong%status /= qube_ok) deallocate (box)
  end subroutine set_volatile

  subroutine set_inner_pow(setter, handle, callback, wrong)
    procedure(sets_callback) :: setter
    type(c_ptr), intent(in) :: handle
    class(qube_inner_pow_callback), pointer, intent(in) :: callback
    type(failure), intent(inout) :: wrong
    type(inner_pow_box), pointer :: box

    if (wrong%status /= qube_ok) return
    allocate (box)
    box%callback => callback
    call note(setter(handle, c_funloc(ask_inner_pow), c_loc(box), c_funloc(free_inner_pow)), wrong)
    if (wrong%status /= qube_ok) deallocate (box)
  end subroutine set_inner_pow

  function ask_batchable(user, c_label, c_space, extent, role, is_batchable, batch_target, tile) &
    result(status) bind(c, name='')
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

  function ask_volatile(user, c_label, tensor, is_volatile) result(status) bind(c, name='')
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

  function ask_inner_pow(user, c_label, c_space, extent, k, mean) result(status) bind(c, name='')
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

  subroutine free_batchable(user) bind(c, name='')
    type(c_ptr), value :: user
    type(batchable_box), pointer :: box

    call c_f_pointer(user, box)
    deallocate (box)
  end subroutine free_batchable

  subroutine free_volatile(user) bind(c, name='')
    type(c_ptr), value :: user
    type(volatile_box), pointer :: box

    call c_f_pointer(user, box)
    deallocate (box)
  end subroutine free_volatile

  subroutine free_inner_pow(user) bind(c, name='')
    type(c_ptr), value :: user
    type(inner_pow_box), pointer :: box

    call c_f_pointer(user, box)
    deallocate (box)
  end subroutine free_inner_pow

  subroutine make_options(options, numbers, wrong)
    type(qube_options), intent(in) :: options
    type(c_options), intent(out) :: numbers
    type(failure), intent(inout) :: wrong

    call note(c_options_init(numbers, c_sizeof(numbers)), wrong)
    numbers%volatile_weight = options%volatile_weight
    numbers%footprint_weight = options%footprint_weight
    numbers%peak_flops_tolerance = options%peak_flops_tolerance
    numbers%machine_balance = options%machine_balance
    numbers%fast_mem_elems = options%fast_mem_elems
    numbers%block_tiles = options%block_tiles
    numbers%block_prefactor = options%block_prefactor
    numbers%bytes_per_element = options%bytes_per_element
    numbers%prune_outer_products = truth(options%prune_outer_products)
    numbers%use_inner_pow = truth(options%use_inner_pow)
    numbers%subnet_cse = truth(options%subnet_cse)
    numbers%frontier = truth(options%frontier)
    numbers%require_optimal = truth(options%require_optimal)
    numbers%max_states = options%max_states
    numbers%max_seconds = options%max_seconds
    numbers%max_bytes = options%max_bytes
    ! A default integer may be wider than what C takes.
    if (abs(real(options%objective, real64)) > real(huge(0_c_int32_t), real64)) then
      call fail(qube_err_option, 'objective is '//trim(decimal(int(options%objective, int64)))// &
        '; allowed: qube_dense_flops (0) to qube_dense_space_time_batched (6)', wrong)
    else
      numbers%objective = int(options%objective, c_int32_t)
    end if
  end subroutine make_options

  subroutine copy_plan(c_plan, plan, wrong)
    type(c_ptr), intent(in) :: c_plan
    type(qube_plan), intent(inout) :: plan
    type(failure), intent(inout) :: wrong
    type(c_summary) :: summary

    summary = c_summary(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    summary%struct_size = c_sizeof(summary)
    call note(c_plan_summary(c_plan, summary), wrong)
    plan%objective = int(summary%objective)
    plan%cost = summary%cost
    plan%flops = summary%flops
    plan%peak_elements = summary%peak_elements
    plan%bytes_per_element = summary%bytes_per_element
    plan%peak_position = int(summary%peak_node) + 1
    plan%exhaustive = summary%exhaustive == 1
    plan%optimal = summary%optimal == 1
    plan%lower_bound = summary%lower_bound
    plan%bounded = int(summary%bounded)
    plan%gap = summary%gap
    plan%labels = summary%labels
    plan%looks = summary%looks
    plan%seconds = summary%seconds
    call copy_peak_bytes(c_plan, plan%peak_bytes, wrong)
    call copy_sequence(c_plan, summary%n_nodes, plan%sequence, wrong)
    call copy_frontier(c_plan, summary%n_frontier, plan%frontier, wrong)
    call copy_nodes(c_plan, summary, plan%leaves, plan%steps, wrong)
    call copy_infeasible(c_plan, plan%fits, plan%infeasible, wrong)
    call get_text(c_plan_report, c_plan, plan%report, wrong)
    call get_text(c_plan_json, c_plan, plan%json, wrong)
    call get_text(c_plan_svg, c_plan, plan%svg, wrong)
    call get_text(c_plan_dot, c_plan, plan%dot, wrong)
  end subroutine copy_plan

  !> That a real does not count every element of the peak is no reason to lose the plan.
  subroutine copy_peak_bytes(c_plan, bytes, wrong)
    type(c_ptr), intent(in) :: c_plan
    integer(int64), intent(inout) :: bytes
    type(failure), intent(inout) :: wrong
    integer(c_int32_t) :: status

    status = c_plan_peak_bytes(c_plan, bytes)
    if (status == qube_err_overflow) then
      bytes = -1
    else
      call note(status, wrong)
    end if
  end subroutine copy_peak_bytes

  subroutine copy_sequence(c_plan, count, sequence, wrong)
    type(c_ptr), intent(in) :: c_plan
    integer(c_int64_t), intent(in) :: count
    integer, allocatable, intent(out) :: sequence(:)
    type(failure), intent(inout) :: wrong
    integer(c_int64_t), allocatable :: entries(:)
    integer(c_size_t) :: length

    allocate (entries(count))
    entries = -1
    call note(c_plan_sequence(c_plan, entries, int(count, c_size_t), length), wrong)
    where (entries >= 0) entries = entries + 1
    allocate (sequence(count))
    sequence = int(entries)
  end subroutine copy_sequence

  subroutine copy_frontier(c_plan, count, frontier, wrong)
    type(c_ptr), intent(in) :: c_plan
    integer(c_int64_t), intent(in) :: count
    real(real64), allocatable, intent(out) :: frontier(:, :)
    type(failure), intent(inout) :: wrong
    real(c_double), allocatable :: peaks(:), costs(:)
    integer(c_size_t) :: length

    allocate (peaks(count), costs(count))
    peaks = 0
    costs = 0
    call note(c_plan_frontier(c_plan, peaks, costs, int(count, c_size_t), length), wrong)
    allocate (frontier(2, count))
    frontier(1, :) = peaks
    frontier(2, :) = costs
  end subroutine copy_frontier

  !> From places among all nodes to places among the steps.
  subroutine copy_order(c_plan, order, wrong)
    type(c_ptr), intent(in) :: c_plan
    type(qube_order), intent(inout) :: order
    type(failure), intent(inout) :: wrong
    type(c_summary) :: summary
    integer(c_int64_t), allocatable :: nodes(:)
    integer, allocatable :: sequence(:), step_at(:)
    integer(c_int64_t) :: peak_node
    integer(c_size_t) :: length
    integer :: k

    summary = c_summary(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    summary%struct_size = c_sizeof(summary)
    call note(c_plan_summary(c_plan, summary), wrong)
    call copy_sequence(c_plan, summary%n_nodes, sequence, wrong)
    allocate (nodes(summary%n_nodes), step_at(summary%n_nodes))
    nodes = 0
    length = 0
    peak_node = 0
    call note(c_plan_best_order(c_plan, nodes, int(summary%n_nodes, c_size_t), length, &
      order%peak_elements, peak_node), wrong)
    if (wrong%status /= qube_ok) return
    step_at = [(count(sequence(1:k) == -1), k = 1, size(sequence))]
    allocate (order%steps(length))
    order%steps = step_at(nodes(1:length) + 1)
    order%peak_step = step_at(peak_node + 1)
  end subroutine copy_order

  subroutine copy_nodes(c_plan, summary, leaves, steps, wrong)
    type(c_ptr), intent(in) :: c_plan
    type(c_summary), intent(in) :: summary
    type(qube_leaf), allocatable, intent(out) :: leaves(:)
    type(qube_step), allocatable, intent(out) :: steps(:)
    type(failure), intent(inout) :: wrong
    type(c_node) :: node
    integer(c_int64_t) :: at
    integer :: n_leaves, n_steps

    allocate (leaves(summary%n_tensors), steps(summary%n_nodes - summary%n_tensors))
    n_leaves = 0
    n_steps = 0
    do at = 0, summary%n_nodes - 1
      node%struct_size = c_sizeof(node)
      call note(c_plan_node(c_plan, at, node), wrong)
      if (wrong%status /= qube_ok) return
      if (node%is_leaf == 1) then
        n_leaves = n_leaves + 1
        call copy_leaf(c_plan, at, node, leaves(n_leaves), wrong)
      else
        n_steps = n_steps + 1
        call copy_step(c_plan, at, node, steps(n_steps), wrong)
      end if
    end do
  end subroutine copy_nodes

  subroutine copy_leaf(c_plan, at, node, leaf, wrong)
    type(c_ptr), intent(in) :: c_plan
    integer(c_int64_t), intent(in) :: at
    type(c_node), intent(in) :: node
    type(qube_leaf), intent(inout) :: leaf
    type(failure), intent(inout) :: wrong

    leaf%number = int(node%number) + 1
    leaf%position = int(at) + 1
    leaf%footprint = node%footprint
    leaf%sliced_footprint = node%sliced_footprint
    leaf%live_before = node%live_before
    leaf%live = node%live
    leaf%live_after = node%live_after
    leaf%is_volatile = node%is_volatile == 1
    leaf%cache = int(node%cache)
    leaf%is_skipped = node%is_skipped == 1
    call copy_alive(c_plan, at, node%n_alive, leaf%alive, wrong)
    call get_text_of(c_plan_node_label, c_plan, at, leaf%label, wrong)
    call get_labels(c_plan_node_open, c_plan, at, leaf%open, wrong)
    call get_labels(c_plan_node_nest, c_plan, at, leaf%nest, wrong)
  end subroutine copy_leaf

  subroutine copy_step(c_plan, at, node, step, wrong)
    type(c_ptr), intent(in) :: c_plan
    integer(c_int64_t), intent(in) :: at
    type(c_node), intent(in) :: node
    type(qube_step), intent(inout) :: step
    type(failure), intent(inout) :: wrong
    integer(c_int64_t) :: k
    integer(c_int32_t) :: role

    role = 0
    step%number = int(node%number) + 1
    step%first = int(node%first) + 1
    step%second = int(node%second) + 1
    step%position = int(at) + 1
    step%footprint = node%footprint
    step%sliced_footprint = node%sliced_footprint
    step%flops = node%flops
    step%cost = node%cost
    step%live_before = node%live_before
    step%live = node%live
    step%live_after = node%live_after
    step%is_volatile = node%is_volatile == 1
    step%cache = int(node%cache)
    step%shared_with = int(node%shared_with) + 1
    step%is_skipped = node%is_skipped == 1
    step%repetitions = node%repetitions
    call copy_alive(c_plan, at, node%n_alive, step%alive, wrong)
    call get_labels(c_plan_node_open, c_plan, at, step%open, wrong)
    call get_labels(c_plan_node_nest, c_plan, at, step%nest, wrong)
    allocate (step%loops(node%n_loops))
    do k = 1, node%n_loops
      associate (loop => step%loops(k))
        call note(c_plan_loop(c_plan, at, k - 1, loop%batch, loop%batches), wrong)
        call note(c_plan_loop_role(c_plan, at, k - 1, role), wrong)
        loop%role = int(role)
        call get_text_within(c_plan_loop_index, c_plan, at, k - 1, loop%index, wrong)
      end associate
    end do
  end subroutine copy_step

  subroutine copy_alive(c_plan, at, count, alive, wrong)
    type(c_ptr), intent(in) :: c_plan
    integer(c_int64_t), intent(in) :: at, count
    type(qube_alive), allocatable, intent(out) :: alive(:)
    type(failure), intent(inout) :: wrong
    integer(c_int64_t), allocatable, target :: numbers(:)
    real(c_double), allocatable, target :: elements(:)
    type(c_ptr) :: to_numbers, to_elements
    integer(c_size_t) :: length

    allocate (numbers(count), elements(count), alive(count))
    numbers = 0
    elements = 0
    length = 0
    to_numbers = c_loc(numbers)
    to_elements = c_loc(elements)
    call note(c_plan_node_alive(c_plan, at, to_numbers, to_elements, int(count, c_size_t), &
      length), wrong)
    alive%number = int(numbers) + 1
    alive%elements = elements
  end subroutine copy_alive

  subroutine copy_infeasible(c_plan, fits, infeasible, wrong)
    type(c_ptr), intent(in) :: c_plan
    logical, intent(inout) :: fits
    type(qube_infeasible), intent(inout) :: infeasible
    type(failure), intent(inout) :: wrong
    type(c_infeasible) :: found
    integer(c_int64_t) :: k
    integer(c_int32_t) :: role

    role = 0
    found = c_infeasible(0, 0, 0, 0, 0, 0, 0, 0, 0)
    found%struct_size = c_sizeof(found)
    call note(c_plan_infeasible(c_plan, found), wrong)
    fits = found%is_infeasible == 0
    infeasible%threshold_bytes = found%threshold_bytes
    infeasible%least_peak = found%least_peak
    infeasible%finest_peak = found%finest_peak
    infeasible%least_peak_bytes = found%least_peak_bytes
    infeasible%finest_peak_bytes = found%finest_peak_bytes
    allocate (infeasible%loops(found%n_loops))
    do k = 1, found%n_loops
      associate (loop => infeasible%loops(k))
        call note(c_plan_infeasible_loop(c_plan, k - 1, loop%batch, loop%batches, role), wrong)
        loop%role = int(role)
        call get_text_of(c_plan_infeasible_loop_index, c_plan, k - 1, loop%index, wrong)
      end associate
    end do
  end subroutine copy_infeasible

  ! --- Failures ---------------------------------------------------------------------------------

  !> Notes what a function of the library said, if it failed and nothing failed before.
  subroutine note(status, wrong)
    integer(c_int32_t), intent(in) :: status
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable, target :: buffer(:)
    type(c_ptr) :: start
    integer(c_size_t) :: length

    if (status == qube_ok .or. wrong%status /= qube_ok) return
    wrong%status = int(status)
    length = c_last_error(c_null_ptr, 0_c_size_t)
    allocate (buffer(length + 1))
    start = c_loc(buffer)
    length = min(length, c_last_error(start, length + 1))
    call fortran_text(buffer(1:length), wrong%message)
  end subroutine note

  !> Notes a failure that the library does not see, if nothing failed before.
  subroutine fail(status, message, wrong)
    integer, intent(in) :: status
    character(len=*), intent(in) :: message
    type(failure), intent(inout) :: wrong

    if (wrong%status /= qube_ok) return
    wrong%status = status
    wrong%message = message
  end subroutine fail

  !> Ends a public procedure: gives `stat`, or stops the program if it failed and there is none.
  !! Afterwards the message is there, empty on success, for `errmsg`. (gfortran 11 and 12 lose the
  !! length of an optional deferred-length argument that is passed on, so it is not passed on.)
  subroutine conclude(wrong, stat)
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

  !> Nothing else may be called in a library with another binary interface.
  subroutine check_abi(wrong)
    type(failure), intent(inout) :: wrong

    if (c_abi_version() /= abi_version) call fail(qube_err_abi, &
      'the library has the binary interface '//trim(decimal(int(c_abi_version(), int64)))// &
      '; allowed: '//trim(decimal(int(abi_version, int64)))//', that of this module', wrong)
  end subroutine check_abi

  ! --- Text and truth ---------------------------------------------------------------------------

  !> Text for C: without trailing blanks, with a NUL. A component that is not allocated may be
  !! passed for `text` and counts as empty.
  subroutine c_text(text, what, chars, wrong)
    character(len=*), intent(in), optional :: text
    !> What the text is, for the message.
    character(len=*), intent(in) :: what
    character(kind=c_char), allocatable, intent(out) :: chars(:)
    type(failure), intent(inout) :: wrong
    integer :: i, length

    length = 0
    if (present(text)) length = len_trim(text)
    allocate (chars(length + 1))
    do i = 1, length
      chars(i) = text(i:i)
    end do
    chars(length + 1) = c_null_char
    ! C would take the text to end there.
    if (any(chars(1:length) == c_null_char)) call fail(qube_err_parse, &
      what//' has a NUL character; allowed: text without', wrong)
  end subroutine c_text

  !> A list of labels for C, from a text with blanks between them.
  subroutine c_labels(text, what, labels, wrong)
    character(len=*), intent(in), optional :: text
    character(len=*), intent(in) :: what
    type(label_list), target, intent(inout) :: labels
    type(failure), intent(inout) :: wrong
    integer :: i
    logical :: begins

    call c_text(text, what, labels%bytes, wrong)
    where (labels%bytes == ' ') labels%bytes = c_null_char
    if (allocated(labels%starts)) deallocate (labels%starts)
    allocate (labels%starts(size(labels%bytes)))
    labels%count = 0
    do i = 1, size(labels%bytes)
      begins = labels%bytes(i) /= c_null_char
      if (begins .and. i > 1) begins = labels%bytes(i - 1) == c_null_char
      if (.not. begins) cycle
      labels%count = labels%count + 1
      labels%starts(labels%count) = c_loc(labels%bytes(i))
    end do
  end subroutine c_labels

  subroutine fortran_text(chars, text)
    character(kind=c_char), intent(in) :: chars(:)
    character(len=:), allocatable, intent(out) :: text
    integer :: i

    allocate (character(len=size(chars)) :: text)
    do i = 1, size(chars)
      text(i:i) = chars(i)
    end do
  end subroutine fortran_text

  !> Text of C, which ends with a NUL.
  subroutine get_string(start, text)
    type(c_ptr), intent(in) :: start
    character(len=:), allocatable, intent(out) :: text
    character(kind=c_char), pointer :: chars(:)

    call c_f_pointer(start, chars, [c_strlen(start)])
    call fortran_text(chars, text)
  end subroutine get_string

  !> A text of a handle: asks for its length, then for the text.
  subroutine get_text(getter, handle, text, wrong)
    procedure(gives_text) :: getter
    type(c_ptr), intent(in) :: handle
    character(len=:), allocatable, intent(out) :: text
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable, target :: buffer(:)
    type(c_ptr) :: start
    integer(c_size_t) :: length

    length = 0
    call note(getter(handle, c_null_ptr, 0_c_size_t, length), wrong)
    allocate (buffer(length + 1))
    start = c_loc(buffer)
    call note(getter(handle, start, length + 1, length), wrong)
    call fortran_text(buffer(1:length), text)
  end subroutine get_text

  !> A text of an item of a handle, which is counted from 0.
  subroutine get_text_of(getter, handle, item, text, wrong)
    procedure(gives_text_of) :: getter
    type(c_ptr), intent(in) :: handle
    integer(c_int64_t), intent(in) :: item
    character(len=:), allocatable, intent(out) :: text
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable, target :: buffer(:)
    type(c_ptr) :: start
    integer(c_size_t) :: length

    length = 0
    call note(getter(handle, item, c_null_ptr, 0_c_size_t, length), wrong)
    allocate (buffer(length + 1))
    start = c_loc(buffer)
    call note(getter(handle, item, start, length + 1, length), wrong)
    call fortran_text(buffer(1:length), text)
  end subroutine get_text_of

  !> A text of a handle about a text of the caller's, which ends with a NUL.
  subroutine get_text_about(getter, handle, about, text, wrong)
    procedure(gives_text_about) :: getter
    type(c_ptr), intent(in) :: handle
    character(kind=c_char), intent(in) :: about(:)
    character(len=:), allocatable, intent(out) :: text
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable, target :: buffer(:)
    type(c_ptr) :: start
    integer(c_size_t) :: length

    length = 0
    call note(getter(handle, about, c_null_ptr, 0_c_size_t, length), wrong)
    allocate (buffer(length + 1))
    start = c_loc(buffer)
    call note(getter(handle, about, start, length + 1, length), wrong)
    call fortran_text(buffer(1:length), text)
  end subroutine get_text_about

  !> A list of labels, which the library writes one a line, with blanks between them.
  subroutine get_labels(getter, handle, item, labels, wrong)
    procedure(gives_text_of) :: getter
    type(c_ptr), intent(in) :: handle
    integer(c_int64_t), intent(in) :: item
    character(len=:), allocatable, intent(out) :: labels
    type(failure), intent(inout) :: wrong
    integer :: k

    call get_text_of(getter, handle, item, labels, wrong)
    do k = 1, len(labels)
      if (labels(k:k) == new_line('a')) labels(k:k) = ' '
    end do
  end subroutine get_labels

  !> A text of a part of an item, both counted from 0.
  subroutine get_text_within(getter, handle, item, part, text, wrong)
    procedure(gives_text_within) :: getter
    type(c_ptr), intent(in) :: handle
    integer(c_int64_t), intent(in) :: item, part
    character(len=:), allocatable, intent(out) :: text
    type(failure), intent(inout) :: wrong
    character(kind=c_char), allocatable, target :: buffer(:)
    type(c_ptr) :: start
    integer(c_size_t) :: length

    length = 0
    call note(getter(handle, item, part, c_null_ptr, 0_c_size_t, length), wrong)
    allocate (buffer(length + 1))
    start = c_loc(buffer)
    call note(getter(handle, item, part, start, length + 1, length), wrong)
    call fortran_text(buffer(1:length), text)
  end subroutine get_text_within

  !> Of fixed length, because gfortran keeps the length of a deferred-length result in a static
  !! variable, which threads would share.
  function decimal(number) result(digits)
    integer(int64), intent(in) :: number
    character(len=20) :: digits

    write (digits, '(i0)') number
  end function decimal

  pure function truth(flag) result(number)
    logical, intent(in) :: flag
    integer(c_int32_t) :: number

    number = merge(1_c_int32_t, 0_c_int32_t, flag)
  end function truth

end module qube_budget
