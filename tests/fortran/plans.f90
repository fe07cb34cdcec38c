! Plans: every component is what the library says, counted from 1, and what a plan keeps is enough
! for its documents, its replay and its best order.
module reports
  use qube_budget
  implicit none

  !> Notes what it is told, and stops after some reports.
  type, extends(qube_progress_callback) :: notes
    integer :: calls = 0
    !> After which report to stop, with which number; 0: never.
    integer :: last = 0, answer = 0
    type(qube_progress) :: told
  contains
    procedure :: report
  end type notes

contains

  subroutine report(self, progress, stat)
    class(notes), intent(inout) :: self
    type(qube_progress), intent(in) :: progress
    integer, intent(inout) :: stat

    if (stat /= 0) error stop 'stat is not 0 before'
    self%calls = self%calls + 1
    self%told = progress
    if (self%calls == self%last) stat = self%answer
  end subroutine report

end module reports

program plans
  use, intrinsic :: iso_fortran_env, only: int64, real64
  use checks, only: check, failures
  use qube_budget
  use reports, only: notes
  implicit none

  ! Copied from tests/data/scenarios.json, case water14_term1, as is its term below.
  character(len=*), parameter :: mu = 'μ̃', kappa = 'Κ'

  interface same
    procedure same_real, same_integer
  end interface same

  call test_nodes()
  call test_water14()
  call test_documents()
  call test_verify()
  call test_loops_of_threshold()
  call test_sharing()
  call test_best_order()
  call test_options()
  call test_edges()
  call test_progress()
  call test_many()
  if (failures > 0) error stop 1

