! Policies in Fortran: roles, tiles and the threshold, and their effect on what is ruled and planned;
! callbacks that extend an abstract type, asked in order, failing, and working again; documents and
! reports; power means by callback.
module hosts
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use qube_budget
  implicit none

  !> What was asked, and which question fails.
  type :: notebook
    character(len=:), allocatable :: text
    integer :: questions = 0
    integer :: fail_at = 0
  contains
    procedure :: note
    procedure :: clear
  end type notebook

  !> Batches everything but j, and notes what it is asked.
  type, extends(qube_batchable_callback) :: batch_most
    type(notebook), pointer :: book => null()
    type(qube_batching) :: says = qube_batching(.true., 7, 3)
  contains
    procedure :: answer => batch_most_answer
  end type batch_most

  type, extends(qube_volatile_callback) :: second_is_volatile
    type(notebook), pointer :: book => null()
  contains
    procedure :: answer => second_answer
  end type second_is_volatile

  type, extends(qube_inner_pow_callback) :: growing_means
    type(notebook), pointer :: book => null()
    real(real64) :: means(2) = [12.5_real64, 13.0_real64]
  contains
    procedure :: answer => growing_answer
  end type growing_means

contains

  subroutine note(self, text, stat)
    class(notebook), intent(inout) :: self
    character(len=*), intent(in) :: text
    integer, intent(inout) :: stat

    self%text = self%text//text//';'
    self%questions = self%questions + 1
    if (self%questions == self%fail_at) stat = -5
  end subroutine note

  subroutine clear(self)
    class(notebook), intent(inout) :: self

    self%text = ''
    self%questions = 0
  end subroutine clear

  subroutine batch_most_answer(self, index, batching, stat)
    class(batch_most), intent(inout) :: self
    type(qube_index_facts), intent(in) :: index
    type(qube_batching), intent(inout) :: batching
    integer, intent(inout) :: stat
    character(len=20) :: numbers

    write (numbers, '(2(1x,i0))') index%extent, index%role
    call self%book%note(index%label//' '//index%space//trim(numbers), stat)
    if (batching%is_batchable .or. batching%target /= 0 .or. batching%tile /= 1) stat = 99
    if (index%label /= 'j') batching = self%says
  end subroutine batch_most_answer

  subroutine second_answer(self, label, tensor, is_volatile, stat)
    class(second_is_volatile), intent(inout) :: self
    character(len=*), intent(in) :: label
    integer, intent(in) :: tensor
    logical, intent(inout) :: is_volatile
    integer, intent(inout) :: stat

    call self%book%note(label//' '//achar(iachar('0') + tensor), stat)
    if (is_volatile) stat = 99
    is_volatile = tensor == 2
  end subroutine second_answer

  subroutine growing_answer(self, index, k, mean, stat)
    class(growing_means), intent(inout) :: self
    type(qube_composite_facts), intent(in) :: index
    integer, intent(in) :: k
    real(real64), intent(inout) :: mean
    integer, intent(inout) :: stat
    character(len=20) :: numbers

    write (numbers, '(2(1x,i0))') index%extent, k
    call self%book%note(index%label//' '//index%space//trim(numbers), stat)
    mean = self%means(k)
  end subroutine growing_answer

end module hosts

program policy
  use, intrinsic :: ieee_arithmetic, only: ieee_positive_inf, ieee_quiet_nan, ieee_value
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  use hosts
  implicit none

  character(len=*), parameter :: all_asked = 'i i 40 1;K K 60 0;j j 40 1;iK 1;Kj 2;'

  call test_sizes()
  call test_threshold()
  call test_volatile_tensors()
  call test_refusals()
  call test_documents()
  call test_order()
  call test_precedence()
  call test_failures()
  call test_resolved()
  call test_means_by_space()
  call test_means_by_hand()
  if (failures > 0) error stop 1

contains

  function product_of() result(network)
    type(qube_network) :: network

    network%einsum = 'iK,Kj->ij'
    call network%spaces%add('i', 40)
    call network%spaces%add('K', 60)
    call network%spaces%add('j', 40)
  end function product_of

  subroutine test_sizes()
    type(qube_batch_policy) :: policy
    type(qube_slicing) :: slicing
    integer(int64) :: target

    call qube_slicing_of(policy, product_of(), 'i', slicing)
    call check('nothing is said', .not. slicing%is_batchable .and. slicing%target == 0 .and. &
      slicing%tile == 0 .and. slicing%role == qube_role_external)
    call check('one batch of all', slicing%batch == 40 .and. slicing%batches == 1)
    call policy%batch_space('i', 8) ! i is external: it does not count
    call qube_target(policy, product_of(), 'i', target)
    call check('contracted only', target == 0)
    call policy%batch_external_space('i', 9_int64)
    call qube_target(policy, product_of(), 'i', target)
    call check('external space', target == 9)
    call policy%batch_external_index('i', 11_int32)
    call policy%tile_space('i', 4)
    call qube_slicing_of(policy, product_of(), 'i', slicing)
    call check('external index', slicing%is_batchable .and. slicing%target == 11)
    call check('tiles of the space', slicing%tile == 4 .and. slicing%batch == 8 .and. &
      slicing%batches == 5)
    call policy%tile_index('i', 15_int64)
    call qube_slicing_of(policy, product_of(), 'i', slicing)
    call check('tiles of the index', slicing%tile == 15 .and. slicing%batch == 15 .and. &
      slicing%batches == 3)
    call policy%batch_index('K', 25)
    call qube_slicing_of(policy, product_of(), 'K', slicing)
    call check('contracted index', slicing%role == qube_role_contracted .and. &
      slicing%target == 25 .and. slicing%tile == 1 .and. slicing%batches == 3)
  end subroutine test_sizes

  subroutine test_threshold()
    type(qube_batch_policy) :: policy
    type(qube_options) :: options
    type(qube_plan) :: whole, plan
    integer, parameter :: objectives(2) = [qube_dense_time_space_batched, &
      qube_dense_space_time_batched]
    integer :: k

    call policy%batch_external_space('i', 10)
    do k = 1, 2
      options%objective = objectives(k)
      if (allocated(policy%peak_threshold)) deallocate (policy%peak_threshold)
      call qube_optimize(product_of(), whole, policy, options)
      call check('no threshold, no loop', size(whole%steps(1)%loops) == 0)
      policy%peak_threshold = whole%peak_bytes - 1
      call qube_optimize(product_of(), plan, policy, options)
      call check('objective', plan%objective == objectives(k))
      call check('a threshold slices', plan%peak_elements < whole%peak_elements)
      call check('by i', size(plan%steps(1)%loops) == 1)
      if (size(plan%steps(1)%loops) == 1) call check('in 4 batches', &
        plan%steps(1)%loops(1)%index == 'i' .and. plan%steps(1)%loops(1)%batches == 4)
    end do
  end subroutine test_threshold

  subroutine test_volatile_tensors()
    type(qube_batch_policy) :: policy
    type(qube_plan) :: plan
    type(qube_network) :: terms(2)
    type(qube_plan), allocatable :: plans(:)
    type(qube_totals) :: totals
    logical :: answer
    character(len=:), allocatable :: errmsg
    integer :: stat

    terms = product_of()
    call policy%add_volatile_tensor(2)
    call qube_is_volatile(policy, product_of(), 2, answer)
    call check('tensor 2', answer)
    call qube_is_volatile(policy, product_of(), 1, answer)
    call check('not tensor 1', .not. answer)
    call policy%add_volatile_tensor(1)
    call qube_optimize(product_of(), plan, policy)
    call check('both', all(plan%leaves%is_volatile))
    policy%volatile_tensors = [3, 1]
    call qube_optimize(product_of(), plan, policy, stat=stat, errmsg=errmsg)
    call check('tensor 3: '//errmsg, stat == qube_err_position .and. errmsg == &
      'volatile tensor number 3 does not exist; there are 2, counted from 1')
    call qube_optimize_many(terms(1:1), plans, totals, policy, stat=stat, errmsg=errmsg)
    call check('tensor 3 of many: '//errmsg, stat == qube_err_position .and. &
      index(errmsg, 'there are 2, counted from 1') > 0)
    policy%volatile_tensors = [0]
    call qube_is_volatile(policy, product_of(), 1, answer, stat, errmsg)
    call check('tensor 0: '//errmsg, stat == qube_err_position .and. &
      index(errmsg, 'number 0 does not exist; they are counted from 1') > 0)
  end subroutine test_volatile_tensors

  subroutine test_refusals()
    type(qube_batch_policy) :: policy

    call policy%batch_external_space('i', 0)
    call expect('external space', policy, qube_err_target, &
      "batch target size of space 'i' is 0; allowed: 1 or more")
    policy = qube_batch_policy()
    call policy%batch_external_index('i', -1)
    call expect('external index', policy, qube_err_target, "index 'i' is -1")
    policy = qube_batch_policy()
    call policy%tile_space('i', -2)
    call expect('tile of a space', policy, qube_err_target, "tile size of space 'i' is -2")
    policy = qube_batch_policy()
    call policy%tile_index('i', 0)
    call expect('tile of an index', policy, qube_err_target, "tile size of index 'i' is 0")
    policy = qube_batch_policy()
    policy%peak_threshold = 0
    call expect('threshold 0', policy, qube_err_option, &
      'peak_threshold is 0; allowed: 1 or more bytes')
    policy%peak_threshold = -7
    call expect('threshold -7', policy, qube_err_option, 'peak_threshold is -7')
    policy = qube_batch_policy()
    policy%json = '{"schema":"qube-policy/1","tile_spaces":{"i":0}}'
    call expect('document', policy, qube_err_target, "tile size of space 'i' is 0")
  end subroutine test_refusals

  subroutine expect(what, policy, status, text)
    character(len=*), intent(in) :: what, text
    type(qube_batch_policy), intent(in) :: policy
    integer, intent(in) :: status
    type(qube_plan) :: plan
    type(qube_slicing) :: slicing
    type(qube_batch_policy) :: resolved
    character(len=:), allocatable :: errmsg, report
    integer :: stat

    call qube_optimize(product_of(), plan, policy, stat=stat, errmsg=errmsg)
    call check(what//': '//errmsg, stat == status .and. index(errmsg, text) > 0)
    call check(what//': no plan', .not. allocated(plan%sequence))
    call qube_slicing_of(policy, product_of(), 'i', slicing, stat, errmsg)
    call check(what//', slicing: '//errmsg, stat == status .and. slicing%batch == 0)
    call qube_resolve_policy(policy, product_of(), resolved, stat)
    call check(what//', resolve', stat == status .and. .not. allocated(resolved%json))
    if (associated(policy%batchable_callback)) return ! a report asks nobody
    call qube_policy_report(policy, report, stat)
    call check(what//', report', stat == status .and. report == '')
  end subroutine expect

  subroutine test_documents()
    type(qube_batch_policy) :: policy, read
    character(len=:), allocatable :: json, report, errmsg
    integer :: stat

    call policy%batch_space('K', 8)
    call policy%batch_index('K_1', 7)
    call policy%batch_external_space('i', 6)
    call policy%batch_external_index('i_1', 5)
    call policy%tile_space('K', 4)
    call policy%tile_index('K_1', 3)
    call policy%add_volatile('t')
    call policy%add_volatile_tensor(2)
    policy%persistent_only = .true.
    policy%accumulation_factor = 0.5_real64
    policy%peak_threshold = 4096
    call qube_policy_json(policy, json)
    call check('json: '//json, json == '{"schema":"qube-policy/1","spaces":{"K":8},'// &
      '"indices":{"K_1":7},"external_spaces":{"i":6},"external_indices":{"i_1":5},'// &
      '"tile_spaces":{"K":4},"tile_indices":{"K_1":3},"volatile":["t"],'// &
      '"volatile_tensors":[1],"persistent_only":true,"accumulation_factor":0.5,'// &
      '"peak_threshold":4096}')
    call qube_policy_report(policy, report)
    call check('report', index(report, 'batches where external: space i in 6 at most, '// &
      'index i_1 in 5 at most'//new_line('a')//'tiles: space K of 4, index K_1 of 3') > 0)
    call qube_read_policy(json, read)
    call qube_policy_json(read, report)
    call check('read and written', report == json)
    ! The components add to it, and their defaults take nothing back.
    call read%batch_space('K', 9)
    read%accumulation_factor = 0.25_real64
    call qube_policy_report(read, report)
    call check('added: space', index(report, 'space K in 9 at most') > 0)
    call check('added: factor', index(report, 'accumulation factor: 0.25') > 0)
    call check('kept: threshold', index(report, 'peak threshold: 4096 bytes') > 0)
    call check('kept: persistent_only', index(report, 'over volatile subtrees: no') > 0)

    call qube_read_policy('{', read, stat, errmsg)
    call check('bad json: '//errmsg, stat == qube_err_document .and. &
      index(errmsg, 'line 1 column 1') > 0 .and. .not. allocated(read%json))
    call qube_read_policy('{"schema":"qube-policy/1","peak_threshold":0}', read, stat, errmsg)
    call check('bad threshold: '//errmsg, stat == qube_err_option .and. .not. allocated(read%json))
  end subroutine test_documents

  !> Every call with the policy and a network asks everything once, in order.
  subroutine test_order()
    type(notebook), target :: book
    type(batch_most), target :: batches
    type(second_is_volatile), target :: volatiles
    type(qube_batch_policy) :: policy, resolved
    type(qube_slicing) :: slicing
    type(qube_plan) :: plan
    type(qube_network) :: terms(2)
    type(qube_plan), allocatable :: plans(:)
    type(qube_totals) :: totals
    logical :: answer
    integer(int64) :: target
    integer :: threads

    terms = product_of()
    call connect(book, batches, volatiles, policy)
    call qube_slicing_of(policy, product_of(), 'K', slicing)
    call check('slicing: '//book%text, book%text == all_asked)
    call check('answer', slicing%target == 7 .and. slicing%tile == 3 .and. slicing%batch == 6)
    call book%clear()
    call qube_target(policy, product_of(), 'j', target)
    call check('target', book%text == all_asked .and. target == 0)
    call book%clear()
    call qube_is_volatile(policy, product_of(), 2, answer)
    call check('is_volatile', book%text == all_asked .and. answer)
    call book%clear()
    call qube_optimize(product_of(), plan, policy)
    call check('optimize', book%text == all_asked .and. plan%leaves(2)%is_volatile)
    call book%clear()
    call qube_resolve_policy(policy, product_of(), resolved)
    call check('resolve', book%text == all_asked)
    do threads = 1, 2
      call book%clear()
      call qube_optimize_many(terms, plans, totals, policy, &
        num_threads=threads)
      call check('many', book%text == all_asked//all_asked .and. size(plans) == 2)
    end do
  end subroutine test_order

  subroutine connect(book, batches, volatiles, policy)
    type(notebook), target, intent(inout) :: book
    type(batch_most), target, intent(inout) :: batches
    type(second_is_volatile), target, intent(inout) :: volatiles
    type(qube_batch_policy), intent(inout) :: policy

    call book%clear()
    batches%book => book
    volatiles%book => book
    policy%batchable_callback => batches
    policy%volatile_callback => volatiles
  end subroutine connect

  subroutine test_precedence()
    type(notebook), target :: book
    type(batch_most), target :: batches
    type(second_is_volatile), target :: volatiles
    type(qube_batch_policy) :: policy
    integer(int64) :: target

    call connect(book, batches, volatiles, policy)
    call policy%batch_space('K', 20)
    call policy%batch_external_index('i', 10)
    call policy%batch_space('j', 2) ! j is external: it does not count
    call policy%add_volatile('Kj')
    call qube_target(policy, product_of(), 'K', target)
    call check('space before callback', target == 20)
    call check('asked: '//book%text, book%text == 'j j 40 1;iK 1;')
    call policy%batch_index('K', 10)
    call qube_target(policy, product_of(), 'K', target)
    call check('label before space', target == 10)
  end subroutine test_precedence

  subroutine test_failures()
    type(notebook), target :: book
    type(batch_most), target :: batches
    type(second_is_volatile), target :: volatiles
    type(qube_batch_policy) :: policy
    type(qube_plan) :: plan
    type(qube_network) :: terms(2)
    type(qube_plan), allocatable :: plans(:)
    type(qube_totals) :: totals
    character(len=:), allocatable :: errmsg, json
    integer :: at, stat
    character(len=29), parameter :: about(5) = [character(len=29) :: "index 'i'", "index 'K'", &
      "index 'j'", "tensor 'iK' (number 0 from 0)", "tensor 'Kj' (number 1 from 0)"]

    terms = product_of()
    call connect(book, batches, volatiles, policy)
    do at = 1, 5
      call book%clear()
      book%fail_at = at
      call qube_optimize(product_of(), plan, policy, stat=stat, errmsg=errmsg)
      call check('failure: '//errmsg, stat == qube_err_callback .and. index(errmsg, &
        'it returned -5 for '//trim(about(at))//'; allowed: 0, to go on') > 0)
      call check('nothing is asked after', book%questions == at)
      call check('no plan', .not. allocated(plan%sequence))
      call book%clear()
      book%fail_at = at + 5
      call qube_optimize_many(terms, plans, totals, policy, &
        num_threads=2, stat=stat, errmsg=errmsg)
      call check('many: '//errmsg, stat == qube_err_callback .and. index(errmsg, 'term 1: ') == 1)
      call check('no plans', .not. allocated(plans) .and. book%questions == at + 5)
    end do
    book%fail_at = 0
    call qube_optimize(product_of(), plan, policy)
    call check('works after a failure', size(plan%sequence) == 3)

    batches%says = qube_batching(.true.) ! no target
    call expect('no target', policy, qube_err_target, "batch target size of index 'i' is 0")
    batches%says = qube_batching(.true., -4)
    call expect('target -4', policy, qube_err_target, "batch target size of index 'i' is -4")
    batches%says = qube_batching(.true., 4, 0)
    call expect('tile 0', policy, qube_err_target, "tile size of index 'i' is 0")
    call qube_policy_json(policy, json, stat, errmsg)
    call check('json of callbacks: '//errmsg, stat == qube_err_document .and. json == '' .and. &
      index(errmsg, "the policy has the callback 'batchable', which a document cannot hold") == 1)
    call qube_policy_report(policy, json)
    call check('report', index(json, 'callbacks: batchable, volatile') > 0)
  end subroutine test_failures

  subroutine expect_same(what, a, b)
    character(len=*), intent(in) :: what
    type(qube_batch_policy), intent(in) :: a, b
    type(qube_slicing) :: one, other
    character(len=1), parameter :: labels(3) = ['i', 'K', 'j']
    integer :: k

    do k = 1, 3
      call qube_slicing_of(a, product_of(), labels(k), one)
      call qube_slicing_of(b, product_of(), labels(k), other)
      call check(what//' of '//labels(k), (one%is_batchable .eqv. other%is_batchable) .and. &
        one%target == other%target .and. one%tile == other%tile)
    end do
  end subroutine expect_same

  subroutine test_resolved()
    type(notebook), target :: book
    type(batch_most), target :: batches
    type(second_is_volatile), target :: volatiles
    type(qube_batch_policy) :: policy, resolved, read
    character(len=:), allocatable :: json
    logical :: answer

    call connect(book, batches, volatiles, policy)
    policy%persistent_only = .true.
    call qube_resolve_policy(policy, product_of(), resolved)
    call expect_same('resolved', policy, resolved)
    call book%clear()
    call qube_is_volatile(resolved, product_of(), 2, answer)
    call check('resolved: volatile', answer .and. book%questions == 0)
    call qube_policy_json(resolved, json)
    call check('resolved: '//json, index(json, '"indices":{"K":7}') > 0 .and. &
      index(json, '"external_indices":{"i":7}') > 0 .and. &
      index(json, '"volatile_tensors":[1],"persistent_only":true') > 0)
    call qube_read_policy(json, read)
    call expect_same('read', policy, read)
  end subroutine test_resolved

  function pairs() result(network)
    type(qube_network) :: network

    network%term = 'g{a_1<i_1>;a_2<i_1>} t{a_1<i_1>;i_1} t{a_2<i_1>;i_1}'
    call network%spaces%add('i', 5)
  end function pairs

  subroutine test_means_by_space()
    type(notebook), target :: book
    type(growing_means), target :: means
    type(qube_network) :: network, tabulated
    type(qube_plan) :: plan, same
    character(len=:), allocatable :: errmsg
    integer :: stat, k
    real(real64) :: bad(4)

    call book%clear()
    means%book => book
    network = pairs()
    call network%spaces%add('a', 12)
    network%spaces%inner_pow_callback => means
    tabulated = pairs()
    call tabulated%spaces%add('a', 12, means%means)
    call qube_optimize(network, plan)
    call check('means: '//book%text, book%text == &
      'a_1<i_1> a 12 1;a_1<i_1> a 12 2;a_2<i_1> a 12 1;a_2<i_1> a 12 2;')
    call qube_optimize(tabulated, same)
    call check('as tabulated', close_to(plan%cost, same%cost))
    tabulated%spaces%inner_pow_callback => means
    call book%clear()
    call qube_optimize(tabulated, same)
    call check('a table goes first', book%questions == 0)
    book%fail_at = 2
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call check('failure: '//errmsg, stat == qube_err_callback .and. errmsg == &
      "the callback 'inner_pow' failed: it returned -5 for index 'a_1<i_1>' and k = 2; "// &
      'allowed: 0, to go on')
    book%fail_at = 0
    bad = [0.0_real64, -1.0_real64, ieee_value(1.0_real64, ieee_quiet_nan), &
      ieee_value(1.0_real64, ieee_positive_inf)]
    do k = 1, 4
      means%means(2) = bad(k)
      call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
      call check('bad mean: '//errmsg, stat == qube_err_power_mean .and. index(errmsg, &
        "power mean 2 of index 'a_1<i_1>' is ") == 1)
    end do
    means%means(2) = 13
    call qube_optimize(network, plan)
    call check('works again', close_to(plan%cost, same%cost))
    nullify (network%spaces%inner_pow_callback)
    call qube_optimize(network, plan)
    call check('without', plan%cost < same%cost)
  end subroutine test_means_by_space

  subroutine test_means_by_hand()
    type(notebook), target :: book
    type(growing_means), target :: means
    type(qube_network) :: network
    type(qube_plan) :: plan
    character(len=:), allocatable :: errmsg
    integer :: stat

    call book%clear()
    means%book => book
    network%inner_pow_callback => means
    call network%add_index('i', 5)
    call network%add_index('a<i>', 12, protos='i')
    call network%add_index('b<i>', 12, protos='i', power_means=[12.0_real64, 12.5_real64])
    call network%add_tensor('t', 'a<i> b<i> i')
    call qube_optimize(network, plan)
    call check('by hand: '//book%text, book%text == 'a<i> a 12 1;a<i> a 12 2;')
    call check('footprint', close_to(plan%leaves(1)%footprint, 5*13*12.5_real64))
    network%spaces%inner_pow_callback => means
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call check('by hand with spaces: '//errmsg, stat == qube_err_conflict .and. &
      index(errmsg, 'its spaces have an inner_pow_callback') > 0)
    network = pairs()
    call network%spaces%add('a', 12)
    network%inner_pow_callback => means
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call check('text with that of hand: '//errmsg, stat == qube_err_conflict .and. &
      index(errmsg, 'allowed: that of its spaces') > 0)
  end subroutine test_means_by_hand

  function close_to(a, b)
    real(real64), intent(in) :: a, b
    logical :: close_to

    close_to = b > 0 .and. abs(a - b) <= 1e-12_real64*b
  end function close_to

end program policy
