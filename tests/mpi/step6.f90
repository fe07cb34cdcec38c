! ECLIPSE TEB step 6 as ScaLAPACK lays it out, really allocated on a grid of ranks: the arrays are what
! the budget says of the fullest and of the least full rank, within 2 per cent, measured by the meter and
! reduced over the ranks by MPI.
!
! The arrays are the guide's (eq. 6.3): 16 q x L and 12 L x L doubles, L = (lmax + 1)^2 - 4, cut by
! numroc and descinit. One pdgemm of the real size multiplies two of them. What ScaLAPACK and BLACS hold
! for themselves comes before the baseline, in a small pdgemm, and in the panels of the large one, which
! are no arrays of the host: they are printed, and so is the peak with them.
!
!   mpirun -n 4 step6      exit status 0 if both ranks agree
program step6
  use, intrinsic :: iso_fortran_env, only: int64, real64, error_unit
  use mpi
  use qube_budget
  use world_of_mpi
  implicit none

  type :: matrix
    real(real64), allocatable :: a(:, :)
  end type matrix

  integer, parameter :: lmax = 50, pixels = 2500, block = 128, nprow = 2, npcol = 2
  integer, parameter :: modes = (lmax + 1)**2 - 4
  integer, external :: numroc
  type(matrix) :: harmonics(16), fisher(12)
  integer :: context, row, column, rank, ranks, i, ierror, stat
  integer :: desc_y(9), desc_f(9)
  logical :: failed
  integer(int64) :: grown, least
  type(qube_eclipse_config) :: config
  type(qube_budget_view) :: budget
  type(qube_comparison_view) :: beside
  type(qube_meter) :: meter
  type(qube_record_view) :: record
  type(over_world) :: world
  character(len=:), allocatable :: document, table

  call mpi_init(ierror)
  call mpi_comm_size(mpi_comm_world, ranks, ierror)
  call mpi_comm_rank(mpi_comm_world, rank, ierror)
  if (ranks /= nprow*npcol) then
    if (rank == 0) write (error_unit, '(a,i0,a)') 'step6: run it on ', nprow*npcol, ' ranks'
    call mpi_abort(mpi_comm_world, 1, ierror)
  end if
  call blacs_get(-1, 0, context)
  call blacs_gridinit(context, 'Row', nprow, npcol)
  call blacs_gridinfo(context, i, ierror, row, column)

  ! What the libraries take once, before the baseline.
  call multiply(300, 300)

  ! The prediction: the published sum of step 6 is these arrays and nothing else.
  config%code = qube_eclipse_teb
  config%pix_t = pixels
  config%pix_p = pixels
  config%lmax = lmax
  config%model = qube_model_published
  call qube_budget_of(config, budget)

  call meter%start(rank)
  call meter%stage('step_6')
  call descinit(desc_y, pixels, modes, block, block, 0, 0, context, &
    max(1, numroc(pixels, block, row, 0, nprow)), stat)
  call descinit(desc_f, modes, modes, block, block, 0, 0, context, &
    max(1, numroc(modes, block, row, 0, nprow)), stat)
  do i = 1, size(harmonics)
    call allocate_local(harmonics(i), pixels, modes)
  end do
  do i = 1, size(fisher)
    call allocate_local(fisher(i), modes, modes)
  end do
  call meter%stage('multiplied') ! the entry of it is what the arrays are
  call pdgemm('T', 'N', modes, modes, pixels, 1.0_real64, harmonics(1)%a, 1, 1, desc_y, &
    harmonics(2)%a, 1, 1, desc_y, 0.0_real64, fisher(1)%a, 1, 1, desc_f)
  call meter%end()
  ! Every element of a product of ones is the number of pixels.
  failed = any(abs(fisher(1)%a - pixels) > 0)

  call qube_meter_record(meter, record, world)
  call mpi_barrier(mpi_comm_world, ierror)
  if (rank == 0) then
    call compare_with_budget()
  end if
  call mpi_allreduce(mpi_in_place, failed, 1, mpi_logical, mpi_lor, mpi_comm_world, ierror)
  call blacs_gridexit(context)
  call mpi_finalize(ierror)
  if (failed) error stop 1

contains

  !> The arrays of the fullest and of the least full rank, measured and predicted.
  subroutine compare_with_budget()
    type(qube_ranks_view) :: held
    type(qube_grid) :: grid
    integer :: step

    grid = qube_grid(nprow=nprow, npcol=npcol, block=block)
    call qube_per_rank(budget, grid, held)
    step = size(held%stages)
    ! All of them take as much at the baseline as at the beginning: nothing lies between.
    grown = record%stages(1)%end%bytes - record%stages(1)%entry%bytes
    least = record%stages(1)%end%least_bytes - record%stages(1)%entry%least_bytes
    call agree('fullest rank', grown, held%stages(step)%held%fullest_bytes)
    call agree('least full rank', least, held%stages(step)%held%least_bytes)
    if (grown < 300000000_int64) then
      write (error_unit, '(a)') 'step6: the arrays are below 300 MB a rank; take larger sizes'
      failed = .true.
    end if
    write (*, '(a,i0,a)') 'pdgemm took ', (record%stages(2)%peak%bytes - &
      record%stages(2)%entry%bytes)/1048576, ' MiB beside its matrices on the fullest rank'
    call qube_render(record, qube_format_json, document)
    write (*, '(a)') document
    document = one_stage(document)
    call qube_compare(budget, [document], beside, grid)
    call qube_render(beside, qube_format_table, table)
    write (*, '(a)') table
  end subroutine compare_with_budget

  !> The record without the stage that no budget has.
  function one_stage(document) result(text)
    character(len=*), intent(in) :: document
    character(len=:), allocatable :: text
    integer :: begin, finish

    begin = index(document, ',{"name":"multiplied"')
    finish = begin - 1 + index(document(begin:), ']')
    text = document(:begin - 1)//document(finish:)
  end function one_stage

  subroutine agree(who, measured, predicted)
    character(len=*), intent(in) :: who
    integer(int64), intent(in) :: measured, predicted
    real(real64) :: percent

    percent = 100*(real(measured, real64)/real(predicted, real64) - 1)
    write (*, '(2a,i0,a,i0,a,f6.2,a)') who, ': measured ', measured, ', predicted ', predicted, &
      ' bytes,', percent, ' %'
    if (abs(percent) > 2) failed = .true.
  end subroutine agree

  !> The local part of a matrix, every page of it touched.
  subroutine allocate_local(local, rows, columns)
    type(matrix), intent(inout) :: local
    integer, intent(in) :: rows, columns

    allocate (local%a(max(1, numroc(rows, block, row, 0, nprow)), &
      max(1, numroc(columns, block, column, 0, npcol))))
    local%a = 1
  end subroutine allocate_local

  !> A product of two square matrices of ones.
  subroutine multiply(n, inner)
    integer, intent(in) :: n, inner
    type(matrix) :: a, b, c
    integer :: desc(9)

    call descinit(desc, n, inner, block, block, 0, 0, context, &
      max(1, numroc(n, block, row, 0, nprow)), stat)
    call allocate_local(a, n, inner)
    call allocate_local(b, n, inner)
    call allocate_local(c, n, inner)
    call pdgemm('N', 'N', n, n, inner, 1.0_real64, a%a, 1, 1, desc, b%a, 1, 1, desc, 0.0_real64, &
      c%a, 1, 1, desc)
  end subroutine multiply

end program step6
