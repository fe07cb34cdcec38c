! Networks in each form, policies and their questions, and plans.
program plans
  use, intrinsic :: iso_c_binding, only: c_double, c_int32_t, c_int64_t, c_size_t, c_sizeof
  use, intrinsic :: iso_fortran_env, only: int32, int64, real64
  use checks, only: check, failures
  use qube_budget
  implicit none

  ! Copied from tests/data/scenarios.json, case water14_term1, as is its term below.
  character(len=*), parameter :: mu = 'μ̃', kappa = 'Κ'

  ! As in qube_budget.h.
  type, bind(c) :: c_options
    integer(c_size_t) :: struct_size
    real(c_double) :: volatile_weight, footprint_weight, peak_flops_tolerance
    real(c_double) :: machine_balance, fast_mem_elems, block_tiles, block_prefactor
    integer(c_int64_t) :: bytes_per_element
    integer(c_int32_t) :: objective, prune_outer_products, use_inner_pow, subnet_cse
    integer(c_int32_t) :: frontier, require_optimal
    integer(c_int64_t) :: max_states
    real(c_double) :: max_seconds
    integer(c_int64_t) :: max_bytes
  end type c_options

  interface
    function c_options_init(options, size) result(status) bind(c, name='qube_options_init')
      import :: c_int32_t, c_options, c_size_t
      type(c_options), intent(inout) :: options
      integer(c_size_t), value :: size
      integer(c_int32_t) :: status
    end function c_options_init
  end interface


  call test_defaults()
  call test_power_means()
  call test_water14_batched()
  call test_water14_least_peak()
  call test_water14_peak()
  call test_water14_loops()
  call test_einsum()
  call test_by_hand()
  call test_composites_by_hand()
  call test_targets()
  call test_json()
  call test_questions()
  call test_options()
  call test_sharing()
  call test_best_order()
  call test_one_and_two_tensors()
  call test_huge_peak()
  call test_copies()
  if (failures > 0) error stop 1

