! Networks and policies: forms and rules reach the library as they are meant, callbacks are asked in
! order and can fail, and what comes back is counted from 1.
module hosts
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use qube_budget
  implicit none

  !> What was asked, and which question fails.
  type :: notebook
    character(len=:), allocatable :: text
    integer :: questions = 0, fail_at = 0
  contains
    procedure :: note
  end type notebook

  !> Batches everything but j, and notes what it is asked.
  type, extends(qube_batchable_callback) :: batch_most
    type(notebook), pointer :: book => null()
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

  subroutine batch_most_answer(self, index, batching, stat)
    class(batch_most), intent(inout) :: self
    type(qube_index_facts), intent(in) :: index
    type(qube_batching), intent(inout) :: batching
    integer, intent(inout) :: stat
    character(len=20) :: numbers

    write (numbers, '(2(1x,i0))') index%extent, index%role
    call self%book%note(index%label//' '//index%space//trim(numbers), stat)
    if (batching%is_batchable .or. batching%target /= 0 .or. batching%tile /= 1) stat = 99
    if (index%label /= 'j') batching = qube_batching(.true., 7, 3)
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
    type(qube_network) :: inner
    type(qube_network_view) :: view
    type(qube_plan_view) :: plan
    character(len=20) :: numbers

    write (numbers, '(2(1x,i0))') index%extent, k
    call self%book%note(index%label//' '//index%space//trim(numbers), stat)
    ! A callback may call the module, also what asked it.
    call inner%spaces%add('i', 3)
    inner%einsum = 'i,i'
    call qube_optimize(inner, plan)
    call qube_network_get(inner, view)
    mean = 9 + plan%flops + 0.5_real64 * k
  end subroutine growing_answer

end module hosts

program policies
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  use hosts
  implicit none

  call test_network_get()
  call test_inner_pow()
  call test_power_means()
  call test_rules()
  call test_settings()
  call test_documents()
  call test_json_network()
  call test_callbacks()
  if (failures > 0) error stop 1

contains

  ! By hand, with blanks around labels, a space of its own, protos and power means; UTF-8.
  subroutine test_network_get()
    type(qube_network) :: network
    type(qube_network_view) :: view
    character(len=100) :: label

    label = 'j_1'
    call network%add_index('μ̃_1', 2)
    call network%add_index(label, 3_int64)
    call network%add_index('k_1', 5_int32, space='occupied')
    call network%add_index('a_1<j_1,k_1>', 4, protos='j_1 k_1', power_means=[4.0_real64])
    call network%add_tensor('A', '  a_1<j_1,k_1>   μ̃_1 j_1 ')
    call network%add_tensor('s', '')
    call network%add_tensor('A', 'k_1 μ̃_1 k_1')
    call network%set_targets('k_1 j_1')
    call qube_network_get(network, view)
    call check('indices', size(view%indices) == 4 .and. view%indices(1)%label == 'μ̃_1' .and. &
      view%indices(1)%space == 'μ̃' .and. view%indices(3)%space == 'occupied' .and. &
      view%indices(4)%space == 'a' .and. all(view%indices%extent == [2, 3, 5, 4]))
    call check('composite', all(view%indices(4)%protos == [2, 3]) .and. &
      size(view%indices(1)%protos) == 0 .and. size(view%indices(4)%power_means) == 1 .and. &
      abs(view%indices(4)%power_means(1) - 4) < 1e-12_real64)
    call check('roles', all(view%indices%role == [qube_role_contracted, qube_role_external, &
      qube_role_external, qube_role_contracted]))
    call check('tensors', size(view%tensors) == 3 .and. view%tensors(3)%label == 'A' .and. &
      all(view%tensors(1)%indices == [4, 1, 2]) .and. size(view%tensors(2)%indices) == 0 .and. &
      all(view%tensors(3)%indices == [3, 1, 3]))
    call check('targets', all(view%targets == [2, 3]))
    call network%set_targets('')
    call qube_network_get(network, view)
    call check('scalar', size(view%targets) == 0)
  end subroutine test_network_get

  ! Asked for k = 1 and 2, as two composite indices have the same protos; of a table and by hand.
  subroutine test_inner_pow()
    type(notebook), target :: book
    type(growing_means), target :: means
    type(qube_network) :: network
    type(qube_network_view) :: view
    type(qube_plan_view) :: plan
    character(len=:), allocatable :: errmsg, text
    character(len=*), parameter :: asked = &
      'a_1<i_1> a 12 1;a_1<i_1> a 12 2;a_2<i_1> a 12 1;a_2<i_1> a 12 2;'
    integer :: stat

    means%book => book
    book%text = ''
    network%term = 't{a_1<i_1>;i_1} u{a_2<i_1>;i_1}'
    call network%spaces%add('a', 12)
    call network%spaces%add('i', 10)
    network%spaces%inner_pow => means
    call qube_network_get(network, view)
    call check('by space: '//book%text, book%text == asked)
    call check('means', view%indices(2)%label == 'a_1<i_1>' .and. &
      abs(view%indices(2)%power_means(2) - 13) < 1e-12_real64)
    ! The plan keeps its document: what would answer again may be gone.
    book%text = ''
    call qube_optimize(network, plan)
    nullify (means%book)
    call qube_render(plan, qube_format_json, text)
    call check('not asked again', len(text) > 0 .and. book%text == asked)
    means%book => book
    network = qube_network()
    call network%add_index('i_1', 10)
    call network%add_index('a_1<i_1>', 12, protos='i_1')
    call network%add_index('a_2<i_1>', 12, protos='i_1')
    call network%add_tensor('t', 'a_1<i_1> a_2<i_1>')
    network%inner_pow => means
    book = notebook('', fail_at=3)
    call qube_network_get(network, view, stat, errmsg)
    call check('by hand, failing: '//book%text, stat == qube_err_callback .and. &
      book%questions == 3 .and. index(errmsg, '-5') > 0 .and. .not. allocated(view%indices))
  end subroutine test_inner_pow

  subroutine test_power_means()
    real(real64) :: means(2)
    integer :: stat

    call qube_power_means([1, 7], means)
    call check('power means', all(abs(means - [4, 5]) < 1e-12_real64))
    call qube_power_means([1_int64, 7_int64], means(2:1))
    call qube_power_means([1_int32, -7_int32], means, stat)
    call check('a domain below 0', stat == qube_err_power_mean .and. all(abs(means) <= 0))
  end subroutine test_power_means

  function product_of() result(network)
    type(qube_network) :: network

    network%einsum = 'iK,Kj->ij'
    call network%spaces%add('i', 40)
    call network%spaces%add('K', 60)
    call network%spaces%add('j', 40)
  end function product_of

  ! An index goes before its space, a later rule before an earlier one; roles are kept apart.
  subroutine test_rules()
    type(qube_policy) :: policy
    type(qube_resolved_policy_view) :: ruled

    call policy%add_index_rule(8, space='i') ! i is external: it does not count
    call policy%add_index_rule(99_int64, space='j', role=qube_role_external)
    call policy%add_index_rule(10, space='j', role=qube_role_external, tile=4)
    call policy%add_index_rule(0_int64, label='K', tile=7_int64)
    call policy%add_index_rule(25, label='K')
    call policy%add_index_rule(5, space='K')
    call policy%add_index_rule(5, space='not there')
    call policy%add_tensor_rule('Kj')
    call qube_resolve(policy, product_of(), ruled)
    call check('labels', all([ruled%labels%find('i'), ruled%labels%find('K'), &
      ruled%labels%find('j')] == [1, 2, 3]))
    call check('not sliced', .not. ruled%indices(1)%is_batchable .and. &
      ruled%indices(1)%target == 0 .and. ruled%indices(1)%tile == 0 .and. &
      ruled%indices(1)%batch == 40 .and. ruled%indices(1)%batches == 1 .and. &
      ruled%indices(1)%role == qube_role_external)
    call check('by label', ruled%indices(2)%target == 25 .and. ruled%indices(2)%tile == 7 .and. &
      ruled%indices(2)%batch == 21 .and. ruled%indices(2)%batches == 3 .and. &
      ruled%indices(2)%role == qube_role_contracted)
    call check('by space', ruled%indices(3)%is_batchable .and. ruled%indices(3)%target == 10 .and. &
      ruled%indices(3)%batch == 8 .and. ruled%indices(3)%batches == 5)
    call check('volatile', all(ruled%is_volatile .eqv. [.false., .true.]))
    call policy%add_tensor_rule(tensor=1)
    call qube_resolve(policy, product_of(), ruled)
    call check('volatile by number', all(ruled%is_volatile))
  end subroutine test_rules

  subroutine test_settings()
    type(qube_policy) :: policy
    type(qube_resolved_policy_view) :: ruled
    type(qube_plan_view) :: plan

    policy%accumulation_factor = 0.5_real64
    policy%peak_threshold = 20000
    policy%persistent_only = .true.
    call qube_resolve(policy, product_of(), ruled)
    call check('settings', abs(ruled%accumulation_factor - 0.5_real64) <= 0 .and. &
      ruled%peak_threshold == 20000 .and. ruled%persistent_only)
    policy = qube_policy(peak_threshold=40000)
    call policy%add_index_rule(10, space='i', role=qube_role_external)
    call qube_optimize(product_of(), plan, policy, &
      qube_options(objective=qube_dense_time_space_batched))
    call check('a threshold slices', size(plan%loops) == 1 .and. plan%loops(1)%batches == 4 .and. &
      plan%peak_bytes <= 40000 .and. .not. allocated(plan%infeasible))
  end subroutine test_settings

  ! What a document says counts; settings of the program's own go before it.
  subroutine test_documents()
    type(qube_policy) :: policy, again
    type(qube_resolved_policy_view) :: ruled
    character(len=:), allocatable :: text, json

    policy%peak_threshold = 20000
    policy%accumulation_factor = 1
    call policy%add_index_rule(8, space='K', tile=2)
    call policy%add_tensor_rule(tensor=2)
    call qube_render(policy, qube_format_json, json)
    call check('json', index(json, '"schema":"qube-policy/1"') > 0)
    call qube_render(policy, qube_format_table, text)
    call check('table', index(text, 'K') > 0)
    call again%add_json(json)
    call again%add_index_rule(9, space='i', role=qube_role_external)
    again%peak_threshold = 30000
    again%persistent_only = .true.
    call qube_resolve(again, product_of(), ruled)
    call check('read again', ruled%indices(2)%target == 8 .and. ruled%indices(2)%tile == 2 .and. &
      ruled%indices(1)%target == 9 .and. all(ruled%is_volatile .eqv. [.false., .true.]))
    call check('settings of both', ruled%peak_threshold == 30000 .and. ruled%persistent_only &
      .and. abs(ruled%accumulation_factor - 1) <= 0)
    call qube_render(ruled, qube_format_json, text)
    call check('resolved', index(text, '"schema":"qube-policy/1"') > 0 .and. &
      index(text, '30000') > 0)
  end subroutine test_documents

  ! What the document says of batches and volatile tensors counts, and the policy adds to it.
  subroutine test_json_network()
    type(qube_network) :: network
    type(qube_policy) :: policy
    type(qube_plan_view) :: plan
    type(qube_resolved_policy_view) :: ruled

    network%json = '{"indices":[{"label":"i","extent":4},{"label":"k","extent":10,'// &
      '"batchable":true,"target":3},{"label":"l","extent":6}],"tensors":['// &
      '{"label":"A","indices":["i","k"]},{"label":"t","indices":["k","l"],"volatile":true}]}'
    call qube_optimize(network, plan, options=qube_options(objective=qube_dense_peak_size_batched))
    call check('json: batches', plan%loops(1)%batch == 3 .and. plan%loops(1)%batches == 4 .and. &
      plan%nodes(3)%is_volatile)
    ! A is the same on every replay, but there is never more of it than a batch of k.
    call check('json: cache', all(plan%nodes%cache == [qube_cache_sliced, qube_cache_transient, &
      qube_cache_transient]))
    call policy%add_index_rule(5, label='k')
    call policy%add_tensor_rule('A')
    call qube_resolve(policy, network, ruled)
    call check('json: the policy adds', ruled%indices(2)%target == 5 .and. all(ruled%is_volatile))
  end subroutine test_json_network

  ! All indices, then all tensors; what a rule says is not asked. Any question can fail.
  subroutine test_callbacks()
    type(notebook), target :: book
    type(batch_most), target :: batches
    type(second_is_volatile), target :: second
    type(qube_policy) :: policy
    type(qube_resolved_policy_view) :: ruled
    type(qube_plan_view) :: plan
    character(len=*), parameter :: all_asked = 'i i 40 1;K K 60 0;j j 40 1;iK 1;Kj 2;'
    character(len=:), allocatable :: errmsg, text
    integer :: at, stat

    batches%book => book
    second%book => book
    policy%batchable => batches
    policy%is_volatile => second
    book = notebook('')
    call qube_resolve(policy, product_of(), ruled)
    call check('asked: '//book%text, book%text == all_asked)
    call check('answers', all(ruled%indices%is_batchable .eqv. [.true., .true., .false.]) .and. &
      ruled%indices(1)%target == 7 .and. ruled%indices(1)%tile == 3 .and. &
      all(ruled%is_volatile .eqv. [.false., .true.]))
    call qube_render(ruled, qube_format_json, text)
    call check('the answers as rules', index(text, '"K":7') > 0 .and. book%text == all_asked)
    call qube_render(policy, qube_format_json, text, stat, errmsg)
    call check('no document of callbacks', stat == qube_err_document .and. len(text) == 0)
    call qube_optimize(product_of(), plan, policy, &
      qube_options(objective=qube_dense_peak_size_batched))
    call check('sliced', plan%loops(1)%batch == 6 .and. plan%nodes(2)%is_volatile)
    do at = 1, 5
      book = notebook('', fail_at=at)
      call qube_optimize(product_of(), plan, policy, stat=stat, errmsg=errmsg)
      call check('failing: '//errmsg, stat == qube_err_callback .and. book%questions == at .and. &
        index(errmsg, '-5') > 0 .and. .not. allocated(plan%nodes))
    end do
    call policy%add_index_rule(5, space='K')
    call policy%add_tensor_rule('iK')
    book = notebook('')
    call qube_resolve(policy, product_of(), ruled)
    call check('rules go before: '//book%text, book%text == 'i i 40 1;j j 40 1;Kj 2;' .and. &
      ruled%indices(2)%target == 5)
  end subroutine test_callbacks

end program policies
