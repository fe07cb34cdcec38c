! A power spectrum code in the manner of ECLIPSE, on many ranks: it reads its parameters and masks,
! asks how much memory the run will take, and ends before it allocates anything if that is more than
! there is.
!
!   eclipse_run              T, Q and U maps at nside 64, on 16 ranks, 4 on each node of 32 GiB
!   eclipse_run PARAMETERS   with a file such as
!                              &run  lmax = 128, maps = 100, block = 150, memory_gib = 64 /
!
! The answer depends on parameters and masks alone, which every rank reads. So every rank comes to the
! same decision without a message to another one: if one ends all do, and none waits for another.
!
! Exit status: 0 if the run fits, 2 if a parameter cannot be, 3 if the run does not fit.

!> Stands in for MPI, so that the example needs none: it says what rank 0 of 16 would be told. A host
!! has `use mpi` instead, and nothing else changes.
module mpi_stand_in
  implicit none
  integer, parameter :: mpi_comm_world = 0, mpi_success = 0

contains

  subroutine mpi_init(ierror)
    integer, intent(out) :: ierror

    ierror = mpi_success
  end subroutine mpi_init

  subroutine mpi_comm_rank(comm, rank, ierror)
    integer, intent(in) :: comm
    integer, intent(out) :: rank, ierror

    rank = comm
    ierror = mpi_success
  end subroutine mpi_comm_rank

  subroutine mpi_comm_size(comm, ranks, ierror)
    integer, intent(in) :: comm
    integer, intent(out) :: ranks, ierror

    ranks = comm + 16
    ierror = mpi_success
  end subroutine mpi_comm_size

  subroutine mpi_finalize(ierror)
    integer, intent(out) :: ierror

    ierror = mpi_success
  end subroutine mpi_finalize

end module mpi_stand_in

program eclipse_run
  use, intrinsic :: iso_fortran_env, only: error_unit, int64
  use mpi_stand_in, only: mpi_comm_rank, mpi_comm_size, mpi_comm_world, mpi_finalize, mpi_init
  use qube_budget, only: qube_best_grid, qube_eclipse, qube_eclipse_teb, qube_format_bytes, &
    qube_grid, qube_ok, qube_predict, qube_predict_ranks, qube_prediction, qube_rank_prediction
  implicit none

  integer :: rank, ranks, ierror
  integer :: nside, lmax, maps, nprow, npcol, block, ranks_per_node, memory_gib
  logical, allocatable :: mask_t(:), mask_p(:)

  call mpi_init(ierror)
  call mpi_comm_rank(mpi_comm_world, rank, ierror)
  call mpi_comm_size(mpi_comm_world, ranks, ierror)
  call read_parameters()
  call read_mask(0.41, mask_t)
  call read_mask(0.45, mask_p)

  ! Here all sizes are known, and none of the matrices is allocated yet.
  call require_memory( &
    qube_eclipse(code=qube_eclipse_teb, pix_t=count(mask_t), pix_p=count(mask_p), lmax=lmax, &
                 maps=maps), &
    qube_grid(nprow=nprow, npcol=npcol, block=block, ranks=ranks))

  ! A real run would allocate its matrices now; this example has none.
  call mpi_finalize(ierror)

contains

  ! Returns if the run fits. If not, all ranks end here, and the first one says why.
  subroutine require_memory(run, grid)
    type(qube_eclipse), intent(in) :: run
    type(qube_grid), intent(in) :: grid
    type(qube_prediction) :: prediction
    type(qube_rank_prediction) :: per_rank
    integer(int64) :: node, limit
    integer :: stat
    character(len=:), allocatable :: errmsg

    call qube_predict(run, prediction, stat, errmsg)
    if (stat == qube_ok) call qube_predict_ranks(prediction, grid, per_rank, stat, errmsg)
    if (stat /= qube_ok) then
      if (rank == 0) write (error_unit, '(2a)') 'eclipse_run: ', errmsg
      call mpi_finalize(ierror)
      stop 2
    end if

    ! No rank holds more than the fullest one. The limit is a parameter, not what this machine has:
    ! nodes may differ, and then their ranks would decide differently.
    node = ranks_per_node * per_rank%fullest_bytes
    limit = memory_gib * 1024_int64**3
    if (rank == 0) call report(prediction, per_rank, node, limit)
    if (node <= limit) return
    call mpi_finalize(ierror)
    stop 3
  end subroutine require_memory

  subroutine report(prediction, per_rank, node, limit)
    type(qube_prediction), intent(in) :: prediction
    type(qube_rank_prediction), intent(in) :: per_rank
    integer(int64), intent(in) :: node, limit
    type(qube_grid) :: best
    type(qube_rank_prediction) :: on_best
    integer :: i

    write (*, '(a6, 3a18)') 'step', 'all ranks', 'fullest rank', 'least full rank'
    do i = 1, size(per_rank%stages)
      associate (stage => per_rank%stages(i))
        write (*, '(a6, 3a18)') stage%name, qube_format_bytes(prediction%stages(i)%peak_bytes), &
          qube_format_bytes(stage%fullest_bytes), qube_format_bytes(stage%least_bytes)
      end associate
    end do
    write (*, '(6a)') per_rank%stages(per_rank%peak_stage)%name, ' holds most: ', &
      qube_format_bytes(node), ' on a node, which has ', qube_format_bytes(limit), '.'
    if (size(per_rank%too_large) > 0) write (*, '(3a)') &
      'ScaLAPACK needs 64-bit integers: a rank holds more than 2^31 - 1 elements of "', &
      per_rank%too_large(1)%term, '".'
    if (node <= limit) then
      write (*, '(a)') 'The run fits.'
      return
    end if
    call qube_best_grid(prediction, ranks, best)
    call qube_predict_ranks(prediction, best, on_best)
    write (*, '(3(a, i0), 3a)') 'On the best grid, ', best%nprow, ' x ', best%npcol, &
      ' in blocks of ', best%block, ', it would be ', &
      qube_format_bytes(ranks_per_node * on_best%fullest_bytes), '.'
    write (*, '(a)') 'The run does not fit, and ends here; nothing was allocated.'
  end subroutine report

  ! Every rank reads the same file.
  subroutine read_parameters()
    character(len=4096) :: file
    integer :: unit
    namelist /run/ nside, lmax, maps, nprow, npcol, block, ranks_per_node, memory_gib

    nside = 64
    lmax = 192
    maps = 1000
    nprow = 4
    npcol = 4
    block = 64
    ranks_per_node = 4
    memory_gib = 32
    call get_command_argument(1, file)
    if (file /= '') then
      open (newunit=unit, file=file, action='read', status='old')
      read (unit, nml=run)
      close (unit)
    end if
  end subroutine read_parameters

  ! A real host reads a file. Here the mask cuts the galaxy, |z| < cut, off a map in ring ordering:
  ! its pixels have the same area, so their number grows with z as the area does.
  subroutine read_mask(cut, mask)
    real, intent(in) :: cut
    logical, allocatable, intent(out) :: mask(:)
    integer :: i, n_sphere

    n_sphere = 12 * nside**2
    allocate (mask(n_sphere))
    do i = 1, n_sphere
      mask(i) = abs(2 * i - 1 - n_sphere) > cut * n_sphere
    end do
  end subroutine read_mask

end program eclipse_run
