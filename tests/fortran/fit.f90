! Questions to a run: does it fit, what to change, the largest size that does, which of the paths.
program fit
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  implicit none

  ! Matrices of the survey below: n_pix 9800, n_modes 8442.
  integer(int64), parameter :: p = 8_int64 * 9800**2, x = 8_int64 * 9800 * 8442, &
    m = 8_int64 * 8442**2
  ! What a node holds is then what the budget has.
  type(qube_job), parameter :: bare = qube_job(input_matrices=0, baseline_bytes=0, margin=0)

  !> A run of another kind, of which the library knows nothing.
  type, extends(qube_run) :: stranger
  end type stranger

  call test_fit()
  call test_over_by_the_process()
  call test_numbers_to_change()
  call test_extremes()
  call test_paths()
  call test_refusals()
  if (failures > 0) error stop 1

contains

  function survey_of() result(survey)
    type(qube_survey) :: survey

    survey = qube_survey(fields=qube_fields_qu, nside=64, fsky=0.1_real64, polar_cap=.true.)
  end function survey_of

  ! 5 + 2 x 18 matrices at its peak.
  function cached() result(run)
    type(qube_pixel_direct) :: run

    run = qube_pixel_direct(lmax_signal=256, n_bins=6, cache_derivatives=.true., &
      survey=survey_of())
    run%survey%lmax = 64
  end function cached

  function harmonic() result(run)
    type(qube_harmonic) :: run

    run = qube_harmonic(lmax_signal=256, lmax=64, survey=survey_of())
  end function harmonic

  ! ECLIPSE's shipped example.
  function teb() result(run)
    type(qube_eclipse) :: run

    run = qube_eclipse(code=qube_eclipse_teb, pix_t=580, pix_p=395, lmax=16, maps=1000)
  end function teb

  ! The limit is exact, and every change is told with what comes of it.
  subroutine test_fit()
    integer, parameter :: kinds(4) = [qube_change_no_derivative_cache, qube_change_no_switch, &
      qube_change_other_path, qube_change_n_bins]
    integer(int64), parameter :: needs(4) = [23 * p, 40 * p, 2 * p + 3 * x + 2 * m, 23 * p]
    type(qube_fit_result) :: result
    integer :: i

    call qube_fit(cached(), 41 * p, result, bare)
    call check('fits', result%fits .and. result%spare_bytes == 0 .and. result%limit_bytes == 41 * p)
    call check('fits: nothing is over', result%stage == '' .and. result%stage_number == 0 .and. &
      result%stage_over_bytes == 0 .and. result%term == '' .and. result%term_bytes == 0)
    call check('fits: nothing to change', size(result%changes) == 0 .and. result%cheapest == 0 &
      .and. result%advice == '')
    call check('fits: message', index(result%message, 'Fits: a node holds ') == 1)
    call qube_fit(cached(), 41 * p - 1, result, bare)
    call check('one byte over', .not. result%fits .and. result%spare_bytes == -1)

    ! Three bins hold 5 + 2 x 9 matrices with their derivatives.
    call qube_fit(cached(), 23 * p, result, bare)
    call check('over', .not. result%fits .and. result%spare_bytes == -18 * p)
    call check('over: stage', result%stage == 'fisher_run' .and. result%stage_number == 3 .and. &
      result%stage_over_bytes == 18 * p)
    call check('over: term', result%term == 'cinv_times_dcb (n_params dense pixel matrices)' .and. &
      result%term_bytes == 18 * p)
    call check('over: changes', size(result%changes) == 4 .and. result%cheapest == 1)
    do i = 1, min(4, size(result%changes))
      associate (change => result%changes(i))
        call check('over: '//change%words, change%kind == kinds(i) .and. &
          change%per_node_bytes == needs(i) .and. (change%fits .eqv. needs(i) <= 23 * p) .and. &
          change%value == merge(3, 0, change%kind == qube_change_n_bins))
      end associate
    end do
    call check('over: words', result%changes(4)%words == '3 bins')
    call check('over: advice', result%advice == &
      'Cheapest single change with which it fits: keep no derivatives in memory.')
    call check('over: request', result%request%per_node_bytes == 41 * p .and. &
      result%request%peak_stage == 3 .and. size(result%request%stages) == 4)
    call check('over: paths', result%paths%by_time == qube_path_harmonic .and. &
      result%paths%pixel_direct_per_node_bytes == 41 * p .and. result%paths%harmonic_fits)
    call check('over: the limit is drawn', index(result%request%svg, '>limit 16.46 GiB') > 0)
    call check('over: the request has the limit', index(result%request%json, '"fits":false') > 0)
    call check('over: table', &
      index(result%table, 'QUBE memory of a node, pixel-direct path') == 1 .and. &
      index(result%table, "QUBE's choice, by time") > 0)
    call check('over: json', index(result%json, '{"schema":"qube-fit/1"') == 1 .and. &
      index(result%json, '"change":"n_bins","value":3') > 0)
    call qube_fit(cached(), huge(0_int32), result)
    call check('int32 limit', result%limit_bytes == huge(0_int32) .and. .not. result%fits)
  end subroutine test_fit

  ! What takes a node over need not be a term of the budget; nothing helps this run.
  subroutine test_over_by_the_process()
    type(qube_harmonic) :: run
    type(qube_fit_result) :: result

    run = qube_harmonic(n_pix=59136, n_modes=33274, lmax_signal=256, lmax=128)
    call qube_fit(run, 139 * 2_int64**30, result)
    call check('margin', result%term == 'margin' .and. result%stage == 'basis_setup')
    call check('nothing helps', size(result%changes) == 0 .and. result%cheapest == 0 .and. &
      result%advice == 'No single change makes it fit.')
    call check('no other path is known', result%paths%by_time == 0)
    call qube_fit(run, 1, result)
    call check('baseline', result%term == 'baseline' .and. result%stage_number == 1)
  end subroutine test_over_by_the_process

  ! Changes of ECLIPSE and of ranks, which are about numbers.
  subroutine test_numbers_to_change()
    integer(int64), parameter :: limit = 40 * 2_int64**20
    type(qube_fit_result) :: result
    type(qube_job) :: job

    job = bare
    job%input_matrices = -1
    job%nprow = 1
    job%npcol = 1
    job%block = 1
    call qube_fit(teb(), limit, result, job)
    call check('ECLIPSE: kinds', size(result%changes) == 3)
    call check('ECLIPSE: grid', result%changes(1)%kind == qube_change_best_grid .and. &
      result%changes(1)%value == 0 .and. .not. result%changes(1)%fits)
    associate (maps => result%changes(2))
      call check('ECLIPSE: maps', maps%kind == qube_change_maps .and. maps%fits .and. &
        maps%value > 1 .and. maps%value < 1000 .and. maps%per_node_bytes <= limit)
    end associate
    call check('ECLIPSE: cheapest', result%cheapest == 2)
    call check('ECLIPSE: nodes', result%changes(3)%kind == qube_change_nodes .and. &
      result%changes(3)%value == 2 .and. result%changes(3)%fits)
    job = bare
    job%ranks_per_node = 3
    call qube_fit(harmonic(), 2 * (2 * p + 3 * x + 2 * m), result, job)
    call check('ranks', result%changes(1)%kind == qube_change_ranks_per_node .and. &
      result%changes(1)%value == 2 .and. result%changes(1)%words == '2 ranks on a node')
  end subroutine test_numbers_to_change

  ! One more does not fit; b bins hold 5 + 6 b matrices.
  subroutine test_extremes()
    type(qube_found) :: found
    type(qube_prediction) :: prediction
    type(qube_harmonic) :: too_large
    integer(int64) :: peak

    call qube_extreme(cached(), qube_size_n_bins, 23 * p, found, bare)
    call check('bins', found%kind == qube_found_extreme .and. found%value == 3 .and. &
      found%per_node_bytes == 23 * p .and. found%next_value == 4 .and. &
      found%next_per_node_bytes == 29 * p)
    call check('bins: message', &
      index(found%message, 'The largest number of bins for 16.46 GiB') == 1 .and. &
      index(found%message, ' on a node: 3, 16.46 GiB (17671360000 bytes); the next, 4, ') > 0)
    call qube_extreme(cached(), qube_size_n_bins, 23 * p - 1, found, bare)
    call check('bins: one byte less', found%value == 2 .and. found%next_value == 3)
    call qube_extreme(cached(), qube_size_n_bins, 2**30, found, bare)
    call check('bins: none', found%kind == qube_found_none .and. found%value == 0 .and. &
      found%per_node_bytes == 0 .and. found%next_value == 1 .and. &
      found%next_per_node_bytes == 11 * p)
    call qube_extreme(cached(), qube_size_lmax, 41 * p, found, bare)
    call check('lmax: any', found%kind == qube_found_any .and. &
      found%per_node_bytes == 41 * p .and. index(found%message, 'Any lmax fits ') == 1)
    call qube_extreme(cached(), qube_size_n_bins, huge(0_int64), found, bare)
    call check('bins: overflow', found%kind == qube_found_extreme .and. &
      found%next_value == found%value + 1 .and. found%next_per_node_bytes == -1)

    ! nside 64 has 9800 pixels; with 32 there are 2400.
    call qube_extreme(cached(), qube_size_nside, 41 * p - 1, found, bare)
    call check('nside', found%value == 32 .and. found%next_value == 64 .and. &
      found%per_node_bytes == 41_int64 * 8 * 2400**2)
    call qube_extreme(cached(), qube_size_ranks_per_node, 41 * p * 5 + 40 * p, found, bare)
    call check('ranks', found%value == 5 .and. found%next_per_node_bytes == 6 * 41 * p)
    call qube_extreme(harmonic(), qube_size_lmax, 2 * p + 3 * x + 2 * m, found, bare)
    call check('lmax', found%value == 64 .and. found%next_value == 65)

    call qube_predict(teb(), prediction)
    peak = prediction%lifetime_peak_bytes
    call qube_extreme(teb(), qube_size_maps, peak, found)
    call check('maps', found%value == 1000 .and. found%next_value == 1001 .and. &
      found%next_per_node_bytes == peak + 8 * (1370 + 6 * 285))
    call qube_extreme(teb(), qube_size_nodes, int(peak - 1, int32), found)
    call check('nodes', found%value == 2 .and. found%next_value == 1 .and. &
      found%next_per_node_bytes == peak)

    ! A run that overflows is none to start, but one to ask for less.
    too_large = harmonic()
    too_large%survey%nside = 2_int64**20
    call qube_extreme(too_large, qube_size_nside, 2 * p + 3 * x + 2 * m, found, bare)
    call check('nside: overflow', found%value == 64 .and. found%next_value == 128)
  end subroutine test_extremes

  ! QUBE's own choice looks at time alone.
  subroutine test_paths()
    type(qube_paths) :: both, again
    type(qube_harmonic) :: run
    integer :: path

    call qube_compare_paths(cached(), 20 * p, both, bare)
    call check('paths: by time', both%by_time == qube_path_harmonic)
    call check('paths: harmonic', both%harmonic_peak_bytes == 2 * p + 3 * x + 2 * m .and. &
      both%harmonic_per_node_bytes == both%harmonic_peak_bytes .and. both%harmonic_fits)
    call check('paths: pixel-direct', both%pixel_direct_peak_bytes == 41 * p .and. &
      both%pixel_direct_per_node_bytes == 41 * p .and. .not. both%pixel_direct_fits)
    run = harmonic()
    run%survey%n_bins = 6
    call qube_compare_paths(run, huge(0_int32), again, bare)
    call check('paths: from the other side', again%harmonic_peak_bytes == both%harmonic_peak_bytes &
      .and. again%pixel_direct_peak_bytes == 23 * p .and. .not. again%harmonic_fits)
    call qube_compare_paths(harmonic(), 20 * p, both, bare)
    call check('paths: bins are not known', both%by_time == 0 .and. both%harmonic_peak_bytes == 0)

    ! 8 = (1 + 1) 4, at equality; then one bin less, and the largest numbers.
    call qube_path_by_time(4, 4, 1, path)
    call check('by time: 4', path == qube_path_harmonic)
    call qube_path_by_time(1, 2, 7, path)
    call check('by time: equal', path == qube_path_harmonic)
    call qube_path_by_time(1_int64, 2_int64, 6_int64, path)
    call check('by time: longer', path == qube_path_pixel_direct)
    call qube_path_by_time(huge(0_int64), huge(0_int64), huge(0_int64), path)
    call check('by time: large', path == qube_path_harmonic)
  end subroutine test_paths

  subroutine test_refusals()
    type(qube_fit_result) :: result
    type(qube_found) :: found
    type(qube_paths) :: both
    type(qube_harmonic) :: run
    integer :: stat, path
    character(len=:), allocatable :: errmsg

    call qube_fit(cached(), 0, result, bare, stat, errmsg)
    call check('no limit', stat == qube_err_input .and. &
      index(errmsg, 'limit_bytes is 0; allowed: 1 or more') == 1)
    call check('no limit: no result', .not. allocated(result%changes) .and. &
      .not. allocated(result%request%stages) .and. .not. allocated(result%message) .and. &
      .not. result%fits .and. result%limit_bytes == 0)
    call qube_fit(cached(), p, result, qube_job(nodes=0), stat, errmsg)
    call check('no nodes', stat == qube_err_input .and. index(errmsg, 'nodes is 0') == 1)
    run = harmonic()
    run%n_modes = 8441
    call qube_fit(run, p, result, bare, stat, errmsg)
    call check('contradiction', stat == qube_err_conflict .and. &
      index(errmsg, 'n_modes is 8441, but 2 x ((64 + 1)^2 - 2^2) makes 8442') == 1)
    run = harmonic()
    run%survey%lmax = 65
    call qube_fit(run, p, result, bare, stat, errmsg)
    call check('two lmax', stat == qube_err_conflict .and. index(errmsg, 'lmax is 64') == 1)
    run = harmonic()
    run%survey%nside = 2_int64**20
    call qube_fit(run, p, result, bare, stat, errmsg)
    call check('overflow', stat == qube_err_overflow .and. &
      index(errmsg, 'allowed: at most 2^63 - 1') > 0)
    call qube_fit(qube_eclipse(published=.true.), p, result, stat=stat, errmsg=errmsg)
    call check('published', stat == qube_err_input .and. index(errmsg, 'published is true') == 1)
    call qube_fit(stranger(), p, result, stat=stat, errmsg=errmsg)
    call check('stranger', stat == qube_err_input .and. index(errmsg, 'the run is of another') == 1)

    call qube_extreme(cached(), 7, p, found, bare, stat, errmsg)
    call check('no size', stat == qube_err_input .and. index(errmsg, 'size is 7') == 1)
    call qube_extreme(cached(), qube_size_maps, p, found, bare, stat, errmsg)
    call check('no maps', stat == qube_err_input .and. &
      index(errmsg, 'maps of the pixel-direct path; allowed: nside, lmax, n-bins') > 0)
    call check('no maps: no result', found%kind == 0 .and. found%next_value == 0 .and. &
      .not. allocated(found%message))
    call qube_extreme(cached(), qube_size_nside, 0_int64, found, bare, stat, errmsg)
    call check('extreme: no limit', stat == qube_err_input .and. &
      index(errmsg, 'limit_bytes is 0') == 1)
    call qube_compare_paths(cached(), -1, both, bare, stat, errmsg)
    call check('paths: no limit', stat == qube_err_input .and. both%by_time == 0)
    call qube_path_by_time(4, -4, 1, path, stat, errmsg)
    call check('by time: no modes', stat == qube_err_input .and. path == 0 .and. &
      index(errmsg, 'n_modes is -4') == 1)
  end subroutine test_refusals

end program fit
