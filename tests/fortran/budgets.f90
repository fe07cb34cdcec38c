! Budgets and what is asked of them: every component is what the library says, counted from 1.
program budgets
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  implicit none
  integer(int64), parameter :: gib = 1024_int64**3

  call test_harmonic()
  call test_pixel_direct()
  call test_traditional()
  call test_survey()
  call test_eclipse()
  call test_ranks()
  call test_request()
  call test_fit()
  call test_largest()
  call test_compare()
  call test_documents()
  call test_machine()
  if (failures > 0) error stop 1

contains

  ! The QU run of the ECLIPSE comparison in QUBE's calibration; bytes of qube.memory_budget.
  function qu_run() result(budget)
    type(qube_budget_view) :: budget

    call qube_budget_of(qube_harmonic_config(n_pix=59136, n_modes=33274, lmax_signal=256, &
      lmax=128, covariance_by_caller=.true.), budget)
  end function qu_run

  ! ECLIPSE's shipped example, Example_NSide8.
  function shipped() result(config)
    type(qube_eclipse_config) :: config

    config = qube_eclipse_config(code=qube_eclipse_teb, pix_t=580, pix_p=395, lmax=16, &
      maps=1000, check_inverse=.true.)
  end function shipped

  ! Expected: the formulas in qube_budget.h, with p = 8 n_pix**2, x = 8 n_pix n_modes,
  ! m = 8 n_modes**2. Each truth value reaches the field of its own.
  subroutine test_harmonic()
    integer(int64), parameter :: p = 8 * 59136_int64**2, m = 8 * 33274_int64**2
    integer(int64), parameter :: x = 8_int64 * 59136 * 33274
    type(qube_harmonic_config) :: config
    type(qube_budget_view) :: budget
    integer :: i, stat
    character(len=:), allocatable :: errmsg

    config = qube_harmonic_config(n_pix=59136, n_modes=33274, lmax_signal=256, lmax=128, &
      covariance_by_caller=.true.)
    call qube_budget_of(config, budget, stat=stat, errmsg=errmsg)
    call check('harmonic: success', stat == qube_ok .and. len(errmsg) == 0)
    call check('harmonic: peak', budget%lifetime_peak_bytes == 120892199488_int64 .and. &
      budget%peak_stage == 2 .and. budget%find_stage('basis_setup') == 2)
    call check('harmonic: path', budget%path == qube_path_harmonic .and. &
      index(budget%release, 'qube-qml') == 1 .and. size(budget%events) == 0)
    call check('harmonic: no such stage', budget%find_stage('fisher') == 0)
    do i = 1, size(budget%stages)
      associate (stage => budget%stages(i))
        call check('sums of '//stage%name, stage%peak_bytes == stage%persistent_bytes + &
          stage%transient_bytes .and. stage%persistent_bytes == sum(stage%terms%bytes, &
          stage%terms%kind == qube_term_persistent) .and. stage%transient_bytes == &
          sum(stage%terms%bytes, stage%terms%kind == qube_term_transient) .and. &
          stage%end_bytes == sum(stage%terms%bytes, stage%terms%kind /= qube_term_transient))
        call check('shapes of '//stage%name, all(stage%terms%bytes == &
          8 * stage%terms%copies * stage%terms%rows * stage%terms%columns))
      end associate
    end do
    call check('harmonic: a name', budget%stages(1)%terms(1)%name == 'Cov_T')
    config%lmax = 0
    call qube_budget_of(config, budget)
    call check('V released', budget%stages(2)%persistent_bytes == p + x + m .and. &
      budget%stages(2)%transient_bytes == x .and. budget%stages(3)%transient_bytes == 5 * m)
    config%keep_pixel_projector = .true.
    call qube_budget_of(config, budget)
    call check('V kept', budget%stages(2)%persistent_bytes == p + 2 * x + m)
    call check('what QUBE prints', budget%model == qube_model_held .and. &
      budget%published_peak_bytes == p + 2 * x + 2 * m)
    config%n_spectra = 1
    config%covariance_by_caller = .false.
    call qube_budget_of(config, budget)
    call check('one spectrum', budget%stages(3)%transient_bytes == 4 * m)
    call check('QUBE reads', budget%stages(2)%transient_bytes == p)
    config%model = qube_model_published
    config%working_dim = 1000
    call qube_budget_of(config, budget)
    call check('published, filtered', budget%model == qube_model_published .and. &
      budget%published_peak_bytes == 0 .and. budget%stages(1)%persistent_bytes == 8000000)
    config%release = qube_release_1_2
    call qube_budget_of(config, budget, stat=stat, errmsg=errmsg)
    call check('no such release', stat == qube_err_input .and. &
      index(errmsg, 'working_dim is 1000 with release 1.2') == 1)
  end subroutine test_harmonic

  subroutine test_pixel_direct()
    integer(int64), parameter :: p = 8 * 9800_int64**2
    type(qube_pixel_direct_config) :: config
    type(qube_budget_view) :: budget

    config = qube_pixel_direct_config(n_pix=9800, lmax_signal=256, n_bins=6, n_params=18)
    call qube_budget_of(config, budget)
    call check('pixel-direct', budget%path == qube_path_pixel_direct .and. &
      budget%peak_stage == 3 .and. budget%stages(2)%persistent_bytes == 2 * p .and. &
      budget%stages(3)%peak_bytes == (5 + 18) * p .and. budget%stages(4)%peak_bytes == 8 * p)
    config%release = qube_release_1_2
    config%cache_derivatives = .true.
    call qube_budget_of(config, budget)
    call check('pixel-direct: cached', budget%stages(2)%persistent_bytes == 2 * p .and. &
      budget%stages(3)%persistent_bytes == (3 + 18) * p)
    config%cache_derivatives = .false.
    config%release = qube_release_1_1
    config%lmax = 128
    config%model = qube_model_published
    call qube_budget_of(config, budget)
    call check('pixel-direct: S_fixed', budget%stages(2)%persistent_bytes == 3 * p .and. &
      budget%stages(4)%peak_bytes == 12 * p)
  end subroutine test_pixel_direct

  ! Matrices of n_pix**2 in each stage; and the path that QUBE takes.
  subroutine test_traditional()
    integer(int64), parameter :: p = 8 * 1624_int64**2
    type(qube_auto_config) :: auto
    type(qube_budget_view) :: budget

    call qube_budget_of(qube_traditional_config(n_pix=1624, n_bins=6, n_spectra=1), budget)
    call check('traditional', budget%path == qube_path_traditional .and. &
      all(budget%stages%peak_bytes == [2, 5, 12, 8] * p))
    auto = qube_auto_config(n_pix=1000, n_modes=2000, n_bins=7, n_spectra=1)
    call qube_budget_of(auto, budget)
    call check('auto: harmonic', budget%path == qube_path_harmonic .and. &
      index(budget%note, 'QUBE takes the harmonic path') > 0)
    auto%n_bins = 6
    call qube_budget_of(auto, budget)
    call check('auto: pixel-direct', budget%path == qube_path_pixel_direct)
    auto%do_cross = .true.
    call qube_budget_of(auto, budget)
    call check('auto: traditional', budget%path == qube_path_traditional)
  end subroutine test_traditional

  ! QU on a tenth of the sky at nside 64: each number of a survey is one that an input tells.
  subroutine test_survey()
    type(qube_survey) :: survey
    type(qube_budget_view) :: budget
    integer :: i
    character(len=:), allocatable :: told

    survey = qube_survey(fields=qube_fields_qu, nside=64, fsky=0.1_real64, polar_cap=.true., &
      lmax=128, lmax_signal=256, n_bins=6)
    call qube_budget_of(qube_harmonic_config(), budget, survey)
    told = ''
    do i = 1, size(budget%inputs)
      associate (input => budget%inputs(i))
        told = told//input%name//' = '//input%value//' ('//input%from//'); '
      end associate
    end do
    call check('survey: n_modes in '//told, &
      index(told, 'n_modes = 33274 (2 x ((128 + 1)^2 - 2^2))') > 0)
    call check('survey: n_pix in '//told, &
      index(told, 'n_pix = 9800 (2 x 4900 in the 49 rings of a polar cap)') > 0)
    call qube_budget_of(qube_pixel_direct_config(), budget, survey)
    call check('survey: pixel-direct', budget%lifetime_peak_bytes == 17671360000_int64)
    survey = qube_survey(fields=qube_fields_tqu, n_obs=580, n_obs_polarisation=395, n_spectra=4, &
      lmax_signal=16, n_bins=6)
    call qube_budget_of(qube_pixel_direct_config(), budget, survey)
    call check('survey: two masks', budget%stages(1)%persistent_bytes == 8 * 1370_int64**2 .and. &
      budget%lifetime_peak_bytes == (5 + 24) * 8 * 1370_int64**2)
    survey = qube_survey(fields=qube_fields_t, n_obs=580, lmin=0, lmax_signal=16)
    call qube_budget_of(qube_harmonic_config(), budget, survey)
    call check('survey: lmin', any(budget%stages(2)%terms%rows == 17**2))
  end subroutine test_survey

  subroutine test_eclipse()
    type(qube_eclipse_config) :: config
    type(qube_budget_view) :: budget
    integer(int64) :: total
    integer :: i

    config = shipped()
    config%model = qube_model_printed
    call qube_budget_of(config, budget)
    total = 0
    do i = 1, size(budget%events)
      total = total + budget%events(i)%delta_bytes
      call check('events: total', total == budget%events(i)%total_bytes)
    end do
    call check('events: printed', count(budget%events%printed) == 19 .and. total == 0)
    call check('events: steps', budget%events(1)%step == 1 .and. &
      budget%events(8)%step == 3 .and. budget%events(8)%what == '+ maps')
    call check('eclipse: path', budget%path == qube_path_eclipse .and. &
      budget%stages(1)%name == 'step_1')
    config%cross = .true.
    call qube_budget_of(config, budget)
    ! 2 D M + 6 L M beyond D**2 + 2 t L + 8 q L, with t = 580, q = 395, D = 1370, L = 285
    call check('eclipse: crossed', budget%stages(3)%peak_bytes == 8 * (1370_int64**2 + &
      2 * 580 * 285 + 8 * 395 * 285 + max(2 * 1370 + 6 * 285, 1370 + 12 * 285) * 1000))
    config%model = qube_model_published
    config%lmax_cov = 20
    call qube_budget_of(config, budget)
    call check('eclipse: published', budget%model == qube_model_published .and. &
      size(budget%events) == 0 .and. budget%stages(1)%peak_bytes == 16 * 1370_int64**2)
    config = shipped()
    call qube_budget_of(config, budget)
    call check('eclipse: held', budget%model == qube_model_held .and. size(budget%stages) == 7 &
      .and. budget%program == 'ECLIPSE' .and. budget%stages(7)%name == 'spectra')
    associate (terms => budget%stages(7)%terms)
      call check('eclipse: who holds what', any(terms%holder == qube_holder_first_rank) .and. &
        any(terms%layout == qube_layout_panels .and. terms%element_bytes == 12) .and. &
        any(terms%layout == qube_layout_message))
    end associate
    call qube_budget_of(qube_eclipse_config(code=qube_eclipse_teb, lmax=16, nside=16), budget, &
      qube_survey(fields=qube_fields_tqu, nside=16, n_obs=500, n_obs_polarisation=400))
    call check('eclipse: survey', budget%inputs(2)%value == '500' .and. &
      budget%inputs(3)%value == '400' .and. budget%inputs(4)%value == '16')
    config%fisher = .false.
    config%model = qube_model_printed
    call qube_budget_of(config, budget)
    call check('eclipse: no Fisher matrix', size(budget%stages) == 3)
  end subroutine test_eclipse

  ! On a grid of 2 x 3 with blocks of 64: of 1370 rows rank 0 has 704, rank 1 666; of as many
  ! columns rank 0 has 474.
  subroutine test_ranks()
    type(qube_budget_view) :: budget
    type(qube_ranks_view) :: ranks

    call qube_budget_of(shipped(), budget)
    call qube_per_rank(budget, qube_grid(nprow=2, npcol=3, block=64, myrow=1, mycol=0), ranks)
    call check('ranks: grid', ranks%nprow == 2 .and. ranks%npcol == 3 .and. ranks%block == 64)
    call check('ranks: stages', size(ranks%stages) == size(budget%stages) .and. &
      ranks%stages(1)%held%name == 'step_1' .and. ranks%peak_stage == budget%peak_stage)
    associate (held => ranks%stages(2)%held, term => ranks%stages(2)%terms(1))
      call check('ranks: a term', term%fullest_bytes == 8 * 704 * 474 .and. &
        term%own_bytes == 8 * 666 * 474 .and. term%least_bytes < term%mean_bytes .and. &
        term%mean_bytes == 2502534)
      call check('ranks: a stage', held%fullest_bytes == &
        sum(ranks%stages(2)%terms%fullest_bytes))
    end associate
    call check('ranks: best', ranks%best_nprow * ranks%best_npcol == 6 .and. &
      ranks%best_block > 0 .and. ranks%best_fullest_bytes <= &
      maxval(ranks%stages%held%fullest_bytes) .and. size(ranks%too_large) == 0)
    call qube_budget_of(qube_eclipse_config(code=qube_eclipse_t, pix_t=50000, lmax=64), budget)
    call qube_per_rank(budget, qube_grid(ranks=1), ranks)
    call check('ranks: too large', ranks%too_large(1)%elements == 50000_int64**2 .and. &
      ranks%too_large(1)%stage == 1 .and. ranks%too_large(1)%term == 1 .and. &
      ranks%too_large(1)%name == budget%stages(1)%terms(1)%name)
    call check('ranks: nobody asked', ranks%stages(1)%held%own_bytes == -1)
  end subroutine test_ranks

  ! 4 ranks of a node that share: a copy with its margin and input once, and 4 baselines.
  subroutine test_request()
    type(qube_request_view) :: request
    type(qube_budget_view) :: budget
    integer(int64), parameter :: p = 8 * 59136_int64**2
    integer(int64) :: copy

    budget = qu_run()
    call qube_request(budget, request, qube_job(nodes=3, ranks_per_node=4, share_node=.true., &
      input_matrices=2, baseline_bytes=1000, margin=10))
    copy = budget%lifetime_peak_bytes + 2 * p + request%margin_bytes
    call check('request', request%shared_per_node_bytes == copy .and. &
      request%own_per_rank_bytes == 1000 .and. request%per_node_bytes == copy + 4000 .and. &
      request%total_bytes == 3 * request%per_node_bytes .and. request%input_bytes == 2 * p .and. &
      request%baseline_bytes == 1000 .and. request%holding == qube_holding_node_shared)
    call check('request: resident', request%resident_bytes == budget%lifetime_peak_bytes + &
      2 * p + 1000 .and. request%margin_bytes == 12089219949_int64)
    call check('request: stages', request%peak_stage == 2 .and. size(request%stages) == 4)
    associate (stage => request%stages(2))
      call check('request: a stage', stage%name == 'basis_setup' .and. &
        index(stage%margin_from, 'as asked') > 0 .and. stage%peak_bytes == sum(stage%parts%bytes) &
        .and. stage%per_node_bytes == request%per_node_bytes .and. &
        stage%margin_bytes == request%margin_bytes .and. len(stage%parts(1)%name) > 0)
    end associate
    call qube_request(budget, request)
    call check('request: defaults', request%calibrated .and. request%stages(2)%calibrated .and. &
      request%holding == qube_holding_replicated .and. request%nprow == 0)
    call check('request: notes', request%notes%count > 0 .and. len(request%notes%label(1)) > 0)
    call qube_budget_of(shipped(), budget)
    call qube_request(budget, request, qube_job(ranks_per_node=6, nprow=2, npcol=3, block=64))
    call check('request: eclipse', request%holding == qube_holding_block_cyclic .and. &
      request%nprow == 2 .and. request%npcol == 3 .and. request%block == 64)
  end subroutine test_request

  subroutine test_fit()
    type(qube_fit_view) :: fit
    type(qube_budget_view) :: budget

    call qube_budget_of(qube_harmonic_config(n_pix=59136, n_modes=66000, &
      keep_pixel_projector=.true., covariance_by_caller=.true.), budget)
    call qube_fit(budget, 64 * gib, fit, qube_job(ranks_per_node=2))
    call check('fit: over', .not. fit%fits .and. fit%limit_bytes == 64 * gib .and. &
      fit%spare_bytes == 64 * gib - fit%request%per_node_bytes)
    call check('fit: where', fit%stage_name == 'covariance_setup' .and. fit%stage == 1 .and. &
      fit%stage_over_bytes > 0 .and. len(fit%term_name) > 0 .and. fit%term_bytes > 0)
    call check('fit: words', index(fit%message, 'covariance_setup') > 0 .and. &
      len(fit%advice) > 0)
    call check('fit: changes', size(fit%changes) == 2 .and. &
      fit%changes(1)%kind == qube_change_release_projector .and. &
      .not. fit%changes(1)%fits .and. fit%cheapest == 0 .and. len(fit%changes(1)%words) > 0)
    call qube_fit(budget, 400 * gib, fit, qube_job(ranks_per_node=2))
    call check('fit: cheapest', fit%changes(fit%cheapest)%kind == qube_change_ranks_per_node .and. &
      fit%changes(fit%cheapest)%value == 1 .and. fit%changes(fit%cheapest)%fits)
    call check('fit: no paths', size(fit%paths) == 0 .and. fit%path_by_time == 0)
    ! The limit is passed by value: it may be a number of the answer that is replaced.
    call qube_fit(budget, fit%request%per_node_bytes, fit, qube_job(ranks_per_node=2))
    call check('fit: equal fits', fit%fits .and. fit%spare_bytes == 0 .and. fit%stage == 0 .and. &
      fit%cheapest == 0 .and. size(fit%changes) == 0 .and. len(fit%term_name) == 0)
    call qube_fit(qu_run(), 2147483647_int32, fit, qube_job(ranks_per_node=2))
    call check('fit: int32 and a job', .not. fit%fits .and. &
      fit%request%per_node_bytes == 2 * fit%request%own_per_rank_bytes)
    call qube_budget_of(qube_harmonic_config(), budget, qube_survey(fields=qube_fields_qu, &
      n_obs=4900, lmax_signal=256, lmax=128, n_bins=6))
    call qube_fit(budget, 24 * gib, fit)
    call check('fit: paths', fit%path_by_time == qube_path_pixel_direct .and. &
      fit%paths(1)%path == qube_path_harmonic .and. .not. fit%paths(1)%fits .and. &
      fit%paths(2)%path == qube_path_pixel_direct .and. fit%paths(2)%fits .and. &
      fit%paths(2)%per_node_bytes <= 24 * gib .and. &
      fit%paths(1)%lifetime_peak_bytes == budget%lifetime_peak_bytes)
  end subroutine test_fit

  subroutine test_largest()
    type(qube_largest_view) :: largest
    type(qube_budget_view) :: budget

    call qube_budget_of(shipped(), budget)
    call qube_largest(budget, qube_size_maps, 2000000000_int32, largest)
    call check('largest', largest%kind == qube_largest_value .and. &
      largest%size == qube_size_maps .and. largest%next_value == largest%value + 1 .and. &
      largest%per_node_bytes <= 2000000000 .and. &
      largest%next_per_node_bytes > 2000000000 .and. largest%limit_bytes == 2000000000 .and. &
      len(largest%message) > 0)
    call qube_largest(budget, qube_size_nodes, 1_int64, largest, qube_job(ranks_per_node=2))
    call check('largest: none', largest%kind == qube_largest_none .and. largest%value == 0)
  end subroutine test_largest

  subroutine test_compare()
    type(qube_comparison_view) :: comparison
    integer(int64), parameter :: p = 8 * 59136_int64**2

    call qube_compare(qu_run(), 'baseline 1000'//new_line('a')// &
      'basis_setup 61432609296 # two thousand more'//new_line('a')// &
      'lifetime peak 120892200488', comparison)
    associate (stage => comparison%stages(2))
      call check('compare', stage%name == 'basis_setup' .and. &
        stage%end%predicted_bytes == 61432607296_int64 .and. &
        stage%end%measured_bytes == 61432609296_int64 .and. &
        stage%end%above_baseline_bytes == 61432608296_int64 .and. &
        abs(stage%end%difference_percent - 1.6278e-6_real64) < 1e-9_real64 .and. &
        stage%peak%measured_bytes == -1)
    end associate
    call check('compare: sums', comparison%unit_bytes == p .and. &
      comparison%baseline_bytes == 1000 .and. comparison%not_predicted%count == 0 .and. &
      comparison%lifetime_peak%above_baseline_bytes == 120892199488_int64)
  end subroutine test_compare

  ! Results are made again from their inputs: documents are about the same run, in their format.
  subroutine test_documents()
    type(qube_budget_view) :: budget, eclipse
    type(qube_request_view) :: request
    type(qube_fit_view) :: fit
    type(qube_ranks_view) :: ranks
    type(qube_comparison_view) :: comparison
    character(len=:), allocatable :: text, without
    integer :: stat

    budget = qu_run()
    call qube_render(budget, qube_format_table, text)
    call check('table', index(text, 'basis_setup') > 0 .and. &
      text(len(text):) == new_line('a'))
    call qube_render(budget, qube_format_json, text)
    call check('json', index(text, '{"schema":"qube-budget/2"') == 1 .and. &
      index(text, '120892199488') > 0)
    call qube_render(budget, qube_format_svg, without)
    call qube_render(budget, qube_format_svg, text, qube_render_options(limit_bytes=100 * gib))
    call check('svg', index(without, '<svg ') == 1 .and. text /= without .and. &
      index(text, '100.00 GiB') > 0)
    call qube_render(budget, qube_format_dot, text, stat=stat)
    call check('no such format', stat == qube_err_option .and. len(text) == 0)
    call qube_request(budget, request, qube_job(ranks_per_node=2, margin=0))
    call qube_render(request, qube_format_job_script, text)
    call check('job script', index(text, '--mem=') > 0)
    call qube_request(budget, request, qube_job(ranks_per_node=2, cpus_per_rank=3, margin=0, &
      scheduler=qube_scheduler_lsf, resident_bytes=gib))
    call check('job lines', request%job_lines%count == 2 .and. request%cores_per_rank == 3 .and. &
      request%other_resident_bytes == gib .and. &
      index(request%job_lines%label(1), '#BSUB -n 6 -R "span[ptile=6] rusage[mem=') == 1)
    call check('summary', index(request%summary, 'The run holds at most ') == 1)
    call qube_render(request, qube_format_script, text)
    call check('script', index(text, '#!/bin/bash') == 1 .and. &
      index(text, 'export OMP_NUM_THREADS=3') > 0)
    call qube_render(request, qube_format_markdown, text)
    call check('markdown', index(text, '| `basis_setup` |') > 0)
    call qube_render(budget, qube_format_trace, text)
    call check('trace', index(text, '"schema":"qube-trace/1"') > 0)
    call qube_render(budget, qube_format_bars_ascii, text, qube_render_options(limit_bytes=gib))
    call check('bars', index(text, '|XXX') > 0)
    call qube_request(budget, request, qube_job(mem_per_core_cap=gib, cores_per_node=64), stat)
    call check('a cap asks for more than a node has', stat == qube_err_conflict)
    call qube_request(budget, request, qube_job(ranks_per_node=2, margin=0))
    call qube_render(request, qube_format_svg, text, qube_render_options(limit_bytes=gib))
    call check('request: svg', index(text, '<svg ') == 1)
    call qube_fit(budget, 64 * gib, fit)
    call qube_render(fit, qube_format_json, text)
    call check('fit: json', index(text, '{"schema":"qube-fit/2"') == 1 .and. &
      index(text, '68719476736') > 0)
    call qube_budget_of(shipped(), eclipse)
    call qube_per_rank(eclipse, qube_grid(ranks=6), ranks)
    call qube_render(ranks, qube_format_table, text)
    call check('ranks: table', index(text, 'step_1') > 0)
    call qube_compare(budget, 'fisher_run peak 70 GiB', comparison)
    call qube_render(comparison, qube_format_json, text)
    call check('compare: json', index(text, '{"schema":"qube-compare/1"') == 1 .and. &
      index(text, '75161927680') > 0)
  end subroutine test_documents

  subroutine test_machine()
    integer(int64) :: bytes
    integer :: path
    character(len=:), allocatable :: bound

    call qube_memory_limit(bytes)
    call check('memory limit', bytes > 2_int64**20)
    call qube_memory_limit(bytes, bound)
    call check('what bounds it', any(bound == [character(len=27) :: 'physical memory', &
      'control group (memory.max)', 'RLIMIT_AS (ulimit -v)', 'RLIMIT_DATA (ulimit -d)']))
    call check('format', qube_format_bytes(3 * gib / 2) == '1.50 GiB' .and. &
      qube_format_bytes(536870912_int32) == '0.50 GiB')
    call qube_path_by_time(9800_int64, 33274_int64, 6_int64, path)
    call check('path by time', path == qube_path_pixel_direct)
    call qube_path_by_time(59136_int32, 33274_int32, 6_int32, path)
    call check('path by time: int32', path == qube_path_harmonic)
  end subroutine test_machine

end program budgets
