! Many terms at once: sums, threads, what is shared, reports that cancel, and what is refused.
module reports
  use qube_budget
  implicit none

  ! Notes what it is told, and cancels after some terms.
  type, extends(qube_progress) :: notes
    integer :: calls = 0, done = 0, total = 0
    ! After which term to cancel, with which number; 0: never.
    integer :: last = 0, answer = 0
  contains
    procedure :: report
  end type notes

contains

  subroutine report(self, done, total, stat)
    class(notes), intent(inout) :: self
    integer, intent(in) :: done, total
    integer, intent(inout) :: stat

    if (stat /= 0) error stop 'stat is not 0 before'
    self%calls = self%calls + 1
    self%done = done
    self%total = total
    if (done == self%last) stat = self%answer
  end subroutine report

end module reports

program many
  use, intrinsic :: iso_fortran_env, only: real64
  use checks, only: check, failures
  use qube_budget
  use reports
  implicit none

  call test_sums_and_sharing()
  call test_no_terms()
  call test_progress()
  call test_refusals()
  if (failures > 0) error stop 1

contains

  ! g t, the same under other names in another order, and a third that is another.
  function terms() result(networks)
    type(qube_network) :: networks(3)
    type(qube_spaces) :: spaces

    call spaces%add('i', 7)
    call spaces%add('a', 11)
    call spaces%add('K', 40)
    networks(1)%term = 'g{a_1;i_1;K_1} t{a_1;i_2}'
    networks(1)%spaces = spaces
    networks(2)%term = 't{a_5;i_8} g{a_5;i_4;K_3}'
    networks(2)%spaces = spaces
    call networks(3)%add_index('i', 7)
    call networks(3)%add_index('a', 11)
    call networks(3)%add_tensor('g', 'a i')
    call networks(3)%add_tensor('t', 'a i')
  end function terms

  subroutine test_sums_and_sharing()
    type(qube_network) :: networks(3)
    type(qube_plan), allocatable :: plans(:)
    type(qube_totals) :: totals
    type(qube_batch_policy) :: policy
    type(qube_options) :: options
    character(len=:), allocatable :: errmsg
    integer :: stat, threads
    real(real64), parameter :: work = 7*7*11*40

    networks = terms()
    do threads = 1, 3
      call qube_optimize_many(networks, plans, totals, num_threads=threads, stat=stat, &
        errmsg=errmsg)
      call check('planned', stat == qube_ok .and. errmsg == '' .and. size(plans) == 3)
      call check('cost', same(totals%cost, 2*work + 77) .and. same(totals%flops, totals%cost))
      call check('peak', totals%peak_term == 1 .and. &
        same(totals%peak_elements, plans(1)%peak_elements))
      call check('plans', all(plans(3)%sequence == [1, 2, -1]) .and. same(plans(3)%cost, 77._real64))
      call check('savings', size(totals%shared) == 1 .and. same(totals%savings, work))
      call check('places', all(totals%shared(1)%terms == [1, 2]) .and. &
        all(totals%shared(1)%positions == [3, 3]) .and. same(totals%shared(1)%savings, work))
    end do

    options%objective = qube_dense_peak_batched
    call policy%batch_space('K', 8)
    call qube_optimize_many(networks(1:2), plans, totals, policy, options)
    call check('nothing to slice where K stays', size(plans(1)%steps(1)%loops) == 0)
    call policy%batch_space('a', 1)
    call qube_optimize_many(networks(1:2), plans, totals, policy, options)
    call check('sliced', plans(2)%steps(1)%loops(1)%index == 'a_5' .and. &
      plans(2)%steps(1)%loops(1)%batches == 11)
  end subroutine test_sums_and_sharing

  subroutine test_no_terms()
    type(qube_network) :: none(0)
    type(qube_plan), allocatable :: plans(:)
    type(qube_totals) :: totals

    call qube_optimize_many(none, plans, totals)
    call check('no terms', size(plans) == 0 .and. totals%peak_term == 0 .and. &
      size(totals%shared) == 0)
  end subroutine test_no_terms

  subroutine test_progress()
    type(qube_network) :: networks(3)
    type(qube_plan), allocatable :: plans(:)
    type(qube_totals) :: totals
    type(notes) :: seen
    character(len=:), allocatable :: errmsg
    integer :: stat, threads

    networks = terms()
    do threads = 1, 2
      seen = notes()
      call qube_optimize_many(networks, plans, totals, num_threads=threads, progress=seen, &
        stat=stat, errmsg=errmsg)
      call check('reported', stat == qube_ok .and. seen%calls == 3)
      call check('the last report', seen%done == 3 .and. seen%total == 3 .and. size(plans) == 3)
      seen = notes(last=2, answer=42)
      call qube_optimize_many(networks, plans, totals, num_threads=threads, progress=seen, &
        stat=stat, errmsg=errmsg)
      call check('cancelled', stat == qube_err_callback .and. seen%calls == 2)
      call check('it says so', index(errmsg, 'it returned 42; allowed: 0') > 0)
      call check('nothing is left of it', .not. allocated(plans) .and. totals%peak_term == 0)
    end do
    ! A wide integer whose low half is 0 cancels as well.
    seen = notes(last=1, answer=ishft(1, min(32, bit_size(0) - 2)))
    call qube_optimize_many(networks, plans, totals, progress=seen, stat=stat)
    call check('cancelled by a wide number', stat == qube_err_callback .and. seen%calls == 1)
    ! No term is planned where one cannot be read.
    seen = notes()
    networks(3) = networks(1)
    networks(3)%term = 'g{a_1'
    call qube_optimize_many(networks, plans, totals, progress=seen, stat=stat)
    call check('nothing to report', stat == qube_err_parse .and. seen%calls == 0)
  end subroutine test_progress

  subroutine test_refusals()
    type(qube_network) :: networks(3)
    type(qube_plan), allocatable :: plans(:)
    type(qube_totals) :: totals
    type(qube_options) :: options
    character(len=:), allocatable :: errmsg
    integer :: stat

    networks = terms()
    call qube_optimize_many(networks, plans, totals, num_threads=0, stat=stat, errmsg=errmsg)
    call check('no threads', stat == qube_err_input .and. index(errmsg, 'num_threads is 0') > 0)
    call check('nothing is left', .not. allocated(plans) .and. totals%peak_term == 0)
    options%volatile_weight = -1
    call qube_optimize_many(networks, plans, totals, options=options, stat=stat, errmsg=errmsg)
    call check('a weight', stat == qube_err_option .and. index(errmsg, 'volatile_weight is -1') > 0)
    networks(2)%term = 'g{a_1'
    call qube_optimize_many(networks, plans, totals, stat=stat, errmsg=errmsg)
    call check('a term', stat == qube_err_parse .and. index(errmsg, 'character 6') > 0)
    deallocate (networks(2)%term)
    networks(2)%json = '{}'
    networks(2)%spaces = qube_spaces()
    call qube_optimize_many(networks, plans, totals, stat=stat, errmsg=errmsg)
    call check('json', stat == qube_err_conflict .and. index(errmsg, 'one policy is for all') > 0)
  end subroutine test_refusals

  function same(a, b) result(are_same)
    real(real64), intent(in) :: a, b
    logical :: are_same

    are_same = .not. abs(a - b) > 0
  end function same

end program many
