! A Fisher matrix with ScaLAPACK. Calls beside its ALLOCATE statements build its budget, so that
! allocations and budget cannot drift apart.
!
! The program walks through its stages twice. The first walk allocates nothing and asks whether a
! node has the memory; the second one allocates, and compares what this rank holds with what the
! budget says of it, stage by stage.
!
! Exit status: 0; 1 if a rank does not hold what its budget says; 3 if the run does not fit.

!> Stands in for BLACS and ScaLAPACK's tools, so that the example builds without them: it answers
!! as they answer the rank at (1, 2) of a grid of 2 x 3. A host links ScaLAPACK instead.
module blacs_stand_in
  implicit none

contains

  subroutine blacs_gridinfo(context, nprow, npcol, myrow, mycol)
    integer, intent(in) :: context
    integer, intent(out) :: nprow, npcol, myrow, mycol

    nprow = 2 + context
    npcol = 3 + context
    myrow = 1
    mycol = 2
  end subroutine blacs_gridinfo

  !> How many of n rows or columns process iproc has, in blocks of nb dealt from isrcproc on.
  !! Source: ScaLAPACK Users' Guide, section 4.3.
  pure integer function numroc(n, nb, iproc, isrcproc, nprocs)
    integer, intent(in) :: n, nb, iproc, isrcproc, nprocs
    integer :: distance, blocks

    distance = modulo(iproc - isrcproc, nprocs)
    blocks = n / nb
    numroc = blocks / nprocs * nb
    if (distance < modulo(blocks, nprocs)) numroc = numroc + nb
    if (distance == modulo(blocks, nprocs)) numroc = numroc + modulo(n, nb)
  end function numroc

end module blacs_stand_in

program scalapack_pipeline
  use, intrinsic :: iso_fortran_env, only: error_unit, int64, real64
  use blacs_stand_in, only: blacs_gridinfo, numroc
  use qube_budget
  implicit none
  ! Pixels, bins of multipoles, and rows and columns of a block.
  integer, parameter :: n_pix = 1500, n_bins = 4, block = 64
  integer(int64), parameter :: node_bytes = 512 * 1024_int64**2
  type(qube_pipeline) :: plan
  type(qube_budget_view) :: budget
  type(qube_fit_view) :: fit
  type(qube_ranks_view) :: ranks
  integer :: nprow, npcol, myrow, mycol
  logical :: is_real
  character(len=:), allocatable :: text

  call blacs_gridinfo(0, nprow, npcol, myrow, mycol)

  is_real = .false.
  call walk()
  call qube_budget_of(plan, budget)
  call qube_per_rank(budget, qube_grid(nprow=nprow, npcol=npcol, block=block, myrow=myrow, &
    mycol=mycol), ranks)
  call qube_fit(budget, node_bytes, fit, qube_job(nodes=2, ranks_per_node=3, nprow=nprow, &
    npcol=npcol, block=block, baseline_bytes=35 * 1000_int64**2))
  call qube_render(fit, qube_format_table, text)
  write (*, '(a)') text
  if (.not. fit%fits) stop 3

  is_real = .true.
  call walk()
  write (*, '(a)') 'This rank holds what its budget says.'

contains

  !> All allocations of the program. Each call of the plan stands before its ALLOCATE or DEALLOCATE
  !! statement, which runs in the second walk only.
  subroutine walk()
    real(real64), allocatable :: covariance(:,:), derivative(:,:), products(:,:,:), work(:,:)
    real(real64), allocatable :: fisher(:,:)
    integer :: rows, columns

    plan = qube_pipeline(name='Fisher matrix')
    rows = max(1, numroc(n_pix, block, myrow, 0, nprow))
    columns = max(1, numroc(n_pix, block, mycol, 0, npcol))

    call plan%stage('covariance')
    call plan%allocate('covariance', n_pix, n_pix, layout=qube_layout_block_cyclic)
    if (is_real) allocate (covariance(rows, columns))
    call plan%allocate('work', n_pix, block)
    if (is_real) allocate (work(n_pix, block))
    call holds('covariance', bytes_of(covariance) + bytes_of(work))
    call plan%deallocate('work')
    if (is_real) deallocate (work)

    call plan%stage('derivatives')
    call plan%allocate('derivative', n_pix, n_pix, layout=qube_layout_block_cyclic)
    if (is_real) allocate (derivative(rows, columns))
    call plan%allocate('products', n_pix, n_pix, copies=n_bins, &
      layout=qube_layout_block_cyclic)
    if (is_real) allocate (products(rows, columns, n_bins))
    call holds('derivatives', bytes_of(covariance) + bytes_of(derivative) + &
      n_bins * bytes_of(products(:, :, 1)))
    call plan%deallocate('derivative')
    if (is_real) deallocate (derivative)
    call plan%deallocate('covariance')
    if (is_real) deallocate (covariance)

    call plan%stage('traces')
    call plan%allocate('fisher', n_bins, n_bins)
    if (is_real) allocate (fisher(n_bins, n_bins))
    call holds('traces', n_bins * bytes_of(products(:, :, 1)) + bytes_of(fisher))
  end subroutine walk

  !> In the second walk: checks that this rank holds the peak that the budget gives it.
  subroutine holds(stage, bytes)
    character(len=*), intent(in) :: stage
    integer(int64), intent(in) :: bytes

    if (.not. is_real) return
    associate (budgeted => ranks%stages(budget%find_stage(stage))%held%own_bytes)
      write (*, '(3a, i0, a, i0, a)') "stage '", stage, "': holds ", bytes, ' bytes, ', budgeted, &
        ' budgeted'
      if (bytes == budgeted) return
    end associate
    write (error_unit, '(a)') 'scalapack_pipeline: the budget is of another program'
    error stop 1
  end subroutine holds

  pure integer(int64) function bytes_of(array)
    real(real64), intent(in), optional :: array(:,:)

    bytes_of = 0
    if (present(array)) bytes_of = size(array, kind=int64) * (storage_size(array) / 8)
  end function bytes_of

end program scalapack_pipeline
