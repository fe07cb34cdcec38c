! What every test program counts: checks that failed. A program ends with
! `if (failures > 0) error stop 1`.
module checks
  use, intrinsic :: iso_fortran_env, only: error_unit
  implicit none
  private

  public :: check

  integer, public, protected :: failures = 0

contains

  subroutine check(what, passed)
    character(len=*), intent(in) :: what
    logical, intent(in) :: passed

    if (passed) return
    failures = failures + 1
    write (error_unit, '(2a)') 'failed: ', what
  end subroutine check

end module checks