contains

  ! ij,jk,kl->il with 2, 3, 5, 7: (AB)C takes 30 + 70, A(BC) 105 + 42. Operands of 6, 15 and 35
  ! elements, results of 10 and 14; operands go after their contraction.
  subroutine test_nodes()
    type(qube_plan_view) :: plan

    call qube_optimize(chain(), plan)
    call check('sequence', all(plan%sequence == [1, 2, -1, 3, -1]) .and. plan%n_tensors == 3)
    call check('work', same(plan%flops, 100) .and. same(plan%cost, 100) .and. plan%optimal .and. &
      same(plan%lower_bound, 100) .and. plan%bounded == qube_bounded_cost .and. &
      same(plan%gap, 0) .and. .not. plan%exhaustive)
    call check('peak', same(plan%peak_elements, 66) .and. plan%peak_bytes == 528 .and. &
      plan%peak_node == 3 .and. plan%bytes_per_element == 8)
    call check('search', len(plan%method) > 0 .and. plan%seconds >= 0 .and. plan%states >= 0)
    call check('no frontier', size(plan%frontier) == 0 .and. .not. allocated(plan%infeasible))
    associate (nodes => plan%nodes)
      call check('tensors', all(nodes%tensor == [1, 2, 0, 3, 0]))
      call check('operands', all(nodes%first == [0, 0, 1, 0, 3]) .and. &
        all(nodes%second == [0, 0, 2, 0, 4]) .and. all(nodes%parent == [3, 3, 5, 5, 0]))
      call check('lives', all(nodes%live_from == [1, 1, 3, 1, 5]) .and. &
        all(nodes%live_to == [3, 3, 5, 5, 5]))
      call check('live', same(nodes(3)%live_before, 56) .and. same(nodes(3)%live, 66) .and. &
        same(nodes(3)%live_after, 45) .and. same(nodes(5)%live, 59))
      call check('numbers', same(nodes(3)%flops, 30) .and. same(nodes(5)%cost, 70) .and. &
        same(nodes(3)%footprint, 10) .and. same(nodes(3)%sliced_footprint, 10) .and. &
        same(nodes(3)%repetitions, 1))
      call check('no sharing', all(nodes%shared_with == 0) .and. .not. any(nodes%is_skipped))
      call check('open', plan%open_labels(3) == 'i k' .and. plan%open_labels(5) == 'i l' .and. &
        all(plan%open(nodes(4)%open_begin:nodes(4)%open_end) == [3, 4]))
    end associate
    call check('labels', plan%indices%count == 4 .and. plan%indices%find('k') == 3 .and. &
      plan%tensors%label(3) == 'kl' .and. plan%tensors%label(4) == '' .and. &
      plan%tensors%find('xy') == 0)
    call check('live at', all(plan%live_at(4) == [3, 4]) .and. size(plan%live_at(3)) == 4)
  end subroutine test_nodes

  function chain() result(network)
    type(qube_network) :: network
    character(len=*), parameter :: letters = 'ijkl'
    integer, parameter :: extents(4) = [2, 3, 5, 7]
    integer :: k

    network%einsum = 'ij,jk,kl->il   ' ! trailing blanks do not count
    do k = 1, 4
      call network%spaces%add(letters(k:k), extents(k))
    end do
  end function chain

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
    type(qube_policy) :: policy

    call policy%add_index_rule(236, space=kappa)
    call policy%add_tensor_rule('t')
  end function water14_policy

  ! Reference (water14_term1): objective peak-size-batched, prune, volatile_weight 20, inner pow,
  ! tolerance 0.1. Κ_1 is contracted in one step, in 7 batches of 236.
  subroutine test_water14()
    type(qube_options) :: options
    type(qube_plan_view) :: plan
    integer :: k

    options%objective = qube_dense_peak_size_batched
    options%volatile_weight = 20
    options%frontier = .true.
    call qube_optimize(water14(), plan, water14_policy(), options)
    call check('water14: sequence', all(plan%sequence == [5, 3, 4, 6, -1, -1, -1, 1, 2, -1, 8, -1, &
      -1, 7, 9, 10, -1, 11, -1, -1, -1]))
    call check('water14: frontier', size(plan%frontier) == 7 .and. &
      same(plan%frontier(1)%peak_elements, 140738948) .and. &
      same(plan%frontier(7)%cost, 991118706816.0_real64))
    call check('water14', same(plan%peak_elements, 147954884) .and. &
      same(plan%cost, 1543821609344.0_real64) .and. same(plan%lower_bound, 140738948) .and. &
      plan%bounded == qube_bounded_peak .and. plan%objective == qube_dense_peak_size_batched)
    call check('water14: one loop', size(plan%loops) == 1 .and. &
      plan%loops(1)%batch == 236 .and. plan%loops(1)%batches == 7 .and. &
      plan%loops(1)%role == qube_role_contracted .and. &
      plan%indices%label(plan%loops(1)%index) == kappa//'_1')
    do k = 1, size(plan%nodes)
      associate (node => plan%nodes(k))
        if (node%tensor == 0) then
          call check('water14: loops of a node', node%loops_end - node%loops_begin + 1 == 0 .or. &
            (node%loops_begin == 1 .and. node%loops_end == 1))
          cycle
        end if
        call check('water14: volatile is t', &
          node%is_volatile .eqv. plan%tensors%label(node%tensor) == 't')
        if (plan%tensors%label(node%tensor) /= 'g') cycle
        call check('water14: sliced', same(7 * node%sliced_footprint, node%footprint) .and. &
          size(plan%nest(k)) == 1 .and. node%cache == qube_cache_sliced)
      end associate
    end do
    k = plan%peak_node
    call check('water14: what is live at the peak is what is live then', same(plan%peak_elements, &
      sum(plan%lives%elements, plan%lives%from <= k .and. k <= plan%lives%to)) .and. &
      count(plan%lives%from <= k .and. k <= plan%lives%to) == size(plan%live_at(k)))
    call check('water14: the result', size(plan%nest(21)) == 0 .and. plan%nodes(21)%is_volatile &
      .and. index(plan%open_labels(21), 'a_1<i_1,i_2>') > 0)
  end subroutine test_water14

  ! A plan is made again from its inputs, or read from its document: documents are the same but for
  ! the time of the search.
  subroutine test_documents()
    type(qube_plan_view) :: plan, again
    type(qube_options) :: options
    character(len=:), allocatable :: text, json, errmsg
    type(notes), target :: progress
    integer :: stat

    options%objective = qube_dense_peak_size_batched
    call qube_optimize(water14(), plan, water14_policy(), options)
    call qube_render(plan, qube_format_json, json)
    call check('json', index(json, '{"schema":"qube-plan/') == 1)
    call qube_plan_from_json(json, again)
    call check('read again', all(again%sequence == plan%sequence) .and. &
      same(again%cost, plan%cost) .and. again%tensors%label(1) == 'g' .and. &
      size(again%loops) == size(plan%loops))
    call qube_render(again, qube_format_json, text)
    call check('the same document', text == json)
    call qube_render(plan, qube_format_table, text)
    call check('table', index(text, '11 tensors') > 0 .and. text(len(text):) == new_line('a'))
    call qube_render(plan, qube_format_svg, text)
    call check('svg', index(text, '<svg ') == 1)
    call qube_render(plan, qube_format_dot, text)
    call check('dot', index(text, 'digraph') == 1 .and. index(text, kappa//'_1 in 7 batches') > 0)
    call qube_render(plan, qube_format_job_script, text, stat, errmsg)
    call check('no such format', stat == qube_err_option .and. len(text) == 0)
    ! A search that was stopped is not repeated: its document was kept.
    progress%last = 1
    progress%answer = 1
    options%progress => progress
    call qube_optimize(water14(), plan, water14_policy(), options)
    call check('stopped', progress%calls == 1 .and. .not. plan%optimal)
    call qube_render(plan, qube_format_json, json)
    call check('not repeated', progress%calls == 1)
    call qube_plan_from_json(json, again)
    call check('the stopped one', all(again%sequence == plan%sequence) .and. &
      same(again%peak_elements, plan%peak_elements) .and. .not. again%optimal)
    call qube_plan_from_json(json(2:), again, stat, errmsg)
    call check('broken', stat == qube_err_document .and. .not. allocated(again%nodes))
    call qube_render(again, qube_format_json, text, stat, errmsg)
    call check('empty: '//errmsg, stat == qube_err_document .and. len(text) == 0)
  end subroutine test_documents

  subroutine test_verify()
    type(qube_plan_view) :: plan
    type(qube_options) :: options
    integer :: stat
    character(len=:), allocatable :: errmsg

    options%objective = qube_dense_peak_size_batched
    call qube_optimize(water14(), plan, water14_policy(), options)
    call qube_verify(plan, water14(), water14_policy(), options)
    call qube_verify(plan, water14(), options=options, stat=stat, errmsg=errmsg)
    call check('verify: another policy: '//errmsg, stat == qube_err_replay)
    plan%nodes(3)%live = plan%nodes(3)%live + 1
    call qube_verify(plan, water14(), water14_policy(), options, stat, errmsg)
    call check('verify: changed', stat == qube_err_replay .and. index(errmsg, 'was changed') > 0)
  end subroutine test_verify

  ! Read from tests/data/threshold_plan.json; its numbers are those of tests/c/plan.c.
  subroutine test_loops_of_threshold()
    type(qube_plan_view) :: plan
    character(len=1024) :: data
    character(len=20000) :: line
    integer :: unit

    call get_environment_variable('QUBE_TEST_DATA', data)
    open (newunit=unit, file=trim(data)//'/threshold_plan.json', action='read', status='old')
    read (unit, '(a)') line
    close (unit)
    call qube_plan_from_json(line, plan)
    call check('threshold: sequence', all(plan%sequence == [1, 2, -1, 3, -1, 4, -1]) .and. &
      plan%objective == qube_dense_space_time_batched)
    call check('threshold: repeated', same(plan%nodes(3)%repetitions, 10) .and. &
      same(plan%nodes(3)%cost, 10 * plan%nodes(3)%flops) .and. same(plan%nodes(5)%repetitions, 1))
    call check('threshold: nest', nest(plan, 3) == ' i j K' .and. nest(plan, 1) == ' i j K' .and. &
      nest(plan, 5) == ' i j' .and. nest(plan, 7) == '')
    associate (loops => plan%loops(plan%nodes(7)%loops_begin:plan%nodes(7)%loops_end))
      call check('threshold: loops', size(loops) == 2 .and. loops(1)%batch == 5 .and. &
        loops(1)%batches == 2 .and. loops(1)%role == qube_role_external .and. &
        loops(2)%batch == 10 .and. loops(2)%role == qube_role_contracted)
    end associate
    call check('threshold: live', size(plan%live_at(3)) == 7)
    call check('threshold: infeasible', allocated(plan%infeasible))
    associate (found => plan%infeasible)
      call check('threshold: least', found%threshold_bytes == 1000 .and. &
        same(found%least_peak_elements, 550) .and. found%least_peak_bytes == 4400 .and. &
        same(found%finest_peak_elements, 130) .and. found%finest_peak_bytes == 1040)
      call check('threshold: its loops', size(found%loops) == 3 .and. &
        found%loops(2)%batch == 5 .and. plan%indices%label(found%loops(2)%index) == 'i')
    end associate
  end subroutine test_loops_of_threshold

  function nest(plan, node) result(labels)
    type(qube_plan_view), intent(in) :: plan
    integer, intent(in) :: node
    character(len=:), allocatable :: labels
    integer :: k

    labels = ''
    associate (loops => plan%nest(node))
      do k = 1, size(loops)
        labels = labels//' '//plan%indices%label(plan%loops(loops(k))%index)
      end do
    end associate
  end function nest

  ! X = A B is there twice: by hand, 10 * 20 * 10 for X once and 10 * 10 * 10 for X X.
  subroutine test_sharing()
    type(qube_network) :: network
    type(qube_plan_view) :: plan

    network%term = 'A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3}'
    call network%spaces%add('i', 10)
    call network%spaces%add('a', 20)
    call qube_optimize(network, plan, options=qube_options(subnet_cse=.true.))
    call check('sharing: cost', same(plan%cost, 3000))
    call check('sharing: with', count(plan%nodes%shared_with > 0) == 1 .and. &
      plan%nodes(6)%shared_with == 3 .and. plan%open_labels(3) == 'i_1 i_2' .and. &
      plan%open_labels(6) == 'i_2 i_3')
    call check('sharing: skipped', plan%nodes(4)%is_skipped .and. plan%nodes(5)%is_skipped .and. &
      count(plan%nodes%is_skipped) == 2 .and. plan%nodes(4)%live_from == 0)
  end subroutine test_sharing

  ! tests/data/interleave.json: 21660 depth-first. In turns 20182, the least of all schedules.
  subroutine test_best_order()
    type(qube_network) :: network
    type(qube_plan_view) :: plan
    type(qube_order_view) :: order
    character(len=*), parameter :: letters = 'abcdefghijk'
    integer, parameter :: extents(11) = [13, 60, 2, 30, 13, 30, 30, 2, 5, 30, 3]
    integer :: k

    network%einsum = 'abi,acg,bj,cdhk,dek,efg->fhij'
    do k = 1, 11
      call network%spaces%add(letters(k:k), extents(k))
    end do
    call qube_optimize(network, plan, options=qube_options(objective=qube_dense_peak_size))
    call qube_best_order(plan, order)
    call check('order: peaks', same(plan%peak_elements, 21660) .and. &
      same(order%peak_elements, 20182) .and. any(order%contractions == order%peak_node))
    call check('order: contractions', size(order%contractions) == 5 .and. &
      order%contractions(5) == 11 .and. all(plan%nodes(order%contractions)%tensor == 0) .and. &
      any(order%contractions(2:) < order%contractions(:4)))
  end subroutine test_best_order

  ! Options reach the library under their own names: a value that it refuses is named.
  subroutine test_options()
    call refused(qube_options(volatile_weight=-1), 'volatile_weight')
    call refused(qube_options(footprint_weight=-1), 'footprint_weight')
    call refused(qube_options(peak_flops_tolerance=-1), 'peak_flops_tolerance')
    call refused(qube_options(machine_balance=-1), 'machine_balance')
    call refused(qube_options(fast_mem_elems=-1), 'fast_mem_elems')
    call refused(qube_options(block_tiles=-1), 'block_tiles')
    call refused(qube_options(block_prefactor=-1), 'block_prefactor')
    call refused(qube_options(bytes_per_element=0), 'bytes_per_element')
    call refused(qube_options(max_states=-1), 'max_states')
    call refused(qube_options(max_seconds=-1), 'max_seconds')
    call refused(qube_options(max_bytes=-1), 'max_bytes')
    call refused(qube_options(objective=7), 'objective')
    call refused(qube_options(objective=huge(0)), 'objective')
    call refused(qube_options(subnet_cse=.true., objective=qube_dense_peak_size), 'subnet_cse')
    call test_truths()
  end subroutine test_options

  subroutine refused(options, name)
    type(qube_options), intent(in) :: options
    character(len=*), intent(in) :: name
    type(qube_plan_view) :: plan
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_optimize(chain(), plan, options=options, stat=stat, errmsg=errmsg)
    call check('refused: '//errmsg, stat == qube_err_option .and. index(errmsg, name) > 0)
  end subroutine refused

  ! Truth values that the plan tells of, or whose effect is a number.
  subroutine test_truths()
    type(qube_network) :: network
    type(qube_plan_view) :: plan
    integer :: stat

    call qube_optimize(chain(), plan, options=qube_options(prune_outer_products=.false., &
      bytes_per_element=16, require_optimal=.true.))
    call check('outer products', plan%exhaustive .and. plan%peak_bytes == 16 * 66)
    ! A composite index counts with its power means: 36 pairs of a_1 and a_2 for each i_1, not 16.
    call network%add_index('i_1', 10)
    call network%add_index('a_1<i_1>', 4, protos='i_1', power_means=[4.0_real64, 6.0_real64])
    call network%add_index('a_2<i_1>', 4, 'a', 'i_1', [4.0_real64, 6.0_real64])
    call network%add_tensor('t', 'a_1<i_1> i_1')
    call network%add_tensor('u', 'a_2<i_1> i_1')
    call network%set_targets('a_1<i_1> a_2<i_1> i_1')
    call qube_optimize(network, plan)
    call check('power means', same(plan%nodes(3)%footprint, 360))
    call qube_optimize(network, plan, options=qube_options(use_inner_pow=.false.))
    call check('extents', same(plan%nodes(3)%footprint, 160))
    call qube_optimize(water14(), plan, options=qube_options(objective=qube_dense_peak_size, &
      max_states=1, require_optimal=.true.), stat=stat)
    call check('no proof', stat == qube_err_limit .and. .not. allocated(plan%nodes))
  end subroutine test_truths

  ! A single tensor, a scalar among the tensors, a peak past 2**53 elements.
  subroutine test_edges()
    type(qube_network) :: network
    type(qube_plan_view) :: plan, copy
    type(qube_order_view) :: order

    call network%add_index('i', huge(0_int64))
    call network%add_tensor('A', 'i')
    call qube_optimize(network, plan)
    call check('single', all(plan%sequence == [1]) .and. plan%peak_bytes == -1 .and. &
      plan%nodes(1)%parent == 0 .and. size(plan%nest(1)) == 0 .and. size(plan%loops) == 0)
    call qube_best_order(plan, order)
    call check('single: order', size(order%contractions) == 0 .and. order%peak_node == 0)
    network = qube_network()
    call network%add_tensor('s', '')
    call qube_optimize(network, plan)
    call check('scalar', size(plan%open) == 0 .and. plan%open_labels(1) == '' .and. &
      plan%indices%count == 0 .and. plan%tensors%label(1) == 's')
    copy = plan
    call qube_optimize(chain(), plan)
    call check('copy', size(copy%nodes) == 1 .and. copy%tensors%label(1) == 's')
    call qube_verify(copy, network)
  end subroutine test_edges

  subroutine test_progress()
    type(notes), target :: progress
    type(qube_plan_view) :: plan
    type(qube_options) :: options
    integer :: stat
    character(len=:), allocatable :: errmsg

    options%objective = qube_dense_peak_size
    options%progress => progress
    call qube_optimize(water14(), plan, options=options)
    call check('progress', progress%calls > 0 .and. progress%told%n_terms == 1 .and. &
      progress%told%terms_done == 0 .and. progress%told%value >= progress%told%lower_bound)
    options%require_optimal = .true.
    progress = notes(last=1, answer=5)
    call qube_optimize(water14(), plan, options=options, stat=stat, errmsg=errmsg)
    call check('progress: ended: '//errmsg, stat == qube_err_callback .and. progress%calls == 1)
  end subroutine test_progress

  ! g t, the same under other names in another order, and a third that is another.
  subroutine test_many()
    type(qube_network) :: networks(3), none(0)
    type(qube_plans_view) :: all_plans
    type(qube_options) :: options
    type(qube_policy) :: policy
    type(notes), target :: progress
    real(real64), parameter :: work = 7 * 7 * 11 * 40
    character(len=:), allocatable :: text, errmsg
    integer :: stat, threads

    call networks(1)%spaces%add('i', 7)
    call networks(1)%spaces%add('a', 11)
    call networks(1)%spaces%add('K', 40)
    networks(2)%spaces = networks(1)%spaces
    networks(1)%term = 'g{a_1;i_1;K_1} t{a_1;i_2}'
    networks(2)%term = 't{a_5;i_8} g{a_5;i_4;K_3}'
    call networks(3)%add_index('i', 7)
    call networks(3)%add_index('a', 11)
    call networks(3)%add_tensor('g', 'a i')
    call networks(3)%add_tensor('t', 'a i')
    options%progress => progress
    do threads = 1, 2
      progress = notes()
      call qube_optimize_many(networks, all_plans, options=options, num_threads=threads)
      call check('many', same(all_plans%cost, 2 * work + 77) .and. &
        same(all_plans%flops, all_plans%cost) .and. all_plans%n_failed == 0)
      call check('many: peak', all_plans%peak_term == 1 .and. same(all_plans%peak_elements, &
        all_plans%terms(1)%plan%peak_elements))
      call check('many: terms', all(all_plans%terms%status == qube_ok) .and. &
        len(all_plans%terms(2)%message) == 0 .and. same(all_plans%terms(3)%plan%cost, 77))
      call check('many: shared', size(all_plans%shared) == 1 .and. &
        same(all_plans%savings, work) .and. same(all_plans%shared(1)%savings, work) .and. &
        all(all_plans%shared(1)%occurrences%term == [1, 2]) .and. &
        all(all_plans%shared(1)%occurrences%node == [3, 3]))
      call check('many: progress', progress%calls == 3 .and. progress%told%terms_done == 3 .and. &
        progress%told%n_terms == 3)
    end do
    call qube_render(all_plans%terms(3)%plan, qube_format_table, text)
    call check('many: a document', index(text, '2 tensors') > 0)
    ! A wide integer whose low half is 0 ends the call as well.
    progress = notes(last=2, answer=ishft(1, min(32, bit_size(0) - 2)))
    call qube_optimize_many(networks, all_plans, options=options, stat=stat, errmsg=errmsg)
    call check('many: ended', stat == qube_err_callback .and. progress%calls == 2 .and. &
      .not. allocated(all_plans%terms))
    call policy%add_index_rule(8, space='K')
    call policy%add_index_rule(1, label='a_5')
    call qube_optimize_many(networks(1:2), all_plans, policy, &
      qube_options(objective=qube_dense_peak_size_batched))
    call check('many: sliced', size(all_plans%terms(1)%plan%loops) == 0 .and. &
      all_plans%terms(2)%plan%loops(1)%batches == 11)
    call qube_optimize_many(none, all_plans)
    call check('many: none', size(all_plans%terms) == 0 .and. all_plans%peak_term == 0)
    call qube_optimize_many(networks, all_plans, num_threads=0, stat=stat, errmsg=errmsg)
    call check('many: no threads', stat == qube_err_input .and. index(errmsg, 'num_threads') > 0)
    networks(2) = qube_network(json='{}')
    call qube_optimize_many(networks, all_plans, stat=stat, errmsg=errmsg)
    call check('many: json', stat == qube_err_conflict .and. index(errmsg, 'one policy') > 0)
  end subroutine test_many

  pure function same_real(a, b) result(same)
    real(real64), intent(in) :: a, b
    logical :: same

    same = .not. abs(a - b) > 0
  end function same_real

  pure function same_integer(a, b) result(same)
    real(real64), intent(in) :: a
    integer, intent(in) :: b
    logical :: same

    same = .not. abs(a - b) > 0
  end function same_integer

end program plans
