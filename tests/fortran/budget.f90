! Budgets: what the module copies out is what the library says.
program budget
  use, intrinsic :: iso_fortran_env, only: int32, int64
  use checks, only: check, failures
  use qube_budget
  implicit none

  call test_harmonic()
  call test_switch_and_cache()
  call test_pixel_direct()
  call test_find_stage()
  call test_compare()
  call test_check_too_small()
  call test_check_fits()
  call test_copies()
  call test_machine()
  if (failures > 0) error stop 1

contains

  ! The QU run of the ECLIPSE comparison in QUBE's calibration; bytes of qube.memory_budget.
  function eclipse_run() result(run)
    type(qube_harmonic) :: run

    run%n_pix = 59136
    run%n_modes = 33274
    run%lmax_signal = 256
    run%lmax = 128
  end function eclipse_run

  ! QU at nside 64, fsky 0.1, 6 bins of 3 spectra; bytes of qube.memory_budget.
  function pixel_run() result(run)
    type(qube_pixel_direct) :: run

    run%n_pix = 9800
    run%lmax_signal = 256
    run%n_bins = 6
    run%n_params = 18
  end function pixel_run

  subroutine test_harmonic()
    type(qube_prediction) :: prediction
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_predict(eclipse_run(), prediction, stat, errmsg)
    call check('harmonic: success', stat == qube_ok)
    call check('harmonic: no message', errmsg == '' .and. len(errmsg) == 0)
    call check('harmonic: four stages', size(prediction%stages) == 4)
    if (size(prediction%stages) /= 4) return
    call check('harmonic: stage 2 is basis_setup', prediction%stages(2)%name == 'basis_setup')
    call check('harmonic: persistent', &
      prediction%stages(2)%persistent_bytes == 61432607296_int64)
    call check('harmonic: peak', prediction%stages(2)%peak_bytes == 120892199488_int64)
    call check('harmonic: spectra_run', prediction%stages(4)%name == 'spectra_run' .and. &
      prediction%stages(4)%peak_bytes == 70289879904_int64)
    call check('harmonic: lifetime', prediction%lifetime_peak_bytes == 120892199488_int64)
    call check('harmonic: peak stage', prediction%peak_stage == 2)
    call check('harmonic: release', index(prediction%release, 'qube-qml') == 1)
    call check('harmonic: table', index(prediction%table, 'basis_setup') > 0 .and. &
      prediction%table(len(prediction%table):) == new_line('a'))
    call check('harmonic: svg', index(prediction%svg, '<svg ') == 1 .and. &
      index(prediction%svg, '>112.59 GiB</text>') > 0 .and. index(prediction%svg, '>limit ') == 0)
    call check('harmonic: json', index(prediction%json, '{"schema":"qube-budget/1"') == 1 .and. &
      index(prediction%json, '120892199488') > 0)
    call test_sums(prediction)
  end subroutine test_harmonic

  ! The terms of each stage add up, persistent ones come first, and all have a name.
  subroutine test_sums(prediction)
    type(qube_prediction), intent(in) :: prediction
    integer :: i, k
    integer(int64) :: persistent, transient

    do i = 1, size(prediction%stages)
      associate (stage => prediction%stages(i))
        persistent = 0
        transient = 0
        do k = 1, size(stage%terms)
          call check('sums: a term has a name', len(stage%terms(k)%name) > 0)
          if (stage%terms(k)%is_persistent) then
            call check('sums: persistent first', transient == 0)
            persistent = persistent + stage%terms(k)%bytes
          else
            transient = transient + stage%terms(k)%bytes
          end if
        end do
        call check('sums: persistent of '//stage%name, persistent == stage%persistent_bytes)
        call check('sums: transient of '//stage%name, transient == stage%transient_bytes)
        call check('sums: peak of '//stage%name, persistent + transient == stage%peak_bytes)
      end associate
    end do
  end subroutine test_sums

  ! Each logical reaches the field of its own. Expected: the formulas in qube_budget.h, with
  ! p = 8 n_pix**2, x = 8 n_pix n_modes, m = 8 n_modes**2, without the switch (lmax 0).
  subroutine test_switch_and_cache()
    integer(int64), parameter :: p = 8_int64 * 59136**2_int64
    integer(int64), parameter :: x = 8_int64 * 59136 * 33274, m = 8_int64 * 33274**2_int64
    type(qube_harmonic) :: run
    type(qube_prediction) :: prediction

    run = eclipse_run()
    run%lmax = 0
    call qube_predict(run, prediction)
    call check('V released', prediction%stages(2)%persistent_bytes == p + x + m .and. &
      prediction%stages(2)%transient_bytes == x)
    call check('no cache', prediction%stages(3)%transient_bytes == 0)
    run%release_pixel_projector = .false.
    call qube_predict(run, prediction)
    call check('V kept', prediction%stages(2)%persistent_bytes == p + 2 * x + m .and. &
      prediction%stages(2)%transient_bytes == 0)
    run%derivative_cache = .true.
    call qube_predict(run, prediction)
    call check('cache', prediction%stages(3)%transient_bytes == 5 * m)
  end subroutine test_switch_and_cache

  subroutine test_pixel_direct()
    integer(int64), parameter :: p = 8_int64 * 9800**2_int64
    type(qube_pixel_direct) :: run
    type(qube_prediction) :: prediction
    integer :: stat

    run = pixel_run()
    call qube_predict(run, prediction, stat)
    call check('pixel-direct: success', stat == qube_ok)
    call check('pixel-direct: names', prediction%stages(2)%name == 'basis_setup' .and. &
      prediction%stages(3)%name == 'fisher_run' .and. prediction%stages(4)%name == 'spectra_run')
    call check('pixel-direct: basis_setup', &
      prediction%stages(2)%persistent_bytes == 2304960000_int64)
    call check('pixel-direct: fisher_run', prediction%stages(3)%peak_bytes == 17671360000_int64)
    call check('pixel-direct: spectra_run', prediction%stages(4)%peak_bytes == 9219840000_int64)
    call check('pixel-direct: peak stage', prediction%peak_stage == 3)
    call test_sums(prediction)
    run%has_switch = .false.
    call qube_predict(run, prediction)
    call check('pixel-direct: S_fixed', prediction%stages(2)%persistent_bytes == 2 * p)
    run%cache_derivatives = .true.
    call qube_predict(run, prediction)
    call check('pixel-direct: cached', prediction%stages(3)%persistent_bytes == (3 + 18) * p)
  end subroutine test_pixel_direct

  subroutine test_find_stage()
    type(qube_prediction) :: prediction
    character(len=100) :: name
    integer :: stage, stat
    character(len=:), allocatable :: errmsg

    call qube_predict(eclipse_run(), prediction)
    name = 'spectra_run' ! with 89 trailing blanks
    call qube_find_stage(prediction, name, stage, stat, errmsg)
    call check('find: trailing blanks', stat == qube_ok .and. stage == 4)
    call qube_predict(pixel_run(), prediction)
    call qube_find_stage(prediction, 'fisher_run', stage)
    call check('find: pixel-direct', stage == 3)
  end subroutine test_find_stage

  ! 64 GiB: covariance_setup holds 2 p = 55.95e9 bytes and fits, basis_setup does not.
  ! The calibration: 57.80 GiB when basis_setup ends, 113.2 at its peak.
  subroutine test_compare()
    type(qube_prediction) :: prediction, empty
    type(qube_comparison) :: comparison
    integer :: stat
    character(len=:), allocatable :: errmsg
    character, parameter :: nl = new_line('a')

    call qube_predict(eclipse_run(), prediction)
    call qube_compare(prediction, '# a run'//nl//'baseline 0'//nl//'basis_setup 57.80 GiB'//nl// &
      'basis_setup peak 113.2 GiB', comparison, stat, errmsg)
    call check('compare: success', stat == qube_ok .and. errmsg == '')
    call check('compare: table', index(comparison%table, '+0.5 %') > 0 .and. index( &
      comparison%table, "furthest apart: +1.0 %, end of 'basis_setup'"//nl) > 0)
    call check('compare: json', index(comparison%json, '{"schema":"qube-compare/1"') == 1 .and. &
      index(comparison%json, '"measured_bytes":62062277427') > 0)

    call qube_compare(prediction, 'basis_setup 5 GiB'//nl//'basis_setup 6 GiB', comparison, stat, &
      errmsg)
    call check('compare: twice', stat == qube_err_document .and. &
      index(errmsg, "line 2: the end of stage 'basis_setup' is given twice") > 0)
    call check('compare: nothing after a failure', .not. allocated(comparison%table))
    call qube_compare(prediction, 'step_1 5', comparison, stat, errmsg)
    call check('compare: unknown', stat == qube_err_unknown_stage .and. &
      index(errmsg, "no stage 'step_1'; the stages are: covariance_setup, basis_setup") > 0)
    call qube_compare(empty, 'basis_setup 5', comparison, stat, errmsg)
    call check('compare: no prediction', stat == qube_err_unknown_stage .and. &
      index(errmsg, 'the prediction has no stages') == 1)
  end subroutine test_compare

  subroutine test_check_too_small()
    integer(int64), parameter :: limit = 64 * 1024_int64**3
    type(qube_check_result) :: result
    type(qube_prediction) :: prediction
    integer(int64) :: total
    integer :: k

    call qube_check(eclipse_run(), limit, result)
    call check('too small: does not fit', .not. result%fits)
    call check('too small: spare', result%spare_bytes == limit - 120892199488_int64)
    call check('too small: stage', result%stage == 'basis_setup' .and. result%stage_number == 2)
    call check('too small: over', result%stage_over_bytes == 120892199488_int64 - limit)
    call check('too small: drawn', index(result%svg, '>limit 64.00 GiB</text>') > 0)
    call check('too small: message', index(result%message, 'Does not fit') == 1 .and. &
      index(result%message, result%term) > 0)
    call qube_predict(eclipse_run(), prediction)
    total = 0
    do k = 1, result%term_number
      if (k == result%term_number) call check('too small: fits before the term', total <= limit)
      total = total + prediction%stages(2)%terms(k)%bytes
    end do
    call check('too small: does not fit with the term', total > limit)
    call check('too small: term', &
      result%term == prediction%stages(2)%terms(result%term_number)%name .and. &
      result%term_bytes == prediction%stages(2)%terms(result%term_number)%bytes)
  end subroutine test_check_too_small

  subroutine test_check_fits()
    type(qube_check_result) :: result
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_check(eclipse_run(), 120892199488_int64, result, stat, errmsg)
    call check('fits: a peak equal to the limit', stat == qube_ok .and. result%fits)
    call check('fits: nothing spare', result%spare_bytes == 0)
    call check('fits: no stage, no term', result%stage == '' .and. result%stage_number == 0 .and. &
      result%term == '' .and. result%term_number == 0 .and. result%stage_over_bytes == 0)
    call check('fits: message', index(result%message, 'Fits') == 1)
    call qube_check(eclipse_run(), 120892199487_int64, result)
    call check('fits: one byte less does not', .not. result%fits .and. result%spare_bytes == -1)
    call qube_check(eclipse_run(), huge(0_int32), result)
    call check('int32 limit, harmonic', result%spare_bytes == huge(0_int32) - 120892199488_int64)
    call qube_check(pixel_run(), huge(0_int32), result)
    call check('int32 limit, pixel', result%spare_bytes == huge(0_int32) - 17671360000_int64)
    call qube_check(pixel_run(), 17671360000_int64, result)
    call check('int64 limit, pixel', result%fits .and. result%spare_bytes == 0)
  end subroutine test_check_fits

  ! A prediction is plain data: a copy lives on when the original has gone.
  subroutine test_copies()
    type(qube_prediction), allocatable :: prediction
    type(qube_prediction) :: copy
    integer :: stage

    allocate (prediction)
    call qube_predict(eclipse_run(), prediction)
    copy = prediction
    deallocate (prediction)
    call check('copy: stage', copy%stages(4)%name == 'spectra_run')
    call check('copy: terms', copy%stages(2)%terms(1)%bytes == 8_int64 * 59136**2_int64)
    call qube_find_stage(copy, 'fisher_run', stage)
    call check('copy: find', stage == 3)
  end subroutine test_copies

  subroutine test_machine()
    integer(int64) :: bytes
    integer :: stat
    character(len=:), allocatable :: errmsg, version

    call qube_memory_limit(bytes, stat, errmsg)
    call check('this machine has a limit', stat == qube_ok .and. errmsg == '' .and. bytes > 0)
    version = qube_version()
    call check('version', index(version, '.') > 1 .and. verify(version, '0123456789.') == 0)
    call check('GiB of int64', qube_format_bytes(61432607296_int64) == '57.21 GiB')
    call check('GiB of int32', qube_format_bytes(536870912_int32) == '0.50 GiB')
    call check('GiB below 0', qube_format_bytes(-1073741824_int64) == '-1.00 GiB')
    call check('GiB of the largest', qube_format_bytes(huge(0_int64)) == '8589934592.00 GiB')
  end subroutine test_machine

end program budget
