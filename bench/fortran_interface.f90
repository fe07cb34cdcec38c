! Times calls through the Fortran module for run.py, as a host makes them: those that c_interface
! times in C, with the same inputs.
!   fortran_interface SECONDS budget|fit PATH
!   fortran_interface SECONDS chain N
! Prints what c_interface prints. A call makes its inputs, and has everything that the result tells.
program fortran_interface
  use, intrinsic :: iso_fortran_env, only: error_unit, int64, real64
  use qube_budget
  implicit none
  character(len=32) :: argument(3)
  real(real64) :: seconds
  integer :: k, tensors, stat

  do k = 1, 3
    call get_command_argument(k, argument(k))
  end do
  read (argument(1), *, iostat=stat) seconds
  tensors = 0
  if (stat == 0) then
    select case (argument(2))
    case ('chain')
      read (argument(3), *, iostat=stat) tensors
      if (tensors < 1) stat = 1
    case ('budget', 'fit')
      if (all(argument(3) /= [character(len=12) :: 'harmonic', 'pixel-direct', 'eclipse'])) stat = 1
    case default
      stat = 1
    end select
  end if
  if (stat /= 0) then
    write (error_unit, '(a)') 'usage: fortran_interface SECONDS budget|fit PATH, or chain N'
    stop 2
  end if
  call time_calls()

contains

  ! As c_interface does: the first of runs of 1, 2, 4, .. calls that fills the seconds.
  subroutine time_calls()
    integer(int64) :: begun, now, rate, calls, k
    real(real64) :: value, passed

    calls = 1
    do
      call system_clock(begun, rate)
      do k = 1, calls
        select case (argument(2))
        case ('budget')
          call predict(.false., value)
        case ('fit')
          call predict(.true., value)
        case default
          call chain(tensors, value)
        end select
      end do
      call system_clock(now)
      passed = real(now - begun, real64) / real(rate, real64)
      if (passed >= seconds) exit
      calls = 2 * calls
    end do
    print '(a, es16.9, a, i0, a, es24.16e3, a)', '{"seconds":', passed / real(calls, real64), &
      ',"calls":', calls, ',"values":[', value, ']}'
  end subroutine time_calls

  ! The peak of a run; where it is to fit in a limit, what the limit leaves.
  subroutine predict(fits, value)
    logical, intent(in) :: fits
    real(real64), intent(out) :: value
    type(qube_budget_view) :: budget
    type(qube_fit_view) :: fit

    select case (argument(3))
    case ('harmonic') ! the run of the README
      call qube_budget_of(qube_harmonic_config(n_pix=59136, n_modes=33274, lmax_signal=256, &
        lmax=128), budget)
    case ('pixel-direct')
      call qube_budget_of(qube_pixel_direct_config(n_pix=9800, lmax_signal=256, n_bins=6, &
        n_params=18), budget)
    case default
      call qube_budget_of(qube_eclipse_config(code=qube_eclipse_teb, pix_t=29000, pix_p=27000, &
        lmax=192, maps=1000), budget)
    end select
    value = real(budget%lifetime_peak_bytes, real64)
    if (.not. fits) return
    call qube_fit(budget, 32 * 1024_int64**3, fit)
    value = real(fit%spare_bytes, real64)
  end subroutine predict

  ! A product of matrices, A(0, 1) A(1, 2) ..., of 10 to 22 rows.
  subroutine chain(n, value)
    integer, intent(in) :: n
    real(real64), intent(out) :: value
    type(qube_network) :: network
    type(qube_plan_view) :: plan
    character(len=8) :: label, next
    integer :: i

    do i = 0, n
      write (next, '(a, i0)') 'i_', i
      call network%add_index(next, 10 + mod(7 * i, 13))
    end do
    next = 'i_0'
    do i = 1, n
      label = next
      write (next, '(a, i0)') 'i_', i
      call network%add_tensor('A', label//' '//next)
    end do
    call qube_optimize(network, plan)
    value = plan%cost
  end subroutine chain

end program fortran_interface