contains

  ! The defaults of qube_options are those of the library.
  subroutine test_defaults()
    type(qube_options) :: ours
    type(c_options) :: theirs

    call check('defaults: init', c_options_init(theirs, c_sizeof(theirs)) == 0)
    call check('defaults: volatile_weight', same(ours%volatile_weight, theirs%volatile_weight))
    call check('defaults: footprint_weight', same(ours%footprint_weight, theirs%footprint_weight))
    call check('defaults: peak_flops_tolerance', &
      same(ours%peak_flops_tolerance, theirs%peak_flops_tolerance))
    call check('defaults: machine_balance', same(ours%machine_balance, theirs%machine_balance))
    call check('defaults: fast_mem_elems', same(ours%fast_mem_elems, theirs%fast_mem_elems))
    call check('defaults: block_tiles', same(ours%block_tiles, theirs%block_tiles))
    call check('defaults: block_prefactor', same(ours%block_prefactor, theirs%block_prefactor))
    call check('defaults: bytes_per_element', ours%bytes_per_element == theirs%bytes_per_element)
    call check('defaults: objective', ours%objective == theirs%objective)
    call check('defaults: prune', ours%prune_outer_products .eqv. theirs%prune_outer_products == 1)
    call check('defaults: inner pow', ours%use_inner_pow .eqv. theirs%use_inner_pow == 1)
    call check('defaults: cse', ours%subnet_cse .eqv. theirs%subnet_cse == 1)
    call check('defaults: frontier', ours%frontier .eqv. theirs%frontier == 1)
    call check('defaults: proof', ours%require_optimal .eqv. theirs%require_optimal == 1)
    call check('defaults: labels', ours%max_states == theirs%max_states)
    call check('defaults: seconds', same(ours%max_seconds, theirs%max_seconds))
    call check('defaults: bytes', ours%max_bytes == theirs%max_bytes)
  end subroutine test_defaults

  ! X = A B is there twice: by hand, 10 * 20 * 10 for X once and 10 * 10 * 10 for X X.
  subroutine test_sharing()
    type(qube_network) :: network
    type(qube_options) :: options
    type(qube_plan) :: plan
    character(len=:), allocatable :: errmsg
    integer :: stat

    network%term = 'A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3}'
    call network%spaces%add('i', 10)
    call network%spaces%add('a', 20)
    options%subnet_cse = .true.
    call qube_optimize(network, plan, options=options)
    call check('sharing: cost', same(plan%cost, 3000.0_real64))
    call check('sharing: peak', same(plan%peak_elements, 500.0_real64))
    call check('sharing: with', all(plan%steps%shared_with == [0, 5, 0]))
    call check('sharing: steps', .not. any(plan%steps%is_skipped))
    call check('sharing: leaves', &
      all(plan%leaves%is_skipped .eqv. [.false., .false., .true., .true.]))
    call check('sharing: open', plan%steps(1)%open == 'i_1 i_2')
    call check('sharing: open again', plan%steps(2)%open == 'i_2 i_3')
    options%objective = qube_dense_peak
    call qube_optimize(network, plan, options=options, stat=stat, errmsg=errmsg)
    call check('sharing: refused', stat == qube_err_option)
    call check('sharing: why', index(errmsg, 'subnet_cse is on with the objective peak') == 1)
  end subroutine test_sharing

  ! tests/data/interleave.json: 21660 depth-first. In turns 20182, the least of all schedules.
  subroutine test_best_order()
    type(qube_network) :: network
    type(qube_plan) :: plan
    type(qube_order) :: order
    character(len=*), parameter :: letters = 'abcdefghijk'
    integer, parameter :: extents(11) = [13, 60, 2, 30, 13, 30, 30, 2, 5, 30, 3]
    character(len=:), allocatable :: errmsg
    logical :: made(11)
    integer :: k, stat

    network%einsum = 'abi,acg,bj,cdhk,dek,efg->fhij'
    do k = 1, 11
      call network%spaces%add(letters(k:k), extents(k))
    end do
    call qube_optimize(network, plan, options=qube_options(objective=qube_dense_peak))
    call qube_best_order(plan, order)
    call check('order: peaks', same(plan%peak_elements, 21660.0_real64) .and. &
      same(order%peak_elements, 20182.0_real64))
    call check('order: steps', size(order%steps) == 5 .and. order%steps(5) == 5)
    call check('order: in turns', any(order%steps(2:) < order%steps(:4)))
    call check('order: peak', any(order%steps == order%peak_step))
    made = [(k <= 6, k = 1, 11)]
    do k = 1, 5
      associate (step => plan%steps(order%steps(k)))
        call check('order: operands', made(step%first) .and. made(step%second) .and. &
          .not. made(step%number))
        made(step%number) = .true.
      end associate
    end do
    call check('order: all steps', all(made))
    plan = qube_plan()
    call qube_best_order(plan, order, stat, errmsg)
    call check('order: no document', stat == qube_err_document .and. &
      errmsg == 'the plan has no document; allowed: a plan that was made or read' .and. &
      .not. allocated(order%steps))

    network = qube_network(einsum='a')
    call network%spaces%add('a', 3)
    call qube_optimize(network, plan)
    call qube_best_order(plan, order)
    call check('order: a single tensor', size(order%steps) == 0 .and. order%peak_step == 0 .and. &
      same(order%peak_elements, 3.0_real64))
  end subroutine test_best_order

  function water14() result(network)
    type(qube_network) :: network
    real(real64), parameter :: means(4) = 12

    network%term = 'g{μ̃_1;i_3;Κ_1} C{a_3<i_2>;μ̃_1} g{μ̃_2;μ̃_3;Κ_1} '// &
      'C{a_4<i_1>;μ̃_2} C{μ̃_3;a_1<i_1,i_2>} t{a_4<i_1>;i_1} t{a_5<i_3>;i_3} '// &
      't{a_3<i_2>;i_2} C{μ̃_5;a_5<i_3>} s{μ̃_4;μ̃_5} C{a_2<i_1,i_2>;μ̃_4}'
    call network%spaces%add('i', 56)
    call network%spaces%add(mu, 602)
    call network%spaces%add(kappa, 1652)
    call network%spaces%add('a', 12, power_means=means)
  end function water14

  function water14_policy() result(policy)
    type(qube_batch_policy) :: policy

    call policy%batch_space(kappa, 236)
    call policy%add_volatile('t')
  end function water14_policy

  ! Reference (water14_term1): objective peak-batched, prune, volatile_weight 20, inner pow, no
  ! roofline, accumulation_factor 0, not persistent_only, tolerance 0.1.
  subroutine test_power_means()
    real(real64) :: means(2)
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_power_means([1_int64, 7_int64], means)
    call check('power means', same_reals(means, [4.0_real64, 5.0_real64]))
    call qube_power_means([1_int64, -7_int64], means, stat, errmsg)
    call check('a domain below 0', stat == qube_err_power_mean .and. index(errmsg, 'is -7') > 0 &
      .and. same_reals(means, [0.0_real64, 0.0_real64]))
  end subroutine test_power_means

  subroutine test_water14_batched()
    type(qube_network) :: network
    type(qube_options) :: options
    type(qube_plan) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    network = water14()
    options%objective = qube_dense_peak_batched
    options%volatile_weight = 20
    options%frontier = .true.
    call qube_optimize(network, plan, water14_policy(), options, stat, errmsg)
    call check('batched: success', stat == qube_ok .and. errmsg == '')
    call check('batched: sequence', same_integers(plan%sequence, &
      from_zero([4, 2, 3, 5, -1, -1, -1, 0, 1, -1, 7, -1, -1, 6, 8, 9, -1, 10, -1, -1, -1])))
    call check('batched: peaks', same_reals(plan%frontier(1, :), [140738948.0_real64, &
      141743840.0_real64, 147954884.0_real64, 212940560.0_real64, 228221588.0_real64, &
      233582496.0_real64, 248863524.0_real64]))
    call check('batched: costs', same_reals(plan%frontier(2, :), [1567536455296.0_real64, &
      1558404423296.0_real64, 1543821609344.0_real64, 1293897198720.0_real64, &
      1288965901440.0_real64, 1005533268096.0_real64, 991118706816.0_real64]))
    ! The least work within 10 % of the least peak: the third point.
    call check('batched: peak', same(plan%peak_elements, 147954884.0_real64))
    call check('batched: cost', same(plan%cost, 1543821609344.0_real64))
    call check('batched: bytes', plan%peak_bytes == 8 * 147954884_int64)
    call check('batched: lower bound', same(plan%lower_bound, 140738948.0_real64))
    call check('batched: optimal', plan%optimal .and. .not. plan%exhaustive)
    call check('batched: objective', plan%objective == qube_dense_peak_batched)
    call check('batched: seconds', plan%seconds >= 0)
    call check('batched: json', index(plan%json, '{"schema":"qube-plan/1"') == 1)
    call check('batched: report', allocated(plan%report))
    call test_structure(plan, 11)
  end subroutine test_water14_batched

  ! The same with tolerance 0.
  subroutine test_water14_least_peak()
    type(qube_options) :: options
    type(qube_plan) :: plan

    options%objective = qube_dense_peak_batched
    options%volatile_weight = 20
    options%peak_flops_tolerance = 0
    call qube_optimize(water14(), plan, water14_policy(), options)
    call check('least peak: sequence', same_integers(plan%sequence, &
      from_zero([0, 1, 7, -1, -1, 4, 2, 3, 5, -1, -1, -1, -1, 6, 8, 9, -1, 10, -1, -1, -1])))
    call check('least peak', same(plan%peak_elements, 140738948.0_real64))
  end subroutine test_water14_least_peak

  ! Reference: objective peak, with the roofline (200 pairs per element, 1e6 elements), tolerance 0;
  ! and objective flops, volatile_weight 20. Bytes of an element: 16.
  subroutine test_water14_peak()
    type(qube_options) :: options
    type(qube_plan) :: plan

    options%objective = qube_dense_peak
    options%volatile_weight = 20
    options%peak_flops_tolerance = 0
    options%machine_balance = 200
    options%fast_mem_elems = 1000000
    options%bytes_per_element = 16
    options%frontier = .true.
    call qube_optimize(water14(), plan, water14_policy(), options)
    call check('peak: frontier', size(plan%frontier, 2) == 2)
    call check('peak: second point', &
      same_reals(plan%frontier(:, 2), [1495183424.0_real64, 2934620522624.0_real64]))
    call check('peak: bytes', plan%peak_bytes == 16 * 702644096_int64)

    options = qube_options(volatile_weight=20)
    call qube_optimize(water14(), plan, water14_policy(), options)
    call check('flops: cost', same(plan%cost, 991118706816.0_real64))
    call check('flops: sequence', same_integers(plan%sequence, &
      from_zero([0, 1, -1, 7, -1, 2, 3, -1, 4, -1, 5, -1, -1, 6, 8, 9, -1, 10, -1, -1, -1])))
    call check('flops: no frontier', allocated(plan%frontier) .and. size(plan%frontier) == 0)
    call test_structure(plan, 11)
  end subroutine test_water14_peak

  ! Every plan: the stack machine of the sequence gives first and second of the steps.
  subroutine test_structure(plan, n)
    type(qube_plan), intent(in) :: plan
    integer, intent(in) :: n
    integer :: stack(2 * n), top, i, leaves, steps
    real(real64) :: work, live

    call check('structure: sizes', size(plan%sequence) == 2 * n - 1 .and. &
      size(plan%leaves) == n .and. size(plan%steps) == n - 1)
    if (size(plan%sequence) /= 2 * n - 1) return
    top = 0
    leaves = 0
    steps = 0
    work = 0
    live = 0
    do i = 1, size(plan%sequence)
      if (plan%sequence(i) > 0) then
        leaves = leaves + 1
        associate (leaf => plan%leaves(leaves))
          call check('structure: leaf', leaf%number == plan%sequence(i) .and. leaf%position == i)
          call check('structure: label', len(leaf%label) > 0)
          live = max(live, leaf%live)
        end associate
        top = top + 1
        stack(top) = plan%sequence(i)
      else
        steps = steps + 1
        associate (step => plan%steps(steps))
          call check('structure: operands', all([step%first, step%second] == stack(top - 1:top)))
          call check('structure: number', step%number == n + steps .and. step%position == i)
          work = work + step%flops
          live = max(live, step%live)
        end associate
        top = top - 1
        stack(top) = n + steps
      end if
    end do
    call check('structure: one result', top == 1)
    call check('structure: work', same(work, plan%flops))
    call check('structure: peak', same(live, plan%peak_elements))
    i = plan%peak_position
    if (plan%sequence(i) > 0) then
      live = plan%leaves(count(plan%sequence(1:i) > 0))%live
    else
      live = plan%steps(count(plan%sequence(1:i) < 0))%live
    end if
    call check('structure: peak position', same(live, plan%peak_elements))
  end subroutine test_structure

  ! Κ_1 is contracted in one step, in 7 batches of 236 (1652 = 7 * 236).
  subroutine test_water14_loops()
    type(qube_options) :: options
    type(qube_plan) :: plan
    integer :: k, opened, sliced

    options%objective = qube_dense_peak_batched
    options%volatile_weight = 20
    call qube_optimize(water14(), plan, water14_policy(), options)
    opened = 0
    sliced = 0
    do k = 1, size(plan%steps)
      associate (loops => plan%steps(k)%loops)
        opened = opened + size(loops)
        if (size(loops) == 0) cycle
        call check('loops: index', loops(1)%index == kappa//'_1')
        call check('loops: batches', loops(1)%batch == 236 .and. loops(1)%batches == 7)
      end associate
    end do
    do k = 1, size(plan%leaves)
      associate (leaf => plan%leaves(k))
        call check('loops: volatile is t', leaf%is_volatile .eqv. leaf%label == 't')
        if (leaf%label == 'g') call check('loops: open', index(leaf%open, kappa//'_1') > 0)
        if (index(leaf%nest, kappa//'_1') == 0 .or. leaf%label /= 'g') cycle
        sliced = sliced + 1
        call check('loops: sliced', same(7 * leaf%sliced_footprint, leaf%footprint))
      end associate
    end do
    call check('loops: one', opened == 1)
    call check('loops: both g', sliced == 2)
    call check('loops: the result is volatile', plan%steps(10)%is_volatile)
    call check('loops: open result', index(plan%steps(10)%open, 'a_1<i_1,i_2>') > 0)
  end subroutine test_water14_loops

  ! ij,jk,kl->il with 2, 3, 5, 7: (AB)C takes 30 + 70, A(BC) 105 + 42.
  subroutine test_einsum()
    type(qube_network) :: network
    type(qube_plan) :: plan
    character(len=100) :: expression

    expression = 'ij,jk,kl->il' ! with trailing blanks
    network%einsum = expression
    call network%spaces%add('i', 2_int32)
    call network%spaces%add('j', 3_int64)
    call network%spaces%add('k', 5)
    call network%spaces%add('l', 7)
    call qube_optimize(network, plan)
    call check('einsum: sequence', same_integers(plan%sequence, [1, 2, -1, 3, -1]))
    call check('einsum: work', same(plan%flops, 100.0_real64) .and. same(plan%cost, plan%flops))
    call check('einsum: steps', same(plan%steps(1)%flops, 30.0_real64) .and. &
      same(plan%steps(1)%footprint, 10.0_real64))
    call check('einsum: label', plan%leaves(3)%label == 'kl')
    call check('einsum: open', plan%steps(2)%open == 'i l')
    ! Operands of 6, 15 and 35 elements, results of 10 and 14; operands go after their contraction.
    call check('einsum: live, leaf', &
      same_reals(live_of_leaf(plan%leaves(1)), [56.0_real64, 56.0_real64, 56.0_real64]))
    call check('einsum: live, step 1', &
      same_reals(live_of_step(plan%steps(1)), [56.0_real64, 66.0_real64, 45.0_real64]))
    call check('einsum: live, step 2', &
      same_reals(live_of_step(plan%steps(2)), [45.0_real64, 59.0_real64, 14.0_real64]))
    call test_structure(plan, 3)
  end subroutine test_einsum

  function live_of_leaf(leaf) result(elements)
    type(qube_leaf), intent(in) :: leaf
    real(real64) :: elements(3)

    elements = [leaf%live_before, leaf%live, leaf%live_after]
  end function live_of_leaf

  function live_of_step(step) result(elements)
    type(qube_step), intent(in) :: step
    real(real64) :: elements(3)

    elements = [step%live_before, step%live, step%live_after]
  end function live_of_step

  subroutine test_by_hand()
    type(qube_network) :: network
    type(qube_plan) :: plan
    character(len=100) :: label

    label = 'j_1'
    call network%add_index('i_1', 2)
    call network%add_index(label, 3_int64)
    call network%add_index('k_1', 5_int32, space='occupied')
    call network%add_index('l_1', 7)
    call network%add_tensor('A', '  i_1   j_1 ')
    call network%add_tensor('B', 'j_1 k_1')
    call network%add_tensor('C', 'k_1 l_1')
    call qube_optimize(network, plan)
    call check('by hand: sequence', same_integers(plan%sequence, [1, 2, -1, 3, -1]))
    call check('by hand: work', same(plan%flops, 100.0_real64))
    call check('by hand: label', plan%leaves(3)%label == 'C' .and. plan%leaves(3)%open == 'k_1 l_1')
  end subroutine test_by_hand

  ! A composite index counts with its power means: with i_1 alone, a_1<i_1> has 4 elements; both of
  ! a_1<i_1> and a_2<i_1> have 6**2 for each i_1 (the second power mean), not 4**2.
  subroutine test_composites_by_hand()
    type(qube_network) :: network
    type(qube_options) :: options
    type(qube_plan) :: plan

    call network%add_index('i_1', 10)
    call network%add_index('a_1<i_1>', 4, protos='i_1', power_means=[4.0_real64, 6.0_real64])
    call network%add_index('a_2<i_1>', 4, space='a', protos='i_1', &
      power_means=[4.0_real64, 6.0_real64])
    call network%add_tensor('t', 'a_1<i_1> i_1')
    call network%add_tensor('u', 'a_2<i_1> i_1')
    call network%set_targets('a_1<i_1> a_2<i_1> i_1')
    call qube_optimize(network, plan)
    call check('composite: leaf', same(plan%leaves(1)%footprint, 40.0_real64))
    call check('composite: pair', same(plan%steps(1)%footprint, 360.0_real64))
    options%use_inner_pow = .false.
    call qube_optimize(network, plan, options=options)
    call check('composite: by extents', same(plan%steps(1)%footprint, 160.0_real64))
  end subroutine test_composites_by_hand

  subroutine test_targets()
    type(qube_network) :: network
    type(qube_plan) :: plan

    call network%add_index('i', 2)
    call network%add_index('j', 3)
    call network%add_tensor('A', 'i j')
    call network%add_tensor('B', 'i j')
    call network%add_tensor('s', '') ! a scalar
    call qube_optimize(network, plan)
    call check('targets: automatic', plan%steps(2)%open == '')
    call network%set_targets('j')
    call qube_optimize(network, plan)
    call check('targets: j', plan%steps(2)%open == 'j')
    call network%set_targets('')
    call qube_optimize(network, plan)
    call check('targets: none', plan%steps(2)%open == '')
    call check('targets: scalar', any(plan%leaves%number == 3))
  end subroutine test_targets

  ! What the document says of batches and volatile tensors counts, and the policy adds to it.
  subroutine test_json()
    type(qube_network) :: network
    type(qube_batch_policy) :: policy
    type(qube_plan) :: plan, copy
    integer(int64) :: size
    integer :: stat, k
    character(len=:), allocatable :: errmsg
    logical :: answer

    network%json = '{"indices":[{"label":"i","extent":4},{"label":"k","extent":10,'// &
      '"batchable":true,"target":3},{"label":"l","extent":6}],"tensors":['// &
      '{"label":"A","indices":["i","k"]},{"label":"t","indices":["k","l"],"volatile":true}]}'
    call qube_optimize(network, plan, options=qube_options(objective=qube_dense_peak_batched))
    call check('json: batches', plan%steps(1)%loops(1)%batch == 3 .and. &
      plan%steps(1)%loops(1)%batches == 4)
    call check('json: volatile', plan%steps(1)%is_volatile)
    call qube_read_plan(plan%json, copy)
    call check('json: read again', copy%json == plan%json .and. copy%report == plan%report .and. &
      same_integers(copy%sequence, plan%sequence) .and. copy%svg == plan%svg)
    call qube_verify(copy, network, options=qube_options(objective=qube_dense_peak_batched))
    call qube_verify(copy, network, policy, stat=stat, errmsg=errmsg)
    call check('json: other options', stat == qube_err_replay .and. &
      index(errmsg, 'the objective: the plan says peak-batched, the options say flops') > 0)
    k = index(copy%json, '"cost":240.0')
    copy%json(k:k + 11) = '"cost":241.0'
    call qube_verify(copy, network, options=qube_options(objective=qube_dense_peak_batched), &
      stat=stat, errmsg=errmsg)
    call check('json: another cost in the document', k > 0 .and. stat == qube_err_replay .and. &
      index(errmsg, 'the cost: the plan says 241, the replay gives 240') > 0)
    copy = plan
    copy%steps(1)%live = copy%steps(1)%live + 1
    call qube_verify(copy, network, options=qube_options(objective=qube_dense_peak_batched), &
      stat=stat, errmsg=errmsg)
    call check('json: another number beside the document', stat == qube_err_replay .and. &
      index(errmsg, 'what is alive at a step is not that of the document') > 0)
    deallocate (copy%json)
    call qube_verify(copy, network, stat=stat, errmsg=errmsg)
    call check('json: no document', stat == qube_err_replay .and. index(errmsg, 'json') > 0)
    call qube_read_plan(plan%json(2:), copy, stat, errmsg)
    call check('json: broken', stat == qube_err_document .and. index(errmsg, 'valid plan') > 0 &
      .and. .not. allocated(copy%sequence) .and. .not. allocated(copy%json))
    call check('json: drawn', index(plan%svg, '>k in 4 batches of 3</text>') > 0 .and. &
      index(plan%dot, '"k in 4 batches of 3"') > 0)
    ! A is the same on every replay, but there is never more of it than a batch of k.
    call check('json: cache', all(plan%leaves%cache == [qube_cache_sliced, qube_cache_transient]) &
      .and. plan%steps(1)%cache == qube_cache_transient)
    call qube_optimize(network, plan)
    call check('json: cache without loops', plan%leaves(1)%cache == qube_cache_keep)
    call qube_optimize(network, plan, options=qube_options(objective=qube_dense_peak_batched))
    call qube_target(policy, network, 'k', size)
    call check('json: target', size == 3)
    call policy%batch_index('k', 5)
    call policy%batch_external_index('l', 2)
    call policy%add_volatile('A')
    call qube_target(policy, network, 'k', size)
    call check('json: the policy goes before', size == 5)
    call qube_target(policy, network, 'l', size)
    call check('json: the policy adds', size == 2)
    call qube_is_volatile(policy, network, 1, answer)
    call check('json: volatile by policy', answer)
    call qube_is_volatile(policy, network, 2, answer)
    call check('json: volatile by document', answer)
  end subroutine test_json

  ! What an evaluator asks: an index goes before its space, what is not there is not sliced.
  subroutine test_questions()
    type(qube_network) :: network
    type(qube_batch_policy) :: policy
    character(len=100) :: label
    integer :: stat, k
    integer(int64) :: size
    logical :: answer
    character(len=:), allocatable :: errmsg

    network = water14()
    policy = water14_policy()
    call policy%batch_space(mu, 100_int32)
    call policy%batch_space('not there', 5_int64)
    call policy%batch_index(mu//'_2', 7_int64)
    call policy%batch_external_index('i_1', 8)
    label = kappa//'_1'
    call qube_target(policy, network, label, size, stat, errmsg)
    call check('target: space', stat == qube_ok .and. errmsg == '' .and. size == 236)
    call qube_target(policy, network, mu//'_1', size)
    call check('target: other space', size == 100)
    call qube_target(policy, network, mu//'_2', size)
    call check('target: index before space', size == 7)
    call qube_target(policy, network, 'i_1', size)
    call check('target: index', size == 8)
    call qube_target(policy, network, 'i_2', size)
    call check('target: not to be sliced', size == 0)
    do k = 1, 11
      call qube_is_volatile(policy, network, k, answer, stat, errmsg)
      call check('volatile: tensors 6 to 8', stat == qube_ok .and. (answer .eqv. &
        (k >= 6 .and. k <= 8)))
    end do
    call policy%add_volatile('s')
    call qube_is_volatile(policy, network, 10, answer)
    call check('volatile: a second label', answer)
    call qube_is_volatile(policy, network, 6, answer)
    call check('volatile: the first label stays', answer)
  end subroutine test_questions

  ! Options and switches of the policy reach the library under their own names.
  subroutine test_options()
    type(qube_options) :: options
    type(qube_batch_policy) :: policy
    type(qube_plan) :: plan

    ! Reference: objective size, prune, volatile_weight 1.
    options%objective = qube_dense_size
    call qube_optimize(water14(), plan, options=options)
    call check('size: cost', same(plan%cost, 956503380.0_real64))
    options = qube_options(footprint_weight=1)
    call qube_optimize(water14(), plan, options=options)
    call check('footprint_weight', plan%cost > plan%flops)
    options = qube_options(prune_outer_products=.false.)
    call qube_optimize(small(), plan, options=options)
    call check('prune_outer_products', plan%exhaustive)
    options = qube_options(objective=qube_dense_peak_batched)
    call policy%batch_space('k', 2)
    call qube_optimize(small(), plan, policy, options)
    ! Slices of A and B, and the result.
    call check('no accumulation', same(plan%peak_elements, 4 * 2 + 2 * 6 + 4 * 6.0_real64))
    policy%accumulation_factor = 0.5_real64
    call qube_optimize(small(), plan, policy, options)
    call check('accumulation_factor', same(plan%peak_elements, 4 * 2 + 2 * 6 + 4 * 6 * 1.5_real64))
    policy = qube_batch_policy(persistent_only=.true.)
    call policy%batch_space('k', 2)
    call qube_optimize(small(), plan, policy, options)
    call check('persistent_only: without t', size(plan%steps(1)%loops) == 1)
    call policy%add_volatile('A')
    call policy%add_volatile('B')
    call qube_optimize(small(), plan, policy, options)
    call check('persistent_only', size(plan%steps(1)%loops) == 0)
  end subroutine test_options

  function small() result(network)
    type(qube_network) :: network

    call network%add_index('i', 4)
    call network%add_index('k', 10)
    call network%add_index('l', 6)
    call network%add_tensor('A', 'i k')
    call network%add_tensor('B', 'k l')
  end function small

  subroutine test_one_and_two_tensors()
    type(qube_network) :: network
    type(qube_plan) :: plan

    call network%add_index('i', 4)
    call network%add_tensor('A', 'i')
    call qube_optimize(network, plan)
    call check('one: sequence', same_integers(plan%sequence, [1]))
    call check('one: no steps', size(plan%steps) == 0 .and. size(plan%leaves) == 1)
    call qube_optimize(small(), plan)
    call check('two: sequence', same_integers(plan%sequence, [1, 2, -1]))
  end subroutine test_one_and_two_tensors

  ! A peak above 2**53 elements has no exact bytes, but there is a plan.
  subroutine test_huge_peak()
    type(qube_network) :: network
    type(qube_plan) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    network%einsum = 'ij,jk->ik'
    call network%spaces%add('i', 2_int64**30)
    call network%spaces%add('j', 2)
    call network%spaces%add('k', 2_int64**30)
    call qube_optimize(network, plan, stat=stat, errmsg=errmsg)
    call check('huge: success', stat == qube_ok .and. errmsg == '')
    call check('huge: no bytes', plan%peak_bytes == -1 .and. plan%peak_elements > 2.0_real64**60)
    call check('huge: sequence', same_integers(plan%sequence, [1, 2, -1]))
  end subroutine test_huge_peak

  subroutine test_copies()
    type(qube_plan), allocatable :: plan
    type(qube_plan) :: copy
    type(qube_network) :: network, twin
    type(qube_batch_policy) :: policy

    policy = water14_policy()
    allocate (plan)
    call qube_optimize(water14(), plan, policy, qube_options(objective=qube_dense_peak_batched))
    copy = plan
    deallocate (plan)
    call test_structure(copy, 11)
    call check('copy: label', copy%leaves(1)%label /= '')
    network = small()
    twin = network
    call twin%add_tensor('C', 'l')
    call check('copy: networks are apart', size(network%tensors) == 2 .and. size(twin%tensors) == 3)
  end subroutine test_copies

  ! The reference counts tensors from 0.
  function from_zero(sequence) result(ours)
    integer, intent(in) :: sequence(:)
    integer :: ours(size(sequence))

    ours = merge(sequence + 1, -1, sequence >= 0)
  end function from_zero

  function same_integers(a, b) result(are_same)
    integer, allocatable, intent(in) :: a(:)
    integer, intent(in) :: b(:)
    logical :: are_same

    are_same = .false.
    if (.not. allocated(a)) return
    if (size(a) == size(b)) are_same = all(a == b)
  end function same_integers

  function same_reals(a, b) result(are_same)
    real(real64), intent(in) :: a(:), b(:)
    logical :: are_same

    are_same = .false.
    if (size(a) == size(b)) are_same = .not. any(abs(a - b) > 0)
  end function same_reals

  ! The numbers are whole and below 2**53, or taken over as they are.
  function same(a, b) result(are_same)
    real(real64), intent(in) :: a, b
    logical :: are_same

    are_same = .not. abs(a - b) > 0
  end function same

end program plans
