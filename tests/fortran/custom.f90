! Cost models of the program's own: the facts that a model is told, the plan's cost against all
! trees, and models that cancel.
module models
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use qube_budget
  implicit none
  private

  !> Extents of the letters a, b, ...
  integer, parameter, public :: extents(8) = [3, 8, 5, 2, 7, 4, 6, 9]

  !> A network as letters.
  type, public :: term
    integer :: n = 0
    character(len=4) :: tensors(6) = ''
    character(len=4) :: targets = ''
  contains
    procedure :: volume => term_volume
    procedure :: best => term_best
    procedure :: network => term_network
  end type term

  !> state(1): size of the largest intermediate. Cancels in the call of number `cancel_at`.
  type, extends(qube_cost_model), public :: largest_intermediate
    integer :: calls = 0
    integer :: cancel_at = 0
    integer :: code = 0
    real(real64) :: add = 0
  contains
    procedure :: leaf => largest_leaf
    procedure :: combine => largest_combine
    procedure :: compare => largest_compare
    procedure :: value => largest_value
    procedure, private :: count => largest_count
  end type largest_intermediate

  !> state(1): sum of the squares of the volumes of all results; state(2): the tensors, as a number.
  !! Checks what it is told against the term.
  type, extends(qube_cost_model), public :: sum_of_squares
    type(term) :: of
    logical :: wrong = .false.
  contains
    procedure :: leaf => squares_leaf
    procedure :: combine => squares_combine
    procedure :: compare => squares_compare
    procedure :: value => squares_value
  end type sum_of_squares

