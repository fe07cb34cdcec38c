! Surveys, ECLIPSE and ranks: what the module copies out is what the library says.
program eclipse
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  implicit none

  call test_survey()
  call test_polar_caps()
  call test_survey_refusals()
  call test_printed_totals()
  call test_late_terms()
  call test_options()
  call test_eclipse_refusals()
  call test_ranks()
  call test_rank_refusals()
  if (failures > 0) error stop 1

contains

  ! QU on a tenth of the sky at nside 64; lmax_signal, lmax and the bins are the run's own.
  function qu() result(survey)
    type(qube_survey) :: survey

    survey%fields = qube_fields_qu
    survey%nside = 64
    survey%fsky = 0.1_real64
    survey%polar_cap = .true.
  end function qu

  function qu_run() result(run)
    type(qube_harmonic) :: run

    run%survey = qu()
    run%lmax_signal = 256
    run%lmax = 128
  end function qu_run

  ! ECLIPSE's shipped example, Example_NSide8.
  function shipped() result(run)
    type(qube_eclipse) :: run

    run%code = qube_eclipse_teb
    run%pix_t = 580
    run%pix_p = 395
    run%lmax = 16
    run%maps = 1000
    run%check_inverse = .true.
  end function shipped

  ! An input's value, and what it was computed from, as "VALUE: FROM".
  function told(prediction, name) result(text)
    type(qube_prediction), intent(in) :: prediction
    character(len=*), intent(in) :: name
    character(len=200) :: text
    integer :: i

    text = 'none'
    do i = 1, size(prediction%inputs)
      if (prediction%inputs(i)%name == name) &
        text = prediction%inputs(i)%value//': '//prediction%inputs(i)%from
    end do
  end function told

  ! Bytes in MiB with two decimals, as ECLIPSE prints them, times 100.
  function mib(bytes) result(hundredths)
    integer(int64), intent(in) :: bytes
    integer :: hundredths

    hundredths = nint(100 * real(bytes, real64) / 2.0_real64**20)
  end function mib

  subroutine test_survey()
    type(qube_harmonic) :: run
    type(qube_pixel_direct) :: direct
    type(qube_prediction) :: prediction
    type(qube_check_result) :: result
    logical, allocatable :: mask(:)

    run = qu_run()
    call qube_predict(run, prediction)
    call check('survey: n_modes', told(prediction, 'n_modes') == '33274: 2 x ((128 + 1)^2 - 2^2)')
    call check('survey: n_pix', &
      told(prediction, 'n_pix') == '9800: 2 x 4900 in the 49 rings of a polar cap')
    call check('survey: lmax is given', told(prediction, 'lmax') == '128:')
    call check('survey: no events', size(prediction%events) == 0)
    call check('survey: note', index(prediction%note, 'n_pix of about 2400') > 0)
    call check('survey: nothing late', size(prediction%stages(2)%late) == 0 .and. &
      prediction%stages(2)%end_bytes == prediction%stages(2)%persistent_bytes)

    ! A mask in hand; what is given wins.
    allocate (mask(49152), source=.false.)
    mask(1:29568) = .true.
    run%survey = qube_survey(fields=qube_fields_qu, n_obs=count(mask))
    call qube_check(run, 120892199488_int64, result)
    call check('survey: a mask', result%fits .and. result%spare_bytes == 0)
    run%survey%n_obs = 0
    run%n_pix = 59136
    call qube_predict(run, prediction)
    call check('survey: n_pix is given', told(prediction, 'n_pix') == '59136:')
    call check('survey: peak', prediction%lifetime_peak_bytes == 120892199488_int64)

    direct%survey = qu()
    direct%lmax_signal = 256
    direct%n_bins = 6
    call qube_predict(direct, prediction)
    call check('survey: n_params', told(prediction, 'n_params') == '18: 6 bins x 3 spectra')
    call check('survey: pixel-direct', prediction%lifetime_peak_bytes == 17671360000_int64)
    direct%survey = qube_survey(fields=qube_fields_tqu, n_obs=580, n_obs_polarisation=395, &
      n_spectra=4)
    call qube_predict(direct, prediction)
    call check('survey: two masks', &
      told(prediction, 'n_pix') == '1370: 580 observed + 2 x 395 observed')
    call check('survey: some spectra', told(prediction, 'n_params') == '24: 6 bins x 4 spectra')
    run = qu_run()
    run%survey%fields = qube_fields_t
    run%survey%lmin = 0
    call qube_predict(run, prediction)
    call check('survey: lmin', told(prediction, 'n_modes') == '16641: 1 x ((128 + 1)^2 - 0^2)')
  end subroutine test_survey

  ! 312, 1200 and 4900 observed pixels in the masks of the published benchmarks.
  subroutine test_polar_caps()
    integer, parameter :: nside(3) = [16, 32, 64], n_obs(3) = [312, 1200, 4900]
    type(qube_harmonic) :: run
    type(qube_prediction) :: prediction
    integer :: i

    run = qu_run()
    run%survey%fields = qube_fields_t
    do i = 1, 3
      run%survey%nside = nside(i)
      call qube_predict(run, prediction)
      call check('polar cap', &
        prediction%stages(1)%persistent_bytes == 8 * int(n_obs(i), int64)**2)
    end do
  end subroutine test_polar_caps

  subroutine test_survey_refusals()
    type(qube_harmonic) :: run

    run = qu_run()
    run%survey%fields = -1
    call refused(run, qube_err_input, 'fields is -1; allowed: ')
    run = qu_run()
    run%survey%nside = 48
    call refused(run, qube_err_input, 'nside is 48; allowed: a power of two')
    run%survey%nside = 2_int64**20
    run%survey%fsky = 1
    run%survey%polar_cap = .false.
    call refused(run, qube_err_overflow, "term 'Cov_T' is too large")
    run = qu_run()
    run%survey%fsky = 1.5_real64
    call refused(run, qube_err_input, 'fsky is 1.5; allowed: above 0, up to 1')
    run = qu_run()
    run%n_modes = 33000
    call refused(run, qube_err_conflict, &
      'n_modes is 33000, but 2 x ((128 + 1)^2 - 2^2) makes 33274')
    run = qu_run()
    run%survey%fsky = 0
    call refused(run, qube_err_input, 'n_pix is not known')
  end subroutine test_survey_refusals

  subroutine refused(run, status, text)
    type(qube_harmonic), intent(in) :: run
    integer, intent(in) :: status
    character(len=*), intent(in) :: text
    type(qube_prediction) :: prediction
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_predict(run, prediction, stat, errmsg)
    call check('refused: '//text//'; got: '//errmsg, stat == status .and. index(errmsg, text) == 1)
    call check('refused: no result', .not. allocated(prediction%inputs) .and. &
      .not. allocated(prediction%stages))
  end subroutine refused

  ! What the program prints for its shipped example, in hundredths of MiB.
  subroutine test_printed_totals()
    integer, parameter :: expected(19) = [939, 2371, 1432, 2864, 1432, 1432, 2371, 3417, 4721, &
      2371, 3335, 1903, 2796, 3220, 1787, 2068, 2118, 744, 0]
    type(qube_prediction) :: prediction
    type(qube_eclipse) :: run
    integer(int64) :: total
    integer :: i, printed

    call qube_predict(shipped(), prediction)
    total = 0
    printed = 0
    do i = 1, size(prediction%events)
      associate (event => prediction%events(i))
        total = total + event%delta_bytes
        call check('trace: total', total == event%total_bytes)
        if (.not. event%is_printed) cycle
        printed = printed + 1
        if (printed <= 19) call check('trace: '//event%name, mib(total) == expected(printed))
      end associate
    end do
    call check('trace: 19 totals', printed == 19)
    call check('trace: event', prediction%events(8)%name == '+ maps' .and. &
      prediction%events(8)%step == 3)
    call check('trace: peak', prediction%stages(prediction%peak_stage)%name == 'step_3' .and. &
      mib(prediction%lifetime_peak_bytes) == 4721)
    call check('trace: code', told(prediction, 'code') == 'TEB:')
    run = shipped()
    run%published = .true.
    call qube_predict(run, prediction)
    call check('published: peak', mib(prediction%lifetime_peak_bytes) == 3220)
    call check('published: no events', size(prediction%events) == 0)
  end subroutine test_printed_totals

  subroutine test_late_terms()
    type(qube_prediction) :: prediction
    integer :: step
    integer(int64) :: kept

    call qube_predict(shipped(), prediction)
    call qube_find_stage(prediction, 'step_4', step)
    associate (stage => prediction%stages(step))
      call check('late: some', size(stage%late) > 0)
      call check('late: kept', all(stage%late%is_persistent))
      kept = stage%persistent_bytes + sum(stage%late%bytes)
      call check('late: at the end', kept == stage%end_bytes .and. mib(kept) == 1787)
      call check('late: name', index(stage%late(1)%name, 'products') == 1)
      call check('late: not at the peak', &
        sum(stage%terms%bytes) == stage%peak_bytes .and. mib(stage%peak_bytes) == 3335)
    end associate
  end subroutine test_late_terms

  subroutine test_options()
    integer(int64), parameter :: d = 1370, modes = 285, y = 2 * 580 + 8 * 395
    type(qube_eclipse) :: run
    type(qube_prediction) :: prediction
    type(qube_check_result) :: result

    run = shipped()
    run%check_inverse = .false.
    run%cross = .true.
    run%lmax_cov = 20
    call qube_predict(run, prediction)
    call check('lmax_cov', prediction%stages(1)%peak_bytes == 8 * (d**2 + y * (21**2 - 4)))
    call check('no inverse check', prediction%stages(2)%peak_bytes == 8 * d**2)
    call check('crossed', &
      prediction%stages(3)%peak_bytes == 8 * (d**2 + y * modes + 1000 * (d + 12 * modes)))
    call check('five steps', size(prediction%stages) == 5)
    run%fisher = .false.
    call qube_predict(run, prediction)
    call check('no Fisher matrix', size(prediction%stages) == 3)
    run = qube_eclipse(code=qube_eclipse_eb, pix_p=395, lmax=16)
    call qube_predict(run, prediction)
    call check('EB', prediction%note == 'not checked against a run')
    run = qube_eclipse(code=qube_eclipse_t, pix_t=580, lmax=16)
    call qube_predict(run, prediction)
    call check('T', prediction%stages(2)%peak_bytes == 8 * 580**2)
    call qube_check(shipped(), huge(0_int64), result)
    call check('int64 limit', result%fits)
    call qube_check(shipped(), 40 * 2_int32**20, result)
    call check('int32 limit', .not. result%fits .and. result%stage == 'step_3')
  end subroutine test_options

  subroutine test_eclipse_refusals()
    type(qube_eclipse) :: run
    type(qube_prediction) :: prediction
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_predict(run, prediction, stat, errmsg)
    call check('no code', stat == qube_err_input .and. index(errmsg, 'code is 0') == 1)
    run = shipped()
    run%pix_p = 0
    call qube_predict(run, prediction, stat, errmsg)
    call check('no pixels', stat == qube_err_input .and. index(errmsg, 'pix_p is not known') == 1)
    run = shipped()
    run%lmax = huge(0_int64)
    call qube_predict(run, prediction, stat, errmsg)
    call check('overflow', stat == qube_err_overflow .and. .not. allocated(prediction%events))
  end subroutine test_eclipse_refusals

  subroutine test_ranks()
    type(qube_eclipse) :: run
    type(qube_prediction) :: prediction
    type(qube_rank_prediction) :: per_rank, other
    type(qube_grid) :: grid
    integer :: i
    logical :: found

    run = shipped()
    run%check_inverse = .false.
    call qube_predict(run, prediction)
    call qube_predict_ranks(prediction, qube_grid(nprow=2, npcol=2, block=150, ranks=4), per_rank)
    call check('ranks: step_2', per_rank%stages(2)%name == 'step_2' .and. &
      per_rank%stages(2)%fullest_bytes == 8 * 750**2 .and. &
      per_rank%stages(2)%least_bytes == 8 * 620**2 .and. &
      per_rank%stages(2)%mean_bytes == 2 * 1370**2)
    call check('ranks: MiB', mib(per_rank%stages(2)%fullest_bytes) == 429 .and. &
      mib(per_rank%stages(2)%mean_bytes) == 358)
    call check('ranks: peak', per_rank%peak_stage == 3 .and. &
      per_rank%fullest_bytes == maxval(per_rank%stages%fullest_bytes))
    call check('ranks: 32 bits do', size(per_rank%too_large) == 0)

    call qube_best_grid(prediction, 12, grid)
    call check('best grid', grid%nprow * grid%npcol == 12 .and. grid%ranks == 12)
    call qube_predict_ranks(prediction, grid, per_rank)
    do i = 1, 12
      if (mod(12, i) /= 0) cycle
      call qube_predict_ranks(prediction, qube_grid(i, 12 / i, 64), other)
      call check('best grid: none better', per_rank%fullest_bytes <= other%fullest_bytes)
    end do
    call qube_best_grid(prediction, 12_int64, grid)
    call check('best grid: int64', grid%nprow * grid%npcol == 12)

    run%pix_t = 29009
    run%pix_p = 29009
    run%lmax = 192
    call qube_predict(run, prediction)
    call qube_predict_ranks(prediction, qube_grid(nprow=1, npcol=2, block=64), per_rank)
    found = .false.
    do i = 1, size(per_rank%too_large)
      associate (local => per_rank%too_large(i))
        call check('ranks: more than 32 bits', local%elements > huge(0_int32))
        if (local%term == 'covariance matrix') found = local%stage == 'step_1'
      end associate
    end do
    call check('ranks: too large', found)
  end subroutine test_ranks

  subroutine test_rank_refusals()
    type(qube_prediction) :: prediction, empty
    type(qube_rank_prediction) :: per_rank
    type(qube_grid) :: grid
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_predict(shipped(), prediction)
    call qube_predict_ranks(prediction, qube_grid(2, 3, 64, 4), per_rank, stat, errmsg)
    call check('ranks do not fill the grid', stat == qube_err_conflict .and. &
      index(errmsg, 'ranks is 4, but nprow x npcol is 6') == 1)
    call check('no result', .not. allocated(per_rank%stages) .and. per_rank%peak_stage == 0 .and. &
      per_rank%fullest_bytes == 0)
    call qube_predict_ranks(prediction, grid, per_rank, stat, errmsg)
    call check('no grid', stat == qube_err_input .and. index(errmsg, 'nprow is 0') == 1)
    call qube_predict_ranks(empty, qube_grid(1, 1, 64), per_rank, stat, errmsg)
    call check('no prediction', stat == qube_err_unknown_stage .and. &
      index(errmsg, 'the prediction has no stages') == 1)
    call qube_best_grid(empty, 4, grid, stat, errmsg)
    call check('no prediction, no grid', stat == qube_err_unknown_stage .and. grid%nprow == 0)
    call qube_best_grid(prediction, 0, grid, stat, errmsg)
    call check('no ranks', stat == qube_err_input .and. index(errmsg, 'ranks is 0') == 1)
  end subroutine test_rank_refusals

end program eclipse
