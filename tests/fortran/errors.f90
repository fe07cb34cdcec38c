! Each thing that can be wrong has its status and a message that names the culprit and what is
! allowed; results of a failed call have their default values; nothing leaks or raises an IEEE flag.
! With the argument "stop" the program makes a mistake without stat.
program errors
  use, intrinsic :: ieee_arithmetic, only: ieee_get_flag, ieee_divide_by_zero, ieee_invalid, &
    ieee_overflow, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  implicit none
  character(len=16) :: argument

  call get_command_argument(1, argument)
  if (argument == 'stop') call stop_without_stat()
  call test_header()
  call test_harmonic()
  call test_pixel_direct()
  call test_stages()
  call test_limits()
  call test_spaces()
  call test_texts()
  call test_by_hand()
  call test_forms()
  call test_documents()
  call test_too_many()
  call test_policies()
  call test_options()
  call test_questions()
  call test_odd_text()
  call test_optional_arguments()
  call test_without_stat()
  call test_memory()
  call test_flags()
  if (failures > 0) error stop 1

contains

  ! The constants are those of qube_budget.h, all of them.
  subroutine test_header()
    character(len=1024) :: data
    character(len=256) :: line
    character(len=32) :: define, name
    integer :: unit, iostat, value, count

    call get_environment_variable('QUBE_TEST_DATA', data)
    open (newunit=unit, file=trim(data)//'/../../include/qube_budget.h', action='read', &
      status='old')
    count = 0
    do
      read (unit, '(a)', iostat=iostat) line
      if (iostat /= 0) exit
      if (index(line, '#define QUBE_') /= 1) cycle
      read (line, *, iostat=iostat) define, name, value
      if (iostat /= 0) cycle
      if (index(name, 'QUBE_VERSION_') == 1 .or. name == 'QUBE_ABI_VERSION') cycle
      count = count + 1
      call check(trim(define)//' '//name, value == our_value(name))
    end do
    close (unit)
    call check('the header has 27 statuses, 8 objectives, 2 roles, 3 advices, 2 bounds, '// &
      '3 fields, 3 codes, 3 holdings, 2 scripts, 2 paths, 10 changes, 6 sizes, 3 kinds of '// &
      'found', count == 74)
  end subroutine test_header

  function our_value(name) result(value)
    character(len=*), intent(in) :: name
    integer :: value

    value = -1
    select case (name)
    case ('QUBE_OK'); value = qube_ok
    case ('QUBE_ERR_NULL'); value = qube_err_null
    case ('QUBE_ERR_ABI'); value = qube_err_abi
    case ('QUBE_ERR_BUFFER'); value = qube_err_buffer
    case ('QUBE_ERR_UTF8'); value = qube_err_utf8
    case ('QUBE_ERR_INPUT'); value = qube_err_input
    case ('QUBE_ERR_CONFLICT'); value = qube_err_conflict
    case ('QUBE_ERR_OVERFLOW'); value = qube_err_overflow
    case ('QUBE_ERR_UNKNOWN_STAGE'); value = qube_err_unknown_stage
    case ('QUBE_ERR_POSITION'); value = qube_err_position
    case ('QUBE_ERR_EXTENT'); value = qube_err_extent
    case ('QUBE_ERR_POWER_MEAN'); value = qube_err_power_mean
    case ('QUBE_ERR_UNKNOWN_INDEX'); value = qube_err_unknown_index
    case ('QUBE_ERR_UNKNOWN_SPACE'); value = qube_err_unknown_space
    case ('QUBE_ERR_DUPLICATE'); value = qube_err_duplicate
    case ('QUBE_ERR_PARSE'); value = qube_err_parse
    case ('QUBE_ERR_NO_TENSORS'); value = qube_err_no_tensors
    case ('QUBE_ERR_TOO_LARGE'); value = qube_err_too_large
    case ('QUBE_ERR_TARGET'); value = qube_err_target
    case ('QUBE_ERR_OPTION'); value = qube_err_option
    case ('QUBE_ERR_DOCUMENT'); value = qube_err_document
    case ('QUBE_ERR_SYSTEM'); value = qube_err_system
    case ('QUBE_ERR_LABEL'); value = qube_err_label
    case ('QUBE_ERR_CALLBACK'); value = qube_err_callback
    case ('QUBE_ERR_REPLAY'); value = qube_err_replay
    case ('QUBE_ERR_LIMIT'); value = qube_err_limit
    case ('QUBE_BOUNDED_COST'); value = qube_bounded_cost
    case ('QUBE_BOUNDED_PEAK'); value = qube_bounded_peak
    case ('QUBE_ERR_PANIC'); value = qube_err_panic
    case ('QUBE_DENSE_FLOPS'); value = qube_dense_flops
    case ('QUBE_DENSE_SIZE'); value = qube_dense_size
    case ('QUBE_DENSE_PEAK'); value = qube_dense_peak
    case ('QUBE_DENSE_PEAK_BATCHED'); value = qube_dense_peak_batched
    case ('QUBE_DENSE_TIME_SPACE'); value = qube_dense_time_space
    case ('QUBE_DENSE_TIME_SPACE_BATCHED'); value = qube_dense_time_space_batched
    case ('QUBE_DENSE_SPACE_TIME_BATCHED'); value = qube_dense_space_time_batched
    case ('QUBE_CUSTOM'); value = qube_custom
    case ('QUBE_FIELDS_T'); value = qube_fields_t
    case ('QUBE_FIELDS_QU'); value = qube_fields_qu
    case ('QUBE_FIELDS_TQU'); value = qube_fields_tqu
    case ('QUBE_ECLIPSE_T'); value = qube_eclipse_t
    case ('QUBE_ECLIPSE_EB'); value = qube_eclipse_eb
    case ('QUBE_ECLIPSE_TEB'); value = qube_eclipse_teb
    case ('QUBE_HOLDING_EVERY_RANK'); value = qube_holding_every_rank
    case ('QUBE_HOLDING_EVERY_NODE'); value = qube_holding_every_node
    case ('QUBE_HOLDING_SPREAD'); value = qube_holding_spread
    case ('QUBE_SCRIPT_NODE'); value = qube_script_node
    case ('QUBE_SCRIPT_CPU'); value = qube_script_cpu
    case ('QUBE_PATH_HARMONIC'); value = qube_path_harmonic
    case ('QUBE_PATH_PIXEL_DIRECT'); value = qube_path_pixel_direct
    case ('QUBE_CHANGE_RELEASE_PROJECTOR'); value = qube_change_release_projector
    case ('QUBE_CHANGE_BEST_GRID'); value = qube_change_best_grid
    case ('QUBE_CHANGE_NO_DERIVATIVE_CACHE'); value = qube_change_no_derivative_cache
    case ('QUBE_CHANGE_MAPS'); value = qube_change_maps
    case ('QUBE_CHANGE_NO_INVERSE_CHECK'); value = qube_change_no_inverse_check
    case ('QUBE_CHANGE_NO_SWITCH'); value = qube_change_no_switch
    case ('QUBE_CHANGE_RANKS_PER_NODE'); value = qube_change_ranks_per_node
    case ('QUBE_CHANGE_NODES'); value = qube_change_nodes
    case ('QUBE_CHANGE_OTHER_PATH'); value = qube_change_other_path
    case ('QUBE_CHANGE_N_BINS'); value = qube_change_n_bins
    case ('QUBE_SIZE_NSIDE'); value = qube_size_nside
    case ('QUBE_SIZE_LMAX'); value = qube_size_lmax
    case ('QUBE_SIZE_N_BINS'); value = qube_size_n_bins
    case ('QUBE_SIZE_MAPS'); value = qube_size_maps
    case ('QUBE_SIZE_NODES'); value = qube_size_nodes
    case ('QUBE_SIZE_RANKS_PER_NODE'); value = qube_size_ranks_per_node
    case ('QUBE_FOUND_EXTREME'); value = qube_found_extreme
    case ('QUBE_FOUND_NONE'); value = qube_found_none
    case ('QUBE_FOUND_ANY'); value = qube_found_any
    case ('QUBE_ROLE_CONTRACTED'); value = qube_role_contracted
    case ('QUBE_ROLE_EXTERNAL'); value = qube_role_external
    case ('QUBE_CACHE_TRANSIENT'); value = qube_cache_transient
    case ('QUBE_CACHE_KEEP'); value = qube_cache_keep
    case ('QUBE_CACHE_SLICED'); value = qube_cache_sliced
    end select
  end function our_value

  ! --- Budgets ----------------------------------------------------------------------------------

  function good_run() result(run)
    type(qube_harmonic) :: run

    run%n_pix = 59136
    run%n_modes = 33274
    run%lmax_signal = 256
    run%lmax = 128
  end function good_run

  subroutine test_harmonic()
    type(qube_harmonic) :: run

    call expect_run('nothing set', run, qube_err_input, 'n_pix is 0', '1')
    run = good_run()
    run%n_pix = 0
    call expect_run('n_pix 0', run, qube_err_input, 'n_pix is 0', 'allowed: 1')
    run%n_pix = -59136
    call expect_run('n_pix negative', run, qube_err_input, 'n_pix is -59136', 'allowed: 1')
    run = good_run()
    run%n_modes = 0
    call expect_run('n_modes 0', run, qube_err_input, 'n_modes is 0', 'allowed: 1')
    run = good_run()
    run%lmax_signal = -1
    call expect_run('lmax_signal', run, qube_err_input, 'lmax_signal is -1', 'allowed: 1')
    run = good_run()
    run%lmax = -2
    call expect_run('lmax negative', run, qube_err_input, 'lmax is -2', 'allowed: ')
    run%lmax = 257
    call expect_run('lmax too large', run, qube_err_conflict, 'lmax is 257', 'lmax_signal is 256')
    run = good_run()
    run%n_pix = 2_int64**31
    call expect_run('product past 2**63', run, qube_err_overflow, '2147483648', 'allowed: ')
    run%n_pix = huge(0_int64)
    call expect_run('the largest n_pix', run, qube_err_overflow, '9223372036854775807', 'allowed: ')
  end subroutine test_harmonic

  ! Prediction and check refuse a run in the same way, and leave nothing behind.
  subroutine expect_run(what, run, status, culprit, allowed)
    character(len=*), intent(in) :: what, culprit, allowed
    type(qube_harmonic), intent(in) :: run
    integer, intent(in) :: status
    type(qube_prediction) :: prediction
    type(qube_check_result) :: result
    integer :: stat, number
    character(len=:), allocatable :: errmsg

    call qube_predict(good_run(), prediction)
    call qube_predict(run, prediction, stat, errmsg)
    call expect(what, stat, errmsg, status, culprit, allowed)
    call check(what//': empty prediction', .not. (allocated(prediction%stages) .or. &
      allocated(prediction%release) .or. allocated(prediction%table) .or. &
      allocated(prediction%json)) .and. prediction%lifetime_peak_bytes == 0 .and. &
      prediction%peak_stage == 0)
    call qube_find_stage(prediction, 'basis_setup', number, stat, errmsg)
    call expect(what//': no stages', stat, errmsg, qube_err_unknown_stage, 'basis_setup', &
      'qube_predict')
    call qube_check(good_run(), 1, result)
    call qube_check(run, 1000000, result, stat, errmsg)
    call expect(what//' (check)', stat, errmsg, status, culprit, allowed)
    call check(what//': empty check', .not. (result%fits .or. allocated(result%stage) .or. &
      allocated(result%term) .or. allocated(result%message)) .and. result%spare_bytes == 0 .and. &
      result%stage_number == 0 .and. result%term_number == 0 .and. result%term_bytes == 0 .and. &
      result%stage_over_bytes == 0)
  end subroutine expect_run

  subroutine test_pixel_direct()
    type(qube_pixel_direct) :: good, run
    type(qube_prediction) :: prediction
    type(qube_check_result) :: result
    integer :: stat
    character(len=:), allocatable :: errmsg

    good = qube_pixel_direct(n_pix=9800, lmax_signal=256, n_bins=6, n_params=18)
    run = good
    run%n_bins = 0
    call qube_predict(run, prediction, stat, errmsg)
    call expect('n_bins 0', stat, errmsg, qube_err_input, 'n_bins is 0', 'allowed: 1')
    call check('n_bins 0: empty', .not. allocated(prediction%stages))
    run = good
    run%n_params = 0
    call qube_check(run, huge(0_int64), result, stat, errmsg)
    call expect('n_params 0', stat, errmsg, qube_err_input, 'n_params is 0', 'allowed: 1')
    run = good
    run%n_params = 2_int64**40
    call qube_predict(run, prediction, stat, errmsg)
    call expect('n_params past 2**63', stat, errmsg, qube_err_overflow, '1099511627776', &
      'allowed: ')
  end subroutine test_pixel_direct

  subroutine test_stages()
    type(qube_prediction) :: prediction
    integer :: number, stat
    character(len=:), allocatable :: errmsg

    call qube_find_stage(prediction, 'basis_setup', number, stat, errmsg)
    call expect('no prediction', stat, errmsg, qube_err_unknown_stage, 'basis_setup', &
      'qube_predict')
    call qube_predict(good_run(), prediction)
    number = 7
    call qube_find_stage(prediction, 'fisher', number, stat, errmsg)
    call expect('unknown stage', stat, errmsg, qube_err_unknown_stage, "no stage 'fisher'", &
      'covariance_setup, basis_setup, fisher_run, spectra_run')
    call check('unknown stage: number', number == 0)
    call qube_find_stage(prediction, '', number, stat, errmsg)
    call expect('empty name', stat, errmsg, qube_err_unknown_stage, "no stage ''", 'basis_setup')
    call qube_find_stage(prediction, 'Basis_Setup', number, stat, errmsg)
    call expect('capitals', stat, errmsg, qube_err_unknown_stage, 'Basis_Setup', 'basis_setup')
    call qube_find_stage(prediction, 'basis'//achar(0), number, stat, errmsg)
    call expect('NUL in a name', stat, errmsg, qube_err_parse, 'the name of a stage', 'NUL')
  end subroutine test_stages

  subroutine test_limits()
    type(qube_check_result) :: result
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_check(good_run(), 0, result, stat, errmsg)
    call expect('limit 0', stat, errmsg, qube_err_input, 'limit_bytes is 0', 'allowed: 1')
    call qube_check(good_run(), -1_int64, result, stat, errmsg)
    call expect('limit -1', stat, errmsg, qube_err_input, 'limit_bytes is -1', 'allowed: 1')
    call check('limit -1: empty', .not. allocated(result%message))
  end subroutine test_limits

  ! --- Networks ---------------------------------------------------------------------------------

  subroutine test_spaces()
    type(qube_network) :: network
    integer, parameter :: n = 3

    network = einsum('ij,jk->ik')
    call network%spaces%add('i', n)
    call network%spaces%add('j', 0)
    call network%spaces%add('k', n)
    call expect_network('extent 0', network, qube_err_extent, "'j'", 'allowed: 1 or more')
    network%spaces%list(2)%extent = -5
    call expect_network('extent -5', network, qube_err_extent, '-5', 'allowed: 1 or more')
    network%spaces%list(2)%extent = 5
    network%spaces%list(3)%name = 'i'
    call expect_network('space twice', network, qube_err_duplicate, "'i'", '')
    network%spaces%list(3)%name = 'K'
    call expect_network('no extent for k', network, qube_err_unknown_space, "'k'", 'K, i, j')
    deallocate (network%spaces%list(3)%name)
    call expect_network('space without a name', network, qube_err_label, "''", 'before its first')
    network = einsum('ij,jk->ik')
    call expect_network('no spaces', network, qube_err_unknown_space, "'i'", 'none')
    call network%spaces%add('i', n, power_means=[3.0_real64, -1.0_real64])
    call expect_network('power mean', network, qube_err_power_mean, 'power mean 2', '-1')
    network%spaces%list(1)%power_means(2) = ieee_value(1.0_real64, ieee_quiet_nan)
    call expect_network('power mean NaN', network, qube_err_power_mean, 'power mean 2', 'NaN')
    network%spaces%list(1)%power_means = [real(real64) ::]
    call expect_network('no power means at all', network, qube_err_unknown_space, "'j'", 'i')
  end subroutine test_spaces

  subroutine test_texts()
    type(qube_network) :: network, with_spaces

    call with_spaces%spaces%add('i', 3)
    call with_spaces%spaces%add('j', 4)
    call with_spaces%spaces%add('a', 5, power_means=[5.0_real64])
    network = with_spaces
    network%einsum = 'ij,j1->i'
    call expect_network('einsum', network, qube_err_parse, 'character 5', "'1'")
    network%einsum = 'ij,jj->k'
    call expect_network('result letter', network, qube_err_unknown_index, "'k'", 'i, j')
    network%einsum = 'ij,j->ii'
    call expect_network('result letter twice', network, qube_err_duplicate, "'i'", '')
    network%einsum = ''
    call expect_network('empty einsum', network, qube_err_no_tensors, 'no tensors', '1 or more')
    network = with_spaces
    network%term = 't{i_1;j_1} u{i_1'
    call expect_network('term', network, qube_err_parse, 'character ', 'expected')
    network%term = '   '
    call expect_network('blank term', network, qube_err_no_tensors, 'no tensors', '1 or more')
    network%term = 't{i_1;b_1}'
    call expect_network('space of the term', network, qube_err_unknown_space, "'b'", 'a, i, j')
    network%term = 't{a_1<i_1>;i_1} u{a_2<i_1>;i_1}'
    call expect_network('too few power means', network, qube_err_power_mean, 'power mean 2', 'a_')
  end subroutine test_texts

  subroutine test_by_hand()
    type(qube_network) :: network, two

    call expect_network('nothing', network, qube_err_no_tensors, 'no tensors', '1 or more')
    call two%add_index('i', 3)
    call two%add_index('j', 4)
    network = two
    call expect_network('no tensors', network, qube_err_no_tensors, 'no tensors', '1 or more')
    call network%add_tensor('A', 'i k')
    call expect_network('index not there', network, qube_err_unknown_index, &
      "tensor 'A' names index 'k'", 'i, j')
    network = two
    call network%add_tensor('A', 'i,j')
    call expect_network('commas', network, qube_err_unknown_index, "'i,j'", 'i, j')
    network = two
    call network%add_index('i', 5)
    call network%add_tensor('A', 'i j')
    call expect_network('label twice', network, qube_err_duplicate, "index 'i'", '')
    network = two
    call network%add_tensor('A', 'i j')
    call network%set_targets('i i')
    call expect_network('target twice', network, qube_err_duplicate, "'i'", '')
    call network%set_targets('i k')
    call expect_network('target not there', network, qube_err_unknown_index, "'k'", 'i, j')
    network = two
    call network%add_tensor('A', 'i')
    call network%set_targets('j')
    call expect_network('target without tensor', network, qube_err_unknown_index, "'j'", 'i')
    network = two
    call network%add_index('a<k>', 5, protos='k')
    call network%add_tensor('A', 'a<k>')
    call expect_network('proto not there', network, qube_err_unknown_index, "'k'", 'i, j')
    network = two
    call network%add_index('a<i>', 5, protos='i')
    call network%add_index('b<a<i>>', 5, protos='a<i>')
    call network%add_tensor('A', 'i')
    call expect_network('proto composite', network, qube_err_document, 'a<i>', '')
    network = two
    call network%add_index('a<i>', 5, protos='i', power_means=[5.0_real64, 0.0_real64])
    call network%add_tensor('A', 'a<i>')
    call expect_network('power mean 0', network, qube_err_power_mean, 'power mean 2', "'a<i>'")
    network = two
    network%indices(2)%extent = 0
    call network%add_tensor('A', 'i j')
    call expect_network('extent 0', network, qube_err_extent, "'j'", 'allowed: 1 or more')
  end subroutine test_by_hand

  subroutine test_forms()
    type(qube_network) :: network

    network = einsum('ij')
    network%term = 't{i;j}'
    call expect_network('two forms', network, qube_err_conflict, 'as term and as einsum', 'one of')
    network = einsum('ij')
    call network%set_targets('i')
    call expect_network('einsum and targets', network, qube_err_conflict, &
      'as einsum and as indices, tensors and targets', 'one of')
    network = qube_network()
    network%json = '{}'
    call network%spaces%add('i', 3)
    call expect_network('json and spaces', network, qube_err_conflict, 'as json', 'spaces')
  end subroutine test_forms

  subroutine test_documents()
    type(qube_network) :: network

    network%json = '{"indices":[{"label":"i","extent":4}],"tensors":[}'
    call expect_network('json', network, qube_err_document, 'line 1', 'column')
    network%json = ''
    call expect_network('empty json', network, qube_err_document, 'line 1', 'column')
    network%json = '{"indices":[{"label":"i","extent":4,"batchable":true,"target":0}],'// &
      '"tensors":[{"label":"A","indices":["i"]}]}'
    call expect_network('json target 0', network, qube_err_target, "'i'", 'allowed: 1 or more')
    network%json = '{"indices":[{"label":"i","extent":4}],'// &
      '"tensors":[{"label":"A","indices":["j"]}]}'
    call expect_network('json index', network, qube_err_unknown_index, "'j'", 'i')
  end subroutine test_documents

  ! 4097 tensors, and a product of extents that no double holds.
  subroutine test_too_many()
    type(qube_network) :: network
    integer :: k

    call network%add_index('i', 3)
    do k = 1, 4097
      call network%add_tensor('A', 'i')
    end do
    call expect_network('4097 tensors', network, qube_err_too_large, '4097', 'at most 4096')
    network = einsum('abcdefghijkl,abcdefghijkl->')
    do k = 1, 12
      call network%spaces%add(achar(iachar('a') + k - 1), huge(0_int64))
    end do
    call expect_network('huge product', network, qube_err_overflow, '', 'allowed: ')
  end subroutine test_too_many

  ! --- Policies and options ---------------------------------------------------------------------

  subroutine test_policies()
    type(qube_batch_policy) :: policy
    type(qube_options) :: options

    call policy%batch_space('i', 0)
    call expect_plan('target 0', policy, options, qube_err_target, "space 'i' is 0", '1 or more')
    policy = qube_batch_policy()
    call policy%batch_index('i', -3_int64)
    call expect_plan('target -3', policy, options, qube_err_target, "index 'i' is -3", '1 or more')
    policy = qube_batch_policy(accumulation_factor=-1)
    call expect_plan('accumulation_factor', policy, options, qube_err_option, &
      'accumulation_factor is -1', '0, or 1e-9 to 1e18')
    policy%accumulation_factor = ieee_value(1.0_real64, ieee_quiet_nan)
    call expect_plan('accumulation_factor NaN', policy, options, qube_err_option, &
      'accumulation_factor is NaN', '0, or 1e-9 to 1e18')
  end subroutine test_policies

  subroutine test_options()
    type(qube_batch_policy) :: policy
    type(qube_options) :: options
    real(real64) :: nan

    nan = ieee_value(1.0_real64, ieee_quiet_nan)
    options = qube_options(volatile_weight=nan)
    call expect_plan('volatile_weight NaN', policy, options, qube_err_option, &
      'volatile_weight is NaN', 'allowed: ')
    options = qube_options(volatile_weight=0)
    call expect_plan('volatile_weight 0', policy, options, qube_err_option, &
      'volatile_weight is 0', 'allowed: ')
    options = qube_options(footprint_weight=-1)
    call expect_plan('footprint_weight', policy, options, qube_err_option, &
      'footprint_weight is -1', 'allowed: ')
    options = qube_options(objective=qube_dense_peak, peak_flops_tolerance=nan)
    call expect_plan('tolerance NaN', policy, options, qube_err_option, &
      'peak_flops_tolerance is NaN', 'allowed: ')
    options = qube_options(objective=qube_dense_peak, machine_balance=huge(1.0_real64))
    call expect_plan('machine_balance', policy, options, qube_err_option, 'machine_balance is', &
      'allowed: ')
    options = qube_options(objective=qube_dense_peak, fast_mem_elems=-1)
    call expect_plan('fast_mem_elems', policy, options, qube_err_option, 'fast_mem_elems is -1', &
      'allowed: ')
    options = qube_options(objective=qube_dense_peak, block_tiles=-1)
    call expect_plan('block_tiles', policy, options, qube_err_option, 'block_tiles is -1', &
      'allowed: ')
    options = qube_options(objective=qube_dense_peak, block_prefactor=-1)
    call expect_plan('block_prefactor', policy, options, qube_err_option, 'block_prefactor is -1', &
      'allowed: ')
    options = qube_options(objective=7)
    call expect_plan('objective 7', policy, options, qube_err_option, 'objective is 7', '(6)')
    options = qube_options(objective=-1)
    call expect_plan('objective -1', policy, options, qube_err_option, 'objective is -1', '(6)')
    ! Where default integers have 8 bytes, this is 2**32, which must not become 0.
    options = qube_options(objective=ishft(1, min(32, bit_size(0) - 2)))
    call expect_plan('objective huge', policy, options, qube_err_option, 'objective is ', '(6)')
    options = qube_options(bytes_per_element=0)
    call expect_plan('bytes_per_element 0', policy, options, qube_err_option, &
      'bytes_per_element is 0', '1 to 1024')
    options = qube_options(bytes_per_element=-8)
    call expect_plan('bytes_per_element -8', policy, options, qube_err_option, &
      'bytes_per_element is -8', '1 to 1024')
  end subroutine test_options

  subroutine test_questions()
    type(qube_network) :: network
    type(qube_batch_policy) :: policy
    integer(int64) :: size
    integer :: stat
    logical :: answer
    character(len=:), allocatable :: errmsg

    network = small()
    size = 5
    call qube_target(policy, network, 'q', size, stat, errmsg)
    call expect('index not there', stat, errmsg, qube_err_unknown_index, "'q'", 'i, k, l')
    call check('index not there: target', size == 0)
    answer = .true.
    call qube_is_volatile(policy, network, 3, answer, stat, errmsg)
    call expect('tensor 3', stat, errmsg, qube_err_position, 'tensor number 3', 'there are 2')
    call check('tensor 3: counted as here', index(errmsg, 'counted from 1') > 0 .and. .not. answer)
    call qube_is_volatile(policy, network, 0, answer, stat, errmsg)
    call expect('tensor 0', stat, errmsg, qube_err_position, 'tensor number 0', 'there are 2')
    call policy%batch_space('k', 0)
    call qube_is_volatile(policy, network, 1, answer, stat, errmsg)
    call expect('bad policy', stat, errmsg, qube_err_target, "'k' is 0", 'allowed: 1')
    network%indices(1)%extent = 0
    call qube_target(policy, network, 'i', size, stat, errmsg)
    call expect('bad network', stat, errmsg, qube_err_extent, "'i'", 'allowed: 1')
  end subroutine test_questions

  ! --- Text -------------------------------------------------------------------------------------

  ! C ends a text at a NUL, so one within would cut it without a word.
  subroutine test_odd_text()
    type(qube_network) :: network
    type(qube_batch_policy) :: policy
    integer :: k

    network = einsum('ij'//achar(0)//'k')
    call expect_network('NUL in einsum', network, qube_err_parse, 'the text', 'NUL')
    network = einsum('ij')
    call network%spaces%add('i'//achar(0), 3)
    call expect_network('NUL in a space', network, qube_err_parse, 'a space', 'NUL')
    network = small()
    call network%add_tensor('A', 'i'//achar(0)//'k')
    call expect_network('NUL in indices', network, qube_err_parse, 'indices of a tensor', 'NUL')
    network = small()
    network%tensors(1)%label = char(255)
    call expect_network('not UTF-8', network, qube_err_utf8, 'label', 'UTF-8')
    call policy%add_volatile('A'//achar(0))
    call expect_plan('NUL in a policy', policy, qube_options(), qube_err_parse, 'volatile', 'NUL')
    network = qube_network()
    network%term = 't{i_1;i_2}'
    call network%spaces%add(repeat('long', 25000), 3)
    call expect_network('a very long name', network, qube_err_unknown_space, "'i'", 'longlonglong')
    network = small()
    deallocate (network%tensors(1)%label, network%tensors(2)%indices)
    do k = 1, 2
      call expect_fine('a component that is not allocated is empty', network)
    end do
  end subroutine test_odd_text

  ! --- stat, errmsg, stop -----------------------------------------------------------------------

  subroutine test_optional_arguments()
    type(qube_plan) :: plan
    type(qube_network) :: network
    integer(int64) :: bytes
    integer :: stat
    character(len=:), allocatable :: errmsg

    allocate (errmsg, source='stale')
    stat = 7
    network = small()
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call check('stale stat and errmsg', stat == 0 .and. len(errmsg) == 0)
    errmsg = 'stale'
    call qube_optimize(network, plan, errmsg=errmsg)
    call check('errmsg without stat', allocated(plan%sequence) .and. len(errmsg) == 0)
    network%indices(1)%extent = 0
    call qube_optimize(network, plan, stat=stat)
    call check('stat without errmsg', stat == qube_err_extent)
    call check('a plan that is there is emptied', .not. allocated(plan%sequence))
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call qube_memory_limit(bytes, stat, errmsg)
    call check('a message does not stay', stat == 0 .and. len(errmsg) == 0)
  end subroutine test_optional_arguments

  ! Runs this program, whose message must be there although its error unit is a file.
  subroutine test_without_stat()
    character(len=4096) :: program, line
    integer :: exitstat, cmdstat, unit, iostat
    logical :: found

    exitstat = 0
    call get_command_argument(0, program)
    call execute_command_line("'"//trim(program)//"' stop 2>'"//trim(program)//".stderr'", &
      exitstat=exitstat, cmdstat=cmdstat)
    call check('stop: exit status 1', cmdstat == 0 .and. exitstat == 1)
    found = .false.
    open (newunit=unit, file=trim(program)//'.stderr', action='read', iostat=iostat)
    do while (iostat == 0)
      read (unit, '(a)', iostat=iostat) line
      if (iostat == 0 .and. index(line, 'qube_budget: n_pix is 0; allowed: 1') == 1) found = .true.
    end do
    close (unit, status='delete')
    call check('stop: message', found)
  end subroutine test_without_stat

  subroutine stop_without_stat()
    type(qube_prediction) :: prediction
    character(len=:), allocatable :: errmsg

    call qube_predict(qube_harmonic(), prediction, errmsg=errmsg)
  end subroutine stop_without_stat

  ! --- Memory and flags -------------------------------------------------------------------------

  subroutine test_memory()
    integer(int64) :: before
    integer :: k

    do k = 1, 500
      call all_calls()
    end do
    before = resident_bytes()
    do k = 1, 10000
      call all_calls()
    end do
    call check('memory grows by less than 1 MiB', resident_bytes() - before < 2_int64**20)
  end subroutine test_memory

  ! Each public procedure, successful and not.
  subroutine all_calls()
    type(qube_harmonic) :: run
    type(qube_prediction) :: prediction
    type(qube_check_result) :: result
    type(qube_request_result) :: request
    type(qube_fit_result) :: fit
    type(qube_found) :: found
    type(qube_paths) :: paths
    type(qube_network) :: network
    type(qube_batch_policy) :: policy
    type(qube_plan) :: plan
    integer(int64) :: bytes
    integer :: stat, number
    logical :: answer
    character(len=:), allocatable :: errmsg

    run = good_run()
    call qube_predict(run, prediction, stat, errmsg)
    call qube_find_stage(prediction, 'fisher_run', number, stat, errmsg)
    call qube_find_stage(prediction, 'nowhere', number, stat, errmsg)
    call qube_check(run, 1000, result, stat, errmsg)
    call qube_check(run, 0, result, stat, errmsg)
    call qube_request(run, request, qube_job(ranks_per_node=2), stat, errmsg)
    call qube_request(run, request, qube_job(nodes=0), stat, errmsg)
    call qube_request(qube_eclipse(code=qube_eclipse_t, pix_t=20, lmax=4), request)
    call qube_fit(run, 1000, fit, stat=stat, errmsg=errmsg)
    call qube_fit(run, 0, fit, stat=stat, errmsg=errmsg)
    call qube_fit(qube_eclipse(published=.true.), 1000, fit, stat=stat, errmsg=errmsg)
    call qube_extreme(run, qube_size_ranks_per_node, 2**30, found, stat=stat, errmsg=errmsg)
    call qube_extreme(run, qube_size_maps, 2**30, found, stat=stat, errmsg=errmsg)
    call qube_compare_paths(run, 1000, paths, stat=stat, errmsg=errmsg)
    call qube_path_by_time(0, 1, 1, number, stat, errmsg)
    run%lmax = 1000
    call qube_predict(run, prediction, stat, errmsg)
    call qube_fit(run, 1000, fit, stat=stat, errmsg=errmsg)
    network = einsum('ik,kl->il')
    call network%spaces%add('i', 4)
    call network%spaces%add('k', 10)
    call network%spaces%add('l', 6, power_means=[6.0_real64])
    call policy%batch_space('k', 2)
    call policy%add_volatile('nothing')
    call qube_optimize(network, plan, policy, qube_options(objective=3), stat, errmsg)
    call qube_target(policy, network, 'k', bytes, stat, errmsg)
    call qube_is_volatile(policy, network, 1, answer, stat, errmsg)
    call qube_is_volatile(policy, network, 9, answer, stat, errmsg)
    network%spaces%list(1)%extent = 0
    call qube_optimize(network, plan, policy, qube_options(objective=3), stat, errmsg)
    call make_small(network)
    call qube_optimize(network, plan, policy, qube_options(objective=3), stat, errmsg)
    call qube_optimize(network, plan, policy, qube_options(objective=9), stat, errmsg)
    network = qube_network()
    network%json = '{"indices":[{"label":"i","extent":4}],'// &
      '"tensors":[{"label":"A","indices":["i"]}]}'
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    network%json(1:1) = '['
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
  end subroutine all_calls

  ! The second number of this file is the resident size in pages, of 4096 bytes or more.
  function resident_bytes() result(bytes)
    integer(int64) :: bytes, pages(2)
    integer :: unit

    open (newunit=unit, file='/proc/self/statm', action='read')
    read (unit, *) pages
    close (unit)
    bytes = 4096 * pages(2)
  end function resident_bytes

  subroutine test_flags()
    logical(int32) :: raised(3) ! what gfortran 12 takes, however wide default logicals are

    call ieee_get_flag(ieee_invalid, raised(1))
    call ieee_get_flag(ieee_divide_by_zero, raised(2))
    call ieee_get_flag(ieee_overflow, raised(3))
    call check('IEEE flag invalid', .not. logical(raised(1)))
    call check('IEEE flag divide_by_zero', .not. logical(raised(2)))
    call check('IEEE flag overflow', .not. logical(raised(3)))
  end subroutine test_flags

  ! --- Checks -----------------------------------------------------------------------------------

  function einsum(text) result(network)
    character(len=*), intent(in) :: text
    type(qube_network) :: network

    network%einsum = text
  end function einsum

  function small() result(network)
    type(qube_network) :: network

    call make_small(network)
  end function small

  subroutine make_small(network)
    type(qube_network), intent(out) :: network

    call network%add_index('i', 4)
    call network%add_index('k', 10)
    call network%add_index('l', 6)
    call network%add_tensor('A', 'i k')
    call network%add_tensor('B', 'k l')
  end subroutine make_small

  subroutine expect_network(what, network, status, culprit, allowed)
    character(len=*), intent(in) :: what, culprit, allowed
    type(qube_network), intent(in) :: network
    integer, intent(in) :: status
    type(qube_plan) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call expect(what, stat, errmsg, status, culprit, allowed)
    call check(what//': empty plan', is_empty(plan))
  end subroutine expect_network

  subroutine expect_fine(what, network)
    character(len=*), intent(in) :: what
    type(qube_network), intent(in) :: network
    type(qube_plan) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call check(what//': '//errmsg, stat == qube_ok)
  end subroutine expect_fine

  subroutine expect_plan(what, policy, options, status, culprit, allowed)
    character(len=*), intent(in) :: what, culprit, allowed
    type(qube_batch_policy), intent(in) :: policy
    type(qube_options), intent(in) :: options
    integer, intent(in) :: status
    type(qube_plan) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_optimize(small(), plan, policy, options, stat, errmsg)
    call expect(what, stat, errmsg, status, culprit, allowed)
    call check(what//': empty plan', is_empty(plan))
  end subroutine expect_plan

  function is_empty(plan) result(answer)
    type(qube_plan), intent(in) :: plan
    logical :: answer

    answer = .not. (allocated(plan%sequence) .or. allocated(plan%leaves) .or. &
      allocated(plan%steps) .or. allocated(plan%frontier) .or. allocated(plan%report) .or. &
      allocated(plan%json) .or. plan%optimal .or. plan%peak_bytes /= 0 .or. plan%cost > 0)
  end function is_empty

  ! The status, and a message with both parts.
  subroutine expect(what, stat, errmsg, status, culprit, allowed)
    character(len=*), intent(in) :: what, errmsg, culprit, allowed
    integer, intent(in) :: stat, status

    character(len=64) :: statuses

    write (statuses, '(a, i0, a, i0)') ': status ', stat, ' not ', status
    call check(what//trim(statuses)//', message: '//errmsg, stat == status .and. &
      index(errmsg, culprit) > 0 .and. index(errmsg, allowed) > 0)
  end subroutine expect

end program errors