contains

  !> The letters of a set that stand outside it too; of one tensor, all its letters.
  function term_volume(self, set) result(volume)
    class(term), intent(in) :: self
    integer, intent(in) :: set
    real(real64) :: volume
    integer :: k, t
    character :: letter
    logical :: inside, outside

    volume = 1
    do k = 1, size(extents)
      letter = achar(iachar('a') + k - 1)
      inside = .false.
      outside = index(self%targets, letter) > 0
      do t = 1, self%n
        if (index(self%tensors(t), letter) == 0) cycle
        if (btest(set, t - 1)) then
          inside = .true.
        else
          outside = .true.
        end if
      end do
      if (inside .and. (outside .or. popcnt(set) == 1)) volume = volume*extents(k)
    end do
    if (volume < 1.5_real64) volume = 0
  end function term_volume

  !> The least of all trees over a set: of the largest intermediate, or of the sum of squares.
  recursive function term_best(self, set, squares) result(best)
    class(term), intent(in) :: self
    integer, intent(in) :: set
    logical, intent(in) :: squares
    real(real64) :: best, own, left, right
    integer :: part

    best = 0
    if (popcnt(set) == 1) return
    best = huge(best)
    own = self%volume(set)
    do part = 1, set - 1
      if (iand(part, not(set)) /= 0) cycle
      left = self%best(part, squares)
      right = self%best(set - part, squares)
      if (squares) then
        best = min(best, own**2 + left + right)
      else
        best = min(best, max(own, left, right))
      end if
    end do
  end function term_best

  function term_network(self) result(network)
    class(term), intent(in) :: self
    type(qube_network) :: network
    integer :: k

    network%einsum = trim(self%tensors(1))
    do k = 2, self%n
      network%einsum = network%einsum//','//trim(self%tensors(k))
    end do
    network%einsum = network%einsum//'->'//trim(self%targets)
    do k = 1, size(extents)
      call network%spaces%add(achar(iachar('a') + k - 1), extents(k))
    end do
  end function term_network

  subroutine largest_count(self, stat)
    class(largest_intermediate), intent(inout) :: self
    integer, intent(inout) :: stat

    self%calls = self%calls + 1
    if (self%calls == self%cancel_at) stat = self%code
  end subroutine largest_count

  subroutine largest_leaf(self, facts, state, stat)
    class(largest_intermediate), intent(inout) :: self
    type(qube_leaf_facts), intent(in) :: facts
    real(real64), intent(inout) :: state(:)
    integer, intent(inout) :: stat

    state = 0*facts%footprint
    call self%count(stat)
  end subroutine largest_leaf

  subroutine largest_combine(self, facts, left, right, state, stat)
    class(largest_intermediate), intent(inout) :: self
    type(qube_contraction_facts), intent(in) :: facts
    real(real64), intent(in) :: left(:), right(:)
    real(real64), intent(inout) :: state(:)
    integer, intent(inout) :: stat

    state(1) = max(facts%footprint, left(1), right(1))
    call self%count(stat)
  end subroutine largest_combine

  subroutine largest_compare(self, a, b, order, stat)
    class(largest_intermediate), intent(inout) :: self
    real(real64), intent(in) :: a(:), b(:)
    integer, intent(inout) :: order
    integer, intent(inout) :: stat

    if (a(1) < b(1)) order = -huge(order)
    if (a(1) > b(1)) order = huge(order)
    call self%count(stat)
  end subroutine largest_compare

  subroutine largest_value(self, state, cost, stat)
    class(largest_intermediate), intent(inout) :: self
    real(real64), intent(in) :: state(:)
    real(real64), intent(inout) :: cost
    integer, intent(inout) :: stat

    cost = state(1) + self%add
    call self%count(stat)
  end subroutine largest_value

  subroutine squares_leaf(self, facts, state, stat)
    class(sum_of_squares), intent(inout) :: self
    type(qube_leaf_facts), intent(in) :: facts
    real(real64), intent(inout) :: state(:)
    integer, intent(inout) :: stat
    integer :: set

    set = ibset(0, facts%tensor - 1)
    if (.not. same(facts%footprint, self%of%volume(set)) .or. size(state) /= 2 .or. &
      (facts%is_volatile .neqv. facts%tensor == 2) .or. stat /= 0) self%wrong = .true.
    state = [0.0_real64, real(set, real64)]
  end subroutine squares_leaf

  subroutine squares_combine(self, facts, left, right, state, stat)
    class(sum_of_squares), intent(inout) :: self
    type(qube_contraction_facts), intent(in) :: facts
    real(real64), intent(in) :: left(:), right(:)
    real(real64), intent(inout) :: state(:)
    integer, intent(inout) :: stat
    integer :: l, r

    l = nint(left(2))
    r = nint(right(2))
    if (facts%left_tensors /= l .or. facts%right_tensors /= r .or. l >= r .or. &
      .not. same(facts%left_footprint, self%of%volume(l)) .or. &
      .not. same(facts%right_footprint, self%of%volume(r)) .or. &
      .not. same(facts%footprint, self%of%volume(l + r)) .or. facts%flops < facts%footprint .or. &
      (facts%left_is_volatile .neqv. btest(l, 1)) .or. &
      (facts%right_is_volatile .neqv. btest(r, 1)) .or. &
      (facts%is_volatile .neqv. btest(l + r, 1)) .or. stat /= 0) self%wrong = .true.
    state = [facts%footprint**2 + left(1) + right(1), real(l + r, real64)]
  end subroutine squares_combine

  subroutine squares_compare(self, a, b, order, stat)
    class(sum_of_squares), intent(inout) :: self
    real(real64), intent(in) :: a(:), b(:)
    integer, intent(inout) :: order
    integer, intent(inout) :: stat

    if (.not. same(a(2), b(2)) .or. order /= 0 .or. stat /= 0) self%wrong = .true.
    if (a(1) < b(1)) order = -1
    if (a(1) > b(1)) order = 1
  end subroutine squares_compare

  subroutine squares_value(self, state, cost, stat)
    class(sum_of_squares), intent(inout) :: self
    real(real64), intent(in) :: state(:)
    real(real64), intent(inout) :: cost
    integer, intent(inout) :: stat

    if (stat /= 0) self%wrong = .true.
    cost = state(1)
  end subroutine squares_value

  pure function same(a, b)
    real(real64), intent(in) :: a, b
    logical :: same

    same = .not. (a < b .or. a > b)
  end function same

end module models

program custom
  use, intrinsic :: iso_fortran_env, only: real64
  use, intrinsic :: ieee_arithmetic, only: ieee_quiet_nan, ieee_value
  use checks, only: check, failures
  use qube_budget
  use models
  implicit none


  call test_all_trees()
  call test_plan()
  call test_cancel()
  call test_refusals()
  if (failures > 0) error stop 1

