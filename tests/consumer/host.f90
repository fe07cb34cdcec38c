! Passes when the library has the version that is given as argument.
program host
  use, intrinsic :: iso_fortran_env, only: error_unit
  use qube_budget, only: qube_version
  implicit none
  character(len=32) :: expected
  call get_command_argument(1, expected)
  if (qube_version() /= expected) then
    write (error_unit, '(2a)') 'library ', qube_version()
    error stop 1
  end if
end program host
