! What can be wrong has its status and a message that names the culprit; results of a failed call
! have their default values; stat and errmsg may be left out; defaults are those of the library;
! nothing leaks or raises an IEEE flag. With the argument "stop" the program makes a mistake without
! stat. That the library refuses what it should is asserted in Rust and C.
program errors
  use, intrinsic :: ieee_arithmetic, only: ieee_divide_by_zero, ieee_get_flag, ieee_invalid, &
    ieee_overflow, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_c_binding, only: c_int32_t, c_int64_t, c_size_t
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  implicit none

  interface
    integer(c_int32_t) function options_init(words, bytes) bind(c, name='qube_options_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function options_init
    integer(c_int32_t) function job_init(words, bytes) bind(c, name='qube_job_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function job_init
    integer(c_int32_t) function survey_init(words, bytes) bind(c, name='qube_survey_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function survey_init
    integer(c_int32_t) function eclipse_init(words, bytes) bind(c, name='qube_eclipse_config_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function eclipse_init
    integer(c_int32_t) function pixel_init(words, bytes) &
      bind(c, name='qube_pixel_direct_config_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function pixel_init
    integer(c_int32_t) function traditional_init(words, bytes) &
      bind(c, name='qube_traditional_config_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function traditional_init
    integer(c_int32_t) function auto_init(words, bytes) bind(c, name='qube_auto_config_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function auto_init
    integer(c_int32_t) function harmonic_init(words, bytes) &
      bind(c, name='qube_harmonic_config_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function harmonic_init
    integer(c_int32_t) function grid_init(words, bytes) bind(c, name='qube_grid_init')
      import
      integer(c_int64_t), intent(inout) :: words(*)
      integer(c_size_t), value :: bytes
    end function grid_init
  end interface

  character(len=16) :: argument

  call get_command_argument(1, argument)
  if (argument == 'stop') call stop_without_stat()
  call test_defaults()
  call test_budgets()
  call test_networks()
  call test_policies()
  call test_plans()
  call test_optional_arguments()
  call test_without_stat()
  call test_memory()
  call test_flags()
  if (failures > 0) error stop 1

contains

  ! --- Defaults ---------------------------------------------------------------------------------

  ! What the library fills, in words of 8 bytes.
  subroutine test_defaults()
    integer(int64) :: c(20)
    type(qube_options) :: o
    type(qube_job) :: j
    type(qube_survey) :: s
    type(qube_eclipse_config) :: e
    type(qube_pixel_direct_config) :: p
    type(qube_harmonic_config) :: h
    type(qube_traditional_config) :: t
    type(qube_auto_config) :: a
    type(qube_grid) :: g

    call check('options: size', options_init(c, 136_c_size_t) == qube_ok)
    call check('options', all(c(2:17) == [bits(o%volatile_weight), bits(o%footprint_weight), &
      bits(o%peak_flops_tolerance), bits(o%machine_balance), bits(o%fast_mem_elems), &
      bits(o%block_tiles), bits(o%block_prefactor), o%bytes_per_element, o%max_states, &
      bits(o%max_seconds), o%max_bytes, 0_int64, 0_int64, pair(o%objective == 1, &
      o%prune_outer_products), pair(o%use_inner_pow, o%subnet_cse), pair(o%frontier, &
      o%require_optimal)]))
    call check('job: size', job_init(c, 128_c_size_t) == qube_ok)
    call check('job', all(c(2:16) == [j%nodes, j%ranks_per_node, j%cpus_per_rank, j%nprow, &
      j%npcol, j%block, j%input_matrices, j%baseline_bytes, j%resident_bytes, j%cores_per_node, &
      j%mem_per_core_cap, bits(j%margin), pair(j%share_node, .false.) + ishft(1_int64, 32), &
      0_int64, 0_int64]))
    call check('survey: size', survey_init(c, 88_c_size_t) == qube_ok)
    call check('survey', all(c(2:11) == [s%nside, bits(s%fsky), s%n_obs, s%n_obs_polarisation, &
      s%lmin, s%lmax, s%lmax_signal, s%n_bins, s%n_spectra, pair(s%fields == 1, s%polar_cap)]))
    call check('eclipse: size', eclipse_init(c, 80_c_size_t) == qube_ok)
    call check('eclipse', all(c(2:10) == [e%pix_t, e%pix_p, e%lmax, e%lmax_cov, e%maps, &
      pair(e%code == 1, e%cross), pair(e%check_inverse, e%fisher), pair(e%model == 1, e%tqu_maps), &
      e%nside]))
    call check('pixel-direct: size', pixel_init(c, 80_c_size_t) == qube_ok)
    call check('pixel-direct', all(c(2:10) == [p%n_pix, p%lmax_signal, p%lmax, p%n_bins, &
      p%n_params, p%n_spectra, p%working_dim, pair(p%cache_derivatives, p%model == 1), &
      pair(p%release == 101, .false.)]))
    call check('harmonic: size', harmonic_init(c, 72_c_size_t) == qube_ok)
    call check('harmonic', all(c(2:9) == [h%n_pix, h%n_modes, h%lmax_signal, h%lmax, &
      h%n_spectra, h%working_dim, pair(h%keep_pixel_projector, h%covariance_by_caller), &
      pair(h%model == 1, h%release == 101)]))
    call check('traditional: size', traditional_init(c, 64_c_size_t) == qube_ok)
    call check('traditional', all(c(2:8) == [t%n_pix, t%lmax_signal, t%lmax, t%n_bins, &
      t%n_params, t%n_spectra, pair(t%model == 1, t%release == 101)]))
    call check('auto: size', auto_init(c, 96_c_size_t) == qube_ok)
    call check('auto', all(c(2:12) == [a%n_pix, a%n_modes, a%lmax_signal, a%lmax, a%n_bins, &
      a%n_params, a%n_spectra, a%working_dim, pair(a%do_cross, a%keep_pixel_projector), &
      pair(a%covariance_by_caller, a%cache_derivatives), pair(a%model == 1, a%release == 101)]))
    call check('grid: size', grid_init(c, 56_c_size_t) == qube_ok)
    call check('grid', all(c(2:7) == [g%nprow, g%npcol, g%block, g%ranks, g%myrow, g%mycol]))
  end subroutine test_defaults

  pure function bits(number) result(word)
    real(real64), intent(in) :: number
    integer(int64) :: word

    word = transfer(number, word)
  end function bits

  ! Two truth values, each an int32_t.
  pure function pair(first, second) result(word)
    logical, intent(in) :: first, second
    integer(int64) :: word

    word = transfer([merge(1_int32, 0_int32, first), merge(1_int32, 0_int32, second)], word)
  end function pair

  ! --- Statuses ---------------------------------------------------------------------------------

  function good_run() result(config)
    type(qube_harmonic_config) :: config

    config = qube_harmonic_config(n_pix=59136, n_modes=33274, lmax_signal=256, lmax=128)
  end function good_run

  subroutine test_budgets()
    type(qube_harmonic_config) :: config
    type(qube_budget_view) :: budget, empty
    type(qube_request_view) :: request
    type(qube_fit_view) :: fit
    type(qube_largest_view) :: largest
    type(qube_ranks_view) :: ranks
    type(qube_comparison_view) :: comparison
    integer :: stat, path
    character(len=:), allocatable :: errmsg, text

    call qube_budget_of(good_run(), budget)
    call qube_budget_of(qube_harmonic_config(), budget, stat=stat, errmsg=errmsg)
    call expect('nothing set', stat, errmsg, qube_err_input, 'n_pix')
    call check('empty', .not. (allocated(budget%stages) .or. allocated(budget%release)) .and. &
      budget%lifetime_peak_bytes == 0 .and. budget%peak_stage == 0 .and. &
      budget%find_stage('basis_setup') == 0)
    config = good_run()
    config%lmax = 257
    call qube_budget_of(config, budget, stat=stat, errmsg=errmsg)
    call expect('conflict', stat, errmsg, qube_err_conflict, 'lmax is 257')
    config%n_pix = huge(0_int64)
    config%lmax = 0
    call qube_budget_of(config, budget, stat=stat, errmsg=errmsg)
    call expect('overflow', stat, errmsg, qube_err_overflow, '9223372036854775807')
    call qube_budget_of(qube_eclipse_config(code=huge(0), pix_t=20, lmax=4), budget, stat=stat, errmsg=errmsg)
    call expect('a wide code', stat, errmsg, qube_err_input, 'code is 2147483647')
    call qube_budget_of(good_run(), budget, qube_survey(fields=-1), stat, errmsg)
    call expect('fields', stat, errmsg, qube_err_input, 'fields is -1')
    call qube_budget_of(good_run(), budget)
    call qube_request(budget, request, qube_job(nodes=0), stat, errmsg)
    call expect('nodes', stat, errmsg, qube_err_input, 'nodes is 0')
    call check('empty request', .not. allocated(request%stages) .and. request%notes%count == 0)
    call qube_fit(budget, 0, fit, stat=stat, errmsg=errmsg)
    call expect('limit', stat, errmsg, qube_err_input, 'limit_bytes is 0')
    call check('empty fit', .not. allocated(fit%request%stages) .and. fit%limit_bytes == 0)
    call qube_largest(budget, qube_size_maps, 1000, largest, stat=stat, errmsg=errmsg)
    call expect('maps of QUBE', stat, errmsg, qube_err_input, 'maps')
    call qube_per_rank(budget, qube_grid(nprow=2, npcol=2, block=8, ranks=5), ranks, stat, errmsg)
    call expect('grid', stat, errmsg, qube_err_conflict, '5')
    call qube_per_rank(budget, qube_grid(nprow=2, npcol=2, block=8, myrow=2, mycol=0), ranks, &
      stat, errmsg)
    call expect('rank', stat, errmsg, qube_err_position, 'myrow')
    call qube_compare(budget, 'nowhere 5 GiB', comparison, stat, errmsg)
    call expect('stage', stat, errmsg, qube_err_unknown_stage, 'basis_setup')
    call qube_compare(budget, 'basis_setup', comparison, stat, errmsg)
    call expect('log', stat, errmsg, qube_err_document, 'line 1')
    call qube_compare(budget, 'a'//achar(0), comparison, stat, errmsg)
    call expect('NUL', stat, errmsg, qube_err_parse, 'NUL')
    call qube_path_by_time(0, 1, 1, path, stat, errmsg)
    call expect('path', stat, errmsg, qube_err_input, 'n_pix is 0')
    call qube_request(empty, request, stat=stat, errmsg=errmsg)
    call expect('an empty budget', stat, errmsg, qube_err_input, 'qube_budget_of')
    call qube_render(empty, qube_format_table, text, stat=stat, errmsg=errmsg)
    call expect('an empty document', stat, errmsg, qube_err_input, 'qube_budget_of')
    call qube_render(budget, huge(0), text, stat=stat, errmsg=errmsg)
    call expect('a wide format', stat, errmsg, qube_err_option, 'format')
    call qube_render(budget, qube_format_svg, text, qube_render_options(-1), stat, errmsg)
    call expect('a negative limit', stat, errmsg, qube_err_input, 'limit_bytes is -1')
  end subroutine test_budgets

  subroutine test_networks()
    type(qube_network) :: network, two
    integer :: k

    call refused(qube_network(), qube_err_no_tensors, 'no tensors')
    network = small()
    call network%add_index('i', 5)
    call refused(network, qube_err_duplicate, "'i'")
    network = small()
    call network%add_tensor('C', 'i,k')
    call refused(network, qube_err_unknown_index, "'i,k'")
    network = small()
    call network%add_index('z', 0)
    call refused(network, qube_err_extent, "'z'")
    network = small()
    call network%add_index('a<i>', 5, protos='i', power_means=[5.0_real64, 0.0_real64])
    call refused(network, qube_err_power_mean, 'power mean 2')
    call network%spaces%add('i', 3, power_means=[ieee_value(1.0_real64, ieee_quiet_nan)])
    call refused(network, qube_err_conflict, 'give term or einsum with them')
    network = small()
    call network%add_index('i'//achar(0), 5)
    call refused(network, qube_err_parse, 'NUL')
    network = small()
    call network%add_index(char(200), 5)
    call refused(network, qube_err_utf8, '')
    network = small()
    call network%add_index('', 5)
    call refused(network, qube_err_label, '')
    two = qube_network(term='t{i_1', einsum='ij')
    call refused(two, qube_err_conflict, 'as term and as einsum')
    deallocate (two%term)
    call refused(two, qube_err_unknown_space, "'i'")
    two%einsum = 'ij,.'
    call two%spaces%add('i', 3)
    call two%spaces%add('j', 4)
    call refused(two, qube_err_parse, 'character 4')
    call two%spaces%add('k', 4, power_means=[ieee_value(1.0_real64, ieee_quiet_nan)])
    call refused(two, qube_err_power_mean, "'k'")
    call refused(qube_network(json='{"indices":['), qube_err_document, 'line 1')
    network = qube_network()
    call network%add_index('i', 3)
    do k = 1, 4097
      call network%add_tensor('A', 'i')
    end do
    call refused(network, qube_err_too_large, '4097')
  end subroutine test_networks

  subroutine test_policies()
    type(qube_policy) :: policy
    type(qube_resolved_policy_view) :: ruled
    integer :: stat
    character(len=:), allocatable :: errmsg

    call policy%add_index_rule(-1, space='i')
    call ruled_out(policy, qube_err_target, 'is -1')
    policy = qube_policy()
    call policy%add_index_rule(1)
    call ruled_out(policy, qube_err_option, 'neither')
    policy = qube_policy()
    call policy%add_index_rule(1, 'i', 'i')
    call ruled_out(policy, qube_err_option, 'neither')
    policy = qube_policy()
    call policy%add_index_rule(1, 'i', role=7)
    call ruled_out(policy, qube_err_option, 'role')
    policy = qube_policy()
    call policy%add_tensor_rule(tensor=3)
    call ruled_out(policy, qube_err_position, 'tensor 3; give 1 to 2')
    policy = qube_policy()
    call policy%add_tensor_rule()
    call ruled_out(policy, qube_err_position, 'tensor 0; give 1 or more')
    policy = qube_policy()
    call policy%add_tensor_rule('A', 1)
    call ruled_out(policy, qube_err_option, 'a label and a number')
    policy = qube_policy(accumulation_factor=ieee_value(1.0_real64, ieee_quiet_nan))
    call ruled_out(policy, qube_err_option, 'accumulation_factor')
    policy = qube_policy(peak_threshold=-1)
    call ruled_out(policy, qube_err_option, 'peak_threshold')
    policy = qube_policy()
    call policy%add_json('{}')
    call ruled_out(policy, qube_err_document, 'schema')
    policy = qube_policy()
    call policy%add_json('{'//achar(0))
    call ruled_out(policy, qube_err_parse, 'NUL')
    call qube_resolve(qube_policy(), qube_network(), ruled, stat, errmsg)
    call expect('no network', stat, errmsg, qube_err_no_tensors, 'no tensors')
    call check('empty', .not. allocated(ruled%indices) .and. ruled%labels%count == 0)
  end subroutine test_policies

  subroutine test_plans()
    type(qube_plan_view) :: plan
    type(qube_order_view) :: order
    type(qube_network) :: network
    integer :: stat, k
    character(len=:), allocatable :: errmsg

    call qube_best_order(plan, order, stat, errmsg)
    call expect('an empty plan', stat, errmsg, qube_err_document, 'the plan is empty')
    call qube_verify(plan, small(), stat=stat, errmsg=errmsg)
    call expect('an empty plan', stat, errmsg, qube_err_document, 'the plan is empty')
    network%einsum = 'abcdefghijkl,abcdefghijkl->'
    do k = 1, 12
      call network%spaces%add(achar(iachar('a') + k - 1), huge(0_int64))
    end do
    call refused(network, qube_err_overflow, '2^700')
  end subroutine test_plans

  function small() result(network)
    type(qube_network) :: network

    call network%add_index('i', 4)
    call network%add_index('k', 10)
    call network%add_index('l', 6)
    call network%add_tensor('A', 'i k')
    call network%add_tensor('B', 'k l')
  end function small

  subroutine refused(network, status, culprit)
    type(qube_network), intent(in) :: network
    integer, intent(in) :: status
    character(len=*), intent(in) :: culprit
    type(qube_plan_view) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_optimize(small(), plan)
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call expect('network', stat, errmsg, status, culprit)
    call check('an empty plan', .not. (allocated(plan%sequence) .or. allocated(plan%nodes) .or. &
      allocated(plan%method)) .and. plan%indices%count == 0 .and. plan%peak_bytes == 0)
  end subroutine refused

  subroutine ruled_out(policy, status, culprit)
    type(qube_policy), intent(in) :: policy
    integer, intent(in) :: status
    character(len=*), intent(in) :: culprit
    type(qube_plan_view) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_optimize(small(), plan, policy, stat=stat, errmsg=errmsg)
    call expect('policy', stat, errmsg, status, culprit)
  end subroutine ruled_out

  subroutine expect(what, stat, errmsg, status, culprit)
    character(len=*), intent(in) :: what, errmsg, culprit
    integer, intent(in) :: stat, status
    character(len=64) :: statuses

    write (statuses, '(a, i0, a, i0)') ': status ', stat, ' not ', status
    call check(what//trim(statuses)//', message: '//errmsg, stat == status .and. &
      index(errmsg, culprit) > 0 .and. len(errmsg) > 0)
  end subroutine expect

  ! --- stat and errmsg --------------------------------------------------------------------------

  subroutine test_optional_arguments()
    type(qube_network) :: broken
    type(qube_plan_view) :: plan
    integer :: stat
    integer(int64) :: bytes
    character(len=:), allocatable :: errmsg

    stat = 7
    allocate (errmsg, source='stale')
    call qube_optimize(small(), plan, stat=stat, errmsg=errmsg)
    call check('stale stat and errmsg', stat == 0 .and. len(errmsg) == 0)
    errmsg = 'stale'
    call qube_optimize(small(), plan, errmsg=errmsg)
    call check('errmsg without stat', allocated(plan%sequence) .and. len(errmsg) == 0)
    call qube_optimize(broken, plan, stat=stat)
    call check('stat without errmsg', stat == qube_err_no_tensors)
    call qube_optimize(broken, plan, stat=stat, errmsg=errmsg)
    call qube_memory_limit(bytes, stat=stat, errmsg=errmsg)
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
      if (iostat == 0 .and. index(line, 'qube_budget: ') == 1 .and. index(line, 'n_pix') > 0) &
        found = .true.
    end do
    close (unit, status='delete')
    call check('stop: message', found)
  end subroutine test_without_stat

  subroutine stop_without_stat()
    type(qube_budget_view) :: budget
    character(len=:), allocatable :: errmsg

    call qube_budget_of(qube_harmonic_config(), budget, errmsg=errmsg)
  end subroutine stop_without_stat

  ! --- Memory and flags -------------------------------------------------------------------------

  subroutine test_memory()
    integer(int64) :: before
    integer :: k

    do k = 1, 200
      call all_calls()
    end do
    before = resident_bytes()
    do k = 1, 2000
      call all_calls()
    end do
    call check('memory grows by less than 1 MiB', resident_bytes() - before < 2_int64**20)
  end subroutine test_memory

  ! Procedures that allocate, successful and not.
  subroutine all_calls()
    type(qube_budget_view) :: budget, eclipse
    type(qube_request_view) :: request
    type(qube_fit_view) :: fit
    type(qube_ranks_view) :: ranks
    type(qube_comparison_view) :: comparison
    type(qube_policy) :: policy
    type(qube_resolved_policy_view) :: ruled
    type(qube_plan_view) :: plan
    type(qube_plans_view) :: plans
    type(qube_order_view) :: order
    type(qube_network_view) :: network
    type(qube_network) :: networks(2)
    integer :: stat
    character(len=:), allocatable :: text, errmsg

    call qube_budget_of(good_run(), budget)
    call qube_budget_of(qube_eclipse_config(code=qube_eclipse_t, pix_t=20, lmax=4), eclipse)
    call qube_request(budget, request, qube_job(ranks_per_node=2))
    call qube_request(budget, request, qube_job(nodes=0), stat, errmsg)
    call qube_fit(budget, 1000, fit)
    call qube_fit(budget, 0, fit, stat=stat, errmsg=errmsg)
    call qube_per_rank(eclipse, qube_grid(ranks=4), ranks)
    call qube_compare(budget, 'basis_setup 5 GiB', comparison)
    call qube_compare(budget, 'basis_setup', comparison, stat, errmsg)
    call qube_render(fit%request, qube_format_table, text, stat=stat, errmsg=errmsg)
    call qube_render(budget, qube_format_json, text)
    call policy%add_index_rule(2, space='k')
    call policy%add_tensor_rule('A')
    call qube_optimize(small(), plan, policy, qube_options(objective=3))
    call qube_render(plan, qube_format_json, text)
    call qube_plan_from_json(text, plan)
    call qube_best_order(plan, order)
    call qube_resolve(policy, small(), ruled)
    call qube_render(ruled, qube_format_table, text)
    call qube_network_get(small(), network)
    networks = small() ! a constructor of such results would leak in gfortran 12
    call qube_optimize_many(networks, plans, policy)
    call qube_optimize(small(), plan, options=qube_options(objective=9), stat=stat, errmsg=errmsg)
    call qube_optimize(qube_network(json='['), plan, stat=stat, errmsg=errmsg)
    call policy%add_json('{}')
    call qube_optimize(small(), plan, policy, stat=stat, errmsg=errmsg)
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
    call check('no IEEE flag', .not. logical(any(raised)))
  end subroutine test_flags

end program errors
