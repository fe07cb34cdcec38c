! Limits of a search, what it says when it stops at one, and reports that stop it.
module reports
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use qube_budget
  implicit none

  ! Notes what it is told, and stops the search at some call; 0: never.
  type, extends(qube_search_progress) :: notes
    integer :: calls = 0, last = 0, bounded = -1
    integer(int64) :: labels = -1
    real(real64) :: value = 0, lower_bound = 0
    logical :: ordered = .true.
  contains
    procedure :: report
  end type notes

contains

  subroutine report(self, labels, bounded, value, lower_bound, stat)
    class(notes), intent(inout) :: self
    integer(int64), intent(in) :: labels
    integer, intent(in) :: bounded
    real(real64), intent(in) :: value, lower_bound
    integer, intent(inout) :: stat

    if (stat /= 0) error stop 'stat is not 0 before'
    self%ordered = self%ordered .and. labels > self%labels .and. lower_bound <= value
    self%calls = self%calls + 1
    self%labels = labels
    self%bounded = bounded
    self%value = value
    self%lower_bound = lower_bound
    if (self%calls == self%last) stat = 3
  end subroutine report

end module reports

program limits
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use checks, only: check, failures
  use qube_budget
  use reports
  implicit none

  call test_limits()
  call test_refusals()
  call test_progress()
  if (failures > 0) error stop 1

contains

  ! Four rows of eight tensors, bonds h between columns and v between rows.
  function grid() result(network)
    type(qube_network) :: network
    character(len=:), allocatable :: bonds
    character(len=8) :: label
    integer :: at

    do at = 0, 31
      if (mod(at, 8) < 7) then
        write (label, '(a, i0)') 'h_', at
        call network%add_index(trim(label), 5)
      end if
      if (at < 24) then
        write (label, '(a, i0)') 'v_', at
        call network%add_index(trim(label), 3)
      end if
    end do
    do at = 0, 31
      bonds = ''
      if (mod(at, 8) > 0) call append(bonds, 'h_', at - 1)
      if (mod(at, 8) < 7) call append(bonds, 'h_', at)
      if (at >= 8) call append(bonds, 'v_', at - 8)
      if (at < 24) call append(bonds, 'v_', at)
      call network%add_tensor('g', bonds)
    end do
  end function grid

  subroutine append(bonds, space, number)
    character(len=:), allocatable, intent(inout) :: bonds
    character(len=*), intent(in) :: space
    integer, intent(in) :: number
    character(len=8) :: label

    write (label, '(a, i0)') space, number
    bonds = bonds//' '//trim(label)
  end subroutine append

  subroutine test_limits()
    type(qube_plan) :: best, found
    type(qube_options) :: options

    call qube_optimize(grid(), best)
    call check('best: proven', best%optimal .and. abs(best%gap) <= 0 .and. best%labels > 100)
    call check('best: looks', best%looks > best%labels)
    options%max_states = 40
    call qube_optimize(grid(), found, options=options)
    call check('40 labels: closed', found%labels == 40)
    call check('40 labels: not proven', .not. found%optimal .and. found%gap > 0)
    call check('40 labels: bound', found%lower_bound <= best%cost .and. &
      found%bounded == qube_bounded_cost)
    call check('40 labels: report', index(found%report, 'not proven best: cost ') > 0)
    call qube_verify(found, grid(), options=options)
    options = qube_options(objective=qube_dense_peak, max_seconds=1e-9_real64)
    call qube_optimize(grid(), found, options=options)
    call check('at once: peak', found%bounded == qube_bounded_peak .and. found%labels == 0)
    call check('at once: frontier', size(found%frontier, 2) == 1)
  end subroutine test_limits

  subroutine test_refusals()
    type(qube_plan) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_optimize(grid(), plan, options=qube_options(max_states=10, require_optimal=.true.), &
      stat=stat, errmsg=errmsg)
    call check('proof: status', stat == qube_err_limit)
    call check('proof: message', index(errmsg, 'max_states is 10') == 1)
    call qube_optimize(grid(), plan, options=qube_options(max_bytes=100), stat=stat, errmsg=errmsg)
    call check('bytes: status', stat == qube_err_limit)
    call check('bytes: message', index(errmsg, 'max_bytes is 100') == 1)
    call qube_optimize(grid(), plan, options=qube_options(max_states=-1), stat=stat)
    call check('labels: status', stat == qube_err_option)
    call qube_optimize(grid(), plan, options=qube_options(max_seconds=-1.0_real64), stat=stat)
    call check('seconds: status', stat == qube_err_option)
  end subroutine test_refusals

  subroutine test_progress()
    type(qube_plan) :: plan
    type(notes) :: progress
    integer :: stat
    character(len=:), allocatable :: errmsg

    progress%last = 2
    call qube_optimize(grid(), plan, progress=progress)
    call check('stop: calls', progress%calls == 2 .and. progress%ordered)
    call check('stop: labels', plan%labels == progress%labels .and. .not. plan%optimal)
    call check('stop: bound', abs(plan%lower_bound - progress%lower_bound) <= 0)
    progress = notes()
    call qube_optimize(grid(), plan, progress=progress)
    call check('go on: proven', plan%optimal .and. progress%calls > 2 .and. progress%ordered)
    call check('go on: cost', progress%bounded == qube_bounded_cost)
    progress = notes(last=1)
    call qube_optimize(grid(), plan, options=qube_options(require_optimal=.true.), stat=stat, &
      errmsg=errmsg, progress=progress)
    call check('stop, proof: status', stat == qube_err_callback)
    call check('stop, proof: message', index(errmsg, 'returned 3') > 0)
  end subroutine test_progress

end program limits
