! A power spectrum code in the manner of ECLIPSE: it reads its parameters, asks how much memory the
! run will take, and ends before it allocates anything if that is more than there is.
!
!   eclipse_run              a run with Q and U maps of 29568 pixels, on nodes of 64 GiB
!   eclipse_run PARAMETERS   with a file such as
!                              &run  n_pix = 9800, n_modes = 16641, memory_gib = 0 /
!
! Exit status: 0 if the run fits, 3 if it does not.
program eclipse_run
  use, intrinsic :: iso_fortran_env, only: int64
  use qube_budget, only: qube_check, qube_check_result, qube_format_bytes, qube_harmonic, &
    qube_memory_limit, qube_predict, qube_prediction
  implicit none

  type(qube_harmonic) :: problem
  type(qube_prediction) :: prediction
  type(qube_check_result) :: check
  integer(int64) :: limit

  call read_parameters(problem, limit)

  ! Without the argument stat, a parameter that cannot be stops the program with a message.
  call qube_predict(problem, prediction)
  write (*, '(a)') prediction%table

  call qube_check(problem, limit, check)
  write (*, '(3a)') 'A node has ', qube_format_bytes(limit), '.'
  if (.not. check%fits) then
    write (*, '(4a)') 'Stage ', check%stage, ' needs more, by ', &
      qube_format_bytes(check%stage_over_bytes)
    write (*, '(4a)') 'The first term that does not fit is ', check%term, ', ', &
      qube_format_bytes(check%term_bytes)
    write (*, '(a)') 'The run ends here; nothing was allocated.'
    stop 3
  end if

  ! A real run would allocate its matrices now; this example has none.
  write (*, '(3a)') 'The run fits and leaves ', qube_format_bytes(check%spare_bytes), ' free.'

contains

  ! Parameters of the run, and the memory of a node in bytes.
  subroutine read_parameters(problem, limit)
    type(qube_harmonic), intent(out) :: problem
    integer(int64), intent(out) :: limit
    integer(int64) :: n_pix, n_modes, lmax_signal, lmax
    integer(int64) :: memory_gib ! 0: what this process may use on this machine
    character(len=100) :: file
    integer :: unit
    namelist /run/ n_pix, n_modes, lmax_signal, lmax, memory_gib

    n_pix = 59136 ! Q and U on 29568 pixels
    n_modes = 33274 ! E and B, l = 2 to 128
    lmax_signal = 256
    lmax = 128
    memory_gib = 64
    call get_command_argument(1, file)
    if (file /= '') then
      open (newunit=unit, file=file, action='read', status='old')
      read (unit, nml=run)
      close (unit)
    end if

    problem = qube_harmonic(n_pix=n_pix, n_modes=n_modes, lmax_signal=lmax_signal, lmax=lmax)
    limit = memory_gib * 1024_int64**3
    if (memory_gib == 0) call qube_memory_limit(limit)
  end subroutine read_parameters

end program eclipse_run
