! Times calls through the Fortran module as a host makes them: the rows that "c_interface rows"
! times in C, with the same inputs.
!   fortran_interface SECONDS
! Prints an object a row, {"name":..,"seconds":..,"calls":..,"value":..}: the time of one call, and
! what it gave. A row makes its inputs, calls, and has everything that the result tells.
program fortran_interface
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use qube_budget
  implicit none
  integer, parameter :: tensors(4) = [5, 8, 20, 200]
  character(len=12), parameter :: paths(3) = [character(len=12) :: 'harmonic', 'pixel-direct', &
    'eclipse']
  character(len=32) :: argument
  real(real64) :: seconds
  integer :: k

  call get_command_argument(1, argument)
  read (argument, *) seconds
  do k = 1, 3
    call row('budget '//trim(paths(k)), 1, k)
  end do
  do k = 1, 3
    call row('fit '//trim(paths(k)), 2, k)
  end do
  do k = 1, size(tensors)
    write (argument, '(a, i0)') 'chain ', tensors(k)
    call row(trim(argument), 3, tensors(k))
  end do

contains

  subroutine row(name, what, which)
    character(len=*), intent(in) :: name
    integer, intent(in) :: what, which
    integer(int64) :: begun, now, rate, calls
    real(real64) :: value

    call work(what, which, value) ! the first call meets cold caches
    call system_clock(begun, rate)
    calls = 0
    do
      call work(what, which, value)
      calls = calls + 1
      call system_clock(now)
      if (now - begun >= seconds * rate) exit
    end do
    print '(3a, es16.9, a, i0, a, es24.16e3, a)', '{"name":"', name, '","seconds":', &
      real(now - begun, real64) / rate / calls, ',"calls":', calls, ',"value":', value, '}'
  end subroutine row

  subroutine work(what, which, value)
    integer, intent(in) :: what, which
    real(real64), intent(out) :: value
    type(qube_budget_view) :: budget
    type(qube_fit_view) :: fit

    if (what == 3) then
      call chain(which, value)
      return
    end if
    select case (which)
    case (1)
      call qube_budget_of(qube_harmonic_config(n_pix=59136, n_modes=33274, lmax_signal=256, &
        lmax=128), budget)
    case (2)
      call qube_budget_of(qube_pixel_direct_config(n_pix=9800, lmax_signal=256, n_bins=6, &
        n_params=18), budget)
    case default
      call qube_budget_of(qube_eclipse_config(code=qube_eclipse_teb, pix_t=29000, pix_p=27000, &
        lmax=192, maps=1000), budget)
    end select
    value = real(budget%lifetime_peak_bytes, real64)
    if (what == 1) return
    call qube_fit(budget, 32 * 1024_int64**3, fit)
    value = real(fit%spare_bytes, real64)
  end subroutine work

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
