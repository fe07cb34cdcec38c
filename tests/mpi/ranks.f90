! A Fortran host whose ranks all ask for themselves: each gets the same bytes of the budget, the request,
! the fit and the plans, so all decide alike without a message. Their meters become one record.
!
!   mpirun -n 4 ranks      exit status 0 if all checks hold on all ranks
program ranks
  use, intrinsic :: iso_fortran_env, only: error_unit, int64
  use checks, only: check, failures
  use mpi
  use qube_budget
  use world_of_mpi
  implicit none

  integer(int64), parameter :: mib = 1048576
  integer :: rank, n_ranks, failed, ierror
  type(over_world) :: world

  call mpi_init(ierror)
  call mpi_comm_rank(mpi_comm_world, rank, ierror)
  call mpi_comm_size(mpi_comm_world, n_ranks, ierror)
  call check('more than one rank', n_ranks > 1)
  call a_budget_is_the_same()
  call a_plan_is_the_same()
  call a_failure_is_the_same()
  call meters_become_one_record()
  call different_stages_are_an_error_on_all()
  failed = failures
  call mpi_allreduce(mpi_in_place, failed, 1, mpi_integer, mpi_sum, mpi_comm_world, ierror)
  if (rank == 0 .and. failed == 0) write (*, '(a,i0,a)') 'the same on ', n_ranks, ' ranks'
  call mpi_finalize(ierror)
  if (failed > 0) error stop 1

contains

  subroutine a_budget_is_the_same()
    type(qube_eclipse_config) :: config
    type(qube_budget_view) :: budget
    type(qube_ranks_view) :: held
    type(qube_request_view) :: request
    type(qube_fit_view) :: fit
    type(qube_job) :: job
    character(len=:), allocatable :: text
    logical :: fits, all_fit

    config = qube_eclipse_config(code=qube_eclipse_teb, pix_t=50000, pix_p=40000, lmax=192)
    call qube_budget_of(config, budget)
    call qube_render(budget, qube_format_json, text)
    call check('the budget', len(text) > 1000 .and. same_on_all_ranks(text))
    call qube_per_rank(budget, qube_grid(nprow=2, npcol=2, block=64), held)
    call qube_render(held, qube_format_table, text)
    call check('what ranks hold', same_on_all_ranks(text))
    ! The grid is the library's choice, the same on all ranks.
    job = qube_job(nodes=4, ranks_per_node=16)
    call qube_request(budget, request, job)
    call qube_render(request, qube_format_json, text)
    call check('the request', same_on_all_ranks(text))
    call qube_render(request, qube_format_job_script, text)
    call check('the line of the job script', same_on_all_ranks(text))
    call qube_fit(budget, 64*1024*mib, fit, job)
    call qube_render(fit, qube_format_json, text)
    call check('the fit', same_on_all_ranks(text))
    fits = fit%fits
    call mpi_allreduce(fits, all_fit, 1, mpi_logical, mpi_land, mpi_comm_world, ierror)
    call check('the decision', fits .eqv. all_fit)
  end subroutine a_budget_is_the_same

  !> All plans of a cube whose contractions tie: any other order of a search would show.
  subroutine a_plan_is_the_same()
    type(qube_network) :: network
    type(qube_options) :: options
    type(qube_policy) :: policy
    type(qube_plan_view) :: plan
    character(len=*), parameter :: letters = 'abcdefghijkl'
    character(len=:), allocatable :: text
    integer :: k

    ! The corners of a cube, an edge each.
    network%einsum = 'abc,ade,bfg,chi,dfj,ehk,gil,jkl->'
    do k = 1, len(letters)
      call network%spaces%add(letters(k:k), 8)
      call policy%add_index_rule(2, label=letters(k:k))
    end do
    do k = qube_dense_flops, qube_dense_space_time_batched
      options%objective = k
      options%frontier = k == qube_dense_peak_size_batched
      call qube_optimize(network, plan, policy, options)
      call qube_render(plan, qube_format_json, text)
      call check('a plan', all_of(plan%sequence) .and. same_on_all_ranks(untimed(text)))
    end do
  end subroutine a_plan_is_the_same

  !> The plan's document without the one figure that may differ, how long the search took.
  function untimed(document) result(text)
    character(len=*), intent(in) :: document
    character(len=:), allocatable :: text
    character(len=*), parameter :: key = '"seconds":'
    integer :: begin, finish

    begin = index(document, key)
    if (begin == 0) error stop 'the plan tells no time'
    finish = begin + len(key) - 1 + scan(document(begin + len(key):), ',}')
    text = document(:begin - 1)//document(finish:)
  end function untimed

  !> Whether every rank has these numbers.
  logical function all_of(numbers)
    integer, intent(in) :: numbers(:)
    character(len=12*size(numbers)) :: text

    write (text, '(*(i12))') numbers
    all_of = size(numbers) > 0 .and. same_on_all_ranks(text)
  end function all_of

  subroutine a_failure_is_the_same()
    type(qube_budget_view) :: budget
    character(len=:), allocatable :: errmsg
    integer :: stat

    call qube_budget_of(qube_eclipse_config(code=qube_eclipse_t, lmax=64), budget, stat=stat, &
      errmsg=errmsg)
    call check('a failure', stat /= qube_ok .and. all_of([stat]))
    call check('its message', len(errmsg) > 0 .and. same_on_all_ranks(errmsg))
  end subroutine a_failure_is_the_same

  !> Rank r holds (r + 1) times as much as rank 0.
  subroutine meters_become_one_record()
    type(qube_meter) :: meter
    type(qube_record_view) :: record
    real(kind(1d0)), allocatable :: array(:)
    integer(int64) :: own

    own = 32*mib*(rank + 1)
    call meter%start(rank)
    call meter%stage('hold')
    allocate (array(own/8))
    array = 1
    call meter%stage('held')
    call check('the array is there', array(size(array)) > 0)
    call meter%end()
    call qube_meter_record(meter, record, world)
    call check('ranks', record%n_ranks == n_ranks .and. size(record%stages) == 2)
    associate (held => record%stages(1)%end)
      if (held%bytes == -1) return ! this system does not tell
      call check('the fullest rank', held%fullest_rank == n_ranks - 1)
      call check('the largest and the least', &
        abs(held%bytes - held%least_bytes - 32*mib*(n_ranks - 1)) < 16*mib)
      call check('the sum', held%sum_bytes > n_ranks*held%least_bytes .and. &
        held%sum_bytes < n_ranks*held%bytes)
      call check('the same record', all_of(int([held%bytes, held%least_bytes, held%sum_bytes]/1024)))
    end associate
  end subroutine meters_become_one_record

  !> No rank waits for another one: all make their five reductions, and all fail.
  subroutine different_stages_are_an_error_on_all()
    type(qube_meter) :: meter
    type(qube_record_view) :: record
    integer :: stat

    call meter%start(rank)
    call meter%stage('both')
    if (rank == 0) call meter%stage('mine')
    call meter%end()
    call qube_meter_record(meter, record, world, stat)
    call check('different stages', stat == qube_err_document)
  end subroutine different_stages_are_an_error_on_all

end program ranks