contains

  subroutine test_all_trees()
    type(term) :: terms(2)
    integer :: k

    terms(1) = term(4, [character(len=4) :: 'abc', 'cd', 'bde', 'ef', '', ''], 'af')
    terms(2) = term(6, [character(len=4) :: 'abg', 'bch', 'cdg', 'deh', 'ef', 'f'], 'a')
    do k = 1, size(terms)
      call compare_with_all_trees(terms(k))
    end do
  end subroutine test_all_trees

  subroutine compare_with_all_trees(of)
    type(term), intent(in) :: of
    type(qube_plan_view) :: plan
    type(qube_options) :: options
    type(qube_policy) :: policy
    type(largest_intermediate) :: largest
    type(sum_of_squares) :: squares
    character(len=:), allocatable :: name
    integer :: all

    all = 2**of%n - 1
    options%prune_outer_products = .false.
    allocate (name, source=trim(of%tensors(1))//'...')
    call qube_optimize_custom(of%network(), largest, plan, options=options)
    call check(name//': largest intermediate', close_to(plan%cost, of%best(all, .false.)))
    call policy%add_tensor_rule(of%tensors(2))
    squares%state_length = 2
    squares%of = of
    call qube_optimize_custom(of%network(), squares, plan, policy, options)
    call check(name//': sum of squares', close_to(plan%cost, of%best(all, .true.)))
    call check(name//': facts', .not. squares%wrong)
  end subroutine compare_with_all_trees

  subroutine test_plan()
    type(largest_intermediate) :: model
    type(qube_plan_view) :: plan
    type(qube_options) :: options
    character(len=:), allocatable :: json
    integer :: calls

    options%objective = qube_custom
    call qube_optimize_custom(ring(), model, plan, options=options)
    call check('plan', plan%objective == qube_custom .and. size(plan%nodes) == 7 .and. &
      size(plan%frontier) == 0 .and. all(abs(plan%nodes%cost) <= 0) .and. &
      close_to(plan%lower_bound, plan%cost))
    ! The model is not asked again: the plan has its document.
    calls = model%calls
    call qube_render(plan, qube_format_json, json)
    call qube_verify(plan, ring(), options=options)
    call check('document', index(json, '"objective":"custom"') > 0 .and. model%calls == calls)
  end subroutine test_plan

  ! Each call cancels once; afterwards the same model and network work.
  subroutine test_cancel()
    type(largest_intermediate) :: model
    type(qube_network) :: network
    type(qube_plan_view) :: plan
    character(len=:), allocatable :: errmsg
    character(len=7), parameter :: names(4) = [character(len=7) :: 'leaf', 'combine', 'compare', &
      'value']
    integer :: calls, at, stat, k, seen(4)
    real(real64) :: cost

    network = ring()
    call qube_optimize_custom(network, model, plan)
    cost = plan%cost
    calls = model%calls
    model%code = -42
    seen = 0
    do at = 1, calls
      model%calls = 0
      model%cancel_at = at
      call qube_optimize_custom(network, model, plan, stat=stat, errmsg=errmsg)
      call check('cancel: status', stat == qube_err_callback)
      call check('cancel: nothing is asked after', model%calls == at)
      call check('cancel: no plan', .not. allocated(plan%sequence) .and. plan%cost <= 0)
      do k = 1, 4
        if (errmsg == "the callback '"//trim(names(k))// &
          "' failed: it returned -42; return 0 to go on") seen(k) = seen(k) + 1
      end do
    end do
    call check('cancel: every procedure can', all(seen > 0) .and. sum(seen) == calls)
    model%cancel_at = 0
    call qube_optimize_custom(network, model, plan)
    call check('works after a cancel', close_to(plan%cost, cost))
  end subroutine test_cancel

  subroutine test_refusals()
    type(largest_intermediate) :: model
    type(qube_plan_view) :: plan

    model%add = ieee_value(model%add, ieee_quiet_nan)
    call expect('NaN', model, qube_err_callback, &
      "the callback 'value' failed: it gave NaN; give a finite number")
    model%add = 0
    model%state_length = 0
    call expect('no state', model, qube_err_option, 'state_length is 0; give 1 to 512')
    model%state_length = 513
    call expect('long state', model, qube_err_option, 'state_length is 513; give 1 to')
    model%state_length = 512
    call qube_optimize_custom(ring(), model, plan)
    call check('a state of 512', plan%cost > 0)
  end subroutine test_refusals

  subroutine expect(what, model, status, text)
    character(len=*), intent(in) :: what, text
    class(qube_cost_model), intent(inout) :: model
    integer, intent(in) :: status
    type(qube_plan_view) :: plan
    character(len=:), allocatable :: errmsg
    integer :: stat

    call qube_optimize_custom(ring(), model, plan, stat=stat, errmsg=errmsg)
    call check(what//': '//errmsg, stat == status .and. index(errmsg, text) > 0)
    call check(what//': no plan', .not. allocated(plan%sequence))
  end subroutine expect

  function ring() result(network)
    type(qube_network) :: network
    type(term) :: of

    of = term(4, [character(len=4) :: 'ab', 'bc', 'cd', 'da', '', ''], '')
    network = of%network()
  end function ring

  function close_to(a, b)
    real(real64), intent(in) :: a, b
    logical :: close_to

    close_to = b > 0 .and. abs(a - b) <= 1e-12_real64*b
  end function close_to

end program custom
