! What the programs under MPI share: the reduction that a meter asks for, and the question whether all
! ranks have the same text.
module world_of_mpi
  use, intrinsic :: iso_fortran_env, only: int64
  use mpi
  use qube_budget
  implicit none
  private

  public :: same_on_all_ranks

  !> What an MPI program adds to the meter: one MPI_Allreduce.
  type, extends(qube_reduction), public :: over_world
    integer :: communicator = mpi_comm_world
  contains
    procedure :: allreduce => mpi_reduction
  end type over_world

contains

  subroutine mpi_reduction(self, reduction, values, stat)
    class(over_world), intent(inout) :: self
    integer, intent(in) :: reduction
    integer(int64), intent(inout) :: values(:)
    integer, intent(inout) :: stat
    integer :: operation

    operation = mpi_max
    if (reduction == qube_reduction_least) operation = mpi_min
    if (reduction == qube_reduction_sum) operation = mpi_sum
    call mpi_allreduce(mpi_in_place, values, size(values), mpi_integer8, operation, &
      self%communicator, stat)
  end subroutine mpi_reduction

  !> Whether every rank has the bytes of rank 0; each rank gets the same answer.
  logical function same_on_all_ranks(text) result(same)
    character(len=*), intent(in) :: text
    character(len=:), allocatable :: first
    integer :: length, ierror

    length = len(text)
    call mpi_bcast(length, 1, mpi_integer, 0, mpi_comm_world, ierror)
    allocate (character(len=length) :: first)
    if (length == len(text)) first = text
    call mpi_bcast(first, length, mpi_character, 0, mpi_comm_world, ierror)
    same = length == len(text) .and. first == text
    call mpi_allreduce(mpi_in_place, same, 1, mpi_logical, mpi_land, mpi_comm_world, ierror)
  end function same_on_all_ranks

end module world_of_mpi
