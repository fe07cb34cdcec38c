! A power spectrum code in the manner of ECLIPSE: it reads its parameters and masks, asks how much
! memory the run will take, and stops before it allocates anything if a node has less.
!
!   eclipse_run              T, Q and U maps at nside 64, on 16 ranks, 4 on each node of 32 GiB
!   eclipse_run PARAMETERS   with a file such as
!                              &run  lmax = 128, maps = 100, block = 150, memory_gib = 64 /
!
! The answer depends on parameters and masks alone, which every rank reads. So every rank reaches
! the same decision without a message; if the run does not fit, all of them stop.
!
! Exit status: 0 if the run fits, 2 if a parameter is refused, 3 if the run does not fit.

!> Stands in for MPI, so that the example builds without it: it answers as MPI answers rank 0 of 16.
!! A host has `use mpi` instead; nothing else changes.
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
  use qube_budget, only: qube_budget_of, qube_budget_view, qube_eclipse_config, qube_eclipse_teb, &
    qube_fit, qube_fit_view, qube_format_job_script, qube_format_table, qube_job, qube_ok, &
    qube_render
  implicit none

  integer :: rank, ranks, ierror
  integer :: nside, lmax, maps, nprow, npcol, block, ranks_per_node
  integer :: memory_gib, baseline_mib, margin_percent
  logical, allocatable :: mask_t(:), mask_p(:)

  call mpi_init(ierror)
  call mpi_comm_rank(mpi_comm_world, rank, ierror)
  call mpi_comm_size(mpi_comm_world, ranks, ierror)
  call read_parameters()
  call read_mask(0.41, mask_t)
  call read_mask(0.45, mask_p)

  ! All sizes are known here, and no matrix is allocated yet.
  call require_memory(qube_eclipse_config(code=qube_eclipse_teb, pix_t=count(mask_t), &
    pix_p=count(mask_p), lmax=lmax, maps=maps))

  ! A real run would allocate its matrices now; this example has none.
  call mpi_finalize(ierror)

contains

  ! Returns if the run fits. If not, all ranks stop here, and rank 0 prints the reason.
  subroutine require_memory(config)
    type(qube_eclipse_config), intent(in) :: config
    type(qube_budget_view) :: budget
    type(qube_fit_view) :: fit
    integer(int64), parameter :: mib = 1024_int64**2
    integer :: stat
    character(len=:), allocatable :: errmsg, text

    call qube_budget_of(config, budget, stat=stat, errmsg=errmsg)
    if (stat /= qube_ok) call end_all(2, errmsg)
    ! The limit is a parameter, not the memory of this machine: nodes may differ, and then their
    ! ranks would decide differently. Baseline and margin are parameters, because the defaults were
    ! measured for ECLIPSE, not for this program.
    call qube_fit(budget, 1024 * mib * memory_gib, fit, qube_job( &
      nodes=ranks / max(1, ranks_per_node), ranks_per_node=ranks_per_node, nprow=nprow, &
      npcol=npcol, block=block, baseline_bytes=baseline_mib * mib, margin=margin_percent), stat, &
      errmsg)
    if (stat /= qube_ok) call end_all(2, errmsg)
    if (rank == 0) then
      call qube_render(fit, qube_format_table, text)
      write (*, '(a)', advance='no') text
    end if
    if (.not. fit%fits) call end_all(3, 'the run does not fit; nothing was allocated')
    if (rank == 0) then
      call qube_render(fit%request, qube_format_job_script, text)
      write (*, '(2a)') 'The run fits; for its job script: ', text
    end if
  end subroutine require_memory

  ! All ranks call it, or none: they have the same inputs.
  subroutine end_all(exit_status, why)
    integer, intent(in) :: exit_status
    character(len=*), intent(in) :: why

    if (rank == 0) write (error_unit, '(2a)') 'eclipse_run: ', trim(why)
    call mpi_finalize(ierror)
    if (exit_status == 2) stop 2
    stop 3
  end subroutine end_all

  ! Every rank reads the same file.
  subroutine read_parameters()
    character(len=4096) :: file
    integer :: unit
    namelist /run/ nside, lmax, maps, nprow, npcol, block, ranks_per_node, memory_gib, &
      baseline_mib, margin_percent

    nside = 64
    lmax = 192
    maps = 1000
    nprow = 4
    npcol = 4
    block = 64
    ranks_per_node = 4
    memory_gib = 32
    baseline_mib = 128
    margin_percent = 5
    call get_command_argument(1, file)
    if (file /= '') then
      open (newunit=unit, file=file, action='read', status='old')
      read (unit, nml=run)
      close (unit)
    end if
  end subroutine read_parameters

  ! A real host reads a file. This mask cuts the galaxy, |z| < cut, off a map in ring ordering:
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
