! What a plan says where loops were opened for a threshold on the peak, and plans as bytes. The plan is
! read from tests/data/threshold_plan.json; its numbers are those of tests/c/threshold.c, counted from 1.
program threshold
  use, intrinsic :: iso_fortran_env, only: int8, int64, real64
  use checks, only: check, failures
  use qube_budget
  implicit none
  type(qube_plan) :: plan

  call qube_read_plan(document(), plan)
  call test_loops(plan)
  call test_alive(plan)
  call test_infeasible(plan)
  call test_bytes(plan)
  call test_what_fits()
  if (failures > 0) error stop 1

contains

  function document() result(text)
    character(len=:), allocatable :: text
    character(len=1024) :: data
    character(len=20000) :: line
    integer :: unit

    call get_environment_variable('QUBE_TEST_DATA', data)
    open (newunit=unit, file=trim(data)//'/threshold_plan.json', action='read', status='old')
    read (unit, '(a)') line
    close (unit)
    text = trim(line)
  end function document

  ! The sequence is 1, 2, -1, 3, -1, 4, -1.
  subroutine test_loops(plan)
    type(qube_plan), intent(in) :: plan

    call check('objective', plan%objective == qube_dense_space_time_batched)
    call check('sequence', all(plan%sequence == [1, 2, -1, 3, -1, 4, -1]))
    call check('nest', plan%steps(1)%nest == 'i j K' .and. plan%steps(2)%nest == 'i j')
    call check('outermost', plan%steps(3)%nest == '' .and. plan%leaves(1)%nest == 'i j K')
    call check('repeated', same(plan%steps(1)%repetitions, 10._real64) .and. &
      same(plan%steps(1)%cost, 10*plan%steps(1)%flops))
    call check('not repeated', same(plan%steps(2)%repetitions, 1._real64))
    associate (loops => plan%steps(3)%loops)
      call check('two loops', size(loops) == 2)
      call check('external', is_loop(loops(1), 'i', 5, 2, qube_role_external))
      call check('contracted', is_loop(loops(2), 'j', 10, 10, qube_role_contracted))
    end associate
  end subroutine test_loops

  subroutine test_alive(plan)
    type(qube_plan), intent(in) :: plan

    associate (alive => plan%steps(1)%alive)
      call check('seven alive', size(alive) == 7)
      call check('their numbers', all(alive%number == [1, 2, 5, 3, 6, 4, 7]))
      call check('their sizes', all(nint(alive%elements) == [50, 100, 50, 100, 50, 100, 100]))
      call check('their sum', same(sum(alive%elements), plan%steps(1)%live))
    end associate
    call check('at a tensor', size(plan%leaves(4)%alive) == 3 .and. &
      all(plan%leaves(4)%alive%number == [6, 4, 7]))
  end subroutine test_alive

  subroutine test_infeasible(plan)
    type(qube_plan), intent(in) :: plan

    call check('does not fit', .not. plan%fits)
    associate (found => plan%infeasible)
      call check('threshold', found%threshold_bytes == 1000)
      call check('least peak', same(found%least_peak, 550._real64) .and. &
        found%least_peak_bytes == 4400)
      call check('finest peak', same(found%finest_peak, 130._real64) .and. &
        found%finest_peak_bytes == 1040)
      call check('loops', size(found%loops) == 3 .and. &
        is_loop(found%loops(2), 'i', 5, 2, qube_role_external))
    end associate
  end subroutine test_infeasible

  ! What one rank of an MPI program sends to the others.
  subroutine test_bytes(plan)
    type(qube_plan), intent(in) :: plan
    type(qube_plan) :: again, empty
    integer(int8), allocatable :: bytes(:), received(:)
    character(len=:), allocatable :: errmsg
    integer :: stat

    call qube_plan_to_bytes(plan, bytes, stat, errmsg)
    call check('written', stat == qube_ok .and. errmsg == '' .and. size(bytes) > len(plan%json))
    call check('magic', all(bytes(1:4) == [iachar('Q'), iachar('U'), iachar('B'), iachar('E')]))
    allocate (received(size(bytes)))
    received = bytes
    call qube_plan_from_bytes(received, again, stat, errmsg)
    call check('read', stat == qube_ok .and. errmsg == '')
    call check('the same', again%json == plan%json .and. all(again%sequence == plan%sequence))
    call check('with all', .not. again%fits .and. size(again%steps(1)%alive) == 7)

    call qube_plan_from_bytes(received(1:size(received) - 1), again, stat, errmsg)
    call check('cut short', stat == qube_err_document .and. .not. allocated(again%sequence))
    received(9) = 2
    call qube_plan_from_bytes(received, again, stat, errmsg)
    call check('another version', stat == qube_err_document .and. index(errmsg, 'version is 2') > 0)
    call qube_plan_from_bytes(received(1:0), again, stat, errmsg)
    call check('no bytes', stat == qube_err_document .and. index(errmsg, 'QUBEPLAN') > 0)
    call qube_plan_to_bytes(empty, bytes, stat, errmsg)
    call check('no document', stat == qube_err_document .and. size(bytes) == 0 .and. &
      index(errmsg, 'allowed: a plan that was made or read') > 0)
    again = plan
    again%json = '{}'
    call qube_plan_to_bytes(again, bytes, stat, errmsg)
    call check('a broken one', stat == qube_err_document .and. size(bytes) == 0)
  end subroutine test_bytes

  ! An objective without a threshold; and sizes beyond those that a real counts one by one.
  subroutine test_what_fits()
    type(qube_network) :: network
    type(qube_plan) :: plan
    type(qube_batch_policy) :: policy
    type(qube_options) :: options
    integer(int64), parameter :: last = 2_int64**53 - 1
    integer(int64) :: extents(4)
    integer :: k

    network%term = 'g{i_1;K_1} t{K_1;a_1}'
    call network%spaces%add('i', 7)
    call network%spaces%add('a', 11)
    call network%spaces%add('K', 40)
    call policy%batch_space('K', 8)
    options%objective = qube_dense_peak_batched
    call qube_optimize(network, plan, policy, options)
    call check('fits', plan%fits .and. plan%infeasible%threshold_bytes == 0)
    call check('no loops of it', size(plan%infeasible%loops) == 0)
    call check('contracted alone', is_loop(plan%steps(1)%loops(1), 'K_1', 8, 5, &
      qube_role_contracted))
    call check('alive', size(plan%steps(1)%alive) == 3 .and. &
      same(sum(plan%steps(1)%alive%elements), plan%peak_elements))

    extents = [last, last + 1, last + 2, huge(last)]
    do k = 1, size(extents)
      deallocate (network%term, network%spaces%list)
      network%term = 'g{i_1}'
      call network%spaces%add('i', extents(k))
      call qube_optimize(network, plan)
      call check('counted, or not given', plan%peak_bytes == merge(8*last, -1_int64, k == 1))
      call check('as a real', same(plan%peak_elements, real(extents(k), real64)))
    end do
  end subroutine test_what_fits

  function is_loop(loop, index, batch, batches, role) result(answer)
    type(qube_loop), intent(in) :: loop
    character(len=*), intent(in) :: index
    integer, intent(in) :: batch, batches, role
    logical :: answer

    answer = loop%index == index .and. loop%batch == batch .and. loop%batches == batches .and. &
      loop%role == role
  end function is_loop

  function same(a, b) result(are_same)
    real(real64), intent(in) :: a, b
    logical :: are_same

    are_same = .not. abs(a - b) > 0
  end function same

end program threshold
